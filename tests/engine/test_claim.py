"""What one claim takes, and what it leaves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.domain.message import read_stored_message
from campaign_app.models import Campaign
from campaign_app.queries import claim as claim_queries
from campaign_app.services import single_calls
from tests.engine.world import BY, World, phones

MONDAY_MORNING = [{"days": ["mon"], "start": "09:00", "end": "12:00"}]


def taken(world: World, most: int = 100) -> list[str]:
    return [attempt.phone for attempt in world.claim(most).attempts]


def test_takes_no_more_than_the_campaign_has_lines_and_counts_those_in_use(world: World) -> None:
    world.campaign(20, max_concurrent_calls=7)
    assert len(taken(world)) == 7
    assert taken(world) == []
    world.sql("UPDATE campaigns SET max_concurrent_calls = 9")
    assert len(taken(world)) == 2


def test_a_limit_lowered_below_what_is_in_use_takes_nothing(world: World) -> None:
    campaign_id = world.campaign(20, max_concurrent_calls=7)
    world.tick()
    world.sql("UPDATE campaigns SET max_concurrent_calls = 3")
    assert taken(world) == []
    world.provider.end_all()
    assert world.tick().settled == 7
    assert len(world.provider.live()) == 3
    assert world.counters(campaign_id).peak_open == 7


def test_takes_no_more_than_the_trunk_has_lines_over_all_its_campaigns(world: World) -> None:
    world.sql("UPDATE trunks SET max_concurrent_calls = 8")
    for start in (0, 20, 40):
        world.campaign(phones(20, start))
    assert len(taken(world)) == 8
    assert taken(world) == []


def test_a_trunk_of_another_one_lends_no_lines(world: World) -> None:
    world.sql("UPDATE trunks SET max_concurrent_calls = 0")
    other = world.trunk("backup", lines=3)
    world.campaign(phones(20), provider="simulator")
    backup = world.campaign(phones(20, 20), provider="backup")
    assert taken(world) == []
    assert [a.campaign_id for a in world.claim(trunk_id=other).attempts] == [backup] * 3


def test_takes_the_earliest_due_first_and_leaves_what_is_not_due(world: World) -> None:
    numbers = phones(4)
    world.campaign(numbers, max_concurrent_calls=2)
    now = world.clock.now()
    for phone, seconds in zip(numbers, (-1, 60, -3, -2), strict=True):
        world.sql(
            "UPDATE contacts SET due_at = :due WHERE phone = :phone",
            due=(now + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S.%f")
            if world.db.dialect.name == "sqlite"
            else now + timedelta(seconds=seconds),
            phone=phone,
        )
    assert sorted(taken(world)) == sorted([numbers[2], numbers[3]])
    world.sql("UPDATE campaigns SET max_concurrent_calls = 10")
    assert taken(world) == [numbers[0]]
    assert taken(world) == []


def test_the_pace_of_a_campaign_is_kept_over_claims(world: World) -> None:
    world.campaign(100, max_concurrent_calls=100, calls_per_second=5)
    begun = 0
    for second in range(6):
        for _ in range(3):
            begun += len(taken(world))
        # A burst of one second's calls, then the rate.
        assert begun == 5 * (second + 1)
        world.clock.move(1)


def test_the_pace_of_a_trunk_is_shared_by_its_campaigns_and_by_single_calls(world: World) -> None:
    world.sql("UPDATE trunks SET calls_per_second = 4")
    world.campaign(phones(50), max_concurrent_calls=50)
    world.campaign(phones(50, 50), max_concurrent_calls=50)
    with world.session() as session:
        for phone in phones(2, 200):
            single_calls.place_single_call(
                session,
                {"to": phone, "message": "Hi", "purpose": "emergency"},
                actor=BY,
                now=world.clock.now(),
            )
    assert len(taken(world)) == 4, "two single calls and two of the campaigns"
    assert taken(world) == []
    world.clock.move(1)
    assert len(taken(world)) == 4


def test_a_slow_pace_takes_one_call_every_so_often(world: World) -> None:
    world.campaign(10, calls_per_second=0.1)
    assert len(taken(world)) == 1
    world.clock.move(9)
    assert taken(world) == []
    world.clock.move(1)
    assert len(taken(world)) == 1


def test_campaigns_share_a_trunk_by_their_priority_and_none_starves(world: World) -> None:
    world.sql("UPDATE trunks SET max_concurrent_calls = 12")
    low = world.campaign(phones(50), max_concurrent_calls=50, priority=1)
    high = world.campaign(phones(50, 50), max_concurrent_calls=50, priority=10)
    few = world.campaign(phones(1, 100), max_concurrent_calls=50, priority=5)
    got = [attempt.campaign_id for attempt in world.claim().attempts]
    assert len(got) == 12
    assert got.count(few) == 1, "no more than it has"
    assert got.count(low) == 1
    assert got.count(high) == 10


@pytest.mark.parametrize(
    "fields",
    [
        {"calling_windows": MONDAY_MORNING},
        {"timezone": "Asia/Tokyo", "calling_windows": [{"days": ["fri"], "start": "09:00", "end": "18:00"}]},
        {"starts_at": "2026-11-20T15:00:01Z"},
    ],
    ids=["another-day", "another-zone", "starts-later"],
)
def test_takes_nothing_while_a_gate_is_closed(world: World, fields: dict[str, object]) -> None:
    world.campaign(3, **fields)
    assert taken(world) == []


def test_takes_up_to_its_end_and_nothing_from_then_on(world: World) -> None:
    world.campaign(3, max_concurrent_calls=1, ends_at="2026-11-20T15:00:10Z")
    assert len(taken(world)) == 1
    world.sql("UPDATE campaigns SET max_concurrent_calls = 3")
    world.clock.move(10)
    assert taken(world) == []


def test_opens_with_its_window_to_the_second(world: World) -> None:
    world.campaign(3, calling_windows=[{"days": ["fri"], "start": "15:01", "end": "15:02"}])
    world.clock.move(59.999)
    assert taken(world) == []
    world.clock.move(0.001)
    assert len(taken(world, 1)) == 1
    world.clock.move(60)
    assert taken(world) == [], "half-open: its end is no longer inside"


def test_takes_nothing_while_it_backs_off(world: World) -> None:
    world.campaign(3)
    until = world.clock.now() + timedelta(seconds=5)
    with world.session() as session:
        session.execute(update(Campaign).values(backoff_until=until))
    assert taken(world) == []
    world.clock.move(5)
    assert len(taken(world)) == 3


@pytest.mark.parametrize("action", ["pause", "stop"])
def test_a_campaign_that_does_not_run_takes_nothing_at_all(world: World, action: str) -> None:
    """The trap: a limit computed from no row is LIMIT NULL, which takes everything."""
    campaign_id = world.campaign(30)
    world.act(campaign_id, action)
    assert taken(world) == []
    assert world.attempts() == []
    assert world.contacts(campaign_id) == {"pending" if action == "pause" else "canceled": 30}


def test_a_listed_number_is_passed_over_and_leaves_the_queue(world: World) -> None:
    numbers = phones(3)
    campaign_id = world.campaign(numbers)
    # As a race would leave it: listed, and still waiting.
    world.sql(
        "INSERT INTO do_not_call (phone, source, added_by, created_at) VALUES (:phone, 'api', 'x', :at)",
        phone=numbers[0],
        at="2026-11-20 14:00:00.000000" + ("" if world.db.dialect.name == "sqlite" else "+00"),
    )
    assert sorted(taken(world)) == sorted(numbers[1:])
    assert taken(world) == []
    assert world.contact(numbers[0]).status == "suppressed"
    assert world.counters(campaign_id).contacts_suppressed == 1


def test_a_number_listed_for_one_campaign_is_dialed_by_the_other(world: World) -> None:
    [phone] = phones(1)
    one = world.campaign([phone])
    other = world.campaign([phone])
    world.forbid(phone, one)
    assert [attempt.campaign_id for attempt in world.claim().attempts] == [other]


def test_a_number_open_in_another_campaign_waits_until_that_call_has_ended(world: World) -> None:
    shared, own = phones(2)
    first = world.campaign([shared])
    world.tick()
    second = world.campaign([shared, own])
    world.tick()
    assert [a.phone for a in world.attempts(second)] == [own]
    assert world.contact(shared, second).status == "pending"
    world.provider.end_all()
    world.clock.move(20)
    world.tick()
    assert [a.phone for a in world.attempts(second)] == [own, shared]
    world.provider.end_all()
    world.tick()
    assert (world.status(first), world.status(second)) == ("completed", "completed")


def test_the_loser_of_a_race_for_a_number_is_due_again_a_little_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two engines pick the same number for two campaigns at once: the unique index lets one through."""
    shared, own = phones(2)
    world.campaign([shared])
    world.tick()
    second = world.campaign([shared, own])
    # The pick of a transaction that began before the other one had committed.
    for name in ("TAKE_FIRST", "CLAIM_PLAIN"):
        statement = getattr(claim_queries, name)
        blind = statement.replace(
            "AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.phone = c.phone AND a.ended_at IS NULL)", ""
        )
        assert blind != statement
        monkeypatch.setattr(claim_queries, name, blind)
    assert taken(world) == [own]
    lost = world.contact(shared, second)
    assert (lost.status, lost.attempts_made) == ("pending", 0)
    assert lost.due_at == world.clock.now() + timedelta(seconds=15)
    world.provider.end_all()
    world.clock.move(15)
    world.tick()
    assert world.contact(shared, second).status == "dialing"


