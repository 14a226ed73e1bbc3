"""An hour of life: an installation that dials, imports, exports and is looked at, watched for what grows.

Ten campaigns run at any time; where one is over, a file is imported into the next and it starts. Twenty browsers look
on, and a campaign is exported every minute. `LIFE_MINUTES` sets the length (60 unless it is given), `LIFE_RATE` the
calls a second that are asked for (200), `LIFE_DATABASE=postgres` the database. The plot goes to bench/life.svg.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, quantiles
from threading import Event, Thread
from time import monotonic

import sqlalchemy as sa

from campaign_app.domain.campaign import CampaignStatus

from .lifecycles import WrongWork
from .plot import Panel, draw
from .report import Result
from .server import Installation, Process, make_number
from .viewers import Browsers, throwaway_database

MINUTES = float(os.environ.get("LIFE_MINUTES", "60"))
RATE = float(os.environ.get("LIFE_RATE", "200"))
PLOT = Path(__file__).with_name("life.svg")
CAMPAIGNS = 10
SECONDS_EACH = 180
"""How long a campaign lasts at the rate that is asked for."""
TIME_SCALE = 10
CALL_SECONDS = 5.0
"""More than a call takes on the average at that scale: so many lines are enough."""
SETTINGS = {"SWITCHBOARD_SIMULATOR_TIME_SCALE": str(TIME_SCALE)}
LOOK_EVERY = 0.25
SAMPLE_EVERY = 5.0
EXPORT_EVERY = 60.0
OPENED = ("/campaigns", "/home", "/calls")
BROWSERS = 20
LEVEL = 0.1
"""By so much the memory of the last third may differ from that of the first."""
LONGEST_LAG = 1.0


@dataclass(slots=True)
class Life:
    """What was seen: a value for each sample, and the lag for each look."""

    minutes: list[float] = field(default_factory=list)
    calls: list[float] = field(default_factory=list)
    """A second, since the sample before."""
    memory: dict[str, list[float]] = field(default_factory=dict)
    wal: list[float] = field(default_factory=list)
    """Megabytes: SQLite's log as it lies there; what PostgreSQL has written since the sample before."""
    size: list[float] = field(default_factory=list)
    """Megabytes of the database."""
    dead: list[float] = field(default_factory=list)
    """Of the database: the share of SQLite's pages that are free, or of PostgreSQL's rows that are dead."""
    lag: list[float] = field(default_factory=list)
    """The longest since the sample before, seconds."""
    lags: list[float] = field(default_factory=list)
    placed: int = 0
    """Calls, up to the last sample."""
    finished: int = 0
    exported: int = 0
    """Bytes."""
    seen: dict[str, float] = field(default_factory=dict)

    def average_thirds(self, name: str) -> tuple[float, float]:
        """A process's memory in the last third and in the first, megabytes; the first tenth is its start."""
        values = self.memory[name][len(self.minutes) // 10 :]
        third = max(len(values) // 3, 1)
        return mean(values[-third:]), mean(values[:third])

    @property
    def lag_99(self) -> float:
        """Seconds."""
        return quantiles(self.lags, n=100)[-1]


def life(directory: Path) -> list[Result]:
    """On one database, for as long as was asked for."""
    postgres = os.environ.get("LIFE_DATABASE") == "postgres"
    with throwaway_database(postgres) as url:
        samples = live(directory, MINUTES, RATE, url)
    PLOT.write_text(draw_life(samples), encoding="utf-8")
    name = f"{MINUTES:g} minutes of life"
    rows = [
        ("calls", samples.placed / (samples.minutes[-1] * 60), RATE, "per second"),
        ("campaigns finished", float(samples.finished), None, "campaigns"),
        *(
            (f"memory of the {process}, last third / first", *samples.average_thirds(process), "MB")
            for process in samples.memory
        ),
        ("lag, 99 of 100 within", samples.lag_99 * 1000, None, "ms"),
        ("WAL, the most", max(samples.wal), None, "MB"),
        ("database in the end", samples.size[-1], None, "MB"),
        ("free pages or dead rows, the most", max(samples.dead) * 100, None, "%"),
        ("exported", samples.exported / 2**20, None, "MB"),
        *((f"pages, {key}", value, None, "ms") for key, value in samples.seen.items()),
    ]
    database = "PostgreSQL" if postgres else "SQLite"
    return [Result(f"{name}: {what}", database, None, ours, floor, unit) for what, ours, floor, unit in rows]


def live(directory: Path, minutes: float, rate: float, url: str | None = None) -> Life:
    """An installation in `directory`, watched for so many minutes. Raises WrongWork where that is too short for a
    sample, work was left undone, or a promise is broken in the end."""
    if minutes * 60 <= SAMPLE_EVERY:
        raise WrongWork(
            f"{minutes:g} minutes are too short for a sample, which takes {SAMPLE_EVERY:g} s: LIFE_MINUTES"
        )
    with Installation(directory, url, SETTINGS) as site:
        web = site.start_web(with_engine=False)
        engine = site.start_engine()
        lines = max(int(rate * CALL_SECONDS), CAMPAIGNS)
        site.set_trunk_lines(lines, rate)
        seller = _Seller(site, rate, lines)
        cookie = site.sign_in("ada@example.org")
        seller.fill_up()
        pages = [*OPENED, *(f"/campaigns/{campaign_id}" for campaign_id in seller.running)]
        browsers = Browsers(
            [
                {
                    "port": web.port,
                    "path": pages[number % len(pages)],
                    "cookie": cookie,
                    "address": f"127.0.1.{number + 1}",
                }
                for number in range(BROWSERS)
            ],
            minutes * 60,
            warm_up=10.0,
        )
        try:
            browsers.wait_until_open()
            with seller.at_work():
                samples = _watch(site, [web, engine], minutes)
            seen = browsers.wait()
        finally:
            browsers.close()
        samples.finished, samples.exported = seller.finished, seller.exported
        if seller.failure is not None:
            raise WrongWork("imports, exports or starts failed") from seller.failure
        if not samples.minutes:
            raise WrongWork("no sample was taken: give LIFE_MINUTES more time")
        if not samples.finished and minutes * 60 > 2 * SECONDS_EACH:
            raise WrongWork("no campaign came to its end")
        if seen["failures"] or not seen["times"]:
            raise WrongWork(f"of {len(seen['times'])} polls failed: {seen['failures']}")
        samples.seen = {"half within": seen["times"][len(seen["times"]) // 2]}
        samples.seen["95 of 100 within"] = quantiles(seen["times"], n=20)[-1]
        try:
            site.run("check")
        except subprocess.CalledProcessError as error:
            raise WrongWork(f"a promise is broken: {error.stdout}{error.stderr}") from error
        return samples


class _Seller:
    """Somebody who keeps campaigns coming: imports a file, starts, and exports what is over."""

    def __init__(self, site: Installation, rate: float, lines: int) -> None:
        self._site = site
        self._contacts = max(int(rate * SECONDS_EACH / CAMPAIGNS), 10)
        self._lines = lines
        self._number = 0
        self.running: list[int] = []
        self._over: list[int] = []
        self.finished = self.exported = 0
        self.failure: Exception | None = None

    def fill_up(self) -> None:
        """As many as are to run. The first ones end at different times."""
        for number in range(CAMPAIGNS):
            self._begin(self._contacts * (number + 1) // CAMPAIGNS)

    def _begin(self, contacts: int) -> None:
        first = self._number
        self._number += contacts
        rows = "phone\n" + "".join(f"{make_number(number)}\n" for number in range(first, self._number))
        campaign_id = self._site.make_campaign(f"From {first:,}", self._lines)
        import_id = self._site.upload(campaign_id, rows.encode())
        waited = Event()
        while (item := self._site.ask("GET", f"/imports/{import_id}"))["status"] in ("queued", "running"):
            waited.wait(0.2)
        if item["status"] != "completed" or item["accepted"] != contacts:
            raise WrongWork(f"of {contacts} contacts: {item}")
        self._site.ask("POST", f"/campaigns/{campaign_id}/start")
        self.running.append(campaign_id)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """In a thread, for the length of the block."""
        stop = Event()

        def work() -> None:
            exported_at = monotonic()
            try:
                while not stop.wait(1.0):
                    for campaign_id in list(self.running):
                        status = self._site.ask("GET", f"/campaigns/{campaign_id}")["status"]
                        if status == CampaignStatus.COMPLETED:
                            self.running.remove(campaign_id)
                            self._over.append(campaign_id)
                            self.finished += 1
                            self._begin(self._contacts)
                    if self._over and monotonic() > exported_at + EXPORT_EVERY:
                        exported_at = monotonic()
                        path = f"/campaigns/{self._over[-1]}/export?format=ndjson"
                        self.exported += self._site.download(path)
            except Exception as error:
                self.failure = error

        thread = Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


def _watch(site: Installation, processes: Sequence[Process], minutes: float) -> Life:
    samples = Life(memory={each.name: [] for each in processes})
    began = sampled = monotonic()
    first = placed = site.count_dialed_calls()
    wal = _read_wal(site)
    lag = 0.0
    pause = Event()
    while (passed := monotonic() - began) < minutes * 60:
        samples.lags.append(site.read_lag())
        lag = max(lag, samples.lags[-1])
        if monotonic() >= sampled + SAMPLE_EVERY:
            now, count = monotonic(), site.count_dialed_calls()
            samples.minutes.append(passed / 60)
            samples.calls.append((count - placed) / (now - sampled))
            for each in processes:
                samples.memory[each.name].append(each.read_memory())
            written = _read_wal(site)
            samples.wal.append(written - wal if site.database_file is None else written)
            size, dead = _read_size(site)
            samples.size.append(size)
            samples.dead.append(dead)
            samples.lag.append(lag)
            samples.placed = count - first
            sampled, placed, wal, lag = now, count, written, 0.0
        pause.wait(LOOK_EVERY)
    return samples


def _read_wal(site: Installation) -> float:
    file = site.database_file
    if file is not None:
        log = file.with_name(f"{file.name}-wal")
        return log.stat().st_size / 2**20 if log.exists() else 0.0
    with site.db.connect() as connection:
        statement = sa.text("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn")
        return float(connection.execute(statement).scalar_one()) / 2**20


def _read_size(site: Installation) -> tuple[float, float]:
    """Megabytes, and the share that is free or dead."""
    with site.db.connect() as connection:
        if site.database_file is not None:
            pages, free, each = (
                int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())
                for name in ("page_count", "freelist_count", "page_size")
            )
            return pages * each / 2**20, free / pages
        size, dead = connection.execute(
            sa.text(
                "SELECT pg_database_size(current_database()), coalesce(sum(n_dead_tup)::float8"
                " / nullif(sum(n_live_tup + n_dead_tup), 0), 0) FROM pg_stat_user_tables"
            )
        ).one()
        return float(size) / 2**20, float(dead)


def draw_life(samples: Life) -> str:
    """The samples as an SVG."""
    return draw(
        samples.minutes,
        [
            Panel("Calls begun a second", {"calls": samples.calls}),
            Panel("Engine behind its tick, the longest of 5 s, seconds", {"lag": samples.lag}, LONGEST_LAG),
            Panel("Resident memory, MB", samples.memory),
            Panel("WAL, MB", {"WAL": samples.wal}),
            Panel("Database, MB", {"size": samples.size}),
        ],
    )
