"""Event connection: the WebSocket that Asterisk's events come over, on a thread of its own. It reconnects.

Asterisk knows one socket per application: a second one takes over, and the first is told so (ApplicationReplaced). It
does not fight back: two that do would take each other's calls away. It gives up, and a person decides who has it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
import threading
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import websockets

from campaign_app.providers.asterisk.ari import AriClient, describe_error

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
"""Seconds between two tries to connect: doubled each time, with jitter."""
OPEN_SECONDS = 5.0
PING_SECONDS = 5.0
"""Between two signs of life asked of Asterisk; one that is missing for twice as long ends the connection."""
STOP_SECONDS = 5.0

Event = dict[str, Any]


class CannotPlaceCalls(Exception):
    """Connected, and yet no call can be placed; the text says why and what to do."""


class EventConnection:
    """`prepare` is awaited after each connect and before the first event; it may raise Refused. `hear` takes events
    in order, `finish` is awaited at the end. They run on the loop, as everything in here but `start`, `close` and
    `call`; `changed` is called when `trouble` has."""

    def __init__(
        self,
        ari: AriClient,
        app: str,
        *,
        prepare: Callable[[], Awaitable[None]],
        handle_event: Callable[[Event], None],
        finish: Callable[[], Awaitable[None]],
        on_change: Callable[[], None],
    ) -> None:
        self._ari = ari
        self._app = app
        self._prepare = prepare
        self._handle_event = handle_event
        self._finish = finish
        self._on_change = on_change
        self._last_error: str | None = f"connecting to Asterisk at {ari.url}"
        self.suspension_reason: str | None = None
        """Why it does not connect again, and what to do."""
        self._closing: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self.loop = asyncio.new_event_loop()

    @property
    def last_error(self) -> str | None:
        """None while events arrive, else why not."""
        return self._last_error

    def start_thread(self) -> None:
        """Once; further calls do nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run_loop, name="asterisk", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Let go of the socket and the thread. Calls go on."""
        thread = self._thread
        if thread is None:
            if not self.loop.is_closed():
                self.loop.close()
            return
        if thread.is_alive():
            self.call_on_loop(self._request_stop)
            thread.join(timeout=STOP_SECONDS)

    def call_on_loop(self, function: Callable[..., object], *arguments: object) -> None:
        """Have a function run on the loop, from any thread; nothing where the loop has ended."""
        try:
            self.loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            return

    def _request_stop(self) -> None:
        if self._closing is not None:
            self._closing.set()

    def _run_loop(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self._run_until_closed())
        finally:
            self._last_error = "the connection to Asterisk is closed"
            self.loop.close()

    async def _run_until_closed(self) -> None:
        self._closing = asyncio.Event()
        work = asyncio.create_task(self._stay_connected())
        stop = asyncio.create_task(self._closing.wait())
        await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
        if work.done() and not work.cancelled() and work.exception() is not None:
            log.error("the connection to Asterisk broke in an unforeseen way", exc_info=work.exception())
            self._suspend_connection(
                f"the connection to Asterisk broke: {work.exception()}; resume this trunk to connect again"
            )
        await self._closing.wait()
        other_tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in other_tasks:
            task.cancel()
        await asyncio.gather(*other_tasks, return_exceptions=True)
        await self._finish()

    async def _stay_connected(self) -> None:
        """Until another process takes the application."""
        failures = 0
        while True:
            try:
                async with self._open_socket() as socket:
                    await self._prepare()
                    failures = 0
                    self._set_last_error(None)
                    if await self._receive_events(socket):
                        self._suspend_connection(
                            f"another process has taken over the application {self._app} at Asterisk: stop it, or"
                            " give one of the two another name (ASTERISK_APP); then resume this trunk to connect again"
                        )
                        return
                why = "Asterisk closed the connection"
            except websockets.InvalidStatus as error:
                why = _explain_refusal(error.response.status_code)
            except CannotPlaceCalls as error:
                why = str(error)
            except (OSError, TimeoutError, websockets.WebSocketException) as error:
                why = f"Asterisk at {self._ari.url} cannot be reached: {describe_error(error)}"
            pause = min(FIRST_PAUSE * 2.0 ** min(failures, 10), LONGEST_PAUSE) * random.uniform(0.8, 1.2)
            failures += 1
            self._set_last_error(f"{why}; trying again")
            await asyncio.sleep(pause)

    def _open_socket(self) -> websockets.connect:
        query = urlencode({"app": self._app})
        scheme, address = self._ari.url.split("://", 1)
        user = self._ari.credentials
        return websockets.connect(
            f"{'wss' if scheme == 'https' else 'ws'}://{address}/ari/events?{query}",
            additional_headers={"Authorization": user},
            ssl=self._ari.tls,
            # Asterisk drops a reader that is slow: everything is taken in at once, and waits here.
            max_queue=None,
            max_size=None,
            compression=None,
            open_timeout=OPEN_SECONDS,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS * 2,
            close_timeout=1.0,
            proxy=None,
        )

    async def _receive_events(self, socket: websockets.ClientConnection) -> bool:
        """Take events until the socket closes. True when the application was taken over."""
        async for raw in socket:
            try:
                event = json.loads(raw)
            except ValueError:
                log.warning("Asterisk sent an event that is no JSON")
                continue
            if event.get("type") == "ApplicationReplaced":
                return True
            try:
                self._handle_event(event)
            except Exception:
                # A bug met by one event must not cost the calls that the others are about.
                log.exception("an event of Asterisk's could not be handled: %s", event.get("type"))
        return False

    def _suspend_connection(self, why: str) -> None:
        self.suspension_reason = why
        self._set_last_error(why)

    def _set_last_error(self, error: str | None) -> None:
        if error != self._last_error:
            if error is None:
                log.info("connected to Asterisk at %s", self._ari.url)
            else:
                log.warning("%s", error)
            self._last_error = error
            self._on_change()


def _explain_refusal(status: int) -> str:
    if status in (401, 403):
        return "Asterisk refuses the user name or the password: compare ASTERISK_USER, ASTERISK_PASSWORD and ari.conf"
    if status == 404:
        return (
            "Asterisk has no ARI at this address: enable it in http.conf and ari.conf, and check ASTERISK_URL"
        )
    return f"Asterisk answered {status} to the connection for its events"
