"""Erasure queries: where in the database a person's number can stand, and its removal in short pieces.

TREATMENTS names every column that can hold text. A test fails while a new one is missing: whoever adds a column decides
whether a number can get into it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    String,
    Table,
    Text,
    case,
    cast,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.types import TypeEngine

from campaign_app.domain.erasure import NumberFinder, empty_samples, list_foreign_digits, make_row_token
from campaign_app.domain.lists import number_key
from campaign_app.models import Base
from campaign_app.models.audit_chain import allow_maintenance, reseal_entries, seal_new_entries

from .sets import RowSet, locking_clause, run, stored_json


class Treatment(Enum):
    """What an erasure does with a column."""

    NUMBER = "a person's number, erased with its row or replaced by a mark"
    SEARCHED = "a text into which anybody may have written a number: searched, row by row"
    NEVER = "words of the product, hashes, names of staff and machines, the operator's own numbers"


def _columns(treatment: Treatment, table: str, names: str) -> dict[str, Treatment]:
    return {f"{table}.{name}": treatment for name in names.split()}


N, S, NEVER = Treatment.NUMBER, Treatment.SEARCHED, Treatment.NEVER
TREATMENTS: dict[str, Treatment] = {
    **_columns(NEVER, "account_links", "key_hash kind"),
    **_columns(S, "api_tokens", "name"),
    **_columns(NEVER, "api_tokens", "token_hash hint role created_by last_address campaigns"),
    **_columns(N, "attempts", "phone"),
    **_columns(S, "attempts", "cause message"),
    **_columns(
        NEVER,
        "attempts",
        "token status outcome engine provider_ref answered_by disposition key transfer_leg decision caller_id",
    ),
    **_columns(S, "audit", "object_id detail"),
    **_columns(NEVER, "audit", "actor action object_type address browser"),
    **_columns(NEVER, "audit_seals", "kind nonce digest hash"),
    **_columns(S, "blackouts", "reason source lift_reason"),
    **_columns(NEVER, "blackouts", "country state purposes made_by lifted_by"),
    **_columns(S, "call_events", "raw"),
    **_columns(NEVER, "call_events", "token source status"),
    **_columns(S, "campaigns", "name message subject caller_name consent status_reason last_error"),
    **_columns(
        NEVER,
        "campaigns",
        "status purpose clock caps timezone calling_windows retry call_order machine_detection caller_id"
        " default_region created_by status_by deleted_by",
    ),
    **_columns(N, "confirmed_numbers", "phone"),
    **_columns(NEVER, "confirmed_numbers", "code_hash asked_by confirmed_by"),
    **_columns(N, "contacts", "phone"),
    **_columns(
        S,
        "contacts",
        "variables second_numbers extension state postal_code language external_id consent",
    ),
    **_columns(NEVER, "contacts", "status timezone region country line_type suppressed_by deferred_by"),
    **_columns(NEVER, "counters", "name"),
    **_columns(NEVER, "dial_profiles", "key body"),
    **_columns(N, "do_not_call", "phone"),
    **_columns(S, "do_not_call", "source reason"),
    **_columns(NEVER, "do_not_call", "added_by"),
    **_columns(N, "do_not_call_removals", "phone"),
    **_columns(S, "do_not_call_removals", "source reason removal_reason"),
    **_columns(NEVER, "do_not_call_removals", "added_by removed_by"),
    **_columns(S, "engine_heartbeats", "last_error"),
    **_columns(NEVER, "engine_heartbeats", "name host role timings"),
    **_columns(N, "erasures", "phone"),
    **_columns(NEVER, "erasures", "hash state reason waits_for counts kept requested_by"),
    **_columns(S, "exports", "search"),
    **_columns(NEVER, "exports", "kind format prefix status error stored_as requested_by"),
    **_columns(NEVER, "forgotten_numbers", "hash reason"),
    **_columns(S, "idempotency_keys", "key body"),
    **_columns(NEVER, "idempotency_keys", "fingerprint"),
    **_columns(S, "import_choices", "mapping"),
    **_columns(NEVER, "import_choices", "signature mode used_by"),
    **_columns(
        S,
        "imports",
        "filename error reading understanding columns questions mapping listing check_result reasons",
    ),
    **_columns(
        NEVER,
        "imports",
        "mode stored_as default_region status phase on_known encoding delimiter signature created_by confirmed_by",
    ),
    **_columns(NEVER, "leases", "name owner"),
    # The numbers themselves (list_numbers) are no text: `delete_list_numbers`.
    **_columns(S, "list_versions", "filename error"),
    **_columns(NEVER, "list_versions", "state loaded_by"),
    **_columns(S, "lists", "name"),
    **_columns(NEVER, "lists", "kind countries purposes on_stale created_by"),
    **_columns(N, "outside_answers", "phone"),
    # What was answered about the number goes with its row.
    **_columns(NEVER, "outside_answers", "purpose reason"),
    **_columns(S, "outside_check", "url last_error"),
    **_columns(NEVER, "outside_check", "secret purposes countries changed_by"),
    **_columns(S, "pack_editions", "switches change"),
    **_columns(NEVER, "pack_editions", "packs made_by"),
    **_columns(NEVER, "packs", "name version text added_by"),
    **_columns(S, "passkeys", "name"),
    **_columns(NEVER, "passkeys", "credential_id public_key"),
    **_columns(S, "recordings", "name"),
    **_columns(NEVER, "recordings", "sha256 created_by"),
    **_columns(NEVER, "recovery_codes", "code_hash"),
    **_columns(S, "rejected_rows", "reason cells"),
    **_columns(NEVER, "rejected_rows", "kind code"),
    **_columns(NEVER, "response_counts", "response"),
    **_columns(S, "rulebooks", "body"),
    **_columns(NEVER, "rulebooks", "sha256 made_by"),
    **_columns(S, "settings", "value"),
    **_columns(NEVER, "settings", "key"),
    **_columns(S, "shift_notes", "text"),
    **_columns(NEVER, "shift_notes", "made_by"),
    **_columns(NEVER, "start_requests", "asked_by"),
    **_columns(NEVER, "start_approvals", "approved_by"),
    **_columns(S, "trunks", "name settings last_error not_ready check_steps check_error paused_reason"),
    **_columns(
        NEVER, "trunks", "provider secret paused_by caller_ids countries number_types price transfer_targets"
    ),
    **_columns(NEVER, "user_sessions", "key_hash old_key_hash address browser method"),
    **_columns(NEVER, "users", "email password_hash role theme time_zone totp_secret oidc_subject"),
}
SEARCHED_AT_ONCE = 5_000
"""Rows that are looked at in one read, which locks nothing."""
DELETED_WHOLE = frozenset({"idempotency_keys"})
"""Tables whose rows go where they hold the number: their fingerprint is a bare hash of it."""


def list_text_columns() -> list[str]:
    """`table.column` of every column that can hold text, in the models."""
    return [
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if is_textual(column.type)
    ]


def is_textual(kind: TypeEngine[Any]) -> bool:
    return isinstance(kind, String | Text | JSON)


def list_searched_tables() -> list[str]:
    """The tables of which a column is SEARCHED, the small ones first."""
    names = {name.partition(".")[0] for name, how in TREATMENTS.items() if how is Treatment.SEARCHED}
    large = ("rejected_rows", "audit", "contacts", "attempts", "call_events")
    return sorted(names - set(large)) + [name for name in large if name in names]


def _searched(table: Table) -> list[ColumnElement[Any]]:
    return [
        column
        for column in table.columns
        if TREATMENTS.get(f"{table.name}.{column.name}") is Treatment.SEARCHED
    ]


def _digits(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[str]:
    """The digits of a column as domain/erasure.py's `extract_digits` has them. extensions.py gives every connection to
    SQLite the function."""
    text: ColumnElement[Any] = cast(column, Text)
    is_json = isinstance(column.type, JSON)
    if connection.dialect.name == "sqlite":
        return func.extract_digits(text, is_json)
    if is_json:
        # jsonb writes only control characters, quotes and backslashes as escapes.
        text = func.regexp_replace(text, r"\\(u[0-9a-f]{4}|.)", "", "g")
    foreign = list_foreign_digits()
    to_ascii = "".join(str(int(digit)) for digit in foreign)
    return case(
        (
            text.regexp_match(f"[{foreign}]"),
            func.translate(func.regexp_replace(text, f"[^0-9{foreign}]+", "", "g"), foreign, to_ascii),
        ),
        else_=func.regexp_replace(text, "[^0-9]+", "", "g"),
    )


def _mentions(connection: Connection, table: Table, finder: NumberFinder) -> ColumnElement[bool]:
    conditions = []
    for column in _searched(table):
        digits = _digits(connection, column)
        conditions += [digits.like(f"%{needle}%") for needle in finder.needles]
    return or_(*conditions)


def find_last_id(connection: Connection, table_name: str, after: int) -> int | None:
    """The id at which the next piece of a table ends; None after its last row."""
    last: int | None = run(
        connection,
        f"SELECT max(id) FROM (SELECT id FROM {table_name} WHERE id > :after ORDER BY id LIMIT :most) AS piece",
        {"after": after, "most": SEARCHED_AT_ONCE},
    ).scalar_one()
    return last


def has_ids(table_name: str) -> bool:
    return "id" in Base.metadata.tables[table_name].columns


def find_mentions(
    connection: Connection, table_name: str, finder: NumberFinder, after: int, last: int
) -> list[Any]:
    """Keys of the rows with `after` < id <= `last` that may hold the number; of a table without ids of all rows. Reads
    only."""
    table = Base.metadata.tables[table_name]
    condition = _mentions(connection, table, finder)
    if has_ids(table_name):
        condition = (table.c.id > after) & (table.c.id <= last) & condition
    return list(connection.execute(select(*table.primary_key.columns).where(condition)).all())


def scrub_mentions(connection: Connection, table_name: str, finder: NumberFinder, keys: Sequence[Any]) -> int:
    """Take the number out of the texts of those rows, which are locked in the order of their keys: two people may be
    forgotten at once, and be named in the same rows. Returns how many held it."""
    table = Base.metadata.tables[table_name]
    columns = _searched(table)
    scrubbed = 0
    if table_name == "audit":
        allow_maintenance(connection)
    changed_entries = []
    for key in sorted(keys, key=tuple):
        this_row = _by_key(table, key)
        row = connection.execute(select(*columns).where(this_row).with_for_update()).one_or_none()
        if row is None:
            continue
        values = {}
        for column, value in zip(columns, row, strict=True):
            new = (
                finder.scrub_json(value)
                if isinstance(column.type, JSON)
                else value and finder.scrub_text(value)
            )
            if new != value:
                values[column.name] = new
        if not values:
            continue
        scrubbed += 1
        if table_name in DELETED_WHOLE:
            connection.execute(table.delete().where(this_row))
        else:
            connection.execute(update(table).where(this_row).values(values))
            if table_name == "audit":
                changed_entries.append(key.id)
    if changed_entries:
        # A mention of before the chain was: it is sealed as it is now.
        seal_new_entries(connection)
        reseal_entries(connection, changed_entries)
    return scrubbed


def list_imports_of(connection: Connection, phone: str) -> set[int]:
    """The files that brought the number's contacts and its do-not-call entries."""
    rows = run(
        connection,
        """SELECT import_id FROM contacts WHERE phone = :phone AND import_id IS NOT NULL
           UNION SELECT import_id FROM do_not_call WHERE phone = :phone AND import_id IS NOT NULL""",
        {"phone": phone},
    )
    return {row.import_id for row in rows}


