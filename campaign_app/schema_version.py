"""Schema version: whether the database has the tables of this program, and in words what to do where it has others."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, inspect

from campaign_app.own_command import own_command

VERSION_TABLE = "alembic_version"
LINE = re.compile(r'^(revision|down_revision)(: str)? = "(\w+)"$', re.MULTILINE)
MIGRATIONS = Path(__file__).resolve().parent / "migrations"


class SchemaMismatch(Exception):
    """The database's tables are not this program's. The text is one line that says what to do."""


@lru_cache(maxsize=1)
def _read_chain() -> dict[str, str | None]:
    """{revision: the one before it}, by the migrations' own lines: to load them with Alembic takes half a start."""
    chain: dict[str, str | None] = {}
    for path in sorted((MIGRATIONS / "versions").glob("*.py")):
        found = {name: value for name, _, value in LINE.findall(path.read_text(encoding="utf-8"))}
        chain[found["revision"]] = found.get("down_revision")
    return chain


def program_revision() -> str:
    """The revision of the tables that this program works with."""
    chain = _read_chain()
    [head] = chain.keys() - chain.values()
    return head


def known_revisions() -> frozenset[str]:
    """Every revision that this program can upgrade from."""
    return frozenset(_read_chain())


def database_revision(connection: Connection) -> str | None:
    """The revision of the database's tables; None where no migration has made any."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    # Alembic's own look logs two lines each time.
    stored: str | None = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()
    return stored


def write_revision(connection: Connection, revision: str) -> None:
    """Say that the tables, which were made without migrations, are those of a revision."""
    connection.exec_driver_sql(
        f"CREATE TABLE {VERSION_TABLE} (version_num VARCHAR(32) NOT NULL,"
        f" CONSTRAINT {VERSION_TABLE}_pkc PRIMARY KEY (version_num))"
    )
    connection.exec_driver_sql(f"INSERT INTO {VERSION_TABLE} (version_num) VALUES ('{revision}')")


def describe_mismatch(revision: str | None) -> str | None:
    """One line about a database at `revision`, which has tables; None where it is the program's own."""
    head = program_revision()
    if revision == head:
        return None
    if revision is None:
        return (
            "the database has tables that no migration of Switchboard's made;"
            " look whether SWITCHBOARD_DATABASE_URL is right"
        )
    if revision in known_revisions():
        return (
            f"the database is at {revision}, this version needs {head}: stop every process of Switchboard,"
            f" then run `{own_command('upgrade')}`, which makes a backup first"
        )
    return (
        f"the database is at {revision}, which is newer than this version ({head}): install the version that it"
        " was upgraded for, or restore the backup that was made before the upgrade"
    )


def check_schema(connection: Connection) -> None:
    """Raises SchemaMismatch where the database, which has tables, is not at this program's revision."""
    mismatch = describe_mismatch(database_revision(connection))
    if mismatch is not None:
        raise SchemaMismatch(mismatch)
