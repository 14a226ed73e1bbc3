"""Fault rig: the shared clock, a database, the carrier, and the fork server that starts engines."""

from __future__ import annotations

import io
import json
import os
import random
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign_app.domain import phone as phone_rules
from campaign_app.domain.errors import StateConflict
from campaign_app.extensions import make_engine
from campaign_app.models import Trunk
from campaign_app.services import campaigns, contacts, do_not_call, imports
from campaign_app.transaction import begin_write, transaction
from tests.faults import checker
from tests.faults.carriers import CARRIERS, ENVIRONMENT
from tests.faults.checker import Kill, Verdict
from tests.faults.engine_process import EngineProcess
from tests.support.server import ROOT, free_port
from tests.support.shared_time import EngineClock, SharedTime

BY = "cli"
ALWAYS = [{"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "24:00"}]
MESSAGE = "Hello, this is a reminder of tomorrow's visit."
LONG_AGO = "2000-01-01 00:00:00.000000"
PATIENCE = 120.0
"""Real seconds in which anything must have happened."""


@lru_cache(maxsize=1)
def phones() -> list[str]:
    """Numbers kept for fiction (555-0100 to 555-0199) in every North American area code that is one, E.164."""
    found = []
    for area in range(201, 990):
        try:
            phone_rules.parse(f"+1{area}5550100", None)
        except phone_rules.PhoneError:
            continue
        found += [f"+1{area}555{n:04}" for n in range(100, 200)]
    return found


class Ended(AssertionError):
    """An engine process did not do what it was started for."""


class ForkServer:
    """The process that forks engines, and what it says of them; one serves many worlds, one after the other."""

    def __init__(self, log: Path) -> None:
        self._log = log.open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.fork_server"],
            cwd=ROOT,
            env=ENVIRONMENT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin, self._process.stdout
        self._read = b""
        self._reports: list[dict[str, Any]] = []

    def __enter__(self) -> ForkServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._in.close()
        self._process.wait(timeout=60)
        self._out.close()
        self._log.close()

    def spawn(self, process: EngineProcess) -> int:
        self._in.write(json.dumps(process.to_json()).encode() + b"\n")
        self._in.flush()
        return int(self.wait_for_report(lambda report: "name" in report, PATIENCE)["pid"])

    def wait_for_report(self, wanted: Callable[[dict[str, Any]], bool], timeout: float) -> dict[str, Any]:
        """The first report that is wanted; Ended when none comes in time (real seconds)."""
        deadline = time.monotonic() + timeout
        while True:
            for index, report in enumerate(self._reports):
                if wanted(report):
                    return self._reports.pop(index)
            left = deadline - time.monotonic()
            if left <= 0:
                raise Ended("no report of it came in time")
            self._pump(left)

    def has_report(self, wanted: Callable[[dict[str, Any]], bool]) -> bool:
        """Whether it has come by now."""
        self._pump(0.0)
        return any(map(wanted, self._reports))

    def _pump(self, timeout: float) -> None:
        if not select.select([self._out], [], [], timeout)[0]:
            return
        read = os.read(self._out.fileno(), 65536)
        if not read:
            raise RuntimeError(f"the fork server is gone: {Path(self._log.name).read_text()[-3000:]}")
        *lines, self._read = (self._read + read).split(b"\n")
        self._reports += [json.loads(line) for line in lines]


class Rig:
    """One world of its own in `directory`. `scale` seconds pass in a real one."""

    def __init__(
        self,
        directory: Path,
        url: str,
        fork_server: ForkServer,
        *,
        seed: int = 1,
        scale: float = 10.0,
        rates: Mapping[str, float] | None = None,
        over: str = "carrier",
    ) -> None:
        """`over`: which carrier (carriers.CARRIERS)."""
        self.directory, self.url, self.fork_server, self.seed = directory, url, fork_server, seed
        self.times = SharedTime(directory / "clock", scale=scale)
        self.clock = EngineClock(self.times)
        self.rng = random.Random(f"{seed}:rig")
        self.ledger = directory / "ledger.jsonl"
        self.kills: list[Kill] = []
        self.other_kills: list[Kill] = []
        self.running: dict[int, EngineProcess] = {}
        self._names = count(1)
        (directory / "uploads").mkdir()
        self.db = make_engine(url)
        self.over = over
        self.web_port = free_port()
        self.carrier = CARRIERS[over](directory, seed, rates or {})
        self.carrier.start()

    def __enter__(self) -> Rig:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pid in list(self.running):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                self.wait(pid, "killed")
        self.carrier.kill()
        self.db.dispose()
        self.times.close()

    # The carrier.

    def stop_carrier(self) -> None:
        """SIGKILL."""
        self.carrier.kill()

    def restart_carrier(self, away: float = 0.0) -> None:
        """SIGKILL, and after `away` seconds of the shared clock the same carrier again on its ledger and port."""
        self.stop_carrier()
        time.sleep(away / self.times.scale)
        self.carrier.start()

    # The world.

    @contextmanager
    def session(self) -> Iterator[Session]:
        with Session(self.db, expire_on_commit=False) as session, transaction(session):
            yield session

    def trunk(self, name: str = "carrier", *, lines: int = 100, pace: float | None = None) -> int:
        with self.session() as session:
            trunk = Trunk(
                name=name,
                inherits_credentials=True,
                provider=self.carrier.provider,
                settings={},
                max_concurrent_calls=lines,
                calls_per_second=pace,
                created_at=self.clock.now(),
            )
            session.add(trunk)
        return trunk.id

    def fields(self, **more: Any) -> dict[str, Any]:
        return {
            "name": "Autumn",
            "message": {"text": MESSAGE},
            # At any hour, as often as it likes: its numbers are made up and its clock is moved about.
            "purpose": "emergency",
            "clock": "campaign",
            "timezone": "UTC",
            "caps": [],
            "min_gap_minutes": 0,
            "calling_windows": ALWAYS,
            "max_concurrent_calls": 10,
            "retry": {"max_retries": 1, "delays_minutes": [0.05]},
            **more,
        }

    def campaign(self, numbers: list[str], **more: Any) -> int:
        """Started."""
        with self.session() as session:
            now = self.clock.now()
            made = campaigns.create_campaign(session, self.fields(**more), actor=BY, now=now)
            for start in range(0, len(numbers), 5000):
                added = contacts.add_contacts(
                    session, made.id, numbers[start : start + 5000], actor=BY, now=now
                )
                assert not added.rejected, added.rejected[:3]
            campaigns.perform_campaign_action(session, made.id, "start", actor=BY, now=now)
        return made.id

    def act(self, campaign_id: int, action: str) -> None:
        with self.session() as session:
            campaigns.perform_campaign_action(session, campaign_id, action, actor=BY, now=self.clock.now())

    def forbid(self, phone: str) -> None:
        with self.session() as session:
            do_not_call.add_do_not_call_entry(
                session,
                phone,
                region=None,
                campaign_id=None,
                reason=None,
                source="operator",
                actor=BY,
                now=self.clock.now(),
            )

    def upload(self, numbers: list[str]) -> None:
        """A file for a campaign of its own, with two rows in it that are refused."""
        lines = ["phone,name", *(f"{phone},N {n}" for n, phone in enumerate(numbers))]
        lines += [f"{numbers[0]},again", "12,too short"]
        with self.session() as session:
            now = self.clock.now()
            made = campaigns.create_campaign(session, self.fields(name="Imported"), actor=BY, now=now)
            content = io.BytesIO("\n".join(lines).encode())
            stored = imports.store(self.directory / "uploads", content, max_bytes=10**6, filename="list.csv")
            imports.enqueue(session, stored, campaign_id=made.id, filename="list.csv", actor=BY, now=now)

    def unfinished_imports(self) -> int:
        return len(checker.read(self.url, "SELECT id FROM imports WHERE status IN ('queued', 'running')"))

    def pause_all(self) -> None:
        for row in checker.read(self.url, "SELECT id FROM campaigns WHERE status = 'running' ORDER BY id"):
            with suppress(StateConflict):  # completed meanwhile
                self.act(row["id"], "pause")

    def resume_all(self) -> None:
        for row in checker.read(self.url, "SELECT id FROM campaigns WHERE status = 'paused' ORDER BY id"):
            self.act(row["id"], "resume")

    def sql(self, statement: str, **bound: Any) -> None:
        """What no service would do."""
        with begin_write(self.db) as connection:
            connection.execute(sa.text(statement), bound)

    def end_leases(self) -> None:
        """A dead engine's lease runs out. It is measured by the database's own clock, which runs no faster here."""
        self.sql("UPDATE leases SET expires_at = :ago", ago=self._long_ago())

    def _long_ago(self) -> Any:
        return LONG_AGO if self.url.startswith("sqlite") else EngineClock(self.times).now().replace(year=2000)

    # Engines.

    def start(self, **fields: Any) -> int:
        """A new engine; its process id."""
        process = EngineProcess(
            name=f"engine-{next(self._names)}",
            url=self.url,
            directory=str(self.directory),
            port=self.carrier.port,
            over=self.over,
            web_port=self.web_port,
            seed=self.rng.randrange(10**6),
            **fields,
        )
        pid = self.fork_server.spawn(process)
        self.running[pid] = process
        return pid

    def wait(self, pid: int, what: str, *, timeout: float = PATIENCE) -> dict[str, Any]:
        """Until a process is `killed`, `stopped` or has `exited`; Ended when it does something else."""
        try:
            report = self.fork_server.wait_for_report(lambda report: report["pid"] == pid, timeout)
        except Ended:
            raise Ended(
                f"{self.running[pid]} was to be {what}, and nothing was heard\n{self.logs()}"
            ) from None
        if what not in report:
            raise Ended(f"{self.running[pid]} was to be {what}: {report}\n{self.logs()}")
        if what != "stopped":
            process = self.running.pop(pid)
            if what == "killed":
                kills = self.other_kills if process.prepares else self.kills
                kills.append(Kill(process.name, report["at"], (process.crash or "random").partition(":")[0]))
        return report

    def still(self, pid: int) -> bool:
        """Whether nothing has become of it yet."""
        return not self.fork_server.has_report(lambda report: report["pid"] == pid)

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        self.wait(pid, "killed")

    def end(self, pid: int) -> None:
        """SIGTERM, and its end in good order."""
        os.kill(pid, signal.SIGTERM)
        report = self.wait(pid, "exited")
        if report["exited"]:
            raise Ended(f"an engine exited {report['exited']}\n{self.logs()}")

    def freeze(self, pid: int) -> None:
        os.kill(pid, signal.SIGSTOP)
        self.wait(pid, "stopped")

    def thaw(self, pid: int) -> None:
        os.kill(pid, signal.SIGCONT)

    def until(self, condition: Callable[[], bool], what: str, *, timeout: float = PATIENCE) -> None:
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                raise Ended(f"gave up waiting for {what}\n{self.logs()}")
            time.sleep(0.005)

    def rest(self, seconds: float) -> None:
        """Let the shared clock run on by so much, as it runs."""
        until = self.times.now() + seconds
        while (left := until - self.times.now()) > 0:
            time.sleep(min(left / self.times.scale, 0.05))

    def placed(self) -> int:
        return self.ledger.read_bytes().count(b'"event": "placed"')

    def calls(self, wanted: int, *, timeout: float) -> bool:
        """Whether the ledger has so many calls before `timeout` (real seconds) is over."""
        try:
            self.until(lambda: self.placed() >= wanted, f"{wanted} calls", timeout=timeout)
        except Ended:
            return False
        return True

    def quieten(self, *, dial: float = 3.0, **fields: Any) -> None:
        """One engine, undisturbed: it dials on for a while, then every campaign is paused and all calls run out."""
        self.end_leases()
        pid = self.start(**fields)
        self.rest(dial)
        self.pause_all()
        looks = count(1)

        def quiet() -> bool:
            if checker.open_now(self.url) == 0 and checker.live_now(self.ledger) == 0:
                return True
            time.sleep(0.05)
            if next(looks) % 5 == 0:
                self.times.skip(5.0)  # nothing is dialed any more: only polls and horizons are waited for
            return False

        self.until(quiet, "every attempt to end")
        # Callbacks that were put off, and whatever repeated ones could still do.
        self.times.skip(10.0)
        self.rest(3.0)
        self.end(pid)

    def check(self, *, slack: float = 1.0, jumped: bool = False) -> Verdict:
        """`slack` is in real seconds: what a busy machine may do between two readings of the clock."""
        return checker.check(
            self.url,
            self.ledger,
            kills=self.kills,
            other_kills=self.other_kills,
            slack=slack * self.times.scale,
            jumped=jumped,
        )

    def logs(self) -> str:
        texts = []
        for name in ("engines.log", "carrier.log", "output.log"):
            path = self.directory / name
            if path.exists() and (text := path.read_text(errors="replace").strip()):
                texts.append(f"--- {name}\n{text[-3000:]}")
        return "\n".join(texts)

    def errors(self) -> list[str]:
        """What engines logged as errors: ticks that failed, bugs in adapters."""
        path = self.directory / "engines.log"
        if not path.exists():
            return []
        return [line for line in path.read_text(errors="replace").splitlines() if " ERROR " in line]
