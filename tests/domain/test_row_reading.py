"""From a row to a contact, or the reason why it is none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign_app.domain.column_roles import MappedColumn, Mapping, Role, guess_mapping, mapping_of
from campaign_app.domain.consent_times import read_consent_time
from campaign_app.domain.number_rules import EVERY_COUNTRY, NumberRules
from campaign_app.domain.row_reading import (
    NewContact,
    RowReader,
    RowRefusal,
    number_cell,
    read_contact,
    read_language,
)
from campaign_app.domain.zone_names import find_timezone


def mapping(*columns: tuple[str, Role], numbers: tuple[int, ...] = ()) -> Mapping:
    mapped = tuple(
        MappedColumn(index, name, role, name if role is Role.VARIABLE else None)
        for index, (name, role) in enumerate(columns)
    )
    found = tuple(c.index for c in mapped if c.role is Role.NUMBER) + tuple(
        c.index for c in mapped if c.role is Role.SECOND_NUMBER
    )
    return Mapping(mapped, numbers or found)


def read(
    names: str, row: list[str], region: str | None = None, rules: NumberRules = EVERY_COUNTRY
) -> NewContact | RowRefusal:
    """The row by what its file's names are guessed to mean."""
    guess = guess_mapping(names.split(","), [row], region=region, has_header=True)
    assert guess.numbers, guess.asked
    return read_contact(row, mapping_of(guess), region=region, rules=rules)


def added(result: NewContact | RowRefusal) -> NewContact:
    assert isinstance(result, NewContact), result
    return result


def refused(result: NewContact | RowRefusal) -> RowRefusal:
    assert isinstance(result, RowRefusal), result
    assert result.reason
    return result


def test_a_row_becomes_a_contact_with_its_number_and_values() -> None:
    contact = added(read("name,phone,city", ["Ann", " (202) 555-0101 ", ""], "US"))
    assert (contact.phone, contact.region, contact.number_type) == ("+12025550101", "US", "fixed-or-mobile")
    assert contact.variables == {"name": "Ann"}


def test_a_row_without_a_number_or_with_a_wrong_one_is_refused() -> None:
    assert refused(read("name,phone", ["Ann", ""])).code == "empty"
    assert refused(read("name,phone", ["Ann", "12"], "US")).code == "too-short"
    assert refused(read("name,phone", ["Ann", "ask her"], "US")).code == "not-a-number"


def test_without_a_number_column_every_row_is_refused() -> None:
    nothing = mapping(("phone", Role.VARIABLE))
    assert (
        refused(read_contact(["+12025550101"], nothing, region=None, rules=EVERY_COUNTRY)).code == "no-number"
    )


# Countries.


@pytest.mark.parametrize(
    "names, row, number",
    [
        ("phone_code,phone_number", ["44", "2079460958"], "+442079460958"),
        ("phone_code,phone_number", ["91", "8123456789"], "+918123456789"),
        ("country,phone", ["GB", "020 7946 0958"], "+442079460958"),
        ("country,phone", ["United Kingdom", "020 7946 0958"], "+442079460958"),
        ("country,phone", ["", "202 555 0101"], "+12025550101"),
        ("country,phone", ["GB", "+1 202 555 0101"], "+12025550101"),
        ("country,phone", ["Middle-earth", "+1 202 555 0101"], "+12025550101"),
        ("country,calling code,phone", ["GB", "+44", "07400 123456"], "+447400123456"),
        ("country,calling code,phone", ["CA", "1", "604 555 0123"], "+16045550123"),
        ("Home Country,Business Country,Home Phone", ["GB", "US", "020 7946 0958"], "+442079460958"),
    ],
)
def test_the_rows_country_reads_its_number(names: str, row: list[str], number: str) -> None:
    assert added(read(names, row, "US")).phone == number


