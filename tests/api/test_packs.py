"""Packs over REST: what is in use, packs of one's own, switches; and what they ask of a start and of a single call."""

from __future__ import annotations

from typing import Any

import pytest

from campaign_app.extensions import db
from campaign_app.models import AuditEntry
from campaign_app.services.confirmed_numbers import confirm_number
from campaign_app.transaction import transaction
from tests.api.asking import Api, fields_of

PACK = """name = "acme"
title = "Acme house rules"
group = "Own"
places = ["GB"]
checked_on = 2026-11-01

[[rules]]
id = "hours"
title = "Mornings"
status = "code"
source = "house rules"
hours = [{ start = "09:00", end = "12:00" }]
examples = [{ zone = "Europe/London", at = 2026-07-06T11:00:00, allowed = true, consent = "express" }]
"""
MIAMI, NEW_YORK = "+13055550123", "+12125550123"
SALE = {"name": "Sale", "purpose": "marketing", "message": {"text": "Buy now"}}


def rule_of(pack: dict[str, Any], rule_id: str) -> dict[str, Any]:
    [rule] = [each for each in pack["rules"] if each["id"] == rule_id]
    return dict(rule)


def errors_of(problem: dict[str, Any]) -> dict[str, str]:
    return {error["field"]: error["message"] for error in problem["errors"]}


def test_everybody_reads_the_packs_with_their_sources(api: Api) -> None:
    viewer = api.as_("viewer")
    items = viewer.get("/packs")["items"]
    assert len(items) > 30
    assert items[0]["name"] == "default"
    florida = viewer.get("/packs/us-fl")
    assert florida in items
    assert (florida["origin"], florida["checked_on"], florida["old"]) == ("shipped", "2026-11-28", False)
    hours = rule_of(florida, "us-fl/hours")
    assert (hours["status"], hours["source"], hours["hours"]) == (
        "law",
        "Fla. Stat. 501.616(6)(a)",
        "Mon–Sun 08:00–20:00",
    )
    assert (hours["in_use"], hours["can_switch"], hours["in_force_from"]) == (True, False, "2021-07-01")
    assert rule_of(florida, "us-fl/consent")["needs"] == ["written consent is needed"]
    viewer.get("/packs/atlantis", status=404)


def test_only_an_admin_changes_them(api: Api) -> None:
    for role in ("viewer", "operator"):
        asking = api.as_(role)
        asking.post("/packs", {"text": PACK}, status=403)
        asking.post("/packs/switch", {"rule": "us-ky/hours", "on": True, "reason": "x"}, status=403)
        asking.post("/packs/acme/remove", {"reason": "x"}, status=403)
    assert api.wakes == []


def test_a_pack_of_ones_own_comes_and_goes(each_api: Api) -> None:
    admin = each_api.as_("admin")
    answer = admin.ask("POST", "/packs", status=201, json={"text": PACK})
    added = answer.get_json()
    assert (added["name"], added["origin"]) == ("acme", "own")
    assert admin.get(answer.headers["Location"]) == added
    assert len(each_api.wakes) == 1
    admin.post("/packs", {"text": PACK}, status=409)
    replaced = admin.post("/packs", {"text": PACK.replace("12:00", "13:00")}, status=201)
    assert replaced["version"] != added["version"]
    assert fields_of(admin.post("/packs/acme/remove", {"reason": " "}, status=422)) == {"reason"}
    admin.ask("POST", "/packs/acme/remove", status=204, json={"reason": "out of date"})
    admin.get("/packs/acme", status=404)
    admin.post("/packs/acme/remove", {"reason": "again"}, status=404)
    admin.post("/packs/us-fl/remove", {"reason": "a nuisance"}, status=409)


