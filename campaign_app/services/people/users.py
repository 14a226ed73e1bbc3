"""Users: their passwords and roles, and the link that makes the first of them.

Their signed-in browsers are in sessions.py, API tokens in tokens.py.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from campaign_app.domain.errors import FieldError, InvalidInput, NotFound, StateConflict
from campaign_app.domain.number_zones import is_zone
from campaign_app.models import AccountLink, Role, SettingsRow, StartRequest, User, UserSession
from campaign_app.queries import people as people_queries
from campaign_app.services import audit, confirmed_numbers
from campaign_app.services.people import keys, sessions, tokens

__all__ = [
    "add_user_without_password",
    "authenticate_user",
    "change_password",
    "change_role",
    "check_setup_key",
    "create_admin",
    "create_user",
    "delete_user",
    "disable_user",
    "enable_user",
    "find_user_id",
    "get_user",
    "is_password",
    "list_users",
    "new_setup_key",
    "rename_user",
    "set_password",
    "set_theme",
    "set_time_zone",
    "setup_link_needed",
    "use_setup_key",
]

PASSWORD_SHORTEST, PASSWORD_LONGEST = 10, 1024
"""Characters. NIST SP 800-63B asks for length, not for kinds of characters; the upper end bounds the work."""
FEWEST_GUESSES_LOG10 = 7
"""Ten million: at ten tries a minute two years. The lists are those of zxcvbn, some 30,000 passwords among them."""
OWN_WORDS = ("switchboard", "campaign", "operator", "admin", "viewer", "compliance", "dialer")
THEMES = ("system", "light", "dark")

SETUP_KEY_SETTING = "setup-key"
SETUP_GONE = (
    "this set-up link is not valid: it was used, or the server was started again since and printed a new one"
)

# RFC 9106's second recommended option (64 MiB, 3 passes, 4 lanes), the library's default.
_hasher = PasswordHasher()


def check_email(email: str) -> str:
    """The address as it is kept: lower case. Raises Invalid; whether mail arrives there is not asked."""
    clean = email.strip().lower()
    name, at, domain = clean.rpartition("@")
    if not at or not name or not domain or len(clean) > 254 or not clean.isprintable() or " " in clean:
        raise InvalidInput([FieldError("email", "give an email address, such as ann@example.org")])
    return clean


def check_password(password: str, email: str) -> None:
    """Raises Invalid with the remedy."""
    if len(password) < PASSWORD_SHORTEST:
        raise InvalidInput([FieldError("password", f"use at least {PASSWORD_SHORTEST} characters")])
    if len(password) > PASSWORD_LONGEST:
        raise InvalidInput([FieldError("password", f"use at most {PASSWORD_LONGEST} characters")])
    if password.lower() == email:
        raise InvalidInput([FieldError("password", "do not use the email address as the password")])
    if len(set(password)) == 1:
        raise InvalidInput([FieldError("password", "do not repeat a single character")])
    if _is_easily_guessed(password, email):
        problem = (
            "this is easily guessed: it is made of common passwords or words; use several unrelated words"
        )
        raise InvalidInput([FieldError("password", problem)])


def _is_easily_guessed(password: str, email: str) -> bool:
    """Whether few tries find it, beginning with what people commonly use, names and keys that lie in a row."""
    from zxcvbn import zxcvbn  # its lists take a moment to load

    own_words = [*email.replace("@", ".").split("."), *OWN_WORDS]
    estimate = zxcvbn(password[:72], user_inputs=own_words)
    return bool(estimate["guesses_log10"] < FEWEST_GUESSES_LOG10)


def create_user(
    session: Session, email: str, password: str, *, role: Role = Role.VIEWER, actor: str, now: datetime
) -> User:
    """For who makes their own account: the set-up and the command line. Raises Invalid (address or password), Conflict
    (the address is taken)."""
    errors: list[FieldError] = []
    checked = email
    try:
        checked = check_email(email)
    except InvalidInput as error:
        errors += error.errors
    try:
        check_password(password, checked)
    except InvalidInput as error:
        errors += error.errors
    if errors:  # both at once, so that nobody has to correct the form twice
        raise InvalidInput(errors)
    return _add_user(session, checked, _hasher.hash(password), role=role, actor=actor, now=now)


def add_user_without_password(
    session: Session, email: str, *, role: Role, actor: str, now: datetime, oidc_subject: str | None = None
) -> User:
    """For who will choose a password by a link, or signs in elsewhere. Raises Invalid, Conflict (the address is
    taken)."""
    user = _add_user(session, check_email(email), "", role=role, actor=actor, now=now)
    user.oidc_subject = oidc_subject
    return user


def _add_user(
    session: Session, email: str, password_hash: str, *, role: Role, actor: str, now: datetime
) -> User:
    if session.scalar(select(User.id).where(User.email == email)) is not None:
        raise StateConflict(f"there is a user {email} already")
    user = User(email=email, password_hash=password_hash, role=role.value, theme="system", created_at=now)
    session.add(user)
    session.flush()
    audit.record_audit_entry(
        session,
        actor=actor,
        action="user.create",
        object_type="user",
        object_id=user.id,
        now=now,
        email=email,
        role=role,
    )
    return user


def set_password(user: User, password: str) -> None:
    """Raises Invalid. What follows from it (sessions, the audit trail) is the caller's."""
    check_password(password, user.email)
    user.password_hash = _hasher.hash(password)


