"""Call files: the calls of a filter with the columns that somebody chose, streamed or made in the background.

    query = CallFileQuery.read({"status": "busy", "since": "2026-11-01", "columns": ["to", "status"]})
    for piece in stream_calls(engine, query, "csv"): …

A file has the latest call first. Days are on the clock of the query's `zone`; times in CSV and NDJSON are RFC 3339 in
UTC.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from campaign_app.domain.attempt import RANK
from campaign_app.domain.campaign import to_rfc3339
from campaign_app.domain.csv_cells import csv_text
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.domain.local_times import find_day_begin
from campaign_app.domain.message import DIGITS
from campaign_app.domain.number_zones import is_zone
from campaign_app.models import Attempt
from campaign_app.queries.call_files import (
    CallFilter,
    CallPiece,
    count_calls,
    count_matching_calls,
    read_call_piece,
)
from campaign_app.queries.exports import ExportPage
from campaign_app.queries.phone_search import NumberSearch, search_digits
from campaign_app.services import audit
from campaign_app.services.responses import list_key_labels
from campaign_app.services.simulator_speed import find_speed

USUAL_COLUMNS = {
    "to": "Number",
    "campaign": "Campaign",
    "number": "Call",
    "started_at": "Started",
    "status": "Outcome",
    "answered_by": "Answered by",
    "seconds": "Seconds talked",
    "key": "Key",
    "key_means": "Key means",
    "disposition": "Heard",
    "cause": "Cause",
}
COLUMNS = {
    **USUAL_COLUMNS,
    "id": "Call’s id",
    "campaign_id": "Campaign’s id",
    "contact_id": "Contact’s id",
    "token": "Token",
    "provider": "Trunk",
    "provider_ref": "Carrier’s id",
    "claimed_at": "Reserved",
    "placed_at": "Placed",
    "answered_at": "Answered",
    "ended_at": "Ended",
}
"""A column's name in CSV and NDJSON, which is the field's in the API where that has it, and its title."""
TIMES = ("started_at", "claimed_at", "placed_at", "answered_at", "ended_at")
STATUSES = ("open", "ended", *(status.value for status in RANK))
FORMATS = ("csv", "ndjson")
"""Of a stream, or of a file that is made in the background."""
PAGE = 500
LONGEST_SEARCH = 40


@dataclass(frozen=True, slots=True)
class CallFileQuery:
    """Which calls, and which of their columns, as it is asked for."""

    campaign_id: int | None = None
    status: str | None = None
    key: str | None = None
    search: str = ""
    since: str = ""
    until: str = ""
    zone: str = "UTC"
    columns: tuple[str, ...] = ()
    """Empty: all of them."""

    @classmethod
    def read(cls, fields: Mapping[str, Any]) -> CallFileQuery:
        """Of a query, or of what `as_query` made. Raises InvalidInput with every wrong field."""
        query = cls(
            campaign_id=None if fields.get("campaign_id") is None else int(fields["campaign_id"]),
            status=fields.get("status") or None,
            key=fields.get("key") or None,
            search=(fields.get("search") or "").strip()[:LONGEST_SEARCH],
            since=str(fields.get("since") or ""),
            until=str(fields.get("until") or ""),
            zone=fields.get("zone") or "UTC",
            columns=tuple(fields.get("columns") or ()),
        )
        query.build_filter()
        return query

    def as_query(self) -> dict[str, Any]:
        """What differs from a file of everything, as JSON."""
        values = {
            "campaign_id": self.campaign_id,
            "status": self.status,
            "key": self.key,
            "search": self.search,
            "since": self.since,
            "until": self.until,
            "zone": self.zone if self.since or self.until else "",
            "columns": list(self.columns),
        }
        return {name: value for name, value in values.items() if value}

    @property
    def names(self) -> Sequence[str]:
        """Of its columns, in the order in which they were chosen."""
        return self.columns or tuple(COLUMNS)

    def build_filter(self) -> CallFilter:
        """Raises InvalidInput."""
        errors: list[FieldError] = []
        self._check_choice(errors, "status", self.status, STATUSES)
        self._check_choice(errors, "key", self.key, tuple(DIGITS))
        for name in self.columns:
            self._check_choice(errors, "columns", name, tuple(COLUMNS))
        if len(set(self.columns)) < len(self.columns):
            errors.append(FieldError("columns", "each column once"))
        if self.search and not search_digits(self.search):
            errors.append(FieldError("search", "give digits of a number, and no letters"))
        since = until = None
        if is_zone(self.zone):
            since = self._read_day(errors, "since", self.since, 0)
            until = self._read_day(errors, "until", self.until, 1)
        else:
            errors.append(FieldError("zone", "give an IANA zone, such as Europe/Paris"))
        if since is not None and until is not None and since >= until:
            errors.append(FieldError("until", "the last day lies before the first one"))
        if errors:
            raise InvalidInput(errors)
        search = NumberSearch(self.search) if self.search else None
        return CallFilter(self.campaign_id, self.status, self.key, search, since, until)

    @staticmethod
    def _check_choice(
        errors: list[FieldError], field: str, value: str | None, choices: Collection[str]
    ) -> None:
        if value is not None and value not in choices:
            errors.append(FieldError(field, f"“{value[:40]}” is none of {', '.join(choices)}"))

    def _read_day(self, errors: list[FieldError], field: str, text: str, more: int) -> datetime | None:
        """When a day begins on the zone's clock; with `more` that many days later."""
        if not text:
            return None
        try:
            return find_day_begin(text, self.zone, more)
        except ValueError as error:
            errors.append(FieldError(field, str(error)))
            return None


