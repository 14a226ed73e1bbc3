"""Imports: taking one up, and adding a chunk of its rows with set-based statements on either database.

Every function works on a connection whose transaction the caller owns (`transaction.write`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from campaign_app.models.base import dump_json

from .call_order import find_first_due
from .contacts import IS_PUT_OFF_BY_RULES
from .sets import PG_TYPES, RowSet, locking_clause, raise_sqlalchemy_error, run, stored_json


@dataclass(slots=True)
class Job:
    """An import that a worker has for as long as `rows_done` and `heartbeat_at` stand as it wrote them."""

    id: int
    mode: str
    phase: str
    campaign_id: int | None
    filename: str
    stored_as: str
    size: int
    default_region: str | None
    dry_run: bool
    on_known: str
    reading: dict[str, Any] | None
    mapping: dict[str, Any] | None
    columns: list[dict[str, Any]] | None
    listing: dict[str, Any] | None
    reasons: dict[str, Any] | None
    created_by: str
    confirmed_by: str | None
    list_id: int | None
    accepted: int
    rows_done: int
    heartbeat_at: datetime


JOB = (
    "id, mode, phase, campaign_id, filename, stored_as, size, default_region, dry_run, on_known, reading, mapping, "
    '"columns", listing, reasons, created_by, confirmed_by, list_id, accepted, rows_done'
)


COUNT_OF_KIND = {
    "invalid": "rejected",
    "repeated": "repeated_in_file",
    "already": "already_in_campaign",
    "do-not-call": "do_not_call",
}


@dataclass(slots=True)
class Counts:
    """What became of a chunk's rows, or of the numbers of a do-not-call file's rows. `updated` of those already there
    were changed."""

    accepted: int = 0
    rejected: int = 0
    repeated_in_file: int = 0
    already_in_campaign: int = 0
    do_not_call: int = 0
    updated: int = 0

    def count(self, kind: str) -> None:
        """Count a row that is not added, by its kind (`rejected_rows.kind`)."""
        name = COUNT_OF_KIND[kind]
        setattr(self, name, getattr(self, name) + 1)

    @property
    def results(self) -> int:
        return (
            self.accepted
            + self.rejected
            + self.repeated_in_file
            + self.already_in_campaign
            + self.do_not_call
        )


# One file a campaign at a time, and its files one after the other: two that overlap could lock each other's new rows in
# opposite order, and the first file's row for a number is the one that counts.
WAITING = """FROM imports i WHERE (i.status = 'queued'
        OR (i.status = 'running' AND (i.heartbeat_at IS NULL OR i.heartbeat_at < :stale)))
      AND NOT EXISTS (SELECT 1 FROM imports o WHERE coalesce(o.campaign_id, 0) = coalesce(i.campaign_id, 0)
                      AND o.id <> i.id AND o.status = 'running' AND (o.heartbeat_at >= :stale OR o.id < i.id))"""


def waiting(connection: Connection, stale: datetime) -> bool:
    """Whether `take` would find one: a read, so that looking every second takes no write lock."""
    return run(connection, f"SELECT 1 {WAITING} LIMIT 1", {"stale": stale}).first() is not None


def take(connection: Connection, now: datetime, stale: datetime) -> Job | None:
    """Take up an import that is queued, or running with a heart that last beat before `stale`: of several the one of
    which the fewest rows are done, and of those the oldest. So a worker that lets a long one go (`let_go`) for others
    comes back to it, and they share its time."""
    row = run(
        connection,
        f"""UPDATE imports SET status = 'running', heartbeat_at = :now
            WHERE id = (SELECT i.id {WAITING} ORDER BY i.rows_done, i.id LIMIT 1
                        {locking_clause(connection, "FOR UPDATE SKIP LOCKED")})
            RETURNING {JOB}""",
        {"now": now, "stale": stale},
    ).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    for name in ("reading", "mapping", "columns", "listing", "reasons"):
        values[name] = stored_json(values[name])
    return Job(**{**values, "dry_run": bool(values["dry_run"])}, heartbeat_at=now)


def _held(job: Job) -> dict[str, Any]:
    return {"id": job.id, "done": job.rows_done, "beat": job.heartbeat_at}


HELD = "id = :id AND status = 'running' AND rows_done = :done AND heartbeat_at = :beat"


def beat(connection: Connection, job: Job, now: datetime) -> bool:
    """Say that the runner lives. False: another one has taken the import up, and this one must let it be."""
    done = run(connection, f"UPDATE imports SET heartbeat_at = :now WHERE {HELD}", {"now": now, **_held(job)})
    job.heartbeat_at = now
    return done.rowcount == 1


JSON_COLUMNS = frozenset(
    {"reading", "understanding", "columns", "questions", "mapping", "check_result", "reasons", "listing"}
)


def save(connection: Connection, job: Job, values: dict[str, Any]) -> bool:
    """Set columns of an import that the worker has. False: another one has taken it up."""
    dialect = connection.dialect.name
    sets = ", ".join(
        f'"{name}" = CAST(:{name} AS jsonb)'
        if name in JSON_COLUMNS and dialect != "sqlite"
        else f'"{name}" = :{name}'
        for name in values
    )
    bound = {
        name: dump_json(value) if name in JSON_COLUMNS and value is not None else value
        for name, value in values.items()
    }
    return run(connection, f"UPDATE imports SET {sets} WHERE {HELD}", {**bound, **_held(job)}).rowcount == 1


def advance(
    connection: Connection, job: Job, counts: Counts, *, rows: int, bytes_done: int, now: datetime
) -> bool:
    """Count a slice of rows, and keep the job's reasons and listing. False: another worker has the import, and the
    caller must roll the slice back."""
    is_sqlite = connection.dialect.name == "sqlite"
    reasons = ":reasons" if is_sqlite else "CAST(:reasons AS jsonb)"
    listing = "" if job.listing is None else ", listing = :listing"
    if listing and not is_sqlite:
        listing = ", listing = CAST(:listing AS jsonb)"
    done = run(
        connection,
        f"""UPDATE imports SET accepted = accepted + :accepted, rejected = rejected + :rejected,
              repeated_in_file = repeated_in_file + :repeated,
              already_in_campaign = already_in_campaign + :already, updated = updated + :updated,
              do_not_call = do_not_call + :listed, total = total + :results, rows_done = rows_done + :rows,
              bytes_done = :bytes, heartbeat_at = :now, reasons = {reasons}{listing} WHERE {HELD}""",
        {
            "accepted": counts.accepted,
            "rejected": counts.rejected,
            "repeated": counts.repeated_in_file,
            "already": counts.already_in_campaign,
            "updated": counts.updated,
            "listed": counts.do_not_call,
            "results": counts.results,
            "rows": rows,
            "bytes": bytes_done,
            "now": now,
            "reasons": dump_json(job.reasons or {}),
            **({"listing": dump_json(job.listing)} if listing else {}),
            **_held(job),
        },
    )
    return done.rowcount == 1


def let_go(connection: Connection, job: Job) -> None:
    """Leave the import for the next worker, at once."""
    run(connection, f"UPDATE imports SET heartbeat_at = NULL WHERE {HELD}", _held(job))


def finish(connection: Connection, job: Job, *, error: str | None, now: datetime) -> bool:
    """Mark the import completed, or failed with its error. False: it is not this worker's any more."""
    done = run(
        connection,
        f"""UPDATE imports SET status = :status, error = :error, finished_at = :now, heartbeat_at = :now,
              bytes_done = {"bytes_done" if error else "size"} WHERE {HELD}""",
        {"status": "failed" if error else "completed", "error": error, "now": now, **_held(job)},
    )
    return done.rowcount == 1