def list_imports_of_files(connection: Connection, names: Iterable[str]) -> set[int]:
    """The imports whose files lie under these names."""
    imports = Base.metadata.tables["imports"]
    found = connection.execute(select(imports.c.id).where(imports.c.stored_as.in_(list(names))))
    return {row.id for row in found}


def list_codecs_of_files(connection: Connection, names: Iterable[str]) -> dict[str, str]:
    """{name: the codec by which an import reads the file}, where it was found or chosen."""
    imports = Base.metadata.tables["imports"]
    found = connection.execute(
        select(imports.c.stored_as, imports.c.encoding).where(
            imports.c.stored_as.in_(list(names)), imports.c.encoding.is_not(None)
        )
    )
    return {row.stored_as: row.encoding for row in found}


def list_imports_of_rows(connection: Connection, keys: Iterable[Any]) -> set[int]:
    """The imports that refused these rows."""
    rejected = Base.metadata.tables["rejected_rows"]
    found = connection.execute(
        select(rejected.c.import_id).where(rejected.c.id.in_([key.id for key in keys])).distinct()
    )
    return {row.import_id for row in found}


def empty_import_samples(connection: Connection, import_ids: Iterable[int]) -> None:
    """What pages show of those files' rows goes: it may be the person's, and has no number beside it."""
    imports = Base.metadata.tables["imports"]
    columns = [column for column in _searched(imports) if isinstance(column.type, JSON)]
    for import_id in sorted(import_ids):
        this_row = imports.c.id == import_id
        row = connection.execute(select(*columns).where(this_row).with_for_update()).one_or_none()
        if row is not None:
            values = {
                column.name: empty_samples(value)
                for column, value in zip(columns, row, strict=True)
                if value is not None
            }
            connection.execute(update(imports).where(this_row).values(values))


