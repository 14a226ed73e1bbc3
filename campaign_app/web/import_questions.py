"""Import questions: the cards from whose values a person decides, and the columns with the use of each."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from campaign_app.domain.column_roles import Role
from campaign_app.services.imports import CheckView

from .import_words import (
    FLAG_LABELS,
    INVERTED,
    ROLE_LABELS,
    mask_digits,
    role_options,
    role_value,
)

COUNTED = re.compile(r"[;,]? *[0-9,]+ of [0-9,]+ valid$")
"""What a card says beside the column's name already."""
MOST_ENCODINGS = 3
"""Cards; the others are in the list of all."""
NOTICES = {
    "hidden-sheet": ("Is this the right sheet?", "Yes, call the people on this sheet"),
    "hidden-rows": ("What about the hidden rows?", "Call them like the others"),
    "hidden-columns": ("What about the hidden columns?", "I have looked at them"),
    "do-not-call-sheet": ("What about the do-not-call sheet?", "Continue: I have taken care of it"),
    "other-sheets": ("What about the other sheets?", "Continue with this sheet alone"),
    "labels": ("What about the labeled numbers?", "Continue with the numbers that are chosen"),
}
"""Questions about the file as a whole: their titles, and the answer by which one goes on."""
NUMBER_QUESTIONS = frozenset({"which-number", "no-number"})
ANSWERS = {
    ("do-not-call", Role.DO_NOT_CALL.value): "They must not be called: leave them out",
    ("do-not-call", INVERTED): "They must not be called: leave them out",
    ("do-not-call", Role.VARIABLE.value): "It means something else: call them",
    ("do-not-call", Role.LEFT_OUT.value): "It means nothing: call them",
    ("country", Role.COUNTRY.value): "A country: read the numbers as numbers there",
}
"""(code of a question, use of its column): the use in the question's words."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer to a question, shown as a card with values out of the file."""

    name: str
    value: str
    title: str
    mono: bool = False
    note: str = ""
    samples: tuple[str, ...] = ()
    help: str = ""
    checked: bool = False


@dataclass(frozen=True, slots=True)
class QuestionCard:
    id: str
    code: str
    short: str
    title: str
    help: str
    choices: tuple[Choice, ...]
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ColumnRow:
    """A column with its use. `asked`: the number of the question about it; `options` are (value, label)."""

    index: int
    name: str
    value: str
    options: tuple[tuple[str, str], ...]
    samples: tuple[str, ...]
    why: str
    asked: int | None = None
    has_card: bool = False
    region: str | None = None
    """For a number: the country of the column's numbers, empty for the rows' own or the file's."""

    @property
    def idle(self) -> bool:
        """Whether it has no value in the first rows, so that nobody needs to look at it."""
        return not self.samples and self.asked is None and self.value != Role.NUMBER


def question_cards(view: CheckView, form: Mapping[str, str] | None, *, full: bool) -> list[QuestionCard]:
    """The open questions, each with the answers to choose from."""
    cards = []
    columns = {column["index"]: column for column in view.columns}
    for place, question in enumerate(view.questions, 1):
        code = question["code"]
        asked = [columns[index] for index in question.get("columns", ()) if index in columns]
        posted = form or {}
        if code in NUMBER_QUESTIONS:
            card = _number_card(place, question, asked, posted, view.item.mode, full)
        elif code == "encoding":
            card = _encoding_card(place, view, posted)
        elif code == "header":
            card = _header_card(place, view, posted, full)
        elif code == "split-number":
            card = _split_card(place, question, asked, posted, full)
        elif code in NOTICES:
            card = _notice_card(place, question, posted)
        else:
            card = _role_card(place, question, asked, posted, full)
        cards.append(card)
    return cards


