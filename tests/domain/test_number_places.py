"""Where a number's owner may be: every zone that comes into question, in every area code and country."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import resources

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType, geocoder
from phonenumbers.tzdata import TIMEZONE_DATA

from campaign_app.domain.area_codes import WRONG_AREA_ZONES, WRONG_ZONES, list_states_by_area_code
from campaign_app.domain.country_zones import find_country_zones, list_zones_by_country
from campaign_app.domain.number_places import NOWHERE, STATIONS, NumberPlace, find_number_place
from campaign_app.domain.place_names import find_state, list_states, name_state
from campaign_app.domain.zone_offsets import collapse_zones, find_common_zones, find_offsets

EASTERN, CENTRAL, MOUNTAIN, PACIFIC = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
)
STATES_OF_ONE_ZONE = {
    EASTERN: "CT DC DE GA MA MD ME NC NH NJ NY OH PA RI SC VA VT WV",
    CENTRAL: "AL AR IA IL LA MN MO MS OK WI",
    MOUNTAIN: "CO MT NM UT WY",
    PACIFIC: "CA WA",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR",
    "America/St_Thomas": "VI",
    "Pacific/Guam": "GU",
    "Pacific/Saipan": "MP",
    "Pacific/Pago_Pago": "AS",
}
CODES_OF_ONE_ZONE = {
    EASTERN: "239 305 321 324 352 386 407 561 645 656 689 727 728 754 772 786 813 863 904 941 954 260 317 463 765 502 "
    "859 865 231 248 269 313 517 586 616 679 734 810 947 989",
    CENTRAL: "615 629 731 901 931 316 913 210 214 254 281 325 346 361 409 430 432 469 512 621 682 713 726 737 "
    "806 817 830 832 903 936 940 945 956 972 979",
    MOUNTAIN: "915",
    PACIFIC: "503 971 702 725",
    "America/Phoenix": "480 520 602 623",
}
"""In states with two clocks."""
CODES_OF_TWO_ZONES = {
    (EASTERN, CENTRAL): "850 448 219 574 812 930 270 364 606 423 906",
    (CENTRAL, MOUNTAIN): "620 785 308 402 531 701 605",
    (MOUNTAIN, PACIFIC): "208 986 541 458 775",
    ("America/Phoenix", MOUNTAIN): "928",
}
CANADA = {
    "America/St_Johns America/Halifax": "709 879",
    "America/Halifax": "782 902 428 506",
    "America/Toronto America/Halifax": "418 581 367",
    "America/Toronto": "263 354 438 450 468 514 579 819 873 226 249 289 343 365 382 416 437 519 548 613 647 683 705 "
    "742 753 905 942",
    "America/Toronto America/Winnipeg America/Atikokan": "807",
    "America/Winnipeg": "204 431 584",
    "America/Regina America/Edmonton": "306 474 639",
    "America/Edmonton": "368 403 587 780 825",
    "America/Vancouver": "604",
    "America/Vancouver America/Edmonton America/Creston": "250 236 257 672 778",
    "America/Whitehorse America/Edmonton America/Winnipeg America/Toronto": "867",
}
ISLANDS = {
    "242": "BS",
    "246": "BB",
    "264": "AI",
    "268": "AG",
    "284": "VG",
    "340": "VI",
    "345": "KY",
    "441": "BM",
    "473": "GD",
    "649": "TC",
    "658": "JM",
    "664": "MS",
    "670": "MP",
    "671": "GU",
    "684": "AS",
    "721": "SX",
    "758": "LC",
    "767": "DM",
    "784": "VC",
    "787": "PR",
    "809": "DO",
    "829": "DO",
    "849": "DO",
    "868": "TT",
    "869": "KN",
    "876": "JM",
    "939": "PR",
}


def find_area(code: str) -> NumberPlace:
    return find_number_place(f"+1{code}5550123")


def clocks(zones: tuple[str, ...] | list[str]) -> set[tuple[tuple[int, int], ...]]:
    return {find_offsets(zone) for zone in zones}


def split_codes(table: dict[str, str]) -> list[tuple[str, str]]:
    return [(code, zones) for zones, codes in table.items() for code in codes.split()]


@pytest.mark.parametrize("zone", STATES_OF_ONE_ZONE)
def test_a_code_of_a_state_with_one_clock_has_that_clock(zone: str) -> None:
    for state in STATES_OF_ONE_ZONE[zone].split():
        codes = [code for code, names in list_states_by_area_code().items() if names == (f"US-{state}",)]
        assert codes
        for code in codes:
            assert clocks(list(find_area(code).zones)) == clocks([zone]), code


@pytest.mark.parametrize("code, zone", split_codes(CODES_OF_ONE_ZONE))
def test_a_code_on_one_side_of_a_split_state_has_one_zone(code: str, zone: str) -> None:
    assert find_area(code).zones == (zone,)


@pytest.mark.parametrize(
    "code, zones", [(code, zones) for zones, codes in CODES_OF_TWO_ZONES.items() for code in codes.split()]
)
def test_a_code_that_crosses_a_line_has_the_zones_of_both_sides(code: str, zones: tuple[str, ...]) -> None:
    assert find_area(code).zones == tuple(sorted(zones))


@pytest.mark.parametrize("code, zones", split_codes(CANADA))
def test_a_canadian_code_has_every_zone_of_its_area(code: str, zones: str) -> None:
    place = find_area(code)
    assert place.country == "CA"
    assert clocks(zones.split()) <= clocks(place.zones)
    if len(zones.split()) == 1:
        assert len(place.zones) == 1


@pytest.mark.parametrize("code, country", ISLANDS.items())
def test_an_island_has_its_own_zone(code: str, country: str) -> None:
    place = find_area(code)
    assert place.country == country
    assert place.zones == find_country_zones(country)
    assert len(place.zones) == 1


def test_alaska_has_the_clock_of_the_aleutians_too() -> None:
    assert {"America/Anchorage", "America/Adak"} <= set(find_area("907").zones)


def test_every_assigned_code_is_in_one_of_these_tables() -> None:
    assigned = {
        str(code)
        for code in range(200, 1000)
        if phonenumbers.number_type(phonenumbers.parse(f"+1{code}2345678"))
        == PhoneNumberType.FIXED_LINE_OR_MOBILE
    }
    assert len(assigned) > 415
    states = {state for text in STATES_OF_ONE_ZONE.values() for state in text.split()}
    tested = {
        code
        for code, names in list_states_by_area_code().items()
        if len(names) == 1 and names[0].startswith("US-") and names[0][3:] in states
    }
    tested |= {
        code
        for table in (CODES_OF_ONE_ZONE, CODES_OF_TWO_ZONES, CANADA)
        for text in table.values()
        for code in text.split()
    }
    tested |= {*ISLANDS, "907", "273"}
    assert assigned - tested == set()
    assert set(list_states_by_area_code()) - tested == set()


def test_the_states_of_codes_are_those_of_the_data_on_numbers() -> None:
    wrong = []
    for code, states in list_states_by_area_code().items():
        said = geocoder.description_for_number(phonenumbers.parse(f"+1{code}2345678"), "en")
        said = (
            said.replace("Washington State", "Washington")
            .replace("Colombia", "Columbia")
            .replace("D.C.", "DC")
        )
        names = {state[3:] if ", " in said else name_state(state) for state in states}
        words = {said.rpartition(", ")[2]} if ", " in said else set(said.split("/"))
        if said and states != ("US-DC",) and words != names:
            wrong.append((code, states, said))
    assert wrong == []


@pytest.mark.parametrize("code", ["800", "833", "844", "855", "866", "877", "888", "500"])
def test_a_number_of_no_place_in_north_america_may_be_anywhere_in_it(code: str) -> None:
    place = find_area(code)
    everywhere = [zone for zone in TIMEZONE_DATA["1"] if find_offsets(zone)]
    assert clocks(everywhere) <= clocks(place.zones)
    assert place.states == ()
    assert place.line == ("unknown" if code == "500" else "toll-free")


def test_a_code_that_nobody_knows_may_be_anywhere_too() -> None:
    assert find_area("999").zones == find_area("800").zones


@pytest.mark.parametrize(
    "phone", ["", "+", "+1", "+12", "+1abc5550123", "12125550100", "+999123456", "+08001234", "nonsense"]
)
def test_what_is_no_number_is_nowhere(phone: str) -> None:
    assert find_number_place(phone) == NOWHERE


@pytest.mark.parametrize("phone", ["+870773111632", "+80012345678", "+881612345678", "+883510012345"])
def test_a_number_of_no_country_has_no_zone(phone: str) -> None:
    place = find_number_place(phone)
    assert place.country == "001"
    assert place.zones == ()


def read_zone_tab() -> dict[str, set[str]]:
    """Zones by country, as the time zone database has them."""
    table: dict[str, set[str]] = {}
    text = (resources.files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8")
    for row in text.splitlines():
        if not row.startswith("#"):
            country, _, zone, *_ = row.split("\t")
            table.setdefault(country, set()).add(zone)
    return table


def test_the_zones_of_countries_are_those_of_the_time_zone_database() -> None:
    table = read_zone_tab()
    left_out = {"CN": {"Asia/Urumqi"}, "UA": {"Europe/Simferopol"}}
    ours = {country: set(zones) for country, zones in list_zones_by_country().items()}
    of_others = {"AC": {"Atlantic/St_Helena"}, "TA": {"Atlantic/St_Helena"}, "XK": {"Europe/Belgrade"}}
    assert set(ours) == set(phonenumbers.SUPPORTED_REGIONS)
    for country, zones in ours.items():
        expected = (
            of_others[country] if country in of_others else table[country] - left_out.get(country, set())
        )
        assert zones == expected, country


@pytest.mark.parametrize("country", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_the_example_numbers_of_a_country_are_in_its_zones(country: str) -> None:
    of_country = find_country_zones(country)
    assert of_country
    for kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE):
        example = phonenumbers.example_number_for_type(country, kind)
        if example is None:
            continue
        place = find_number_place(phonenumbers.format_number(example, PhoneNumberFormat.E164))
        if (country, kind) == ("NF", PhoneNumberType.FIXED_LINE):
            assert place == STATIONS, "it is a station's in Antarctica"
            continue
        assert place.country == phonenumbers.region_code_for_number(example)
        if place.country != country:
            # Some share their mobile numbers with a bigger country: Jersey, Svalbard, Christmas Island.
            assert set(place.zones) <= set(find_country_zones(place.country)) | set(of_country)
            continue
        assert place.zones
        assert set(place.zones) <= set(of_country)
        if len(of_country) == 1:
            assert place.zones == of_country


@pytest.mark.parametrize(
    "country", ["AU", "CD", "EC", "ES", "GL", "ID", "KI", "MN", "NZ", "PF", "PG", "PT", "RU"]
)
def test_a_mobile_number_that_carries_no_place_may_be_anywhere_in_its_country(country: str) -> None:
    example = phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
    assert example is not None
    place = find_number_place(phonenumbers.format_number(example, PhoneNumberFormat.E164))
    assert place.line in ("mobile", "unknown")
    assert place.zones == find_country_zones(country)


@pytest.mark.parametrize(
    "phone, zones, states",
    [
        ("+5511912345678", {"America/Sao_Paulo"}, ("BR-SP",)),
        ("+5568999123456", {"America/Rio_Branco"}, ("BR-AC",)),
        ("+5592991234567", {"America/Manaus", "America/Rio_Branco"}, ("BR-AM",)),
        ("+5581991234567", {"America/Sao_Paulo", "America/Noronha"}, ("BR-PE",)),
        ("+526641234567", {"America/Tijuana"}, ()),
        ("+528112345678", {"America/Mexico_City"}, ()),
        ("+529981234567", {"America/Cancun"}, ()),
        ("+61212345678", {"Australia/Sydney"}, ()),
        ("+61731234567", {"Australia/Brisbane", "Australia/Sydney"}, ()),
        (
            "+61891641234",
            {"Indian/Christmas"},
            (),
        ),
        ("+61893234567", {"Australia/Adelaide", "Australia/Darwin", "Australia/Perth"}, ()),
        ("+56912345678", set(find_country_zones("CL")), ()),
        ("+56221234567", {"America/Santiago"}, ()),
        ("+56612234567", {"America/Santiago", "America/Coyhaique"}, ()),
        ("+34928123456", {"Atlantic/Canary"}, ()),
        ("+34912345678", {"Europe/Madrid"}, ()),
        ("+351292123456", {"Atlantic/Azores"}, ()),
        ("+74012123456", {"Europe/Kaliningrad"}, ()),
        ("+74951234567", {"Europe/Moscow"}, ()),
        ("+74112123456", {"Asia/Yakutsk", "Asia/Vladivostok", "Asia/Magadan"}, ()),
        ("+8613812345678", {"Asia/Shanghai"}, ()),
        ("+869912123456", {"Asia/Shanghai", "Asia/Urumqi"}, ()),
        ("+353861234567", {"Europe/Dublin"}, ()),
        ("+441481256789", {"Europe/Guernsey"}, ()),
        ("+442079460123", {"Europe/London"}, ()),
        ("+9779812345678", {"Asia/Kathmandu"}, ()),
    ],
)
def test_a_number_has_the_zones_of_its_first_digits(
    phone: str, zones: set[str], states: tuple[str, ...]
) -> None:
    place = find_number_place(phone)
    assert set(place.zones) == zones
    assert place.states == states


def test_no_number_lacks_a_zone_of_its_country_that_phonenumbers_lists() -> None:
    lacking = []
    for prefix in TIMEZONE_DATA:
        for ending in ("2345678901", "0000000000", "5550123999"):
            number = f"+{(prefix + ending)[: 11 if prefix.startswith('1') else 12]}"
            place = find_number_place(number)
            if place.country is None or number[2:5] in WRONG_AREA_ZONES:
                continue
            listed = phonenumbers.timezone.time_zones_for_geographical_number(phonenumbers.parse(number))
            listed = [WRONG_ZONES.get((place.country, zone), zone) for zone in listed]
            own = clocks(find_country_zones(place.country))
            if place.country in ("US", "CA"):
                own |= clocks(listed)
            if not (clocks(listed) & own) - {()} <= clocks(place.zones):
                lacking.append((number, listed, place))
    assert lacking == []


@pytest.mark.parametrize(
    "phone, line",
    [
        ("+12125550100", "unknown"),
        ("+18765550123", "mobile"),
        ("+4915112345678", "mobile"),
        ("+4930123456", "landline"),
        ("+498001234567", "toll-free"),
        ("+441632960123", "unknown"),
        ("+5511912345678", "mobile"),
    ],
)
def test_the_line_is_what_the_number_tells(phone: str, line: str) -> None:
    assert find_number_place(phone).line == line


def test_every_state_lies_in_zones_of_its_country() -> None:
    for country in ("US", "CA", "AU", "BR", "CL", "DE", "ES", "ID", "MX", "NZ", "PT", "RU"):
        states = list_states(country)
        assert states
        for state in states:
            assert state.zones, state
            assert set(state.zones) <= set(find_country_zones(state.country)), state


def test_the_zones_of_a_code_are_among_those_of_its_states() -> None:
    for code, names in list_states_by_area_code().items():
        states = [state for name in names if (state := find_state(name)) is not None]
        allowed = {zone for state in states for zone in state.zones}
        assert find_common_zones(find_area(code).zones, allowed), code


def test_zones_that_show_the_same_clock_are_one() -> None:
    assert collapse_zones(["America/Detroit", EASTERN, CENTRAL], [EASTERN]) == (CENTRAL, EASTERN)
    assert collapse_zones(["America/Phoenix", MOUNTAIN], []) == (MOUNTAIN, "America/Phoenix")
    assert collapse_zones(["Etc/Unknown", "Nowhere/City"], []) == ()
    assert find_offsets("Europe/Lisbon") == find_offsets("Europe/London")
    assert find_offsets("America/Havana") != find_offsets(EASTERN)
    assert find_offsets("Africa/Casablanca") != find_offsets("Africa/Algiers")


def test_a_change_of_the_clock_is_found_to_the_minute() -> None:
    summer = next(at for at, offset in find_offsets("Europe/Berlin") if offset == 7200)
    assert datetime.fromtimestamp(summer, UTC) == datetime(2027, 3, 28, 1, tzinfo=UTC)


@pytest.mark.parametrize("phone", ["+672106123", "+672117123", "+672128123", "+672139123", "+672141234"])
def test_a_number_of_a_station_in_antarctica_may_be_at_any_of_them(phone: str) -> None:
    """Not Norfolk Island, with which they share the calling code."""
    place = find_number_place(phone)
    assert place.country is None
    assert {zone.partition("/")[0] for zone in place.zones} == {"Antarctica"}
    assert len(place.zones) == 4
    assert find_number_place("+672322123").zones == ("Pacific/Norfolk",)
