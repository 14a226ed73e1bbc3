"""People who look: how quickly live pages answer a hundred and three hundred of them, and how late the engine is then.

Browsers are simulated in a process of their own (`viewer.py`), each from an address of its own. The engine dials on
the simulator meanwhile. `VIEWERS_SECONDS` sets the length of each round (60 unless it is given).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from threading import Thread
from time import monotonic, sleep
from typing import Any

from scripts.system_parts import REMEDY, find_postgres
from tests.support.postgres import PostgresServer

from .report import Result
from .server import ROOT, Installation
from .viewer import OPEN

SECONDS = float(os.environ.get("VIEWERS_SECONDS", "60"))
WARM_UP = 30.0
SETTINGS = {"SWITCHBOARD_SIMULATOR_TIME_SCALE": "10"}
LINES = 150
"""Of all campaigns together; a call takes some three seconds."""
CONTACTS = 15_000


@dataclass(frozen=True, slots=True)
class Scene:
    """Who looks at what, over which processes."""

    name: str
    viewers: int
    campaigns: int
    webs: int = 1
    own_engine: bool = False
    postgres: bool = False


ONE_PAGE = Scene("100 on one page", 100, 1)
SCENES = (
    ONE_PAGE,
    Scene("300 on 30 campaigns, engine inside", 300, 30),
    Scene("300 on 30 campaigns, engine beside", 300, 30, own_engine=True),
    Scene("300 on 30 campaigns, engine beside", 300, 30, own_engine=True, postgres=True),
    Scene("300 on 30 campaigns, 2 web processes", 300, 30, webs=2, own_engine=True, postgres=True),
)


def viewers(directory: Path) -> list[Result]:
    """Every scene on an installation of its own."""
    results: list[Result] = []
    wanted = os.environ.get("VIEWERS_SCENES", "")
    for number, scene in enumerate(SCENES):
        if wanted and str(number) not in wanted:
            continue
        (directory / str(number)).mkdir()
        results += measure_scene(directory / str(number), scene)
    return results


def measure_scene(directory: Path, scene: Scene, seconds: float = SECONDS) -> list[Result]:
    with throwaway_database(scene.postgres) as url, Installation(directory, url, SETTINGS) as site:
        webs = [
            site.start_web(with_engine=not scene.own_engine and not number) for number in range(scene.webs)
        ]
        if scene.own_engine:
            site.start_engine()
        site.set_trunk_lines(LINES)
        each = CONTACTS // scene.campaigns
        ids = [
            site.add_campaign(f"Bench {number}", LINES // scene.campaigns, each, number * each)
            for number in range(scene.campaigns)
        ]
        cookie = site.sign_in("ada@example.org")
        browsers = [
            {
                "port": webs[number % len(webs)].port,
                "path": f"/campaigns/{ids[number % len(ids)]}",
                "cookie": cookie,
                "address": f"127.0.{1 + number // 200}.{1 + number % 200}",
            }
            for number in range(scene.viewers)
        ]
        return _look(site, scene, browsers, seconds)


@contextmanager
def throwaway_database(postgres: bool) -> Iterator[str | None]:
    """The address of one on a PostgreSQL server of its own; None for SQLite in the instance folder."""
    if not postgres:
        yield None
        return
    binaries = find_postgres()
    if binaries is None:
        raise SystemExit(REMEDY["postgres"])
    with PostgresServer(binaries, durable=True) as server:
        yield server.new_database()


class Browsers:
    """The process of the simulated browsers; `wait` gives what they saw."""

    def __init__(self, browsers: list[dict[str, Any]], seconds: float, warm_up: float = WARM_UP) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.viewer"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._said = b""
        self._reading = Thread(target=self._read)
        assert self._process.stdin is not None
        with self._process.stdin as stdin:
            stdin.write(json.dumps({"seconds": seconds, "warm_up": warm_up, "viewers": browsers}).encode())

    def _read(self) -> None:
        assert self._process.stdout is not None
        self._said = self._process.stdout.read()

    def wait_until_open(self) -> None:
        """Every page is. Raises RuntimeError where one could not be opened."""
        assert self._process.stdout is not None
        if self._process.stdout.readline().strip() != OPEN.encode():
            raise RuntimeError("a page could not be opened")
        self._reading.start()

    def wait(self) -> dict[str, Any]:
        """Raises RuntimeError where they could not look."""
        self._reading.join()
        if self._process.wait():
            raise RuntimeError(f"the viewers ended with {self._process.returncode}")
        seen: dict[str, Any] = json.loads(self._said)
        return seen

    @property
    def is_looking(self) -> bool:
        return self._reading.is_alive()

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait()


def _look(site: Installation, scene: Scene, browsers: list[dict[str, Any]], seconds: float) -> list[Result]:
    looking = Browsers(browsers, seconds)
    try:
        looking.wait_until_open()
        sleep(WARM_UP)
        began, before, dialed = (
            monotonic(),
            [each.read_cpu() for each in site.processes],
            site.count_dialed_calls(),
        )
        lags = []
        while looking.is_looking:
            lags.append(site.read_lag() * 1000)
            sleep(0.2)
        took = monotonic() - began
        calls = (site.count_dialed_calls() - dialed) / took
        shares = [(each.read_cpu() - cpu) / took for each, cpu in zip(site.processes, before, strict=True)]
        seen = looking.wait()
    finally:
        looking.close()
    times = seen["times"]
    if len(times) < 2:
        raise RuntimeError(f"of {len(times)} polls failed: {seen['failures']}")
    database = "PostgreSQL" if scene.postgres else "SQLite"
    shared = (seen["unchanged"] + seen["shared"]) / len(times)
    web_share = sum(
        share for each, share in zip(site.processes, shares, strict=True) if each.port is not None
    )
    rows = [
        ("half within", times[len(times) // 2], "ms"),
        ("95 of 100 within", quantiles(times, n=20)[-1], "ms"),
        ("answers", len(times) / seconds, "per second"),
        ("no answer within 30 s", sum(seen["failures"].values()) / len(times) * 100, "%"),
        ("304 or of a rendering for several", shared * 100, "%"),
        ("engine behind its tick, 95 of 100", quantiles(lags, n=20)[-1], "ms"),
        ("engine behind its tick, at the most", max(lags), "ms"),
        ("calls meanwhile", calls, "per second"),
        *(
            (f"processor, {each.name} {number}", share * 100, "%")
            for number, (each, share) in enumerate(zip(site.processes, shares, strict=True))
        ),
        ("processor, the browsers", seen["cpu"] * 100, "%"),
        ("processor, web, an answer", web_share * seconds / len(times) * 1000, "ms"),
    ]
    return [Result(f"{scene.name}: {name}", database, None, value, None, unit) for name, value, unit in rows]
