"""Table queries: what the tables of pages and API show, by keyset: a page begins after the last row of the one
before.

OFFSET took 24–63 ms at page 500 of a million calls, a keyset 0.05–0.2 ms wherever it begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, literal_column, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager, joinedload, selectinload

from campaign_app.domain.attempt import OUTCOMES, AttemptStatus
from campaign_app.domain.contact import ContactStatus
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.models import (
    ATTEMPT_COUNTERS,
    CONTACT_COUNTERS,
    Attempt,
    CallEvent,
    Campaign,
    CampaignCounters,
    Contact,
    DoNotCall,
    DoNotCallRemoval,
    Import,
    Trunk,
)
from campaign_app.models.base import UtcDateTime

from . import phone_search
from .cursors import open_cursor, seal_cursor
from .phone_search import NumberSearch, is_search, phone_matches
from .text_search import has_part

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TablePage(Generic[T]):
    """Some rows, and how to ask for those after them (None: there are none) and before them."""

    items: list[T]
    next_cursor: str | None
    prev_cursor: str | None = None


def _decode_cursor(
    session: Session, cursor: str, columns: Sequence[InstrumentedAttribute[Any]]
) -> tuple[bool, list[Any]]:
    bad_cursor = InvalidInput(
        [FieldError("cursor", "not a cursor of this list; leave it out to begin at the front")]
    )
    try:
        cells = open_cursor(session, columns, cursor)
        backward, values = bool(cells[0]), list(cells[1:])
        if len(values) != len(columns):
            raise bad_cursor
        for index, column in enumerate(columns):
            if isinstance(column.type, UtcDateTime):
                values[index] = None if values[index] is None else datetime.fromisoformat(values[index])
                if values[index] is not None and values[index].tzinfo is None:
                    raise bad_cursor
            elif not isinstance(values[index], column.type.python_type) or not _is_storable(values[index]):
                raise bad_cursor
    except (ValueError, TypeError, IndexError, KeyError, OverflowError):
        raise bad_cursor from None
    return backward, values


def _is_storable(value: Any) -> bool:
    """Whether a database can compare with it: no NUL, no lone surrogate, no integer past 64 bits."""
    if isinstance(value, str):
        return value.isprintable()
    return not isinstance(value, int) or abs(value) < 2**63


def load_keyset_page(
    session: Session,
    statement: Select[Any],
    columns: Sequence[InstrumentedAttribute[Any]],
    *,
    descending: bool,
    cursor: str | None,
    limit: int,
) -> TablePage[Any]:
    """One page ordered by `columns`, none of them null, the last of them unique. Raises Invalid (the cursor)."""
    backward = False
    if cursor:
        backward, after = _decode_cursor(session, cursor, columns)
        down = descending is not backward
        # Row comparison spelled out: (a, b) < (x, y) on both databases, index and all.
        steps = [
            and_(
                *(c == v for c, v in zip(columns[:i], after[:i], strict=True)),
                columns[i] < after[i] if down else columns[i] > after[i],
            )
            for i in range(len(columns))
        ]
        statement = statement.where(or_(*steps))
    down = descending is not backward
    statement = statement.order_by(*(c.desc() if down else c.asc() for c in columns)).limit(limit + 1)
    rows = list(session.scalars(statement).unique())
    has_more = len(rows) > limit
    rows = rows[:limit]
    if backward:
        rows.reverse()
    has_next = has_more if not backward else True
    has_previous = has_more if backward else bool(cursor)

    def cursor_at(row: Any, backward: bool) -> str:
        return seal_cursor(session, columns, [getattr(row, column.key) for column in columns], backward)

    return TablePage(
        rows,
        cursor_at(rows[-1], backward=False) if rows and has_next else None,
        cursor_at(rows[0], backward=True) if rows and has_previous else None,
    )


CAMPAIGN_SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "id": Campaign.id,
    "name": Campaign.name,
    "created": Campaign.created_at,
    "changed": Campaign.status_at,
}


DELETED = "deleted"
"""In place of a status: drafts that were deleted and may be restored."""


def list_campaigns(
    session: Session,
    *,
    status: str | None = None,
    search: str | None = None,
    sort: str = "-id",
    cursor: str | None = None,
    limit: int = 50,
    only: Sequence[int] | None = None,
) -> TablePage[Campaign]:
    """Campaigns with their counters and trunk, of `only` these ids where some are given. Without a status, archived
    ones are left out. `sort`: id, name,
    created, changed, with `-` for descending; an unknown one is -id. `search`: part of the name or of the trunk's."""
    column = CAMPAIGN_SORTS.get(sort.removeprefix("-"), Campaign.id)
    statement = select(Campaign).join(Campaign.trunk).options(contains_eager(Campaign.trunk))
    if only is not None:
        statement = statement.where(Campaign.id.in_(only))
    statement = match_campaigns(statement, status, search)
    columns = [column] if column is Campaign.id else [column, Campaign.id]
    return load_keyset_page(
        session,
        statement,
        columns,
        descending=sort.startswith("-"),
        cursor=cursor,
        limit=limit,
    )


