"""Limits of a day: how much a trunk and a token may call, whom a trunk connects callees with, and what is said then."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from campaign_app.domain.call_price import CallPrice
from campaign_app.domain.day_limits import DayLimits, DayUse
from campaign_app.domain.errors import InvalidInput, TooManyRequests
from campaign_app.engine.permit import permit_attempts
from campaign_app.models import Role, Trunk
from campaign_app.services import trunks
from campaign_app.services.people import tokens
from campaign_app.services.trunk_bounds import TrunkBounds
from campaign_app.vault import CredentialVault
from tests.engine.world import BY, World, phones

MINUTES, CALLS = CallPrice("EUR", per_minute=Decimal("0.5")), CallPrice("USD", per_call=Decimal("0.3"))
DAY = timedelta(days=1)
DESK, STRANGER = "+12125550190", "+12125550191"


def limit(world: World, **fields: Any) -> None:
    with world.session() as session:
        trunks.update_trunk(
            session,
            world.trunk_id,
            fields,
            vault=CredentialVault(()),
            bounds=TrunkBounds(),
            actor=BY,
            now=world.clock.now(),
        )


def resume(world: World) -> None:
    with world.session() as session:
        trunks.resume_trunk(session, world.trunk_id, actor=BY, now=world.clock.now())


def trunk_of(world: World) -> Trunk:
    with world.session() as session:
        return session.get_one(Trunk, world.trunk_id)


def said(world: World, action: str) -> list[str]:
    return [row.detail["reason"] for row in world.audit() if row.action == action and row.actor == "engine"]


@pytest.mark.parametrize(
    "limits, use, room, highest",
    [
        (DayLimits(), DayUse(5, 5), None, None),
        (DayLimits(calls=10), DayUse(8), 2, (0.8, "8 of 10 calls")),
        (DayLimits(calls=10), DayUse(12), 0, (1.2, "12 of 10 calls")),
        (DayLimits(minutes=2), DayUse(99, 119), None, (119 / 120, "1 of 2 minutes")),
        (DayLimits(calls=200, minutes=2), DayUse(99, 120), 0, (1.0, "2 of 2 minutes")),
        (DayLimits(price=MINUTES, spend=3), DayUse(1, 180), None, (0.5, "1.50 of 3.00 EUR")),
        (DayLimits(price=MINUTES, spend=3), DayUse(1, 360), 0, (1.0, "3.00 of 3.00 EUR")),
        (DayLimits(price=CALLS, spend=3), DayUse(8, 360), 2, (0.8, "2.40 of 3.00 USD")),
        (DayLimits(price=MINUTES), DayUse(1, 360), None, None),
        (DayLimits(spend=3), DayUse(1, 360), None, None),
    ],
)
def test_how_many_calls_may_still_begin(
    limits: DayLimits, use: DayUse, room: int | None, highest: tuple[float, str] | None
) -> None:
    assert limits.room(use) == room
    assert (limits.describe_highest(use) if limits.any else None) == highest


def test_calls_of_a_day_end_at_the_limit_with_one_alarm_before(world: World) -> None:
    limit(world, max_calls_per_day=10)
    campaign_id = world.campaign(phones(30), max_concurrent_calls=100)
    assert len(world.permit(world.claim(7).attempts)) == 7
    assert said(world, "trunk.alarm") == []
    assert len(world.permit(world.claim(1).attempts)) == 1
    assert len(world.permit(world.claim(1).attempts)) == 1
    assert said(world, "trunk.alarm") == ["8 of 10 calls"]
    assert trunk_of(world).paused_at is None

    refused = world.claim(4).attempts
    assert len(world.permit(refused)) == 1
    trunk = trunk_of(world)
    assert (trunk.paused_by, trunk.paused_reason) == ("engine", said(world, "trunk.pause")[0])
    assert "limit of the day (UTC) is reached: 10 of 10 calls" in (trunk.paused_reason or "")
    assert world.contacts(campaign_id)["pending"] == 20, "who was refused waits, and lost no try"
    assert {world.attempt(attempt.phone).status for attempt in refused[1:]} == {"released"}

    resume(world)
    assert world.permit(world.claim(4).attempts) == [], "the same day again: nobody is called"
    assert trunk_of(world).paused_at is not None
    assert len(said(world, "trunk.alarm")) == 1
    world.sql(
        "UPDATE attempts SET horizon_at = :later, overdue_at = :later WHERE ended_at IS NULL",
        later=world.clock.now() + DAY * 2,
    )
    world.clock.move(DAY.total_seconds())
    resume(world)
    assert len(world.permit(world.claim(4).attempts)) == 4


def test_two_engines_at_once_stay_below_the_limit(world: World) -> None:
    limit(world, max_calls_per_day=9)
    world.campaign(phones(20), max_concurrent_calls=100)
    batches = [world.claim(8).attempts, world.claim(8).attempts]
    permitted: list[int] = []
    start = threading.Barrier(2)

    def permit(name: str, number: int) -> None:
        context = world.new_engine(name).context
        start.wait()
        permitted.append(len(permit_attempts(context, world.provider, batches[number])))

    threads = [threading.Thread(target=permit, args=(f"other-{n}", n)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(permitted) == [1, 8]


def test_minutes_are_measured_with_calls_that_are_up_and_legs_of_transfers(world: World) -> None:
    limit(world, max_minutes_per_day=10)
    world.campaign(phones(9))
    first = world.permit(world.claim(3).attempts)
    now = world.clock.now()
    for attempt, leg in zip(first, (None, None, "up"), strict=True):
        world.sql(
            "UPDATE attempts SET answered_at = :at, transfer_leg = :leg WHERE id = :id",
            id=attempt.id,
            at=now,
            leg=leg,
        )
    world.clock.move(120)
    assert len(world.permit(world.claim(1).attempts)) == 1
    assert said(world, "trunk.alarm") == ["8 of 10 minutes"]
    world.clock.move(5)
    assert len(world.permit(world.claim(1).attempts)) == 1, "not measured anew for ten seconds"
    world.clock.move(60)
    assert world.permit(world.claim(2).attempts) == []
    assert "12 of 10 minutes" in (trunk_of(world).paused_reason or "")


def test_calls_of_the_day_before_the_limit_was_set_count_too(world: World) -> None:
    world.campaign(phones(2))
    world.tick()
    world.provider.end_all("completed")
    world.tick()
    assert len([attempt for attempt in world.attempts() if attempt.ended_at]) == 2
    world.clock.move(DAY.total_seconds())
    world.campaign(phones(9, 5))
    assert len(world.permit(world.claim(3).attempts)) == 3
    world.clock.move(60)
    limit(world, max_calls_per_day=5)
    with world.session() as session:
        assert (
            trunks.to_api(
                session,
                session.get_one(Trunk, world.trunk_id),
                vault=CredentialVault(()),
                now=world.clock.now(),
            )["today"]["calls"]
            == 3
        )
    assert len(world.permit(world.claim(4).attempts)) == 2
    # A limit that is lifted and set again, or changed, counts on.
    limit(world, max_calls_per_day=None)
    limit(world, max_calls_per_day=6)
    resume(world)
    assert len(world.permit(world.claim(2).attempts)) == 1


def test_a_trunk_connects_callees_with_listed_numbers_only(world: World) -> None:
    menu = {"text": "Hello", "keys": [{"digit": "1", "action": "transfer", "to": DESK}]}
    limit(world, transfer_targets=[DESK])
    world.campaign(phones(2), message=menu)
    with pytest.raises(InvalidInput, match=r"\+12125550191 is not among the numbers that the trunk"):
        world.campaign(
            message={**menu, "keys": [{"digit": "1", "action": "transfer", "to": STRANGER}]}, start=False
        )
    claimed = world.claim().attempts
    limit(world, transfer_targets=[STRANGER])
    assert world.permit(claimed) == []
    cause = world.attempt(claimed[0].phone).cause or ""
    assert "whom its trunk may not connect with" in cause
    assert DESK not in cause
    limit(world, transfer_targets=None)
    assert len(world.permit(world.claim().attempts)) == 2


def test_limits_are_checked_where_they_are_entered(world: World) -> None:
    wrong: dict[str, Any] = {
        "max_calls_per_day": 0,
        "max_minutes_per_day": "many",
        "max_spend_per_day": 5,
        "transfer_targets": ["+1"],
    }
    with pytest.raises(InvalidInput) as error:
        limit(world, **wrong)
    assert {each.field for each in error.value.errors} == {
        "max_calls_per_day", "max_minutes_per_day", "max_spend_per_day", "transfer_targets[0]",
    }  # fmt: skip


def test_a_token_places_so_many_calls_a_day(world: World) -> None:
    now = world.clock.now()
    with world.session() as session:
        token, _ = tokens.create_token(session, "ops", Role.OPERATOR, actor=BY, now=now, max_calls_per_day=2)
        tokens.count_call(session, token.id, now)
        tokens.count_call(session, token.id, now)
        with pytest.raises(TooManyRequests) as error:
            tokens.count_call(session, token.id, now)
        assert error.value.retry_after == 9 * 3600
        tokens.count_call(session, token.id, now + timedelta(hours=9))
