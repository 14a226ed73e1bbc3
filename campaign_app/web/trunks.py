"""Trunks: the provider accounts, their limits and their state; and a test call to one's own number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, current_app, flash, g, render_template, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from campaign_app.domain.countries import country_name, list_countries
from campaign_app.domain.errors import Conflict, FieldError, Invalid, TooManyRequests
from campaign_app.domain.number_rules import TYPE_NAMES
from campaign_app.domain.trunk import SETTINGS, propose_countries, settings_of
from campaign_app.extensions import db
from campaign_app.models import Role, Trunk
from campaign_app.roles import requires
from campaign_app.services import calls
from campaign_app.services import trunks as service
from campaign_app.services.trunk_state import trunk_state
from campaign_app.transaction import transaction

from .frame import now, refused, see, settings

blueprint = Blueprint("trunks", __name__)
ONE = "/trunks/<id:trunk_id>"
NEW: dict[str, Any] = {
    "name": "",
    "provider": "simulator",
    "settings": {},
    "credentials": {},
    "caller_ids": [],
    "max_concurrent_calls": 10,
    "calls_per_second": None,
}


@blueprint.get("/trunks")
@requires(Role.VIEWER)
def index() -> str:
    return render_template(
        "trunks/list.html", trunks=[_shown(trunk) for trunk in service.everything(db.session())]
    )


@blueprint.get("/trunks/new")
@requires(Role.ADMIN)
def new() -> str:
    provider = request.args.get("provider", "simulator")
    return _form({**NEW, "provider": provider if provider in SETTINGS else "simulator"}, None)


@blueprint.post("/trunks/new")
@requires(Role.ADMIN)
def create() -> Any:
    return _save(
        None,
        lambda data: service.create(db.session(), data, vault=_vault(), actor=g.actor, now=now()),
        "{} is there. Campaigns may choose it from now on.",
    )


@blueprint.get(ONE)
@requires(Role.VIEWER)
def show(trunk_id: int) -> str:
    return _form(_shown(service.get(db.session(), trunk_id)), trunk_id)


@blueprint.post(ONE)
@requires(Role.ADMIN)
def update(trunk_id: int) -> Any:
    return _save(
        trunk_id,
        lambda data: service.update(db.session(), trunk_id, data, vault=_vault(), actor=g.actor, now=now()),
        "The settings of {} hold from the next call on.",
    )


@blueprint.post(f"{ONE}/<any(pause, resume):action>")
@requires(Role.OPERATOR)
def act(trunk_id: int, action: str) -> Any:
    with transaction(db.session()) as session:
        if action == "pause":
            reason = request.form.get("reason", "").strip()[:500]
            trunk = service.pause(session, trunk_id, actor=g.actor, now=now(), reason=reason or None)
            said = f"{trunk.name} is paused: nothing is dialled on it, open calls go on to their end."
        else:
            trunk = service.resume(session, trunk_id, actor=g.actor, now=now())
            said = f"{trunk.name} dials again."
    _wake()
    flash(said, "wait" if action == "pause" else "message")
    return see(url_for("trunks.show", trunk_id=trunk_id))


@blueprint.post(f"{ONE}/delete")
@requires(Role.ADMIN)
def delete(trunk_id: int) -> Any:
    trunk = service.get(db.session(), trunk_id)
    name = trunk.name
    try:
        with transaction(db.session()) as session:
            service.delete(session, trunk_id, keep=settings().provider, actor=g.actor, now=now())
    except Conflict as error:
        return _form(_shown(service.get(db.session(), trunk_id)), trunk_id, conflict=str(error), status=409)
    flash(f"{name} is deleted.", "wait")
    return see(url_for("trunks.index"))


@blueprint.post(f"{ONE}/test")
@requires(Role.OPERATOR)
def test(trunk_id: int) -> Any:
    """Call one's own number over this trunk, now; in no statistics."""
    trunk = service.get(db.session(), trunk_id)
    number = request.form.get("to", "").strip()
    try:
        with transaction(db.session()) as session:
            calls.test_trunk(session, trunk.name, number, actor=g.actor, now=now())
    except Invalid as error:
        errors = {("test_to" if each.field == "to" else each.field): each.message for each in error.errors}
        return _form(_shown(trunk), trunk_id, errors=errors, test_to=number, status=422)
    except (Conflict, TooManyRequests) as error:
        return _form(_shown(trunk), trunk_id, conflict=str(error), test_to=number, status=error.status)
    _wake()
    where = url_for("calls.index")
    flash(Markup('Calling {}: see how it goes among the <a href="{}">calls</a>.').format(number, where))
    return see(url_for("trunks.show", trunk_id=trunk_id))