def list_campaign_figures(
    session: Session, *, status: str | None, search: str | None, limit: int
) -> Sequence[Row[Any]]:
    """id, status, status_at, max_concurrent_calls and all counters of the campaigns that a filter means, the newest
    first."""
    figures = [
        getattr(CampaignCounters, name) for name in (*CONTACT_COUNTERS.values(), *ATTEMPT_COUNTERS.values())
    ]
    statement = (
        select(Campaign.id, Campaign.status, Campaign.status_at, Campaign.max_concurrent_calls, *figures)
        .join(CampaignCounters, CampaignCounters.campaign_id == Campaign.id)
        .join(Trunk, Trunk.id == Campaign.trunk_id)
    )
    matching = match_campaigns(statement, status, search)
    return session.execute(matching.order_by(Campaign.id.desc()).limit(limit)).all()


def match_campaigns(statement: Select[Any], status: str | None, search: str | None) -> Select[Any]:
    """A statement over campaigns and their trunks, narrowed as the list is."""
    statement = statement.where(
        Campaign.deleted_at.is_not(None) if status == DELETED else Campaign.deleted_at.is_(None)
    )
    if status in ("any", DELETED):
        pass
    elif status:
        statement = statement.where(Campaign.status == status)
    else:
        statement = statement.where(Campaign.status != "archived")
    if search and search.replace("\0", "").strip():
        statement = statement.where(or_(has_part(Campaign.name, search), has_part(Trunk.name, search)))
    return statement


def count_campaigns_by_status(session: Session) -> dict[str, int]:
    """How many campaigns have each status, and how many drafts are deleted and may be restored."""
    statement = select(Campaign.status, func.count()).group_by(Campaign.status)
    by_status = dict(session.execute(statement.where(Campaign.deleted_at.is_(None))).all())
    deleted = session.scalar(select(func.count()).where(Campaign.deleted_at.is_not(None)))
    return {**by_status, DELETED: deleted} if deleted else by_status


def match_contact_status(session: Session, campaign_id: int, status: str) -> ColumnElement[bool]:
    """Contacts of a campaign that have a status, by an index. It lacks those who are dialed, who would cost every
    lifecycle two more entries: they have open attempts."""
    if status != ContactStatus.DIALING:
        return and_(Contact.status == status, literal_column("contacts.status <> 'dialing'"))
    dialed = select(Attempt.contact_id).where(
        Attempt.campaign_id == campaign_id, Attempt.ended_at.is_(None), Attempt.contact_id.is_not(None)
    )
    return and_(Contact.status == status, Contact.id.in_(session.scalars(dialed).all()))


