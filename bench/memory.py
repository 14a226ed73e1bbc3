"""Resident memory of the server that `make run` starts, with nothing to do."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from time import monotonic, sleep

from .report import Result

ROOT = Path(__file__).parent.parent
SETTLED_AFTER = 5.0
"""Seconds of idling before it is read: five ticks of the engine."""


def memory(directory: Path) -> list[Result]:
    """Start `python app.py` on an empty instance, let it idle, read its resident set, stop it by its pid."""
    port = free_port()
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("SWITCHBOARD_")},
        "SWITCHBOARD_INSTANCE_PATH": str(directory / "instance"),
        "SWITCHBOARD_PORT": str(port),
    }
    log = directory / "server.log"
    with log.open("wb") as output:
        subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            check=True,
            timeout=60,
        )
        server = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
        try:
            wait_until_healthy(server, f"http://127.0.0.1:{port}/login", log)
            sleep(SETTLED_AFTER)
            megabytes = _resident(server.pid)
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(timeout=15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(timeout=5)
    return [Result("memory of the idle server", "SQLite", None, megabytes, None, "MB")]


def _resident(pid: int) -> float:
    """Megabytes of 2^20 bytes, from `ps`, which Linux and macOS both have."""
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(told.stdout) / 1024


def wait_until_healthy(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = monotonic() + 30
    while monotonic() < until:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError:
            # It answers; what it answers to a stranger is not measured here.
            return
        except OSError:
            sleep(0.1)
    told = log.read_text(errors="replace").strip()[-2000:]
    raise RuntimeError(f"the server did not answer at {url}: {told}")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
