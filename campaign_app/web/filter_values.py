"""Filter values: what an address asks of a list, compared with what the list knows.

A value that the list does not know would find everything if it were ignored, in a file or for all whom a button
acts on as much as on a page. So a page says that there is no such value and shows no rows, and the rest is refused
with the field.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from campaign_app.domain.errors import FieldError, InvalidInput

from .filters import to_sentence

LONGEST_SHOWN = 40
MOST_LISTED = 14
"""Choices that a refusal names; of more it names none."""


def find_unknown(args: Mapping[str, str], known: Mapping[str, Collection[str]]) -> tuple[FieldError, ...]:
    """The fields of an address whose value, as it stands there, is none of those known; an empty one asks for nothing.
    A `sort` may begin with `-`."""
    errors = []
    for field, choices in known.items():
        value = args.get(field, "")
        plain = value.removeprefix("-") if field == "sort" else value
        if value and plain not in choices:
            listed = f": choose one of {', '.join(choices)}" if len(choices) <= MOST_LISTED else ""
            errors.append(FieldError(field, f"“{value[:LONGEST_SHOWN]}” is not known here{listed}"))
    return tuple(errors)


def describe_unknown(errors: Sequence[FieldError]) -> str:
    """`Status: “bogus” is not known here: choose one of …`: in the place of a list's rows. Empty without errors."""
    return " ".join(to_sentence(f"{error.field}: {error.message}") for error in errors)


def refuse_unknown(errors: Sequence[FieldError]) -> None:
    """Raises InvalidInput if there are any."""
    if errors:
        raise InvalidInput(list(errors))
