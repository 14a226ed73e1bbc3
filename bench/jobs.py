"""Job libraries side by side: empty jobs a second of one worker of each, beside complete calls of one engine.

The libraries run in processes and an environment of their own (`requirements-bench.txt`), at the settings that they
recommend, with a prefetch or batch of 100 where they have one. The engine runs its four transactions for batches of
100. All take turns in one run. Starting is off the clock: jobs wait for the worker, and the clock runs from one of the
first to the last.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Protocol

from sqlalchemy import make_url

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.extensions import make_engine
from scripts.system_parts import REMEDY, find_postgres, find_redis
from tests.support.postgres import SUPERUSER, PostgresServer
from tests.support.redis import RedisServer
from tests.support.waiting import wait_until

from .ground import lay
from .lifecycles import BATCHES, WARM_UP, time_batches
from .ours import Ours
from .report import Result

ROOT = Path(__file__).parent.parent
PYTHON = ROOT / ".venv-bench" / "bin" / "python"
ROUNDS = 5
BATCH = 100
PATIENCE = 120.0
"""Seconds that one round of one library may take."""
STOP_WITHIN = 20.0
"""Seconds for a worker to stop by itself."""


@dataclass(frozen=True, slots=True)
class Library:
    """`jobs` is what a round runs: a second or two of work. The clock runs from the job `first` on, when every thread
    and connection is at work."""

    name: str
    database: str
    module: str
    batch: int | None
    jobs: int
    first: int


LIBRARIES = (
    Library("Celery", "Redis", "celery", BATCH, 1_000, 100),
    Library("Dramatiq", "Redis", "dramatiq", BATCH, 4_000, 400),
    Library("procrastinate", "PostgreSQL", "procrastinate", None, 600, 60),
    Library("pgqueuer", "PostgreSQL", "pgqueuer", BATCH, 10_000, 1_000),
    Library("huey, no fsync", "SQLite", "huey", None, 8_000, 800),
)


class NotInstalled(RuntimeError):
    """The libraries' environment is missing."""


class Contestant(Protocol):
    """`rate` is one round: jobs, or calls, a second by the clock."""

    def rate(self) -> float: ...


