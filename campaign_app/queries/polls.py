"""Poll queries: whether a live page's question may be answered as before, in one statement."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute

from campaign_app.models import Campaign, User, UserSession

CAMPAIGN_STATE: tuple[InstrumentedAttribute[Any], ...] = (
    Campaign.status,
    Campaign.status_at,
    Campaign.resume_at,
    Campaign.max_concurrent_calls,
    Campaign.soft_start_at,
)
"""What an operator changes of a campaign and wants to see at once."""

# The key from before a renewal finds nothing here: such a request is answered at length.
READER_STATE = (
    select(
        UserSession.id,
        UserSession.method,
        User.id,
        User.email,
        User.role,
        User.time_zone,
        User.second_factor_since,
        Campaign.id,
        *CAMPAIGN_STATE,
    )
    .select_from(UserSession)
    .join(User, User.id == UserSession.user_id)
    .outerjoin(Campaign, (Campaign.id == bindparam("campaign_id")) & Campaign.deleted_at.is_(None))
    .where(
        UserSession.key_hash == bindparam("key_hash"),
        UserSession.renew.is_(False),
        UserSession.expires_at > bindparam("now"),
        UserSession.last_used_at > bindparam("used_after"),
        User.disabled_at.is_(None),
    )
)


def find_reader_state(
    connection: Connection, key_hash: str, campaign_id: int | None, now: datetime, used_after: datetime
) -> tuple[Any, ...] | None:
    """Everything of the session, the user and the campaign on which an answer depends that is no news of calls; None
    where the session is none any more, or its key is to be renewed."""
    values = {"key_hash": key_hash, "campaign_id": campaign_id, "now": now, "used_after": used_after}
    row = connection.execute(READER_STATE, values).one_or_none()
    return None if row is None else tuple(row)
