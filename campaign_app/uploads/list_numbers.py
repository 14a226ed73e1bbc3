"""List numbers: the rows of a registry's file become numbers, and nothing else is kept of them.

Registries come in E.164, as national digits, or with the area code in a column of its own (the US registry's
`area_code,number`). Tens of millions of rows: a row costs microseconds, and the numbers are sorted on the disk.
"""

from __future__ import annotations

import heapq
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

import phonenumbers

from campaign_app.domain.column_roles import Mapping
from campaign_app.domain.csv_cells import kept, plain
from campaign_app.domain.phone import PhoneError, parse, parse_number

from .reading import read_rows
from .rows import NUL
from .tables import Reading

CHUNK_ROWS = 20_000
RUN_NUMBERS = 1_000_000
"""Numbers that are sorted at once, 8 bytes each."""
BLOCK = 8_192
"""Numbers of a run that are read at once."""
AREA_DIGITS, LOCAL_DIGITS = 3, 7
FIRST_ROWS = 10
"""Rows that a person sees before a list is used."""


@dataclass(slots=True)
class ListChunk:
    """What some rows of a file are."""

    rows: int = 0
    bytes_done: int = 0
    numbers: list[int] = field(default_factory=list)
    """The digits of E.164, in the file's order, with repetitions."""
    refusals: list[tuple[int, str, str, list[str]]] = field(default_factory=list)
    """(line, code, reason, cells) of rows without a number that can be read."""
    first_rows: list[dict[str, Any]] = field(default_factory=list)
    """Of the file's first chunk: some rows as they are and as what they become."""


@lru_cache(maxsize=512)
def is_north_american(region: str | None) -> bool:
    """Whether numbers there are an area code of three digits and seven more."""
    return region is not None and phonenumbers.country_code_for_region(region) == 1


def is_area_code(text: str) -> bool:
    return len(text) == AREA_DIGITS and text.isascii() and text.isdigit() and text[0] > "1"


def is_local_number(text: str) -> bool:
    return len(text) == LOCAL_DIGITS and text.isascii() and text.isdigit() and text[0] > "1"


def find_area_code_columns(rows: Sequence[Sequence[str]], region: str | None) -> tuple[int, int] | None:
    """The columns of area code and number, side by side, where every row has them so; None for any other file."""
    if not rows or not is_north_american(region):
        return None
    for index in range(min(len(cells) for cells in rows) - 1):
        if all(
            is_area_code(plain(cells[index])) and is_local_number(plain(cells[index + 1])) for cells in rows
        ):
            return index, index + 1
    return None


def read_list_chunks(
    path: Path, reading: dict[str, Any], mapping: dict[str, Any], region: str | None
) -> Iterator[ListChunk]:
    """The numbers of a file, some thousand rows at a time. Raises UnreadableFile where it cannot be read on."""
    columns = Mapping.from_json(mapping).numbers
    regions = [Mapping.from_json(mapping).columns[index].region or region for index in columns]
    chunk, shown = ListChunk(), 0

    def report(done: int) -> None:
        chunk.bytes_done = done

    for row in read_rows(path, Reading.from_json(reading), start_row=0, report_bytes=report):
        chunk.rows += 1
        numbers, refusals = len(chunk.numbers), len(chunk.refusals)
        if row.problem is not None and not (row.problem == NUL and _is_damaged_beside(row.cells, columns)):
            chunk.refusals.append((row.line, row.problem.code, row.problem.reason, kept(row.cells)))
        else:
            _read_row(chunk, row.line, row.cells, columns, regions)
        if shown < FIRST_ROWS:
            shown += 1
            found = [f"+{number}" for number in chunk.numbers[numbers:]]
            chunk.first_rows.append(_describe_row(row.line, row.cells, found, chunk.refusals[refusals:]))
        if chunk.rows >= CHUNK_ROWS:
            yield chunk
            chunk = ListChunk(bytes_done=chunk.bytes_done)
    if chunk.rows:
        yield chunk


