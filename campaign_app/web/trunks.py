"""Trunk pages: the provider accounts, their limits and their state; and a test call to one's own number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, flash, g, render_template, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from campaign_app.domain.errors import InvalidInput, StateConflict, TooManyRequests
from campaign_app.domain.trunk import SETTINGS, settings_of
from campaign_app.extensions import db
from campaign_app.http.current import current_settings, current_vault, now, wake_engine
from campaign_app.http.roles import require_role
from campaign_app.models import Role, Trunk
from campaign_app.services import single_calls
from campaign_app.services import trunks as trunk_service
from campaign_app.services.trunk_status import get_trunk_status
from campaign_app.transaction import transaction

from .frame import redirect_after_post, render_refused_form
from .trunk_lamps import light_trunk_lamp

blueprint = Blueprint("trunks", __name__)
TRUNK_PATH = "/trunks/<id:trunk_id>"
NEW_TRUNK: dict[str, Any] = {
    "name": "",
    "provider": "simulator",
    "settings": {},
    "credentials": {},
    "caller_ids": [],
    "max_concurrent_calls": 10,
    "calls_per_second": None,
}


@blueprint.get("/trunks")
@require_role(Role.VIEWER)
def index() -> str:
    return render_template(
        "trunks/list.html",
        trunks=[_trunk_context(trunk) for trunk in trunk_service.list_trunks(db.session())],
    )


@blueprint.get("/trunks/new")
@require_role(Role.ADMIN)
def new() -> str:
    provider = request.args.get("provider", "simulator")
    return _render_form({**NEW_TRUNK, "provider": provider if provider in SETTINGS else "simulator"}, None)


@blueprint.post("/trunks/new")
@require_role(Role.ADMIN)
def create() -> Any:
    return _save_trunk(
        None,
        lambda data: trunk_service.create_trunk(
            db.session(), data, vault=current_vault(), actor=g.actor, now=now()
        ),
        "Trunk {} created. Campaigns can use it now.",
    )


@blueprint.get(TRUNK_PATH)
@require_role(Role.VIEWER)
def show(trunk_id: int) -> str:
    return _render_form(_trunk_context(trunk_service.get_trunk(db.session(), trunk_id)), trunk_id)


@blueprint.post(TRUNK_PATH)
@require_role(Role.ADMIN)
def update(trunk_id: int) -> Any:
    return _save_trunk(
        trunk_id,
        lambda data: trunk_service.update_trunk(
            db.session(), trunk_id, data, vault=current_vault(), actor=g.actor, now=now()
        ),
        "Saved {}. New calls use these settings.",
    )


@blueprint.post(f"{TRUNK_PATH}/<any(pause, resume):action>")
@require_role(Role.OPERATOR)
def act_on_trunk(trunk_id: int, action: str) -> Any:
    with transaction(db.session()) as session:
        if action == "pause":
            reason = request.form.get("reason", "").strip()[:500]
            trunk = trunk_service.pause_trunk(
                session, trunk_id, actor=g.actor, now=now(), reason=reason or None
            )
            message = f"{trunk.name} is paused. No new calls are made on it; calls in progress will finish."
        else:
            trunk = trunk_service.resume_trunk(session, trunk_id, actor=g.actor, now=now())
            message = f"Resumed {trunk.name}."
    wake_engine()
    flash(message, "wait" if action == "pause" else "message")
    return redirect_after_post(url_for("trunks.show", trunk_id=trunk_id))


@blueprint.post(f"{TRUNK_PATH}/delete")
@require_role(Role.ADMIN)
def delete(trunk_id: int) -> Any:
    trunk = trunk_service.get_trunk(db.session(), trunk_id)
    name = trunk.name
    try:
        with transaction(db.session()) as session:
            trunk_service.delete_trunk(
                session, trunk_id, default_name=current_settings().provider, actor=g.actor, now=now()
            )
    except StateConflict as error:
        return _render_form(
            _trunk_context(trunk_service.get_trunk(db.session(), trunk_id)),
            trunk_id,
            conflict=str(error),
            status=409,
        )
    flash(f"Deleted {name}.", "wait")
    return redirect_after_post(url_for("trunks.index"))


@blueprint.post(f"{TRUNK_PATH}/test")
@require_role(Role.OPERATOR)
def start_test_call(trunk_id: int) -> Any:
    """Call one's own number over this trunk, now; in no statistics."""
    trunk = trunk_service.get_trunk(db.session(), trunk_id)
    number = request.form.get("to", "").strip()
    try:
        with transaction(db.session()) as session:
            single_calls.place_test_call_on_trunk(session, trunk.name, number, actor=g.actor, now=now())
    except InvalidInput as error:
        errors = {("test_to" if each.field == "to" else each.field): each.message for each in error.errors}
        return _render_form(_trunk_context(trunk), trunk_id, errors=errors, test_to=number, status=422)
    except (StateConflict, TooManyRequests) as error:
        return _render_form(
            _trunk_context(trunk), trunk_id, conflict=str(error), test_to=number, status=error.status
        )
    wake_engine()
    calls_url = url_for("calls.index")
    flash(Markup('Calling {}. Follow it under <a href="{}">Calls</a>.').format(number, calls_url))
    return redirect_after_post(url_for("trunks.show", trunk_id=trunk_id))


