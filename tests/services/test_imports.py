"""An upload from its acceptance to its end, on both databases."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from campaign_app.domain.errors import InvalidInput, NotFound, StateConflict
from campaign_app.domain.message import parse_message
from campaign_app.models import AuditEntry, Campaign, Import
from campaign_app.queries import imports as queries
from campaign_app.services import imports
from campaign_app.transaction import transaction
from tests.support.imports import BY, PHONES, Uploads

A, B, C, D = PHONES[:4]


@pytest.fixture
def uploads(database_url: str, tmp_path: Path) -> Iterator[Uploads]:
    uploads = Uploads(database_url, tmp_path / "uploads")
    yield uploads
    uploads.close()


def test_every_row_is_counted_once_and_what_was_not_added_is_kept(uploads: Uploads) -> None:
    uploads.upload(f"phone\n{A}\n")
    uploads.forbid(B)
    uploads.forbid(C, uploads.new_campaign())
    item = uploads.upload(
        f"name,phone,city\nAnn,{A},Rome\nBob,{B},Oslo\n\nCy,{C},Lima\nDi,{C},Bonn\nEd,12,Nice\nFi,{D}\n"
    )
    counts = (
        item.total,
        item.accepted,
        item.rejected,
        item.repeated_in_file,
        item.already_in_campaign,
        item.do_not_call,
    )
    assert counts == (6, 2, 1, 1, 1, 1)
    assert [(row.line, row.kind) for row in uploads.refused(item.id)] == [
        (2, "already"),
        (3, "do-not-call"),
        (6, "repeated"),
        (7, "invalid"),
    ]
    assert uploads.refused(item.id)[3].cells == ["Ed", "12", "Nice"]
    second = uploads.contacts()[1]
    assert (second.phone, second.line, second.variables) == (C, 5, {"name": "Cy", "city": "Lima"})
    assert (second.status, second.due_at, second.tries) == ("pending", uploads.now(), 0)
    assert uploads.contacts()[2].variables == {"name": "Fi"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_encodings_and_delimiters_are_read_alike(uploads: Uploads, encoding: str, delimiter: str) -> None:
    text = f"prénom,numéro\r\nZoé,{A}\r\nFrançois,{B}\r\n".replace(",", delimiter)
    item = uploads.upload(text.encode(encoding))
    assert (item.status, item.accepted, item.encoding, item.delimiter) == (
        "completed",
        2,
        encoding,
        delimiter,
    )
    assert [contact.variables for contact in uploads.contacts()] == [
        {"prénom": "Zoé"},
        {"prénom": "François"},
    ]
    assert [(column["name"], column["role"]) for column in item.columns or []] == [
        ("prénom", "variable"),
        ("numéro", "number"),
    ]


MESSY = [
    ('"Bob,{a}', "unclosed-quote"),
    ('"Bob" x,{a}', "stray-quote"),
    ("Bob\0,{a}", "nul"),
    ("Bob," + "1" * 10_000, "too-long"),
    ("Bob,", "empty"),
    ("Bob", "empty"),
    ("Bob,4.47911E+11", "rounded"),
    ("Bob,not a number", "not-a-number"),
    ("Bob,0612345678", "no-region"),
]


@pytest.mark.parametrize("row, code", MESSY, ids=[f"{code}-{n}" for n, (_, code) in enumerate(MESSY)])
def test_a_messy_row_costs_itself_only(uploads: Uploads, row: str, code: str) -> None:
    item = uploads.upload(f"name,phone\nAnn,{B}\n{row.format(a=A)}\nCy,{C}\n")
    assert (item.status, item.accepted, item.rejected) == ("completed", 2, 1)
    (refused,) = uploads.refused(item.id)
    assert (refused.line, refused.code) == (3, code)
    assert refused.reason
    assert all(len(cell) <= 200 for cell in refused.cells)


@pytest.mark.parametrize(
    "text, region, phone",
    [
        ("٠٦١٢٣٤٥٦٧٨\n", "FR", "+33612345678"),
        ("phone\n0612345678\n", "fr", "+33612345678"),
        ("(617) 555-0100\n", "US", A),
        ("0033 6 12 34 56 78\n", None, "+33612345678"),
        (f"sep=;\nname;phone\nAnn;{A}\n", None, A),
        (f"'{A}\n", None, A),
        (f"Name,Phone 1 - Type,Phone 1 - Value\nAnn,Mobile,{A} ::: {B}\n", None, A),
        (f'"multi\nline",{A}', None, A),
    ],
)
def test_numbers_as_people_write_them(uploads: Uploads, text: str, region: str | None, phone: str) -> None:
    item = uploads.upload(text, default_region=region)
    assert (item.accepted, [contact.phone for contact in uploads.contacts()]) == (1, [phone])


def test_the_campaigns_own_region_is_the_default(uploads: Uploads) -> None:
    campaign = uploads.new_campaign(region="FR")
    assert uploads.upload("phone\n0612345678\n", campaign_id=campaign).accepted == 1


def test_five_hundred_identical_numbers_are_one_contact(uploads: Uploads) -> None:
    item = uploads.upload(f"{A}\n" * 500)
    assert (item.total, item.accepted, item.repeated_in_file) == (500, 1, 499)


@pytest.mark.parametrize(
    "text, says",
    [
        ("\n\n,,\n", "The file has no rows"),
        ("phone\n", "no rows with anything in them"),
    ],
)
def test_a_file_that_cannot_be_read_fails_with_one_clear_message(
    uploads: Uploads, text: str, says: str
) -> None:
    item = uploads.upload(text)
    assert (item.status, item.accepted) == ("failed", 0)
    assert says in str(item.error)


def test_cells_beyond_the_header_become_no_variables(uploads: Uploads) -> None:
    item = uploads.upload("phone,name\n" + f"{A},Ann\n" * 60 + f"{B},Bob,late,riser\n")
    assert [contact.variables for contact in uploads.contacts()] == [{"name": "Ann"}]
    assert (item.reasons or {})["too-many-cells"]["example"]["line"] == 62


def test_the_files_order_is_the_order_of_dialing(uploads: Uploads) -> None:
    shuffled = [D, A, C, B]
    uploads.upload("\n".join(shuffled))
    assert [contact.phone for contact in uploads.contacts()] == shuffled


def test_a_file_is_stored_whole_and_removed_when_it_is_done(uploads: Uploads) -> None:
    import_id = uploads.accept(f"{A}\n".encode(), r"C:\lists\..\my numbers.csv")
    item = uploads.get(import_id)
    assert (item.status, item.filename, imports.progress(item)) == ("queued", "my numbers.csv", 0.0)
    assert (uploads.folder / item.stored_as).read_bytes() == f"{A}\n".encode()
    assert uploads.run()
    assert imports.progress(uploads.get(import_id)) == 1.0
    assert list(uploads.folder.iterdir()) == []
    assert not uploads.run()


@pytest.mark.parametrize(
    "content, says",
    [
        (b"", "file is empty"),
        (b"PK\x03\x04" + b"\0" * 50, "damaged Excel workbook or ZIP archive"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "an image, not a CSV file"),
        (bytes(range(256)) * 10, "a binary file, not a CSV file"),
    ],
)
def test_an_empty_or_binary_upload_is_refused_on_the_field(
    uploads: Uploads, content: bytes, says: str
) -> None:
    with pytest.raises(InvalidInput, match=says) as raised:
        uploads.accept(content)
    assert raised.value.errors[0].field == "file"
    assert list(uploads.folder.iterdir()) == []


def test_an_upload_over_the_cap_names_the_cap_and_its_setting_and_leaves_nothing(uploads: Uploads) -> None:
    with pytest.raises(imports.TooLarge, match=r"1 MB.*SWITCHBOARD_MAX_UPLOAD_MB") as raised:
        uploads.accept(b"1" * ((1 << 20) + 1), max_bytes=1 << 20)
    assert raised.value.status == 413
    assert list(uploads.folder.iterdir()) == []
    assert uploads.accept(b"1" * (1 << 20), max_bytes=1 << 20)


@pytest.mark.parametrize("status", ["draft", "running", "paused", "completed", "stopped", "archived"])
def test_only_campaigns_that_may_go_on_take_numbers(uploads: Uploads, status: str) -> None:
    campaign = uploads.new_campaign(status)
    if status in ("draft", "running", "paused"):
        assert uploads.upload(f"{A}\n", campaign_id=campaign).accepted == 1
        return
    with pytest.raises(StateConflict, match="reopen it first" if status == "completed" else "clone it"):
        uploads.accept(f"{A}\n".encode(), campaign_id=campaign)
    assert list(uploads.folder.iterdir()) == []


def test_an_unknown_campaign_and_an_unknown_region_are_refused(uploads: Uploads) -> None:
    with pytest.raises(NotFound):
        uploads.accept(b"1", campaign_id=999)
    with pytest.raises(InvalidInput, match="two letters"):
        uploads.accept(b"1", default_region="XX")
    assert list(uploads.folder.iterdir()) == []


def test_refused_rows_come_back_as_csv_that_can_be_corrected_and_uploaded(uploads: Uploads) -> None:
    uploads.upload(f"phone\n{A}\n")
    item = uploads.upload(f'name,phone\n=cmd(),-none\n@b,+161755501\n"a,b",{B}\n-c,{A}\n')
    with Session(uploads.engine) as session:
        wrong = "".join(imports.rejected_csv(session, item.id))
        everything = "".join(imports.rejected_csv(session, item.id, include_all=True))
        with pytest.raises(NotFound):
            imports.rejected_csv(session, 999)
    assert wrong[0] == everything[0] == "\ufeff"
    header, *rows = csv.reader(io.StringIO(wrong[1:], newline=""))
    assert header == ["line", "reason", "name", "phone"]
    assert len(rows) == item.rejected == 2
    assert [row[0] for row in rows] == ["2", "3"]
    assert [row[2:] for row in rows] == [["'=cmd()", "'-none"], ["'@b", "'+161755501"]]
    assert [row[0] for row in csv.reader(io.StringIO(everything[1:], newline=""))] == ["line", "2", "3", "5"]
    again = uploads.upload(wrong.replace("'+161755501", f"'{C}").replace("'-none", f"'{D}"))
    assert again.accepted == 2
    assert uploads.contacts()[-1].variables["name"] == "@b"


def test_an_import_is_taken_back_as_far_as_nobody_was_called(uploads: Uploads) -> None:
    item = uploads.upload("\n".join(PHONES[:10]))
    with Session(uploads.engine) as session, transaction(session):
        called = session.get_one(type(uploads.contacts()[0]), uploads.contacts()[0].id)
        called.attempts_made = 1
    with Session(uploads.engine) as session, transaction(session):
        assert imports.undo_import(session, item.id, actor=BY, now=uploads.now()) == 9
    assert [contact.phone for contact in uploads.contacts()] == [PHONES[0]]
    uploads.check_counter(uploads.campaign_id)
    with Session(uploads.engine) as session:
        actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["import.add", "import.undo"]


def test_an_import_at_work_is_not_taken_back(uploads: Uploads) -> None:
    import_id = uploads.accept(f"{A}\n".encode())
    with (
        Session(uploads.engine) as session,
        pytest.raises(StateConflict, match="still queued"),
    ):
        imports.undo_import(session, import_id, actor=BY, now=uploads.now())


def test_the_api_shape(uploads: Uploads) -> None:
    shape = imports.to_api(uploads.upload(f"{A}\n"))
    promised = {
        *("id", "campaign_id", "filename", "status", "total", "accepted", "rejected", "error"),
        *("repeated_in_file", "already_in_campaign", "do_not_call", "created_at", "finished_at"),
        *("encoding", "delimiter", "header", "region", "columns", "reasons"),
    }
    assert promised <= set(shape)
    assert (shape["status"], shape["total"], shape["created_at"]) == ("completed", 1, "2026-11-20T15:00:00Z")


def test_imports_are_worked_off_oldest_first(uploads: Uploads) -> None:
    ids = [uploads.accept(f"{phone}\n".encode()) for phone in PHONES[:3]]
    for done in range(1, 4):
        assert uploads.run()
        with Session(uploads.engine) as session:
            finished = session.scalars(select(Import.id).where(Import.status == "completed")).all()
        assert sorted(finished) == ids[:done]


def test_a_running_campaign_takes_only_rows_with_the_values_that_its_message_speaks(uploads: Uploads) -> None:
    with Session(uploads.engine) as session, transaction(session):
        session.get_one(Campaign, uploads.campaign_id).message = parse_message(
            {"text": "Hello {name}, {city|here}"}
        )
    uploads.set_status("running")
    item = uploads.upload(f"name,phone\nAnn,{A}\n,{B}\n")
    assert (item.accepted, item.rejected) == (1, 1)
    [row] = uploads.refused(item.id)
    assert (row.line, row.code) == (3, "no-value")
    assert "{name}" in row.reason
    uploads.set_status("draft")
    assert uploads.upload(f"name,phone\n,{C}\n").accepted == 1, "the start checks a draft"


def test_a_file_follows_the_rules_of_the_campaigns_trunk_and_do_not_call_does_not(uploads: Uploads) -> None:
    with Session(uploads.engine) as session, transaction(session):
        trunk = session.get_one(Campaign, uploads.campaign_id).trunk
        trunk.countries, trunk.number_types = ["GB"], ["pager"]
    numbers = ["+442079460018", "+33612345678", "+44 909 8790000", "+44 7640 123456", "+441534720321"]
    content = "\n".join(["phone", *numbers])
    item = uploads.upload(content)
    assert (item.accepted, item.rejected) == (2, 3)
    assert [row.code for row in uploads.refused(item.id)] == ["country", "premium", "country"]
    listed = uploads.accept(content.encode(), campaign_id=None, mode="do_not_call")
    assert uploads.run()
    assert (uploads.get(listed).accepted, uploads.get(listed).rejected) == (5, 0)


@pytest.mark.parametrize(
    "given, is_put_off",
    [
        ({}, True),
        ({"on_known": "update"}, False),
        ({"mode": "do_not_call", "campaign_id": None}, False),
    ],
    ids=["contacts", "updates", "do-not-call"],
)
def test_slices_leave_the_flush_to_the_end_unless_they_keep_people_from_being_called(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], is_put_off: bool
) -> None:
    if uploads.engine.dialect.name == "sqlite":
        question, put_off = "PRAGMA synchronous", 1
    else:
        # By where it comes from: the server of the tests never waits for the disk.
        question, put_off = (
            "SELECT source = 'session' FROM pg_settings WHERE name = 'synchronous_commit'",
            True,
        )
    told: list[tuple[str, bool]] = []

    def listen(name: str) -> None:
        real = getattr(queries, name)

        def asked(connection: Connection, *given: Any, **named: Any) -> Any:
            told.append((name, connection.exec_driver_sql(question).scalar_one() == put_off))
            return real(connection, *given, **named)

        monkeypatch.setattr(queries, name, asked)

    listen("advance")
    listen("finish")
    import_id = uploads.accept(("phone\n" + "\n".join(PHONES[:5])).encode(), **given)
    assert uploads.run()
    assert uploads.get(import_id).accepted == 5
    assert told == [("advance", is_put_off), ("finish", False)]
