"""Contact pages: a campaign's contacts, and one with its history. Numbers are masked, and a reveal is audited."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, flash, g, make_response, render_template, request, send_file, url_for
from werkzeug.wrappers import Response as AnyResponse

from campaign_app.domain import phone as phones
from campaign_app.domain.campaign import ACCEPTS_CONTACTS, CampaignStatus
from campaign_app.domain.contact import ContactStatus, DeferredBy
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.errors import FieldError, InvalidInput, StateConflict
from campaign_app.domain.trunk import SIMULATOR
from campaign_app.extensions import db
from campaign_app.http.current import current_settings, now, wake_engine
from campaign_app.http.numbers import hide_from_viewers
from campaign_app.http.roles import require_role
from campaign_app.http.routing import parse_id
from campaign_app.http.second_person import check_added_contacts
from campaign_app.models import CONTACT_COUNTERS, Contact, Import, Role
from campaign_app.queries import phone_search, tables
from campaign_app.queries.contact_changes import CALLED_AGAIN
from campaign_app.queries.trunks import list_names_of_provider
from campaign_app.services import (
    audit,
    campaigns,
    contact_changes,
    contacts,
    do_not_call,
    export_files,
    exports,
)
from campaign_app.services.campaign_specs import build_campaign_spec
from campaign_app.services.explanations import explain_contact
from campaign_app.services.next_calls import find_next_calls
from campaign_app.services.responses import list_key_labels
from campaign_app.transaction import transaction

from . import contacts_table, live_page, spreadsheets
from .contact_timeline import build_timeline
from .contacts_table import PAGE_SIZE
from .filters import count_noun
from .frame import redirect_after_post
from .person_clock import PersonClock
from .refusals import Refusal, explain_error
from .refused_forms import show_refused_form
from .status_words import describe_status
from .times import reader_zone

blueprint = Blueprint("contacts", __name__)
CONTACT_PATH = "/contacts/<id:contact_id>"


@blueprint.get("/campaigns/<id:campaign_id>/contacts")
@require_role(Role.VIEWER)
def index(campaign_id: int) -> str:
    session = db.session()
    campaign = campaigns.get_campaign(session, campaign_id)
    # A refused form brings the filter, the order and the columns along.
    arguments = request.args if request.method == "GET" else request.form
    table = contacts_table.load_contacts_table(session, campaign_id, arguments)
    counts = {status: getattr(campaign.counters, name) for status, name in CONTACT_COUNTERS.items()}
    filters = [{"status": None, "label": "All", "count": sum(counts.values())}]
    filters += [
        {"status": s.value, "label": describe_status(s), "count": counts[s]}
        for s in ContactStatus
        if counts[s] or s == table.status
    ]
    return render_template(
        "contacts/index.html",
        campaign=campaign,
        table=table,
        filters=filters,
        accepts=CampaignStatus(campaign.status) in ACCEPTS_CONTACTS,
    )


@blueprint.get("/campaigns/<id:campaign_id>/contacts.xlsx")
@require_role(Role.OPERATOR)
def download_spreadsheet(campaign_id: int) -> AnyResponse:
    """What the filter shows, with all its calls, for an office. Numbers are in full: audited like a reveal."""
    session = db.session()
    campaign = campaigns.get_campaign(session, campaign_id)
    chosen = _choose_for_spreadsheet(campaign_id)
    # Read through before the transaction, which keeps other writers waiting.
    written = spreadsheets.survey_contacts(db.engine, campaign_id, chosen)
    key_labels, simulated = list_key_labels(campaign), list_names_of_provider(session, SIMULATOR)
    name = spreadsheets.make_file_name(campaign.name, now().astimezone(ZoneInfo(reader_zone())))
    with transaction(session):
        exports.record_export(session, campaign_id, "xlsx", masked=False, actor=g.actor, now=now())
    with export_files.make_scratch_folder(current_settings().exports_folder) as scratch:
        book = spreadsheets.CampaignWorkbook(
            zone=reader_zone(),
            variables=written.variables,
            key_labels=key_labels,
            engine=db.engine,
            simulated=simulated,
            scratch=scratch,
        )
        try:
            for contact in spreadsheets.read_contacts(db.engine, campaign_id, written.ids):
                book.add_contact(contact)
        finally:
            content = book.close()
    response = send_file(
        io.BytesIO(content),
        mimetype=spreadsheets.CONTENT_TYPE,
        as_attachment=True,
        download_name=name,
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _choose_for_spreadsheet(campaign_id: int) -> set[int] | None:
    """The contacts that the filter shows; None: all. Raises StateConflict where a file cannot hold them."""
    session = db.session()
    most = spreadsheets.MOST_CONTACTS
    if request.args.get("status") or request.args.get("q"):
        ids = contacts_table.find_ids_of_filter(session, campaign_id, request.args, most + 1)
        if len(ids) > most:
            raise StateConflict(
                f"an Excel file holds {most:,} contacts at the most, and more match: filter them further, or export "
                "the campaign as CSV"
            )
        return set(ids)
    if phone_search.count_contacts(session, campaign_id) > most:
        raise StateConflict(
            f"an Excel file holds {most:,} contacts at the most: filter them, or export the campaign as CSV"
        )
    return None


@blueprint.post("/campaigns/<id:campaign_id>/contacts")
@require_role(Role.OPERATOR)
def add_contact(campaign_id: int) -> AnyResponse | tuple[str, int]:
    """One more contact, with its values; back to the table as it was."""
    values = {
        name: value
        for name, value in zip(request.form.getlist("name"), request.form.getlist("value"), strict=False)
        if name and value.strip()
    }
    row = {"phone": request.form.get("phone", "").strip()[:64], "variables": values}
    with transaction(db.session()) as session:
        result = contacts.add_contacts(session, campaign_id, [row], actor=g.actor, now=now())
        check_added_contacts(campaign_id)
    if result.rejected:
        return _refuse_contact(campaign_id, result.rejected[0])
    elif result.accepted:
        wake_engine()
        flash("Added 1 contact.")
    elif result.do_not_call:
        Refusal("Nobody was added: the number is on the do-not-call list.").show_next()
    else:
        Refusal("Nobody was added: the number is in this campaign already.", "wait").show_next()
    return _back_to_table(campaign_id)


def _refuse_contact(campaign_id: int, rejected: Mapping[str, Any]) -> tuple[str, int]:
    return show_refused_form(
        "add-one",
        InvalidInput([FieldError("phone", rejected["reason"])]),
        lambda: index(campaign_id),
        note="Nobody was added.",
        page=url_for(
            "contacts.index", campaign_id=campaign_id, **contacts_table.list_kept_arguments(request.form)
        ),
        other_field="phone",
    )


@blueprint.post("/campaigns/<id:campaign_id>/contacts/bulk")
@require_role(Role.OPERATOR)
def change_selected(campaign_id: int) -> AnyResponse:
    """Call again, remove or never call those that were ticked, or all that the filter shows."""
    action = request.form.get("action", "")
    if action not in BULK_WORDS:
        raise StateConflict(f"choose one of {', '.join(BULK_WORDS)}")
    ids = [found for text in request.form.getlist("id")[:PAGE_SIZE] if (found := parse_id(text))]
    of_filter = bool(request.form.get("all"))
    if of_filter:
        ids = contacts_table.list_ids_of_filter(db.session(), campaign_id, request.form)
    if not ids:
        words = (
            "No contacts match: nothing was changed." if of_filter else "Select one or more contacts first."
        )
        Refusal(words, "wait").show_next()
        return _back_to_table(campaign_id)
    try:
        with transaction(db.session()) as session:
            if action == "again":
                changed = contact_changes.call_again(session, campaign_id, ids, actor=g.actor, now=now())
            elif action == "remove":
                changed = contact_changes.remove_contacts(session, campaign_id, ids, actor=g.actor, now=now())
            else:
                reason = request.form.get("reason", "").strip()[:500] or None
                changed = contact_changes.never_call(
                    session, campaign_id, ids, reason=reason, actor=g.actor, now=now()
                )
    except (InvalidInput, StateConflict) as error:
        Refusal(explain_error(error)).show_next()
        return _back_to_table(campaign_id)
    if action == "again":
        wake_engine()
    _flash_changed(BULK_WORDS[action], changed)
    return _back_to_table(campaign_id)


BULK_WORDS = {"again": "Due now: {}.", "remove": "Removed {}.", "never": "Won’t be called again: {}."}


def _flash_changed(words: str, changed: contact_changes.ContactsChanged) -> None:
    if changed.done:
        flash(words.format(count_noun(changed.done, "contact")))
    if changed.refused:
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in changed.refused.most_common())
        Refusal(f"Left as they are: {reasons}.", "wait").show_next()


def _back_to_table(campaign_id: int) -> AnyResponse:
    """The table with its filter, order and columns kept."""
    kept = contacts_table.list_kept_arguments(request.form)
    return redirect_after_post(url_for("contacts.index", campaign_id=campaign_id, **kept))


@blueprint.post(f"{CONTACT_PATH}/again")
@require_role(Role.OPERATOR)
def call_again(contact_id: int) -> AnyResponse:
    """Make one contact due now."""
    campaign_id = contacts.get_contact(db.session(), contact_id).campaign_id
    try:
        with transaction(db.session()) as session:
            changed = contact_changes.call_again(session, campaign_id, [contact_id], actor=g.actor, now=now())
    except StateConflict as error:
        Refusal(explain_error(error)).show_next()
    else:
        wake_engine()
        for reason in changed.refused:
            Refusal(f"Nothing was changed: it {reason}.", "wait").show_next()
        if changed.done:
            flash("Due now. It’s called as soon as hours, limits and a line allow.")
    return redirect_after_post(url_for("contacts.show", contact_id=contact_id))


@blueprint.post(f"{CONTACT_PATH}/values")
@require_role(Role.OPERATOR)
def change_values(contact_id: int) -> AnyResponse | tuple[str, int]:
    """Change what the message may say of this person; an emptied value is removed."""
    pairs = zip(request.form.getlist("name"), request.form.getlist("value"), strict=False)
    changes = {name.strip(): value.strip() or None for name, value in pairs if name.strip()}
    try:
        with transaction(db.session()) as session:
            contact_changes.change_values(session, contact_id, changes, actor=g.actor, now=now())
    except InvalidInput as error:
        return _refuse_change("values", contact_id, error, "value")
    else:
        flash("Saved. The next call uses these values.")
    return redirect_after_post(url_for("contacts.show", contact_id=contact_id))


@blueprint.post(f"{CONTACT_PATH}/place")
@require_role(Role.OPERATOR)
def change_place(contact_id: int) -> AnyResponse | tuple[str, int]:
    """Change where the person is: their clock, and whose rules hold."""
    try:
        with transaction(db.session()) as session:
            contact_changes.change_place(
                session,
                contact_id,
                timezone=request.form.get("timezone", "").strip()[:64] or None,
                state=request.form.get("state", "").strip()[:64] or None,
                actor=g.actor,
                now=now(),
            )
    except InvalidInput as error:
        return _refuse_change("place", contact_id, error, "timezone")
    else:
        wake_engine()
        flash("Saved. The hours and rules of that place hold from the next call on.")
    return redirect_after_post(url_for("contacts.show", contact_id=contact_id))


def _refuse_change(dialog: str, contact_id: int, error: InvalidInput, other_field: str) -> tuple[str, int]:
    return show_refused_form(
        dialog,
        error,
        lambda: show(contact_id),
        note="Nothing was saved.",
        page=url_for("contacts.show", contact_id=contact_id),
        other_field=other_field,
    )


@blueprint.get(CONTACT_PATH)
@require_role(Role.VIEWER)
def show(contact_id: int) -> str:
    return _render_contact(contacts.get_contact(db.session(), contact_id))


@blueprint.post(f"{CONTACT_PATH}/reveal")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
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
@require_role(Role.OPERATOR, Role.COMPLIANCE)
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
        find_next_calls(session, [contact], now()).get(contact.id)
        if campaign.status in ("running", "paused", "draft")
        else None
    )
    return render_template(
        "contacts/show.html",
        contact=contact,
        campaign=campaign,
        revealed=revealed,
        variables=hide_from_viewers(contact.variables, written=True),
        timeline=timeline.entries,
        tries=timeline.sent_calls,
        free_calls=len(timeline.free_calls),
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
        may_call_again=CampaignStatus(campaign.status) in ACCEPTS_CONTACTS
        and contact.status in CALLED_AGAIN
        and not (contact.due_at is not None and contact.due_at <= now()),
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
    DeferredBy.RESTORED: "it may have been called before the database was restored",
    DeferredBy.GAP: "another campaign had called the number a short while ago",
    DeferredBy.HOURS: "it was not the time to call",
    DeferredBy.BUSY: "another call took the number at that moment",
    DeferredBy.TRUNK: "the trunk may not call the number",
    DeferredBy.OUTSIDE: "the outside check refused the number",
    DeferredBy.UNASKED: "the outside check did not answer",
}


def describe_derivation(profile: DialProfile, clock: str) -> str:
    """How the candidate zones were found, and whether they count."""
    sources = [DERIVED_WORDS[part] for part in profile.derived.split("+") if part in DERIVED_WORDS]
    text = f"from {' and '.join(sources)}" if sources else "nothing is known about where they are"
    return f"{text}, but only the campaign’s own clock counts" if clock == "campaign" else text
