"""Audit page: the audit trail, newest first; searched by person, object and date, and downloaded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, g, render_template, request, stream_with_context

from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.extensions import db
from campaign_app.http.current import now
from campaign_app.http.roles import require_role
from campaign_app.models import AuditEntry, Role
from campaign_app.queries import tables
from campaign_app.services import audit
from campaign_app.transaction import transaction

from .audit_words import describe_action, describe_detail

blueprint = Blueprint("audit", __name__)
PAGE_SIZE = 50
TYPES = (
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
)


@dataclass(frozen=True, slots=True)
class AuditSearch:
    """What the page was asked for, as it is typed."""

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

    def conditions(self) -> dict[str, Any]:
        """For `tables.list_audit_entries`. Raises InvalidInput."""
        until = _read_day("until", self.until)
        return {
            "object_type": self.object_type,
            "object_id": self.object_id if self.object_type else None,
            "who": self.who or None,
            "since": _read_day("since", self.since),
            "before": until and until + timedelta(days=1),
        }


def _read_day(name: str, text: str) -> datetime | None:
    if not text:
        return None
    try:
        day = datetime.combine(date.fromisoformat(text), time(), UTC)
        day + timedelta(days=1)  # its end has to be an instant, too
        return day
    except (ValueError, OverflowError):
        raise InvalidInput([FieldError(name, "give a day, such as 2026-11-29")]) from None


def _read_search() -> AuditSearch:
    asked = {name: request.args.get(name, "").replace("\0", "").strip()[:254] for name in request.args}
    return AuditSearch(
        object_type=asked.get("type") if asked.get("type") in TYPES else None,
        object_id=asked.get("id") or None,
        who=asked.get("who", ""),
        since=asked.get("since", ""),
        until=asked.get("until", ""),
    )


@blueprint.get("/audit")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def index() -> str:
    search = _read_search()
    page = tables.list_audit_entries(
        db.session(), cursor=request.args.get("cursor"), limit=PAGE_SIZE, **search.conditions()
    )
    return render_template(
        "audit/list.html",
        page=page,
        types=TYPES,
        search=search,
        names=tables.name_audit_objects(db.session(), page.items),
        action_words=describe_action,
        words=describe_detail,
    )


@blueprint.get("/audit/export.ndjson")
@require_role(Role.COMPLIANCE)
def export() -> Response:
    """Everything that the search finds, one entry a line, with its seal. Numbers are in full: it is audited."""
    search = _read_search()
    conditions = search.conditions()
    with transaction(db.session()) as session:
        audit.record_audit_entry(
            session,
            actor=g.actor,
            action="audit.export",
            object_type="page",
            object_id="audit",
            now=now(),
            search=search.as_query() or None,
        )
    response = Response(stream_with_context(_lines(conditions)), mimetype="application/x-ndjson")
    response.headers["Content-Disposition"] = 'attachment; filename="audit.ndjson"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _lines(conditions: dict[str, Any]) -> Iterator[str]:
    for entry, seal in tables.iterate_audit_entries(db.session(), **conditions):
        yield json.dumps(_to_json(entry, seal), ensure_ascii=False) + "\n"


def _to_json(entry: AuditEntry, seal: str | None) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "action": entry.action,
        "object_type": entry.object_type,
        "object_id": entry.object_id,
        "address": entry.address,
        "browser": entry.browser,
        "detail": entry.detail,
        "seal": seal,
    }
