"""Speech errors: what can go wrong between a text or an upload and a file that a callee hears."""

from __future__ import annotations

from campaign_app.domain.errors import SwitchboardError


class SpeechError(SwitchboardError):
    """No sound could be made of this (HTTP 422). The sentence names the remedy."""

    status = 422
    title = "No sound could be made"


class NothingToHear(SpeechError):
    """The text renders to nothing, or to silence."""


class AudioRefused(SpeechError):
    """An upload that is no recording we take: wrong kind, broken, too long."""


class ProgramFailed(SpeechError):
    """The speech command or the converter ended in an error: most often a voice that it does not have."""


class ProgramMissing(SpeechError):
    """A program that is not installed (HTTP 503). Everything that needs no voice goes on."""

    status = 503


class TimedOut(SpeechError):
    """A program did not end in time and was ended (HTTP 503)."""

    status = 503


class CacheFull(SpeechError):
    """More speech was needed within an hour than the cache may hold (HTTP 503)."""

    status = 503
