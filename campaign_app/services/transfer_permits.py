"""Transfer permits: whether the person to whom a callee is to be connected may be called now.

A transfer's other leg is a call, too: nobody on do-not-call, nobody who sleeps and nobody whom a blackout holds is
rung. Numbers that somebody here has confirmed as their own are exempt from hours and blackouts, and extensions are
nobody's number. Caps do not count: whoever takes calls takes many.
"""

from __future__ import annotations

import logging
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.blackouts import find_blackout
from campaign_app.domain.dial_profile import derive_profile
from campaign_app.domain.number_masks import mask_written
from campaign_app.domain.number_rules import check_number
from campaign_app.domain.phone import PhoneError, parse_number
from campaign_app.domain.rulebook import Purpose
from campaign_app.models import Attempt
from campaign_app.queries import transfer_legs
from campaign_app.queries.blackouts import hold_blackouts_still, load_blackouts
from campaign_app.queries.forgotten import ForgetKeyMissing, find_forgotten, hold_forgotten_still
from campaign_app.services import trunks
from campaign_app.services.confirmed_numbers import is_confirmed
from campaign_app.services.contact_profiles import add_known_places
from campaign_app.services.dialing_rules import apply_trunk_guard, find_hours_refusal
from campaign_app.services.list_rules import ListRequest, describe_list_hold
from campaign_app.services.pack_editions import load_edition
from campaign_app.services.rule_checks import check_do_not_call
from campaign_app.services.single_calls import make_single_call_rulebook

log = logging.getLogger("switchboard.transfers")


def reserve_transfer(session: Session, token: str, to: str, now: datetime) -> bool:
    """Whether the open call of that token may be connected with `to` (E.164 or an extension) now: that person may be
    called, and a line is free, which is its own from now on. False: not now; ask again a little later."""
    hold_blackouts_still(session.connection())
    hold_forgotten_still(session.connection())
    refusal = find_transfer_refusal(session, token, to, now)
    if refusal is not None:
        log.warning("attempt %s is not transferred: %s", token, refusal)
        return False
    return transfer_legs.reserve_line(session.connection(), token, now)


def find_transfer_refusal(session: Session, token: str, to: str, now: datetime) -> str | None:
    """Why `to` may not be called for a transfer now; None where it may."""
    if not to.startswith("+"):
        return None
    attempt = session.scalar(select(Attempt).where(Attempt.token == token))
    if attempt is None:
        return "its call is gone"
    trunk = attempt.trunk
    try:
        check_number(parse_number(to, None), trunks.number_rules_of(trunk))
    except PhoneError as error:
        return f"the number {error}"
    listed = check_do_not_call(session, to, attempt.campaign_id)
    if listed.holds:
        return listed.reasons[0].sentence
    try:
        if find_forgotten(session.connection(), [to]):
            return "the person asked to be forgotten"
    except ForgetKeyMissing as error:
        return str(error)
    profile = add_known_places(session, to, derive_profile(to).profile)
    listed_by = describe_list_hold(session, ListRequest(to, Purpose.INFORMATIONAL, profile), now)
    if listed_by is not None:
        return listed_by
    if is_confirmed(session, to):
        return None
    rulebook = apply_trunk_guard(make_single_call_rulebook({}, load_edition(session)), trunk.guard_seconds)
    held = find_blackout(
        load_blackouts(session.connection(), now), profile, rulebook.purpose, now, rulebook.guard
    )
    if held is not None:
        return f"{held.place} is closed: {mask_written(held.reason)}"
    if find_hours_refusal(rulebook, profile, now, rulebook.guard) is not None:
        return "it is outside the hours at which that person may be called"
    return None
