"""Engine process: what a forked child does from its start to its SIGKILL, or to SIGTERM.

The engine is the product's own (`Engine.tick`, `run_next`, `campaigns.act`); the clock, the provider and the
crash point are handed to it, as the wiring does.
"""

from __future__ import annotations

import logging
import random
import signal
import threading
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine as Database
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from campaign_app import crash_points
from campaign_app.engine.context import EngineContext
from campaign_app.engine.imports.worker import run_next
from campaign_app.engine.tick import EngineLoop
from campaign_app.extensions import db, make_engine
from campaign_app.models import Campaign, Trunk
from campaign_app.providers.base import Provider
from campaign_app.services import campaigns
from campaign_app.stop_signals import set_on_signals
from campaign_app.transaction import transaction
from tests.support.shared_time import EngineClock, SharedTime

from . import controls, over_twilio
from .provider import CarrierProvider

BY = "cli"
log = logging.getLogger("faults")


@dataclass(frozen=True, slots=True)
class EngineProcess:
    """What one engine process is to do. Times are seconds of the shared clock."""

    name: str
    url: str
    directory: str
    port: int
    """The carrier's."""
    over: str = "carrier"
    """Which carrier that is (carriers.CARRIERS)."""
    web_port: int = 0
    """Where this process listens, if its carrier calls it."""
    seed: int = 0
    crash: str | None = None
    """Where it ends or freezes (crash_points.arm)."""
    job: str | None = None
    """What it does besides ticking: `import` what was uploaded, or `pause` every campaign."""
    missed_too: bool = False
    controls: tuple[str, ...] = ()
    """Safeguards taken out (controls.py)."""
    trunks: tuple[str, ...] = ()
    """Only these, by name; all when empty."""
    disk_pages: int | None = None
    """SQLite: how many pages the database may still grow by."""
    horizon: float = 60.0
    timeout: float = 6.0
    tick: float = 1.0
    senders: int = 10
    prepares: bool = False
    """It dies to leave something behind for the next process: not one of the kills that are counted."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def run_engine(process: EngineProcess) -> None:
    """Never returns before SIGTERM."""
    _log(process)
    times = SharedTime(Path(process.directory) / "clock")
    clock = EngineClock(times)
    for name in process.controls:
        controls.CONTROLS[name].remove()
    app = None
    if process.over == "twilio":
        app = over_twilio.make(Path(process.directory), process.url, process.port, process.web_port, clock)
        _log(process)
        with app.app_context():
            database = db.engine
    else:
        database = make_engine(process.url)
    if process.disk_pages is not None:
        _fill(database, process.disk_pages)
    over = threading.Event()
    soon = threading.Event()

    set_on_signals(over, soon)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})

    def provider_of(trunk: Trunk) -> Provider:
        timeout = max(process.timeout / times.scale, 0.25)
        if app is not None:
            return over_twilio.adapter(app, trunk, timeout=timeout, horizon=process.horizon)
        return CarrierProvider(
            process.port,
            trunk.name,
            timeout=timeout,
            horizon=process.horizon,
            missed_too=process.missed_too,
        )

    state = EngineContext(
        db=database,
        name=process.name,
        clock=clock,
        make_provider=provider_of,
        wake=soon.set,
        rng=random.Random(process.seed),
        sender_count=process.senders,
    )
    engine = _only(EngineLoop(state), process.trunks) if process.trunks else EngineLoop(state)
    crash_points.arm_crash_point(process.crash)
    if app is not None:
        over_twilio.serve(app, soon.set)
    pausing: threading.Timer | None = None
    while not over.is_set():
        soon.clear()
        try:
            engine.tick()
            if process.job == "import":
                _import(database, clock, process)
        except Exception:
            # As engine/scheduler.py does: the next tick tries again.
            log.exception("a tick failed")
        if process.job == "pause" and pausing is None:
            # While calls are on their way, from another thread, as an operator does.
            delay = random.Random(process.seed).uniform(0.0, 3.0) / times.scale
            pausing = threading.Timer(delay, _pause, (database, clock))
            pausing.start()
        soon.wait(process.tick / times.scale)
        # A wake-up gathers others, as the scheduler's does.
        over.wait(0.02 / times.scale)
    engine.stop()
    database.dispose()


def _log(process: EngineProcess) -> None:
    logging.basicConfig(
        filename=Path(process.directory) / "engines.log",
        level=logging.WARNING,
        format=f"{process.name} %(levelname)s %(message)s",
        force=True,
    )


def _import(database: Database, clock: EngineClock, process: EngineProcess) -> None:
    uploads = Path(process.directory) / "uploads"
    while run_next(database, uploads, clock=clock, owner=process.name):
        pass


def _only(engine: EngineLoop, names: tuple[str, ...]) -> EngineLoop:
    """An engine that serves some trunks: what an exclusive trunk does to the others' engines, for a race of two."""
    everything = engine._prepare_trunks
    with Session(engine.context.db) as session:
        wanted = set(session.scalars(select(Trunk.id).where(Trunk.name.in_(names))))

    def prepare_some(now: datetime, *, housekeeping: bool) -> list[tuple[int, Provider]]:
        return [pair for pair in everything(now, housekeeping=housekeeping) if pair[0] in wanted]

    engine._prepare_trunks = prepare_some  # type: ignore[method-assign]
    return engine


def _fill(database: Database, pages: int) -> None:
    """A disk that has room for so many pages more; SQLite itself says `database or disk is full` then."""

    @event.listens_for(database, "connect")
    def _limit(connection: Any, _record: Any) -> None:
        most = connection.execute("PRAGMA page_count").fetchone()[0] + pages
        connection.execute(f"PRAGMA max_page_count = {most}")


def _pause(database: Database, clock: EngineClock) -> None:
    with Session(database) as session:
        running = session.scalars(
            select(Campaign.id).where(Campaign.status == "running").order_by(Campaign.id)
        ).all()
    for campaign_id in running:
        with Session(database, expire_on_commit=False) as session, transaction(session, "pause"):
            campaigns.perform_campaign_action(session, campaign_id, "pause", actor=BY, now=clock.now())
