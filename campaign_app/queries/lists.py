"""List queries: who is on which list, loading a version, its swap, and taking contacts out of the queue or giving them
back.

Every function works on a connection whose transaction the caller owns (`transaction.write`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from campaign_app.domain.contact import ContactStatus, check_transition
from campaign_app.domain.lists import ListKind, ListRule, OnStale, VersionState, number_key
from campaign_app.models import ListVersion, NumberList

from .counters import count_moved_contacts
from .fragments import number_is_listed
from .sets import RowSet, run, stored_json

LISTS_LOCK = 7_466_254
"""The advisory lock that permits share, and that whoever changes a list has alone."""


HOLD_LISTS = f"SELECT pg_advisory_xact_lock_shared({LISTS_LOCK})"
"""For PostgreSQL: the lists stay as they are until this transaction ends; a swap waits, or was before it. First of all,
in a statement of its own: what is read after it is as it is then. On SQLite writers are alone anyway."""


def hold_lists_alone(connection: Connection) -> None:
    """No permit is between its look at the lists and its commit, until this transaction ends."""
    if connection.dialect.name == "postgresql":
        run(connection, f"SELECT pg_advisory_xact_lock({LISTS_LOCK})")


def load_list_rules(connection: Connection) -> list[ListRule]:
    """Every list with the version that is in force, by id."""
    rows = run(
        connection,
        """SELECT l.id, l.name, l.kind, l.countries, l.purposes, l.max_age_days, l.on_stale, l.version_id, v.as_of,
             v.numbers
           FROM lists l LEFT JOIN list_versions v ON v.id = l.version_id WHERE NOT l.gone ORDER BY l.id""",
    ).all()
    return [
        ListRule(
            row.id,
            row.name,
            ListKind(row.kind),
            _as_set(row.countries),
            _as_set(row.purposes),
            row.max_age_days,
            OnStale(row.on_stale),
            as_day(row.as_of),
            row.version_id,
            row.numbers or 0,
        )
        for row in rows
    ]


def _as_set(value: Any) -> frozenset[str] | None:
    found = stored_json(value)
    return None if found is None else frozenset(found)


def as_day(value: Any) -> date | None:
    """A day that a text statement returned: text on SQLite."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def number_of(phone: str) -> str:
    """A number (an expression in E.164) as `list_numbers` keeps it; 0 for the mark of one that was forgotten."""
    return f"CASE WHEN {phone} LIKE '+%' THEN CAST(substr({phone}, 2) AS bigint) ELSE 0 END"


def on_versions(phone: str, versions: str, dialect: str) -> str:
    """Whether a number is in one of the versions of a JSON array; both are expressions."""
    items = (
        f"json_each({versions}) AS w"
        if dialect == "sqlite"
        else f"jsonb_array_elements_text({versions}) AS w(value)"
    )
    return (
        f"EXISTS (SELECT 1 FROM {items} JOIN list_numbers n ON n.version_id = CAST(w.value AS bigint)"
        f" AND n.phone = {number_of(phone)})"
    )


ASKED = RowSet("v", phone="int", version="int")


