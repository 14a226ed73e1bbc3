"""Blackouts: a country or a state that an operator has closed for a while: an emergency there, a proclaimed day.

Whom one holds is a pure function of it, the person's profile and the purpose of the call. Where it is not known in
which state of a closed country somebody is, it holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from .countries import PARTS, country_name
from .country_zones import find_country_zones
from .dial_profile import COLUMN, COUNTRY, DialProfile
from .place_names import US_AREAS, name_state
from .rulebook import Purpose

NO_GUARD = timedelta(0)


class BlackoutState(StrEnum):
    """Where an instant is in a blackout."""

    COMING = "coming"
    IN_FORCE = "in-force"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Blackout:
    """Times are aware UTC; it is in force in `[starts_at, over_at)`."""

    id: int
    country: str
    """ISO 3166 alpha-2."""
    state: str | None
    """ISO 3166-2; None is the whole country."""
    purposes: tuple[Purpose, ...] | None
    """For which calls it holds; None is all but emergencies."""
    starts_at: datetime
    ends_at: datetime | None
    """None: until it is lifted."""
    reason: str
    made_at: datetime
    lifted_at: datetime | None = None

    @property
    def over_at(self) -> datetime | None:
        """Its end, or when it was lifted before it."""
        ends = [at for at in (self.ends_at, self.lifted_at) if at is not None]
        return min(ends) if ends else None

    @property
    def place(self) -> str:
        """`Louisiana`, `France`."""
        return country_name(self.country) if self.state is None else name_state(self.state)

    def find_state(self, at: datetime) -> BlackoutState:
        """Whether it is coming, in force or over at an instant. One that was lifted before it began is over."""
        over = self.over_at
        if over is not None and (over <= at or over <= self.starts_at):
            return BlackoutState.OVER
        return BlackoutState.COMING if at < self.starts_at else BlackoutState.IN_FORCE

    def forbids(self, at: datetime, guard: timedelta = NO_GUARD) -> bool:
        """Whether no call may begin at `at`: it is in force, or begins within `guard`, when the call would still
        ring.

        One that began when it was made is in force for whoever sees it, though the clock of the machine on which it
        was made may be ahead.
        """
        over = self.over_at
        begun = self.starts_at <= max(at + guard, self.made_at)
        return begun and (over is None or max(at, self.starts_at) < over)

    def covers(self, profile: DialProfile, purpose: Purpose | None) -> bool:
        """Whether it is about calls of that purpose (None: nobody said) to that person."""
        return self._covers_purpose(purpose) and self._covers_place(profile)

    def _covers_purpose(self, purpose: Purpose | None) -> bool:
        if self.purposes is None:
            return purpose is not Purpose.EMERGENCY
        return purpose is None or purpose in self.purposes

    def _covers_place(self, profile: DialProfile) -> bool:
        if profile.country is None:
            return True  # nothing is known of the person
        whole = {self.country, *PARTS.get(self.country, ())}
        if self.state is None:
            return not whole.isdisjoint(_list_countries(profile)) or self._has_stated_zone(profile)
        if self.state in profile.states or US_AREAS.get(profile.country) == self.state:
            return True
        if profile.country in US_AREAS:
            return False  # its state is known: it is that area
        known = any(state.startswith(f"{self.country}-") for state in profile.states)
        return not known and (profile.country in whole or self._has_stated_zone(profile))

    def _has_stated_zone(self, profile: DialProfile) -> bool:
        """Whether the person's row names a zone of this country, or the country itself, besides the number's."""
        stated = {COLUMN, COUNTRY} & set(profile.derived.split("+"))
        return bool(stated) and not set(profile.zones).isdisjoint(find_country_zones(self.country))


def _list_countries(profile: DialProfile) -> set[str]:
    """The number's country, and those of the candidate states."""
    countries = {state.partition("-")[0] for state in profile.states}
    countries |= {area for area, state in US_AREAS.items() if state in profile.states}
    return countries | ({profile.country} if profile.country else set())


def find_blackout(
    blackouts: Iterable[Blackout],
    profile: DialProfile,
    purpose: Purpose | None,
    at: datetime,
    guard: timedelta = NO_GUARD,
) -> Blackout | None:
    """The one that forbids a call at `at`, of several the one that ends last; None where none does."""
    held = [one for one in blackouts if one.forbids(at, guard) and one.covers(profile, purpose)]
    return max(held, key=lambda one: (one.over_at is None, one.over_at or at, one.id)) if held else None


def find_next_start(
    blackouts: Iterable[Blackout], profile: DialProfile, purpose: Purpose | None, at: datetime
) -> datetime | None:
    """When the next one begins that is still to come at `at`; None where none is."""
    starts = [
        one.starts_at
        for one in blackouts
        if one.find_state(at) is BlackoutState.COMING and one.covers(profile, purpose)
    ]
    return min(starts, default=None)
