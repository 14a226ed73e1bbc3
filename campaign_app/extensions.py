"""Flask extensions, and the database connections' settings."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import click
from flask import Flask, has_app_context
from flask.cli import AppGroup
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, Engine, ExceptionContext, QueuePool, create_engine, event
from sqlalchemy.exc import (
    DatabaseError,
    DBAPIError,
    InterfaceError,
    InvalidatePoolError,
    OperationalError,
    ProgrammingError,
)
from werkzeug.local import LocalProxy

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.domain.erasure import extract_digits
from campaign_app.domain.text_folding import fold_text
from campaign_app.models import Base
from campaign_app.own_command import own_command

db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})
csrf = CSRFProtect()
limiter = Limiter(get_remote_address)

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 10000",
    "PRAGMA foreign_keys = ON",
    # Of each connection, for one transaction: what others write empties it, and the system caches the file.
    "PRAGMA cache_size = -2000",
    # What is deleted is overwritten: whoever asked to be forgotten is not in the file's free pages either.
    "PRAGMA secure_delete = ON",
)
RETURN_FREE_PAGES = "PRAGMA auto_vacuum = INCREMENTAL"
"""Lets the upkeep give pages back to the disk, a few at a time. An older file gets it by `flask compact`."""


class _MigrationCommands(click.Command):
    """`flask db ...`, made when it is asked for."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        from flask_migrate.cli import db as commands

        group = _MigrationGroup(
            commands.name, callback=commands.callback, params=commands.params, commands=commands.commands
        )
        return group.make_context(info_name, args, parent, **extra)


class _MigrationGroup(AppGroup):
    def invoke(self, ctx: click.Context) -> Any:
        with database_errors_in_one_line():
            try:
                return super().invoke(ctx)
            finally:
                if has_app_context():
                    # The last connection to a SQLite file puts its log back into it.
                    db.session.remove()
                    db.engine.dispose()


@contextmanager
def database_errors_in_one_line() -> Iterator[None]:
    """End a command with one line where the database cannot be used, or does not let us."""
    try:
        yield
    except DBAPIError as error:
        if not is_database_unusable(error):
            raise
        raise click.ClickException(describe_database_error(error)) from None


def is_database_unusable(error: DBAPIError) -> bool:
    """Whether the database itself cannot be used as it is: it is away, damaged, read-only, its address is wrong, or it
    does not let us. Else it is a fault of what was asked."""
    if isinstance(error, OperationalError | InterfaceError):
        return True
    if getattr(error.orig, "sqlstate", None) in REFUSALS:
        return True
    # Without a statement it did not get as far as to connect: the address is none. SQLite has no class of its own for a
    # file that is damaged.
    return (isinstance(error, ProgrammingError) and error.statement is None) or type(error) is DatabaseError


def describe_database_error(error: DBAPIError) -> str:
    """Why the database cannot be used, as one line."""
    text = (str(error.orig).strip().splitlines() or [type(error.orig).__name__])[0]
    if db.engine.dialect.name == "sqlite":
        remedy = "" if type(error) is not DatabaseError else "; move it away and restore a backup"
        return f"the database cannot be used: {text}: {db.engine.url.database}{remedy}"
    state = getattr(error.orig, "sqlstate", None)
    if state == NOT_ALLOWED:
        return f"the database does not allow it: {text}; let its role own the database"
    if state == READ_ONLY:
        return (
            f"the database can only be read: {text}; connect to the server that is written to,"
            " or see its default_transaction_read_only"
        )
    text = text.removeprefix("connection failed: ")
    return (
        f"the database cannot be reached: {text}; see that it runs and that SWITCHBOARD_DATABASE_URL is right"
    )


def init_migrations(app: Flask, directory: Path) -> None:
    """Let `flask db` and Flask-Migrate's functions find the migrations in `directory`. A server that only serves
    does not load Alembic, which is a sixth of its start."""

    def make_migrate() -> Any:
        from flask_migrate import Migrate

        Migrate(app, db, directory=str(directory), render_as_batch=True)
        return app.extensions["migrate"]

    app.extensions["migrate"] = LocalProxy(make_migrate)
    app.cli.add_command(_MigrationCommands("db", help="Perform database migrations."))


