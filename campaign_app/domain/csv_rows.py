"""A CSV file's rows, one at a time, with the line on which each begins.

The csv module alone is either strict and stops at the first fault, or lenient and lets one unclosed quote
swallow the rest of the file. Here a faulty row costs itself: it is handed out with its problem, and reading
goes on at the next physical line.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from .csv_cells import MAX_VALUE

MAX_LINE = 100_000
"""Characters of a physical line. A longer one is no row, and is passed over without being held in memory."""
MAX_ROW_LINES = 20
"""Physical lines of one row with line breaks inside its quotes."""
MAX_ROW_CHARACTERS = 100_000


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row cannot be read: a fixed code and a sentence."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """`line` counts the file's physical lines from 1. With a problem, `cells` are what could be read."""

    line: int
    cells: list[str]
    problem: Problem | None = None


TOO_LONG = Problem("line-too-long", f"the line is longer than {MAX_LINE:,} characters")
NUL = Problem("nul", "the row contains a NUL byte: the file is damaged, or no text file")
UNCLOSED = Problem("unclosed-quote", "a quotation mark is opened and not closed in this row")
STRAY = Problem("stray-quote", 'text follows a closing quotation mark; inside a quoted cell write "" for one')


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: str
    cut: bool = False


class _Lines:
    """The physical lines, each with its number; lines that a faulty row had taken can be put back."""

    def __init__(self, readline: Callable[[int], str]) -> None:
        self._readline = readline
        self._number = 0
        self._back: deque[_Line] = deque()

    def take(self) -> _Line | None:
        if self._back:
            return self._back.popleft()
        text = self._readline(MAX_LINE)
        if not text:
            return None
        self._number += 1
        if len(text) < MAX_LINE or text.endswith(("\n", "\r")):
            return _Line(self._number, text)
        while (rest := self._readline(MAX_LINE)) and not rest.endswith(("\n", "\r")):
            pass
        return _Line(self._number, text, cut=True)

    def put_back(self, lines: Iterable[_Line]) -> None:
        self._back.extendleft(reversed(list(lines)))


def read_rows(readline: Callable[[int], str], delimiter: str) -> Iterator[Row]:
    """The rows of a text that was opened with `newline=""`, given its `readline(limit)`.

    Rows without any text (empty lines, a spreadsheet's trailing `;;;`) are left out. Never raises on what it
    reads.
    """
    lines = _Lines(readline)
    while (line := lines.take()) is not None:
        if line.cut:
            yield Row(line.number, [line.text], TOO_LONG)
        elif "\0" in line.text:
            yield Row(line.number, _split(line.text, delimiter), NUL)
        elif '"' in line.text:
            row = _quoted(line, lines, delimiter)
            if row.problem or any(map(str.strip, row.cells)):
                yield row
        else:
            cells = _split(line.text, delimiter)
            if any(map(str.strip, cells)):
                yield Row(line.number, cells)


def _split(text: str, delimiter: str) -> list[str]:
    """What the csv module makes of a line without quotation marks, and several times faster."""
    return text.rstrip("\r\n").split(delimiter)


def _quoted(first: _Line, lines: _Lines, delimiter: str) -> Row:
    """A row with quotation marks, which may go on over several lines."""
    taken = [first]
    ran_out = False

    def feed() -> Iterator[str]:
        nonlocal ran_out
        yield first.text
        size = len(first.text)
        while len(taken) < MAX_ROW_LINES and size < MAX_ROW_CHARACTERS:
            more = lines.take()
            if more is None:
                break
            taken.append(more)
            if more.cut or "\0" in more.text:
                break
            size += len(more.text)
            yield more.text
        ran_out = True

    try:
        cells = next(csv.reader(feed(), delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error:
        lines.put_back(taken[1:])
        single = len(taken) == 1 and not ran_out
        return Row(first.number, _split(first.text, delimiter), STRAY if single else UNCLOSED)
    if len(taken) > 1 and any(len(cell) > MAX_VALUE for cell in cells):
        # Two stray marks many lines apart look like one huge cell: no row between them may go unnoticed.
        lines.put_back(taken[1:])
        return Row(first.number, _split(first.text, delimiter), UNCLOSED)
    return Row(first.number, cells)