def test_a_single_call_is_taken_over_by_one_engine_and_holds_its_line(world: World) -> None:
    world.sql("UPDATE trunks SET max_concurrent_calls = 3")
    world.campaign(10)
    with world.session() as session:
        single_calls.place_single_call(
            session,
            {"to": phones(1, 200)[0], "message": "Hi", "purpose": "emergency"},
            actor=BY,
            now=world.clock.now(),
        )
    got = world.claim().attempts
    assert [attempt.campaign_id is None for attempt in got] == [True, False, False]
    assert read_stored_message(got[0].message).human.text == "Hi"
    assert world.claim().attempts == []
    assert [a.engine for a in world.attempts()] == ["engine-1"] * 3


def test_a_claim_writes_its_attempt_and_takes_the_contact_out_of_the_queue(world: World) -> None:
    [phone] = phones(1)
    campaign_id = world.campaign([phone], caller_id="+12125550199")
    [claimed] = world.claim().attempts
    attempt, contact = world.attempt(phone), world.contact(phone)
    assert (contact.status, contact.due_at, contact.attempts_made, contact.tries) == ("dialing", None, 1, 0)
    assert (attempt.status, attempt.rank, attempt.number, attempt.try_number) == ("claimed", 0, 1, 1)
    assert (attempt.token, attempt.phone, attempt.engine) == (claimed.token, phone, "engine-1")
    assert (len(claimed.token), claimed.caller_id) == (32, "+12125550199")
    assert read_stored_message(claimed.message).human.text == "Hello"
    counters = world.counters(campaign_id)
    assert (counters.contacts_pending, counters.contacts_dialing, counters.peak_open) == (0, 1, 1)
    assert attempt.status == AttemptStatus.CLAIMED


