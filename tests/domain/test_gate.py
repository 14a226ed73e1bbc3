"""Dialing gates: which one is named first when several are closed, and until when it stays closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest

from campaign_app.domain.calling_window import CallingSchedule, CallingWindow
from campaign_app.domain.campaign import CampaignStatus
from campaign_app.domain.gate import ClosedGate, DialGate, find_closed_gate, find_closed_trunk_gate

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
"""A Friday."""
MOMENT = timedelta(microseconds=1)
EARLIER, LATER = NOW - timedelta(hours=1), NOW + timedelta(hours=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
OPEN = CallingSchedule("UTC", (CallingWindow(WEEKDAYS, 9 * 60, 18 * 60),))
MORNINGS = CallingSchedule("UTC", (CallingWindow(WEEKDAYS, 9 * 60, 12 * 60),))
NEVER = CallingSchedule("UTC", ())
MONDAY_MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)
G = DialGate

CLOSING: dict[DialGate, tuple[dict[str, Any], datetime | None]] = {
    G.NOT_RUNNING: ({"status": CampaignStatus.PAUSED}, None),
    G.ENDED: ({"ends_at": EARLIER}, None),
    G.STARTS_LATER: ({"starts_at": LATER}, LATER),
    G.OUTSIDE_HOURS: ({"schedule": MORNINGS}, MONDAY_MORNING),
    G.BACKOFF: ({"backoff_until": LATER}, LATER),
}
"""What closes each of a campaign's gates, and until when. Their order is the order in which they are named."""


def campaign_gate(now: datetime = NOW, **fields: Any) -> ClosedGate | None:
    """The gate of a campaign that may dial but for these fields."""
    free: dict[str, Any] = {
        "status": CampaignStatus.RUNNING,
        "schedule": OPEN,
        "starts_at": None,
        "ends_at": None,
        "backoff_until": None,
    }
    return find_closed_gate(**{**free, **fields}, now=now)


def test_a_running_campaign_within_its_hours_may_dial() -> None:
    assert campaign_gate() is None
    assert campaign_gate(starts_at=EARLIER, ends_at=LATER, backoff_until=EARLIER) is None


@pytest.mark.parametrize("gate", CLOSING)
def test_each_gate_alone_closes_the_campaign(gate: DialGate) -> None:
    fields, until = CLOSING[gate]
    assert campaign_gate(**fields) == ClosedGate(gate, until)


@pytest.mark.parametrize("first, second", list(combinations(CLOSING, 2)))
def test_of_two_closed_gates_the_one_that_lasts_is_named(first: DialGate, second: DialGate) -> None:
    fields = {**CLOSING[second][0], **CLOSING[first][0]}
    assert campaign_gate(**fields) == ClosedGate(first, CLOSING[first][1])


@pytest.mark.parametrize("status", CampaignStatus)
def test_only_a_running_campaign_dials(status: CampaignStatus) -> None:
    expected = None if status is CampaignStatus.RUNNING else ClosedGate(G.NOT_RUNNING)
    assert campaign_gate(status=status) == expected


@pytest.mark.parametrize(
    "fields, gate",
    [
        ({"starts_at": NOW}, None),
        ({"starts_at": NOW + MOMENT}, G.STARTS_LATER),
        ({"ends_at": NOW}, G.ENDED),
        ({"ends_at": NOW + MOMENT}, None),
        ({"backoff_until": NOW}, None),
        ({"backoff_until": NOW + MOMENT}, G.BACKOFF),
        # An end before the start: it has ended, and waiting for the start would be in vain.
        ({"starts_at": LATER, "ends_at": NOW}, G.ENDED),
    ],
)
def test_the_start_belongs_to_the_campaign_and_the_end_does_not(
    fields: dict[str, datetime], gate: DialGate | None
) -> None:
    closed = campaign_gate(**fields)
    assert (closed and closed.gate) == gate


@pytest.mark.parametrize(
    "now, until",
    [
        (datetime(2026, 11, 20, 8, 59, 59, 999999, tzinfo=UTC), datetime(2026, 11, 20, 9, tzinfo=UTC)),
        (datetime(2026, 11, 20, 18, tzinfo=UTC), MONDAY_MORNING),
        (datetime(2026, 11, 22, 12, tzinfo=UTC), MONDAY_MORNING),
    ],
)
def test_outside_its_hours_it_waits_for_the_next_window(now: datetime, until: datetime) -> None:
    assert campaign_gate(now) == ClosedGate(G.OUTSIDE_HOURS, until)
    assert campaign_gate(until - MOMENT) == ClosedGate(G.OUTSIDE_HOURS, until)
    assert campaign_gate(until) is None


def test_a_campaign_without_windows_waits_for_somebody_to_add_one() -> None:
    assert campaign_gate(schedule=NEVER) == ClosedGate(G.OUTSIDE_HOURS)


def test_hours_are_those_of_the_campaigns_zone() -> None:
    tokyo = CallingSchedule("Asia/Tokyo", OPEN.windows)
    closed = campaign_gate(schedule=tokyo)
    # It is midnight there; Monday 09:00 in Tokyo is Monday 00:00 UTC.
    assert closed == ClosedGate(G.OUTSIDE_HOURS, datetime(2026, 11, 23, tzinfo=UTC))


@pytest.mark.parametrize(
    "fields, expected",
    [
        ({}, None),
        ({"quarantined": True}, ClosedGate(G.QUARANTINED)),
        ({"paused_at": EARLIER}, ClosedGate(G.TRUNK_PAUSED)),
        ({"paused_at": NOW}, ClosedGate(G.TRUNK_PAUSED)),
        ({"circuit_until": LATER}, ClosedGate(G.CIRCUIT_OPEN, LATER)),
        ({"circuit_until": NOW + MOMENT}, ClosedGate(G.CIRCUIT_OPEN, NOW + MOMENT)),
        # Half open: one call may try.
        ({"circuit_until": NOW}, None),
        ({"circuit_until": EARLIER}, None),
        ({"paused_at": EARLIER, "circuit_until": LATER}, ClosedGate(G.TRUNK_PAUSED)),
        ({"quarantined": True, "paused_at": EARLIER}, ClosedGate(G.QUARANTINED)),
        ({"quarantined": True, "circuit_until": LATER}, ClosedGate(G.QUARANTINED)),
        ({"quarantined": True, "paused_at": EARLIER, "circuit_until": LATER}, ClosedGate(G.QUARANTINED)),
    ],
)
def test_a_trunks_gate_that_needs_somebody_is_named_before_one_that_opens_by_itself(
    fields: dict[str, Any], expected: ClosedGate | None
) -> None:
    free: dict[str, Any] = {"paused_at": None, "circuit_until": None}
    assert find_closed_trunk_gate(**{**free, **fields}, now=NOW) == expected


def test_a_gate_that_only_a_person_opens_has_no_until() -> None:
    for gate in (G.NOT_RUNNING, G.ENDED):
        assert CLOSING[gate][1] is None
