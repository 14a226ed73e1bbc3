"""Partitions of the raw events, a month each, on PostgreSQL: made, kept ahead, dropped when empty, and undone.

`call_events` has no uniqueness but its id, so nothing is lost by it. A token begins with its time: the month is the
one in which the call was claimed, and a search by token looks into one month. Whatever belongs to no month is in the
default partition, so that no insert fails. Every function works on the caller's transaction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from campaign_app.domain.attempt import first_token
from campaign_app.models import CallEvent

from .sets import run

TABLE = CallEvent.__tablename__
DEFAULT_NAME = f"{TABLE}_default"
OWN_NAMES = re.compile(rf"{TABLE}_(?:before_)?[0-9]{{4}}_[0-9]{{2}}")
BOUNDS = re.compile(r"FOR VALUES FROM \((?:'(\w+)'|MINVALUE)\) TO \((?:'(\w+)'|MAXVALUE)\)")
IN_USE = ("55P03", "40P01")
"""SQLSTATE of a lock that was not to be had in time, and of a deadlock."""
MONTHS_AHEAD = 2
OVER_AFTER = timedelta(days=1)
"""A call may go on, and be told of, past the end of the month in which it was claimed."""
COMMAND_WAIT, UPKEEP_WAIT = "5s", "250ms"
"""For locks. What waits for the upkeep's lock waits no longer than it does; a deadlock is found after a second only."""


class Partition(NamedTuple):
    """A partition, of tokens from `first` on and below `end`: None without such a bound, and where it has no such
    bounds at all."""

    name: str
    first: str | None
    end: str | None
    is_default: bool
    is_readable: bool
    """False for the default one, and for one with bounds that are not those of a token: somebody else's."""


class PartitionedEvents(NamedTuple):
    """The partition that the table has become, how many rows of later tokens were moved out of it, and the months that
    were made besides."""

    name: str
    moved: int
    months: list[str]


class MissingMonths(NamedTuple):
    """The months that were made, and those that could not be: somebody else's table has their name."""

    made: list[str]
    taken: list[str]


class CannotPartition(Exception):
    """Why the table stays as it is, and what to do; nothing was touched."""


def list_months(now: datetime, ahead: int = MONTHS_AHEAD) -> list[datetime]:
    """The first instants of this month and of those `ahead`, UTC."""
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    months = [first]
    for _ in range(ahead):
        months.append(_next_month(months[-1]))
    return months


def _next_month(month: datetime) -> datetime:
    return (month + timedelta(days=31)).replace(day=1)


def is_partitioned(connection: Connection) -> bool:
    """Whether raw events are kept by month. Always False on SQLite."""
    if connection.dialect.name == "sqlite":
        return False
    kind = run(
        connection, "SELECT relkind FROM pg_class WHERE oid = to_regclass(:table)", {"table": TABLE}
    ).scalar()
    return kind in ("p", b"p")


def list_partitions(connection: Connection) -> list[Partition]:
    """By name, as SQL has it."""
    rows = run(
        connection,
        """SELECT c.oid::regclass::text AS name, pg_get_expr(c.relpartbound, c.oid) AS bounds FROM pg_inherits i
           JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass(:table) ORDER BY 1""",
        {"table": TABLE},
    ).all()
    partitions = []
    for row in rows:
        bounds = BOUNDS.fullmatch(row.bounds)
        first, end = (None, None) if bounds is None else bounds.groups()
        partitions.append(Partition(row.name, first, end, row.bounds == "DEFAULT", bounds is not None))
    return partitions


def partition_events(connection: Connection, now: datetime) -> PartitionedEvents:
    """Make the table a partition of a new one of its name, without copying it, and the months ahead. Nobody else may
    use it meanwhile. Raises CannotPartition."""
    with _as_owner(connection):
        return _partition_as_owner(connection, now)


