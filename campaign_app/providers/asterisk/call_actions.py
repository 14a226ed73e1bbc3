"""Call actions: what a call asks for. The call manager executes them one after the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from campaign_app.domain.attempt import AttemptStatus


@dataclass(frozen=True, slots=True)
class ReportStatus:
    """News of the call, without what the adapter adds (`domain.attempt.News`)."""

    status: AttemptStatus
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Come back in so many seconds, as `call.on_timer(name)`."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class PlayMedia:
    """Media by playback id, in order. `note`: kept on the channel first, for a process that takes the call over."""

    media: dict[str, str]
    note: str | None


@dataclass(frozen=True, slots=True)
class StopPlaybacks:
    playbacks: tuple[str, ...]
    """The last first, so that none begins because the one before it was stopped."""


@dataclass(frozen=True, slots=True)
class DetectMachine:
    """Send it to the dialplan that tells a person from a machine."""


@dataclass(frozen=True, slots=True)
class DetectTalking:
    """Say when the other side begins and stops to talk."""

    note: str


@dataclass(frozen=True, slots=True)
class HangUp:
    pass


@dataclass(frozen=True, slots=True)
class DialTransferLeg:
    to: str
    ring: float
    caller_id: str | None
    note: str


@dataclass(frozen=True, slots=True)
class BridgeLegs:
    pass


@dataclass(frozen=True, slots=True)
class EndTransferLeg:
    """End the other leg, and what joined the two."""


CallAction = (
    ReportStatus
    | StartTimer
    | PlayMedia
    | StopPlaybacks
    | DetectMachine
    | DetectTalking
    | HangUp
    | DialTransferLeg
    | BridgeLegs
    | EndTransferLeg
)
