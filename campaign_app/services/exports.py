"""Export service: a whole campaign with its contacts and attempts, streamed as JSON, NDJSON or CSV."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from campaign_app.domain.csv_cells import csv_text
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.models import Attempt, Contact
from campaign_app.queries import phone_search

from . import audit
from .contacts import to_api

PAGE = 1_000
Pages = Iterator[list[dict[str, Any]]]
CONTENT_TYPES = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
}
"""The formats, and what each is in HTTP."""

CONTACT_COLUMNS = {"contact_id": "id", "phone": "phone", "contact_status": "status", "due_at": "due_at"}
ATTEMPT_COLUMNS = {
    "attempt_id": "id",
    "attempt_number": "number",
    "token": "token",
    "attempt_status": "status",
    **{
        name: name
        for name in (
            "answered_by",
            "disposition",
            "key",
            "provider",
            "provider_ref",
            "cause",
            "claimed_at",
            "placed_at",
            "answered_at",
            "ended_at",
        )
    },
}
"""A CSV column's name, and the field of the API's shape that it carries."""


def record_export(
    session: Session, campaign_id: int, format: str, *, masked: bool, actor: str, now: datetime
) -> None:
    """Note in the caller's transaction that somebody takes a campaign away, and how many people it has."""
    audit.record_audit_entry(
        session,
        actor=actor,
        action="campaign.export",
        object_type="campaign",
        object_id=campaign_id,
        now=now,
        format=format,
        contacts=phone_search.count_contacts(session, campaign_id),
        masked=masked or None,
    )


def export_campaign(
    engine: Engine,
    campaign_id: int,
    format: str,
    campaign: Mapping[str, Any],
    hide: Callable[[Any], Any] = lambda value: value,
) -> Iterator[bytes]:
    """The campaign, piece by piece, as UTF-8. `campaign` is its own shape in the API; `hide`
    masks what whoever asks may not see. Raises Invalid on `format`.

    JSON is `{"campaign": …, "contacts": […]}`, NDJSON one contact a line, both with the attempts inside. CSV
    has a line for each attempt, and one for a contact without any; its cells are neutralized against
    spreadsheets.

    It may be consumed after the request has ended. Each page is read on a connection of its own and in a
    short transaction: one snapshot for all of it would slow the engine's claims eightfold. So a campaign that
    is dialing moves on between two pages, and each contact is shown with its attempts as they stood at one
    instant.
    """

    def pages() -> Iterator[list[dict[str, Any]]]:
        return (hide(page) for page in read_contact_pages(engine, campaign_id))

    writers: dict[str, Callable[[], Iterator[str]]] = {
        "json": lambda: _stream_json(pages(), hide(campaign)),
        "ndjson": lambda: _stream_ndjson(pages()),
        "csv": lambda: _stream_csv(pages()),
    }
    if format not in writers:
        raise InvalidInput([FieldError("format", f"choose one of {', '.join(writers)}")])
    return (piece.encode() for piece in writers[format]())


def _stream_json(pages: Pages, campaign: Mapping[str, Any]) -> Iterator[str]:
    yield f'{{"campaign": {_dump_json(campaign)}, "contacts": ['
    separator = "\n"
    for page in pages:
        yield separator + ",\n".join(map(_dump_json, page))
        separator = ",\n"
    yield "\n]}\n"


def _stream_ndjson(pages: Pages) -> Iterator[str]:
    for page in pages:
        yield "".join(_dump_json(contact) + "\n" for contact in page)


def _stream_csv(pages: Pages) -> Iterator[str]:
    yield csv_text([[*CONTACT_COLUMNS, "variables", *ATTEMPT_COLUMNS]])
    for page in pages:
        yield csv_text(line for contact in page for line in _csv_rows(contact))


def _csv_rows(contact: dict[str, Any]) -> Iterator[list[object]]:
    contact_cells = [
        *(contact[field] for field in CONTACT_COLUMNS.values()),
        _dump_json(contact["variables"]),
    ]
    for attempt in contact["attempts"] or [{}]:
        yield [*contact_cells, *(attempt.get(field) for field in ATTEMPT_COLUMNS.values())]


def _dump_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def read_contact_pages(engine: Engine, campaign_id: int) -> Iterator[list[dict[str, Any]]]:
    """The campaign's contacts in the API's shape, PAGE at a time, by number: the unique index serves that
    order.
    """
    reader = engine
    if engine.dialect.name != "sqlite":
        # SQLite's transaction is one snapshot anyway; here each of the two statements would have its own.
        reader = engine.execution_options(isolation_level="REPEATABLE READ")
    last = ""
    while True:
        with Session(reader) as session:
            contacts = session.scalars(
                select(Contact)
                .where(Contact.campaign_id == campaign_id, Contact.phone > last)
                .order_by(Contact.phone)
                .limit(PAGE)
            ).all()
            attempts: defaultdict[int | None, list[Attempt]] = defaultdict(list)
            for attempt in session.scalars(
                select(Attempt)
                .where(Attempt.contact_id.in_([contact.id for contact in contacts]))
                .order_by(Attempt.contact_id, Attempt.number)
            ):
                attempts[attempt.contact_id].append(attempt)
            page = [to_api(contact, attempts[contact.id]) for contact in contacts]
        if not page:
            return
        last = page[-1]["phone"]
        yield page
