"""Contact queries: changes to many contacts at once, outside of the hot path."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from campaign_app.domain.contact import PUT_OFF_BY_RULES, WAITING, ContactStatus, check_transition
from campaign_app.domain.variables import WHITESPACE, same_names
from campaign_app.models.base import dump_json

from .call_order import find_first_due
from .counters import count_moved_contacts
from .fragments import entry_applies, number_is_listed
from .sets import RowSet, locking_clause, run, stored_json


def suppress_number(connection: Connection, phone: str, campaign_id: int | None) -> int:
    """Take a listed number's waiting contacts out of the queue: left there, every claim would scan past them."""
    where = "phone = :phone AND due_at IS NOT NULL" + (" AND campaign_id = :campaign" if campaign_id else "")
    bound = {"phone": phone, **({"campaign": campaign_id} if campaign_id else {})}
    return _remove_from_queue(connection, where, bound, ContactStatus.SUPPRESSED)


PHONES = RowSet("v", phone="str")


def find_second_numbers(
    connection: Connection, phones: Sequence[str], campaign_id: int | None = None
) -> dict[str, list[str]]:
    """{number: other numbers of the person, in E.164} as the rows of contacts name them, in all campaigns or in one."""
    dialect = connection.dialect.name
    rows = run(
        connection,
        f"""SELECT phone, second_numbers FROM contacts
            WHERE phone IN (SELECT v.phone FROM {PHONES.source_sql(dialect)}) AND second_numbers IS NOT NULL"""
        + (" AND campaign_id = :campaign" if campaign_id else "")
        + " ORDER BY id",
        {
            **({"campaign": campaign_id} if campaign_id else {}),
            **PHONES.to_parameters(dialect, [(phone,) for phone in phones]),
        },
    ).all()
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        # Where one was forgotten a mark stands.
        numbers = [each for each in stored_json(row.second_numbers) or () if each.startswith("+")]
        found.setdefault(row.phone, {}).update(dict.fromkeys(each for each in numbers if each != row.phone))
    return {phone: list(numbers) for phone, numbers in found.items()}


def suppress_many(
    connection: Connection, phones: Sequence[str], campaign_id: int | None, *, reason: str = "do-not-call"
) -> int:
    """The same for many numbers that were listed at once, or for another `reason` (contacts.suppressed_by)."""
    dialect = connection.dialect.name
    where = f"phone IN (SELECT v.phone FROM {PHONES.source_sql(dialect)})" + (
        " AND campaign_id = :campaign" if campaign_id else ""
    )
    bound = {"campaign": campaign_id} if campaign_id else {}
    return _remove_from_queue(
        connection,
        where,
        {**bound, **PHONES.to_parameters(dialect, [(phone,) for phone in phones])},
        ContactStatus.SUPPRESSED,
        reason,
    )


PROFILE_IDS = RowSet("v", id="int")


def suppress_listed_contacts(
    connection: Connection, campaign_id: int, profile_ids: Sequence[int], now: datetime, most: int
) -> int:
    """Due contacts of a campaign whose number is listed: those that a race let back into the queue. Of these profiles,
    which were just claimed from: whoever is closed is not in the way."""
    if not profile_ids:
        return 0
    dialect = connection.dialect.name
    return _remove_from_queue(
        connection,
        f"""id IN (SELECT c.id FROM contacts c WHERE c.campaign_id = :campaign
             AND c.profile_id IN (SELECT v.id FROM {PROFILE_IDS.source_sql(dialect)}) AND c.due_at IS NOT NULL
             AND c.due_at <= :now AND {number_is_listed("c.phone", "c.campaign_id")} LIMIT :most)""",
        {
            "campaign": campaign_id,
            "now": now,
            "most": most,
            **PROFILE_IDS.to_parameters(dialect, [(profile_id,) for profile_id in profile_ids]),
        },
        ContactStatus.SUPPRESSED,
    )


def cancel_waiting_contacts(connection: Connection, campaign_id: int, most: int) -> int:
    """Cancel up to `most` waiting contacts of a stopped campaign. In pieces, since SQLite has one writer."""
    return _remove_from_queue(
        connection,
        """id IN (SELECT id FROM contacts WHERE campaign_id = :campaign AND due_at IS NOT NULL
             LIMIT :most)""",
        {"campaign": campaign_id, "most": most},
        ContactStatus.CANCELED,
    )


