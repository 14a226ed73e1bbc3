"""Phone numbers: from what people type to E.164 (ITU-T), and to the masked form that pages show."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType

LONGEST_CELL = 64
SPREADSHEET = re.compile(r"\d+[.,]\d*([eE]\+?\d+)?|\d+[eE]\+?\d+", re.ASCII)
"""6.17555E+09 or 16175550142.0: digits that a spreadsheet took for an amount."""
HIDDEN = 4
"""Digits that a mask hides at least."""
SUPPORTED = frozenset(phonenumbers.SUPPORTED_REGIONS)


class PhoneError(ValueError):
    """A text that is not a number to dial. `code` is one of a few words, str(error) says what to do about it."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def parse(raw: str, default_region: str | None) -> str:
    """The E.164 form of what was typed. `default_region` (ISO 3166 alpha-2) reads numbers without a country.

    Raises PhoneError: empty, too-long, not-a-number, no-region, extension, too-short, invalid.
    """
    if len(raw) > LONGEST_CELL:
        raise PhoneError("too-long", f"{len(raw):,} characters are no phone number")
    if any(unicodedata.category(char) == "Cc" and char != "\t" for char in raw):
        raise PhoneError(
            "not-a-number", "holds control characters; give digits, spaces, +, - and brackets only"
        )
    text = raw.strip().strip("'\"").strip().removeprefix("tel:")
    if not text:
        raise PhoneError("empty", "the number is missing")
    if SPREADSHEET.fullmatch(text):
        raise PhoneError(
            "not-a-number", "was rewritten by a spreadsheet; format the column as text and export again"
        )
    if default_region is None and text.startswith("00"):
        text = "+" + text[2:]
    try:
        number = phonenumbers.parse(text, default_region)
    except NumberParseException as error:
        raise _unreadable(text, default_region, error) from None
    if number.extension:
        raise PhoneError("extension", "has an extension; give a number that can be dialled directly")
    if any(char.isalpha() for char in text):
        # It would be read as letters on a keypad (1-800-FLOWERS), and "call me 617…" with it.
        raise PhoneError("not-a-number", "holds letters; give digits, spaces, +, - and brackets only")
    # One call gives validity and type (is_valid_number would match the patterns a second time).
    if phonenumbers.number_type(number) == PhoneNumberType.UNKNOWN:
        raise _invalid(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _unreadable(text: str, region: str | None, error: NumberParseException) -> PhoneError:
    kind = error.error_type
    if kind == NumberParseException.INVALID_COUNTRY_CODE:
        if region is None and not text.startswith(("+", "＋")):
            return PhoneError(
                "no-region",
                "has no country; write it as +country number, or set the campaign's default region",
            )
        return PhoneError("no-region", "begins with a country code that does not exist")
    if kind in (NumberParseException.TOO_SHORT_NSN, NumberParseException.TOO_SHORT_AFTER_IDD):
        return PhoneError("too-short", "is too short for a phone number")
    if kind == NumberParseException.TOO_LONG:
        return PhoneError("too-long", "is too long for a phone number")
    return PhoneError("not-a-number", "is not a phone number")


def _invalid(number: PhoneNumber) -> PhoneError:
    region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    where = f"{region} +{number.country_code}" if region in SUPPORTED else f"+{number.country_code}"
    reason = phonenumbers.is_possible_number_with_reason(number)
    if reason == phonenumbers.ValidationResult.TOO_SHORT:
        return PhoneError("too-short", f"is too short for {where}")
    if reason == phonenumbers.ValidationResult.TOO_LONG:
        return PhoneError("too-long", f"is too long for {where}")
    return PhoneError("invalid", f"is in no number range of {where}")


def _parts(e164: str) -> tuple[str, str, str]:
    """Country code, leading group, and the rest of a number in E.164."""
    try:
        number = phonenumbers.parse(e164)
    except NumberParseException:
        return "", "", e164.lstrip("+")
    country = str(number.country_code)
    rest = e164[1 + len(country) :]
    length = min(phonenumbers.length_of_geographical_area_code(number) or 3, max(len(rest) - HIDDEN - 2, 0))
    return country, rest[:length], rest[length:]


@lru_cache(maxsize=4096)
def mask(e164: str) -> str:
    """`+1 617 ••• ••42`: country, leading group and the last two digits, enough to recognise, too little to dial."""
    country, lead, rest = _parts(e164)
    dots = "•" * max(len(rest) - 2, 0)
    grouped = " ".join(dots[i : i + 3] for i in range(0, len(dots), 3))
    joint = "" if len(dots) % 3 and dots else " "
    return (
        " ".join(part for part in (f"+{country}" if country else "", lead) if part)
        + f" {grouped}{joint}{rest[-2:]}"
    )


def mask_label(e164: str) -> str:
    """`+1 617, ending 42`, for those who listen."""
    country, lead, rest = _parts(e164)
    return f"+{country} {lead}".rstrip() + f", ending {rest[-2:]}"


@lru_cache(maxsize=1)
def regions() -> tuple[tuple[str, str], ...]:
    """Every region with its calling code, such as ("US", "US +1"), sorted."""
    return tuple(
        (code, f"{code} +{phonenumbers.country_code_for_region(code)}") for code in sorted(SUPPORTED)
    )


def is_region(code: str) -> bool:
    return code in SUPPORTED
