"""Campaign stats queries: what the figures of one or many campaigns are made of, in one statement for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy.orm import Session

from campaign_app.models import Attempt, Campaign, CampaignCounters, OutcomeSlot, ResponseCount

from .fragments import CALL_COUNT_COLUMN, LINE_COUNT_COLUMN
from .sets import RowSet, as_time, run
from .unresolved import IS_UNDECIDED, REQUEST_SECONDS, DoubtfulLines

CAMPAIGNS = RowSet("v", id="int")
LATEST = 2_000
"""Attempts of a campaign that are looked at for what happened lately."""
# The latest attempts `a` of each campaign, by the index (campaign_id, id). SQLite has no LATERAL, PostgreSQL hash-joins
# the whole table where it is told no more than a lowest id.
LATEST_ATTEMPTS = {
    "sqlite": """{v} CROSS JOIN attempts a ON a.campaign_id = v.id AND a.id >= coalesce(
        (SELECT b.id FROM attempts b WHERE b.campaign_id = v.id ORDER BY b.id DESC LIMIT 1 OFFSET :most - 1), 0)""",
    "postgresql": """{v} CROSS JOIN LATERAL (SELECT b.* FROM attempts b WHERE b.campaign_id = v.id
        ORDER BY b.id DESC LIMIT :most) AS a""",
}
LATELY = """SELECT v.id AS campaign_id,
      count(CASE WHEN a.ended_at >= :since AND a.status <> 'released' THEN 1 END) AS n,
      min(CASE WHEN a.ended_at >= :since AND a.status <> 'released' THEN a.claimed_at END) AS first_claimed,
      max(CASE WHEN a.status <> 'released' THEN a.dialing_at END) AS last_sent
    FROM {latest} GROUP BY v.id"""
SPANS = """SELECT v.id AS campaign_id, a.claimed_at, a.ended_at FROM {latest}
    WHERE a.ended_at > :since AND a.status <> 'released'"""


class RecentCalls(NamedTuple):
    """Of a campaign's latest attempts that were sent: how many ended lately, when the earliest of those was claimed,
    and when the latest of all was permitted."""

    ended: int = 0
    first_claimed_at: datetime | None = None
    last_sent_at: datetime | None = None


class CallSpan(NamedTuple):
    """When a call took its line and when it left it; None: it is up."""

    began: datetime
    ended: datetime | None


def load_counters(session: Session, campaign_ids: Sequence[int]) -> dict[int, CampaignCounters]:
    """As they are now, also where the session has read them before."""
    rows = session.scalars(
        select(CampaignCounters)
        .where(CampaignCounters.campaign_id.in_(campaign_ids))
        .execution_options(populate_existing=True)
    )
    return {row.campaign_id: row for row in rows}


def count_open_by_status(session: Session, campaign_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """{campaign: {status: calls}} of those that have any."""
    rows = session.execute(
        select(Attempt.campaign_id, Attempt.status, CALL_COUNT_COLUMN)
        .where(Attempt.ended_at.is_(None), Attempt.campaign_id.in_(campaign_ids))
        .group_by(Attempt.campaign_id, Attempt.status)
    )
    found: dict[int, dict[str, int]] = {}
    for campaign_id, status, calls in rows:
        if campaign_id is not None:
            found.setdefault(campaign_id, {})[status] = calls
    return found


def read_response_counts(session: Session, campaign_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """{campaign: {name: how often}} of what is counted of the calls' details."""
    rows = session.execute(
        select(ResponseCount.campaign_id, ResponseCount.response, ResponseCount.n).where(
            ResponseCount.campaign_id.in_(campaign_ids)
        )
    )
    found: dict[int, dict[str, int]] = {}
    for campaign_id, response, n in rows:
        found.setdefault(campaign_id, {})[response] = n
    return found


def count_undecided(session: Session, campaign_ids: Sequence[int]) -> dict[int, int]:
    """{campaign: calls of unknown outcome about which somebody has to decide}."""
    rows = session.execute(
        select(Attempt.campaign_id, func.count())
        .where(IS_UNDECIDED, Attempt.campaign_id.in_(campaign_ids))
        .group_by(Attempt.campaign_id)
    )
    return {campaign_id: n for campaign_id, n in rows if campaign_id is not None}


