"""Receipt downloads: signed documents with the number in full, for operators; audited like a reveal."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g, request

from campaign_app.extensions import db
from campaign_app.http.current import now
from campaign_app.http.roles import require_role
from campaign_app.http.signed import sign_now
from campaign_app.models import Role
from campaign_app.services import audit, contacts, receipts
from campaign_app.services.past_answers import answer_past, answer_to_api, parse_past_instant
from campaign_app.transaction import transaction

from .why_page import read_reference

blueprint = Blueprint("receipts", __name__)


@blueprint.get("/attempts/<id:attempt_id>/receipt.json")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def download_receipt(attempt_id: int) -> Response:
    """Why one call was allowed, signed."""
    with transaction(db.session()) as session:
        document = receipts.receipt_to_api(receipts.make_receipt(session, attempt_id, now()))
        audit.record_audit_entry(
            session,
            actor=g.actor,
            action="receipt.export",
            object_type="call",
            object_id=attempt_id,
            now=now(),
        )
    return _respond_download(document, f"receipt-{attempt_id}.json")


@blueprint.get("/contacts/<id:contact_id>/receipts.json")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def download_person(contact_id: int) -> Response:
    """All calls to a contact's number, over all campaigns, each with its receipt, as one signed document."""
    with transaction(db.session()) as session:
        phone = contacts.get_contact(session, contact_id).phone
        document = receipts.export_receipts(session, phone, actor=g.actor, now=now())
    return _respond_download(document, f"receipts-of-contact-{contact_id}.json")


@blueprint.get("/why/answer.json")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def download_answer() -> Response:
    """Why a number was called, or not, at an instant, signed. Raises InvalidInput, NotFound."""
    with transaction(db.session()) as session:
        reference = read_reference(request.args)
        at = parse_past_instant(request.args.get("at", ""), now())
        document = answer_to_api(answer_past(session, reference.phone, at, now()))
        audit.record_audit_entry(
            session,
            actor=g.actor,
            action="answer.export",
            object_type="number",
            object_id=reference.masked,
            now=now(),
            phone=reference.phone,
            asked_about=at,
        )
    return _respond_download(document, f"answer-{at:%Y-%m-%d-%H%M}.json")


def _respond_download(document: Mapping[str, Any], filename: str) -> Response:
    text = json.dumps(sign_now(document), ensure_ascii=False, indent=2)
    response = Response(f"{text}\n", content_type="application/json")
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    response.headers["Cache-Control"] = "no-store"
    return response
