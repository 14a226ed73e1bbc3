"""Unresolved call queries: those about which nobody has decided yet, open calls that should have ended, and what was
heard of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from campaign_app.models import Attempt, AuditEntry, CallEvent, Campaign, Contact

from .sets import RowSet, run

# Literals: a partial index cannot match bound values.
IS_UNDECIDED: ColumnElement[bool] = literal_column(
    "attempts.outcome = 'unresolved' AND attempts.decision IS NULL"
)
IN_ORDER: ColumnElement[int] = literal_column("attempts.id + 0", Integer)
"""The order of ids, but not by the primary key: SQLite walked all calls by it for the few that are wanted, instead of
sorting what their own index has."""


def count_undecided(session: Session, campaign_id: int | None = None) -> int:
    """Calls of unknown outcome about which somebody has to decide."""
    statement = select(func.count()).select_from(Attempt).where(IS_UNDECIDED)
    if campaign_id is not None:
        statement = statement.where(Attempt.campaign_id == campaign_id)
    return session.scalar(statement) or 0


def find_oldest_undecided_end(session: Session) -> datetime | None:
    """When the first of them was given up (UTC); None where there are none. The order of ids is near enough."""
    return session.scalar(select(Attempt.ended_at).where(IS_UNDECIDED).order_by(IN_ORDER).limit(1))


def count_undecided_by_campaign(session: Session) -> list[tuple[int | None, str | None, int]]:
    """(campaign or None for single calls, its name, how many), most first."""
    count = func.count().label("n")
    rows = session.execute(
        select(Attempt.campaign_id, Campaign.name, count)
        .outerjoin(Campaign, Campaign.id == Attempt.campaign_id)
        .where(IS_UNDECIDED)
        .group_by(Attempt.campaign_id, Campaign.name)
        .order_by(count.desc(), Attempt.campaign_id)
    )
    return [(row.campaign_id, row.name, row.n) for row in rows]


def _undecided(campaign_id: int | None, until: datetime | None) -> Select[Attempt]:
    statement = select(Attempt).where(IS_UNDECIDED)
    if campaign_id is not None:
        statement = statement.where(Attempt.campaign_id == campaign_id)
    if until is not None:
        statement = statement.where(Attempt.ended_at <= until)
    return statement


def list_undecided(
    session: Session,
    *,
    campaign_id: int | None = None,
    until: datetime | None = None,
    after_id: int = 0,
    limit: int,
) -> Sequence[Attempt]:
    """Those of one campaign or of all, given up no later than `until`, the oldest first, behind `after_id`."""
    statement = _undecided(campaign_id, until).where(after_id < IN_ORDER)
    return session.scalars(statement.order_by(IN_ORDER).limit(limit)).all()


def lock_undecided(session: Session, attempt_ids: Iterable[int]) -> Sequence[Attempt]:
    """Those of these calls about which nobody has decided yet, under their row locks."""
    return session.scalars(
        select(Attempt)
        .where(IS_UNDECIDED, Attempt.id.in_(sorted(attempt_ids)))
        .order_by(Attempt.id)
        .with_for_update(of=Attempt)
        .execution_options(populate_existing=True)
    ).all()


def lock_undecided_of(session: Session, campaign_id: int, contact_ids: Iterable[int]) -> Sequence[Attempt]:
    """The same, of these contacts of a campaign."""
    chosen = set(contact_ids)
    undecided = session.execute(
        select(Attempt.id, Attempt.contact_id).where(IS_UNDECIDED, Attempt.campaign_id == campaign_id)
    )
    attempt_ids = [attempt_id for attempt_id, contact_id in undecided if contact_id in chosen]
    return lock_undecided(session, attempt_ids) if attempt_ids else []


DECIDED = RowSet("v", id="int")


def _undoable(attempt_ids: Iterable[int]) -> Select[Attempt]:
    """Decided calls on whose decision nothing was done: the contact is what it made of it, and no later call exists."""
    later = aliased(Attempt)
    expected = case(
        (Attempt.decision == "done", "completed"), (Attempt.decision == "again", "retry"), else_="exhausted"
    )
    return (
        select(Attempt)
        .outerjoin(Contact, Contact.id == Attempt.contact_id)
        .where(
            Attempt.id.in_(sorted(attempt_ids)),
            Attempt.status == "unresolved",
            Attempt.decision.is_not(None),
            or_(
                Attempt.contact_id.is_(None),
                and_(
                    Contact.status == expected,
                    ~exists().where(later.contact_id == Attempt.contact_id, later.number > Attempt.number),
                ),
            ),
        )
        .order_by(Attempt.id)
    )


def list_undoable(session: Session, attempt_ids: Iterable[int]) -> Sequence[Attempt]:
    """Those of these calls whose decision can be undone."""
    return session.scalars(_undoable(attempt_ids)).all()


def lock_undoable(session: Session, attempt_ids: Iterable[int]) -> Sequence[Attempt]:
    """The same, under their row locks; the caller holds their campaigns', so that none of their people is claimed."""
    return session.scalars(
        _undoable(attempt_ids).with_for_update(of=Attempt).execution_options(populate_existing=True)
    ).all()


