"""Confirmed numbers: phones whose owner has proved to be a user here. Test calls to them need no permit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, UtcDateTime


class ConfirmedNumber(Base):
    """A number that a call spoke a code to, and whether somebody has typed that code since."""

    __tablename__ = "confirmed_numbers"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    phone: Mapped[str] = mapped_column(String(16), unique=True)
    code_hash: Mapped[str | None] = mapped_column(String(64))
    """Of the code that waits to be typed."""
    asked_by: Mapped[str] = mapped_column(String(254))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    guesses: Mapped[int] = mapped_column(Integer, default=0)
    """Wrong codes since it was asked."""
    confirmed_by: Mapped[str | None] = mapped_column(String(254))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
