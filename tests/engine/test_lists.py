"""Lists bind the calls they apply to: at the claim, the permit, for single calls and transfers, and in what is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from campaign_app.domain.errors import StateConflict
from campaign_app.models import Contact
from campaign_app.services import contacts, explanations, single_calls, transfer_permits
from campaign_app.services.never_called import export_never_called
from campaign_app.services.preflight import compute_preflight
from tests.engine.people import dialed
from tests.engine.world import BY, World, phones
from tests.support.lists import Lists

BINDS_ALL_OF_OURS: dict[str, Any] = {
    "kind": "registry",
    "countries": ["US"],
    "purposes": ["informational"],
}
"""A registry of the purpose that the world's campaigns have."""


@pytest.fixture
def lists(world: World, tmp_path: Path) -> Lists:
    return Lists(world.db, world.clock, tmp_path / "uploads")


def test_who_is_on_a_list_is_taken_out_of_the_queue_and_never_called(world: World, lists: Lists) -> None:
    numbers = phones(6)
    campaign_id = world.campaign(numbers)
    list_id = lists.new("Litigators", numbers[:2])
    assert world.contacts(campaign_id) == {"suppressed": 2, "pending": 4}
    assert world.contact(numbers[0]).suppressed_by == f"list:{list_id}"
    assert world.finish(campaign_id) == "completed"
    assert dialed(world) == set(numbers[2:])


def test_a_number_listed_between_claim_and_permit_is_not_called(world: World, lists: Lists) -> None:
    numbers = phones(3)
    campaign_id = world.campaign(numbers)
    list_id = lists.add()
    claimed = world.claim().attempts
    lists.load(list_id, numbers[:1])
    permitted = world.permit(claimed)
    assert {attempt.phone for attempt in permitted} == set(numbers[1:])
    attempt, contact = world.attempt(numbers[0]), world.contact(numbers[0])
    assert (attempt.status, attempt.cause) == ("released", "the number is on the list Litigators")
    assert (contact.status, contact.suppressed_by, contact.due_at) == ("suppressed", f"list:{list_id}", None)
    world.send(permitted)
    world.finish(campaign_id)


def test_a_registry_binds_its_purposes_in_its_country_and_consent_excuses_it(
    world: World, lists: Lists
) -> None:
    american, british = phones(4), "+442079460018"
    bound = world.campaign([*american, british])
    free = world.campaign(american[:1], purpose="emergency", name="Flood")
    with world.session() as session:
        contacts.add_contacts(
            session,
            bound,
            [{"phone": "+12125550177", "consent": {"kind": "express", "at": "2026-01-01"}}],
            actor=BY,
            now=world.clock.now(),
        )
    lists.new(
        "US registry",
        [american[0], american[1], british, "+12125550177"],
        **BINDS_ALL_OF_OURS,
    )
    lists.upkeep()
    assert world.contact(american[0], bound).status == "suppressed"
    assert world.contact(american[1]).status == "suppressed"
    assert world.contact(british).status == "pending"
    assert world.contact("+12125550177").status == "pending"
    assert world.contact(american[0], free).status == "pending"
    world.tick()
    assert dialed(world) == {american[0], american[2], american[3], british, "+12125550177"}


def test_a_campaign_without_a_purpose_counts_as_marketing(world: World, lists: Lists) -> None:
    numbers = phones(2)
    campaign_id = world.campaign(numbers, purpose=None, start=False)
    lists.new("US registry", numbers[:1], kind="registry", countries=["US"])
    assert world.contacts(campaign_id) == {"suppressed": 1, "pending": 1}


def test_a_new_purpose_lets_a_registry_go(world: World, lists: Lists) -> None:
    from campaign_app.services import campaigns

    numbers = phones(2)
    campaign_id = world.campaign(numbers, purpose="marketing", clock="both", start=False)
    lists.new("US registry", numbers[:1], kind="registry", countries=["US"])
    assert world.contacts(campaign_id) == {"suppressed": 1, "pending": 1}
    with world.session() as session:
        campaigns.update_campaign(
            session, campaign_id, {"purpose": "informational"}, actor=BY, now=world.clock.now()
        )
    lists.upkeep()
    assert world.contacts(campaign_id) == {"pending": 2}


