"""Failures of campaigns and trunks: kept on their rows for the pages, with the time that each backs off.

A campaign backs off on its own when its calls fail (a caller id whose quota is used up); the circuit breaker of a trunk
opens when the provider took nothing from anybody several times in a row. An open circuit lets nothing through until its
time has come, then a single call; that one's success closes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from campaign_app import transaction
from campaign_app.domain.backoff import backoff_seconds
from campaign_app.queries import failures as failure_queries
from campaign_app.queries import trunks as trunk_queries
from campaign_app.queries.failures import CAMPAIGNS, TRUNKS

from .context import EngineContext
from .place import PlacementResult


class ProviderFailure(NamedTuple):
    """Why a campaign's calls fail at the provider, and the seconds that the provider asks to wait, if it does."""

    text: str
    retry_after: float | None = None


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


def update_campaign_failures(
    engine: EngineContext,
    succeeded: set[int],
    failures_by_campaign: Mapping[int, ProviderFailure],
    now: datetime,
) -> None:
    """Let campaigns whose calls fail back off, and end the wait of those whose calls succeed again.

    A transaction of its own: a claim, or a transfer that asks for its line, locks the campaign before the counters that
    `record` has changed; the other way round was a deadlock.
    """
    recovered = succeeded & engine.failing_campaign_ids
    if not recovered and not failures_by_campaign:
        return
    with transaction.begin_write(engine.db) as connection:
        for campaign_id in sorted(recovered | failures_by_campaign.keys()):
            if campaign_id in recovered:
                failure_queries.clear_failures(connection, CAMPAIGNS, campaign_id)
            failure = failures_by_campaign.get(campaign_id)
            if failure is not None:
                record_campaign_failure(connection, campaign_id, failure.text, failure.retry_after, now)
    engine.failing_campaign_ids -= succeeded
    engine.failing_campaign_ids |= failures_by_campaign.keys()


def update_trunk_failures(
    engine: EngineContext, trunk_id: int, results: Sequence[PlacementResult], now: datetime
) -> bool:
    """Pause a trunk that is down, close its circuit at a sign of life, open it where none of a batch was placed often
    enough. False when nothing more should be sent on it now.

    A transaction of its own, and only when something changes: a claim locks the trunk before what `record` has locked;
    the other way round is a deadlock.
    """
    down = next((result for result in results if result.trunk_down), None)
    failed = next((result for result in results if result.failure is not None), None)
    # A reply of any kind is a sign of life: also a refusal, or the request to slow down.
    alive = any(
        result.provider_asked and (result.retry_after is not None or result.failure is None)
        for result in results
    )
    if down is not None:
        with transaction.begin_write(engine.db) as connection:
            trunk_queries.pause_trunk(connection, trunk_id, down.failure or "", now)
        return False
    state = engine.get_trunk_state(trunk_id)
    if alive and state.failing:
        with transaction.begin_write(engine.db) as connection:
            failure_queries.clear_failures(connection, TRUNKS, trunk_id)
        state.failing = False
    if alive or failed is None:
        return True
    state.failing = True
    with transaction.begin_write(engine.db) as connection:
        return not record_trunk_failure(connection, trunk_id, failed.failure or "", now)
