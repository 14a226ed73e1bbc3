"""A number leaves an upload that waits, also where a cell writes it over several lines, and no other row changes."""

from __future__ import annotations

import json
import re
import tracemalloc
from pathlib import Path

import pytest

from campaign_app.domain.erasure import NumberFinder
from campaign_app.services import erasure_lists
from campaign_app.services.erasure_files import ErasedFiles, scrub_uploads

LONDON = "+442079460123"
OTHER = "+12125550142,Ann\n"


@pytest.fixture
def files(tmp_path: Path) -> ErasedFiles:
    files = ErasedFiles(tmp_path, tmp_path / "ledger.jsonl")
    files.uploads.mkdir()
    return files


def scrub(
    files: ErasedFiles, data: bytes, name: str = "a.csv", codec: str | None = None
) -> tuple[int, bytes]:
    """How many lines were crossed out, and the file as it is then."""
    path = files.uploads / name
    path.write_bytes(data)
    found = scrub_uploads(files, NumberFinder(LONDON), {"a.csv": codec} if codec else None)
    assert found.keys() <= {"a.csv"}
    after = path.read_bytes()
    assert len(after) == len(data)
    return found.get("a.csv", 0), after


CASES = (
    (
        'phone,note\n+12125550142,"wife: +44 20\n7946\n0123, asked"\n+12125550143,4420\n79460123,x\n',
        'phone,note\n+xxxxxxxxxxx,"xxxx: +xx xx\nxxxx\nxxxx, xxxxx"\n+12125550143,4420\n79460123,x\n',
    ),
    # The cell began long before.
    ('1,"a\nb\nc\nd\ne 020\n7946\n0123"\n', '1,"a\nb\nc\nd\nx xxx\nxxxx\nxxxx"\n'),
    ("1,'a\n020 7946\n0123'\n", "1,'a\nxxx xxxx\nxxxx'\n"),
    ("1,020 7946\\\n0123\n", "x,xxx xxxx\\\nxxxx\n"),
    # A line that has the number may begin a cell that has it again.
    ('+442079460123,"wife +44 20\n7946 0123"\n', '+xxxxxxxxxxxx,"xxxx +xx xx\nxxxx xxxx"\n'),
    # An inch sign, an apostrophe and an empty cell open nothing.
    ('27" TV,O\'Hara,"",4420\n79460123,b\n', '27" TV,O\'Hara,"",4420\n79460123,b\n'),
    # CR line ends, and what is none within a cell.
    ("1,Ann\r+442079460123,Bo\r2,Cy\r", "1,Ann\r+xxxxxxxxxxxx,xx\r2,Cy\r"),
    ("1,020\x0b7946\x0c0123\n2,Cy\n", "x,xxx\x0bxxxx\x0cxxxx\n2,Cy\n"),
)


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_lines_that_have_a_number_are_crossed_out_and_no_others(files: ErasedFiles, codec: str) -> None:
    for before, after in CASES:
        scrubbed, data = scrub(files, (before + OTHER).encode(codec))
        assert data.decode(codec) == after + OTHER
        lines = zip(re.split("[\r\n]", before), re.split("[\r\n]", after), strict=True)
        assert scrubbed == sum(old != new for old, new in lines)


def test_a_unicode_line_separator_ends_no_line(files: ErasedFiles) -> None:
    text = f"1,é 020\u20287946\x850123,\U0001f600\n{OTHER}"
    assert scrub(files, text.encode("utf-16-le")) == (
        1,
        f"x,x xxxxxxxxxxxxx,xx\n{OTHER}".encode("utf-16-le"),
    )


@pytest.mark.parametrize(
    "codec, is_known, person, crossed_out",
    [
        # Wide digits, and letters whose second bytes are a delimiter and a backslash.
        ("cp932", True, "０２０ ７９４６ ０１２３|ポ表|Ann", "xxxxxx xxxxxxxx xxxxxxxx|xxxx|xxx"),
        ("gb18030", True, "㐀020 7946 0123|㐁", "xxxxxxx xxxx xxxx|xxxx"),
        ("cp874", True, "๐๒๐ ๗๙๔๖ ๐๑๒๓|ก", "xxx xxxx xxxx|x"),
        *(
            ("iso2022_jp", is_known, "020 7946 0123|東京, 大阪|０", "xxx xxxx xxxx|ｘｘ, ｘｘ|ｘ")
            for is_known in (True, False)
        ),
        *(
            (codec, is_known, "020 7946 0123|大阪", "xxx xxxx xxxx|xx")
            for codec in ("utf-16-le", "utf-16-be")
            for is_known in (True, False)
        ),
    ],
)
def test_rows_are_read_in_their_encoding(
    files: ErasedFiles, codec: str, is_known: bool, person: str, crossed_out: str
) -> None:
    # So few ASCII letters that nothing but its zeros says that it may be UTF-16.
    others = f"{'東京大阪' * 50 if codec != 'cp874' else 'ก'}|\n"
    scrubbed, after = scrub(
        files, f"{others}{person}\n{others}".encode(codec), codec=codec if is_known else None
    )
    assert (scrubbed, after.decode(codec)) == (1, f"{others}{crossed_out}\n{others}")


