"""Export queries: a page of a campaign's contacts with their attempts, as text that the database itself writes; and
the files that such pages are written to.

Rows made into objects, and those into JSON, took twelve times what reading them does, in the interpreter that the
engine shares. Here a page comes as one text: Python sees no row, and a claim beside it hardly waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from campaign_app.domain.csv_cells import FORMULA

from .sets import locking_clause, run, stored_json

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
DETAIL_TEXTS = (
    "extension",
    "timezone",
    "region",
    "country",
    "state",
    "postal_code",
    "language",
    "external_id",
)
SAFE_CELLS = frozenset({"c.id", "c.status", "a.id", "a.number", "a.token", "a.status", "a.answered_by"})
"""Columns with numbers and words of ours alone, which need no quotes in CSV."""


class _Words:
    """How a dialect writes what the two have different words for."""

    def __init__(self, dialect: str) -> None:
        self.is_sqlite = dialect == "sqlite"

    def time(self, column: str) -> str:
        """RFC 3339 in UTC, as domain.campaign.to_rfc3339 has it."""
        text = (
            f"replace({column}, ' ', 'T') || 'Z'"
            if self.is_sqlite
            else f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
        )
        return f"replace({text}, '.000000', '')"

    def json(self, column: str) -> str:
        return f"json({column})" if self.is_sqlite else column

    def text(self, value: str) -> str:
        return f"CAST({value} AS text)"

    def object(self, fields: Mapping[str, str]) -> str:
        """A JSON object without blanks, as text."""
        if self.is_sqlite:
            return "json_object(" + ", ".join(f"'{name}', {value}" for name, value in fields.items()) + ")"
        listed = ", ".join(f'{value} AS "{name}"' for name, value in fields.items())
        return f"(SELECT CAST(row_to_json(r) AS text) FROM (SELECT {listed}) r)"

    def join(self, value: str, separator: str, order: str) -> str:
        """All rows' texts as one. SQLite takes them in the order of its subquery."""
        codes = " || ".join(f"{'char' if self.is_sqlite else 'chr'}({ord(char)})" for char in separator)
        if self.is_sqlite:
            return f"group_concat({value}, {codes})"
        return f"string_agg({value}, {codes} ORDER BY {order})"

    def lines(self, value: str) -> str:
        return f"CAST({value} AS BLOB)" if self.is_sqlite else value

    def contact(self) -> dict[str, str]:
        """The API's fields of a contact but its attempts (services.contacts.to_api). The last one is a text: its
        closing brace alone is cut off, where the attempts follow."""
        return {
            "id": "c.id",
            "campaign_id": "c.campaign_id",
            "phone": "c.phone",
            "status": "c.status",
            "due_at": self.time("c.due_at"),
            "variables": self.json("c.variables"),
            **{name: f"c.{name}" for name in DETAIL_TEXTS},
            **{name: self.json(f"c.{name}") for name in ("second_numbers", "consent")},
            "line": "c.line_type",
        }

    def attempt(self) -> dict[str, str]:
        """The same of an attempt (services.contacts.attempt_to_api)."""
        return {
            "id": "a.id",
            "number": "a.number",
            **{name: f"a.{name}" for name in ("token", "status", "answered_by", "disposition", "key")},
            "provider": "t.name",
            **{name: f"a.{name}" for name in ("provider_ref", "cause")},
            **{
                name: self.time(f"a.{name}")
                for name in ("claimed_at", "placed_at", "answered_at", "ended_at")
            },
            "receipt": f"CAST(:receipts AS text) || {self.text('a.id')} || '/receipt'",
        }

    def cell(self, value: str) -> str:
        """A cell of CSV (RFC 4180), neutralized as domain.csv_cells has it."""
        if value in SAFE_CELLS:
            return f"coalesce({self.text(value)}, '')"
        code = "char" if self.is_sqlite else "chr"
        formula = ", ".join(f"{code}({ord(char)})" for char in FORMULA)
        text = f"""'"' || CASE WHEN substr({value}, 1, 1) IN ({formula}) THEN '''' ELSE '' END
            || replace({value}, '"', '""') || '"'"""
        return f"coalesce({text}, '')"


PAGE = """SELECT * FROM contacts WHERE campaign_id = :campaign_id AND id > :after ORDER BY id LIMIT :most"""


