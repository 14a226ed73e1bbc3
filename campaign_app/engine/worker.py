"""Worker: a process that places what engines claimed, by the engine's own functions. No Celery here.

It claims nothing and keeps no house. It hears the news of the calls that it placed, and shows that it lives.
"""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress

from sqlalchemy.orm import Session

from campaign_app import transaction
from campaign_app.models import Trunk
from campaign_app.providers.base import Provider
from campaign_app.queries import engines as engine_queries
from campaign_app.queries import permit as permit_queries
from campaign_app.queries.permit import WorkerTask

from .context import EngineContext, log
from .reap import queue_provider_events, settle_provider_events
from .rollback_guard import describe_rollback
from .send import give_back_claims, send_attempts

GATHER = 0.02
"""Seconds that news waits for more of it."""


class CallWorker:
    """Its `place` is called from as many threads as there are tasks at once; `start` begins its own one."""

    def __init__(self, context: EngineContext) -> None:
        self.context = context
        self._started_at = context.clock.now()
        self._lock = threading.Lock()
        self._updates_arrived = threading.Event()
        self._thread = threading.Thread(target=self._run, name="worker-pulse", daemon=True)
        self._last_error: str | None = None
        self._heartbeat_due_at: float | None = None
        context.wake = self._updates_arrived.set

    def place_attempt(self, attempt_id: int) -> bool:
        """Send one claimed attempt, if it still is to be sent. Whether the provider took it.

        Given the same attempt twice, at once or later, the second finds it gone: here, or at the permit.
        """
        engine = self.context
        with engine.db.connect() as reading:
            task = permit_queries.load_worker_task(reading, attempt_id, engine.clock.now())
        if task is None:
            log.info("attempt %s is not waiting any more", attempt_id)
            return False
        provider = self._get_provider(task)
        if provider.caps.exclusive or task.circuit_opened_since:
            reason = (
                "its trunk waits"
                if task.circuit_opened_since
                else "an engine holds its trunk's only connection"
            )
            give_back_claims(engine, [task.attempt.token], reason)
            return False
        if task.trunk_fails:
            engine.get_trunk_state(task.trunk_id).failing = True
        if task.campaign_fails and task.attempt.campaign_id is not None:
            engine.failing_campaign_ids.add(task.attempt.campaign_id)
        return send_attempts(engine, provider, task.trunk_id, [task.attempt]) > 0

    def start(self) -> None:
        # Before the first task: what it permits must not be what it is compared with.
        with suppress(*transaction.DATABASE_AWAY):
            wrong = describe_rollback(self.context)
            if wrong is not None:
                log.warning("%s", wrong)
        self._thread.start()

    def run_pulse(self) -> int:
        """Settle what the providers told, and beat where it is time. Returns how many attempts changed."""
        engine = self.context
        started = engine.clock.monotonic()
        with self._lock:
            providers = engine.providers.list_providers()
        settled = sum(settle_provider_events(engine, provider, trunk_id) for trunk_id, provider in providers)
        if self._heartbeat_due_at is None or started >= self._heartbeat_due_at:
            self._record_heartbeat(started)
            self._heartbeat_due_at = started + engine.tick_seconds
        return settled

    def _record_heartbeat(self, started: float) -> None:
        engine = self.context
        with transaction.begin_write(engine.db) as connection:
            engine_queries.record_heartbeat(
                connection,
                name=engine.name,
                host=socket.gethostname(),
                pid=os.getpid(),
                started_at=self._started_at,
                now=engine.clock.now(),
                tick_ms=int((engine.clock.monotonic() - started) * 1000),
                lag_ms=0,
                last_error=None,
                timings=engine.timings.to_json(),
                role="worker",
            )

    def stop(self) -> None:
        """Say good-bye, once nothing is being placed any more."""
        engine = self.context
        engine.stopping.set()
        self._updates_arrived.set()
        if self._thread.is_alive():
            self._thread.join()
        try:
            self.run_pulse()
            with transaction.begin_write(engine.db) as connection:
                engine_queries.mark_stopped(connection, engine.name, engine.clock.now())
        finally:
            engine.close()

    def _queue_events(self) -> None:
        with self._lock:
            providers = self.context.providers.list_providers()
        for trunk_id, provider in providers:
            queue_provider_events(self.context, provider, trunk_id)

    def _get_provider(self, task: WorkerTask) -> Provider:
        with self._lock, Session(self.context.db) as session:
            return self.context.providers.get_provider(session.get_one(Trunk, task.trunk_id))

    def _run(self) -> None:
        engine = self.context
        while not engine.stopping.is_set():
            try:
                self.run_pulse()
                self._last_error = None
            except Exception as error:
                # The database is away: one line when it goes, and the next pulse tries again.
                if self._last_error is None:
                    log.warning("the worker's pulse failed, and goes on: %s", error)
                self._last_error = f"{error}"
                self._queue_events()
            if self._updates_arrived.wait(engine.tick_seconds):
                # A hundred calls that end together are one pulse.
                engine.stopping.wait(GATHER)
            self._updates_arrived.clear()
