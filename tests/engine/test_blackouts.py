"""Blackouts at claim and permit, and at everything that says who is called."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign_app.domain.errors import StateConflict
from campaign_app.engine import permit as permit_module
from campaign_app.engine.permit import permit_attempts
from campaign_app.models import Campaign, Contact
from campaign_app.queries.claim import ClaimedAttempt
from campaign_app.services import blackouts, explanations, next_calls, preflight, single_calls
from campaign_app.services.never_called import export_never_called
from campaign_app.services.transfer_permits import find_transfer_refusal
from tests.engine.people import THEIRS, at, dialed
from tests.engine.world import ALWAYS, BY, World, phones

NEW_YORK = phones(3)
CHICAGO = phones(3, 100)
HOUR = timedelta(hours=1)


def close(world: World, state: str | None = "US-NY", **fields: Any) -> int:
    """Close a place, from now on unless `fields` say otherwise. The clock is read a second later than before."""
    data = {"country": "US", "state": state, "reason": "state of emergency", **fields}

    def read_now() -> datetime:
        return world.clock.move(1)

    with world.session() as session:
        return blackouts.add_blackout(session, data, actor=BY, read_now=read_now).id


def lift(world: World, blackout_id: int) -> None:
    with world.session() as session:
        blackouts.lift_blackout(
            session, blackout_id, reason="it is over", actor=BY, read_now=lambda: world.clock.move(1)
        )


def after(world: World, hours: float) -> str:
    return (world.clock.now() + hours * HOUR).isoformat()


def test_a_claim_passes_those_over_whom_it_holds_and_writes_nothing(world: World) -> None:
    world.campaign([*NEW_YORK, *CHICAGO])
    close(world)
    assert {attempt.phone for attempt in world.claim().attempts} == set(CHICAGO)
    contact = world.contact(NEW_YORK[0])
    assert (contact.status, contact.deferred_by, contact.attempts_made) == ("pending", None, 0)


def test_a_permit_refuses_until_the_end_or_for_a_day_where_there_is_none(world: World) -> None:
    world.campaign([*NEW_YORK, *CHICAGO])
    claimed = world.claim().attempts
    ends = world.clock.now() + 5 * HOUR
    close(world, ends_at=ends.isoformat())
    assert {attempt.phone for attempt in world.permit(claimed)} == set(CHICAGO)
    contact, attempt = world.contact(NEW_YORK[0]), world.attempt(NEW_YORK[0])
    assert (contact.status, contact.due_at, contact.deferred_by) == ("pending", ends, "hours")
    assert (attempt.status, attempt.cause, attempt.counts) == (
        "released",
        "New York is closed: state of emergency",
        False,
    )
    other = world.campaign(phones(2, 10))
    claimed = world.claim().attempts
    assert claimed == []
    world.sql("UPDATE blackouts SET ends_at = NULL")
    world.campaign(phones(1, 20), purpose="emergency", start=True)
    assert world.contacts(other) == {"pending": 2}


def test_a_permit_without_an_end_is_due_a_day_later(world: World) -> None:
    world.campaign(NEW_YORK)
    claimed = world.claim().attempts
    close(world)
    assert world.permit(claimed) == []
    assert world.contact(NEW_YORK[0]).due_at == world.clock.now() + timedelta(days=1)


def test_emergency_calls_go_on_unless_the_blackout_names_them(world: World) -> None:
    world.campaign(NEW_YORK[:1], purpose="emergency")
    close(world)
    world.tick()
    assert dialed(world) == set(NEW_YORK[:1])
    world.campaign(phones(1, 30), purpose="emergency")
    close(world, purposes=["emergency"])
    world.tick()
    assert dialed(world) == set(NEW_YORK[:1])


def test_people_are_called_once_it_is_over_or_lifted(world: World) -> None:
    world.campaign([*NEW_YORK, *CHICAGO], max_concurrent_calls=100)
    close(world, ends_at=after(world, 1))
    illinois = close(world, "US-IL")
    world.tick()
    assert dialed(world) == set()
    lift(world, illinois)
    world.tick()
    assert dialed(world) == set(CHICAGO)
    world.provider.end_all("completed")
    world.tick()
    world.clock.move(3600)
    world.tick()
    assert dialed(world) == {*CHICAGO, *NEW_YORK}


def test_those_whom_a_permit_put_off_are_called_once_it_is_lifted(world: World) -> None:
    world.campaign(NEW_YORK)
    claimed = world.claim().attempts
    blackout_id = close(world)
    world.permit(claimed)
    lift(world, blackout_id)
    world.tick()
    assert dialed(world) == set(NEW_YORK)


def test_one_that_is_coming_holds_from_the_guard_before_it_on(world: World) -> None:
    world.campaign(NEW_YORK, guard_seconds=60)
    close(world, starts_at=after(world, 1))
    world.clock.move(3600 - 60)
    world.tick()
    assert dialed(world) == set()


def test_one_of_an_hour_ago_is_proved_by_the_check(world: World) -> None:
    """I7 finds a call inside, also when the blackout is over and lifted."""
    world.campaign(NEW_YORK[:1])
    world.tick()
    blackout_id = close(world)
    lift(world, blackout_id)
    assert world.broken() == {}
    world.sql(
        "UPDATE blackouts SET starts_at = (SELECT dialing_at FROM attempts),"
        " made_at = (SELECT dialing_at FROM attempts)"
    )
    [finding] = world.broken()["I7"]
    assert "inside blackout" in finding
    assert "(New York)" in finding
    world.sql("UPDATE blackouts SET state = 'US-IL'")
    assert world.broken() == {}


def test_single_test_and_transfer_calls_keep_to_it(world: World) -> None:
    world.campaign(CHICAGO[:1])
    world.tick()
    token = world.provider.token_of(CHICAGO[0])
    close(world)
    for test in (False, True):
        with world.session() as session, pytest.raises(StateConflict, match="nobody is called in New York"):
            single_calls.place_single_call(
                session, {"to": NEW_YORK[0], "message": "Hi"}, actor=BY, now=world.clock.now(), test=test
            )
    with world.session() as session:
        refusal = find_transfer_refusal(session, token, NEW_YORK[0], world.clock.now())
        assert refusal == "New York is closed: state of emergency"
        assert find_transfer_refusal(session, token, CHICAGO[1], world.clock.now()) is None


def test_a_single_call_that_waits_is_refused_at_its_permit(world: World) -> None:
    with world.session() as session:
        single_calls.place_single_call(
            session, {"to": NEW_YORK[0], "message": "Hi"}, actor=BY, now=world.clock.now()
        )
    close(world)
    world.tick()
    assert dialed(world) == set()
    assert world.attempt(NEW_YORK[0]).status == "released"


def test_a_confirmed_number_is_exempt_from_it_as_from_the_hours(world: World) -> None:
    close(world)
    world.sql(
        "INSERT INTO confirmed_numbers (phone, asked_by, asked_at, guesses, confirmed_by, confirmed_at)"
        " VALUES (:phone, 'me', '2026-11-20 15:00:00.000000', 0, 'me', '2026-11-20 15:00:00.000000')",
        phone=NEW_YORK[0],
    )
    with world.session() as session:
        single_calls.place_single_call(
            session, {"to": NEW_YORK[0], "message": "Hi"}, actor=BY, now=world.clock.now(), test=True
        )
    world.tick()
    assert dialed(world) == {NEW_YORK[0]}


def test_the_live_page_and_why_say_it_with_its_end(world: World) -> None:
    campaign_id = world.campaign([*NEW_YORK, *CHICAGO])
    ends = world.clock.now() + 2 * HOUR
    blackout_id = close(world, ends_at=ends.isoformat())
    [closed] = [reason for reason in world.reasons(campaign_id) if reason.code == "blackout"]
    assert (closed.contacts, closed.until) == (3, ends)
    assert closed.params == {"place": "New York", "reason": "state of emergency"}
    with world.session() as session:
        contact = session.scalars(sa.select(Contact).where(Contact.phone == NEW_YORK[0])).one()
        answer = explanations.explain_contact(session, contact, world.clock.now())
        [reason] = [reason for reason in answer.reasons if reason.code == "blackout"]
        assert (reason.until, reason.blackout_id) == (ends, blackout_id)
        assert next_calls.find_next_calls(session, [contact], world.clock.now()) == {contact.id: ends}
        single = explanations.explain_single_call(session, NEW_YORK[0], world.clock.now())
        assert [reason.code for reason in single.reasons] == ["blackout"]
        elsewhere = explanations.explain_single_call(session, CHICAGO[0], world.clock.now())
        assert elsewhere.reasons == []


def test_those_whom_the_permit_put_off_are_told_under_the_blackout(world: World) -> None:
    campaign_id = world.campaign(NEW_YORK)
    claimed = world.claim().attempts
    ends = world.clock.now() + 2 * HOUR
    close(world, ends_at=ends.isoformat())
    world.permit(claimed)
    reasons = {reason.code: reason for reason in world.reasons(campaign_id)}
    assert (reasons["blackout"].contacts, reasons["blackout"].until) == (3, ends)
    assert "their-hours" not in reasons


def test_who_sleeps_until_a_blackout_without_an_end_is_told_of_it(world: World) -> None:
    """Their hours do meet the campaign's."""
    at(world, datetime(2026, 11, 28, 4, tzinfo=UTC))  # 23:00 on Friday in New York
    campaign_id = world.campaign(NEW_YORK, **{**THEIRS, "timezone": None, "calling_windows": ALWAYS})
    close(world, starts_at="2026-11-28T05:00:00Z")
    [closed] = [reason for reason in world.reasons(campaign_id) if reason.contacts]
    assert (closed.code, closed.contacts, closed.until) == ("blackout", 3, None)
    assert closed.params["place"] == "New York"


