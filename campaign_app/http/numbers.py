"""Numbers before a role: below operator they are masked in answers, and searched for as a whole or by their last four
digits only. A viewer who may search for any beginning has found every number after a few dozen tries."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import g, has_app_context

from campaign_app.domain import phone as phones
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.domain.number_masks import mask_e164, mask_written
from campaign_app.domain.number_text import PLUSES
from campaign_app.domain.text_folding import to_plain_digits
from campaign_app.extensions import db
from campaign_app.models import Role
from campaign_app.queries.names import list_names
from campaign_app.queries.phone_search import NumberSearch, search_digits

T = TypeVar("T")
Names = Callable[[], Sequence[str]]
WEB_ADDRESS = re.compile(r"https?://\S+")
OWN = frozenset({"caller_id", "caller_ids"})
"""Fields with numbers of our own."""
FREE = frozenset(
    {
        "variables",
        "cells",
        "samples",
        "reason",
        "removal_reason",
        "lift_reason",
        "paused_reason",
        "status_reason",
        "cause",
        "error",
        "last_error",
        "check_error",
        "not_ready",
        "steps",
        "external_id",
    }
)
"""Fields with what people and providers wrote as they liked, numbers in national form among it."""
NAMES = frozenset({"name", "filename", "campaign", "provider", "trunk", "list"})
"""Fields that are names, which people give as they like. An object under one has its own fields."""
LAST = 4
LEAST_WHOLE = 7
"""Digits."""


def are_numbers_hidden() -> bool:
    """Whether whoever asks sees numbers masked only: a viewer."""
    role = getattr(g, "role", None) if has_app_context() else None
    return role is not None and not role.allows(Role.OPERATOR, Role.COMPLIANCE)


def hide_numbers(value: Any, *, written: bool = False, names: Names = tuple) -> Any:
    """A JSON value with every number in E.164 masked, but for caller ids; with `written`, and in what people wrote as
    they liked, whatever could be one. `names` are those that a sentence of ours may have in it."""
    match value:
        case str():
            return mask_written(value) if written else mask_e164(_mask_names(value, names))
        case dict():
            return {
                key: item
                if key in OWN
                else hide_numbers(item, written=written or _is_free(key, item), names=names)
                for key, item in value.items()
            }
        case list() | tuple():
            return [hide_numbers(item, written=written, names=names) for item in value]
    return value


def hide_from_viewers(value: Any, *, written: bool = False) -> Any:
    """The value as whoever asks may see it."""
    return hide_numbers(value, written=written, names=_list_names) if are_numbers_hidden() else value


def is_web_address(source: str) -> bool:
    """Whether it is an address of the web and nothing else: an address has no blanks."""
    return WEB_ADDRESS.fullmatch(source) is not None


def hide_in_source(source: str | None) -> str | None:
    """What somebody wrote that a rule comes from, as whoever asks may see it: an address of the web as it is."""
    shown_whole = source is None or is_web_address(source)
    return source if shown_whole else str(hide_from_viewers(source, written=True))


def _is_free(key: str, item: Any) -> bool:
    return key in FREE or (key in NAMES and isinstance(item, str))


def _list_names() -> Sequence[str]:
    """The names of campaigns, lists and trunks that have a number in them, read once in a request."""
    if "numbered_names" not in g:
        found = [name for name in list_names(db.session()) if mask_written(name) != name]
        g.numbered_names = sorted(found, key=len, reverse=True)
    names: Sequence[str] = g.numbered_names
    return names


def _mask_names(text: str, names: Names) -> str:
    """A sentence of ours with the names in it masked. Elsewhere in it, citations look like numbers."""
    if mask_written(text) != text:
        for name in names():
            text = text.replace(name, mask_written(name))
    return text


def read_number_search(text: str | None, field: str | None = None) -> NumberSearch | None:
    """What to search numbers for. What somebody below operator may not search for raises InvalidInput that names the
    field; without one it finds nothing."""
    if not text or not text.strip():
        return None
    text = to_plain_digits(text)
    digits = search_digits(text)
    if digits is None or not are_numbers_hidden():
        return NumberSearch(text)
    if len(digits) == LAST and not text.strip().startswith(tuple(PLUSES)):
        return NumberSearch(digits, endings=True)
    if field is not None and len(digits) < LEAST_WHOLE:
        problem = "give a whole number with its country code, or its last four digits"
        raise InvalidInput([FieldError(field, problem)])
    return NumberSearch(text, whole=tuple(phones.list_spellings(text)) or (f"+{digits}",))
