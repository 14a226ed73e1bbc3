"""The retry policy: what follows each outcome."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.domain.attempt import OUTCOMES, AnsweredBy, AttemptStatus
from campaign_app.domain.contact import ContactStatus
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.retry import (
    FREE_CONGESTION,
    RetryDecision,
    RetryPolicy,
    decide_retry,
    minimum_spacing,
    parse_retry,
    retry_to_api,
)

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
POLICY = RetryPolicy(3, (30, 120, 1440), {"busy": (5,), "failed": ()})
A, C = AttemptStatus, ContactStatus


def after(
    outcome: AttemptStatus,
    policy: RetryPolicy = POLICY,
    *,
    tries: int = 1,
    free: int = 0,
    answered_by: AnsweredBy | None = None,
    permanent: bool = False,
    congestion: bool = False,
    jitter: float = 0.0,
) -> RetryDecision:
    return decide_retry(
        policy,
        outcome=outcome,
        answered_by=answered_by,
        permanent=permanent,
        congestion=congestion,
        tries=tries,
        free_attempts=free,
        now=NOW,
        jitter=jitter,
    )


@pytest.mark.parametrize(
    "outcome, tries, status, minutes",
    [
        (A.NO_ANSWER, 1, C.RETRY, 30),
        (A.NO_ANSWER, 2, C.RETRY, 120),
        (A.NO_ANSWER, 3, C.RETRY, 1440),
        (A.NO_ANSWER, 4, C.EXHAUSTED, None),
        (A.BUSY, 1, C.RETRY, 5),
        (A.BUSY, 3, C.RETRY, 5),  # the last delay repeats
        (A.BUSY, 4, C.EXHAUSTED, None),
        (A.FAILED, 1, C.EXHAUSTED, None),  # its own delays are empty
        (A.CANCELED, 1, C.RETRY, 30),
        (A.COMPLETED, 1, C.COMPLETED, None),
        (A.UNRESOLVED, 1, C.EXHAUSTED, None),
    ],
)
def test_each_outcome_has_its_consequence(
    outcome: AttemptStatus, tries: int, status: ContactStatus, minutes: float | None
) -> None:
    due = None if minutes is None else NOW + timedelta(minutes=minutes)
    assert after(outcome, tries=tries) == RetryDecision(status, due, counts=True)


def test_a_released_attempt_costs_nothing_and_is_due_at_once() -> None:
    assert after(A.RELEASED) == RetryDecision(C.PENDING, NOW, counts=False)
    assert after(A.RELEASED, tries=2) == RetryDecision(C.RETRY, NOW, counts=False)


def test_a_permanent_failure_is_never_retried() -> None:
    assert after(A.FAILED, RetryPolicy(3, (1,)), permanent=True) == RetryDecision(
        C.EXHAUSTED, None, counts=True
    )


def test_congestion_costs_nothing_but_not_for_ever() -> None:
    policy = RetryPolicy(1, (10,))
    for free in range(FREE_CONGESTION):
        assert after(A.FAILED, policy, congestion=True, free=free) == RetryDecision(
            C.PENDING, NOW + timedelta(minutes=10), counts=False
        )
    assert after(A.FAILED, policy, congestion=True, free=FREE_CONGESTION).counts
    assert after(A.FAILED, policy, congestion=True, free=FREE_CONGESTION, tries=2).status is C.EXHAUSTED


def test_a_machine_is_retried_only_where_the_policy_says_so() -> None:
    machine = AnsweredBy.MACHINE
    assert after(A.COMPLETED, answered_by=machine).status is C.COMPLETED
    policy = RetryPolicy(1, (30,), {"machine": (60,)})
    assert after(A.COMPLETED, policy, answered_by=machine) == RetryDecision(
        C.RETRY, NOW + timedelta(minutes=60), counts=True
    )
    assert after(A.COMPLETED, policy, answered_by=machine, tries=2).status is C.COMPLETED
    assert after(A.COMPLETED, policy, answered_by=AnsweredBy.HUMAN).status is C.COMPLETED


policies = st.builds(
    RetryPolicy,
    st.integers(0, 20),
    st.lists(st.floats(0, 10_080), min_size=1, max_size=20).map(tuple),
    st.dictionaries(
        st.sampled_from(["busy", "no-answer", "failed", "canceled", "machine"]),
        st.lists(st.floats(0, 10_080), max_size=5).map(tuple),
    ),
)


@given(
    policies,
    st.sampled_from(sorted(OUTCOMES)),
    st.sampled_from([None, *AnsweredBy]),
    st.booleans(),
    st.booleans(),
    st.integers(1, 40),
    st.integers(0, 10),
    st.floats(0, 1, exclude_max=True),
)
def test_no_policy_lets_a_contact_be_tried_too_often_or_too_soon(
    policy: RetryPolicy,
    outcome: AttemptStatus,
    answered_by: AnsweredBy | None,
    permanent: bool,
    congestion: bool,
    tries: int,
    free: int,
    jitter: float,
) -> None:
    decision = after(
        outcome,
        policy,
        tries=tries,
        free=free,
        answered_by=answered_by,
        permanent=permanent,
        congestion=congestion,
        jitter=jitter,
    )
    waits = decision.status in (C.PENDING, C.RETRY)
    assert waits is (decision.due_at is not None)
    if decision.due_at is not None and outcome is not A.RELEASED:
        assert decision.due_at >= NOW + timedelta(seconds=minimum_spacing(policy)) - timedelta(microseconds=1)
    if waits and decision.counts:
        assert tries < policy.max_attempts
    if outcome is A.UNRESOLVED:
        assert not waits


@given(policies)
def test_a_policy_survives_the_way_through_the_api(policy: RetryPolicy) -> None:
    assert parse_retry(retry_to_api(policy)) == policy


def test_what_is_left_out_of_a_policy_takes_its_default() -> None:
    assert parse_retry({}) == RetryPolicy(3, (30, 120, 1440))
    assert parse_retry({"max_retries": 1}) == RetryPolicy(1, (30, 120, 1440))


def test_congestion_is_never_followed_at_once() -> None:
    assert after(A.FAILED, RetryPolicy(1, (0,)), congestion=True).due_at == NOW + timedelta(seconds=1)


def test_only_outcomes_are_decided_on() -> None:
    with pytest.raises(ValueError, match="ringing"):
        after(A.RINGING)


def test_a_bare_number_stands_for_a_list_of_one() -> None:
    assert parse_retry({"max_retries": 1, "delays_minutes": [1], "by_outcome": {"busy": 5}}).by_outcome == {
        "busy": (5,)
    }


@pytest.mark.parametrize(
    "value, field",
    [
        (None, "retry"),
        ({"max_retries": -1}, "retry.max_retries"),
        ({"max_retries": 21}, "retry.max_retries"),
        ({"max_retries": 1.5}, "retry.max_retries"),
        ({"max_retries": True}, "retry.max_retries"),
        ({"max_retries": "1_0"}, "retry.max_retries"),
        ({"max_retries": "many"}, "retry.max_retries"),
        ({"max_retries": 2, "delays_minutes": []}, "retry.delays_minutes"),
        ({"max_retries": 2, "delays_minutes": "30"}, "retry.delays_minutes"),
        ({"max_retries": 2, "delays_minutes": [30, -1]}, "retry.delays_minutes[1]"),
        ({"max_retries": 2, "delays_minutes": [30, float("nan")]}, "retry.delays_minutes[1]"),
        ({"max_retries": 2, "delays_minutes": [30, None]}, "retry.delays_minutes[1]"),
        ({"max_retries": 2, "delays_minutes": [20_000]}, "retry.delays_minutes[0]"),
        ({"max_retries": 2, "delays_minutes": [1] * 21}, "retry.delays_minutes"),
        ({"max_retries": 0, "by_outcome": {"gone": [1]}}, "retry.by_outcome.gone"),
        ({"max_retries": 0, "by_outcome": {"busy": "soon"}}, "retry.by_outcome.busy"),
        ({"max_retries": 0, "by_outcome": []}, None),
        ({"max_retries": 0, "by_outcome": [1]}, "retry.by_outcome"),
        ({"max_retries": 0, "attempts": 3}, "retry.attempts"),
    ],
)
def test_a_wrong_policy_names_its_field(value: object, field: str | None) -> None:
    if field is None:
        assert parse_retry(value).max_retries == 0
        return
    with pytest.raises(InvalidInput) as raised:
        parse_retry(value)
    assert field in [error.field for error in raised.value.errors]
