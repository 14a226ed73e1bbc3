"""Audit trail: who changed what, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, Json, UtcDateTime


class AuditEntry(Base):
    """Who changed what, when (I10). Append-only."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_object", "object_type", "object_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(254))
    """`user:EMAIL`, `token:NAME`, `cli`, `engine` or `setup`."""
    action: Mapped[str] = mapped_column(String(64))
    """Noun and verb: `campaign.pause`."""
    object_type: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(String(64))
    address: Mapped[str | None] = mapped_column(String(45))
    """The client's, IPv4 or IPv6; None for what no request did, and before there was this column."""
    detail: Mapped[dict[str, Any]] = mapped_column(Json)
