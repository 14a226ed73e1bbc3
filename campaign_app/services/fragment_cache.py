"""Fragment cache: pieces of live pages, rendered once for all who look at the same, in a process and with Redis in all.

A hundred people on one campaign's page are answered from one rendering a second.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from campaign_app.services.stats_cache import MAX_AGE_SECONDS, StatsCache

MOST = 500
"""Fragments that are kept: they are of one second."""
VERSION = 1
"""Raise it with the shape of what Redis holds."""


@dataclass(frozen=True, slots=True)
class RenderedFragment:
    """`etag` tells what a reader would see of it; `body` is compressed with gzip."""

    etag: str
    body: bytes


@dataclass(slots=True)
class _Place:
    lock: threading.Lock = field(default_factory=threading.Lock)
    until: float = 0.0
    rendered: RenderedFragment | None = None


def pack_fragment(html: str, news: str) -> RenderedFragment:
    """`news` is what of the HTML differs only where something has happened."""
    etag = hashlib.sha256(news.encode()).hexdigest()[:32]
    return RenderedFragment(etag, gzip.compress(html.encode(), 5, mtime=0))


class FragmentCache:
    """Fragments by a key that names everything that they depend on, but for the database. Who comes while one is being
    rendered waits for it."""

    def __init__(self, monotonic: Callable[[], float], shared: StatsCache | None = None) -> None:
        self._monotonic = monotonic
        self._shared = shared
        self._lock = threading.Lock()
        self._places: dict[str, _Place] = {}

    def get(self, key: str, render: Callable[[], RenderedFragment]) -> RenderedFragment:
        with self._lock:
            place = self._places.get(key)
            if place is None:
                if len(self._places) >= MOST:
                    self._forget_old()
                place = self._places[key] = _Place()
        with place.lock:
            if place.rendered is None or self._monotonic() >= place.until:
                # Counted from before the rendering: nothing that is shown is older.
                began = self._monotonic()
                place.rendered = self._load(key) or self._render(key, render)
                place.until = began + MAX_AGE_SECONDS
            return place.rendered

    def _forget_old(self) -> None:
        moment = self._monotonic()
        self._places = {key: place for key, place in self._places.items() if place.until > moment}
        if len(self._places) >= MOST:
            self._places.clear()

    def _load(self, key: str) -> RenderedFragment | None:
        stored = self._shared.get(self._name(key)) if self._shared is not None else None
        if stored is None:
            return None
        etag, separator, body = stored.partition(b"\n")
        return RenderedFragment(etag.decode("ascii", "replace"), body) if separator else None

    def _render(self, key: str, render: Callable[[], RenderedFragment]) -> RenderedFragment:
        rendered = render()
        if self._shared is not None:
            self._shared.put(self._name(key), rendered.etag.encode() + b"\n" + rendered.body, MAX_AGE_SECONDS)
        return rendered

    @staticmethod
    def _name(key: str) -> str:
        return f"fragment:{VERSION}:{hashlib.sha256(key.encode()).hexdigest()}"
