"""Calls page: calls over all campaigns, and single calls that belong to none; and what a table of calls shows, as a
file."""

from __future__ import annotations

import io
from typing import Any
from zoneinfo import ZoneInfo

from flask import (
    Blueprint,
    Response,
    flash,
    g,
    render_template,
    request,
    send_file,
    stream_with_context,
    url_for,
)
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from campaign_app.domain import phone as phones
from campaign_app.domain.errors import NotFound, StateConflict
from campaign_app.extensions import db
from campaign_app.http.current import current_settings, now, wake_engine
from campaign_app.http.roles import require_role
from campaign_app.http.routing import parse_id
from campaign_app.http.streams import BoundedStream
from campaign_app.models import Role
from campaign_app.queries import unresolved
from campaign_app.services import call_files, campaigns, export_files, single_calls
from campaign_app.services.call_files import USUAL_COLUMNS, CallFileQuery
from campaign_app.services.exports import CONTENT_TYPES
from campaign_app.transaction import transaction

from . import calls_table, spreadsheets
from .call_choices import read_file_query
from .common import shared_fragment
from .exports import redirect_if_long
from .frame import redirect_after_post
from .times import reader_zone

blueprint = Blueprint("calls", __name__)
POLL_SECONDS = 5
"""Seconds: this page is for looking things up, the campaigns' own pages follow more closely."""


@blueprint.get("/calls")
@require_role(Role.VIEWER)
def index() -> str:
    undecided = unresolved.count_undecided(db.session())
    return render_template("calls/index.html", undecided=undecided, **_table_context())


@blueprint.get("/calls/_calls")
@require_role(Role.VIEWER)
def calls_fragment() -> Response:
    return shared_fragment(lambda: render_template("calls/_calls.html", **_table_context()))


def _table_context() -> dict[str, Any]:
    state = calls_table.read_table_state(request.args)
    table = calls_table.load_calls_table(db.session(), state, now())
    return {
        "table": table,
        "filters": calls_table.build_status_filters(None, None, table),
        "poll": POLL_SECONDS,
    }


@blueprint.get("/calls.<any(xlsx, csv, ndjson):format>")
@require_role(Role.OPERATOR)
def download_calls(format: str) -> AnyResponse:
    """What the filter of the calls page shows."""
    return _send_file(format, None)


@blueprint.get("/campaigns/<id:campaign_id>/calls.<any(xlsx, csv, ndjson):format>")
@require_role(Role.OPERATOR)
def download_calls_of_campaign(campaign_id: int, format: str) -> AnyResponse:
    """What the filter of a campaign's calls shows."""
    return _send_file(format, campaign_id)


def _send_file(format: str, campaign_id: int | None) -> AnyResponse:
    """The calls of the filter in the URL, the latest first, with the columns that it names. Numbers are in full:
    audited like a reveal."""
    query = read_file_query(request.args, campaign_id)
    session = db.session()
    name = "Calls" if campaign_id is None else f"Calls of {campaigns.get_campaign(session, campaign_id).name}"
    if format == "xlsx":
        content, calls = _make_spreadsheet(query)
        with transaction(session):
            call_files.record_export(session, query, format, actor=g.actor, now=now(), calls=calls)
        response: AnyResponse = send_file(
            io.BytesIO(content),
            mimetype=spreadsheets.CONTENT_TYPE,
            as_attachment=True,
            download_name=spreadsheets.make_file_name(name, now().astimezone(ZoneInfo(reader_zone()))),
        )
        response.headers["Cache-Control"] = "no-store"
        return response
    args = {**request.args.to_dict(flat=False), "format": format, "campaign": campaign_id}
    rows = call_files.count_calls_of_file(session, query, current_settings().export_stream_rows + 1)
    asked_for = redirect_if_long(rows, "exports.calls_index", **args)
    if asked_for is not None:
        return asked_for
    with transaction(session):
        call_files.record_export(session, query, format, actor=g.actor, now=now())
    pieces = call_files.stream_calls(db.engine, query, format)
    response = Response(stream_with_context(BoundedStream(pieces)), content_type=CONTENT_TYPES[format])
    response.headers["Content-Disposition"] = f'attachment; filename="calls.{format}"'
    response.headers["Cache-Control"] = "no-store"
    return response


TOO_MANY = (
    "an Excel file holds at most {most:,} calls, and more match: narrow the filter, or download them as CSV"
)


def _make_spreadsheet(query: CallFileQuery) -> tuple[bytes, int]:
    """The Excel file, and how many calls are in it. Raises StateConflict where it cannot hold them."""
    most = spreadsheets.MOST_CALLS
    with export_files.make_scratch_folder(current_settings().exports_folder) as scratch:
        book = spreadsheets.CallsWorkbook(
            columns=query.columns or tuple(USUAL_COLUMNS),
            zone=reader_zone(),
            engine=db.engine,
            scratch=scratch,
        )
        try:
            # A session of its own, which lets go of each piece, and of its transaction, once it is written.
            with Session(db.engine) as reader:
                calls = call_files.count_calls_of_file(reader, query, most + 1)
                if calls is None:
                    raise StateConflict(
                        "it takes too long to look through all calls for a download: choose fewer days or a campaign,"
                        " or have a CSV file made in the background"
                    )
                if calls > most:
                    raise StateConflict(TOO_MANY.format(most=most))
                reader.rollback()
                before = 0
                while (piece := call_files.read_calls(reader, query, before)) is not None:
                    if book.count + len(piece.calls) > most:
                        raise StateConflict(TOO_MANY.format(most=most))
                    for attempt in piece.calls:
                        book.add_call(attempt)
                    before = piece.last_id
                    reader.rollback()
                    reader.expunge_all()
        finally:
            content = book.close()
    return content, book.count


@blueprint.post("/calls/hangup")
@require_role(Role.OPERATOR)
def hang_up_call() -> AnyResponse:
    """End one open call."""
    attempt_id = parse_id(request.form.get("id"))
    if attempt_id is None:
        raise NotFound("there is no such call")
    with transaction(db.session()) as session:
        attempt = single_calls.request_hangup(session, attempt_id, actor=g.actor, now=now())
        masked_number = phones.mask(attempt.phone)
    wake_engine()
    flash(f"Hanging up the call to {masked_number}.", "wait")
    back = "unresolved.index" if request.form.get("back") == "unresolved" else "calls.index"
    return redirect_after_post(url_for(back))
