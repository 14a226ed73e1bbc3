"""Campaign form views: create and change; registered by campaigns.py."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, g, render_template, request, url_for
from markupsafe import Markup

from campaign_app.domain.calling_window import CallingSchedule, parse_windows
from campaign_app.domain.campaign import check_campaign
from campaign_app.domain.errors import FieldConflict, FieldError, Forbidden, InvalidInput, StateConflict
from campaign_app.domain.person_hours import PersonHours
from campaign_app.domain.retry import RetryPolicy, parse_plain_number, parse_retry
from campaign_app.domain.rulebook import CampaignClock, Purpose, parse_clock, parse_purpose
from campaign_app.extensions import db
from campaign_app.http.current import now, wake_engine
from campaign_app.http.roles import require_role
from campaign_app.models import Campaign, Role
from campaign_app.queries import recordings, tables
from campaign_app.services import campaigns as campaign_service
from campaign_app.services import trunks
from campaign_app.services.campaign_edits import EditConflict, check_editable
from campaign_app.services.contact_variables import list_variables
from campaign_app.services.pack_editions import load_edition
from campaign_app.services.pack_limits import find_usual_hours
from campaign_app.services.preflight import compute_preflight
from campaign_app.transaction import transaction

from . import campaign_form as forms
from . import charts, message_form, message_preview, test_calls
from .edit_clashes import EditClash, merge_edits
from .filters import count_noun, to_sentence
from .frame import is_htmx_request, redirect_after_post
from .refusals import Refusal, Remedy, leave_with_refusal
from .start_page import StartWords, describe_start
from .times import day_and_clock, format_span, name_moment
from .zone_choices import list_zone_choices

LONGEST_LIST = 100_000
"""Contacts for which the form counts who would be called, at every change."""
NEW_WINDOW = {"days": ["sat"], "start": "10:00", "end": "13:00", "overnight": False}


@require_role(Role.OPERATOR)
def new() -> str:
    return _render_form(forms.make_new_data(), None)


@require_role(Role.OPERATOR)
def create() -> Any:
    form_data, changed = _read_form()
    if changed:
        return _render_form(form_data, None)
    data = forms.to_api(form_data)
    try:
        campaign_service.check_rules_role(g.role, data)
        with transaction(db.session()) as session:
            campaign = campaign_service.create_campaign(session, data, actor=g.actor, now=now())
            campaign_id, name = campaign.id, campaign.name
    except Forbidden as error:
        return _render_form(form_data, None, error.errors), 403
    except InvalidInput as error:
        return _render_form(form_data, None, error.errors), 422
    flash(f"Saved {name} as a draft. Add numbers, then press Start.")
    _point_out_equal_names(campaign_id, name)
    _show_warnings(data)
    return redirect_after_post(url_for("campaigns.show", campaign_id=campaign_id))


@require_role(Role.OPERATOR)
def edit(campaign_id: int) -> Any:
    try:
        campaign = _get_editable_campaign(campaign_id)
    except StateConflict as error:
        return leave_with_refusal(campaign_id, "edit", error)
    return _render_form(_form_data_of(campaign), campaign)


@require_role(Role.OPERATOR)
def update(campaign_id: int) -> Any:
    campaign = campaign_service.get_campaign(db.session(), campaign_id)
    form_data, changed = _read_form()
    if changed:
        return _render_form(form_data, campaign)
    data = forms.to_api(form_data)
    name_before = campaign.name
    notes: list[str] = []
    try:
        campaign_service.check_rules_role(g.role, data, campaign)
        with transaction(db.session()) as session:
            campaign_service.update_campaign(
                session,
                campaign_id,
                data,
                actor=g.actor,
                now=now(),
                notes=notes,
                version=_read_version(form_data),
            )
    except EditConflict as conflict:
        return _render_conflict(form_data, campaign_id, conflict), 409
    except FieldConflict as error:
        return _render_form(
            form_data, campaign_service.get_campaign(db.session(), campaign_id), error.errors
        ), 409
    except Forbidden as error:
        return _render_form(form_data, campaign, error.errors), 403
    except InvalidInput as error:
        return _render_form(
            form_data, campaign_service.get_campaign(db.session(), campaign_id), error.errors
        ), 422
    except StateConflict as error:
        # Somebody changed its state meanwhile: what was typed stays.
        Refusal(f"Nothing was saved, and what you typed is still here. {to_sentence(str(error))}").show_next()
        return _render_form(form_data, campaign_service.get_campaign(db.session(), campaign_id)), 409
    wake_engine()
    flash(" ".join(["Saved. New calls use these settings.", *notes]))
    if data["name"] != name_before:
        _point_out_equal_names(campaign_id, str(data["name"]))
    _show_warnings(data)
    return redirect_after_post(url_for("campaigns.show", campaign_id=campaign_id))


def _show_warnings(data: Mapping[str, Any]) -> None:
    for warning in _list_warnings(data, now()):
        Refusal(warning, "wait").show_next()


def _point_out_equal_names(campaign_id: int, name: str) -> None:
    """A form that is sent twice makes two campaigns, and equal names are mixed up."""
    others = tables.list_campaigns_named(db.session(), name, besides=campaign_id)
    if others:
        other = others[0]
        link = Remedy("See it", url_for("campaigns.show", campaign_id=other.id))
        text = (
            f"Another campaign has the same name: a {other.status} one"
            if len(others) == 1
            else f"{len(others)} other campaigns have the same name; the latest is {other.status}"
        )
        Refusal(f"{text}, made at {name_moment(other.created_at, 'UTC')}.", "wait", link).show_next()


@require_role(Role.OPERATOR)
def preview_form(campaign_id: int | None = None) -> str:
    """What the form means so far, and its week; the week goes beside the windows."""
    form_data, _ = _read_form()
    if campaign_id is not None:
        campaign_service.get_campaign(db.session(), campaign_id)
    preview_data = describe_form(form_data, now(), campaign_id)
    return Markup("\n").join(
        [
            Markup(
                render_template(
                    "campaigns/_preview.html",
                    preview=preview_data,
                    preview_at=request.script_root + request.path,
                )
            ),
            Markup(render_template("campaigns/_week.html", preview=preview_data, oob=True)),
        ]
    )


@require_role(Role.OPERATOR)
def start_form_test_call(campaign_id: int | None = None) -> Any:
    """Ring one's own number with the message as it stands in the form."""
    campaign = None if campaign_id is None else _get_editable_campaign(campaign_id)
    form_data, _ = _read_form()
    test_call = test_calls.start_test_call(forms.to_api(form_data), campaign_id)
    if is_htmx_request():
        return render_template(
            "campaigns/_test_call.html", tried=test_call, ring_at=request.script_root + request.path
        ), test_call.status
    return _render_form(form_data, campaign, test_call=test_call), test_call.status


