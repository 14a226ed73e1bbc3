"""Lists: registries and other lists of numbers that may not be called, to whom they apply, and how old they may be.

A list is asked just before each call that it applies to: by the country of the number, the purpose of the calls and,
for a registry, the consent of the person. One that is too old blocks everybody it applies to, or is only told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from .countries import country_name
from .country_zones import find_country_zones
from .dial_profile import DialProfile
from .errors import FieldError, InvalidInput
from .number_places import WORLD, find_number_place
from .phone import is_region
from .retry import parse_plain_number
from .rulebook import Purpose


class ListKind(StrEnum):
    """What a list is."""

    REGISTRY = "registry"
    """Of a state or an association: people who want no advertising. Consent to one's own calls excuses it."""
    LITIGATORS = "litigators"
    REASSIGNED = "reassigned"
    """Numbers that have changed their owner."""
    OTHER = "other"


class OnStale(StrEnum):
    """What becomes of a list that is older than it may be."""

    BLOCK = "block"
    """Nobody it applies to is called."""
    WARN = "warn"
    """It goes on, and the pages say so."""


class VersionState(StrEnum):
    """A version of a list."""

    LOADING = "loading"
    """It is being read, or waits for somebody to say that it is to be used."""
    CURRENT = "current"
    REPLACED = "replaced"
    FAILED = "failed"
    """It never came into force."""


MAX_AGE_BY_COUNTRY = {"US": 31, "CA": 31, "AU": 30, "GB": 28, "SG": 21, "IT": 15}
"""Days: 16 CFR 310.4(b)(3)(iv), the CRTC's rules, the registers of Australia, the UK (TPS), Singapore and Italy."""
BELONGS_TO = {
    **dict.fromkeys(("GG", "JE", "IM"), "GB"),
    **dict.fromkeys(("PR", "VI", "GU", "AS", "MP"), "US"),
    **dict.fromkeys(("CX", "CC"), "AU"),
}
"""Countries and territories whose numbers are in another one's registry."""
LONGEST_AGE, LONGEST_NAME, MOST_COUNTRIES = 3_660, 100, 60
MOST_LISTS = 100
"""Each is asked before each call."""
ANYWHERE = "*"
"""For the registries of all of the world, among those of countries."""
FIELDS = ("name", "kind", "countries", "purposes", "max_age_days", "on_stale")
ADMIN_FIELDS = ("countries", "purposes", "max_age_days", "on_stale", "kind")
"""What decides whom a list holds back: only an admin changes it."""


@dataclass(frozen=True, slots=True)
class ListSpec:
    """What somebody decides about a list."""

    name: str
    kind: ListKind
    countries: tuple[str, ...] | None
    """ISO 3166 alpha-2, of the numbers; None: all of the world."""
    purposes: tuple[str, ...] | None
    """Of the calls; None: every purpose. A campaign without one counts as marketing."""
    max_age_days: int | None
    """None: it never grows too old."""
    on_stale: OnStale


@dataclass(frozen=True, slots=True)
class ListRule:
    """A list as it is at one instant."""

    id: int
    name: str
    kind: ListKind
    countries: frozenset[str] | None
    purposes: frozenset[str] | None
    max_age_days: int | None
    on_stale: OnStale
    as_of: date | None
    """None: it has no version yet, and holds nobody back."""
    version_id: int | None
    numbers: int = 0

    def applies_to(self, purpose: Purpose | str | None, profile: DialProfile, phone: str) -> bool:
        """Whether a call for this purpose has to keep to the list. A number of unknown country belongs to all."""
        if self.version_id is None:
            return False
        if self.purposes is not None and (purpose or Purpose.MARKETING) not in self.purposes:
            return False
        if self.kind is ListKind.REGISTRY and profile.has_consent:
            return False
        if self.countries is None:
            return True
        country = profile.country or find_number_place(phone).country
        return country in (None, WORLD) or BELONGS_TO.get(country, country) in self.countries

    def age_days(self, now: datetime) -> int | None:
        """Whole days since the day it describes; None without a version."""
        return None if self.as_of is None else max((now.date() - self.as_of).days, 0)

    def is_stale(self, now: datetime) -> bool:
        """Whether it is older than it may be."""
        age = self.age_days(now)
        return age is not None and self.max_age_days is not None and age > self.max_age_days

    def blocks_all(self, now: datetime) -> bool:
        """Whether nobody it applies to may be called until it is replaced."""
        return self.on_stale is OnStale.BLOCK and self.is_stale(now)

    def describe_stale(self, now: datetime) -> str:
        """`Australia’s register is 33 days old; 30 are allowed`."""
        return f"{self.name} is {self.age_days(now):,} days old; {self.max_age_days:,} are allowed"


