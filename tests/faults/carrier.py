"""A carrier of its own process: a small HTTP server that places calls, misbehaves by seed, and keeps a ledger.

`python -m tests.faults.carrier DIRECTORY PORT SEED RATES` serves on 127.0.0.1:

    POST   /calls            {"token", "to", "account"} → 201 {"id"}: a call begins. A token that comes again is
                             dialed again: this carrier has no idempotency, as real ones have none.
    GET    /calls/TOKEN      what happened to its calls, oldest first; 404 for a stranger
    DELETE /calls/TOKEN      hang up
    GET    /events?after=N   the callbacks after number N, as soon as there are any (a long poll); without `after`,
                             where the feed stands
    GET    /stats            peaks and second dials, as the carrier counted them itself

The ledger, DIRECTORY/ledger.jsonl, is append-only; each line is on the disk (fsync) before anybody hears of it:
`{"t", "event": "started"|"asked"|"placed"|"answered"|"ended", "call", "token", "to", "account", "outcome"}`. Calls
outlive the process: a carrier that starts on a ledger with live calls goes on with them.
"""

from __future__ import annotations

import heapq
import json
import os
import random
import signal
import socket
import struct
import sys
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.support.shared_time import SharedTime

PLACE_FAULTS = (
    "throttled",  # 429, not placed
    "error-before",  # 500, not placed
    "error-after",  # 500, placed
    "hang-before",  # no answer for 30 s, not placed
    "hang-after",  # placed, and no answer for 30 s
    "half-open",  # placed, and nothing ever comes: the socket stays open
    "reset",  # placed, and the connection is reset instead of an answer
    "malformed",  # placed, and 201 with an answer that is cut off
    "early",  # callbacks come before the answer does
)
NEWS_FAULTS = ("missing", "duplicated", "reordered")
FAULTS = (*PLACE_FAULTS, *NEWS_FAULTS, "slow-lookup")
NEVER_PLACED = frozenset({"throttled", "error-before", "hang-before"})
OUTCOMES = (("completed", 60), ("busy", 15), ("no-answer", 15), ("failed", 10))
HANG = 30.0
"""Seconds of the shared clock."""
LONG_POLL = 5.0
"""Real seconds."""


