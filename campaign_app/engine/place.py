"""Permit (T2), place, record (T3): from a claimed attempt to what the provider said about it.

The permit is committed before the provider is asked; the provider is asked once, with no transaction open; what it
said, or that nothing was heard, is recorded after. A crash anywhere leaves an attempt that was certainly not sent
(`claimed`) or one that is never sent again (`dialing`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from campaign_app import crash_points, logs, transaction
from campaign_app.domain.attempt import AttemptStatus, CallUpdate
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.gate import DialGate
from campaign_app.providers.base import (
    DialRequest,
    InDoubt,
    PlacedCall,
    Provider,
    CallRejected,
    ProviderThrottled,
    TrunkDown,
    ProviderUnavailable,
)
from campaign_app.queries import permit as permit_queries
from campaign_app.queries import settle as attempt_rows
from campaign_app.queries import trunks as trunk_rows
from campaign_app.queries.claim import Claimed
from campaign_app.services.settle import POLL_AFTER, POLL_DOUBT_AFTER, Report, released, settle

from . import trouble
from .claim import closed
from .prepare import with_sound
from .state import BATCH, SEND_WITHIN, EngineState, log

SPOKEN = 20
"""Attempts per claim where each may have to be rendered first: a claim must not wait until it is stale."""
UNAVAILABLE_AGAIN_AFTER = 5.0
"""Seconds until a contact is due again whose call could not be placed for want of a connection."""
OURS_AGAIN_AFTER = 60.0
"""The same after a rejection that is our own fault: somebody has to see it first."""
REFUSED = {
    DialGate.NOT_RUNNING: "the campaign no longer runs",
    DialGate.STARTS_LATER: "the campaign starts later",
    DialGate.ENDED: "the campaign's end has passed",
    DialGate.OUTSIDE_HOURS: "outside calling hours",
    DialGate.BACKOFF: "the campaign backs off after failures",
}


class Sent(NamedTuple):
    """What came of asking the provider for one attempt."""

    attempt: Claimed
    report: Report
    failure: str | None = None
    retry_after: float | None = None
    trunk_down: bool = False
    """Nothing can be placed on this trunk until somebody acts."""
    asked: bool = True
    """Whether the provider was: what was not sent is no sign of its health."""


def send(engine: EngineState, provider: Provider, trunk_id: int, claimed: Sequence[Claimed]) -> int:
    """Permit, place and record claimed attempts, in pieces that can be sent within the deadline. Returns how many
    the provider took."""
    placed = 0
    rest = list(claimed)
    while rest:
        if engine.stopping.is_set():
            give_back(engine, [a.token for a in rest], "the engine was stopped")
            break
        size = piece_size(engine, provider, trunk_id)
        piece, rest = rest[:size], rest[size:]
        if provider.caps.needs_audio:
            piece = with_sound(engine, piece)
        # Set before the permit, on the monotonic clock: random SIGSTOPs found that a freeze between its commit and a
        # deadline set after it did not count. A jump of the time of day does not.
        until = engine.clock.monotonic() + SEND_WITHIN
        with engine.timings.measure("permit", engine.clock):
            permitted = remembered(engine, trunk_id, permit(engine, provider, piece))
        sent = _place_all(engine, provider, trunk_id, permitted, until)
        with engine.timings.measure("record", engine.clock):
            goes_on = record(engine, trunk_id, sent)
        placed += sum(1 for one in sent if one.report.news.status is AttemptStatus.QUEUED)
        if rest and not goes_on:
            give_back(engine, [a.token for a in rest], "the provider fails, and its trunk waits")
            break
    return placed


def piece_size(engine: EngineState, provider: Provider, trunk_id: int) -> int:
    """How many attempts one permit covers: what the senders manage in less than half the deadline."""
    if not provider.caps.blocking:
        return SPOKEN if provider.caps.needs_audio else BATCH
    senders = engine.senders
    seconds = max(engine.latency.get(trunk_id, 0.1), 0.001)
    most = SPOKEN if provider.caps.needs_audio else BATCH
    return max(1, min(most, int(senders * SEND_WITHIN * 0.4 / seconds)))


def permit(engine: EngineState, provider: Provider, attempts: Sequence[Claimed]) -> list[Claimed]:
    """The last check (T2): every gate again, on the campaigns as they are now, then `claimed` → `dialing`, durably.

    What may not be sent is released in the same transaction; a listed number suppresses its contact there.
    """
    now = engine.clock.now()
    ids = sorted({a.campaign_id for a in attempts if a.campaign_id is not None})
    with transaction.write(engine.db, "permit") as connection:
        refused: dict[int, str] = {}
        seen = set()
        for campaign in permit_queries.gates(connection, ids) if ids else []:
            seen.add(campaign.id)
            try:
                reason = closed(campaign, now)
            except Exception as error:
                # Broken since its claim. The next claim notes it on the campaign; the others go on.
                log.exception("campaign %s could not be permitted", campaign.id)
                refused[campaign.id] = f"its campaign cannot be read: {error}"
                continue
            if reason is not None:
                refused[campaign.id] = REFUSED[reason.gate]
        wanted = [
            a
            for a in attempts
            if a.campaign_id is None or (a.campaign_id in seen and a.campaign_id not in refused)
        ]
        horizon = now + timedelta(seconds=provider.caps.horizon)
        allowed = permit_queries.permit(
            connection,
            [a.id for a in wanted],
            now=now,
            horizon=horizon,
            poll=now + POLL_DOUBT_AFTER + timedelta(seconds=SEND_WITHIN),
        )
        back: list[Report] = []
        for attempt in attempts:
            if attempt.id not in allowed:
                why = refused.get(attempt.campaign_id or 0, "do-not-call, taken back, or its trunk paused")
                back += released([attempt.token], why, now)
        settle(connection, back, now=now, rng=engine.rng)
    return [a for a in attempts if a.id in allowed]


def remembered(engine: EngineState, trunk_id: int, permitted: list[Claimed]) -> list[Claimed]:
    """Write the calls down beside the database before they are asked for. Where that cannot be done, or the database
    proves to be an old one, they are given back: nothing is dialled that might be forgotten."""
    if engine.memory is None or not permitted:
        return permitted
    now = engine.clock.now()
    try:
        if engine.memory.vouch(now):
            engine.memory.remember(trunk_id, permitted, now)
            return permitted
        why = "the database went backwards, and dialling is in quarantine"
    except OSError as error:
        why = f"the journal of calls cannot be written: {error.strerror or error}"
        log.error("nothing is dialled: %s", why)
    tokens = [attempt.token for attempt in permitted]
    with transaction.write(engine.db) as connection:
        back = released(
            tokens, why, now, only_from=AttemptStatus.DIALING, again_after=UNAVAILABLE_AGAIN_AFTER
        )
        settle(connection, back, now=now, rng=engine.rng)
    campaigns = {a.campaign_id for a in permitted if a.campaign_id is not None}
    _campaigns_go_on(engine, set(), dict.fromkeys(campaigns, (why, None)), now)
    return []


def _place_all(
    engine: EngineState, provider: Provider, trunk_id: int, attempts: Sequence[Claimed], until: float
) -> list[Sent]:
    def one(attempt: Claimed) -> Sent:
        with logs.about(attempt.token):
            return place(engine, provider, trunk_id, attempt, until)

    if not provider.caps.blocking or len(attempts) < 2:
        return [one(attempt) for attempt in attempts]
    return list(engine.pool.map(one, attempts))


def place(engine: EngineState, provider: Provider, trunk_id: int, attempt: Claimed, until: float) -> Sent:
    """Ask once. Every way in which that can end is a report; this function never raises."""
    started = engine.clock.monotonic()
    if started >= until:
        back = released(
            [attempt.token],
            "not sent within 5 s of its permit",
            engine.clock.now(),
            only_from=AttemptStatus.DIALING,
        )
        return Sent(attempt, back[0], asked=False)
    try:
        script = attempt.spoken()
    except (InvalidInput, ValueError) as error:
        # The start checks that every contact has its values: this one's were changed since, or its row by hand.
        cause = f"the message cannot be spoken: {error}"
        news = CallUpdate(attempt.token, AttemptStatus.FAILED, engine.clock.now(), cause=cause, permanent=True)
        return Sent(attempt, Report(news, "engine"), asked=False)
    dial = DialRequest(attempt.token, attempt.phone, attempt.caller_id, script)
    failure: str | None = None
    retry_after: float | None = None
    trunk_down = False
    try:
        crash_points.point("place.before-request")
        placed: PlacedCall = provider.place(dial)
        crash_points.point("place.after-request")
        news = CallUpdate(attempt.token, AttemptStatus.QUEUED, engine.clock.now(), provider_ref=placed.ref)
        report = Report(news, "engine", quiet=True)
    except CallRejected as error:
        if error.our_fault:
            # The next call would fare no better: no contact pays for it, and the campaign waits and says why.
            failure, retry_after = error.cause, OURS_AGAIN_AFTER
            report = released(
                [attempt.token],
                failure,
                engine.clock.now(),
                only_from=AttemptStatus.DIALING,
                again_after=OURS_AGAIN_AFTER,
            )[0]
        else:
            news = CallUpdate(
                attempt.token,
                AttemptStatus.FAILED,
                engine.clock.now(),
                cause=error.cause,
                permanent=error.permanent,
                sip_code=error.sip_code,
                q850=error.q850,
            )
            report = Report(news, "engine")
    except (ProviderThrottled, ProviderUnavailable) as error:
        failure = f"{error or type(error).__name__}"
        trunk_down = isinstance(error, TrunkDown)
        again = UNAVAILABLE_AGAIN_AFTER
        if isinstance(error, ProviderThrottled):
            again = retry_after = error.retry_after
        report = released(
            [attempt.token], failure, engine.clock.now(), only_from=AttemptStatus.DIALING, again_after=again
        )[0]
    except InDoubt as error:
        failure = f"no answer to the request: {error}"
        report = Report(
            CallUpdate(attempt.token, AttemptStatus.IN_DOUBT, engine.clock.now(), cause=str(error)), "engine"
        )
    except Exception as error:
        # A bug in an adapter: the request may have left, so the attempt is in doubt and is not sent again.
        log.exception("placing attempt %s failed in an unforeseen way", attempt.token)
        failure = f"{type(error).__name__}: {error}"
        report = Report(
            CallUpdate(attempt.token, AttemptStatus.IN_DOUBT, engine.clock.now(), cause=failure), "engine"
        )
    seconds = engine.clock.monotonic() - started
    engine.timings.observe("place", seconds)
    engine.latency[trunk_id] = 0.8 * engine.latency.get(trunk_id, seconds) + 0.2 * seconds
    return Sent(attempt, report, failure, retry_after, trunk_down)


def record(engine: EngineState, trunk_id: int, sent: Sequence[Sent]) -> bool:
    """Record (T3) what the provider said, and let campaigns whose calls fail back off, and a trunk of which nobody
    got a call. False when nothing more should be sent on the trunk now."""
    if not sent:
        return True
    now = engine.clock.now()
    failures = [one for one in sent if one.failure is not None]
    if failures:
        with logs.about(*(one.attempt.token for one in failures)):
            log.warning(
                "%s of %s calls failed at the provider: %s", len(failures), len(sent), failures[0].failure
            )
    succeeded = {
        one.attempt.campaign_id
        for one in sent
        if one.asked and one.failure is None and one.attempt.campaign_id is not None
    }
    with transaction.write(engine.db, "record") as connection:
        accepted = [one.report.news for one in sent if one.report.news.status is AttemptStatus.QUEUED]
        attempt_rows.accept(
            connection, [(n.token, n.provider_ref or "", n.at) for n in accepted], now + POLL_AFTER
        )
        others = [one.report for one in sent if one.report.news.status is not AttemptStatus.QUEUED]
        settle(connection, others, now=now, rng=engine.rng)
    failed: dict[int, tuple[str, float | None]] = {}
    for one in failures:
        if one.attempt.campaign_id is not None:
            failed.setdefault(one.attempt.campaign_id, (one.failure or "", one.retry_after))
    _campaigns_go_on(engine, succeeded, failed, now)
    return _trunk_goes_on(engine, trunk_id, sent, now)


def _campaigns_go_on(
    engine: EngineState, succeeded: set[int], failed: Mapping[int, tuple[str, float | None]], now: datetime
) -> None:
    """Let campaigns whose calls fail (why, and the seconds that the provider asks for) back off, and others no more. A
    transaction of its own: a claim, or a transfer that asks for its line, locks the campaign before the counters that
    `record` has changed; the other way round was a deadlock."""
    again = succeeded & engine.failing
    if not again and not failed:
        return
    with transaction.write(engine.db) as connection:
        for campaign_id in sorted(again | failed.keys()):
            if campaign_id in again:
                trouble.clear(connection, campaign_id)
            if campaign_id in failed:
                trouble.note_failure(connection, campaign_id, *failed[campaign_id], now)
    engine.failing -= succeeded
    engine.failing |= failed.keys()


def _trunk_goes_on(engine: EngineState, trunk_id: int, sent: Sequence[Sent], now: datetime) -> bool:
    """A transaction of its own: a claim locks the trunk before what `record` has locked, the other way round is a
    deadlock. It is needed only when something changes."""
    down = next((one for one in sent if one.trunk_down), None)
    failed = next((one for one in sent if one.failure is not None), None)
    # An answer of any kind is a sign of life: also a refusal, or being told to slow down.
    alive = any(one.asked and (one.retry_after is not None or one.failure is None) for one in sent)
    if down is not None:
        with transaction.write(engine.db) as connection:
            trunk_rows.pause(connection, trunk_id, down.failure or "", now)
        return False
    if alive and trunk_id in engine.failing_trunks:
        with transaction.write(engine.db) as connection:
            trunk_rows.works(connection, trunk_id)
        engine.failing_trunks.discard(trunk_id)
    if alive or failed is None:
        return True
    engine.failing_trunks.add(trunk_id)
    with transaction.write(engine.db) as connection:
        return not trouble.trunk_failed(connection, trunk_id, failed.failure or "", now)


def give_back(engine: EngineState, tokens: Sequence[str], why: str) -> None:
    """Claims that will not be sent, and certainly were not: only what still is `claimed` goes back."""
    now: datetime = engine.clock.now()
    with transaction.write(engine.db) as connection:
        settle(connection, released(tokens, why, now), now=now, rng=engine.rng)