def _remove_from_queue(
    connection: Connection,
    where: str,
    bound: dict[str, object],
    after: ContactStatus,
    suppressed_by: str = "do-not-call",
) -> int:
    for before in WAITING:
        check_transition(before, after)
    reason = ", suppressed_by = :reason" if after is ContactStatus.SUPPRESSED else ""
    rows = run(
        connection,
        f"UPDATE contacts SET status = :after, due_at = NULL{reason} WHERE {where} AND due_at IS NOT NULL"
        " RETURNING campaign_id, tries",
        {**bound, "after": after.value, **({"reason": suppressed_by} if reason else {})},
    ).all()
    # While one waits, its status is `retry` exactly when a try was counted.
    count_moved_contacts(
        connection,
        (
            (row.campaign_id, ContactStatus.RETRY if row.tries else ContactStatus.PENDING, after)
            for row in rows
        ),
    )
    return len(rows)


HELD_BACK = f"""FROM contacts WHERE phone = :phone AND status = 'suppressed'
      AND coalesce(suppressed_by, 'do-not-call') = 'do-not-call'
      AND (CAST(:campaign AS integer) IS NULL OR campaign_id = :campaign)
      AND EXISTS (SELECT 1 FROM campaigns c WHERE c.id = contacts.campaign_id
                  AND c.status IN ('draft', 'running', 'paused'))
      AND NOT EXISTS (SELECT 1 FROM do_not_call d WHERE d.phone = contacts.phone AND d.id <> :entry
                      AND {entry_applies("contacts.campaign_id")})"""
"""The contacts that an entry of the list alone holds back, in campaigns that still take contacts."""


def count_held_back(connection: Connection, entry_id: int, phone: str, campaign_id: int | None) -> int:
    """How many contacts could be called again without this entry of the do-not-call list."""
    count: int = run(
        connection,
        f"SELECT count(*) {HELD_BACK}",
        {"phone": phone, "campaign": campaign_id, "entry": entry_id},
    ).scalar_one()
    return count


def unsuppress(
    connection: Connection, entry_id: int, phone: str, campaign_id: int | None, now: datetime
) -> int:
    """Make those contacts due again. Returns how many."""
    rows = run(
        connection,
        f"""UPDATE contacts SET status = CASE WHEN tries > 0 THEN 'retry' ELSE 'pending' END, due_at = :now,
              suppressed_by = NULL, deferred_by = NULL
            WHERE id IN (SELECT id {HELD_BACK}) RETURNING campaign_id, tries""",
        {"phone": phone, "campaign": campaign_id, "entry": entry_id, "now": now},
    ).all()
    count_moved_contacts(
        connection,
        (
            (
                row.campaign_id,
                ContactStatus.SUPPRESSED,
                ContactStatus.RETRY if row.tries else ContactStatus.PENDING,
            )
            for row in rows
        ),
    )
    return len(rows)


DETAIL_KINDS = {
    "second_numbers": "json",
    "timezone": "str",
    "region": "str",
    "country": "str",
    "state": "str",
    "postal_code": "str",
    "language": "str",
    "external_id": "str",
    "consent": "json",
    "line_type": "str",
    "profile_id": "int",
}
"""What a list may say of a person beside number and variables, and its kind (RowSet)."""


def insert_contacts(
    session: Session,
    campaign_id: int,
    rows: Sequence[tuple[str, dict[str, str], dict[str, Any]]],
    now: datetime,
) -> set[str]:
    """Add (phone, variables, details) as pending contacts, due at once. `details` are some of DETAIL_KINDS. Returns the
    phones that are new in the campaign."""
    if not rows:
        return set()
    connection = session.connection()
    dialect = connection.dialect.name
    names = [name for name in DETAIL_KINDS if any(name in details for _, _, details in rows)]
    shape = RowSet("v", phone="str", variables="json", **{name: DETAIL_KINDS[name] for name in names})
    encoded = [
        (phone, dump_json(variables), *(_encoded(name, details.get(name)) for name in names))
        for phone, variables, details in rows
    ]
    columns = "".join(f", {name}" for name in names)
    values = "".join(f", v.{name}" for name in names)
    first_due = find_first_due(connection, campaign_id, now)
    inserted = run(
        connection,
        f"""INSERT INTO contacts
              (campaign_id, phone, status, due_at, attempts_made, tries, variables, created_at{columns})
            SELECT :campaign, v.phone, 'pending', {first_due.sql}, 0, 0, v.variables, :now{values}
            FROM {shape.source_sql(dialect)}
            WHERE NOT EXISTS (SELECT 1 FROM do_not_call d WHERE d.phone = v.phone
                              AND (d.campaign_id IS NULL OR d.campaign_id = :campaign))
            ON CONFLICT (campaign_id, phone) DO NOTHING RETURNING phone""",
        {
            "campaign": campaign_id,
            "now": now,
            **first_due.parameters,
            **shape.to_parameters(dialect, encoded),
        },
    ).all()
    count_moved_contacts(connection, [(campaign_id, None, ContactStatus.PENDING)] * len(inserted))
    return {row.phone for row in inserted}


