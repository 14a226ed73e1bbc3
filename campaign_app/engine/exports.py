"""Export worker: writes files that were asked for, page by page; several take turns, so that a short file does not wait
for a long one.

It can be killed at any instant. About once a second it flushes what is written to the disk, and records its progress
in the database. The worker that takes the export up next copies that much into a file of its own, and continues there:
a worker that was only frozen writes into a file that nobody needs any more.
"""

from __future__ import annotations

import logging
import os
from collections import deque
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import BinaryIO

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from campaign_app.clock import Clock
from campaign_app.disk_space import is_disk_full
from campaign_app.domain.errors import NotFound
from campaign_app.queries import audit_trail
from campaign_app.queries import exports as queries
from campaign_app.queries.exports import ExportJob, ExportPage
from campaign_app.services import campaigns, do_not_call
from campaign_app.services.audit_search import read_search, write_entry
from campaign_app.services.call_files import CallFileQuery, CallRows, read_page, write_head
from campaign_app.services.export_files import CALLS, DO_NOT_CALL, make_name, remove_files
from campaign_app.services.exports import ExportText
from campaign_app.transaction import DATABASE_AWAY, begin_write

log = logging.getLogger("switchboard.exports")
STALE = timedelta(seconds=30)
"""A worker without a heartbeat for this long is presumed dead."""
CHECKPOINT_SECONDS = 1.0
ENTRIES = 100
"""Of the audit trail or the do-not-call list, on one page."""
REST, LONG_REST = 0.5, 3.0
"""Seconds of rest for each second of work, so that the engine and the pages come first. Entries are formatted in
Python, which holds the engine and the pages up, so they rest longer, but only for what they kept a processor busy: by
the clock, a worker that waited three seconds for one rested for nine more."""
MOST_REST = 1.0
"""Seconds after one page."""
AT_ONCE = 4
"""Files that take turns, of about a second each ..."""
SHORT = 10_000
"""... and those with at most so many rows, which are soon done, beside them."""
CAMPAIGN = "campaign"
"""The kind whose pages the database itself writes."""
COPY = 1 << 20
FULL = "The disk is full, so the file was deleted. Free some space, then make it again."
FAULT = "Switchboard could not write the file. This is a bug in Switchboard; its log has the details."


class _Stopped(Exception):
    """The process is about to end."""


class _Lost(Exception):
    """Another worker has the export, or nobody wants it any more."""


def run_next_export(
    engine: Engine, folder: Path, *, clock: Clock, days: int, stop: Event | None = None
) -> bool:
    """Take up one export and write its file, which expires after `days`, in turns with those that come to wait
    meanwhile; False if none was waiting.

    `stop` ends each after its present page, and the next worker goes on at once. A database that cannot be reached
    raises OperationalError, and the exports are taken up again 30 s later; anything else is a bug: it fails its export
    and propagates, and the others are left to the next worker.
    """
    stop = stop or Event()
    runs: deque[_Run] = deque()
    try:
        while True:
            most = queries.ANY_LENGTH if len(runs) < AT_ONCE else SHORT
            job = None if runs and stop.is_set() else _take_export(engine, clock, most)
            if job is not None:
                log.info("export %s is written, after %s rows", job.id, job.rows_done)
                run = _Run(engine, folder, clock, job, days, stop)
            elif runs:
                run = runs.popleft()
            else:
                return False
            if run.take_turn():
                runs.append(run)
            elif not runs:
                return True
    finally:
        for run in runs:
            run.release_job()


def _take_export(engine: Engine, clock: Clock, most: int) -> ExportJob | None:
    now = clock.now()
    with engine.connect() as connection:
        if not queries.find_waiting_export(connection, now - STALE, most):
            return None
    with begin_write(engine) as connection:
        return queries.take_export(connection, now, now - STALE, make_name, most)


