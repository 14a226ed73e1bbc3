"""CSV uploads over REST: accepted at once, worked off by a runner, followed by their counts."""

from __future__ import annotations

import csv
import io

import pytest

from tests.api.asking import LONDON, Api, fields_of
from tests.api.uploading import stored, upload, work_off

MESSY = f"""phone,name
{LONDON},Ann
020 7946 0124,Bob
{LONDON},Ann again
nonsense,=cmd()
+442079460999,Listed
"""


def test_an_upload_is_accepted_worked_off_and_accounted_for(each_api: Api) -> None:
    one = f"/campaigns/{each_api.campaign()['id']}"
    each_api.post("/do-not-call", {"phone": "+442079460999"}, status=201)
    wakes = len(each_api.wakes)
    answer = upload(each_api, f"{one}/imports", MESSY, 202, default_region="GB")
    queued = answer.get_json()
    path = answer.headers["Location"]
    assert path == f"/api/v1/imports/{queued['id']}"
    assert (queued["status"], queued["total"], queued["error"]) == ("queued", 0, None)
    assert len(each_api.wakes) == wakes + 1
    assert each_api.get(path) == queued
    work_off(each_api)
    done = each_api.get(path)
    counts = {
        key: done[key]
        for key in ("total", "accepted", "rejected", "repeated_in_file", "already_in_campaign", "do_not_call")
    }
    assert counts == {
        "total": 5,
        "accepted": 2,
        "rejected": 1,
        "repeated_in_file": 1,
        "already_in_campaign": 0,
        "do_not_call": 1,
    }
    assert done["status"] == "completed"
    assert {item["phone"] for item in each_api.get(f"{one}/contacts")["items"]} == {LONDON, "+442079460124"}


def test_rejected_rows_come_back_as_csv_neutralized(each_api: Api) -> None:
    one = f"/campaigns/{each_api.campaign(default_region='GB')['id']}"
    number = upload(each_api, f"{one}/imports", MESSY, 202).get_json()["id"]
    work_off(each_api)
    answer = each_api.ask("GET", f"/imports/{number}/rejected.csv", status=200)
    assert answer.mimetype == "text/csv"
    assert f"import-{number}-rejected.csv" in answer.headers["Content-Disposition"]
    [row] = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (row["line"], row["phone"]) == ("5", "nonsense")
    assert row["reason"]
    assert not row["name"].startswith("=")
    everything = each_api.ask("GET", f"/imports/{number}/rejected.csv?include=all", status=200)
    assert len(list(csv.DictReader(io.StringIO(everything.text.removeprefix("\ufeff"))))) == 2
    assert fields_of(each_api.get(f"/imports/{number}/rejected.csv?include=some", status=422)) == {"include"}


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 100, b"PK\x03\x04" + b"\0" * 100])
def test_an_empty_or_binary_file_is_422_and_leaves_nothing(api: Api, content: bytes) -> None:
    one = f"/campaigns/{api.campaign()['id']}"
    assert fields_of(upload(api, f"{one}/imports", content, 422).get_json()) == {"file"}
    assert stored(api) == []


def test_what_is_wrong_with_the_form_is_named(api: Api) -> None:
    path = f"/campaigns/{api.campaign()['id']}/imports"
    assert fields_of(upload(api, path, MESSY, 422, default_region="Narnia").get_json()) == {"default_region"}
    assert fields_of(upload(api, path, MESSY, 422, reigon="GB").get_json()) == {"reigon"}
    no_file = api.ask(
        "POST", path, status=422, data={"default_region": "GB"}, content_type="multipart/form-data"
    )
    assert fields_of(no_file.get_json()) == {"file"}
    api.ask("POST", path, status=415, json={"file": MESSY})
    assert stored(api) == []


def test_an_upload_beyond_the_cap_is_413_and_leaves_nothing(api: Api) -> None:
    path = f"/campaigns/{api.campaign()['id']}/imports"
    row = f"{LONDON}\n".encode()
    for size in (1024 * 1024 + 20, 3 * 1024 * 1024):
        upload(api, path, row * (size // len(row)), 413)
    assert stored(api) == []


def test_a_stopped_campaign_or_none_takes_no_upload(api: Api) -> None:
    one = f"/campaigns/{api.campaign()['id']}"
    api.post(f"{one}/stop")
    upload(api, f"{one}/imports", MESSY, 409)
    upload(api, "/campaigns/4711/imports", MESSY, 404)
    api.get("/imports/4711", status=404)
    api.get("/imports/4711/rejected.csv", status=404)
    assert stored(api) == []
