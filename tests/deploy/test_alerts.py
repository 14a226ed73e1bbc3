"""The alert rules, fired: by Prometheus itself against a board that is made sick, and by promtool in made-up time."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import yaml

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.extensions import make_engine
from campaign_app.services.health import BROKER_AWAY, JOURNAL_UNUSABLE
from scripts.system_parts import REMEDY, find_prometheus
from tests.support.daemon import Daemon
from tests.support.missing import missing
from tests.support.outside_server import receiver
from tests.support.server import DATABASE_FILE, ROOT, free_port, running_app
from tests.support.waiting import wait_until

RULES = ROOT / "docs/alerts.yml"


class Prometheus(Daemon):
    """Scrapes each second, decides five times a second, and waits for nothing."""

    what = "Prometheus"

    def __init__(self, program: Path, directory: Path, target: int) -> None:
        self.directory, self.port = directory, free_port()
        directory.mkdir()
        rules: dict[str, Any] = yaml.safe_load(RULES.read_text(encoding="utf-8"))
        for rule in rules["groups"][0]["rules"]:
            rule.pop("for", None)
        (directory / "alerts.yml").write_text(yaml.safe_dump(rules), encoding="utf-8")
        config = {
            # A time-out of a second or more: a busy machine answers late.
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "200ms"},
            "rule_files": ["alerts.yml"],
            "scrape_configs": [
                {"job_name": "switchboard", "static_configs": [{"targets": [f"127.0.0.1:{target}"]}]}
            ],
        }
        (directory / "prometheus.yml").write_text(json.dumps(config), encoding="utf-8")
        self._launch(
            [
                program,
                f"--config.file={directory / 'prometheus.yml'}",
                f"--storage.tsdb.path={directory / 'data'}",
                f"--web.listen-address=127.0.0.1:{self.port}",
            ],
            cwd=directory,
        )

    def firing(self) -> set[str]:
        """The names of the alerts that fire now; none before it serves."""
        self._must_run()
        try:
            found = httpx.get(
                f"http://127.0.0.1:{self.port}/api/v1/alerts", timeout=60, trust_env=False
            ).json()
        except (httpx.TransportError, ValueError):
            return set()
        return {
            alert["labels"]["alertname"] for alert in found["data"]["alerts"] if alert["state"] == "firing"
        }

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.kill()
            process.wait(timeout=60)


@pytest.fixture
def program() -> Path:
    found = find_prometheus()
    if found is None:
        missing(REMEDY["prometheus"])
    return found


@pytest.mark.e2e
def test_prometheus_fires_the_rules_for_a_board_that_is_sick_and_for_one_that_is_gone(
    program: Path, tmp_path: Path
) -> None:
    (tmp_path / "tls").mkdir()
    with (
        # In front: a certificate of two days.
        receiver(tmp_path / "tls") as front,
        running_app(
            tmp_path / "board",
            {"SWITCHBOARD_ENGINE": "off", "SWITCHBOARD_PUBLIC_URL": f"https://localhost:{front.port}"},
        ) as app,
    ):
        app.command("demo", "load")
        prometheus = Prometheus(program, tmp_path / "prometheus", app.port)
        try:
            wait_until(lambda: "SwitchboardNoEngine" in prometheus.firing(), "the first alert", timeout=40)
            assert "SwitchboardDown" not in prometheus.firing()
            wait_until(
                lambda: "SwitchboardCertificateExpires" in prometheus.firing(),
                "the certificate's",
                timeout=40,
            )
            database = make_engine(f"sqlite:///{tmp_path}/board/{DATABASE_FILE}")
            _beat(database, f"{JOURNAL_UNUSABLE} cannot be written: No space left on device")
            wait_until(
                lambda: "SwitchboardJournalNotWritable" in prometheus.firing(), "the journal's", timeout=40
            )
            assert "SwitchboardNoEngine" not in prometheus.firing()
            _beat(database, f"{BROKER_AWAY}: Connection refused")
            with database.begin() as connection:
                connection.execute(
                    sa.text("INSERT INTO settings (key, value) VALUES ('quarantine', :value)"),
                    {"value": json.dumps({"since": SYSTEM_CLOCK.now().isoformat(), "host": "board"})},
                )
                connection.execute(sa.text("UPDATE trunks SET paused_at = :now"), {"now": SYSTEM_CLOCK.now()})
            database.dispose()
            sick = {"SwitchboardDispatchDown", "SwitchboardQuarantine", "SwitchboardTrunkPaused"}
            wait_until(lambda: sick <= prometheus.firing(), f"{sick}", timeout=40)
            assert "SwitchboardJournalNotWritable" not in prometheus.firing()
            app.kill()
            wait_until(lambda: "SwitchboardDown" in prometheus.firing(), "the board to be missed", timeout=40)
        finally:
            prometheus.close()


def _beat(database: sa.Engine, error: str) -> None:
    """An engine's sign of life, an hour ahead, so that no pause of the machine makes it old."""
    with database.begin() as connection:
        connection.execute(sa.text("DELETE FROM engine_heartbeats"))
        connection.execute(
            sa.text(
                "INSERT INTO engine_heartbeats (name, host, pid, started_at, last_tick_at, tick_ms, last_error, role,"
                " lag_ms) VALUES ('one', 'board', 1, :now, :ahead, 1, :error, 'engine', 0)"
            ),
            {
                "error": error,
                "now": "2026-01-01 00:00:00.000000",
                "ahead": "2099-01-01 00:00:00.000000",
            },
        )


