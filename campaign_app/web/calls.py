"""Calls page: calls over all campaigns, and single calls that belong to none; and what a table of calls shows, as a
file."""

from __future__ import annotations

import io
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, g, render_template, request, send_file, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from campaign_app.domain import phone as phones
from campaign_app.domain.errors import NotFound, StateConflict
from campaign_app.extensions import db
from campaign_app.http.current import current_settings, now, wake_engine
from campaign_app.http.roles import require_role
from campaign_app.http.routing import parse_id
from campaign_app.models import Role
from campaign_app.queries import unresolved
from campaign_app.queries.trunks import list_names_of_provider
from campaign_app.services import audit, campaigns, export_files, single_calls
from campaign_app.services.contacts import attempt_to_api
from campaign_app.services.responses import list_key_labels
from campaign_app.transaction import transaction

from . import calls_table, spreadsheets
from .common import shared_fragment
from .frame import redirect_after_post
from .times import SIMULATOR, reader_zone

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


@blueprint.get("/calls.xlsx")
@require_role(Role.OPERATOR)
def download_calls() -> AnyResponse:
    """What the filter of the calls page shows."""
    return _send_spreadsheet(None)


@blueprint.get("/campaigns/<id:campaign_id>/calls.xlsx")
@require_role(Role.OPERATOR)
def download_calls_of_campaign(campaign_id: int) -> AnyResponse:
    """What the filter of a campaign's calls shows."""
    return _send_spreadsheet(campaign_id)


def _send_spreadsheet(campaign_id: int | None) -> AnyResponse:
    """The calls that the filter in the URL shows, as an Excel file. Numbers are in full: audited like a reveal."""
    state = calls_table.read_table_state(request.args)
    session = db.session()
    title = (
        "Calls" if campaign_id is None else f"Calls of {campaigns.get_campaign(session, campaign_id).name}"
    )
    simulated = list_names_of_provider(session, SIMULATOR)
    with export_files.make_scratch_folder(current_settings().exports_folder) as scratch:
        book = spreadsheets.CallsWorkbook(
            zone=reader_zone(),
            speed=current_settings().simulator_time_scale,
            simulated=simulated,
            scratch=scratch,
        )
        try:
            _fill_spreadsheet(book, state, campaign_id)
        finally:
            content = book.close()
    with transaction(session):
        audit.record_audit_entry(
            session,
            actor=g.actor,
            action="call.export" if campaign_id is None else "campaign.export",
            object_type="page" if campaign_id is None else "campaign",
            object_id=campaign_id or "calls",
            now=now(),
            format="xlsx",
            calls=book.count,
            status=state.status,
            key=state.key,
            # Not the number itself, which would stay here after the person is forgotten.
            searched=bool(state.q) or None,
        )
    response = send_file(
        io.BytesIO(content),
        mimetype=spreadsheets.CONTENT_TYPE,
        as_attachment=True,
        download_name=spreadsheets.make_file_name(title, now().astimezone(ZoneInfo(reader_zone()))),
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _fill_spreadsheet(
    book: spreadsheets.CallsWorkbook, state: calls_table.CallsTableState, campaign_id: int | None
) -> None:
    """Raises StateConflict where a file cannot hold them."""
    most = spreadsheets.MOST_CALLS
    labels: dict[int, dict[str, str]] = {}
    # A session of its own, which lets go of each page once it is written.
    with Session(db.engine) as reader:
        for attempt in calls_table.read_all_calls(reader, state, campaign_id):
            if book.count == most:
                raise StateConflict(
                    f"an Excel file holds at most {most:,} calls, and more match: narrow the filter, or export a whole "
                    "campaign as CSV"
                )
            campaign = attempt.campaign
            if campaign is not None and campaign.id not in labels:
                labels[campaign.id] = list_key_labels(campaign)
            book.add_call(
                attempt.phone,
                "" if campaign is None else campaign.name,
                attempt_to_api(attempt),
                {} if campaign is None else labels[campaign.id],
            )


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
