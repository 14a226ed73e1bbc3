"""Call file queries: the calls that a file is of, the latest first, in pieces that are short however few match."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from campaign_app.models import ATTEMPT_COUNTERS, Attempt, CampaignCounters

from .phone_search import NumberSearch, phone_matches, search_digits
from .tables import match_attempt_status

WINDOW = 50_000
"""Ids that one statement looks through at the most: a claim beside it waits for no more."""
STARTED = func.coalesce(Attempt.placed_at, Attempt.dialing_at, Attempt.claimed_at)
"""When a call started, as the tables show it."""


def list_calls_before(
    session: Session,
    before: int,
    *,
    limit: int,
    campaign_id: int | None = None,
    status: str | None = None,
    key: str | None = None,
    search: NumberSearch | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Attempt]:
    """The calls before an id (0: from the latest), the latest first; since <= start < until. Empty at the end."""
    statement = select(Attempt).options(joinedload(Attempt.campaign), joinedload(Attempt.contact))
    if campaign_id is not None:
        statement = statement.where(Attempt.campaign_id == campaign_id)
    if status == "ended":
        statement = statement.where(Attempt.ended_at.is_not(None))
    elif status:
        statement = statement.where(match_attempt_status(status))
    if key:
        statement = statement.where(Attempt.key == key)
    if search and (digits := search_digits(search)):
        statement = statement.where(phone_matches(Attempt.phone, search, digits))
    if since is not None:
        statement = statement.where(since <= STARTED)
    if until is not None:
        statement = statement.where(until > STARTED)
    return _read_in_windows(session, statement.order_by(Attempt.id.desc()).limit(limit), before)


def _read_in_windows(session: Session, statement: Select[Any], before: int) -> list[Attempt]:
    first = session.scalar(select(func.min(Attempt.id)))
    last = session.scalar(select(func.max(Attempt.id)))
    if first is None or last is None:
        return []
    end = min(before, last + 1) if before else last + 1
    while end > first:
        start = max(end - WINDOW, first)
        found = list(session.scalars(statement.where(Attempt.id >= start, Attempt.id < end)).unique())
        if found:
            return found
        end = start
    return []


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
