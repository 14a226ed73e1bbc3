"""Postal codes and states: what a row says of a person's place, and what it is told when that is no place."""

from __future__ import annotations

from itertools import pairwise

import pytest

from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.place_names import find_state, list_states, parse_state
from campaign_app.domain.postal_codes import check_postal_code, find_postal_place
from campaign_app.domain.postal_tables import CANADA_LETTERS, POSTAL_RANGES, POSTAL_ZONES
from campaign_app.domain.zone_offsets import find_common_zones, find_offsets


@pytest.mark.parametrize(
    "value, country, code",
    [
        ("02108", "US", "02108"),
        ("2108", "US", "02108"),
        ("2108.0", "US", "02108"),
        ("601", "US", "00601"),
        ("33101-1234", "US", "33101"),
        ("331011234", "US", "33101"),
        ("k1a0b1", "CA", "K1A 0B1"),
        ("K1A-0B1", "US", "K1A 0B1"),
        ("90210", "CA", "90210"),
        ("800", "AU", "0800"),
        ("01310-100", "BR", "01310100"),
        ("1310100", "BR", "01310100"),
        ("101000", "RU", "101000"),
        ("1067", "DE", "01067"),
        ("SW1A 1AA", "GB", "SW1A 1AA"),
        ("  ", "US", None),
        ("", None, None),
    ],
)
def test_a_code_is_read_as_its_country_writes_it(value: str, country: str | None, code: str | None) -> None:
    assert check_postal_code(value, country) == code


@pytest.mark.parametrize(
    "value, country",
    [
        ("ABC", "US"),
        ("00000", "US"),
        ("123456", "US"),
        ("12-3456", "US"),
        ("D1A 0B1", "CA"),
        ("1234567", "RU"),
        ("abcd", "AU"),
        ("99", "MX"),
        ("$$$", "FR"),
        ("<script>", None),
        ("1" * 40, "GB"),
        ("٣٣١٠١", "US"),
    ],
)
def test_what_is_no_code_is_refused_with_a_remedy(value: str, country: str | None) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_postal_code(value, country)
    [error] = refusal.value.errors
    assert error.field == "postal_code"
    assert "leave it empty" in error.message


def test_an_address_of_the_armed_forces_abroad_tells_no_place() -> None:
    with pytest.raises(InvalidInput, match="give the time zone"):
        check_postal_code("09012", "US")


@pytest.mark.parametrize(
    "value, country, states, zones",
    [
        ("32501", "US", "US-FL", "America/Chicago"),
        ("32301", "US", "US-FL", "America/New_York"),
        ("32456", "US", "US-FL", "America/Chicago America/New_York"),
        ("37402", "US", "US-TN", "America/New_York"),
        ("37201", "US", "US-TN", "America/Chicago"),
        ("79901", "US", "US-TX", "America/Denver"),
        ("75201", "US", "US-TX", "America/Chicago"),
        ("85001", "US", "US-AZ", "America/Phoenix"),
        ("86515", "US", "US-AZ", "America/Phoenix America/Denver"),
        ("83801", "US", "US-ID", "America/Los_Angeles"),
        ("97914", "US", "US-OR", "America/Denver America/Los_Angeles"),
        ("49801", "US", "US-MI", "America/Chicago America/New_York"),
        ("99546", "US", "US-AK", "America/Adak America/Anchorage"),
        ("06390", "US", "US-NY", "America/New_York"),
        ("00901", "PR", "US-PR", "America/Puerto_Rico"),
        ("96799", "US", "US-AS", "Pacific/Pago_Pago"),
        ("96910", "US", "US-GU", "Pacific/Guam"),
        ("V6B 1A1", "CA", "CA-BC", "America/Vancouver"),
        ("V1C 1A1", "CA", "CA-BC", "America/Edmonton America/Vancouver America/Creston"),
        ("G4T 1A1", "CA", "CA-QC", "America/Halifax"),
        ("H2X 1A1", "CA", "CA-QC", "America/Toronto"),
        (
            "X0C 0A0",
            "CA",
            "CA-NT CA-NU",
            "America/Edmonton America/Winnipeg America/Toronto America/Atikokan",
        ),
        ("2000", "AU", "AU-NSW", "Australia/Sydney"),
        ("2880", "AU", "AU-NSW", "Australia/Adelaide"),
        ("2898", "AU", "AU-NSW", "Australia/Lord_Howe"),
        ("2600", "AU", "AU-ACT AU-NSW", "Australia/Sydney"),
        (
            "0872",
            "AU",
            "AU-NT AU-QLD AU-SA AU-WA",
            "Australia/Darwin Australia/Adelaide Australia/Perth Australia/Eucla",
        ),
        ("69900-000", "BR", "BR-AC", "America/Rio_Branco"),
        ("01310-100", "BR", "BR-SP", "America/Sao_Paulo"),
        ("77500", "MX", "MX-ROO", "America/Cancun"),
        ("22000", "MX", "MX-BCN", "America/Tijuana"),
        ("190000", "RU", "", "Europe/Moscow"),
        ("690000", "RU", "RU-PRI", "Asia/Vladivostok"),
        ("35001", "ES", "ES-CN", "Atlantic/Canary"),
        ("28001", "ES", "ES-MD", "Europe/Madrid"),
    ],
)
def test_a_code_tells_states_and_zones(value: str, country: str, states: str, zones: str) -> None:
    code = check_postal_code(value, country)
    assert code is not None
    place = find_postal_place(code, country)
    assert place is not None
    assert " ".join(place.states) == states
    expected = {find_offsets(zone) for zone in zones.split()}
    assert {find_offsets(zone) for zone in place.zones} >= expected
    if len(expected) == 1:
        assert len(place.zones) == 1


