"""Contact pages: a campaign's contacts, and one with its history. Numbers are masked, and a reveal is audited."""

from __future__ import annotations

from flask import Blueprint, Response, flash, g, make_response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from campaign_app.domain import phone as phones
from campaign_app.domain.contact import ContactStatus, DeferredBy
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.extensions import db
from campaign_app.http.current import now
from campaign_app.http.numbers import read_number_search
from campaign_app.http.roles import require_role
from campaign_app.models import Contact, Import, Role
from campaign_app.queries import tables
from campaign_app.services import audit, campaigns, contacts, do_not_call, stats
from campaign_app.services.campaign_specs import build_campaign_spec
from campaign_app.services.explanations import explain_contact, find_next_opening
from campaign_app.transaction import transaction

from . import live_page
from .contact_timeline import build_timeline
from .frame import redirect_after_post
from .person_clock import PersonClock
from .status_words import describe_status

blueprint = Blueprint("contacts", __name__)
CONTACT_PATH = "/contacts/<id:contact_id>"
PAGE_SIZE = 50


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
        search=read_number_search(search),
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


def _render_contact(contact: Contact, *, revealed: bool = False) -> str:
    session = db.session()
    campaign = campaigns.get_campaign(session, contact.campaign_id)
    timeline = build_timeline(session, contact, campaign, now())
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
        timeline=timeline.entries,
        tries=timeline.calls,
        clock=PersonClock(answer.profile.zones),
        at=now(),
        put_off=None if contact.deferred_by is None else PUT_OFF_WORDS[DeferredBy(contact.deferred_by)],
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


PUT_OFF_WORDS = {
    DeferredBy.CAP: "the number had been called often enough lately",
    DeferredBy.GAP: "another campaign had called the number a short while ago",
    DeferredBy.HOURS: "it was not the time to call",
    DeferredBy.BUSY: "another call took the number at that moment",
    DeferredBy.TRUNK: "the trunk may not call the number",
}


def describe_derivation(profile: DialProfile, clock: str) -> str:
    """How the candidate zones were found, and whether they count."""
    sources = [DERIVED_WORDS[part] for part in profile.derived.split("+") if part in DERIVED_WORDS]
    text = f"from {' and '.join(sources)}" if sources else "nothing is known about where they are"
    return f"{text}, but only the campaign’s own clock counts" if clock == "campaign" else text
