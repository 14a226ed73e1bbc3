"""Why a number is not called, over REST: in every campaign, and by a single call."""

from __future__ import annotations

import base64

from campaign_app.signing import verify_document
from tests.api.asking import LONDON, Api

FREEPHONE = "+80012345678"


def explain(api: Api, phone: str) -> dict[str, object]:
    answer: dict[str, object] = api.get("/why", query_string={"phone": phone})
    return answer


def test_a_number_in_no_campaign_tells_what_a_single_call_meets(each_api: Api) -> None:
    single_call = {"zones": ["Europe/London"], "callable": True, "reasons": []}
    assert explain(each_api, LONDON) == {"phone": LONDON, "contacts": [], "single_call": single_call}
    each_api.post("/do-not-call", {"phone": LONDON}, status=201)
    answer = each_api.get("/why", query_string={"phone": LONDON})
    assert answer["contacts"] == []
    assert answer["single_call"]["callable"] is False
    assert [reason["code"] for reason in answer["single_call"]["reasons"]] == ["do-not-call"]
    call = {"to": LONDON, "message": {"text": "The river is rising."}}
    assert "do-not-call" in each_api.post("/calls", call, status=409)["detail"]


def test_a_single_call_to_a_number_of_no_known_place_has_a_reason(api: Api) -> None:
    answer = api.get("/why", query_string={"phone": FREEPHONE})
    assert answer["single_call"]["zones"] == []
    assert answer["single_call"]["callable"] is False


def test_a_contact_whose_row_contradicts_its_number_tells_the_doubt(each_api: Api) -> None:
    path = f"/campaigns/{each_api.campaign()['id']}/contacts"
    each_api.post(path, [{"phone": "+33612345670", "postal_code": "97400"}, LONDON])
    doubts = {
        item["phone"]: each_api.get(f"/contacts/{item['id']}/why")["doubts"]
        for item in each_api.get(path)["items"]
    }
    assert doubts == {
        "+33612345670": [
            "the postal code 97400 (Réunion) is not in the country of this number (France): both count"
        ],
        LONDON: [],
    }


def test_a_past_minute_is_answered_and_signed(each_api: Api) -> None:
    each_api.post(f"/campaigns/{each_api.campaign()['id']}/contacts", [LONDON])
    each_api.clock.move(3600)
    query = {"phone": LONDON, "at": "2026-11-20T16:30:00+01:00"}
    answer = each_api.as_("viewer").ask("GET", "/why", query_string=query, status=200)
    key = base64.b64decode(each_api.get("/receipts/key")["public_key"])
    document = verify_document(answer.data, key)
    assert document["at"] == "2026-11-20T15:30:00Z"
    assert document["sentence"] == (
        "On Friday 20 November 2026 it was 15:30 in London, and Flood warning did not call this number: the campaign"
        " was a draft."
    )
    for text in ("noon", "2026-11-20T15:30:00", "0000-01-01T00:00:00Z"):
        problem = each_api.get("/why", query_string={"phone": LONDON, "at": text}, status=422)
        assert [error["field"] for error in problem["errors"]] == ["at"]
