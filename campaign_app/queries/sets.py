"""Row sets: a batch of rows as one parameter, so that one statement serves a hundred of them on either database.

It travels as JSON: SQLite reads it with `json_each`, PostgreSQL with `jsonb_array_elements`. Row-by-row ORM did
160–330 calls a second when measured, statements over sets 20,000–60,000.
"""

from __future__ import annotations

import json
import re
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NoReturn, Protocol

import orjson
from sqlalchemy import Connection, Dialect, text
from sqlalchemy.exc import MultipleResultsFound, NoResultFound

from campaign_app.models.base import sqlite_stamp

PG_TYPES = {"int": "bigint", "str": "text", "time": "timestamptz", "bool": "boolean", "json": "jsonb"}

STAMPS: dict[str, Callable[[Any], str | None]] = {
    "sqlite": sqlite_stamp,
    "postgresql": datetime.isoformat,
}
"""How a time is written in JSON. Not cached: most times of a batch are new, and looking for them cost more than it
saved."""
OPTIONS = {
    # Times on SQLite are text of a fixed width, so that they sort: orjson must leave them to STAMPS.
    "sqlite": orjson.OPT_PASSTHROUGH_DATETIME,
    "postgresql": None,
}


def _encode_rows(dialect: str, rows: Sequence[Any]) -> str:
    """The rows, or single values, as JSON, in a quarter of the time that Python's own encoder takes."""
    stamp = STAMPS[dialect]
    try:
        return orjson.dumps(rows, default=stamp, option=OPTIONS[dialect]).decode()
    except orjson.JSONEncodeError:
        # Numbers beyond 64 bits and invalid Unicode: the database says what is wrong with them.
        return json.dumps(rows, ensure_ascii=False, separators=(",", ":"), default=stamp)


