"""Place names: states and provinces by code and by name, with the time zones in which they lie.

A country is here where its states lie in different zones or have rules and holidays of their own. A state of any other
country decides nothing, so it is not asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from .countries import country_name, fold_name
from .country_zones import collapse_for_country, find_country_zones
from .errors import FieldError, InvalidInput
from .state_tables import STATE_TABLES

US_AREAS = {"AS": "US-AS", "GU": "US-GU", "MP": "US-MP", "PR": "US-PR", "VI": "US-VI"}
"""Countries with telephone numbers of their own that are areas of the United States, too (ISO 3166-2)."""
AMERICANS = frozenset({"US", "CA", *US_AREAS})
"""Countries whose people keep their number when they move from one to the other."""
SHORT_FORMS = {
    "US": {
        "washington dc": "DC",
        "washington d c": "DC",
        "ala": "AL", "ariz": "AZ", "ark": "AR", "calif": "CA", "cal": "CA", "colo": "CO", "conn": "CT", "del": "DE",
        "fla": "FL", "flor": "FL", "ga": "GA", "ill": "IL", "ind": "IN", "kan": "KS", "kans": "KS", "ken": "KY",
        "kent": "KY", "mass": "MA", "mich": "MI", "minn": "MN", "miss": "MS", "mont": "MT", "neb": "NE", "nebr": "NE",
        "nev": "NV", "n hamp": "NH", "n mex": "NM", "new mex": "NM", "n car": "NC", "n dak": "ND", "no dak": "ND",
        "okla": "OK", "ore": "OR", "oreg": "OR", "penn": "PA", "penna": "PA", "s car": "SC", "s dak": "SD",
        "so dak": "SD", "tenn": "TN", "tex": "TX", "wash": "WA", "wash d c": "DC", "wis": "WI", "wisc": "WI",
        "w va": "WV", "w virginia": "WV", "wyo": "WY",
    },
    "CA": {
        "alta": "AB", "man": "MB", "ont": "ON", "que": "QC", "sask": "SK", "nfld": "NL", "nb": "NB",
        "pei": "PE",
        "newfoundland": "NL",
        "labrador": "NL",
        "nwt": "NT",
        "pq": "QC",
    },
    "MX": {"df": "CMX", "distrito federal": "CMX", "estado de mexico": "MEX", "edomex": "MEX"},
}  # fmt: skip
"""What people write beside the names, folded."""


WELL_KNOWN = ("US", "CA", "AU")
"""Whose states are read by their names for any number, since no other country's decide anything beside them."""
SHORTEST_NAME = 4
"""Letters; less is a code, which means something else in each country."""


@dataclass(frozen=True, slots=True)
class State:
    """A subdivision of a country: `code` by ISO 3166-2 (US-FL), and the zones of its clocks, sorted."""

    code: str
    name: str
    country: str
    zones: tuple[str, ...]


@lru_cache(maxsize=1 << 12)
def parse_state(value: str, country: str | None) -> str | None:
    """The ISO 3166-2 code of a state that a cell names, such as US-FL for FL, Florida or US-FL.

    `country` is the number's. Americans may live in the other country of their plan: ON is Ontario for a number of the
    United States. None is for an empty cell and for a country whose states decide nothing, unless the name is one of
    those WELL_KNOWN. Raises InvalidInput.
    """
    folded = fold_name(value)
    if not folded:
        return None
    if all(len(letter) == 1 for letter in folded.split()):
        # N.Y., D. C.
        folded = folded.replace(" ", "")
    countries = _list_countries(country)
    for each in countries:
        if code := _codes_by_name(each).get(folded):
            return code
    written = value.strip().upper().replace("_", "-")
    if written in _states():
        return written
    if not countries:
        known = [_codes_by_name(each).get(folded) for each in WELL_KNOWN if len(folded) >= SHORTEST_NAME]
        return next(filter(None, known), None)
    main = countries[0]
    example = next(state for state in _states().values() if state.country == main)
    raise InvalidInput(
        [
            FieldError(
                "state",
                f"“{value.strip()[:40]}” is not the name of a state ({country_name(main)}); write it in full or by its "
                f"code, such as {example.name} or {example.code}",
            )
        ]
    )


def _list_countries(country: str | None) -> tuple[str, ...]:
    """Whose states are read for a number of the country, its own first."""
    if country in AMERICANS:
        return ("CA", "US") if country == "CA" else ("US", "CA")
    return (country,) if country in STATE_TABLES else ()


def find_state(code: str) -> State | None:
    """The state of an ISO 3166-2 code; None for one that is not known here."""
    return _states().get(code)


def list_states(country: str) -> tuple[State, ...]:
    """The states of a country, by code; none where they decide nothing."""
    return tuple(state for state in _states().values() if state.code.startswith(f"{country}-"))


def name_state(code: str) -> str:
    """`Florida` for US-FL; the code itself where there is no name."""
    state = find_state(code)
    return state.name if state is not None else code


@lru_cache(maxsize=1)
def _states() -> dict[str, State]:
    states: dict[str, State] = {}
    for country, table in STATE_TABLES.items():
        for row in table.strip().splitlines():
            names, _, zones = row.partition(":")
            short, _, name = names.partition(" ")
            code = f"{country}-{short}"
            own = short if code in US_AREAS.values() else country
            states[code] = State(
                code,
                name.partition("/")[0].strip(),
                own,
                collapse_for_country(tuple(zones.split()), own) or find_country_zones(own),
            )
    return dict(sorted(states.items()))


@lru_cache(maxsize=32)
def _codes_by_name(country: str) -> dict[str, str]:
    """Codes by what may stand in a cell, folded: FL, US-FL, Florida."""
    codes: dict[str, str] = {}
    for row in STATE_TABLES[country].strip().splitlines():
        short, _, names = row.partition(":")[0].partition(" ")
        for word in (short, f"{country} {short}", *names.split("/")):
            codes.setdefault(fold_name(word), f"{country}-{short}")
    codes |= {word: f"{country}-{short}" for word, short in SHORT_FORMS.get(country, {}).items()}
    return codes
