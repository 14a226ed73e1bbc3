"""Settings page: what this installation is set to and where each value comes from; API tokens."""

from __future__ import annotations

import os
from dataclasses import MISSING, dataclass, fields
from typing import Any

from flask import Blueprint, flash, g, render_template, request, url_for
from werkzeug.wrappers import Response

from campaign_app.config import PREFIX, SECRETS, Settings
from campaign_app.domain.errors import FieldError, InvalidInput, StateConflict
from campaign_app.extensions import db
from campaign_app.http.current import current_settings, now
from campaign_app.http.roles import require_proof, require_role
from campaign_app.http.routing import parse_id
from campaign_app.models import Role
from campaign_app.services import public_address
from campaign_app.services.people import tokens, users
from campaign_app.transaction import transaction

from . import forms_people as forms
from .frame import redirect_after_post, render_refused_form

blueprint = Blueprint("settings", __name__)
OF_TESTS = frozenset({"CRASH_AT"})


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting as the page shows it. `source`: environment, default, or program (handed to create_app)."""

    name: str
    text: str
    source: str


def list_settings(settings: Settings, environ: Any = os.environ) -> list[SettingRow]:
    """Every setting; those that have been set come first. Of a secret it says only whether it is set. What only tests
    use is listed only while it is set."""
    setting_rows = []
    for field in fields(settings):
        name, value = field.name.upper(), getattr(settings, field.name)
        if name in OF_TESTS and value is None:
            continue
        if environ.get(PREFIX + name):
            source = "environment"
        elif field.default is MISSING or value == field.default:
            source = "default"
        else:
            source = "program"
        setting_rows.append(SettingRow(PREFIX + name, _format_value(name, value), source))
    return sorted(setting_rows, key=lambda row: (row.source == "default", row.name))


def _format_value(name: str, value: object) -> str:
    if value is None or value == ():
        return "not set"
    if name in SECRETS:
        return "set"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


@blueprint.get("/settings")
@require_role(Role.VIEWER)
def index() -> str:
    notes = public_address.list_public_url_problems(db.session(), current_settings().public_url)
    return render_template("settings/settings.html", rows=list_settings(current_settings()), notes=notes)


@blueprint.get("/settings/tokens")
@require_role(Role.ADMIN)
def token_list() -> str:
    return render_template("settings/tokens.html", **_tokens_context(forms.NewToken(formdata=None)))


@blueprint.post("/settings/tokens")
@require_role(Role.ADMIN)
@require_proof
def create_token() -> Any:
    form = forms.NewToken()
    if form.validate():
        try:
            with transaction(db.session()):
                token, plain = tokens.create_token(
                    db.session(),
                    form.name.data or "",
                    Role(form.role.data),
                    actor=g.actor,
                    now=now(),
                    days=form.days.data if form.days.data is not None else tokens.DEFAULT_DAYS,
                    campaigns=_read_campaigns(form.campaigns.data or ""),
                    maker_id=g.user.id,
                )
        except (InvalidInput, StateConflict) as error:
            forms.attach_errors(form, error)
        else:
            # No redirect: the plain text would have to wait somewhere for the next page.
            page = render_template("settings/token_made.html", token=token, plain=plain)
            return page, 201, {"Cache-Control": "no-store"}
    return render_refused_form("settings/tokens.html", **_tokens_context(form))


def _read_campaigns(text: str) -> list[int]:
    """Campaign ids with commas. Raises InvalidInput."""
    ids = [parse_id(part.strip()) for part in text.split(",") if part.strip()]
    if None in ids:
        problem = "give the numbers of campaigns with commas, such as 12, 15; leave it empty for all"
        raise InvalidInput([FieldError("campaigns", problem)])
    return [each for each in ids if each is not None]


@blueprint.post("/settings/tokens/<id:token_id>/hand-over")
@require_role(Role.ADMIN)
@require_proof
def hand_over_token(token_id: int) -> Response:
    user_id = parse_id(request.form.get("to"))
    if user_id is None:
        raise InvalidInput([FieldError("to", "choose the account that the token should belong to")])
    with transaction(db.session()):
        token = tokens.hand_over_token(db.session(), token_id, user_id, actor=g.actor, now=now())
    flash(f"{token.name} belongs to another account now.")
    return redirect_after_post(url_for("settings.token_list"))


@blueprint.post("/settings/tokens/<id:token_id>/end")
@require_role(Role.ADMIN)
@require_proof
def end_token(token_id: int) -> Response:
    """Tokens of before tokens had an end get one."""
    days = parse_id(request.form.get("days"))
    with transaction(db.session()):
        token = tokens.give_token_an_end(db.session(), token_id, days=days, actor=g.actor, now=now())
        name = token.name
    flash(f"{name} ends in {days} days.")
    return redirect_after_post(url_for("settings.token_list"))


@blueprint.post("/settings/tokens/<id:token_id>/revoke")
@require_role(Role.ADMIN)
def revoke_token(token_id: int) -> Response:
    with transaction(db.session()):
        token = tokens.revoke_token(db.session(), token_id, actor=g.actor, now=now())
    flash(f"Revoked {token.name}.", "wait")
    return redirect_after_post(url_for("settings.token_list"))


def _tokens_context(form: forms.NewToken) -> dict[str, Any]:
    people = users.list_users(db.session())
    by_id = {each.id: each for each in people}
    listed = tokens.list_tokens(db.session())
    return {
        "form": form,
        "tokens": listed,
        "above_role": {
            each.id
            for each in listed
            if each.maker_id is not None
            and each.maker_id in by_id
            and tokens.exceeds_role(each, by_id[each.maker_id])
        },
        "now": now(),
        "people": [each for each in people if each.disabled_at is None],
        "emails": {each.id: each.email for each in people},
        "disabled": {each.id for each in people if each.disabled_at is not None},
    }
