"""Receipts over REST: of an attempt, of a person, and the key that verifies them."""

from __future__ import annotations

import base64
import json
from typing import Any

from campaign_app.signing import verify_document
from tests.api.asking import LONDON, Api


def place(api: Api, to: str = LONDON) -> dict[str, Any]:
    call: dict[str, Any] = api.post(
        "/calls", {"to": to, "message": {"text": "The river is rising."}}, status=201
    )
    return call


def public_key(api: Api) -> bytes:
    """As somebody without a token gets it."""
    found = api.get("/receipts/key", headers={"Authorization": None})
    assert found["algorithm"] == "Ed25519"
    return base64.b64decode(found["public_key"])


def test_an_attempt_links_to_its_receipt_which_verifies(each_api: Api) -> None:
    call = place(each_api)
    answer = each_api.as_("viewer").ask("GET", call["receipt"], status=200)
    receipt = verify_document(answer.data, public_key(each_api))
    assert receipt["verdict"] == "waiting"
    assert receipt["to"] == LONDON
    assert receipt["attempt"]["id"] == call["id"]
    assert receipt["profile"]["zones"] == ["Europe/London"]
    assert receipt["rulebook"]["rules"]["purpose"] == "informational"


def test_a_receipt_of_nothing_is_404_and_takes_no_fields(api: Api) -> None:
    api.get("/attempts/9/receipt", status=404)
    place(api)
    assert api.get("/attempts/1/receipt?at=now", status=422)["errors"][0]["field"] == "at"


def test_all_receipts_of_a_person_are_one_signed_document(each_api: Api) -> None:
    place(each_api)
    answer = each_api.ask("GET", "/people/receipts", query_string={"phone": "+44 20 7946 0123"}, status=200)
    document = verify_document(answer.data, public_key(each_api))
    assert document["phone"] == LONDON
    assert [receipt["to"] for receipt in document["receipts"]] == [LONDON]
    json.dumps(document)
    nobody = each_api.get("/people/receipts", query_string={"phone": "+442079460199"})
    assert nobody["receipts"] == []


def test_a_person_is_exported_by_operators_and_by_a_whole_number_only(api: Api) -> None:
    api.as_("viewer").get("/people/receipts", query_string={"phone": LONDON}, status=403)
    for text in ("", "123", "abc", "+44", "\x00"):
        problem = api.get("/people/receipts", query_string={"phone": text}, status=422)
        assert problem["errors"][0]["field"] == "phone"
    assert api.get("/people/receipts", status=422)["errors"][0]["field"] == "phone"
