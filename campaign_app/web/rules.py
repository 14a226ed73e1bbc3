"""Rules: the packs in use with their sources, what applies to one call, what is switched off; packs of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, flash, g, render_template, request, url_for
from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from campaign_app.domain.dial_profile import DialProfile, derive_profile
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound, StateConflict
from campaign_app.domain.packs import DEFAULT_PACK
from campaign_app.domain.rulebook import Purpose
from campaign_app.extensions import db
from campaign_app.http.current import now, wake_engine
from campaign_app.http.roles import require_role
from campaign_app.models import Role
from campaign_app.services import rule_packs
from campaign_app.services.explanations import parse_whole_number
from campaign_app.services.pack_limits import CallLimits, find_call_limits, is_old, read_place
from campaign_app.services.pack_listing import ListedPack, ListedRule, find_pack, list_packs
from campaign_app.services.pack_people import count_pack_people
from campaign_app.transaction import transaction

from .filter_values import find_unknown, refuse_unknown
from .forms_people import PageForm, attach_errors
from .frame import redirect_after_post, render_refused_form
from .times import clock_in

blueprint = Blueprint("rules", __name__)
PURPOSES = [SelectChoice(purpose.value, purpose.value.capitalize()) for purpose in Purpose]
WHERE = "a number with its country code, a country or a state, such as +1 305 555 0123, France or US-FL"


class CallQuestion(PageForm):
    """What applies to one call? A GET form."""

    q = StringField("Number or place")
    purpose = SelectField("Purpose", choices=PURPOSES, default=Purpose.MARKETING.value, validate_choice=False)
    day = DateField("Day")


class SwitchForm(PageForm):
    reason = TextAreaField("Reason")


class PackForm(PageForm):
    text = TextAreaField("The pack file")


@blueprint.get("/rules")
@require_role(Role.VIEWER)
def index() -> Any:
    question = CallQuestion(request.args)
    limits = None
    if (question.q.data or "").strip():
        try:
            limits = _answer(question)
        except InvalidInput as error:
            attach_errors(question, error)
    else:
        question.day.data = now().date()
    refuse_unknown(find_unknown(request.args, {"show": ("own", "old")}))
    context = {**_list_context(request.args.get("show", "")), "question": question, "limits": limits}
    page = render_template("rules/packs.html", **context)
    return (page, 422) if question.errors else page


def _list_context(show: str) -> dict[str, Any]:
    packs = list_packs(db.session())
    today = now().date()
    return {
        "groups": _group([each for each in packs if _is_shown(each, show, today)]),
        "show": show,
        "counts": {
            "": len(packs),
            "own": sum(each.origin == "own" for each in packs),
            "old": sum(is_old(each.pack.checked_on, today) for each in packs),
        },
        "people": count_pack_people(db.session()),
        "is_old": lambda pack: is_old(pack.checked_on, today),
        "switched": list_switched(packs),
    }


def list_switched(packs: Sequence[ListedPack]) -> list[ListedRule]:
    """Rules that hold or do not hold because somebody said so."""
    return [rule for each in packs for rule in each.rules if rule.switch is not None]


def _is_shown(listed: ListedPack, show: str, today: date) -> bool:
    if show == "own":
        return listed.origin == "own"
    return show != "old" or is_old(listed.pack.checked_on, today)


def _group(packs: Sequence[ListedPack]) -> list[tuple[str, list[ListedPack]]]:
    """By group; a country's own pack comes before those of its states."""
    groups: dict[str, list[ListedPack]] = {}
    for each in sorted(packs, key=_rank_pack):
        groups.setdefault(each.pack.group, []).append(each)
    return list(groups.items())


def _rank_pack(listed: ListedPack) -> tuple[bool, str, bool, str]:
    pack = listed.pack
    is_of_state = all("-" in place for place in pack.places)
    return pack.name != DEFAULT_PACK, pack.group, is_of_state, pack.title


def _answer(question: CallQuestion) -> dict[str, Any]:
    """Raises InvalidInput."""
    profile = _read_person(question.q.data or "")
    if question.purpose.data not in set(Purpose):
        raise InvalidInput([FieldError("purpose", "choose one of the list")])
    if question.day.errors or (request.args.get("day") and question.day.data is None):
        raise InvalidInput([FieldError("day", "a day, such as 2026-11-30")])
    day = question.day.data or now().date()
    if abs((day - now().date()).days) > 3660:
        raise InvalidInput([FieldError("day", "within ten years from now")])
    zone = profile.zones[0] if profile.zones else "UTC"
    noon = datetime.combine(day, time(12), ZoneInfo(zone))
    limits = find_call_limits(db.session(), profile, Purpose(question.purpose.data), noon)
    return {"limits": limits, "opens": _describe_opens(limits, zone), "zone": zone, "day": day}


def _read_person(text: str) -> DialProfile:
    place = read_place(text)
    if place is not None:
        return place
    try:
        return derive_profile(parse_whole_number(text, None)).profile
    except InvalidInput:
        raise InvalidInput([FieldError("q", WHERE)]) from None


