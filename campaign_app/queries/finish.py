"""Finish queries: which campaigns come to an end, and ending them, by compare-and-set under the campaign's row
lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from campaign_app.domain.campaign import TRANSITIONS, CampaignStatus, check_transition

from .fragments import add_audit_row
from .sets import RowSet, locking_clause, run


@dataclass(frozen=True, slots=True)
class CampaignsToEnd:
    """Campaign ids by what is to be done with them."""

    finished: list[int]
    overdue: list[int]
    stopped: list[int]


# No contact waits or is being called; the claim index and the index of open attempts answer it at once.
NOTHING_LEFT = """NOT EXISTS (SELECT 1 FROM contacts t WHERE t.campaign_id = c.id AND t.due_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM attempts a WHERE a.campaign_id = c.id AND a.ended_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM imports i WHERE i.campaign_id = c.id AND i.status IN ('queued', 'running'))"""


def find_campaigns_to_end(connection: Connection, now: datetime) -> CampaignsToEnd:
    def select_ids(statement: str) -> list[int]:
        return [row.id for row in run(connection, statement, {"now": now}).all()]

    return CampaignsToEnd(
        finished=select_ids(f"SELECT c.id FROM campaigns c WHERE c.status = 'running' AND {NOTHING_LEFT}"),
        overdue=select_ids("SELECT c.id FROM campaigns c WHERE c.status = 'running' AND c.ends_at <= :now"),
        stopped=select_ids(
            """SELECT c.id FROM campaigns c WHERE c.status IN ('stopped', 'archived')
               AND EXISTS (SELECT 1 FROM contacts t WHERE t.campaign_id = c.id AND t.due_at IS NOT NULL)"""
        ),
    )


def complete_campaign(connection: Connection, campaign_id: int, now: datetime) -> bool:
    """running → completed, if there is still nothing left once the row is ours: contacts may just have been added."""
    return _end_campaign(
        connection,
        campaign_id,
        now,
        CampaignStatus.COMPLETED,
        None,
        f"EXISTS (SELECT 1 FROM campaigns c WHERE c.id = :id AND {NOTHING_LEFT})",
    )


def stop_overdue_campaign(connection: Connection, campaign_id: int, now: datetime) -> bool:
    """running → stopped once its end has passed. Its open calls run out."""
    return _end_campaign(
        connection, campaign_id, now, CampaignStatus.STOPPED, "its end has passed", "ends_at <= :now"
    )


def pause_campaign(connection: Connection, campaign_id: int, reason: str, now: datetime) -> bool:
    """running → paused, if it still runs; whether it did. Audited as the engine's doing."""
    return _end_campaign(connection, campaign_id, now, CampaignStatus.PAUSED, reason, "true")


TOKENS = RowSet("v", token="str")


def pause_campaigns_of_calls(
    connection: Connection, tokens: Sequence[str], reason: str, now: datetime
) -> list[int]:
    """running → paused for the campaigns of these calls, audited as the engine's doing; the ids of those paused."""
    check_transition(CampaignStatus.RUNNING, CampaignStatus.PAUSED)
    dialect = connection.dialect.name
    running = run(
        connection,
        f"""SELECT id FROM campaigns WHERE status = 'running' AND id IN (
              SELECT a.campaign_id FROM attempts a WHERE a.token IN (
                SELECT v.token FROM {TOKENS.source_sql(dialect)}))
            ORDER BY id""",
        TOKENS.to_parameters(dialect, [(token,) for token in tokens]),
    ).all()
    return [
        row.id
        for row in running
        if _end_campaign(connection, row.id, now, CampaignStatus.PAUSED, reason, "true")
    ]


def _end_campaign(
    connection: Connection,
    campaign_id: int,
    now: datetime,
    status: CampaignStatus,
    reason: str | None,
    condition: str,
) -> bool:
    check_transition(CampaignStatus.RUNNING, status)
    bound: dict[str, Any] = {"id": campaign_id, "now": now, "status": status.value, "reason": reason}
    run(
        connection,
        "SELECT id FROM campaigns WHERE id = :id" + locking_clause(connection, " FOR NO KEY UPDATE"),
        {"id": campaign_id},
    )
    ended = run(
        connection,
        f"""UPDATE campaigns SET status = :status, status_at = :now, status_by = 'engine', status_reason = :reason
            WHERE id = :id AND status = 'running' AND {condition} RETURNING id""",
        bound,
    ).all()
    if ended:
        add_audit_row(
            connection,
            actor="engine",
            action=f"campaign.{TRANSITIONS[CampaignStatus.RUNNING][status]}",
            object_type="campaign",
            object_id=campaign_id,
            now=now,
            detail={"before": "running", "after": status.value, "reason": reason},
        )
    return bool(ended)
