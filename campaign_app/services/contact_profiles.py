"""Contact profiles: the dial profile of each contact, derived from what is known of the person and kept once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from campaign_app.domain.dial_profile import DerivedProfile, DialProfile, derive_profile
from campaign_app.queries.dial_profiles import find_or_add_profiles


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


def keep_profiles(
    connection: Connection, profiles: Iterable[DialProfile], now: datetime
) -> dict[DialProfile, int]:
    """The ids of profiles; those that are new are added."""
    by_key = {profile.key: profile for profile in set(profiles)}
    ids = find_or_add_profiles(connection, {key: profile.to_json() for key, profile in by_key.items()}, now)
    return {profile: ids[key] for key, profile in by_key.items()}