def _describe_opens(limits: CallLimits, zone: str) -> str:
    """`09:00–13:00 and 14:00–20:00`, on the person's clock."""
    spans = [
        f"{clock_in(opens, zone)}–{clock_in(closes - timedelta(minutes=1), zone)}"
        if clock_in(closes, zone) == "00:00"
        else f"{clock_in(opens, zone)}–{clock_in(closes, zone)}"
        for opens, closes in limits.opens
    ]
    return " and ".join(spans)


@blueprint.get("/rules/packs/<name>")
@require_role(Role.VIEWER)
def show(name: str) -> str:
    listed = find_pack(db.session(), name)
    return render_template(
        "rules/pack.html",
        listed=listed,
        form=SwitchForm(formdata=None),
        is_default=name == DEFAULT_PACK,
        old=is_old(listed.pack.checked_on, now().date()),
        asked=request.args.get("rule", ""),
    )


@blueprint.get("/rules/switched")
@require_role(Role.VIEWER)
def switched() -> str:
    return render_template("rules/switched.html", switched=list_switched(list_packs(db.session())))


@blueprint.route("/rules/packs/<pack>/<name>/switch", methods=["GET", "POST"])
@require_role(Role.ADMIN, Role.COMPLIANCE)
def switch(pack: str, name: str) -> Any:
    """Ask for the reason, then switch the rule to what it is not."""
    listed = find_pack(db.session(), pack)
    rule = next((each for each in listed.rules if each.rule.id == f"{pack}/{name}"), None)
    if rule is None or not rule.can_switch:
        raise NotFound(f"there is no rule {pack}/{name} that can be switched")
    form = SwitchForm() if request.method == "POST" else SwitchForm(formdata=None)
    if request.method == "POST":
        wanted = request.form.get("on") == "true"
        try:
            with transaction(db.session()):
                rule_packs.switch_rule(
                    db.session(), rule.rule.id, on=wanted, reason=form.reason.data, actor=g.actor, now=now()
                )
        except InvalidInput as error:
            attach_errors(form, error)
        except StateConflict:
            flash(f"“{rule.rule.title}” is switched {'on' if wanted else 'off'} already.")
            return redirect_after_post(url_for("rules.show", name=pack))
        else:
            wake_engine()
            flash(
                f"“{rule.rule.title}” is {'on' if wanted else 'off'}. Campaigns go by that from their next call."
            )
            return redirect_after_post(url_for("rules.show", name=pack))
    context: dict[str, Any] = {"listed": listed, "item": rule, "form": form}
    return (
        render_refused_form("rules/switch.html", **context)
        if form.errors
        else render_template("rules/switch.html", **context)
    )


@blueprint.route("/rules/packs/new", methods=["GET", "POST"])
@require_role(Role.ADMIN, Role.COMPLIANCE)
def add() -> Any:
    form = PackForm() if request.method == "POST" else PackForm(formdata=None)
    problems: Sequence[FieldError] = ()
    if request.method == "POST":
        file = request.files.get("file")
        text = form.text.data or ""
        if file is not None and file.filename:
            text = file.read(rule_packs.LONGEST_UPLOAD).decode("utf-8", errors="replace")
            form.text.data = text
        try:
            with transaction(db.session()):
                pack = rule_packs.add_own_pack(db.session(), text, actor=g.actor, now=now())
        except InvalidInput as error:
            problems = error.errors
        except StateConflict as error:
            problems = [FieldError("name", str(error))]
        else:
            wake_engine()
            flash(f"{pack.title} is in use. Campaigns go by it from their next call.")
            return redirect_after_post(url_for("rules.show", name=pack.name))
    context: dict[str, Any] = {"form": form, "problems": problems}
    return (
        render_refused_form("rules/pack_new.html", **context)
        if problems
        else render_template("rules/pack_new.html", **context)
    )


@blueprint.route("/rules/packs/<name>/remove", methods=["GET", "POST"])
@require_role(Role.ADMIN, Role.COMPLIANCE)
def remove(name: str) -> Any:
    """Take a pack of one's own out of use, with a reason."""
    listed = find_pack(db.session(), name)
    if listed.origin != "own":
        raise NotFound(f"{name} came with Switchboard and stays")
    form = SwitchForm() if request.method == "POST" else SwitchForm(formdata=None)
    if request.method == "POST":
        try:
            with transaction(db.session()):
                rule_packs.remove_own_pack(
                    db.session(), name, reason=form.reason.data, actor=g.actor, now=now()
                )
        except InvalidInput as error:
            attach_errors(form, error)
        else:
            wake_engine()
            flash(f"{listed.pack.title} is not in use any more. Its text is kept, for past calls.")
            return redirect_after_post(url_for("rules.index"))
    context: dict[str, Any] = {"listed": listed, "form": form}
    return (
        render_refused_form("rules/pack_remove.html", **context)
        if form.errors
        else render_template("rules/pack_remove.html", **context)
    )
