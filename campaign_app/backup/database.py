"""Database copies in a backup, each of one instant: SQLite's is one file, PostgreSQL's a file of COPY's text for each
table.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError, ProgrammingError

from campaign_app.disk_space import is_disk_full
from campaign_app.extensions import make_engine
from campaign_app.queries import backup as backup_queries
from campaign_app.queries import invariants
from campaign_app.schema_version import database_revision, program_revision
from campaign_app.transaction import read_snapshot

from .archive import ArchiveWriter, BadBackup

SQLITE_FILE = "database.sqlite"
TABLES = "tables"
SCRATCH_SCHEMA = "switchboard_backup_check"


@dataclass(frozen=True, slots=True)
class CopyCheck:
    """What `check` says of a copy: promises that are broken in it, or why it could not be asked."""

    broken: Sequence[str] = ()
    unchecked: str | None = None


def dump_database(db: Engine, writer: ArchiveWriter, scratch: Path) -> dict[str, list[str]]:
    """Put the database into the archive, as it is at one instant. Returns the columns of each table."""
    if db.dialect.name == "sqlite":
        copy = scratch / "dump.sqlite"
        _copy_sqlite(db, copy)
        writer.add_file(SQLITE_FILE, copy)
        copy.unlink()
        return {}
    with read_snapshot(db) as connection:
        tables = list_own_tables(connection)
        for table, columns in tables.items():
            rows = scratch / "rows"
            backup_queries.copy_out(connection, table, columns, rows)
            writer.add_file(f"{TABLES}/{table}", rows)
            rows.unlink()
    return tables


def list_own_tables(connection: Connection) -> dict[str, list[str]]:
    """The columns of the tables that a backup on PostgreSQL has. What others keep in the same database is left out
    where this version knows its own; of another version's tables nobody knows which those are."""
    is_own_version = database_revision(connection) == program_revision()
    return backup_queries.list_tables(connection, only_known=is_own_version)


def _copy_sqlite(db: Engine, target: Path) -> None:
    """SQLite's own backup reads one instant, and lets the writers go on."""
    try:
        with closing(sqlite3.connect(target)) as copy:
            target.chmod(0o600)
            with closing(db.raw_connection()) as pooled:
                source: Any = pooled.driver_connection
                source.backup(copy)
            # In one file, whatever the original's mode is.
            copy.execute("PRAGMA journal_mode = DELETE")
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from None
        raise BadBackup(f"the database cannot be copied: {error}: {db.url.database}") from None


def is_database_file(name: PurePosixPath) -> bool:
    return name.parts[0] == TABLES or name.parts == (SQLITE_FILE,)


def check_copy(db: Engine, header: Mapping[str, Any], staged: Path, now: datetime) -> CopyCheck:
    """Run `check` over what was extracted: on PostgreSQL in a schema that is rolled back. Raises BadBackup where the
    copy is no sound database."""
    other = header["schema"] != program_revision()
    if header["dialect"] == "sqlite":
        return _check_sqlite(staged / SQLITE_FILE, other, now)
    if other:
        return CopyCheck(unchecked=f"its tables are those of {header['schema']}")
    with db.connect() as connection:
        try:
            backup_queries.use_scratch_schema(connection, SCRATCH_SCHEMA)
        except ProgrammingError as error:
            if getattr(error.orig, "sqlstate", None) != "42501":
                raise
            return CopyCheck(unchecked="the database's role may not create a schema")
        try:
            load_rows(connection, header, staged)
            return CopyCheck(_list_broken(connection, now))
        finally:
            connection.rollback()


def _check_sqlite(file: Path, other: bool, now: datetime) -> CopyCheck:
    copy = make_engine(f"sqlite:///{file}")
    try:
        with copy.connect() as connection:
            said = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
            if said != ["ok"]:
                raise BadBackup(f"the database in the backup is damaged: {said[0]}")
            if other:
                return CopyCheck(unchecked="its tables are another version's")
            return CopyCheck(_list_broken(connection, now))
    except DatabaseError as error:
        if is_disk_full(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from None
        # Of a file that is damaged SQLite says nothing more special.
        if type(error) is not DatabaseError:
            raise
        raise BadBackup(f"the database in the backup is damaged: {error.orig}") from None
    finally:
        copy.dispose()


def _list_broken(connection: Connection, now: datetime) -> list[str]:
    return [
        f"{finding.name}: {line}"
        for finding in invariants.check_invariants(connection, now)
        for line in finding.violations
    ]


def load_rows(connection: Connection, header: Mapping[str, Any], staged: Path) -> None:
    """Make the tables of this version, and put the staged rows into them, but not those of tables that are nobody's
    here: others kept them in the same database. PostgreSQL."""
    backup_queries.make_tables(connection)
    tables: dict[str, list[str]] = {
        table: columns for table, columns in header["tables"].items() if backup_queries.is_known(table)
    }
    for table, columns in tables.items():
        backup_queries.copy_in(connection, table, columns, staged / TABLES / table)
    backup_queries.advance_sequences(connection, tables)
