"""Status moves: every change of a campaign's, a contact's or an attempt's status that a test database sees, written
down by triggers, and those among them that TRANSITIONS does not have.

The product moves many rows in one statement, and several times in one transaction: only the database sees each move.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import Connection, Engine

from campaign_app.domain import attempt, campaign, contact
from campaign_app.transaction import begin_write

Tables = Mapping[str, Mapping[str, Mapping[str, str]]]
MACHINES: dict[str, Mapping[Any, Mapping[Any, str]]] = {
    "campaigns": campaign.TRANSITIONS,
    "contacts": contact.TRANSITIONS,
    "attempts": attempt.TRANSITIONS,
}
TABLES: Tables = {
    noun: {
        str(before): {str(after): why for after, why in targets.items()} for before, targets in table.items()
    }
    for noun, table in MACHINES.items()
}
"""By the database's table: what may follow each status."""

SQLITE = [
    """CREATE TABLE IF NOT EXISTS status_moves
       (id INTEGER PRIMARY KEY, noun TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL)""",
    *(
        f"""CREATE TRIGGER IF NOT EXISTS record_{noun}_moves AFTER UPDATE OF status ON {noun}
            WHEN OLD.status IS NOT NEW.status
            BEGIN INSERT INTO status_moves (noun, before, after) VALUES ('{noun}', OLD.status, NEW.status); END"""
        for noun in TABLES
    ),
]
POSTGRES = [
    """CREATE TABLE IF NOT EXISTS status_moves
       (id bigserial PRIMARY KEY, noun text NOT NULL, before text NOT NULL, after text NOT NULL)""",
    """CREATE OR REPLACE FUNCTION record_status_move() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN
         INSERT INTO status_moves (noun, before, after) VALUES (TG_TABLE_NAME, OLD.status, NEW.status);
         RETURN NULL;
       END $$""",
    *(
        f"""CREATE OR REPLACE TRIGGER record_{noun}_moves AFTER UPDATE OF status ON {noun} FOR EACH ROW
            WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION record_status_move()"""
        for noun in TABLES
    ),
]


class StatusMove(NamedTuple):
    """Rows of table `noun` went from one status to the other."""

    noun: str
    before: str
    after: str


class MoveRecorder:
    """The moves of one database, from its making on."""

    def __init__(self, db: Engine) -> None:
        self._db = db
        with begin_write(db) as connection:
            for statement in SQLITE if db.dialect.name == "sqlite" else POSTGRES:
                connection.exec_driver_sql(statement)

    def list_moves(self) -> set[StatusMove]:
        with self._db.connect() as connection:
            rows = connection.execute(sa.text("SELECT DISTINCT noun, before, after FROM status_moves"))
            return {StatusMove(*row) for row in rows}

    def list_illegal_moves(self, tables: Tables = TABLES) -> list[StatusMove]:
        """Those that their table does not have, sorted."""
        return sorted(move for move in self.list_moves() if move.after not in tables[move.noun][move.before])

    @contextmanager
    def unrecorded(self, connection: Connection) -> Iterator[None]:
        """For what a test does to rows by hand."""
        last = connection.execute(sa.text("SELECT coalesce(max(id), 0) FROM status_moves")).scalar_one()
        yield
        connection.execute(sa.text("DELETE FROM status_moves WHERE id > :last"), {"last": last})
