"""Uploads: a file of contacts or of do-not-call numbers, from the moment it is stored until it is added, discarded or
taken back.

The slow parts (`store`, `plan_check`, `plan_mapping`) read files and the database and write no row: call them before
the transaction. The others change rows in the caller's transaction and touch no file. What an upload then
becomes is the worker's business (engine/imports/).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.campaign import ACCEPTS_CONTACTS, CampaignStatus, to_rfc3339
from campaign_app.domain.column_roles import Role as ColumnRole
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound, StateConflict
from campaign_app.domain.message import Message
from campaign_app.domain.phone import is_region
from campaign_app.models import Campaign, Import, ImportChoice
from campaign_app.queries import imports as queries
from campaign_app.queries import locks
from campaign_app.services import audit
from campaign_app.services.contacts import check_accepts_contacts, list_required_variables
from campaign_app.uploads.list_numbers import read_list_chunks
from campaign_app.uploads.validation import ValidationPlan, Validator, find_flagged_numbers, read_chunks

from .checks import (
    FIRST_LOOK_ROWS,
    CheckTotals,
    RejectsFile,
    SeenNumbers,
    check_chunk,
    flags_path,
    rejects_path,
    scratch_path,
)
from .files import Stored, remove
from .understanding import FileUnderstanding, understand

COUNTS = (
    "total",
    "accepted",
    "rejected",
    "repeated_in_file",
    "already_in_campaign",
    "do_not_call",
    "updated",
    "bytes_done",
    "rows_done",
    "removed",
)
MODES = ("contacts", "do_not_call")
ON_KNOWN = ("skip", "update")
OPEN = ("needs_mapping", "checked")
"""Statuses that wait for a person."""
LOOK_CHUNK = 5_000
"""Rows of a chunk of that look."""
LONGEST_SOURCE, LONGEST_REASON = 100, 500
LOADED = ("version_id", "loaded", "before_id")
"""What the worker adds to the `listing` of a list's file (engine/imports/lists.py)."""


@dataclass(frozen=True, slots=True)
class CheckPlan:
    """A file that was looked at: how it is read, what its columns mean, and what its first rows would become."""

    mode: str
    campaign_id: int | None
    understanding: FileUnderstanding
    chosen: bool
    """Whether a person chose the mapping."""
    totals: CheckTotals | None
    """Of the first 10,000 rows, None while a question is open. `complete` where these are all."""
    for_list: bool = False
    """Whether its numbers are a new version of a list: the worker checks all of it."""


@dataclass(frozen=True, slots=True)
class CheckView:
    """What the check page shows of an import."""

    item: Import
    campaign: Campaign | None
    columns: list[dict[str, Any]]
    questions: list[dict[str, Any]]
    """[{"code", "sentence", "columns"}]."""
    encoding_choices: list[dict[str, Any]]
    result: dict[str, Any] | None
    """checks.CheckTotals.to_json; its `complete` is False while the worker still counts."""
    progress: float
    remembered: dict[str, Any] | None
    """The mapping that was confirmed last for files with this header, in the API's shape; offered, not applied."""
    remembered_at: datetime | None
    remembered_by: str | None
    message_variables: list[str]
    warnings: list[str] = field(default_factory=list)


def plan_check(
    session: Session,
    uploads: Path,
    stored: Stored,
    *,
    campaign_id: int | None,
    mode: str = "contacts",
    default_region: str | None = None,
    language: str | None = None,
    mapping: Mapping[str, Any] | None = None,
    look: bool = True,
    for_list: bool = False,
    now: datetime | None = None,
) -> CheckPlan:
    """Understand a stored file and, with `look`, check its first 10,000 rows. Writes nothing. `for_list`: a new version
    of a list.

    `mapping` is the API's shape: {"columns": [{"index", "role", "name"?}], "header", "encoding", "delimiter",
    "region"}. Raises NotFound, Conflict (the campaign takes no contacts), Invalid naming the field.
    """
    campaign = _check_campaign(session, campaign_id, mode)
    region = check_region(default_region) or (campaign.default_region if campaign else None)
    return _plan(
        session,
        uploads,
        stored.name,
        campaign=campaign,
        mode=mode,
        region=region,
        language=language,
        mapping=mapping,
        look=look,
        for_list=for_list,
        now=now,
    )


