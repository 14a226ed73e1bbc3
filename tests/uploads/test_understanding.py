"""What a look at a file's beginning tells: its dialect, the row of names, the columns, and lists without columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.uploads import Understanding, UnknownChoice, UnreadableFile, read_rows, understand_file
from campaign_app.uploads.lists import split_line

Understand = Callable[..., Understanding]


@pytest.fixture
def understand(tmp_path: Path) -> Understand:
    def look(content: str | bytes, region: str | None = "US", **chosen: object) -> Understanding:
        path = tmp_path / "upload"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        found = understand_file(path, region=region, chosen=chosen)
        assert list(read_rows(path, found.reading))[:200] == list(found.rows)
        return found

    return look


def cells(found: Understanding) -> list[list[str]]:
    return [row.cells for row in found.rows]


NAMES = st.text(st.sampled_from("Annbé ,;|\t:'\"\n.-&"), min_size=1, max_size=12).map(
    lambda name: f"A{name}z"
)
NUMBERS = st.integers(0, 9999).map(lambda number: f"+1202555{number:04}")


@st.composite
def peoples_files(draw: st.DrawFn) -> tuple[list[list[str]], list[str], bytes]:
    """People with names and numbers, the columns' names if the file has them, and the file."""
    people = draw(st.lists(st.tuples(NAMES, NUMBERS, NAMES).map(list), min_size=1, max_size=6))
    header = draw(st.sampled_from([[], ["name", "phone", "note"], ["First Name", "Mobile", "City"]]))
    text = io.StringIO(newline="")
    csv.writer(
        text,
        delimiter=draw(st.sampled_from(",;\t|")),
        quoting=draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])),
        lineterminator=draw(st.sampled_from(["\n", "\r\n"])),
    ).writerows([header, *people] if header else people)
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]))
    return people, header, text.getvalue().encode(encoding)


@given(peoples_files())
def test_a_file_of_people_is_recognized_whatever_its_dialect(
    tmp_path_factory: pytest.TempPathFactory, written: tuple[list[list[str]], list[str], bytes]
) -> None:
    people, header, content = written
    path = tmp_path_factory.getbasetemp() / "people.csv"
    path.write_bytes(content)
    found = understand_file(path, region="US")
    assert cells(found) == people
    assert found.reading.header is bool(header)
    assert list(found.original_names) == (header or [""] * 3)
    assert not found.header_unsure


