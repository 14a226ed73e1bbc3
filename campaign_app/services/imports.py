"""Uploads into a campaign: accept one, follow it, fetch what it refused, take it back.

import_files.py keeps the files, import_run.py works them off.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, select
from sqlalchemy.orm import Session

from campaign_app.domain.campaign import CampaignStatus, to_rfc3339
from campaign_app.domain.csv_cells import csv_text
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound, StateConflict
from campaign_app.domain.phone import is_region
from campaign_app.models import Campaign, Import, RejectedRow
from campaign_app.queries import imports as queries

from . import audit
from .contacts import check_accepts_contacts
from .import_files import Readable, Stored, TooLarge, remove, store
from .import_run import Clock, Write, run_next

__all__ = [
    "Clock",
    "Readable",
    "Stored",
    "TooLarge",
    "Write",
    "accept",
    "enqueue",
    "get",
    "progress",
    "rejected_csv",
    "run_next",
    "store",
    "to_api",
    "undo",
]

PAGE = 1_000
COUNTS = (
    "total",
    "accepted",
    "rejected",
    "repeated_in_file",
    "already_in_campaign",
    "do_not_call",
    "bytes_done",
    "rows_done",
)


def accept(
    session: Session,
    uploads: Path,
    campaign_id: int,
    stream: Readable,
    filename: str,
    *,
    default_region: str | None = None,
    max_bytes: int,
    actor: str,
    now: datetime,
) -> Import:
    """Store an upload and queue it. `default_region` reads numbers without a country; the campaign's if None.

    Writing 100 MB takes a second in which the caller's transaction is open: where that matters, `store`
    first, outside of it, and `enqueue` inside. Raises NotFound, Conflict (the campaign's status), Invalid,
    TooLarge.
    """
    _open_campaign(session, campaign_id)
    stored = store(uploads, stream, max_bytes=max_bytes)
    try:
        return enqueue(
            session, campaign_id, stored, filename, default_region=default_region, actor=actor, now=now
        )
    except BaseException:
        remove(uploads / stored.name)
        raise


def enqueue(
    session: Session,
    campaign_id: int,
    stored: Stored,
    filename: str,
    *,
    default_region: str | None = None,
    actor: str,
    now: datetime,
) -> Import:
    """Queue a stored file; `run_next` works it off. Raises NotFound, Conflict, Invalid; the file is the
    caller's then.
    """
    campaign = _open_campaign(session, campaign_id)
    region = (default_region or "").upper() or campaign.default_region
    if region is not None and not is_region(region):
        raise InvalidInput(
            [FieldError("default_region", "choose a region by its two letters, such as US or FR")]
        )
    item = Import(
        campaign_id=campaign_id,
        filename=_shown(filename),
        stored_as=stored.name,
        size=stored.size,
        default_region=region,
        status="queued",
        created_by=actor,
        created_at=now,
        **dict.fromkeys(COUNTS, 0),
    )
    session.add(item)
    session.flush()
    audit.record_audit_entry(
        session,
        actor=actor,
        action="import.add",
        object_type="import",
        object_id=str(item.id),
        now=now,
        campaign_id=campaign_id,
        filename=item.filename,
        size=stored.size,
    )
    return item


def _open_campaign(session: Session, campaign_id: int) -> Campaign:
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound(f"there is no campaign {campaign_id}")
    check_accepts_contacts(CampaignStatus(campaign.status))
    return campaign


def _shown(filename: str) -> str:
    """The name to show: without folders, which some browsers send, and without control characters."""
    base = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in base if char.isprintable()).strip()[:255] or "upload.csv"


def get(session: Session, import_id: int) -> Import:
    """Raises NotFound."""
    item = session.get(Import, import_id)
    if item is None:
        raise NotFound(f"there is no import {import_id}")
    return item


def to_api(item: Import) -> dict[str, object]:
    return {
        "id": item.id,
        "campaign_id": item.campaign_id,
        "filename": item.filename,
        "status": item.status,
        "total": item.total,
        "accepted": item.accepted,
        "rejected": item.rejected,
        "repeated_in_file": item.repeated_in_file,
        "already_in_campaign": item.already_in_campaign,
        "do_not_call": item.do_not_call,
        "error": item.error,
        "created_at": to_rfc3339(item.created_at),
        "finished_at": to_rfc3339(item.finished_at),
    }


def progress(item: Import) -> float:
    """0 to 1, by bytes; 1 only when it has ended."""
    if item.status in ("completed", "failed"):
        return 1.0
    return min(item.bytes_done / item.size, 0.99) if item.size else 0.0


def undo(session: Session, import_id: int, *, actor: str, now: datetime) -> int:
    """Take an import back: remove its contacts that nobody has tried to call yet. Returns how many.

    Raises NotFound; Conflict while the import is still at work.
    """
    item = get(session, import_id)
    if item.status in ("queued", "running"):
        raise StateConflict(f"the import is still {item.status}: wait until it has ended")
    removed = queries.remove_undialled(session.connection(), import_id, item.campaign_id)
    audit.record_audit_entry(
        session,
        actor=actor,
        action="import.undo",
        object_type="import",
        object_id=str(import_id),
        now=now,
        campaign_id=item.campaign_id,
        removed=removed,
    )
    return removed


def rejected_csv(session: Session, import_id: int, include_all: bool = False) -> Iterator[str]:
    """The rows that were not added, as CSV: line, reason, and the row's own cells under the file's own
    header.

    Only invalid rows, as many as `rejected` counts; `include_all` adds repeated, already known and
    do-not-call ones. It may be consumed after the session is closed: each page is read on a connection of its
    own, for an old snapshot would slow the engine's claims. Raises NotFound at once.
    """
    item = get(session, import_id)
    bound = session.get_bind()
    engine = bound.engine if isinstance(bound, Connection) else bound
    names = [str(column["name"]) for column in item.columns or []]
    return _rejected(engine, import_id, names, include_all)


def _rejected(engine: Engine, import_id: int, names: list[str], include_all: bool) -> Iterator[str]:
    yield csv_text([["line", "reason", *names]])
    query = (
        select(RejectedRow.id, RejectedRow.line, RejectedRow.reason, RejectedRow.cells)
        .where(RejectedRow.import_id == import_id)
        .order_by(RejectedRow.id)
        .limit(PAGE)
    )
    if not include_all:
        query = query.where(RejectedRow.kind == "invalid")
    last = 0
    while True:
        with engine.connect() as connection:
            page = connection.execute(query.where(RejectedRow.id > last)).all()
        if not page:
            return
        last = page[-1].id
        yield csv_text([[row.line, row.reason, *row.cells] for row in page])
