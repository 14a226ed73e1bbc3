"""A board in full size: one campaign of two million contacts and four million calls beside 199 small ones, a million
numbers on do-not-call and a million audit entries. Its pages are asked for at a started server, as a browser and the
REST API's clients do.

`BOARD_CONTACTS` sets the size (2,000,000 unless it is given); two of five contacts' lives are over after four calls
each, as many are due. `BOARD_DATABASES` names which databases (`sqlite,postgresql` unless it is given).
"""

from __future__ import annotations

import os
import sqlite3
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import sqlalchemy as sa

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.models.audit_chain import seal_new_entries
from campaign_app.models.base import sqlite_stamp
from campaign_app.transaction import begin_write

from .ask import Asker
from .report import Result
from .server import Installation, make_number
from .viewers import throwaway_database

CONTACTS = int(os.environ.get("BOARD_CONTACTS", "2000000"))
SETTINGS = {"SWITCHBOARD_SIMULATOR_TIME_SCALE": "10"}
LINES = 400
DIALED_BEFORE = 500
WAIT_SECONDS = 180
"""Calls that are made before the pages are asked for once more, and how long they are waited for."""

SMALL_CAMPAIGNS = 199
SMALL_CONTACTS = 200
ROUNDS = 4
"""Calls of each contact whose life is over."""
DAYS = 30
"""Over which the calls were made."""
SPEC: dict[str, Any] = {
    "retry": {"max_retries": 3, "delays_minutes": [30, 120, 1440]},
    "max_concurrent_calls": 150,
}
WAITING = 1_107
NOT_CALLED = 22_528
"""Contacts on do-not-call, or canceled."""
EXHAUSTED = 80_000
TABLES = (
    "contacts",
    "attempts",
    "call_events",
    "audit",
    "do_not_call",
    "do_not_call_removals",
    "rejected_rows",
)
SERIES = {
    "sqlite": "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many) SELECT i FROM n) AS n",
    "postgresql": "generate_series(1, CAST(:many AS integer)) AS n(i)",
}
WORDS = {
    "sqlite": {
        "at": ":at",
        "digits": "printf('%05d%03d', {0} / 400, {0} % 400)",
        "token": "printf('%012x', CAST(:ms + 1000 * ({0}) AS integer)) || lower(hex(randomblob(10)))",
        "later": "strftime('%Y-%m-%d %H:%M:%f', :at, (({0}) || ' seconds')) || '000'",
        "json": "",
        "name": """json_object('name', 'Person ' || i, 'town', 'Town ' || (i % 900))""",
        "none": "'{}'",
        "cells": "json_array('Person ' || i, '12')",
    },
    "postgresql": {
        "at": "CAST(:at AS timestamptz)",
        "digits": "lpad(CAST(({0}) / 400 AS text), 5, '0') || lpad(CAST(({0}) % 400 AS text), 3, '0')",
        "token": "lpad(to_hex(CAST(:ms + 1000 * ({0}) AS bigint)), 12, '0')"
        " || substr(replace(CAST(gen_random_uuid() AS text), '-', ''), 13)",
        "later": "CAST(:at AS timestamptz) + make_interval(secs => {0})",
        "name": """jsonb_build_object('name', 'Person ' || i, 'town', 'Town ' || (i % 900))""",
        "none": "CAST('{}' AS jsonb)",
        "cells": "jsonb_build_array('Person ' || i, '12')",
    },
}
COPIED = ("profile_id", "timezone", "region", "country", "line_type")
"""What the product found out about the first contact of a campaign, whose number is like all the others'."""


@dataclass(frozen=True, slots=True)
class Board:
    """Where to look: the large campaign, one of the small ones, a draft, and a few rows of the large one."""

    campaign: int
    small: int
    import_id: int
    contact: int
    number: str


