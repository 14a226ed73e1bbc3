"""Twilio's vocabulary in ours: call statuses, who answered, times, error codes.

The codes are of Twilio's error dictionary; what each means for a call was decided here: is it the number's fault, ours,
or the account's, and was the call certainly not placed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from campaign_app.domain.attempt import AnsweredBy, AttemptStatus, CallUpdate
from campaign_app.providers.base import CallRejected, InDoubt, ProviderError, ProviderThrottled, TrunkDown

S = AttemptStatus
STATUS_BY_WORD = {
    "queued": S.QUEUED,
    "initiated": S.QUEUED,
    "ringing": S.RINGING,
    "in-progress": S.IN_PROGRESS,
    "answered": S.IN_PROGRESS,
    "completed": S.COMPLETED,
    "busy": S.BUSY,
    "no-answer": S.NO_ANSWER,
    "failed": S.FAILED,
    "canceled": S.CANCELED,
}
ENDED = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
ANSWERED_BY = {"human": AnsweredBy.HUMAN, "fax": AnsweredBy.FAX, "unknown": AnsweredBy.UNKNOWN}

Q850 = {S.BUSY: 17, S.NO_ANSWER: 19, S.CANCELED: 16}
"""Twilio tells no Q.850 cause; its statuses say as much (the table of docs/telephony.md)."""
SIP_Q850 = {404: 1, 410: 22, 484: 28, 603: 21, 604: 1, 408: 18, 480: 19, 503: 34, 500: 41, 502: 38, 504: 102}
NEVER_REACHED = frozenset({404, 410, 484, 604})
"""SIP answers that say that the number does not exist (RFC 3261)."""
CONGESTED = frozenset({500, 502, 503, 504})

NUMBER_WRONG = frozenset({21211, 21214, 21216, 21217, 21219, 21215, 21203, 21202})
"""Never called: not a number, or one this account may not call (premium, abroad, blocked; on trial: unverified)."""
NUMBER_WRONG_LATER = NUMBER_WRONG | {13223, 13224, 13225, 13226, 13227}
CALLER_ID_WRONG = frozenset({21210, 21212, 21213, 21606})
REQUEST_WRONG = frozenset({21205, 21218, 21220, 21609, 21626, 12100, 21401})
"""A callback address that is none, or a field Twilio does not take: the same for every number."""
ACCOUNT_WRONG = frozenset({20003, 20005, 20006, 20008, 20404, 20403, 10001, 10002, 20151})
TOO_FAST = frozenset({20429, 10004, 22005})
QUEUE_FULL = 22005
QUEUE_FULL_WAIT, TOO_FAST_WAIT, LONGEST_WAIT = 15.0, 2.0, 300.0
"""Seconds, where Twilio names none; and the most that is believed."""


def parse_answered_by(value: str | None) -> AnsweredBy | None:
    if not value:
        return None
    if value.startswith("machine"):
        return AnsweredBy.MACHINE
    return ANSWERED_BY.get(value)


def parse_time(value: object) -> datetime | None:
    """A time as Twilio writes it (RFC 2822), aware UTC; None for anything else."""
    if not isinstance(value, str) or not value:
        return None
    try:
        parsed = parsedate_to_datetime(value)
    except ValueError:
        return None
    return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)


def parse_past_time(value: object, now: datetime) -> datetime:
    """The same, `now` where there is none, and never later than that: the two clocks differ."""
    return min(parse_time(value) or now, now)


def parse_integer(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def dump_fields(fields: Mapping[str, Any]) -> str:
    """What was said, for the record: ASCII, so that no database chokes on it."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"))


def make_update(
    token: str,
    status: AttemptStatus,
    at: datetime,
    ref: str | None,
    fields: Mapping[str, Any],
    *,
    sip: int | None = None,
    code: int | None = None,
    answered_by: AnsweredBy | None = None,
) -> CallUpdate:
    """One step of a call. `sip` and `code` are the SIP answer and Twilio's error, where it told them."""
    cause = None
    if status in (S.FAILED, S.BUSY, S.NO_ANSWER, S.CANCELED):
        parts = [status.value]
        if sip:
            parts.append(f"SIP {sip}")
        if code:
            parts.append(f"Twilio {code}")
        cause = ", ".join(parts)
    failed = status is S.FAILED
    permanent = failed and (sip in NEVER_REACHED or code in NUMBER_WRONG_LATER)
    return CallUpdate(
        token,
        status,
        at,
        provider_ref=ref,
        answered_by=answered_by,
        cause=cause,
        q850=Q850.get(status) or (SIP_Q850.get(sip or 0) if failed else None),
        sip_code=sip,
        permanent=permanent,
        congestion=failed and sip in CONGESTED,
        raw=dump_fields(fields),
    )


def make_error(status: int, payload: object, retry_after: str | None, now: datetime) -> ProviderError:
    """What an answer that is no 2xx means for a call that was asked for."""
    fields = payload if isinstance(payload, Mapping) else {}
    code = parse_integer(fields.get("code")) or 0
    text = f"Twilio {code or f'HTTP {status}'}: {str(fields.get('message') or 'no reason given')[:300]}"
    if status == 429 or code in TOO_FAST:
        default = QUEUE_FULL_WAIT if code == QUEUE_FULL else TOO_FAST_WAIT
        return ProviderThrottled(text, _parse_retry_after(retry_after, default, now))
    if status >= 500 or status < 400:
        # A 5xx may come after the call was placed; an answer of 3xx is none of Twilio's.
        return InDoubt(text)
    if code in NUMBER_WRONG:
        return CallRejected(text)
    if code in CALLER_ID_WRONG or code in REQUEST_WRONG:
        return CallRejected(text, permanent=False, our_fault=True)
    if code in ACCOUNT_WRONG or status in (401, 403, 404):
        return TrunkDown(f"{text} (check the account SID and the auth token)")
    return CallRejected(text, permanent=False)


def _parse_retry_after(header: str | None, default: float, now: datetime) -> float:
    """Retry-After: seconds or a date (RFC 9110)."""
    if not header:
        return default
    try:
        seconds = float(header)
    except ValueError:
        try:
            at = parsedate_to_datetime(header)
        except ValueError:
            return default
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
        seconds = (at - now).total_seconds()
    if seconds != seconds:  # "nan" is a number to float()
        return default
    return min(max(seconds, 0.5), LONGEST_WAIT)
