"""News becomes status in one place: repeated, late, reordered and unknown news change nothing that stands."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from campaign_app.domain.attempt import OUTCOMES, RANK, AnsweredBy, AttemptStatus, CallUpdate, may_follow
from campaign_app.domain.settlement import make_release_updates, wrap_updates
from campaign_app.services.calls.settle import apply_updates
from campaign_app.transaction import begin_write
from tests.engine.world import World, phones

S = AttemptStatus


def hear(world: World, *news: CallUpdate, source: str = "event") -> int:
    """Settle one batch of news in one transaction; how many attempts it changed."""
    with begin_write(world.db) as connection:
        return apply_updates(
            connection, wrap_updates(news, source), now=world.clock.now(), rng=random.Random(1)
        )


def placed(world: World, **fields: object) -> str:
    """A campaign with one contact that is being called; the token of that call."""
    world.campaign(1, **fields)
    world.tick()
    return world.provider.placed[-1].token


def says(world: World, token: str, *statuses: str, **more: object) -> list[CallUpdate]:
    return [CallUpdate(token, S(status), world.clock.now(), **more) for status in statuses]  # type: ignore[arg-type]


def test_a_call_is_followed_through_its_life(world: World) -> None:
    token = placed(world)
    [phone] = phones(1)
    for status in ("ringing", "in-progress", "completed"):
        world.clock.move(3)
        assert hear(world, *says(world, token, status)) == 1
        assert world.attempt(phone).status == status
        assert world.attempt(phone).rank == RANK[S(status)]
    attempt, contact = world.attempt(phone), world.contact(phone)
    assert (attempt.answered_at - attempt.placed_at).total_seconds() == 6
    assert (attempt.ended_at - attempt.placed_at).total_seconds() == 9
    assert (contact.status, contact.tries, contact.due_at) == ("completed", 1, None)
    counters = world.counters(attempt.campaign_id)
    assert (counters.contacts_completed, counters.attempts_completed, counters.contacts_dialing) == (1, 1, 0)


@pytest.mark.parametrize(
    "outcome, more, contact, again",
    [
        ("completed", {"answered_by": AnsweredBy.HUMAN}, "completed", False),
        ("completed", {"answered_by": AnsweredBy.MACHINE}, "completed", False),
        ("busy", {}, "retry", True),
        ("no-answer", {}, "retry", True),
        ("failed", {}, "retry", True),
        ("failed", {"permanent": True}, "exhausted", False),
        ("canceled", {}, "retry", True),
        ("unresolved", {}, "exhausted", False),
    ],
)
def test_each_outcome_leads_where_the_policy_says(
    world: World, outcome: str, more: dict[str, object], contact: str, again: bool
) -> None:
    token = placed(world)
    assert hear(world, *says(world, token, outcome, **more)) == 1
    row = world.contact(phones(1)[0])
    assert (row.status, row.tries, row.due_at is not None) == (contact, 1, again)
    assert world.counters(row.campaign_id).contacts_dialing == 0


def test_an_earlier_machine_detection_still_counts_when_the_call_ends(world: World) -> None:
    token = placed(world, retry={"max_retries": 1, "delays_minutes": [30], "by_outcome": {"machine": [60]}})
    hear(world, *says(world, token, "in-progress", answered_by=AnsweredBy.MACHINE))
    hear(world, *says(world, token, "completed"))
    contact = world.contact(phones(1)[0])
    assert contact.status == "retry"
    assert (contact.due_at - world.clock.now()).total_seconds() >= 3600


def test_the_last_try_exhausts(world: World) -> None:
    token = placed(world, retry={"max_retries": 0, "delays_minutes": []})
    hear(world, *says(world, token, "busy"))
    assert world.contact(phones(1)[0]).status == "exhausted"


def test_a_repeated_update_counts_once_in_one_batch_or_in_two(world: World) -> None:
    token = placed(world)
    news = says(world, token, "busy")
    assert hear(world, *news, *news) == 1
    assert hear(world, *news) == 0
    assert hear(world, *news, source="poll") == 0
    attempt = world.attempt(phones(1)[0])
    counters = world.counters(attempt.campaign_id)
    assert (counters.attempts_busy, counters.contacts_retry) == (1, 1)
    assert world.contact(attempt.phone).tries == 1
    assert world.sql("SELECT count(*) FROM call_events") == [(4,)], "what was said is kept, however often"
    assert world.sql("SELECT busy FROM outcome_slots") == [(1,)]


def test_reordered_news_never_lowers_a_rank(world: World) -> None:
    token = placed(world)
    assert hear(world, *says(world, token, "in-progress")) == 1
    assert hear(world, *says(world, token, "queued", "ringing")) == 0
    assert world.attempt(phones(1)[0]).status == "in-progress"
    assert hear(world, *says(world, token, "completed", "ringing", "in-progress")) == 1
    assert world.attempt(phones(1)[0]).status == "completed"


@pytest.mark.parametrize("first", ["completed", "busy", "no-answer", "failed", "canceled"])
def test_the_first_outcome_is_final(world: World, first: str) -> None:
    token = placed(world)
    [phone] = phones(1)
    hear(world, *says(world, token, first))
    world.clock.move(5)
    attempt, contact = world.attempt(phone), world.contact(phone)
    for second in sorted(RANK):
        assert hear(world, *says(world, token, second)) == 0
    later = world.attempt(phone)
    assert (later.status, later.ended_at) == (attempt.status, attempt.ended_at)
    assert world.contact(phone).due_at == contact.due_at


def test_an_outcome_that_comes_before_the_reply_to_the_request_is_final(world: World) -> None:
    """The provider's event overtakes the answer to `place`: the record must not bring the call back to life."""
    world.campaign(1)
    claimed = world.permit(world.claim().attempts)
    hear(world, *says(world, claimed[0].token, "ringing", "busy"))
    assert hear(world, *says(world, claimed[0].token, "queued", provider_ref="r"), source="engine") == 0
    assert world.attempt(claimed[0].phone).status == "busy"


