"""What exports of a large campaign cost: the first piece, the rate beside the driver fetching the same, the memory, and
what a claim takes while a file is written in the same process.

`PAGES_CONTACTS` sets the size (300,000 unless it is given; each contact has two calls).
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.engine.exports import run_next_export
from campaign_app.extensions import make_engine
from campaign_app.queries import exports as queries
from campaign_app.services import call_files, export_files, exports
from campaign_app.transaction import begin_write, transaction
from scripts.system_parts import REMEDY, find_postgres
from tests.support.postgres import PostgresServer

from .ground import CAMPAIGN
from .ours import Ours
from .pages import fill
from .report import Result

ROUNDS = 5
TURNS = 60
CLAIMS = 4
"""Claims alone, and beside the writer, of one turn."""
BATCH = 100
FETCHED = 2_000
"""Rows at once."""
BY_HAND = """SELECT c.id, c.campaign_id, c.phone, c.status, c.due_at, c.variables, c.extension, c.timezone, c.region,
    c.country, c.state, c.postal_code, c.language, c.external_id, c.second_numbers, c.consent, c.line_type,
    a.id, a.number, a.token, a.status, a.answered_by, a.disposition, a.key, t.name, a.provider_ref, a.cause,
    a.claimed_at, a.placed_at, a.answered_at, a.ended_at
  FROM contacts c LEFT JOIN attempts a ON a.contact_id = c.id LEFT JOIN trunks t ON t.id = a.trunk_id
  WHERE c.campaign_id = 1 ORDER BY c.id, a.number"""
"""The same columns, fetched and thrown away."""


def measure_exports(directory: Path) -> list[Result]:
    """On both databases."""
    return _on_both(directory, _measure)


def measure_claims(directory: Path) -> list[Result]:
    """Claims beside a file alone, on both databases."""

    def measure(database: str, url: str, directory: Path) -> list[Result]:
        fill(url)
        engine = make_engine(url)
        try:
            return _measure_claims(database, engine, directory)
        finally:
            engine.dispose()

    return _on_both(directory, measure)


def _on_both(directory: Path, measure: Callable[[str, str, Path], list[Result]]) -> list[Result]:
    binaries = find_postgres()
    if binaries is None:
        raise SystemExit(REMEDY["postgres"])
    results = measure("SQLite", f"sqlite:///{directory / 'exports.sqlite'}", directory)
    with PostgresServer(binaries, durable=True) as server:
        return results + measure("PostgreSQL", server.new_database(), directory)


def _measure_claims(database: str, engine: sa.Engine, directory: Path) -> list[Result]:
    """Beside a campaign's file, whose pages the database writes, and one of calls, which are formatted in Python."""
    results = []
    for name, ask in (("a file", _ask), ("a file of calls", _ask_for_calls)):
        alone, beside = _claims(engine, directory / f"exports-{database}", ask)
        results.append(Result(f"claim while {name} is written", database, BATCH, beside, alone, "ms"))
    return results


def _measure(database: str, url: str, directory: Path) -> list[Result]:
    fill(url)
    engine = make_engine(url)
    folder = directory / f"exports-{database}"
    try:
        results = []
        for format in ("ndjson", "csv"):
            firsts, rates, floors = [], [], []
            for _ in range(ROUNDS):
                floors.append(_time_rows(lambda: _fetch(engine)))
                first, rate = _stream(engine, format)
                firsts.append(first)
                rates.append(rate)
            name = f"export {format.upper()}"
            results += [
                Result(f"{name}, first piece", database, None, median(firsts), None, "ms"),
                Result(name, database, None, median(rates), median(floors), "contacts/s"),
            ]
        results.append(
            Result("export file, memory", database, None, _memory(engine, folder), None, "MB over idle")
        )
        return [*results, *_measure_claims(database, engine, directory)]
    finally:
        engine.dispose()


def _time_rows(work: Callable[[], int]) -> float:
    started = perf_counter()
    rows = work()
    return rows / (perf_counter() - started)


