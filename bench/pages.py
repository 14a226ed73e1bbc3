"""What pages cost over a large campaign: the medians of several looks, in milliseconds by the clock and of processor
time, through the whole application.

`PAGES_CONTACTS` sets the size (300,000 unless it is given; each contact has two calls).
"""

from __future__ import annotations

import os
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from campaign_app import create_app
from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.config import Settings
from campaign_app.extensions import make_engine
from campaign_app.models import Role
from campaign_app.models.base import sqlite_stamp
from campaign_app.services.people import tokens, users
from campaign_app.transaction import begin_write, transaction
from scripts.system_parts import REMEDY, find_postgres
from tests.support.postgres import PostgresServer

from .ground import CAMPAIGN, TRUNK, lay
from .report import Result

CONTACTS = int(os.environ.get("PAGES_CONTACTS", "300000"))
ROUNDS = 9
EMAIL, PASSWORD = "bench@example.org", "correct horse battery"
PAGES = {
    "campaign page": f"/campaigns/{CAMPAIGN}",
    "live fragment": f"/campaigns/{CAMPAIGN}/_live",
    "campaign list": "/campaigns",
    "calls table": f"/campaigns/{CAMPAIGN}/_calls",
    "calls table, rare status": f"/campaigns/{CAMPAIGN}/_calls?status=busy",
    "calls table, last digits": f"/campaigns/{CAMPAIGN}/_calls?q=0123",
    "/calls": "/calls/_calls",
    "/calls, last digits": "/calls/_calls?q=0123",
    "/calls, by number": "/calls/_calls?sort=phone",
    "contacts": f"/campaigns/{CAMPAIGN}/contacts",
    "contacts, rare status": f"/campaigns/{CAMPAIGN}/contacts?status=exhausted",
    "contacts, last digits": f"/campaigns/{CAMPAIGN}/contacts?q=0123",
    "contacts, by number": f"/campaigns/{CAMPAIGN}/contacts?sort=-phone",
}
NUMBERS = {
    "sqlite": "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many) SELECT i FROM n) AS n",
    "postgresql": "generate_series(1, CAST(:many AS integer)) AS n(i)",
}
TIME = {"sqlite": ":at", "postgresql": "CAST(:at AS timestamptz)"}
ATTEMPTS = """INSERT INTO attempts (campaign_id, contact_id, trunk_id, number, try_number, counts, token, phone, status,
    rank, claimed_at, dialing_at, placed_at, ended_at, test)
  SELECT :campaign, c.id, :trunk, n.i, n.i, true, 'b' || n.i || '-' || c.id, c.phone,
    CASE WHEN c.id % 100000 = 7 THEN 'busy' WHEN c.id % 3 = 0 THEN 'no-answer' ELSE 'completed' END, 9,
    {at}, {at}, {at}, {at}, false
  FROM {numbers}, contacts c WHERE c.campaign_id = :campaign"""
CALLED = """UPDATE contacts SET due_at = NULL, tries = 2, attempts_made = 2,
    status = CASE WHEN id % 100000 = 8 THEN 'exhausted' ELSE 'completed' END
  WHERE campaign_id = :campaign AND id % 2 = 0"""


def pages(directory: Path) -> list[Result]:
    """On both databases. Needs about a gigabyte of disk for each 300,000 contacts, and minutes."""
    binaries = find_postgres()
    if binaries is None:
        raise SystemExit(REMEDY["postgres"])
    results = _measure("SQLite", f"sqlite:///{directory / 'pages.sqlite'}", directory)
    with PostgresServer(binaries, durable=True) as server:
        return results + _measure("PostgreSQL", server.new_database(), directory)


def _measure(database: str, url: str, directory: Path) -> list[Result]:
    fill(url)
    settings = Settings(
        instance_path=directory / database, engine="off", secret_key="s" * 32, database_url=url
    )
    app = create_app(settings)
    client = _sign_in(app)
    token = _make_token(app)
    results = [row for name, path in PAGES.items() for row in _look(database, name, client, path, {})]
    api = f"/api/v1/campaigns/{CAMPAIGN}/contacts?limit=50"
    headers = {"Authorization": f"Bearer {token}"}
    results += _look(database, "API: contacts", app.test_client(), api, headers)
    return results


def fill(url: str) -> None:
    """A database with a running campaign of CONTACTS, two calls each; every second one is still due."""
    engine = make_engine(url)
    now = SYSTEM_CLOCK.now()
    lay(engine, CONTACTS, now)
    kind = engine.dialect.name
    with begin_write(engine) as connection:
        run = connection.execute
        words = {"at": TIME[kind], "numbers": NUMBERS[kind]}
        at = sqlite_stamp(now) if kind == "sqlite" else now
        run(sa.text(ATTEMPTS.format(**words)), {"campaign": CAMPAIGN, "trunk": TRUNK, "many": 2, "at": at})
        run(sa.text(CALLED), {"campaign": CAMPAIGN})
        for table, prefix in (("contacts", "contacts"), ("attempts", "attempts")):
            counted = run(
                sa.text(
                    f"SELECT status, count(*) FROM {table} WHERE campaign_id = :campaign GROUP BY status"
                ),
                {"campaign": CAMPAIGN},
            )
            for status, number in counted.all():
                column = f"{prefix}_{status.replace('-', '_')}"
                run(sa.text(f"UPDATE campaign_counters SET {column} = :n"), {"n": number})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if kind == "postgresql":
            connection.exec_driver_sql("VACUUM (ANALYZE)")
    engine.dispose()


def _sign_in(app: Flask) -> FlaskClient:
    from campaign_app.extensions import db

    with app.app_context(), transaction(db.session()) as session:
        users.create_user(session, EMAIL, PASSWORD, role=Role.OPERATOR, actor="cli", now=SYSTEM_CLOCK.now())
    client = app.test_client()
    page = client.get("/login").get_data(as_text=True)
    csrf = page.split('name="csrf-token" content="')[1].split('"')[0]
    answer = client.post("/login", data={"email": EMAIL, "password": PASSWORD, "csrf_token": csrf})
    if answer.status_code != 303:
        raise RuntimeError(f"the sign-in was answered with {answer.status_code}")
    return client


def _make_token(app: Flask) -> str:
    from campaign_app.extensions import db

    with app.app_context(), transaction(db.session()) as session:
        return tokens.create_token(session, "bench", Role.VIEWER, actor="cli", now=SYSTEM_CLOCK.now())[1]


def _look(database: str, name: str, client: FlaskClient, path: str, headers: dict[str, str]) -> list[Result]:
    """By the clock, and of this process's processor time: that one is nearly the same on a busy machine."""
    took = []
    for _ in range(ROUNDS):
        began, used = perf_counter(), process_time()
        answer = client.get(path, headers=headers)
        took.append(((perf_counter() - began) * 1000, (process_time() - used) * 1000))
        if answer.status_code != 200:
            raise RuntimeError(f"{path} was answered with {answer.status_code}")
    what = f"{name}, {CONTACTS:,} contacts"
    wall, processor = (median(one[which] for one in took) for which in (0, 1))
    return [
        Result(what, database, None, wall, None, "ms"),
        Result(f"{what}, processor time", database, None, processor, None, "ms"),
    ]
