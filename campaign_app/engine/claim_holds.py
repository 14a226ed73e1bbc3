"""Claim holds: what a claim passes people over for, whatever their hours: blackouts, and an outside check that cannot
be asked now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from campaign_app.domain.blackouts import Blackout, find_blackout
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.outside_check import OutsideCheck
from campaign_app.domain.rulebook import Purpose
from campaign_app.queries.blackouts import load_blackouts
from campaign_app.queries.outside_check import load_outside_check
from campaign_app.queries.standing_rules import StandingRules


@dataclass(frozen=True, slots=True)
class ClaimHolds:
    """As one claim reads them."""

    blackouts: Sequence[Blackout]
    silent: OutsideCheck | None
    """The outside check, where it cannot be asked now."""

    def hold(self, profile: DialProfile, purpose: Purpose | None, now: datetime, guard: timedelta) -> bool:
        """Whether nobody of a profile may be claimed now."""
        if find_blackout(self.blackouts, profile, purpose, now, guard) is not None:
            return True
        return self.silent is not None and self.silent.applies(profile, purpose)


def load_claim_holds(
    connection: Connection, standing: StandingRules, now: datetime, *, is_asking: bool
) -> ClaimHolds:
    """`is_asking`: a question of this engine is on its way, and those of the next one wait."""
    stored = load_outside_check(connection) if standing.outside_check else None
    check = None if stored is None else stored.check
    silent = check if check is not None and (is_asking or check.waits(now)) else None
    return ClaimHolds(load_blackouts(connection, now) if standing.blackouts else [], silent)
