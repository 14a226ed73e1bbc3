"""Start holidays: public holidays on which people of a list would be called, and the form that closes one."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import url_for

from campaign_app.domain.campaign import CampaignSpec
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.public_holidays import find_holiday
from campaign_app.domain.rulebook import Rulebook
from campaign_app.domain.timeline import find_timeline
from campaign_app.services.preflight import PreflightResult

from .import_words import in_country

AHEAD = timedelta(days=14)
COUNTRIES = 5
"""Whose holidays are looked for: those of the most people."""
MOST = 4


@dataclass(frozen=True, slots=True)
class HolidayNote:
    """A public holiday on which calls go on."""

    words: str
    close_url: str
    """The form of a blackout for that day, filled in."""


def list_open_holidays(spec: CampaignSpec, result: PreflightResult) -> list[HolidayNote]:
    """The national holidays before the campaign's likely end, two weeks at the most, on which somebody on its list may
    be called; the earliest first."""
    if result.finish is None:
        return []
    profiles: dict[str, DialProfile] = {}
    people: defaultdict[str, int] = defaultdict(int)
    for group in (*result.now_groups, *result.later_groups):
        profile = group.profile
        if profile is not None and profile.country is not None and profile.zones:
            profiles.setdefault(profile.country, profile)
            people[profile.country] += group.contacts
    until = min(result.finish[1], result.at + AHEAD)
    notes: list[tuple[date, HolidayNote]] = []
    for country in sorted(people, key=lambda each: -people[each])[:COUNTRIES]:
        profile = profiles[country]
        zone = ZoneInfo(profile.zones[0])
        day, last = result.at.astimezone(zone).date(), until.astimezone(zone).date()
        while day <= last:
            name = find_holiday(country, (), day)
            if name is not None and _opens_on(spec.rulebook, profile, day, zone, result.at, until):
                notes.append((day, _make_note(country, name, day, profile.zones[0])))
            day += timedelta(days=1)
    return [note for _, note in sorted(notes, key=lambda each: each[0])[:MOST]]


def _opens_on(
    rulebook: Rulebook, profile: DialProfile, day: date, zone: ZoneInfo, at: datetime, until: datetime
) -> bool:
    begin = max(datetime.combine(day, time(), zone).astimezone(UTC), at)
    end = min(datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC), until)
    opens = find_timeline(rulebook, profile, begin).next_open(begin)
    return opens is not None and opens < end


def _make_note(country: str, name: str, day: date, zone: str) -> HolidayNote:
    following = day + timedelta(days=1)
    return HolidayNote(
        f"{day:%a} {day.day} {day:%b} is {name} in {in_country(country)}: calls are still made that day.",
        url_for(
            "blackouts.index",
            country=country,
            starts_at=f"{day.isoformat()}T00:00",
            ends_at=f"{following.isoformat()}T00:00",
            zone=zone,
            reason=name,
            _anchor="add-h",
        ),
    )