def _by_key(table: Table, key: Any) -> ColumnElement[bool]:
    condition: ColumnElement[bool] | None = None
    for column, value in zip(table.primary_key.columns, key, strict=True):
        part = column == value
        condition = part if condition is None else condition & part
    assert condition is not None
    return condition


def find_open_call(connection: Connection, phone: str) -> int | None:
    """The attempt to the number that has not ended."""
    attempt_id: int | None = run(
        connection,
        "SELECT id FROM attempts WHERE phone = :phone AND ended_at IS NULL",
        {"phone": phone},
    ).scalar_one_or_none()
    return attempt_id


def find_running_import(connection: Connection) -> int | None:
    """A file that is being read at this moment: what it has in memory may hold the number."""
    import_id: int | None = run(
        connection, "SELECT min(id) FROM imports WHERE status = 'running'"
    ).scalar_one_or_none()
    return import_id


COUNTS = {
    "contacts": "SELECT count(*) FROM contacts WHERE phone = :phone",
    "calls": "SELECT count(*) FROM attempts WHERE phone = :phone",
    "do_not_call": "SELECT count(*) FROM do_not_call WHERE phone = :phone",
    "do_not_call_removals": "SELECT count(*) FROM do_not_call_removals WHERE phone = :phone",
    "confirmed_numbers": "SELECT count(*) FROM confirmed_numbers WHERE phone = :phone",
    "outside_answers": "SELECT count(*) FROM outside_answers WHERE phone = :phone",
}