def find_registry_ages(
    rules: Sequence[ListRule], purpose: Purpose | str | None, now: datetime
) -> dict[str, int]:
    """{country: the age in days of its oldest registry that is asked about calls for the purpose}; under ANYWHERE those
    of all of the world."""
    ages: dict[str, int] = {}
    for rule in rules:
        age = rule.age_days(now)
        if rule.kind is not ListKind.REGISTRY or age is None:
            continue
        if rule.purposes is not None and (purpose or Purpose.MARKETING) not in rule.purposes:
            continue
        for country in rule.countries or (ANYWHERE,):
            ages[country] = max(age, ages.get(country, 0))
    return ages


def find_registry_age(ages: Mapping[str, int], country: str) -> int | None:
    """The age in days of the registry that a country's numbers are in, of several the oldest; None without one."""
    found = [ages[code] for code in (BELONGS_TO.get(country, country), ANYWHERE) if code in ages]
    return max(found, default=None)


def suppressed_code(list_id: int) -> str:
    """`contacts.suppressed_by` of who is on that list."""
    return f"list:{list_id}"


def parse_suppressed_code(code: str | None) -> int | None:
    """The inverse; None for every other reason."""
    if code is None or not code.startswith("list:") or not code[5:].isdigit():
        return None
    return int(code[5:])


def default_max_age(kind: ListKind, countries: Sequence[str] | None) -> int | None:
    """Days: of a registry the shortest of its countries; other lists have no limit unless one is given."""
    if kind is not ListKind.REGISTRY:
        return None
    ages = [age for code, age in MAX_AGE_BY_COUNTRY.items() if countries is None or code in countries]
    return min(ages) if ages else 31


def default_purposes(kind: ListKind) -> tuple[str, ...] | None:
    """A registry is about advertising, the other lists about every call."""
    return (Purpose.MARKETING.value,) if kind is ListKind.REGISTRY else None


def check_list(data: Mapping[str, Any], before: ListSpec | None = None) -> ListSpec:
    """Read a list in API shape; with `before` a change of it. Raises InvalidInput with every wrong field."""
    errors = [
        FieldError(key, f"not a field of a list; its fields are {', '.join(FIELDS)}")
        for key in data
        if key not in FIELDS
    ]

    def given(field: str) -> bool:
        return field in data

    name = before.name if before is not None and not given("name") else _parse_name(data.get("name"), errors)
    kind = before.kind if before is not None else ListKind.OTHER
    if before is None or given("kind"):
        value = data.get("kind")
        if isinstance(value, str) and value in set(ListKind):
            kind = ListKind(value)
        else:
            errors.append(FieldError("kind", f"one of {', '.join(ListKind)}"))
    countries = before.countries if before is not None else None
    if given("countries"):
        countries = _parse_countries(data["countries"], errors)
    elif before is None and kind is ListKind.REGISTRY:
        errors.append(
            FieldError("countries", 'say whose register it is, such as ["US"]; null for all of the world')
        )
    purposes = before.purposes if before is not None else default_purposes(kind)
    if given("purposes"):
        purposes = _parse_purposes(data["purposes"], errors)
    max_age = before.max_age_days if before is not None else default_max_age(kind, countries)
    if given("max_age_days"):
        max_age = _parse_age(data["max_age_days"], errors)
    on_stale = before.on_stale if before is not None else OnStale.BLOCK
    if given("on_stale"):
        value = data["on_stale"]
        if isinstance(value, str) and value in set(OnStale):
            on_stale = OnStale(value)
        else:
            errors.append(FieldError("on_stale", "block or warn"))
    if errors:
        raise InvalidInput(errors)
    return ListSpec(name, kind, countries, purposes, max_age, on_stale)


