"""Imports: uploaded files, the choices about their columns, and the rows that were not added."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from .base import Base, BigId, Json, JsonOrNull, UtcDateTime, one_of

IMPORT_STATUSES = (
    "queued",
    "running",
    "needs_mapping",
    "checked",
    "completed",
    "failed",
    "discarded",
    "undone",
)


class Import(Base):
    """One uploaded file on its way into a campaign, or onto the do-not-call list.

    total = accepted + rejected + the three others, once completed. `queued` and `running` are the worker's, which
    checks or adds (`phase`); `needs_mapping` and `checked` wait for a person.
    """

    __tablename__ = "imports"
    __table_args__ = (
        CheckConstraint(one_of("status", IMPORT_STATUSES), name="status"),
        CheckConstraint(one_of("phase", ("check", "add")), name="phase"),
        CheckConstraint(one_of("mode", ("contacts", "do_not_call")), name="mode"),
        CheckConstraint(one_of("on_known", ("skip", "update")), name="on_known"),
        CheckConstraint("mode = 'do_not_call' OR campaign_id IS NOT NULL", name="campaign"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    mode: Mapped[str] = mapped_column(String(16), default="contacts", server_default=text("'contacts'"))
    campaign_id: Mapped[int | None] = mapped_column(
        ForeignKey("campaigns.id", ondelete="CASCADE"), index=True
    )
    """None: numbers that are not to be called by any campaign."""
    list_id: Mapped[int | None] = mapped_column(BigId)
    """Of models.NumberList, where the numbers of a `do_not_call` file are a new version of a list; `listing` has its
    `as_of` then. Without a foreign key: the import outlives the list."""
    filename: Mapped[str] = mapped_column(String(255))
    stored_as: Mapped[str] = mapped_column(String(64))
    """The file's name below INSTANCE_PATH/uploads."""
    size: Mapped[int] = mapped_column(BigId)
    default_region: Mapped[str | None] = mapped_column(String(2))
    status: Mapped[str] = mapped_column(String(16), index=True)
    phase: Mapped[str] = mapped_column(String(8), default="add", server_default=text("'add'"))
    dry_run: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether it stops at `checked`, however certain its reading is."""
    on_known: Mapped[str] = mapped_column(String(8), default="skip", server_default=text("'skip'"))
    error: Mapped[str | None] = mapped_column(Text)

    # How the file is read: what was found, and what a person chose.
    reading: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
    """uploads.reading.Reading: format, encoding, delimiter, header, skipped rows, sheet."""
    understanding: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
    """What the pages show beside it: encoding choices with samples, whether the header is unsure."""
    encoding: Mapped[str | None] = mapped_column(String(16))
    delimiter: Mapped[str | None] = mapped_column(String(4))
    has_header: Mapped[bool | None]
    columns: Mapped[list[Any] | None] = mapped_column(Json)
    """[{"index", "name", "role", "variable", "why", "samples", "candidates", "certain"}]."""
    questions: Mapped[list[dict[str, Any]] | None] = mapped_column(JsonOrNull)
    """[{"code", "sentence", "columns"}]: what a person must decide before a number is queued."""
    mapping: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
    """column_roles.Mapping, by which its rows are read; None until it is certain or chosen."""
    signature: Mapped[str | None] = mapped_column(String(64))
    """Of the header, under which a choice is remembered."""
    listing: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
    """Of a do-not-call file: {"source", "reason", "date"} for all of its rows."""

    check_result: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
    """services.imports.checks.CheckResult: what adding the file would do."""
    reasons: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
    """{code: {"count", "example"}} of the rows that were not added."""
    total: Mapped[int] = mapped_column(Integer, default=0)
    accepted: Mapped[int] = mapped_column(Integer, default=0)
    rejected: Mapped[int] = mapped_column(Integer, default=0)
    repeated_in_file: Mapped[int] = mapped_column(Integer, default=0)
    already_in_campaign: Mapped[int] = mapped_column(Integer, default=0)
    do_not_call: Mapped[int] = mapped_column(Integer, default=0)
    updated: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    """Of those that were there already, the ones whose variables the file changed."""
    bytes_done: Mapped[int] = mapped_column(BigId, default=0)
    """Roughly, for the progress bar; rows_done is what a resumed import skips."""
    rows_done: Mapped[int] = mapped_column(Integer, default=0)
    created_by: Mapped[str] = mapped_column(String(254))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_by: Mapped[str | None] = mapped_column(String(254))
    """Who committed it after it was checked."""
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """A running import whose heart stopped is taken up by the next worker."""
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    removed: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    """What undoing it took back."""


class ImportChoice(Base):
    """The mapping that was confirmed last for files with the same header: offered again, never applied unasked."""

    __tablename__ = "import_choices"

    signature: Mapped[str] = mapped_column(String(64), primary_key=True)
    mode: Mapped[str] = mapped_column(String(16), primary_key=True)
    mapping: Mapped[dict[str, Any]] = mapped_column(Json)
    used_by: Mapped[str] = mapped_column(String(254))
    used_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RejectedRow(Base):
    """A row of a file that was not added, with its line and the reason."""

    __tablename__ = "rejected_rows"
    __table_args__ = (
        Index("ix_rejected_rows_import", "import_id", "id"),
        # Those of one reason.
        Index("ix_rejected_rows_code", "import_id", "code", "id"),
        CheckConstraint(one_of("kind", ("invalid", "repeated", "already", "do-not-call")), name="kind"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("imports.id", ondelete="CASCADE"))
    line: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(Text)
    cells: Mapped[list[str]] = mapped_column(Json)
