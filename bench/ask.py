"""Asking a started server for pages and for answers of the REST API: how long the first and the next ones take, by the
clock and of the server's processor time."""

from __future__ import annotations

import html
import http.client
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from urllib.parse import urlsplit

from .server import Process

ROUNDS = 5
ALLOWED = (
    (r"^/campaigns/\d+/_calls|^/calls(/_calls)?($|\?)|/calls($|\?)", 100),
    (r"/contacts($|\?)", 50),
    (r"^/campaigns($|\?)|^/campaigns/_(board|rows)|^/campaigns/\d+$", 60),
    (r"export|\.csv|\.ndjson|/receipts\.json", 200),
)
"""Milliseconds that users accept, by path; others have OTHERWISE."""
OTHERWISE = 300
PROBLEM = re.compile(r'class="[^"]*(?:empty|problem)[^"]*"[^>]*>\s*(?:<[^>]+>\s*)*([^<]{12,160})')


@dataclass(frozen=True, slots=True)
class Look:
    """What one address took: the first answer and the median of the next ones, milliseconds by the clock, and of the
    server's processor time, in which whatever else runs on the machine has less part."""

    path: str
    status: int
    first: float
    warm: float
    processor: float
    size: int
    note: str

    @property
    def allowed(self) -> int:
        path = self.path.partition("/api/v1")[2] or self.path
        return next((most for pattern, most in ALLOWED if re.search(pattern, path)), OTHERWISE)

    @property
    def is_slow(self) -> bool:
        return self.warm > self.allowed


class Asker:
    """Somebody with a session's cookie and a token."""

    def __init__(self, web: Process, cookie: str, token: str) -> None:
        assert web.port is not None
        self._web, self._port = web, web.port
        self._cookie, self._token = cookie, token
        self.looks: list[Look] = []
        self.pages: dict[str, str] = {}

    def ask_once(
        self, path: str, *, first_byte: bool = False, redirected: bool = False
    ) -> tuple[int, float, str]:
        """Status, milliseconds and text."""
        began = perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=120)
        who = (
            {"Authorization": f"Bearer {self._token}"}
            if path.startswith("/api/")
            else {"Cookie": self._cookie}
        )
        connection.request("GET", path, headers={**who, "Accept-Encoding": "identity"})
        answer = connection.getresponse()
        if answer.status == 303 and not redirected:
            target = urlsplit(answer.headers["Location"])
            connection.close()
            status, took, text = self.ask_once(f"{target.path}?{target.query}".rstrip("?"), redirected=True)
            return status, (perf_counter() - began) * 1000, text
        text = (answer.read(1) if first_byte and answer.status == 200 else answer.read()).decode(
            errors="replace"
        )
        took = (perf_counter() - began) * 1000
        connection.close()
        return answer.status, took, text

    def look(self, path: str, *, first_byte: bool = False, note: str = "") -> Look:
        status, first, text = self.ask_once(path, first_byte=first_byte)
        used = self._web.read_cpu()
        # Each a new address, or one rendering would serve them all.
        paths = [
            f"{path}{'&' if '?' in path else '?'}round={n}" if "/_" in path else path for n in range(ROUNDS)
        ]
        warm = [self.ask_once(each, first_byte=first_byte)[1] for each in paths]
        processor = (self._web.read_cpu() - used) * 1000 / ROUNDS
        self.pages[path] = text
        look = Look(path, status, first, median(warm), processor, len(text), note or _find_note(status, text))
        self.looks.append(look)
        print(
            f"{'SLOW' if look.is_slow else '    '} {status} {first:8.0f} {look.warm:8.0f} {processor:7.0f}"
            f" {len(text):8} {self._web.read_memory():4.0f} MB {path}  {look.note}",
            file=sys.stderr,
            flush=True,
        )
        return look

    def look_at(self, paths: Iterable[str]) -> None:
        for path in paths:
            if path not in self.pages:
                self.look(path)

    def crawl(self, path: str, most: int) -> None:
        """A table and what its own links lead to: its filters, orders and pages, as long as there are new ones."""
        base, queue = urlsplit(path).path, [path]
        seen = 0
        while queue and seen < most:
            each = queue.pop(0)
            if each not in self.pages:
                self.look(each)
                seen += 1
            for link in find_links(self.pages[each]):
                if urlsplit(link).path == base and link not in self.pages and link not in queue:
                    queue.append(link)

    def page_forward(self, path: str, pages: int) -> None:
        """The tenth page of a list of the REST API, by its cursors."""
        joint = "&" if "?" in path else "?"
        _, _, text = self.ask_once(path)
        for _ in range(pages - 2):
            cursor = json.loads(text).get("next_cursor")
            if not cursor:
                return
            _, _, text = self.ask_once(f"{path}{joint}cursor={cursor}")
        if cursor := json.loads(text).get("next_cursor"):
            self.look(f"{path}{joint}cursor={cursor}")


def find_links(page: str) -> list[str]:
    found = re.findall(r'(?:href|hx-get)="(/[^"#]*)', page)
    return list(dict.fromkeys(html.unescape(link) for link in found))


def _find_note(status: int, text: str) -> str:
    if text.startswith("{") and status >= 400:
        problem = json.loads(text)
        return "; ".join(f"{e['field']}: {e['message']}" for e in problem.get("errors", ())) or str(
            problem.get("detail", problem.get("title"))
        )
    found = PROBLEM.search(text)
    return " ".join(html.unescape(found[1]).split()) if found else ""