def list_active(session: Session, campaign_ids: Sequence[int], since: datetime) -> set[int]:
    """Those that claimed a call, or had one end, in a slot that begins at `since` or later."""
    return set(
        session.scalars(
            select(OutcomeSlot.campaign_id)
            .where(OutcomeSlot.campaign_id.in_(campaign_ids), OutcomeSlot.slot_at >= since)
            .distinct()
        )
    )


def measure_recent_calls(
    session: Session, campaign_ids: Sequence[int], since: datetime
) -> dict[int, RecentCalls]:
    """What ended after `since`, and what was sent last, of the latest attempts of each."""
    rows = _run_over(session.connection(), LATELY, campaign_ids, since)
    return {
        row.campaign_id: RecentCalls(row.n, as_time(row.first_claimed), as_time(row.last_sent))
        for row in rows
    }


def list_call_spans(
    session: Session, campaign_ids: Sequence[int], since: datetime
) -> dict[int, list[CallSpan]]:
    """The calls of each that had a line after `since`: all that are open, and the ended ones of its latest attempts."""
    found: dict[int, list[CallSpan]] = {}
    open_now = select(Attempt.campaign_id, Attempt.claimed_at).where(
        Attempt.ended_at.is_(None), Attempt.campaign_id.in_(campaign_ids)
    )
    for campaign_id, claimed_at in session.execute(open_now):
        if campaign_id is not None:
            found.setdefault(campaign_id, []).append(CallSpan(claimed_at, None))
    for row in _run_over(session.connection(), SPANS, campaign_ids, since):
        began = as_time(row.claimed_at)
        if began is not None:
            found.setdefault(row.campaign_id, []).append(CallSpan(began, as_time(row.ended_at)))
    return found


def _run_over(
    connection: Connection, statement: str, campaign_ids: Sequence[int], since: datetime
) -> Sequence[Any]:
    """A statement over the latest attempts of these campaigns."""
    if not campaign_ids:
        return []
    dialect = connection.dialect.name
    latest = LATEST_ATTEMPTS[dialect].replace("{v}", CAMPAIGNS.source_sql(dialect))
    ids = CAMPAIGNS.to_parameters(dialect, [(campaign_id,) for campaign_id in campaign_ids])
    return run(
        connection, statement.replace("{latest}", latest), {"since": since, "most": LATEST, **ids}
    ).all()


def list_trunk_spans(
    session: Session, trunk_ids: Sequence[int], since: datetime
) -> dict[int, list[CallSpan]]:
    """The same of trunks: all that are open, and the ended ones of the latest attempts of all campaigns."""
    recent = (
        select(Attempt.trunk_id, Attempt.claimed_at, Attempt.ended_at, Attempt.status)
        .order_by(Attempt.id.desc())
        .limit(LATEST)
        .subquery()
    )
    open_now = select(Attempt.trunk_id, Attempt.claimed_at, Attempt.ended_at).where(
        Attempt.ended_at.is_(None), Attempt.trunk_id.in_(trunk_ids)
    )
    ended = select(recent.c.trunk_id, recent.c.claimed_at, recent.c.ended_at).where(
        recent.c.ended_at > since, recent.c.status != "released"
    )
    found: dict[int, list[CallSpan]] = {}
    for statement in (open_now, ended):
        for trunk_id, claimed_at, ended_at in session.execute(statement):
            found.setdefault(trunk_id, []).append(CallSpan(claimed_at, ended_at))
    return found


def count_held_lines(session: Session, campaign_ids: Sequence[int]) -> dict[int, int]:
    """{campaign: the lines that it holds, as a claim counts them}."""
    rows = session.execute(
        select(Attempt.campaign_id, LINE_COUNT_COLUMN)
        .where(Attempt.ended_at.is_(None), Attempt.campaign_id.in_(campaign_ids))
        .group_by(Attempt.campaign_id)
    )
    return {campaign_id: n for campaign_id, n in rows if campaign_id is not None}


