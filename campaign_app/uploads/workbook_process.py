"""Workbook process: reads an XLSX or ODS file with python-calamine and writes its sheets as CSV.

Runs as a process of its own, `python workbook_process.py SOURCE TARGET MAX_ROWS MAX_BYTES MEMORY SECONDS`, for a sheet
is in memory as a whole while it is read: what a file made to exhaust it takes is given back, and bounded. It imports
the standard library and calamine only, to begin at once. Prints a line of JSON: {"sheets": [{"name", "start", "end"}]}
in bytes of the target, or {"error": code}.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import resource
import sys
from decimal import Decimal
from typing import Any

MIDNIGHT = datetime.time()


def main(arguments: list[str]) -> None:
    source, target = arguments[:2]
    max_rows, max_bytes, memory, seconds = map(int, arguments[2:])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    print(json.dumps(convert(source, target, max_rows, max_bytes)))


def convert(source: str, target: str, max_rows: int, max_bytes: int) -> dict[str, Any]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

    sheets, rows_left = [], max_rows
    try:
        workbook = CalamineWorkbook.from_path(source)
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
                    sheets.append({"name": about.name, "start": start, "end": raw.tell()})
                del sheet
    except PasswordError:
        return {"error": "password"}
    except (CalamineError, ValueError, OSError):
        return {"error": "damaged"}
    except MemoryError:
        return {"error": "too-large"}
    return {"sheets": sheets}


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
