"""A person decides about calls of unknown outcome, and lets go of calls that never end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from campaign_app.domain.attempt import Decision
from campaign_app.domain.errors import NotFound, StateConflict
from campaign_app.models import Contact
from campaign_app.queries import unresolved as queries
from campaign_app.queries.unresolved import count_undecided
from campaign_app.services import unresolved
from campaign_app.services.unresolved import NotAgain
from tests.engine.unresolved_support import decide, lose_calls
from tests.engine.world import BY, World, phones


def test_each_decision_moves_its_contact_and_the_warning_goes(world: World) -> None:
    numbers = phones(4)
    done, again, leave, listed = numbers
    campaign_id = world.campaign(numbers)
    world.tick()
    lose_calls(world)
    assert world.contacts(campaign_id) == {"exhausted": 4}
    assert world.status(campaign_id) == "completed"
    with world.session() as session:
        assert count_undecided(session, campaign_id) == 4
    assert decide(world, Decision.DONE, done).decided == 1
    assert decide(world, Decision.LEAVE, leave).decided == 1
    world.forbid(listed)
    result = decide(world, Decision.AGAIN, again, listed)
    assert (result.decided, [campaign.id for campaign in result.reopened]) == (2, [campaign_id])
    assert world.contacts(campaign_id) == {"completed": 1, "retry": 1, "exhausted": 1, "suppressed": 1}
    assert world.outcomes(campaign_id) == {"unresolved": 4}
    assert world.status(campaign_id) == "paused", "completed before, and not running by surprise"
    with world.session() as session:
        assert count_undecided(session) == 0
    assert decide(world, Decision.DONE, again).decided == 0, "somebody has decided already"
    assert [
        (entry.action, entry.detail["decision"]) for entry in world.audit() if entry.action == "call.decide"
    ] == [
        ("call.decide", "done"),
        ("call.decide", "leave"),
        ("call.decide", "again"),
        ("call.decide", "again"),
    ]
    world.act(campaign_id, "resume")
    world.clock.move(600)
    world.tick()
    assert world.attempt(again).number == 2
    world.provider.tell(world.attempt(again).token, "completed")
    world.tick(2)
    assert world.contacts(campaign_id) == {"completed": 2, "exhausted": 1, "suppressed": 1}


def test_nobody_is_called_again_beyond_the_policy_or_in_a_campaign_that_is_over(world: World) -> None:
    no_tries, over = phones(2)
    without_retries = world.campaign([no_tries], retry={"max_retries": 0})
    stopped = world.campaign([over])
    world.tick()
    world.act(stopped, "stop")
    lose_calls(world)
    result = decide(world, Decision.AGAIN, no_tries, over)
    assert (result.decided, result.refused) == (0, {NotAgain.NO_TRIES: 1, NotAgain.CAMPAIGN_OVER: 1})
    assert world.contacts(without_retries) == {"exhausted": 1}
    assert decide(world, Decision.LEAVE, until=world.clock.now() - timedelta(seconds=1)).decided == 0, (
        "not what was given up after the page was shown"
    )
    assert decide(world, Decision.LEAVE, campaign_id=stopped, until=world.clock.now()).decided == 1
    assert decide(world, Decision.LEAVE, until=world.clock.now()).decided == 1


@pytest.mark.parametrize("at_once", [2, 500])
def test_a_decision_is_undone_until_it_is_acted_on(
    world: World, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(queries, "ENTRIES_AT_ONCE", at_once)
    numbers = phones(5)
    done, leave, waiting, called, listed = numbers
    campaign_id = world.campaign(numbers)
    world.tick()
    lose_calls(world)
    decide(world, Decision.DONE, done)
    decide(world, Decision.LEAVE, leave)
    decide(world, Decision.AGAIN, waiting, called, listed)
    world.act(campaign_id, "resume")
    world.forbid(listed)
    with world.session() as session:
        session.execute(
            update(Contact)
            .where(Contact.phone == waiting)
            .values(due_at=world.clock.now() + timedelta(days=1))
        )
    world.clock.move(600)
    world.tick()
    with world.session() as session:
        batches = unresolved.list_recent_decisions(session, limit=9)
        assert [(batch.decision, batch.actor, len(batch.attempts)) for batch in batches] == [
            (Decision.AGAIN, BY, 1),
            (Decision.LEAVE, BY, 1),
            (Decision.DONE, BY, 1),
        ]
        assert unresolved.list_recent_decisions(session, limit=2) == batches[:2]
    first = [world.attempts(phone=phone)[0].id for phone in numbers]
    with world.session() as session:
        result = unresolved.undo_batch(session, batches[0].entry_id, actor=BY, now=world.clock.now())
    assert (result.undone, result.acted_on) == (1, 2), "one is called again already, one was listed"
    with world.session() as session:
        result = unresolved.undo_decisions(session, first, actor=BY, now=world.clock.now())
        assert (result.undone, result.acted_on) == (2, 3)
        assert count_undecided(session, campaign_id) == 3
        assert not unresolved.list_recent_decisions(session, limit=9)
        with pytest.raises(NotFound):
            unresolved.undo_batch(session, 10**9, actor=BY, now=world.clock.now())
    assert world.contacts(campaign_id) == {"exhausted": 3, "dialing": 1, "suppressed": 1}
    assert world.broken() == {}
    assert sum(entry.action == "call.undo-decision" for entry in world.audit()) == 3
    assert decide(world, Decision.DONE, waiting).decided == 1, "and is decided about again"


def test_late_evidence_spares_the_person_the_second_call(world: World) -> None:
    [phone] = phones(1)
    campaign_id = world.campaign([phone])
    world.tick()
    lose_calls(world)
    decide(world, Decision.AGAIN, phone)
    world.provider.tell(world.provider.token_of(phone), "completed")
    world.tick()
    assert world.outcomes(campaign_id) == {"completed": 1}
    assert world.contacts(campaign_id) == {"completed": 1}


def test_a_call_that_never_ends_can_be_let_go_of_and_then_decided(world: World) -> None:
    [phone] = phones(1)
    campaign_id = world.campaign([phone], max_concurrent_calls=1)
    world.tick()
    attempt_id = world.attempt(phone).id
    world.provider.tell(world.provider.token_of(phone), "in-progress")

    def let_go() -> None:
        with world.session() as session:
            unresolved.let_go(session, attempt_id, actor=BY, now=world.clock.now())

    with pytest.raises(StateConflict, match="hang it up"):
        let_go()
    world.tick(36, every=20)
    [reason] = [reason for reason in world.reasons(campaign_id) if reason.code == "overdue"]
    assert reason.params == {"lines": 1}
    assert "I9" in world.broken()
    let_go()
    assert world.broken() == {}
    assert world.outcomes(campaign_id) == {"unresolved": 1}
    assert world.audit()[-1].action == "call.let-go"
    world.provider.end_all()
    world.tick()
    assert world.outcomes(campaign_id) == {"completed": 1}, "late evidence stands"
