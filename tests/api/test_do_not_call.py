"""The do-not-call list over REST."""

from __future__ import annotations

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
    each_api.ask("DELETE", path, status=204)
    each_api.ask("DELETE", path, status=404)
    assert each_api.get("/do-not-call")["items"] == []


def test_a_number_is_removed_by_itself_and_only_the_entry_that_is_meant(each_api: Api) -> None:
    campaign = each_api.campaign()["id"]
    each_api.post("/do-not-call", {"phone": LONDON}, status=201)
    each_api.post("/do-not-call", {"phone": LONDON, "campaign_id": campaign}, status=201)
    by_number = {"phone": LONDON}
    each_api.ask("DELETE", "/do-not-call", status=204, query_string=by_number)
    assert [item["campaign_id"] for item in each_api.get("/do-not-call")["items"]] == [campaign]
    each_api.ask("DELETE", "/do-not-call", status=404, query_string=by_number)
    each_api.ask("DELETE", "/do-not-call", status=204, query_string={**by_number, "campaign_id": campaign})
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
