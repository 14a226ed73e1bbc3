"""The socket that events come over, on an event loop in a thread of its own. It reconnects, and says what is wrong.

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

from campaign_app.providers.asterisk.ari import Ari, plain

log = logging.getLogger(__name__)

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
"""Seconds between two tries to connect: doubled each time, with jitter."""
OPEN_SECONDS = 5.0
PING_SECONDS = 5.0
"""Between two signs of life asked of Asterisk; one that is missing for twice as long ends the connection."""
STOP_SECONDS = 5.0

Event = dict[str, Any]


class Refused(Exception):
    """Connected, and yet no call can be placed; the text says why and what to do."""


class Connection:
    """`prepare` is awaited after each connect and before the first event; it may raise Refused. `hear` takes events
    in order, `finish` is awaited at the end. They run on the loop, as everything in here but `start`, `close` and
    `call`; `changed` is called when `trouble` has."""

    def __init__(
        self,
        ari: Ari,
        app: str,
        *,
        prepare: Callable[[], Awaitable[None]],
        hear: Callable[[Event], None],
        finish: Callable[[], Awaitable[None]],
        changed: Callable[[], None],
    ) -> None:
        self._ari = ari
        self._app = app
        self._prepare = prepare
        self._hear = hear
        self._finish = finish
        self._changed = changed
        self._trouble: str | None = f"connecting to Asterisk at {ari.url}"
        self.given_up: str | None = None
        """Why it does not connect again, and what to do."""
        self._closing: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self.loop = asyncio.new_event_loop()

    @property
    def trouble(self) -> str | None:
        """None while events arrive, else why not."""
        return self._trouble

    def start(self) -> None:
        """Once; further calls do nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="asterisk", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Let go of the socket and the thread. Calls go on."""
        thread = self._thread
        if thread is None:
            if not self.loop.is_closed():
                self.loop.close()
            return
        if thread.is_alive():
            self.call(self._stop)
            thread.join(timeout=STOP_SECONDS)

    def call(self, function: Callable[..., object], *arguments: object) -> None:
        """Have a function run on the loop, from any thread; nothing where the loop has ended."""
        try:
            self.loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            return

    def _stop(self) -> None:
        if self._closing is not None:
            self._closing.set()

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self._until_closed())
        finally:
            self._trouble = "the connection to Asterisk is closed"
            self.loop.close()

    async def _until_closed(self) -> None:
        self._closing = asyncio.Event()
        work = asyncio.create_task(self._stay_connected())
        stop = asyncio.create_task(self._closing.wait())
        await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
        if work.done() and not work.cancelled() and work.exception() is not None:
            log.error("the connection to Asterisk broke in an unforeseen way", exc_info=work.exception())
            self._give_up(
                f"the connection to Asterisk broke: {work.exception()}; resume this trunk to connect again"
            )
        await self._closing.wait()
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await self._finish()

    async def _stay_connected(self) -> None:
        """Until another process takes the application."""
        failures = 0
        while True:
            try:
                async with self._socket() as socket:
                    await self._prepare()
                    failures = 0
                    self._say(None)
                    if await self._listen(socket):
                        self._give_up(
                            f"another process has taken over the application {self._app} at Asterisk: stop it, or"
                            " give one of the two another name (ASTERISK_APP); then resume this trunk to connect again"
                        )
                        return
                why = "Asterisk closed the connection"
            except websockets.InvalidStatus as error:
                why = _refusal(error.response.status_code)
            except Refused as error:
                why = str(error)
            except (OSError, TimeoutError, websockets.WebSocketException) as error:
                why = f"Asterisk at {self._ari.url} cannot be reached: {plain(error)}"
            pause = min(FIRST_PAUSE * 2.0 ** min(failures, 10), LONGEST_PAUSE) * random.uniform(0.8, 1.2)
            failures += 1
            self._say(f"{why}; trying again")
            await asyncio.sleep(pause)

    def _socket(self) -> websockets.connect:
        query = urlencode({"app": self._app})
        scheme, rest = self._ari.url.split("://", 1)
        user = self._ari.credentials
        return websockets.connect(
            f"{'wss' if scheme == 'https' else 'ws'}://{rest}/ari/events?{query}",
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

    async def _listen(self, socket: websockets.ClientConnection) -> bool:
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
                self._hear(event)
            except Exception:
                # A bug met by one event must not cost the calls that the others are about.
                log.exception("an event of Asterisk's could not be handled: %s", event.get("type"))
        return False

    def _give_up(self, why: str) -> None:
        self.given_up = why
        self._say(why)

    def _say(self, trouble: str | None) -> None:
        if trouble != self._trouble:
            if trouble is None:
                log.info("connected to Asterisk at %s", self._ari.url)
            else:
                log.warning("%s", trouble)
            self._trouble = trouble
            self._changed()


def _refusal(status: int) -> str:
    if status in (401, 403):
        return "Asterisk refuses the user name or the password: compare ASTERISK_USER, ASTERISK_PASSWORD and ari.conf"
    if status == 404:
        return (
            "Asterisk has no ARI at this address: enable it in http.conf and ari.conf, and check ASTERISK_URL"
        )
    return f"Asterisk answered {status} to the connection for its events"
