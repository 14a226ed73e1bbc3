"""Engine loop: one tick is the whole engine from top to bottom.

    resume   campaigns whose pause was to end by now (the engine that finishes does it)
    settle   what the providers told since the last tick
    reap     what stands still: polls with horizons, hang-ups, stale claims (one engine of many does it)
    dial     claim, permit, journal, place, record, trunk by trunk (dial.py, send.py)
    recover  calls that the database lost, while dialing is in quarantine
    finish   campaigns that have nothing left to do (the same one engine)
    beat     the heartbeat, for pages, workers and other engines

Any number of engines may run at once on PostgreSQL: what they must not do together is decided by row locks and
compare-and-sets. The lease only spares them doing the housekeeping twice.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from campaign_app import transaction
from campaign_app.domain.errors import StateConflict
from campaign_app.domain.settlement import make_release_updates
from campaign_app.providers.base import Provider
from campaign_app.queries import counts, open_calls
from campaign_app.queries import engines as engine_queries
from campaign_app.queries import failures as failure_queries
from campaign_app.queries import folders as folder_queries
from campaign_app.queries import recovery as recovery_queries
from campaign_app.queries import trunks as trunk_queries
from campaign_app.services.calls.settle import apply_updates

from .context import LEASE_SECONDS, EngineContext, describe_error, log
from .dial import DialResult, dial_trunk
from .exclusive_trunks import take_trunk_lease, update_suspension
from .finish import end_pauses, finish_campaigns
from .reap import hang_up_calls, poll_calls, queue_provider_events, reap_stale_claims, settle_provider_events
from .recover import recover_lost_calls, store_last_error
from .rollback_guard import describe_rollback
from .trunk_checks import TrunkChecks, find_closed_by_check

HOUSEKEEPING = "housekeeping"
WORKER_SILENT = timedelta(seconds=10)
"""A worker that was silent for so long takes nothing."""


@dataclass(frozen=True, slots=True)
class TickResult:
    """What a tick did."""

    settled: int = 0
    placed: int = 0
    finished: int = 0
    housekeeping: bool = False


class _TickStart(NamedTuple):
    housekeeping: bool
    """This engine is the one of many that reaps and finishes."""
    quarantined: bool
    """The database went back in time: nothing is dialed."""


class EngineLoop:
    """An engine that is ticked by somebody: the scheduler, or a test."""

    def __init__(self, context: EngineContext) -> None:
        self.context = context
        self.started_at = context.clock.now()
        self._last_error: str | None = None
        self._last_started: float | None = None
        self._not_ready: dict[int, str | None] = {}
        """{trunk: why it cannot dial}, as the database has it."""
        self._trunk_checks = TrunkChecks(context, self.started_at)
        self._closed_by_check: dict[int, str | None] = {}
        """{trunk: why nothing may be dialed on it, by its last check}."""
        self._recover_error: str | None = None

    def tick(self) -> TickResult:
        """One round of everything. Reads the clock once for what is shown; the permit reads its own."""
        engine = self.context
        now = engine.clock.now()
        started = engine.clock.monotonic()
        lag = 0.0 if self._last_started is None else started - self._last_started - engine.tick_seconds
        self._last_started = started
        self._last_error = describe_rollback(engine)
        tick = self._begin_tick(now)
        if tick.housekeeping:
            end_pauses(engine, now)
        trunks = self._prepare_trunks(now, housekeeping=tick.housekeeping)
        settled = placed = finished = 0
        for trunk_id, provider in trunks:
            settled += settle_provider_events(engine, provider, trunk_id)
            if tick.housekeeping:
                settled += self._reap_trunk(trunk_id, provider, quarantined=tick.quarantined)
            closed = self._closed_by_check.get(trunk_id)
            dialed = (
                dial_trunk(engine, trunk_id, provider)
                if closed is None
                else DialResult(0, closed, not_ready=closed)
            )
            placed += dialed.placed
            if dialed.was_asked:
                self._note_readiness(trunk_id, dialed.not_ready)
            self._last_error = dialed.last_error or self._last_error
        if tick.quarantined:
            self._recover_lost_calls(dict(trunks), housekeeping=tick.housekeeping)
        elif tick.housekeeping:
            finished = finish_campaigns(engine, engine.clock.now())
        self._record_heartbeat(now, started, lag)
        return TickResult(settled, placed, finished, tick.housekeeping)

    def _recover_lost_calls(self, providers: dict[int, Provider], *, housekeeping: bool) -> None:
        """A failure in it stops nothing else; the page and `recover run` say what it was."""
        engine = self.context
        try:
            recover_lost_calls(engine, providers, housekeeping=housekeeping)
        except transaction.DATABASE_AWAY:
            raise
        except Exception as error:
            text = f"writing the lost calls back failed: {describe_error(error)}"
            if text != self._recover_error:
                log.exception("lost calls cannot be written back, and dialing stays in quarantine")
            self._recover_error = self._last_error = text
            store_last_error(engine, text)
        else:
            self._recover_error = None

    def _begin_tick(self, now: datetime) -> _TickStart:
        """What holds for the whole tick: whether this engine keeps the house, and whether dialing is in quarantine."""
        engine = self.context
        with transaction.begin_write(engine.db) as connection:
            housekeeping = engine_queries.take_lease(connection, HOUSEKEEPING, engine.name, LEASE_SECONDS)
            engine.failing_campaign_ids |= failure_queries.list_failing_campaign_ids(connection)
            quarantined = recovery_queries.read_quarantine(connection) is not None
            if not quarantined and engine.rollback_guard is not None and engine.rollback_guard.knows_database:
                folder_queries.admit_joining_folders(connection)
            workers = (
                engine_queries.count_live_workers(connection, now - WORKER_SILENT) if engine.dispatch else 0
            )
        if engine.dispatch is not None:
            engine.dispatch.check_broker(workers)
        return _TickStart(housekeeping, quarantined)

    def _prepare_trunks(self, now: datetime, *, housekeeping: bool) -> list[tuple[int, Provider]]:
        """The trunks that this engine works on now, with their adapters; one that cannot be set up is left out."""
        engine = self.context
        with Session(engine.db) as session:
            trunks = counts.list_trunks(session)
        trunk_ids = {trunk.id for trunk in trunks}
        self._not_ready = {trunk.id: trunk.not_ready for trunk in trunks}
        self._closed_by_check = {trunk.id: find_closed_by_check(engine, trunk) for trunk in trunks}
        if housekeeping:
            self._trunk_checks.begin_due(trunks, now)
        for trunk_id, _ in engine.providers.list_providers():
            if trunk_id not in trunk_ids:
                engine.providers.drop_provider(trunk_id)
        ready: list[tuple[int, Provider]] = []
        for trunk in trunks:
            if trunk.failures:
                engine.get_trunk_state(trunk.id).failing = True
            try:
                provider = engine.providers.get_provider(trunk)
                if provider.caps.exclusive:
                    if not self._take_trunk_lease(trunk.id):
                        engine.providers.drop_provider(trunk.id)
                        continue
                    provider = update_suspension(engine, trunk, provider)
                ready.append((trunk.id, provider))
            except StateConflict as error:
                # A setting or a key is missing, which is no fault of the program.
                log.warning("trunk %s cannot be used: %s", trunk.name, error)
                self._last_error = f"trunk {trunk.name}: {error}"
                self._note_readiness(trunk.id, str(error))
            except Exception as error:
                # One trunk that cannot be set up must not stop the others.
                log.exception("trunk %s cannot be used", trunk.name)
                self._last_error = f"trunk {trunk.name}: {error}"
                self._note_readiness(trunk.id, str(error))
        return ready

    def _note_readiness(self, trunk_id: int, reason: str | None) -> None:
        """Where it changed: why nothing can be dialed on the trunk, for its pages and those of its campaigns."""
        reason = None if reason is None else reason[:500]
        if reason != self._not_ready.get(trunk_id):
            with transaction.begin_write(self.context.db) as connection:
                trunk_queries.set_not_ready(connection, trunk_id, reason)

    def _take_trunk_lease(self, trunk_id: int) -> bool:
        """Whether this engine is the one that holds the trunk's only connection."""
        with transaction.begin_write(self.context.db) as connection:
            return take_trunk_lease(self.context, connection, trunk_id)

    def _reap_trunk(self, trunk_id: int, provider: Provider, *, quarantined: bool) -> int:
        """Ask about silent calls, hang up those that an operator ended, take stale claims back. How many changed."""
        engine = self.context
        settled = poll_calls(engine, provider, trunk_id)
        hang_up_calls(engine, provider, trunk_id)
        if not quarantined:
            # In quarantine a claim may be one whose permit and call the database has forgotten.
            settled += reap_stale_claims(engine, trunk_id)
        return settled

    def _record_heartbeat(self, now: datetime, started: float, lag: float) -> None:
        engine = self.context
        took = engine.clock.monotonic() - started
        engine.timings.observe("tick", took)
        with transaction.begin_write(engine.db) as connection:
            engine_queries.record_heartbeat(
                connection,
                name=engine.name,
                host=socket.gethostname(),
                pid=os.getpid(),
                started_at=self.started_at,
                now=engine.clock.now(),
                tick_ms=int(took * 1000),
                lag_ms=max(0, int(lag * 1000)),
                last_error=self._last_error,
                timings=engine.timings.to_json(),
            )
            engine_queries.delete_old_heartbeats(connection, now - timedelta(days=1))

    def queue_events(self) -> None:
        """The database is away: what the providers tell meanwhile waits here, in bounded queues."""
        for trunk_id, provider in self.context.providers.list_providers():
            queue_provider_events(self.context, provider, trunk_id)

    def stop(self) -> None:
        """End in good order: no new claims, what was sent is recorded, own claims go back, the lease is dropped."""
        engine = self.context
        engine.stopping.set()
        now = engine.clock.now()
        try:
            with transaction.begin_write(engine.db) as connection:
                tokens = open_calls.list_own_claims(connection, engine.name)
                apply_updates(
                    connection,
                    make_release_updates(tokens, "the engine was stopped", now),
                    now=now,
                    rng=engine.rng,
                )
                engine_queries.drop_leases(connection, engine.name)
                engine_queries.mark_stopped(connection, engine.name, now)
        finally:
            engine.close()
