"""Number types: country and type of a valid number, as phonenumbers tells them, several times faster.

phonenumbers works out a number's country twice and looks every pattern up by its text, for each number anew: 24 µs of
the 35 that a row of a file took, and parsing it another 10. Here the patterns of a calling code are compiled once, and
numbers that are written plainly are split without them. That both answer alike for every range is a test.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import phonenumbers
from phonenumbers import PhoneMetadata, PhoneNumberType

TYPES = (
    ("premium_rate", PhoneNumberType.PREMIUM_RATE),
    ("toll_free", PhoneNumberType.TOLL_FREE),
    ("shared_cost", PhoneNumberType.SHARED_COST),
    ("voip", PhoneNumberType.VOIP),
    ("personal_number", PhoneNumberType.PERSONAL_NUMBER),
    ("pager", PhoneNumberType.PAGER),
    ("uan", PhoneNumberType.UAN),
    ("voicemail", PhoneNumberType.VOICEMAIL),
)
"""In the order in which they are tried; fixed lines and mobiles come last."""


@dataclass(frozen=True, slots=True)
class _Description:
    """A kind of number: its lengths (none: any) and its pattern."""

    lengths: frozenset[int]
    pattern: re.Pattern[str]

    def matches(self, national: str) -> bool:
        return (not self.lengths or len(national) in self.lengths) and bool(self.pattern.fullmatch(national))


@dataclass(frozen=True, slots=True)
class _Dialing:
    """How the numbers of a calling code are written without it."""

    code: str
    general: _Description | None
    prefix: re.Pattern[str] | None
    """What stands before a national number, as phonenumbers strips it."""
    plain_prefix: str
    """The same, where it is just digits and the rest stays as it is; else nothing."""
    abroad: re.Pattern[str] | None
    """What is dialed before a country code."""


PUNCTUATION = str.maketrans("", "", " ().-/")
LONGEST_LOCAL = 10
"""Digits; more of them may begin with a country code that lost its plus."""


def split_plain_number(text: str, region: str | None) -> tuple[int, str] | None:
    """Country code and national significant number of a text of digits, blanks and punctuation; None where it takes
    more care to say. Whether there is such a number is another question (`find_region_and_type`)."""
    digits = text.translate(PUNCTUATION)
    if digits.startswith("+") and text.startswith("+"):
        return _split_international(digits[1:])
    if region is None or region == "MX" or not digits.isascii() or not digits.isdigit():
        return None
    dialing = _dialing(phonenumbers.country_code_for_region(region), region)
    if dialing is None or digits.startswith("00") or (dialing.abroad and dialing.abroad.match(digits)):
        return None
    if dialing.plain_prefix and digits.startswith(dialing.plain_prefix):
        own = dialing.code.startswith(dialing.plain_prefix) and dialing.code != dialing.plain_prefix
        if own or (dialing.general is not None and dialing.general.pattern.fullmatch(digits)):
            return None
        return int(dialing.code), digits[len(dialing.plain_prefix) :]
    if digits.startswith(dialing.code) or len(digits) > LONGEST_LOCAL:
        return None
    if dialing.prefix is not None and dialing.prefix.match(digits):
        return None
    return int(dialing.code), digits


def _split_international(digits: str) -> tuple[int, str] | None:
    if not digits.isascii() or not digits.isdigit() or digits.startswith(("0", "521")):
        return None
    for size in (1, 2, 3):
        code = int(digits[:size])
        if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            break
    else:
        return None
    dialing = _dialing(code, phonenumbers.region_code_for_country_code(code))
    national = digits[len(str(code)) :]
    if dialing is None or (dialing.prefix is not None and dialing.prefix.match(national)):
        return None
    return code, national


@lru_cache(maxsize=1024)
def _dialing(country_code: int, region: str) -> _Dialing | None:
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(country_code, region)
    if metadata is None:
        return None
    prefix = metadata.national_prefix_for_parsing or ""
    plain = prefix.isdigit() and not metadata.national_prefix_transform_rule
    return _Dialing(
        str(country_code),
        _describe(metadata.general_desc),
        re.compile(prefix) if prefix else None,
        prefix if plain else "",
        re.compile(metadata.international_prefix) if metadata.international_prefix else None,
    )


@dataclass(frozen=True, slots=True)
class _Region:
    name: str
    leading: re.Pattern[str] | None
    general: _Description | None
    types: tuple[tuple[_Description, int], ...]
    fixed: _Description | None
    mobile: _Description | None
    same: bool
    """Whether fixed lines and mobiles have the same numbers."""

    def find_type(self, national: str) -> int:
        if self.general is None or not self.general.matches(national):
            return int(PhoneNumberType.UNKNOWN)
        for description, kind in self.types:
            if description.matches(national):
                return kind
        if self.fixed is not None and self.fixed.matches(national):
            either = self.same or (self.mobile is not None and self.mobile.matches(national))
            return int(PhoneNumberType.FIXED_LINE_OR_MOBILE if either else PhoneNumberType.FIXED_LINE)
        if not self.same and self.mobile is not None and self.mobile.matches(national):
            return int(PhoneNumberType.MOBILE)
        return int(PhoneNumberType.UNKNOWN)


def find_region_and_type(country_code: int, national: str) -> tuple[str | None, int]:
    """The country (001 for none) and PhoneNumberType of a national significant number; UNKNOWN if it is not valid."""
    regions = _regions(country_code)
    if len(regions) == 1:
        return regions[0].name, regions[0].find_type(national)
    for region in regions:
        if region.leading is not None:
            if region.leading.match(national):
                return region.name, region.find_type(national)
        else:
            kind = region.find_type(national)
            if kind != PhoneNumberType.UNKNOWN:
                return region.name, kind
    return None, int(PhoneNumberType.UNKNOWN)


@lru_cache(maxsize=512)
def _regions(country_code: int) -> tuple[_Region, ...]:
    """The regions of a calling code, the main one first."""
    found = []
    for name in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(country_code, ()):
        metadata = PhoneMetadata.metadata_for_region_or_calling_code(country_code, name)
        if metadata is not None:
            found.append(_read_metadata(name, metadata))
    return tuple(found)


def _read_metadata(name: str, metadata: Any) -> _Region:
    types = ((_describe(getattr(metadata, field)), int(kind)) for field, kind in TYPES)
    return _Region(
        name,
        None if metadata.leading_digits is None else re.compile(metadata.leading_digits),
        _describe(metadata.general_desc),
        tuple((description, kind) for description, kind in types if description is not None),
        _describe(metadata.fixed_line),
        _describe(metadata.mobile),
        bool(metadata.same_mobile_and_fixed_line_pattern),
    )


def _describe(description: Any) -> _Description | None:
    if description is None or not description.national_number_pattern:
        return None
    return _Description(
        frozenset(description.possible_length), re.compile(description.national_number_pattern)
    )