@pytest.mark.parametrize(
    "names, row",
    [
        ("country,phone", ["Middle-earth", "202 555 0101"]),
        ("country,calling code,phone", ["GB", "+1", "020 7946 0958"]),
        ("phone_code,phone_number", ["44", "+1 202 555 0101"]),
    ],
)
def test_a_row_that_contradicts_itself_about_its_country_is_refused(names: str, row: list[str]) -> None:
    columns = mapping(
        *(
            (name, Role.NUMBER if "phone" in name and "code" not in name else Role.COUNTRY)
            for name in names.split(",")
        )
    )
    assert refused(read_contact(row, columns, region="US", rules=EVERY_COUNTRY)).code == "country"


# Several numbers.

PHONES = "Business Phone,Home Phone,Mobile Phone"


def test_the_first_number_that_can_be_dialed_is_called_and_the_others_are_kept() -> None:
    contact = added(read(PHONES, ["(617) 555-0102", "12", "(617) 555-0103"], "US"))
    assert contact.phone == "+16175550103"
    assert contact.second_numbers == ("+16175550102",)
    # A number that the rules forbid is passed over as well.
    contact = added(read(PHONES, ["(617) 555-0102", "", "+1 900 555 0123"], "US"))
    assert (contact.phone, contact.second_numbers) == ("+16175550102", ())


def test_a_row_of_wrong_numbers_is_refused_for_the_one_that_comes_first() -> None:
    assert refused(read(PHONES, ["12", "", "+1 900 555 0123"], "US")).code == "premium"


def test_the_same_number_twice_is_no_second_number() -> None:
    assert added(read(PHONES, ["6175550102", "", "(617) 555-0102"], "US")).second_numbers == ()


@pytest.mark.parametrize(
    "cell",
    [
        "+1 202-555-0110 ::: +1 202-555-0111",
        "+12025550110; +12025550111",
        "+12025550110 / +12025550111",
        "+12025550110, +12025550111",
        "+12025550110\n+12025550111",
        "+12025550110 or +12025550111",
        "+12025550110 & +12025550111",
        "+12025550110+12025550111",
        "+1 202-555-0110 - +1 202-555-0111",
    ],
)
def test_of_two_numbers_in_a_cell_the_first_is_called_and_the_other_kept(cell: str) -> None:
    contact = added(read("phone", [cell]))
    assert (contact.phone, contact.second_numbers) == ("+12025550110", ("+12025550111",))


@pytest.mark.parametrize("joint", [" - ", "  ", " "])
def test_two_whole_numbers_need_nothing_but_a_blank_between(joint: str) -> None:
    contact = added(read("phone", [f"202-555-0110{joint}202-555-0111"], "US"))
    assert (contact.phone, contact.second_numbers) == ("+12025550110", ("+12025550111",))


@pytest.mark.parametrize(
    "cell", ["030/123456/57", "+49 30 123456 / 57", "030 123456 (12)", "030 123456, Anna"]
)
def test_what_might_be_half_a_second_number_is_refused(cell: str) -> None:
    refused(read("Telefon", [cell], "DE"))


def test_labels_say_row_by_row_which_number_is_called() -> None:
    names = "Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value"
    contact = added(read(names, ["Work Fax", "+12025550113", "Mobile", "+12025550112"]))
    assert (contact.phone, contact.second_numbers) == ("+12025550112", ())
    contact = added(read(names, ["Work", "+12025550113", "Mobile", "+12025550112"]))
    assert (contact.phone, contact.second_numbers) == ("+12025550112", ("+12025550113",))
    contact = added(read(names, ["* Work", "+12025550113", "Mobile", "+12025550112"]))
    assert contact.phone == "+12025550113"
    contact = added(read(names, ["Other", "+12025550113", "", ""]))
    assert contact.phone == "+12025550113"
    only = refused(read(names, ["Home Fax", "+12025550113", "", ""]))
    assert only.code == "label"
    assert "Home Fax" in only.reason


# Do not call.


@pytest.mark.parametrize(
    "value", ["true", "1", "Yes", "x", "ja", "да", "是", "2026-03-03", "asked by e-mail", "e"]
)
def test_whoever_is_marked_as_do_not_call_is_refused(value: str) -> None:
    columns = mapping(("phone", Role.NUMBER), ("DNC", Role.DO_NOT_CALL))
    refusal = refused(read_contact(["+12025550101", value], columns, region=None, rules=EVERY_COUNTRY))
    assert refusal.code == "do-not-call"
    assert "DNC" in refusal.reason


