"""A database as the product makes it, with one running campaign and as many due contacts as wanted."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign_app.domain.calling_window import DAYS
from campaign_app.models import Base, Campaign, CampaignCounters, Trunk
from campaign_app.models.base import sqlite_stamp
from campaign_app.transaction import begin_write, transaction

from .rules import add_profile, add_rulebook

TRUNK = 1
CAMPAIGN = 1
PROFILE = 1
"""Whom both sides claim: the claim index begins with campaign and profile."""
LINES = 10_000
"""Far more than a batch: what is measured is the claim, not the limit."""
WINDOWS = [{"days": list(DAYS), "start": "00:00", "end": "24:00"}]
NUMBERS = {
    "sqlite": """WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :many)
        SELECT :campaign, '+49151' || printf('%08d', i), 'pending', :due, 0, 0, '{}', :due,
        CASE WHEN i < :asleep THEN 2 + i % (:profiles - 1) ELSE 1 END FROM n""",
    "postgresql": """SELECT :campaign, '+49151' || lpad(CAST(i AS text), 8, '0'), 'pending',
        CAST(:due AS timestamptz), 0, 0, CAST('{}' AS jsonb),
        CAST(:due AS timestamptz), CASE WHEN i < :asleep THEN 2 + i % (:profiles - 1) ELSE 1 END
        FROM generate_series(0, :many - 1) AS n(i)""",
}


def lay(db: sa.Engine, contacts: int, now: datetime, *, asleep: int = 0, profiles: int = 2) -> None:
    """Make the tables from the models, and a campaign whose `contacts` have all been due for an hour. The first
    `asleep` of them have the profiles 2 to `profiles`, the others profile 1."""
    Base.metadata.create_all(db)
    due = now - timedelta(hours=1)
    with Session(db) as session, transaction(session):
        trunk = Trunk(
            id=TRUNK,
            name="bench",
            provider="bench",
            settings={},
            max_concurrent_calls=LINES,
            calls_per_second=None,
            created_at=due,
        )
        session.add(trunk)
        session.flush()
        campaign = Campaign(
            id=CAMPAIGN,
            name="Bench",
            status="running",
            stored_message={"text": "Good day."},
            timezone="Europe/Berlin",
            calling_windows=WINDOWS,
            max_concurrent_calls=LINES,
            calls_per_second=None,
            retry={"max_retries": 3, "delays_minutes": [30, 120, 1440], "by_outcome": {}},
            trunk_id=TRUNK,
            priority=1,
            created_at=due,
            created_by="bench",
            status_at=due,
            status_by="bench",
        )
        session.add(campaign)
        session.flush()
        add_profile(session, due)
        add_rulebook(session, campaign, due)
        session.add(CampaignCounters(campaign_id=CAMPAIGN, contacts_pending=contacts))
    dialect = db.dialect.name
    with begin_write(db) as connection:
        connection.execute(
            sa.text(
                "INSERT INTO contacts (campaign_id, phone, status, due_at, attempts_made, tries, variables,"
                " created_at, profile_id) " + NUMBERS[dialect]
            ),
            {
                "many": contacts,
                "campaign": CAMPAIGN,
                "asleep": asleep,
                "profiles": profiles,
                "due": sqlite_stamp(due) if dialect == "sqlite" else due,
            },
        )
    with db.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # What autovacuum would have done by the time that a campaign starts.
        connection.exec_driver_sql("ANALYZE" if dialect == "sqlite" else "VACUUM (ANALYZE)")


SUMS = (
    """SELECT status, count(*), sum(attempts_made), sum(tries), count(due_at)
       FROM contacts GROUP BY 1 ORDER BY 1""",
    """SELECT status, answered_by, count(*), sum(rank), sum(try_number), count(DISTINCT token),
         count(DISTINCT phone), count(provider_ref), count(dialing_at), count(placed_at), count(ended_at),
         count(poll_at), count(horizon_at), count(overdue_at), sum(profile_id), sum(rulebook_id)
       FROM attempts GROUP BY 1, 2 ORDER BY 1, 2""",
    """SELECT source, status, raw, count(*), count(DISTINCT token)
       FROM call_events GROUP BY 1, 2, 3 ORDER BY 1, 2, 3""",
    """SELECT contacts_pending, contacts_dialing, contacts_completed, attempts_completed, peak_open
       FROM campaign_counters""",
    "SELECT campaign_id, sum(completed), sum(human), max(peak_open) FROM outcome_slots GROUP BY 1",
    "SELECT campaign_id, response, n FROM response_counts ORDER BY 1, 2",
)


def sums(db: sa.Engine) -> list[list[tuple[object, ...]]]:
    """What both sides must have left alike, or they did not do the same work."""
    with db.connect() as connection:
        return [[tuple(row) for row in connection.execute(sa.text(sql))] for sql in SUMS]
