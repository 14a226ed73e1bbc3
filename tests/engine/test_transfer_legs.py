"""A transfer's other leg is a call, too: it waits for a line, and the next that comes free is its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy.exc import OperationalError

from campaign_app.domain.errors import InvalidInput, StateConflict, TooManyRequests
from campaign_app.engine.transfers import reserve_transfer_leg
from campaign_app.models import Campaign
from campaign_app.queries import transfer_legs
from campaign_app.services import confirmed_numbers, contacts, single_calls, stats
from campaign_app.transaction import begin_write
from tests.engine.world import BY, World, phones

MENU = {"text": "Hello.", "keys": [{"digit": "3", "action": "transfer", "to": "700"}]}


def ask(world: World, phone: str) -> bool:
    with begin_write(world.db) as connection:
        return transfer_legs.reserve_line(connection, world.provider.token_of(phone), world.clock.now())


def talking(world: World, count: int, **fields: object) -> tuple[int, list[str]]:
    """A campaign with so many calls that are answered, and more contacts behind them."""
    up = phones(count)
    campaign_id = world.campaign(up, **fields)
    world.tick()
    assert len(world.provider.placed) == count
    for phone in up:
        world.provider.tell(world.provider.token_of(phone), "in-progress")
    world.tick()
    world.add(campaign_id, phones(10, count))
    return campaign_id, up


def test_a_transfer_takes_a_free_line_and_claims_leave_it_alone(world: World) -> None:
    numbers = phones(3)
    campaign_id = world.campaign(numbers, max_concurrent_calls=4)
    world.tick()
    assert ask(world, numbers[0])
    assert ask(world, numbers[0]), "asked again, it is the same line"
    assert world.attempt(numbers[0]).transfer_leg == "granted"
    world.add(campaign_id, phones(5, 10))
    world.tick()
    assert len(world.provider.live()) == 3, "three calls and a transfer's other leg are four"
    assert world.counters(campaign_id).peak_open == 4
    assert world.reasons(campaign_id)[0].code == "lines-full"


@pytest.mark.parametrize("whose", ["campaign", "trunk"])
def test_a_transfer_without_a_free_line_gets_the_next_one(world: World, whose: str) -> None:
    if whose == "trunk":
        world.sql("UPDATE trunks SET max_concurrent_calls = 4")
    limits = {"max_concurrent_calls": 4 if whose == "campaign" else 20}
    campaign_id, up = talking(world, 4, **limits)
    assert not ask(world, up[0])
    assert world.attempt(up[0]).transfer_leg == "waiting"
    world.tick(3)
    assert not ask(world, up[0]), "nobody has hung up"
    world.provider.tell(world.provider.token_of(up[1]), "completed")
    world.tick(3)
    assert len(world.provider.live()) == 3, "the line that came free was no claim's"
    assert ask(world, up[0])
    world.tick()
    assert len(world.provider.live()) == 3
    assert world.broken() == {}
    world.provider.tell(world.provider.token_of(up[0]), "completed")
    world.tick()
    assert len(world.provider.live()) == 4, "both lines came free"
    assert world.counters(campaign_id).peak_open == 4


def test_where_callees_can_be_transferred_one_line_is_no_calls(world: World) -> None:
    """Were all taken by people who wait to be connected, none would come free for any of them."""
    campaign_id = world.campaign(10, message=MENU, max_concurrent_calls=4)
    world.tick(3)
    up = [dial.to for dial in world.provider.placed]
    assert len(up) == 3
    [reason] = world.reasons(campaign_id)
    assert (reason.code, reason.contacts) == ("lines-full", 7)
    assert reason.params == {"in_use": 3, "limit": 4, "kept": 1}
    for phone in up:
        world.provider.tell(world.provider.token_of(phone), "in-progress")
    assert [ask(world, phone) for phone in up] == [True, False, False]
    world.provider.tell(world.provider.token_of(up[0]), "completed")
    world.tick(2)
    assert [ask(world, phone) for phone in up] == [False, True, True]
    world.tick(2)
    assert len(world.provider.live()) == 2
    [reason] = world.reasons(campaign_id)
    assert reason.params == {"in_use": 4, "limit": 4}


def test_a_trunk_whose_campaign_transfers_keeps_one_line_too(world: World) -> None:
    world.sql("UPDATE trunks SET max_concurrent_calls = 4")
    world.campaign(phones(5), message=MENU, max_concurrent_calls=20)
    other = world.campaign(phones(5, 10), max_concurrent_calls=20)
    world.tick(3)
    assert len(world.provider.live()) == 3
    [reason] = world.reasons(other)
    assert reason.code == "trunk-full"
    assert (reason.params["trunk"], reason.params["in_use"], reason.params["limit"]) == ("simulator", 3, 4)


def test_a_transfer_that_waits_for_a_line_is_not_counted_as_a_call(world: World) -> None:
    campaign_id, up = talking(world, 4, max_concurrent_calls=4)
    for phone in up:
        assert not ask(world, phone)
    with world.session() as session:
        seen = stats.compute_campaign_stats(
            session, session.get_one(Campaign, campaign_id), world.clock.now()
        )
        [line] = stats.compute_dashboard_stats(session, world.clock.now()).trunks
    assert (seen.open, seen.open_by_status, line.open) == (4, {"in-progress": 4}, 4)
    assert seen.reasons[0].params == {"in_use": 4, "limit": 4}


@pytest.mark.parametrize("whose", ["campaigns", "trunks"])
def test_a_single_line_is_not_kept_for_transfers(world: World, whose: str) -> None:
    """Its limit was lowered while it ran: it goes on dialing, and nobody is connected."""
    campaign_id = world.campaign(2, message=MENU)
    world.sql(f"UPDATE {whose} SET max_concurrent_calls = 1")
    world.tick(2)
    [dial] = world.provider.placed
    world.provider.tell(dial.token, "in-progress")
    world.tick()
    assert not ask(world, dial.to)
    assert world.reasons(campaign_id)[0].params["in_use"] == 1


def test_a_single_call_leaves_the_line_that_is_kept(world: World) -> None:
    world.sql("UPDATE trunks SET max_concurrent_calls = 4")
    world.campaign(10, message=MENU, max_concurrent_calls=20)
    world.tick(2)
    assert len(world.provider.placed) == 3
    data = {"to": phones(1, 50)[0], "message": "Hello."}
    with world.session() as session, pytest.raises(TooManyRequests, match="one is kept for transfers"):
        single_calls.place_single_call(session, data, actor=BY, now=world.clock.now())


@pytest.mark.spoils
@pytest.mark.parametrize("message", ["[1]", "5", '{"keys": 5}'])
def test_a_message_that_cannot_be_read_is_its_own_campaigns_trouble(world: World, message: str) -> None:
    well = world.campaign(phones(20), max_concurrent_calls=2)
    broken = world.campaign(phones(2, 40))
    world.sql("UPDATE campaigns SET message = :message WHERE id = :id", message=message, id=broken)
    world.tick()
    assert len(world.provider.placed) == 2
    assert world.row_text(broken, "last_error")
    world.sql("UPDATE trunks SET max_concurrent_calls = 2")
    world.sql("UPDATE campaigns SET max_concurrent_calls = 30 WHERE id = :id", id=well)
    assert world.reasons(well)[0].code == "trunk-full"


def test_simultaneous_transfers_get_only_as_many_lines_as_there_are(world: World) -> None:
    _, up = talking(world, 10, max_concurrent_calls=10)
    world.sql("UPDATE campaigns SET max_concurrent_calls = 13")
    with ThreadPoolExecutor(10) as pool:
        given = list(pool.map(lambda phone: ask(world, phone), up))
    assert sum(given) == 3
    assert world.broken() == {}
    world.tick(2)
    assert len(world.provider.live()) == 10


def test_a_call_that_is_over_or_unknown_gets_none(world: World) -> None:
    _, up = talking(world, 2, max_concurrent_calls=4)
    world.provider.tell(world.provider.token_of(up[0]), "completed")
    world.tick()
    assert not ask(world, up[0])
    with begin_write(world.db) as connection:
        assert not transfer_legs.reserve_line(connection, "0" * 32, world.clock.now())


def test_a_single_call_asks_its_trunk_alone_and_others_see_its_lines(world: World) -> None:
    world.sql("UPDATE trunks SET max_concurrent_calls = 2")
    data = {"to": phones(1)[0], "message": MENU}
    with world.session() as session:
        single_calls.place_single_call(session, data, actor=BY, now=world.clock.now())
    world.tick()
    assert ask(world, phones(1)[0])
    with world.session() as session, pytest.raises(TooManyRequests, match="all 2 lines"):
        single_calls.place_single_call(
            session, {**data, "to": phones(1, 5)[0]}, actor=BY, now=world.clock.now()
        )
    with world.session() as session:
        [line] = stats.compute_dashboard_stats(session, world.clock.now()).trunks
    assert (line.open, line.limit) == (2, 2)


@pytest.mark.spoils
def test_a_second_line_above_the_limit_is_a_broken_promise(world: World) -> None:
    talking(world, 2, max_concurrent_calls=2)
    assert world.broken() == {}
    world.sql("UPDATE attempts SET transfer_leg = 'waiting'")
    assert world.broken() == {}, "who waits has dialed nobody"
    world.sql("UPDATE attempts SET transfer_leg = 'granted'")
    assert world.broken() == {"I2": ["campaign 1 has 4 open calls, its limit is 2"]}


def test_a_menu_that_transfers_needs_two_lines(world: World) -> None:
    with pytest.raises(InvalidInput, match="max_concurrent_calls: at least 2: a key transfers"):
        world.campaign(1, message=MENU, max_concurrent_calls=1)
    world.sql("UPDATE trunks SET max_concurrent_calls = 1")
    with pytest.raises(StateConflict, match="takes a second line, and simulator has one"):
        world.campaign(1, message=MENU)


def test_the_engine_says_no_while_the_database_is_away(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    _, [phone] = talking(world, 1, max_concurrent_calls=4)
    token = world.provider.token_of(phone)

    def away(*_: object) -> bool:
        raise OperationalError("SELECT", {}, Exception("connection refused"))

    with monkeypatch.context() as gone:
        gone.setattr(transfer_legs, "reserve_line", away)
        assert not reserve_transfer_leg(world.db, world.clock, token, "700")
    assert "cannot be transferred yet" in caplog.text
    assert reserve_transfer_leg(world.db, world.clock, token, "700")


AGENT = "+442079460199"


@pytest.mark.parametrize("hours, allowed", [(0, True), (7, False)])
def test_whoever_takes_the_call_is_not_rung_at_night(world: World, hours: int, allowed: bool) -> None:
    """It is 15:00 in London, then 22:00."""
    world.clock.move(hours * 3600)
    _, [phone] = talking(world, 1, max_concurrent_calls=4)
    token = world.provider.token_of(phone)
    assert reserve_transfer_leg(world.db, world.clock, token, AGENT) is allowed
    assert world.attempt(phone).transfer_leg == ("granted" if allowed else None)
    assert reserve_transfer_leg(world.db, world.clock, token, "700"), "an extension is nobody's number"


def test_it_has_to_be_time_for_them_wherever_a_campaign_has_them_too(world: World) -> None:
    lists = world.campaign(start=False)
    with world.session() as session:
        contacts.add_contacts(
            session, lists, [{"phone": AGENT, "timezone": "Asia/Tokyo"}], actor=BY, now=world.clock.now()
        )
    _, [phone] = talking(world, 1, max_concurrent_calls=4)
    assert not reserve_transfer_leg(world.db, world.clock, world.provider.token_of(phone), AGENT)


def test_a_number_that_is_somebodys_here_takes_calls_at_any_hour(world: World) -> None:
    world.clock.move(7 * 3600)
    _, [phone] = talking(world, 1, max_concurrent_calls=4)
    with world.session() as session:
        confirmed_numbers.confirm_number(session, AGENT, actor=BY, now=world.clock.now())
    assert reserve_transfer_leg(world.db, world.clock, world.provider.token_of(phone), AGENT)


def test_nobody_on_do_not_call_is_rung_for_a_transfer(world: World, caplog: pytest.LogCaptureFixture) -> None:
    _, [phone] = talking(world, 1, max_concurrent_calls=4)
    world.forbid(AGENT)
    assert not reserve_transfer_leg(world.db, world.clock, world.provider.token_of(phone), AGENT)
    assert "the number is on the do-not-call list" in caplog.text


def test_nobody_is_rung_whom_the_trunk_may_not_call(world: World) -> None:
    _, [phone] = talking(world, 1, max_concurrent_calls=4)
    world.sql("UPDATE trunks SET countries = '[\"US\"]'")
    assert not reserve_transfer_leg(world.db, world.clock, world.provider.token_of(phone), AGENT)
