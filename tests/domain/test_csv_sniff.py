"""What is guessed of a file: encoding, delimiter, header, phone column; and how rows are read."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.domain import csv_rows
from campaign_app.domain.csv_cells import csv_text, kept, neutralise, plain
from campaign_app.domain.csv_columns import NoColumns, find_columns, looks_like_phone, names_phone
from campaign_app.domain.csv_rows import MAX_LINE, Row, read_rows
from campaign_app.domain.csv_sniff import binary_kind, find_delimiter, find_encoding

TEXT = "phone;prénom\n+33612345678;Zoé\n+33612345679;Léa\n"


def rows(text: str, delimiter: str = ",") -> list[Row]:
    return list(read_rows(io.StringIO(text, newline="").readline, delimiter))


def dials(cell: str) -> bool:
    return cell.startswith("+")


@pytest.mark.parametrize(
    "data, encoding",
    [
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-32"), "utf-32"),
        (TEXT.encode("cp1252"), "cp1252"),
        (b"+16175550100\n", "utf-8"),
        (b"", "utf-8"),
    ],
)
def test_the_encoding_is_found(data: bytes, encoding: str) -> None:
    assert find_encoding(data, [data]) == encoding
    assert data.decode(encoding).removeprefix("\ufeff") == (TEXT if len(data) > 20 else data.decode())


def test_one_cp1252_byte_at_the_very_end_of_a_large_file_is_noticed() -> None:
    blocks = [b"+16175550100\n" * 10_000] * 3 + [b"Andr\xe9\n"]
    assert find_encoding(blocks[0], blocks) == "cp1252"


def test_a_character_cut_in_two_by_the_blocks_is_still_utf_8() -> None:
    data = "é".encode()
    assert find_encoding(data, [b"a" + data[:1], data[1:] + b"b"]) == "utf-8"


@pytest.mark.parametrize(
    "head, kind",
    [
        (b"PK\x03\x04\x14\x00", "an Excel workbook or a ZIP archive"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "an image"),
        (b"%PDF-1.7\n", "a PDF document"),
        (bytes(range(256)), "a binary file"),
        (b"phone\n" + b"\x00" * 200, "a binary file"),
        (TEXT.encode("utf-16"), None),
        (TEXT.encode("utf-16-le"), None),
        (TEXT.encode("cp1252"), None),
        (b"phone\n" + b"+16175550100\n" * 20 + b"\x00\n", None),
    ],
)
def test_a_binary_file_is_told_from_a_text(head: bytes, kind: str | None) -> None:
    assert binary_kind(head) == kind


@pytest.mark.parametrize(
    "sample, delimiter",
    [
        ("name,phone\nAnn,+16175550100\n", ","),
        ("name;phone\nAnn, Lee;+16175550100\nBob, Ray;+16175550101\n", ";"),
        ("name\tphone\nAnn\t+16175550100\n", "\t"),
        ("name|phone\nAnn|+16175550100\n", "|"),
        ("+16175550100\n+16175550101\n", ","),
        ('"a;b",+16175550100\n"c;d",+16175550101\n', ","),
        ("phone;note\n+16175550100;a, b, c, d\n", ";"),
        ("phone\n", ","),
        ("", ","),
    ],
)
def test_the_delimiter_is_found(sample: str, delimiter: str) -> None:
    assert find_delimiter(sample) == (delimiter, False)


def test_excels_own_line_names_the_delimiter() -> None:
    assert find_delimiter("\ufeffsep=;\r\nphone;name\r\n") == (";", True)


NAMES = """
    phone|Mobile|Phone 1 - Value|numéro|Tel.|Téléphone|telephone|cell|número|Nummer|MSISDN|to|Contact Number
    phone_number|PHONE|Tél. portable|Número de móvil|Handynummer|E.164|Телефон|電話番号|Mobile Phone
