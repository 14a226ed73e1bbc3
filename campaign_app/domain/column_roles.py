"""Column roles: what each column of an uploaded file means, guessed or chosen, and whether that is certain.

Certain means named and alone: one column is called a phone number and nothing speaks against it. All else is asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from . import column_words
from .call_answers import has_forbidding_word, speaks_of_calls, speaks_of_writing
from .column_countries import find_named_country
from .column_names import (
    Kind,
    Meaning,
    NameReading,
    fold_name,
    hints_at_do_not_call,
    is_known_label,
    read_flag,
    read_label,
    read_name,
    read_permission,
    read_spoken,
    split_name,
)
from .column_notes import says_do_not_call
from .column_values import ValueProfile, is_date_text, profile_values
from .countries import country_name, find_country
from .csv_cells import MAX_NAME, plain
from .zone_names import looks_like_timezone

SAMPLE_ROWS = 200
SAMPLES = 3
LONGEST_SAMPLE = 60
LONGEST_LABEL = 3
"""Words that say what kind of number, or whose, it is."""


class Role(StrEnum):
    NUMBER = "number"
    SECOND_NUMBER = "second_number"
    COUNTRY = "country"
    EXTENSION = "extension"
    TIMEZONE = "timezone"
    STATE = "state"
    POSTAL_CODE = "postal_code"
    LANGUAGE = "language"
    DO_NOT_CALL = "do_not_call"
    CONSENT_AT = "consent_at"
    CONSENT_SOURCE = "consent_source"
    EXTERNAL_ID = "external_id"
    REASON = "reason"
    """Of a do-not-call file: why a number is on the list."""
    VARIABLE = "variable"
    LEFT_OUT = "left_out"


ALSO_VARIABLES = frozenset(
    {Role.COUNTRY, Role.TIMEZONE, Role.STATE, Role.POSTAL_CODE, Role.LANGUAGE, Role.EXTERNAL_ID}
)
"""Roles whose values a message may speak as well: they stay variables under their column's name."""


@dataclass(frozen=True, slots=True)
class Question:
    """Something that only a person can decide. `code` is one of which-number, no-number, do-not-call, country,
    split-number; `sentence` says what and why; `columns` are the indices of the columns to choose from.
    """

    code: str
    sentence: str
    columns: tuple[int, ...] = ()
    proposal: tuple[int, ...] = ()
    """An order of preference that the names suggest; nothing is dialed by it unless it is chosen."""


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """What a column seems to be. `filled` of the first rows have a value, `valid` of them are phone numbers."""

    index: int
    name: str
    role: Role
    variable: str | None
    why: str
    samples: tuple[str, ...]
    candidates: tuple[Role, ...]
    certain: bool
    filled: int = 0
    valid: int = 0
    label: int | None = None
    """For a number: the column that says, row by row, what kind of number it is (Google's `Phone 1 - Label`)."""
    inverted: bool = False
    """For a do-not-call flag: the column says who may be called, so that “no” is what forbids it."""
    marks: bool = False
    """For do-not-call: only values such as “DNC” forbid it; the column has others, as a `Status` does."""
    region: str | None = None
    """For a number: the country that its name has, as `Phone (UK)` does."""


@dataclass(frozen=True, slots=True)
class MappingGuess:
    """`numbers`: the columns to dial, in the order of preference. `asked` is empty if all is certain."""

    columns: tuple[ColumnGuess, ...]
    numbers: tuple[int, ...]
    asked: tuple[Question, ...]

    @property
    def questions(self) -> tuple[str, ...]:
        return tuple(question.code for question in self.asked)


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """A column's role as it is used. `variable` is the name under which the message has its value, or None."""

    index: int
    name: str
    role: Role
    variable: str | None = None
    label: int | None = None
    inverted: bool = False
    marks: bool = False
    region: str | None = None
    """For a number: the country of this column's numbers, by its name or by choice."""
    cleared: bool = False
    """A person looked at what the column says about calls, and has it called all the same."""
    any_label: bool = False
    """For a number: a person left its label column out, so that labels which nobody knows do not count."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """The columns in the file's order, and those with numbers in the order of preference."""

    columns: tuple[MappedColumn, ...]
    numbers: tuple[int, ...]
    left_out: tuple[str, ...] = ()
    """Countries (ISO 3166 alpha-2) whose numbers a person has left out."""

    @property
    def roles(self) -> tuple[Role, ...]:
        return tuple(column.role for column in self.columns)

    @property
    def names(self) -> tuple[str, ...]:
        """Each column's variable, or its own name."""
        return tuple(column.variable or column.name for column in self.columns)

    def to_json(self) -> dict[str, Any]:
        columns = []
        for column in self.columns:
            item: dict[str, Any] = {"index": column.index, "column": column.name, "role": column.role.value}
            if column.variable is not None:
                item["name"] = column.variable
            if column.label is not None:
                item["label"] = column.label
            if column.inverted:
                item["inverted"] = True
            if column.marks:
                item["marks"] = True
            if column.region is not None:
                item["region"] = column.region
            if column.cleared:
                item["cleared"] = True
            if column.any_label:
                item["any_label"] = True
            columns.append(item)
        left_out = {"left_out_countries": list(self.left_out)} if self.left_out else {}
        return {"columns": columns, "numbers": list(self.numbers), **left_out}

    @classmethod
    def from_json(cls, value: MappingOf[str, Any]) -> Mapping:
        """What `to_json` wrote."""
        columns = tuple(
            MappedColumn(
                item["index"],
                item["column"],
                Role(item["role"]),
                item.get("name"),
                item.get("label"),
                item.get("inverted", False),
                item.get("marks", False),
                item.get("region"),
                item.get("cleared", False),
                item.get("any_label", False),
            )
            for item in value["columns"]
        )
        return cls(columns, tuple(value["numbers"]), tuple(value.get("left_out_countries", ())))


