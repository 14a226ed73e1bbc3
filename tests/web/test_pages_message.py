"""The message in the campaign's form: every part goes in, comes back, and is named when it is wrong."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest

from campaign_app.domain.message import message_to_api, parse_message
from campaign_app.extensions import db
from campaign_app.models import Attempt, Role
from campaign_app.services import campaigns
from campaign_app.web import message_form
from tests.web.pages_support import TYPED, act, add_contacts, contact_ids, ensure_trunk, make_campaign
from tests.web.people_support import Site, Visitor, squeeze

WHOLE = {
    "text": "Hello {name|there}, see you on {date}.",
    "voice": "en+f3",
    "language": "en-GB",
    "on_machine": "leave-message",
    "machine": {"text": "Please call us back."},
    "keys": [
        {"digit": "1", "action": "answer", "label": "Coming"},
        {"digit": "2", "action": "transfer", "to": "+442079460123"},
        {"digit": "9", "action": "opt-out"},
    ],
    "opt_out_text": "Never again.",
    "thanks_text": "See you.",
}


def through_the_form(message: dict[str, Any]) -> Any:
    """A message shown in the form, and saved without a change."""
    form = message_form.MessageFields(data=message_form.from_api(message))
    return message_to_api(parse_message(message_form.to_api(form.data)))


@pytest.mark.parametrize("message", [WHOLE, {"text": "Hello"}, {"text": "", "recording": "ab" * 32}])
def test_saving_what_is_shown_changes_nothing(message: dict[str, Any]) -> None:
    assert through_the_form(message) == message


def test_a_row_without_a_key_is_none() -> None:
    form = message_form.from_api({"text": "Hi"}) | {"keys": [message_form.NEW_KEY]}
    assert "keys" not in message_form.to_api(form)


def test_the_menu_is_typed_saved_and_shown_again(site: Site) -> None:
    ensure_trunk(site)
    operator = site.visitor(Role.OPERATOR)
    menu = {
        "on_machine": "hang-up",
        "keys-0-digit": "9",
        "keys-0-action": "opt-out",
        "keys-1-digit": "1",
        "keys-1-action": "answer",
        "keys-1-label": "Coming <b>",
    }
    assert operator.post("/campaigns/new", {**TYPED, **menu}).status_code == 303
    with site.app.app_context():
        saved = campaigns.to_api(campaigns.get_campaign(db.session(), 1))["message"]
    assert saved == {
        "text": TYPED["message"],
        "on_machine": "hang-up",
        "keys": [
            {"digit": "9", "action": "opt-out"},
            {"digit": "1", "action": "answer", "label": "Coming <b>"},
        ],
    }
    page = operator.get("/campaigns/1/edit").get_data(as_text=True)
    assert 'value="Coming &lt;b&gt;"' in page
    more = operator.post("/campaigns/1/edit", {**TYPED, **menu, "add_key": "1"}).get_data(as_text=True)
    assert 'id="keys-2-digit"' in more
    less = operator.post("/campaigns/1/edit", {**TYPED, **menu, "remove_key": "0"}).get_data(as_text=True)
    assert 'id="keys-1-digit"' not in less
    assert 'value="1"' in less


@pytest.mark.parametrize(
    "field, value, anchor",
    [
        ("keys-0-digit", "x", "keys-0-digit"),
        ("keys-0-label", "", "keys-0-label"),
        ("voice", "a b", "voice"),
        ("recording", "ab" * 32, "recording"),
        ("machine_text", "{", "machine_text"),
        ("thanks_text", "}", "thanks_text"),
    ],
)
def test_a_wrong_part_is_named_at_its_field(site: Site, field: str, value: str, anchor: str) -> None:
    ensure_trunk(site)
    key = {"keys-0-digit": "1", "keys-0-action": "answer", "keys-0-label": "Yes"}
    refused = site.visitor(Role.OPERATOR).post("/campaigns/new", {**TYPED, **key, field: value})
    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert f'<a href="#{anchor}">' in page
    assert f'id="{anchor}"' in page


def shown(operator: Visitor, campaign_id: int | None = None, **typed: str) -> str:
    path = "/campaigns/preview" if campaign_id is None else f"/campaigns/{campaign_id}/preview"
    return squeeze(unescape(operator.post(path, {**TYPED, **typed}).get_data(as_text=True)))


def test_without_contacts_the_preview_has_the_defaults_and_says_so(site: Site) -> None:
    ensure_trunk(site)
    said = shown(site.visitor(Role.OPERATOR), message="Hello {name|there}, see you on {date}.")
    assert "Hello there, see you on ‹date›." in said
    assert "No contacts yet, so this preview" in said
    empty = make_campaign(site, numbers=0)
    assert "No contacts yet, so this preview" in shown(site.visitor(Role.OPERATOR), empty)


def test_the_preview_is_what_the_first_contact_hears_and_steps_to_others(site: Site) -> None:
    campaign = make_campaign(site, numbers=0, name="Flu")
    add_contacts(site, campaign, [{"name": "Ada <b>"}, {"name": "Bo"}, {}])
    strangers = make_campaign(site, numbers=0, name="Other")
    add_contacts(site, strangers, [{"name": "Stranger"}])
    first, second, third = contact_ids(site, campaign)
    operator = site.visitor(Role.OPERATOR)
    said = shown(operator, campaign)
    assert "Hello Ada <b>" in said
    assert "+1 212" in said
    assert "+12125550100" not in said, "numbers are masked"
    assert f'value="{second}" id="hear-after"' in said
    assert "Hello Bo" in shown(operator, campaign, hear=str(second), hear_as=str(first))
    assert "Hello Bo" in shown(operator, campaign, hear_as=str(second)), "and stays with it"
    assert "Stranger" not in shown(operator, campaign, hear_as=str(contact_ids(site, strangers)[0]))
    gap = shown(operator, campaign, hear=str(third))
    assert "Hello ‹name›" in gap
    assert "No value here for name: this call would fail" in gap
    assert 'id="hear-after" disabled' in gap


def test_contacts_without_a_value_are_listed_by_their_rows(site: Site) -> None:
    campaign = make_campaign(site, numbers=0)
    add_contacts(site, campaign, [{"name": "Ada"}, *[{}] * 7], lines=True)
    said = shown(site.visitor(Role.OPERATOR), campaign)
    assert "7 contacts have no value" in said
    assert "(line 3 of its file): name" in said
    assert "and 2 more" in said


def test_another_contact_is_shown_without_script_and_nothing_typed_is_lost(site: Site) -> None:
    campaign = make_campaign(site, numbers=0)
    add_contacts(site, campaign, [{"name": "Ada"}, {"name": "Bo"}])
    operator = site.visitor(Role.OPERATOR)
    typed = {key: value for key, value in TYPED.items() if key != "save"}
    typed |= {"name": "Half", "hear": str(contact_ids(site, campaign)[1])}
    page = operator.post(f"/campaigns/{campaign}/edit", typed).get_data(as_text=True)
    assert "Hello Bo" in page
    assert 'value="Half"' in page


@pytest.mark.parametrize("hear", ["", "x", "9" * 30, "-1"])
def test_a_contact_that_does_not_exist_is_the_first_one(site: Site, hear: str) -> None:
    campaign = make_campaign(site, variables={"name": "Ada"})
    assert "Hello Ada" in shown(site.visitor(Role.OPERATOR), campaign, hear=hear)


def test_listening_has_the_values_of_the_contact_that_is_shown(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = make_campaign(site, numbers=0)
    add_contacts(site, campaign, [{"first_name": "Ada"}, {}])
    said: list[Any] = []
    monkeypatch.setattr(site.app.extensions["switchboard"].speech, "render_segment", said.append)
    monkeypatch.setattr("campaign_app.web.recordings._send_wav", lambda path: "")
    operator = site.visitor(Role.OPERATOR)
    form = {"message": "Hello {first_name}, {{you}}", "voice": "", "language": "en-GB"}
    for contact in (*map(str, contact_ids(site, campaign)), ""):
        assert operator.post("/speech/preview", {**form, "hear_as": contact}).status_code == 200
    assert [each.text for each in said] == ["Hello Ada, {you}", *["Hello first name, {you}"] * 2]
    assert said[0].language == "en-GB"
    refused = operator.post("/speech/preview", {"message": "Hello {"})
    assert (refused.status_code, "lone {" in refused.text) == (422, True)


RING = {"test_to": "+44 20 7946 0123", "message": "Hello {name}, see you.", "name": "Half"}


def rung(site: Site) -> list[tuple[str, str, str | None, bool, int | None]]:
    """(number, words, caller id, test, campaign) of every call that was asked for."""
    with site.app.app_context():
        found = db.session.query(Attempt).order_by(Attempt.id)
        return [
            (a.phone, (a.stored_message or {}).get("text", ""), a.caller_id, a.test, a.campaign_id)
            for a in found
        ]


def test_a_test_call_speaks_the_unsaved_form_with_the_values_of_the_shown_contact(site: Site) -> None:
    campaign = make_campaign(site, numbers=0)
    add_contacts(site, campaign, [{"name": "Ada"}, {"name": "Bo"}])
    operator = site.visitor(Role.OPERATOR)
    typed = {**TYPED, **RING, "caller_id": "(212) 555-0188", "default_region": "US"}
    typed |= {"hear_as": str(contact_ids(site, campaign)[1])}
    answer = operator.post(f"/campaigns/{campaign}/ring", typed, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer.get_data(as_text=True).startswith('<section class="panel stack-s" id="hear-it"')
    assert "Calling +44 20 7946 0123 now" in answer.get_data(as_text=True)
    assert rung(site) == [("+442079460123", "Hello Bo, see you.", "+12125550188", True, None)]
    with site.app.app_context():
        assert campaigns.get_campaign(db.session(), campaign).message.human.text != typed["message"], (
            "nothing was saved"
        )


def test_my_phone_rings_without_script_and_nothing_typed_is_lost(site: Site) -> None:
    campaign = make_campaign(site, variables={"name": "Ada"})
    page = site.visitor(Role.OPERATOR).post(f"/campaigns/{campaign}/ring", {**TYPED, **RING}).text
    assert 'value="Half"' in page
    assert 'value="+44 20 7946 0123"' in page
    assert "Calling +44 20 7946 0123 now" in page
    ensure_trunk(site)
    new = site.visitor(Role.OPERATOR).post("/campaigns/ring", {**TYPED, **RING, "message": "Hi {name|you}."})
    assert new.status_code == 409, "that number is being called"
    assert "The number is being called right now" in new.text


@pytest.mark.parametrize(
    "typed, said",
    [
        ({"test_to": ""}, "Your own number: The number is missing"),
        ({"test_to": "12"}, "Your own number: "),
        ({"message": ""}, "Message: "),
        ({"message": "Hi {"}, "Message: "),
        ({"message": "Hi {date}."}, "No value here for date"),
        ({"caller_id": "12"}, "Caller ID: "),
        ({"provider": "none"}, "Trunk: "),
    ],
)
def test_what_keeps_my_phone_from_ringing_is_named(site: Site, typed: dict[str, str], said: str) -> None:
    campaign = make_campaign(site, variables={"name": "Ada"})
    operator = site.visitor(Role.OPERATOR)
    for headers in ({"HX-Request": "true"}, {}):
        refused = operator.post(f"/campaigns/{campaign}/ring", {**TYPED, **RING, **typed}, headers=headers)
        assert refused.status_code == 422
        assert f"Error: </span>{said}" in unescape(refused.text)
    assert rung(site) == []


def test_a_viewer_or_a_stopped_campaign_cannot_place_a_test_call(site: Site) -> None:
    campaign = make_campaign(site, variables={"name": "Ada"})
    viewer = site.visitor(Role.VIEWER)
    assert viewer.post(f"/campaigns/{campaign}/ring", {**TYPED, **RING}).status_code == 403
    act(site, campaign, "stop")
    stopped = site.visitor(Role.OPERATOR).post(f"/campaigns/{campaign}/ring", {**TYPED, **RING})
    assert stopped.status_code == 409, "a campaign that was stopped has no form"
    assert rung(site) == []


def test_a_test_call_is_no_emergency_and_keeps_the_hours(site: Site) -> None:
    campaign = make_campaign(site, variables={"name": "Ada"})
    typed = {**TYPED, **RING, "purpose": "emergency"}
    for role in (Role.OPERATOR, Role.ADMIN):
        visitor = site.visitor(role)
        refused = visitor.post(f"/campaigns/{campaign}/ring", {**typed, "test_to": "+61 2 7010 1234"})
        assert refused.status_code == 409
        assert "outside the hours" in refused.text
    assert rung(site) == []
    assert site.visitor(Role.OPERATOR).post(f"/campaigns/{campaign}/ring", typed).status_code == 200


def test_the_form_lists_what_the_contacts_have_and_the_preview_says_what_is_odd(site: Site) -> None:
    campaign = make_campaign(site, numbers=0)
    add_contacts(
        site,
        campaign,
        [{"First Name": "Ada", "amount": "$12.50"}, {"First Name": "Bo", "amount": "12"}, {"amount": "<b>"}],
    )
    operator = site.visitor(Role.OPERATOR)
    page = squeeze(unescape(operator.get(f"/campaigns/{campaign}/edit").get_data(as_text=True)))
    assert "What the 3 contacts have, and how many of them:" in page
    assert "<code>{amount}</code> 3" in page
    assert "<code>{First Name}</code> 2" in page
    said = operator.post(
        f"/campaigns/{campaign}/preview",
        {**TYPED, "message": "{first_name|you}, {{FIRST NAME}}: {amount:money}, {citty|here}"},
    ).get_data(as_text=True)
    assert "<b>" not in said.partition('id="hear')[2] + said.partition("What people hear")[2], (
        "a value is text"
    )
    said = squeeze(unescape(said))
    assert "Ada, {FIRST NAME}: 12 dollars and 50 cents, here" in said
    assert "“$12.50” is spoken “12 dollars and 50 cents”." in said
    assert "{{FIRST NAME}} speaks the name of the column; write {FIRST NAME} for the contact’s value." in said
    assert "No contact has citty, and all hear “here”." in said
    assert "2 values are spoken as they are" in said
    assert "amount “12”, it names no currency" in said


def test_an_unknown_format_is_named_at_its_field(site: Site) -> None:
    ensure_trunk(site)
    refused = site.visitor(Role.OPERATOR).post("/campaigns/new", {**TYPED, "message": "{amount:dollars}"})
    assert refused.status_code == 422
    assert '<a href="#message">' in refused.get_data(as_text=True)
