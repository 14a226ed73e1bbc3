"""Row reading: from a row's cells and the columns' roles to a new contact, or the reason why it is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .column_roles import Mapping, Role
from .csv_cells import plain
from .phone import PhoneError, parse


@dataclass(frozen=True, slots=True)
class NewContact:
    """A person to call. Numbers are E.164; `region` is that of `phone` (ISO 3166 alpha-2)."""

    phone: str
    variables: dict[str, str]
    second_numbers: tuple[str, ...] = ()
    timezone: str | None = None
    region: str | None = None
    number_type: str | None = None
    state: str | None = None
    postal_code: str | None = None
    language: str | None = None
    external_id: str | None = None
    consent: dict[str, Any] | None = None
    extension: str | None = None


@dataclass(frozen=True, slots=True)
class RowRefusal:
    """Why a row is no contact: a fixed code and a sentence."""

    code: str
    reason: str


def read_contact(
    cells: Sequence[str], mapping: Mapping, *, region: str | None, rules: Any
) -> NewContact | RowRefusal:
    """The contact of a row. `region` reads numbers of rows that name no country of their own."""
    values = [plain(cell) for cell in cells]
    variables = {
        column.variable: values[column.index]
        for column in mapping.columns
        if column.variable is not None and column.index < len(values) and values[column.index]
    }
    refusal = RowRefusal("empty", "the number is missing")
    for index in mapping.numbers:
        if index < len(values) and values[index]:
            try:
                return NewContact(parse(values[index], region), variables)
            except PhoneError as error:
                refusal = RowRefusal(error.code, str(error))
                break
    return refusal


def number_cell(cells: Sequence[str], mapping: Mapping) -> str:
    """The cell of the first number column that is filled: rows sorted by it are parsed several times faster."""
    for index in mapping.numbers:
        if index < len(cells) and cells[index]:
            return cells[index]
    return ""


__all__ = ["NewContact", "Role", "RowRefusal", "number_cell", "read_contact"]
