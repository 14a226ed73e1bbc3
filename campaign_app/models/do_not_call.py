"""Do-not-call list: numbers that are never dialed, and the entries that were taken off it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import ENDING, Base, BigId, UtcDateTime


class DoNotCall(Base):
    """A number that is never dialed: for all campaigns, or for one."""

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
        Index("ix_do_not_call_ending", ENDING),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    phone: Mapped[str] = mapped_column(String(16))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(String(100))
    """`operator`, `api`, `import`, `keypress`, or what the person who uploaded a file called its origin."""
    reason: Mapped[str | None] = mapped_column(Text)
    listed_on: Mapped[date | None] = mapped_column(Date)
    """The day on which the person asked, where that is known."""
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id", ondelete="SET NULL"))
    added_by: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DoNotCallRemoval(Base):
    """An entry that was taken off the do-not-call list: what it was, and who removed it, when and why.

    A table of its own, since every claim, permit and settlement asks `do_not_call` whether a number is listed.
    """

    __tablename__ = "do_not_call_removals"
    __table_args__ = (
        Index("ix_do_not_call_removals_phone", "phone"),
        Index("ix_do_not_call_removals_ending", ENDING),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    phone: Mapped[str] = mapped_column(String(16))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    source: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str | None] = mapped_column(Text)
    listed_on: Mapped[date | None] = mapped_column(Date)
    added_by: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When the entry was added."""
    removed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_by: Mapped[str] = mapped_column(String(254))
    removal_reason: Mapped[str] = mapped_column(Text)
    unsuppressed: Mapped[int] = mapped_column(Integer)
    """The contacts that became due again with it."""
