"""Private files: whatever the umask of whoever starts it, what a process of ours writes is its user's alone."""

from __future__ import annotations

import os
from pathlib import Path

PRIVATE_UMASK = 0o077
PRIVATE_FOLDER = 0o700


def keep_files_private() -> None:
    """For the rest of this process, and those that it starts: files 0600, folders 0700. A stricter umask stays."""
    os.umask(os.umask(PRIVATE_UMASK) | PRIVATE_UMASK)


def close_folder(folder: Path) -> None:
    """Take the group's and everybody's access from a folder that an earlier version made. Where it is somebody else's
    (a volume that root owns), it stays as it is."""
    try:
        mode = folder.stat().st_mode & 0o777
        if mode & PRIVATE_UMASK:
            folder.chmod(mode & PRIVATE_FOLDER)
    except OSError:
        return
