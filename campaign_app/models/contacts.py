"""Contacts, their attempts, and what providers said, as they said it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaign_app.domain.attempt import OUTCOMES, RANK
from campaign_app.domain.contact import ContactStatus
from campaign_app.domain.message import Message, message_to_api, parse_message

from .base import Base, BigId, Json, JsonOrNull, UtcDateTime, one_of
from .campaigns import Campaign, Trunk


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
        # A file that comes again updates by the customer's own id.
        Index(
            "ix_contacts_external_id",
            "campaign_id",
            "external_id",
            sqlite_where=text("external_id IS NOT NULL"),
            postgresql_where=text("external_id IS NOT NULL"),
        ),
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

    # What a file or a client said of the person, where it did. NULL: nothing was said.
    second_numbers: Mapped[list[str] | None] = mapped_column(JsonOrNull)
    """Other numbers of the same person, in E.164, in the order of preference. Never dialed by themselves."""
    extension: Mapped[str | None] = mapped_column(String(16))
    timezone: Mapped[str | None] = mapped_column(String(64))
    """An IANA name."""
    region: Mapped[str | None] = mapped_column(String(3))
    """Of the number, ISO 3166 alpha-2, or 001 where it belongs to no country."""
    state: Mapped[str | None] = mapped_column(String(64))
    postal_code: Mapped[str | None] = mapped_column(String(16))
    language: Mapped[str | None] = mapped_column(String(35))
    external_id: Mapped[str | None] = mapped_column(String(128))
    """The customer's own id of the person."""
    consent: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
    """{"at": RFC 3339 or as the file has it, "source": text}."""

    campaign: Mapped[Campaign] = relationship(lazy="raise")


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
            sqlite_where=text("status = 'unresolved'"),
            postgresql_where=text("status = 'unresolved'"),
        ),
        {"postgresql_with": {"fillfactor": 80}},
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
    """When it is `unresolved`, if nothing was heard by then."""
    poll_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the provider is asked about it next."""
    placed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    key: Mapped[str | None] = mapped_column(String(1))
    """The key of the menu that was pressed last."""
    detect_ms: Mapped[int | None] = mapped_column(Integer)
    """Milliseconds from the answer until human or machine was decided."""
    transfer_leg: Mapped[str | None] = mapped_column(String(8))
    """domain.attempt.TransferLegState: of a transfer, whose other leg is a call at the provider too."""

    # A single call has a message of its own; an attempt of a campaign takes the campaign's.
    caller_id: Mapped[str | None] = mapped_column(String(16))
    stored_message: Mapped[dict[str, Any] | None] = mapped_column("message", JsonOrNull)
    """A single call's message in API shape. Read and write `message`."""
    test: Mapped[bool] = mapped_column(default=False, server_default=false())
    """A test call: an operator's own, in no statistics."""

    contact: Mapped[Contact | None] = relationship()
    campaign: Mapped[Campaign | None] = relationship()
    trunk: Mapped[Trunk] = relationship(lazy="joined", innerjoin=True)

    @property
    def message(self) -> Message | None:
        """A single call's message; None: its campaign's. Raises InvalidInput where the row was broken by hand."""
        return None if self.stored_message is None else parse_message(self.stored_message)

    @message.setter
    def message(self, message: Message) -> None:
        self.stored_message = message_to_api(message)


class CallEvent(Base):
    """What a provider said, as it said it, before anything was made of it. Append-only."""

    __tablename__ = "call_events"
    __table_args__ = (Index("ix_call_events_token", "token"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When it happened, by the provider."""
    received_at: Mapped[datetime] = mapped_column(UtcDateTime)
    source: Mapped[str] = mapped_column(String(16))
    """`engine`, `event`, `poll` or `callback`."""
    status: Mapped[str] = mapped_column(String(16))
    raw: Mapped[str | None] = mapped_column(Text)


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
    __table_args__ = (Index("ix_do_not_call_removals_phone", "phone"),)

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
