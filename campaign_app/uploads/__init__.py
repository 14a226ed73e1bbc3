"""Uploaded files as tables: what a file is, how it is read, and its rows one at a time.

    kind = prepare_upload(part, whole, filename="list.xlsx")     # workbooks and vCards become CSV; UnreadableFile
    found = understand_file(whole, region="DE", chosen={…})      # a look at the beginning: Reading, names, first rows
    for row in read_rows(whole, found.reading): …                # all of it, in bounded memory

`chosen` may fix `encoding`, `delimiter`, `header` and `sheet` (UnknownChoice where the file or Python has no such
thing). A Reading is plain data: kept as JSON, it reads the same rows in any process. Row.line is the line of the file
(of a workbook: the sheet's row). A row that cannot be read costs itself: it is handed out with its `problem`. Cells
beyond the columns' names stand in the row only, for the report of what was refused.
"""

from __future__ import annotations

from .conversion import prepare_upload
from .errors import UnknownChoice, UnreadableFile
from .reading import read_rows, understand_file
from .tables import EncodingChoice, Reading, Row, RowProblem, Understanding

__all__ = [
    "EncodingChoice",
    "Reading",
    "Row",
    "RowProblem",
    "Understanding",
    "UnknownChoice",
    "UnreadableFile",
    "prepare_upload",
    "read_rows",
    "understand_file",
]
