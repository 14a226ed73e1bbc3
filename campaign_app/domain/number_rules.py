"""Number rules: which countries and types of number may be dialed over a trunk.

Premium, shared-cost, satellite, pager and personal (070) numbers cost their caller much, and are refused unless a trunk
allows them. Countries are every country until somebody chooses.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from .phone import NUMBER_TYPES, ParsedNumber, PhoneError

COSTLY_TYPES = frozenset({"premium", "shared-cost", "satellite", "pager", "personal"})
"""Types that a trunk must allow by name."""
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
            f"is {TYPE_LABELS[number.number_type]}, which this trunk does not allow",
        )
    if (
        rules.countries is not None
        and number.region not in rules.countries
        and number.number_type != "satellite"
    ):
        raise PhoneError("country", f"is in {number.region}, a country that this trunk does not allow")
    return number
