"""Campaign order: the campaign list by any of its columns.

Name and id are an order of the database's. What is counted or estimated is looked at for all that the filter means,
which is bounded: beyond that the order is refused, with the remedy.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import Row
from sqlalchemy.orm import Session

from campaign_app.domain.attempt import AnsweredBy
from campaign_app.domain.campaign import CampaignStatus
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.models import ATTEMPT_COUNTERS, CONTACT_COUNTERS, Campaign
from campaign_app.queries import campaign_stats, tables
from campaign_app.queries.tables import CAMPAIGN_SORTS, TablePage
from campaign_app.services import stats
from campaign_app.services.stats import RATED_OUTCOMES, compute_person_rate, count_answered_by, count_done

LOOKED_AT = ("status", "progress", "lines", "answered", "finishes")
SORTS = (*CAMPAIGN_SORTS, *LOOKED_AT)
MOST_CAMPAIGNS = 5_000
MOST_RUNNING = 200
"""Running campaigns whose end is estimated to sort by it."""
BY_STATUS = ("running", "paused", "draft", "completed", "stopped", "archived")
"""As the filters of the list have them."""
ENDED = (CampaignStatus.COMPLETED, CampaignStatus.STOPPED)
PAGE = "page-"


def list_campaigns(
    session: Session,
    *,
    status: str | None,
    search: str | None,
    sort: str,
    cursor: str | None,
    limit: int,
    now: datetime,
    tick_seconds: float,
) -> TablePage[Campaign]:
    """As `queries.tables.list_campaigns`, for each of SORTS. Campaigns without a value of what they are sorted by come
    last, and the newest first where values are equal. Raises InvalidInput: the cursor, or `sort` of too many."""
    name = sort.removeprefix("-")
    if name not in LOOKED_AT:
        return tables.list_campaigns(
            session, status=status, search=search, sort=sort, cursor=cursor, limit=limit
        )
    rows = _read_rows(session, status, search)
    if name == "finishes":
        values = _find_finishes(session, rows, now, tick_seconds)
    else:
        values = _compute_values(session, rows, name)
    ids = _sort_ids(rows, values, descending=sort.startswith("-"))
    page = _read_page_number(cursor)
    shown = ids[page * limit : (page + 1) * limit]
    found = {
        campaign.id: campaign
        for campaign in tables.list_campaigns(session, status=status or "any", only=shown, limit=limit).items
    }
    return TablePage(
        [found[campaign_id] for campaign_id in shown if campaign_id in found],
        f"{PAGE}{page + 1}" if len(ids) > (page + 1) * limit else None,
        f"{PAGE}{page - 1}" if page else None,
    )


def _read_rows(session: Session, status: str | None, search: str | None) -> Sequence[Row[Any]]:
    rows = tables.list_campaign_figures(session, status=status, search=search, limit=MOST_CAMPAIGNS + 1)
    if len(rows) > MOST_CAMPAIGNS:
        _refuse(f"more than {MOST_CAMPAIGNS:,} campaigns match: filter them, or sort by name")
    return rows


def _compute_values(session: Session, rows: Sequence[Row[Any]], name: str) -> dict[int, Any]:
    """What each is sorted by; None sorts last."""
    ids = [row.id for row in rows]
    if name == "status":
        return {row.id: BY_STATUS.index(row.status) for row in rows}
    if name == "progress":
        return {row.id: _compute_progress(row) for row in rows}
    if name == "lines":
        in_use = campaign_stats.count_open_by_status(session, ids)
        return {row.id: (sum(in_use.get(row.id, {}).values()), row.max_concurrent_calls) for row in rows}
    responses = campaign_stats.read_response_counts(session, ids)
    return {row.id: _compute_person_rate(row, responses.get(row.id, {})) for row in rows}


def _compute_progress(row: Row[Any]) -> float | None:
    contacts = {status.value: getattr(row, column) for status, column in CONTACT_COUNTERS.items()}
    total = sum(contacts.values())
    return count_done(contacts) / total if total else None


def _compute_person_rate(row: Row[Any], responses: dict[str, int]) -> float | None:
    known = {
        each.value: responses.get(f"answered-by:{each}", 0)
        for each in AnsweredBy
        if each is not AnsweredBy.UNKNOWN
    }
    ended = sum(getattr(row, ATTEMPT_COUNTERS[status]) for status in RATED_OUTCOMES)
    return compute_person_rate(ended, count_answered_by(row.attempts_completed, known))


def _find_finishes(
    session: Session, rows: Sequence[Row[Any]], now: datetime, tick_seconds: float
) -> dict[int, Any]:
    """When each has ended, or when it would at the earliest."""
    values: dict[int, Any] = {row.id: row.status_at for row in rows if row.status in ENDED}
    running = [row.id for row in rows if row.status == CampaignStatus.RUNNING]
    if len(running) > MOST_RUNNING:
        _refuse(f"more than {MOST_RUNNING:,} campaigns run: filter them, or sort by progress")
    if running:
        campaigns = tables.list_campaigns(session, status="running", only=running, limit=MOST_RUNNING).items
        found = stats.compute_stats_of_campaigns(session, campaigns, now, tick_seconds=tick_seconds)
        values |= {campaign_id: figures.eta[0] for campaign_id, figures in found.items() if figures.eta}
    return values


def _sort_ids(rows: Sequence[Row[Any]], values: dict[int, Any], *, descending: bool) -> list[int]:
    """Of rows that are newest first."""
    valued = [row.id for row in rows if values.get(row.id) is not None]
    valued.sort(key=lambda campaign_id: values[campaign_id], reverse=descending)
    return valued + [row.id for row in rows if values.get(row.id) is None]


def _read_page_number(cursor: str | None) -> int:
    text = (cursor or f"{PAGE}0").removeprefix(PAGE)
    if cursor is not None and not (cursor.startswith(PAGE) and text.isdecimal() and len(text) < 5):
        raise InvalidInput(
            [FieldError("cursor", "not a cursor of this list; leave it out to begin at the front")]
        )
    return int(text)


def _refuse(message: str) -> NoReturn:
    raise InvalidInput([FieldError("sort", message)])
