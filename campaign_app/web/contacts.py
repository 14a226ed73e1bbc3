"""Contacts: a campaign's, and one with all that happened to it. Numbers are masked, a look is audited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Response, flash, g, make_response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from campaign_app.domain import phone as phones
from campaign_app.domain.attempt import OUTCOMES, AttemptStatus
from campaign_app.domain.contact import ContactStatus
from campaign_app.extensions import db
from campaign_app.models import Attempt, CallEvent, Contact, Import, Role
from campaign_app.queries import tables
from campaign_app.roles import requires
from campaign_app.services import audit, campaigns, contacts, do_not_call, stats
from campaign_app.transaction import transaction

from . import live
from .calls_table import outcome
from .common import ID
from .frame import now, see

blueprint = Blueprint("contacts", __name__)
ONE = f"/contacts/<{ID}:contact_id>"
PAGE = 50
SOURCES = {
    "event": "the provider’s event",
    "poll": "asking the provider",
    "callback": "the provider’s callback",
}


@blueprint.get(f"/campaigns/<{ID}:campaign_id>/contacts")
@requires(Role.VIEWER)
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
        limit=PAGE,
    )
    figures = stats.compute_campaign_stats(session, campaign, now())
    filters = [{"status": None, "label": "All", "count": figures.total}]
    filters += [
        {"status": s.value, "label": s.value.capitalize(), "count": figures.contacts.get(s, 0)}
        for s in ContactStatus
        if figures.contacts.get(s, 0) or s == status
    ]
    return render_template(
        "contacts/index.html", campaign=campaign, page=page, filters=filters, status=status, search=search
    )


@blueprint.get(ONE)
@requires(Role.VIEWER)
def show(contact_id: int) -> str:
    return _page(contacts.get_contact(db.session(), contact_id))


@blueprint.post(f"{ONE}/reveal")
@requires(Role.OPERATOR)
def reveal(contact_id: int) -> Response:
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
    response = make_response(_page(contacts.get_contact(db.session(), contact_id), revealed=True))
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post(f"{ONE}/never")
@requires(Role.OPERATOR)
def never(contact_id: int) -> AnyResponse:
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
        shown = phones.mask(contact.phone)
    where = "by this campaign any more" if only_here else "any more"
    flash(f"{shown} is not called {where}. A call that is open goes on to its end.", "wait")
    return see(url_for("contacts.show", contact_id=contact_id))


@dataclass(frozen=True, slots=True)
class Step:
    """One line of an attempt's story."""

    at: datetime
    status: str
    words: str


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt with its steps, oldest first."""

    attempt: Attempt
    open: bool
    words: str
    steps: list[Step]


def _page(contact: Contact, *, revealed: bool = False) -> str:
    session = db.session()
    campaign = campaigns.get_campaign(session, contact.campaign_id)
    attempts = tables.list_attempts_of(session, [contact.id])[contact.id]
    events = tables.list_events_of(session, [attempt.token for attempt in attempts])
    spec = campaigns.build_campaign_spec(campaign)
    planned = contact.due_at if campaign.status in ("running", "paused", "draft") else None
    return render_template(
        "contacts/show.html",
        contact=contact,
        campaign=campaign,
        revealed=revealed,
        tries=[_try(attempt, events[attempt.token], campaign.timezone) for attempt in reversed(attempts)],
        planned=planned,
        due_now=planned is not None and planned <= now(),
        most=spec.retry.max_attempts,
        schedule=spec.calling_schedule,
        source=session.get(Import, contact.import_id) if contact.import_id else None,
        elsewhere=tables.list_contacts_elsewhere(session, contact),
        summary=live.summary(campaign),
    )


def _try(attempt: Attempt, events: list[CallEvent], zone: str) -> Try:
    by = f"by engine {attempt.engine}" if attempt.engine else ""
    steps = [Step(attempt.claimed_at, AttemptStatus.CLAIMED, by)]
    if attempt.dialing_at is not None:
        steps.append(Step(attempt.dialing_at, AttemptStatus.DIALING, "every check passed; permit written"))
    told = {"claimed", "dialing"}
    for event in events:
        if event.status in told and event.source == "engine":
            continue
        told.add(event.status)
        how = SOURCES.get(event.source, event.source)
        steps.append(Step(event.at, event.status, f"told by {how}" if event.source in SOURCES else how))
    if attempt.ended_at is not None and attempt.status not in told:
        steps.append(Step(attempt.ended_at, attempt.status, "settled by the engine"))
    open_ = AttemptStatus(attempt.status) not in OUTCOMES
    return Try(attempt, open_, _words(attempt, zone), sorted(steps, key=lambda step: step.at))


def _words(attempt: Attempt, zone: str) -> str:
    """`Talked for 41 s. SIP 200.`: the attempt in one line."""
    parts = []
    if attempt.answered_at is not None and attempt.ended_at is not None:
        seconds = (attempt.ended_at - attempt.answered_at).total_seconds()
        parts.append(f"On the line for {seconds:.0f} s.")
    if attempt.answered_by and attempt.answered_by != "unknown":
        parts.append(f"Answered by a {attempt.answered_by}.")
    words = outcome(attempt, zone)
    if words:
        parts.append(f"{words}.")
    if attempt.q850 is not None:
        parts.append(f"Q.850 cause {attempt.q850}.")
    return " ".join(parts)
