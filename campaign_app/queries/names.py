"""Names that people gave: of campaigns, lists and trunks."""

from __future__ import annotations

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from campaign_app.models import Campaign, NumberList, Trunk


def list_names(session: Session) -> list[str]:
    """Each name once, in no order."""
    return list(session.scalars(union(*(select(table.name) for table in (Campaign, NumberList, Trunk)))))