def _get_editable_campaign(campaign_id: int) -> Campaign:
    """Raises NotFound; Conflict with the remedy where the campaign cannot be changed any more."""
    campaign = campaign_service.get_campaign(db.session(), campaign_id)
    check_editable(campaign)
    return campaign


def _form_data_of(campaign: Campaign) -> dict[str, Any]:
    """The form as the campaign stands, with the version that a save of it refers to."""
    return {
        **forms.from_api(campaign_service.to_api(campaign)),
        "version": str(campaign.version),
    }


def _read_version(form_data: Mapping[str, Any]) -> int | None:
    text = form_data.get("version") or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _render_conflict(form_data: Mapping[str, Any], campaign_id: int, conflict: EditConflict) -> str:
    """The form again, nothing saved: with both values where two people changed one field, and the other's where only
    the other one did. It refers to the campaign as it is now, so that the next save holds."""
    campaign = campaign_service.get_campaign(db.session(), campaign_id)
    saved = _form_data_of(campaign)
    merged, clashes = merge_edits(form_data, saved, conflict.changes)
    return _render_form({**merged, "version": saved["version"]}, campaign, clashes=clashes)


def _read_form() -> tuple[dict[str, Any], bool]:
    """What was typed, and whether a button asked only for another window or one less, or to show another contact."""
    form_data = forms.pad_form_rows(forms.CampaignForm(request.form).data)
    if "hear" in request.form:
        return form_data, True
    if "add_window" in request.form:
        form_data["windows"] = [*form_data["windows"], NEW_WINDOW]
        return form_data, True
    if "add_key" in request.form:
        form_data["keys"] = [*form_data["keys"], message_form.NEW_KEY]
        return form_data, True
    removed_key = request.form.get("remove_key", "")
    if removed_key.isdecimal() and len(removed_key) < 4:
        form_data["keys"] = [key for index, key in enumerate(form_data["keys"]) if index != int(removed_key)]
        return form_data, True
    removed_window = request.form.get("remove_window", "")
    if removed_window.isdecimal() and len(removed_window) < 4:
        form_data["windows"] = [
            window for index, window in enumerate(form_data["windows"]) if index != int(removed_window)
        ]
        return form_data, True
    return form_data, False


