"""Campaign statuses, what may follow each, and the one check of what an operator enters."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from . import phone
from .calling_window import CallingSchedule, CallingWindow, make_schedule, parse_windows, windows_to_api
from .campaign_consent import CampaignConsent, consent_to_api, parse_caller_name, parse_consent
from .dial_profile import NO_CONSENT
from .errors import FieldError, IllegalTransition, InvalidInput
from .message import Message, message_to_api, parse_message
from .message_needs import list_lacking
from .number_zones import is_zone
from .packs import NO_PACKS, PackEdition
from .retry import DEFAULT_DELAYS, DEFAULT_RETRIES, RetryPolicy, parse_plain_number, parse_retry, retry_to_api
from .rulebook import (
    DEFAULT_CAPS,
    DEFAULT_GUARD_SECONDS,
    DEFAULT_MIN_GAP_MINUTES,
    CallCap,
    CampaignClock,
    Purpose,
    Rulebook,
    caps_to_api,
    check_guard_fits,
    parse_caps,
    parse_clock,
    parse_guard,
    parse_min_gap,
    parse_purpose,
    parse_subject,
)
from .script import MachineDetection
from .trunk import LONGEST_CALLS, LONGEST_RING, SHORTEST_CALL, SHORTEST_RING


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


class CallOrder(StrEnum):
    """In which order people are called who have never been tried."""

    FILE = "file"
    """As they were added: file after file, each from its first row."""
    NEWEST = "newest"
    """The latest file first, from its first row."""
    RANDOM = "random"
    """Shuffled over all files."""
    SPREAD = "spread"
    """Shuffled, and a retry comes at another time of day than the try before it (retry.RetryPolicy.other_hour)."""


S = CampaignStatus
UNARCHIVE = "unarchive"
COMPLETE = "complete"
"""The one move that nobody asks for: the engine makes it when no contact is left."""
TRANSITIONS: dict[CampaignStatus, dict[CampaignStatus, str]] = {
    S.DRAFT: {S.RUNNING: "start", S.STOPPED: "stop"},
    S.RUNNING: {S.PAUSED: "pause", S.COMPLETED: COMPLETE, S.STOPPED: "stop"},
    S.PAUSED: {S.RUNNING: "resume", S.STOPPED: "stop"},
    # Adding contacts to a completed campaign asks for an explicit reopening, which leaves it paused.
    S.COMPLETED: {S.PAUSED: "reopen", S.ARCHIVED: "archive"},
    S.STOPPED: {S.ARCHIVED: "archive"},
    # Back to what it was before it was archived (services.campaigns.unarchive_campaign).
    S.ARCHIVED: {S.COMPLETED: UNARCHIVE, S.STOPPED: UNARCHIVE},
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
EDITABLE = frozenset({S.DRAFT, S.RUNNING, S.PAUSED})
LIVE_FIELDS = frozenset(
    {
        "name",
        "timezone",
        "calling_windows",
        "max_concurrent_calls",
        "calls_per_second",
        "retry",
        "call_order",
        "retries_first",
        "ring_seconds",
        "longest_call_seconds",
        "machine_detection",
        "message",
        "starts_at",
        "ends_at",
        "priority",
    }
)
"""What may change while a campaign runs, from the next call on. The others decide what a start is asked about: whom the
rules let be called, for what, from which number and over which trunk."""


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


EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
HORIZON = timedelta(days=3653)
"""From now: the latest start or end. A time that lies further ahead is a slip of the pen."""


TOO_FAR = "a time within ten years from now"


def find_begin(starts_at: datetime | None, now: datetime) -> datetime:
    """When calls may begin at the earliest; never beyond the horizon, where calendars end."""
    return min(max(now, starts_at or now), now + HORIZON)


LONGEST_PAUSE = timedelta(days=366)
"""A pause that is to end by itself ends within a year."""


def check_resume_at(at: datetime | None, now: datetime, where: str) -> datetime | None:
    """When a paused campaign is to resume by itself; None: when somebody resumes it. Raises InvalidInput."""
    if at is not None and not now < at <= now + LONGEST_PAUSE:
        when = "has passed" if at <= now else "is more than a year away"
        text = f"that time {when}: give one from now on, within a year, or none to resume it yourself"
        raise InvalidInput([FieldError(where, text)])
    return at


LONGEST_NAME = 200
MOST_LINES = 10_000
MOST_SOFT_START = 1_000
"""People whom a soft start calls before it asks."""
MOST_CALLS_PER_SECOND = 1000.0


def to_rfc3339(at: datetime | None) -> str | None:
    """`2026-11-20T15:00:00.123456Z` (RFC 3339, UTC)."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_name(value: object, where: str) -> str:
    """Raises InvalidInput, as every parser below does."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput([FieldError(where, "give the campaign a name")])
    name = unicodedata.normalize("NFC", value.replace("\r\n", "\n")).strip()
    errors: list[FieldError] = []
    if len(name) > LONGEST_NAME:
        errors.append(FieldError(where, f"{len(name):,} characters; {LONGEST_NAME:,} at the most"))
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t" for c in name):
        errors.append(FieldError(where, "holds control characters; take them out"))
    if errors:
        raise InvalidInput(errors)
    return name.replace("\n", " ")


def parse_timezone(value: object, where: str) -> str | None:
    """None: the windows are read on the called person's own clock."""
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not is_zone(value):
        raise InvalidInput(
            [FieldError(where, "no such time zone: give that of a city, such as Europe/Paris")]
        )
    return value


