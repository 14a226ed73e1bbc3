"""Phone numbers of all regions, and everything that is none."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.domain.number_rules import EVERY_COUNTRY, NumberRules, check_number
from campaign_app.domain.number_text import split_numbers
from campaign_app.domain.phone import (
    PhoneError,
    explain_refusal,
    is_region,
    list_spellings,
    mask,
    mask_label,
    parse,
    parse_number,
    regions,
)

EXAMPLES = [
    (region, phonenumbers.example_number_for_type(region, kind))
    for region in sorted(phonenumbers.SUPPORTED_REGIONS)
    for kind in (phonenumbers.PhoneNumberType.FIXED_LINE, phonenumbers.PhoneNumberType.MOBILE)
]


@pytest.mark.parametrize("style", ["E164", "INTERNATIONAL", "NATIONAL", "RFC3966"])
def test_the_examples_of_every_region_are_read_in_every_spelling(style: str) -> None:
    for region, number in EXAMPLES:
        if number is None:
            continue
        text = phonenumbers.format_number(number, getattr(phonenumbers.PhoneNumberFormat, style))
        expected = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        assert parse(text, region) == expected, (region, text)


@pytest.mark.parametrize(
    "raw, region, expected",
    [
        ("(617) 555-0142", "US", "+16175550142"),
        (" +1 617 555 0142 ", None, "+16175550142"),
        ("0044 20 7183 8750", None, "+442071838750"),
        ("٠٦١٢٣٤٥٦٧٨", "FR", "+33612345678"),
        ("＋３３６１２３４５６７８", None, "+33612345678"),
        ("'+33612345678", None, "+33612345678"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("06\u202f12\u202f34\u202f56\u202f78", "FR", "+33612345678"),
        ("06\u200912\u200934\u200956\u200978", "FR", "+33612345678"),
        ("06·12·34·56·78", "FR", "+33612345678"),
        ("+1 202\u200e 555 0123", None, "+12025550123"),
        ("+1\ufeff2025550123", None, "+12025550123"),
        ("\u2068+46 70 174 06 35\u2069", None, "+46701740635"),
        ("TEL:+1-202-555-0123", None, "+12025550123"),
        ("Tel: 030 123456", "DE", "+4930123456"),
        ("whatsapp:+12025550123", None, "+12025550123"),
        ("+1 (202) 555-0123 (mobile)", None, "+12025550123"),
        ('="+442079460018"', None, "+442079460018"),
        ("52 1 222 123 4567", "MX", "+522221234567"),
        ("+0049 30 123456", None, "+4930123456"),
        ("📱 +44 7400 123456", None, "+447400123456"),
        ("+44 7400 123456 ☎", None, "+447400123456"),
        ("020 7946 0018,", "GB", "+442079460018"),
        ("<+12025550123>", None, "+12025550123"),
        ("ph 020 7946 0018", "GB", "+442079460018"),
        ("Mob. no: 07400 123456", "GB", "+447400123456"),
        ("https://wa.me/12025550123", "GB", "+12025550123"),
        ("2025550123.0", "US", "+12025550123"),
        ("2025550123,00", "US", "+12025550123"),
        ("2025550123.", "US", "+12025550123"),
        ("1.2025550123E+10", "US", "+12025550123"),
        ("030.123456", "DE", "+4930123456"),
        ("030 / 1234567", "DE", "+49301234567"),
        ("02/267.12.34", "BE", "+3222671234"),
        ("+52 1 222 123 4567", None, "+522221234567"),
        ("044 222 123 4567", "MX", "+522221234567"),
        ("0xx11 96123-4567", "BR", "+5511961234567"),
        ("+44 (0)20 7946 0018", None, "+442079460018"),
        ("моб. 8 912 345-67-89", "RU", "+79123456789"),
        ("gesch.: 030 123456", "DE", "+4930123456"),
        ("030 123456 privat", "DE", "+4930123456"),
        ("202-555-0123 - cell", "US", "+12025550123"),
        ("8~10 44 7400 123456", "RU", "+447400123456"),
        ("20 11 20 26", "DK", "+4520112026"),
    ],
)
def test_spellings_that_people_use(raw: str, region: str | None, expected: str) -> None:
    assert parse(raw, region) == expected


@pytest.mark.parametrize(
    "raw, region, where",
    [
        ("030 1", "DE", "(Germany, +49)"),
        ("+49 30 1", None, "(Germany, +49)"),
        ("617 555", "CA", "(Canada, +1)"),
        ("+1 211 555 0142", None, "(+1)"),
    ],
)
def test_a_refusal_names_the_country_as_of_which_the_number_was_read(
    raw: str, region: str | None, where: str
) -> None:
    with pytest.raises(PhoneError) as refused:
        parse(raw, region)
    assert f"phone number {where}" in str(refused.value)


@pytest.mark.parametrize(
    "raw, region, code",
    [
        ("", "US", "empty"),
        ("   ", "US", "empty"),
        ("call me", "US", "not-a-number"),
        ("6175550142", None, "no-region"),
        ("+999 12345678", None, "no-region"),
        ("617 555", "US", "too-short"),
        ("+1 617 555 01424 999", None, "too-long"),
        ("+1 211 555 0142", None, "invalid"),
        ("+1 617 555 0142 ext. 5", None, "extension"),
        ("911", "US", "too-short"),
        ("+1617555\x000142", None, "not-a-number"),
        ("1" * 10_000, "US", "too-long"),
        ("+", "US", "not-a-number"),
        ("call me 6175550142", "US", "not-a-number"),
        ("1-800-FLOWERS", "US", "not-a-number"),
        ("6.17555E+09", "US", "rounded"),
        ("4,47911E+11", "GB", "rounded"),
        ("30.11.2026", "DE", "date"),
        ("2026-11-30", "DE", "date"),
        ("2026-11-30 10:30", "DK", "date"),
        ("202-555-0123 fax", "US", "not-a-number"),
        ("202-555-0123 mother", "US", "not-a-number"),
        ("202-555-0123 - do not call", "US", "not-a-number"),
        ("2025550123 & 2025550124", "US", "several"),
        ("+12025550123+12025550124", None, "several"),
        ("030 123456 (12)", "DE", "extension"),
        ("030/123456/57", "DE", "extension"),
        ("+49 30 123456 / 57", None, "extension"),
        ("0475 12 34 56 / 0475 12 34 57", "BE", "several"),
        ("2025550123, 2025550124", "US", "several"),
        ("33612345678", "DE", "ambiguous"),
        ("442079460958", "DE", "ambiguous"),
        ("34612345678", "FR", "ambiguous"),
        ("home 202-555-0100", "US", "not-a-number"),
        ("+22507123456", None, "too-short"),
        ("+16175550142\x7f", None, "not-a-number"),
        ("=1+1", "US", "not-a-number"),
        ("n/a", "US", "empty"),
        ("\\N", "US", "empty"),
        ("-", "US", "empty"),
        ("020 7946 0018 or 020 7946 0019", "GB", "several"),
        ("+49 30 123456**", None, "not-a-number"),
        ("+49 30 123456■■", None, "not-a-number"),
        ("+1 (202) 555-0123#", "US", "not-a-number"),
        ("*31#+12025550123", None, "not-a-number"),
        ("Fax: +12025550123", None, "not-a-number"),
        ("+049 30 123456", "DE", "no-region"),
    ],
)
def test_what_is_no_number_says_why(raw: str, region: str | None, code: str) -> None:
    with pytest.raises(PhoneError) as raised:
        parse(raw, region)
    assert raised.value.code == code
    assert str(raised.value)


@given(st.text(max_size=80), st.sampled_from([None, "US", "FR", "IN"]))
def test_no_text_breaks_the_reader(raw: str, region: str | None) -> None:
    try:
        read = parse(raw, region)
    except PhoneError:
        return
    assert read.startswith("+")
    assert read[1:].isdigit()


def test_a_mask_keeps_too_little_to_dial() -> None:
    assert mask("+16175550142") == "+1 617 ••• ••42"
    assert mask_label("+16175550142") == "+1 617, ending 42"
    for _, number in EXAMPLES:
        if number is not None:
            e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            assert mask(e164).count("•") >= min(4, len(e164) - 6), e164
            assert mask(e164)[-2:] == e164[-2:]


def test_regions_are_known_by_two_letters() -> None:
    assert is_region("FR")
    assert not is_region("fr")
    assert not is_region("XX")
    assert ("US", "US +1") in regions()


@pytest.mark.parametrize(
    "raw, region, expected",
    [
        ("4915112345678", "DE", "+4915112345678"),
        ("493012345678", "DE", "+493012345678"),
        ("447400123456", "GB", "+447400123456"),
        ("62812345678", "ID", "+62812345678"),
        ("5511961234567", "BR", "+5511961234567"),
        ("8613800138000", "CN", "+8613800138000"),
        ("12025550123", "US", "+12025550123"),
        ("7400123456", "GB", "+447400123456"),
        ("15123456789", "DE", "+4915123456789"),
        ("470123456", "BE", "+32470123456"),
    ],
)
def test_a_plus_or_a_zero_that_a_spreadsheet_took_away_is_put_back(
    raw: str, region: str, expected: str
) -> None:
    assert parse(raw, region) == expected


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_a_double_zero_is_a_plus_in_every_country(region: str) -> None:
    for home, number in EXAMPLES:
        if number is None or home not in ("AT", "FR", "GB", "IN", "BR", "JP", region):
            continue
        e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        assert parse("00" + e164[1:], region) == e164, (region, e164)


def test_a_number_without_a_country_code_is_never_taken_to_another_country() -> None:
    for home, number in EXAMPLES:
        if number is None:
            continue
        digits = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:]
        for region in ("DE", "AT", "ID", "GB", "US", "SG", "FR"):
            try:
                read = parse_number(digits, region)
            except PhoneError:
                continue
            code = f"+{phonenumbers.country_code_for_region(region)}"
            assert read.e164.startswith(code), (home, digits, region, read)


@pytest.mark.parametrize(
    "raw, region, number_type",
    [
        ("+1 900 555 0123", "US", "premium"),
        ("0900 1234567", "DE", "premium"),
        ("0899 123456", "FR", "premium"),
        ("+44 909 8790000", "GB", "premium"),
        ("0137 1234567", "DE", "shared-cost"),
        ("+870 773 111 632", "001", "satellite"),
        ("+881 6 123 12345", "001", "satellite"),
        ("+882 13 300655", "001", "satellite"),
        ("+979 123 456 789", "001", "premium"),
        ("+44 7640 123456", "GB", "pager"),
        ("070 1234 5678", "GB", "personal"),
    ],
)
def test_costly_types_are_known_and_refused_until_they_are_allowed(
    raw: str, region: str, number_type: str
) -> None:
    number = parse_number(raw, None if raw.startswith("+") else region)
    assert (number.region, number.number_type) == (region, number_type)
    with pytest.raises(PhoneError) as raised:
        check_number(number, EVERY_COUNTRY)
    assert raised.value.code == number_type
    assert check_number(number, NumberRules(types=frozenset({number_type}))) is number


def test_a_country_that_a_trunk_does_not_allow_is_refused() -> None:
    number = parse_number("+1 876 555 0123", None)
    assert number.region == "JM"
    with pytest.raises(PhoneError, match="JM"):
        check_number(number, NumberRules(countries=frozenset({"US", "CA"})))
    assert check_number(number, NumberRules(countries=frozenset({"JM"}))) is number


def test_a_number_that_countries_share_is_in_each_of_them() -> None:
    freephone = parse_number("+1 800 555 0199", None)
    assert check_number(freephone, NumberRules(countries=frozenset({"CA"}))) is freephone
    with pytest.raises(PhoneError, match="which this trunk may not call"):
        check_number(freephone, NumberRules(countries=frozenset({"GB"})))


def test_a_number_of_no_country_needs_its_type_allowed_or_every_country() -> None:
    europe = frozenset({"FR", "DE"})
    satellite = parse_number("+881 6 123 12345", None)
    assert check_number(satellite, NumberRules(europe, frozenset({"satellite"}))) is satellite
    world = parse_number("+800 1234 5678", None)
    assert check_number(world, EVERY_COUNTRY) is world
    with pytest.raises(PhoneError, match="belongs to no country"):
        check_number(world, NumberRules(europe))


def test_a_cell_with_several_numbers_is_split() -> None:
    assert split_numbers("(617) 555-0142 ::: 202-555-0123") == ["(617) 555-0142", "202-555-0123"]
    assert split_numbers("0475 12 34 56/0475 12 34 57") == ["0475 12 34 56", "0475 12 34 57"]
    assert split_numbers("+491711234567; 030 1234567") == ["+491711234567", "030 1234567"]
    assert split_numbers("030/123456") == ["030/123456"]
    assert split_numbers("030 123456, Anna") == ["030 123456, Anna"]


@pytest.mark.parametrize(
    "raw, region, example",
    [
        ("+1 312", None, "+1 201-555-0123"),
        ("+998 1", None, "+998 "),
        ("00998 1", None, "+998 "),
        ("12", "US", "+1 201-555-0123"),
        ("12", "GB", "+44 20 7946 0123"),
        ("+44 1", None, "+44 20 7946 0123"),
        ("+999 1", None, "+44 20 7946 0123"),
        ("12", None, "+44 20 7946 0123"),
        ("", None, "+44 20 7946 0123"),
    ],
)
def test_a_refused_number_is_advised_by_one_of_its_own_country(
    raw: str, region: str | None, example: str
) -> None:
    sentence = explain_refusal(PhoneError("invalid", "is no number"), raw, region)
    assert sentence.startswith(f"is no number; give it in full, such as {example}")


def test_a_refusal_that_has_a_remedy_gets_no_other() -> None:
    error = PhoneError("ambiguous", "could be one or the other; write + in front")
    assert explain_refusal(error, "617 555 0142") == str(error)
    error = PhoneError("no-region", "has no country code; write + or choose a country")
    told = "has no country code; give it in full, such as +44 20 7946 0123"
    assert explain_refusal(error, "617 555 0142") == told


@pytest.mark.parametrize(
    "text, number",
    [
        ("(312) 555-4486", "+13125554486"),
        ("13125554486", "+13125554486"),
        ("1-312-555-4486", "+13125554486"),
        ("020 7946 0123", "+442079460123"),
        ("442079460123", "+442079460123"),
        ("8 916 123-45-67", "+79161234567"),
        ("06 698 12345", "+390669812345"),
    ],
)
def test_the_spellings_of_a_text_have_the_number_that_is_meant(text: str, number: str) -> None:
    spellings = list_spellings(text)
    assert number in spellings
    assert len(spellings) < 1_000
    assert all(len(spelling) <= 16 for spelling in spellings)
