"""A throwaway Redis: its own port and directory, nothing on disk, gone when closed."""

from __future__ import annotations

import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.system_parts import REMEDY, find_redis
from tests.support.daemon import Daemon
from tests.support.missing import missing
from tests.support.server import free_port
from tests.support.waiting import wait_until


class RedisServer(Daemon):
    """A running server on a free port of 127.0.0.1, which it keeps through `kill` and `start`."""

    what = "Redis"

    def __init__(self, program: Path) -> None:
        self._program = program
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.directory = Path(tempfile.mkdtemp(prefix="switchboard-redis-"))
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self) -> None:
        """Start, empty, and return when it answers."""
        self._launch(
            [
                self._program,
                *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", self.directory),
                *("--save", "", "--appendonly", "no", "--daemonize", "no"),
            ]
        )
        wait_until(self._answers, "Redis to answer", every=0.02)

    def kill(self) -> None:
        """SIGKILL: what it held is gone."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(timeout=60)

    def freeze(self) -> None:
        """It accepts connections and says nothing, until `thaw`."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)

    def flush(self) -> None:
        """Everything in it is gone, and it goes on."""
        self._say(b"FLUSHALL\r\n")

    def close(self) -> None:
        """Stop and remove every trace."""
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _say(self, words: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            connection.sendall(words)
            return connection.recv(64)

    def _answers(self) -> bool:
        self._must_run()
        try:
            return self._say(b"PING\r\n").startswith(b"+PONG")
        except OSError:
            return False


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """A server for the length of the block; skips, or fails under CI, where Redis is missing."""
    program = find_redis()
    if program is None:
        missing(REMEDY["redis"])
    server = RedisServer(program)
    try:
        yield server
    finally:
        server.close()