def parse_lines(value: object, where: str) -> int:
    return int(_parse_number(value, where, 1, MOST_LINES, whole=True))


def parse_rate(value: object, where: str) -> float | None:
    """Calls per second."""
    if value is None or value == "":
        return None
    return _parse_number(value, where, 0.01, MOST_CALLS_PER_SECOND, whole=False)


def rate_to_api(rate: float | None) -> float | int | None:
    return int(rate) if rate is not None and rate == int(rate) else rate


def parse_priority(value: object, where: str) -> int:
    return int(_parse_number(value, where, 1, 10, whole=True))


def parse_order(value: object, where: str) -> CallOrder:
    try:
        return CallOrder(value)  # type: ignore[arg-type]  # whatever it is
    except ValueError:
        raise InvalidInput([FieldError(where, f"one of {', '.join(CallOrder)}")]) from None


def parse_ring_seconds(value: object, where: str) -> int:
    return int(_parse_number(value, where, SHORTEST_RING, LONGEST_RING, whole=True))


def parse_longest_call(value: object, where: str) -> int:
    """Seconds after the answer. A trunk may allow less (services/trunks.py)."""
    return int(_parse_number(value, where, SHORTEST_CALL, max(LONGEST_CALLS.values()), whole=True))


def parse_detection(value: object, where: str) -> MachineDetection:
    try:
        return MachineDetection(value)  # type: ignore[arg-type]  # whatever it is
    except ValueError:
        raise InvalidInput([FieldError(where, f"one of {', '.join(MachineDetection)}")]) from None


