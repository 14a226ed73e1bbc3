"""Retry policy: what follows an attempt's outcome. Pure; the randomness of the jitter is an argument."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .attempt import OUTCOMES, AnsweredBy, AttemptStatus
from .contact import ContactStatus
from .errors import FieldError, InvalidInput

MAX_RETRIES = 20
MAX_DELAY_MINUTES = 10_080.0
"""A week."""
DEFAULT_RETRIES = 3
DEFAULT_DELAYS: tuple[float, ...] = (30, 120, 1440)
OUTCOME_KEYS = ("busy", "no-answer", "failed", "canceled", "machine")
FREE_CONGESTION = 3
"""How many refusals for congestion cost a contact nothing; from then on they count, or it might never end."""
LEAST_AFTER_CONGESTION = timedelta(seconds=1)
JITTER = 0.1
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`delays_minutes[n]` is the wait before the n-th retry; the last one repeats where fewer are given.

    `by_outcome` gives an outcome delays of its own; an empty tuple there means that it is never retried. With
    `other_hour` a retry comes at another time of day than the try before it (`move_to_other_hour`).
    """

    max_retries: int
    delays_minutes: tuple[float, ...] = ()
    by_outcome: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    other_hour: bool = False

    @property
    def max_attempts(self) -> int:
        return self.max_retries + 1


@dataclass(frozen=True, slots=True)
class RetryDecision:
    """What becomes of the contact, when it is due again (UTC), and whether the attempt counts as a try."""

    status: ContactStatus
    due_at: datetime | None
    counts: bool


_COMPLETED = RetryDecision(ContactStatus.COMPLETED, None, counts=True)


def minimum_spacing(policy: RetryPolicy) -> float:
    """Seconds that lie at least between two attempts that were sent (I8): a lower bound over all that may follow."""
    delays = list(policy.delays_minutes)
    for outcome_delays in policy.by_outcome.values():
        delays.extend(outcome_delays)
    return min(delays, default=0.0) * 60.0


def list_longest_delays(policy: RetryPolicy) -> tuple[float, ...]:
    """Minutes before each retry, at the most: whatever outcomes come before it, without the jitter."""
    delays = [each for each in (policy.delays_minutes, *policy.by_outcome.values()) if each]
    return tuple(
        max((each[min(number, len(each) - 1)] for each in delays), default=0.0)
        for number in range(policy.max_retries)
    )


def decide_retry(
    policy: RetryPolicy,
    *,
    outcome: AttemptStatus,
    answered_by: AnsweredBy | None,
    permanent: bool,
    congestion: bool,
    tries: int,
    free_attempts: int,
    now: datetime,
    jitter: float,
    nothing_said: bool = False,
) -> RetryDecision:
    """What follows an outcome.

    `tries` counts this attempt too, `free` the contact's earlier attempts that cost nothing, `jitter` is in [0, 1).
    `nothing_said`: a machine took the call and was hung up on, or the message could not be played to whoever answered,
    which is a try like one that nobody answered.
    A retry is due at now + delay(tries) × (1 + 0.1 × jitter), with tries ≤ max_retries; else the contact is exhausted.
    Never retried: a person who heard something, a permanent failure, and `unresolved`, of which nobody knows whether
    it rang.
    """
    if outcome not in OUTCOMES:
        raise ValueError(f"{outcome} is no outcome")
    if outcome is AttemptStatus.COMPLETED and not nothing_said and answered_by is not AnsweredBy.MACHINE:
        return _COMPLETED
    if outcome is AttemptStatus.RELEASED:
        return RetryDecision(ContactStatus.RETRY if tries > 1 else ContactStatus.PENDING, now, counts=False)
    if outcome is AttemptStatus.UNRESOLVED or (outcome is AttemptStatus.FAILED and permanent):
        return RetryDecision(ContactStatus.EXHAUSTED, None, counts=True)
    key: str = outcome
    if outcome is AttemptStatus.COMPLETED:
        if not nothing_said and not policy.by_outcome.get("machine"):
            return _COMPLETED
        if answered_by in (AnsweredBy.MACHINE, AnsweredBy.FAX):
            key = "machine"
    delays = policy.by_outcome.get(key, policy.delays_minutes)
    if outcome is AttemptStatus.FAILED and congestion and free_attempts < FREE_CONGESTION:
        status = ContactStatus.RETRY if tries > 1 else ContactStatus.PENDING
        wait = max(_retry_delay(delays or policy.delays_minutes, tries, jitter), LEAST_AFTER_CONGESTION)
        return RetryDecision(status, now + wait, counts=False)
    if tries <= policy.max_retries and delays:
        due = now + _retry_delay(delays, tries, jitter)
        if policy.other_hour:
            due = move_to_other_hour(due, now)
        return RetryDecision(ContactStatus.RETRY, due, counts=True)
    # A machine that took every try did get the message at the last one, unless it was hung up on.
    heard = outcome is AttemptStatus.COMPLETED and not nothing_said
    final_status = ContactStatus.COMPLETED if heard else ContactStatus.EXHAUSTED
    return RetryDecision(final_status, None, counts=True)


