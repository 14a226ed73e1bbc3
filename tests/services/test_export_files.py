"""Files of exports: made by workers that may die or freeze at any page, and gone with whoever is forgotten."""

from __future__ import annotations

import io
import os
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.errors import NotFound, StateConflict
from campaign_app.engine import exports as worker
from campaign_app.engine.exports import run_next_export
from campaign_app.engine.upkeep import UpkeepJob
from campaign_app.models import Attempt, AuditEntry, Campaign, Contact, ExportFile, Trunk
from campaign_app.queries import audit_trail, phone_search
from campaign_app.queries import call_files as call_queries
from campaign_app.queries import exports as queries
from campaign_app.queries.forgotten import give_forget_key
from campaign_app.services import call_files, campaigns, do_not_call, erasure, export_files, exports
from campaign_app.services.audit_search import read_search
from campaign_app.services.erasure_files import ErasedFiles
from campaign_app.transaction import begin_write, transaction
from tests.support.imports import BY, PHONES, Uploads
from tests.support.prepared_process import start_prepared

ROOT = Path(__file__).parents[2]


@pytest.fixture
def uploads(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Uploads]:
    monkeypatch.setattr(exports, "PAGE", 7)
    monkeypatch.setattr(worker, "CHECKPOINT_SECONDS", 0.0)
    # What a test moves its clock by would be rested for.
    monkeypatch.setattr(worker, "REST", 0.0)
    uploads = Uploads(database_url, tmp_path / "uploads")
    with Session(uploads.engine) as session, transaction(session):
        campaign = session.get_one(Campaign, uploads.campaign_id)
        campaign.calling_windows = [{"days": ["mon"], "start": "09:00", "end": "17:00"}]
    uploads.upload("phone,note\n" + "".join(f"{phone},é{n}\n" for n, phone in enumerate(PHONES[:60])))
    yield uploads
    uploads.close()


def folder_of(uploads: Uploads) -> Path:
    return uploads.folder.parent / "exports"


def scope_of(uploads: Uploads) -> export_files.ExportScope:
    return export_files.scope_of_campaign(uploads.campaign_id)


def ask(uploads: Uploads, format: str = "ndjson", campaign_id: int | None = None) -> int:
    with Session(uploads.engine) as session, transaction(session):
        wanted = campaign_id or uploads.campaign_id
        return export_files.request_campaign_file(session, wanted, format, actor=BY, now=uploads.now()).id


def run(uploads: Uploads, stop: Event | None = None) -> bool:
    return run_next_export(uploads.engine, folder_of(uploads), clock=uploads.clock, days=7, stop=stop)


def get(uploads: Uploads, export_id: int) -> ExportFile:
    with Session(uploads.engine) as session:
        return session.get_one(ExportFile, export_id)


def read(uploads: Uploads, export_id: int) -> bytes:
    return export_files.find_file(get(uploads, export_id), folder_of(uploads)).read_bytes()


def streamed(uploads: Uploads, format: str) -> bytes:
    with Session(uploads.engine) as session:
        shape = campaigns.to_api(campaigns.get_campaign(session, uploads.campaign_id))
    return b"".join(exports.export_campaign(uploads.engine, uploads.campaign_id, format, shape))


def list_names(uploads: Uploads) -> list[str]:
    return sorted(path.name for path in folder_of(uploads).iterdir())


RUNNER = """
import os, signal, sys
from pathlib import Path
from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.engine import exports as worker
from campaign_app.extensions import make_engine
from campaign_app.services import exports
exports.PAGE, worker.CHECKPOINT_SECONDS = 7, 0.0
left, whole = int(sys.argv[3]), exports.ExportText.page

def write_half(self, lines, *, first):
    global left
    left -= 1
    page = whole(self, lines, first=first)
    if left:
        return page
    # What the database was not told of: half a page is on the disk.
    path = next(path for path in Path(sys.argv[2]).iterdir())
    with path.open("ab") as file:
        file.write(page[: len(page) // 2])
    os.kill(os.getpid(), signal.SIGKILL)

exports.ExportText.page = write_half
worker.run_next_export(make_engine(sys.argv[1]), Path(sys.argv[2]), clock=SYSTEM_CLOCK, days=7)
"""


