"""Outside check: where the installation asks about numbers before they are called, and what it was answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Float, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonOrNull, UtcDateTime


class OutsideCheckRow(Base):
    """The one row is the setting; none: nobody is asked."""

    __tablename__ = "outside_check"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    """1."""
    version: Mapped[int] = mapped_column(BigInteger)
    """Grows with each change of the address: answers of another one do not count."""
    url: Mapped[str] = mapped_column(Text)
    secret: Mapped[str] = mapped_column(Text)
    """Encrypted."""
    answers_hours: Mapped[int] = mapped_column(Integer)
    timeout_seconds: Mapped[float] = mapped_column(Float)
    purposes: Mapped[list[str] | None] = mapped_column(JsonOrNull)
    countries: Mapped[list[str] | None] = mapped_column(JsonOrNull)
    changed_by: Mapped[str] = mapped_column(String(254))
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    """Questions in a row without an answer."""
    retry_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(Text)
    last_error_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it answered last."""


class OutsideAnswerRow(Base):
    """What was answered about a number, for one purpose, until it expires."""

    __tablename__ = "outside_answers"
    __table_args__ = (Index("ix_outside_answers_expires_at", "expires_at"),)

    phone: Mapped[str] = mapped_column(String(16), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16), primary_key=True)
    """Empty where nobody said."""
    version: Mapped[int] = mapped_column(BigInteger)
    allowed: Mapped[bool] = mapped_column(Boolean)
    for_good: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str | None] = mapped_column(Text)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
