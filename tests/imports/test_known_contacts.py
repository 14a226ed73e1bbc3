"""Files with ids: who is known by number or by id, repeats in one file, and rows about two people."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.engine.imports import worker
from campaign_app.models import Contact, DialProfileRow, Import
from campaign_app.services import imports
from campaign_app.transaction import transaction
from campaign_app.uploads import validation
from tests.support.imports import BY, PHONES, Uploads

ANN, BOB, CY, DEE = PHONES[:4]
CHOSEN: dict[str, Any] = {
    "columns": [
        {"index": 0, "role": "number"},
        {"index": 1, "role": "external_id"},
        {"index": 2, "role": "variable", "name": "name"},
    ],
    "header": True,
}
COUNTS = ("total", "accepted", "rejected", "repeated_in_file", "already_in_campaign", "do_not_call")


@pytest.fixture
def uploads(database_url: str, tmp_path: Path) -> Iterator[Uploads]:
    uploads = Uploads(database_url, tmp_path / "uploads")
    yield uploads
    uploads.close()


def table(*rows: tuple[str, str, str]) -> str:
    return "\n".join(["phone,person,name", *(",".join(row) for row in rows)]) + "\n"


def check(
    uploads: Uploads, content: str, on_known: str, chosen: dict[str, Any] = CHOSEN
) -> tuple[int, dict[str, Any]]:
    """Upload with ids and check; the import, and what REST says of it."""
    import_id = uploads.accept(content.encode(), dry_run=True, on_known=on_known)
    with Session(uploads.engine) as session, transaction(session):
        session.get_one(Import, import_id).dry_run = True
    assert uploads.run()
    with Session(uploads.engine) as session:
        plan = imports.plan_mapping(session, uploads.folder, import_id, chosen, look=False)
    with Session(uploads.engine) as session, transaction(session):
        imports.set_mapping(session, import_id, plan, dry_run=True, actor=BY, now=uploads.now())
    assert uploads.run()
    return import_id, imports.to_api(uploads.get(import_id))


def add(
    uploads: Uploads, content: str, on_known: str = "update", chosen: dict[str, Any] = CHOSEN
) -> dict[str, Any]:
    """Check, commit, and compare what was said with what was done."""
    import_id, checked = check(uploads, content, on_known, chosen)
    assert checked["status"] == "checked"
    with Session(uploads.engine) as session, transaction(session):
        imports.commit_import(session, import_id, actor=BY, now=uploads.now())
    assert uploads.run()
    item = uploads.get(import_id)
    assert item.status == "completed"
    uploads.check(item)
    done = imports.to_api(item)
    assert {name: done[name] for name in COUNTS} == {name: checked[name] for name in COUNTS}
    assert done["reasons"] == checked["reasons"]
    return done


def people(uploads: Uploads) -> dict[str, tuple[str | None, str | None]]:
    """{phone: (external id, name)} of the campaign's contacts."""
    return {
        contact.phone: (contact.external_id, contact.variables.get("name")) for contact in uploads.contacts()
    }


def sentences(uploads: Uploads, item: dict[str, Any]) -> list[tuple[int, str, str]]:
    return [(row.line, row.code, row.reason) for row in uploads.refused(item["id"])]


@pytest.mark.parametrize("slice_rows, on_known", [(1, "update"), (1, "skip"), (100, "skip")])
def test_an_id_that_comes_twice_in_a_file_is_one_person(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch, slice_rows: int, on_known: str
) -> None:
    for name in ("FIRST_SLICE", "SMALLEST_SLICE", "LARGEST_SLICE"):
        monkeypatch.setattr(worker, name, slice_rows)
    monkeypatch.setattr(validation, "CHUNK_ROWS", slice_rows)
    item = add(uploads, table((ANN, "C-1", "Ann"), (BOB, "C-2", "Bob"), (CY, "C-1", "Ann again")), on_known)
    assert (item["accepted"], item["repeated_in_file"]) == (2, 1)
    assert people(uploads) == {ANN: ("C-1", "Ann"), BOB: ("C-2", "Bob")}
    assert sentences(uploads, item) == [(4, "repeated-id", "repeats the id “C-1” of row 2")]


