"""Erasure: how a number is found in texts whatever its spelling, what stands in its place, and how it is known again.

A forgotten number is kept as HMAC-SHA256 under a key of the installation. There are so few numbers that a bare hash
could be tried out for all of them in minutes.
"""

from __future__ import annotations

import hmac
import re
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from .number_text import ISO_DAY, PLUSES, SEPARATING
from .phone import list_digit_forms
from .text_folding import to_plain_digits

FORGOTTEN = "[forgotten]"
"""What stands in a text where the number was."""
MARK = "~"
"""Begins what stands in a column of numbers where one was: no number begins so."""
FORGOTTEN_NUMBER = MARK + "forgotten"
"""A second number that was forgotten."""
NOBODY = "000"
"""An extension, where a key of a message that is played no more connected callers with the number."""
TOKEN_LENGTH = 16
LEAST_DIGITS = 7
"""Shorter spellings are other things too often: dates, ids."""
SEPARATORS = f"[{SEPARATING}{PLUSES}]*"
"""What may stand between two digits of one number, in bytes that are no UTF-8 as well (`is_in_bytes`)."""
INTERNATIONAL = f"(?:[{PLUSES}]|00|011|810)[{SEPARATING}]*"
"""What begins a number with its country code, and what may stand behind it: another plus begins anew, or every plus of
a long row of them would be tried together with all that follow."""
PART_OF_NUMBER = re.compile(rf"[\d{SEPARATING}{PLUSES}]*")
"""What a number can be part of: within one, there is nothing else."""
_OTHERS = re.compile(r"\D+")
_JSON_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_JSON_CONTROLS = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "b": "\b"}


def extract_digits(text: str, *, is_json: bool = False) -> str:
    """All digits of a text as 0 to 9, without anything between them. Of JSON, those of escapes are not among them.
    queries/erasure.py says the same in SQL."""
    if is_json:
        text = unescape_json(text)
    return to_plain_digits(_OTHERS.sub("", text))


def unescape_json(text: str) -> str:
    """JSON with the characters that its escapes stand for. It may be no JSON any more."""
    if "\\" not in text:
        return text
    plain = _JSON_ESCAPE.sub(
        lambda found: chr(int(found[1], 16)) if found[1] else _JSON_CONTROLS.get(found[2], found[2]), text
    )
    # What JSON writes as two escapes is one character.
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


@lru_cache(maxsize=1)
def list_foreign_digits() -> str:
    """The decimal digits of every script but ASCII's."""
    return "".join(char for code in range(0x80, sys.maxunicode + 1) if (char := chr(code)).isdecimal())


def hash_number(key: bytes, phone: str) -> str:
    """The keyed hash of a number in E.164, 64 hexadecimal digits."""
    return hmac.digest(key, phone.encode(), "sha256").hex()


def identify_key(key: bytes) -> str:
    """Tells keys apart without telling them, so that one that was lost or mixed up is noticed."""
    return hmac.digest(key, b"switchboard: which key is this", "sha256").hex()[:16]


def make_number_token(number_hash: str) -> str:
    """What stands in call records in place of the number while they have to be kept."""
    return MARK + number_hash[: TOKEN_LENGTH - 1]


def make_row_token(row_id: int) -> str:
    """What stands in a row in place of the number, and leads to no other row."""
    return f"{MARK}{row_id:x}"


def is_forgotten(phone: str) -> bool:
    """Whether a column of numbers holds one of those marks."""
    return phone.startswith(MARK)


