"""Rulebook: what decides whether a campaign may call somebody at an instant. Immutable; a change makes a new one.

It holds what an operator decides about the calls of a campaign as law sees them: their purpose and subject, whose clock
counts, the campaign's own windows, how often a number may be called, and the rules of countries (packs.py), by name and
version. Lists of numbers bind by their own dates.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from .calling_window import CallingWindow, parse_windows, windows_to_api
from .errors import FieldError, InvalidInput
from .retry import parse_plain_number


class Purpose(StrEnum):
    """What a campaign calls for: nearly every rule depends on it."""

    MARKETING = "marketing"
    INFORMATIONAL = "informational"
    HEALTHCARE = "healthcare"
    DEBT = "debt"
    POLITICAL = "political"
    CHARITY = "charity"
    SURVEY = "survey"
    EMERGENCY = "emergency"


def is_looser_purpose(before: object, after: object) -> bool:
    """Whether rules that held for calls of one purpose may not hold for the other. Every purpose but marketing is
    spared something somewhere (consent, holidays, registries), which of them more depends on the country;
    an emergency is spared everything."""
    changes = before is not None and after is not None and after != before
    return changes and after != Purpose.MARKETING and before != Purpose.EMERGENCY


class CampaignClock(StrEnum):
    """Whose clock decides whether it is time to call."""

    BOTH = "both"
    """The called person's hours and the campaign's windows, both."""
    PERSON = "person"
    CAMPAIGN = "campaign"
    """The campaign's windows alone, wherever the person is: somebody has to answer for that."""


class CapScope(StrEnum):
    """Which earlier calls to a number count."""

    NUMBER = "number"
    """All of this installation."""
    SUBJECT = "subject"
    """Those of campaigns with the same subject."""
    CAMPAIGN = "campaign"


class CapPeriod(StrEnum):
    """A calendar period in the called person's zone."""

    DAY = "day"
    WEEK = "week"
    """From Monday on."""


@dataclass(frozen=True, slots=True)
class CallCap:
    """At most so many calls placed to a number: in `per_hours` rolling hours, or in a calendar period `per`."""

    most: int
    per_hours: int | None = None
    scope: CapScope = CapScope.NUMBER
    per: CapPeriod | None = None
    unless_consent: bool = False
    """Whether it does not hold for people of whom any consent is known."""
    answered_only: bool = False
    """Whether only calls that somebody answered count. Caps of packs only."""


IDENTIFICATION, OPT_OUT_KEY, TOLL_FREE, CALLER_ID = "identification", "opt-out-key", "toll-free", "caller-id"
"""What rules may ask of a message and its call."""
MOST_CAPS = 10
MOST_CALLS = 100
MOST_HOURS = 24 * 31
LONGEST_GAP = 31 * 24 * 60 - 1
"""Minutes: just below a month."""
LONGEST_GUARD = 3600
"""Seconds."""
LONGEST_SUBJECT = 100
DEFAULT_CAPS = (CallCap(3, 24),)
DEFAULT_MIN_GAP_MINUTES = 240
DEFAULT_GUARD_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The rules of one campaign, or of single calls."""

    purpose: Purpose | None
    """None: nobody said. The strictest rules hold then."""
    subject: str
    """What the calls are about; those without one are about one and the same."""
    clock: CampaignClock
    timezone: str | None
    """Of the windows, IANA. None: they are read on the called person's own clock."""
    windows: tuple[CallingWindow, ...]
    packs: tuple[str, ...] = ()
    """Rules of countries and states, as `name@version`. None at all: from before there were packs."""
    lists: tuple[str, ...] = ()
    caps: tuple[CallCap, ...] = DEFAULT_CAPS
    min_gap_minutes: int = DEFAULT_MIN_GAP_MINUTES
    """Between calls of different campaigns to a number."""
    guard_seconds: int = DEFAULT_GUARD_SECONDS
    """No call is permitted in the last seconds before closing: it would ring after it."""
    switched_off: tuple[str, ...] = ()
    """Ids of rules of packs that do not hold because somebody said so."""
    switched_on: tuple[str, ...] = ()
    """Ids of optional rules that hold because somebody said so."""
    consent: str = "none"
    """What the campaign says of everybody on its list: a kind of consent (dial_profile.CONSENTS)."""
    lacks: tuple[str, ...] = ()
    """What its message does not have of what rules may ask for: whoever needs it is not called."""

    @property
    def guard(self) -> timedelta:
        return timedelta(seconds=self.guard_seconds)

    @property
    def min_gap(self) -> timedelta:
        return timedelta(minutes=self.min_gap_minutes)


