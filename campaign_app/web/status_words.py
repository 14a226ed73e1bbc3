"""Status words: what a page calls the status of a campaign, a contact, an attempt or an import."""

from __future__ import annotations

STATUS_WORDS = {
    # Contacts.
    # They may have been called before: a call that the trunk refused costs no try.
    "pending": "To be called",
    "retry": "To be retried",
    "exhausted": "No more tries",
    "suppressed": "On do-not-call",
    # Attempts.
    "claimed": "Reserved",
    "in-doubt": "Checking with carrier",
    "in-progress": "In progress",
    "no-answer": "No answer",
    "unresolved": "Outcome unknown",
    "released": "Not sent",
}
"""Statuses that a person says otherwise than the API writes them."""


def describe_status(status: str) -> str:
    """`exhausted` → `No more tries`, `busy` → `Busy`."""
    return STATUS_WORDS.get(status, status.replace("-", " ").capitalize())
