"""Attempts: calls, each at most one dial at the provider."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    Computed,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    false,
    func,
    text,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaign_app.domain.attempt import OUTCOMES, RANK
from campaign_app.domain.message import Message, message_to_api, parse_message

from .base import ENDING, Base, BigId, JsonOrNull, UtcDateTime, one_of
from .campaigns import Campaign
from .contacts import Contact
from .trunks import Trunk


class Attempt(Base):
    """One try to reach a contact: at most one dial at the provider, ever. A single call has no contact."""

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("contact_id", "number"),
        CheckConstraint(one_of("status", RANK), name="status"),
        CheckConstraint(
            "rank = CASE status "
            + " ".join(f"WHEN '{status}' THEN {rank}" for status, rank in sorted(RANK.items()))
            + " END",
            name="rank",
        ),
        CheckConstraint(f"(ended_at IS NOT NULL) = ({one_of('status', OUTCOMES)})", name="ended"),
        # A campaign's latest, by keyset.
        Index("ix_attempts_campaign", "campaign_id", "id"),
        # Counting the open ones of a campaign, under its row lock.
        Index(
            "ix_attempts_open",
            "campaign_id",
            "id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        # I3: one open attempt per number in the whole system.
        Index(
            "uq_attempts_open_phone",
            "phone",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        # How often a number was called lately. Not on `dialing_at`: each permit would write the index.
        Index("ix_attempts_phone", "phone", "id"),
        # Counting the open ones of a trunk, campaign by campaign.
        Index(
            "ix_attempts_open_trunk",
            "trunk_id",
            "campaign_id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        # Those who pressed a key: a survey's answers, the opt-outs.
        Index(
            "ix_attempts_key",
            "campaign_id",
            "key",
            "id",
            sqlite_where=text("key IS NOT NULL"),
            postgresql_where=text("key IS NOT NULL"),
        ),
        # The few that an operator must look at.
        Index(
            "ix_attempts_unresolved",
            "campaign_id",
            "id",
            sqlite_where=text("outcome = 'unresolved'"),
            postgresql_where=text("outcome = 'unresolved'"),
        ),
        # A campaign's ended calls of one outcome; written once a call. (With WHERE outcome IS NOT NULL, SQLite would
        # use it for queries that the two much smaller indexes of unresolved calls serve.)
        Index(
            "ix_attempts_outcome",
            "campaign_id",
            "outcome",
            "id",
            sqlite_where=text("ended_at IS NOT NULL"),
            postgresql_where=text("ended_at IS NOT NULL"),
        ),
        # Single calls by a number's last digits; others are found by their contact.
        Index(
            "ix_attempts_single_ending",
            ENDING,
            "id",
            sqlite_where=text("contact_id IS NULL"),
            postgresql_where=text("contact_id IS NULL"),
        ),
        # Those of them about which nobody has decided yet.
        Index(
            "ix_attempts_undecided",
            "campaign_id",
            "id",
            sqlite_where=text("outcome = 'unresolved' AND decision IS NULL"),
            postgresql_where=text("outcome = 'unresolved' AND decision IS NULL"),
        ),
        # Half of each page is left free, so that a row's next versions fit on the same page (HOT).
        {"postgresql_with": {"fillfactor": 50}},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    contact_id: Mapped[int | None] = mapped_column(ForeignKey("contacts.id", ondelete="CASCADE"))
    trunk_id: Mapped[int] = mapped_column(ForeignKey("trunks.id"))
    number: Mapped[int] = mapped_column(Integer)
    """1, 2, 3 … of its contact."""
    try_number: Mapped[int] = mapped_column(Integer)
    """Which try this is, if it counts: the contact's `tries` at the claim, plus one."""
    counts: Mapped[bool] = mapped_column(default=True)
    """Whether it counts against the policy's maximum."""
    token: Mapped[str] = mapped_column(String(32), unique=True)
    phone: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(
        String(16), Computed("CASE WHEN ended_at IS NOT NULL THEN status END", persisted=True)
    )
    """The status once the call has ended; computed by the database. Indexes use it instead of `status`, which changes
    several times in a call: when an indexed column changes, PostgreSQL writes to all indexes of the row."""
    rank: Mapped[int] = mapped_column(SmallInteger)
    engine: Mapped[str | None] = mapped_column(String(64))
    """The engine that claimed it."""
    provider_ref: Mapped[str | None] = mapped_column(String(128))
    answered_by: Mapped[str | None] = mapped_column(String(16))
    disposition: Mapped[str | None] = mapped_column(String(64))
    cause: Mapped[str | None] = mapped_column(Text)
    q850: Mapped[int | None] = mapped_column(SmallInteger)
    sip_code: Mapped[int | None] = mapped_column(SmallInteger)
    hangup_asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    claimed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    dialing_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """The permit."""
    horizon_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it is `unresolved`, if nothing was heard by then; put off while its provider says that it is up."""
    overdue_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it must have ended, as set at the permit: an open call beyond it is trouble, whatever its provider says."""
    poll_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the provider is asked about it next."""
    placed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    key: Mapped[str | None] = mapped_column(String(1))
    """The key of the menu that was pressed last."""
    detect_ms: Mapped[int | None] = mapped_column(Integer)
    """Milliseconds from the answer until human or machine was decided."""
    decision: Mapped[str | None] = mapped_column(String(8))
    """domain.attempt.Decision: what a person decided about it when it was `unresolved`. None: nobody has."""
    transfer_leg: Mapped[str | None] = mapped_column(String(8))
    """domain.attempt.TransferLegState: of a transfer, whose other leg is a call at the provider too."""

    # A single call has a message of its own; an attempt of a campaign takes the campaign's.
    caller_id: Mapped[str | None] = mapped_column(String(16))
    stored_message: Mapped[dict[str, Any] | None] = mapped_column("message", JsonOrNull)
    """A single call's message in API shape. Read and write `message`."""
    test: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A test call: an operator's own, in no statistics."""

    # By what the call was permitted: both rows are never changed. None: before there were rulebooks, or a test call to
    # a number that its owner has confirmed.
    profile_id: Mapped[int | None] = mapped_column(BigId)
    rulebook_id: Mapped[int | None] = mapped_column(BigId)

    contact: Mapped[Contact | None] = relationship()
    campaign: Mapped[Campaign | None] = relationship()
    trunk: Mapped[Trunk] = relationship(lazy="joined", innerjoin=True)

    @hybrid_property
    def started_at(self) -> datetime:
        """When the call started, as far as it came: placed, else permitted, else claimed."""
        return self.placed_at or self.dialing_at or self.claimed_at

    @started_at.inplace.expression
    @classmethod
    def _started_at(cls) -> ColumnElement[datetime]:
        return func.coalesce(cls.placed_at, cls.dialing_at, cls.claimed_at)

    @property
    def message(self) -> Message | None:
        """A single call's message; None: its campaign's. Raises InvalidInput where the row was broken by hand."""
        return None if self.stored_message is None else parse_message(self.stored_message)

    @message.setter
    def message(self, message: Message) -> None:
        self.stored_message = message_to_api(message)