def test_a_worker_that_finds_few_calls_says_meanwhile_that_it_lives(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_queries, "WINDOW", 2)
    with Session(uploads.engine) as session, transaction(session):
        contact = session.scalars(select(Contact).order_by(Contact.id)).first()
        assert contact is not None
        trunk = session.scalars(select(Trunk)).one()
        for number in range(1, 7):
            fields = {"number": number, "try_number": number, "token": f"t{number}", "phone": contact.phone}
            call = Attempt(**fields, campaign_id=contact.campaign_id, contact_id=contact.id, trunk=trunk)
            call.status, call.rank, call.counts = ("busy" if number == 1 else "no-answer"), 9, True
            call.claimed_at = call.ended_at = uploads.now()
            session.add(call)
        query = call_files.CallFileQuery.read({"status": "busy", "columns": ["id"]})
        export_id = export_files.request_call_file(session, query, "csv", actor=BY, now=uploads.now()).id
    stopping = Event()
    stopping.set()
    for last_id in (5, 3):
        assert run(uploads, stopping)
        item = get(uploads, export_id)
        assert (item.status, item.rows_done, item.last_id) == ("queued", 0, last_id)
    assert run(uploads)
    assert get(uploads, export_id).status == "completed"
    lines = read(uploads, export_id)
    assert lines.split() == [b"id", b"1"]
    assert lines == b"".join(call_files.stream_calls(uploads.engine, query, "csv"))


def ask_for_calls(uploads: Uploads) -> int:
    """A file without a row."""
    with Session(uploads.engine) as session, transaction(session):
        query = call_files.CallFileQuery.read({"columns": ["id"]})
        return export_files.request_call_file(session, query, "csv", actor=BY, now=uploads.now()).id


@pytest.mark.parametrize("broken", [False, True])
def test_a_short_file_does_not_wait_for_a_long_one(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch, broken: bool
) -> None:
    """It has its turn between two pages; where it hits a bug, the long one is left to the next worker as it is."""
    long, asked, finished = ask(uploads), [], []
    whole, finish = exports.ExportText.page, queries.finish_export

    def ask_meanwhile(self: exports.ExportText, lines: bytes, *, first: bool) -> bytes:
        if first:
            asked.append(ask_for_calls(uploads))
        return whole(self, lines, first=first)

    def note(connection: Any, job: Any, *args: Any, **fields: Any) -> bool:
        finished.append((job.id, get(uploads, long).rows_done))
        return finish(connection, job, *args, **fields)

    def read_page(*args: Any) -> None:
        if broken:
            raise ValueError("a bug")

    monkeypatch.setattr(exports.ExportText, "page", ask_meanwhile)
    monkeypatch.setattr(worker, "read_page", read_page)
    monkeypatch.setattr(queries, "finish_export", note)
    if broken:
        with pytest.raises(ValueError, match="a bug"):
            run(uploads)
        item = get(uploads, long)
        assert (item.status, item.rows_done, get(uploads, asked[0]).status) == ("queued", 7, "failed")
        assert run(uploads)
    else:
        assert run(uploads)
        assert get(uploads, asked[0]).status == "completed"
    assert [export_id for export_id, _ in finished] == [asked[0], long]
    assert finished[0][1] == 7
    assert read(uploads, long) == streamed(uploads, "ndjson")


