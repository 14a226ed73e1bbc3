"""Opt-outs: do-not-call entries that callees make themselves, by the key that opts out (47 CFR 64.1200(b)(3))."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from . import contacts
from .fragments import add_audit_row
from .sets import run


def add_opt_outs(
    connection: Connection, campaign_by_phone: Iterable[tuple[str, int | None]], now: datetime
) -> None:
    """List each (number, campaign of the call) for all campaigns, and the person's other numbers with it; take their
    waiting contacts out of the queue, and leave an audit row for each. A number that is listed already stays as it is,
    so that news that comes twice changes nothing."""
    pressed = dict(campaign_by_phone)
    if not pressed:
        return
    reasons = {phone: _opt_out_reason("pressed", campaign_id) for phone, campaign_id in pressed.items()}
    for phone, others in contacts.find_second_numbers(connection, list(pressed)).items():
        for other in others:
            reasons.setdefault(other, _opt_out_reason("the same person pressed", pressed[phone]))
    # In the numbers' order: two transactions that list the same ones must not wait for each other.
    for phone, reason in sorted(reasons.items()):
        entry = run(
            connection,
            """INSERT INTO do_not_call (phone, campaign_id, source, reason, added_by, created_at)
               VALUES (:phone, NULL, 'keypress', :reason, 'callee', :now) ON CONFLICT DO NOTHING RETURNING id""",
            {"phone": phone, "reason": reason, "now": now},
        ).one_or_none()
        if entry is None:
            continue
        suppressed = contacts.suppress_number(connection, phone, None)
        add_audit_row(
            connection,
            actor="callee",
            action="do-not-call.add",
            object_type="do-not-call",
            object_id=entry.id,
            now=now,
            detail={"phone": phone, "reason": reason, "suppressed": suppressed},
        )


def _opt_out_reason(who: str, campaign_id: int | None) -> str:
    return f"{who} the opt-out key" + (f" in campaign {campaign_id}" if campaign_id is not None else "")
