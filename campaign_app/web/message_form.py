"""Message form: what people and machines hear, and the menu of keys.

As in the rest of the form, nothing is checked here: `domain.message.parse_message` does, for the API too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import FieldList, Form, FormField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from campaign_app.domain.message import MOST_KEYS, OPT_OUT_TEXT, THANKS_TEXT
from campaign_app.domain.script import KeyAction, OnMachine

ON_MACHINE = (
    (OnMachine.AS_HUMAN, "Play the message at once, as for a person"),
    (OnMachine.LEAVE_MESSAGE, "Leave a message after the beep"),
    (OnMachine.HANG_UP, "Hang up"),
)
KEY_ACTIONS = (
    (KeyAction.OPT_OUT, "Add to do-not-call"),
    (KeyAction.REPEAT, "Play the message again"),
    (KeyAction.SURVEY_RESPONSE, "Record it as an answer"),
    (KeyAction.TRANSFER, "Transfer the call"),
)
OPT_OUT_KEY = {"digit": "9", "action": KeyAction.OPT_OUT.value}
"""What the form of a new campaign proposes."""
NEW_KEY = {"digit": "", "action": KeyAction.SURVEY_RESPONSE.value, "label": "", "to": ""}
FIELD_ANCHORS: Sequence[tuple[str, str, str]] = (
    (r"message\.(recording|voice|language|on_machine|opt_out_text|thanks_text)", r"\1", "Message"),
    (r"message\.machine\.(text|recording)", r"machine_\1", "Message for machines"),
    (r"message\.machine", "machine_text", "Message for machines"),
    (r"message\.keys\[(\d+)\]\.(\w+)", r"keys-\1-\2", "Key {n}"),
    (r"message\.keys\[(\d+)\]", r"keys-\1-digit", "Key {n}"),
    (r"message\.keys", "keys", "Keys"),
    (r"message(\..*)?", "message", "Message"),
)
"""Where an error of the API's field belongs on the page."""


class KeyForm(Form):
    digit = StringField()
    action = SelectField(
        choices=[SelectChoice(a.value, words) for a, words in KEY_ACTIONS], validate_choice=False
    )
    label = StringField()
    to = StringField()


class MessageFields(Form):
    message = TextAreaField("Message")
    recording = SelectField("Recording instead of text", validate_choice=False)
    voice = StringField("Voice")
    language = StringField("Language")
    on_machine = SelectField(
        "If an answering machine picks up",
        choices=[SelectChoice(each.value, words) for each, words in ON_MACHINE],
        validate_choice=False,
    )
    machine_text = TextAreaField("Message for machines")
    machine_recording = SelectField("Recording for machines", validate_choice=False)
    keys = FieldList(FormField(KeyForm), "Keys", max_entries=MOST_KEYS)
    opt_out_text = TextAreaField("Said after “Add to do-not-call”")
    thanks_text = TextAreaField("Said after an answer")

    def offer_recordings(self, recordings: Sequence[tuple[str, str]]) -> None:
        """What can be chosen: (SHA-256, name)."""
        choices = [SelectChoice("", "None: the text is spoken")]
        choices += [SelectChoice(sha256, name) for sha256, name in recordings]
        self.recording.choices = choices
        self.machine_recording.choices = [SelectChoice("", "None"), *choices[1:]]


def from_api(message: Mapping[str, Any]) -> dict[str, Any]:
    """The form's data for a message in API shape."""
    machine = message.get("machine") or {}
    return {
        "message": message.get("text", ""),
        "recording": message.get("recording", ""),
        "voice": message.get("voice", ""),
        "language": message.get("language", ""),
        "on_machine": message.get("on_machine", OnMachine.AS_HUMAN.value),
        "machine_text": machine.get("text", ""),
        "machine_recording": machine.get("recording", ""),
        "keys": [{**NEW_KEY, **key} for key in message.get("keys", [])],
        "opt_out_text": message.get("opt_out_text", OPT_OUT_TEXT),
        "thanks_text": message.get("thanks_text", THANKS_TEXT),
    }


def to_api(form_data: Mapping[str, Any]) -> dict[str, Any]:
    """The API's shape of what was typed. A row of the menu that is wholly empty is no key."""
    machine = {"text": form_data["machine_text"], "recording": form_data["machine_recording"]}
    keys = [
        {name: value for name, value in key.items() if name != "csrf_token" and (value or name == "digit")}
        for key in form_data["keys"]
        if (key["digit"] or "").strip() or key["label"] or key["to"]
    ]
    parts: dict[str, Any] = {
        "text": form_data["message"] or "",
        "recording": form_data["recording"],
        "voice": (form_data["voice"] or "").strip(),
        "language": (form_data["language"] or "").strip(),
        "on_machine": form_data["on_machine"],
        "machine": {name: value for name, value in machine.items() if value},
        "keys": keys,
        "opt_out_text": form_data["opt_out_text"],
        "thanks_text": form_data["thanks_text"],
    }
    return {name: value for name, value in parts.items() if value or name == "text"}
