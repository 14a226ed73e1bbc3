"""A throwaway RabbitMQ: its own node name, cookie, ports and directory, beside an epmd of its own; gone when closed.

It takes some seconds to start, so tests share one (`xdist_group("brokers")`) and delete the queue before they begin.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from scripts.system_parts import REMEDY, find_rabbitmq
from tests.support.daemon import Daemon
from tests.support.missing import missing
from tests.support.scratch import in_memory
from tests.support.server import free_port
from tests.support.waiting import wait_until

START_SECONDS = 90.0
"""An Erlang machine on a busy computer."""


class RabbitServer(Daemon):
    """A running broker on free ports of 127.0.0.1, which it keeps through `kill` and `start`."""

    what = "RabbitMQ"

    def __init__(self, binaries: Path) -> None:
        self._binaries = binaries
        self.port = free_port()
        self._epmd_port = free_port()
        self._dist_port = free_port()
        self.directory = Path(tempfile.mkdtemp(prefix="switchboard-rabbit-", dir=in_memory()))
        self._epmd: subprocess.Popen[bytes] | None = None
        (self.directory / "plugins").write_text("[].\n")
        (self.directory / "node.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self.port}\nloopback_users = none\n"
        )
        try:
            self._start_epmd()
            self.start()
        except BaseException:
            self.close()
            raise

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def start(self) -> None:
        """Start, and return when it speaks AMQP. What was durable is there again."""
        self._launch([self._binaries / "rabbitmq-server"], env=self._environment, cwd=self.directory)
        wait_until(self._speaks, "RabbitMQ to speak", timeout=START_SECONDS)

    def kill(self) -> None:
        """SIGKILL to the node and what it started: what was only in memory is gone."""
        process, self._process = self._process, None
        if process is not None:
            _kill_group(process)

    def freeze(self) -> None:
        """It accepts connections and says nothing, until `thaw`."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGCONT)

    def close(self) -> None:
        """Stop and remove every trace."""
        self.kill()
        if self._epmd is not None:
            self._epmd.kill()
            self._epmd.wait(timeout=60)
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def _environment(self) -> dict[str, str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("RABBITMQ_", "ERL_"))}
        return {
            **inherited,
            "HOME": str(self.directory),  # where Erlang keeps its cookie
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"switchboard{self.port}@localhost",
            "RABBITMQ_DIST_PORT": str(self._dist_port),
            "RABBITMQ_CONFIG_FILE": str(self.directory / "node.conf"),
            "RABBITMQ_MNESIA_BASE": str(self.directory / "data"),
            "RABBITMQ_LOG_BASE": str(self.directory / "log"),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.directory / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            # Few schedulers, asleep when idle: a test's broker shares two cores with the tests.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none -start_epmd false",
        }

    def _start_epmd(self) -> None:
        program = shutil.which("epmd")
        if program is None:
            raise RuntimeError("RabbitMQ needs Erlang, and its epmd is not on the PATH")
        self._epmd = subprocess.Popen(
            [program, "-port", str(self._epmd_port), "-address", "127.0.0.1"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _speaks(self) -> bool:
        self._must_run()
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(b"AMQP\x00\x00\x09\x01")
                return bool(connection.recv(16))
        except OSError:
            return False


@contextmanager
def rabbit_server() -> Iterator[RabbitServer]:
    """A broker for the length of the block; skips, or fails under CI, where RabbitMQ is missing."""
    binaries = find_rabbitmq()
    if binaries is None:
        missing(REMEDY["rabbitmq"])
    server = RabbitServer(binaries)
    try:
        yield server
    finally:
        server.close()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    """The script, the Erlang machine and its helpers are one process group, led by what we started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=60)
