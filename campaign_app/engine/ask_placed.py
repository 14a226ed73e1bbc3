"""Asking what was placed: after a restore without a journal the providers alone know which calls the database lost.

Each trunk's answer is kept in the quarantine. A call that it tells of and the database does not know becomes a lost
call like those of a journal; where a provider cannot tell, the people of its campaigns are held back at the release.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from campaign_app import transaction
from campaign_app.domain.attempt import CallUpdate
from campaign_app.models import dump_json
from campaign_app.providers.base import ListedCall, ListsPlacedCalls, PlacedListing, Provider, ProviderError
from campaign_app.queries import placed_calls as placed_queries
from campaign_app.queries import recovery as recovery_queries
from campaign_app.queries import settle as settle_queries
from campaign_app.queries.recovery import DialedCall
from campaign_app.queries.settings_rows import write_settings_row

from .context import EngineContext, log

MARGIN = timedelta(minutes=2)
"""Before the database's last sign of life: clocks differ, and a call may have been permitted and not been told of."""
PIECE = 500
EVER = datetime(2000, 1, 1, tzinfo=UTC)
NOT_ASKED = "it was not asked"
CANNOT_TELL = "this provider cannot tell"
NO_NUMBERS = "it tells that calls were made, but not to whom"


def ask_what_was_placed(
    engine: EngineContext,
    providers: Mapping[int, Provider],
    quarantine: Mapping[str, Any],
    trunk_ids: set[int],
    *,
    housekeeping: bool,
) -> str | None:
    """Ask each trunk that has not answered yet; why one could not be asked."""
    restored = quarantine["restored"]
    since = _listing_start(restored)
    last_error: str | None = None
    for trunk_id in sorted(trunk_ids):
        if f"{trunk_id}" in restored["answers"]:
            continue
        provider = providers.get(trunk_id)
        if quarantine.get("give_up"):
            if housekeeping:
                _keep_answer(engine, trunk_id, PlacedListing((), NOT_ASKED))
        elif provider is None:
            last_error = last_error or f"trunk {trunk_id} cannot be used here, and was not asked"
        elif housekeeping or provider.caps.exclusive:
            listing, failed = _list_placed(provider, since)
            last_error = failed or last_error
            if listing is not None:
                _keep_answer(engine, trunk_id, listing)
    return last_error


def _listing_start(restored: Mapping[str, Any]) -> datetime:
    if restored["alive_at"] is None:
        # Not a call in it: whatever was placed came later.
        return EVER
    return datetime.fromisoformat(restored["alive_at"]) - MARGIN


def _find_gap(listing: PlacedListing, restored: Mapping[str, Any], numberless: int) -> str | None:
    """What the provider cannot tell, in words."""
    back_to = listing.reaches_back_to
    alive_at = restored["alive_at"]
    if listing.gap is None and back_to and alive_at and back_to > datetime.fromisoformat(alive_at):
        return f"its memory begins at {back_to:%Y-%m-%d %H:%M:%S} UTC"
    return listing.gap or (NO_NUMBERS if numberless else None)


def _list_placed(provider: Provider, since: datetime) -> tuple[PlacedListing | None, str | None]:
    if not isinstance(provider, ListsPlacedCalls):
        return PlacedListing((), CANNOT_TELL), None
    failed = provider.ready()
    if failed is not None:
        return None, failed
    try:
        return provider.list_placed(since), None
    except ProviderError as error:
        log.warning("asking which calls were placed: %s", error)
        return None, f"{error}"


def _keep_answer(engine: EngineContext, trunk_id: int, listing: PlacedListing) -> None:
    """Note the calls that the database does not know, and that this trunk has answered, in one transaction."""
    now = engine.clock.now()
    with transaction.begin_write(engine.db) as connection:
        quarantine = recovery_queries.lock_quarantine(connection)
        if quarantine is None or "restored" not in quarantine:
            return
        unknown = others = numberless = 0
        calls = list(listing.calls)
        for start in range(0, len(calls), PIECE):
            piece = calls[start : start + PIECE]
            found = _find_unknown(connection, piece)
            numberless += sum(1 for call in found if call.to is None)
            found = [call for call in found if call.to is not None]
            owners = placed_queries.find_owners(connection, [f"{call.to}" for call in found], trunk_id)
            lost: list[DialedCall] = []
            for call in found:
                owner = owners.get(f"{call.to}")
                if owner is None and call.token is None:
                    # Of somebody else on the same account, for all that can be known.
                    others += 1
                    continue
                token = call.token or _make_token(call)
                contact_id, campaign_id, made = owner or (None, None, 0)
                at = min(call.at, now)
                lost.append(DialedCall(token, f"{call.to}", trunk_id, campaign_id, contact_id, made + 1, at))
                _keep_updates(connection, token, call, now)
            recovery_queries.save_lost_calls(connection, lost, quarantine["host"])
            unknown += len(lost)
        quarantine["restored"]["answers"][f"{trunk_id}"] = {
            "told": len(calls),
            "unknown": unknown,
            "others": others,
            "gap": _find_gap(listing, quarantine["restored"], numberless),
        }
        write_settings_row(connection, recovery_queries.QUARANTINE, dump_json(quarantine))


def _find_unknown(connection: Connection, calls: Sequence[ListedCall]) -> list[ListedCall]:
    tokens = recovery_queries.find_missing_tokens(
        connection, [call.token for call in calls if call.token is not None]
    )
    refs = placed_queries.find_unknown_refs(
        connection,
        [(call.to, call.ref, call.at) for call in calls if call.token is None and call.to and call.ref],
    )
    return [call for call in calls if (call.token in tokens if call.token else call.ref in refs)]


def _make_token(call: ListedCall) -> str:
    """A token for a call of which the provider keeps none: the same each time that it is listed."""
    milliseconds = f"{int(call.at.timestamp() * 1000) & 0xFFFFFFFFFFFF:012x}"
    return milliseconds + hashlib.sha256(f"{call.ref}".encode()).hexdigest()[:20]


def _keep_updates(connection: Connection, token: str, call: ListedCall, now: datetime) -> None:
    """What was listed of the call is kept like any news of a call that is not known yet."""
    updates: Sequence[CallUpdate] = call.updates
    settle_queries.append_raw_events(
        connection, [(token, update.at, "poll", update.status.value, update.raw) for update in updates], now
    )
