"""Probes, metrics and logs of real processes: a web server and two engines on a PostgreSQL of their own, which ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from campaign_app.logs import E164
from tests.e2e.dialing import FAST, Api
from tests.support.postgres import postgres_server
from tests.support.scrape import Scrape, parse
from tests.support.server import ROOT, RunningApp, running_app, running_engine
from tests.support.waiting import wait_until

LOST = "+12125550504"
"""The simulator loses its reply, so that the engine has a failure to tell of."""


def ready(app: RunningApp) -> tuple[int, dict[str, Any]]:
    answer = httpx.get(f"{app.base_url}/readyz", timeout=60, trust_env=False)
    return answer.status_code, answer.json()


def scrape(app: RunningApp) -> Scrape:
    answer = httpx.get(f"{app.base_url}/metrics", timeout=60, trust_env=False)
    assert answer.status_code == 200
    return parse(answer.text)


def placed_by(app: RunningApp) -> dict[str, float]:
    """{engine: calls that it asked for}."""
    found = scrape(app).samples.get("switchboard_place_seconds_count", {})
    return {dict(key)["engine"]: value for key, value in found.items()}


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Every line of a process is one JSON object."""
    text = path.read_text(encoding="utf-8")
    lines = [json.loads(line) for line in text.splitlines()]
    assert lines
    assert all({"event", "level", "logger", "timestamp"} <= set(line) for line in lines)
    assert not E164.search(text), "a number that is not masked"
    return lines


@pytest.mark.e2e
@pytest.mark.postgres
def test_probes_metrics_and_logs_tell_what_happens_to_engines_and_database(tmp_path: Path) -> None:
    with postgres_server() as server:
        url = server.new_database()
        env = {
            **FAST,
            "SWITCHBOARD_DATABASE_URL": url,
            "SWITCHBOARD_ENGINE": "off",
            "SWITCHBOARD_LOG_FORMAT": "json",
        }
        with running_app(tmp_path, env) as app, Api(app) as api:
            assert ready(app)[1]["engine"] == "never"
            with running_engine(app, "one") as one, running_engine(app, "two"):
                wait_until(lambda: ready(app)[0] == 200, "/readyz to answer 200")
                campaign_id = api.campaign(max_concurrent_calls=20)
                numbers = [LOST, *(f"+1212555{n:04}" for n in range(100, 180))]
                api.post(f"/campaigns/{campaign_id}/contacts", [{"phone": phone} for phone in numbers])
                api.post(f"/campaigns/{campaign_id}/start")
                wait_until(
                    lambda: sum(placed_by(app).values()) >= 40 and len(placed_by(app)) == 2,
                    "both engines in the metrics, and 40 calls",
                    timeout=40,
                )
                answer = httpx.get(
                    f"{app.base_url}/campaigns",
                    headers={"X-Request-ID": "proxy-1.abc"},
                    timeout=60,
                    trust_env=False,
                )
                assert answer.headers["X-Request-ID"] == "proxy-1.abc"

                one.kill()
                one.wait(timeout=60)
                silence(url, pid=one.pid)
                wait_until(lambda: len(placed_by(app)) == 1, "the killed engine to disappear")
                assert ready(app)[0] == 200, "the other one goes on"
            silence(url)
            status, told = ready(app)
            assert (status, told["engine"]) == (503, "away")
            assert "no engine ticks" in told["because"]
            assert scrape(app).value("switchboard_engine_up") == 0

            server.stop("immediate")
            status, told = ready(app)
            assert (status, told["database"], told["because"]) == (
                503,
                "no answer",
                "the database does not answer",
            )
            found = scrape(app)
            assert found.value("switchboard_database_up") == 0
            assert "switchboard_attempts_open" not in found.kinds
            server.start()
            wait_until(lambda: ready(app)[1]["database"] == "ok", "the database to be noticed")

        told_by_engine = lines_of(tmp_path / "two.log") + lines_of(tmp_path / "one.log")
        failed = [line for line in told_by_engine if "failed at the provider" in line["event"]]
        assert failed
        assert all(len(line["attempt"]) == 32 for line in failed if "attempt" in line)
        assert all("attempt" in line or "attempts" in line for line in failed)
        by_web = lines_of(tmp_path / "output.log")
        assert any("Make the first account at" in line["event"] for line in by_web)
        assert any(line.get("request_id") == "proxy-1.abc" for line in by_web)


def silence(url: str, pid: int | None = None) -> None:
    """Let the time pass after which an engine that says nothing is away."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute(
            "UPDATE engine_heartbeats SET last_tick_at = last_tick_at - interval '1 minute'"
            " WHERE %(pid)s::int IS NULL OR pid = %(pid)s",
            {"pid": pid},
        )


def test_an_error_that_nobody_caught_and_a_warning_are_json_lines_too(tmp_path: Path) -> None:
    program = """
import logging, threading, warnings
from campaign_app import logs
logs.configure_logging("json")
logs.log_uncaught_errors("json")
logging.getLogger("apscheduler.scheduler").warning("Execution of job %s skipped", "tick")
logging.getLogger("waitress.queue").warning("Task queue depth is %d", 3)
logging.getLogger("sqlalchemy.pool").error("to +12125550142 and To=%%2B12125550142")
warnings.warn("old thing", DeprecationWarning, stacklevel=1)
with logs.AttemptLogContext("a" * 32):
    logging.getLogger("switchboard.engine").info("one")
with logs.AttemptLogContext("a" * 32, "b" * 32):
    logging.getLogger("switchboard.engine").info("two")
def fail():
    raise ValueError("calling +12125550142 failed")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
fail()
"""
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", program.replace("%%", "%")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    path = tmp_path / "told.log"
    path.write_text(done.stderr, encoding="utf-8")
    lines = lines_of(path)
    loggers = [line["logger"] for line in lines]
    assert {"apscheduler.scheduler", "waitress.queue", "sqlalchemy.pool", "py.warnings"} <= set(loggers)
    assert loggers.count("switchboard") == 2
    assert "2125550142" not in done.stderr
    assert lines[-1]["level"] == "critical"
    assert "ValueError" in lines[-1]["exception"]
    assert [line["attempt"] for line in lines if line["event"] == "one"] == ["a" * 32]
    assert [line["attempts"] for line in lines if line["event"] == "two"] == [["a" * 32, "b" * 32]]


@pytest.mark.parametrize("given", ["", "short-ok", "x" * 65, "two words", "line\tfeed", "ünicode", "-dash"])
def test_a_request_id_is_taken_over_only_where_it_can_stand_in_a_log(given: str) -> None:
    from campaign_app.logs import REQUEST_ID

    assert bool(REQUEST_ID.fullmatch(given)) == (given == "short-ok")
