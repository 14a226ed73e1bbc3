"""API tokens: bearer tokens of the REST API, shown once, kept as SHA-256."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaign_app.domain.errors import FieldError, InvalidInput, NotFound, StateConflict
from campaign_app.models import ApiToken, Role
from campaign_app.services import audit
from campaign_app.services.people import keys

PREFIX = "sb_"
USE_RESOLUTION = timedelta(minutes=1)
"""`last_used_at` is written at most this often: a write per request would make every reader a writer."""


def create_token(
    session: Session, name: str, role: Role, *, actor: str, now: datetime
) -> tuple[ApiToken, str]:
    """The token and its plain text, which is nowhere else. Raises Invalid, Conflict (the name is in use)."""
    name = name.strip()
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise InvalidInput([FieldError("name", "name the token, in at most 100 characters")])
    # The audit trail knows a token by its name, so two living ones may not share it.
    if (
        session.scalar(select(ApiToken.id).where(ApiToken.name == name, ApiToken.revoked_at.is_(None)))
        is not None
    ):
        raise StateConflict(f"there is a token {name} already: revoke it, or take another name")
    plain_text = PREFIX + keys.generate_key()
    token = ApiToken(
        name=name,
        token_hash=keys.hash_key(plain_text),
        hint=plain_text[-4:],
        role=role.value,
        created_by=actor,
        created_at=now,
    )
    session.add(token)
    session.flush()
    audit.record_audit_entry(
        session,
        actor=actor,
        action="token.create",
        object_type="token",
        object_id=token.id,
        now=now,
        name=name,
        role=role,
    )
    return token, plain_text


def verify_token(session: Session, plain_text: str) -> ApiToken | None:
    """The living token, or None. Looked up by its hash, so the comparison's time tells nothing. Detached."""
    if not plain_text.startswith(PREFIX):
        return None
    token = session.scalar(
        select(ApiToken).where(
            ApiToken.token_hash == keys.hash_key(plain_text), ApiToken.revoked_at.is_(None)
        )
    )
    if token is not None:
        session.expunge(token)
    return token


def should_record_use(token: ApiToken, now: datetime) -> bool:
    return token.last_used_at is None or now - token.last_used_at >= USE_RESOLUTION


def record_token_use(session: Session, token_id: int, now: datetime) -> None:
    session.execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=now))


def revoke_token(session: Session, token_id: int, *, actor: str, now: datetime) -> ApiToken:
    """For good. Raises NotFound."""
    token = session.get(ApiToken, token_id)
    if token is None:
        raise NotFound(f"there is no token {token_id}")
    if token.revoked_at is None:
        token.revoked_at = now
        audit.record_audit_entry(
            session,
            actor=actor,
            action="token.revoke",
            object_type="token",
            object_id=token_id,
            now=now,
            name=token.name,
        )
    return token


def list_tokens(session: Session) -> Sequence[ApiToken]:
    """The living first, each kind with the newest first."""
    return session.scalars(
        select(ApiToken).order_by(ApiToken.revoked_at.is_not(None), ApiToken.id.desc())
    ).all()
