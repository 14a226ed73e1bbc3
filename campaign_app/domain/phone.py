"""Phone numbers: from what people type to E.164 (ITU-T), with country and type, and to the masked form on pages."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumber, PhoneNumberType

from .countries import SUPPORTED, country_name
from .number_text import UnclearNumber, clean_number
from .number_types import find_region_and_type, split_international, split_plain_number

HIDDEN = 4
"""Digits that a mask hides at least."""
WORLD = "001"
"""The region of numbers that belong to no country, such as +800 and satellites (phonenumbers' own word)."""

INTERNATIONAL_PREFIXES = {
    "AU": ("0011",),
    "BR": ("0014", "0015", "0021", "0023", "0025", "0031", "0041"),
    "CL": ("1230",),
    "CU": ("119",),
    "FI": ("990", "994", "999"),
    "HK": ("001",),
    "ID": ("001", "007", "008"),
    "IL": ("012", "013", "014"),
    "JP": ("010",),
    "KE": ("000",),
    "KR": ("001", "002", "00700"),
    "NG": ("009",),
    "RU": ("810",),
    "SG": ("001", "002", "008", "018", "019"),
    "TH": ("001", "004", "005", "006", "007", "008", "009"),
    "TW": ("002", "005", "006", "007", "009"),
    "TZ": ("000",),
    "UG": ("000",),
}
"""What is dialed before a country code, where it is not 00 (ITU-T operational bulletin; national numbering plans)."""
NORTH_AMERICA = 1
"""The calling code of the countries that share the North American plan, and dial 011."""

TYPES = {
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed-or-mobile",
    PhoneNumberType.TOLL_FREE: "toll-free",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "shared-cost",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "company",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
WORLD_TYPES = {
    870: "satellite",
    881: "satellite",
    882: "satellite",
    883: "satellite",
    878: "personal",
    979: "premium",
}
"""By calling code, since phonenumbers calls satellites mobile phones."""
OLD_PLANS = {
    225: "Numbers in Côte d’Ivoire have had ten digits since 2021",
    229: "Numbers in Benin changed in November 2024: they now have ten digits and begin with 01",
}
"""What to say of numbers that were right before a country changed its plan."""


class PhoneError(ValueError):
    """A text that is not a number to dial. `code` is one of a few words, str(error) says what to do about it."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


MOST_DIGITS = 15
"""Of a number in E.164."""
EXAMPLE = "+44 20 7946 0123"
"""Where no country is at hand: of the range that is kept for made-up numbers."""


def explain_refusal(error: PhoneError, raw: str, region: str | None = None) -> str:
    """What is wrong with a number, and how to write it: as of the country whose code it has, or that `region` names."""
    problem, _, remedy = str(error).partition(";")
    if remedy and error.code != "no-region":
        return str(error)
    return f"{problem}; give it in full, such as {find_example(raw, region)}"


def find_example(raw: str, region: str | None = None) -> str:
    """How a number like the text is written in full, such as +1 201-555-0123 for one that begins with +1."""
    text = raw.strip()
    digits = "".join(char for char in text if char.isascii() and char.isdigit())
    if text.startswith("+") or digits.startswith("00"):
        digits = digits.removeprefix("00")
        codes = (int(digits[:size]) for size in (1, 2, 3) if digits[:size])
        code = next((code for code in codes if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), 0)
        region = phonenumbers.region_code_for_country_code(code)
    number = phonenumbers.example_number(region) if region in SUPPORTED and region != "GB" else None
    if number is None:
        return EXAMPLE
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


class ParsedNumber(NamedTuple):
    """A number that can be dialed: E.164, its country (ISO 3166 alpha-2, 001 for none), and one of NUMBER_TYPES."""

    e164: str
    region: str
    number_type: str


NUMBER_TYPES = frozenset(TYPES.values()) | frozenset(WORLD_TYPES.values())


PLAIN_KINDS = frozenset(
    kind for kind, name in TYPES.items() if name in ("fixed", "mobile", "fixed-or-mobile")
)


def find_plain_region(e164: str) -> str | None:
    """The country of a number that is certainly a valid fixed line or mobile, as `parse_number` would find it, in half
    the time. None for every other number, and where telling takes a closer look."""
    split = split_international(e164[1:])
    if split is None or split[0] in WORLD_TYPES:
        return None
    region, kind = find_region_and_type(*split)
    return region if kind in PLAIN_KINDS else None


def parse(raw: str, default_region: str | None) -> str:
    """The E.164 form of what was typed. Raises PhoneError, as `parse_number` does."""
    return parse_number(raw, default_region).e164


def list_spellings(raw: str) -> list[str]:
    """Every number in E.164 that a text without a plus may mean, valid or not: of any country, with or without what is
    dialed before a number there. For looking up which of them is known."""
    try:
        text = clean_number(raw)
    except UnclearNumber:
        return []
    digits = "".join(char for char in text if char.isascii() and char.isdigit())
    spellings = {f"+{digits}"}
    for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        spellings |= {f"+{code}{digits}", f"+{code}{digits.removeprefix('0')}"}
        if len(digits) > 10:
            spellings.add(f"+{code}{digits[1:]}")
    return sorted(spelling for spelling in spellings if len(spelling) <= MOST_DIGITS + 1)


def parse_number(raw: str, default_region: str | None) -> ParsedNumber:
    """The number that was typed. `default_region` (ISO 3166 alpha-2) reads numbers without a country code.

    A number is never read as another country's unless it says so, by + or by an international prefix. Raises
    PhoneError: empty, too-long, not-a-number, rounded, date, several, extension, no-region, ambiguous, too-short,
    invalid.
    """
    try:
        text = clean_number(raw)
    except UnclearNumber as error:
        raise PhoneError(error.code, str(error)) from None
    number = _read_plain(text, default_region) or _remember_read(text, default_region)
    if isinstance(number, PhoneError):
        # An error of its own: it takes the traceback of whoever raises it along.
        raise PhoneError(number.code, str(number)) from None
    return number


@lru_cache(maxsize=4096)
def _remember_read(text: str, default_region: str | None) -> ParsedNumber | PhoneError:
    """The result of careful reading, cached: it takes ten times as long, a refused row is read twice, and a file has
    the same `12345` or `0000000000` in many rows."""
    try:
        return _read_with_care(text, default_region)
    except PhoneError as error:
        return PhoneError(error.code, str(error))


def _read_plain(text: str, region: str | None) -> ParsedNumber | None:
    """The number of a text that can be read in one way only, as most can; a third of the time of `_read_with_care`."""
    split = split_plain_number(text, region)
    if split is None or (region is not None and not text.startswith("+") and _has_prefix(text, region)):
        return None
    return _make_number(*split)


def _has_prefix(text: str, region: str) -> bool:
    prefixes = _prefixes_of(region)
    # Of most texts the first sign is enough.
    if text[0].isdigit() and text[0] not in _first_digits(prefixes):
        return False
    return "".join(filter(str.isdigit, text[:8])).startswith(prefixes)


@lru_cache(maxsize=512)
def _first_digits(prefixes: tuple[str, ...]) -> frozenset[str]:
    return frozenset(prefix[0] for prefix in prefixes)


def _make_number(code: int, national: str) -> ParsedNumber | None:
    """The number, if it is a valid one."""
    region, kind = find_region_and_type(code, national)
    if kind == PhoneNumberType.UNKNOWN:
        return None
    return ParsedNumber(
        f"+{code}{national}", region or WORLD, WORLD_TYPES.get(code) or TYPES.get(kind, "fixed")
    )


def _read_with_care(text: str, default_region: str | None) -> ParsedNumber:
    international = _read_international(text, default_region)
    if international is not None:
        return international
    if default_region is None:
        raise PhoneError(
            "no-region",
            "has no country code; write it as +country number, such as +1 202 555 0123, "
            "or choose a country for numbers without one",
        )
    return _read_national(_national_form(text, default_region), default_region)


def _read_international(text: str, region: str | None) -> ParsedNumber | None:
    """A number that was written with a country code: by +, 00, or the region's own prefix; None if it was not."""
    if text.startswith("+"):
        return _read(_without_old_prefix(text), None)
    digits = "".join(char for char in text if char.isdigit())
    # In data 00 is a plus, whatever is dialed in that country: Singapore's 004 made Dutchmen of Austrians.
    for prefix in _prefixes_of(region):
        if digits.startswith(prefix):
            number = _parse_valid(_without_old_prefix("+" + digits[len(prefix) :]), None)
            if number is not None:
                return number
    if digits.startswith("00"):
        # No country writes its own numbers so; what follows is no valid number, and is refused as one.
        return _read(_without_old_prefix("+" + digits[2:]), None)
    return None


@lru_cache(maxsize=512)
def _prefixes_of(region: str | None) -> tuple[str, ...]:
    if region is None:
        return ("00",)
    own = INTERNATIONAL_PREFIXES.get(region, ())
    if phonenumbers.country_code_for_region(region) == NORTH_AMERICA:
        own = (*own, "011")
    return ("00", *own)


def _without_old_prefix(text: str) -> str:
    """Mexico's +52 1, which chat programs still write, without the 1 that is dialed no more (since 2019)."""
    digits = "".join(char for char in text if char.isdigit())
    return "+52" + digits[3:] if digits.startswith("521") and len(digits) == 13 else text


def _national_form(text: str, region: str) -> str:
    if region == "MX":
        digits = "".join(char for char in text if char.isdigit())
        if digits.startswith(("044", "045", "521")) and len(digits) == 13:
            return digits[3:]
    return text


def _read_national(text: str, region: str) -> ParsedNumber:
    """A number written without a country code, which a spreadsheet may have robbed of its + or its leading 0."""
    digits = "".join(char for char in text if char.isdigit())
    code = str(phonenumbers.country_code_for_region(region))
    prefix = _national_prefix(region)
    national = _parse_valid(text, region)
    if national is not None and not national.e164.startswith("+" + code):
        national = None
    written_nationally = digits.startswith("0") or (prefix and digits.startswith(prefix))
    own = digits.startswith(code)
    international = None
    if not written_nationally and (own or len(digits) >= 11):
        international = _parse_valid("+" + digits, None)
    if international is None or national == international:
        return national or _read(text, region)
    if own and (national is None or prefix):
        # Where numbers are written with a leading 0, its absence says that the country code is meant.
        return international
    if national is not None and national.number_type == "mobile":
        # A mobile range is exact: this is a number that lost its leading 0.
        return national
    raise _ambiguous([international.e164] + ([] if national is None else [national.e164]))


@lru_cache(maxsize=512)
def _national_prefix(region: str) -> str:
    metadata = PhoneMetadata.metadata_for_region(region)
    return "" if metadata is None else metadata.national_prefix or ""


def _ambiguous(numbers: list[str]) -> PhoneError:
    readings = " or ".join(
        phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL)
        for number in numbers
    )
    return PhoneError("ambiguous", f"could be {readings}; write + and the country code in front")


def _parse_valid(text: str, region: str | None) -> ParsedNumber | None:
    """The number, if it is a valid one."""
    try:
        return _parsed(phonenumbers.parse(text, region))
    except (NumberParseException, PhoneError):
        return None


def _read(text: str, region: str | None) -> ParsedNumber:
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        raise _unreadable(error) from None
    if region is not None and number.country_code != phonenumbers.country_code_for_region(region):
        raise PhoneError("invalid", f"is not a valid phone number ({name_plan(region)})")
    return _parsed(number, region)


def _parsed(number: PhoneNumber, region: str | None = None) -> ParsedNumber:
    made = _make_number(number.country_code or 0, phonenumbers.national_significant_number(number))
    if made is None:
        raise _invalid(number, region)
    return made


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _region_of(number: PhoneNumber) -> str:
    regions_of_code = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(number.country_code or 0, ())
    if len(regions_of_code) == 1:
        return str(regions_of_code[0])
    return phonenumbers.region_code_for_number(number) or WORLD


def list_digit_forms(e164: str) -> list[str]:
    """The digits of a number as people write it: with the country code, without, and as it is dialed at home."""
    country, lead, rest = _parts(e164)
    national = lead + rest
    at_home = phonenumbers.format_number(phonenumbers.parse(e164), phonenumbers.PhoneNumberFormat.NATIONAL)
    digits = "".join(char for char in at_home if char.isdecimal())
    forms = [f"{country}{national}", f"{country}0{national}", national, digits]
    return list(dict.fromkeys([*forms, *(f"{prefix}{national}" for prefix in "018")]))


def regions_of(e164: str) -> frozenset[str]:
    """Every country that the number may be in: several where they share a calling code and the range, as US and Canada
    share the toll-free numbers. None of what is no number."""
    try:
        number = phonenumbers.parse(e164)
    except NumberParseException:
        return frozenset()
    return frozenset(
        region
        for region in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(number.country_code or 0, ())
        if phonenumbers.is_valid_number_for_region(number, region)
    )


def _unreadable(error: NumberParseException) -> PhoneError:
    kind = error.error_type
    if kind == NumberParseException.INVALID_COUNTRY_CODE:
        return PhoneError("no-region", "begins with a country code that does not exist")
    if kind in (NumberParseException.TOO_SHORT_NSN, NumberParseException.TOO_SHORT_AFTER_IDD):
        return PhoneError("too-short", "is too short for a phone number")
    if kind == NumberParseException.TOO_LONG:
        return PhoneError("too-long", "is too long for a phone number")
    return PhoneError("not-a-number", "is not a phone number")


def name_plan(region: str) -> str:
    """A country's name and calling code: `Germany, +49`."""
    return f"{country_name(region)}, +{phonenumbers.country_code_for_region(region)}"


def _invalid(number: PhoneNumber, region: str | None) -> PhoneError:
    """`region`: the country as of which a number without a country code was read."""
    code = number.country_code or 0
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(code, ())
    if region is None and len(regions) == 1 and regions[0] in SUPPORTED:
        region = regions[0]
    where = f"+{code}" if region is None else name_plan(region)
    reason = phonenumbers.is_possible_number_with_reason(number)
    hint = f". {OLD_PLANS[code]}" if code in OLD_PLANS else ""
    if reason == phonenumbers.ValidationResult.TOO_SHORT:
        return PhoneError("too-short", f"is too short for a phone number ({where}){hint}")
    if reason == phonenumbers.ValidationResult.TOO_LONG:
        return PhoneError("too-long", f"is too long for a phone number ({where})")
    return PhoneError("invalid", f"is not a valid phone number ({where}){hint}")


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


NO_NUMBER = "forgotten number"
"""Shown for what begins with no plus: it stands where a number was that was forgotten."""


@lru_cache(maxsize=4096)
def mask(e164: str) -> str:
    """`+1 617 ••• ••42`: country, leading group and the last two digits, enough to recognize, too little to dial."""
    if e164.startswith(("~", "[")):
        return NO_NUMBER
    country, lead, rest = _parts(e164)
    dots = "•" * max(len(rest) - 2, 0)
    grouped = " ".join(dots[i : i + 3] for i in range(0, len(dots), 3))
    joint = "" if len(dots) % 3 and dots else " "
    return (
        " ".join(part for part in (f"+{country}" if country else "", lead) if part)
        + f" {grouped}{joint}{rest[-2:]}"
    )


@lru_cache(maxsize=4096)
def mask_label(e164: str) -> str:
    """`+1 617, ending 42`, for those who listen."""
    if e164.startswith(("~", "[")):
        return NO_NUMBER
    country, lead, rest = _parts(e164)
    return f"+{country} {lead}".rstrip() + f", ending {rest[-2:]}"


@lru_cache(maxsize=4096)
def format_international(e164: str) -> str:
    """`+1 202 555 0142`, in full, as people read it."""
    if e164.startswith(("~", "[")):
        return NO_NUMBER
    return phonenumbers.format_number(phonenumbers.parse(e164), phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@lru_cache(maxsize=1)
def regions() -> tuple[tuple[str, str], ...]:
    """Every region with its calling code, such as ("US", "US +1"), sorted."""
    return tuple(
        (code, f"{code} +{phonenumbers.country_code_for_region(code)}") for code in sorted(SUPPORTED)
    )


def is_region(code: str) -> bool:
    return code in SUPPORTED


def holds_toll_free_number(text: str, region: str = "US") -> bool:
    """Whether a text has a number in it that costs nothing to call; national numbers are read in `region`."""
    return any(
        phonenumbers.number_type(match.number) == phonenumbers.PhoneNumberType.TOLL_FREE
        for match in phonenumbers.PhoneNumberMatcher(text, region)
    )