@pytest.mark.parametrize("delimiter", list(",;\t|^~:"))
@pytest.mark.parametrize("rows", [2, 60])
def test_every_cell_quoted_is_understood_with_any_delimiter(
    understand: Understand, delimiter: str, rows: int
) -> None:
    table = [["name", "phone"], *([f"Ann {place}", f"+1202555{place:04}"] for place in range(rows))]
    found = understand("\r\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in table))
    assert (found.reading.delimiter, found.reading.header) == (delimiter, True)
    assert cells(found) == table[1:]


@pytest.mark.parametrize(
    "text, delimiter",
    [
        ("name,phone\nAnn,+16175550100\n", ","),
        ("name;phone\nAnn, Lee;+16175550100\nBob, Ray;+16175550101\n", ";"),
        ("name\tphone\nAnn\t+16175550100\n", "\t"),
        ("name|phone\nAnn|+16175550100\n", "|"),
        ("name^phone\nAnn^+16175550100\n", "^"),
        ("name~phone\nAnn~+16175550100\n", "~"),
        ("name:phone\nAnn:+16175550100\n", ":"),
        ('"a;b",+16175550100\n"c;d",+16175550101\n', ","),
        ("phone;note\n+16175550100;a, b, c, d\n", ";"),
        ("phone;name\n2025550101,2025550102;Ann\n", ";"),
        ("name,time,phone\nAnn,10:30,+16175550100\nBob,11:45,+16175550101\n", ","),
        ("phone\n", ","),
        ("sep=^\nname^phone\nAnn^+16175550100\n", "^"),
        ('"sep=;"\r\nphone;name\r\n+16175550100;Ann\r\n', ";"),
    ],
)
def test_the_delimiter_is_found(understand: Understand, text: str, delimiter: str) -> None:
    assert understand(text).reading.delimiter == delimiter


@pytest.mark.parametrize(
    "text, expected",
    [
        ("'name','phone'\n'Ann, Lee','+16175550100'\n'Bob','+16175550101'\n", ["Ann, Lee", "+16175550100"]),
        ('name,phone\n"Ann \\"A\\" Lee",+16175550100\nBob,+16175550101\n', ['Ann "A" Lee', "+16175550100"]),
        ("name,phone\nLee\\, Ann,+16175550100\nBob,+16175550101\n", ["Lee, Ann", "+16175550100"]),
        ('name, phone\n"Lee, Ann", "+16175550100"\n"Bob", "+16175550101"\n', ["Lee, Ann", "+16175550100"]),
        ('"name,phone"\n"""Lee, Ann"",+16175550100"\n"Bob,+16175550101"\n', ["Lee, Ann", "+16175550100"]),
        ("name,phone\n'Ann,'+16175550100\n", ["'Ann", "'+16175550100"]),
    ],
)
def test_quotes_of_other_kinds_are_understood(understand: Understand, text: str, expected: list[str]) -> None:
    found = understand(text)
    assert found.reading.header
    assert cells(found)[0] == expected


@pytest.mark.parametrize(
    "text",
    [
        "Ann,\nBob,2125550124\nCid,2125550125\n",
        "home 202-555-0100,Ann\n202-555-0101,Bob\n",
        "+1 202 555 0100 ::: +1 202 555 0101,Ann\n+1 202 555 0102,Bob\n",
        "Ann,n/a\nBob,2125550124\nCid,2125550125\n",
        "Ann Lee,ann@example.com,\nBob,bob@example.com,2125550124\n",
        "• 202-555-0100,Ann\n202-555-0101,Bob\n",
        "Ann,+16175550100\n",
        "Ann,,Boston\nBob,+16175550100,Boston\nCid,+16175550101,Boston\n",
    ],
)
def test_a_first_row_that_is_a_person_is_counted(understand: Understand, text: str) -> None:
    found = understand(text)
    assert not found.reading.header
    assert not found.header_unsure
    assert len(found.rows) == text.count("\n")
    assert found.names[0] == "column_1"


@pytest.mark.parametrize(
    "text",
    [
        "Ann,call later\nBob,2125550124\n",
        "qwx,zrt\nAnn,2125550124\n",
        "Otto Fon,see notes\nBob,2125550124\n",
        "Juan Calle,call later\nBob,2125550124\n",
        "#4,Ann\n2125550124,Bob\n",
    ],
)
def test_a_first_row_that_may_be_either_is_asked_about(understand: Understand, text: str) -> None:
    assert understand(text).header_unsure
    for header in (True, False):
        found = understand(text, header=header)
        assert not found.header_unsure
        assert len(found.rows) == (1 if header else 2)


@pytest.mark.parametrize(
    "header",
    [
        "name,phone", "Kunde;Termin;Erreichbar unter", "имя;телефон", "名前,電話番号", "Nom,Téléphone",
        "CPF;Nome;Contato", "ad,cep telefonu",
        "reference_id,target,provider-name,provider-phone", "FirstName,HomePhone", "الاسم,رقم الجوال",
        "Timestamp,Your name,What is the best phone number to reach you on during office hours please?",
    ],
)  # fmt: skip
def test_a_header_row_is_distinguished_from_people(understand: Understand, header: str) -> None:
    delimiter = ";" if ";" in header else ","
    width = header.count(delimiter) + 1
    people = [[*"Axyz"[: width - 1], f"+1202555{place:04}"] for place in range(100, 103)]
    found = understand("\n".join([header, *(delimiter.join(row) for row in people)]))
    assert found.reading.header
    assert not found.header_unsure
    assert cells(found) == people


@pytest.mark.parametrize(
    "above, skipped",
    [
        ("Call list November\n\n", 2),
        ("Call list November,,\n", 1),
        ("Phone list of the customers,,\nprinted,2026-11-28,\n\n", 3),
        ("#TYPE System.Management.Automation.PSCustomObject\n", 1),
        ("\n\n", 0),
        ("# exported from the CRM\n# by Ann\n", 2),
        ("Company,Acme\nDate,2026-11-28\n\n", 3),
        ("sep=,\n", 1),
        ("Call list of the clinic - questions to 202-555-0199\nPerson,,Reach\n", 2),
    ],
)
def test_lines_above_the_header_are_skipped(understand: Understand, above: str, skipped: int) -> None:
    found = understand(
        above + "Name,Fax,Phone\nAnn,+12025550101,+12025550102\nBob,+12025550103,+12025550104\n"
    )
    assert found.names == ("Name", "Fax", "Phone")
    assert found.reading.skip_rows == skipped
    assert [row.line for row in found.rows] == [above.count("\n") + 2, above.count("\n") + 3]


def test_a_person_above_the_names_is_not_passed_over(understand: Understand) -> None:
    found = understand("Ann,+12025550101\nname,phone\nBob,+12025550102\n")
    assert not found.reading.header
    assert len(found.rows) == 3


def test_a_number_over_a_blank_line_and_the_names_is_asked_about(understand: Understand) -> None:
    found = understand("Questions? Call us,202-555-0199\n\nname,phone\nBob,+12025550102\nAnn,+12025550103\n")
    assert found.header_unsure
    assert found.names == ("name", "phone")


def test_empty_columns_at_the_end_do_not_count(understand: Understand) -> None:
    found = understand("name,phone" + "," * 200 + "\nAnn,+12025550101" + "," * 2_000 + "\n")
    assert found.names == ("name", "phone")


def test_many_columns_are_read_and_too_many_are_refused_with_their_number(understand: Understand) -> None:
    wide = [f"c{place}" for place in range(1_000)]
    found = understand(
        ",".join([*wide[:-1], "phone"]) + "\n" + ",".join(["x"] * 999 + ["+12025550101"]) + "\n"
    )
    assert len(found.names) == 1_000
    with pytest.raises(UnreadableFile, match="1,001 columns; at most 1,000"):
        understand(",".join([*wide, "phone"]) + "\n" + ",".join(["x"] * 1_000 + ["+12025550101"]) + "\n")


def test_names_are_shortened_made_unique_and_given(understand: Understand) -> None:
    question = "What is the best phone number to reach you on during office hours please?"
    found = understand(f'name,Name,"{question}",,name_2\nAnn,b,+12025550101,x,y\n')
    assert found.original_names == ("name", "Name", question, "", "name_2")
    assert found.names == (
        "name",
        "Name_2",
        "What is the best phone number to reach you on during office hou…",
        "column_4",
        "name_2_2",
    )
    assert max(map(len, found.names)) <= 64


def test_rows_that_begin_with_a_cell_without_a_name_are_not_shifted(understand: Understand) -> None:
    found = understand('"name","phone"\n"1","Ann","+12025550101"\n"2","Bob","+12025550102"\n')
    assert found.names == ("column_1", "name", "phone")


def test_ragged_rows_invent_no_columns(understand: Understand) -> None:
    found = understand("name,phone\nAnn,+12025550101\nBob,+12025550102,extra,more\nCid\n")
    assert found.names == ("name", "phone")
    assert cells(found) == [["Ann", "+12025550101"], ["Bob", "+12025550102", "extra", "more"], ["Cid"]]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("+12025550101, +12025550102\n", [("+12025550101", ""), ("+12025550102", "")]),
        ("+12025550101; +12025550102", [("+12025550101", ""), ("+12025550102", "")]),
        ("2125550124, 2125550125,\n2125550126\n", [("2125550124", ""), ("2125550125", ""), ("2125550126", "")]),
        ("Ann +12025550101\nBob Lee +12025550102\n", [("+12025550101", "Ann"), ("+12025550102", "Bob Lee")]),
        ("Ann: +12025550101\nBob: +12025550102\n", [("+12025550101", "Ann"), ("+12025550102", "Bob")]),
        ("Ann: (202) 555-0101, Bob: (202) 555-0102", [("(202) 555-0101", "Ann"), ("(202) 555-0102", "Bob")]),
        ("+12025550101 (Ann)\n+12025550102 (Bob)\n", [("+12025550101", "Ann"), ("+12025550102", "Bob")]),
        ("2025550101\n2025550102, 2025550103\n", [("2025550101", ""), ("2025550102", ""), ("2025550103", "")]),
        ("Lee, Ann +12025550101\n", [("+12025550101", "Lee, Ann")]),
        ("Lee, Ann +12025550101\nRoe, Bob +12025550102", [("+12025550101", "Lee, Ann"), ("+12025550102", "Roe, Bob")]),
        ("Ann +12025550101\n", [("+12025550101", "Ann")]),
        ("+12025550101\n", [("+12025550101", "")]),
        ("1) 202-555-0101\n2. (202) 555-0102\n", [("202-555-0101", ""), ("(202) 555-0102", "")]),
        ("2025550101 202-555-0102 2025550103", [("2025550101", ""), ("202-555-0102", ""), ("2025550103", "")]),
        ("202-555-0101 and 202-555-0102", [("202-555-0101", ""), ("202-555-0102", "")]),
        ("Acct 2025550188 Ann 202-555-0101", [("2025550188", "Acct"), ("202-555-0101", "Ann")]),
        ("+12025550101 Ann +12025550102 Bob", [("+12025550101", "Ann"), ("+12025550102", "Bob")]),
        ("+12025550101 Ann / +12025550102 John E", [("+12025550101", "Ann"), ("+12025550102", "John E")]),
        ("+12025550101 Ann and +12025550102", [("+12025550101", "Ann"), ("+12025550102", "")]),
        ("Ann +12025550101 and Bob +12025550102", [("+12025550101", "Ann"), ("+12025550102", "Bob")]),
        ("1. Ann - +12025550101\n2. Bob - +12025550102\n", [("+12025550101", "1. Ann"), ("+12025550102", "2. Bob")]),
    ],
)  # fmt: skip
def test_a_pasted_list_is_numbers_and_names(
    understand: Understand, text: str, expected: list[tuple[str, str]]
) -> None:
    found = understand(text)
    assert found.reading.format == "list"
    assert [tuple(row.cells) for row in found.rows] == expected
    assert found.names == (("phone", "name") if any(name for _, name in expected) else ("phone",))


