"""Small disk: one of its own, in memory, that a test can fill."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.missing import missing

BLOCK = 65536


@contextmanager
def small_disk(folder: Path, mebibytes: int) -> Iterator[Path]:
    """A disk of so many MiB, mounted on `folder`, which is made. Only root can."""
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={mebibytes}m"]
    if os.geteuid() != 0 or subprocess.run(["mount", *options, "none", folder], check=False).returncode:
        missing("Only root can mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill_disk(folder: Path, *, room: int = 0) -> Path:
    """Leave so many bytes free. Returns the file that takes up the rest."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        while True:
            try:
                file.write(b"\0" * BLOCK)
            except OSError:
                break
    os.truncate(ballast, ballast.stat().st_size - room)
    return ballast
