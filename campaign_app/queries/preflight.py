"""Preflight queries: the whole queue of a campaign, counted by profile, and those who need a closer look."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from .forgotten import list_kept_marks, make_marks
from .fragments import entry_applies, number_is_listed
from .sets import RowSet, as_time, run

PROFILES = RowSet("v", id="int")


class WaitingCount(NamedTuple):
    """How many of a profile wait in a campaign, whenever they are due."""

    profile_id: int
    contacts: int


class WaitingContact(NamedTuple):
    """Somebody who waits and was called or refused lately, or is due later."""

    phone: str
    profile_id: int
    due_at: datetime
    deferred_by: str | None


def count_waiting_by_profile(connection: Connection, campaign_id: int) -> list[WaitingCount]:
    """All who wait: one pass over the claim index alone."""
    rows = run(
        connection,
        """SELECT profile_id, count(*) AS n FROM contacts
           WHERE campaign_id = :campaign AND due_at IS NOT NULL GROUP BY profile_id ORDER BY profile_id""",
        {"campaign": campaign_id},
    )
    return [WaitingCount(row.profile_id, row.n) for row in rows]


BY_LIST = f"""SELECT profile_id, count(*) AS n FROM contacts WHERE due_at IS NOT NULL AND id IN (
      SELECT c.id FROM do_not_call d CROSS JOIN contacts c
      WHERE c.campaign_id = :campaign AND c.phone = d.phone AND {entry_applies(":campaign")})
    GROUP BY profile_id"""
BY_CONTACT = f"""SELECT c.profile_id, count(*) AS n FROM contacts c WHERE c.campaign_id = :campaign
      AND c.due_at IS NOT NULL AND {number_is_listed("c.phone", "c.campaign_id")} GROUP BY c.profile_id"""


def count_listed_by_profile(connection: Connection, campaign_id: int, waiting: int) -> dict[int, int]:
    """{profile: waiting contacts whose number is on the do-not-call list}: looked up from whichever is shorter, the
    list or the `waiting` contacts."""
    listed = run(
        connection, "SELECT count(*) FROM (SELECT 1 FROM do_not_call LIMIT :most) AS l", {"most": waiting + 1}
    ).scalar_one()
    statement = BY_LIST if listed <= waiting else BY_CONTACT
    return {row.profile_id: row.n for row in run(connection, statement, {"campaign": campaign_id})}


IS_SUPPRESSED = "status = 'suppressed' AND status <> 'dialing'"
"""With the condition of `ix_contacts_status`, or SQLite would not use it."""


def count_suppressed(connection: Connection, campaign_id: int) -> dict[str, int]:
    """{why: contacts that were taken out of the queue}."""
    rows = run(
        connection,
        f"""SELECT coalesce(suppressed_by, 'do-not-call') AS code, count(*) AS n FROM contacts
           WHERE campaign_id = :campaign AND {IS_SUPPRESSED} GROUP BY 1""",
        {"campaign": campaign_id},
    )
    return {row.code: row.n for row in rows}


NUMBER_COLUMNS = "c.id, c.phone, c.external_id, c.timezone, c.state, c.postal_code"


def list_suppressed(
    connection: Connection, campaign_id: int, why: str, after_id: int, most: int
) -> Sequence[Any]:
    """A page of those who were taken out of the queue for `why`, by id."""
    return run(
        connection,
        f"""SELECT {NUMBER_COLUMNS} FROM contacts c
            WHERE c.campaign_id = :campaign AND {IS_SUPPRESSED} AND c.id > :after
              AND coalesce(c.suppressed_by, 'do-not-call') = :why ORDER BY c.id LIMIT :most""",
        {"campaign": campaign_id, "why": why, "after": after_id, "most": most},
    ).all()


def find_contact_ids(connection: Connection, campaign_id: int) -> range:
    """From the first id of a campaign's contacts to the last one."""
    # One statement each, or the index would not answer it alone.
    first, last = (
        run(
            connection,
            f"SELECT {end}(id) FROM contacts WHERE campaign_id = :campaign",
            {"campaign": campaign_id},
        ).scalar()
        for end in ("min", "max")
    )
    return range(0) if first is None or last is None else range(first, last + 1)


