"""Forgotten check: whether the person asked to be forgotten, as the permit asks it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from campaign_app.queries.forgotten import ForgetKeyMissing, find_entry
from campaign_app.services.rule_checks import FORGET_KEY_MISSING, NotCalledReason, Rule, RuleCheck


def check_forgotten(session: Session, phone: str) -> list[RuleCheck]:
    """What it says of a number that was forgotten; nothing of any other: then it is no rule that anybody waits for."""
    try:
        entry = find_entry(session.connection(), phone)
    except ForgetKeyMissing as error:
        return [RuleCheck(Rule.FORGOTTEN, "", [NotCalledReason(FORGET_KEY_MISSING, str(error))])]
    if entry is None:
        return []
    reason = NotCalledReason(
        "forgotten",
        "the person asked to be forgotten, and is never called again",
        until=entry.keep_until,
        since=entry.forgotten_at,
    )
    return [RuleCheck(Rule.FORGOTTEN, "", [reason])]
