"""Recording service: upload, list, rename and delete.

An upload is taken in two steps: `receive` reads and converts it, which takes a second and needs no database; `add` puts
it on the list, in the caller's transaction. A file that nothing refers to any more is swept a day later: by then no
call plays it.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePath

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campaign_app.domain.campaign import to_rfc3339
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound, StateConflict
from campaign_app.models import Recording
from campaign_app.queries import locks
from campaign_app.queries import recordings as recording_queries
from campaign_app.speech import AudioRefused, SpeechRenderer, audio

from . import audit
from .imports.files import Readable, TooLarge, remove

BLOCK = 256 * 1024
LONGEST_NAME = 200
MOST_BYTES = audio.MOST_UPLOAD
"""Of an upload."""
SWEEP_AFTER = timedelta(hours=24)


class RecordingTooLarge(TooLarge):
    """An upload over the bound (HTTP 413)."""

    def __init__(self) -> None:
        Exception.__init__(
            self,
            f"The recording is larger than {MOST_BYTES >> 20} MB: save it as MP3 or OGG, or shorten it.",
        )
        self.max_bytes = MOST_BYTES


@dataclass(frozen=True, slots=True)
class ConvertedUpload:
    """A converted upload that is on no list yet. `discard` it whatever happens: what was added has moved away."""

    path: Path
    sha256: str
    seconds: float
    bytes: int
    warnings: list[str]

    def discard_file(self) -> None:
        remove(self.path)


def receive_upload(folder: Path, stream: Readable, speech: SpeechRenderer) -> ConvertedUpload:
    """Read an upload, check it and convert it, in `folder`. Needs no database: do it before the transaction.

    Raises RecordingTooLarge; Invalid on `file`; ProgramMissing, TimedOut. Then nothing stays behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    token = secrets.token_hex(16)
    upload, target = folder / f"{token}.upload.part", folder / f"{token}.part"
    try:
        _write_upload(upload, stream)
        sound, warnings = speech.convert_upload(upload, target)
    except AudioRefused as error:
        raise InvalidInput([FieldError("file", str(error))]) from None
    finally:
        remove(upload)
    with target.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return ConvertedUpload(target, sha256, sound.seconds, sound.bytes, warnings)


def _write_upload(path: Path, stream: Readable) -> None:
    size = 0
    with path.open("xb") as file:
        while block := stream.read(BLOCK):
            size += len(block)
            if size > MOST_BYTES:
                raise RecordingTooLarge
            file.write(block)


def add_recording(
    session: Session, folder: Path, upload: ConvertedUpload, name: str, *, actor: str, now: datetime
) -> Recording:
    """Put a received upload on the list. Raises Invalid (the name), Conflict where the same sound is there."""
    recording = Recording(
        name=_check_name(name),
        sha256=upload.sha256,
        seconds=upload.seconds,
        bytes=upload.bytes,
        created_by=actor,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(recording)
            session.flush()
    except IntegrityError:
        existing = recording_queries.find_by_sha256(session, upload.sha256)
        existing_name = f" as “{existing.name}”" if existing is not None else ""
        raise StateConflict(f"this recording is there already{existing_name}: use that one") from None
    upload.path.replace(recording_path(folder, recording))
    _record_audit(
        session, recording, "recording.add", actor, now, seconds=recording.seconds, sha256=recording.sha256
    )
    sweep_recordings(session, folder, now)
    return recording


def get_recording(session: Session, recording_id: int) -> Recording:
    """Raises NotFound."""
    recording = session.get(Recording, recording_id)
    if recording is None:
        raise NotFound(f"there is no recording {recording_id}")
    return recording


def rename_recording(
    session: Session, recording_id: int, name: str, *, actor: str, now: datetime
) -> Recording:
    """Raises NotFound, Invalid."""
    recording = get_recording(session, recording_id)
    before, recording.name = recording.name, _check_name(name)
    if recording.name != before:
        _record_audit(session, recording, "recording.rename", actor, now, before=before)
    return recording


def delete_recording(session: Session, folder: Path, recording_id: int, *, actor: str, now: datetime) -> None:
    """Take it off the list; its file goes a day later. Raises NotFound; Conflict with those who use it."""
    # Whoever is about to use it goes first, and is then seen; or waits, and finds it gone.
    recording = locks.lock_recording(session, recording_id)
    if recording is None:
        raise NotFound(f"there is no recording {recording_id}")
    users = [
        f"{each.id} “{each.name}” ({each.status})"
        for each in recording_queries.list_campaigns_using(session, recording.sha256)
    ]
    if users:
        raise StateConflict(
            f"the recording “{recording.name}” is used by campaign {', '.join(users)}: choose another message there,"
            " or archive what is over"
        )
    call = recording_queries.find_open_call_using(session, recording.sha256)
    if call is not None:
        raise StateConflict(
            f"the recording “{recording.name}” is played in call {call}: wait until that has ended"
        )
    session.delete(recording)
    session.flush()
    with suppress(OSError):
        # The day that it stays begins now.
        os.utime(recording_path(folder, recording), (now.timestamp(), now.timestamp()))
    _record_audit(session, recording, "recording.delete", actor, now, sha256=recording.sha256)
    sweep_recordings(session, folder, now)


def recording_path(folder: Path, recording: Recording) -> Path:
    return folder / f"{recording.sha256}.wav"


def sweep_recordings(session: Session, folder: Path, now: datetime, *, after: timedelta = SWEEP_AFTER) -> int:
    """Remove files that nothing needs for so long: what was deleted, and what crashes left. Returns how many.

    Needed is what is on the list, what any campaign names, also an archived one, and what an open call plays. A day at
    least, because a call may be playing it, and because an upload's file is there before its row is committed.
    """
    listed_hashes = frozenset(recording_queries.list_hashes(session))
    removed = 0
    for path in [*folder.glob("*.wav"), *folder.glob("*.part")]:
        with suppress(FileNotFoundError):
            if path.stem in listed_hashes or path.stat().st_mtime >= (now - after).timestamp():
                continue
            if path.suffix == ".wav" and recording_queries.is_recording_used(session, path.stem):
                continue
            path.unlink()
            removed += 1
    return removed


def name_from_filename(filename: str) -> str:
    """A name for an upload that was given none: its file's, without folders and ending."""
    stem = PurePath(filename.replace("\\", "/")).stem
    return "".join(c for c in stem if c.isprintable()).strip()[:LONGEST_NAME] or "Recording"


def to_api(recording: Recording) -> dict[str, object]:
    return {
        "id": recording.id,
        "name": recording.name,
        "sha256": recording.sha256,
        "seconds": recording.seconds,
        "bytes": recording.bytes,
        "created_by": recording.created_by,
        "created_at": to_rfc3339(recording.created_at),
    }


def _check_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidInput(
            [FieldError("name", f"give a name of 1 to {LONGEST_NAME} characters, on one line")]
        )
    return name


def _record_audit(
    session: Session, recording: Recording, action: str, actor: str, now: datetime, **detail: object
) -> None:
    audit.record_audit_entry(
        session,
        actor=actor,
        action=action,
        object_type="recording",
        object_id=recording.id,
        now=now,
        name=recording.name,
        **detail,
    )
