"""A file of contacts through the product's own import, beside csv and INSERT (COPY) without any validation.

Both sides read the same file into the same tables, in one run on one machine, so that their ratio says what
understanding, parsing, refusing, counting and resuming cost.
"""

from __future__ import annotations

import csv
import json
import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import perf_counter, sleep

import psycopg
import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.extensions import SQLITE_PRAGMAS, make_engine
from campaign_app.models import Import
from campaign_app.models.base import sqlite_stamp
from campaign_app.services import imports
from campaign_app.transaction import transaction
from scripts.system_parts import REMEDY, find_postgres
from tests.support.postgres import PostgresServer

from .ground import CAMPAIGN, lay
from .lifecycles import WrongWork
from .report import Result

ROOT = Path(__file__).parent.parent
ROWS = 300_000
MILLION, TEN_MILLION = 1_000_000, 10_000_000
BATCH = 5_000
SAMPLE_SECONDS = 0.2
HEADER = ("name", "phone", "city", "amount", "due", "ref")
CITIES = ("Rome", "Oslo", "Lima", "Bonn", "Nice", "Łódź", "São Paulo")
AREAS = ("202", "212", "312", "415", "617", "713", "206", "305")
INVALID = ("12345", "n/a", "555-01", "+99912345", "")
REPEATED, REFUSED = 0.05, 0.02
"""Shares of the rows."""

