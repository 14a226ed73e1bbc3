"""Dialing gates: why a campaign or a trunk may not dial at an instant. Claim, permit and pages ask the same
functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .calling_window import CallingSchedule
from .campaign import CampaignStatus


class DialGate(StrEnum):
    NOT_RUNNING = "not-running"
    STARTS_LATER = "starts-later"
    ENDED = "ended"
    OUTSIDE_HOURS = "outside-hours"
    BACKOFF = "backoff"
    SOFT_START = "soft-start"
    """Those whom a soft start allows have been called: somebody has to say to go on. The claim counts them itself."""
    QUARANTINED = "quarantined"
    TRUNK_PAUSED = "trunk-paused"
    CIRCUIT_OPEN = "circuit-open"


@dataclass(frozen=True, slots=True)
class ClosedGate:
    """What closes the campaign, and until when (None: until somebody does something)."""

    gate: DialGate
    until: datetime | None = None


def find_closed_gate(
    *,
    status: CampaignStatus,
    schedule: CallingSchedule | None,
    starts_at: datetime | None,
    ends_at: datetime | None,
    backoff_until: datetime | None,
    now: datetime,
) -> ClosedGate | None:
    """The first of `list_closed_gates`; None when calls of this campaign may begin at `now`, as far as the campaign
    alone decides."""
    closed = list_closed_gates(
        status=status,
        schedule=schedule,
        starts_at=starts_at,
        ends_at=ends_at,
        backoff_until=backoff_until,
        now=now,
    )
    return next(closed, None)


def list_closed_gates(
    *,
    status: CampaignStatus,
    schedule: CallingSchedule | None,
    starts_at: datetime | None,
    ends_at: datetime | None,
    backoff_until: datetime | None,
    now: datetime,
    soft_start_left: int | None = None,
) -> Iterator[ClosedGate]:
    """Everything of the campaign's own that keeps its calls from beginning at `now`, the weightiest first. Times are
    aware UTC; ends_at itself is no longer open. `soft_start_left` is how many more people may be called before somebody
    says to go on, None for everyone. `schedule` is None where each called person's clock decides
    (timeline.py)."""
    if status is not CampaignStatus.RUNNING:
        yield ClosedGate(DialGate.NOT_RUNNING)
    if ends_at is not None and now >= ends_at:
        yield ClosedGate(DialGate.ENDED)
    if starts_at is not None and now < starts_at:
        yield ClosedGate(DialGate.STARTS_LATER, starts_at)
    if schedule is not None and not schedule.is_open(now):
        yield ClosedGate(DialGate.OUTSIDE_HOURS, schedule.next_open(now))
    if backoff_until is not None and now < backoff_until:
        yield ClosedGate(DialGate.BACKOFF, backoff_until)
    if soft_start_left == 0:
        yield ClosedGate(DialGate.SOFT_START)


def find_closed_trunk_gate(
    *, paused_at: datetime | None, circuit_until: datetime | None, now: datetime, quarantined: bool = False
) -> ClosedGate | None:
    """None when a call may begin on this trunk at `now`: a single one, where its circuit has just come half open.

    `quarantined`: the database went backwards, and nothing is dialed on any trunk until an operator says so.
    """
    if quarantined:
        return ClosedGate(DialGate.QUARANTINED)
    if paused_at is not None:
        return ClosedGate(DialGate.TRUNK_PAUSED)
    if circuit_until is not None and now < circuit_until:
        return ClosedGate(DialGate.CIRCUIT_OPEN, circuit_until)
    return None
