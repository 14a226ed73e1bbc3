"""Export files: what is too long to wait for is written to a file in the background, and downloaded from there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, JsonOrNull, UtcDateTime, one_of

EXPORT_STATUSES = ("queued", "running", "completed", "failed", "deleted")
EXPORT_KINDS = ("campaign", "calls", "audit", "do-not-call")


class ExportFile(Base):
    """A file of a whole campaign, of calls, the audit trail or the do-not-call list. Any worker can continue it after
    what is written durably (`bytes_done`, `last_id`). `deleted`: it expired, a person deleted it, or the data of
    somebody who was forgotten may have been in it."""

    __tablename__ = "exports"
    __table_args__ = (
        CheckConstraint(one_of("status", EXPORT_STATUSES), name="status"),
        CheckConstraint(one_of("kind", EXPORT_KINDS), name="kind"),
        CheckConstraint("kind = 'calls' OR (kind = 'campaign') = (campaign_id IS NOT NULL)", name="campaign"),
        Index("ix_exports_campaign", "campaign_id", "id"),
        # What there is to do: looked for every second.
        Index(
            "ix_exports_open",
            "id",
            sqlite_where=text("status IN ('queued', 'running')"),
            postgresql_where=text("status IN ('queued', 'running')"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    format: Mapped[str] = mapped_column(String(8))
    search: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
    """What was searched for: of the audit trail (services.audit_search.AuditSearch.as_query), or of calls
    (services.call_files.CallFileQuery.as_query)."""
    prefix: Mapped[str] = mapped_column(String(255))
    """The path that all pages lie below, for the addresses in the file."""
    status: Mapped[str] = mapped_column(String(16))
    error: Mapped[str | None] = mapped_column(Text)
    """Why it failed, or is deleted, in words."""
    total: Mapped[int] = mapped_column(BigInteger)
    """Rows that there were when it was asked for: contacts, or entries of a list."""
    rows_done: Mapped[int] = mapped_column(BigInteger, default=0)
    bytes_done: Mapped[int] = mapped_column(BigInteger, default=0)
    last_id: Mapped[int] = mapped_column(BigInteger, default=0)
    """Of the last row that is in the file."""
    stored_as: Mapped[str | None] = mapped_column(String(64))
    """The file's name below INSTANCE_PATH/exports. Each worker that takes the export up writes a file of its own."""
    requested_by: Mapped[str] = mapped_column(String(254))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """An export whose heartbeat stopped is taken up by the next worker."""
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
