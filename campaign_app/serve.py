"""Process entry points: the web server with the engine inside, the engine alone, or a worker's part of it."""

from __future__ import annotations

import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.orm import Session

from campaign_app import logs
from campaign_app.app_context import context_of
from campaign_app.engine.rollback_guard import describe_rollback
from campaign_app.engine.tick import EngineLoop
from campaign_app.extensions import (
    UnsuitableServer,
    db,
    describe_database_error,
    is_database_unusable,
    refuse_unsuitable_server,
)
from campaign_app.http.body_limits import make_body_limit
from campaign_app.http.proxies import make_proxy_check
from campaign_app.instance_lock import InstanceInUse, hold_shared
from campaign_app.own_command import own_command
from campaign_app.schema_version import SchemaMismatch, check_schema
from campaign_app.services import outside_check, recovery, trunks
from campaign_app.services.people import users
from campaign_app.stop_signals import set_on_signals
from campaign_app.transaction import transaction
from campaign_app.vault import NoKey
from campaign_app.wiring import make_engine_context, make_scheduler

if TYPE_CHECKING:
    from flask import Flask

log = logging.getLogger("switchboard.serve")
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
"""Seconds between two looks at a database that is away."""
WATCHED_TIMES, WATCH_PAUSE = 20, 1.0
"""How often a web process without an engine looks whether it knows its database, and the seconds between: longer than
an engine has to say so."""
TURN_SECONDS = 0.0005
"""How long a thread keeps the interpreter while others want it, a tenth of what is usual. The thread that reads all
requests lets go of it several times for each, and waited so long for it each time while pages were rendered."""
STARTER_SECONDS = 6.0
"""How long the end waits for a look that is under way: longer than a connection may take."""


MISMATCH_STATUS = 2
"""The exit status where the database's tables are another version's."""


class DatabaseUnavailable(Exception):
    """The current application's database cannot be used, and why, as one line. `temporary`: it may pass by itself."""

    def __init__(self, message: str, *, temporary: bool = False, status: int = 1) -> None:
        super().__init__(message)
        self.temporary = temporary
        self.status = status


def check_database() -> None:
    """Raises DatabaseUnavailable."""
    try:
        refuse_unsuitable_server(db.engine)
        with db.engine.connect() as connection:
            if inspect(connection).has_table("campaigns"):
                check_schema(connection)
                return
    except UnsuitableServer as refusal:
        raise DatabaseUnavailable(str(refusal)) from None
    except SchemaMismatch as mismatch:
        raise DatabaseUnavailable(str(mismatch), status=MISMATCH_STATUS) from None
    except DBAPIError as error:
        _raise_as_unavailable(error)
    raise DatabaseUnavailable(f"the database has no tables yet; run `{own_command('db upgrade')}` first")


def _raise_as_unavailable(error: DBAPIError) -> NoReturn:
    """Raises DatabaseUnavailable, or `error` itself where it is no fault of the database."""
    if not is_database_unusable(error):
        raise error
    # A server comes back, and is another one's standby for a while; a file that cannot be opened stays so, as does an
    # address that is none. A lock that somebody else holds passes.
    sqlite = db.engine.dialect.name == "sqlite"
    passes = "locked" in str(error.orig) if sqlite else not isinstance(error, ProgrammingError)
    raise DatabaseUnavailable(describe_database_error(error), temporary=passes) from None


@contextmanager
def _database_errors_as_unavailable() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        _raise_as_unavailable(error)


def prepare_database(app: Flask) -> None:
    """Make the default trunk. Raises DatabaseUnavailable."""
    app_context = context_of(app)
    with app.app_context():
        check_database()
        with _database_errors_as_unavailable(), transaction(db.session()):
            trunks.ensure_default_trunk(
                db.session(),
                app_context.settings.provider,
                lines=app_context.settings.trunk_lines,
                calls_per_second=app_context.settings.default_calls_per_second,
                now=app_context.clock.now(),
            )
            for name in trunks.renew_secrets(
                db.session(), vault=app_context.vault, now=app_context.clock.now()
            ):
                log.error(
                    "trunk %s: no key of SWITCHBOARD_ENCRYPTION_KEY opens its credentials; it is not used",
                    name,
                )
            try:
                outside_check.renew_outside_secret(db.session(), vault=app_context.vault)
            except NoKey:
                log.error(
                    "no key of SWITCHBOARD_ENCRYPTION_KEY opens the secret of the outside check; it is not asked"
                )


