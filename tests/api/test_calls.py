"""Single calls, and calls in general, over REST."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from campaign_app.extensions import db
from campaign_app.models import Attempt
from campaign_app.transaction import transaction
from tests.api.asking import LONDON, Api, fields_of

CALL: dict[str, Any] = {"to": LONDON, "message": {"text": "The river is rising."}}


def test_a_call_is_queued_for_the_engine_and_wakes_it(each_api: Api) -> None:
    answer = each_api.ask("POST", "/calls", status=201, json={**CALL, "provider": "default"})
    call = answer.get_json()
    assert answer.headers["Location"] == f"/api/v1/calls/{call['id']}"
    assert (call["to"], call["status"], call["provider"]) == (LONDON, "claimed", "default")
    assert (call["campaign_id"], call["contact_id"]) == (None, None)
    assert len(each_api.wakes) == 1
    assert each_api.get(f"/calls/{call['id']}") == call
    assert each_api.get("/calls")["items"] == [call]


def test_a_number_that_is_being_called_is_409(each_api: Api) -> None:
    each_api.post("/calls", CALL, status=201)
    assert "being called" in each_api.post("/calls", CALL, status=409)["detail"]


def test_a_number_on_the_do_not_call_list_is_409(api: Api) -> None:
    api.post("/do-not-call", {"phone": LONDON}, status=201)
    assert "do-not-call" in api.post("/calls", CALL, status=409)["detail"]


def test_it_has_to_be_time_wherever_a_campaign_has_the_person_too(each_api: Api) -> None:
    each_api.campaign()
    each_api.post("/campaigns/1/contacts", [{"phone": LONDON, "timezone": "Asia/Tokyo"}])
    assert "Asia/Tokyo" in each_api.post("/calls", CALL, status=409)["detail"]
    single = each_api.get(f"/why?phone={LONDON.replace('+', '%2B')}")["single_call"]
    assert (single["zones"], single["callable"]) == (["Asia/Tokyo", "Europe/London"], False)
    each_api.post("/calls", {**CALL, "to": "+442079460100"}, status=201)


def test_a_full_trunk_is_429_with_retry_after(each_api: Api) -> None:
    for number in range(3):
        each_api.post("/calls", {**CALL, "to": f"+44207946010{number}"}, status=201)
    answer = each_api.ask("POST", "/calls", status=429, json=CALL)
    assert int(answer.headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"to": "12"}, "to"),
        ({"to": None}, "to"),
        ({"message": "text"}, "message"),
        ({"message": {"text": ""}}, "message.text"),
        ({"message": {"text": "x" * 4001}}, "message.text"),
        ({"caller_id": "me"}, "caller_id"),
        ({"provider": "carrier-pigeon"}, "provider"),
        ({"when": "now"}, "when"),
        *(
            ({"timezone": zone}, "timezone")
            for zone in (
                "Pacific",
                "America",
                "US",
                "Etc",
                "posix",
                "right/UTC",
                "../etc/passwd",
                "",
                "x" * 5_000,
            )
        ),
        ({"timezone": "\0"}, "timezone"),
        # Words that a file may have are no names of zones, even beside a number that would make them clear.
        ({"to": "+12125550100", "timezone": "Pacific"}, "timezone"),
    ],
)
def test_a_wrong_field_is_named(api: Api, wrong: dict[str, Any], field: str) -> None:
    assert fields_of(api.post("/calls", {**CALL, **wrong}, status=422)) == {field}


def test_hanging_up_is_asked_for_once_and_refused_when_the_call_has_ended(each_api: Api) -> None:
    call = each_api.post("/calls", CALL, status=201)
    path = f"/calls/{call['id']}"
    for _ in range(2):
        assert each_api.ask("DELETE", path, status=202).get_json()["id"] == call["id"]
    with each_api.app.app_context(), transaction(db.session()) as session:
        assert session.get_one(Attempt, call["id"]).hangup_asked_at is not None
        session.execute(update(Attempt).values(status="canceled", rank=9, ended_at=each_api.clock.now()))
    assert "canceled" in each_api.ask("DELETE", path, status=409).get_json()["detail"]
    each_api.ask("DELETE", "/calls/4711", status=404)


def test_calls_are_filtered(each_api: Api) -> None:
    call = each_api.post("/calls", CALL, status=201)
    campaign = each_api.campaign()
    assert [item["id"] for item in each_api.get("/calls?status=open")["items"]] == [call["id"]]
    assert [item["id"] for item in each_api.get("/calls?status=claimed&search=0123")["items"]] == [call["id"]]
    assert each_api.get("/calls?status=busy")["items"] == []
    assert each_api.get("/calls?search=999")["items"] == []
    assert each_api.get(f"/calls?campaign_id={campaign['id']}")["items"] == []
    assert each_api.get(f"/campaigns/{campaign['id']}/calls")["items"] == []
    assert fields_of(each_api.get("/calls?status=loud", status=422)) == {"status"}
