"""A database at some revision, read and written by plain SQL."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Flask

from campaign_app.extensions import db
from campaign_app.models import Base

AT = "2026-11-20 15:00:00.000000"


def drop_tables(engine: sa.Engine) -> None:
    """All tables, and what says of which revision they are: as before the first migration."""
    Base.metadata.drop_all(engine)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE alembic_version"))


class Migrated:
    """A database at some revision, read and written by plain SQL."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def to(self, command: str, revision: str) -> None:
        done = self.app.test_cli_runner().invoke(args=["db", command, revision])
        assert done.exit_code == 0, done.output

    def run(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.app.app_context(), db.engine.connect() as connection:
            done = connection.execute(sa.text(statement), values)
            rows = [tuple(row) for row in done] if done.returns_rows else []
            connection.commit()
            return rows

    def insert(self, table: str, **values: Any) -> None:
        names = ", ".join(f'"{name}"' for name in values)
        marks = ", ".join(f":{name}" for name in values)
        self.run(f"INSERT INTO {table} ({names}) VALUES ({marks})", **values)