def _plan(
    session: Session,
    uploads: Path,
    stored_as: str,
    *,
    campaign: Campaign | None,
    mode: str,
    region: str | None,
    language: str | None,
    mapping: Mapping[str, Any] | None,
    look: bool,
    prefix: str = "mapping.",
    on_known: str = "skip",
    for_list: bool = False,
    now: datetime | None,
) -> CheckPlan:
    path = uploads / stored_as
    if not path.is_file():
        raise StateConflict("the uploaded file is not on the server any more: upload it again")
    understanding = understand(
        path,
        region=region,
        language=language,
        chosen=mapping,
        message_variables=message_variables(campaign),
        mode=mode,
        prefix=prefix,
        for_list=for_list,
    )
    if for_list:
        look_at_list(path, understanding)
        return CheckPlan(
            mode, None, understanding, bool(mapping and mapping.get("columns")), None, for_list=True
        )
    totals = None
    if look and not understanding.questions:
        totals = look_at_first_rows(
            session,
            uploads,
            stored_as,
            understanding,
            mode=mode,
            campaign=campaign,
            on_known=on_known,
            now=now,
        )
    campaign_id = campaign.id if campaign else None
    return CheckPlan(mode, campaign_id, understanding, bool(mapping and mapping.get("columns")), totals)


def look_at_list(path: Path, understanding: FileUnderstanding) -> None:
    """Raises InvalidInput (`file`) where the first rows of a list's file have no number: it is another file."""
    if any(question["code"] == "no-number" for question in understanding.questions):
        names = ", ".join(f"“{column['name']}”" for column in understanding.columns[:10])
        raise InvalidInput(
            [
                FieldError(
                    "file",
                    f"no column of this file has phone numbers; it has {names}. Choose the list’s own file",
                )
            ]
        )
    if understanding.questions:
        return
    rows = 0
    for chunk in read_list_chunks(path, understanding.reading, understanding.mapping, understanding.region):
        rows += chunk.rows
        if chunk.numbers:
            return
        if rows >= FIRST_LOOK_ROWS:
            break
        if chunk.refusals:
            line, _, reason, _ = chunk.refusals[0]
            raise InvalidInput(
                [FieldError("file", f"none of its first {rows:,} rows has a number; line {line}: {reason}")]
            )
    raise InvalidInput([FieldError("file", "the file has no number; choose the list’s own file")])


def look_at_first_rows(
    session: Session,
    uploads: Path,
    stored_as: str,
    understanding: FileUnderstanding,
    *,
    mode: str,
    campaign: Campaign | None,
    on_known: str = "skip",
    now: datetime | None = None,
) -> CheckTotals:
    """Check a file's first 10,000 rows, in this thread."""
    connection = session.connection()
    campaign_id = campaign.id if campaign else None
    needed = list_required_variables(campaign.status, campaign.stored_message) if campaign else []
    countries, types = queries.dialable(connection, campaign_id, mode)
    message = find_message(campaign)
    plan = ValidationPlan(
        path=str(uploads / stored_as),
        reading=understanding.reading,
        mapping=understanding.mapping,
        region=understanding.region,
        dialect=connection.dialect.name,
        countries=countries,
        types=types,
        describe=True,
        message_variables=tuple(message_variables(campaign)),
        formats=() if message is None else message.formats,
        language=None if message is None else message.spoken_language,
        today=now.date().isoformat() if now is not None else None,
        chunk_rows=LOOK_CHUNK,
    )
    validator, totals = Validator(plan), CheckTotals()
    # In memory, for two requests may look at a file at once.
    seen, flagged = SeenNumbers(None), SeenNumbers(None)
    rejects = RejectsFile(rejects_path(uploads, stored_as))
    try:
        for phones in find_flagged_numbers(plan, FIRST_LOOK_ROWS):
            flagged.first_lines(phones, [0] * len(phones))
        chunks = read_chunks(plan)
        most = FIRST_LOOK_ROWS // LOOK_CHUNK
        for number, chunk in islice(chunks, most):
            validated = validator.validate(chunk, first=number == 0)
            check_chunk(
                connection,
                totals,
                validated,
                seen,
                rejects,
                mode=mode,
                campaign_id=campaign_id,
                flagged=flagged,
                on_known=on_known,
                needed=needed,
            )
        totals.complete = next(chunks, None) is None
    finally:
        seen.close()
        flagged.close()
        rejects.close()
    return totals


