"""Backup place: what one installation keeps where, and the folder that its backups lie in."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

FOLDERS = ("uploads", "recordings")
"""Of the instance folder: what people gave. Rendered speech and sounds are made anew."""
KEYS = ("secret-key", "forget-key", "signing-key")
"""Generated at the first start where the environment has none."""
NAME = re.compile(r"switchboard-[0-9a-f]{8}-([0-9]{8}T[0-9]{6}Z)(?:-([0-9]+))?\.backup(?:\.age)?")


@dataclass(frozen=True, slots=True)
class BackupPlace:
    """`key` encrypts (an AGE-SECRET-KEY); of the newest backups `keep` stay, 0: all."""

    db: Engine
    instance: Path
    folder: Path
    key: str | None
    keep: int

    @contextmanager
    def make_scratch(self) -> Iterator[Path]:
        """A folder on the disk of the data, for its owner alone, which is removed afterwards."""
        scratch = Path(tempfile.mkdtemp(prefix="backup-scratch-", dir=self.instance))
        try:
            yield scratch
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

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