@pytest.mark.parametrize("value", ["", " ", "false", "0", "No", "nein", "нет", "否", "-", "n/a"])
def test_whoever_is_plainly_not_marked_is_added(value: str) -> None:
    columns = mapping(("phone", Role.NUMBER), ("DNC", Role.DO_NOT_CALL))
    added(read_contact(["+12025550101", value], columns, region=None, rules=EVERY_COUNTRY))


@pytest.mark.parametrize(
    "value, is_added",
    [("yes", True), ("", True), ("2026-03-03", True), ("no", False), ("denied", False), ("?", False)],
)
def test_a_column_that_says_who_may_be_called_is_read_the_other_way_round(value: str, is_added: bool) -> None:
    columns = Mapping(
        (MappedColumn(0, "phone", Role.NUMBER), MappedColumn(1, "Opt-in", Role.DO_NOT_CALL, inverted=True)),
        (0,),
    )
    result = read_contact(["+12025550101", value], columns, region=None, rules=EVERY_COUNTRY)
    assert isinstance(result, NewContact) is is_added


# What else is kept.


def test_what_a_row_says_of_the_person_is_kept() -> None:
    names = "Customer ID,phone,timezone,State,ZIP,Language,Consent Date,Consent Source,Ext"
    row = ["C1", "2025550101", "america/new_york", "NY", "10001", "en_us", "2026/3/1", "web form", "x12"]
    contact = added(read(names, row, "US"))
    assert (contact.external_id, contact.timezone, contact.state) == ("C1", "America/New_York", "NY")
    assert (contact.postal_code, contact.language, contact.extension) == ("10001", "en-US", "12")
    assert contact.consent == {"at": "2026-03-01", "source": "web form"}
    assert contact.variables == {
        "Customer ID": "C1", "timezone": "america/new_york", "State": "NY", "ZIP": "10001", "Language": "en_us",
    }  # fmt: skip