def start_check(
    session: Session,
    stored: Stored,
    plan: CheckPlan,
    *,
    filename: str,
    on_known: str = "skip",
    listing: Mapping[str, Any] | None = None,
    list_id: int | None = None,
    actor: str,
    now: datetime,
) -> Import:
    """Keep an upload that waits for a person: `needs_mapping` with its questions, `checked` where its first rows are
    all, else queued for the worker to check the rest. Nothing is queued for calling.

    `listing` is what `check_listing` returns, for a do-not-call file. Raises NotFound, Conflict, Invalid.
    """
    item = _new_import(
        session,
        stored,
        filename=filename,
        mode=plan.mode,
        campaign_id=plan.campaign_id,
        region=plan.understanding.region,
        on_known=on_known,
        listing=listing,
        list_id=list_id,
        dry_run=True,
        actor=actor,
        now=now,
    )
    _apply_plan(item, plan, dry_run=True, now=now)
    session.flush()
    return item


def enqueue(
    session: Session,
    stored: Stored,
    *,
    campaign_id: int | None,
    filename: str,
    mode: str = "contacts",
    default_region: str | None = None,
    dry_run: bool = False,
    on_known: str = "skip",
    listing: Mapping[str, Any] | None = None,
    list_id: int | None = None,
    plan: CheckPlan | None = None,
    actor: str,
    now: datetime,
) -> Import:
    """Queue an upload for the worker, which adds it where its reading is certain, asks where it is not
    (`needs_mapping`), and with `dry_run` stops at `checked`. A `plan` with a chosen mapping answers all questions.

    Raises NotFound, Conflict, Invalid; the file is the caller's then.
    """
    campaign = _check_campaign(session, campaign_id, mode)
    region = check_region(default_region) or (campaign.default_region if campaign else None)
    item = _new_import(
        session,
        stored,
        filename=filename,
        mode=mode,
        campaign_id=campaign_id,
        region=region,
        on_known=on_known,
        listing=listing,
        list_id=list_id,
        dry_run=dry_run,
        actor=actor,
        now=now,
    )
    if plan is not None:
        _apply_plan(item, plan, dry_run=dry_run, now=now)
        session.flush()
    return item


def _new_import(
    session: Session,
    stored: Stored,
    *,
    filename: str,
    mode: str,
    campaign_id: int | None,
    region: str | None,
    on_known: str,
    listing: Mapping[str, Any] | None,
    list_id: int | None,
    dry_run: bool,
    actor: str,
    now: datetime,
) -> Import:
    if on_known not in ON_KNOWN:
        raise InvalidInput([FieldError("on_known", "use skip or update")])
    _check_campaign(session, campaign_id, mode)
    item = Import(
        mode=mode,
        campaign_id=campaign_id,
        filename=_shown(filename),
        stored_as=stored.name,
        size=stored.size,
        default_region=region,
        status="queued",
        phase="check",
        dry_run=dry_run,
        on_known=on_known,
        listing=dict(listing) if listing else None,
        list_id=list_id,
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
        mode=None if mode == "contacts" else mode,
        list_id=list_id,
    )
    return item


