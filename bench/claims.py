"""How long a claim of 100 takes on SQLite, and whether it grows with the contacts that it is taken from."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from time import perf_counter

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.extensions import make_engine

from .ground import lay
from .lifecycles import Side, WrongWork
from .ours import Ours
from .raw_sqlite import RawSqlite
from .report import Result

SIZES = (10_000, 100_000, 1_000_000)
BATCH = 100
ROUNDS = 31
WARM_UP = 5


def claims(directory: Path, sizes: tuple[int, ...] = SIZES) -> list[Result]:
    """Milliseconds for T1 with its commit. What was claimed is ended off the clock: every claim begins alike."""
    results = [_measure(directory, size) for size in sizes]
    first, last = results[0], results[-1]
    assert first.floor is not None
    assert last.floor is not None
    results.append(
        Result(
            f"claim growth {_short(sizes[0])} to {_short(sizes[-1])}",
            "SQLite",
            BATCH,
            last.ours / first.ours,
            last.floor / first.floor,
            "times",
        )
    )
    return results


def _measure(directory: Path, size: int) -> Result:
    """Both sides share one file: they take turns, and see the same pages."""
    file = directory / f"claim-{size}.sqlite"
    engine = make_engine(f"sqlite:///{file}")
    lay(engine, size, SYSTEM_CLOCK.now())
    ours, floor = Ours(engine), RawSqlite(file)
    try:
        times: dict[Side, list[float]] = {ours: [], floor: []}
        for turn in range(WARM_UP + ROUNDS):
            for side in (ours, floor) if turn % 2 else (floor, ours):
                milliseconds = _claim(side)
                if turn >= WARM_UP:
                    times[side].append(milliseconds)
    finally:
        ours.close()
        floor.close()
        engine.dispose()
        for leftover in directory.glob(file.name + "*"):
            leftover.unlink()
    return Result(
        f"claim from {_short(size)}", "SQLite", BATCH, median(times[ours]), median(times[floor]), "ms"
    )


def _claim(side: Side) -> float:
    started = perf_counter()
    claimed = side.claim(BATCH)
    milliseconds = (perf_counter() - started) * 1000
    if len(claimed) != BATCH or side.finish(claimed) != BATCH:
        raise WrongWork(f"{len(claimed)} of {BATCH} were claimed, or did not all end")
    return milliseconds


def _short(number: int) -> str:
    return f"{number // 1_000_000}M" if number >= 1_000_000 else f"{number // 1000}k"
