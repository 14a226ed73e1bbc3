"""Recovery service: the quarantine after the database went back in time, as the page and the command line see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from campaign_app.domain.call_caps import longest_period
from campaign_app.domain.errors import InvalidInput, StateConflict
from campaign_app.models import dump_json
from campaign_app.queries import placed_calls as placed_queries
from campaign_app.queries import recovery as recovery_queries
from campaign_app.queries.recovery import RecoveredCall
from campaign_app.queries.settings_rows import write_settings_row
from campaign_app.services import audit, folders
from campaign_app.services.dialing_rules import DialingRules

UNREADABLE_PERIOD = timedelta(days=1)
"""For so long people are held back whose campaign's caps cannot be read."""


@dataclass(frozen=True, slots=True)
class TrunkAnswer:
    """What a trunk's provider said of the calls placed since the database was last alive: how many it told of, how many
    of them the database did not know, how many were nobody's here; `gap` says what it cannot tell, if anything."""

    trunk: str
    told: int
    unknown: int
    others: int
    gap: str | None


@dataclass(frozen=True, slots=True)
class RestoreDoubt:
    """The database may be an old copy. `why` is one of services/folders.py; `alive_at` is its last sign of life."""

    why: str
    noticed_at: datetime
    alive_at: datetime | None
    alive_on: str | None
    answers: tuple[TrunkAnswer, ...]
    waiting: tuple[str, ...]
    """Trunks whose provider has not been asked yet."""

    @property
    def gaps(self) -> tuple[TrunkAnswer, ...]:
        """Whose people will be held back."""
        return tuple(answer for answer in self.answers if answer.gap is not None)


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
    doubt: RestoreDoubt | None = None
    """The journal does not tell; None where it does."""
    moved_at: datetime | None = None
    """Since when this is the old place of a planned move."""

    @property
    def step(self) -> str:
        """`noticed`, `running`, or `done` when nothing is left but to release it."""
        if not self.lost and not (self.doubt and self.doubt.waiting):
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
        doubt=_read_doubt(connection, stored),
        moved_at=datetime.fromisoformat(stored["moved"]["at"]) if "moved" in stored else None,
    )


def _read_doubt(connection: Connection, stored: Mapping[str, Any]) -> RestoreDoubt | None:
    restored = stored.get("restored")
    if restored is None:
        return None
    names = recovery_queries.list_trunk_names(connection)
    answers = {int(trunk_id): answer for trunk_id, answer in restored["answers"].items()}
    alive_at = restored["alive_at"]
    return RestoreDoubt(
        why=restored["why"],
        noticed_at=datetime.fromisoformat(restored["noticed_at"]),
        alive_at=None if alive_at is None else datetime.fromisoformat(alive_at),
        alive_on=restored["alive_on"],
        answers=tuple(
            TrunkAnswer(
                names.get(trunk_id, f"{trunk_id}"),
                answer["told"],
                answer["unknown"],
                answer["others"],
                answer["gap"],
            )
            for trunk_id, answer in sorted(answers.items())
        ),
        waiting=tuple(name for trunk_id, name in sorted(names.items()) if trunk_id not in answers),
    )


WHY = {
    folders.MISSING: "there is no journal of its calls in the instance folder",
    folders.OLDER: "the journal in the instance folder is older than the database",
    folders.COPIED: "the instance folder is a copy of the one that it knew",
    folders.FOREIGN: "the journal in the instance folder is another installation's",
    folders.SAID: "somebody reported it",
}
"""Why a database is taken for an old copy."""


