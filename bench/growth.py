"""Growth: what a call costs in a database that is nearly empty, and in one that has millions of contacts and calls.

The engine's own steps, from claim to outcome, in turns on a small and on a large database of the same kind, so that
both meet the same load. `GROWTH_CONTACTS` sets the large one's size (5,000,000 unless it is given; it has twice as many
attempts that are over).
"""

from __future__ import annotations

import os
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import sqlalchemy as sa

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.extensions import make_engine
from campaign_app.models.base import sqlite_stamp
from campaign_app.transaction import begin_write
from scripts.system_parts import REMEDY, find_postgres
from tests.support.postgres import PostgresServer

from .ground import CAMPAIGN, TRUNK, lay
from .lifecycles import WrongWork
from .ours import Ours
from .pages import NUMBERS, TIME
from .report import Result

SMALL = 10_000
LARGE = int(os.environ.get("GROWTH_CONTACTS", "5000000"))
TRIES = 4
"""Of every second contact: two attempts for each contact."""
BATCH = 100
BATCHES = 4
"""Of a turn."""
TURNS, WARM_UP = 9, 2
"""All of them take less than the half of SMALL that is due."""
PIECE = 500_000
"""Contacts whose calls are written in one transaction."""
# Ended an hour ago, as the engine leaves them, with the event that ended them.
ATTEMPTS = """INSERT INTO attempts (campaign_id, contact_id, trunk_id, number, try_number, counts, token, phone, status,
    rank, answered_by, provider_ref, claimed_at, dialing_at, placed_at, answered_at, ended_at, test)
  SELECT :campaign, c.id, :trunk, n.i, n.i, true, 'b' || n.i || '-' || c.id, c.phone, 'completed', 9, 'human',
    'bench-b' || n.i || '-' || c.id, {at}, {at}, {at}, {at}, {at}, false
  FROM {numbers}, contacts c WHERE c.id > :after AND c.id <= :upto AND c.id % 2 = 0"""
EVENTS = """INSERT INTO call_events (token, at, received_at, source, status, raw)
  SELECT 'b' || n.i || '-' || c.id, {at}, {at}, 'event', 'completed', '{{"event":"ended","outcome":"completed"}}'
  FROM {numbers}, contacts c WHERE c.id > :after AND c.id <= :upto AND c.id % 2 = 0"""
CALLED = """UPDATE contacts SET due_at = NULL, tries = :many, attempts_made = :many, status = 'completed'
  WHERE id > :after AND id <= :upto AND id % 2 = 0"""


def growth(directory: Path) -> list[Result]:
    """On both databases. Needs some three gigabytes of disk for each million contacts, one database at a time."""
    urls = [f"sqlite:///{directory / name}.sqlite" for name in ("small", "large")]
    results = _measure("SQLite", urls)
    for file in directory.glob("*.sqlite*"):
        file.unlink()
    binaries = find_postgres()
    if binaries is None:
        raise SystemExit(REMEDY["postgres"])
    with PostgresServer(binaries, durable=True) as server:
        return results + _measure("PostgreSQL", [server.new_database() for _ in range(2)])


def _measure(database: str, urls: list[str]) -> list[Result]:
    """Milliseconds a call: of the large database, and of the small one."""
    engines = [make_engine(url) for url in urls]
    for engine, contacts in zip(engines, (SMALL, LARGE), strict=True):
        fill(engine, contacts)
    sides = [Ours(engine) for engine in engines]
    times: list[list[tuple[float, float]]] = [[], []]
    try:
        for turn in range(WARM_UP + TURNS):
            for side in (0, 1) if turn % 2 else (1, 0):
                cost = _run(sides[side])
                if turn >= WARM_UP:
                    times[side].append(cost)
    finally:
        for ours in sides:
            ours.close()
        for engine in engines:
            engine.dispose()
    small, large = ([median(one[which] for one in each) for which in (0, 1)] for each in times)
    size = f"{LARGE:,} contacts, {2 * LARGE:,} calls / {SMALL:,}, {2 * SMALL:,}"
    return [
        Result(f"a call among {size}", database, BATCH, large[0], small[0], "ms"),
        Result(f"a call among {size}, processor time", database, BATCH, large[1], small[1], "ms"),
    ]


def _run(ours: Ours) -> tuple[float, float]:
    """Milliseconds a call by the clock, and of this process's processor time."""
    started, used = perf_counter(), process_time()
    for _ in range(BATCHES):
        claimed = ours.claim(BATCH)
        if len(claimed) != BATCH or ours.finish(claimed) != BATCH:
            raise WrongWork(f"{len(claimed)} of {BATCH} were claimed, or did not all end")
    many = BATCH * BATCHES / 1000
    return (perf_counter() - started) / many, (process_time() - used) / many


def fill(engine: sa.Engine, contacts: int) -> None:
    """A running campaign; every second contact was called, and the others are due."""
    now = SYSTEM_CLOCK.now()
    lay(engine, contacts, now)
    kind = engine.dialect.name
    words = {"at": TIME[kind], "numbers": NUMBERS[kind]}
    at = sqlite_stamp(now) if kind == "sqlite" else now
    for after in range(0, contacts, PIECE):
        bounds = {"after": after, "upto": after + PIECE}
        with begin_write(engine) as connection:
            connection.execute(
                sa.text(ATTEMPTS.format(**words)),
                {"campaign": CAMPAIGN, "trunk": TRUNK, "many": TRIES, "at": at, **bounds},
            )
            connection.execute(sa.text(EVENTS.format(**words)), {"many": TRIES, "at": at, **bounds})
            connection.execute(sa.text(CALLED), {"many": TRIES, **bounds})
        if kind == "sqlite":
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    with begin_write(engine) as connection:
        connection.execute(
            sa.text(
                "UPDATE campaign_counters SET contacts_pending = :due, contacts_completed = :called,"
                " attempts_completed = :attempts"
            ),
            {"due": contacts - contacts // 2, "called": contacts // 2, "attempts": contacts // 2 * TRIES},
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE" if kind == "sqlite" else "VACUUM (ANALYZE)")
