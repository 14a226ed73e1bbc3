"""Idempotency store: the response to an `Idempotency-Key`, kept a day, so that a repeat gets the same and does
nothing.

After draft-ietf-httpapi-idempotency-key-header. The key is taken in the same transaction as the effect and
before it: on PostgreSQL a concurrent repeat waits at the unique index until the first one commits, then reads
its answer; on SQLite there is one writer anyway. An effect that failed leaves no key behind, so that the
client may correct and repeat.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.models import IdempotencyRecord
from campaign_app.queries import idempotency as idempotency_queries

HEADER = "Idempotency-Key"
KEY_LIFETIME = timedelta(hours=24)
MAX_LENGTH = 255
PURGED_AT_ONCE = 100
"""Old keys that one request clears; more than one, so that the table shrinks."""
PENDING = 0
"""The status of a key whose effect has not committed. No other transaction ever sees it."""


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """What was answered: HTTP status, JSON body, and the new object's path."""

    status: int
    body: dict[str, Any]
    location: str | None


def check_key(key: str) -> str:
    """The key, if it is one. Raises Invalid."""
    if not 1 <= len(key) <= MAX_LENGTH or not key.isprintable() or not key.isascii():
        raise InvalidInput([FieldError(HEADER, f"use 1 to {MAX_LENGTH} printable ASCII characters")])
    return key


def fingerprint_request(method: str, path: str, body: object) -> str:
    """What "the same request" means: SHA-256 over the method, the path and the JSON, whatever its spacing and
    order."""
    text = json.dumps([method, path, body], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def reserve_key(
    session: Session, *, token_id: int, key: str, fingerprint: str, now: datetime
) -> StoredResponse | None:
    """Take the key for this transaction: None, and the caller does the work and then calls `keep`; or the
    answer that an earlier request got. Raises Invalid when that was another request.
    """
    idempotency_queries.purge_old_keys(session, token_id, key, now - KEY_LIFETIME, PURGED_AT_ONCE)
    if idempotency_queries.take_key(session, token_id, key, fingerprint, PENDING, now):
        return None
    stored = session.execute(
        select(IdempotencyRecord.fingerprint, IdempotencyRecord.status, IdempotencyRecord.body).where(
            IdempotencyRecord.token_id == token_id, IdempotencyRecord.key == key
        )
    ).one()
    if stored.fingerprint != fingerprint:
        raise InvalidInput(
            [FieldError(HEADER, "was used for another request in the last 24 hours; take a new key")]
        )
    return StoredResponse(stored.status, stored.body["answer"], stored.body["location"])


def store_response(session: Session, response: StoredResponse, *, token_id: int, key: str) -> None:
    """Keep the answer under the key that `take` took."""
    session.execute(
        update(IdempotencyRecord)
        .where(IdempotencyRecord.token_id == token_id, IdempotencyRecord.key == key)
        .values(status=response.status, body={"answer": response.body, "location": response.location})
    )
