"""Writing back what the database lost: each call of the quarantine is asked for at its provider, and its attempt made
again, with its contact, as the provider tells it. Nothing here dials.

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
from campaign_app.models import dump_json
from campaign_app.providers.base import Provider, ProviderError
from campaign_app.queries import recovery as recovery_queries
from campaign_app.queries.recovery import DialledCall
from campaign_app.services.settle import POLL_AFTER, Report, reports, settle

from .state import BATCH, EngineState, log

NOTHING_HEARD = "the database lost it, and the provider knows nothing of it"
NOT_ASKED = "the database lost it, and its provider was not asked"
NOT_CONNECTED = "the calls' trunk was paused by the engine and is not connected: resume it"


def recover(engine: EngineState, providers: Mapping[int, Provider], *, housekeeping: bool) -> int:
    """One batch a trunk of the lost calls, where an operator asked for it. Returns how many were written back.

    `providers` are the trunks of this engine's. One engine does it (`housekeeping`); but a trunk that only one process
    may hold is its owner's.
    """
    with engine.db.connect() as reading:
        held = recovery_queries.quarantine(reading)
        if held is None or "asked_at" not in held:
            return 0
        calls = recovery_queries.lost(reading)
        trunks = recovery_queries.trunk_ids(reading)
    give_up = bool(held.get("give_up"))
    done = 0
    trouble: str | None = None
    for trunk_id in sorted({call.trunk_id for call in calls}):
        batch = _of_different_numbers([call for call in calls if call.trunk_id == trunk_id])
        provider = providers.get(trunk_id)
        if give_up or trunk_id not in trunks:
            if housekeeping:
                done += _write_back(engine, batch, {call.token: () for call in batch}, 0.0, NOT_ASKED)
        elif trunk_id in engine.resting:
            trouble = NOT_CONNECTED
        elif provider is not None and (housekeeping or provider.caps.exclusive):
            answers, failed = _ask(engine, provider, batch)
            trouble = failed or trouble
            known = [call for call in batch if call.token in answers]
            done += _write_back(engine, known, answers, provider.caps.horizon, NOTHING_HEARD)
    if housekeeping or trouble is not None:
        _tell(engine, trouble)
    return done


def _of_different_numbers(calls: Sequence[DialledCall]) -> list[DialledCall]:
    """A batch in which no number comes twice: of two calls to one number the first must be settled before."""
    first: dict[str, DialledCall] = {}
    for call in calls:
        first.setdefault(call.phone, call)
    return list(first.values())[:BATCH]


def _ask(
    engine: EngineState, provider: Provider, calls: Sequence[DialledCall]
) -> tuple[dict[str, Sequence[CallUpdate]], str | None]:
    """What the provider knows of each, and why some could not be asked for. Those are asked for again later."""
    failed = provider.ready()
    if failed is not None:
        # Not connected it might say of a call that it knows nothing.
        return {}, failed

    def look(call: DialledCall) -> tuple[str, Sequence[CallUpdate] | None, str | None]:
        try:
            return call.token, provider.lookup(call.token, None), None
        except ProviderError as error:
            log.warning("asking about the lost call %s: %s", call.token, error)
            return call.token, None, f"{error}"

    blocking = provider.caps.blocking and len(calls) > 1
    told = list(engine.pool.map(look, calls)) if blocking else [look(call) for call in calls]
    answers = {token: news for token, news, _ in told if news is not None}
    return answers, next((why for _, _, why in told if why is not None), None)


def _write_back(
    engine: EngineState,
    calls: Sequence[DialledCall],
    answers: Mapping[str, Sequence[CallUpdate]],
    horizon: float,
    nothing: str,
) -> int:
    """In one transaction: the attempts, what is told of them, and that it was done."""
    if not calls:
        return 0
    now: datetime = engine.clock.now()
    until = {call.token: call.at + timedelta(seconds=horizon) for call in calls}
    with transaction.write(engine.db) as connection:
        # A number that is being called, for all the database knows, waits until that has ended.
        places = [place for place in recovery_queries.places(connection, calls) if not place.busy]
        recovery_queries.write_back(
            connection,
            [place for place in places if not place.permitted and place.trunk_id is not None],
            until,
            now + POLL_AFTER,
        )
        told: list[Report] = []
        for place in places:
            token = place.call.token
            told += reports(answers[token], "poll")
            if until[token] <= now and not any(news.status in OUTCOMES for news in answers[token]):
                news = CallUpdate(token, AttemptStatus.UNRESOLVED, now, cause=nothing)
                told.append(Report(news, "engine", only_from=OPEN - {AttemptStatus.CLAIMED}))
        settle(connection, told, now=now, rng=engine.rng)
        recovery_queries.mark_found(connection, [place.call for place in places])
    return len(places)


def _tell(engine: EngineState, trouble: str | None) -> None:
    """Keep for the page why it does not go on."""
    with transaction.write(engine.db) as connection:
        held = recovery_queries.quarantine(connection, for_update=True)
        if held is not None and held.get("trouble") != trouble:
            recovery_queries.set_fact(
                connection, recovery_queries.QUARANTINE, dump_json({**held, "trouble": trouble})
            )