def _number_card(
    place: int,
    question: Mapping[str, Any],
    asked: list[dict[str, Any]],
    posted: Mapping[str, str],
    mode: str,
    full: bool,
) -> QuestionCard:
    chosen = posted.get("number")
    choices = [
        Choice(
            "number",
            str(column["index"]),
            column["name"],
            mono=True,
            note=f"{column.get('valid', 0):,} of {column['filled']:,} valid" if column.get("filled") else "",
            samples=_samples(column, full),
            help=COUNTED.sub("", str(column.get("why") or "")),
            checked=chosen == str(column["index"]),
        )
        for column in asked
    ]
    if choices:
        none = {1: "Not this one", 2: "Neither"}.get(len(choices), "None of these")
        choices.append(
            Choice("number", "none", none, help="Choose it under Columns below.", checked=chosen == "none")
        )
    return QuestionCard(
        f"q-{place}",
        question["code"],
        "Which column is the phone number?",
        "Which column holds the number to call?" if mode == "contacts" else "Which column holds the number?",
        str(question.get("sentence") or ""),
        tuple(choices),
        tuple(column["index"] for column in asked),
    )


def _samples(column: Mapping[str, Any], full: bool) -> tuple[str, ...]:
    return tuple(sample if full else mask_digits(sample) for sample in column["samples"][:3])


def _encoding_card(place: int, view: CheckView, posted: Mapping[str, str]) -> QuestionCard:
    """The likeliest is ticked beforehand: a mistake is only ugly here."""
    found = view.encoding_choices
    chosen = posted.get("encoding") or (found[0]["encoding"] if found else "")
    samples = _telling_cells([each["sample"] for each in found], view.item.delimiter or ",")
    choices = [
        Choice(
            "encoding",
            each["encoding"],
            each["label"],
            samples=sample,
            checked=chosen == each["encoding"],
        )
        for each, sample in zip(found, samples, strict=True)
        if each in found[:MOST_ENCODINGS] or each["encoding"] == chosen
    ]
    choices.append(Choice("encoding", "other", "Another one", checked=chosen == "other"))
    rows = (
        "This is one of its rows" if found and len(found[0]["sample"]) == 1 else "These are two of its rows"
    )
    return QuestionCard(
        f"q-{place}",
        "encoding",
        "How is the text written?",
        "Which looks right?",
        f"The file doesn’t say which text encoding it uses. {rows}, read in different ways.",
        tuple(choices),
        (),
    )


def _telling_cells(samples: list[list[str]], delimiter: str) -> list[tuple[str, ...]]:
    """Of the same rows, read in several ways, the cells that differ."""
    readings = [[next(csv.reader([line], delimiter=delimiter), []) for line in sample] for sample in samples]
    shown: list[list[str]] = [[] for _ in samples]
    for place in range(min((len(reading) for reading in readings), default=0)):
        rows = [reading[place] for reading in readings]
        width = min(len(row) for row in rows)
        telling = [index for index in range(width) if len({row[index] for row in rows}) > 1]
        for texts, row, sample in zip(shown, rows, samples, strict=True):
            texts.append(", ".join(row[index].strip() for index in telling) or sample[place])
    return [tuple(texts) for texts in shown]


def _header_card(place: int, view: CheckView, posted: Mapping[str, str], full: bool) -> QuestionCard:
    names = (view.item.understanding or {}).get("original_names") or [
        column["name"] for column in view.columns
    ]
    stored = "1" if view.item.has_header else "0"
    chosen = posted.get("header", stored)
    first = names if view.item.has_header else [(column["samples"] or [""])[0] for column in view.columns]
    samples = (" · ".join(text if full else mask_digits(text) for text in first[:6] if text),)
    return QuestionCard(
        f"q-{place}",
        "header",
        "What is the first row?",
        "What is the first row?",
        "It could be column names, or it could be the first person.",
        (
            Choice(
                "header",
                "1",
                "Names of the columns",
                samples=samples,
                help="It isn’t called.",
                checked=chosen == "1",
            ),
            Choice(
                "header",
                "0",
                "A person",
                samples=samples,
                help="They are called like the others.",
                checked=chosen == "0",
            ),
        ),
        (),
    )


