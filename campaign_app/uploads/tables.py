"""Tables of uploaded files: how one is read, its rows, and what was understood of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row cannot be read: a fixed code and a sentence."""

    code: str
    reason: str


@dataclass(slots=True)
class Row:
    """`line` is where the row begins in the file, from 1. With a problem, `cells` are what could be read."""

    line: int
    cells: list[str]
    problem: RowProblem | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file is read. The same reading gives the same rows."""

    format: str
    """`delimited`, `list` (numbers, one or more per line, with or without names), `xlsx`, `ods` or `vcard`."""
    encoding: str
    """A Python codec's name; `utf-8` for converted formats."""
    delimiter: str
    """One character; empty for a list."""
    header: bool
    """Whether the row after `skip_rows` has the columns' names."""
    skip_rows: int
    """Lines above the table: Excel's `sep=;`, PowerShell's `#TYPE`, titles, blank lines."""
    sheet: str | None = None
    quote: str = '"'
    escape: str = ""
    """The character before a quote that is text; most files double the quote instead."""
    skip_space: bool = False
    """Whether blanks after a delimiter are no part of the cell: `a, "b, c"`."""
    wrapped: bool = False
    """Whether whole rows stand in quotes: `"Ann,""Lee, Ann"",+1…"`."""
    width: int = 0
    """Cells of a usual row; 0 where they were not counted. A row with more has a separator within a cell."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Reading:
        """What `to_json` wrote."""
        return cls(**value)

    @property
    def is_converted(self) -> bool:
        """Whether the file on the disk is what prepare_upload made of a workbook or of vCards."""
        return self.format in ("xlsx", "ods", "vcard")


@dataclass(frozen=True, slots=True)
class EncodingChoice:
    """An encoding that the file may have, and two of its rows read so."""

    encoding: str
    label: str
    sample: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Understanding:
    """What a look at a file's beginning tells."""

    reading: Reading
    names: tuple[str, ...]
    """The columns' names, each once, at most 64 characters; `column_3` where the file has none."""
    original_names: tuple[str, ...]
    """As the file has them, in parallel; empty where it has none."""
    rows: tuple[Row, ...]
    """The first rows after the header, at most 200."""
    encoding_choices: tuple[EncodingChoice, ...] = ()
    """More than one where the encoding is unsure; the likelier first, which is the reading's."""
    header_unsure: bool = False
    sheets: tuple[str, ...] = ()
    """A workbook's sheets with data; `chosen` may name one, else the first is read."""
    notices: tuple[tuple[str, str], ...] = ()
    """(code, sentence) of what the file hides, or keeps apart, that somebody must know before its rows are called."""
