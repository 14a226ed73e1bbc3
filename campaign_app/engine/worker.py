"""A process that places what engines claimed: permit, place, record, by the engine's own functions. No Celery here.

It claims nothing and keeps no house. It hears the news of the calls that it placed, and shows that it lives.
"""

from __future__ import annotations

import os
import socket
import threading

from sqlalchemy.orm import Session

from campaign_app import transaction
from campaign_app.models import Trunk
from campaign_app.providers.base import Provider
from campaign_app.queries import engines as engine_rows
from campaign_app.queries import permit as permit_queries
from campaign_app.queries.permit import Task

from .place import give_back, send
from .reap import hold_events, take_events
from .state import EngineState, log

GATHER = 0.02
"""Seconds that news waits for more of it."""


class Worker:
    """Its `place` is called from as many threads as there are tasks at once; `start` begins its own one."""

    def __init__(self, state: EngineState) -> None:
        self.state = state
        self._started_at = state.clock.now()
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._thread = threading.Thread(target=self._run, name="worker-pulse", daemon=True)
        self._trouble: str | None = None
        self._beat_at: float | None = None
        state.wake = self._news.set

    def place(self, attempt_id: int) -> bool:
        """Send one claimed attempt, if it still is to be sent. Whether the provider took it.

        Given the same attempt twice, at once or later, the second finds it gone: here, or at the permit.
        """
        engine = self.state
        with engine.db.connect() as reading:
            task = permit_queries.task(reading, attempt_id, engine.clock.now())
        if task is None:
            log.info("attempt %s is not waiting any more", attempt_id)
            return False
        provider = self._provider(task)
        if provider.caps.exclusive or task.shut_since:
            why = "its trunk waits" if task.shut_since else "an engine holds its trunk's only connection"
            give_back(engine, [task.attempt.token], why)
            return False
        if task.trunk_fails:
            engine.failing_trunks.add(task.trunk_id)
        if task.campaign_fails and task.attempt.campaign_id is not None:
            engine.failing.add(task.attempt.campaign_id)
        return send(engine, provider, task.trunk_id, [task.attempt]) > 0

    def start(self) -> None:
        self._thread.start()

    def pulse(self) -> int:
        """Settle what the providers told, and beat where it is time. Returns how many attempts changed."""
        engine = self.state
        started = engine.clock.monotonic()
        with self._lock:
            providers = list(engine.providers.items())
        settled = sum(take_events(engine, provider, trunk_id) for trunk_id, provider in providers)
        if self._beat_at is None or started >= self._beat_at:
            self._beat(started)
            self._beat_at = started + engine.tick_seconds
        return settled

    def _beat(self, started: float) -> None:
        engine = self.state
        with transaction.write(engine.db) as connection:
            engine_rows.beat(
                connection,
                name=engine.name,
                host=socket.gethostname(),
                pid=os.getpid(),
                started_at=self._started_at,
                now=engine.clock.now(),
                tick_ms=int((engine.clock.monotonic() - started) * 1000),
                lag_ms=0,
                trouble=None,
                timings=engine.timings.to_json(),
                role="worker",
            )

    def stop(self) -> None:
        """Say good-bye, once nothing is being placed any more."""
        engine = self.state
        engine.stopping.set()
        self._news.set()
        if self._thread.is_alive():
            self._thread.join()
        try:
            self.pulse()
            with transaction.write(engine.db) as connection:
                engine_rows.stopped(connection, engine.name, engine.clock.now())
        finally:
            engine.close()

    def _hold(self) -> None:
        with self._lock:
            providers = list(self.state.providers.items())
        for trunk_id, provider in providers:
            hold_events(self.state, provider, trunk_id)

    def _provider(self, task: Task) -> Provider:
        with self._lock, Session(self.state.db) as session:
            return self.state.provider(session.get_one(Trunk, task.trunk_id))

    def _run(self) -> None:
        engine = self.state
        while not engine.stopping.is_set():
            try:
                self.pulse()
                self._trouble = None
            except Exception as error:
                # The database is away: one line when it goes, and the next pulse tries again.
                if self._trouble is None:
                    log.warning("the worker's pulse failed, and goes on: %s", error)
                self._trouble = f"{error}"
                self._hold()
            if self._news.wait(engine.tick_seconds):
                # A hundred calls that end together are one pulse.
                engine.stopping.wait(GATHER)
            self._news.clear()
