"""Audit page: the audit trail, newest first; searched by person, object and date, and downloaded."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, g, render_template, request, stream_with_context
from werkzeug.wrappers import Response as AnyResponse

from campaign_app.domain.errors import InvalidInput
from campaign_app.extensions import db
from campaign_app.http.current import now
from campaign_app.http.roles import require_role
from campaign_app.http.streams import BoundedStream
from campaign_app.models import AuditEntry, Role
from campaign_app.queries import audit_trail, tables
from campaign_app.services import audit
from campaign_app.services.audit_search import OBJECT_TYPES, read_search, write_entry
from campaign_app.transaction import transaction

from .audit_words import describe_action, describe_detail
from .exports import redirect_if_long
from .filter_values import describe_unknown

blueprint = Blueprint("audit", __name__)
PAGE_SIZE = 50


@blueprint.get("/audit")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def index() -> Response:
    search = read_search(request.args)
    is_long = audit_trail.has_long_audit_trail(db.session())
    page: tables.TablePage[AuditEntry] = tables.TablePage([], None)
    problem = ""
    try:
        conditions = search.build_conditions()
    except InvalidInput as error:
        problem = describe_unknown(error.errors)
    else:
        page = audit_trail.list_audit_entries(
            db.session(),
            cursor=request.args.get("cursor"),
            limit=PAGE_SIZE,
            exactly=is_long,
            **conditions,
        )
    shown = render_template(
        "audit/list.html",
        page=page,
        problem=problem,
        types=OBJECT_TYPES,
        search=search,
        is_long=is_long,
        names=audit_trail.name_audit_objects(db.session(), page.items),
        action_words=describe_action,
        words=describe_detail,
    )
    return Response(shown, HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK)


@blueprint.get("/audit/export.ndjson")
@require_role(Role.COMPLIANCE)
def export() -> AnyResponse:
    """Everything that the search finds, one entry a line, with its seal; of a long trail as a file. Numbers are in
    full: it is audited."""
    search = read_search(request.args)
    conditions = search.build_conditions()
    entries = audit_trail.measure_audit_trail(db.session())
    asked_for = redirect_if_long(entries, "exports.audit_index", **search.as_query())
    if asked_for is not None:
        return asked_for
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
    response = Response(
        stream_with_context(BoundedStream(_lines(conditions))), mimetype="application/x-ndjson"
    )
    response.headers["Content-Disposition"] = 'attachment; filename="audit.ndjson"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _lines(conditions: dict[str, Any]) -> Iterator[str]:
    session = db.session()
    exactly = audit_trail.has_long_audit_trail(session)  # as the page searches
    for entry, seal in audit_trail.iterate_audit_entries(session, exactly=exactly, **conditions):
        yield write_entry(entry, seal) + "\n"
