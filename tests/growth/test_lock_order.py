"""Transactions of PostgreSQL that touch the same rows lock them in one order. Here the second one runs in the very
moment in which the first would hold what it must not, and is told if it has to wait."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Connection

from campaign_app.domain.attempt import AttemptStatus, CallUpdate
from campaign_app.domain.erasure import NumberFinder
from campaign_app.domain.settlement import wrap_updates
from campaign_app.engine import failures, reap
from campaign_app.engine.permit import permit_attempts
from campaign_app.providers.base import ProviderUnavailable
from campaign_app.queries import erasure, retention, transfer_legs
from campaign_app.services.calls.settle import apply_updates
from campaign_app.transaction import begin_write
from tests.engine.world import World, phones
from tests.support.waiting import wait_until

pytestmark = pytest.mark.postgres_only


@contextmanager
def impatient(world: World) -> Iterator[Connection]:
    """A transaction that fails where it would have to wait."""
    with begin_write(world.db) as connection:
        connection.execute(sa.text("SET LOCAL lock_timeout = '2s'"))
        yield connection


def wait_for_waiting(world: World, what: str) -> None:
    """Until one transaction waits for another's lock."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    wait_until(lambda: world.sql(waiting)[0][0] == 1, what)


def test_a_transfer_asks_for_its_line_while_a_failed_call_is_recorded(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recording changes the counters and then the campaign; a transfer locks the campaign and then the counters."""
    talks, fails = phones(2)
    campaign = world.campaign([talks])
    world.tick()
    world.provider.tell(world.provider.token_of(talks), "in-progress")
    world.tick()
    original = failures.record_campaign_failure
    given: list[bool] = []

    def meanwhile(*asked: Any) -> None:
        with impatient(world) as connection:
            given.append(
                transfer_legs.reserve_line(connection, world.provider.token_of(talks), world.clock.now())
            )
        original(*asked)

    monkeypatch.setattr(failures, "record_campaign_failure", meanwhile)
    world.provider.answers[fails] = ProviderUnavailable("no route")
    world.add(campaign, [fails])
    world.tick()
    assert given == [True]
    assert world.row(campaign).last_error == "no route"


def test_two_campaigns_are_settled_while_a_poll_finds_one_call_and_gives_up_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counters are locked in the order of their campaigns: what is given up must not be settled after what is found."""
    lost, found, one, two = phones(4)
    campaigns = [world.campaign([lost, one]), world.campaign([found, two])]
    world.tick()
    provider, token = world.provider, world.provider.token_of
    provider.deaf = True
    provider.tell(token(found), "completed")
    known = provider.lookup
    monkeypatch.setattr(provider, "lookup", lambda t, ref: () if t == token(lost) else known(t, ref))
    world.sql("UPDATE attempts SET horizon_at = :at", at=world.clock.now())
    world.sql("UPDATE attempts SET horizon_at = NULL WHERE phone IN (:one, :two)", one=one, two=two)
    original = reap.open_calls_queries.list_past_horizon

    def meanwhile(*asked: Any) -> Any:
        told = [CallUpdate(token(phone), AttemptStatus.BUSY, world.clock.now()) for phone in (one, two)]
        with impatient(world) as connection:
            apply_updates(
                connection, wrap_updates(told, "event"), now=world.clock.now(), rng=random.Random(1)
            )
        return original(*asked)

    monkeypatch.setattr(reap.open_calls_queries, "list_past_horizon", meanwhile)
    assert reap.poll_calls(world.state, provider, world.trunk_id) == 2
    assert [world.outcomes(campaign) for campaign in campaigns] == [
        {"unresolved": 1, "busy": 1},
        {"completed": 1, "busy": 1},
    ]


@pytest.mark.parametrize("by", ["forget", "retention"])
def test_entries_of_the_audit_trail_are_locked_in_their_order(world: World, by: str) -> None:
    """Two people who are forgotten at once may be named in the same entries, which retention may remove."""
    world.campaign(2)
    [first, second] = [entry.id for entry in world.audit()][:2]
    with world.db.connect() as connection:
        # The later one is found first, and lies first, after an update.
        connection.execute(sa.text("SET switchboard.audit = 'maintain'"))
        connection.execute(sa.text("UPDATE audit SET actor = actor WHERE id = :id"), {"id": first})
        connection.commit()

    def change() -> None:
        with begin_write(world.db) as connection:
            if by == "forget":
                erasure.scrub_mentions(connection, "audit", NumberFinder(phones(1)[0]), [(second,), (first,)])
            else:
                retention.delete_audit_piece(connection, world.clock.now() + timedelta(days=1), 0)

    changing = threading.Thread(target=change)
    with world.db.connect() as holding:
        holding.execute(sa.text("SELECT 1 FROM audit WHERE id = :id FOR UPDATE"), {"id": first})
        changing.start()
        wait_for_waiting(world, "it to wait for the first")
        with impatient(world) as connection:
            connection.execute(
                sa.text("SELECT 1 FROM audit WHERE id = :id FOR UPDATE NOWAIT"), {"id": second}
            )
    changing.join(timeout=60)
    assert not changing.is_alive()


def test_a_claim_locks_the_counters_of_its_campaigns_in_their_order(world: World) -> None:
    """A settle locks them without their campaigns. Eight, since few stand in their order by chance."""
    first, *others = [world.campaign(phones(2, 2 * n)) for n in range(8)]
    lock = sa.text("SELECT 1 FROM campaign_counters WHERE campaign_id = :id FOR UPDATE NOWAIT")
    claiming = threading.Thread(target=world.claim)
    with world.db.connect() as holding:
        holding.execute(lock, {"id": first})
        claiming.start()
        wait_for_waiting(world, "the claim to wait for the first")
        with impatient(world) as connection:
            for campaign in others:
                connection.execute(lock, {"id": campaign})
    claiming.join(timeout=60)
    assert not claiming.is_alive()
    assert len(world.sql("SELECT 1 FROM attempts")) == 16


def test_a_permit_that_waits_for_its_campaign_has_the_trunk_of_after_the_waiting(world: World) -> None:
    campaign = world.campaign(4)
    claimed = world.claim().attempts
    permitted: list[Any] = []

    def permit() -> None:
        permitted.extend(permit_attempts(world.state, world.provider, claimed))

    permitting = threading.Thread(target=permit)
    with world.db.connect() as holding:
        holding.execute(sa.text("SELECT 1 FROM campaigns WHERE id = :id FOR NO KEY UPDATE"), {"id": campaign})
        permitting.start()
        wait_for_waiting(world, "the permit to wait for the campaign")
        world.sql("UPDATE trunks SET max_calls_per_day = 1")
    permitting.join(timeout=60)
    assert not permitting.is_alive()
    assert len(permitted) == 1, "the day's limit came while it waited"
