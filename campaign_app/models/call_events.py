"""Call events: what providers said of calls, as they said it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, UtcDateTime


class CallEvent(Base):
    """What a provider said, as it said it, before anything was made of it. Append-only."""

    __tablename__ = "call_events"
    __table_args__ = (Index("ix_call_events_token", "token"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When it happened, by the provider."""
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    source: Mapped[str] = mapped_column(String(16))
    """`engine`, `event`, `poll` or `callback`."""
    status: Mapped[str] = mapped_column(String(16))
    raw: Mapped[str | None] = mapped_column(Text)