def _partition_as_owner(connection: Connection, now: datetime) -> PartitionedEvents:
    _lock_table(connection, COMMAND_WAIT)
    _refuse_dependents(connection)
    months = list_months(now)[1:]
    end = months[0]
    name = f"{TABLE}_before_{end:%Y_%m}"
    _refuse_taken_names(connection, [name, DEFAULT_NAME, *map(_name_month, months)])
    ddl = connection.exec_driver_sql
    [(key, sequence)] = connection.exec_driver_sql(
        f"""SELECT conname, pg_get_serial_sequence('{TABLE}', 'id') FROM pg_constraint
            WHERE conrelid = '{TABLE}'::regclass AND contype = 'p'"""
    ).all()
    ddl(f"ALTER TABLE {TABLE} RENAME TO {name}")
    # The key of a partitioned table must include the column of its bounds.
    ddl(f'ALTER TABLE {name} DROP CONSTRAINT "{key}", ADD CONSTRAINT {name}_pkey PRIMARY KEY (id, token)')
    ddl(f"ALTER INDEX IF EXISTS ix_{TABLE}_token RENAME TO {name}_token_idx")
    ddl(
        f"""CREATE TABLE {TABLE} (LIKE {name} INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS,
              CONSTRAINT pk_{TABLE} PRIMARY KEY (id, token)) PARTITION BY RANGE (token)"""
    )
    ddl(f"CREATE INDEX ix_{TABLE}_token ON {TABLE} (token)")
    _take_over(connection, name, sequence)
    # Only the whole table gives ids: a month that was detached must not need its sequence.
    ddl(f"ALTER TABLE {name} ALTER id DROP DEFAULT")
    ddl(f"CREATE TABLE {DEFAULT_NAME} (LIKE {TABLE} INCLUDING CONSTRAINTS)")
    ddl(f"ALTER TABLE {TABLE} ATTACH PARTITION {DEFAULT_NAME} DEFAULT")
    made = [_create_month(connection, month) for month in months]
    # Of a clock that went ahead, or of another program's making: the table has an end now.
    moved = run(
        connection,
        f"""WITH beyond AS (DELETE FROM {name} WHERE token >= :end RETURNING *)
            INSERT INTO {TABLE} SELECT * FROM beyond""",
        {"end": first_token(end)},
    ).rowcount
    ddl(f"ALTER TABLE {TABLE} ATTACH PARTITION {name} FOR VALUES FROM (MINVALUE) TO ('{first_token(end)}')")
    analyze_events(connection)
    return PartitionedEvents(name, moved, made)


def merge_partitions(connection: Connection) -> int:
    """Copy every row into one plain table as the models declare it. Nobody else may use it meanwhile. Returns how many
    there are. Raises CannotPartition."""
    with _as_owner(connection):
        return _merge_as_owner(connection)


def _merge_as_owner(connection: Connection) -> int:
    _lock_table(connection, COMMAND_WAIT)
    _refuse_dependents(connection)
    plain, by_month = f"{TABLE}_plain", f"{TABLE}_by_month"
    _refuse_taken_names(connection, [plain, by_month])
    ddl = connection.exec_driver_sql
    sequence = ddl(f"SELECT pg_get_serial_sequence('{TABLE}', 'id')").scalar_one()
    ddl(f"CREATE TABLE {plain} (LIKE {TABLE} INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS)")
    rows = ddl(f"INSERT INTO {plain} SELECT * FROM {TABLE} ORDER BY id").rowcount
    ddl(f"ALTER TABLE {TABLE} RENAME TO {by_month}")
    ddl(f"ALTER TABLE {plain} RENAME TO {TABLE}")
    _take_over(connection, by_month, sequence)
    ddl(f"DROP TABLE {by_month}")
    ddl(f"ALTER TABLE {TABLE} ADD CONSTRAINT pk_{TABLE} PRIMARY KEY (id)")
    ddl(f"CREATE INDEX ix_{TABLE}_token ON {TABLE} (token)")
    analyze_events(connection)
    return rows


def create_missing_months(connection: Connection, now: datetime) -> MissingMonths:
    """Make this month and those ahead, where they are missing and their names are free; rows of theirs leave the
    default partition. Where the table is in use and nothing can be made, nobody waits."""
    missing = _find_missing_months(list_partitions(connection), now)
    taken = [name for name in map(_name_month, missing) if _is_taken(connection, name)]
    free = [month for month in missing if _name_month(month) not in taken]
    if not free:
        return MissingMonths([], taken)
    with _as_owner(connection):
        # Whoever inserts looks up its partition behind this lock, so no row goes to the default one meanwhile.
        _lock_table(connection, UPKEEP_WAIT)
        return MissingMonths([_create_month(connection, month) for month in free], taken)


def _find_missing_months(partitions: list[Partition], now: datetime) -> list[datetime]:
    return [
        month
        for month in list_months(now)
        if not any(
            part.is_readable
            and (part.first is None or part.first <= first_token(month))
            and (part.end is None or part.end >= first_token(_next_month(month)))
            for part in partitions
        )
    ]


def drop_empty_month(connection: Connection, now: datetime) -> str | None:
    """Drop a month of ours that is over and has no row. Returns its name, None where there is none."""
    over = first_token(now - OVER_AFTER)
    for part in list_partitions(connection):
        is_over = part.end is not None and part.end <= over and OWN_NAMES.fullmatch(part.name)
        if not is_over or _has_row(connection, part.name):
            continue
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{UPKEEP_WAIT}'")
        # Asked again while nobody can write to it. Only this month waits for that, and dead rows take a while.
        connection.exec_driver_sql(f"LOCK TABLE {part.name} IN SHARE MODE")
        if _has_row(connection, part.name):
            continue
        _lock_table(connection, UPKEEP_WAIT)
        connection.exec_driver_sql(f"DROP TABLE {part.name}")
        return part.name
    return None


def analyze_events(connection: Connection) -> None:
    """Let the planner know what is in all months together: autovacuum looks at each of them alone."""
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{UPKEEP_WAIT}'")
    connection.exec_driver_sql(f"ANALYZE {TABLE}")