def limiter_options(redis_url: str | None) -> dict[str, Any]:
    """Where tries to sign in are counted: in Redis for all web processes together, else, and while it is away, in the
    memory of each."""
    if redis_url is None:
        return {"RATELIMIT_STORAGE_URI": "memory://"}
    return {
        "RATELIMIT_STORAGE_URI": redis_url,
        "RATELIMIT_STORAGE_OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
        "RATELIMIT_KEY_PREFIX": "switchboard",
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
    }


# Every statement of the product is a short one over an index, of which the part that is used lies in memory. The
# statistics of tables that grow by the minute are stale, and a plan that was made while they were small scans them for
# ever (`_plan_again`); compiling plans costs more than it saves.
POSTGRES_SETTINGS = (
    "set_config('jit', 'off', false), set_config('enable_seqscan', 'off', false),"
    " set_config('random_page_cost', '1.1', false)"
)
FROZEN_SECONDS = 60
"""After so long without a statement a transaction is ended by PostgreSQL, and its locks are free: an engine that is
frozen, or whose machine is, must not stop the others for ever. A statement under way is not idle, however long."""
IDLE_IN_TRANSACTION_TIMEOUT = "25P03"
IDLE = 0
"""libpq's PQTRANS_IDLE: there is no transaction to roll back."""
NOT_ALLOWED, READ_ONLY = "42501", "25006"
REFUSALS = frozenset({NOT_ALLOWED, READ_ONLY})
STATEMENT_POOLING = "not allowed in statement pooling mode"
POOLING_LOOKS = 20
"""How often two connections are compared: others may take the process that would tell, for a moment."""


def database_url(url: str) -> str:
    """The URL with the driver that this project speaks: `postgresql://` means psycopg 3."""
    for short in ("postgresql://", "postgres://"):
        if url.startswith(short):
            return "postgresql+psycopg://" + url.removeprefix(short)
    return url


def engine_options(url: str) -> dict[str, Any]:
    """What `create_engine` needs besides the URL."""
    if url.startswith("sqlite"):
        return {"hide_parameters": True, "connect_args": {"timeout": 10}}
    return {
        # A failing statement goes to the log; what it was about to write (numbers, hashes, names) stays out of it.
        "hide_parameters": True,
        "pool_size": 10,
        "max_overflow": 10,
        "connect_args": {
            "connect_timeout": 5,
            # By which queries/backup.py sees that somebody still runs.
            "application_name": "switchboard",
            # Of a database in SQL_ASCII the driver would give bytes, before anybody could say what is wrong with it.
            "client_encoding": "utf8",
        },
    }


def _fold_value(value: object) -> object:
    """What queries/text_search.py folds on SQLite."""
    return fold_text(value) if isinstance(value, str) else value


def _extract_digits(value: object, is_json: int) -> str | None:
    """What queries/erasure.py looks for numbers in on SQLite."""
    return None if value is None else extract_digits(str(value), is_json=bool(is_json))


def prepare_engine(engine: Engine) -> Engine:
    """Set an engine's connections up. On SQLite the driver's own transactions are turned off, since its late BEGIN
    broke the limit when measured; SQLAlchemy's BEGIN is emitted here, IMMEDIATE for a writer.

    All that listens to an engine begins here, before anybody uses it: a listener that is added or removed later breaks
    the connection that another thread is making."""
    _count_connections(engine)
    if engine.dialect.name != "sqlite":
        event.listen(engine, "connect", _configure_session)
        _ping_idle_connections(engine)
        _plan_again(engine)
        _tolerate_ended_rollbacks(engine)
        event.listen(engine, "handle_error", _drop_failing_row)
        return engine

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.create_function("fold_text", 1, _fold_value, deterministic=True)
        connection.create_function("extract_digits", 2, _extract_digits, deterministic=True)
        if connection.execute("PRAGMA page_count").fetchone() == (0,):
            # Only before anything is written. On a file that has it, this would be a write of each connection.
            connection.execute(RETURN_FREE_PAGES)
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin_transaction(connection: Connection) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        statement = f"BEGIN {mode}"
        if connection.dispatch.before_cursor_execute or connection.dispatch.after_cursor_execute:
            connection.exec_driver_sql(statement)
            return
        begin_on_driver(connection, mode)

    return engine


