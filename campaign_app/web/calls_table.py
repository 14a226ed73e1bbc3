"""The table of calls, of one campaign or of all: its state is in the URL, and its order stands still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from campaign_app.domain.attempt import OUTCOMES, RANK, AttemptStatus
from campaign_app.domain.message import DIGITS
from campaign_app.models import Attempt
from campaign_app.queries import tables

from .times import day_and_clock

ROWS = 25
FILTERS = (
    (None, "All"),
    ("open", "Open"),
    ("completed", "Completed"),
    ("no-answer", "No answer"),
    ("busy", "Busy"),
    ("failed", "Failed"),
    ("unresolved", "Unresolved"),
    ("canceled", "Canceled"),
    ("released", "Released"),
)
SORTS = ("id", "phone", "status")
UNDER_WAY = {
    AttemptStatus.CLAIMED: "Waits for its permit",
    AttemptStatus.DIALING: "The provider is being asked",
    AttemptStatus.IN_DOUBT: "The provider’s answer got lost; it is asked again",
    AttemptStatus.QUEUED: "Accepted, not ringing yet",
    AttemptStatus.RINGING: "Not answered yet",
    AttemptStatus.IN_PROGRESS: "On the line",
}


@dataclass(frozen=True, slots=True)
class State:
    """What the URL says. `top` is the newest attempt the reader has seen; later ones wait for a click."""

    status: str | None = None
    q: str = ""
    sort: str = "-id"
    cursor: str | None = None
    top: int | None = None
    key: str | None = None
    """Only those who pressed it."""

    @property
    def args(self) -> dict[str, Any]:
        """For url_for; what is the default is left out."""
        given = {
            "status": self.status,
            "q": self.q or None,
            "sort": None if self.sort == "-id" else self.sort,
            "cursor": self.cursor,
            "top": self.top,
            "key": self.key,
        }
        return {key: value for key, value in given.items() if value is not None}

    @property
    def front(self) -> State:
        """The same list from its first page, with what has come since."""
        return replace(self, cursor=None, top=None)

    def direction(self, column: str) -> str | None:
        """For aria-sort: how this column is sorted now."""
        if self.sort.removeprefix("-") != column:
            return None
        return "descending" if self.sort.startswith("-") else "ascending"


def read(args: Mapping[str, str]) -> State:
    """The state of a URL. What it does not know counts as absent, so that an old link still opens."""
    status = args.get("status") or None
    sort = args.get("sort", "-id")
    top = args.get("top", "")
    key = args.get("key", "")
    return State(
        status=status if status == "open" or status in {s.value for s in RANK} else None,
        q=args.get("q", "").strip()[:40],
        sort=sort if sort.removeprefix("-") in SORTS else "-id",
        cursor=args.get("cursor") or None,
        top=int(top) if top.isascii() and top.isdigit() and len(top) < 19 else None,
        key=key if len(key) == 1 and key in DIGITS else None,
    )


@dataclass(frozen=True, slots=True)
class Row:
    attempt: Attempt
    zone: str
    started: datetime
    seconds: float | None
    tries: int | None
    who: str
    words: str


@dataclass(frozen=True, slots=True)
class Table:
    """One page of calls with its neighbours, and how many calls came since its order was fixed."""

    state: State
    rows: list[Row]
    newer: State | None
    older: State | None
    fresh: int


def load(session: Session, state: State, now: datetime, campaign_id: int | None = None) -> Table:
    """Raises Invalid (the cursor)."""
    page = tables.list_attempts(
        session,
        campaign_id=campaign_id,
        status=state.status,
        search=state.q,
        sort=state.sort,
        cursor=state.cursor,
        limit=ROWS,
        up_to=state.top,
        key=state.key,
    )
    # A page with room shows what comes; a full one stands still, or rows would slip from under the finger.
    if state.top is None and state.sort == "-id" and not state.cursor and len(page.items) == ROWS:
        state = replace(state, top=page.items[0].id)
    plain = state.top is not None and state.status is None and not state.q and not state.key
    return Table(
        state=state,
        rows=[_row(attempt, now) for attempt in page.items],
        newer=replace(state, cursor=page.prev_cursor) if page.prev_cursor else None,
        older=replace(state, cursor=page.next_cursor) if page.next_cursor else None,
        fresh=tables.count_newer_attempts(session, campaign_id, state.top or 0) if plain else 0,
    )


def _row(attempt: Attempt, now: datetime) -> Row:
    zone = attempt.campaign.timezone if attempt.campaign else "UTC"
    status = AttemptStatus(attempt.status)
    seconds = None
    if attempt.placed_at is not None and status is not AttemptStatus.IN_DOUBT:
        seconds = ((attempt.ended_at or now) - attempt.placed_at).total_seconds()
    return Row(
        attempt=attempt,
        zone=zone,
        started=attempt.placed_at or attempt.dialing_at or attempt.claimed_at,
        seconds=seconds,
        tries=int(attempt.campaign.retry["max_retries"]) + 1 if attempt.campaign else None,
        who=attempt.answered_by.capitalize()
        if attempt.answered_by and attempt.answered_by != "unknown"
        else "",
        words=outcome(attempt, zone),
    )


def outcome(attempt: Attempt, zone: str) -> str:
    """What is known of how it went, in words: `SIP 486, user busy; again at 14:12`."""
    status = AttemptStatus(attempt.status)
    if status not in OUTCOMES:
        words = UNDER_WAY[status]
        return f"{words}; hang-up asked for" if attempt.hangup_asked_at else words
    if status is AttemptStatus.UNRESOLVED:
        return attempt.cause or "Asked, and never heard what became of it"
    parts = [attempt.disposition.replace("-", " ").replace("_", " ") if attempt.disposition else ""]
    parts.append(f"pressed {attempt.key}" if attempt.key else "")
    parts.append(f"SIP {attempt.sip_code}" if attempt.sip_code else "")
    parts.append(attempt.cause or "")
    if status is AttemptStatus.RELEASED:
        parts.append("never sent, costs no attempt")
    words = ", ".join(part for part in parts if part)
    contact = attempt.contact
    if contact is not None and contact.due_at is not None and contact.attempts_made == attempt.number:
        again = f"again at {day_and_clock(contact.due_at, zone)}"
        words = f"{words}; {again}" if words else again
    return f"{words[:1].upper()}{words[1:]}"


def filters(attempts: Mapping[str, int] | None, open_now: int | None, state: State) -> list[dict[str, Any]]:
    """The status filters with their counts, where those are kept; rare ones only when they have any."""
    found: list[dict[str, Any]] = []
    for status, label in FILTERS:
        if attempts is None:
            count = None
        elif status is None:
            count = sum(attempts.values()) + (open_now or 0)
        else:
            count = open_now if status == "open" else attempts.get(status, 0)
        if status in ("canceled", "released", "unresolved") and count == 0 and state.status != status:
            continue
        found.append({"status": status, "label": label, "count": count, "current": state.status == status})
    if state.status not in {status for status, _ in FILTERS}:
        found.append(
            {
                "status": state.status,
                "label": (state.status or "").capitalize(),
                "count": None,
                "current": True,
            }
        )
    return found
