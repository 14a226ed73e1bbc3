"""Simulated call: what the ledger says of it, and what its plan adds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from campaign_app.domain.attempt import AttemptStatus as S
from campaign_app.domain.attempt import CallUpdate
from campaign_app.providers.simulator.call_plan import (
    MAX_DURATION_MAX,
    RING_TIMEOUT_MAX,
    SimulatedCallPlan,
    plan_call,
)
from campaign_app.providers.simulator.callee import decode_script
from campaign_app.providers.simulator.ledger import LedgerEntry


class SimulatedCall:
    """Built from its "placed" line alone. Where ledger and script differ on the end, the ledger is right."""

    __slots__ = ("_plan", "end_entry", "placed", "reported_events", "tracked", "written_events")

    def __init__(self, placed: LedgerEntry) -> None:
        self.placed = placed
        self.end_entry: LedgerEntry | None = None
        self.written_events: tuple[str, ...] = ()
        """The events that the ledger has (a tuple: a set costs 200 bytes, and there are many calls)."""
        self.reported_events: tuple[str, ...] = ()
        """The events that this process has told its engine."""
        self.tracked = False
        """Whether this process tells its engine."""
        self._plan: SimulatedCallPlan | None = None

    @property
    def plan(self) -> SimulatedCallPlan:
        # On demand: most calls that a restart finds in the ledger are over, and nobody will ask.
        if self._plan is None:
            _, _, token, to, _, ring_timeout, max_duration, _, seed, _, script_text = self.placed
            self._plan = plan_call(
                seed or 0,
                token,
                to,
                RING_TIMEOUT_MAX if ring_timeout is None else ring_timeout,
                MAX_DURATION_MAX if max_duration is None else max_duration,
                decode_script(script_text),
            )
        return self._plan

    @property
    def steps(self) -> tuple[LedgerEntry, ...]:
        """The lines that follow "placed", whether their time has come or not.

        Made anew each time: held, they were half of all the objects that the garbage collector walks.
        """
        steps, end = self._planned_steps(), self.end_entry
        if end is None:
            return steps
        return (*(step for step in steps if step.event != "ended" and step.t <= end.t), end)

    def _planned_steps(self) -> tuple[LedgerEntry, ...]:
        plan = self.plan
        t, _, token, to, _, _, _, _, _, scale, _ = self.placed
        scale = scale or 1.0
        ended = LedgerEntry(t + plan.end / scale, "ended", token, to, plan.outcome.value)
        if plan.ringing is None:
            return (ended,)
        ringing = LedgerEntry(t + plan.ringing / scale, "ringing", token, to)
        if plan.answered is None:
            return (ringing, ended)
        return (ringing, LedgerEntry(t + plan.answered / scale, "answered", token, to), ended)

    def apply_entry(self, entry: LedgerEntry) -> None:
        """Take in a line of the ledger that follows "placed"."""
        if entry.event not in self.written_events:
            self.written_events += (entry.event,)
        if entry.event == "ended" and self.end_entry is None:
            self.end_entry = entry

    def release_plan(self) -> None:
        """Let go of what can be worked out again; everything was told."""
        self._plan = None

    def hangup_entry(self, t: float) -> LedgerEntry:
        """The line that ends it at `t`, unix seconds: completed where somebody had answered, as with a carrier."""
        answered = any(step.event == "answered" and step.t <= t for step in self._planned_steps())
        outcome = S.COMPLETED if answered else S.CANCELED
        return LedgerEntry(t, "ended", self.placed.token, self.placed.to, outcome.value)

    def _was_hung_up(self, end: LedgerEntry) -> bool:
        """Whether this end came before the one that the plan has."""
        planned = self._planned_steps()[-1]
        return end.outcome != planned.outcome or end.t < planned.t

    def due_steps(self, now: float) -> Iterator[LedgerEntry]:
        """The steps whose time has come."""
        return (step for step in self.steps if step.t <= now)

    def unreported_steps(self) -> list[LedgerEntry]:
        """The steps, due or not, that this process has yet to tell its engine."""
        return [step for step in self.steps if step.event not in self.reported_events]

    def unwritten_steps(self, now: float) -> list[LedgerEntry]:
        """The lines that are due and that the ledger lacks."""
        return [step for step in self.due_steps(now) if step.event not in self.written_events]

    @property
    def has_ended(self) -> bool:
        """Whether the ledger has its end."""
        return "ended" in self.written_events

    def make_update(self, step: LedgerEntry) -> CallUpdate:
        """A step in the engine's words."""
        plan, token = self.plan, step.token
        at, ref, raw = datetime.fromtimestamp(step.t, UTC), ref_of(token), step.to_line()
        if step.event == "ringing":
            return CallUpdate(token, S.RINGING, at, ref, raw=raw)
        answered_by = plan.answered_by if any(s.event == "answered" for s in self.steps) else None
        if step.event == "answered":
            return CallUpdate(token, S.IN_PROGRESS, at, ref, answered_by, raw=raw)
        status = S(str(step.outcome))
        if self._was_hung_up(step):
            sip_code = None if answered_by else 487
            disposition, key = plan.result_at((step.t - self.placed.t) * (self.placed.time_scale or 1.0))
            return CallUpdate(
                token,
                status,
                at,
                ref,
                answered_by,
                disposition,
                "hung up by us",
                16,
                sip_code,
                raw=raw,
                key=key,
            )
        return CallUpdate(
            token,
            status,
            at,
            ref,
            answered_by,
            plan.disposition,
            plan.cause,
            plan.q850,
            plan.sip_code,
            plan.permanent,
            plan.congestion,
            raw,
            key=plan.key,
            detected_after=plan.detected_after,
        )

    def queued_update(self) -> CallUpdate:
        """What a look-up says before anything rings."""
        at = datetime.fromtimestamp(self.placed.t, UTC)
        return CallUpdate(
            self.placed.token, S.QUEUED, at, ref_of(self.placed.token), raw=self.placed.to_line()
        )


