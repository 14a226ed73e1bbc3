"""Recovery service: the quarantine after the database went back in time, as the page and the command line see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from campaign_app.domain.errors import StateConflict
from campaign_app.models import dump_json
from campaign_app.queries import recovery as recovery_queries
from campaign_app.queries.recovery import RecoveredCall
from campaign_app.services import audit


@dataclass(frozen=True, slots=True)
class QuarantineStatus:
    """Nothing is dialed `since` then. `lost` calls are to be written back, `found` ones have been."""

    since: datetime
    host: str
    """Whose journal told."""
    lost: int
    restored: int
    asked_at: datetime | None = None
    asked_by: str | None = None
    give_up: bool = False
    last_error: str | None = None
    """Why writing back does not go on."""

    @property
    def step(self) -> str:
        """`noticed`, `running`, or `done` when nothing is left but to release it."""
        if not self.lost:
            return "done"
        return "running" if self.asked_at else "noticed"


def is_quarantined(session: Session) -> bool:
    """Whether dialing has stopped, by one look at a primary key."""
    return recovery_queries.read_quarantine(session.connection()) is not None


def get_quarantine(session: Session) -> QuarantineStatus | None:
    """None when all is well."""
    connection = session.connection()
    stored = recovery_queries.read_quarantine(connection)
    if stored is None:
        return None
    lost, restored = recovery_queries.count_lost_and_restored(connection)
    asked_at = stored.get("asked_at")
    return QuarantineStatus(
        since=datetime.fromisoformat(stored["since"]),
        host=stored["host"],
        lost=lost,
        restored=restored,
        asked_at=None if asked_at is None else datetime.fromisoformat(asked_at),
        asked_by=stored.get("asked_by"),
        give_up=bool(stored.get("give_up")),
        last_error=stored.get("last_error"),
    )


def list_lost_calls(session: Session, limit: int = 200) -> list[RecoveredCall]:
    """The lost calls and what became of them, the last ones first; also those of a quarantine that is over."""
    return recovery_queries.list_recovered_calls(session.connection(), limit)


def request_recovery(session: Session, *, actor: str, now: datetime, give_up: bool = False) -> None:
    """Let an engine ask the providers about the lost calls and write them back; asked twice it goes on. With `give_up`
    nobody is asked, and what is left becomes `unresolved`. Raises Conflict when there is no quarantine."""
    connection = session.connection()
    stored = recovery_queries.read_quarantine(connection, for_update=True)
    if stored is None:
        raise StateConflict("there is no quarantine: dialing goes on")
    stored |= {"asked_at": now.isoformat(), "asked_by": actor, "last_error": None}
    if give_up:
        stored["give_up"] = True
    recovery_queries.write_settings_row(connection, recovery_queries.QUARANTINE, dump_json(stored))
    lost, _ = recovery_queries.count_lost_and_restored(connection)
    audit.record_audit_entry(
        session,
        actor=actor,
        action="recovery.give-up" if give_up else "recovery.run",
        object_type="recovery",
        object_id=stored["since"],
        now=now,
        lost=lost,
    )


def release_quarantine(session: Session, *, actor: str, now: datetime) -> None:
    """Dial again. Raises Conflict when there is no quarantine, or while calls are still to be written back: they would
    be dialed a second time."""
    connection = session.connection()
    stored = recovery_queries.read_quarantine(connection, for_update=True)
    if stored is None:
        raise StateConflict("there is no quarantine: dialing goes on")
    lost, restored = recovery_queries.count_lost_and_restored(connection)
    if lost:
        raise StateConflict(
            f"{lost:,} lost {'call is' if lost == 1 else 'calls are'} still to be written back:"
            " reconcile first, or their numbers would ring twice"
        )
    recovery_queries.end_quarantine(connection)
    audit.record_audit_entry(
        session,
        actor=actor,
        action="recovery.release",
        object_type="recovery",
        object_id=stored["since"],
        now=now,
        found=restored,
    )