# In a process of its own, whose memory is measured with that of its validators.
WORKER = """
import resource
import sys
from pathlib import Path
from statistics import quantiles
from time import perf_counter, process_time
from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.engine.imports import worker
from campaign_app.extensions import make_engine
engine = make_engine(sys.argv[1])
with engine.connect() as connection:
    connection.exec_driver_sql("SELECT 1")
slices = []
add_slice = worker._Run._add_slice
def timed(self, part):
    began = perf_counter()
    add_slice(self, part)
    slices.append(perf_counter() - began)
worker._Run._add_slice = timed
print("ready", flush=True)
sys.stdin.readline()
began = process_time()
assert worker.run_next(engine, Path(sys.argv[2]), clock=SYSTEM_CLOCK, owner="bench")
children = resource.getrusage(resource.RUSAGE_CHILDREN)
print(process_time() - began, children.ru_utime + children.ru_stime, quantiles(slices, n=20)[-1], flush=True)
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """Of one import: rows a second; megabytes over the idle process, at the most; seconds of processor time of the
    worker and of its validators (not of PostgreSQL); seconds within which 95 of 100 of its transactions ended."""

    per_second: float
    megabytes: float
    worker: float
    validators: float
    slice: float

    def to_results(self, database: str, rows: int, floor: float | None) -> list[Result]:
        return [
            Result("rows imported", database, BATCH, self.per_second, floor, "per second"),
            Result("memory of an import over idle", database, BATCH, self.megabytes, None, "MB"),
            Result("worker's processor time", database, BATCH, self.worker / rows * 1e6, None, "µs a row"),
            Result(
                "validator's processor time", database, BATCH, self.validators / rows * 1e6, None, "µs a row"
            ),
            Result("transactions, 95 of 100 within", database, BATCH, self.slice * 1000, None, "ms"),
        ]


def sqlite(directory: Path, rows: int = ROWS, with_floor: bool = True) -> list[Result]:
    """Rows a second on SQLite, and the memory that it takes over an idle process."""
    file = directory / "contacts.csv"
    write_file(file, rows)
    path = directory / "ours.sqlite"
    url = f"sqlite:///{path}"
    ours = _ours(url, directory, file, rows)
    floor = _floor_sqlite(directory / "floor.sqlite", file) if with_floor else None
    return ours.to_results("SQLite", rows, floor)


def postgres(directory: Path, rows: int = ROWS) -> list[Result]:
    """The same on PostgreSQL, where both sides COPY."""
    binaries = find_postgres()
    if binaries is None:
        raise SystemExit(REMEDY["postgres"])
    file = directory / "contacts.csv"
    write_file(file, rows)
    with PostgresServer(binaries, durable=True) as server:
        ours = _ours(server.new_database(), directory, file, rows)
        floor = _floor_postgres(server.new_database(), file)
    return ours.to_results("PostgreSQL", rows, floor)


def million(directory: Path) -> list[Result]:
    """A million rows on both databases."""
    results = []
    for name, measure in (("sqlite", sqlite), ("postgres", postgres)):
        below = directory / name
        below.mkdir()
        results += measure(below, MILLION)
    return results


def ten_million(directory: Path) -> list[Result]:
    """Ten million rows on SQLite, alone: whether memory and the transactions stay as they are."""
    return sqlite(directory, TEN_MILLION, with_floor=False)


def write_file(path: Path, rows: int) -> None:
    """Numbers of three countries in the spellings that people use, a name and four values; some repeat or are none."""
    rng = random.Random(7)
    recent: list[str] = []
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        for number in range(rows):
            kind = rng.random()
            if kind < REFUSED:
                phone = rng.choice(INVALID)
            elif kind < REFUSED + REPEATED and recent:
                phone = rng.choice(recent)
            else:
                phone = _spelled(rng)
                if len(recent) < BATCH:
                    recent.append(phone)
                else:
                    recent[rng.randrange(BATCH)] = phone
            amount = f"{rng.randint(1, 99_999) / 100:.2f}"
            writer.writerow(
                [f"Person {number}", phone, rng.choice(CITIES), amount, "2026-12-01", f"R-{number:07d}"]
            )


def _spelled(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.1:
        return f"+44 7400 {rng.randint(100_000, 999_999)}"
    if kind < 0.2:
        return f"+49 151 {rng.randint(10_000_000, 99_999_999)}"
    area, digits = rng.choice(AREAS), rng.randint(2_000_000, 9_999_999)
    first, last = digits // 10_000, f"{digits % 10_000:04d}"
    return rng.choice(
        (
            f"+1{area}{first}{last}",
            f"({area}) {first}-{last}",
            f"{area}-{first}-{last}",
            f"1 {area} {first} {last}",
            f"{area}.{first}.{last}",
        )
    )


def _ours(url: str, directory: Path, file: Path, rows: int) -> Measured:
    """A file through the worker and its validators."""
    engine = make_engine(url)
    lay(engine, 0, SYSTEM_CLOCK.now())
    uploads = directory / "uploads"
    with file.open("rb") as stream:
        stored = imports.store(uploads, stream, max_bytes=1 << 40, filename=file.name)
    with Session(engine) as session, transaction(session):
        item = imports.enqueue(
            session,
            stored,
            campaign_id=CAMPAIGN,
            filename=file.name,
            default_region="US",
            actor="bench",
            now=SYSTEM_CLOCK.now(),
        )
        import_id = item.id
    shown = engine.url.render_as_string(hide_password=False)
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, shown, str(uploads)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        idle = most = _resident(process.pid)
        began = perf_counter()
        process.stdin.write("go\n")
        process.stdin.flush()
        while not _ended(engine, import_id):
            most = max(most, _resident(process.pid))
            sleep(SAMPLE_SECONDS)
        seconds = perf_counter() - began
        worker, validators, longest = map(float, process.stdout.readline().split())
    with Session(engine) as session:
        done = session.get_one(Import, import_id)
        parts = done.accepted + done.rejected + done.repeated_in_file + done.already_in_campaign
        if done.status != "completed" or done.total != rows or parts != rows:
            raise WrongWork(f"of {rows} rows {done.total} were imported: {done.status}, {done.error}")
    engine.dispose()
    return Measured(rows / seconds, most - idle, worker, validators, longest)


def _ended(engine: sa.Engine, import_id: int) -> bool:
    with engine.connect() as connection:
        status = connection.execute(sa.select(Import.status).where(Import.id == import_id)).scalar_one()
    return status not in ("queued", "running")


def _resident(pid: int) -> float:
    """Megabytes of a process and those that it started, by `ps`, which Linux and macOS both have."""
    told = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,rss="], capture_output=True, text=True, check=True)
    found = [tuple(map(int, line.split())) for line in told.stdout.splitlines()]
    return sum(rss for own, parent, rss in found if pid in (own, parent)) / 1024


def _batches(file: Path) -> Iterator[list[tuple[str, str, int]]]:
    """(phone, variables as JSON, line) as the file has them."""
    with file.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream)
        names = next(reader)
        at = names.index("phone")
        others = [(index, name) for index, name in enumerate(names) if index != at]
        while rows := list(islice(reader, BATCH)):
            yield [
                (
                    row[at],
                    json.dumps({name: row[index] for index, name in others}, ensure_ascii=False),
                    reader.line_num,
                )
                for row in rows
            ]


def _floor_sqlite(path: Path, file: Path) -> float:
    engine = make_engine(f"sqlite:///{path}")
    lay(engine, 0, SYSTEM_CLOCK.now())
    engine.dispose()
    at = sqlite_stamp(SYSTEM_CLOCK.now())
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        for pragma in SQLITE_PRAGMAS:
            connection.execute(pragma)
        began, rows = perf_counter(), 0
        for batch in _batches(file):
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                f"""INSERT OR IGNORE INTO contacts (campaign_id, phone, status, due_at, attempts_made, tries,
                      variables, line, created_at)
                    VALUES ({CAMPAIGN}, ?, 'pending', '{at}', 0, 0, ?, ?, '{at}')""",
                batch,
            )
            connection.execute("COMMIT")
            rows += len(batch)
        return rows / (perf_counter() - began)
    finally:
        connection.close()


def _floor_postgres(url: str, file: Path) -> float:
    engine = make_engine(url)
    lay(engine, 0, SYSTEM_CLOCK.now())
    shown = engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    engine.dispose()
    with psycopg.connect(shown) as connection:
        connection.execute("CREATE TEMPORARY TABLE staged (phone text, variables jsonb, line bigint)")
        connection.commit()
        began, rows = perf_counter(), 0
        for batch in _batches(file):
            with connection.cursor() as cursor:
                with cursor.copy("COPY staged (phone, variables, line) FROM STDIN") as copy:
                    for row in batch:
                        copy.write_row(row)
                cursor.execute(
                    """INSERT INTO contacts (campaign_id, phone, status, due_at, attempts_made, tries, variables,
                         line, created_at)
                       SELECT %s, phone, 'pending', now(), 0, 0, variables, line, now() FROM staged
                       ON CONFLICT DO NOTHING""",
                    [CAMPAIGN],
                )
                cursor.execute("TRUNCATE staged")
            connection.commit()
            rows += len(batch)
        return rows / (perf_counter() - began)
