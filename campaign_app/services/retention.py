"""Retention service: how long what is known of people stays, as an admin set it. Until then nothing is removed.

The rules are a row of `settings`; engine/retention.py removes by them, in short pieces.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.retention import Duty, Kind, Period, RetentionRules, list_duties, parse_rules
from campaign_app.models import SettingsRow
from campaign_app.models.base import dump_json
from campaign_app.queries import retention as retention_queries
from campaign_app.services import audit

log = logging.getLogger("switchboard.retention")
SETTING = "retention"


@dataclass(frozen=True, slots=True)
class KindStatus:
    """One kind as a page shows it: its period, what laws ask, and what would go now."""

    kind: Kind
    period: Period
    duties: tuple[Duty, ...]
    removable: int | None
    """Rows that would be removed or emptied now; None: kept for ever."""

    @property
    def short_of(self) -> tuple[Duty, ...]:
        """The laws whose time the period is below."""
        days = self.period.days
        return () if days is None else tuple(duty for duty in self.duties if days < duty.days)


def load_rules(session: Session) -> RetentionRules:
    """As they are set. A row that somebody broke keeps everything."""
    row = session.get(SettingsRow, SETTING)
    if row is None:
        return RetentionRules()
    try:
        return parse_rules(json.loads(row.value))
    except (ValueError, InvalidInput):
        log.exception("the retention rules cannot be read: nothing is removed")
        return RetentionRules()


def describe_rules(session: Session, rules: RetentionRules, now: datetime) -> list[KindStatus]:
    """What some rules, set or only tried, would remove now."""
    return [
        KindStatus(
            kind,
            rules.get(kind),
            tuple(list_duties(kind)),
            count_removable(session, kind, rules.get(kind), now),
        )
        for kind in Kind
    ]


def count_removable(session: Session, kind: Kind, period: Period, now: datetime) -> int | None:
    """Rows of a kind that are older than its period."""
    if period.days is None:
        return None
    before = now - timedelta(days=period.days)
    connection = session.connection()
    if kind is Kind.RECORDINGS:
        return len(retention_queries.list_old_recordings(connection, before))
    return retention_queries.count_removable(connection, kind, before)


def save_rules(session: Session, data: dict[str, Any], *, actor: str, now: datetime) -> RetentionRules:
    """Set the rules; kinds that `data` does not name are kept for ever. Raises InvalidInput."""
    rules = parse_rules(data)
    before = load_rules(session)
    row = session.get(SettingsRow, SETTING)
    value = dump_json(rules.to_json())
    if row is None:
        session.add(SettingsRow(key=SETTING, value=value))
    else:
        row.value = value
    session.flush()
    if rules.to_json() != before.to_json():
        changed = {
            kind.value: rules.to_json()[kind.value] for kind in Kind if rules.get(kind) != before.get(kind)
        }
        audit.record_audit_entry(
            session,
            actor=actor,
            action="retention.update",
            object_type="retention",
            object_id="rules",
            now=now,
            **changed,
        )
    return rules


def rules_to_api(statuses: list[KindStatus], *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "kinds": [
            {
                "kind": status.kind.value,
                "days": status.period.days,
                "reason": status.period.reason,
                "would_remove": status.removable,
                "duties": [
                    {"country": duty.country, "days": duty.days, "what": duty.what, "source": duty.source}
                    for duty in status.duties
                ],
                "below": sorted({duty.country for duty in status.short_of}),
            }
            for status in statuses
        ],
    }
