"""Export service: a whole campaign with its contacts and attempts, streamed as JSON, NDJSON or CSV."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from campaign_app.domain.csv_cells import csv_text
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.queries import phone_search
from campaign_app.queries.exports import ATTEMPT_COLUMNS, CONTACT_COLUMNS, ExportPage, read_contact_page
from campaign_app.services.origin import current_origin

from . import audit

PAGE = 1_000
"""Contacts."""
CONTENT_TYPES = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
}
"""The formats, and what each is in HTTP."""
Hide = Callable[[Any], Any]


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


def check_format(format: str) -> None:
    """Raises InvalidInput."""
    if format not in CONTENT_TYPES:
        raise InvalidInput([FieldError("format", f"choose one of {', '.join(CONTENT_TYPES)}")])


@dataclass(frozen=True, slots=True)
class ExportText:
    """The parts that a file of one format is put together of."""

    format: str

    def head(self, campaign: Mapping[str, Any]) -> bytes:
        """What comes before the first contact. `campaign` is its own shape in the API."""
        if self.format == "json":
            return f'{{"campaign": {_dump_json(campaign)}, "contacts": ['.encode()
        if self.format == "csv":
            return csv_text([[*CONTACT_COLUMNS, "variables", *ATTEMPT_COLUMNS]]).encode()
        return b""

    def page(self, lines: bytes, *, first: bool) -> bytes:
        """Lines of contacts, as `read_page` reads them."""
        if self.format == "json":
            # Within a JSON value an end of line is written as \\n.
            return (b"\n" if first else b",\n") + lines.replace(b"\n", b",\n")
        return lines + (b"\r\n" if self.format == "csv" else b"\n")

    def tail(self) -> bytes:
        return b"\n]}\n" if self.format == "json" else b""

    def read_page(
        self, engine: Engine, campaign_id: int, after: int, prefix: str, hide: Hide | None = None
    ) -> ExportPage | None:
        """The contacts after an id, on a connection of its own. What `hide` masks is written in Python, slowly."""
        with engine.connect() as connection:
            csv = self.format == "csv" and hide is None
            page = read_contact_page(connection, campaign_id, after, PAGE, csv=csv, prefix=prefix)
        if page is None or hide is None:
            return page
        contacts = [hide(json.loads(line)) for line in page.lines.split(b"\n")]
        if self.format == "csv":
            text = csv_text(line for contact in contacts for line in _csv_rows(contact)).removesuffix("\r\n")
        else:
            text = "\n".join(map(_dump_json, contacts))
        return ExportPage(text.encode(), page.count, page.last_id)


def export_campaign(
    engine: Engine, campaign_id: int, format: str, campaign: Mapping[str, Any], hide: Hide | None = None
) -> Iterator[bytes]:
    """The campaign, piece by piece, as UTF-8. `campaign` is its own shape in the API; `hide`
    masks what whoever asks may not see. Raises InvalidInput on `format`.

    JSON is `{"campaign": …, "contacts": […]}`, NDJSON one contact a line, both with the attempts inside, in the order
    in which the contacts were added. CSV has a line for each attempt, and one for a contact without any; its cells are
    neutralized against spreadsheets.

    It may be consumed after the request has ended. Each page is read on a connection of its own and in one statement:
    one snapshot for all of it would slow the engine's claims eightfold. So a campaign that is dialing moves on between
    two pages, and each contact is shown with its attempts as they stood at one instant.
    """
    check_format(format)
    text = ExportText(format)
    # Of the request, which is over when the pages are read.
    prefix = current_origin().prefix

    def stream() -> Iterator[bytes]:
        yield text.head(campaign if hide is None else hide(campaign))
        after, first = 0, True
        while (page := text.read_page(engine, campaign_id, after, prefix, hide)) is not None:
            yield text.page(page.lines, first=first)
            after, first = page.last_id, False
        yield text.tail()

    return (piece for piece in stream() if piece)


def _csv_rows(contact: dict[str, Any]) -> Iterator[list[object]]:
    contact_cells = [
        *(contact[field] for field in CONTACT_COLUMNS.values()),
        _dump_json(contact["variables"]),
    ]
    for attempt in contact["attempts"] or [{}]:
        yield [*contact_cells, *(attempt.get(field) for field in ATTEMPT_COLUMNS.values())]


def _dump_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