def _encoded(name: str, value: Any) -> Any:
    return dump_json(value) if DETAIL_KINDS[name] == "json" and value is not None else value


def find_listed_numbers(session: Session, campaign_id: int, phones: Sequence[str]) -> set[str]:
    """Those of `phones` that are on the do-not-call list, for all campaigns or for this one."""
    if not phones:
        return set()
    connection = session.connection()
    dialect = connection.dialect.name
    phone_rows = RowSet("v", phone="str")
    rows = run(
        connection,
        f"""SELECT DISTINCT d.phone FROM do_not_call d
            WHERE d.phone IN (SELECT v.phone FROM {phone_rows.source_sql(dialect)})
            AND {entry_applies(":campaign")}""",
        {"campaign": campaign_id, **phone_rows.to_parameters(dialect, [(phone,) for phone in phones])},
    ).all()
    return {row.phone for row in rows}


def requeue_refused_by_trunk(session: Session, now: datetime, *, trunk_id: int) -> None:
    """Contacts that a trunk might not call are due again: its rules have changed, or a campaign has changed to it."""
    run(
        session.connection(),
        """UPDATE contacts SET due_at = :now, deferred_by = NULL
           WHERE campaign_id IN (SELECT id FROM campaigns WHERE trunk_id = :trunk)
             AND deferred_by = 'trunk' AND due_at IS NOT NULL""",
        {"trunk": trunk_id, "now": now},
    )


def requeue_put_off_for_hours(session: Session, now: datetime) -> None:
    """Contacts that a permit put off for closed hours or a blackout are due again, since one was lifted. Whoever sleeps
    is passed over by the claim anyway."""
    run(
        session.connection(),
        """UPDATE contacts SET due_at = :now, deferred_by = NULL
           WHERE deferred_by = 'hours' AND due_at IS NOT NULL AND due_at > :now""",
        {"now": now},
    )


_RULES = ", ".join(f"'{each}'" for each in PUT_OFF_BY_RULES)
IS_PUT_OFF_BY_RULES = f"deferred_by IN ({_RULES}) AND due_at > :now"


def requeue_put_off_by_rules(session: Session, campaign_id: int, now: datetime) -> None:
    """A campaign's contacts that a permit put off for hours, a cap or a gap are due again: its rules have changed."""
    run(
        session.connection(),
        f"""UPDATE contacts SET due_at = :now, deferred_by = NULL
            WHERE campaign_id = :campaign AND {IS_PUT_OFF_BY_RULES} AND due_at IS NOT NULL""",
        {"campaign": campaign_id, "now": now},
    )


def requeue_held_by_outside_check(session: Session, now: datetime) -> None:
    """Contacts that were put off for the outside check are due again: its setting has changed."""
    run(
        session.connection(),
        """UPDATE contacts SET due_at = :now, deferred_by = NULL
           WHERE deferred_by IN ('outside', 'unasked') AND due_at IS NOT NULL""",
        {"now": now},
    )


def list_waiting_phones(session: Session, campaign_id: int, most: int) -> list[str]:
    """The numbers of the first waiting contacts."""
    rows = run(
        session.connection(),
        """SELECT phone FROM contacts WHERE campaign_id = :campaign AND due_at IS NOT NULL
           ORDER BY id LIMIT :most""",
        {"campaign": campaign_id, "most": most},
    )
    return [row.phone for row in rows]


def waiting_elsewhere(
    session: Session, campaign_id: int, countries: Sequence[str], most: int
) -> list[tuple[str, str]]:
    """Waiting contacts (number, country) whose country is known and is none of `countries` (ISO 3166 alpha-2)."""
    connection = session.connection()
    dialect = connection.dialect.name
    allowed = RowSet("v", code="str")
    rows = run(
        connection,
        f"""SELECT phone, region FROM contacts WHERE campaign_id = :campaign AND due_at IS NOT NULL
            AND region IS NOT NULL AND region NOT IN (SELECT v.code FROM {allowed.source_sql(dialect)})
            ORDER BY id LIMIT :most""",
        {
            "campaign": campaign_id,
            "most": most,
            **allowed.to_parameters(dialect, [(code,) for code in countries]),
        },
    ).all()
    return [(row.phone, row.region) for row in rows]


