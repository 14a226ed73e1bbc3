"""Workbook process: reads an XLSX or ODS file with python-calamine and writes its sheets as CSV.

Runs as a process of its own, `python workbook_process.py SOURCE TARGET MAX_ROWS MAX_BYTES MEMORY SECONDS`, for a sheet
is in memory as a whole while it is read: what a file made to exhaust it takes is given back, and bounded. It imports
the standard library and calamine only, to begin at once. Prints a line of JSON: {"sheets": [{"name", "start", "end",
"hidden", "hidden_rows", "hidden_columns"}]}, places in bytes of the target, or {"error": code}.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import posixpath
import re
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from html import unescape
from typing import Any

MIDNIGHT = datetime.time()
PIECE = 1 << 20
"""Bytes of XML that are looked at together."""
TAGS = re.compile(rb"<(?:[\w.-]+:)?(?:row|col|table|table-row|table-column)\b[^<>]*>")
"""Rows and columns of XLSX, and tables with theirs of ODS."""
ATTRIBUTE = re.compile(rb"""([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
MOST_REPEATED = 10_000
"""A row that is repeated more often is the empty rest of a sheet."""


def main(arguments: list[str]) -> None:
    source, target = arguments[:2]
    max_rows, max_bytes, memory, seconds = map(int, arguments[2:])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print(json.dumps(convert(source, target, max_rows, max_bytes)))


def convert(source: str, target: str, max_rows: int, max_bytes: int) -> dict[str, Any]:
    from python_calamine import (
        CalamineError,
        CalamineWorkbook,
        PasswordError,
        SheetTypeEnum,
        SheetVisibleEnum,
    )

    sheets, rows_left = [], max_rows
    try:
        workbook = CalamineWorkbook.from_path(source)
        hidden = find_hidden(source)
        with open(target, "wb") as raw:
            for about in workbook.sheets_metadata:
                if about.typ is not SheetTypeEnum.WorkSheet:
                    continue
                sheet = workbook.get_sheet_by_name(about.name)
                if sheet.start is None:
                    continue
                start = raw.tell()
                text = io.TextIOWrapper(raw, "utf-8", errors="replace", newline="", write_through=False)
                written = write_rows(sheet, text, rows_left, max_bytes - start)
                text.flush()
                text.detach()
                if isinstance(written, str):
                    return {"error": written}
                rows_left -= written
                if written:
                    rows, columns = hidden.get(about.name, (0, []))
                    last = sheet.end[1] if sheet.end is not None else 0
                    sheets.append(
                        {
                            "name": about.name,
                            "start": start,
                            "end": raw.tell(),
                            "hidden": about.visible is not SheetVisibleEnum.Visible,
                            "hidden_rows": rows,
                            "hidden_columns": sum(first <= last for first in columns),
                        }
                    )
                del sheet
    except PasswordError:
        return {"error": "password"}
    except (CalamineError, ValueError, OSError):
        return {"error": "damaged"}
    except MemoryError:
        return {"error": "too-large"}
    return {"sheets": sheets}


def find_hidden(source: str) -> dict[str, tuple[int, list[int]]]:
    """By sheet, how many rows with cells are hidden, and which columns from 0. Nothing where the parts cannot be found:
    calamine read them by other means."""
    found: dict[str, tuple[int, list[int]]] = {}
    with (
        suppress(KeyError, zipfile.BadZipFile, zlib.error, OSError, EOFError),
        zipfile.ZipFile(source) as archive,
    ):
        if "content.xml" in archive.namelist():
            with archive.open("content.xml") as stream:
                return count_hidden_of_tables(read_tags(stream))
        for name, part in find_sheet_parts(archive):
            with suppress(KeyError), archive.open(part) as stream:
                found[name] = count_hidden(read_tags(stream))
    return found


def find_sheet_parts(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """(name, path) of an XLSX file's sheets."""
    links = {}
    for tag in re.findall(rb"<(?:\w+:)?Relationship\b[^>]*>", archive.read("xl/_rels/workbook.xml.rels")):
        attributes = read_attributes(tag)
        links[attributes.get("Id", "")] = attributes.get("Target", "")
    for tag in re.findall(rb"<(?:\w+:)?sheet\b[^>]*>", archive.read("xl/workbook.xml")):
        attributes = read_attributes(tag)
        link = next((value for name, value in attributes.items() if name.endswith(":id")), "")
        target = links.get(link, "")
        part = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}")
        yield attributes.get("name", ""), part


def read_tags(stream: Any) -> Iterator[tuple[str, dict[str, str], bool]]:
    """(name, attributes, whether it is empty) of the tags about rows and columns."""
    text = b""
    while piece := stream.read(PIECE):
        text += piece
        cut = text.rfind(b"<")
        for tag in TAGS.finditer(text, 0, cut if cut > 0 else len(text)):
            yield name_of(tag[0]), read_attributes(tag[0]), tag[0].endswith(b"/>")
        text = text[max(cut, 0) :][-PIECE:]
    for tag in TAGS.finditer(text):
        yield name_of(tag[0]), read_attributes(tag[0]), tag[0].endswith(b"/>")


def name_of(tag: bytes) -> str:
    return re.split(rb"[\s/>]", tag[1:], maxsplit=1)[0].rpartition(b":")[2].decode()


def read_attributes(tag: bytes) -> dict[str, str]:
    return {
        name.decode("utf-8", "replace"): unescape((first or second).decode("utf-8", "replace"))
        for name, first, second in ATTRIBUTE.findall(tag)
    }


def count_hidden(tags: Iterator[tuple[str, dict[str, str], bool]]) -> tuple[int, list[int]]:
    """Of a sheet of XLSX."""
    rows = 0
    columns: list[int] = []
    for name, attributes, empty in tags:
        if attributes.get("hidden") not in ("1", "true"):
            continue
        if name == "row":
            rows += not empty
        elif name == "col":
            first = int(attributes.get("min", "1"))
            columns += range(first - 1, min(int(attributes.get("max", first)), first + 200))
    return rows, columns


def count_hidden_of_tables(
    tags: Iterator[tuple[str, dict[str, str], bool]],
) -> dict[str, tuple[int, list[int]]]:
    """Of the tables of an ODS file."""
    found: dict[str, tuple[int, list[int]]] = {}
    table, rows, column = "", 0, 0
    columns: list[int] = []
    for name, attributes, empty in tags:
        hidden = attributes.get("table:visibility") in ("collapse", "filter")
        if name == "table":
            table, rows, column, columns = attributes.get("table:name", ""), 0, 0, []
        elif name == "table-column":
            repeated = int(attributes.get("table:number-columns-repeated", "1"))
            columns += range(column, column + min(repeated, 200)) if hidden else ()
            column += repeated
        elif name == "table-row" and hidden and not empty:
            repeated = int(attributes.get("table:number-rows-repeated", "1"))
            rows += repeated if repeated < MOST_REPEATED else 0
        if table:
            found[table] = (rows, columns)
    return found


def write_rows(sheet: Any, text: io.TextIOWrapper, max_rows: int, max_bytes: int) -> int | str:
    """How many rows have text; or what is too much."""
    writer = csv.writer(text)
    filled, size, blank = 0, 0, 0
    for row in sheet.iter_rows():
        cells = [cell if type(cell) is str else show(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if not cells:
            blank += 1
            continue
        # Blank rows are written as such, so that a row's line is its number in the sheet; those at the end are not.
        if blank:
            text.write("\r\n" * blank)
            blank = 0
        filled += 1
        size += sum(map(len, cells)) + len(cells)
        if filled > max_rows:
            return "too-many-rows"
        if size > max_bytes:
            return "too-large"
        writer.writerow(cells)
    return filled


def show(value: Any) -> str:
    """A cell's value as text: whole numbers without a fraction, dates as ISO 8601 has them."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value == int(value) if abs(value) < 1e300 else False:
            return str(int(value))
        return format(Decimal(repr(value)), "f") if abs(value) < 1e300 else repr(value)
    if isinstance(value, datetime.datetime):
        if value.time() == MIDNIGHT:
            return value.date().isoformat()
        return value.isoformat(" ", "seconds" if value.second else "minutes")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, datetime.time):
        return value.isoformat("seconds" if value.second else "minutes")
    return str(value)


if __name__ == "__main__":
    main(sys.argv[1:])