_connection_counts: WeakKeyDictionary[Engine, int] = WeakKeyDictionary()


def _count_connections(engine: Engine) -> None:
    _connection_counts[engine] = 0
    lock = threading.Lock()

    @event.listens_for(engine, "connect")
    def _count_connection(_connection: Any, _record: Any) -> None:
        with lock:
            _connection_counts[engine] += 1


def count_connections(engine: Engine) -> int:
    """How many connections a prepared engine has ever made, so that whoever keeps what it found over one can tell that
    another has come. Raises KeyError for an engine that was not prepared."""
    return _connection_counts[engine]


def begin_on_driver(connection: Connection, mode: str) -> None:
    """Begin a transaction on SQLite, IMMEDIATE or DEFERRED. Raises SQLAlchemy's errors, as its own statements do."""
    statement = f"BEGIN {mode}"
    driver = connection.connection.driver_connection
    assert driver is not None
    try:
        driver.execute(statement)
    except BaseException as error:
        connection._handle_dbapi_exception(error, statement, None, None, None)


PING_AFTER = 1.0
"""Seconds that a connection may lie in the pool before it is checked when taken out. The engine runs several
transactions a batch, and a check before each made up a tenth of its statements. A connection lost within that time is
noticed by the next statement, as one lost within a transaction is."""


def _ping_idle_connections(engine: Engine) -> None:
    @event.listens_for(engine, "checkin")
    def _note_return(_connection: Any, record: Any) -> None:
        record.info["returned"] = SYSTEM_CLOCK.monotonic()

    @event.listens_for(engine, "checkout")
    def _ping(connection: Any, record: Any, _proxy: Any) -> None:
        returned = record.info.get("returned")
        is_recent = returned is None or SYSTEM_CLOCK.monotonic() - returned < PING_AFTER
        # A closed connection may have been returned to the pool as if it were open (`_tolerate_ended_rollbacks`).
        if is_recent and not connection.closed:
            return
        if not engine.dialect._do_ping_w_event(connection):
            # The pool replaces this connection and all others that were opened before now.
            raise InvalidatePoolError


PLAN_AGAIN_AFTER = 5.0
"""Seconds after which a connection forgets the plans of its prepared statements."""


def _plan_again(engine: Engine) -> None:
    """A plan that was made for a nearly empty table reads all of it, in every batch, until autovacuum has looked at
    the table, a minute later: by then a new installation has made ten thousand calls. A new plan costs less than a
    millisecond, and PostgreSQL makes it for the size that the table has then."""

    @event.listens_for(engine, "checkout")
    def _discard_old_plans(connection: Any, record: Any, _proxy: Any) -> None:
        now = SYSTEM_CLOCK.monotonic()
        if now - record.info.setdefault("planned", now) < PLAN_AGAIN_AFTER:
            return
        record.info["planned"] = now
        try:
            connection.autocommit = True
            connection.execute("DISCARD PLANS", prepare=False)
            connection.autocommit = False
        except engine.dialect.loaded_dbapi.OperationalError as error:
            raise InvalidatePoolError from error


def _drop_failing_row(context: ExceptionContext) -> None:
    """PostgreSQL tells the whole row that broke a rule, with numbers, hashes and names: not to the log."""
    error = context.original_exception
    detail = getattr(getattr(error, "diag", None), "message_detail", None)
    if not detail:
        return
    said, _, _ = str(error).partition("\nDETAIL:")
    error.args = (said,)
    if context.sqlalchemy_exception is not None:
        context.sqlalchemy_exception.args = (f"({type(error).__module__}.{type(error).__name__}) {said}",)


