"""Preflight queries: the whole queue of a campaign, counted by profile, and those who need a closer look."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from .fragments import number_is_listed
from .sets import as_time, run


class WaitingCount(NamedTuple):
    """How many of a profile wait in a campaign, whenever they are due."""

    profile_id: int
    contacts: int


class WaitingContact(NamedTuple):
    """Somebody who waits and was called lately, or is due later."""

    phone: str
    profile_id: int
    due_at: datetime


def count_waiting_by_profile(connection: Connection, campaign_id: int) -> list[WaitingCount]:
    """All who wait: one pass over the claim index alone."""
    rows = run(
        connection,
        """SELECT profile_id, count(*) AS n FROM contacts
           WHERE campaign_id = :campaign AND due_at IS NOT NULL GROUP BY profile_id ORDER BY profile_id""",
        {"campaign": campaign_id},
    )
    return [WaitingCount(row.profile_id, row.n) for row in rows]


def count_listed_by_profile(connection: Connection, campaign_id: int) -> dict[int, int]:
    """{profile: waiting contacts whose number is on the do-not-call list}."""
    rows = run(
        connection,
        f"""SELECT c.profile_id, count(*) AS n FROM contacts c WHERE c.campaign_id = :campaign
              AND c.due_at IS NOT NULL AND c.phone IN (SELECT phone FROM do_not_call)
              AND {number_is_listed("c.phone", "c.campaign_id")} GROUP BY c.profile_id""",
        {"campaign": campaign_id},
    )
    return {row.profile_id: row.n for row in rows}


def list_called_or_later(
    connection: Connection, campaign_id: int, since: datetime, now: datetime
) -> list[WaitingContact]:
    """Those who wait, are not listed, and are due after `now` or have a number that was called after `since`."""
    rows = run(
        connection,
        f"""SELECT c.phone, c.profile_id, c.due_at FROM contacts c WHERE c.campaign_id = :campaign
              AND c.due_at IS NOT NULL
              AND (c.due_at > :now OR EXISTS (SELECT 1 FROM attempts a WHERE a.phone = c.phone
                                              AND a.dialing_at > :since))
              AND NOT {number_is_listed("c.phone", "c.campaign_id")}""",
        {"campaign": campaign_id, "now": now, "since": since},
    )
    return [
        WaitingContact(row.phone, row.profile_id, due)
        for row in rows
        if (due := as_time(row.due_at)) is not None
    ]
