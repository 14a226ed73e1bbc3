"""A database that is away at the start, or goes in mid-campaign: one line, health red, no crash, and it goes on."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.conftest import create_schema
from tests.e2e.dialing import FAST
from tests.growth.workers import Processes, SystemWorld, processes
from tests.support.postgres import PostgresServer, postgres_server
from tests.support.server import STOP_SECONDS, free_port
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.e2e, pytest.mark.postgres, pytest.mark.timeout(300)]


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """One of the test's own, for it is killed; it forgets nothing that was committed."""
    with postgres_server(durable=True) as running:
        yield running


def kill(server: PostgresServer) -> None:
    """SIGKILL to the postmaster. Its children notice and end; `stop` only collects it."""
    os.kill(server.pid, signal.SIGKILL)
    server.stop()


def answer(port: int, path: str) -> int:
    try:
        return httpx.get(f"http://127.0.0.1:{port}{path}", timeout=8, trust_env=False).status_code
    except httpx.TransportError:
        return 0


def test_a_database_away_at_the_start_and_killed_in_mid_campaign_is_waited_for(
    server: PostgresServer, tmp_path: Path
) -> None:
    url = server.new_database(create_schema)
    world = SystemWorld(url)
    campaign_id = world.campaign(60, max_concurrent_calls=6, retry={"max_retries": 0})
    world.db.dispose()
    kill(server)
    port = free_port()
    env = {
        **FAST,
        "SWITCHBOARD_DATABASE_URL": url,
        "SWITCHBOARD_HOST": "127.0.0.1",
        "SWITCHBOARD_PORT": str(port),
    }
    with processes(tmp_path, env) as running:
        web = running.start("app")
        alone = running.start("flask", "--app", "app", "engine", "run")
        wait_until(lambda: answer(port, "/healthz") == 503, "/healthz to be red", timeout=40)
        assert answer(port, "/readyz") == 503
        wait_until(
            lambda: all("cannot be reached" in running.log(n).read_text() for n in (1, 2)),
            "both to say so",
            timeout=40,
        )
        assert running.calls().placed == {}
        server.start()
        wait_until(lambda: answer(port, "/readyz") == 200, "the engine to begin by itself", timeout=40)
        assert answer(port, "/healthz") == 200
        wait_until(lambda: len(running.calls().placed) >= 10, "some calls", timeout=40, every=0.02)
        kill(server)
        wait_until(lambda: answer(port, "/healthz") == 503, "/healthz to be red", timeout=40)
        server.start()
        wait_until(
            lambda: world.status(campaign_id) == "completed", "the campaign to end", timeout=60, every=0.2
        )
        assert [process.poll() for process in (web, alone)] == [None, None], running.logs()
        for number in (1, 2):
            said = running.log(number).read_text()
            assert said.count("cannot be reached") == 1, said
            assert said.count("the database is away") <= 1, said
        for process in (web, alone):
            process.send_signal(signal.SIGTERM)
        assert [process.wait(timeout=STOP_SECONDS) for process in (web, alone)] == [0, 0]
        check(world, running, campaign_id)
    world.close()


def check(world: SystemWorld, running: Processes, campaign_id: int) -> None:
    ledger = running.calls()
    assert all(times == 1 for times in ledger.placed.values())
    assert ledger.peak <= 6
    outcomes = {attempt.token: attempt.status for attempt in world.attempts(campaign_id)}
    assert {token: outcomes[token] for token in ledger.placed} == dict(ledger.outcomes)
    assert world.broken() == {}


def test_an_engine_that_waits_for_its_database_ends_on_sigterm(tmp_path: Path) -> None:
    env = {"SWITCHBOARD_DATABASE_URL": f"postgresql://nobody@127.0.0.1:{free_port()}/none"}
    with processes(tmp_path, env) as running:
        engine = running.start("flask", "--app", "app", "engine", "run")
        wait_until(lambda: "waiting for it" in running.log(1).read_text(), "its one line", timeout=40)
        engine.send_signal(signal.SIGTERM)
        assert engine.wait(timeout=STOP_SECONDS) == 0
        assert "Traceback" not in running.log(1).read_text()


def test_a_database_without_tables_stops_the_start_with_one_line(tmp_path: Path) -> None:
    with processes(tmp_path, {}) as running:
        engine = running.start("flask", "--app", "app", "engine", "run")
        assert engine.wait(timeout=40) == 1
        [line] = running.log(1).read_text().strip().splitlines()
        assert "no tables yet" in line