def _write_json_page(dialect: str) -> str:
    words = _Words(dialect)
    attempts = words.join(words.object(words.attempt()), ",", "a.number")
    return f"""SELECT count(*) AS n, max(id) AS last_id, {words.lines(words.join("line", chr(10), "id"))} AS lines
      FROM (SELECT c.id, rtrim({words.object(words.contact())}, '}}') || ',"attempts":[' || coalesce((
              SELECT {attempts} FROM (SELECT * FROM attempts WHERE contact_id = c.id ORDER BY number) a
              JOIN trunks t ON t.id = a.trunk_id), '') || ']}}' AS line
            FROM ({PAGE}) c) AS page"""


def _write_csv_page(dialect: str) -> str:
    words = _Words(dialect)
    contact, attempt = words.contact(), words.attempt()
    cells = [
        *(words.cell(contact[field]) for field in CONTACT_COLUMNS.values()),
        words.cell(words.text(contact["variables"])),
        *(words.cell(attempt[field]) for field in ATTEMPT_COLUMNS.values()),
    ]
    line = " || ',' || ".join(cells)
    joined = words.join("line", chr(13) + chr(10), "id, number")
    return f"""SELECT count(DISTINCT id) AS n, max(id) AS last_id, {words.lines(joined)} AS lines
      FROM (SELECT c.id, a.number, {line} AS line
            FROM ({PAGE}) c LEFT JOIN attempts a ON a.contact_id = c.id LEFT JOIN trunks t ON t.id = a.trunk_id
            ORDER BY c.id, a.number) AS page"""


READ_PAGE: dict[str, dict[str, str]] = {
    kind: {dialect: write(dialect) for dialect in ("sqlite", "postgresql")}
    for kind, write in (("json", _write_json_page), ("csv", _write_csv_page))
}


@dataclass(frozen=True, slots=True)
class ExportPage:
    """Some rows of an export as UTF-8, a line each, without an end of line after the last; and the last one's id."""

    lines: bytes
    count: int
    last_id: int


def read_contact_page(
    connection: Connection, campaign_id: int, after: int, most: int, *, csv: bool, prefix: str
) -> ExportPage | None:
    """The contacts that follow the id `after`, as one statement sees them; None where there are none.

    As JSON each is the API's own shape; as CSV it has a line for each attempt, and one where there is none. `prefix` is
    the path that the API lies below.
    """
    row = run(
        connection,
        READ_PAGE["csv" if csv else "json"][connection.dialect.name],
        {
            "campaign_id": campaign_id,
            "after": after,
            "most": most,
            # CSV has no addresses of receipts.
            **({} if csv else {"receipts": f"{prefix}/api/v1/attempts/"}),
        },
    ).one()
    if not row.n:
        return None
    lines = row.lines if isinstance(row.lines, bytes) else row.lines.encode()
    return ExportPage(lines, row.n, row.last_id)


# ---- files


@dataclass(slots=True)
class ExportJob:
    """An export that a worker has for as long as `stored_as` is the name that it gave the file."""

    id: int
    kind: str
    campaign_id: int | None
    format: str
    search: dict[str, Any] | None
    prefix: str
    rows_done: int
    bytes_done: int
    last_id: int
    stored_as: str
    heartbeat_at: datetime
    former: str | None = None
    """The file of whoever had it before, of which `bytes_done` bytes are to be taken over."""


WAITING = """FROM exports WHERE status IN ('queued', 'running')
    AND (status = 'queued' OR heartbeat_at IS NULL OR heartbeat_at < :stale) AND total - rows_done <= :most"""
ANY_LENGTH = 2**62
"""Rows."""


def find_waiting_export(connection: Connection, stale: datetime, most: int = ANY_LENGTH) -> bool:
    """Whether `take_export` would find one: a read, so that looking every second takes no write lock."""
    return run(connection, f"SELECT 1 {WAITING} LIMIT 1", {"stale": stale, "most": most}).first() is not None


def take_export(
    connection: Connection, now: datetime, stale: datetime, name: Callable[[str], str], most: int = ANY_LENGTH
) -> ExportJob | None:
    """Of those that are queued, or whose worker last beat before `stale`, take up the one with the fewest rows left,
    `most` of them at the most. `name` makes the new file's name of a format."""
    row = run(
        connection,
        f"""SELECT id, kind, campaign_id, format, search, prefix, rows_done, bytes_done, last_id, stored_as
            {WAITING} ORDER BY total - rows_done, id
            LIMIT 1 {locking_clause(connection, "FOR UPDATE SKIP LOCKED")}""",
        {"stale": stale, "most": most},
    ).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    former = values.pop("stored_as")
    job = ExportJob(
        **{**values, "search": stored_json(values["search"])},
        stored_as=name(row.format),
        heartbeat_at=now,
        former=former,
    )
    run(
        connection,
        "UPDATE exports SET status = 'running', stored_as = :name, heartbeat_at = :now WHERE id = :id",
        {"id": job.id, "name": job.stored_as, "now": now},
    )
    return job


