"""Export pages: files of a whole campaign, of calls, the audit trail or the do-not-call list, made in the background,
and their download."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from campaign_app.domain.attempt import OUTCOMES, AttemptStatus
from campaign_app.domain.errors import FieldError, InvalidInput, StateConflict
from campaign_app.extensions import db
from campaign_app.http.current import current_settings, now
from campaign_app.http.export_downloads import delete_export, send_export
from campaign_app.http.roles import require_role
from campaign_app.http.routing import parse_id
from campaign_app.models import ExportFile, Role
from campaign_app.queries import audit_trail, phone_search, tables
from campaign_app.services import call_files, campaigns, export_files
from campaign_app.services.audit_search import read_search
from campaign_app.services.call_files import COLUMNS, USUAL_COLUMNS, CallFileQuery
from campaign_app.services.call_files import FORMATS as CALL_FORMATS
from campaign_app.services.export_files import AUDIT, CALLS, DO_NOT_CALL, ExportScope, scope_of_campaign
from campaign_app.services.exports import CONTENT_TYPES
from campaign_app.transaction import transaction

from . import refusals
from .call_choices import ALL_STATUSES, list_file_arguments, read_file_query
from .common import fragment_response
from .frame import redirect_after_post
from .status_words import describe_status

blueprint = Blueprint("exports", __name__)
OF_CAMPAIGN = "/campaigns/<id:campaign_id>/exports"
OF_CALLS = "/calls/exports"
OF_AUDIT = "/audit/exports"
OF_DO_NOT_CALL = "/do-not-call/exports"
ONE = "/<id:export_id>"
POLL_SECONDS = 2
AT_WORK = ("queued", "running")


def redirect_if_long(rows: int | None, endpoint: str, **where: Any) -> AnyResponse | None:
    """A redirect to the page where a file is requested, if there are too many rows to send at once, or they take too
    long to count (None); else None."""
    if rows is not None and rows <= current_settings().export_stream_rows:
        return None
    return redirect(url_for(endpoint, **where))


@blueprint.get(OF_CAMPAIGN)
@require_role(Role.OPERATOR)
def index(campaign_id: int) -> str:
    return _show_page(scope_of_campaign(campaign_id))


@blueprint.get(f"{OF_CAMPAIGN}/_files")
@require_role(Role.OPERATOR)
def files(campaign_id: int) -> Response:
    return _show_files(scope_of_campaign(campaign_id))


@blueprint.post(OF_CAMPAIGN)
@require_role(Role.OPERATOR)
def make(campaign_id: int) -> AnyResponse:
    def request_file(session: Session) -> None:
        campaigns.get_campaign(session, campaign_id)
        format = request.form.get("format", "csv")
        export_files.request_campaign_file(session, campaign_id, format, actor=g.actor, now=now())

    return _make(scope_of_campaign(campaign_id), request_file)


@blueprint.get(f"{OF_CAMPAIGN}{ONE}/file")
@require_role(Role.OPERATOR)
def download(campaign_id: int, export_id: int) -> AnyResponse:
    return send_export(scope_of_campaign(campaign_id), export_id)


@blueprint.post(f"{OF_CAMPAIGN}{ONE}/delete")
@require_role(Role.OPERATOR)
def delete(campaign_id: int, export_id: int) -> AnyResponse:
    return _delete(scope_of_campaign(campaign_id), export_id)


@blueprint.get(OF_AUDIT)
@require_role(Role.COMPLIANCE)
def audit_index() -> str:
    return _show_page(AUDIT)


@blueprint.get(f"{OF_AUDIT}/_files")
@require_role(Role.COMPLIANCE)
def audit_files() -> Response:
    return _show_files(AUDIT)


@blueprint.post(OF_AUDIT)
@require_role(Role.COMPLIANCE)
def make_audit() -> AnyResponse:
    def request_file(session: Session) -> None:
        export_files.request_audit_file(session, search, total, actor=g.actor, now=now())

    search = read_search(request.form)
    total = export_files.count_audit_entries(db.session(), search)
    return _make(AUDIT, request_file)


@blueprint.get(f"{OF_AUDIT}{ONE}/file")
@require_role(Role.COMPLIANCE)
def download_audit(export_id: int) -> AnyResponse:
    return send_export(AUDIT, export_id)


@blueprint.post(f"{OF_AUDIT}{ONE}/delete")
@require_role(Role.COMPLIANCE)
def delete_audit(export_id: int) -> AnyResponse:
    return _delete(AUDIT, export_id)


@blueprint.get(OF_CALLS)
@require_role(Role.OPERATOR)
def calls_index() -> str:
    return _show_page(CALLS)


@blueprint.get(f"{OF_CALLS}/_files")
@require_role(Role.OPERATOR)
def calls_files() -> Response:
    return _show_files(CALLS)


@blueprint.post(OF_CALLS)
@require_role(Role.OPERATOR)
def make_calls() -> AnyResponse:
    """A file in the background, or at once where that is asked for."""
    query = _read_call_query(request.form)
    format = request.form.get("format", "")
    if request.form.get("do") == "now":
        args = {**list_file_arguments(query), "format": format}
        if format not in (*CALL_FORMATS, "xlsx"):
            raise InvalidInput([FieldError("format", f"choose one of {', '.join((*CALL_FORMATS, 'xlsx'))}")])
        if query.campaign_id is None:
            return redirect_after_post(url_for("calls.download_calls", **args))
        where = "calls.download_calls_of_campaign"
        return redirect_after_post(url_for(where, campaign_id=query.campaign_id, **args))

    def request_file(session: Session) -> None:
        export_files.request_call_file(session, query, format, actor=g.actor, now=now())

    return _make(CALLS, request_file, campaign=query.campaign_id, **list_file_arguments(query))


@blueprint.get(f"{OF_CALLS}{ONE}/file")
@require_role(Role.OPERATOR)
def download_calls(export_id: int) -> AnyResponse:
    return send_export(CALLS, export_id)


@blueprint.post(f"{OF_CALLS}{ONE}/delete")
@require_role(Role.OPERATOR)
def delete_calls(export_id: int) -> AnyResponse:
    return _delete(CALLS, export_id)


def _read_call_query(args: MultiDict[str, str]) -> CallFileQuery:
    text = args.get("campaign", "").strip()
    campaign_id = parse_id(text)
    if text and campaign_id is None:
        raise InvalidInput([FieldError("campaign", "give a campaign’s number")])
    return read_file_query(args, campaign_id)


@blueprint.get(OF_DO_NOT_CALL)
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def do_not_call_index() -> str:
    return _show_page(DO_NOT_CALL)


@blueprint.get(f"{OF_DO_NOT_CALL}/_files")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def do_not_call_files() -> Response:
    return _show_files(DO_NOT_CALL)


@blueprint.post(OF_DO_NOT_CALL)
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def make_do_not_call() -> AnyResponse:
    def request_file(session: Session) -> None:
        export_files.request_do_not_call_file(session, actor=g.actor, now=now())

    return _make(DO_NOT_CALL, request_file)


@blueprint.get(f"{OF_DO_NOT_CALL}{ONE}/file")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def download_do_not_call(export_id: int) -> AnyResponse:
    return send_export(DO_NOT_CALL, export_id)


@blueprint.post(f"{OF_DO_NOT_CALL}{ONE}/delete")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def delete_do_not_call(export_id: int) -> AnyResponse:
    return _delete(DO_NOT_CALL, export_id)


def _show_page(scope: ExportScope) -> str:
    rows = _count_rows(db.session(), scope)
    return render_template("exports/list.html", rows=rows, **_context(scope))


def _show_files(scope: ExportScope) -> Response:
    return fragment_response(render_template("exports/_files.html", **_context(scope)))


def _context(scope: ExportScope) -> dict[str, Any]:
    session = db.session()
    campaign = None if scope.campaign_id is None else campaigns.get_campaign(session, scope.campaign_id)
    items = export_files.list_exports(session, scope)
    search = read_search(request.args if scope == AUDIT else {})
    search.build_conditions()
    query = _read_call_query(request.args) if scope == CALLS else CallFileQuery()
    if query.campaign_id is not None:
        campaign = campaigns.get_campaign(session, query.campaign_id)
    return {
        "kind": scope.kind,
        "query": query,
        "columns": COLUMNS,
        "chosen": query.columns or tuple(USUAL_COLUMNS),
        "statuses": [
            (ALL_STATUSES, "All"),
            ("ended", "Ended"),
            ("open", "In progress"),
            *((status.value, describe_status(status)) for status in AttemptStatus if status in OUTCOMES),
        ],
        "campaign": campaign,
        "most": current_settings().export_stream_rows,
        "days": current_settings().export_days,
        "formats": ("xlsx", *CALL_FORMATS) if scope == CALLS else tuple(CONTENT_TYPES),
        "asked_format": request.args.get("format", "csv"),
        "search": search,
        "describe_search": _describe_search,
        "items": items,
        "poll_seconds": POLL_SECONDS if any(item.status in AT_WORK for item in items) else None,
        "address": _address_of(scope),
    }


def _count_rows(session: Session, scope: ExportScope) -> int | None:
    if scope.campaign_id is not None:
        return phone_search.count_contacts(session, scope.campaign_id)
    if scope == CALLS:
        most = current_settings().export_stream_rows
        return call_files.count_calls_of_file(session, _read_call_query(request.args), most + 1)
    return audit_trail.measure_audit_trail(session) if scope == AUDIT else tables.count_do_not_call(session)


SEARCH_WORDS = {
    "campaign_id": "campaign",
    "status": "status",
    "key": "key",
    "type": "kind",
    "id": "number",
    "who": "who",
    "since": "from",
    "until": "to",
}


def _describe_search(search: Mapping[str, Any]) -> str:
    """`kind “campaign”, who “ann@example.org”`: what the entries, or the calls, of a file match."""
    words = [f"{word} “{search[name]}”" for name, word in SEARCH_WORDS.items() if search.get(name)]
    if search.get("search"):
        words.append("some numbers only")
    if search.get("columns"):
        words.append("columns " + ", ".join(COLUMNS.get(name, name) for name in search["columns"]))
    return ", ".join(words)


def _address_of(scope: ExportScope) -> Callable[..., str]:
    """A function from the name of a campaign's view to the URL of the scope's own: of `audit_index` for `index`, of
    `delete_audit` for `delete`."""
    word = scope.kind.replace("-", "_")

    def address(name: str, item: ExportFile | None = None, **shown: Any) -> str:
        more: dict[str, Any] = shown if item is None else {"export_id": item.id, **shown}
        if scope.campaign_id is not None:
            return url_for(f"exports.{name}", campaign_id=scope.campaign_id, **more)
        endpoint = f"{word}_{name}" if name in ("index", "files") else f"{name}_{word}"
        return url_for(f"exports.{endpoint}", **more)

    return address


def _make(scope: ExportScope, request_file: Callable[[Session], None], **shown: Any) -> AnyResponse:
    """`shown`: arguments of the page that is shown next."""
    try:
        with transaction(db.session()) as session:
            request_file(session)
    except StateConflict as error:
        refusals.Refusal(refusals.explain_error(error), "wait").show_next()
    return redirect_after_post(_address_of(scope)("index", **shown))


def _delete(scope: ExportScope, export_id: int) -> AnyResponse:
    delete_export(scope, export_id)
    flash("Deleted the file.")
    return redirect_after_post(_address_of(scope)("index"))
