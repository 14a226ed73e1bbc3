"""The judge of caps, on rows that were made up: it must see a cap that was passed and a turn that came too early."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.faults.cap_checker import SECOND, Call, Cap, Rules, find_end, find_reached

NEW_YORK = ["America/New_York"]
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
"""A Friday, 07:00 in New York."""


def at(**later: float) -> int:
    return round((NOON + timedelta(**later)).timestamp()) * SECOND


def reached(
    rules: Rules, calls: list[Call], when: int, zones: list[str] = NEW_YORK, slack: int = 0
) -> list[str]:
    others = {2: Rules((), subject="Bill"), 3: Rules(())}
    return list(find_reached({1: rules, **others}, 1, zones, calls, when, slack))


@pytest.mark.parametrize(
    "rules, calls, frees",
    [
        (Rules((Cap(1, hours=2),)), [Call(at(), 2)], at(hours=2)),
        (Rules((Cap(2, hours=2),)), [Call(at(), 2), Call(at(hours=1), 1)], at(hours=2)),
        (Rules((Cap(1, hours=2, scope="subject"),), subject="bill"), [Call(at(), 2)], at(hours=2)),
        (Rules((Cap(1, hours=2, scope="campaign"),)), [Call(at(), 1)], at(hours=2)),
        (Rules((Cap(1, per="day"),)), [Call(at(), 2)], at(hours=17)),
        (Rules((Cap(1, per="week"),)), [Call(at(), 2)], at(days=2, hours=17)),
        (Rules((), gap_minutes=3), [Call(at(), 2)], at(minutes=3)),
    ],
)
def test_a_rule_holds_until_it_ends_and_not_a_microsecond_longer(
    rules: Rules, calls: list[Call], frees: int
) -> None:
    last = max(call.at for call in calls) + 1
    assert find_end({1: rules, 2: Rules((), subject="Bill")}, 1, NEW_YORK, calls, last) == frees
    assert reached(rules, calls, frees - 1) != []
    assert reached(rules, calls, frees) == []


@pytest.mark.parametrize(
    "rules",
    [
        Rules((Cap(2, hours=2),)),
        Rules((Cap(1, hours=2, scope="subject"),), subject="bill"),
        Rules((Cap(1, hours=2, scope="campaign"),)),
    ],
)
def test_what_does_not_count_holds_nobody_back(rules: Rules) -> None:
    assert reached(rules, [Call(at(), 3)], at(minutes=1)) == []


def test_a_gap_is_between_different_campaigns() -> None:
    assert reached(Rules((), gap_minutes=3), [Call(at(), 1)], at(minutes=1)) == []


def test_of_several_zones_the_last_midnight_counts() -> None:
    zones = ["America/New_York", "America/Chicago"]
    assert find_end({1: Rules((Cap(1, per="day"),))}, 1, zones, [Call(at(), 1)], at(hours=1)) == at(hours=18)


def test_a_ledger_that_is_read_late_is_given_the_benefit_of_the_doubt() -> None:
    one = Rules((Cap(1, hours=2),))
    assert reached(one, [Call(at(), 2)], at(hours=2) - 5 * SECOND, slack=6 * SECOND) == []
    assert reached(one, [Call(at(), 2)], at(hours=2) - 7 * SECOND, slack=6 * SECOND) != []
