"""Number page, `/why`: may this number be called now, by which rules, and every call that was made to it.

A number that some campaign has is named by its contact's id in addresses; only others stand there in full.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, flash, g, make_response, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse
from wtforms import SelectField, StringField
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs

from campaign_app.domain import phone as phones
from campaign_app.domain.attempt import AttemptStatus
from campaign_app.domain.countries import list_countries
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound
from campaign_app.domain.variables import find_value
from campaign_app.extensions import db
from campaign_app.http.current import current_settings, now
from campaign_app.http.roles import require_role
from campaign_app.http.routing import parse_id
from campaign_app.models import Attempt, Contact, Role
from campaign_app.queries import tables
from campaign_app.services import audit, contacts, do_not_call, health
from campaign_app.services.explanations import (
    ContactAnswer,
    explain_contact,
    explain_single_call,
    parse_whole_number,
)
from campaign_app.services.receipts import ReceiptMaker
from campaign_app.transaction import transaction

from . import why_words
from .filters import capitalize_first, mask_text
from .forms_people import PageForm, attach_errors
from .frame import redirect_after_post, render_refused_form
from .past_page import ask_about_past
from .person_clock import PersonClock
from .receipt_rows import VERDICT_WORDS, ReceiptView, view_receipt

blueprint = Blueprint("why", __name__)
CALLS_PER_PAGE = 25
MOST_CONTACTS = 20
"""Campaigns whose rules are shown for one number."""
LONGEST_TEXT = 64
NAME_VARIABLES = ("name", "full name", "contact name", "customer name", "customer")


class NumberLookup(PageForm):
    """A number to be looked up, as a GET form."""

    phone = StringField("Number")
    region = SelectField("Country", validate_choice=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region.choices = [
            SelectChoice("", "The number starts with +"),
            *(SelectChoice(code, label) for code, label in list_countries()),
        ]


@dataclass(frozen=True, slots=True)
class NumberReference:
    """Which number a request is about. `url_args` name it in addresses and forms: by a contact where there is one."""

    phone: str
    url_args: Mapping[str, Any]

    @property
    def masked(self) -> str:
        """For the audit trail."""
        return phones.mask(self.phone)


@blueprint.get("/why")
@require_role(Role.VIEWER)
def show() -> Any:
    if not request.args.keys() & {"phone", "contact"}:
        return render_template("why_lookup.html", form=NumberLookup(formdata=None))
    try:
        reference = read_reference(request.args)
    except InvalidInput as error:
        return render_refused_lookup("why_lookup.html", request.args, error)
    page, is_refused = _render_number(reference)
    return (page, 422) if is_refused else page


@blueprint.post("/why/reveal")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def reveal_number() -> Response:
    """The page with the number in full, and a row in the audit trail. No cache keeps it."""
    with transaction(db.session()) as session:
        reference = read_reference(request.form)
        contact_id = reference.url_args.get("contact")
        audit.record_audit_entry(
            session,
            actor=g.actor,
            action="number.reveal" if contact_id is None else "contact.reveal",
            object_type="number" if contact_id is None else "contact",
            object_id=phones.mask(reference.phone) if contact_id is None else contact_id,
            now=now(),
            phone=reference.phone,
        )
    response = make_response(_render_number(reference, revealed=True)[0])
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.post("/why/never")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def add_to_do_not_call() -> AnyResponse:
    """Put the number on the do-not-call list for all campaigns."""
    with transaction(db.session()) as session:
        reference = read_reference(request.form)
        do_not_call.add_do_not_call_entry(
            session,
            reference.phone,
            region=None,
            campaign_id=None,
            reason=request.form.get("reason", "").strip()[: do_not_call.LONGEST_REASON] or None,
            source="operator",
            actor=g.actor,
            now=now(),
        )
    flash(f"{phones.mask(reference.phone)} won’t be called again. A call in progress isn’t cut off.", "wait")
    return redirect_after_post(url_for("why.show", **reference.url_args))


def render_refused_lookup(template: str, args: MultiDict[str, str], error: InvalidInput) -> Any:
    """The question for a number again, with what is wrong with the one that was given."""
    form = NumberLookup(formdata=args)
    attach_errors(form, error)
    return render_refused_form(template, form=form)


def find_why_url(session: Session, phone: str) -> str:
    """The page of a number (E.164), named by a contact that has it, if there is one."""
    return url_for("why.show", **_refer_to(session, phone).url_args)


def read_reference(args: Mapping[str, str]) -> NumberReference:
    """Raises NotFound (the contact), InvalidInput (`phone`, `region`)."""
    session = db.session()
    if "contact" in args:
        contact_id = parse_id(args["contact"])
        if contact_id is None:
            raise NotFound("there is no such contact")
        contact = contacts.get_contact(session, contact_id)
        return NumberReference(contact.phone, {"contact": contact.id})
    text, region = args.get("phone", "").strip(), args.get("region", "").strip() or None
    if not text:
        raise InvalidInput([FieldError("phone", "enter a full phone number, such as +1 202 555 0123")])
    if len(text) > LONGEST_TEXT:
        raise InvalidInput([FieldError("phone", f"it has {len(text):,} characters; no number is that long")])
    if region is not None and not phones.is_region(region):
        problem = f"there is no country “{region[:LONGEST_TEXT]}”; choose one from the list"
        raise InvalidInput([FieldError("region", problem)])
    try:
        phone = parse_whole_number(text, region)
    except InvalidInput as error:
        quoted = [FieldError(each.field, f"“{text}” {each.message}") for each in error.errors]
        raise InvalidInput(quoted) from None
    return NumberReference(phone, {"phone": phone})


def _refer_to(session: Session, phone: str) -> NumberReference:
    known = tables.list_contacts_of_number(session, phone, 1)
    return NumberReference(phone, {"contact": known[0].id} if known else {"phone": phone})


@dataclass(frozen=True, slots=True)
class CampaignSection:
    """What one campaign says of the number."""

    answer: ContactAnswer
    words: why_words.AnswerWords


@dataclass(frozen=True, slots=True)
class NumberCall:
    """A row of the table of calls."""

    attempt: Attempt
    at: Any
    who: str
    heard: str
    receipt: ReceiptView


def _render_number(reference: NumberReference, *, revealed: bool = False) -> tuple[str, bool]:
    """The page, and whether what was asked about another time was refused."""
    session, at = db.session(), now()
    phone = reference.phone
    total = tables.count_contacts_of_number(session, phone)
    dialer_on = health.is_engine_alive(session, at, current_settings().tick_seconds)
    known = tables.list_contacts_of_number(session, phone, MOST_CONTACTS)
    page = tables.list_calls_to_number(
        session, phone, cursor=request.args.get("cursor"), limit=CALLS_PER_PAGE
    )
    last_calls = _find_last_calls(session, known)
    answers = [explain_contact(session, contact, at) for contact in known]
    sections = [
        CampaignSection(
            answer,
            why_words.describe_answer(
                answer, dialer_on=dialer_on, last_call=last_calls.get(answer.contact.id)
            ),
        )
        for answer in answers
    ]
    single = None
    if not answers:
        single = explain_single_call(session, phone, at)
        single_words = why_words.describe_single_call(single, dialer_on=dialer_on)
        strong, text, zones = single_words.strong, single_words.text, single.profile.zones
    else:
        zones = answers[0].profile.zones
        single_words = None
        if len(answers) == 1:
            strong, text = sections[0].words.strong, sections[0].words.text
        else:
            strong, text = why_words.describe_all(answers, dialer_on=dialer_on, more=total - len(answers))
    clock = PersonClock(zones)
    past_form, past = ask_about_past(
        session, phone, request.args, zones, [answer.campaign for answer in answers], at
    )
    page_html = render_template(
        "why.html",
        past_form=past_form,
        past=past,
        phone=phone,
        reference=reference,
        revealed=revealed,
        who=_find_name(known),
        clock=clock,
        at=at,
        strong=strong,
        text=text,
        sections=sections,
        single=single_words,
        facts=_describe_facts(session, phone, total),
        more=total - len(known),
        page=page,
        calls=_build_calls(session, phone, page.items, at),
        verdict_words=VERDICT_WORDS,
        listed=_is_listed_for_all(session, phone),
    )
    return page_html, bool(past_form.errors)


def _find_last_calls(session: Session, known: Sequence[Contact]) -> dict[int, Attempt]:
    """{contact: its last call}."""
    attempts = tables.list_attempts_of(session, [contact.id for contact in known])
    return {contact_id: each[-1] for contact_id, each in attempts.items() if each}


def _find_name(known: Sequence[Contact]) -> str:
    """The person's name, where a variable of one of the contacts is called so."""
    for contact in known:
        for variable in NAME_VARIABLES:
            if name := find_value(contact.variables, variable):
                return name
        parts = [find_value(contact.variables, part) for part in ("first name", "last name")]
        if name := " ".join(part for part in parts if part):
            return name
    return ""


