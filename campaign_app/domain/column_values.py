"""Column values: what a column's cells look like, whatever its name says: numbers, dates, ids, flags, addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .column_names import fold_value, read_flag
from .csv_cells import plain
from .number_text import UnclearNumber, split_numbers
from .phone import PhoneError, parse_number

DATE = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?:[T ,]+\d{1,2}[:.h].*|[T ]?)", re.ASCII)
DAY_FIRST = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](?:\d{4}|\d{2})\.?(?:[T ,]+\d{1,2}[:.h].*)?", re.ASCII)
COMPACT = re.compile(r"(19\d\d|20\d\d)(\d\d)(\d\d)(?:[T ]?\d{4,6}Z?)?", re.ASCII)
COMPACT_DAY_FIRST = re.compile(r"(\d\d)(\d\d)(?:19|20)\d\d", re.ASCII)
CLOCK = re.compile(r"\d{1,2}[:h]\d\d(?::\d\d)?(?: ?[ap]\.?m\.?)?", re.ASCII | re.IGNORECASE)
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
IP = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}", re.ASCII)
WRITTEN_AS_PHONE = re.compile(r"\s*(?:\+|00\s?[1-9]|\(|0[\d\s(]|\d[\d\s]*[-./ ()]+[\d\s])")
"""A plus, a trunk zero, brackets or groups: what nobody writes into a customer number."""
MOST = 0.8
"""The share of a column's cells that makes it a column of something."""


@dataclass(frozen=True, slots=True)
class ValueProfile:
    """How many of a column's cells are what. `rows` counts the rows looked at, `filled` those with a value."""

    rows: int
    filled: int
    valid: int
    """Phone numbers that can be dialed, or several in one cell."""
    plausible: int
    """Cells with as many digits as a phone number, whatever stands around them."""
    written: int
    """Valid ones that are written as phone numbers are."""
    international: int
    """Valid ones with a plus."""
    dates: int
    emails: int
    addresses: int
    """Of pages and machines: URL, IP."""
    flags: int
    yes: int
    no: int
    identities: int
    """Numbers with the check digits of an identity, a bank account or a card."""
    distinct: int
    counts_up: bool

    def share(self, count: int) -> float:
        return count / self.filled if self.filled else 0.0

    @property
    def valid_share(self) -> float:
        return self.share(self.valid)

    @property
    def constant(self) -> bool:
        """One value in every row of many: the number of whoever made the list."""
        return self.filled == self.rows >= 10 and self.distinct == 1

    @property
    def nature(self) -> str:
        """What the values are, if they are plainly no phone numbers; else an empty text."""
        for count, nature in (
            (self.dates, "a date in every row"),
            (self.emails, "e-mail addresses"),
            (self.addresses, "addresses of machines or pages"),
            (self.flags, "yes or no in every row"),
        ):
            if self.filled and count >= MOST * self.filled:
                return nature
        return ""


def profile_values(cells: Sequence[str], regions: Sequence[str | None]) -> ValueProfile:
    """The profile of a column's cells, a cell for each row; `regions` reads each row's number."""
    values = [(plain(cell), region) for cell, region in zip(cells, regions, strict=True)]
    filled = [(value, region) for value, region in values if value]
    valid = plausible = written = international = dates = emails = addresses = identities = yes = no = (
        flags
    ) = 0
    for value, region in filled:
        digits = sum(char.isdigit() for char in value)
        flag = read_flag(value)
        flags += flag is not None
        yes += flag is True
        no += flag is False
        emails += bool(EMAIL.fullmatch(value))
        is_address = bool(URL.match(value)) or _is_ip(value)
        addresses += is_address
        is_date = is_date_text(value)
        dates += is_date
        identities += has_check_digits(value)
        if is_address or not 6 <= digits <= 60 or len(value) > 256:
            continue
        plausible += 7 <= digits <= 36 and sum(map(str.isalpha, value)) <= 20
        if _dials(value, region):
            valid += 1
            international += value.lstrip().startswith(("+", "＋", "00"))
            written += bool(WRITTEN_AS_PHONE.match(value)) and not is_date
    return ValueProfile(
        rows=len(values),
        filled=len(filled),
        valid=valid,
        plausible=plausible,
        written=written,
        international=international,
        dates=dates,
        emails=emails,
        addresses=addresses,
        flags=flags,
        yes=yes,
        no=no,
        identities=identities,
        distinct=len({fold_value(value) for value, _ in filled}),
        counts_up=_counts_up([value for value, _ in filled]),
    )