@dataclass(slots=True)
class _Column:
    """A column while it is looked at."""

    index: int
    name: str
    cells: list[str]
    reading: NameReading
    profile: ValueProfile
    role: Role = Role.VARIABLE
    why: str = ""
    certain: bool = True
    candidates: tuple[Role, ...] = (Role.VARIABLE, Role.LEFT_OUT)
    label: int | None = None
    inverted: bool = False
    marks: bool = False
    variable: str | None = None
    region: str | None = None
    """The country in its name; `doubtful_region` where that may mean something else."""
    doubtful_region: str | None = None

    @property
    def is_named_number(self) -> bool:
        return self.reading.meaning is Meaning.NUMBER

    @property
    def title(self) -> str:
        return f"“{self.name[:LONGEST_SAMPLE]}”"

    @property
    def counted(self) -> str:
        return f"{self.profile.valid:,} of {self.profile.filled:,} valid"


@dataclass(slots=True)
class _Decision:
    """Which columns to dial, in order, if that is certain; else what to ask."""

    numbers: list[_Column] = field(default_factory=list)
    question: Question | None = None


VICIDIAL = (
    "vendor_lead_code", "source_id", "list_id", "phone_code", "phone_number", "title", "first_name", "middle_initial",
    "last_name", "address1", "address2", "address3", "city", "state", "province", "postal_code", "country_code",
    "gender", "date_of_birth", "alt_phone", "email", "security_phrase", "comments",
)  # fmt: skip
"""The standard order of VICIdial's lead files, which have no header."""


def guess_mapping(
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    region: str | None,
    has_header: bool,
    message_variables: Collection[str] = (),
    listing: bool = False,
    keeps_reasons: bool = False,
    pasted: bool = False,
) -> MappingGuess:
    """What the columns of a file mean, by their names and the cells of its first rows.

    `region` reads numbers of rows that name no country; `message_variables` are the names that the message speaks.
    With `listing` it is a do-not-call file: all of a person's numbers are to be listed, not one of them called, and
    with `keeps_reasons` each with its reason; with `pasted` a list of numbers and names, whose words are judged row by
    row.
    Where it is not certain which columns to dial, none has the role of a number, and a question is asked. Never
    raises; the same file is always guessed alike.
    """
    rows = rows[:SAMPLE_ROWS]
    # A list of numbers has no header, but whoever read it knows what its columns are.
    has_header = has_header or not all(re.fullmatch(r"column_\d+_*", name) for name in names)
    if not has_header and _is_vicidial(names, rows, region):
        names = [*VICIDIAL[: len(names)], *names[len(VICIDIAL) :]]
        has_header = True
    columns = _look_at(names, rows, region, has_header)
    questions = _assign_roles(columns, asks_about_marks=not listing and not pasted, listing=listing)
    if listing and has_header and (every := _find_every_number(columns)):
        decision = _doubt(every[:1], columns) if len(every) == 1 else None
        decision = decision or _Decision(numbers=every)
    else:
        decision = _find_numbers(columns) if has_header else _find_unnamed_numbers(columns)
    _assign_numbers(columns, decision)
    questions += _ask_about_regions(decision.numbers)
    questions += _ask_about_labels(columns)
    if decision.question is not None:
        questions.insert(0, decision.question)
    elif (split := _ask_about_area_code(columns, decision.numbers)) is not None:
        questions.append(split)
    for column in columns:
        if has_header and column.role is Role.VARIABLE and re.fullmatch(r"column_\d+_*", column.name):
            # Cells beyond the header, or under an empty one: nobody could name them in a message.
            column.role, column.why = Role.LEFT_OUT, "Its header is empty"
    if keeps_reasons and (reason := _assign_reason(columns)) is not None:
        # "Opt-out reason": whether it says who must not be called is no question any more.
        questions = [
            each for each in questions if (each.code, each.columns) != ("do-not-call", (reason.index,))
        ]
    _name_variables(columns, message_variables)
    guesses = tuple(
        ColumnGuess(
            index=column.index,
            name=column.name,
            role=column.role,
            variable=column.variable,
            why=column.why,
            samples=_samples(column.cells),
            candidates=column.candidates,
            certain=column.certain,
            filled=column.profile.filled,
            valid=column.profile.valid,
            label=column.label,
            inverted=column.inverted,
            marks=column.marks,
            region=column.region,
        )
        for column in columns
    )
    return MappingGuess(guesses, tuple(column.index for column in decision.numbers), tuple(questions))


def _samples(cells: Iterable[str]) -> tuple[str, ...]:
    samples: list[str] = []
    for cell in cells:
        if cell:
            samples.append(cell if len(cell) <= LONGEST_SAMPLE else cell[: LONGEST_SAMPLE - 1] + "…")
        if len(samples) == SAMPLES:
            break
    return tuple(samples)


def _look_at(
    names: Sequence[str], rows: Sequence[Sequence[str]], region: str | None, has_header: bool
) -> list[_Column]:
    places = [find_named_country(name) if has_header else None for name in names]
    readings = [
        read_name(place.rest if place is not None else name) if has_header else NameReading(Meaning.OTHER)
        for name, place in zip(names, places, strict=True)
    ]
    cells = [[plain(row[index]) if index < len(row) else "" for row in rows] for index in range(len(names))]
    countries = [index for index, reading in enumerate(readings) if reading.meaning is Meaning.COUNTRY]
    regions: list[str | None] = []
    for row in range(len(rows)):
        found = (find_country(cells[index][row]) for index in countries)
        regions.append(next((country.region for country in found if country is not None), region))
    columns = []
    for index, (name, place) in enumerate(zip(names, places, strict=True)):
        own = [place.region] * len(rows) if place is not None and place.certain else regions
        column = _Column(index, name, cells[index], readings[index], profile_values(cells[index], own))
        if place is not None:
            column.region = place.region if place.certain else None
            column.doubtful_region = None if place.certain else place.region
        columns.append(column)
    named = [column for column in columns if column.is_named_number]
    for column in named:
        column.label = find_label(column.index, readings)
    numbers = [column for column in named if not _is_refuted(column)]
    if len(numbers) == 1 and numbers[0].label is None:
        numbers[0].label = _find_owner_label(columns)
    return columns


