"""Celery workers as processes, an engine that hands over to them, and what they left in the database and the ledger."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from campaign_app.clock import SYSTEM_CLOCK
from tests.e2e.dialing import Ledger
from tests.engine.world import World
from tests.support.prepared_process import PreparedProcess, start_prepared
from tests.support.waiting import wait_until


class SystemWorld(World):
    """A world on the real clock, for processes or a Redis live in it."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url, SYSTEM_CLOCK)  # type: ignore[arg-type]


class Processes:
    """What runs `python -m …` with the settings of one installation; every one is killed in the end."""

    def __init__(self, directory: Path, env: Mapping[str, str]) -> None:
        self.directory = directory
        self.ledger = directory / "ledger.ndjson"
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("SWITCHBOARD_", "FLASK_"))}
        self.env = {
            **inherited,
            "PYTHONUNBUFFERED": "1",
            "SWITCHBOARD_INSTANCE_PATH": str(directory),
            "SWITCHBOARD_SIMULATOR_LEDGER": str(self.ledger),
            "SWITCHBOARD_SIMULATOR_TIME_SCALE": "300",
            "SWITCHBOARD_TICK_SECONDS": "0.2",
            **env,
        }
        self._running: list[PreparedProcess] = []
        self._count = 0

    def start(self, *arguments: str, env: Mapping[str, str] | None = None) -> PreparedProcess:
        self._count += 1
        with self.log(self._count).open("wb") as log:
            process = start_prepared(["-m", *arguments], {**self.env, **(env or {})}, stdout=log, stderr=log)
        self._running.append(process)
        return process

    def worker(self, **env: str) -> PreparedProcess:
        """`celery -A campaign_app.worker worker`."""
        return self.start("celery", "-A", "campaign_app.worker", "worker", "--loglevel=WARNING", env=env)

    def supervise(self, worker: PreparedProcess) -> PreparedProcess:
        """The worker, or where it has failed another one, as docs/scaling.md asks for: Celery's ends when Redis dies at
        the wrong instant."""
        if worker.poll() in (None, 0):
            return worker
        self._running.remove(worker)
        return self.worker()

    def log(self, number: int) -> Path:
        return self.directory / f"process-{number}.log"

    def logs(self) -> str:
        """All that they said, for the message of a test that failed."""
        return "\n".join(self.log(n + 1).read_text(errors="replace")[-3000:] for n in range(self._count))

    def calls(self) -> Ledger:
        """What the carrier saw so far."""
        self.ledger.touch()
        return Ledger.read(self.ledger)

    def close(self) -> None:
        for process in self._running:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.kill()
            process.wait(timeout=60)


@contextmanager
def processes(directory: Path, env: Mapping[str, str]) -> Iterator[Processes]:
    running = Processes(directory, env)
    try:
        yield running
    finally:
        running.close()


def scalar(db: sa.Engine, statement: str, **bound: object) -> int:
    with db.connect() as connection:
        value: int = connection.execute(sa.text(statement), bound).scalar_one()
        return value


def wait_for_workers(db: sa.Engine, many: int, started: Processes) -> None:
    """Until so many show that they live."""

    def alive() -> bool:
        return (
            scalar(db, "SELECT count(*) FROM engine_heartbeats WHERE role = 'worker' AND stopped_at IS NULL")
            >= many
        )

    try:
        wait_until(alive, f"{many} workers to show signs of life", timeout=40)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{started.logs()}") from None
