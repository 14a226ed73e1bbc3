"""Mappings that a person or client chose."""

from __future__ import annotations

import json

import pytest

from campaign_app.domain.chosen_mapping import validate_mapping
from campaign_app.domain.column_roles import Mapping, Role, guess_mapping, mapping_of
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.number_rules import EVERY_COUNTRY
from campaign_app.domain.row_reading import NewContact, read_contact

NAMES = ["Name", "phone1", "phone2", "Opt-in", "First Name"]
ROW = ["Ann", "+12025550101", "+12025550102", "yes", "Anna"]
GUESS = guess_mapping(NAMES, [ROW], region=None, has_header=True)


def choose(*columns: dict[str, object]) -> Mapping:
    return validate_mapping({"columns": list(columns)}, GUESS)


def errors(value: dict[str, object], prefix: str = "") -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        validate_mapping(value, GUESS, prefix=prefix)
    return {error.field: error.message for error in caught.value.errors}


def test_a_chosen_number_is_dialed_and_the_other_columns_stay_what_they_were_guessed() -> None:
    mapping = choose({"index": 2, "role": "number"})
    assert mapping.numbers == (2,)
    assert mapping.roles == (Role.VARIABLE, Role.VARIABLE, Role.NUMBER, Role.VARIABLE, Role.VARIABLE)
    contact = read_contact(ROW, mapping, region=None, rules=EVERY_COUNTRY)
    assert isinstance(contact, NewContact)
    assert contact.phone == "+12025550102"
    assert contact.variables["phone1"] == "+12025550101"


def test_several_numbers_are_tried_in_the_order_in_which_they_are_listed() -> None:
    mapping = choose({"index": 2, "role": "number"}, {"index": 1, "role": "number"})
    assert mapping.numbers == (2, 1)
    mapping = choose({"index": 1, "role": "second_number"}, {"index": 2, "role": "number"})
    assert mapping.numbers == (2, 1)


def test_a_variable_has_the_name_that_was_chosen() -> None:
    mapping = choose({"index": 1, "role": "number"}, {"index": 0, "role": "variable", "name": "who"})
    assert mapping.columns[0].variable == "who"
    mapping = choose({"index": 1, "role": "number"}, {"index": 0, "role": "external_id"})
    assert (mapping.columns[0].role, mapping.columns[0].variable) == (Role.EXTERNAL_ID, "Name")


def test_a_name_that_was_chosen_goes_before_one_that_was_guessed() -> None:
    mapping = choose({"index": 1, "role": "number"}, {"index": 4, "role": "variable", "name": "name"})
    assert (mapping.columns[4].variable, mapping.columns[0].variable) == ("name", "Name_2")


def test_a_column_of_permissions_is_inverted_unless_it_is_said() -> None:
    number: dict[str, object] = {"index": 1, "role": "number"}
    assert choose(number, {"index": 3, "role": "do_not_call"}).columns[3].inverted
    assert not choose(number, {"index": 3, "role": "do_not_call", "inverted": False}).columns[3].inverted


def test_the_columns_of_the_answer_can_be_sent_back() -> None:
    echoed = [
        {"index": c.index, "name": c.name, "samples": list(c.samples), "role": c.role.value, "why": c.why,
         "candidates": [role.value for role in c.candidates]}
        for c in GUESS.columns
    ]  # fmt: skip
    echoed[1]["role"] = "number"
    assert validate_mapping({"columns": echoed}, GUESS).numbers == (1,)


def test_labels_go_with_their_numbers_whatever_is_chosen() -> None:
    names = ["Phone 1 - Label", "Phone 1 - Value", "Phone 2 - Label", "Phone 2 - Value"]
    guess = guess_mapping(
        names, [["Work Fax", "+12025550101", "Mobile", "+12025550102"]], region=None, has_header=True
    )
    mapping = validate_mapping(
        {"columns": [{"index": 1, "role": "number"}, {"index": 3, "role": "number"}]}, guess
    )
    row = ["Work Fax", "+12025550101", "Mobile", "+12025550102"]
    contact = read_contact(row, mapping, region=None, rules=EVERY_COUNTRY)
    assert isinstance(contact, NewContact)
    assert (contact.phone, contact.second_numbers) == ("+12025550102", ())


def test_a_mapping_survives_json() -> None:
    guess = guess_mapping(
        ["Mobile Phone", "Home Phone", "DNC", "State", "Opt-in"],
        [["+12025550101", "+12025550102", "no", "NY", "no"]],
        region=None,
        has_header=True,
    )
    mapping = mapping_of(guess)
    assert mapping.numbers == (0, 1)
    assert Mapping.from_json(json.loads(json.dumps(mapping.to_json()))) == mapping


@pytest.mark.parametrize(
    "columns, field, words",
    [
        ([{"index": 0, "role": "variable"}], "columns", "number"),
        ([], "columns", "number"),
        ([{"index": 1, "role": "number"}, {"index": 0, "role": "variable"}, {"index": 2, "role": "phone"}],
         "columns[2].role", "second_number"),
        ([{"index": 1, "role": "number"}, {"index": 0}], "columns[1].role", "not a role"),
        ([{"index": 5, "role": "number"}], "columns[0].index", "0 to 4"),
        ([{"index": -1, "role": "number"}], "columns[0].index", "0 to 4"),
        ([{"index": True, "role": "number"}], "columns[0].index", "0 to 4"),
        ([{"index": "1", "role": "number"}], "columns[0].index", "0 to 4"),
        ([{"index": 1, "role": "number"}, {"index": 1, "role": "variable"}], "columns[1].index", "columns[0]"),
        (["phone"], "columns[0]", "object"),
        ([{"index": 1, "role": "number"}, {"index": 0, "role": "variable", "name": " "}], "columns[1].name", "1 to 64"),
        ([{"index": 1, "role": "number"}, {"index": 0, "role": "variable", "name": "x" * 65}],
         "columns[1].name", "1 to 64"),
        ([{"index": 1, "role": "number"}, {"index": 0, "role": "variable", "name": 7}], "columns[1].name", "1 to 64"),
        ([{"index": 1, "role": "number"}, {"index": 0, "role": "variable", "name": "a{b"}], "columns[1].name", "{"),
        ([{"index": 1, "role": "number"}, {"index": 0, "role": "variable", "name": "n"},
          {"index": 4, "role": "state", "name": "N"}], "columns[2].name", "columns[1]"),
        ([{"index": 1, "role": "number"}, {"index": 3, "role": "do_not_call", "inverted": "yes"}],
         "columns[1].inverted", "true"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_its_field_and_remedy(
    columns: list[object], field: str, words: str
) -> None:
    found = errors({"columns": columns})
    assert list(found) == [field]
    assert words in found[field]


def test_all_errors_are_named_at_once_and_with_their_place() -> None:
    found = errors({"columns": [{"index": 9, "role": "number"}, {"index": 1, "role": "x"}]}, "mapping.")
    assert list(found) == ["mapping.columns[0].index", "mapping.columns[1].role"]
    assert list(errors({})) == ["columns"]
    assert list(errors({"columns": "number"})) == ["columns"]
