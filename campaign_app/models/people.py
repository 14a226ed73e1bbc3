"""People: users, their sessions and API tokens."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, UtcDateTime, one_of


class Role(StrEnum):
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    def allows(self, needed: Role) -> bool:
        order = list(Role)
        return order.index(self) >= order.index(needed)


class User(Base):
    __tablename__ = "users"
    __table_args__ = (CheckConstraint(one_of("role", Role), name="role"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    """Lower case; the sign-in name."""
    password_hash: Mapped[str] = mapped_column(Text)
    """argon2id."""
    role: Mapped[str] = mapped_column(String(16))
    theme: Mapped[str] = mapped_column(String(8), default="system")
    time_zone: Mapped[str | None] = mapped_column(String(64))
    """The IANA zone of the pages' times; none: the browser's."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


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
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
