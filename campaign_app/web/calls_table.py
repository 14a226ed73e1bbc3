"""Calls table, of one campaign or of all: its state is in the URL, and its order is frozen while one reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from campaign_app.domain.attempt import OUTCOMES, RANK, AttemptStatus
from campaign_app.domain.message import DIGITS
from campaign_app.http.numbers import read_number_search
from campaign_app.http.routing import parse_id
from campaign_app.models import Attempt
from campaign_app.queries import tables

from .filters import capitalize_first
from .status_words import describe_status
from .times import name_moment, speed_of

ROWS_PER_PAGE = 25
FILTERS = (
    (None, "All"),
    ("open", "In progress"),
    *(
        (status, describe_status(status))
        for status in ("completed", "no-answer", "busy", "failed", "unresolved", "canceled", "released")
    ),
)
SORTS = ("id", "phone", "status")
OPEN_STATUS_TEXTS = {
    AttemptStatus.CLAIMED: "Queued",
    AttemptStatus.DIALING: "Placing the call",
    AttemptStatus.IN_DOUBT: "Waiting for the carrier’s answer",
    AttemptStatus.QUEUED: "Accepted by the carrier",
    AttemptStatus.RINGING: "Ringing",
    AttemptStatus.IN_PROGRESS: "On the line",
}


@dataclass(frozen=True, slots=True)
class CallsTableState:
    """What the URL says. `top` is the newest attempt the reader has seen; later ones wait for a click."""

    status: str | None = None
    q: str = ""
    sort: str = "-id"
    cursor: str | None = None
    top: int | None = None
    key: str | None = None
    """Only those who pressed it."""

    @property
    def url_args(self) -> dict[str, Any]:
        """For url_for; what is the default is left out."""
        params = {
            "status": self.status,
            "q": self.q or None,
            "sort": None if self.sort == "-id" else self.sort,
            "cursor": self.cursor,
            "top": self.top,
            "key": self.key,
        }
        return {key: value for key, value in params.items() if value is not None}

    @property
    def first_page(self) -> CallsTableState:
        """The same list from its first page, with what has come since."""
        return replace(self, cursor=None, top=None)

    def sort_direction(self, column: str) -> str | None:
        """For aria-sort: how this column is sorted now."""
        if self.sort.removeprefix("-") != column:
            return None
        return "descending" if self.sort.startswith("-") else "ascending"


def read_table_state(args: Mapping[str, str]) -> CallsTableState:
    """The state of a URL. What it does not know counts as absent, so that an old link still opens."""
    status = args.get("status") or None
    sort = args.get("sort", "-id")
    key = args.get("key", "")
    return CallsTableState(
        status=status if status == "open" or status in {s.value for s in RANK} else None,
        q=args.get("q", "").strip()[:40],
        sort=sort if sort.removeprefix("-") in SORTS else "-id",
        cursor=args.get("cursor") or None,
        top=parse_id(args.get("top")),
        key=key if len(key) == 1 and key in DIGITS else None,
    )


@dataclass(frozen=True, slots=True)
class CallRow:
    attempt: Attempt
    zone: str
    started: datetime
    seconds: float | None
    tries: int | None
    who: str
    outcome_text: str


@dataclass(frozen=True, slots=True)
class CallsTable:
    """One page of calls with its neighbors, and how many calls came since its order was fixed."""

    state: CallsTableState
    rows: list[CallRow]
    newer: CallsTableState | None
    older: CallsTableState | None
    new_count: int


def load_calls_table(
    session: Session, state: CallsTableState, now: datetime, campaign_id: int | None = None
) -> CallsTable:
    """Raises Invalid (the cursor)."""
    page = tables.list_attempts(
        session,
        campaign_id=campaign_id,
        status=state.status,
        search=read_number_search(state.q),
        sort=state.sort,
        cursor=state.cursor,
        limit=ROWS_PER_PAGE,
        up_to=state.top,
        key=state.key,
    )
    # A page with room shows what comes; a full one stands still, or rows would slip from under the finger.
    if state.top is None and state.sort == "-id" and not state.cursor and len(page.items) == ROWS_PER_PAGE:
        state = replace(state, top=page.items[0].id)
    is_unfiltered = state.top is not None and state.status is None and not state.q and not state.key
    return CallsTable(
        state=state,
        rows=[_build_row(attempt, now) for attempt in page.items],
        newer=replace(state, cursor=page.prev_cursor) if page.prev_cursor else None,
        older=replace(state, cursor=page.next_cursor) if page.next_cursor else None,
        new_count=tables.count_newer_attempts(session, campaign_id, state.top or 0) if is_unfiltered else 0,
    )


def _build_row(attempt: Attempt, now: datetime) -> CallRow:
    zone = attempt.campaign.display_zone if attempt.campaign else "UTC"
    status = AttemptStatus(attempt.status)
    seconds = None
    if attempt.placed_at is not None and status is not AttemptStatus.IN_DOUBT:
        seconds = ((attempt.ended_at or now) - attempt.placed_at).total_seconds() * speed_of(attempt.trunk)
    return CallRow(
        attempt=attempt,
        zone=zone,
        started=attempt.placed_at or attempt.dialing_at or attempt.claimed_at,
        seconds=seconds,
        tries=int(attempt.campaign.retry["max_retries"]) + 1 if attempt.campaign else None,
        who=attempt.answered_by.capitalize()
        if attempt.answered_by and attempt.answered_by != "unknown"
        else "",
        outcome_text=describe_outcome(attempt, zone),
    )


def describe_outcome(attempt: Attempt, zone: str) -> str:
    """What is known of how it went, in words: `SIP 486, user busy; again at 14:12`."""
    status = AttemptStatus(attempt.status)
    if status not in OUTCOMES:
        text = OPEN_STATUS_TEXTS[status]
        return f"{text}; hanging up" if attempt.hangup_asked_at else text
    if status is AttemptStatus.UNRESOLVED:
        return attempt.cause or "The carrier never reported an outcome"
    parts = [attempt.disposition.replace("-", " ").replace("_", " ") if attempt.disposition else ""]
    parts.append(f"pressed {attempt.key}" if attempt.key else "")
    parts.append(f"SIP {attempt.sip_code}" if attempt.sip_code else "")
    parts.append(attempt.cause or "")
    if status is AttemptStatus.RELEASED:
        parts.append("never sent, so it does not count as a try")
    text = ", ".join(part for part in parts if part)
    contact = attempt.contact
    if contact is not None and contact.due_at is not None and contact.attempts_made == attempt.number:
        retry_text = f"again at {name_moment(contact.due_at, zone)}"
        text = f"{text}; {retry_text}" if text else retry_text
    return capitalize_first(text)


def build_status_filters(
    attempts: Mapping[str, int] | None, open_now: int | None, state: CallsTableState
) -> list[dict[str, Any]]:
    """The status filters with their counts, where those are kept; rare ones only when they have any."""
    items: list[dict[str, Any]] = []
    for status, label in FILTERS:
        if attempts is None:
            count = None
        elif status is None:
            count = sum(attempts.values()) + (open_now or 0)
        else:
            count = open_now if status == "open" else attempts.get(status, 0)
        if status in ("canceled", "released", "unresolved") and count == 0 and state.status != status:
            continue
        items.append({"status": status, "label": label, "count": count, "current": state.status == status})
    if state.status not in {status for status, _ in FILTERS}:
        items.append(
            {
                "status": state.status,
                "label": (state.status or "").capitalize(),
                "count": None,
                "current": True,
            }
        )
    return items