def start_when_ready(app: Flask, stop_event: threading.Event, start: Callable[[], None]) -> None:
    """Call `start` once the database can be used, unless `stop_event` comes first; it may raise DatabaseUnavailable as
    long as it has begun nothing. Says what is wrong once, not every time that it tries; the pauses grow to 15 s."""
    app_context = context_of(app)
    log_format = app_context.settings.log_format
    reported: DatabaseUnavailable | None = None
    pause = FIRST_PAUSE
    while not stop_event.is_set():
        try:
            prepare_database(app)
            start()
        except DatabaseUnavailable as failure:
            # Not for other words about the same: refused, then "is starting up".
            if reported is None or failure.temporary != reported.temporary:
                logs.print_or_log(f"{failure}; waiting for it", log_format, is_error=True)
                reported = failure
            with app.app_context():
                # A connection keeps what it was opened with, such as a database that can only be read.
                db.engine.dispose()
        else:
            if reported is not None:
                logs.print_or_log("switchboard: the database can be used now", log_format)
            return
        stop_event.wait(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def exit_if_database_unusable(app: Flask) -> None:
    """Exit with one line where no waiting would help: there are no tables, or another version's, or no such file."""
    try:
        with app.app_context():
            check_database()
    except DatabaseUnavailable as failure:
        if not failure.temporary:
            print(f"switchboard: {failure}", file=sys.stderr)
            raise SystemExit(failure.status) from None


def hold_instance(app: Flask) -> None:
    """Keep a restore or an upgrade from beginning under this process; exit with one line while one is under way."""
    try:
        settings = context_of(app).settings
        hold_shared(settings.instance_path, settings.sqlite_file)
    except InstanceInUse as error:
        print(f"switchboard: {error}", file=sys.stderr)
        raise SystemExit(2) from None


def make_setup_link(app: Flask) -> str | None:
    """A one-time link that makes the first account, while there is none. A new start makes a new one. Raises
    DatabaseUnavailable."""
    app_context = context_of(app)
    with app.app_context(), _database_errors_as_unavailable(), transaction(db.session()):
        if not users.setup_link_needed(db.session()):
            return None
        return f"{app_context.settings.base_url}/setup/{users.new_setup_key(db.session())}"


def serve_app(app: Flask) -> None:
    """Serve the pages and the API until SIGTERM or SIGINT, with the engine inside unless ENGINE=off.

    Where the database is away it serves all the same: /healthz says 503, and the engine begins when it is back.
    """
    from campaign_app.web_server import ServerBounds, create_guarded_server

    app_context = context_of(app)
    settings = app_context.settings
    hold_instance(app)
    exit_if_database_unusable(app)
    logs.log_uncaught_errors(settings.log_format)
    try:
        server = create_guarded_server(
            app,
            settings.host,
            settings.port,
            bounds=ServerBounds(),
            monotonic=app_context.clock.monotonic,
            body_limit=make_body_limit(app, settings),
            is_proxy=make_proxy_check(settings),
        )
    except OSError as error:
        sys.exit(f"switchboard: cannot listen on {settings.host} port {settings.port}: {error.strerror}")
    except ValueError:
        sys.exit(
            f"switchboard: cannot listen on {settings.host}: no such host; set SWITCHBOARD_HOST to an address of this"
            " machine, such as 127.0.0.1, or 0.0.0.0 for all of them"
        )
    logs.print_or_log(f"Switchboard is at {settings.base_url}", settings.log_format)
    scheduler = make_scheduler(app) if settings.engine == "inline" else None
    engine_started, stop_event = threading.Event(), threading.Event()

    def start_engine() -> None:
        link = make_setup_link(app)
        if link is not None:
            logs.print_or_log(
                f"No one can sign in yet. Make the first account at {link}", settings.log_format
            )
        if scheduler is not None and not stop_event.is_set():
            scheduler.start()
            engine_started.set()
        elif scheduler is None:
            watch_for_rollback(app, stop_event)

    def exit_on_signal(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    sys.setswitchinterval(TURN_SECONDS)
    starter = threading.Thread(
        target=start_when_ready, args=(app, stop_event, start_engine), name="starter", daemon=True
    )
    signal.signal(signal.SIGTERM, exit_on_signal)
    try:
        starter.start()
        server.run()
    except (SystemExit, KeyboardInterrupt):
        pass
    finally:
        stop_event.set()
        server.close()
        starter.join(timeout=STARTER_SECONDS)
        if scheduler is not None and engine_started.is_set():
            scheduler.stop()


def run_engine(app: Flask) -> None:
    """`flask engine run`: the engine alone, until SIGTERM or SIGINT. Waits for a database that is away."""
    app_context = context_of(app)
    hold_instance(app)
    exit_if_database_unusable(app)
    logs.log_uncaught_errors(app_context.settings.log_format)
    scheduler = make_scheduler(app)
    stop_event = threading.Event()

    def run_until_stopped() -> None:
        scheduler.start()
        logs.print_or_log("The engine runs", app_context.settings.log_format)
        stop_event.wait()
        scheduler.stop()

    set_on_signals(stop_event)
    start_when_ready(app, stop_event, run_until_stopped)


def check_for_rollback(app: Flask, *, dials: bool = True) -> str | None:
    """Compare the database with this machine's journal now, as an engine does at its start. What is wrong, in words."""
    context = make_engine_context(app, dials=dials)
    try:
        return describe_rollback(context)
    finally:
        context.close()


def watch_for_rollback(app: Flask, stop_event: threading.Event) -> None:
    """What a web process without an engine looks at when it starts: whether its folder knows the database. Asked again
    while an engine may still say so; a folder that is new is left to the engine that starts next."""
    context = make_engine_context(app, dials=False)
    try:
        for _ in range(WATCHED_TIMES):
            wrong = describe_rollback(context)
            if wrong is None or stop_event.wait(WATCH_PAUSE):
                return
        with Session(context.db) as session:
            if recovery.get_quarantine(session) is not None:
                log.error("%s", wrong)
    except DBAPIError as error:
        if not is_database_unusable(error):
            raise
        log.warning("the database went away while it was compared; engines compare it too")
    finally:
        context.close()


def recover_in_this_process(app: Flask, timeout: float) -> int:
    """Tick an engine of this process while the quarantine lasts, in which it dials nobody, until the lost calls are
    written back or `timeout` seconds have passed. How many are left. Where another engine keeps the house, that one
    does the work, and this one watches it."""
    context = make_engine_context(app)
    engine = EngineLoop(context)
    deadline = context.clock.monotonic() + timeout
    calls_left = 1
    try:
        while True:
            engine.tick()
            with Session(context.db) as session:
                quarantine = recovery.get_quarantine(session)
            calls_left = 0 if quarantine is None or quarantine.step == "done" else max(1, quarantine.lost)
            if not calls_left or context.clock.monotonic() >= deadline:
                return calls_left
            context.stopping.wait(0.2)
    finally:
        engine.stop()
