"""Chosen mappings: what a person or a client says that the columns of a file mean, checked field by field."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .column_names import Meaning, fold_name, read_name
from .column_roles import (
    MappedColumn,
    Mapping,
    MappingGuess,
    Role,
    clean_variable,
    free_name,
    may_have_variable,
)
from .countries import find_country
from .csv_cells import MAX_NAME
from .errors import FieldError, InvalidInput


def validate_mapping(
    value: MappingOf[str, Any],
    guess: MappingGuess,
    *,
    prefix: str = "",
    listing: bool = False,
    keeps_reasons: bool = True,
) -> Mapping:
    """The mapping that a person or client chose, `{"columns": [{"index": 0, "role": "number"}, …]}`.

    A column that is not listed is what it was guessed to be, but no number; in a do-not-call file (`listing`) it stays
    a second number. There, a column may have the role `reason`, unless not `keeps_reasons`. Several with the role
    `number` are tried in the order in which they are listed, then those with `second_number`. `variable` (or `name`)
    is the name under
    which the message has a value, the column's own by default. `prefix` stands before the names of fields, such as
    "mapping.". Raises Invalid with every broken field.
    """
    listed = value.get("columns")
    if not isinstance(listed, Sequence) or isinstance(listed, str | bytes):
        raise InvalidInput(
            [FieldError(f"{prefix}columns", 'must be a list such as [{"index": 0, "role": "number"}]')]
        )
    errors: list[FieldError] = []
    choices: dict[int, _Choice] = {}
    for place, item in enumerate(listed):
        choice = _read_choice(item, f"{prefix}columns[{place}]", guess, errors)
        if choice is None:
            continue
        if choice.index in choices:
            first = choices[choice.index].field
            errors.append(
                FieldError(
                    f"{choice.field}.index", f"column {choice.index} is in {first} already; list it once"
                )
            )
            continue
        if choice.role is Role.REASON and not (listing and keeps_reasons):
            remedy = (
                "a list keeps no reasons; use left_out"
                if listing
                else "only a do-not-call file has reasons; use variable"
            )
            errors.append(FieldError(f"{choice.field}.role", remedy))
        choices[choice.index] = choice
    columns = _choose_columns(guess, choices, errors, listing)
    numbers = [index for index, choice in choices.items() if choice.role is Role.NUMBER]
    if not numbers and not errors:
        errors.append(
            FieldError(f"{prefix}columns", 'no column has the role "number"; give it to the one to call')
        )
    if errors:
        raise InvalidInput(errors)
    seconds = [index for index, choice in choices.items() if choice.role is Role.SECOND_NUMBER]
    seconds += [
        column.index
        for column in columns
        if column.role is Role.SECOND_NUMBER and column.index not in choices
    ]
    return Mapping(columns, tuple(numbers + seconds))


@dataclass(frozen=True, slots=True)
class _Choice:
    """What was chosen for a column; `field` is where, as errors name it."""

    field: str
    index: int
    role: Role
    variable: str | None
    inverted: bool
    region: str | None = None


def _read_choice(item: object, field: str, guess: MappingGuess, errors: list[FieldError]) -> _Choice | None:
    if not isinstance(item, MappingOf):
        errors.append(FieldError(field, 'must be an object such as {"index": 0, "role": "number"}'))
        return None
    index, last = item.get("index"), len(guess.columns) - 1
    if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index <= last:
        remedy = f"the file has {last + 1} columns; use a number from 0 to {last}"
        errors.append(FieldError(f"{field}.index", remedy))
        return None
    try:
        role = Role(str(item.get("role")))
    except ValueError:
        remedy = f"“{str(item.get('role'))[:40]}” is not a role; use one of {', '.join(Role)}"
        errors.append(FieldError(f"{field}.role", remedy))
        return None
    column = guess.columns[index]
    inverted = item.get("inverted", column.inverted or read_name(column.name).meaning is Meaning.PERMISSION)
    if not isinstance(inverted, bool):
        errors.append(FieldError(f"{field}.inverted", "must be true or false"))
        return None
    region = column.region
    if item.get("region") == "":
        region = None  # The rows' own, or the file's.
    elif item.get("region") is not None:
        country = find_country(str(item["region"])[:100])
        if country is None:
            errors.append(FieldError(f"{field}.region", "must be a country, by its code such as GB"))
            return None
        region = country.region
    if not may_have_variable(role):
        is_number = role in (Role.NUMBER, Role.SECOND_NUMBER)
        return _Choice(
            field, index, role, None, inverted and role is Role.DO_NOT_CALL, region if is_number else None
        )
    variable = item.get("variable")
    variable = item.get("name") if variable is None else variable
    if variable is None:
        variable = column.variable or clean_variable(column.name) or f"column_{index + 1}"
    elif not isinstance(variable, str) or not variable.strip() or len(variable.strip()) > MAX_NAME:
        errors.append(FieldError(f"{field}.name", f"must be a name of 1 to {MAX_NAME} characters"))
        return None
    elif variable.strip() not in (column.name, column.variable) and re.search(r"[{}|\x00-\x1f]", variable):
        errors.append(FieldError(f"{field}.name", "must be a name without {, } and |"))
        return None
    else:
        variable = clean_variable(variable)
    return _Choice(field, index, role, variable, False)


def _choose_columns(
    guess: MappingGuess, choices: MappingOf[int, _Choice], errors: list[FieldError], listing: bool
) -> tuple[MappedColumn, ...]:
    """Every column of the file as it was chosen, or else guessed. Names that were chosen come first."""
    taken: dict[str, str] = {}
    for choice in choices.values():
        if choice.variable is None:
            continue
        folded = fold_name(choice.variable)
        if folded in taken:
            remedy = f"“{choice.variable}” is the name of {taken[folded]} as well; choose another"
            errors.append(FieldError(f"{choice.field}.name", remedy))
        taken[folded] = choice.field
    columns = []
    for column in guess.columns:
        chosen = choices.get(column.index)
        if chosen is not None:
            role, variable, inverted = chosen.role, chosen.variable, chosen.inverted
        else:
            is_number = column.role in (Role.NUMBER, Role.SECOND_NUMBER)
            role = (Role.SECOND_NUMBER if listing else Role.VARIABLE) if is_number else column.role
            inverted = column.inverted
            variable = column.variable
            if may_have_variable(role):
                variable = free_name(
                    variable or clean_variable(column.name) or f"column_{column.index + 1}", taken
                )
                taken[fold_name(variable)] = f"column {column.index}"
        marks = column.marks and role is Role.DO_NOT_CALL
        region = chosen.region if chosen is not None else column.region
        cleared = column.role is Role.DO_NOT_CALL and role is Role.VARIABLE
        label = choices.get(column.label) if column.label is not None else None
        any_label = label is not None and label.role is Role.LEFT_OUT
        columns.append(
            MappedColumn(
                column.index,
                column.name,
                role,
                variable,
                column.label,
                inverted,
                marks,
                region,
                cleared,
                any_label,
            )
        )
    return tuple(columns)
