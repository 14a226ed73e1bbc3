"""The worker in its own processes: validators beside it, kills in the check and in the commit, files at once."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from campaign_app.engine.imports import validators
from campaign_app.engine.imports.log_flush import LogFlusher
from campaign_app.engine.imports.validators import ValidatorDied, validated
from campaign_app.models import Contact, Import
from campaign_app.queries import imports as queries
from campaign_app.services import imports
from campaign_app.transaction import transaction
from campaign_app.uploads import understand_file
from campaign_app.uploads.validation import ValidatedRows, ValidationPlan
from tests.support.imports import BY, PHONES, Uploads
from tests.support.prepared_process import start_prepared

ROOT = Path(__file__).parents[2]
MANY = [f"+1617{exchange}{number:04d}" for exchange in (555, 556, 557) for number in range(4_000)]


@pytest.fixture
def uploads(database_url: str, tmp_path: Path) -> Iterator[Uploads]:
    uploads = Uploads(database_url, tmp_path / "uploads")
    yield uploads
    uploads.close()


@pytest.fixture
def every_file_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validators, "SHORT_FILE", 0)


def rows(phones: list[str]) -> str:
    """A file of these numbers with names, some of them repeated, some rows wrong."""
    lines = [f"{phone},Person {place}" for place, phone in enumerate(phones)]
    lines += [f"{phone},again" for phone in phones[:50]] + ["12,short", '"x', "n/a,none"]
    return "\n".join(["phone,name", *lines]) + "\n"


def plan_of(path: Path, **fields: Any) -> ValidationPlan:
    found = understand_file(path, region=None)
    mapping = {
        "columns": [
            {"index": 0, "column": "phone", "role": "number"},
            {"index": 1, "column": "name", "role": "variable", "name": "name"},
        ],
        "numbers": [0],
    }
    return ValidationPlan(
        str(path), found.reading.to_json(), mapping, None, "sqlite", chunk_rows=1_000, **fields
    )


def told(chunk: ValidatedRows) -> tuple[Any, ...]:
    return chunk.size, chunk.positions, chunk.lines, chunk.encoded, [row.line for row in chunk.refusals]


@pytest.mark.parametrize("start_row", [0, 1, 1_500, 100_000])
def test_processes_validate_as_the_worker_itself_would(
    tmp_path: Path, every_file_is_long: None, start_row: int
) -> None:
    path = tmp_path / "many.csv"
    path.write_text(rows(MANY))
    plan = plan_of(path, start_row=start_row)
    with validated(plan, path.stat().st_size, processes=0) as chunks:
        here = [told(chunk) for chunk in chunks]
    for processes in (1, 2, 3):
        with validated(plan, path.stat().st_size, processes=processes) as chunks:
            assert [told(chunk) for chunk in chunks] == here
    assert sum(size for size, *_ in here) == max(len(MANY) + 53 - start_row, 0)


def test_a_validator_that_dies_is_heard_of_and_none_is_left(tmp_path: Path, every_file_is_long: None) -> None:
    path = tmp_path / "many.csv"
    # Far more than a pipe holds: neither can have ended before it is killed.
    path.write_text(rows(20 * MANY))
    started: list[subprocess.Popen[bytes]] = []
    start = validators._start

    def remember(task: validators.Task) -> subprocess.Popen[bytes]:
        started.append(start(task))
        return started[-1]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(validators, "_start", remember)
        with validated(plan_of(path), 1, processes=2) as chunks:
            next(chunks)
            for process in started:
                process.kill()
                process.wait()
            with pytest.raises(ValidatorDied):
                list(chunks)
    assert [process.returncode for process in started] == [-signal.SIGKILL] * 2


def test_validators_ignore_the_signals_that_end_a_service_and_go_with_their_worker(
    tmp_path: Path, every_file_is_long: None
) -> None:
    path = tmp_path / "many.csv"
    path.write_text(rows(MANY))
    process = validators._start(validators.Task(plan_of(path), 0, 1))
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdout.read(validators.HEADER)  # it is at work
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)
    process.stdin.close()
    process.stdout.close()
    assert process.wait(30) == 0


def test_a_file_is_added_through_processes(uploads: Uploads, every_file_is_long: None) -> None:
    item = uploads.upload(rows(MANY))
    assert (item.status, item.accepted, item.repeated_in_file, item.rejected) == ("completed", 12_000, 50, 3)
    with Session(uploads.engine) as session:
        assert session.scalars(select(Contact.phone).order_by(Contact.id)).all() == MANY


def test_its_heart_beats_while_a_validator_reads_on_to_its_first_row(
    uploads: Uploads, every_file_is_long: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validators, "WAIT_SECONDS", 0.01)
    stopped: list[subprocess.Popen[bytes]] = []
    start, beat = subprocess.Popen, queries.beat

    def wake_all() -> None:
        for process in stopped:
            process.send_signal(signal.SIGCONT)

    late = threading.Timer(15, wake_all)  # Without a beat it goes on as well.

    def start_slow(*args: Any, **named: Any) -> subprocess.Popen[bytes]:
        """Stopped before it has been told its plan."""
        stopped.append(start(*args, **named))
        stopped[-1].send_signal(signal.SIGSTOP)
        uploads.clock.move(20)
        late.start()
        return stopped[-1]

    beats: list[datetime] = []

    def hear(connection: Connection, job: queries.Job, now: datetime) -> bool:
        if stopped:
            beats.append(now)
            wake_all()
        return beat(connection, job, now)

    monkeypatch.setattr(subprocess, "Popen", start_slow)
    monkeypatch.setattr(queries, "beat", hear)
    import_id = uploads.accept(rows(PHONES).encode())
    try:
        assert uploads.run(processes=1)
    finally:
        late.cancel()
    assert set(beats) == {uploads.now()}
    item = uploads.get(import_id)
    uploads.check(item)
    assert (item.status, item.accepted) == ("completed", 100)


def test_a_checked_file_counts_as_the_added_one(uploads: Uploads, every_file_is_long: None) -> None:
    uploads.forbid(MANY[7])
    uploads.upload(f"phone\n{MANY[3]}\n")
    import_id = uploads.accept(rows(MANY).encode(), dry_run=True)
    assert uploads.run()
    checked = imports.to_api(uploads.get(import_id))
    assert checked["status"] == "checked"
    assert len(uploads.contacts()) == 1
    with Session(uploads.engine) as session, transaction(session):
        imports.commit_import(session, import_id, actor=BY, now=uploads.now())
    assert uploads.run()
    added = imports.to_api(uploads.get(import_id))
    for name in (
        *("total", "accepted", "rejected", "repeated_in_file", "already_in_campaign", "do_not_call"),
        "reasons",
    ):
        assert added[name] == checked[name]
    uploads.check(uploads.get(import_id))


RUNNER = """
import sys
from pathlib import Path
from campaign_app import crash_points
from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.engine.imports import validators, worker
from campaign_app.extensions import make_engine
from campaign_app.uploads import validation
validation.CHUNK_ROWS = 200
validators.SHORT_FILE = int(sys.argv[3])
worker.BEAT_SECONDS = 0.0
crash_points.arm_crash_point(sys.argv[4] or None)
worker.run_next(make_engine(sys.argv[1]), Path(sys.argv[2]), clock=SYSTEM_CLOCK, owner="child")
"""


def live(uploads: Uploads, database_url: str, *, short_file: int = 0, crash_at: str = "") -> int:
    """A worker in a process of its own until it has no more to do, or is killed. Its exit code."""
    return start_prepared(["-c", RUNNER, database_url, str(uploads.folder), str(short_file), crash_at]).wait(
        60
    )


def forget_heartbeat(uploads: Uploads, import_id: int) -> None:
    """As if 30 s had passed."""
    with Session(uploads.engine) as session, transaction(session):
        session.get_one(Import, import_id).heartbeat_at = None


@pytest.mark.parametrize("short_file", [0, 1 << 40], ids=["processes", "thread"])
def test_killed_in_the_check_it_begins_anew_and_counts_alike(
    uploads: Uploads, database_url: str, short_file: int
) -> None:
    import_id = uploads.accept(rows(MANY).encode(), dry_run=True)
    # Understood, then progress after each chunk of 200 rows.
    for crash_at, rows_told in (("import.after-commit:3", 400), ("import.before-commit:4", 600)):
        code = live(uploads, database_url, short_file=short_file, crash_at=crash_at)
        assert code == -signal.SIGKILL
        item = uploads.get(import_id)
        assert (item.status, item.phase) == ("running", "check")
        assert (item.check_result or {})["rows"] == rows_told
        assert uploads.contacts() == []
        forget_heartbeat(uploads, import_id)
    assert live(uploads, database_url, short_file=short_file) == 0
    checked = imports.to_api(uploads.get(import_id))
    counts = [checked[name] for name in ("status", "total", "accepted", "repeated_in_file", "rejected")]
    assert counts == ["checked", 12_053, 12_000, 50, 3]
    assert uploads.contacts() == []


@pytest.mark.parametrize("side", ["before", "after"])
def test_killed_in_the_commit_it_goes_on_where_it_was(uploads: Uploads, database_url: str, side: str) -> None:
    import_id = uploads.accept(rows(MANY).encode())
    for _ in range(3):
        assert live(uploads, database_url, crash_at=f"import.{side}-commit:5") == -signal.SIGKILL
        item = uploads.get(import_id)
        uploads.check(item)
        assert item.status == "running"
        forget_heartbeat(uploads, import_id)
    assert live(uploads, database_url) == 0
    item = uploads.get(import_id)
    uploads.check(item)
    assert (item.status, item.accepted, item.repeated_in_file, item.rejected) == ("completed", 12_000, 50, 3)
    assert sum(reason["count"] for reason in (item.reasons or {}).values()) == 53


def test_two_workers_at_two_campaigns_at_once(uploads: Uploads, database_url: str) -> None:
    other = uploads.new_campaign()
    ids = [
        uploads.accept(rows(MANY).encode(), campaign_id=campaign) for campaign in (uploads.campaign_id, other)
    ]
    children = [start_prepared(["-c", RUNNER, database_url, str(uploads.folder), "0", ""]) for _ in range(2)]
    assert [child.wait(60) for child in children] == [0, 0]
    for import_id in ids:
        item = uploads.get(import_id)
        uploads.check(item)
        assert (item.status, item.accepted) == ("completed", 12_000)


def test_an_import_that_is_discarded_while_it_is_checked_leaves_no_file(uploads: Uploads) -> None:
    import_id = uploads.accept(rows(PHONES).encode(), dry_run=True)

    class Discard:
        asked = False

        def is_set(self) -> bool:
            if not self.asked:
                self.asked = True
                with Session(uploads.engine) as session, transaction(session):
                    imports.discard_import(session, import_id, actor=BY, now=uploads.now())
            return False

    assert uploads.run(stop=Discard())  # type: ignore[arg-type]
    assert uploads.get(import_id).status == "discarded"
    assert list(uploads.folder.iterdir()) == []


def test_a_file_that_is_cut_in_the_middle_costs_its_last_row(uploads: Uploads) -> None:
    content = rows(PHONES).encode()[:1_500]
    item = uploads.upload(content)
    assert item.status == "completed"
    assert item.total == content.count(b"\n")
    assert item.accepted >= item.total - 1


class Aborted:
    """A client that goes away in the middle of its upload."""

    def __init__(self) -> None:
        self.pieces = [b"phone\n", (PHONES[0] + "\n").encode() * 1_000]

    def read(self, _size: int, /) -> bytes:
        if self.pieces:
            return self.pieces.pop(0)
        raise ConnectionResetError


def test_a_log_that_the_disk_refuses_is_heard_of_at_the_next_slice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(errno.EIO, "the disk is broken")

    flusher = LogFlusher(str(tmp_path / "one.sqlite"))
    flusher.follow()
    flusher.follow()  # there is no log yet
    (tmp_path / "one.sqlite-wal").write_bytes(b"pages")
    monkeypatch.setattr(os, "fsync", refuse)
    with suppress(OSError):  # of the flush before, which may see the file as well
        flusher.follow()
    with pytest.raises(OSError, match="broken"):
        flusher.follow()
    flusher.close()


def test_an_aborted_upload_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConnectionResetError):
        imports.store(tmp_path, Aborted(), max_bytes=1 << 20)
    assert os.listdir(tmp_path) == []