@contextmanager
def _as_owner(connection: Connection) -> Iterator[None]:
    """What is made belongs to the table's owner, whoever of its role runs the command: the upkeep must be able to lock,
    empty and drop it later. The caller rolls the transaction back after an error, and the role with it."""
    choose_role = "SELECT set_config('role', :role, true)"
    before = run(connection, "SELECT current_setting('role')").scalar_one()
    owner = run(
        connection,
        "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = to_regclass(:table)",
        {"table": TABLE},
    ).scalar_one()
    run(connection, choose_role, {"role": owner})
    yield
    run(connection, choose_role, {"role": before})


def _has_row(connection: Connection, name: str) -> bool:
    return connection.exec_driver_sql(f"SELECT 1 FROM {name} LIMIT 1").first() is not None


def _lock_table(connection: Connection, wait: str) -> None:
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{wait}'")
    connection.exec_driver_sql(f"LOCK TABLE {TABLE} IN ACCESS EXCLUSIVE MODE")


def _name_month(month: datetime) -> str:
    return f"{TABLE}_{month:%Y_%m}"


def _create_month(connection: Connection, month: datetime) -> str:
    """The caller holds the table alone."""
    name = _name_month(month)
    bounds = {"first": first_token(month), "end": first_token(_next_month(month))}
    connection.exec_driver_sql(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING CONSTRAINTS)")
    for part in list_partitions(connection):
        if part.is_default:
            run(
                connection,
                f"""WITH found AS (DELETE FROM {part.name} WHERE token >= :first AND token < :end RETURNING *)
                    INSERT INTO {name} SELECT * FROM found""",
                bounds,
            )
    connection.exec_driver_sql(
        f"ALTER TABLE {TABLE} ATTACH PARTITION {name} FOR VALUES FROM ('{bounds['first']}') TO ('{bounds['end']}')"
    )
    return name


def _take_over(connection: Connection, old: str, sequence: str) -> None:
    """Give the table what its predecessor had: the sequence of its ids, and what others may do with it."""
    connection.exec_driver_sql(f"ALTER SEQUENCE {sequence} OWNED BY {TABLE}.id")
    for right in _list_rights(connection, old):
        connection.exec_driver_sql(f"GRANT {right}")


def _list_rights(connection: Connection, table: str) -> Iterator[str]:
    rows = connection.exec_driver_sql(
        f"""SELECT privilege_type AS word, is_grantable,
              CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS grantee
            FROM pg_class, aclexplode(relacl) WHERE oid = '{table}'::regclass AND grantee <> relowner"""
    ).all()
    for row in rows:
        yield f"{row.word} ON {TABLE} TO {row.grantee}{' WITH GRANT OPTION' if row.is_grantable else ''}"


def _refuse_taken_names(connection: Connection, names: list[str]) -> None:
    for name in names:
        if _is_taken(connection, name):
            raise CannotPartition(describe_taken_name(name))


def _is_taken(connection: Connection, name: str) -> bool:
    return run(connection, "SELECT to_regclass(:name)", {"name": name}).scalar() is not None


def describe_taken_name(name: str) -> str:
    return f"there is a table {name} already: rename or drop it first"


def _refuse_dependents(connection: Connection) -> None:
    """What somebody else hung on the table would stay with the old one, or be gone."""
    others = (
        connection.exec_driver_sql(
            f"""WITH t AS (SELECT '{TABLE}'::regclass::oid AS oid
                  UNION SELECT inhrelid FROM pg_inherits WHERE inhparent = '{TABLE}'::regclass)
                SELECT DISTINCT 'view ' || r.ev_class::regclass FROM pg_depend d JOIN t ON d.refobjid = t.oid
                  JOIN pg_rewrite r ON r.oid = d.objid
                  WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
                UNION SELECT 'trigger ' || tgname FROM pg_trigger JOIN t ON tgrelid = t.oid WHERE NOT tgisinternal
                UNION SELECT 'foreign key ' || conname FROM pg_constraint JOIN t ON confrelid = t.oid
                  WHERE contype = 'f'
                UNION SELECT 'policy ' || polname FROM pg_policy JOIN t ON polrelid = t.oid
                UNION SELECT 'publication ' || pubname FROM pg_publication p JOIN pg_publication_rel r
                  ON r.prpubid = p.oid JOIN t ON r.prrelid = t.oid
                UNION SELECT 'index ' || indexrelid::regclass FROM pg_index
                  WHERE indrelid = '{TABLE}'::regclass AND NOT indisprimary
                    AND indexrelid::regclass::text <> 'ix_{TABLE}_token'
                ORDER BY 1"""
        )
        .scalars()
        .all()
    )
    if others:
        raise CannotPartition(
            f"something that is not Switchboard's depends on {TABLE} ({', '.join(others)}): drop it first, and make it"
            " again afterwards"
        )
