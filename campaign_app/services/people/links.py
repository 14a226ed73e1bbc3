"""Account links: invitations and password resets. The person chooses their password; nobody else ever knows it.

A link is shown or mailed once, works once, and its key is kept as SHA-256 only. A newer one replaces those before it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from campaign_app.domain.errors import NotFound, StateConflict
from campaign_app.models import AccountLink, Role, User, UserSession
from campaign_app.services import audit
from campaign_app.services.people import keys, users

INVITATION, RESET = "invitation", "reset"
LIFETIMES = {INVITATION: timedelta(days=7), RESET: timedelta(hours=24)}
LINK_GONE = "this link is not valid any more: it was used, a newer one was made, or its time is over"


def invite_user(session: Session, email: str, *, role: Role, actor: str, now: datetime) -> tuple[User, str]:
    """A new account without a password, and the key of the link that sets one. Raises InvalidInput, StateConflict (the
    address is taken)."""
    user = users.add_user_without_password(session, email, role=role, actor=actor, now=now)
    return user, _new_link(session, user, INVITATION, now)


def new_link(session: Session, user_id: int, *, actor: str, now: datetime) -> tuple[User, str]:
    """The key of a new link: a reset, or another invitation for who has no password yet. The password stays until the
    link is used. Raises NotFound, StateConflict (the account is disabled)."""
    user = users.get_user(session, user_id)
    if user.disabled_at is not None:
        raise StateConflict(f"{user.email} is disabled: enable the account first")
    kind = RESET if user.password_hash else INVITATION
    key = _new_link(session, user, kind, now)
    audit.record_audit_entry(
        session,
        actor=actor,
        action="user.reset-link" if kind == RESET else "user.invite-again",
        object_type="user",
        object_id=user_id,
        now=now,
        email=user.email,
    )
    return user, key


def _new_link(session: Session, user: User, kind: str, now: datetime) -> str:
    session.execute(delete(AccountLink).where(AccountLink.user_id == user.id))
    key = keys.generate_key()
    session.add(
        AccountLink(
            key_hash=keys.hash_key(key),
            user_id=user.id,
            kind=kind,
            created_at=now,
            expires_at=now + LIFETIMES[kind],
        )
    )
    session.flush()
    return key


def find_link(session: Session, key: str, now: datetime) -> tuple[AccountLink, User]:
    """The link and whose account it opens. Raises NotFound."""
    link = session.scalar(
        select(AccountLink).where(AccountLink.key_hash == keys.hash_key(key), AccountLink.expires_at > now)
    )
    user = session.get(User, link.user_id) if link is not None else None
    if link is None or user is None or user.disabled_at is not None:
        raise NotFound(LINK_GONE)
    return link, user


def use_link(session: Session, key: str, password: str, *, now: datetime) -> User:
    """Set the password and burn the link; all browsers of the account are signed out. A second factor stays, and is
    asked for as ever. Raises NotFound (the link), InvalidInput (the password)."""
    link, user = find_link(session, key, now)
    burnt = session.execute(
        delete(AccountLink).where(AccountLink.id == link.id).returning(AccountLink.kind)
    ).scalar_one_or_none()
    if burnt is None:
        raise NotFound(LINK_GONE)
    users.set_password(user, password)
    session.execute(delete(UserSession).where(UserSession.user_id == user.id))
    audit.record_audit_entry(
        session,
        actor=f"user:{user.email}",
        action="user.accept-invitation" if burnt == INVITATION else "user.reset-password",
        object_type="user",
        object_id=user.id,
        now=now,
    )
    return user


def expire_link(session: Session, user_id: int) -> None:
    """No link of the user works any more."""
    session.execute(delete(AccountLink).where(AccountLink.user_id == user_id))