def advance_export(connection: Connection, job: ExportJob, now: datetime) -> bool:
    """Write down how far the file is, durably on the disk. False: somebody else has it, or it is not wanted."""
    moved = run(
        connection,
        """UPDATE exports SET rows_done = :rows, bytes_done = :bytes, last_id = :last, heartbeat_at = :now
           WHERE id = :id AND status = 'running' AND stored_as = :name""",
        {
            "id": job.id,
            "name": job.stored_as,
            "rows": job.rows_done,
            "bytes": job.bytes_done,
            "last": job.last_id,
            "now": now,
        },
    ).rowcount
    job.heartbeat_at = now
    return moved == 1


def finish_export(
    connection: Connection,
    job: ExportJob,
    now: datetime,
    *,
    expires_at: datetime | None = None,
    error: str | None = None,
) -> bool:
    """It is whole, or with an error it has failed. False as above."""
    moved = run(
        connection,
        """UPDATE exports SET status = :status, error = :error, rows_done = :rows, bytes_done = :bytes, last_id = :last,
             finished_at = :now, expires_at = :expires, stored_as = :keep
           WHERE id = :id AND status = 'running' AND stored_as = :name""",
        {
            "id": job.id,
            "name": job.stored_as,
            "keep": job.stored_as if error is None else None,
            "status": "completed" if error is None else "failed",
            "error": error,
            "rows": job.rows_done,
            "bytes": job.bytes_done,
            "last": job.last_id,
            "now": now,
            "expires": expires_at,
        },
    ).rowcount
    return moved == 1


def release_export(connection: Connection, job: ExportJob) -> None:
    """Leave it to the next worker at once."""
    run(
        connection,
        "UPDATE exports SET status = 'queued' WHERE id = :id AND status = 'running' AND stored_as = :name",
        {"id": job.id, "name": job.stored_as},
    )


def list_export_files(connection: Connection) -> list[Any]:
    """(id, kind, campaign_id, stored_as, requested_at, finished_at) of those that have a file, or will have one."""
    rows = run(
        connection,
        """SELECT id, kind, campaign_id, stored_as, requested_at, finished_at FROM exports
           WHERE status IN ('queued', 'running', 'completed') ORDER BY id""",
    )
    return list(rows.all())


def delete_exports(connection: Connection, ids: Iterable[int], error: str) -> list[str]:
    """Say of exports why they are not there any more. The names of the files that are to go."""
    names: list[str] = []
    for export_id in sorted(ids):
        row = run(
            connection,
            "SELECT stored_as FROM exports WHERE id = :id AND status IN ('queued', 'running', 'completed')"
            + locking_clause(connection, " FOR UPDATE"),
            {"id": export_id},
        ).one_or_none()
        if row is None:
            continue
        run(
            connection,
            "UPDATE exports SET status = 'deleted', error = :error, stored_as = NULL WHERE id = :id",
            {"id": export_id, "error": error},
        )
        if row.stored_as is not None:
            names.append(row.stored_as)
    return names


def list_expired_exports(connection: Connection, now: datetime) -> list[int]:
    rows = run(
        connection,
        "SELECT id FROM exports WHERE status = 'completed' AND expires_at <= :now ORDER BY id",
        {"now": now},
    )
    return [row.id for row in rows]


def list_exports_before(connection: Connection, before: datetime) -> list[int]:
    """Those whose file was finished before an instant, and is there still."""
    rows = run(
        connection,
        "SELECT id FROM exports WHERE status = 'completed' AND finished_at < :before ORDER BY id",
        {"before": before},
    )
    return [row.id for row in rows]


def delete_old_exports(connection: Connection, before: datetime) -> int:
    """Rows of files that went long ago."""
    return run(
        connection,
        """DELETE FROM exports WHERE requested_at < :before AND status IN ('failed', 'deleted')""",
        {"before": before},
    ).rowcount


def list_campaigns_of_number(connection: Connection, phone: str) -> set[int]:
    """The campaigns that have a contact with the number, or have called it."""
    rows = run(
        connection,
        """SELECT campaign_id FROM contacts WHERE phone = :phone
           UNION SELECT campaign_id FROM attempts WHERE phone = :phone AND campaign_id IS NOT NULL""",
        {"phone": phone},
    )
    return {row.campaign_id for row in rows}
