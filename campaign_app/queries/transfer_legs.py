"""Transfer legs: the other call of a transfer is a call at the provider too, dialed within the same limits (I2).

Who asks holds the line from then on, so that the next one that comes free is no claim's. Until it is given nothing is
dialed.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from campaign_app.domain.attempt import TransferLegState

from .counters import ClaimCounts, count_claims
from .fragments import CALL_COUNT
from .sets import locking_clause, run

COUNT_IN_USE = f"SELECT {CALL_COUNT} AS n FROM attempts WHERE {{owner}} = :id AND ended_at IS NULL"


def reserve_line(connection: Connection, token: str, now: datetime) -> bool:
    """Whether the open call of that token may be connected with somebody now. False: no line is free; it is to ask
    again, and holds the next one. A call that has ended gets none.

    Locks in the order of a claim: the trunk, the campaign, the attempt, the counters.
    """
    call = run(
        connection,
        "SELECT id, trunk_id, campaign_id, transfer_leg FROM attempts WHERE token = :token AND ended_at IS NULL",
        {"token": token},
    ).one_or_none()
    if call is None:
        return False
    if call.transfer_leg == TransferLegState.GRANTED:
        return True
    free = _count_below_limit(connection, "trunk", call.trunk_id) is not None
    in_use = None
    if call.campaign_id is not None:
        in_use = _count_below_limit(connection, "campaign", call.campaign_id)
        free = free and in_use is not None
    if not free and call.transfer_leg == TransferLegState.WAITING:
        return False
    updated = run(
        connection,
        """UPDATE attempts SET transfer_leg = :line
           WHERE id = :id AND ended_at IS NULL AND (transfer_leg IS NULL OR transfer_leg = 'waiting')""",
        {"id": call.id, "line": TransferLegState.GRANTED if free else TransferLegState.WAITING},
    )
    if not free or not updated.rowcount:
        return False
    if in_use is not None:
        count_claims(connection, [ClaimCounts(call.campaign_id, 0, 0, in_use + 1)], now)
    return True


def _count_below_limit(connection: Connection, owner: str, row_id: int) -> int | None:
    """The calls that are up on a trunk or of a campaign, under its row lock; None where its limit allows no more."""
    limit: int = run(
        connection,
        f"SELECT max_concurrent_calls FROM {owner}s WHERE id = :id"
        + locking_clause(connection, " FOR NO KEY UPDATE"),
        {"id": row_id},
    ).scalar_one()
    in_use: int = run(connection, COUNT_IN_USE.format(owner=f"{owner}_id"), {"id": row_id}).scalar_one()
    return in_use if in_use < limit else None