def _apply_plan(item: Import, plan: CheckPlan, *, dry_run: bool, now: datetime) -> None:
    for name, value in plan.understanding.values().items():
        setattr(item, name, value)
    item.mapping = None if plan.understanding.questions else plan.understanding.mapping
    item.check_result = plan.totals.to_json() if plan.totals else None
    if item.list_id is not None:
        # What was loaded by another mapping is another version; the upkeep takes it away.
        item.listing = {name: value for name, value in (item.listing or {}).items() if name not in LOADED}
    item.dry_run = dry_run
    item.error = None
    item.bytes_done = 0
    if plan.understanding.questions:
        item.status, item.phase = "needs_mapping", "check"
    elif not dry_run:
        item.status, item.phase = "queued", "add"
    elif item.list_id is None and plan.totals is not None and plan.totals.complete:
        item.status, item.phase = "checked", "check"
    else:
        item.status, item.phase = "queued", "check"
    item.heartbeat_at = None


def plan_mapping(
    session: Session,
    uploads: Path,
    import_id: int,
    mapping: Mapping[str, Any],
    *,
    language: str | None = None,
    look: bool = True,
    prefix: str = "mapping.",
    on_known: str | None = None,
    now: datetime | None = None,
) -> CheckPlan:
    """Read a waiting file again with what a person chose, in the API's shape. Without `columns` they are guessed anew,
    for the encoding, the delimiter or the header may be what was chosen. `on_known` (None: as it was) says what
    becomes of contacts that are there already. Writes nothing.

    Raises NotFound, Conflict (it does not wait for a mapping), Invalid naming the field.
    """
    item = get(session, import_id)
    _check_open(item, "its columns cannot be chosen any more")
    campaign = session.get(Campaign, item.campaign_id) if item.campaign_id else None
    return _plan(
        session,
        uploads,
        item.stored_as,
        campaign=campaign,
        mode=item.mode,
        region=item.default_region,
        language=language,
        mapping=mapping,
        look=look,
        prefix=prefix,
        on_known=on_known or item.on_known,
        for_list=item.list_id is not None,
        now=now,
    )


def set_mapping(
    session: Session,
    import_id: int,
    plan: CheckPlan,
    *,
    dry_run: bool,
    on_known: str | None = None,
    actor: str,
    now: datetime,
) -> Import:
    """Answer an import's questions by `plan_mapping`'s plan, with the same `on_known`. With `dry_run` it is checked
    again and waits for `commit_import`; without, it is added. Raises NotFound, Conflict."""
    item = _lock(session, import_id)
    item.on_known = on_known or item.on_known
    _check_open(item, "its columns cannot be chosen any more")
    if not dry_run:
        _check_campaign(session, item.campaign_id, item.mode)
    _apply_plan(item, plan, dry_run=dry_run, now=now)
    if not dry_run and item.status == "queued":
        _confirm(session, item, actor=actor, now=now)
    session.flush()
    audit.record_audit_entry(
        session,
        actor=actor,
        action="import.map",
        object_type="import",
        object_id=str(import_id),
        now=now,
        campaign_id=item.campaign_id,
        columns={str(column["index"]): column["role"] for column in item.columns or []},
    )
    return item


def commit_import(
    session: Session,
    import_id: int,
    *,
    on_known: str | None = None,
    remember: bool = True,
    actor: str,
    now: datetime,
) -> Import:
    """Add a file that was checked: the worker takes it up. With `remember` the mapping is offered for files with the
    same header. `on_known` (None: as it was) says what happens to contacts that are there already.

    Raises NotFound, Conflict (it is not checked, or its campaign takes no contacts), Invalid on `on_known`.
    """
    if on_known is not None and on_known not in ON_KNOWN:
        raise InvalidInput([FieldError("on_known", "use skip or update")])
    item = _lock(session, import_id)
    if item.status != "checked":
        remedy = {
            "needs_mapping": "choose its columns first",
            "queued": "wait until it is checked",
            "running": "wait until it is checked",
        }.get(item.status, "upload the file again")
        raise StateConflict(f"an import that is {_said(item)} cannot be added: {remedy}")
    _check_campaign(session, item.campaign_id, item.mode)
    item.status, item.phase, item.bytes_done, item.heartbeat_at = "queued", "add", 0, None
    item.on_known = on_known or item.on_known
    _confirm(session, item, remember=remember, actor=actor, now=now)
    session.flush()
    audit.record_audit_entry(
        session,
        actor=actor,
        action="import.commit",
        object_type="import",
        object_id=str(import_id),
        now=now,
        campaign_id=item.campaign_id,
        new=(item.check_result or {}).get("new"),
    )
    return item


