"""Start checks: what a campaign needs before it may run, each refusal with its remedy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.campaign import (
    HORIZON,
    TOO_FAR,
    find_begin,
    to_rfc3339,
)
from campaign_app.domain.countries import country_name
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.errors import FieldError, InvalidInput, StartRefused, StateConflict
from campaign_app.domain.lists import find_registry_ages
from campaign_app.domain.number_rules import check_number, find_number_refusal
from campaign_app.domain.phone import PhoneError, parse_number
from campaign_app.domain.requirements import find_missing_with_consent
from campaign_app.domain.rulebook import Purpose
from campaign_app.domain.timeline import (
    CONSENT,
    ClosedHours,
    describe_refusals,
    find_lasting_refusals,
    never_meets,
)
from campaign_app.domain.variables import name_in_braces, near_names
from campaign_app.models import Campaign, Contact
from campaign_app.queries import contacts as contact_queries
from campaign_app.queries import recordings as recording_queries
from campaign_app.queries.dial_profiles import list_queue_profiles
from campaign_app.queries.lists import load_list_rules
from campaign_app.services import trunks
from campaign_app.services.campaign_specs import build_campaign_spec
from campaign_app.services.contact_variables import list_variables
from campaign_app.services.dialing_rules import DialingRules, apply_trunk_guard

ROWS_NAMED = 10
"""Contacts without a value that an error lists."""
SUSPECTS = 1_000
"""Contacts in other countries than a trunk's that a start looks at: none of them may be called, as a rule. Of the
others it looks at as many for what their type of number costs."""


def find_start_refusal(session: Session, campaign: Campaign, now: datetime) -> str | None:
    """Why a start or a resume would be refused now, in a sentence with its remedy; None where it would not."""
    try:
        check_can_run(session, campaign, now)
    except (InvalidInput, StateConflict) as error:
        return str(error)
    return None


def list_lacking_variables(session: Session, campaign: Campaign) -> list[str]:
    """The variables of the message, without a default, for which some waiting contact has no value."""
    return [
        name
        for name in campaign.message.required_variables
        if contact_queries.find_without_value(session, campaign.id, name, 1)[0]
    ]


def check_can_run(session: Session, campaign: Campaign, now: datetime) -> None:
    if campaign.purpose is None and campaign.started_at is None:
        raise InvalidInput(
            [
                FieldError(
                    "purpose", f"say what the calls are for before the start: one of {', '.join(Purpose)}"
                )
            ]
        )
    if campaign.ends_at is not None and campaign.ends_at <= now:
        raise StateConflict(
            f"its end, {to_rfc3339(campaign.ends_at)}, has passed: change or remove the end, then start"
        )
    for name, at in (("starts_at", campaign.starts_at), ("ends_at", campaign.ends_at)):
        if at is not None and at > now + HORIZON:
            raise InvalidInput([FieldError(name, TOO_FAR)])
    try:
        # Both were right when it was saved; the trunk may have been changed since.
        trunks.check_caller_id(campaign.trunk, campaign.caller_id)
        trunks.check_transfers(campaign.trunk, campaign.message)
    except InvalidInput as error:
        raise StateConflict("; ".join(f"{each.field}: {each.message}" for each in error.errors)) from None
    hashes = campaign.message.recording_hashes
    if set(hashes) - set(recording_queries.lock_existing_hashes(session, hashes)):
        # A draft that was deleted keeps no recording in use, and may be restored.
        raise StateConflict(
            "its message plays a recording that has been deleted: edit the message and choose another, then start"
        )
    if session.scalar(select(Contact.id).where(Contact.campaign_id == campaign.id).limit(1)) is None:
        raise StateConflict("it has no contacts: upload a file or add numbers first, then start")
    if campaign.trunk.max_concurrent_calls == 1 and campaign.transfers:
        raise StateConflict(
            f"a key transfers the call, which takes a second line, and {campaign.trunk.name} has one: give the trunk"
            " more, or remove the key"
        )
    _check_countries(session, campaign)
    _check_types(session, campaign)
    _check_values(session, campaign)
    connection = session.connection()
    profile_ids = [one.profile_id for one in list_queue_profiles(connection, campaign.id)]
    profiles = list(DialingRules().get_profiles(connection, profile_ids).values())
    if profiles:
        begin = find_begin(campaign.starts_at, now)
        missing = _list_missing(session, campaign, profiles, begin)
        _check_rules_allow(campaign, profiles, begin, missing)
        if missing:
            raise InvalidInput(missing)
        _check_hours_meet(campaign, profiles, begin)


def _check_rules_allow(
    campaign: Campaign, profiles: Sequence[DialProfile], begin: datetime, missing: Sequence[FieldError]
) -> None:
    """The rules of countries let somebody of the waiting be called, at whatever hour. What else is missing is told in
    the same answer."""
    # What the message lacks is told with its fields.
    rulebook = replace(build_campaign_spec(campaign).rulebook, lacks=())
    refusals: list[ClosedHours] = []
    for profile in profiles:
        lasting = find_lasting_refusals(rulebook, profile, begin)
        if not lasting:
            return
        refusals += lasting
    lacks_consent = any(closed.code == CONSENT for closed in refusals)
    remedy = (
        "Add consent in a column of the file (consent) or to the campaign for everybody on its list"
        if lacks_consent
        else "Change what the calls are for, or whom they go to"
    )
    sentence = f"no rule lets anybody on its list be called: {describe_refusals(refusals)}. {remedy}"
    raise StartRefused(sentence, missing)


def _list_missing(
    session: Session, campaign: Campaign, profiles: Sequence[DialProfile], begin: datetime
) -> list[FieldError]:
    """What the rules of countries ask of such calls and a start is refused without."""
    people = [(profile, 1) for profile in profiles]
    ages = find_registry_ages(load_list_rules(session.connection()), campaign.purpose, begin)
    missing = find_missing_with_consent(build_campaign_spec(campaign), people, begin, ages)
    return [FieldError(each.field, f"{each.sentence} ({each.sources})") for each in missing if not each.warns]


def _check_hours_meet(campaign: Campaign, profiles: Sequence[DialProfile], begin: datetime) -> None:
    """Somebody of the waiting may be called before the campaign ends."""
    rulebook = apply_trunk_guard(build_campaign_spec(campaign).rulebook, campaign.trunk.guard_seconds)
    if never_meets(rulebook, profiles, begin, campaign.ends_at):
        end = (
            "within two weeks"
            if campaign.ends_at is None
            else f"before its end, {to_rfc3339(campaign.ends_at)}"
        )
        raise StateConflict(
            f"nobody on its list may be called {end}: the calling windows never overlap with the hours when these"
            " people may be called, or their time zones are unknown. Change the windows, the clock or the end"
        )


def _check_countries(session: Session, campaign: Campaign) -> None:
    """No waiting contact is in a country that the trunk may not call: it may be another trunk than when they came."""
    rules = trunks.number_rules_of(campaign.trunk)
    if rules.countries is None:
        return
    refused: dict[str, str] = {}
    suspects = contact_queries.waiting_elsewhere(session, campaign.id, sorted(rules.countries), SUSPECTS)
    for phone, region in suspects:
        try:
            check_number(parse_number(phone, None), rules)
        except PhoneError:
            refused[phone] = country_name(region)
    if refused:
        least = "at least " if len(suspects) == SUSPECTS else ""
        who = "1 contact is" if len(refused) == 1 else f"{least}{len(refused):,} contacts are"
        where = ", ".join(sorted(set(refused.values())))
        more = " …" if len(refused) > ROWS_NAMED else ""
        raise StateConflict(
            f"{who} in countries that the trunk {campaign.trunk.name} may not call ({where}):"
            f" {', '.join(list(refused)[:ROWS_NAMED])}{more}. Allow these countries on the trunk, or choose another"
        )


def _check_types(session: Session, campaign: Campaign) -> None:
    """None of the first waiting contacts has a number that the trunk may not call; the permit looks at each one."""
    rules = trunks.number_rules_of(campaign.trunk)
    waiting = contact_queries.list_waiting_phones(session, campaign.id, SUSPECTS)
    refused = [phone for phone in waiting if find_number_refusal(phone, rules) is not None]
    if refused:
        least = "at least " if len(waiting) == SUSPECTS else ""
        who = (
            "1 contact has a number"
            if len(refused) == 1
            else f"{least}{len(refused):,} contacts have numbers"
        )
        more = " …" if len(refused) > ROWS_NAMED else ""
        raise StateConflict(
            f"{who} that the trunk {campaign.trunk.name} may not call: {', '.join(refused[:ROWS_NAMED])}{more}. The "
            f"first {find_number_refusal(refused[0], rules)}. Change what the trunk may call, or choose another"
        )


def _check_values(session: Session, campaign: Campaign) -> None:
    """Every waiting contact has a value for each variable without a default; else nobody is called."""
    counters = campaign.counters
    waiting = counters.contacts_pending + counters.contacts_retry
    for name in campaign.message.required_variables:
        count, first = contact_queries.find_without_value(session, campaign.id, name, ROWS_NAMED)
        if not count:
            continue
        more = f" and {count - len(first):,} more" if count > len(first) else ""
        subject = "1 contact has" if count == 1 else f"{count:,} contacts have"
        nobody = (
            f" No contact has {name}: {_near_in_words(session, campaign.id, name)}."
            if count >= waiting
            else ""
        )
        raise StateConflict(
            f"{subject} no value for {{{name}}}: {', '.join(first)}{more}.{nobody} Give a default after a"
            f" bar, such as {{{name}|…}}, or add the contacts with their values"
        )


def _near_in_words(session: Session, campaign_id: int, name: str) -> str:
    """What the contacts have instead of a variable that none of them has."""
    known = [item.name for item in list_variables(session, campaign_id).items]
    near = near_names(known, name)
    if near:
        return f"the nearest {'name is' if len(near) == 1 else 'names are'} {', '.join(map(name_in_braces, near))}"
    if known:
        more = ", …" if len(known) > ROWS_NAMED else ""
        return f"they have {', '.join(map(name_in_braces, known[:ROWS_NAMED]))}{more}"
    return "they have numbers only"