def test_news_of_an_unknown_call_is_kept_and_reported(world: World) -> None:
    stranger = "f" * 32
    assert hear(world, *says(world, stranger, "ringing", "completed")) == 0
    assert world.sql("SELECT DISTINCT token FROM call_events") == [(stranger,)]
    assert list(world.broken()) == ["I4"]
    world.sql("DELETE FROM call_events")


def test_unresolved_is_upgraded_by_late_evidence_and_the_contact_is_not_called_again(world: World) -> None:
    token = placed(world)
    [phone] = phones(1)
    world.provider.forgetful = True
    world.clock.move(601)
    world.tick()
    assert world.attempt(phone).status == "unresolved"
    campaign_id = world.attempt(phone).campaign_id
    assert world.contact(phone).status == "exhausted"
    assert hear(world, *says(world, token, "ringing", "in-progress")) == 0, "that it lived once is no end"
    assert hear(world, *says(world, token, "busy")) == 1
    assert (world.attempt(phone).status, world.contact(phone).status) == ("busy", "exhausted")
    assert world.contact(phone).due_at is None
    counters = world.counters(campaign_id)
    assert (counters.attempts_unresolved, counters.attempts_busy, counters.contacts_exhausted) == (0, 1, 1)
    assert hear(world, *says(world, token, "completed")) == 0
    world.sql("DELETE FROM call_events")


def test_late_evidence_of_an_answer_completes_the_contact(world: World) -> None:
    token = placed(world)
    [phone] = phones(1)
    world.provider.forgetful = True
    world.clock.move(601)
    world.tick()
    assert hear(world, *says(world, token, "completed", answered_by=AnsweredBy.HUMAN)) == 1
    assert (world.attempt(phone).status, world.contact(phone).status) == ("completed", "completed")


def test_released_from_claimed_only_takes_back_what_was_not_sent(world: World) -> None:
    token = placed(world)
    with begin_write(world.db) as connection:
        back = make_release_updates([token], "too late", world.clock.now())
        assert apply_updates(connection, back, now=world.clock.now(), rng=random.Random(1)) == 0
    assert world.attempt(phones(1)[0]).status == "queued"


def test_a_number_listed_while_it_is_being_called_is_suppressed_when_the_call_ends(world: World) -> None:
    token = placed(world)
    [phone] = phones(1)
    world.forbid(phone)
    assert world.contact(phone).status == "dialing"
    hear(world, *says(world, token, "busy"))
    assert (world.contact(phone).status, world.contact(phone).due_at) == ("suppressed", None)


def test_a_call_that_ends_after_its_campaign_was_stopped_is_not_tried_again(world: World) -> None:
    token = placed(world)
    campaign_id = world.attempts()[0].campaign_id
    world.act(campaign_id, "stop")
    hear(world, *says(world, token, "busy"))
    assert world.contacts(campaign_id) == {"canceled": 1}
    assert world.outcomes(campaign_id) == {"busy": 1}


def test_an_answer_after_the_stop_still_completes_its_contact(world: World) -> None:
    token = placed(world)
    campaign_id = world.attempts()[0].campaign_id
    world.act(campaign_id, "stop")
    hear(world, *says(world, token, "completed"))
    assert world.contacts(campaign_id) == {"completed": 1}