def list_waiting_never_called(
    connection: Connection, campaign_id: int, profile_ids: Sequence[int] | None, ids: range
) -> Sequence[Any]:
    """Those among some ids who wait with one of these profiles and are not listed; where it is None those who wait and
    are on the list."""
    dialect = connection.dialect.name
    listed = number_is_listed("c.phone", "c.campaign_id")
    who, bound = listed, {}
    if profile_ids is not None:
        who = f"NOT {listed} AND c.profile_id IN (SELECT v.id FROM {PROFILES.source_sql(dialect)})"
        bound = PROFILES.to_parameters(dialect, [(each,) for each in profile_ids])
    return run(
        connection,
        f"""SELECT {NUMBER_COLUMNS} FROM contacts c WHERE c.campaign_id = :campaign AND c.id >= :first AND c.id < :end
              AND c.due_at IS NOT NULL AND {who} ORDER BY c.id""",
        {"campaign": campaign_id, "first": ids.start, "end": ids.stop, **bound},
    ).all()


def list_waiting_numbers(connection: Connection, campaign_id: int, phones: Sequence[str]) -> Sequence[Any]:
    """The waiting contacts with these numbers."""
    numbers = RowSet("v", phone="str")
    dialect = connection.dialect.name
    return run(
        connection,
        f"""SELECT {NUMBER_COLUMNS} FROM {numbers.source_sql(dialect)}
            JOIN contacts c ON c.campaign_id = :campaign AND c.phone = v.phone
            WHERE c.due_at IS NOT NULL ORDER BY c.id""",
        {"campaign": campaign_id, **numbers.to_parameters(dialect, [(phone,) for phone in phones])},
    ).all()


WAITING = f"""SELECT c.phone, c.profile_id, c.due_at, c.deferred_by FROM contacts c WHERE c.campaign_id = :campaign
      AND c.due_at IS NOT NULL AND NOT {number_is_listed("c.phone", "c.campaign_id")}"""
CALLED = "EXISTS (SELECT 1 FROM attempts a WHERE a.phone = c.phone AND a.dialing_at > :since)"
REFUSED = """EXISTS (SELECT 1 FROM do_not_call d WHERE d.phone = c.phone AND d.created_at > :refused)
      OR EXISTS (SELECT 1 FROM do_not_call_removals r WHERE r.phone = c.phone AND r.created_at > :refused)"""
LATE_MARKS = f"""SELECT c.phone FROM {{v}} WHERE {CALLED} OR {REFUSED}"""
PHONES = RowSet("c", phone="str")


def list_called_or_later(
    connection: Connection,
    campaign_id: int,
    since: datetime,
    now: datetime,
    refused_since: datetime | None = None,
) -> list[WaitingContact]:
    """Those who wait, are not listed, and are due after `now`, or have a number that was called after `since` or came
    onto a do-not-call list after `refused_since` (None: nobody asks); also where the person was forgotten since. Raises
    ForgetKeyMissing."""
    bound = {"campaign": campaign_id, "now": now, "since": since}
    refused = ""
    if refused_since is not None:
        refused, bound = f" OR {REFUSED}", {**bound, "refused": refused_since}
    rows = run(connection, f"{WAITING} AND (c.due_at > :now OR {CALLED}{refused})", bound).all()
    marks = _list_late_marks(connection, since, refused_since or now)
    if marks:
        found = {row.phone for row in rows}
        waiting = run(connection, WAITING, {"campaign": campaign_id}).all()
        by_mark = make_marks(connection, [row.phone for row in waiting])
        returned = {by_mark[mark] for mark in marks if mark in by_mark} - found
        rows = [*rows, *(row for row in waiting if row.phone in returned)]
    return [
        WaitingContact(row.phone, row.profile_id, due, row.deferred_by)
        for row in rows
        if (due := as_time(row.due_at)) is not None
    ]


def _list_late_marks(connection: Connection, since: datetime, refused_since: datetime) -> list[str]:
    """The marks of people who were forgotten, were called after `since` or refused after `refused_since`."""
    marks = list_kept_marks(connection)
    if not marks:
        return []
    dialect = connection.dialect.name
    rows = run(
        connection,
        LATE_MARKS.replace("{v}", PHONES.source_sql(dialect)),
        {
            "since": since,
            "refused": refused_since,
            **PHONES.to_parameters(dialect, [(mark,) for mark in marks]),
        },
    )
    return [row.phone for row in rows]
