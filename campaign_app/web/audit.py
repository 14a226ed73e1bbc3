"""Audit page: the audit trail, newest first."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from campaign_app.extensions import db
from campaign_app.http.roles import require_role
from campaign_app.logs import hide_numbers
from campaign_app.models import Role
from campaign_app.queries import tables

blueprint = Blueprint("audit", __name__)
PAGE_SIZE = 50
TYPES = ("campaign", "contact", "attempt", "import", "do-not-call", "person", "trunk", "user", "token")


@blueprint.get("/audit")
@require_role(Role.OPERATOR)
def index() -> str:
    object_type = request.args.get("type") if request.args.get("type") in TYPES else None
    object_id = request.args.get("id") or None
    page = tables.list_audit_entries(
        db.session(),
        cursor=request.args.get("cursor"),
        limit=PAGE_SIZE,
        object_type=object_type,
        object_id=object_id if object_type else None,
    )
    return render_template(
        "audit/list.html",
        page=page,
        types=TYPES,
        object_type=object_type,
        object_id=object_id,
        words=describe_detail,
    )


def describe_detail(value: object) -> str:
    """A detail as one line; telephone numbers in it are masked."""
    match value:
        case dict():
            return ", ".join(
                f"{name.replace('_', ' ')} {describe_detail(item)}" for name, item in value.items()
            )
        case list():
            return ", ".join(describe_detail(item) for item in value)
        case True | False:
            return "yes" if value else "no"
        case None:
            return "none"
    return hide_numbers(str(value))
