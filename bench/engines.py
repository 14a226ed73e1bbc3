"""Calls a second of one engine and of four, 20 campaigns, on a provider that takes 50 ms; and one campaign's ceiling.

The engines are processes of their own on a throwaway PostgreSQL with fsync on. The provider (`fifty.py`) waits for its
50 ms in `place`, on ten senders an engine, writes a ledger line for each beginning and end, and ends the call at once.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.extensions import make_engine
from campaign_app.models import Base, Campaign, CampaignCounters, Trunk
from campaign_app.transaction import begin_write, transaction
from scripts.system_parts import REMEDY, find_postgres
from tests.support.postgres import PostgresServer

from .fifty import READY
from .ground import WINDOWS
from .report import Result
from .rules import add_profile, add_rulebook

ROOT = Path(__file__).parent.parent
CAMPAIGNS = 20
LINES = 400
LINES_EACH = 40
SECONDS = 10.0
WARM_UP = 2.0
NUMBERS = """INSERT INTO contacts (campaign_id, phone, status, due_at, attempts_made, tries, variables, created_at,
      profile_id)
    SELECT :campaign, '+4915' || lpad(CAST(:campaign AS text), 2, '0') || lpad(CAST(i AS text), 7, '0'), 'pending',
      CAST(:due AS timestamptz), 0, 0, CAST('{}' AS jsonb), CAST(:due AS timestamptz), 1
    FROM generate_series(0, :many - 1) AS n(i)"""


class LimitBroken(RuntimeError):
    """More calls were up at once than a limit allows."""


def engines(directory: Path) -> list[Result]:
    binaries = find_postgres()
    if binaries is None:
        raise SystemExit(REMEDY["postgres"])
    results: list[Result] = []
    with PostgresServer(binaries, durable=True) as server:
        one = _measure(server, directory, engines=1, campaigns=CAMPAIGNS)
        four = _measure(server, directory, engines=4, campaigns=CAMPAIGNS)
        results.append(Result("1 engine, 20 campaigns", "PostgreSQL", None, one, None, "calls per second"))
        results.append(Result("4 engines, 20 campaigns", "PostgreSQL", None, four, one, "calls per second"))
        alone = _measure(server, directory, engines=4, campaigns=1)
        results.append(Result("4 engines, 1 campaign", "PostgreSQL", None, alone, one, "calls per second"))
    return results


def _measure(server: PostgresServer, directory: Path, *, engines: int, campaigns: int) -> float:
    """Calls placed a second, once all engines are warm. Raises LimitBroken."""
    url = server.new_database()
    db = make_engine(url)
    each = int(engines * 250 * (SECONDS + 2 * WARM_UP) / campaigns)
    limit = LINES if campaigns == 1 else LINES_EACH
    _lay(db, campaigns, each, limit)
    ledger = directory / f"ledger-{engines}-{campaigns}.ndjson"
    environment = {**os.environ, "BENCH_DATABASE": url, "BENCH_LEDGER": str(ledger)}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.fifty", f"engine-{number}"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(engines)
    ]
    try:
        for process in running:
            assert process.stdout is not None
            if process.stdout.readline().strip() != READY:
                raise RuntimeError("an engine did not start")
        _start(db)
        sleep(WARM_UP)
        before, began = _placed(ledger), monotonic()
        sleep(SECONDS)
        rate = (_placed(ledger) - before) / (monotonic() - began)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(timeout=30)
    _check_limits(db, ledger, limit)
    db.dispose()
    server.drop_database(url)
    return rate


def _lay(db: sa.Engine, campaigns: int, each: int, limit: int) -> None:
    Base.metadata.create_all(db)
    due = SYSTEM_CLOCK.now() - timedelta(hours=1)
    with Session(db) as session, transaction(session):
        session.add(
            Trunk(
                id=1, name="bench", provider="bench", settings={}, max_concurrent_calls=LINES, created_at=due
            )
        )
        session.flush()
        add_profile(session, due)
        for number in range(1, campaigns + 1):
            campaign = _campaign(number, limit, due)
            session.add(campaign)
            session.flush()
            add_rulebook(session, campaign, due)
            session.add(CampaignCounters(campaign_id=number, contacts_pending=each))
    with begin_write(db) as connection:
        for number in range(1, campaigns + 1):
            connection.execute(sa.text(NUMBERS), {"campaign": number, "many": each, "due": due})
    with db.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM (ANALYZE)")


def _campaign(number: int, limit: int, due: datetime) -> Campaign:
    return Campaign(
        id=number,
        name=f"Bench {number}",
        status="paused",
        stored_message={"text": "Good day."},
        timezone="Europe/Berlin",
        calling_windows=WINDOWS,
        max_concurrent_calls=limit,
        retry={"max_retries": 0, "delays_minutes": [30], "by_outcome": {}},
        trunk_id=1,
        priority=1,
        created_at=due,
        created_by="bench",
        status_at=due,
        status_by="bench",
    )


def _start(db: sa.Engine) -> None:
    with begin_write(db) as connection:
        connection.exec_driver_sql("UPDATE campaigns SET status = 'running'")


def _placed(ledger: Path) -> int:
    return ledger.read_bytes().count(b'"placed"') if ledger.exists() else 0


def _check_limits(db: sa.Engine, ledger: Path, limit: int) -> None:
    """By the provider's own ledger, whose lines are in the order of time."""
    with db.connect() as connection:
        campaign_of = {
            row.token: row.campaign_id
            for row in connection.execute(sa.text("SELECT token, campaign_id FROM attempts"))
        }
    up: dict[int, int] = {}
    total = 0
    seen: set[str] = set()
    for event, token in _lines(ledger):
        step = 1 if event == "placed" else -1
        if step == 1 and token in seen:
            raise LimitBroken(f"{token} was placed twice")
        seen.add(token)
        total += step
        campaign = campaign_of[token]
        up[campaign] = up.get(campaign, 0) + step
        if total > LINES or up[campaign] > limit:
            raise LimitBroken(f"{total} calls on the trunk, {up[campaign]} of campaign {campaign}")


def _lines(ledger: Path) -> Sequence[tuple[str, str]]:
    return [tuple(json.loads(line)) for line in ledger.read_text(encoding="ascii").splitlines()]
