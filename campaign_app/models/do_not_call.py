"""Do-not-call list: numbers that are never dialled."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, UtcDateTime


class DoNotCall(Base):
    """A number that is never dialled: for all campaigns, or for one."""

    __tablename__ = "do_not_call"
    __table_args__ = (
        Index(
            "uq_do_not_call_all",
            "phone",
            unique=True,
            sqlite_where=text("campaign_id IS NULL"),
            postgresql_where=text("campaign_id IS NULL"),
        ),
        Index("uq_do_not_call_campaign", "phone", "campaign_id", unique=True),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    phone: Mapped[str] = mapped_column(String(16))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(String(16))
    """`operator`, `api`, `import` or `keypress`."""
    reason: Mapped[str | None] = mapped_column(Text)
    added_by: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
