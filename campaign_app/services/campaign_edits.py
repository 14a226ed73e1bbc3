"""Campaign edits: what may change while calls go out, and two people who change one campaign at the same time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.campaign import EDITABLE, LIVE_FIELDS, CampaignStatus
from campaign_app.domain.errors import FieldConflict, FieldError, StateConflict
from campaign_app.models import AuditEntry, Campaign

UPDATE = "campaign.update"
MOST_SAVES = 200
"""Saves that a conflict looks back over."""


@dataclass(frozen=True, slots=True)
class SavedChange:
    """What somebody else made of one field since: values in API shape."""

    field: str
    before: Any
    now: Any
    by: str
    """Who was last, as in the audit trail."""
    at: datetime


class EditConflict(FieldConflict):
    """The campaign was saved since it was read (HTTP 409)."""

    title = "Saved since you read it"

    def __init__(self, version: int, changes: Sequence[SavedChange]) -> None:
        self.version = version
        self.changes = tuple(changes)
        super().__init__(
            f"the campaign was saved since you read it; it is at version {version} now. Read it again, then send your"
            " changes with that version",
            [FieldError(each.field, describe_saved_change(each)) for each in changes],
        )


def describe_saved_change(change: SavedChange) -> str:
    """`user:ann@example.org changed it from 10 to 20`; a long value is left to whoever reads the campaign."""
    if all(value is None or isinstance(value, str | int | float) for value in (change.before, change.now)):
        before, after = (_format_plain(value) for value in (change.before, change.now))
        if len(before) + len(after) <= 200:
            return f"{change.by} changed it from {before} to {after}"
    return f"{change.by} changed it"


def _format_plain(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "nothing" if value in (None, "") else str(value)


def check_editable(campaign: Campaign) -> None:
    """Raises StateConflict, with the remedy, where nothing of the campaign can be changed any more."""
    if CampaignStatus(campaign.status) not in EDITABLE:
        raise StateConflict(
            f"a campaign that is {campaign.status} cannot be changed: clone it and change the copy"
        )


def check_version(session: Session, campaign: Campaign, version: int | None) -> None:
    """Raises EditConflict where the campaign was saved since somebody read it at `version`; None: whatever it is.
    The caller holds its lock."""
    if version is not None and version != campaign.version:
        raise EditConflict(campaign.version, list_changes_since(session, campaign.id, version))


def list_changes_since(session: Session, campaign_id: int, version: int) -> list[SavedChange]:
    """What was changed after `version`, by field: from what it was then to what it is now."""
    saves = session.scalars(
        select(AuditEntry)
        .where(
            AuditEntry.object_type == "campaign",
            AuditEntry.object_id == str(campaign_id),
            AuditEntry.action == UPDATE,
        )
        .order_by(AuditEntry.id.desc())
        .limit(MOST_SAVES)
    ).all()
    found: dict[str, SavedChange] = {}
    for save in reversed(saves):
        if save.detail.get("version", 0) <= version:
            continue
        for field, (before, after) in save.detail.get("changed", {}).items():
            first = found[field].before if field in found else before
            found[field] = SavedChange(field, first, after, save.actor, save.at)
    return [each for each in found.values() if each.before != each.now]


def check_live_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Raises FieldConflict with every field that cannot change while the campaign runs. Both in API shape."""
    errors = [
        FieldError(name, "cannot change while the campaign is running: pause it, change it, and resume it")
        for name in after
        if before[name] != after[name] and name not in LIVE_FIELDS
    ]
    if errors:
        raise FieldConflict("the campaign is running, and some fields cannot change now", errors)