def lay_board(site: Installation, contacts: int) -> Board:
    """The campaigns by the REST API of a started server, which ends here, and all their rows by statements."""
    site.start_web(with_engine=False)
    large = site.make_campaign("Two million", LINES, calls_per_second=50, retry=SPEC["retry"])
    site.ask("POST", f"/campaigns/{large}/contacts", {"contacts": [{"phone": make_number(0)}]})
    small = [site.make_campaign(f"Clinic {number}", 5) for number in range(1, SMALL_CAMPAIGNS + 1)]
    rows = [{"phone": make_number(2_500_000 + number)} for number in range(SMALL_CONTACTS)]
    for number, campaign_id in enumerate(small):
        site.ask("POST", f"/campaigns/{campaign_id}/contacts", {"contacts": rows})
        if number % 10 == 3:
            site.ask("POST", f"/campaigns/{campaign_id}/start")
            site.ask("POST", f"/campaigns/{campaign_id}/pause")
        if number % 10 == 4:
            site.ask("POST", f"/campaigns/{campaign_id}/start")
            site.ask("POST", f"/campaigns/{campaign_id}/stop")
    site.stop_all()
    if site.db.dialect.name == "sqlite":
        site.db.dispose()
    with _quick(site.db) as connection:
        import_id = _fill(connection, large, contacts, SYSTEM_CLOCK.now())
    with begin_write(site.db) as connection:
        if connection.dialect.name == "postgresql":
            # Of seals that its statistics do not have it would join all that there are, again for each piece.
            for setting in ("enable_hashjoin", "enable_mergejoin", "enable_seqscan", "jit"):
                connection.exec_driver_sql(f"SET LOCAL {setting} = off")
            connection.exec_driver_sql("SET LOCAL max_parallel_workers_per_gather = 0")
        seal_new_entries(connection, all_of_them=True)
    with site.db.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if site.db.dialect.name == "postgresql":
            connection.exec_driver_sql("VACUUM (ANALYZE)")
        else:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return Board(large, small[0], import_id, contacts // 4, make_number(contacts // 4))


@contextmanager
def _quick(db: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction over tables without their indexes, which are made again at its end."""
    if db.dialect.name == "sqlite":
        path = db.url.database

        def connect() -> sqlite3.Connection:
            raw = sqlite3.connect(str(path))
            for pragma in (
                "journal_mode = OFF",
                "synchronous = OFF",
                "cache_size = -5000000",
                "temp_store = MEMORY",
            ):
                raw.execute(f"PRAGMA {pragma}")
            return raw

        engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.NullPool)
    else:
        engine = db
    with engine.begin() as connection:
        if db.dialect.name == "sqlite":
            found = connection.exec_driver_sql(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name IN "
                + str(TABLES)
            ).all()
        else:
            found = connection.exec_driver_sql(
                "SELECT i.relname, pg_get_indexdef(x.indexrelid) FROM pg_index x"
                " JOIN pg_class i ON i.oid = x.indexrelid"
                " JOIN pg_class t ON t.oid = x.indrelid LEFT JOIN pg_constraint c ON c.conindid = x.indexrelid"
                f" WHERE c.oid IS NULL AND t.relkind = 'r' AND t.relname IN {TABLES}"
            ).all()
            connection.exec_driver_sql("SET maintenance_work_mem = '1GB'")
            connection.exec_driver_sql("SET session_replication_role = replica")
        for name, _ in found:
            connection.exec_driver_sql(f"DROP INDEX {name}")
        yield connection
        for _, sql in found:
            connection.exec_driver_sql(sql)
        if db.dialect.name == "postgresql":
            connection.exec_driver_sql("SET session_replication_role = origin")
    if db.dialect.name == "sqlite":
        raw = sqlite3.connect(str(db.url.database))
        raw.execute("PRAGMA journal_mode = WAL")
        raw.close()
        engine.dispose()


def _fill(connection: sa.Connection, campaign: int, contacts: int, now: datetime) -> int:
    kind = connection.dialect.name
    words = WORDS[kind]
    begun = now - timedelta(days=DAYS)

    def stamp(at: datetime) -> object:
        return sqlite_stamp(at) if kind == "sqlite" else at

    def run(sql: str, many: int = 0, at: datetime = begun, **values: object) -> None:
        for key in ("later", "digits", "token"):
            while f"[{key} " in sql:
                head, _, rest = sql.partition(f"[{key} ")
                inner, _, rest = rest.partition("]")
                sql = head + words[key].format(inner) + rest
        for key in ("at", "name", "none", "cells"):
            sql = sql.replace(f"[{key}]", words[key])
        sql = sql.replace("[n]", SERIES[kind])
        bound = {
            "many": many,
            "at": stamp(at),
            "ms": int(at.timestamp() * 1000),
            "campaign": campaign,
            **values,
        }
        connection.execute(sa.text(sql), {key: value for key, value in bound.items() if f":{key}" in sql})

    # As many as have been called, wait for a retry, and are due.
    called = (contacts - WAITING * contacts // 2_000_000) // 2 + NOT_CALLED // 6 * contacts // 2_000_000
    waiting = max(1, WAITING * contacts // 2_000_000)
    exhausted = called - EXHAUSTED * contacts // 2_000_000
    skipped = called - (EXHAUSTED + NOT_CALLED) * contacts // 2_000_000
    run(
        "INSERT INTO imports (campaign_id, filename, stored_as, size, status, total, accepted, rejected,"
        " repeated_in_file, already_in_campaign, do_not_call, bytes_done, rows_done, created_by, created_at,"
        " finished_at)"
        " VALUES (:campaign, 'two-million.csv', 'x', 1, 'completed', :many, :many, 200000, 0, 0, 0, 1, :many,"
        " 'user:ada@example.org', [at], [at])",
        contacts,
    )
    import_id = int(connection.execute(sa.text("SELECT max(id) FROM imports")).scalar_one())
    run(
        "INSERT INTO imports (campaign_id, filename, stored_as, size, status, total, accepted, rejected,"
        " repeated_in_file, already_in_campaign, do_not_call, bytes_done, rows_done, created_by, created_at,"
        " finished_at)"
        " SELECT :campaign, 'more-' || i || '.csv', 'x', 1, 'completed', 1, 1, 0, 0, 0, 0, 1, 1,"
        " 'user:ada@example.org', [at], [at] FROM [n]",
        300,
    )
    run(
        "INSERT INTO rejected_rows (import_id, line, kind, code, reason, cells) SELECT :import_id, i, 'invalid',"
        " CASE WHEN i % 1000 = 7 THEN 'too-short' ELSE 'empty' END, 'the number is too short', [cells] FROM [n]",
        200_000,
        import_id=import_id,
    )
    first = int(connection.execute(sa.text("SELECT max(id) FROM contacts")).scalar_one())
    run(
        f"""INSERT INTO contacts (id, campaign_id, phone, status, due_at, attempts_made, tries, variables, created_at,
            import_id, line, suppressed_by, {", ".join(COPIED)})
          SELECT :first + i, :campaign, '+49151' || [digits i], CASE
              WHEN i <= :skipped THEN 'completed' WHEN i <= :exhausted THEN
                CASE WHEN i % 5 = 0 AND i % 4 = 0 THEN 'suppressed' ELSE 'exhausted' END
              WHEN i <= :called THEN 'canceled' WHEN i <= :called + :waiting THEN 'retry' ELSE 'pending' END,
            CASE WHEN i > :called + :waiting THEN [at] WHEN i > :called THEN [later 86400 * 40] END,
            CASE WHEN i <= :called THEN 4 WHEN i <= :called + :waiting THEN 1 ELSE 0 END,
            CASE WHEN i <= :called THEN 4 WHEN i <= :called + :waiting THEN 1 ELSE 0 END,
            [name], [at], :import_id, i,
            CASE WHEN i > :skipped AND i <= :exhausted AND i % 20 = 0 THEN 'do-not-call' END,
            {", ".join(f"model.{name}" for name in COPIED)}
          FROM [n], (SELECT * FROM contacts WHERE campaign_id = :campaign ORDER BY id LIMIT 1) AS model""",
        contacts - 1,
        first=first,
        skipped=skipped,
        exhausted=exhausted,
        called=called,
        waiting=waiting,
        import_id=import_id,
    )
    trunk, rulebook = connection.execute(
        sa.text("SELECT trunk_id, rulebook_id FROM campaigns WHERE id = :id"), {"id": campaign}
    ).one()
    profile = connection.execute(
        sa.text("SELECT profile_id FROM contacts WHERE campaign_id = :id LIMIT 1"), {"id": campaign}
    ).scalar_one()
    many = called * ROUNDS + waiting
    spread = f"i * CAST(86400.0 * {DAYS} AS double precision) / :many"
    run(
        f"""INSERT INTO attempts (campaign_id, contact_id, trunk_id, number, try_number, counts, token, phone, status,
            rank, engine, provider_ref, answered_by, "key", claimed_at, dialing_at, placed_at, answered_at, ended_at,
            test, profile_id, rulebook_id)
          SELECT :campaign, :first + contact, :trunk, number, number, true, [token {spread}],
            '+49151' || [digits contact], status, 9, 'host-1-abcd', 'CA' || i,
            CASE WHEN status = 'completed' THEN CASE WHEN i % 4 = 0 THEN 'machine' ELSE 'human' END END,
            CASE WHEN status = 'completed' AND i % 5 < 2 THEN CAST(1 + i % 5 AS text) END,
            [later {spread}], [later {spread}], [later {spread}],
            CASE WHEN status = 'completed' THEN [later {spread} + 8] END, [later {spread} + 30], false,
            :profile, :rulebook
          FROM (SELECT i, contact, number, CASE WHEN i % 2700 = 5 THEN 'unresolved' WHEN i % 2700 = 6 THEN 'canceled'
              WHEN i % 2700 = 7 THEN 'released' WHEN number = 4 AND contact <= :skipped THEN 'completed'
              WHEN i % 7 = 0 THEN 'busy' WHEN i % 50 = 0 THEN 'failed' ELSE 'no-answer' END AS status
            FROM (SELECT i, CASE WHEN i <= :called * {ROUNDS} THEN 1 + (i - 1) % :called ELSE i - :called * {ROUNDS - 1}
                END AS contact, CASE WHEN i <= :called * {ROUNDS} THEN 1 + (i - 1) / :called ELSE 1 END AS number
              FROM [n]) AS numbered) AS made ORDER BY i""",
        many,
        first=first,
        trunk=trunk,
        profile=profile,
        rulebook=rulebook,
        called=called,
        skipped=skipped,
    )
    run(
        """INSERT INTO attempts (campaign_id, contact_id, trunk_id, number, try_number, counts, token, phone, status,
            rank, engine, claimed_at, dialing_at, placed_at, ended_at, test, profile_id, rulebook_id)
          SELECT campaign_id, id, :trunk, 1, 1, true, [token 0], phone,
            CASE id % 3 WHEN 0 THEN 'busy' ELSE 'completed' END, 9, 'host-1-abcd',
            [at], [at], [at], [at], false, profile_id, :rulebook
          FROM contacts WHERE campaign_id <> :campaign ORDER BY id""",
        at=now - timedelta(hours=3),
        trunk=trunk,
        rulebook=rulebook,
    )
    run(
        """INSERT INTO attempts (trunk_id, number, try_number, counts, token, phone, status, rank, claimed_at,
            dialing_at, placed_at, ended_at, test)
          SELECT :trunk, 1, 1, true, [token 0], '+49152' || [digits i], 'completed', 9, [at], [at], [at], [at], false
          FROM [n]""",
        20_000,
        at=now - timedelta(hours=2),
        trunk=trunk,
    )
    run(
        """INSERT INTO call_events (token, at, received_at, source, status)
          SELECT token, ended_at, ended_at, 'poll', status FROM attempts ORDER BY id"""
    )
    run(
        """UPDATE contacts SET status = 'completed', due_at = NULL, attempts_made = 1, tries = 1
          WHERE campaign_id <> :campaign AND id % 2 = 0 AND due_at IS NOT NULL"""
    )
    run(
        "INSERT INTO do_not_call (phone, source, reason, added_by, created_at)"
        " SELECT '+49160' || [digits i], CASE WHEN i % 10 = 0 THEN 'opted out' ELSE 'file' END, 'asked', 'cli', [at]"
        " FROM [n]",
        1_000_000,
    )
    run(
        "INSERT INTO do_not_call_removals (phone, source, added_by, created_at, removed_at, removed_by, removal_reason,"
        " unsuppressed) SELECT '+49162' || [digits i], 'file', 'cli', [at], [at], 'cli', 'a mistake', 0 FROM [n]",
        100_000,
    )
    run(
        """INSERT INTO audit (at, actor, action, object_type, object_id, address, detail)
          SELECT [later i], CASE i % 3 WHEN 0 THEN 'user:ada@example.org' WHEN 1 THEN 'token:crm' ELSE 'engine' END,
            CASE WHEN i % 3 = 0 THEN 'campaign.pause' ELSE 'contacts.add' END,
            CASE WHEN i % 3 = 0 THEN 'campaign' ELSE 'contact' END, CAST(1 + i % 190 AS text),
            CASE WHEN i % 3 < 2 THEN '203.0.113.' || (i % 7) END, [none] FROM [n]""",
        1_000_000,
    )
    _count(connection, campaign)
    run(
        """INSERT INTO outcome_slots (campaign_id, slot_at, completed, busy, no_answer, failed, canceled, unresolved,
            human, machine, peak_open) SELECT :campaign, [later i * 600], CASE WHEN i > 3240 THEN 800 ELSE 0 END, 130,
            CASE WHEN i > 3240 THEN 0 ELSE 780 END, 10, 0, 0, CASE WHEN i > 3240 THEN 600 ELSE 0 END,
            CASE WHEN i > 3240 THEN 200 ELSE 0 END, 150 FROM [n]""",
        DAYS * 144 - 1,
        at=begun.replace(minute=0, second=0, microsecond=0),
    )
    run("UPDATE campaign_counters SET peak_open = 150 WHERE campaign_id = :campaign")
    return import_id


def _count(connection: sa.Connection, campaign: int) -> None:
    """The counters as the rows are."""
    run = connection.execute
    for table in ("contacts", "attempts"):
        rows = run(
            sa.text(
                f"SELECT campaign_id, status, count(*) FROM {table} WHERE campaign_id IS NOT NULL GROUP BY 1, 2"
            )
        ).all()
        if table == "contacts":
            columns = [
                c
                for c in list(run(sa.text("SELECT * FROM campaign_counters LIMIT 0")).keys())
                if c.startswith("contacts_")
            ]
            run(sa.text("UPDATE campaign_counters SET " + ", ".join(f"{c} = 0" for c in columns)))
        for campaign_id, status, number in rows:
            column = f"{table}_{status.replace('-', '_')}"
            run(
                sa.text(f"UPDATE campaign_counters SET {column} = :n WHERE campaign_id = :id"),
                {"n": number, "id": campaign_id},
            )
    run(
        sa.text(
            'INSERT INTO response_counts (campaign_id, response, n) SELECT campaign_id, "key", count(*) FROM attempts'
            ' WHERE campaign_id = :id AND "key" IS NOT NULL GROUP BY 1, 2'
        ),
        {"id": campaign},
    )


CALL_STATUSES = (
    "completed",
    "no-answer",
    "busy",
    "failed",
    "unresolved",
    "canceled",
    "released",
    "open",
    "ringing",
)
CONTACT_STATUSES = ("pending", "dialing", "retry", "completed", "exhausted", "suppressed", "canceled")


def list_searches(number: str) -> list[str]:
    """Last digits, whole numbers, beginnings, letters, and what nobody has."""
    plain = number.removeprefix("+")
    return [
        plain[-4:],
        plain[-6:],
        plain[-3:],
        f"%2B{plain}",
        plain,
        f"0{plain.removeprefix('49')}",
        f"%2B{plain[:9]}",
        f"%2B{plain[:5]}",
        "9999",
        "%2B14155550123",
        "anna",
        "Person%20123",
    ]


def list_pages(board: Board) -> dict[str, list[str]]:
    """{part: addresses}."""
    large, small = f"/campaigns/{board.campaign}", f"/campaigns/{board.small}"
    searches = list_searches(board.number)
    api = f"/api/v1{large}"
    calls: list[str] = []
    for table in (f"{large}/_calls", "/calls/_calls"):
        calls += [f"{table}?status={status}" for status in CALL_STATUSES]
        calls += [f"{table}?sort={sort}" for sort in ("id", "phone", "-phone", "status", "-status")]
        calls += [f"{table}?key={key}" for key in ("1", "7")]
        calls += [f"{table}?q={search}" for search in searches]
        calls += [
            f"{table}?q={searches[0]}&sort={sort}" for sort in ("id", "phone", "-phone", "status", "-status")
        ]
        calls += [
            f"{table}?q={searches[0]}&status={status}"
            for status in ("completed", "busy", "open", "unresolved")
        ]
        calls += [
            f"{table}?top={3_000_000}&at=1796000000",
            f"{table}?status=busy&key=1",
            f"{table}?status=released&sort=id",
        ]
    contacts = [f"{large}/contacts?status={status}" for status in CONTACT_STATUSES]
    contacts += [f"{large}/contacts?status={status}&sort=-id" for status in CONTACT_STATUSES]
    contacts += [
        f"{large}/contacts?sort={s}" for s in ("-id", "phone", "-phone", "status", "due", "tries", "var:name")
    ]
    contacts += [f"{large}/contacts?q={search}" for search in searches]
    contacts += [f"{large}/contacts?q={searches[0]}&sort={sort}" for sort in ("-id", "phone", "-phone")]
    contacts += [f"{large}/contacts?q={searches[0]}&status={status}" for status in CONTACT_STATUSES]
    asked = [f"{api}/contacts", *(f"{api}/contacts?status={status}" for status in CONTACT_STATUSES)]
    asked += [f"{api}/contacts?search={search}" for search in searches]
    asked += [
        f"{api}/contacts?search={searches[0]}&status={status}"
        for status in ("completed", "pending", "dialing")
    ]
    asked += [f"{api}/contacts?limit=200", f"{api}/calls?limit=200", "/api/v1/calls?limit=200"]
    for path in (f"{api}/calls", "/api/v1/calls"):
        asked += [path, *(f"{path}?status={status}" for status in CALL_STATUSES)]
        asked += [f"{path}?search={search}" for search in searches]
        asked += [f"{path}?key=1", f"{path}?search={searches[0]}&status=completed"]
    of_campaign = f"/api/v1/calls?campaign_id={board.campaign}"
    asked += [of_campaign, *(f"{of_campaign}&status={status}" for status in ("busy", "open", "unresolved"))]
    asked += [f"{of_campaign}&key=1", f"{of_campaign}&search={searches[0]}"]
    others = [
        "/home",
        "/home/_now",
        "/home/hand-over",
        "/",
        "/health",
        "/health/_live",
        "/health/_lamp",
        "/health/lost-calls",
        "/metrics",
        "/readyz",
        "/healthz",
        "/users",
        "/settings",
        "/settings/retention",
        "/settings/tokens",
        "/trunks",
        "/rules",
        "/rules/lists",
        "/rules/blackouts",
        "/rules/lists/new",
        "/recordings",
        "/people/erasures",
        "/people/forget",
        large,
        f"{large}/_live",
        f"{large}/_answers",
        f"{large}/edit",
        f"{large}/_consequence?action=stop",
        f"{large}/_consequence",
        f"{large}/imports/new",
        f"{large}/exports",
        f"{large}/export",
        f"{large}/imports/{board.import_id}",
        f"{large}/imports/{board.import_id}/_outcome",
        f"{large}/imports/{board.import_id}/rejected",
        f"{large}/imports/{board.import_id}/rejected?code=too-short",
        f"{large}/imports/{board.import_id}/rejected?code=empty",
        f"{large}/start",
        f"{large}/_preflight",
        small,
        f"{small}/_live",
        f"{small}/contacts",
        f"{small}/_calls",
        f"{small}/start",
        f"{small}/_preflight",
        "/campaigns/_board",
        "/campaigns/_rows",
        "/campaigns?status=running&q=Clinic&sort=name",
        "/campaigns?q=nothing",
        f"/contacts/{board.contact}",
        f"/contacts/{board.contact}/receipts.json",
        "/calls",
        "/calls/unresolved",
        f"/calls/unresolved?campaign={board.campaign}",
        "/calls/unresolved?after=100000",
        "/calls/exports",
        "/why",
        f"/why?contact={board.contact}",
        f"/why?phone=%2B{board.number[1:]}",
        f"/why?phone=%2B{board.number[1:]}&region=DE",
        f"/why?phone=%2B{make_number(2_500_007)[1:]}",
        "/why?phone=%2B4916000000123",
        *(
            f"/search?q={text}"
            for text in ("Clinic", "Person", "Person%201234567", "two", "0123", f"%2B{board.number[1:]}")
        ),
        "/do-not-call/imports/new",
        "/audit/exports",
        "/do-not-call/exports",
    ]
    lists = [
        f"/do-not-call?q={search}"
        for search in (
            "%2B4916000000123",
            "0123",
            "00123",
            "%2B491600",
            "%2B49160000001",
            "123",
            "anna",
            "9999999",
        )
    ]
    lists += [
        f"/do-not-call/removed?q={search}"
        for search in ("%2B4916200000123", "0123", "%2B491620", "12", "anna")
    ]
    lists += [
        "/audit",
        "/audit?type=trunk",
        "/audit?type=campaign",
        "/audit?type=contact",
        "/audit?who=crm",
        "/audit?who=ada@example.org",
        "/audit?who=203.0.113.3",
        "/audit?who=nobody@example.org",
        "/audit?type=campaign&who=crm",
        "/audit?type=trunk&who=crm",
        "/audit?type=contact&who=nobody@example.org",
        "/audit?since=2026-11-10&until=2026-11-11",
        "/audit?since=2020-01-01&until=2020-01-02",
        "/audit?since=2026-11-01&until=2026-11-02&who=crm",
        "/audit?since=2026-11-29&type=trunk",
        "/audit?type=campaign&id=7",
        "/audit?object=campaign&id=7",
    ]
    more = [
        "/api/v1/campaigns",
        "/api/v1/campaigns?status=running",
        "/api/v1/campaigns?search=Clinic",
        api,
        f"{api}/stats",
        f"{api}/preflight",
        f"{api}/variables",
        f"/api/v1/contacts/{board.contact}",
        f"/api/v1/contacts/{board.contact}/why",
        f"/api/v1/why?phone=%2B{board.number[1:]}",
        "/api/v1/calls/2000000",
        "/api/v1/attempts/2000000/receipt",
        "/api/v1/do-not-call",
        "/api/v1/do-not-call?search=0123",
        "/api/v1/do-not-call?search=%2B491",
        "/api/v1/do-not-call/removals",
        "/api/v1/do-not-call/removals?search=0123",
        "/api/v1/unresolved",
        f"/api/v1/unresolved?campaign_id={board.campaign}&limit=200",
        "/api/v1/lists",
        f"/api/v1/lists/numbers?phone=%2B{board.number[1:]}",
        f"/api/v1/people/export?phone=%2B{board.number[1:]}",
        f"/api/v1/people/receipts?phone=%2B{board.number[1:]}",
        f"/api/v1/imports/{board.import_id}",
        "/api/v1/recordings",
        "/api/v1/trunks",
        "/api/v1/users",
    ]
    return {
        "calls": calls,
        "contacts": contacts,
        "api": asked,
        "others": others,
        "lists": lists,
        "more": more,
    }


def list_streams(board: Board) -> list[str]:
    """Of which only the first byte is waited for."""
    large = f"/api/v1/campaigns/{board.campaign}"
    return [
        *(f"{large}/export?format={format}" for format in ("json", "ndjson", "csv")),
        f"{large}/calls/export?format=csv",
        f"{large}/calls/export?format=ndjson&status=busy",
        f"{large}/calls/export?format=csv&search=0123",
        f"{large}/calls/export?format=csv&key=1",
        "/api/v1/calls/export?format=csv",
        "/api/v1/calls/export?format=csv&status=busy",
        "/api/v1/calls/export?format=csv&since=2026-11-10&until=2026-11-11",
        f"{large}/calls/export?format=csv&since=2026-11-10&until=2026-11-11",
        "/api/v1/do-not-call/export.csv",
        f"/api/v1/imports/{board.import_id}/rejected.csv",
        f"/campaigns/{board.campaign}/never.csv?why=do-not-call",
    ]


def ask_board(site: Installation, board: Board, parts: Sequence[str] = ()) -> Asker:
    """All pages and answers, or those of some parts; at the end once more the usual ones while calls are made."""
    web = site.start_web(with_engine=False)
    asker = Asker(web, site.sign_in(f"bench-{uuid.uuid4().hex}@example.org"), site.token)
    print(f"resident after the start: {web.read_memory():.0f} MB", file=sys.stderr)
    large = f"/campaigns/{board.campaign}"
    api = f"/api/v1{large}"
    for part, paths in list_pages(board).items():
        if not parts or part in parts:
            asker.look_at(paths)
    if not parts or "crawl" in parts:
        tables = [
            f"{large}/_calls",
            "/calls/_calls",
            f"{large}/contacts",
            "/campaigns",
            "/do-not-call",
            "/audit",
        ]
        tables += ["/do-not-call/removed", "/calls/unresolved", f"{large}/imports/{board.import_id}/rejected"]
        tables += [f"{large}/{table}?q={board.number[-4:]}" for table in ("_calls", "contacts")]
        for path in tables:
            asker.crawl(path, 14)
    if not parts or "deep" in parts:
        lists = [
            f"{api}/contacts",
            f"{api}/calls",
            "/api/v1/calls",
            "/api/v1/do-not-call",
            f"{api}/calls?key=1",
        ]
        for path in (*lists, f"{api}/calls?status=busy", f"{api}/contacts?status=pending"):
            asker.page_forward(path, 10)
    if not parts or "streams" in parts:
        for path in list_streams(board):
            asker.look(path, first_byte=True)
    print(f"resident after all of it: {web.read_memory():.0f} MB", file=sys.stderr)
    if not parts or "dialing" in parts:
        site.set_trunk_lines(LINES)
        is_new = site.ask("GET", large)["status"] == "draft"
        site.ask("POST", f"{large}/{'start' if is_new else 'resume'}")
        engine = site.start_engine()
        before = site.count_dialed_calls()
        until = monotonic() + WAIT_SECONDS
        while site.count_dialed_calls() < before + DIALED_BEFORE and monotonic() < until:
            sleep(1)
        made, began = site.count_dialed_calls(), monotonic()
        usual = [
            f"{large}/_calls",
            f"{large}/_calls?status=busy",
            f"{large}/_calls?q={board.number[-4:]}",
            large,
        ]
        usual += [
            "/calls/_calls",
            f"{large}/contacts",
            f"{large}/contacts?status=retry",
            f"{api}/contacts",
            "/home",
        ]
        usual += [
            f"{large}/_live",
            "/campaigns",
            "/campaigns/_board",
            "/campaigns/_rows",
            f"{api}/stats",
            "/metrics",
        ]
        usual += [
            f"/contacts/{board.contact}",
            f"/why?contact={board.contact}",
            "/readyz",
            f"{large}/_calls?status=open",
        ]
        for path in (*usual, f"{api}/calls", "/api/v1/calls"):
            asker.look(path, note="dialing")
        rate = (site.count_dialed_calls() - made) / (monotonic() - began)
        print(f"{rate:.0f} calls a second meanwhile, lag {site.read_lag():.1f} s", file=sys.stderr)
        site.ask("POST", f"{large}/pause")
        engine.process.terminate()
        engine.process.wait(timeout=60)
        print(f"resident after that: {web.read_memory():.0f} MB", file=sys.stderr)
    return asker


def board(directory: Path) -> list[Result]:
    """On both databases. Needs 10 GB of disk and half an hour."""
    wanted = os.environ.get("BOARD_DATABASES", "sqlite,postgresql").split(",")
    results: list[Result] = []
    for kind, name in (("sqlite", "SQLite"), ("postgresql", "PostgreSQL")):
        if kind not in wanted:
            continue
        (directory / kind).mkdir()
        with (
            throwaway_database(kind == "postgresql") as url,
            Installation(directory / kind, url, SETTINGS) as site,
        ):
            asker = ask_board(site, lay_board(site, CONTACTS))
        results += [
            Result(f"{each.path} {each.note}".strip(), name, None, each.warm, None, "ms")
            for each in asker.looks
        ]
    return results
