"""Who may come in: users, their sessions and passwords. API tokens are in tokens.py, the first user in setup.py.

Keys of sessions are kept as SHA-256 only: they are random and long, so a slow hash would add nothing. Passwords are
neither, so they are kept as argon2id.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from campaign_app.domain.errors import Conflict, FieldError, Invalid, NotFound
from campaign_app.models import Role, User, UserSession
from campaign_app.services import audit

SESSION_LIFE = timedelta(days=14)
PASSWORD_SHORTEST, PASSWORD_LONGEST = 10, 1024
"""Characters. NIST SP 800-63B asks for length, not for kinds of characters; the upper end bounds the hash's work."""
THEMES = ("system", "light", "dark")

# RFC 9106's second recommended option (64 MiB, 3 passes, 4 lanes), the library's default.
_hasher = PasswordHasher()


def digest(key: str) -> str:
    """SHA-256 of a random key, as the tables hold it."""
    return hashlib.sha256(key.encode()).hexdigest()


def check_email(email: str) -> str:
    """The address as it is kept: lower case. Raises Invalid; whether it exists is not this server's business."""
    clean = email.strip().lower()
    name, at, domain = clean.rpartition("@")
    if not at or not name or not domain or len(clean) > 254 or not clean.isprintable() or " " in clean:
        raise Invalid([FieldError("email", "give an email address, such as ann@example.org")])
    return clean


def check_password(password: str, email: str) -> None:
    """Raises Invalid with the remedy."""
    if len(password) < PASSWORD_SHORTEST:
        raise Invalid([FieldError("password", f"use at least {PASSWORD_SHORTEST} characters")])
    if len(password) > PASSWORD_LONGEST:
        raise Invalid([FieldError("password", f"use at most {PASSWORD_LONGEST} characters")])
    if password.lower() == email:
        raise Invalid([FieldError("password", "do not use the email address as the password")])
    if len(set(password)) == 1:
        raise Invalid([FieldError("password", "use more than one character, repeated")])


def create_user(
    session: Session, email: str, password: str, *, role: Role = Role.VIEWER, actor: str, now: datetime
) -> User:
    """Raises Invalid (address or password), Conflict (the address is taken)."""
    email = check_email(email)
    check_password(password, email)
    if session.scalar(select(User.id).where(User.email == email)) is not None:
        raise Conflict(f"there is a user {email} already")
    user = User(
        email=email, password_hash=_hasher.hash(password), role=role.value, theme="system", created_at=now
    )
    session.add(user)
    session.flush()
    audit.record(
        session, actor=actor, action="user.create", object_type="user", object_id=user.id, now=now, email=email, role=role
    )
    return user


def create_admin(session: Session, email: str, password: str, *, actor: str, now: datetime) -> User:
    return create_user(session, email, password, role=Role.ADMIN, actor=actor, now=now)


@cache
def _hash_of_nobody() -> str:
    return _hasher.hash(secrets.token_hex(16))


def authenticate(session: Session, email: str, password: str) -> User | None:
    """The user, if the password is right and the account enabled.

    An unknown or disabled account costs the same hash as a known one: the time must not tell who has an account.
    Reads only; the sign-in that follows (`open_session`) is what is audited.
    """
    user = session.scalar(select(User).where(User.email == email.strip().lower()))
    enabled = user is not None and user.disabled_at is None
    right = _matches(user.password_hash if user is not None and enabled else _hash_of_nobody(), password)
    return user if enabled and right else None


