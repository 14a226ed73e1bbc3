"""Start requests and approvals: who asked for a campaign to start, and for whom two people agreed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, UtcDateTime


class StartRequest(Base):
    """Somebody pressed Start on a large campaign; it starts when somebody else does, too."""

    __tablename__ = "start_requests"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True)
    asked_by: Mapped[str] = mapped_column(String(254))
    """The person as the audit trail names them; of a token its maker."""
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    contacts: Mapped[int] = mapped_column(Integer)
    """How many people it was then."""
    last_change: Mapped[int] = mapped_column(Integer)
    """The id of the campaign's last entry in the audit trail then: what is changed afterwards is asked for anew."""


class StartApproval(Base):
    """Two people agreed to call everybody who was in the campaign then. Who is added later is counted anew."""

    __tablename__ = "start_approvals"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True)
    last_contact: Mapped[int] = mapped_column(BigInteger)
    """The highest id of a contact then."""
    approved_by: Mapped[str] = mapped_column(String(254))
    """The second person as the audit trail names them."""
    approved_at: Mapped[datetime] = mapped_column(UtcDateTime)
