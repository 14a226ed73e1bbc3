"""Outside check: the address that is asked about numbers before they are called. For admins."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, render_template, url_for
from wtforms import BooleanField, SelectMultipleField, StringField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from campaign_app.domain.errors import InvalidInput, StateConflict
from campaign_app.domain.rulebook import Purpose
from campaign_app.extensions import db
from campaign_app.http.current import now, wake_engine
from campaign_app.http.outside_check import save_checked
from campaign_app.http.roles import require_role
from campaign_app.models import OutsideCheckRow, Role
from campaign_app.services import outside_check
from campaign_app.transaction import transaction

from .forms_people import PageForm, attach_errors
from .frame import redirect_after_post, render_refused_form

blueprint = Blueprint("outside_check", __name__)


class OutsideCheckForm(PageForm):
    url = StringField("Address")
    answers_hours = StringField("Hours for which an answer counts", default="24")
    timeout_seconds = StringField("Seconds until a question is given up", default="5")
    purposes = SelectMultipleField(
        "Only for calls with these purposes (optional)",
        choices=[SelectChoice(purpose.value, purpose.value.capitalize()) for purpose in Purpose],
        validate_choice=False,
    )
    countries = StringField("Only for numbers of these countries (optional)")
    new_secret = BooleanField("Make a new secret")

    def to_api(self) -> dict[str, Any]:
        """As the API would be given it; what is no number stays text, which is refused at its field."""
        codes = (self.countries.data or "").replace(",", " ").upper().split()
        return {
            "url": self.url.data,
            "answers_hours": _read_number(self.answers_hours.data, int),
            "timeout_seconds": _read_number(self.timeout_seconds.data, float),
            "purposes": self.purposes.data or None,
            "countries": codes or None,
            "new_secret": bool(self.new_secret.data),
        }


def _read_number(text: str | None, kind: type[int] | type[float]) -> object:
    text = (text or "").strip()
    try:
        return kind(text)
    except ValueError:
        return text


@blueprint.get("/rules/outside")
@require_role(Role.ADMIN, Role.COMPLIANCE)
def index() -> str:
    row = outside_check.find_outside_check(db.session())
    return render_template("rules/outside.html", **_context(_make_form(row), row))


@blueprint.post("/rules/outside")
@require_role(Role.ADMIN, Role.COMPLIANCE)
def save() -> Any:
    form = OutsideCheckForm()
    try:
        row, secret = save_checked(form.to_api(), g.actor)
    except (InvalidInput, StateConflict) as error:
        attach_errors(form, error)
        row_now = outside_check.find_outside_check(db.session())
        return render_refused_form("rules/outside.html", **_context(form, row_now))
    if secret is not None:
        # Shown here and never again, so there is no other page to be sent to.
        return render_template("rules/outside.html", **_context(_make_form(row), row), secret=secret)
    flash("Saved. Nobody to whom it applies is called without its answer.")
    return redirect_after_post(url_for("outside_check.index"))


@blueprint.post("/rules/outside/delete")
@require_role(Role.ADMIN, Role.COMPLIANCE)
def remove() -> Any:
    with transaction(db.session()):
        outside_check.delete_outside_check(db.session(), actor=g.actor, now=now())
    wake_engine()
    flash("The outside check was removed. Nobody is asked any more.", "wait")
    return redirect_after_post(url_for("outside_check.index"))


def _make_form(row: OutsideCheckRow | None) -> OutsideCheckForm:
    if row is None:
        return OutsideCheckForm(formdata=None)
    return OutsideCheckForm(
        formdata=None,
        data={
            "url": row.url,
            "answers_hours": str(row.answers_hours),
            "timeout_seconds": f"{row.timeout_seconds:g}",
            "purposes": row.purposes or [],
            "countries": ", ".join(row.countries or []),
        },
    )


def _context(form: OutsideCheckForm, row: OutsideCheckRow | None) -> dict[str, Any]:
    state = None if row is None else outside_check.outside_check_to_api(row)["status"]
    return {"form": form, "row": row, "state": state}
