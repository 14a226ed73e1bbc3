"""Phone numbers of all regions, and everything that is none."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.domain.phone import PhoneError, is_region, mask, mask_label, parse, regions

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
    ],
)
def test_spellings_that_people_use(raw: str, region: str | None, expected: str) -> None:
    assert parse(raw, region) == expected


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
        ("6.17555E+09", "US", "not-a-number"),
        ("16175550142.0", "US", "not-a-number"),
        ("+16175550142\x7f", None, "not-a-number"),
        ("=1+1", "US", "not-a-number"),
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
