"""Receipts: they say why each call was allowed, and go on saying it after the rules have changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.services import (
    campaigns,
    confirmed_numbers,
    contacts,
    do_not_call,
    receipts,
    single_calls,
)
from tests.engine.people import DELHI, NEW_YORK, PARIS, SATURDAY, THEIRS, at
from tests.engine.world import BY, World
from tests.support.lists import Lists

PHONE = NEW_YORK


def receipt_of(world: World, attempt_id: int) -> dict[str, Any]:
    with world.session() as session:
        return receipts.receipt_to_api(receipts.make_receipt(session, attempt_id, world.clock.now()))


def call_once(world: World, status: AttemptStatus = AttemptStatus.COMPLETED) -> int:
    """One tick and the end of every call; the last attempt's id."""
    world.tick()
    world.provider.end_all(status)
    world.tick()
    return world.attempts()[-1].id


def checks_of(receipt: dict[str, Any]) -> dict[str, bool]:
    return {check["rule"]: check["allows"] for check in receipt["checks"]}


def test_a_receipt_says_in_one_sentence_why_the_call_was_allowed(world: World) -> None:
    at(world, SATURDAY)
    caps = [{"most": 3, "per_hours": 24}]
    campaign_id = world.campaign([PHONE], **THEIRS, caps=caps, min_gap_minutes=240, consent=None)
    receipt = receipt_of(world, call_once(world))
    assert receipt["sentence"] == (
        "Allowed: on Saturday 28 November 2026 it was 16:01 in New York (guessed from the number), when informational"
        " calls are allowed there (Mon–Sun 08:00–21:00), inside the campaign’s hours (Mon–Sun 09:00–21:00 in New York);"
        " the number was on no do-not-call list; it was call 1 of at most 3 in 24 hours; it was call 1 of at most 3 in"
        " 30 days (US federal: 47 CFR 64.1200(a)(3)(ii)–(iv)); no other campaign had called it in the 4 hours before."
    )
    assert receipt["verdict"] == "allowed"
    assert receipt["local_times"] == [{"zone": "America/New_York", "time": "2026-11-28T16:01:00-05:00"}]
    assert set(checks_of(receipt)) == {"do-not-call", "lists", "blackout", "hours", "how-often", "gap"}
    assert all(checks_of(receipt).values())
    assert receipt["campaign"] == {"id": campaign_id, "name": "Autumn"}
    assert receipt["started"] == {"action": "campaign.start", "at": "2026-11-28T21:01:00Z", "by": BY}
    assert receipt["rulebook"]["rules"]["purpose"] == "informational"
    assert receipt["unknown"] == []


def test_a_call_by_the_campaigns_own_clock_names_the_law_whose_hours_it_did_not_keep(world: World) -> None:
    at(world, datetime(2026, 11, 28, 4, 1, tzinfo=UTC))  # 22:01 on Friday in Omaha
    message = {"text": "This is Hill Clinic."}
    world.campaign(["+14025550123"], purpose="informational", caller_name="Hill Clinic", message=message)
    receipt = receipt_of(world, call_once(world))
    assert (
        "22:01 in Chicago and 21:01 in Denver (guessed from the number), and the campaign went by its own clock alone,"
        " which did not keep the hours of law there (Mon–Sun 08:00–21:00, Nebraska: Neb. Rev. Stat. 86-256; 291 NAC 11"
        " §3)" in receipt["sentence"]
    )
    hours = next(check for check in receipt["checks"] if check["rule"] == "hours")
    assert "the hours of law are not kept: Mon–Sun 08:00–21:00 in America/Chicago" in hours["says"]


def test_it_stays_the_same_after_edits_listing_and_later_calls(world: World) -> None:
    at(world, SATURDAY)
    campaign_id = world.campaign([PHONE], **THEIRS, caps=[{"most": 1, "per_hours": 1}])
    attempt_id = call_once(world, AttemptStatus.BUSY)
    before = receipt_of(world, attempt_id)
    world.clock.move(7200)
    call_once(world)
    if world.status(campaign_id) == "running":
        world.act(campaign_id, "pause")
    if world.status(campaign_id) == "completed":
        world.act(campaign_id, "reopen")
    with world.session() as session:
        data = {"purpose": "marketing", "caps": [{"most": 1, "per_hours": 700}], "subject": "Else"}
        campaigns.update_campaign(session, campaign_id, data, actor=BY, now=world.clock.now())
    world.forbid(PHONE)
    assert receipt_of(world, attempt_id) == before


