"""CSV uploads: accepted here, worked off in the background, followed by their counts."""

from __future__ import annotations

from flask import Response, current_app, g, request
from werkzeug.exceptions import UnsupportedMediaType

from campaign_app.config import Settings
from campaign_app.domain.campaign import CampaignStatus
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.extensions import db
from campaign_app.models import Role
from campaign_app.services import campaigns
from campaign_app.services import imports as service
from campaign_app.services.contacts import check_accepts_contacts
from campaign_app.services.import_files import remove
from campaign_app.transaction import transaction

from .operations import api_operation, current_time, respond_json, stream_download, wake_engine
from .reading import form_as, query_as
from .schemas.imports import Import, ImportFields, ImportForm, RejectedQuery

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
    """Upload a CSV file of contacts. It is worked off in the background: follow the import at its
    Location."""
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType("Send the file as multipart/form-data, in a part named file.")
    check_accepts_contacts(CampaignStatus(campaigns.get_campaign(db.session(), campaign_id).status))
    fields = form_as(ImportFields)
    upload = request.files.get("file")
    if upload is None:
        raise InvalidInput([FieldError("file", "send the CSV file in a part of this name")])
    settings: Settings = current_app.extensions["switchboard"].settings
    # Before the transaction: nobody waits for a writer that waits for a disk.
    stored = service.store(
        settings.uploads_folder, upload.stream, max_bytes=settings.max_upload_mb * 1024 * 1024
    )
    try:
        with transaction(db.session()):
            item = service.enqueue(
                db.session(),
                campaign_id,
                stored,
                upload.filename or "",
                default_region=fields.default_region,
                actor=g.actor,
                now=current_time(),
            )
            body = service.to_api(item)
    except BaseException:
        remove(settings.uploads_folder / stored.name)
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
    """An import: how far it is, and what became of its rows."""
    return respond_json(service.to_api(service.get(db.session(), import_id)))


@api_operation(
    "GET",
    "/imports/<id:import_id>/rejected.csv",
    Role.VIEWER,
    tag=TAG,
    query=RejectedQuery,
    response_models={200: None},
    other_types=("text/csv",),
    errors=(404,),
    name="rejected_rows",
)
def rejected(import_id: int) -> Response:
    """The rows that were not added, as CSV: line, reason, and the row's own cells."""
    query = query_as(RejectedQuery)
    rows = service.rejected_csv(db.session(), import_id, include_all=query.include == "all")
    return stream_download(rows, "text/csv", f"import-{import_id}-rejected.csv")
