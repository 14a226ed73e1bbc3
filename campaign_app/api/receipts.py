"""Receipts over REST: why each call was allowed, signed, and the key that verifies the signature."""

from __future__ import annotations

from flask import Response, g

from campaign_app.extensions import db
from campaign_app.http.current import current_signer, now
from campaign_app.http.numbers import hide_from_viewers
from campaign_app.http.signed import sign_now
from campaign_app.models import Role
from campaign_app.services import receipts
from campaign_app.services.explanations import parse_whole_number
from campaign_app.signing import describe_key
from campaign_app.transaction import transaction

from .operations import api_operation, respond_json
from .reading import query_as
from .schemas.receipts import PersonQuery, PersonReceipts, Receipt, ReceiptKey

TAG = "receipts"


@api_operation(
    "GET",
    "/attempts/<id:attempt_id>/receipt",
    Role.VIEWER,
    tag=TAG,
    response_models={200: Receipt},
    errors=(404,),
    name="get_receipt",
)
def get_receipt(attempt_id: int) -> Response:
    """Why an attempt was allowed, or not, by the rules that are kept of it."""
    receipt = receipts.make_receipt(db.session(), attempt_id, now())
    return respond_json(sign_now(hide_from_viewers(receipts.receipt_to_api(receipt))))


@api_operation(
    "GET",
    "/people/receipts",
    (Role.OPERATOR, Role.COMPLIANCE),
    tag=TAG,
    query=PersonQuery,
    response_models={200: PersonReceipts},
    name="export_receipts",
)
def export_receipts() -> Response:
    """The receipts of all attempts to call a number, over all campaigns, as one signed document."""
    phone = parse_whole_number(query_as(PersonQuery).phone, None)
    with transaction(db.session()) as session:
        document = receipts.export_receipts(session, phone, actor=g.actor, now=now())
    return respond_json(sign_now(document))


@api_operation(
    "GET",
    "/receipts/key",
    None,
    tag=TAG,
    response_models={200: ReceiptKey},
    name="get_receipt_key",
)
def get_receipt_key() -> Response:
    """The public key of this installation, for everybody who wants to verify a receipt."""
    return respond_json(describe_key(current_signer().public_key))
