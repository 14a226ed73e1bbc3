"""Health checks: the database, the engines and the import queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from campaign_app.models import EngineHeartbeat, Import, Lease
from campaign_app.queries import health as health_queries

BROKER_AWAY = "The broker is away"
NO_WORKER = "No worker is taking calls: start one with `celery -A campaign_app.worker worker`"
"""How an engine's trouble begins that hands its calls over to workers and cannot."""
JOURNAL_UNUSABLE = "the journal of calls"
"""How an engine's trouble begins that can write down no call, and so dials none."""
SHOWN_FOR = timedelta(days=1)
"""How long an engine that stopped stays on the health page."""


@dataclass(frozen=True, slots=True)
class EngineHealth:
    """An engine and whether it ticks. `state`: on, away (went without a word), stopped (said good-bye)."""

    heartbeat: EngineHeartbeat
    state: str


def heartbeat_grace(tick_seconds: float) -> timedelta:
    """How long an engine may be silent before it counts as away."""
    return timedelta(seconds=max(10.0, 5 * tick_seconds))


def list_engines(session: Session, now: datetime, tick_seconds: float) -> list[EngineHealth]:
    """Those of the last day, the most recent sign of life first."""
    heartbeats = session.scalars(
        select(EngineHeartbeat)
        .where(EngineHeartbeat.last_tick_at > now - SHOWN_FOR)
        .order_by(EngineHeartbeat.last_tick_at.desc(), EngineHeartbeat.name)
    )
    return [EngineHealth(beat, _heartbeat_state(beat, now, tick_seconds)) for beat in heartbeats]


def _heartbeat_state(heartbeat: EngineHeartbeat, now: datetime, tick_seconds: float) -> str:
    if heartbeat.stopped_at is not None:
        return "stopped"
    return "on" if now - heartbeat.last_tick_at <= heartbeat_grace(tick_seconds) else "away"


def is_engine_alive(session: Session, now: datetime, tick_seconds: float) -> bool:
    """Whether any engine ticked lately and has not stopped since."""
    return get_engine_state(session, now, tick_seconds) == "on"


def get_engine_state(session: Session, now: datetime, tick_seconds: float) -> str:
    """on, away, or never (no engine has run on this database)."""
    last = health_queries.find_last_tick(session)
    if last is None:
        has_run = (
            session.scalar(select(EngineHeartbeat.name).where(EngineHeartbeat.role == "engine").limit(1))
            is not None
        )
        return "away" if has_run else "never"
    return "on" if now - last <= heartbeat_grace(tick_seconds) else "away"


def find_dispatch_failure(session: Session, now: datetime, tick_seconds: float) -> str | None:
    """Why the engines that tick hand nothing over to workers; None while one of them does, or all dial themselves.

    A trunk whose only connection an engine holds (`list_leased_trunks`) is not concerned: that engine dials it.
    """
    return _find_common_error(session, now, tick_seconds, (BROKER_AWAY, NO_WORKER))


def list_leased_trunks(
    session: Session, trunk_ids: Sequence[int], now: datetime, tick_seconds: float
) -> set[int]:
    """Those of these trunks whose only connection an engine holds."""
    by_name = {f"trunk:{trunk_id}": trunk_id for trunk_id in trunk_ids}
    names = session.scalars(
        select(Lease.name).where(
            Lease.name.in_(by_name), Lease.expires_at > now - heartbeat_grace(tick_seconds)
        )
    )
    return {by_name[name] for name in names}


def find_journal_failure(session: Session, now: datetime, tick_seconds: float) -> str | None:
    """Why no engine that ticks can write its journal of calls; None while one of them can."""
    return _find_common_error(session, now, tick_seconds, (JOURNAL_UNUSABLE,))


def _find_common_error(
    session: Session, now: datetime, tick_seconds: float, beginnings: tuple[str, ...]
) -> str | None:
    """The trouble of the engines that tick, where each of them has one that begins so."""
    errors = session.scalars(
        select(EngineHeartbeat.last_error).where(
            EngineHeartbeat.role == "engine",
            EngineHeartbeat.stopped_at.is_(None),
            EngineHeartbeat.last_tick_at >= now - heartbeat_grace(tick_seconds),
        )
    ).all()
    found = [text for text in errors if text and text.startswith(beginnings)]
    return found[0] if found and len(found) == len(errors) else None


def is_database_reachable(session: Session) -> bool:
    """Whether it answers at all, with our tables in it."""
    try:
        session.execute(select(EngineHeartbeat.name).limit(1))
    except SQLAlchemyError:
        session.rollback()
        return False
    return True


def list_waiting_imports(session: Session, limit: int = 20) -> Sequence[Import]:
    return session.scalars(
        select(Import).where(Import.status.in_(("queued", "running"))).order_by(Import.id).limit(limit)
    ).all()
