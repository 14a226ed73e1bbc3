"""Journaling of permitted calls: each is written down beside the database before its provider is asked.

The file is call_journal.py's; rollback_guard.py compares it with the database.
"""

from __future__ import annotations

from campaign_app import transaction
from campaign_app.domain.attempt import AttemptStatus
from campaign_app.domain.settlement import make_release_updates
from campaign_app.queries.claim import ClaimedAttempt
from campaign_app.services.calls.settle import apply_updates
from campaign_app.services.health import JOURNAL_UNUSABLE

from .context import EngineContext, describe_error, log
from .failures import ProviderFailure, update_campaign_failures
from .place import UNAVAILABLE_AGAIN_AFTER


def journal_permitted(
    engine: EngineContext, trunk_id: int, permitted: list[ClaimedAttempt]
) -> list[ClaimedAttempt]:
    """Write the calls down beside the database before they are asked for; returns those that may be. Where that cannot
    be done, or the database proves to be an old one, they are released: nothing is dialed that might be forgotten."""
    if engine.rollback_guard is None or not permitted:
        return permitted
    now = engine.clock.now()
    try:
        if engine.rollback_guard.check_not_rolled_back(now):
            engine.rollback_guard.journal_calls(trunk_id, permitted, now)
            engine.journal_error = None
            return permitted
        reason = "the database went backwards, and dialing is in quarantine"
    except OSError as error:
        reason = f"{JOURNAL_UNUSABLE} cannot be written: {error.strerror or error}"
        engine.journal_error = reason
        log.error("nothing is dialed: %s", reason)
    except transaction.DATABASE_AWAY:
        raise
    except Exception as error:
        reason = f"the database cannot be compared with the journal of calls: {describe_error(error)}"
        log.exception("nothing is dialed: %s", reason)
    tokens = [attempt.token for attempt in permitted]
    with transaction.begin_write(engine.db) as connection:
        release_reports = make_release_updates(
            tokens, reason, now, only_from=AttemptStatus.DIALING, again_after=UNAVAILABLE_AGAIN_AFTER
        )
        apply_updates(connection, release_reports, now=now, rng=engine.rng)
    campaigns = {a.campaign_id for a in permitted if a.campaign_id is not None}
    update_campaign_failures(engine, set(), dict.fromkeys(campaigns, ProviderFailure(reason)), now)
    return []
