"""Contact table: a campaign's contacts in any order and by any value, where they are few enough to look through."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select, text
from sqlalchemy.orm import Session, joinedload

from campaign_app.models import CONTACT_COUNTERS, CampaignCounters, Contact

from .phone_search import NumberSearch, find_ids, is_search, phone_matches
from .tables import NOT_DELETED, match_contact_status
from .text_search import FOLDED_SQL, make_pattern

SORTS: dict[str, Any] = {
    "id": Contact.id,
    "phone": Contact.phone,
    "status": Contact.status,
    "tries": Contact.tries,
    "due": Contact.due_at,
}
VARIABLE = "var:"
ANY_VALUE = {
    dialect: f"EXISTS (SELECT 1 FROM {values} WHERE {FOLDED_SQL[dialect].format('j.value')} LIKE :like ESCAPE '\\')"
    for dialect, values in (
        ("sqlite", "json_each(contacts.variables) j"),
        ("postgresql", "jsonb_each_text(contacts.variables) AS j(name, value)"),
    )
}
"""Whether any value has a text in it, whatever its case and accents, by dialect."""


def build_filter(
    session: Session,
    campaign_id: int,
    *,
    status: str | None = None,
    search: NumberSearch | None = None,
    value: str | None = None,
    small: bool = True,
) -> Select[Any]:
    """Contacts of a campaign by status, by their number, or by a part of any of their values; of a large one (not
    `small`) not by values. Raises InvalidInput where a search finds too many there."""
    statement = select(Contact).where(Contact.campaign_id == campaign_id)
    if status:
        statement = statement.where(match_contact_status(session, campaign_id, status))
    matches: list[ColumnElement[bool]] = []
    if search and is_search(search):
        matches.append(
            phone_matches(Contact.phone, search)
            if small
            else Contact.id.in_(find_ids(session, Contact, search, Contact.campaign_id == campaign_id))
        )
    if value:
        found = text(ANY_VALUE[session.get_bind().dialect.name])
        matches.append(found.bindparams(bindparam("like", make_pattern(value))))  # type: ignore[arg-type]
    return statement.where(or_(*matches)) if matches else statement


def list_small_table(
    session: Session, statement: Select[Any], sort: str, *, page: int, limit: int
) -> tuple[list[Contact], bool]:
    """One page, from 0, of up to SMALL contacts, and whether there is another. `sort`: one of SORTS or `var:NAME`, with
    `-` for descending; those without a value come last."""
    name = sort.removeprefix("-")
    down = sort.startswith("-")
    order: list[Any] = []
    if name.startswith(VARIABLE):
        column: Any = func.lower(Contact.variables[name.removeprefix(VARIABLE)].as_string())
        order.append(func.coalesce(column, "") == "")
    else:
        column = SORTS.get(name, Contact.id)
        if name == "due":
            order.append(Contact.due_at.is_(None))
    order += [column.desc() if down else column.asc(), Contact.id.desc() if down else Contact.id.asc()]
    rows = list(session.scalars(statement.order_by(*order).offset(page * limit).limit(limit + 1)))
    return rows[:limit], len(rows) > limit


def count_matching(session: Session, statement: Select[Any]) -> int:
    return session.scalar(select(func.count()).select_from(statement.subquery())) or 0


def list_matching_ids(session: Session, statement: Select[Any], most: int) -> list[int]:
    return list(session.scalars(statement.with_only_columns(Contact.id).order_by(Contact.id).limit(most)))


def count_all_contacts(session: Session) -> int:
    """Of all campaigns, by their counters."""
    columns = [getattr(CampaignCounters, column) for column in CONTACT_COUNTERS.values()]
    return session.scalar(select(func.coalesce(func.sum(sum(columns[1:], columns[0])), 0))) or 0


def find_people(session: Session, value: str, most: int) -> list[Contact]:
    """Contacts of any campaign with `value` in one of their values, the newest first, with their campaign."""
    found = text(ANY_VALUE[session.get_bind().dialect.name])
    matching = found.bindparams(bindparam("like", make_pattern(value)))
    statement = select(Contact).options(joinedload(Contact.campaign)).where(matching, NOT_DELETED)
    return list(session.scalars(statement.order_by(Contact.id.desc()).limit(most)))
