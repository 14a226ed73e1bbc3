"""Alembic environment: migrations run over the application's own engine."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from flask import current_app
from sqlalchemy import JSON, Column, Connection
from sqlalchemy.types import TypeEngine

from campaign_app.models import Base, UtcDateTime


def render(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """A migration must not change when a model's type does: it names plain types only."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, JSON):
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


def same_type(
    _context: Any, _inspected: Any, _column: Any, _from: TypeEngine[Any], to: TypeEngine[Any]
) -> bool | None:
    """SQLite keeps no difference between these, so there is none to find."""
    return False if isinstance(to, UtcDateTime) else None


def is_compared(item: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """Not an index of an expression, which each database words otherwise and SQLite does not tell at all; nor the
    partitions that `events partition` has made."""
    if kind == "table" and f"{name}".startswith("call_events_"):
        return False
    return kind != "index" or all(isinstance(each, Column) for each in item.expressions)


for message in (
    "Skipped unsupported reflection of expression-based",
    "autogenerate skipping metadata-specified expression",
    # Each database words the expression of a computed column in its own way.
    "Computed default on",
):
    warnings.filterwarnings("ignore", message)
# So batch mode, which makes a table anew, loses ix_*_ending: a migration that uses it on theirs creates them again.


@contextmanager
def _references_at_rest(connection: Connection) -> Iterator[None]:
    """SQLite changes a constraint by making the table anew (batch mode), and dropping the old one would delete what
    refers to it. Its manual has the references rest meanwhile; that can be said only outside of a transaction, so to
    the driver. They are checked before anything is committed.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON")


def _check_references(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5)
    if broken:
        raise RuntimeError(f"the migration would leave rows that refer to nothing: {broken}")


def run_online() -> None:
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection, _references_at_rest(connection):
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            render_item=render,
            compare_type=same_type,
            include_object=is_compared,
            # SQLite's DDL is transactional too, as our connections begin: a migration happens whole or not at all.
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()
            _check_references(connection)


def run_offline() -> None:
    """Print the SQL instead: `flask --app app db upgrade --sql`."""
    url = current_app.config["SQLALCHEMY_DATABASE_URI"]
    context.configure(url=url, target_metadata=Base.metadata, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
