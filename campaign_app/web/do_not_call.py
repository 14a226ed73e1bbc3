"""Numbers that are never dialled: search, add, remove."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, render_template, request
from werkzeug.wrappers import Response

from campaign_app.domain import phone as phones
from campaign_app.domain.errors import Invalid
from campaign_app.extensions import db
from campaign_app.models import Role
from campaign_app.queries import tables
from campaign_app.roles import requires
from campaign_app.services import do_not_call
from campaign_app.transaction import transaction

from . import forms_people as forms
from .frame import now, refused, see

blueprint = Blueprint("do_not_call", __name__)
PAGE = 50


@blueprint.get("/do-not-call")
@requires(Role.VIEWER)
def index() -> str:
    return render_template("do_not_call/list.html", **_list(forms.DoNotCallEntry(formdata=None)))


@blueprint.post("/do-not-call")
@requires(Role.OPERATOR)
def add() -> Any:
    form = forms.DoNotCallEntry()
    if form.validate():
        try:
            with transaction(db.session()):
                entry = do_not_call.add(
                    db.session(),
                    form.phone.data or "",
                    region=form.region.data or None,
                    campaign_id=None,
                    reason=(form.reason.data or "").strip() or None,
                    source="operator",
                    actor=g.actor,
                    now=now(),
                )
        except Invalid as error:
            forms.take_errors(form, error)
        else:
            flash(
                f"{phones.mask(entry.phone)} is not called any more; a call that is open goes on to its end."
            )
            return see("/do-not-call")
    return refused("do_not_call/list.html", **_list(form))


@blueprint.post("/do-not-call/<id:entry_id>/remove")
@requires(Role.OPERATOR)
def remove(entry_id: int) -> Response:
    with transaction(db.session()):
        do_not_call.remove(
            db.session(), entry_id, reason=request.form.get("reason"), actor=g.actor, now=now()
        )
    flash(
        "Removed. Contacts that it held back stay suppressed and are not called by surprise.",
        "wait",
    )
    return see("/do-not-call")


def _list(form: forms.DoNotCallEntry) -> dict[str, Any]:
    search = request.args.get("q", "").strip()
    page = tables.do_not_call(
        db.session(), search=search or None, cursor=request.args.get("cursor"), limit=PAGE
    )
    return {"form": form, "page": page, "search": search}
