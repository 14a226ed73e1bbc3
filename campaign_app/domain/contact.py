"""Contact statuses: what each means, and what may follow it.

`due_at` says whether and when a contact may be dialed; the status says why.
"""

from __future__ import annotations

from enum import StrEnum

from .errors import IllegalTransition


class ContactStatus(StrEnum):
    PENDING = "pending"
    """Waits for its first counted try. Set when it is added, and when an attempt that cost nothing goes back."""
    DIALING = "dialing"
    """Has an open attempt, and so no due time. Set by the claim (queries/claim.py)."""
    RETRY = "retry"
    """Waits for another try, due by the campaign's retry policy. Set when an attempt ends (domain/retry.py)."""
    COMPLETED = "completed"
    """Was reached. Set when an attempt ends answered, also by late evidence."""
    EXHAUSTED = "exhausted"
    """Is not tried again: no tries are left, its number is wrong, or nobody knows what became of its last call."""
    SUPPRESSED = "suppressed"
    """Its number is on the do-not-call list. Set when the number is listed, or when a call to it ends thereafter."""
    CANCELED = "canceled"
    """Its campaign was stopped before it was reached. Set by the stop, or when its last call ends after it."""


class DeferredBy(StrEnum):
    """Why a waiting contact was put off without a call: it had its turn, and might not be called."""

    CAP = "cap"
    """The number was called often enough lately."""
    GAP = "gap"
    """Another campaign called the number a short while ago."""
    HOURS = "hours"
    """The hours were over when its turn came."""
    BUSY = "busy"
    """Another campaign, or a single call, took the number at that moment."""
    OUTSIDE = "outside"
    """The outside check refused the number."""
    UNASKED = "unasked"
    """The outside check did not answer."""
    RESTORED = "restored"
    """The database was restored, and nobody can say whether the number had been called since the backup."""
    TRUNK = "trunk"
    """The trunk may not call the number, by its countries and types of number."""


PUT_OFF_BY_RULES = (DeferredBy.HOURS, DeferredBy.CAP, DeferredBy.GAP)
"""By the rules of the campaign and of the person's place: another rulebook or another place judges them anew."""
STATUSES = {status.value: status for status in ContactStatus}
"""By stored value."""
S = ContactStatus
TRANSITIONS: dict[ContactStatus, dict[ContactStatus, str]] = {
    S.PENDING: {S.DIALING: "claim", S.SUPPRESSED: "listed", S.CANCELED: "stopped"},
    S.DIALING: {
        S.PENDING: "cost nothing",
        S.RETRY: "try again",
        S.COMPLETED: "answered",
        S.EXHAUSTED: "given up",
        S.SUPPRESSED: "listed",
        S.CANCELED: "stopped",
    },
    S.RETRY: {
        S.DIALING: "claim",
        S.SUPPRESSED: "listed",
        S.CANCELED: "stopped",
        S.EXHAUSTED: "policy changed, or decision undone",
        S.COMPLETED: "policy changed",
    },
    # An `unresolved` attempt may turn out to have been answered after all.
    # Or somebody decides about it: done, or again; listed meanwhile, the number is not called.
    # A person may have anybody called again who is done with: the policy begins anew.
    S.EXHAUSTED: {
        S.COMPLETED: "late evidence",
        S.PENDING: "call again",
        S.RETRY: "call again",
        S.SUPPRESSED: "listed",
    },
    S.COMPLETED: {S.PENDING: "call again", S.EXHAUSTED: "decision undone"},
    # Its number leaves the do-not-call list, and the operator wants it called again.
    S.SUPPRESSED: {S.PENDING: "taken off the list", S.RETRY: "taken off the list"},
    S.CANCELED: {},
}
"""What may follow each status, and why. Statements that move many contacts at once are held to it by the tests: every
move that the tests' world makes is looked up here."""
WAITING = frozenset({S.PENDING, S.RETRY})
TERMINAL = frozenset({S.COMPLETED, S.EXHAUSTED, S.SUPPRESSED, S.CANCELED})


def check_transition(current: ContactStatus, new: ContactStatus) -> None:
    """Raises IllegalTransition, which names both statuses, where TRANSITIONS does not lead from one to the other."""
    if new not in TRANSITIONS[current]:
        raise IllegalTransition("contact", current, new)
