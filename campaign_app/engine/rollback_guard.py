"""Rollback guard: notices that the database went back in time, after a restored backup or an early fail-over.

Such a database holds numbers that are due and were dialed. What tells is this machine's journal: every call in it has
its permit in the database, or the database has lost it. They are compared at the start and whenever a connection to the
database was made anew, at the latest between a permit and its request. What is missing puts dialing into quarantine,
for all engines, until an operator has the provider asked (recover.py).
"""

from __future__ import annotations

import errno
import logging
import os
import secrets
import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from campaign_app import transaction
from campaign_app.disk_space import measure_disk
from campaign_app.extensions import count_connections
from campaign_app.folder_mark import list_installations, mark_folder
from campaign_app.queries import recovery as recovery_queries
from campaign_app.queries.claim import ClaimedAttempt
from campaign_app.queries.recovery import DialedCall
from campaign_app.queries.retention import read_removed_before
from campaign_app.services.folders import FolderEvidence, judge_folder
from campaign_app.services.health import JOURNAL_UNUSABLE

from .call_journal import CallJournal
from .context import EngineContext, describe_error

log = logging.getLogger("switchboard.engine")

COMPARED_CALLS = 200
"""The newest calls of the journal that are looked up: a database loses its newest rows first."""
PIECE = 500


class RollbackGuard:
    """One process's hold on the journal in `folder`. `host` says in pages where that is, `engine_name` who this is;
    `dials`: calls are made from here."""

    def __init__(
        self, db: sa.Engine, folder: Path, host: str, engine_name: str = "", *, dials: bool = True
    ) -> None:
        self._db = db
        self._folder = folder
        self._host = host
        self._engine_name = engine_name
        self._dials = dials
        self._evidence: FolderEvidence | None = None
        self._knows_database = False
        self._lock = threading.Lock()
        self._journal: CallJournal | None = None
        self._newest_calls: deque[DialedCall] = deque(maxlen=COMPARED_CALLS)
        self._compared_count: int | None = None

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()

    def check_not_rolled_back(self, now: datetime) -> bool:
        """Whether the database still knows what this machine dialed. Looked up only where a connection is new; what
        is missing is noted and dialing stops. Raises OSError where the journal cannot be used."""
        with self._lock:
            connections = count_connections(self._db)
            if self._compared_count == connections:
                return True
            journal = self._open_journal()
            if not self._is_folder_known(now):
                return False
            with self._db.connect() as reading:
                missing_tokens = _find_missing(reading, list(self._newest_calls))
            if missing_tokens:
                self._quarantine_missing_calls(journal, now)
                return False
            self._compared_count = connections
            return True

    @property
    def knows_database(self) -> bool:
        """Whether this process found the database to be the one that it knows, over the connections it has now."""
        return self._compared_count == count_connections(self._db)

    def _is_folder_known(self, now: datetime) -> bool:
        """Asked until it is, once for a process."""
        assert self._evidence is not None, "the journal has been opened"
        if not self._knows_database:
            with transaction.begin_write(self._db) as connection:
                self._knows_database = judge_folder(
                    connection, self._evidence, host=self._host, own_name=self._engine_name, now=now
                )
            if self._knows_database:
                self._evidence = replace(self._evidence, had_journal=True)
        return self._knows_database

    def check_disk(self) -> None:
        """Raises OSError where the journal could not be written for want of room: said before a call is due."""
        if measure_disk(self._folder).is_full:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def probe_journal(self) -> None:
        """Raises OSError where nothing can be written to the journal."""
        with self._lock:
            self._open_journal().append_blank()

    def journal_calls(self, trunk_id: int, attempts: Sequence[ClaimedAttempt], now: datetime) -> None:
        """Write down what has its permit and is about to be asked for. Raises OSError."""
        calls = [
            DialedCall(a.token, a.phone, trunk_id, a.campaign_id, a.contact_id, a.number, now)
            for a in attempts
        ]
        with self._lock:
            self._open_journal().append_calls(calls, now)
            self._newest_calls.extend(calls)

    def _open_journal(self) -> CallJournal:
        if self._journal is None:
            with transaction.begin_write(self._db) as connection:
                name = recovery_queries.ensure_installation_id(
                    connection, secrets.token_hex(8), list_installations(self._folder)
                )
            installations = list_installations(self._folder)
            mark = mark_folder(self._folder, name)
            journal = CallJournal(self._folder, name)
            self._newest_calls.extend(journal.newest_calls(COMPARED_CALLS))
            self._evidence = FolderEvidence(
                mark,
                newest=max((call.token for call in self._newest_calls), default=""),
                had_journal=name in installations,
                foreign=bool(installations) and name not in installations,
                dials=self._dials,
            )
            self._journal = journal
        return self._journal

    def _quarantine_missing_calls(self, journal: CallJournal, now: datetime) -> None:
        """Every call of the journal that the database does not know; the quarantine first."""
        with transaction.begin_write(self._db) as connection:
            if recovery_queries.begin_quarantine(connection, self._host, now):
                # Somebody may have written them back since they were missed, and released the one before.
                if not _find_missing(connection, list(self._newest_calls)):
                    recovery_queries.end_quarantine(connection)
                    return
                log.error("the database went backwards: calls that were dialed are missing; dialing stops")
        calls = journal.all_calls()
        while piece := list(islice(calls, PIECE)):
            with transaction.begin_write(self._db) as connection:
                # Under the lock of those who write back, and the quarantine anew where it was ended meanwhile.
                begun_anew = recovery_queries.begin_quarantine(connection, self._host, now)
                missing_tokens = _find_missing(connection, piece)
                if begun_anew and not missing_tokens:
                    recovery_queries.end_quarantine(connection)
                recovery_queries.save_lost_calls(
                    connection, [call for call in piece if call.token in missing_tokens], self._host
                )


def _find_missing(connection: sa.Connection, calls: Sequence[DialedCall]) -> set[str]:
    """The tokens of the calls that the database lost: what retention removed was not lost."""
    before = read_removed_before(connection)
    kept = [call for call in calls if before is None or call.at >= before]
    return recovery_queries.find_missing_tokens(connection, (call.token for call in kept))


def describe_rollback(engine: EngineContext) -> str | None:
    """Whether the database went backwards; what is wrong, in words. A tick goes on all the same, and dials nothing:
    journal.py asks again."""
    if engine.rollback_guard is None:
        return None
    try:
        is_current = engine.rollback_guard.check_not_rolled_back(engine.clock.now())
        engine.rollback_guard.check_disk()
        if engine.journal_error is not None:
            engine.rollback_guard.probe_journal()
            engine.journal_error = None
    except OSError as error:
        return f"{JOURNAL_UNUSABLE} cannot be used: {error.strerror or error}"
    except transaction.DATABASE_AWAY:
        raise
    except Exception as error:
        # What is up must be settled all the same; nothing is dialed, since journal.py fails likewise.
        log.exception("the database cannot be compared with the journal of calls, and nothing is dialed")
        return f"the database cannot be compared with the journal of calls: {describe_error(error)}"
    if is_current:
        return None
    return "the database may be an old copy, or went backwards: nothing is dialed until it is known"
