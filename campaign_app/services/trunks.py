"""Trunks: the configured provider accounts and their limits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaign_app.domain.errors import FieldError, Invalid, NotFound
from campaign_app.models import Attempt, Trunk
from campaign_app.services import audit

LINES = (0, 100_000)
PACE = (0.01, 10_000.0)
"""Calls a second."""


def everything(session: Session) -> Sequence[Trunk]:
    return session.scalars(select(Trunk).order_by(Trunk.id)).all()


def get(session: Session, trunk_id: int) -> Trunk:
    """Raises NotFound."""
    trunk = session.get(Trunk, trunk_id)
    if trunk is None:
        raise NotFound(f"there is no trunk {trunk_id}")
    return trunk


def open_calls(session: Session) -> dict[int, int]:
    """{trunk id: attempts that hold one of its lines}; trunks without any are absent."""
    rows = session.execute(
        select(Attempt.trunk_id, func.count()).where(Attempt.ended_at.is_(None)).group_by(Attempt.trunk_id)
    )
    return dict(rows.all())


def set_limits(
    session: Session,
    trunk_id: int,
    *,
    max_concurrent_calls: int,
    calls_per_second: float | None,
    actor: str,
    now: datetime,
) -> Trunk:
    """0 lines stops the trunk; None calls a second means no pace. Raises NotFound, Invalid.

    Open calls above a lowered limit go on to their end; no new one begins before.
    """
    trunk = get(session, trunk_id)
    errors = []
    if not LINES[0] <= max_concurrent_calls <= LINES[1]:
        errors.append(
            FieldError("max_concurrent_calls", f"use a whole number from {LINES[0]} to {LINES[1]:,}")
        )
    if calls_per_second is not None and not (
        math.isfinite(calls_per_second) and PACE[0] <= calls_per_second <= PACE[1]
    ):
        errors.append(
            FieldError(
                "calls_per_second", f"use a number from {PACE[0]:g} to {PACE[1]:,g}, or leave it empty"
            )
        )
    if errors:
        raise Invalid(errors)
    before = {"lines": trunk.max_concurrent_calls, "calls_per_second": trunk.calls_per_second}
    after = {"lines": max_concurrent_calls, "calls_per_second": calls_per_second}
    if before != after:
        trunk.max_concurrent_calls, trunk.calls_per_second = max_concurrent_calls, calls_per_second
        audit.record(
            session,
            actor=actor,
            action="trunk.set-limits",
            object_type="trunk",
            object_id=trunk_id,
            now=now,
            name=trunk.name,
            before=before,
            after=after,
        )
    return trunk


def ensure_default(
    session: Session, provider: str, *, lines: int, calls_per_second: float | None, now: datetime
) -> Trunk:
    """The trunk that the environment names, made at the first start; later the page sets its limits."""
    trunk = session.scalar(select(Trunk).where(Trunk.name == provider))
    if trunk is None:
        trunk = Trunk(
            name=provider,
            provider=provider,
            settings={},
            max_concurrent_calls=lines,
            calls_per_second=calls_per_second,
            created_at=now,
        )
        session.add(trunk)
        session.flush()
        audit.record(
            session,
            actor="setup",
            action="trunk.create",
            object_type="trunk",
            object_id=str(trunk.id),
            now=now,
            name=provider,
            max_concurrent_calls=lines,
        )
    return trunk
