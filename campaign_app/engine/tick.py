"""One tick: the whole engine from top to bottom.

    settle   what the providers told since the last tick
    reap     what stands still: polls with horizons, hang-ups, stale claims (one engine of many does it)
    dial     claim, permit, place, record, trunk by trunk, until lines, pace or contacts run out
    finish   campaigns that have nothing left to do (the same one engine)
    beat     a sign of life

Any number of engines may run at once on PostgreSQL: what they must not do together is decided by row locks and
compare-and-sets. The lease only spares them doing the housekeeping twice.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app import transaction
from campaign_app.models import Trunk
from campaign_app.providers.base import Provider
from campaign_app.queries import engines as engine_rows
from campaign_app.queries import open_calls
from campaign_app.queries import recovery as recovery_rows
from campaign_app.queries.claim import Claimed
from campaign_app.services.settle import released, settle

from . import trouble
from .claim import claim
from .dispatch import Dispatch
from .finish import finish
from .place import give_back, piece_size, send
from .reap import hang_up, hold_events, poll, reap, take_events
from .recover import recover
from .resting import look, own
from .state import BATCH, LEASE_SECONDS, EngineState, log

HOUSEKEEPING = "housekeeping"
MOST_ROUNDS = 50
DIAL_SECONDS = 4.0
"""Claims, and seconds of dialling, per trunk and tick: a tick that never ended would never finish, reap or beat."""
WORKER_SILENT = timedelta(seconds=10)
"""A worker that was silent for so long takes nothing."""


@dataclass(frozen=True, slots=True)
class Tick:
    """What a tick did."""

    settled: int = 0
    placed: int = 0
    finished: int = 0
    housekeeping: bool = False


class Engine:
    """An engine that is ticked by somebody: the scheduler, or a test."""

    def __init__(self, state: EngineState) -> None:
        self.state = state
        self.started_at = state.clock.now()
        self._trouble: str | None = None
        self._last_started: float | None = None

    def tick(self) -> Tick:
        """One round of everything. Reads the clock once for what is shown; the permit reads its own."""
        engine = self.state
        now = engine.clock.now()
        started = engine.clock.monotonic()
        self._trouble = engine.vouch()
        lag = 0.0 if self._last_started is None else started - self._last_started - engine.tick_seconds
        self._last_started = started
        with transaction.write(engine.db) as connection:
            housekeeping = engine_rows.take_lease(connection, HOUSEKEEPING, engine.name, LEASE_SECONDS)
            engine.failing |= trouble.failing(connection)
            quarantined = recovery_rows.quarantine(connection) is not None
            workers = engine_rows.workers(connection, now - WORKER_SILENT) if engine.dispatch else 0
        if engine.dispatch is not None:
            engine.dispatch.look(workers)
        settled = placed = 0
        trunks = self._trunks()
        for trunk_id, provider in trunks:
            settled += take_events(engine, provider, trunk_id)
            if housekeeping:
                settled += poll(engine, provider, trunk_id)
                hang_up(engine, provider, trunk_id)
                if not quarantined:
                    # In quarantine a claim may be one whose permit and call the database has forgotten.
                    settled += reap(engine, trunk_id)
            placed += self._dial(trunk_id, provider)
        if quarantined:
            recover(engine, dict(trunks), housekeeping=housekeeping)
        finished = finish(engine, engine.clock.now()) if housekeeping and not quarantined else 0
        self._beat(now, started, lag)
        return Tick(settled, placed, finished, housekeeping)

    def _trunks(self) -> list[tuple[int, Provider]]:
        engine = self.state
        with Session(engine.db) as session:
            trunks = list(session.scalars(select(Trunk).order_by(Trunk.id)))
        engine.failing_trunks |= {trunk.id for trunk in trunks if trunk.failures}
        for gone in engine.providers.keys() - {trunk.id for trunk in trunks}:
            engine.drop(gone)
        ready: list[tuple[int, Provider]] = []
        for trunk in trunks:
            try:
                provider = engine.provider(trunk)
                if provider.caps.exclusive:
                    if not self._own(trunk.id):
                        engine.drop(trunk.id)
                        continue
                    provider = look(engine, trunk, provider)
                ready.append((trunk.id, provider))
            except Exception as error:
                # One trunk that cannot be set up must not stop the others.
                log.exception("trunk %s cannot be used", trunk.name)
                self._trouble = f"trunk {trunk.name}: {error}"
        return ready

    def _own(self, trunk_id: int) -> bool:
        """Whether this engine is the one that holds the trunk's only connection."""
        with transaction.write(self.state.db) as connection:
            return own(self.state, connection, trunk_id)

    def _dial(self, trunk_id: int, provider: Provider) -> int:
        """Claim and send until nothing more may begin."""
        engine = self.state
        if trunk_id in engine.resting:
            return 0
        not_ready = provider.ready()
        if not_ready is not None:
            self._trouble = not_ready
            return 0
        # Who holds a trunk's only connection dials it, also where others are placed by workers.
        dispatch = None if provider.caps.exclusive else engine.dispatch
        if dispatch is not None and dispatch.trouble is not None:
            self._trouble = dispatch.trouble
            return 0
        placed = 0
        until = engine.clock.monotonic() + DIAL_SECONDS
        for _ in range(MOST_ROUNDS):
            if engine.stopping.is_set():
                break
            if engine.clock.monotonic() >= until:
                engine.wake()
                break
            now = engine.clock.now()
            # No more than can be sent soon: a claim that waits holds its line for nothing.
            most = piece_size(engine, provider, trunk_id) if dispatch is None else min(BATCH, dispatch.room)
            if not most:
                break
            with engine.timings.measure("claim", engine.clock):
                claims = claim(engine, trunk_id, now, most)
            if claims.failures:
                with transaction.write(engine.db) as connection:
                    for campaign_id, text in claims.failures:
                        trouble.note(connection, campaign_id, text, now)
            if not claims.attempts:
                break
            if dispatch is None:
                placed += send(engine, provider, trunk_id, claims.attempts)
            elif not self._hand_over(dispatch, claims.attempts):
                break
            # What ended meanwhile frees its line for the next round.
            take_events(engine, provider, trunk_id)
            if len(claims.attempts) < most and not provider.caps.blocking:
                break
        return placed

    def _hand_over(self, dispatch: Dispatch, attempts: Sequence[Claimed]) -> bool:
        """Give claims to the workers; what the broker does not take goes back. Whether it took all."""
        taken = dispatch.hand_over([attempt.id for attempt in attempts])
        back = [attempt.token for attempt in attempts if attempt.id not in taken]
        if back:
            self._trouble = dispatch.trouble
            give_back(self.state, back, dispatch.trouble or "it could not be handed over")
        return not back

    def _beat(self, now: datetime, started: float, lag: float) -> None:
        engine = self.state
        took = engine.clock.monotonic() - started
        engine.timings.observe("tick", took)
        with transaction.write(engine.db) as connection:
            engine_rows.beat(
                connection,
                name=engine.name,
                host=socket.gethostname(),
                pid=os.getpid(),
                started_at=self.started_at,
                now=engine.clock.now(),
                tick_ms=int(took * 1000),
                lag_ms=max(0, int(lag * 1000)),
                trouble=self._trouble,
                timings=engine.timings.to_json(),
            )
            engine_rows.forget_old(connection, now - timedelta(days=1))

    def hold(self) -> None:
        """The database is away: what the providers tell meanwhile waits here, in bounded queues."""
        for trunk_id, provider in list(self.state.providers.items()):
            hold_events(self.state, provider, trunk_id)

    def stop(self) -> None:
        """End in good order: no new claims, what was sent is recorded, own claims go back, the lease is dropped."""
        engine = self.state
        engine.stopping.set()
        now = engine.clock.now()
        try:
            with transaction.write(engine.db) as connection:
                tokens = open_calls.own_claims(connection, engine.name)
                settle(connection, released(tokens, "the engine was stopped", now), now=now, rng=engine.rng)
                engine_rows.drop_leases(connection, engine.name)
                engine_rows.stopped(connection, engine.name, now)
        finally:
            engine.close()
