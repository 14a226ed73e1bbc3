"""Why a campaign, or a trunk, may not dial at an instant. Claim, permit and page all ask these functions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from .calling_window import Schedule
from .campaign import CampaignStatus


class Gate(StrEnum):
    NOT_RUNNING = "not-running"
    STARTS_LATER = "starts-later"
    ENDED = "ended"
    OUTSIDE_HOURS = "outside-hours"
    BACKOFF = "backoff"
    QUARANTINED = "quarantined"
    TRUNK_PAUSED = "trunk-paused"
    CIRCUIT_OPEN = "circuit-open"


@dataclass(frozen=True, slots=True)
class Closed:
    """What closes the campaign, and until when (None: until somebody does something)."""

    gate: Gate
    until: datetime | None = None


def closed_because(
    *,
    status: CampaignStatus,
    schedule: Schedule,
    starts_at: datetime | None,
    ends_at: datetime | None,
    backoff_until: datetime | None,
    now: datetime,
) -> Closed | None:
    """None when a call of this campaign may begin at `now`. Times are aware UTC; ends_at itself is no longer open."""
    if status is not CampaignStatus.RUNNING:
        return Closed(Gate.NOT_RUNNING)
    if ends_at is not None and now >= ends_at:
        return Closed(Gate.ENDED)
    if starts_at is not None and now < starts_at:
        return Closed(Gate.STARTS_LATER, starts_at)
    if not schedule.is_open(now):
        return Closed(Gate.OUTSIDE_HOURS, schedule.next_open(now))
    if backoff_until is not None and now < backoff_until:
        return Closed(Gate.BACKOFF, backoff_until)
    return None


def trunk_closed_because(
    *, paused_at: datetime | None, circuit_until: datetime | None, now: datetime, quarantined: bool = False
) -> Closed | None:
    """None when a call may begin on this trunk at `now`: a single one, where its circuit has just come half open.

    `quarantined`: the database went backwards, and nothing is dialled on any trunk until an operator says so.
    """
    if quarantined:
        return Closed(Gate.QUARANTINED)
    if paused_at is not None:
        return Closed(Gate.TRUNK_PAUSED)
    if circuit_until is not None and now < circuit_until:
        return Closed(Gate.CIRCUIT_OPEN, circuit_until)
    return None
