"""`make asterisk-demo`: a campaign of 200 calls over a real Asterisk and SIP callees on this machine.

Everything is started in a folder of its own, bounded in time, and gone when it is over. Needs root.
"""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from scripts import system_parts
from scripts.loopback.asterisk import HERE, PASSWORD, USER, Asterisk, Failed, free_port
from scripts.loopback.callees import Callees

ROOT = Path(__file__).resolve().parent.parent.parent
CALLS = 200
LINES = 40
SECONDS = 180.0
"""The campaign is stopped after so long."""
MIX = {
    "a person answers": ("001", 90),
    "a person answers after a while": ("200", 20),
    "a person hangs up at once": ("841", 10),
    "a person hangs up soon": ("842", 10),
    "busy": ("486", 35),
    "switched off": ("480", 15),
    "declined": ("603", 10),
    "no such number": ("404", 10),
}
MESSAGE = "Hello. This is a demonstration of Switchboard."
WINDOW = {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "24:00"}


def numbers() -> dict[str, str]:
    """{E.164: what the callee does}: valid American numbers whose last three digits say it, in a random order."""
    found: dict[str, str] = {}
    for what, (digits, count) in MIX.items():
        for _ in range(count):
            index = len(found)
            found[f"+1212{220 + index // 10}{index % 10}{digits}"] = what
    order = list(found)
    random.Random(7).shuffle(order)
    return {number: found[number] for number in order}


def environment(folder: Path, asterisk: Asterisk, port: int) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("SWITCHBOARD_", "FLASK_"))}
    return {
        **inherited,
        "SWITCHBOARD_INSTANCE_PATH": str(folder),
        "SWITCHBOARD_HOST": HERE,
        "SWITCHBOARD_PORT": str(port),
        "SWITCHBOARD_TICK_SECONDS": "0.2",
        "SWITCHBOARD_PROVIDER": "asterisk",
        "SWITCHBOARD_ASTERISK_URL": asterisk.url,
        "SWITCHBOARD_ASTERISK_USER": USER,
        "SWITCHBOARD_ASTERISK_PASSWORD": PASSWORD,
        "SWITCHBOARD_ASTERISK_SOUNDS": str(asterisk.sounds),
        "SWITCHBOARD_ASTERISK_SOUNDS_AS": asterisk.sounds_as,
        "SWITCHBOARD_ASTERISK_CEL": str(asterisk.journal),
    }


@contextmanager
def switchboard(folder: Path, asterisk: Asterisk) -> Iterator[httpx.Client]:
    """The product, serving with the engine inside; a client of its API. Raises Failed."""
    port = free_port(socket.SOCK_STREAM)
    env = environment(folder, asterisk, port)
    _flask(env, "db", "upgrade")
    token = _flask(env, "token", "create", "demo", "--role", "admin").strip()
    with (folder / "switchboard.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=env, stdout=log, stderr=log)
    client = httpx.Client(
        base_url=f"http://{HERE}:{port}",
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
        timeout=20,
    )
    try:
        until = time.monotonic() + 60
        while not _answers(client):
            if process.poll() is not None or time.monotonic() > until:
                raise Failed(
                    f"Switchboard did not start:\n{(folder / 'switchboard.log').read_text()[-2000:]}"
                )
            time.sleep(0.1)
        yield client
    finally:
        client.close()
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=5)


def run(client: httpx.Client, called: dict[str, str]) -> list[dict[str, Any]]:
    """Make the campaign, wait for its end, and return its contacts."""
    campaign = _post(
        client,
        "/api/v1/campaigns",
        {
            "name": "Over a real Asterisk",
            "message": {"text": MESSAGE},
            "provider": "asterisk",
            "purpose": "emergency",
            "caps": [],
            "min_gap_minutes": 0,
            "calling_windows": [WINDOW],
            "calls_per_second": None,
            "max_concurrent_calls": LINES,
            "retry": {"max_retries": 0, "delays_minutes": []},
        },
    )
    at = f"/api/v1/campaigns/{campaign['id']}"
    _post(client, f"{at}/contacts", [{"phone": number} for number in called])
    _post(client, f"{at}/start", None)
    until = time.monotonic() + SECONDS
    while (status := client.get(at).json()["status"]) == "running" and time.monotonic() < until:
        stats = client.get(f"{at}/stats").json()
        done = sum(stats["attempts"].values())
        if sys.stdout.isatty():
            print(f"\r{done} of {len(called)} calls, {stats['open_calls']} open ", end="", flush=True)
        time.sleep(0.5)
    if sys.stdout.isatty():
        print("\r", end="")
    if status != "completed":
        raise Failed(f"the campaign is {status} after {SECONDS:g} s")
    exported = client.get(f"{at}/export", params={"format": "ndjson"})
    return [json.loads(line) for line in exported.text.splitlines()]


def table(contacts: list[dict[str, Any]], called: dict[str, str]) -> str:
    """What the callees did, and what Switchboard made of it."""
    rows: Counter[tuple[str, str, str]] = Counter()
    for contact in contacts:
        for attempt in contact["attempts"]:
            rows[called[contact["phone"]], attempt["status"], attempt["disposition"] or ""] += 1
    lines = [f"{'the callee':<32}{'outcome':<12}{'disposition':<18}{'calls':>5}"]
    for what in MIX:
        for (_, status, disposition), count in sorted(item for item in rows.items() if item[0][0] == what):
            lines.append(f"{what:<32}{status:<12}{disposition:<18}{count:>5}")
    return "\n".join(lines)


def main() -> int:
    if os.geteuid() != 0:
        print("The demo starts Asterisk in a chroot: run it as root.", file=sys.stderr)
        return 1
    if system_parts.ensure(["asterisk", "speech"]):
        print("Asterisk, SIPp or espeak-ng could not be installed here.", file=sys.stderr)
        return 1
    called = numbers()
    with tempfile.TemporaryDirectory(prefix="switchboard-demo-") as name:
        folder = Path(name)
        callees = Callees(folder)
        asterisk = Asterisk(callees.port)
        try:
            callees.start()
            asterisk.start()
            print(f"Asterisk 22 is at {asterisk.url}, its callees at UDP {HERE}:{callees.port}", flush=True)
            with switchboard(folder, asterisk) as client:
                began = time.monotonic()
                contacts = run(client, called)
                print(f"{CALLS} calls in {time.monotonic() - began:.1f} s, {LINES} lines:\n")
            print(table(contacts, called))
            rang = callees.invites()
            print(f"\nSIPp's ledger: {len(rang)} numbers rang {sum(rang.values())} times,", end=" ")
            print(f"at most {callees.peak()} at once")
        except Failed as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            asterisk.stop()
            callees.stop()
    return 0


def _flask(env: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Failed(f"flask {' '.join(arguments)}: {done.stderr[-2000:]}")
    return done.stdout


def _post(client: httpx.Client, path: str, body: Any) -> Any:
    answer = client.post(path, json=body)
    if not answer.is_success:
        raise Failed(f"{path}: {answer.status_code} {answer.text[:500]}")
    return answer.json()


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False


if __name__ == "__main__":
    sys.exit(main())
