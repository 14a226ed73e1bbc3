"""A message: its variables, its parts, and the script that comes of it for one contact."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.message import (
    OPT_OUT_TEXT,
    MessageVariable,
    MissingValue,
    fill_variables,
    message_to_api,
    parse_message,
    parse_template,
    read_stored_message,
)
from campaign_app.domain.script import KeyAction, OnMachine, PlayRecording, SayText

HASH = "ab" * 32
SURVEY = {
    "text": "Hello {first_name|there}, your visit is {date}.",
    "language": "en-GB",
    "on_machine": "leave-message",
    "machine": {"recording": HASH},
    "keys": [
        {"digit": "1", "action": "repeat"},
        {"digit": "2", "action": "answer", "label": "Coming"},
        {"digit": "3", "action": "transfer", "to": "+442079460123"},
        {"digit": "9", "action": "opt-out"},
    ],
    "thanks_text": "Thanks, {first_name|friend}.",
}


@pytest.mark.parametrize(
    "text, pieces",
    [
        ("Hello", ("Hello",)),
        ("", ()),
        ("Hello {name}!", ("Hello ", MessageVariable("name"), "!")),
        ("{ First name | there }", (MessageVariable("First name", "there"),)),
        ("{name|}", (MessageVariable("name", ""),)),
        ("{a|b|c}", (MessageVariable("a", "b|c"),)),
        ("{{name}}", ("{", "name", "}")),
        ("{{{name}}}", ("{", MessageVariable("name"), "}")),
        ("100 %", ("100 %",)),
        ("{__class__.__mro__}", (MessageVariable("__class__.__mro__"),)),
    ],
)
def test_a_template_is_words_and_names(text: str, pieces: tuple[object, ...]) -> None:
    assert parse_template(text) == pieces


@pytest.mark.parametrize("text", ["{", "a } b", "{}", "{ | x}", "{a{b}}", "{name"])
def test_braces_that_make_no_sense_are_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"character \d+"):
        parse_template(text)


def test_values_fill_the_text_and_are_never_templates_themselves() -> None:
    assert fill_variables("Hi {a}, {b|you}", {"a": "{b} {{x}}", "b": "  "}) == "Hi {b} {{x}}, you"


@pytest.mark.parametrize("values", [{}, {"date": ""}, {"date": "  "}])
def test_a_value_that_is_missing_or_empty_is_named(values: dict[str, str]) -> None:
    with pytest.raises(MissingValue, match=r"\{date\}"):
        fill_variables("On {date}", values)


@given(st.text(), st.dictionaries(st.text(), st.text()))
def test_no_text_makes_anything_but_text_or_a_clear_error(text: str, values: dict[str, str]) -> None:
    try:
        filled = fill_variables(text, values)
    except ValueError as error:
        filled = str(error)
    assert filled or not text or "{" in text


def test_a_script_for_one_contact() -> None:
    message = parse_message(SURVEY)
    assert message.required_variables == ["date"]
    script = message.build_call_script({"first_name": "Ada", "date": "Monday"})
    assert script.message == (SayText("Hello Ada, your visit is Monday.", None, "en-GB"),)
    assert script.machine == (PlayRecording(HASH),)
    assert script.on_machine is OnMachine.LEAVE_MESSAGE
    assert [key.action for key in script.keys] == [
        KeyAction.REPEAT,
        KeyAction.SURVEY_RESPONSE,
        KeyAction.TRANSFER,
        KeyAction.OPT_OUT,
    ]
    assert script.confirm_opt_out == (SayText(OPT_OUT_TEXT, None, "en-GB"),)
    assert script.thanks == (SayText("Thanks, Ada.", None, "en-GB"),)
    assert len(script.all_segments()) == 4


def test_a_recording_replaces_the_words() -> None:
    script = parse_message({"text": "never {spoken}", "recording": HASH}).build_call_script({})
    assert script.message == (PlayRecording(HASH),)


def test_a_text_that_fills_to_nothing_is_no_message() -> None:
    with pytest.raises(ValueError, match="empty"):
        parse_message({"text": "{name|}"}).build_call_script({})


def test_what_the_api_gets_is_what_it_gave_without_the_defaults() -> None:
    assert message_to_api(parse_message(SURVEY)) == SURVEY
    assert message_to_api(parse_message({"text": "Hi", "keys": [], "on_machine": "as-human"})) == {
        "text": "Hi"
    }


def test_a_message_filled_for_one_person_names_nobody_else_and_keeps_braces_as_they_are() -> None:
    filled = parse_message(SURVEY).with_values({"first_name": "{x}", "date": "1 {May}"})
    assert not filled.is_personal
    assert filled.build_call_script({}).message == (
        SayText("Hello {x}, your visit is 1 {May}.", None, "en-GB"),
    )
    stored = json.dumps({"text": message_to_api(filled)["text"]})
    assert read_stored_message(stored).build_call_script({}).message[0] == SayText(
        "Hello {x}, your visit is 1 {May}."
    )


@pytest.mark.parametrize(
    "data, field",
    [
        (None, "message"),
        ("Hello", "message"),
        ({}, "message.text"),
        ({"text": " "}, "message.text"),
        ({"text": "a\0b"}, "message.text"),
        ({"text": "x" * 4001}, "message.text"),
        ({"text": "Hi {"}, "message.text"),
        ({"text": 3}, "message.text"),
        ({"text": "Hi", "sound": "x"}, "message.sound"),
        ({"recording": "../../etc/passwd"}, "message.recording"),
        ({"text": "Hi", "voice": "en; rm -rf /"}, "message.voice"),
        ({"text": "Hi", "language": "-v"}, "message.language"),
        ({"text": "Hi", "on_machine": "shout"}, "message.on_machine"),
        ({"text": "Hi", "machine": "x"}, "message.machine"),
        ({"text": "Hi", "machine": {}}, "message.machine.text"),
        ({"text": "Hi", "machine": {"text": "x", "keys": []}}, "message.machine.keys"),
        ({"text": "Hi", "keys": "9"}, "message.keys"),
        ({"text": "Hi", "keys": [9]}, "message.keys[0]"),
        ({"text": "Hi", "keys": [{"digit": "10", "action": "repeat"}]}, "message.keys[0].digit"),
        ({"text": "Hi", "keys": [{"digit": "1", "action": "explode"}]}, "message.keys[0].action"),
        ({"text": "Hi", "keys": [{"digit": "1", "action": "answer"}]}, "message.keys[0].label"),
        ({"text": "Hi", "keys": [{"digit": "1", "action": "transfer"}]}, "message.keys[0].to"),
        ({"text": "Hi", "keys": [{"digit": "1", "action": "repeat", "to": "12"}]}, "message.keys[0].to"),
        (
            {"text": "Hi", "keys": [{"digit": "1", "action": "repeat"}, {"digit": "1", "action": "opt-out"}]},
            "message.keys[1].digit",
        ),
        ({"text": "Hi", "thanks_text": "{"}, "message.thanks_text"),
    ],
)
def test_a_wrong_part_is_named(data: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        parse_message(data)
    assert [error.field for error in raised.value.errors] == [field]


def test_a_rehearsal_is_the_script_with_stand_ins_for_what_is_missing() -> None:
    message = parse_message({"text": "{a} {b|there} {c} {a}", "keys": [{"digit": "9", "action": "opt-out"}]})
    script, missing = message.preview_call_script({"b": "Bo", "c": " "}, lambda name: f"‹{name}›")
    assert (script.message, missing) == ((SayText("‹a› Bo ‹c› ‹a›"),), ["a", "c"])
    values = {"a": "{b}", "b": "", "c": "3"}
    assert message.preview_call_script(values, str) == (message.build_call_script(values), [])
    with pytest.raises(ValueError, match="empty"):
        parse_message({"text": "{a|}"}).preview_call_script({}, str)
