"""Layout of delimited text: the delimiter and quotes, titles above the table, and whether a row has the columns' names.

Every way to read the beginning is tried, and the one that makes a table of it wins: numbers alone in their cells, rows
of the same width, names that columns are called by, no row that cannot be read.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from campaign_app.domain.column_names import Meaning, fold_name, read_name
from campaign_app.domain.column_values import looks_like_phone
from campaign_app.domain.csv_cells import plain

from . import layout_words
from .lists import find_number, split_line
from .rows import BLANK, TOO_WIDE, split_rows
from .tables import Reading, Row

DELIMITERS = ",;\t|^~:"
SAMPLE_ROWS = 200
TITLE_ROWS = 20
"""Rows above the table, among which the row of names is looked for."""
SURE, LIKELY, UNLIKELY = 3.0, 2.0, 1.0
"""Marks of a row of names: from SURE on it is one, up to UNLIKELY it is none; between them a person is asked."""

_SEP = re.compile(r'\ufeff?"?sep=(.)"?\r?(?:\n|$)', re.IGNORECASE)
_TYPE = re.compile(r'\ufeff?"?#TYPE\b[^\r\n]*\r?\n?')


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read a file, and what is unsure about it."""

    reading: Reading
    header_unsure: bool = False


@dataclass(frozen=True, slots=True)
class _Header:
    """The row of names among the first rows, if there is one."""

    index: int | None
    mark: float

    @property
    def unsure(self) -> bool:
        return UNLIKELY < self.mark < SURE


@dataclass(frozen=True, slots=True)
class _Try:
    reading: Reading
    rows: tuple[Row, ...]
    header: _Header
    mark: float


def find_layout(sample: str, encoding: str, *, whole: bool, chosen: Mapping[str, object]) -> Layout:
    """The layout of a text by its beginning. `whole` says that the sample is all of it; `chosen` fixes `delimiter` (a
    character), `header` (a bool) and `format` (`list`).
    """
    skip = 0
    delimiters = DELIMITERS
    named = _SEP.match(sample)
    if named:
        skip, delimiters = 1, named[1]
    elif _TYPE.match(sample):
        skip = 1
    fixed = chosen.get("delimiter")
    if isinstance(fixed, str) and fixed:
        delimiters = fixed
    header = chosen.get("header")
    wanted = header if isinstance(header, bool) else None
    tries = [
        _try(reading, sample, whole)
        for delimiter in delimiters
        if delimiter in sample or delimiter == delimiters[0]
        for reading in _dialects(Reading("delimited", encoding, delimiter, False, skip), sample)
    ]
    # Words and times have colons: only a row of names makes them a table.
    tries = [
        found
        for found in tries
        if found.reading.delimiter != ":" or found.header.mark >= SURE or len(delimiters) == 1
    ] or tries
    best = max(tries, key=lambda found: found.mark)
    is_list = not fixed and not named and chosen.get("format") != "delimited" and _is_list(best, sample)
    if chosen.get("format") == "list" or is_list:
        return _list_layout(best, sample, encoding, skip, wanted)
    return _table_layout(best, wanted)


def _dialects(reading: Reading, sample: str) -> Iterator[Reading]:
    """Ways to read with a delimiter, the usual one first."""
    yield reading
    delimiter = reading.delimiter
    if '"' in sample:
        if f'{delimiter} "' in sample:
            yield replace(reading, skip_space=True)
        if (
            f'""{delimiter}' in sample
            or f'{delimiter}""' in sample
            or re.search(r'(?m)^"[^"\r\n]*"\r?$', sample)
        ):
            yield replace(reading, wrapped=True)
    if '\\"' in sample or f"\\{delimiter}" in sample or "\\\n" in sample or "\\\r" in sample:
        yield replace(reading, escape="\\")
    if f"'{delimiter}" in sample or f"{delimiter}'" in sample or sample.startswith("'"):
        yield replace(reading, quote="'")
        if "\\'" in sample or f"\\{delimiter}" in sample:
            yield replace(reading, quote="'", escape="\\")


def _try(reading: Reading, sample: str, whole: bool) -> _Try:
    rows: list[Row] = []
    for batch in split_rows(io.StringIO(sample, newline="").read, reading):
        rows += batch
        if len(rows) > SAMPLE_ROWS + TITLE_ROWS:
            break
    if not whole and len(rows) > 1:
        rows = rows[:-1]  # The sample may end within it.
    rows = rows[: SAMPLE_ROWS + TITLE_ROWS]
    header = _find_header(rows)
    return _Try(reading, tuple(rows), header, _judge(rows, header, reading))


