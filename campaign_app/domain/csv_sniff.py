"""What kind of file an upload is: its encoding and its delimiter.

Which column holds the number is the next question: csv_columns.py.
"""

from __future__ import annotations

import codecs
import io
import re
from collections import Counter
from collections.abc import Iterable

from .csv_cells import plain
from .csv_columns import looks_like_phone
from .csv_rows import read_rows

HEAD = 65_536
"""Bytes of the beginning that the guesses need."""
SAMPLE_LINES = 50
DELIMITERS = ",;\t|"

MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "an Excel workbook or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook"),
    (b"\x89PNG\r\n\x1a\n", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"%PDF-", "a PDF document"),
    (b"\x1f\x8b", "a compressed file"),
    (b"BZh", "a compressed file"),
    (b"\xfd7zXZ\x00", "a compressed file"),
    (b"\x28\xb5\x2f\xfd", "a compressed file"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"SQLite format 3\x00", "a database"),
    (b"\x7fELF", "a program"),
    (b"{\\rtf", "a word processor's document"),
)
# The longest first: UTF-32's mark begins with UTF-16's.
MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1a\x1b") | {127}
BINARY_SHARE = 0.05
BINARY_FROM = 64
"""Bytes; below that a stray control character says nothing about the file, only about its row."""


def binary_kind(head: bytes) -> str | None:
    """What a file is that cannot be a table in text ("an image"), by its first bytes; None for text."""
    for magic, kind in MAGIC:
        if head.startswith(magic):
            return kind
    if marked_encoding(head) or len(head) < BINARY_FROM:
        return None
    if sum(byte in CONTROLS for byte in head) > BINARY_SHARE * len(head):
        return "a binary file"
    return None


def marked_encoding(head: bytes) -> str | None:
    """The encoding by its byte-order mark, or UTF-16 without one by where its zero bytes lie; None if
    neither.
    """
    for mark, encoding in MARKS:
        if head.startswith(mark):
            return encoding
    even, odd = head[0::2], head[1::2]
    if len(odd) < 2:
        return None
    zero_even, zero_odd = even.count(0) / len(even), odd.count(0) / len(odd)
    if zero_odd > 0.4 and zero_even < 0.05:
        return "utf-16-le"
    if zero_even > 0.4 and zero_odd < 0.05:
        return "utf-16-be"
    return None


def find_encoding(head: bytes, blocks: Iterable[bytes]) -> str:
    """The codec's name for a file of which `head` is the beginning and `blocks` the whole, read once if need
    be.

    A text that is valid UTF-8 to its end is UTF-8: other encodings' accents are not, by chance. Else it is
    cp1252.
    """
    marked = marked_encoding(head)
    if marked is not None:
        return marked
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        for block in blocks:
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def find_delimiter(sample: str) -> tuple[str, bool]:
    """The delimiter of a text, by its first lines, and whether its first line only names it (Excel's
    `sep=;`).

    The best is the one that leaves a phone number alone in its cell in most rows; then the one that gives
    most rows the same number of cells; then the one that gives the most cells. A comma if there is one
    column.
    """
    named = re.match(r'\ufeff?"?sep=([,;\t|])"?\r?(?:\n|$)', sample, re.IGNORECASE)
    if named:
        return named[1], True
    scores = {delimiter: _score(sample, delimiter) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=scores.__getitem__), False


def _score(sample: str, delimiter: str) -> tuple[float, float, int]:
    text = io.StringIO(sample, newline="")
    rows = [row.cells for row in read_rows(text.readline, delimiter) if row.problem is None]
    if not rows:
        # Nothing stands between the delimiters of a spreadsheet's empty rows: then this is the one.
        return 1.0, 1.0, 0
    with_phone = sum(any(looks_like_phone(plain(cell)) for cell in cells) for cells in rows)
    width, alike = Counter(map(len, rows)).most_common(1)[0]
    return with_phone / len(rows), alike / len(rows) if width > 1 else 0.0, width
