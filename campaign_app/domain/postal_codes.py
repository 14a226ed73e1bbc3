"""Postal codes: the state and the time zones of an address, by the first digits of its code.

Post offices follow roads, and some deliver across a line between two states or two clocks: where the first digits do
not tell for certain, both are named. Codes tell places in the United States, Canada, Australia, Brazil, Mexico, Russia
and Spain, and the overseas areas of Australia, Denmark and France; those of other countries are only checked for what
no code is, and tell nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import lru_cache
from typing import NamedTuple

from .countries import PARTS, country_name
from .country_zones import collapse_for_country, find_country_zones
from .errors import FieldError, InvalidInput
from .place_names import AMERICANS, US_AREAS, find_state
from .postal_tables import CANADA_LETTERS, CANADA_ZONES, POSTAL_EXCEPTIONS, POSTAL_RANGES, POSTAL_ZONES


class PostalPlace(NamedTuple):
    """Where a postal code may be: its country, candidate states (ISO 3166-2) and zones, both sorted; () is unknown."""

    country: str
    states: tuple[str, ...]
    zones: tuple[str, ...]


NUMERIC_LENGTHS = {"US": 5, "AU": 4, "BR": 8, "MX": 5, "RU": 6, "DE": 5, "ES": 5, "FR": 5, "IT": 5}
"""Digits of a code. Fewer of them have lost their leading zeros to a spreadsheet."""
LONGEST = 12
UNKNOWN = "?"
BRITISH = re.compile(r"(?:[A-Z]{1,2}\d[A-Z\d]?(?: ?\d[A-Z]{2})?|GIR ?0AA|BFPO ?\d{1,4})")
"""A whole code, or its first half, which tells the town."""
CANADIAN = re.compile(r"([ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z])(\d[ABCEGHJ-NPRSTV-Z]\d)?")
EXAMPLES = {
    "ES": "28001",
    "FR": "75001",
    "GB": "SW1A 1AA",
    "US": "33101 or 33101-1234",
    "CA": "K1A 0B1",
    "BR": "01310-100",
    "AU": "2000",
}
OVERSEAS = {
    "FR": {
        "971": "GP", "97133": "BL", "97150": "MF", "972": "MQ", "973": "GF", "974": "RE", "975": "PM", "976": "YT",
        "977": "BL", "978": "MF", "980": "MC", "986": "WF", "987": "PF", "988": "NC",
    },
    "DK": {"39": "GL"},
    "AU": {"2899": "NF", "6798": "CX", "6799": "CC"},
}  # fmt: skip
"""Countries of their own by telephone whose codes are of another's post, by the first digits; the longest counts."""
POSTS = {part: post for post in OVERSEAS for part in (post, *OVERSEAS[post].values())}
"""Whose post numbers a country's codes."""
NO_FRENCH_PLACE = re.compile(r"00|96|9[79]9|98[14]")
"""Codes of the armed forces and of islands without inhabitants."""
MILITARY = (range(90, 99), range(340, 341), range(962, 967))
"""Armed forces of the United States abroad, by the first three digits: their mail is anywhere."""


def check_postal_code(value: str, country: str | None) -> str | None:
    """The code as its country writes it, such as 02108 or K1A 0B1; None for an empty cell.

    `country` is the number's: Americans may live in the other country of their plan, so both forms are read for them.
    Raises InvalidInput for what is no code there.
    """
    text = re.sub(r"\.0$", "", value.strip()).upper()
    if not text:
        return None
    if country in AMERICANS:
        code = _read_canadian(text) or _read_american(text)
        if code is None:
            raise _refuse(text, "CA" if country == "CA" else "US")
        return code
    country = POSTS.get(country or "", country)
    if country == "GB" or country in PARTS["GB"]:
        if not BRITISH.fullmatch(text):
            raise _refuse(text, "GB")
        return text
    if country in NUMERIC_LENGTHS:
        length = NUMERIC_LENGTHS[country]
        digits = re.sub(r"[ .-]", "", text)
        if not digits.isascii() or not digits.isdigit() or not 3 <= len(digits) <= length:
            raise _refuse(text, country)
        digits = digits.zfill(length)
        if country in POSTAL_RANGES and not _find_range(country, digits):
            raise _refuse(text, country)
        return digits
    if len(text) > LONGEST or not re.fullmatch(r"[0-9A-Z][0-9A-Z -]*", text):
        raise _refuse(text, country)
    return " ".join(text.split())


