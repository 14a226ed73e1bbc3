"""Erasures: people who asked to be forgotten, and the keyed hashes by which their numbers are never called again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, Text, true
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, Json, UtcDateTime, one_of

ERASURE_STATES = ("erasing", "reclaiming", "done")


class ForgottenNumber(Base):
    """A number that was forgotten and is never called again, known by its keyed hash (domain/erasure.py) alone."""

    __tablename__ = "forgotten_numbers"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    forgotten_at: Mapped[datetime] = mapped_column(UtcDateTime)
    keep_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """None: for ever."""
    reason: Mapped[str] = mapped_column(Text)


class Erasure(Base):
    """The forgetting of one person. While its number is there, upkeep goes on with it: every step may be repeated."""

    __tablename__ = "erasures"
    __table_args__ = (
        CheckConstraint(one_of("state", ERASURE_STATES), name="state"),
        Index(
            "ix_erasures_open",
            "id",
            sqlite_where=sql("state <> 'done'"),
            postgresql_where=sql("state <> 'done'"),
        ),
        Index("ix_erasures_hash", "hash"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    hash: Mapped[str] = mapped_column(String(64))
    phone: Mapped[str | None] = mapped_column(String(16))
    """E.164, until it is found nowhere else; then None."""
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text)
    """Without the number, if it was in it."""
    keep_on_do_not_call: Mapped[bool] = mapped_column(default=True, server_default=true())
    waits_for: Mapped[str | None] = mapped_column(Text)
    """Why it does not go on, in words: a call that is open, a file that is being read."""
    counts: Mapped[dict[str, Any]] = mapped_column(Json)
    """What was erased, {what: how many}."""
    kept: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    """What a duty keeps without the number: [{"what", "why", "until"}]."""
    kept_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When call records lose the mark by which they are one person's; None once they have, or had none."""
    requested_by: Mapped[str] = mapped_column(String(254))
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
