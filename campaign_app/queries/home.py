"""Home queries: the campaigns and uploads that concern a shift."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from campaign_app.models import Campaign, Import

ASKING = ("needs_mapping", "checked")
"""Statuses of an upload that waits for a person."""

MOST_CAMPAIGNS = 60
"""Campaigns whose figures home and the list look up for their headlines; home says when there are more."""


def list_live_campaigns(session: Session, most: int) -> Sequence[Campaign]:
    """Campaigns that run or are paused, the weightiest first."""
    return session.scalars(
        select(Campaign)
        .where(Campaign.status.in_(("running", "paused")))
        .order_by(Campaign.status.desc(), Campaign.priority.desc(), Campaign.id)
        .limit(most)
    ).all()


def list_imports_for_people(session: Session, since: datetime, most: int) -> Sequence[Import]:
    """Uploads that wait for an answer, and those that failed since then, the latest first."""
    return session.scalars(
        select(Import)
        .where(
            or_(
                Import.status.in_(ASKING) & Import.dry_run.is_(False),
                (Import.status == "failed") & (Import.created_at >= since),
            )
        )
        .order_by(Import.id.desc())
        .limit(most)
    ).all()
