"""Single calls, placed now, and hanging up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campaign_app.domain import phone as phones
from campaign_app.domain.attempt import AttemptStatus, new_token
from campaign_app.domain.blackouts import Blackout, find_blackout
from campaign_app.domain.call_caps import GAP
from campaign_app.domain.calling_window import DAYS, parse_windows
from campaign_app.domain.campaign_consent import CampaignConsent as CallConsent
from campaign_app.domain.campaign_consent import consent_to_api, parse_call_consent, parse_caller_name
from campaign_app.domain.dial_profile import DialProfile, derive_profile
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound, StateConflict, TooManyRequests
from campaign_app.domain.message import Message, MissingValue, parse_message
from campaign_app.domain.message_needs import list_lacking
from campaign_app.domain.number_rules import check_number
from campaign_app.domain.number_zones import is_zone
from campaign_app.domain.pacing import lines_for_calls
from campaign_app.domain.packs import PackEdition, Rule, describe_source
from campaign_app.domain.rulebook import CampaignClock, Purpose, Rulebook, parse_purpose, parse_subject
from campaign_app.domain.timeline import describe_refusals, explain_hours, find_lasting_refusals
from campaign_app.models import Attempt, Contact, Trunk
from campaign_app.queries import counts, locks
from campaign_app.queries.blackouts import load_blackouts
from campaign_app.queries.forgotten import find_forgotten, hold_forgotten_still
from campaign_app.services import audit, recovery, trunks
from campaign_app.services.campaigns import check_recordings, get_campaign, trunk_names
from campaign_app.services.confirmed_numbers import is_confirmed, keep_code
from campaign_app.services.contact_profiles import add_known_places, keep_profiles
from campaign_app.services.contacts import attempt_to_api
from campaign_app.services.dialing_rules import (
    CallRequest,
    DialingRules,
    apply_trunk_guard,
    find_first_open,
    find_hours_refusal,
)
from campaign_app.services.list_rules import ListRequest, describe_list_hold
from campaign_app.services.pack_editions import load_edition
from campaign_app.services.rule_checks import check_do_not_call
from campaign_app.services.rulebooks import keep_rulebook

FIELDS = (
    "to",
    "message",
    "variables",
    "caller_id",
    "provider",
    "purpose",
    "subject",
    "timezone",
    "consent",
    "caller_name",
)
BEING_CALLED = "the number is being called right now: wait until that call has ended"
T = TypeVar("T")
ALWAYS = parse_windows([{"days": list(DAYS), "start": "00:00", "end": "24:00"}])


@dataclass(frozen=True, slots=True)
class CheckedCall:
    """A single call as it was asked for, checked. Numbers are E.164."""

    to: str
    caller_id: str | None
    message: Message
    trunk: Trunk
    profile: DialProfile
    rulebook: Rulebook
    consent: CallConsent | None = None


def get_call(session: Session, attempt_id: int) -> Attempt:
    """Raises NotFound."""
    attempt = session.get(Attempt, attempt_id)
    if attempt is None:
        raise NotFound(f"there is no call {attempt_id}")
    return attempt


def call_to_api(attempt: Attempt) -> dict[str, Any]:
    """A call: its attempt, whom it calls, and where it belongs (both null for a single call)."""
    return {
        **attempt_to_api(attempt),
        "to": attempt.phone,
        "campaign_id": attempt.campaign_id,
        "contact_id": attempt.contact_id,
    }


def place_single_call(
    session: Session,
    data: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
    test: bool = False,
    campaign_id: int | None = None,
) -> Attempt:
    """Queue one call, `{to, message, variables, caller_id, provider}`, for the next tick of an engine.

    It goes through the same permit as a campaign's calls, but for what only a campaign has: windows of its own and
    pace. `purpose` (informational unless it is said) decides at which hours of the person's clock it may ring;
    `timezone` says where the person is, `consent` (`{kind, source}`) what they agreed to. `campaign_id`: the campaign
    whose message it is, for a test call; nobody on its own do-not-call list is called either. Raises Invalid; Conflict
    where the number is on the do-not-call list or on a list that binds, is being called right now, was called too often
    lately, would ring outside the hours, or a rule asks for a consent that is not on record; TooManyRequests where the
    trunk's lines are all in use.
    """
    call = _check_call_data(session, data)
    to, caller_id, message, trunk = call.to, call.caller_id, call.message, call.trunk
    if session.scalar(select(Attempt.id).where(Attempt.phone == to, Attempt.ended_at.is_(None)).limit(1)):
        raise StateConflict(BEING_CALLED)
    _check_not_forgotten(session, to)
    exempt = test and is_confirmed(session, to)
    purpose = Purpose.INFORMATIONAL if exempt else call.rulebook.purpose
    # What does not end by itself comes before hours and caps, which name a time.
    _check_not_listed(session, ListRequest(to, purpose, call.profile), campaign_id, now)
    if not exempt:
        _check_person(session, call, now, test=test)
    if recovery.is_quarantined(session):
        raise StateConflict(
            "dialing is on hold: the database may not know every call that was made; see Health, Lost calls"
        )
    locked = _lock_free_line(session, trunk, message)
    attempt = Attempt(
        trunk_id=locked.id,
        trunk=locked,
        number=1,
        try_number=1,
        counts=True,
        token=new_token(now),
        phone=to,
        status=AttemptStatus.CLAIMED,
        rank=0,
        claimed_at=now,
        caller_id=caller_id,
        message=message,
        test=test,
        profile_id=None if exempt else keep_profiles(session.connection(), [call.profile], now)[call.profile],
        rulebook_id=None
        if exempt
        else keep_rulebook(session, call.rulebook, campaign_id=None, actor=actor, now=now),
    )
    try:
        with session.begin_nested():
            session.add(attempt)
            session.flush()
    except IntegrityError:
        raise StateConflict(BEING_CALLED) from None
    audit.record_audit_entry(
        session,
        actor=actor,
        action="call.test" if test else "call.place",
        object_type="call",
        object_id=str(attempt.id),
        now=now,
        to=to,
        provider=locked.name,
        **({} if call.consent is None else {"consent": consent_to_api(call.consent)}),
    )
    return attempt


def _lock_free_line(session: Session, trunk: Trunk, message: Message) -> Trunk:
    """The trunk, whose lines nobody else takes until the transaction ends. Raises StateConflict where it is paused,
    TooManyRequests where no line is free."""
    locked = locks.lock_trunk_lines(session, trunk.id)
    if locked.paused_at is not None:
        raise StateConflict(f"the trunk {locked.name} is paused: resume it first")
    lines_in_use = counts.count_held_lines(session, trunk_id=locked.id)
    keeps_line = message.has_transfer or trunks.needs_transfer_line(session, locked.id)
    if lines_in_use >= lines_for_calls(locked.max_concurrent_calls, keeps_line):
        raise TooManyRequests(_describe_lines_in_use(lines_in_use, locked), retry_after=5)
    return locked


def _check_not_forgotten(session: Session, phone: str) -> None:
    """Raises StateConflict where the person asked to be forgotten, and while the key to know that is missing."""
    hold_forgotten_still(session.connection())
    if find_forgotten(session.connection(), [phone]):
        raise StateConflict("the person asked to be forgotten, so the number is not called")


def _check_not_listed(session: Session, request: ListRequest, campaign_id: int | None, now: datetime) -> None:
    """Raises StateConflict for a number on do-not-call, that of the campaign included, or on a list that binds."""
    listed = check_do_not_call(session, request.phone, campaign_id)
    held = listed.reasons[0].sentence if listed.holds else describe_list_hold(session, request, now)
    if held is not None:
        raise StateConflict(f"{held}, so it is not called")


def place_test_call_on_trunk(
    session: Session,
    trunk: str,
    to: str,
    *,
    actor: str,
    now: datetime,
    consent: Mapping[str, Any] | None = None,
) -> Attempt:
    """Call one's own number over a trunk, in no statistics. Raises as `place_single_call`."""
    data = {
        "to": to,
        "message": f"This is a test call from Switchboard over {trunk}.",
        "provider": trunk,
        "consent": consent,
    }
    return place_single_call(session, data, actor=actor, now=now, test=True)


