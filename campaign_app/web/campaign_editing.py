"""Making a campaign and changing it: the form's views, registered by campaigns.py."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from flask import flash, g, render_template, request, url_for
from markupsafe import Markup

from campaign_app.domain.calling_window import Schedule, parse_windows
from campaign_app.domain.campaign import EDITABLE, CampaignStatus
from campaign_app.domain.errors import Conflict, FieldError, Invalid
from campaign_app.domain.retry import RetryPolicy, parse_retry
from campaign_app.extensions import db
from campaign_app.models import Campaign, Role
from campaign_app.queries import recordings
from campaign_app.roles import requires
from campaign_app.services import campaigns as service
from campaign_app.services.contact_variables import list_variables
from campaign_app.transaction import transaction

from . import campaign_form as forms
from . import charts, hear_it, message_form, message_preview
from .filters import span
from .frame import by_htmx, now, see
from .times import day_and_clock

NEW_WINDOW = {"days": ["sat"], "start": "10:00", "end": "13:00", "overnight": False}


@requires(Role.OPERATOR)
def new() -> str:
    return _page(forms.from_api({}), None)


@requires(Role.OPERATOR)
def create() -> Any:
    given, changed = _given()
    if changed:
        return _page(given, None)
    try:
        with transaction(db.session()) as session:
            campaign = service.create(session, forms.to_api(given), actor=g.actor, now=now())
            campaign_id, name = campaign.id, campaign.name
    except Invalid as error:
        return _page(given, None, error.errors), 422
    flash(f"Saved {name} as a draft. Add numbers, then press Start.")
    return see(url_for("campaigns.show", campaign_id=campaign_id))


@requires(Role.OPERATOR)
def edit(campaign_id: int) -> str:
    campaign = _editable(campaign_id)
    return _page(forms.from_api(service.to_api(campaign)), campaign)


@requires(Role.OPERATOR)
def update(campaign_id: int) -> Any:
    campaign = _editable(campaign_id)
    given, changed = _given()
    if changed:
        return _page(given, campaign)
    try:
        with transaction(db.session()) as session:
            service.update(session, campaign_id, forms.to_api(given), actor=g.actor, now=now())
    except Invalid as error:
        return _page(given, service.get(db.session(), campaign_id), error.errors), 422
    flash("Saved. The changes hold for every call from now on.")
    return see(url_for("campaigns.show", campaign_id=campaign_id))


@requires(Role.OPERATOR)
def preview(campaign_id: int | None = None) -> str:
    """What the form means so far, and its week; the week goes beside the windows."""
    given, _ = _given()
    if campaign_id is not None:
        service.get(db.session(), campaign_id)
    said = described(given, now(), campaign_id)
    return Markup("\n").join(
        [
            Markup(render_template("campaigns/_preview.html", preview=said, preview_at=request.path)),
            Markup(render_template("campaigns/_week.html", preview=said, oob=True)),
        ]
    )


@requires(Role.OPERATOR)
def ring(campaign_id: int | None = None) -> Any:
    """Ring one's own number with the message as it stands in the form."""
    campaign = None if campaign_id is None else _editable(campaign_id)
    given, _ = _given()
    tried = hear_it.ring(forms.to_api(given), campaign_id)
    if by_htmx():
        return render_template("campaigns/_hear_it.html", tried=tried, ring_at=request.path), tried.status
    return _page(given, campaign, tried=tried), tried.status


def _editable(campaign_id: int) -> Campaign:
    """Raises NotFound; Conflict with the remedy where the campaign cannot be changed now."""
    campaign = service.get(db.session(), campaign_id)
    if CampaignStatus(campaign.status) not in EDITABLE:
        remedy = (
            "pause it first" if campaign.status == CampaignStatus.RUNNING else "clone it to change the copy"
        )
        raise Conflict(f"a campaign that is {campaign.status} cannot be changed: {remedy}")
    return campaign


