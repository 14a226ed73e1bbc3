"""Contact profiles: the dial profile of each contact, derived from what is known of the person and kept once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from campaign_app.domain.dial_profile import (
    DERIVATIONS,
    DerivedProfile,
    DialProfile,
    derive_profile,
    read_profile,
)
from campaign_app.models import Attempt, Contact
from campaign_app.queries.dial_profiles import find_or_add_profiles, load_profile_bodies


def derive_contact_profile(phone: str, details: Mapping[str, Any]) -> DialProfile:
    """The profile of a number and of what its row says: `timezone`, `country`, `state`, `postal_code`, `line_type`,
    `consent` as the columns of `contacts` have them. Raises InvalidInput, which names each field that nobody can
    read."""
    return derive_with_doubts(phone, details).profile


def derive_with_doubts(phone: str, details: Mapping[str, Any]) -> DerivedProfile:
    """The same, with a sentence for each thing that is doubtful about it."""
    return derive_profile(
        phone,
        timezone=details.get("timezone"),
        state=details.get("state"),
        postal_code=details.get("postal_code"),
        line=details.get("line_type"),
        consent_kind=(details.get("consent") or {}).get("kind"),
        country=details.get("country"),
    )


def add_known_places(session: Session, phone: str, profile: DialProfile) -> DialProfile:
    """The profile of a call outside of campaigns, with every place where a campaign's list has the owner of the number:
    it has to be time in all of them."""
    ids = session.scalars(select(Contact.profile_id).where(Contact.phone == phone).distinct())
    bodies = load_profile_bodies(session.connection(), {each for each in ids if each is not None})
    known = [profile, *map(read_profile, bodies.values())]
    derived = {word for each in known for word in each.derived.split("+")}
    return replace(
        profile,
        zones=tuple(sorted({zone for each in known for zone in each.zones})),
        # () is any of them.
        states=tuple(sorted({state for each in known for state in each.states})) if profile.states else (),
        derived="+".join(word for word in DERIVATIONS if word in derived),
    )


def find_call_zones(session: Session, attempts: Sequence[Attempt]) -> dict[int, tuple[str, ...]]:
    """{attempt id: the IANA zones in which the called person may be}, by the profile that the call went by, else the
    contact's, else the number alone."""
    profile_ids = {
        attempt.id: attempt.profile_id or (attempt.contact.profile_id if attempt.contact else 0)
        for attempt in attempts
    }
    bodies = load_profile_bodies(session.connection(), {each for each in profile_ids.values() if each})
    zones = {profile_id: tuple(read_profile(body).zones) for profile_id, body in bodies.items()}
    return {
        attempt.id: zones[profile_ids[attempt.id]]
        if profile_ids[attempt.id] in zones
        else _zones_of_number(attempt.phone)
        for attempt in attempts
    }


def _zones_of_number(phone: str) -> tuple[str, ...]:
    # A number that was forgotten is no number any more.
    return tuple(derive_contact_profile(phone, {}).zones) if phone.startswith("+") else ()


def keep_profiles(
    connection: Connection, profiles: Iterable[DialProfile], now: datetime
) -> dict[DialProfile, int]:
    """The ids of profiles; those that are new are added."""
    by_key = {profile.key: profile for profile in set(profiles)}
    ids = find_or_add_profiles(connection, {key: profile.to_json() for key, profile in by_key.items()}, now)
    return {profile: ids[key] for key, profile in by_key.items()}
