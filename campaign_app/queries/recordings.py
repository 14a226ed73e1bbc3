"""Recording queries: the list, and who uses one."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from campaign_app.models import Attempt, Campaign, Recording

from .tables import TablePage, load_keyset_page


def list_recordings(
    session: Session, *, search: str | None = None, cursor: str | None = None, limit: int = 50
) -> TablePage[Recording]:
    """The newest first. `search`: part of the name. Raises Invalid (the cursor)."""
    statement = select(Recording)
    search_text = (search or "").replace("\0", "").strip()
    if search_text:
        statement = statement.where(Recording.name.icontains(search_text, autoescape=True))
    return load_keyset_page(session, statement, [Recording.id], descending=True, cursor=cursor, limit=limit)


def find_by_sha256(session: Session, sha256: str) -> Recording | None:
    return session.scalar(select(Recording).where(Recording.sha256 == sha256))


def list_choices(session: Session, most: int = 500) -> list[tuple[str, str]]:
    """(SHA-256, name) for a form to choose from, by name."""
    rows = session.execute(select(Recording.sha256, Recording.name).order_by(Recording.name).limit(most))
    return [(row.sha256, row.name) for row in rows]


def list_hashes(session: Session) -> Collection[str]:
    """Of every recording: the files that are needed."""
    return session.scalars(select(Recording.sha256)).all()


def lock_existing_hashes(session: Session, hashes: Collection[str]) -> Collection[str]:
    """Those of the hashes that have a recording, which nobody deletes before this transaction ends."""
    if not hashes:
        return ()
    statement = select(Recording.sha256).where(Recording.sha256.in_(hashes)).with_for_update(read=True)
    return session.scalars(statement).all()


def list_campaigns_using(session: Session, sha256: str) -> list[Campaign]:
    """The campaigns whose message plays it, but for archived ones, which never dial again, and deleted drafts: one that
    is restored without its recording is told so at its start.

    A hash is no other text by chance, so the message's JSON is searched as text: a table of campaigns is short.
    """
    mentions_hash = cast(Campaign.stored_message, Text).contains(sha256)
    return list(
        session.scalars(
            select(Campaign)
            .where(mentions_hash, Campaign.status != "archived", Campaign.deleted_at.is_(None))
            .order_by(Campaign.id)
            .limit(100)
        )
    )


def is_recording_used(session: Session, sha256: str) -> bool:
    """Whether any campaign, also an archived one, or an open call names it."""
    archived = select(Campaign.id).where(cast(Campaign.stored_message, Text).contains(sha256)).limit(1)
    return session.scalar(archived) is not None or find_open_call_using(session, sha256) is not None


def find_open_call_using(session: Session, sha256: str) -> int | None:
    """The id of a single call that plays it and has not ended; None when there is none."""
    mentions_hash = cast(Attempt.stored_message, Text).contains(sha256)
    return session.scalar(select(Attempt.id).where(mentions_hash, Attempt.ended_at.is_(None)).limit(1))
