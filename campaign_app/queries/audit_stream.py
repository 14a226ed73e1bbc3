"""Audit stream queries: which entries of the audit trail syslog has not been sent."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, select

from campaign_app.models import AuditEntry, AuditSeal, SettingsRow

from .settings_rows import write_settings_row

SENT = "audit-sent"
"""The settings row with the last seal whose entry was sent."""


def list_unsent(connection: Connection, most: int) -> list[dict[str, Any]]:
    """The next entries by their seals, with the seal's number and hash; what was removed meanwhile is left out."""
    sent = connection.scalar(select(SettingsRow.value).where(SettingsRow.key == SENT))
    rows = connection.execute(
        select(AuditSeal.id.label("seal"), AuditSeal.hash, AuditSeal.kind, AuditEntry.__table__)
        .join(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
        .where(AuditSeal.id > int(sent or 0))
        .order_by(AuditSeal.id)
        .limit(most)
    ).mappings()
    return [{**row, "at": row["at"].isoformat()} for row in rows]


def note_sent(connection: Connection, seal: int) -> None:
    """Everything up to this seal has been sent."""
    write_settings_row(connection, SENT, str(seal))
