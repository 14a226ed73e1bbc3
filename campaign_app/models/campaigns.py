"""Campaigns, the trunks they dial through, and the counters that pages read instead of counting."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, Integer, String, Text, false
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaign_app.domain.attempt import OUTCOMES
from campaign_app.domain.campaign import CampaignStatus
from campaign_app.domain.contact import ContactStatus
from campaign_app.domain.message import Message, message_to_api, parse_message

from .base import Base, BigId, Json, JsonOrNull, UtcDateTime, one_of


class Trunk(Base):
    """One configured provider account with its own limits. The default one is made from the environment."""

    __tablename__ = "trunks"
    __table_args__ = (CheckConstraint("max_concurrent_calls >= 0", name="lines"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    provider: Mapped[str] = mapped_column(String(32))
    settings: Mapped[dict[str, Any]] = mapped_column(Json)
    max_concurrent_calls: Mapped[int] = mapped_column(Integer)
    calls_per_second: Mapped[float | None] = mapped_column(Float)
    next_free: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Pace: the theoretical arrival time of the next call (GCRA)."""
    failures: Mapped[int] = mapped_column(Integer, default=0, server_default=sql("0"))
    """Batches in a row of which the provider took none for want of an answer."""
    circuit_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The circuit is open: nothing is dialled before this time, and then one call, as a probe."""
    last_error: Mapped[str | None] = mapped_column(Text)
    """The last error of the provider, for the pages, while `failures` > 0 ..."""
    last_error_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Nothing is dialled until somebody resumes it ..."""
    paused_by: Mapped[str | None] = mapped_column(String(254))
    paused_reason: Mapped[str | None] = mapped_column(Text)
    secret: Mapped[str | None] = mapped_column(Text)
    """Its credentials as encrypted JSON; None: those of the environment."""
    caller_ids: Mapped[list[str] | None] = mapped_column(JsonOrNull)
    """The E.164 numbers it may call from; None: any."""
    countries: Mapped[list[str] | None] = mapped_column(JsonOrNull)
    """The countries it may call (ISO 3166 alpha-2); None: every country."""
    number_types: Mapped[list[str] | None] = mapped_column(JsonOrNull)
    """The costly types of number it may call (domain.number_rules); None: nobody has chosen yet, and it is none."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


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
    timezone: Mapped[str] = mapped_column(String(64))
    calling_windows: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    max_concurrent_calls: Mapped[int] = mapped_column(Integer)
    calls_per_second: Mapped[float | None] = mapped_column(Float)
    retry: Mapped[dict[str, Any]] = mapped_column(Json)
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
    def message(self) -> Message:
        """Raises InvalidInput where the row was broken by hand."""
        return parse_message(self.stored_message)

    @message.setter
    def message(self, message: Message) -> None:
        self.stored_message = message_to_api(message)
        self.transfers = message.has_transfer
        self.personal = message.is_personal


CONTACT_COUNTERS = {status: f"contacts_{status.value}" for status in ContactStatus}
ATTEMPT_COUNTERS = {status: "attempts_" + status.value.replace("-", "_") for status in OUTCOMES}


class ResponseCount(Base):
    """How many attempts of a campaign have a certain detail: `disposition:opted-out`, `key:1`; and sums of seconds.

    Kept like the counters, in the transactions that settle; a row exists once its detail was seen.
    """

    __tablename__ = "response_counts"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True)
    response: Mapped[str] = mapped_column(String(64), primary_key=True)
    n: Mapped[int] = mapped_column(Integer)


class CampaignCounters(Base):
    """How many contacts and attempts of a campaign have each status, kept in the transactions that change them.

    Counting by GROUP BY took 1.5 s at 5 million contacts, this row 3 µs.
    """

    __tablename__ = "campaign_counters"
    __table_args__ = ({"postgresql_with": {"fillfactor": 20}},)

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True)
    contacts_pending: Mapped[int] = mapped_column(Integer, default=0)
    contacts_dialing: Mapped[int] = mapped_column(Integer, default=0)
    contacts_retry: Mapped[int] = mapped_column(Integer, default=0)
    contacts_completed: Mapped[int] = mapped_column(Integer, default=0)
    contacts_exhausted: Mapped[int] = mapped_column(Integer, default=0)
    contacts_suppressed: Mapped[int] = mapped_column(Integer, default=0)
    contacts_canceled: Mapped[int] = mapped_column(Integer, default=0)
    attempts_completed: Mapped[int] = mapped_column(Integer, default=0)
    attempts_busy: Mapped[int] = mapped_column(Integer, default=0)
    attempts_no_answer: Mapped[int] = mapped_column(Integer, default=0)
    attempts_failed: Mapped[int] = mapped_column(Integer, default=0)
    attempts_canceled: Mapped[int] = mapped_column(Integer, default=0)
    attempts_released: Mapped[int] = mapped_column(Integer, default=0)
    attempts_unresolved: Mapped[int] = mapped_column(Integer, default=0)
    peak_open: Mapped[int] = mapped_column(Integer, default=0)
    """The most attempts that were ever open at once."""


class OutcomeSlot(Base):
    """Attempts ended, per campaign and ten minutes, by outcome; the most lines open in it. What the charts read."""

    __tablename__ = "outcome_slots"

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"), primary_key=True)
    slot_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    completed: Mapped[int] = mapped_column(Integer, default=0)
    busy: Mapped[int] = mapped_column(Integer, default=0)
    no_answer: Mapped[int] = mapped_column(Integer, default=0)
    failed: Mapped[int] = mapped_column(Integer, default=0)
    canceled: Mapped[int] = mapped_column(Integer, default=0)
    unresolved: Mapped[int] = mapped_column(Integer, default=0)
    peak_open: Mapped[int] = mapped_column(Integer, default=0)
