"""Repeated headers: rows of names within a table, as files have that were put together from several exports.

Below names in another order the cells are put back in the first header's; below other names no row is read, for nobody
knows which of its cells is the number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from campaign_app.domain.column_names import Meaning, fold_name, read_name
from campaign_app.domain.csv_cells import plain

from .layout import WHOLE_NAME, find_cell_kind, names_column
from .tables import Reading, Row, RowProblem

REPEATED = RowProblem("repeated-header", "the row repeats the columns’ names: it is not a person")
SEVEN_DIGITS = re.compile(r"\d(?:\D*\d){6}")
"""What every row with a phone number has."""


def follow_headers(batches: Iterator[list[Row]], reading: Reading) -> Iterator[list[Row]]:
    """The batches of a file with a header, that row first, with its repeats marked and what stands below them put in
    order or refused; and rows with more cells than a usual one refused."""
    table: _Table | None = None
    for rows in batches:
        below = rows
        if table is None and rows:
            table, below = _Table(rows[0].cells, reading), rows[1:]
        if table is not None:
            table.read(below)
        yield rows


def _count_names(cells: Sequence[str]) -> Counter[str]:
    return Counter(folded for cell in cells if (folded := fold_name(plain(cell))))


class _Table:
    def __init__(self, header: Sequence[str], reading: Reading) -> None:
        self._header = header
        self._width = reading.width if reading.format == "delimited" else 0
        self._names = [fold_name(plain(cell)) for cell in header]
        self._count = _count_names(header)
        self._written = frozenset(
            written
            for cell in header
            if (text := cell.strip())
            for written in (cell, text, text.lower(), text.upper(), text.title())
        )
        self._order: list[int] | None = None
        """For each column its place in the rows below a header in another order."""
        self._problem: RowProblem | None = None
        """Why rows below other names are not read."""

    def read(self, rows: Sequence[Row]) -> None:
        written, width = self._written, self._width
        for row in rows:
            cells = row.cells
            if row.problem is not None:
                continue
            if (
                not written.isdisjoint(cells) or not SEVEN_DIGITS.search("\t".join(cells))
            ) and self._is_header(row):
                continue
            if self._problem is not None:
                row.problem = self._problem
            elif width and len(cells) > width:
                row.problem = RowProblem(
                    "too-many-cells",
                    f"the row has {len(cells):,} cells, but the table has {width:,} columns: they may stand in the "
                    "wrong ones; put quotation marks around cells with a separator in them",
                )
            elif self._order is not None:
                row.cells = [cells[place] if place < len(cells) else "" for place in self._order]

    def _is_header(self, row: Row) -> bool:
        """Whether the row has names; then those below it are read by them, if they can be."""
        found = _count_names(row.cells)
        if not found:
            return False
        if found == self._count and len(self._count) > 0:
            if not any(find_cell_kind(cell) in ("", "text") for cell in row.cells):
                return False
            row.problem, self._problem, self._order = REPEATED, None, self._find_order(row.cells)
            if self._order is None and not self._is_in_order(row.cells):
                self._problem = _refuse_below(row.line)
            return True
        if not self._is_other_header(row.cells, found):
            return False
        row.problem, self._problem, self._order = REPEATED, _refuse_below(row.line), None
        return True

    def _is_in_order(self, cells: Sequence[str]) -> bool:
        names = [fold_name(plain(cell)) for cell in cells]
        width = max(len(names), len(self._names))
        return names + [""] * (width - len(names)) == self._names + [""] * (width - len(self._names))

    def _find_order(self, cells: Sequence[str]) -> list[int] | None:
        """Where each column stands; None where that is as in the header, or two have the same name or none."""
        if self._is_in_order(cells) or max(self._count.values()) > 1:
            return None
        places = {folded: place for place, cell in enumerate(cells) if (folded := fold_name(plain(cell)))}
        if len(places) != len(cells) or len(places) != len(self._names):
            return None
        return [places[name] for name in self._names]

    def _is_other_header(self, cells: Sequence[str], found: Counter[str]) -> bool:
        """Whether most cells of the row are names of columns, though not this table's, and one that of a number."""
        filled = [plain(cell) for cell in cells if cell.strip()]
        if len(filled) < 2 or any(find_cell_kind(cell) != "text" for cell in filled):
            return False
        named = [
            cell for cell in filled if fold_name(cell) in self._count or names_column(cell) >= WHOLE_NAME
        ]
        return (
            2 * len(named) > len(filled)
            and len(named) >= 2
            and sum(found.values()) >= min(3, len(self._count))
            and any(read_name(cell).meaning is Meaning.NUMBER for cell in named)
        )


def _refuse_below(line: int) -> RowProblem:
    return RowProblem(
        "other-header",
        f"the row stands below other names of columns, in row {line:,}: nobody knows which of its cells is the number; "
        "upload that part as a file of its own",
    )
