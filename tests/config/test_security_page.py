"""docs/security.md: the tests and files that it names are there, and it counts its own lines rightly."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
LINES = [
    [cell.strip() for cell in line.strip("|\n").split("|")]
    for line in PAGE.splitlines()
    if re.match(r"\| \d+\.\d+\.\d+ \|", line)
]
STATES = {"met", "in part", "**not met**", "n/a"}


def test_every_line_names_what_is_there() -> None:
    missing = [
        f"{number}: {name}"
        for number, _, _, where in LINES
        for name in re.findall(r"`([^`]+)`", where)
        if not (ROOT / name).is_file()
    ]
    assert not missing
    assert [line[0] for line in LINES if line[1] not in STATES] == []


def test_no_line_is_there_twice_and_they_are_counted() -> None:
    numbers = Counter(line[0] for line in LINES)
    assert [number for number, times in numbers.items() if times > 1] == []
    counts = Counter(line[1] for line in LINES)
    told = re.search(
        r"(\d+) requirements are met, (\d+) in part, (\d+) are not met, and (\d+) do not apply", PAGE
    )
    assert told is not None
    assert [int(number) for number in told.groups()] == [
        counts[state] for state in ("met", "in part", "**not met**", "n/a")
    ]


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(tests/[^`]+\.py)`", PAGE))))
def test_a_test_that_is_named_tests_something(name: str) -> None:
    assert re.search(r"^\s*(?:async )?def test_", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
