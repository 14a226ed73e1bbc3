"""Rules of the benchmarks: a rulebook with the usual caps, and one profile for everybody, open at any hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from campaign_app.domain.calling_window import parse_windows
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.rulebook import (
    DEFAULT_CAPS,
    DEFAULT_MIN_GAP_MINUTES,
    CampaignClock,
    Purpose,
    Rulebook,
)
from campaign_app.models import Campaign, DialProfileRow
from campaign_app.services.rulebooks import keep_rulebook

PROFILE = 1
MOST_CALLS, CAP_PERIOD = DEFAULT_CAPS[0].most, timedelta(hours=DEFAULT_CAPS[0].per_hours)
GAP = timedelta(minutes=DEFAULT_MIN_GAP_MINUTES)
"""What the rulebook caps, for the floor: calls to a number, and the time after another campaign's."""
BERLINER = DialProfile(("Europe/Berlin",), "DE", derived="number")


def add_profile(session: Session, now: datetime) -> None:
    """The profile that the contacts' rows name."""
    session.add(DialProfileRow(id=PROFILE, key=BERLINER.key, body=BERLINER.to_json(), created_at=now))
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        # The next one must not get the id that was given by hand.
        session.execute(text("SELECT setval(pg_get_serial_sequence('dial_profiles', 'id'), 1000)"))


def add_rulebook(session: Session, campaign: Campaign, now: datetime) -> None:
    """The person's clock and the campaign's, caps and gap: what a campaign has unless it says otherwise."""
    rulebook = Rulebook(
        Purpose.EMERGENCY,
        "",
        CampaignClock.BOTH,
        campaign.timezone,
        parse_windows(campaign.calling_windows),
    )
    campaign.rulebook_id = keep_rulebook(session, rulebook, campaign_id=campaign.id, actor="bench", now=now)
    session.flush()
