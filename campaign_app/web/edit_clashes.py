"""Edit clashes: two people have changed one campaign at the same time, and both versions are shown."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from campaign_app.domain.calling_window import CallingSchedule, parse_windows
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.services.campaign_edits import SavedChange

from .campaign_form import find_problems, list_message_fields, to_api

LONGEST_VALUE = 300


@dataclass(frozen=True, slots=True)
class EditClash:
    """One field that somebody else saved meanwhile."""

    anchor: str
    label: str
    change: SavedChange
    before: str
    theirs: str
    yours: str
    """Empty: you have not changed it, and the form has theirs."""


FORM_FIELDS: dict[str, Sequence[str]] = {
    "message": list_message_fields(),
    "calling_windows": ("windows",),
    "retry": ("max_retries", "delays", "outcomes"),
    "consent": ("consent", "consent_source"),
    "starts_at": ("starts_at", "starts_at_saved"),
    "ends_at": ("ends_at", "ends_at_saved"),
}
"""Where the form has a field of the API, if not under its name."""


def merge_edits(
    form_data: Mapping[str, Any], saved: Mapping[str, Any], changes: Sequence[SavedChange]
) -> tuple[dict[str, Any], list[EditClash]]:
    """What the form shows after a clash, and what to say about it. `form_data` is what was typed, `saved` the form's
    data of the campaign as it is now. A field that only the other one changed takes the other one's value; one that
    both changed keeps what was typed."""
    typed = to_api(form_data)
    merged = dict(form_data)
    clashes = []
    for change in changes:
        value = typed.get(change.field)
        is_yours = not _same(value, change.before) and not _same(value, change.now)
        if not is_yours:
            merged |= {name: saved[name] for name in FORM_FIELDS.get(change.field, (change.field,))}
        [problem] = find_problems([FieldError(change.field, "-")])
        clashes.append(
            EditClash(
                problem.anchor,
                problem.label,
                change,
                _describe_value(change.field, change.before),
                _describe_value(change.field, change.now),
                _describe_value(change.field, value) if is_yours else "",
            )
        )
    return merged, clashes


def _same(typed: Any, saved: Any) -> bool:
    """Whether what was typed means what was saved: the form has numbers as text, and an empty text for none."""
    if isinstance(typed, Mapping) and isinstance(saved, Mapping):
        return all(_same(typed.get(key), saved.get(key)) for key in typed.keys() | saved.keys())
    if isinstance(typed, list | tuple) and isinstance(saved, list | tuple):
        return len(typed) == len(saved) and all(_same(*pair) for pair in zip(typed, saved, strict=True))
    return _plain(typed) == _plain(saved)


def _plain(value: Any) -> str:
    if value in (None, "", [], {}, False):
        return ""
    try:
        return repr(float(value))
    except (TypeError, ValueError):
        return str(value)


def _describe_value(field: str, value: Any) -> str:
    if value in (None, ""):
        return "nothing"
    if isinstance(value, bool):
        return "on" if value else "off"
    if field == "calling_windows":
        try:
            return CallingSchedule("UTC", parse_windows(value)).describe_windows()
        except InvalidInput:
            pass
    if field == "message" and isinstance(value, Mapping) and value.get("text"):
        value = value["text"]
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
