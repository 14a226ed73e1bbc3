"""Campaign message: text with variables or a recording, what a machine hears, and a menu of keys.

A variable is a contact's value by its name in braces, `{first_name}`, with a default after a bar, `{first_name|there}`,
and how it is spoken after a colon, `{amount:money}`; `{{` and `}}` are the braces themselves. Nothing else is
evaluated: what stands in braces is a name, never code, and a value that looks like a variable is not filled in again.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from .errors import FieldError, InvalidInput
from .phone import PhoneError, find_example
from .phone import parse as parse_phone
from .script import CallScript, KeyAction, MenuKey, OnMachine, PlayRecording, SayText, Segment
from .spoken_values import FORMATS, SpokenValue, speak_value
from .spoken_words import find_voice_language
from .variables import find_value, fold_variable

LONGEST_TEXT = 4_000
DIGITS = "0123456789*#"
MOST_KEYS = len(DIGITS)
LONGEST_LABEL = 60
OPT_OUT_TEXT = "You will not be called again. Goodbye."
THANKS_TEXT = "Thank you. Goodbye."
PARTS = (
    "text",
    "recording",
    "voice",
    "language",
    "on_machine",
    "machine",
    "keys",
    "opt_out_text",
    "thanks_text",
)
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_FORMAT = re.compile(r"(?P<name>.*\S)\s*:(?P<gap>\s*)(?P<format>[A-Za-z][A-Za-z_-]*)", re.DOTALL)
_DOUBLED = re.compile(r"(?<!\{)\{\{\s*([^{}|:]+?)\s*(?:[|:][^{}]*)?\}\}(?!\})")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_VOICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")
_EXTENSION = re.compile(r"[0-9*#]{2,10}")


@dataclass(frozen=True, slots=True)
class MessageVariable:
    name: str
    default: str | None = None
    format: str | None = None
    """One of spoken_values.FORMATS; None: as it stands."""


@dataclass(frozen=True, slots=True)
class FormattedValue:
    """A contact's value that a message speaks by a format, and what is said."""

    name: str
    format: str
    value: str
    spoken: SpokenValue


@lru_cache(maxsize=256)
def parse_template(text: str) -> tuple[str | MessageVariable, ...]:
    """Words and variables in their order. ValueError says what is wrong with the braces or a format."""
    pieces: list[str | MessageVariable] = []
    at = 0
    for match in _PIECE.finditer(text):
        pieces.append(text[at : match.start()])
        at = match.end()
        if match[0] in ("{{", "}}"):
            pieces.append(match[0][0])
        elif match[1] is None:
            raise ValueError(
                f"a lone {match[0]} at character {match.start() + 1}: a variable is {{name}} or {{name|default}},"
                f" a brace itself is {match[0] * 2}"
            )
        else:
            name, bar, default = match[1].partition("|")
            if not name.strip():
                raise ValueError(
                    f"the braces {match[0]} at character {match.start() + 1} have no name in them: write {{name}},"
                    " with the name of a column"
                )
            name, spoken_as = _split_format(name.strip())
            pieces.append(MessageVariable(name, default.strip() if bar else None, spoken_as))
    pieces.append(text[at:])
    return tuple(piece for piece in pieces if piece != "")


def _split_format(text: str) -> tuple[str, str | None]:
    """The name and the format of `amount:money`. A column may have a colon in its name, with a blank behind it."""
    found = _FORMAT.fullmatch(text)
    if found is None or (found["gap"] and found["format"].lower() not in FORMATS):
        return text, None
    if found["format"].lower() not in FORMATS:
        raise ValueError(
            f"{{{text}}}: a value is spoken as {', '.join(FORMATS)}; “{found['format'][:40]}” is not known"
        )
    return found["name"], found["format"].lower()


def find_variables(text: str) -> list[MessageVariable]:
    return [piece for piece in parse_template(text) if isinstance(piece, MessageVariable)]


class MissingValue(ValueError):
    """A contact has no value, or an empty one, for a variable without a default."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"no value for {{{name}}}")


def fill_variables(text: str, values: Mapping[str, str], language: str | None = None) -> str:
    """The text with a contact's values; dates and amounts are said in `language`. Raises MissingValue."""
    return "".join(_fill_pieces(parse_template(text), values, language))


def _fill_pieces(
    pieces: tuple[str | MessageVariable, ...], values: Mapping[str, str], language: str | None
) -> Iterator[str]:
    for piece in pieces:
        if isinstance(piece, str):
            yield piece
            continue
        value = find_value(values, piece.name)
        if not value and piece.default is None:
            raise MissingValue(piece.name)
        if value and piece.format is not None:
            value = speak_value(value, piece.format, language).text
        yield value or piece.default or ""


