"""Privacy pages: forget a person, with what is held told first; what was forgotten; how long records stay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, flash, g, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from campaign_app.domain import phone as phones
from campaign_app.domain.erasure import is_forgotten
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound, StateConflict
from campaign_app.domain.retention import LEAST_CALL_DAYS, Kind, list_duties, parse_rules
from campaign_app.extensions import db
from campaign_app.http.current import forget_now, now
from campaign_app.http.roles import require_proof, require_role
from campaign_app.models import Role
from campaign_app.services import erasure, retention
from campaign_app.services.person_export import export_person
from campaign_app.transaction import transaction

from . import why_page
from .filters import capitalize_first
from .frame import redirect_after_post, render_refused_form
from .why_page import NumberReference

blueprint = Blueprint("privacy", __name__)
HELD_WORDS = {
    "contacts": ("contact", "contacts"),
    "calls": ("call", "calls"),
    "do_not_call": ("do-not-call entry", "do-not-call entries"),
    "do_not_call_removals": ("removed do-not-call entry", "removed do-not-call entries"),
    "confirmed_numbers": ("confirmed number", "confirmed numbers"),
    "outside_answers": ("answer of the outside check", "answers of the outside check"),
}
KIND_WORDS = {
    Kind.VARIABLES: (
        "Variables",
        "What files said of people in campaigns that are over, except number and consent.",
    ),
    Kind.CONTACTS: ("Contacts", "People in campaigns that are over, with their consent."),
    Kind.CALL_RECORDS: (
        "Call records",
        f"Calls of campaigns that are over, and single calls. At least {LEAST_CALL_DAYS} days: limits count them.",
    ),
    Kind.RECORDINGS: ("Recordings", "Sounds that only archived campaigns use."),
    Kind.UPLOADS: (
        "Uploads",
        "Rows that were left out, samples, uploads nobody confirmed, numbers in journals, exported files.",
    ),
    Kind.AUDIT: ("Audit log", "Except who created or edited a campaign: past calls are proved by it."),
}


def read_reference(args: Mapping[str, str]) -> NumberReference:
    """Raises NotFound, also for a contact whose person was forgotten; InvalidInput."""
    reference = why_page.read_reference(args)
    if is_forgotten(reference.phone):
        raise NotFound("this person was forgotten already")
    return reference


@blueprint.get("/people/forget")
@require_role(Role.ADMIN)
def confirm_forget() -> Any:
    if not request.args.keys() & {"phone", "contact"}:
        return render_template("privacy/forget_lookup.html", form=why_page.NumberLookup(formdata=None))
    try:
        reference = read_reference(request.args)
    except InvalidInput as error:
        return why_page.render_refused_lookup("privacy/forget_lookup.html", request.args, error)
    return render_template("privacy/forget.html", **_forget_context(reference))


@blueprint.post("/people/forget")
@require_role(Role.ADMIN)
@require_proof
def forget() -> Any:
    """Erase the person. The page that follows is named by no number."""
    try:
        reference = read_reference(request.form)
    except InvalidInput as error:
        return why_page.render_refused_lookup("privacy/forget_lookup.html", request.form, error)
    keep = request.form.get("keep", "yes") == "yes"
    try:
        if request.form.get("sure") != "yes":
            raise InvalidInput([FieldError("sure", "confirm that this cannot be undone")])
        with transaction(db.session()) as session:
            made = erasure.request_erasure(
                session,
                reference.phone,
                reason=request.form.get("reason"),
                keep_on_do_not_call=keep,
                actor=g.actor,
                now=now(),
            )
    except InvalidInput as error:
        problems = {each.field: capitalize_first(each.message) for each in error.errors}
        return render_refused_form("privacy/forget.html", **_forget_context(reference, problems))
    except StateConflict as error:
        problems = {"": capitalize_first(str(error))}
        return render_refused_form("privacy/forget.html", 409, **_forget_context(reference, problems))
    done = forget_now(made.id)
    flash(
        "This person is forgotten."
        if done.state == "done"
        else "This person is being forgotten; it goes on by itself.",
        "wait",
    )
    return redirect_after_post(url_for("privacy.show_erasure", erasure_id=made.id))


@blueprint.post("/people/export")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def export() -> AnyResponse:
    """What is held of a number, as a file. No cache keeps it."""
    with transaction(db.session()) as session:
        reference = read_reference(request.form)
        exported = export_person(
            session, reference.phone, masked=not g.role.allows(Role.ADMIN), actor=g.actor, now=now()
        )
    response = Response(json.dumps(exported, ensure_ascii=False, indent=2), mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="person.json"'
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/people/erasures")
@require_role(Role.ADMIN)
def list_erasures() -> str:
    return render_template("privacy/erasures.html", erasures=erasure.list_erasures(db.session()))


@blueprint.get("/people/erasures/<id:erasure_id>")
@require_role(Role.ADMIN)
def show_erasure(erasure_id: int) -> str:
    return render_template(
        "privacy/erasure.html", erasure=erasure.get_erasure(db.session(), erasure_id), words=describe_erased
    )


def describe_erased(what: str) -> str:
    return {
        "mentions": "mentions in other texts",
        **{name: many for name, (_, many) in HELD_WORDS.items()},
    }.get(what, what.replace("_", " "))


def _forget_context(reference: NumberReference, problems: Mapping[str, str] | None = None) -> dict[str, Any]:
    keep = request.form.get("keep", "yes") == "yes"
    held = erasure.describe_held(db.session(), reference.phone, now(), keep=True)
    return {
        "reference": reference,
        "number": phones.mask(reference.phone),
        "held": [
            (count, one if count == 1 else many)
            for what, count in held.counts.items()
            if count
            for one, many in [HELD_WORDS.get(what, (what, what))]
        ],
        "kept": held.kept,
        "obstacle": held.obstacle,
        "problems": problems or {},
        "reason": request.form.get("reason", ""),
        "keep": keep,
    }


@blueprint.get("/settings/retention")
@require_role(Role.ADMIN)
def show_retention() -> str:
    """The periods as they are set."""
    rules = retention.load_rules(db.session())
    return render_template("settings/retention.html", **_retention_context(rules.to_json(), tried=False))


@blueprint.post("/settings/retention")
@require_role(Role.ADMIN)
def save_retention() -> Any:
    """Save what was typed, or only show what it would remove."""
    data, problems = _read_periods(request.form)
    if problems:
        return render_refused_form(
            "settings/retention.html", **_retention_context(data, problems, tried=True)
        )
    if "preview" in request.form:
        return render_template("settings/retention.html", **_retention_context(data, tried=True))
    with transaction(db.session()) as session:
        rules = retention.save_rules(session, data, actor=g.actor, now=now())
    if any(rules.get(kind).days is not None for kind in Kind):
        flash("Saved. What is older than that is removed within the hour.", "wait")
    else:
        flash("Saved. Nothing is removed: everything is kept for good.")
    return redirect_after_post(url_for("privacy.show_retention"))


def _read_periods(args: Mapping[str, str]) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """What was typed, as the API has it, and what is wrong with it, by field."""
    data: dict[str, dict[str, Any]] = {}
    for kind in Kind:
        text = args.get(f"{kind.value}.days", "").strip().replace(",", "")
        days: Any = (
            None if not text else int(text) if text.isascii() and text.isdigit() and len(text) < 7 else text
        )
        data[kind.value] = {"days": days, "reason": args.get(f"{kind.value}.reason", "").strip() or None}
    try:
        parse_rules(data)
    except InvalidInput as error:
        return data, {each.field: capitalize_first(each.message) for each in error.errors}
    return data, {}


def _retention_context(
    data: dict[str, dict[str, Any]], problems: Mapping[str, str] | None = None, *, tried: bool
) -> dict[str, Any]:
    statuses = {}
    if not problems:
        statuses = {
            status.kind: status for status in retention.describe_rules(db.session(), parse_rules(data), now())
        }
    return {
        "kinds": [
            {
                "name": kind.value,
                "title": KIND_WORDS[kind][0],
                "help": KIND_WORDS[kind][1],
                "days": data[kind.value]["days"],
                "reason": data[kind.value]["reason"],
                "duties": list_duties(kind),
                "status": statuses.get(kind),
            }
            for kind in Kind
        ],
        "problems": problems or {},
        "labels": {field: label for kind in Kind for field, label in _label_fields(kind)},
        "tried": tried,
    }


def _label_fields(kind: Kind) -> list[tuple[str, str]]:
    """The fields of a kind as the summary of what is wrong calls them."""
    title = KIND_WORDS[kind][0]
    return [(f"{kind.value}.days", f"{title}, days"), (f"{kind.value}.reason", f"{title}, why")]