def create_admin(session: Session, email: str, password: str, *, actor: str, now: datetime) -> User:
    return create_user(session, email, password, role=Role.ADMIN, actor=actor, now=now)


@cache
def _dummy_password_hash() -> str:
    return _hasher.hash(keys.generate_key())


def authenticate_user(session: Session, email: str, password: str) -> User | None:
    """The user, if the password is right and the account enabled.

    An unknown or disabled account costs the same hash as a known one: time must not tell who has an account.
    Reads only; the sign-in that follows (`sessions.sign_in`) is what is audited.
    """
    user = session.scalar(select(User).where(User.email == email.strip().lower()))
    enabled = user is not None and user.disabled_at is None
    right = _password_matches(
        (user.password_hash if user is not None and enabled else "") or _dummy_password_hash(), password
    )
    return user if enabled and right else None


def find_user_id(session: Session, email: str) -> int | None:
    """Whose account that is, for the audit trail."""
    return session.scalar(select(User.id).where(User.email == email.strip().lower()))


def _password_matches(password_hash: str, password: str) -> bool:
    if len(password) > PASSWORD_LONGEST:
        password = ""  # never a valid one, and hashing a megabyte is work for nothing
    try:
        return _hasher.verify(password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def is_password(session: Session, user_id: int, password: str) -> bool:
    """Whether it is the user's. Raises NotFound."""
    return _password_matches(get_user(session, user_id).password_hash, password)


def change_password(
    session: Session, user_id: int, current: str, new: str, *, key: str, actor: str, now: datetime
) -> None:
    """Change one's own password, sign the other browsers out. Raises Invalid, also for a wrong `current`."""
    user = get_user(session, user_id)
    if not _password_matches(user.password_hash, current):
        raise InvalidInput([FieldError("current", "this is not your password")])
    check_password(new, user.email)
    user.password_hash = _hasher.hash(new)
    audit.record_audit_entry(
        session, actor=actor, action="user.change-password", object_type="user", object_id=user_id, now=now
    )
    sessions.sign_out_others(session, user_id, key, actor=actor, now=now)


def list_users(session: Session) -> Sequence[User]:
    return session.scalars(select(User).order_by(User.disabled_at.is_not(None), User.email)).all()


def get_user(session: Session, user_id: int) -> User:
    """Raises NotFound."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound(f"there is no user {user_id}")
    return user


def change_role(session: Session, user_id: int, role: Role, *, actor: str, now: datetime) -> User:
    """Raises NotFound, Conflict (the last admin)."""
    user = get_user(session, user_id)
    if user.role == role:
        return user
    if user.role == Role.ADMIN:
        _keep_an_admin(session, user)
    before, user.role = user.role, role.value
    sessions.renew_all(session, user_id)
    audit.record_audit_entry(
        session, actor=actor, action="user.change-role", object_type="user", object_id=user_id, now=now,
        email=user.email, before=before, after=role,
    )  # fmt: skip
    return user


def disable_user(session: Session, user_id: int, *, actor: str, now: datetime) -> User:
    """Lock the account, end its sessions, and void its links: one that was sent before does not open it once it is
    enabled again. Raises NotFound, Conflict (oneself, the last admin)."""
    user = get_user(session, user_id)
    if user.disabled_at is not None:
        return user
    if actor == f"user:{user.email}":
        raise StateConflict("you cannot disable your own account: ask another admin")
    if user.role == Role.ADMIN:
        _keep_an_admin(session, user)
    user.disabled_at = now
    session.execute(delete(UserSession).where(UserSession.user_id == user_id))
    session.execute(delete(AccountLink).where(AccountLink.user_id == user_id))
    audit.record_audit_entry(
        session,
        actor=actor,
        action="user.disable",
        object_type="user",
        object_id=user_id,
        now=now,
        email=user.email,
    )
    return user


def rename_user(session: Session, user_id: int, email: str, *, actor: str, now: datetime) -> User:
    """Give the account another address. What was audited before keeps the old one, and an entry says that both are one
    person. Raises NotFound, Invalid, Conflict (the address is taken)."""
    user = get_user(session, user_id)
    email = check_email(email)
    if email == user.email:
        return user
    if session.scalar(select(User.id).where(User.email == email)) is not None:
        raise StateConflict(f"there is a user {email} already")
    before, user.email = user.email, email
    session.flush()
    confirmed_numbers.rename_owner(session, f"user:{before}", f"user:{email}")
    # Else somebody's own second word would count as another's.
    session.execute(
        update(StartRequest).where(StartRequest.asked_by == f"user:{before}").values(asked_by=f"user:{email}")
    )
    audit.record_audit_entry(
        session, actor=actor, action="user.rename", object_type="user", object_id=user_id, now=now,
        before=before, after=email,
    )  # fmt: skip
    return user


def delete_user(session: Session, user_id: int, *, actor: str, now: datetime) -> str:
    """Remove the account for good, with its sessions, passkeys and links; its tokens are revoked. What it did stays in
    the audit trail. Returns the address. Raises NotFound, Conflict (oneself, the last admin)."""
    user = get_user(session, user_id)
    if actor == f"user:{user.email}":
        raise StateConflict("you cannot delete your own account: ask another admin")
    if user.role == Role.ADMIN and user.disabled_at is None:
        _keep_an_admin(session, user)
    revoked = tokens.revoke_tokens_of(session, user_id, actor=actor, now=now)
    email = user.email
    session.delete(user)
    session.flush()
    audit.record_audit_entry(
        session, actor=actor, action="user.delete", object_type="user", object_id=user_id, now=now,
        email=email, revoked_tokens=revoked,
    )  # fmt: skip
    return email


def enable_user(session: Session, user_id: int, *, actor: str, now: datetime) -> User:
    """Raises NotFound."""
    user = get_user(session, user_id)
    if user.disabled_at is not None:
        user.disabled_at = None
        # Accounts that an earlier version disabled kept their links.
        session.execute(delete(AccountLink).where(AccountLink.user_id == user_id))
        audit.record_audit_entry(
            session,
            actor=actor,
            action="user.enable",
            object_type="user",
            object_id=user_id,
            now=now,
            email=user.email,
        )
    return user


def set_theme(session: Session, user_id: int, theme: str) -> None:
    """A taste, not a change to the system: not audited. Raises Invalid, NotFound."""
    if theme not in THEMES:
        raise InvalidInput([FieldError("theme", f"one of {', '.join(THEMES)}")])
    get_user(session, user_id).theme = theme


def set_time_zone(session: Session, user_id: int, zone: str | None) -> None:
    """The IANA zone of the times on the pages; None: the browser's. Not audited, as above. Raises Invalid, NotFound."""
    if zone is not None and not is_zone(zone):
        raise InvalidInput([FieldError("time_zone", "choose a time zone from the list")])
    get_user(session, user_id).time_zone = zone


def _keep_an_admin(session: Session, user: User) -> None:
    if not set(people_queries.lock_admins(session)) - {user.id}:
        raise StateConflict(f"{user.email} is the last admin: make another one first")


def setup_link_needed(session: Session) -> bool:
    return session.scalar(select(User.id).limit(1)) is None


def new_setup_key(session: Session) -> str:
    """A new key for `/setup/KEY`; the one before stops working. Raises Conflict once there is a user."""
    if not setup_link_needed(session):
        raise StateConflict("there is a user already: an admin adds others under Users")
    key = keys.generate_key()
    session.merge(SettingsRow(key=SETUP_KEY_SETTING, value=keys.hash_key(key)))
    return key


def check_setup_key(session: Session, key: str) -> None:
    """Raises NotFound unless the link would work now."""
    fact = session.get(SettingsRow, SETUP_KEY_SETTING)
    if (
        fact is None
        or not hmac.compare_digest(fact.value, keys.hash_key(key))
        or not setup_link_needed(session)
    ):
        raise NotFound(SETUP_GONE)


def use_setup_key(session: Session, key: str, email: str, password: str, *, now: datetime) -> User:
    """Make the first admin and burn the link. Raises NotFound (the link), Invalid (address or password)."""
    check_setup_key(session, key)
    # Of two that come at once the second waits here, and finds the link burnt.
    burnt = session.execute(
        delete(SettingsRow).where(
            SettingsRow.key == SETUP_KEY_SETTING, SettingsRow.value == keys.hash_key(key)
        )
    )
    if not burnt.rowcount:  # type: ignore[attr-defined]
        raise NotFound(SETUP_GONE)
    return create_admin(session, email, password, actor="setup", now=now)