def counts_otherwise(item: Import, on_known: str | None) -> bool:
    """Whether rows would be counted otherwise if known contacts were treated so: ids tell contacts apart only where
    they are updated."""
    if on_known is None or on_known == item.on_known:
        return False
    return any(column["role"] == ColumnRole.EXTERNAL_ID for column in (item.mapping or {}).get("columns", ()))


def _confirm(session: Session, item: Import, *, remember: bool = True, actor: str, now: datetime) -> None:
    item.confirmed_by, item.confirmed_at = actor, now
    if not remember or item.signature is None or item.mapping is None:
        return
    choice = session.get(ImportChoice, (item.signature, item.mode))
    if choice is None:
        choice = ImportChoice(signature=item.signature, mode=item.mode)
        session.add(choice)
    choice.mapping, choice.used_by, choice.used_at = item.mapping, actor, now


def discard_import(session: Session, import_id: int, *, actor: str, now: datetime) -> Import:
    """Give up an upload of which nothing was added. Remove its file once this is committed: `remove_upload`.

    Raises NotFound, Conflict (it was added, or is being added).
    """
    item = _lock(session, import_id)
    waits = item.status in OPEN or (item.status in ("queued", "running") and item.rows_done == 0)
    if not waits or (item.status == "running" and item.phase == "add"):
        remedy = "undo it" if item.status == "completed" else "wait until it has ended"
        if item.status in ("failed", "discarded", "undone"):
            remedy = "nothing is left to discard"
        raise StateConflict(f"an import that is {_said(item)} cannot be discarded: {remedy}")
    item.status, item.finished_at, item.heartbeat_at = "discarded", now, None
    session.flush()
    audit.record_audit_entry(
        session,
        actor=actor,
        action="import.discard",
        object_type="import",
        object_id=str(import_id),
        now=now,
        campaign_id=item.campaign_id,
    )
    return item


def remove_upload(uploads: Path, stored_as: str) -> None:
    """Remove an upload's file and what a check wrote beside it."""
    for path in (
        uploads / stored_as,
        scratch_path(uploads, stored_as),
        flags_path(uploads, stored_as),
        rejects_path(uploads, stored_as),
    ):
        remove(path)


def undo_import(session: Session, import_id: int, *, actor: str, now: datetime) -> int:
    """Take an import back: remove its contacts that nobody has tried to call yet, or its do-not-call entries. Returns
    how many; the import is `undone` then.

    Raises NotFound; Conflict while it is at work, or when there is nothing to take back.
    """
    item = _lock(session, import_id)
    if item.status in ("queued", "running"):
        raise StateConflict(f"the import is still {item.status}: wait until it has ended")
    if item.status not in ("completed", "failed"):
        raise StateConflict(f"an import that is {_said(item)} has added nothing that could be taken back")
    connection = session.connection()
    if item.list_id is not None:
        raise StateConflict(
            "a list is taken back by uploading the file that it had before, or by deleting it"
        )
    if item.mode == "do_not_call":
        removed = queries.remove_listed(connection, import_id, now, actor)
    else:
        assert item.campaign_id is not None
        removed = queries.remove_undialed(connection, import_id, item.campaign_id)
    item.status, item.undone_at, item.removed = "undone", now, removed
    session.flush()
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


def get(session: Session, import_id: int) -> Import:
    """Raises NotFound."""
    item = session.get(Import, import_id)
    if item is None:
        raise NotFound(f"there is no import {import_id}")
    return item