REMEMBERED = 20_000
"""Ended calls held in memory; older ones are looked up in the file."""


class CallBook:
    """Every call of the ledger, the older ended ones on demand. `ended` is told each call whose end was just
    seen."""

    def __init__(self, on_ended: Callable[[SimulatedCall], None]) -> None:
        self._on_ended = on_ended
        self._calls: dict[str, SimulatedCall] = {}
        self._ended_tokens: deque[str] = deque()
        self._has_forgotten = False

    def apply_entry(self, entry: LedgerEntry) -> None:
        """Take in a line of the ledger, our own or another process's."""
        call = self._calls.get(entry.token)
        if entry.event == "placed":
            if call is None:
                self.open_call(entry)
            return
        if call is None:
            return
        had_ended = call.has_ended
        call.apply_entry(entry)
        if call.has_ended and not had_ended:
            self._on_ended(call)
            self._ended_tokens.append(entry.token)
            if len(self._ended_tokens) > REMEMBERED:
                self._calls.pop(self._ended_tokens.popleft(), None)
                self._has_forgotten = True

    def open_call(self, placed: LedgerEntry) -> SimulatedCall:
        call = self._calls[placed.token] = SimulatedCall(placed)
        return call

    def get_call(
        self, token: str, find_entries: Callable[[str], Sequence[LedgerEntry]]
    ) -> SimulatedCall | None:
        """The call of a token; `read` finds the lines of one in the file."""
        call = self._calls.get(token)
        if call is None and self._has_forgotten:
            for entry in find_entries(token):
                if call is not None and entry.event != "placed":
                    call.apply_entry(entry)
                elif call is None and entry.event == "placed":
                    call = SimulatedCall(entry)
        return call

    def find_in_memory(self, token: str) -> SimulatedCall | None:
        return self._calls.get(token)

    def live_calls(self) -> list[SimulatedCall]:
        return [call for call in self._calls.values() if not call.has_ended]


def ref_of(token: str) -> str:
    """The simulated carrier's own id of a call."""
    return f"sim-{token}"
