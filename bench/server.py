"""A started installation: its folder, web processes, engines and REST API, and what they take of the machine."""

from __future__ import annotations

import html
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.domain.attempt import AttemptStatus
from campaign_app.extensions import make_engine
from campaign_app.models import ATTEMPT_COUNTERS, Attempt, CampaignCounters, EngineHeartbeat

ROOT = Path(__file__).parent.parent
PASSWORD = "correct horse battery staple"
STOP_SECONDS = 30
ALWAYS = [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "24:00"}]
ADDED_AT_ONCE = 10_000
"""Contacts of one request."""


@dataclass(frozen=True, slots=True)
class Process:
    """One that was started here. `port` is None for an engine."""

    name: str
    process: subprocess.Popen[bytes]
    port: int | None = None

    def read_cpu(self) -> float:
        """Seconds of processor time so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def read_memory(self) -> float:
        """Resident megabytes of 2^20 bytes, from `ps`, which Linux and macOS both have."""
        command = ["ps", "-o", "rss=", "-p", str(self.process.pid)]
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) / 1024


class Installation:
    """An instance folder in `directory`, on SQLite unless `database_url` says otherwise. All that was started ends with
    the block, by its pid."""

    def __init__(
        self, directory: Path, database_url: str | None = None, settings: dict[str, str] | None = None
    ) -> None:
        self._directory = directory
        self._instance = directory / "instance"
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("SWITCHBOARD_")},
            "SWITCHBOARD_INSTANCE_PATH": str(self._instance),
            **({"SWITCHBOARD_DATABASE_URL": database_url} if database_url else {}),
            **(settings or {}),
        }
        self._database_url = database_url
        self._token = ""
        self.processes: list[Process] = []

    def __enter__(self) -> Installation:
        self.run("db", "upgrade")
        self._token = self.run("token", "create", f"bench {uuid.uuid4().hex}", "--role", "admin").split()[-1]
        if self._database_url is None:
            [database] = self._instance.glob("*.sqlite")
            self._database_url = f"sqlite:///{database}"
        self.db = make_engine(self._database_url)
        return self

    def __exit__(self, *_: object) -> None:
        self.db.dispose()
        self.stop_all()

    def stop_all(self) -> None:
        """End what was started, by its pid."""
        for each in reversed(self.processes):
            each.process.send_signal(signal.SIGTERM)
        for each in self.processes:
            try:
                each.process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                each.process.kill()
                each.process.wait(timeout=STOP_SECONDS)
        self.processes.clear()

    @property
    def database_file(self) -> Path | None:
        """None on PostgreSQL."""
        return Path(str(self.db.url.database)) if self.db.dialect.name == "sqlite" else None

    def run(self, *command: str, stdin: str = "") -> str:
        """`flask ...`; what it printed."""
        return subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", *command],
            cwd=ROOT,
            env=self._environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        ).stdout

    def start_web(self, *, with_engine: bool) -> Process:
        """`python app.py`, with the engine inside or without."""
        port = free_port()
        environment = {
            "SWITCHBOARD_PORT": str(port),
            "SWITCHBOARD_ENGINE": "inline" if with_engine else "off",
        }
        started = self._start("web", [sys.executable, "app.py"], environment, port)
        log = self._directory / f"web-{len(self.processes) - 1}.log"
        wait_until_healthy(started.process, f"http://127.0.0.1:{port}/login", log)
        return started

    def start_engine(self) -> Process:
        """`flask engine run` beside the web."""
        return self._start(
            "engine", [sys.executable, "-m", "flask", "--app", "app", "engine", "run"], {}, None
        )

    def _start(self, name: str, command: list[str], environment: dict[str, str], port: int | None) -> Process:
        with (self._directory / f"{name}-{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env={**self._environment, **environment}, stdout=log, stderr=log
            )
        self.processes.append(Process(name, process, port))
        return self.processes[-1]

    @property
    def token(self) -> str:
        """An admin's."""
        return self._token

    @property
    def port(self) -> int:
        """Of the first web process."""
        return next(each.port for each in self.processes if each.port is not None)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """An answer of the REST API; `body` goes as JSON. Raises urllib.error.HTTPError."""
        return self._send(
            method, path, None if body is None else json.dumps(body).encode(), "application/json"
        )

    def upload(self, campaign_id: int, rows: bytes) -> int:
        """The id of the import of a CSV file."""
        boundary = uuid.uuid4().hex
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="bench.csv"\r\n'
            "Content-Type: text/csv\r\n\r\n"
        )
        body = head.encode() + rows + f"\r\n--{boundary}--\r\n".encode()
        kind = f"multipart/form-data; boundary={boundary}"
        return int(self._send("POST", f"/campaigns/{campaign_id}/imports", body, kind)["id"])

    def download(self, path: str) -> int:
        """Bytes of what a stream of the REST API has."""
        with self._open("GET", path, None, "application/json") as answer:
            return sum(len(piece) for piece in iter(lambda: answer.read(65_536), b""))

    def _send(self, method: str, path: str, body: bytes | None, kind: str) -> Any:
        with self._open(method, path, body, kind) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def _open(self, method: str, path: str, body: bytes | None, kind: str) -> Any:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1{path}",
            data=body,
            method=method,
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": kind},
        )
        return urllib.request.urlopen(request, timeout=120)

    def add_campaign(self, name: str, lines: int, contacts: int, first: int, **fields: Any) -> int:
        """A campaign that calls at any hour, started. Its contacts have German mobile numbers from `first` on."""
        campaign_id = self.make_campaign(name, lines, **fields)
        for begin in range(first, first + contacts, ADDED_AT_ONCE):
            end = min(begin + ADDED_AT_ONCE, first + contacts)
            rows = [{"phone": make_number(number)} for number in range(begin, end)]
            self.ask("POST", f"/campaigns/{campaign_id}/contacts", {"contacts": rows})
        self.ask("POST", f"/campaigns/{campaign_id}/start")
        return campaign_id

    def make_campaign(self, name: str, lines: int, **fields: Any) -> int:
        """A draft that may call at any hour."""
        body = {
            "name": name,
            "message": {"text": "Good day."},
            "purpose": "emergency",
            "clock": "campaign",
            "timezone": "Europe/Berlin",
            "caps": [],
            "min_gap_minutes": 0,
            "guard_seconds": 0,
            "calling_windows": ALWAYS,
            "calls_per_second": None,
            "max_concurrent_calls": lines,
            "retry": {"max_retries": 1, "delays_minutes": [1]},
            "default_region": "DE",
            **fields,
        }
        return int(self.ask("POST", "/campaigns", body)["id"])

    def set_trunk_lines(self, lines: int, calls_per_second: float | None = None) -> None:
        [trunk] = self.ask("GET", "/trunks")["items"]
        limits = {"max_concurrent_calls": lines, "calls_per_second": calls_per_second}
        self.ask("PATCH", f"/trunks/{trunk['id']}", limits)

    def sign_in(self, email: str) -> str:
        """An admin's session: what the browser sends as Cookie."""
        self.run("admin", "create", email, "--password-stdin", stdin=f"{PASSWORD}\n")
        cookies = {"zone": "Europe/Berlin"}
        page = self._browse("GET", "/login", cookies, None)
        found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
        if found is None:
            raise RuntimeError("the sign-in page has no token")
        body = {"csrf_token": html.unescape(found[1]), "email": email, "password": PASSWORD}
        self._browse("POST", "/login", cookies, urllib.parse.urlencode(body))
        return _join(cookies)

    def _browse(self, method: str, path: str, cookies: dict[str, str], body: str | None) -> str:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        connection.request(method, path, body, {"Cookie": _join(cookies), **kind})
        answer = connection.getresponse()
        if answer.status not in (200, 303):
            raise RuntimeError(f"{path} was answered with {answer.status}")
        for line in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = line.partition(";")[0].partition("=")
            cookies[name] = value
        text = answer.read().decode()
        connection.close()
        return text

    def count_dialed_calls(self) -> int:
        """Calls that a carrier was asked for so far: those that ended, unless they were released, by the campaigns'
        counters, and the open ones. Counting the rows would take longer with every minute."""
        columns = [
            getattr(CampaignCounters, name)
            for status, name in ATTEMPT_COUNTERS.items()
            if status != AttemptStatus.RELEASED
        ]
        ended = sa.select(sa.func.coalesce(sa.func.sum(sum(columns[1:], columns[0])), 0))
        still_open = sa.select(sa.func.count()).where(
            Attempt.ended_at.is_(None), Attempt.dialing_at.is_not(None)
        )
        with Session(self.db) as session:
            return int(session.scalar(ended) or 0) + int(session.scalar(still_open) or 0)

    def read_lag(self) -> float:
        """Seconds by which the engine's last tick was late, or by which the next one is."""
        with Session(self.db) as session:
            beat = session.scalars(sa.select(EngineHeartbeat).where(EngineHeartbeat.role == "engine")).first()
        if beat is None:
            return 0.0
        age = (SYSTEM_CLOCK.now() - beat.last_tick_at).total_seconds()
        tick_seconds = float(self._environment.get("SWITCHBOARD_TICK_SECONDS", "1"))
        return max(beat.lag_ms / 1000, age - tick_seconds)


def make_number(number: int) -> str:
    """E.164, by 0 to 39,999,999. None of those that the simulator's carrier loses, or that ring until nobody waits."""
    return f"+49151{number // 400:05}{number % 400:03}"


def _join(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


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
    said = log.read_text(errors="replace").strip()[-2000:]
    raise RuntimeError(f"the server did not answer at {url}: {said}")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