@dataclass(slots=True)
class _Run:
    engine: Engine
    folder: Path
    clock: Clock
    job: ExportJob
    days: int
    stop: Event
    calls: CallRows | None = None
    exactly: bool | None = None
    """Whether the trail is searched by whole actors, as its page does when it is long; once for the file."""
    turns: Iterator[None] | None = None

    def take_turn(self) -> bool:
        """Write for about a second, and be as far in the database; False when the file is done with."""
        if self.turns is None:
            self.turns = self._write_in_turns()
        return next(self.turns, self) is None

    def release_job(self) -> None:
        """Between two turns: to the next worker, at once if the database can be reached."""
        self.turns = None
        with suppress(*DATABASE_AWAY), begin_write(self.engine) as connection:
            queries.release_export(connection, self.job)

    def _write_in_turns(self) -> Iterator[None]:
        try:
            yield from self._write_file()
        except _Stopped:
            with begin_write(self.engine) as connection:
                queries.release_export(connection, self.job)
        except _Lost:
            log.info("export %s is not wanted any more, or another worker has it", self.job.id)
            remove_files(self.folder, [self.job.stored_as])
        except DATABASE_AWAY:
            raise
        except OSError as error:
            log.error("export %s cannot be written: %s", self.job.id, error)
            full = is_disk_full(error)
            self._fail(FULL if full else f"The file could not be written: {error.strerror}.")
        except Exception:
            self._fail(FAULT)
            raise
        finally:
            # The database has not known it since this worker took the export up: neither who deletes the export nor
            # who forgets a person would find it.
            if self.job.former is not None:
                remove_files(self.folder, [self.job.former])

    def _fail(self, error: str) -> None:
        remove_files(self.folder, [self.job.stored_as])
        with begin_write(self.engine) as connection:
            queries.finish_export(connection, self.job, self.clock.now(), error=error)

    def _write_file(self) -> Iterator[None]:
        """Between pages, about once a second, it is another file's turn."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / self.job.stored_as
        with closing(_create(path)) as file:
            self._take_over(file)
            text = ExportText(self.job.format)
            if file.tell() == 0:
                file.write(self._head(text))
            last_beat = self.clock.monotonic()
            while True:
                began = self._read_work_seconds()
                page = self._read_page(text)
                if page is None:
                    break
                if page.count:
                    file.write(text.page(page.lines, first=self.job.rows_done == 0))
                self.job.rows_done += page.count
                self.job.last_id = page.last_id
                self.job.bytes_done = file.tell()
                is_over = self.clock.monotonic() - last_beat >= CHECKPOINT_SECONDS
                if is_over or self.stop.is_set():
                    self._checkpoint(file)
                if self.stop.is_set():
                    raise _Stopped
                rest = REST if self.job.kind == CAMPAIGN else LONG_REST
                self.stop.wait(min(rest * (self._read_work_seconds() - began), MOST_REST))
                if is_over:
                    yield
                    last_beat = self.clock.monotonic()
            file.write(text.tail())
            self.job.bytes_done = file.tell()
            _make_durable(file, self.folder)
        now = self.clock.now()
        with begin_write(self.engine) as connection:
            expires = now + timedelta(days=self.days)
            if not queries.finish_export(connection, self.job, now, expires_at=expires):
                raise _Lost
        log.info("export %s is complete: %s rows", self.job.id, self.job.rows_done)

    def _take_over(self, file: BinaryIO) -> None:
        """Begin with what the worker before had written durably; anew, where that is not there."""
        job = self.job
        if job.former is None:
            return
        former = self.folder / job.former
        last_beat = self.clock.monotonic()
        try:
            with former.open("rb") as source:
                left = job.bytes_done
                while left and (piece := source.read(min(COPY, left))):
                    file.write(piece)
                    left -= len(piece)
                    if self.clock.monotonic() - last_beat >= CHECKPOINT_SECONDS:
                        last_beat = self.clock.monotonic()
                        self._beat()
        except FileNotFoundError:
            left = job.bytes_done
        if left:
            file.seek(0)
            file.truncate()
            job.rows_done = job.bytes_done = job.last_id = 0
        self._checkpoint(file)
        remove_files(self.folder, [job.former])

    def _checkpoint(self, file: BinaryIO) -> None:
        _make_durable(file, self.folder)
        self._beat()

    def _beat(self) -> None:
        """Say that the worker lives, and how far it is. Until `former` is taken over that is what was taken up: a file
        that is shorter is begun anew."""
        with begin_write(self.engine) as connection:
            if not queries.advance_export(connection, self.job, self.clock.now()):
                raise _Lost

    def _head(self, text: ExportText) -> bytes:
        job = self.job
        if job.kind == DO_NOT_CALL.kind:
            return do_not_call.EXPORT_HEAD.encode()
        if job.kind == CALLS.kind:
            return write_head(CallFileQuery.read(job.search or {}), job.format)
        if job.campaign_id is None or job.format != "json":
            return text.head({})
        with self.engine.connect() as connection, Session(connection) as session:
            try:
                return text.head(campaigns.to_api(campaigns.get_campaign(session, job.campaign_id)))
            except NotFound:
                raise _Lost from None

    def _read_work_seconds(self) -> float:
        """Seconds of work. Of pages that the database writes, PostgreSQL does it in a process of its own."""
        return self.clock.monotonic() if self.job.kind == CAMPAIGN else self.clock.thread_seconds()

    def _read_page(self, text: ExportText) -> ExportPage | None:
        job = self.job
        if job.kind == CALLS.kind:
            return self._read_calls()
        if job.campaign_id is not None:
            return text.read_page(self.engine, job.campaign_id, job.last_id, job.prefix)
        return self._read_listed() if job.kind == DO_NOT_CALL.kind else self._read_audit_entries()

    def _read_calls(self) -> ExportPage | None:
        """The latest first: `last_id` is the lowest id that was looked at. Of a filter that matches few, many pages are
        empty: the worker says between them that it lives."""
        if self.calls is None:
            self.calls = CallRows(self.engine)
        query = CallFileQuery.read(self.job.search or {})
        return read_page(self.engine, query, self.job.format, self.job.last_id, self.calls)

    def _read_listed(self) -> ExportPage | None:
        page = do_not_call.read_export_page(self.engine, self.job.last_id, ENTRIES)
        if page is None:
            return None
        lines, count, last_id = page
        return ExportPage(lines.removesuffix("\r\n").encode(), count, last_id)

    def _read_audit_entries(self) -> ExportPage | None:
        conditions = read_search(self.job.search or {}).build_conditions()
        with self.engine.connect() as connection, Session(connection) as session:
            if self.exactly is None:
                self.exactly = audit_trail.has_long_audit_trail(session)
            entries = audit_trail.list_audit_piece(
                session, self.job.last_id, ENTRIES, exactly=self.exactly, **conditions
            )
            lines = "\n".join(write_entry(entry, seal) for entry, seal in entries)
            last_id = entries[-1][0].id if entries else 0
        if not entries:
            return None
        return ExportPage(lines.encode(), len(entries), last_id)


def _create(path: Path) -> BinaryIO:
    """A new file that its owner alone may read."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    return os.fdopen(handle, "w+b", buffering=COPY)


def _make_durable(file: BinaryIO, folder: Path) -> None:
    file.flush()
    os.fdatasync(file.fileno())
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