@pytest.mark.parametrize(
    "text, field, message",
    [
        (PACK.replace("hours = [", "horus = ["), "rules[0].horus", "(line 12)"),
        (PACK.replace("title", "titel", 1), "titel", "(line 2)"),
        (PACK.replace("09:00", "05:00").replace("12:00", "07:00"), "rules[0].hours", "never meet"),
        (PACK.replace("true", "false"), "rules[0].examples[0]", "the rule allows this call"),
        ("name = = 1", "pack", "this is not TOML"),
        ("\x00", "text", ""),
        ("", "pack", "the text of a pack file"),
        (PACK + "#" * 300_000, "text", "200000"),
        (None, "text", ""),
        (["name"], "text", ""),
    ],
)
def test_a_wrong_pack_is_named_at_its_part(api: Api, text: Any, field: str, message: str) -> None:
    found = errors_of(api.as_("admin").post("/packs", {"text": text}, status=422))
    assert message in found[field]
    assert {each["origin"] for each in api.get("/packs")["items"]} == {"shipped"}


def test_a_rule_is_switched_with_a_reason_and_back(each_api: Api) -> None:
    admin = each_api.as_("admin")
    body = {"rule": "default/marketing-hours", "on": False, "reason": "we call on Sundays"}
    switched = rule_of(admin.post("/packs/switch", body), body["rule"])
    assert (switched["in_use"], switched["switched_by"], switched["switched_reason"]) == (
        False,
        "token:admin",
        "we call on Sundays",
    )
    admin.post("/packs/switch", body, status=409)
    back = rule_of(admin.post("/packs/switch", {**body, "on": True}), body["rule"])
    assert (back["in_use"], back["switched_by"]) == (True, None)


@pytest.mark.parametrize(
    "change, status, told",
    [
        ({"rule": "us-fl/hours"}, 409, "us-fl/hours is law and cannot be switched off"),
        ({"rule": "default/daytime"}, 409, "the installation’s floor"),
        ({"rule": "us-fl/nothing"}, 404, "there is no rule us-fl/nothing"),
        ({"reason": ""}, 422, "reason"),
        ({"reason": None}, 422, "reason"),
        ({"on": "maybe"}, 422, "on"),
        ({"until": "tomorrow"}, 422, "until"),
    ],
)
def test_a_switch_that_cannot_be_is_refused(api: Api, change: dict[str, Any], status: int, told: str) -> None:
    body = {"rule": "default/marketing-hours", "on": False, "reason": "we call on Sundays", **change}
    problem = api.as_("admin").post("/packs/switch", body, status=status)
    assert told in problem["detail"] or told in fields_of(problem)


def make(api: Api, phones: list[str], **fields: Any) -> str:
    campaign = api.campaign(**{**SALE, **fields})
    api.post(f"/campaigns/{campaign['id']}/contacts", [{"phone": phone} for phone in phones])
    return f"/campaigns/{campaign['id']}"


def test_a_start_without_what_rules_ask_is_refused_with_all_of_it_at_once(each_api: Api) -> None:
    path = make(each_api, [MIAMI, NEW_YORK], consent={"kind": "written", "source": "web form"})
    asked = each_api.get(f"{path}/preflight")["requirements"]
    refusing = [each for each in asked if not each["warns"]]
    assert {each["field"] for each in refusing} == {"caller_name", "message.keys", "message.machine"}
    assert all(each["people"] == 2 for each in refusing)
    [name] = [each for each in refusing if each["field"] == "caller_name"]
    assert "US federal: 47 CFR 64.1200(b)(1)" in name["sources"]
    problem = each_api.post(f"{path}/start", status=422)
    assert errors_of(problem) == {
        each["field"]: f"{each['sentence']} ({'; '.join(each['sources'])})" for each in refusing
    }
    each_api.ask(
        "PATCH",
        path,
        status=200,
        json={
            "caller_name": "Hill Clinic",
            "message": {
                "text": "This is Hill Clinic. Press 9 and we will not call again, or call 1-800-555-0199.",
                "keys": [{"digit": "9", "action": "opt-out"}],
            },
        },
    )
    assert [each for each in each_api.get(f"{path}/preflight")["requirements"] if not each["warns"]] == []
    each_api.post(f"{path}/start")