def place_code_call(
    session: Session, to: str, region: str | None, *, actor: str, now: datetime, code: str
) -> str:
    """Call one's own number and speak a code, by which it is confirmed (confirmed_numbers). Returns it in E.164. Raises
    as `place_single_call`; InvalidInput (`to`) for what is no number."""
    try:
        number = phones.parse(to, region)
    except phones.PhoneError as error:
        raise InvalidInput([FieldError("to", str(error))]) from None
    digits = ", ".join(code)
    data = {"to": number, "message": f"Your Switchboard code is {digits}. Once more: {digits}. Goodbye."}
    place_single_call(session, data, actor=actor, now=now, test=True)
    keep_code(session, number, code, actor=actor, now=now)
    return number


def place_test_call_for_campaign(
    session: Session,
    campaign_id: int,
    to: str,
    *,
    contact_id: int | None,
    actor: str,
    now: datetime,
    consent: Mapping[str, Any] | None = None,
) -> Attempt:
    """Call one's own number with a campaign's message, as a contact of it would hear it (None: the first), in no
    statistics. `consent` is of whoever has that number. Raises NotFound, and as `place_single_call`."""
    campaign = get_campaign(session, campaign_id)
    of_campaign = select(Contact).where(Contact.campaign_id == campaign_id)
    if contact_id is None:
        contact = session.scalar(of_campaign.order_by(Contact.id).limit(1))
    else:
        contact = session.scalar(of_campaign.where(Contact.id == contact_id))
        if contact is None:
            raise NotFound(f"there is no contact {contact_id} in campaign {campaign_id}")
    campaign_data = {
        "message": campaign.stored_message,
        "caller_id": campaign.caller_id,
        "default_region": campaign.default_region,
        "provider": campaign.trunk.name,
        "purpose": campaign.purpose,
        "caller_name": campaign.caller_name,
    }
    values = contact.variables if contact is not None else {}
    return place_test_call_for_message(
        session,
        campaign_data,
        to,
        campaign_id=campaign_id,
        variables=values,
        actor=actor,
        now=now,
        consent=consent,
    )