def _render_form(
    form_data: Mapping[str, Any],
    campaign: Campaign | None,
    errors: tuple[FieldError, ...] = (),
    test_call: test_calls.TestCallResult | None = None,
    clashes: Sequence[EditClash] = (),
) -> str:
    problems = forms.find_problems(errors)
    by_anchor: defaultdict[str, str] = defaultdict(str)
    for problem in problems:
        by_anchor.setdefault(problem.anchor, problem.message)
    if campaign is None:
        action, back = url_for("campaigns.create"), url_for("campaigns.index")
        preview_at, ring_at = url_for("campaigns.preview_form"), url_for("campaigns.start_form_test_call")
    else:
        preview_at = url_for("campaigns.preview_form", campaign_id=campaign.id)
        ring_at = url_for("campaigns.start_form_test_call", campaign_id=campaign.id)
        action = url_for("campaigns.update", campaign_id=campaign.id)
        back = url_for("campaigns.show", campaign_id=campaign.id)
    form_data = forms.pad_form_rows(form_data)
    part_only = is_htmx_request()
    return render_template(
        "campaigns/_form.html" if part_only else "campaigns/form.html",
        zones=[] if part_only else list_zone_choices(now()),
        form=forms.CampaignForm(data=form_data).offer_choices(
            campaign_service.trunk_names(db.session()), recordings.list_choices(db.session())
        ),
        errors=by_anchor,
        problems=problems,
        clashes=clashes,
        campaign=campaign,
        title=f"Edit {campaign.name}" if campaign else "New campaign",
        save="Save changes" if campaign else "Save draft",
        action=action,
        back=back,
        days=forms.DAY_CHOICES,
        outcomes=forms.OUTCOMES,
        key_actions=[(action.value, label) for action, label in message_form.KEY_ACTIONS],
        then=forms.FOLLOW_CHOICES,
        then_machine=forms.MACHINE_FOLLOW_CHOICES,
        preview=describe_form(form_data, now(), campaign.id if campaign else None),
        preview_at=preview_at,
        variables=None if campaign is None else list_variables(db.session(), campaign.id),
        tried=test_call or test_calls.blank_result(),
        ring_at=ring_at,
        usual_hours=_describe_usual_hours(),
    )


def _describe_usual_hours() -> str:
    """`Marketing calls may ring Mon–Sat 09:00–20:00, …`: the installation's own hours, as they are switched."""
    edition = load_edition(db.session())
    marketing, others = (
        _describe_own_hours(find_usual_hours(edition, purpose))
        for purpose in (Purpose.MARKETING, Purpose.INFORMATIONAL)
    )
    if marketing == others:
        return f"Calls may ring {others}; emergency calls at any hour."
    return f"Marketing calls may ring {marketing}; other calls {others}; emergency calls at any hour."


def _describe_own_hours(hours: PersonHours) -> str:
    """`Mon–Sat 09:00–20:00, not on public holidays`."""
    text = CallingSchedule("UTC", hours.windows).describe_windows()
    return f"{text}, not on public holidays" if hours.holidays_closed else text


def describe_form(form_data: Mapping[str, Any], at: datetime, campaign_id: int | None) -> dict[str, Any]:
    """The form in words, by the rules that the engine uses; what cannot be read is left out. `campaign_id`: whose
    contacts the message is told for; None while there is no campaign yet."""
    data = forms.to_api(form_data)
    preview_data: dict[str, Any] = {"facts": [], "days": None}
    try:
        schedule = CallingSchedule(data["timezone"] or "UTC", parse_windows(data["calling_windows"]))
        hours = _describe_hours(data, schedule, at)
    except (InvalidInput, KeyError, OSError, ValueError):  # ZoneInfo raises the last three
        hours = None
    if hours is not None:
        days = hours.week.open_stretches()
        preview_data["say"] = hours.say
        preview_data["facts"] += hours.facts
        preview_data.update(
            days=days,
            bars=charts.draw_week_bars(days),
            hours=charts.count_open_hours(days),
            windows=hours.week.describe_windows(),
            week_note=hours.week_note,
        )
    preview_data["warnings"] = _list_warnings(data, at)
    preview_data["start"] = _describe_list(data, at, campaign_id)
    preview_data["hear"] = message_preview.build_message_preview(data["message"], campaign_id)
    with suppress(InvalidInput):
        preview_data["facts"].append(("Calls to each number", _describe_tries(parse_retry(data["retry"]))))
    return preview_data


