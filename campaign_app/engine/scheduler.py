"""Scheduler: APScheduler drives the engine. The only file that imports it.

A tick runs every TICK_SECONDS, and at once when somebody calls `wake`: a campaign started, or calls ended.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from campaign_app.transaction import DATABASE_AWAY

from .context import log
from .tick import EngineLoop

GATHER = timedelta(milliseconds=20)
"""How long a wake-up waits for others to join it: a hundred calls that end together are one tick."""

FIRST_UPKEEP = timedelta(seconds=20)
"""After the start, when there is more urgent work."""


class EngineScheduler:
    """Runs an engine, the imports and the exports in the background of this process until `stop`."""

    def __init__(
        self,
        engine: EngineLoop,
        tick_seconds: float,
        run_import: Callable[[], bool],
        upkeep: Callable[[], bool] = lambda: False,
        run_export: Callable[[], bool] = lambda: False,
    ) -> None:
        self._engine = engine
        self._run_import = run_import
        self._run_export = run_export
        self._upkeep_step = upkeep
        self._lock = threading.Lock()
        self._ticking = False
        self._tick_wanted = False
        self._database_away = threading.Event()
        engine.context.wake = self.wake
        # Its warnings say that a tick took longer than its interval: /health and /metrics measure that.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler = BackgroundScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 30}
        )
        now = engine.context.clock.now()
        self._scheduler.add_job(
            self._run_tick, "interval", seconds=tick_seconds, id="tick", next_run_time=now
        )
        self._scheduler.add_job(self._run_imports, "interval", seconds=1, id="imports", next_run_time=now)
        self._scheduler.add_job(self._run_exports, "interval", seconds=1, id="exports", next_run_time=now)
        self._scheduler.add_job(
            self._run_upkeep, "interval", seconds=60, id="upkeep", next_run_time=now + FIRST_UPKEEP
        )

    def start(self) -> None:
        self._scheduler.start()

    def wake(self) -> None:
        """Tick soon, not only when it is time. From any thread; many calls are one."""
        with self._lock:
            if self._tick_wanted:
                return
            self._tick_wanted = True
            if self._ticking:
                return
        self._tick_soon()

    def _tick_soon(self) -> None:
        if self._scheduler.running and not self._engine.context.stopping.is_set():
            self._scheduler.modify_job("tick", next_run_time=self._engine.context.clock.now() + GATHER)

    def _run_tick(self) -> None:
        with self._lock:
            self._ticking, self._tick_wanted = True, False
        try:
            if not self._engine.context.stopping.is_set():
                self._run_guarded("a tick", self._engine.tick, away=self._engine.queue_events)
        finally:
            with self._lock:
                self._ticking = False
                again = self._tick_wanted
        if again:
            self._tick_soon()

    def _run_imports(self) -> None:
        def import_all() -> None:
            while not self._engine.context.stopping.is_set() and self._run_import():
                self.wake()

        self._run_guarded("an import", import_all)

    def _run_exports(self) -> None:
        def export_all() -> None:
            while not self._engine.context.stopping.is_set() and self._run_export():
                pass

        self._run_guarded("an export", export_all)

    def _run_upkeep(self) -> None:
        def run_steps() -> None:
            while not self._engine.context.stopping.is_set() and self._upkeep_step():
                pass

        self._run_guarded("the upkeep", run_steps)

    def _run_guarded(
        self, what: str, work: Callable[[], object], away: Callable[[], None] = lambda: None
    ) -> None:
        """Nothing that fails ends the engine: it is tried again at its next time. A database that is away gets one
        line when it goes and one when it is back, not a traceback a second; /health shows the lag."""
        try:
            work()
        except DATABASE_AWAY as error:
            self._report_database_away(error)
            away()
        except Exception:
            log.exception("%s failed", what)
        else:
            if self._database_away.is_set():
                self._database_away.clear()
                log.warning("the database answers again")

    def _report_database_away(self, error: Exception) -> None:
        if not self._database_away.is_set():
            self._database_away.set()
            log.error("the database is away, and nothing is dialed: %s", f"{error}".splitlines()[0])

    def stop(self) -> None:
        """Finish what is being sent, give the rest back, and end. Bounded by the provider's own time-outs."""
        self._engine.context.stopping.set()
        self._scheduler.shutdown(wait=True)
        try:
            self._engine.stop()
        except DATABASE_AWAY as error:
            # Its claims are reaped and its leases run out, as after a crash.
            self._report_database_away(error)
