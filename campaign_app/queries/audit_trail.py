"""Audit trail queries: its entries by person, object and date, and what people call the objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
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

UNNAMED_ACTORS = frozenset({"anonymous", "callee", "cli", "engine", "retention", "setup"})


def list_audit_entries(
    session: Session, *, cursor: str | None = None, limit: int = 50, **search: Any
) -> TablePage[AuditEntry]:
    """The newest first. `search` is what `search_audit` takes."""
    return load_keyset_page(
        session,
        search_audit(select(AuditEntry), **search),
        [AuditEntry.at, AuditEntry.id] if _names_days(**search) else [AuditEntry.id],
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


def _names_days(*, since: datetime | None = None, before: datetime | None = None, **_: Any) -> bool:
    """Whether a search is about days: then the order is that of the times, as the index has it. Ids do not say when:
    clocks are set back, and some begin in 1970."""
    return since is not None or before is not None


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
    return session.scalar(search_audit(select(func.count()).select_from(AuditEntry), **search)) or 0


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
    """The entries that follow the one with an id (0: from the first), the oldest first, each with the hash of its
    seal."""
    statement = search_audit(select(AuditEntry), **search).limit(most)
    if not _names_days(**search):
        statement = statement.where(AuditEntry.id > after).order_by(AuditEntry.id)
    else:
        statement = statement.order_by(AuditEntry.at, AuditEntry.id)
        # That one may be deleted meanwhile: the nearest before it says where it was.
        last = select(AuditEntry.at).where(AuditEntry.id <= after).order_by(AuditEntry.id.desc()).limit(1)
        if after and (at := session.scalar(last)) is not None:
            follows = or_(AuditEntry.at > at, AuditEntry.id > after)
            statement = statement.where(AuditEntry.at >= at, follows)
    entries = session.scalars(statement).all()
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
