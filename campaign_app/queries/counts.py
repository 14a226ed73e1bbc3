"""Counts on the pages: counters where they are kept, short index scans where they are derived."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.domain.script import Disposition
from campaign_app.models import (
    Attempt,
    Campaign,
    Contact,
    OutcomeSlot,
    ResponseCount,
    Trunk,
)

from .fragments import CALL_COUNT_COLUMN, ENDED_SLOT, LINE_COUNT_COLUMN
from .sets import as_time, run

MOST = 100_000
"""Waiting contacts are counted no further: past it a page says "100,000+" rather than scan millions."""


def count_open_by_trunk_and_status(session: Session) -> dict[int, dict[str, int]]:
    """{trunk: {what they do: its calls}} of trunks that have any."""
    rows = session.execute(
        select(Attempt.trunk_id, Attempt.status, CALL_COUNT_COLUMN)
        .where(Attempt.ended_at.is_(None))
        .group_by(Attempt.trunk_id, Attempt.status)
    )
    found: dict[int, dict[str, int]] = {}
    for trunk_id, status, calls in rows:
        found.setdefault(trunk_id, {})[status] = calls
    return found


def count_open_by_trunk(session: Session) -> dict[int, int]:
    """{trunk id: its calls}; trunks without any are absent."""
    rows = session.execute(
        select(Attempt.trunk_id, CALL_COUNT_COLUMN)
        .where(Attempt.ended_at.is_(None))
        .group_by(Attempt.trunk_id)
    )
    return dict(rows.all())


def count_held_lines(session: Session, *, campaign_id: int | None = None, trunk_id: int | None = None) -> int:
    """As a claim counts them."""
    statement = select(LINE_COUNT_COLUMN).select_from(Attempt).where(Attempt.ended_at.is_(None))
    if campaign_id is not None:
        statement = statement.where(Attempt.campaign_id == campaign_id)
    if trunk_id is not None:
        statement = statement.where(Attempt.trunk_id == trunk_id)
    return session.scalars(statement).one()


def is_transfer_possible(session: Session, trunk_id: int) -> bool:
    """Whether the message of a running campaign of the trunk connects callees with somebody."""
    statement = select(Campaign.id).where(
        Campaign.trunk_id == trunk_id, Campaign.status == "running", Campaign.transfers
    )
    return session.scalar(statement.limit(1)) is not None


def list_outcome_slots(session: Session, campaign_id: int, since: datetime) -> list[OutcomeSlot]:
    statement = (
        select(OutcomeSlot)
        .where(OutcomeSlot.campaign_id == campaign_id, OutcomeSlot.slot_at >= since)
        .order_by(OutcomeSlot.slot_at)
    )
    return list(session.scalars(statement))


UNDER_WAY = 1000
"""Attempts that are younger than some that ended before them, at the most."""


def count_responses(
    session: Session, campaign_id: int, keys: Sequence[str], since: datetime
) -> list[tuple[str, datetime, int]]:
    """(key, beginning of ten minutes, how often) of a campaign's calls that ended after `since`, of its latest 100,000.

    Not for a page that asks every second or two: of 100,000 calls in a day, half of them with a key, it took 0.1 s on
    either database. A floor on the id, found in the index alone, keeps the months before out of it: two hours of the
    same day took 10 to 20 ms, and 30 to 60 without it.
    """
    connection = session.connection()
    latest = min(count_ended_since(session, since, campaign_id)[0] + UNDER_WAY, MOST)
    floor = run(
        connection,
        "SELECT id FROM attempts WHERE campaign_id = :campaign ORDER BY id DESC LIMIT 1 OFFSET :latest",
        {"campaign": campaign_id, "latest": latest},
    ).scalar()
    slot = ENDED_SLOT[connection.dialect.name]
    counts = []
    for key in keys:
        rows = run(
            connection,
            f"""SELECT {slot} AS slot, count(*) AS n FROM attempts
                WHERE campaign_id = :campaign AND key = :key AND id > :floor AND ended_at >= :since
                GROUP BY 1 ORDER BY 1""",
            {"campaign": campaign_id, "key": key, "floor": floor or 0, "since": since},
        )
        counts += [(key, at, row.n) for row in rows if (at := as_time(row.slot)) is not None]
    return counts


def count_ended_since(session: Session, since: datetime, campaign_id: int | None = None) -> tuple[int, int]:
    """(ended, completed and by no machine) of the ten-minute slots from `since` on."""
    ended = (
        OutcomeSlot.completed
        + OutcomeSlot.busy
        + OutcomeSlot.no_answer
        + OutcomeSlot.failed
        + OutcomeSlot.canceled
    )
    statement = select(
        func.coalesce(func.sum(ended), 0),
        func.coalesce(func.sum(OutcomeSlot.completed - OutcomeSlot.machine), 0),
    ).where(OutcomeSlot.slot_at >= since)
    if campaign_id is not None:
        statement = statement.where(OutcomeSlot.campaign_id == campaign_id)
    row = session.execute(statement).one()
    return int(row[0]), int(row[1])


def count_answered_since(session: Session, since: datetime) -> tuple[int, int]:
    """(people, machines) who answered, of the ten-minute slots from `since` on."""
    row = session.execute(
        select(
            func.coalesce(func.sum(OutcomeSlot.human), 0), func.coalesce(func.sum(OutcomeSlot.machine), 0)
        ).where(OutcomeSlot.slot_at >= since)
    ).one()
    return int(row[0]), int(row[1])


def count_opt_outs_since(session: Session, since: datetime) -> int:
    """Calls that ended since then, in which the callee asked for no more. Only the keys pressed in campaigns with such
    calls are looked at."""
    campaigns = (
        select(ResponseCount.campaign_id)
        .join(OutcomeSlot, OutcomeSlot.campaign_id == ResponseCount.campaign_id)
        .where(ResponseCount.response == f"disposition:{Disposition.OPTED_OUT}", OutcomeSlot.slot_at >= since)
    )
    statement = select(func.count()).where(
        Attempt.campaign_id.in_(campaigns),
        Attempt.key.is_not(None),
        Attempt.disposition == Disposition.OPTED_OUT,
        Attempt.ended_at >= since,
    )
    return session.scalar(statement) or 0


YOUNG_CALLS = 1000
"""A campaign with more calls is drawn by its slots alone."""


class YoungCall(NamedTuple):
    """When a call took its line and when it left it (None: it is up), and how it ended."""

    began: datetime
    ended: datetime | None
    status: str
    answered_by: str | None


def list_young_calls(session: Session, campaign_id: int) -> list[YoungCall]:
    """Every call that a campaign has made; empty where they are too many to draw one by one."""
    rows = session.execute(
        select(Attempt.claimed_at, Attempt.ended_at, Attempt.status, Attempt.answered_by)
        .where(Attempt.campaign_id == campaign_id)
        .order_by(Attempt.id.desc())
        .limit(YOUNG_CALLS + 1)
    ).all()
    if len(rows) > YOUNG_CALLS:
        return []
    return [YoungCall(*row) for row in rows if row.status != AttemptStatus.RELEASED]


def list_trunks(session: Session) -> Sequence[Trunk]:
    return session.scalars(select(Trunk).order_by(Trunk.id)).all()


def last_errors_by_trunk(session: Session) -> dict[int, str]:
    """The last error of each trunk's running campaigns that still fail."""
    rows = session.execute(
        select(Campaign.trunk_id, Campaign.last_error)
        .where(Campaign.status == "running", Campaign.failures > 0, Campaign.last_error.is_not(None))
        .order_by(Campaign.last_error_at)
    )
    return {trunk_id: error for trunk_id, error in rows if error}


def count_due_now(session: Session, now: datetime) -> int:
    """Due contacts of running campaigns, counted no further than MOST."""
    queue = (
        select(Contact.id)
        .join(Campaign, Campaign.id == Contact.campaign_id)
        .where(Campaign.status == "running", Contact.due_at.is_not(None), Contact.due_at <= now)
        .limit(MOST)
    )
    return session.scalar(select(func.count()).select_from(queue.subquery())) or 0
