"""Outside rule: what the operator's own check says of one number now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.number_masks import mask_written
from campaign_app.domain.outside_check import OutsideCheck
from campaign_app.domain.rulebook import Purpose
from campaign_app.queries.outside_check import load_answers, load_outside_check
from campaign_app.services.rule_checks import NotCalledReason, Rule, RuleCheck

SILENT = "outside-silent"


def check_outside(
    session: Session, phone: str, profile: DialProfile, purpose: str | None, now: datetime
) -> RuleCheck:
    """A fresh answer that refuses, or an address that does not answer."""
    connection = session.connection()
    stored = load_outside_check(connection)
    kind = None if purpose is None else Purpose(purpose)
    if stored is None or not stored.check.applies(profile, kind):
        says = "none is set up" if stored is None else "does not apply to such calls"
        return RuleCheck(Rule.OUTSIDE, says)
    check = stored.check
    key = (phone, "" if kind is None else kind.value)
    found = load_answers(connection, check.version, [key], now).get(key)
    reasons: list[NotCalledReason] = []
    if found is not None and not found.answer.allowed:
        said = f": {mask_written(found.answer.reason)}" if found.answer.reason else ""
        reasons.append(
            NotCalledReason("outside-refused", f"the outside check refused it{said}", found.expires_at)
        )
    if check.failures:
        reasons.append(NotCalledReason(SILENT, describe_silence(check), check.retry_at))
    says = "asked before the call" if found is None else "allowed"
    return RuleCheck(Rule.OUTSIDE, says, reasons, None if found is None else found.expires_at)


def is_silent_for_all(session: Session, profiles: Iterable[DialProfile], purpose: Purpose | None) -> bool:
    """Whether the address does not answer, and every one of these people needs its answer."""
    stored = load_outside_check(session.connection())
    if stored is None or not stored.check.failures:
        return False
    return all(stored.check.applies(profile, purpose) for profile in profiles)


def describe_silence(check: OutsideCheck) -> str:
    """Why nobody to whom it applies is called."""
    return f"the outside check does not answer: {mask_written(check.last_error or 'nothing came')}"
