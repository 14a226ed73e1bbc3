"""Rows of delimited text: RFC 4180 and what is written in its name, one row at a time, in bounded memory.

The csv module alone is either strict and stops at the first fault, or lenient and lets one unclosed quote swallow
the rest of the file. Here it reads batches of lines strictly, at its full speed; a row that it refuses costs itself,
and reading goes on at the next line.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence

from campaign_app.domain.column_values import looks_like_phone

from .errors import UnreadableFile
from .tables import Reading, Row, RowProblem

MAX_ROW = 1_000_000
"""Characters of a row, over however many lines. What is longer is no row, and is not held in memory."""
BATCH = 131_072
"""Characters that are read at once."""
REREAD = 32_000_000
"""Characters that rows with unclosed quotes may read ahead in vain, beside as many as the file had so far. From then
on such a row is given up at the end of its line, so that reading takes time in proportion to the file."""
MAX_CELLS = 16_384
"""Cells of a row: what a spreadsheet has."""
SHOWN_CELLS = 100
"""Cells that are handed out of a row that cannot be read."""
BROKEN_ROWS = 20_000
"""Rows with problems from which on a file is given up, if they are more than half of its rows."""

csv.field_size_limit(MAX_ROW + 4 * BATCH)

TOO_LONG = RowProblem("line-too-long", f"the row is longer than {MAX_ROW:,} characters")
TOO_WIDE = RowProblem("too-many-cells", f"the row has more than {MAX_CELLS:,} cells")
NUL = RowProblem("nul", "the row contains a NUL byte: the file is damaged, or no text file")
UNCLOSED = RowProblem("unclosed-quote", "a quotation mark is opened and not closed in this row")
STRAY = RowProblem(
    "stray-quote", 'text follows a closing quotation mark; inside a quoted cell write "" for one'
)
FOOTER = RowProblem("below-table", "the line stands below the table, after a blank line, and is no row of it")

BLANK = " \t\r\n\x0b\x0c\x1a\ufeff"
"""What a cell without any text may have: also Ctrl-Z, by which old programs end a file."""
NULL = "\\N"
"""How MySQL writes that a cell has no value."""


class LineBatches:
    """The lines of a text, a batch at a time, each with its end. `lines[at:]` are not taken yet."""

    def __init__(self, read: Callable[[int], str]) -> None:
        self._read = read
        self._tail = ""
        self._ended = False
        self.lines: list[str] = []
        self.at = 0
        self.first = 1
        """The number of `lines[0]` in the text."""
        self.before = "-"
        """The line before `lines[0]`."""
        self.total = 0
        """Characters read so far."""
        self.has_cut = False
        """Whether any line was too long to be kept whole."""

    @property
    def number(self) -> int:
        """The next line's."""
        return self.first + self.at

    def drop_taken(self) -> None:
        self.first += self.at
        if self.at:
            self.before = self.lines[self.at - 1]
        del self.lines[: self.at]
        self.at = 0

    def next_batch(self) -> bool:
        """Drop the lines that were taken and read on, if none is left. False at the end of the text."""
        self.drop_taken()
        return bool(self.lines) or self.load_more()

    def load_more(self) -> bool:
        """Add a batch to `lines`. False at the end of the text."""
        while not self._ended:
            text = self._load()
            # A CR at the very end may be half of a line end.
            cut = len(text) if self._ended else max(text.rfind("\n"), text.rfind("\r", 0, len(text) - 1)) + 1
            self._tail = text[cut:]
            if cut:
                self.lines += io.StringIO(text[:cut], newline="").readlines()
                return True
        return False

    def _load(self) -> str:
        """What was left of the last batch, and more with at least one line end."""
        pieces, size = [self._tail], len(self._tail)
        while piece := self._read(BATCH):
            if not self.total:
                piece = piece.removeprefix("\ufeff")
            self.total += len(piece) + 1
            if "\n" in piece or "\r" in piece:
                return "".join([*pieces, piece])
            # Of a line that is too long only the beginning is kept, which is too long as well.
            if size <= MAX_ROW:
                pieces.append(piece)
                size += len(piece)
            else:
                self.has_cut = True
        self._ended = True
        return "".join(pieces)

    def skip(self, count: int) -> bool:
        """Take `count` lines. False if the text ends before."""
        while count > 0:
            if self.at >= len(self.lines) and not self.next_batch():
                return False
            taken = min(count, len(self.lines) - self.at)
            self.at += taken
            count -= taken
        return True


