"""Running it: the web server with the engine inside, the engine alone, or a worker's part of it."""

from __future__ import annotations

import logging
import os
import random
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError

from campaign_app import Switchboard, logs
from campaign_app.engine.dispatch import Dispatch
from campaign_app.engine.imports.worker import run_next
from campaign_app.engine.memory import Memory
from campaign_app.engine.scheduler import Scheduler
from campaign_app.engine.state import BATCH, SENDERS, EngineState
from campaign_app.engine.tick import Engine
from campaign_app.engine.upkeep import Upkeep
from campaign_app.extensions import db
from campaign_app.queries import recovery as recovery_rows
from campaign_app.services import trunks, users
from campaign_app.transaction import transaction
from campaign_app.wiring import make_provider

if TYPE_CHECKING:
    from flask import Flask

    from campaign_app.clock import Clock
    from campaign_app.config import Settings
    from campaign_app.engine.rate import RedisRate

log = logging.getLogger("switchboard.serve")
THREADS = 8
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
"""Seconds between two looks at a database that is away."""
STARTER_SECONDS = 6.0
"""How long the end waits for a look that is under way: longer than a connection may take."""


def make_state(app: Flask) -> EngineState:
    """What an engine or a worker of this app's is made of. Connects to nothing."""
    board: Switchboard = app.extensions["switchboard"]
    settings = board.settings
    with app.app_context():
        database = db.engine
    return EngineState(
        db=database,
        name=f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"[-64:],
        clock=board.clock,
        provider_of=lambda trunk: make_provider(trunk, settings, board.clock),
        rng=random.Random(),
        audio=board.speech.render_ahead,
        rate=make_rate(settings, board.clock),
        tick_seconds=settings.tick_seconds,
        memory=Memory(database, settings.instance_path, socket.gethostname()),
    )


def make_rate(settings: Settings, clock: Clock) -> RedisRate | None:
    """Where the trunks' calls per second are kept besides the database."""
    if settings.redis_url is None:
        return None
    from campaign_app.engine.rate import RedisRate
    from campaign_app.redis_link import RedisLink

    return RedisRate(RedisLink(settings.redis_url, clock))


def make_dispatch(settings: Settings, clock: Clock) -> Dispatch | None:
    """Where claims are handed over to, when it is not this engine that places them."""
    if settings.dispatch != "celery" or settings.broker_url is None:
        return None
    # Not for those who do not use it: Celery takes a quarter of a second to import.
    from campaign_app.engine.tasks import CeleryQueue, make_celery

    return Dispatch(CeleryQueue(make_celery(settings.broker_url)), clock, least=2 * SENDERS, most=5 * BATCH)


def make_scheduler(app: Flask) -> Scheduler:
    """An engine of this app's, ready to start."""
    board: Switchboard = app.extensions["switchboard"]
    state = make_state(app)
    state.dispatch = make_dispatch(board.settings, board.clock)
    database, name = state.db, state.name

    def run_import() -> bool:
        return run_next(database, board.settings.uploads, clock=board.clock, owner=name, stop=state.stopping)

    upkeep = Upkeep(
        database,
        name=name,
        clock=board.clock,
        retention_days=board.settings.retention_days,
        recordings=board.settings.recordings,
    )
    scheduler = Scheduler(Engine(state), board.settings.tick_seconds, run_import, upkeep.step)
    board.wake = scheduler.wake
    return scheduler


class Away(str):
    """A trouble that may pass by itself."""

    __slots__ = ()


def database_trouble() -> str | None:
    """What is wrong with the current application's database, as one line; None when it can be used."""
    try:
        if inspect(db.engine).has_table("campaigns"):
            return None
    except OperationalError as error:
        text = f"the database cannot be reached: {str(error.orig).strip().splitlines()[0]}"
        # A server comes back; a file that cannot be opened stays so.
        return text if db.engine.dialect.name == "sqlite" else Away(text)
    return "the database has no tables yet; run `flask --app app db upgrade` first"


def prepare_database(app: Flask) -> str | None:
    """Make the default trunk when the database can be used; else what is wrong with it, as one line."""
    board: Switchboard = app.extensions["switchboard"]
    with app.app_context():
        trouble = database_trouble()
        if trouble is not None:
            return trouble
        with transaction(db.session()):
            trunks.ensure_default(
                db.session(),
                board.settings.provider,
                lines=board.settings.trunk_lines,
                calls_per_second=board.settings.default_pace,
                now=board.clock.now(),
            )
            for name in trunks.renew_secrets(db.session(), vault=board.vault, now=board.clock.now()):
                log.error(
                    "trunk %s: no key of SWITCHBOARD_ENCRYPTION_KEY opens its credentials; it is not used",
                    name,
                )
    return None