def place_test_call_for_message(
    session: Session,
    campaign_data: Mapping[str, Any],
    to: str,
    *,
    campaign_id: int | None,
    variables: Mapping[str, str],
    actor: str,
    now: datetime,
    consent: Mapping[str, Any] | None = None,
) -> Attempt:
    """Call one's own number with a message before anybody else hears it, in no statistics. `campaign_data` is a
    campaign in API shape, stored or as it is being typed: its message, caller id, default region and provider count;
    `campaign_id` is None while it is not stored. Raises as `place_single_call`."""
    caller_id, region = campaign_data.get("caller_id"), campaign_data.get("default_region")
    # What cannot be read is refused, with the reason, below.
    with suppress(phones.PhoneError):
        caller_id = phones.parse(caller_id or "", region)
    with suppress(phones.PhoneError):
        to = phones.parse(to, region)
    purpose = campaign_data.get("purpose")
    data = {
        "to": to,
        "message": campaign_data.get("message"),
        "variables": variables,
        "caller_id": caller_id,
        "provider": campaign_data.get("provider"),
        # A test is no emergency: a number that nobody has confirmed as theirs keeps its hours.
        "purpose": None if purpose == Purpose.EMERGENCY else purpose,
        # Not the campaign's own: that one is of the people on its list.
        "consent": consent,
        "caller_name": campaign_data.get("caller_name"),
    }
    return place_single_call(session, data, actor=actor, now=now, test=True, campaign_id=campaign_id)


