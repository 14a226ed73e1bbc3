"""One simulated call: what the ledger says of it, and what its script adds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from campaign_app.domain.attempt import AttemptStatus as S
from campaign_app.domain.attempt import CallUpdate
from campaign_app.providers.simulator_ear import read
from campaign_app.providers.simulator_ledger import Entry
from campaign_app.providers.simulator_script import (
    MAX_DURATION_MAX,
    RING_TIMEOUT_MAX,
    Script,
    script_for,
)


class Call:
    """Built from its "placed" line alone. Where ledger and script differ on the end, the ledger is right."""

    __slots__ = ("_script", "ended", "placed", "told", "tracked", "written")

    def __init__(self, placed: Entry) -> None:
        self.placed = placed
        self.ended: Entry | None = None
        self.written: tuple[str, ...] = ()
        """The events that the ledger has (a tuple: a set costs 200 bytes, and there are many calls)."""
        self.told: tuple[str, ...] = ()
        """The events that this process has told its engine."""
        self.tracked = False
        """Whether this process tells its engine."""
        self._script: Script | None = None

    @property
    def script(self) -> Script:
        # On demand: most calls that a restart finds in the ledger are over, and nobody will ask.
        if self._script is None:
            _, _, token, to, _, ring_timeout, max_duration, _, seed, _, said = self.placed
            self._script = script_for(
                seed or 0,
                token,
                to,
                RING_TIMEOUT_MAX if ring_timeout is None else ring_timeout,
                MAX_DURATION_MAX if max_duration is None else max_duration,
                read(said),
            )
        return self._script

    @property
    def steps(self) -> tuple[Entry, ...]:
        """The lines that follow "placed", whether their time has come or not.

        Made anew each time: held, they were half of all the objects that the garbage collector walks.
        """
        steps, end = self._scripted(), self.ended
        if end is None:
            return steps
        return (*(step for step in steps if step.event != "ended" and step.t <= end.t), end)

    def _scripted(self) -> tuple[Entry, ...]:
        script = self.script
        t, _, token, to, _, _, _, _, _, scale, _ = self.placed
        scale = scale or 1.0
        ended = Entry(t + script.end / scale, "ended", token, to, script.outcome.value)
        if script.ringing is None:
            return (ended,)
        ringing = Entry(t + script.ringing / scale, "ringing", token, to)
        if script.answered is None:
            return (ringing, ended)
        return (ringing, Entry(t + script.answered / scale, "answered", token, to), ended)

    def see(self, entry: Entry) -> None:
        """Take in a line of the ledger that follows "placed"."""
        if entry.event not in self.written:
            self.written += (entry.event,)
        if entry.event == "ended" and self.ended is None:
            self.ended = entry

    def rest(self) -> None:
        """Let go of what can be worked out again; everything was told."""
        self._script = None

    def hung_up(self, t: float) -> Entry:
        """The line that ends it at `t`, unix seconds."""
        return Entry(t, "ended", self.placed.token, self.placed.to, S.CANCELED.value)

    def due(self, now: float) -> Iterator[Entry]:
        """The steps whose time has come."""
        return (step for step in self.steps if step.t <= now)

    def untold(self) -> list[Entry]:
        """The steps, due or not, that this process has yet to tell its engine."""
        return [step for step in self.steps if step.event not in self.told]

    def unwritten(self, now: float) -> list[Entry]:
        """The lines that are due and that the ledger lacks."""
        return [step for step in self.due(now) if step.event not in self.written]

    @property
    def over(self) -> bool:
        """Whether the ledger has its end."""
        return "ended" in self.written

    def news(self, step: Entry) -> CallUpdate:
        """A step in the engine's words."""
        script, token = self.script, step.token
        at, ref, raw = datetime.fromtimestamp(step.t, UTC), ref_of(token), step.line()
        if step.event == "ringing":
            return CallUpdate(token, S.RINGING, at, ref, raw=raw)
        answered_by = script.answered_by if any(s.event == "answered" for s in self.steps) else None
        if step.event == "answered":
            return CallUpdate(token, S.IN_PROGRESS, at, ref, answered_by, raw=raw)
        status = S(str(step.outcome))
        if status is not script.outcome:
            sip_code = None if answered_by else 487
            told, key = script.by((step.t - self.placed.t) * (self.placed.time_scale or 1.0))
            return CallUpdate(
                token, status, at, ref, answered_by, told, "hung up by us", 16, sip_code, raw=raw, key=key
            )
        return CallUpdate(
            token,
            status,
            at,
            ref,
            answered_by,
            script.disposition,
            script.cause,
            script.q850,
            script.sip_code,
            script.permanent,
            script.congestion,
            raw,
            key=script.key,
            detected_after=script.detected_after,
        )

    def queued(self) -> CallUpdate:
        """What a look-up says before anything rings."""
        at = datetime.fromtimestamp(self.placed.t, UTC)
        return CallUpdate(self.placed.token, S.QUEUED, at, ref_of(self.placed.token), raw=self.placed.line())


REMEMBERED = 100_000
"""Ended calls held in memory; older ones are looked up in the file."""


class Book:
    """Every call of the ledger, the older ended ones on demand. `ended` is told each call whose end was just
    seen."""

    def __init__(self, ended: Callable[[Call], None]) -> None:
        self._ended = ended
        self._calls: dict[str, Call] = {}
        self._over: deque[str] = deque()
        self._forgot = False

    def see(self, entry: Entry) -> None:
        """Take in a line of the ledger, our own or another process's."""
        call = self._calls.get(entry.token)
        if entry.event == "placed":
            if call is None:
                self.open(entry)
            return
        if call is None:
            return
        was_over = call.over
        call.see(entry)
        if call.over and not was_over:
            self._ended(call)
            self._over.append(entry.token)
            if len(self._over) > REMEMBERED:
                self._calls.pop(self._over.popleft(), None)
                self._forgot = True

    def open(self, placed: Entry) -> Call:
        call = self._calls[placed.token] = Call(placed)
        return call

    def get(self, token: str, read: Callable[[str], Sequence[Entry]]) -> Call | None:
        """The call of a token; `read` finds the lines of one in the file."""
        call = self._calls.get(token)
        if call is None and self._forgot:
            for entry in read(token):
                if call is not None and entry.event != "placed":
                    call.see(entry)
                elif call is None and entry.event == "placed":
                    call = Call(entry)
        return call

    def remembered(self, token: str) -> Call | None:
        return self._calls.get(token)

    def alive(self) -> list[Call]:
        return [call for call in self._calls.values() if not call.over]


def ref_of(token: str) -> str:
    """The simulated carrier's own id of a call."""
    return f"sim-{token}"
