"""A throwaway PostgreSQL server: its own directory, a Unix socket in it and no port, gone when closed.

Only who may enter the directory (mode 0700, owned by the server's user) can connect, so no password is
needed. The server runs in Asia/Kathmandu (+05:45) on purpose: code that takes its zone for UTC is found out.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import TracebackType

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from scripts.system_parts import REMEDY, find_postgres
from tests.support.daemon import Daemon
from tests.support.missing import missing
from tests.support.scratch import in_memory
from tests.support.waiting import wait_until

SUPERUSER = "switchboard"
FAST = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    # Nothing is replicated, and no table lives long enough to be worth a vacuum.
    "wal_level=minimal",
    "max_wal_senders=0",
    "autovacuum=off",
)
SETTINGS = (
    "listen_addresses=",
    "timezone=Asia/Kathmandu",
    "max_connections=200",
    "shared_buffers=64MB",
    "dynamic_shared_memory_type=mmap",  # in its directory: a killed server leaves nothing in /dev/shm
    "log_min_messages=warning",
)
COPIES_FILES = 150_000
"""The version whose way to copy a database can be chosen. Page by page through the log, as it would, costs three times
as much where files lie in memory."""
STOP_SIGNALS = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT}
Prepare = Callable[[str], None]


class PostgresServer(Daemon):
    """A running server. `durable` keeps fsync as in production, and the data on the disk, for benchmarks; else it
    lies in memory where there is room, for every database is a copy of 300 files."""

    what = "PostgreSQL"

    def __init__(self, binaries: Path, *, durable: bool = False) -> None:
        self._binaries = binaries
        self._settings = SETTINGS if durable else (*SETTINGS, *FAST)
        self._numbers = count(1)
        self._templates: dict[Prepare, str] = {}
        self._kept: psycopg.Connection[tuple[object, ...]] | None = None
        # PostgreSQL refuses to run as root, so root lends it a user who owns nothing else here.
        user = _unprivileged_user() if os.geteuid() == 0 else None
        self._uid: int | None = user.pw_uid if user else None
        self._gid: int | None = user.pw_gid if user else None
        # Not in TMPDIR when root: that may lie where the other user cannot go.
        disk = None if self._uid is None else "/tmp"
        self.directory = Path(
            tempfile.mkdtemp(prefix="switchboard-pg-", dir=disk if durable else in_memory() or disk)
        )
        try:
            if user:
                os.chown(self.directory, user.pw_uid, user.pw_gid)
            self._initialise()
            self.start()
        except BaseException:
            self.close()
            raise

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database on this server."""
        return f"postgresql+psycopg://{SUPERUSER}@/{database}?host={self.directory}"

    def start(self) -> None:
        """Start, and return when it accepts connections."""
        options = [word for setting in self._settings for word in ("-c", setting)]
        # A test run that is killed takes its server along, where the system can (`setpriv` is Linux's). The system
        # watches the thread that started it: that must be one which lives as long as the server.
        leash = [setpriv, "--pdeathsig", "INT"] if (setpriv := shutil.which("setpriv")) else []
        self._launch(
            [*leash, self._binaries / "postgres", "-D", self._data, "-k", self.directory, *options],
            cwd=self.directory,
            user=self._uid,
            group=self._gid,
            extra_groups=None if self._uid is None else [],
        )
        wait_until(self._accepts, "PostgreSQL to accept connections")

    def stop(self, mode: str = "fast") -> None:
        """Stop by pid: `fast` shuts down cleanly; `immediate` is a crash, recovered at the next start."""
        self._forget_connection()
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        process.send_signal(STOP_SIGNALS[mode])
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=60)

    def restart(self, mode: str = "fast") -> None:
        self.stop(mode)
        self.start()

    def new_database(self, prepare: Prepare | None = None) -> str:
        """The URL of a fresh database.

        `prepare(url)` runs once per server, on a template that every database is then copied from; it must
        close its connections, for PostgreSQL copies no database in use.
        """
        template = "template0" if prepare is None else self._template(prepare)
        return self._create(f"test_{next(self._numbers)}", template)

    def copy_database(self, url: str) -> str:
        """The URL of a copy of a database that nobody is connected to: a backup."""
        return self._create(f"test_{next(self._numbers)}", make_url(url).database or "")

    def replace_database(self, url: str, copy: str) -> None:
        """Put a copy in the place of a database, whoever is connected to that: a restore, or a fail-over."""
        self.drop_database(url)
        self._create(make_url(url).database or "", make_url(copy).database or "")

    def drop_database(self, url: str) -> None:
        """Drop a database that `new_database` made, whoever is still connected."""
        name = make_url(url).database or ""
        self._admin().execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def close(self) -> None:
        """Stop and remove every trace."""
        self.stop()
        shutil.rmtree(self.directory)

    def __enter__(self) -> PostgresServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    def _initialise(self) -> None:
        done = subprocess.run(
            [
                self._binaries / "initdb",
                f"--pgdata={self._data}",
                f"--username={SUPERUSER}",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C",
                "--no-sync",
            ],
            capture_output=True,
            text=True,
            cwd=self.directory,
            timeout=120,
            check=False,
            user=self._uid,
            group=self._gid,
            extra_groups=None if self._uid is None else [],
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr.strip() or done.stdout.strip()}")

    def _template(self, prepare: Prepare) -> str:
        if prepare not in self._templates:
            # The number is never used again, so that a `prepare` that failed can be tried anew.
            name = f"template_{next(self._numbers)}"
            prepare(self._create(name, "template0"))
            self._templates[prepare] = name
        return self._templates[prepare]

    def _create(self, name: str, template: str) -> str:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
            sql.Identifier(name), sql.Identifier(template)
        )
        if self._admin().info.server_version >= COPIES_FILES:
            statement += sql.SQL(" STRATEGY FILE_COPY")
        self._admin().execute(statement)
        return self.url(name)

    def _admin(self) -> psycopg.Connection[tuple[object, ...]]:
        """A connection for statements about whole databases, kept from one to the next: a backend of its own for each
        would take longer to begin and end than what it is asked for."""
        if self._kept is not None:
            try:
                self._kept.execute("SELECT 1")
            except psycopg.OperationalError:  # the server was killed, or itself ended the connection
                self._forget_connection()
        if self._kept is None:
            self._kept = self._connect()
        return self._kept

    def _forget_connection(self) -> None:
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(host=str(self.directory), user=SUPERUSER, dbname="postgres", autocommit=True)

    def _accepts(self) -> bool:
        self._must_run()
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """A server for the length of the block; skips, or fails under CI, where the binaries are missing."""
    binaries = find_postgres()
    if binaries is None:
        missing(REMEDY["postgres"])
    with PostgresServer(binaries, durable=durable) as server:
        yield server


def _unprivileged_user() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError(
        "PostgreSQL cannot run as root, and there is no user 'postgres' or 'nobody' to run it as"
    )