@dataclass(frozen=True, slots=True)
class SpokenPart:
    """Words, or the recording (by SHA-256) that stands for them; a recording wins."""

    text: str = ""
    recording: str | None = None

    def to_segments(
        self, values: Mapping[str, str], voice: str | None, language: str | None
    ) -> tuple[Segment, ...]:
        if self.recording is not None:
            return (PlayRecording(self.recording),)
        filled_text = fill_variables(self.text, values, language or find_voice_language(voice))
        return (SayText(filled_text, voice, language),) if filled_text.strip() else ()


@dataclass(frozen=True, slots=True)
class Message:
    """Checked. See PARTS for the fields as the API has them."""

    human: SpokenPart
    voice: str | None = None
    language: str | None = None
    on_machine: OnMachine = OnMachine.AS_HUMAN
    machine: SpokenPart | None = None
    keys: tuple[MenuKey, ...] = ()
    opt_out_text: str = OPT_OUT_TEXT
    thanks_text: str = THANKS_TEXT

    @property
    def spoken_language(self) -> str | None:
        """In which language values are said: the message's, else the one that its voice names; None: in English."""
        return self.language or find_voice_language(self.voice)

    @property
    def required_variables(self) -> list[str]:
        """The names, each once, of the variables that every contact must have a value for."""
        wanted: dict[str, str] = {}
        for text in self._spoken_texts():
            for variable in find_variables(text):
                if variable.default is None:
                    wanted.setdefault(fold_variable(variable.name), variable.name)
        return list(wanted.values())

    def all_variables(self) -> list[MessageVariable]:
        """Every variable, each once, those with a default too."""
        found: dict[str, MessageVariable] = {}
        for text in self._spoken_texts():
            for variable in find_variables(text):
                found.setdefault(fold_variable(variable.name), variable)
        return list(found.values())

    @property
    def formats(self) -> tuple[tuple[str, str], ...]:
        """(name, one of FORMATS) of the variables that are said by a format, each pair once."""
        found: dict[tuple[str, str], tuple[str, str]] = {}
        for text in self._spoken_texts():
            for variable in find_variables(text):
                if variable.format is not None:
                    key = fold_variable(variable.name), variable.format
                    found.setdefault(key, (variable.name, variable.format))
        return tuple(found.values())

    def formatted(self, values: Mapping[str, str]) -> list[FormattedValue]:
        """What is said of a contact's values that have a format, each once."""
        found: dict[tuple[str, str], FormattedValue] = {}
        for text in self._spoken_texts():
            for variable in find_variables(text):
                value = find_value(values, variable.name)
                if variable.format is not None and value:
                    spoken = speak_value(value, variable.format, self.spoken_language)
                    key = fold_variable(variable.name), variable.format
                    found.setdefault(key, FormattedValue(variable.name, variable.format, value, spoken))
        return list(found.values())

    def doubled(self, names: Iterable[str]) -> list[str]:
        """Of `names` those that stand in double braces, as they do there: the name is spoken instead of the value."""
        known = {fold_variable(name) for name in names}
        written = (found[1] for text in self._spoken_texts() for found in _DOUBLED.finditer(text))
        return list(dict.fromkeys(name for name in written if fold_variable(name) in known))

    @property
    def is_personal(self) -> bool:
        """Whether what is said depends on the contact."""
        return any(find_variables(text) for text in self._spoken_texts())

    def with_values(self, values: Mapping[str, str]) -> Message:
        """The same message for one person, without variables. Raises MissingValue."""

        def fill_text(text: str) -> str:
            return fill_variables(text, values, self.spoken_language).replace("{", "{{").replace("}", "}}")

        return replace(
            self,
            human=replace(self.human, text=fill_text(self.human.text)),
            machine=None
            if self.machine is None
            else replace(self.machine, text=fill_text(self.machine.text)),
            opt_out_text=fill_text(self.opt_out_text),
            thanks_text=fill_text(self.thanks_text),
        )

    @property
    def has_transfer(self) -> bool:
        """Whether a key connects the callee with somebody, who takes a line, too."""
        return any(key.action is KeyAction.TRANSFER for key in self.keys)

    @property
    def recording_hashes(self) -> set[str]:
        spoken = (self.human, self.machine)
        return {part.recording for part in spoken if part is not None and part.recording is not None}

    def _spoken_texts(self) -> Iterator[str]:
        for part in (self.human, self.machine):
            if part is not None and part.recording is None:
                yield part.text
        yield self.opt_out_text
        yield self.thanks_text

    def build_call_script(self, values: Mapping[str, str]) -> CallScript:
        """What one contact hears. Raises MissingValue; ValueError when nothing at all would be said."""
        human = self.human.to_segments(values, self.voice, self.language)
        if not human:
            raise ValueError("the message is empty")
        actions = {key.action for key in self.keys}

        def segments_for(text: str, action: KeyAction) -> tuple[Segment, ...]:
            return (
                SpokenPart(text).to_segments(values, self.voice, self.language) if action in actions else ()
            )

        return CallScript(
            message=human,
            machine=()
            if self.machine is None
            else self.machine.to_segments(values, self.voice, self.language),
            on_machine=self.on_machine,
            keys=self.keys,
            confirm_opt_out=segments_for(self.opt_out_text, KeyAction.OPT_OUT),
            thanks=segments_for(self.thanks_text, KeyAction.SURVEY_RESPONSE),
        )

    def preview_call_script(
        self, values: Mapping[str, str], stand_in: Callable[[str], str]
    ) -> tuple[CallScript, list[str]]:
        """The script before anybody is called: `stand_in` (of the name; not empty) is said where a value is missing,
        and the names of those are told. Raises ValueError when nothing at all would be said."""
        filled_values, missing = dict(values), list[str]()
        while True:
            try:
                return self.build_call_script(filled_values), missing
            except MissingValue as gap:
                if gap.name in missing:
                    raise
                missing.append(gap.name)
                filled_values[gap.name] = stand_in(gap.name)


