"""The simulated carrier: no network, seeded, scripted numbers and faults, and calls that outlive the engine.

The number's last three digits: 486 busy, 480 unavailable, 603 rejected, 404 no such number, 503 congestion,
487 and 999 ring until the time-out, 200 a human answers, 210 to 219 a human hears the message out and presses
the last digit, 832 a machine answers, 408 placed but the reply is
lost, 504 the reply is lost and nothing was placed. All other numbers follow a mix (`simulator_script`), and
some of those who hear a menu press a key of it (`simulator_ear`).

Any number of processes may share one ledger. Each hears the events of the calls that it placed, and of those
that it found alive in the ledger when it started; `lookup` and `hangup` reach every call. As real carriers
do, this one takes the same token twice: it writes a second "placed" line, for the invariant checks to find,
and logs an error; the line is engaged, so the first call just goes on.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from campaign_app.clock import SYSTEM, Clock
from campaign_app.domain.attempt import CallUpdate
from campaign_app.providers.base import Caps, Dial, InDoubt, Placed, Rejected, Unavailable
from campaign_app.providers.simulator_call import Book, Call, ref_of
from campaign_app.providers.simulator_ear import written
from campaign_app.providers.simulator_ledger import Entry, Ledger
from campaign_app.providers.simulator_post import Post
from campaign_app.providers.simulator_script import (
    E164,
    EARLIEST,
    MAX_DURATION_MAX,
    NO_FAULTS,
    RING_TIMEOUT_MAX,
    Faults,
    Reply,
    reply_for,
)

__all__ = ["Faults", "Simulator"]

log = logging.getLogger(__name__)

NETWORK_DELAY = 60.0
"""Seconds at time scale 1 that the horizon allows beside ringing and talking."""
HORIZON_MIN = 15.0
"""Seconds; however fast the simulated time, the engine's own steps take real time."""
BATCH = 500
"""Calls moved on under one hold of the lock, so that placing never waits long."""
BREATH = 0.01
"""Seconds that the thread rests between two batches: a thread that wakes for every step takes the interpreter
from those that place, and they wait 5 ms to win it back."""
RETRY_SECONDS = 1.0
"""The thread's pause after the ledger could not be written."""


