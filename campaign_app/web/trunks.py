"""Trunk pages: the provider accounts, their limits and their state; and a test call to one's own number."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, flash, g, render_template, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from campaign_app.domain.call_price import describe_price, parse_price
from campaign_app.domain.countries import country_name, list_countries
from campaign_app.domain.errors import FieldError, InvalidInput, StateConflict, TooManyRequests
from campaign_app.domain.number_rules import TYPE_NAMES
from campaign_app.domain.trunk import SETTINGS, propose_countries, settings_of
from campaign_app.domain.trunk_check import StepName, StepState
from campaign_app.extensions import db
from campaign_app.http.current import (
    check_trunk_now,
    current_settings,
    current_trunk_bounds,
    current_vault,
    now,
    wake_engine,
)
from campaign_app.http.roles import require_proof, require_role
from campaign_app.models import Role, Trunk
from campaign_app.services import single_calls
from campaign_app.services import trunks as trunk_service
from campaign_app.services.trunk_status import get_trunk_status
from campaign_app.transaction import transaction

from .filter_values import find_unknown, refuse_unknown
from .filters import mask_text, to_sentence
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
    "price": None,
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
    refuse_unknown(find_unknown(request.args, {"provider": tuple(SETTINGS)}))
    provider = request.args.get("provider") or "simulator"
    return _render_form({**NEW_TRUNK, "provider": provider}, None)


@blueprint.post("/trunks/new")
@require_role(Role.ADMIN)
@require_proof
def create() -> Any:
    return _save_trunk(
        None,
        lambda data: trunk_service.create_trunk(
            db.session(), data, vault=current_vault(), bounds=current_trunk_bounds(), actor=g.actor, now=now()
        ),
        "Trunk {} created.",
    )


@blueprint.get(TRUNK_PATH)
@require_role(Role.VIEWER)
def show(trunk_id: int) -> str:
    return _render_form(_trunk_context(trunk_service.get_trunk(db.session(), trunk_id)), trunk_id)


@blueprint.post(TRUNK_PATH)
@require_role(Role.ADMIN)
@require_proof
def update(trunk_id: int) -> Any:
    return _save_trunk(
        trunk_id,
        lambda data: trunk_service.update_trunk(
            db.session(),
            trunk_id,
            data,
            vault=current_vault(),
            bounds=current_trunk_bounds(),
            actor=g.actor,
            now=now(),
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


@blueprint.post(f"{TRUNK_PATH}/check")
@require_role(Role.OPERATOR)
def check(trunk_id: int) -> Any:
    """Ask its provider whether calls can be placed; nobody is called."""
    trunk = check_trunk_now(trunk_id, g.actor)
    wake_engine()
    flash(*_describe_check(trunk))
    return redirect_after_post(url_for("trunks.show", trunk_id=trunk_id))


def _describe_check(trunk: Trunk) -> tuple[str, str]:
    """What a check found, in a sentence, with its tone."""
    if trunk.check_error is None:
        return f"Checked {trunk.name}: it can place calls.", "live"
    return f"{trunk.name} cannot place calls: {to_sentence(mask_text(trunk.check_error))}", "wait"


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
    current_trunk = (
        None if trunk_id is None else _trunk_context(trunk_service.get_trunk(db.session(), trunk_id))
    )
    if "choose" in request.form:
        # The provider was changed: its own fields, what else was typed kept.
        chosen = {**form_data, "settings": {}, "credentials": {}}
        return _render_form(chosen, trunk_id, current_trunk=current_trunk)
    if "propose" in request.form:
        proposed = list(propose_countries(form_data["caller_ids"]))
        proposal = {"number_types": [], **form_data, "countries": proposed}
        return _render_form(proposal, trunk_id, current_trunk=current_trunk)
    unanswered = _find_unanswered(form_data, trunk_id)
    try:
        with transaction(db.session()):
            trunk = write(form_data)
            if unanswered:
                raise InvalidInput(unanswered)
            name, saved_id = trunk.name, trunk.id
    except InvalidInput as error:
        errors = _place_errors(list(dict.fromkeys([*error.errors, *unanswered])))
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
    flash(success_message.format(name))
    checked = check_trunk_now(saved_id, None) if form_data["provider"] != "simulator" else None
    if checked is not None and checked.check_error is not None:
        flash(*_describe_check(checked))
    elif trunk_id is None:
        flash("Campaigns can use it now.")
    wake_engine()
    return redirect_after_post(url_for("trunks.show", trunk_id=saved_id))


STEP_TITLES = {
    StepName.REACH: ("Address reached", "The address cannot be reached"),
    StepName.SIGN_IN: ("Signed in", "It could not sign in"),
    StepName.PERMISSION: ("May place calls", "It may not place calls"),
    StepName.CALLER_ID: ("Caller ID belongs to the account", "The caller ID"),
    StepName.SOUND: ("Plays our sounds", "It cannot play our sounds"),
    StepName.CALLBACKS: ("Our public address answers", "Our public address"),
}
"""Of each step: what is true where it passed, or is to be checked, and what it found else."""
STEP_TONES = {StepState.OK: "live", StepState.FAILED: "bad", StepState.WARNING: "wait"}


def _list_check_steps(trunk: Trunk) -> list[dict[str, str]]:
    """The steps of the last check, as the page shows them."""
    shown = []
    for step in trunk.check_steps or ():
        state = StepState(step["state"])
        good, bad = STEP_TITLES[StepName(step["name"])]
        shown.append(
            {
                "title": good if state in (StepState.OK, StepState.UNTRIED) else bad,
                "tone": STEP_TONES.get(state, ""),
                "detail": to_sentence(mask_text(step["detail"])) if step["detail"] else "Not checked yet.",
            }
        )
    return shown


def _find_refused_setting(trunk: Trunk) -> str | None:
    """The field of the form that the last check found wrong."""
    failed = (step for step in trunk.check_steps or () if step["state"] == StepState.FAILED)
    name = next((step["setting"] for step in failed), None)
    if name is None:
        return None
    secret = any(setting.name == name for setting in settings_of(trunk.provider, secret=True))
    return f"{'credentials' if secret else 'settings'}.{name}"


LABELS = {
    "name": "Name",
    "provider": "Provider",
    "max_concurrent_calls": "Lines",
    "calls_per_second": "Calls per second",
    "caller_ids": "Caller IDs",
    "countries": "Countries",
    "to": "Your number",
    "test_to": "Your number",
    "number_types": "Costly types of number",
}


def _place_errors(errors: Sequence[FieldError]) -> dict[str, str]:
    """Each error by the field at which the form shows it; of a list of lines with the line."""
    placed: dict[str, str] = {}
    found: re.Match[str] | None
    for each in errors:
        found = re.fullmatch(r"caller_ids\[(\d+)\]", each.field)
        name, text = each.field, each.message
        if found:
            name, text = "caller_ids", f"line {int(found[1]) + 1} {each.message}"
        placed[name] = f"{placed[name]}; {text}" if name in placed else text
    return placed


def name_field(field: str) -> str:
    """A field as its label on the form has it."""
    place, _, name = field.partition(".")
    if place in ("settings", "credentials"):
        settings = (setting for provider in SETTINGS.values() for setting in provider)
        return next((setting.label for setting in settings if setting.name == name), name)
    return LABELS.get(field.partition("[")[0], field)


def _find_unanswered(given: Mapping[str, Any], trunk_id: int | None) -> list[FieldError]:
    """What is wrong where the form asked which countries a trunk may call, and has no answer."""
    if "countries_asked" not in request.form or "countries" in given or given["provider"] == "simulator":
        return []
    if trunk_id is not None and not request.form.getlist("number_types"):
        return []
    text = "choose the countries that it may call, or every country: there is no default"
    return [FieldError("countries", text)]


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
        "max_concurrent_calls": _parse_number(form.get("max_concurrent_calls", ""), int),
        "calls_per_second": _parse_number(form.get("calls_per_second", ""), float),
        "price": _read_price(form),
        **rules,
    }


def _read_price(form: MultiDict[str, str]) -> dict[str, str] | None:
    """None where neither a call nor a minute has a price, whatever the currency."""
    given = {name: form.get(f"price.{name}", "").strip() for name in ("currency", "per_call", "per_minute")}
    return given if given["per_call"] or given["per_minute"] else None


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
    current_trunk = current_trunk or (data if trunk_id is not None else None)
    context = {
        "trunk": data,
        "held": current_trunk,
        "trunk_id": trunk_id,
        "errors": errors or {},
        "name_field": name_field,
        "conflict": conflict,
        "test_to": test_to,
        "providers": list(SETTINGS),
        "open_settings": settings_of(str(data["provider"]), secret=False),
        "secret_settings": settings_of(str(data["provider"]), secret=True),
        "has_key": bool(current_settings().encryption_key),
        "users": [] if trunk_id is None else trunk_service.list_trunk_campaigns(db.session(), trunk_id),
    }
    context |= _countries(data, current_trunk, trunk_id)
    if status == 200:
        return render_template("trunks/form.html", **context)
    return render_refused_form("trunks/form.html", status, **context)


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


def _trunk_context(trunk: Trunk) -> dict[str, Any]:
    fields = trunk_service.to_api(db.session(), trunk, vault=current_vault(), now=now())
    if not fields["countries_chosen"]:
        # Nobody has chosen: the form offers, and says that it is every country until then.
        del fields["countries"], fields["number_types"]
    else:
        fields["country_names"] = [country_name(code) for code in fields["countries"] or ()]
    if trunk.price is not None and (price := parse_price(trunk.price)) is not None:
        fields["price_words"] = describe_price(price)
    fields["steps"] = _list_check_steps(trunk)
    fields["checked_at"] = trunk.checked_at
    fields["refused_setting"] = _find_refused_setting(trunk)
    fields["refusal"] = mask_text(trunk.check_error or "")
    return {**fields, "shown": light_trunk_lamp(get_trunk_status(trunk, now(), fields["credentials_error"]))}
