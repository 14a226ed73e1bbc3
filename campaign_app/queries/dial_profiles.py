"""Dial profile queries: the rows of profiles and rulebooks, and which profiles the queue of a campaign has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection

from campaign_app.domain.contact import DeferredBy
from campaign_app.models.base import dump_json

from .forgotten import MARKS_KEPT, make_marks
from .fragments import ANSWERED
from .sets import RowSet, as_time, run, stored_json

PROFILES = RowSet("v", key="str", body="json")
KEYS = RowSet("v", key="str")
IDS = RowSet("v", id="int")


class QueueProfile(NamedTuple):
    """A profile of which contacts wait in a campaign."""

    profile_id: int
    first_due: datetime
    """When the first of them is due: not before."""


def find_or_add_profiles(
    connection: Connection, bodies: Mapping[str, Mapping[str, Any]], now: datetime
) -> dict[str, int]:
    """{key: id} of profiles, {key: body} (DialProfile.key and to_json); those that are new are added."""
    if not bodies:
        return {}
    found = _find_profiles(connection, bodies)
    missing = sorted(bodies.keys() - found.keys())
    if missing:
        dialect = connection.dialect.name
        run(
            connection,
            f"""INSERT INTO dial_profiles (key, body, created_at)
                SELECT v.key, v.body, :now FROM {PROFILES.source_sql(dialect)} WHERE true
                ON CONFLICT (key) DO NOTHING""",
            {
                "now": now,
                **PROFILES.to_parameters(dialect, [(key, dump_json(dict(bodies[key]))) for key in missing]),
            },
        )
        found |= _find_profiles(connection, missing)
    return found


def _find_profiles(connection: Connection, keys: Iterable[str]) -> dict[str, int]:
    dialect = connection.dialect.name
    rows = run(
        connection,
        f"SELECT id, key FROM dial_profiles WHERE key IN (SELECT v.key FROM {KEYS.source_sql(dialect)})",
        KEYS.to_parameters(dialect, [(key,) for key in keys]),
    )
    return {row.key: row.id for row in rows}


def load_profile_bodies(connection: Connection, profile_ids: Iterable[int]) -> dict[int, Any]:
    """{id: body} of stored profiles."""
    return _load_bodies(connection, "dial_profiles", profile_ids)


def load_rulebook_bodies(connection: Connection, rulebook_ids: Iterable[int]) -> dict[int, Any]:
    """{id: body} of stored rulebooks."""
    return _load_bodies(connection, "rulebooks", rulebook_ids)


def _load_bodies(connection: Connection, table: str, ids: Iterable[int]) -> dict[int, Any]:
    dialect = connection.dialect.name
    rows = run(
        connection,
        f"SELECT id, body FROM {table} WHERE id IN (SELECT v.id FROM {IDS.source_sql(dialect)})",
        IDS.to_parameters(dialect, [(each,) for each in ids]),
    )
    return {row.id: stored_json(row.body) for row in rows}


# A scan of the claim index that jumps from profile to profile: a few pages for each, however many contacts wait.
LIST_QUEUE_PROFILES = """WITH RECURSIVE found(profile_id) AS (
      SELECT min(profile_id) FROM contacts WHERE campaign_id = :campaign AND due_at IS NOT NULL
      UNION ALL
      SELECT (SELECT min(c.profile_id) FROM contacts c WHERE c.campaign_id = :campaign AND c.due_at IS NOT NULL
                AND c.profile_id > found.profile_id)
      FROM found WHERE found.profile_id IS NOT NULL)
    SELECT f.profile_id, (SELECT min(c.due_at) FROM contacts c WHERE c.campaign_id = :campaign
        AND c.profile_id = f.profile_id AND c.due_at IS NOT NULL) AS first_due
    FROM found f WHERE f.profile_id IS NOT NULL"""


def list_queue_profiles(connection: Connection, campaign_id: int) -> list[QueueProfile]:
    """The profiles of those who wait in a campaign."""
    rows = run(connection, LIST_QUEUE_PROFILES, {"campaign": campaign_id}).all()
    return [
        QueueProfile(row.profile_id, first_due)
        for row in rows
        if (first_due := as_time(row.first_due)) is not None
    ]


class ProfileCount(NamedTuple):
    """How many of a profile wait in a campaign, each counted no further than it was asked for. The times are of those
    who were not put off without a call (DeferredCount)."""

    profile_id: int
    due: int
    later: int
    first_later: datetime | None
    last_later: datetime | None
    overdue: int = 0
    """Retries among those that are due, for OVERDUE_AFTER at least, counted no further than that either."""
    overdue_since: datetime | None = None


class DeferredCount(NamedTuple):
    """How many of a profile had their turn and were put off without a call; they are due later."""

    profile_id: int
    deferred_by: DeferredBy
    contacts: int
    first: datetime
    last: datetime


OVERDUE_AFTER = timedelta(minutes=1)
"""A retry that is due for so long waits for something: lines, as a rule."""
QUEUED = (
    "FROM contacts c WHERE c.campaign_id = {campaign} AND c.profile_id = {profile} AND c.due_at IS NOT NULL"
)
OF_PROFILE = QUEUED.format(campaign="v.campaign", profile="v.profile")
RETRIES = OF_PROFILE.replace("contacts c", "contacts c{index}") + " AND c.tries > 0"
PROFILE_QUEUES = RowSet("v", campaign="int", profile="int")
LIST_PROFILE_QUEUES = """WITH RECURSIVE found(campaign, profile) AS (
      SELECT v.id, (SELECT min(c.profile_id) FROM contacts c WHERE c.campaign_id = v.id AND c.due_at IS NOT NULL)
      FROM {v}
      UNION ALL
      SELECT f.campaign, (SELECT min(c.profile_id) FROM contacts c WHERE c.campaign_id = f.campaign
          AND c.due_at IS NOT NULL AND c.profile_id > f.profile)
      FROM found f WHERE f.profile IS NOT NULL)
    SELECT campaign, profile FROM found WHERE profile IS NOT NULL"""
COUNT_QUEUES = f"""SELECT v.campaign, v.profile,
      (SELECT count(*) FROM (SELECT 1 {OF_PROFILE} AND c.due_at <= :now LIMIT :most) AS d) AS due,
      (SELECT count(*) FROM (SELECT 1 {OF_PROFILE} AND c.due_at > :now LIMIT :most) AS l) AS later,
      (SELECT c.due_at {OF_PROFILE} AND c.due_at > :now AND c.deferred_by IS NULL
        ORDER BY c.due_at, c.id LIMIT 1) AS first_later,
      (SELECT c.due_at {OF_PROFILE} AND c.due_at > :now AND c.deferred_by IS NULL
        ORDER BY c.due_at DESC, c.id DESC LIMIT 1) AS last_later,
      (SELECT count(*) FROM (SELECT 1 {RETRIES} AND c.due_at <= :late LIMIT :most_overdue) AS r) AS overdue,
      (SELECT c.due_at {RETRIES} AND c.due_at <= :late ORDER BY c.due_at, c.id LIMIT 1) AS overdue_since
    FROM {{v}}"""


def count_queues_by_profile(
    connection: Connection, campaign_ids: Sequence[int], now: datetime, *, most: int, most_overdue: int
) -> dict[int, list[ProfileCount]]:
    """Those who wait in each campaign, by profile: range scans of the claim index. The overdue are counted to
    `most_overdue`."""
    dialect = connection.dialect.name
    queues = run(
        connection,
        IDS.put_in(LIST_PROFILE_QUEUES, dialect),
        IDS.to_parameters(dialect, [(each,) for each in campaign_ids]),
    ).all()
    found: dict[int, list[ProfileCount]] = {campaign_id: [] for campaign_id in campaign_ids}
    if not queues:
        return found
    # SQLite would look at everybody who is due for the few who are tried again (queries/claim.py).
    index = " INDEXED BY ix_contacts_retries" if dialect == "sqlite" else ""
    rows = run(
        connection,
        COUNT_QUEUES.replace("{index}", index).replace("{v}", PROFILE_QUEUES.source_sql(dialect)),
        {
            "now": now,
            "late": now - OVERDUE_AFTER,
            "most": most,
            "most_overdue": most_overdue,
            **PROFILE_QUEUES.to_parameters(dialect, [tuple(queue) for queue in queues]),
        },
    )
    for row in rows:
        found[row.campaign].append(
            ProfileCount(
                row.profile,
                row.due,
                row.later,
                as_time(row.first_later),
                as_time(row.last_later),
                row.overdue,
                as_time(row.overdue_since),
            )
        )
    return found


OF_CAMPAIGN = QUEUED.format(campaign=":campaign", profile="{profile}")
COUNT_WAITING = f"(SELECT count(*) FROM (SELECT 1 {OF_CAMPAIGN} LIMIT :most) AS w)"


def count_waiting_to(
    connection: Connection, campaign_id: int, profile_ids: Sequence[int], most: int
) -> dict[int, int]:
    """{profile: how many wait in the campaign, counted to `most` each}: range scans of the claim index."""
    if not profile_ids:
        return {}
    bound = {"campaign": campaign_id, "most": most}
    dialect = connection.dialect.name
    if dialect == "sqlite":
        statement = f"SELECT {COUNT_WAITING.replace('{profile}', ':profile')}"
        return {
            each: run(connection, statement, {**bound, "profile": each}).scalar_one() for each in profile_ids
        }
    statement = (
        f"SELECT v.id, {COUNT_WAITING.replace('{profile}', 'v.id')} AS n FROM {IDS.source_sql(dialect)}"
    )
    ids = IDS.to_parameters(dialect, [(each,) for each in profile_ids])
    return {row.id: row.n for row in run(connection, statement, {**bound, **ids})}


LONG_QUEUES = RowSet("v", campaign="int", profile="int", later="bool")
COUNT_LONG_QUEUES = f"""SELECT v.campaign, v.profile, v.later,
      CASE WHEN v.later THEN (SELECT count(*) {OF_PROFILE} AND c.due_at > :now)
        ELSE (SELECT count(*) {OF_PROFILE} AND c.due_at <= :now) END AS n
    FROM {{v}}"""


def count_long_queues(
    connection: Connection, queues: Sequence[tuple[int, int, bool]], now: datetime
) -> dict[tuple[int, int, bool], int]:
    """All who are due, or due later, of (campaign, profile, later): range scans of the claim index, however long they
    are."""
    if not queues:
        return {}
    dialect = connection.dialect.name
    rows = run(
        connection,
        LONG_QUEUES.put_in(COUNT_LONG_QUEUES, dialect),
        {"now": now, **LONG_QUEUES.to_parameters(dialect, queues)},
    )
    return {(row.campaign, row.profile, bool(row.later)): row.n for row in rows}


COUNT_DEFERRED = """SELECT c.campaign_id, c.profile_id, c.deferred_by, count(*) AS n, min(c.due_at) AS first,
      max(c.due_at) AS last
    FROM contacts c
    WHERE c.campaign_id {among} AND c.deferred_by IS NOT NULL AND c.due_at IS NOT NULL AND c.due_at > :now
    GROUP BY c.campaign_id, c.profile_id, c.deferred_by
    ORDER BY c.campaign_id, c.profile_id, c.deferred_by"""


def count_deferred(
    connection: Connection, campaign_ids: Sequence[int], now: datetime
) -> dict[int, list[DeferredCount]]:
    """Those who were put off without a call, by campaign, read off an index that has nobody else."""
    dialect = connection.dialect.name
    ids = f"(SELECT v.id FROM {IDS.source_sql(dialect)})"
    # As a join PostgreSQL would read those of all campaigns.
    among = f"IN {ids}" if dialect == "sqlite" else f"= ANY (ARRAY {ids})"
    rows = run(
        connection,
        COUNT_DEFERRED.replace("{among}", among),
        {"now": now, **IDS.to_parameters(dialect, [(each,) for each in campaign_ids])},
    )
    found: dict[int, list[DeferredCount]] = {campaign_id: [] for campaign_id in campaign_ids}
    for row in rows:
        first, last = as_time(row.first), as_time(row.last)
        if first is not None and last is not None:
            found[row.campaign_id].append(
                DeferredCount(row.profile_id, DeferredBy(row.deferred_by), row.n, first, last)
            )
    return found


HISTORY = f"""SELECT b.phone, coalesce(b.dialing_at, b.placed_at) AS at, b.campaign_id, b.rulebook_id,
      {ANSWERED} AS answered
    FROM attempts b WHERE b.phone IN (SELECT v.phone FROM {{v}})
      AND coalesce(b.dialing_at, b.placed_at) > :since AND b.status <> 'released'
      AND NOT (b.test AND b.rulebook_id IS NULL)
    UNION ALL SELECT '', NULL, NULL, NULL, false WHERE {MARKS_KEPT}"""
"""A row without a number says that calls of people who were forgotten are kept: then their marks are asked for too."""
PHONES = RowSet("v", phone="str")


class PlacedCallRow(NamedTuple):
    """An earlier call, as caps look at it."""

    phone: str
    at: datetime
    campaign_id: int | None
    rulebook_id: int | None
    answered: bool
    """Whether a person may have answered it; in doubt yes."""


def list_placed_calls(connection: Connection, phones: Sequence[str], since: datetime) -> list[PlacedCallRow]:
    """The calls that were placed to these numbers after `since`, over all campaigns; but for test calls to numbers that
    their owners have confirmed. In doubt counts as placed. Calls of before the person was forgotten count too, as long
    as they are kept: raises ForgetKeyMissing where there are some that cannot be told apart."""
    return [
        PlacedCallRow(phone, at, row.campaign_id, row.rulebook_id, bool(row.answered))
        for phone, row in _read_of_numbers(connection, HISTORY, phones, since)
        if (at := as_time(row.at)) is not None
    ]


def _read_of_numbers(
    connection: Connection, statement: str, phones: Sequence[str], since: datetime
) -> list[tuple[str, Any]]:
    """(number, row) of a statement that ends with `MARKS_KEPT`, those under the numbers' marks included."""
    statement = PHONES.put_in(statement, connection.dialect.name)

    def read(keys: Iterable[str]) -> Sequence[Any]:
        parameters = PHONES.to_parameters(connection.dialect.name, [(key,) for key in keys])
        return run(connection, statement, {"since": since, **parameters}).all()

    rows = read(phones)
    found = [(row.phone, row) for row in rows if row.phone]
    if len(found) < len(rows):
        marks = make_marks(connection, phones)
        found += [(marks[row.phone], row) for row in read(marks) if row.phone]
    return found


REFUSALS = f"""SELECT phone, created_at AS at FROM do_not_call
      WHERE phone IN (SELECT v.phone FROM {{v}}) AND created_at > :since
    UNION ALL SELECT phone, created_at FROM do_not_call_removals
      WHERE phone IN (SELECT v.phone FROM {{v}}) AND created_at > :since
    UNION ALL SELECT '', NULL WHERE {MARKS_KEPT}"""


def list_refusals(
    connection: Connection, phones: Sequence[str], since: datetime
) -> dict[str, list[datetime]]:
    """{number: when it came onto a do-not-call list after `since`}, also where it was taken off again, and
    where the person was forgotten since. Raises ForgetKeyMissing."""
    found: dict[str, list[datetime]] = {}
    for phone, row in _read_of_numbers(connection, REFUSALS, phones, since):
        at = as_time(row.at)
        if at is not None:
            found.setdefault(phone, []).append(at)
    return found
