"""Reconciliation of lost calls: find a call by its number at a provider that does not keep our token.

One call that nobody else claims is the one. With two it would be a guess: the attempt is left for an operator, with
both named as its cause, and is `unresolved` at its horizon unless evidence comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from campaign_app import transaction
from campaign_app.domain.attempt import CallUpdate
from campaign_app.providers.base import SearchesByNumber, SoughtCall
from campaign_app.queries import reconcile as reconcile_queries
from campaign_app.queries.open_calls import OpenCall

from .context import EngineContext, log

SEARCH_AFTER = timedelta(seconds=10)
"""After the permit. Until then a callback, which carries the token and is no guess, may still be on its way, and the
provider's list may lag behind."""


class CallSearch(NamedTuple):
    """The news of the one call that it can be; none when there is no such call, or more than one (`ambiguous`), or
    it is too early to ask."""

    updates: Sequence[CallUpdate] = ()
    ambiguous: bool = False


def find_unplaced_call(engine: EngineContext, provider: SearchesByNumber, call: OpenCall) -> CallSearch:
    """Look for a call by its number. Raises Unavailable."""
    with engine.db.connect() as reading:
        unplaced_call = reconcile_queries.load_unplaced_call(reading, call.id)
    if (
        unplaced_call is None
        or unplaced_call.dialing_at is None
        or engine.clock.now() < unplaced_call.dialing_at + SEARCH_AFTER
    ):
        return CallSearch()
    candidates = provider.find_candidates(
        SoughtCall(call.token, unplaced_call.phone, unplaced_call.caller_id, unplaced_call.dialing_at)
    )
    with engine.db.connect() as reading:
        attributed_refs = reconcile_queries.find_attributed_refs(
            reading, unplaced_call.phone, [candidate.ref for candidate in candidates]
        )
    free = [candidate for candidate in candidates if candidate.ref not in attributed_refs]
    if len(free) == 1:
        log.info("attempt %s is taken to be the provider's call %s", call.token, free[0].ref)
        return CallSearch(free[0].updates)
    if len(free) > 1:
        names = ", ".join(candidate.ref for candidate in free[:5])
        with transaction.begin_write(engine.db) as connection:
            reconcile_queries.set_doubt_cause(
                connection, call.id, f"{len(free)} calls at the provider could be this one: {names}"
            )
    return CallSearch(ambiguous=len(free) > 1)
