"""Conversion of uploads: workbooks and vCards become CSV in UTF-8 with an index of the sheets at its end.

The sheets follow one another; the file's last line tells where each begins and ends, so that a reading names a sheet
and the upload itself need not be kept.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from campaign_app.domain.column_names import Meaning, read_name

from .encodings import find_encoding
from .errors import UnreadableFile
from .kinds import OPEN_DOCUMENT, TEXT, VCARD, WORKBOOK, find_kind
from .vcards import MAX_LINE, Card, card_rows, find_columns, list_unclear_labels, read_cards

MAX_ENTRIES = 10_000
MAX_UNPACKED = 1 << 30
"""Bytes of all that a workbook has packed, by its directory."""
MAX_RATIO = 150
"""By which a workbook's larger parts may shrink when they are packed. Real sheets shrink 5 to 40 times."""
RATIO_FROM = 20 << 20
MAX_ROWS = 2_000_000
MAX_TEXT = 1 << 30
MEMORY = 2 << 30
SECONDS = 240
INDEX = b"\x1d"
"""Begins the last line of a converted file."""
INDEX_SIZE = 1 << 20

SENTENCES = {
    "password": "This workbook is protected by a password. Save it without one, and upload it again.",
    "damaged": "This workbook is damaged: it cannot be read. Open it, save it once more, and upload it again.",
    "too-many-rows": f"This workbook has more than {MAX_ROWS:,} rows. Split it, or save the sheet as CSV.",
    "too-large": "This workbook is too large when unpacked. Save the sheet with the numbers as CSV, and upload that.",
    "empty": "This workbook has no sheet with data.",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """A part of a converted file, in bytes. Its first line is the sheet's first row."""

    name: str
    start: int
    end: int
    hidden: bool = False
    """Whether the workbook hides it."""
    hidden_rows: int = 0
    hidden_columns: int = 0
    labels: Sequence[str] = ()
    """Of vCards: labels of numbers that do not say whose they are."""


@dataclass(frozen=True, slots=True)
class ConvertedFile:
    format: str
    sheets: tuple[Sheet, ...]

    def find_sheet(self, name: str | None) -> Sheet | None:
        """The sheet of that name; without one the first that is for calling people: neither hidden nor a do-not-call
        list, if there is such a one."""
        if name is not None:
            return next((sheet for sheet in self.sheets if sheet.name == name), None)
        open_sheets = [sheet for sheet in self.sheets if not sheet.hidden]
        callable_sheets = [sheet for sheet in open_sheets if not is_do_not_call_name(sheet.name)]
        return next(iter(callable_sheets or open_sheets or self.sheets), None)


def is_do_not_call_name(name: str) -> bool:
    """Whether a sheet is called a do-not-call list: `DNC`, `Sperrliste`, `Do not call 2026`."""
    return read_name(name).meaning is Meaning.DO_NOT_CALL


def prepare_upload(source: Path, target: Path, *, filename: str = "") -> str:
    """Make `target` of an upload, text as it is, workbooks and vCards as CSV; `source` is gone then.

    Returns the format: `delimited` for text, `xlsx`, `ods` or `vcard`. Raises UnreadableFile for what is no table,
    damaged, or too large when unpacked; then `source` stays and `target` is not there.
    """
    kind = find_kind(source)
    if kind == TEXT:
        source.replace(target)
        return kind
    try:
        sheets = _convert_cards(source, target) if kind == VCARD else _convert_workbook(source, target)
        with target.open("ab") as raw:
            raw.write(INDEX + json.dumps({"format": kind, "sheets": sheets}).encode() + b"\n")
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    source.unlink()
    return kind


def read_index(path: Path) -> ConvertedFile | None:
    """What prepare_upload wrote at the end of a converted file; None for any other."""
    with path.open("rb") as raw:
        size = raw.seek(0, io.SEEK_END)
        raw.seek(max(0, size - INDEX_SIZE))
        tail = raw.read()
    start = tail.rfind(INDEX)
    if start < 0 or not tail.endswith(b"}\n"):
        return None
    try:
        value = json.loads(tail[start + 1 :])
        sheets = tuple(Sheet(**item) for item in value["sheets"])
        found = ConvertedFile(str(value["format"]), sheets)
    except (ValueError, TypeError, KeyError):
        return None
    if found.format not in (WORKBOOK, OPEN_DOCUMENT, VCARD) or not sheets:
        return None
    return found if all(0 <= sheet.start <= sheet.end < size for sheet in sheets) else None


def _convert_workbook(source: Path, target: Path) -> list[dict[str, Any]]:
    _check_directory(source)
    arguments = map(str, (source, target, MAX_ROWS, MAX_TEXT, MEMORY, SECONDS))
    program = Path(__file__).with_name("workbook_process.py")
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(program), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=2 * SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UnreadableFile(SENTENCES["too-large"]) from None
    if done.returncode:
        # Killed at the bound of its memory or its time.
        raise UnreadableFile(SENTENCES["damaged" if done.returncode == 1 else "too-large"])
    answer: dict[str, Any] = json.loads(done.stdout)
    if "error" in answer:
        raise UnreadableFile(SENTENCES[answer["error"]])
    sheets: list[dict[str, Any]] = answer["sheets"]
    if not sheets:
        raise UnreadableFile(SENTENCES["empty"])
    return sheets


def _check_directory(source: Path) -> None:
    """Refuse what unpacks to more than a workbook would, before anything is unpacked."""
    try:
        with zipfile.ZipFile(source) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile:
        raise UnreadableFile(SENTENCES["damaged"]) from None
    bomb = any(
        part.file_size > RATIO_FROM and part.file_size > MAX_RATIO * max(part.compress_size, 1)
        for part in parts
    )
    if bomb or len(parts) > MAX_ENTRIES or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise UnreadableFile(SENTENCES["too-large"])


def _convert_cards(source: Path, target: Path) -> list[dict[str, Any]]:
    encoding = find_encoding(source, region=None).codec

    def cards() -> Iterator[Card]:
        with source.open(encoding=encoding, errors="replace", newline=None) as text:
            yield from read_cards(iter(lambda: text.readline(MAX_LINE), ""))

    columns = find_columns(cards())
    with target.open("w", encoding="utf-8", errors="replace", newline="") as text:
        csv.writer(text).writerows(card_rows(cards(), columns))
    labels = list_unclear_labels(cards())
    return [{"name": "", "start": 0, "end": target.stat().st_size, "labels": labels}]
