"""A campaign over Twilio, whole: our own process with pages, API and engine, and the fake that calls it back while it
misbehaves. What the callees heard, pressed and became agrees on both sides, to the number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.dialing import Api, Ledger, check_agreement
from tests.providers.twilio.fake.process import CALLER_ID, SID, TOKEN, FakeTwilio, fake_twilio
from tests.support.server import RunningApp, free_port, running_app

LIMIT = 8
MESSAGE = {
    "text": "Hello {first_name|there}, your visit is on Monday.",
    "on_machine": "hang-up",
    "keys": [
        {"digit": "9", "action": "opt-out"},
        {"digit": "2", "action": "answer", "label": "coming"},
    ],
}
AREAS = ("212", "312", "415", "617", "702")
RATES = {
    "throttled": 0.1,
    "error-after": 0.15,
    "reset": 0.15,
    "malformed": 0.1,
    "early": 0.2,
    "duplicated": 0.3,
    "reordered": 0.3,
}


def everyone(digits: str) -> list[str]:
    return [f"+1{area}5550{digits}" for area in AREAS]


@pytest.fixture
def fake(tmp_path: Path) -> Iterator[FakeTwilio]:
    with fake_twilio(tmp_path / "twilio", seed=11, speed=20.0, rates=RATES) as made:
        yield made
        assert made.faults("request", "twiml", "voice", "play") == []


@pytest.fixture
def app(tmp_path: Path, fake: FakeTwilio) -> Iterator[RunningApp]:
    port = free_port()
    env = {
        "SWITCHBOARD_PROVIDER": "twilio",
        "SWITCHBOARD_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SWITCHBOARD_TWILIO_ACCOUNT_SID": SID,
        "SWITCHBOARD_TWILIO_AUTH_TOKEN": TOKEN,
        "SWITCHBOARD_TWILIO_BASE_URL": fake.url,
        "SWITCHBOARD_TWILIO_FROM": CALLER_ID,
        "SWITCHBOARD_TRUNK_CALLS_PER_SECOND": "100",
        "SWITCHBOARD_TICK_SECONDS": "0.2",
    }
    with running_app(tmp_path / "app", env, port=port) as running:
        yield running


@pytest.mark.e2e
@pytest.mark.timeout(300)
@pytest.mark.xdist_group("campaigns")
def test_a_campaign_over_twilio(app: RunningApp, fake: FakeTwilio) -> None:
    groups = {digits: everyone(digits) for digits in ("200", "486", "480", "404", "819", "812", "832", "841")}
    people = [
        {"phone": phone, "variables": {"first_name": "Zoë <&>"} if digits == "200" else {}}
        for digits, phones in groups.items()
        for phone in phones
    ]
    with Api(app) as api:
        campaign = api.campaign(
            name="Visits",
            message=MESSAGE,
            max_concurrent_calls=LIMIT,
            retry={"max_retries": 0, "delays_minutes": []},
            default_region="US",
        )
        api.post(f"/campaigns/{campaign}/contacts", people)
        api.post(f"/campaigns/{campaign}/start")
        strangers(app)
        api.wait_for(campaign, "completed")
        contacts, stats = api.export(campaign), api.get(f"/campaigns/{campaign}/stats")
        listed = {entry["phone"] for entry in api.get("/do-not-call")["items"]}
    check_agreement(contacts, stats, Ledger.read(fake.directory / "ledger.jsonl"), LIMIT)

    faults = {line["fault"] for line in fake.lines("requests") if line.get("fault")}
    assert len(faults) >= 4, "the seed no longer makes it misbehave"

    last = {contact["phone"]: contact["attempts"][-1] for contact in contacts}

    def became(digits: str, field: str) -> set[str | None]:
        return {last[phone][field] for phone in groups[digits]}

    assert became("200", "disposition") == {"message-played"}
    assert became("486", "status") == {"busy"}
    assert became("480", "status") == {"no-answer"}
    assert became("404", "status") == {"failed"}
    assert became("819", "disposition") == {"opted-out"}
    assert listed == set(groups["819"])
    assert became("812", "disposition") == {"answered"}
    assert became("832", "answered_by") == {"machine"}
    for phone in groups["200"]:
        assert fake.heard(last[phone]["token"]) == ["say: Hello Zoë <&>, your visit is on Monday."]
    for phone in groups["812"]:
        assert fake.heard(last[phone]["token"])[0] == "say: Hello there, your visit is on Monday."


def strangers(app: RunningApp) -> None:
    """Whoever else finds the address, while the campaign runs."""
    address = f"{app.base_url}/webhooks/twilio/1/{'f' * 32}"
    with httpx.Client(trust_env=False, timeout=60) as client:
        forged = {"X-Twilio-Signature": "bm90IHRoZSBzaWduYXR1cmU="}
        assert client.post(address, data={"CallStatus": "completed"}, headers=forged).status_code == 403
        assert client.post(address, content=b"x" * 1024 * 1024).status_code == 413
        assert client.post(f"{app.base_url}/webhooks/twilio/9/{'f' * 32}").status_code == 404
        assert client.get(f"{app.base_url}/webhooks/recordings/{'a' * 64}/{'b' * 32}.wav").status_code == 404