def _split_card(
    place: int,
    question: Mapping[str, Any],
    asked: list[dict[str, Any]],
    posted: Mapping[str, str],
    full: bool,
) -> QuestionCard:
    """A number whose first half stands in another column: it is dialed as it stands, or not at all."""
    pairs = zip(*(_samples(column, full) for column in asked), strict=False)
    number = asked[-1]["name"] if asked else "the number"
    return QuestionCard(
        f"q-{place}",
        question["code"],
        "Is the number complete?",
        "Is the number complete?",
        str(question.get("sentence") or ""),
        (
            Choice(
                f"split-{place}",
                "keep",
                f"Yes, call {number} as it stands",
                samples=tuple(" | ".join(pair) for pair in pairs),
                checked=posted.get(f"split-{place}") == "keep",
            ),
        ),
        (),
    )


def _notice_card(place: int, question: Mapping[str, Any], posted: Mapping[str, str]) -> QuestionCard:
    """Something about the file that somebody must have read; another answer is another file or sheet."""
    title, answer = NOTICES[question["code"]]
    name = f"notice-{place}"
    return QuestionCard(
        f"q-{place}",
        question["code"],
        title,
        title,
        str(question.get("sentence") or ""),
        (Choice(name, "keep", answer, checked=posted.get(name) == "keep"),),
        (),
    )


def _role_card(
    place: int,
    question: Mapping[str, Any],
    asked: list[dict[str, Any]],
    posted: Mapping[str, str],
    full: bool,
) -> QuestionCard:
    """A question about what columns mean: the uses of each as cards, none of them chosen beforehand."""
    choices = []
    for column in asked:
        name = f"role-{column['index']}"
        for value in dict.fromkeys(
            INVERTED if candidate == Role.DO_NOT_CALL and column.get("inverted") else candidate
            for candidate in column.get("candidates") or (Role.VARIABLE.value, Role.LEFT_OUT.value)
        ):
            title = (
                ANSWERS.get((question["code"], value)) or FLAG_LABELS.get(value) or ROLE_LABELS[Role(value)]
            )
            choices.append(
                Choice(
                    name,
                    value,
                    title if len(asked) == 1 else f"{column['name']}: {title}",
                    samples=_samples(column, full),
                    checked=posted.get(name) == value,
                )
            )
    named = f"“{asked[0]['name']}”" if len(asked) == 1 else "these columns"
    return QuestionCard(
        f"q-{place}",
        question["code"],
        f"What does {named} mean?" if len(asked) == 1 else "What do these columns mean?",
        f"What does {named} mean?" if len(asked) == 1 else "What do these columns mean?",
        str(question.get("sentence") or ""),
        tuple(choices),
        tuple(column["index"] for column in asked),
    )


def columns_of(
    view: CheckView, questions: Iterable[QuestionCard], form: Mapping[str, str] | None, *, full: bool
) -> list[ColumnRow]:
    """The file's columns with the use that is stored, or that was posted and refused."""
    number = {index: place for place, card in enumerate(questions, 1) for index in card.columns}
    cards = {
        int(choice.name.removeprefix("role-"))
        for card in questions
        for choice in card.choices
        if choice.name.startswith("role-")
    }
    rows = []
    for column in view.columns:
        index = column["index"]
        asked = number.get(index)
        value = role_value(column)
        if asked is not None:
            value = ""
        if form is not None:
            value = form.get(f"role-{index}", value)
        rows.append(
            ColumnRow(
                index,
                column["name"],
                value,
                role_options(view.item, column, open_=asked is not None),
                _samples(column, full),
                _why(column, view.item.mode),
                asked,
                index in cards,
                _region(column, form),
            )
        )
    return rows


def _region(column: Mapping[str, Any], form: Mapping[str, str] | None) -> str | None:
    if column["role"] not in (Role.NUMBER, Role.SECOND_NUMBER):
        return None
    return (form or {}).get(f"region-{column['index']}", column.get("region") or "")


def _why(column: Mapping[str, Any], mode: str) -> str:
    if mode == "do_not_call" and column["role"] == Role.VARIABLE:
        return ""
    if column["role"] != column.get("guess", column["role"]):
        return "Chosen by hand"
    return str(column.get("why") or "")
