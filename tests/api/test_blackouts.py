"""Blackouts over REST."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.asking import Api, fields_of

EMERGENCY = {"country": "US", "state": "US-LA", "reason": "hurricane", "source": "https://example.org/decree"}


def test_a_place_is_closed_at_once_shown_and_lifted(each_api: Api) -> None:
    campaign = each_api.campaign(purpose="informational")
    people = [{"phone": "+15045550123"}, {"phone": "+12125550123"}, {"phone": "+15045550124"}]
    each_api.post(f"/campaigns/{campaign['id']}/contacts", people)
    each_api.post(f"/campaigns/{campaign['id']}/start")
    answer = each_api.ask("POST", "/blackouts", status=201, json=EMERGENCY)
    added = answer.get_json()
    assert added.pop("holds") == 2
    assert added["starts_at"] == added["made_at"]
    assert (added["status"], added["made_by"], added["ends_at"]) == ("in-force", "token:operator", None)
    assert each_api.get(answer.headers["Location"]) == added
    assert each_api.get("/blackouts")["items"] == [added]
    assert each_api.get("/blackouts", query_string={"status": "over"})["items"] == []
    why = each_api.get("/why", query_string={"phone": "+15045550123"})
    [reason] = [each for each in why["contacts"][0]["reasons"] if each["code"] == "blackout"]
    assert reason == {
        "code": "blackout",
        "detail": "Louisiana is closed until somebody lifts it: hurricane",
        "until": None,
    }
    preflight = each_api.get(f"/campaigns/{campaign['id']}/preflight")
    assert {"code": "blackout", "contacts": 2} in preflight["never"]
    path = f"/blackouts/{added['id']}/lift"
    assert fields_of(each_api.ask("POST", path, status=422, json={}).get_json()) == {"reason"}
    assert fields_of(each_api.ask("POST", path, status=422, json={"reason": " "}).get_json()) == {"reason"}
    each_api.clock.move(60)
    lifted = each_api.post(path, {"reason": "the storm has passed"})
    assert (lifted["status"], lifted["lifted_by"], lifted["lift_reason"]) == (
        "over",
        "token:operator",
        "the storm has passed",
    )
    each_api.ask("POST", path, status=409, json={"reason": "again"})
    assert each_api.get("/blackouts", query_string={"status": "over"})["items"] == [lifted]


@pytest.mark.parametrize(
    "change, field",
    [
        ({"country": "XX"}, "country"),
        ({"country": "United States"}, "country"),
        ({"country": None}, "country"),
        ({"state": "US-XX"}, "state"),
        ({"state": "CA-ON"}, "state"),
        ({"country": "FR", "state": "FR-IDF"}, "state"),
        ({"purposes": []}, "purposes"),
        ({"purposes": ["selling"]}, "purposes"),
        ({"starts_at": "2026-11-20T14:00:00Z"}, "starts_at"),
        ({"starts_at": "tomorrow"}, "starts_at"),
        ({"ends_at": "2026-11-20T15:00:00"}, "ends_at"),
        ({"ends_at": "2026-11-20T15:00:00Z"}, "ends_at"),
        ({"starts_at": "2026-11-21T15:00:00Z", "ends_at": "2026-11-21T15:00:00Z"}, "ends_at"),
        ({"ends_at": "9999-12-31T23:59:59-12:00"}, "ends_at"),
        ({"reason": "  "}, "reason"),
        ({"reason": None}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"until": "2026-12-01T00:00:00Z"}, "until"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_nothing_is_closed(
    api: Api, change: dict[str, Any], field: str
) -> None:
    answer = api.ask("POST", "/blackouts", status=422, json={**EMERGENCY, **change}).get_json()
    assert fields_of(answer) == {field}
    assert api.get("/blackouts")["items"] == []


@pytest.mark.parametrize("state", ["US-LA", "LA", "Louisiana", "louisiana"])
def test_a_state_is_known_by_its_code_and_its_name(api: Api, state: str) -> None:
    assert api.post("/blackouts", {**EMERGENCY, "state": state}, status=201)["state"] == "US-LA"


def test_viewers_see_and_operators_close_and_lift(api: Api) -> None:
    viewer = api.as_("viewer")
    viewer.ask("POST", "/blackouts", status=403, json=EMERGENCY)
    written = {"reason": "asked by 312 555 0123", "source": "letter of (312) 555-0123"}
    added = api.post("/blackouts", {**EMERGENCY, "starts_at": "2026-11-21T00:00:00Z", **written}, status=201)
    assert added["status"] == "coming"
    [listed] = viewer.get("/blackouts")["items"]
    assert listed == viewer.get(f"/blackouts/{added['id']}")
    assert (listed["id"], listed["reason"], listed["source"]) == (
        added["id"],
        "asked by •••23",
        "letter of •••23",
    )
    assert api.get(f"/blackouts/{added['id']}")["source"] == written["source"]
    for source, shown in (
        ("https://gov.example/3125550123", "https://gov.example/3125550123"),
        ("https://gov.example asked by 312 555 0123", "https://gov.example asked by •••23"),
    ):
        other = api.post("/blackouts", {**EMERGENCY, "source": source}, status=201)
        assert viewer.get(f"/blackouts/{other['id']}")["source"] == shown
    viewer.ask("POST", f"/blackouts/{added['id']}/lift", status=403, json={"reason": "no"})
    viewer.ask("GET", "/blackouts/999", status=404)
    api.ask("POST", "/blackouts/999/lift", status=404, json={"reason": "no"})
    assert api.post(f"/blackouts/{added['id']}/lift", {"reason": "called off"})["status"] == "over"
