"""What callees do: keys, opt-outs, how the call went, and how long the detection took."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.attempt import AttemptStatus as S
from campaign_app.domain.attempt import CallUpdate
from campaign_app.domain.script import Disposition as D
from campaign_app.models import DoNotCall
from campaign_app.services import contact_changes, contacts
from tests.engine.world import BY, World, phones


def facets(world: World, campaign_id: int) -> dict[str, int]:
    rows = world.sql(
        "SELECT response, n FROM response_counts WHERE campaign_id = :id AND n <> 0", id=campaign_id
    )
    return {row.response: row.n for row in rows}


def listed(world: World) -> list[DoNotCall]:
    with Session(world.db) as session:
        return list(session.scalars(select(DoNotCall)))


def one_call(world: World, **more: Any) -> tuple[int, str, str]:
    """A campaign with one open call: (campaign, number, token)."""
    [phone] = phones(1)
    campaign_id = world.campaign([phone], **more)
    world.tick()
    return campaign_id, phone, world.provider.token_of(phone)


def test_the_opt_out_key_lists_the_number_at_once_for_every_campaign(world: World) -> None:
    campaign_id, phone, token = one_call(world)
    other = world.campaign([phone, *phones(1, 5)], start=False)
    world.provider.tell(token, S.IN_PROGRESS, key="9", disposition=D.OPTED_OUT)
    world.tick()
    [entry] = listed(world)
    assert (entry.phone, entry.campaign_id, entry.source) == (phone, None, "keypress")
    assert world.contact(phone, other).status == "suppressed"
    assert [e.actor for e in world.audit() if e.action == "do-not-call.add"] == ["callee"]
    world.provider.tell(token, S.COMPLETED, disposition=D.PLAYED)
    world.tick()
    attempt = world.attempt(phone)
    assert (attempt.status, attempt.key, attempt.disposition) == ("completed", "9", D.OPTED_OUT)
    assert facets(world, campaign_id) == {"disposition:opted-out": 1, "key:9": 1}


def test_never_call_me_binds_every_number_of_the_person(world: World) -> None:
    """By the key, and by an operator: the other numbers of the row are listed too, and a known id stays known."""
    pressed, mobile, written, office, third = phones(5)
    person = {"phone": pressed, "second_numbers": [mobile], "external_id": "p1"}
    other = {"phone": written, "second_numbers": [office, mobile], "external_id": "p2"}
    campaign_id = world.campaign(0)
    elsewhere = world.campaign([mobile, office, third], start=False)
    with world.session() as session:
        contacts.add_contacts(session, campaign_id, [person, other], actor=BY, now=world.clock.now())
    world.act(campaign_id, "start")
    world.tick()
    world.provider.tell(world.provider.token_of(pressed), S.IN_PROGRESS, key="9", disposition=D.OPTED_OUT)
    world.tick()
    assert {entry.phone: entry.reason for entry in listed(world)} == {
        pressed: f"pressed the opt-out key in campaign {campaign_id}",
        mobile: f"the same person pressed the opt-out key in campaign {campaign_id}",
    }
    assert world.contact(mobile, elsewhere).status == "suppressed"

    with world.session() as session:
        ids = [world.contact(written).id]
        contact_changes.never_call(session, campaign_id, ids, reason="asked", actor=BY, now=world.clock.now())
    assert {entry.phone for entry in listed(world)} == {pressed, mobile, written, office}
    assert world.contacts(elsewhere) == {"suppressed": 2, "pending": 1}
    again = [
        {"phone": mobile, "external_id": "p1"},
        {"phone": third, "external_id": "p1"},
        {"phone": phones(1, 6)[0], "external_id": "p3"},
        {"phone": phones(1, 7)[0], "external_id": "p3"},
    ]
    with world.session() as session:
        added = contacts.add_contacts(session, campaign_id, again, actor=BY, now=world.clock.now())
    assert (added.accepted, added.do_not_call, added.already_in_campaign, added.repeated) == (1, 1, 1, 1)


def test_an_opt_out_reported_twice_or_late_is_one_entry(world: World) -> None:
    campaign_id, phone, token = one_call(world)
    world.provider.tell(token, S.COMPLETED, disposition=D.PLAYED)
    world.tick()
    late = CallUpdate(token, S.IN_PROGRESS, world.clock.now(), key="9", disposition=D.OPTED_OUT)
    for _ in range(3):
        world.provider.deliver(late)
        world.tick()
    assert len(listed(world)) == 1
    assert facets(world, campaign_id) == {"disposition:opted-out": 1, "key:9": 1}
    assert world.attempt(phone).disposition == D.OPTED_OUT


def test_an_opt_out_before_a_failed_call_keeps_the_contact_from_its_retry(world: World) -> None:
    _, phone, token = one_call(world)
    world.provider.tell(token, S.IN_PROGRESS, key="9", disposition=D.OPTED_OUT)
    world.provider.tell(token, S.FAILED, cause="the line broke")
    world.tick()
    assert world.contact(phone).status == "suppressed"


def test_a_survey_counts_answers_and_what_was_heard(world: World) -> None:
    campaign_id = world.campaign(phones(4))
    world.tick()
    told: list[tuple[str | None, D]] = [
        ("1", D.RESPONDED),
        ("2", D.RESPONDED),
        ("1", D.RESPONDED),
        (None, D.CUT_SHORT),
    ]
    for phone, (key, disposition) in zip(phones(4), told, strict=True):
        token = world.provider.token_of(phone)
        if key is not None:
            world.provider.tell(token, S.IN_PROGRESS, key=key, disposition=disposition, detected_after=1.5)
        world.provider.tell(token, S.COMPLETED, disposition=disposition)
    world.tick()
    assert facets(world, campaign_id) == {
        "disposition:answered": 3,
        "disposition:hung-up-early": 1,
        "key:1": 2,
        "key:2": 1,
        "detections": 3,
        "detection-ms": 4500,
    }


STEPS = (
    {"status": S.IN_PROGRESS, "detected_after": 1.8},
    {"status": S.IN_PROGRESS, "key": "2", "disposition": D.RESPONDED},
    {"status": S.COMPLETED, "disposition": D.PLAYED},
)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_updates_in_any_order_give_the_same_result(world: World, order: tuple[int, ...]) -> None:
    campaign_id, phone, token = one_call(world)
    for place in order:
        step = dict(STEPS[place])
        world.provider.deliver(
            CallUpdate(token, at=world.clock.now() + timedelta(seconds=place), **step)  # type: ignore[arg-type]
        )
        world.tick()
    attempt = world.attempt(phone)
    assert (attempt.status, attempt.key, attempt.disposition, attempt.detect_ms) == (
        "completed",
        "2",
        D.RESPONDED,
        1800,
    )
    assert facets(world, campaign_id) == {
        "disposition:answered": 1,
        "key:2": 1,
        "detections": 1,
        "detection-ms": 1800,
    }


def test_an_opt_out_is_believed_even_of_a_call_that_we_took_back(world: World) -> None:
    """It cannot be, but if it is: the number is listed, and nothing else changes."""
    [phone] = phones(1)
    campaign_id = world.campaign([phone])
    [claimed] = world.claim().attempts
    world.act(campaign_id, "pause")
    world.clock.move(60)
    world.tick()
    assert world.attempt(phone).status == "released"
    world.provider.deliver(
        CallUpdate(claimed.token, S.IN_PROGRESS, world.clock.now(), key="9", disposition=D.OPTED_OUT)
    )
    world.tick()
    assert [entry.phone for entry in listed(world)] == [phone]
    assert (world.attempt(phone).status, world.attempt(phone).key) == ("released", None)
    assert facets(world, campaign_id) == {}
