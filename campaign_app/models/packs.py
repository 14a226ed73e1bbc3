"""Packs: the rules of countries as they were and are, and which of them are in use."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, Json, UtcDateTime


class PackRow(Base):
    """One version of a pack, as its file says it. Append-only: rulebooks name it, and it explains past calls."""

    __tablename__ = "packs"
    __table_args__ = (UniqueConstraint("name", "version"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(60))
    version: Mapped[str] = mapped_column(String(12))
    """Of domain.packs.Pack: a hash of what it says."""
    text: Mapped[str] = mapped_column(Text)
    """TOML."""
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    added_by: Mapped[str] = mapped_column(String(254))


class PackEditionRow(Base):
    """What is in use since `made_at`: one row per change, the newest holds."""

    __tablename__ = "pack_editions"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    packs: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    """[{"key": `name@version`, "origin": `shipped` or `own`}], in order."""
    switches: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    """[{"rule": id, "on": bool, "by", "at": RFC 3339, "reason"}]: where it differs from what the packs say of
    themselves."""
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    made_by: Mapped[str] = mapped_column(String(254))
    change: Mapped[str] = mapped_column(Text)
    """What was done, in words."""
