"""Reading of uploaded files: understood by a look at their beginning, then row by row."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from campaign_app.domain.column_names import Meaning, fold_name, read_name
from campaign_app.domain.column_values import looks_like_phone
from campaign_app.domain.csv_cells import MAX_COLUMNS, MAX_NAME, plain

from .conversion import ConvertedFile, Sheet, is_do_not_call_name, read_index
from .encodings import FoundEncoding, decoded_head, find_codec, find_encoding
from .errors import UnknownChoice, UnreadableFile
from .headers import follow_headers
from .layout import find_layout
from .lists import split_list
from .rows import LineBatches, split_rows
from .tables import Reading, Row, Understanding

OTHER_SHEETS = "other-sheets"
"""The code of the notice that a workbook has numbers which are not read: a question in a do-not-call file, too."""
SHEET_HEAD = 32_768
"""Bytes of a sheet beside the one that is read."""
FIRST_ROWS = 200
SAMPLE = 262_144
"""Characters of the beginning by which the layout is found."""
DELIMITER_NAMES = {
    "tab": "\t",
    "\\t": "\t",
    "comma": ",",
    "semicolon": ";",
    "pipe": "|",
    "colon": ":",
    "space": " ",
}


def understand_file(
    path: Path,
    *,
    region: str | None,
    language: str | None = None,
    chosen: Mapping[str, object] | None = None,
    listing: bool = False,
) -> Understanding:
    """What a look at a prepared file's beginning tells.

    `region` and `language` (ISO codes, of the campaign and of who uploads) say which letters to expect; `chosen` fixes
    `encoding`, `delimiter`, `header`, `sheet` and `format` (`list`). With `listing` it is a do-not-call file: of a
    workbook the sheet that is called so is read. Raises UnreadableFile with a sentence for the operator, UnknownChoice.
    """
    chosen = chosen or {}
    is_chosen = bool(chosen.get("sheet"))
    converted = read_index(path)
    if converted is not None:
        encoding = FoundEncoding("utf-8")
        if chosen.get("format") not in (None, converted.format):
            raise UnknownChoice("format", f"the file is {converted.format}, and read as nothing else")
        base = _sheet_reading(converted, chosen, listing)
        with _open_rows(path, base) as text:
            sample = text.read(SAMPLE + 1)
        chosen = {"delimiter": ",", **{name: chosen[name] for name in ("header",) if name in chosen}}
    else:
        named = chosen.get("encoding")
        encoding = (
            FoundEncoding(find_codec(str(named)))
            if named
            else find_encoding(path, region=region, language=language)
        )
        chosen = {**chosen, "delimiter": _delimiter(chosen.get("delimiter"))}
        sample = decoded_head(path, encoding.codec, SAMPLE + 1)
    layout = find_layout(sample, encoding.codec, whole=len(sample) <= SAMPLE, chosen=chosen)
    reading = layout.reading
    if converted is not None:
        reading = replace(reading, format=base.format, sheet=base.sheet)
    header, rows = _first_rows(path, reading)
    if header is not None and reading.format == "delimited":
        reading = replace(reading, width=_usual_width(header, rows))
        header, rows = _first_rows(path, reading)
    if header is None and not rows:
        raise UnreadableFile("The file has no rows.")
    broken = header if header is not None and header.problem is not None else None
    if broken is None and rows and all(row.problem is not None for row in rows):
        broken = rows[0]
    if broken is not None and broken.problem is not None:
        raise UnreadableFile(
            f"Line {broken.line} cannot be read: {broken.problem.reason}. Correct it, or choose another delimiter, and "
            "upload the file again."
        )
    originals = _originals(header, rows, reading)
    return Understanding(
        reading=reading,
        names=name_columns(originals) if reading.format != "list" else tuple(originals),
        original_names=tuple(originals),
        rows=tuple(rows),
        encoding_choices=encoding.choices,
        header_unsure=layout.header_unsure,
        sheets=tuple(sheet.name for sheet in converted.sheets) if converted is not None else (),
        notices=(
            (
                *_list_notices(converted, reading.sheet),
                *([] if is_chosen else _list_other_sheets(path, converted, reading.sheet, listing)),
            )
            if converted is not None
            else ()
        ),
    )


def _list_notices(converted: ConvertedFile, name: str | None) -> Iterator[tuple[str, str]]:
    sheet = converted.find_sheet(name)
    if sheet is None:
        return
    if sheet.hidden:
        yield (
            "hidden-sheet",
            f"The sheet “{sheet.name}” is hidden in the workbook. Is it the one whose people are to be called?",
        )
    if sheet.hidden_rows:
        rows = "A row is" if sheet.hidden_rows == 1 else f"{sheet.hidden_rows:,} rows are"
        yield (
            "hidden-rows",
            f"{rows} hidden in the sheet, as by a filter, and would be called like the others. Delete them, and upload "
            "the file again, if they are not to be called.",
        )
    if sheet.hidden_columns:
        columns = "A column is" if sheet.hidden_columns == 1 else f"{sheet.hidden_columns:,} columns are"
        yield (
            "hidden-columns",
            f"{columns} hidden in the sheet, and read like the others. Look at what they are taken for.",
        )
    lists = [other.name for other in converted.sheets if other != sheet and is_do_not_call_name(other.name)]
    if lists:
        yield (
            "do-not-call-sheet",
            f"The workbook also has the sheet “{lists[0][:60]}”. Its numbers are not left out here: upload it as a "
            "do-not-call file first.",
        )
    if is_do_not_call_name(sheet.name):
        yield (
            "do-not-call-sheet",
            f"The sheet “{sheet.name[:60]}” is called a do-not-call list. Are its people to be called all the same?",
        )
    yield from _list_label_notices(sheet)


def _list_other_sheets(
    path: Path, converted: ConvertedFile, name: str | None, listing: bool
) -> Iterator[tuple[str, str]]:
    """What to say of the numbers in sheets that are not read."""
    read = converted.find_sheet(name)
    others = [
        sheet
        for sheet in converted.sheets
        if sheet != read
        and not sheet.hidden
        and (listing or not is_do_not_call_name(sheet.name))
        and _has_numbers(path, sheet)
    ]
    if others:
        named = ", ".join(f"“{sheet.name[:60]}”" for sheet in others[:3])
        yield (
            OTHER_SHEETS,
            f"The workbook also has numbers in {named}{' and more sheets' if len(others) > 3 else ''}, and only one "
            "sheet is read. Choose the right one, and upload the others as files of their own.",
        )


def _has_numbers(path: Path, sheet: Sheet) -> bool:
    """Whether the first rows of a sheet have a phone number alone in a cell."""
    with path.open("rb") as raw:
        raw.seek(sheet.start)
        head = raw.read(min(sheet.end - sheet.start, SHEET_HEAD))
    rows = csv.reader(io.StringIO(head.decode("utf-8", "replace"), newline=""))
    return any(looks_like_phone(plain(cell)) for row in islice(rows, FIRST_ROWS) for cell in row)


def _list_label_notices(sheet: Sheet) -> Iterator[tuple[str, str]]:
    if sheet.labels:
        named = ", ".join(f"“{label}”" for label in sheet.labels[:3])
        yield (
            "labels",
            f"Some numbers have labels that do not say whose they are, such as {named}. They stand in the column "
            "labeled_phone, and are not called unless you choose it.",
        )


def _delimiter(value: object) -> str:
    """A chosen delimiter as a character; empty if it is not chosen."""
    if value is None or value == "":
        return ""
    text = DELIMITER_NAMES.get(str(value).strip().lower() or str(value), str(value))
    if len(text) != 1 or text.isalnum() or text in "\"'\\\r\n\0":
        raise UnknownChoice("delimiter", "use one character, such as , or ; or “tab” or “space”")
    return text


def _sheet_reading(converted: ConvertedFile, chosen: Mapping[str, object], listing: bool) -> Reading:
    name = chosen.get("sheet")
    sheet = converted.find_sheet(str(name) if name else None)
    if listing and not name:
        sheet = next((found for found in converted.sheets if is_do_not_call_name(found.name)), sheet)
    if sheet is None:
        listed = ", ".join(f"“{found.name}”" for found in converted.sheets)
        raise UnknownChoice(
            "sheet", f"the workbook has no sheet “{str(name)[:40]}” with data; it has {listed}"
        )
    return Reading(converted.format, "utf-8", ",", False, 0, sheet.name)


def _first_rows(path: Path, reading: Reading) -> tuple[Row | None, list[Row]]:
    """The row of names, if there is one, and the first rows below it."""
    header = next(read_rows(path, replace(reading, header=False, width=0)), None) if reading.header else None
    return header, list(islice(read_rows(path, reading), FIRST_ROWS))


def _usual_width(header: Row, rows: Sequence[Row]) -> int:
    """Cells of a usual row below a header: at least its names, and delimiters at the end of most rows. Cells with text
    beyond the names do not count: a separator within a cell has moved them there. 0 below a single name, where no
    cell can be taken for another column's."""
    if len(header.cells) == 1:
        return 0
    named = len(header.cells)
    while named and not header.cells[named - 1].strip():
        named -= 1
    tables = [row.cells for row in rows if row.problem is None]
    if tables and _lacks_first_name(header.cells, tables):
        return len(header.cells) + 1
    widths = Counter(
        len(cells) for cells in tables if not any(cell.strip() for cell in cells[len(header.cells) :])
    )
    return max(named, max(widths, key=lambda size: (widths[size], -size), default=0))