def _list_warnings(data: Mapping[str, Any], at: datetime) -> list[str]:
    """What may be saved but is probably a mistake: an end that has passed, more lines than the trunk has."""
    warnings = []
    try:
        ends_at = datetime.fromisoformat(str(data["ends_at"]))
    except ValueError:
        ends_at = None
    if ends_at is not None and ends_at.tzinfo is not None and ends_at <= at:
        ended = name_moment(ends_at, data["timezone"] or "UTC")
        warnings.append(f"The end, {ended}, has passed: the campaign can’t be started until you change it.")
    lines = parse_plain_number(data["max_concurrent_calls"])
    trunk = trunks.find_named_trunk(db.session(), data["provider"])
    if trunk is not None and lines is not None and lines > trunk.max_concurrent_calls:
        warnings.append(
            f"The trunk {trunk.name} has {count_noun(trunk.max_concurrent_calls, 'line')}, so no more than that many of"
            f" the {lines:,.0f} calls are made at the same time."
        )
    return warnings


def _describe_list(data: Mapping[str, Any], at: datetime, campaign_id: int | None) -> StartWords | None:
    """Who would be called by the form's rules; None without a list, for a very long one, or where the form cannot be
    read."""
    if campaign_id is None:
        return None
    campaign = campaign_service.get_campaign(db.session(), campaign_id)
    waiting = campaign.counters.contacts_pending + campaign.counters.contacts_retry
    if not 0 < waiting <= LONGEST_LIST:
        return None
    try:
        spec = check_campaign(
            data,
            providers=campaign_service.trunk_names(db.session()),
            now=now(),
            edition=load_edition(db.session()),
        )
    except InvalidInput:
        return None
    return describe_start(campaign, spec, compute_preflight(db.session(), campaign, at, spec))


@dataclass(frozen=True, slots=True)
class HoursWords:
    """When people may be called: `week` has the windows that count, `week_note` says whose they are."""

    say: str
    facts: Sequence[tuple[str, str]]
    week: CallingSchedule
    week_note: str = ""


def _describe_hours(data: Mapping[str, Any], schedule: CallingSchedule, at: datetime) -> HoursWords:
    """What counts of the windows and of people's own hours, by the form's clock and purpose. Raises InvalidInput."""
    clock = parse_clock(data["clock"])
    purpose = parse_purpose(data["purpose"])
    own_hours = find_usual_hours(load_edition(db.session()), purpose)
    own_week = CallingSchedule("UTC", own_hours.windows)
    own_text = f"{own_week.describe_windows()} where they are" + (
        ", not on public holidays" if own_hours.holidays_closed else ""
    )
    if purpose is Purpose.EMERGENCY:
        own_text = "any hour, since this is an emergency"
    if clock is CampaignClock.PERSON:
        note = f"These are {'an emergency’s' if purpose is Purpose.EMERGENCY else 'each person’s own'} hours"
        return HoursWords(
            f"People may be called at {own_text}. The calling windows are ignored."
            if purpose is Purpose.EMERGENCY
            else f"Only each person’s own hours count: {own_text}. The calling windows are ignored.",
            [("Calling hours", own_text)],
            own_week,
            f"{note}; the windows are ignored.",
        )
    own_facts = [("People’s own hours", own_text)] if clock is CampaignClock.BOTH else []
    own_say = " People’s own hours count as well." if own_facts and purpose is not Purpose.EMERGENCY else ""
    windows = schedule.describe_windows()
    if data["timezone"]:
        facts = [
            ("Calling hours", f"{windows} {schedule.zone}"),
            *own_facts,
            ("Local time now", f"{day_and_clock(at, schedule.zone)} {schedule.zone}"),
        ]
        return HoursWords(_describe_opening(schedule, at) + own_say, facts, schedule)
    windows = f"{windows} on each person’s clock"
    return HoursWords(f"{windows}.{own_say}", [("Calling hours", windows), *own_facts], schedule)


def _describe_opening(schedule: CallingSchedule, at: datetime) -> str:
    """`Closed now; opens Mon 30 Nov 09:00 (Europe/Paris).`"""
    zone = schedule.zone
    if schedule.is_open(at):
        closes = schedule.closes_at(at)
        return f"Open now; closes {day_and_clock(closes, zone)} ({zone})." if closes else "Open at any time."
    opens = schedule.next_open(at)
    return (
        f"Closed now; opens {day_and_clock(opens, zone)} ({zone})."
        if opens
        else "The calling hours never open."
    )


def _describe_tries(policy: RetryPolicy) -> str:
    """`up to 4: the retries 30 min, 2 h, 1 day after the call before`."""
    if not policy.max_retries:
        return "one, with no retries"
    delays = [*policy.delays_minutes, *[policy.delays_minutes[-1]] * policy.max_retries][: policy.max_retries]
    delay_text = ", ".join(format_span(minutes * 60) for minutes in delays[:5]) + (
        " …" if len(delays) > 5 else ""
    )
    return f"up to {policy.max_attempts}; retries after {delay_text}"
