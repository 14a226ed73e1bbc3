"""`Idempotency-Key` on the requests that must not happen twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Response, g, request

from campaign_app.extensions import db
from campaign_app.services import idempotency
from campaign_app.services.idempotency import StoredResponse
from campaign_app.transaction import transaction

from .operations import answer, now

REPLAYED = "Idempotency-Replayed"


@dataclass(frozen=True, slots=True)
class Done:
    """The answer to send, and whether this request did the work (or an earlier one did)."""

    response: Response
    fresh: bool


def once(body: object, work: Callable[[], StoredResponse]) -> Done:
    """Do `work` in a transaction of its own, or answer as the first request under the same key was answered.

    `body` is the request's JSON as it came. Without the header the work is simply done. Raises Invalid for a
    key that is malformed or that came with another request before.
    """
    key = request.headers.get(idempotency.HEADER)
    if key is None:
        with transaction(db.session()):
            done = work()
        return Done(answer(done.body, done.status, location=done.location), fresh=True)
    idempotency.check_key(key)
    mark = idempotency.fingerprint_request(request.method, request.path, body)
    token_id = g.token.id
    with transaction(db.session()):
        held = idempotency.reserve_key(db.session(), token_id=token_id, key=key, fingerprint=mark, now=now())
        if held is None:
            done = work()
            idempotency.store_response(db.session(), done, token_id=token_id, key=key)
    if held is None:
        return Done(answer(done.body, done.status, location=done.location), fresh=True)
    response = answer(held.body, held.status, location=held.location)
    response.headers[REPLAYED] = "true"
    return Done(response, fresh=False)
