"""Countries in the names of number columns."""

from __future__ import annotations

import pytest

from campaign_app.domain.chosen_mapping import validate_mapping
from campaign_app.domain.column_countries import find_named_country
from campaign_app.domain.column_roles import Role, guess_mapping, mapping_of
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.number_rules import EVERY_COUNTRY
from campaign_app.domain.row_reading import NewContact, read_contact


@pytest.mark.parametrize(
    "name, region",
    [
        *(
            ("phone (UK)", "GB"),
            ("Phone +44", "GB"),
            ("UK mobile", "GB"),
            ("Tel France", "FR"),
            ("US phone", "US"),
        ),
        *(
            ("Telefon (Österreich)", "AT"),
            ("Mobile (India)", "IN"),
            ("phone [DE]", "DE"),
            ("Phone (IN)", "IN"),
        ),
        *(
            ("phone_uk", "GB"),
            ("手机(中国)", "CN"),
            ("Telefono Italia", "IT"),
            ("Номер телефона (Россия)", "RU"),
        ),
        *(
            ("United Kingdom phone", "GB"),
            ("Home Phone (Germany)", "DE"),
            ("Phone (0044)", "GB"),
            ("Tel. +33", "FR"),
        ),
        *(
            ("Teléfono (España)", "ES"),
            ("Puhelin (Suomi)", "FI"),
            ("電話番号（日本）", "JP"),
            ("Telefon +49", "DE"),
        ),
    ],
)
def test_a_country_in_the_name_reads_the_numbers_below(name: str, region: str) -> None:
    found = find_named_country(name)
    assert found is not None
    assert (found.region, found.certain) == (region, True)


@pytest.mark.parametrize(
    "name, region",
    [
        ("Phone IN", "IN"),
        ("DE Phone", "DE"),
        ("Mobile SE", "SE"),
        ("Georgia phone", "GE"),
        ("Phone (no)", "NO"),
    ],
)
def test_what_may_be_something_else_is_asked(name: str, region: str) -> None:
    found = find_named_country(name)
    assert found is not None
    assert (found.region, found.certain) == (region, False)
    guess = guess_mapping([name], [["+12025550101"]], region="US", has_header=True)
    assert guess.questions
    assert guess.columns[0].region is None


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Phone",
            "Phone No.",
            "PHONE NO",
            "Phone 1",
            "phone (home)",
            "Numero de telefono",
            "Nr telefonu",
            "No HP",
        ),
        *(
            "téléphone de la maison",
            "Best phone to reach us in the office",
            "Fax (UK)",
            "GP Tel",
            "Country (UK)",
            "France",
        ),
    ],
)
def test_other_names_have_no_country(name: str) -> None:
    assert find_named_country(name) is None


@pytest.mark.parametrize(
    "name, cell, phone",
    [
        ("phone (UK)", "020 7946 0958", "+442079460958"),
        ("Phone +44", "07400 123456", "+447400123456"),
        ("UK mobile", "07400 123456", "+447400123456"),
        ("Tel France", "06 12 34 56 78", "+33612345678"),
        ("Telefon (Österreich)", "0664 1234567", "+436641234567"),
        ("US phone", "(617) 555-0101", "+16175550101"),
    ],
)
@pytest.mark.parametrize("region", ["US", "DE", None])
def test_the_names_country_goes_before_the_files(
    name: str, cell: str, phone: str, region: str | None
) -> None:
    guess = guess_mapping([name, "name"], [[cell, "Ann"]], region=region, has_header=True)
    assert guess.questions == ()
    contact = read_contact([cell, "Ann"], mapping_of(guess), region=region, rules=EVERY_COUNTRY)
    assert isinstance(contact, NewContact)
    assert contact.phone == phone


def test_a_columns_country_can_be_chosen() -> None:
    row = ["020 7946 0958"]
    guess = guess_mapping(["Phone IN"], [row], region="US", has_header=True)
    mapping = validate_mapping({"columns": [{"index": 0, "role": "number", "region": "GB"}]}, guess)
    assert mapping.columns[0].role is Role.NUMBER
    contact = read_contact(row, mapping, region="US", rules=EVERY_COUNTRY)
    assert isinstance(contact, NewContact)
    assert contact.phone == "+442079460958"
    with pytest.raises(InvalidInput) as error:
        validate_mapping({"columns": [{"index": 0, "role": "number", "region": "Mordor"}]}, guess)
    assert error.value.errors[0].field == "columns[0].region"
