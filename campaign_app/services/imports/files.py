"""Uploaded files on the disk: written so that a crash leaves either a whole file or a `.part`, and removed
when done.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from campaign_app.domain.errors import FieldError, InvalidInput, SwitchboardError
from campaign_app.uploads import prepare_upload

BLOCK = 1 << 20
PART, WHOLE = ".part", ".csv"
BESIDE = (".seen", ".flags", ".rejects")
"""Ends of the names of what a check writes beside a file."""
ORPHANED = timedelta(hours=24)


class Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


class TooLarge(SwitchboardError):
    """An upload over the cap (HTTP 413)."""

    status = 413
    title = "The file is too large"

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        super().__init__(
            f"The file is larger than {max_bytes / (1 << 20):,.4g} MB, the most that an upload may "
            "have. Split it, or raise the setting SWITCHBOARD_MAX_UPLOAD_MB."
        )


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that lies below `uploads` under a random name."""

    name: str
    size: int


def store(uploads: Path, stream: Readable, *, max_bytes: int, filename: str = "") -> Stored:
    """Write an upload to the disk, durably, a block at a time. Needs no database: do it before the
    transaction.

    Raises TooLarge; Invalid on `file` if it is empty or no text. Then nothing stays behind.
    """
    uploads.mkdir(parents=True, exist_ok=True)
    token = secrets.token_hex(16)
    part, whole = uploads / (token + PART), uploads / (token + WHOLE)
    try:
        if _write(part, stream, max_bytes) == 0:
            raise InvalidInput(
                [FieldError("file", "The file is empty. Choose a file with a phone number in each row.")]
            )
        prepare_upload(part, whole, filename=filename)
        _sync_directory(uploads)
    except BaseException:
        remove(part)
        remove(whole)
        raise
    return Stored(whole.name, whole.stat().st_size)


def _write(path: Path, stream: Readable, max_bytes: int) -> int:
    size = 0
    with path.open("xb") as file:
        while block := stream.read(BLOCK):
            size += len(block)
            if size > max_bytes:
                raise TooLarge(max_bytes)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    return size


def _sync_directory(directory: Path) -> None:
    """A rename is durable when its directory is."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(path: Path) -> None:
    with suppress(FileNotFoundError):
        path.unlink()


def sweep(uploads: Path, needed: Iterable[str], now: datetime) -> int:
    """Remove what crashes left behind: files a day old that no unfinished import needs. Returns how many."""
    keep = frozenset(needed)
    removed = 0
    for path in [path for end in (PART, WHOLE, *BESIDE) for path in uploads.glob("*" + end)]:
        with suppress(FileNotFoundError):
            owner = path.name.removesuffix(path.suffix) if path.suffix in BESIDE else path.name
            if owner not in keep and path.stat().st_mtime < (now - ORPHANED).timestamp():
                path.unlink()
                removed += 1
    return removed
