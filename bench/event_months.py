"""Raw events by month on PostgreSQL, beside the plain table: inserts, the command itself and its undoing, and how the
events of a month leave.

Half of the events are December's and half January's, so that each month has a table of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

import sqlalchemy as sa

from campaign_app.domain.attempt import first_token, new_tokens
from campaign_app.engine.upkeep import EVENTS_AT_ONCE
from campaign_app.extensions import make_engine
from campaign_app.models import Base
from campaign_app.queries import event_months, settle, upkeep
from campaign_app.transaction import begin_write
from scripts.system_parts import REMEDY, find_postgres
from tests.support.postgres import PostgresServer

from .lifecycles import WrongWork
from .report import Result

EVENTS = 1_000_000
INSERTED = 100_000
BATCH = 100
ROUNDS = 5
NOVEMBER, DECEMBER, JANUARY = (datetime(2026, 11, 30, tzinfo=UTC) + timedelta(days=n) for n in (0, 1, 32))
RAW = '{"CallSid":"CA0123456789abcdef0123456789abcdef","CallStatus":"completed","CallDuration":"21"}'
FILL = """INSERT INTO call_events (token, at, received_at, source, status, raw)
    SELECT overlay(md5(i::text) placing CASE WHEN i <= :half THEN :december ELSE :january END from 1 for 12),
      CASE WHEN i <= :half THEN CAST(:then AS timestamptz) ELSE CAST(:now AS timestamptz) END,
      CASE WHEN i <= :half THEN CAST(:then AS timestamptz) ELSE CAST(:now AS timestamptz) END, 'callback', 'completed',
      :raw FROM generate_series(1, :many) AS n(i)"""
SIZE = """SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class
    WHERE relname ~ '^call_events' AND relkind = 'r'"""


def measure_months(directory: Path, many: int = EVENTS, inserted: int = INSERTED) -> list[Result]:
    """Partitioned is `ours`, plain the floor."""
    binaries = find_postgres()
    if binaries is None:
        raise SystemExit(REMEDY["postgres"])
    with PostgresServer(binaries, durable=True) as server:
        plain, monthly = (make_engine(server.new_database()) for _ in range(2))
        try:
            return _measure(plain, monthly, many, inserted)
        finally:
            plain.dispose()
            monthly.dispose()


def _measure(plain: sa.Engine, monthly: sa.Engine, many: int, inserted: int) -> list[Result]:
    both = (monthly, plain)
    for db in both:
        Base.metadata.create_all(db)
    with begin_write(monthly) as connection:
        event_months.partition_events(connection, NOVEMBER)
    results: list[Result] = []

    def note(name: str, ours: float, floor: float | None, unit: str, batch: int | None = None) -> None:
        results.append(Result(name, "PostgreSQL", batch, ours, floor, unit))

    for db in both:
        _fill(db, many)
    seconds: dict[sa.Engine, list[float]] = {db: [] for db in both}
    for turn in range(ROUNDS):
        for db in both if turn % 2 else reversed(both):
            seconds[db].append(_take_time(lambda db=db: _insert(db, inserted)))
    note("raw events inserted", *(inserted / median(seconds[db]) for db in both), "per second", BATCH)
    tokens = [_some_tokens(db) for db in both]
    looks = [
        [
            _take_time(lambda db=db, some=some: _look_up(db, some))
            for db, some in zip(both, tokens, strict=True)
        ]
        for _ in range(ROUNDS)
    ]
    note(
        "raw events of 100 calls by token",
        *(median(look) * 1000 / 10 for look in zip(*looks, strict=True)), "ms", BATCH,
    )  # fmt: skip

    note("bytes of all raw events", *map(_size, both), "bytes")
    cutoff = JANUARY - timedelta(hours=1)
    deleted = [_take_time(lambda db=db: _delete(db, cutoff)) for db in both]
    note("December deleted by retention", *deleted, "s")
    note(
        "then: dropped, or vacuumed",
        _take_time(lambda: _drop(monthly)),
        _take_time(lambda: _vacuum(plain)),
        "s",
    )
    note("bytes of all raw events afterwards", *map(_size, both), "bytes")

    _fill(plain, many)
    [(rows,)] = _ask(plain, "SELECT count(*) FROM call_events")
    note("events partition", _take_time(lambda: _partition(plain)), None, f"s for {rows:,}")
    note("events partition --undo", _take_time(lambda: _merge(plain)), None, f"s for {rows:,}")
    if _ask(plain, "SELECT count(*) FROM call_events") != [(rows,)]:
        raise WrongWork("events were lost")
    return results


def _take_time(work: Callable[[], object]) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def _ask(db: sa.Engine, statement: str, **values: object) -> list[tuple[object, ...]]:
    with db.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(statement), values)]


def _fill(db: sa.Engine, many: int) -> None:
    with begin_write(db) as connection:
        values = {
            "many": many, "half": many // 2, "december": first_token(DECEMBER), "january": first_token(JANUARY),
            "then": DECEMBER, "now": JANUARY, "raw": RAW,
        }  # fmt: skip
        connection.execute(sa.text(FILL), values)
    _vacuum(db)


def _insert(db: sa.Engine, many: int) -> None:
    for _ in range(many // BATCH):
        rows = [(token, JANUARY, "callback", "completed", RAW) for token in new_tokens(JANUARY, BATCH)]
        with begin_write(db) as connection:
            settle.append_raw_events(connection, rows, JANUARY)


def _some_tokens(db: sa.Engine) -> list[str]:
    return [str(token) for (token,) in _ask(db, "SELECT token FROM call_events ORDER BY id DESC LIMIT 1000")]


def _look_up(db: sa.Engine, tokens: list[str]) -> None:
    for start in range(0, 1000, BATCH):
        _ask(
            db,
            "SELECT * FROM call_events WHERE token = ANY(:tokens) ORDER BY id",
            tokens=tokens[start : start + BATCH],
        )


def _delete(db: sa.Engine, before: datetime) -> None:
    after: int | None = 0
    while after is not None:
        with begin_write(db) as connection:
            after = upkeep.delete_old_events(connection, before, after, EVENTS_AT_ONCE).last_id


def _vacuum(db: sa.Engine) -> None:
    with db.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM (ANALYZE) call_events")


def _drop(db: sa.Engine) -> None:
    """December, and what is older: with the look whether anything is left in it."""
    names = []
    for _ in range(2):
        with begin_write(db) as connection:
            names.append(event_months.drop_empty_month(connection, JANUARY + timedelta(days=2)))
    if names != ["call_events_2026_12", "call_events_before_2026_12"]:
        raise WrongWork(f"dropped {names}")


def _partition(db: sa.Engine) -> None:
    with begin_write(db) as connection:
        event_months.partition_events(connection, JANUARY)


def _merge(db: sa.Engine) -> None:
    with begin_write(db) as connection:
        event_months.merge_partitions(connection)


def _size(db: sa.Engine) -> float:
    [(size,)] = _ask(db, SIZE)
    return float(str(size))
