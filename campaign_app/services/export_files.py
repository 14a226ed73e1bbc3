"""Export files: a campaign, calls, the audit trail or the do-not-call list as a file that is made in the background and
downloaded afterwards.

    item = request_campaign_file(session, campaign_id, "csv", …)    # in the caller's transaction, audited
    path = find_file(session, item, folder)                         # once it is completed
    for name in delete_file(session, item, …): remove_files(folder, [name])

The worker (engine/exports.py) writes it. It is removed when it expires, when a person deletes it, and when somebody
whose data may be in it is forgotten.
"""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from campaign_app.domain.campaign import to_rfc3339
from campaign_app.domain.erasure import NumberFinder
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound, StateConflict
from campaign_app.models import ExportFile
from campaign_app.queries import audit_trail, phone_search, tables
from campaign_app.queries import exports as queries
from campaign_app.queries.call_files import count_calls
from campaign_app.services import audit, campaigns
from campaign_app.services.audit_search import AuditSearch
from campaign_app.services.call_files import FORMATS as CALL_FORMATS
from campaign_app.services.call_files import CallFileQuery, record_export
from campaign_app.services.exports import check_format
from campaign_app.services.origin import current_origin

NAME = re.compile(r"[0-9a-f]{32}\.(?:json|ndjson|csv)")
"""Of a file in the folder that is ours."""
MOST_OPEN = 5
"""Files of one campaign, of calls, of the audit trail, or of the do-not-call list, that wait or are being written."""
SCRATCH = "scratch-"
"""How the name of a folder begins in which a file is put together while somebody waits."""
ORPHANED = timedelta(hours=1)
LOOK, OVERLAP = 1 << 18, 128
"""Bytes that are looked through at once, and that two looks share."""
EXPIRED = "It expired. Make it again if you need it."
DELETED = "It was deleted."
FORGOTTEN = "Somebody whose data may have been in it was forgotten. Make it again if you need it."


@dataclass(frozen=True, slots=True)
class ExportScope:
    """What a file holds: one campaign, calls, the audit trail or the do-not-call list."""

    kind: str
    campaign_id: int | None = None

    @property
    def audited_as(self) -> tuple[str, str, int | str]:
        """How its actions in the audit trail begin, and the type and id of the object that the entries name."""
        if self.campaign_id is not None:
            return "campaign", "campaign", self.campaign_id
        if self == CALLS:
            return "call", "page", "calls"
        return ("audit", "page", "audit") if self == AUDIT else ("do-not-call", "do-not-call", "all")

    @property
    def filename(self) -> str:
        """The name of a download, without its extension."""
        return self.kind if self.campaign_id is None else f"campaign-{self.campaign_id}"


AUDIT, DO_NOT_CALL, CALLS = ExportScope("audit"), ExportScope("do-not-call"), ExportScope("calls")


def scope_of_campaign(campaign_id: int) -> ExportScope:
    return ExportScope("campaign", campaign_id)


def make_name(format: str) -> str:
    return f"{secrets.token_hex(16)}.{format}"


def request_campaign_file(
    session: Session, campaign_id: int, format: str, *, actor: str, now: datetime
) -> ExportFile:
    """Raises InvalidInput on `format`, StateConflict where too many are being made."""
    check_format(format)
    total = phone_search.count_contacts(session, campaign_id)
    scope = scope_of_campaign(campaign_id)
    item = _request(session, scope, format, total, actor=actor, now=now)
    _record(session, scope, "export", actor=actor, now=now, format=format, contacts=total, file=item.id)
    return item


