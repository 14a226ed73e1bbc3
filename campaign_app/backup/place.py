"""Backup place: what one installation keeps where, and the folder that its backups lie in."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from campaign_app.queries import backup as backup_queries

FOLDERS = ("uploads", "recordings")
"""Of the instance folder: what people gave. Rendered speech and sounds are made anew."""
KEYS = ("secret-key", "forget-key", "signing-key")
"""Generated at the first start where the environment has none."""
SCRATCH, PART = "backup-scratch-", "part"
BESIDE = ".restored"
"""How the name of a file ends that lies beside its place, with a dot in front, while a restore goes on."""
CHUNK = 1 << 20
LOOKS, PAUSE = 20, 0.1
"""How often connections are counted, and the seconds between."""
NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
NAME = re.compile(r"switchboard-[0-9a-f]{8}-([0-9]{8}T[0-9]{6}Z)(?:-([0-9]+))?\.backup(?:\.age)?")


@dataclass(frozen=True, slots=True)
class BackupPlace:
    """`key` encrypts (an AGE-SECRET-KEY); of the newest backups `keep` stay, 0: all."""

    db: Engine
    instance: Path
    folder: Path
    key: str | None
    keep: int

    def describe_users(self, now: datetime) -> str | None:
        """Who else uses the database, as one line; None where nobody is seen to. Connections that this process has just
        closed are given a moment to be gone."""
        self.db.dispose()
        with self.db.connect() as connection:
            if self.db.dialect.name != "sqlite":
                for _ in range(LOOKS):
                    if not backup_queries.count_other_connections(connection):
                        break
                    connection.rollback()
                    threading.Event().wait(PAUSE)
            return backup_queries.describe_users(connection, now)

    @contextmanager
    def make_scratch(self, part: Path | None = None) -> Iterator[Path]:
        """A folder on the disk of the data, for its owner alone, which is removed afterwards, as is `part`, a file that
        is being written elsewhere. Those that a killed process left behind are removed first."""
        self._remove_left_behind()
        scratch, handle = self._make_locked_folder()
        try:
            if part is not None:
                (scratch / PART).write_bytes(os.fsencode(part.absolute()))
            yield scratch
        finally:
            _remove_scratch(scratch)
            os.close(handle)

    def _make_locked_folder(self) -> tuple[Path, int]:
        while True:
            scratch = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=self.instance))
            handle = os.open(scratch, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            fcntl.flock(handle, fcntl.LOCK_EX)
            if scratch.exists():
                return scratch, handle
            # Another took it for left behind, before it had its lock.
            os.close(handle)

    def _remove_left_behind(self) -> None:
        """A live process holds the lock of its own."""
        for scratch in self.instance.glob(f"{SCRATCH}*"):
            try:
                handle = os.open(scratch, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            except OSError:
                continue
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            else:
                _remove_scratch(scratch)
            finally:
                os.close(handle)

    def new_name(self, installation: str, now: datetime) -> Path:
        """A name that nothing in the folder has."""
        stem = f"switchboard-{installation[:8]:0<8}-{now:%Y%m%dT%H%M%SZ}"
        end = ".backup" if self.key is None else ".backup.age"
        path, number = self.folder / f"{stem}{end}", 1
        while path.exists():
            number += 1
            path = self.folder / f"{stem}-{number}{end}"
        return path

    def remove_old(self, installation: str) -> list[Path]:
        """Remove all but the newest backups of this installation. Returns what was removed."""
        if not self.keep:
            return []
        begin = f"switchboard-{installation[:8]:0<8}-"
        made = sorted(
            (found[1], int(found[2] or 1), path)
            for path in self.folder.iterdir()
            if path.name.startswith(begin) and (found := NAME.fullmatch(path.name))
        )
        old = [path for *_, path in made[: -self.keep]]
        for path in old:
            path.unlink(missing_ok=True)
        return old


def _remove_scratch(scratch: Path) -> None:
    with suppress(OSError):
        part = Path(os.fsdecode((scratch / PART).read_bytes()))
        if part.suffix == ".part":
            part.unlink()
    shutil.rmtree(scratch, ignore_errors=True)


def copy_durably(source: Path, target: Path) -> None:
    """Copy a file, for its owner alone, onto the disk. Raises OSError, with no half copy left."""
    try:
        with source.open("rb") as file, target.open("wb") as copy:
            target.chmod(0o600)
            shutil.copyfileobj(file, copy, CHUNK)
            copy.flush()
            os.fsync(copy.fileno())
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def give_name(part: Path, path: Path) -> None:
    """Give a finished file its name, which nothing has yet. Raises FileExistsError where something has it."""
    try:
        os.link(part, path)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        # A disk without hard links, as a memory stick or a share of Windows: the name is taken first.
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        os.replace(part, path)
    else:
        part.unlink()
    sync_folder(path.parent)


def keep_copy(file: Path, kept: Path) -> None:
    """Give a file that is about to be replaced another name besides. Raises OSError."""
    try:
        os.link(file, kept)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        copy_durably(file, kept)


def sync_folder(folder: Path) -> None:
    """Put a folder's names onto the disk, where its file system can."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)