def list_imports(
    session: Session,
    *,
    campaign_id: int | None = None,
    mode: str | None = None,
    list_id: int | None = None,
    limit: int = 50,
) -> list[Import]:
    """The latest imports, newest first: of a campaign, or of a mode; those of `do_not_call` are of our own list, or of
    `list_id`."""
    wanted = select(Import).order_by(Import.id.desc()).limit(limit)
    if campaign_id is not None:
        wanted = wanted.where(Import.campaign_id == campaign_id)
    if mode is not None:
        wanted = wanted.where(Import.mode == mode, Import.list_id == list_id)
    return list(session.scalars(wanted))


def get_check(session: Session, import_id: int) -> CheckView:
    """What the check page shows. Raises NotFound."""
    item = get(session, import_id)
    campaign = session.get(Campaign, item.campaign_id) if item.campaign_id else None
    choice = session.get(ImportChoice, (item.signature, item.mode)) if item.signature else None
    understanding = item.understanding or {}
    return CheckView(
        item=item,
        campaign=campaign,
        columns=item.columns or [],
        questions=item.questions or [],
        encoding_choices=understanding.get("encoding_choices") or [],
        result=item.check_result,
        progress=progress(item),
        remembered=choice.mapping if choice else None,
        remembered_at=choice.used_at if choice else None,
        remembered_by=choice.used_by if choice else None,
        message_variables=message_variables(campaign),
    )


def progress(item: Import) -> float:
    """0 to 1, by bytes, of checking or of adding; 1 only when that has ended."""
    if item.status not in ("queued", "running"):
        return 1.0
    done = item.bytes_done
    if item.phase == "check" and item.check_result:
        done = item.check_result.get("bytes_done") or 0
    return min(done / item.size, 0.99) if item.size else 0.0


def to_api(item: Import) -> dict[str, Any]:
    """The import as REST has it. While it is checked, its counts are what adding it would make of them."""
    result = item.check_result or {}
    checked = item.phase == "check" and bool(result)
    counts = {
        "total": result.get("rows", 0) if checked else item.total,
        "accepted": result.get("new", 0) if checked else item.accepted,
        "rejected": result.get("rejected", 0) if checked else item.rejected,
        "repeated_in_file": result.get("repeated_in_file", 0) if checked else item.repeated_in_file,
        "already_in_campaign": result.get("already_in_campaign", 0) if checked else item.already_in_campaign,
        "do_not_call": result.get("do_not_call", 0) if checked else item.do_not_call,
    }
    return {
        "id": item.id,
        "campaign_id": item.campaign_id,
        "list_id": item.list_id,
        "mode": item.mode,
        "filename": item.filename,
        "status": item.status,
        "phase": item.phase,
        "dry_run": item.dry_run,
        "on_known": item.on_known,
        **counts,
        "updated": item.updated,
        "format": (item.reading or {}).get("format"),
        "encoding": item.encoding,
        "delimiter": item.delimiter,
        "header": item.has_header,
        "region": item.default_region,
        "columns": [_column_to_api(column, index) for index, column in enumerate(item.columns or [])],
        "questions": item.questions or [],
        "encoding_choices": (item.understanding or {}).get("encoding_choices") or [],
        "notices": (item.understanding or {}).get("notices") or [],
        "reasons": (result.get("reasons") if checked else item.reasons) or {},
        "check": {name: value for name, value in result.items() if name not in ("reasons", "profiles")}
        or None,
        "listing": item.listing and {k: v for k, v in item.listing.items() if k not in LOADED},
        "removed": item.removed,
        "error": item.error,
        "created_at": to_rfc3339(item.created_at),
        "confirmed_at": to_rfc3339(item.confirmed_at),
        "finished_at": to_rfc3339(item.finished_at),
        "undone_at": to_rfc3339(item.undone_at),
    }


def _column_to_api(column: Mapping[str, Any], index: int) -> dict[str, Any]:
    role = column.get("role")
    return {
        "index": column.get("index", index),
        "name": column.get("name", ""),
        "role": "number" if role == "phone" else role,
        "variable": column.get("variable"),
        "region": column.get("region"),
        "why": column.get("why", ""),
        "samples": column.get("samples", []),
        "candidates": column.get("candidates", []),
        "certain": column.get("certain", True),
    }


