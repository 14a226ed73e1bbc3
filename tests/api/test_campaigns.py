"""Campaigns over REST: made, read, changed, moved through their states."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from campaign_app.extensions import db
from campaign_app.models import Campaign
from campaign_app.transaction import transaction
from tests.api.asking import LONDON, Api, campaign_fields, fields_of


def test_a_new_campaign_is_a_draft_that_echoes_its_fields_and_the_defaults(each_api: Api) -> None:
    windows = [{"days": ["mon", "sat"], "start": "10:00", "end": "24:00"}]
    sent = campaign_fields(timezone="Europe/Paris", calling_windows=windows, priority=7, calls_per_second=0.5)
    answer = each_api.ask("POST", "/campaigns", status=201, json=sent)
    made = answer.get_json()
    assert {key: made[key] for key in sent} == sent
    assert made["status"] == "draft"
    assert made["created_at"] == "2026-11-20T15:00:00Z"
    assert made["provider"] == "default"
    assert made["retry"] == {"max_retries": 3, "delays_minutes": [30, 120, 1440], "by_outcome": {}}
    assert answer.headers["Location"] == f"/api/v1/campaigns/{made['id']}"
    assert each_api.get(f"/campaigns/{made['id']}") == made


def test_a_patch_changes_what_it_names_and_leaves_the_rest(each_api: Api) -> None:
    made = each_api.campaign(priority=2)
    changed = each_api.ask(
        "PATCH", f"/campaigns/{made['id']}", status=200, json={"name": "Heat", "message": {"text": "Drink."}}
    ).get_json()
    assert changed == {**made, "name": "Heat", "message": {"text": "Drink."}, "version": 2}
    assert each_api.get(f"/campaigns/{made['id']}") == changed


def test_what_cannot_change_now_or_was_saved_meanwhile_is_named_by_field(api: Api) -> None:
    made = api.campaign()
    path = f"/campaigns/{made['id']}"
    api.post(f"{path}/contacts", [LONDON])
    api.ask("POST", f"{path}/start", status=200)
    assert api.ask("PATCH", path, status=200, json={"priority": 9, "version": 1}).get_json()["version"] == 2
    refused = api.ask("PATCH", path, status=409, json={"subject": "Bills", "name": "Heat"}).get_json()
    assert [each["field"] for each in refused["errors"]] == ["subject"]
    stale = api.ask("PATCH", path, status=409, json={"name": "Heat", "version": 1}).get_json()
    [error] = stale["errors"]
    assert error["field"] == "priority"
    assert "changed it from 5 to 9" in error["message"]
    assert api.ask("PATCH", path, status=422, json={"version": "x"})


def test_a_draft_is_deleted_and_gone(each_api: Api) -> None:
    made = each_api.campaign()
    each_api.post(f"/campaigns/{made['id']}/contacts", [LONDON])
    answer = each_api.ask("DELETE", f"/campaigns/{made['id']}", status=204)
    assert answer.data == b""
    each_api.get(f"/campaigns/{made['id']}", status=404)
    each_api.ask("DELETE", f"/campaigns/{made['id']}", status=404)
    assert each_api.get("/campaigns")["items"] == []
    assert each_api.post(f"/campaigns/{made['id']}/restore")["status"] == "draft"
    each_api.post(f"/campaigns/{made['id']}/restore", status=404)
    each_api.get(f"/campaigns/{made['id']}")


def test_every_legal_move_and_where_it_leads(each_api: Api) -> None:
    one = f"/campaigns/{each_api.campaign()['id']}"
    each_api.post(f"{one}/contacts", [LONDON])
    each_api.wakes.clear()
    moves = [("start", "running"), ("pause", "paused"), ("resume", "running"), ("stop", "stopped")]
    for action, status in [*moves, ("archive", "archived")]:
        assert each_api.post(f"{one}/{action}")["status"] == status
        assert each_api.get(one)["status"] == status
    assert len(each_api.wakes) == 5


@pytest.mark.parametrize("action", ["pause", "resume", "archive", "reopen"])
def test_an_illegal_move_is_409_and_names_both_states(api: Api, action: str) -> None:
    one = f"/campaigns/{api.campaign()['id']}"
    wanted = {"pause": "paused", "resume": "running", "archive": "archived", "reopen": "paused"}[action]
    problem = api.post(f"{one}/{action}", status=409)
    assert problem["type"] == "urn:switchboard:problem:illegal-transition"
    assert "draft" in problem["detail"]
    assert wanted in problem["detail"]
    assert (problem["current"], problem["wanted"]) == ("draft", wanted)
    assert api.get(one)["status"] == "draft"


def test_a_start_without_contacts_or_after_the_end_is_409_with_the_remedy(api: Api) -> None:
    empty = api.campaign()
    assert "upload" in api.post(f"/campaigns/{empty['id']}/start", status=409)["detail"]
    late = api.campaign(ends_at="2026-11-20T14:59:00Z")
    api.post(f"/campaigns/{late['id']}/contacts", [LONDON])
    assert "change or remove the end" in api.post(f"/campaigns/{late['id']}/start", status=409)["detail"]


@pytest.mark.parametrize("field", ["starts_at", "ends_at"])
def test_a_time_beyond_every_calendar_is_refused_at_its_field(api: Api, field: str) -> None:
    far = {field: "9999-12-31T23:59:00Z"}
    assert fields_of(api.post("/campaigns", campaign_fields(**far), status=422)) == {field}
    path = f"/campaigns/{api.campaign()['id']}"
    assert fields_of(api.ask("PATCH", path, json=far, status=422).get_json()) == {field}


@pytest.mark.parametrize("field", ["starts_at", "ends_at"])
def test_a_campaign_that_an_older_version_took_so_far_ahead_is_explained_and_not_started(
    api: Api, field: str
) -> None:
    path = f"/campaigns/{api.campaign(purpose='survey')['id']}"
    api.post(f"{path}/contacts", [LONDON])
    with api.app.app_context(), transaction(db.session()):
        db.session().execute(update(Campaign).values({field: datetime.max.replace(tzinfo=UTC)}))
    assert api.get(f"{path}/preflight")["waiting"] == 1
    assert fields_of(api.post(f"{path}/start", status=422)) == {field}


@pytest.mark.parametrize(
    "zone", ["Pacific", "America", "US", "Etc", "posix", "right/UTC", "../etc/passwd", "\0", "x" * 5_000]
)
def test_a_zone_that_is_none_is_refused_at_its_field(api: Api, zone: str) -> None:
    assert fields_of(api.post("/campaigns", campaign_fields(timezone=zone), status=422)) == {"timezone"}


def test_a_pause_takes_a_reason_and_whether_to_hang_up(api: Api) -> None:
    one = f"/campaigns/{api.campaign()['id']}"
    api.post(f"{one}/contacts", [LONDON])
    api.post(f"{one}/start")
    assert fields_of(api.post(f"{one}/pause", {"hang_up": "perhaps"}, status=422)) == {"hang_up"}
    assert fields_of(api.post(f"{one}/pause", {"reasn": "typo"}, status=422)) == {"reasn"}
    assert fields_of(api.post(f"{one}/pause", [], status=422)) == {"body"}
    assert api.get(one)["status"] == "running"
    api.post(f"{one}/pause", {"reason": "lunch", "hang_up": True})
    assert api.get(one)["status"] == "paused"


def test_a_clone_is_a_new_draft_with_the_same_fields_and_no_contacts(each_api: Api) -> None:
    made = each_api.campaign(priority=9, timezone="Asia/Kolkata")
    each_api.post(f"/campaigns/{made['id']}/contacts", [LONDON])
    answer = each_api.ask("POST", f"/campaigns/{made['id']}/clone", status=201)
    copy = answer.get_json()
    assert answer.headers["Location"] == f"/api/v1/campaigns/{copy['id']}"
    assert copy["id"] != made["id"]
    assert copy == {**made, "id": copy["id"], "name": copy["name"]}
    assert each_api.get(f"/campaigns/{copy['id']}/contacts")["items"] == []


def test_stats_count_what_is_there(each_api: Api) -> None:
    one = f"/campaigns/{each_api.campaign()['id']}"
    each_api.post(f"{one}/contacts", [LONDON, "+442079460124"])
    stats = each_api.get(f"{one}/stats")
    assert (stats["contacts"]["pending"], stats["contacts"]["total"]) == (2, 2)
    assert (stats["open_calls"], stats["answer_rate"], stats["eta"]) == (0, None, None)
    assert isinstance(stats["blocking_reasons"], list)


@pytest.mark.parametrize("path", ["", "/stats", "/contacts", "/calls", "/export", "/start", "/clone"])
def test_what_is_asked_of_a_campaign_that_does_not_exist_is_404(api: Api, path: str) -> None:
    method = "POST" if path in ("/start", "/clone") else "GET"
    api.ask(method, f"/campaigns/4711{path}", status=404)


def test_campaigns_are_listed_newest_first_and_filtered(each_api: Api) -> None:
    names = [each_api.campaign(name=name)["name"] for name in ("Alpha", "Beta", "Gamma")]
    assert [item["name"] for item in each_api.get("/campaigns")["items"]] == names[::-1]
    assert [item["name"] for item in each_api.get("/campaigns?search=eta")["items"]] == ["Beta"]
    assert each_api.get("/campaigns?status=running")["items"] == []
    assert fields_of(each_api.get("/campaigns?status=asleep", status=422)) == {"status"}
    assert fields_of(each_api.get("/campaigns?statsu=draft", status=422)) == {"statsu"}


def test_every_change_leaves_an_audit_row_with_the_token_as_its_actor(api: Api) -> None:
    from sqlalchemy import select

    from campaign_app.extensions import db
    from campaign_app.models import AuditEntry

    one = f"/campaigns/{api.campaign()['id']}"
    api.ask("PATCH", one, status=200, json={"priority": 8})
    api.post(f"{one}/contacts", [LONDON])
    api.post(f"{one}/start")
    with api.app.app_context():
        rows = db.session.execute(
            select(AuditEntry.action, AuditEntry.actor).where(AuditEntry.object_type == "campaign")
        ).all()
    assert [tuple(row) for row in rows] == [
        (f"{action}", "token:operator")
        for action in ("campaign.create", "campaign.update", "contacts.add", "campaign.start")
    ]


def test_the_variables_of_its_contacts_are_counted_and_the_message_is_warned(each_api: Api) -> None:
    text = "{{first_name}}, {frist_name|there}"
    one = f"/campaigns/{each_api.campaign(message={'text': text})['id']}"
    assert each_api.get(f"{one}/variables") == {"items": [], "looked_at": 0, "complete": True, "warnings": []}
    people = [
        {"phone": "+442079460018", "variables": {"First Name": "Ann", "city": ""}},
        {"phone": "+442079460019", "variables": {"first_name": "Bob"}},
    ]
    each_api.post(f"{one}/contacts", {"contacts": people})
    known = each_api.get(f"{one}/variables")
    assert [item["contacts"] for item in known["items"]] == [2]
    assert (known["looked_at"], known["complete"]) == (2, True)
    doubled, unknown = known["warnings"]
    assert (
        doubled == "{{first_name}} speaks the name of the column; write {first_name} for the contact’s value"
    )
    assert unknown.startswith("no contact has frist_name, and all hear “there”; the nearest name is {")
    each_api.get("/campaigns/99/variables", status=404)


def test_an_unknown_format_is_refused_at_its_field(each_api: Api) -> None:
    body = {"name": "A", "message": {"text": "You owe {amount:dollars}"}}
    refused = each_api.post("/campaigns", body, status=422)
    assert fields_of(refused) == {"message.text"}
    assert "money, date, time, digits" in refused["errors"][0]["message"]


def test_a_soft_start_says_what_it_allows_and_goes_on_when_told(each_api: Api) -> None:
    campaign = each_api.campaign(purpose="survey")
    path = f"/campaigns/{campaign['id']}"
    each_api.post(f"{path}/contacts", {"contacts": [{"phone": LONDON}]}, status=200)
    for wrong in (-1, 1001, "five", 2.5, True):
        refused = each_api.post(f"{path}/start", {"soft_start": wrong}, status=422)
        assert [error["field"] for error in refused["errors"]] == ["soft_start"]
    each_api.post(f"{path}/proceed", {}, status=409)
    assert each_api.post(f"{path}/start", {"soft_start": 0})["soft_start"] == 0
    assert "soft-start" in {reason["code"] for reason in each_api.get(f"{path}/stats")["blocking_reasons"]}
    each_api.post(f"{path}/proceed", {"people": 0}, status=422)
    assert each_api.post(f"{path}/proceed", {"people": 5})["soft_start"] == 5
    assert each_api.post(f"{path}/proceed")["soft_start"] is None
    each_api.post(f"{path}/proceed", status=409)


def test_a_pause_until_and_every_campaign_at_once(each_api: Api) -> None:
    campaign = each_api.campaign(purpose="survey")
    path = f"/campaigns/{campaign['id']}"
    each_api.post(f"{path}/contacts", {"contacts": [{"phone": LONDON}]}, status=200)
    each_api.post(f"{path}/start")
    for wrong in ("2020-01-01T00:00:00Z", "2026-11-20T18:00:00", "9999-12-31T23:59:59-14:00", "soon"):
        assert fields_of(each_api.post(f"{path}/pause", {"until": wrong}, status=422)) == {"until"}
    paused = each_api.post(f"{path}/pause", {"until": "2026-11-20T18:00:00+01:00", "reason": "full"})
    assert (paused["status"], paused["resume_at"]) == ("paused", "2026-11-20T17:00:00Z")
    assert each_api.post(f"{path}/resume-at", {"at": None})["resume_at"] is None
    each_api.post(f"{path}/resume")
    each_api.post(f"{path}/resume-at", {"at": "2026-11-20T17:00:00Z"}, status=409)
    assert each_api.post("/campaigns/pause-all") == {"campaigns": [campaign["id"]], "refused": []}
    assert fields_of(
        each_api.post("/campaigns/stop-all", {"confirm": "yes", "reason": "storm"}, status=422)
    ) == {"confirm"}
    body = {"confirm": "stop all", "reason": "storm", "hang_up": True}
    assert each_api.post("/campaigns/stop-all", body)["campaigns"] == [campaign["id"]]
    assert each_api.get(path)["status"] == "stopped"


NIGHT = [{"days": ["mon", "tue"], "start": "22:00", "end": "24:00"}]
SUNDAY = [{"days": ["sun"], "start": "10:00", "end": "16:00"}]


@pytest.mark.parametrize(
    "fields, wrong",
    [
        ({"purpose": "survey", "timezone": None, "calling_windows": NIGHT}, True),
        ({"purpose": "marketing", "timezone": None, "calling_windows": SUNDAY}, True),
        ({"purpose": "survey", "timezone": None, "calling_windows": SUNDAY}, False),
        ({"purpose": None, "timezone": None, "calling_windows": SUNDAY}, False),
        ({"purpose": "survey", "timezone": "Asia/Tokyo", "calling_windows": NIGHT}, False),
    ],
)
def test_windows_that_meet_nobodys_hours_are_refused_at_their_field(
    api: Api, fields: dict[str, Any], wrong: bool
) -> None:
    answer = api.ask("POST", "/campaigns", json=campaign_fields(clock="both", **fields))
    assert answer.status_code == (422 if wrong else 201), answer.text
    if wrong:
        assert fields_of(answer.get_json()) == {"calling_windows"}


def test_windows_are_held_to_the_list_when_they_change(api: Api) -> None:
    campaign = api.campaign(purpose="survey", clock="both", timezone="Asia/Tokyo", calling_windows=NIGHT)
    path = f"/campaigns/{campaign['id']}"
    api.post(f"{path}/contacts", ["+81312345678"])
    assert api.ask("PATCH", path, json={"name": "Evening"}, status=200)
    refused = api.ask("PATCH", path, json={"guard_seconds": 30}, status=422).get_json()
    assert fields_of(refused) == {"calling_windows"}
    api.post(f"{path}/contacts", [LONDON])
    assert api.ask("PATCH", path, json={"guard_seconds": 30}, status=200)


def test_a_campaign_that_was_started_keeps_a_purpose(each_api: Api) -> None:
    one = f"/campaigns/{each_api.campaign()['id']}"
    each_api.ask("PATCH", one, status=200, json={"purpose": None})
    each_api.ask("PATCH", one, status=200, json={"purpose": "survey"})
    each_api.post(f"{one}/contacts", [LONDON])
    each_api.post(f"{one}/start")
    each_api.post(f"{one}/pause")
    refused = each_api.ask("PATCH", one, status=422, json={"purpose": None}).get_json()
    assert fields_of(refused) == {"purpose"}
    assert each_api.get(one)["purpose"] == "survey"
    each_api.as_("admin").ask("PATCH", one, status=200, json={"purpose": "debt"})
    each_api.post(f"{one}/resume")


def test_the_preflight_names_the_values_for_want_of_which_a_start_is_refused(each_api: Api) -> None:
    campaign = each_api.campaign(message={"text": "Hello {name}, {day:date|today}."})
    path = f"/campaigns/{campaign['id']}"
    ann = {"phone": "+442079460101", "variables": {"name": "Ann", "day": "soon"}}
    people = [ann, {"phone": "+442079460102"}]
    each_api.post(f"{path}/contacts", people)
    preflight = each_api.get(f"{path}/preflight")
    assert preflight["missing"] == ["variables.name"]
    [unreadable] = preflight["unreadable"]
    assert (unreadable["variable"], unreadable["format"]) == ("day", "date")
    assert (unreadable["contacts"], unreadable["looked_at"]) == (1, 2)
    assert "no value for {name}" in each_api.post(f"{path}/start", status=409)["detail"]
    [lacking] = [each for each in each_api.get(f"{path}/contacts")["items"] if not each["variables"]]
    each_api.ask("PATCH", f"/contacts/{lacking['id']}", status=200, json={"variables": {"name": "Bob"}})
    assert each_api.get(f"{path}/preflight")["missing"] == []
    each_api.post(f"{path}/start")