WITH_FILES = "('queued', 'running', 'needs_mapping', 'checked')"


def needed_files(connection: Connection) -> set[str]:
    """The stored files that are still needed."""
    rows = run(connection, f"SELECT stored_as FROM imports WHERE status IN {WITH_FILES}")
    return {row.stored_as for row in rows}


def campaign_status(connection: Connection, campaign_id: int, *, may_pause: bool = False) -> str | None:
    """The campaign's status, held until the chunk has committed; None if it is gone. With `may_pause` nobody else holds
    it meanwhile, so that the caller can change it."""
    lock = " FOR NO KEY UPDATE" if may_pause else " FOR SHARE"
    status: str | None = run(
        connection,
        "SELECT status FROM campaigns WHERE id = :id" + locking_clause(connection, lock),
        {"id": campaign_id},
    ).scalar_one_or_none()
    return status


def message_of(connection: Connection, campaign_id: int) -> dict[str, Any]:
    """The campaign's message as its column keeps it, in API shape."""
    row = run(connection, "SELECT message FROM campaigns WHERE id = :id", {"id": campaign_id}).one()
    message: dict[str, Any] = stored_json(row.message)
    return message


def dialable(
    connection: Connection, campaign_id: int | None, mode: str
) -> tuple[tuple[str, ...] | None, tuple[str, ...] | None]:
    """The countries (None: every one) and costly types of number that the trunk of the campaign may call. A
    do-not-call list takes every number there is: its types are None."""
    if mode == "do_not_call":
        return None, None
    row = run(
        connection,
        "SELECT t.countries, t.number_types FROM campaigns c JOIN trunks t ON t.id = c.trunk_id WHERE c.id = :id",
        {"id": campaign_id},
    ).one_or_none()
    if row is None:
        return None, ()
    countries, types = stored_json(row.countries), stored_json(row.number_types)
    return None if countries is None else tuple(countries), tuple(types or ())


