"""Finish estimates: the tries that rules leave to somebody, and what takes the others away."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from campaign_app.domain.blackouts import Blackout
from campaign_app.domain.calling_window import DAYS, CallingWindow
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.retry import RetryPolicy
from campaign_app.domain.rulebook import CallCap, CampaignClock, Rulebook
from campaign_app.services.finish_estimate import FinishEstimate, Pace, Waiting, estimate_finish, plan_tries

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ALWAYS = (CallingWindow(DAYS, 0, 24 * 60),)
BOOK = Rulebook(None, "", CampaignClock.CAMPAIGN, "UTC", ALWAYS, caps=(), min_gap_minutes=0, guard_seconds=0)
NEW_YORK = DialProfile(("America/New_York",), "US")
LONDON = DialProfile(("Europe/London",), "GB")
PACE = Pace(1.0, 1.0, (20.0, 60.0))


def hours_of(retry: RetryPolicy) -> list[float]:
    plan = plan_tries(BOOK, retry, Waiting(NEW_YORK, 1, NOON), None)
    return [(begin - NOON) / HOUR for begin in plan.begins]


def estimate(
    *people: Waiting,
    book: Rulebook = BOOK,
    ends_at: datetime | None = None,
    blackouts: tuple[Blackout, ...] = (),
) -> FinishEstimate:
    retry = RetryPolicy(3, (60,))
    return estimate_finish(book, retry, people, NOON, PACE, ends_at=ends_at, blackouts=blackouts)


def test_tries_go_by_the_longest_delay_of_any_outcome_and_by_another_hour() -> None:
    assert hours_of(RetryPolicy(2, (60, 120))) == [0, 1, 3]
    assert hours_of(RetryPolicy(2, (60, 120), {"busy": (5,), "no-answer": (90, 600), "failed": ()})) == [
        0,
        1.5,
        11.5,
    ]
    assert hours_of(RetryPolicy(2, (30, 1440), other_hour=True)) == [0, 1, 26]


def test_only_an_end_that_takes_tries_away_is_blamed_for_it() -> None:
    calls = estimate(Waiting(NEW_YORK, 5, NOON), ends_at=NOON + 2 * HOUR)
    assert (calls.calls, calls.is_cut) == ((5, 10), True)
    blackout = Blackout(1, "US", None, None, NOON + 90 * timedelta(minutes=1), None, "storm", NOON)
    for ends_at in (None, NOON + 99 * HOUR):
        calls = estimate(Waiting(NEW_YORK, 5, NOON), ends_at=ends_at, blackouts=(blackout,))
        assert (calls.calls, calls.is_cut) == ((5, 10), False)


def test_a_cap_of_two_places_is_told_with_the_try_that_waits_first() -> None:
    book = Rulebook(
        None,
        "",
        CampaignClock.CAMPAIGN,
        "UTC",
        ALWAYS,
        caps=(CallCap(2, 24),),
        min_gap_minutes=0,
        guard_seconds=0,
    )
    [alone] = estimate(Waiting(LONDON, 1, NOON), book=book).limits
    [both] = estimate(Waiting(NEW_YORK, 4, NOON + 9 * HOUR), Waiting(LONDON, 1, NOON), book=book).limits
    assert (both.number, both.until) == (alone.number, alone.until) == (3, NOON + 24 * HOUR)
    assert (both.contacts, both.reached) == (5, alone.reached)
