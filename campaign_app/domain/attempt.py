"""Attempt statuses: what each means, what may follow it (TRANSITIONS), and what a provider says of a call.

Rank is an index of that table for SQL. It never falls, and the first outcome stands; only `unresolved` may be upgraded
by late evidence.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class AttemptStatus(StrEnum):
    CLAIMED = "claimed"
    """Has a line, and was certainly not sent. Set by the claim (queries/claim.py), and by a single call's request."""
    DIALING = "dialing"
    """May be at the wire: permitted, no answer yet. Set by the permit (queries/permit.py) just before the request."""
    IN_DOUBT = "in-doubt"
    """The answer to the request was lost, so it may or may not have been placed. Set when it is recorded."""
    QUEUED = "queued"
    """The provider took it. Set when its answer is recorded, and by its events."""
    RINGING = "ringing"
    """The callee's phone rings. Set by the provider's events and polls, as all that follow are."""
    IN_PROGRESS = "in-progress"
    """A person or a machine picked up."""
    COMPLETED = "completed"
    """Was answered, and is over."""
    BUSY = "busy"
    """The line was busy."""
    NO_ANSWER = "no-answer"
    """Rang until its time was over."""
    FAILED = "failed"
    """Could not be connected. Set by the provider, or when it rejects the request for the number's sake."""
    CANCELED = "canceled"
    """Was hung up before anybody answered."""
    RELEASED = "released"
    """Was certainly never sent, and costs no try. Set by the engine: a gate closed, no connection, an old claim."""
    UNRESOLVED = "unresolved"
    """Nobody knows what became of it. Set by the engine once the provider has no such call, or past its horizon; and
    by a person who lets go of a call that never ends."""


class Decision(StrEnum):
    """What a person decides about a call of which nobody knows the outcome."""

    DONE = "done"
    """It reached the phone: no further call."""
    AGAIN = "again"
    """The contact waits for its next try."""
    LEAVE = "leave"
    """It stays unknown, and nobody is asked any more."""


class TransferLegState(StrEnum):
    """What a call that is transferred has of the line that its other leg needs."""

    WAITING = "waiting"
    """It waits for one; the next that comes free is its own, and no claim's."""
    GRANTED = "granted"


S = AttemptStatus
TERMINAL_RANK = 9
RANK: dict[AttemptStatus, int] = {
    S.CLAIMED: 0,
    S.DIALING: 1,
    S.IN_DOUBT: 1,
    S.QUEUED: 2,
    S.RINGING: 3,
    S.IN_PROGRESS: 4,
    S.COMPLETED: TERMINAL_RANK,
    S.BUSY: TERMINAL_RANK,
    S.NO_ANSWER: TERMINAL_RANK,
    S.FAILED: TERMINAL_RANK,
    S.CANCELED: TERMINAL_RANK,
    S.RELEASED: TERMINAL_RANK,
    S.UNRESOLVED: TERMINAL_RANK,
}
STATUSES = {status.value: status for status in AttemptStatus}
"""By stored value: a lookup here takes a fifth of the time of `AttemptStatus(value)`."""
OUTCOMES = frozenset(status for status, rank in RANK.items() if rank == TERMINAL_RANK)
OPEN = frozenset(RANK) - OUTCOMES
PROVIDER_OUTCOMES = (S.COMPLETED, S.BUSY, S.NO_ANSWER, S.FAILED, S.CANCELED)
"""The outcomes that only a provider can tell: evidence of what became of the call."""