def parse_message(data: object, field: str = "message") -> Message:
    """A message in API shape. Raises Invalid with every wrong part at once."""
    if not isinstance(data, Mapping):
        raise InvalidInput([FieldError(field, 'give the message as {"text": "…"}')])
    checker = _MessageChecker(field)
    for part in data:
        if part not in PARTS:
            checker.add_error(str(part), f"not a part of a message; its parts are {', '.join(PARTS)}")
    machine = data.get("machine")
    on_machine = OnMachine.AS_HUMAN
    try:
        on_machine = OnMachine(data.get("on_machine") or OnMachine.AS_HUMAN)
    except ValueError:
        checker.add_error("on_machine", f"one of {', '.join(OnMachine)}")
    if machine is not None and not isinstance(machine, Mapping):
        checker.add_error("machine", 'give it as {"text": "…"} or {"recording": "…"}')
        machine = None
    message = Message(
        human=checker.parse_spoken("", data),
        voice=checker.match_pattern("voice", data.get("voice"), _VOICE, "letters, digits and . _ + - only"),
        language=checker.match_pattern(
            "language", data.get("language"), _VOICE, "a language tag such as en-GB"
        ),
        on_machine=on_machine,
        machine=None if machine is None else checker.parse_spoken("machine.", machine),
        keys=checker.parse_keys(data.get("keys")),
        opt_out_text=checker.parse_text("opt_out_text", data.get("opt_out_text"), OPT_OUT_TEXT),
        thanks_text=checker.parse_text("thanks_text", data.get("thanks_text"), THANKS_TEXT),
    )
    if checker.errors:
        raise InvalidInput(checker.errors)
    return message


