"""Contact pages: a campaign's contacts, and one with its history. Numbers are masked, and a reveal is audited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, flash, g, make_response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from campaign_app.domain import phone as phones
from campaign_app.domain.attempt import OUTCOMES, AttemptStatus
from campaign_app.domain.contact import ContactStatus
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.extensions import db
from campaign_app.http.current import now
from campaign_app.http.roles import require_role
from campaign_app.models import Attempt, CallEvent, Contact, Import, Role
from campaign_app.queries import tables
from campaign_app.services import audit, campaigns, contacts, do_not_call, stats
from campaign_app.services.campaign_specs import build_campaign_spec
from campaign_app.services.explanations import explain_contact, find_next_opening
from campaign_app.transaction import transaction

from . import live_page
from .calls_table import describe_outcome
from .frame import redirect_after_post
from .status_words import describe_status

blueprint = Blueprint("contacts", __name__)
CONTACT_PATH = "/contacts/<id:contact_id>"
PAGE_SIZE = 50
SOURCES = {
    "event": "Reported by the carrier",
    "poll": "Reported by the carrier when asked",
    "callback": "Reported by the carrier",
}


@blueprint.get("/campaigns/<id:campaign_id>/contacts")
@require_role(Role.VIEWER)
def index(campaign_id: int) -> str:
    session = db.session()
    campaign = campaigns.get_campaign(session, campaign_id)
    status, search = request.args.get("status") or None, request.args.get("q", "").strip()[:40]
    if status not in set(ContactStatus):
        status = None
    page = tables.list_contacts(
        session,
        campaign_id=campaign_id,
        status=status,
        search=search,
        cursor=request.args.get("cursor"),
        limit=PAGE_SIZE,
    )
    campaign_stats = stats.compute_campaign_stats(session, campaign, now())
    filters = [{"status": None, "label": "All", "count": campaign_stats.total}]
    filters += [
        {"status": s.value, "label": describe_status(s), "count": campaign_stats.contacts.get(s, 0)}
        for s in ContactStatus
        if campaign_stats.contacts.get(s, 0) or s == status
    ]
    return render_template(
        "contacts/index.html", campaign=campaign, page=page, filters=filters, status=status, search=search
    )


@blueprint.get(CONTACT_PATH)
@require_role(Role.VIEWER)
def show(contact_id: int) -> str:
    return _render_contact(contacts.get_contact(db.session(), contact_id))


@blueprint.post(f"{CONTACT_PATH}/reveal")
@require_role(Role.OPERATOR)
def reveal_number(contact_id: int) -> Response:
    """The page with the number in full, and a row in the audit trail. No cache keeps it."""
    with transaction(db.session()) as session:
        contact = contacts.get_contact(session, contact_id)
        audit.record_audit_entry(
            session,
            actor=g.actor,
            action="contact.reveal",
            object_type="contact",
            object_id=str(contact_id),
            now=now(),
            campaign_id=contact.campaign_id,
        )
    response = make_response(_render_contact(contacts.get_contact(db.session(), contact_id), revealed=True))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post(f"{CONTACT_PATH}/never")
@require_role(Role.OPERATOR)
def add_to_do_not_call(contact_id: int) -> AnyResponse:
    """Put the contact's number on the do-not-call list, for all campaigns or only for its own."""
    only_here = request.form.get("for") == "campaign"
    with transaction(db.session()) as session:
        contact = contacts.get_contact(session, contact_id)
        do_not_call.add_do_not_call_entry(
            session,
            contact.phone,
            region=None,
            campaign_id=contact.campaign_id if only_here else None,
            reason=request.form.get("reason", "").strip()[:500] or None,
            source="operator",
            actor=g.actor,
            now=now(),
        )
        masked_number = phones.mask(contact.phone)
    scope_text = "called again by this campaign" if only_here else "called again"
    flash(f"{masked_number} won’t be {scope_text}. A call in progress isn’t cut off.", "wait")
    return redirect_after_post(url_for("contacts.show", contact_id=contact_id))


@dataclass(frozen=True, slots=True)
class AttemptStep:
    """One line of an attempt's story."""

    at: datetime
    status: str
    text: str


