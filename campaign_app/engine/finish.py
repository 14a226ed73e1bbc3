"""Finish: campaigns that have nothing left to do end, those that ran out of time stop."""

from __future__ import annotations

from datetime import datetime

from campaign_app import transaction
from campaign_app.queries import contacts as contact_rows
from campaign_app.queries import finish as finish_queries

from .state import EngineState

PIECE = 5_000


def finish(engine: EngineState, now: datetime) -> int:
    """Complete campaigns whose last call has ended; stop those whose end has passed; cancel what stopped ones left."""
    with engine.db.connect() as reading:
        work = finish_queries.ending(reading, now)
    for campaign_id in work.finished:
        with transaction.write(engine.db, "finish") as connection:
            finish_queries.complete(connection, campaign_id, now)
    for campaign_id in work.overdue:
        with transaction.write(engine.db, "finish") as connection:
            finish_queries.stop_overdue(connection, campaign_id, now)
    for campaign_id in work.stopped:
        with transaction.write(engine.db, "finish") as connection:
            contact_rows.cancel_waiting(connection, campaign_id, PIECE)
    return len(work.finished) + len(work.overdue) + len(work.stopped)