def count_held_trunk_lines(session: Session, trunk_ids: Sequence[int]) -> dict[int, int]:
    """The same by trunk."""
    rows = session.execute(
        select(Attempt.trunk_id, LINE_COUNT_COLUMN)
        .where(Attempt.ended_at.is_(None), Attempt.trunk_id.in_(trunk_ids))
        .group_by(Attempt.trunk_id)
    )
    return dict(rows.all())


class TrunkUser(NamedTuple):
    """A campaign that holds lines of a trunk."""

    campaign_id: int
    name: str
    lines: int


def list_trunk_users(session: Session, trunk_ids: Sequence[int]) -> dict[int, list[TrunkUser]]:
    """{trunk: the campaigns that hold its lines, most first}."""
    rows = session.execute(
        select(Attempt.trunk_id, Campaign.id, Campaign.name, CALL_COUNT_COLUMN.label("lines"))
        .join(Campaign, Attempt.campaign_id == Campaign.id)
        .where(Attempt.trunk_id.in_(trunk_ids), Attempt.ended_at.is_(None))
        .group_by(Attempt.trunk_id, Campaign.id, Campaign.name)
        .order_by(CALL_COUNT_COLUMN.desc(), Campaign.id)
    )
    found: dict[int, list[TrunkUser]] = {}
    for trunk_id, campaign_id, name, lines in rows:
        found.setdefault(trunk_id, []).append(TrunkUser(campaign_id, name, lines))
    return found


def list_transfer_trunks(session: Session, trunk_ids: Sequence[int]) -> set[int]:
    """The trunks of which a running campaign connects callees with somebody."""
    statement = select(Campaign.trunk_id).where(
        Campaign.trunk_id.in_(trunk_ids), Campaign.status == "running", Campaign.transfers
    )
    return set(session.scalars(statement.distinct()))


def count_overdue(session: Session, campaign_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """{campaign: open calls that must have ended by now}."""
    rows = session.execute(
        select(Attempt.campaign_id, func.count())
        .where(Attempt.ended_at.is_(None), Attempt.overdue_at <= now, Attempt.campaign_id.in_(campaign_ids))
        .group_by(Attempt.campaign_id)
    )
    return {campaign_id: n for campaign_id, n in rows if campaign_id is not None}


def count_doubtful_lines(
    session: Session, campaign_ids: Sequence[int], now: datetime
) -> dict[int, DoubtfulLines]:
    """{campaign: its lines that are held by calls in doubt}. A request has a moment to be answered first."""
    rows = session.execute(
        select(Attempt.campaign_id, func.count(), func.max(Attempt.horizon_at))
        .where(
            Attempt.campaign_id.in_(campaign_ids),
            Attempt.ended_at.is_(None),
            or_(
                Attempt.status == "in-doubt",
                and_(Attempt.status == "dialing", Attempt.dialing_at <= now - REQUEST_SECONDS),
            ),
        )
        .group_by(Attempt.campaign_id)
    )
    return {campaign_id: DoubtfulLines(n, until) for campaign_id, n, until in rows if campaign_id is not None}


SOFT_STARTS = RowSet("v", id="int", since="time")
COUNT_BEGUN = """SELECT v.id, (SELECT count(DISTINCT a.contact_id) FROM attempts a
      WHERE a.campaign_id = v.id AND a.claimed_at >= v.since AND a.status <> 'released') AS n FROM {v}"""


def count_people_begun(session: Session, starts: Sequence[tuple[int, datetime]]) -> dict[int, int]:
    """{campaign: people called since its soft start}, of (campaign, when that was)."""
    if not starts:
        return {}
    connection = session.connection()
    dialect = connection.dialect.name
    rows = run(
        connection,
        COUNT_BEGUN.replace("{v}", SOFT_STARTS.source_sql(dialect)),
        SOFT_STARTS.to_parameters(dialect, starts),
    )
    return {row.id: row.n for row in rows}