class RowSet:
    """The shape of a batch: `RowSet("v", id="int", due_at="time")` stands in a statement as `{v}`."""

    def __init__(self, alias: str, **columns: str) -> None:
        self.alias = alias
        self.columns = columns
        self._sources: dict[str, str] = {}
        self._statements: dict[tuple[str, str], str] = {}

    def source_sql(self, dialect: str) -> str:
        """What stands in FROM."""
        source = self._sources.get(dialect)
        if source is None:
            source = self._sources[dialect] = self._write_source(dialect)
        return source

    def _write_source(self, dialect: str) -> str:
        if dialect == "sqlite" and len(self.columns) == 1:
            # Single values, not rows of one: reading each out of a row took four times as long.
            [name] = self.columns
            items = f"WITH items AS MATERIALIZED (SELECT value FROM json_each(:{self.alias}))"
            return f"({items} SELECT value AS {name} FROM items) AS {self.alias}"
        if dialect == "sqlite":
            cells = ", ".join(
                f"json_extract(value, '$[{i}]') AS {name}" for i, name in enumerate(self.columns)
            )
            # Materialized, or json_each would write each row's text out anew for every cell: 1.7 × with 14 of them.
            items = f"WITH items AS MATERIALIZED (SELECT value FROM json_each(:{self.alias}))"
            return f"({items} SELECT {cells} FROM items) AS {self.alias}"
        cells = ", ".join(
            f"CAST(item ->> {i} AS {PG_TYPES[kind]}) AS {name}"
            for i, (name, kind) in enumerate(self.columns.items())
        )
        # Not unnest over an array a column: psycopg writes arrays cell by cell in Python, a quarter of our CPU time.
        items = f"jsonb_array_elements(CAST(:{self.alias} AS jsonb)) AS items(item)"
        return f"(SELECT {cells} FROM {items}) AS {self.alias}"

    def put_in(self, statement: str, dialect: str) -> str:
        """The statement with what stands in FROM in the place of its alias in braces; kept, since the driver and we
        look statements up by their text."""
        filled = self._statements.get((statement, dialect))
        if filled is None:
            filled = statement.replace("{" + self.alias + "}", self.source_sql(dialect))
            self._statements[statement, dialect] = filled
        return filled

    def row_sql(self) -> str:
        """What stands in FROM for a single row on SQLite, where reading it out of JSON takes four times as long."""
        return f"(SELECT {', '.join(f':{self.alias}_{name} AS {name}' for name in self.columns)}) AS {self.alias}"

    def to_row_parameters(self, row: Sequence[Any]) -> dict[str, Any]:
        """The row as the parameters of a statement with `row_sql`."""
        return {f"{self.alias}_{name}": value for name, value in zip(self.columns, row, strict=True)}

    def to_parameters(self, dialect: str, rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
        """The rows as the statement's parameter."""
        if dialect == "sqlite" and len(self.columns) == 1:
            return {self.alias: _encode_rows(dialect, [value for (value,) in rows])}
        # orjson does not accept named tuples.
        return {self.alias: _encode_rows(dialect, list(map(tuple, rows)))}


@lru_cache(maxsize=512)
def _for_driver(statement: str, dialect: Dialect) -> str:
    """The statement with its parameters as the driver spells them; sqlite3 knows `:name` itself."""
    return statement if dialect.name == "sqlite" else str(text(statement).compile(dialect=dialect))


class StatementResult(Protocol):
    """What a statement returned: a part of what SQLAlchemy's CursorResult can do."""

    def __iter__(self) -> Iterator[Any]: ...

    def all(self) -> Sequence[Any]: ...

    def first(self) -> Any | None: ...

    def one(self) -> Any: ...

    def one_or_none(self) -> Any | None: ...

    def scalar(self) -> Any: ...

    def scalar_one(self) -> Any: ...

    def scalar_one_or_none(self) -> Any: ...

    def scalars(self) -> Any: ...

    def mappings(self) -> Any: ...

    @property
    def rowcount(self) -> int: ...


_RowMaker = Callable[[Any], Any]


@lru_cache(maxsize=1024)
def _row_maker(columns: tuple[str, ...]) -> _RowMaker:
    """Turns a row from the driver into one that has its columns by name."""
    row: Any = namedtuple("Row", columns, rename=True)  # type: ignore[misc]
    row._mapping = property(row._asdict)  # type: ignore[attr-defined]
    maker: _RowMaker = row._make
    return maker


_row_makers: dict[tuple[str, str], _RowMaker] = {}
"""By dialect and statement: psycopg takes as long to describe a result's columns as to fetch it."""
MOST_ROW_MAKERS = 1024
ALL_COLUMNS = re.compile(r"\bSELECT \*|\w\.\*")


class DriverResult:
    """What the driver's cursor returned. The cursor is finished as soon as the rows are read: on SQLite an unfinished
    SELECT keeps its snapshot."""

    __slots__ = ("_connection", "_cursor", "_sql")

    def __init__(self, connection: Connection, cursor: Any, sql: str) -> None:
        self._connection = connection
        self._cursor = cursor
        self._sql = sql

    @property
    def rowcount(self) -> int:
        count: int = self._cursor.rowcount
        return count

    def all(self) -> list[Any]:
        rows = self._fetch(self._cursor.fetchall)
        return list(map(self._make_row, rows)) if rows else []

    def all_tuples(self) -> list[tuple[Any, ...]]:
        """The rows without their columns' names, as the driver made them."""
        rows: list[tuple[Any, ...]] = self._fetch(self._cursor.fetchall)
        return rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self.all())

    def first(self) -> Any | None:
        row = self._fetch(self._cursor.fetchone)
        made = None if row is None else self._make_row(row)
        self._cursor.close()
        return made

    def one_or_none(self) -> Any | None:
        rows = self._fetch(self._cursor.fetchmany, 2)
        made = self._make_row(rows[0]) if rows else None
        self._cursor.close()
        if len(rows) > 1:
            raise MultipleResultsFound("Multiple rows were found when one or none was required")
        return made

    def one(self) -> Any:
        row = self.one_or_none()
        if row is None:
            raise NoResultFound("No row was found when one was required")
        return row

    def scalar(self) -> Any:
        row = self._fetch(self._cursor.fetchone)
        self._cursor.close()
        return None if row is None else row[0]

    def scalar_one(self) -> Any:
        return self.one()[0]

    def scalar_one_or_none(self) -> Any:
        row = self.one_or_none()
        return None if row is None else row[0]

    def scalars(self) -> _Values:
        return _Values(row[0] for row in self._fetch(self._cursor.fetchall))

    def mappings(self) -> _Values:
        return _Values(row._asdict() for row in self.all())

    def _fetch(self, fetch: Callable[..., Any], *most: int) -> Any:
        """SQLite computes rows while they are read: an error at that point becomes SQLAlchemy's, too."""
        try:
            return fetch(*most)
        except BaseException as error:
            raise_sqlalchemy_error(error, self._connection)

    @property
    def _make_row(self) -> _RowMaker:
        key = self._connection.dialect.name, self._sql
        maker = _row_makers.get(key)
        if maker is None:
            maker = _row_maker(tuple([column[0] for column in self._cursor.description]))
            if not ALL_COLUMNS.search(self._sql):  # whose columns are those of the table at that moment
                if len(_row_makers) >= MOST_ROW_MAKERS:
                    _row_makers.clear()
                _row_makers[key] = maker
        return maker


