"""What rows weigh on PostgreSQL: bytes of table and of each index per row, and the WAL that one call writes.

The engine itself takes twenty thousand of a million contacts through their calls, which gives the WAL a call; the rest
follows in larger sets, by statements that change the same rows in the same order, which gives the sizes.
"""

from __future__ import annotations

from pathlib import Path
from time import perf_counter

import psycopg
import sqlalchemy as sa

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.extensions import make_engine
from scripts.system_parts import REMEDY, find_postgres
from tests.support.postgres import PostgresServer

from .ground import lay
from .lifecycles import WrongWork
from .ours import Ours
from .report import Result

ROWS = 1_000_000
LIVED = 20_000
"""Contacts that the engine itself takes through their calls, for the WAL: enough for a stable figure a call."""
BATCH = 100
TABLES = ("contacts", "attempts", "call_events")

# The rest of the million at once, as the engine leaves them: a claim's update and insert, three updates, two events.
CLAIMED = """
  WITH taken AS (UPDATE contacts SET status = 'dialing', due_at = NULL, attempts_made = attempts_made + 1
    WHERE id > %(after)s AND id <= %(upto)s AND status = 'pending' RETURNING id, phone, attempts_made, tries)
  INSERT INTO attempts (campaign_id, contact_id, trunk_id, number, try_number, counts, token, phone, status, rank,
    engine, claimed_at)
  SELECT 1, id, 1, attempts_made, tries + 1, true, md5(id::text), phone, 'claimed', 0, 'host-12345-abcd', now()
  FROM taken ORDER BY id"""
STEPS = (
    """UPDATE attempts SET status = 'dialing', rank = 1, dialing_at = now(), horizon_at = now() + interval '1 hour',
         poll_at = now() WHERE contact_id > %(after)s AND contact_id <= %(upto)s AND ended_at IS NULL""",
    """UPDATE attempts SET status = 'queued', rank = 2, provider_ref = 'CA' || token, placed_at = now()
       WHERE contact_id > %(after)s AND contact_id <= %(upto)s AND ended_at IS NULL""",
    """INSERT INTO call_events (token, at, received_at, source, status, raw)
       SELECT token, now(), now(), 'callback', s.status, '{"CallSid":"CA' || token || '","CallStatus":"' || s.status
         || '","From":"+12125550100","To":"' || phone || '","SequenceNumber":"3","CallDuration":"21"}'
       FROM attempts, (VALUES ('ringing'), ('completed')) AS s(status)
       WHERE contact_id > %(after)s AND contact_id <= %(upto)s AND ended_at IS NULL ORDER BY attempts.id""",
    """UPDATE attempts SET status = 'completed', rank = 9, answered_by = 'human', answered_at = now(),
         ended_at = now(), poll_at = NULL
       WHERE contact_id > %(after)s AND contact_id <= %(upto)s AND ended_at IS NULL""",
    """UPDATE contacts SET status = 'completed', tries = tries + 1
       WHERE id > %(after)s AND id <= %(upto)s AND status = 'dialing'""",
)
CHUNK = 20_000


def sizes(directory: Path, rows: int = ROWS) -> list[Result]:
    """Bytes a row after everything was called once and vacuumed, table and index by index; WAL bytes a call."""
    binaries = find_postgres()
    if binaries is None:
        raise SystemExit(REMEDY["postgres"])
    with PostgresServer(binaries, durable=True) as server:
        engine = make_engine(server.new_database())
        try:
            return _measure(engine, rows)
        finally:
            engine.dispose()


def _measure(engine: sa.Engine, rows: int) -> list[Result]:
    lay(engine, rows, SYSTEM_CLOCK.now())
    url = engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        results = [
            Result(
                "bytes a contact, imported",
                "PostgreSQL",
                None,
                _whole(connection, "contacts") / rows,
                None,
                "bytes",
            )
        ]
        wal, seconds = _live(engine, connection, min(LIVED, rows))
        results.append(Result("WAL a call, by the engine", "PostgreSQL", BATCH, wal, None, "bytes"))
        results.append(
            Result("calls through the engine", "PostgreSQL", BATCH, 1 / seconds, None, "per second")
        )
        hot = _hot(connection)
        for first in range(0, rows, CHUNK):
            bounds = {"after": first, "upto": first + CHUNK}
            for statement in (CLAIMED, *STEPS):
                connection.execute(statement, bounds)
            # What autovacuum does meanwhile.
            if first // CHUNK % 10 == 9:
                connection.execute("VACUUM (ANALYZE) contacts, attempts")
        connection.execute("VACUUM (ANALYZE)")
        row = connection.execute("SELECT count(*) FROM attempts WHERE status = 'completed'").fetchone()
        if row is None or row[0] != rows:
            raise WrongWork(f"of {rows} attempts {row} ended")
        for table in TABLES:
            results += _table(connection, table)
    for table, share in hot.items():
        results.append(Result(f"{table}: updates in place (HOT)", "PostgreSQL", BATCH, share, None, "share"))
    return results


def _live(
    engine: sa.Engine, connection: psycopg.Connection[tuple[object, ...]], calls: int
) -> tuple[float, float]:
    """WAL bytes and seconds a call, through the engine's own claim, permit, place, record and settle."""
    ours = Ours(engine)
    connection.execute("CHECKPOINT")
    before = _lsn(connection)
    started = perf_counter()
    try:
        done = 0
        while done < calls:
            done += ours.finish(ours.claim(BATCH))
    finally:
        ours.close()
    seconds = perf_counter() - started
    return (_lsn(connection) - before) / done, seconds / done


def _lsn(connection: psycopg.Connection[tuple[object, ...]]) -> float:
    row = connection.execute("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn").fetchone()
    assert row is not None
    return float(str(row[0]))


def _hot(connection: psycopg.Connection[tuple[object, ...]]) -> dict[str, float]:
    """{table: share of its updates that touched no index}."""
    connection.execute("SELECT pg_stat_force_next_flush()")
    rows = connection.execute(
        "SELECT relname, n_tup_hot_upd::float8 / n_tup_upd FROM pg_stat_user_tables WHERE n_tup_upd > 0"
        " AND relname IN ('contacts', 'attempts', 'campaigns', 'campaign_counters', 'outcome_slots') ORDER BY relname"
    ).fetchall()
    return {str(name): float(str(share)) for name, share in rows}


def _whole(connection: psycopg.Connection[tuple[object, ...]], table: str) -> float:
    row = connection.execute("SELECT pg_total_relation_size(%s::regclass)", [table]).fetchone()
    assert row is not None
    return float(str(row[0]))


def _table(connection: psycopg.Connection[tuple[object, ...]], table: str) -> list[Result]:
    row = connection.execute(f"SELECT count(*), pg_table_size('{table}') FROM {table}").fetchone()
    assert row is not None
    many, heap = float(str(row[0])), float(str(row[1]))
    indexes = connection.execute(
        """SELECT indexrelid::regclass::text, pg_relation_size(indexrelid) FROM pg_index
           WHERE indrelid = %s::regclass ORDER BY 2 DESC""",
        [table],
    ).fetchall()
    found = [(f"{table}: table", heap), *((f"{table}: {name}", float(str(size))) for name, size in indexes)]
    found.append((f"{table}: all", sum(size for _, size in found)))
    return [Result(f"{name}", "PostgreSQL", None, size / many, None, "bytes a row") for name, size in found]
