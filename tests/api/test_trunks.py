"""Trunks over REST: made, changed, paused, tested, deleted; their credentials go in and never come out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from campaign_app.extensions import db
from campaign_app.services import trunks
from campaign_app.transaction import transaction
from campaign_app.vault import CredentialVault
from tests.api.asking import LONDON, Api, fields_of

FIRST, SECOND = (Fernet.generate_key().decode() for _ in range(2))
TWILIO = {
    "name": "carrier-paris",
    "provider": "twilio",
    "settings": {"account_sid": "AC" + "0" * 32},
    "credentials": {"auth_token": "very-secret-token"},
    "max_concurrent_calls": 20,
}


def use_keys(api: Api, *keys: str) -> None:
    board = api.app.extensions["switchboard"]
    board.settings = replace(board.settings, encryption_key=keys)
    board.vault = CredentialVault(keys)


@pytest.fixture
def admin(api: Api) -> Api:
    use_keys(api, FIRST)
    return api.as_("admin")


@pytest.fixture
def made(admin: Api) -> dict[str, Any]:
    trunk: dict[str, Any] = admin.post("/trunks", TWILIO, status=201)
    return trunk


def column(api: Api, statement: str) -> Any:
    with api.app.app_context():
        return db.session.execute(sa.text(statement)).scalar()


def patch(api: Api, trunk_id: int, body: Any, status: int = 200) -> Any:
    return api.ask("PATCH", f"/trunks/{trunk_id}", status=status, json=body).get_json()


def test_credentials_are_written_and_never_read_back(admin: Api, made: dict[str, Any]) -> None:
    assert made["credentials"] == {"auth_token": "set"}
    assert (made["state"], made["campaigns"], made["open_calls"]) == ("up", [], 0)
    told = admin.ask("GET", "/trunks", status=200).text + admin.ask("GET", f"/trunks/{made['id']}").text
    told += column(admin, "SELECT group_concat(detail) FROM audit")
    told += column(admin, "SELECT secret FROM trunks WHERE name = 'carrier-paris'")
    assert "very-secret" not in told


def test_a_change_keeps_the_credentials_that_it_does_not_name(admin: Api, made: dict[str, Any]) -> None:
    changed = patch(admin, made["id"], {"credentials": {"auth_token_2": "b"}, "max_concurrent_calls": 5})
    assert changed["credentials"] == {"auth_token": "set", "auth_token_2": "set"}
    assert (changed["max_concurrent_calls"], changed["settings"]) == (5, TWILIO["settings"])
    assert patch(admin, made["id"], {"credentials": {"auth_token": None}})["credentials"] == {
        "auth_token_2": "set"
    }
    assert patch(admin, made["id"], {"provider": "simulator", "settings": {}})["credentials"] == {}


def test_without_a_key_credentials_are_refused_with_the_remedy_and_the_rest_is_not(api: Api) -> None:
    admin = api.as_("admin")
    refused = admin.post("/trunks", TWILIO, status=409)
    assert "SWITCHBOARD_ENCRYPTION_KEY" in refused["detail"]
    admin.post("/trunks", {**TWILIO, "credentials": {}}, status=201)


def test_a_new_key_in_front_encrypts_anew_and_a_lost_key_is_said(admin: Api, made: dict[str, Any]) -> None:
    stored = "SELECT secret FROM trunks WHERE name = 'carrier-paris'"
    before = column(admin, stored)
    with admin.app.app_context():
        for keys, shut in (((SECOND, FIRST), []), ((FIRST,), ["carrier-paris"])):
            with transaction(db.session()):
                assert (
                    trunks.renew_secrets(db.session(), vault=CredentialVault(keys), now=admin.clock.now())
                    == shut
                )
    assert column(admin, stored) != before
    assert CredentialVault([SECOND]).open(column(admin, stored)) == {"auth_token": "very-secret-token"}
    told = admin.get(f"/trunks/{made['id']}")
    assert (told["credentials"], told["state"]) == ({}, "not-ready")
    assert "SWITCHBOARD_ENCRYPTION_KEY does not hold" in told["credentials_error"] == told["reason"]


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"name": ""}, "name"),
        ({"name": "default"}, "name"),
        ({"name": "<b>"}, "name"),
        ({"provider": "pigeon"}, "provider"),
        ({"settings": {"shoe": "1"}}, "settings.shoe"),
        ({"settings": {"base_url": "ftp://x"}}, "settings.base_url"),
        ({"settings": {"detection": "later"}}, "settings.detection"),
        ({"settings": {"account_sid": "x" * 501}}, "settings.account_sid"),
        ({"settings": {"auth_token": "in the open"}}, "settings.auth_token"),
        ({"provider": "asterisk", "settings": {"endpoint": "PJSIP/trunk"}}, "settings.endpoint"),
        ({"settings": []}, "settings"),
        ({"credentials": {"account_sid": "AC"}}, "credentials.account_sid"),
        ({"credentials": {"auth_token": "a\nb"}}, "credentials.auth_token"),
        ({"credentials": {"voice": "Polly.Amy"}}, "credentials.voice"),
        ({"caller_ids": ["12"]}, "caller_ids[0]"),
        ({"countries": ["GB", "XX"]}, "countries[1]"),
        ({"countries": ["Atlantis"]}, "countries[0]"),
        ({"countries": [7]}, "countries[0]"),
        ({"countries": []}, "countries"),
        ({"countries": "GB"}, "countries"),
        ({"number_types": ["golden"]}, "number_types[0]"),
        ({"number_types": ["mobile"]}, "number_types[0]"),
        ({"number_types": "premium"}, "number_types"),
        ({"max_concurrent_calls": -1}, "max_concurrent_calls"),
        ({"max_concurrent_calls": True}, "max_concurrent_calls"),
        ({"calls_per_second": 0}, "calls_per_second"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_field_is_named(admin: Api, wrong: dict[str, Any], field: str) -> None:
    if wrong.get("provider") == "asterisk":
        wrong = {**wrong, "credentials": {}}
    assert fields_of(admin.post("/trunks", {**TWILIO, **wrong}, status=422)) == {field}


def test_a_credential_among_the_settings_is_refused_naming_its_place(admin: Api) -> None:
    told = admin.post("/trunks", {**TWILIO, "settings": {"auth_token": "x"}}, status=422)
    assert "credentials" in told["errors"][0]["message"]


def test_a_trunk_in_use_is_kept_with_the_list(admin: Api, made: dict[str, Any]) -> None:
    campaign = admin.campaign(provider="carrier-paris")
    refused = admin.ask("DELETE", f"/trunks/{made['id']}", status=409).get_json()
    assert f"Flood warning ({campaign['id']})" in refused["detail"]
    admin.ask("DELETE", f"/campaigns/{campaign['id']}", status=204)
    admin.ask("DELETE", f"/trunks/{made['id']}", status=204)
    admin.get(f"/trunks/{made['id']}", status=404)


def test_pausing_and_resuming(admin: Api, made: dict[str, Any]) -> None:
    one = f"/trunks/{made['id']}"
    paused = admin.as_("operator").post(f"{one}/pause", {"reason": "the carrier asked"})
    assert (paused["state"], paused["reason"]) == ("paused", "the carrier asked")
    assert admin.post(f"{one}/pause")["reason"] == "the carrier asked"
    assert admin.post(f"{one}/resume")["state"] == "up"


def test_a_test_call_goes_over_this_trunk_and_into_no_statistics(admin: Api) -> None:
    call = admin.post("/trunks/1/test", {"to": LONDON}, status=201)
    assert call["campaign_id"] is None
    assert column(admin, "SELECT test FROM attempts") == 1
    admin.post("/trunks/1/test", {"to": "12"}, status=422)


def test_a_campaign_may_call_only_from_the_numbers_of_its_trunk(admin: Api, made: dict[str, Any]) -> None:
    patch(admin, made["id"], {"caller_ids": [LONDON]})
    fields = {"name": "A", "message": {"text": "x"}, "provider": "carrier-paris", "purpose": "survey"}
    refused = admin.post("/campaigns", {**fields, "caller_id": "+442079460124"}, status=422)
    assert fields_of(refused) == {"caller_id"}
    admin.post("/campaigns", {**fields, "caller_id": LONDON}, status=201)
    call = {"to": "+442079460999", "message": {"text": "x"}, "provider": "carrier-paris"}
    assert fields_of(admin.post("/calls", {**call, "caller_id": "+442079460124"}, status=422)) == {
        "caller_id"
    }


@pytest.mark.parametrize(
    "method, path", [("POST", "/trunks"), ("PATCH", "/trunks/1"), ("DELETE", "/trunks/1")]
)
def test_only_an_admin_changes_trunks(admin: Api, method: str, path: str) -> None:
    admin.as_("operator").ask(method, path, status=403, json={})


def test_a_viewer_sees_them(admin: Api) -> None:
    [trunk] = admin.as_("viewer").get("/trunks")["items"]
    assert (trunk["name"], trunk["provider"]) == ("default", "simulator")


def test_a_trunk_calls_every_country_until_somebody_chooses(admin: Api, made: dict[str, Any]) -> None:
    assert (made["countries"], made["number_types"], made["countries_chosen"]) == (None, [], False)
    changed = patch(admin, made["id"], {"max_concurrent_calls": 3})
    assert changed["countries_chosen"] is False
    changed = patch(admin, made["id"], {"countries": ["gb", "IE", "GB"]})
    assert (changed["countries"], changed["number_types"], changed["countries_chosen"]) == (
        ["GB", "IE"],
        [],
        True,
    )
    changed = patch(admin, made["id"], {"number_types": ["premium"]})
    assert (changed["countries"], changed["number_types"]) == (["GB", "IE"], ["premium"])
    changed = patch(admin, made["id"], {"countries": None})
    assert (changed["countries"], changed["number_types"], changed["countries_chosen"]) == (
        None,
        ["premium"],
        True,
    )
    assert "countries" in column(
        admin, "SELECT group_concat(detail) FROM audit WHERE action = 'trunk.update'"
    )


def test_the_simulator_calls_every_country_and_no_premium(admin: Api) -> None:
    trunk = admin.post("/trunks", {"name": "toy", "provider": "simulator"}, status=201)
    assert (trunk["countries"], trunk["number_types"], trunk["countries_chosen"]) == (None, [], True)
    call = {"message": {"text": "x"}, "provider": "toy"}
    refused = admin.post("/calls", {**call, "to": "+44 909 8790000"}, status=422)
    assert fields_of(refused) == {"to"}
    admin.post("/calls", {**call, "to": "+81 3 1234 5678", "purpose": "emergency"}, status=201)
    # One that calls people asks again.
    trunk = admin.post("/trunks", {"name": "toy 2", "provider": "simulator", "countries": None}, status=201)
    assert patch(admin, trunk["id"], {"provider": "twilio"})["countries_chosen"] is False


def test_every_way_in_follows_the_rules_of_the_trunk(admin: Api, made: dict[str, Any]) -> None:
    patch(admin, made["id"], {"countries": ["GB"]})
    fields = {"name": "A", "message": {"text": "x"}, "provider": "carrier-paris", "purpose": "survey"}
    campaign = admin.post("/campaigns", fields, status=201)
    added = admin.post(
        f"/campaigns/{campaign['id']}/contacts",
        {"contacts": ["+442079460018", "+33612345678", "+44 909 8790000", {"phone": "+441534720321"}]},
        status=200,
    )
    assert added["accepted"] == 1
    assert [(row["index"], row["code"]) for row in added["rejected"]] == [
        (1, "country"),
        (2, "premium"),
        (3, "country"),
    ]
    assert "is in France (FR), which this trunk may not call" in added["rejected"][0]["reason"]
    call = {"message": {"text": "x"}, "provider": "carrier-paris"}
    assert fields_of(admin.post("/calls", {**call, "to": "+33612345678"}, status=422)) == {"to"}
    admin.post(f"/trunks/{made['id']}/test", {"to": "+33612345678"}, status=422)
    message = {"text": "x", "keys": [{"digit": "1", "action": "transfer", "to": "+33612345678"}]}
    refused = admin.post("/campaigns", {**fields, "message": message}, status=422)
    assert fields_of(refused) == {"message.keys[0].to"}
    single = {"message": message, "to": "+442079460018", "provider": "carrier-paris"}
    assert fields_of(admin.post("/calls", single, status=422)) == {"message.keys[0].to"}
    message["keys"][0]["to"] = "200"
    admin.post("/campaigns", {**fields, "message": message}, status=201)


def test_a_campaign_whose_contacts_the_trunk_may_not_call_does_not_start(
    admin: Api, made: dict[str, Any]
) -> None:
    fields = {
        "name": "A",
        "message": {"text": "x", "keys": [{"digit": "1", "action": "transfer", "to": "+33612345678"}]},
        "provider": "carrier-paris",
        "purpose": "survey",
    }
    campaign = admin.post("/campaigns", fields, status=201)
    people = ["+442079460018", "+33612345678", "+14165550123", "+18005550199"]
    admin.post(f"/campaigns/{campaign['id']}/contacts", {"contacts": people}, status=200)
    start = f"/campaigns/{campaign['id']}/start"
    patch(admin, made["id"], {"countries": ["GB"]})
    refused = admin.post(start, {}, status=409)
    assert "message.keys[0].to: is in France (FR), which this trunk may not call" in refused["detail"]
    patch(admin, made["id"], {"countries": ["GB", "CA", "FR"]})
    # The toll-free number is Canada's as well as the United States'.
    assert admin.post(start, {}, status=200)["status"] == "running"
    admin.post(f"/campaigns/{campaign['id']}/pause", {}, status=200)
    patch(admin, made["id"], {"countries": ["FR"]})
    refused = admin.post(f"/campaigns/{campaign['id']}/resume", {}, status=409)
    assert "3 contacts are in countries that the trunk carrier-paris may not call" in refused["detail"]
    assert "Canada, United Kingdom, United States" in refused["detail"]


def test_do_not_call_takes_every_number_that_is_read_for_certain(admin: Api, made: dict[str, Any]) -> None:
    patch(admin, made["id"], {"countries": ["GB"]})
    for number in ("+44 909 8790000", "+881 6 123 12345", "+33612345678"):
        admin.post("/do-not-call", {"phone": number}, status=201)
    assert fields_of(admin.post("/do-not-call", {"phone": "33612345678", "region": "DE"}, status=422)) == {
        "phone"
    }
