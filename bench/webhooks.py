"""How long Twilio waits for our answer: signed callbacks at a steady pace against the server that `make run` starts,
with its engine inside. Latency counts from when a request was due, so that a server that falls behind shows it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import queue
import signal
import statistics
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlencode

import httpx
from sqlalchemy.orm import Session

from campaign_app.domain.attempt import new_tokens
from campaign_app.extensions import make_engine
from campaign_app.models import Attempt, Campaign, CampaignCounters, Contact, Trunk
from campaign_app.transaction import transaction
from scripts.system_parts import REMEDY, find_postgres
from tests.support.postgres import PostgresServer

from .report import Result
from .server import ROOT, free_port, wait_until_healthy

PACE = 100.0
"""Callbacks a second."""
CALLS = 500
STEPS = ("initiated", "ringing", "in-progress", "completed")
CLIENTS = 16
SID, TOKEN = "AC" + "1" * 32, "the-auth-token-of-the-bench"


def sqlite(directory: Path) -> list[Result]:
    return _measured(directory, f"sqlite:///{directory / 'bench.sqlite'}", "SQLite")


def postgres(directory: Path) -> list[Result]:
    """On a throwaway server."""
    binaries = find_postgres()
    if binaries is None:
        raise SystemExit(REMEDY["postgres"])
    with PostgresServer(binaries) as server:
        return _measured(directory, server.new_database(), "PostgreSQL")


def _measured(directory: Path, url: str, database: str) -> list[Result]:
    port = free_port()
    public = f"http://127.0.0.1:{port}"
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("SWITCHBOARD_")},
        "SWITCHBOARD_INSTANCE_PATH": str(directory / "instance"),
        "SWITCHBOARD_DATABASE_URL": url,
        "SWITCHBOARD_PORT": str(port),
        "SWITCHBOARD_PUBLIC_URL": public,
        "SWITCHBOARD_PROVIDER": "twilio",
        "SWITCHBOARD_TWILIO_ACCOUNT_SID": SID,
        "SWITCHBOARD_TWILIO_AUTH_TOKEN": TOKEN,
        # Nobody: what is measured makes no request of its own.
        "SWITCHBOARD_TWILIO_BASE_URL": "http://127.0.0.1:9",
    }
    log = directory / "server.log"
    with log.open("wb") as output:
        upgrade = [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"]
        subprocess.run(
            upgrade, cwd=ROOT, env=environment, stdout=output, stderr=output, check=True, timeout=60
        )
        server = subprocess.Popen(
            [sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
        try:
            wait_until_healthy(server, f"{public}/login", log)
            tokens = _calls(url)
            latencies = sorted(_post_all(public, tokens))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=20)
    ended = _ended(url)
    if ended != CALLS:
        raise RuntimeError(f"{ended} of {CALLS} calls ended: {log.read_text(errors='replace')[-1000:]}")
    return [
        Result("webhook at 100/s, median", database, None, statistics.median(latencies) * 1000, None, "ms"),
        Result(
            "webhook at 100/s, p99", database, None, latencies[len(latencies) * 99 // 100] * 1000, None, "ms"
        ),
    ]


def _calls(url: str) -> list[str]:
    """A campaign's calls as they stand when Twilio has taken them."""
    now = datetime.now(UTC)
    db = make_engine(url)
    with Session(db) as session, transaction(session):
        trunk = session.query(Trunk).one()
        campaign = Campaign(
            name="Bench",
            # It dials no more: only what is told of its calls is measured.
            status="paused",
            stored_message={"text": "Good day."},
            timezone="UTC",
            calling_windows=[],
            max_concurrent_calls=CALLS,
            retry={"max_retries": 0, "delays_minutes": [], "by_outcome": {}},
            trunk_id=trunk.id,
            priority=1,
            created_at=now,
            created_by="bench",
            status_at=now,
            status_by="bench",
        )
        session.add(campaign)
        session.flush()
        session.add(CampaignCounters(campaign_id=campaign.id, contacts_dialing=CALLS))
        tokens = new_tokens(now, CALLS)
        for number, token in enumerate(tokens):
            contact = Contact(
                campaign_id=campaign.id,
                phone=f"+1212555{number:04}",
                status="dialing",
                attempts_made=1,
                variables={},
                created_at=now,
            )
            session.add(contact)
            session.flush()
            session.add(
                Attempt(
                    campaign_id=campaign.id,
                    contact_id=contact.id,
                    trunk_id=trunk.id,
                    number=1,
                    try_number=1,
                    token=token,
                    phone=contact.phone,
                    status="queued",
                    rank=2,
                    claimed_at=now,
                    dialing_at=now,
                    placed_at=now,
                    horizon_at=now + timedelta(hours=1),
                    poll_at=now + timedelta(hours=1),
                )
            )
    db.dispose()
    return tokens


def _ended(url: str) -> int:
    db = make_engine(url)
    with Session(db) as session:
        ended: int = session.query(Attempt).filter(Attempt.status == "completed").count()
    db.dispose()
    return ended


def _post_all(public: str, tokens: list[str]) -> list[float]:
    """Four callbacks a call, the calls side by side, at the pace; seconds of each from when it was due."""
    jobs: queue.Queue[tuple[float, str, dict[str, str]] | None] = queue.Queue()
    taken: list[float] = []
    wrong: list[int] = []
    clients = [threading.Thread(target=_client, args=(jobs, taken, wrong)) for _ in range(CLIENTS)]
    for client in clients:
        client.start()
    started = monotonic()
    number = 0
    for step in STEPS:
        for token in tokens:
            due = started + number / PACE
            number += 1
            if (pause := due - monotonic()) > 0:
                sleep(pause)
            jobs.put((due, f"{public}/webhooks/twilio/1/{token}", _fields(token, step)))
    for _ in clients:
        jobs.put(None)
    for client in clients:
        client.join()
    if wrong:
        raise RuntimeError(f"{len(wrong)} callbacks were answered {set(wrong)}")
    return taken


def _fields(token: str, step: str) -> dict[str, str]:
    return {
        "AccountSid": SID,
        "ApiVersion": "2010-04-01",
        "CallSid": "CA" + token,
        "CallStatus": step,
        "CallbackSource": "call-progress-events",
        "Direction": "outbound-api",
        "From": "+12125550100",
        "To": "+12125550123",
        "SequenceNumber": str(STEPS.index(step)),
    }


def _client(
    jobs: queue.Queue[tuple[float, str, dict[str, str]] | None], taken: list[float], wrong: list[int]
) -> None:
    with httpx.Client(trust_env=False, timeout=30) as client:
        while (job := jobs.get()) is not None:
            due, url, fields = job
            said = url + "".join(name + fields[name] for name in sorted(fields))
            digest = hmac.new(TOKEN.encode(), said.encode(), hashlib.sha1).digest()
            headers = {
                "X-Twilio-Signature": base64.b64encode(digest).decode(),
                "Content-Type": "application/x-www-form-urlencoded",
            }
            answer = client.post(url, content=urlencode(fields), headers=headers)
            taken.append(monotonic() - due)
            if answer.status_code != 200:
                wrong.append(answer.status_code)
