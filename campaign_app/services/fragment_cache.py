"""Fragment cache: pieces of live pages, rendered once for all who look at the same, in a process and with Redis in all.

A hundred people on one campaign's page are answered from one rendering a second. Where there are so many pages that
renderings would take much of the process's time, each is kept longer, up to five seconds, and they take turns: a thread
that renders has the interpreter, and with several of them whoever only reads a request or sends an answer waited for
each.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from math import exp
from typing import Protocol

from campaign_app.models import Campaign
from campaign_app.queries.polls import CAMPAIGN_STATE

MOST = 500
"""Fragments that are kept."""
MAX_AGE_SECONDS = 1.0
"""How long a rendering is fresh: half of what a live page waits between two looks."""
MOST_LIFETIME_SECONDS = 4.0
"""How long one is kept where renderings take much of the time."""
MOST_AGE_SECONDS = 5.0
"""How old one may be that is shown because another page is being rendered."""
SHARE = 0.25
"""Seconds of rendering a second: above, each is kept longer in proportion. Without that, answers came so late under too
many viewers that each found an old rendering and made a new one, and none was shared any more."""
MEASURED_OVER = 2.0
"""Seconds over which that is averaged."""
VERSION = 2
"""Raise it with the shape of what Redis holds."""


class SharedBytes(Protocol):
    """Bytes by name, for a short time, for several processes. Never raises and never waits long; it may be emptied, or
    go away, at any time."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, value: bytes, seconds: float) -> None: ...


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


def name_campaign_state(campaign: Campaign) -> str:
    """What an operator changes of a campaign, as a part of a key: it is seen at once."""
    values = (getattr(campaign, column.key) for column in CAMPAIGN_STATE)
    return ":".join(str(each.timestamp() if isinstance(each, datetime) else each) for each in values)


class FragmentCache:
    """Fragments by a key that names everything that they depend on, but for the database. Who comes while one is being
    rendered gets the one before, where that is no older than two seconds, and else waits: with a hundred viewers every
    thread of the server waited for each rendering, once a second. Where renderings take much of the time, the one
    before will do for up to five seconds while another page is being rendered."""

    def __init__(
        self, monotonic: Callable[[], float], now: Callable[[], datetime], shared: SharedBytes | None = None
    ) -> None:
        self._monotonic = monotonic
        self._now = now
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
                fragment = self._read_shared(key) or replace(self._render(key, render), made_at=began)
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
        is_busy = self._rendering > 0 and self._load >= SHARE
        return is_busy and self.get_age(fragment) < MOST_AGE_SECONDS

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
        """What another process has rendered, as old as it is: its clock and ours are taken for the same."""
        stored = self._shared.get(self._name(key)) if self._shared is not None else None
        if stored is None:
            return None
        head, separator, body = stored.partition(b"\n")
        etag, _, began = head.decode("ascii", "replace").partition(" ")
        if not (separator and began.isdecimal()):
            return None
        age = min(max(self._now().timestamp() - int(began) / 1000, 0.0), MAX_AGE_SECONDS)
        return RenderedFragment(etag, body, made_at=self._monotonic() - age)

    def _render(self, key: str, render: Callable[[], RenderedFragment]) -> RenderedFragment:
        began = self._now()
        with self._lock:
            self._rendering += 1
        try:
            rendered = render()
        finally:
            with self._lock:
                self._rendering -= 1
        if self._shared is not None:
            head = f"{rendered.etag} {began.timestamp() * 1000:.0f}\n"
            self._shared.put(self._name(key), head.encode() + rendered.body, MAX_AGE_SECONDS)
        return rendered

    @staticmethod
    def _name(key: str) -> str:
        return f"fragment:{VERSION}:{hashlib.sha256(key.encode()).hexdigest()}"
