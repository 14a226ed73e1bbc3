"""Which column is dialed, and what is asked instead of guessed."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign_app.domain.column_names import Meaning, read_name
from campaign_app.domain.column_roles import (
    ColumnGuess,
    MappingGuess,
    Role,
    guess_mapping,
    mapping_of,
)
from campaign_app.domain.number_rules import EVERY_COUNTRY
from campaign_app.domain.row_reading import NewContact, read_contact

FAX = "+12025550160"
PHONE = "+12025550161"


def table(text: str, delimiter: str = ",") -> tuple[list[str], list[list[str]]]:
    rows = [row for row in csv.reader(io.StringIO(text.strip()), delimiter=delimiter) if row]
    return rows[0], rows[1:]


def guess(text: str, region: str | None = None, delimiter: str = ",") -> MappingGuess:
    names, rows = table(text, delimiter)
    return guess_mapping(names, rows, region=region, has_header=True)


def dialed(text: str, region: str | None = None, delimiter: str = ",") -> list[str | None]:
    """The number of each row, None for a row that is refused; fails if anything is asked."""
    names, rows = table(text, delimiter)
    found = guess_mapping(names, rows, region=region, has_header=True)
    assert found.questions == (), found.asked
    contacts = [read_contact(row, mapping_of(found), region=region, rules=EVERY_COUNTRY) for row in rows]
    return [contact.phone if isinstance(contact, NewContact) else None for contact in contacts]


def column(found: MappingGuess, name: str) -> ColumnGuess:
    return next(column for column in found.columns if column.name == name)


def asked(found: MappingGuess) -> list[str]:
    """The names of the columns that a question shows, after checking that nothing would be dialed unasked."""
    assert found.questions
    assert found.numbers == ()
    assert not {Role.NUMBER, Role.SECOND_NUMBER} & {column.role for column in found.columns}
    return [found.columns[index].name for index in found.asked[0].columns]


@pytest.mark.parametrize(
    "text, region, numbers",
    [
        ('"name","phone"\n"Ann","+12025550101"\n"Bob","+12025550102"', None, ["+12025550101", "+12025550102"]),
        ("Timestamp,Your name,What is the best phone number to reach you on during office hours please?\n"
         "2026/11/28 10:11:12 AM GMT+1,Ann,(202) 555-0101", "US", ["+12025550101"]),
        ("First Name,Phone 1 - Label,Phone 1 - Value,Phone 2 - Label,Phone 2 - Value\n"
         "Ann,Mobile,+1 202-555-0110 ::: +1 202-555-0111,,\n"
         "Bob,Mobile,+1 202-555-0112 ::: +1 202-555-0114,Work Fax,+1 202-555-0113", None,
         ["+12025550110", "+12025550112"]),
        ("Id,FirstName,Fax,HomePhone\n003A,Ann,(202) 555-0130,(202) 555-0131\n003B,Bob,(202) 555-0133,(202) 555-0134",
         "US", ["+12025550131", "+12025550134"]),
        ("name,Fax Phone,Phone1\nAnn,+12025550160,+12025550161", None, ["+12025550161"]),
        ("Call,Fax,Phone\nAnn,+12025550101,+12025550102", None, ["+12025550102"]),
        ("phone_code,phone_number,first_name\n1,6175550142,Al\n44,2079460123,Bo", "US",
         ["+16175550142", "+442079460123"]),
        ("Id,Phones / Primary Phone Country Code,Phones / Primary Phone Calling Code,Phones / Primary Phone Number\n"
         "abc,GB,+44,7400123456\nabd,FR,+33,612345678\nabe,US,+1,2025550150", "US",
         ["+447400123456", "+33612345678", "+12025550150"]),
        ("Name,Emergency contact phone,Phone\nAnn,2125550191,2125550124\nBob,2125550192,2125550125", "US",
         ["+12125550124", "+12125550125"]),
        ("First Name,Business Phone,Home Phone,Mobile Phone\n"
         "Ann,,(617) 555-0101,\nBob,(617) 555-0102,,\nCal,,,(617) 555-0103", "US",
         ["+16175550101", "+16175550102", "+16175550103"]),
        ("Id,FirstName,MobilePhone,DoNotCall\n003A,Ann,(202) 555-0132,false\n003B,Bob,(202) 555-0134,true", "US",
         ["+12025550132", None]),
        ("Patient,Clinic Phone,Patient Mobile\nAnn,2025550100,2025550101\nBob,2025550100,2025550102", "US",
         ["+12025550101", "+12025550102"]),
        ("agent_phone,customer_phone\n2025550100,2025550101", "US", ["+12025550101"]),
        ("Emergency Contact Phone,Home Phone\n2025550100,2025550101", "US", ["+12025550101"]),
        ("Phone,Depot Phone\n2025550101,2025550100", "US", ["+12025550101"]),
        # Twilio's call log, and Vapi's sample.
        ("From,To,Status\n+12025550100,+12025550101,completed\n+12025550100,+12025550102,busy", None,
         ["+12025550101", "+12025550102"]),
        ("number,name\n+12025550101,Ann\n+12025550102,Bob", None, ["+12025550101", "+12025550102"]),
    ],
)  # fmt: skip
def test_what_is_plainly_named_is_dialed(text: str, region: str | None, numbers: list[str | None]) -> None:
    assert dialed(text, region) == numbers


@pytest.mark.parametrize(
    "text, region, numbers",
    [
        ("Kunde;Termin;Erreichbar unter\nAnn;20261130;030 123456\nBob;20261201;01512 3456789", "DE",
         ["+4930123456", "+4915123456789"]),
        ("Kunde;Termin;Telefon\nAnn;2026-11-28 10.30;030 123456", "DE", ["+4930123456"]),
        ("Kundennr.;Name;Erreichbar unter\n30998877;Ann;030 123456\n30998878;Bob;01512 3456789", "DE",
         ["+4930123456", "+4915123456789"]),
        ("CPF;Nome;Contato\n11987654321;Ann;(11) 96123-4567\n11987654322;Bob;(11) 96123-4568", "BR",
         ["+5511961234567", "+5511961234568"]),
    ],
)  # fmt: skip
def test_dates_and_ids_are_not_dialed_though_they_are_valid_numbers(
    text: str, region: str, numbers: list[str]
) -> None:
    assert dialed(text, region, ";") == numbers


NAMED = (
    "phone1|Tel1|HomePhone|Mob No|手机号码|Nr telefonu|Номер телефона|Best number to call|رقم الجوال|No HP"
)


@pytest.mark.parametrize("name", NAMED.split("|"))
def test_a_named_column_is_dialed_and_not_the_fax_before_it(name: str) -> None:
    assert dialed(f"name,fax,{name}\nAnn,{FAX},{PHONE}\nBob,+12025550162,+12025550163") == [
        PHONE,
        "+12025550163",
    ]


@pytest.mark.parametrize(
    "text, region, columns",
    [
        # A batch-call vendor's sample: the doctors were dialed.
        ("reference_id,target,provider-name,provider-phone,member-name\n1231,2025550101,Dr. Lin,202-555-0198,Alex\n"
         "1241,2025550102,Dr. Shah,202-555-0199,Sam", "US", ["target", "provider-phone"]),
        ("name,phone number,PHONE-NUMBER\nAnn,2025550101,2025550102", "US", ["phone number", "PHONE-NUMBER"]),
        ("name,phone1,phone2\nAnn,2025550101,2025550102", "US", ["phone1", "phone2"]),
        ("name,Customer Phone,Phone\nAnn,2025550101,2025550102", "US", ["Customer Phone", "Phone"]),
        ("name,Customer Phone,Patient Mobile\nAnn,2025550101,2025550102", "US", ["Customer Phone", "Patient Mobile"]),
        ("name,Driver phone,Depot phone\nAnn,2025550101,2025550102", "US", ["Driver phone", "Depot phone"]),
        ("Tel 1,Kontakt\n020 7946 0018,07400 123456\n0161 496 0042,07400 123457", "GB", ["Tel 1", "Kontakt"]),
        ("name,Parent Phone\nAnn,2025550101", "US", ["Parent Phone"]),
        ("name,Fax\nAnn,2025550101", "US", ["Fax"]),
        ("name,X\nAnn,2025550101\nBob,2025550102", "US", ["X"]),
        ("name,X\nAnn,+12025550101\nBob,+12025550102", None, ["X"]),
        ("Name,Number\nAnn,2025550101\nBob,2025550102", "US", ["Number"]),
        ("No,Name\n9812345678,Ann\n9812345679,Bob", "IN", ["No"]),
        ("name,target\nAnn,2025550101\nBob,2025550102", "US", ["target"]),
        ("Name,Home,Mobile,Work\nA,2025550101,2025550103,2025550104", "US", ["Home", "Mobile", "Work"]),
        ("Name,Home\nA,(202) 555-0101", "US", ["Home"]),
        ("Their number,Name\n2025550101,A", "US", ["Their number"]),
        ("name,phone,X\nAnn,,2025550101\nBob,,2025550102", "US", ["phone", "X"]),
        ("name,phone\nAnn,2026-11-28\nBob,2026-11-29\nCid,2026-11-30", "US", ["phone"]),
        ("name,phone\nAnn,yes\nBob,no", "US", ["phone"]),
    ],
)  # fmt: skip
def test_what_is_not_named_and_alone_is_asked(text: str, region: str | None, columns: list[str]) -> None:
    found = guess(text, region)
    assert found.questions[0] == "which-number"
    assert sorted(asked(found)) == sorted(columns)
    for name in columns:
        assert Role.NUMBER in column(found, name).candidates
        assert not column(found, name).certain
        assert column(found, name).why


def test_a_file_without_any_number_says_so() -> None:
    found = guess("name,city\nAnn,Rome\nBob,Oslo")
    assert found.questions == ("no-number",)
    assert asked(found) == []


IDS = "Konto|Codice|ID|Aadhaar|Customer number|Order no|Datum|Betrag"


@pytest.mark.parametrize("header", IDS.split("|"))
def test_ids_dates_and_amounts_are_not_even_candidates(header: str) -> None:
    found = guess(f"Name;{header}\nAnn;030998877\nBob;030998878", "DE", ";")
    assert found.questions == ("no-number",)


def test_one_number_in_every_row_is_asked_even_if_it_is_named() -> None:
    rows = "\n".join(f"Person {row},2025550100" for row in range(12))
    found = guess(f"name,phone\n{rows}", "US")
    assert found.questions == ("which-number",)
    assert "same number in every row" in found.asked[0].sentence


def test_a_named_column_is_dialed_though_its_first_sixty_rows_are_empty() -> None:
    rows = [f"Fax only {row},202555{row:04},," for row in range(100, 160)]
    rows += [f"Both {row},202555{row:04},202555{row + 100:04}" for row in range(160, 190)]
    found = guess("name,Fax,HomePhone\n" + "\n".join(rows), "US")
    assert found.questions == ()
    assert found.numbers == (2,)


OUTLOOK = (
    "First Name,Last Name,Assistant's Phone,Business Fax,Business Phone,Business Phone 2,Callback,Car Phone,"
    "Company Main Phone,Home Fax,Home Phone,Home Phone 2,ISDN,Mobile Phone,Other Fax,Other Phone,Pager,Primary Phone,"
    "Radio Phone,TTY/TDD Phone,Telex,Organizational ID Number,Manager's Name,Spouse"
)


def test_outlook_is_read_mobile_first_and_nobody_elses_phone_is_among_them() -> None:
    empty = "," * (OUTLOOK.count(","))
    row = empty.split(",")
    row[0], row[13] = "Ann", "(617) 555-0103"
    found = guess(OUTLOOK + "\n" + ",".join(row), "US")
    assert found.questions == ()
    assert [found.columns[index].name for index in found.numbers] == [
        "Mobile Phone", "Primary Phone", "Home Phone", "Home Phone 2", "Business Phone", "Car Phone", "Other Phone",
        "Business Phone 2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "header, order",
    [
        ("Phone,MobilePhone,HomePhone,OtherPhone,AssistantPhone,Fax",
         ["MobilePhone", "Phone", "HomePhone", "OtherPhone"]),
        ("Phone Number,Mobile Phone Number,Fax Number", ["Mobile Phone Number", "Phone Number"]),
        ("Phone,Mobile,Home Phone,Other Phone,Asst Phone", ["Mobile", "Phone", "Home Phone", "Other Phone"]),
        ("Phone - Work,Phone - Home,Phone - Mobile,Phone - Other",
         ["Phone - Mobile", "Phone - Home", "Phone - Work", "Phone - Other"]),
        ("Telefon,Mobil,Fax", ["Mobil", "Telefon"]),
        ("Telefon privat,Telefon geschäftlich,Mobiltelefon",
         ["Mobiltelefon", "Telefon privat", "Telefon geschäftlich"]),
        ("Téléphone,Portable", ["Portable", "Téléphone"]),
    ],
)  # fmt: skip
def test_address_books_are_read_in_the_order_of_preference(header: str, order: list[str]) -> None:
    row = ",".join(f"+1202555{place:04}" for place in range(100, 101 + header.count(",")))
    found = guess(f"{header}\n{row}", "US")
    assert found.questions == ()
    assert [found.columns[index].name for index in found.numbers] == order
    assert found.columns[found.numbers[0]].role is Role.NUMBER
    assert {found.columns[index].role for index in found.numbers[1:]} == {Role.SECOND_NUMBER}


def test_numbered_columns_are_asked_with_an_order_to_choose() -> None:
    found = guess("name,phone1,phone2\nAnn,2025550101,2025550102", "US")
    assert asked(found) == ["phone1", "phone2"]
    assert found.asked[0].proposal == (1, 2)


def test_a_question_shows_samples_and_how_many_are_valid() -> None:
    found = guess("name,X\nAnn,2025550101\nBob,12\nCid,2025550103\nDan,2025550104", "US")
    shown = column(found, "X")
    assert shown.samples == ("2025550101", "12", "2025550103")
    assert (shown.filled, shown.valid) == (4, 3)
    assert "3 of 4 valid" in shown.why


# Columns beside the number.


def test_columns_beside_the_number_get_their_roles() -> None:
    text = (
        "Customer ID,First Name,Mobile,Country,Time Zone,State,ZIP,Language,Do Not Call,"
        "Consent Date,Consent Source,Ext,Fax\n"
        "C1,Ann,2025550101,US,America/New_York,NY,10001,en,no,2026-03-01,web form,12,2025550160\n"
        "C2,Bob,2025550102,US,America/Chicago,IL,60601,es,,2026-03-02,paper,,2025550161"
    )
    found = guess(text, "US")
    assert found.questions == ()
    assert [column.role for column in found.columns] == [
        Role.EXTERNAL_ID, Role.VARIABLE, Role.NUMBER, Role.COUNTRY, Role.TIMEZONE, Role.STATE, Role.POSTAL_CODE,
        Role.LANGUAGE, Role.DO_NOT_CALL, Role.CONSENT_AT, Role.CONSENT_SOURCE, Role.EXTENSION, Role.LEFT_OUT,
    ]  # fmt: skip
    assert all(column.why for column in found.columns)


def test_values_that_do_not_fit_leave_a_variable() -> None:
    found = guess(
        "phone,zone,extension,consent date\n+12025550101,North,reception,web\n+12025550102,A4,none,mail"
    )
    assert [column.role for column in found.columns[1:]] == [Role.VARIABLE] * 3


def test_an_ambiguous_column_name_is_resolved_by_its_values() -> None:
    assert column(guess("telefon;kraj\n+48601234567;Polska", None, ";"), "kraj").role is Role.COUNTRY
    assert column(guess("telefon;kraj\n+420601234567;Vysočina", None, ";"), "kraj").role is Role.STATE


def test_an_id_that_repeats_is_no_external_id() -> None:
    found = guess("phone,customer id\n+12025550101,7\n+12025550102,7")
    assert column(found, "customer id").role is Role.VARIABLE


def test_a_country_column_that_nobody_understands_is_asked() -> None:
    found = guess("phone,country\n2025550101,Middle-earth\n2025550102,Gondor", "US")
    assert found.questions == ("country",)
    # "Prefix" may be a title.
    assert guess("phone,prefijo\n+12025550101,Mr\n+12025550102,Dr").questions == ()


def test_do_not_call_is_applied_where_it_is_plain_and_asked_where_not() -> None:
    plain = guess("phone,DNC\n+12025550101,x\n+12025550102,\n+12025550103,2026-03-03")
    assert plain.questions == ()
    assert column(plain, "DNC").role is Role.DO_NOT_CALL
    unclear = guess("phone,Do not call before\n+12025550101,noon\n+12025550102,")
    assert unclear.questions == ("do-not-call",)
    assert "noon" in unclear.asked[0].sentence


def test_an_opt_out_of_mail_is_asked_only_if_somebody_opted_out() -> None:
    assert guess("phone,Email Opt Out\n+12025550101,true\n+12025550102,false").questions == ("do-not-call",)
    assert guess("phone,Email Opt Out\n+12025550101,false\n+12025550102,false").questions == ()


def test_a_column_of_permissions_is_asked_if_somebody_said_no_and_then_read_the_other_way_round() -> None:
    found = guess("phone,Opt-in\n+12025550101,yes\n+12025550102,no")
    assert found.questions == ("do-not-call",)
    assert column(found, "Opt-in").inverted
    assert guess("phone,Opt-in\n+12025550101,yes\n+12025550102,yes").questions == ()


def test_a_status_that_says_do_not_call_is_asked_and_only_such_rows_are_left_out() -> None:
    found = guess("phone,Status\n+12025550101,DNC\n+12025550102,active")
    assert found.questions == ("do-not-call",)
    mapping = mapping_of(found)
    rows = [["+12025550101", "DNC"], ["+12025550102", "active"], ["+12025550103", "Do not call"]]
    results = [read_contact(row, mapping, region=None, rules=EVERY_COUNTRY) for row in rows]
    assert [isinstance(result, NewContact) for result in results] == [False, True, False]
    assert guess("phone,Prioridad\n+12025550101,baja\n+12025550102,alta").questions == ()


def test_an_area_code_in_a_column_of_its_own_is_asked() -> None:
    assert guess("Name;Vorwahl;Telefon\nAnn;030;123456\nBob;089;654321", "DE", ";").questions == (
        "split-number",
    )
    whole = guess("name,area code,phone\nAnn,202,2025550101\nBob,617,6175550101", "US")
    assert whole.questions == ()


def test_variables_of_the_message_are_marked_and_keep_left_out_columns() -> None:
    names, rows = table("First Name,Fax,phone\nAnn,2025550160,2025550101")
    found = guess_mapping(names, rows, region="US", has_header=True, message_variables=["first_name", "fax"])
    assert column(found, "First Name").why == "Your message uses it as {first_name}"
    assert column(found, "Fax").role is Role.VARIABLE


def test_names_of_variables_are_unique_however_they_are_written() -> None:
    found = guess("phone,First Name,first_name,a|b\n+12025550101,Ann,Anna,c")
    assert [column.variable for column in found.columns] == [None, "First Name", "first_name_2", "a b"]


# Files without names.


def unnamed(text: str, region: str | None, delimiter: str = ",") -> MappingGuess:
    rows = [row for row in csv.reader(io.StringIO(text.strip()), delimiter=delimiter) if row]
    names = [f"column_{place}" for place in range(1, max(map(len, rows)) + 1)]
    return guess_mapping(names, rows, region=region, has_header=False)


def test_vicidials_standard_order_is_known_by_its_shape() -> None:
    found = unnamed(
        "2024450001|S|101|1|2025550152|Ms|Ann||Doe\n2024450002|S|101|44|2079460958|Mr|Bob||Roe", "US", "|"
    )
    assert found.questions == ()
    assert found.numbers == (4,)
    contact = read_contact(
        ["2024450002", "S", "101", "44", "2079460958", "Mr", "Bob", "", "Roe"], mapping_of(found), region="US",
        rules=EVERY_COUNTRY,
    )  # fmt: skip
    assert isinstance(contact, NewContact)
    assert contact.phone == "+442079460958"
    assert contact.variables["first_name"] == "Bob"


def test_a_list_of_numbers_needs_no_name() -> None:
    assert unnamed("2125550124\n2125550125", "US").numbers == (0,)
    assert unnamed("+12025550101,Ann\n+12025550102,Bob", None).numbers == (0,)
    assert unnamed("home 202-555-0100,Ann\n202-555-0101,Bob", "US").numbers == (0,)


def test_whoever_reads_a_list_can_name_its_columns() -> None:
    rows = [["2125550124", "Ann"], ["2125550125", "Bob"]]
    assert guess_mapping(["phone", "name"], rows, region="US", has_header=False).numbers == (0,)


@pytest.mark.parametrize(
    "text",
    [
        "Ann,2125550124\nBob,2125550125",
        "2024450001,Ann,202-555-0101\n2024450002,Bob,202-555-0102",
        "+12025550101,+12025550102\n+12025550103,+12025550104",
        "Ann,20261130,2025550101",
    ],
)
def test_without_names_all_that_is_not_plain_is_asked(text: str) -> None:
    found = unnamed(text, "US")
    assert found.questions == ("which-number",)
    assert asked(found)


# Properties.

cells = st.one_of(
    st.sampled_from(
        ["", "Ann", "+12025550101", "2025550102", "030 123456", "20261130", "x", "true", "+44 20 7946 0018"]
    ),
    st.text(max_size=12),
)
plain_names = st.one_of(
    st.sampled_from(["name", "X", "Notes", "Fax", "Order no", "Emergency phone", "ID", "Date", "Agent mobile"]),
    st.text(max_size=14),
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[str]]]:
    names = draw(
        st.lists(st.one_of(plain_names, st.sampled_from(["phone", "Mobile", "Contact"])), max_size=6)
    )
    rows = draw(st.lists(st.lists(cells, max_size=7), max_size=6))
    return names, rows


@settings(deadline=None)
@given(tables(), st.sampled_from([None, "US", "DE", "XX"]), st.booleans())
def test_any_table_is_guessed_without_an_error_and_always_alike(
    drawn: tuple[list[str], list[list[str]]], region: str | None, has_header: bool
) -> None:
    names, rows = drawn
    found = guess_mapping(names, rows, region=region, has_header=has_header)
    assert found == guess_mapping(names, rows, region=region, has_header=has_header)
    assert [column.index for column in found.columns] == list(range(len(names)))
    # Either it is certain which columns are dialed, or it is asked and nothing is dialed.
    assert bool(found.numbers) != bool({"which-number", "no-number"} & set(found.questions))
    variables = [column.variable for column in found.columns if column.variable is not None]
    assert len(variables) == len(set(variables))
    if found.numbers:
        mapping_of(found)


WEAK = (Meaning.NUMBER, Meaning.WEAK_NUMBER)


@settings(deadline=None)
@given(tables(), st.sampled_from([None, "US", "DE"]))
def test_no_column_that_is_not_named_as_a_number_is_dialed(
    drawn: tuple[list[str], list[list[str]]], region: str | None
) -> None:
    names, rows = drawn
    found = guess_mapping(names, rows, region=region, has_header=True)
    for index in found.numbers:
        assert read_name(names[index]).meaning in WEAK, names


@settings(deadline=None)
@given(
    st.lists(plain_names.filter(lambda name: read_name(name).meaning not in WEAK), min_size=1, max_size=5),
    st.data(),
)
def test_a_table_of_valid_numbers_without_a_named_column_is_always_asked(
    names: list[str], data: st.DataObject
) -> None:
    numbers = st.sampled_from(["+12025550101", "2025550102", "(202) 555-0103", "+442079460018"])
    rows: Sequence[Sequence[str]] = data.draw(
        st.lists(st.lists(numbers, min_size=len(names), max_size=len(names)), min_size=1, max_size=4)
    )
    found = guess_mapping(names, rows, region="US", has_header=True)
    assert found.questions
    assert found.numbers == ()


@pytest.mark.parametrize("letters", [("A", "B"), ("a", "e"), ("X", "Y")])
def test_columns_that_a_letter_tells_apart_are_asked(letters: tuple[str, str]) -> None:
    """`A` is an article in some languages, and was read as one: the other column was not even a candidate."""
    first, second = letters
    found = guess(f"name,Phone {first},Phone {second}\nAnn,{FAX},{PHONE}\nBob,+12025550162,+12025550163")
    assert found.questions == ("which-number",)
    assert found.asked[0].columns == (1, 2)


@pytest.mark.parametrize(
    "header",
    ["accountant phone", "Steuerberater Telefon", "Telefoon baas", "telefon przełożonego", "Plumber mobile"],
)
def test_a_phone_of_somebody_nobody_thought_of_is_asked_though_it_is_alone(header: str) -> None:
    found = guess(f"name,{header}\nAnn,{FAX}\nBob,{PHONE}")
    assert found.questions == ("which-number",)
    assert found.numbers == ()


def test_cells_beyond_the_header_become_no_variables() -> None:
    found = guess_mapping(
        ["name", "phone", "column_3"],
        [["Ann", PHONE, "late"], ["Bob", FAX, ""]],
        region=None,
        has_header=True,
    )
    assert [column.role for column in found.columns] == [Role.VARIABLE, Role.NUMBER, Role.LEFT_OUT]


@pytest.mark.parametrize(
    "text, columns",
    [
        (
            f"List Office Phone,Owner Phone\n{FAX},{PHONE}\n{FAX},+12025550162",
            ["List Office Phone", "Owner Phone"],
        ),
        (
            f"From Number,To Number,Direction\n{PHONE},{FAX},in\n+12025550162,{FAX},in",
            ["To Number", "From Number"],
        ),
        (f"Cust Cell,Cust Home\n{PHONE},{FAX}\n,+12025550162", ["Cust Cell", "Cust Home"]),
    ],
)
def test_a_number_beside_the_named_one_is_shown(text: str, columns: list[str]) -> None:
    assert asked(guess(text)) == columns


@pytest.mark.parametrize("name", ["Phone belongs to", "Phone owner", "Whose phone is it"])
def test_words_beside_a_number_say_whose_it_is(name: str) -> None:
    text = f"phone,{name}\n{PHONE},Mobile\n{FAX},mother"
    assert dialed(text) == [PHONE, None]


def test_the_same_number_in_a_column_about_phones_is_nothing_to_ask() -> None:
    text = f"Default Address Phone,Phone\n{PHONE},{PHONE}\n,{FAX}"
    assert dialed(text) == [PHONE, FAX]
