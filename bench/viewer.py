"""Browsers that look at live pages, many in one process of their own: each polls what its page says, as often as the
page says it, with If-None-Match and gzip, over the connections that a browser would hold.

`python -m bench.viewer` reads one JSON object from its input ({"seconds": ..., "warm_up": ..., "viewers": [{"port",
"path", "cookie", "address"}]}) and prints one when the time is over.
"""

from __future__ import annotations

import asyncio
import gzip
import html
import json
import random
import re
import resource
import sys
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

ELEMENT = re.compile(r"<[a-z]+\b[^>]*\bhx-get=[^>]*>")
URL = re.compile(r'hx-get="([^"]*)"')
EVERY = re.compile(r'hx-trigger="every (\d+)s')
OPEN = "open"
OPENED_AT_ONCE = 4
"""Pages: people do not all open one in the same second."""
PATIENCE = 30.0
"""Seconds after which a browser would show that the server is away."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    etag: str
    body: bytes


@dataclass(slots=True)
class Seen:
    """What all viewers were answered, after the warm-up."""

    began: float = float("inf")
    """When the warm-up is over."""
    times: list[float] = field(default_factory=list)
    unchanged: int = 0
    shared: int = 0
    failures: dict[str, int] = field(default_factory=dict)
    bodies: set[tuple[str, bytes]] = field(default_factory=set)
    late: float = 0.0
    """Seconds by which this process itself was late at the most."""

    def note(self, path: str, answer: Answer, seconds: float) -> None:
        """A body that another viewer had word for word is of the same rendering: each says when it was made."""
        known = (path, answer.body) in self.bodies
        if answer.status == 200:
            self.bodies.add((path, answer.body))
        if perf_counter() < self.began:
            return
        self.times.append(seconds)
        self.unchanged += answer.status == 304
        self.shared += answer.status == 200 and known
        if answer.status not in (200, 304):
            why = answer.etag or str(answer.status)
            self.failures[why] = self.failures.get(why, 0) + 1


class Connection:
    """One of a browser's, kept open."""

    def __init__(self, port: int, address: str, cookie: str) -> None:
        self._port, self._address, self._cookie = port, address, cookie
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str, etag: str, *, htmx: bool) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection(
                "127.0.0.1", self._port, local_addr=(self._address, 0), limit=2**22
            )
        reader, writer = self._streams
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: 127.0.0.1:{self._port}",
            f"Cookie: {self._cookie}",
            "Accept-Encoding: gzip, deflate, br",
            *([f"If-None-Match: {etag}"] if etag else []),
            *(["HX-Request: true"] if htmx else []),
        ]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, _, rest = head.partition("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in rest.split("\r\n") if line)
        }
        status = int(first.split()[1])
        body = b""
        if status != 304:
            body = await reader.readexactly(int(headers["content-length"]))
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, headers.get("etag", ""), _unpack(body, headers, htmx))

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


def _unpack(body: bytes, headers: dict[str, str], htmx: bool) -> bytes:
    """Fragments stay as they are: they are compared, and unpacked only where they are new."""
    return gzip.decompress(body) if headers.get("content-encoding") == "gzip" and not htmx else body


def find_polls(page: str) -> list[tuple[str, int]]:
    """(address, seconds) of what a page asks for again and again."""
    found = []
    for element in ELEMENT.findall(page):
        url, every = URL.search(element), EVERY.search(element)
        if url and every:
            found.append((html.unescape(url[1]), int(every[1])))
    return found


class Viewer:
    """One browser with one page open."""

    def __init__(self, options: dict[str, Any], seen: Seen) -> None:
        self._path = options["path"]
        self._options = options
        self._seen = seen
        self._polls: list[tuple[str, int]] = []

    async def open(self, few: asyncio.Semaphore) -> None:
        """The page, while no more than a few others are being opened."""
        async with few:
            connection = self._connect()
            page = await asyncio.wait_for(connection.get(self._path, "", htmx=False), PATIENCE * 2)
            connection.close()
        if page.status != 200:
            raise RuntimeError(f"{self._path} was answered with {page.status}")
        self._polls = find_polls(page.body.decode())
        if not self._polls:
            raise RuntimeError(f"{self._path} does not poll anything")

    async def look(self, until: float, rng: random.Random) -> None:
        """Poll until `until`, each part at its own time."""
        await asyncio.gather(
            *(self._poll(path, seconds, rng.uniform(0, seconds), until) for path, seconds in self._polls)
        )

    def _connect(self) -> Connection:
        return Connection(self._options["port"], self._options["address"], self._options["cookie"])

    async def _poll(self, path: str, seconds: int, first: float, until: float) -> None:
        connection, etag = self._connect(), ""
        await asyncio.sleep(first)
        while perf_counter() + seconds < until:
            due = perf_counter() + seconds
            await asyncio.sleep(seconds)
            began = perf_counter()
            self._seen.late = max(self._seen.late, began - due)
            try:
                answer = await asyncio.wait_for(connection.get(path, etag, htmx=True), PATIENCE)
            except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
                connection.close()
                answer = Answer(0, type(error).__name__, b"")
            self._seen.note(path, answer, perf_counter() - began)
            if answer.status == 200:
                etag = answer.etag
        connection.close()


async def look_on(options: dict[str, Any]) -> dict[str, Any]:
    """Milliseconds and shares of all answers to polls after the warm-up. Says on its output, as a line, when all pages
    are open."""
    seen, rng, few = Seen(), random.Random(1), asyncio.Semaphore(OPENED_AT_ONCE)
    everybody = [Viewer(each, seen) for each in options["viewers"]]
    await asyncio.gather(*(each.open(few) for each in everybody))
    print(OPEN, flush=True)
    began, used = perf_counter(), read_cpu()
    seen.began = began + options["warm_up"]
    until = seen.began + options["seconds"]
    await asyncio.gather(*(each.look(until, rng) for each in everybody))
    return {
        "times": sorted(round(seconds * 1000, 2) for seconds in seen.times),
        "unchanged": seen.unchanged,
        "shared": seen.shared,
        "failures": seen.failures,
        "late": seen.late * 1000,
        "cpu": (read_cpu() - used) / (perf_counter() - began),
    }


def read_cpu() -> float:
    """Seconds of this process's processor time so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    json.dump(asyncio.run(look_on(json.load(sys.stdin))), sys.stdout)
