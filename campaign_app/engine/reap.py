"""Reap: take attempts that stand still further, by evidence only. Nothing here ever dials."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import islice

from campaign_app import logs, transaction
from campaign_app.domain.attempt import OUTCOMES, AttemptStatus, CallUpdate
from campaign_app.domain.backoff import PATIENCE
from campaign_app.domain.settlement import POLL_AFTER, SourcedUpdate, make_release_updates, wrap_updates
from campaign_app.providers.base import Provider, ProviderError, SearchesByNumber
from campaign_app.queries import durable_counters
from campaign_app.queries import finish as finish_queries
from campaign_app.queries import open_calls as open_calls_queries
from campaign_app.queries.open_calls import OpenCall
from campaign_app.services.calls.settle import apply_updates

from . import failures
from .context import BATCH, CLAIM_STALE_AFTER, EngineContext, log
from .reconcile import find_unplaced_call

UNREACHABLE_GRACE = timedelta(hours=6)
"""From the permit on: how long a call keeps its line beyond its horizon while its provider cannot be asked about it. A
question without an answer is no evidence; but a provider may have gone for good."""
UNPLAYED = (
    "somebody answered, and the carrier could not play the message: compare ASTERISK_SOUNDS and ASTERISK_SOUNDS_AS,"
    " and make a test call before you resume. People who heard nothing are called again, as the retries allow"
)
GONE = "the carrier does not have this call"
GONE_ANSWERED = "it is over; its end was not heard"
ABSENT_FOR = timedelta(seconds=10)
"""What two look-ups so far apart do not find, the provider does not have: it has ended, or never was. (Between a frozen
provider's waking up and its reading of a request that had waited meanwhile, one look-up finds nothing.)"""
MOST_UNSETTLED = 20_000
"""Events of one trunk held in memory while the database is away; older ones are dropped, and counted."""


def queue_provider_events(engine: EngineContext, provider: Provider, trunk_id: int) -> Sequence[CallUpdate]:
    """Take what the provider told into the trunk's queue, which is bounded: also while the database is away, or the
    adapter's own would grow without end. Returns what is new."""
    pending = engine.get_trunk_state(trunk_id).unsettled_updates
    new_updates = list(provider.events())
    pending.extend(new_updates)
    if len(pending) > MOST_UNSETTLED:
        dropped = len(pending) - MOST_UNSETTLED
        for _ in range(dropped):
            pending.popleft()
        engine.dropped_events += dropped
        log.error("%s events were dropped: the database has been away for too long", dropped)
    return new_updates


def settle_provider_events(engine: EngineContext, provider: Provider, trunk_id: int) -> int:
    """Settle what the provider told since the last tick, and what could not be settled then: it tells it once, and an
    opt-out among it must not be lost because the database was away for a moment."""
    changed = 0
    new_updates = queue_provider_events(engine, provider, trunk_id)
    pending = engine.get_trunk_state(trunk_id).unsettled_updates
    while pending:
        batch = list(islice(pending, BATCH))
        try:
            changed += _settle_batch(engine, batch)
        except transaction.DATABASE_AWAY:
            raise
        except Exception:
            log.exception("a batch of events could not be settled; each is tried by itself")
            changed += _settle_one_by_one(engine, batch)
        for _ in batch:
            pending.popleft()
    _count_dropped_events(engine)
    _pause_silent_campaigns(engine, new_updates)
    down = next((item for item in new_updates if item.trunk_down), None)
    if down is not None:
        engine.get_trunk_state(trunk_id).failing = True
        now = engine.clock.now()
        with transaction.begin_write(engine.db) as connection:
            # One such call says it for all: the circuit opens at once.
            failures.record_trunk_failure(
                connection, trunk_id, down.cause or "trunk down", now, failures=PATIENCE
            )
    return changed


def _pause_silent_campaigns(engine: EngineContext, new_updates: Sequence[CallUpdate]) -> None:
    """Somebody answered and heard nothing: at the first, the campaign is paused, and says what to do. (A back-off alone
    let 49 of 120 people be called into silence, some more after each.)"""
    tokens = sorted({item.token for item in new_updates if item.unplayed})
    if not tokens:
        return
    with transaction.begin_write(engine.db) as connection:
        paused_ids = finish_queries.pause_campaigns_of_calls(connection, tokens, UNPLAYED, engine.clock.now())
    for campaign_id in paused_ids:
        log.error("campaign %s is paused: %s", campaign_id, UNPLAYED)


def _settle_one_by_one(engine: EngineContext, batch: Sequence[CallUpdate]) -> int:
    """One event that no code can settle must not hold back the others. It is logged, counted, and asked for again by
    the next poll of its call."""
    changed = 0
    for update in batch:
        try:
            changed += _settle_batch(engine, [update])
        except transaction.DATABASE_AWAY:
            raise
        except Exception:
            log.exception("an event of attempt %s could not be settled: %s", update.token, update.raw)
            engine.dropped_events += 1
    return changed


def _count_dropped_events(engine: EngineContext) -> None:
    """Nothing is lost silently."""
    if engine.dropped_events:
        with transaction.begin_write(engine.db) as connection:
            durable_counters.add_to_counters(connection, {"events_dropped": engine.dropped_events})
        engine.dropped_events = 0


def _settle_batch(engine: EngineContext, updates: Sequence[CallUpdate]) -> int:
    """One batch of events, in one transaction, with how long it took and how late they were."""
    now = engine.clock.now()
    with (
        logs.AttemptLogContext(*(item.token for item in updates)),
        engine.timings.measure("settle", engine.clock),
        transaction.begin_write(engine.db, "settle") as connection,
    ):
        changed = apply_updates(connection, wrap_updates(updates, "event"), now=now, rng=engine.rng)
    settled = engine.clock.now()
    engine.timings.observe_all("settle_lag", [(settled - item.at).total_seconds() for item in updates])
    return changed


def poll_calls(engine: EngineContext, provider: Provider, trunk_id: int) -> int:
    """Ask the provider about calls that were silent for too long: no event may have been lost for good. One that it
    does not have, by two look-ups some seconds apart, has ended; where look-ups prove nothing, one whose horizon has
    come, and of which it knows nothing, is given up."""
    now = engine.clock.now()
    with engine.db.connect() as reading:
        calls = open_calls_queries.list_due_polls(reading, trunk_id, now, BATCH)
    if not calls:
        return 0

    ambiguous: set[str] = set()

    def look_up_call(call: OpenCall) -> Sequence[CallUpdate]:
        updates = provider.lookup(call.token, call.provider_ref)
        if not updates and call.provider_ref is None and isinstance(provider, SearchesByNumber):
            search = find_unplaced_call(engine, provider, call)
            if search.ambiguous:
                ambiguous.add(call.token)
            return search.updates
        return updates

    results = _ask_about_calls(engine, provider, look_up_call, calls)
    call_reports = [SourcedUpdate(item, "poll") for answer in results for item in answer or ()]
    for report in call_reports:
        if report.update.queued_for is not None:
            engine.timings.observe("provider_queue", report.update.queued_for)
    up_ids = [
        call.id
        for call, answer in zip(calls, results, strict=True)
        if answer and not any(item.status in OUTCOMES for item in answer)
    ]
    failed_ids = [call.id for call, answer in zip(calls, results, strict=True) if answer is None]
    not_found = [
        call
        for call, answer in zip(calls, results, strict=True)
        if answer is not None and not answer and call.token not in ambiguous
    ]
    absent, unsure = _sort_absent_calls(engine, provider, trunk_id, calls, not_found, now)
    with transaction.begin_write(engine.db, "poll") as connection:
        # First the new poll times: settle overwrites them where it moves an attempt.
        open_calls_queries.set_next_poll(connection, [call.id for call in calls], now + POLL_AFTER)
        open_calls_queries.set_next_poll(connection, [call.id for call in unsure], now + ABSENT_FOR)
        open_calls_queries.extend_horizons(connection, up_ids, now + 2 * POLL_AFTER)
        open_calls_queries.postpone_horizons(
            connection, failed_ids, now + 2 * POLL_AFTER, permitted_after=now - UNREACHABLE_GRACE
        )
        # Here and nowhere else, by the same `now`: a call whose horizon came after the question was not asked about.
        call_reports += _end_absent_calls(absent, now)
        ended = {call.id for call in absent}
        silent = [
            call for call, answer in zip(calls, results, strict=True) if not answer and call.id not in ended
        ]
        call_reports += _give_up_calls(open_calls_queries.list_past_horizon(connection, silent, now), now)
        # All at once: the counters of many campaigns are locked in their order, or two such transactions deadlock.
        return apply_updates(connection, call_reports, now=now, rng=engine.rng)


def _sort_absent_calls(
    engine: EngineContext,
    provider: Provider,
    trunk_id: int,
    asked: Sequence[OpenCall],
    not_found: Sequence[OpenCall],
    now: datetime,
) -> tuple[list[OpenCall], list[OpenCall]]:
    """Of the calls that were just looked up in vain: those that the provider certainly does not have, and those that
    have to be looked up once more. A request that was on its way gets the seconds first that it needs."""
    absence_after = provider.caps.absence_after
    if absence_after is None:
        return [], []
    seen = engine.get_trunk_state(trunk_id).absent_since
    # Found, or not to be asked about: what was seen before counts no more. So do those that ended otherwise.
    for token in {call.token for call in asked} - {call.token for call in not_found}:
        seen.pop(token, None)
    for token in [token for token, first in seen.items() if first < now - 60 * ABSENT_FOR]:
        del seen[token]
    absent: list[OpenCall] = []
    unsure: list[OpenCall] = []
    for call in not_found:
        has_arrived = call.dialing_at is not None and now >= call.dialing_at + timedelta(
            seconds=absence_after
        )
        if has_arrived and now >= seen.setdefault(call.token, now) + ABSENT_FOR:
            absent.append(call)
            del seen[call.token]
        else:
            unsure.append(call)
    return absent, unsure


def _end_absent_calls(absent_calls: Sequence[OpenCall], now: datetime) -> list[SourcedUpdate]:
    """A call that its provider does not have any more is over: an answered one has completed; what became of any other
    nobody knows."""
    reports = []
    for call in absent_calls:
        answered = call.status is AttemptStatus.IN_PROGRESS
        reports.append(
            SourcedUpdate(
                CallUpdate(
                    call.token,
                    AttemptStatus.COMPLETED if answered else AttemptStatus.UNRESOLVED,
                    now,
                    cause="; ".join(filter(None, (call.cause, GONE_ANSWERED if answered else GONE))),
                ),
                "engine",
                only_from=frozenset({call.status}),
            )
        )
    return reports


def _give_up_calls(silent_calls: Sequence[OpenCall], now: datetime) -> list[SourcedUpdate]:
    """What passed its horizon, and of which the provider knows nothing, becomes `unresolved`, to be seen by an
    operator; with what was known before: why it is in doubt, and which calls it may be."""
    return [
        SourcedUpdate(
            CallUpdate(
                call.token,
                AttemptStatus.UNRESOLVED,
                now,
                cause="; ".join(filter(None, (call.cause, "nothing was heard until its horizon"))),
            ),
            "engine",
            only_from=frozenset({call.status}),
        )
        for call in silent_calls
    ]


def hang_up_calls(engine: EngineContext, provider: Provider, trunk_id: int) -> int:
    """Tell the provider to end the calls that an operator wants ended; asked again at each tick until they have."""
    with engine.db.connect() as reading:
        calls = open_calls_queries.list_calls_to_hang_up(reading, trunk_id, BATCH)

    def hang_up_call(call: OpenCall) -> Sequence[CallUpdate]:
        provider.hangup(call.token, call.provider_ref)
        return ()

    if calls:
        _ask_about_calls(engine, provider, hang_up_call, calls)
    return len(calls)


def reap_stale_claims(engine: EngineContext, trunk_id: int) -> int:
    """Stale claims go back: they certainly were not sent."""
    now = engine.clock.now()
    with transaction.begin_write(engine.db, "reap") as connection:
        before = now - timedelta(seconds=CLAIM_STALE_AFTER)
        stale_claims = open_calls_queries.list_stale_claims(connection, trunk_id, before, BATCH)
        release_reports = make_release_updates(
            [call.token for call in stale_claims], "claimed, and never sent", now
        )
        return apply_updates(connection, release_reports, now=now, rng=engine.rng)


def _ask_about_calls(
    engine: EngineContext,
    provider: Provider,
    ask_provider: Callable[[OpenCall], Sequence[CallUpdate]],
    calls: Sequence[OpenCall],
) -> list[Sequence[CallUpdate] | None]:
    """Ask about each call, in the senders' threads where that means waiting. None where that failed, which is
    logged."""

    def ask_safely(call: OpenCall) -> Sequence[CallUpdate] | None:
        with logs.AttemptLogContext(call.token):
            try:
                return ask_provider(call)
            except ProviderError as error:
                log.warning("asking about attempt %s: %s", call.token, error)
                return None

    if provider.caps.blocking and len(calls) > 1:
        return list(engine.pool.map(ask_safely, calls))
    return [ask_safely(call) for call in calls]