def test_a_list_that_is_too_old_blocks_those_it_applies_to(world: World, lists: Lists) -> None:
    numbers = [*phones(2), "+442079460018"]
    campaign_id = world.campaign(numbers)
    list_id = lists.new("US registry", ["+12125559999"], as_of="2026-10-20", **BINDS_ALL_OF_OURS)
    assert lists.view(list_id).blocks is False  # 31 days
    world.clock.move(24 * 3600)
    assert lists.view(list_id).blocks is True
    world.tick(3)
    assert dialed(world) == {"+442079460018"}
    [reason] = [each for each in world.reasons(campaign_id) if each.code == "list-stale"]
    assert reason.contacts == 2
    assert reason.params["list"] == "US registry is 32 days old; 31 are allowed"
    with Session(world.db) as session:
        campaign = world.row(campaign_id)
        result = compute_preflight(session, session.merge(campaign), world.clock.now())
        assert result.never == {"list-stale": 2}
        assert result.stale_lists == ["US registry is 32 days old; 31 are allowed"]
        answer = explanations.explain_contact(
            session, session.merge(world.contact(numbers[0])), world.clock.now()
        )
        assert "list-stale" in {each.code for each in answer.reasons}
    lists.load(list_id, ["+12125559999"], as_of="2026-11-20")
    world.clock.move(6)
    world.tick(2)
    assert dialed(world) == set(numbers)


def test_a_list_that_turns_too_old_between_claim_and_permit_blocks(world: World, lists: Lists) -> None:
    numbers = phones(2)
    world.campaign(numbers)
    lists.new("US registry", ["+12125559999"], as_of="2026-10-20", **BINDS_ALL_OF_OURS)
    claimed = world.claim().attempts
    world.clock.move(9 * 3600)  # past midnight
    assert world.permit(claimed) == []
    assert world.attempt(numbers[0]).cause == "US registry is 32 days old; 31 are allowed"
    assert world.contact(numbers[0]).status == "pending"


def test_a_list_that_only_warns_goes_on(world: World, lists: Lists) -> None:
    numbers = phones(2)
    campaign_id = world.campaign(numbers)
    lists.new("US registry", numbers[:1], as_of="2026-01-01", on_stale="warn", **BINDS_ALL_OF_OURS)
    with Session(world.db) as session:
        result = compute_preflight(session, session.merge(world.row(campaign_id)), world.clock.now())
    assert result.stale_lists == ["US registry is 323 days old; 31 are allowed"]
    world.tick()
    assert dialed(world) == {numbers[1]}


def test_who_is_on_the_new_version_no_more_becomes_due_again(world: World, lists: Lists) -> None:
    numbers = phones(4)
    campaign_id = world.campaign(numbers, start=False)
    list_id = lists.new("Litigators", numbers[:2])
    item = lists.load(list_id, [numbers[1], numbers[2]], dry_run=True)
    assert item.check_result is not None
    told = {name: item.check_result[name] for name in ("new", "added", "removed", "held", "again")}
    assert told == {"new": 2, "added": 1, "removed": 1, "held": 1, "again": 1}
    assert world.contacts(campaign_id) == {"suppressed": 2, "pending": 2}  # nothing yet
    assert lists.commit(item.id).status == "completed"
    assert world.contact(numbers[0]).status == "pending"
    assert world.contact(numbers[1]).status == "suppressed"
    assert world.contact(numbers[2]).status == "suppressed"
    assert [(each.state, each.numbers) for each in lists.versions(list_id)] == [
        ("current", 2),
        ("replaced", 2),
    ]
    lists.upkeep()
    assert world.sql("SELECT count(*) FROM list_numbers") == [(2,)]


def test_a_contact_that_leaves_a_list_stays_out_for_do_not_call_or_another_list(
    world: World, lists: Lists
) -> None:
    numbers = phones(3)
    world.campaign(numbers, start=False)
    first = lists.new("First", numbers)
    second = lists.new("Second", numbers[:1])
    world.forbid(numbers[1])
    lists.delete(first)
    lists.upkeep()
    assert world.contact(numbers[0]).suppressed_by == f"list:{second}"
    assert world.contact(numbers[1]).suppressed_by == "do-not-call"
    assert world.contact(numbers[2]).status == "pending"


def test_a_deleted_list_gives_its_contacts_back_and_leaves_nothing_but_its_versions(
    world: World, lists: Lists
) -> None:
    numbers = phones(3)
    campaign_id = world.campaign(numbers, start=False)
    list_id = lists.new("Litigators", numbers[:2])
    assert lists.delete(list_id) == 2
    lists.upkeep()
    assert world.contacts(campaign_id) == {"pending": 3}
    assert lists.item(list_id) is None
    assert world.sql("SELECT count(*) FROM list_numbers") == [(0,)]
    assert world.sql("SELECT state FROM list_versions") == [("replaced",)]
    lists.new("Litigators", numbers[:1])  # its name is free


