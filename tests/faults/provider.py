"""The test provider that speaks the carrier's API. It translates; what it says is the product's to judge."""

from __future__ import annotations

import http.client
import json
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from campaign_app.domain.attempt import AttemptStatus, CallUpdate
from campaign_app.providers.base import (
    CallRejected,
    DialRequest,
    InDoubt,
    PlacedCall,
    ProviderCaps,
    ProviderThrottled,
    ProviderUnavailable,
)

WIRE_ERRORS = (OSError, http.client.HTTPException)
MISSED = 50
"""How many callbacks a carrier that repeats its webhooks sends again."""


class CarrierProvider:
    """A `base.Provider`. `timeout` is in real seconds; `missed_too`: callbacks that came while nobody listened are
    delivered (a carrier that repeats its webhooks), else they are lost and must be polled for."""

    def __init__(
        self, port: int, account: str, *, timeout: float, horizon: float, missed_too: bool = False
    ) -> None:
        self._port, self._account, self._timeout = port, account, timeout
        # In the world's seconds: its requests take at most `timeout` real ones.
        self._caps = ProviderCaps(blocking=True, horizon=horizon, absence_after=horizon / 3)
        self._missed_too = missed_too
        self.listening = False
        """Whether callbacks from now on are heard."""
        self._news: deque[CallUpdate] = deque()
        self._wake: Callable[[], None] = lambda: None
        self._closing = threading.Event()
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def caps(self) -> ProviderCaps:
        return self._caps

    def ready(self) -> str | None:
        return None

    def place(self, attempt: DialRequest) -> PlacedCall:
        connection = self._connection()
        try:
            connection.connect()
        except OSError as error:
            raise ProviderUnavailable(f"no connection: {error}") from error
        body = {"token": attempt.token, "to": attempt.to, "account": self._account}
        try:
            connection.request("POST", "/calls", json.dumps(body))
            answer = connection.getresponse()
            content = answer.read()
        except WIRE_ERRORS as error:
            raise InDoubt(f"{type(error).__name__}: {error}") from error
        finally:
            connection.close()
        if answer.status == 429:
            raise ProviderThrottled("too fast", json.loads(content)["retry_after"])
        if answer.status >= 500:
            raise InDoubt(f"the carrier answered {answer.status}")
        if answer.status >= 400:
            raise CallRejected(f"the carrier answered {answer.status}")
        try:
            return PlacedCall(json.loads(content)["id"])
        except (ValueError, KeyError) as error:
            raise InDoubt(f"an answer that makes no sense: {content[:40]!r}") from error

    def hangup(self, token: str, ref: str | None) -> None:
        self._ask("DELETE", f"/calls/{token}")

    def lookup(self, token: str, ref: str | None) -> Sequence[CallUpdate]:
        found = self._ask("GET", f"/calls/{token}")
        return [self._read({"token": token, **item}) for item in found.get("events", ())]

    def events(self) -> Sequence[CallUpdate]:
        taken: list[CallUpdate] = []
        while self._news:
            taken.append(self._news.popleft())
        return taken

    def on_updates(self, wake: Callable[[], None]) -> None:
        self._wake = wake

    def close(self) -> None:
        self._closing.set()

    def _listen(self) -> None:
        after: int | None = None
        while not self._closing.is_set():
            try:
                path = "/events" if after is None else f"/events?after={after}"
                found = self._ask("GET", path, timeout=10.0)
            except ProviderUnavailable:
                self._closing.wait(0.02)
                continue
            self.listening = True
            after = found["last"] - (MISSED if after is None and self._missed_too else 0)
            if found["events"]:
                self._news.extend(map(self._read, found["events"]))
                self._wake()

    @staticmethod
    def _read(item: dict[str, Any]) -> CallUpdate:
        return CallUpdate(
            item["token"],
            AttemptStatus(item["status"]),
            datetime.fromtimestamp(item["at"], UTC),
            provider_ref=item["call"],
            raw=json.dumps(item),
        )

    def _connection(self, timeout: float | None = None) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=timeout or self._timeout)

    def _ask(self, method: str, path: str, timeout: float | None = None) -> dict[str, Any]:
        connection = self._connection(timeout)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            content = answer.read()
        except WIRE_ERRORS as error:
            raise ProviderUnavailable(f"{type(error).__name__}: {error}") from error
        finally:
            connection.close()
        if answer.status == 404:
            return {}
        if answer.status >= 400:
            raise ProviderUnavailable(f"the carrier answered {answer.status}")
        found: dict[str, Any] = json.loads(content)
        return found
