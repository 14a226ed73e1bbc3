"""Attempt statuses: their ranks, and the one rule by which a call update is applied.

Rank never falls, and the first terminal status stands; only `unresolved` may be upgraded by late evidence.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class AttemptStatus(StrEnum):
    CLAIMED = "claimed"
    DIALING = "dialing"
    IN_DOUBT = "in-doubt"
    QUEUED = "queued"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"
    RELEASED = "released"
    UNRESOLVED = "unresolved"


class TransferLegState(StrEnum):
    """What a call that is transferred has of the line that its other leg needs."""

    WAITING = "asked"
    """It waits for one; the next that comes free is its own, and no claim's."""
    GRANTED = "given"


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
OUTCOMES = frozenset(status for status, rank in RANK.items() if rank == TERMINAL_RANK)
OPEN = frozenset(RANK) - OUTCOMES
PROVIDER_OUTCOMES = (S.COMPLETED, S.BUSY, S.NO_ANSWER, S.FAILED, S.CANCELED)
"""The outcomes that only a provider can tell: evidence of what became of the call."""

TRANSITIONS: dict[AttemptStatus, frozenset[AttemptStatus]] = {
    # Never sent yet: it goes to the wire through the permit, or back.
    S.CLAIMED: frozenset({S.DIALING, S.RELEASED}),
    # At the wire. `released` only where the request certainly was not made.
    S.DIALING: frozenset(
        {S.IN_DOUBT, S.QUEUED, S.RINGING, S.IN_PROGRESS, *PROVIDER_OUTCOMES, S.RELEASED, S.UNRESOLVED}
    ),
    S.IN_DOUBT: frozenset({S.QUEUED, S.RINGING, S.IN_PROGRESS, *PROVIDER_OUTCOMES, S.UNRESOLVED}),
    S.QUEUED: frozenset({S.RINGING, S.IN_PROGRESS, *PROVIDER_OUTCOMES, S.UNRESOLVED}),
    S.RINGING: frozenset({S.IN_PROGRESS, *PROVIDER_OUTCOMES, S.UNRESOLVED}),
    S.IN_PROGRESS: frozenset({*PROVIDER_OUTCOMES, S.UNRESOLVED}),
    # Late evidence is the one upgrade.
    S.UNRESOLVED: frozenset(PROVIDER_OUTCOMES),
    S.COMPLETED: frozenset(),
    S.BUSY: frozenset(),
    S.NO_ANSWER: frozenset(),
    S.FAILED: frozenset(),
    S.CANCELED: frozenset(),
    S.RELEASED: frozenset(),
}


class AnsweredBy(StrEnum):
    HUMAN = "human"
    MACHINE = "machine"
    FAX = "fax"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CallUpdate:
    """What a provider says about one call: by event, callback or poll. `at` is aware UTC.

    `token` names the attempt. `cause` is the provider's raw cause in its own words; `q850` and `sip_code` are the
    standard numbers where they are known (ITU-T Q.850, RFC 3261). `permanent` says that the number can never be
    reached (not assigned), so that it is not retried; `congestion` that the trunk, not the callee, refused: such an
    attempt costs none of the contact's tries; `trunk_down` that the trunk's far end is out of reach.
    `disposition` is a domain.script.Disposition of an answered call, `key` the digit that was pressed, `detected_after`
    the seconds from the answer until human or machine was decided. `queued_for` is how many seconds the provider kept
    the call in a queue of its own; it is told once.
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


def status_outranks(new: AttemptStatus, current: AttemptStatus) -> bool:
    """Whether news of `new` changes an attempt that stands at `current`."""
    if current is S.UNRESOLVED:
        return new in PROVIDER_OUTCOMES
    return RANK[new] > RANK[current]


def decisive_updates(updates: Iterable[CallUpdate]) -> dict[str, CallUpdate]:
    """The one piece of news per token that a batch comes down to: the first of the highest rank.

    Earlier steps of the same batch (ringing, answered) are kept as raw events by the caller; they can no longer
    change the attempt's status once a higher one is known.
    """
    best_by_token: dict[str, CallUpdate] = {}
    for update in updates:
        best_so_far = best_by_token.get(update.token)
        if best_so_far is None or status_outranks(update.status, best_so_far.status):
            best_by_token[update.token] = update
    return best_by_token


def new_tokens(now: datetime, count: int) -> list[str]:
    """Attempts' tokens: 32 lower-case hex each, time-ordered like a UUIDv7 (RFC 9562), 80 bits of it random.

    Fixed length and lower case because Asterisk compares channel ids by case-insensitive prefix; time-ordered because
    a random unique key costs the attempts' index 5–13 % of the insert.
    """
    milliseconds = f"{int(now.timestamp() * 1000) & 0xFFFFFFFFFFFF:012x}"
    entropy = secrets.token_hex(10 * count)
    return [milliseconds + entropy[start : start + 20] for start in range(0, 20 * count, 20)]


def new_token(now: datetime) -> str:
    """One token."""
    return new_tokens(now, 1)[0]
