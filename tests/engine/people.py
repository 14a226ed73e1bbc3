"""People in several time zones, and a campaign that would call them all at once."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from campaign_app.models import Contact
from tests.engine.world import World

SATURDAY = datetime(2026, 11, 28, 21, 1, tzinfo=UTC)
"""16:01 in New York, Sunday 02:31 in Delhi."""
REUNION, DELHI, SYDNEY, PARIS = "+262262123456", "+911123456789", "+61212345678", "+33123456789"
NEW_YORK, PENSACOLA, LOS_ANGELES = "+12125550123", "+18505550123", "+12135550123"
THEIRS: dict[str, Any] = {
    "purpose": "informational",
    "clock": "both",
    "timezone": "America/New_York",
    "calling_windows": [
        {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "09:00", "end": "21:00"}
    ],
    "guard_seconds": 60,
}


def at(world: World, when: datetime) -> None:
    world.clock.move((when - world.clock.now()).total_seconds())


def every_contact(world: World) -> list[Contact]:
    with world.session() as session:
        return list(session.scalars(select(Contact)))


def dialed(world: World) -> set[str]:
    return {dial.to for dial in world.provider.placed}
