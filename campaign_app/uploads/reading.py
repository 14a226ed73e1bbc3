"""Reading of uploaded files: prepared when they arrive, understood by a look at their beginning, then row by row."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from campaign_app.domain import csv_sniff
from campaign_app.domain.csv_columns import fold, looks_like_phone, names_phone

from .errors import UnreadableFile
from .rows import split_rows
from .tables import MAX_COLUMNS, MAX_NAME, Reading, Row, Understanding

FIRST_ROWS = 200


def prepare_upload(source: Path, target: Path, *, filename: str) -> str:
    """Make `target` of an upload, text as it is and workbooks and vCards as CSV; `source` is gone then.

    Returns the format. Raises UnreadableFile for what is no table; then `source` stays and `target` is not there.
    """
    with source.open("rb") as raw:
        kind = csv_sniff.binary_kind(raw.read(csv_sniff.HEAD))
    if kind:
        raise UnreadableFile(f"This is {kind}, not a CSV file. Save it as CSV, and upload that.")
    source.replace(target)
    return "delimited"


def understand_file(
    path: Path, *, region: str | None, language: str | None = None, chosen: Mapping[str, object] | None = None
) -> Understanding:
    """What a look at a prepared file's beginning tells. `region` and `language` (of the campaign and of who uploads)
    say which letters to expect; `chosen` fixes encoding, delimiter, header, sheet.

    Raises UnreadableFile with a sentence for the operator, UnknownChoice.
    """
    chosen = chosen or {}

    def blocks() -> Iterator[bytes]:
        with path.open("rb") as raw:
            while block := raw.read(1 << 20):
                yield block

    with path.open("rb") as raw:
        head = raw.read(csv_sniff.HEAD)
    encoding = str(chosen.get("encoding") or csv_sniff.find_encoding(head, blocks()))
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        sample = text.read(csv_sniff.HEAD)
    delimiter, named = csv_sniff.find_delimiter(sample)
    reading = Reading("delimited", encoding, str(chosen.get("delimiter") or delimiter), False, int(named))
    rows = list(islice(read_rows(path, reading), FIRST_ROWS + 1))
    if not rows:
        raise UnreadableFile("The file has no rows.")
    first = rows[0].cells
    header = bool(chosen.get("header", any(map(names_phone, first)) or not any(map(looks_like_phone, first))))
    reading = Reading("delimited", encoding, reading.delimiter, header, int(named))
    original = first if header else []
    names = name_columns(original, max(len(original), len(rows[-1].cells)))
    return Understanding(reading, names, tuple(original), tuple(rows[header:]))


def name_columns(originals: list[str], width: int) -> tuple[str, ...]:
    """A name for each column, none twice: the file's own, shortened, or `column_3` where it has none."""
    if width > MAX_COLUMNS:
        raise UnreadableFile(f"The table has {width:,} columns; at most {MAX_COLUMNS:,} can be read.")
    names: list[str] = []
    taken: set[str] = set()
    for index in range(width):
        own = (
            re.sub(r"\s+", " ", originals[index].replace("\0", "")).strip() if index < len(originals) else ""
        )
        if len(own) > MAX_NAME:
            own = own[: MAX_NAME - 1].rstrip() + "…"
        name, again = own or f"column_{index + 1}", 2
        while fold(name) in taken:
            tail = f"_{again}"
            name, again = (own or "column")[: MAX_NAME - len(tail)] + tail, again + 1
        names.append(name)
        taken.add(fold(name) or name)
    return tuple(names)


def read_rows(
    path: Path, reading: Reading, *, start_row: int = 0, report_bytes: Callable[[int], None] | None = None
) -> Iterator[Row]:
    """The rows of a prepared file after its header, but for the first `start_row` of them.

    `report_bytes` is told from time to time how many bytes of the file are read. Raises UnreadableFile when most of
    very many rows are broken.
    """
    passed = reading.header + start_row
    with (
        path.open("rb") as raw,
        io.TextIOWrapper(raw, reading.encoding, errors="replace", newline="") as text,
    ):
        for rows in split_rows(text.read, reading):
            if passed >= len(rows):
                passed -= len(rows)
            else:
                yield from rows[passed:] if passed else rows
                passed = 0
            if report_bytes is not None:
                report_bytes(raw.tell())
