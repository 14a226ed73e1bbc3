"""Next calls: when contacts that wait may be called first, by everything that ends by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from campaign_app.domain.campaign import find_begin
from campaign_app.domain.errors import InvalidInput
from campaign_app.models import Campaign, Contact
from campaign_app.queries.blackouts import load_blackouts
from campaign_app.queries.forgotten import ForgetKeyMissing
from campaign_app.services.campaign_specs import build_campaign_spec
from campaign_app.services.dialing_rules import (
    CallRequest,
    DialingRules,
    apply_trunk_guard,
    find_first_open,
)


def find_next_calls(
    session: Session, contacts: Iterable[Contact], now: datetime
) -> dict[int, datetime | None]:
    """{contact id: the first instant from `now` on (UTC) at which it may be called}, by its due time, its campaign's
    start, caps and gaps, the hours and blackouts. None where the hours do not open within two weeks, a blackout has no
    end, the rules cannot be read, or the key is missing by which forgotten numbers are known. Contacts that wait for
    no call are absent."""
    waiting: defaultdict[int, list[Contact]] = defaultdict(list)
    for contact in contacts:
        if contact.due_at is not None:
            waiting[contact.campaign_id].append(contact)
    if not waiting:
        return {}
    rules, connection = DialingRules(), session.connection()
    profiles = rules.get_profiles(connection, {one.profile_id for each in waiting.values() for one in each})
    blackouts = load_blackouts(connection, now)
    found: dict[int, datetime | None] = {}
    for campaign_id, each in waiting.items():
        campaign = session.get_one(Campaign, campaign_id)
        try:
            rulebook = build_campaign_spec(campaign).rulebook
        except (InvalidInput, LookupError):
            found |= dict.fromkeys((one.id for one in each), None)
            continue
        rulebook = apply_trunk_guard(rulebook, campaign.trunk.guard_seconds)
        requests = [CallRequest(one.phone, campaign_id, rulebook, profiles[one.profile_id]) for one in each]
        try:
            reached = rules.find_caps(connection, requests, now)
        except ForgetKeyMissing:
            found |= dict.fromkeys((one.id for one in each), None)
            continue
        begin = find_begin(campaign.starts_at, now)
        for one, request in zip(each, requests, strict=True):
            frees = [cap.frees_at for cap in reached.get(one.phone, ())]
            # Its due time alone is no promise: hours never move it.
            at = max(begin, *([] if one.due_at is None else [one.due_at]), *frees)
            found[one.id] = find_first_open(rulebook, request.profile, at, blackouts)
    return found