PHONES = RowSet("v", phone="str")
LISTED = RowSet("v", phone="str", reason="str")


def _phones(connection: Connection, statement: str, campaign_id: int, phones: Iterable[str]) -> Sequence[Any]:
    dialect = connection.dialect.name
    return run(
        connection,
        statement.replace("{v}", PHONES.source_sql(dialect)),
        {"campaign": campaign_id, **PHONES.to_parameters(dialect, [(phone,) for phone in phones])},
    ).all()


def listed(connection: Connection, campaign_id: int, phones: Iterable[str]) -> set[str]:
    """Those of `phones` that are on the do-not-call list, for all campaigns or for this one."""
    rows = _phones(
        connection,
        """SELECT DISTINCT phone FROM do_not_call WHERE phone IN (SELECT v.phone FROM {v})
             AND (campaign_id IS NULL OR campaign_id = :campaign)""",
        campaign_id,
        phones,
    )
    return {row.phone for row in rows}


def listed_in(connection: Connection, campaign_id: int | None, phones: Iterable[str]) -> set[str]:
    """Those of `phones` that are on the do-not-call list of this campaign alone, or with None on the one for all."""
    dialect = connection.dialect.name
    rows = run(
        connection,
        f"""SELECT phone FROM do_not_call WHERE phone IN (SELECT v.phone FROM {PHONES.source_sql(dialect)})
            AND coalesce(campaign_id, 0) = :scope""",
        {"scope": campaign_id or 0, **PHONES.to_parameters(dialect, [(phone,) for phone in phones])},
    ).all()
    return {row.phone for row in rows}


def find_by_phone(connection: Connection, campaign_id: int, phones: Iterable[str]) -> dict[str, Any]:
    """Those of `phones` that the campaign has: {phone: row of phone, external_id, import_id, line}."""
    # IN, not JOIN: joined to its rows, SQLite scanned all contacts of the campaign even for none.
    rows = _phones(
        connection,
        """SELECT phone, external_id, import_id, line FROM contacts
           WHERE campaign_id = :campaign AND phone IN (SELECT v.phone FROM {v})""",
        campaign_id,
        phones,
    )
    return {row.phone: row for row in rows}


def find_by_external_id(
    connection: Connection, campaign_id: int, external_ids: Iterable[str]
) -> Sequence[Any]:
    """The campaign's contacts with any of `external_ids`: rows as `find_by_phone` has them."""
    return _phones(
        connection,
        """SELECT phone, external_id, import_id, line FROM contacts
           WHERE campaign_id = :campaign AND external_id IN (SELECT v.phone FROM {v})""",
        campaign_id,
        external_ids,
    )


