"""Two engine processes and a web server on one PostgreSQL: the limit holds at every instant."""

from __future__ import annotations

import signal
from pathlib import Path

import psycopg
import pytest

from tests.e2e.dialing import FAST, Api, Ledger, check_agreement, messy_csv
from tests.support.postgres import PostgresServer
from tests.support.server import STOP_SECONDS, running_app, running_engine
from tests.support.waiting import wait_until

LIMIT = 10


def engines_alive(url: str) -> int:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        row = connection.execute("SELECT count(*) FROM engine_heartbeats WHERE stopped_at IS NULL").fetchone()
    return 0 if row is None else int(row[0])


@pytest.mark.e2e
@pytest.mark.xdist_group("campaigns")
@pytest.mark.timeout(300)  # 20 s of work for two processors, which may have other work
@pytest.mark.postgres
def test_two_engines_on_one_campaign_never_exceed_its_limit(postgres: PostgresServer, tmp_path: Path) -> None:
    url = postgres.new_database()
    job = messy_csv(600)
    env = {**FAST, "SWITCHBOARD_DATABASE_URL": url, "SWITCHBOARD_ENGINE": "off"}
    with (
        running_app(tmp_path, env) as app,
        Api(app) as api,
        running_engine(app, "one") as one,
        running_engine(app, "two") as two,
    ):
        wait_until(lambda: engines_alive(url) == 2, "two engines to show signs of life")
        campaign_id = api.campaign(max_concurrent_calls=LIMIT)
        assert api.imported(api.upload(campaign_id, job))["accepted"] == len(job.phones)
        api.post(f"/campaigns/{campaign_id}/start")
        api.wait_for(campaign_id, "completed", timeout=200)

        ledger = Ledger.read(app.ledger)
        contacts = api.export(campaign_id)
        check_agreement(contacts, api.get(f"/campaigns/{campaign_id}/stats"), ledger, LIMIT)
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            # Not the carrier's peak: a slow machine's calls may end before the last of them is placed.
            peak = connection.execute("SELECT peak_open FROM campaign_counters").fetchall()
            assert peak == [(LIMIT,)], "it was put to the test"
            by_engine = connection.execute(
                "SELECT engine, count(*) FROM attempts GROUP BY engine HAVING count(*) > 0"
            ).fetchall()
        assert len(by_engine) == 2, f"both took part: {by_engine}"
        assert app.flask("check").returncode == 0

        for process in (one, two):
            process.send_signal(signal.SIGTERM)
        assert [process.wait(timeout=STOP_SECONDS) for process in (one, two)] == [0, 0]
        assert engines_alive(url) == 0, "each said good-bye"
    postgres.drop_database(url)
