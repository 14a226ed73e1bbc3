"""Exports: a whole campaign with its attempts, and calls of a filter, streamed; and campaigns, calls, the audit trail
and the do-not-call list as files that are made in the background."""

from __future__ import annotations

from typing import Any

from flask import Response, g, request
from pydantic import BaseModel

from campaign_app.extensions import db
from campaign_app.http.current import now
from campaign_app.http.export_downloads import delete_export, send_export
from campaign_app.http.numbers import are_numbers_hidden, hide_numbers
from campaign_app.models import ExportFile, Role
from campaign_app.services import call_files, campaigns, export_files
from campaign_app.services import exports as export_service
from campaign_app.services.audit_search import read_search
from campaign_app.services.call_files import CallFileQuery
from campaign_app.services.export_files import AUDIT, CALLS, DO_NOT_CALL, ExportScope, scope_of_campaign
from campaign_app.transaction import transaction

from .operations import PREFIX, api_operation, respond_json, respond_no_content, stream_download
from .reading import body_as, query_as
from .schemas.exports import (
    AllCallsExportQuery,
    AuditFile,
    AuditFiles,
    CallExportQuery,
    CallFile,
    CallFiles,
    DoNotCallFile,
    DoNotCallFiles,
    Export,
    ExportFiles,
    ExportQuery,
    NewAuditFile,
    NewCallFile,
    NewExportFile,
)
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


CAMPAIGN_FILES = "/campaigns/<id:campaign_id>/exports"
AUDIT_FILES = "/audit/exports"
DO_NOT_CALL_FILES = "/do-not-call/exports"
CALL_FILES = "/calls/exports"
ONE = "/<id:export_id>"
LISTS = (Role.OPERATOR, Role.COMPLIANCE)
"""Who may take the do-not-call list away."""


def _add_file_operations(
    path: str,
    role: Role | tuple[Role, ...],
    scope: ExportScope,
    *,
    tag: str,
    noun: str,
    models: tuple[type[BaseModel], type[BaseModel]],
    media_types: tuple[str, ...],
) -> None:
    """The list of the files of a scope, and reading, downloading and deleting one of them. `models`: of one file, and
    of the list."""
    one, many = models

    @api_operation("GET", path, role, tag=tag, response_models={200: many}, name=f"list_{noun}_files")
    def list_files() -> Response:
        """The files that were asked for lately."""
        return _list_files(scope)

    @api_operation(
        "GET",
        f"{path}{ONE}",
        role,
        tag=tag,
        response_models={200: one},
        errors=(404,),
        name=f"get_{noun}_file",
    )
    def get_file(export_id: int) -> Response:
        """How much of a file is written, and where it can be downloaded."""
        return _get_file(scope, export_id)

    @api_operation(
        "GET",
        f"{path}{ONE}/file",
        role,
        tag=tag,
        response_models={200: None, 206: None},
        other_types=media_types,
        errors=(404, 409, 416),
        name=f"download_{noun}_file",
    )
    def download_file(export_id: int) -> Response:
        """The file, or one part of it with `Range: bytes=…`."""
        return send_export(scope, export_id)

    @api_operation(
        "DELETE",
        f"{path}{ONE}",
        role,
        tag=tag,
        response_models={204: None},
        errors=(404,),
        name=f"delete_{noun}_file",
    )
    def delete_file(export_id: int) -> Response:
        """Delete a file, or cancel it while it is being made. What it was made of stays as it is."""
        return _delete_file(scope, export_id)


