"""Variables: one name in many spellings, and the names that are near it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.domain.message import MissingValue, fill_variables, parse_message
from campaign_app.domain.variables import find_value, fold_variable, near_names, same_names


@pytest.mark.parametrize(
    "spelling",
    [
        "First Name",
        "FIRST-NAME",
        "FirstName",
        "first_name",
        " first  name ",
        "First.Name",
        "fïrst náme",
        "First Name:",
    ],
)
def test_case_blanks_underscores_and_accents_make_no_difference(spelling: str) -> None:
    assert fill_variables("Hello {first_name}!", {spelling: "Ada"}) == "Hello Ada!"
    assert fill_variables("Hello {" + spelling.replace(":", "") + "}!", {"first_name": "Ada"}) == "Hello Ada!"


def test_names_in_any_script_are_kept_apart() -> None:
    assert fold_variable("Imię") == "imie"
    assert fold_variable("Łódź") == "lodz"
    assert fold_variable("Straße") == "strasse"
    assert fold_variable("名前") != fold_variable("電話")
    assert fold_variable("имя") != fold_variable("фамилия")
    assert fold_variable("address1") != fold_variable("address2")
    assert fold_variable("???") == "???"


def test_the_same_spelling_wins_and_then_the_first_that_has_a_value() -> None:
    values = {"First Name": "A", "first_name": "B", "FIRST NAME": "C"}
    assert find_value(values, "first_name") == "B"
    assert find_value({**values, "first_name": " "}, "first_name") == "A"
    assert find_value({"First Name": "", "FIRST NAME": "C"}, "first_name") == "C"
    with pytest.raises(MissingValue, match=r"\{first_name\}"):
        fill_variables("{first_name}", {"First Name": " ", "last_name": "x"})


def test_a_variable_is_needed_once_however_often_it_is_spelled() -> None:
    assert parse_message({"text": "{First Name} {first_name} {city|here}"}).required_variables == [
        "First Name"
    ]


@given(st.text(max_size=30))
def test_folding_is_stable_and_never_empty_for_a_name(name: str) -> None:
    folded = fold_variable(name)
    assert bool(folded) == bool(name.strip())
    assert fold_variable(folded) == folded or not folded.isalnum()


def test_similar_names_are_listed_likeliest_first() -> None:
    names = ["First Name", "last_name", "amount", "Name", "due date", "fname"]
    assert near_names(names, "first_nam")[0] == "First Name"
    assert "due date" in near_names(names, "date")
    assert near_names(names, "zebra") == []
    assert same_names(["first_name", "First Name", "x"], "first_name") == ["First Name"]