def request_call_file(
    session: Session, query: CallFileQuery, format: str, *, actor: str, now: datetime
) -> ExportFile:
    """Raises InvalidInput on `format`, NotFound (the campaign), StateConflict as above."""
    if format not in CALL_FORMATS:
        raise InvalidInput([FieldError("format", f"choose one of {', '.join(CALL_FORMATS)}")])
    if query.campaign_id is not None:
        campaigns.get_campaign(session, query.campaign_id)
    total = count_calls(session, query.campaign_id)
    item = _request(session, CALLS, format, total, search=query.as_query(), actor=actor, now=now)
    item.campaign_id = query.campaign_id
    session.flush()
    record_export(session, query, format, actor=actor, now=now, file=item.id)
    return item


def request_audit_file(
    session: Session, search: AuditSearch, total: int, *, actor: str, now: datetime
) -> ExportFile:
    """`total`: as `count_audit_entries` has it. Raises InvalidInput on the search, StateConflict as above."""
    search.build_conditions()
    query = search.as_query() or None
    item = _request(session, AUDIT, "ndjson", total, search=query, actor=actor, now=now)
    _record(session, AUDIT, "export", actor=actor, now=now, search=query, file=item.id)
    return item


def count_audit_entries(session: Session, search: AuditSearch) -> int:
    """How many entries match; of the whole trail about how many there are. It may take a second of a long one, so it
    belongs before the transaction. Raises InvalidInput on the search."""
    conditions = search.build_conditions()
    if not search.as_query():
        return audit_trail.measure_audit_trail(session)
    return audit_trail.count_audit_entries(
        session, exactly=audit_trail.has_long_audit_trail(session), **conditions
    )


def request_do_not_call_file(session: Session, *, actor: str, now: datetime) -> ExportFile:
    """Raises StateConflict as above."""
    total = tables.count_do_not_call(session)
    item = _request(session, DO_NOT_CALL, "csv", total, actor=actor, now=now)
    _record(session, DO_NOT_CALL, "export", actor=actor, now=now, entries=total, file=item.id)
    return item


def _record(
    session: Session, scope: ExportScope, verb: str, *, actor: str, now: datetime, **detail: Any
) -> None:
    prefix, object_type, object_id = scope.audited_as
    audit.record_audit_entry(
        session,
        actor=actor,
        action=f"{prefix}.{verb}",
        object_type=object_type,
        object_id=object_id,
        now=now,
        **detail,
    )


def _request(
    session: Session,
    scope: ExportScope,
    format: str,
    total: int,
    *,
    search: dict[str, str] | None = None,
    actor: str,
    now: datetime,
) -> ExportFile:
    open_ones = session.scalars(
        select(ExportFile.id).where(*_within(scope), ExportFile.status.in_(("queued", "running")))
    ).all()
    if len(open_ones) >= MOST_OPEN:
        raise StateConflict(
            f"{MOST_OPEN} files are already being made: wait for one to finish, or cancel one"
        )
    item = ExportFile(
        kind=scope.kind,
        campaign_id=scope.campaign_id,
        format=format,
        search=search,
        prefix=current_origin().prefix,
        status="queued",
        total=total,
        rows_done=0,
        bytes_done=0,
        last_id=0,
        requested_by=actor,
        requested_at=now,
    )
    session.add(item)
    session.flush()
    return item


def _within(scope: ExportScope) -> tuple[ColumnElement[bool], ...]:
    if scope == CALLS:
        return (ExportFile.kind == scope.kind,)
    return ExportFile.kind == scope.kind, ExportFile.campaign_id == scope.campaign_id


def list_exports(session: Session, scope: ExportScope, most: int = 20) -> list[ExportFile]:
    """The latest first."""
    return list(
        session.scalars(select(ExportFile).where(*_within(scope)).order_by(ExportFile.id.desc()).limit(most))
    )


def get_export(session: Session, scope: ExportScope, export_id: int) -> ExportFile:
    """Raises NotFound, also for one of another scope."""
    item = session.get(ExportFile, export_id)
    if item is None or _scope_of(item) != scope:
        raise NotFound(f"there is no export {export_id} here")
    return item


def _scope_of(item: ExportFile) -> ExportScope:
    if item.kind == CALLS.kind:
        return CALLS
    return ExportScope(item.kind, item.campaign_id)