def when_ready(app: Flask, over: threading.Event, begin: Callable[[], None]) -> None:
    """Call `begin` once the database can be used, unless `over` comes first. Says what is wrong once, not every time
    that it tries; the pauses grow to 15 s."""
    board: Switchboard = app.extensions["switchboard"]
    log_format = board.settings.log_format
    said: str | None = None
    pause = FIRST_PAUSE
    while not over.is_set():
        trouble = prepare_database(app)
        if trouble is None:
            if said is not None:
                logs.say("switchboard: the database can be used now", log_format)
            begin()
            return
        # Not for other words about the same: refused, then "is starting up".
        if said is None or isinstance(trouble, Away) != isinstance(said, Away):
            logs.say(f"{trouble}; waiting for it", log_format, trouble=True)
            said = trouble
        over.wait(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def stop_unless_it_may_come(app: Flask) -> None:
    """Exit with one line where no waiting would help: there are no tables, or no such file."""
    with app.app_context():
        trouble = database_trouble()
    if trouble is not None and not isinstance(trouble, Away):
        sys.exit(f"switchboard: {trouble}")


def first_link(app: Flask) -> str | None:
    """A one-time link that makes the first account, while there is none. A new start makes a new one."""
    board: Switchboard = app.extensions["switchboard"]
    with app.app_context(), transaction(db.session()):
        if not users.setup_link_needed(db.session()):
            return None
        return f"{board.settings.base_url}/setup/{users.new_setup_key(db.session())}"


def serve(app: Flask) -> None:
    """Serve the pages and the API until SIGTERM or SIGINT, with the engine inside unless ENGINE=off.

    Where the database is away it serves all the same: /healthz says 503, and the engine begins when it is back.
    """
    from waitress.server import create_server  # type: ignore[import-untyped]

    board: Switchboard = app.extensions["switchboard"]
    settings = board.settings
    stop_unless_it_may_come(app)
    logs.own_process(settings.log_format)
    try:
        server = create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=THREADS,
            ident="switchboard",
            channel_timeout=60,
        )
    except OSError as error:
        sys.exit(f"switchboard: cannot listen on {settings.host} port {settings.port}: {error.strerror}")
    logs.say(f"Switchboard is at {settings.base_url}", settings.log_format)
    scheduler = make_scheduler(app) if settings.engine == "inline" else None
    started, over = threading.Event(), threading.Event()

    def begin() -> None:
        link = first_link(app)
        if link is not None:
            logs.say(f"No one can sign in yet. Make the first account at {link}", settings.log_format)
        if scheduler is not None and not over.is_set():
            scheduler.start()
            started.set()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    starter = threading.Thread(target=when_ready, args=(app, over, begin), name="starter", daemon=True)
    signal.signal(signal.SIGTERM, stop)
    try:
        starter.start()
        server.run()
    except (SystemExit, KeyboardInterrupt):
        pass
    finally:
        over.set()
        server.close()
        starter.join(timeout=STARTER_SECONDS)
        if scheduler is not None and started.is_set():
            scheduler.stop()


def run_engine(app: Flask) -> None:
    """`flask engine run`: the engine alone, until SIGTERM or SIGINT. Waits for a database that is away."""
    board: Switchboard = app.extensions["switchboard"]
    stop_unless_it_may_come(app)
    logs.own_process(board.settings.log_format)
    scheduler = make_scheduler(app)
    over = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        over.set()

    def begin() -> None:
        scheduler.start()
        logs.say("The engine runs", board.settings.log_format)
        over.wait()
        scheduler.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    when_ready(app, over, begin)


def look_back(app: Flask) -> str | None:
    """Compare the database with this machine's journal now, as an engine does at its start. What is wrong, in words."""
    state = make_state(app)
    try:
        return state.vouch()
    finally:
        state.close()


def recover_here(app: Flask, timeout: float) -> int:
    """Tick an engine of this process while the quarantine lasts, in which it dials nobody, until the lost calls are
    written back or `timeout` seconds have passed. How many are left. Where another engine keeps the house, that one
    does the work, and this one watches it."""
    state = make_state(app)
    engine = Engine(state)
    until = state.clock.monotonic() + timeout
    left = 1
    try:
        while True:
            engine.tick()
            with state.db.connect() as reading:
                held = recovery_rows.quarantine(reading)
                left = 0 if held is None else recovery_rows.counts(reading)[0]
            if not left or state.clock.monotonic() >= until:
                return left
            state.stopping.wait(0.2)
    finally:
        engine.stop()