def count_rows(connection: Connection, phone: str) -> dict[str, int]:
    """How many rows are the person's own, by what they are; each by an index."""
    return {
        what: run(connection, statement, {"phone": phone}).scalar_one() for what, statement in COUNTS.items()
    }


EMPTY_CONTACT = """UPDATE contacts SET phone = :token, variables = {empty}, second_numbers = NULL, extension = NULL,
      timezone = NULL, country = NULL, state = NULL, postal_code = NULL, language = NULL, external_id = NULL,
      consent = {consent}, line = NULL,
      suppressed_by = CASE WHEN status = 'suppressed' THEN 'forgotten' ELSE suppressed_by END
    WHERE id = :id"""


def empty_contacts(connection: Connection, phone: str, consent_token: str | None) -> int:
    """Make the number's contacts rows without a person: what became of them is counted on, who they were is gone.
    With a token the proof of consent stays under it, once in each campaign."""
    empty = "'{}'" if connection.dialect.name == "sqlite" else "CAST('{}' AS jsonb)"
    rows = run(
        connection,
        """SELECT id, consent IS NOT NULL AND NOT EXISTS (SELECT 1 FROM contacts o
             WHERE o.campaign_id = contacts.campaign_id AND o.phone = :token) AS proves
           FROM contacts WHERE phone = :phone ORDER BY id"""
        + locking_clause(connection, " FOR UPDATE"),
        {"phone": phone, "token": consent_token or ""},
    ).all()
    for row in rows:
        proof = consent_token if row.proves else None
        run(
            connection,
            EMPTY_CONTACT.format(empty=empty, consent="consent" if proof else "NULL"),
            {"id": row.id, "token": proof or make_row_token(row.id)},
        )
    return len(rows)


