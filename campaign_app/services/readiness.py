"""Readiness: whether calls would be placed now, part by part, for /readyz."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campaign_app.disk_space import measure_disk
from campaign_app.models.settings import SettingsRow
from campaign_app.own_command import own_command
from campaign_app.services import health, recovery

QUESTION, LONGEST_QUESTION = "question:", 32


@dataclass(frozen=True, slots=True)
class ReadinessPart:
    """Something that dialing needs. `trouble` is a sentence where it is missing, else None."""

    name: str
    state: str
    failure: str | None = None


PartCheck = Callable[[Session, datetime, float], ReadinessPart]


def check_disk(folder: Path) -> ReadinessPart:
    """The disk of INSTANCE_PATH, where the journal is, and every upload; on SQLite the database too."""
    try:
        space = measure_disk(folder)
    except OSError as error:
        return ReadinessPart("disk", "no answer", f"{folder} cannot be used: {error.strerror}")
    if space.is_full:
        return ReadinessPart(
            "disk", "full", f"the disk of {folder} is full: make room, and dialing goes on by itself"
        )
    return ReadinessPart("disk", "ok")


def write_identity_probe(session: Session, question: str) -> None:
    """Leave a random word in the database, by which a request to PUBLIC_URL finds out whether it is answered from
    here: another installation, or the old place of a move, has another database."""
    session.add(SettingsRow(key=f"{QUESTION}{question}", value=""))


def has_identity_probe(session: Session, question: str) -> bool:
    key = f"{QUESTION}{question[:LONGEST_QUESTION]}"
    return session.scalar(select(SettingsRow.key).where(SettingsRow.key == key)) is not None


def remove_identity_probe(session: Session, question: str) -> None:
    session.execute(delete(SettingsRow).where(SettingsRow.key == f"{QUESTION}{question}"))


def check_readiness(session: Session, now: datetime, tick_seconds: float) -> list[ReadinessPart]:
    """All parts, the database first; of the others nothing is known where that one does not answer."""
    if not health.is_database_reachable(session):
        unknown = [ReadinessPart(name, "unknown") for name in CHECKS]
        return [ReadinessPart("database", "no answer", "the database does not answer"), *unknown]
    return [
        ReadinessPart("database", "ok"),
        *(check(session, now, tick_seconds) for check in CHECKS.values()),
    ]


def _check_engine(session: Session, now: datetime, tick_seconds: float) -> ReadinessPart:
    state = health.get_engine_state(session, now, tick_seconds)
    failures = {
        "away": f"no engine ticks: start one with `{own_command('engine run')}`",
        "never": f"no engine has run on this database yet: start one with `{own_command('engine run')}`",
    }
    return ReadinessPart("engine", state, failures.get(state))


def _check_quarantine(session: Session, now: datetime, tick_seconds: float) -> ReadinessPart:
    if not recovery.is_quarantined(session):
        return ReadinessPart("quarantine", "none")
    return ReadinessPart(
        "quarantine", "on", "dialing is in quarantine, the database went backwards: see /health/lost-calls"
    )


def _check_journal(session: Session, now: datetime, tick_seconds: float) -> ReadinessPart:
    failure = health.find_journal_failure(session, now, tick_seconds)
    return ReadinessPart("journal", "ok" if failure is None else "not writable", failure)


def _check_dispatch(session: Session, now: datetime, tick_seconds: float) -> ReadinessPart:
    failure = health.find_dispatch_failure(session, now, tick_seconds)
    return ReadinessPart("dispatch", "ok" if failure is None else "away", failure)


CHECKS: dict[str, PartCheck] = {
    "engine": _check_engine,
    "quarantine": _check_quarantine,
    "journal": _check_journal,
    "dispatch": _check_dispatch,
}
"""By name. Whatever else can keep every engine from dialing has its line here."""
