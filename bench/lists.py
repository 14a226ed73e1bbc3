"""Lists of ten million: how long it takes to load one, to look a number up, and to claim and permit beside it.

30 % of the contacts are on the list. They are swept out of the queue first, as the upkeep does it; then claims and
permits of 100 are measured in turns with the list in force and without one.
"""

from __future__ import annotations

import random
from datetime import date, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.domain.lists import VersionState
from campaign_app.engine.list_upkeep import sweep_step
from campaign_app.extensions import make_bulk_engine, make_engine
from campaign_app.models import ListVersion, NumberList
from campaign_app.queries import lists as list_queries
from campaign_app.services.dialing_rules import DialingRules
from campaign_app.transaction import begin_write, transaction
from scripts.system_parts import REMEDY, find_postgres
from tests.support.postgres import PostgresServer

from .ground import lay
from .lifecycles import WrongWork
from .ours import Ours
from .report import Result

NUMBERS = 10_000_000
CONTACTS = 100_000
LISTED_OF_TEN = 3
BATCH = 100
WARM_UP, ROUNDS = 5, 41
LOOKUPS = 2_001
SLICE = 50_000


def lists(directory: Path, numbers: int = NUMBERS) -> list[Result]:
    """On both databases."""
    results = _measure(make_engine(f"sqlite:///{directory / 'lists.sqlite'}"), "SQLite", numbers)
    binaries = find_postgres()
    if binaries is None:
        raise SystemExit(REMEDY["postgres"])
    with PostgresServer(binaries, durable=True) as server:
        return results + _measure(make_engine(server.new_database()), "PostgreSQL", numbers)


def _measure(engine: sa.Engine, database: str, numbers: int) -> list[Result]:
    lay(engine, CONTACTS, SYSTEM_CLOCK.now())
    version_id, seconds = _load(engine, numbers)
    lookup = _look_up(engine, version_id)
    swept = perf_counter()
    rules = DialingRules()
    while sweep_step(engine, SYSTEM_CLOCK, rules):
        pass
    swept = perf_counter() - swept
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # What autovacuum would have done by then.
        connection.exec_driver_sql("ANALYZE" if database == "SQLite" else "VACUUM (ANALYZE)")
    beside, without = _claim_and_permit(engine, version_id)
    engine.dispose()
    return [
        Result(f"load a list of {numbers:,}", database, None, seconds, None, "s"),
        Result(f"look a number up among {numbers:,}", database, 1, lookup, None, "ms"),
        Result(f"sweep {CONTACTS:,} contacts", database, None, swept, None, "s"),
        Result("claim, 30 % listed / no list", database, BATCH, beside[0], without[0], "ms"),
        Result("permit to record, listed / no list", database, BATCH, beside[1], without[1], "ms"),
    ]


def _claim_and_permit(engine: sa.Engine, version_id: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """Milliseconds of a claim, and of all from the permit to the outcome: with the list in force, and in turns without
    any, so that both meet the same tables and the same load."""
    ours = Ours(engine)
    times: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    try:
        for turn in range(2 * (WARM_UP + ROUNDS)):
            is_listed = turn % 2 == 0
            with begin_write(engine) as connection:
                connection.execute(sa.update(NumberList).values(version_id=version_id if is_listed else None))
            began = perf_counter()
            claimed = ours.claim(BATCH)
            middle = perf_counter()
            if len(claimed) != BATCH or ours.finish(claimed) != BATCH:
                raise WrongWork(f"{len(claimed)} of {BATCH} were claimed, or did not all end")
            if turn >= 2 * WARM_UP:
                times[is_listed].append(((middle - began) * 1000, (perf_counter() - middle) * 1000))
    finally:
        ours.close()
    return _medians(times[True]), _medians(times[False])


def _medians(times: list[tuple[float, float]]) -> tuple[float, float]:
    return median(claim for claim, _ in times), median(rest for _, rest in times)


def _load(engine: sa.Engine, numbers: int) -> tuple[int, float]:
    """A version with three of ten contacts and strangers, in force; and how long its numbers took to write."""
    now = SYSTEM_CLOCK.now()
    version_id = _make_list(engine, numbers, now)
    rng = random.Random(1)
    ours = [int(f"49151{index:08d}") for index in range(CONTACTS) if index % 10 < LISTED_OF_TEN]
    step = 10**9 // numbers
    began = perf_counter()
    bulk = make_bulk_engine(engine)
    written, piece = 0, ours
    first = 491_600_000_000
    while written < numbers:
        with begin_write(bulk) as connection:
            list_queries.insert_numbers(connection, version_id, piece)
        written += len(piece)
        # Rising, as the loader writes them.
        piece = [
            first + (written + index) * step + rng.randrange(step)
            for index in range(min(SLICE, numbers - written))
        ]
        if engine.dialect.name == "sqlite":
            with bulk.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    seconds = perf_counter() - began
    if bulk is not engine:
        bulk.dispose()
    return version_id, seconds


def add_strangers(engine: sa.Engine, name: str, numbers: int, seed: int) -> int:
    """A list in force of numbers that no contact has; the id of its version."""
    version_id = _make_list(engine, numbers, SYSTEM_CLOCK.now(), name)
    rng = random.Random(seed)
    phones = sorted(rng.sample(range(491_700_000_000, 491_800_000_000), numbers))
    for first in range(0, numbers, SLICE):
        with begin_write(engine) as connection:
            list_queries.insert_numbers(connection, version_id, phones[first : first + SLICE])
    return version_id


def set_in_force(connection: sa.Connection, version_id: int, *, on: bool) -> None:
    """Put a list's version in force, or take it out."""
    version = sa.select(ListVersion.list_id).where(ListVersion.id == version_id).scalar_subquery()
    statement = sa.update(NumberList).where(NumberList.id == version)
    connection.execute(statement.values(version_id=version_id if on else None))


def _make_list(engine: sa.Engine, numbers: int, now: datetime, name: str = "Bench") -> int:
    with Session(engine) as session, transaction(session):
        item = NumberList(
            name=name,
            kind="other",
            on_stale="block",
            swept_to=0,
            gone=False,
            created_by="bench",
            created_at=now,
            changed_at=now,
        )
        session.add(item)
        session.flush()
        version = ListVersion(
            list_id=item.id,
            as_of=date(2026, 1, 1),
            filename="bench.csv",
            numbers=numbers,
            state=VersionState.CURRENT.value,
            loaded_by="bench",
            loaded_at=now,
            in_force_at=now,
        )
        session.add(version)
        session.flush()
        item.version_id = version.id
        return version.id


def _look_up(engine: sa.Engine, version_id: int) -> float:
    """Milliseconds of one number's look-up, every other one on the list, with the round trip."""
    rng = random.Random(2)
    times = []
    with engine.connect() as connection:
        for turn in range(LOOKUPS):
            listed = turn % 2 == 0
            index = rng.randrange(CONTACTS // 10) * 10 + (0 if listed else 9)
            asked = [(f"+49151{index:08d}", version_id)]
            if not listed:
                asked = [(f"+49160{rng.randrange(10**8):08d}", version_id)]
            began = perf_counter()
            found = list_queries.find_on_versions(connection, asked)
            times.append((perf_counter() - began) * 1000)
            if listed and not found:
                raise WrongWork("a listed number was not found")
    return median(times)
