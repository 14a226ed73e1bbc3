"""Health queries: the engines' last tick, the import queue, the database's version."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from campaign_app.models import EngineHeartbeat, Import

from .sets import as_time


def find_last_tick(session: Session) -> datetime | None:
    """When an engine that has not stopped ticked last."""
    return session.scalar(
        select(func.max(EngineHeartbeat.last_tick_at)).where(
            EngineHeartbeat.role == "engine", EngineHeartbeat.stopped_at.is_(None)
        )
    )


def find_last_sign(session: Session) -> datetime | None:
    """When any engine ticked last, whether it said good-bye since or not."""
    return session.scalar(
        select(func.max(EngineHeartbeat.last_tick_at)).where(EngineHeartbeat.role == "engine")
    )


def count_imports_by_status(session: Session) -> dict[str, int]:
    """Imports that are not done, by status; `failed` are those of all time."""
    rows = session.execute(
        select(Import.status, func.count()).where(Import.status != "completed").group_by(Import.status)
    )
    return dict(rows.all())


def read_database_version(session: Session) -> str:
    """`SQLite 3.45.1` or `PostgreSQL 16.3`."""
    if session.get_bind().dialect.name == "sqlite":
        return f"SQLite {session.scalar(text('SELECT sqlite_version()'))}"
    return f"PostgreSQL {str(session.scalar(text('SHOW server_version'))).split()[0]}"


def read_database_time(session: Session) -> datetime | None:
    """The clock of the database's machine; None on SQLite, which has none of its own."""
    if session.get_bind().dialect.name == "sqlite":
        return None
    return as_time(session.scalar(text("SELECT clock_timestamp()")))
