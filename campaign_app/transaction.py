"""The only place that commits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

IMMEDIATE = {"sqlite_begin": "IMMEDIATE"}


@contextmanager
def transaction(session: Session) -> Iterator[Session]:
    """Everything inside is committed, or nothing of it is.

    Whatever the session had read before is let go first: on SQLite a transaction that began with a read cannot
    become a writer once another one has written, so a writer takes the lock at its BEGIN.
    """
    session.rollback()
    session.connection(execution_options=IMMEDIATE)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


@contextmanager
def write(engine: Engine) -> Iterator[Connection]:
    """The same for the engine's set-based statements, without a session."""
    with engine.connect().execution_options(**IMMEDIATE) as connection, connection.begin() as begun:
        yield connection
        begun.commit()
