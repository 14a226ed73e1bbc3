"""Calls table, of one campaign or of all: its state is in the URL. Its first page follows what happens, until somebody
pages, scrolls into it or selects: then its order is frozen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy.orm import Session

from campaign_app.domain.attempt import OUTCOMES, RANK, AttemptStatus
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.domain.message import DIGITS
from campaign_app.http.numbers import read_number_search
from campaign_app.http.routing import parse_id
from campaign_app.models import Attempt, Campaign, Contact
from campaign_app.queries import phone_search, tables
from campaign_app.queries.phone_search import search_digits
from campaign_app.services.contact_profiles import find_call_zones
from campaign_app.services.next_calls import find_next_calls

from .filter_values import LONGEST_SHOWN, describe_unknown, find_unknown
from .filters import capitalize_first, is_about_search, mask_text, to_sentence
from .person_clock import describe_their_time
from .status_words import describe_status
from .times import day_and_clock, reader_clock, speed_of

ROWS_PER_PAGE = 25
MOST_LAG = timedelta(minutes=1)
"""More than what lies between the clocks of the process that claimed a call and of the one that shows it."""
MOST_OPEN = 40
"""Open calls that a campaign's page shows at once; a link leads to all of them."""
FILTERS = (
    (None, "All"),
    ("open", "In progress"),
    *(
        (status, describe_status(status))
        for status in ("completed", "no-answer", "busy", "failed", "unresolved", "canceled", "released")
    ),
)
SORTS = ("id", "phone", "status")
KNOWN_FILTER_VALUES = {
    "status": ("open", *(status.value for status in RANK)),
    "sort": SORTS,
    "key": tuple(DIGITS),
}
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
    """What the URL says. `top` is the newest attempt the reader has seen, `at` (Unix seconds) when that was: what comes
    later waits for a click."""

    status: str | None = None
    q: str = ""
    sort: str = "-id"
    cursor: str | None = None
    top: int | None = None
    at: int | None = None
    key: str | None = None
    """Only those who pressed it."""
    unknown: tuple[FieldError, ...] = ()
    """What the address asks for and the table does not know."""

    @property
    def url_args(self) -> dict[str, Any]:
        """For url_for; what is the default is left out."""
        params = {
            "status": self.status,
            "q": self.q or None,
            "sort": None if self.sort == "-id" else self.sort,
            "cursor": self.cursor,
            "top": self.top,
            "at": self.at,
            "key": self.key,
        }
        return {key: value for key, value in params.items() if value is not None}

    @property
    def first_page(self) -> CallsTableState:
        """The same list from its first page, with what has come since."""
        return replace(self, cursor=None, top=None, at=None)

    @property
    def frozen_at(self) -> datetime | None:
        return None if self.at is None else datetime.fromtimestamp(self.at, UTC)

    def sort_direction(self, column: str) -> str | None:
        """For aria-sort: how this column is sorted now."""
        if self.sort.removeprefix("-") != column:
            return None
        return "descending" if self.sort.startswith("-") else "ascending"


def fit_large_table(state: CallsTableState, campaign_id: int | None) -> CallsTableState:
    """What is offered of a large table: the state without a filter or order that no index serves. What a search finds
    is so little that all of them are."""
    if search_digits(state.q):
        return state
    status, key, sort = state.status, state.key, state.sort
    if campaign_id is None:
        key = None
        status = None if tables.is_slow_over_all(status) else status
    elif key:
        status = None
    by = sort.removeprefix("-")
    if by == "status" or (by == "phone" and (campaign_id is not None or status or key)):
        sort = "-id"
    fitted = replace(state, status=status, key=key, sort=sort)
    return fitted if fitted == state else fitted.first_page


def read_table_state(args: Mapping[str, str]) -> CallsTableState:
    """The state of a URL, with what it asks for in vain."""
    unknown = find_unknown(args, KNOWN_FILTER_VALUES)
    if args.get("q", "").strip() and not search_digits(args["q"]):
        unknown = (*unknown, FieldError("search", "give digits of a number, and no letters"))
    return CallsTableState(
        status=args.get("status", "")[:LONGEST_SHOWN] or None,
        q=args.get("q", "").strip()[:40],
        sort=args.get("sort", "")[:LONGEST_SHOWN] or "-id",
        cursor=args.get("cursor") or None,
        top=parse_id(args.get("top")),
        at=parse_moment(args.get("at")),
        key=args.get("key", "")[:LONGEST_SHOWN] or None,
        unknown=unknown,
    )


LAST_MOMENT = 253_402_300_799
"""The last second of the year 9999, in Unix time."""


def parse_moment(text: str | None) -> int | None:
    """Unix seconds out of a URL; None for what is none."""
    if not text or not text.isascii() or not text.isdigit() or len(text) > 12:
        return None
    return int(text) if int(text) <= LAST_MOMENT else None


