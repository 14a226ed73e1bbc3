"""Restoring a backup: everything is read, compared and checked beside the data before any of it is touched."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from campaign_app import __version__
from campaign_app.extensions import make_engine
from campaign_app.models import dump_json
from campaign_app.queries import backup as backup_queries
from campaign_app.queries import event_months
from campaign_app.queries import recovery as recovery_queries
from campaign_app.queries.settings_rows import write_settings_row
from campaign_app.schema_version import program_revision, write_revision
from campaign_app.signing import DocumentSigner, NotGenuine, canonical_json, parse_key, verify_document
from campaign_app.transaction import begin_write

from .archive import BadBackup, extract_archive, open_plain, read_header
from .database import SQLITE_FILE, CopyCheck, check_copy, list_own_tables, load_rows
from .make import MOVE, digest_files, make_backup
from .place import BESIDE, FOLDERS, KEYS, BackupPlace, copy_durably, keep_copy, sync_folder

MOVE_WITHIN = timedelta(hours=24)
"""For so long an end mark stands for itself; later somebody is asked whether nothing was dialed in between."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back. `moved`: its end mark is good, so nobody need be asked. `kept` is where that lies which was
    there before."""

    made_at: datetime
    check: CopyCheck
    moved: bool
    kept: Path | None


def restore_backup(
    place: BackupPlace,
    path: Path,
    now: datetime,
    *,
    replace: bool,
    journals: Sequence[str],
    signing_key: str | None,
) -> Restored:
    """Put a backup into this installation, which must be held alone. `journals` are the installations whose calls
    are in the journals of its folder; `signing_key` is the setting's, where there is one. Raises BadBackup and OSError
    with nothing touched."""
    with place.make_scratch() as scratch:
        staged = scratch / "staged"
        with open_plain(path, place.key, scratch) as plain:
            header = read_header(plain, path)
            _check_header(header, path, place.db)
            _check_target(place, header, now, replace=replace, journals=journals)
            manifest = extract_archive(plain, path, lambda name: staged.joinpath(*name.parts))
        # At its own time: what was open then may be overdue by now.
        made_at = datetime.fromisoformat(header["made_at"])
        check = check_copy(place.db, header, staged, made_at)
        moved = _has_good_end_mark(manifest, header, staged, signing_key, now)
        with _files_beside(place, staged) as files:
            kept = _put_database(place, header, staged, now, moved=moved, manifest=manifest)
            for beside, target in files:
                os.replace(beside, target)
            for folder in {target.parent for _, target in files}:
                sync_folder(folder)
    return Restored(made_at, check, moved, kept)


def _check_header(header: Mapping[str, Any], path: Path, db: Engine) -> None:
    if header["dialect"] != db.dialect.name:
        raise BadBackup(
            f"{path} is of a {_say(header['dialect'])} database, and SWITCHBOARD_DATABASE_URL names one of"
            f" {_say(db.dialect.name)}"
        )
    if header["schema"] != program_revision():
        raise BadBackup(
            f"{path} was made by Switchboard {header['version']} with the tables of {header['schema']}, and this is"
            f" {__version__} with those of {program_revision()}: restore it with that version, then upgrade"
        )


def _say(dialect: str) -> str:
    return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(dialect, dialect)


def _check_target(
    place: BackupPlace, header: Mapping[str, Any], now: datetime, *, replace: bool, journals: Sequence[str]
) -> None:
    users = place.describe_users(now)
    if users is not None:
        raise BadBackup(users)
    with place.db.connect() as connection:
        used = backup_queries.is_used(connection)
        present = None
        if used:
            present = backup_queries.read_installation(connection)
    others: Sequence[str] = [present] if present else []
    if not used and journals and header["installation"] not in journals:
        others = journals
    if others and header["installation"] not in others:
        raise BadBackup(
            f"the backup is of installation {header['installation'] or '(none)'}, and this is {others[0]}: restore it"
            " into a folder and a database of its own, or move what is here away first"
        )
    if used and not replace:
        raise BadBackup(
            "there are data in the database already: add --replace to put the backup in their place;"
            " what is there is kept beside it"
        )


def _has_good_end_mark(
    manifest: Mapping[str, Any],
    header: Mapping[str, Any],
    staged: Path,
    signing_key: str | None,
    now: datetime,
) -> bool:
    """Whether it was the last that the database did, said by who holds its key, of this very backup, and lately."""
    mark = manifest.get("end_mark")
    key_file = staged / "keys" / "signing-key"
    key = signing_key or (key_file.read_text(encoding="ascii") if key_file.exists() else None)
    if not isinstance(mark, dict) or key is None:
        return False
    try:
        document = verify_document(canonical_json(mark), DocumentSigner(parse_key(key)).public_key)
        signed_at = datetime.fromisoformat(document["signed"]["at"])
    except (NotGenuine, ValueError, KeyError):
        return False
    return (
        document.get("kind") == MOVE
        and document.get("installation") == header["installation"]
        and document.get("files") == digest_files(manifest["files"])
        and now - signed_at <= MOVE_WITHIN
    )


def _put_database(
    place: BackupPlace,
    header: Mapping[str, Any],
    staged: Path,
    now: datetime,
    *,
    moved: bool,
    manifest: Mapping[str, Any],
) -> Path | None:
    """Put the database into its place, and what was there aside. Returns where that is."""
    move = manifest["end_mark"]["move"] if moved else None
    if place.db.dialect.name == "sqlite":
        return _put_sqlite(place.db, staged / SQLITE_FILE, now, move)
    kept = None
    with place.db.connect() as connection:
        used = backup_queries.is_used(connection)
    if used:
        kept = make_backup(place, lambda: now, target=place.new_name(f"{header['installation']}", now)).path
    with begin_write(place.db) as connection:
        was_partitioned = event_months.is_partitioned(connection)
        needed = backup_queries.drop_tables(connection, list_own_tables(connection))
        if needed is not None:
            raise BadBackup(
                f"something in the database that is not Switchboard's needs its tables ({needed}): drop it first,"
                " and make it again afterwards"
            )
        load_rows(connection, header, staged)
        if was_partitioned:
            # That is the database's own way to keep them, whichever way the backup's did.
            try:
                event_months.partition_events(connection, now)
            except event_months.CannotPartition as refusal:
                raise BadBackup(f"{refusal}") from None
        write_revision(connection, header["schema"])
        end_move(connection, move)
    return kept


def _put_sqlite(db: Engine, staged: Path, now: datetime, move: str | None) -> Path | None:
    copy = make_engine(f"sqlite:///{staged}")
    with begin_write(copy) as connection:
        end_move(connection, move)
    _empty_log(copy)
    file = Path(str(db.url.database))
    kept = None
    # Beside it, for it may lie on another disk than the instance folder.
    beside = file.with_name(f".{file.name}{BESIDE}")
    copy_durably(staged, beside)
    try:
        if file.exists():
            with db.connect() as connection:
                used = backup_queries.is_used(connection)
            _empty_log(db)
            if used:
                kept = file.with_name(f"{file.name}.replaced-{now:%Y%m%dT%H%M%SZ}")
                keep_copy(file, kept)
        for end in ("-wal", "-shm"):
            file.with_name(file.name + end).unlink(missing_ok=True)
        os.replace(beside, file)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(file.parent)
    return kept


def _empty_log(db: Engine) -> None:
    """All of it into the one file, and let go of it. Raises BadBackup while somebody else reads it."""
    with closing(db.raw_connection()) as connection:
        driver: Any = connection.driver_connection
        busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    db.dispose()
    if busy:
        raise BadBackup(f"another program reads {db.url.database}: close it first")


def end_move(connection: Connection, move: str | None) -> None:
    """The move has arrived: what kept the old place from dialing does not keep the new one."""
    quarantine = recovery_queries.read_quarantine(connection, for_update=True)
    if move is None or quarantine is None or quarantine.get("moved", {}).get("move") != move:
        return
    del quarantine["moved"]
    if quarantine.get("restored") or recovery_queries.count_lost_and_restored(connection)[0]:
        write_settings_row(connection, recovery_queries.QUARANTINE, dump_json(quarantine))
    else:
        recovery_queries.end_quarantine(connection)


@contextmanager
def _files_beside(place: BackupPlace, staged: Path) -> Iterator[list[tuple[Path, Path]]]:
    """Put every file of the backup beside its place, and yield both, so that only names are left to be changed once the
    database is there. What still lies beside at the end is removed."""
    found = [
        (file, place.instance / folder / file.relative_to(staged / folder))
        for folder in FOLDERS
        for file in sorted((staged / folder).rglob("*"))
        if file.is_file()
    ]
    found += [
        (staged / "keys" / key, place.instance / key) for key in KEYS if (staged / "keys" / key).exists()
    ]
    files = [(target.with_name(f".{target.name}{BESIDE}"), target) for _, target in found]
    try:
        for (file, target), (beside, _) in zip(found, files, strict=True):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.replace(file, beside)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                # The folder is on a disk of its own.
                copy_durably(file, beside)
        yield files
    finally:
        for beside, _ in files:
            beside.unlink(missing_ok=True)
