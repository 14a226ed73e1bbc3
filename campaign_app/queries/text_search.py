"""Text search: a part of a name or of another value, whatever its case and accents. No index serves it: only for
tables that are small enough to be looked through."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Function, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import GenericFunction

from campaign_app.domain.text_folding import ACCENTS, fold_text

POSTGRESQL = "lower(regexp_replace(normalize({}, NFKD), '" + ACCENTS + "', '', 'g'))"
FOLDED_SQL = {"sqlite": "fold_text({})", "postgresql": POSTGRESQL}
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
    """The pattern of LIKE, escaped by a backslash, that finds a part of a folded text."""
    return f"%{escape_like(fold_text(text.strip()))}%"


def has_part(column: InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """Whether a column's text has `text` in it."""
    return FoldedText(column).like(make_pattern(text), escape="\\")
