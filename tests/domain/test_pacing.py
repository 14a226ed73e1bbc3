"""Free lines, calls per second, fair shares."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.domain.pacing import (
    CampaignDemand,
    TurnRecord,
    advance_next_free,
    count_allowed_calls,
    free_lines,
    measure_full_share,
    share_lines,
)

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)


@pytest.mark.parametrize("limit, in_use, free", [(10, 0, 10), (10, 10, 0), (10, 12, 0), (0, 0, 0)])
def test_lines_are_free_up_to_the_limit(limit: int, in_use: int, free: int) -> None:
    assert free_lines(limit, in_use) == free


def test_no_rate_is_no_pace() -> None:
    assert count_allowed_calls(NOW, None, None, 500) == 500
    assert advance_next_free(NOW, None, None, 500) is None


def test_a_rate_allows_a_seconds_worth_at_once_and_then_as_time_goes() -> None:
    assert count_allowed_calls(NOW, None, 5, 100) == 5
    next_free = advance_next_free(NOW, None, 5, 5)
    assert count_allowed_calls(NOW, next_free, 5, 100) == 0
    assert count_allowed_calls(NOW + timedelta(seconds=0.4), next_free, 5, 100) == 2
    assert count_allowed_calls(NOW + timedelta(seconds=60), next_free, 5, 100) == 5


def test_a_slow_rate_still_lets_one_through() -> None:
    assert count_allowed_calls(NOW, None, 0.1, 100) == 1
    next_free = advance_next_free(NOW, None, 0.1, 1)
    assert count_allowed_calls(NOW + timedelta(seconds=9.9), next_free, 0.1, 100) == 0
    assert count_allowed_calls(NOW + timedelta(seconds=10), next_free, 0.1, 100) == 1


@given(
    st.floats(0.05, 500), st.lists(st.tuples(st.floats(0, 5), st.integers(0, 600)), min_size=1, max_size=60)
)
def test_no_interval_holds_more_calls_than_its_length_and_one_burst_allow(
    rate: float, asks: list[tuple[float, int]]
) -> None:
    now, next_free = NOW, None
    begun: list[tuple[datetime, int]] = []
    for wait, most in asks:
        now += timedelta(seconds=wait)
        calls = count_allowed_calls(now, next_free, rate, most)
        assert 0 <= calls <= most
        if calls:
            next_free = advance_next_free(now, next_free, rate, calls)
            begun.append((now, calls))
    for index, (start, _) in enumerate(begun):
        total = 0
        for at, calls in begun[index:]:
            total += calls
            seconds = (at - start).total_seconds()
            assert total <= rate * (seconds + max(1.0, 1 / rate)) + 0.01


wants_lists = st.lists(st.tuples(st.integers(1, 10), st.integers(0, 40)), min_size=1, max_size=8).map(
    lambda pairs: [CampaignDemand(index, weight, demand) for index, (weight, demand) in enumerate(pairs)]
)


@given(st.integers(0, 120), wants_lists)
def test_shares_use_every_line_and_starve_nobody(free: int, wants: list[CampaignDemand]) -> None:
    given_ = share_lines(free, wants)
    hungry = [want.id for want in wants if want.demand]
    assert sum(given_.values()) == min(free, sum(want.demand for want in wants))
    assert all(given_[want.id] <= want.demand for want in wants)
    if free >= len(hungry):
        assert all(given_[key] >= 1 for key in hungry)


def test_shares_follow_the_weights() -> None:
    assert share_lines(
        12, [CampaignDemand(1, 1, 100), CampaignDemand(2, 2, 100), CampaignDemand(3, 3, 100)]
    ) == {1: 2, 2: 4, 3: 6}


def test_what_one_leaves_goes_to_the_others() -> None:
    assert share_lines(10, [CampaignDemand(1, 5, 2), CampaignDemand(2, 5, 100)]) == {1: 2, 2: 8}


def test_lines_that_a_campaign_holds_count_as_its_share() -> None:
    """What comes free one by one does not all go to the heaviest."""
    assert share_lines(1, [CampaignDemand(1, 1, 100, 0), CampaignDemand(2, 5, 100, 4)]) == {1: 1, 2: 0}
    assert share_lines(1, [CampaignDemand(1, 1, 100, 1), CampaignDemand(2, 5, 100, 4)]) == {1: 0, 2: 1}
    assert share_lines(3, [CampaignDemand(1, 1, 100, 6), CampaignDemand(2, 5, 100, 0)]) == {1: 0, 2: 3}, (
        "who comes late catches up"
    )


def test_turns_follow_the_weights_where_a_line_is_free_again_before_the_next_is_given() -> None:
    wants, turns, began = (
        [CampaignDemand(1, 1, 100), CampaignDemand(2, 2, 100), CampaignDemand(3, 5, 100)],
        TurnRecord(),
        Counter[int](),
    )
    for _ in range(80):
        for key, lines in share_lines(1, wants, turns.served_among(wants)).items():
            turns.add_lines(wants[key - 1], lines)
            began[key] += lines
    assert began == {1: 10, 2: 20, 3: 50}


def test_a_late_campaign_does_not_make_up_for_earlier_turns() -> None:
    turns, first, late = TurnRecord(), CampaignDemand(1, 1, 100), CampaignDemand(2, 1, 100)
    for _ in range(50):
        turns.served_among([first])
        turns.add_lines(first, 1)
    wants, began = [first, late], Counter[int]()
    for _ in range(10):
        for key, lines in share_lines(1, wants, turns.served_among(wants)).items():
            turns.add_lines(wants[key - 1], lines)
            began[key] += lines
    assert began == {1: 5, 2: 5}


def test_a_pace_from_another_time_does_not_stop_the_dialing() -> None:
    """The rate was raised from one call in a quarter of an hour, or the clock was set back."""
    assert count_allowed_calls(NOW, NOW + timedelta(minutes=15), 5, 100) == 5
    assert advance_next_free(NOW, NOW + timedelta(minutes=15), 5, 5) == NOW + timedelta(seconds=1)


def test_the_share_of_time_with_all_lines_in_use() -> None:
    def after(seconds: float) -> datetime:
        return NOW + timedelta(seconds=seconds)

    spans = [(after(-50), after(10)), (after(-5), None), (after(15), after(20)), (after(29), None)]
    assert measure_full_share(spans, 2, NOW, after(30)) == pytest.approx((10 + 5 + 1) / 30)
    assert measure_full_share(spans, 3, NOW, after(30)) == 0
    assert measure_full_share(spans, 1, NOW, after(30)) == 1
    assert measure_full_share(spans, 1, NOW, NOW) == 0, "no time has passed"
    swap = [(NOW, after(10)), (after(10), after(30))]
    assert measure_full_share(swap, 1, NOW, after(30)) == 1, "one ends as the next begins"
    assert measure_full_share([(after(-9), after(-1))], 1, NOW, after(30)) == 0
