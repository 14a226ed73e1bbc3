"""Workbooks, address books, and files that are no tables."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from campaign_app.uploads import (
    Understanding,
    UnknownChoice,
    UnreadableFile,
    conversion,
    prepare_upload,
    read_rows,
    understand_file,
)

from .workbooks import make_ods, make_xlsx, xlsx_parts

Upload = Callable[..., Understanding]

PEOPLE = [["name", "phone"], ["Ann", "+12025550101"], ["Zoë", "+12025550102"]]


@pytest.fixture
def upload(tmp_path: Path) -> Upload:
    def put(content: bytes, format: str, **chosen: object) -> Understanding:
        source, target = tmp_path / "part", tmp_path / "whole"
        source.write_bytes(content)
        assert prepare_upload(source, target, filename="list") == format
        assert not source.exists()
        found = understand_file(target, region="US", chosen=chosen)
        assert found.reading.format == format
        assert list(read_rows(target, found.reading))[:200] == list(found.rows)
        return found

    return put


def cells(found: Understanding) -> list[list[str]]:
    return [row.cells for row in found.rows]


@pytest.mark.parametrize("make, format", [(make_xlsx, "xlsx"), (make_ods, "ods")])
def test_a_workbook_is_a_table(upload: Upload, make: Callable[..., bytes], format: str) -> None:
    found = upload(make({"People": PEOPLE}), format)
    assert found.names == ("name", "phone")
    assert cells(found) == PEOPLE[1:]
    assert (found.reading.sheet, found.reading.encoding, found.sheets) == ("People", "utf-8", ("People",))


@pytest.mark.parametrize("make, format", [(make_xlsx, "xlsx"), (make_ods, "ods")])
def test_numbers_and_dates_are_text_without_a_fraction(
    upload: Upload, make: Callable[..., bytes], format: str
) -> None:
    row = [2025550123.0, 491711234567, 0.5, 1e20, True, date(2026, 11, 28), None, "x"]
    found = upload(make({"A": [["phone", "p", "q", "big", "ok", "day", "none", "end"], row]}), format)
    expected = ["2025550123", "491711234567", "0.5", "100000000000000000000", "true", "2026-11-28", "", "x"]
    assert cells(found) == [expected]


def test_a_time_of_day_is_kept(upload: Upload) -> None:
    found = upload(
        make_xlsx({"A": [["phone", "at"], ["+12025550101", datetime(2026, 11, 28, 9, 30)]]}), "xlsx"
    )
    assert cells(found) == [["+12025550101", "2026-11-28 09:30"]]


def test_the_first_sheet_with_data_is_read_and_another_can_be_chosen(upload: Upload) -> None:
    other = [["Telefon", "Ort"], ["+4930123456", "Berlin"]]
    book = make_xlsx({"Empty": [], "People": PEOPLE, "Übrige": other})
    found = upload(book, "xlsx")
    assert (found.reading.sheet, found.sheets) == ("People", ("People", "Übrige"))
    found = upload(book, "xlsx", sheet="Übrige")
    assert (found.names, cells(found)) == (("Telefon", "Ort"), [["+4930123456", "Berlin"]])
    with pytest.raises(UnknownChoice, match="“People”, “Übrige”"):
        upload(book, "xlsx", sheet="Empty")


@pytest.mark.parametrize("make, format", [(make_xlsx, "xlsx"), (make_ods, "ods")])
def test_a_rows_line_is_its_number_in_the_sheet(
    upload: Upload, make: Callable[..., bytes], format: str
) -> None:
    people = [["name", "phone"], ["Ann\nLee", "+12025550101"], [None], ["Bob", "+12025550102"]]
    table = [[None, *row] for row in [[None], [None], ["Call list", None], [None], *people]]
    found = upload(make({"A": table}), format)
    assert found.names == ("name", "phone")
    assert [(row.line, row.cells[0].split()[0]) for row in found.rows] == [(6, "Ann"), (8, "Bob")]


def test_progress_of_a_converted_file_is_counted_in_bytes(tmp_path: Path) -> None:
    source, target = tmp_path / "part", tmp_path / "whole"
    source.write_bytes(make_xlsx({"A": [["phone"], *([f"+1202555{place:04}"] for place in range(3_000))]}))
    prepare_upload(source, target, filename="list.xlsx")
    found = understand_file(target, region=None)
    told: list[int] = []
    assert (
        sum(1 for _ in read_rows(target, found.reading, start_row=1_000, report_bytes=told.append)) == 2_000
    )
    assert 0 < told[-1] <= target.stat().st_size


def refused(tmp_path: Path, content: bytes) -> str:
    source, target = tmp_path / "part", tmp_path / "whole"
    source.write_bytes(content)
    with pytest.raises(UnreadableFile) as raised:
        prepare_upload(source, target, filename="list.csv")
    assert source.exists()
    assert not target.exists()
    assert raised.value.errors[0].field == "file"
    return raised.value.sentence


def zipped(parts: dict[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def test_a_zip_bomb_is_refused_by_its_directory(tmp_path: Path) -> None:
    bomb = zipped({**xlsx_parts({"A": ""}), "xl/worksheets/sheet1.xml": b" " * (64 << 20)})
    assert len(bomb) < 1 << 20
    assert "too large when unpacked" in refused(tmp_path, bomb)


def test_a_zip_bomb_whose_directory_lies_is_stopped_at_its_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversion, "MEMORY", 300 << 20)
    monkeypatch.setattr(conversion, "SECONDS", 20)
    row = '<row><c t="inlineStr"><is><t>' + "x" * 1_000 + "</t></is></c></row>"
    bomb = bytearray(zipped({**xlsx_parts({"A": row * 200_000})}))
    # The directory's sizes, and those before each part, say that it is small.
    for mark, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = bomb.find(mark)
        while at >= 0:
            if struct.unpack_from("<I", bomb, at + place)[0] > 1 << 20:
                struct.pack_into("<I", bomb, at + place, 5_000)
            at = bomb.find(mark, at + 4)
    assert refused(tmp_path, bytes(bomb))


def test_a_workbook_with_too_many_rows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversion, "MAX_ROWS", 100)
    assert "more than" in refused(tmp_path, make_xlsx({"A": [["+12025550101"]] * 101}))


def test_one_stray_cell_far_away_does_not_stop_a_workbook(upload: Upload) -> None:
    rows = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>phone</t></is></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>+12025550101</t></is></c></row>'
        '<row r="1048576"><c r="B1048576" t="inlineStr"><is><t>x</t></is></c></row>'
    )
    found = upload(zipped({**xlsx_parts({"A": rows})}), "xlsx")
    assert cells(found) == [["+12025550101"], ["", "x"]]


@pytest.mark.parametrize("cut", [100, 1_000])
def test_a_damaged_workbook_says_so(tmp_path: Path, cut: int) -> None:
    assert "damaged" in refused(tmp_path, make_xlsx({"A": PEOPLE})[:cut])
    assert "damaged" in refused(tmp_path, zipped({**xlsx_parts({"A": ""}), "xl/workbook.xml": b"<broken"}))


def test_a_workbook_without_data_says_so(tmp_path: Path) -> None:
    assert "no sheet with data" in refused(tmp_path, make_xlsx({"A": []}))


@pytest.mark.parametrize(
    "content, says",
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "an old Excel workbook"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "an image"),
        (b"%PDF-1.7\n", "a PDF document"),
        (gzip.compress(b"name,phone\n"), r"a compressed file \(gzip\), .* Unpack it"),
        (zipped({"list.csv": "name,phone\n"}), "a ZIP archive, .* Unpack it"),
        (zipped({"word/document.xml": "<x/>"}), "a Word document"),
        (
            zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": ""}),
            "word processor",
        ),
        (bytes(range(256)), "a binary file"),
        (b"phone\n" + b"\x00" * 200, "a binary file"),
        (b'[{"name":"Ann","phone":"+12025550101"}]', "This is JSON"),
        (b'{"phone":"+12025550101"}\n{"phone":"+12025550102"}\n', "This is JSON"),
        (b'\xef\xbb\xbf [ "+12025550101", "+12025550102" ]', "This is JSON"),
        (b"<table><tr><td>name</td></tr></table>", r"a web page \(HTML\), whatever its name ends with"),
        ("<!DOCTYPE html><html>".encode("utf-16"), "a web page"),
        (b'<html xmlns:x="urn:schemas-microsoft-com:office:excel">', "a web page"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook>', "SpreadsheetML"),
        (b'<?xml version="1.0"?><people><p/></people>', "This is XML"),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "a calendar"),
        (b"{\\rtf1 Ann}", "RTF"),
        (b"SQLite format 3\x00", "a database"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_table_is_named_as_what_it_is(tmp_path: Path, content: bytes, says: str) -> None:
    source = tmp_path / "part"
    source.write_bytes(content)
    with pytest.raises(UnreadableFile, match=says):
        prepare_upload(source, tmp_path / "whole", filename="list.xls")


@pytest.mark.parametrize(
    "content",
    [b"[Ann],+12025550101\n", b"<Ann> +12025550101\n<Bob> +12025550102\n", b"{name},{phone}\nAnn,+12025550101\n",
     b"phone\n" + b"+16175550100\n" * 20 + b"\x00\n", b"[1] +12025550101\n", b""],
)  # fmt: skip
def test_text_that_only_looks_like_something_else_is_text(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "part"
    source.write_bytes(content)
    assert prepare_upload(source, tmp_path / "whole", filename="x") == "delimited"
    assert (tmp_path / "whole").read_bytes() == content


def test_an_address_book_is_a_table(upload: Upload) -> None:
    book = (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Doe;Ann;;;\r\nFN:Ann Doe\r\nORG:Acme\\, Inc.;Sales\r\n"
        "TEL;type=WORK;type=FAX:+1 (202) 555-0102\r\nTEL;type=WORK:+1 (202) 555-0103\r\n"
        "TEL;type=CELL;type=VOICE;type=pref:+1 (202) 555-0101\r\nEND:VCARD\r\n"
        "begin:vcard\r\nVERSION:4.0\r\nFN:Zoë\r\n Long\r\n"
        "item1.TEL;VALUE=uri;TYPE=\"cell,voice\":tel:+1-202-555-0104\r\n"
        "PHOTO;ENCODING=b:" + "A" * 300_000 + "\r\nEND:VCARD\r\n"
        "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C5=BBak;=C5=81uk=\r\n=61sz\r\n"
        "TEL;CELL:+48123456789\r\nEND:VCARD\r\n"
    )  # fmt: skip
    found = upload(book.encode(), "vcard")
    assert found.names == ("name", "first_name", "last_name", "phone", "phone_2", "fax", "organization")
    assert cells(found) == [
        [
            "Ann Doe",
            "Ann",
            "Doe",
            "+1 (202) 555-0101",
            "+1 (202) 555-0103",
            "+1 (202) 555-0102",
            "Acme, Inc.",
        ],
        ["ZoëLong", "", "", "+1-202-555-0104", "", "", ""],
        ["Łukasz Żak", "Łukasz", "Żak", "+48123456789", "", "", ""],
    ]


def test_an_address_book_that_is_cut_keeps_what_is_whole(upload: Upload) -> None:
    book = b"BEGIN:VCARD\nFN:Ann\nTEL:+12025550101\nEND:VCARD\nBEGIN:VCARD\nFN:Bob\nTEL:+4930123456"
    assert cells(upload(book, "vcard")) == [["Ann", "+12025550101"], ["Bob", ""]]
    assert cells(upload(book + b"\n", "vcard")) == [["Ann", "+12025550101"], ["Bob", "+4930123456"]]


@pytest.mark.parametrize(
    "lines, numbers",
    [
        (["TEL;TYPE=CELL:+12025550101", "TEL;TYPE=FAX:+1202555"], ["+12025550101"]),
        ([*(f"TEL:+1202555{place}" for place in range(1000, 1010)), "TEL:+1202555"],
         [f"+1202555{place}" for place in range(1000, 1010)]),
        (["TEL:+12025550101", "item1.TEL:+12025550102", "item1.X-ABLabel:Sis"], ["+12025550101"]),
    ],
)  # fmt: skip
def test_a_number_that_is_cut_off_costs_no_other(
    upload: Upload, lines: list[str], numbers: list[str]
) -> None:
    found = upload("\n".join(["BEGIN:VCARD", "FN:Ann", *lines]).encode(), "vcard")
    assert cells(found) == [["Ann", *numbers]]


def test_the_note_of_a_card_is_read_too(upload: Upload) -> None:
    found = upload(
        card("TEL:+12025550101", "CATEGORIES:Friends,DNC", "NOTE:do not call\\, please").encode(), "vcard"
    )
    assert found.names == ("name", "phone", "categories", "note")
    assert cells(found) == [["Ann", "+12025550101", "Friends,DNC", "do not call, please"]]


def card(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", "FN:Ann", *lines, "END:VCARD", ""])


@pytest.mark.parametrize(
    "lines, column",
    [
        (["item1.TEL:+12025550101", "item1.X-ABLabel:Mother"], "relative_phone"),
        (["item1.TEL;type=pref:+12025550101", "item1.X-ABLABEL:_$!<Mother>!$_"], "relative_phone"),
        (["item1.X-ABLabel:Mutter", "item1.TEL:+12025550101"], "relative_phone"),
        (["item1.TEL:+12025550101", "item1.X-ABLabel:Oma Grandma"], "relative_phone"),
        (["item1.TEL:+12025550101", "item1.X-ABLabel:Мама"], "relative_phone"),
        (["item1.TEL:+12025550101", "item1.X-ABLabel:_$!<Assistant>!$_"], "relative_phone"),
        (["TEL;TYPE=assistant:+12025550101"], "relative_phone"),
        (["TEL;TYPE=X-Wife:+12025550101"], "relative_phone"),
        (["item1.TEL:+12025550101", "item1.X-ABLabel:Work Fax"], "fax"),
        (["item1.TEL:+12025550101", "item1.X-ABLabel:Zorro"], "labeled_phone"),
        (["item1.TEL:+12025550101", "item1.X-ABLabel:_$!<Mobile>!$_"], "phone"),
        (["item1.TEL:+12025550101", "item1.X-ABLabel:iPhone"], "phone"),
        (["item1.TEL:+12025550101", "item2.X-ABLabel:Mother"], "phone"),
        (["TEL;TYPE=CELL,VOICE:+12025550101"], "phone"),
    ],
)
def test_a_label_in_an_address_book_says_whose_number_it_is(
    upload: Upload, lines: list[str], column: str
) -> None:
    found = upload(card(*lines).encode(), "vcard")
    filled = {name for name, cell in zip(found.names, found.rows[0].cells, strict=True) if cell[:1] == "+"}
    assert filled == {column}
    assert [code for code, _ in found.notices] == (["labels"] if column == "labeled_phone" else [])


def test_a_label_tells_a_mobile_phone_from_another_of_the_same_person(upload: Upload) -> None:
    lines = ["TEL:+12025550101", "item1.TEL:+12025550102", "item1.X-ABLabel:_$!<Mobile>!$_"]
    found = upload(card(*lines).encode(), "vcard")
    assert found.rows[0].cells[found.names.index("phone")] == "+12025550102"
    assert found.rows[0].cells[found.names.index("phone_2")] == "+12025550101"


def hide(workbook: bytes, *changes: tuple[str, str]) -> bytes:
    """The workbook with texts of its parts replaced; each change must be made."""
    source, target = zipfile.ZipFile(io.BytesIO(workbook)), io.BytesIO()
    left = list(changes)
    with zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            text = source.read(name).decode()
            for change in changes:
                if change[0] in text:
                    text = text.replace(*change)
                    left = [other for other in left if other != change]
            archive.writestr(name, text)
    assert not left
    return target.getvalue()


BOOK = {"People": PEOPLE, "Other": [["a"], ["b"]]}
ROW, DATA, SHEET = '<row r="2">', "<sheetData>", '<sheet name="People" '
TABLE, ODS_ROW = '<table:table table:name="People">', "<table:table-row>"


@pytest.mark.parametrize(
    "changes, codes",
    [
        ([], []),
        ([(ROW, '<row r="2" hidden="1">')], ["hidden-rows"]),
        ([(ROW, "<row r='2' hidden='true'>")], ["hidden-rows"]),
        ([(DATA, f'<cols><col min="2" max="2" hidden="1"/></cols>{DATA}')], ["hidden-columns"]),
        ([(DATA, f'<cols><col min="5" max="16384" hidden="1"/></cols>{DATA}')], []),
        ([(DATA, f'{DATA}<row r="90" hidden="1"/>')], []),
    ],
)
def test_what_a_workbook_hides_is_told(
    upload: Upload, changes: list[tuple[str, str]], codes: list[str]
) -> None:
    found = upload(hide(make_xlsx({"People": PEOPLE}), *changes), "xlsx")
    assert [code for code, _ in found.notices] == codes
    assert cells(found) == PEOPLE[1:]


def test_what_an_open_document_hides_is_told(upload: Upload) -> None:
    column = '<table:table-column table:number-columns-repeated="1"/><table:table-column table:visibility="collapse"/>'
    changes = [(TABLE, TABLE + column), (ODS_ROW, '<table:table-row table:visibility="filter">')]
    found = upload(hide(make_ods({"People": PEOPLE}), *changes), "ods")
    assert [code for code, _ in found.notices] == ["hidden-rows", "hidden-columns"]


def test_a_hidden_sheet_is_not_read_unless_it_is_chosen(upload: Upload) -> None:
    book = hide(
        make_xlsx({"Old": [["phone"], ["1"]], "People": PEOPLE}), ('name="Old"', 'name="Old" state="hidden"')
    )
    found = upload(book, "xlsx")
    assert (found.reading.sheet, found.notices) == ("People", ())
    chosen = upload(book, "xlsx", sheet="Old")
    assert [code for code, _ in chosen.notices] == ["hidden-sheet"]


@pytest.mark.parametrize(
    "name",
    [
        "Do not call",
        "DNC",
        "Sperrliste",
        "DNC list",
        "Liste noire",
        "Robinson",
        "不要致电",
        "Opt-outs",
        "STOP",
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_do_not_call_sheet_is_told_and_not_taken_for_people(upload: Upload, name: str, first: bool) -> None:
    sheets = {name: [["phone"], ["+12025550101"]], "People": PEOPLE}
    found = upload(make_xlsx(sheets if first else dict(reversed(sheets.items()))), "xlsx")
    assert found.reading.sheet == "People"
    assert [code for code, _ in found.notices] == ["do-not-call-sheet"]
    assert name in found.notices[0][1]


def test_numbers_in_another_sheet_are_told(upload: Upload) -> None:
    sheets = {"North": PEOPLE, "Codes": [["code"], ["12"]], "South": [["phone"], ["+12025550101"]]}
    found = upload(make_xlsx(sheets), "xlsx")
    assert found.reading.sheet == "North"
    assert [code for code, _ in found.notices] == ["other-sheets"]
    assert "“South”" in found.notices[0][1]
    assert "Codes" not in found.notices[0][1]
