"""Finish: end campaigns that have nothing left to do, stop those that ran out of time, end pauses that are over."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from campaign_app import transaction
from campaign_app.queries import contacts as contact_queries
from campaign_app.queries import finish as finish_queries
from campaign_app.services import pauses

from .context import EngineContext, log

PIECE = 5_000


def finish_campaigns(engine: EngineContext, now: datetime) -> int:
    """Complete campaigns whose last call has ended; stop those whose end has passed; cancel what stopped ones left."""
    with engine.db.connect() as reading:
        campaigns = finish_queries.find_campaigns_to_end(reading, now)
    for campaign_id in campaigns.finished:
        with transaction.begin_write(engine.db, "finish") as connection:
            finish_queries.complete_campaign(connection, campaign_id, now)
    for campaign_id in campaigns.overdue:
        with transaction.begin_write(engine.db, "finish") as connection:
            finish_queries.stop_overdue_campaign(connection, campaign_id, now)
    for campaign_id in campaigns.stopped:
        with transaction.begin_write(engine.db, "finish") as connection:
            contact_queries.cancel_waiting_contacts(connection, campaign_id, PIECE)
    return len(campaigns.finished) + len(campaigns.overdue) + len(campaigns.stopped)


def end_pauses(engine: EngineContext, now: datetime) -> int:
    """Resume the paused campaigns whose time has come. How many run again."""
    with Session(engine.db) as session:
        due = pauses.list_due_resumes(session, now)
    resumed = 0
    for campaign_id in due:
        try:
            with transaction.begin_write(engine.db) as connection, Session(connection) as session:
                resumed += pauses.end_pause(
                    session, campaign_id, now, second_person_above=engine.second_person_above
                )
                session.flush()
        except Exception:
            # One campaign that cannot be read must not keep the others paused.
            log.exception("campaign %s could not be resumed", campaign_id)
    return resumed