def find_postal_place(code: str, country: str | None) -> PostalPlace | None:
    """The place of a code that `check_postal_code` has read; None where it tells nothing."""
    if country in AMERICANS:
        match = CANADIAN.fullmatch(code.replace(" ", ""))
        if match is not None:
            return _make_place("CA", tuple(CANADA_LETTERS[code[0]].split()), _find_canadian_zones(match[1]))
        country = "US"
    post = POSTS.get(country or "")
    if post is not None and country is not None:
        area = _find_area(code, post)
        if area is not None and area != country:
            return PostalPlace(area, (), find_country_zones(area))
        country = area
    if country not in POSTAL_RANGES:
        return None
    states = _exceptions(country).get(code) or _find_range(country, code)
    by_prefix = _zones_by_prefix(country)
    zones = by_prefix.get(code[:4]) or by_prefix.get(code[:3]) or ()
    if states == (UNKNOWN,):
        return PostalPlace(country, (), collapse_for_country(zones, country)) if zones else None
    return _make_place(country, states, zones) if states else None


def _find_area(code: str, post: str) -> str | None:
    """The country, or overseas area, to which a code of a post belongs; None where it tells none."""
    if not code.isascii() or not code.isdigit() or (post == "FR" and NO_FRENCH_PLACE.match(code)):
        return None
    areas = OVERSEAS[post]
    return next((areas[code[:size]] for size in range(len(code), 1, -1) if code[:size] in areas), post)


@lru_cache(maxsize=1 << 12)
def _make_place(country: str, states: tuple[str, ...], zones: tuple[str, ...]) -> PostalPlace:
    """The place of states without their country's code; without zones, they are those of the states."""
    codes = [f"{country}-{state}" for state in states]
    known = [state for code in codes if (state := find_state(code)) is not None]
    area = next((area for area, code in US_AREAS.items() if codes == [code]), country)
    zones = zones or tuple(zone for state in known for zone in state.zones)
    return PostalPlace(area, tuple(sorted(codes)), collapse_for_country(zones, area))


def _read_american(text: str) -> str | None:
    """The five digits of a ZIP code."""
    match = re.fullmatch(r"(\d{3,5})(?:[ -]?\d{4})?", text, re.ASCII)
    if match is None or (len(match[1]) < 5 and match[0] != match[1]):
        return None
    code = match[1].zfill(5)
    if any(int(code[:3]) in military for military in MILITARY):
        raise InvalidInput(
            [
                FieldError(
                    "postal_code",
                    f"{code} is an address of the armed forces abroad, whose place is unknown; leave it out and give "
                    "the time zone",
                )
            ]
        )
    return code if _find_range("US", code) else None


def _read_canadian(text: str) -> str | None:
    match = CANADIAN.fullmatch(text.replace(" ", "").replace("-", ""))
    if match is None:
        return None
    return match[1] if match[2] is None else f"{match[1]} {match[2]}"


def _find_canadian_zones(area: str) -> tuple[str, ...]:
    """Zones of a forward sortation area, the three characters that begin a code; () is those of its province."""
    for size in (3, 2, 1):
        if area[:size] in CANADA_ZONES:
            return tuple(CANADA_ZONES[area[:size]].split())
    return ()


@lru_cache(maxsize=16)
def _ranges(country: str) -> tuple[list[str], list[tuple[str, tuple[str, ...]]]]:
    """First codes, sorted, and for each the last code and its states. All have as many digits."""
    rows = []
    for row in POSTAL_RANGES[country].strip().splitlines():
        states, *spans = row.split()
        for span in spans:
            first, _, last = span.partition("-")
            rows.append((first, last or first, tuple(states.split("/"))))
    rows.sort()
    return [row[0] for row in rows], [(last, states) for _, last, states in rows]


def _find_range(country: str, code: str) -> tuple[str, ...]:
    """States whose range has the code, without their country; () if none has."""
    firsts, rows = _ranges(country)
    code = code[: len(firsts[0])]
    at = bisect_right(firsts, code) - 1
    if at < 0:
        return ()
    last, states = rows[at]
    return states if code <= last else ()


@lru_cache(maxsize=16)
def _exceptions(country: str) -> dict[str, tuple[str, ...]]:
    rows = POSTAL_EXCEPTIONS.get(country, {}).items()
    return {code: tuple(states.split("/")) for states, codes in rows for code in codes.split()}


@lru_cache(maxsize=16)
def _zones_by_prefix(country: str) -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for zones, prefixes in POSTAL_ZONES.get(country, {}).items():
        for prefix in prefixes.split():
            table[prefix] = tuple(zones.split())
    return table


def _refuse(text: str, country: str | None) -> InvalidInput:
    where = f" ({country_name(country)})" if country else ""
    example = f", such as {EXAMPLES[country]}" if country in EXAMPLES else ""
    return InvalidInput(
        [
            FieldError(
                "postal_code",
                f"“{text[:40]}” is not a postal code{where}; write it as on a letter{example}, or leave it empty",
            )
        ]
    )
