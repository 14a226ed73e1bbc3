"""Columns that speak of calls in words that no list of names has, and texts that wish for no more of them."""

from __future__ import annotations

import pytest

from campaign_app.domain.chosen_mapping import validate_mapping
from campaign_app.domain.column_notes import says_do_not_call
from campaign_app.domain.column_roles import MappingGuess, Role, guess_mapping, mapping_of
from campaign_app.domain.number_rules import EVERY_COUNTRY
from campaign_app.domain.row_reading import NewContact, RowReader, RowRefusal


def guess(name: str, *values: str) -> MappingGuess:
    rows = [[f"+1202555010{place}", value] for place, value in enumerate(values)]
    return guess_mapping(["phone", name], rows, region=None, has_header=True)


def called(name: str, *values: str) -> list[bool]:
    """Who is called, if the question is answered with yes."""
    understood = guess(name, *values)
    assert understood.questions == ("do-not-call",)
    chosen = {"columns": [{"index": 0, "role": "number"}, {"index": 1, "role": "do_not_call"}]}
    reader = RowReader(validate_mapping(chosen, understood), region=None, rules=EVERY_COUNTRY)
    return [
        isinstance(reader.read([f"+1202555010{place}", value]), NewContact)
        for place, value in enumerate(values)
    ]


@pytest.mark.parametrize(
    "name, may, may_not",
    [
        ("Do not allow Phone Calls", "Allow", "Do Not Allow"),
        ("Do not allow Phone Calls", "No", "Yes"),
        ("Phone Calls", "Allow", "Don't Allow"),
        ("No trucar", "no", "sí"),
        ("Не звъни", "не", "да"),
        ("Moenie bel nie", "nee", "ja"),
        ("Ne plus contacter", "", "1"),
        ("拒收", "否", "是"),
        ("Would you like us to call you?", "Yes", "No"),
        ("May we contact you by phone?", "Yes, please", "No, thanks"),
        ("Do you agree to receive calls?", "I agree", "I do not agree"),
        ("tcpa_opt_in", "true", "false"),
        ("Opt Status", "IN", "OUT"),
        ("Receive calls", "On", "Off"),
        ("privacy.calls", "allow", "deny"),
        ("Anrufe", "erwünscht", "unerwünscht"),
        ("Piekrišana", "jā", "nē"),
        ("Phone contact allowed", "☑", "☐"),
        ("Contact Status", "New", "Blocked"),
        ("unsub_date", "", "2026-10-01"),
    ],
)
def test_a_no_to_calls_in_any_words_is_asked_about(name: str, may: str, may_not: str) -> None:
    assert called(name, may, may_not, may) == [True, False, True]


def test_a_do_not_call_file_is_asked_about_those_who_say_yes() -> None:
    rows = [["+12025550101", "Do Not Allow"], ["+12025550102", "Allow"]]
    names = ["phone", "Phone Calls"]
    assert guess_mapping(names, rows, region=None, has_header=True, listing=True).questions == (
        "do-not-call",
    )
    assert guess_mapping(names, rows[:1], region=None, has_header=True, listing=True).questions == ()


@pytest.mark.parametrize(
    "name, may, may_not",
    [
        ("Do not allow Phone Calls", "Allow", "Do Not Allow"),
        ("Receive calls", "yes", "no"),
        ("No trucar", "no", "sí"),
    ],
)
def test_a_first_no_further_down_costs_its_row(name: str, may: str, may_not: str) -> None:
    understood = guess(name, may, may)
    assert understood.questions == ()
    reader = RowReader(mapping_of(understood), region=None, rules=EVERY_COUNTRY)
    assert isinstance(reader.read(["+12025550101", may]), NewContact)
    refusal = reader.read(["+12025550102", may_not])
    assert isinstance(refusal, RowRefusal)
    assert refusal.code == "note"
    assert name in refusal.reason


@pytest.mark.parametrize(
    "name, values",
    [
        ("Last contact", ["yes", "no"]),
        ("Call attempts", ["1", "0"]),
        ("Contacted", ["yes", "no"]),
        ("Call back?", ["yes", "no"]),
        ("Next call date", ["2026-12-01", "2026-12-02"]),
        ("Opt-in date", ["2026-12-01", "2026-12-02"]),
        ("Member", ["Yes", "No"]),
        ("Receive calls", ["yes", "yes"]),
        ("email_opt_in", ["true", "false"]),
        ("Contact", ["Ann Lee", "Bob Ray"]),
        ("Remarks", ["does not accept parcels", "agreed"]),
    ],
)
def test_other_columns_are_not(name: str, values: list[str]) -> None:
    understood = guess(name, *values)
    assert understood.questions == ()
    assert understood.columns[1].role is not Role.DO_NOT_CALL


@pytest.mark.parametrize(
    "text",
    [
        "Told me never to phone again",
        "no longer wishes to be contacted",
        "doesn't want any more phone calls",
        "Please take her name off the calling list",
        "Requested no further calls",
        "Herr M. möchte künftig nicht angerufen werden",
        "Ne souhaite plus qu'on l'appelle",
        "Pide que no le llamemos más",
        "Chiede di non essere più chiamato",
        "pediu para não ligar mais",
        "prosi o niedzwonienie",
        "просит ему не звонить",
        "Email only",
    ],
)
def test_a_wish_for_no_more_calls_is_heard_with_other_words_between(text: str) -> None:
    assert says_do_not_call(text)


@pytest.mark.parametrize(
    "text",
    [
        "could not be contacted, call back",
        "has not been called",
        "no longer at this number? try mobile",
        "does not like mail, call instead",
        "stopped by the office, wants a call",
        "take order from the list of May",
        "konnte nicht angerufen werden",
        "pas encore appelé",
        "no contesta, llamar mañana",
        "non risponde, richiamare",
        "не отвечает, звонить после 6",
    ],
)
def test_what_callers_note_is_no_such_wish(text: str) -> None:
    assert not says_do_not_call(text)
