"""Retention: how many days what is known of people stays, and which laws ask for how long."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from .errors import FieldError, InvalidInput

LONGEST_DAYS = 36_500
LEAST_CALL_DAYS = 90
"""Caps, gaps and silences count the calls of that time: who forgot them would call people too often."""
LONGEST_REASON = 500
YEAR = 365


class Kind(StrEnum):
    """What can be kept for a while, in the order in which it is shown."""

    VARIABLES = "variables"
    """What files said of the contacts of campaigns that are over, but their numbers and consent."""
    CONTACTS = "contacts"
    """Those contacts themselves."""
    CALL_RECORDS = "call_records"
    """Calls of campaigns that are over, and single calls, with what providers said of them."""
    RECORDINGS = "recordings"
    """Sounds that no campaign uses but archived ones."""
    UPLOADS = "uploads"
    """Rows that imports refused, samples of check pages, uploads that nobody confirmed, numbers in journals; exported
    files that EXPORT_DAYS would keep for longer."""
    AUDIT = "audit"
    """The audit trail, but for who edited a campaign when, by which past calls are proved."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A law that asks to keep something for so many days."""

    kind: Kind
    country: str
    """ISO 3166 alpha-2."""
    days: int
    what: str
    source: str


DUTIES = (
    Duty(Kind.CALL_RECORDS, "US", 5 * YEAR + 2, "call records 5 years", "16 CFR 310.5"),
    Duty(Kind.CALL_RECORDS, "CA", 3 * YEAR + 1, "call records 3 years", "CRTC 2014-155, UTR Part III"),
    Duty(Kind.CONTACTS, "US", 5 * YEAR + 2, "consent 5 years", "16 CFR 310.5"),
    Duty(Kind.CONTACTS, "DE", 5 * YEAR + 2, "proof of consent 5 years from each use", "UWG § 7a"),
)
DO_NOT_CALL_NOTE = (
    "Do-not-call entries are never removed by age. The US asks for 5 years (47 CFR 64.1200(d)), Canada for 3."
)


def list_duties(kind: Kind, countries: frozenset[str] | None = None) -> list[Duty]:
    """What laws ask to keep of a kind; of some countries only, if they are given."""
    return [duty for duty in DUTIES if duty.kind is kind and (countries is None or duty.country in countries)]


def longest_duty(kind: Kind) -> Duty | None:
    return max(list_duties(kind), key=lambda duty: duty.days, default=None)


@dataclass(frozen=True, slots=True)
class Period:
    """How long one kind stays: days, or None for ever. `reason` says why it is shorter than a law asks."""

    days: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RetentionRules:
    """A period for each kind; of those that are not named, for ever."""

    periods: Mapping[Kind, Period] = field(default_factory=dict)

    def get(self, kind: Kind) -> Period:
        return self.periods.get(kind, Period())

    def to_json(self) -> dict[str, Any]:
        return {kind.value: {"days": self.get(kind).days, "reason": self.get(kind).reason} for kind in Kind}


def parse_rules(data: Mapping[str, Any]) -> RetentionRules:
    """`{"call_records": {"days": 1830, "reason": null}, …}`. Raises InvalidInput with every wrong field."""
    errors: list[FieldError] = []
    periods: dict[Kind, Period] = {}
    known = {kind.value for kind in Kind}
    for name, value in data.items():
        if name not in known:
            errors.append(
                FieldError(str(name), f"there is no such kind; there are {', '.join(sorted(known))}")
            )
            continue
        kind = Kind(name)
        if not isinstance(value, Mapping) or set(value) - {"days", "reason"}:
            errors.append(FieldError(name, 'give it as {"days": 365, "reason": null}; days null: for ever'))
            continue
        period = Period(value.get("days"), _read_reason(value.get("reason")))
        errors += _check_period(kind, period)
        periods[kind] = period
    if errors:
        raise InvalidInput(errors)
    return RetentionRules(periods)


def _read_reason(value: Any) -> str | None:
    return value.strip() or None if isinstance(value, str) else None


def _check_period(kind: Kind, period: Period) -> list[FieldError]:
    days, name = period.days, f"{kind.value}.days"
    if days is None:
        return []
    if isinstance(days, bool) or not isinstance(days, int) or not 1 <= days <= LONGEST_DAYS:
        return [FieldError(name, f"give whole days from 1 to {LONGEST_DAYS:,}, or nothing for ever")]
    if kind is Kind.CALL_RECORDS and days < LEAST_CALL_DAYS:
        return [
            FieldError(
                name,
                f"keep them at least {LEAST_CALL_DAYS} days: limits on how often somebody is called count them",
            )
        ]
    if period.reason is not None and len(period.reason) > LONGEST_REASON:
        return [FieldError(f"{kind.value}.reason", f"keep it under {LONGEST_REASON} characters")]
    duty = longest_duty(kind)
    if duty is not None and days < duty.days and period.reason is None:
        return [
            FieldError(
                f"{kind.value}.reason",
                f"say why it is less than the {duty.days:,} days of {duty.country} ({duty.what}, {duty.source})",
            )
        ]
    return []


@dataclass(frozen=True, slots=True)
class KeptRecord:
    """What stays of somebody who was forgotten, why and until when (None: for ever)."""

    what: str
    why: str
    until: date | None

    def to_json(self) -> dict[str, Any]:
        return {
            "what": self.what,
            "why": self.why,
            "until": None if self.until is None else self.until.isoformat(),
        }