class Ledger:
    """Append-only, one JSON object a line, on the disk before `add` returns."""

    def __init__(self, path: Path, times: SharedTime) -> None:
        self._file = path.open("ab")
        self._times = times
        self._lock = threading.Lock()

    def add(self, event: str, **more: Any) -> float:
        with self._lock:
            at = self._times.now()
            self._file.write(json.dumps({"t": at, "event": event, **more}).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        return at


class Call:
    def __init__(self, number: int, token: str, to: str, account: str, seed: str) -> None:
        self.id = f"c-{number}"
        self.token, self.to, self.account = token, to, account
        self.over = False
        self.told: list[dict[str, Any]] = []
        rng = random.Random(f"{seed}:{token}:{number}")
        self.outcome = rng.choices([o for o, _ in OUTCOMES], [w for _, w in OUTCOMES])[0]
        rings = rng.uniform(0.1, 0.5)
        picked_up = rings + rng.uniform(0.3, 2.0)
        self.plan: list[tuple[float, str]] = [(rings, "ringing")]
        if self.outcome == "completed":
            self.plan.append((picked_up, "in-progress"))
            picked_up += rng.uniform(0.5, 4.0)
        self.plan.append((picked_up, self.outcome))


class Carrier:
    """The calls, the feed of callbacks, and the clockwork that moves the calls on."""

    def __init__(self, directory: Path, seed: str, rates: dict[str, float]) -> None:
        unknown = set(rates) - set(FAULTS)
        if unknown:
            raise ValueError(f"no such faults: {sorted(unknown)}")
        self.times = SharedTime(directory / "clock")
        self.seed, self.rates = seed, rates
        self._rng = random.Random(f"{seed}:faults")
        self._lock = threading.Condition()
        self._calls: dict[str, list[Call]] = defaultdict(list)
        self._live: dict[str, Call] = {}
        self._peak: Counter[str] = Counter()
        self._second_tokens = self._second_numbers = 0
        self._feed: deque[tuple[int, dict[str, Any]]] = deque(maxlen=2000)
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        path = directory / "ledger.jsonl"
        old = [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []
        self._ledger = Ledger(path, self.times)
        starts = sum(1 for line in old if line["event"] == "started")
        # A restarted carrier never reuses its numbers: the callbacks in between are lost, as they would be.
        self._next_event = count(starts * 1_000_000)
        self._numbers = count(starts * 1_000_000)
        self._ledger.add("started")
        with self._lock:
            self._resume(old)
        threading.Thread(target=self._clockwork, daemon=True).start()

    def _resume(self, old: list[dict[str, Any]]) -> None:
        ended = {line["call"] for line in old if line["event"] == "ended"}
        for line in old:
            if line["event"] != "placed":
                continue
            number = int(line["call"].removeprefix("c-"))
            call = Call(number, line["token"], line["to"], line["account"], self.seed)
            self._calls[call.token].append(call)
            call.told.append({"status": "queued", "at": line["t"]})
            if call.id in ended:
                call.over = True
                end = next(e for e in old if e["event"] == "ended" and e["call"] == call.id)
                call.told.append({"status": end["outcome"], "at": end["t"]})
            else:
                self._live[call.id] = call
                self._count()
                self._schedule(call, line["t"])

    # What the wire asks for.

    def fault(self, names: tuple[str, ...]) -> str | None:
        """Which fault befalls this request, if any."""
        with self._lock:
            drawn = self._rng.random()
        for name in names:
            drawn -= self.rates.get(name, 0.0)
            if drawn < 0:
                return name
        return None

    def asked(self, token: str, to: str, account: str) -> None:
        self._ledger.add("asked", token=token, to=to, account=account)

    def place(self, token: str, to: str, account: str) -> Call:
        with self._lock:
            call = Call(next(self._numbers), token, to, account, self.seed)
            self._second_tokens += token in self._calls
            self._second_numbers += any(other.to == to for other in self._live.values())
            at = self._ledger.add("placed", call=call.id, token=token, to=to, account=account)
            self._calls[token].append(call)
            self._live[call.id] = call
            self._count()
            call.told.append({"status": "queued", "at": at})
            self._schedule(call, at)
        return call

    def _count(self) -> None:
        for account, live in Counter(call.account for call in self._live.values()).items():
            self._peak[account] = max(self._peak[account], live)

    def hang_up(self, token: str) -> None:
        with self._lock:
            for call in self._calls.get(token, ()):
                if not call.over:
                    self._move(call, "canceled")

    def told(self, token: str) -> list[dict[str, Any]] | None:
        with self._lock:
            if token not in self._calls:
                return None
            return [{"call": call.id, **news} for call in self._calls[token] for news in call.told]

    def feed(self, after: int | None) -> dict[str, Any]:
        """Waits for news, up to LONG_POLL seconds."""
        with self._lock:
            if after is None:
                return {"last": self._feed[-1][0] if self._feed else -1, "events": []}
            self._lock.wait_for(lambda: self._feed and self._feed[-1][0] > after, LONG_POLL)
            news = [{"seq": seq, **event} for seq, event in self._feed if seq > after]
            return {"last": self._feed[-1][0] if self._feed else after, "events": news}

    def stats(self) -> dict[str, Any]:
        with self._lock:
            return {
                "peak": dict(self._peak),
                "live": len(self._live),
                "second_tokens": self._second_tokens,
                "second_numbers": self._second_numbers,
            }

    # What happens by itself.

    def _schedule(self, call: Call, placed_at: float) -> None:
        for after, status in call.plan:
            self._later(placed_at + after, lambda status=status: self._move(call, status))  # type: ignore[misc]

    def _later(self, at: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (at, next(self._order), act))
        self._lock.notify_all()

    def _move(self, call: Call, status: str) -> None:
        """The call moves on; under the lock."""
        if call.over:
            return
        at = self.times.now()
        if status == "in-progress":
            at = self._ledger.add("answered", call=call.id, token=call.token, to=call.to)
        elif status != "ringing":
            # The line is free again before its end is written, so that the ledger never counts one too few.
            at = self._ledger.add("ended", call=call.id, token=call.token, to=call.to, outcome=status)
            call.over = True
            self._live.pop(call.id, None)
        call.told.append({"status": status, "at": at})
        self._tell({"token": call.token, "call": call.id, "status": status, "at": at})

    def _tell(self, event: dict[str, Any]) -> None:
        befalls = self._rng.random()
        for name in NEWS_FAULTS:
            befalls -= self.rates.get(name, 0.0)
            if befalls < 0:
                break
        else:
            name = ""
        if name == "missing":
            return
        if name == "reordered":
            self._later(self.times.now() + self._rng.uniform(0.5, 8.0), lambda: self._post(event))
            return
        self._post(event)
        if name == "duplicated":
            self._later(self.times.now() + self._rng.uniform(0.0, 8.0), lambda: self._post(event))

    def _post(self, event: dict[str, Any]) -> None:
        self._feed.append((next(self._next_event), event))
        self._lock.notify_all()

    def _clockwork(self) -> None:
        with self._lock:
            while True:
                if self._heap and self._heap[0][0] <= self.times.now():
                    heapq.heappop(self._heap)[2]()
                else:
                    ahead = self._heap[0][0] - self.times.now() if self._heap else 1.0
                    # The clock may be moved ahead at any time.
                    self._lock.wait(min(max(ahead / self.times.scale, 0.001), 0.02))


class Handler(BaseHTTPRequestHandler):
    carrier: Carrier
    protocol_version = "HTTP/1.1"
    half_open: list[socket.socket] = []  # noqa: RUF012 - shared on purpose: they are never closed

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        call = body["token"], body["to"], body["account"]
        self.carrier.asked(*call)
        fault = self.carrier.fault(PLACE_FAULTS)
        placed = None if fault in NEVER_PLACED else self.carrier.place(*call)
        if fault == "throttled":
            self._answer(429, {"retry_after": 1.0})
        elif fault in ("error-before", "error-after"):
            self._answer(500, {"error": "internal"})
        elif fault in ("hang-before", "hang-after"):
            time.sleep(HANG / self.carrier.times.scale)
            self.close_connection = True
        elif fault == "half-open":
            self.half_open.append(self.connection.dup())
            self.close_connection = True
        elif fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
        elif fault == "malformed":
            self._answer(201, None)
        else:
            if fault == "early":
                time.sleep(1.0 / self.carrier.times.scale)
            assert placed is not None
            self._answer(201, {"id": placed.id})

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/events":
            after = parse_qs(url.query).get("after")
            self._answer(200, self.carrier.feed(int(after[0]) if after else None))
        elif url.path == "/stats":
            self._answer(200, self.carrier.stats())
        else:
            if self.carrier.fault(("slow-lookup",)):
                time.sleep(3.0 / self.carrier.times.scale)
            told = self.carrier.told(url.path.removeprefix("/calls/"))
            self._answer(404, {}) if told is None else self._answer(200, {"events": told})

    def do_DELETE(self) -> None:
        self.carrier.hang_up(urlsplit(self.path).path.removeprefix("/calls/"))
        self._answer(200, {})

    def _answer(self, status: int, body: dict[str, Any] | None) -> None:
        content = b'{"id": "c-' if body is None else json.dumps(body).encode()
        try:
            self.send_response_only(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(content)
        except OSError:
            # The engine that asked was killed meanwhile.
            pass
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A connection that a killed engine left behind is what this carrier is for.
        if not isinstance(sys.exception() if sys.version_info >= (3, 12) else sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def main(arguments: list[str]) -> None:
    directory, port, seed, rates = arguments
    Handler.carrier = Carrier(Path(directory), seed, json.loads(rates))
    server = Server(("127.0.0.1", int(port)), Handler)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    print(server.server_address[1], flush=True)
    server.serve_forever(poll_interval=0.05)


if __name__ == "__main__":
    main(sys.argv[1:])
