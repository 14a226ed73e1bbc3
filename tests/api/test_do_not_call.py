"""The do-not-call list over REST."""

from __future__ import annotations

import csv
import io

from tests.api.asking import LONDON, Api, fields_of


def test_a_number_is_added_for_all_campaigns_and_removed_again(each_api: Api) -> None:
    answer = each_api.ask(
        "POST", "/do-not-call", status=201, json={"phone": "020 7946 0123", "region": "GB", "reason": "asked"}
    )
    entry = answer.get_json()
    assert (entry["phone"], entry["campaign_id"], entry["reason"]) == (LONDON, None, "asked")
    assert (entry["source"], entry["added_by"]) == ("api", "token:operator")
    path = answer.headers["Location"]
    assert each_api.get(path) == entry
    assert each_api.get("/do-not-call")["items"] == [entry]
    removed = each_api.ask("DELETE", path, status=200, query_string={"reason": "asked again"}).get_json()
    assert (removed["phone"], removed["removal_reason"], removed["removed_by"]) == (
        LONDON,
        "asked again",
        "token:operator",
    )
    each_api.ask("DELETE", path, status=404, query_string={"reason": "asked again"})
    assert each_api.get("/do-not-call")["items"] == []
    assert each_api.get("/do-not-call/removals")["items"][0]["reason"] == "asked"


def test_a_removal_needs_a_reason_in_the_query_or_the_body(each_api: Api) -> None:
    entry = each_api.post("/do-not-call", {"phone": LONDON}, status=201)
    path = f"/do-not-call/{entry['id']}"
    assert fields_of(each_api.ask("DELETE", path, status=422).get_json()) == {"reason"}
    assert fields_of(each_api.ask("DELETE", path, status=422, json={"reason": " "}).get_json()) == {"reason"}
    assert each_api.get("/do-not-call")["total"] == 1
    each_api.ask("DELETE", path, status=200, json={"reason": "wrong number"})
    assert each_api.get("/do-not-call")["total"] == 0
    # The list may have the number again.
    each_api.post("/do-not-call", {"phone": LONDON}, status=201)


def test_a_removal_says_how_many_contacts_it_holds_back_and_lets_them_go_if_asked(each_api: Api) -> None:
    one, two, three = (each_api.campaign()["id"] for _ in range(3))
    for campaign in (one, two, three):
        each_api.post(f"/campaigns/{campaign}/contacts", [LONDON])
    each_api.post("/do-not-call", {"phone": LONDON, "campaign_id": two}, status=201)
    each_api.post("/do-not-call", {"phone": LONDON}, status=201)
    each_api.post(f"/campaigns/{three}/stop")
    asked = {"phone": LONDON, "reason": "asked again"}
    removed = each_api.ask("DELETE", "/do-not-call", status=200, query_string=asked).get_json()
    assert (removed["suppressed"], removed["unsuppressed"]) == (1, 0)
    each_api.post("/do-not-call", {"phone": LONDON}, status=201)
    wakes = len(each_api.wakes)
    removed = each_api.ask(
        "DELETE", "/do-not-call", status=200, query_string={**asked, "unsuppress": "true"}
    ).get_json()
    assert (removed["suppressed"], removed["unsuppressed"]) == (1, 1)
    assert len(each_api.wakes) == wakes + 1
    statuses = [
        each_api.get(f"/campaigns/{campaign}/contacts")["items"][0]["status"]
        for campaign in (one, two, three)
    ]
    assert statuses == ["pending", "suppressed", "suppressed"]
    stats = each_api.get(f"/campaigns/{one}/stats")
    assert stats["contacts"]["pending"] == 1


def test_a_search_without_a_digit_finds_nothing(each_api: Api) -> None:
    each_api.post("/do-not-call", {"phone": LONDON}, status=201)
    assert each_api.get("/do-not-call?search=zzz")["items"] == []
    assert len(each_api.get("/do-not-call?search=0123")["items"]) == 1
    assert each_api.get("/do-not-call?search=zzz")["total"] == 1