@pytest.mark.parametrize(
    "role, value, code",
    [
        (Role.TIMEZONE, "Mars/Olympus", "timezone"),
        (Role.EXTERNAL_ID, "7" * 129, "external-id"),
        (Role.EXTENSION, "ask for Ann", "extension"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_not_dropped(role: Role, value: str, code: str) -> None:
    columns = mapping(("phone", Role.NUMBER), ("other", role))
    assert (
        refused(read_contact(["+12025550101", value], columns, region=None, rules=EVERY_COUNTRY)).code == code
    )


def test_an_extension_belongs_to_the_number_beside_it() -> None:
    names = "Work Phone,Work Ext,Mobile"
    assert added(read(names, ["2025550101", "12", ""], "US")).extension == "12"
    assert added(read(names, ["2025550101", "12", "2025550102"], "US")).extension is None


@pytest.mark.parametrize(
    "text, region, zone",
    [
        ("Europe/Berlin", None, "Europe/Berlin"),
        ("europe/berlin", None, "Europe/Berlin"),
        ("EST", "US", "America/New_York"),
        ("EST", "AU", None),
        ("Eastern Time (US & Canada)", "US", "America/New_York"),
        ("W. Europe Standard Time", "DE", "Europe/Berlin"),
        ("UTC+2", None, "Etc/GMT-2"),
        ("", None, None),
    ],
)
def test_zones_are_known_by_the_names_that_files_have(
    text: str, region: str | None, zone: str | None
) -> None:
    assert find_timezone(text, region) == zone


def test_languages_and_consent_times_are_written_alike() -> None:
    assert [read_language(text) for text in ("Deutsch", "pt_br", "zh-hant-tw", "English", "klingonic", "")] == [
        "de", "pt-BR", "zh-Hant-TW", "en", None, None,
    ]  # fmt: skip
    assert read_consent_time("2026-11-28 10.30") == "2026-11-28T10:30"
    assert read_consent_time("03/04/2026") == "03/04/2026"
    assert read_consent_time("last spring") == "last spring"


def test_a_long_cell_costs_nobody_the_call_unless_it_is_spoken() -> None:
    columns = mapping(("phone", Role.NUMBER), ("notes", Role.VARIABLE))
    row = ["+12025550101", "x" * 1_500]
    contact = added(read_contact(row, columns, region=None, rules=EVERY_COUNTRY))
    assert len(contact.variables["notes"]) == 1_000
    spoken = RowReader(columns, region=None, rules=EVERY_COUNTRY, spoken=["notes"])
    assert refused(spoken.read(row)).code == "cell-too-long"


def test_ragged_rows_invent_no_variables() -> None:
    columns = mapping(("phone", Role.NUMBER), ("name", Role.VARIABLE))
    contact = added(
        read_contact(["+12025550101", "Ann", "more", ""], columns, region=None, rules=EVERY_COUNTRY)
    )
    assert contact.variables == {"name": "Ann"}
    assert added(read_contact(["+12025550101"], columns, region=None, rules=EVERY_COUNTRY)).variables == {}


def test_a_row_whose_cells_moved_is_refused_where_another_number_would_be_dialed() -> None:
    columns = mapping(("name", Role.VARIABLE), ("fax", Role.LEFT_OUT), ("phone", Role.NUMBER))
    moved = ["Doe", " Ann", "+12025550160", "+12025550101"]
    assert refused(read_contact(moved, columns, region=None, rules=EVERY_COUNTRY)).code == "too-many-cells"


@pytest.mark.parametrize("nothing", ["n/a", "-", "unknown", "keine Angabe", "None"])
def test_a_place_that_nobody_knows_costs_nobody_the_call(nothing: str) -> None:
    names = "phone,timezone,state,zip"
    guess = guess_mapping(
        names.split(","), [["+12025550101", "EST", "NY", "10001"]], region=None, has_header=True
    )
    row = ["+12025550101", nothing, nothing, nothing]
    contact = added(read_contact(row, mapping_of(guess), region=None, rules=EVERY_COUNTRY))
    assert (contact.timezone, contact.state, contact.postal_code) == (None, None, None)


def test_a_do_not_call_row_lists_the_numbers_beyond_the_names_too() -> None:
    guess = guess_mapping(["phone"], [["+12025550101"]], region=None, has_header=True, listing=True)
    reader = RowReader(mapping_of(guess), region=None, rules=EVERY_COUNTRY, listing=True)
    listed = reader.read_listed(["+12025550101", "asked twice", "+12025550102"])
    assert [added(result).phone for result in listed] == ["+12025550101", "+12025550102"]


def test_rows_are_sorted_by_the_cell_that_is_read_first() -> None:
    columns = mapping(("home", Role.SECOND_NUMBER), ("mobile", Role.NUMBER))
    assert number_cell(["1", "2"], columns) == "2"
    assert number_cell(["1", ""], columns) == "1"
    assert number_cell([], columns) == ""


ROLES = st.sampled_from(list(Role))


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["phone", "Opt-in", "country", "x", "Phone 1 - Label"]), ROLES), max_size=6),
    st.lists(st.one_of(st.text(max_size=20), st.sampled_from(["+12025550101", "2025550102", "44", "no"])), max_size=8),
    st.sampled_from([None, "US", "DE"]),
)  # fmt: skip
def test_any_row_is_a_contact_of_a_number_column_or_a_refusal(
    columns: list[tuple[str, Role]], row: list[str], region: str | None
) -> None:
    chosen = mapping(("number", Role.NUMBER), *columns)
    result = read_contact(row, chosen, region=region, rules=EVERY_COUNTRY)
    if isinstance(result, NewContact):
        numbers = [row[index] for index in chosen.numbers if index < len(row)]
        digits = "".join(char for cell in numbers for char in cell if char.isdigit())
        for number in (result.phone, *result.second_numbers):
            assert number[-7:] in digits
        assert all(result.variables.values())
    else:
        assert result.code
        assert result.reason
