"""Rows of delimited text: every dialect comes back cell by cell, and a broken row costs itself only."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.uploads import Reading, Row, UnreadableFile, read_rows, rows
from campaign_app.uploads.rows import BLANK, split_rows

COMMA = Reading("delimited", "utf-8", ",", False, 0)


def read(text: str, reading: Reading = COMMA) -> list[Row]:
    return [row for batch in split_rows(io.StringIO(text, newline="").read, reading) for row in batch]


def problems(found: list[Row]) -> list[tuple[int, str | None]]:
    return [(row.line, row.problem and row.problem.code) for row in found]


LETTERS = "ab1+ \",;'|\\\n\r\té=@-東"


def tables(letters: str = LETTERS) -> st.SearchStrategy[list[list[str]]]:
    return st.lists(
        st.lists(st.text(st.sampled_from(letters), max_size=8), min_size=1, max_size=4), max_size=8
    )


@st.composite
def written_tables(draw: st.DrawFn) -> tuple[list[list[str]], Reading, bytes]:
    """A table, how it is to be read, and the file."""
    quoting = draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC, csv.QUOTE_NONE]))
    reading = replace(
        COMMA,
        delimiter=draw(st.sampled_from(",;\t|^~:")),
        quote=draw(st.sampled_from("\"'")),
        escape="\\" if quoting == csv.QUOTE_NONE else draw(st.sampled_from(["", "\\"])),
        encoding=draw(
            st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252", "cp932", "gb18030"])
        ),
    )
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    unread = {"cp1252": "東", "cp932": "é"}.get(reading.encoding, "")
    if quoting == csv.QUOTE_NONE:
        unread += "\r\n"  # The csv module itself does not read back what it writes.
    elif quoting == csv.QUOTE_MINIMAL:
        unread += "\r\n".replace(end, "")  # Nor a line end of another kind, which it does not quote.
    table = draw(tables("".join(letter for letter in LETTERS if letter not in unread)))
    if quoting == csv.QUOTE_NONE:
        table = [cells for cells in table if cells != [""]]  # A row of nothing cannot be written.
    text = io.StringIO(newline="")
    csv.writer(
        text,
        delimiter=reading.delimiter,
        quotechar=reading.quote,
        escapechar=reading.escape or None,
        doublequote=not reading.escape,
        quoting=quoting,
        lineterminator=end,
    ).writerows(table)
    return table, reading, text.getvalue().encode(reading.encoding)


@given(written_tables())
def test_what_the_csv_module_writes_comes_back_cell_by_cell(
    tmp_path_factory: pytest.TempPathFactory, written: tuple[list[list[str]], Reading, bytes]
) -> None:
    table, reading, content = written
    path = tmp_path_factory.getbasetemp() / "table.csv"
    path.write_bytes(content)
    found = list(read_rows(path, reading))
    assert [row.cells for row in found] == [cells for cells in table if "".join(cells).strip(BLANK)]
    assert all(row.problem in (None, rows.FOOTER) for row in found)


@given(tables(), st.integers(1, 40), st.integers(0, 8))
def test_where_batches_end_and_where_reading_begins_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]], batch: int, start: int
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(table)
    whole = read(text.getvalue())
    path = tmp_path_factory.getbasetemp() / "batches.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    usual = rows.BATCH
    rows.BATCH = batch
    try:
        assert read(text.getvalue()) == whole
        assert list(read_rows(path, COMMA, start_row=start)) == whole[start:]
    finally:
        rows.BATCH = usual


@given(st.text(st.sampled_from('a1",;\n\r\0'), max_size=200))
def test_reading_never_fails_and_every_line_with_text_is_within_some_row(text: str) -> None:
    found = read(text)
    starts = [row.line for row in found]
    assert starts == sorted(set(starts))
    for number, line in enumerate(io.StringIO(text, newline="").readlines(), 1):
        if line.strip(',"\r\n'):
            owner = max((row for row in found if row.line <= number), key=lambda row: row.line)
            within = sum(cell.count("\n") + cell.count("\r") for cell in owner.cells)
            assert number - owner.line <= (within if owner.problem in (None, rows.NUL) else 0)


def test_rows_carry_the_line_on_which_they_begin() -> None:
    text = 'a,b\r\n\r\n"1\n2",c\r\nd,"e""f"\n,,\n"",\ng,h\n'
    assert [(row.line, row.cells) for row in read(text)] == [
        (1, ["a", "b"]),
        (3, ["1\n2", "c"]),
        (5, ["d", 'e"f']),
        (8, ["g", "h"]),
    ]


def test_an_unclosed_quote_costs_its_own_row_only() -> None:
    found = read('a,1\n"b,2\n"c",3\n"d,4\ne,5\n')
    assert problems(found) == [(1, None), (2, "unclosed-quote"), (3, None), (4, "unclosed-quote"), (5, None)]


def test_a_note_of_any_length_and_number_of_lines_is_one_cell() -> None:
    note = "Hi Ann,\nplease call +1 202 555 0177 or\n+12025550178\n" * 5_000
    found = read(f'phone,name,notes\n+12025550101,Ann,"{note}"\n+12025550102,Bob,short\n')
    assert [row.cells for row in found[1:]] == [
        ["+12025550101", "Ann", note],
        ["+12025550102", "Bob", "short"],
    ]


def test_a_table_within_a_cell_is_one_cell() -> None:
    inner = "name,phone\nCid,+12025550103\nDee,+12025550104"
    assert [row.cells for row in read(f'name,note\nAnn,"{inner}"\n')] == [["name", "note"], ["Ann", inner]]


def test_two_stray_quotes_far_apart_swallow_no_row_between_them() -> None:
    people = [f"+1202555{number:04},Ann" for number in range(100, 120)]
    text = "\n".join(["phone,name", '"+12025550001,Ann', *people, '+12025550002",Bob', "+12025550003,Cid"])
    found = read(text)
    assert [row.line for row in found] == list(range(1, 25))
    assert [row.line for row in found if row.problem] == [2]


def test_a_cell_longer_than_the_bound_costs_its_row_and_its_lines_are_no_rows() -> None:
    text = 'phone,name\n+12025550101,"' + "hello there\n" * 200_000 + '"\n+12025550102,Bob\n'
    assert problems(read(text)) == [(1, None), (2, "line-too-long"), (200_003, None)]


def test_text_after_a_closing_quote_costs_its_row() -> None:
    first, second = read('"Bob" Smith,1\nc,2\n')
    assert first.problem is rows.STRAY
    assert second.cells == ["c", "2"]


def test_a_nul_byte_costs_its_row() -> None:
    first, second = read("a\0,1\nb,2\n")
    assert first.problem is rows.NUL
    assert second.problem is None


def test_a_row_with_more_cells_than_a_spreadsheet_has_is_refused() -> None:
    first, second = read("a" + "," * 20_000 + "b\nc,d\n")
    assert first.problem is rows.TOO_WIDE
    assert len(first.cells) <= 100
    assert second.problem is None


class Counted:
    """A text that is made as it is read, and knows how much was asked of it."""

    def __init__(self, piece: Callable[[int], str], total: int) -> None:
        self._piece = piece
        self._left = total
        self.longest = 0

    def read(self, size: int) -> str:
        self.longest = max(self.longest, size)
        text = self._piece(min(size, self._left))
        self._left -= len(text)
        return text


def test_an_endless_line_costs_itself_and_is_not_held() -> None:
    endless = Counted(lambda size: "x" * size, 20 * rows.MAX_ROW)
    found = [row for batch in split_rows(endless.read, COMMA) for row in batch]
    assert problems(found) == [(1, "line-too-long")]
    assert sum(map(len, found[0].cells)) <= rows.MAX_ROW
    assert endless.longest == rows.BATCH


def test_an_endless_line_in_quotes_is_not_read_as_a_shorter_one() -> None:
    found = read('a,b\n"' + "x" * (4 * rows.MAX_ROW) + '"\nc,d\n')
    assert problems(found) == [(1, None), (2, "line-too-long"), (3, None)]


@pytest.mark.parametrize("line", ['"a\n', 'a","\n', "'a\n"])
def test_a_file_of_broken_rows_is_given_up_after_a_part_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    monkeypatch.setattr(rows, "REREAD", 2_000_000)
    path = tmp_path / "broken.csv"
    path.write_text("phone,name\n" + line * 2_000_000, encoding="utf-8")
    reading = replace(COMMA, quote="'") if "'" in line else COMMA
    done = 0

    def report(count: int) -> None:
        nonlocal done
        done = count

    with pytest.raises(UnreadableFile, match=r"of the first [\d,]+ rows cannot be read \(line"):
        deque(read_rows(path, reading, report_bytes=report), maxlen=0)
    assert done < 2_000_000


def test_rows_that_read_ahead_in_vain_do_not_do_so_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "REREAD", 1_000)
    monkeypatch.setattr(rows, "BROKEN_ROWS", 10**9)
    text = "phone,name\n" + 'a","\n' * 3_000
    taken = 0

    class Lines(rows.LineBatches):
        def __init__(self, read: Callable[[int], str]) -> None:
            super().__init__(read)
            self.lines = Watched()

    class Watched(list[str]):
        def __getitem__(self, key: object) -> object:  # type: ignore[override]
            nonlocal taken
            taken += isinstance(key, int)
            return super().__getitem__(key)  # type: ignore[index]

    monkeypatch.setattr(rows, "LineBatches", Lines)
    assert len(read(text)) == 3_001
    assert taken < 50_000


def test_mysqls_null_is_an_empty_cell() -> None:
    assert [row.cells for row in read('\\N,+12025550101\n"\\N",x\n')] == [["", "+12025550101"], ["", "x"]]


def test_ctrl_z_at_the_end_of_a_file_is_no_row() -> None:
    assert len(read("a,b\n\x1a")) == 1
    assert len(read('"a",b\n\x1a')) == 1


def test_line_ends_of_every_kind_are_understood() -> None:
    for end in ("\n", "\r\n", "\r", "\r\r\n"):
        assert [row.cells for row in read(end.join(["a,b", "c,d", ""]))] == [["a", "b"], ["c", "d"]]


def test_lines_below_a_report_are_no_people() -> None:
    text = '"Name","Phone"\n"Ann","+12025550101"\n\n\n"Contacts Report"\n"Copyright (c) 2026"\n'
    assert [row.problem and row.problem.code for row in read(text)] == [
        None,
        None,
        "below-table",
        "below-table",
    ]


def test_a_number_below_a_blank_line_is_a_row() -> None:
    assert problems(read("phone,name\n+12025550101,Ann\n\n+12025550102\n")) == [
        (1, None),
        (2, None),
        (4, None),
    ]


def test_rows_that_stand_in_quotes_as_a_whole_are_split() -> None:
    text = '"name,phone"\n"Ann,""Lee, Ann"",+12025550101"\nBob,x,+12025550102\n'
    assert [row.cells for row in read(text, replace(COMMA, wrapped=True))] == [
        ["name", "phone"],
        ["Ann", "Lee, Ann", "+12025550101"],
        ["Bob", "x", "+12025550102"],
    ]


def test_blanks_before_a_quote_are_skipped_where_the_file_has_them() -> None:
    assert read('a, "b, c"\n', replace(COMMA, skip_space=True))[0].cells == ["a", "b, c"]


def test_progress_is_counted_in_bytes_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_text("+12025550101,é\n" * 50_000, encoding="utf-8")
    told: list[int] = []
    assert sum(1 for _ in read_rows(path, COMMA, report_bytes=told.append)) == 50_000
    assert told == sorted(told)
    assert told[-1] == path.stat().st_size