def _matches(held: str, password: str) -> bool:
    if len(password) > PASSWORD_LONGEST:
        password = ""  # never a valid one, and hashing a megabyte is work for nothing
    try:
        return _hasher.verify(held, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def open_session(session: Session, user: User, *, now: datetime) -> str:
    """Sign in; the random key belongs into the browser's cookie and nowhere else. Valid for 14 days."""
    session.execute(delete(UserSession).where(UserSession.expires_at <= now))
    key = secrets.token_urlsafe(32)
    session.add(
        UserSession(key_hash=digest(key), user_id=user.id, created_at=now, expires_at=now + SESSION_LIFE)
    )
    audit.record(
        session, actor=f"user:{user.email}", action="user.sign-in", object_type="user", object_id=user.id, now=now
    )
    return key


def session_user(session: Session, key: str, now: datetime) -> User | None:
    """The user behind a cookie's key, or None. Detached: it stays readable whatever the request rolls back."""
    user = session.scalar(
        select(User)
        .join(UserSession, UserSession.user_id == User.id)
        .where(UserSession.key_hash == digest(key), UserSession.expires_at > now, User.disabled_at.is_(None))
    )
    if user is not None:
        session.expunge(user)
    return user


def close_session(session: Session, key: str) -> None:
    """Sign this browser out. An unknown key is no error: the end is the same."""
    session.execute(delete(UserSession).where(UserSession.key_hash == digest(key)))


def sessions_of(session: Session, user_id: int, now: datetime) -> Sequence[UserSession]:
    return session.scalars(
        select(UserSession)
        .where(UserSession.user_id == user_id, UserSession.expires_at > now)
        .order_by(UserSession.id.desc())
    ).all()


def close_other_sessions(session: Session, user_id: int, key: str, *, actor: str, now: datetime) -> int:
    """Sign every other browser of the user out; returns how many there were."""
    done = session.execute(
        delete(UserSession)
        .where(UserSession.user_id == user_id, UserSession.key_hash != digest(key))
        .returning(UserSession.id)
    ).all()
    audit.record(
        session, actor=actor, action="user.sign-out-others", object_type="user", object_id=user_id, now=now, closed=len(done)
    )
    return len(done)


def change_password(
    session: Session, user_id: int, current: str, new: str, *, key: str, actor: str, now: datetime
) -> None:
    """Change one's own password and sign the other browsers out. Raises Invalid, also for a wrong `current`."""
    user = get(session, user_id)
    if not _matches(user.password_hash, current):
        raise Invalid([FieldError("current", "this is not your password")])
    check_password(new, user.email)
    user.password_hash = _hasher.hash(new)
    audit.record(
        session, actor=actor, action="user.change-password", object_type="user", object_id=user_id, now=now
    )
    close_other_sessions(session, user_id, key, actor=actor, now=now)


def everyone(session: Session) -> Sequence[User]:
    return session.scalars(select(User).order_by(User.disabled_at.is_not(None), User.email)).all()


def get(session: Session, user_id: int) -> User:
    """Raises NotFound."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound(f"there is no user {user_id}")
    return user


def change_role(session: Session, user_id: int, role: Role, *, actor: str, now: datetime) -> User:
    """Raises NotFound, Conflict (the last admin)."""
    user = get(session, user_id)
    if user.role == role:
        return user
    if user.role == Role.ADMIN:
        _keep_an_admin(session, user)
    before, user.role = user.role, role.value
    audit.record(
        session, actor=actor, action="user.change-role", object_type="user", object_id=user_id, now=now,
        email=user.email, before=before, after=role,
    )  # fmt: skip
    return user


def disable(session: Session, user_id: int, *, actor: str, now: datetime) -> User:
    """Lock the account and end its sessions. Raises NotFound, Conflict (oneself, the last admin)."""
    user = get(session, user_id)
    if user.disabled_at is not None:
        return user
    if actor == f"user:{user.email}":
        raise Conflict("you cannot disable your own account: ask another admin")
    if user.role == Role.ADMIN:
        _keep_an_admin(session, user)
    user.disabled_at = now
    session.execute(delete(UserSession).where(UserSession.user_id == user_id))
    audit.record(
        session, actor=actor, action="user.disable", object_type="user", object_id=user_id, now=now, email=user.email
    )
    return user


def enable(session: Session, user_id: int, *, actor: str, now: datetime) -> User:
    """Raises NotFound."""
    user = get(session, user_id)
    if user.disabled_at is not None:
        user.disabled_at = None
        audit.record(
            session, actor=actor, action="user.enable", object_type="user", object_id=user_id, now=now, email=user.email
        )
    return user


def set_theme(session: Session, user_id: int, theme: str) -> None:
    """A taste, not a change to the system: not audited. Raises Invalid, NotFound."""
    if theme not in THEMES:
        raise Invalid([FieldError("theme", f"one of {', '.join(THEMES)}")])
    get(session, user_id).theme = theme


def _keep_an_admin(session: Session, user: User) -> None:
    others = session.scalar(
        select(func.count())
        .select_from(User)
        .where(User.role == Role.ADMIN, User.disabled_at.is_(None), User.id != user.id)
    )
    if not others:
        raise Conflict(f"{user.email} is the last admin: make another one first")