def list_contacts(
    session: Session,
    *,
    campaign_id: int,
    status: str | None = None,
    search: NumberSearch | str | None = None,
    sort: str = "id",
    cursor: str | None = None,
    limit: int = 50,
) -> TablePage[Contact]:
    """`sort`: id or phone, both by an index, with `-` for descending; phone not of one status in a large campaign.
    Raises InvalidInput: the cursor, or what no index serves there."""
    statement = select(Contact)
    by_phone = sort.removeprefix("-") == "phone"
    has_search = is_search(search)
    large = (has_search or (status and by_phone)) and phone_search.has_many_contacts(session, campaign_id)
    if large and status and by_phone and not has_search:
        raise InvalidInput(
            [FieldError("sort", "contacts of one status are sorted by id: there are too many")]
        )
    if status:
        statement = statement.where(match_contact_status(session, campaign_id, status))
    of_campaign = Contact.campaign_id == campaign_id
    if large and search and has_search:
        # By their ids alone: SQLite would go through the campaign, where the order is one of its indexes.
        ids = phone_search.find_ids(session, Contact, search, of_campaign)
        statement = statement.where(Contact.id.in_(ids))
    else:
        statement = statement.where(of_campaign)
        if search and has_search:
            statement = statement.where(phone_matches(Contact.phone, search))
    return load_keyset_page(
        session,
        statement,
        [Contact.phone if by_phone else Contact.id],
        descending=sort.startswith("-"),
        cursor=cursor,
        limit=limit,
    )


LOAD_CAMPAIGN_AND_TRUNK = (selectinload(Attempt.campaign), selectinload(Attempt.trunk))
"""By statements of their own, the same for all tables: joined to each filter and order, every one of them kept half a
megabyte of columns and their copies in the cache of statements."""
ATTEMPT_SORTS: dict[str, InstrumentedAttribute[Any]] = {
    "id": Attempt.id,
    "started": Attempt.id,
    "phone": Attempt.phone,
    "status": Attempt.status,
}


def list_attempts(
    session: Session,
    *,
    campaign_id: int | None = None,
    status: str | None = None,
    search: NumberSearch | str | None = None,
    sort: str = "-id",
    cursor: str | None = None,
    limit: int = 50,
    up_to: int | None = None,
    ended_by: datetime | None = None,
    key: str | None = None,
) -> TablePage[Attempt]:
    """Attempts with campaign, contact and trunk. `status` may also be `open` or `ended`. `up_to` and `ended_by` keep an
    order frozen: only attempts up to this id that had ended by then. `key`: those who pressed it. `sort`: id, phone,
    status. Raises InvalidInput: the cursor, or with its field what no index serves in a large table."""
    has_search = is_search(search)
    simple = not (status or key or has_search) and ATTEMPT_SORTS.get(sort.removeprefix("-")) is Attempt.id
    large = not simple and phone_search.has_many_attempts(session, campaign_id)
    if large:
        _refuse_slow_attempts(campaign_id, status, has_search, sort, key)
    column = ATTEMPT_SORTS.get(sort.removeprefix("-"), Attempt.id)
    statement = select(Attempt).options(*LOAD_CAMPAIGN_AND_TRUNK, selectinload(Attempt.contact))
    if campaign_id is not None:
        statement = statement.where(Attempt.campaign_id == campaign_id)
    ids: set[int] | None = None
    if large and status and campaign_id is None and not is_slow_over_all(status):
        ids = set(_find_few_of_status(session, status))
    elif status == "open":
        statement = statement.where(Attempt.ended_at.is_(None))
    elif status == "ended":
        statement = statement.where(Attempt.ended_at.is_not(None))
    elif status:
        statement = statement.where(match_attempt_status(status))
    if up_to is not None:
        statement = statement.where(Attempt.id <= up_to)
    if ended_by is not None:
        statement = statement.where(Attempt.ended_at <= ended_by)
    if key:
        statement = statement.where(Attempt.key == key)
    if search and has_search and large:
        found = phone_search.find_attempt_ids(session, search, campaign_id)
        # One list of ids: of two PostgreSQL expects so few rows that it may walk all attempts to find them.
        ids = found if ids is None else ids & found
    elif search and has_search:
        statement = statement.where(phone_matches(Attempt.phone, search))
    if ids is not None:
        statement = statement.where(Attempt.id.in_(sorted(ids)))
    columns = [column] if column is Attempt.id else [column, Attempt.id]
    return load_keyset_page(
        session,
        statement,
        columns,
        descending=sort.startswith("-"),
        cursor=cursor,
        limit=limit,
    )


