"""From an uploaded file to rows that are judged: a contact to add, or a refusal with its line and reason.

Files are never held in memory: they are read line by line, and judged in chunks of bounded size.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from campaign_app.domain import csv_sniff
from campaign_app.domain import phone as phones
from campaign_app.domain.csv_cells import MAX_COLUMNS, MAX_VALUE, kept, plain
from campaign_app.domain.csv_columns import Columns, NoColumns, find_columns
from campaign_app.domain.csv_rows import MAX_LINE, Row, read_rows
from campaign_app.models.base import dump_json

from .contacts import describe_missing_value

BLOCK = 1 << 20
CHUNK_ROWS = 5_000
CHUNK_CHARACTERS = 4_000_000
"""Of wide rows fewer make a chunk, so that memory stays bounded."""

# Excel shows, and saves, a long number as 4.47911E+11: its digits are gone.
EXCEL_ROUNDED = re.compile(r"\+?\d[.,]?\d*E\+\d+", re.IGNORECASE)
SEVERAL = " ::: "
"""How Google Contacts writes several numbers of one kind into a cell."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is to be read: codec, delimiter, whether its first line is `sep=;`, and its columns."""

    encoding: str
    delimiter: str
    names_delimiter: bool
    columns: Columns


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row with a number that can be dialled."""

    line: int
    phone: str
    variables: str
    """As JSON: encoded here, for while a chunk is added the database is locked."""
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that is not added. `kind` is invalid, repeated, already or do-not-call."""

    line: int
    kind: str
    code: str
    reason: str
    cells: list[str]


@contextmanager
def opened(path: Path, encoding: str) -> Iterator[tuple[io.TextIOWrapper, BinaryIO]]:
    """The file as text with its line ends untouched, and the bytes below it, whose `tell()` says how far it
    got.

    A byte that the encoding does not have becomes U+FFFD: it costs its cell, not the file.
    """
    with (
        path.open("rb") as raw,
        io.TextIOWrapper(raw, encoding=encoding, errors="replace", newline="") as text,
    ):
        yield text, raw


def blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as raw:
        while block := raw.read(BLOCK):
            yield block


def find_layout(path: Path, region: str | None) -> Layout:
    """Look at a file's beginning. Raises NoColumns with a sentence for the operator."""
    with path.open("rb") as raw:
        head = raw.read(csv_sniff.HEAD)
    encoding = csv_sniff.find_encoding(head, blocks(path))
    with opened(path, encoding) as (text, _):
        sample = "".join(text.readline(MAX_LINE) for _ in range(csv_sniff.SAMPLE_LINES))
    delimiter, named = csv_sniff.find_delimiter(sample)
    readline = io.StringIO(sample, newline="").readline
    if named:
        readline()
    rows = list(read_rows(readline, delimiter))
    if rows and rows[0].problem:
        raise NoColumns(
            f"The first row cannot be read: {rows[0].problem.reason}. Correct it, and upload the file again."
        )
    # A row that the sample's end cuts in two has a problem only here.
    readable = [row.cells for row in rows if row.problem is None]
    return Layout(encoding, delimiter, named, find_columns(readable, lambda cell: _dials(cell, region)))


def rows_of(text: io.TextIOWrapper, layout: Layout, skip: int) -> Iterator[Row]:
    """The file's rows after the header and after `skip` rows that are done."""
    rows = read_rows(text.readline, layout.delimiter)
    return islice(rows, skip + layout.names_delimiter + layout.columns.has_header, None)


def chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Up to CHUNK_ROWS rows or about CHUNK_CHARACTERS at a time."""
    chunk: list[Row] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += sum(map(len, row.cells))
        if len(chunk) >= CHUNK_ROWS or size >= CHUNK_CHARACTERS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def judge(rows: Sequence[Row], columns: Columns, region: str | None) -> list[Candidate | Refusal]:
    """Each row's contact or refusal, in the file's order.

    Numbers are parsed in sorted order, which groups countries: phonenumbers keeps its patterns in a small
    cache, and shuffled countries made it ten times slower.
    """
    order = sorted(range(len(rows)), key=lambda index: _number(rows[index], columns))
    judged: dict[int, Candidate | Refusal] = {index: _judged(rows[index], columns, region) for index in order}
    return [judged[index] for index in range(len(rows))]


def with_values(
    judged: Sequence[Candidate | Refusal], needed: Sequence[str]
) -> Sequence[Candidate | Refusal]:
    """The same, but for those without a value for a variable that the message of a running campaign speaks."""
    if not needed:
        return judged

    def checked(row: Candidate | Refusal) -> Candidate | Refusal:
        if isinstance(row, Refusal):
            return row
        missing = describe_missing_value(needed, json.loads(row.variables))
        return row if missing is None else Refusal(row.line, "invalid", "no-value", missing, kept(row.cells))

    return [checked(row) for row in judged]


def _judged(row: Row, columns: Columns, region: str | None) -> Candidate | Refusal:
    if row.problem is not None:
        return _invalid(row, row.problem.code, row.problem.reason)
    if len(row.cells) > MAX_COLUMNS:
        return _invalid(
            row, "too-many-cells", f"the row has {len(row.cells):,} cells; at most {MAX_COLUMNS} can be kept"
        )
    variables: dict[str, str] = {}
    for index, cell in enumerate(row.cells):
        if len(cell) > MAX_VALUE:
            return _invalid(
                row,
                "cell-too-long",
                f"the cell “{columns.name(index)}” has {len(cell):,} characters; {MAX_VALUE:,} at the most",
            )
        if index != columns.phone:
            variables[columns.name(index)] = plain(cell)
    for name in columns.names[len(row.cells) :]:
        variables[name] = ""
    raw = _number(row, columns)
    try:
        phone = phones.parse(raw, region)
    except phones.PhoneError as error:
        if EXCEL_ROUNDED.fullmatch(raw):
            return _invalid(
                row,
                "rounded",
                f"a spreadsheet shortened the number to {raw} and its last digits are lost; "
                "format the column as text and save the file again",
            )
        return _invalid(row, error.code, str(error))
    return Candidate(row.line, phone, dump_json(variables), row.cells)


def _number(row: Row, columns: Columns) -> str:
    cell = row.cells[columns.phone] if columns.phone < len(row.cells) else ""
    return plain(cell.partition(SEVERAL)[0])


def _invalid(row: Row, code: str, reason: str) -> Refusal:
    return Refusal(row.line, "invalid", code, reason, kept(row.cells))


def _dials(cell: str, region: str | None) -> bool:
    try:
        phones.parse(cell, region)
    except phones.PhoneError:
        return False
    return True
