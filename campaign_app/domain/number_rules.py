"""Number rules: which countries and types of number may be dialed over a trunk.

Premium, shared-cost, satellite, pager and personal (070) numbers cost their caller much, and are refused unless a trunk
allows them. Countries are every country until somebody chooses.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from .countries import country_name
from .phone import (
    NUMBER_TYPES,
    WORLD,
    ParsedNumber,
    PhoneError,
    find_plain_region,
    parse_number,
    regions_of,
)

COSTLY_TYPES = frozenset({"premium", "shared-cost", "satellite", "pager", "personal"})
"""Types that a trunk must allow by name."""
TYPE_NAMES = {
    "premium": "Premium rate, such as 0900 and +979",
    "shared-cost": "Shared cost, such as 0180",
    "satellite": "Satellites, such as +870 and +881",
    "pager": "Pagers",
    "personal": "Personal numbers, such as 070 in the United Kingdom",
}
"""What the costly types are called where they are chosen."""
TYPE_LABELS = {
    "premium": "a premium-rate number",
    "shared-cost": "a shared-cost number",
    "satellite": "a satellite number",
    "pager": "a pager",
    "personal": "a personal number, which is charged like premium rate",
}


@dataclass(frozen=True, slots=True)
class NumberRules:
    """What may be dialed: `countries` by ISO code, None for every country, and the costly `types` allowed."""

    countries: frozenset[str] | None = None
    types: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    """Countries whose numbers somebody has left out of a file."""

    def __post_init__(self) -> None:
        unknown = self.types - NUMBER_TYPES
        if unknown:
            raise ValueError(f"unknown types of number: {sorted(unknown)}")


EVERY_COUNTRY = NumberRules()
"""Every country, and no type that is charged as premium: what a trunk has until somebody chooses."""


def make_number_rules(countries: Collection[str] | None, types: Collection[str] | None) -> NumberRules:
    """The rules from a trunk's columns; None is every country, and no costly type."""
    return NumberRules(None if countries is None else frozenset(countries), frozenset(types or ()))


def check_number(number: ParsedNumber, rules: NumberRules) -> ParsedNumber:
    """The same number, if the rules allow it. Raises PhoneError: a costly type by its name, or `country`."""
    if number.number_type in COSTLY_TYPES and number.number_type not in rules.types:
        raise PhoneError(
            number.number_type,
            f"is {TYPE_LABELS[number.number_type]}, which this trunk may not call",
        )
    if number.region in rules.left_out:
        raise PhoneError("left-out", f"is in {country_name(number.region)}, which was left out of this file")
    if rules.countries is None or number.region in rules.countries:
        return number
    if number.region == WORLD:
        # Satellites and the like are in no country that somebody could choose; their type was allowed by name.
        if number.number_type in COSTLY_TYPES:
            return number
        raise PhoneError("country", "belongs to no country, and this trunk may call some countries only")
    if rules.countries.isdisjoint(regions_of(number.e164)):
        name = country_name(number.region)
        raise PhoneError("country", f"is in {name} ({number.region}), which this trunk may not call")
    return number


def find_number_refusal(e164: str, rules: NumberRules) -> str | None:
    """Why a number that is queued may not be called over a trunk, in words after the number; None where it may.

    A number that was valid when it came, and is not any more, is judged by its country alone.
    """
    plain = find_plain_region(e164)
    if (
        plain is not None
        and plain not in rules.left_out
        and (rules.countries is None or plain in rules.countries)
    ):
        return None
    try:
        number = parse_number(e164, None)
    except PhoneError:
        if rules.countries is None or not rules.countries.isdisjoint(regions_of(e164)):
            return None
        return "is in no country that this trunk may call"
    try:
        check_number(number, rules)
    except PhoneError as error:
        return str(error)
    return None