def test_names_stand_behind_their_numbers_where_the_line_begins_with_one() -> None:
    ann, bob = ["+12025550101", "Ann"], ["+12025550102", "Bob"]
    assert split_line("+12025550101, Ann, +12025550102, Bob") == [ann, bob]
    assert split_line("Ann, +12025550101, Bob, +12025550102") == [ann, bob]
    assert split_line("+12025550101, Ann, Bob +12025550102") == [["+12025550101", ""], [bob[0], "Ann, Bob"]]


def test_a_pasted_line_may_have_very_many_numbers(understand: Understand, tmp_path: Path) -> None:
    found = understand(", ".join(f"+1202555{place % 10_000:04}" for place in range(50_000)))
    assert found.reading.format == "list"
    assert sum(1 for _ in read_rows(tmp_path / "upload", found.reading)) == 50_000


def test_what_has_no_number_in_a_list_is_a_row_to_be_refused(understand: Understand) -> None:
    found = understand("+12025550101\nnobody\n+12025550102\n+12025550103\n12\n+12025550104\n" * 3)
    assert found.reading.format == "list"
    assert ["nobody", ""] in cells(found)
    assert ["12", ""] in cells(found)
    assert len(found.rows) == 18


@pytest.mark.parametrize(
    "text",
    [
        "Ann,+12025550101\n",
        "+12025550101,Ann\n+12025550102,Bob\n",
        "2025550101,2025550102\n2025550103,2025550104\n",
        "phone\n+12025550101\n+12025550102\n",
        "name\tphone\nAnn\t+12025550101\n",
    ],
)
def test_a_table_is_no_list(understand: Understand, text: str) -> None:
    assert understand(text).reading.format == "delimited"