class NumberFinder:
    """Finds one number in texts: E.164, national, with and without blanks, dashes, brackets and dots."""

    def __init__(self, phone: str) -> None:
        self.phone = phone
        forms = [form for form in list_digit_forms(phone) if len(form) >= LEAST_DIGITS]
        alternatives = "|".join(SEPARATORS.join(form) for form in sorted(forms, key=len, reverse=True))
        before = rf"(?<!\d)(?:{INTERNATIONAL}\(?|\(?(?!{ISO_DAY}))"
        self._pattern = re.compile(rf"{before}(?:{alternatives})(?!\d)")
        self.needles = [form for form in forms if not any(other != form and other in form for other in forms)]
        """Digits of which one stands in `extract_digits` of every text that has the number."""

    def may_be_in(self, text: str) -> bool:
        """Whether the number's digits follow one another in a text, whatever stands between: true wherever `is_in` is,
        and in a third of its time."""
        digits = extract_digits(text)
        return any(needle in digits for needle in self.needles)

    def is_in(self, text: str) -> bool:
        return self._pattern.search(to_plain_digits(text)) is not None

    def is_in_bytes(self, line: bytes) -> bool:
        """The same of a line of a file in any encoding that writes digits as ASCII does, also with JSON's escapes."""
        text = line.decode("utf-8", "surrogateescape")
        return self.is_in(text) or ("\\" in text and self.is_in(unescape_json(text)))

    def find_spans(self, text: str) -> list[tuple[int, int]]:
        """Where in the text the number stands, from and to."""
        return [found.span() for found in self._pattern.finditer(to_plain_digits(text))]

    def scrub_text(self, text: str) -> str:
        """The text without the number."""
        for start, end in reversed(self.find_spans(text)):
            text = text[:start] + FORGOTTEN + text[end:]
        return text

    def scrub_json(self, value: Any) -> Any:
        """Plain JSON without the number. A list of plain values that has it is a row of the person's: all of its texts
        go; so do the variables and cells that stand beside the number."""
        match value:
            case str():
                return self.scrub_text(value)
            case bool() | None:
                return value
            case int() | float():
                return None if self._is_in_plain(value) else value
            case list():
                if all(not isinstance(item, list | dict) for item in value) and self._is_in_any(value):
                    return [
                        FORGOTTEN if isinstance(item, str) and item else self.scrub_json(item)
                        for item in value
                    ]
                return [self.scrub_json(item) for item in value]
            case dict():
                of_person = self._is_in_any(list(value.values()))
                if {"digit", "action", "to"} <= value.keys() and value["to"] == self.phone:
                    value = {**value, "to": NOBODY}
                return {
                    self.scrub_text(key): _empty(item)
                    if of_person and key in ("variables", "cells", "second_numbers")
                    else self.scrub_json(item)
                    for key, item in value.items()
                }
        return value

    def _is_in_any(self, values: Sequence[Any]) -> bool:
        return any(self._is_in_plain(item) for item in values)

    def _is_in_plain(self, value: Any) -> bool:
        match value:
            case str():
                return self.is_in(value)
            case float():
                # The point of any other is none of those that people write between a number's digits.
                return value.is_integer() and self.is_in(str(int(value)))
            case int():
                return not isinstance(value, bool) and self.is_in(str(value))
        return False


SAMPLES = frozenset({"samples", "sample", "first_rows", "example", "examples"})
KEPT_IN_SAMPLES = frozenset({"code"})
"""Why a row was refused: a word of ours, which tells nothing of the person."""
READ_IN_SAMPLES = frozenset({"country", "type", "timezone", "zones", "derived", "second_numbers"})
"""What the program reads of a row that is shown, and is no text: it goes, and nothing stands in its place."""


def empty_samples(value: Any) -> Any:
    """What an upload was understood as, without any of its rows' values."""
    match value:
        case dict():
            return {
                key: _empty_sample(item) if key in SAMPLES else empty_samples(item)
                for key, item in value.items()
            }
        case list():
            return [empty_samples(item) for item in value]
    return value


def _empty_sample(value: Any) -> Any:
    match value:
        case dict():
            kept = {key: value[key] if key in KEPT_IN_SAMPLES else None for key in value}
            shown = value.keys() - KEPT_IN_SAMPLES - READ_IN_SAMPLES
            return kept | {key: _empty_deeply(value[key]) for key in shown}
        case list():
            return [_empty_sample(item) for item in value]
    return _empty_deeply(value)


def _empty_deeply(value: Any) -> Any:
    match value:
        case dict():
            return {key: _empty_deeply(item) for key, item in value.items()}
        case list():
            return [_empty_deeply(item) for item in value]
    return FORGOTTEN if isinstance(value, str) and value else value


def read_sample(row: Mapping[str, Any]) -> dict[str, Any]:
    """One of a file's first rows as pages may read it: earlier versions wrote FORGOTTEN into zones and countries."""
    return {
        key: None if key in READ_IN_SAMPLES and item in (FORGOTTEN, [FORGOTTEN]) else item
        for key, item in row.items()
    }


def _empty(value: Any) -> Any:
    """The same shape without a text."""
    match value:
        case dict():
            return {}
        case list():
            return [FORGOTTEN if isinstance(item, str) and item else None for item in value]
    return FORGOTTEN if isinstance(value, str) else value
