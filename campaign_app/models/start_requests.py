"""Start requests: who asked for a campaign to start, where a second person has to agree."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Integer, String
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
