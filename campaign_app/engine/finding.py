"""Finding a call of which only the number is known, at a provider that keeps no token of ours.

One call that nobody else claims is the one. With two it would be a guess: the attempt is left for an operator, with
both named as its cause, and is `unresolved` at its horizon unless evidence comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from campaign_app import transaction
from campaign_app.domain.attempt import CallUpdate
from campaign_app.providers.base import SearchesByNumber, SoughtCall
from campaign_app.queries import search as reconcile_queries
from campaign_app.queries.open_calls import OpenCall

from .state import EngineState, log

NOT_BEFORE = timedelta(seconds=10)
"""After the permit. Until then a callback, which carries the token and is no guess, may still be on its way, and the
provider's list may lag behind."""


def find(engine: EngineState, provider: SearchesByNumber, call: OpenCall) -> Sequence[CallUpdate]:
    """The news of the one call that it can be; nothing when there is none, or more than one. Raises Unavailable."""
    with engine.db.connect() as reading:
        lost = reconcile_queries.lost(reading, call.id)
    if lost is None or lost.dialing_at is None or engine.clock.now() < lost.dialing_at + NOT_BEFORE:
        return ()
    candidates = provider.find_candidates(SoughtCall(call.token, lost.phone, lost.caller_id, lost.dialing_at))
    with engine.db.connect() as reading:
        taken = reconcile_queries.attributed(reading, lost.phone, [candidate.ref for candidate in candidates])
    free = [candidate for candidate in candidates if candidate.ref not in taken]
    if len(free) == 1:
        log.info("attempt %s is taken to be the provider's call %s", call.token, free[0].ref)
        return free[0].updates
    if len(free) > 1:
        names = ", ".join(candidate.ref for candidate in free[:5])
        with transaction.write(engine.db) as connection:
            reconcile_queries.quarantine(
                connection, call.id, f"{len(free)} calls at the provider could be this one: {names}"
            )
    return ()
