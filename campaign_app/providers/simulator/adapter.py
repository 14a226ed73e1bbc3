"""Simulator adapter: no network, seeded, with scripted numbers and faults, and calls that outlive the engine.

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
from datetime import UTC, datetime
from pathlib import Path

from campaign_app.clock import SYSTEM_CLOCK, Clock
from campaign_app.domain.attempt import CallUpdate
from campaign_app.providers.base import (
    CallRejected,
    DialRequest,
    InDoubt,
    ListedCall,
    PlacedCall,
    PlacedListing,
    ProviderCaps,
    ProviderUnavailable,
)
from campaign_app.providers.simulator.call import CallBook, SimulatedCall, ref_of
from campaign_app.providers.simulator.call_plan import (
    E164,
    EARLIEST,
    MAX_DURATION_MAX,
    NO_FAULTS,
    RING_TIMEOUT_MAX,
    PlacingReply,
    SimulatorFaults,
    draw_reply,
)
from campaign_app.providers.simulator.callee import encode_script
from campaign_app.providers.simulator.ledger import CallLedger, LedgerEntry, read_placed
from campaign_app.providers.simulator.update_queue import UpdateQueue

__all__ = ["SimulatorFaults", "SimulatorProvider"]

log = logging.getLogger(__name__)

NETWORK_DELAY = 60.0
"""Seconds at time scale 1 that the horizon allows beside ringing and talking."""
ABSENCE_AFTER = 10.0
"""Seconds: a placing is in the ledger before anybody hears of it, so this is the time that a caller has for it."""
HORIZON_MIN = 15.0
"""Seconds; however fast the simulated time, the engine's own steps take real time."""
BATCH = 500
"""Calls moved on under one hold of the lock, so that placing never waits long."""
BREATH = 0.01
"""Seconds that the thread rests between two batches: a thread that wakes for every step takes the interpreter
from those that place, and they wait 5 ms to win it back."""
RETRY_SECONDS = 1.0
"""The thread's pause after the ledger could not be written."""


