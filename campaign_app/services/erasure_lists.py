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
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
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
LINES_OF_NUMBER = 16
"""A number that is written over more lines is not looked for."""
REJECTS = ".rejects"
"""In the names of files of refused rows, also of those that are not whole yet (imports/checks.py)."""
WORD = re.compile("[0-9A-Za-z]|[^\0-\x7f\ufeff]")
"""But for the mark of the encoding."""
JSON_STRING = re.compile(rb'"((?:[^"\\]|\\.)*+)("|\\?\Z)', re.DOTALL)
"""The last one of a line that was cut off may have no end."""
JSON_WORD = re.compile(rb"\\u[0-9a-fA-F]{4}|\\.|[0-9A-Za-z\x80-\xff]")
ENDS = re.escape(DELIMITERS) + r"\r\n"
"""What stands between cells."""
REJECT = re.compile(
    rb'(?P<head>\[\d+(?:,"(?:[^"\\]|\\.)*"){2},)(?P<reason>"(?:[^"\\]|\\.)*")(?P<cells>.*)', re.DOTALL
)


def scrub_list(path: Path, finder: NumberFinder) -> int:
    """Cross out the number's lines in an upload, or in the file of its refused rows. Returns how many; 0 where there is
    no file. Raises OSError."""
    scrubbed = 0
    with suppress(FileNotFoundError), path.open("rb") as source, path.open("r+b") as target:
        found = (
            _find_rejects(source, finder)
            if REJECTS in path.suffixes
            else _find_rows(source, _find_encoding(source), finder)
        )
        for at, crossed_out in found:
            target.seek(at)
            target.write(crossed_out)
            scrubbed += 1
        if scrubbed:
            target.flush()
            os.fsync(target.fileno())
    return scrubbed


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

    def encode(self, text: str) -> bytes:
        return text.encode(self.codec, self.errors)

    def measure(self, text: str) -> int:
        """Bytes."""
        return len(text) * self.unit if text.isascii() else len(self.encode(text))

    def cross_out(self, text: str) -> bytes:
        return self.encode(WORD.sub(lambda char: "x" * (self.measure(char[0]) // self.unit), text))


def _find_encoding(file: BinaryIO) -> _Encoding:
    head = file.read(BLOCK)
    file.seek(0)
    name = find_marked_encoding(head) or "utf-8"
    if not name.startswith(("utf-16", "utf-32")):
        # Of every other encoding the digits are found, which are ASCII's.
        return _Encoding("utf-8", "surrogateescape", 1)
    if name in ("utf-16", "utf-32"):
        name += "-le" if head[:1] == b"\xff" else "-be"
    wide = name.startswith("utf-32")
    return _Encoding(name, "replace" if wide else "surrogatepass", 4 if wide else 2)


def _read_batches(file: BinaryIO, encoding: _Encoding) -> Iterator[list[_Line]]:
    """The lines of a file, some at a time. One that is too long comes in several parts."""
    decoder = codecs.getincrementaldecoder(encoding.codec)(encoding.errors)
    at, rest, ended = 0, "", False
    while not ended:
        data = file.read(PIECE)
        ended = not data
        # Half a character at the end of a file in UTF-16 is none.
        rest += decoder.decode(data, final=ended and encoding.unit == 1)
        batch = []
        for text in io.StringIO(rest, newline="").readlines():
            batch.append(_Line(at, text))
            at += encoding.measure(text)
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


def _find_rows(file: BinaryIO, encoding: _Encoding, finder: NumberFinder) -> Iterator[tuple[int, bytes]]:
    """The lines that have the number, crossed out, and where each begins."""
    before: list[_Line] = []
    """Lines with which those of the next piece may write a number."""
    inside = [False for _ in QUOTES]
    """Whether they begin within a cell."""
    found: set[int] = set()
    for batch in _read_batches(file, encoding):
        lines = before + batch
        if _may_have(_join(lines), finder):
            for line in _find_in_lines(lines, inside, finder):
                if line.at not in found:
                    found.add(line.at)
                    yield line.at, encoding.cross_out(line.text)
        before = lines[1 - LINES_OF_NUMBER :]
        while len(before) > 1 and sum(len(line.text) for line in before) > LONGEST_LINE:
            del before[0]
        found.intersection_update(line.at for line in before)
        inside = _follow(_join(lines[: len(lines) - len(before)]), inside)


def _follow(text: str, inside: Sequence[bool]) -> list[bool]:
    return [quotes.ends_inside(text, was) for quotes, was in zip(QUOTES, inside, strict=True)]


def _join(lines: Iterable[_Line]) -> str:
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
        inside = _follow(line.text, inside)
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
