"""docs/architecture.md sends a newcomer to files and functions: they are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROWS = [
    line
    for line in (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| ---")
]
CODE = re.compile(r"`([\w*/.]+)`")
NAMED = re.compile(r"`([\w/]+\.py)`: ((?:`\w+`(?:, )?)+)")
"""A file, and the functions or classes of it that the row names."""


def find_files(path: str) -> list[Path]:
    return [file for folder in (ROOT, ROOT / "campaign_app") for file in folder.glob(path)]


def test_the_page_has_its_tables() -> None:
    assert len(ROWS) > 40
    assert sum(len(NAMED.findall(row)) for row in ROWS) >= 8


@pytest.mark.parametrize("row", ROWS, ids=lambda row: re.sub(r"\W+", "-", row[2:50]))
def test_every_file_of_a_row_exists(row: str) -> None:
    files = [name for name in CODE.findall(row) if "/" in name or name.endswith(".py")]
    assert [name for name in files if not find_files(name)] == []


@pytest.mark.parametrize(
    "row", [row for row in ROWS if NAMED.search(row)], ids=lambda row: re.sub(r"\W+", "-", row[2:50])
)
def test_every_function_of_a_row_stands_in_its_file(row: str) -> None:
    for file, names in NAMED.findall(row):
        [path] = find_files(file)
        source = path.read_text(encoding="utf-8")
        for name in re.findall(r"\w+", names):
            assert re.search(rf"^\s*(def|class) {name}\b", source, re.MULTILINE), f"{file} has no {name}"
