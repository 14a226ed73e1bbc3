"""Disaster drill: a backup while it dials, a death at a random moment, a restore with the journal or without, and the
real commands and processes from there on. The simulator's ledger is the carrier, which outlives all of it.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import sqlalchemy as sa

from campaign_app.extensions import make_engine
from tests.e2e.dialing import FAST, Api, Ledger, check_agreement, placed_so_far
from tests.faults.rig import phones
from tests.support.server import ROOT, RunningApp
from tests.support.waiting import wait_until

LIMIT = 5
NUMBERS = [f"+1{area}555{n:04}" for area in (212, 312) for n in range(100, 160)]
PACE = {**FAST, "SWITCHBOARD_SIMULATOR_TIME_SCALE": "120"}


@dataclass(slots=True)
class DrillResult:
    """What a drill found: calls placed by the end, those lost with the database, and what was broken."""

    placed: int = 0
    lost: int = 0
    broken: list[str] = field(default_factory=list)


def play_drill(directory: Path, url: str, new_url: str, *, keep_journal: bool, seed: int) -> DrillResult:
    """`url` has tables. The restore goes back into it where the journal is kept, else into `new_url`, which is empty,
    and a folder of its own."""
    rng = random.Random(seed)
    ledger, backup = directory / "ledger.ndjson", directory / "drill.backup"
    env = {**PACE, "SWITCHBOARD_SIMULATOR_LEDGER": str(ledger)}
    (directory / "here").mkdir(exist_ok=True)
    here = RunningApp(directory / "here", {**env, "SWITCHBOARD_DATABASE_URL": url})
    there = here
    try:
        here.start()
        with Api(here) as api:
            campaign_id = api.campaign(
                max_concurrent_calls=LIMIT, calls_per_second=8, retry={"max_retries": 0}
            )
            api.post(f"/campaigns/{campaign_id}/contacts", [{"phone": number} for number in NUMBERS])
            api.post(f"/campaigns/{campaign_id}/start")
            _wait_for_calls(ledger, rng.randint(2, 10))
            here.command("backup", str(backup))
            at_backup = placed_so_far(ledger)
            _wait_for_calls(ledger, min(at_backup + rng.randint(1, 10), len(NUMBERS)))
            here.kill()
            placed = placed_so_far(ledger)
            if not keep_journal:
                (directory / "there").mkdir(exist_ok=True)
                there = RunningApp(directory / "there", {**env, "SWITCHBOARD_DATABASE_URL": new_url})
                _restore(there, str(backup))
            else:
                _restore(there, str(backup), "--replace")
            return _recover(there, api, campaign_id, ledger, placed)
    finally:
        here.close()
        there.close()


def _wait_for_calls(ledger: Path, count: int) -> None:
    wait_until(lambda: placed_so_far(ledger) >= count, f"{count} calls", timeout=60, every=0.01)


def _restore(app: RunningApp, *words: str) -> None:
    """It is refused while an engine may still run, as far as PostgreSQL can tell: for ten seconds after a kill."""

    def is_restored() -> bool:
        try:
            app.command("restore", *words)
        except AssertionError as error:
            if "stop it first, or wait if it was killed" not in f"{error}":
                raise
            return False
        return True

    wait_until(is_restored, "the killed engine to be taken for dead", timeout=60, every=1)


def _recover(app: RunningApp, api: Api, campaign_id: int, ledger: Path, placed: int) -> DrillResult:
    result = DrillResult()
    app.start()
    api.move_to(app)
    wait_until(lambda: _is_held(app), "dialing to be held", timeout=60)
    with suppress(AssertionError):
        app.command("recover", "release")
        result.broken.append("it was released before anybody had been asked")
    if placed_so_far(ledger) != placed:
        result.broken.append("somebody was called before anybody said so")
    said = app.command("recover", "run", "--timeout", "60")
    written = next(line for line in said.splitlines() if line.startswith("Lost calls"))
    result.lost = int(written.split(", ")[1].split()[0].replace(",", ""))
    if placed_so_far(ledger) != placed:
        result.broken.append("reconciling called somebody")
    app.command("recover", "release")
    api.wait_for(campaign_id, "completed", timeout=120)
    read = Ledger.read(ledger)
    contacts = api.export(campaign_id)
    check_agreement(contacts, api.get(f"/campaigns/{campaign_id}/stats"), read, LIMIT)
    tokens = {attempt["token"]: contact["phone"] for contact in contacts for attempt in contact["attempts"]}
    rang = Counter(tokens[token] for token in read.placed)
    result.placed = sum(rang.values())
    result.broken += [f"{phone} rang {times} times" for phone, times in rang.items() if times > 1]
    try:
        app.command("check")
    except AssertionError as error:
        result.broken.append(f"{error}")
    app.terminate()
    return result


def _is_held(app: RunningApp) -> bool:
    ready = httpx.get(f"{app.base_url}/readyz", trust_env=False, timeout=60)
    return bool(ready.json().get("quarantine") == "on")


ENGINES = 4


def play_crowd(directory: Path, url: str, *, calls: int, seed: int) -> DrillResult:
    """Every call of a campaign is lost, and written back by four engines and `recover run` at once, one of which is
    killed in the middle. Under READ COMMITTED calls got stuck here for good."""
    rng = random.Random(seed)
    ledger, backup = directory / "ledger.ndjson", directory / "drill.backup"
    env = {
        **PACE,
        "SWITCHBOARD_SIMULATOR_LEDGER": str(ledger),
        "SWITCHBOARD_TRUNK_LINES": f"{calls}",
        "SWITCHBOARD_DATABASE_URL": url,
    }
    (directory / "here").mkdir(exist_ok=True)
    app = RunningApp(directory / "here", env)
    engines: list[subprocess.Popen[bytes]] = []
    result = DrillResult()
    try:
        app.start()
        with Api(app) as api:
            campaign_id = api.campaign(max_concurrent_calls=calls, retry={"max_retries": 0})
            api.post(f"/campaigns/{campaign_id}/contacts", [{"phone": phone} for phone in phones()[:calls]])
            app.command("backup", str(backup))
            api.post(f"/campaigns/{campaign_id}/start")
        _wait_for_calls(ledger, calls)
        app.kill()
        _restore(app, str(backup), "--replace")
        engines += [_start_engine(app) for _ in range(ENGINES)]
        with ThreadPoolExecutor(1) as pool, closing_engine(url) as db:
            recovering = pool.submit(app.flask, "recover", "run", "--timeout", "240", timeout=280)
            kill_at = rng.randint(1, calls - 1)
            wait_until(
                lambda: count_settings(db, "back:") >= kill_at or recovering.done(),
                f"{kill_at} calls to be written back",
                timeout=240,
                every=0.01,
            )
            rng.choice(engines).kill()
            done = recovering.result()
            if done.returncode:
                result.broken.append(f"recover run: {done.stdout}{done.stderr}")
            result.lost = count_settings(db, "back:")
            if count_settings(db, "lost:") or result.lost != calls:
                result.broken.append(f"{count_settings(db, 'lost:')} are stuck, {result.lost} written back")
        for engine in engines:
            engine.terminate()
            engine.wait(timeout=60)
        app.command("recover", "release")
        result.placed = len(Ledger.read(ledger).placed)
        if result.placed != calls:
            result.broken.append(f"{result.placed} calls were placed for {calls} people")
        try:
            app.command("check")
        except AssertionError as error:
            result.broken.append(f"{error}")
    finally:
        for engine in engines:
            if engine.poll() is None:
                engine.kill()
                engine.wait(timeout=60)
        app.close()
    return result


def _start_engine(app: RunningApp) -> subprocess.Popen[bytes]:
    with (app.directory / "engines.log").open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "app", "engine", "run"],
            cwd=ROOT,
            env=app.env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )


@contextmanager
def closing_engine(url: str) -> Iterator[sa.Engine]:
    """A connection of the drill's own."""
    db = make_engine(url)
    try:
        yield db
    finally:
        db.dispose()


def count_settings(db: sa.Engine, prefix: str) -> int:
    """How many rows of `settings` begin so: `lost:`, or `back:` once a call is written back."""
    with db.connect() as connection:
        found = connection.execute(
            sa.text("SELECT count(*) FROM settings WHERE key LIKE :like"), {"like": f"{prefix}%"}
        )
        return int(found.scalar_one())