def parse_switch(value: object, where: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidInput([FieldError(where, "true or false")])
    return value


def _parse_number(value: object, where: str, low: float, high: float, *, whole: bool) -> float:
    number = parse_plain_number(value)
    if number is None or not low <= number <= high or (whole and number != int(number)):
        kind = "a whole number" if whole else "a number"
        raise InvalidInput([FieldError(where, f"{kind} from {low:g} to {high:g}")])
    return number


def parse_instant(value: object, where: str) -> datetime | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            value = None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise InvalidInput(
            [FieldError(where, "a time with its zone (RFC 3339), such as 2026-12-04T18:00:00Z")]
        )
    try:
        at = value.astimezone(UTC)
    except OverflowError:
        at = None
    if at is None or at < EARLIEST:
        raise InvalidInput([FieldError(where, "a time from the year 2000 to ten years from now")])
    return at


def parse_region(value: object, where: str) -> str | None:
    if not value:
        return None
    if not isinstance(value, str) or not phone.is_region(value):
        raise InvalidInput([FieldError(where, "a country as two capital letters (ISO 3166), such as FR")])
    return value


def parse_caller_id(value: object, where: str) -> str | None:
    """As it was typed: it is read with the campaign's region once that is known."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise InvalidInput(
            [FieldError(where, f"a phone number with its country code, such as {phone.EXAMPLE}")]
        )
    return value


def parse_provider(value: object, where: str) -> str | None:
    """A trunk's name; None: the default trunk."""
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise InvalidInput([FieldError(where, "a trunk's name, as text")])
    return value


def keep_value(value: Any) -> Any:
    """For what has the same shape everywhere."""
    return value


def word_to_api(word: StrEnum | None) -> str | None:
    """A word of a list of words."""
    return None if word is None else word.value


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one field of a campaign is read, defaulted and shown."""

    parse: Callable[[Any, str], Any]
    """(what the API or the form gave, the field's name) → what CampaignSpec keeps. Raises InvalidInput."""
    default: Any = None
    """In API shape; `parse` refuses None where the field has to be given."""
    to_api: Callable[[Any], Any] = keep_value
    """The inverse of `parse`."""
    stored_as_json: bool = False
    """Whether its column keeps the API's shape, as JSON; else it keeps what CampaignSpec does."""

    def from_column(self, value: Any, where: str) -> Any:
        return self.parse(value, where) if self.stored_as_json else value

    def to_column(self, value: Any) -> Any:
        return self.to_api(value) if self.stored_as_json else value


def _rule(parse: Callable[[Any, str], Any], default: Any = None, **more: Any) -> dict[str, FieldRule]:
    return {"rule": FieldRule(parse, default, **more)}


@dataclass(frozen=True, slots=True)
class CampaignSpec:
    """What an operator decides about a campaign, checked. Instants are aware UTC, numbers E.164.

    This is the one table of a campaign's fields, in the API's order: the check, the API's shape, the form's
    plain fields and the columns of models.Campaign (which have the same names) are read off it. See "Add a campaign
    field" in CONTRIBUTING.md.
    """

    name: str = field(metadata=_rule(parse_name))
    purpose: Purpose | None = field(metadata=_rule(parse_purpose, to_api=word_to_api, stored_as_json=True))
    subject: str = field(metadata=_rule(parse_subject, ""))
    clock: CampaignClock = field(
        metadata=_rule(parse_clock, CampaignClock.BOTH.value, to_api=word_to_api, stored_as_json=True)
    )
    timezone: str | None = field(metadata=_rule(parse_timezone))
    calling_windows: tuple[CallingWindow, ...] = field(
        metadata=_rule(
            parse_windows,
            [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "18:00"}],
            to_api=windows_to_api,
            stored_as_json=True,
        )
    )
    caller_name: str = field(metadata=_rule(parse_caller_name, ""))
    consent: CampaignConsent | None = field(
        metadata=_rule(parse_consent, to_api=consent_to_api, stored_as_json=True)
    )
    caps: tuple[CallCap, ...] = field(
        metadata=_rule(parse_caps, caps_to_api(DEFAULT_CAPS), to_api=caps_to_api, stored_as_json=True)
    )
    min_gap_minutes: int = field(metadata=_rule(parse_min_gap, DEFAULT_MIN_GAP_MINUTES))
    guard_seconds: int = field(metadata=_rule(parse_guard, DEFAULT_GUARD_SECONDS))
    max_concurrent_calls: int = field(metadata=_rule(parse_lines, 10))
    calls_per_second: float | None = field(metadata=_rule(parse_rate, to_api=rate_to_api))
    retry: RetryPolicy = field(
        metadata=_rule(
            parse_retry,
            {"max_retries": DEFAULT_RETRIES, "delays_minutes": list(DEFAULT_DELAYS), "by_outcome": {}},
            to_api=retry_to_api,
            stored_as_json=True,
        )
    )
    call_order: CallOrder = field(
        metadata=_rule(parse_order, CallOrder.FILE.value, to_api=word_to_api, stored_as_json=True)
    )
    retries_first: bool = field(metadata=_rule(parse_switch, True))
    ring_seconds: int = field(metadata=_rule(parse_ring_seconds, 30))
    longest_call_seconds: int = field(metadata=_rule(parse_longest_call, 300))
    machine_detection: MachineDetection = field(
        metadata=_rule(
            parse_detection, MachineDetection.BALANCED.value, to_api=word_to_api, stored_as_json=True
        )
    )
    caller_id: str | None = field(metadata=_rule(parse_caller_id))
    message: Message = field(metadata=_rule(parse_message, to_api=message_to_api))
    provider: str = field(metadata=_rule(parse_provider))
    starts_at: datetime | None = field(metadata=_rule(parse_instant, to_api=to_rfc3339))
    ends_at: datetime | None = field(metadata=_rule(parse_instant, to_api=to_rfc3339))
    default_region: str | None = field(metadata=_rule(parse_region))
    priority: int = field(metadata=_rule(parse_priority, 5))
    edition: PackEdition = NO_PACKS
    """The rules of countries that are in use; not a field of the campaign."""

    @property
    def calling_schedule(self) -> CallingSchedule:
        """The campaign's windows; where it names no zone they hold on each person's clock, and are shown as UTC's."""
        return make_schedule(self.timezone or "UTC", self.calling_windows)

    @property
    def retry_policy(self) -> RetryPolicy:
        """The retries with what the order says of their times."""
        return replace(self.retry, other_hour=self.call_order is CallOrder.SPREAD)

    @property
    def own_schedule(self) -> CallingSchedule | None:
        """The windows where they close the whole campaign, whoever is called; None where the person's clock decides
        alone."""
        if self.clock is CampaignClock.PERSON or self.timezone is None:
            return None
        return self.calling_schedule

    @property
    def rulebook(self) -> Rulebook:
        """What of it decides whether somebody may be called."""
        return Rulebook(
            purpose=self.purpose,
            subject=self.subject,
            clock=self.clock,
            timezone=self.timezone,
            windows=self.calling_windows,
            packs=self.edition.packs,
            switched_off=self.edition.switched_off,
            switched_on=self.edition.switched_on,
            consent=NO_CONSENT if self.consent is None else self.consent.kind,
            lacks=list_lacking(self.message, self.caller_name, self.caller_id) if self.edition.packs else (),
            caps=self.caps,
            min_gap_minutes=self.min_gap_minutes,
            guard_seconds=self.guard_seconds,
        )


FIELD_RULES: dict[str, FieldRule] = {
    each.name: each.metadata["rule"] for each in fields(CampaignSpec) if "rule" in each.metadata
}
DEFAULTS: dict[str, Any] = {
    name: rule.default for name, rule in FIELD_RULES.items() if name not in ("name", "message")
}
"""In API shape, of the fields that may be left out."""


def check_campaign(
    data: Mapping[str, object],
    *,
    providers: Collection[str],
    now: datetime,
    edition: PackEdition = NO_PACKS,
) -> CampaignSpec:
    """Check a campaign in API shape; the form and the API both come through here. Missing fields take DEFAULTS.

    `providers` are the names of the trunks that exist, `edition` the rules of countries in use. Raises InvalidInput
    with every wrong field at once, so that a form is corrected in one go.
    """
    errors = [
        FieldError(key, f"not a field of a campaign; its fields are {', '.join(FIELD_RULES)}")
        for key in data
        if key not in FIELD_RULES
    ]
    values: dict[str, Any] = {}
    for name, rule in FIELD_RULES.items():
        try:
            values[name] = rule.parse(data.get(name, rule.default), name)
        except InvalidInput as error:
            errors += error.errors
    errors += _check_together(values, providers)
    errors += [
        FieldError(name, TOO_FAR)
        for name in ("starts_at", "ends_at")
        if (at := values.get(name)) is not None and at > now + HORIZON
    ]
    if errors:
        raise InvalidInput(errors)
    return CampaignSpec(**values, edition=edition)


def _check_together(values: dict[str, Any], providers: Collection[str]) -> list[FieldError]:
    """What depends on more than one field; a field that was refused is missing from `values`. Writes the caller ID in
    full and the default trunk's name."""
    errors: list[FieldError] = []
    message, starts_at, ends_at = (values.get(name) for name in ("message", "starts_at", "ends_at"))
    if values.get("max_concurrent_calls") == 1 and message is not None and message.has_transfer:
        errors.append(
            FieldError(
                "max_concurrent_calls",
                "at least 2: a key transfers, and whoever is called then takes a line, too",
            )
        )
    if values.get("clock") is CampaignClock.CAMPAIGN and "timezone" in values and values["timezone"] is None:
        text = (
            "give the zone of the calling windows, such as Europe/Paris: the campaign's clock alone decides"
        )
        errors.append(FieldError("timezone", text))
    if "guard_seconds" in values and "calling_windows" in values:
        try:
            check_guard_fits(values["guard_seconds"], values["calling_windows"])
        except InvalidInput as error:
            errors += error.errors
    if values.get("caller_id") is not None:
        try:
            values["caller_id"] = phone.parse(values["caller_id"], values.get("default_region"))
        except phone.PhoneError as error:
            text = phone.explain_refusal(error, values["caller_id"], values.get("default_region"))
            errors.append(FieldError("caller_id", text))
    if "provider" in values:
        values["provider"] = values["provider"] or next(iter(providers), None)
        if values["provider"] not in providers:
            known = f"one of {', '.join(providers)}" if providers else "there is no trunk yet; set one up"
            errors.append(FieldError("provider", known))
    if starts_at and ends_at and ends_at <= starts_at:
        errors.append(FieldError("ends_at", "must come after the start"))
    return errors


def spec_to_api(spec: CampaignSpec) -> dict[str, Any]:
    """The inverse of `check_campaign`, in the API's shape and order."""
    return {name: rule.to_api(getattr(spec, name)) for name, rule in FIELD_RULES.items()}
