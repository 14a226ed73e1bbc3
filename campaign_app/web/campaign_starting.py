"""Campaign start views: the question before anybody is called, a soft start, and whom it would never call;
registered by campaigns.py."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from flask import Response, flash, g, render_template, request, stream_with_context, url_for
from werkzeug.wrappers import Response as AnyResponse

from campaign_app.domain.campaign import CampaignStatus, check_action
from campaign_app.domain.errors import (
    FieldError,
    IllegalTransition,
    InvalidInput,
    StateConflict,
    TooManyRequests,
)
from campaign_app.domain.phone import PhoneError, parse
from campaign_app.extensions import db
from campaign_app.http.current import now, prove_sounds, wake_engine
from campaign_app.http.roles import require_role
from campaign_app.http.second_person import require_second_person
from campaign_app.http.streams import BoundedStream
from campaign_app.models import Campaign, Role
from campaign_app.services import audit, confirmed_numbers, exports, single_calls
from campaign_app.services import campaigns as campaign_service
from campaign_app.services.campaign_specs import build_campaign_spec
from campaign_app.services.message_preview import group_unreadable_of_waiting
from campaign_app.services.never_called import export_never_called
from campaign_app.services.preflight import compute_preflight
from campaign_app.services.start_checks import find_start_refusal
from campaign_app.transaction import transaction

from .common import fragment_response
from .filters import to_sentence
from .frame import is_htmx_request, redirect_after_post
from .refusals import leave_with_refusal
from .start_page import SOFT_START_PEOPLE, StartQuestion, describe_start, describe_unreadable


@require_role(Role.OPERATOR)
def confirm_start(campaign_id: int, action: str) -> str | AnyResponse:
    """The question before anybody is called: how many, when, and who never; for htmx what the dialog shows."""
    mine = confirmed_numbers.list_numbers_of(db.session(), g.actor)
    try:
        return _render_start(campaign_id, action, StartQuestion(me=mine[0] if mine else ""))
    except IllegalTransition as error:
        if is_htmx_request():
            raise
        return leave_with_refusal(campaign_id, action, error)


def _render_start(campaign_id: int, action: str, asked: StartQuestion) -> str:
    campaign = campaign_service.get_campaign(db.session(), campaign_id)
    check_action(action, CampaignStatus(campaign.status))
    return render_template(
        "campaigns/_start_dialog.html" if is_htmx_request() else "campaigns/start.html",
        **_preflight_context(campaign),
        action=action,
        asked=asked,
    )


def _preflight_context(campaign: Campaign, *, with_values: bool = True) -> dict[str, Any]:
    """`with_values`: warn of values that no voice can say as the message asks, which reads thousands of contacts."""
    spec, moment = build_campaign_spec(campaign), now()
    result = compute_preflight(db.session(), campaign, moment, spec)
    refusal = find_start_refusal(db.session(), campaign, moment)
    start = describe_start(campaign, spec, result)
    if with_values:
        unreadable = group_unreadable_of_waiting(db.session(), campaign.id, spec.message)
        start = replace(start, warnings=[*start.warnings, *describe_unreadable(unreadable)])
    return {
        "campaign": campaign,
        "start": start,
        "refusal": None if refusal is None or result.missing else to_sentence(refusal),
        "now": moment,
    }


@require_role(Role.VIEWER)
def preflight_fragment(campaign_id: int) -> Response:
    """Who would be called if a draft were started now."""
    campaign = campaign_service.get_campaign(db.session(), campaign_id)
    context = _preflight_context(campaign, with_values=False)
    return fragment_response(render_template("campaigns/_if_started.html", **context))


@require_role(Role.OPERATOR)
def export_never(campaign_id: int) -> Response:
    """Those of a campaign who would never be called, for one reason. In full: audited like a reveal."""
    why = request.args.get("why", "")
    at = now()
    # Read twice: how many are taken away is told before they are. Of a million it takes seconds, so not in the
    # transaction, for which other writers wait.
    campaign = campaign_service.get_campaign(db.session(), campaign_id)
    lines = sum(piece.count(b"\n") for piece in export_never_called(db.session(), campaign, why, at))
    pieces = export_never_called(db.session(), campaign, why, at)
    with transaction(db.session()) as session:
        audit.record_audit_entry(
            session,
            actor=g.actor,
            action="campaign.export",
            object_type="campaign",
            object_id=campaign_id,
            now=at,
            why=why,
            contacts=lines - 1,
        )
    response = Response(stream_with_context(BoundedStream(pieces)), content_type=exports.CONTENT_TYPES["csv"])
    response.headers["Content-Disposition"] = f'attachment; filename="campaign-{campaign_id}-{why}.csv"'
    return response


def _start_softly(campaign_id: int, begin: str, asked: StartQuestion) -> str:
    """Start with one's own phone, or with five people; the campaign's name. Raises InvalidInput, Conflict."""
    prove_sounds(campaign_id, "start")
    with transaction(db.session(), "start") as session:
        if begin == "soft":
            campaign = campaign_service.get_campaign(session, campaign_id)
            me = asked.me
            with suppress(PhoneError):  # What cannot be read is refused, with the reason, below.
                me = parse(me, campaign.default_region)
            single_calls.place_test_call_for_campaign(
                session, campaign_id, me, contact_id=None, actor=g.actor, now=now()
            )
        campaign = campaign_service.perform_campaign_action(
            session,
            campaign_id,
            "start",
            actor=g.actor,
            now=now(),
            soft_start=0 if begin == "soft" else SOFT_START_PEOPLE,
        )
        name = campaign.name
    wake_engine()
    return name


def begin_softly(campaign_id: int, begin: str) -> AnyResponse:
    """303 to the campaign's page; else the question again, with what is wrong, and nothing is started."""
    asked = StartQuestion(begin, request.form.get("me", "").strip()[:40])
    status = StateConflict.status
    try:
        if begin not in ("soft", "five"):
            raise InvalidInput([FieldError("begin", "choose how to begin")])
        require_second_person(campaign_id)
        name = _start_softly(campaign_id, begin, asked)
    except InvalidInput as error:
        mine = [each.message for each in error.errors if each.field == "to"]
        if mine:
            asked = replace(asked, problem=to_sentence(mine[0]))
        else:
            asked = replace(asked, refusal=to_sentence(str(error)))
        status = error.status
    except IllegalTransition as error:
        return leave_with_refusal(campaign_id, "start", error)
    except (StateConflict, TooManyRequests) as error:
        asked = replace(asked, refusal=to_sentence(str(error)))
    else:
        who = "Your phone is" if begin == "soft" else f"{SOFT_START_PEOPLE} people are"
        flash(f"Started {name}. {who} called first; then it waits until you continue here.")
        return redirect_after_post(url_for("campaigns.show", campaign_id=campaign_id))
    campaign = campaign_service.get_campaign(db.session(), campaign_id)
    page = render_template(
        "campaigns/start.html", **_preflight_context(campaign), action="start", asked=asked
    )
    return Response(page, status)


@require_role(Role.OPERATOR)
def proceed_campaign(campaign_id: int) -> AnyResponse:
    """Go on after a soft start."""
    asked = request.form.get("people", "")
    if asked not in ("all", str(SOFT_START_PEOPLE)):
        raise InvalidInput([FieldError("people", f"all or {SOFT_START_PEOPLE}")])
    people = None if asked == "all" else SOFT_START_PEOPLE
    with transaction(db.session()) as session:
        campaign = campaign_service.proceed_campaign(session, campaign_id, people, actor=g.actor, now=now())
        name, is_paused = campaign.name, campaign.status == CampaignStatus.PAUSED
    wake_engine()
    flash(
        (f"Once it is resumed, {name} goes on with " if is_paused else f"{name} goes on with ")
        + ("everyone else." if people is None else f"{people} more people, and then waits for you again.")
    )
    return redirect_after_post(url_for("campaigns.show", campaign_id=campaign_id))