def _save_trunk(
    trunk_id: int | None, write: Callable[[Mapping[str, Any]], Trunk], success_message: str
) -> Any:
    form_data = from_form(request.form)
    if "choose" in request.form:
        # The provider was changed: its own fields, what else was typed kept.
        return _render_form({**form_data, "settings": {}, "credentials": {}}, trunk_id)
    current_trunk = (
        None if trunk_id is None else _trunk_context(trunk_service.get_trunk(db.session(), trunk_id))
    )
    try:
        with transaction(db.session()):
            trunk = write(form_data)
            name, saved_id = trunk.name, trunk.id
    except InvalidInput as error:
        errors = {each.field: each.message for each in error.errors}
        return _render_form(
            {**(current_trunk or {}), **form_data},
            trunk_id,
            errors=errors,
            current_trunk=current_trunk,
            status=422,
        )
    except StateConflict as error:
        return _render_form(
            {**(current_trunk or {}), **form_data},
            trunk_id,
            conflict=str(error),
            current_trunk=current_trunk,
            status=409,
        )
    wake_engine()
    flash(success_message.format(name))
    return redirect_after_post(url_for("trunks.show", trunk_id=saved_id))


def from_form(form: MultiDict[str, str]) -> dict[str, Any]:
    """The API's shape of what was typed; numbers that are none stay text, which the check names."""
    provider = form.get("provider", "")
    secrets: dict[str, str | None] = {}
    for setting in settings_of(provider, secret=True):
        if form.get(f"credentials.{setting.name}"):
            secrets[setting.name] = form[f"credentials.{setting.name}"]
        elif form.get(f"forget.{setting.name}"):
            secrets[setting.name] = None
    return {
        "name": form.get("name", "").strip(),
        "provider": provider,
        "settings": {
            setting.name: form[f"settings.{setting.name}"].strip()
            for setting in settings_of(provider, secret=False)
            if form.get(f"settings.{setting.name}", "").strip()
        },
        "credentials": secrets,
        "caller_ids": form.get("caller_ids", "").split("\n") if form.get("caller_ids", "").strip() else [],
        "max_concurrent_calls": _parse_number(form.get("max_concurrent_calls", ""), int),
        "calls_per_second": _parse_number(form.get("calls_per_second", ""), float),
    }


def _parse_number(text: str, kind: type[int] | type[float]) -> Any:
    try:
        return kind(text) if text.strip() else None
    except ValueError:
        return text


def _render_form(
    data: Mapping[str, Any],
    trunk_id: int | None,
    *,
    errors: Mapping[str, str] | None = None,
    conflict: str | None = None,
    current_trunk: Mapping[str, Any] | None = None,
    test_to: str = "",
    status: int = 200,
) -> Any:
    context = {
        "trunk": data,
        "held": current_trunk or (data if trunk_id is not None else None),
        "trunk_id": trunk_id,
        "errors": errors or {},
        "conflict": conflict,
        "test_to": test_to,
        "providers": list(SETTINGS),
        "open_settings": settings_of(str(data["provider"]), secret=False),
        "secret_settings": settings_of(str(data["provider"]), secret=True),
        "has_key": bool(current_settings().encryption_key),
        "users": [] if trunk_id is None else trunk_service.list_trunk_campaigns(db.session(), trunk_id),
    }
    if status == 200:
        return render_template("trunks/form.html", **context)
    return render_refused_form("trunks/form.html", status, **context)


def _trunk_context(trunk: Trunk) -> dict[str, Any]:
    fields = trunk_service.to_api(db.session(), trunk, vault=current_vault(), now=now())
    return {**fields, "shown": light_trunk_lamp(get_trunk_status(trunk, now()))}