class SimulatorProvider:
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
        clock: Clock = SYSTEM_CLOCK,
        faults: SimulatorFaults = NO_FAULTS,
        start: bool = True,
        compact_above: int | None = None,
    ) -> None:
        if not 0.0 < time_scale < float("inf"):
            raise ValueError("time_scale: give a number above 0")
        self._seed = seed
        self._time_scale = time_scale
        self._clock = clock
        self._faults = faults
        self._calls = CallBook(self._on_call_ended)
        self._sequence = itertools.count()
        self._agenda: list[tuple[float, int, SimulatedCall]] = []
        self._update_queue = UpdateQueue(seed, time_scale, faults)
        self._inbox: deque[CallUpdate] = deque()
        self._wake: Callable[[], None] = lambda: None
        self._closed = False
        self._lock = threading.Lock()
        self._agenda_changed = threading.Condition(self._lock)
        self._ledger = CallLedger(ledger, self._calls.apply_entry)
        if compact_above is not None:
            self._ledger.compact_file(compact_above)
        with self._lock:
            with self._ledger:
                pass  # Being let in means having read it all.
            for call in self._calls.live_calls():
                self._track_call(call)
        self._thread = threading.Thread(target=self._run_thread, name="simulator", daemon=True)
        if start:
            self._thread.start()

    @property
    def caps(self) -> ProviderCaps:
        longest = (NETWORK_DELAY + RING_TIMEOUT_MAX + MAX_DURATION_MAX) / self._time_scale
        return ProviderCaps(blocking=False, horizon=max(HORIZON_MIN, longest), absence_after=ABSENCE_AFTER)

    def ready(self) -> str | None:
        return "The simulator is closed." if self._closed else None

    def place(self, attempt: DialRequest) -> PlacedCall:
        token, to = attempt.token, attempt.to
        if not E164.fullmatch(to):
            raise CallRejected(f"{to!r} is no E.164 number", q850=28, sip_code=484)
        reply = draw_reply(self._seed, token, to, self._faults)
        if reply is PlacingReply.LOST_BEFORE:
            raise InDoubt("simulated: the reply timed out")
        script_text = encode_script(attempt.script, attempt.detection)
        with self._lock:
            self._require_open()
            try:
                with self._ledger:
                    # Read under the lock, so that the file's order is the order of time.
                    entry = LedgerEntry(
                        self._now_seconds(),
                        "placed",
                        token,
                        to,
                        None,
                        attempt.ring_timeout,
                        attempt.max_duration,
                        attempt.caller_id,
                        self._seed,
                        self._time_scale,
                        script_text,
                    )
                    self._ledger.append_entries((entry,))
            except OSError as error:
                raise ProviderUnavailable(f"the simulator's ledger: {error}") from error
            if self._calls.find_in_memory(token):
                log.error("the token %s was dialed twice", token)
            else:
                self._track_call(self._calls.open_call(entry))
        if reply is PlacingReply.LOST_AFTER:
            raise InDoubt("simulated: the reply timed out")
        return PlacedCall(ref_of(token))

    def hangup(self, token: str, ref: str | None) -> None:
        with self._lock:
            self._catch_up_call(token, hang_up=True)

    def lookup(self, token: str, ref: str | None) -> Sequence[CallUpdate]:
        with self._lock:
            call = self._catch_up_call(token)
            if call is None:
                return ()
            return (
                call.queued_update(),
                *(call.make_update(step) for step in call.due_steps(self._now_seconds())),
            )

    def list_placed(self, since: datetime) -> PlacedListing:
        """By the ledger, which is the simulated carrier's own memory."""
        try:
            oldest, placed = read_placed(self._ledger.path, since.timestamp())
        except OSError as error:
            raise ProviderUnavailable(f"the simulator's ledger: {error}") from error
        return PlacedListing(
            [
                ListedCall(entry.token, ref_of(entry.token), entry.to, datetime.fromtimestamp(entry.t, UTC))
                for entry in placed
            ],
            gap="the simulator's ledger is empty" if oldest is None else None,
            reaches_back_to=None if oldest is None else datetime.fromtimestamp(oldest, UTC),
        )

    def events(self) -> Sequence[CallUpdate]:
        with self._lock:
            updates = tuple(self._inbox)
            self._inbox.clear()
        return updates

    def on_updates(self, wake: Callable[[], None]) -> None:
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
            self._agenda_changed.notify_all()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def advance_to(self, now: datetime) -> float | None:
        """Do what is due, at most BATCH calls of it; the seconds until the next step (None: there is none).

        The thread is only a wait around this. Raises OSError where the ledger fails; nothing is lost then.
        """
        t = now.timestamp()
        with self._lock:
            if self._closed:
                return None
            self._move_calls(t)
            new_updates = self._update_queue.collect_due(t)
            self._inbox.extend(new_updates)
            pause, wake = self._seconds_to_next(t), self._wake
        if new_updates:
            wake()
        return pause

    def _run_thread(self) -> None:
        while True:
            least = BREATH
            try:
                self.advance_to(self._clock.now())
            except OSError:
                log.exception("the simulator's calls stand still: its ledger cannot be written")
                least = RETRY_SECONDS
            with self._lock:
                if self._closed:
                    return
                # Asked again under the lock: a call may have been placed since.
                pause = self._seconds_to_next(self._clock.now().timestamp())
                self._agenda_changed.wait(None if pause is None else max(pause, least))

    # All below run with the lock held.

    def _now_seconds(self) -> float:
        return self._clock.now().timestamp()

    def _require_open(self) -> None:
        if self._closed:
            raise ProviderUnavailable("the simulator is closed")

    def _seconds_to_next(self, t: float) -> float | None:
        heads = [self._agenda[0][0]] if self._agenda else []
        if self._update_queue.next_at is not None:
            heads.append(self._update_queue.next_at)
        return max(0.0, min(heads) - t) if heads else None

    def _move_calls(self, t: float) -> None:
        """Write the due steps of a batch of calls with one write, then tell them."""
        due: list[tuple[float, int, SimulatedCall]] = []
        while self._agenda and self._agenda[0][0] <= t and len(due) < BATCH:
            due.append(heapq.heappop(self._agenda))
        if not due:
            return
        try:
            with self._ledger:
                lines = [line for _, _, call in due for line in call.unwritten_steps(t)]
                if lines:
                    self._ledger.append_entries(lines)
        except OSError:
            for item in due:
                heapq.heappush(self._agenda, item)
            raise
        for line in lines:
            self._calls.apply_entry(line)
        for _, _, call in due:
            self._report_updates(call, t)
            self._schedule_next_step(call)

    def _catch_up_call(self, token: str, *, hang_up: bool = False) -> SimulatedCall | None:
        """Bring one call's lines up to now, and end it if asked to. None where the token is unknown."""
        self._require_open()
        try:
            with self._ledger:
                call = self._calls.get_call(token, self._ledger.find_entries)
                if call is None or call.has_ended:
                    return call
                now = self._now_seconds()
                lines = call.unwritten_steps(now)
                if hang_up and not any(line.event == "ended" for line in lines):
                    lines.append(call.hangup_entry(now))
                if lines:
                    self._ledger.append_entries(lines)
        except OSError as error:
            raise ProviderUnavailable(f"the simulator's ledger: {error}") from error
        for line in lines:
            self._calls.apply_entry(line)
        return call

    def _on_call_ended(self, call: SimulatedCall) -> None:
        # Perhaps hung up by another process, before the time that our agenda has.
        if call.tracked:
            self._report_updates(call, call.steps[-1].t)

    def _track_call(self, call: SimulatedCall) -> None:
        call.tracked = True
        # Its script is drawn when its first step may be due: that is a third of the time of a placing saved.
        self._push_step(call.placed.t + EARLIEST / (call.placed.time_scale or 1.0), call)

    def _schedule_next_step(self, call: SimulatedCall) -> None:
        """Put the call's next step on the agenda."""
        unreported = call.unreported_steps()
        if unreported:
            self._push_step(unreported[0].t, call)
        else:
            call.release_plan()

    def _push_step(self, at: float, call: SimulatedCall) -> None:
        heapq.heappush(self._agenda, (at, next(self._sequence), call))
        if self._agenda[0][2] is call:
            self._agenda_changed.notify()

    def _report_updates(self, call: SimulatedCall, t: float) -> None:
        before = self._update_queue.next_at
        self._update_queue.add_updates(call, t)
        if self._update_queue.next_at != before:
            self._agenda_changed.notify()
