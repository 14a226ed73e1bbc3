"""Recovery of lost calls: ask the provider about each call of the quarantine, and write its attempt again.

A call is claimed and permitted anew in the rows, at the time that the journal has, and settled by what the provider
says, in one transaction: killed anywhere, the next run goes on where it stood. One that is still up goes on as any
other open attempt; one that the provider does not know is `unresolved` past its horizon, and not called again by
itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from campaign_app import transaction
from campaign_app.domain.attempt import OPEN, OUTCOMES, AttemptStatus, CallUpdate
from campaign_app.domain.settlement import POLL_AFTER, SourcedUpdate, wrap_updates
from campaign_app.models import dump_json
from campaign_app.providers.base import Provider, ProviderError
from campaign_app.queries import recovery as recovery_queries
from campaign_app.queries.recovery import DialedCall
from campaign_app.queries.settings_rows import write_settings_row
from campaign_app.services.calls.settle import apply_updates

from .ask_placed import ask_what_was_placed
from .context import BATCH, EngineContext, log

NOTHING_HEARD = "the database lost it, and the provider knows nothing of it"
NOT_ASKED = "the database lost it, and its provider was not asked"
NOT_CONNECTED = "the calls' trunk was paused by the engine and is not connected: resume it"


def recover_lost_calls(
    engine: EngineContext, providers: Mapping[int, Provider], *, housekeeping: bool
) -> int:
    """One batch a trunk of the lost calls, where an operator asked for it. Returns how many were written back.

    `providers` are the trunks of this engine's. One engine does it (`housekeeping`); but a trunk that only one process
    may hold is its owner's.
    """
    with engine.db.connect() as reading:
        quarantine = recovery_queries.read_quarantine(reading)
        if quarantine is None or "asked_at" not in quarantine:
            return 0
        trunks = recovery_queries.list_trunk_ids(reading)
    give_up = bool(quarantine.get("give_up"))
    restored_count = 0
    last_error: str | None = None
    if "restored" in quarantine:
        last_error = ask_what_was_placed(engine, providers, quarantine, trunks, housekeeping=housekeeping)
    with engine.db.connect() as reading:
        calls = recovery_queries.list_lost_calls(reading)
    for trunk_id in sorted({call.trunk_id for call in calls}):
        batch = _batch_of_different_numbers([call for call in calls if call.trunk_id == trunk_id])
        provider = providers.get(trunk_id)
        if give_up or trunk_id not in trunks:
            if housekeeping:
                restored_count += _restore_calls(
                    engine, batch, {call.token: () for call in batch}, 0.0, NOT_ASKED
                )
        elif engine.get_trunk_state(trunk_id).suspended:
            last_error = NOT_CONNECTED
        elif provider is not None and (housekeeping or provider.caps.exclusive):
            updates_by_token, failed = _ask_provider(engine, provider, batch)
            last_error = failed or last_error
            found_calls = [call for call in batch if call.token in updates_by_token]
            restored_count += _restore_calls(
                engine, found_calls, updates_by_token, provider.caps.horizon, NOTHING_HEARD
            )
    if housekeeping or last_error is not None:
        store_last_error(engine, last_error)
    return restored_count


def _batch_of_different_numbers(calls: Sequence[DialedCall]) -> list[DialedCall]:
    """A batch in which no number comes twice: of two calls to one number the first must be settled before."""
    first: dict[str, DialedCall] = {}
    for call in calls:
        first.setdefault(call.phone, call)
    return list(first.values())[:BATCH]


def _ask_provider(
    engine: EngineContext, provider: Provider, calls: Sequence[DialedCall]
) -> tuple[dict[str, Sequence[CallUpdate]], str | None]:
    """What the provider knows of each, and why some could not be asked for. Those are asked for again later."""
    failed = provider.ready()
    if failed is not None:
        # Not connected it might say of a call that it knows nothing.
        return {}, failed

    def look_up_call(call: DialedCall) -> tuple[str, Sequence[CallUpdate] | None, str | None]:
        try:
            return call.token, provider.lookup(call.token, None), None
        except ProviderError as error:
            log.warning("asking about the lost call %s: %s", call.token, error)
            return call.token, None, f"{error}"

    blocking = provider.caps.blocking and len(calls) > 1
    results = (
        list(engine.pool.map(look_up_call, calls)) if blocking else [look_up_call(call) for call in calls]
    )
    updates_by_token = {token: news for token, news, _ in results if news is not None}
    return updates_by_token, next((why for _, _, why in results if why is not None), None)


def _restore_calls(
    engine: EngineContext,
    calls: Sequence[DialedCall],
    updates_by_token: Mapping[str, Sequence[CallUpdate]],
    horizon: float,
    unknown_cause: str,
) -> int:
    """In one transaction, under the quarantine's lock: the attempts, what is told of them, and that it was done."""
    if not calls:
        return 0
    now: datetime = engine.clock.now()
    horizons = {call.token: call.at + timedelta(seconds=horizon) for call in calls}
    with transaction.begin_write(engine.db) as connection:
        if recovery_queries.lock_quarantine(connection) is None:
            return 0
        # Another engine may have done some of them since they were listed.
        still_lost = recovery_queries.find_lost_tokens(connection, horizons)
        calls = [call for call in calls if call.token in still_lost]
        # A number that is being called, for all the database knows, waits until that has ended.
        targets = [
            place for place in recovery_queries.lock_restore_targets(connection, calls) if not place.busy
        ]
        kept_by_token: dict[str, list[CallUpdate]] = {}
        for kept in recovery_queries.list_kept_updates(connection, [place.call.token for place in targets]):
            kept_by_token.setdefault(kept.token, []).append(kept)
        recovery_queries.restore_calls(
            connection,
            [place for place in targets if not place.permitted and place.trunk_id is not None],
            horizons,
            now + POLL_AFTER,
        )
        call_reports: list[SourcedUpdate] = []
        for place in targets:
            token = place.call.token
            kept_updates = kept_by_token.get(token, [])
            call_reports += [SourcedUpdate(update, "event", quiet=True) for update in kept_updates]
            call_reports += wrap_updates(updates_by_token[token], "poll")
            known = (*kept_updates, *updates_by_token[token])
            if horizons[token] <= now and not any(update.status in OUTCOMES for update in known):
                news = CallUpdate(token, AttemptStatus.UNRESOLVED, now, cause=unknown_cause)
                call_reports.append(SourcedUpdate(news, "engine", only_from=OPEN - {AttemptStatus.CLAIMED}))
        apply_updates(connection, call_reports, now=now, rng=engine.rng)
        recovery_queries.mark_restored(connection, [place.call for place in targets])
    return len(targets)


def store_last_error(engine: EngineContext, last_error: str | None) -> None:
    """Keep for the page why it does not go on."""
    with transaction.begin_write(engine.db) as connection:
        quarantine = recovery_queries.read_quarantine(connection, for_update=True)
        if quarantine is not None and quarantine.get("last_error") != last_error:
            write_settings_row(
                connection, recovery_queries.QUARANTINE, dump_json({**quarantine, "last_error": last_error})
            )