def read_calls(session: Session, query: CallFileQuery, before: int = 0) -> CallPiece | None:
    """The calls of a file that come before an id (0: from the latest), the latest first: a piece of some that match, or
    of none where the ids that were looked through have none. None at the file's end."""
    return read_call_piece(session, query.build_filter(), before, PAGE)


def measure_talk_seconds(answered_at: datetime | None, ended_at: datetime | None, speed: float) -> int | None:
    """Seconds talked, by a trunk whose calls go `speed` times as fast as life; None of a call that was not answered, or
    that goes on."""
    if answered_at is None or ended_at is None:
        return None
    return round(max(0.0, (ended_at - answered_at).total_seconds()) * speed)


def count_calls_of_file(session: Session, query: CallFileQuery, most: int) -> int | None:
    """How many calls a file has, up to `most`: counted one by one only where there are so many without the filter. None
    where that takes too long to wait for."""
    about = count_calls(session, query.campaign_id)
    return about if about < most else count_matching_calls(session, query.build_filter(), most)


class CallRows:
    """Calls as rows of values by a column's name; `engine` knows how fast simulated calls go."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._labels: dict[int, dict[str, str]] = {}

    def describe(self, attempt: Attempt, names: Sequence[str]) -> dict[str, Any]:
        """Times are datetimes."""
        values = {
            "to": attempt.phone,
            "campaign": None if attempt.campaign is None else attempt.campaign.name,
            "number": attempt.number,
            "started_at": attempt.started_at,
            "status": attempt.status,
            "answered_by": attempt.answered_by,
            "seconds": measure_talk_seconds(
                attempt.answered_at, attempt.ended_at, find_speed(self._engine, attempt.trunk.provider)
            ),
            "key": attempt.key,
            "key_means": self._find_label(attempt),
            "disposition": attempt.disposition,
            "cause": attempt.cause,
            "id": attempt.id,
            "campaign_id": attempt.campaign_id,
            "contact_id": attempt.contact_id,
            "token": attempt.token,
            "provider": attempt.trunk.name,
            "provider_ref": attempt.provider_ref,
            "claimed_at": attempt.claimed_at,
            "placed_at": attempt.placed_at,
            "answered_at": attempt.answered_at,
            "ended_at": attempt.ended_at,
        }
        return {name: values[name] for name in names}

    def _find_label(self, attempt: Attempt) -> str | None:
        campaign = attempt.campaign
        if campaign is None or attempt.key is None:
            return None
        if campaign.id not in self._labels:
            self._labels[campaign.id] = list_key_labels(campaign)
        return self._labels[campaign.id].get(attempt.key)


def record_export(
    session: Session,
    query: CallFileQuery,
    format: str,
    *,
    actor: str,
    now: datetime,
    calls: int | None = None,
    file: int | None = None,
) -> None:
    """Note in the caller's transaction that somebody takes calls away; `calls`: how many, where that is known; `file`:
    the id of the file that is made of them. Not the number that was searched for, which would stay here after the
    person is forgotten."""
    search = query.as_query()
    of_campaign = search.pop("campaign_id", None)
    audit.record_audit_entry(
        session,
        actor=actor,
        action="call.export" if of_campaign is None else "campaign.export",
        object_type="page" if of_campaign is None else "campaign",
        object_id=of_campaign or "calls",
        now=now,
        format=format,
        calls=calls,
        file=file,
        searched=bool(search.pop("search", "")) or None,
        **search,
    )


def write_head(query: CallFileQuery, format: str) -> bytes:
    """What comes before the first call."""
    return csv_text([query.names]).encode() if format == "csv" else b""


def read_page(
    engine: Engine, query: CallFileQuery, format: str, before: int, rows: CallRows
) -> ExportPage | None:
    """The next calls of a file as lines, on a connection of its own: as `read_calls`, perhaps none; None at its end."""
    with engine.connect() as connection, Session(connection) as session:
        piece = read_calls(session, query, before)
        if piece is None:
            return None
        described = [rows.describe(attempt, query.names) for attempt in piece.calls]
    for row in described:
        row.update({name: to_rfc3339(row[name]) for name in TIMES if name in row})
    if format == "csv":
        text = csv_text(row.values() for row in described).removesuffix("\r\n")
    else:
        text = "\n".join(json.dumps(row, ensure_ascii=False) for row in described)
    return ExportPage(text.encode(), len(described), piece.last_id)


def stream_calls(engine: Engine, query: CallFileQuery, format: str) -> Iterator[bytes]:
    """The file, piece by piece, as UTF-8. It may be consumed after the request has ended."""
    rows, before = CallRows(engine), 0
    end = b"\r\n" if format == "csv" else b"\n"
    head = write_head(query, format)
    if head:
        yield head
    while (page := read_page(engine, query, format, before, rows)) is not None:
        yield page.lines + end if page.count else b""
        before = page.last_id
