"""Numbers that are never dialled: search, add, remove."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, render_template, request
from werkzeug.wrappers import Response

from campaign_app.domain import phone as phones
from campaign_app.domain.errors import InvalidInput
from campaign_app.extensions import db
from campaign_app.http.current import now
from campaign_app.http.roles import require_role
from campaign_app.models import Role
from campaign_app.queries import tables
from campaign_app.services import do_not_call
from campaign_app.transaction import transaction

from . import forms_people as forms
from .frame import redirect_after_post, render_refused_form

blueprint = Blueprint("do_not_call", __name__)
PAGE_SIZE = 50


@blueprint.get("/do-not-call")
@require_role(Role.VIEWER)
def index() -> str:
    return render_template("do_not_call/list.html", **_list_context(forms.DoNotCallEntry(formdata=None)))


@blueprint.post("/do-not-call")
@require_role(Role.OPERATOR)
def add_number() -> Any:
    form = forms.DoNotCallEntry()
    if form.validate():
        try:
            with transaction(db.session()):
                entry = do_not_call.add_do_not_call_entry(
                    db.session(),
                    form.phone.data or "",
                    region=form.region.data or None,
                    campaign_id=None,
                    reason=(form.reason.data or "").strip() or None,
                    source="operator",
                    actor=g.actor,
                    now=now(),
                )
        except InvalidInput as error:
            forms.attach_errors(form, error)
        else:
            flash(
                f"{phones.mask(entry.phone)} is not called any more; a call that is open goes on to its end."
            )
            return redirect_after_post("/do-not-call")
    return render_refused_form("do_not_call/list.html", **_list_context(form))


@blueprint.post("/do-not-call/<id:entry_id>/remove")
@require_role(Role.OPERATOR)
def remove_number(entry_id: int) -> Response:
    with transaction(db.session()):
        do_not_call.remove_do_not_call_entry(db.session(), entry_id, actor=g.actor, now=now())
    flash(
        "Removed. Contacts that it held back stay suppressed and are not called by surprise.",
        "wait",
    )
    return redirect_after_post("/do-not-call")


def _list_context(form: forms.DoNotCallEntry) -> dict[str, Any]:
    search = request.args.get("q", "").strip()
    page = tables.list_do_not_call(
        db.session(), search=search or None, cursor=request.args.get("cursor"), limit=PAGE_SIZE
    )
    return {"form": form, "page": page, "search": search}
