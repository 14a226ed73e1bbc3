"""Failures of campaigns and trunks: kept on their rows for the pages, with the time that each backs off.

A campaign backs off on its own when its calls fail (a caller id whose quota is used up); the circuit breaker of a trunk
opens when the provider took nothing from anybody several times in a row. An open circuit lets nothing through until its
time has come, then a single call; that one's success closes it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from campaign_app.domain.backoff import backoff_seconds
from campaign_app.queries import failures as failure_queries
from campaign_app.queries.failures import CAMPAIGNS, TRUNKS


def record_campaign_failure(
    connection: Connection, campaign_id: int, text: str, retry_after: float | None, now: datetime
) -> None:
    """The provider failed for a batch of this campaign, which may have to back off. `retry_after`: the seconds that the
    provider asks for."""
    failures = failure_queries.add_failures(connection, CAMPAIGNS, campaign_id, text, now)
    wait = backoff_seconds(failures, retry_after)
    if wait:
        failure_queries.set_wait_until(connection, CAMPAIGNS, campaign_id, now + timedelta(seconds=wait))


def record_campaign_error(connection: Connection, campaign_id: int, text: str, now: datetime) -> None:
    """An error of our own on this campaign: shown on its page, and tried again at the next tick."""
    failure_queries.add_failures(connection, CAMPAIGNS, campaign_id, text, now)


def record_trunk_failure(
    connection: Connection, trunk_id: int, text: str, now: datetime, *, failures: int = 1
) -> bool:
    """The provider took none of a batch. True when that opened the trunk's circuit, or keeps it open."""
    in_a_row = failure_queries.add_failures(connection, TRUNKS, trunk_id, text, now, failures)
    wait = backoff_seconds(in_a_row, None)
    if wait:
        failure_queries.set_wait_until(connection, TRUNKS, trunk_id, now + timedelta(seconds=wait))
    return bool(wait)
