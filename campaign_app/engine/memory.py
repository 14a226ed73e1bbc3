"""Noticing that the database went backwards: a restored backup, a replica that took over too early.

Such a database holds numbers that are due and were dialled. What tells is this machine's journal: every call in it has
its permit in the database, or the database has lost it. They are compared at the start and whenever a connection to the
database was made anew, at the latest between a permit and its request. What is missing puts dialling into quarantine,
for all engines, until an operator has the provider asked (recover.py).
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections import deque
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from campaign_app import transaction
from campaign_app.queries import recovery as recovery_queries
from campaign_app.queries.claim import Claimed
from campaign_app.queries.recovery import DialledCall

from .journal import Journal, known

log = logging.getLogger("switchboard.engine")

COMPARED = 200
"""The newest calls of the journal that are looked up: a database loses its newest rows first."""
PIECE = 500


class Memory:
    """One process's hold on the journal in `folder`. `host` says in pages where that is."""

    def __init__(self, db: sa.Engine, folder: Path, host: str) -> None:
        self._db = db
        self._folder = folder
        self._host = host
        self._lock = threading.Lock()
        self._journal: Journal | None = None
        self._newest: deque[DialledCall] = deque(maxlen=COMPARED)
        self._connections = 1
        self._compared = 0
        sa.event.listen(db, "connect", self._connected)

    def close(self) -> None:
        if sa.event.contains(self._db, "connect", self._connected):
            sa.event.remove(self._db, "connect", self._connected)
        if self._journal is not None:
            self._journal.close()

    def _connected(self, *_: Any) -> None:
        self._connections += 1

    def vouch(self, now: datetime) -> bool:
        """Whether the database still knows what this machine dialled. Looked up only where a connection is new; what
        is missing is noted and dialling stops. Raises OSError where the journal cannot be used."""
        with self._lock:
            if self._compared == self._connections:
                return True
            connections = self._connections
            journal = self._open()
            with self._db.connect() as reading:
                gone = recovery_queries.missing(reading, (call.token for call in self._newest))
            if gone:
                self._note_all(journal, now)
                return False
            self._compared = connections
            return True

    def remember(self, trunk_id: int, attempts: Sequence[Claimed], now: datetime) -> None:
        """Write down what has its permit and is about to be asked for. Raises OSError."""
        calls = [
            DialledCall(a.token, a.phone, trunk_id, a.campaign_id, a.contact_id, a.number, now)
            for a in attempts
        ]
        with self._lock:
            self._open().append(calls, now)
            self._newest.extend(calls)

    def _open(self) -> Journal:
        if self._journal is None:
            with transaction.write(self._db) as connection:
                name = recovery_queries.installation(connection, secrets.token_hex(8), known(self._folder))
            journal = Journal(self._folder, name)
            self._newest.extend(journal.newest(COMPARED))
            self._journal = journal
        return self._journal

    def _note_all(self, journal: Journal, now: datetime) -> None:
        """Every call of the journal that the database does not know; the quarantine first."""
        with transaction.write(self._db) as connection:
            if recovery_queries.begin_quarantine(connection, self._host, now):
                log.error("the database went backwards: calls that were dialled are missing; dialling stops")
        calls = journal.everything()
        while piece := list(islice(calls, PIECE)):
            with transaction.write(self._db) as connection:
                gone = recovery_queries.missing(connection, (call.token for call in piece))
                recovery_queries.list_lost(
                    connection, [call for call in piece if call.token in gone], self._host
                )
