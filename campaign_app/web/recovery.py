"""The calls that a database which went backwards has lost: the page, asking for them, and dialling again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, render_template, request
from werkzeug.wrappers import Response

from campaign_app.domain.errors import StateConflict
from campaign_app.extensions import db
from campaign_app.models import Role
from campaign_app.roles import requires
from campaign_app.services import recovery
from campaign_app.transaction import transaction

from .common import fragment, wake
from .frame import now, refused, see

blueprint = Blueprint("recovery", __name__)
PAGE = "/health/lost-calls"


@blueprint.get(PAGE)
@requires(Role.VIEWER)
def index() -> str:
    return render_template("recovery/show.html", **_state())


@blueprint.get(f"{PAGE}/_live")
@requires(Role.VIEWER)
def live() -> Response:
    return fragment(render_template("recovery/_live.html", **_state()))


@blueprint.post(f"{PAGE}/run")
@requires(Role.OPERATOR)
def run() -> Any:
    give_up = request.form.get("give_up") == "yes"
    try:
        with transaction(db.session()):
            recovery.request_recovery(db.session(), actor=g.actor, now=now(), give_up=give_up)
    except StateConflict as error:
        return refused("recovery/show.html", 409, refusal=str(error), **_state())
    wake()
    flash("An engine writes back what is left." if give_up else "An engine asks the providers now.", "wait")
    return see(PAGE)


@blueprint.post(f"{PAGE}/release")
@requires(Role.OPERATOR)
def release() -> Any:
    try:
        with transaction(db.session()):
            recovery.release_quarantine(db.session(), actor=g.actor, now=now())
    except StateConflict as error:
        return refused("recovery/show.html", 409, refusal=str(error), **_state())
    wake()
    flash("Dialling goes on.")
    return see(PAGE)


def _state() -> dict[str, Any]:
    calls = recovery.list_lost_calls(db.session())
    return {"quarantine": recovery.get_quarantine(db.session()), "calls": calls, "most": len(calls)}
