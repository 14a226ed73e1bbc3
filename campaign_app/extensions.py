"""Flask extensions, and the database connections' settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from werkzeug.local import LocalProxy

from campaign_app.models import Base

db = SQLAlchemy(metadata=Base.metadata, session_options={"expire_on_commit": False})
csrf = CSRFProtect()
limiter = Limiter(get_remote_address)

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA busy_timeout = 10000",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -16000",
    # What is deleted is overwritten: whoever asked to be forgotten is not in the file's free pages either.
    "PRAGMA secure_delete = ON",
)


class _MigrationCommands(click.Command):
    """`flask db ...`, made when it is asked for."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        from flask_migrate.cli import db as commands

        context: click.Context = commands.make_context(info_name, args, parent, **extra)
        return context


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


# Every statement of the product is a short one over an index. The statistics of tables that grow by the minute are
# stale, and a plan that was made while they were small scans them for ever; compiling plans costs more than it saves.
POSTGRES_OPTIONS = "-c jit=off -c enable_seqscan=off"
FROZEN_SECONDS = 60
"""After so long without a statement a transaction is ended by PostgreSQL, and its locks are free: an engine that is
frozen, or whose machine is, must not stop the others for ever. A statement under way is not idle, however long."""
IDLE_IN_TRANSACTION_TIMEOUT = "25P03"


def database_url(url: str) -> str:
    """The URL with the driver that this project speaks: `postgresql://` means psycopg 3."""
    for short in ("postgresql://", "postgres://"):
        if url.startswith(short):
            return "postgresql+psycopg://" + url.removeprefix(short)
    return url


def engine_options(url: str) -> dict[str, Any]:
    """What `create_engine` needs besides the URL."""
    if url.startswith("sqlite"):
        return {"connect_args": {"timeout": 10}}
    return {
        "pool_pre_ping": True,
        "pool_size": 10,
        "max_overflow": 10,
        "connect_args": {
            "connect_timeout": 5,
            # By which queries/backup.py sees that somebody still runs.
            "application_name": "switchboard",
            "options": f"{POSTGRES_OPTIONS} -c idle_in_transaction_session_timeout={FROZEN_SECONDS}s",
        },
    }


def prepare_engine(engine: Engine) -> Engine:
    """Set an engine's connections up. On SQLite the driver's own transactions are turned off, since its late BEGIN
    broke the limit when measured; SQLAlchemy's BEGIN is emitted here, IMMEDIATE for a writer."""
    if engine.dialect.name != "sqlite":
        _tolerate_ended_rollbacks(engine)
        return engine

    @event.listens_for(engine, "connect")
    def _set_pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin_transaction(connection: Connection) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    return engine


def _tolerate_ended_rollbacks(engine: Engine) -> None:
    """A rollback of what PostgreSQL has ended for its idleness has happened already. A page that read, converted a
    recording for minutes and then lets its read go must not fail for that; the pool's ping replaces the connection."""
    rollback = engine.dialect.do_rollback

    def rollback_unless_ended(connection: Any) -> None:
        if connection.closed:
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
