"""Trunk queries: the pause that the engine makes and a person has to end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from campaign_app.models import dump_json

from .sets import run

ENGINE = "engine"
"""Who paused it, as an actor, where that was no person."""


def pause_trunk(connection: Connection, trunk_id: int, reason: str, now: datetime) -> None:
    """Nothing is dialled on it until somebody resumes it; audited as the engine's doing. A paused one stays so."""
    paused_row = run(
        connection,
        """UPDATE trunks SET paused_at = :now, paused_by = :by, paused_reason = :reason
           WHERE id = :id AND paused_at IS NULL RETURNING name""",
        {"id": trunk_id, "reason": reason[:500], "now": now, "by": ENGINE},
    ).one_or_none()
    if paused_row is not None:
        run(
            connection,
            """INSERT INTO audit (at, actor, action, object_type, object_id, detail)
               VALUES (:now, :by, 'trunk.pause', 'trunk', :object, :detail)""",
            {
                "now": now,
                "by": ENGINE,
                "object": str(trunk_id),
                "detail": dump_json({"name": paused_row.name, "reason": reason[:500]}),
            },
        )
