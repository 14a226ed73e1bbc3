"""Shift notes: add one, and the latest."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.models import ShiftNote
from campaign_app.services import audit

LONGEST_NOTE = 2_000
SHOWN = 20


def add_shift_note(session: Session, text: str, *, actor: str, now: datetime) -> ShiftNote:
    """Raises InvalidInput for one that is empty or too long."""
    text = "".join(
        char
        for char in text.replace("\r\n", "\n").strip()
        if char == "\n" or unicodedata.category(char) != "Cc"
    )
    if not text:
        raise InvalidInput([FieldError("note", "write something for the next shift first")])
    if len(text) > LONGEST_NOTE:
        raise InvalidInput([FieldError("note", f"{len(text):,} characters; {LONGEST_NOTE:,} at the most")])
    note = ShiftNote(at=now, made_by=actor, text=text)
    session.add(note)
    session.flush()
    audit.record_audit_entry(
        session, actor=actor, action="shift.note", object_type="shift-note", object_id=note.id, now=now
    )
    return note


def list_shift_notes(session: Session) -> Sequence[ShiftNote]:
    """The latest first."""
    return session.scalars(select(ShiftNote).order_by(ShiftNote.id.desc()).limit(SHOWN)).all()
