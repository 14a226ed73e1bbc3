"""Contacts added by list: every item is in exactly one count, and wrong ones are told one by one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from campaign_app.domain.errors import InvalidInput, NotFound, StateConflict
from campaign_app.services import contacts
from campaign_app.services.contacts import AddResult
from tests.engine.world import BY, World, phones


def add(world: World, campaign_id: int, rows: list[Any]) -> AddResult:
    with world.session() as session:
        return contacts.add_contacts(session, campaign_id, rows, actor=BY, now=world.clock.now())


def parts(result: AddResult) -> tuple[int, int, int, int, int]:
    return (
        result.accepted,
        result.repeated,
        result.already_in_campaign,
        result.do_not_call,
        len(result.rejected),
    )


def test_every_item_is_counted_once(world: World) -> None:
    a, b, c, d = phones(4)
    campaign_id = world.campaign([a], start=False)
    world.forbid(b)
    result = add(world, campaign_id, [a, b, c, c, {"phone": d}, "not a number"])
    assert parts(result) == (2, 1, 1, 1, 1)
    assert world.contacts(campaign_id) == {"pending": 3}
    entry = world.audit()[-1]
    assert (entry.action, entry.object_id) == ("contacts.add", str(campaign_id))
    assert entry.detail == {
        "accepted": 2,
        "rejected": 1,
        "repeated": 1,
        "already_in_campaign": 1,
        "do_not_call": 1,
    }


def test_an_id_beside_a_number_that_is_there_does_not_lose_the_next_row(world: World) -> None:
    a, b, c, d = phones(4)
    campaign_id = world.campaign([a], start=False)
    result = add(world, campaign_id, [{"phone": a, "external_id": "X"}, {"phone": b, "external_id": "X"}])
    assert parts(result) == (1, 0, 1, 0, 0)
    # X is b's now: beside another number it is the same person, and that number alone may be somebody else's.
    result = add(world, campaign_id, [{"phone": c, "external_id": "X"}, c, {"phone": d, "external_id": "X"}])
    assert parts(result) == (1, 0, 2, 0, 0)
    assert world.contacts(campaign_id) == {"pending": 3}


ITEMS = st.lists(
    st.one_of(
        st.sampled_from(phones(8)),
        st.sampled_from([phone.replace("+1", "+1 ") for phone in phones(8)]),
        st.sampled_from(["", "x", "+1 555", "\0", "٣٣"]),
        st.text(max_size=20),
        st.builds(
            lambda phone, value: {"phone": phone, "variables": {"v": value}},
            st.sampled_from(phones(8)),
            st.text(max_size=5),
        ),
        st.sampled_from([None, 5, [], {}, {"phone": None}, {"phone": "x", "variables": []}]),
    ),
    max_size=30,
)


def test_whatever_the_list_holds_its_counts_are_a_partition(world: World) -> None:
    world.forbid(phones(1)[0])

    @settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(ITEMS)
    def holds(rows: list[Any]) -> None:
        campaign_id = world.campaign([], start=False)
        result = add(world, campaign_id, rows)
        assert sum(parts(result)) == len(rows)
        assert sum(world.contacts(campaign_id).values()) == result.accepted
        assert world.counters(campaign_id).contacts_pending == result.accepted

    holds()


@pytest.mark.parametrize(
    "row, code",
    [
        ("", "empty"),
        ("hello", "not-a-number"),
        ("+1 212 555 01", "too-short"),
        ("0612345678", "no-region"),
        (None, "empty"),
        ({"variables": {}}, "empty"),
        ({"phone": 12125550100}, "empty"),
        ({"phone": "+12125550100", "variables": ["a"]}, "variables"),
        ({"phone": "+12125550100", "variables": {"a": {"b": 1}}}, "variables"),
        ({"phone": "+12125550100", "variables": {"a": "x" * 1001}}, "variables"),
        ({"phone": "+12125550100", "variables": {"a\0": "x"}}, "variables"),
        ({"phone": "+12125550100", "variables": {str(n): "x" for n in range(51)}}, "variables"),
    ],
)
def test_a_wrong_item_is_reported_with_its_position_and_reason(world: World, row: Any, code: str) -> None:
    campaign_id = world.campaign([], start=False)
    result = add(world, campaign_id, [phones(1)[0], row])
    assert parts(result)[0::4] == (1, 1)
    [told] = result.rejected
    assert (told["index"], told["code"]) == (1, code)
    assert told["reason"]


def test_numbers_without_a_country_are_read_in_the_campaigns_region(world: World) -> None:
    campaign_id = world.campaign([], start=False, default_region="FR")
    assert add(world, campaign_id, ["01 99 00 12 34", "+33 1 99 00 12 34"]).repeated == 1
    assert world.contact("+33199001234").status == "pending"


def test_variables_are_kept_as_texts(world: World) -> None:
    campaign_id = world.campaign([], start=False)
    add(world, campaign_id, [{"phone": phones(1)[0], "variables": {"name": "Zoë", "age": 7}}])
    assert world.contact(phones(1)[0]).variables == {"name": "Zoë", "age": "7"}


def test_added_to_a_running_campaign_they_are_due_at_once(world: World) -> None:
    campaign_id = world.campaign(1)
    world.tick()
    add(world, campaign_id, phones(2, 50))
    world.tick()
    assert len(world.provider.placed) == 3


@pytest.mark.parametrize(
    "status, remedy", [("completed", "reopen"), ("stopped", "clone"), ("archived", "clone")]
)
def test_a_campaign_that_is_over_takes_none_and_says_what_to_do(
    world: World, status: str, remedy: str
) -> None:
    campaign_id = world.campaign([], start=False)
    world.set_status(campaign_id, status)
    with pytest.raises(StateConflict, match=f"is {status}: {remedy}"):
        add(world, campaign_id, phones(1))


def test_too_many_at_once_are_refused_whole(world: World) -> None:
    campaign_id = world.campaign([], start=False)
    with pytest.raises(InvalidInput, match="10,001 at once"):
        add(world, campaign_id, ["x"] * 10_001)
    with pytest.raises(NotFound):
        add(world, 404, [])


def test_a_contact_is_shown_with_its_attempts(world: World) -> None:
    campaign_id = world.campaign(1)
    world.tick()
    [attempt] = world.attempts(campaign_id)
    with Session(world.db) as session:
        shown = contacts.to_api(contacts.get_contact(session, world.contact(phones(1)[0]).id), [attempt])
        with pytest.raises(NotFound):
            contacts.get_contact(session, 404)
    assert list(shown) == [
        *("id", "campaign_id", "phone", "status", "due_at", "variables"),
        *contacts.DETAILS,
        "line",
        "attempts",
    ]
    assert shown["attempts"][0]["token"] == attempt.token
    assert shown["attempts"][0]["provider"] == "simulator"