def parse_purpose(value: object, where: str = "purpose") -> Purpose | None:
    """Raises InvalidInput, as every parser below does. None where nothing was said."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and value in set(Purpose):
        return Purpose(value)
    raise InvalidInput([FieldError(where, f"one of {', '.join(Purpose)}")])


def parse_clock(value: object, where: str = "clock") -> CampaignClock:
    if isinstance(value, str) and value in set(CampaignClock):
        return CampaignClock(value)
    raise InvalidInput([FieldError(where, "both, person or campaign: whose hours count")])


def parse_subject(value: object, where: str = "subject") -> str:
    """What the calls are about, folded in blanks; compared letter by letter, but for capitals."""
    if value is None:
        return ""
    if not isinstance(value, str) or any(ord(letter) < 32 and letter not in "\t\r\n" for letter in value):
        raise InvalidInput([FieldError(where, "what the calls are about, as text")])
    subject = " ".join(value.split())
    if len(subject) > LONGEST_SUBJECT:
        raise InvalidInput([FieldError(where, f"{len(subject):,} characters; {LONGEST_SUBJECT} at the most")])
    return subject


def parse_min_gap(value: object, where: str = "min_gap_minutes") -> int:
    """Minutes."""
    return _parse_whole(value, where, 0, LONGEST_GAP, "minutes")


def parse_guard(value: object, where: str = "guard_seconds") -> int:
    """Seconds."""
    return _parse_whole(value, where, 0, LONGEST_GUARD, "seconds")


def parse_caps(value: object, where: str = "caps") -> tuple[CallCap, ...]:
    """Read caps in API shape, `[{"most": 3, "per_hours": 24, "scope": "number"}]`; an empty list is no cap at all."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        text = 'a list, such as [{"most": 3, "per_hours": 24, "scope": "number"}]'
        raise InvalidInput([FieldError(where, text)])
    if len(value) > MOST_CAPS:
        raise InvalidInput([FieldError(where, f"{MOST_CAPS} caps at the most")])
    caps: list[CallCap] = []
    errors: list[FieldError] = []
    for index, item in enumerate(value):
        try:
            caps.append(_parse_cap(item, f"{where}[{index}]"))
        except InvalidInput as error:
            errors += error.errors
    if errors:
        raise InvalidInput(errors)
    return tuple(caps)


CAP_PARTS = ("most", "per_hours", "per", "scope", "unless_consent")


def _parse_cap(item: object, where: str) -> CallCap:
    if not isinstance(item, Mapping):
        raise InvalidInput([FieldError(where, "an object with most, per_hours and scope")])
    errors = [
        FieldError(f"{where}.{key}", f"not a part of a cap; its parts are {', '.join(CAP_PARTS)}")
        for key in item
        if key not in CAP_PARTS
    ]

    def collect(parse: Callable[[], Any]) -> Any:
        try:
            return parse()
        except InvalidInput as error:
            errors.extend(error.errors)
            return None

    most = collect(lambda: _parse_whole(item.get("most"), f"{where}.most", 1, MOST_CALLS, "calls"))
    hours, per = item.get("per_hours"), item.get("per")
    if (hours is None) == (per is None):
        errors.append(FieldError(f"{where}.per_hours", f"hours from 1 to {MOST_HOURS}, or per: day or week"))
    elif hours is not None:
        hours = collect(lambda: _parse_whole(hours, f"{where}.per_hours", 1, MOST_HOURS, "hours"))
    elif per not in set(CapPeriod):
        errors.append(FieldError(f"{where}.per", "day or week, of the called person's calendar"))
    scope = item.get("scope", CapScope.NUMBER.value)
    if not isinstance(scope, str) or scope not in set(CapScope):
        errors.append(FieldError(f"{where}.scope", f"one of {', '.join(CapScope)}"))
    unless_consent = item.get("unless_consent", False)
    if not isinstance(unless_consent, bool):
        errors.append(FieldError(f"{where}.unless_consent", "true or false"))
    if errors:
        raise InvalidInput(errors)
    return CallCap(
        most, hours, CapScope(scope), None if per is None else CapPeriod(per), bool(unless_consent)
    )


