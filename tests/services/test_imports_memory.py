"""A large file is never held in memory, nor are its rows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from campaign_app.services import imports
from tests.support.imports import Uploads

ROOT = Path(__file__).parents[2]
ROWS = 200_000
BOUND_MIB = 64
"""What an import may add to the process, however long the file: 5,000 rows and SQLite's 16 MB cache.
This test's file has 42 MB, and more than twice that as Python strings."""

RUNNER = """
import resource, sys
from pathlib import Path
from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.extensions import make_engine
from campaign_app.engine.imports.worker import run_next

def run(folder):
    engine = make_engine(f"sqlite:///{folder}/test.sqlite")
    assert run_next(engine, Path(folder), clock=SYSTEM_CLOCK, owner="child")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

before = run(sys.argv[1])  # one row: whatever is loaded once is loaded then
print((run(sys.argv[2]) - before) // 1024)
"""


def _prepared(folder: Path, template: Path, rows: int) -> Uploads:
    folder.mkdir()
    (folder / "test.sqlite").write_bytes(template.read_bytes())
    uploads = Uploads(f"sqlite:///{folder}/test.sqlite", folder)
    with (folder / "numbers.csv").open("w") as file:
        file.write("name,phone,note\n")
        for number in range(rows):
            file.write(f"Person {number},+1617{2_000_000 + number},{'x' * 180}\n")
    return uploads


@pytest.mark.timeout(300)  # 200,000 numbers are parsed: 15 s on an idle machine
def test_two_hundred_thousand_rows_are_imported_within_64_mib(tmp_path: Path, sqlite_template: Path) -> None:
    for name, rows in (("one", 1), ("many", ROWS)):
        uploads = _prepared(tmp_path / name, sqlite_template, rows)
        import_id = uploads.accept((tmp_path / name / "numbers.csv").read_bytes())
        uploads.close()
    done = subprocess.run(
        [sys.executable, "-c", RUNNER, tmp_path / "one", tmp_path / "many"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    item = uploads.get(import_id)
    uploads.check(item)
    uploads.close()
    assert (item.status, item.total) == ("completed", ROWS)
    assert item.accepted > ROWS // 2
    assert int(done.stdout) < BOUND_MIB


class Endless:
    """An upload of `size` bytes made while it is read, which knows the largest piece that was asked for."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.largest = 0

    def read(self, size: int, /) -> bytes:
        self.largest = max(self.largest, size)
        block = (b"+16175550100\n" * (size // 13 + 1))[: min(size, self.left)]
        self.left -= len(block)
        return block


def test_an_upload_goes_to_the_disk_a_mebibyte_at_a_time(tmp_path: Path) -> None:
    stream = Endless(20 << 20)
    stored = imports.store(tmp_path, stream, max_bytes=20 << 20)
    assert stored.size == (tmp_path / stored.name).stat().st_size == 20 << 20
    assert stream.largest == 1 << 20
