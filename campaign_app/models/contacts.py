"""Contacts: one number in one campaign each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaign_app.domain.contact import ContactStatus

from .base import ENDING, Base, BigId, Json, JsonOrNull, UtcDateTime, one_of
from .campaigns import Campaign


class Contact(Base):
    """One number in one campaign. In the queue exactly while `due_at` is not null, and not dialed before it; its
    profile says at which hours."""

    __tablename__ = "contacts"
    __table_args__ = (
        UniqueConstraint("campaign_id", "phone"),
        CheckConstraint(one_of("status", ContactStatus), name="status"),
        CheckConstraint("(due_at IS NOT NULL) = (status IN ('pending', 'retry'))", name="due"),
        # Every claim is a range scan on it for each profile whose hours are open: nothing is written when they open or
        # close. A predicate on `status` would be lost: bound values cannot match it.
        Index(
            "ix_contacts_claim",
            "campaign_id",
            "profile_id",
            "due_at",
            "id",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
        # A due retry goes before whoever was never tried, however many they are: a short index of its own, in the same
        # order. Nobody is written to it before a first try.
        Index(
            "ix_contacts_retries",
            "campaign_id",
            "profile_id",
            "due_at",
            "id",
            sqlite_where=text("tries > 0 AND due_at IS NOT NULL"),
            postgresql_where=text("tries > 0 AND due_at IS NOT NULL"),
        ),
        # Those who were put off without a call: few, and counted apart from those who wait for a retry.
        Index(
            "ix_contacts_deferred",
            "campaign_id",
            "deferred_by",
            "profile_id",
            "due_at",
            sqlite_where=text("deferred_by IS NOT NULL AND due_at IS NOT NULL"),
            postgresql_where=text("deferred_by IS NOT NULL AND due_at IS NOT NULL"),
        ),
        # A file that comes again updates by the customer's own id.
        Index(
            "ix_contacts_external_id",
            "campaign_id",
            "external_id",
            sqlite_where=text("external_id IS NOT NULL"),
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        # Do-not-call and erasure find a number in all campaigns.
        Index("ix_contacts_phone", "phone"),
        # A campaign's table in its order, and of one status. Without those who are dialed: their entry would be written
        # and removed again for every call.
        Index("ix_contacts_campaign", "campaign_id", "id"),
        Index(
            "ix_contacts_status",
            "campaign_id",
            "status",
            "id",
            sqlite_where=text("status <> 'dialing'"),
            postgresql_where=text("status <> 'dialing'"),
        ),
        # A search by a number's last digits.
        Index("ix_contacts_ending", ENDING, "campaign_id", "id"),
        {"postgresql_with": {"fillfactor": 80}},
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"))
    phone: Mapped[str] = mapped_column(String(16))
    """E.164."""
    status: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Not before."""
    profile_id: Mapped[int] = mapped_column(BigId, default=0, server_default=text("0"))
    """Of models.DialProfileRow: where the person may be, by what was known when the contact was added. 0: nobody has
    looked yet."""
    attempts_made: Mapped[int] = mapped_column(Integer, default=0)
    """The number of the last attempt, whatever became of it."""
    tries: Mapped[int] = mapped_column(Integer, default=0)
    """The attempts that count against the policy's maximum."""
    again_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When a person last asked to call it again: the retry policy counts from there."""
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
    country: Mapped[str | None] = mapped_column(String(2))
    """Of the person by the row, ISO 3166 alpha-2, where it is not the number's: the state and postal code are its."""
    state: Mapped[str | None] = mapped_column(String(64))
    postal_code: Mapped[str | None] = mapped_column(String(16))
    language: Mapped[str | None] = mapped_column(String(35))
    external_id: Mapped[str | None] = mapped_column(String(128))
    """The customer's own id of the person."""
    consent: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
    """{"kind": `none`, `express`, `written` or `existing`, "at": RFC 3339 or as the file has it, "source": text}."""
    line_type: Mapped[str | None] = mapped_column(String(16))
    """`mobile`, `landline`, `voip` or `toll-free`; `line` in the API."""
    suppressed_by: Mapped[str | None] = mapped_column(String(32))
    """Why it is `suppressed`, as a code."""
    deferred_by: Mapped[str | None] = mapped_column(String(8))
    """domain.contact.DeferredBy, where its last turn ended without a call; told while `due_at` lies ahead."""

    campaign: Mapped[Campaign] = relationship(lazy="raise")
