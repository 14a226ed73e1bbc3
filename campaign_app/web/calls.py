"""Calls page: calls over all campaigns, and single calls that belong to none."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from campaign_app.domain import phone as phones
from campaign_app.domain.errors import NotFound
from campaign_app.extensions import db
from campaign_app.http.current import now, wake_engine
from campaign_app.http.roles import require_role
from campaign_app.http.routing import parse_id
from campaign_app.models import Role
from campaign_app.queries import unresolved
from campaign_app.services import single_calls
from campaign_app.transaction import transaction

from . import calls_table
from .common import shared_fragment
from .frame import redirect_after_post

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