def split_rows(read: Callable[[int], str], reading: Reading) -> Iterator[list[Row]]:
    """The rows of a delimited text below `skip_rows`, the header among them, in batches, given `read(characters)`.

    Rows without any text are left out. Raises UnreadableFile when most of very many rows are broken; nothing else.
    """
    lines = LineBatches(read)
    if lines.skip(reading.skip_rows):
        yield from _Splitter(lines, reading).batches()


class _Splitter:
    def __init__(self, lines: LineBatches, reading: Reading) -> None:
        self._lines = lines
        self._reading = reading
        self._dialect = {
            "delimiter": reading.delimiter,
            "quotechar": reading.quote,
            "escapechar": reading.escape or None,
            "skipinitialspace": reading.skip_space,
        }
        self._junk = BLANK + reading.delimiter
        self._width: int | None = None
        """Cells of the first row: the header's, if there is one."""
        self._skew = 0
        """Lines by which the file's numbers are ahead of the table's: those within the cells of converted files."""
        self._below = False
        self._reread = 0
        self._start = 0
        """The place of the line with which the row begins that is read."""
        self._rows = 0
        self._broken = 0
        self._example = ""
        quote, delimiter = re.escape(reading.quote), re.escape(reading.delimiter)
        self._closing = re.compile(rf"(?<!{quote})(?:{quote}{quote})*{quote}(?:{delimiter}|[\r\n]|$)")

    def batches(self) -> Iterator[list[Row]]:
        lines, reading = self._lines, self._reading
        while lines.next_batch():
            text = "".join(lines.lines)
            if reading.quote in text or (reading.escape and reading.escape in text) or reading.skip_space:
                rows = self._read_quoted()
            else:
                rows = self._read_plain(len(text) > MAX_ROW)
            if rows:
                if NULL in text:
                    for row in rows:
                        row.cells = ["" if cell == NULL else cell for cell in row.cells]
                if "\0" in text:
                    for row in rows:
                        if row.problem is None and any("\0" in cell for cell in row.cells):
                            row.problem = NUL
                if self._width is None:
                    self._width = next((len(row.cells) for row in rows if row.problem is None), None)
                if self._width is not None and self._width > 1:
                    self._mark_footers(rows)
                self._count(rows)
                yield rows

    def _count(self, rows: Sequence[Row]) -> None:
        for row in rows:
            if len(row.cells) > MAX_CELLS:
                row.cells, row.problem = row.cells[:SHOWN_CELLS], TOO_WIDE
            if row.problem is not None:
                self._broken += 1
                self._example = self._example or f"line {row.line:,}: {row.problem.reason}"
        self._rows += len(rows)
        if self._broken >= BROKEN_ROWS and 2 * self._broken > self._rows:
            raise UnreadableFile(
                f"{self._broken:,} of the first {self._rows:,} rows cannot be read ({self._example}). Correct the "
                "file, or save the table as CSV once more."
            )

    def _read_plain(self, long: bool) -> list[Row]:
        """A batch without quotation marks, which splitting reads several times faster than the csv module."""
        lines, delimiter, junk = self._lines, self._reading.delimiter, self._junk
        rows = [
            Row(number, line.rstrip("\r\n").split(delimiter))
            for number, line in enumerate(lines.lines, lines.first - self._skew)
            if line.strip(junk)
        ]
        if long:
            for row in rows:
                if sum(map(len, row.cells)) > MAX_ROW:
                    row.cells, row.problem = [row.cells[0][:MAX_ROW]], TOO_LONG
        lines.at = len(lines.lines)
        return rows

    def _feed(self) -> Iterator[str]:
        lines = self._lines
        while lines.at < len(lines.lines):
            if lines.at > self._start and not self._may_read_ahead():
                return
            line = lines.lines[lines.at]
            lines.at += 1
            yield line

    def _may_read_ahead(self) -> bool:
        return self._reread <= REREAD + self._lines.total

    def _read_quoted(self) -> list[Row]:
        lines, blank = self._lines, BLANK
        rows: list[Row] = []
        reader = csv.reader(self._feed(), strict=True, **self._dialect)  # type: ignore[arg-type]
        while True:
            start = self._start = lines.at
            try:
                cells = next(reader)
            except StopIteration:
                return rows
            except csv.Error as error:
                row = self._read_broken(start, str(error))
                reader = csv.reader(self._feed(), strict=True, **self._dialect)  # type: ignore[arg-type]
                if row is not None:
                    rows.append(row)
                elif rows:
                    return rows
                continue
            number = lines.first + start - self._skew
            taken = lines.at - start
            if lines.has_cut and max(map(len, lines.lines[start : lines.at])) > MAX_ROW:
                rows.append(Row(number, self._cut(lines.lines[start]), TOO_LONG))
                continue
            if taken > 1 and self._swallows_rows(start, cells):
                lines.at = start + 1
                rows.append(Row(number, self._cut(lines.lines[start]), UNCLOSED))
                continue
            if self._reading.is_converted:
                self._skew += taken - 1
            if self._reading.wrapped and len(cells) == 1:
                cells = self._unwrap(cells[0])
            if "".join(cells).strip(blank):
                if self._width is None:
                    self._width = len(cells)
                rows.append(Row(number, cells))

    def _unwrap(self, cell: str) -> list[str]:
        try:
            return next(csv.reader([cell], strict=True, **self._dialect), [])  # type: ignore[arg-type]
        except csv.Error:
            return [cell]

    def _read_broken(self, start: int, error: str) -> Row | None:
        """The row that begins at `start` and could not be read; None to read it again, for more lines are there."""
        lines = self._lines
        taken = lines.at - start
        number = lines.first + start - self._skew
        size = sum(map(len, lines.lines[start : lines.at]))
        ended = "end of data" in error
        self._reread += size
        first = lines.lines[start]
        cells = self._cut(first)
        lines.at = start
        if len(first) > MAX_ROW or "limit" in error:
            lines.at += 1
            return Row(number, cells, TOO_LONG)
        if ended and size <= MAX_ROW and self._may_read_ahead() and lines.load_more():
            return None
        lines.at += 1
        if ended and size > MAX_ROW and not self._are_rows(lines.lines[start + 1 : start + taken]):
            self._skip_cell()
            return Row(number, cells, TOO_LONG)
        return Row(number, cells, STRAY if taken == 1 and not ended else UNCLOSED)

    def _cut(self, line: str) -> list[str]:
        """What can be shown of a line that cannot be read."""
        return line[:MAX_ROW].rstrip("\r\n").split(self._reading.delimiter, SHOWN_CELLS)[:SHOWN_CELLS]

    def _skip_cell(self) -> None:
        """Take the lines of a cell that is too long: up to the one that closes it, or to what looks like rows."""
        lines = self._lines
        while True:
            while lines.at < len(lines.lines):
                line = lines.lines[lines.at]
                lines.at += 1
                if self._closing.search(line):
                    return
            if not lines.next_batch() or self._are_rows(lines.lines):
                return

    def _are_rows(self, lines: Sequence[str]) -> bool:
        """Whether most lines look like rows of the table, not like text in one of its cells."""
        filled = [line for line in lines[:2_000] if line.strip(self._junk)]
        return 2 * sum(map(self._is_row, filled)) > len(filled)

    def _is_row(self, line: str) -> bool:
        """Whether a line is by itself as wide as the table, and has a number to call."""
        cells = line.rstrip("\r\n").split(self._reading.delimiter)
        return len(cells) == (self._width or 1) and any(
            looks_like_phone(cell.strip().strip(self._reading.quote).strip()) for cell in cells
        )

    def _swallows_rows(self, start: int, cells: Sequence[str]) -> bool:
        """Whether what reads as one row over many lines is rather rows between two stray quotation marks.

        It is if each line is a row by itself, with a number to call; if most are, where the whole has not the table's
        width. Then no row between the marks may go unnoticed.
        """
        lines = [line for line in self._lines.lines[start : self._lines.at] if line.strip(self._junk)]
        if self._width is None or len(lines) < 2 or not self._is_row(lines[-2]):
            return False
        rows = sum(map(self._is_row, lines))
        if len(cells) == self._width:
            return rows == len(lines) and len(lines) > 2
        return 2 * rows > len(lines)

    def _mark_footers(self, rows: Sequence[Row]) -> None:
        """What a report has below its table: lines of one cell after a blank line, without a number."""
        for row in rows:
            if len(row.cells) != 1:
                self._below = False
            elif row.problem is None and sum(map(str.isdigit, row.cells[0])) < 7:
                above = row.line + self._skew - self._lines.first - 1
                lines = self._lines.lines
                line = self._lines.before if above < 0 else lines[min(above, len(lines) - 1)]
                if self._below or not line.strip(self._junk):
                    row.problem, self._below = FOOTER, True