def describe_doubt(doubt: RestoreDoubt) -> list[str]:
    """What a person has to know before dialing goes on, a sentence each."""
    lines = [f"The database may be an old copy: {WHY[doubt.why]}"]
    if doubt.alive_at is None:
        lines.append("When it was last alive is not known")
    else:
        ago = max(timedelta(), doubt.noticed_at - doubt.alive_at)
        lines.append(
            f"It was last alive at {doubt.alive_at:%Y-%m-%d %H:%M:%S} UTC, {describe_span(ago)} before this was noticed"
            + (f", with an engine on {doubt.alive_on}" if doubt.alive_on else "")
            + ". What was done since is lost: calls, do-not-call entries, uploads, edits"
        )
    for answer in doubt.answers:
        told = f"it knows of {answer.told:,} calls since, {answer.unknown:,} of them unknown to the database"
        others = f", {answer.others:,} to numbers that Switchboard does not know" if answer.others else ""
        gap = f"; {answer.gap}: people who wait for a call on it are held back" if answer.gap else ""
        lines.append(f"Trunk {answer.trunk}: {told}{others}{gap}")
    lines += [f"Trunk {name} has not been asked which calls it placed since" for name in doubt.waiting]
    return lines


def describe_span(span: timedelta) -> str:
    """A length of time in its two largest units."""
    seconds = int(span.total_seconds())
    parts = [
        (seconds // 86_400, "day"),
        (seconds // 3600 % 24, "hour"),
        (seconds // 60 % 60, "minute"),
        (seconds % 60, "second"),
    ]
    said = [f"{count:,} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count][:2]
    return " ".join(said) or "less than a second"


def report_restore(session: Session, *, host: str, actor: str, now: datetime) -> None:
    """A person says that the database is an old copy."""
    folders.hold_dialing(session.connection(), folders.SAID, host, now, {})
    audit.record_audit_entry(
        session,
        actor=actor,
        action="recovery.begin",
        object_type="recovery",
        object_id=now.isoformat(),
        now=now,
    )


def note_move(session: Session, name: str, *, host: str, actor: str, now: datetime) -> None:
    """From here on nothing is dialed here: the database moves elsewhere."""
    connection = session.connection()
    recovery_queries.begin_quarantine(connection, host, now)
    stored = recovery_queries.read_quarantine(connection)
    assert stored is not None, "it has just begun"
    stored["moved"] = {"move": name, "at": now.isoformat()}
    write_settings_row(connection, recovery_queries.QUARANTINE, dump_json(stored))
    audit.record_audit_entry(
        session,
        actor=actor,
        action="backup.move",
        object_type="backup",
        object_id=name,
        now=now,
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
    write_settings_row(connection, recovery_queries.QUARANTINE, dump_json(stored))
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
    waiting = _list_unanswered(connection, stored)
    if waiting:
        raise StateConflict(
            f"the database may be an old copy, and it is not known yet what {', '.join(waiting)} placed since:"
            " reconcile first, or numbers would ring twice"
        )
    held_back = 0
    if "restored" in stored:
        held_back = _hold_back_unknown(connection, stored["restored"], now)
        folders.admit_folders(connection, stored["restored"]["folders"])
    recovery_queries.end_quarantine(connection)
    audit.record_audit_entry(
        session,
        actor=actor,
        action="recovery.release",
        object_type="recovery",
        object_id=stored["since"],
        now=now,
        found=restored,
        held_back=held_back,
    )


def _list_unanswered(connection: Connection, stored: Mapping[str, Any]) -> tuple[str, ...]:
    doubt = _read_doubt(connection, stored)
    return () if doubt is None else doubt.waiting


def _hold_back_unknown(connection: Connection, restored: Mapping[str, Any], now: datetime) -> int:
    """Whoever may have been called, and no provider can say: not before the caps of the campaign would let them be
    called again, had they been called just before the loss was noticed. Returns how many."""
    trunk_ids = [
        int(trunk_id) for trunk_id, answer in restored["answers"].items() if answer["gap"] is not None
    ]
    noticed_at = datetime.fromisoformat(restored["noticed_at"])
    rules = DialingRules()
    held = 0
    for campaign in placed_queries.list_campaigns_on(connection, trunk_ids):
        try:
            period = longest_period(rules.get_rulebook(connection, campaign.rulebook_id))
        except (InvalidInput, LookupError):
            period = UNREADABLE_PERIOD
        if noticed_at + period > now:
            held += placed_queries.hold_back_contacts(connection, campaign.id, noticed_at + period)
    return held
