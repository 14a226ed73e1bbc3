"""Lists of numbers that may not be called: registries and others, in versions that are swapped at once."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from campaign_app.domain.lists import ListKind, OnStale, VersionState

from .base import Base, BigId, JsonOrNull, UtcDateTime, one_of


class NumberList(Base):
    """A list, and which of its versions is in force. A permit reads it under `queries.lists.HOLD_LISTS`."""

    __tablename__ = "lists"
    __table_args__ = (
        CheckConstraint(one_of("kind", ListKind), name="kind"),
        CheckConstraint(one_of("on_stale", OnStale), name="on_stale"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    countries: Mapped[list[str] | None] = mapped_column(JsonOrNull)
    """ISO 3166 alpha-2, of the numbers; None: all of the world."""
    purposes: Mapped[list[str] | None] = mapped_column(JsonOrNull)
    """Of the calls; None: every purpose."""
    max_age_days: Mapped[int | None] = mapped_column(Integer)
    on_stale: Mapped[str] = mapped_column(String(8))
    version_id: Mapped[int | None] = mapped_column(BigId)
    """Of list_versions: the one in force. Without a foreign key, which would be a circle."""
    swept_to: Mapped[int] = mapped_column(BigId, default=0, server_default=text("0"))
    """The contact up to which everybody has been compared with the version in force; those after it are to come."""
    gone: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """Deleted: it holds nobody back, and leaves when its contacts are back in their queues."""
    created_by: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ListVersion(Base):
    """One state of a list. The row stays when its numbers have left, for what it says of earlier calls."""

    __tablename__ = "list_versions"
    __table_args__ = (
        Index("ix_list_versions_list", "list_id", "id"),
        CheckConstraint(one_of("state", VersionState), name="state"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    list_id: Mapped[int] = mapped_column(BigId)
    """Without a foreign key: a version outlives its list."""
    import_id: Mapped[int | None] = mapped_column(ForeignKey("imports.id", ondelete="SET NULL"))
    as_of: Mapped[date] = mapped_column(Date)
    """The day on which its file was drawn up."""
    filename: Mapped[str] = mapped_column(String(255))
    numbers: Mapped[int] = mapped_column(BigInteger, default=0)
    added: Mapped[int | None] = mapped_column(BigInteger)
    """Numbers that the version before did not have."""
    removed: Mapped[int | None] = mapped_column(BigInteger)
    """Numbers of the version before that it has no more."""
    state: Mapped[str] = mapped_column(String(8))
    error: Mapped[str | None] = mapped_column(Text)
    loaded_by: Mapped[str] = mapped_column(String(254))
    loaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    """When its reading began."""
    in_force_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """No listed number was permitted later, until `replaced_at`."""
    replaced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    emptied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When the last of its numbers had left."""


class ListNumber(Base):
    """A number of a version: the digits of E.164. Tens of millions, so nothing but the key."""

    __tablename__ = "list_numbers"
    __table_args__: Any = ({"sqlite_with_rowid": False},)

    version_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    phone: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
