"""A started server while it imports: how quickly its pages answer, how late the engine ticks, and how fast it goes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
import uuid
from pathlib import Path
from statistics import quantiles
from time import perf_counter, sleep
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.extensions import make_engine
from campaign_app.models import EngineHeartbeat

from .imports import MILLION, write_file
from .lifecycles import WrongWork
from .memory import free_port, wait_until_healthy
from .report import Result

ROOT = Path(__file__).parent.parent
PAGES = ("/api/v1/campaigns", "/api/v1/campaigns/{demo}/stats", "/api/v1/campaigns/{demo}/calls?limit=50")
PAUSE = 0.1
TICK_SECONDS = 1.0
"""As the settings have it unless somebody says otherwise."""
LONGEST = 900.0
"""Seconds, for the whole of it."""


def import_load(directory: Path, rows: int = MILLION) -> list[Result]:
    """SQLite, `python app.py`, a demo that dials, and a file of `rows` rows by REST."""
    file = directory / "contacts.csv"
    write_file(file, rows)
    with _Server(directory) as server:
        demo, campaign = server.make_campaigns()
        import_id = server.upload(campaign, file)
        began, times, lags = perf_counter(), [], []
        while True:
            for page in PAGES:
                started = perf_counter()
                server.ask("GET", page.format(demo=demo).removeprefix("/api/v1"))
                times.append(perf_counter() - started)
            lags.append(server.read_lag())
            done = server.ask("GET", f"/imports/{import_id}")
            if done["status"] in ("completed", "failed", "needs_mapping"):
                break
            if perf_counter() - began > LONGEST:
                raise WrongWork(f"the import took over {LONGEST:.0f} s: {done}")
            sleep(PAUSE)
        seconds = perf_counter() - began
    if done["status"] != "completed" or done["total"] != rows:
        raise WrongWork(f"of {rows} rows {done['total']}: {done['status']}, {done['error']}")
    return [
        Result("rows imported by a server that dials", "SQLite", None, rows / seconds, None, "per second"),
        Result(
            "pages meanwhile, 95 of 100 within", "SQLite", None, quantiles(times, n=20)[-1] * 1000, None, "ms"
        ),
        Result("engine behind its tick, at the most", "SQLite", None, max(lags) * 1000, None, "ms"),
    ]


class _Server:
    """`python app.py` in a folder of its own, stopped by its pid."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._port = free_port()
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("SWITCHBOARD_")},
            "SWITCHBOARD_INSTANCE_PATH": str(directory / "instance"),
            "SWITCHBOARD_PORT": str(self._port),
        }
        self._token = ""

    def __enter__(self) -> _Server:
        self._run("db", "upgrade")
        self._token = self._run("token", "create", "bench", "--role", "admin").split()[-1]
        self._log = (self._directory / "server.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=self._environment, stdout=self._log, stderr=self._log
        )
        url = f"http://127.0.0.1:{self._port}/login"
        wait_until_healthy(self._process, url, self._directory / "server.log")
        [database] = (self._directory / "instance").glob("*.sqlite")
        self._db = make_engine(f"sqlite:///{database}")
        return self

    def __exit__(self, *_: object) -> None:
        self._db.dispose()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=5)
        self._log.close()

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", *command],
            cwd=ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        return done.stdout

    def make_campaigns(self) -> tuple[int, int]:
        """A demo that dials, and a draft for the file."""
        self._run("demo", "load")
        demo = self.ask("GET", "/campaigns")["items"][0]["id"]
        draft = {"name": "Bench", "message": {"text": "Good day."}, "default_region": "US"}
        return demo, self.ask("POST", "/campaigns", json.dumps(draft).encode())["id"]

    def upload(self, campaign_id: int, file: Path) -> int:
        boundary = uuid.uuid4().hex
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n'
            "Content-Type: text/csv\r\n\r\n"
        )
        body = head.encode() + file.read_bytes() + f"\r\n--{boundary}--\r\n".encode()
        kind = f"multipart/form-data; boundary={boundary}"
        answer = self.ask("POST", f"/campaigns/{campaign_id}/imports", body, kind)
        return int(answer["id"])

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json") -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._port}/api/v1{path}",
            data=body,
            method=method,
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": kind},
        )
        with urllib.request.urlopen(request, timeout=120) as response:
            return json.load(response)

    def read_lag(self) -> float:
        """Seconds by which the engine's last tick was late, or by which the next one is."""
        with Session(self._db) as session:
            beat = session.scalars(sa.select(EngineHeartbeat).where(EngineHeartbeat.role == "engine")).first()
        if beat is None:
            return 0.0
        age = (SYSTEM_CLOCK.now() - beat.last_tick_at).total_seconds()
        return max(beat.lag_ms / 1000, age - TICK_SECONDS)
