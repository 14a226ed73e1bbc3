"""Campaigns of the whole product over a real Asterisk of their own, with SIPp's log as the ledger."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from scripts.loopback.asterisk import PASSWORD, USER
from scripts.loopback.asterisk import Asterisk as Server
from scripts.loopback.callees import Callees
from tests.e2e.dialling import Api
from tests.support.server import RunningApp, running_app

NOT_SENT = {"released", "claimed"}


def phones(count: int, digits: str = "", first: int = 0) -> list[str]:
    """Valid American numbers. Those that end in `digits` behave so; without, in digits that mean nothing."""
    found = []
    for index in range(first, first + count):
        area, exchange = 212 + index // 7000, 220 + index % 7000 // 10
        found.append(f"+1{area}{exchange}{index % 10}{digits or '001'}")
    return found


def settings(server: Server) -> dict[str, str]:
    """What makes the product dial through `server`."""
    return {
        "SWITCHBOARD_PROVIDER": "asterisk",
        "SWITCHBOARD_ASTERISK_URL": server.url,
        "SWITCHBOARD_ASTERISK_USER": USER,
        "SWITCHBOARD_ASTERISK_PASSWORD": PASSWORD,
        "SWITCHBOARD_ASTERISK_SOUNDS": str(server.sounds),
        "SWITCHBOARD_ASTERISK_SOUNDS_AS": server.sounds_as,
        "SWITCHBOARD_ASTERISK_CEL": str(server.journal),
        "SWITCHBOARD_TICK_SECONDS": "0.2",
    }


@dataclass
class Shop:
    """The product, its Asterisk and its callees."""

    app: RunningApp
    api: Api
    server: Server
    callees: Callees

    def campaign(self, numbers: list[str], **fields: Any) -> int:
        """A running campaign over these numbers; each is tried once unless `fields` say more."""
        given = {"retry": {"max_retries": 0, "delays_minutes": []}, "provider": "asterisk", **fields}
        campaign_id = self.api.campaign(**given)
        rows = [{"phone": number} for number in numbers]
        added = self.api.post(f"/campaigns/{campaign_id}/contacts", rows)
        assert added["accepted"] == len(numbers), added
        self.api.post(f"/campaigns/{campaign_id}/start")
        return campaign_id

    def outcomes(self, campaign_id: int) -> Counter[str]:
        """The attempts by outcome, once all is over: none of the numbers rang more often than it has attempts that
        were sent."""
        sent: Counter[str] = Counter()
        found: Counter[str] = Counter()
        for contact in self.api.export(campaign_id):
            number = contact["phone"].lstrip("+")
            for attempt in contact["attempts"]:
                found[attempt["status"]] += 1
                sent[number] += attempt["status"] not in NOT_SENT
        rang = self.callees.invites()
        assert {number: (rang[number], sent[number]) for number in sent if rang[number] > sent[number]} == {}
        return found

    def peak(self, numbers: list[str]) -> int:
        """The most of these numbers that were on a call at once, as SIPp saw it."""
        return self.callees.peak({number.lstrip("+") for number in numbers})


@contextmanager
def shop(folder: Path, *, hold: float = 20.0) -> Iterator[Shop]:
    """All of it, started and ended."""
    callees = Callees(folder, hold=hold)
    server = Server(callees.port)
    try:
        callees.start()
        server.start()
        with running_app(folder / "instance", settings(server)) as app, Api(app) as api:
            yield Shop(app, api, server, callees)
    finally:
        server.stop()
        callees.stop()


@dataclass
class Sampler:
    """Asks Asterisk for its channels all the time."""

    server: Server
    most: int = 0
    samples: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[Sampler]:
        thread = threading.Thread(target=self._sample)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join(timeout=10)

    def _sample(self) -> None:
        with httpx.Client(
            base_url=f"{self.server.url}/ari", auth=(USER, PASSWORD), trust_env=False
        ) as client:
            while not self._over.wait(0.02):
                self.most = max(self.most, len(client.get("/channels").json()))
                self.samples += 1
