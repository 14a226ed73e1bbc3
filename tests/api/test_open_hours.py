"""What opens every hour of people's clocks: an admin answers for it, on every way in."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from campaign_app.extensions import db
from campaign_app.models import AuditEntry, Trunk
from campaign_app.services import demo
from campaign_app.transaction import transaction

from .asking import Api

WIDE_OPEN = ({"clock": "campaign", "timezone": "UTC"}, {"purpose": "emergency"})


@pytest.mark.parametrize("choice", WIDE_OPEN)
def test_an_operator_may_not_choose_it(api: Api, choice: dict[str, object]) -> None:
    [field] = [name for name in choice if name in ("clock", "purpose")]
    refused = api.post("/campaigns", {"name": "Flood", "message": {"text": "Hi"}, **choice}, status=403)
    assert [error["field"] for error in refused["errors"]] == [field]
    draft = api.post("/campaigns", {"name": "Flood", "message": {"text": "Hi"}}, status=201)
    refused = api.ask("PATCH", f"/campaigns/{draft['id']}", json=choice, status=403).get_json()
    assert [error["field"] for error in refused["errors"]] == [field]
    assert api.get(f"/campaigns/{draft['id']}")[field] == draft[field]


def test_both_at_once_are_named_both(api: Api) -> None:
    body = {"name": "Flood", "message": {"text": "Hi"}, "clock": "campaign", "purpose": "emergency"}
    refused = api.post("/campaigns", body, status=403)
    assert [error["field"] for error in refused["errors"]] == ["clock", "purpose"]


@pytest.mark.parametrize("choice", WIDE_OPEN)
def test_an_admin_answers_for_every_change_of_it(api: Api, choice: dict[str, object]) -> None:
    body = {"name": "Flood", "message": {"text": "Hi"}, "purpose": "survey", **choice}
    path = f"/campaigns/{api.as_('admin').post('/campaigns', body, status=201)['id']}"
    [field] = [name for name in choice if name in ("clock", "purpose")]
    for change in ({"message": {"text": "Buy now"}}, {"name": "Sales", **choice}):
        refused = api.ask("PATCH", path, json=change, status=403).get_json()
        assert [error["field"] for error in refused["errors"]] == [field]
    assert api.get(path)["message"] == {"text": "Hi"}
    assert api.as_("admin").ask("PATCH", path, json={"name": "Flood 2"}, status=200)
    harmless = {"clock": "both"} if field == "clock" else {"purpose": "informational"}
    changed = api.ask("PATCH", path, json={"message": {"text": "Buy now"}, **harmless}, status=200).get_json()
    assert {name: changed[name] for name in harmless} == harmless


def test_rules_fall_away_from_a_started_campaign_by_an_admin_alone(api: Api) -> None:
    """Of a draft anybody who edits it says what it is for; of one that was started only that it sells."""
    grounds = {"consent": {"kind": "written", "source": "a form"}, "clock": "person"}
    body = {
        "name": "Sale",
        "message": {"text": "Buy now"},
        "purpose": "survey",
        "caller_name": "Ada Ltd",
        **grounds,
    }
    path = f"/campaigns/{api.post('/campaigns', body, status=201)['id']}"
    for purpose in ("informational", "survey"):
        api.ask("PATCH", path, json={"purpose": purpose}, status=200)
    api.post(f"{path}/contacts", ["+442079460123"], status=200)
    api.post(f"{path}/start", {}, status=200)
    api.post(f"{path}/pause", {}, status=200)
    api.ask("PATCH", path, json={"purpose": "marketing"}, status=200)
    refused = api.ask("PATCH", path, json={"purpose": "informational", "caps": []}, status=403).get_json()
    assert [error["field"] for error in refused["errors"]] == ["purpose"]
    assert api.get(path)["purpose"] == "marketing"
    api.ask("PATCH", path, json={"purpose": "marketing", "name": "Winter sale"}, status=200)
    admin = api.as_("admin")
    admin.ask("PATCH", path, json={"purpose": "informational"}, status=200)
    with api.app.app_context():
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "campaign.update"))
        changes = [entry.detail["changed"].get("purpose") for entry in entries]
    assert ["marketing", "informational"] in changes


def test_the_demo_is_no_way_to_a_clock_of_ones_own(api: Api) -> None:
    with api.app.app_context(), transaction(db.session()) as session:
        demo_id = demo.load_demo_campaign(session, actor="user:o@example.org", now=api.clock.now()).id
    api.post(f"/campaigns/{demo_id}/pause", {}, status=200)
    change: dict[str, object] = {"message": {"text": "Buy now"}, "purpose": "marketing"}
    api.ask("PATCH", f"/campaigns/{demo_id}", json=change, status=403)
    assert api.ask("PATCH", f"/campaigns/{demo_id}", json={**change, "clock": "both"}, status=200)
    refused = api.post(f"/campaigns/{demo_id}/resume", {}, status=409)
    assert "written consent is needed, and none is on record" in refused["detail"]


def test_consent_that_was_stated_by_mistake_can_be_taken_back(api: Api) -> None:
    grounds = {"purpose": "marketing", "consent": {"kind": "written", "source": "a form"}}
    campaign = api.post("/campaigns", {"name": "Sale", "message": {"text": "Buy now"}, **grounds}, status=201)
    path = f"/campaigns/{campaign['id']}"
    api.post(f"{path}/contacts", [{"phone": "+12125550100"}], status=200)
    assert api.ask("PATCH", path, json={"consent": None}, status=200).get_json()["consent"] is None
    assert "written consent is needed" in api.post(f"{path}/start", {}, status=409)["detail"]


def test_a_test_call_is_no_emergency(api: Api) -> None:
    body = {"name": "Flood", "message": {"text": "Hi"}, "purpose": "emergency"}
    campaign = api.as_("admin").post("/campaigns", body, status=201)
    refused = api.post(f"/campaigns/{campaign['id']}/test", {"to": "+61 2 7010 1234"}, status=409)
    assert "outside" in refused["detail"]
    api.post(f"/campaigns/{campaign['id']}/test", {"to": "+44 20 7946 0123"}, status=201)


def test_no_single_call_waits_on_a_paused_trunk(api: Api) -> None:
    with api.app.app_context(), transaction(db.session()) as session:
        session.query(Trunk).update({"paused_at": api.clock.now(), "paused_by": "cli"})
    refused = api.post("/calls", {"to": "+44 20 7946 0123", "message": {"text": "Hi"}}, status=409)
    assert "is paused" in refused["detail"]


@pytest.mark.parametrize(
    "choice, kept", [(WIDE_OPEN[0], {"clock": "both"}), (WIDE_OPEN[1], {"purpose": None})]
)
def test_a_copy_by_an_operator_asks_anew(
    api: Api, choice: dict[str, object], kept: dict[str, object]
) -> None:
    campaign = api.as_("admin").post(
        "/campaigns", {"name": "Flood", "message": {"text": "Hi"}, "purpose": "survey", **choice}, status=201
    )
    copy = api.post(f"/campaigns/{campaign['id']}/clone", {}, status=201)
    assert {name: copy[name] for name in kept} == kept


def test_a_single_call_in_an_emergency_needs_an_admin(api: Api) -> None:
    call = {"to": "+33 1 42 68 53 00", "message": {"text": "Hi"}, "purpose": "emergency"}
    refused = api.post("/calls", call, status=403)
    assert [error["field"] for error in refused["errors"]] == ["purpose"]
    api.as_("admin").post("/calls", call, status=201)
