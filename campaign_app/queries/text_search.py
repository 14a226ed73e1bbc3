"""Text search: a part of a name or of another value, whatever its case and accents. No index serves it: only for
tables that are small enough to be looked through."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Function, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from campaign_app.domain.text_folding import (
    ACCENTS,
    BLANKS,
    FOLDED_LETTERS,
    FOLDED_PAIRS,
    NEVER_FOLDED,
    fold_text,
)


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _list_capitals() -> dict[str, str]:
    """Capitals of Latin, Greek, Cyrillic and Armenian: a database whose locale is C has small ones of ASCII only."""
    return {
        char: char.lower()
        for char in map(chr, range(0x80, 0x590))
        if len(char.lower()) == 1 and char.lower() != char
    }


def _fold_in_postgresql() -> str:
    folded = f"lower(regexp_replace(normalize({{}}, NFKD), {_quote(ACCENTS)}, '', 'g'))"
    table = _list_capitals() | FOLDED_LETTERS
    letters, plain = "".join(table), "".join(table.values())
    folded = f"translate({folded}, {_quote(letters)}, {_quote(plain)})"
    for letter, pair in FOLDED_PAIRS.items():
        folded = f"replace({folded}, {_quote(letter)}, {_quote(pair)})"
    return f"regexp_replace({folded}, {_quote(BLANKS)}, ' ', 'g')"


FOLDED_SQL = {"sqlite": "fold_text({})", "postgresql": _fold_in_postgresql()}
"""An expression folded as domain/text_folding.py folds a text; {} is the expression. extensions.py gives every
connection to SQLite the function."""


class FoldedText(GenericFunction[str]):
    """A column without case and accents."""

    type = Text()
    inherit_cache = True


@compiles(FoldedText)
def _compile_folded(element: Function[str], compiler: SQLCompiler, **options: Any) -> str:
    [column] = element.clauses
    return FOLDED_SQL[compiler.dialect.name].format(compiler.process(column, **options))


def escape_like(text: str) -> str:
    return text.replace("\0", "").replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def make_pattern(text: str) -> str:
    """The pattern of LIKE, escaped by a backslash, that finds a part of a folded text. A text of which folding leaves
    nothing, such as an accent by itself, finds nothing."""
    return f"%{escape_like(fold_text(text).strip()) or NEVER_FOLDED}%"


def has_part(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """Whether a column's text has `text` in it."""
    return FoldedText(column).like(make_pattern(text), escape="\\")
