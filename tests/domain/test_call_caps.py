"""Caps and gaps: when one more call to a number is allowed, to the microsecond."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.domain.call_caps import PlacedCall, find_caps_reached, longest_period, measure_caps
from campaign_app.domain.calling_window import parse_windows
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.rulebook import CallCap, CampaignClock, CapPeriod, CapScope, Purpose, Rulebook

NOW = datetime(2026, 11, 27, 15, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
WINDOWS = parse_windows([{"days": ["mon"], "start": "09:00", "end": "17:00"}])
PERSON = DialProfile(("America/Los_Angeles", "America/New_York"), "US")


def make_rulebook(*caps: CallCap, gap: int = 0, subject: str = "") -> Rulebook:
    return Rulebook(
        Purpose.INFORMATIONAL, subject, CampaignClock.BOTH, None, WINDOWS, caps=caps, min_gap_minutes=gap
    )


def ago(hours: float, campaign: int | None = 1, subject: str = "") -> PlacedCall:
    return PlacedCall(NOW - timedelta(hours=hours), campaign, subject)


def test_a_third_call_is_allowed_and_a_fourth_waits_until_the_first_is_a_day_old() -> None:
    rulebook = make_rulebook(CallCap(3, 24))
    assert find_caps_reached(rulebook, PERSON, [ago(20), ago(10)], 1, NOW) == []
    [found] = find_caps_reached(rulebook, PERSON, [ago(20), ago(10), ago(1)], 1, NOW)
    assert (found.code, found.frees_at) == ("cap", NOW + timedelta(hours=4))


def test_scopes_count_what_they_name() -> None:
    history = [ago(1, 2, "Bills"), ago(2, 1, "Visits"), ago(3, None, "")]
    for scope, reached in ((CapScope.NUMBER, True), (CapScope.SUBJECT, False), (CapScope.CAMPAIGN, False)):
        rulebook = make_rulebook(CallCap(2, 24, scope), subject="visits")
        assert bool(find_caps_reached(rulebook, PERSON, history, 1, NOW)) is reached
    same = make_rulebook(CallCap(1, 24, CapScope.SUBJECT), subject="VISITS")
    assert find_caps_reached(same, PERSON, history, 9, NOW)


def test_a_gap_is_to_other_campaigns_only() -> None:
    rulebook = make_rulebook(gap=240)
    assert find_caps_reached(rulebook, PERSON, [ago(1, 1)], 1, NOW) == []
    [found] = find_caps_reached(rulebook, PERSON, [ago(1, 2)], 1, NOW)
    assert (found.code, found.frees_at) == ("gap", NOW + timedelta(hours=3))
    assert find_caps_reached(rulebook, PERSON, [ago(4, 2)], 1, NOW) == []


def test_a_day_ends_at_midnight_of_the_candidate_zone_that_is_full() -> None:
    rulebook = make_rulebook(CallCap(1, None, CapScope.NUMBER, CapPeriod.DAY))
    # 01:00 UTC is the evening before in both zones; 07:00 UTC is the 27th in New York alone.
    assert find_caps_reached(rulebook, PERSON, [ago(14)], 1, NOW) == []
    [found] = find_caps_reached(rulebook, PERSON, [ago(8)], 1, NOW)
    assert found.frees_at == datetime(2026, 11, 28, 5, tzinfo=UTC)


def test_a_week_begins_on_monday_and_is_an_hour_longer_when_clocks_go_back() -> None:
    rulebook = make_rulebook(CallCap(1, None, CapScope.NUMBER, CapPeriod.WEEK))
    monday = datetime(2026, 10, 26, 12, tzinfo=UTC)
    call = PlacedCall(monday, 1, "")
    [found] = find_caps_reached(rulebook, PERSON, [call], 1, monday + timedelta(days=3))
    assert found.frees_at == datetime(2026, 11, 2, 8, tzinfo=UTC)


def test_consent_lifts_a_cap_that_says_so() -> None:
    rulebook = make_rulebook(CallCap(1, 24, unless_consent=True))
    consenting = DialProfile(PERSON.zones, "US", consent="express")
    assert find_caps_reached(rulebook, PERSON, [ago(1)], 1, NOW)
    assert find_caps_reached(rulebook, consenting, [ago(1)], 1, NOW) == []


CAPS = st.builds(
    lambda most, period, scope: CallCap(
        most, period if isinstance(period, int) else None, scope, None if isinstance(period, int) else period
    ),
    st.integers(1, 4),
    st.one_of(st.integers(1, 80), st.sampled_from(CapPeriod)),
    st.sampled_from(CapScope),
)
CALLS = st.lists(
    st.builds(
        PlacedCall,
        st.integers(0, 200 * 3600).map(lambda seconds: NOW - timedelta(seconds=seconds)),
        st.sampled_from([1, 2, None]),
        st.sampled_from(["", "Visits"]),
    ),
    max_size=12,
)


@given(st.lists(CAPS, max_size=3), CALLS, st.sampled_from([0, 1, 240, 5000]))
def test_a_call_is_allowed_exactly_when_the_last_rule_frees(
    caps: list[CallCap], calls: list[PlacedCall], gap: int
) -> None:
    rulebook = make_rulebook(*caps, gap=gap)
    reached = find_caps_reached(rulebook, PERSON, calls, 1, NOW)
    if not reached:
        return
    frees = max(found.frees_at for found in reached)
    assert frees > NOW
    assert find_caps_reached(rulebook, PERSON, calls, 1, frees) == []
    assert find_caps_reached(rulebook, PERSON, calls, 1, frees - MOMENT)


@given(st.lists(CAPS, max_size=3), CALLS, st.sampled_from([0, 1, 240, 5000]))
def test_calls_before_the_longest_period_do_not_matter(
    caps: list[CallCap], calls: list[PlacedCall], gap: int
) -> None:
    rulebook = make_rulebook(*caps, gap=gap)
    since = NOW - longest_period(rulebook)
    recent = [call for call in calls if call.at > since]
    assert find_caps_reached(rulebook, PERSON, recent, 1, NOW) == find_caps_reached(
        rulebook, PERSON, calls, 1, NOW
    )


@pytest.mark.parametrize("hours", [1, 24, 744])
def test_the_longest_period_covers_every_cap(hours: int) -> None:
    assert longest_period(make_rulebook(CallCap(1, hours), gap=10)) == timedelta(hours=hours)


def test_what_is_used_of_a_cap_is_told_where_it_holds() -> None:
    rulebook = make_rulebook(
        CallCap(3, 24), CallCap(1, 24, CapScope.CAMPAIGN), CallCap(9, 24, unless_consent=True)
    )
    consenting = DialProfile(PERSON.zones, "US", consent="written")
    uses = measure_caps(rulebook, consenting, [ago(25), ago(2, 2), ago(1)], 1, NOW)
    assert [(use.cap.most, use.used) for use in uses] == [(3, 2), (1, 1)]


@given(
    st.lists(st.floats(0, 200), max_size=8),
    st.integers(1, 4),
    st.sampled_from([(24, None), (None, CapPeriod.DAY), (None, CapPeriod.WEEK)]),
)
def test_a_cap_is_reached_exactly_where_it_is_used_up(
    hours: list[float], most: int, period: tuple[int | None, CapPeriod | None]
) -> None:
    cap = CallCap(most, period[0], CapScope.NUMBER, period[1])
    rulebook, history = make_rulebook(cap), [ago(each) for each in hours]
    [use] = measure_caps(rulebook, PERSON, history, 1, NOW)
    assert (use.used >= most) is bool(find_caps_reached(rulebook, PERSON, history, 1, NOW))
