"""Columns that say who must not be called, in the words of many languages."""

from __future__ import annotations

import pytest

from campaign_app.domain.chosen_mapping import validate_mapping
from campaign_app.domain.column_names import Meaning, read_name
from campaign_app.domain.column_roles import Role, guess_mapping, mapping_of
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.number_rules import EVERY_COUNTRY
from campaign_app.domain.row_reading import NewContact, RowReader, RowRefusal

NAMES = [
    *(
        "stop",
        "STOP flag",
        "Anrufverbot",
        "Sperrvermerk",
        "recusa",
        "отказ",
        "NCPR",
        "DNCR",
        "TPS",
        "CTPS",
        "Bloctel",
    ),
    *(
        "Robinson",
        "Exclude",
        "ineligible",
        "Unreachable",
        "不要致电",
        "Опт-аут",
        "revoked",
        "wrong number",
        "Deceased",
    ),
    *(
        "Verstorben",
        "décédé",
        "fallecido",
        "overleden",
        "deceduto",
        "falecido",
        "zmarły",
        "умер",
        "помер",
        "elhunyt",
    ),
    *(
        "zemřel",
        "decedat",
        "avliden",
        "kuollut",
        "vefat",
        "已故",
        "死亡",
        "사망",
        "נפטר",
        "متوفى",
        "Deceased?",
        "is_deceased",
    ),
    *(
        "DNCR registered",
        "TPS status",
        "Do Not Call",
        "Wrong Number Flag",
        "falsche Nummer",
        "número equivocado",
    ),
    *("Widerruf", "refus", "odmowa", "rifiuto", "ret", "除外", "수신거부", "ห้ามโทร", "không gọi"),
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("yes", ["yes", "Y", "x", "1"])
def test_a_column_that_is_called_so_keeps_people_from_being_called(name: str, yes: str) -> None:
    rows = [["+12025550101", yes], ["+12025550102", ""], ["+12025550103", "no"]]
    guess = guess_mapping(["phone", name], rows, region=None, has_header=True)
    assert guess.columns[1].role is Role.DO_NOT_CALL
    assert not guess.columns[1].inverted
    reader = RowReader(mapping_of(guess), region=None, rules=EVERY_COUNTRY)
    results = [reader.read(row) for row in rows]
    assert [isinstance(result, NewContact) for result in results] == [False, True, True]
    refusal = results[0]
    assert isinstance(refusal, RowRefusal)
    assert (refusal.code, refusal.phones) == ("do-not-call", ("+12025550101",))


@pytest.mark.parametrize(
    "name",
    [
        "Bus stop",
        "Stop address",
        "Date removed from stock",
        "Exclusive offer",
        "name",
        "status",
        "notes",
        "flag",
    ],
)
def test_other_names_do_not(name: str) -> None:
    assert read_name(name).meaning is not Meaning.DO_NOT_CALL


NOTES = [
    "bitte nicht mehr anrufen",
    "ne plus appeler",
    "no llamar",
    "non chiamare",
    "не звонить",
    "請勿致電",
    "DNC",
]


@pytest.mark.parametrize("note", NOTES)
def test_a_note_among_the_first_rows_is_asked_about(note: str) -> None:
    rows = [["+12025550101", "wants an offer"], ["+12025550102", note]]
    guess = guess_mapping(["phone", "notes"], rows, region=None, has_header=True)
    assert guess.questions == ("do-not-call",)
    assert note in guess.asked[0].sentence
    columns = {"columns": [{"index": 0, "role": "number"}, {"index": 1, "role": "do_not_call"}]}
    reader = RowReader(validate_mapping(columns, guess), region=None, rules=EVERY_COUNTRY)
    assert [isinstance(reader.read(row), NewContact) for row in rows] == [True, False]
    columns["columns"][1]["role"] = "variable"
    reader = RowReader(validate_mapping(columns, guess), region=None, rules=EVERY_COUNTRY)
    assert [isinstance(reader.read(row), NewContact) for row in rows] == [True, True]


@pytest.mark.parametrize("note", NOTES)
def test_a_note_further_down_costs_its_row(note: str) -> None:
    guess = guess_mapping(["phone", "notes"], [["+12025550101", "hello"]], region=None, has_header=True)
    assert guess.questions == ()
    reader = RowReader(mapping_of(guess), region=None, rules=EVERY_COUNTRY)
    refusal = reader.read(["+12025550102", note])
    assert isinstance(refusal, RowRefusal)
    assert refusal.code == "note"
    assert note in refusal.reason


@pytest.mark.parametrize("name", ["exclude_from_wave_2", "Deceased per family", "Ausschluss laut Liste"])
def test_a_flag_with_such_a_word_among_others_is_asked_about(name: str) -> None:
    rows = [["+12025550101", "yes"], ["+12025550102", "no"]]
    guess = guess_mapping(["phone", name], rows, region=None, has_header=True)
    assert guess.questions == ("do-not-call",)
    texts = [["+12025550101", "Main St"], ["+12025550102", "Elm St"]]
    assert guess_mapping(["phone", name], texts, region=None, has_header=True).questions == ()


def listed(names: str, row: list[str]) -> list[str]:
    """The numbers that a do-not-call file's row puts on the list, and codes of what it cannot."""
    guess = guess_mapping(names.split(","), [row], region="US", has_header=True, listing=True)
    assert guess.questions == ()
    reader = RowReader(mapping_of(guess), region="US", rules=EVERY_COUNTRY, listing=True)
    return [
        result.phone if isinstance(result, NewContact) else result.code for result in reader.read_listed(row)
    ]


@pytest.mark.parametrize(
    "names, row, expected",
    [
        ("phone", ["617 555 0101"], ["+16175550101"]),
        ("mobile,home,work", ["617 555 0101", "617 555 0102", "617 555 0103"], [1, 2, 3]),
        ("phone1,phone2", ["617 555 0101", "617 555 0102"], [1, 2]),
        ("Home Phone,Work Phone,Mobile", ["617 555 0101", "", "617 555 0103"], [3, 1]),
        ("phone", ["617 555 0101 / 617 555 0102"], [1, 2]),
        ("phone", ["617 555 0101; 617 555 0102"], [1, 2]),
        ("Telefon,Handy", ["+1 617 555 0101", "+1 617 555 0102"], [2, 1]),
        ("Téléphone fixe,Téléphone portable", ["617 555 0101", "617 555 0102"], [2, 1]),
        ("phone,phone_2", ["617 555 0101", "12"], [1, "too-short"]),
        ("Phone,Alternate Phone,Other Phone", ["617 555 0101", "617 555 0102", "617 555 0103"], [1, 2, 3]),
        ("Phone,Spouse phone,Fax", ["617 555 0101", "617 555 0102", "617 555 0103"], [1]),
        ("phone,phone_2", ["617 555 0101", "617-555-0101"], [1]),
        ("phone,mobile", ["12", "617 555 0102"], [2, "too-short"]),
        ("phone,do not call", ["617 555 0101", "no"], ["not-flagged"]),
        ("phone,do not call,deceased", ["617 555 0101", "no", "yes"], [1]),
        ("phone,reason", ["617 555 0101", "asked not to be called"], [1]),
    ],
)
def test_a_do_not_call_file_lists_every_number_of_its_rows(
    names: str, row: list[str], expected: list[str | int]
) -> None:
    wanted = [f"+161755501{each:02}" if isinstance(each, int) else each for each in expected]
    assert sorted(listed(names, row)) == sorted(wanted)


@pytest.mark.parametrize(
    "name, values, role",
    [
        ("Reason", ["asked by phone", "moved away"], "reason"),
        ("Motif", ["a demandé", ""], "reason"),
        ("Opt-out reason", ["asked by phone", "moved away"], "reason"),
        ("Do not call reason", ["asked by phone", ""], "reason"),
        ("Grund der Sperre", ["will keine Anrufe", "umgezogen"], "reason"),
        ("Widerspruchsgrund", ["Brief", "E-Mail"], "reason"),
        ("Do not call, any reason", ["yes", "no"], "do_not_call"),
        ("Notes", ["asked on 2 Nov", "3 calls too many"], "reason"),
        *[
            (name, ["asked by phone", "moved away"], "reason")
            for name in (
                "Reason given by customer",
                "Reason for no further calls",
                "Data protection reason",
                "Grund (von Kunde)",
                "Time / reason",
            )
        ],
        ("Note by", ["Ann", "Bob"], "variable"),
        ("Raison sociale", ["Dupont SA", "Martin & fils"], "variable"),
        ("Razón social", ["Pérez SL", "Gómez SA"], "variable"),
        ("Date of note", ["by letter", "in May"], "variable"),
        ("No. of notes", ["two", "three"], "variable"),
        ("Note", ["2026-11-02", "2026-11-03"], "variable"),
        ("Notes", ["3", "12"], "variable"),
    ],
)
def test_a_column_is_the_reason_only_where_it_says_why(name: str, values: list[str], role: str) -> None:
    rows = [[f"+1202555010{n}", value] for n, value in enumerate(values)]
    guess = guess_mapping(
        ["phone", name], rows, region=None, has_header=True, listing=True, keeps_reasons=True
    )
    assert guess.columns[1].role.value == role
    assert not guess.questions or role == "do_not_call"


NAMES, SAID, DAYS = ["Ann Lee", "Bob"], ["asked by phone", "moved"], ["2 Nov 2026", "3. März 2026"]


@pytest.mark.parametrize(
    "columns, chosen",
    [
        ({"Reason author": NAMES, "Reason": SAID}, "Reason"),
        ({"Reason by": NAMES, "Notes": SAID}, "Notes"),
        ({"Reason date": DAYS, "Comment": SAID}, "Comment"),
        ({"Opt-out reason ID": ["A1", "R-13"], "Comment": SAID}, "Comment"),
        ({"Notes": SAID, "Reason given by customer": SAID}, "Reason given by customer"),
        ({"Date / reason": ["2 Nov: asked", "3 Nov: moved"], "Notes": SAID}, "Notes"),
        ({"Date / reason": ["2 Nov 2026: asked", "moved"]}, "Date / reason"),
        ({"Reason by": ["asked by phone", "Wants no calls"]}, "Reason by"),
        *(
            ({name: values}, None)
            for names, values in (
                (("Reason author", "Begründung von", "Grund (von wem)", "Reason entered by"), NAMES),
                (("Autor del motivo", "Motif saisi par", "Author of the opt-out reason"), NAMES),
                (("Reason ID", "Reason no.", "Reason number"), ["A1", "R-12"]),
                (("Fecha del motivo", "Reason date", "Grund Datum", "Date of opt-out reason"), DAYS),
            )
            for name in names
        ),
    ],
)
def test_what_a_column_is_named_beside_a_reason_decides_which_is_kept(
    columns: dict[str, list[str]], chosen: str | None
) -> None:
    guess = guess_mapping(
        ["phone", *columns],
        [[f"+1202555010{n}", *cells] for n, cells in enumerate(zip(*columns.values(), strict=True))],
        region=None,
        has_header=True,
        listing=True,
        keeps_reasons=True,
    )
    found = [
        name for name, column in zip(columns, guess.columns[1:], strict=True) if column.role.value == "reason"
    ]
    assert found == ([chosen] if chosen else [])


def test_a_list_that_keeps_no_reasons_refuses_the_role() -> None:
    guess = guess_mapping(
        ["phone", "why"], [["+12025550101", "x"]], region=None, has_header=True, listing=True
    )
    chosen = {"columns": [{"index": 0, "role": "number"}, {"index": 1, "role": "reason"}]}
    assert validate_mapping(chosen, guess, listing=True).roles[1] == "reason"
    with pytest.raises(InvalidInput) as caught:
        validate_mapping(chosen, guess, listing=True, keeps_reasons=False)
    [error] = caught.value.errors
    assert (error.field, error.message) == ("columns[1].role", "a list keeps no reasons; use left_out")