def _find_owner_label(columns: Sequence[_Column]) -> int | None:
    """The column that says, row by row, whose the only number is: `Phone belongs to` over `self` and `mother`."""
    for column in columns:
        about = column.reading.meaning in (Meaning.LABEL, Meaning.ABOUT_PHONE)
        if column.profile.nature or not (about or (column.is_named_number and _is_refuted(column))):
            continue
        filled = [cell for cell in column.cells if cell]
        if max((len(cell.split()) for cell in filled), default=LONGEST_LABEL + 1) <= LONGEST_LABEL and any(
            not read_label(cell)[1] for cell in filled
        ):
            return column.index
    return None


def find_label(index: int, readings: Sequence[NameReading]) -> int | None:
    """The column that says what kind of number column `index` has: `Phone 1 - Label` for `Phone 1 - Value`."""
    stem = readings[index].stem
    for other, reading in enumerate(readings):
        if reading.meaning is Meaning.LABEL and reading.stem == stem:
            return other
    return None


# What the columns beside the number are.


def _assign_roles(columns: Sequence[_Column], *, asks_about_marks: bool, listing: bool) -> list[Question]:
    questions = []
    for column in columns:
        question = _assign_role(column, asks_about_marks, listing)
        if question is not None:
            questions.append(question)
            column.certain = False
    ids = [column for column in columns if _is_external_id(column)]
    if ids:
        column = next((column for column in ids if "ext" in fold_name(column.name)), ids[0])
        column.role, column.why = Role.EXTERNAL_ID, "Named so, and different in every row"
        column.candidates = (Role.EXTERNAL_ID, Role.VARIABLE, Role.LEFT_OUT)
    return questions


def _is_external_id(column: _Column) -> bool:
    profile = column.profile
    return (
        column.reading.meaning is Meaning.ID
        and 0 < profile.filled == profile.rows == profile.distinct
        and not profile.dates
        and max(map(len, column.cells)) <= 128
    )


def _assign_role(column: _Column, asks_about_marks: bool, listing: bool) -> Question | None:
    """The role of a column by its name, if its values agree."""
    profile, meaning = column.profile, column.reading.meaning
    column.why = _why_variable(column)
    filled = [cell for cell in column.cells if cell]
    meanings = [meaning, *sorted(column.reading.also, key=lambda other: other.value)]
    for possible in meanings:
        role = _ROLES.get(possible)
        if role is None:
            continue
        if _fits(possible, filled) or (possible is Meaning.TIMEZONE and _names_only_zones(column.name)):
            column.role, column.why = role, "Named so" if filled else "Named so; empty in the first rows"
            column.candidates = (role, Role.VARIABLE, Role.LEFT_OUT)
            return None
    if meaning is Meaning.COUNTRY and filled and len(meanings) == 1:
        return _ask_about_country(column, filled)
    if meaning is Meaning.DO_NOT_CALL:
        return _read_do_not_call(column, filled)
    if meaning is Meaning.OTHER_OPT_OUT and (profile.yes or profile.dates):
        column.candidates = (Role.DO_NOT_CALL, Role.VARIABLE, Role.LEFT_OUT)
        return Question(
            "do-not-call",
            f"{column.title} says yes for {profile.yes or profile.dates:,} of the first {profile.rows:,} rows. "
            "Does it also mean that they must not be called?",
            (column.index,),
        )
    if meaning is Meaning.PERMISSION:
        return _read_permission_column(column, filled)
    if meaning is not Meaning.OTHER_OPT_OUT and asks_about_marks and any(map(says_do_not_call, filled)):
        # On a do-not-call list a note says why a number is on it.
        return _ask_about_marks(column, filled)
    if (
        asks_about_marks
        and meaning is not Meaning.OTHER_OPT_OUT
        and _is_flag(column)
        and hints_at_do_not_call(column.name)
    ):
        return _ask_about_flag(column, filled)
    if (asks_about_marks or listing) and (
        question := _ask_about_answers(column, filled, listing)
    ) is not None:
        return question
    if meaning is Meaning.SOMEBODY_ELSE and (profile.valid or profile.plausible > profile.filled / 2):
        column.why = f"It is {column.reading.why}; never called"
        column.candidates = (Role.LEFT_OUT, Role.VARIABLE, Role.NUMBER, Role.SECOND_NUMBER)
        if column.reading.why in _MACHINES:
            column.role = Role.LEFT_OUT
    return None


ANOTHER_NUMBER = "another number, which may be somebody else's"
"""Why `Alternate Phone` is not called; a do-not-call file lists it."""
_MACHINES = ("a fax machine", "not a phone that a person answers")
_ROLES = {
    Meaning.COUNTRY: Role.COUNTRY,
    Meaning.EXTENSION: Role.EXTENSION,
    Meaning.TIMEZONE: Role.TIMEZONE,
    Meaning.STATE: Role.STATE,
    Meaning.POSTAL_CODE: Role.POSTAL_CODE,
    Meaning.LANGUAGE: Role.LANGUAGE,
    Meaning.CONSENT_AT: Role.CONSENT_AT,
    Meaning.CONSENT_SOURCE: Role.CONSENT_SOURCE,
}
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")