FIELD_KINDS = {
    "phone": "str",
    "variables": "json",
    "line": "int",
    "second_numbers": "json",
    "extension": "str",
    "timezone": "str",
    "region": "str",
    "country": "str",
    "state": "str",
    "postal_code": "str",
    "language": "str",
    "external_id": "str",
    "consent": "json",
    "profile": "int",
}
"""What a file fills of `contacts`, and their kinds (RowSet)."""
STAGED = "import_rows"
"""PostgreSQL's temporary table of a chunk, filled by COPY: several times faster than a parameter of JSON."""


def stage(connection: Connection, fields: Sequence[str], encoded: Sequence[str]) -> dict[str, Any]:
    """Hand a chunk's encoded contacts to the database; the parameters by which `source` finds them."""
    if connection.dialect.name == "sqlite":
        return {"v": f"[{','.join(encoded)}]"}
    columns = ", ".join(f"{name} {PG_TYPES[FIELD_KINDS[name]]}" for name in fields)
    run(connection, f"DROP TABLE IF EXISTS {STAGED}")
    run(connection, f"CREATE TEMPORARY TABLE {STAGED} ({columns}) ON COMMIT DROP")
    driver: Any = connection.connection.driver_connection
    statement = f"COPY {STAGED} ({', '.join(fields)}) FROM STDIN"
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            copy.write("".join(encoded))
    except BaseException as error:
        raise_sqlalchemy_error(error, connection, statement)
    return {}


def _staged(connection: Connection, fields: Sequence[str]) -> str:
    """What stands in FROM for the chunk that was staged, as `v`."""
    if connection.dialect.name == "sqlite":
        return RowSet("v", **{name: FIELD_KINDS[name] for name in fields}).source_sql("sqlite")
    return f"{STAGED} AS v"


PROFILE_ID = {
    "sqlite": "json_extract(:profiles, '$[' || v.profile || ']')",
    "postgresql": "CAST(CAST(:profiles AS jsonb) ->> CAST(v.profile AS integer) AS bigint)",
}
PLACE_FIELDS = frozenset({"timezone", "country", "state", "postal_code"})
"""What of a row decides about its contact's profile, beside the number."""


def insert_contacts(
    connection: Connection,
    job: Job,
    fields: Sequence[str],
    encoded: Sequence[str],
    profile_ids: Sequence[int],
    now: datetime,
) -> set[str]:
    """Add encoded contacts (`fields` in order) as pending ones, due at once, and count them; but for those on the
    do-not-call list. A row's `profile` is its place in `profile_ids`. Returns the phones that are new.
    """
    if not encoded:
        return set()
    parameters = stage(connection, fields, encoded)
    columns = [name for name in fields if name != "profile"]
    names = ", ".join(columns)
    values = ", ".join(f"v.{name}" for name in columns)
    order = "" if connection.dialect.name == "sqlite" else " ORDER BY v.line"
    first_due = find_first_due(connection, job.campaign_id or 0, now, job.id)
    inserted = run(
        connection,
        f"""INSERT INTO contacts
              (campaign_id, status, due_at, attempts_made, tries, import_id, created_at, profile_id, {names})
            SELECT :campaign, 'pending', {first_due.sql}, 0, 0, :import, :now,
              {PROFILE_ID[connection.dialect.name]}, {values}
            FROM {_staged(connection, fields)}
            WHERE NOT EXISTS (SELECT 1 FROM do_not_call d WHERE d.phone = v.phone
                              AND (d.campaign_id IS NULL OR d.campaign_id = :campaign)){order}
            ON CONFLICT (campaign_id, phone) DO NOTHING RETURNING phone""",
        {
            "campaign": job.campaign_id,
            "import": job.id,
            "now": now,
            "profiles": dump_json(list(profile_ids)),
            **first_due.parameters,
            **parameters,
        },
    )
    new = set(inserted.scalars())
    run(
        connection,
        """UPDATE campaign_counters SET contacts_pending = contacts_pending + :added
           WHERE campaign_id = :campaign""",
        {"added": len(new), "campaign": job.campaign_id},
    )
    return new


