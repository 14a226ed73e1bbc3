"""Column roles: what each column of an uploaded file means, guessed or chosen, and whether that is certain.

Certain means named and alone: one column is called a phone number and nothing speaks against it. All else is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .csv_cells import MAX_NAME, plain
from .csv_columns import fold, looks_like_phone, names_phone
from .errors import FieldError, Invalid
from .phone import PhoneError, parse


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


@dataclass(frozen=True, slots=True)
class Mapping:
    """The columns in the file's order, and those with numbers in the order of preference."""

    columns: tuple[MappedColumn, ...]
    numbers: tuple[int, ...]

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
            columns.append(item)
        return {"columns": columns, "numbers": list(self.numbers)}

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
            )
            for item in value["columns"]
        )
        return cls(columns, tuple(value["numbers"]))


def guess_mapping(
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    region: str | None,
    has_header: bool,
    message_variables: Collection[str] = (),
) -> MappingGuess:
    """What the columns of a file mean, by their names and the first rows' cells. Never raises."""

    def dials(cell: str) -> bool:
        try:
            parse(cell, region)
        except PhoneError:
            return False
        return True

    named = [index for index, name in enumerate(names) if has_header and names_phone(name)]
    columns = []
    for index, name in enumerate(names):
        cells = [cell for row in rows if index < len(row) and (cell := plain(row[index]))]
        valid = sum(looks_like_phone(cell) and dials(cell) for cell in cells)
        is_number = named[:1] == [index]
        columns.append(
            ColumnGuess(
                index,
                name,
                Role.NUMBER if is_number else Role.VARIABLE,
                None if is_number else name,
                "Named so" if is_number else "",
                tuple(cell[:60] for cell in cells[:3]),
                (Role.NUMBER, Role.VARIABLE, Role.LEFT_OUT),
                len(named) == 1,
                len(cells),
                valid,
            )
        )
    asked = (
        ()
        if len(named) == 1
        else (
            Question(
                "which-number" if any(column.valid for column in columns) else "no-number",
                "Which column holds the number to call?",
                tuple(column.index for column in columns if column.valid),
            ),
        )
    )
    return MappingGuess(tuple(columns), tuple(named[:1]), asked)


def mapping_of(guess: MappingGuess) -> Mapping:
    """The guess as a mapping; to be used only where nothing is asked, or to show what would become of it."""
    columns = tuple(
        MappedColumn(column.index, column.name, column.role, column.variable, column.label, column.inverted)
        for column in guess.columns
    )
    return Mapping(columns, guess.numbers)


def validate_mapping(value: MappingOf[str, Any], guess: MappingGuess, *, prefix: str = "") -> Mapping:
    """The mapping that a person or client chose, `{"columns": [{"index": 0, "role": "number"}, …]}`.

    Columns that are not mentioned are what they were guessed to be, but none of them holds a number. Several with
    the role `number` are tried in the order in which they are listed, then those with `second_number`.
    `prefix` stands before the names of fields, such as "mapping.". Raises Invalid with every broken field.
    """
    errors: list[FieldError] = []
    listed = value.get("columns")
    if not isinstance(listed, Sequence) or isinstance(listed, str | bytes):
        raise Invalid(
            [FieldError(f"{prefix}columns", 'must be a list such as [{"index": 0, "role": "number"}]')]
        )
    chosen: dict[int, tuple[int, Role, str | None, bool]] = {}
    for place, item in enumerate(listed):
        field = f"{prefix}columns[{place}]"
        if not isinstance(item, MappingOf):
            errors.append(FieldError(field, 'must be an object such as {"index": 0, "role": "number"}'))
            continue
        index = item.get("index")
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(guess.columns):
            errors.append(
                FieldError(
                    f"{field}.index",
                    f"the file has {len(guess.columns)} columns; give a number from 0 to {len(guess.columns) - 1}",
                )
            )
            continue
        if index in chosen:
            errors.append(FieldError(f"{field}.index", f"column {index} is listed twice; list it once"))
            continue
        try:
            role = Role(item.get("role"))
        except ValueError:
            errors.append(
                FieldError(
                    f"{field}.role",
                    f"“{str(item.get('role'))[:40]}” is no role; use one of {', '.join(Role)}",
                )
            )
            continue
        name = item.get("variable", item.get("name"))
        chosen[index] = (place, role, name, bool(item.get("inverted", guess.columns[index].inverted)))
    columns: list[MappedColumn] = []
    seen: dict[str, int] = {}
    for column in guess.columns:
        index = column.index
        place, role, variable, inverted = chosen.get(
            index, (None, column.role, column.variable, column.inverted)
        )
        field = f"{prefix}columns[{place}].name"
        if place is None and role in (Role.NUMBER, Role.SECOND_NUMBER):
            role = Role.LEFT_OUT
        if role is Role.VARIABLE or role in ALSO_VARIABLES:
            variable = variable or column.variable or column.name
        else:
            variable = None
        if variable is not None:
            if not isinstance(variable, str) or not variable.strip() or len(variable) > MAX_NAME:
                errors.append(FieldError(field, f"must be a name of 1 to {MAX_NAME} characters"))
                continue
            if place is not None and fold(variable) in seen:
                errors.append(
                    FieldError(field, f"“{variable}” is the name of another column; choose another")
                )
                continue
            seen[fold(variable)] = index
        columns.append(MappedColumn(index, column.name, role, variable, column.label, inverted))
    numbers = [index for index, choice in chosen.items() if choice[1] is Role.NUMBER]
    if not errors and not numbers:
        errors.append(
            FieldError(f"{prefix}columns", 'no column has the role "number"; give it to one column')
        )
    if errors:
        raise Invalid(errors)
    seconds = [index for index, choice in chosen.items() if choice[1] is Role.SECOND_NUMBER]
    return Mapping(tuple(columns), tuple(numbers + seconds))