def _fits(meaning: Meaning, filled: Sequence[str]) -> bool:
    """Whether at least half of a column's values can be what its name says. An empty column is what it is called."""
    if not filled:
        return True
    tests: dict[Meaning, Callable[[str], bool]] = {
        Meaning.COUNTRY: lambda cell: find_country(cell) is not None,
        Meaning.EXTENSION: lambda cell: bool(re.fullmatch(r"(?:ext\.?|x|#)?\s*\d{1,7}", cell, re.IGNORECASE)),
        Meaning.TIMEZONE: looks_like_timezone,
        Meaning.STATE: lambda cell: 1 <= len(cell) <= 64 and not cell.isdigit(),
        Meaning.POSTAL_CODE: lambda cell: 2 <= len(cell) <= 12 and any(map(str.isdigit, cell)),
        Meaning.LANGUAGE: lambda cell: len(cell) <= 35,
        Meaning.CONSENT_AT: lambda cell: any(map(str.isdigit, cell)) or read_permission(cell) is not None,
        Meaning.CONSENT_SOURCE: lambda cell: True,
    }
    return sum(map(tests[meaning], filled)) * 2 >= len(filled)


def _names_only_zones(name: str) -> bool:
    """Whether a column is called a time zone in so many words: a mere `Zone` may be a part of town."""
    return fold_name(name) not in ("zone", "zona", "zones", "zonas", "tz")


def _why_variable(column: _Column) -> str:
    profile = column.profile
    if not profile.filled:
        return "Empty in the first rows"
    if profile.nature:
        return profile.nature.capitalize()
    if column.reading.meaning in (Meaning.ID, Meaning.OTHER_ID) and column.reading.why:
        return f"{column.reading.why.capitalize()}; never called"
    if column.reading.meaning is Meaning.LABEL:
        return "Says what kind of number it is"
    if profile.counts_up:
        return "Counts up from row to row"
    if profile.identities >= 0.8 * profile.filled:
        return "Identity, account or card numbers by their check digits; never called"
    if profile.valid:
        return "Not named as a phone number; never called"
    return "A value for the message"


def _ask_about_country(column: _Column, filled: Sequence[str]) -> Question | None:
    if all(cell.isdigit() for cell in filled):
        # A prefix that is no calling code: the first half of the number.
        column.reading = NameReading(Meaning.AREA_CODE, "named so")
        return None
    if sum(len(cell) <= 4 for cell in filled) * 2 >= len(filled):
        # "Prefix": Mr, Dr.
        return None
    column.candidates = (Role.COUNTRY, Role.VARIABLE, Role.LEFT_OUT)
    return Question(
        "country",
        f"{column.title} is named as a country, but most of its values are not known as countries. "
        "Choose whether numbers are read by it.",
        (column.index,),
    )


def _read_do_not_call(column: _Column, filled: Sequence[str]) -> Question | None:
    column.role, column.why = Role.DO_NOT_CALL, "It says who must not be called"
    column.candidates = (Role.DO_NOT_CALL, Role.VARIABLE, Role.LEFT_OUT)
    unread = [cell for cell in filled if read_flag(cell) is None and not is_date_text(cell)]
    if not unread and not (column.reading.unknown and column.profile.dates):
        if column.profile.yes or column.profile.dates:
            column.why += (
                f": {column.profile.yes + column.profile.dates:,} of the first {column.profile.rows:,} rows"
            )
        return None
    example = unread[0] if unread else filled[0]
    return Question(
        "do-not-call",
        f"{column.title} seems to say who must not be called, but values such as “{example[:LONGEST_SAMPLE]}” are "
        "neither yes nor no. Used as do-not-call, everybody with such a value is left out.",
        (column.index,),
    )


def _is_flag(column: _Column) -> bool:
    return column.profile.filled > 0 and column.profile.flags >= 0.8 * column.profile.filled


def _ask_about_flag(column: _Column, filled: Sequence[str]) -> Question:
    """A flag whose name has a word such as `exclude` among others."""
    column.role, column.why = Role.DO_NOT_CALL, "It may say who must not be called"
    column.candidates = (Role.DO_NOT_CALL, Role.VARIABLE, Role.LEFT_OUT)
    return Question(
        "do-not-call",
        f"{column.title} may say who must not be called: it has values such as “{filled[0][:LONGEST_SAMPLE]}”. "
        "Are those with a yes to be left out?",
        (column.index,),
    )


def _ask_about_answers(column: _Column, filled: Sequence[str], listing: bool) -> Question | None:
    """A question about a column whose name speaks of calls, contact or consent, where somebody says no to it; in a
    do-not-call file only where others say yes, who are not to be listed then."""
    if not speaks_of_calls(column.name):
        return None
    refusals = [cell for cell in filled if read_spoken(cell) is False]
    answers = sum(read_permission(cell) is not None or is_date_text(cell) for cell in filled)
    if answers < 0.8 * len(filled):
        return _ask_about_marks(column, filled) if refusals and not listing else None
    spoken = any(read_spoken(cell) is not None for cell in filled)
    if not spoken and speaks_of_writing(column.name):
        return None
    column.inverted = spoken or not has_forbidding_word(column.name)
    if column.inverted:
        left_out = [cell for cell in filled if read_permission(cell) is False]
    else:
        left_out = [cell for cell in filled if read_permission(cell) is True or is_date_text(cell)]
    if not left_out or (listing and len(left_out) == len(filled)):
        column.inverted = False
        return None
    column.role, column.why = Role.DO_NOT_CALL, "It may say who must not be called"
    column.candidates = (Role.DO_NOT_CALL, Role.VARIABLE, Role.LEFT_OUT)
    return Question(
        "do-not-call",
        f"{column.title} says “{left_out[0][:LONGEST_SAMPLE]}” in {len(left_out):,} of the first "
        f"{column.profile.rows:,} rows. Does it mean that these people must not be called?",
        (column.index,),
    )


