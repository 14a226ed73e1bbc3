"""Statements that are compiled once in a run: hundreds of tests make an engine, and ask it the same things."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache

STATEMENTS = 20_000


def share_compiled_statements() -> None:
    """SQLAlchemy keeps what it compiled for each engine apart, by the dialect that each has of its own. The product
    makes all of its engines alike, so those of one kind and version of database are as good as one."""
    shared: LRUCache[Any, Any] = LRUCache(STATEMENTS)

    def are_alike(self: DefaultDialect, other: object) -> bool:
        return (
            isinstance(other, DefaultDialect)
            and type(self) is type(other)
            and self.paramstyle == other.paramstyle
            and getattr(self, "server_version_info", None) == getattr(other, "server_version_info", None)
        )

    Engine._compiled_cache = property(lambda engine: shared, lambda engine, own: None)  # type: ignore[assignment]
    for dialect in (PGDialect, SQLiteDialect):
        dialect.__eq__ = are_alike  # type: ignore[method-assign, assignment]
        dialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]
