"""Countries: names, ISO codes and calling codes as files have them."""

from __future__ import annotations

import pytest

from campaign_app.domain.countries import country_name, find_country, list_countries, shares_calling_code
from campaign_app.domain.phone import SUPPORTED


@pytest.mark.parametrize(
    "text, region",
    [
        ("GB", "GB"),
        ("gbr", "GB"),
        ("UK", "GB"),
        ("United Kingdom (+44)", "GB"),
        ("United States of America", "US"),
        ("U.S.A.", "US"),
        ("Deutschland", "DE"),
        ("Bharat", "IN"),
        ("Rep. of Ireland", "IE"),
        ("United Kingdom of Great Britain", "GB"),
        ("Republic of Austria", "AT"),
        ("Allemagne", "DE"),
        ("Россия", "RU"),
        ("日本", "JP"),
        ("Côte d’Ivoire", "CI"),
        ("44", "GB"),
        ("+44", "GB"),
        ("0044", "GB"),
        ("44.0", "GB"),
        ("1", "US"),
        ("1-876", "JM"),
    ],
)
def test_a_country_is_found_by_name_and_code(text: str, region: str) -> None:
    country = find_country(text)
    assert country is not None
    assert country.region == region


@pytest.mark.parametrize(
    "text", ["", "  ", "XX", "12345", "somewhere", "999", "Republic of Congo-Brazza", "State of Georgia"]
)
def test_what_names_no_country_is_none(text: str) -> None:
    assert find_country(text) is None


def test_every_country_has_a_name_and_is_found_by_it() -> None:
    for code, label in list_countries():
        assert country_name(code) != code
        found = find_country(country_name(code))
        assert found is not None, label
        assert found.region == code, label
    assert {code for code, _ in list_countries()} == SUPPORTED
    assert list_countries()[0] == ("AF", "Afghanistan +93")


def test_countries_that_share_a_calling_code() -> None:
    assert shares_calling_code("US", "CA")
    assert not shares_calling_code("US", "GB")
