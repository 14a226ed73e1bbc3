"""Retention in the upkeep: what is older than an admin lets it become leaves, some hundred rows at a step.

A round begins once an hour. It walks campaigns that are over, then calls, imports, recordings and the audit trail by
their ids; a process that dies leaves nothing half removed, and the next round begins anew.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign_app import transaction
from campaign_app.clock import Clock
from campaign_app.domain.errors import StateConflict
from campaign_app.domain.retention import Kind, RetentionRules
from campaign_app.queries import erasure as erasure_queries
from campaign_app.queries import exports as export_queries
from campaign_app.queries import retention as retention_queries
from campaign_app.services import export_files, imports
from campaign_app.services.erasure_files import ErasedFiles, scrub_old_records
from campaign_app.services.retention import load_rules

log = logging.getLogger("switchboard.retention")
ROUND_EVERY = timedelta(hours=1)
JOURNALS_EVERY = timedelta(hours=6)
ACTOR = "retention"


class RetentionJob:
    """One engine's share. `sweep_journals` is for every machine; `run_step` for the engine that has the lease."""

    def __init__(self, db: sa.Engine, clock: Clock, files: ErasedFiles) -> None:
        self._db = db
        self._clock = clock
        self._files = files
        self._steps: Iterator[int] | None = None
        self._began_at: datetime | None = None
        self._swept_at: datetime | None = None
        self._removed = 0

    def sweep_journals(self) -> None:
        """Take numbers of long ago out of this machine's journal."""
        now = self._clock.now()
        if self._swept_at is not None and now < self._swept_at + JOURNALS_EVERY:
            return
        self._swept_at = now
        before = self._find_before(self._load_rules(), Kind.UPLOADS, now)
        if before is not None:
            try:
                scrub_old_records(self._files, before)
            except OSError as error:
                log.error("old numbers stay in the journal: %s", error)

    def run_step(self) -> bool:
        """One piece; whether there is more to do now."""
        now = self._clock.now()
        if self._steps is None:
            if self._began_at is not None and now < self._began_at + ROUND_EVERY:
                return False
            self._began_at, self._removed = now, 0
            self._steps = self._remove(self._load_rules(), now)
        try:
            self._removed += next(self._steps)
        except StopIteration:
            self._steps = None
            if self._removed:
                log.info("retention removed or emptied %s rows", self._removed)
            return False
        return True

    def _load_rules(self) -> RetentionRules:
        with self._db.connect() as connection, Session(connection) as session:
            return load_rules(session)

    @staticmethod
    def _find_before(rules: RetentionRules, kind: Kind, now: datetime) -> datetime | None:
        days = rules.get(kind).days
        return None if days is None else now - timedelta(days=days)

    def _remove(self, rules: RetentionRules, now: datetime) -> Iterator[int]:
        """How many rows each step removed."""
        for kind, remove in (
            (Kind.CALL_RECORDS, self._remove_calls),
            (Kind.VARIABLES, self._empty_variables),
            (Kind.CONTACTS, self._remove_contacts),
            (Kind.RECORDINGS, self._remove_recordings),
            (Kind.UPLOADS, self._remove_uploads),
            (Kind.AUDIT, self._remove_audit),
        ):
            before = self._find_before(rules, kind, now)
            if before is not None:
                yield from remove(before, now)

    def _remove_calls(self, before: datetime, now: datetime) -> Iterator[int]:
        after: int | None = 0
        while after is not None:
            with transaction.begin_write(self._db) as connection:
                removed, after = retention_queries.delete_call_piece(connection, before, after, now)
            yield removed

    def _empty_variables(self, before: datetime, now: datetime) -> Iterator[int]:
        for campaign_id, rows in self._walk_contacts(before):
            wordy = [row.id for row in rows if row.says_more and not row.held]
            with transaction.begin_write(self._db) as connection:
                if wordy and retention_queries.hold_campaign_over(connection, campaign_id, before):
                    retention_queries.empty_variables(connection, wordy)
            yield len(wordy)

    def _remove_contacts(self, before: datetime, now: datetime) -> Iterator[int]:
        for campaign_id, rows in self._walk_contacts(before):
            removed = 0
            free = [row for row in rows if not row.held]
            with transaction.begin_write(self._db) as connection:
                if free and retention_queries.hold_campaign_over(connection, campaign_id, before):
                    removed = retention_queries.remove_contacts(connection, campaign_id, free, now)
            yield removed

    def _walk_contacts(self, before: datetime) -> Iterator[tuple[int, list[sa.Row[tuple[object, ...]]]]]:
        """The contacts of campaigns that are over, in pieces; reading locks nothing."""
        with self._db.connect() as connection:
            campaign_ids = retention_queries.list_campaigns_over(connection, before)
        for campaign_id in campaign_ids:
            after = ""
            while True:
                with self._db.connect() as connection:
                    rows = retention_queries.find_contact_piece(connection, campaign_id, after)
                if not rows:
                    break
                yield campaign_id, rows
                after = rows[-1].phone

    def _remove_recordings(self, before: datetime, now: datetime) -> Iterator[int]:
        with self._db.connect() as connection:
            old = retention_queries.list_old_recordings(connection, before)
        for row in old:
            with transaction.begin_write(self._db) as connection:
                # Somebody may have chosen it since.
                if row not in retention_queries.list_old_recordings(connection, before):
                    continue
                retention_queries.delete_recording(connection, row.id)
            remove_file(self._files.instance / "recordings" / f"{row.sha256}.wav")
            yield 1

    def _remove_uploads(self, before: datetime, now: datetime) -> Iterator[int]:
        with self._db.connect() as connection:
            waiting = retention_queries.list_waiting_imports(connection, before)
        for row in waiting:
            try:
                with transaction.begin_write(self._db) as connection, Session(connection) as session:
                    imports.discard_import(session, row.id, actor=ACTOR, now=now)
                    session.flush()
            except StateConflict:  # somebody has committed it since
                continue
            imports.remove_upload(self._files.uploads, row.stored_as)
            yield 1
        with transaction.begin_write(self._db) as connection:
            exported = export_queries.list_exports_before(connection, before)
            names = export_queries.delete_exports(connection, exported, export_files.EXPIRED)
        export_files.remove_files(self._files.exports, names)
        yield len(exported)
        removed = retention_queries.ROWS_AT_ONCE
        while removed == retention_queries.ROWS_AT_ONCE:
            with transaction.begin_write(self._db) as connection:
                removed = retention_queries.delete_reject_piece(connection, before)
            yield removed
        after = 0
        while True:
            with transaction.begin_write(self._db) as connection:
                ids = retention_queries.list_sampled_imports(connection, before, after)
                erasure_queries.empty_import_samples(connection, ids)
            yield 0
            if not ids:
                return
            after = ids[-1]

    def _remove_audit(self, before: datetime, now: datetime) -> Iterator[int]:
        after: int | None = 0
        while after is not None:
            with transaction.begin_write(self._db) as connection:
                removed, after = retention_queries.delete_audit_piece(connection, before, after)
            yield removed


def remove_file(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.unlink()
