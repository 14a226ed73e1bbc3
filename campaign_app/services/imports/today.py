"""The reader of before, behind the names of uploads/ and domain/row_reading.py, until those are here."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from collections.abc import Mapping as MappingOf
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from campaign_app.domain import csv_sniff
from campaign_app.domain import phone as phones
from campaign_app.domain.csv_columns import NoColumns, find_columns
from campaign_app.domain.csv_rows import MAX_LINE, Row
from campaign_app.domain.csv_rows import read_rows as read_csv_rows

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Reading:
    format: str
    encoding: str
    delimiter: str
    header: bool
    skip_rows: int
    sheet: str | None = None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: MappingOf[str, Any]) -> Reading:
        return cls(**value)


@dataclass(frozen=True, slots=True)
class EncodingChoice:
    encoding: str
    label: str
    sample: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Understanding:
    reading: Reading
    names: tuple[str, ...]
    original_names: tuple[str, ...]
    rows: tuple[Row, ...]
    encoding_choices: tuple[EncodingChoice, ...] = ()
    header_unsure: bool = False


class UnreadableFile(Exception):
    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


def prepare_upload(source: Path, target: Path, *, filename: str) -> str:
    source.rename(target)
    return "delimited"


def understand_file(
    path: Path, *, region: str | None, language: str | None = None, chosen: MappingOf[str, object] = {}
) -> Understanding:
    def blocks() -> Iterator[bytes]:
        with path.open("rb") as raw:
            while block := raw.read(BLOCK):
                yield block

    with path.open("rb") as raw:
        head = raw.read(csv_sniff.HEAD)
    encoding = str(chosen.get("encoding") or csv_sniff.find_encoding(head, blocks()))
    with path.open(encoding=encoding, errors="replace", newline="") as text:
        sample = "".join(text.readline(MAX_LINE) for _ in range(csv_sniff.SAMPLE_LINES))
    delimiter, named = csv_sniff.find_delimiter(sample)
    delimiter = str(chosen.get("delimiter") or delimiter)
    readline = io.StringIO(sample, newline="").readline
    if named:
        readline()
    rows = list(read_csv_rows(readline, delimiter))
    if rows and rows[0].problem:
        raise UnreadableFile(
            f"The first row cannot be read: {rows[0].problem.reason}. Correct it, and upload the file again."
        )
    readable = [row.cells for row in rows if row.problem is None]
    try:
        columns = find_columns(readable, lambda cell: _dials(cell, region))
    except NoColumns as error:
        raise UnreadableFile(str(error)) from None
    reading = Reading("delimited", encoding, delimiter, columns.has_header, int(named))
    return Understanding(reading, columns.names, columns.names, tuple(rows[columns.has_header :]))


def read_rows(
    path: Path, reading: Reading, *, start_row: int = 0, report_bytes: Callable[[int], None] | None = None
) -> Iterator[Row]:
    with (
        path.open("rb") as raw,
        io.TextIOWrapper(raw, encoding=reading.encoding, errors="replace", newline="") as text,
    ):
        rows = read_csv_rows(text.readline, reading.delimiter)
        for row in islice(rows, start_row + reading.skip_rows + reading.header, None):
            yield row
            if report_bytes is not None:
                report_bytes(raw.tell())


def _dials(cell: str, region: str | None) -> bool:
    try:
        phones.parse(cell, region)
    except phones.PhoneError:
        return False
    return True