def test_a_start_that_no_rule_allows_names_the_rules_and_the_remedy(each_api: Api) -> None:
    sentence = (
        "no rule lets anybody on its list be called: written consent is needed, and none is on record (US federal: 47 "
        "CFR 64.1200(a)(2), (a)(3), (f)(9); Florida: Fla. Stat. 501.059(8)(a)). Add consent in a column of the file "
        "(consent) or to the campaign for everybody on its list"
    )
    whole = make(each_api, [MIAMI], message=WHOLE, caller_name="Hill Clinic")
    assert each_api.post(f"{whole}/start", status=409)["detail"] == sentence
    path = make(each_api, [MIAMI])
    refused = each_api.post(f"{path}/start", status=409)
    assert refused["detail"].startswith(f"{sentence}; ")
    asked = errors_of(refused)
    assert asked.keys() == {"caller_name", "message.keys", "message.machine"}, "all of it in one answer"
    assert set(each_api.get(f"{path}/preflight")["missing"]) == asked.keys()
    assert each_api.get(f"{path}/preflight")["never"] == [{"code": "consent", "contacts": 1}]


def test_windows_that_never_meet_are_refused_at_their_field_whatever_else_is_missing(api: Api) -> None:
    path = make(api, [NEW_YORK], timezone="America/New_York")
    night = [{"days": ["sun"], "start": "02:00", "end": "04:00"}]
    problem = api.ask("PATCH", path, status=422, json={"calling_windows": night}).get_json()
    assert fields_of(problem) == {"calling_windows"}


def test_a_campaign_on_its_own_clock_names_the_law_whose_hours_it_does_not_keep(each_api: Api) -> None:
    admin = each_api.as_("admin")
    consent = {"kind": "written", "source": "web form"}
    path = make(admin, [MIAMI, NEW_YORK], clock="campaign", timezone="UTC", consent=consent)
    lifted = each_api.get(f"{path}/preflight")["lifted"]
    assert [(each["contacts"], each["hours"]) for each in lifted if "47 CFR" in each["source"]] == [
        (2, "Mon–Sun 08:00–21:00")
    ]
    florida = {"source": "Florida: Fla. Stat. 501.616(6)(a)", "hours": "Mon–Sun 08:00–20:00", "contacts": 1}
    assert florida in lifted
    admin.ask("PATCH", path, status=200, json={"clock": "both"})
    assert each_api.get(f"{path}/preflight")["lifted"] == []


def test_what_only_warns_is_shown_and_starts(api: Api) -> None:
    path = make(api, [NEW_YORK], purpose="informational")
    asked = api.get(f"{path}/preflight")["requirements"]
    assert {each["field"] for each in asked} == {"caller_name", "consent", "message.keys", "message.machine"}
    assert all(each["warns"] for each in asked)
    api.post(f"{path}/start")


def test_a_registry_that_a_rule_asks_for_is_missed_at_the_start(api: Api) -> None:
    body = {"rule": "australia/registry", "on": True, "reason": "we sell there"}
    api.as_("admin").post("/packs/switch", body)
    message = {"text": "This is Hill Clinic.", "keys": [{"digit": "9", "action": "opt-out"}]}
    fields = {"message": message, "caller_name": "Hill Clinic", "caller_id": "+61280000000"}
    path = make(api, ["+61412345678"], timezone="Australia/Sydney", **fields)
    problem = api.post(f"{path}/start", status=422)
    assert errors_of(problem) == {
        "lists": "no do-not-call register is loaded for Australia: add it under Rules, Lists (Australia: Do Not Call "
        "Register Act 2006)"
    }


WHOLE = {
    "text": "This is Hill Clinic. Press 9 and we will not call again, or call 1-800-555-0199.",
    "keys": [{"digit": "9", "action": "opt-out"}],
}


def call(**fields: Any) -> dict[str, Any]:
    """A sales call that says all that it has to."""
    return {"to": MIAMI, "message": WHOLE, "caller_name": "Hill Clinic", "purpose": "marketing", **fields}


