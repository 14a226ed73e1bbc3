"""Rejected rows: what a file had and was not added, as CSV that can be corrected and uploaded again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from campaign_app.domain.csv_cells import csv_text
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.models import RejectedRow
from campaign_app.queries.tables import TablePage, load_keyset_page
from campaign_app.services import audit

from .checks import read_rejects, rejects_path
from .uploads import get

PAGE = 1_000
BOM = "\ufeff"
"""By which Excel knows UTF-8."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that is not added: its line in the file, and why. `cells` are shortened."""

    line: int
    kind: str
    code: str
    reason: str
    cells: list[str]


def record_rejected_export(session: Session, import_id: int, *, actor: str, now: datetime) -> None:
    """Note in the caller's transaction that somebody takes the rows that were left out away. Raises NotFound."""
    item = get(session, import_id)
    audit.record_audit_entry(
        session,
        actor=actor,
        action="import.export",
        object_type="import",
        object_id=import_id,
        now=now,
        rows=item.rejected,
        campaign_id=item.campaign_id,
    )


def rejected_csv(
    session: Session,
    import_id: int,
    include_all: bool = False,
    *,
    uploads: Path | None = None,
    code: str | None = None,
) -> Iterator[str]:
    """The rows that were not added, as CSV: line, reason, and the row's own cells under the file's own header.

    Only invalid rows, as many as `rejected` counts; `include_all` adds repeated, already known and do-not-call ones;
    with `code` those of one reason, whatever their kind.
    Of a file that is checked and not yet added, what the check found is read from beside it below `uploads`. The rows
    may be consumed after the session is closed: each page is read on a connection of its own, for an old snapshot
    would slow the engine's claims. Raises NotFound at once.
    """
    item = get(session, import_id)
    names = [str(column["name"]) for column in item.columns or []]
    if item.phase == "check":
        if uploads is None:
            return iter([BOM + csv_text([["line", "reason", *names]])])
        return _checked(rejects_path(uploads, item.stored_as), names, include_all, code)
    bound = session.get_bind()
    engine = bound.engine if isinstance(bound, Connection) else bound
    return _rejected(engine, import_id, names, include_all, code)


def list_rejects(
    session: Session,
    import_id: int,
    *,
    uploads: Path,
    code: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> TablePage[Reject]:
    """A page of the rows that were not added, or would not be; of one reason's code if it is given.

    Raises NotFound, Invalid (the cursor).
    """
    item = get(session, import_id)
    if item.phase == "check":
        return _list_checked(rejects_path(uploads, item.stored_as), code, cursor, limit)
    wanted = select(RejectedRow).where(RejectedRow.import_id == import_id)
    if code:
        wanted = wanted.where(RejectedRow.code == code)
    page = load_keyset_page(session, wanted, [RejectedRow.id], descending=False, cursor=cursor, limit=limit)
    rows = [Reject(row.line, row.kind, row.code, row.reason, row.cells) for row in page.items]
    return TablePage(rows, page.next_cursor, page.prev_cursor)


def _list_checked(path: Path, code: str | None, cursor: str | None, limit: int) -> TablePage[Reject]:
    """From what a check wrote beside the file; its cursors count the rows before them."""
    if cursor and not re.fullmatch(r"[0-9]{1,12}", cursor):
        raise InvalidInput([FieldError("cursor", "use a cursor that an earlier page has given")])
    start = int(cursor or 0)
    found = (Reject(*row) for row in read_rejects(path) if not code or row[2] == code)
    rows = list(islice(found, start, start + limit + 1))
    return TablePage(
        rows[:limit],
        str(start + limit) if len(rows) > limit else None,
        str(max(start - limit, 0)) if start else None,
    )


def _checked(path: Path, names: list[str], include_all: bool, code: str | None) -> Iterator[str]:
    yield BOM + csv_text([["line", "reason", *names]])
    rows: list[list[object]] = []
    for line, kind, found, reason, cells in read_rejects(path):
        if found == code if code else include_all or kind == "invalid":
            rows.append([line, reason, *cells])
        if len(rows) >= PAGE:
            yield csv_text(rows)
            rows = []
    if rows:
        yield csv_text(rows)


def _rejected(
    engine: Engine, import_id: int, names: list[str], include_all: bool, code: str | None
) -> Iterator[str]:
    yield BOM + csv_text([["line", "reason", *names]])
    query = (
        select(RejectedRow.id, RejectedRow.line, RejectedRow.reason, RejectedRow.cells)
        .where(RejectedRow.import_id == import_id)
        .order_by(RejectedRow.id)
        .limit(PAGE)
    )
    if code:
        query = query.where(RejectedRow.code == code)
    elif not include_all:
        query = query.where(RejectedRow.kind == "invalid")
    last = 0
    while True:
        with engine.connect() as connection:
            page = connection.execute(query.where(RejectedRow.id > last)).all()
        if not page:
            return
        last = page[-1].id
        yield csv_text([[row.line, row.reason, *row.cells] for row in page])
