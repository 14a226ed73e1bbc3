"""The product as a process, started, killed and restarted from outside."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryFile

import httpx

from campaign_app import create_app
from campaign_app.config import load_settings
from campaign_app.extensions import db
from tests.support.prepared_process import PreparedProcess, start_prepared
from tests.support.scratch import in_memory
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
DATABASE_FILE = "switchboard.sqlite"
START_SECONDS = 180.0
"""What a busy machine may need. A process that has ended is noticed at once, whatever this is."""
STOP_SECONDS = 30.0
"""What the units in deploy/ and compose.yaml give a process that is asked to end."""


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether nobody listens on that port of 127.0.0.1."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


class RunningApp:
    """One instance: its directory, its settings, and at most one serving process at a time.

    What the process says goes to a file, so that it never waits for a reader. Nothing starts by itself: see
    `running_app`. Its processes are prepared ones, whose imports are done; tests/config and tests/deploy start Python
    itself.
    """

    def __init__(
        self,
        directory: Path,
        env: Mapping[str, str] | None = None,
        *,
        port: int | None = None,
        patience: float = START_SECONDS,
    ) -> None:
        self.directory = directory
        self.patience = patience
        self.port = port or free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.ledger = directory / "ledger.ndjson"
        # Nothing of the developer's own settings leaks into a test.
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("SWITCHBOARD_", "FLASK_"))}
        self.env = {
            **inherited,
            "PYTHONUNBUFFERED": "1",
            "SWITCHBOARD_INSTANCE_PATH": str(directory),
            "SWITCHBOARD_HOST": "127.0.0.1",
            "SWITCHBOARD_PORT": str(self.port),
            "SWITCHBOARD_SIMULATOR_LEDGER": str(self.ledger),
            **(env or {}),
        }
        self._output = directory / "output.log"
        self._process: PreparedProcess | None = None

    @property
    def pid(self) -> int:
        """RuntimeError when no process is running."""
        if self._process is None:
            raise RuntimeError("the app is not running")
        return self._process.pid

    def output(self) -> str:
        """All that the process, and those before it in this directory, wrote so far."""
        return self._output.read_text(errors="replace") if self._output.exists() else ""

    def start(self) -> None:
        """Start `python app.py`; return once /healthz answers 200. AssertionError with the output if not."""
        if self._process is not None:
            raise RuntimeError("the app is running already")
        with self._output.open("ab") as output:
            self._process = start_prepared(["app.py"], self.env, stdout=output, stderr=output)
        try:
            wait_until(self._healthy, f"{self.base_url}/healthz to answer 200", timeout=self.patience)
        except AssertionError as error:
            self.kill()
            raise AssertionError(f"{error}\n{self.output()}") from None

    def kill(self) -> None:
        """SIGKILL: the crash that a test is about."""
        self._end(signal.SIGKILL)

    def terminate(self) -> int:
        """SIGTERM; the exit code. AssertionError with the output when it has not ended after `STOP_SECONDS`."""
        return self._end(signal.SIGTERM)

    def restart(self, *, kill: bool = False) -> None:
        """The same instance on the same port again, after a SIGTERM or, with `kill`, a SIGKILL."""
        self._end(signal.SIGKILL if kill else signal.SIGTERM)
        self.start()

    def flask(
        self,
        *arguments: str,
        stdin: str = "",
        env: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run `flask --app app ...` with this instance's settings."""
        command = ["-m", "flask", "--app", "app", *arguments]
        with TemporaryFile("w+") as said, TemporaryFile("w+") as errors, TemporaryFile("w+") as asked:
            asked.write(stdin)
            asked.seek(0)
            process = start_prepared(
                command, {**self.env, **(env or {})}, stdin=asked, stdout=said, stderr=errors
            )
            try:
                code = process.wait(timeout or self.patience)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
            said.seek(0)
            errors.seek(0)
            return subprocess.CompletedProcess(command, code, said.read(), errors.read())

    def must(self, *arguments: str, stdin: str = "") -> str:
        """`flask` that has to succeed; its standard output, stripped."""
        done = self.flask(*arguments, stdin=stdin)
        if done.returncode:
            raise AssertionError(
                f"flask {' '.join(arguments)} exited {done.returncode}: {done.stderr}{done.stdout}"
            )
        return done.stdout.strip()

    def migrate(self) -> None:
        """Give its database the tables, by `flask db upgrade`. Of the default database, a SQLite file in its
        folder, that is done once in a test process, and the file is copied from then on."""
        if "SWITCHBOARD_DATABASE_URL" in self.env or (self.directory / DATABASE_FILE).exists():
            self.must("db", "upgrade")
        else:
            self.directory.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(_migrated_file(self.patience), self.directory / DATABASE_FILE)

    def command(self, *words: str, stdin: str = "") -> str:
        """A command that only writes a few rows, such as `token create`, run in this process with this instance's
        settings: a process of its own takes seconds to start. Its output, stripped."""
        settings = load_settings(self.env, ROOT, warn=lambda text: None)
        app = create_app(settings)
        try:
            done = app.test_cli_runner().invoke(args=list(words), input=stdin)
        finally:
            with app.app_context():
                db.engine.dispose()
        if done.exit_code:
            raise AssertionError(f"flask {' '.join(words)} exited {done.exit_code}: {done.output}")
        return done.output.strip()

    def _healthy(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            code = None if self._process is None else self._process.returncode
            raise AssertionError(f"app.py ended with exit code {code} before it served")
        try:
            return httpx.get(f"{self.base_url}/healthz", timeout=30.0, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            raise RuntimeError("the app is not running")
        if process.poll() is None:
            process.send_signal(number)
        try:
            return process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=5)
            raise AssertionError(
                f"app.py was still there {STOP_SECONDS:g} s after {number.name}\n{self.output()}"
            ) from None

    def close(self) -> None:
        """End what still runs, without a word."""
        if self._process is not None:
            self.kill()


@cache
def _migrated_file(patience: float) -> Path:
    """A database file as `flask db upgrade` leaves it in an empty folder."""
    kept = tempfile.mkdtemp(prefix="switchboard-migrated-", dir=in_memory())
    atexit.register(shutil.rmtree, kept, ignore_errors=True)
    directory = Path(kept)
    RunningApp(directory, patience=patience).must("db", "upgrade")
    return directory / DATABASE_FILE


@contextmanager
def running_app(
    directory: Path,
    env: Mapping[str, str] | None = None,
    *,
    port: int | None = None,
    migrate: bool = True,
    patience: float = START_SECONDS,
) -> Iterator[RunningApp]:
    """The product as `make run` starts it, serving, in `directory` (a tmp_path); ended with the block.

    `env` holds whole names (`SWITCHBOARD_ENGINE`). `migrate=False` for a database that has its tables. A start, and a
    command, has `patience` seconds.
    """
    app = RunningApp(directory, env, port=port, patience=patience)
    if migrate:
        app.migrate()
    app.start()
    try:
        yield app
    finally:
        app.close()


@contextmanager
def running_engine(app: RunningApp, name: str) -> Iterator[PreparedProcess]:
    """`flask engine run` beside the app, with its settings and a log of its own; killed if it outlives the block."""
    with (app.directory / f"{name}.log").open("wb") as log:
        process = start_prepared(
            ["-m", "flask", "--app", "app", "engine", "run"], app.env, stdout=log, stderr=log
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait(timeout=10)