def test_the_list_is_exported_as_csv(each_api: Api) -> None:
    each_api.post("/do-not-call", {"phone": LONDON, "reason": "asked", "date": "2026-11-02"}, status=201)
    answer = each_api.ask("GET", "/do-not-call/export.csv", status=200)
    assert answer.text.startswith("\ufeff")
    [row] = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (row["phone"], row["reason"], row["date"]) == (f"'{LONDON}", "asked", "2026-11-02")


def test_a_number_is_removed_by_itself_and_only_the_entry_that_is_meant(each_api: Api) -> None:
    campaign = each_api.campaign()["id"]
    each_api.post("/do-not-call", {"phone": LONDON}, status=201)
    each_api.post("/do-not-call", {"phone": LONDON, "campaign_id": campaign}, status=201)
    by_number = {"phone": LONDON, "reason": "asked again"}
    each_api.ask("DELETE", "/do-not-call", status=200, query_string=by_number)
    assert [item["campaign_id"] for item in each_api.get("/do-not-call")["items"]] == [campaign]
    each_api.ask("DELETE", "/do-not-call", status=404, query_string=by_number)
    each_api.ask("DELETE", "/do-not-call", status=200, query_string={**by_number, "campaign_id": campaign})
    assert each_api.get("/do-not-call")["items"] == []


def test_a_number_that_is_listed_already_stays_as_it_is(each_api: Api) -> None:
    first = each_api.post("/do-not-call", {"phone": LONDON, "reason": "asked"}, status=201)
    assert each_api.post("/do-not-call", {"phone": LONDON, "reason": "again"}, status=201) == first


def test_adding_suppresses_the_contacts_that_wait(each_api: Api) -> None:
    one = f"/campaigns/{each_api.campaign()['id']}"
    each_api.post(f"{one}/contacts", [LONDON, "+442079460124"])
    each_api.post("/do-not-call", {"phone": LONDON}, status=201)
    statuses = {item["phone"]: item["status"] for item in each_api.get(f"{one}/contacts")["items"]}
    assert statuses == {LONDON: "suppressed", "+442079460124": "pending"}


def test_what_is_wrong_is_named(api: Api) -> None:
    assert fields_of(api.post("/do-not-call", {}, status=422)) == {"phone"}
    assert fields_of(api.post("/do-not-call", {"phone": "12"}, status=422)) == {"phone"}
    assert fields_of(api.post("/do-not-call", {"phone": LONDON, "region": "ZZ"}, status=422)) == {"region"}
    assert fields_of(api.post("/do-not-call", {"phone": LONDON, "reason": "x" * 501}, status=422)) == {
        "reason"
    }
    assert fields_of(api.post("/do-not-call", {"phone": LONDON, "campaign_id": "x"}, status=422)) == {
        "campaign_id"
    }
    api.post("/do-not-call", {"phone": LONDON, "campaign_id": 4711}, status=404)
    assert fields_of(api.ask("DELETE", "/do-not-call", status=422).get_json()) == {"phone"}
    assert fields_of(api.ask("DELETE", "/do-not-call?phone=12", status=422).get_json()) == {"phone"}


def test_a_national_number_is_read_by_the_campaigns_region(each_api: Api) -> None:
    campaign_id = each_api.campaign(default_region="NZ")["id"]
    national = {"phone": "021 555 1202", "campaign_id": campaign_id}
    assert each_api.post("/do-not-call", national, status=201)["phone"] == "+64215551202"
    each_api.post("/do-not-call", {"phone": "021 555 1202"}, status=422)
    test_call = {"to": "021 555 1202"}
    refused = each_api.post(f"/campaigns/{campaign_id}/test", test_call, status=409)
    assert "do-not-call list of this campaign" in refused["detail"]
    removed = each_api.ask(
        "DELETE", "/do-not-call", status=200, query_string={**national, "reason": "asked again"}
    ).get_json()
    assert removed["phone"] == "+64215551202"
