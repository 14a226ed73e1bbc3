"""Where and who a called person may be: what a number tells, and what a row adds to it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.domain.country_zones import find_country_zones
from campaign_app.domain.dial_profile import DerivedProfile, DialProfile, derive_profile, read_profile
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.zone_offsets import find_common_zones

CHICAGO, DENVER, NEW_YORK, LOS_ANGELES = (
    "America/Chicago",
    "America/Denver",
    "America/New_York",
    "America/Los_Angeles",
)
PENSACOLA = "+18505550100"
"""850, which has two clocks."""
NEW_YORKER = "+12125550100"
ALL_OF_NORTH_AMERICA = "+18005550100"
SATELLITE = "+870773111632"


def test_a_number_alone_tells_all_zones_and_states_of_its_area() -> None:
    derived = derive_profile(PENSACOLA)
    assert derived.doubts == ()
    assert derived.profile == DialProfile(
        (CHICAGO, NEW_YORK), "US", ("US-FL",), "unknown", "consumer", "none", "number"
    )


@pytest.mark.parametrize("phone", [SATELLITE, "+999123456", "nonsense", ""])
def test_of_a_number_that_tells_nothing_no_zone_is_known(phone: str) -> None:
    profile = derive_profile(phone).profile
    assert profile.zones == ()
    assert profile.derived == "unknown"


def test_a_zone_in_the_row_is_all_that_is_known_of_a_satellite() -> None:
    derived = derive_profile(SATELLITE, timezone="Europe/Paris")
    assert derived.profile.zones == ("Europe/Paris",)
    assert derived.profile.derived == "column"
    assert derived.doubts == ()


@pytest.mark.parametrize(
    "phone, row, zones, states, derived",
    [
        (PENSACOLA, {"timezone": "America/Chicago"}, (CHICAGO,), ("US-FL",), "column+number"),
        (PENSACOLA, {"timezone": "Central"}, (CHICAGO,), ("US-FL",), "column+number"),
        (PENSACOLA, {"timezone": "US/Central"}, (CHICAGO,), ("US-FL",), "column+number"),
        (PENSACOLA, {"timezone": "America/Detroit"}, (NEW_YORK,), ("US-FL",), "column+number"),
        (PENSACOLA, {"postal_code": "32501"}, (CHICAGO,), ("US-FL",), "postal+number"),
        (PENSACOLA, {"postal_code": "32456"}, (CHICAGO, NEW_YORK), ("US-FL",), "postal+number"),
        (PENSACOLA, {"state": "Florida"}, (CHICAGO, NEW_YORK), ("US-FL",), "state+number"),
        (
            PENSACOLA,
            {"state": "FL", "postal_code": "32501", "timezone": "CST"},
            (CHICAGO,),
            ("US-FL",),
            "column+postal+state+number",
        ),
        (ALL_OF_NORTH_AMERICA, {"state": "TX"}, (CHICAGO, DENVER), ("US-TX",), "state+number"),
        (
            ALL_OF_NORTH_AMERICA,
            {"state": "TX", "postal_code": "79901"},
            (DENVER,),
            ("US-TX",),
            "postal+state+number",
        ),
        (ALL_OF_NORTH_AMERICA, {"postal_code": "H2X 1A1"}, (NEW_YORK,), ("CA-QC",), "postal+number"),
        ("+61412345678", {"state": "Queensland"}, ("Australia/Brisbane",), ("AU-QLD",), "state+number"),
        ("+79161234567", {"timezone": "Asia/Vladivostok"}, ("Asia/Vladivostok",), (), "column+number"),
        ("+34612345678", {"postal_code": "35001"}, ("Atlantic/Canary",), ("ES-CN",), "postal+number"),
        ("+4930123456", {"state": "Berlin"}, ("Europe/Berlin",), ("DE-BE",), "state+number"),
        ("+4930123456", {"timezone": "Europe/Vienna"}, ("Europe/Berlin",), (), "column+number"),
        ("+19025550123", {"state": "Prince Edward Island"}, ("America/Halifax",), ("CA-PE",), "state+number"),
        ("+17875550123", {"state": "PR"}, ("America/Puerto_Rico",), ("US-PR",), "state+number"),
    ],
)
def test_what_agrees_with_the_number_narrows_it(
    phone: str, row: dict[str, str], zones: tuple[str, ...], states: tuple[str, ...], derived: str
) -> None:
    profile, doubts = derive_profile(phone, **row)
    assert profile.zones == zones
    assert profile.states == states
    assert profile.derived == derived
    assert doubts == ()


@pytest.mark.parametrize(
    "phone, row, zones, states, doubt",
    [
        (
            NEW_YORKER,
            {"timezone": "Europe/Paris"},
            (NEW_YORK, "Europe/Paris"),
            ("US-NY",),
            "the time zone Europe/Paris is not one of this number’s: both count",
        ),
        (
            NEW_YORKER,
            {"state": "CA"},
            (LOS_ANGELES, NEW_YORK),
            ("US-CA", "US-NY"),
            "the state California is not where this number is from (New York): both count",
        ),
        (
            NEW_YORKER,
            {"state": "NJ"},
            (NEW_YORK,),
            ("US-NJ", "US-NY"),
            "the state New Jersey is not where this number is from (New York): both count",
        ),
        (
            NEW_YORKER,
            {"postal_code": "75201"},
            (CHICAGO, NEW_YORK),
            ("US-NY", "US-TX"),
            "the postal code 75201 is not where this number is from (New York): both count",
        ),
        (
            PENSACOLA,
            {"state": "TX"},
            (CHICAGO, DENVER, NEW_YORK),
            ("US-FL", "US-TX"),
            "the state Texas is not where this number is from (Florida): both count",
        ),
        (
            NEW_YORKER,
            {"state": "BC"},
            ("America/Edmonton", NEW_YORK, "America/Vancouver", "America/Whitehorse"),
            ("CA-BC", "US-NY"),
            "the state British Columbia (Canada) is not in the country of this number (United States): both count",
        ),
        (
            "+4930123456",
            {"state": "US-FL"},
            (CHICAGO, NEW_YORK, "Europe/Berlin"),
            ("US-FL",),
            "the state Florida (United States) is not in the country of this number (Germany): both count",
        ),
        (
            "+61412345678",
            {"timezone": "Europe/London"},
            None,
            (),
            "the time zone Europe/London is not one of this number’s: both count",
        ),
    ],
)
def test_what_contradicts_the_number_joins_it(
    phone: str, row: dict[str, str], zones: tuple[str, ...] | None, states: tuple[str, ...], doubt: str
) -> None:
    profile, doubts = derive_profile(phone, **row)
    alone = derive_profile(phone).profile
    assert doubts == (doubt,)
    assert set(alone.zones) <= set(profile.zones)
    assert profile.states == states
    if zones is not None:
        # British Columbia has fewer clocks by newer rules.
        assert set(profile.zones) <= set(zones)
        assert find_common_zones(zones, profile.zones)


GUERNSEY_MOBILE = "+447911123460"
FRENCH_MOBILE = "+33612345670"
PARIS, REUNION = "Europe/Paris", "Indian/Reunion"


@pytest.mark.parametrize(
    "phone, row, zones, doubt",
    [
        (
            GUERNSEY_MOBILE,
            {"country": "US", "state": "CA", "postal_code": "90210"},
            (LOS_ANGELES, "Europe/Guernsey"),
            "the state California (United States) is not in the country of this number (Guernsey): both count",
        ),
        (
            GUERNSEY_MOBILE,
            {"country": "AU", "state": "WA", "postal_code": "6000"},
            ("Australia/Eucla", "Australia/Perth", "Europe/Guernsey"),
            "the postal code 6000 (Australia) is not in the country of this number (Guernsey): both count",
        ),
        (
            GUERNSEY_MOBILE,
            {"state": "California"},
            (LOS_ANGELES, "Europe/Guernsey"),
            "the state California (United States) is not in the country of this number (Guernsey): both count",
        ),
        (
            FRENCH_MOBILE,
            {"postal_code": "97400"},
            (PARIS, REUNION),
            "the postal code 97400 (Réunion) is not in the country of this number (France): both count",
        ),
        (
            FRENCH_MOBILE,
            {"country": "RE", "postal_code": "97400"},
            (PARIS, REUNION),
            "the country Réunion is not that of this number (France): both count",
        ),
        (
            FRENCH_MOBILE,
            {"country": "RE", "postal_code": "75001"},
            (PARIS, REUNION),
            "the postal code 75001 does not match the country Réunion: both count",
        ),
        (
            FRENCH_MOBILE,
            {"state": "La Réunion"},
            (PARIS, REUNION),
            "the state Réunion is not in the country of this number (France): both count",
        ),
        (
            "+262692123456",
            {"postal_code": "75001"},
            (PARIS, REUNION),
            "the postal code 75001 (France) is not in the country of this number (Réunion): both count",
        ),
        (
            GUERNSEY_MOBILE,
            {"country": "DE", "postal_code": "10115"},
            ("Europe/Berlin", "Europe/Guernsey"),
            "the country Germany is not that of this number (Guernsey): both count",
        ),
        (
            "+81312345678",
            {"country": "US", "timezone": "EST"},
            (NEW_YORK, "Asia/Tokyo"),
            "the time zone America/New_York is not one of this number’s: both count",
        ),
    ],
)
def test_a_place_in_another_country_than_the_numbers_joins_it(
    phone: str, row: dict[str, str], zones: tuple[str, ...], doubt: str
) -> None:
    profile, doubts = derive_profile(phone, **row)
    assert profile.zones == zones
    assert doubt in doubts


@pytest.mark.parametrize(
    "phone, row",
    [
        ("+262692123456", {"country": "FR"}),
        ("+262692123456", {"country": "FR", "postal_code": "97400"}),
        ("+17875550123", {"country": "US"}),
        (GUERNSEY_MOBILE, {"country": "GB", "postal_code": "GY1 1AA"}),
        (FRENCH_MOBILE, {"country": "FR", "postal_code": "75001"}),
    ],
)
def test_the_country_to_which_a_numbers_area_belongs_is_no_contradiction(
    phone: str, row: dict[str, str]
) -> None:
    profile, doubts = derive_profile(phone, **row)
    assert profile.zones == derive_profile(phone).profile.zones
    assert doubts == ()


def test_a_value_that_only_the_numbers_country_can_read_is_read_there() -> None:
    profile, doubts = derive_profile("+4930123456", country="FR", state="Bayern")
    assert profile.states == ("DE-BY",)
    assert doubts == ("the state Bavaria does not match the country France: both count",)


@pytest.mark.parametrize(
    "row, place",
    [
        ({"postal_code": "90210"}, "United Kingdom"),
        ({"postal_code": "ABC", "country": "US"}, "United States"),
        ({"state": "Nowhere", "country": "US"}, "United States"),
    ],
)
def test_a_place_that_no_country_of_the_row_knows_is_refused_by_its_field(
    row: dict[str, str], place: str
) -> None:
    with pytest.raises(InvalidInput, match=place) as refusal:
        derive_profile(GUERNSEY_MOBILE, **row)
    assert [error.field for error in refusal.value.errors] == [next(iter(row))]


@pytest.mark.parametrize(
    "code, area",
    [
        ("97110", "GP"), ("97133", "BL"), ("97150", "MF"), ("97200", "MQ"), ("97300", "GF"), ("97400", "RE"),
        ("97500", "PM"), ("97600", "YT"), ("97700", "BL"), ("97800", "MF"), ("98600", "WF"), ("98714", "PF"),
        ("98800", "NC"),
    ],
)  # fmt: skip
def test_french_postal_codes_overseas_have_the_clocks_there(code: str, area: str) -> None:
    zones = derive_profile(FRENCH_MOBILE, postal_code=code).profile.zones
    assert find_common_zones(zones, find_country_zones(area))
    assert PARIS in zones


def test_columns_that_contradict_each_other_all_count() -> None:
    profile, doubts = derive_profile(NEW_YORKER, timezone="America/Chicago", postal_code="94105")
    assert profile.zones == (CHICAGO, LOS_ANGELES, NEW_YORK)
    assert profile.states == ("US-CA", "US-NY")
    assert profile.derived == "column+postal+number"
    assert doubts == ("the time zone America/Chicago does not match the postal code 94105: both count",)


def test_columns_that_agree_with_each_other_but_not_with_the_number_are_narrowed_first() -> None:
    profile, doubts = derive_profile(NEW_YORKER, state="TX", postal_code="79901")
    assert profile.zones == (DENVER, NEW_YORK)
    assert profile.states == ("US-NY", "US-TX")
    assert len(doubts) == 2


def test_a_state_of_a_country_whose_states_decide_nothing_is_no_evidence() -> None:
    assert derive_profile("+33123456789", state="Île-de-France", postal_code="75001") == derive_profile(
        "+33123456789"
    )


@pytest.mark.parametrize("zone", ["localtime", "Factory", "Etc/Unknown", "Europe", "../etc/passwd", "EST"])
def test_what_is_no_zone_of_a_german_is_refused(zone: str) -> None:
    with pytest.raises(InvalidInput, match="such as Europe/Berlin"):
        derive_profile("+4930123456", timezone=zone)


def test_every_value_that_is_not_known_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as refusal:
        derive_profile(
            NEW_YORKER,
            timezone="Mars/Olympus",
            state="Floridaa",
            postal_code="!",
            line="carrier pigeon",
            party="both",
            consent_kind="yes",
        )
    fields = [error.field for error in refusal.value.errors]
    assert fields == ["timezone", "postal_code", "state", "line", "party", "consent.kind"]
    messages = {error.field: error.message for error in refusal.value.errors}
    assert messages["timezone"].endswith("write its IANA name, such as America/New_York")
    assert messages["line"].endswith("write one of unknown, mobile, landline, voip, toll-free")


@pytest.mark.parametrize(
    "phone, line, expected, doubtful",
    [
        (NEW_YORKER, "Cell", "mobile", False),
        (NEW_YORKER, "toll free", "toll-free", False),
        (NEW_YORKER, "unknown", "unknown", False),
        ("+4930123456", "VoIP", "voip", False),
        ("+4930123456", "mobile", "landline", True),
        ("+4915112345678", "landline", "mobile", True),
        ("+4915112345678", "unknown", "mobile", False),
        ("+4915112345678", "", "mobile", False),
    ],
)
def test_a_line_type_of_the_row_counts_where_the_number_tells_none(
    phone: str, line: str, expected: str, doubtful: bool
) -> None:
    profile, doubts = derive_profile(phone, line=line)
    assert profile.line == expected
    assert bool(doubts) == doubtful


def test_party_and_consent_are_those_of_the_row() -> None:
    profile = derive_profile(NEW_YORKER, party="B2B", consent_kind="Express-Written").profile
    assert (profile.party, profile.consent) == ("business", "written")
    assert profile.derived == "number"


PROFILES = st.builds(
    derive_profile,
    st.sampled_from([NEW_YORKER, PENSACOLA, ALL_OF_NORTH_AMERICA, SATELLITE, "+61412345678", "+4930123456"]),
    timezone=st.sampled_from([None, "", "Europe/Paris", "America/Chicago", "Asia/Kolkata"]),
    state=st.sampled_from([None, "US-FL", "CA-ON", "AU-WA", "DE-BY"]),
    line=st.sampled_from([None, "mobile", "voip"]),
    party=st.sampled_from([None, "business"]),
    consent_kind=st.sampled_from([None, "express", "written", "existing"]),
)


@given(derived=PROFILES, other=PROFILES)
def test_a_profile_is_read_back_from_json_and_its_key_is_its_own(
    derived: DerivedProfile, other: DerivedProfile
) -> None:
    profile = derived.profile
    again = read_profile(json.loads(json.dumps(profile.to_json())))
    assert again == profile
    assert again.key == profile.key
    assert (profile.key == other.profile.key) == (profile == other.profile)
    assert len(profile.key) == 64
    assert list(profile.zones) == sorted(profile.zones)
    assert list(profile.states) == sorted(profile.states)


@given(derived=PROFILES)
def test_a_profile_without_a_zone_says_that_nothing_is_known(derived: DerivedProfile) -> None:
    profile, _ = derived
    assert bool(profile.zones) == (profile.derived != "unknown")
    assert len(set(profile.zones)) == len(profile.zones)


def test_each_field_has_its_part_in_the_key() -> None:
    profile = derive_profile(PENSACOLA).profile
    changed = [
        replace(profile, zones=(CHICAGO,)),
        replace(profile, country="CA"),
        replace(profile, states=()),
        replace(profile, line="mobile"),
        replace(profile, party="business"),
        replace(profile, consent="written"),
        replace(profile, derived="column"),
    ]
    assert len({each.key for each in (profile, *changed)}) == 8


def test_a_key_does_not_change_with_the_program() -> None:
    """Rows in the database are found by it."""
    assert (
        derive_profile(PENSACOLA).profile.key
        == "bfe5ce99b93384cba634a18a4cf2724231d0b32c7dd52770492fdeecc069afbc"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"zones": "Europe/Paris"},
        {"zones": [1]},
        {"zones": None},
        {"line": "pigeon"},
        {"party": None},
        {"consent": "yes"},
        {"derived": "guess"},
        {"derived": ["number"]},
        {"country": 5},
    ],
)
def test_json_that_is_no_profile_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        read_profile({**derive_profile(PENSACOLA).profile.to_json(), **change})


def test_json_that_lacks_a_field_is_refused() -> None:
    with pytest.raises(InvalidInput, match="dial_profile"):
        read_profile({"zones": []})
