"""Erased files: a number leaves what this product writes beside the database, without a file changing its length.

The journal of calls and the simulator's ledger are appended to by any number of processes, and read by byte offsets:
there a mark of the same length takes the number's place. Uploads: `erasure_lists`.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from campaign_app.domain.erasure import MARK, NumberFinder

from .erasure_lists import REJECTS, scrub_list

CHUNK = 1 << 20
JOURNALS = "dialled-*.journal*"
E164 = re.compile(rb'"(\+[1-9][0-9]{6,14})"')
LONGEST = 24
"""Bytes: no number in quotes is longer."""
LISTS = ("*.csv", "*.part", "*.rejects")
"""Of the uploads' folder."""


@dataclass(frozen=True, slots=True)
class ErasedFiles:
    """Where this installation writes numbers: its instance folder, and the simulator's ledger."""

    instance: Path
    ledger: Path

    @property
    def uploads(self) -> Path:
        return self.instance / "uploads"

    @property
    def exports(self) -> Path:
        return self.instance / "exports"

    @property
    def records(self) -> list[Path]:
        """Files of one JSON value a line that hold numbers in E.164."""
        return [*sorted(self.instance.glob(JOURNALS)), self.ledger]


def scrub_records(files: ErasedFiles, choose: Callable[[set[str]], set[str]]) -> int:
    """Put marks in place of numbers in journals and ledger: those that `choose` returns of a set of numbers. Returns
    how many. Raises OSError."""
    return sum(_scrub_record(path, choose) for path in files.records)


def _scrub_record(path: Path, choose: Callable[[set[str]], set[str]]) -> int:
    scrubbed = 0
    with suppress(FileNotFoundError), _locked(path) as handle:
        size = os.fstat(handle).st_size
        at = 0
        while at < size:
            data = os.pread(handle, CHUNK + LONGEST, at)
            found = [(match.start(1), match.group(1)) for match in E164.finditer(data)]
            chosen = choose({number.decode() for _, number in found}) if found else set()
            for start, number in found:
                if number.decode() in chosen:
                    mark = MARK.encode() + b"0" * (len(number) - 1)
                    os.pwrite(handle, mark, at + start)
                    scrubbed += 1
            at += CHUNK
        if scrubbed:
            os.fsync(handle)
    return scrubbed


def scrub_old_records(files: ErasedFiles, before: datetime) -> int:
    """Put marks in place of every number in journals and ledger that was written down before an instant. Returns how
    many lines had one. Raises OSError."""
    return sum(_scrub_old_record(path, before) for path in files.records)


def _scrub_old_record(path: Path, before: datetime) -> int:
    scrubbed = 0
    with suppress(FileNotFoundError), _locked(path) as handle, os.fdopen(os.dup(handle), "rb") as file:
        at = 0
        for line in file:
            if E164.search(line) and _is_older(line, before):
                os.pwrite(handle, E164.sub(_make_mark, line), at)
                scrubbed += 1
            at += len(line)
        if scrubbed:
            os.fsync(handle)
    return scrubbed


def _make_mark(found: re.Match[bytes]) -> bytes:
    return b'"' + MARK.encode() + b"0" * (len(found.group(1)) - 1) + b'"'


def _is_older(line: bytes, before: datetime) -> bool:
    """By the `at` of a journal's line, or the `t` of the ledger's. What is no whole line is left alone."""
    try:
        entry = json.loads(line)
        if "at" in entry:
            return datetime.fromisoformat(entry["at"]) < before
        return float(entry["t"]) < before.timestamp()
    except (ValueError, TypeError, KeyError):
        return False


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """The file, held as its writers hold it, so that none cuts it or puts another in its place meanwhile."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            if os.fstat(handle).st_ino == path.stat().st_ino:
                yield handle
                return
        finally:
            os.close(handle)


def list_uploads(files: ErasedFiles) -> set[str]:
    """The names of the uploads that have a file, or one of refused rows."""
    return {_name_upload(path) for path in _list_lists(files)}


def scrub_uploads(
    files: ErasedFiles, finder: NumberFinder, codecs: Mapping[str, str] | None = None
) -> dict[str, int]:
    """Empty the rows of a number in files that wait to be read or confirmed. `codecs`: {an upload's name: the codec by
    which it is read}, where one is known. Returns how many rows of which files. Raises OSError."""
    scrubbed: Counter[str] = Counter()
    for path in _list_lists(files):
        name = _name_upload(path)
        scrubbed[name] += scrub_list(path, finder, (codecs or {}).get(name))
    return {name: rows for name, rows in scrubbed.items() if rows}


def _list_lists(files: ErasedFiles) -> list[Path]:
    return [path for pattern in LISTS for path in sorted(files.uploads.glob(pattern))]


def _name_upload(path: Path) -> str:
    return path.name.partition(REJECTS)[0]