def test_contacts_that_are_added_later_are_swept_too(world: World, lists: Lists) -> None:
    numbers = phones(4)
    lists.new("Litigators", numbers[2:])
    campaign_id = world.campaign(numbers, start=False)
    with Session(world.db) as session:
        # Before the sweep, too, the start's question knows of them.
        campaign = session.merge(world.row(campaign_id))
        assert compute_preflight(session, campaign, world.clock.now()).never == {"list:1": 2}
        lines = b"".join(export_never_called(session, campaign, "list:1", world.clock.now())).decode()
        assert lines.count("list:1") == 2
    lists.upkeep()
    assert world.contacts(campaign_id) == {"suppressed": 2, "pending": 2}
    with Session(world.db) as session:
        campaign = session.merge(world.row(campaign_id))
        assert compute_preflight(session, campaign, world.clock.now()).suppressed == {"list:1": 2}
        lines = b"".join(export_never_called(session, campaign, "list:1", world.clock.now())).decode()
        assert [line.split(",")[0].strip("'") for line in lines.splitlines()[1:]] == numbers[2:]
        do_not_call = b"".join(export_never_called(session, campaign, "do-not-call", world.clock.now()))
        assert len(do_not_call.splitlines()) == 1


def test_single_calls_test_calls_and_transfers_keep_to_lists(world: World, lists: Lists) -> None:
    listed, free = "+12125550142", "+12125550143"
    lists.new("Litigators", [listed])
    lists.new("UK registry", ["+442079460018"], kind="registry", countries=["GB"], purposes=["survey"])
    with world.session() as session:
        with pytest.raises(StateConflict, match="on the list Litigators"):
            single_calls.place_single_call(
                session, {"to": listed, "message": "Hi"}, actor=BY, now=world.clock.now()
            )
        with pytest.raises(StateConflict, match="on the list UK registry"):
            single_calls.place_single_call(
                session,
                {"to": "+442079460018", "message": "Hi", "purpose": "survey"},
                actor=BY,
                now=world.clock.now(),
            )
        with pytest.raises(StateConflict, match="on the list Litigators"):
            single_calls.place_test_call_on_trunk(
                session, "simulator", listed, actor=BY, now=world.clock.now()
            )
        call = single_calls.place_single_call(
            session, {"to": free, "message": "Hi"}, actor=BY, now=world.clock.now()
        )
        refusal = transfer_permits.find_transfer_refusal(session, call.token, listed, world.clock.now())
        assert refusal == "the number is on the list Litigators"
        assert transfer_permits.find_transfer_refusal(session, call.token, free, world.clock.now()) is None
    # Listed in the meantime, and refused at the permit.
    lists.new("Other", [free], kind="other")
    world.tick()
    assert world.provider.placed == []
    assert world.attempt(free).cause == "the number is on the list Other"


def test_why_names_the_list_and_its_day(world: World, lists: Lists) -> None:
    numbers = phones(2)
    world.campaign(numbers)
    list_id = lists.new("Litigators", numbers[:1], as_of="2026-11-12")
    with Session(world.db) as session:
        [contact] = session.query(Contact).filter_by(phone=numbers[0])
        [reason] = explanations.explain_contact(session, contact, world.clock.now()).reasons
        assert (reason.code, reason.list_id) == ("listed", list_id)
        assert reason.sentence == "the number is on the list Litigators, as of 12 Nov 2026"
        answer = explanations.explain_single_call(session, numbers[0], world.clock.now())
        assert "listed" in {each.code for each in answer.reasons}


def test_taking_a_number_off_do_not_call_does_not_take_it_off_a_list(world: World, lists: Lists) -> None:
    from campaign_app.models import DoNotCall
    from campaign_app.services import do_not_call

    [number] = phones(1)
    world.campaign([number], start=False)
    lists.new("Litigators", [number])
    world.forbid(number)
    with world.session() as session:
        [entry] = session.query(DoNotCall)
        do_not_call.remove_do_not_call_entry(
            session, entry.id, reason="asked", unsuppress=True, actor=BY, now=world.clock.now()
        )
    assert world.contact(number).status == "suppressed"
