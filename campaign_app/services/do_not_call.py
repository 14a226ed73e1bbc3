"""Do-not-call service: numbers that are never dialed, for all campaigns or for one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campaign_app.domain import phone as phones
from campaign_app.domain.campaign import to_rfc3339
from campaign_app.domain.csv_cells import csv_text
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound, StateConflict
from campaign_app.models import Campaign, DoNotCall, DoNotCallRemoval
from campaign_app.queries import contacts as contact_queries
from campaign_app.queries import tables
from campaign_app.queries.forgotten import find_forgotten, hold_forgotten_still
from campaign_app.services import audit

LONGEST_REASON = 500
SAME_PERSON = "another number of the same person"


def add_do_not_call_entry(
    session: Session,
    phone_raw: str,
    *,
    region: str | None,
    campaign_id: int | None,
    reason: str | None,
    source: str,
    actor: str,
    now: datetime,
    listed_on: date | None = None,
) -> DoNotCall:
    """Put a number on the list, and with it the other numbers that contacts with it name: who asks not to be called
    means every phone of theirs. Their waiting contacts are suppressed; a number that is listed already stays as it is.
    Without a `region` a national spelling is read by the campaign's default region. Returns the number's own entry.

    A call that is open goes on; its contact is suppressed when it ends. Raises Invalid, NotFound (the campaign).
    """
    phone = parse_listed_number(session, phone_raw, region, campaign_id)
    if reason is not None and len(reason) > LONGEST_REASON:
        raise InvalidInput([FieldError("reason", f"keep it under {LONGEST_REASON} characters")])
    hold_forgotten_still(session.connection())
    if find_forgotten(session.connection(), [phone]):
        raise StateConflict("the person asked to be forgotten and is never called: the number needs no entry")
    entry = _list_number(
        session, phone, campaign_id, reason or None, source=source, listed_on=listed_on, actor=actor, now=now
    )
    others = contact_queries.find_second_numbers(session.connection(), [phone], campaign_id).get(phone, [])
    for other in sorted(set(others) - find_forgotten(session.connection(), others)):
        why = f"{SAME_PERSON}: {reason}"[:LONGEST_REASON] if reason else SAME_PERSON
        _list_number(
            session, other, campaign_id, why, source=source, listed_on=listed_on, actor=actor, now=now
        )
    return entry


def _list_number(
    session: Session,
    phone: str,
    campaign_id: int | None,
    reason: str | None,
    *,
    source: str,
    listed_on: date | None,
    actor: str,
    now: datetime,
) -> DoNotCall:
    """The entry of one number (E.164), added where there is none."""
    existing_entry = tables.find_do_not_call_entry(session, phone, campaign_id)
    if existing_entry is not None:
        return existing_entry
    entry = DoNotCall(
        phone=phone,
        campaign_id=campaign_id,
        source=source,
        reason=reason,
        listed_on=listed_on,
        added_by=actor,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(entry)
            session.flush()
    except IntegrityError:
        # Somebody else listed it in this very moment.
        concurrent_entry = tables.find_do_not_call_entry(session, phone, campaign_id)
        assert concurrent_entry is not None
        return concurrent_entry
    suppressed_count = contact_queries.suppress_number(session.connection(), phone, campaign_id)
    audit.record_audit_entry(
        session,
        actor=actor,
        action="do-not-call.add",
        object_type="do-not-call",
        object_id=str(entry.id),
        now=now,
        phone=phone,
        campaign_id=campaign_id,
        reason=reason,
        suppressed=suppressed_count,
    )
    return entry


def parse_listed_number(session: Session, text: str, region: str | None, campaign_id: int | None) -> str:
    """E.164; without a `region` a national spelling is read by the campaign's. Raises Invalid, NotFound (the
    campaign)."""
    campaign = None if campaign_id is None else session.get(Campaign, campaign_id)
    if campaign_id is not None and campaign is None:
        raise NotFound(f"there is no campaign {campaign_id}")
    try:
        return phones.parse(text, region or (None if campaign is None else campaign.default_region))
    except phones.PhoneError as error:
        raise InvalidInput([FieldError("phone", str(error))]) from None


def remove_do_not_call_entry(
    session: Session,
    entry_id: int,
    *,
    reason: str | None,
    unsuppress: bool = False,
    actor: str,
    now: datetime,
) -> DoNotCallRemoval:
    """Take a number off the list. The entry is kept among the removals, with who removed it, when and why. The person's
    other numbers, which joined the list with it, stay on it: each is removed by itself.

    The contacts that it suppressed stay so, and nobody is called by surprise, unless `unsuppress` makes them due again
    (`count_suppressed` says beforehand how many). Raises NotFound; Invalid without a reason.
    """
    entry = get(session, entry_id)
    reason = (reason or "").strip()
    if not reason:
        raise InvalidInput([FieldError("reason", "say why the number may be called again")])
    if len(reason) > LONGEST_REASON:
        raise InvalidInput([FieldError("reason", f"keep it under {LONGEST_REASON} characters")])
    connection = session.connection()
    again = (
        contact_queries.unsuppress(connection, entry.id, entry.phone, entry.campaign_id, now)
        if unsuppress
        else 0
    )
    removal = DoNotCallRemoval(
        phone=entry.phone,
        campaign_id=entry.campaign_id,
        source=entry.source,
        reason=entry.reason,
        listed_on=entry.listed_on,
        added_by=entry.added_by,
        created_at=entry.created_at,
        removed_at=now,
        removed_by=actor,
        removal_reason=reason,
        unsuppressed=again,
    )
    session.add(removal)
    session.delete(entry)
    session.flush()
    audit.record_audit_entry(
        session,
        actor=actor,
        action="do-not-call.remove",
        object_type="do-not-call",
        object_id=str(entry_id),
        now=now,
        phone=entry.phone,
        campaign_id=entry.campaign_id,
        reason=entry.reason,
        removal_reason=reason,
        unsuppressed=again,
    )
    return removal


def get(session: Session, entry_id: int) -> DoNotCall:
    """Raises NotFound."""
    entry = session.get(DoNotCall, entry_id)
    if entry is None:
        raise NotFound(f"there is no do-not-call entry {entry_id}")
    return entry


def count_suppressed(session: Session, entry: DoNotCall) -> int:
    """How many contacts this entry alone holds back: `remove` with `unsuppress` makes them due again."""
    return contact_queries.count_held_back(session.connection(), entry.id, entry.phone, entry.campaign_id)


EXPORT_COLUMNS = ("phone", "campaign_id", "source", "reason", "date", "added_by", "created_at")
EXPORT_HEAD = "\ufeff" + csv_text([EXPORT_COLUMNS])
"""Begins with a byte order mark, by which Excel recognizes UTF-8."""
PAGE = 1_000


def export_csv(session: Session, *, actor: str, now: datetime) -> Iterator[str]:
    """The whole list as CSV, oldest first. It can be uploaded again.

    Leaves an audit row in the caller's transaction. The rows may be consumed after the session is closed.
    """
    audit.record_audit_entry(
        session,
        actor=actor,
        action="do-not-call.export",
        object_type="do-not-call",
        object_id="all",
        now=now,
        entries=tables.count_do_not_call(session),
    )
    bound = session.get_bind()
    return _exported(bound.engine if isinstance(bound, Connection) else bound)


def _exported(engine: Engine) -> Iterator[str]:
    yield EXPORT_HEAD
    last = 0
    while (page := read_export_page(engine, last, PAGE)) is not None:
        lines, _, last = page
        yield lines


def read_export_page(engine: Engine, after: int, most: int) -> tuple[str, int, int] | None:
    """The entries after an id as lines of CSV, how many they are, and the last one's id. None where there are none."""
    with Session(engine) as session:
        page = session.scalars(
            select(DoNotCall).where(DoNotCall.id > after).order_by(DoNotCall.id).limit(most)
        ).all()
    if not page:
        return None
    rows = (to_api(entry) for entry in page)
    return csv_text([[row[name] for name in EXPORT_COLUMNS] for row in rows]), len(page), page[-1].id


def to_api(entry: DoNotCall) -> dict[str, object]:
    return {
        "id": entry.id,
        "phone": entry.phone,
        "campaign_id": entry.campaign_id,
        "source": entry.source,
        "reason": entry.reason,
        "date": entry.listed_on.isoformat() if entry.listed_on else None,
        "import_id": entry.import_id,
        "added_by": entry.added_by,
        "created_at": to_rfc3339(entry.created_at),
    }


def removal_to_api(removal: DoNotCallRemoval) -> dict[str, object]:
    return {
        "id": removal.id,
        "phone": removal.phone,
        "campaign_id": removal.campaign_id,
        "source": removal.source,
        "reason": removal.reason,
        "date": removal.listed_on.isoformat() if removal.listed_on else None,
        "added_by": removal.added_by,
        "created_at": to_rfc3339(removal.created_at),
        "removed_at": to_rfc3339(removal.removed_at),
        "removed_by": removal.removed_by,
        "removal_reason": removal.removal_reason,
        "unsuppressed": removal.unsuppressed,
    }