def _ask_about_marks(column: _Column, filled: Sequence[str]) -> Question:
    """A column with another purpose, in which some rows say that the person must not be called."""
    spoken = speaks_of_calls(column.name)
    marked = [cell for cell in filled if says_do_not_call(cell) or (spoken and read_spoken(cell) is False)]
    column.role, column.marks = Role.DO_NOT_CALL, True
    column.why = f"Some values say who must not be called: “{marked[0][:LONGEST_SAMPLE]}”"
    column.candidates = (Role.DO_NOT_CALL, Role.VARIABLE, Role.LEFT_OUT)
    return Question(
        "do-not-call",
        f"{column.title} says “{marked[0][:LONGEST_SAMPLE]}” in {len(marked):,} of the first "
        f"{column.profile.rows:,} rows. Are those people to be left out?",
        (column.index,),
    )


def _read_permission_column(column: _Column, filled: Sequence[str]) -> Question | None:
    refused = sum(read_permission(cell) is False for cell in filled)
    if not refused:
        return None
    column.inverted = True
    column.candidates = (Role.DO_NOT_CALL, Role.VARIABLE, Role.LEFT_OUT)
    column.role, column.why = (
        Role.DO_NOT_CALL,
        "It says who may be called: whoever has a no there is left out",
    )
    return Question(
        "do-not-call",
        f"{column.title} says no for {refused:,} of the first {column.profile.rows:,} rows. "
        "Does it mean that they must not be called?",
        (column.index,),
    )


def _split_words(words: column_words.Words) -> frozenset[str]:
    return frozenset(word.strip() for text in words.values() for word in text.split(","))


REASON_WORDS = _split_words(column_words.REASONS)
NOTE_WORDS = _split_words(column_words.NOTES)
NO_REASON_WORDS = _split_words(column_words.NO_REASONS)
NO_NOTE_WORDS = _split_words(column_words.NO_NOTES)
WRITER_WORDS = _split_words(column_words.WRITERS)
OF_WORDS = _split_words(column_words.OF)
_DAY_IN_WORDS = re.compile(
    r"\b\d{1,2}\w{0,2}\W+(?:[^\W\d]{2}\W+)?[^\W\d]{3,}(?:\W+(?:[^\W\d]{2}\W+)?\d{2,4}\b|\W*\Z)"
    r"|\b[^\W\d]{3,}\W+\d{1,2}(?:[^\W\d]{2})?(?:\W+\d{4}\b|\W*\Z)"
)
"""`2 Nov 2026`, `2 de noviembre de 2026`, `November 2nd, 2026`, `2. November`."""
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")


def _assign_reason(columns: Sequence[_Column]) -> _Column | None:
    """The column that says why the numbers are on the list. The first of these: one that is named as a reason and
    nothing else, as a reason with further words, as a note, as something of a reason (its date, its author, its id)
    that holds words nevertheless."""
    named = [(_rank_reason(split_name(column.name)), column) for column in columns]
    for rank in _Reason:
        for found, column in named:
            is_free = column.role is Role.VARIABLE and column.certain
            is_named_as_both = (
                column.role is Role.DO_NOT_CALL and rank is not _Reason.NOTE and not _is_flag(column)
            )
            if (
                found is rank
                and (is_free or is_named_as_both)
                and not _is_of_figures(column)
                and (rank is not _Reason.OF_A_REASON or _tells_why(column))
            ):
                column.role, column.why = Role.REASON, "Named so; kept with each number"
                column.candidates = (Role.REASON, Role.LEFT_OUT)
                column.inverted = column.marks = False
                return column
    return None


class _Reason(StrEnum):
    """What a column's name says of reasons, the most certain first."""

    REASON = "a reason"
    WITH_MORE = "a reason, and how it came about"
    NOTE = "a note"
    OF_A_REASON = "its date, its author, its id"


def _rank_reason(words: Sequence[str]) -> _Reason | None:
    others = (NO_NOTE_WORDS | WRITER_WORDS).intersection(words)
    if REASON_WORDS.isdisjoint(words) or not NO_REASON_WORDS.isdisjoint(words):
        is_note = not NOTE_WORDS.isdisjoint(words) and NO_NOTE_WORDS.isdisjoint(words)
        return _Reason.NOTE if is_note else None
    if not others:
        return _Reason.REASON
    # “Reason entered by”, “Opt-out reason ID”; “Date of the opt-out reason”.
    says_of_it = words[-1] in others or (words[0] in others and words[1] in OF_WORDS)
    if says_of_it or OF_WORDS.union(REASON_WORDS, others).issuperset(words):
        return _Reason.OF_A_REASON
    return _Reason.WITH_MORE


def _tells_why(column: _Column) -> bool:
    """Whether at least half of the values have words, and are neither days nor ids; names neither, where the column's
    name speaks of who wrote something down."""
    filled = [cell for cell in column.cells if plain(cell)]
    is_of_writers = not WRITER_WORDS.isdisjoint(split_name(column.name))
    telling = 0
    for cell in filled:
        pieces = [piece.strip('.,:;!?()[]"“”„/') for piece in _DAY_IN_WORDS.sub(" ", cell).split()]
        words = [piece for piece in pieces if len(piece) > 1 and _WORD.fullmatch(piece)]
        if is_of_writers:
            telling += len(words) > 2 and 2 * sum(word[0].isupper() for word in words) < len(words)
        else:
            telling += len(words) > 1 or (len(words) == 1 and len(words[0]) > 2 and not words[0].isupper())
    return 0 < len(filled) <= 2 * telling


def _is_of_figures(column: _Column) -> bool:
    """Whether the values are dates, numbers, flags or addresses: no words that could say why."""
    filled = [cell for cell in column.cells if plain(cell)]
    worded = sum(any(map(str.isalpha, cell)) for cell in filled)
    return bool(filled) and (bool(column.profile.nature) or 2 * worded < len(filled))


# Which columns hold the number to call.