def test_a_single_call_without_consent_says_which_rule_forbids_it(each_api: Api) -> None:
    assert each_api.post("/calls", call(), status=409)["detail"] == (
        "written consent is needed, and none is on record (US federal: 47 CFR 64.1200(a)(2), (a)(3), (f)(9); Florida: "
        "Fla. Stat. 501.059(8)(a)), so it is not called"
    )
    for kind in ("none", "express", "existing"):
        each_api.post("/calls", call(consent={"kind": kind}), status=409)
    placed = each_api.post(
        "/calls", call(consent={"kind": "written", "source": "web form of 3 May"}), status=201
    )
    receipt = each_api.get(placed["receipt"].removeprefix("/api/v1"))
    assert receipt["profile"]["consent"] == "written"
    with each_api.app.app_context():
        [entry] = db.session.query(AuditEntry).filter_by(action="call.place")
    assert entry.detail["consent"] == {"kind": "written", "source": "web form of 3 May"}


@pytest.mark.parametrize(
    "consent, field",
    [
        ({"kind": "maybe"}, "consent.kind"),
        ({"source": "web form"}, "consent.kind"),
        ({"kind": "written", "source": "x" * 201}, "consent.source"),
        ({"kind": "written", "at": "yesterday"}, "consent.at"),
        ("written", "consent"),
    ],
)
def test_a_wrong_consent_of_a_single_call_is_named(api: Api, consent: object, field: str) -> None:
    assert fields_of(api.post("/calls", call(consent=consent), status=422)) == {field}


def test_a_single_call_whose_message_lacks_something_says_what(api: Api) -> None:
    body = call(consent={"kind": "written"}, message={"text": "Buy now"})
    detail = api.post("/calls", body, status=409)["detail"]
    assert (
        "the message needs the caller’s name in the first words (US federal: 47 CFR 64.1200(b)(1))" in detail
    )
    assert "a key that ends all calls and a number to call for free on machines" in detail


def test_a_contact_that_comes_later_needs_what_the_message_lacks(each_api: Api) -> None:
    """A start looks at those who are there; the permit looks at each."""
    path = make(each_api, ["+27115550123"], clock="person", timezone=None)
    each_api.post(f"{path}/start", status=200)
    late = {"phone": MIAMI, "consent": {"kind": "written", "source": "web form"}}
    each_api.post(f"{path}/contacts", [late], status=200)
    [contact] = [one for one in each_api.get(f"{path}/contacts")["items"] if one["phone"] == MIAMI]
    why = each_api.get(f"/contacts/{contact['id']}/why")
    assert {reason["code"] for reason in why["reasons"]} >= {"requirement"}
    assert each_api.get(f"{path}/preflight")["never"] == [{"code": "requirement", "contacts": 1}]


def test_a_single_call_outside_the_hours_names_their_text(api: Api) -> None:
    api.clock.move(11 * 3600)  # 21:00 in Miami
    written = {"consent": {"kind": "written"}}
    detail = api.post("/calls", call(**written), status=409)["detail"]
    assert (
        "it is outside the hours for such calls where the number is (Fri 21:00 in America/New_York" in detail
    )
    assert "Florida: Fla. Stat. 501.616(6)(a)" in detail


def test_a_test_call_may_state_consent_and_a_confirmed_number_needs_none(api: Api) -> None:
    grounds = {"message": WHOLE, "caller_name": "Hill Clinic"}
    path = make(api, [MIAMI], consent={"kind": "written", "source": "web form"}, **grounds)
    body = {"to": NEW_YORK}
    assert "written consent is needed" in api.post(f"{path}/test", body, status=409)["detail"]
    api.post(f"{path}/test", {**body, "consent": {"kind": "written"}}, status=201)
    api.post("/trunks/1/test", {"to": "+12125550124", "consent": {"kind": "express"}}, status=201)
    with api.app.app_context(), transaction(db.session()) as session:
        confirm_number(session, MIAMI, actor="cli", now=api.clock.now())
    api.post(f"{path}/test", {"to": MIAMI}, status=201)
