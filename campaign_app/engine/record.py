"""Record (T3): what the provider said of a batch becomes status, and its failures are counted."""

from __future__ import annotations

from collections.abc import Sequence

from campaign_app import logs, transaction
from campaign_app.domain.attempt import AttemptStatus
from campaign_app.domain.settlement import POLL_AFTER
from campaign_app.queries import settle as settle_queries
from campaign_app.services.calls.settle import apply_updates

from .context import EngineContext, log
from .failures import update_campaign_failures, update_trunk_failures
from .place import PlacementResult


def record_results(engine: EngineContext, trunk_id: int, results: Sequence[PlacementResult]) -> bool:
    """Record (T3) what the provider said, and let campaigns whose calls fail back off, and a trunk of which nobody
    got a call. False when nothing more should be sent on the trunk now."""
    if not results:
        return True
    now = engine.clock.now()
    failed_results = [one for one in results if one.failure is not None]
    if failed_results:
        with logs.AttemptLogContext(*(one.attempt.token for one in failed_results)):
            log.warning(
                "%s of %s calls failed at the provider: %s",
                len(failed_results),
                len(results),
                failed_results[0].failure,
            )
    succeeded = {
        one.attempt.campaign_id
        for one in results
        if one.provider_asked and one.failure is None and one.attempt.campaign_id is not None
    }
    with transaction.begin_write(engine.db, "record") as connection:
        accepted = [one.report.update for one in results if one.report.update.status is AttemptStatus.QUEUED]
        settle_queries.record_accepted(
            connection, [(n.token, n.provider_ref or "", n.at) for n in accepted], now + POLL_AFTER
        )
        other_reports = [
            one.report for one in results if one.report.update.status is not AttemptStatus.QUEUED
        ]
        apply_updates(connection, other_reports, now=now, rng=engine.rng)
    errors_by_campaign: dict[int, tuple[str, float | None]] = {}
    for one in failed_results:
        if one.attempt.campaign_id is not None:
            errors_by_campaign.setdefault(one.attempt.campaign_id, (one.failure or "", one.retry_after))
    update_campaign_failures(engine, succeeded, errors_by_campaign, now)
    return update_trunk_failures(engine, trunk_id, results, now)
