"""Idempotency keys: `Idempotency-Key` on the requests that must not happen twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, g, request

from campaign_app.extensions import db
from campaign_app.http.current import now
from campaign_app.services import idempotency
from campaign_app.services.idempotency import StoredResponse
from campaign_app.transaction import transaction

from .operations import respond_json

REPLAYED_HEADER = "Idempotency-Replayed"


@dataclass(frozen=True, slots=True)
class OnceResult:
    """The answer to send, and whether this request did the work (or an earlier one did)."""

    response: Response
    fresh: bool


def run_once(body: object, work: Callable[[], StoredResponse]) -> OnceResult:
    """Do `work` in a transaction of its own, or answer as the first request under the same key was answered.

    `body` is the request's JSON as it came. Without the header the work is simply done. Raises Invalid for a
    key that is malformed or that came with another request before.
    """
    key = request.headers.get(idempotency.HEADER)
    if key is None:
        with transaction(db.session()):
            outcome = work()
        return OnceResult(respond_json(outcome.body, outcome.status, location=outcome.location), fresh=True)
    idempotency.check_key(key)
    fingerprint = idempotency.fingerprint_request(request.method, request.path, body)
    token_id = g.token.id
    with transaction(db.session()):
        stored_response = idempotency.reserve_key(
            db.session(), token_id=token_id, key=key, fingerprint=fingerprint, now=now()
        )
        if stored_response is None:
            outcome = work()
            idempotency.store_response(db.session(), outcome, token_id=token_id, key=key)
    if stored_response is None:
        return OnceResult(respond_json(outcome.body, outcome.status, location=outcome.location), fresh=True)
    response = respond_json(stored_response.body, stored_response.status, location=stored_response.location)
    response.headers[REPLAYED_HEADER] = "true"
    return OnceResult(response, fresh=False)
