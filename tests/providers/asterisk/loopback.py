"""What the tests over a real Asterisk share: one Asterisk and one SIPp per test run, numbers, sounds, and a harness."""

from __future__ import annotations

import itertools
import wave
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from campaign_app.domain.attempt import CallUpdate
from campaign_app.domain.script import SayText, Segment
from campaign_app.providers.asterisk import AsteriskProvider
from campaign_app.providers.base import DialRequest
from scripts.loopback.asterisk import PASSWORD, USER
from scripts.loopback.asterisk import Asterisk as Server
from scripts.loopback.callees import Callees
from tests.providers.contract import Harness
from tests.support.waiting import wait_until

_numbers = itertools.count(1)
_tokens = itertools.count(1)
_apps = itertools.count(1)
RING = 1.5
"""Seconds that an unanswered call rings in the tests."""


def number(digits: str) -> str:
    """A number of its own that behaves as its last three digits say (scripts/loopback/scenario.py)."""
    return f"+1555{next(_numbers):05d}{digits}"


def new_token() -> str:
    """32 lower-case hex, unlike those of other test runs' only by chance, as are their Asterisks."""
    return f"{next(_tokens):032x}"


def beep(folder: Path, seconds: float = 0.3) -> Path:
    """An audible WAV of 8 kHz mono."""
    path = folder / f"tone-{seconds:g}.wav"
    if not path.exists():
        with wave.open(str(path), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(8000)
            sound.writeframes(b"\x00\x10\x00\xf0" * int(4000 * seconds))
    return path


@dataclass
class Line:
    """One Asterisk with callees behind it."""

    server: Server
    callees: Callees
    folder: Path

    def audio(self, segment: Segment) -> Path:
        """A tone that lasts as many seconds as the words say ("2.5 seconds of it"), else 0.3."""
        first = segment.text.split()[0] if isinstance(segment, SayText) and segment.text.split() else ""
        try:
            return beep(self.folder, float(first))
        except ValueError:
            return beep(self.folder)

    def provider(self, **options: Any) -> AsteriskProvider:
        """An adapter with an application of its own; not connected until it is asked whether it is ready."""
        given: dict[str, Any] = {
            "audio": self.audio,
            "sounds": self.server.sounds,
            "sounds_as": self.server.sounds_as,
            "journal": self.server.journal,
            "app": f"tests-{next(_apps)}",
            **options,
        }
        url, password = given.pop("url", self.server.url), given.pop("password", PASSWORD)
        return AsteriskProvider(url, USER, password, **given)

    def rang(self, phone: str) -> int:
        """How often a number rang, from SIPp's own ledger."""
        return self.callees.invites()[phone.lstrip("+")]


@dataclass
class Desk:
    """A connected provider, and the news of its calls."""

    line: Line
    provider: AsteriskProvider
    heard: list[CallUpdate] = field(default_factory=list)

    def connect(self) -> Desk:
        wait_until(lambda: self.provider.ready() is None, f"Asterisk ({self.provider.ready()})")
        return self

    def dial(self, to: str, script: Any, **limits: Any) -> str:
        token = new_token()
        self.provider.place(DialRequest(token, to, "+12125550100", script, **limits))
        return token

    def of(self, token: str) -> list[CallUpdate]:
        self.heard.extend(self.provider.events())
        return [news for news in self.heard if news.token == token]

    def until(
        self, token: str, done: Callable[[CallUpdate], Any], what: str, timeout: float = 20.0
    ) -> CallUpdate:
        """The first news of a call for which `done`."""
        return wait_until(
            lambda: next((news for news in self.of(token) if done(news)), None), what, timeout=timeout
        )

    def end(self, token: str, timeout: float = 30.0) -> CallUpdate:
        from campaign_app.domain.attempt import OUTCOMES

        return self.until(token, lambda news: news.status in OUTCOMES, f"the end of {token}", timeout)


class AsteriskHarness(Harness):
    """The contract's, over the real thing: time passes by itself."""

    human = "+15550000200"
    busy = "+15550000486"
    rings = "+15550000487"
    unassigned = "+15550000404"

    def __init__(self, provider: AsteriskProvider) -> None:
        super().__init__()
        self.provider = provider

    def new_token(self) -> str:
        return new_token()

    def dial(self, to: str, *, ring_timeout: float = 30.0) -> str:
        # The contract's five seconds are a long time for a phone that nobody takes.
        return super().dial(to, ring_timeout=min(ring_timeout, RING) if ring_timeout < 30 else ring_timeout)

    def wait_until(self, done: Callable[[], bool], what: str) -> None:
        wait_until(done, what, every=0.02)
