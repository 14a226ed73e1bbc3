"""Campaigns: what an operator decided about one, and how it fares."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, Integer, String, Text, false, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaign_app.domain.campaign import CampaignStatus
from campaign_app.domain.message import Message, message_to_api, parse_message
from campaign_app.domain.rulebook import (
    DEFAULT_CAPS,
    DEFAULT_GUARD_SECONDS,
    DEFAULT_MIN_GAP_MINUTES,
    caps_to_api,
)

from .base import Base, BigId, Json, JsonOrNull, UtcDateTime, one_of
from .counters import CampaignCounters
from .trunks import Trunk


class Campaign(Base):
    __tablename__ = "campaigns"
    __table_args__ = (
        CheckConstraint(one_of("status", CampaignStatus), name="status"),
        CheckConstraint("max_concurrent_calls > 0", name="lines"),
        # Its row is updated at every claim: room on the page keeps the update in place (HOT).
        {"postgresql_with": {"fillfactor": 20}},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(16), index=True)
    stored_message: Mapped[dict[str, Any]] = mapped_column("message", Json)
    """The message in API shape. Read and write `message`, which keeps the two columns below in step with it."""
    transfers: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether a key of the message connects the callee with somebody, so that a claim leaves a line for that."""
    personal: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether the message names variables, so that a claim reads each contact's values."""
    purpose: Mapped[str | None] = mapped_column(String(16))
    """domain.rulebook.Purpose; None: nobody has said, and it cannot be started."""
    subject: Mapped[str] = mapped_column(String(100), default="", server_default="")
    clock: Mapped[str] = mapped_column(String(16), default="both", server_default="both")
    """domain.rulebook.CampaignClock."""
    caller_name: Mapped[str] = mapped_column(String(100), default="", server_default="")
    """Who calls, as the first words say it."""
    consent: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
    """What is said of everybody on its list, {"kind", "source"}. A contact's own counts if it is better, or none."""
    caps: Mapped[list[dict[str, Any]]] = mapped_column(Json, default=lambda: caps_to_api(DEFAULT_CAPS))
    min_gap_minutes: Mapped[int] = mapped_column(Integer, default=DEFAULT_MIN_GAP_MINUTES)
    guard_seconds: Mapped[int] = mapped_column(Integer, default=DEFAULT_GUARD_SECONDS)
    rulebook_id: Mapped[int | None] = mapped_column(BigId)
    """The present row of models.RulebookRow, made of the fields above and the windows. The engine reads that row."""
    timezone: Mapped[str | None] = mapped_column(String(64))
    """None: the windows are read on the called person's own clock."""
    calling_windows: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    max_concurrent_calls: Mapped[int] = mapped_column(Integer)
    calls_per_second: Mapped[float | None] = mapped_column(Float)
    retry: Mapped[dict[str, Any]] = mapped_column(Json)
    call_order: Mapped[str] = mapped_column(String(16), default="file", server_default="file")
    """domain.campaign.CallOrder. Written into `due_at` of those never tried (queries/call_order.py)."""
    retries_first: Mapped[bool] = mapped_column(default=True, server_default=true())
    """Whether a due retry goes before everybody who was never tried."""
    ring_seconds: Mapped[int] = mapped_column(Integer, default=30, server_default=text("30"))
    longest_call_seconds: Mapped[int] = mapped_column(Integer, default=300, server_default=text("300"))
    """From the answer on."""
    machine_detection: Mapped[str] = mapped_column(String(16), default="balanced", server_default="balanced")
    """domain.script.MachineDetection."""
    version: Mapped[int] = mapped_column(Integer, default=1, server_default=text("1"))
    """How often its fields were saved; a save that knows an older one is refused."""
    caller_id: Mapped[str | None] = mapped_column(String(16))
    trunk_id: Mapped[int] = mapped_column(ForeignKey("trunks.id"), index=True)
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    default_region: Mapped[str | None] = mapped_column(String(2))
    priority: Mapped[int] = mapped_column(Integer)

    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(254))
    status_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status_by: Mapped[str] = mapped_column(String(254))
    """Who made the last transition (as in the audit trail) ..."""
    status_reason: Mapped[str | None] = mapped_column(Text)
    """... and why, in words."""
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resume_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a paused campaign resumes by itself; None: when somebody resumes it."""

    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a draft was deleted: it is out of sight, and gone for good a while later (services.trash)."""
    deleted_by: Mapped[str | None] = mapped_column(String(254))

    soft_start: Mapped[int | None] = mapped_column(Integer)
    """How many people may be called before somebody says to go on; 0: nobody yet. None: everyone."""
    soft_start_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Since when they are counted."""

    records_removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When retention last removed contacts or calls of it: its counters tell of more than there are rows."""

    next_free: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Pace: the theoretical arrival time of the next call (GCRA)."""
    failures: Mapped[int] = mapped_column(Integer, default=0)
    """Provider failures in a row."""
    backoff_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_error: Mapped[str | None] = mapped_column(Text)
    """The last error of the provider or of the engine on this campaign, for its page."""
    last_error_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    trunk: Mapped[Trunk] = relationship(lazy="joined", innerjoin=True)
    counters: Mapped[CampaignCounters] = relationship(
        lazy="joined", innerjoin=True, uselist=False, viewonly=True
    )

    @property
    def provider(self) -> str:
        """The name of its trunk, as the API calls it."""
        return self.trunk.name

    @property
    def display_zone(self) -> str:
        """The zone in which pages show this campaign's times."""
        return self.timezone or "UTC"

    @property
    def message(self) -> Message:
        """Raises InvalidInput where the row was broken by hand."""
        return parse_message(self.stored_message)

    @message.setter
    def message(self, message: Message) -> None:
        self.stored_message = message_to_api(message)
        self.transfers = message.has_transfer
        self.personal = message.is_personal
