"""Working an upload off, chunk by chunk, so that it can be killed at any instant and resumed without a row
lost or doubled.

A chunk is one short transaction: its contacts, its refusals, the counters and the import's progress, by
compare-and-set on that progress. Whoever takes the import up next skips the rows that are done.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import BinaryIO, Protocol

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from campaign_app.domain.campaign import ACCEPTS_CONTACTS
from campaign_app.domain.csv_cells import kept
from campaign_app.domain.csv_columns import NoColumns
from campaign_app.domain.csv_rows import Row
from campaign_app.queries import imports as queries
from campaign_app.queries.imports import Counts, Job

from .contacts import list_required_variables
from .import_files import remove, sweep
from .import_rows import (
    Candidate,
    Layout,
    Refusal,
    chunks,
    find_layout,
    judge,
    opened,
    rows_of,
    with_values,
)

STALE = timedelta(seconds=30)
"""A runner that said nothing for so long is taken for dead."""

log = logging.getLogger(__name__)


class Clock(Protocol):
    def now(self) -> datetime:
        """The time of day, aware, UTC."""


class Write(Protocol):
    """`transaction.write`: services do not begin or commit by themselves."""

    def __call__(self, engine: Engine, step: str | None = None, /) -> AbstractContextManager[Connection]: ...


class _Gone(Exception):
    """The campaign was deleted, and the import with it."""


class _Closed(Exception):
    """The campaign does not take contacts any more."""

    def __init__(self, status: str) -> None:
        self.status = status
        super().__init__(status)


class _Stopped(Exception):
    """The process is about to end."""


class _Lost(Exception):
    """Another runner has taken the import up."""


def run_next(
    engine: Engine, uploads: Path, *, write: Write, clock: Clock, owner: str, stop: Event | None = None
) -> bool:
    """Take up one import and work it off; False if none was waiting.

    `stop` ends it after the present chunk and leaves the rest for the next runner, at once. What goes wrong
    with the file or the campaign is kept as the import's error. A database that cannot be reached raises
    OperationalError, and the import is taken up again 30 s later; anything else is a bug: it fails the import
    and propagates.
    """
    now = clock.now()
    with engine.connect() as connection:
        if not queries.waiting(connection, now - STALE):
            return False
    with write(engine) as connection:
        job = queries.take(connection, now, now - STALE)
    if job is None:
        return False
    log.info(
        "import %s of campaign %s taken up by %s after %s rows", job.id, job.campaign_id, owner, job.rows_done
    )
    _Run(engine, uploads, write, clock, job, stop or Event()).run()
    with engine.connect() as connection:
        needed = queries.unfinished_files(connection)
    sweep(uploads, needed, now)
    return True


class _Run:
    def __init__(
        self, engine: Engine, uploads: Path, write: Write, clock: Clock, job: Job, stop: Event
    ) -> None:
        self._engine = engine
        self._path = uploads / job.stored_as
        self._write = write
        self._clock = clock
        self._job = job
        self._stop = stop

    def run(self) -> None:
        try:
            self._finish(self._process())
        except _Stopped:
            self._let_go()
        except _Gone:
            remove(self._path)
        except _Lost:
            log.warning("import %s was taken up by another runner; this one lets it be", self._job.id)
        except OperationalError:
            raise
        except Exception:
            self._finish(
                f"Switchboard could not read on after {self._job.rows_done:,} rows: that is a fault of "
                f"its own, which its log describes. {self._added()}"
            )
            raise

    def _process(self) -> str | None:
        """Work until the file's end; a sentence if the import has failed."""
        if not self._path.is_file():
            return f"The uploaded file is not on the server any more; upload it again. {self._added()}"
        try:
            layout = find_layout(self._path, self._job.default_region)
        except NoColumns as error:
            return str(error)
        self._save(layout)
        try:
            with opened(self._path, layout.encoding) as (text, raw):
                for rows in chunks(rows_of(text, layout, self._job.rows_done)):
                    if self._stop.is_set():
                        raise _Stopped
                    self._chunk(rows, layout, raw)
        except _Closed as closed:
            return f"The campaign was {closed.status} while the file was being read. {self._added()}"
        if self._job.rows_done == 0:
            return "The file has no rows with anything in them; nothing was added."
        return None

    def _save(self, layout: Layout) -> None:
        columns = [
            {"name": name, "role": "phone" if index == layout.columns.phone else "variable"}
            for index, name in enumerate(layout.columns.names)
        ]
        with self._write(self._engine, "import") as connection:
            if not queries.beat(connection, self._job, self._clock.now()):
                raise _Lost
            queries.save_layout(
                connection,
                self._job,
                encoding=layout.encoding,
                delimiter=layout.delimiter,
                has_header=layout.columns.has_header,
                columns=columns,
            )

    def _chunk(self, rows: Sequence[Row], layout: Layout, raw: BinaryIO) -> None:
        judged = judge(rows, layout.columns, self._job.default_region)
        now = self._clock.now()
        with self._write(self._engine, "import") as connection:
            status = queries.campaign_status(connection, self._job.campaign_id)
            if status is None:
                raise _Gone
            if status not in ACCEPTS_CONTACTS:
                raise _Closed(status)
            needed = list_required_variables(status, queries.message_of(connection, self._job.campaign_id))
            counts = add_rows(connection, self._job, with_values(judged, needed), now)
            if not queries.advance(
                connection, self._job, counts, rows=len(rows), bytes_done=raw.tell(), now=now
            ):
                raise _Lost
        self._job.accepted += counts.accepted
        self._job.rows_done += len(rows)
        self._job.heartbeat_at = now

    def _let_go(self) -> None:
        with self._write(self._engine, "import") as connection:
            queries.let_go(connection, self._job)

    def _finish(self, error: str | None) -> None:
        with self._write(self._engine, "import") as connection:
            mine = queries.finish(connection, self._job, error=error, now=self._clock.now())
        if mine:
            remove(self._path)

    def _added(self) -> str:
        if self._job.accepted == 0:
            return "No number was added."
        return (
            f"{self._job.accepted:,} numbers from its first {self._job.rows_done:,} rows were added, "
            "the rest was not."
        )