class Rests(Event):
    """Notes how long a worker would rest after each page."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        self.seconds.append(timeout)
        return False


def test_it_rests_for_what_it_worked_and_not_for_what_it_waited(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "REST", 0.5)
    rests, pages = Rests(), iter([0.1, 5.0, 0.0])

    def read_page(*args: Any) -> queries.ExportPage | None:
        uploads.clock.move(10)
        worked = next(pages)
        uploads.clock.worked += worked
        return queries.ExportPage(b"", 0, 1) if worked else None

    monkeypatch.setattr(worker, "read_page", read_page)
    ask_for_calls(uploads)
    assert run(uploads, rests)
    assert rests.seconds == [pytest.approx(0.3), 1.0]


@pytest.mark.parametrize("format", ["json", "ndjson", "csv"])
def test_killed_in_the_middle_of_a_page_it_goes_on_and_the_file_is_as_if_streamed(
    uploads: Uploads, database_url: str, format: str
) -> None:
    export_id = ask(uploads, format)
    command = ["-c", RUNNER, database_url, str(folder_of(uploads)), "3"]
    assert start_prepared(command).wait(60) == -signal.SIGKILL
    item = get(uploads, export_id)
    assert (item.status, item.rows_done, item.last_id) == ("running", 14, 14)
    with Session(uploads.engine) as session, pytest.raises(StateConflict):
        export_files.find_file(
            export_files.get_export(session, scope_of(uploads), export_id), folder_of(uploads)
        )
    # Its heart has to have stopped for 30 s first; the child's clock is the real one.
    uploads.clock.set(item.heartbeat_at + timedelta(seconds=29))
    assert not run(uploads)
    uploads.clock.set(item.heartbeat_at + timedelta(seconds=31))
    # The next one is told to stop at its first page, and the one after does the rest at once.
    stopping = Event()
    stopping.set()
    assert run(uploads, stopping)
    assert (get(uploads, export_id).status, get(uploads, export_id).rows_done) == ("queued", 21)
    assert run(uploads)
    item = get(uploads, export_id)
    assert (item.status, item.rows_done, item.total, item.error) == ("completed", 60, 60, None)
    assert read(uploads, export_id) == streamed(uploads, format)
    assert item.bytes_done == len(read(uploads, export_id))
    assert list_names(uploads) == [item.stored_as]
    assert {path.stat().st_mode & 0o777 for path in folder_of(uploads).iterdir()} == {0o600}
    assert not run(uploads)


def test_a_frozen_worker_that_wakes_changes_nothing(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_id = ask(uploads, "json")
    whole, pages = exports.ExportText.page, []

    def freeze(self: exports.ExportText, lines: bytes, *, first: bool) -> bytes:
        pages.append(lines)
        if len(pages) == 4:
            uploads.clock.move(31)
            assert run(uploads)
        return whole(self, lines, first=first)

    monkeypatch.setattr(exports.ExportText, "page", freeze)
    assert run(uploads)
    assert get(uploads, export_id).status == "completed"
    assert read(uploads, export_id) == streamed(uploads, "json")
    assert list_names(uploads) == [get(uploads, export_id).stored_as]


def test_a_file_that_was_deleted_while_it_was_made_stays_so(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    export_id = ask(uploads)
    whole = exports.ExportText.page

    def delete(self: exports.ExportText, lines: bytes, *, first: bool) -> bytes:
        with Session(uploads.engine) as session, transaction(session):
            item = export_files.get_export(session, scope_of(uploads), export_id)
            export_files.delete_file(session, item, actor=BY, now=uploads.now())
        return whole(self, lines, first=first)

    monkeypatch.setattr(exports.ExportText, "page", delete)
    assert run(uploads)
    assert get(uploads, export_id).status == "deleted"
    assert list_names(uploads) == []


class CopiedFile(io.BufferedRandom):
    """A worker's new file, whose disk needs its time for each write."""

    on_write: Callable[[], None]

    def write(self, data: Any, /) -> int:
        self.on_write()
        return super().write(data)


def copy_slowly(uploads: Uploads, monkeypatch: pytest.MonkeyPatch, on_write: Callable[[], None]) -> int:
    """An export that a worker left after 21 rows, and that the next one copies in small pieces."""
    export_id = ask(uploads)
    stopping = Event()
    stopping.set()
    for _ in range(3):
        assert run(uploads, stopping)
    assert (get(uploads, export_id).rows_done, len(list_names(uploads))) == (21, 1)

    def create(path: Path) -> CopiedFile:
        file = CopiedFile(io.FileIO(path, "x+b"))
        file.on_write = on_write
        return file

    monkeypatch.setattr(worker, "COPY", 1_000)
    monkeypatch.setattr(worker, "_create", create)
    return export_id


