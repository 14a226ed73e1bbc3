"""Audit trail: who changed what, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import DDL, BigInteger, CheckConstraint, Index, String, event, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, Json, UtcDateTime

IS_DECISION = "substr(action, 1, 9) <> 'contacts.'"
"""The condition of `ix_audit_decisions`. Queries repeat it word for word, or the index is not used."""


class AuditEntry(Base):
    """Who changed what, when (I10). Append-only."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_object", "object_type", "object_id", "id"),
        Index("ix_audit_type", "object_type", "id"),
        # Who did something, or from where.
        Index("ix_audit_actor", "actor", "id"),
        Index("ix_audit_address", "address", "id"),
        # When.
        Index("ix_audit_at", "at", "id"),
        # Who did what to one type of object.
        Index("ix_audit_type_actor", "object_type", "actor", "id"),
        Index("ix_audit_type_address", "object_type", "address", "id"),
        # What was decided about an object. Contacts may be added to a campaign in a hundred thousand requests.
        Index(
            "ix_audit_decisions",
            "object_type",
            "object_id",
            "id",
            sqlite_where=text(IS_DECISION),
            postgresql_where=text(IS_DECISION),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(254))
    """`user:EMAIL`, `token:NAME`, `cli`, `engine` or `setup`."""
    action: Mapped[str] = mapped_column(String(64))
    """Noun and verb: `campaign.pause`."""
    object_type: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(String(64))
    address: Mapped[str | None] = mapped_column(String(45))
    """The client's, IPv4 or IPv6; None for what no request did, and before there was this column."""
    browser: Mapped[str | None] = mapped_column(String(100))
    """In words, of what a browser did."""
    detail: Mapped[dict[str, Any]] = mapped_column(Json)


class AuditSeal(Base):
    """A link of the chain over the audit trail (audit_chain.py)."""

    __tablename__ = "audit_seals"
    __table_args__ = (CheckConstraint("kind IN ('entry', 'change', 'removal')", name="kind"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    """Its place in the chain, from 1 without a gap."""
    entry_id: Mapped[int] = mapped_column(BigInteger, index=True)
    kind: Mapped[str] = mapped_column(String(8))
    nonce: Mapped[str | None] = mapped_column(String(32))
    """None once the entry was changed or removed."""
    digest: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


# On PostgreSQL the trail is append-only by the database itself; the two that may change it say so (audit_chain.py).
APPEND_ONLY = """
CREATE OR REPLACE FUNCTION switchboard_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('switchboard.audit', true) IS DISTINCT FROM 'maintain' THEN
    RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD WHEN 'UPDATE' THEN NEW END;
END $$;
CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION switchboard_audit_is_append_only();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION switchboard_audit_is_append_only();
"""
for _model in (AuditEntry, AuditSeal):
    _ddl = DDL(APPEND_ONLY.replace("{table}", _model.__tablename__))  # type: ignore[no-untyped-call]
    event.listen(_model.__table__, "after_create", _ddl.execute_if(dialect="postgresql"))
