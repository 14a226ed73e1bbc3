"""Trunk queries: the pause that the engine makes and a person has to end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.orm import Session

from campaign_app.domain.trunk_check import CheckStep, find_check_error
from campaign_app.models import Attempt, Campaign, Trunk

from .fragments import add_audit_row
from .sets import run

ENGINE = "engine"
"""Who paused it, as an actor, where that was no person."""


def set_not_ready(connection: Connection, trunk_id: int, reason: str | None) -> None:
    """Say why no call can be placed on it; None: calls can be."""
    run(
        connection,
        "UPDATE trunks SET not_ready = :reason WHERE id = :id",
        {"id": trunk_id, "reason": None if reason is None else reason[:500]},
    )


def list_names_of_provider(session: Session, provider: str) -> list[str]:
    """The names of the trunks of this kind of provider: people name them as they like."""
    return list(session.scalars(select(Trunk.name).where(Trunk.provider == provider)))


def store_check(
    connection: Connection,
    trunk: Trunk,
    steps: Sequence[CheckStep],
    now: datetime,
) -> None:
    """What a check found, unless the account was changed while it ran: then it is of another."""
    error = find_check_error(steps)
    connection.execute(
        update(Trunk)
        .where(Trunk.id == trunk.id, Trunk.provider == trunk.provider)
        .where(Trunk.secret.is_not_distinct_from(trunk.secret), Trunk.settings == trunk.settings)
        .values(
            checked_at=now,
            check_steps=[step.to_api() for step in steps],
            check_error=None if error is None else error[:500],
        )
    )


def list_needed_trunk_ids(connection: Connection) -> set[int]:
    """Those that running campaigns, or open calls, need now."""
    running = select(Campaign.trunk_id).where(Campaign.status == "running")
    calling = select(Attempt.trunk_id).where(Attempt.ended_at.is_(None))
    return set(connection.scalars(running.union(calling)))


def pause_trunk(connection: Connection, trunk_id: int, reason: str, now: datetime) -> None:
    """Nothing is dialed on it until somebody resumes it; audited as the engine's doing. A paused one stays so."""
    paused_row = run(
        connection,
        """UPDATE trunks SET paused_at = :now, paused_by = :by, paused_reason = :reason
           WHERE id = :id AND paused_at IS NULL RETURNING name""",
        {"id": trunk_id, "reason": reason[:500], "now": now, "by": ENGINE},
    ).one_or_none()
    if paused_row is not None:
        add_audit_row(
            connection,
            actor=ENGINE,
            action="trunk.pause",
            object_type="trunk",
            object_id=trunk_id,
            now=now,
            detail={"name": paused_row.name, "reason": reason[:500]},
        )
