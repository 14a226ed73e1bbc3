"""A backup put back under the real product: nothing rings twice. By page on SQLite, by command line on PostgreSQL."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.conftest import create_schema
from tests.e2e.dialing import FAST, Api, Ledger, check_agreement, placed_so_far
from tests.support.browser import Pages
from tests.support.postgres import PostgresServer
from tests.support.server import RunningApp, running_app
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

LIMIT = 5
EMAIL, PASSWORD = "ada@example.org", "correct horse battery"
NUMBERS = [f"+1{area}555{n:04}" for area in (212, 312) for n in range(100, 130)]
SLOWER = {**FAST, "SWITCHBOARD_SIMULATOR_TIME_SCALE": "120"}
"""Calls of half a second: so that there is a middle to take a backup in."""


def begin(app: RunningApp, api: Api) -> int:
    """A campaign that rings each number at most once, on its way."""
    # At a pace: a machine that is slow to start must not find all of it done.
    campaign_id = api.campaign(max_concurrent_calls=LIMIT, calls_per_second=5, retry={"max_retries": 0})
    api.post(f"/campaigns/{campaign_id}/contacts", [{"phone": number} for number in NUMBERS])
    api.post(f"/campaigns/{campaign_id}/start")
    wait_until(lambda: placed_so_far(app.ledger) >= 8, "a few calls", every=0.01)
    return campaign_id


def lose_time(app: RunningApp) -> int:
    """The calls that were made after the backup and before the end; the carrier's ledger knows them all."""
    before = placed_so_far(app.ledger)
    wait_until(lambda: placed_so_far(app.ledger) >= before + 8, "a few calls more", every=0.01)
    app.kill()
    return placed_so_far(app.ledger)


def readiness(app: RunningApp) -> dict[str, str]:
    return httpx.get(f"{app.base_url}/readyz", trust_env=False, timeout=60).json()  # type: ignore[no-any-return]


def held_back(app: RunningApp, api: Api, campaign_id: int, rung: int) -> None:
    """Noticed, told wherever one looks, and over many ticks nobody is dialed."""
    wait_until(lambda: readiness(app).get("quarantine") == "on", "the loss to be noticed")

    def codes() -> list[str]:
        return [reason["code"] for reason in api.get(f"/campaigns/{campaign_id}/stats")["blocking_reasons"]]

    # The restored row of the engine may still be an old one.
    wait_until(lambda: codes() == ["quarantined"], "the page to say so")
    scrape = f"{app.base_url}/metrics"
    assert "\nswitchboard_quarantine 1.0" in httpx.get(scrape, trust_env=False).text
    assert placed_so_far(app.ledger) == rung


def nothing_rang_twice(app: RunningApp, api: Api, campaign_id: int) -> None:
    api.wait_for(campaign_id, "completed", timeout=60)
    ledger = Ledger.read(app.ledger)
    contacts = api.export(campaign_id)
    check_agreement(contacts, api.get(f"/campaigns/{campaign_id}/stats"), ledger, LIMIT)
    tokens = {attempt["token"]: contact["phone"] for contact in contacts for attempt in contact["attempts"]}
    rang = Counter(tokens[token] for token in ledger.placed)
    assert set(rang.values()) == {1}
    # The kill may fall between the journal and the request: such a number never rang, and is shown as unresolved.
    silent = {contact["phone"] for contact in contacts} - set(rang)
    shown = {c["phone"] for c in contacts for attempt in c["attempts"] if attempt["status"] == "unresolved"}
    assert silent <= shown


def test_a_restored_sqlite_file_dials_nobody_until_the_page_says_so(
    sqlite_template: Path, tmp_path: Path, pages: Pages
) -> None:
    database = tmp_path / "switchboard.sqlite"
    shutil.copyfile(sqlite_template, database)
    with running_app(tmp_path, SLOWER, migrate=False) as app, Api(app) as api:
        app.command("admin", "create", EMAIL, "--password-stdin", stdin=PASSWORD)
        campaign_id = begin(app, api)
        with (
            closing(sqlite3.connect(database)) as live,
            closing(sqlite3.connect(tmp_path / "backup")) as copy,
        ):
            live.backup(copy)  # in the middle of its work, as a cron job would
        rung = lose_time(app)
        for left in tmp_path.glob("switchboard.sqlite-*"):
            left.unlink()
        shutil.copyfile(tmp_path / "backup", database)
        app.start()
        held_back(app, api, campaign_id, rung)

        page = pages.new(viewport={"width": 1280, "height": 900})
        page.goto(f"{app.base_url}/login")
        page.get_by_label("Email").fill(EMAIL)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="See what to do").click()
        expect(page.get_by_text("Calling has been on hold since")).to_be_visible()
        _shots(page, "noticed")
        page.get_by_role("button", name="Reconcile").click()
        again = page.get_by_role("button", name="Resume calling")
        expect(again).to_be_visible()
        assert placed_so_far(app.ledger) == rung, "reconciling dials nobody"
        _shots(page, "done")
        again.click()
        expect(page.get_by_text("Nothing is missing")).to_be_visible()
        nothing_rang_twice(app, api, campaign_id)
        checked = app.flask("check")
        assert checked.returncode == 0, checked.stdout


def _shots(page, name: str) -> None:  # type: ignore[no-untyped-def]
    """Nothing runs out of the screen; with SHOTS=FOLDER pictures are kept to look at."""
    folder = os.environ.get("SHOTS")
    for scheme, width in (("light", 1280), ("dark", 390)):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        if folder:
            page.screenshot(path=f"{folder}/lost-calls-{name}-{width}-{scheme}.png", full_page=True)
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.postgres
def test_a_restored_postgresql_dials_nobody_until_the_command_line_says_so(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    url = postgres.new_database(create_schema)
    env = {**SLOWER, "SWITCHBOARD_DATABASE_URL": url}
    with running_app(tmp_path, env, migrate=False) as app, Api(app) as api:
        campaign_id = begin(app, api)
        app.terminate()
        backup = postgres.copy_database(url)
        app.start()
        rung = lose_time(app)
        postgres.replace_database(url, backup)

        shown = app.flask("recover", "show")  # before any engine has seen it
        assert shown.returncode == 1
        assert "to be written back, 0 written back" in shown.stdout
        done = app.must("recover", "run", "--timeout", "30")
        assert "Lost calls: 0 to be written back" in done
        app.start()
        held_back(app, api, campaign_id, rung)
        assert app.must("recover", "release") == "Dialing goes on"
        nothing_rang_twice(app, api, campaign_id)
    postgres.drop_database(url)
    postgres.drop_database(backup)
