"""Failures of campaigns and trunks: kept on their rows for the pages, with the time that each backs off.

A campaign backs off on its own when its calls fail (a caller id whose quota is used up); the circuit of a trunk opens
when the provider took nothing from anybody several times in a row. An open circuit lets nothing through until its time
has come, then a single call; that one's success closes it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from campaign_app.queries import trunks as trunk_queries
from campaign_app.queries.sets import run

PATIENCE = 3
"""Failures in a row before a campaign backs off."""
FIRST_BACKOFF = 5.0
LONGEST_BACKOFF = 300.0
"""Seconds."""


def backoff_seconds(failures: int, retry_after: float | None) -> float:
    """Seconds to wait after so many failures in a row: from the third on 5, 10, 20 … 300; or what was asked."""
    wait = 0.0
    if failures >= PATIENCE:
        wait = min(FIRST_BACKOFF * 2.0 ** min(failures - PATIENCE, 10), LONGEST_BACKOFF)
    return max(wait, retry_after or 0.0)


def record_campaign_failure(
    connection: Connection, campaign_id: int, text: str, retry_after: float | None, now: datetime
) -> None:
    """The provider failed for a batch of this campaign."""
    failures = run(
        connection,
        "UPDATE campaigns SET failures = failures + 1, trouble = :text, trouble_at = :now WHERE id = :id"
        " RETURNING failures",
        {"id": campaign_id, "text": text[:500], "now": now},
    ).scalar_one_or_none()
    wait = backoff_seconds(failures or 0, retry_after)
    if wait:
        run(
            connection,
            "UPDATE campaigns SET backoff_until = :until WHERE id = :id",
            {"id": campaign_id, "until": now + timedelta(seconds=wait)},
        )


def clear_campaign_failures(connection: Connection, campaign_id: int) -> None:
    """It works again."""
    run(
        connection,
        """UPDATE campaigns SET failures = 0, backoff_until = NULL, trouble = NULL, trouble_at = NULL
           WHERE id = :id AND failures > 0""",
        {"id": campaign_id},
    )


def record_campaign_error(connection: Connection, campaign_id: int, text: str, now: datetime) -> None:
    """An error of our own on this campaign: shown on its page, and tried again at the next tick."""
    run(
        connection,
        "UPDATE campaigns SET trouble = :text, trouble_at = :now, failures = failures + 1 WHERE id = :id",
        {"id": campaign_id, "text": text[:500], "now": now},
    )


def read_failing_campaign_ids(connection: Connection) -> set[int]:
    """The campaigns that have failures to clear at their next success."""
    return {
        row.id
        for row in run(connection, "SELECT id FROM campaigns WHERE status = 'running' AND failures > 0").all()
    }


def record_trunk_failure(
    connection: Connection, trunk_id: int, text: str, now: datetime, *, failures: int = 1
) -> bool:
    """The provider took none of a batch. True when that opened the trunk's circuit, or keeps it open."""
    wait = backoff_seconds(trunk_queries.add_trunk_failures(connection, trunk_id, text, now, failures), None)
    if wait:
        trunk_queries.open_circuit(connection, trunk_id, now + timedelta(seconds=wait))
    return bool(wait)