def test_choices_are_followed(understand: Understand) -> None:
    found = understand("a;b,c\nd;e,f\n", delimiter=";")
    assert cells(found)[-1] == ["d", "e,f"]
    assert understand("a\tb\n1\t2\n", delimiter="tab").reading.delimiter == "\t"
    found = understand("имя;телефон\nИван;+12025550101\n".encode("koi8_r"), encoding="KOI8-R")
    assert (found.reading.encoding, found.names) == ("koi8_r", ("имя", "телефон"))


@pytest.mark.parametrize(
    "chosen, field",
    [({"encoding": "klingon"}, "encoding"), ({"encoding": "rot13"}, "encoding"), ({"delimiter": "ab"}, "delimiter"),
     ({"delimiter": '"'}, "delimiter")],
)  # fmt: skip
def test_a_choice_that_cannot_be_is_refused_by_its_name(
    understand: Understand, chosen: Mapping[str, object], field: str
) -> None:
    with pytest.raises(UnknownChoice) as raised:
        understand("name,phone\nAnn,+12025550101\n", **chosen)
    assert raised.value.field == field


@pytest.mark.parametrize(
    "content, says",
    [
        ("", "no rows"),
        ("\r\n \r\n,,\r\n", "no rows"),
        (
            '"name,phone\nAnn,+12025550101\n',
            "Line 1 cannot be read: a quotation mark is opened and not closed",
        ),
        ('"a\n' * 1_000, "Line 1 cannot be read"),
        ("x" * 3_000_000, "Line 1 cannot be read: the row is longer than 1,000,000 characters"),
    ],
)
def test_what_cannot_be_a_table_says_why(understand: Understand, content: str, says: str) -> None:
    with pytest.raises(UnreadableFile, match=says):
        understand(content)


def test_at_most_200_rows_are_shown(understand: Understand) -> None:
    assert len(understand("phone\n" + "+12025550101\n" * 5_000).rows) == 200
