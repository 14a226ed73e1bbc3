"""The tests' own tools: each can fail, and leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import create_engine, text

from scripts import system_parts
from tests.support.axe import LOOKS, list_violations, look_at
from tests.support.browser import Pages
from tests.support.clock import FakeClock
from tests.support.missing import missing
from tests.support.postgres import PostgresServer, postgres_server
from tests.support.server import ROOT
from tests.support.waiting import wait_until


def test_the_clock_moves_only_when_told(clock: FakeClock) -> None:
    before, seconds = clock.now(), clock.monotonic()
    assert clock.now() == before
    clock.move(90)
    assert (clock.now() - before).total_seconds() == clock.monotonic() - seconds == 90
    clock.set(before)
    assert clock.now() == before
    assert clock.monotonic() == seconds + 90


@pytest.mark.xdist_group("told")
def test_tests_of_one_group_stay_together(request: pytest.FixtureRequest) -> None:
    """The group travels to the process that deals the tests out in their ids; without, it is silently ignored."""
    dealt_by_group = getattr(request.config.option, "loadgroup", False)
    assert request.node.nodeid.endswith("@told") == dealt_by_group


def test_waiting_gives_up_and_says_for_what() -> None:
    with pytest.raises(AssertionError, match=r"gave up waiting for the moon after 0\.1 s; last seen: 0"):
        wait_until(lambda: 0, "the moon", timeout=0.1, every=0.02)


def test_a_missing_part_skips_and_fails_where_ci_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no such part"):
        missing("no such part")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no such part"):
        missing("no such part")


def test_a_browser_that_only_asks_to_be_installed_is_not_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub = tmp_path / "chromium"
    stub.write_text("#!/bin/sh\necho 'Please install the snap' >&2\nexit 1\n")
    stub.chmod(0o755)
    monkeypatch.setenv("SWITCHBOARD_CHROMIUM", str(stub))
    assert system_parts.find_chromium() is None
    stub.write_text("#!/bin/sh\necho 'Chromium 130.0'\n")
    assert system_parts.find_chromium() == stub


APT_GET = """#!/bin/sh
echo "$DEBIAN_FRONTEND apt-get $* | $(cat "{drop_in}" 2>&1)" >> "{log}"
if [ "$1" = install ]; then mkdir -p "{bin}"; for name in initdb postgres; do
  echo > "{bin}/$name"; chmod +x "{bin}/$name"; done; fi
"""


def test_a_missing_server_is_installed_without_a_question_and_without_a_cluster(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop_in, log, binaries = tmp_path / "d" / "x.conf", tmp_path / "log", tmp_path / "server"
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "apt-get").write_text(APT_GET.format(drop_in=drop_in, log=log, bin=binaries))
    (programs / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setenv("SWITCHBOARD_POSTGRES_BIN", str(binaries))
    monkeypatch.setattr(system_parts, "NO_CLUSTER", drop_in)
    monkeypatch.setattr(system_parts, "_as_root", list)

    assert system_parts.ensure(["postgres"]) == []
    off = "create_main_cluster = false"
    assert log.read_text().splitlines() == [
        f"noninteractive apt-get update -qq | {off}",
        f"noninteractive apt-get install -y -qq --no-install-recommends postgresql | {off}",
    ]
    assert not drop_in.exists()

    log.unlink()
    assert system_parts.ensure(["postgres"]) == []
    assert not log.exists(), "what is there is not installed again"


def test_where_nothing_may_be_installed_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SWITCHBOARD_POSTGRES_BIN", "/nowhere")
    monkeypatch.setattr(system_parts, "_as_root", lambda: None)
    assert system_parts.main(["postgres"]) == 1
    assert "apt-get install postgresql" in capsys.readouterr().err
    assert system_parts.main(["postgers"]) == 2


def one_table(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE numbers (n int)"))
    engine.dispose()


@pytest.mark.postgres
def test_each_database_is_fresh_and_survives_a_crash_of_the_server() -> None:
    with postgres_server() as server:
        first = server.new_database(one_table)
        with psycopg.connect(first.replace("+psycopg", "")) as connection:
            connection.execute("INSERT INTO numbers VALUES (1)")
        second = server.new_database(one_table)
        server.restart("immediate")
        with psycopg.connect(second.replace("+psycopg", "")) as connection:
            assert connection.execute("SELECT count(*) FROM numbers").fetchone() == (0,)
            server.copy_database(first)
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'postgres'"
            )
        server.drop_database(first)
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            psycopg.connect(first.replace("+psycopg", ""))
        directory, pid = server.directory, server.pid
    assert not directory.exists()
    assert not Path(f"/proc/{pid}").exists()


OWNER = """
import time
from tests.support.postgres import postgres_server
with postgres_server() as server:
    print(server.pid, server.directory, flush=True)
    time.sleep(60)