class _Worker:
    """One worker of a library, started anew for each round, on an empty broker."""

    def __init__(self, library: Library, servers: _Servers, directory: Path) -> None:
        self._library = library
        self._servers = servers
        self._directory = directory
        self._round = 0

    def rate(self) -> float:
        library = self._library
        self._round += 1
        directory = self._directory / f"{library.module}-{self._round}"
        directory.mkdir()
        marks = directory / "marks"
        environment = {
            **os.environ,
            "PATH": f"{PYTHON.parent}:{os.environ['PATH']}",
            "BENCH_BROKER": self._servers.make_broker(library.database, directory),
            "BENCH_MARKS": str(marks),
            "BENCH_MARKED": f"{library.first},{library.jobs}",
        }
        program = [str(PYTHON), "-m", "bench.libraries", library.module]
        log = directory / "log"
        with log.open("wb") as output:
            subprocess.run(
                [*program, "enqueue", str(library.jobs)],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=output,
                check=True,
                timeout=PATIENCE,
            )
            worker = subprocess.Popen(
                [*program, "work"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            wait_until(
                lambda: worker.poll() is not None or len(_read_marks(marks)) == 2,
                f"{library.name} to run {library.jobs} jobs",
                timeout=PATIENCE,
                every=0.05,
            )
        finally:
            _stop(worker)
        seen = _read_marks(marks)
        if set(seen) != {library.first, library.jobs}:
            said = log.read_text(errors="replace")[-2000:].strip()
            raise RuntimeError(f"{library.name} did not run {library.jobs} jobs: {said}")
        return (library.jobs - library.first) / (seen[library.jobs] - seen[library.first])


def _read_marks(file: Path) -> dict[int, float]:
    """{job: seconds}. A line that is being written is not there yet."""
    if not file.exists():
        return {}
    lines = [line.split() for line in file.read_text().splitlines(keepends=True) if line.endswith("\n")]
    return {int(number): float(seconds) for number, seconds in lines}


def _stop(worker: subprocess.Popen[bytes]) -> None:
    """The worker, and what it started: it leads a session of its own."""
    worker.terminate()
    with suppress(subprocess.TimeoutExpired):
        worker.wait(timeout=STOP_WITHIN)
    with suppress(ProcessLookupError):
        os.killpg(worker.pid, signal.SIGKILL)
    worker.wait(timeout=STOP_WITHIN)


class _Engine:
    """One engine in this process: as many complete calls a round as `lifecycles` makes."""

    def __init__(self, url: str) -> None:
        self._db = make_engine(url)
        lay(self._db, BATCH * (BATCHES[BATCH] * ROUNDS + WARM_UP), SYSTEM_CLOCK.now())
        self._side = Ours(self._db)
        time_batches(self._side, BATCH, WARM_UP)

    def rate(self) -> float:
        return time_batches(self._side, BATCH, BATCHES[BATCH]).wall

    def close(self) -> None:
        self._side.close()
        self._db.dispose()


class _Servers:
    """The throwaway servers of one run."""

    def __init__(self, postgres: PostgresServer, redis: RedisServer) -> None:
        self.postgres = postgres
        self.redis = redis

    def make_broker(self, database: str, directory: Path) -> str:
        """An empty place for jobs."""
        if database == "Redis":
            self.redis.flush()
            return self.redis.url
        if database == "PostgreSQL":
            name = make_url(self.postgres.new_database()).database
            return f"postgresql://{SUPERUSER}@/{name}?host={self.postgres.directory}"
        return str(directory / "jobs.sqlite")


def jobs(directory: Path, rounds: int = ROUNDS) -> list[Result]:
    """Medians by the clock, of calls and of jobs: the engine on PostgreSQL stands beside what needs a server, the one
    on SQLite beside what needs none."""
    if not PYTHON.exists():
        raise NotInstalled("the job libraries are not installed: make .venv-bench/.done")
    with _running_servers() as servers, ExitStack() as stack:
        engines = {
            "SQLite": _Engine(f"sqlite:///{directory / 'calls.sqlite'}"),
            "PostgreSQL": _Engine(servers.postgres.new_database()),
        }
        for engine in engines.values():
            stack.callback(engine.close)
        contestants: dict[str, Contestant] = {
            **engines,
            **{library.name: _Worker(library, servers, directory) for library in LIBRARIES},
        }
        rates: dict[str, list[float]] = {name: [] for name in contestants}
        for turn in range(rounds):
            order = list(contestants)
            # Another one begins each round, so that none always meets what the same other left behind.
            for name in order[turn % len(order) :] + order[: turn % len(order)]:
                rates[name].append(contestants[name].rate())
    results = [
        Result("complete calls, one engine", name, BATCH, median(rates[name]), None, "per second")
        for name in engines
    ]
    for library in LIBRARIES:
        calls = median(rates["SQLite" if library.database == "SQLite" else "PostgreSQL"])
        results.append(
            Result(
                f"complete calls / empty jobs of {library.name}",
                library.database,
                library.batch,
                calls,
                median(rates[library.name]),
                "per second",
            )
        )
    return results


@contextmanager
def _running_servers() -> Iterator[_Servers]:
    binaries, program = find_postgres(), find_redis()
    if binaries is None or program is None:
        raise RuntimeError(REMEDY["postgres" if binaries is None else "redis"])
    # PostgreSQL with fsync on, as in production; Redis keeps nothing on disk.
    with PostgresServer(binaries, durable=True) as postgres:
        redis = RedisServer(program)
        try:
            yield _Servers(postgres, redis)
        finally:
            redis.close()
