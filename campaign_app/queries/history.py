"""History queries: calls, do-not-call entries, rulebooks and decisions as they stood at a past instant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from campaign_app.domain.lists import ListKind, ListRule, OnStale
from campaign_app.models.audit import IS_DECISION

from .fragments import ANSWERED
from .lists import as_day
from .sets import RowSet, as_time, run, stored_json

IDS = RowSet("v", id="int")


class ListedSpan(NamedTuple):
    """A time during which a number was on the do-not-call list: [listed_at, removed_at)."""

    campaign_id: int | None
    """None: for all campaigns."""
    source: str
    reason: str | None
    added_by: str
    listed_at: datetime
    removed_at: datetime | None
    removed_by: str | None
    removal_reason: str | None

    def holds(self, campaign_id: int | None, at: datetime) -> bool:
        """Whether it kept a campaign (None: a single call) from calling at `at`."""
        applies = self.campaign_id is None or self.campaign_id == campaign_id
        return applies and self.listed_at < at and (self.removed_at is None or at < self.removed_at)


LISTED_SPANS = """SELECT campaign_id, source, reason, added_by, created_at, NULL AS removed_at, NULL AS removed_by,
      NULL AS removal_reason FROM do_not_call WHERE phone IN (:phone, :mark)
    UNION ALL
    SELECT campaign_id, source, reason, added_by, created_at, removed_at, removed_by, removal_reason
      FROM do_not_call_removals WHERE phone IN (:phone, :mark)
    ORDER BY created_at"""


def list_listed_spans(connection: Connection, phone: str, mark: str | None = None) -> list[ListedSpan]:
    """When a number (E.164) was listed, the entries that were removed since too; the oldest first. `mark`: under which
    those of before the person was forgotten are kept."""
    return [
        ListedSpan(
            row.campaign_id,
            row.source,
            row.reason,
            row.added_by,
            listed_at,
            as_time(row.removed_at),
            row.removed_by,
            row.removal_reason,
        )
        for row in run(connection, LISTED_SPANS, {"phone": phone, "mark": mark or phone})
        if (listed_at := as_time(row.created_at)) is not None
    ]


class PastCall(NamedTuple):
    """A call that was placed, as caps look at it."""

    id: int
    at: datetime
    """When it was permitted."""
    campaign_id: int | None
    rulebook_id: int | None
    answered: bool


PAST_CALLS = f"""SELECT id, coalesce(dialing_at, placed_at) AS at, campaign_id, rulebook_id,
      {ANSWERED} AS answered FROM attempts
    WHERE phone IN (:phone, :mark) AND status <> 'released' AND NOT (test AND rulebook_id IS NULL)
      AND coalesce(dialing_at, placed_at) IS NOT NULL ORDER BY at, id"""


def list_past_calls(connection: Connection, phone: str, mark: str | None = None) -> list[PastCall]:
    """Every call that was placed to a number, over all campaigns, the oldest first; those that caps count. `mark`:
    under which those of before the person was forgotten are kept."""
    return [
        PastCall(row.id, at, row.campaign_id, row.rulebook_id, bool(row.answered))
        for row in run(connection, PAST_CALLS, {"phone": phone, "mark": mark or phone})
        if (at := as_time(row.at)) is not None
    ]


class StoredRulebook(NamedTuple):
    """A row of rulebooks."""

    id: int
    campaign_id: int | None
    body: Any
    sha256: str
    made_at: datetime
    made_by: str


RULEBOOK_COLUMNS = "id, campaign_id, body, sha256, made_at, made_by"


def load_rulebooks(connection: Connection, rulebook_ids: Iterable[int]) -> dict[int, StoredRulebook]:
    """{id: row}; those that are gone are absent."""
    dialect = connection.dialect.name
    rows = run(
        connection,
        f"SELECT {RULEBOOK_COLUMNS} FROM rulebooks WHERE id IN (SELECT v.id FROM {IDS.source_sql(dialect)})",
        IDS.to_parameters(dialect, [(each,) for each in rulebook_ids]),
    )
    return {row.id: _read_rulebook(row) for row in rows}


def find_rulebook_at(connection: Connection, campaign_id: int, at: datetime) -> StoredRulebook | None:
    """The rulebook by which a campaign went at `at`; None where none is kept of that time."""
    row = run(
        connection,
        f"""SELECT {RULEBOOK_COLUMNS} FROM rulebooks WHERE campaign_id = :campaign AND made_at <= :at
            ORDER BY id DESC LIMIT 1""",
        {"campaign": campaign_id, "at": at},
    ).one_or_none()
    return None if row is None else _read_rulebook(row)


def _read_rulebook(row: Any) -> StoredRulebook:
    made_at = as_time(row.made_at)
    assert made_at is not None
    return StoredRulebook(row.id, row.campaign_id, stored_json(row.body), row.sha256, made_at, row.made_by)


class Decision(NamedTuple):
    """A row of the audit trail."""

    at: datetime
    actor: str
    action: str
    detail: Any


def list_decisions(connection: Connection, object_type: str, object_id: int) -> list[Decision]:
    """What was decided about a campaign or a trunk, the oldest first, as far as the audit trail is kept; not who was
    added to it."""
    # Without statistics SQLite might as well take the index of all that happened to it.
    by_index = "INDEXED BY ix_audit_decisions" if connection.dialect.name == "sqlite" else ""
    rows = run(
        connection,
        f"""SELECT at, actor, action, detail FROM audit {by_index} WHERE object_type = :type AND object_id = :id
            AND {IS_DECISION} ORDER BY id""",
        {"type": object_type, "id": str(object_id)},
    )
    return [
        Decision(at, row.actor, row.action, stored_json(row.detail))
        for row in rows
        if (at := as_time(row.at)) is not None
    ]


FIRST_RECORD = """SELECT min(at) AS at FROM (
      SELECT min(created_at) AS at FROM trunks
      UNION ALL SELECT min(created_at) FROM users
      UNION ALL SELECT min(created_at) FROM campaigns
      UNION ALL SELECT (SELECT at FROM audit ORDER BY id LIMIT 1)) AS firsts"""


def find_first_record(connection: Connection) -> datetime | None:
    """Since when this installation knows anything."""
    return as_time(run(connection, FIRST_RECORD).scalar_one())


def may_have_changed(connection: Connection, campaign_id: int, after: datetime) -> bool:
    """Whether an upload that updates known contacts came to a campaign after `after`: it may have changed what is known
    of where a person is."""
    found = run(
        connection,
        """SELECT 1 FROM imports WHERE campaign_id = :campaign AND on_known = 'update'
             AND (finished_at IS NULL OR finished_at > :after) LIMIT 1""",
        {"campaign": campaign_id, "after": after},
    ).one_or_none()
    return found is not None


class PastVersion(NamedTuple):
    """A version of a list that was in force at an instant."""

    id: int
    list_id: int
    as_of: date
    numbers: int
    in_force_at: datetime
    has_numbers: bool
    """Whether its numbers are still there: those of a version that was replaced leave in the end."""


VERSION_COLUMNS = "id, list_id, as_of, numbers, state, in_force_at"


def list_versions_at(connection: Connection, at: datetime) -> list[PastVersion]:
    """The versions of lists that were in force at `at`, also of lists that were deleted since."""
    rows = run(
        connection,
        f"""SELECT {VERSION_COLUMNS} FROM list_versions
           WHERE in_force_at <= :at AND (replaced_at IS NULL OR replaced_at > :at) ORDER BY list_id""",
        {"at": at},
    )
    return [_read_version(row) for row in rows]


def list_present_versions(connection: Connection) -> list[PastVersion]:
    """The versions that are in force now, whose numbers are all there."""
    rows = run(
        connection, f"SELECT {VERSION_COLUMNS} FROM list_versions WHERE state = 'current' ORDER BY list_id"
    )
    return [_read_version(row) for row in rows]


def _read_version(row: Any) -> PastVersion:
    as_of, in_force_at = as_day(row.as_of), as_time(row.in_force_at)
    assert as_of is not None
    assert in_force_at is not None
    return PastVersion(row.id, row.list_id, as_of, row.numbers or 0, in_force_at, row.state == "current")


LIST_FIELDS = ("name", "kind", "countries", "purposes", "max_age_days", "on_stale")


def find_list_rule(connection: Connection, version: PastVersion, at: datetime) -> ListRule | None:
    """The list of a version as it was decided about until `at`, by the audit trail; None where nothing is kept of
    it."""
    row = run(
        connection, f"SELECT {', '.join(LIST_FIELDS)} FROM lists WHERE id = :id", {"id": version.list_id}
    ).one_or_none()
    spec: dict[str, Any] | None = None
    if row is not None:
        spec = {name: getattr(row, name) for name in LIST_FIELDS}
        spec |= {name: stored_json(spec[name]) for name in ("countries", "purposes")}
    for decision in list_decisions(connection, "list", version.list_id):
        if decision.at > at:
            break
        if decision.action == "list.add":
            spec = {name: decision.detail.get(name) for name in LIST_FIELDS}
        elif decision.action == "list.edit" and spec is not None:
            spec |= {name: value for name, value in decision.detail["after"].items() if name in LIST_FIELDS}
    if spec is None:
        return None
    countries, purposes = spec["countries"], spec["purposes"]
    return ListRule(
        version.list_id,
        spec["name"] or f"list {version.list_id}",
        ListKind(spec["kind"]),
        None if countries is None else frozenset(countries),
        None if purposes is None else frozenset(purposes),
        spec["max_age_days"],
        OnStale(spec["on_stale"]),
        version.as_of,
        version.id,
        version.numbers,
    )