class _Values(list[Any]):
    """Single values, or rows as mappings."""

    def all(self) -> list[Any]:
        return list(self)

    def first(self) -> Any | None:
        return self[0] if self else None

    def one(self) -> Any:
        if len(self) != 1:
            raise (MultipleResultsFound if self else NoResultFound)("one row was required")
        return self[0]


def run(
    connection: Connection, statement: str, parameters: Mapping[str, Any] | None = None
) -> StatementResult:
    """Execute a text statement. Times among the parameters are aware; on SQLite they become its fixed-width text.

    Within a transaction it goes straight to the driver: SQLAlchemy's compiled form cost 17–38 µs more each, twenty
    times a batch, and exec_driver_sql with its result 150 µs on a busy machine. Errors are still SQLAlchemy's, and
    while anything listens to statements, they go through SQLAlchemy, so that the listener sees these as well.
    """
    bound = parameters or {}
    dialect = connection.dialect
    if dialect.name == "sqlite":
        bound = _stamp_times(bound)
    sql = _for_driver(statement, dialect)
    if not _can_use_driver(connection):
        return connection.exec_driver_sql(sql, bound)
    try:
        cursor = connection.connection.cursor()
        cursor.execute(sql, bound)
    except BaseException as error:
        raise_sqlalchemy_error(error, connection, sql, bound)
    return DriverResult(connection, cursor, sql)


def _can_use_driver(connection: Connection) -> bool:
    """Whether a statement may go straight to the driver: within a transaction, and nobody listens to statements."""
    transaction = connection.get_nested_transaction() or connection.get_transaction()
    # Who listens to one connection marks it; all others listen to its engine, which is three times as fast to ask.
    listeners = connection.dispatch if connection._has_events else connection.engine.dispatch
    listened = listeners.before_cursor_execute or listeners.after_cursor_execute
    return transaction is not None and transaction.is_active and not listened


def _stamp_times(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    stamped: dict[str, Any] | None = None
    for key, value in parameters.items():
        if isinstance(value, datetime):
            stamped = dict(parameters) if stamped is None else stamped
            stamped[key] = sqlite_stamp(value)
    return parameters if stamped is None else stamped


def run_at_once(connection: Connection, *statements: str) -> None:
    """Statements without parameters, whose results nobody wants, on PostgreSQL in one journey."""
    sql = "; ".join(statements)
    if not _can_use_driver(connection):
        for statement in statements:
            run(connection, statement)
        return
    try:
        # Prepared, it would have to be a single statement.
        connection.connection.cursor().execute(sql, prepare=False)  # type: ignore[call-arg]
    except BaseException as error:
        raise_sqlalchemy_error(error, connection, sql)


def run_for_tuples(
    connection: Connection, statement: str, parameters: Mapping[str, Any] | None = None
) -> Sequence[Any]:
    """As `run`, for those who read the rows of a batch by position."""
    result = run(connection, statement, parameters)
    return result.all_tuples() if isinstance(result, DriverResult) else result.all()


def raise_sqlalchemy_error(
    error: BaseException,
    connection: Connection,
    sql: str | None = None,
    bound: Mapping[str, Any] | None = None,
) -> NoReturn:
    """Raise the driver's error as one of SQLAlchemy's, which also tells those who listen to errors, and invalidates a
    lost connection."""
    connection._handle_dbapi_exception(error, sql, bound, None, None)


def locking_clause(connection: Connection, clause: str) -> str:
    """A row-locking clause where the database has one; SQLite's writers are alone under BEGIN IMMEDIATE anyway."""
    return "" if connection.dialect.name == "sqlite" else clause


def as_time(value: datetime | str | None) -> datetime | None:
    """A time that a text statement returned, in UTC: PostgreSQL hands it in its session's zone, SQLite as text."""
    if isinstance(value, str):
        return datetime.fromisoformat(value + "+00:00")
    return None if value is None else value.astimezone(UTC)


def stored_json(value: Any) -> Any:
    """A JSON column that a text statement returned: text on SQLite, parsed already on PostgreSQL."""
    return json.loads(value) if isinstance(value, str) else value
