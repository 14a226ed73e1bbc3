"""Rule packs: a change of what rules are in use reaches campaigns that may still call, and leaves the past alone."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import select

from campaign_app.domain.errors import InvalidInput, NotFound, StateConflict
from campaign_app.domain.packs import PackEdition
from campaign_app.domain.rulebook import Purpose
from campaign_app.models import Campaign, PackEditionRow, PackRow, RulebookRow
from campaign_app.rules import load_shipped_packs
from campaign_app.services import pack_editions, receipts, rule_packs
from campaign_app.services.pack_limits import find_usual_hours
from tests.engine.people import DELHI, NEW_YORK, SATURDAY, THEIRS, at, dialed
from tests.engine.world import BY, World
from tests.support.shipped_packs import ship
from tests.support.waiting import wait_until

OURS, OPTIONAL, LAW, FLOOR = "default/marketing-hours", "us-ky/hours", "us-fl/hours", "default/daytime"
MARKETING = {**THEIRS, "purpose": "marketing"}
PACK = """name = "acme"
title = "Acme house rules"
group = "Own"
places = ["IN", "US"]
checked_on = 2026-11-01

[[rules]]
id = "hours"
title = "Mornings"
status = "code"
source = "house rules"
applies_when = { purposes = ["informational"] }
hours = [{ start = "09:00", end = "12:00" }]
examples = [
  { place = "US", zone = "America/New_York", purpose = "informational", at = 2026-07-06T11:00:00, allowed = true },
]
"""


def sync(world: World) -> bool:
    with world.session() as session:
        return rule_packs.sync_shipped_packs(session, world.clock.now())


def switch(world: World, rule: str, *, on: bool, reason: object = "we are no member") -> None:
    with world.session() as session:
        rule_packs.switch_rule(session, rule, on=on, reason=reason, actor=BY, now=world.clock.now())


def add(world: World, text: object = PACK) -> str:
    with world.session() as session:
        return rule_packs.add_own_pack(session, text, actor=BY, now=world.clock.now()).key


def remove(world: World, name: str, reason: object = "out of date") -> None:
    with world.session() as session:
        rule_packs.remove_own_pack(session, name, reason=reason, actor=BY, now=world.clock.now())


def edition(world: World) -> PackEdition:
    with world.session() as session:
        return pack_editions.load_edition(session)


def changes(world: World) -> list[str]:
    """What was done, oldest first."""
    with world.session() as session:
        return list(session.scalars(select(PackEditionRow.change).order_by(PackEditionRow.id)))


def rules_of(world: World, campaign_id: int) -> dict[str, Any]:
    """The body of a campaign's present rulebook."""
    with world.session() as session:
        campaign = session.get_one(Campaign, campaign_id)
        assert campaign.rulebook_id is not None
        return {"switched_off": [], **session.get_one(RulebookRow, campaign.rulebook_id).body}


def count_rulebooks(world: World, campaign_id: int) -> int:
    [(count,)] = world.sql("SELECT count(*) FROM rulebooks WHERE campaign_id = :id", id=campaign_id)
    return int(count)


def test_the_first_start_takes_the_shipped_packs_into_use_and_the_next_changes_nothing(world: World) -> None:
    assert sync(world)
    assert edition(world).packs == tuple(each.pack.key for each in load_shipped_packs())
    with world.session() as session:
        kept = {f"{row.name}@{row.version}": row.text for row in session.scalars(select(PackRow))}
    assert kept == {each.pack.key: each.text for each in load_shipped_packs()}
    assert not sync(world)
    assert changes(world) == ["the packs of this version"]