class Simulator:
    """A provider (`base.Provider`). `time_scale` 60 makes an hour of calls pass in a minute.

    With `start=False` there is no thread: call `advance`. `compact_above` (bytes) lets a ledger that grew
    larger be compacted here, at the start; leave it None where the ledger is evidence. Raises OSError,
    ValueError.
    """

    def __init__(
        self,
        ledger: Path,
        *,
        seed: int = 0,
        time_scale: float = 1.0,
        clock: Clock = SYSTEM,
        faults: Faults = NO_FAULTS,
        start: bool = True,
        compact_above: int | None = None,
    ) -> None:
        if not 0.0 < time_scale < float("inf"):
            raise ValueError("time_scale: give a number above 0")
        self._seed = seed
        self._scale = time_scale
        self._clock = clock
        self._faults = faults
        self._book = Book(self._ended)
        self._number = itertools.count()
        self._agenda: list[tuple[float, int, Call]] = []
        self._post = Post(seed, time_scale, faults)
        self._inbox: deque[CallUpdate] = deque()
        self._wake: Callable[[], None] = lambda: None
        self._closed = False
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._ledger = Ledger(ledger, self._book.see)
        if compact_above is not None:
            self._ledger.compact(compact_above)
        with self._lock:
            with self._ledger:
                pass  # Being let in means having read it all.
            for call in self._book.alive():
                self._track(call)
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)
        if start:
            self._thread.start()

    @property
    def caps(self) -> Caps:
        longest = (NETWORK_DELAY + RING_TIMEOUT_MAX + MAX_DURATION_MAX) / self._scale
        return Caps(blocking=False, horizon=max(HORIZON_MIN, longest), lookup_by_token=True)

    def ready(self) -> str | None:
        return "The simulator is closed." if self._closed else None

    def place(self, attempt: Dial) -> Placed:
        token, to = attempt.token, attempt.to
        if not E164.fullmatch(to):
            raise Rejected(f"{to!r} is no E.164 number", q850=28, sip_code=484)
        reply = reply_for(self._seed, token, to, self._faults)
        if reply is Reply.LOST_BEFORE:
            raise InDoubt("simulated: the reply timed out")
        said = written(attempt.script)
        with self._lock:
            self._hold_open()
            try:
                with self._ledger:
                    # Read under the lock, so that the file's order is the order of time.
                    entry = Entry(
                        self._now(),
                        "placed",
                        token,
                        to,
                        None,
                        attempt.ring_timeout,
                        attempt.max_duration,
                        attempt.caller_id,
                        self._seed,
                        self._scale,
                        said,
                    )
                    self._ledger.write((entry,))
            except OSError as error:
                raise Unavailable(f"the simulator's ledger: {error}") from error
            if self._book.remembered(token):
                log.error("the token %s was dialled twice", token)
            else:
                self._track(self._book.open(entry))
        if reply is Reply.LOST_AFTER:
            raise InDoubt("simulated: the reply timed out")
        return Placed(ref_of(token))

    def hangup(self, token: str, ref: str | None) -> None:
        with self._lock:
            self._settle(token, hang_up=True)

    def lookup(self, token: str, ref: str | None) -> Sequence[CallUpdate]:
        with self._lock:
            call = self._settle(token)
            if call is None:
                return ()
            return (call.queued(), *(call.news(step) for step in call.due(self._now())))

    def events(self) -> Sequence[CallUpdate]:
        with self._lock:
            news = tuple(self._inbox)
            self._inbox.clear()
        return news

    def on_news(self, wake: Callable[[], None]) -> None:
        with self._lock:
            self._wake = wake
            waiting = bool(self._inbox)
        if waiting:
            wake()

    def close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._ledger.close()
            self._changed.notify_all()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def advance(self, now: datetime) -> float | None:
        """Do what is due, at most BATCH calls of it; the seconds until the next step (None: there is none).

        The thread is only a wait around this. Raises OSError where the ledger fails; nothing is lost then.
        """
        t = now.timestamp()
        with self._lock:
            if self._closed:
                return None
            self._move_calls(t)
            fresh = self._post.collect(t)
            self._inbox.extend(fresh)
            pause, wake = self._pause(t), self._wake
        if fresh:
            wake()
        return pause

    def _run(self) -> None:
        while True:
            least = BREATH
            try:
                self.advance(self._clock.now())
            except OSError:
                log.exception("the simulator's calls stand still: its ledger cannot be written")
                least = RETRY_SECONDS
            with self._lock:
                if self._closed:
                    return
                # Asked again under the lock: a call may have been placed since.
                pause = self._pause(self._clock.now().timestamp())
                self._changed.wait(None if pause is None else max(pause, least))

    # All below run with the lock held.

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _hold_open(self) -> None:
        if self._closed:
            raise Unavailable("the simulator is closed")

    def _pause(self, t: float) -> float | None:
        heads = [self._agenda[0][0]] if self._agenda else []
        if self._post.next_at is not None:
            heads.append(self._post.next_at)
        return max(0.0, min(heads) - t) if heads else None

    def _move_calls(self, t: float) -> None:
        """Write the due steps of a batch of calls with one write, then tell them."""
        due: list[tuple[float, int, Call]] = []
        while self._agenda and self._agenda[0][0] <= t and len(due) < BATCH:
            due.append(heapq.heappop(self._agenda))
        if not due:
            return
        try:
            with self._ledger:
                lines = [line for _, _, call in due for line in call.unwritten(t)]
                if lines:
                    self._ledger.write(lines)
        except OSError:
            for item in due:
                heapq.heappush(self._agenda, item)
            raise
        for line in lines:
            self._book.see(line)
        for _, _, call in due:
            self._tell(call, t)
            self._schedule(call)

    def _settle(self, token: str, *, hang_up: bool = False) -> Call | None:
        """Bring one call's lines up to now, and end it if asked to. None where the token is unknown."""
        self._hold_open()
        try:
            with self._ledger:
                call = self._book.get(token, self._ledger.find)
                if call is None or call.over:
                    return call
                now = self._now()
                lines = call.unwritten(now)
                if hang_up and not any(line.event == "ended" for line in lines):
                    lines.append(call.hung_up(now))
                if lines:
                    self._ledger.write(lines)
        except OSError as error:
            raise Unavailable(f"the simulator's ledger: {error}") from error
        for line in lines:
            self._book.see(line)
        return call

    def _ended(self, call: Call) -> None:
        # Perhaps hung up by another process, before the time that our agenda has.
        if call.tracked:
            self._tell(call, call.steps[-1].t)

    def _track(self, call: Call) -> None:
        call.tracked = True
        # Its script is drawn when its first step may be due: that is a third of the time of a placing saved.
        self._put(call.placed.t + EARLIEST / (call.placed.time_scale or 1.0), call)

    def _schedule(self, call: Call) -> None:
        """Put the call's next step on the agenda."""
        untold = call.untold()
        if untold:
            self._put(untold[0].t, call)
        else:
            call.rest()

    def _put(self, at: float, call: Call) -> None:
        heapq.heappush(self._agenda, (at, next(self._number), call))
        if self._agenda[0][2] is call:
            self._changed.notify()

    def _tell(self, call: Call, t: float) -> None:
        before = self._post.next_at
        self._post.tell(call, t)
        if self._post.next_at != before:
            self._changed.notify()
