"""Rows of the full size: one campaign of two million contacts and four million calls beside 199 small ones, a million
numbers on do-not-call and a million audit entries, written past the product. Two of five contacts' lives are over after
four calls each, as many are due."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.models.audit_chain import seal_new_entries
from campaign_app.models.base import sqlite_stamp
from campaign_app.transaction import begin_write

from .server import Installation, make_number

LINES = 400
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
class Places:
    """Where to look: the large campaign, one of the small ones, a draft, and a few rows of the large one."""

    campaign: int
    small: int
    import_id: int
    contact: int
    number: str


def lay_rows(site: Installation, contacts: int) -> Places:
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
    with _without_indexes(site.db) as connection:
        import_id = _fill_tables(connection, large, contacts, SYSTEM_CLOCK.now())
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
    return Places(large, small[0], import_id, contacts // 4, make_number(contacts // 4))


@contextmanager
def _without_indexes(db: sa.Engine) -> Iterator[sa.Connection]:
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


def _fill_tables(connection: sa.Connection, campaign: int, contacts: int, now: datetime) -> int:
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
    _set_counters(connection, campaign)
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


def _set_counters(connection: sa.Connection, campaign: int) -> None:
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
