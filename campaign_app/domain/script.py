"""Call script: what one callee hears and can do, as data: segments to play, what a machine gets, a menu of keys.

A script is complete when it reaches a provider: variables are filled in, recordings are named by their hash. Providers
translate it (TwiML, ARI operations) and decide nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class SayText:
    """Words for a text-to-speech voice. `voice` and `language` (BCP 47) of None: the provider's default."""

    text: str
    voice: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class PlayRecording:
    """An uploaded recording, by the SHA-256 of its converted file (8 kHz mono WAV)."""

    recording: str


Segment = SayText | PlayRecording


class OnMachine(StrEnum):
    """What to do when an answering machine takes the call."""

    HANG_UP = "hang-up"
    LEAVE_MESSAGE = "leave-message"
    AS_HUMAN = "as-human"
    """No detection: whoever answers hears the message at once."""


class MachineDetection(StrEnum):
    """How thoroughly it is found out whether a person or a machine answered, before the message begins."""

    FAST = "fast"
    """A person waits least; more machines are taken for people."""
    BALANCED = "balanced"
    CAREFUL = "careful"
    """A person waits longest; fewest mistakes."""
    OFF = "off"
    """Whoever answers hears the message at once, whatever the message says of machines."""


class KeyAction(StrEnum):
    OPT_OUT = "opt-out"
    """Do-not-call, confirmed in words, and the call ends (47 CFR 64.1200(b)(3))."""
    REPEAT = "repeat"
    SURVEY_RESPONSE = "answer"
    """The key is a survey's answer; the call ends with thanks."""
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class MenuKey:
    """One key of the menu. `digit` is one of 0-9 * #; `label` is what the answer means, in words; `to` is an E.164
    number or an extension, for a transfer only."""

    digit: str
    action: KeyAction
    label: str = ""
    to: str | None = None


@dataclass(frozen=True, slots=True)
class CallScript:
    """One call's script. `machine` is left after the beep when `on_machine` says so; without it, `message` is.

    `confirm_opt_out` is spoken after the opt-out key, `thanks` after an answer (nothing when it is empty). The menu is
    open while the message plays and `wait` seconds after it; an unknown key changes nothing.
    """

    message: tuple[Segment, ...]
    machine: tuple[Segment, ...] = ()
    on_machine: OnMachine = OnMachine.AS_HUMAN
    keys: tuple[MenuKey, ...] = ()
    confirm_opt_out: tuple[Segment, ...] = ()
    thanks: tuple[Segment, ...] = ()
    wait: float = 5.0

    def all_segments(self) -> tuple[Segment, ...]:
        """Everything that may be played, each once: what has to be rendered before the call begins."""
        every = (*self.message, *self.machine, *self.confirm_opt_out, *self.thanks)
        return tuple(dict.fromkeys(every))

    def key_for(self, digit: str) -> MenuKey | None:
        return next((key for key in self.keys if key.digit == digit), None)


def script_from_text(text: str) -> CallScript:
    """The simplest script: these words, to whoever answers."""
    return CallScript(message=(SayText(text),))


class Disposition(StrEnum):
    """How a call that was answered went: beside its status, and never a status itself."""

    PLAYED = "message-played"
    """Heard to the end: what "connected" counts."""
    CUT_SHORT = "hung-up-early"
    OPTED_OUT = "opted-out"
    RESPONDED = "answered"
    """A survey key was pressed."""
    TRANSFERRED = "transferred"
    NOT_PLAYED = "not-played"
    """Somebody answered, and the message could not be played to them: they heard nothing."""
    MACHINE_LEFT = "voicemail-left"
    MACHINE_HUNG_UP = "machine-hung-up"


D = Disposition
STRENGTH: dict[str, int] = {
    D.CUT_SHORT: 1,
    D.NOT_PLAYED: 2,
    D.MACHINE_HUNG_UP: 3,
    D.MACHINE_LEFT: 4,
    D.PLAYED: 5,
    D.RESPONDED: 6,
    D.TRANSFERRED: 7,
    D.OPTED_OUT: 8,
}
"""Of two that are told of one call, in whatever order, the stronger stands: who asked to be called no more and then
heard the message to its end has opted out."""
NOTHING_SAID = (D.NOT_PLAYED, D.MACHINE_HUNG_UP)
"""Calls that were answered, and in which nothing was said: tries like those that nobody answered."""
CONNECTED = (D.PLAYED, D.RESPONDED, D.TRANSFERRED, D.OPTED_OUT)
"""The callee heard the message to the end, or enough of it to act on."""


def stronger_disposition(new: str | None, current: str | None) -> str | None:
    """The disposition that stands. Words of a provider's own are weaker than any of ours."""
    if new is None or current is None:
        return new or current
    return new if STRENGTH.get(new, 0) > STRENGTH.get(current, 0) else current