def test_a_known_id_with_another_number_updates_and_says_so_truly(uploads: Uploads) -> None:
    add(uploads, table((ANN, "C-1", "Ann"), (BOB, "C-2", "Bob")))
    item = add(uploads, table((CY, "C-1", "Anna"), (BOB, "C-2", "Rob"), (DEE, "", "Dee")))
    assert (item["accepted"], item["already_in_campaign"], item["updated"]) == (1, 2, 2)
    assert people(uploads) == {ANN: ("C-1", "Anna"), BOB: ("C-2", "Rob"), DEE: (None, "Dee")}
    assert sentences(uploads, item) == [
        (2, "already-id", "the id “C-1” is in the campaign already, with another number, which stays"),
        (3, "already", "the number is in the campaign already"),
    ]


def test_a_known_id_with_another_number_is_nobody_new(uploads: Uploads) -> None:
    add(uploads, table((ANN, "C-1", "Ann"), (BOB, "C-2", "Bob")))
    item = add(uploads, table((CY, "C-1", "Anna"), (DEE, "", "Dee"), (BOB, "C-9", "Rob")), "skip")
    assert (item["accepted"], item["already_in_campaign"], item["updated"]) == (1, 2, 0)
    assert people(uploads) == {ANN: ("C-1", "Ann"), BOB: ("C-2", "Bob"), DEE: (None, "Dee")}
    assert [(line, code) for line, code, _ in sentences(uploads, item)] == [(2, "already-id"), (4, "already")]


@pytest.mark.parametrize("on_known", ["update", "skip"])
def test_a_row_about_two_people_changes_neither(uploads: Uploads, on_known: str) -> None:
    add(uploads, table((ANN, "C-1", "Ann"), (BOB, "C-2", "Bob"), (CY, "", "Cy")))
    before = people(uploads)
    item = add(uploads, table((BOB, "C-1", "X"), (CY, "C-1", "X"), (BOB, "C-9", "X")), on_known)
    assert people(uploads) == before
    assert item["updated"] == 0
    if on_known == "update":
        assert item["rejected"] == 3
        assert [(line, code) for line, code, _ in sentences(uploads, item)] == [
            (2, "id-conflict"), (3, "id-conflict"), (4, "id-conflict"),
        ]  # fmt: skip
        assert "with the id “C-2”, not “C-9”" in sentences(uploads, item)[2][2]
    else:
        assert item["already_in_campaign"] == 3


def test_a_contact_without_an_id_gets_the_one_of_its_row(uploads: Uploads) -> None:
    add(uploads, table((ANN, "", "Ann"), (BOB, "", "Bob")))
    item = add(uploads, table((ANN, "C-1", "Anna"), (CY, "C-1", "Annie"), (BOB, "C-1", "X")))
    assert (item["already_in_campaign"], item["rejected"], item["updated"]) == (2, 1, 2)
    assert people(uploads) == {ANN: ("C-1", "Annie"), BOB: (None, "Bob")}


def test_a_running_campaigns_missing_values_are_counted_by_the_check(uploads: Uploads) -> None:
    add(uploads, table((ANN, "C-1", "Ann")))
    uploads.speak("Hello {name}")
    uploads.set_status("running")
    item = add(uploads, table((BOB, "C-2", ""), (BOB, "C-3", "Bo"), (CY, "C-2", "Cy")))
    assert (item["accepted"], item["rejected"]) == (2, 1)
    assert people(uploads) == {ANN: ("C-1", "Ann"), BOB: ("C-3", "Bo"), CY: ("C-2", "Cy")}