def test_an_upgrade_gives_new_rules_to_whoever_may_still_call_and_judges_old_calls_by_the_old(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    at(world, SATURDAY)
    sync(world)
    running = world.campaign([NEW_YORK], **THEIRS)
    world.tick()
    world.provider.end_all()
    world.tick()
    call = world.attempts(running)[-1].id
    done = world.campaign(["+12125550124"], **THEIRS)
    world.finish(done)
    draft, paused = (world.campaign(["+12125550125"], start=False, **THEIRS) for _ in range(2))
    world.act(paused, "start")
    world.act(paused, "pause")
    assert world.status(running) == "completed"
    world.act(running, "reopen")
    world.add(running, ["+12125550126"])
    before = rules_of(world, running)
    count = count_rulebooks(world, running)
    with world.session() as session:
        receipt = receipts.receipt_to_api(receipts.make_receipt(session, call, world.clock.now()))
    assert "Mon–Sun 08:00–21:00" in receipt["sentence"]
    old = next(key for key in edition(world).packs if key.startswith("default@"))

    new = ship(monkeypatch, "default", 'hours = [{ start = "08:00"', 'hours = [{ start = "18:00"')
    assert sync(world)
    assert not sync(world)
    for campaign_id in (running, draft, paused):
        assert new in rules_of(world, campaign_id)["packs"], campaign_id
    assert old in rules_of(world, done)["packs"]
    assert count_rulebooks(world, running) == count + 1
    assert old in before["packs"]
    # 16:xx in New York: by the new text nobody is called any more, and the old call stays right.
    world.act(running, "resume")
    world.tick(3)
    assert "+12125550126" not in dialed(world)
    with world.session() as session:
        assert receipts.receipt_to_api(receipts.make_receipt(session, call, world.clock.now())) == receipt
    assert world.broken() == {}
    with world.session() as session:
        texts = set(session.scalars(select(PackRow.version).where(PackRow.name == "default")))
    assert {key.partition("@")[2] for key in (old, new)} <= texts


def test_an_upgrade_keeps_switches_of_rules_that_are_still_there_and_packs_of_ones_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(world)
    switch(world, OURS, on=False)
    switch(world, OPTIONAL, on=True)
    own = add(world)
    ship(monkeypatch, "us-ky", 'id = "hours"', 'id = "other-hours"')
    assert sync(world)
    now = edition(world)
    assert (now.switched_off, now.switched_on) == ((OURS,), ())
    assert now.packs[-1] == own


def test_a_rule_is_switched_off_and_on_again_and_campaigns_follow_at_once(world: World) -> None:
    at(world, SATURDAY)
    campaign_id = world.campaign([DELHI], **MARKETING)
    assert rules_of(world, campaign_id)["switched_off"] == []
    switch(world, OURS, on=False, reason="  we call\non Sundays ")
    assert edition(world).switched_off == (OURS,)
    assert rules_of(world, campaign_id)["switched_off"] == [OURS]
    with world.session() as session:
        [switched] = pack_editions.load_present_packs(session).switches
    assert (switched.by, switched.reason) == (BY, "we call on Sundays")
    with pytest.raises(StateConflict, match="is off already"):
        switch(world, OURS, on=False)
    switch(world, OURS, on=True)
    assert edition(world).switched_off == ()
    assert rules_of(world, campaign_id)["switched_off"] == []
    with pytest.raises(StateConflict, match="is on already"):
        switch(world, OURS, on=True)
    audited = [(each.action, each.object_id, each.detail["reason"]) for each in world.audit()[-2:]]
    assert audited == [
        ("rule.switch_off", OURS, "we call on Sundays"),
        ("rule.switch_on", OURS, "we are no member"),
    ]


def test_an_optional_rule_is_switched_on_and_off_again(world: World) -> None:
    switch(world, OPTIONAL, on=True)
    assert edition(world).switched_on == (OPTIONAL,)
    switch(world, OPTIONAL, on=False)
    assert edition(world).switched_on == ()
    with pytest.raises(StateConflict, match="is off already"):
        switch(world, OPTIONAL, on=False)


@pytest.mark.parametrize("rule, kind", [(LAW, "law"), (FLOOR, "the installation’s floor")])
def test_law_and_the_floor_stay_on(world: World, rule: str, kind: str) -> None:
    with pytest.raises(StateConflict, match=f"{rule} is {kind} and cannot be switched off"):
        switch(world, rule, on=False)
    assert changes(world) == []


@pytest.mark.parametrize("rule", ["us-fl/nothing", "nowhere/hours", "", "us-fl"])
def test_a_rule_that_nobody_has_is_not_found(world: World, rule: str) -> None:
    with pytest.raises(NotFound, match="there is no rule"):
        switch(world, rule, on=False)


@pytest.mark.parametrize("reason", [None, "", " \n ", 7, "x" * 501])
def test_a_switch_and_a_removal_need_a_reason(world: World, reason: object) -> None:
    add(world)
    for attempt in (
        lambda: switch(world, OURS, on=False, reason=reason),
        lambda: remove(world, "acme", reason),
    ):
        with pytest.raises(InvalidInput) as caught:
            attempt()
        assert [error.field for error in caught.value.errors] == ["reason"]
    assert changes(world) == ["acme added"]


def test_a_pack_of_ones_own_is_added_replaced_and_removed(world: World) -> None:
    at(world, SATURDAY)
    campaign_id = world.campaign([NEW_YORK], **THEIRS)
    first = add(world)
    assert first in rules_of(world, campaign_id)["packs"]
    world.tick(2)
    assert dialed(world) == set()  # 16:01 is no morning
    with pytest.raises(StateConflict, match="is already in use, with exactly this text"):
        add(world)
    second = add(world, PACK.replace('end = "12:00"', 'end = "20:00"'))
    assert [key for key in edition(world).packs if key.startswith("acme@")] == [second]
    assert second != first
    world.clock.move(60)
    world.tick(2)
    assert dialed(world) == {NEW_YORK}
    remove(world, "acme")
    assert all(not key.startswith("acme@") for key in edition(world).packs)
    assert changes(world) == ["acme added", "acme replaced", "acme removed: out of date"]
    with pytest.raises(NotFound, match="there is no pack acme"):
        remove(world, "acme")
    # What it said stays, for the call that was made under it.
    with world.session() as session:
        assert len(list(session.scalars(select(PackRow).where(PackRow.name == "acme")))) == 2


def test_a_replaced_pack_takes_the_switches_of_its_lost_rules_with_it(world: World) -> None:
    add(world)
    switch(world, "acme/hours", on=False)
    add(world, PACK.replace('id = "hours"', 'id = "mornings"'))
    assert edition(world).switched_off == ()


def test_the_name_of_a_shipped_pack_is_refused_for_ones_own(world: World) -> None:
    with pytest.raises(StateConflict, match="the pack us-fl comes with Switchboard: give yours another name"):
        add(world, PACK.replace('name = "acme"', 'name = "us-fl"'))
    with pytest.raises(InvalidInput, match="default is the installation's own"):
        add(world, PACK.replace('name = "acme"', 'name = "default"'))
    with pytest.raises(StateConflict, match="comes with Switchboard: switch off its rules"):
        remove(world, "us-fl")
    assert changes(world) == []


@pytest.mark.parametrize(
    "old, new, field, message",
    [
        ('end = "12:00"', 'end = "10:30"', "rules[0].examples[0]", "does not allow this call"),
        ('start = "09:00", end = "12:00"', 'start = "05:00", end = "07:00"', "rules[0].hours", "never meet"),
        ("hours = [", "horus = [", "rules[0].horus", "(line 13)"),
        (PACK, "name = = 1", "pack", "this is not TOML"),
        (PACK, " ", "pack", "the text of a pack file"),
        (PACK, "#" * 300_000, "pack", "300,000 characters; 200,000 at the most"),
    ],
)
def test_a_wrong_file_is_named_at_its_part_and_changes_nothing(
    world: World, old: str, new: str, field: str, message: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        add(world, PACK.replace(old, new))
    found = {error.field: error.message for error in caught.value.errors}
    assert message in found[field]
    assert changes(world) == []


def test_a_pack_of_ones_own_can_leave_after_an_upgrade_came_with_its_name(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync(world)
    own = add(world)
    ship(monkeypatch, "us-ky", 'name = "us-ky"', 'name = "acme"')
    sync(world)
    assert own in edition(world).packs
    remove(world, "acme")
    assert [key for key in edition(world).packs if key.startswith("acme@")] != [own]
    assert own not in edition(world).packs


WAITS = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"


@pytest.mark.postgres_only
def test_of_two_switches_at_once_both_count(world: World) -> None:
    sync(world)
    with world.session() as session:
        rule_packs.switch_rule(session, OURS, on=False, reason="one", actor=BY, now=world.clock.now())
        other = threading.Thread(target=lambda: switch(world, OPTIONAL, on=True))
        other.start()
        wait_until(lambda: world.sql(WAITS) == [(1,)], "the other switch to wait")
    other.join(timeout=60)
    now = edition(world)
    assert (now.switched_off, now.switched_on) == ((OURS,), (OPTIONAL,))


@pytest.mark.postgres_only
def test_a_campaign_of_the_moment_of_a_switch_starts_by_the_new_rules(world: World) -> None:
    """The switch cannot see a campaign that was not there when it looked, so the start waits for it."""
    at(world, SATURDAY)
    sync(world)
    with world.session() as session:
        rule_packs.switch_rule(session, OURS, on=False, reason="one", actor=BY, now=world.clock.now())
        campaign_id = world.campaign([DELHI], start=False, **MARKETING)
        assert rules_of(world, campaign_id)["switched_off"] == []
        start = threading.Thread(target=lambda: world.act(campaign_id, "start"))
        start.start()
        wait_until(lambda: world.sql(WAITS) == [(1,)], "the start to wait")
    start.join(timeout=60)
    assert world.status(campaign_id) == "running"
    assert rules_of(world, campaign_id)["switched_off"] == [OURS]


def test_the_form_tells_the_installations_hours_as_they_are_switched() -> None:
    on, off = PackEdition(), PackEdition(switched_off=("default/marketing-hours",))
    assert find_usual_hours(on, Purpose.MARKETING).holidays_closed
    assert find_usual_hours(off, Purpose.MARKETING) == find_usual_hours(on, Purpose.SURVEY)