def _fetch(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        cursor = connection.connection.cursor() if engine.dialect.name == "sqlite" else None
        if cursor is None:
            driver = connection.connection.driver_connection
            assert driver is not None
            cursor = driver.cursor(name="by_hand")
        cursor.execute(BY_HAND)
        last = count = 0
        while rows := cursor.fetchmany(FETCHED):
            for row in rows:
                count += row[0] != last
                last = row[0]
        cursor.close()
    return count


def _stream(engine: sa.Engine, format: str) -> tuple[float, float]:
    """Milliseconds to the first piece with a contact, and contacts a second."""
    started = perf_counter()
    pieces = exports.export_campaign(engine, CAMPAIGN, format, {})
    if format == "csv":
        next(pieces)
    next(pieces)
    first = (perf_counter() - started) * 1000
    for _ in pieces:
        pass
    with engine.connect() as connection:
        contacts = connection.exec_driver_sql(
            "SELECT count(*) FROM contacts WHERE campaign_id = 1"
        ).scalar_one()
    return first, contacts / (perf_counter() - started)


def _ask(engine: sa.Engine) -> None:
    with Session(engine) as session, transaction(session):
        export_files.request_campaign_file(session, CAMPAIGN, "ndjson", actor="bench", now=SYSTEM_CLOCK.now())


def _ask_for_calls(engine: sa.Engine) -> None:
    with Session(engine) as session, transaction(session):
        query = call_files.CallFileQuery.read({})
        export_files.request_call_file(session, query, "csv", actor="bench", now=SYSTEM_CLOCK.now())


def _memory(engine: sa.Engine, folder: Path) -> float:
    """By how much the process grew at the most while it wrote a file."""
    _ask(engine)
    Path("/proc/self/clear_refs").write_text("5")
    before = _read_status("VmRSS")
    run_next_export(engine, folder, clock=SYSTEM_CLOCK, days=1)
    return (_read_status("VmHWM") - before) / 1024


def _read_status(name: str) -> int:
    """KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


class Gate(threading.Event):
    """What stops a writer, and a gate that holds it between two pages while it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self._open = threading.Event()
        self._held = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        """Called by the writer after each page, as the rest that it takes."""
        if not self._open.is_set():
            self._held.set()
            self._open.wait()
        return super().wait(timeout)

    def open(self) -> None:
        self._held.clear()
        self._open.set()

    def close(self, writer: threading.Thread) -> None:
        """Returns once the writer stands still, or has ended."""
        self._open.clear()
        while writer.is_alive() and not self._held.wait(0.01):
            pass


def _claims(engine: sa.Engine, folder: Path, ask: Callable[[sa.Engine], None]) -> tuple[float, float]:
    """Milliseconds of a claim alone, and beside a file that is being written by a thread of this process.

    They are taken in turns of a few, so that whatever else the machine does meets both alike: the first is the median
    of all turns, and the second that times the median of the turns' ratios.
    """
    ours = Ours(engine)
    gate = Gate()
    writer = _write_file(engine, folder, gate, ask)
    try:
        floors: list[float] = []
        ratios: list[float] = []
        while len(ratios) < TURNS:
            alone = median(_claim(ours) for _ in range(CLAIMS))
            if not writer.is_alive():
                writer = _write_file(engine, folder, gate, ask)
            gate.open()
            beside = [_claim(ours) for _ in range(CLAIMS)]
            was_written = writer.is_alive()
            gate.close(writer)
            if was_written:
                floors.append(alone)
                ratios.append(median(beside) / alone)
        low, _, high = quantiles(ratios, n=4)
        print(
            f"claims beside a file, {engine.dialect.name}: {median(ratios):.2f}, half of them {low:.2f} to {high:.2f}"
        )
        return median(floors), median(floors) * median(ratios)
    finally:
        gate.set()
        gate.open()
        writer.join()
        _delete_files(engine, folder)
        ours.close()


def _write_file(
    engine: sa.Engine, folder: Path, gate: Gate, ask: Callable[[sa.Engine], None]
) -> threading.Thread:
    """A thread that writes a file, and is held before its second page."""
    _delete_files(engine, folder)
    ask(engine)
    writer = threading.Thread(
        target=run_next_export,
        args=(engine, folder),
        kwargs={"clock": SYSTEM_CLOCK, "days": 1, "stop": gate},
    )
    writer.start()
    gate.close(writer)
    return writer


def _delete_files(engine: sa.Engine, folder: Path) -> None:
    with begin_write(engine) as connection:
        ids = [row.id for row in queries.list_export_files(connection)]
        export_files.remove_files(folder, queries.delete_exports(connection, ids, "measured"))


def _claim(side: Ours) -> float:
    started = perf_counter()
    claimed = side.claim(BATCH)
    milliseconds = (perf_counter() - started) * 1000
    side.finish(claimed)
    return milliseconds
