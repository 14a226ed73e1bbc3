"""API tokens: bearer tokens of the REST API, shown once, kept as SHA-256."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaign_app.domain.day_limits import MOST_CALLS, day_of
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound, StateConflict, TooManyRequests
from campaign_app.models import ApiToken, Campaign, Role, User
from campaign_app.queries.token_calls import count_token_call
from campaign_app.services import audit
from campaign_app.services.origin import current_origin
from campaign_app.services.people import keys

PREFIX = "sb_"
DEFAULT_DAYS, MOST_DAYS = 90, 3650
CALLS_PER_DAY = 2_000
"""Single calls and test calls of a new token, unless it is made with another number."""
USE_RESOLUTION = timedelta(minutes=1)
"""`last_used_at` is written at most this often: a write per request would make every reader a writer."""


def create_token(
    session: Session,
    name: str,
    role: Role,
    *,
    actor: str,
    now: datetime,
    days: int | None = DEFAULT_DAYS,
    campaigns: Sequence[int] | None = None,
    maker_id: int | None = None,
    max_calls_per_day: int | None = CALLS_PER_DAY,
) -> tuple[ApiToken, str]:
    """The token and its plain text, which is nowhere else. It works for `days`, or with None until it is revoked; for
    these campaigns only, or with None for all; and no longer than the account of its maker does. `max_calls_per_day`
    bounds the single calls and test calls that it places; None: any number. Raises Invalid, Conflict (the name is in
    use)."""
    name = name.strip()
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise InvalidInput([FieldError("name", "name the token, in at most 100 characters")])
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise InvalidInput([FieldError("days", f"from 1 to {MOST_DAYS:,} days")])
    chosen = sorted(set(campaigns)) if campaigns else None
    if chosen is not None:
        if role == Role.ADMIN:
            raise InvalidInput(
                [FieldError("campaigns", "an admin's token is for everything: take another role")]
            )
        known = set(session.scalars(select(Campaign.id).where(Campaign.id.in_(chosen))))
        for campaign_id in chosen:
            if campaign_id not in known:
                raise InvalidInput([FieldError("campaigns", f"there is no campaign {campaign_id}")])
    # The audit trail knows a token by its name, so two living ones may not share it.
    if (
        session.scalar(select(ApiToken.id).where(ApiToken.name == name, ApiToken.revoked_at.is_(None)))
        is not None
    ):
        raise StateConflict(f"there is a token {name} already: revoke it, or take another name")
    if max_calls_per_day is not None and not 1 <= max_calls_per_day <= MOST_CALLS:
        raise InvalidInput([FieldError("max_calls_per_day", f"use a whole number from 1 to {MOST_CALLS:,}")])
    plain_text = PREFIX + keys.generate_key()
    token = ApiToken(
        name=name,
        token_hash=keys.hash_key(plain_text),
        hint=plain_text[-4:],
        role=role.value,
        created_by=actor,
        created_at=now,
        expires_at=None if days is None else now + timedelta(days=days),
        maker_id=maker_id,
        campaigns=chosen,
        max_calls_per_day=max_calls_per_day,
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
        expires_at=token.expires_at,
        campaigns=chosen,
        max_calls_per_day=max_calls_per_day,
    )
    return token, plain_text


def count_call(session: Session, token_id: int, now: datetime) -> None:
    """Count a call that a token places, in the transaction that places it. Raises TooManyRequests where the day's calls
    (UTC) are used up."""
    if not count_token_call(session.connection(), token_id, now):
        raise TooManyRequests(
            "this token has placed all the calls that it may place in a day (UTC)",
            retry_after=(day_of(now) + timedelta(days=1) - now).total_seconds(),
        )


def verify_token(session: Session, plain_text: str, now: datetime) -> ApiToken | None:
    """The token if it works now, or None: revoked, expired, its maker's account disabled, or its maker's role lowered
    below the token's. Looked up by its hash, so the comparison's time tells nothing. Detached."""
    if not plain_text.startswith(PREFIX):
        return None
    token = session.scalar(
        select(ApiToken).where(
            ApiToken.token_hash == keys.hash_key(plain_text), ApiToken.revoked_at.is_(None)
        )
    )
    if token is None or (token.expires_at is not None and token.expires_at <= now):
        return None
    if token.maker_id is not None:
        maker = session.get(User, token.maker_id)
        # Else a demoted admin's token would give the role back.
        if maker is None or maker.disabled_at is not None or exceeds_role(token, maker):
            return None
    session.expunge(token)
    return token


def exceeds_role(token: ApiToken, user: User) -> bool:
    """Whether the token may do what the user's role may not."""
    return not Role(user.role).allows(Role(token.role))


