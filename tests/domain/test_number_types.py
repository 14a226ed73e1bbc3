"""Country and type of numbers: the fast answer is phonenumbers' own."""

from __future__ import annotations

import random
from collections.abc import Callable

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType

from campaign_app.domain import phone
from campaign_app.domain.number_types import find_region_and_type
from campaign_app.domain.phone import ParsedNumber, PhoneError

KINDS = [kind for kind in PhoneNumberType.values() if kind != PhoneNumberType.UNKNOWN]


def numbers() -> list[PhoneNumber]:
    """phonenumbers' example of each type in each region, and its neighbors: other digits, one more, one less."""
    rng = random.Random(11)
    found: list[PhoneNumber] = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        for kind in KINDS:
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            found.append(example)
            national = phonenumbers.national_significant_number(example)
            for changed in (
                national[:-2] + f"{rng.randrange(100):02}",
                national[:3] + "".join(rng.choices("0123456789", k=len(national) - 3)),
                national + str(rng.randrange(10)),
                national[:-1],
                str(rng.randrange(1, 10)) + national[1:],
            ):
                found.append(
                    PhoneNumber(
                        country_code=example.country_code,
                        national_number=int(changed),
                        italian_leading_zero=changed.startswith("0") or None,
                        number_of_leading_zeros=len(changed) - len(changed.lstrip("0")) or None,
                    )
                )
    for code in sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS):
        example = phonenumbers.example_number_for_non_geo_entity(code)
        if example is not None:
            found.append(example)
    return found


def test_region_and_type_are_those_of_phonenumbers() -> None:
    checked = numbers()
    assert len(checked) > 5_000
    for number in checked:
        national = phonenumbers.national_significant_number(number)
        region, kind = find_region_and_type(number.country_code or 0, national)
        assert kind == phonenumbers.number_type(number), number
        if kind != PhoneNumberType.UNKNOWN:
            assert region == phonenumbers.region_code_for_number(number), number


def test_a_calling_code_that_nobody_has_is_unknown() -> None:
    assert find_region_and_type(999, "123456") == (None, PhoneNumberType.UNKNOWN)


def spellings(number: PhoneNumber) -> list[str]:
    """As people and programs write a number, in its country and elsewhere."""
    national = phonenumbers.national_significant_number(number)
    code = number.country_code
    spelled = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return [
        f"+{code}{national}",
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL),
        spelled,
        spelled.replace(" ", "-"),
        national,
        f"0{national}",
        f"1{national}",
        f"8{national}",
        f"{code}{national}",
        f"00{code}{national}",
        f"011{code}{national}",
        f"+{code}0{national}",
        f"({national[:3]}) {national[3:]}",
    ]


def outcome(read: Callable[[str, str | None], ParsedNumber | None], text: str, region: str | None) -> object:
    try:
        return read(text, region)
    except PhoneError as error:
        return error.code


def test_the_fast_reading_of_plain_numbers_is_the_careful_one() -> None:
    rng = random.Random(5)
    checked = fast = 0
    for number in rng.sample(numbers(), 2_500):
        own = phonenumbers.region_code_for_country_code(number.country_code)
        for text in spellings(number):
            for region in (
                own,
                rng.choice(["US", "DE", "GB", "SG", "IT", "RU", "BR", "AU", "MX", "FI"]),
                None,
            ):
                if region is not None and region not in phonenumbers.SUPPORTED_REGIONS:
                    continue
                plain = outcome(phone._read_plain, text, region)
                checked += 1
                if plain is not None:
                    fast += 1
                    assert plain == outcome(phone._read_with_care, text, region), (text, region)
    assert fast > checked // 10, "the fast reading is hardly used"


def test_a_number_that_is_plainly_a_line_is_one_for_the_careful_reader_too() -> None:
    plain = 0
    for number in numbers():
        e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        region = phone.find_plain_region(e164)
        if region is not None:
            plain += 1
            parsed = phone.parse_number(e164, None)
            assert parsed.region == region, e164
            assert parsed.number_type in ("fixed", "mobile", "fixed-or-mobile"), e164
    assert plain > 1_500
