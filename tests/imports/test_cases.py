"""Files that operators really have, by REST: each is added as a person reads it, or asked about before anything is.

The files are in tests/imports/cases/. Numbers are of ranges that their countries keep for examples and fiction.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.api.asking import Api
from tests.api.uploading import upload, work_off

CASES = Path(__file__).parent / "cases"


@dataclass(frozen=True, slots=True)
class Case:
    """A file, and whom it is about. `answer` is what a person says where Switchboard asks; `asks` that it must ask."""

    file: str
    region: str | None
    right: tuple[str, ...]
    answer: dict[str, Any] = field(default_factory=dict)
    asks: bool | None = None
    total: int | None = None


def number(index: int, **more: Any) -> dict[str, Any]:
    return {"columns": [{"index": index, "role": "number"}], **more}


US = "US"
FAX_FIRST = ("+12025550161", "+12025550163")
TABLE = [
    Case("a1-every-cell-quoted.csv", None, ("+12025550101", "+12025550102"), asks=False),
    Case("a4-google-forms.csv", US, ("+12025550101",), number(2)),
    Case("a7-google-several-in-phone-1.csv", None, ("+12025550110", "+12025550112"), number(2)),
    Case("b1-salesforce-fax-homephone.csv", US, ("+12025550131", "+12025550134"), asks=False),
    *(Case(f"b2-fax-before-0{n}.csv", None, FAX_FIRST, number(2), asks=False) for n in range(5)),
    Case("b3-fax-phone.csv", None, ("+12025550161",), asks=False),
    Case("b5-batch-call-provider-phone.csv", US, ("+12025550101", "+12025550102"), number(1), asks=True),
    Case("b7-date-as-number-DE.csv", "DE", ("+4930123456", "+4915123456789"), number(2)),
    Case("b9-customer-number-DE.csv", "DE", ("+4930123456", "+4915123456789"), number(2)),
    Case("b11-CPF-BR.csv", "BR", ("+5511961234567", "+5511961234568"), number(2)),
    Case("b13-title-row-fax.csv", None, ("+12025550102", "+12025550104"), asks=False),
    Case(
        "b15-vicidial-vendor-code.txt",
        US,
        ("+12025550152", "+12025550154"),
        number(4, header=False),
        total=2,
    ),
    Case("c1-long-note.csv", None, ("+12025550101", "+12025550102"), asks=False, total=2),
    Case("d1-vicidial-phone-code.tsv", US, ("+442079460958", "+918123456789", "+12025550151"), asks=False),
    Case(
        "d3-twenty-calling-code.csv",
        US,
        ("+447400123456", "+33612345678", "+12025550150"),
        {"columns": [{"index": 2, "role": "country"}, {"index": 3, "role": "number"}]},
    ),
    Case("d5-00-in-SG.csv", "SG", ("+431234567890", "+33123456789"), asks=False),
    # 33612345678 is a number of France, and with 0 before it one of Germany.
    Case("d7-plus-lost-DE.csv", "DE", (), asks=False, total=2),
    Case("e1-first-row-number-with-label.csv", US, ("+12025550101",), number(0, header=False), total=2),
    Case(
        "e4-paste-one-line.csv",
        None,
        ("+12025550101", "+12025550102", "+12025550103"),
        asks=False,
        total=3,
    ),
    Case("h1-contacts.vcf", None, ("+12025550101",), number(1)),
    Case("01-plus-lost-DE.csv", "DE", ("+4915112345678", "+491711234567", "+493012345678"), asks=False),
    Case(
        "02-wrong-column-emergency.csv",
        US,
        ("+12125550124", "+12125550125", "+12125550126"),
        number(2),
        asks=False,
    ),
    Case("03-country-code-column-US.csv", US, ("+16175550142", "+442079460123"), asks=False),
    Case(
        "04-first-row-lost-empty.csv",
        US,
        ("+12125550124", "+12125550125"),
        number(1, header=False),
        total=3,
    ),
    Case(
        "05-pasted-one-line.txt",
        US,
        ("+12125550124", "+12125550125", "+12125550126", "+12125550127"),
        asks=False,
        total=4,
    ),
    Case("06-outlook-92-columns.csv", US, ("+16175550103", "+16175550104")),
    Case(
        "07-several-phone-columns.csv",
        US,
        ("+16175550101", "+16175550102", "+16175550103"),
        {
            "columns": [
                {"index": 3, "role": "number"},
                {"index": 2, "role": "number"},
                {"index": 1, "role": "number"},
            ]
        },
    ),
    Case("19-long-notes.csv", US, ("+12125550124", "+12125550125"), asks=False),
]


def take_in(
    api: Api, file: str, content: bytes, region: str | None, answer: dict[str, Any]
) -> dict[str, Any]:
    """Upload a file, answer its question if there is one, and return the import with `asked` and `contacts`."""
    campaign = api.campaign()["id"]
    fields = {"default_region": region} if region else {}
    item = upload(api, f"/campaigns/{campaign}/imports", content, 202, name=file, **fields).get_json()
    work_off(api)
    item = api.get(f"/imports/{item['id']}")
    asked = item["status"] == "needs_mapping"
    if asked:
        assert item["questions"]
        assert api.get(f"/campaigns/{campaign}/contacts")["items"] == []
        if answer:
            api.ask("PUT", f"/imports/{item['id']}/mapping", status=200, json=answer)
            work_off(api)
            item = api.get(f"/imports/{item['id']}")
    contacts = api.get(f"/campaigns/{campaign}/contacts?limit=500")["items"]
    return {**item, "asked": asked, "contacts": contacts}


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.file)
def test_the_right_people_are_queued(api: Api, case: Case) -> None:
    item = take_in(api, case.file, (CASES / case.file).read_bytes(), case.region, case.answer)
    if case.asks is not None:
        assert item["asked"] is case.asks, (item["questions"], item["columns"])
    assert (item["status"], item["error"]) == ("completed", None), item["questions"]
    assert tuple(contact["phone"] for contact in item["contacts"]) == case.right, item["reasons"]
    if case.total is not None:
        assert item["total"] == case.total


def cells() -> list[tuple[str, str, str]]:
    with (CASES / "f-cells.csv").open(encoding="utf-8", newline="") as file:
        return [(row["cell"], row["region"], row["right"]) for row in csv.DictReader(file)]


@pytest.mark.parametrize("cell, region, right", cells(), ids=[repr(cell) for cell, _, _ in cells()])
def test_a_cell_is_read_right_or_refused_with_a_reason(api: Api, cell: str, region: str, right: str) -> None:
    content = f'name,phone\nAnn,"{cell}"\n'.encode()
    item = take_in(api, "cells.csv", content, region or None, {})
    assert item["status"] == "completed"
    if right.startswith("+"):
        assert [contact["phone"] for contact in item["contacts"]] == [right], item["reasons"]
    else:
        assert item["contacts"] == []
        assert item["rejected"] == 1
        [reason] = item["reasons"].values()
        assert reason["example"]["reason"]


NAMES = [
    ("g1-cp1250.csv", {"encoding": "cp1250"}, {"name": "Łukasz Żak", "city": "Łódź"}),
    ("g3-shift-jis.csv", number(1, encoding="shift_jis"), "田中"),
    ("08-russian-excel-cp1251.csv", {"encoding": "cp1251"}, "Иван Петров"),
]


@pytest.mark.parametrize("file, answer, right", NAMES, ids=[file for file, _, _ in NAMES])
def test_names_are_spelled_right(
    api: Api, file: str, answer: dict[str, Any], right: str | dict[str, str]
) -> None:
    item = take_in(api, file, (CASES / file).read_bytes(), None, answer)
    assert item["status"] == "completed", item["questions"]
    [contact] = item["contacts"]
    if isinstance(right, str):
        assert right in contact["variables"].values()
    else:
        assert contact["variables"] == right


def test_a_file_cut_inside_a_character_stays_utf_8(api: Api) -> None:
    file = "g6-utf8-cut-in-a-character.csv"
    item = take_in(api, file, (CASES / file).read_bytes(), None, {})
    assert (item["status"], item["encoding"].startswith("utf-8")) == ("completed", True)
    assert item["accepted"] >= 49
    assert all(contact["variables"]["name"].startswith("Zoë ") for contact in item["contacts"])


def test_json_is_called_json(api: Api) -> None:
    content = (CASES / "h3-contacts.json").read_bytes()
    campaign = api.campaign()["id"]
    answer = upload(api, f"/campaigns/{campaign}/imports", content, 422, name="contacts.json").get_json()
    assert "JSON" in answer["errors"][0]["message"]


def test_whom_the_file_says_not_to_call_is_not_called(api: Api) -> None:
    file = "i1-dnc-column.csv"
    item = take_in(api, file, (CASES / file).read_bytes(), "US", number(2))
    assert [contact["phone"] for contact in item["contacts"]] == ["+12025550132"]
    assert sum(reason["count"] for reason in item["reasons"].values()) == 1


def test_a_persons_own_zone_is_kept(api: Api) -> None:
    file = "i3-night.csv"
    item = take_in(api, file, (CASES / file).read_bytes(), None, {})
    assert {contact["phone"]: contact["timezone"] for contact in item["contacts"]} == {
        "+918123456200": "Asia/Kolkata",
        "+819012345200": "Asia/Tokyo",
    }
