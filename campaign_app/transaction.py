"""Transactions: the only place that commits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from campaign_app import crash_points
from campaign_app.extensions import begin_on_driver
from campaign_app.models.audit_chain import AUDITED, seal_entries

SQLITE_BEGIN = "sqlite_begin"
IMMEDIATE = {SQLITE_BEGIN: "IMMEDIATE"}
TURN_SECONDS = 10.0
"""How long a writer waits for its turn; then it tries its luck with SQLite's own lock, and is told if that is taken."""
DATABASE_AWAY = (OperationalError, InterfaceError)
"""What a database that cannot be reached raises: no fault of what was to be done, which is tried again later."""
_writer_lock = threading.Lock()


class _WriterTurn:
    """SQLite has one writer. Who finds it taken sleeps and looks again, so that under load some waited for seconds,
    and some in vain, while later ones went past. The writers of one process stand in line here instead."""

    __slots__ = ("_acquired", "_dialect")

    def __init__(self, dialect: str) -> None:
        self._dialect = dialect

    def __enter__(self) -> None:
        self._acquired = self._dialect == "sqlite" and _writer_lock.acquire(timeout=TURN_SECONDS)

    def __exit__(self, *_error: object) -> None:
        if self._acquired:
            _writer_lock.release()


@contextmanager
def transaction(session: Session, step: str | None = None) -> Iterator[Session]:
    """Everything inside is committed, or nothing of it is. `step` names its crash points, where it has them.

    Whatever the session had read before is let go first: on SQLite a transaction that began with a read cannot
    become a writer once another one has written, so a writer takes the lock at its BEGIN.
    """
    session.rollback()
    with _WriterTurn(session.get_bind().dialect.name):
        session.connection(execution_options=IMMEDIATE)
        try:
            yield session
            if step is not None:
                crash_points.pass_crash_point(f"{step}.before-commit")
            if written := session.info.pop(AUDITED, None):
                session.flush()
                seal_entries(
                    session.connection(), sorted({entry.id for entry in written if entry in session})
                )
            session.commit()
            if step is not None:
                crash_points.pass_crash_point(f"{step}.after-commit")
        except BaseException:
            session.info.pop(AUDITED, None)
            session.rollback()
            raise


@contextmanager
def begin_write(engine: Engine, step: str | None = None, *, flushed: bool = True) -> Iterator[Connection]:
    """The same for the engine's set-based statements, without a session.

    With `flushed` False the commit does not wait for the disk: for work that is taken up again where the database says
    that it stands. After a power cut it may be missing, but only if everything committed after it is missing as well:
    the next durable commit, whoever makes it, puts it on the disk too.
    """
    with (
        _WriterTurn(engine.dialect.name),
        _connect_writer(engine) as connection,
        nullcontext() if flushed else _without_flush(connection),
        _begin_immediate(connection) as database_transaction,
    ):
        if not flushed and engine.dialect.name != "sqlite":
            connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
        yield connection
        if step is not None:
            crash_points.pass_crash_point(f"{step}.before-commit")
        database_transaction.commit()
        if step is not None:
            crash_points.pass_crash_point(f"{step}.after-commit")


def _connect_writer(engine: Engine) -> Connection:
    """A connection that tells nobody of its transaction, unless somebody listens to statements: joining the engine's
    listeners anew each time was a third of what a transaction cost. What extensions.py has to do at a BEGIN is done by
    `_begin_immediate`."""
    listens = engine.dispatch.before_cursor_execute or engine.dispatch.after_cursor_execute
    connection = Connection(engine, _has_events=None if listens else False)
    return connection.execution_options(**IMMEDIATE) if listens else connection


def _begin_immediate(connection: Connection) -> RootTransaction:
    if connection.dialect.name == "sqlite" and SQLITE_BEGIN not in connection.get_execution_options():
        begin_on_driver(connection, "IMMEDIATE")
    return connection.begin()


@contextmanager
def _without_flush(connection: Connection) -> Iterator[None]:
    """SQLite's commits within it write to the log and leave the flush to the next durable one, or to a checkpoint."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.driver_connection
    assert driver is not None
    # Not through SQLAlchemy, which would begin a transaction, in which SQLite does not change it.
    driver.execute("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        driver.execute("PRAGMA synchronous = FULL")


@contextmanager
def read_snapshot(engine: Engine) -> Iterator[Connection]:
    """Reads that all see one instant, and take no lock. Keep it short: an old one slows the engine's claims."""
    options = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    with engine.connect().execution_options(**options) as connection:
        yield connection