def should_record_use(token: ApiToken, now: datetime) -> bool:
    return token.last_used_at is None or now - token.last_used_at >= USE_RESOLUTION


def record_token_use(session: Session, token_id: int, now: datetime) -> None:
    address = current_origin().address
    session.execute(
        update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=now, last_address=address)
    )


def hand_over_token(session: Session, token_id: int, user_id: int, *, actor: str, now: datetime) -> ApiToken:
    """Let the token live with another account than its maker's. Raises NotFound, StateConflict."""
    token, user = session.get(ApiToken, token_id), session.get(User, user_id)
    if token is None or user is None:
        raise NotFound(f"there is no token {token_id}" if token is None else f"there is no user {user_id}")
    if user.disabled_at is not None or exceeds_role(token, user):
        raise StateConflict(
            f"{user.email} may not do what the token may: choose somebody with the role {token.role}"
        )
    token.maker_id = user_id
    audit.record_audit_entry(
        session,
        actor=actor,
        action="token.hand-over",
        object_type="token",
        object_id=token_id,
        now=now,
        name=token.name,
        to=user.email,
    )
    return token


def give_token_an_end(
    session: Session, token_id: int, *, days: int | None, actor: str, now: datetime
) -> ApiToken:
    """Let a token that would work until it is revoked end in so many days. Raises NotFound, InvalidInput,
    StateConflict (it has an end, or is revoked)."""
    token = session.get(ApiToken, token_id)
    if token is None:
        raise NotFound(f"there is no token {token_id}")
    if days is None or not 1 <= days <= MOST_DAYS:
        raise InvalidInput([FieldError("days", f"from 1 to {MOST_DAYS:,} days")])
    if token.revoked_at is not None or token.expires_at is not None:
        raise StateConflict(f"the token {token.name} is revoked or already has an end")
    token.expires_at = now + timedelta(days=days)
    audit.record_audit_entry(
        session,
        actor=actor,
        action="token.end",
        object_type="token",
        object_id=token_id,
        now=now,
        name=token.name,
        expires_at=token.expires_at,
    )
    return token


def revoke_tokens_of(session: Session, user_id: int, *, actor: str, now: datetime) -> int:
    """Revoke every token that ends with the account; returns how many there were."""
    living = select(ApiToken.id).where(ApiToken.maker_id == user_id, ApiToken.revoked_at.is_(None))
    ids = session.scalars(living).all()
    for token_id in ids:
        revoke_token(session, token_id, actor=actor, now=now)
    return len(ids)


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


def list_tokens_of(session: Session, user_id: int) -> Sequence[ApiToken]:
    """Those that are not revoked and end with the account."""
    return session.scalars(
        select(ApiToken)
        .where(ApiToken.maker_id == user_id, ApiToken.revoked_at.is_(None))
        .order_by(ApiToken.id)
    ).all()


def list_tokens(session: Session) -> Sequence[ApiToken]:
    """The living first, each kind with the newest first."""
    return session.scalars(
        select(ApiToken).order_by(ApiToken.revoked_at.is_not(None), ApiToken.id.desc())
    ).all()
