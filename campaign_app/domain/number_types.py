"""Number types: country and type of a valid number, as phonenumbers tells them, several times faster.

phonenumbers works out a number's country twice and looks every pattern up by its text, for each number anew: 24 µs of
the 35 that a row of a file took, and parsing it another 10. Here the patterns of a calling code are compiled once, and
numbers that are written plainly are split without them. That both answer alike for every range is a test.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

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
class _Dialing:
    """How the numbers of a calling code are written without it."""

    number: int
    """The calling code."""
    code: str
    general: re.Pattern[str] | None
    """Of any length."""
    prefix: re.Pattern[str] | None
    """What stands before a national number, as phonenumbers strips it."""
    plain_prefix: str
    """The same, where it is just digits and the rest stays as it is; else nothing."""
    abroad: re.Pattern[str] | None
    """What is dialed before a country code."""


PUNCTUATION = str.maketrans("", "", " ().-/")
UNKNOWN, FIXED_LINE = int(PhoneNumberType.UNKNOWN), int(PhoneNumberType.FIXED_LINE)
LONGEST_LOCAL = 10
"""Digits; more of them may begin with a country code that lost its plus."""


def split_plain_number(text: str, region: str | None) -> tuple[int, str] | None:
    """Country code and national significant number of a text of digits, blanks and punctuation; None where it takes
    more care to say. Whether there is such a number is another question (`find_region_and_type`)."""
    digits = text.translate(PUNCTUATION)
    if digits.startswith("+") and text.startswith("+"):
        return split_international(digits[1:])
    if region is None or region == "MX" or not digits.isascii() or not digits.isdigit():
        return None
    dialing = _dialing_of(region)
    if dialing is None or digits.startswith("00") or (dialing.abroad and dialing.abroad.match(digits)):
        return None
    if dialing.plain_prefix and digits.startswith(dialing.plain_prefix):
        own = dialing.code.startswith(dialing.plain_prefix) and dialing.code != dialing.plain_prefix
        if own or (dialing.general is not None and dialing.general.fullmatch(digits)):
            return None
        return dialing.number, digits[len(dialing.plain_prefix) :]
    if digits.startswith(dialing.code) or len(digits) > LONGEST_LOCAL:
        return None
    if dialing.prefix is not None and dialing.prefix.match(digits):
        return None
    return dialing.number, digits


def split_international(digits: str) -> tuple[int, str] | None:
    """The same for a number in E.164, without its plus."""
    if not digits.isascii() or not digits.isdigit() or digits.startswith(("0", "521")):
        return None
    dialing = _dialing_abroad(digits[:3])
    if dialing is None:
        return None
    national = digits[len(dialing.code) :]
    if dialing.prefix is not None and dialing.prefix.match(national):
        return None
    return dialing.number, national


@lru_cache(maxsize=1024)
def _dialing_abroad(digits: str) -> _Dialing | None:
    """That of the calling code with which the first three digits of an international number begin."""
    for size in (1, 2, 3):
        code = int(digits[:size])
        if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return _dialing(code, phonenumbers.region_code_for_country_code(code))
    return None


@lru_cache(maxsize=512)
def _dialing_of(region: str) -> _Dialing | None:
    return _dialing(phonenumbers.country_code_for_region(region), region)


@lru_cache(maxsize=1024)
def _dialing(country_code: int, region: str) -> _Dialing | None:
    metadata = PhoneMetadata.metadata_for_region_or_calling_code(country_code, region)
    if metadata is None:
        return None
    prefix = metadata.national_prefix_for_parsing or ""
    plain = prefix.isdigit() and not metadata.national_prefix_transform_rule
    general = metadata.general_desc and metadata.general_desc.national_number_pattern
    return _Dialing(
        country_code,
        str(country_code),
        re.compile(general) if general else None,
        re.compile(prefix) if prefix else None,
        prefix if plain else "",
        re.compile(metadata.international_prefix) if metadata.international_prefix else None,
    )


class _Description(NamedTuple):
    """What a kind of number looks like, without its calling code."""

    pattern: str
    lengths: frozenset[int]
    """In digits; none: any."""

    def allows_length(self, size: int) -> bool:
        return not self.lengths or size in self.lengths


class _LengthPattern(NamedTuple):
    """Of a region's numbers of one length: a group for each of `kinds`, of which the first that matches counts."""

    pattern: re.Pattern[str]
    kinds: tuple[int, ...]
    mobile: re.Pattern[str] | None
    """Fixed lines that match it may be mobiles as well."""


@dataclass(frozen=True, slots=True)
class _Region:
    name: str
    leading: re.Pattern[str] | None
    general: _Description | None
    """Of all its numbers."""
    kinds: tuple[tuple[int, _Description], ...]
    """The first that matches counts."""
    mobile: _Description | None
    """Fixed lines that match it may be mobiles as well; None where no or all fixed lines are."""
    _patterns: dict[int, _LengthPattern | None] = field(default_factory=dict)
    """By length, once it was asked for."""

    def find_type(self, national: str) -> int:
        try:
            known = self._patterns[len(national)]
        except KeyError:
            known = self._patterns[len(national)] = self._compile_patterns(len(national))
        found = known.pattern.fullmatch(national) if known is not None else None
        if known is None or found is None or found.lastindex is None:
            return UNKNOWN
        kind = known.kinds[found.lastindex - 1]
        if kind == FIXED_LINE and known.mobile is not None and known.mobile.fullmatch(national):
            return int(PhoneNumberType.FIXED_LINE_OR_MOBILE)
        return kind

    def _compile_patterns(self, size: int) -> _LengthPattern | None:
        """Of the kinds that have numbers of so many digits. An empty group at the end of each tells which of them
        matched. At its beginning, or with a look at the length there, the regular expressions would go into each kind,
        also where the first digits are others: 5.7 µs for a German mobile instead of 0.8."""
        kinds = [(kind, one.pattern) for kind, one in self.kinds if one.allows_length(size)]
        if self.general is None or not self.general.allows_length(size) or not kinds:
            return None
        alternatives = "|".join(f"(?:{pattern})()" for _, pattern in kinds)
        mobile = self.mobile if self.mobile is not None and self.mobile.allows_length(size) else None
        return _LengthPattern(
            re.compile(f"(?=(?:{self.general.pattern})\\Z)(?:{alternatives})"),
            tuple(kind for kind, _ in kinds),
            None if mobile is None else re.compile(mobile.pattern),
        )


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
            if kind != UNKNOWN:
                return region.name, kind
    return None, UNKNOWN


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
    same = bool(metadata.same_mobile_and_fixed_line_pattern)
    general, fixed, mobile = map(
        _read_description, (metadata.general_desc, metadata.fixed_line, metadata.mobile)
    )
    kinds = [(int(kind), _read_description(getattr(metadata, part))) for part, kind in TYPES]
    kinds.append((int(PhoneNumberType.FIXED_LINE_OR_MOBILE) if same else FIXED_LINE, fixed))
    if not same:
        kinds.append((int(PhoneNumberType.MOBILE), mobile))
    return _Region(
        name,
        None if metadata.leading_digits is None else re.compile(metadata.leading_digits),
        general,
        tuple((kind, one) for kind, one in kinds if one is not None),
        None if same else mobile,
    )


def _read_description(description: Any) -> _Description | None:
    """None: there are no such numbers."""
    if description is None or not description.national_number_pattern:
        return None
    return _Description(description.national_number_pattern, frozenset(description.possible_length))
