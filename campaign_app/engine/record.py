"""Record (T3): what the provider said of a batch becomes status, and its failures are counted."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from campaign_app import logs, transaction
from campaign_app.domain.attempt import AttemptStatus
from campaign_app.domain.settlement import POLL_AFTER
from campaign_app.queries import settle as settle_queries
from campaign_app.services.calls.settle import apply_updates

from .context import EngineContext, log
from .failures import ProviderFailure, update_campaign_failures, update_trunk_failures
from .place import PlacementResult


def record_results(engine: EngineContext, trunk_id: int, results: Sequence[PlacementResult]) -> bool:
    """Record (T3) what the provider said; let campaigns whose calls fail back off, and the trunk where nobody got a
    call. False when nothing more should be sent on the trunk now."""
    if not results:
        return True
    now = engine.clock.now()
    failed = [result for result in results if result.failure is not None]
    if failed:
        with logs.AttemptLogContext(*(result.attempt.token for result in failed)):
            log.warning(
                "%s of %s calls failed at the provider: %s", len(failed), len(results), failed[0].failure
            )
    _write_statuses(engine, results, now)
    if logs.CALL_LOG.isEnabledFor(logging.INFO):
        _log_placed(trunk_id, results)
    update_campaign_failures(engine, *_sort_campaigns(results), now)
    return update_trunk_failures(engine, trunk_id, results, now)


def _log_placed(trunk_id: int, results: Sequence[PlacementResult]) -> None:
    for result in results:
        if result.report.update.status is AttemptStatus.QUEUED:
            attempt = result.attempt
            fields = {
                "attempt": attempt.token,
                "campaign": attempt.campaign_id,
                "trunk": trunk_id,
                "to": attempt.phone,
            }
            logs.CALL_LOG.info("placed", extra=fields)


def _write_statuses(engine: EngineContext, results: Sequence[PlacementResult], now: datetime) -> None:
    """One transaction. Most calls were accepted: one statement moves them all; the others are settled."""
    queued = AttemptStatus.QUEUED
    accepted, others = [], []
    for result in results:
        update = result.report.update
        if update.status is queued:
            accepted.append((update.token, update.provider_ref or "", update.at))
        else:
            others.append(result.report)
    with transaction.begin_write(engine.db, "record") as connection:
        settle_queries.record_accepted(connection, accepted, now + POLL_AFTER)
        apply_updates(connection, others, now=now, rng=engine.rng)


def _sort_campaigns(
    results: Sequence[PlacementResult],
) -> tuple[set[int], dict[int, ProviderFailure]]:
    """The campaigns of which the provider took or refused a call, and those whose calls failed, with the first failure
    of each."""
    succeeded: set[int] = set()
    failures_by_campaign: dict[int, ProviderFailure] = {}
    for result in results:
        campaign_id = result.attempt.campaign_id
        if campaign_id is None:
            continue
        if result.failure is not None:
            failures_by_campaign.setdefault(campaign_id, ProviderFailure(result.failure, result.retry_after))
        elif result.provider_asked:
            succeeded.add(campaign_id)
    return succeeded, failures_by_campaign
