"""Lists of numbers: texts without columns, as people paste them.

`+1…, +1…; +1…` is a list of numbers; `Ann +1…`, `Ann: +1…` and `+1… (Ann)` are a number and a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from campaign_app.domain.number_text import split_long_numbers

from .rows import BLANK, MAX_ROW, NUL, TOO_LONG, LineBatches
from .tables import Row

SEPARATOR = re.compile(r"[,;|\t、，；]")
PLAIN = re.compile(r"[+＋(]?\d[\d ().+-]{5,18}\d\s*")
"""A line of one number and nothing else, as most are."""
NUMBER = re.compile(
    r"[+＋(\d][\d\s().+＋/‐‑–—\u00a0\u2000-\u200f\u202a-\u202f\u2060-\u2069\ufeff-]{5,40}\d(?:\s?(?:x|ext\.?)\s?\d+)?",
    re.I,
)
DIGITS = 7
COUNTED = re.compile(r"\s*([1-9]\d{0,2})(?:\)\s*|\.\s+)(?=[+＋(\d])")
"""`1)`, `2. `: the number of a line in a list, in front of a phone number."""
DIGITS_BEHIND = 8
"""Digits of a number that stands behind one of a line: `202) 555-0101` is one number."""
JOINTS = frozenset({"and", "or", "&", "und", "oder", "et", "ou", "y", "o", "e", "en", "of", "i", "и", "или"})
"""What stands between two numbers, and is no name."""
AROUND = " \t\r\n:=-–—•*·/()[]<>\"'\ufeff\x1a\u200b"
"""What may stand between a name and its number, or around both."""


def find_number(text: str) -> re.Match[str] | None:
    """The first thing in a text with the shape of a phone number."""
    return next(_find_numbers(text), None)


def _find_numbers(text: str) -> Iterator[re.Match[str]]:
    for match in NUMBER.finditer(text):
        if sum(map(str.isdigit, match[0])) >= DIGITS:
            yield match


def split_list(read_lines: LineBatches) -> Iterator[list[Row]]:
    """The rows [number, name] of a list, in batches; what has no number is a row as well, to be refused."""
    while read_lines.next_batch():
        rows: list[Row] = []
        for line_number, line in enumerate(read_lines.lines, read_lines.first):
            if PLAIN.fullmatch(line) and not COUNTED.match(line):
                rows.append(Row(line_number, [line.strip(), ""]))
            elif len(line) > MAX_ROW:
                rows.append(Row(line_number, [line[:MAX_ROW]], TOO_LONG))
            elif "\0" in line:
                rows.append(Row(line_number, [line.strip(BLANK)], NUL))
            else:
                rows += [Row(line_number, cells) for cells in split_line(line, line_number)]
        read_lines.at = len(read_lines.lines)
        if rows:
            yield rows


def split_line(line: str, line_number: int = 0) -> list[list[str]]:
    """The [number, name] pairs of a line. A piece without a number belongs to the name of the next one (`Lee, Ann
    +1…`), or of the last (`+1…, Ann`). Where the line begins with a number, names stand behind their numbers (`+1… Ann
    +1… Bob`), else in front. Every number of a line is a pair of its own; where a slash stands between two, they are
    one person's. `2.` in front of line 2 or a later one counts it, and is no digit of the number.
    """
    counted = COUNTED.match(line) if line_number else None
    if (
        counted
        and int(counted[1]) <= line_number
        and sum(map(str.isdigit, line[counted.end() :])) >= DIGITS_BEHIND
    ):
        line = line[counted.end() :]
    found: list[list[str]] = []
    waiting: list[str] = []
    names_follow = False
    for piece in SEPARATOR.split(line):
        text = piece.strip(BLANK)
        matches = list(_find_numbers(text))
        if matches:
            texts = _split_around(text, matches)
            leads = not texts[0]
            if not found:
                names_follow = leads and not waiting
            elif names_follow and leads and waiting and not found[-1][1]:
                # `+1…, Ann, +1…`: the name is that of the number in front of it, as in the rest of the line.
                found[-1][1] = ", ".join(waiting)
                waiting = []
            for place, match in enumerate(matches):
                if leads and not waiting:
                    names = [texts[place + 1]]
                else:
                    names = [texts[place], texts[place + 1] if match is matches[-1] else ""]
                name = ", ".join([*waiting, *filter(None, [" ".join(filter(None, names))])])
                number = _whole_number(text, match)
                found += [[part, name] for part in (split_long_numbers(number) if not name else [number])]
                waiting = []
        elif any(map(str.isdigit, text)) and not any(map(str.isalpha, text)):
            # Too short for a number: it is refused with its reason.
            found.append([text, ""])
        elif name := text.strip(AROUND):
            waiting.append(name)
    if waiting:
        if found and not found[-1][1]:
            found[-1][1] = ", ".join(waiting)
        else:
            found.append([", ".join(waiting), ""])
    return found


def _split_around(text: str, numbers: Sequence[re.Match[str]]) -> list[str]:
    """The names in front of each number of a text and behind the last of them; empty where there is none."""
    ends = [0, *(number.end() for number in numbers)]
    starts = [*(number.start() for number in numbers), len(text)]
    return [_bare_name(text[end:start]) for end, start in zip(ends, starts, strict=True)]


def _bare_name(text: str) -> str:
    """Without what joins it to the numbers around it: `Ann and` is Ann; `John E` stays."""
    words = text.strip(AROUND).split()
    while words and words[0] in JOINTS:
        del words[0]
    while words and words[-1] in JOINTS:
        del words[-1]
    name = " ".join(words).strip(AROUND)
    return "" if name.casefold() in JOINTS else name


def _whole_number(text: str, match: re.Match[str]) -> str:
    """The number with a bracket that is closed behind it: `(202) 555 0100`."""
    number = match[0].strip()
    if number.count("(") > number.count(")") and text[match.end() : match.end() + 1] == ")":
        number += ")"
    return number.strip(" -–—")
