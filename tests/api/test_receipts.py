"""Receipts over REST: of an attempt, of a person, and the key that verifies them."""

from __future__ import annotations

import base64
import json
from typing import Any

from campaign_app.domain.phone import mask
from campaign_app.extensions import db
from campaign_app.models import Attempt
from campaign_app.signing import verify_document
from campaign_app.transaction import transaction
from tests.api.asking import LONDON, Api

AMERICAN = "+13125550123"
"""Whose call records a duty keeps."""


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
    assert receipt["to"] != LONDON, "masked for a viewer, and signed as it is shown"
    assert receipt["to"] == mask(LONDON)
    own = verify_document(each_api.ask("GET", call["receipt"], status=200).data, public_key(each_api))
    assert own["to"] == LONDON
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


def test_the_receipts_of_somebody_who_was_forgotten_stay_without_the_number(each_api: Api) -> None:
    admin = each_api.as_("admin")
    call = place(admin, AMERICAN)
    with admin.app.app_context(), transaction(db.session()) as session:
        attempt = session.get_one(Attempt, call["id"])
        at = admin.clock.now()
        attempt.status, attempt.rank, attempt.dialing_at, attempt.ended_at = "completed", 9, at, at
    admin.clock.move(3600)
    admin.post("/people/forget", {"phone": AMERICAN, "reason": "a letter"})
    [exported] = admin.get("/people/receipts", query_string={"phone": AMERICAN})["receipts"]
    for receipt in (admin.get(call["receipt"]), exported):
        assert receipt["verdict"] == "allowed"
        assert receipt["to"].startswith("~")
        assert "do-not-call" not in receipt["sentence"]
        assert receipt["unknown"][0].startswith("the number was erased")
    query = {"phone": AMERICAN, "at": "2026-11-20T15:00:00Z"}
    assert admin.get("/why", query_string=query)["sentence"].startswith(
        "A single call was made in that minute."
    )
    query["at"] = "2026-11-20T15:30:00Z"
    assert (
        "this person was forgotten on 2026-11-20T16:00:00Z"
        in admin.get("/why", query_string=query)["sentence"]
    )