def update_contacts(
    connection: Connection, campaign_id: int, fields: Sequence[str], encoded: Sequence[str], by: str
) -> set[str]:
    """Bring contacts that are there up to date: each variable of a row replaces the contact's, the others stay.

    `by` is `phone` or `external_id`. Neither the number nor anything that its calls decide is touched. Returns the
    values of `by` that were found.
    """
    if not encoded:
        return set()
    parameters = stage(connection, fields, encoded)
    merged = (
        "json_patch(contacts.variables, v.variables)"
        if connection.dialect.name == "sqlite"
        else "contacts.variables || v.variables"
    )
    others = [name for name in fields if name not in ("phone", "variables", "line", "profile", by)]
    sets = ", ".join(
        [f"variables = {merged}", *(f"{name} = coalesce(v.{name}, contacts.{name})" for name in others)]
    )
    rows = run(
        connection,
        f"""UPDATE contacts SET {sets} FROM {_staged(connection, fields)}
            WHERE contacts.campaign_id = :campaign AND contacts.{by} = v.{by} RETURNING contacts.{by} AS found""",
        {"campaign": campaign_id, **parameters},
    ).all()
    return {row.found for row in rows}


def list_places(connection: Connection, campaign_id: int, by: str, values: Iterable[str]) -> Sequence[Any]:
    """What is known of where contacts are: rows of id, phone, timezone, country, state, postal_code, line_type,
    consent. `by` is `phone` or `external_id`."""
    return _phones(
        connection,
        f"""SELECT id, phone, timezone, country, state, postal_code, line_type, consent FROM contacts
            WHERE campaign_id = :campaign AND {by} IN (SELECT v.phone FROM {{v}})""",
        campaign_id,
        values,
    )


NEW_PROFILES = RowSet("v", id="int", profile="int")


def set_profiles(connection: Connection, rows: Sequence[tuple[int, int]], now: datetime) -> None:
    """Give contacts other profiles, (contact, profile). Those whom the former one put off are due again."""
    dialect = connection.dialect.name
    run(
        connection,
        f"""UPDATE contacts SET profile_id = v.profile,
              due_at = CASE WHEN {IS_PUT_OFF_BY_RULES} THEN :now ELSE due_at END,
              deferred_by = CASE WHEN {IS_PUT_OFF_BY_RULES} THEN NULL ELSE deferred_by END
            FROM {NEW_PROFILES.source_sql(dialect)}
            WHERE contacts.id = v.id AND contacts.profile_id <> v.profile""",
        {"now": now, **NEW_PROFILES.to_parameters(dialect, rows)},
    )


def insert_listed(
    connection: Connection, job: Job, phones: Sequence[str], reasons: Mapping[str, str], now: datetime
) -> tuple[set[str], dict[str, int | None]]:
    """Put numbers on the do-not-call list, with the file's source, reason and day; `reasons` {number: its own} go
    before the file's. Returns those that are new, and of the others the import by which each came onto it."""
    if not phones:
        return set(), {}
    dialect = connection.dialect.name
    listing = job.listing or {}
    parameters = LISTED.to_parameters(dialect, [(phone, reasons.get(phone)) for phone in phones])
    day = ":day" if dialect == "sqlite" else "CAST(:day AS date)"
    inserted = run(
        connection,
        f"""INSERT INTO do_not_call (phone, campaign_id, source, reason, listed_on, import_id, added_by, created_at)
            SELECT v.phone, :campaign, :source, coalesce(v.reason, :reason), {day}, :import, :by, :now
            FROM {LISTED.source_sql(dialect)} WHERE true ON CONFLICT DO NOTHING RETURNING phone""",
        {
            "campaign": job.campaign_id,
            "source": listing.get("source") or "import",
            "reason": listing.get("reason"),
            "day": listing.get("date"),
            "import": job.id,
            "by": job.created_by,
            "now": now,
            **parameters,
        },
    ).all()
    new = {row.phone for row in inserted}
    rest = [phone for phone in phones if phone not in new]
    known: dict[str, int | None] = {}
    if rest:
        found = run(
            connection,
            f"""SELECT phone, import_id FROM do_not_call
                WHERE phone IN (SELECT v.phone FROM {PHONES.source_sql(dialect)})
                AND coalesce(campaign_id, 0) = :scope""",
            {"scope": job.campaign_id or 0, **PHONES.to_parameters(dialect, [(phone,) for phone in rest])},
        ).all()
        known = {row.phone: row.import_id for row in found}
    return new, known


