"""Blackout check: what the closed countries and states say of one number now."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from campaign_app.domain.blackouts import find_next_start
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.number_masks import mask_written
from campaign_app.domain.rulebook import Purpose
from campaign_app.queries.blackouts import load_blackouts
from campaign_app.services.rule_checks import NotCalledReason, Rule, RuleCheck


def check_blackouts(
    session: Session, profile: DialProfile, purpose: str | None, guard: timedelta, now: datetime
) -> RuleCheck:
    """Every blackout that holds, or begins within the guard, with its end where it has one."""
    kind = None if purpose is None else Purpose(purpose)
    blackouts = load_blackouts(session.connection(), now)
    reasons = [
        NotCalledReason(
            "blackout",
            f"{held.place} is closed{'' if held.over_at else ' until somebody lifts it'}: {mask_written(held.reason)}",
            held.over_at,
            blackout_id=held.id,
        )
        for held in blackouts
        if held.forbids(now, guard) and held.covers(profile, kind)
    ]
    coming = find_next_start(blackouts, profile, kind, now)
    says = "none where the person may be" if coming is None else "none yet where the person may be"
    return RuleCheck(Rule.BLACKOUT, says, reasons, coming)
