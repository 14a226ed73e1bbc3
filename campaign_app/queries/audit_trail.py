"""Audit trail queries: its entries by person, object and date, and what people call the objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from campaign_app.models import (
    ApiToken,
    AuditEntry,
    AuditSeal,
    Campaign,
    NumberList,
    Recording,
    Trunk,
    User,
)

from . import phone_search
from .tables import TablePage, load_keyset_page
from .text_search import escape_like

MOST_LAG = timedelta(days=1)
"""More than what entries lie out of the order of their ids."""
UNNAMED_ACTORS = frozenset({"anonymous", "callee", "cli", "engine", "retention", "setup"})


def list_audit_entries(
    session: Session, *, cursor: str | None = None, limit: int = 50, **search: Any
) -> TablePage[AuditEntry]:
    """The newest first. `search` is what `search_audit` takes."""
    return load_keyset_page(
        session,
        search_audit(select(AuditEntry), **search).where(*_bound_ids(session, **search)),
        [AuditEntry.id],
        descending=True,
        cursor=cursor,
        limit=limit,
    )


def search_audit(
    statement: Select[Any],
    *,
    object_type: str | None = None,
    object_id: str | None = None,
    who: str | None = None,
    exactly: bool = False,
    since: datetime | None = None,
    before: datetime | None = None,
) -> Select[Any]:
    """`who` is part of an actor, or of the address that something was done from; with `exactly` the whole of it, which
    an index finds. `since` <= at < `before`."""
    if object_type:
        statement = statement.where(AuditEntry.object_type == object_type)
    if object_id:
        statement = statement.where(AuditEntry.object_id == object_id)
    if who:
        statement = statement.where(_is_whole_actor(who) if exactly else _has_in_actor(who))
    if since is not None:
        statement = statement.where(AuditEntry.at >= since)
    if before is not None:
        statement = statement.where(AuditEntry.at < before)
    return statement


def _has_in_actor(who: str) -> ColumnElement[bool]:
    pattern = f"%{escape_like(who.lower())}%"
    return or_(
        func.lower(AuditEntry.actor).like(pattern, escape="\\"),
        AuditEntry.address.like(pattern, escape="\\"),
    )


def _is_whole_actor(who: str) -> ColumnElement[bool]:
    """One value of one index, whose order is the page's."""
    with suppress(ValueError):
        return AuditEntry.address == str(ip_address(who))
    if ":" in who or who in UNNAMED_ACTORS:
        return AuditEntry.actor == who
    return AuditEntry.actor == (f"user:{who.lower()}" if "@" in who else f"token:{who}")


def _bound_ids(
    session: Session, *, since: datetime | None = None, before: datetime | None = None, **_: Any
) -> list[ColumnElement[bool]]:
    """Between which ids of a long trail its entries of some days lie, so that nobody walks past all later ones. Ids
    grow with the time, but for what lies between the clocks of two engines or between a moment and its commit."""
    if (since is None and before is None) or not has_long_audit_trail(session):
        return []
    bounds: list[ColumnElement[bool]] = []
    if since is not None:
        bounds.append(AuditEntry.id >= _find_first_id(session, since - MOST_LAG))
    if before is not None:
        bounds.append(AuditEntry.id < _find_first_id(session, before + MOST_LAG))
    return bounds


def _find_first_id(session: Session, moment: datetime) -> int:
    """The id that entries of that moment and later ones have or are above; one past the last where there are none."""
    low = session.scalar(select(func.min(AuditEntry.id))) or 0
    high = (session.scalar(select(func.max(AuditEntry.id))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        row = session.execute(
            select(AuditEntry.id, AuditEntry.at)
            .where(AuditEntry.id >= middle)
            .order_by(AuditEntry.id)
            .limit(1)
        ).one_or_none()
        if row is None or row.at >= moment:
            high = middle
        else:
            low = row.id + 1
    return low


def has_long_audit_trail(session: Session) -> bool:
    """Whether the trail is too long to be looked through row by row."""
    return phone_search.spans_many_ids(session, AuditEntry.id)


def measure_audit_trail(session: Session) -> int:
    """About how many entries there are: by their ids, for counting a long trail takes a second."""
    # Two statements: SQLite finds one end by the index, and both at once by reading everything.
    last = session.scalar(select(func.max(AuditEntry.id)))
    first = session.scalar(select(func.min(AuditEntry.id)))
    return 0 if last is None or first is None else last - first + 1


def count_audit_entries(session: Session, **search: Any) -> int:
    """How many entries match. `search` is what `search_audit` takes."""
    statement = search_audit(select(func.count()).select_from(AuditEntry), **search)
    return session.scalar(statement.where(*_bound_ids(session, **search))) or 0


def iterate_audit_entries(session: Session, **search: Any) -> Iterator[tuple[AuditEntry, str | None]]:
    """The oldest first, a piece at a time, each with the hash of its seal."""
    after = 0
    while entries := list_audit_piece(session, after, 500, **search):
        yield from entries
        after = entries[-1][0].id
        session.expunge_all()


def list_audit_piece(
    session: Session, after: int, most: int, **search: Any
) -> list[tuple[AuditEntry, str | None]]:
    """The entries that follow an id, the oldest first, each with the hash of its seal."""
    bounds = _bound_ids(session, **{**search, "since": None if after else search.get("since")})
    entries = session.scalars(
        search_audit(select(AuditEntry), **search)
        .where(AuditEntry.id > after, *bounds)
        .order_by(AuditEntry.id)
        .limit(most)
    ).all()
    seals = session.execute(
        select(AuditSeal.entry_id, AuditSeal.hash)
        .where(AuditSeal.entry_id.in_([entry.id for entry in entries]))
        .order_by(AuditSeal.id)
    )
    hashes = {row.entry_id: row.hash for row in seals}
    return [(entry, hashes.get(entry.id)) for entry in entries]


NAMED_OBJECTS: dict[str, tuple[Any, Any]] = {
    "campaign": (Campaign.id, Campaign.name),
    "trunk": (Trunk.id, Trunk.name),
    "user": (User.id, User.email),
    "token": (ApiToken.id, ApiToken.name),
    "list": (NumberList.id, NumberList.name),
    "recording": (Recording.id, Recording.name),
}


def name_audit_objects(session: Session, entries: Sequence[AuditEntry]) -> dict[tuple[str, str], str]:
    """What people call the objects of those entries, as far as they are still there."""
    names = {}
    for kind, (key, name) in NAMED_OBJECTS.items():
        ids = {
            int(each.object_id) for each in entries if each.object_type == kind and each.object_id.isdecimal()
        }
        if ids:
            for row in session.execute(select(key, name).where(key.in_(ids))):
                names[kind, str(row[0])] = row[1]
    return names
