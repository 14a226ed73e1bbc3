"""CSV cells: what they may hold on their way in, and how they are made safe on their way out."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence

MAX_COLUMNS = 1_000
"""Of an uploaded table."""
MAX_NAME = 64
"""Characters of a column's and of a variable's name."""
MAX_VALUE = 1_000
"""Characters of a variable's value."""
KEPT = 200
"""Characters of each cell that are kept of a row that was not added."""

MARKED_DIGITS = re.compile(r"'[\d(][\d ().\-/]*")
"""`'02101`: digits that a spreadsheet is to keep as they are."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def neutralize(cell: str) -> str:
    """The cell as a spreadsheet shows it without computing it: what begins like a formula gets an apostrophe
    in front.

    So do phone numbers in CSV, which begin with `+`; JSON and NDJSON carry every value untouched. Uploads
    take the apostrophe off again (`plain`): a file that was downloaded here can be corrected and uploaded
    again. (OWASP, "CSV Injection".)
    """
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def plain(cell: str) -> str:
    """The cell without spaces around it, and without the apostrophe by which `neutralize` or Excel marks
    text.
    """
    cell = cell.strip()
    if cell.startswith("'") and (cell[1:].startswith(FORMULA) or MARKED_DIGITS.fullmatch(cell)):
        return cell[1:].strip()
    return cell


def kept(cells: Sequence[str]) -> list[str]:
    """The cells as they are kept of a row that was not added: shortened; without NUL, which PostgreSQL
    refuses.
    """
    return [_shortened(cell.replace("\0", "␀").strip()) for cell in cells[:MAX_COLUMNS]]


def _shortened(cell: str) -> str:
    return cell if len(cell) <= KEPT else cell[: KEPT - 1] + "…"


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """The rows as RFC 4180 has them, every formula neutralized; None is an empty cell."""
    out = io.StringIO()
    csv.writer(out).writerows(["" if cell is None else neutralize(str(cell)) for cell in row] for row in rows)
    return out.getvalue()