def unlink_contacts(connection: Connection, token: str) -> None:
    """Let go of the proofs of consent that were kept under a token."""
    rows = run(connection, "SELECT id FROM contacts WHERE phone = :phone", {"phone": token}).all()
    for row in rows:
        run(
            connection,
            "UPDATE contacts SET phone = :token, consent = NULL WHERE id = :id",
            {"id": row.id, "token": make_row_token(row.id)},
        )


def clear_kept_until(connection: Connection, erasure_id: int) -> None:
    run(connection, "UPDATE erasures SET kept_until = NULL WHERE id = :id", {"id": erasure_id})


TOKENS = RowSet("v", id="int", token="str")
ATTEMPTS_AT_ONCE = 500


def empty_attempts(connection: Connection, phone: str, token: str | None) -> int:
    """Take the number out of up to ATTEMPTS_AT_ONCE of its calls, and out of what providers said of them. `token`
    stands in its place, or with None a mark of each row's own. Returns how many calls."""
    rows = run(
        connection,
        "SELECT id, token FROM attempts WHERE phone = :phone AND ended_at IS NOT NULL ORDER BY id LIMIT :most",
        {"phone": phone, "most": ATTEMPTS_AT_ONCE},
    ).all()
    if not rows:
        return 0
    dialect = connection.dialect.name
    message = '\'{"text": "[forgotten]"}\''
    message = message if dialect == "sqlite" else f"CAST({message} AS jsonb)"
    run(
        connection,
        f"""UPDATE attempts SET phone = v.token, message = CASE WHEN message IS NULL THEN NULL ELSE {message} END
            FROM {TOKENS.source_sql(dialect)} WHERE attempts.id = v.id""",
        TOKENS.to_parameters(dialect, [(row.id, token or make_row_token(row.id)) for row in rows]),
    )
    run(
        connection,
        f"""UPDATE call_events SET raw = NULL
            WHERE raw IS NOT NULL AND token IN (SELECT v.token FROM {TOKENS.source_sql(dialect)})""",
        TOKENS.to_parameters(dialect, [(row.id, row.token) for row in rows]),
    )
    return len(rows)


def unlink_attempts(connection: Connection, token: str) -> int:
    """Give up to ATTEMPTS_AT_ONCE calls that bear a number's mark one of each row's own. Returns how many."""
    dialect = connection.dialect.name
    ids = run(
        connection,
        "SELECT id FROM attempts WHERE phone = :phone ORDER BY id LIMIT :most",
        {"phone": token, "most": ATTEMPTS_AT_ONCE},
    ).all()
    run(
        connection,
        f"UPDATE attempts SET phone = v.token FROM {TOKENS.source_sql(dialect)} WHERE attempts.id = v.id",
        TOKENS.to_parameters(dialect, [(row.id, make_row_token(row.id)) for row in ids]),
    )
    return len(ids)


