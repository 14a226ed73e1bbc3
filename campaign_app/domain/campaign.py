"""Campaign statuses, what may follow each, and the one check of what an operator enters."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from . import phone
from .calling_window import CallingSchedule, CallingWindow, make_schedule, parse_windows, windows_to_api
from .errors import FieldError, IllegalTransition, InvalidInput
from .message import Message, SpokenPart, message_to_api, parse_message
from .retry import DEFAULT_DELAYS, DEFAULT_RETRIES, RetryPolicy, parse_plain_number, parse_retry, retry_to_api


class CampaignStatus(StrEnum):
    DRAFT = "draft"
    """Being prepared, and nothing was ever dialed. Set when an operator creates or clones it."""
    RUNNING = "running"
    """Its due contacts are dialed whenever every gate is open (domain/gate.py). Set by an operator: start, resume."""
    PAUSED = "paused"
    """Nothing is dialed, calls in progress run to their end, and contacts wait. Set by an operator: pause, reopen."""
    COMPLETED = "completed"
    """Every contact has its final status. Set by the engine (queries/finish.py)."""
    STOPPED = "stopped"
    """Over for good; waiting contacts are canceled. Set by an operator, or by the engine once its end has passed."""
    ARCHIVED = "archived"
    """Out of the way of the lists, kept for the record. Set by an operator."""


S = CampaignStatus
COMPLETE = "complete"
"""The one move that nobody asks for: the engine makes it when no contact is left."""
TRANSITIONS: dict[CampaignStatus, dict[CampaignStatus, str]] = {
    S.DRAFT: {S.RUNNING: "start", S.STOPPED: "stop"},
    S.RUNNING: {S.PAUSED: "pause", S.COMPLETED: COMPLETE, S.STOPPED: "stop"},
    S.PAUSED: {S.RUNNING: "resume", S.STOPPED: "stop"},
    # Adding contacts to a completed campaign asks for an explicit reopening, which leaves it paused.
    S.COMPLETED: {S.PAUSED: "reopen", S.ARCHIVED: "archive"},
    S.STOPPED: {S.ARCHIVED: "archive"},
    S.ARCHIVED: {},
}
"""What may follow each status, and the action that leads there. Nothing else moves a campaign."""


def _collect_actions() -> dict[str, tuple[CampaignStatus, frozenset[CampaignStatus]]]:
    moves = [
        (name, before, after) for before, targets in TRANSITIONS.items() for after, name in targets.items()
    ]
    return {
        action: (
            next(after for name, _, after in moves if name == action),
            frozenset(before for name, before, _ in moves if name == action),
        )
        for action in ("start", "pause", "resume", "stop", "archive", "reopen")
    }


ACTIONS = _collect_actions()
"""What operators can ask for: the status it leads to, and those in which it is possible."""
ACCEPTS_CONTACTS = frozenset({S.DRAFT, S.RUNNING, S.PAUSED})
EDITABLE = frozenset({S.DRAFT, S.PAUSED})

DEFAULTS: dict[str, Any] = {
    "timezone": "UTC",
    "calling_windows": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "18:00"}],
    "max_concurrent_calls": 10,
    "calls_per_second": None,
    "retry": {"max_retries": DEFAULT_RETRIES, "delays_minutes": list(DEFAULT_DELAYS), "by_outcome": {}},
    "caller_id": None,
    "provider": None,
    "starts_at": None,
    "ends_at": None,
    "default_region": None,
    "priority": 5,
}
FIELDS = ("name", "message", *DEFAULTS)
LONGEST_NAME = 200
MOST_LINES = 10_000
MOST_CALLS_PER_SECOND = 1000.0


@dataclass(frozen=True, slots=True)
class CampaignSpec:
    """What an operator decides about a campaign, checked. Instants are aware UTC, numbers E.164."""

    name: str
    message: Message
    timezone: str
    windows: tuple[CallingWindow, ...]
    max_concurrent_calls: int
    calls_per_second: float | None
    retry: RetryPolicy
    caller_id: str | None
    provider: str
    starts_at: datetime | None
    ends_at: datetime | None
    default_region: str | None
    priority: int

    @property
    def calling_schedule(self) -> CallingSchedule:
        return make_schedule(self.timezone, self.windows)


def check_transition(current: CampaignStatus, new: CampaignStatus) -> None:
    """Raises IllegalTransition, which names both statuses, where TRANSITIONS does not lead from one to the other."""
    if new not in TRANSITIONS[current]:
        raise IllegalTransition("campaign", current, new)


def action_allowed(action: str, current: CampaignStatus) -> bool:
    return action in TRANSITIONS[current].values()


def check_action(action: str, current: CampaignStatus) -> CampaignStatus:
    """The status that `action` leads to. Raises IllegalTransition, which names both statuses, where TRANSITIONS does
    not have that action."""
    for after, name in TRANSITIONS[current].items():
        if name == action:
            return after
    wanted, possible_in = ACTIONS[action]
    remedy = f"{action} is possible while it is {' or '.join(sorted(possible_in))}"
    other_action = TRANSITIONS[current].get(wanted)
    raise IllegalTransition(
        "campaign",
        current,
        wanted,
        remedy if other_action is None else f"{remedy}; here the action is {other_action}",
        by="" if other_action is None else action,
    )


NO_MESSAGE = Message(SpokenPart())
NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})


@lru_cache(maxsize=1)
def all_zones() -> frozenset[str]:
    """Every IANA zone. Listing them reads hundreds of files: 38 ms, so it is done once."""
    return frozenset(available_timezones()) - NO_PLACES


@lru_cache(maxsize=1)
def selectable_zones() -> tuple[str, ...]:
    """The zones that a form offers, sorted: places, and UTC."""
    return tuple(sorted(z for z in all_zones() if z == "UTC" or ("/" in z and not z.startswith("Etc/"))))


class _CampaignChecker:
    """Collects every error, so that a form is corrected in one go."""

    def __init__(self, data: Mapping[str, object]) -> None:
        self.data = {**DEFAULTS, **data}
        self.errors: list[FieldError] = []

    def add_error(self, field: str, message: str) -> None:
        self.errors.append(FieldError(field, message))

    def check_text(self, field: str, value: object, longest: int, what: str) -> str:
        if not isinstance(value, str) or not value.strip():
            self.add_error(field, f"give {what}")
            return ""
        value = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
        if len(value) > longest:
            self.add_error(field, f"{len(value):,} characters; {longest:,} at the most")
        if any(unicodedata.category(c) in ("Cc", "Cs") and c not in ("\n", "\t") for c in value):
            self.add_error(field, "holds control characters; take them out")
        return value

    def check_number(self, field: str, low: float, high: float, *, whole: bool) -> float:
        number = parse_plain_number(self.data[field])
        if number is None or not low <= number <= high or (whole and number != int(number)):
            self.add_error(field, f"{'a whole number' if whole else 'a number'} from {low:g} to {high:g}")
            return low
        return number

    def check_instant(self, field: str) -> datetime | None:
        value = self.data[field]
        if value is None or value == "":
            return None
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                value = None
        if not isinstance(value, datetime) or value.tzinfo is None:
            self.add_error(field, "a time with its zone (RFC 3339), such as 2026-12-04T18:00:00Z")
            return None
        try:
            return value.astimezone(UTC)
        except OverflowError:
            self.add_error(field, "a time between the years 1 and 9999")
            return None

    def run_parser(self, parser: Any, field: str, fallback: Any) -> Any:
        try:
            return parser(self.data.get(field), field)
        except InvalidInput as error:
            self.errors.extend(error.errors)
            return fallback


def check_campaign(data: Mapping[str, object], *, providers: Collection[str]) -> CampaignSpec:
    """Check a campaign in API shape; the form and the API both come through here. Missing fields take DEFAULTS.

    `providers` are the names of the trunks that exist. Raises Invalid with every wrong field at once.
    """
    checker = _CampaignChecker(data)
    for key in data:
        if key not in FIELDS:
            checker.add_error(key, f"not a field of a campaign; its fields are {', '.join(FIELDS)}")
    name = checker.check_text("name", data.get("name"), LONGEST_NAME, "the campaign a name").replace(
        "\n", " "
    )
    message = checker.run_parser(parse_message, "message", NO_MESSAGE)

    timezone = checker.data["timezone"]
    if not isinstance(timezone, str) or timezone not in all_zones():
        checker.add_error("timezone", "an IANA time zone, such as Europe/Paris")
        timezone = "UTC"
    windows = checker.run_parser(parse_windows, "calling_windows", ())
    retry = checker.run_parser(parse_retry, "retry", RetryPolicy(0))
    lines = int(checker.check_number("max_concurrent_calls", 1, MOST_LINES, whole=True))
    rate: float | None = None
    if checker.data["calls_per_second"] not in (None, ""):
        rate = checker.check_number("calls_per_second", 0.01, MOST_CALLS_PER_SECOND, whole=False)
    if lines == 1 and message.has_transfer:
        checker.add_error(
            "max_concurrent_calls",
            "at least 2: a key transfers, and whoever is called then takes a line, too",
        )
    priority = int(checker.check_number("priority", 1, 10, whole=True))

    region = checker.data["default_region"] or None
    if region is not None and not (isinstance(region, str) and phone.is_region(region)):
        checker.add_error("default_region", "a country as two capital letters (ISO 3166), such as FR")
        region = None
    caller_id = _check_caller_id(checker, region if isinstance(region, str) else None)
    provider = checker.data["provider"]
    if provider in (None, "") and providers:
        provider = next(iter(providers))
    if not isinstance(provider, str) or provider not in providers:
        checker.add_error(
            "provider", f"one of {', '.join(providers)}" if providers else "there is no trunk yet; set one up"
        )
    starts_at, ends_at = checker.check_instant("starts_at"), checker.check_instant("ends_at")
    if starts_at and ends_at and ends_at <= starts_at:
        checker.add_error("ends_at", "must come after the start")
    if checker.errors:
        raise InvalidInput(checker.errors)
    return CampaignSpec(
        name=name,
        message=message,
        timezone=timezone,
        windows=windows,
        max_concurrent_calls=lines,
        calls_per_second=rate,
        retry=retry,
        caller_id=caller_id,
        provider=str(provider),
        starts_at=starts_at,
        ends_at=ends_at,
        default_region=str(region) if region else None,
        priority=priority,
    )


def _check_caller_id(checker: _CampaignChecker, region: str | None) -> str | None:
    value = checker.data["caller_id"]
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        checker.add_error("caller_id", "a phone number in full, such as +596 596 42 00 00")
        return None
    try:
        return phone.parse(value, region)
    except phone.PhoneError as error:
        checker.add_error("caller_id", f"{error}; give it in full, such as +596 596 42 00 00")
        return None


def spec_to_api(spec: CampaignSpec) -> dict[str, Any]:
    """The inverse of `check_campaign`, in the API's shape and order."""
    rate = spec.calls_per_second
    return {
        "name": spec.name,
        "timezone": spec.timezone,
        "calling_windows": windows_to_api(spec.windows),
        "max_concurrent_calls": spec.max_concurrent_calls,
        "calls_per_second": int(rate) if rate is not None and rate == int(rate) else rate,
        "retry": retry_to_api(spec.retry),
        "caller_id": spec.caller_id,
        "message": message_to_api(spec.message),
        "provider": spec.provider,
        "starts_at": to_rfc3339(spec.starts_at),
        "ends_at": to_rfc3339(spec.ends_at),
        "default_region": spec.default_region,
        "priority": spec.priority,
    }


def to_rfc3339(at: datetime | None) -> str | None:
    """`2026-11-20T15:00:00.123456Z` (RFC 3339, UTC)."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")