def _judge(rows: Sequence[Row], header: _Header, reading: Reading) -> float:
    """How much the rows look like a table: 0 for nothing, about 7 for a perfect one."""
    if not rows:
        return 0.0
    below = rows[header.index + 1 :] if header.index is not None else rows
    below = below or rows
    readable = [row.cells for row in below if row.problem is None]
    mark = -3.0 * (len(below) - len(readable)) / len(below)
    if readable:
        width, alike = Counter(map(len, readable)).most_common(1)[0]
        called = sum(map(_count_number, readable))
        mark += 3.0 * called / len(readable)
        if width > 1:
            mark += 1.5 * alike / len(readable) + 0.3 + min(width, 20) * 0.001
        mark -= 1.0 * sum(map(_has_loose_quote, readable)) / len(readable)
    if header.index is not None:
        names = rows[header.index].cells
        mark += min(3, sum(map(names_column, names))) * 0.6
        if readable and len(names) == 1 < max(map(len, readable)):
            mark -= 0.5
    # What is not usual must gain something.
    unusual = (reading.skip_space, reading.wrapped, bool(reading.escape), reading.quote != '"')
    return mark - 0.01 * sum(unusual)


def _count_number(cells: Sequence[str]) -> float:
    """1 for a number alone in its cell, less for one with other text, or for two of them."""
    if any(looks_like_phone(plain(cell)) for cell in cells):
        return 1.0
    return 0.6 if any(find_cell_kind(cell) == "phone" for cell in cells) else 0.0


def _has_loose_quote(cells: Sequence[str]) -> bool:
    """Whether a cell has quotation marks around it, or one half of them, that were not read as such."""
    for cell in cells:
        text = cell.strip()
        if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
            return True
        if (
            text[:1] == '"'
            or (text[-1:] == '"' and text.count('"') == 1)
            or text[-1:] == "\\"
            or '\\"' in text
        ):
            return True
    return False


def _table_layout(best: _Try, wanted: bool | None) -> Layout:
    rows, found = best.rows, best.header
    reading = best.reading
    if wanted is False:
        return Layout(reading)
    index = found.index
    if wanted is True and index is None and rows:
        index = 0
    if index is None:
        return Layout(reading, header_unsure=found.unsure and wanted is None)
    # Titles above the names are passed over by lines; blank lines between them count as well.
    skip = rows[index].line - 1 if index else reading.skip_rows
    return Layout(
        replace(reading, header=True, skip_rows=skip), header_unsure=found.unsure and wanted is None
    )


def _list_layout(best: _Try, sample: str, encoding: str, skip: int, wanted: bool | None) -> Layout:
    header = bool(best.header.index == 0 and best.header.mark >= SURE) if wanted is None else wanted
    return Layout(Reading("list", encoding, "", header, skip))


def _is_list(best: _Try, sample: str) -> bool:
    """Whether the text is a list of numbers rather than a table with columns."""
    # A long line of numbers is too wide for a table.
    rows = [row for row in best.rows if row.problem in (None, TOO_WIDE)]
    if not rows or best.reading.wrapped or '"' in sample:
        return False
    headed = best.header.index is not None and best.header.mark >= SURE
    below = rows[best.header.index + 1 :] if headed and best.header.index is not None else rows
    filled = [[cell for cell in row.cells if cell.strip(BLANK)] for row in below]
    if not below or not any(filled):
        return False
    with_number = sum(any(find_number(cell) for cell in cells) for cells in filled)
    if max(map(len, filled)) == 1:
        if with_number < 0.6 * len(filled):
            return False
        if not headed:
            return find_number(below[0].cells[0]) is not None or not best.header.unsure
        # Under a name, numbers alone are a table of one column; with names of people beside them they are a list.
        pairs = [pair for cells in filled for cell in cells for pair in split_line(cell)]
        return best.reading.delimiter != ":" and 2 * sum(bool(name) for _, name in pairs) > len(pairs)
    if headed:
        return False
    if all(
        cells and _ends_with_number(cells[-1]) and not any(map(looks_like_phone, cells)) for cells in filled
    ):
        # `Lee, Ann +1…`: the comma is within a name.
        return True
    ragged = len(below) == 1 or len({len(row.cells) for row in below}) > 1
    return ragged and all(find_number(cell) is not None for cells in filled for cell in cells)


