"""How the fake calls us back: signed by the `twilio` package's own code, tried again once, and unreliable on demand."""

from __future__ import annotations

import http.client
import queue
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from urllib.parse import urlencode

from twilio.request_validator import RequestValidator

from .world import PATIENCE, Call, World, stamp


def voice_fields(world: World, call: Call, **more: str) -> dict[str, str]:
    """What every request about a call carries."""
    return {
        "AccountSid": world.config.sid,
        "ApiVersion": "2010-04-01",
        "CallSid": call.sid,
        "CallStatus": call.status,
        "Direction": "outbound-api",
        "From": call.one("From") or "",
        "To": call.to,
        **more,
    }


def post(world: World, url: str, fields: Mapping[str, str]) -> tuple[int, str, bytes]:
    """One signed request: status, content type, body. Raises OSError or HTTPException when nobody answers."""
    signature = RequestValidator(world.config.tokens[0]).compute_signature(url, dict(fields))
    request = urllib.request.Request(
        url,
        urlencode(fields).encode(),
        {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"},
    )
    try:
        with urllib.request.urlopen(request, timeout=world.waits(PATIENCE)) as answer:
            return answer.status, answer.headers.get("Content-Type", ""), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, "", error.read()


def post_twice(world: World, url: str, fields: Mapping[str, str]) -> None:
    """A callback: once more where nobody answered, or with a 5xx."""
    for last in (False, True):
        try:
            status, _, _ = post(world, url, fields)
        except (OSError, http.client.HTTPException) as error:
            status, what = 599, f"{type(error).__name__}: {error}"
        else:
            what = f"HTTP {status}"
        if status < 300:
            return
        world.fault("callback", what, url=url, status=status, fields=dict(fields), last=last)
        if status < 500:
            return
        threading.Event().wait(1.0 / world.speed + 0.2)


class StatusCallbacks:
    """One call's status callbacks: sent in order by a thread of their own, so that the call does not wait for us."""

    def __init__(self, world: World, call: Call) -> None:
        self._world, self._call = world, call
        self._queue: queue.Queue[dict[str, str] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def tell(self, event: str, status: str, **more: str) -> None:
        call, world = self._call, self._world
        url, events = call.one("StatusCallback"), call.form.get("StatusCallbackEvent", ["completed"])
        if url is None or event not in events or world.strikes("missing", call.sid, event):
            return
        fields = {
            **voice_fields(world, call),
            "CallStatus": status,
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(call.sequence),
            "Timestamp": stamp(world.now()) or "",
            **more,
        }
        call.sequence += 1
        if world.strikes("reordered", call.sid, event):
            pause = world.luck("pause", call.sid, event).uniform(0.0, 40.0) / world.speed
            timer = threading.Timer(pause, self._queue.put, (fields,))
            timer.daemon = True
            timer.start()
        else:
            self._queue.put(fields)
        if world.strikes("duplicated", call.sid, event):
            self._queue.put(fields)

    def drained(self) -> bool:
        return self._queue.empty()

    def _run(self) -> None:
        url = self._call.one("StatusCallback")
        while True:
            fields = self._queue.get()
            if fields is not None and url is not None:
                post_twice(self._world, url, fields)
