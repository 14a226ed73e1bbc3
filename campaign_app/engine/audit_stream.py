"""Audit stream: seals new entries of the audit trail, and sends them to syslog, over UDP or to a local socket."""

from __future__ import annotations

import json
import logging
import logging.handlers
from urllib.parse import urlsplit

import sqlalchemy as sa

from campaign_app import transaction
from campaign_app.models.audit_chain import has_new_entries, seal_new_entries
from campaign_app.queries import audit_stream as queries

log = logging.getLogger("switchboard.audit")
AT_ONCE = 200


class AuditStream:
    """One engine's share of it. `target` is `udp://host:514` or `unix:///dev/log`; without one nothing is sent. An
    entry that was sent may be sent again after a crash, and none is left out."""

    def __init__(self, db: sa.Engine, target: str | None) -> None:
        self._db = db
        self._target = target
        self._handler: logging.handlers.SysLogHandler | None = None
        self._caught_up = False
        self._complained = False

    def run_step(self) -> bool:
        """Seal, then send a few; whether there is more to do now."""
        with transaction.read_snapshot(self._db) as connection:
            pending = not self._caught_up or has_new_entries(connection)
        if pending:
            with transaction.begin_write(self._db) as connection:
                seal_new_entries(connection, all_of_them=not self._caught_up)
        self._caught_up = True
        return self._target is not None and self._send()

    def _send(self) -> bool:
        with transaction.read_snapshot(self._db) as connection:
            entries = queries.list_unsent(connection, AT_ONCE)
        if not entries:
            return False
        try:
            handler = self._handler or self._connect()
            for entry in entries:
                handler.emit(
                    logging.LogRecord(
                        "switchboard.audit",
                        logging.INFO,
                        "",
                        0,
                        json.dumps(entry, sort_keys=True),
                        None,
                        None,
                    )
                )
        except OSError as error:
            self.close()
            if not self._complained:
                log.warning("the audit trail does not reach syslog: %s", error)
            self._complained = True
            return False
        self._complained = False
        with transaction.begin_write(self._db) as connection:
            queries.note_sent(connection, entries[-1]["seal"])
        return len(entries) == AT_ONCE

    def close(self) -> None:
        """Let go of the socket; the next entry opens it again."""
        if self._handler is not None:
            self._handler.close()
            self._handler = None

    def _connect(self) -> logging.handlers.SysLogHandler:
        parts = urlsplit(self._target or "")
        address: str | tuple[str, int] = (
            parts.path if parts.scheme == "unix" else (parts.hostname or "localhost", parts.port or 514)
        )
        handler = _RaisingHandler(address, facility=logging.handlers.SysLogHandler.LOG_AUTHPRIV)
        handler.ident = "switchboard: "
        self._handler = handler
        return handler


class _RaisingHandler(logging.handlers.SysLogHandler):
    """Tells who sends that it failed, instead of printing it."""

    def handleError(self, record: logging.LogRecord) -> None:
        raise  # noqa: PLE0704 — `emit` calls it while it handles the error