def _parse_name(value: object, errors: list[FieldError]) -> str:
    name = " ".join(value.split()) if isinstance(value, str) else ""
    if not name:
        errors.append(FieldError("name", "give it a name, such as US National Do Not Call Registry"))
    elif len(name) > LONGEST_NAME:
        errors.append(FieldError("name", f"keep it under {LONGEST_NAME} characters"))
    elif any(ord(letter) < 32 for letter in name):
        errors.append(FieldError("name", "it has characters that cannot be shown"))
    return name


def _parse_countries(value: object, errors: list[FieldError]) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or not value:
        errors.append(
            FieldError("countries", 'a list of countries, such as ["US"]; null for all of the world')
        )
        return None
    if len(value) > MOST_COUNTRIES:
        errors.append(FieldError("countries", f"{MOST_COUNTRIES} at the most; null for all of the world"))
        return None
    codes: set[str] = set()
    for index, code in enumerate(value):
        if isinstance(code, str) and is_region(code.strip().upper()):
            codes.add(code.strip().upper())
        else:
            errors.append(
                FieldError(f"countries[{index}]", "a country as two letters (ISO 3166), such as AU")
            )
    return tuple(sorted(codes))


def _parse_purposes(value: object, errors: list[FieldError]) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, Sequence) or isinstance(value, str | bytes) or not value:
        errors.append(FieldError("purposes", 'a list of purposes, such as ["marketing"]; null for all'))
        return None
    found: set[str] = set()
    for index, purpose in enumerate(value):
        if isinstance(purpose, str) and purpose in set(Purpose):
            found.add(purpose)
        else:
            errors.append(FieldError(f"purposes[{index}]", f"one of {', '.join(Purpose)}"))
    return tuple(sorted(found))


def _parse_age(value: object, errors: list[FieldError]) -> int | None:
    if value is None:
        return None
    number = parse_plain_number(value)
    if number is None or number != int(number) or not 1 <= number <= LONGEST_AGE:
        errors.append(
            FieldError(
                "max_age_days", f"days from 1 to {LONGEST_AGE:,}, or null where it never grows too old"
            )
        )
        return None
    return int(number)


def find_latest_day(countries: Sequence[str] | None, now: datetime) -> date:
    """The day that it is where a list is drawn up: of its countries the latest; UTC's where it is of all."""
    zones = [zone for country in countries or () for zone in find_country_zones(country)]
    return max((now.astimezone(ZoneInfo(zone)).date() for zone in zones), default=now.date())


def check_as_of(value: str | None, present: date | None, today: date, *, allow_older: bool = False) -> date:
    """The day that a new version describes. Raises InvalidInput (`as_of`, `allow_older`)."""
    if not value:
        raise InvalidInput(
            [FieldError("as_of", "give the day on which the file was drawn up, such as 2026-11-20")]
        )
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise InvalidInput(
            [FieldError("as_of", "give a day as year-month-day, such as 2026-11-20")]
        ) from None
    if day > today:
        raise InvalidInput(
            [FieldError("as_of", "the day lies in the future; give the one on which the file was drawn up")]
        )
    if present is not None and day < present and not allow_older:
        raise InvalidInput(
            [
                FieldError(
                    "as_of",
                    f"older than the version in use, of {present.isoformat()}: upload the newer file, or say that the "
                    "older one is meant (allow_older)",
                )
            ]
        )
    return day


def describe_applies(countries: Sequence[str] | None, purposes: Sequence[str] | None) -> str:
    """`Australia, marketing`; `all countries, every purpose`."""
    where = (
        "all countries" if countries is None else ", ".join(country_name(code) for code in sorted(countries))
    )
    what = "every purpose" if purposes is None else ", ".join(sorted(purposes))
    return f"{where}; {what}"


def number_key(phone: str) -> int:
    """A number (E.164) as `list_numbers` keeps it. 0, which is on no list, for the mark of one that was forgotten."""
    return int(phone[1:]) if phone.startswith("+") else 0
