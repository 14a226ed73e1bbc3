"""Audit search: what somebody looks for in the audit trail, and its entries as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from campaign_app.domain.campaign import to_rfc3339
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.domain.local_times import find_day_begin
from campaign_app.models import AuditEntry

ObjectType = Literal[
    "campaign",
    "contact",
    "attempt",
    "import",
    "do-not-call",
    "list",
    "pack",
    "person",
    "trunk",
    "user",
    "token",
    "page",
]
OBJECT_TYPES: tuple[str, ...] = get_args(ObjectType)
LONGEST = 254


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """What was asked for, as it is typed."""

    object_type: str | None
    object_id: str | None
    who: str
    since: str
    until: str

    def as_query(self) -> dict[str, str]:
        named = {
            "type": self.object_type,
            "id": self.object_id,
            "who": self.who,
            "since": self.since,
            "until": self.until,
        }
        return {name: value for name, value in named.items() if value}

    def build_conditions(self) -> dict[str, Any]:
        """For `queries.audit_trail.search_audit`. Raises InvalidInput."""
        if self.object_type is not None and self.object_type not in OBJECT_TYPES:
            raise InvalidInput([FieldError("type", f"choose one of {', '.join(OBJECT_TYPES)}")])
        if self.object_id and not self.object_type:
            raise InvalidInput(
                [FieldError("id", "say the type of object as well: a number alone names many")]
            )
        since, until = _read_day("since", self.since), _read_day("until", self.until)
        if since is not None and until is not None and since > until:
            raise InvalidInput([FieldError("until", "the last day lies before the first one")])
        return {
            "object_type": self.object_type,
            "object_id": self.object_id,
            "who": self.who or None,
            "since": since,
            "before": until and until + timedelta(days=1),
        }


def read_search(given: Mapping[str, str]) -> AuditSearch:
    """Of a query's or a row's fields, whatever else is there."""
    asked = {name: given[name].replace("\0", "").strip()[:LONGEST] for name in given}
    return AuditSearch(
        object_type=asked.get("type") or None,
        object_id=asked.get("id") or None,
        who=asked.get("who", ""),
        since=asked.get("since", ""),
        until=asked.get("until", ""),
    )


def _read_day(name: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        return find_day_begin(text, "UTC")
    except ValueError as error:
        raise InvalidInput([FieldError(name, str(error))]) from None


def write_entry(entry: AuditEntry, seal: str | None) -> str:
    """One entry as JSON, with its seal."""
    return json.dumps(
        {
            "id": entry.id,
            "at": to_rfc3339(entry.at),
            "actor": entry.actor,
            "action": entry.action,
            "object_type": entry.object_type,
            "object_id": entry.object_id,
            "address": entry.address,
            "browser": entry.browser,
            "detail": entry.detail,
            "seal": seal,
        },
        ensure_ascii=False,
    )
