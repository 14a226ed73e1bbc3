"""What a call asks for. The switchroom does these one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from campaign_app.domain.attempt import AttemptStatus


@dataclass(frozen=True, slots=True)
class Tell:
    """News of the call, without what the adapter adds (`domain.attempt.News`)."""

    status: AttemptStatus
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Timer:
    """Come back in so many seconds, as `call.on_timer(name)`."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Play:
    """Media by playback id, in order. `note`: kept on the channel first, for a process that takes the call over."""

    media: dict[str, str]
    note: str | None


@dataclass(frozen=True, slots=True)
class Stop:
    playbacks: tuple[str, ...]
    """The last first, so that none begins because the one before it was stopped."""


@dataclass(frozen=True, slots=True)
class Detect:
    """Send it to the dialplan that tells a person from a machine."""


@dataclass(frozen=True, slots=True)
class Listen:
    """Say when the other side begins and stops to talk."""

    note: str


@dataclass(frozen=True, slots=True)
class HangUp:
    pass


@dataclass(frozen=True, slots=True)
class Transfer:
    to: str
    ring: float
    caller_id: str | None
    note: str


@dataclass(frozen=True, slots=True)
class Bridge:
    pass


@dataclass(frozen=True, slots=True)
class Unbridge:
    """End the other leg, and what joined the two."""


Action = Tell | Timer | Play | Stop | Detect | Listen | HangUp | Transfer | Bridge | Unbridge
