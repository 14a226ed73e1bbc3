"""Erased uploads: every letter and digit of a line that has a number becomes an x, so that rows, columns and lengths
stay as they were counted.

A cell in quotation marks may write the number over several lines: each of them is crossed out. Files are read in
pieces, whatever the length of their lines.
"""

from __future__ import annotations

import codecs
import io
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, NamedTuple

from campaign_app.domain.erasure import PART_OF_NUMBER, NumberFinder, unescape_json
from campaign_app.uploads.encodings import BLOCK, find_marked_encoding
from campaign_app.uploads.layout import DELIMITERS

PIECE = 1 << 17
"""Bytes that are read at a time."""
LONGEST_LINE = 1 << 20
"""Characters. Rows that are longer are refused (uploads/rows.py): only parts of them are crossed out."""
LINES_AT_ONCE = 500
Search = Callable[[BinaryIO, NumberFinder], Iterator[tuple[int, bytes]]]
"""Yields the lines that have the number, crossed out, and where each begins; reads the file from its beginning."""
LINES_OF_NUMBER = 16
"""A number that is written over more lines is not looked for."""
REJECTS = ".rejects"
"""In the names of files of refused rows, also of those that are not whole yet (imports/checks.py)."""
WORD = re.compile("[0-9A-Za-z]|[^\0-\x7f\ufeff]")
"""What is crossed out: the mark of the encoding stays."""
SHIFT = re.compile(rb"(\x1b(?:\$[@B]|\([BJI]))")
"""ISO-2022-JP: from here on two bytes are a letter (`$`), or one is."""
BYTE_WORD = re.compile(rb"[0-9A-Za-z\x80-\xff]")
JSON_STRING = re.compile(rb'"((?:[^"\\]|\\.)*+)("|\\?\Z)', re.DOTALL)
"""The last one of a line that was cut off may have no end."""
JSON_WORD = re.compile(rb"\\u[0-9a-fA-F]{4}|\\.|[0-9A-Za-z\x80-\xff]")
ENDS = re.escape(DELIMITERS) + r"\r\n"
"""What stands between cells."""
REJECT = re.compile(
    rb'(?P<head>\[\d+(?:,"(?:[^"\\]|\\.)*"){2},)(?P<reason>"(?:[^"\\]|\\.)*")(?P<cells>.*)', re.DOTALL
)


def scrub_list(path: Path, finder: NumberFinder, codec: str | None = None) -> int:
    """Cross out the number's lines in an upload, or in the file of its refused rows. `codec` is the one that the upload
    is read by, if that is known: the number is looked for by it, and by what the bytes say. Returns how many lines; 0
    where there is no file. Raises OSError."""
    scrubbed = set()
    with suppress(FileNotFoundError), path.open("r+b") as target:
        searches = [_find_rejects] if REJECTS in path.suffixes else _list_searches(target.read(BLOCK), codec)
        for search in searches:
            # Anew, with nothing in its buffer of what was crossed out.
            with path.open("rb") as source:
                for at, crossed_out in search(source, finder):
                    target.seek(at)
                    target.write(crossed_out)
                    scrubbed.add(at)
            target.flush()
        if scrubbed:
            os.fsync(target.fileno())
    return len(scrubbed)


class _Line(NamedTuple):
    at: int
    """Where it begins, in bytes."""
    text: str
    """With its end: LF, CR or both, as uploads are read."""