def test_the_do_not_call_list_counts_as_it_stood(world: World) -> None:
    """Listed and removed before the call, then listed again after it: neither entry held then."""
    world.forbid(PHONE)
    world.clock.move(60)
    with world.session() as session:
        entry = do_not_call.tables.find_do_not_call_entry(session, PHONE, None)
        assert entry is not None
        do_not_call.remove_do_not_call_entry(
            session, entry.id, reason="asked to be called", actor=BY, now=world.clock.now()
        )
    world.clock.move(60)
    world.campaign([PHONE])
    attempt_id = call_once(world)
    world.clock.move(60)
    world.forbid(PHONE)
    assert receipt_of(world, attempt_id)["verdict"] == "allowed"


@pytest.mark.spoils
def test_a_call_to_a_number_whose_entry_was_removed_since_is_against_the_rules(world: World) -> None:
    world.campaign([PHONE])
    attempt_id = call_once(world)
    permitted = world.attempt(PHONE).dialing_at
    assert permitted is not None
    world.sql(
        """INSERT INTO do_not_call_removals (phone, source, added_by, created_at, removed_at, removed_by,
             removal_reason, unsuppressed) VALUES (:phone, 'operator', 'cli', :added, :removed, 'cli', 'x', 0)""",
        phone=PHONE,
        added=stamp(world, permitted - timedelta(minutes=1)),
        removed=stamp(world, permitted + timedelta(minutes=1)),
    )
    receipt = receipt_of(world, attempt_id)
    assert receipt["verdict"] == "against-rules"
    assert receipt["sentence"].endswith("and the number was on the do-not-call list.")
    assert world.broken()["I7"] == [f"attempt {attempt_id} was dialed while its number was listed"]


@pytest.mark.spoils
def test_a_call_to_a_number_of_a_list_is_found_by_receipt_and_check(world: World, tmp_path: Path) -> None:
    lists = Lists(world.db, world.clock, tmp_path)
    world.campaign([PHONE])
    before = call_once(world)
    world.clock.move(60)
    list_id = lists.new("FTC", [PHONE], kind="registry", countries=["US"], purposes=["informational"])
    assert world.broken() == {}
    world.sql(
        "UPDATE attempts SET dialing_at = :at", at=stamp(world, world.clock.now() + timedelta(seconds=1))
    )
    assert world.broken()["I7"] == [f"attempt {before} was dialed while its number was on the list FTC"]
    receipt = receipt_of(world, before)
    assert receipt["verdict"] == "against-rules"
    assert "the number was on the list FTC, as of 20 Nov 2026" in receipt["sentence"]
    world.clock.move(60)
    lists.change(list_id, purposes=["marketing"])
    assert world.broken()["I7"] == [f"attempt {before} was dialed while its number was on the list FTC"]


def stamp(world: World, when: Any) -> Any:
    return (
        when.replace(tzinfo=None).isoformat(" ", "microseconds")
        if world.db.dialect.name == "sqlite"
        else when
    )


@pytest.mark.spoils
def test_a_call_after_a_refusal_is_found_where_a_text_asks_for_silence(world: World) -> None:
    """France: nobody is called for 60 days after they refused, also where the entry was removed since."""
    at(world, datetime(2026, 11, 25, 10, 0, tzinfo=UTC))
    marketing = {
        **THEIRS,
        "purpose": "marketing",
        "timezone": "Europe/Paris",
        "caps": [],
        "min_gap_minutes": 0,
    }
    row = {"phone": PARIS, "consent": {"kind": "express"}}
    campaign_id = world.campaign([], **marketing)
    with world.session() as session:
        contacts.add_contacts(session, campaign_id, [row], actor=BY, now=world.clock.now())
    world.set_status(campaign_id, "running")
    attempt_id = call_once(world)
    assert receipt_of(world, attempt_id)["verdict"] == "allowed"
    assert world.broken() == {}
    refused = world.clock.now() - timedelta(days=30)
    world.sql(
        """INSERT INTO do_not_call_removals (phone, source, added_by, created_at, removed_at, removed_by,
             removal_reason, unsuppressed) VALUES (:phone, 'operator', 'cli', :added, :removed, 'cli', 'x', 0)""",
        phone=PARIS,
        added=stamp(world, refused),
        removed=stamp(world, refused + timedelta(days=1)),
    )
    receipt = receipt_of(world, attempt_id)
    assert receipt["verdict"] == "against-rules"
    assert "it is left in peace after an earlier call (France" in receipt["sentence"]
    [line] = world.broken()["I7"]
    assert line.startswith(f"attempt {attempt_id} to {PARIS} was dialed at")


