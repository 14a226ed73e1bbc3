"""Erasures in the upkeep: those that a request could not end go on, and the journals of every machine are looked into.

A step is short. What is under way is in no memory but the database's: a process that dies leaves it to the next.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa

from campaign_app import transaction
from campaign_app.clock import Clock
from campaign_app.domain.erasure import make_number_token
from campaign_app.queries import erasure as erasure_queries
from campaign_app.queries.forgotten import ForgetKeyMissing, find_forgotten
from campaign_app.services.erasure import erase_person
from campaign_app.services.erasure_files import ErasedFiles, scrub_records

log = logging.getLogger("switchboard.erasure")
LOOK_EVERY = timedelta(minutes=1)
EXPIRE_EVERY = timedelta(hours=1)


class ErasureJob:
    """One engine's share. `sweep_journals` is for every machine; `run_step` for the engine that has the lease."""

    def __init__(self, db: sa.Engine, clock: Clock, files: ErasedFiles) -> None:
        self._db = db
        self._clock = clock
        self._files = files
        self._swept_for: str | None = None
        self._steps: Iterator[None] | None = None
        self._looked_at: datetime | None = None
        self._expired_at: datetime | None = None

    def sweep_journals(self) -> None:
        """Take forgotten numbers out of this machine's journal and ledger, whoever forgot them: once for each."""
        with self._db.connect() as connection:
            newest = erasure_queries.newest_forgotten(connection)
            if newest is None or newest == self._swept_for:
                return
            try:
                scrubbed = scrub_records(self._files, lambda numbers: find_forgotten(connection, numbers))
            except (ForgetKeyMissing, OSError) as error:
                log.error("the journals still hold forgotten numbers: %s", error)
                return
        self._swept_for = newest
        if scrubbed:
            log.info("took %s entries of forgotten numbers out of the journals", scrubbed)

    def run_step(self) -> bool:
        """One step of an erasure that is under way; whether there is more to do now."""
        now = self._clock.now()
        if self._steps is None:
            if self._looked_at is not None and now < self._looked_at + LOOK_EVERY:
                return False
            self._looked_at = now
            self._expire(now)
            self._steps = self._erase_open()
        try:
            next(self._steps)
        except StopIteration:
            self._steps = None
            return False
        except OSError as error:
            log.error("an erasure does not go on: %s", error)
            self._steps = None
            return False
        return True

    def _erase_open(self) -> Iterator[None]:
        with self._db.connect() as connection:
            open_ids = erasure_queries.list_open_erasures(connection)
        for erasure_id in open_ids:
            yield from erase_person(
                self._db, transaction.begin_write, erasure_id, self._files, self._clock.now
            )

    def _expire(self, now: datetime) -> None:
        """What was kept for a while is kept no longer: call records lose the mark that links them."""
        if self._expired_at is not None and now < self._expired_at + EXPIRE_EVERY:
            return
        self._expired_at = now
        with self._db.connect() as connection:
            expired = erasure_queries.list_expired_erasures(connection, now)
        for row in expired:
            token = make_number_token(row.hash)
            with transaction.begin_write(self._db) as connection:
                erasure_queries.unlink_contacts(connection, token)
                while erasure_queries.unlink_attempts(connection, token):
                    pass
                erasure_queries.forget_refusals(connection, token)
                erasure_queries.clear_kept_until(connection, row.id)
        with transaction.begin_write(self._db) as connection:
            erasure_queries.delete_expired_hashes(connection, now)
