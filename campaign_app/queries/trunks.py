"""Trunk queries: the circuit breaker of a failing trunk, and the pause that a person has to end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from campaign_app.models import dump_json

from .sets import run

ENGINE = "engine"
"""Who paused it, as an actor, where that was no person."""


def add_trunk_failures(connection: Connection, trunk_id: int, text: str, now: datetime, failures: int) -> int:
    """Count failures, keep what was said; the number of failures in a row by now (0: there is no such trunk)."""
    counted: int | None = run(
        connection,
        """UPDATE trunks SET failures = failures + :more, trouble = :text, trouble_at = :now WHERE id = :id
           RETURNING failures""",
        {"id": trunk_id, "more": failures, "text": text[:500], "now": now},
    ).scalar_one_or_none()
    return counted or 0


def open_circuit(connection: Connection, trunk_id: int, until: datetime) -> None:
    """Nothing is dialled before `until`; then one call. Also what a probe under way does, to be alone."""
    run(
        connection,
        "UPDATE trunks SET circuit_until = :until WHERE id = :id",
        {"until": until, "id": trunk_id},
    )


def close_circuit(connection: Connection, trunk_id: int) -> None:
    """The provider took a call: the circuit closes."""
    run(
        connection,
        """UPDATE trunks SET failures = 0, circuit_until = NULL, trouble = NULL, trouble_at = NULL
           WHERE id = :id AND failures > 0""",
        {"id": trunk_id},
    )


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
