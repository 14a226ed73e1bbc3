"""Recovery page: calls that the database lost when it went back in time, asking for them, and resuming dialing."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, render_template, request, url_for
from werkzeug.wrappers import Response

from campaign_app.domain.errors import StateConflict
from campaign_app.extensions import db
from campaign_app.http.current import now, wake_engine
from campaign_app.http.roles import require_role
from campaign_app.models import Role
from campaign_app.services import recovery
from campaign_app.transaction import transaction

from .common import fragment_response
from .frame import redirect_after_post, render_refused_form

blueprint = Blueprint("recovery", __name__)
PAGE_PATH = "/health/lost-calls"


@blueprint.get(PAGE_PATH)
@require_role(Role.VIEWER)
def index() -> str:
    return render_template("recovery/show.html", **_state_context())


@blueprint.get(f"{PAGE_PATH}/_live")
@require_role(Role.VIEWER)
def live_fragment() -> Response:
    return fragment_response(render_template("recovery/_live.html", **_state_context()))


@blueprint.post(f"{PAGE_PATH}/run")
@require_role(Role.OPERATOR)
def start_recovery() -> Any:
    give_up = request.form.get("give_up") == "yes"
    try:
        with transaction(db.session()):
            recovery.request_recovery(db.session(), actor=g.actor, now=now(), give_up=give_up)
    except StateConflict as error:
        return render_refused_form("recovery/show.html", 409, refusal=str(error), **_state_context())
    wake_engine()
    flash(
        "Writing back the remaining calls." if give_up else "Asking the carriers about the missing calls.",
        "wait",
    )
    return redirect_after_post(url_for("recovery.index"))


@blueprint.post(f"{PAGE_PATH}/release")
@require_role(Role.OPERATOR)
def resume_dialing() -> Any:
    try:
        with transaction(db.session()):
            recovery.release_quarantine(db.session(), actor=g.actor, now=now())
    except StateConflict as error:
        return render_refused_form("recovery/show.html", 409, refusal=str(error), **_state_context())
    wake_engine()
    flash("Calling has resumed.")
    return redirect_after_post(url_for("recovery.index"))


def _state_context() -> dict[str, Any]:
    calls = recovery.list_lost_calls(db.session())
    quarantine = recovery.get_quarantine(db.session())
    doubt = None if quarantine is None else quarantine.doubt
    return {
        "quarantine": quarantine,
        "doubt_lines": [] if doubt is None else recovery.describe_doubt(doubt),
        "calls": calls,
        "most": len(calls),
    }
