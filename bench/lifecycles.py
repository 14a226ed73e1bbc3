"""Lifecycles a second: the engine and the floor, turn by turn in one run, each on a database of its own."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.extensions import make_engine
from scripts.system_parts import REMEDY, find_postgres
from tests.support.postgres import PostgresServer

from .ground import lay, sums
from .ours import Ours
from .raw_postgres import RawPostgres
from .raw_sqlite import RawSqlite
from .report import Result

ROUNDS = 9
WARM_UP = 6
"""Batches before the clock runs: psycopg prepares a statement at its fifth use."""
BATCHES = {100: 25, 10: 60}
"""How many batches of each size a round takes: 0.1–0.5 s of work."""


class Side(Protocol):
    """The engine, or the floor: what `claim` returns is for its own `finish`."""

    def claim(self, batch: int) -> list[Any]: ...

    def finish(self, claimed: list[Any]) -> int: ...

    def close(self) -> None: ...


class WrongWork(RuntimeError):
    """The two sides did not do the same."""


def sqlite(directory: Path, rounds: int = ROUNDS) -> list[Result]:
    need = contacts_for(rounds)
    files = [directory / "ours.sqlite", directory / "floor.sqlite"]
    engines = [make_engine(f"sqlite:///{file}") for file in files]
    return _race("SQLite", engines, need, rounds, lambda: (Ours(engines[0]), RawSqlite(files[1])))


def postgres(rounds: int = ROUNDS) -> list[Result]:
    """On a throwaway server with fsync on, as in production."""
    binaries = find_postgres()
    if binaries is None:
        raise SystemExit(REMEDY["postgres"])
    with PostgresServer(binaries, durable=True) as server:
        engines = [make_engine(server.new_database()) for _ in range(2)]
        return _race(
            "PostgreSQL",
            engines,
            contacts_for(rounds),
            rounds,
            lambda: (Ours(engines[0]), RawPostgres(engines[1].url)),
        )


def contacts_for(rounds: int) -> int:
    return sum(batch * (batches * rounds + WARM_UP) for batch, batches in BATCHES.items())


def _analyze(engine: sa.Engine) -> None:
    """As autovacuum does within a minute of a table's growth, and a run is shorter: until then PostgreSQL keeps to
    plans that are right for a nearly empty table and read all of a longer one. On SQLite nothing."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("ANALYZE"))


def _race(database: str, engines: list[sa.Engine], contacts: int, rounds: int, sides: Any) -> list[Result]:
    for engine in engines:
        lay(engine, contacts, SYSTEM_CLOCK.now())
    # As app.py does once everything is imported: else the collector looks through all modules on either side's time.
    gc.collect()
    gc.freeze()
    results: list[Result] = []
    with _closing(*sides()) as (ours, floor):
        for batch, batches in BATCHES.items():
            for side in (ours, floor):
                time_batches(side, batch, WARM_UP)
            rates: dict[Side, list[Rates]] = {ours: [], floor: []}
            for turn in range(rounds):
                for engine in engines:
                    _analyze(engine)
                # Who goes first changes, so that neither always meets what the other left in the caches.
                for side in (ours, floor) if turn % 2 else (floor, ours):
                    rates[side].append(time_batches(side, batch, batches))
            for name, which in (("lifecycles", 0), ("lifecycles, processor time", 1)):
                medians = [median(one[which] for one in rates[side]) for side in (ours, floor)]
                results.append(Result(name, database, batch, *medians, "per second"))
    left = [sums(engine) for engine in engines]
    for engine in engines:
        engine.dispose()
    if left[0] != left[1]:
        raise WrongWork(f"{database}: the engine left {left[0]}, the floor {left[1]}")
    return results


class Rates(NamedTuple):
    """Lifecycles a second by the clock, and of this process's processor time: that one is the same on a busy machine,
    and knows nothing of what PostgreSQL's processes and the disk take."""

    wall: float
    processor: float


def time_batches(side: Side, batch: int, batches: int) -> Rates:
    """So many batches from claim to settle."""
    started, used = perf_counter(), process_time()
    for _ in range(batches):
        claimed = side.claim(batch)
        ended = side.finish(claimed)
        if len(claimed) != batch or ended != batch:
            raise WrongWork(f"of {batch}, {len(claimed)} were claimed and {ended} ended")
    many = batch * batches
    return Rates(many / (perf_counter() - started), many / (process_time() - used))


@contextmanager
def _closing(ours: Side, floor: Side) -> Iterator[tuple[Side, Side]]:
    try:
        yield ours, floor
    finally:
        ours.close()
        floor.close()