def looks_like_phone(cell: str) -> bool:
    """Whether a cell has a phone number's shape, in any script's digits; not whether it can be dialed."""
    if not 7 <= len(cell) <= 40 or is_date_text(cell):
        return False
    if not re.fullmatch(r"(?:tel:)?[+(＋\d][\d\s().+/‐‑–—-]*(?:\s?(?:x|ext\.?)\s?\d+)?", cell, re.IGNORECASE):
        return False
    return 7 <= sum(map(str.isdigit, cell)) <= 18


def _dials(value: str, region: str | None) -> bool:
    try:
        parse_number(value, region)
        return True
    except PhoneError as error:
        if error.code not in ("several", "not-a-number", "too-long"):
            return False
    try:
        parts = split_numbers(value)
    except UnclearNumber:
        return False
    return len(parts) > 1 and all(_dials(part, region) for part in parts if part != value)


def is_date_text(value: str) -> bool:
    """A calendar date, with or without a time, in any usual order; a time alone too."""
    value = value.strip()
    if found := DATE.fullmatch(value):
        return _is_day(int(found[2]), int(found[3]))
    if found := DAY_FIRST.fullmatch(value):
        return _is_day(int(found[1]), int(found[2])) or _is_day(int(found[2]), int(found[1]))
    if found := COMPACT.fullmatch(value):
        return _is_day(int(found[2]), int(found[3]))
    if found := COMPACT_DAY_FIRST.fullmatch(value):
        return _is_day(int(found[1]), int(found[2])) or _is_day(int(found[2]), int(found[1]))
    return bool(CLOCK.fullmatch(value))


def _is_day(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= 31


def _is_ip(value: str) -> bool:
    return bool(IP.fullmatch(value)) and all(int(part) <= 255 for part in value.split("."))


def _counts_up(values: Sequence[str]) -> bool:
    """Whole numbers that go up by a little from row to row."""
    if len(values) < 3 or not all(
        value.isascii() and value.isdigit() and len(value) <= 18 for value in values
    ):
        return False
    numbers = [int(value) for value in values]
    steps = [later - earlier for earlier, later in pairwise(numbers)]
    return sum(1 <= step <= 10 for step in steps) >= MOST * len(steps)


def has_check_digits(value: str) -> bool:
    """Whether the digits are those of a CPF, an Aadhaar number, an IBAN or a payment card, by their check digits."""
    text = re.sub(r"[\s.\-/]", "", value)
    if re.fullmatch(r"[A-Za-z]{2}\d{2}[A-Za-z0-9]{11,30}", text, re.ASCII):
        moved = (text[4:] + text[:4]).upper()
        return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1
    if not (text.isascii() and text.isdigit()) or len(set(text)) == 1:
        return False
    if len(text) == 11:
        return _is_cpf(text)
    if len(text) == 12:
        return text[0] in "23456789" and _verhoeff(text)
    return len(text) in (15, 16) and text[0] in "3456" and _luhn(text)


def _is_cpf(text: str) -> bool:
    digits = [int(char) for char in text]
    for length in (9, 10):
        total = sum(digit * (length + 1 - index) for index, digit in enumerate(digits[:length]))
        if digits[length] != total * 10 % 11 % 10:
            return False
    return True


def _luhn(text: str) -> bool:
    total = 0
    for index, char in enumerate(reversed(text)):
        digit = int(char) * (1 + index % 2)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


def _verhoeff(text: str) -> bool:
    """The check of the dihedral group D5, which Aadhaar uses."""
    check = 0
    for index, char in enumerate(reversed(text)):
        digit = int(char)
        for _ in range(index % 8):
            digit = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit]
        check = _multiply(check, digit)
    return check == 0


def _multiply(left: int, right: int) -> int:
    if left < 5:
        return (left + right) % 5 + (0 if right < 5 else 5) if right < 5 else (left + right - 5) % 5 + 5
    return (left - 5 - right) % 5 + 5 if right < 5 else (left - right) % 5
