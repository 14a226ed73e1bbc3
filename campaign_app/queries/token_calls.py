"""Token call queries: how many calls each API token placed in a day (UTC), bounded in the statement that counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from campaign_app.domain.day_limits import day_of

from .sets import run


def count_token_call(connection: Connection, token_id: int, now: datetime) -> bool:
    """Count a call; False where the token has placed all that it may place in the day of `now`."""
    counted = run(
        connection,
        """UPDATE api_tokens SET calls_day = :day,
             calls_made = CASE WHEN calls_day = :day THEN coalesce(calls_made, 0) + 1 ELSE 1 END
           WHERE id = :id AND (max_calls_per_day IS NULL OR calls_day IS NULL OR calls_day <> :day
             OR calls_made < max_calls_per_day)""",
        {"id": token_id, "day": day_of(now)},
    )
    return counted.rowcount == 1
