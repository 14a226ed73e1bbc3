"""Time zones as files write them."""

from __future__ import annotations

import pytest

from campaign_app.domain.column_roles import Role, guess_mapping, mapping_of
from campaign_app.domain.number_rules import EVERY_COUNTRY
from campaign_app.domain.row_reading import NewContact, RowRefusal, read_contact
from campaign_app.domain.zone_names import find_timezone


@pytest.mark.parametrize(
    "text, zone",
    [
        *(("UTC-8", "Etc/GMT+8"), ("GMT+2", "Etc/GMT-2"), ("+02:00", "Etc/GMT-2"), ("UTC", "Etc/UTC")),
        *(("UTC+5:30", "Asia/Kolkata"), ("-5.00", "Etc/GMT+5"), ("UTC−3", "Etc/GMT+3"), ("CET", "CET")),
        *(
            ("Eastern", "America/New_York"),
            ("Pacific Time", "America/Los_Angeles"),
            ("EST5EDT", "America/New_York"),
        ),
        *(("Central European Time", "Europe/Berlin"), ("(UTC+01:00) Berlin", "Europe/Berlin")),
        *(("W. Europe Standard Time", "Europe/Berlin"), ("Tokyo Standard Time", "Asia/Tokyo")),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Amsterdam"),
        ("(UTC-05:00) Eastern Time (US & Canada)", "America/New_York"),
        ("(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi", "Asia/Kolkata"),
        ("AUS Eastern Standard Time", "Australia/Sydney"),
        ("EST/EDT", "America/New_York"),
    ],
)
def test_a_text_that_means_one_zone_is_read(text: str, zone: str) -> None:
    rows = [["+12025550101", text]]
    guess = guess_mapping(["phone", "timezone"], rows, region=None, has_header=True)
    assert guess.columns[1].role is Role.TIMEZONE
    contact = read_contact(rows[0], mapping_of(guess), region=None, rules=EVERY_COUNTRY)
    assert isinstance(contact, NewContact)
    assert contact.timezone == zone


@pytest.mark.parametrize("text", ["/" * 5_000, "(utc)" * 2_000, "EST/EDT/" * 500, "EST/", "/"])
def test_a_text_of_many_parts_is_no_zone(text: str) -> None:
    assert find_timezone(text, None) is None


@pytest.mark.parametrize("text", ["IST", "BST", "GST", "UTC-3:30", "(UTC-08:00) Berlin", "North", "UTC+19"])
@pytest.mark.parametrize("name", ["timezone", "Zeitzone", "time zone", "Zona horaria"])
def test_a_text_that_may_mean_several_costs_its_row(text: str, name: str) -> None:
    rows = [["+12025550101", text]]
    guess = guess_mapping(["phone", name], rows, region=None, has_header=True)
    assert guess.columns[1].role is Role.TIMEZONE
    refusal = read_contact(rows[0], mapping_of(guess), region=None, rules=EVERY_COUNTRY)
    assert isinstance(refusal, RowRefusal)
    assert refusal.code == "timezone"
    assert text in refusal.reason


@pytest.mark.parametrize(
    "text, region, zone",
    [
        *(("IST", "IN", "Asia/Kolkata"), ("IST", "IE", "Europe/Dublin"), ("BST", "GB", "Europe/London")),
        *(
            ("CST", "US", "America/Chicago"),
            ("CST", "CN", "Asia/Shanghai"),
            ("CST", "GB", None),
            ("BST", "DE", None),
        ),
    ],
)
def test_an_abbreviation_is_read_by_the_numbers_country(text: str, region: str, zone: str | None) -> None:
    assert find_timezone(text, region) == zone
