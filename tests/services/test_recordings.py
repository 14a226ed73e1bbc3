"""Recordings: received, listed, renamed, deleted, and their files, on either database."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from campaign_app.domain.errors import InvalidInput, NotFound, StateConflict
from campaign_app.extensions import make_engine
from campaign_app.models import AuditEntry, Campaign, Recording, Trunk
from campaign_app.queries import recordings as recording_queries
from campaign_app.services import campaigns, recordings, single_calls
from campaign_app.services.recordings import ConvertedUpload, RecordingTooLarge
from campaign_app.speech import audio
from campaign_app.transaction import transaction
from tests.support.clock import FakeClock
from tests.support.sounds import make, new_speech

NOW = FakeClock().now()


@pytest.fixture
def session(database_url: str) -> Iterator[Session]:
    engine = make_engine(database_url)
    with Session(engine, expire_on_commit=False) as session:
        yield session
    engine.dispose()


def received(folder: Path, sha256: str = "a" * 64) -> ConvertedUpload:
    """An upload that was converted: what it sounds like plays no part here."""
    folder.mkdir(exist_ok=True)
    path = folder / f"{sha256[:6]}.part"
    path.write_bytes(b"RIFF")
    return ConvertedUpload(path, sha256, 1.5, 24_044, [])


def add(session: Session, folder: Path, sha256: str = "a" * 64, name: str = "Welcome") -> Recording:
    with transaction(session):
        return recordings.add_recording(
            session, folder, received(folder, sha256), name, actor="user:a@b.c", now=NOW
        )


def message(session: Session, **message: object) -> int:
    with transaction(session):
        session.add(
            Trunk(name="t", provider="simulator", settings={}, max_concurrent_calls=5, created_at=NOW)
        )
        session.flush()
        found = campaigns.create_campaign(
            session, {"name": "Flood", "message": message}, actor="cli", now=NOW
        )
        return found.id


def test_an_upload_is_received_added_and_audited(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    upload = make(tmp_path / "a.mp3").read_bytes()
    got = recordings.receive_upload(folder, io.BytesIO(upload), new_speech(tmp_path))
    with transaction(session):
        added = recordings.add_recording(session, folder, got, " Welcome ", actor="user:a@b.c", now=NOW)
    got.discard_file()
    assert added.name == "Welcome"
    assert added.seconds == pytest.approx(2, abs=0.15)
    assert [path.name for path in folder.iterdir()] == [f"{added.sha256}.wav"]
    assert audio.inspect_wav(recordings.recording_path(folder, added)).seconds == added.seconds
    entry = session.query(AuditEntry).one()
    assert (entry.actor, entry.action, entry.object_type) == ("user:a@b.c", "recording.add", "recording")
    again = recordings.receive_upload(folder, io.BytesIO(upload), new_speech(tmp_path))
    with pytest.raises(StateConflict, match="“Welcome”"), transaction(session):
        recordings.add_recording(session, folder, again, "Another", actor="user:a@b.c", now=NOW)
    again.discard_file()
    assert [path.name for path in folder.iterdir()] == [f"{added.sha256}.wav"]


def test_what_is_refused_leaves_nothing_behind(tmp_path: Path) -> None:
    folder, speech = tmp_path / "recordings", new_speech(tmp_path)
    with pytest.raises(InvalidInput, match="file: the file is not a sound"):
        recordings.receive_upload(folder, io.BytesIO(b"words" * 100), speech)

    class Endless:
        def read(self, size: int, /) -> bytes:
            return b"RIFF" * (size // 4)

    with pytest.raises(RecordingTooLarge, match="20 MB"):
        recordings.receive_upload(folder, Endless(), speech)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "two\nlines", "nul\0"])
def test_a_name_is_one_line(session: Session, tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="name"):
        add(session, tmp_path, name=name)
    added = add(session, tmp_path)
    with pytest.raises(InvalidInput, match="name"), transaction(session):
        recordings.rename_recording(session, added.id, name, actor="cli", now=NOW)


def test_a_name_comes_from_the_file_where_none_is_given() -> None:
    names = ["C:\\Users\\ann\\Welcome.v2.mp3", "/home/ann/wel\x07come.wav", ".wav", "", "x" * 300 + ".ogg"]
    assert [recordings.name_from_filename(each) for each in names] == [
        "Welcome.v2",
        "welcome",
        ".wav",
        "Recording",
        "x" * 200,
    ]


def test_renaming_is_audited_with_the_name_before(session: Session, tmp_path: Path) -> None:
    added = add(session, tmp_path)
    with transaction(session):
        recordings.rename_recording(session, added.id, "Greeting", actor="token:crm", now=NOW)
        recordings.rename_recording(session, added.id, "Greeting", actor="token:crm", now=NOW)
    entries = session.query(AuditEntry).order_by(AuditEntry.id).all()
    assert [entry.action for entry in entries] == ["recording.add", "recording.rename"]
    assert entries[-1].detail == {"name": "Greeting", "before": "Welcome"}


@pytest.mark.parametrize(
    "part",
    [
        {"recording": "a" * 64},
        {"text": "hi", "machine": {"recording": "a" * 64}, "on_machine": "leave-message"},
    ],
    ids=["message", "machine"],
)
def test_a_recording_that_a_campaign_uses_stays(
    session: Session, tmp_path: Path, part: dict[str, object]
) -> None:
    added, other = add(session, tmp_path), add(session, tmp_path, "b" * 64, "Other")
    used_by = message(session, **part)
    with pytest.raises(StateConflict, match=f"campaign {used_by} “Flood” \\(draft\\)"), transaction(session):
        recordings.delete_recording(session, tmp_path, added.id, actor="cli", now=NOW)
    with transaction(session):
        recordings.delete_recording(session, tmp_path, other.id, actor="cli", now=NOW)
        for action in ("stop", "archive"):
            campaigns.perform_campaign_action(session, used_by, action, actor="cli", now=NOW)
    with transaction(session):
        recordings.delete_recording(session, tmp_path, added.id, actor="cli", now=NOW)
    assert recording_queries.list_recordings(session).items == []


def test_a_recording_that_a_call_plays_stays_until_the_call_has_ended(
    session: Session, tmp_path: Path
) -> None:
    added = add(session, tmp_path)
    message(session, text="hi")
    with transaction(session):
        data = {"to": "+442079460123", "message": {"recording": added.sha256}}
        attempt = single_calls.place_single_call(session, data, actor="cli", now=NOW)
    with pytest.raises(StateConflict, match=f"played in call {attempt.id}"), transaction(session):
        recordings.delete_recording(session, tmp_path, added.id, actor="cli", now=NOW)
    with transaction(session):
        attempt.status, attempt.rank, attempt.ended_at = "completed", 9, NOW
    with transaction(session):
        recordings.delete_recording(session, tmp_path, added.id, actor="cli", now=NOW)
    with pytest.raises(NotFound):
        recordings.get_recording(session, added.id)


def test_the_file_of_a_deleted_recording_goes_a_day_later(session: Session, tmp_path: Path) -> None:
    added, kept = add(session, tmp_path), add(session, tmp_path, "b" * 64, "Kept")
    for path in tmp_path.glob("*.wav"):
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    with transaction(session):
        recordings.delete_recording(session, tmp_path, added.id, actor="cli", now=NOW)
    assert recordings.recording_path(tmp_path, added).exists(), "a call may be playing it"
    clock = FakeClock()
    later = clock.move(24 * 3600 + 1)
    assert recordings.sweep_recordings(session, tmp_path, later) == 1
    assert [path.name for path in tmp_path.glob("*.wav")] == [f"{kept.sha256}.wav"]


def test_the_day_begins_with_the_deletion_however_old_the_file_is(session: Session, tmp_path: Path) -> None:
    added = add(session, tmp_path)
    path = recordings.recording_path(tmp_path, added)
    os.utime(path, (0, 0))
    with transaction(session):
        recordings.delete_recording(session, tmp_path, added.id, actor="cli", now=NOW)
    assert path.exists()


def test_what_an_archived_campaign_or_an_open_call_names_is_never_swept(
    session: Session, tmp_path: Path
) -> None:
    folder = tmp_path / "recordings"
    spoken, played, gone = (add(session, folder, c * 64, c) for c in "abc")
    archived = message(session, recording=spoken.sha256)
    with transaction(session):
        session.get_one(Campaign, archived).status = "archived"
    with transaction(session):
        for each in (spoken, played, gone):
            session.delete(session.get_one(Recording, each.id))
        data = {"to": "+442079460123", "message": {"text": "Hi"}}
        attempt = single_calls.place_single_call(session, data, actor="cli", now=NOW)
        attempt.stored_message = {"text": "Hi", "recording": played.sha256}
    (folder / "crashed.part").touch()
    for path in folder.iterdir():
        os.utime(path, (0, 0))
    assert recordings.sweep_recordings(session, folder, NOW) == 2
    assert {path.stem for path in folder.iterdir()} == {spoken.sha256, played.sha256}


def test_the_list_is_searched_and_paged(session: Session, tmp_path: Path) -> None:
    for number in range(5):
        add(session, tmp_path, f"{number:064}", f"Take {number} 100%")
    first = recording_queries.list_recordings(session, limit=3)
    rest = recording_queries.list_recordings(session, limit=3, cursor=first.next_cursor)
    assert [each.name[5] for each in [*first.items, *rest.items]] == list("43210")
    assert [each.name for each in recording_queries.list_recordings(session, search="TAKE 3").items] == [
        "Take 3 100%"
    ]
    assert len(recording_queries.list_recordings(session, search="0%").items) == 5
    assert recording_queries.list_recordings(session, search="_").items == []


def test_a_message_cannot_name_a_recording_that_is_not_there(session: Session, tmp_path: Path) -> None:
    add(session, tmp_path)
    parts = {"recording": "a" * 64, "machine": {"recording": "c" * 64}}
    with pytest.raises(InvalidInput) as raised:
        message(session, **parts)
    assert [error.field for error in raised.value.errors] == ["message.machine.recording"]
