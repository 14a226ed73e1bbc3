"""Kinds of files: what an upload is, by its first bytes, and what to do with one that is no table."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from .encodings import find_marked_encoding
from .errors import UnreadableFile

HEAD = 65_536
TEXT, WORKBOOK, OPEN_DOCUMENT, VCARD = "delimited", "xlsx", "ods", "vcard"

AS_TABLE = "Export the table as CSV or as an Excel workbook (.xlsx), and upload that."
UNPACK = "Unpack it, and upload the table that is in it."
MAGIC: tuple[tuple[bytes, str, str], ...] = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        "an old Excel workbook (.xls), or one that is protected by a password",
        "Open it, save it as an Excel workbook (.xlsx) without a password or as CSV, and upload that.",
    ),
    (
        b"\x09\x08",
        "an old Excel workbook (.xls)",
        "Save it as an Excel workbook (.xlsx) or as CSV, and upload that.",
    ),
    (b"\x89PNG\r\n\x1a\n", "an image", AS_TABLE),
    (b"\xff\xd8\xff", "an image", AS_TABLE),
    (b"GIF8", "an image", AS_TABLE),
    (b"%PDF-", "a PDF document", AS_TABLE),
    (b"\x1f\x8b", "a compressed file (gzip)", UNPACK),
    (b"BZh", "a compressed file (bzip2)", UNPACK),
    (b"\xfd7zXZ\x00", "a compressed file (xz)", UNPACK),
    (b"\x28\xb5\x2f\xfd", "a compressed file (zstd)", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (b"SQLite format 3\x00", "a database (SQLite)", AS_TABLE),
    (b"\x00\x01\x00\x00Standard ", "a database (Access)", AS_TABLE),
    (b"PAR1", "a Parquet file", AS_TABLE),
    (b"\x7fELF", "a program", AS_TABLE),
    (b"MZ\x90", "a program", AS_TABLE),
    (b"{\\rtf", "a word processor's document (RTF)", AS_TABLE),
)
PACKED: tuple[tuple[str, str, str], ...] = (
    # A name in a ZIP archive, and what the archive is.
    ("word/document.xml", "a Word document", AS_TABLE),
    ("ppt/presentation.xml", "a PowerPoint presentation", AS_TABLE),
    ("Index/Document.iwa", "an Apple Numbers document", "Export it as CSV or Excel, and upload that."),
    ("META-INF/container.xml", "an e-book", AS_TABLE),
    ("META-INF/MANIFEST.MF", "a Java program", AS_TABLE),
)
OPEN_DOCUMENTS = {
    "application/vnd.oasis.opendocument.text": "a word processor's document (ODT)",
    "application/vnd.oasis.opendocument.presentation": "a presentation (ODP)",
}
SAVE_AGAIN = (
    "Open it in a spreadsheet program, save it as an Excel workbook (.xlsx) or as CSV, and upload that."
)
CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\v\f\r\x1a\x1b\x1c\x1d\x1e\x1f") | {127}
BINARY_SHARE = 0.05
BINARY_FROM = 64
"""Bytes; below that a stray control character says nothing about the file, only about its row."""


_HTML = re.compile(
    r"(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body|table|meta|style|div)\b", re.S
)
_STRING = r'"(?:[^"\\]|\\.)*"'
_JSON = re.compile(rf"\{{\s*(?:{_STRING}\s*:|\}})|\[\s*(?:[\[{{]|{_STRING}\s*[,\]]|[-\d.]+\s*,|\])")


def find_kind(path: Path) -> str:
    """Which converter a file needs: TEXT for none. Raises UnreadableFile, which names what it is instead."""
    with path.open("rb") as raw:
        head = raw.read(HEAD)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _find_packed_kind(path)
    for magic, kind, remedy in MAGIC:
        if head.startswith(magic):
            raise UnreadableFile(f"This is {kind}, not a CSV file. {remedy}")
    marked = find_marked_encoding(head)
    if (
        marked is None
        and len(head) >= BINARY_FROM
        and sum(byte in CONTROLS for byte in head) > BINARY_SHARE * len(head)
    ):
        raise UnreadableFile(f"This is a binary file, not a CSV file. {AS_TABLE}")
    return _find_text_kind(head.decode(marked or "latin-1", "replace"))


def _find_packed_kind(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = frozenset(archive.namelist())
            info = archive.getinfo("mimetype") if "mimetype" in names else None
            kind = archive.read(info).decode("ascii", "replace") if info and info.file_size < 200 else ""
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
        raise UnreadableFile(
            "This is a damaged Excel workbook or ZIP archive: its end is missing. Save it, and upload it again."
        ) from None
    if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
        return WORKBOOK
    if kind.startswith("application/vnd.oasis.opendocument.spreadsheet"):
        return OPEN_DOCUMENT
    for name, meaning, remedy in PACKED:
        if name in names:
            raise UnreadableFile(f"This is {meaning}, not a CSV file. {remedy}")
    if kind.strip() in OPEN_DOCUMENTS:
        raise UnreadableFile(f"This is {OPEN_DOCUMENTS[kind.strip()]}, not a CSV file. {AS_TABLE}")
    raise UnreadableFile(f"This is a ZIP archive, not a CSV file. {UNPACK}")


def _find_text_kind(text: str) -> str:
    text = text.removeprefix("\ufeff").removeprefix("\xef\xbb\xbf").lstrip()
    small = text[:4_000].lower()
    if small.startswith("begin:vcard"):
        return VCARD
    if small.startswith("begin:vcalendar"):
        raise UnreadableFile(f"This is a calendar (iCalendar), not a CSV file. {AS_TABLE}")
    if 'progid="excel.sheet"' in small or "urn:schemas-microsoft-com:office:spreadsheet" in small[:1_000]:
        raise UnreadableFile(
            f"This is an Excel workbook of 2003 in XML (SpreadsheetML), whatever its name ends with. {SAVE_AGAIN}"
        )
    if _HTML.match(small):
        raise UnreadableFile(f"This is a web page (HTML), whatever its name ends with. {SAVE_AGAIN}")
    if re.match(r"<\?xml|<[a-z][\w:.-]*(?:\s[^>]*)?>\s*<", small):
        raise UnreadableFile(f"This is XML, not a CSV file. {AS_TABLE}")
    if small.startswith("mime-version:") and "text/html" in small:
        raise UnreadableFile(f"This is a web page (MHTML), whatever its name ends with. {SAVE_AGAIN}")
    if _JSON.match(text):
        raise UnreadableFile(f"This is JSON, not a CSV file. {AS_TABLE}")
    return TEXT