@pytest.mark.spoils
def test_a_call_at_night_is_against_the_rules(world: World) -> None:
    at(world, SATURDAY)
    world.campaign([PHONE], **THEIRS)
    attempt_id = call_once(world)
    world.sql("UPDATE attempts SET dialing_at = :at", at=stamp(world, SATURDAY + timedelta(hours=8)))
    receipt = receipt_of(world, attempt_id)
    assert receipt["verdict"] == "against-rules"
    assert receipt["sentence"].startswith(
        "Against the rules: on Sunday 29 November 2026 it was 00:01 in New York"
    )
    assert not checks_of(receipt)["hours"]


def test_a_call_that_was_never_sent_says_which_rule_held_it(world: World) -> None:
    world.campaign([PHONE])
    claimed = world.claim()
    world.forbid(PHONE)
    assert world.permit(claimed.attempts) == []
    receipt = receipt_of(world, world.attempts()[-1].id)
    assert receipt["verdict"] == "not-sent"
    assert receipt["sentence"] == (
        "Not called: on Friday 20 November 2026 it was 10:00 in New York, and the call was not sent; the reason then:"
        " the number is on the do-not-call list."
    )


def test_a_claimed_call_waits_for_its_permit(world: World) -> None:
    world.campaign([PHONE])
    world.claim()
    assert receipt_of(world, world.attempts()[-1].id)["verdict"] == "waiting"


def place(world: World, to: str, *, test: bool = False) -> int:
    with world.session() as session:
        data = {"to": to, "message": {"text": "Hello"}, "provider": "simulator"}
        return single_calls.place_single_call(session, data, actor=BY, now=world.clock.now(), test=test).id


def test_a_single_call_and_a_test_call_have_a_receipt(world: World) -> None:
    attempt_id = place(world, PHONE)
    call_once(world)
    receipt = receipt_of(world, attempt_id)
    assert receipt["verdict"] == "allowed"
    assert receipt["campaign"] is None
    assert receipt["started"] is None
    assert "it was call 1 of at most 3 in 24 hours" in receipt["sentence"]
    with world.session() as session:
        confirmed_numbers.confirm_number(session, DELHI, actor=BY, now=world.clock.now())
    test_id = place(world, DELHI, test=True)
    call_once(world)
    receipt = receipt_of(world, test_id)
    assert receipt["verdict"] == "exempt"
    assert "test call to a number that somebody who works here had confirmed" in receipt["sentence"]


def test_a_call_of_before_there_were_rulebooks_says_what_is_not_kept(world: World) -> None:
    world.campaign([PHONE])
    attempt_id = call_once(world)
    world.sql("UPDATE attempts SET rulebook_id = NULL, profile_id = NULL")
    world.sql("DELETE FROM audit WHERE action = 'campaign.start'")
    receipt = receipt_of(world, attempt_id)
    assert receipt["verdict"] == "unknown"
    assert receipt["unknown"] == [
        "who started the campaign is not kept",
        "by which rules it was permitted is not kept of this call",
    ]


def test_the_receipts_of_a_person_count_the_calls_of_all_campaigns(world: World) -> None:
    for name in ("First", "Second"):
        world.campaign([PHONE], name=name, caps=[{"most": 5, "per_hours": 24}], min_gap_minutes=5)
        call_once(world)
        world.clock.move(600)
    with world.session() as session:
        document = receipts.export_receipts(session, PHONE, actor=BY, now=world.clock.now())
    assert [receipt["campaign"]["name"] for receipt in document["receipts"]] == ["First", "Second"]
    second = document["receipts"][1]["sentence"]
    assert "it was call 2 of at most 5 in 24 hours" in second
    assert "the last call of another campaign was 10 minutes before, and 5 minutes have to pass" in second
    assert world.audit()[-1].action == "receipts.export"
