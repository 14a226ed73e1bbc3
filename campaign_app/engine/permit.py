"""Permit (T2): the last check of claimed attempts before the wire, committed before the provider is asked.

A crash before that commit leaves an attempt that was certainly not sent (`claimed`), a crash after it one that is never
sent again (`dialing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from campaign_app import transaction
from campaign_app.domain.gate import DialGate
from campaign_app.domain.settlement import POLL_DOUBT_AFTER, SourcedUpdate, make_release_updates
from campaign_app.providers.base import Provider
from campaign_app.queries import permit as permit_queries
from campaign_app.queries.claim import ClaimedAttempt
from campaign_app.services.calls.settle import apply_updates

from .claim import campaign_closed_gate
from .context import SEND_WITHIN, EngineContext, log

REFUSAL_REASONS = {
    DialGate.NOT_RUNNING: "the campaign no longer runs",
    DialGate.STARTS_LATER: "the campaign starts later",
    DialGate.ENDED: "the campaign's end has passed",
    DialGate.OUTSIDE_HOURS: "outside calling hours",
    DialGate.BACKOFF: "the campaign backs off after failures",
}


def permit_attempts(
    engine: EngineContext, provider: Provider, attempts: Sequence[ClaimedAttempt]
) -> list[ClaimedAttempt]:
    """The last check (T2): every gate again, on the campaigns as they are now, then `claimed` → `dialing`, durably.

    What may not be sent is released in the same transaction; a listed number suppresses its contact there.
    """
    now = engine.clock.now()
    ids = sorted({a.campaign_id for a in attempts if a.campaign_id is not None})
    with transaction.begin_write(engine.db, "permit") as connection:
        refusals: dict[int, str] = {}
        seen_ids = set()
        for campaign in permit_queries.lock_campaigns_for_permit(connection, ids) if ids else []:
            seen_ids.add(campaign.id)
            try:
                reason = campaign_closed_gate(campaign, now)
            except Exception as error:
                # Broken since its claim. The next claim notes it on the campaign; the others go on.
                log.exception("campaign %s could not be permitted", campaign.id)
                refusals[campaign.id] = f"its campaign cannot be read: {error}"
                continue
            if reason is not None:
                refusals[campaign.id] = REFUSAL_REASONS[reason.gate]
        permissible = [
            a
            for a in attempts
            if a.campaign_id is None or (a.campaign_id in seen_ids and a.campaign_id not in refusals)
        ]
        horizon = now + timedelta(seconds=provider.caps.horizon)
        permitted_ids = permit_queries.permit_claims(
            connection,
            [a.id for a in permissible],
            now=now,
            horizon=horizon,
            poll=now + POLL_DOUBT_AFTER + timedelta(seconds=SEND_WITHIN),
        )
        release_reports: list[SourcedUpdate] = []
        for attempt in attempts:
            if attempt.id not in permitted_ids:
                release_reason = refusals.get(
                    attempt.campaign_id or 0, "do-not-call, taken back, or its trunk paused"
                )
                release_reports += make_release_updates([attempt.token], release_reason, now)
        apply_updates(connection, release_reports, now=now, rng=engine.rng)
    return [a for a in attempts if a.id in permitted_ids]
