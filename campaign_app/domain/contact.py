"""The contact's statuses. `due_at` says whether and when one may be dialled; the status says why."""

from __future__ import annotations

from enum import StrEnum


class ContactStatus(StrEnum):
    PENDING = "pending"
    DIALING = "dialing"
    RETRY = "retry"
    COMPLETED = "completed"
    EXHAUSTED = "exhausted"
    SUPPRESSED = "suppressed"
    CANCELED = "canceled"


S = ContactStatus
TRANSITIONS: dict[ContactStatus, frozenset[ContactStatus]] = {
    S.PENDING: frozenset({S.DIALING, S.SUPPRESSED, S.CANCELED}),
    # Back to `pending` when its attempt was released before any counted one.
    S.DIALING: frozenset({S.COMPLETED, S.RETRY, S.EXHAUSTED, S.PENDING, S.SUPPRESSED, S.CANCELED}),
    S.RETRY: frozenset({S.DIALING, S.SUPPRESSED, S.CANCELED}),
    # Late evidence on an `unresolved` attempt may show that the call was answered after all.
    S.EXHAUSTED: frozenset({S.COMPLETED}),
    S.COMPLETED: frozenset(),
    # When its number leaves the do-not-call list, and the operator wants it called again.
    S.SUPPRESSED: frozenset({S.PENDING, S.RETRY}),
    S.CANCELED: frozenset(),
}
WAITING = frozenset({S.PENDING, S.RETRY})
TERMINAL = frozenset({S.COMPLETED, S.EXHAUSTED, S.SUPPRESSED, S.CANCELED})
