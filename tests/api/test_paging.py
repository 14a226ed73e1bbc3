"""Pages by keyset: walking them meets every row once, also while rows are added."""

from __future__ import annotations

import pytest

from tests.api.asking import Api


@pytest.fixture
def filled(each_api: Api) -> tuple[Api, str]:
    """An API with 7 campaigns, of which the first has 23 contacts, and 11 do-not-call entries; and its
    path."""
    made = [each_api.campaign(name=f"Campaign {number}") for number in range(7)]
    one = f"/campaigns/{made[0]['id']}"
    each_api.post(f"{one}/contacts", [f"+4420794601{number:02d}" for number in range(23)])
    for number in range(11):
        each_api.post("/do-not-call", {"phone": f"+4420794602{number:02d}"}, status=201)
    for number in range(3):
        each_api.post("/calls", {"to": f"+4420794603{number:02d}", "message": {"text": "Hello"}}, status=201)
    return each_api, one


@pytest.mark.parametrize("limit", [1, 2, 7, 23, 24, 500])
def test_walking_the_pages_meets_every_row_once(filled: tuple[Api, str], limit: int) -> None:
    api, one = filled
    for path, total in (
        ("/campaigns", 7),
        (f"{one}/contacts", 23),
        ("/do-not-call", 11),
        ("/calls", 3),
        (f"{one}/calls", 0),
    ):
        keys = [item["id"] for item in api.walk(path, limit)]
        assert len(keys) == len(set(keys)) == total, path
        assert keys in (sorted(keys), sorted(keys, reverse=True)), path


def test_a_row_added_on_the_way_neither_repeats_nor_hides_another(filled: tuple[Api, str]) -> None:
    api, _ = filled
    first = api.get("/campaigns?limit=3")
    api.campaign(name="Late")
    rest = api.get("/campaigns", query_string={"limit": 500, "cursor": first["next_cursor"]})
    keys = [item["id"] for item in first["items"] + rest["items"]]
    assert len(keys) == len(set(keys)) == 7


def test_an_archived_campaign_is_still_listed(filled: tuple[Api, str]) -> None:
    api, one = filled
    api.post(f"{one}/stop")
    api.post(f"{one}/archive")
    assert len(api.walk("/campaigns", 3)) == 7
    assert [item["name"] for item in api.get("/campaigns?status=archived")["items"]] == ["Campaign 0"]