def list_flagged(connection: Connection, job: Job, phones: Sequence[str], now: datetime) -> None:
    """Put numbers that a campaign's file says must not be called on the do-not-call list, for that campaign alone;
    but for those that are on it, or on the one for all campaigns."""
    dialect = connection.dialect.name
    run(
        connection,
        f"""INSERT INTO do_not_call (phone, campaign_id, source, reason, import_id, added_by, created_at)
            SELECT v.phone, :campaign, 'import', :reason, :import, :by, :now
            FROM {PHONES.source_sql(dialect)}
            WHERE NOT EXISTS (SELECT 1 FROM do_not_call d WHERE d.phone = v.phone AND d.campaign_id IS NULL)
            ON CONFLICT DO NOTHING""",
        {
            "campaign": job.campaign_id,
            "reason": f"marked in the file {job.filename}"[:500],
            "import": job.id,
            "by": job.created_by,
            "now": now,
            **PHONES.to_parameters(dialect, [(phone,) for phone in phones]),
        },
    )


REFUSED = RowSet("v", line="int", kind="str", code="str", reason="str", cells="json")


MOST_REFUSALS = 100_000


def insert_refusals(
    connection: Connection,
    import_id: int,
    rows: Sequence[tuple[int, str, str, str, list[str]]],
    so_far: int = 0,
) -> None:
    """Keep (line, kind, code, reason, cells) of the rows that were not added, of an import MOST_REFUSALS at the most:
    a file of nothing but broken rows would fill the disk. All are counted; `so_far` were before these."""
    rows = rows[: max(MOST_REFUSALS - so_far, 0)]
    if not rows:
        return
    dialect = connection.dialect.name
    encoded = [(line, kind, code, reason, dump_json(cells)) for line, kind, code, reason, cells in rows]
    run(
        connection,
        f"""INSERT INTO rejected_rows (import_id, line, kind, code, reason, cells)
            SELECT :import, v.line, v.kind, v.code, v.reason, v.cells FROM {REFUSED.source_sql(dialect)}""",
        {"import": import_id, **REFUSED.to_parameters(dialect, encoded)},
    )


def remove_listed(connection: Connection, import_id: int, now: datetime, by: str) -> int:
    """Take a do-not-call file's entries off the list, keeping each among the removals. Returns how many."""
    run(
        connection,
        """INSERT INTO do_not_call_removals (phone, campaign_id, source, reason, listed_on, added_by, created_at,
             removed_at, removed_by, removal_reason, unsuppressed)
           SELECT phone, campaign_id, source, reason, listed_on, added_by, created_at, :now, :by,
             'its file was taken back', 0 FROM do_not_call WHERE import_id = :import""",
        {"import": import_id, "now": now, "by": by},
    )
    return run(
        connection, "DELETE FROM do_not_call WHERE import_id = :import", {"import": import_id}
    ).rowcount


def remove_undialed(connection: Connection, import_id: int, campaign_id: int) -> int:
    """Remove the import's contacts that nobody has tried to call, and count them off. Returns how many.

    By campaign, which the unique index serves: an index on `import_id` would cost every insert and be used
    only here.
    """
    removed = run(
        connection,
        """DELETE FROM contacts WHERE campaign_id = :campaign AND import_id = :import
             AND status = 'pending' AND attempts_made = 0""",
        {"campaign": campaign_id, "import": import_id},
    ).rowcount
    run(
        connection,
        """UPDATE campaign_counters SET contacts_pending = contacts_pending - :removed
           WHERE campaign_id = :campaign""",
        {"removed": removed, "campaign": campaign_id},
    )
    return removed
