"""A throwaway PgBouncer in front of a test's PostgreSQL: in its directory, on a Unix socket, gone when closed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from scripts.system_parts import REMEDY, find_pgbouncer
from tests.support.daemon import Daemon
from tests.support.missing import missing
from tests.support.scratch import in_memory
from tests.support.waiting import wait_until


class PgBouncer(Daemon):
    """A pooler that anybody may use who can enter its directory. `mode`: session, transaction or statement."""

    what = "PgBouncer"

    def __init__(self, program: Path, database_url: str, mode: str) -> None:
        as_root = os.geteuid() == 0
        # Not in TMPDIR when root: that may lie where the other user cannot go.
        directory = Path(
            tempfile.mkdtemp(prefix="switchboard-pooler-", dir=in_memory() or ("/tmp" if as_root else None))
        )
        self.directory = directory
        database = make_url(database_url)
        self._url = database.set(query={"host": str(directory)}, port=PORT)
        server = database.query["host"]
        (directory / "users").write_text(f'"{database.username}" ""\n', encoding="utf-8")
        config = directory / "pgbouncer.ini"
        config.write_text(
            f"[databases]\n* = host={server}\n[pgbouncer]\nunix_socket_dir = {directory}\nlisten_port = {PORT}\n"
            f"auth_type = trust\nauth_file = {directory}/users\npool_mode = {mode}\ndefault_pool_size = 20\n",
            encoding="utf-8",
        )
        if as_root:
            # It refuses to be root, and PostgreSQL's socket belongs to another user too.
            owner = Path(str(server)).stat()
            for path in (directory, config, directory / "users"):
                os.chown(path, owner.st_uid, owner.st_gid)
        self._launch(
            [program, config],
            cwd=directory,
            user=owner.st_uid if as_root else None,
            group=owner.st_gid if as_root else None,
            extra_groups=[] if as_root else None,
        )
        try:
            wait_until(self._accepts, "PgBouncer to accept connections")
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Stop by pid and remove every trace."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.kill()
            process.wait(timeout=60)
        shutil.rmtree(self.directory)

    @property
    def url(self) -> str:
        return self._url.render_as_string(hide_password=False)

    def _accepts(self) -> bool:
        self._must_run()
        try:
            psycopg.connect(
                self._url.set(drivername="postgresql").render_as_string(hide_password=False)
            ).close()
        except psycopg.OperationalError:
            return False
        return True


PORT = 6432
"""It names the socket; nothing listens on it."""


@contextmanager
def pgbouncer(database_url: str, mode: str) -> Iterator[PgBouncer]:
    program = find_pgbouncer()
    if program is None:
        missing(REMEDY["pgbouncer"])
    running = PgBouncer(program, database_url, mode)
    try:
        yield running
    finally:
        running.close()