def _describe_facts(session: Session, phone: str, campaigns: int) -> str:
    """`In 2 campaigns, called 3 times, not on a do-not-call list.`"""
    calls = tables.count_placed_calls(session, phone)
    entries = tables.list_do_not_call_of_number(session, phone)
    in_campaigns = {0: "in no campaign", 1: "in 1 campaign"}.get(campaigns, f"in {campaigns:,} campaigns")
    called = {0: "no calls on record", 1: "called once"}.get(calls, f"called {calls:,} times")
    if not entries:
        on_list = "not on a do-not-call list"
    elif entries[0][0].campaign_id is None:
        on_list = "on the do-not-call list"
    else:
        names = ", ".join(name or "" for _, name in entries[:3])
        on_list = f"on the do-not-call list of {names}"
    return f"{capitalize_first(in_campaigns)}, {called}, {on_list}."


def _is_listed_for_all(session: Session, phone: str) -> bool:
    return tables.find_do_not_call_entry(session, phone, None) is not None


HEARD_WORDS = {
    "message-played": "all of it",
    "hung-up-early": "part of it: they hung up",
    "opted-out": "asked not to be called again",
    "answered": "answered the question",
    "transferred": "was connected to somebody",
    "voicemail-left": "left on voicemail",
    "not-played": "nothing: the message could not be played",
    "machine-hung-up": "nothing: a machine took the call",
}


def _build_calls(session: Session, phone: str, attempts: Sequence[Attempt], at: datetime) -> list[NumberCall]:
    maker = ReceiptMaker(session, phone)
    return [_build_call(attempt, view_receipt(maker.make_receipt(attempt, at))) for attempt in attempts]


def _build_call(attempt: Attempt, receipt: ReceiptView) -> NumberCall:
    heard = HEARD_WORDS.get(attempt.disposition or "", (attempt.disposition or "").replace("-", " "))
    if attempt.key:
        heard = f"{heard}, pressed {attempt.key}" if heard else f"pressed {attempt.key}"
    if attempt.status == AttemptStatus.RELEASED:
        heard = f"never sent: {mask_text(attempt.cause)}" if attempt.cause else "never sent"
    who = {"human": "person", "machine": "machine", "fax": "fax"}.get(attempt.answered_by or "", "")
    return NumberCall(attempt, attempt.started_at, who, heard, receipt)
