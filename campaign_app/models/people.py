"""People: users, how they prove who they are, their sessions and API tokens."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonOrNull, UtcDateTime, one_of


class Role(StrEnum):
    VIEWER = "viewer"
    OPERATOR = "operator"
    COMPLIANCE = "compliance"
    ADMIN = "admin"

    def allows(self, *needed: Role) -> bool:
        """Whether it may do what one of the `needed` roles may. Compliance and operator each have what the other lacks:
        the one answers for rules, lists, reveals and the audit trail and starts nothing, the other runs campaigns."""
        return any(role in _ALLOWED[self] for role in needed)


_ALLOWED = {
    Role.VIEWER: frozenset({Role.VIEWER}),
    Role.OPERATOR: frozenset({Role.VIEWER, Role.OPERATOR}),
    Role.COMPLIANCE: frozenset({Role.VIEWER, Role.COMPLIANCE}),
    Role.ADMIN: frozenset(Role),
}


class User(Base):
    __tablename__ = "users"
    __table_args__ = (CheckConstraint(one_of("role", Role), name="role"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    """Lower case; the sign-in name."""
    password_hash: Mapped[str] = mapped_column(Text)
    """argon2id; "" until the person has chosen one."""
    role: Mapped[str] = mapped_column(String(16))
    theme: Mapped[str] = mapped_column(String(8), default="system")
    time_zone: Mapped[str | None] = mapped_column(String(64))
    """The IANA zone of the pages' times; none: the browser's."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    totp_secret: Mapped[str | None] = mapped_column(Text)
    """Of the authenticator app; encrypted where ENCRYPTION_KEY is set."""
    totp_counter: Mapped[int | None] = mapped_column(BigInteger)
    """The 30 seconds, since 1970, of the last code that was taken: none is taken twice."""
    second_factor_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when there is an app or a passkey; None without any."""
    oidc_subject: Mapped[str | None] = mapped_column(String(500), unique=True)
    """`ISSUER SUBJECT` of whom the identity provider vouches for."""


class AccountLink(Base):
    """A link by which somebody sets their password: an invitation or a reset. The table holds its key's SHA-256."""

    __tablename__ = "account_links"
    __table_args__ = (CheckConstraint("kind IN ('invitation', 'reset')", name="kind"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RecoveryCode(Base):
    """A code that serves once where the second factor is lost; kept as SHA-256."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Passkey(Base):
    """A WebAuthn credential: the public half of a key that a device of the user holds."""

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    """Base64url, as browsers send it."""
    public_key: Mapped[str] = mapped_column(Text)
    """Base64url of the COSE key."""
    sign_count: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class UserSession(Base):
    """A signed-in browser. The cookie holds a random key, the table only its SHA-256."""

    __tablename__ = "user_sessions"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """The last thing that the person did, to a minute; pages that refresh themselves do not count."""
    proved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the person last showed that they are who they are: at sign-in, or when asked again."""
    address: Mapped[str | None] = mapped_column(String(45))
    browser: Mapped[str | None] = mapped_column(String(100))
    """In words: `Firefox on Windows`."""
    method: Mapped[str] = mapped_column(String(16), default="password")
    """How the person signed in: `password`, `code`, `passkey` or `oidc`."""
    renew: Mapped[bool] = mapped_column(default=False)
    """Give the cookie a new key at the next request: the person's role has changed."""
    old_key_hash: Mapped[str | None] = mapped_column(String(64), index=True)
    old_key_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """For requests that were under way when the key was renewed."""


class ApiToken(Base):
    """A bearer token of the REST API; shown once, kept as SHA-256."""

    __tablename__ = "api_tokens"
    __table_args__ = (CheckConstraint(one_of("role", Role), name="role"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    hint: Mapped[str] = mapped_column(String(8))
    """The last four characters, to tell tokens apart."""
    role: Mapped[str] = mapped_column(String(16))
    created_by: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_address: Mapped[str | None] = mapped_column(String(45))
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """None: of before tokens expired; it works until it is revoked."""
    maker_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    """The user with whose account it ends; None for one of the command line."""
    campaigns: Mapped[list[int] | None] = mapped_column(JsonOrNull)
    """The ids of those that it may see and change; None for all."""
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    max_calls_per_day: Mapped[int | None] = mapped_column(Integer)
    """Single calls and test calls that it may place in a day (UTC); None: any number."""
    calls_day: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The midnight of the day that `calls_made` counts."""
    calls_made: Mapped[int | None] = mapped_column(Integer)