QUIET = {"SwitchboardTicksLong"}
"""What needs a histogram over time, which `busy` scrapes prove to exist."""
SICK: dict[str, dict[str, str]] = {
    "SwitchboardDown": {'up{job="switchboard"}': "0x120"},
    "SwitchboardNoEngine": {
        "switchboard_engine_up": "0x120",
        'switchboard_campaigns{status="running"}': "1x120",
    },
    "SwitchboardEngineAway": {'switchboard_engines{role="engine",state="away"}': "1x120"},
    "SwitchboardJournalNotWritable": {"switchboard_journal_writable": "0x120"},
    "SwitchboardDispatchDown": {"switchboard_dispatch_up": "0x120"},
    "SwitchboardDatabaseDown": {"switchboard_database_up": "0x120"},
    "SwitchboardQuarantine": {"switchboard_quarantine": "1x120"},
    "SwitchboardUnresolvedGrow": {'switchboard_attempts_unresolved{provider="twilio"}': "0+1x120"},
    "SwitchboardInDoubt": {'switchboard_attempts_open{provider="twilio",status="in-doubt"}': "11x120"},
    "SwitchboardCircuitOpen": {'switchboard_trunk_circuit_open{trunk="a"}': "1x120"},
    "SwitchboardTrunkPaused": {'switchboard_trunk_paused{trunk="a"}': "1x120"},
    "SwitchboardTicksLate": {'switchboard_engine_tick_lag_seconds{engine="one",role="engine"}': "6x120"},
    "SwitchboardProviderQueues": {
        'switchboard_provider_queue_seconds_bucket{le="2.5"}': "0x120",
        'switchboard_provider_queue_seconds_bucket{le="5"}': "0+5x120",
        'switchboard_provider_queue_seconds_bucket{le="+Inf"}': "0+5x120",
    },
    "SwitchboardNothingDialed": {'switchboard_campaign_due_contacts{campaign="1",name="a"}': "5x120"},
    "SwitchboardWebhooksLate": {'switchboard_news_lag_seconds{source="callback",quantile="0.99"}': "31x120"},
    "SwitchboardImportsFail": {'switchboard_imports{status="failed"}': "0+1x120"},
    "SwitchboardImportsWait": {'switchboard_imports{status="queued"}': "1x120"},
    "SwitchboardDiskFills": {
        "switchboard_disk_free_bytes": "9x120",
        "switchboard_disk_size_bytes": "100x120",
    },
    "SwitchboardCertificateExpires": {"switchboard_certificate_expires_timestamp_seconds": "1000000x120"},
}


def test_promtool_fires_each_rule_for_its_sickness_and_none_for_a_board_that_is_well(
    program: Path, tmp_path: Path
) -> None:
    rules = {
        rule["alert"] for rule in yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"][0]["rules"]
    }
    assert set(SICK) | QUIET == rules
    well = {
        'up{job="switchboard"}': "1x120",
        "switchboard_engine_up": "1x120",
        "switchboard_database_up": "1x120",
        "switchboard_journal_writable": "1x120",
        "switchboard_dispatch_up": "1x120",
        "switchboard_disk_free_bytes": "50x120",
        "switchboard_disk_size_bytes": "100x120",
        "switchboard_certificate_expires_timestamp_seconds": "9000000x120",
        'switchboard_campaigns{status="running"}': "1x120",
        'switchboard_campaign_due_contacts{campaign="1",name="a"}': "5x120",
        'switchboard_place_seconds_count{engine="one"}': "0+60x120",
    }
    tests = [{"interval": "1m", "input_series": _series(well), "promql_expr_test": _firing(rules, set())}]
    for alert, series in SICK.items():
        sick = {**well, **series}
        if alert == "SwitchboardNothingDialed":
            sick['switchboard_place_seconds_count{engine="one"}'] = "60x120"
        tests.append(
            {"interval": "1m", "input_series": _series(sick), "promql_expr_test": _firing(rules, {alert})}
        )
    page = tmp_path / "tests.yml"
    page.write_text(json.dumps({"rule_files": [str(RULES)], "tests": tests}), encoding="utf-8")
    done = subprocess.run(
        [program.with_name("promtool"), "test", "rules", page], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def _series(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"series": name, "values": each} for name, each in values.items()]


def _firing(rules: set[str], expected: set[str]) -> list[dict[str, Any]]:
    """Of these rules exactly the expected ones fire after 61 minutes."""
    return [
        {
            "expr": 'count by (alertname) (ALERTS{alertstate="firing"})',
            "eval_time": "61m",
            "exp_samples": [
                {"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(expected & rules)
            ],
        }
    ]
