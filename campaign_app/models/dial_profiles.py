"""Dial profiles: where and who called people may be, one row for each distinct combination."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, Json, UtcDateTime


class DialProfileRow(Base):
    """One domain.dial_profile.DialProfile. Never changed: contacts and calls refer to what was known of them.

    Without foreign keys on the referring side: a check for each of a million imported contacts costs more than the
    insert, and no row here is ever deleted.
    """

    __tablename__ = "dial_profiles"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the canonical body: who needs a profile finds it, or adds it."""
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    """DialProfile.to_json()."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