@api_operation(
    "POST",
    CAMPAIGN_FILES,
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
        return _respond_accepted(scope_of_campaign(campaign_id), item)


@api_operation(
    "GET",
    CAMPAIGN_FILES,
    Role.OPERATOR,
    tag="campaigns",
    response_models={200: ExportFiles},
    errors=(404,),
    name="list_export_files",
)
def list_files(campaign_id: int) -> Response:
    """The files of a campaign that were asked for lately."""
    campaigns.get_campaign(db.session(), campaign_id)
    return _list_files(scope_of_campaign(campaign_id))


@api_operation(
    "GET",
    f"{CAMPAIGN_FILES}{ONE}",
    Role.OPERATOR,
    tag="campaigns",
    response_models={200: ExportFileModel},
    errors=(404,),
    name="get_export_file",
)
def get_file(campaign_id: int, export_id: int) -> Response:
    """How much of a file is written, and where it can be downloaded."""
    return _get_file(scope_of_campaign(campaign_id), export_id)


@api_operation(
    "GET",
    f"{CAMPAIGN_FILES}{ONE}/file",
    Role.OPERATOR,
    tag="campaigns",
    response_models={200: None, 206: None},
    other_types=("application/json", "application/x-ndjson", "text/csv"),
    errors=(404, 409, 416),
    name="download_export_file",
)
def download_file(campaign_id: int, export_id: int) -> Response:
    """The file, or one part of it with `Range: bytes=…`, so that a download that broke off can be continued."""
    return send_export(scope_of_campaign(campaign_id), export_id)


@api_operation(
    "DELETE",
    f"{CAMPAIGN_FILES}{ONE}",
    Role.OPERATOR,
    tag="campaigns",
    response_models={204: None},
    errors=(404,),
    name="delete_export_file",
)
def delete_file(campaign_id: int, export_id: int) -> Response:
    """Delete a file, or cancel it while it is being made."""
    return _delete_file(scope_of_campaign(campaign_id), export_id)


@api_operation(
    "POST",
    AUDIT_FILES,
    Role.COMPLIANCE,
    tag="audit",
    body=NewAuditFile,
    body_optional=True,
    response_models={202: AuditFile},
    errors=(409,),
    located=True,
    name="make_audit_file",
)
def make_audit_file() -> Response:
    """Have a file made in the background of the audit trail, or of the entries that match: one JSON object per line,
    oldest first, each with its seal. Follow it at its Location. Numbers are in full."""
    fields = body_as(NewAuditFile, optional=True)
    search = read_search(fields.model_dump(exclude_none=True, mode="json"))
    total = export_files.count_audit_entries(db.session(), search)
    with transaction(db.session()) as session:
        item = export_files.request_audit_file(session, search, total, actor=g.actor, now=now())
        return _respond_accepted(AUDIT, item)


_add_file_operations(
    AUDIT_FILES,
    Role.COMPLIANCE,
    AUDIT,
    tag="audit",
    noun="audit",
    models=(AuditFile, AuditFiles),
    media_types=("application/x-ndjson",),
)


@api_operation(
    "POST",
    DO_NOT_CALL_FILES,
    LISTS,
    tag="do-not-call",
    response_models={202: DoNotCallFile},
    errors=(409,),
    located=True,
    name="make_do_not_call_file",
)
def make_do_not_call_file() -> Response:
    """Have a CSV file of the whole list made in the background, like `export.csv`. Follow it at its Location."""
    with transaction(db.session()) as session:
        item = export_files.request_do_not_call_file(session, actor=g.actor, now=now())
        return _respond_accepted(DO_NOT_CALL, item)


_add_file_operations(
    DO_NOT_CALL_FILES,
    LISTS,
    DO_NOT_CALL,
    tag="do-not-call",
    noun="do_not_call",
    models=(DoNotCallFile, DoNotCallFiles),
    media_types=("text/csv",),
)


@api_operation(
    "GET",
    "/calls/export",
    Role.OPERATOR,
    tag="calls",
    query=AllCallsExportQuery,
    response_models={200: None},
    other_types=("application/x-ndjson", "text/csv"),
    errors=(404,),
    name="export_calls",
)
def export_calls() -> Response:
    """The calls of a filter, the latest first, with the columns that are named: a call a line. Streamed; of many calls
    a file is better: POST /calls/exports. Numbers are in full."""
    query = query_as(AllCallsExportQuery)
    return _stream_calls(query, query.campaign_id)


@api_operation(
    "GET",
    "/campaigns/<id:campaign_id>/calls/export",
    Role.OPERATOR,
    tag="calls",
    query=CallExportQuery,
    response_models={200: None},
    other_types=("application/x-ndjson", "text/csv"),
    errors=(404,),
    name="export_campaign_calls",
)
def export_campaign_calls(campaign_id: int) -> Response:
    """The same of one campaign."""
    return _stream_calls(query_as(CallExportQuery), campaign_id)


def _stream_calls(choice: CallExportQuery, campaign_id: int | None) -> Response:
    if campaign_id is not None:
        campaigns.get_campaign(db.session(), campaign_id)
    fields = choice.model_dump(exclude_none=True, mode="json")
    columns = [name.strip() for name in (choice.columns or "").split(",") if name.strip()]
    query = CallFileQuery.read({**fields, "campaign_id": campaign_id, "columns": columns})
    with transaction(db.session()) as session:
        call_files.record_export(session, query, choice.format, actor=g.actor, now=now())
    # The stream reads on connections of its own; this one goes back before it starts.
    db.session.close()
    pieces = call_files.stream_calls(db.engine, query, choice.format)
    media_type = export_service.CONTENT_TYPES[choice.format].partition(";")[0]
    return stream_download(pieces, media_type, f"calls.{choice.format}")


@api_operation(
    "POST",
    CALL_FILES,
    Role.OPERATOR,
    tag="calls",
    body=NewCallFile,
    body_optional=True,
    response_models={202: CallFile},
    errors=(404, 409),
    located=True,
    name="make_call_file",
)
def make_call_file() -> Response:
    """Have a file made in the background of the calls of a filter, the latest first, with the columns that are named.
    Follow it at its Location. Numbers are in full."""
    fields = body_as(NewCallFile, optional=True)
    query = CallFileQuery.read(fields.model_dump(exclude_none=True, mode="json"))
    with transaction(db.session()) as session:
        item = export_files.request_call_file(session, query, fields.format, actor=g.actor, now=now())
        return _respond_accepted(CALLS, item)


_add_file_operations(
    CALL_FILES,
    Role.OPERATOR,
    CALLS,
    tag="calls",
    noun="call",
    models=(CallFile, CallFiles),
    media_types=("application/x-ndjson", "text/csv"),
)


def _respond_accepted(scope: ExportScope, item: ExportFile) -> Response:
    return respond_json(_to_api(scope, item), 202, location=_path_of(scope, item))


def _list_files(scope: ExportScope) -> Response:
    items = export_files.list_exports(db.session(), scope)
    return respond_json({"items": [_to_api(scope, item) for item in items]})


def _get_file(scope: ExportScope, export_id: int) -> Response:
    return respond_json(_to_api(scope, export_files.get_export(db.session(), scope, export_id)))


def _delete_file(scope: ExportScope, export_id: int) -> Response:
    delete_export(scope, export_id)
    return respond_no_content()


def _to_api(scope: ExportScope, item: ExportFile) -> dict[str, Any]:
    return export_files.to_api(item, f"{request.script_root}{PREFIX}{_path_of(scope, item)}/file")


def _path_of(scope: ExportScope, item: ExportFile) -> str:
    """Below the API's prefix."""
    within = scope.kind if scope.campaign_id is None else f"campaigns/{scope.campaign_id}"
    return f"/{within}/exports/{item.id}"