def _find_few_of_status(session: Session, status: str) -> Sequence[int]:
    """The ids of the latest of all campaigns' attempts of a status that few have. By these, for SQLite would go through
    all attempts where it has conditions on their ids or an order by them."""
    few = select(Attempt.id).where(match_attempt_status(status)).order_by((Attempt.id + 0).desc())
    return session.scalars(few.limit(phone_search.SMALL)).all()


def find_latest_claim(session: Session, campaign_id: int, up_to: int) -> datetime | None:
    """When a campaign's latest attempt up to an id was claimed."""
    attempts = select(Attempt.claimed_at).where(Attempt.campaign_id == campaign_id, Attempt.id <= up_to)
    return session.scalar(attempts.order_by(Attempt.id.desc()).limit(1))


def match_attempt_status(status: str) -> ColumnElement[bool]:
    """By the indexes of open, ended and unresolved attempts: bound values match no partial one."""
    if status == "open":
        return Attempt.ended_at.is_(None)
    if status == AttemptStatus.UNRESOLVED:
        return literal_column("attempts.outcome = 'unresolved'")
    if status in OUTCOMES:
        return and_(Attempt.outcome == status, Attempt.ended_at.is_not(None))
    return and_(Attempt.status == status, Attempt.ended_at.is_(None))


def _refuse_slow_attempts(
    campaign_id: int | None, status: str | None, has_search: bool, sort: str, key: str | None
) -> None:
    """Of a large table: what would have to look through all of it. Raises InvalidInput with the field."""
    if has_search:
        return
    most = phone_search.SMALL
    by = sort.removeprefix("-")
    if campaign_id is None and (key or is_slow_over_all(status)):
        field = "key" if key else "status"
        remedy = "name a campaign_id as well"
        raise InvalidInput([FieldError(field, f"there are more than {most:,} calls: {remedy}")])
    if key and status not in (None, "ended"):
        raise InvalidInput(
            [FieldError("key", f"there are more than {most:,} calls: give key or status, not both")]
        )
    if by == "status" or (by == "phone" and (campaign_id is not None or status or key)):
        raise InvalidInput(
            [FieldError("sort", f"there are more than {most:,} calls: they are sorted by time alone")]
        )


def is_slow_over_all(status: str | None) -> bool:
    """Whether the calls of all campaigns cannot be filtered for a status by an index: it has those of each."""
    return status in OUTCOMES and status != AttemptStatus.UNRESOLVED


def count_newer_attempts(
    session: Session,
    campaign_id: int | None,
    after_id: int,
    most: int = 1000,
    *,
    ended_after: datetime | None = None,
    status: str | None = None,
) -> int:
    """How many attempts came after `after_id`, counted no further than `most`. With `ended_after` those that ended
    since: it looks at `most` attempts before it, whenever they began, and at twice as many after it."""
    statement = select(Attempt.id, Attempt.ended_at)
    if campaign_id is not None:
        statement = statement.where(Attempt.campaign_id == campaign_id)
    if status and status != "ended":
        statement = statement.where(match_attempt_status(status))
    if ended_after is None:
        # By its own index where few have the status: SQLite would go through all later attempts.
        few = campaign_id is None and status is not None and not is_slow_over_all(status)
        newer = statement.where((Attempt.id + 0 if few else Attempt.id) > after_id).limit(most).subquery()
        return session.scalar(select(func.count()).select_from(newer)) or 0
    looked_at = statement.where(Attempt.id > after_id - most).order_by(Attempt.id).limit(3 * most).subquery()
    newer = select(looked_at.c.id).where(looked_at.c.ended_at > ended_after).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(newer)) or 0


def list_open_attempts(session: Session, campaign_id: int, limit: int) -> list[Attempt]:
    """The open calls of a campaign with their contacts, the longest first."""
    statement = (
        select(Attempt)
        .options(joinedload(Attempt.contact))
        .where(Attempt.campaign_id == campaign_id, Attempt.ended_at.is_(None))
        .order_by(Attempt.id)
        .limit(limit)
    )
    return list(session.scalars(statement))


