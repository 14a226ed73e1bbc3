"""Shift notes: what one shift of operators leaves to the next."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, UtcDateTime


class ShiftNote(Base):
    __tablename__ = "shift_notes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(254))
    """As in the audit trail."""
    text: Mapped[str] = mapped_column(Text)