def message_variables(campaign: Campaign | None) -> list[str]:
    """The variables that a campaign's message speaks."""
    message = find_message(campaign)
    return [] if message is None else list(message.required_variables)


def find_message(campaign: Campaign | None) -> Message | None:
    """A campaign's message; None where it cannot be read."""
    if campaign is None:
        return None
    try:
        return campaign.message
    except InvalidInput:
        return None


def check_region(region: str | None, name: str = "default_region") -> str | None:
    """The region in capitals, None for none. Raises Invalid on `name`."""
    if not region or not region.strip():
        return None
    code = region.strip().upper()
    if not is_region(code):
        raise InvalidInput([FieldError(name, "choose a region by its two letters, such as US or FR")])
    return code


def check_listing(
    *, source: str | None, reason: str | None, day: str | None, now: datetime
) -> dict[str, str | None]:
    """What a do-not-call file says of all its rows: where they come from, why, and the day on which they asked
    (ISO 8601). Raises Invalid naming source, reason or date."""
    errors = []
    if source and len(source) > LONGEST_SOURCE:
        errors.append(FieldError("source", f"keep it under {LONGEST_SOURCE} characters"))
    if reason and len(reason) > LONGEST_REASON:
        errors.append(FieldError("reason", f"keep it under {LONGEST_REASON} characters"))
    if day:
        try:
            asked = date.fromisoformat(day)
        except ValueError:
            errors.append(FieldError("date", "give a day as year-month-day, such as 2026-11-20"))
        else:
            if asked > now.date():
                errors.append(
                    FieldError("date", "the day lies in the future; give the day on which they asked")
                )
    if errors:
        raise InvalidInput(errors)
    return {"source": source or None, "reason": reason or None, "date": day or None}


def _check_campaign(session: Session, campaign_id: int | None, mode: str) -> Campaign | None:
    if mode not in MODES:
        raise ValueError(f"no such mode: {mode}")
    if campaign_id is None:
        if mode == "contacts":
            raise ValueError("contacts are added to a campaign")
        return None
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise NotFound(f"there is no campaign {campaign_id}")
    if mode == "contacts":
        check_accepts_contacts(CampaignStatus(campaign.status))
    return campaign


def _check_open(item: Import, consequence: str) -> None:
    """It waits for a person, or is being checked for one: another choice then lets the check begin anew."""
    checking = item.status in ("queued", "running") and item.phase == "check" and item.dry_run
    if item.status not in OPEN and not checking:
        raise StateConflict(f"an import that is {_said(item)} does not wait for an answer: {consequence}")


def _said(item: Import) -> str:
    """The status as a sentence has it."""
    if item.status in ("queued", "running"):
        return "being checked" if item.phase == "check" else "being added"
    return {"needs_mapping": "waiting for its columns"}.get(item.status, item.status)


def _lock(session: Session, import_id: int) -> Import:
    """The import, held until the transaction ends: two clicks of two people happen one after the other."""
    item = locks.lock_import(session, import_id)
    if item is None:
        raise NotFound(f"there is no import {import_id}")
    return item


def _shown(filename: str) -> str:
    """The name to show: without folders, which some browsers send, and without control characters."""
    base = filename.replace("\\", "/").rpartition("/")[2]
    return "".join(char for char in base if char.isprintable()).strip()[:255] or "upload.csv"


def accepts(campaign: Campaign) -> bool:
    return CampaignStatus(campaign.status) in ACCEPTS_CONTACTS


__all__ = [
    "CheckPlan",
    "CheckView",
    "check_listing",
    "check_region",
    "commit_import",
    "counts_otherwise",
    "discard_import",
    "enqueue",
    "get",
    "get_check",
    "list_imports",
    "plan_check",
    "plan_mapping",
    "progress",
    "remove_upload",
    "set_mapping",
    "start_check",
    "to_api",
    "undo_import",
]