def _originals(header: Row | None, rows: Sequence[Row], reading: Reading) -> list[str]:
    """The columns' names as the file has them: empty where it has none, without empty columns at the end.

    Cells of single rows beyond the table are no column of it.
    """
    if reading.format == "list":
        return ["phone", "name"] if any(row.cells[1:2] > [""] for row in rows) else ["phone"]
    names = list(header.cells) if header is not None else []
    tables = [row.cells for row in rows if row.problem is None]
    width = 0
    for column in range(max(map(len, tables), default=0)):
        reaching = sum(len(cells) > column for cells in tables)
        if 2 * reaching <= len(tables):
            break
        if any(len(cells) > column and cells[column].strip() for cells in tables):
            width = column + 1
    if len(names) == width - 1 and _lacks_first_name(names, tables):
        names.insert(0, "")
    while len(names) > width and not names[-1].strip():
        names.pop()
    names += [""] * (width - len(names))
    if len(names) > MAX_COLUMNS:
        raise UnreadableFile(
            f"The table has {len(names):,} columns; at most {MAX_COLUMNS:,} can be read. Remove those that are not "
            "needed, and upload the file again."
        )
    return names or [""]


def _lacks_first_name(names: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether the rows have a cell before the first name, as R writes its rows' names: then the numbers stand one
    further to the right than their name.
    """
    if any(len(cells) != len(names) + 1 for cells in rows):
        return False
    called = [index for index, name in enumerate(names) if read_name(name).meaning is Meaning.NUMBER]
    here = sum(looks_like_phone(plain(cells[index])) for cells in rows for index in called)
    beside = sum(looks_like_phone(plain(cells[index + 1])) for cells in rows for index in called)
    return beside > here


def name_columns(originals: Sequence[str]) -> tuple[str, ...]:
    """A name for each column, none twice: the file's own, shortened, or `column_3` where it has none."""
    names: list[str] = []
    taken: set[str] = set()
    for index, original in enumerate(originals):
        own = re.sub(r"\s+", " ", re.sub(r"[\0-\x08\x0e-\x1f\ufeff]", "", original)).strip()
        if len(own) > MAX_NAME:
            own = own[: MAX_NAME - 1].rstrip() + "…"
        name, again = own or f"column_{index + 1}", 2
        while fold_name(name) in taken:
            tail = f"_{again}"
            name, again = (own or f"column_{index + 1}")[: MAX_NAME - len(tail)] + tail, again + 1
        names.append(name)
        taken.add(fold_name(name))
    return tuple(names)


def read_rows(
    path: Path, reading: Reading, *, start_row: int = 0, report_bytes: Callable[[int], None] | None = None
) -> Iterator[Row]:
    """The rows of a prepared file after its header, but for the first `start_row` of them.

    `report_bytes` is told from time to time how many bytes of the file are read. Raises UnreadableFile when most of
    very many rows are broken.
    """
    passed = reading.header + start_row
    with _open_rows(path, reading) as text:
        batches = _split_list(text, reading) if reading.format == "list" else split_rows(text.read, reading)
        if reading.header and reading.format != "list":
            batches = follow_headers(batches, reading)
        for rows in batches:
            if passed >= len(rows):
                passed -= len(rows)
            else:
                yield from rows[passed:] if passed else rows
                passed = 0
            if report_bytes is not None:
                report_bytes(cast(BinaryIO, text.buffer).tell())


def _split_list(text: io.TextIOWrapper, reading: Reading) -> Iterator[list[Row]]:
    lines = LineBatches(text.read)
    if not lines.skip(reading.skip_rows):
        return
    yield from split_list(lines)


class _Part(io.BufferedIOBase):
    """One sheet of a converted file, as a file of its own. `tell` counts the whole file's bytes."""

    def __init__(self, raw: BinaryIO, start: int, end: int) -> None:
        self._raw = raw
        self._end = end
        self.name = raw.name
        raw.seek(start)

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        left = self._end - self._raw.tell()
        return self._raw.read(left if size is None or size < 0 else min(size, left))

    read1 = read

    def tell(self) -> int:
        return self._raw.tell()

    def close(self) -> None:
        self._raw.close()
        super().close()


def _open_rows(path: Path, reading: Reading) -> io.TextIOWrapper:
    raw = path.open("rb")
    if not reading.is_converted:
        return io.TextIOWrapper(raw, reading.encoding, errors="replace", newline="")
    converted = read_index(path)
    sheet = converted.find_sheet(reading.sheet) if converted is not None else None
    if sheet is None:
        raw.close()
        raise UnreadableFile("The converted workbook is damaged. Upload it again.")
    return io.TextIOWrapper(_Part(raw, sheet.start, sheet.end), "utf-8", errors="replace", newline="")