LATEST_ENTRIES = 5_000
ENTRIES_AT_ONCE = 500


def list_batch_entries(session: Session, entry: AuditEntry) -> Sequence[AuditEntry]:
    """Audit entries of decisions about calls that were written together with this one, newest first."""
    # They were written in one transaction: their ids are close.
    latest = (
        select(AuditEntry.id)
        .where(
            AuditEntry.object_type == "call",
            AuditEntry.at == entry.at,
            AuditEntry.actor == entry.actor,
            AuditEntry.id > entry.id - LATEST_ENTRIES,
        )
        .order_by(AuditEntry.id.desc())
        .limit(LATEST_ENTRIES)
        .subquery()
    )
    return session.scalars(
        select(AuditEntry)
        .where(AuditEntry.id.in_(select(latest.c.id)), AuditEntry.action == "call.decide")
        .order_by(AuditEntry.id.desc())
    ).all()


def iterate_decision_entries(session: Session) -> Iterator[Sequence[AuditEntry]]:
    """Audit entries of decisions about calls, newest first and a piece at a time, among the LATEST_ENTRIES that say
    anything of a call: who has seen enough stops."""
    before: int | None = None
    left = LATEST_ENTRIES
    while left > 0:
        latest = select(AuditEntry.id, AuditEntry.action).where(AuditEntry.object_type == "call")
        if before is not None:
            latest = latest.where(AuditEntry.id < before)
        rows = session.execute(latest.order_by(AuditEntry.id.desc()).limit(min(left, ENTRIES_AT_ONCE))).all()
        if not rows:
            return
        before = rows[-1].id
        left -= len(rows)
        ids = [row.id for row in rows if row.action == "call.decide"]
        if ids:
            yield session.scalars(
                select(AuditEntry).where(AuditEntry.id.in_(ids)).order_by(AuditEntry.id.desc())
            ).all()


def set_decision(connection: Connection, attempt_ids: Sequence[int], decision: str | None) -> None:
    """None: nobody has decided. The caller holds their row locks."""
    dialect = connection.dialect.name
    run(
        connection,
        f"UPDATE attempts SET decision = :decision FROM {DECIDED.source_sql(dialect)} WHERE attempts.id = v.id",
        {
            "decision": decision,
            **DECIDED.to_parameters(dialect, [(attempt_id,) for attempt_id in attempt_ids]),
        },
    )


def list_overdue(
    session: Session, now: datetime, *, campaign_id: int | None = None, limit: int = 100
) -> Sequence[Attempt]:
    """Open calls that must have ended by now, and of which the provider has not told an end."""
    statement = select(Attempt).where(Attempt.ended_at.is_(None), Attempt.overdue_at <= now)
    if campaign_id is not None:
        statement = statement.where(Attempt.campaign_id == campaign_id)
    return session.scalars(statement.order_by(IN_ORDER).limit(limit)).all()


REQUEST_SECONDS = timedelta(seconds=15)
"""After its permit a request leaves within 5 seconds, and is answered within 10: a call that is still `dialing` later
was sent, or not, by an engine that is gone."""


class DoubtfulLines(NamedTuple):
    """Open calls of which nobody knows whether they are up: how many, and when the last of them is given up."""

    lines: int
    until: datetime | None


class HeardUpdates(NamedTuple):
    """What the provider said of a call: which statuses, first heard when, and when it said the last thing."""

    first_by_status: dict[str, datetime]
    last: datetime | None


def load_heard_updates(session: Session, tokens: Sequence[str]) -> dict[str, HeardUpdates]:
    """{token: what was heard}; those of which nothing was are missing."""
    rows = session.execute(
        select(
            CallEvent.token,
            CallEvent.status,
            func.min(CallEvent.at).label("first"),
            func.max(CallEvent.received_at).label("last"),
        )
        .where(CallEvent.token.in_(tokens), CallEvent.source.in_(("event", "poll", "callback")))
        .group_by(CallEvent.token, CallEvent.status)
    ).all()
    heard: dict[str, HeardUpdates] = {}
    for row in rows:
        known = heard.get(row.token, HeardUpdates({}, None))
        last = row.last if known.last is None else max(known.last, row.last)
        heard[row.token] = HeardUpdates({**known.first_by_status, row.status: row.first}, last)
    return heard