def _ends_with_number(cell: str) -> bool:
    match = find_number(cell)
    return (
        match is not None
        and any(map(str.isalpha, cell[: match.start()]))
        and not cell[match.end() :].strip(" )")
    )


# The row of names.


def _find_header(rows: Sequence[Row]) -> _Header:
    """The row of names: the first one, or a later one if what stands above are titles."""
    table = [row.cells for row in rows]
    if not table:
        return _Header(None, 0.0)
    kinds = [[find_cell_kind(cell) for cell in cells] for cells in table]
    widths = Counter(max((at + 1 for at, kind in enumerate(row) if kind), default=0) for row in kinds)
    usual = max(widths, key=lambda size: (widths[size], size))
    first = _mark_header(table, kinds, 0)
    if 2 * sum(kind != "" for kind in kinds[0]) < usual:
        # A title above the table, or a person of whom little is known.
        first = min(first, UNLIKELY)
    if first >= SURE and sum(kind != "" for kind in kinds[0]) >= usual > 2:
        return _Header(0, first)
    above = 0
    person = False
    for index in range(1, min(TITLE_ROWS, len(table))):
        if "phone" in kinds[index - 1] and not _is_title(table[index - 1]):
            if person or rows[index].line - rows[index - 1].line < 2:
                break
            # `Questions? Call,+1…` over a blank line: a title perhaps, or a person whom the names below are not for.
            person = True
        above = max(above, sum(kind != "" for kind in kinds[index - 1]))
        filled = sum(kind != "" for kind in kinds[index])
        if filled < above or 2 * filled < usual or rows[index].problem is not None:
            continue
        # `Date,2026-11-28` above `name,phone` is as wide, and looks less like names.
        least = SURE if filled > above else max(SURE, first + 1.5)
        mark = _mark_header(table, kinds, index)
        if mark >= least:
            if (
                index + 1 < len(table)
                and filled < sum(kind != "" for kind in kinds[index + 1])
                and (_mark_header(table, kinds, index + 1) >= max(SURE, mark))
            ):
                # Names of groups of columns stand above the names.
                index += 1
            return _Header(index, LIKELY if person else SURE)
    return _Header(0 if first >= LIKELY else None, first)


def _is_title(cells: Sequence[str]) -> bool:
    """Whether a row with a number in it is a text about the table: `Call list, questions to 202-555-0199`."""
    filled = [cell.strip(BLANK) for cell in cells if cell.strip(BLANK)]
    return len(filled) == 1 and len(filled[0].split()) > 4 and not looks_like_phone(filled[0])


def _mark_header(table: Sequence[Sequence[str]], kinds: Sequence[Sequence[str]], index: int) -> float:
    """How much a row looks like names, and the rows below it do not."""
    row, own = table[index], kinds[index]
    below, below_kinds = _drop_repeats(row, table[index + 1 :], kinds[index + 1 :])
    filled = [cell for cell, kind in zip(row, own, strict=True) if kind]
    comment = len(filled) == 1 and len(filled[0]) > 1 and filled[0].startswith("#")
    if "phone" in own or "email" in own or comment:
        return -9.0
    mark = known = 0.0
    contrast = missing = repeated = empty = 0
    for column, (cell, kind) in enumerate(zip(row, own, strict=True)):
        text = cell.strip(BLANK)
        there = [cells[column] for cells in below_kinds if column < len(cells) and cells[column]]
        typed = Counter(there).most_common(1)[0] if there else ("", 0)
        is_typed = typed[0] not in ("", "text") and typed[1] >= 0.6 * len(there)
        if not kind:
            missing += is_typed and typed[0] == "phone"
            empty += 2 * len(there) > len(below_kinds)
            continue
        same = any(
            column < len(cells) and cells[column].strip(BLANK).casefold() == text.casefold()
            for cells in below[:50]
        )
        repeated += same
        if kind == "text" and not same:
            if text.casefold() in _no_values():
                mark -= 2.0
                continue
            known += names_column(text)
            if is_typed and not any(map(str.isdigit, re.sub(r"\d{1,2}(?!\d)", "", text))):
                contrast += 1
        elif kind != "text":
            mark -= 2.0 if kind == "date" else 1.0
    mark += 3.5 * min(1.0, known) + (1.5 if known >= 2 else 0.0)
    if contrast:
        mark += min(5.0, 2.0 + 1.5 * (contrast - 1))
    return mark - 3.0 * missing - 3.0 * min(repeated, 2) - min(1.5, 0.5 * empty)