def _find_every_number(columns: Sequence[_Column]) -> list[_Column]:
    """The columns of a do-not-call file that are named as numbers, or as `Home` beside them, in the order of
    preference; none where another column may hold numbers as well, which is to be asked."""
    rivals = [column for column in columns if _is_plain_reach(column)]
    if not all(column.reading.only_kind for column in rivals):
        return []
    named = [column for column in columns if column.is_named_number and not _is_refuted(column)]
    others = [
        column
        for column in columns
        if column.reading.why == ANOTHER_NUMBER and column.profile.valid and named
    ]
    return _prefer([*named, *rivals, *others])


def _ask_about_regions(numbers: Sequence[_Column]) -> list[Question]:
    """A question for each number whose name may have a country in it, or a word that looks like one."""
    questions = []
    for column in numbers:
        region = column.doubtful_region
        if region is None:
            continue
        column.certain = False
        questions.append(
            Question(
                "number-country",
                f"{column.title} may mean that its numbers are from {country_name(region)}, or something else. If "
                "they are, choose that country for numbers without a country code.",
                (column.index,),
            )
        )
    return questions


def _ask_about_labels(columns: Sequence[_Column]) -> list[Question]:
    """A question where numbers have labels in which some word is in no list: nobody knows whose they are."""
    unknown: dict[str, None] = {}
    labels: list[str] = []
    for column in columns:
        if column.label is None:
            continue
        cells = columns[column.label].cells
        found = [
            label
            for label, number in zip(cells, column.cells, strict=True)
            if number and label and not is_known_label(label) and read_label(label)[1]
        ]
        if found:
            unknown |= dict.fromkeys(found)
            labels.append(columns[column.label].title)
    if not unknown:
        return []
    named = ", ".join(f"“{label[:LONGEST_SAMPLE]}”" for label in list(unknown)[:SAMPLES])
    return [
        Question(
            "labels",
            f"Some numbers have labels that do not say whose they are, such as {named}. They are not called. If they "
            f"may be, leave the column {' and '.join(labels[:SAMPLES])} out.",
        )
    ]


def _find_numbers(columns: Sequence[_Column]) -> _Decision:
    named = [column for column in columns if column.is_named_number and not _is_refuted(column)]
    rivals = [column for column in columns if _is_plain_reach(column)]
    if not named:
        return _decide_without_name(columns, rivals)
    order = _same_person(named)
    exact = [column for column in named if column.reading.exact and column.reading.kind is Kind.PLAIN]
    if (
        order is None
        and len(exact) == 1
        and all(_is_longer_name(column) for column in named if column not in exact)
    ):
        order = exact
    if order is None:
        return _ask(
            [*named, *rivals],
            f"{_count(len(named))} columns are named as phone numbers. Choose the one to call; "
            "another one of the same person can be kept as a second number.",
            proposal=_prefer(named),
        )
    disputed = [column for column in columns if _holds_numbers(column) and _differs(column, order)]
    if disputed:
        return _ask(
            [*order, *rivals, *disputed],
            f"{order[0].title} is named as a phone number, and {disputed[0].title} holds some as well. Choose the one "
            "to call.",
        )
    if rivals:
        return _ask(
            [*order, *rivals],
            f"{_count(len(order) + len(rivals))} columns look like phone numbers. Choose the one to call; "
            "another one of the same person can be kept as a second number.",
            proposal=_prefer([*order, *rivals]) if all(rival.reading.only_kind for rival in rivals) else (),
        )
    doubtful = _doubt(order, columns)
    return doubtful or _Decision(numbers=order)


def _doubt(order: Sequence[_Column], columns: Sequence[_Column]) -> _Decision | None:
    """A question, if the values speak against the columns that are named as numbers."""
    if len(order) == 1 and order[0].profile.constant and _rows_differ(order[0], columns):
        return _ask(
            order,
            f"{order[0].title} has the same number in every row. Is it the number of the people to call?",
        )
    if len(order) == 1 and _is_ours(order[0], columns):
        others = [column for column in columns if column is not order[0] and _may_hold_numbers(column)]
        return _ask(
            [order[0], *others],
            f"{order[0].title} has the same number in every row, and {others[0].title} has others. Choose the one to "
            "call.",
        )
    strange = next((column for column in order if column.reading.unknown), None)
    if strange is not None:
        return _ask(
            order,
            f"{strange.title} may be somebody else’s phone. Is it the number of the people to call?",
            proposal=order,
        )
    rows = order[0].profile.rows
    if rows and not any(column.profile.filled for column in order):
        others = [column for column in columns if column not in order and _may_hold_numbers(column)]
        if others:
            sentence = f"{order[0].title} is empty in the first rows, and another column has numbers. Choose."
            return _ask([*order, *others], sentence)
    return None


def _is_ours(number: _Column, columns: Sequence[_Column]) -> bool:
    """Whether the number is one throughout, and another column's numbers differ: a log of calls that came in."""
    profile = number.profile
    return (
        profile.filled == profile.rows > 1
        and profile.distinct == 1
        and any(
            other is not number
            and other.profile.distinct > 1
            and other.profile.written >= 0.8 * other.profile.filled
            and _may_hold_numbers(other)
            for other in columns
        )
    )


def _differs(column: _Column, order: Sequence[_Column]) -> bool:
    """Whether a column has another number than those to call in some row: Shopify writes the same one twice."""
    return any(
        cell and cell not in {number.cells[row] for number in order} for row, cell in enumerate(column.cells)
    )


def _holds_numbers(column: _Column) -> bool:
    """Plainly written phone numbers below a name that seems to be about a phone, as `Owner Phone` does."""
    profile = column.profile
    return (
        column.reading.meaning is Meaning.ABOUT_PHONE
        and profile.filled > 0
        and not profile.nature
        and profile.written >= 0.8 * profile.filled
    )


def _rows_differ(column: _Column, columns: Sequence[_Column]) -> bool:
    return any(other is not column and other.profile.distinct > 1 for other in columns)