def test_its_heart_beats_while_a_file_is_taken_over(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    stolen = []

    def take_time() -> None:
        uploads.clock.move(20)
        with uploads.engine.connect() as connection:
            stolen.append(queries.find_waiting_export(connection, uploads.now() - worker.STALE))

    export_id = copy_slowly(uploads, monkeypatch, take_time)
    assert run(uploads)
    assert len(stolen) > 8
    assert not any(stolen)
    assert read(uploads, export_id) == streamed(uploads, "ndjson")
    assert list_names(uploads) == [get(uploads, export_id).stored_as]


def test_one_that_is_deleted_while_it_is_taken_over_leaves_neither_file(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    def delete() -> None:
        with uploads.engine.connect() as connection:
            if not queries.list_export_files(connection):
                return
        with begin_write(uploads.engine) as connection:
            queries.delete_exports(connection, [export_id], "A person was forgotten.")

    export_id = copy_slowly(uploads, monkeypatch, delete)
    assert run(uploads)
    assert get(uploads, export_id).status == "deleted"
    assert list_names(uploads) == []


def test_the_audit_trail_is_a_file_too(uploads: Uploads) -> None:
    with Session(uploads.engine) as session, transaction(session):
        asked = read_search({"type": "campaign", "since": "2026-01-01"})
        item = export_files.request_audit_file(session, asked, 1, actor=BY, now=uploads.now())
        export_id = item.id
    ask(uploads)
    assert run(uploads)
    lines = read(uploads, export_id).decode().splitlines()
    assert len(lines) == get(uploads, export_id).rows_done >= 1
    assert all('"object_type": "campaign"' in line and '"seal": "' in line for line in lines)
    assert not any("audit.export" in line for line in lines)


def test_a_file_of_a_long_audit_trail_finds_what_its_page_finds(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phone_search, "SMALL", 0)
    with Session(uploads.engine) as session:
        actor = session.scalars(select(AuditEntry.actor).where(AuditEntry.actor != "engine")).first()
        assert actor is not None
        assert audit_trail.has_long_audit_trail(session)
    found = []
    for who in (actor, actor[:2]):
        with Session(uploads.engine) as session, transaction(session):
            asked = read_search({"who": who})
            shown = audit_trail.list_audit_entries(
                session, limit=500, exactly=True, **asked.build_conditions()
            ).items
            item = export_files.request_audit_file(session, asked, 1, actor="engine", now=uploads.now())
            export_id, expected = item.id, len(shown)
        assert run(uploads)
        assert len(read(uploads, export_id).splitlines()) == expected
        found.append(expected)
    assert found[0] > found[1] == 0


def test_files_expire_and_what_nobody_needs_is_swept(uploads: Uploads) -> None:
    gone = ask(uploads)
    assert run(uploads)
    uploads.clock.move(3 * 24 * 3600)
    kept = ask(uploads)
    assert run(uploads)
    folder = folder_of(uploads)
    stray, foreign = folder / f"{'0' * 32}.csv", folder / "notes.csv"
    stray.touch()
    os.utime(stray, (0, 0))
    left_behind = folder / "scratch-1"
    left_behind.mkdir()
    (left_behind / "rows").touch()
    os.utime(left_behind, (0, 0))
    foreign.touch()
    uploads.clock.move(4 * 24 * 3600)
    files = ErasedFiles(uploads.folder.parent, uploads.folder.parent / "ledger.jsonl")
    UpkeepJob(uploads.engine, name="e", clock=uploads.clock, files=files).run_step()
    assert get(uploads, gone).status == "deleted"
    assert "expired" in (get(uploads, gone).error or "")
    assert get(uploads, kept).status == "completed"
    assert set(list_names(uploads)) == {get(uploads, kept).stored_as, "notes.csv"}
    with pytest.raises(NotFound, match="Make it again"):
        read(uploads, gone)


def list_number(uploads: Uploads, phone: str) -> int:
    """A do-not-call list with the number, and a file of it."""
    with Session(uploads.engine) as session, transaction(session):
        do_not_call.add_do_not_call_entry(
            session,
            phone,
            region=None,
            campaign_id=None,
            reason=None,
            source="page",
            actor=BY,
            now=uploads.now(),
        )
        return export_files.request_do_not_call_file(session, actor=BY, now=uploads.now()).id


def test_files_go_with_a_person_who_is_forgotten(uploads: Uploads) -> None:
    give_forget_key(uploads.engine, "k" * 32)
    her = PHONES[3]
    others, mentions = uploads.new_campaign(), uploads.new_campaign()
    uploads.upload(f"{PHONES[70]}\n", campaign_id=others)
    uploads.upload(
        f"phone,note\n{PHONES[71]},call {her[2:5]} {her[5:8]}-{her[8:]} as well\n", campaign_id=mentions
    )
    listed = list_number(uploads, her)
    here, there, mentioned = (ask(uploads, "csv", one) for one in (uploads.campaign_id, others, mentions))
    while run(uploads):
        pass
    waiting = ask(uploads)
    with Session(uploads.engine) as session:
        # The text has changed since: what is in the file counts.
        contact = next(c for c in uploads.contacts(mentions))
        session.get_one(Contact, contact.id).variables = {}
        session.commit()
    with Session(uploads.engine) as session, transaction(session):
        request = erasure.request_erasure(session, her, reason="asked", actor=BY, now=uploads.now())
        erasure_id = request.id
    files = ErasedFiles(uploads.folder.parent, uploads.folder.parent / "ledger.jsonl")
    # Finished before the request, by a minute.
    with begin_write(uploads.engine) as connection:
        connection.exec_driver_sql(
            "UPDATE exports SET finished_at = requested_at WHERE finished_at IS NOT NULL"
        )
    uploads.clock.move(60)
    with Session(uploads.engine) as session, transaction(session):
        session.get_one(erasure.Erasure, erasure_id).requested_at = uploads.now()
    for _ in erasure.erase_person(uploads.engine, begin_write, erasure_id, files, uploads.clock.now):
        pass
    statuses = {one: get(uploads, one).status for one in (here, there, mentioned, waiting, listed)}
    gone = dict.fromkeys((here, mentioned, waiting, listed), "deleted")
    assert statuses == {**gone, there: "completed"}
    assert list_names(uploads) == [get(uploads, there).stored_as]
    with uploads.engine.connect() as connection:
        assert [row.id for row in queries.list_export_files(connection)] == [there]