@pytest.mark.parametrize("column", ["calling_windows", "timezone"])
def test_a_campaign_with_a_broken_row_does_not_stop_the_others(world: World, column: str) -> None:
    broken = world.campaign(phones(3))
    well = world.campaign(phones(3, 50))
    value = "'\"no windows\"'" if column == "calling_windows" else "'Mars/Olympus'"
    world.sql(f"UPDATE campaigns SET {column} = {value} WHERE id = :id", id=broken)
    world.tick()
    assert {a.campaign_id for a in world.attempts()} == {well}
    assert len(world.provider.live()) == 3
    row = world.row(broken)
    assert row.status == "running"
    assert row.last_error
    assert row.last_error_at == world.clock.now()
    assert not world.row(well).last_error
    world.sql("DELETE FROM contacts WHERE campaign_id = :id", id=broken)
    world.sql("DELETE FROM campaigns WHERE id = :id", id=broken)


def test_what_is_no_json_at_all_does_not_stop_the_others_either(world: World) -> None:
    if world.db.dialect.name != "sqlite":
        pytest.skip("PostgreSQL's jsonb holds nothing but JSON")
    broken = world.campaign(phones(3))
    world.campaign(phones(3, 50))
    world.sql("UPDATE campaigns SET calling_windows = '[{oops' WHERE id = :id", id=broken)
    world.tick()
    assert len(world.provider.live()) == 3
    assert "JSON" in (world.row_text(broken, "last_error") or "")
    world.sql("DELETE FROM campaigns WHERE id = :id", id=broken)
