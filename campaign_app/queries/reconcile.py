"""Reconciliation queries: what is known of a call in doubt, and which of the provider's calls are other attempts'."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from .sets import RowSet, as_time, run


class UnplacedCall(NamedTuple):
    """A call of which the provider's id is not known."""

    phone: str
    caller_id: str | None
    dialing_at: datetime | None


def load_unplaced_call(connection: Connection, attempt_id: int) -> UnplacedCall | None:
    """None when it has ended, or got its id, meanwhile."""
    row = run(
        connection,
        """SELECT a.phone, coalesce(a.caller_id, c.caller_id) AS caller_id, a.dialing_at FROM attempts a
           LEFT JOIN campaigns c ON c.id = a.campaign_id
           WHERE a.id = :id AND a.ended_at IS NULL AND a.provider_ref IS NULL""",
        {"id": attempt_id},
    ).one_or_none()
    return None if row is None else UnplacedCall(row.phone, row.caller_id, as_time(row.dialing_at))


PROVIDER_REFS = RowSet("v", ref="str")
# By the number's contacts, for attempts have no index on the number or on the provider's id: one would cost every
# attempt 5-13 % and serve the few in doubt. Single calls belong to no contact: theirs are the latest without campaign.
ATTRIBUTED_REFS = """SELECT v.ref FROM {v} WHERE v.ref IN (
      SELECT a.provider_ref FROM contacts c JOIN attempts a ON a.contact_id = c.id WHERE c.phone = :phone
      UNION ALL
      SELECT s.provider_ref FROM (SELECT provider_ref, phone FROM attempts WHERE campaign_id IS NULL
                                  ORDER BY id DESC LIMIT 10000) AS s WHERE s.phone = :phone)"""


def find_attributed_refs(connection: Connection, phone: str, refs: Sequence[str]) -> set[str]:
    """Those of a number's calls (by the provider's ids) that are known to be some attempt's."""
    if not refs:
        return set()
    dialect = connection.dialect.name
    rows = run(
        connection,
        ATTRIBUTED_REFS.replace("{v}", PROVIDER_REFS.source_sql(dialect)),
        {"phone": phone, **PROVIDER_REFS.to_parameters(dialect, [(ref,) for ref in refs])},
    ).all()
    return {row.ref for row in rows}


def set_doubt_cause(connection: Connection, attempt_id: int, cause: str) -> None:
    """Say on an attempt in doubt why nobody decides about it."""
    run(
        connection,
        "UPDATE attempts SET cause = :cause WHERE id = :id AND ended_at IS NULL AND provider_ref IS NULL",
        {"cause": cause, "id": attempt_id},
    )