@dataclass(frozen=True, slots=True)
class CallRow:
    """A line of the table. `their_time`: when it started, on the person's clock. `since`: of an open call, for the
    browser to count on."""

    attempt: Attempt
    started: datetime
    their_time: str
    since: datetime | None
    seconds: float | None
    most: int | None
    """Of an open simulated call that is faster than life: the seconds that its state can have lasted. It may have
    ended since the last poll, a few seconds in which it would have rung for minutes."""
    tries: int | None
    who: str
    outcome_text: str
    now_text: str


@dataclass(frozen=True, slots=True)
class CallsTable:
    """One page of calls with its neighbors, and how many calls came since its order was fixed."""

    state: CallsTableState
    rows: list[CallRow]
    newer: CallsTableState | None
    older: CallsTableState | None
    new_count: int
    top: int | None
    """The newest attempt on it, and `at`: with these it is frozen as it is."""
    at: int
    ended_only: bool
    large: bool
    """Whether it has so many calls that only what an index serves is offered."""
    problem: str = ""
    """Why it shows nothing: what the address asks for is not known, or too much in a large table."""


def load_calls_table(
    session: Session, state: CallsTableState, now: datetime, campaign_id: int | None = None
) -> CallsTable:
    """A campaign's open calls stand above the table: unless they are asked for, it has those that ended. Raises Invalid
    (the cursor)."""
    large = phone_search.has_many_attempts(session, campaign_id)
    if state.unknown:
        at = state.at or int(now.timestamp())
        problem = describe_unknown(state.unknown)
        return CallsTable(state, [], None, None, 0, None, at, False, large, problem)
    if large:
        state = fit_large_table(state, campaign_id)
    ended_only = campaign_id is not None and state.status is None
    if ended_only and campaign_id is not None:
        state = _correct_moment(session, state, campaign_id)
    status = "ended" if ended_only else state.status
    is_open = status == "open"
    page: tables.TablePage[Attempt] = tables.TablePage([], None)
    problem = ""
    try:
        page = tables.list_attempts(
            session,
            campaign_id=campaign_id,
            status=status,
            search=read_number_search(state.q),
            sort=state.sort,
            cursor=state.cursor,
            limit=ROWS_PER_PAGE,
            up_to=None if is_open else state.top,
            ended_by=state.frozen_at if ended_only else None,
            key=state.key,
        )
    except InvalidInput as error:
        if not is_about_search(error):
            raise
        problem = to_sentence(error.errors[0].message)
    top = state.top or (page.items[0].id if page.items and state.sort == "-id" and not state.cursor else None)
    at = state.at or int(now.timestamp())
    # Whoever pages goes on in the order of the page before.
    frozen = state if is_open or top is None else replace(state, top=top, at=at if ended_only else None)
    counted = state.top is not None and not is_open and not state.q and not state.key
    return CallsTable(
        state=state,
        rows=build_rows(session, page.items, now),
        newer=replace(frozen, cursor=page.prev_cursor) if page.prev_cursor else None,
        older=replace(frozen, cursor=page.next_cursor) if page.next_cursor else None,
        new_count=tables.count_newer_attempts(
            session, campaign_id, state.top or 0, ended_after=state.frozen_at, status=status
        )
        if counted
        else 0,
        top=None if is_open else top,
        at=at,
        ended_only=ended_only,
        large=large,
        problem=problem,
    )


def _correct_moment(session: Session, state: CallsTableState, campaign_id: int) -> CallsTableState:
    """Nobody saw a call before it was claimed: an address that says so would look through all that ended since."""
    if state.frozen_at is None:
        return state
    if state.top is None:
        return replace(state, at=None)
    claimed_at = tables.find_latest_claim(session, campaign_id, state.top)
    if claimed_at is None or claimed_at - state.frozen_at < MOST_LAG:
        return state
    return replace(state, at=ceil(claimed_at.timestamp()))


def build_rows(session: Session, attempts: Sequence[Attempt], now: datetime) -> list[CallRow]:
    zones = find_call_zones(session, attempts)
    waiting = [contact for attempt in attempts if (contact := find_waiting_contact(attempt)) is not None]
    next_calls = find_next_calls(session, waiting, now)
    return [
        _build_row(attempt, zones[attempt.id], next_calls.get(attempt.contact_id or 0), now)
        for attempt in attempts
    ]


def find_waiting_contact(attempt: Attempt) -> Contact | None:
    """The contact that waits for its next try since this call; None where none does."""
    contact = attempt.contact
    if contact is None or contact.due_at is None or contact.attempts_made != attempt.number:
        return None
    return contact


def _build_row(attempt: Attempt, zones: Sequence[str], next_call: datetime | None, now: datetime) -> CallRow:
    status = AttemptStatus(attempt.status)
    seconds = most = None
    if attempt.placed_at is not None and status is not AttemptStatus.IN_DOUBT:
        speed = speed_of(attempt.trunk)
        seconds = ((attempt.ended_at or now) - attempt.placed_at).total_seconds() * speed
        if attempt.ended_at is None and speed > 1 and attempt.campaign is not None:
            most = _find_longest(attempt.campaign, status)
            seconds = min(seconds, most)
    return CallRow(
        attempt=attempt,
        started=attempt.started_at,
        their_time=describe_their_time(attempt.started_at, zones),
        since=None if attempt.ended_at or seconds is None else attempt.placed_at,
        seconds=seconds,
        most=most,
        tries=int(attempt.campaign.retry["max_retries"]) + 1 if attempt.campaign else None,
        who=describe_who(attempt),
        outcome_text=describe_outcome(attempt, next_call, now),
        now_text=describe_open_call(attempt),
    )


