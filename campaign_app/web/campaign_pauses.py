"""Pauses until an instant, and pausing or stopping every campaign at once; registered by campaigns.py."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, flash, g, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from campaign_app.domain.errors import FieldError, InvalidInput, StateConflict
from campaign_app.domain.number_zones import is_zone
from campaign_app.extensions import db
from campaign_app.http.current import now, wake_engine
from campaign_app.http.roles import require_role
from campaign_app.models import Role
from campaign_app.services import campaigns as campaign_service
from campaign_app.services import pauses
from campaign_app.transaction import transaction

from .campaign_form import LOCAL_TIME
from .filters import count_noun, to_sentence
from .frame import PAUSE_SPANS, redirect_after_post
from .refusals import Refusal
from .refused_forms import show_refused_form
from .times import name_moment, reader_zone


def read_until(zone: str, at: datetime) -> datetime | None:
    """When a pause is to end, as its dialog asks: a span from `at` on, or a time on the clock that the dialog named,
    else on `zone`'s; None: when somebody resumes it. Raises InvalidInput."""
    named = request.form.get("until_zone", "").strip()[:64]
    if named and not is_zone(named):
        text = "the clock of the end of the pause is not known: give an IANA zone, such as Europe/Paris"
        raise InvalidInput([FieldError("until_zone", text)])
    zone = named or zone
    span, text = request.form.get("for", ""), request.form.get("until", "").strip()
    if span and text:
        raise InvalidInput([FieldError("until", "give either a span or a time for the end, not both")])
    if span:
        if span not in {str(minutes) for minutes in PAUSE_SPANS}:
            raise InvalidInput([FieldError("for", f"one of {', '.join(map(str, PAUSE_SPANS))} minutes")])
        return at + timedelta(minutes=int(span))
    if not text:
        return None
    try:
        return datetime.strptime(text[:16], LOCAL_TIME).replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        text = "a day and a time for the end of the pause, such as 2026-12-01T14:00"
        raise InvalidInput([FieldError("until", text)]) from None


def read_reason() -> str | None:
    return request.form.get("reason", "").strip()[:500] or None


@require_role(Role.OPERATOR)
def plan_resume(campaign_id: int) -> AnyResponse | tuple[str, int]:
    """Change when a paused campaign resumes by itself."""
    campaign = campaign_service.get_campaign(db.session(), campaign_id)
    zone = campaign.display_zone
    try:
        at = read_until(zone, now())
        with transaction(db.session()) as session:
            name = pauses.plan_resume(session, campaign_id, at, actor=g.actor, now=now()).name
    except InvalidInput as error:
        return refuse_pause(campaign_id, "resume-at", error)
    except StateConflict as error:
        Refusal(to_sentence(str(error)), "wait").show_next()
    else:
        wake_engine()
        when = f"at {name_moment(at)}" if at else "when somebody resumes it"
        flash(f"{name} resumes {when}.", "wait")
    return redirect_after_post(url_for("campaigns.show", campaign_id=campaign_id))


@require_role(Role.OPERATOR)
def pause_all() -> AnyResponse | tuple[str, int]:
    """Pause whatever runs."""
    hang_up = request.form.get("open") == "hangup"
    try:
        until = read_until(reader_zone(), now())
        with transaction(db.session(), "pause") as session:
            changed = pauses.pause_all_campaigns(
                session, actor=g.actor, now=now(), reason=read_reason(), hang_up=hang_up, until=until
            )
    except InvalidInput as error:
        return _refuse_all("pause-all", error, "Nothing was paused.")
    wake_engine()
    when = f" They resume at {name_moment(until)}." if until and changed.done else ""
    _flash_changed("Paused", changed, f"{_say_open_calls(hang_up)}{when}")
    return _go_back()


@require_role(Role.OPERATOR)
def stop_all() -> AnyResponse | tuple[str, int]:
    """Stop whatever runs or is paused, for good: the words have to be typed."""
    hang_up = request.form.get("open") == "hangup"
    try:
        with transaction(db.session(), "stop") as session:
            changed = pauses.stop_all_campaigns(
                session,
                actor=g.actor,
                now=now(),
                confirm=request.form.get("confirm", ""),
                reason=read_reason(),
                hang_up=hang_up,
            )
    except InvalidInput as error:
        return _refuse_all("stop-all", error, "Nothing was stopped.")
    wake_engine()
    _flash_changed("Stopped", changed, _say_open_calls(hang_up))
    return _go_back()


def _say_open_calls(hang_up: bool) -> str:
    return " Calls in progress are being hung up." if hang_up else " Calls in progress will finish."


def _flash_changed(word: str, changed: pauses.CampaignsChanged, more: str) -> None:
    if changed.done:
        flash(f"{word} {count_noun(len(changed.done), 'campaign')}.{more}", "wait")
    else:
        flash("Nothing was running.", "wait")


NOT_DONE = {
    "pause": "It was not paused.",
    "stop": "It was not stopped.",
    "resume-at": "Nothing was changed.",
}
"""{dialog of a campaign's page: what its refusal leaves undone}."""


def refuse_pause(campaign_id: int, dialog: str, error: InvalidInput) -> tuple[str, int]:
    """The campaign's page with that dialog open again."""
    return show_refused_form(
        dialog,
        error,
        lambda: _render_view("campaigns.show", campaign_id=campaign_id),
        note=NOT_DONE[dialog],
        page=url_for("campaigns.show", campaign_id=campaign_id),
        other_field="until",
    )


def _refuse_all(dialog: str, error: InvalidInput, note: str) -> tuple[str, int]:
    endpoint = "home.index" if request.form.get("next") == "home" else "campaigns.index"
    return show_refused_form(
        dialog,
        error,
        lambda: _render_view(endpoint),
        note=note,
        page=url_for(endpoint),
        other_field="until" if dialog == "pause-all" else "confirm",
    )


def _render_view(endpoint: str, **arguments: Any) -> str:
    """A page of a module that imports this one."""
    return str(current_app.view_functions[endpoint](**arguments))


def _go_back() -> AnyResponse:
    home = request.form.get("next") == "home"
    return redirect_after_post(url_for("home.index" if home else "campaigns.index"))
