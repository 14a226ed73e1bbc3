"""Call file queries: the calls that a file is of, the latest first, in pieces that are short however few match."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, func, select, true
from sqlalchemy.orm import Session

from campaign_app.domain.attempt import first_token
from campaign_app.domain.errors import InvalidInput
from campaign_app.models import ATTEMPT_COUNTERS, Attempt, CampaignCounters
from campaign_app.models.base import EPOCH

from . import phone_search
from .phone_search import NumberSearch, phone_matches
from .tables import LOAD_CAMPAIGN_AND_TRUNK, match_attempt_status

WINDOW = 50_000
"""Ids that one statement looks through at the most: a claim beside it waits for no more."""
MOST_WINDOWS = 20
"""Windows that are looked through while somebody waits."""
MOST_LAG = timedelta(days=1)
"""More than what lies between a claim and its call, or between the clocks of two engines."""


class CallFilter(NamedTuple):
    """Which calls: since <= start < until; `status` as the tables have it, `open` and `ended` included."""

    campaign_id: int | None = None
    status: str | None = None
    key: str | None = None
    search: NumberSearch | None = None
    since: datetime | None = None
    until: datetime | None = None


class CallPiece(NamedTuple):
    """The next calls of a file, none where none of the ids that were looked through match; `last_id` is the lowest of
    these ids."""

    calls: list[Attempt]
    last_id: int


def read_call_piece(session: Session, chosen: CallFilter, before: int, limit: int) -> CallPiece | None:
    """The latest `limit` calls among the `WINDOW` ids before an id (0: the latest ones). None at the end."""
    found = _find_by_number(session, chosen)
    window = next(_list_windows(session, chosen, before, whole=found is not None), None)
    if window is None:
        return None
    statement = _choose_calls(chosen, found).options(*LOAD_CAMPAIGN_AND_TRUNK).where(*_within(window))
    calls = list(session.scalars(statement.order_by(Attempt.id.desc()).limit(limit)))
    return CallPiece(calls, calls[-1].id if len(calls) == limit else window.start)


def count_matching_calls(session: Session, chosen: CallFilter, most: int) -> int | None:
    """How many calls there are, up to `most`. None where too many others had to be looked through."""
    found = _find_by_number(session, chosen)
    statement = _choose_calls(chosen, found).with_only_columns(Attempt.id)
    matching = 0
    for number, window in enumerate(_list_windows(session, chosen, 0, whole=found is not None)):
        if number == MOST_WINDOWS:
            return None
        piece = statement.where(*_within(window)).limit(most - matching).subquery()
        matching += session.scalar(select(func.count()).select_from(piece)) or 0
        if matching >= most:
            break
    return matching


def _find_by_number(session: Session, chosen: CallFilter) -> ColumnElement[bool] | None:
    """The calls of a large table whose number a search finds, by the indexes of numbers; None where nothing is searched
    for, and where these find too many: they are looked for among all calls, a window at a time."""
    if not chosen.search or not phone_search.has_many_attempts(session, chosen.campaign_id):
        return None
    try:
        return phone_search.match_attempts(session, chosen.search, chosen.campaign_id)
    except InvalidInput:
        return None


def _choose_calls(chosen: CallFilter, found: ColumnElement[bool] | None) -> Select[Attempt]:
    statement = select(Attempt)
    if chosen.campaign_id is not None:
        statement = statement.where(Attempt.campaign_id == chosen.campaign_id)
    if chosen.status == "ended":
        statement = statement.where(Attempt.ended_at.is_not(None))
    elif chosen.status:
        statement = statement.where(match_attempt_status(chosen.status))
    if chosen.key:
        statement = statement.where(Attempt.key == chosen.key)
    if found is not None:
        statement = statement.where(found)
    elif chosen.search:
        statement = statement.where(phone_matches(Attempt.phone, chosen.search))
    if chosen.since is not None:
        statement = statement.where(chosen.since <= Attempt.started_at)
    if chosen.until is not None:
        statement = statement.where(chosen.until > Attempt.started_at)
    return statement


def _list_windows(session: Session, chosen: CallFilter, before: int, *, whole: bool) -> Iterator[range]:
    """Spans of the ids of a filter's campaign and days before one (0: from the latest), the latest first; all of them
    at once where an index leads to the few that match."""
    of_campaign = true() if chosen.campaign_id is None else Attempt.campaign_id == chosen.campaign_id
    # One question each, or the index would not answer it alone.
    first = session.scalar(select(func.min(Attempt.id)).where(of_campaign))
    last = session.scalar(select(func.max(Attempt.id)).where(of_campaign))
    if first is None or last is None:
        return
    # Ids grow with the time of the claim, which a token begins with: the nearest calls a day before and after bound
    # them. (Within a moment tokens are in no order.)
    nearest = select(Attempt.id).limit(1)
    if chosen.since is not None:
        token = first_token(max(chosen.since - MOST_LAG, EPOCH))
        earlier = session.scalar(nearest.where(Attempt.token < token).order_by(Attempt.token.desc()))
        first = max(first, earlier or first)
    if chosen.until is not None:
        token = first_token(max(chosen.until + MOST_LAG, EPOCH))
        later = session.scalar(nearest.where(Attempt.token >= token).order_by(Attempt.token))
        last = min(last, later or last)
    end = min(before, last + 1) if before else last + 1
    while end > first:
        start = first if whole else max(end - WINDOW, first)
        yield range(start, end)
        end = start


def _within(ids: range) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Attempt.id >= ids.start, Attempt.id < ids.stop


def list_unplaced_starts(
    connection: Connection, campaign_id: int, after: int, up_to: int
) -> dict[int, datetime]:
    """{attempt id: when it started} of calls that were not placed, to contacts with after < id <= up_to."""
    statement = select(Attempt.id, Attempt.started_at).where(
        Attempt.campaign_id == campaign_id,
        Attempt.contact_id > after,
        Attempt.contact_id <= up_to,
        Attempt.placed_at.is_(None),
    )
    return dict(connection.execute(statement).all())


def count_calls(session: Session, campaign_id: int | None) -> int:
    """About how many calls a campaign, or with None all, has had: by counters, or by the ids."""
    if campaign_id is None:
        first = session.scalar(select(func.min(Attempt.id)))
        last = session.scalar(select(func.max(Attempt.id)))
        return 0 if first is None or last is None else last - first + 1
    columns = [getattr(CampaignCounters, name) for name in ATTEMPT_COUNTERS.values()]
    ended = select(sum(columns[1:], columns[0])).where(CampaignCounters.campaign_id == campaign_id)
    still_open = select(func.count()).where(Attempt.campaign_id == campaign_id, Attempt.ended_at.is_(None))
    return (session.scalar(ended) or 0) + (session.scalar(still_open) or 0)
