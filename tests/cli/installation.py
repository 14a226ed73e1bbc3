"""An installation's folder and database, used by the command line as its operator does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from campaign_app import create_app
from campaign_app.config import Settings
from campaign_app.extensions import db, make_engine
from tests.cli.commands_support import Commands
from tests.support.clock import FakeClock


class Installation:
    """An instance folder and a database, by the command line."""

    def __init__(self, folder: Path, url: str, **more: Any) -> None:
        self.folder, self.url = folder, url
        self.settings = Settings(instance_path=folder, database_url=url, **more)
        clock = FakeClock()
        clock.move(60)
        self.app: Flask = create_app(self.settings, clock=clock)
        self.run = Commands(self.app)

    def must(self, *words: str) -> str:
        done = self.run(*words)
        self.close()
        assert done.exit_code == 0, done.output
        return done.output

    def refused(self, *words: str) -> str:
        """One line, exit status 2, and the database as it was."""
        before = self.rows()
        done = self.run(*words)
        self.close()
        assert done.exit_code == 2, done.output
        assert done.output.startswith("Error: ")
        assert done.output.count("\n") == 1
        assert self.rows() == before
        assert not [*self.folder.glob("backup-scratch-*")]
        return done.output

    def rows(self) -> dict[str, int]:
        engine = make_engine(self.url)
        try:
            with engine.connect() as connection:
                return {
                    table: connection.execute(sa.text(f'SELECT count(*) FROM "{table}"')).scalar_one()
                    for table in sorted(sa.inspect(connection).get_table_names())
                }
        finally:
            engine.dispose()

    def backup(self) -> Path:
        [path] = [*(self.folder / "backups").iterdir()]
        return path

    def close(self) -> None:
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


def run_sql(url: str, statement: str) -> None:
    engine = make_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()
