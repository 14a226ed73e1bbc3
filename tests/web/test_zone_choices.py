"""Time zone choices: what the campaign's form offers, and which zone a typed text means."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import available_timezones

import pytest

from campaign_app.web.zone_choices import find_zone, list_zone_choices

WINTER = datetime(2026, 11, 29, 1, 5, tzinfo=UTC)


def test_a_choice_says_city_country_offset_and_the_clock_there() -> None:
    labels = {choice.zone: choice.label for choice in list_zone_choices(WINTER)}
    assert labels["America/New_York"] == "New York, United States (UTC-5, 20:05 now)"
    assert labels["Asia/Kolkata"] == "Kolkata, India (UTC+5:30, 06:35 now)"
    assert labels["America/Indiana/Knox"] == "Knox, Indiana, United States (UTC-6, 19:05 now)"
    written = {zone: label.partition(" (")[0] for zone, label in labels.items()}
    assert written["America/Argentina/Buenos_Aires"] == "Buenos Aires, Argentina"
    assert written["Antarctica/DumontDUrville"] == "Dumont d’Urville Station, Antarctica"
    assert [written[zone] for zone in ("Indian/Comoro", "Africa/Tunis")] == ["Comoros", "Tunis, Tunisia"]
    twice = [label for label in written.values() if len(set(label.split(", "))) < len(label.split(", "))]
    assert twice == []
    assert labels["UTC"] == "UTC (UTC+0, 01:05 now)"


def test_the_offset_is_that_of_the_day() -> None:
    summer = {c.zone: c.label for c in list_zone_choices(datetime(2026, 7, 1, 12, 0, tzinfo=UTC))}
    assert summer["Europe/Paris"] == "Paris, France (UTC+2, 14:00 now)"


def test_names_that_only_old_programs_use_are_not_offered() -> None:
    zones = [choice.zone for choice in list_zone_choices(WINTER)]
    assert len(zones) == len(set(zones)) > 400
    assert set(zones) <= available_timezones()
    for old in ("Japan", "GMT", "EST5EDT", "Etc/GMT+5", "Asia/Calcutta", "US/Eastern", "Europe/Kiev"):
        assert old not in zones


def test_choices_are_sorted_by_city_after_utc() -> None:
    labels = [choice.label for choice in list_zone_choices(WINTER)]
    assert labels[0].startswith("UTC")
    assert labels.index(next(x for x in labels if x.startswith("Abidjan"))) == 1
    assert labels[-1].startswith("Zurich")


@pytest.mark.parametrize(
    "text, zone",
    [
        ("Europe/Paris", "Europe/Paris"),
        (" europe/paris ", "Europe/Paris"),
        ("paris", "Europe/Paris"),
        ("New York", "America/New_York"),
        ("America/new york", "America/New_York"),
        ("Buenos Aires", "America/Argentina/Buenos_Aires"),
        ("Tirana", "Europe/Tirane"),
        ("Sao Tome", "Africa/Sao_Tome"),
        ("utc", "UTC"),
        ("Japan", "Japan"),
        ("GMT", "GMT"),
        ("EST5EDT", "EST5EDT"),
        ("Etc/GMT+5", "Etc/GMT+5"),
        ("Etc/GMT-5", "Etc/GMT-5"),
        ("Zulu", "Zulu"),
        ("Mars/Olympus", "Mars/Olympus"),
        ("", ""),
    ],
)
def test_a_zone_is_found_by_its_name_or_its_city(text: str, zone: str) -> None:
    assert find_zone(text) == zone