def test_preflight_puts_people_later_until_its_end_and_never_where_there_is_none(world: World) -> None:
    campaign_id = world.campaign([*NEW_YORK, *CHICAGO], start=False)
    ends = world.clock.now() + 2 * HOUR
    close(world, ends_at=ends.isoformat())
    close(world, "US-IL")
    with Session(world.db) as session:
        campaign = session.get_one(Campaign, campaign_id)
        result = preflight.compute_preflight(session, campaign, world.clock.now())
        assert (result.now, result.never) == (0, {"blackout": 3})
        [later] = result.later_groups
        assert (later.contacts, later.opens_at, later.why) == (3, ends, preflight.LaterWhy.BLACKOUT)
        rows = b"".join(export_never_called(session, campaign, "blackout", world.clock.now())).decode()
    assert sum(phone in rows for phone in CHICAGO) == 3
    assert not any(phone in rows for phone in NEW_YORK)


def test_adding_counts_those_who_wait_in_running_campaigns(world: World) -> None:
    world.campaign([*NEW_YORK, *CHICAGO])
    world.campaign(phones(5, 10), start=False)
    world.campaign(phones(2, 20), purpose="emergency")
    blackout_id = close(world)
    with world.session() as session:
        row = blackouts.get_blackout(session, blackout_id)
        assert blackouts.count_people_held(session, blackouts.make_blackout(row)) == 3


