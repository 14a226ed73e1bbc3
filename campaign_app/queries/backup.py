"""Backup queries: what a database holds, who else uses it, and its rows in and out by COPY (PostgreSQL)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy import Connection, PoolProxiedConnection
from sqlalchemy.exc import DBAPIError

from campaign_app.models import Base

from .sets import raise_sqlalchemy_error, run

if TYPE_CHECKING:
    from psycopg import sql

ALIVE = timedelta(seconds=10)
"""So long after its last tick an engine may still run."""
VERSION_TABLE = "alembic_version"
STILL_NEEDED = "2BP01"
CHUNK = 1 << 20
APPLICATION = "switchboard"
"""By which the server knows our connections."""


def compact(connection: PoolProxiedConnection) -> None:
    """Write SQLite's file anew without what is free of it, and so that the upkeep can go on with it. Nobody else may
    use it meanwhile; one that is interrupted leaves it as it was."""
    connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def is_known(table: str) -> bool:
    """Whether this version has such a table."""
    return table in Base.metadata.tables


def list_tables(connection: Connection, *, only_known: bool = False) -> dict[str, list[str]]:
    """The columns of every table, in an order in which rows may be put in: what is referred to comes first. With
    `only_known`, of those that this version has."""
    inspector = sa.inspect(connection)
    # A partition's rows are its table's.
    there = set(inspector.get_table_names()) - _list_partitions(connection)
    known = [table.name for table in Base.metadata.sorted_tables if table.name in there]
    rest = [] if only_known else sorted(there - set(known) - {VERSION_TABLE})
    return {
        name: [column["name"] for column in inspector.get_columns(name) if not column.get("computed")]
        for name in (*known, *rest)
    }


def _list_partitions(connection: Connection) -> set[str]:
    if connection.dialect.name == "sqlite":
        return set()
    rows = connection.exec_driver_sql(
        "SELECT relname FROM pg_class WHERE relispartition AND pg_table_is_visible(oid)"
    )
    return set(rows.scalars())


def read_installation(connection: Connection) -> str:
    """Which installation the database is of, at whatever revision; "" where it does not say."""
    there = set(sa.inspect(connection).get_table_names())
    # Until revision 0007 the table was called `facts`.
    table = "settings" if "settings" in there else "facts"
    if table not in there:
        return ""
    return run(connection, f"SELECT value FROM {table} WHERE key = 'installation'").scalar() or ""


def is_used(connection: Connection) -> bool:
    """Whether the database has campaigns, calls or people who sign in: more than a first start leaves."""
    there = set(sa.inspect(connection).get_table_names())
    return any(
        run(connection, f"SELECT 1 FROM {table} LIMIT 1").first() is not None
        for table in ("campaigns", "attempts", "users", "do_not_call")
        if table in there
    )


def count_rows(connection: Connection, tables: Sequence[str]) -> dict[str, int]:
    """How many rows each of these tables has, those that are there."""
    there = set(sa.inspect(connection).get_table_names())
    return {
        table: run(connection, f"SELECT count(*) FROM {table}").scalar_one()
        for table in tables
        if table in there
    }


def count_other_connections(connection: Connection) -> int:
    """How many connections of Switchboard's the database has besides this one. PostgreSQL."""
    count: int = run(
        connection,
        """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
           AND pid <> pg_backend_pid() AND application_name = :name""",
        {"name": APPLICATION},
    ).scalar_one()
    return count


def describe_users(connection: Connection, now: datetime) -> str | None:
    """Who else uses the database, as one line; None where nobody is seen to. SQLite's users hold the folder's lock."""
    if connection.dialect.name == "sqlite":
        return None
    others = count_other_connections(connection)
    if others:
        noun = "connection" if others == 1 else "connections"
        return (
            f"Switchboard is running on this database ({others} other {noun}): stop every process of it first"
        )
    beat = run(
        connection,
        """SELECT name, host FROM engine_heartbeats WHERE stopped_at IS NULL AND last_tick_at >= :since LIMIT 1"""
        if "stopped_at" in {column["name"] for column in _columns_if_there(connection, "engine_heartbeats")}
        else "SELECT NULL AS name, NULL AS host WHERE :since IS NULL",
        {"since": now - ALIVE},
    ).first()
    if beat is not None:
        return (
            f"the engine {beat.name} on {beat.host} ticked less than {ALIVE.seconds} s ago: stop it first, or wait"
            " if it was killed"
        )
    return None


