"""Campaigns of the whole product over a real Asterisk of their own, with SIPp's log as the ledger."""

from __future__ import annotations

import itertools
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from websockets.sync.client import ClientConnection, connect

from scripts.loopback.asterisk import PASSWORD, USER
from scripts.loopback.asterisk import Asterisk as Server
from scripts.loopback.callees import Callees
from tests.e2e.dialing import Api
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


class Watcher:
    """Every channel that Asterisk made and destroyed, by its own events and its own clock: a second application that is
    told of all channels.

    A list of channels is no instant: it is put together while calls end and others begin, and one that was asked for on
    a busy machine held 41 where there never were more than 40.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._told: list[tuple[str, int, str]] = []

    @contextmanager
    def running(self) -> Iterator[Watcher]:
        query = urlencode({"app": "watcher", "subscribeAll": "true", "api_key": f"{USER}:{PASSWORD}"})
        address = f"{self._server.url.replace('http', 'ws', 1)}/ari/events?{query}"
        with connect(address, max_size=None, proxy=None) as socket:
            thread = threading.Thread(target=self._listen, args=(socket,))
            thread.start()
            try:
                yield self
            finally:
                socket.close()
                thread.join(timeout=60)

    def _listen(self, socket: ClientConnection) -> None:
        for raw in socket:
            event = json.loads(raw)
            step = {"ChannelCreated": 1, "ChannelDestroyed": -1}.get(event["type"])
            if step is not None:
                self._told.append((event["timestamp"], step, event["channel"]["id"]))

    @property
    def made(self) -> int:
        return sum(1 for _, step, _ in self._told if step > 0)

    @property
    def most(self) -> int:
        """The most channels at once, of those whose beginning was seen. Of two events of one millisecond the end comes
        first."""
        seen = {channel for _, step, channel in self._told if step > 0}
        steps = [step for _, step, channel in sorted(self._told) if channel in seen]
        return max(itertools.accumulate(steps), default=0)
