"""The message in the campaign's form: every part goes in, comes back, and is named when it is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from campaign_app.domain.message import message_to_api, parse_message
from campaign_app.extensions import db
from campaign_app.models import Role
from campaign_app.services import campaigns
from campaign_app.web import message_form
from tests.web.pages_support import ensure_trunk
from tests.web.people_support import Site, cheap_hashes, empty_site, site
from tests.web.test_pages_form import TYPED

__all__ = ["cheap_hashes", "empty_site", "site"]

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
        saved = campaigns.to_api(campaigns.get(db.session(), 1))["message"]
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
