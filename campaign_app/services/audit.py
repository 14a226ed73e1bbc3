"""Audit trail: every change that an operator or the API makes leaves a row (I10)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.models import AuditEntry
from campaign_app.models.audit_chain import AUDITED
from campaign_app.services.origin import current_origin

ADDRESS = "address"
"""Key of a session's `info`: the address of the client that it works for."""


def record_audit_entry(
    session: Session,
    *,
    actor: str,
    action: str,
    object_type: str,
    object_id: object,
    now: datetime,
    **detail: object,
) -> AuditEntry:
    """Add a row in the caller's transaction, so that the change and its trace stand or fall together.

    `action` is noun and verb (`campaign.pause`); `detail` is what a reader needs to understand it: never a
    password, a token or a secret setting.
    """
    if action.endswith((".export", ".reveal")):
        # From where numbers were taken away.
        detail = {**detail, "address": session.info.get(ADDRESS)}
    entry = AuditEntry(
        at=now,
        actor=actor,
        action=action,
        object_type=object_type,
        object_id=str(object_id),
        address=current_origin().address,
        browser=current_origin().browser,
        detail={name: to_plain_json(value) for name, value in detail.items() if value is not None},
    )
    session.add(entry)
    session.info.setdefault(AUDITED, []).append(entry)
    return entry


def record_reveal(
    session: Session,
    *,
    actor: str,
    action: str,
    object_type: str,
    object_id: object,
    every: timedelta,
    now: datetime,
    **detail: object,
) -> AuditEntry | None:
    """Record that somebody saw numbers in full, unless the same with the same details was recorded within `every`:
    pages are reloaded."""
    recorded = session.scalars(
        select(AuditEntry.detail).where(
            AuditEntry.object_type == object_type,
            AuditEntry.object_id == str(object_id),
            AuditEntry.action == action,
            AuditEntry.actor == actor,
            AuditEntry.at > now - every,
        )
    )
    same = {name: to_plain_json(value) for name, value in detail.items() if value is not None}
    if any(same.items() <= each.items() for each in recorded):
        return None
    return record_audit_entry(
        session,
        actor=actor,
        action=action,
        object_type=object_type,
        object_id=object_id,
        now=now,
        **detail,
    )


def to_plain_json(value: object) -> Any:
    """The value as JSON has it: times as RFC 3339, enumerations as their word, sets sorted."""
    match value:
        case Enum():
            return value.value
        case datetime() | date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case Mapping():
            return {str(key): to_plain_json(item) for key, item in value.items()}
        case set() | frozenset():
            return sorted((to_plain_json(item) for item in value), key=str)
        case list() | tuple():
            return [to_plain_json(item) for item in value]
        case str() | int() | float() | bool() | None:
            return value
    return str(value)