def _find_longest(campaign: Campaign, status: AttemptStatus) -> int:
    """Seconds from the request that a call in this state can have lasted."""
    rings = campaign.ring_seconds
    return rings + campaign.longest_call_seconds if status is AttemptStatus.IN_PROGRESS else rings


def describe_who(attempt: Attempt) -> str:
    """Who answered, where that is known."""
    by = attempt.answered_by
    return {"human": "Person", "machine": "Machine", "fax": "Fax"}.get(by, "") if by else ""


def describe_open_call(attempt: Attempt) -> str:
    """What an open call does at this moment: `Person, pressed 1`, `Ringing`."""
    text = OPEN_STATUS_TEXTS.get(AttemptStatus(attempt.status), "")
    if attempt.status == AttemptStatus.IN_PROGRESS:
        parts = [describe_who(attempt) or text, f"pressed {attempt.key}" if attempt.key else ""]
        text = ", ".join(part for part in parts if part)
    return f"{text}; hanging up" if attempt.hangup_asked_at else text


CAUSE_WORDS = {
    1: "The number doesn’t exist",
    2: "The carrier has no route to the number",
    3: "The carrier has no route to the number",
    18: "The phone did not answer the network",
    20: "The phone is switched off or out of reach",
    21: "The call was rejected",
    22: "The number has changed",
    27: "The phone can’t be reached",
    28: "The number isn’t complete or valid",
    34: "The carrier had no free line",
    38: "The carrier’s network was out of order",
    41: "The carrier had a temporary failure",
    42: "The carrier was overloaded",
}
"""What Q.850 causes mean to those who read the table."""
SIP_CAUSES = {404: 1, 410: 22, 480: 20, 484: 28, 486: 17, 503: 42, 603: 21, 604: 1}


def describe_failure(attempt: Attempt) -> str:
    """Why a call failed, in words; the carrier's own where they are not known here."""
    cause = attempt.q850 or SIP_CAUSES.get(attempt.sip_code or 0, 0)
    return CAUSE_WORDS.get(cause, mask_text(attempt.cause or ""))


def describe_outcome(
    attempt: Attempt,
    next_call: datetime | None,
    now: datetime,
    name_time: Callable[[datetime], str] | None = None,
) -> str:
    """What is known of how it went, in words: `Pressed 1`, `The number doesn’t exist`, `Again at 14:12`. Codes are for
    engineers, on the contact's page. `next_call`: when its contact may be called again, where it waits for that and it
    is known (next_calls.py). `name_time` writes that time, else as briefly as a table has it."""
    status = AttemptStatus(attempt.status)
    if status not in OUTCOMES:
        text = OPEN_STATUS_TEXTS[status]
        return f"{text}; hanging up" if attempt.hangup_asked_at else text
    if status is AttemptStatus.UNRESOLVED:
        return "The carrier never reported an outcome"
    parts = [attempt.disposition.replace("-", " ").replace("_", " ") if attempt.disposition else ""]
    parts.append(f"pressed {attempt.key}" if attempt.key else "")
    parts.append(describe_failure(attempt) if status is AttemptStatus.FAILED else "")
    if status is AttemptStatus.RELEASED:
        parts.append("never sent, so it does not count as a try")
    text = ", ".join(part for part in parts if part)
    if find_waiting_contact(attempt) is not None:
        if next_call is None:
            retry_text = "waits to be tried again"
        elif next_call <= now:
            retry_text = "due again now"
        else:
            at = name_time(next_call) if name_time else f"{day_and_clock(next_call)} {reader_clock()}"
            retry_text = f"again at {at}"
        text = f"{text}; {retry_text}" if text else retry_text
    return capitalize_first(text)


def build_status_filters(
    attempts: Mapping[str, int] | None, open_now: int | None, table: CallsTable
) -> list[dict[str, Any]]:
    """The status filters with their counts, where those are kept; rare ones only when they have any."""
    state = table.state
    items: list[dict[str, Any]] = []
    for status, label in FILTERS:
        if (
            table.large
            and attempts is None
            and tables.is_slow_over_all(status)
            and not search_digits(state.q)
        ):
            continue
        if attempts is None:
            count = None
        elif status is None:
            # Those that are open stand above the table.
            count = sum(attempts.values())
        else:
            count = open_now if status == "open" else attempts.get(status, 0)
        if status in ("canceled", "released", "unresolved") and count == 0 and state.status != status:
            continue
        items.append({"status": status, "label": label, "count": count, "current": state.status == status})
    if state.status not in {status for status, _ in FILTERS}:
        items.append(
            {
                "status": state.status,
                "label": (state.status or "").strip().capitalize() or "Unknown",
                "count": None,
                "current": True,
            }
        )
    return items