"""


@pytest.mark.postgres
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="only util-linux's setpriv ties it to its parent")
def test_a_run_that_is_killed_takes_its_server_along() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        pid, directory = owner.stdout.readline().split()
        try:
            assert Path(f"/proc/{pid}").exists()
            owner.kill()
            wait_until(lambda: not Path(f"/proc/{pid}").exists(), "the server to end with its owner")
        finally:
            owner.kill()
            shutil.rmtree(directory)


@pytest.mark.postgres
def test_the_server_listens_on_no_port(postgres: PostgresServer) -> None:
    with psycopg.connect(postgres.url("postgres").replace("+psycopg", "")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


class Site(BaseHTTPRequestHandler):
    """Answers every path with the same small page under a strict policy."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", "default-src 'none'; img-src data:")
        self.end_headers()
        self.wfile.write(b"<title>Site</title><link rel=icon href='data:,'>")
        if self.path == "/inline":
            self.wfile.write(b"<script>document.title = 'Taken'</script>")
        if self.path == "/stranger":
            self.wfile.write(b"<img src='http://stranger.invalid/x.png'>")

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(timeout=60)


@pytest.fixture
def watched(browser: Browser) -> Iterator[Pages]:
    """As `pages`, but problems are looked at instead of failing the test."""
    opened = Pages(browser)
    yield opened
    opened.close()


@pytest.mark.e2e
@pytest.mark.parametrize(
    "path, script, problem",
    [
        ("/inline", None, "CSP violation: script-src-elem blocked inline"),
        ("/stranger", None, "request to a stranger: http://stranger.invalid/x.png"),
        ("/", "console.error('it broke')", "console: it broke"),
        ("/", "setTimeout(() => { throw new Error('nobody caught me') })", "uncaught: nobody caught me"),
    ],
)
def test_the_browser_reports_errors_that_a_visitor_would_not_see(
    watched: Pages, site: str, path: str, script: str | None, problem: str
) -> None:
    page = watched.new()
    page.goto(site + path)
    if script:
        page.evaluate(script)

    def told() -> bool:
        page.title()  # what happened in the browser is heard of when it is asked something
        return any(problem in text for text in watched.problems())

    wait_until(told, f"the report of {problem!r}")
    watched.allow(".")
    assert watched.problems() == []


@pytest.mark.e2e
def test_a_page_without_problems_passes(pages: Pages, site: str) -> None:
    page = pages.new(java_script_enabled=False, viewport={"width": 390, "height": 844})
    page.goto(site)
    assert page.title() == "Site"
    assert pages.problems() == []


FAULTY = """<!doctype html><html lang="en"><title>Faults</title><style>
:root { color-scheme: light dark; color: light-dark(#000, #fff); background: light-dark(#fff, #000); }
.dim-in-the-dark { color: light-dark(#000, #333); }
.narrow { display: none; color: light-dark(#ccc, #fff); }
pre { overflow-x: auto; white-space: nowrap; }
@media (max-width: 26rem) { .narrow { display: block; } }
</style><main><h1>Faults</h1><p class="dim-in-the-dark">Words</p><input>
<p class="narrow">Words <button></button></p><pre style="font: 10px monospace">%s</pre></main>"""


@pytest.mark.e2e
def test_each_look_finds_the_faults_that_the_looks_before_cannot_see(page: Page) -> None:
    page.set_content(FAULTY % ("wide " * 11))
    found = []
    for width, scheme, looks_only in LOOKS:
        look_at(page, width, scheme)
        found.append({text.split()[0] for text in list_violations(page, looks_only=looks_only)})
    assert found == [
        {"label"},
        {"color-contrast"},
        {"label", "color-contrast", "button-name"},
        {"color-contrast", "scrollable-region-focusable"},
    ]
