"""Headers within a table, and rows whose cells stand in the wrong columns: no number of another column is dialed."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path
from typing import Any

import pytest

from campaign_app.services.imports.understanding import understand
from campaign_app.uploads import Reading, prepare_upload, read_rows
from campaign_app.uploads.validation import ValidatedRows, ValidationPlan, Validator, read_chunks
from tests.uploads.workbooks import make_xlsx

PHONE, FAX = "+1202555{:04d}", "+1202556{:04d}"
NAMES = ("name", "fax", "phone", "note")


def person(number: int) -> dict[str, str]:
    return {
        "name": f"Ann {number}",
        "fax": FAX.format(100 + number),
        "phone": PHONE.format(100 + number),
        "note": "x",
    }


def table(names: tuple[str, ...], numbers: range, *, header: bool = True) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if header:
        writer.writerow(names)
    for number in numbers:
        writer.writerow([person(number).get(name.strip().lower(), "") for name in names])
    return text.getvalue()


def read(path: Path, content: str, start_row: int = 0) -> list[ValidatedRows]:
    path.write_text(content, encoding="utf-8")
    found = understand(path, region="US")
    assert found.questions == []
    plan = ValidationPlan(
        path=str(path),
        reading=found.reading,
        mapping=found.mapping,
        region="US",
        dialect="sqlite",
        start_row=start_row,
        chunk_rows=7,
    )
    validator = Validator(plan)
    return [validator.validate(chunk) for _, chunk in read_chunks(plan)]


def dialed(chunks: list[ValidatedRows]) -> list[str]:
    return [phone for chunk in chunks for phone in chunk.phones]


def refused(chunks: list[ValidatedRows]) -> list[tuple[int, str]]:
    return [(row.line, row.code) for chunk in chunks for row in chunk.refusals]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


@pytest.mark.parametrize(
    "again", [NAMES, ("NAME", "FAX", "PHONE", "NOTE"), (" name", "fax ", "Phone", "note")]
)
@pytest.mark.parametrize("at", [1, 5, 300])
def test_names_that_come_again_are_no_person(path: Path, again: tuple[str, ...], at: int) -> None:
    content = table(NAMES, range(at)) + ",".join(again) + "\n" + table(NAMES, range(at, at + 3), header=False)
    chunks = read(path, content)
    assert dialed(chunks) == [PHONE.format(100 + number) for number in range(at + 3)]
    assert refused(chunks) == [(at + 2, "repeated-header")]
    spoken = [encoded for chunk in chunks for encoded in chunk.encoded]
    assert all(f"Ann {number}" in encoded for number, encoded in enumerate(spoken))


@pytest.mark.parametrize("seed", range(20))
def test_names_in_another_order_are_followed(path: Path, seed: int) -> None:
    rng = random.Random(seed)
    parts, expected = [], []
    order = list(NAMES)
    for part in range(4):
        count = rng.randrange(1, 12)
        parts.append(table(tuple(order), range(20 * part, 20 * part + count)))
        expected += [PHONE.format(100 + 20 * part + number) for number in range(count)]
        rng.shuffle(order)
    content = "".join(parts)
    chunks = read(path, content)
    assert dialed(chunks) == expected
    assert {code for _, code in refused(chunks)} == {"repeated-header"}
    # A worker that goes on in the middle reads the rest as the first one would have.
    for start in (1, len(expected) // 2, len(expected) - 1):
        again = read(path, content, start_row=start)
        assert dialed(again) == dialed(chunks)[-len(dialed(again)) :]


def test_below_other_names_nobody_is_called(path: Path) -> None:
    other = "Full Name,Phone,Fax,Company\nEve,+12025550150,+12025560150,Acme\n"
    chunks = read(path, table(NAMES, range(3)) + other + table(NAMES, range(4, 6)))
    assert dialed(chunks) == [PHONE.format(100 + number) for number in (0, 1, 2, 4, 5)]
    assert refused(chunks) == [(5, "repeated-header"), (6, "other-header"), (7, "repeated-header")]
    [below] = [row for chunk in chunks for row in chunk.refusals if row.code == "other-header"]
    assert "in row 5" in below.reason


def test_a_value_that_is_called_as_a_column_is_a_value(path: Path) -> None:
    content = "name,phone,mobile\nPhone,+12025550100,\nMobile,,+12025550101\nname,,\nNote,+12025550102,\n"
    assert refused(read(path, content)) == [(4, "empty")]


@pytest.mark.parametrize(
    "row",
    [
        "Doe, Jane,{fax},{phone},x",
        "Doe, Jane,{fax},{phone},",
        "Doe, Jane,{fax},{phone}, ",
        "Ann,{fax},{phone},see, later",
        "a, b, c,{fax},{phone},x",
    ],
)
@pytest.mark.parametrize("others", [0, 1, 40])
def test_a_row_that_a_comma_has_moved_is_refused(path: Path, row: str, others: int) -> None:
    moved = row.format(fax=FAX.format(1), phone=PHONE.format(1)) + "\n"
    content = table(NAMES, range(others)) + moved + table(NAMES, range(others, others + 1), header=False)
    chunks = read(path, content)
    assert refused(chunks) == [(others + 2, "too-many-cells")]
    assert dialed(chunks) == [PHONE.format(100 + number) for number in range(others + 1)]
    [reason] = [row.reason for chunk in chunks for row in chunk.refusals]
    assert f"the row has {moved.count(',') + 1} cells, but the table has 4 columns" in reason


def test_delimiters_at_the_end_of_every_row_move_nothing(path: Path) -> None:
    content = "name,phone\n" + "".join(f"Ann,{PHONE.format(100 + number)},,\n" for number in range(5))
    chunks = read(path, content)
    assert len(dialed(chunks)) == 5
    assert refused(chunks) == []


def test_a_workbooks_names_come_again(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["phone", "fax"], [PHONE.format(100), FAX.format(100)], ["fax", "phone"]]
    source, path = tmp_path / "list.xlsx", tmp_path / "list"
    source.write_bytes(make_xlsx({"People": [*rows, [FAX.format(101), PHONE.format(101)]]}))
    prepare_upload(source, path, filename="list.xlsx")
    reading = Reading.from_json(understand(path, region="US").reading)
    read = [row for row in read_rows(path, reading) if row.problem is None]
    assert [row.cells[0] for row in read] == [PHONE.format(100), PHONE.format(101)]