@pytest.mark.parametrize("seed", range(6))
def test_the_check_counts_what_the_commit_does_whatever_the_slices(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng = random.Random(seed)
    phones, ids, names = PHONES[:6], ["", "", "A", "B", "C", "D"], ["", "Ann", "Bob"]
    files = [
        table(*((phone, rng.choice(ids), "first") for phone in rng.sample(phones, 3))),
        *(
            table(*((rng.choice(phones), rng.choice(ids), rng.choice(names)) for _ in range(14)))
            for _ in range(2)
        ),
    ]
    modes = [rng.choice(["skip", "update"]) for _ in files]
    uploads.forbid(phones[5])
    outcomes = []
    for size in (1_000, 2):
        for name in ("FIRST_SLICE", "SMALLEST_SLICE", "LARGEST_SLICE"):
            monkeypatch.setattr(worker, name, size)
        monkeypatch.setattr(validation, "CHUNK_ROWS", size + 1)
        uploads.campaign_id = uploads.new_campaign()
        done = [add(uploads, content, mode) for content, mode in zip(files, modes, strict=True)]
        outcomes.append(
            (people(uploads), [(item["reasons"], [item[name] for name in COUNTS]) for item in done])
        )
    assert outcomes[0] == outcomes[1]


GUERNSEY_MOBILE, FRENCH_MOBILE = "+447911123460", "+33612345670"
PLACES: dict[str, Any] = {
    "columns": [
        {"index": index, "role": role}
        for index, role in enumerate(("number", "country", "state", "postal_code"))
    ],
    "header": True,
}


def zones(uploads: Uploads) -> dict[str, list[str]]:
    """{phone: candidate zones} of the campaign's contacts."""
    with Session(uploads.engine) as session:
        profiles = {row.id: row.body["zones"] for row in session.scalars(select(DialProfileRow))}
    return {contact.phone: profiles[contact.profile_id] for contact in uploads.contacts()}


def test_a_country_column_says_where_a_rows_place_is(uploads: Uploads) -> None:
    head = "phone,country,state,zip\n"
    add(
        uploads,
        f"{head}{GUERNSEY_MOBILE},US,CA,90210\n{FRENCH_MOBILE},Réunion,,\n{ANN},,,\n",
        chosen=PLACES,
    )
    assert zones(uploads) == {
        GUERNSEY_MOBILE: ["America/Los_Angeles", "Europe/Guernsey"],
        FRENCH_MOBILE: ["Europe/Paris", "Indian/Reunion"],
        ANN: zones(uploads)[ANN],
    }
    countries = {contact.phone: contact.country for contact in uploads.contacts()}
    assert countries == {GUERNSEY_MOBILE: "US", FRENCH_MOBILE: "RE", ANN: None}


def test_a_file_that_tells_a_known_contacts_country_moves_it_there(uploads: Uploads) -> None:
    head = "phone,country,state,zip\n"
    add(uploads, f"{head}{GUERNSEY_MOBILE},,,\n", chosen=PLACES)
    assert zones(uploads) == {GUERNSEY_MOBILE: ["Europe/Guernsey"]}
    add(uploads, f"{head}{GUERNSEY_MOBILE},AU,WA,6000\n", chosen=PLACES)
    western = ["Australia/Eucla", "Australia/Perth", "Europe/Guernsey"]
    assert zones(uploads) == {GUERNSEY_MOBILE: western}
    # The next file says no country: that of the last one still counts.
    add(uploads, f"{head}{GUERNSEY_MOBILE},,WA,\n", chosen=PLACES)
    assert zones(uploads) == {GUERNSEY_MOBILE: western}


def test_whoever_was_put_off_is_judged_anew_where_a_file_moves_them(uploads: Uploads) -> None:
    head = "phone,country,state,zip\n"
    both = f"{head}{GUERNSEY_MOBILE},,,\n{FRENCH_MOBILE},,,\n"
    add(uploads, both, chosen=PLACES)
    later = uploads.now() + timedelta(hours=9)
    with Session(uploads.engine) as session, transaction(session):
        for contact in session.scalars(select(Contact)):
            contact.deferred_by, contact.due_at = "hours", later
    add(uploads, both.replace(f"{GUERNSEY_MOBILE},,,", f"{GUERNSEY_MOBILE},AU,WA,6000"), chosen=PLACES)
    assert {each.phone: (each.deferred_by, each.due_at) for each in uploads.contacts()} == {
        GUERNSEY_MOBILE: (None, uploads.now()),
        FRENCH_MOBILE: ("hours", later),
    }
