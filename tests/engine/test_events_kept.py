"""Events are told once: none is lost because the database was away, or because one of them is poison."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from campaign_app.domain.attempt import AnsweredBy
from campaign_app.domain.attempt import AttemptStatus as S
from campaign_app.domain.script import Disposition
from campaign_app.engine import reap
from tests.engine.world import World, phones


def test_an_opt_out_that_came_while_the_database_was_away_is_settled_when_it_is_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    [phone] = phones(1)
    world.campaign([phone])
    world.tick()
    world.provider.tell(
        world.provider.token_of(phone), S.IN_PROGRESS, key="9", disposition=Disposition.OPTED_OUT
    )

    def away(*_: Any, **__: Any) -> int:
        raise OperationalError("settle", {}, Exception("the server closed the connection"))

    with monkeypatch.context() as patched:
        patched.setattr(reap, "apply_updates", away)
        for _ in range(3):
            with pytest.raises(OperationalError):
                world.tick()
    world.tick()
    assert world.sql("SELECT phone FROM do_not_call") == [(phone,)]


def test_one_event_that_nothing_can_settle_is_counted_and_the_others_go_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = phones(2)
    world.campaign([bad, good])
    world.tick()
    poison = world.provider.token_of(bad)
    world.provider.end_all()
    settle = reap.apply_updates

    def breaks(connection: Any, reports: Any, **more: Any) -> int:
        if any(report.update.token == poison for report in reports):
            raise ZeroDivisionError
        return settle(connection, reports, **more)

    with monkeypatch.context() as patched:
        patched.setattr(reap, "apply_updates", breaks)
        world.tick()
    assert world.attempt(good).status == "completed"
    assert world.sql("SELECT value FROM counters WHERE name = 'events_dropped'") == [(1,)]
    # What was dropped is asked for again.
    world.clock.move(20)
    world.tick()
    assert world.attempt(bad).status == "completed"


def test_what_is_held_is_bounded_and_what_is_dropped_is_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reap, "MOST_UNSETTLED", 2)
    numbers = phones(5)
    world.campaign(numbers)
    world.tick()
    world.provider.end_all()
    world.tick()
    assert sorted(world.attempt(phone).status for phone in numbers) == ["completed"] * 2 + ["queued"] * 3
    assert world.sql("SELECT value FROM counters WHERE name = 'events_dropped'") == [(3,)]


def test_a_message_that_could_not_be_played_pauses_its_campaign_at_the_first(world: World) -> None:
    """49 of 120 people answered and heard nothing, some more after each back-off."""
    heard, *others = phones(5)
    silent = world.campaign([heard, *others[:2]], max_concurrent_calls=1)
    fine = world.campaign(others[2:], name="Another", max_concurrent_calls=1)
    world.tick()
    token = world.attempt(heard).token
    world.provider.tell(token, "in-progress")
    world.provider.tell(
        token, "completed", unplayed=True, disposition="not-played", answered_by=AnsweredBy.HUMAN
    )
    world.tick(3)
    assert (world.status(silent), world.status(fine)) == ("paused", "running")
    assert len(world.attempts(silent)) == 1, "nobody else is called into silence"
    assert "ASTERISK_SOUNDS" in (world.row(silent).status_reason or "")
    entry = world.audit()[-1]
    assert (entry.action, entry.actor) == ("campaign.pause", "engine")
    # Whoever heard nothing was not reached: they are called again by the policy, once the message is mended.
    assert world.contacts(silent) == {"retry": 1, "pending": 2}
    assert world.outcomes(silent) == {"completed": 1}
    world.act(fine, "stop")
    world.provider.end_all()
    world.tick()
    world.act(silent, "resume")
    world.clock.move(3 * 3600)
    world.tick()
    assert world.attempt(heard).number == 2
    world.provider.tell(world.attempt(heard).token, "completed", disposition="message-played")
    world.provider.end_all()
    world.tick()
    assert world.contacts(silent)["completed"] >= 1
