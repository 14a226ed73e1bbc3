"""Folder mark: by which an instance folder is known to be the one that it was, and no copy of it.

The mark is written once. A copy, by whatever tool and onto whatever disk, is a file that was made later: it has another
inode or another time of birth, which nobody can set.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

JOURNAL_NAME = "dialled-{}.journal"
MARK_NAME = "dialled-{}.folder"


@dataclass(frozen=True, slots=True)
class FolderMark:
    """`id` names the folder, for one installation; `identity` changes where the folder is copied. `fresh`: it was
    marked just now."""

    id: str
    identity: str
    fresh: bool


def list_installations(folder: Path) -> list[str]:
    """The installations that have a journal in this folder, the one written to last first."""
    prefix, suffix = JOURNAL_NAME.split("{}")
    files = sorted(folder.glob(JOURNAL_NAME.format("*")), key=lambda file: file.stat().st_mtime, reverse=True)
    return [file.name.removeprefix(prefix).removesuffix(suffix) for file in files]


def list_dialing_installations(folder: Path) -> list[str]:
    """Those of them whose journal has calls. The first start makes an empty one, before anybody is called."""
    return [installation for installation in list_installations(folder) if _has_calls(folder, installation)]


def _has_calls(folder: Path, installation: str) -> bool:
    for path in folder.glob(f"{JOURNAL_NAME.format(installation)}*"):
        with path.open("rb") as file:
            if any(not line.isspace() for line in file):
                return True
    return False


def mark_folder(folder: Path, installation: str) -> FolderMark:
    """The folder's mark for an installation, made where there is none. Raises OSError."""
    path = folder / MARK_NAME.format(installation)
    fresh = False
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
    except FileExistsError:
        pass
    else:
        fresh = True
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(8))
            file.flush()
            os.fsync(file.fileno())
    # An empty one is of a process that died on the way: that folder is known by its inode all the same.
    return FolderMark(path.read_text(encoding="ascii") or "unnamed", read_identity(path), fresh)


def read_identity(path: Path) -> str:
    """Inode and time of birth; where the file system keeps none, the time of its last change of owner or mode."""
    status = path.stat()
    return f"{status.st_ino}:{_read_birth(path) or status.st_ctime_ns}"


def _read_birth(path: Path) -> str | None:
    born = getattr(path.stat(), "st_birthtime", None)
    if born is not None:
        return f"{born}"
    # Python reads it on Linux from 3.15 on.
    tool = shutil.which("stat")
    if tool is None:
        return None
    done = subprocess.run([tool, "-c", "%.9W", "--", path], capture_output=True, text=True, check=False)
    text = done.stdout.strip()
    return text if done.returncode == 0 and text.strip("0.-") and text[0].isdigit() else None
