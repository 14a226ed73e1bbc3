"""Uploads: accepted here, worked off in the background, followed by their counts; asked about where they are unsure."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Response, g, request
from werkzeug.exceptions import UnsupportedMediaType

from campaign_app.domain.campaign import CampaignStatus
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.extensions import db
from campaign_app.http.current import current_settings, now, wake_engine
from campaign_app.http.numbers import hide_from_viewers
from campaign_app.models import Role
from campaign_app.services import campaigns
from campaign_app.services import imports as service
from campaign_app.services.contacts import check_accepts_contacts
from campaign_app.transaction import transaction

from .operations import (
    api_operation,
    respond_json,
    respond_no_content,
    stream_download,
)
from .reading import body_as, form_as, query_as
from .schemas.imports import (
    Import,
    ImportFields,
    ImportForm,
    ListingFields,
    ListingForm,
    MappingBody,
    RejectedQuery,
    Undone,
    UploadFields,
)

TAG = "imports"


@api_operation(
    "POST",
    "/campaigns/<id:campaign_id>/imports",
    Role.OPERATOR,
    tag=TAG,
    form=ImportForm,
    response_models={202: Import},
    errors=(404, 409),
    located=True,
    name="import_contacts",
)
def accept(campaign_id: int) -> Response:
    """Upload a file of contacts. It is worked off in the background: follow the import at its Location.

    A file whose columns are certain is added; one that is unsure becomes `needs_mapping`, and nothing is added before
    its mapping was sent.
    """
    _check_form()
    check_accepts_contacts(CampaignStatus(campaigns.get_campaign(db.session(), campaign_id).status))
    fields = form_as(ImportFields)
    return _accept(fields, "contacts", campaign_id, now(), on_known=fields.on_known)


@api_operation(
    "POST",
    "/do-not-call/imports",
    Role.OPERATOR,
    tag="do-not-call",
    form=ListingForm,
    response_models={202: Import},
    errors=(404, 409),
    located=True,
    name="import_do_not_call",
)
def accept_listing() -> Response:
    """Upload a file of numbers that are never to be called, for all campaigns or for one. The same reader, mapping and
    questions as for contacts."""
    _check_form()
    fields = form_as(ListingFields)
    at = now()
    if fields.campaign_id is not None:
        campaigns.get_campaign(db.session(), fields.campaign_id)
    listing = service.check_listing(source=fields.source, reason=fields.reason, day=fields.date, now=at)
    return _accept(fields, "do_not_call", fields.campaign_id, at, listing=listing)


def _check_form() -> None:
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType("Send the file as multipart/form-data, in a part named file.")


def _uploads() -> tuple[Path, int]:
    """The folder of uploads, and the bytes that one may have."""
    settings = current_settings()
    return settings.uploads_folder, settings.max_upload_mb * 1024 * 1024


def _accept(
    fields: UploadFields, mode: str, campaign_id: int | None, at: datetime, **options: Any
) -> Response:
    service.check_region(fields.default_region)
    upload = request.files.get("file")
    if upload is None:
        raise InvalidInput([FieldError("file", "send the file in a part of this name")])
    uploads, most = _uploads()
    # Before the transaction: nobody waits for a writer that waits for a disk.
    stored = service.store(uploads, upload.stream, max_bytes=most, filename=upload.filename or "")
    try:
        plan = None
        if fields.mapping is not None:
            plan = service.plan_check(
                db.session(),
                uploads,
                stored,
                campaign_id=campaign_id,
                mode=mode,
                default_region=fields.default_region,
                mapping=fields.mapping.chosen(),
                look=False,
                now=now(),
            )
        with transaction(db.session()):
            item = service.enqueue(
                db.session(),
                stored,
                campaign_id=campaign_id,
                filename=upload.filename or "",
                mode=mode,
                default_region=fields.default_region,
                dry_run=fields.dry_run,
                plan=plan,
                actor=g.actor,
                now=at,
                **options,
            )
            body = service.to_api(item)
    except BaseException:
        service.remove_upload(uploads, stored.name)
        raise
    wake_engine()
    return respond_json(body, 202, location=f"/imports/{body['id']}")


@api_operation(
    "GET",
    "/imports/<id:import_id>",
    Role.VIEWER,
    tag=TAG,
    response_models={200: Import},
    errors=(404,),
    name="get_import",
)
def get(import_id: int) -> Response:
    """An import: how far it is, how it was understood, and what became of its rows."""
    return respond_json(hide_from_viewers(service.to_api(service.get(db.session(), import_id)), written=True))


@api_operation(
    "PUT",
    "/imports/<id:import_id>/mapping",
    Role.OPERATOR,
    tag=TAG,
    body=MappingBody,
    response_models={200: Import},
    errors=(404, 409),
    name="map_import",
)
def put_mapping(import_id: int) -> Response:
    """Say what the columns of a waiting import mean, and how it is to be read. It is added then, or with `dry_run`
    checked again."""
    fields = body_as(MappingBody)
    uploads, _ = _uploads()
    chosen = fields.chosen()
    dry_run = bool(chosen.pop("dry_run", False))
    plan = service.plan_mapping(db.session(), uploads, import_id, chosen, look=False, prefix="")
    with transaction(db.session()):
        item = service.set_mapping(db.session(), import_id, plan, dry_run=dry_run, actor=g.actor, now=now())
        body = service.to_api(item)
    wake_engine()
    return respond_json(body)


@api_operation(
    "POST",
    "/imports/<id:import_id>/commit",
    Role.OPERATOR,
    tag=TAG,
    response_models={202: Import},
    errors=(404, 409),
    name="commit_import",
)
def commit(import_id: int) -> Response:
    """Add a file that was checked by a dry run."""
    with transaction(db.session()):
        item = service.commit_import(db.session(), import_id, actor=g.actor, now=now())
        body = service.to_api(item)
    wake_engine()
    return respond_json(body, 202)


@api_operation(
    "DELETE",
    "/imports/<id:import_id>",
    Role.OPERATOR,
    tag=TAG,
    response_models={204: None},
    errors=(404, 409),
    name="discard_import",
)
def discard(import_id: int) -> Response:
    """Give up an upload of which nothing was added yet."""
    uploads, _ = _uploads()
    with transaction(db.session()):
        item = service.discard_import(db.session(), import_id, actor=g.actor, now=now())
        stored_as = item.stored_as
    service.remove_upload(uploads, stored_as)
    return respond_no_content()


@api_operation(
    "POST",
    "/imports/<id:import_id>/undo",
    Role.OPERATOR,
    tag=TAG,
    response_models={200: Undone},
    errors=(404, 409),
    name="undo_import",
)
def undo(import_id: int) -> Response:
    """Take an import back: its contacts that nobody has tried to call, or its do-not-call entries, are removed."""
    with transaction(db.session()):
        removed = service.undo_import(db.session(), import_id, actor=g.actor, now=now())
    return respond_json({"removed": removed})


@api_operation(
    "GET",
    "/imports/<id:import_id>/rejected.csv",
    Role.OPERATOR,
    tag=TAG,
    query=RejectedQuery,
    response_models={200: None},
    other_types=("text/csv",),
    errors=(404,),
    name="rejected_rows",
)
def rejected(import_id: int) -> Response:
    """The rows that were not added, or that a dry run would not add, as CSV: line, reason, and the row's own cells."""
    query = query_as(RejectedQuery)
    uploads, _ = _uploads()
    with transaction(db.session()) as session:
        service.record_rejected_export(session, import_id, actor=g.actor, now=now())
    rows = service.rejected_csv(db.session(), import_id, query.include == "all", uploads=uploads)
    return stream_download(rows, "text/csv", f"import-{import_id}-rejected.csv")