def _configure_session(connection: Any, _record: Any) -> None:
    """A statement of its own: PgBouncer refuses the connection option that would say the same."""
    connection.autocommit = True
    connection.execute(
        f"SELECT {POSTGRES_SETTINGS},"
        f" set_config('idle_in_transaction_session_timeout', '{FROZEN_SECONDS}s', false)"
    )
    connection.autocommit = False


class UnsuitableServer(Exception):
    """The database server answers, and cannot be used as it is set up. The text is one line that says what to do."""


def refuse_unsuitable_server(engine: Engine) -> None:
    """Raises UnsuitableServer where sessions are shared, and where the database cannot hold every name, as LATIN1, or
    does not know what a letter is, as SQL_ASCII."""
    if engine.dialect.name == "sqlite":
        return
    refuse_shared_sessions(engine)
    with engine.connect() as connection:
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise UnsuitableServer(
            f"the database's encoding is {encoding}, and Switchboard needs UTF8: make another one with"
            " `createdb --template template0 --encoding UTF8`, and name it in SWITCHBOARD_DATABASE_URL;"
            f" `{own_command('backup')}` and `restore` take along what is there"
        )


def refuse_shared_sessions(engine: Engine) -> None:
    """Raises UnsuitableServer where PgBouncer, or what works like it, is in transaction or statement mode: the
    session's settings and prepared statements would be somebody else's. Session mode is fine."""
    if engine.dialect.name == "sqlite":
        return
    try:
        shared = _are_sessions_shared(engine)
    except OperationalError as error:
        if STATEMENT_POOLING not in str(error.orig):
            raise
        shared = True
    if shared:
        raise UnsuitableServer(
            "the database is behind a pooler that shares sessions, which Switchboard cannot use:"
            " set pool_mode = session for it in PgBouncer, or connect to PostgreSQL itself"
        )


def _are_sessions_shared(engine: Engine) -> bool:
    with engine.connect() as one:
        backend = _ask_backend(one)
        # A pooler tells a key of its own for the session, never PostgreSQL's process.
        if _driver_connection(one).info.backend_pid == backend:
            return False
        with engine.connect() as other:
            # Both are between transactions: in session mode each has a process of its own all the same.
            return any(
                _ask_backend(other) == backend or _ask_backend(one) != backend for _ in range(POOLING_LOOKS)
            )


def _ask_backend(connection: Connection) -> int:
    pid: int = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    connection.rollback()
    return pid


def _driver_connection(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _tolerate_ended_rollbacks(engine: Engine) -> None:
    """A rollback of what PostgreSQL has ended for its idleness has happened already. A page that read, converted a
    recording for minutes and then lets its read go must not fail for that; the pool's ping replaces the connection."""
    rollback = engine.dialect.do_rollback

    def rollback_unless_ended(connection: Any) -> None:
        # The pool asks for it after every commit.
        if connection.closed or connection.pgconn.transaction_status == IDLE:
            return
        try:
            rollback(connection)
        except Exception as error:
            if getattr(error, "sqlstate", None) != IDLE_IN_TRANSACTION_TIMEOUT:
                raise

    engine.dialect.do_rollback = rollback_unless_ended  # type: ignore[method-assign, assignment]


BULK_PRAGMAS = (
    "PRAGMA cache_size = -32000",
    # The writer of many rows moves the log back itself, between its transactions and not within them.
    "PRAGMA wal_autocheckpoint = 0",
)


def make_bulk_engine(engine: Engine) -> Engine:
    """For SQLite an engine of one connection that writes many rows; elsewhere the engine itself. Dispose of it."""
    if engine.dialect.name != "sqlite":
        return engine
    bulk = prepare_engine(
        create_engine(
            engine.url, **engine_options("sqlite"), poolclass=QueuePool, pool_size=1, max_overflow=0
        )
    )

    bulk.update_execution_options(**engine.get_execution_options())

    @event.listens_for(bulk, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        for pragma in BULK_PRAGMAS:
            connection.execute(pragma)

    return bulk


def make_engine(url: str) -> Engine:
    """An engine outside of Flask: tests, benchmarks, tools."""
    url = database_url(url)
    return prepare_engine(create_engine(url, **engine_options(url)))
