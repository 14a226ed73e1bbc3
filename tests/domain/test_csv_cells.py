"""What may stand in a cell of a CSV file: formulas are neutralized, and cells of refused rows are shortened."""

from __future__ import annotations

import csv
import io

import pytest

from campaign_app.domain.csv_cells import csv_text, kept, neutralize, plain


@pytest.mark.parametrize("cell", ["=1+1", "+16175550100", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_formulas_are_neutralized_and_read_back(cell: str) -> None:
    assert neutralize(cell) == "'" + cell
    assert plain(neutralize(cell)) == cell.strip()
    assert next(csv.reader(io.StringIO(csv_text([[cell]]), newline=""))) == ["'" + cell]


@pytest.mark.parametrize("cell", ["02101", "202-555-0123", "(202) 555 0123"])
def test_the_apostrophe_that_keeps_a_spreadsheet_from_counting_is_no_part_of_the_digits(cell: str) -> None:
    assert plain(f"'{cell}") == cell


@pytest.mark.parametrize("cell", ["Ann", "", " =1", "1+1", "O'Hara", "'quoted'", "'68 Mustang"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert neutralize(cell) == cell
    assert plain(cell) == cell.strip()


def test_kept_cells_are_short_few_and_without_nul() -> None:
    cells = kept(["x" * 5_000, "a\0b", *["y"] * 2_000])
    assert len(cells) == 1_000
    assert (len(cells[0]), cells[1]) == (200, "a␀b")
