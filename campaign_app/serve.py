"""Running it: the web server with the engine inside, or the engine alone."""

from __future__ import annotations

import os
import random
import secrets
import signal
import socket
import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING

from sqlalchemy import inspect
from sqlalchemy.exc import OperationalError

from campaign_app import Switchboard, make_provider
from campaign_app.engine.scheduler import Scheduler
from campaign_app.engine.state import EngineState
from campaign_app.engine.tick import Engine
from campaign_app.extensions import db
from campaign_app.services import import_run, trunks, users
from campaign_app.transaction import transaction, write

if TYPE_CHECKING:
    from flask import Flask

THREADS = 8


def make_scheduler(app: Flask) -> Scheduler:
    """An engine of this app's, ready to start."""
    board: Switchboard = app.extensions["switchboard"]
    with app.app_context():
        database = db.engine
    name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"[-64:]
    state = EngineState(
        db=database,
        name=name,
        clock=board.clock,
        provider_of=lambda trunk: make_provider(trunk, board.settings, board.clock),
        rng=random.Random(),
        tick_seconds=board.settings.tick_seconds,
    )

    def run_import() -> bool:
        return import_run.run_next(
            database, board.settings.uploads, write=write, clock=board.clock, owner=name, stop=state.stopping
        )

    scheduler = Scheduler(Engine(state), board.settings.tick_seconds, run_import)
    board.wake = scheduler.wake
    return scheduler


def database_trouble() -> str | None:
    """What is wrong with the current application's database, as one line; None when it can be used."""
    try:
        if inspect(db.engine).has_table("campaigns"):
            return None
    except OperationalError as error:
        return f"the database cannot be reached: {str(error.orig).strip().splitlines()[0]}"
    return "the database has no tables yet; run `flask --app app db upgrade` first"


def check_database(app: Flask) -> None:
    """Stop with one clear line when the database cannot be used; make the default trunk when it can."""
    board: Switchboard = app.extensions["switchboard"]
    with app.app_context():
        trouble = database_trouble()
        if trouble is not None:
            sys.exit(f"switchboard: {trouble}")
        with transaction(db.session()):
            trunks.ensure_default(
                db.session(),
                board.settings.provider,
                lines=board.settings.trunk_lines,
                calls_per_second=board.settings.trunk_calls_per_second,
                now=board.clock.now(),
            )


def first_link(app: Flask) -> str | None:
    """A one-time link that makes the first account, while there is none. A new start makes a new one."""
    board: Switchboard = app.extensions["switchboard"]
    with app.app_context(), transaction(db.session()):
        if not users.setup_link_needed(db.session()):
            return None
        return f"{board.settings.base_url}/setup/{users.new_setup_key(db.session())}"


def serve(app: Flask) -> None:
    """Serve the pages and the API until SIGTERM or SIGINT, with the engine inside unless ENGINE=off."""
    from waitress.server import create_server  # type: ignore[import-untyped]

    board: Switchboard = app.extensions["switchboard"]
    settings = board.settings
    check_database(app)
    scheduler = make_scheduler(app) if settings.engine == "inline" else None
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
    link = first_link(app)
    print(f"Switchboard is at {settings.base_url}", flush=True)
    if link is not None:
        print(f"No one can sign in yet. Make the first account at {link}", flush=True)
    if scheduler is not None:
        scheduler.start()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    try:
        server.run()
    except (SystemExit, KeyboardInterrupt):
        pass
    finally:
        server.close()
        if scheduler is not None:
            scheduler.stop()


def run_engine(app: Flask) -> None:
    """`flask engine run`: the engine alone, until SIGTERM or SIGINT."""
    check_database(app)
    scheduler = make_scheduler(app)
    over = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        over.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    scheduler.start()
    print("The engine runs", flush=True)
    over.wait()
    scheduler.stop()
