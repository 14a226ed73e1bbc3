"""SQL fragments that several statements need, written once: do-not-call, lines, ten-minute slots, audit rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Integer, literal_column

from campaign_app.domain.attempt import TransferLegState
from campaign_app.models import dump_json
from campaign_app.models.base import EPOCH

from .sets import run


def entry_applies(campaign: str) -> str:
    """Whether the do-not-call entry `d` is for all campaigns or for this one; `campaign` is an expression."""
    return f"(d.campaign_id IS NULL OR d.campaign_id = {campaign})"


def number_is_listed(phone: str, campaign: str) -> str:
    """Whether a number is on the do-not-call list for a campaign's calls; both are expressions."""
    return f"EXISTS (SELECT 1 FROM do_not_call d WHERE d.phone = {phone} AND {entry_applies(campaign)})"


CALL_COUNT = f"(count(*) + count(CASE WHEN transfer_leg = '{TransferLegState.GRANTED}' THEN 1 END))"
"""Of open attempts: their calls. The other leg of a transfer is one, too."""
LINE_COUNT = "(count(*) + count(transfer_leg))"
"""Of open attempts: the lines that they hold, as a claim counts them. Who waits to be transferred holds the next that
comes free."""
CALL_COUNT_COLUMN = literal_column(CALL_COUNT, Integer)
LINE_COUNT_COLUMN = literal_column(LINE_COUNT, Integer)
"""The same for select()."""

ANSWERED = "(answered_at IS NOT NULL AND coalesce(answered_by, '') <> 'machine')"
"""Of an attempt: whether a person may have answered it; in doubt yes."""

SLOT = timedelta(minutes=10)
"""The width of the slots in which outcomes are counted."""
ENDED_SLOT = {
    # The fixed-width text up to the tens of the minute.
    "sqlite": "substr(ended_at, 1, 15) || '0:00.000000'",
    "postgresql": "date_bin('10 minutes', ended_at, TIMESTAMPTZ 'epoch')",
}
"""`slot_of(ended_at)`, as each database says it."""


def slot_of(at: datetime) -> datetime:
    """The ten minutes in which `at` lies, by their beginning, in UTC: a database's session may have any zone, also one
    a quarter of an hour off."""
    since = at - EPOCH
    return _begin_slot(since.days, since.seconds // SLOT.seconds)


@lru_cache(maxsize=1024)
def _begin_slot(day: int, place: int) -> datetime:
    """The slot of a day since EPOCH. All calls of a batch end in one or two, and each asks."""
    return EPOCH + timedelta(day) + place * SLOT


def add_audit_row(
    connection: Connection,
    *,
    actor: str,
    action: str,
    object_type: str,
    object_id: int,
    now: datetime,
    detail: Mapping[str, Any],
) -> None:
    """An audit row of what the engine or a callee did; services/audit.py writes those of people and the API."""
    run(
        connection,
        """INSERT INTO audit (at, actor, action, object_type, object_id, detail)
           VALUES (:now, :actor, :action, :object_type, :object_id, :detail)""",
        {
            "now": now,
            "actor": actor,
            "action": action,
            "object_type": object_type,
            "object_id": str(object_id),
            "detail": dump_json(dict(detail)),
        },
    )