"""


@pytest.mark.parametrize(
    "header", [name.strip() for line in NAMES.strip().split("\n") for name in line.split("|")]
)
def test_a_header_that_names_the_phone_column(header: str) -> None:
    assert names_phone(header)


@pytest.mark.parametrize(
    "header", ["name", "Phone 1 - Type", "Phone Type", "tone", "First Name Phonetic", "total", "e-mail", ""]
)
def test_a_header_that_does_not(header: str) -> None:
    assert not names_phone(header)


@pytest.mark.parametrize(
    "cell, expected",
    [
        ("+1 617 555 0100", True),
        ("(617) 555-0100", True),
        ("0033 6 12 34 56 78", True),
        ("٠٦١٢٣٤٥٦٧٨", True),
        ("＋４４ ２０ ７９４６ ０９５８", True),
        ("2026-11-20", False),
        ("20.11.2026", False),
        ("12345", False),
        ("Ann", False),
        ("a@example.com", False),
        ("1234567890123456789", False),
        ("", False),
    ],
)
def test_the_shape_of_a_phone_number(cell: str, expected: bool) -> None:
    assert looks_like_phone(cell) is expected


@pytest.mark.parametrize(
    "table, phone, header, names",
    [
        ([["name", "phone"], ["Ann", "+16175550100"]], 1, True, ("name", "phone")),
        ([["Ann", "+16175550100"]], 1, False, ("column_1", "column_2")),
        ([["+16175550100"], ["+16175550101"]], 0, False, ("column_1",)),
        ([["who", "reach"], ["Ann", "+16175550100"]], 1, True, ("who", "reach")),
        ([["phone"], ["wrong"]], 0, True, ("phone",)),
        ([["number", "mobile"], ["1", "+16175550100"]], 1, True, ("number", "mobile")),
        ([["id", "call"], ["1000001", "+16175550100"]], 1, True, ("id", "call")),
        ([["a", "a", "", "phone"], ["1", "2", "3", "+1"]], 3, True, ("a", "a_2", "column_3", "phone")),
        ([["phone"], ["+16175550100", "Ann"]], 0, True, ("phone", "column_2")),
    ],
)
def test_the_columns_are_found(
    table: list[list[str]], phone: int, header: bool, names: tuple[str, ...]
) -> None:
    columns = find_columns(table, dials)
    assert (columns.phone, columns.has_header, columns.names) == (phone, header, names)


@pytest.mark.parametrize(
    "table, says",
    [
        ([["name", "city"], ["Ann", "Rome"]], "“name”, “city”"),
        ([], "no rows"),
        ([["x"] * 51], "51 columns; at most 50"),
        ([["phone", "n" * 65], ["+16175550100", "x"]], "column 2 has 65 characters"),
    ],
)
def test_what_cannot_be_a_table_of_numbers_says_why(table: list[list[str]], says: str) -> None:
    with pytest.raises(NoColumns, match=says):
        find_columns(table, dials)


def test_rows_carry_the_line_on_which_they_begin() -> None:
    text = 'a,b\r\n\r\n"1\n2",c\r\nd,"e""f"\n,,\n"",\ng\n'
    assert [(row.line, row.cells) for row in rows(text)] == [
        (1, ["a", "b"]),
        (3, ["1\n2", "c"]),
        (5, ["d", 'e"f']),
        (8, ["g"]),
    ]


def test_an_unclosed_quote_costs_its_own_row_only() -> None:
    found = rows('a,1\n"b,2\n"c",3\n"d,4\ne,5\n')
    assert [(row.line, row.problem and row.problem.code) for row in found] == [
        (1, None),
        (2, "unclosed-quote"),
        (3, None),
        (4, "unclosed-quote"),
        (5, None),
    ]


def test_two_stray_quotes_far_apart_swallow_nothing() -> None:
    text = '"start\n' + f"{'x' * 300},1\n" * 10 + 'end",2\nz,3\n'
    assert [row.line for row in rows(text)] == list(range(1, 14))


def test_text_after_a_closing_quote_costs_its_row() -> None:
    first, second = rows('"Bob" Smith,1\nc,2\n')
    assert first.problem is csv_rows.STRAY
    assert second.cells == ["c", "2"]


def test_a_nul_byte_costs_its_row() -> None:
    first, second = rows("a\0,1\nb,2\n")
    assert first.problem is csv_rows.NUL
    assert second.problem is None


def test_an_endless_line_costs_itself_and_is_not_held() -> None:
    class Endless(io.StringIO):
        longest = 0

        def readline(self, size: int | None = -1, /) -> str:
            line = super().readline(size)
            self.longest = max(self.longest, len(line))
            return line

    text = Endless("x" * (10 * MAX_LINE + 7) + "\nb,2\n", newline="")
    first, second = read_rows(text.readline, ",")
    assert first.problem is csv_rows.TOO_LONG
    assert (second.line, second.cells) == (2, ["b", "2"])
    assert text.longest == MAX_LINE


CELLS = st.text(st.sampled_from("ab1+ \",;'\n\r\té=@-"), max_size=8)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=8))
def test_what_the_csv_module_writes_is_read_back(table: list[list[str]]) -> None:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(table)
    assert [row.cells for row in rows(out.getvalue())] == [
        cells for cells in table if any(cell.strip() for cell in cells)
    ]


@given(st.text(st.sampled_from('a1",;\n\r\0'), max_size=200))
def test_reading_never_fails_and_every_line_with_text_is_within_some_row(text: str) -> None:
    found = rows(text)
    lines = io.StringIO(text, newline="").readlines()
    starts = [row.line for row in found]
    assert starts == sorted(set(starts))
    for number, line in enumerate(lines, 1):
        if line.strip(',"\r\n'):
            owner = max((row for row in found if row.line <= number), key=lambda row: row.line)
            spanned = sum(cell.count("\n") + cell.count("\r") for cell in owner.cells)
            assert number - owner.line <= (0 if owner.problem else spanned)


@pytest.mark.parametrize("cell", ["=1+1", "+16175550100", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_formulas_are_neutralised_and_read_back(cell: str) -> None:
    assert neutralise(cell) == "'" + cell
    assert plain(neutralise(cell)) == cell.strip()
    assert next(csv.reader(io.StringIO(csv_text([[cell]]), newline=""))) == ["'" + cell]


@pytest.mark.parametrize("cell", ["Ann", "", " =1", "1+1", "O'Hara", "'quoted'"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert neutralise(cell) == cell
    assert plain(cell) == cell.strip()


def test_kept_cells_are_short_few_and_without_nul() -> None:
    cells = kept(["x" * 5_000, "a\0b", *["y"] * 100])
    assert len(cells) == 50
    assert (len(cells[0]), cells[1]) == (200, "a␀b")