def add_rows(
    connection: Connection, job: Job, judged: Sequence[Candidate | Refusal], now: datetime
) -> Counts:
    """Add what can be added, keep the rest as refusals, and say how many of each.

    A number's first row wins. Which count the others go to depends on the number alone, never on where the
    chunks were cut, so that an import that was killed counts as one that was not.
    """
    candidates = [row for row in judged if isinstance(row, Candidate)]
    phones = {row.phone for row in candidates}
    listed = queries.listed(connection, job.campaign_id, phones)
    first: dict[str, Candidate] = {}
    for candidate in candidates:
        if candidate.phone not in listed:
            first.setdefault(candidate.phone, candidate)
    added = queries.insert_contacts(
        connection, job, [(row.phone, row.variables, row.line) for row in first.values()], now
    )
    importers = queries.importers(connection, job.campaign_id, first.keys() - added)
    counts, refusals = Counts(), []
    for row in judged:
        if isinstance(row, Refusal):
            counts.rejected += 1
            refusals.append(row)
        elif row.phone in listed:
            counts.do_not_call += 1
            refusals.append(_refused(row, "do-not-call", "the number is on the do-not-call list"))
        elif row.phone in added and first[row.phone] is row:
            counts.accepted += 1
        elif row.phone in added or importers.get(row.phone) == job.id:
            counts.repeated_in_file += 1
            refusals.append(_refused(row, "repeated", "the number stands in an earlier row of this file"))
        else:
            counts.already_in_campaign += 1
            refusals.append(_refused(row, "already", "the number is in the campaign already"))
    queries.insert_refusals(
        connection, job.id, [(row.line, row.kind, row.code, row.reason, row.cells) for row in refusals]
    )
    return counts


def _refused(row: Candidate, kind: str, reason: str) -> Refusal:
    return Refusal(row.line, kind, kind, reason, kept(row.cells))
