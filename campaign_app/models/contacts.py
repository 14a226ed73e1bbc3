"""Contacts: one number in one campaign each."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaign_app.domain.contact import ContactStatus

from .base import Base, BigId, Json, UtcDateTime, one_of
from .campaigns import Campaign


class Contact(Base):
    """One number in one campaign. Dialable exactly when `due_at` is not null and has come."""

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("campaign_id", "phone"),
        CheckConstraint(one_of("status", ContactStatus), name="status"),
        CheckConstraint("(due_at IS NOT NULL) = (status IN ('pending', 'retry'))", name="due"),
        # Every claim is a range scan on it. A predicate on `status` would be lost: bound values cannot match it.
        Index(
            "ix_contacts_claim",
            "campaign_id",
            "due_at",
            "id",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        # Do-not-call and erasure find a number in all campaigns.
        Index("ix_contacts_phone", "phone"),
        {"postgresql_with": {"fillfactor": 80}},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    phone: Mapped[str] = mapped_column(String(16))
    """E.164."""
    status: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts_made: Mapped[int] = mapped_column(Integer, default=0)
    """The number of the last attempt, whatever became of it."""
    tries: Mapped[int] = mapped_column(Integer, default=0)
    """The attempts that count against the policy's maximum."""
    variables: Mapped[dict[str, str]] = mapped_column(Json)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id", ondelete="SET NULL"))
    line: Mapped[int | None] = mapped_column(Integer)
    """Its line in the imported file."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    campaign: Mapped[Campaign] = relationship(lazy="raise")