@dataclass(frozen=True, slots=True)
class _Encoding:
    """What gives back the very bytes that it read, or as many."""

    codec: str
    errors: str
    unit: int
    """Bytes of an ASCII character."""

    def encode_text(self, text: str) -> bytes:
        return text.encode(self.codec, self.errors)

    def measure_text(self, text: str) -> int:
        """Bytes."""
        return len(text) * self.unit if text.isascii() else len(self.encode_text(text))

    def cross_out(self, text: str) -> bytes:
        if self.unit == 1 and SHIFT.search(data := self.encode_text(text)):
            return _cross_out_shifted(data)
        return self.encode_text(WORD.sub(lambda char: "x" * (self.measure_text(char[0]) // self.unit), text))


BYTES = _Encoding("utf-8", "surrogateescape", 1)
"""Of every encoding whose digits are ASCII's."""


def _cross_out_shifted(line: bytes) -> bytes:
    """A line in ISO-2022-JP, which stays one."""
    parts = SHIFT.split(line)
    for index in range(0, len(parts), 2):
        size = len(parts[index].rstrip(b"\r\n"))
        if index and parts[index - 1].startswith(b"\x1b$"):
            # A wide x.
            parts[index] = b"#x" * (size // 2) + b"x" * (size % 2) + parts[index][size:]
        else:
            parts[index] = BYTE_WORD.sub(b"x", parts[index])
    return b"".join(parts)


def _list_searches(head: bytes, codec: str | None) -> list[Search]:
    """The ways to look for the number in an upload: by the codec it is read by first, then by what its bytes say."""
    marked = find_marked_encoding(head)
    found = [codec] if codec else []
    if marked:
        found.append(marked)
    elif b"\0" in head:
        # It may be UTF-16 with few ASCII letters.
        found += ["utf-16-le", "utf-16-be"]
    if re.search(rb"\x1b\$[@B]", head):
        found.append("iso2022_jp")
    searches: list[Search] = []
    for name in dict.fromkeys(_name_exactly(each, head) for each in found):
        if name.startswith("utf-16"):
            searches.append(partial(_find_rows, _Encoding(name, "surrogatepass", 2)))
        elif name.startswith("utf-32"):
            searches.append(partial(_find_rows, _Encoding(name, "replace", 4)))
        elif not name.startswith("utf-8"):
            searches.append(partial(_find_other_digits, name))
    if marked is None or not marked.startswith(("utf-16", "utf-32")):
        searches.append(partial(_find_rows, BYTES))
    return searches


def _name_exactly(codec: str, head: bytes) -> str:
    if codec in ("utf-16", "utf-32"):
        return codec + ("-le" if head[:1] == b"\xff" else "-be")
    return codec


def _find_other_digits(codec: str, file: BinaryIO, finder: NumberFinder) -> Iterator[tuple[int, bytes]]:
    """The lines that write the number in digits whose bytes are not ASCII's, such as wide ones, or beside letters whose
    bytes are; crossed out letter by letter."""
    for batch in _read_batches(file, BYTES):
        data = BYTES.encode_text(_join_lines(batch))
        if (data.isascii() and b"\x1b" not in data) or not finder.may_be_in(data.decode(codec, "replace")):
            continue
        for line in batch:
            data = BYTES.encode_text(line.text)
            if finder.is_in(data.decode(codec, "replace")):
                yield line.at, _cross_out_letters(data, codec)


def _cross_out_letters(line: bytes, codec: str) -> bytes:
    if SHIFT.search(line):
        return _cross_out_shifted(line)
    decoder = codecs.getincrementaldecoder(codec)("replace")
    crossed_out, size = bytearray(), 0
    for at, byte in enumerate(line):
        size += 1
        letter = decoder.decode(line[at : at + 1])
        if letter:
            # Behind half a letter a comma or a line's end is one still.
            keeps_last = letter[-1] == chr(byte) and letter[-1].isascii() and not WORD.search(letter[-1])
            crossed_out += b"x" * (size - keeps_last) + line[at + 1 - keeps_last : at + 1]
            size = 0
    return bytes(crossed_out) + b"x" * size


def _read_batches(file: BinaryIO, encoding: _Encoding) -> Iterator[list[_Line]]:
    """The lines of a file, some at a time. One that is too long comes in several parts."""
    decoder = codecs.getincrementaldecoder(encoding.codec)(encoding.errors)
    at, rest, ended = 0, "", False
    while not ended:
        data = file.read(PIECE)
        ended = not data
        # In UTF-16 and UTF-32 a character that the file's end cuts in two is left alone.
        rest += decoder.decode(data, final=ended and encoding.unit == 1)
        batch = []
        for text in io.StringIO(rest, newline="").readlines():
            batch.append(_Line(at, text))
            at += encoding.measure_text(text)
        rest = ""
        if batch and not ended and _may_go_on(batch[-1].text):
            at, rest = batch.pop()
        for start in range(0, len(batch), LINES_AT_ONCE):
            yield batch[start : start + LINES_AT_ONCE]


def _may_go_on(line: str) -> bool:
    # A CR may be half of a line end.
    return line.endswith("\r") or (not line.endswith("\n") and len(line) < LONGEST_LINE)


class _Quotes:
    """A way to write cells in quotation marks: with which mark, and what escapes it. The file may follow another: lines
    are joined then that do not belong together, and only a number that they write by chance is found."""

    def __init__(self, quote: str, escape: str) -> None:
        self._quote = quote
        escaped = f"{escape}.|" if escape else ""
        inner = f"{escaped}{quote}{quote}|{quote}(?![ \\t]*(?:[{ENDS}]|\\Z))"
        rest = f"[^{quote}{escape}]*+(?:(?:{inner})[^{quote}{escape}]*+)*+(?P<closing>{quote})?"
        opening = "|".join(
            # At once behind a delimiter, or with a few blanks between.
            f"(?<={blanks}{quote})(?<![^{ENDS}\ufeff]{blanks}{quote})"
            for blanks in ("", " ", "  ", "   ")
        )
        self._rest = re.compile(rest, re.DOTALL)
        self._cell = re.compile(f"{quote}(?:{opening}){rest}", re.DOTALL)

    def ends_inside(self, text: str, is_inside: bool) -> bool:
        """Whether whole lines end inside a cell; `is_inside` says whether they begin in one."""
        if self._quote not in text:
            return is_inside
        at = 0
        if is_inside and (found := self._rest.match(text)):
            is_inside = found["closing"] is None
            at = found.end()
        for found in self._cell.finditer(text, at):
            is_inside = found["closing"] is None
        return is_inside


QUOTES = [_Quotes(quote, escape) for quote in "\"'" for escape in ("", r"\\")]
"""The ways in which uploads are read."""


def _find_rows(encoding: _Encoding, file: BinaryIO, finder: NumberFinder) -> Iterator[tuple[int, bytes]]:
    """The lines that have the number, crossed out, and where each begins."""
    before: list[_Line] = []
    """Lines with which those of the next piece may write a number."""
    inside = [False for _ in QUOTES]
    """Whether they begin within a cell."""
    found: set[int] = set()
    for batch in _read_batches(file, encoding):
        lines = before + batch
        if _may_have(_join_lines(lines), finder):
            for line in _find_in_lines(lines, inside, finder):
                if line.at not in found:
                    found.add(line.at)
                    yield line.at, encoding.cross_out(line.text)
        before = lines[1 - LINES_OF_NUMBER :]
        while len(before) > 1 and sum(len(line.text) for line in before) > LONGEST_LINE:
            del before[0]
        found.intersection_update(line.at for line in before)
        inside = _follow_quotes(_join_lines(lines[: len(lines) - len(before)]), inside)


def _follow_quotes(text: str, inside: Sequence[bool]) -> list[bool]:
    return [quotes.ends_inside(text, was) for quotes, was in zip(QUOTES, inside, strict=True)]


def _join_lines(lines: Iterable[_Line]) -> str:
    return "".join(line.text for line in lines)


def _may_have(text: str, finder: NumberFinder) -> bool:
    return finder.may_be_in(text) or ("\\" in text and finder.may_be_in(unescape_json(text)))


def _find_in_lines(lines: Iterable[_Line], inside: Sequence[bool], finder: NumberFinder) -> Iterator[_Line]:
    window: list[_Line] = []
    """The line, and those before it with which it may write a number."""
    for line in lines:
        window = [*window[1 - LINES_OF_NUMBER :], line]
        yield from (window[index] for index in _find_in_window([each.text for each in window], finder))
        row = line.text.rstrip("\r\n")
        inside = _follow_quotes(line.text, inside)
        if not (any(inside) or row == line.text or row.endswith("\\")):
            window = []
        elif row == line.text or not PART_OF_NUMBER.fullmatch(row):
            window = [line]


def _find_in_window(lines: list[str], finder: NumberFinder) -> list[int]:
    """Which of the lines have a part of the number."""
    text = "".join(lines)
    spans = finder.find_spans(text)
    hits, start = [], 0
    for index, line in enumerate(lines):
        end = start + len(line)
        if any(first < end and last > start for first, last in spans):
            hits.append(index)
        start = end
    last = len(lines) - 1
    if last not in hits and "\\" in lines[last] and finder.is_in(unescape_json(lines[last])):
        hits.append(last)
    return hits


def _find_rejects(file: BinaryIO, finder: NumberFinder) -> Iterator[tuple[int, bytes]]:
    """The refused rows that have the number, with their cells crossed out, and where each line begins."""
    at = 0
    for line in file:
        if finder.is_in_bytes(line):
            yield at, _cross_out_reject(line, finder)
        at += len(line)


def _cross_out_reject(line: bytes, finder: NumberFinder) -> bytes:
    """JSON stays JSON."""
    row = REJECT.fullmatch(line)
    if row is None:
        return _cross_out_strings(line)
    reason = row["reason"]
    return b"".join(
        (
            row["head"],
            _cross_out_strings(reason) if finder.is_in_bytes(reason) else reason,
            _cross_out_strings(row["cells"]),
        )
    )


def _cross_out_strings(text: bytes) -> bytes:
    return JSON_STRING.sub(_cross_out_string, text)


def _cross_out_string(string: re.Match[bytes]) -> bytes:
    return b'"' + JSON_WORD.sub(lambda part: b"x" * len(part[0]), string[1]) + string[2]
