"""Rulebooks: what decides whether a campaign may call somebody at an instant, as it stood at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, Json, UtcDateTime


class RulebookRow(Base):
    """One domain.rulebook.Rulebook. Append-only: a change of a campaign's rules is a new row, and each call keeps the
    one by which it was permitted."""

    __tablename__ = "rulebooks"
    __table_args__ = (
        Index("ix_rulebooks_campaign", "campaign_id", "id"),
        Index("ix_rulebooks_sha256", "sha256"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    """None: a rulebook of single calls."""
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    """domain.rulebook.rulebook_to_json()."""
    sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(254))
