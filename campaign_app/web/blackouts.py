"""Blackouts: countries and states that are closed, were, or will be; close one, and lift it."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, render_template, request, url_for

from campaign_app.domain.blackouts import BlackoutState
from campaign_app.domain.errors import InvalidInput, StateConflict
from campaign_app.extensions import db
from campaign_app.http.current import now, wake_engine
from campaign_app.http.roles import require_role
from campaign_app.models import Role
from campaign_app.services import blackouts
from campaign_app.transaction import transaction

from .filters import count_people
from .forms_blackouts import LiftBlackout, NewBlackout
from .forms_people import attach_errors
from .frame import redirect_after_post, render_refused_form
from .zone_choices import list_zone_choices

blueprint = Blueprint("blackouts", __name__)
GROUPS = (
    (BlackoutState.IN_FORCE, "In force"),
    (BlackoutState.COMING, "Coming"),
    (BlackoutState.OVER, "Over"),
)
MOST_OVER = 100


@blueprint.get("/rules/blackouts")
@require_role(Role.VIEWER)
def index() -> str:
    """With a query string, the form is filled in by it: the start page asks so about a holiday."""
    form = NewBlackout(request.args) if request.args else NewBlackout(formdata=None)
    return render_template("rules/blackouts.html", **_list_context(form))


@blueprint.post("/rules/blackouts")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def add() -> Any:
    """The first time it shows whom it would hold; confirmed, it closes the place."""
    form = NewBlackout()
    try:
        data = form.to_api()
        new = blackouts.parse_blackout(data, now())
        if not request.form.get("confirmed"):
            blackout = new.as_of(now())
            return render_template(
                "rules/blackout_confirm.html",
                form=form,
                blackout=blackout,
                from_now=new.starts_at is None,
                source=new.source,
                held=blackouts.count_people_held(db.session(), blackout),
            )
        with transaction(db.session()):
            row = blackouts.add_blackout(db.session(), data, actor=g.actor, read_now=now)
            blackout = blackouts.make_blackout(row)
    except InvalidInput as error:
        attach_errors(form, error)
        return render_refused_form("rules/blackouts.html", **_list_context(form))
    held = count_people(blackouts.count_people_held(db.session(), blackout))
    word = "is closed" if blackout.find_state(now()) is BlackoutState.IN_FORCE else "will be closed"
    flash(f"{blackout.place} {word}. Of those who wait in running campaigns it concerns {held}.", "wait")
    return redirect_after_post(url_for("blackouts.index"))


@blueprint.get("/rules/blackouts/<id:blackout_id>/lift")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def confirm_lift(blackout_id: int) -> str:
    return render_template(
        "rules/blackout_lift.html", **_lift_context(blackout_id, LiftBlackout(formdata=None))
    )


@blueprint.post("/rules/blackouts/<id:blackout_id>/lift")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def lift(blackout_id: int) -> Any:
    form = LiftBlackout()
    try:
        with transaction(db.session()):
            row = blackouts.lift_blackout(
                db.session(), blackout_id, reason=form.reason.data, actor=g.actor, read_now=now
            )
            place = blackouts.make_blackout(row).place
    except InvalidInput as error:
        attach_errors(form, error)
        return render_refused_form("rules/blackout_lift.html", **_lift_context(blackout_id, form))
    except StateConflict as error:
        attach_errors(form, error)
        return render_refused_form("rules/blackout_lift.html", 409, **_lift_context(blackout_id, form))
    wake_engine()
    flash(f"People in {place} may be called again.")
    return redirect_after_post(url_for("blackouts.index"))


def _list_context(form: NewBlackout) -> dict[str, Any]:
    groups = blackouts.list_blackouts(db.session(), now())
    return {
        "form": form,
        "zones": list_zone_choices(now()),
        "groups": [
            (
                state.value,
                title,
                [(row, blackouts.make_blackout(row).place) for row in groups[state][:MOST_OVER]],
            )
            for state, title in GROUPS
        ],
    }


def _lift_context(blackout_id: int, form: LiftBlackout) -> dict[str, Any]:
    row = blackouts.get_blackout(db.session(), blackout_id)
    blackout = blackouts.make_blackout(row)
    return {
        "form": form,
        "row": row,
        "place": blackout.place,
        "held": blackouts.count_people_held(db.session(), blackout),
    }
