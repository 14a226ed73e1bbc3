"""Trunks: provider accounts that campaigns dial through, each with its own limits."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Float, ForeignKey, Integer, String, Text
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, Json, JsonOrNull, UtcDateTime


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
    """The circuit is open: nothing is dialed before this time, and then one call, as a probe."""
    last_error: Mapped[str | None] = mapped_column(Text)
    """The last error of the provider, for the pages, while `failures` > 0 ..."""
    last_error_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    not_ready: Mapped[str | None] = mapped_column(Text)
    """Why no call can be placed on it, as its engine sees it at each tick: no credentials, no connection."""
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was last checked (domain.trunk_check); None: not since its account was changed ..."""
    check_steps: Mapped[list[dict[str, Any]] | None] = mapped_column(JsonOrNull)
    check_error: Mapped[str | None] = mapped_column(Text)
    """Why no call can be placed, by that check; None: it passed."""
    paused_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """Nothing is dialed until somebody resumes it ..."""
    paused_by: Mapped[str | None] = mapped_column(String(254))
    paused_reason: Mapped[str | None] = mapped_column(Text)
    secret: Mapped[str | None] = mapped_column(Text)
    """Its credentials as encrypted JSON; None: it has none of its own."""
    inherits_credentials: Mapped[bool] = mapped_column(Boolean, default=False, server_default=sql("false"))
    """Whether the environment's credentials are used where it has none of its own: true of the environment's trunk, and
    of those from before this was known, until their address or account is changed."""
    caller_ids: Mapped[list[str] | None] = mapped_column(JsonOrNull)
    """The E.164 numbers it may call from; None: any."""
    countries: Mapped[list[str] | None] = mapped_column(JsonOrNull)
    """The countries it may call (ISO 3166 alpha-2); None: every country."""
    number_types: Mapped[list[str] | None] = mapped_column(JsonOrNull)
    """The costly types of number it may call (domain.number_rules); None: nobody has chosen yet, and it is none."""
    price: Mapped[dict[str, str] | None] = mapped_column(JsonOrNull)
    """What its calls cost (domain.call_price); None: nobody has said."""
    max_calls_per_day: Mapped[int | None] = mapped_column(Integer)
    """Limits of a day (UTC), of domain.day_limits; None: none. Reached, the trunk is paused."""
    max_minutes_per_day: Mapped[int | None] = mapped_column(Integer)
    max_spend_per_day: Mapped[float | None] = mapped_column(Float)
    transfer_targets: Mapped[list[str] | None] = mapped_column(JsonOrNull)
    """Whom a key may connect callees with; None: whoever the trunk may call."""
    guard_seconds: Mapped[float] = mapped_column(Float, default=5.0, server_default=sql("5"))
    """How long after its permit a call rings at the latest, measured (engine/upkeep.py): no call begins so shortly
    before closing. A campaign's own guard counts where it is longer."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class TrunkDay(Base):
    """What a trunk with day limits used of a day."""

    __tablename__ = "trunk_days"

    trunk_id: Mapped[int] = mapped_column(ForeignKey("trunks.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    """Its midnight, UTC."""
    calls: Mapped[int] = mapped_column(Integer)
    """Permitted."""
    seconds: Mapped[float] = mapped_column(Float)
    """Of talk, as they were at `measured_at`."""
    first_attempt_id: Mapped[int] = mapped_column(BigId)
    """No attempt of the day has a lower id."""
    measured_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    alarm_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
