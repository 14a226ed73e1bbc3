"""Blackouts: countries and states that an operator closed. Rows are never deleted: what was forbidden then is proved
by them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonOrNull, UtcDateTime


class BlackoutRow(Base):
    """One country or state, from an instant until another one or until it is lifted."""

    __tablename__ = "blackouts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    country: Mapped[str] = mapped_column(String(2))
    state: Mapped[str | None] = mapped_column(String(6))
    """ISO 3166-2; None: the whole country."""
    purposes: Mapped[list[str] | None] = mapped_column(JsonOrNull)
    """None: every purpose but emergency."""
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """None: until it is lifted."""
    reason: Mapped[str] = mapped_column(Text)
    source: Mapped[str | None] = mapped_column(Text)
    made_by: Mapped[str] = mapped_column(String(254))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lifted_by: Mapped[str | None] = mapped_column(String(254))
    lift_reason: Mapped[str | None] = mapped_column(Text)
