"""Preflight and why: what they say is what is then dialed, to the number."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from sqlalchemy import select, update

from campaign_app.domain.errors import InvalidInput, StateConflict
from campaign_app.models import Campaign, Contact, DoNotCall
from campaign_app.services import campaigns, contacts, do_not_call, explanations, preflight, stats
from campaign_app.services.never_called import export_never_called
from campaign_app.services.simulator_speed import give_simulator_speed
from tests.engine import random_campaigns
from tests.engine.people import (
    DELHI,
    LOS_ANGELES,
    NEW_YORK,
    PARIS,
    PENSACOLA,
    REUNION,
    SATURDAY,
    SYDNEY,
    THEIRS,
    at,
    dialed,
)
from tests.engine.random_campaigns import GROUNDS, MOMENTS, SCENES, Person, Scene
from tests.engine.world import ALWAYS, BY, World, phones


def look(world: World, campaign_id: int) -> preflight.PreflightResult:
    with world.session() as session:
        campaign = campaigns.get_campaign(session, campaign_id)
        return preflight.compute_preflight(session, campaign, world.clock.now())


def reasons_of(world: World, phone: str) -> list[str]:
    with world.session() as session:
        _, answers = explanations.explain_number(session, phone, world.clock.now())
        return [reason.code for answer in answers for reason in answer.reasons]


def test_what_it_says_is_what_is_dialed(world: World) -> None:
    at(world, SATURDAY)
    world.forbid(PENSACOLA)
    campaign_id = world.campaign([REUNION, DELHI, SYDNEY, PARIS, NEW_YORK], start=False, **THEIRS)
    with world.session() as session:
        rows = [{"phone": "+12125550199", "timezone": "America/New_York"}]
        contacts.add_contacts(session, campaign_id, rows, actor=BY, now=world.clock.now())
    said = look(world, campaign_id)
    assert (said.waiting, said.now, sum(group.contacts for group in said.later)) == (6, 3, 3)
    assert said.never == {}
    assert (said.zones_known, said.zones_guessed) == (1, 5)
    world.act(campaign_id, "start")
    world.tick(3)
    assert len(dialed(world)) == said.now
    for group in said.later:
        before = len(dialed(world))
        at(world, max(group.opens_at, world.clock.now()))
        world.provider.end_all()
        world.tick(3)
        assert len(dialed(world)) - before == group.contacts, group
    world.check()


def test_whoever_was_called_too_often_is_later_and_whoever_is_listed_never(world: World) -> None:
    world.campaign(phones(3))
    world.tick()
    world.provider.end_all()
    world.tick()
    campaign_id = world.campaign(
        phones(6), start=False, min_gap_minutes=240, calling_windows=ALWAYS, retry={"max_retries": 2}
    )
    world.sql(
        "INSERT INTO do_not_call (phone, source, added_by, created_at) VALUES (:phone, 'api', 'x', :now)",
        phone=phones(6)[5],
        now="2026-11-20 15:00:00.000000" + ("" if world.db.dialect.name == "sqlite" else "+00"),
    )
    said = look(world, campaign_id)
    assert (said.waiting, said.now, said.capped) == (6, 2, 3)
    assert said.never == {"do-not-call": 1}
    assert [group.contacts for group in said.later] == [3]
    assert said.calls == (5, 15)
    assert said.finish is not None
    world.act(campaign_id, "start")
    before = len(world.provider.placed)
    world.tick(3)
    assert len(world.provider.placed) - before == said.now


PLAIN = SCENES.map(
    lambda scene: replace(scene, closed=None, trunk=None, limit=None, failed=False, engine_away=False)
).filter(lambda scene: not scene.list_phones("busy"))


@pytest.mark.timeout(400)  # 15 s of work for one processor, which may have other work
def test_at_random_lists_it_says_to_the_number_who_is_dialed_when(database_url: str) -> None:
    world = World(database_url)
    seen: Counter[str] = Counter()

    @settings(
        max_examples=60,
        phases=[Phase.explicit, Phase.generate],
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(PLAIN)
    @example(
        Scene(MOMENTS[2], tuple(Person("New York", kind) for kind in ("due", "capped", "later", "listed")))
    )
    def holds(scene: Scene) -> None:
        random_campaigns.clear(world)
        campaign_id = random_campaigns.build(world, scene, start=False, sweep=False)
        said = look(world, campaign_id)
        assert said.waiting == len(scene.people)
        assert (
            said.now + sum(group.contacts for group in said.later) + sum(said.never.values()) == said.waiting
        )
        assert said.never.get("do-not-call", 0) == len(scene.list_phones("listed"))
        seen.update({**said.never, "now": said.now, "later": len(said.later), "capped": said.capped})
        try:
            world.act(campaign_id, "start")
        except StateConflict:
            assert (said.now, said.later) == (0, []), "it is refused, for it could never call anybody"
            return
        assert count_dialed(world, campaign_id) == said.now
        for group in said.later:
            before = count_dialed(world, campaign_id)
            world.clock.set(group.opens_at - timedelta(seconds=3))
            assert count_dialed(world, campaign_id) == before, "nobody is called before"
            world.clock.set(group.opens_at)
            assert count_dialed(world, campaign_id) - before == group.contacts, group

    try:
        holds()
    finally:
        world.close()
    assert min(seen[code] for code in ("now", "later", "capped", "do-not-call", "zone-unknown")) > 0


def count_dialed(world: World, campaign_id: int) -> int:
    """After a tick, whose calls end at once."""
    world.tick()
    world.provider.end_all()
    world.engine.tick()
    return sum(attempt.status != "released" for attempt in world.attempts(campaign_id))


def test_it_names_what_a_start_asks_for(world: World) -> None:
    campaign_id = world.campaign(2, start=False)
    world.sql("UPDATE campaigns SET purpose = NULL")
    assert look(world, campaign_id).missing == ["purpose"]
    with pytest.raises(InvalidInput, match="purpose"):
        world.act(campaign_id, "start")


def test_all_reasons_are_told_at_once(world: World) -> None:
    at(world, SATURDAY)
    campaign_id = world.campaign([PARIS], **THEIRS)
    # It opens at 08:00 in Paris, and the campaign not before 09:00 in New York.
    assert reasons_of(world, PARIS) == ["person-hours", "hours-apart"]
    world.act(campaign_id, "pause")
    world.forbid("+33987654321")
    assert reasons_of(world, PARIS) == ["not-running", "person-hours", "hours-apart"]
    world.forbid(PARIS)
    assert reasons_of(world, PARIS) == ["do-not-call"], (
        "once, though it was also taken out of the queue for that"
    )
    with world.session() as session:
        entry = session.scalars(select(DoNotCall).where(DoNotCall.phone == PARIS)).one()
        do_not_call.remove_do_not_call_entry(
            session, entry.id, reason="their wish", actor=BY, now=world.clock.now()
        )
    assert reasons_of(world, PARIS) == ["was-listed"], "nobody is told that it is on a list it has left"


def test_a_number_that_is_being_called_says_so_once(world: World) -> None:
    world.campaign([NEW_YORK], **{**THEIRS, "calling_windows": ALWAYS})
    world.tick()
    assert reasons_of(world, NEW_YORK) == ["being-called"]


def test_nobody_is_callable_whom_the_next_tick_does_not_call(world: World) -> None:
    at(world, SATURDAY)
    numbers = [REUNION, DELHI, SYDNEY, PARIS, NEW_YORK, PENSACOLA]
    world.campaign(numbers, **THEIRS)
    callable_numbers = {number for number in numbers if not reasons_of(world, number)}
    world.tick()
    assert dialed(world) == callable_numbers


def test_an_unknown_number_is_named(world: World) -> None:
    with world.session() as session, pytest.raises(InvalidInput, match="phone"):
        explanations.explain_number(session, "123", world.clock.now())


def test_the_reasons_of_a_campaign_count_everybody_once(world: World) -> None:
    at(world, SATURDAY)
    campaign_id = world.campaign(
        [REUNION, DELHI, SYDNEY, PARIS], **{**THEIRS, **GROUNDS, "purpose": "marketing"}
    )
    world.tick()
    told: list[Any] = world.reasons(campaign_id)
    assert [(reason.code, reason.contacts) for reason in told] == [("their-hours", 4)]
    assert told[0].until == datetime(2026, 11, 29, 22, tzinfo=UTC), "Monday 09:00 in Sydney"
    with world.session() as session:
        assert len(session.scalars(select(Contact)).all()) == 4


def test_whose_hours_open_after_the_end_is_never_called(world: World) -> None:
    at(world, SATURDAY)  # 16:01 in New York
    ends_at = "2026-11-29T02:00:00Z"
    campaign_id = world.campaign([NEW_YORK, PARIS, DELHI], start=False, **{**THEIRS, "ends_at": ends_at})
    said = look(world, campaign_id)
    assert (said.waiting, said.now, said.later) == (3, 1, [])
    assert said.never == {"after-end": 2}
    assert said.finish is not None
    assert said.finish[1] <= datetime(2026, 11, 29, 2, tzinfo=UTC)
    world.act(campaign_id, "start")
    world.tick(3)
    assert dialed(world) == {NEW_YORK}


def test_an_opening_no_longer_than_the_guard_is_told_as_none(world: World) -> None:
    """From 20:30 to 21:00 in New York, where the last hour is the guard; in Los Angeles from 17:30 to 20:00."""
    at(world, SATURDAY)
    evenings = [{"days": ["sat", "sun"], "start": "20:30", "end": "23:00"}]
    campaign_id = world.campaign(
        [NEW_YORK, LOS_ANGELES],
        start=False,
        **{**THEIRS, **GROUNDS, "calling_windows": evenings, "guard_seconds": 3600},
    )
    opens = datetime(2026, 11, 29, 1, 30, tzinfo=UTC)
    said = look(world, campaign_id)
    assert (said.now, [(group.opens_at, group.contacts) for group in said.later]) == (0, [(opens, 1)])
    assert said.never == {"never-open": 1}
    world.act(campaign_id, "start")
    at(world, opens)
    assert {reason.code: (reason.contacts, reason.until) for reason in world.reasons(campaign_id)}[
        "never-open"
    ] == (1, None)
    assert "never-open" in reasons_of(world, NEW_YORK)
    world.tick(3)
    assert dialed(world) == {LOS_ANGELES}
    world.check()


def test_hours_that_end_one_by_one_are_told_with_when_all_are_open(world: World) -> None:
    """Of somebody who may be in New York or Sydney: both are awake from 21:00 to 02:00 UTC, and when Monday has begun
    in Sydney it is still Sunday in New York."""
    at(world, SATURDAY)
    hours = [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "08:00", "end": "21:00"}]
    campaign_id = world.campaign(
        0, start=False, **{**THEIRS, **GROUNDS, "timezone": None, "calling_windows": hours}
    )
    with world.session() as session:
        rows = [{"phone": NEW_YORK, "timezone": "Australia/Sydney"}]
        contacts.add_contacts(session, campaign_id, rows, actor=BY, now=world.clock.now())
    world.act(campaign_id, "start")
    with world.session() as session:
        _, [answer] = explanations.explain_number(session, NEW_YORK, world.clock.now())
    [group] = look(world, campaign_id).later
    assert group.opens_at == datetime(2026, 11, 30, 21, tzinfo=UTC)
    *others, apart = answer.reasons
    assert (apart.code, apart.until) == ("hours-apart", group.opens_at)
    assert all(reason.until and reason.until < group.opens_at for reason in others)
    [reason] = [one for one in world.reasons(campaign_id) if one.contacts]
    assert reason.until == group.opens_at
    at(world, group.opens_at - timedelta(seconds=1))
    world.tick()
    assert dialed(world) == set()
    at(world, group.opens_at)
    world.tick()
    assert dialed(world) == {NEW_YORK}


def test_hours_that_do_not_meet_are_named_by_whose_count(world: World) -> None:
    at(world, datetime(2026, 11, 29, 2, 30, tzinfo=UTC))  # Saturday 21:30 in New York, Sunday 13:30 in Sydney
    campaign_id = world.campaign(0, start=False, **{**THEIRS, "clock": "person", "timezone": None})
    with world.session() as session:
        rows = [{"phone": NEW_YORK, "timezone": "Australia/Sydney"}]
        contacts.add_contacts(session, campaign_id, rows, actor=BY, now=world.clock.now())
    world.act(campaign_id, "start")
    with world.session() as session:
        _, [answer] = explanations.explain_number(session, NEW_YORK, world.clock.now())
    apart = answer.reasons[-1]
    assert (apart.code, apart.sentence.partition(" leave no time to begin a call before then")[0]) == (
        "hours-apart",
        "the hours where the person may be",
    ), "the campaign's do not count"

    own = {**THEIRS, **GROUNDS, "clock": "campaign"}
    ids = [
        world.campaign([DELHI], name=name, **hours) for name, hours in {"Own": own, "Both": THEIRS}.items()
    ]
    with world.session() as session:
        for campaign in session.scalars(select(Campaign)):
            campaign.ends_at = world.clock.now() + timedelta(hours=6)
    told = [
        {one.code: one.params for one in world.reasons(each)}["after-end"] for each in [campaign_id, *ids]
    ]
    assert [params["whose"] for params in told] == [
        "the hours in America/New_York, Australia/Sydney",
        "the campaign’s hours in America/New_York",
        "the hours in Asia/Kolkata and the campaign’s",
    ]


def test_who_was_put_off_before_the_hours_were_changed_is_not_said_to_be_outside_them(world: World) -> None:
    at(world, SATURDAY)
    campaign_id = world.campaign([NEW_YORK], **THEIRS)
    due = world.clock.now() + timedelta(hours=17)
    with world.session() as session:
        session.execute(update(Contact).values(due_at=due, deferred_by="hours"))
    [reason] = [one for one in world.reasons(campaign_id) if one.code == "their-hours"]
    assert reason.until == due
    assert reason.params == {"zones": "America/New_York", "hours": "put off while it was closed"}


def test_a_file_names_everybody_who_is_counted_after_the_end(world: World) -> None:
    """Also whom a cap holds back until after it."""
    world.campaign(phones(2))
    world.tick()
    world.provider.end_all()
    world.tick()
    ends_at = (world.clock.now() + timedelta(hours=2)).isoformat()
    campaign_id = world.campaign(
        phones(3), start=False, min_gap_minutes=240, calling_windows=ALWAYS, ends_at=ends_at
    )
    said = look(world, campaign_id)
    assert (said.now, said.never) == (1, {"after-end": 2})
    with world.session() as session:
        campaign = campaigns.get_campaign(session, campaign_id)
        rows = b"".join(export_never_called(session, campaign, "after-end", world.clock.now())).decode()
    assert [line.split(",")[0].lstrip("'") for line in rows.splitlines()[1:]] == phones(2)


def test_the_finish_knows_the_caps_and_the_delays_between_tries(world: World) -> None:
    world.campaign(phones(3))
    world.tick()
    world.provider.end_all()
    world.tick()
    now = world.clock.now()
    hours = {"calling_windows": ALWAYS, "purpose": "emergency"}
    gapped = world.campaign(
        phones(3),
        start=False,
        name="Gap",
        min_gap_minutes=240,
        retry={"max_retries": 0, "delays_minutes": [1]},
        **hours,
    )
    said = look(world, gapped)
    assert said.finish is not None
    assert said.finish[0] >= now + timedelta(hours=3, minutes=59)
    assert said.capped == 3
    patient = world.campaign(
        phones(3, 50), start=False, retry={"max_retries": 3, "delays_minutes": [30, 120, 1440]}, **hours
    )
    said = look(world, patient)
    assert said.finish is not None
    assert said.finish[0] < now + timedelta(hours=1)
    assert said.finish[1] >= now + timedelta(minutes=30 + 120 + 1440)


def test_a_retry_is_no_cap(world: World) -> None:
    campaign_id = world.campaign(phones(2))
    world.tick()
    world.provider.end_all("busy")
    world.tick()
    said = look(world, campaign_id)
    assert (said.capped, sum(group.contacts for group in said.later)) == (0, 2)


def test_a_paused_trunk_holds_everybody(world: World) -> None:
    campaign_id = world.campaign(phones(2), start=False)
    assert look(world, campaign_id).holds == []
    world.sql("UPDATE trunks SET paused_at = created_at")
    assert look(world, campaign_id).holds == ["trunk-paused"]


@pytest.mark.parametrize("listed", [1, 40])
def test_listed_numbers_are_counted_once_whether_the_list_is_long_or_short(world: World, listed: int) -> None:
    campaign_id = world.campaign(phones(6), start=False)
    other = world.campaign(phones(6, 20), start=False)
    with world.session() as session:
        for number in [*phones(1), *phones(listed - 1, 500)]:
            session.add(
                DoNotCall(
                    phone=number, campaign_id=None, source="api", added_by="x", created_at=world.clock.now()
                )
            )
        session.add_all(
            DoNotCall(phone=phone, campaign_id=of, source="api", added_by="x", created_at=world.clock.now())
            for phone, of in ((phones(1)[0], campaign_id), (phones(2)[1], other), (phones(3)[2], campaign_id))
        )
    said = look(world, campaign_id)
    assert said.never == {"do-not-call": 2}
    assert (said.waiting, said.now) == (6, 4)


def test_later_tries_meet_the_caps_and_the_first_that_binds_is_named(world: World) -> None:
    now = world.clock.now()
    many = {"retry": {"max_retries": 5, "delays_minutes": [30]}, "start": False}
    cap = {"most": 3, "per_hours": 720, "scope": "number"}
    said = look(
        world, world.campaign(7, caps=[{"most": 10, "per_hours": 24, "scope": "number"}, cap], **many)
    )
    assert said.calls == (7, 42), "nobody is skipped for a cap"
    (limit,) = said.limits
    assert (limit.number, limit.contacts, limit.reached.rule) == (4, 7, None)
    assert limit.until == now + timedelta(days=30), "when the first try has left the period"
    assert preflight.describe_limit(limit) == "3 calls in 30 days"
    assert said.finish is not None
    assert said.finish[0] < now + timedelta(hours=1)
    assert now + timedelta(days=30, hours=1) <= said.finish[1] < now + timedelta(days=31)
    # Before an end the calls are those that the rules leave.
    ends = (now + timedelta(days=3)).isoformat()
    said = look(world, world.campaign(7, caps=[cap], ends_at=ends, **many))
    assert said.calls == (7, 21)
    assert [limit.number for limit in said.limits] == [4]
    assert said.finish is not None
    assert said.finish[1] < now + timedelta(hours=2)
    assert said.ends_first, "the fourth try would come after it"


@pytest.mark.spoils
def test_tries_of_people_who_are_done_are_not_taken_from_those_who_wait(world: World) -> None:
    campaign_id = world.campaign(200, start=False, retry={"max_retries": 3, "delays_minutes": [0]})
    world.tick()
    world.act(campaign_id, "start")
    world.sql("UPDATE campaign_counters SET contacts_exhausted = 190, attempts_no_answer = 760")
    with world.session() as session:
        campaign = campaigns.get_campaign(session, campaign_id)
        before = preflight.compute_preflight(session, campaign, world.clock.now())
        shown = stats.compute_campaign_stats(session, campaign, world.clock.now())
    assert before.calls == (200, 800)
    assert shown.eta == before.finish


@pytest.mark.parametrize("soft_start", [None, 0])
def test_the_finish_before_the_start_is_that_of_the_live_page_after_it(
    world: World, soft_start: int | None
) -> None:
    """Also on a simulator that goes sixty times as fast as life, and where a soft start waits for somebody."""
    retry = {"max_retries": 3, "delays_minutes": [30, 120, 1440]}
    campaign_id = world.campaign(40, start=False, retry=retry, max_concurrent_calls=2)
    said = look(world, campaign_id).finish
    assert said is not None
    give_simulator_speed(world.db, 60.0)
    fast = look(world, campaign_id).finish
    assert fast is not None
    assert fast[0] - world.clock.now() < (said[0] - world.clock.now()) / 30
    world.act(campaign_id, "start", **({} if soft_start is None else {"soft_start": soft_start}))
    world.tick()
    with world.session() as session:
        campaign = campaigns.get_campaign(session, campaign_id)
        shown = stats.compute_campaign_stats(session, campaign, world.clock.now())
        before = preflight.compute_preflight(session, campaign, world.clock.now()).finish
    assert shown.eta is not None
    if soft_start is None:
        # A moment later two are being called, of whom nobody waits.
        assert all(
            abs(one - other) < timedelta(minutes=1) for one, other in zip(shown.eta, fast, strict=True)
        )
    else:
        assert shown.eta == before
