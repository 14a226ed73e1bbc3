"""Explanations: why a person is not being called now, all reasons at once, by the functions that the permit asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain import phone as phones
from campaign_app.domain.campaign import to_rfc3339
from campaign_app.domain.contact import ContactStatus
from campaign_app.domain.dial_profile import DialProfile, derive_profile
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.domain.lists import parse_suppressed_code
from campaign_app.models import Campaign, Contact, Trunk
from campaign_app.queries.blackouts import load_blackouts
from campaign_app.services.blackout_checks import check_blackouts
from campaign_app.services.contact_profiles import add_known_places, derive_with_doubts
from campaign_app.services.dialing_rules import (
    CallRequest,
    DialingRules,
    apply_trunk_guard,
    find_first_open,
)
from campaign_app.services.forgotten_checks import check_forgotten
from campaign_app.services.list_rules import ListRequest, check_lists
from campaign_app.services.outside_rule import check_outside
from campaign_app.services.pack_editions import load_edition
from campaign_app.services.rule_checks import (
    WAITING,
    NotCalledReason,
    Rule,
    RuleCheck,
    check_campaign,
    check_do_not_call,
    check_open_call,
    check_people_rules,
    check_trunk,
    check_turn,
)
from campaign_app.services.single_calls import make_single_call_rulebook

NUMBER_RULES = (Rule.FORGOTTEN, Rule.DO_NOT_CALL, Rule.LISTS, Rule.OPEN_CALL, Rule.TURN)
"""Rules that say something of a contact that waits for no call."""


@dataclass(frozen=True, slots=True)
class ContactAnswer:
    """What each rule says of one contact now."""

    contact: Contact
    campaign: Campaign
    profile: DialProfile
    checks: Sequence[RuleCheck]
    doubts: Sequence[str] = ()
    """Where what is known of the person's place contradicts itself."""
    free_at: datetime | None = None
    """When its call may begin; None where a reason does not end by itself, or there is none."""

    @property
    def waits(self) -> bool:
        """Whether its campaign would still call it."""
        return self.contact.status in WAITING

    @property
    def reasons(self) -> list[NotCalledReason]:
        """Why it is not called; none where its call may begin with the next tick."""
        return [
            reason
            for check in self.checks
            if self.waits or check.rule in NUMBER_RULES
            for reason in check.reasons
        ]


@dataclass(frozen=True, slots=True)
class SingleCallAnswer:
    """What each rule says of a single call to a number now, over the default trunk."""

    profile: DialProfile
    checks: Sequence[RuleCheck]
    free_at: datetime | None = None
    """As of a contact."""

    @property
    def reasons(self) -> list[NotCalledReason]:
        return [reason for check in self.checks for reason in check.reasons]


def explain_contact(session: Session, contact: Contact, now: datetime) -> ContactAnswer:
    """What every rule says of a contact at `now`."""
    campaign = session.get_one(Campaign, contact.campaign_id)
    rules = DialingRules()
    connection = session.connection()
    profile = rules.get_profiles(connection, [contact.profile_id])[contact.profile_id]
    turn = check_turn(campaign, contact, now)
    is_due_later = contact.status in WAITING and turn.holds
    listed = check_do_not_call(session, contact.phone, campaign.id)
    on_lists = check_lists(session, ListRequest(contact.phone, campaign.purpose, profile), now)
    open_call = check_open_call(session, contact.phone)

    def find_request() -> CallRequest:
        rulebook = rules.get_rulebook(connection, campaign.rulebook_id)
        rulebook = apply_trunk_guard(rulebook, campaign.trunk.guard_seconds)
        return CallRequest(contact.phone, campaign.id, rulebook, profile)

    checks = [
        *check_forgotten(session, contact.phone),
        listed,
        on_lists,
        open_call,
        *([] if is_due_later or _is_said_already(contact, listed, on_lists, open_call) else [turn]),
        check_campaign(session, campaign, now),
        check_trunk(session, campaign.trunk, now, contact.phone),
        check_blackouts(
            session,
            profile,
            campaign.purpose,
            timedelta(seconds=max(campaign.guard_seconds, campaign.trunk.guard_seconds)),
            now,
        ),
        check_outside(session, contact.phone, profile, campaign.purpose, now),
        *check_people_rules(session, rules, find_request, now),
        *([turn] if is_due_later else []),
    ]
    answer = ContactAnswer(contact, campaign, profile, checks, _list_doubts(contact))
    if not answer.waits:
        return answer
    return replace(answer, free_at=_find_free_at(session, answer.reasons, find_request, now))