def _audit_scope_of(item: ExportFile) -> ExportScope:
    """A file of one campaign's calls is recorded with the campaign, as its making is."""
    return _scope_of(item) if item.campaign_id is None else scope_of_campaign(item.campaign_id)


def find_file(item: ExportFile, folder: Path) -> Path:
    """The file of a completed export. Raises StateConflict while there is none, NotFound where it is gone."""
    if item.status in ("queued", "running"):
        raise StateConflict("the file is not finished yet: it can be downloaded when its status is completed")
    if item.status != "completed" or item.stored_as is None:
        raise NotFound(f"the file no longer exists. {item.error or ''}".strip())
    path = folder / item.stored_as
    if not path.is_file():
        raise NotFound("the file is not on this server any more: make it again")
    return path


def record_download(session: Session, item: ExportFile, *, actor: str, now: datetime) -> None:
    """Record a download: one person may ask for a file, and another download it."""
    prefix, object_type, object_id = _audit_scope_of(item).audited_as
    audit.record_reveal(
        session,
        actor=actor,
        action=f"{prefix}.download-export",
        object_type=object_type,
        object_id=object_id,
        every=timedelta(minutes=10),
        now=now,
        file=item.id,
        format=item.format,
        rows=item.rows_done,
    )


def delete_file(session: Session, item: ExportFile, *, actor: str, now: datetime) -> list[str]:
    """Delete an export's file, or end its making. The names of the files that go after the commit."""
    names = queries.delete_exports(session.connection(), [item.id], DELETED)
    session.expire(item)
    _record(session, _audit_scope_of(item), "delete-export", actor=actor, now=now, file=item.id)
    return names


def to_api(item: ExportFile, address: str | None) -> dict[str, Any]:
    """`address` is where the file can be downloaded once it is completed."""
    counted = {"campaign": "contacts", "calls": "calls"}.get(item.kind, "entries")
    return {
        "id": item.id,
        **({"campaign_id": item.campaign_id} if counted == "contacts" else {}),
        **({"search": item.search or {}} if item.kind in (AUDIT.kind, CALLS.kind) else {}),
        "format": item.format,
        "status": item.status,
        counted: item.total,
        f"{counted}_done": item.rows_done,
        "bytes": item.bytes_done,
        "file": address if item.status == "completed" else None,
        "error": item.error,
        "requested_by": item.requested_by,
        "requested_at": to_rfc3339(item.requested_at),
        "finished_at": to_rfc3339(item.finished_at),
        "expires_at": to_rfc3339(item.expires_at),
    }


# ---- files on the disk


def remove_files(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        with suppress(FileNotFoundError):
            (folder / name).unlink()


@contextmanager
def make_scratch_folder(folder: Path) -> Iterator[Path]:
    """A folder that its owner alone may read, for what is put together at once; it is gone afterwards, and swept where
    the process was killed."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=SCRATCH) as name:
        yield Path(name)


def sweep_files(folder: Path, kept: Iterable[str], now: datetime) -> int:
    """Remove files of ours that no export has any more, and scratch folders left behind. Returns how many."""
    keep, removed = frozenset(kept), 0
    if not folder.is_dir():
        return 0
    for path in folder.iterdir():
        is_scratch = path.name.startswith(SCRATCH) and path.is_dir() and not path.is_symlink()
        if not is_scratch and (NAME.fullmatch(path.name) is None or path.name in keep):
            continue
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < (now - ORPHANED).timestamp():
                if is_scratch:
                    shutil.rmtree(path)
                else:
                    path.unlink()
                removed += 1
    return removed


def has_number(path: Path, finder: NumberFinder) -> bool:
    """Whether a file has a number in it, in any form in which people write it."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        before = b""
        while piece := file.read(LOOK):
            if finder.is_in_bytes(before + piece):
                return True
            before = piece[-OVERLAP:]
    return False
