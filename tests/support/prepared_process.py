"""Prepared processes: the product's own, forked from one that has imported it already.

A start of Python with all of the product's imports takes two seconds of processor time, a fork of a process that has
them next to none. The forked process runs app.py, or a `flask` command, from its first line with settings of its own.
`python -m tests.support.prepared_process SOCKET` is the process that forks; it ends with its standard input.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Any

from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
IMPORTS = ("campaign_app.api", "campaign_app.web", "campaign_app.cli", "campaign_app.serve", "flask.cli")
LONGEST_REQUEST = 1 << 20


class PreparedProcess:
    """What `subprocess.Popen` is, of a process that another one has forked: its pid, and its end."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._said = connection.makefile("r")
        self.pid = int(self._said.readline())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, -N of one that signal N ended; None while it runs."""
        if self.returncode is None and select.select([self._connection], [], [], 0)[0]:
            self._hear()
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code; subprocess.TimeoutExpired when it runs on for `timeout` seconds."""
        if self.returncode is None:
            if not select.select([self._connection], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("a prepared process", timeout or 0.0)
            self._hear()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Nothing when it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _hear(self) -> None:
        self.returncode = int(self._said.readline())
        self._said.close()
        self._connection.close()


def start_prepared(
    arguments: Sequence[str],
    env: Mapping[str, str] | None = None,
    *,
    stdin: IO[Any] | None = None,
    stdout: IO[Any] | None = None,
    stderr: IO[Any] | None = None,
) -> PreparedProcess:
    """`python arguments…` in the project's folder, in a session of its own, with nothing but `env` in its environment.

    `arguments` is ("app.py",), ("-m", "flask", …) or ("-c", its code, …). Without `env`, `stdout` or `stderr` it has
    this process's; without `stdin`, an empty one.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(_find_forker())
    with Path(os.devnull).open("rb") as nothing:
        files = [
            (stdin or nothing).fileno(),
            1 if stdout is None else stdout.fileno(),
            2 if stderr is None else stderr.fileno(),
        ]
        request = json.dumps(
            {"arguments": list(arguments), "env": dict(os.environ if env is None else env)}
        ).encode()
        socket.send_fds(connection, [len(request).to_bytes(4, "big")], files)
        connection.sendall(request)
        return PreparedProcess(connection)


@cache
def _find_forker() -> str:
    """The socket of this test process's forking process, which is started for it."""
    directory = tempfile.mkdtemp(prefix="switchboard-fork-")
    path = f"{directory}/socket"
    env = {k: v for k, v in os.environ.items() if not k.startswith(("SWITCHBOARD_", "FLASK_"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.prepared_process", path],
        cwd=ROOT,
        env=env,
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    atexit.register(process.wait, timeout=60)
    atexit.register(process.stdin.close)  # last in, first out
    wait_until(lambda: os.path.exists(path) or process.poll() is not None, "the forking process")
    assert process.poll() is None, "the forking process has ended"
    return path


def work_out_what_all_use() -> None:
    """What each process would work out anew, from the product's own files alone, before its first call: the rule packs
    and their places, the tables' mappers, the patterns of numbers. A quarter of a second, which a fork has for
    nothing."""
    from sqlalchemy.orm import configure_mappers

    from campaign_app.domain.phone import parse
    from campaign_app.rules import load_shipped_packs

    configure_mappers()
    load_shipped_packs()
    parse("+12125550142", None)


def main(path: str) -> None:
    for name in IMPORTS:
        importlib.import_module(name)
    work_out_what_all_use()
    from tests.support.passwords import weigh_passwords_quickly

    weigh_passwords_quickly()
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(f"{path}.new")
        listener.listen(16)
        os.rename(f"{path}.new", path)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a keeper
        while True:
            if 0 in select.select([listener.fileno(), 0], [], [])[0]:
                return
            connection, _ = listener.accept()
            if os.fork() == 0:
                break
            connection.close()
    _run(_keep(connection))


def _keep(connection: socket.socket) -> list[str]:
    """Fork what is asked for, tell its pid and its end, and exit. Only what was forked returns, with its arguments."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    length, files, _, _ = socket.recv_fds(connection, 4, 3)
    request = b""
    while len(request) < int.from_bytes(length, "big"):
        request += connection.recv(LONGEST_REQUEST)
    asked = json.loads(request)
    pid = os.fork()
    if pid == 0:
        connection.close()
        os.setsid()
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        os.environ.clear()
        os.environ.update(asked["env"])
        time.tzset()
        return list(asked["arguments"])
    for file in files:
        os.close(file)
    connection.sendall(f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
    os._exit(0)


def _run(arguments: list[str]) -> None:
    """As `python arguments…` would, to its end."""
    sys.stdout.reconfigure(write_through=True)  # type: ignore[union-attr]
    if arguments[0] == "-m":
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    elif arguments[0] == "-c":
        sys.argv = ["-c", *arguments[2:]]
        exec(arguments[1], {"__name__": "__main__"})
    else:
        sys.argv = arguments
        runpy.run_path(arguments[0], run_name="__main__")


if __name__ == "__main__":
    main(sys.argv[1])