def list_attempts_of(session: Session, contact_ids: Sequence[int]) -> dict[int, list[Attempt]]:
    """The attempts of these contacts, oldest first."""
    attempts_by_contact: dict[int, list[Attempt]] = {contact_id: [] for contact_id in contact_ids}
    statement = (
        select(Attempt)
        .where(Attempt.contact_id.in_(contact_ids))
        .order_by(Attempt.contact_id, Attempt.number)
    )
    for attempt in session.scalars(statement):
        if attempt.contact_id is not None:
            attempts_by_contact[attempt.contact_id].append(attempt)
    return attempts_by_contact


def list_events_of(session: Session, tokens: Sequence[str]) -> dict[str, list[CallEvent]]:
    """What was told about these attempts, in the order in which it arrived."""
    events_by_token: dict[str, list[CallEvent]] = {token: [] for token in tokens}
    for event in session.scalars(select(CallEvent).where(CallEvent.token.in_(tokens)).order_by(CallEvent.id)):
        events_by_token[event.token].append(event)
    return events_by_token


NOT_DELETED = Contact.campaign_id.not_in(select(Campaign.id).where(Campaign.deleted_at.is_not(None)))
"""Of a contact: its campaign is no deleted draft."""


def list_contacts_elsewhere(session: Session, contact: Contact, limit: int = 20) -> list[Contact]:
    """The same number in other campaigns."""
    # By the number first: joined with their campaigns at once, PostgreSQL looked at every contact of a campaign.
    found = session.scalars(
        select(Contact.id)
        .where(Contact.phone == contact.phone, Contact.id != contact.id, NOT_DELETED)
        .order_by(literal_column("contacts.id + 0").desc())
        .limit(limit)
    ).all()
    statement = select(Contact).options(joinedload(Contact.campaign)).where(Contact.id.in_(found))
    return list(session.scalars(statement.order_by(Contact.id.desc()))) if found else []


def _search_entries(session: Session, model: Any, search: NumberSearch | str | None) -> Select[Any]:
    """Entries whose number a search finds; all without one. Raises InvalidInput where it finds too many."""
    statement = select(model)
    if not search or not is_search(search):
        return statement
    if phone_search.spans_many_ids(session, model.id):
        return statement.where(model.id.in_(phone_search.find_ids(session, model, search)))
    return statement.where(phone_matches(model.phone, search))


def list_do_not_call(
    session: Session, *, search: NumberSearch | str | None = None, cursor: str | None = None, limit: int = 50
) -> TablePage[DoNotCall]:
    """A search without a digit finds nothing: no number is spelled with letters alone."""
    statement = _search_entries(session, DoNotCall, search)
    return load_keyset_page(
        session,
        statement,
        [DoNotCall.id],
        descending=True,
        cursor=cursor,
        limit=limit,
    )