def move_to_other_hour(due: datetime, last: datetime) -> datetime:
    """`due`, or the first instant after it that lies an hour or more from `last` on the clock, whatever the day and the
    zone: 24 hours become 25, half an hour becomes one. Who does not answer at ten may answer at eleven."""
    apart = (due - last) % DAY
    if apart < HOUR:
        return due + (HOUR - apart)
    return due + (DAY - apart) + HOUR if DAY - apart < HOUR else due


def _retry_delay(delays: Sequence[float], tries: int, jitter: float) -> timedelta:
    minutes = delays[min(tries, len(delays)) - 1] if delays else 1.0
    return timedelta(minutes=minutes * (1.0 + JITTER * jitter))


def parse_plain_number(value: object) -> float | None:
    """A number as JSON or a form gives it: no NaN, no `1_0`, no truth value; None when it is none."""
    if isinstance(value, str):
        value = value.strip()
        return float(value) if len(value) < 40 and PLAIN_NUMBER.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _parse_delays(value: object, where: str, errors: list[FieldError]) -> tuple[float, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        errors.append(FieldError(where, "a list of minutes, such as [30, 120]"))
        return ()
    if len(value) > MAX_RETRIES:
        errors.append(FieldError(where, f"{MAX_RETRIES} delays at the most"))
        return ()
    delays: list[float] = []
    for index, item in enumerate(value):
        number = parse_plain_number(item)
        if number is None or not 0 <= number <= MAX_DELAY_MINUTES:
            errors.append(
                FieldError(f"{where}[{index}]", f"minutes from 0 to {MAX_DELAY_MINUTES:g} (a week)")
            )
        else:
            delays.append(number)
    return tuple(delays)


def parse_retry(value: object, field: str = "retry") -> RetryPolicy:
    """Read a policy in API shape: `{"max_retries": 3, "delays_minutes": [30, 120, 1440], "by_outcome": {"busy": [5]}}`.

    In `by_outcome` a bare number stands for a list of one. Raises Invalid with every wrong field named.
    """
    if not isinstance(value, Mapping):
        raise InvalidInput([FieldError(field, "an object with max_retries, delays_minutes and by_outcome")])
    errors: list[FieldError] = []
    for key in value:
        if key not in ("max_retries", "delays_minutes", "by_outcome"):
            errors.append(FieldError(f"{field}.{key}", "not a part of a retry policy"))
    retries = parse_plain_number(value.get("max_retries", DEFAULT_RETRIES))
    if retries is None or retries != int(retries) or not 0 <= retries <= MAX_RETRIES:
        errors.append(FieldError(f"{field}.max_retries", f"a whole number from 0 to {MAX_RETRIES}"))
        retries = 0
    delays = _parse_delays(value.get("delays_minutes", DEFAULT_DELAYS), f"{field}.delays_minutes", errors)
    if retries and not delays and not errors:
        errors.append(FieldError(f"{field}.delays_minutes", "retries need at least one delay, in minutes"))
    outcome_delays: dict[str, tuple[float, ...]] = {}
    by_outcome = value.get("by_outcome") or {}
    if not isinstance(by_outcome, Mapping):
        errors.append(FieldError(f"{field}.by_outcome", 'an object, such as {"busy": [5], "failed": []}'))
        by_outcome = {}
    for key, item in by_outcome.items():
        where = f"{field}.by_outcome.{key}"
        if key not in OUTCOME_KEYS:
            errors.append(
                FieldError(where, f"outcomes with delays of their own are {', '.join(OUTCOME_KEYS)}")
            )
        elif isinstance(item, int | float) and not isinstance(item, bool):
            outcome_delays[key] = _parse_delays([item], where, errors)
        else:
            outcome_delays[key] = _parse_delays(item, where, errors)
    if errors:
        raise InvalidInput(errors)
    return RetryPolicy(int(retries), delays, outcome_delays)


def _plain_minutes(minutes: float) -> int | float:
    return int(minutes) if minutes == int(minutes) else minutes


def retry_to_api(policy: RetryPolicy) -> dict[str, object]:
    """The inverse of `parse_retry`."""
    return {
        "max_retries": policy.max_retries,
        "delays_minutes": [_plain_minutes(minutes) for minutes in policy.delays_minutes],
        "by_outcome": {key: [_plain_minutes(m) for m in own] for key, own in policy.by_outcome.items()},
    }
