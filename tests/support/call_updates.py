"""Call updates of a provider, and the one of each call that settles it."""

from __future__ import annotations

from collections.abc import Iterable

from campaign_app.domain.attempt import CallUpdate, may_follow


def decisive_updates(updates: Iterable[CallUpdate]) -> dict[str, CallUpdate]:
    """The last step of each call by its token: of its updates the first that none of the others may follow."""
    by_token: dict[str, CallUpdate] = {}
    for update in updates:
        before = by_token.get(update.token)
        if before is None or may_follow(before.status, update.status):
            by_token[update.token] = update
    return by_token