def find_on_versions(connection: Connection, asked: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    """Those of (number in E.164, version) where the version has the number."""
    rows = [(number_key(phone), version) for phone, version in asked]
    if not rows:
        return set()
    dialect = connection.dialect.name
    # CROSS JOIN: SQLite keeps the order, and looks each one up instead of reading a version.
    found = run(
        connection,
        f"""SELECT v.phone, v.version FROM {ASKED.source_sql(dialect)}
            CROSS JOIN list_numbers n WHERE n.version_id = v.version AND n.phone = v.phone""",
        ASKED.to_parameters(dialect, rows),
    ).all()
    return {(f"+{row.phone}", row.version) for row in found}


# Loading.


def insert_numbers(connection: Connection, version_id: int, numbers: Sequence[int]) -> None:
    """Add numbers of a version, each once and in rising order: the table then grows at one end."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            "INSERT INTO list_numbers (version_id, phone) VALUES (?, ?)",
            [(version_id, number) for number in numbers],
        )
        return
    run(
        connection,
        """INSERT INTO list_numbers (version_id, phone)
           SELECT :version, p.phone FROM unnest(CAST(:phones AS bigint[])) AS p(phone)""",
        {"version": version_id, "phones": "{" + ",".join(map(str, numbers)) + "}"},
    )


class ComparedPiece(NamedTuple):
    """What one piece of a comparison found, and the number to go on after; None at the end."""

    kept: int
    last: int | None


def compare_piece(
    connection: Connection, version_id: int, before_id: int, after: int, most: int
) -> ComparedPiece:
    """How many of the version's next `most` numbers the other version has, too."""
    row = run(
        connection,
        """SELECT count(*) AS n, max(p.phone) AS last,
             count(CASE WHEN EXISTS (SELECT 1 FROM list_numbers o WHERE o.version_id = :before AND o.phone = p.phone)
                   THEN 1 END) AS kept
           FROM (SELECT phone FROM list_numbers WHERE version_id = :version AND phone > :after
                 ORDER BY phone LIMIT :most) AS p""",
        {"version": version_id, "before": before_id, "after": after, "most": most},
    ).one()
    return ComparedPiece(row.kept, row.last if row.n == most else None)


def delete_numbers(connection: Connection, version_id: int, most: int) -> int:
    """Delete the first `most` numbers of a version. Returns how many."""
    return run(
        connection,
        """DELETE FROM list_numbers WHERE version_id = :version AND phone <= (
             SELECT max(p.phone) FROM (SELECT phone FROM list_numbers WHERE version_id = :version
                                       ORDER BY phone LIMIT :most) AS p)""",
        {"version": version_id, "most": most},
    ).rowcount


# The sweep.


class SweptContact(NamedTuple):
    """A contact whom a list holds back, or did."""

    id: int
    campaign_id: int
    campaign_status: str
    purpose: str | None
    phone: str
    profile_id: int
    waits: bool
    listed: bool
    """Whether the version that is asked about has its number."""
    do_not_call: bool


LISTED_CONTACTS = f"""SELECT c.id, c.campaign_id, g.status AS campaign_status, g.purpose, c.phone, c.profile_id,
      c.due_at IS NOT NULL AS waits, n.phone IS NOT NULL AS listed,
      {number_is_listed("c.phone", "c.campaign_id")} AS do_not_call
    FROM contacts c JOIN campaigns g ON g.id = c.campaign_id
      LEFT JOIN list_numbers n ON n.version_id = :version AND n.phone = {number_of("c.phone")}
    WHERE c.id > :after AND c.id <= :upto
      AND ((c.due_at IS NOT NULL AND n.phone IS NOT NULL) OR (c.status = 'suppressed' AND c.suppressed_by = :code))"""


def list_swept_contacts(
    connection: Connection, version_id: int | None, code: str, after_id: int, upto_id: int
) -> list[SweptContact]:
    """Of the contacts with ids in (after, upto]: who waits and is on the version, and who is out of the queue for the
    list's sake (`suppressed_by`)."""
    rows = run(
        connection,
        LISTED_CONTACTS,
        {"version": version_id or 0, "code": code, "after": after_id, "upto": upto_id},
    )
    return [
        SweptContact(
            row.id,
            row.campaign_id,
            row.campaign_status,
            row.purpose,
            row.phone,
            row.profile_id,
            bool(row.waits),
            bool(row.listed),
            bool(row.do_not_call),
        )
        for row in rows
    ]


def last_contact_id(connection: Connection) -> int:
    last: int | None = run(connection, "SELECT max(id) FROM contacts").scalar_one()
    return last or 0


class UnsweptList(NamedTuple):
    """A list that has not been compared with all contacts, or that is about to leave (`gone`)."""

    id: int
    version_id: int | None
    swept_to: int
    gone: bool


def find_unswept_list(connection: Connection, last_contact: int) -> UnsweptList | None:
    row = run(
        connection,
        """SELECT id, version_id, swept_to, gone FROM lists WHERE swept_to < :last OR gone ORDER BY id LIMIT 1""",
        {"last": last_contact},
    ).first()
    return None if row is None else UnsweptList(row.id, row.version_id, row.swept_to, bool(row.gone))


def advance_sweep(
    connection: Connection, list_id: int, version_id: int | None, swept_to: int, upto_id: int
) -> bool:
    """Say how far the sweep is. False: the list has changed since, and what was found counts no more."""
    done = run(
        connection,
        """UPDATE lists SET swept_to = :upto WHERE id = :id AND swept_to = :before
           AND coalesce(version_id, 0) = :version""",
        {"id": list_id, "upto": upto_id, "before": swept_to, "version": version_id or 0},
    )
    return done.rowcount == 1


def restart_sweeps(connection: Connection) -> None:
    """Compare everybody with every list again: a campaign's purpose has changed, or a list."""
    run(connection, "UPDATE lists SET swept_to = 0 WHERE swept_to <> 0")


CODES = RowSet("v", id="int", code="str")


def suppress_contacts(connection: Connection, codes: Sequence[tuple[int, str]]) -> int:
    """Take waiting contacts (id, `suppressed_by`) out of the queue. Returns how many still waited."""
    if not codes:
        return 0
    dialect = connection.dialect.name
    rows = run(
        connection,
        f"""UPDATE contacts SET status = 'suppressed', due_at = NULL, suppressed_by = v.code
            FROM {CODES.source_sql(dialect)} WHERE contacts.id = v.id AND contacts.due_at IS NOT NULL
            RETURNING contacts.campaign_id, contacts.tries""",
        CODES.to_parameters(dialect, codes),
    ).all()
    _count_moves(connection, rows, to=ContactStatus.SUPPRESSED)
    return len(rows)


def rename_suppressions(connection: Connection, codes: Sequence[tuple[int, str]]) -> None:
    """Contacts that stay out of the queue, for another reason."""
    if codes:
        dialect = connection.dialect.name
        run(
            connection,
            f"""UPDATE contacts SET suppressed_by = v.code FROM {CODES.source_sql(dialect)}
                WHERE contacts.id = v.id AND contacts.status = 'suppressed'""",
            CODES.to_parameters(dialect, codes),
        )


def requeue_contacts(connection: Connection, codes: Sequence[tuple[int, str]], now: datetime) -> int:
    """Make contacts due again that `suppressed_by` still holds back. Returns how many."""
    if not codes:
        return 0
    dialect = connection.dialect.name
    rows = run(
        connection,
        f"""UPDATE contacts SET status = CASE WHEN tries > 0 THEN 'retry' ELSE 'pending' END, due_at = :now,
              suppressed_by = NULL, deferred_by = NULL
            FROM {CODES.source_sql(dialect)}
            WHERE contacts.id = v.id AND contacts.status = 'suppressed' AND contacts.suppressed_by = v.code
            RETURNING contacts.campaign_id, contacts.tries""",
        {"now": now, **CODES.to_parameters(dialect, codes)},
    ).all()
    _count_moves(connection, rows, back=True)
    return len(rows)


def _count_moves(
    connection: Connection, rows: Sequence[Any], *, to: ContactStatus | None = None, back: bool = False
) -> None:
    moves = []
    for row in rows:
        waiting = ContactStatus.RETRY if row.tries else ContactStatus.PENDING
        before, after = (ContactStatus.SUPPRESSED, waiting) if back else (waiting, to)
        assert after is not None
        check_transition(before, after)
        moves.append((row.campaign_id, before, after))
    count_moved_contacts(connection, moves)


# What pages count.


def count_held_by_list(connection: Connection) -> dict[str, int]:
    """{`suppressed_by`: contacts} of those that lists hold back, in campaigns that would still call them. A pass over
    the contacts that are out of their queues, by their index."""
    rows = run(
        connection,
        # SQLite keeps the order of a CROSS JOIN; else it looked at every contact. The index has nobody who is dialing,
        # which a statement has to say to be given it.
        """SELECT c.suppressed_by AS code, count(*) AS n FROM campaigns g CROSS JOIN contacts c
           WHERE g.status IN ('draft', 'running', 'paused') AND c.campaign_id = g.id
             AND c.status = 'suppressed' AND c.status <> 'dialing' AND c.suppressed_by LIKE 'list:%' GROUP BY 1""",
    )
    return {row.code: row.n for row in rows}


def load_sweeps(connection: Connection) -> dict[int, int]:
    """{list: the contact up to which the sweep has come}."""
    return {row.id: row.swept_to for row in run(connection, "SELECT id, swept_to FROM lists WHERE NOT gone")}


class ListedContact(NamedTuple):
    """A waiting contact of a campaign whose number is in a version."""

    id: int
    phone: str
    profile_id: int
    external_id: str | None
    timezone: str | None
    state: str | None
    postal_code: str | None


LISTED_COLUMNS = "c.id, c.phone, c.profile_id, c.external_id, c.timezone, c.state, c.postal_code"


def list_waiting_listed(
    connection: Connection, campaign_id: int, version_id: int, after_id: int
) -> list[ListedContact]:
    """The waiting contacts of a campaign after that id whose number is in the version and not on do-not-call: whom the
    sweep has still to take out."""
    rows = run(
        connection,
        f"""SELECT {LISTED_COLUMNS} FROM contacts c WHERE c.campaign_id = :campaign AND c.id > :after
              AND c.due_at IS NOT NULL AND EXISTS (SELECT 1 FROM list_numbers n
                WHERE n.version_id = :version AND n.phone = {number_of("c.phone")})
              AND NOT {number_is_listed("c.phone", "c.campaign_id")}""",
        {"campaign": campaign_id, "version": version_id, "after": after_id},
    )
    return [ListedContact(*row) for row in rows]


def count_lists(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(NumberList).where(~NumberList.gone)) or 0


def find_list_by_name(session: Session, name: str) -> NumberList | None:
    """Whatever the case of its letters."""
    return session.scalar(select(NumberList).where(func.lower(NumberList.name) == name.lower()))


def find_old_version(session: Session) -> int | None:
    """A version that is not in force and never will be, and still has numbers."""
    return session.scalar(
        select(ListVersion.id)
        .where(
            ListVersion.state.in_((VersionState.REPLACED, VersionState.FAILED)),
            ListVersion.emptied_at.is_(None),
        )
        .order_by(ListVersion.id)
        .limit(1)
    )


def list_loading_versions(session: Session) -> list[ListVersion]:
    return list(session.scalars(select(ListVersion).where(ListVersion.state == VersionState.LOADING)))
