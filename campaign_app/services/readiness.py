"""Whether calls would be made now, part by part: what /readyz tells, and says which part is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from campaign_app.services import health, recovery


@dataclass(frozen=True, slots=True)
class Part:
    """Something that dialling needs. `trouble` is a sentence where it is missing, else None."""

    name: str
    state: str
    trouble: str | None = None


Check = Callable[[Session, datetime, float], Part]


def parts(session: Session, now: datetime, tick_seconds: float) -> list[Part]:
    """All parts, the database first; of the others nothing is known where that one does not answer."""
    if not health.database_answers(session):
        unknown = [Part(name, "unknown") for name in CHECKS]
        return [Part("database", "no answer", "the database does not answer"), *unknown]
    return [Part("database", "ok"), *(check(session, now, tick_seconds) for check in CHECKS.values())]


def _engine(session: Session, now: datetime, tick_seconds: float) -> Part:
    state = health.engine_state(session, now, tick_seconds)
    troubles = {
        "away": "no engine ticks: start one with `flask --app app engine run`",
        "never": "no engine has run on this database yet: start one with `flask --app app engine run`",
    }
    return Part("engine", state, troubles.get(state))


def _quarantine(session: Session, now: datetime, tick_seconds: float) -> Part:
    if not recovery.quarantined(session):
        return Part("quarantine", "none")
    return Part(
        "quarantine", "on", "dialling is in quarantine, the database went backwards: see /health/lost-calls"
    )


def _dispatch(session: Session, now: datetime, tick_seconds: float) -> Part:
    trouble = health.dispatch_trouble(session, now, tick_seconds)
    return Part("dispatch", "ok" if trouble is None else "away", trouble)


CHECKS: dict[str, Check] = {"engine": _engine, "quarantine": _quarantine, "dispatch": _dispatch}
"""By name. Whatever else can keep every engine from dialling has its line here."""
