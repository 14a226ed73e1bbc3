"""Pages of privacy: what is told before a person is forgotten, what is left after, how long records stay."""

from __future__ import annotations

import json
from typing import Any

import pytest

from campaign_app.extensions import db
from campaign_app.models import Contact, Role
from campaign_app.services import campaigns, contacts, trunks
from campaign_app.transaction import transaction
from tests.web.people_support import Site, Visitor, squeeze

HER = "+13125550123"


@pytest.fixture
def contact_id(site: Site) -> int:
    with site.app.app_context(), transaction(db.session()) as session:
        trunks.ensure_default_trunk(
            session, "simulator", lines=5, calls_per_second=None, now=site.clock.now()
        )
        campaign = campaigns.create_campaign(
            session,
            {"name": "Autumn", "message": {"text": "Hello"}, "purpose": "informational"},
            actor="cli",
            now=site.clock.now(),
        )
        contacts.add_contacts(
            session,
            campaign.id,
            [{"phone": HER, "variables": {"name": "Ada Hollerith"}}],
            actor="cli",
            now=site.clock.now(),
        )
        return session.query(Contact).one().id


def admin(site: Site) -> Visitor:
    return site.visitor(Role.ADMIN)


def test_a_person_is_forgotten_by_the_form(site: Site, contact_id: int) -> None:
    visitor = admin(site)
    assert f"/people/forget?contact={contact_id}" in visitor.get(f"/contacts/{contact_id}").text
    assert "/people/forget?contact=" in visitor.get(f"/why?contact={contact_id}").text
    page = squeeze(visitor.get(f"/people/forget?contact={contact_id}").text)
    assert "1 contact" in page
    assert "A keyed hash of the number" in page
    assert HER not in page
    form: dict[str, Any] = {"contact": contact_id, "reason": "", "keep": "yes"}
    refused = visitor.post("/people/forget", form)
    assert refused.status_code == 422
    assert "This cannot be undone" in refused.text or "Confirm that this cannot be undone" in refused.text
    refused = visitor.post("/people/forget", {**form, "sure": "yes"})
    assert refused.status_code == 422
    assert "Say why" in refused.text
    done = visitor.post("/people/forget", {**form, "sure": "yes", "reason": "a letter"})
    assert done.status_code == 303
    page = squeeze(visitor.get(done.location).text)
    assert "This person is forgotten." in page
    for path in (
        f"/contacts/{contact_id}",
        f"/why?contact={contact_id}",
        "/people/erasures",
        "/campaigns/1/contacts",
    ):
        shown = visitor.get(path)
        assert shown.status_code == 200, path
        assert "Hollerith" not in shown.text
    assert visitor.get(f"/people/forget?contact={contact_id}").status_code == 404
    why = squeeze(visitor.get(f"/why?phone=%2B{HER[1:]}").text)
    assert "asked to be forgotten" in why


def test_whom_to_forget_is_asked_where_no_number_was_given(site: Site, contact_id: int) -> None:
    visitor = admin(site)
    assert '"/people/forget"' in visitor.get("/people/erasures").text
    asked = visitor.get("/people/forget")
    assert asked.status_code == 200
    assert "error-summary" not in asked.text
    for refused in (visitor.get("/people/forget?phone=12"), visitor.post("/people/forget", {"sure": "yes"})):
        assert refused.status_code == 422
        assert 'id="error-summary"' in refused.text
        assert "Whom do you want to forget?" in refused.text
    assert "Forget this person?" in visitor.get(f"/people/forget?phone=%2B{HER[1:]}").text
    forgotten = visitor.post("/people/forget", {"contact": contact_id, "sure": "yes", "reason": "a letter"})
    assert f'href="{forgotten.location}"' in visitor.get("/people/erasures").text


def test_an_export_is_masked_below_admin(site: Site, contact_id: int) -> None:
    told = json.loads(admin(site).post("/people/export", {"contact": contact_id}).data)
    assert told["contacts"][0]["phone"] == HER
    operator = site.visitor(Role.OPERATOR)
    told = operator.post("/people/export", {"contact": contact_id}).text
    assert "5550123" not in told
    assert operator.get(f"/people/forget?contact={contact_id}").status_code == 403
    assert operator.get("/settings/retention").status_code == 403
    assert "Forget this person" not in operator.get(f"/contacts/{contact_id}").text


def test_retention_shows_what_would_go_before_it_is_saved(site: Site) -> None:
    visitor = admin(site)
    assert "/settings/retention" in visitor.get("/settings").text
    page = visitor.get("/settings/retention")
    assert "16 CFR 310.5" in page.text
    tried = squeeze(visitor.post("/settings/retention", {"audit.days": "30", "preview": "1"}).text)
    assert "Nothing is saved yet" in tried
    assert "<strong>0</strong> rows are older" in tried
    refused = visitor.post("/settings/retention", {"call_records.days": "400"})
    assert refused.status_code == 422
    assert 'href="#call_records.reason"' in refused.text
    refused = visitor.post("/settings/retention", {"audit.days": "soon"})
    assert 'value="soon"' in refused.text
    assert "Audit log, days: Give whole days from 1 to 36,500" in squeeze(refused.text)
    saved = visitor.post(
        "/settings/retention", {"call_records.days": "400", "call_records.reason": "none in the US"}
    )
    assert saved.status_code == 303
    page_text = squeeze(visitor.get("/settings/retention").text)
    assert "What is older than that is removed within the hour." in page_text
    assert 'value="400"' in page_text
    assert (
        "Below what the law of US and CA asks" in page_text or "Below what the law of CA and US" in page_text
    )
    emptied = squeeze(visitor.post("/settings/retention", {}, follow_redirects=True).text)
    assert "Nothing is removed: everything is kept for good." in emptied
