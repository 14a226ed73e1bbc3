"""Do-not-call in files: flags of a campaign's file, and every number of a do-not-call file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.engine.imports import worker
from campaign_app.models import Contact, DoNotCall
from campaign_app.services import imports
from campaign_app.transaction import transaction
from campaign_app.uploads import validation
from tests.support.imports import BY, PHONES, Uploads

ANN, BOB, CY, DEE = PHONES[:4]


@pytest.fixture
def uploads(database_url: str, tmp_path: Path) -> Iterator[Uploads]:
    uploads = Uploads(database_url, tmp_path / "uploads")
    yield uploads
    uploads.close()


def statuses(uploads: Uploads) -> dict[str, str]:
    return {contact.phone: contact.status for contact in uploads.contacts()}


def listed(uploads: Uploads) -> dict[str, int | None]:
    with Session(uploads.engine) as session:
        return {entry.phone: entry.campaign_id for entry in session.scalars(select(DoNotCall))}


def commit(uploads: Uploads, import_id: int) -> dict[str, object]:
    with Session(uploads.engine) as session, transaction(session):
        imports.commit_import(session, import_id, actor=BY, now=uploads.now())
    assert uploads.run()
    return imports.to_api(uploads.get(import_id))


@pytest.mark.parametrize(
    "column, yes", [("DNC", "yes"), ("Sperrvermerk", "ja"), ("décédé", "x"), ("consent date", "no")]
)
def test_a_flag_suppresses_a_contact_that_the_campaign_has(uploads: Uploads, column: str, yes: str) -> None:
    uploads.upload(f"phone\n{ANN}\n{BOB}\n")
    item = uploads.upload(f"phone,{column}\n{ANN},{yes}\n{CY},\n")
    assert (item.accepted, item.do_not_call, item.rejected) == (1, 1, 0)
    assert {code: reason["count"] for code, reason in (item.reasons or {}).items()} == {"suppressed": 1}
    assert "suppressed" in (item.reasons or {})["suppressed"]["example"]["reason"]
    assert statuses(uploads) == {ANN: "suppressed", BOB: "pending", CY: "pending"}
    assert listed(uploads) == {ANN: uploads.campaign_id}


def test_a_flag_in_any_row_counts_for_the_whole_file(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validation, "CHUNK_ROWS", 3)
    monkeypatch.setattr(worker, "FIRST_SLICE", 2)
    monkeypatch.setattr(worker, "LARGEST_SLICE", 2)
    many = "".join(f"{phone},no,\n" for phone in PHONES[10:40])
    content = (
        f"phone,DNC,home phone\n{ANN},no,\n{BOB},yes,\n{many}{BOB},no,\n{ANN},yes,{CY}\n{CY},no,\n{DEE},no,\n"
    )
    import_id = uploads.accept(content.encode(), dry_run=True)
    assert uploads.run()
    checked = imports.to_api(uploads.get(import_id))
    assert (checked["accepted"], checked["do_not_call"], checked["rejected"]) == (31, 5, 0)
    assert statuses(uploads) == {}
    assert listed(uploads) == {}
    added = commit(uploads, import_id)
    for name in ("total", "accepted", "do_not_call", "rejected", "reasons"):
        assert added[name] == checked[name]
    assert set(statuses(uploads)) == {DEE, *PHONES[10:40]}
    assert set(listed(uploads)) == {ANN, BOB, CY}
    uploads.check(uploads.get(import_id))


def test_a_number_that_is_listed_for_all_is_not_listed_twice(uploads: Uploads) -> None:
    uploads.forbid(ANN)
    item = uploads.upload(f"phone,DNC\n{ANN},yes\n{BOB},yes\n")
    assert item.do_not_call == 2
    assert listed(uploads) == {ANN: None, BOB: uploads.campaign_id}


@pytest.mark.parametrize(
    "content, numbers, rejected",
    [
        (f"mobile,home,work\n{ANN},{BOB},{CY}\n{DEE},,\n", [ANN, BOB, CY, DEE], 0),
        (f"phone,phone 2\n{ANN},{BOB}\n{CY},12\n", [ANN, BOB, CY], 1),
        (f"phone\n{ANN} / {BOB}\n{BOB}\n", [ANN, BOB], 0),
    ],
)
def test_a_do_not_call_file_lists_and_counts_every_number(
    uploads: Uploads, content: str, numbers: list[str], rejected: int
) -> None:
    uploads.upload("phone\n" + "".join(f"{phone}\n" for phone in [*numbers, PHONES[50]]))
    import_id = uploads.accept(content.encode(), campaign_id=None, mode="do_not_call", dry_run=True)
    assert uploads.run()
    checked = imports.to_api(uploads.get(import_id))
    assert (checked["status"], checked["accepted"], checked["rejected"]) == (
        "checked",
        len(numbers),
        rejected,
    )
    added = commit(uploads, import_id)
    assert (added["accepted"], added["rejected"]) == (len(numbers), rejected)
    parts = ("accepted", "rejected", "repeated_in_file", "already_in_campaign", "do_not_call")
    assert added["total"] == checked["total"] == sum(int(str(added[name])) for name in parts)
    assert listed(uploads) == dict.fromkeys(numbers)
    with Session(uploads.engine) as session:
        waiting = session.scalars(select(Contact.phone).where(Contact.status == "pending")).all()
    assert waiting == [PHONES[50]]


def test_a_chosen_number_column_leaves_the_others_on_the_list(uploads: Uploads) -> None:
    content = f"phone,mobile\n{ANN},{BOB}\n"
    import_id = uploads.accept(content.encode(), campaign_id=None, mode="do_not_call", dry_run=True)
    assert uploads.run()
    chosen = {"columns": [{"index": 0, "role": "number"}]}
    with Session(uploads.engine) as session:
        plan = imports.plan_mapping(session, uploads.folder, import_id, chosen, look=False)
    with Session(uploads.engine) as session, transaction(session):
        imports.set_mapping(session, import_id, plan, dry_run=False, actor=BY, now=uploads.now())
    assert uploads.run()
    assert set(listed(uploads)) == {ANN, BOB}