def _check_person(session: Session, call: CheckedCall, now: datetime, *, test: bool) -> None:
    """Raises StateConflict where a blackout holds, the person may not be called at this hour, or was called too often
    lately."""
    rulebook = apply_trunk_guard(call.rulebook, call.trunk.guard_seconds)
    blackouts = load_blackouts(session.connection(), now)
    held = find_blackout(blackouts, call.profile, rulebook.purpose, now, rulebook.guard)
    if held is not None:
        raise StateConflict(_describe_blackout(held))
    lasting = find_lasting_refusals(rulebook, call.profile, now)
    if lasting:
        remedy = ": confirm the number as yours on the account page, and it may be" if test else ""
        raise StateConflict(f"{describe_refusals(lasting)}, so it is not called{remedy}")
    request = CallRequest(call.to, None, call.rulebook, call.profile)
    reached = DialingRules().find_caps(session.connection(), [request], now).get(call.to, [])
    # A cap that frees in the night, or hours that open before it does, is no time at which it may be called.
    free_at = find_first_open(
        rulebook, call.profile, max([now, *(cap.frees_at for cap in reached)]), blackouts
    )
    refusal = find_hours_refusal(rulebook, call.profile, now, rulebook.guard)
    if refusal is not None:
        closed = explain_hours(rulebook, call.profile, now)
        sentence = _describe_hours(call.profile, now, free_at, closing=refusal.closing)
        own = "; a number that you confirm as yours on the account page rings at any hour" if test else ""
        raise StateConflict(sentence + _cite([one.rule for one in closed]) + own)
    if reached:
        only_gap = all(cap.code == GAP for cap in reached)
        lately = "a campaign called the number a short while ago"
        why = lately if only_gap else "the number was called often enough lately"
        again = (
            ""
            if free_at is None
            else f": it may be called again from {_name_instant(free_at, call.profile.zones)}"
        )
        raise StateConflict(f"{why}{again}{_cite([cap.rule for cap in reached])}")


def _cite(rules: Iterable[Rule | None]) -> str:
    """` (Florida: Fla. Stat. 501.616(6)(a))`: the texts that rules come from, each once."""
    sources = [source for source in dict.fromkeys(map(describe_source, rules)) if source]
    return f" ({'; '.join(sources)})" if sources else ""


def _describe_blackout(held: Blackout) -> str:
    until = "until it is lifted" if held.over_at is None else f"until {_name_instant(held.over_at)}"
    return f"nobody is called in {held.place} {until}: {held.reason}"


def _name_instant(at: datetime, zones: Sequence[str] = ()) -> str:
    """`Sun 29 Nov 09:00 in Europe/Berlin`, on the clock where the number is, else `Sun 29 Nov 08:00 UTC`."""
    if len(zones) != 1:
        return f"{at.astimezone(UTC):%a %-d %b %H:%M} UTC"
    return f"{at.astimezone(ZoneInfo(zones[0])):%a %-d %b %H:%M} in {zones[0]}"


def _describe_hours(profile: DialProfile, now: datetime, free_at: datetime | None, *, closing: bool) -> str:
    if not profile.zones:
        return "this number’s time zone is unknown: give it as timezone, such as Europe/London"
    clocks = ", ".join(f"{now.astimezone(ZoneInfo(name)):%a %H:%M} in {name}" for name in profile.zones[:3])
    more = f", and {len(profile.zones) - 3} more zones" if len(profile.zones) > 3 else ""
    again = "" if free_at is None else f"; it may be called from {_name_instant(free_at, profile.zones)}"
    state = "the hours end before it would ring" if closing else "it is outside the hours for such calls"
    return f"{state} where the number is ({clocks}{more}){again}"


def _check_call_data(session: Session, data: Mapping[str, Any]) -> CheckedCall:
    errors = [
        FieldError(key, f"not a field of a call; its fields are {', '.join(FIELDS)}")
        for key in data
        if key not in FIELDS
    ]

    def parse_number(field: str) -> str | None:
        value = data.get(field)
        text = value if isinstance(value, str) else ""
        try:
            return phones.parse(text, None)
        except phones.PhoneError as error:
            errors.append(FieldError(field, phones.explain_refusal(error, text)))
            return None

    to = parse_number("to")
    caller_id = parse_number("caller_id") if data.get("caller_id") not in (None, "") else None
    message = _parse_call_message(session, data, errors)
    names = trunk_names(session)
    provider = data.get("provider") or (names[0] if names else None)
    trunk = session.scalar(select(Trunk).where(Trunk.name == provider)) if isinstance(provider, str) else None
    if trunk is None:
        errors.append(FieldError("provider", f"one of {', '.join(names)}"))
    if trunk is not None:
        errors.extend(_refusals(trunk, to, caller_id, message))
    rulebook = _collect(errors, lambda: make_single_call_rulebook(data, load_edition(session)))
    consent = _collect(errors, lambda: parse_call_consent(data.get("consent")))
    kind = None if consent is None else consent.kind
    profile = None
    if to is not None:
        profile = _collect(
            errors, lambda: derive_profile(to, timezone=_parse_zone(data), consent_kind=kind).profile
        )
    caller_name = _collect(errors, lambda: parse_caller_name(data.get("caller_name")))
    if errors or to is None or trunk is None or message is None or profile is None or rulebook is None:
        raise InvalidInput(errors)
    profile = add_known_places(session, to, profile)
    if rulebook.packs:
        rulebook = replace(rulebook, lacks=list_lacking(message, caller_name or "", caller_id))
    return CheckedCall(to, caller_id, message, trunk, profile, rulebook, consent)