def _columns_if_there(connection: Connection, table: str) -> Sequence[Mapping[str, Any]]:
    inspector = sa.inspect(connection)
    return inspector.get_columns(table) if inspector.has_table(table) else []


# PostgreSQL: rows as COPY's text.


def copy_out(connection: Connection, table: str, columns: Sequence[str], target: Path) -> None:
    """Write a table's rows to a file."""
    cursor: Any = _driver(connection).cursor()
    # Of a partitioned table PostgreSQL copies a query's rows only.
    statement = _write_copy("COPY (SELECT {1} FROM {0}) TO STDOUT", table, columns)
    with (
        _driver_errors(connection, statement),
        target.open("wb") as file,
        cursor,
        cursor.copy(statement) as copy,
    ):
        for data in copy:
            file.write(data)


def copy_in(connection: Connection, table: str, columns: Sequence[str], source: Path) -> None:
    """Put the rows of a file into a table."""
    cursor: Any = _driver(connection).cursor()
    statement = _write_copy("COPY {0} ({1}) FROM STDIN", table, columns)
    with (
        _driver_errors(connection, statement),
        source.open("rb") as file,
        cursor,
        cursor.copy(statement) as copy,
    ):
        while data := file.read(CHUNK):
            copy.write(data)


@contextmanager
def _driver_errors(connection: Connection, statement: Any) -> Iterator[None]:
    """COPY is the driver's own: its errors become SQLAlchemy's, as those of other statements are."""
    try:
        yield
    except connection.dialect.loaded_dbapi.Error as error:
        raise_sqlalchemy_error(error, connection, statement.as_string(None))


def drop_tables(connection: Connection, tables: Iterable[str]) -> str | None:
    """Drop these tables and the one of the revision, at once, for they refer to each other. What else depends on them,
    as a view that somebody made does, is not dropped with them: then nothing is dropped, and that is returned in words,
    and the transaction must be rolled back."""
    names = ", ".join(f'"{name}"' for name in (*tables, VERSION_TABLE))
    try:
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {names}")
    except DBAPIError as error:
        diagnosis = getattr(error.orig, "diag", None)
        if diagnosis is None or diagnosis.sqlstate != STILL_NEEDED:
            raise
        return str(diagnosis.message_detail or diagnosis.message_primary).splitlines()[0]
    return None


def make_tables(connection: Connection) -> None:
    """All tables as the models declare them, where the connection looks first."""
    Base.metadata.create_all(connection, checkfirst=False)


def advance_sequences(connection: Connection, tables: Mapping[str, Sequence[str]]) -> None:
    """Let new rows have ids above those that were put in."""
    for table, column, sequence in _list_sequences(connection, tables):
        connection.exec_driver_sql(
            f"""SELECT setval('{sequence}', coalesce((SELECT max("{column}") FROM "{table}"), 1),
                  EXISTS (SELECT 1 FROM "{table}"))"""
        )


def _list_sequences(
    connection: Connection, tables: Mapping[str, Sequence[str]]
) -> Iterator[tuple[str, str, str]]:
    for table, columns in tables.items():
        for column in columns:
            sequence = run(
                connection,
                "SELECT pg_get_serial_sequence(:table, :column)",
                {"table": f'"{table}"', "column": column},
            ).scalar_one()
            if sequence is not None:
                yield table, column, sequence


def use_scratch_schema(connection: Connection, name: str) -> None:
    """From here on the transaction looks into a new schema, and only there; rolled back it was never there."""
    connection.exec_driver_sql(f'CREATE SCHEMA "{name}"')
    connection.exec_driver_sql(f'SET LOCAL search_path TO "{name}"')


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection


def _write_copy(statement: str, table: str, columns: Sequence[str]) -> sql.Composed:
    """`{0}` stands for the table, `{1}` for its columns."""
    from psycopg import sql  # 0.1 s that a start on SQLite can do without

    return sql.SQL(statement).format(sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns)))
