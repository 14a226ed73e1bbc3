"""Engine heartbeats, and the lease that elects one engine for the housekeeping."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, String, Text
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, JsonOrNull, UtcDateTime


class EngineHeartbeat(Base):
    """The last sign of life of each engine."""

    __tablename__ = "engine_heartbeats"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    host: Mapped[str] = mapped_column(String(255))
    pid: Mapped[int] = mapped_column(Integer)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_tick_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tick_ms: Mapped[int] = mapped_column(Integer)
    """How long the last tick took, in milliseconds."""
    stopped_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(Text)
    role: Mapped[str] = mapped_column(String(16), default="engine", server_default=sql("'engine'"))
    """`engine`, or `worker` for a process that only places what an engine claimed."""
    lag_ms: Mapped[int] = mapped_column(Integer, default=0, server_default=sql("0"))
    """How late the last tick began, in milliseconds."""
    timings: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
    """Histograms since the process began, for /metrics: see engine/timings.py."""


class Lease(Base):
    """Who does the housekeeping until when, with a fencing number that only grows."""

    __tablename__ = "leases"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    fencing: Mapped[int] = mapped_column(Integer)
