"""Imports that are stopped, killed, taken over or overtaken: no row is lost, doubled or unexplained."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from threading import Event

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event
from sqlalchemy.orm import Session

from campaign_app.engine.imports import worker
from campaign_app.models import Campaign
from campaign_app.transaction import transaction
from campaign_app.uploads import validation
from tests.support.imports import PHONES, Uploads
from tests.support.prepared_process import start_prepared
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]


@pytest.fixture
def uploads(database_url: str, tmp_path: Path) -> Iterator[Uploads]:
    uploads = Uploads(database_url, tmp_path / "uploads")
    yield uploads
    uploads.close()


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(validation, "CHUNK_ROWS", 10)
    return 10


class After(Event):
    """A stop that comes after so many chunks: it is asked once before each."""

    def __init__(self, chunks: int) -> None:
        super().__init__()
        self.left = chunks

    def is_set(self) -> bool:
        self.left -= 1
        return self.left < 0


def test_a_stopped_import_goes_on_at_once_where_it_was(uploads: Uploads, small_chunks: int) -> None:
    import_id = uploads.accept("\n".join(["phone", *PHONES]).encode())
    seen = []
    while uploads.run(stop=After(1)):
        item = uploads.get(import_id)
        seen.append((item.status, item.rows_done))
        uploads.check(item)
    assert seen == [("running", done) for done in range(10, 100, 10)] + [("completed", 100)]
    assert [contact.phone for contact in uploads.contacts()] == PHONES
    assert [contact.line for contact in uploads.contacts()] == list(range(2, 102))


def test_a_running_import_is_left_alone_until_its_heart_has_stopped_for_30_s(
    uploads: Uploads, small_chunks: int
) -> None:
    import_id = uploads.accept("\n".join(PHONES).encode())
    _crash_after(uploads, 3)
    assert (uploads.get(import_id).status, uploads.get(import_id).rows_done) == ("running", 30)
    uploads.clock.move(30)
    assert not uploads.run()
    uploads.clock.move(1)
    assert uploads.run()
    uploads.check(uploads.get(import_id))
    assert uploads.get(import_id).accepted == 100


def _crash_after(uploads: Uploads, chunks: int) -> None:
    """End a runner as a kill between two chunks would: nothing more is written."""

    class Killed(BaseException):
        pass

    class Kill(After):
        def is_set(self) -> bool:
            if super().is_set():
                raise Killed
            return False

    with pytest.raises(Killed):
        uploads.run(stop=Kill(chunks))


def test_a_frozen_runner_that_wakes_finds_its_import_taken_and_changes_nothing(
    uploads: Uploads, small_chunks: int
) -> None:
    import_id = uploads.accept("\n".join(PHONES).encode())

    class Freeze(After):
        def is_set(self) -> bool:
            if super().is_set() and self.left == -1:
                uploads.clock.move(31)
                assert uploads.run()  # another one does all the rest meanwhile
            return False

    assert uploads.run(stop=Freeze(2))
    item = uploads.get(import_id)
    uploads.check(item)
    assert (item.status, item.total, item.accepted) == ("completed", 100, 100)


@pytest.mark.parametrize("status", ["stopped", "archived", "completed"])
def test_a_campaign_that_closes_meanwhile_fails_the_import_which_says_how_far_it_came(
    uploads: Uploads, small_chunks: int, status: str
) -> None:
    import_id = uploads.accept("\n".join(PHONES).encode())
    uploads.run(stop=After(2))
    uploads.set_status(status)
    assert uploads.run()
    item = uploads.get(import_id)
    assert item.status == "failed"
    assert item.error == (
        f"The campaign was {status} while the file was being read. "
        "20 numbers from its first 20 rows were added, the rest was not."
    )
    uploads.check(item)
    assert list(uploads.folder.iterdir()) == []


def test_a_campaign_that_is_deleted_meanwhile_takes_its_import_along(
    uploads: Uploads, small_chunks: int
) -> None:
    uploads.accept("\n".join(PHONES).encode())

    class Delete(After):
        def is_set(self) -> bool:
            if super().is_set() and self.left == -1:
                with Session(uploads.engine) as session, transaction(session):
                    session.delete(session.get_one(Campaign, uploads.campaign_id))
            return False

    assert uploads.run(stop=Delete(2))
    assert not uploads.run()
    assert list(uploads.folder.iterdir()) == []


def test_a_file_that_is_gone_fails_the_import(uploads: Uploads) -> None:
    import_id = uploads.accept(b"+16175550100\n")
    (uploads.folder / uploads.get(import_id).stored_as).unlink()
    assert uploads.run()
    assert "not on the server any more; upload it again. No number was added." in str(
        uploads.get(import_id).error
    )


def test_a_bug_fails_the_import_and_is_heard_of(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    import_id = uploads.accept(b"+16175550100\n")

    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(worker, "add_slice", broken)
    with pytest.raises(ZeroDivisionError):
        uploads.run()
    item = uploads.get(import_id)
    assert item.status == "failed"
    assert "could not read on after 0 rows" in str(item.error)


def test_one_campaigns_second_file_waits_for_its_first(uploads: Uploads, small_chunks: int) -> None:
    first = uploads.accept("\n".join(PHONES).encode())
    uploads.accept("\n".join(PHONES).encode())
    other = uploads.accept("\n".join(PHONES).encode(), campaign_id=uploads.new_campaign())
    _crash_after(uploads, 1)
    assert uploads.run()
    assert uploads.get(other).status == "completed"
    assert not uploads.run()
    assert uploads.get(first).status == "running"


def test_two_campaigns_files_take_turns_and_one_campaigns_do_not(
    uploads: Uploads, small_chunks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "TURN_SECONDS", 0)
    other = uploads.new_campaign()
    content = ("phone\n" + "\n".join(PHONES[: 3 * small_chunks])).encode()
    files = [
        uploads.accept(content),
        uploads.accept(content),
        uploads.accept(content, campaign_id=other),
    ]
    turns = []
    while uploads.run():
        turns.append([uploads.get(each).rows_done for each in files])
    steps = [small_chunks * done for done in range(4)]
    assert turns[:6] == [
        [steps[1], 0, 0],
        [steps[1], 0, steps[1]],
        [steps[2], 0, steps[1]],
        [steps[2], 0, steps[2]],
        [steps[3], 0, steps[2]],
        [steps[3], steps[1], steps[2]],
    ]
    done = [uploads.get(each) for each in files]
    assert [(item.status, item.accepted, item.already_in_campaign) for item in done] == [
        ("completed", 30, 0),
        ("completed", 0, 30),
        ("completed", 30, 0),
    ]
    for item in done:
        uploads.check(item)


def test_a_chunk_is_one_transaction(uploads: Uploads, small_chunks: int) -> None:
    """Killed at any statement of a chunk, all of the chunk is undone."""
    import_id = uploads.accept("\n".join(PHONES).encode())

    class Killed(BaseException):
        pass

    for fatal in range(1, 12):
        left = fatal

        def kill(*_: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Killed

        def arm(*_: object) -> bool:
            event.listen(uploads.engine, "before_cursor_execute", kill)
            return False

        stop = Event()
        stop.is_set = arm  # type: ignore[method-assign]
        try:
            uploads.run(stop=stop)
        except Killed:
            pass
        finally:
            if event.contains(uploads.engine, "before_cursor_execute", kill):
                event.remove(uploads.engine, "before_cursor_execute", kill)
        uploads.check(uploads.get(import_id))
        uploads.clock.move(31)
    while uploads.run():
        pass
    assert uploads.get(import_id).accepted == 100


def _went_on(uploads: Uploads, import_id: int, done: int) -> bool:
    return uploads.get(import_id).rows_done > done


RUNNER = """
import sys
from pathlib import Path
from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.extensions import make_engine
from campaign_app.engine.imports.worker import run_next
from campaign_app.uploads import validation
validation.CHUNK_ROWS = 200
run_next(make_engine(sys.argv[1]), Path(sys.argv[2]), clock=SYSTEM_CLOCK, owner="child")
"""


def test_a_runner_killed_three_times_loses_and_doubles_nothing(uploads: Uploads, database_url: str) -> None:
    phones = [f"+1617{exchange}{number:04d}" for exchange in (555, 556) for number in range(6_000)]
    import_id = uploads.accept("\n".join(["phone", *phones, *phones[:3]]).encode())
    done = 0
    for _ in range(3):
        child = start_prepared(["-c", RUNNER, database_url, str(uploads.folder)])
        try:
            wait_until(partial(_went_on, uploads, import_id, done), "a chunk to be done")
        finally:
            child.kill()
            child.wait(10)
        item = uploads.get(import_id)
        uploads.check(item)
        assert item.status == "running", "the file was too short to be killed in"
        done = item.rows_done
        with Session(uploads.engine) as session, transaction(session):
            session.get_one(type(item), import_id).heartbeat_at = None  # as if 30 s had passed
    assert uploads.run()
    item = uploads.get(import_id)
    uploads.check(item)
    assert (item.status, item.accepted, item.repeated_in_file) == ("completed", 12_000, 3)


ROWS = st.one_of(
    st.sampled_from([*PHONES[:12], *(f'"{phone}"' for phone in PHONES[:3])]),
    st.sampled_from(
        ["", "12", '"x', 'a"b', "+161755501", "x\0y", ",", "'+16175550105", "=1+1", '"a" b', "x" * 1_100]
    ),
)


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(lines=st.lists(ROWS, max_size=40), chunk=st.integers(1, 7), seed=st.integers(0, 10**6))
def test_the_counts_are_a_partition_and_do_not_depend_on_where_it_was_interrupted(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch, lines: list[str], chunk: int, seed: int
) -> None:
    content = "\n".join(["phone", PHONES[50], *lines])
    counts = []
    for interrupted in (False, True):
        uploads.campaign_id = uploads.new_campaign()
        uploads.forbid(PHONES[0], uploads.campaign_id)
        uploads.upload("\n".join(PHONES[1:3]))
        import_id = uploads.accept(content.encode())
        with monkeypatch.context() as patched:
            rng = random.Random(seed)
            if interrupted:
                patched.setattr(validation, "CHUNK_ROWS", chunk)
            while uploads.run(stop=After(rng.randint(1, 3)) if interrupted else None):
                uploads.check(uploads.get(import_id))
        item = uploads.get(import_id)
        assert item.status == "completed"
        refused = [(row.line, row.kind) for row in uploads.refused(import_id)]
        counts.append((item.total, item.accepted, refused))
    assert counts[0] == counts[1]
