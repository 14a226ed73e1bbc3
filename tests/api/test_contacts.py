"""Contacts over REST: a list in, what became of each row out, and reading them with their attempts."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from campaign_app.extensions import db
from campaign_app.models import ApiToken, Contact, DoNotCall
from campaign_app.transaction import transaction
from tests.api.asking import LONDON, Api, fields_of


def test_a_list_is_added_and_every_row_accounted_for(each_api: Api) -> None:
    one = f"/campaigns/{each_api.campaign(default_region='GB')['id']}"
    each_api.post("/do-not-call", {"phone": "+442079460999"}, status=201)
    each_api.post(f"{one}/contacts", ["+442079460111"])
    rows: list[Any] = [
        {"phone": LONDON, "variables": {"name": "Zoë", "age": 7}},
        "020 7946 0124",
        {"phone": LONDON},
        "+442079460111",
        "+442079460999",
        "not a number",
        {"variables": {}},
        42,
        None,
        {"phone": "+442079460125", "variables": [1]},
    ]
    answer = each_api.post(f"{one}/contacts", rows)
    counts = {key: value for key, value in answer.items() if key != "rejected"}
    assert counts == {
        "accepted": 2,
        "repeated": 1,
        "already_in_campaign": 1,
        "do_not_call": 1,
        "doubts": [],
    }
    assert [row["index"] for row in answer["rejected"]] == [5, 6, 7, 8, 9]
    assert all(row["code"] and row["reason"] for row in answer["rejected"])
    listed = each_api.get(f"{one}/contacts")["items"]
    assert {item["phone"]: item["variables"] for item in listed} == {
        "+442079460111": {},
        LONDON: {"name": "Zoë", "age": "7"},
        "+442079460124": {},
    }


def test_a_row_that_contradicts_its_number_is_added_and_says_so(api: Api) -> None:
    """Both places count; a row that was known already says nothing."""
    path = f"/campaigns/{api.campaign()['id']}/contacts"
    api.post(path, ["+12125550102"])
    answer = api.post(
        path,
        [
            {"phone": "+12125550101", "timezone": "America/New_York"},
            {"phone": "+12125550102", "timezone": "Europe/Paris"},
            {"phone": "+12125550103", "timezone": "Europe/Paris", "state": "CA"},
        ],
    )
    [row] = answer["doubts"]
    assert (row["index"], row["phone"]) == (2, "+12125550103")
    [doubt] = row["doubts"]
    assert doubt == "the time zone Europe/Paris does not match the state California: both count"


def test_a_contact_has_the_shape_that_clients_rely_on(each_api: Api) -> None:
    campaign = each_api.campaign()
    each_api.post(f"/campaigns/{campaign['id']}/contacts", {"contacts": [LONDON]})
    [item] = each_api.get(f"/campaigns/{campaign['id']}/contacts")["items"]
    assert item == {
        "id": item["id"],
        "campaign_id": campaign["id"],
        "phone": LONDON,
        "status": "pending",
        "due_at": "2026-11-20T15:00:00Z",
        "variables": {},
        "second_numbers": None,
        "extension": None,
        "timezone": None,
        "region": "GB",
        "country": None,
        "state": None,
        "postal_code": None,
        "language": None,
        "external_id": None,
        "consent": None,
        "line": None,
        "attempts": [],
    }
    assert each_api.get(f"/contacts/{item['id']}") == item


def test_what_a_client_says_of_a_person_is_kept(each_api: Api) -> None:
    one = f"/campaigns/{each_api.campaign()['id']}"
    person = {
        "phone": "020 7946 0123",
        "region": "gb",
        "variables": {"name": "Zoë"},
        "timezone": "Europe/London",
        "second_numbers": ["07400 123456"],
        "external_id": "C-17",
        "consent": {"at": "2026-11-01T10:00:00Z", "source": "web form"},
    }
    answer = each_api.post(f"{one}/contacts", [person, "+12025550101"])
    assert (answer["accepted"], answer["rejected"]) == (2, [])
    items = {item["phone"]: item for item in each_api.get(f"{one}/contacts")["items"]}
    stored = items[LONDON]
    assert {name: stored[name] for name in person if name not in ("phone", "region")} == {
        **{name: value for name, value in person.items() if name not in ("phone", "region")},
        "second_numbers": ["+447400123456"],
    }
    assert (stored["region"], items["+12025550101"]["region"]) == ("GB", "US")


@pytest.mark.parametrize(
    "row, zones",
    [
        (
            {"phone": "+447911123460", "region": "US", "state": "CA", "postal_code": "90210"},
            ["America/Los_Angeles", "Europe/Guernsey"],
        ),
        ({"phone": "+33612345670", "postal_code": "97400"}, ["Europe/Paris", "Indian/Reunion"]),
        ({"phone": "+33612345670", "region": "RE"}, ["Europe/Paris", "Indian/Reunion"]),
        ({"phone": "06 12 34 56 70", "region": "FR"}, ["Europe/Paris"]),
    ],
)
def test_a_place_in_another_country_than_the_numbers_counts_too(
    each_api: Api, row: dict[str, str], zones: list[str]
) -> None:
    one = f"/campaigns/{each_api.campaign()['id']}"
    assert each_api.post(f"{one}/contacts", [row])["accepted"] == 1
    [item] = each_api.get(f"{one}/contacts")["items"]
    assert each_api.get(f"/contacts/{item['id']}/why")["zones"] == zones


WRONG = [
    ({"phone": LONDON, "postal_code": "90210"}, "postal_code", "United Kingdom"),
    ({"phone": LONDON, "nmae": "Ann"}, "unknown-field", "“nmae”"),
    ({"phone": LONDON, "timezone": "Mars/Base"}, "timezone", "IANA"),
    *(
        ({"phone": LONDON, "timezone": zone}, "timezone", "timezone")
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
    ({"phone": LONDON, "consent": {"at": "0001-01-01T00:00:00"}}, "consent", "before the year 2000"),
    ({"phone": LONDON, "region": "Narnia"}, "region", "two letters"),
    ({"phone": LONDON, "second_numbers": "+12025550101"}, "second_numbers", "list"),
    ({"phone": LONDON, "second_numbers": ["12"]}, "no-region", "a second number"),
    ({"phone": LONDON, "external_id": 17}, "external_id", "text"),
    ({"phone": LONDON, "external_id": "x" * 129}, "external_id", "128 at the most"),
    ({"phone": LONDON, "consent": "yes"}, "consent", "source"),
    ({"phone": LONDON, "consent": {"at": "yesterday"}}, "consent", "2026-11-20"),
    (
        {"phone": LONDON, "consent": {"at": "2026-11-20T15:06:00Z"}},
        "consent",
        "consent.at lies in the future",
    ),
    (
        {"phone": LONDON, "consent": {"at": "2026-11-20T17:06:00+02:00"}},
        "consent",
        "consent.at lies in the future",
    ),
    ({"phone": LONDON, "consent": {"at": "2026-11-22"}}, "consent", "consent.at lies in the future"),
    ({"phone": "+449098790123"}, "premium", "premium-rate"),
]


@pytest.mark.parametrize(
    "row, code, words", WRONG, ids=[f"{code}-{n}" for n, (_, code, _) in enumerate(WRONG)]
)
def test_a_contact_that_is_wrong_is_refused_by_the_name_of_what_is_wrong(
    api: Api, row: dict[str, object], code: str, words: str
) -> None:
    one = f"/campaigns/{api.campaign()['id']}"
    answer = api.post(f"{one}/contacts", [row, "+12025550101"])
    assert answer["accepted"] == 1
    [refused] = answer["rejected"]
    assert (refused["index"], refused["code"]) == (0, code)
    assert words in refused["reason"]


@pytest.mark.parametrize(
    "at", ["2026-11-20T15:04:00Z", "2026-11-20T20:00:00+05:30", "2026-11-21", "2019-05-01"]
)
def test_a_time_of_consent_that_has_begun_somewhere_is_taken(api: Api, at: str) -> None:
    one = f"/campaigns/{api.campaign()['id']}"
    assert api.post(f"{one}/contacts", [{"phone": LONDON, "consent": {"at": at}}])["accepted"] == 1


def test_ten_thousand_are_taken_and_one_more_is_refused_whole(api: Api) -> None:
    one = f"/campaigns/{api.campaign()['id']}"
    numbers = [f"+4479111{number:05d}" for number in range(10_001)]
    assert fields_of(api.post(f"{one}/contacts", numbers, status=422)) == {"contacts"}
    answer = api.post(f"{one}/contacts", numbers[:-1])
    assert answer["accepted"] == 10_000, answer["rejected"][:3]
    with api.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Contact)) == 10_000


@pytest.mark.parametrize("body", [{}, {"contacts": 1}, {"contacts": [], "more": 1}, "text", 5])
def test_what_is_no_list_is_422(api: Api, body: Any) -> None:
    one = f"/campaigns/{api.campaign()['id']}"
    assert fields_of(api.post(f"{one}/contacts", body, status=422)) == {"contacts"}


def test_a_finished_campaign_takes_none(api: Api) -> None:
    one = f"/campaigns/{api.campaign()['id']}"
    api.post(f"{one}/stop")
    assert "stopped" in api.post(f"{one}/contacts", [LONDON], status=409)["detail"]


def test_contacts_are_filtered_by_status_and_digits(each_api: Api) -> None:
    one = f"/campaigns/{each_api.campaign()['id']}"
    each_api.post(f"{one}/contacts", [LONDON, "+442079460999"])
    each_api.post("/do-not-call", {"phone": LONDON}, status=201)

    def phones(query: str) -> list[str]:
        return [item["phone"] for item in each_api.get(f"{one}/contacts?{query}")["items"]]

    assert phones("status=suppressed") == [LONDON]
    assert phones("status=pending") == ["+442079460999"]
    assert phones("search=0999") == ["+442079460999"]
    assert fields_of(each_api.get(f"{one}/contacts?status=open", status=422)) == {"status"}


AUSTIN, PARIS = "+15125550142", "+33199001234"


def test_a_contact_is_changed_and_numbers_are_never_called_again(each_api: Api) -> None:
    api = each_api
    campaign_id = api.campaign()["id"]
    api.post(f"/campaigns/{campaign_id}/contacts", [AUSTIN, {"phone": PARIS, "variables": {"name": "Bo"}}])
    austin, paris = sorted(
        api.get(f"/campaigns/{campaign_id}/contacts")["items"], key=lambda item: item["phone"] != AUSTIN
    )
    path = f"/contacts/{austin['id']}"
    changed = api.ask("PATCH", path, json={"timezone": "America/Chicago", "state": "TX"}).json
    assert (changed["timezone"], changed["state"], changed["variables"]) == ("America/Chicago", "TX", {})
    changed = api.ask("PATCH", path, json={"state": None, "variables": {"name": "Ann"}}).json
    assert (changed["timezone"], changed["state"]) == ("America/Chicago", None), "only what is named"
    assert changed["variables"] == {"name": "Ann"}
    for wrong in ({}, {"timezone": "Mars/Base"}, {"state": "Nowhere"}, {"timezone": ""}, {"phone": PARIS}):
        api.ask("PATCH", path, status=422, json=wrong)
    api.ask("PATCH", path, status=422, json={"variables": {"name": "Cy"}, "timezone": "Mars/Base"})
    assert api.get(path)["variables"] == {"name": "Ann"}, "nothing is half done"

    ids = [austin["id"], paris["id"]]
    never = f"/campaigns/{campaign_id}/contacts/never-call"
    assert api.post(never, {"ids": ids, "reason": "by letter"}) == {"changed": 2, "refused": {}}
    assert api.get(path)["status"] == "suppressed"
    assert {(item["phone"], item["reason"]) for item in api.get("/do-not-call")["items"]} == {
        (AUSTIN, "by letter"),
        (PARIS, "by letter"),
    }
    api.ask("POST", never, status=422, json={"ids": list(range(1, 1_002))})
    api.ask("POST", "/campaigns/999/contacts/never-call", status=404, json={"ids": ids})


def test_a_token_for_one_campaign_lists_no_number_for_all_of_them(api: Api) -> None:
    campaign_id = api.campaign()["id"]
    api.post(f"/campaigns/{campaign_id}/contacts", [AUSTIN])
    [austin] = api.get(f"/campaigns/{campaign_id}/contacts")["items"]
    with api.app.app_context(), transaction(db.session()) as session:
        for token in session.scalars(select(ApiToken)):
            token.campaigns = [campaign_id]
    never = f"/campaigns/{campaign_id}/contacts/never-call"
    for path, body in ((never, {"ids": [austin["id"]]}), ("/do-not-call", {"phone": AUSTIN})):
        refused = api.post(path, body, status=403)
        assert f"calls and uploads of campaign {campaign_id}." in refused["detail"], path
    with api.app.app_context():
        assert db.session().scalars(select(DoNotCall)).all() == []
    assert api.get(f"/contacts/{austin['id']}")["status"] == "pending"
