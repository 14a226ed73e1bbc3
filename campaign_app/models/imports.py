"""Imports: uploaded files, and the rows that were not added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, Json, UtcDateTime, one_of


class Import(Base):
    """One uploaded file on its way into a campaign. total = accepted + rejected + the three others, once completed."""

    __tablename__ = "imports"
    __table_args__ = (
        CheckConstraint(one_of("status", ("queued", "running", "completed", "failed")), name="status"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str] = mapped_column(String(255))
    stored_as: Mapped[str] = mapped_column(String(64))
    """The file's name below INSTANCE_PATH/uploads."""
    size: Mapped[int] = mapped_column(BigId)
    default_region: Mapped[str | None] = mapped_column(String(2))
    status: Mapped[str] = mapped_column(String(16), index=True)
    error: Mapped[str | None] = mapped_column(Text)
    encoding: Mapped[str | None] = mapped_column(String(16))
    delimiter: Mapped[str | None] = mapped_column(String(4))
    has_header: Mapped[bool | None]
    columns: Mapped[list[Any] | None] = mapped_column(Json)
    """The header's cells, and which one holds the number: [{"name": …, "role": "phone" | "variable"}]."""
    total: Mapped[int] = mapped_column(Integer, default=0)
    accepted: Mapped[int] = mapped_column(Integer, default=0)
    rejected: Mapped[int] = mapped_column(Integer, default=0)
    repeated_in_file: Mapped[int] = mapped_column(Integer, default=0)
    already_in_campaign: Mapped[int] = mapped_column(Integer, default=0)
    do_not_call: Mapped[int] = mapped_column(Integer, default=0)
    bytes_done: Mapped[int] = mapped_column(BigId, default=0)
    """Roughly, for the progress bar; rows_done is what a resumed import skips."""
    rows_done: Mapped[int] = mapped_column(Integer, default=0)
    created_by: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """A running import whose heart stopped is taken up by the next runner."""
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RejectedRow(Base):
    """A row of a file that was not added, with its line and the reason."""

    __tablename__ = "rejected_rows"
    __table_args__ = (
        Index("ix_rejected_rows_import", "import_id", "id"),
        CheckConstraint(one_of("kind", ("invalid", "repeated", "already", "do-not-call")), name="kind"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"))
    line: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Text)
    cells: Mapped[list[str]] = mapped_column(Json)
