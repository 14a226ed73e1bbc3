"""Calls over all campaigns, and single calls that belong to none."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from campaign_app.domain import phone as phones
from campaign_app.domain.errors import NotFound
from campaign_app.extensions import db
from campaign_app.models import Role
from campaign_app.roles import requires
from campaign_app.services import calls
from campaign_app.transaction import transaction

from . import calls_table
from .common import fragment, wake
from .frame import now, see

blueprint = Blueprint("calls", __name__)
POLL = 5
"""Seconds: this page is for looking things up, the campaigns' own pages follow more closely."""


@blueprint.get("/calls")
@requires(Role.VIEWER)
def index() -> str:
    return render_template("calls/index.html", **_table())


@blueprint.get("/calls/_calls")
@requires(Role.VIEWER)
def live() -> Response:
    return fragment(render_template("calls/_calls.html", **_table()))


def _table() -> dict[str, Any]:
    state = calls_table.read(request.args)
    return {
        "table": calls_table.load(db.session(), state, now()),
        "filters": calls_table.filters(None, None, state),
        "poll": POLL,
    }


@blueprint.post("/calls/hangup")
@requires(Role.OPERATOR)
def hangup() -> AnyResponse:
    """End one open call."""
    wanted = request.form.get("id", "")
    if not wanted.isdecimal() or len(wanted) > 18:
        raise NotFound("there is no such call")
    with transaction(db.session()) as session:
        attempt = calls.request_hangup(session, int(wanted), actor=g.actor, now=now())
        shown = phones.mask(attempt.phone)
    wake()
    flash(f"The provider is asked to end the call to {shown}.", "wait")
    return see(url_for("calls.index"))
