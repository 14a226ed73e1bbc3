"""What a batch of updates makes of one attempt, decided without a database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations, product
from typing import Any

import pytest

from campaign_app.domain.attempt import (
    OPEN,
    OUTCOMES,
    RANK,
    AnsweredBy,
    AttemptStatus,
    CallUpdate,
    may_follow,
)
from campaign_app.domain.contact import ContactStatus
from campaign_app.domain.retry import RetryPolicy
from campaign_app.domain.script import Disposition as D
from campaign_app.domain.settlement import (
    NO_RESPONSE,
    POLL_AFTER,
    POLL_DOUBT_AFTER,
    CalleeResponse,
    LockedAttempt,
    SettlementDecision,
    SourcedUpdate,
    collect_updates,
    decide_outcome,
    make_release_updates,
)

S, C = AttemptStatus, ContactStatus
NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
TOKEN = "a" * 32
HUMAN, MACHINE = AnsweredBy.HUMAN, AnsweredBy.MACHINE
POLICY = RetryPolicy(2, (10.0, 60.0), {"machine": (5.0,), "canceled": ()})


def attempt_at(status: str, **fields: Any) -> LockedAttempt:
    """The first attempt of contact 3 in campaign 2, unless `fields` say otherwise."""
    row: dict[str, Any] = {
        "id": 1,
        "campaign_id": 2,
        "contact_id": 3,
        "token": TOKEN,
        "number": 1,
        "try_number": 1,
        "answered_by": None,
        "phone": "+12125550100",
        "disposition": None,
        "key": None,
        "detect_ms": None,
        "ended_at": NOW - timedelta(hours=1) if S(status) in OUTCOMES else None,
    }
    return LockedAttempt(**{**row, **fields, "status": S(status)})


def update(
    status: str, *, only_from: str | None = None, again_after: float = 0.0, **fields: Any
) -> SourcedUpdate:
    return SourcedUpdate(
        CallUpdate(TOKEN, S(status), fields.pop("at", NOW), **fields),
        "event",
        frozenset({S(only_from)}) if only_from else None,
        again_after,
    )


def decide(
    attempt: LockedAttempt, *updates: SourcedUpdate, policy: RetryPolicy = POLICY
) -> SettlementDecision:
    [story] = collect_updates(updates).values()
    return decide_outcome(attempt, story, policy=policy, now=NOW, jitter=0.0)


# (attempt, its fields, updates, its new status or None, its contact's, due in minutes, tries, counts)
OUTCOME_TABLE: list[
    tuple[str, dict[str, Any], list[SourcedUpdate], str | None, str | None, float | None, int, bool]
] = [
    # A call as it should be.
    ("dialing", {}, [update("queued")], "queued", None, None, 0, True),
    ("queued", {}, [update("ringing")], "ringing", None, None, 0, True),
    ("ringing", {}, [update("in-progress")], "in-progress", None, None, 0, True),
    ("in-progress", {}, [update("completed")], "completed", "completed", None, 1, True),
    (
        "queued",
        {},
        [update("ringing"), update("in-progress"), update("completed")],
        "completed",
        "completed",
        None,
        1,
        True,
    ),
    # Outcomes that are tried again, until no tries are left.
    ("ringing", {}, [update("busy")], "busy", "retry", 10, 1, True),
    ("ringing", {"number": 2, "try_number": 2}, [update("no-answer")], "no-answer", "retry", 60, 2, True),
    ("ringing", {"number": 3, "try_number": 3}, [update("busy")], "busy", "exhausted", None, 3, True),
    ("dialing", {}, [update("failed")], "failed", "retry", 10, 1, True),
    ("dialing", {}, [update("failed", permanent=True)], "failed", "exhausted", None, 1, True),
    ("ringing", {}, [update("canceled")], "canceled", "exhausted", None, 1, True),
    # A machine has its own delay; that it was one may have been said before.
    ("in-progress", {}, [update("completed", answered_by=MACHINE)], "completed", "retry", 5, 1, True),
    ("in-progress", {"answered_by": MACHINE}, [update("completed")], "completed", "retry", 5, 1, True),
    (
        "queued",
        {},
        [update("in-progress", answered_by=MACHINE), update("completed")],
        "completed",
        "retry",
        5,
        1,
        True,
    ),
    (
        "in-progress",
        {"answered_by": MACHINE},
        [update("completed", answered_by=HUMAN)],
        "completed",
        "completed",
        None,
        1,
        True,
    ),
    # The trunk was full: that costs no try, three times.
    ("dialing", {}, [update("failed", congestion=True)], "failed", "pending", 10, 0, False),
    (
        "dialing",
        {"number": 4, "try_number": 1},
        [update("failed", congestion=True)],
        "failed",
        "retry",
        10,
        1,
        True,
    ),
    # Never sent.
    ("claimed", {}, [update("released", only_from="claimed")], "released", "pending", 0, 0, False),
    ("claimed", {"number": 2, "try_number": 2}, [update("released")], "released", "retry", 0, 1, False),
    (
        "dialing",
        {},
        [update("released", only_from="dialing", again_after=60.0)],
        "released",
        "pending",
        1,
        0,
        False,
    ),
    ("dialing", {}, [update("released", only_from="claimed")], None, None, None, 0, True),
    ("queued", {}, [update("released")], None, None, None, 0, True),
    ("in-doubt", {}, [update("released")], None, None, None, 0, True),
    # The answer to the request was lost, and then something was heard, or nothing.
    ("dialing", {}, [update("in-doubt")], "in-doubt", None, None, 0, True),
    ("ringing", {}, [update("in-doubt")], None, None, None, 0, True),
    ("in-doubt", {}, [update("queued")], "queued", None, None, 0, True),
    ("in-doubt", {}, [update("unresolved", only_from="in-doubt")], "unresolved", "exhausted", None, 1, True),
    ("queued", {}, [update("unresolved", only_from="dialing")], None, None, None, 0, True),
    # Late evidence ends the question; the contact is not called again.
    ("unresolved", {}, [update("completed")], "completed", "completed", None, 1, True),
    ("unresolved", {}, [update("busy")], "busy", "exhausted", None, 1, True),
    ("unresolved", {}, [update("in-progress"), update("no-answer")], "no-answer", "exhausted", None, 1, True),
    ("unresolved", {}, [update("ringing"), update("in-progress")], None, None, None, 0, True),
    # Repeated and reordered: the first outcome stands.
    ("completed", {}, [update("completed")], None, None, None, 0, True),
    ("busy", {}, [update("ringing"), update("completed")], None, None, None, 0, True),
    ("in-progress", {}, [update("queued"), update("ringing")], None, None, None, 0, True),
    ("queued", {}, [update("busy"), update("completed"), update("ringing")], "busy", "retry", 10, 1, True),
    ("released", {}, [update("completed")], None, None, None, 0, True),
    # A refused update does not hide one that applies.
    ("ringing", {}, [update("released", only_from="claimed"), update("busy")], "busy", "retry", 10, 1, True),
    # A call that another database permitted.
    ("claimed", {}, [update("ringing")], "ringing", None, None, 0, True),
    ("claimed", {}, [update("completed")], "completed", "completed", None, 1, True),
    ("claimed", {}, [update("unresolved")], None, None, None, 0, True),
    # A single call has no contact.
    (
        "in-progress",
        {"campaign_id": None, "contact_id": None},
        [update("completed")],
        "completed",
        None,
        None,
        0,
        True,
    ),
    (
        "claimed",
        {"campaign_id": None, "contact_id": None},
        [update("released")],
        "released",
        None,
        None,
        0,
        False,
    ),
]


@pytest.mark.parametrize("status, fields, updates, after, contact, due, tries, counts", OUTCOME_TABLE)
def test_a_batch_leads_where_the_table_says(
    status: str,
    fields: dict[str, Any],
    updates: list[SourcedUpdate],
    after: str | None,
    contact: str | None,
    due: float | None,
    tries: int,
    counts: bool,
) -> None:
    decision = decide(attempt_at(status, **fields), *updates)
    if after is None:
        assert (decision.change, decision.contact) == (None, None)
        return
    assert decision.change is not None
    assert (decision.change.status, decision.change.rank) == (after, RANK[S(after)])
    assert decision.change.counts == counts
    assert decision.change.ended_at == (NOW if S(after) in OUTCOMES else None)
    if contact is None:
        assert decision.contact is None
        return
    assert decision.contact is not None
    assert decision.contact.before == (C.EXHAUSTED if status == "unresolved" else C.DIALING)
    assert (decision.contact.after, decision.contact.tries) == (contact, tries)
    assert decision.contact.due_at == (None if due is None else NOW + timedelta(minutes=due))


@pytest.mark.parametrize("before, after", list(product(AttemptStatus, AttemptStatus)))
def test_an_update_moves_an_attempt_just_where_its_table_says(
    before: AttemptStatus, after: AttemptStatus
) -> None:
    decision = decide(attempt_at(before), update(after))
    assert (decision.change is not None) == may_follow(before, after)


@pytest.mark.parametrize("before", sorted(OPEN - {S.CLAIMED}))
def test_the_order_of_a_calls_own_steps_in_a_batch_does_not_matter(before: AttemptStatus) -> None:
    steps = [update("queued"), update("ringing"), update("in-progress"), update("completed")]
    for batch in permutations(steps):
        change = decide(attempt_at(before), *batch).change
        assert change is not None
        assert change.status == "completed"


def test_an_open_attempt_is_polled_and_sooner_where_it_is_in_doubt() -> None:
    for status, wait in (("queued", POLL_AFTER), ("in-doubt", POLL_DOUBT_AFTER)):
        change = decide(attempt_at("dialing"), update(status)).change
        assert change is not None
        assert change.poll_at == NOW + wait
    ended = decide(attempt_at("dialing"), update("busy")).change
    assert ended is not None
    assert ended.poll_at is None


def test_details_of_every_update_of_a_batch_are_kept_with_the_one_that_decides() -> None:
    answered = NOW - timedelta(seconds=20)
    change = decide(
        attempt_at("dialing"),
        update("completed", cause="16", q850=16),
        update("in-progress", at=answered, answered_by=HUMAN),
        update("queued", provider_ref="CA1", at=NOW - timedelta(seconds=30)),
    ).change
    assert change is not None
    assert (change.provider_ref, change.answered_by, change.q850) == ("CA1", "human", 16)
    assert (change.placed_at, change.answered_at) == (NOW - timedelta(seconds=30), answered)


def test_details_that_come_late_fill_what_is_empty_and_move_nothing() -> None:
    decision = decide(attempt_at("completed"), update("in-progress", answered_by=HUMAN))
    assert decision.change is None
    assert decision.details is not None
    assert decision.details[1:] == (None, "human", None, None, NOW)
    assert decide(attempt_at("completed"), update("completed")).details is None


@pytest.mark.parametrize(
    "status, fields, more, response",
    [
        ("in-progress", {}, {}, NO_RESPONSE),
        ("in-progress", {}, {"key": "1"}, CalleeResponse(key="1")),
        ("in-progress", {"key": "1"}, {"key": "2"}, NO_RESPONSE),
        ("in-progress", {}, {"detected_after": 1.25}, CalleeResponse(detect_ms=1250)),
        ("in-progress", {"detect_ms": 900}, {"detected_after": 1.25}, NO_RESPONSE),
        ("in-progress", {}, {"disposition": "heard"}, CalleeResponse("heard")),
        ("in-progress", {"disposition": "heard"}, {"disposition": "heard"}, NO_RESPONSE),
        ("in-progress", {"disposition": "heard"}, {"disposition": "some word"}, NO_RESPONSE),
        (
            "completed",
            {"disposition": "heard"},
            {"disposition": "opted-out", "key": "9"},
            CalleeResponse("opted-out", "9", None, True),
        ),
        ("released", {}, {"disposition": "opted-out", "key": "9"}, CalleeResponse(opted_out=True)),
    ],
)
def test_a_response_is_counted_when_it_is_new(
    status: str, fields: dict[str, Any], more: dict[str, Any], response: CalleeResponse
) -> None:
    assert decide(attempt_at(status, **fields), update("in-progress", **more)).response == response


def test_updates_that_take_claims_back_are_for_claims_alone() -> None:
    [release] = make_release_updates([TOKEN], "too late", NOW)
    assert decide(attempt_at("claimed"), release).change is not None
    for status in OPEN - {S.CLAIMED}:
        assert decide(attempt_at(status), release).change is None


@pytest.mark.parametrize("before", ["busy", "ringing"])
def test_an_end_that_did_not_come_to_pass_says_nothing_of_how_the_call_went(before: str) -> None:
    """Twilio's `busy`, and late a `completed` of the same call: dispositions were more than answered calls."""
    late = update("completed", disposition=D.CUT_SHORT)
    told = [late] if before == "busy" else [update("busy"), late]
    decision = decide(attempt_at(before), *told)
    assert decision.response.disposition is None
    assert (decision.change.status if decision.change else before) == "busy"
    opted_out = decide(attempt_at("busy"), update("completed", disposition=D.OPTED_OUT))
    assert opted_out.response == CalleeResponse(opted_out=True), "who says never again is believed"