def _save(trunk_id: int | None, write: Callable[[Mapping[str, Any]], Trunk], said: str) -> Any:
    given = from_form(request.form)
    if "choose" in request.form:
        # The provider was changed: its own fields, what else was typed kept.
        return _form({**given, "settings": {}, "credentials": {}}, trunk_id)
    if "propose" in request.form:
        proposed = list(propose_countries(given["caller_ids"]))
        return _form({"number_types": [], **given, "countries": proposed}, trunk_id)
    held = None if trunk_id is None else _shown(service.get(db.session(), trunk_id))
    try:
        with transaction(db.session()):
            _ask_countries(given, trunk_id)
            trunk = write(given)
            name, saved = trunk.name, trunk.id
    except Invalid as error:
        errors = {each.field: each.message for each in error.errors}
        return _form({**(held or {}), **given}, trunk_id, errors=errors, held=held, status=422)
    except Conflict as error:
        return _form({**(held or {}), **given}, trunk_id, conflict=str(error), held=held, status=409)
    _wake()
    flash(said.format(name))
    return see(url_for("trunks.show", trunk_id=saved))


def _ask_countries(given: Mapping[str, Any], trunk_id: int | None) -> None:
    """Raises Invalid where the form asked which countries a trunk may call, and has no answer."""
    if "countries_asked" not in request.form or "countries" in given or given["provider"] == "simulator":
        return
    if trunk_id is None or request.form.getlist("number_types"):
        raise Invalid(
            [
                FieldError(
                    "countries",
                    "choose the countries that it may call, or every country: there is no default",
                )
            ]
        )


def from_form(form: MultiDict[str, str]) -> dict[str, Any]:
    """The API's shape of what was typed; numbers that are none stay text, which the check names."""
    provider = form.get("provider", "")
    rules: dict[str, Any] = {}
    ticked = form.getlist("countries")
    choice = form.get("countries_of", "these" if ticked else "")
    # "Every country" is the simulator's own; for who calls people it must have been chosen.
    preset = form.get("countries_asked") == "simulator" != provider
    if choice == "these" or (choice == "every" and not preset):
        rules["countries"] = ticked if choice == "these" else None
        rules["number_types"] = form.getlist("number_types")
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
        "max_concurrent_calls": _number(form.get("max_concurrent_calls", ""), int),
        "calls_per_second": _number(form.get("calls_per_second", ""), float),
        **rules,
    }


def _number(text: str, kind: type[int] | type[float]) -> Any:
    try:
        return kind(text) if text.strip() else None
    except ValueError:
        return text


def _form(
    data: Mapping[str, Any],
    trunk_id: int | None,
    *,
    errors: Mapping[str, str] | None = None,
    conflict: str | None = None,
    held: Mapping[str, Any] | None = None,
    test_to: str = "",
    status: int = 200,
) -> Any:
    held = held or (data if trunk_id is not None else None)
    context = {
        "trunk": data,
        "held": held,
        "trunk_id": trunk_id,
        "errors": errors or {},
        "conflict": conflict,
        "test_to": test_to,
        "providers": list(SETTINGS),
        "open_settings": settings_of(str(data["provider"]), secret=False),
        "secret_settings": settings_of(str(data["provider"]), secret=True),
        "has_key": bool(settings().encryption_key),
        "users": [] if trunk_id is None else service.used_by(db.session(), trunk_id),
    }
    context |= _countries(data, held, trunk_id)
    if status == 200:
        return render_template("trunks/form.html", **context)
    return refused("trunks/form.html", status, **context)


def _countries(
    data: Mapping[str, Any], held: Mapping[str, Any] | None, trunk_id: int | None
) -> dict[str, Any]:
    """What the form shows of the countries; where `data` has none, nobody has chosen yet."""
    proposed = propose_countries(data.get("caller_ids"))
    chosen: Any = data.get("countries")
    if "countries" in data:
        choice = "every" if chosen is None else "these"
    elif data["provider"] == "simulator":
        choice = "every"
    elif trunk_id is None and proposed:
        choice, chosen = "these", proposed
    else:
        choice = ""
    ticked = frozenset(chosen or ())
    named = list_countries()
    return {
        "country_choice": choice,
        "ticked": ticked,
        "first_countries": [pair for pair in named if pair[0] in ticked.union(proposed)],
        "other_countries": [pair for pair in named if pair[0] not in ticked.union(proposed)],
        "proposed": [country_name(code) for code in proposed],
        "type_names": TYPE_NAMES,
        "unchosen": held is not None and "countries" not in held,
    }


def _shown(trunk: Trunk) -> dict[str, Any]:
    shown = service.to_api(db.session(), trunk, vault=_vault(), now=now())
    if not shown["countries_chosen"]:
        # Nobody has chosen: the form offers, and says that it is every country until then.
        del shown["countries"], shown["number_types"]
    else:
        shown["country_names"] = [country_name(code) for code in shown["countries"] or ()]
    return {**shown, "shown": trunk_state(trunk, now())}


def _vault() -> service.Vault:
    vault: service.Vault = current_app.extensions["switchboard"].vault
    return vault


def _wake() -> None:
    current_app.extensions["switchboard"].wake()
