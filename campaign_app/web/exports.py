"""Export pages: files of a whole campaign or of the audit trail, made in the background, and their download."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from campaign_app.domain.errors import StateConflict
from campaign_app.extensions import db
from campaign_app.http.current import current_settings, now
from campaign_app.http.downloads import begins_download, send_download
from campaign_app.http.roles import require_role
from campaign_app.models import ExportFile, Role
from campaign_app.queries import phone_search, tables
from campaign_app.services import campaigns, export_files
from campaign_app.services.audit_search import read_search
from campaign_app.services.exports import CONTENT_TYPES
from campaign_app.transaction import transaction

from . import refusals
from .common import fragment_response
from .frame import redirect_after_post

blueprint = Blueprint("exports", __name__)
OF_CAMPAIGN = "/campaigns/<id:campaign_id>/exports"
OF_AUDIT = "/audit/exports"
ONE = "/<id:export_id>"
POLL_SECONDS = 2
AT_WORK = ("queued", "running")


def stream_or_page(rows: int, **where: Any) -> AnyResponse | None:
    """The page where a file is asked for, if there are too many rows to be sent at once; else None."""
    if rows <= current_settings().export_stream_rows:
        return None
    return redirect(url_for("exports.index" if "campaign_id" in where else "exports.audit_index", **where))


@blueprint.get(OF_CAMPAIGN)
@require_role(Role.OPERATOR)
def index(campaign_id: int) -> str:
    return render_template("exports/list.html", **_context(campaign_id))


@blueprint.get(f"{OF_CAMPAIGN}/_files")
@require_role(Role.OPERATOR)
def files(campaign_id: int) -> Response:
    return fragment_response(render_template("exports/_files.html", **_context(campaign_id)))


@blueprint.post(OF_CAMPAIGN)
@require_role(Role.OPERATOR)
def make(campaign_id: int) -> AnyResponse:
    try:
        with transaction(db.session()) as session:
            campaigns.get_campaign(session, campaign_id)
            export_files.request_campaign_file(
                session, campaign_id, request.form.get("format", "csv"), actor=g.actor, now=now()
            )
    except StateConflict as error:
        refusals.Refusal(refusals.explain_error(error), "wait").show_next()
    return redirect_after_post(url_for("exports.index", campaign_id=campaign_id))


@blueprint.get(f"{OF_CAMPAIGN}{ONE}/file")
@require_role(Role.OPERATOR)
def download(campaign_id: int, export_id: int) -> AnyResponse:
    return _download(campaign_id, export_id)


@blueprint.post(f"{OF_CAMPAIGN}{ONE}/delete")
@require_role(Role.OPERATOR)
def delete(campaign_id: int, export_id: int) -> AnyResponse:
    return _delete(campaign_id, export_id)


@blueprint.get(OF_AUDIT)
@require_role(Role.COMPLIANCE)
def audit_index() -> str:
    return render_template("exports/list.html", **_context(None))


@blueprint.get(f"{OF_AUDIT}/_files")
@require_role(Role.COMPLIANCE)
def audit_files() -> Response:
    return fragment_response(render_template("exports/_files.html", **_context(None)))


@blueprint.post(OF_AUDIT)
@require_role(Role.COMPLIANCE)
def make_audit() -> AnyResponse:
    try:
        with transaction(db.session()) as session:
            export_files.request_audit_file(session, read_search(request.form), actor=g.actor, now=now())
    except StateConflict as error:
        refusals.Refusal(refusals.explain_error(error), "wait").show_next()
    return redirect_after_post(url_for("exports.audit_index"))


@blueprint.get(f"{OF_AUDIT}{ONE}/file")
@require_role(Role.COMPLIANCE)
def download_audit(export_id: int) -> AnyResponse:
    return _download(None, export_id)


@blueprint.post(f"{OF_AUDIT}{ONE}/delete")
@require_role(Role.COMPLIANCE)
def delete_audit(export_id: int) -> AnyResponse:
    return _delete(None, export_id)


def _context(campaign_id: int | None) -> dict[str, Any]:
    session = db.session()
    campaign = None if campaign_id is None else campaigns.get_campaign(session, campaign_id)
    items = export_files.list_exports(session, campaign_id)
    search = read_search(request.args)
    search.conditions()
    return {
        "campaign": campaign,
        "rows": tables.measure_audit_trail(session)
        if campaign_id is None
        else phone_search.count_contacts(session, campaign_id),
        "most": current_settings().export_stream_rows,
        "days": current_settings().export_days,
        "formats": tuple(CONTENT_TYPES) if campaign is not None else ("ndjson",),
        "asked_format": request.args.get("format", "csv"),
        "search": search,
        "describe_search": _describe_search,
        "items": items,
        "poll_seconds": POLL_SECONDS if any(item.status in AT_WORK for item in items) else None,
        "address": _address_of(campaign_id),
    }


SEARCH_WORDS = {"type": "kind", "id": "number", "who": "who", "since": "from", "until": "to"}


def _describe_search(search: Mapping[str, str]) -> str:
    """`kind “campaign”, who “ann@example.org”`: what the entries of a file match."""
    return ", ".join(f"{word} “{search[name]}”" for name, word in SEARCH_WORDS.items() if search.get(name))


def _address_of(campaign_id: int | None) -> Any:
    def address(name: str, item: ExportFile | None = None) -> str:
        more: dict[str, Any] = {} if item is None else {"export_id": item.id}
        if campaign_id is not None:
            return url_for(f"exports.{name}", campaign_id=campaign_id, **more)
        endpoint = {"index": "audit_index", "files": "audit_files"}.get(name, f"{name}_audit")
        return url_for(f"exports.{endpoint}", **more)

    return address


def _download(campaign_id: int | None, export_id: int) -> AnyResponse:
    with transaction(db.session()) as session:
        item = export_files.get_export(session, campaign_id, export_id)
        path = export_files.find_file(item, current_settings().exports_folder)
        if begins_download():
            export_files.record_download(session, item, actor=g.actor, now=now())
        format, etag = item.format, f"{item.stored_as}"
    name = "audit" if campaign_id is None else f"campaign-{campaign_id}"
    return send_download(path, CONTENT_TYPES[format], f"{name}.{format}", etag)


def _delete(campaign_id: int | None, export_id: int) -> AnyResponse:
    with transaction(db.session()) as session:
        item = export_files.get_export(session, campaign_id, export_id)
        names = export_files.delete_file(session, item, actor=g.actor, now=now())
    export_files.remove_files(current_settings().exports_folder, names)
    flash("Deleted the file.")
    return redirect_after_post(_address_of(campaign_id)("index"))
