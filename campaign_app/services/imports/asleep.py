"""Asleep contacts: which of a checked file's new contacts may not be called at this hour, by the permit's own rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaign_app.domain.dial_profile import read_profile
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


def find_asleep(result: Mapping[str, Any], campaign: Campaign, now: datetime) -> AsleepContacts | None:
    """Of a check's result (`CheckTotals.to_json`), by the campaign's present rulebook. None where all may be called.
    Raises InvalidInput where the campaign's rules are broken."""
    rulebook = apply_trunk_guard(build_campaign_spec(campaign).rulebook, campaign.trunk.guard_seconds)
    contacts = 0
    first: tuple[int, str, str | None, datetime | None] | None = None
    for entry in result.get("profiles") or ():
        profile = read_profile(entry["profile"])
        refusal = find_hours_refusal(rulebook, profile, now, rulebook.guard)
        if refusal is None:
            continue
        contacts += entry["count"]
        if first is None or entry["line"] < first[0]:
            first = entry["line"], entry["phone"], next(iter(profile.zones), None), refusal.until
    return None if first is None else AsleepContacts(contacts, *first)