def name_campaigns(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """{campaign's id: its name}, also of deleted drafts."""
    wanted = {each for each in ids if each is not None}
    statement = select(Campaign.id, Campaign.name).where(Campaign.id.in_(wanted))
    return {row.id: row.name for row in session.execute(statement)} if wanted else {}


def count_do_not_call(session: Session, most: int | None = None) -> int:
    """How many entries the do-not-call list has, counted no further than `most`: a page says "more than" then."""
    entries = select(DoNotCall.id).limit(most).subquery() if most else DoNotCall
    return session.scalar(select(func.count()).select_from(entries)) or 0


def do_not_call_removals(
    session: Session, *, search: NumberSearch | str | None = None, cursor: str | None = None, limit: int = 50
) -> TablePage[DoNotCallRemoval]:
    """Entries that were taken off the list, the latest first; not those that are kept under a mark of somebody who was
    forgotten."""
    statement = _search_entries(session, DoNotCallRemoval, search).where(DoNotCallRemoval.phone.like("+%"))
    return load_keyset_page(
        session, statement, [DoNotCallRemoval.id], descending=True, cursor=cursor, limit=limit
    )


def find_do_not_call_entry(session: Session, phone: str, campaign_id: int | None) -> DoNotCall | None:
    """A number's (E.164) entry for one campaign, or with None the one for all."""
    return session.scalar(
        select(DoNotCall).where(
            DoNotCall.phone == phone, DoNotCall.campaign_id.is_not_distinct_from(campaign_id)
        )
    )


def list_imports(session: Session, campaign_id: int, limit: int = 10) -> list[Import]:
    """A campaign's latest uploads."""
    statement = (
        select(Import).where(Import.campaign_id == campaign_id).order_by(Import.id.desc()).limit(limit)
    )
    return list(session.scalars(statement))


def find_campaigns_by_name(session: Session, text: str, limit: int) -> list[Campaign]:
    """Campaigns with `text` in their name, archived ones too, the newest first."""
    wanted = text.replace("\0", "").strip()
    if not wanted:
        return []
    return list(
        session.scalars(
            select(Campaign)
            .where(has_part(Campaign.name, wanted), Campaign.deleted_at.is_(None))
            .order_by(Campaign.id.desc())
            .limit(limit)
        )
    )


def list_campaigns_named(session: Session, name: str, *, besides: int, limit: int = 20) -> list[Campaign]:
    """Other campaigns of just this name that are not archived, the newest first."""
    statement = select(Campaign).where(
        func.lower(Campaign.name) == name.strip().lower(),
        Campaign.id != besides,
        Campaign.deleted_at.is_(None),
        Campaign.status != "archived",
    )
    return list(session.scalars(statement.order_by(Campaign.id.desc()).limit(limit)))


def list_default_regions(session: Session) -> list[str]:
    """The countries as of which campaigns read numbers without a country code, sorted."""
    regions = session.scalars(
        select(Campaign.default_region).where(Campaign.default_region.is_not(None)).distinct()
    )
    return sorted(region for region in regions if region)


def find_known_numbers(session: Session, phones: Sequence[str]) -> list[str]:
    """Those of `phones` (E.164, a few hundred) that are in a campaign, were called, or are on do-not-call; sorted."""
    found: set[str] = set()
    for model in (Contact, Attempt, DoNotCall):
        found.update(session.scalars(select(model.phone).where(model.phone.in_(phones)).distinct()))
    return sorted(found)


def list_contacts_of_number(session: Session, phone: str, limit: int) -> list[Contact]:
    """Who has this number (E.164), in each campaign: those being called first, then those who wait, then the newest."""
    order = case((Contact.status == "dialing", 0), (Contact.due_at.is_not(None), 1), else_=2)
    statement = (
        select(Contact)
        .where(Contact.phone == phone, NOT_DELETED)
        .order_by(order, Contact.id.desc())
        .limit(limit)
    )
    return list(session.scalars(statement))


def count_contacts_of_number(session: Session, phone: str) -> int:
    return session.scalar(select(func.count()).select_from(Contact).where(Contact.phone == phone)) or 0


def list_calls_to_number(
    session: Session, phone: str, *, cursor: str | None = None, limit: int = 25
) -> TablePage[Attempt]:
    """Every attempt to call a number, over all campaigns and single calls, the latest first. Raises InvalidInput (the
    cursor)."""
    statement = select(Attempt).options(*LOAD_CAMPAIGN_AND_TRUNK).where(Attempt.phone == phone)
    return load_keyset_page(session, statement, [Attempt.id], descending=True, cursor=cursor, limit=limit)


def count_placed_calls(session: Session, phone: str) -> int:
    """How many calls to a number were sent to a provider, whatever became of them."""
    statement = select(func.count()).where(
        Attempt.phone == phone, Attempt.dialing_at.is_not(None), Attempt.status != "released"
    )
    return session.scalar(statement) or 0


def list_do_not_call_of_number(session: Session, phone: str) -> list[tuple[DoNotCall, str | None]]:
    """A number's entries, that for all campaigns first, with the name of the campaign of each other."""
    statement = (
        select(DoNotCall, Campaign.name)
        .outerjoin(Campaign, Campaign.id == DoNotCall.campaign_id)
        .where(DoNotCall.phone == phone)
        .order_by(DoNotCall.campaign_id.is_not(None), DoNotCall.id)
    )
    return [(row[0], row[1]) for row in session.execute(statement)]
