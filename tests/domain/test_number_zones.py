"""Where a number's owner is, as far as the number tells."""

from __future__ import annotations

import pytest

from campaign_app.domain.number_zones import find_zone


@pytest.mark.parametrize(
    "phone, zone",
    [
        ("+12125550100", "America/New_York"),
        ("+13125550100", "America/Chicago"),
        ("+13105550100", "America/Los_Angeles"),
        ("+442079460123", "Europe/London"),
        ("+447400123456", "Europe/London"),
        ("+4930123456", "Europe/Berlin"),
        ("+918123456789", "Asia/Kolkata"),
        ("+81312345678", "Asia/Tokyo"),
    ],
)
def test_a_number_has_a_zone(phone: str, zone: str) -> None:
    assert find_zone(phone) == zone


@pytest.mark.parametrize("phone", ["+18005550100", "+870773111632", "+999123456", "+"])
def test_a_number_of_several_zones_or_none_has_no_zone(phone: str) -> None:
    assert find_zone(phone) is None