REMEMBER_REMOVALS = """INSERT INTO do_not_call_removals (phone, campaign_id, source, listed_on, added_by, created_at,
      removed_at, removed_by, removal_reason, unsuppressed)
    SELECT :mark, campaign_id, source, listed_on, added_by, created_at, removed_at, removed_by, 'forgotten', 0
    FROM do_not_call_removals WHERE phone = :phone"""
REMEMBER_ENTRIES = """INSERT INTO do_not_call_removals (phone, campaign_id, source, listed_on, added_by, created_at,
      removed_at, removed_by, removal_reason, unsuppressed)
    SELECT :mark, campaign_id, source, listed_on, added_by, created_at, :now, :by, 'forgotten', 0
    FROM do_not_call WHERE phone = :phone"""


def remember_refusals(connection: Connection, phone: str, mark: str, now: datetime, by: str) -> None:
    """Keep under a mark when the number came onto the do-not-call list and off it: a time of rest after a refusal goes
    on for a person who was forgotten. Not what was written about it."""
    bound: dict[str, Any] = {"phone": phone, "mark": mark}
    run(connection, REMEMBER_REMOVALS, bound)
    run(connection, REMEMBER_ENTRIES, {**bound, "now": now, "by": by})


def forget_refusals(connection: Connection, mark: str) -> None:
    """Delete what `remember_refusals` kept under a mark."""
    run(connection, "DELETE FROM do_not_call_removals WHERE phone = :phone", {"phone": mark})


def delete_number_rows(connection: Connection, phone: str) -> dict[str, int]:
    """Delete the number's rows on the do-not-call list, among its removals, the confirmed numbers and the
    answers of the outside check."""
    return {
        table: run(connection, f"DELETE FROM {table} WHERE phone = :phone", {"phone": phone}).rowcount
        for table in ("do_not_call", "do_not_call_removals", "confirmed_numbers", "outside_answers")
    }


def delete_list_numbers(connection: Connection, phone: str) -> int:
    """Take the number out of every version of every list. For one whose keyed hash stays: that holds as well."""
    return run(
        connection,
        """DELETE FROM list_numbers WHERE phone = :number AND version_id IN (SELECT id FROM list_versions)""",
        {"number": number_key(phone)},
    ).rowcount


def find_users(connection: Connection, finder: NumberFinder) -> str | None:
    """What still works with the number, in words: it cannot be forgotten before that is changed."""
    for row in run(
        connection,
        "SELECT id, CAST(message AS text) AS message FROM campaigns WHERE status IN ('draft', 'running', 'paused')",
    ):
        if finder.is_in(row.message or ""):
            return f"the message of campaign {row.id} has the number: change that message first"
    for row in run(connection, "SELECT name, caller_ids FROM trunks"):
        if finder.phone in (stored_json(row.caller_ids) or ()):
            return f"the trunk {row.name} calls from it: remove it from the trunk's caller IDs first"
    return None


def list_open_erasures(connection: Connection) -> list[int]:
    return [row.id for row in run(connection, "SELECT id FROM erasures WHERE state <> 'done' ORDER BY id")]


def list_expired_erasures(connection: Connection, now: datetime) -> list[Any]:
    """(id, hash) of those whose call records need not be kept together any more."""
    return list(
        run(
            connection,
            """SELECT id, hash FROM erasures e WHERE kept_until < :now AND NOT EXISTS (
                 SELECT 1 FROM erasures o WHERE o.hash = e.hash AND o.kept_until >= :now)
               ORDER BY id LIMIT 100""",
            {"now": now},
        ).all()
    )


def delete_expired_hashes(connection: Connection, now: datetime) -> int:
    return run(connection, "DELETE FROM forgotten_numbers WHERE keep_until < :now", {"now": now}).rowcount


def newest_forgotten(connection: Connection) -> str | None:
    """Changes when a number is forgotten."""
    value = run(connection, "SELECT max(forgotten_at) AS at FROM forgotten_numbers").scalar_one()
    return None if value is None else str(value)
