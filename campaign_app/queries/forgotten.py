"""Forgotten numbers: which of some numbers were forgotten, by their keyed hashes.

The key is an execution option of the database engine (`give_forget_key`), so that everybody who has a connection asks
in the same way. Where there are hashes and no key that made them nobody may be called: that raises, and fails closed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, Engine

from campaign_app.domain.erasure import hash_number, identify_key, is_forgotten, make_number_token
from campaign_app.domain.errors import StateConflict

from .sets import RowSet, as_time, run
from .settings_rows import read_settings_row

OPTION = "forget_key"
KEY_ID = "forget_key_id"
"""The fact that says under which key the hashes were made."""
MANY = 1_000
HASHES = RowSet("v", hash="str")
MARKS_KEPT = "EXISTS (SELECT 1 FROM erasures WHERE kept_until IS NOT NULL)"
"""Whether calls of anybody who was forgotten are kept under a mark: most installations have none."""


class ForgetKeyMissing(StateConflict):
    """There are forgotten numbers, and not the key by which they are known."""

    def __init__(self) -> None:
        super().__init__(
            "there are forgotten numbers, and this machine does not have the key by which they are known: set"
            " SWITCHBOARD_FORGET_KEY to what the file forget-key of the other machine's instance folder holds"
        )


def give_forget_key(engine: Engine, key: str) -> None:
    """From now on connections of this engine know forgotten numbers."""
    engine.update_execution_options(**{OPTION: key.encode()})


def read_forget_key(connection: Connection) -> bytes:
    """The key, once it is certain that it made the hashes that are there. Raises ForgetKeyMissing."""
    key = _get_key(connection)
    stored_id = read_settings_row(connection, KEY_ID)
    if key is None or (stored_id is not None and stored_id != identify_key(key)):
        raise ForgetKeyMissing
    return key


def is_forget_key_missing(connection: Connection) -> bool:
    """Whether numbers were forgotten that this machine cannot know, so that it dials nobody."""
    kept = run(connection, f"SELECT {MARKS_KEPT} AS kept").scalar_one()
    if not kept and not has_forgotten(connection):
        return False
    try:
        read_forget_key(connection)
    except ForgetKeyMissing:
        return True
    return False


def _get_key(connection: Connection) -> bytes | None:
    key: bytes | None = connection.get_execution_options().get(OPTION)
    return key


def has_forgotten(connection: Connection) -> bool:
    """Whether any number was forgotten."""
    return bool(run(connection, "SELECT 1 FROM forgotten_numbers LIMIT 1").all())


def hold_forgotten_still(connection: Connection) -> None:
    """For whoever permits a call or writes a number down, before it looks: until it has committed nobody is forgotten.
    They do not wait for each other. (SQLite has one writer anyway.)"""
    if connection.dialect.name != "sqlite":
        run(connection, "LOCK TABLE forgotten_numbers IN SHARE MODE")


def find_forgotten(connection: Connection, phones: Iterable[str]) -> set[str]:
    """Those of the numbers (E.164) that were forgotten: a hash and a look into the primary key each. Raises
    ForgetKeyMissing."""
    wanted = set(phones)
    if not wanted or not has_forgotten(connection):
        return set()
    key = read_forget_key(connection)
    by_hash = {hash_number(key, phone): phone for phone in wanted}
    if len(by_hash) >= MANY:
        # Of a file's slice: to read them all is less work, where they are fewer than its numbers.
        most = len(by_hash)
        kept = run(connection, "SELECT hash FROM forgotten_numbers LIMIT :most", {"most": most + 1}).all()
        if len(kept) <= most:
            return {by_hash[row.hash] for row in kept if row.hash in by_hash}
    dialect = connection.dialect.name
    rows = run(
        connection,
        f"SELECT hash FROM forgotten_numbers WHERE hash IN (SELECT v.hash FROM {HASHES.source_sql(dialect)})",
        HASHES.to_parameters(dialect, [(each,) for each in by_hash]),
    )
    return {by_hash[row.hash] for row in rows}


def make_marks(connection: Connection, phones: Iterable[str]) -> dict[str, str]:
    """{the mark under which earlier calls of a number may be kept: the number}: whoever was forgotten, and came back,
    is still the person that was called. Raises ForgetKeyMissing."""
    numbers = {phone for phone in phones if not is_forgotten(phone)}
    if not numbers:
        return {}
    key = read_forget_key(connection)
    return {make_number_token(hash_number(key, phone)): phone for phone in numbers}


def find_marks(connection: Connection, phones: Iterable[str]) -> dict[str, str]:
    """`make_marks`, and nothing where no mark is kept. Raises ForgetKeyMissing."""
    kept = run(connection, f"SELECT {MARKS_KEPT} AS kept").scalar_one()
    return make_marks(connection, phones) if kept else {}


def require_key_of_marks(connection: Connection) -> None:
    """Raises ForgetKeyMissing where marks are kept, and not the key that makes them."""
    if run(connection, f"SELECT {MARKS_KEPT} AS kept").scalar_one():
        read_forget_key(connection)


def list_kept_marks(connection: Connection) -> list[str]:
    """The marks under which calls of people may be kept who may be called again: not of those who are forgotten still.
    It needs no key."""
    rows = run(
        connection,
        """SELECT DISTINCT e.hash FROM erasures e WHERE e.kept_until IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM forgotten_numbers f WHERE f.hash = e.hash)""",
    )
    return [make_number_token(row.hash) for row in rows]


class ForgottenEntry(NamedTuple):
    """What is known of a number that was forgotten."""

    forgotten_at: datetime
    reason: str
    keep_until: datetime | None


def find_entry(connection: Connection, phone: str) -> ForgottenEntry | None:
    """The entry of a number that was forgotten; None for any other. Raises ForgetKeyMissing."""
    if not has_forgotten(connection):
        return None
    row = run(
        connection,
        "SELECT forgotten_at, reason, keep_until FROM forgotten_numbers WHERE hash = :hash",
        {"hash": hash_number(read_forget_key(connection), phone)},
    ).one_or_none()
    if row is None:
        return None
    forgotten_at = as_time(row.forgotten_at)
    assert forgotten_at is not None
    return ForgottenEntry(forgotten_at, row.reason, as_time(row.keep_until))


def add_forgotten(connection: Connection, number_hash: str, reason: str, now: datetime) -> None:
    """From the commit of this transaction the number is called no more. Forgotten twice it stays as it was. Whoever was
    about to call it, or to write it down, has committed after this, and is seen; others wait, and see it."""
    key = read_forget_key(connection)
    for statement, bound in (
        (
            "INSERT INTO settings (key, value) VALUES (:key, :id) ON CONFLICT (key) DO NOTHING",
            {"key": KEY_ID, "id": identify_key(key)},
        ),
        (
            """INSERT INTO forgotten_numbers (hash, forgotten_at, keep_until, reason)
               VALUES (:hash, :now, NULL, :reason) ON CONFLICT (hash) DO NOTHING""",
            {"hash": number_hash, "now": now, "reason": reason},
        ),
    ):
        run(connection, statement, bound)
    # Of two machines that begin at once with keys of their own, one must not go on.
    read_forget_key(connection)


def remove_forgotten(connection: Connection, number_hash: str) -> None:
    run(connection, "DELETE FROM forgotten_numbers WHERE hash = :hash", {"hash": number_hash})
