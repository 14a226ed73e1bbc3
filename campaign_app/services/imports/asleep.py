"""Asleep contacts: which of a checked file's new contacts may not be called at this hour, by the permit's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaign_app.domain.dial_profile import DialProfile, read_profile
from campaign_app.domain.timeline import describe_refusals, find_lasting_refusals
from campaign_app.models import Campaign
from campaign_app.services.campaign_specs import build_campaign_spec
from campaign_app.services.dialing_rules import apply_trunk_guard, find_hours_refusal


@dataclass(frozen=True, slots=True)
class AsleepContacts:
    """How many of the new contacts may not be called now, and one of them."""

    contacts: int
    line: int
    phone: str
    zone: str | None
    """The first zone where that one may be, None where nobody knows any."""
    until: datetime | None
    """When that one may be called; None where it may not within two weeks."""
    refusals: str = ""
    """Of that one: what forbids its call at every hour, in words; empty where nothing does."""


def find_asleep(result: Mapping[str, Any], campaign: Campaign, now: datetime) -> AsleepContacts | None:
    """Of a check's result (`CheckTotals.to_json`), by the campaign's present rulebook. None where all may be called.
    Raises InvalidInput where the campaign's rules are broken."""
    rulebook = apply_trunk_guard(build_campaign_spec(campaign).rulebook, campaign.trunk.guard_seconds)
    contacts = 0
    first: tuple[int, str, DialProfile, datetime | None] | None = None
    for entry in result.get("profiles") or ():
        profile = read_profile(entry["profile"])
        refusal = find_hours_refusal(rulebook, profile, now, rulebook.guard)
        if refusal is None:
            continue
        contacts += entry["count"]
        if first is None or entry["line"] < first[0]:
            first = entry["line"], entry["phone"], profile, refusal.until
    if first is None:
        return None
    line, phone, profile, until = first
    refusals = "" if until is not None else describe_refusals(find_lasting_refusals(rulebook, profile, now))
    return AsleepContacts(contacts, line, phone, next(iter(profile.zones), None), until, refusals)