class Barrier:
    """Stops a permit just before its compare-and-set, inside its transaction."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()
        original = permit_module.permit_queries.permit_claims

        def stopped(*arguments: Any, **named: Any) -> set[int]:
            self.reached.set()
            assert self.go_on.wait(30)
            return original(*arguments, **named)

        monkeypatch.setattr(permit_module.permit_queries, "permit_claims", stopped)


def in_thread(do: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=do, daemon=True)
    thread.start()
    return thread


def wait_until_somebody_waits(world: World) -> None:
    """PostgreSQL: until a lock is asked for in vain. On SQLite the process's own line is as sure, and unseen."""
    if world.db.dialect.name != "postgresql":
        return
    with world.db.connect() as connection:
        for _ in range(100_000):
            if connection.execute(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one():
                return
            connection.rollback()
    raise AssertionError("nobody waits")


def test_a_permit_that_runs_when_a_place_is_closed_commits_before_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.campaign(NEW_YORK)
    claimed = world.claim().attempts
    order: list[str] = []
    barrier = Barrier(monkeypatch)

    def permit() -> None:
        permitted = permit_attempts(world.state, world.provider, claimed)
        order.append(f"permitted {len(permitted)}")

    def add() -> None:
        def read_now() -> datetime:
            # Read when the lock is held: the permit has committed.
            with world.db.connect() as connection:
                dialing = "SELECT count(*) FROM attempts WHERE status = 'dialing'"
                order.append(f"saw {connection.execute(sa.text(dialing)).scalar_one()}")
            return world.clock.move(1)

        with world.session() as session:
            blackouts.add_blackout(
                session, {"country": "US", "reason": "emergency"}, actor=BY, read_now=read_now
            )
        order.append("closed")

    running = in_thread(permit)
    assert barrier.reached.wait(30)
    adding = in_thread(add)
    wait_until_somebody_waits(world)
    assert order == []
    barrier.go_on.set()
    running.join(30)
    adding.join(30)
    assert sorted(order) == sorted(["permitted 3", "saw 3", "closed"])
    assert order.index("saw 3") < order.index("closed")
    assert world.broken() == {}


@pytest.mark.parametrize("engines", [1, 4])
def test_permits_that_begin_while_a_place_is_being_closed_wait_and_refuse(world: World, engines: int) -> None:
    world.campaign(phones(4 * engines), max_concurrent_calls=100)
    claimed = world.claim().attempts
    assert len(claimed) == 4 * engines
    for number in range(engines):
        world.new_engine(f"engine-{number}")
    permitted: list[ClaimedAttempt] = []
    started = threading.Barrier(engines + 1)

    def permit(number: int) -> None:
        started.wait()
        engine = world.new_engine(f"engine-{number}").context
        permitted.extend(permit_attempts(engine, world.provider, claimed[4 * number : 4 * number + 4]))

    with world.session() as session:
        blackouts.add_blackout(
            session,
            {"country": "US", "state": "NY", "reason": "emergency"},
            actor=BY,
            read_now=lambda: world.clock.now() + timedelta(seconds=5),  # a machine whose clock is ahead
        )
        threads = [in_thread(lambda number=number: permit(number)) for number in range(engines)]
        started.wait()
        wait_until_somebody_waits(world)
        assert permitted == []
    for thread in threads:
        thread.join(30)
    assert permitted == []
    assert {attempt.status for attempt in world.attempts()} == {"released"}
    assert world.broken() == {}


def test_no_call_is_permitted_after_the_commit_while_four_engines_permit(world: World) -> None:
    world.campaign(phones(100), max_concurrent_calls=100)
    claimed = world.claim().attempts
    closed = threading.Event()
    begun_after: list[bool] = []
    lock = threading.Lock()
    contexts = [world.new_engine(f"engine-{number}").context for number in range(4)]

    def permit(number: int) -> None:
        for place in range(number, len(claimed), 4):
            was_closed = closed.is_set()
            got = permit_attempts(contexts[number], world.provider, [claimed[place]])
            with lock:
                begun_after.append(was_closed and bool(got))

    threads = [in_thread(lambda number=number: permit(number)) for number in range(4)]
    close(world)
    closed.set()
    for thread in threads:
        thread.join(60)
    assert len(begun_after) == 100
    assert not any(begun_after)
    assert world.broken() == {}