def test_half_a_letter_hides_no_end_of_a_row(files: ErasedFiles) -> None:
    data = "０２０ ７９４６ ０１２３,".encode("cp932") + b"\x81,\x81\n" + OTHER.encode()
    assert scrub(files, data, codec="cp932") == (1, b"xxxxxx xxxxxxxx xxxxxxxx,x,x\n" + OTHER.encode())


def test_refused_rows_stay_json_with_their_reason(files: ErasedFiles) -> None:
    rows = [
        [2, "invalid", "too-short", "has 3 digits", ["\u00e9 [1],[2]", "020 7946\n0123", "123"]],
        [3, "repeated", "repeated", "+44 20 7946 0123 is twice", ["b"]],
        [4, "invalid", "too-short", "has 3 digits", ["124"]],
    ]
    data = "".join(json.dumps(row) + "\n" for row in rows).replace(", ", ",")
    scrubbed, after = scrub(files, data.encode(), "a.csv.rejects")
    assert scrubbed == 2
    # One that is being written.
    assert scrub(files, data.encode(), "a.csv.rejects.0af3.part") == (2, after)
    assert [json.loads(line) for line in after.splitlines()] == [
        [2, "invalid", "too-short", "has 3 digits", ["xxxxxx [x],[x]", "xxx xxxxxxxxxx", "xxx"]],
        [3, "repeated", "repeated", "+xx xx xxxx xxxx xx xxxxx", ["x"]],
        rows[2],
    ]


@pytest.mark.parametrize("end", ["", " a", " a\\", " a\\u00", ' a\\"'])
def test_a_refused_row_that_a_crash_cut_off_is_crossed_out(files: ErasedFiles, end: str) -> None:
    row = '[2,"invalid","too-short","has 3 digits",["x","wife 020 7946 0123'
    scrubbed, after = scrub(files, (row + end).encode(), "a.csv.rejects.0af3.part")
    assert scrubbed == 1
    assert after.startswith(b'[2,"invalid","too-short","has 3 digits",["x","xxxx xxx xxxx xxxx')
    assert not re.search(rb"[0-9a-wyz]", after.partition(b"[")[2].partition(b"[")[2])


def test_one_long_line_is_read_in_pieces(files: ErasedFiles, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasure_lists, "PIECE", 10_000)
    monkeypatch.setattr(erasure_lists, "LONGEST_LINE", 20_000)
    path = files.uploads / "a.csv"
    # Half of the number stands in the line's next part.
    path.write_text("x" * 19_990 + " +44 20 7946 0123 " + "ab\t" * 2_000_000 + '"')
    tracemalloc.start()
    try:
        assert scrub_uploads(files, NumberFinder(LONDON)) == {"a.csv": 2}
        assert tracemalloc.get_traced_memory()[1] < 2_500_000
    finally:
        tracemalloc.stop()
    data = path.read_text()
    assert data.startswith("x" * 19_990 + " +xx xx xxxx xxxx ")
    assert data.endswith("ab\t" * 1_900_000 + '"')


def test_a_long_run_of_delimiters_is_looked_through_once(files: ErasedFiles) -> None:
    """Each would take minutes if every mark were the beginning of a new search."""
    for run in ("\t", " ", '"', "'", '" ', ", ", "\\"):
        line = run * (200_000 // len(run)) + '"\n'
        assert scrub(files, line.encode())[0] == 0
    line = '["x","020 7946 0123' + '\\"' * 200_000
    assert scrub(files, line.encode(), "a.csv.rejects")[0] == 1
    line = "０２０ ７９４６ ０１２３," + "京" * 200_000
    assert scrub(files, line.encode("cp932"), codec="cp932")[0] == 1