def test_congestion_costs_no_try_until_it_has_happened_three_times(world: World) -> None:
    placed(world)
    [phone] = phones(1)
    counted = []
    for _ in range(5):
        world.provider.end_all("failed", congestion=True)
        world.tick()
        counted.append(world.contact(phone).tries)
        if world.contact(phone).status == "exhausted":
            break
        world.clock.move(700)
        world.tick()
    assert counted == [0, 0, 0, 1, 2]
    assert [a.counts for a in world.attempts()] == [False, False, False, True, True]


def test_a_broken_retry_policy_does_not_hold_up_the_news_of_others(world: World) -> None:
    broken = world.campaign(phones(1))
    well = world.campaign(phones(1, 50))
    world.tick()
    world.sql("UPDATE campaigns SET retry = '\"none\"' WHERE id = :id", id=broken)
    world.provider.end_all("busy")
    world.tick()
    assert world.contacts(well) == {"retry": 1}
    assert world.contacts(broken) == {"exhausted": 1}
    assert list(world.broken()) == ["I8"]
    world.sql("DELETE FROM campaigns WHERE id = :id", id=broken)
    world.sql("DELETE FROM call_events")


def test_a_batch_over_several_campaigns_keeps_each_ones_counters(world: World) -> None:
    campaigns = [world.campaign(phones(5, 10 * n)) for n in range(3)]
    world.tick()
    endings: Sequence[str] = ("completed", "busy", "no-answer", "failed", "canceled")
    for index, token in enumerate(world.provider.live()):
        world.provider.tell(token, endings[index % 5])
    assert world.tick().settled == 15
    for campaign_id in campaigns:
        assert world.contacts(campaign_id) == {"completed": 1, "retry": 4}
        assert world.outcomes(campaign_id) == dict.fromkeys(endings, 1)


def test_outcomes_are_exactly_the_statuses_that_nothing_but_late_evidence_leaves() -> None:
    for current in OUTCOMES - {S.UNRESOLVED}:
        assert not any(may_follow(current, new) for new in S)


def test_a_late_answer_fills_empty_fields_and_changes_nothing_else(world: World) -> None:
    token = placed(world)
    [phone] = phones(1)
    answered = world.clock.now()
    world.clock.move(9)
    hear(world, *says(world, token, "completed"))
    before, contact, counters = world.attempt(phone), world.contact(phone), world.counters(1)
    assert (before.answered_at, before.answered_by) == (None, None)
    world.clock.move(5)
    late = CallUpdate(
        token,
        S.IN_PROGRESS,
        answered,
        provider_ref="other",
        answered_by=AnsweredBy.HUMAN,
        disposition="heard",
    )
    assert hear(world, late) == 0
    attempt = world.attempt(phone)
    assert (attempt.answered_at, attempt.answered_by, attempt.disposition) == (answered, "human", "heard")
    kept = ("status", "rank", "counts", "provider_ref", "cause", "placed_at", "ended_at")
    assert [getattr(attempt, name) for name in kept] == [getattr(before, name) for name in kept]
    assert (world.contact(phone).status, world.contact(phone).tries) == (contact.status, contact.tries)
    assert world.counters(1).attempts_completed == counters.attempts_completed == 1
    again = CallUpdate(
        token, S.IN_PROGRESS, world.clock.now(), answered_by=AnsweredBy.MACHINE, disposition="else"
    )
    assert hear(world, again) == 0
    assert world.attempt(phone).answered_by == "human", "the first word stands"


def test_late_details_of_a_released_attempt_are_stored_as_events_only(world: World) -> None:
    world.campaign(1)
    [attempt] = world.claim().attempts
    with begin_write(world.db) as connection:
        apply_updates(
            connection,
            make_release_updates([attempt.token], "stopped", world.clock.now()),
            now=world.clock.now(),
            rng=random.Random(1),
        )
    hear(world, CallUpdate(attempt.token, S.IN_PROGRESS, world.clock.now(), answered_by=AnsweredBy.HUMAN))
    row = world.attempt(attempt.phone)
    assert (row.status, row.answered_at, row.answered_by) == ("released", None, None)


def test_a_callback_faster_than_the_reply_leaves_the_providers_id_to_it(world: World) -> None:
    world.campaign(1)
    [phone] = phones(1)
    world.provider.before_answer = lambda dial: hear(
        world, CallUpdate(dial.token, S.RINGING, world.clock.now())
    )
    world.tick()
    attempt = world.attempt(phone)
    assert attempt.status == "ringing"
    assert attempt.provider_ref == f"ref-{attempt.token[-8:]}"
    assert attempt.placed_at is not None