def _is_refuted(column: _Column) -> bool:
    """Values that are no phone numbers, whatever the name says: `May we call your phone?` with yes and no."""
    profile = column.profile
    if profile.nature and profile.dates and profile.valid == profile.filled < 3:
        # Eight digits of a Danish number may happen to be a day.
        return False
    return bool(profile.nature) or (
        not column.reading.exact and profile.filled > 0 and profile.plausible == 0
    )


def _is_plain_reach(column: _Column) -> bool:
    """A weak name (`Kontakt`, `to`) over values that are plainly written as phone numbers."""
    profile, reading = column.profile, column.reading
    if reading.meaning is not Meaning.WEAK_NUMBER or not profile.filled or profile.constant:
        return False
    if reading.only_kind:
        # `Home` beside `Mobile`: few rows may have one.
        return profile.valid >= 0.8 * profile.filled
    needed = profile.international if reading.only_number_word else profile.written
    return needed >= 0.8 * profile.filled and profile.filled * 2 >= profile.rows


def _may_hold_numbers(column: _Column) -> bool:
    """Whether a person should be shown the column as one that might be dialed."""
    profile = column.profile
    if not profile.filled or profile.nature or column.reading.meaning in (Meaning.DATE, Meaning.AMOUNT):
        return False
    if column.role not in (Role.VARIABLE, Role.LEFT_OUT, Role.EXTENSION):
        return False
    if column.reading.meaning in (Meaning.ID, Meaning.OTHER_ID) or profile.identities >= 0.8 * profile.filled:
        return False
    return profile.valid >= 0.2 * profile.filled or (
        profile.valid == 0 and profile.plausible >= 0.8 * profile.filled
    )


def _decide_without_name(columns: Sequence[_Column], rivals: Sequence[_Column]) -> _Decision:
    others = [
        column
        for column in columns
        if column not in rivals and _may_hold_numbers(column) and not _is_callers(column)
    ]
    if len(rivals) == 1 and not others and not rivals[0].reading.only_kind:
        rivals[0].why = "The only column with numbers, and they are written as phone numbers"
        return _Decision(numbers=[rivals[0]])
    candidates = [
        column for column in columns if column in rivals or column in others or column.is_named_number
    ]
    if not candidates:
        return _Decision(
            question=Question(
                "no-number",
                "No column is named as a phone number, and none looks like one. Choose the column with the numbers to "
                "call, or upload a file that has one.",
            )
        )
    strangers = [column for column in candidates if column.reading.meaning is Meaning.SOMEBODY_ELSE]
    reason = f" {strangers[0].title} seems to be {strangers[0].reading.why}." if strangers else ""
    return _ask(
        candidates, f"No column is plainly named as the phone number.{reason} Choose the one to call."
    )


def _is_callers(column: _Column) -> bool:
    """The line that calls out, as in a call log: one number throughout."""
    profile = column.profile
    return column.reading.meaning is Meaning.SOMEBODY_ELSE and profile.distinct == 1 and profile.filled > 1


def _count(number: int) -> str:
    return {2: "Two", 3: "Three", 4: "Four", 5: "Five", 6: "Six"}.get(number, str(number))


def _ask(candidates: Sequence[_Column], sentence: str, proposal: Sequence[_Column] = ()) -> _Decision:
    for column in candidates:
        column.certain = False
        column.candidates = (Role.NUMBER, Role.SECOND_NUMBER, Role.VARIABLE, Role.LEFT_OUT)
        column.why = f"{'Named so' if column.is_named_number else _why_candidate(column)}; {column.counted}"
    indices = tuple(dict.fromkeys(column.index for column in candidates))
    return _Decision(
        question=Question("which-number", sentence, indices, tuple(column.index for column in proposal))
    )


def _why_candidate(column: _Column) -> str:
    if column.reading.meaning is Meaning.SOMEBODY_ELSE:
        return f"It seems to be {column.reading.why}"
    if column.reading.meaning is Meaning.WEAK_NUMBER:
        return "The name may mean a phone number, or something else"
    return "Not named as a phone number"


def _same_person(named: Sequence[_Column]) -> list[_Column] | None:
    """The columns in the order of preference, if one is alone or their names tell that they are one person's."""
    if len(named) == 1:
        return list(named)
    if all(column.label is not None for column in named):
        return sorted(named, key=lambda column: (_place(column), column.index))
    whose = {column.reading.whose for column in named} - {frozenset()}
    if len(whose) > 1 or any(column.reading.unknown for column in named):
        return None
    kinds = Counter(column.reading.kind for column in named)
    # Numbered columns (Home Phone, Home Phone 2) go together; of mobile and plain ones there is one each.
    alike = Counter((column.reading.kind, column.reading.place, _words(column)) for column in named)
    single = kinds[Kind.PLAIN] <= 1 and _unnumbered(named)[Kind.MOBILE] <= 1
    return _prefer(named) if len(kinds) > 1 and single and max(alike.values()) == 1 else None


def _place(column: _Column) -> int:
    """The 2 of `Phone 2 - Value`."""
    return int(column.reading.place) if re.fullmatch(r"[0-9]{1,3}", column.reading.place) else 0


def _words(column: _Column) -> str:
    return re.sub(r"\d+", "", fold_name(column.name))


def _unnumbered(named: Sequence[_Column]) -> Counter[Kind]:
    """How many columns of each kind have no number in their name; `Home Phone 2` goes with `Home Phone`."""
    return Counter(column.reading.kind for column in named if not column.reading.place)


def _prefer(named: Sequence[_Column]) -> list[_Column]:
    """Mobile, then home or primary, then what is not said, then work and others; as in the file where equal."""
    return sorted(
        named,
        key=lambda column: (
            column.reading.kind.value,
            "primary" not in column.name.casefold(),
            column.reading.place,
            column.index,
        ),
    )


def _is_longer_name(column: _Column) -> bool:
    """A name that contains a word for phones and a word that nobody knows: `Phone` beats `Depot Phone`."""
    return column.reading.unknown and not column.reading.whose