def _collect(errors: list[FieldError], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except InvalidInput as error:
        errors.extend(error.errors)
        return None


def _text(data: Mapping[str, Any], name: str) -> str | None:
    value = data.get(name)
    if value is None or isinstance(value, str):
        return value
    raise InvalidInput([FieldError(name, "give it as text")])


def _parse_zone(data: Mapping[str, Any]) -> str | None:
    """The IANA name, as a list of contacts has it; None where none is given."""
    zone = _text(data, "timezone")
    if zone is not None and not is_zone(zone):
        raise InvalidInput([FieldError("timezone", "must be an IANA name, such as Europe/London")])
    return zone


def make_single_call_rulebook(data: Mapping[str, Any], edition: PackEdition) -> Rulebook:
    """A single call's rules: the person's hours for its purpose, and the usual caps."""
    return Rulebook(
        purpose=parse_purpose(data.get("purpose")) or Purpose.INFORMATIONAL,
        subject=parse_subject(data.get("subject")),
        clock=CampaignClock.PERSON,
        timezone=None,
        windows=ALWAYS,
        packs=edition.packs,
        switched_off=edition.switched_off,
        switched_on=edition.switched_on,
    )


def _refusals(
    trunk: Trunk, to: str | None, caller_id: str | None, message: Message | None
) -> Iterator[FieldError]:
    """What the trunk may not do: call from this number, call this number, transfer to those of the message."""
    try:
        trunks.check_caller_id(trunk, caller_id)
    except InvalidInput as error:
        yield from error.errors
    try:
        if to is not None:
            check_number(phones.parse_number(to, None), trunks.number_rules_of(trunk))
    except phones.PhoneError as error:
        yield FieldError("to", f"{error}: see the trunk {trunk.name}")
    try:
        if message is not None:
            trunks.check_transfers(trunk, message)
    except InvalidInput as error:
        yield from error.errors


def _parse_call_message(
    session: Session, data: Mapping[str, Any], errors: list[FieldError]
) -> Message | None:
    """The message with the call's own variables filled in: there is no contact to take them from."""
    message_data, values = data.get("message"), data.get("variables") or {}
    if not isinstance(values, Mapping) or not all(isinstance(value, str) for value in values.values()):
        errors.append(FieldError("variables", 'give them as {"name": "value"}'))
        return None
    try:
        message = parse_message(message_data if isinstance(message_data, Mapping) else {"text": message_data})
        check_recordings(session, message)
        return message.with_values(values)
    except InvalidInput as error:
        errors.extend(error.errors)
    except MissingValue as error:
        errors.append(FieldError(f"variables.{error.name}", "give a value: the message uses it"))
    return None


def request_hangup(session: Session, attempt_id: int, *, actor: str, now: datetime) -> Attempt:
    """Ask for the end of an open call; the engine tells the provider. Raises NotFound, Conflict (it has ended)."""
    attempt = locks.lock_attempt(session, attempt_id)
    if attempt is None:
        raise NotFound(f"there is no call {attempt_id}")
    if attempt.ended_at is not None:
        raise StateConflict(f"a call that is {attempt.status} has ended already")
    if attempt.hangup_asked_at is None:
        attempt.hangup_asked_at = now
        session.flush()
        audit.record_audit_entry(
            session,
            actor=actor,
            action="call.hangup",
            object_type="call",
            object_id=str(attempt_id),
            now=now,
        )
    return attempt


def _describe_lines_in_use(in_use: int, trunk: Trunk) -> str:
    limit = trunk.max_concurrent_calls
    if in_use >= limit:
        return f"all {limit:,} lines of {trunk.name} are in use"
    return f"{in_use:,} of {limit:,} lines of {trunk.name} are in use, and one is kept for transfers"