def _list_doubts(contact: Contact) -> tuple[str, ...]:
    names = ("timezone", "country", "state", "postal_code", "line_type", "consent")
    try:
        return derive_with_doubts(contact.phone, {name: getattr(contact, name) for name in names}).doubts
    except InvalidInput:  # of an older version
        return ()


def _find_free_at(
    session: Session,
    reasons: Sequence[NotCalledReason],
    find_request: Callable[[], CallRequest],
    now: datetime,
) -> datetime | None:
    """When the call may begin, where every reason ends by itself: what ends in the night leaves the hours closed."""
    ends = [reason.until for reason in reasons if reason.until is not None]
    if not ends or len(ends) < len(reasons):
        return None
    request = find_request()
    return find_first_open(
        request.rulebook, request.profile, max(ends), load_blackouts(session.connection(), now)
    )


def _is_said_already(contact: Contact, listed: RuleCheck, on_lists: RuleCheck, open_call: RuleCheck) -> bool:
    """Whether the contact's own state only repeats what a list, or the call that is under way, says of it."""
    if contact.status == ContactStatus.DIALING:
        return open_call.holds
    if parse_suppressed_code(contact.suppressed_by) is not None:
        return on_lists.holds
    return contact.suppressed_by == listed.rule and listed.holds


def explain_number(session: Session, phone: str, now: datetime) -> tuple[str, list[ContactAnswer]]:
    """The number in E.164, and what holds for each contact that has it. Raises InvalidInput for what is no number."""
    number = parse_whole_number(phone, None)
    contacts = session.scalars(select(Contact).where(Contact.phone == number).order_by(Contact.id)).all()
    return number, [explain_contact(session, contact, now) for contact in contacts]


def explain_single_call(session: Session, phone: str, now: datetime) -> SingleCallAnswer:
    """What every rule says of one call to `phone` (E.164), as `POST /calls` would place it without further words."""
    profile = add_known_places(session, phone, derive_profile(phone).profile)
    trunk = session.scalar(select(Trunk).order_by(Trunk.id).limit(1))
    rulebook = make_single_call_rulebook({}, load_edition(session))
    request = CallRequest(
        phone, None, apply_trunk_guard(rulebook, 0.0 if trunk is None else trunk.guard_seconds), profile
    )
    checks = [
        *check_forgotten(session, phone),
        check_do_not_call(session, phone, None),
        check_lists(session, ListRequest(phone, request.rulebook.purpose, profile), now),
        check_open_call(session, phone),
        *([] if trunk is None else [check_trunk(session, trunk, now, phone)]),
        check_blackouts(session, profile, request.rulebook.purpose, request.rulebook.guard, now),
        check_outside(session, phone, profile, request.rulebook.purpose, now),
        *check_people_rules(session, DialingRules(), lambda: request, now),
    ]
    answer = SingleCallAnswer(profile, checks)
    return replace(answer, free_at=_find_free_at(session, answer.reasons, lambda: request, now))


def parse_whole_number(text: str, region: str | None) -> str:
    """E.164. Raises InvalidInput (`phone`) for anything that is no whole number."""
    try:
        return phones.parse(text, region)
    except phones.PhoneError as error:
        # Where there is a remedy already, it is the page's: to choose a country.
        problem = str(error) if ";" in str(error) else phones.explain_refusal(error, text, region)
        raise InvalidInput([FieldError("phone", problem)]) from None


def answers_to_api(answers: Sequence[ContactAnswer]) -> list[dict[str, Any]]:
    return [answer_to_api(answer) for answer in answers]


def answer_to_api(answer: ContactAnswer) -> dict[str, Any]:
    return {
        "contact_id": answer.contact.id,
        "campaign_id": answer.campaign.id,
        "campaign": answer.campaign.name,
        "status": answer.contact.status,
        "zones": list(answer.profile.zones),
        "derived": answer.profile.derived,
        "doubts": list(answer.doubts),
        "callable": not answer.reasons,
        "reasons": _reasons_to_api(answer.reasons),
    }


def single_call_to_api(answer: SingleCallAnswer) -> dict[str, Any]:
    return {
        "zones": list(answer.profile.zones),
        "callable": not answer.reasons,
        "reasons": _reasons_to_api(answer.reasons),
    }


def _reasons_to_api(reasons: Sequence[NotCalledReason]) -> list[dict[str, Any]]:
    return [
        {"code": reason.code, "detail": reason.detail, "until": to_rfc3339(reason.until)}
        for reason in reasons
    ]