HAS_VALUE = {
    # By value, not by path: a header may hold any character, and a quoted label has no escape but the doubled quote.
    "sqlite": """EXISTS (SELECT 1 FROM json_each(variables) AS j
        WHERE j.key IN (SELECT value FROM json_each(:names)) AND trim(j.value, :blank) <> '')""",
    "postgresql": """EXISTS (SELECT 1 FROM jsonb_array_elements_text(CAST(:names AS jsonb)) AS n(name)
        WHERE btrim(coalesce(variables ->> n.name, ''), :blank) <> '')""",
}
SPELLINGS = {
    "sqlite": "SELECT DISTINCT j.key AS name FROM contacts, json_each(variables) AS j",
    "postgresql": "SELECT DISTINCT j.name FROM contacts, jsonb_object_keys(variables) AS j(name)",
}
LOOKED_AT = 200
"""Contacts without a value under the names so far, in which other spellings of the name are looked for."""


def find_without_value(session: Session, campaign_id: int, name: str, most: int) -> tuple[int, list[str]]:
    """How many waiting contacts have no value, or an empty one, for a variable, and the numbers of the first.

    However the name is spelled (domain.variables): databases cannot fold names, so spellings are looked for among the
    contacts that have no value under those known so far.
    """
    connection = session.connection()
    names = [name]
    while True:
        rows = _lacking(connection, campaign_id, names, "phone, variables", f"ORDER BY id LIMIT {LOOKED_AT}")
        if not rows:
            return 0, []
        more = [
            other
            for row in rows
            for other in same_names(stored_json(row.variables) or {}, name)
            if other not in names
        ]
        if not more:
            break
        names += dict.fromkeys(more)
    if len(rows) < LOOKED_AT:
        return len(rows), [row.phone for row in rows[:most]]
    # Too many to look at: every spelling among them, once, for a count that is right.
    where = _where_lacking(connection)
    spelled = run(connection, f"{SPELLINGS[connection.dialect.name]} {where}", _bound(campaign_id, names))
    names += same_names([row.name for row in spelled if row.name not in names], name)
    count: int = run(
        connection, f"SELECT count(*) FROM contacts {where}", _bound(campaign_id, names)
    ).scalar_one()
    first = _lacking(connection, campaign_id, names, "phone", f"ORDER BY id LIMIT {most}") if count else []
    return count, [row.phone for row in first]


def _where_lacking(connection: Connection) -> str:
    return f"""WHERE campaign_id = :campaign AND due_at IS NOT NULL
        AND NOT {HAS_VALUE[connection.dialect.name]}"""


def _bound(campaign_id: int, names: Sequence[str]) -> dict[str, Any]:
    return {"campaign": campaign_id, "names": dump_json(list(names)), "blank": WHITESPACE}


def _lacking(
    connection: Connection, campaign_id: int, names: Sequence[str], columns: str, rest: str
) -> Sequence[Any]:
    return run(
        connection,
        f"SELECT {columns} FROM contacts {_where_lacking(connection)} {rest}",
        _bound(campaign_id, names),
    ).all()


def sample_variables(session: Session, campaign_id: int, most: int) -> list[dict[str, Any]]:
    """The variables of up to `most` contacts of a campaign: all of them where it has no more. Bounded by an index, at
    any size; half from either end of the numbers, so that several files have a part in it."""
    connection = session.connection()
    found: dict[int, dict[str, Any]] = {}
    for direction, part in (("", most - most // 2), ("DESC", most // 2)):
        rows = run(
            connection,
            f"""SELECT id, variables FROM contacts WHERE campaign_id = :campaign
                ORDER BY phone {direction} LIMIT :part""",
            {"campaign": campaign_id, "part": part},
        )
        found |= {row.id: stored_json(row.variables) or {} for row in rows}
    return list(found.values())


def lock_campaign_status(session: Session, campaign_id: int) -> str | None:
    """The campaign's status, held until the transaction ends, so that it cannot finish while contacts are added."""
    connection = session.connection()
    status: str | None = run(
        connection,
        "SELECT status FROM campaigns WHERE id = :id AND deleted_at IS NULL"
        + locking_clause(connection, " FOR SHARE"),
        {"id": campaign_id},
    ).scalar_one_or_none()
    return status