def _given() -> tuple[dict[str, Any], bool]:
    """What was typed, and whether a button asked only for another window or one less, or to show another contact."""
    given = forms.settled(forms.CampaignForm(request.form).data)
    if "hear" in request.form:
        return given, True
    if "add_window" in request.form:
        given["windows"] = [*given["windows"], NEW_WINDOW]
        return given, True
    if "add_key" in request.form:
        given["keys"] = [*given["keys"], message_form.NEW_KEY]
        return given, True
    lost = request.form.get("remove_key", "")
    if lost.isdecimal() and len(lost) < 4:
        given["keys"] = [key for index, key in enumerate(given["keys"]) if index != int(lost)]
        return given, True
    gone = request.form.get("remove_window", "")
    if gone.isdecimal() and len(gone) < 4:
        given["windows"] = [window for index, window in enumerate(given["windows"]) if index != int(gone)]
        return given, True
    return given, False


def _page(
    given: Mapping[str, Any],
    campaign: Campaign | None,
    errors: tuple[FieldError, ...] = (),
    tried: hear_it.Tried | None = None,
) -> str:
    problems = forms.find(errors)
    by_anchor: defaultdict[str, str] = defaultdict(str)
    for problem in problems:
        by_anchor.setdefault(problem.anchor, problem.message)
    if campaign is None:
        action, back = url_for("campaigns.create"), url_for("campaigns.index")
        preview_at, ring_at = url_for("campaigns.preview"), url_for("campaigns.ring")
    else:
        preview_at = url_for("campaigns.preview", campaign_id=campaign.id)
        ring_at = url_for("campaigns.ring", campaign_id=campaign.id)
        action = url_for("campaigns.update", campaign_id=campaign.id)
        back = url_for("campaigns.show", campaign_id=campaign.id)
    given = forms.settled(given)
    return render_template(
        "campaigns/_form.html" if by_htmx() else "campaigns/form.html",
        form=forms.CampaignForm(data=given).offer(
            service.trunk_names(db.session()), recordings.choices(db.session())
        ),
        errors=by_anchor,
        problems=problems,
        campaign=campaign,
        title=f"Edit {campaign.name}" if campaign else "New campaign",
        save="Save changes" if campaign else "Save draft",
        action=action,
        back=back,
        days=forms.DAY_CHOICES,
        outcomes=forms.OUTCOMES,
        key_actions=[(action.value, words) for action, words in message_form.ACTIONS],
        then=forms.THEN,
        then_machine=forms.THEN_MACHINE,
        preview=described(given, now(), campaign.id if campaign else None),
        preview_at=preview_at,
        variables=None if campaign is None else list_variables(db.session(), campaign.id),
        tried=tried or hear_it.typed(),
        ring_at=ring_at,
    )


def described(given: Mapping[str, Any], at: datetime, campaign_id: int | None) -> dict[str, Any]:
    """The form in words, by the rules that the engine uses; what cannot be read is left out. `campaign_id`: whose
    contacts the message is told for; None while there is no campaign yet."""
    data = forms.to_api(given)
    said: dict[str, Any] = {"facts": [], "days": None}
    try:
        schedule = Schedule(data["timezone"], parse_windows(data["calling_windows"]))
        open_now, opens, closes = schedule.is_open(at), schedule.next_open(at), schedule.closes_at(at)
    except (Invalid, KeyError, OSError, ValueError):  # ZoneInfo raises the last three
        schedule = None
    if schedule is not None:
        days = schedule.week()
        zone = schedule.zone
        if open_now:
            said["say"] = (
                f"Open now, until {day_and_clock(closes, zone)} there." if closes else "Open at any time."
            )
        else:
            said["say"] = f"Closed now. Opens {day_and_clock(opens, zone)} there." if opens else "Never open."
        said.update(
            days=days, bars=charts.week(days), hours=charts.open_hours(days), windows=schedule.describe()
        )
        said["facts"] += [("Windows", schedule.describe()), ("Clock there", day_and_clock(at, zone))]
    said["hear"] = message_preview.heard(data["message"], campaign_id)
    with suppress(Invalid):
        said["facts"].append(("Calls to a number", _tries(parse_retry(data["retry"]))))
    return said


def _tries(policy: RetryPolicy) -> str:
    """`up to 4: the retries 30 min, 2 h, 1 day after the call before`."""
    if not policy.max_retries:
        return "one, no retry"
    delays = [*policy.delays_minutes, *[policy.delays_minutes[-1]] * policy.max_retries][: policy.max_retries]
    waits = ", ".join(span(minutes * 60) for minutes in delays[:5]) + (" …" if len(delays) > 5 else "")
    return f"up to {policy.max_attempts}; retries after {waits}"