@pytest.mark.parametrize(
    "value, country", [("75001", "FR"), ("SW1A 1AA", "GB"), ("98400", "FR"), ("96939", "US")]
)
def test_a_code_of_no_known_place_tells_nothing(value: str, country: str) -> None:
    code = check_postal_code(value, country)
    assert code is not None
    assert find_postal_place(code, country) is None


def test_no_two_ranges_of_a_country_overlap_and_their_states_exist() -> None:
    for country, table in POSTAL_RANGES.items():
        spans = []
        for row in table.strip().splitlines():
            states, *ranges = row.split()
            assert all(state == "?" or find_state(f"{country}-{state}") for state in states.split("/")), row
            spans += [(first, last or first) for first, _, last in (span.partition("-") for span in ranges)]
        spans.sort()
        assert all(one[1] < other[0] for one, other in pairwise(spans)), country
        assert len({len(end) for span in spans for end in span}) == 1, country


def test_the_zone_of_a_code_is_one_of_its_state() -> None:
    for zone, prefixes in POSTAL_ZONES["US"].items():
        for prefix in prefixes.split():
            [row] = [row for row in POSTAL_RANGES["US"].strip().splitlines() if covers(row, prefix)]
            state = find_state(f"US-{row.split()[0]}")
            assert state is not None
            assert find_common_zones((zone,), state.zones), (zone, prefix)


def covers(row: str, prefix: str) -> bool:
    spans = (span.partition("-") for span in row.split()[1:])
    return any(first <= prefix <= (last or first) for first, _, last in spans)


def test_every_letter_of_a_canadian_code_is_a_province() -> None:
    provinces = {name for names in CANADA_LETTERS.values() for name in names.split()}
    assert provinces == {state.code[3:] for state in list_states("CA")}


@pytest.mark.parametrize(
    "value, country, code",
    [
        ("FL", "US", "US-FL"),
        ("fl", "US", "US-FL"),
        ("Florida", "US", "US-FL"),
        ("US-FL", "US", "US-FL"),
        ("us_fl", "US", "US-FL"),
        ("Washington, D.C.", "US", "US-DC"),
        ("Puerto Rico", "PR", "US-PR"),
        ("ON", "US", "CA-ON"),
        ("Québec", "CA", "CA-QC"),
        ("quebec", "CA", "CA-QC"),
        ("Bayern", "DE", "DE-BY"),
        ("Bavaria", "DE", "DE-BY"),
        ("BW", "DE", "DE-BW"),
        ("São Paulo", "BR", "BR-SP"),
        ("sao paulo", "BR", "BR-SP"),
        ("nsw", "AU", "AU-NSW"),
        ("Nuevo Leon", "MX", "MX-NLE"),
        ("CDMX", "MX", "MX-CMX"),
        ("Москва", "RU", "RU-MOW"),
        ("Las Palmas", "ES", "ES-CN"),
        ("US-TX", "DE", "US-TX"),
        ("N.Y.", "US", "US-NY"),
        ("W. Va.", "US", "US-WV"),
        ("Mass", "US", "US-MA"),
        ("Ont.", "CA", "CA-ON"),
        ("Île-de-France", "FR", None),
        ("", "US", None),
        ("-", "US", None),
        ("anything", None, None),
    ],
)
def test_a_state_is_read_by_code_and_by_name(value: str, country: str | None, code: str | None) -> None:
    assert parse_state(value, country) == code


@pytest.mark.parametrize(
    "value, country", [("Floridaa", "US"), ("XX", "CA"), ("Bayerm", "DE"), ("Sao Paolo", "BR")]
)
def test_an_unknown_state_is_refused_with_a_remedy(value: str, country: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse_state(value, country)
    [error] = refusal.value.errors
    assert error.field == "state"
    assert "such as" in error.message


def test_no_name_is_that_of_two_states() -> None:
    for country in ("US", "CA", "AU", "BR", "CL", "DE", "ES", "ID", "MX", "NZ", "PT", "RU"):
        for state in list_states(country):
            assert parse_state(state.code, country) == state.code
            assert parse_state(state.name, country) == state.code