def _is_damaged_beside(cells: Sequence[str], columns: Sequence[int]) -> bool:
    """Whether a row's NUL stands in none of its numbers, nor in the area code before one: it is listed all the same."""
    return not any("\0" in cell for index in columns for cell in cells[max(index - 1, 0) : index + 1])


def _describe_row(
    line: int,
    cells: Sequence[str],
    phones: Sequence[str],
    refusals: Sequence[tuple[int, str, str, list[str]]],
) -> dict[str, Any]:
    """A row as checks show it (validation.describe)."""
    shown: dict[str, Any] = {"line": line, "cells": kept(cells)}
    if not phones:
        return shown | {"code": refusals[0][1], "reason": refusals[0][2]}
    shown |= {"phone": phones[0], "second_numbers": list(phones[1:])}
    try:
        number = parse_number(phones[0], None)
    except PhoneError:  # Of a list it counts all the same.
        return shown
    return shown | {"country": number.region, "type": number.number_type}


def _read_row(
    chunk: ListChunk, line: int, cells: list[str], columns: Sequence[int], regions: Sequence[str | None]
) -> None:
    """All of a row's numbers: whoever has several wants none of them called."""
    filled = False
    for index, region in zip(columns, regions, strict=True):
        text = plain(cells[index]) if index < len(cells) else ""
        if not text:
            continue
        filled = True
        number = _read_north_american(text, cells[index - 1] if index else "", region)
        if number is None:
            try:
                number = int(parse(text, region)[1:])
            except PhoneError as error:
                chunk.refusals.append((line, error.code, str(error), kept(cells)))
                continue
        chunk.numbers.append(number)
    if not filled:
        chunk.refusals.append((line, "empty", "the row has no number", kept(cells)))


def _read_north_american(text: str, before: str, region: str | None) -> int | None:
    """Plain digits of +1, also of numbers that nobody has yet: a list may know more than we do."""
    digits = text[1:] if text.startswith("+1") else text
    if digits is text and not is_north_american(region):
        return None
    if len(digits) == LOCAL_DIGITS and is_area_code(plain(before)) and is_local_number(digits):
        digits = plain(before) + digits
    elif len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    if len(digits) != AREA_DIGITS + LOCAL_DIGITS or not digits.isascii() or not digits.isdigit():
        return None
    return int("1" + digits) if digits[0] > "1" and digits[3] > "1" else None


class SortedNumbers:
    """Numbers in any order, given back each once and in rising order: sorted in runs in a scratch file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO = path.open("w+b")
        self._numbers = array("Q")
        self._runs: list[tuple[int, int]] = []
        """Where each run begins, in bytes, and how many numbers it has."""

    def add(self, numbers: Sequence[int]) -> None:
        self._numbers.extend(numbers)
        if len(self._numbers) >= RUN_NUMBERS:
            self._spill()

    def _spill(self) -> None:
        run = array("Q", sorted(self._numbers))
        self._runs.append((self._file.seek(0, 2), len(run)))
        run.tofile(self._file)
        self._numbers = array("Q")

    def slices(self, most: int) -> Iterator[list[int]]:
        """All of them, `most` at a time."""
        self._spill()
        found: list[int] = []
        last = -1
        for number in heapq.merge(*(self._read_run(*run) for run in self._runs)):
            if number == last:
                continue
            last = number
            found.append(number)
            if len(found) >= most:
                yield found
                found = []
        if found:
            yield found

    def _read_run(self, start: int, count: int) -> Iterator[int]:
        done = 0
        while done < count:
            block = array("Q")
            self._file.seek(start + done * block.itemsize)
            block.fromfile(self._file, min(BLOCK, count - done))
            done += len(block)
            yield from block

    def close(self) -> None:
        self._file.close()
        self._path.unlink(missing_ok=True)