def _assign_numbers(columns: Sequence[_Column], decision: _Decision) -> None:
    for place, column in enumerate(decision.numbers):
        column.role = Role.SECOND_NUMBER if place else Role.NUMBER
        column.candidates = (
            column.role,
            Role.NUMBER if place else Role.SECOND_NUMBER,
            Role.VARIABLE,
            Role.LEFT_OUT,
        )
        if not column.is_named_number:
            lead = column.why
        elif len(decision.numbers) == 1:
            lead = "Named so, the only one"
        elif place:
            lead = "Named so; called where the ones before it have no number"
        else:
            lead = "Named so; called first"
        column.why = f"{lead}; {column.counted}"
    for column in columns:
        if decision.numbers and column.is_named_number and column not in decision.numbers:
            column.why = f"Another column is named more plainly as the number; {column.counted}"
            column.candidates = (Role.VARIABLE, Role.SECOND_NUMBER, Role.NUMBER, Role.LEFT_OUT)


def _ask_about_area_code(columns: Sequence[_Column], numbers: Sequence[_Column]) -> Question | None:
    """A question, if the number's first half stands in a column of its own."""
    areas = [
        column for column in columns if column.reading.meaning is Meaning.AREA_CODE and column.profile.filled
    ]
    if not areas or len(numbers) != 1:
        return None
    area, number = areas[0], numbers[0]
    pairs = [
        (re.sub(r"\D", "", code).lstrip("0"), re.sub(r"\D", "", cell))
        for code, cell in zip(area.cells, number.cells, strict=True)
        if code and cell
    ]
    apart = sum(bool(code) and code not in cell[: len(code) + 4] for code, cell in pairs)
    if apart * 2 < len(pairs) or not pairs:
        return None
    area.certain = number.certain = False
    return Question(
        "split-number",
        f"The area code stands in a column of its own, {area.title}, and only {number.title} would be dialed. "
        "Put both into one column, and upload the file again, or choose the columns as they are.",
        (area.index, number.index),
    )


# Files without names.


def _find_unnamed_numbers(columns: Sequence[_Column]) -> _Decision:
    """The one column with numbers, if it is all that a list has, or its numbers are plainly written as such."""
    filled = [column for column in columns if column.profile.filled]
    likely = [
        column for column in filled
        if column.profile.plausible * 2 >= column.profile.filled and not column.profile.nature
    ]  # fmt: skip
    if len(likely) == 1:
        column = likely[0]
        profile = column.profile
        others = [other for other in filled if other is not column and other.profile.plausible]
        alone = len(filled) == 1 and profile.valid > 0
        plainly = profile.valid > 0 and profile.written >= 0.8 * profile.valid
        if not others and (alone or plainly):
            column.why = "The only column with numbers"
            return _Decision(numbers=[column])
    candidates = [column for column in filled if column.profile.plausible and not column.profile.nature]
    if not candidates:
        sentence = "The file has no column names, and no column looks like phone numbers. Choose one."
        return _Decision(question=Question("no-number", sentence))
    return _ask(candidates, "The file has no column names. Choose the column with the numbers to call.")


def _is_vicidial(names: Sequence[str], rows: Sequence[Sequence[str]], region: str | None) -> bool:
    """Whether the rows have the shape of VICIdial's standard order: list, calling code and number in columns 3 to 5."""
    readable = [row for row in rows if any(map(str.strip, row))]
    if not 7 <= len(names) <= len(VICIDIAL) + 30 or not readable:
        return False
    fitting = 0
    for row in readable:
        cells = [plain(cell) for cell in row]
        if (
            len(cells) < 6
            or not re.fullmatch(r"\d{1,3}", cells[3])
            or not re.fullmatch(r"\d{0,14}", cells[2])
        ):
            continue
        country = find_country(cells[3])
        words = all(not any(map(str.isdigit, cell)) for cell in cells[5:9])
        if country is None or not words or not any(cells[6:9]):
            continue
        fitting += profile_values([cells[4]], [country.region]).valid
    return fitting >= 0.8 * len(readable)


def _name_variables(columns: Sequence[_Column], message_variables: Collection[str]) -> None:
    """The names under which the message has the values: the columns' own, none twice."""
    wanted = {fold_name(name): name for name in message_variables}
    taken: set[str] = set()
    for column in columns:
        folded = fold_name(column.name)
        used = folded in wanted
        if used and column.role is Role.LEFT_OUT:
            column.role = Role.VARIABLE
        if not may_have_variable(column.role):
            continue
        name = free_name(clean_variable(column.name) or f"column_{column.index + 1}", taken)
        taken.add(fold_name(name))
        column.variable = name
        if used and column.role is Role.VARIABLE:
            column.why = f"Your message uses it as {{{wanted[folded]}}}"


def clean_variable(name: str) -> str:
    """A column's name as a variable's: what has a meaning in messages (braces, the bar) becomes a blank."""
    return re.sub(r"[\s{}|\x00-\x1f]+", " ", name).strip()[:MAX_NAME].strip()


def mapping_of(guess: MappingGuess) -> Mapping:
    """The guess as a mapping; to be used only where nothing is asked, or to show what would become of it."""
    columns = tuple(
        MappedColumn(
            index=column.index,
            name=column.name,
            role=column.role,
            variable=column.variable,
            label=column.label,
            inverted=column.inverted,
            marks=column.marks,
            region=column.region,
        )
        for column in guess.columns
    )
    return Mapping(columns, guess.numbers)


def may_have_variable(role: Role) -> bool:
    return role is Role.VARIABLE or role in ALSO_VARIABLES


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, or the name with a number behind it where another column has it."""
    free, again = name, 2
    while fold_name(free) in taken:
        tail = f"_{again}"
        free, again = name[: MAX_NAME - len(tail)] + tail, again + 1
    return free