def _drop_repeats(
    row: Sequence[str], below: Sequence[Sequence[str]], kinds: Sequence[Sequence[str]]
) -> tuple[list[Sequence[str]], list[Sequence[str]]]:
    """The rows below, and their kinds, without those that have the very cells of the row: names once more, in a file
    that was put together from several."""
    own = sorted(cell.strip(BLANK).casefold() for cell in row)
    rest = [
        pair
        for pair in zip(below, kinds, strict=True)
        if len(pair[0]) != len(own) or sorted(cell.strip(BLANK).casefold() for cell in pair[0]) != own
    ]
    return [cells for cells, _ in rest], [kinds for _, kinds in rest]


_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_DAY = r"(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:\d{4}|\d\d))"
_DATE = re.compile(rf"{_DAY}(?:[T ]+\d{{1,2}}[:.]\d\d.*)?|\d{{1,2}}:\d\d.*")
_NUMBER = re.compile(r"[-+]?[$€£¥₹]?\s?\d[\d.,' \u00a0\u202f]*\s?[%$€£¥₹]?|0x[0-9a-fA-F]+")
_LONGEST_VALUE = 60
_LONGEST_NUMBER = 15
"""Digits; what has more is two numbers with a comma between them."""


def find_cell_kind(cell: str) -> str:
    """`phone`, `email`, `date`, `number`, `text`, or nothing for an empty cell."""
    text = plain(cell.strip(BLANK))
    if not text:
        return ""
    if len(text) > 4 * _LONGEST_VALUE:
        return "text"
    if "@" in text and _EMAIL.search(text):
        return "email"
    if not text.isascii() or any(map(str.isdigit, text)):
        if _DATE.fullmatch(text):
            return "date"
        if looks_like_phone(text):
            return "phone"
        if _NUMBER.fullmatch(text) and sum(map(str.isdigit, text)) <= _LONGEST_NUMBER:
            return "number"
        if len(text) <= _LONGEST_VALUE and find_number(text) is not None:
            return "phone"
    return "text"


@cache
def _common_names() -> frozenset[str]:
    return frozenset(
        fold_name(name) for name in layout_words.NAMES.replace("\n", " ").split(",") if name.strip()
    )


@cache
def _no_values() -> frozenset[str]:
    return frozenset(word.strip() for word in layout_words.NO_VALUES.replace("\n", " ").split(","))


WHOLE_NAME, _PART_OF_NAME = 1.0, 0.1
_QUESTION = 4
"""Words from which on a name is a form's question, not what somebody is called."""


@lru_cache(maxsize=4096)
def names_column(cell: str) -> float:
    """How much a cell looks like what a column is called: WHOLE_NAME, _PART_OF_NAME where only some of its words do
    (people are called Otto Fon and Ann Street), else 0.
    """
    text = cell.strip(BLANK)
    if not text or len(text) > 200 or any(sign in text for sign in ";\t|") or not any(map(str.isalpha, text)):
        return 0.0
    if fold_name(text) in _common_names():
        return WHOLE_NAME
    words = [word for word in re.split(r"[^\w]+|_|\d+", text) if word]
    common = sum(fold_name(word) in _common_names() for word in words)
    reading = read_name(text)
    if reading.meaning is Meaning.NUMBER:
        return _PART_OF_NAME if reading.unknown and len(words) < _QUESTION and not common else WHOLE_NAME
    if reading.meaning in (Meaning.WEAK_NUMBER, Meaning.SOMEBODY_ELSE):
        return WHOLE_NAME if len(words) == 1 else _PART_OF_NAME
    if reading.meaning is not Meaning.OTHER:
        return _PART_OF_NAME if reading.unknown else WHOLE_NAME
    if common and common == len(words):
        return WHOLE_NAME
    return _PART_OF_NAME if len(words) <= _QUESTION and 2 * common >= max(len(words), 2) else 0.0