PERMIT, NOT_SENT, ANSWER_LOST, NOTHING_HEARD = "permit", "not sent", "answer lost", "nothing heard"
EVIDENCE, LATE_EVIDENCE, RECOVERY = "evidence", "late evidence", "recovery"
_ENDED = dict.fromkeys(PROVIDER_OUTCOMES, EVIDENCE)
TRANSITIONS: dict[AttemptStatus, dict[AttemptStatus, str]] = {
    # A provider may tell of a call that this database never permitted: of a restored backup, whose permit came later.
    # It is believed, or the number would ring twice; `flask check` names such an attempt (I4).
    S.CLAIMED: {
        S.DIALING: PERMIT,
        S.RELEASED: NOT_SENT,
        S.QUEUED: EVIDENCE,
        S.RINGING: EVIDENCE,
        S.IN_PROGRESS: EVIDENCE,
        **_ENDED,
    },
    # At the wire. `released` only where the request certainly was not made.
    S.DIALING: {
        S.IN_DOUBT: ANSWER_LOST,
        S.RELEASED: NOT_SENT,
        S.QUEUED: EVIDENCE,
        S.RINGING: EVIDENCE,
        S.IN_PROGRESS: EVIDENCE,
        **_ENDED,
        S.UNRESOLVED: NOTHING_HEARD,
    },
    S.IN_DOUBT: {
        S.QUEUED: EVIDENCE,
        S.RINGING: EVIDENCE,
        S.IN_PROGRESS: EVIDENCE,
        **_ENDED,
        S.UNRESOLVED: NOTHING_HEARD,
    },
    S.QUEUED: {S.RINGING: EVIDENCE, S.IN_PROGRESS: EVIDENCE, **_ENDED, S.UNRESOLVED: NOTHING_HEARD},
    S.RINGING: {S.IN_PROGRESS: EVIDENCE, **_ENDED, S.UNRESOLVED: NOTHING_HEARD},
    S.IN_PROGRESS: {**_ENDED, S.UNRESOLVED: NOTHING_HEARD},
    S.COMPLETED: {},
    S.BUSY: {},
    S.NO_ANSWER: {},
    S.FAILED: {},
    S.CANCELED: {},
    # "Never sent" was said before it came out that the database had lost the permit: the call is looked up again.
    S.RELEASED: {S.DIALING: RECOVERY},
    S.UNRESOLVED: dict.fromkeys(PROVIDER_OUTCOMES, LATE_EVIDENCE),
}
"""What may follow each status, and why. Settling asks it about every update; a statement that moves many attempts at
once is held to it by the tests, which look up every move of the tests' world here."""


class AnsweredBy(StrEnum):
    HUMAN = "human"
    MACHINE = "machine"
    FAX = "fax"
    UNKNOWN = "unknown"


KNOWN_ANSWERERS = (AnsweredBy.HUMAN, AnsweredBy.MACHINE, AnsweredBy.FAX)
"""Of whom somebody said so; all other answered calls are `unknown`, also where nobody asked."""


class CallUpdate(NamedTuple):
    """What a provider says about one call: by event, callback or poll. `at` is aware UTC.

    `token` names the attempt. `cause` is the provider's raw cause in its own words; `q850` and `sip_code` are the
    standard numbers where they are known (ITU-T Q.850, RFC 3261). `permanent` says that the number can never be
    reached (not assigned), so that it is not retried; `congestion` that the trunk, not the callee, refused: such an
    attempt costs none of the contact's tries; `trunk_down` that the trunk's far end is out of reach.
    `disposition` is a domain.script.Disposition of an answered call, `key` the digit that was pressed, `detected_after`
    the seconds from the answer until human or machine was decided. `unplayed` says that somebody answered and the
    message could not be played to them. `queued_for` is how many seconds the provider kept the call in a queue of its
    own; it is told once.

    A tuple, because each call has several updates: a frozen dataclass took four times as long to make.
    """

    token: str
    status: AttemptStatus
    at: datetime
    provider_ref: str | None = None
    answered_by: AnsweredBy | None = None
    disposition: str | None = None
    cause: str | None = None
    q850: int | None = None
    sip_code: int | None = None
    permanent: bool = False
    congestion: bool = False
    raw: str | None = None
    trunk_down: bool = False
    key: str | None = None
    detected_after: float | None = None
    queued_for: float | None = None
    unplayed: bool = False


def may_follow(current: AttemptStatus, new: AttemptStatus, *, recovering: bool = False) -> bool:
    """Whether an attempt at `current` may become `new`. Only writing back lost calls is `recovering`."""
    reason = TRANSITIONS[current].get(new)
    return reason is not None and (recovering or reason is not RECOVERY)


def first_token(at: datetime) -> str:
    """The lower bound of all tokens made at `at` or later."""
    return f"{int(at.timestamp() * 1000) & 0xFFFFFFFFFFFF:012x}"


def new_tokens(now: datetime, count: int) -> list[str]:
    """Attempts' tokens: 32 lower-case hex each, time-ordered like a UUIDv7 (RFC 9562), 80 bits of it random.

    Fixed length and lower case because Asterisk compares channel ids by case-insensitive prefix; time-ordered because
    a random unique key costs the attempts' index 5–13 % of the insert.
    """
    milliseconds = first_token(now)
    entropy = secrets.token_hex(10 * count)
    return [milliseconds + entropy[start : start + 20] for start in range(0, 20 * count, 20)]


def new_token(now: datetime) -> str:
    """One token."""
    return new_tokens(now, 1)[0]