def _parse_whole(value: object, where: str, low: int, high: int, unit: str) -> int:
    number = parse_plain_number(value)
    if number is None or not low <= number <= high or number != int(number):
        raise InvalidInput([FieldError(where, f"{unit} as a whole number from {low} to {high:,}")])
    return int(number)


def caps_to_api(caps: Sequence[CallCap]) -> list[dict[str, object]]:
    """The inverse of `parse_caps`; what is usual is left out."""
    return [
        {
            "most": cap.most,
            **({} if cap.per_hours is None else {"per_hours": cap.per_hours}),
            **({} if cap.per is None else {"per": cap.per.value}),
            "scope": cap.scope.value,
            **({"unless_consent": True} if cap.unless_consent else {}),
        }
        for cap in caps
    ]


def check_guard_fits(guard_seconds: int, windows: Sequence[CallingWindow]) -> None:
    """Raises InvalidInput where a guard leaves nothing of a window."""
    for index, window in enumerate(windows):
        minutes = window.end - window.start + (24 * 60 if window.overnight else 0)
        if guard_seconds >= minutes * 60:
            text = f"longer than window {index + 1}, which would never be open; choose fewer seconds"
            raise InvalidInput([FieldError("guard_seconds", text)])


def rulebook_to_json(rulebook: Rulebook) -> dict[str, Any]:
    """The inverse of `parse_rulebook`."""
    return {
        "purpose": None if rulebook.purpose is None else rulebook.purpose.value,
        "subject": rulebook.subject,
        "clock": rulebook.clock.value,
        "timezone": rulebook.timezone,
        "windows": windows_to_api(rulebook.windows),
        "packs": list(rulebook.packs),
        **({"switched_off": list(rulebook.switched_off)} if rulebook.switched_off else {}),
        **({"switched_on": list(rulebook.switched_on)} if rulebook.switched_on else {}),
        **({"lacks": list(rulebook.lacks)} if rulebook.lacks else {}),
        **({"consent": rulebook.consent} if rulebook.consent != "none" else {}),
        "lists": list(rulebook.lists),
        "caps": caps_to_api(rulebook.caps),
        "min_gap_minutes": rulebook.min_gap_minutes,
        "guard_seconds": rulebook.guard_seconds,
    }


def parse_rulebook(body: object) -> Rulebook:
    """Read a stored rulebook. Raises InvalidInput where somebody broke the row by hand."""
    if not isinstance(body, Mapping):
        raise InvalidInput([FieldError("rulebook", "it is not an object")])
    return Rulebook(
        purpose=parse_purpose(body.get("purpose"), "rulebook.purpose"),
        subject=parse_subject(body.get("subject"), "rulebook.subject"),
        clock=parse_clock(body.get("clock"), "rulebook.clock"),
        timezone=_parse_stored_text(body.get("timezone"), "rulebook.timezone"),
        windows=parse_windows(body.get("windows"), "rulebook.windows"),
        packs=_parse_names(body.get("packs"), "rulebook.packs"),
        switched_off=_parse_names(body.get("switched_off", []), "rulebook.switched_off"),
        switched_on=_parse_names(body.get("switched_on", []), "rulebook.switched_on"),
        lacks=_parse_names(body.get("lacks", []), "rulebook.lacks"),
        consent=_parse_stored_text(body.get("consent"), "rulebook.consent") or "none",
        lists=_parse_names(body.get("lists"), "rulebook.lists"),
        caps=parse_caps(body.get("caps"), "rulebook.caps"),
        min_gap_minutes=parse_min_gap(body.get("min_gap_minutes"), "rulebook.min_gap_minutes"),
        guard_seconds=parse_guard(body.get("guard_seconds"), "rulebook.guard_seconds"),
    )


def _parse_stored_text(value: object, where: str) -> str | None:
    if value is None or isinstance(value, str):
        return value
    raise InvalidInput([FieldError(where, "it is not text")])


def _parse_names(value: object, where: str) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(name, str) for name in value):
        return tuple(value)
    raise InvalidInput([FieldError(where, "it is not a list of names")])


def hash_rulebook(rulebook: Rulebook) -> str:
    """64 hexadecimal digits, the same for equal rulebooks only."""
    canonical = json.dumps(
        rulebook_to_json(rulebook), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()
