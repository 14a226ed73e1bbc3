"""Placed-call queries: which of the calls that a provider lists the database knows, and whose the others are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from .sets import RowSet, run

EARLIER, LATER = timedelta(seconds=60), timedelta(seconds=90)
"""How far a call's creation, by the provider's clock, may lie from its permit, by ours."""


class OwnedContact(NamedTuple):
    """Whom a number belongs to in the database as it is."""

    contact_id: int
    campaign_id: int
    attempts_made: int


REFS = RowSet("v", phone="str", ref="str", earliest="time", latest="time")


def find_unknown_refs(connection: Connection, calls: Sequence[tuple[str, str, datetime]]) -> set[str]:
    """Those of the calls, (number, the provider's id, when), that are no attempt's: neither by the id, nor because an
    attempt to the number of about then has none yet."""
    dialect = connection.dialect.name
    rows = run(
        connection,
        f"""SELECT v.ref FROM {REFS.source_sql(dialect)} WHERE NOT EXISTS (
              SELECT 1 FROM attempts a WHERE a.phone = v.phone AND (a.provider_ref = v.ref OR
                (a.provider_ref IS NULL AND a.dialing_at BETWEEN v.earliest AND v.latest)))""",
        REFS.to_parameters(dialect, [(phone, ref, at - LATER, at + EARLIER) for phone, ref, at in calls]),
    ).all()
    return {row.ref for row in rows}


PHONES = RowSet("v", phone="str")


def find_owners(connection: Connection, phones: Sequence[str], trunk_id: int) -> dict[str, OwnedContact]:
    """Of each number the contact that was most likely called: one that waits in a running campaign on the trunk before
    any other. Numbers of nobody are absent."""
    dialect = connection.dialect.name
    rows = run(
        connection,
        f"""SELECT c.id, c.campaign_id, c.phone, c.attempts_made FROM contacts c
            JOIN campaigns k ON k.id = c.campaign_id
            WHERE c.phone IN (SELECT v.phone FROM {PHONES.source_sql(dialect)})
            ORDER BY CASE WHEN k.trunk_id = :trunk THEN 0 ELSE 1 END,
              CASE WHEN k.status = 'running' THEN 0 ELSE 1 END,
              CASE WHEN c.due_at IS NOT NULL THEN 0 ELSE 1 END, c.due_at, c.id""",
        {"trunk": trunk_id, **PHONES.to_parameters(dialect, [(phone,) for phone in phones])},
    ).all()
    owners: dict[str, OwnedContact] = {}
    for row in rows:
        owners.setdefault(row.phone, OwnedContact(row.id, row.campaign_id, row.attempts_made))
    return owners


class DialingCampaign(NamedTuple):
    """A campaign whose people may have been called without anybody knowing."""

    id: int
    rulebook_id: int | None


def list_campaigns_on(connection: Connection, trunk_ids: Sequence[int]) -> list[DialingCampaign]:
    """The running campaigns on these trunks."""
    trunks = RowSet("v", id="int")
    dialect = connection.dialect.name
    rows = run(
        connection,
        f"""SELECT id, rulebook_id FROM campaigns WHERE status = 'running'
            AND trunk_id IN (SELECT v.id FROM {trunks.source_sql(dialect)}) ORDER BY id""",
        trunks.to_parameters(dialect, [(trunk_id,) for trunk_id in trunk_ids]),
    ).all()
    return [DialingCampaign(row.id, row.rulebook_id) for row in rows]


def hold_back_contacts(connection: Connection, campaign_id: int, until: datetime) -> int:
    """Everybody who waits in the campaign is due at `until` at the earliest. Returns how many that changed."""
    held = run(
        connection,
        """UPDATE contacts SET due_at = :until, deferred_by = 'restored'
           WHERE campaign_id = :id AND due_at IS NOT NULL AND due_at < :until""",
        {"id": campaign_id, "until": until},
    )
    return held.rowcount