class _MessageChecker:
    def __init__(self, field: str) -> None:
        self.field = field
        self.errors: list[FieldError] = []

    def add_error(self, part: str, text: str) -> None:
        self.errors.append(FieldError(f"{self.field}.{part}", text))

    def parse_text(self, part: str, value: object, default: str) -> str:
        if value is None or value == "":
            return default
        if not isinstance(value, str):
            self.add_error(part, "give it as text")
            return default
        value = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
        if len(value) > LONGEST_TEXT:
            self.add_error(part, f"{len(value):,} characters; {LONGEST_TEXT:,} at the most")
        if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in value):
            self.add_error(part, "holds control characters; take them out")
        try:
            parse_template(value)
        except ValueError as error:
            self.add_error(part, str(error))
            return default
        return value

    def parse_spoken(self, prefix: str, data: Mapping[Any, object]) -> SpokenPart:
        before = len(self.errors)
        recording = self.match_pattern(
            f"{prefix}recording", data.get("recording"), _SHA256, "a recording's sha256, as the list shows it"
        )
        text = self.parse_text(f"{prefix}text", data.get("text"), "")
        if not text and recording is None and len(self.errors) == before:
            self.add_error(f"{prefix}text", "give the words to be spoken, or a recording")
        if prefix:
            for part in data:
                if part not in ("text", "recording"):
                    self.add_error(f"{prefix}{part}", "not a part of it; its parts are text, recording")
        return SpokenPart(text, recording)

    def match_pattern(self, part: str, value: object, pattern: re.Pattern[str], wanted: str) -> str | None:
        if value is None or value == "":
            return None
        if not isinstance(value, str) or not pattern.fullmatch(value):
            self.add_error(part, wanted)
            return None
        return value

    def parse_keys(self, value: object) -> tuple[MenuKey, ...]:
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            self.add_error("keys", 'give a list such as [{"digit": "9", "action": "opt-out"}]')
            return ()
        keys: list[MenuKey] = []
        for number, item in enumerate(value):
            key = self.parse_key(f"keys[{number}]", item)
            if key is not None and any(key.digit == other.digit for other in keys):
                self.add_error(f"keys[{number}].digit", f"{key.digit} is there twice")
            elif key is not None:
                keys.append(key)
        return tuple(keys)

    def parse_key(self, part: str, item: object) -> MenuKey | None:
        if not isinstance(item, Mapping):
            self.add_error(part, 'give a key such as {"digit": "9", "action": "opt-out"}')
            return None
        before = len(self.errors)
        for name in item:
            if name not in ("digit", "action", "label", "to"):
                self.add_error(
                    f"{part}.{name}", "not a part of a key; its parts are digit, action, label, to"
                )
        digit, to, label = item.get("digit"), item.get("to") or None, item.get("label") or ""
        if not isinstance(digit, str) or len(digit) != 1 or digit not in DIGITS:
            self.add_error(f"{part}.digit", f"one of {' '.join(DIGITS)}")
        try:
            action = KeyAction(str(item.get("action")))
        except ValueError:
            self.add_error(f"{part}.action", f"one of {', '.join(KeyAction)}")
            return None
        if not isinstance(label, str) or len(label) > LONGEST_LABEL:
            self.add_error(f"{part}.label", f"text, {LONGEST_LABEL} characters at the most")
        elif action is KeyAction.SURVEY_RESPONSE and not label.strip():
            self.add_error(f"{part}.label", "say what the answer means")
        if action is KeyAction.TRANSFER:
            to = self.parse_target(f"{part}.to", to)
        elif to is not None:
            self.add_error(f"{part}.to", "only a transfer goes to somebody")
        if len(self.errors) > before:
            return None
        return MenuKey(str(digit), action, str(label).strip(), to if to is None else str(to))

    def parse_target(self, part: str, to: object) -> str | None:
        """An E.164 number, or an extension of the PBX."""
        if isinstance(to, str) and _EXTENSION.fullmatch(to):
            return to
        try:
            return parse_phone(to if isinstance(to, str) else "", None)
        except PhoneError:
            self.add_error(
                part,
                f"a phone number with its country code, such as {find_example(to if isinstance(to, str) else '')}, "
                "or an extension of 2 to 10 digits",
            )
            return None


def message_to_api(message: Message) -> dict[str, Any]:
    """The inverse of `parse_message`: what differs from the defaults, and the text always."""
    parts: dict[str, Any] = {"text": message.human.text}
    if message.human.recording:
        parts["recording"] = message.human.recording
    if message.voice:
        parts["voice"] = message.voice
    if message.language:
        parts["language"] = message.language
    if message.on_machine is not OnMachine.AS_HUMAN:
        parts["on_machine"] = message.on_machine.value
    if message.machine is not None:
        parts["machine"] = {
            name: value
            for name, value in (("text", message.machine.text), ("recording", message.machine.recording))
            if value
        }
    if message.keys:
        parts["keys"] = [_key_to_api(key) for key in message.keys]
    if message.opt_out_text != OPT_OUT_TEXT:
        parts["opt_out_text"] = message.opt_out_text
    if message.thanks_text != THANKS_TEXT:
        parts["thanks_text"] = message.thanks_text
    return parts


def _key_to_api(key: MenuKey) -> dict[str, str]:
    fields = {"digit": key.digit, "action": key.action.value, "label": key.label, "to": key.to or ""}
    return {name: value for name, value in fields.items() if value}


@lru_cache(maxsize=1024)
def read_stored_message(stored: str) -> Message:
    """A message as its column keeps it: API shape, as JSON text. Many calls have the same one: it is read once.

    Raises InvalidInput, and ValueError where it is not JSON at all.
    """
    return parse_message(json.loads(stored))