@dataclass(frozen=True, slots=True)
class AttemptTimeline:
    """One attempt with its steps, oldest first."""

    attempt: Attempt
    open: bool
    summary: str
    steps: list[AttemptStep]


def _render_contact(contact: Contact, *, revealed: bool = False) -> str:
    session = db.session()
    campaign = campaigns.get_campaign(session, contact.campaign_id)
    attempts = tables.list_attempts_of(session, [contact.id])[contact.id]
    events = tables.list_events_of(session, [attempt.token for attempt in attempts])
    spec = build_campaign_spec(campaign)
    answer = explain_contact(session, contact, now())
    next_call_at = (
        find_next_opening(db.session(), answer, now())
        if campaign.status in ("running", "paused", "draft")
        else None
    )
    return render_template(
        "contacts/show.html",
        contact=contact,
        campaign=campaign,
        revealed=revealed,
        tries=[
            _build_timeline(attempt, events[attempt.token], campaign.display_zone)
            for attempt in reversed(attempts)
        ],
        planned=next_call_at,
        due_now=next_call_at is not None and next_call_at <= now(),
        most=spec.retry.max_attempts,
        zones=answer.profile.zones,
        zones_from=describe_derivation(answer.profile, campaign.clock),
        reasons=answer.reasons,
        source=session.get(Import, contact.import_id) if contact.import_id else None,
        elsewhere=tables.list_contacts_elsewhere(session, contact),
        summary=live_page.summarize_campaign(campaign),
    )


DERIVED_WORDS = {
    "column": "their row’s time zone",
    "postal": "their postal code",
    "state": "their state",
    "country": "their country",
    "number": "their number",
}


def describe_derivation(profile: DialProfile, clock: str) -> str:
    """How the candidate zones were found, and whether they count."""
    sources = [DERIVED_WORDS[part] for part in profile.derived.split("+") if part in DERIVED_WORDS]
    text = f"from {' and '.join(sources)}" if sources else "nothing is known about where they are"
    return f"{text}, but only the campaign’s own clock counts" if clock == "campaign" else text


def _build_timeline(attempt: Attempt, events: list[CallEvent], zone: str) -> AttemptTimeline:
    engine_text = f"By engine {attempt.engine}" if attempt.engine else ""
    steps = [AttemptStep(attempt.claimed_at, AttemptStatus.CLAIMED, engine_text)]
    if attempt.dialing_at is not None:
        steps.append(
            AttemptStep(
                attempt.dialing_at, AttemptStatus.DIALING, "Allowed: within hours, not on do-not-call"
            )
        )
    seen_statuses = {"claimed", "dialing"}
    for event in events:
        if event.status in seen_statuses and event.source == "engine":
            continue
        seen_statuses.add(event.status)
        source_text = SOURCES.get(event.source, event.source)
        steps.append(AttemptStep(event.at, event.status, source_text))
    if attempt.ended_at is not None and attempt.status not in seen_statuses:
        steps.append(AttemptStep(attempt.ended_at, attempt.status, "Closed by Switchboard"))
    open_ = AttemptStatus(attempt.status) not in OUTCOMES
    return AttemptTimeline(
        attempt, open_, _summarize_attempt(attempt, zone), sorted(steps, key=lambda step: step.at)
    )


def _summarize_attempt(attempt: Attempt, zone: str) -> str:
    """`Talked for 41 s. SIP 200.`: the attempt in one line."""
    parts = []
    if attempt.answered_at is not None and attempt.ended_at is not None:
        seconds = (attempt.ended_at - attempt.answered_at).total_seconds()
        parts.append(f"On the line for {seconds:.0f} s.")
    if attempt.answered_by and attempt.answered_by != "unknown":
        parts.append(f"Answered by a {attempt.answered_by}.")
    outcome_text = describe_outcome(attempt, zone)
    if outcome_text:
        parts.append(f"{outcome_text}.")
    if attempt.q850 is not None:
        parts.append(f"Q.850 cause {attempt.q850}.")
    return " ".join(parts)
