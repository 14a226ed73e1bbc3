"""Fragment cache: pieces of live pages, rendered once for all who look at the same, in a process and with Redis in all.

A hundred people on one campaign's page are answered from one rendering a second. Where there are so many pages that
renderings would take all of the process's time, each is kept longer, up to five seconds, and they take turns: a thread
that renders has the interpreter, and with several of them whoever only reads a request or sends an answer waited for
each.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import exp

from campaign_app.services.stats_cache import MAX_AGE_SECONDS, StatsCache

MOST = 500
"""Fragments that are kept: they are of one second."""
MOST_LIFETIME_SECONDS = 4.0
"""How long one is kept where renderings take much of the time."""
MOST_AGE_SECONDS = 5.0
"""How old one may be that is shown because another page is being rendered."""
SHARE = 0.25
"""Seconds of rendering a second: above, each is kept longer in proportion. Without that, answers came so late under too
many viewers that each found an old rendering and made a new one, and none was shared any more."""
MEASURED_OVER = 2.0
"""Seconds over which that is averaged."""
VERSION = 1
"""Raise it with the shape of what Redis holds."""


@dataclass(frozen=True, slots=True)
class RenderedFragment:
    """`etag` tells what a reader would see of it; `body` is compressed with gzip."""

    etag: str
    body: bytes
    made_at: float | None = None
    """When its rendering began (the cache's monotonic seconds); None outside of a cache."""


@dataclass(slots=True)
class _Place:
    lock: threading.Lock = field(default_factory=threading.Lock)
    kept: tuple[RenderedFragment, float] | None = None
    """The last rendering, and until when it is fresh (monotonic seconds)."""


def pack_fragment(html: str, news: str) -> RenderedFragment:
    """`news` is what of the HTML differs only where something has happened."""
    etag = hashlib.sha256(news.encode()).hexdigest()[:32]
    return RenderedFragment(etag, gzip.compress(html.encode(), 5, mtime=0))


class FragmentCache:
    """Fragments by a key that names everything that they depend on, but for the database. Who comes while one is being
    rendered gets the one before, where that is no older than two seconds, and else waits: with a hundred viewers every
    thread of the server waited for each rendering, once a second. While another one is being rendered, the one before
    will do up to five seconds."""

    def __init__(self, monotonic: Callable[[], float], shared: StatsCache | None = None) -> None:
        self._monotonic = monotonic
        self._shared = shared
        self._lock = threading.Lock()
        self._places: dict[str, _Place] = {}
        self._rendering = 0
        self._load = 0.0
        self._measured_at = 0.0

    def get(self, key: str, render: Callable[[], RenderedFragment]) -> RenderedFragment:
        with self._lock:
            place = self._places.get(key)
            if place is None:
                if len(self._places) >= MOST:
                    self._forget_old()
                place = self._places[key] = _Place()
        if not place.lock.acquire(blocking=False):
            kept = place.kept
            if kept is not None and self._monotonic() < kept[1] + MAX_AGE_SECONDS:
                return kept[0]
            place.lock.acquire()
        try:
            kept = place.kept
            # Counted from before the rendering: nothing that is shown as fresh is older.
            began = self._monotonic()
            if kept is None or (began >= kept[1] and not self._may_wait(kept[0])):
                fragment = replace(self._read_shared(key) or self._render(key, render), made_at=began)
                kept = place.kept = fragment, began + self._measure_lifetime(began)
            return kept[0]
        finally:
            place.lock.release()

    def find_fresh(self, key: str) -> RenderedFragment | None:
        """What `get` would give without rendering or waiting; None where there is nothing."""
        place = self._places.get(key)
        kept = None if place is None else place.kept
        if place is None or kept is None:
            return None
        over = self._monotonic() - kept[1]
        is_next_under_way = over < MAX_AGE_SECONDS and place.lock.locked()
        return kept[0] if over < 0 or is_next_under_way or self._may_wait(kept[0]) else None

    def _may_wait(self, fragment: RenderedFragment) -> bool:
        """Whether another page's turn is now, and this rendering will do meanwhile."""
        return self._rendering > 0 and self.get_age(fragment) < MOST_AGE_SECONDS

    def _measure_lifetime(self, began: float) -> float:
        """Seconds that what has just been rendered is kept."""
        moment = self._monotonic()
        with self._lock:
            passed = max(moment - self._measured_at, 0.0)
            self._load = self._load * exp(-passed / MEASURED_OVER) + (moment - began) / MEASURED_OVER
            self._measured_at = moment
            return min(max(self._load / SHARE, 1.0) * MAX_AGE_SECONDS, MOST_LIFETIME_SECONDS)

    def get_age(self, fragment: RenderedFragment) -> float:
        """Seconds since its rendering began."""
        return 0.0 if fragment.made_at is None else max(self._monotonic() - fragment.made_at, 0.0)

    def _forget_old(self) -> None:
        moment = self._monotonic()
        self._places = {
            key: place
            for key, place in self._places.items()
            if place.kept is not None and place.kept[1] > moment
        }
        if len(self._places) >= MOST:
            self._places.clear()

    def _read_shared(self, key: str) -> RenderedFragment | None:
        stored = self._shared.get(self._name(key)) if self._shared is not None else None
        if stored is None:
            return None
        etag, separator, body = stored.partition(b"\n")
        return RenderedFragment(etag.decode("ascii", "replace"), body) if separator else None

    def _render(self, key: str, render: Callable[[], RenderedFragment]) -> RenderedFragment:
        with self._lock:
            self._rendering += 1
        try:
            rendered = render()
        finally:
            with self._lock:
                self._rendering -= 1
        if self._shared is not None:
            self._shared.put(self._name(key), rendered.etag.encode() + b"\n" + rendered.body, MAX_AGE_SECONDS)
        return rendered

    @staticmethod
    def _name(key: str) -> str:
        return f"fragment:{VERSION}:{hashlib.sha256(key.encode()).hexdigest()}"
