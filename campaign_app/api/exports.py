"""Exports: a whole campaign with its attempts, streamed, or as a file that is made in the background."""

from __future__ import annotations

from typing import Any

from flask import Response, g, request

from campaign_app.extensions import db
from campaign_app.http.current import current_settings, now
from campaign_app.http.downloads import begins_download, send_download
from campaign_app.http.numbers import are_numbers_hidden, hide_numbers
from campaign_app.models import ExportFile, Role
from campaign_app.services import campaigns, export_files
from campaign_app.services import exports as export_service
from campaign_app.transaction import transaction

from .operations import PREFIX, api_operation, respond_json, respond_no_content, stream_download
from .reading import body_as, query_as
from .schemas.exports import Export, ExportFiles, ExportQuery, NewExportFile
from .schemas.exports import ExportFile as ExportFileModel


@api_operation(
    "GET",
    "/campaigns/<id:campaign_id>/export",
    Role.VIEWER,
    tag="campaigns",
    query=ExportQuery,
    response_models={200: Export},
    other_types=("application/x-ndjson", "text/csv"),
    errors=(404,),
    name="export_campaign",
)
def export_campaign(campaign_id: int) -> Response:
    """The campaign with all contacts and their attempts: one document (json), a contact a line (ndjson), or a
    line for each attempt (csv). Numbers are masked below operator.

    It is streamed as it is read. For a large campaign, a file that can be downloaded in parts is better: POST
    /campaigns/{campaign_id}/exports."""
    query = query_as(ExportQuery)
    with transaction(db.session()) as session:
        campaign = campaigns.to_api(campaigns.get_campaign(session, campaign_id))
        export_service.record_export(
            session, campaign_id, query.format, masked=are_numbers_hidden(), actor=g.actor, now=now()
        )
    # The stream reads on connections of its own; this one goes back before it starts.
    db.session.close()
    pieces = export_service.export_campaign(
        db.engine,
        campaign_id,
        query.format,
        campaign,
        hide_numbers if are_numbers_hidden() else None,
    )
    media_type = export_service.CONTENT_TYPES[query.format].partition(";")[0]
    return stream_download(pieces, media_type, f"campaign-{campaign_id}.{query.format}")


FILES = "/campaigns/<id:campaign_id>/exports"
ONE = f"{FILES}/<id:export_id>"


@api_operation(
    "POST",
    FILES,
    Role.OPERATOR,
    tag="campaigns",
    body=NewExportFile,
    body_optional=True,
    response_models={202: ExportFileModel},
    errors=(404, 409),
    located=True,
    name="make_export_file",
)
def make_file(campaign_id: int) -> Response:
    """Have a file made of the whole campaign, in the background: follow it at its Location, and download it from `file`
    once it is `completed`. Numbers are in full."""
    fields = body_as(NewExportFile, optional=True)
    with transaction(db.session()) as session:
        campaigns.get_campaign(session, campaign_id)
        item = export_files.request_campaign_file(
            session, campaign_id, fields.format, actor=g.actor, now=now()
        )
        body = _to_api(item)
    return respond_json(body, 202, location=f"/campaigns/{campaign_id}/exports/{body['id']}")


@api_operation(
    "GET",
    FILES,
    Role.OPERATOR,
    tag="campaigns",
    response_models={200: ExportFiles},
    errors=(404,),
    name="list_export_files",
)
def list_files(campaign_id: int) -> Response:
    """The files of a campaign that were asked for lately."""
    campaigns.get_campaign(db.session(), campaign_id)
    return respond_json(
        {"items": [_to_api(item) for item in export_files.list_exports(db.session(), campaign_id)]}
    )


@api_operation(
    "GET",
    ONE,
    Role.OPERATOR,
    tag="campaigns",
    response_models={200: ExportFileModel},
    errors=(404,),
    name="get_export_file",
)
def get_file(campaign_id: int, export_id: int) -> Response:
    """How much of a file is written, and where it can be downloaded."""
    return respond_json(_to_api(export_files.get_export(db.session(), campaign_id, export_id)))


@api_operation(
    "GET",
    f"{ONE}/file",
    Role.OPERATOR,
    tag="campaigns",
    response_models={200: None, 206: None},
    other_types=("application/json", "application/x-ndjson", "text/csv"),
    errors=(404, 409, 416),
    name="download_export_file",
)
def download_file(campaign_id: int, export_id: int) -> Response:
    """The file, or one part of it with `Range: bytes=…`, so that a download that broke off can be continued."""
    with transaction(db.session()) as session:
        item = export_files.get_export(session, campaign_id, export_id)
        path = export_files.find_file(item, current_settings().exports_folder)
        if begins_download():
            export_files.record_download(session, item, actor=g.actor, now=now())
        format, etag = item.format, f"{item.stored_as}"
    media_type = export_service.CONTENT_TYPES[format]
    return send_download(path, media_type, f"campaign-{campaign_id}.{format}", etag)


@api_operation(
    "DELETE",
    ONE,
    Role.OPERATOR,
    tag="campaigns",
    response_models={204: None},
    errors=(404,),
    name="delete_export_file",
)
def delete_file(campaign_id: int, export_id: int) -> Response:
    """Delete a file, or cancel it while it is being made."""
    with transaction(db.session()) as session:
        item = export_files.get_export(session, campaign_id, export_id)
        names = export_files.delete_file(session, item, actor=g.actor, now=now())
    export_files.remove_files(current_settings().exports_folder, names)
    return respond_no_content()


def _to_api(item: ExportFile) -> dict[str, Any]:
    path = f"{request.script_root}{PREFIX}/campaigns/{item.campaign_id}/exports/{item.id}/file"
    return export_files.to_api(item, path)
