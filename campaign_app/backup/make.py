"""Backup making: a backup is written beside its name, read back and checked, and only then given it."""

from __future__ import annotations

import hashlib
import secrets
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from campaign_app import __version__
from campaign_app.queries import backup as backup_queries
from campaign_app.schema_version import database_revision
from campaign_app.signing import DocumentSigner, canonical_json

from .archive import MANIFEST, ArchiveWriter, encrypt_archive, extract_archive, open_plain, read_header
from .database import CopyCheck, check_copy, dump_database, is_database_file, list_own_tables
from .place import BESIDE, FOLDERS, KEYS, BackupPlace, give_name

MOVE = "switchboard-move"
"""What an end mark says that it is."""


@dataclass(frozen=True, slots=True)
class MadeBackup:
    """A backup that has been read back. `removed` are those that its retention took away."""

    path: Path
    size: int
    check: CopyCheck
    removed: Sequence[Path] = ()


def make_backup(
    place: BackupPlace,
    now: Callable[[], datetime],
    *,
    target: Path | None = None,
    move: str | None = None,
    signer: DocumentSigner | None = None,
) -> MadeBackup:
    """Back the installation up to `target`, else into its folder. With `move`, the name of a planned move, it carries
    an end mark that `signer` signed: nothing is dialed from this database any more. Raises OSError, BadBackup."""
    with place.db.connect() as connection:
        installation = backup_queries.read_installation(connection)
        schema = database_revision(connection)
    path = target or place.new_name(installation, now())
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    with place.make_scratch(part) as scratch:
        plain = scratch / "archive.tar.gz" if place.key else part
        header = {
            "version": __version__,
            "schema": schema,
            "installation": installation,
            "dialect": place.db.dialect.name,
            "made_at": now().isoformat(),
            "host": socket.gethostname(),
        }
        try:
            _write(place, plain, scratch, header, move, signer, now)
            if place.key:
                encrypt_archive(plain, part, place.key)
                plain.unlink()
            check = verify_backup(place, part, scratch, now())
            give_name(part, path)
        finally:
            part.unlink(missing_ok=True)
    removed = place.remove_old(installation) if target is None else []
    return MadeBackup(path, path.stat().st_size, check, removed)


def _write(
    place: BackupPlace,
    plain: Path,
    scratch: Path,
    header: Mapping[str, Any],
    move: str | None,
    signer: DocumentSigner | None,
    now: Callable[[], datetime],
) -> None:
    with place.db.connect() as connection:
        tables = list_own_tables(connection) if place.db.dialect.name == "postgresql" else {}
    writer = ArchiveWriter(plain, {**header, "tables": tables})
    try:
        # First, so that every file that it names is among those that follow.
        dump_database(place.db, writer, scratch)
        for folder in FOLDERS:
            for file in sorted((place.instance / folder).rglob("*")):
                is_half = file.name.startswith(".") and file.name.endswith(
                    BESIDE
                )  # Of a restore that was killed.
                if file.is_file() and not file.is_symlink() and not is_half:
                    writer.add_file(f"{folder}/{file.relative_to(place.instance / folder).as_posix()}", file)
        for key in KEYS:
            writer.add_file(f"keys/{key}", place.instance / key)
        end_mark = None
        if move is not None and signer is not None:
            document = {"kind": MOVE, "move": move, "installation": header["installation"]}
            end_mark = signer.sign_document({**document, "files": digest_files(writer.files)}, now())
        writer.close({"end_mark": end_mark})
    except BaseException:
        writer.abandon()
        raise


def digest_files(files: Sequence[Mapping[str, Any]]) -> str:
    """One sum over the names, sizes and sums of all files of an archive but its manifest."""
    listed = [dict(item) for item in files if item["name"] != MANIFEST]
    return hashlib.sha256(canonical_json({"files": listed})).hexdigest()


def verify_backup(place: BackupPlace, path: Path, scratch: Path, now: datetime) -> CopyCheck:
    """Read a backup to its end, compare every sum, and run `check` over its database. Raises BadBackup."""
    staged = scratch / "verify"
    with open_plain(path, place.key, scratch) as plain:
        header = read_header(plain, path)
        extract_archive(
            plain, path, lambda name: staged.joinpath(*name.parts) if is_database_file(name) else None
        )
    return check_copy(place.db, header, staged, now)
