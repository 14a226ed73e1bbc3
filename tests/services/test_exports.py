"""A campaign with its attempts as JSON, NDJSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from campaign_app.domain.attempt import new_token
from campaign_app.domain.errors import InvalidInput
from campaign_app.models import Attempt, Contact, Trunk
from campaign_app.services import contacts, exports
from campaign_app.services.exports import export_campaign
from campaign_app.transaction import transaction
from tests.support.imports import PHONES, Uploads

SHAPE = {"id": 1, "name": "Autumn"}


@pytest.fixture
def uploads(database_url: str, tmp_path: Path) -> Iterator[Uploads]:
    uploads = Uploads(database_url, tmp_path / "uploads")
    uploads.upload(
        "phone,name,note\n" + "".join(f'{phone},=N{n},"é, ""q"""\n' for n, phone in enumerate(PHONES[:25]))
    )
    other = uploads.new_campaign()
    uploads.upload(f"{PHONES[50]}\n", campaign_id=other)
    yield uploads
    uploads.close()


def dial(uploads: Uploads, phone: str, times: int) -> None:
    """Give a contact so many ended attempts."""
    with Session(uploads.engine) as session, transaction(session):
        contact = session.scalars(
            select(Contact).where(Contact.phone == phone, Contact.campaign_id == uploads.campaign_id)
        ).one()
        contact.attempts_made = times
        for number in range(1, times + 1):
            at = uploads.now() + timedelta(minutes=number)
            session.add(
                Attempt(
                    campaign_id=contact.campaign_id,
                    contact_id=contact.id,
                    trunk=session.scalars(select(Trunk)).one(),
                    number=number,
                    try_number=number,
                    counts=True,
                    token=new_token(at),
                    phone=phone,
                    status="busy",
                    rank=9,
                    cause="@busy",
                    claimed_at=at,
                    ended_at=at,
                )
            )


def read(uploads: Uploads, format: str) -> str:
    return b"".join(export_campaign(uploads.engine, uploads.campaign_id, format, SHAPE)).decode()


def table(uploads: Uploads) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(read(uploads, "csv"), newline="")))


def test_json_and_ndjson_hold_every_contact_in_the_apis_own_shape(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PAGE", 4)
    dial(uploads, PHONES[3], 2)
    whole = json.loads(read(uploads, "json"))
    assert whole["campaign"] == SHAPE
    assert [json.loads(line) for line in read(uploads, "ndjson").splitlines()] == whole["contacts"]
    assert [contact["phone"] for contact in whole["contacts"]] == PHONES[:25]
    with Session(uploads.engine) as session:
        contact = session.scalars(select(Contact).where(Contact.phone == PHONES[3])).one()
        attempts = session.scalars(select(Attempt).order_by(Attempt.number)).all()
        expected: dict[str, Any] = contacts.to_api(contact, attempts)
    assert whole["contacts"][3] == expected
    assert [attempt["number"] for attempt in expected["attempts"]] == [1, 2]
    assert whole["contacts"][0]["variables"] == {"name": "=N0", "note": 'é, "q"'}


def test_csv_has_a_line_for_each_attempt_and_one_for_a_contact_without_any(uploads: Uploads) -> None:
    dial(uploads, PHONES[3], 3)
    rows = table(uploads)
    assert len(rows) == 24 + 3
    assert [row["attempt_number"] for row in rows[2:7]] == ["", "1", "2", "3", ""]
    assert rows[3]["attempt_status"] == "busy"
    assert rows[3]["provider"] == "simulator"
    assert rows[3]["claimed_at"] == "2026-11-20T15:01:00Z"
    assert json.loads(rows[0]["variables"]) == {"name": "=N0", "note": 'é, "q"'}


def test_csv_cells_cannot_be_formulas(uploads: Uploads) -> None:
    dial(uploads, PHONES[3], 1)
    rows = table(uploads)
    assert rows[3]["phone"] == "'" + PHONES[3]
    assert rows[3]["cause"] == "'@busy"
    assert not [
        cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    ]


@pytest.mark.parametrize("format", ["json", "ndjson", "csv"])
def test_an_empty_campaign_is_exported_too(uploads: Uploads, format: str) -> None:
    text = b"".join(export_campaign(uploads.engine, uploads.new_campaign(), format, SHAPE)).decode()
    if format == "json":
        assert json.loads(text) == {"campaign": SHAPE, "contacts": []}
    else:
        assert len(text.splitlines()) == (1 if format == "csv" else 0)


def test_an_unknown_format_is_refused_before_anything_is_sent(uploads: Uploads) -> None:
    with pytest.raises(InvalidInput, match="json, ndjson, csv"):
        export_campaign(uploads.engine, uploads.campaign_id, "xlsx", SHAPE)


def test_no_snapshot_stays_open_between_two_pages(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "PAGE", 5)
    held = 0

    @event.listens_for(uploads.engine, "checkout")
    def _out(*_: object) -> None:
        nonlocal held
        held += 1

    @event.listens_for(uploads.engine, "checkin")
    def _in(*_: object) -> None:
        nonlocal held
        held -= 1

    pieces = 0
    for _ in export_campaign(uploads.engine, uploads.campaign_id, "ndjson", SHAPE):
        pieces += 1
        assert held == 0
    assert pieces == 5


def test_what_changes_between_two_pages_neither_repeats_nor_drops_a_contact(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "PAGE", 5)
    phones = []
    for piece in export_campaign(uploads.engine, uploads.campaign_id, "ndjson", SHAPE):
        phones += [json.loads(line)["phone"] for line in piece.decode().splitlines()]
        dial(uploads, phones[-1], 1) if len(phones) == 5 else None
    assert phones == PHONES[:25]


NASTY = 'a, "b"\r\n=c\\ \u2028 é 😀 \t{}'


def test_what_the_database_writes_is_the_apis_shape_and_a_cell_of_csv_whatever_is_in_it(
    uploads: Uploads,
) -> None:
    dial(uploads, PHONES[3], 2)
    consent = {"kind": "express", "at": "2026-11-20T15:00:00Z", "source": NASTY}
    with Session(uploads.engine) as session, transaction(session):
        contact = session.scalars(select(Contact).where(Contact.phone == PHONES[3])).one()
        contact.variables = {NASTY: NASTY, "n": "", "@": "-1"}
        contact.consent, contact.second_numbers = consent, ["+12125550100"]
        contact.extension, contact.external_id, contact.state = "+1", NASTY, "NY"
        contact.due_at = uploads.now() + timedelta(microseconds=120)
        first, second = session.scalars(select(Attempt).order_by(Attempt.number)).all()
        first.cause, first.provider_ref, first.disposition, first.answered_by = NASTY, "=1", "-", "human"
        first.placed_at = first.answered_at = uploads.now() + timedelta(milliseconds=5)
        second.cause, second.provider_ref = "\r", '"'
        expected = contacts.to_api(contact, [first, second])
    found = [json.loads(line) for line in read(uploads, "ndjson").split("\n") if PHONES[3] in line]
    assert found == [expected]
    # Who may not see everything gets the lines that Python writes: the same cells.
    slow = b"".join(
        export_campaign(uploads.engine, uploads.campaign_id, "csv", SHAPE, lambda value: value)
    ).decode()
    written = list(csv.DictReader(io.StringIO(slow, newline="")))
    rows = table(uploads)
    for row in [*rows, *written]:
        row["variables"] = json.loads(row["variables"])
    assert rows == written
