"""Call plan: how a simulated call goes, a pure function of the seed, the token, the number and two time limits.

Nothing is drawn while the call lives, so a process that starts anew, or another one, continues every call
exactly where the ledger says it stands. The number's last three digits script it; all other numbers follow
the mix. What is said, and which keys there are, comes from the ledger as well (`simulator_ear`).
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from hashlib import blake2b

from campaign_app.domain.attempt import AnsweredBy
from campaign_app.domain.attempt import AttemptStatus as S
from campaign_app.domain.script import Disposition, KeyAction, MachineDetection, OnMachine
from campaign_app.domain.trunk import LONGEST_CALLS, LONGEST_RING
from campaign_app.providers.simulator.callee import UNKNOWN_SCRIPT, ScriptTimings

RING_TIMEOUT_MAX = float(LONGEST_RING)
"""Seconds; a longer ring timeout is cut to this."""
MAX_DURATION_MAX = float(LONGEST_CALLS["simulator"])
"""Seconds of talk; a longer limit is cut to this."""
EARLIEST = 0.5
"""Seconds after placing before which nothing happens to a call."""
HANG_UP_EARLY = 0.15
"""The share of humans who do not hear the message to its end."""
DETECTION_PACE = {
    MachineDetection.FAST: 0.6,
    MachineDetection.BALANCED: 1.0,
    MachineDetection.CAREFUL: 1.8,
    MachineDetection.OFF: 0.0,
}
"""How much longer or shorter the detection listens, as it does on Asterisk."""
E164 = re.compile(r"\+[1-9][0-9]{1,14}")


@dataclass(frozen=True, slots=True)
class SimulatedCallPlan:
    """Seconds after placing, at time scale 1; None where the call never comes so far. The rest is as in
    `News`."""

    end: float
    outcome: S
    cause: str
    q850: int
    ringing: float | None = None
    answered: float | None = None
    sip_code: int | None = None
    answered_by: AnsweredBy | None = None
    disposition: str | None = None
    permanent: bool = False
    congestion: bool = False
    message_completed: float | None = None
    """When the message has been heard to its end, or left."""
    key: str | None = None
    key_pressed: float | None = None
    detected_after: float | None = None
    """As in `News`: after the answer."""

    def result_at(self, at: float) -> tuple[str | None, str | None]:
        """Disposition and key of a call that is ended before its time, `at` seconds after placing."""
        if self.answered is None or at < self.answered:
            return None, None
        if self.key_pressed is not None and at >= self.key_pressed:
            return self.disposition, self.key
        if self.message_completed is not None and at >= self.message_completed:
            message_left = self.answered_by is AnsweredBy.MACHINE
            return Disposition.MACHINE_LEFT if message_left else Disposition.PLAYED, None
        return Disposition.CUT_SHORT, None


class PlacingReply(StrEnum):
    """What the caller hears of a placing."""

    DELIVERED = "given"
    LOST_AFTER = "lost after placing"
    LOST_BEFORE = "lost, and never placed"


@dataclass(frozen=True, slots=True)
class SimulatorFaults:
    """Probabilities, 0 to 1, drawn from the seed and the token, so that a run repeats.

    The first three concern each piece of news of `events`; the others each placing.
    """

    duplicate: float = 0.0
    late: float = 0.0
    reordered: float = 0.0
    timeout_before: float = 0.0
    timeout_after: float = 0.0

    def __post_init__(self) -> None:
        for field in fields(self):
            if not 0.0 <= getattr(self, field.name) <= 1.0:
                raise ValueError(f"{field.name} is a probability: give a number from 0 to 1")


NO_FAULTS = SimulatorFaults()


def seeded_draws(key: str) -> tuple[float, ...]:
    """Eight numbers in [0, 1), the same for the same key on every machine and in every process."""
    digest = blake2b(key.encode(), digest_size=32).digest()
    return tuple([n * 2.0**-32 for n in struct.unpack("<8I", digest)])


def draw_reply(seed: int, token: str, to: str, faults: SimulatorFaults) -> PlacingReply:
    """Whether the caller hears the reply; …408 and …504 script it."""
    if to.endswith("504"):
        return PlacingReply.LOST_BEFORE
    if to.endswith("408"):
        return PlacingReply.LOST_AFTER
    if not (faults.timeout_before or faults.timeout_after):
        return PlacingReply.DELIVERED
    before, after, *_ = seeded_draws(f"{seed}|{token}|reply")
    if before < faults.timeout_before:
        return PlacingReply.LOST_BEFORE
    return PlacingReply.LOST_AFTER if after < faults.timeout_after else PlacingReply.DELIVERED


def plan_call(
    seed: int,
    token: str,
    to: str,
    ring_timeout: float,
    max_duration: float,
    timings: ScriptTimings = UNKNOWN_SCRIPT,
) -> SimulatedCallPlan:
    """The call's whole life. `to` is E.164; the limits are in seconds, at time scale 1."""
    return _CalleeSimulation(seed, token, to, ring_timeout, max_duration, timings).plan_for_digits(to[-3:])


class _CalleeSimulation:
    """One call's draws, and the lives it can lead."""

    def __init__(
        self, seed: int, token: str, to: str, ring_timeout: float, max_duration: float, timings: ScriptTimings
    ) -> None:
        self.timings = timings
        self.kind, self.sort, self.patience, delay, *self.spare = seeded_draws(f"{seed}|{token}|{to}")
        self.ring_timeout = min(max(ring_timeout, 1.0), RING_TIMEOUT_MAX)
        self.max_duration = min(max(max_duration, 1.0), MAX_DURATION_MAX)
        # Before the callee's end says anything; within even a short ring timeout, the shortest being 1 s.
        self.delay = min(EARLIEST + 2.0 * delay, self.ring_timeout / 2)

    def plan_for_digits(self, digits: str) -> SimulatedCallPlan:
        match digits:
            case "486":
                return self.busy_plan()
            case "480":
                return self.unavailable_plan()
            case "603":
                return self.rejection_plan()
            case "404":
                return self.no_such_number_plan()
            case "503":
                return self.congestion_plan()
            case "487" | "999":
                return self.no_answer_plan()
            case "200":
                return self.human_plan()
            case "832":
                return self.machine_plan()
        if digits.startswith("21"):
            return self.key_press_plan(digits[2])
        return self.plan_by_mix()

    def plan_by_mix(self) -> SimulatedCallPlan:
        """55 % human, 12 % machine, 18 % no answer, 10 % busy, 5 % failed; congestion is only ever
        scripted."""
        if self.kind < 0.55:
            return self.human_plan()
        if self.kind < 0.67:
            return self.machine_plan()
        if self.kind < 0.85:
            return self.no_answer_plan() if self.sort < 0.9 else self.unavailable_plan()
        if self.kind < 0.95:
            return self.busy_plan()
        if self.sort < 0.4:
            return self.no_such_number_plan()
        return self.rejection_plan() if self.sort < 0.7 else self.unreachable_plan()

    def human_plan(self) -> SimulatedCallPlan:
        if self.patience < HANG_UP_EARLY:
            talk = 1.0 + 30.0 * self.patience
            if self.timings.message:
                talk = min(talk, 0.9 * (self._detection_seconds + self.timings.message))
            return self._answered_plan(AnsweredBy.HUMAN, talk, Disposition.CUT_SHORT)
        # A draw that decides among failures only: of those who answer it is free.
        return self.key_press_plan(self.timings.choose_key(self.sort))

    def key_press_plan(self, digit: str | None) -> SimulatedCallPlan:
        """A human who hears the message to its end, and presses that key, if the menu has it."""
        timings = self.timings
        completed_after = self._detection_seconds + timings.message
        linger = 22.0 * math.exp(0.6 * _standard_normal(*self.spare[2:]))
        pressed_after = completed_after + 0.5 + 3.0 * self.patience
        answered_by = AnsweredBy.HUMAN
        match timings.action_for(digit or ""):
            case KeyAction.OPT_OUT:
                ends = pressed_after + timings.confirm + 0.5
                return self._answered_plan(
                    answered_by, ends, Disposition.OPTED_OUT, completed_after, pressed_after, digit
                )
            case KeyAction.SURVEY_RESPONSE:
                ends = pressed_after + timings.thanks + 0.5
                return self._answered_plan(
                    answered_by, ends, Disposition.RESPONDED, completed_after, pressed_after, digit
                )
            case KeyAction.TRANSFER:
                return self._answered_plan(
                    answered_by,
                    pressed_after + linger,
                    Disposition.TRANSFERRED,
                    completed_after,
                    pressed_after,
                    digit,
                )
            case KeyAction.REPEAT:
                # No answer to anything, so nobody is told which key it was.
                return self._answered_plan(
                    answered_by, pressed_after + timings.message + 1.0, Disposition.PLAYED, completed_after
                )
        return self._answered_plan(
            answered_by, max(linger, completed_after), Disposition.PLAYED, completed_after
        )

    def machine_plan(self) -> SimulatedCallPlan:
        timings, answered_by = self.timings, AnsweredBy.MACHINE
        if timings.on_machine is OnMachine.HANG_UP:
            return self._answered_plan(
                answered_by, self._detection_seconds + 0.1, Disposition.MACHINE_HUNG_UP
            )
        greeting = 25.0 * math.exp(0.3 * _standard_normal(*self.spare[2:]))
        completed_after = self._detection_seconds + (timings.machine or timings.message)
        return self._answered_plan(
            answered_by, max(greeting, completed_after), Disposition.MACHINE_LEFT, completed_after
        )

    @property
    def _detection_seconds(self) -> float:
        """Seconds until human or machine is decided, where the script asks; as long as a real Asterisk took for it,
        which is told to listen for 1.9 s."""
        if self.timings.on_machine is OnMachine.AS_HUMAN:
            return 0.0
        return (1.6 + 0.3 * self.spare[0]) * DETECTION_PACE[self.timings.detection]

    def _answered_plan(
        self,
        answered_by: AnsweredBy,
        talk: float,
        disposition: Disposition,
        completed_after: float | None = None,
        pressed_after: float | None = None,
        key: str | None = None,
    ) -> SimulatedCallPlan:
        """A call that is answered and lasts `talk` seconds; `heard` and `pressed` are seconds after the answer."""
        pick_up = min(
            self.delay + 8.0 * math.exp(0.5 * _standard_normal(*self.spare[:2])), 0.95 * self.ring_timeout
        )
        full_plan = SimulatedCallPlan(
            end=pick_up + talk,
            outcome=S.COMPLETED,
            cause="normal clearing",
            q850=16,
            ringing=self.delay,
            answered=pick_up,
            answered_by=answered_by,
            disposition=disposition,
            message_completed=None if completed_after is None else pick_up + completed_after,
            key=key,
            key_pressed=None if pressed_after is None else pick_up + pressed_after,
            detected_after=self._detection_seconds or None,
        )
        if talk <= self.max_duration:
            return full_plan
        end = pick_up + self.max_duration
        cut_disposition, key = full_plan.result_at(end)
        return replace(full_plan, end=end, disposition=cut_disposition, key=key)

    def busy_plan(self) -> SimulatedCallPlan:
        return SimulatedCallPlan(self.delay, S.BUSY, "user busy", 17, sip_code=486)

    def unavailable_plan(self) -> SimulatedCallPlan:
        return SimulatedCallPlan(self.delay, S.NO_ANSWER, "temporarily unavailable", 19, sip_code=480)

    def no_answer_plan(self) -> SimulatedCallPlan:
        return SimulatedCallPlan(self.ring_timeout, S.NO_ANSWER, "no answer", 19, self.delay, sip_code=487)

    def rejection_plan(self) -> SimulatedCallPlan:
        end = self.delay + (self.ring_timeout - self.delay) * 0.2 * self.patience
        return SimulatedCallPlan(end, S.FAILED, "call rejected", 21, self.delay, sip_code=603)

    def no_such_number_plan(self) -> SimulatedCallPlan:
        return SimulatedCallPlan(self.delay, S.FAILED, "unallocated number", 1, sip_code=404, permanent=True)

    def congestion_plan(self) -> SimulatedCallPlan:
        return SimulatedCallPlan(
            self.delay, S.FAILED, "no circuit available", 34, sip_code=503, congestion=True
        )

    def unreachable_plan(self) -> SimulatedCallPlan:
        return SimulatedCallPlan(self.ring_timeout, S.FAILED, "unreachable", 19)


def _standard_normal(a: float, b: float) -> float:
    """A standard normal from two uniform draws (Box and Muller, 1958)."""
    return math.sqrt(-2.0 * math.log(1.0 - a)) * math.cos(2.0 * math.pi * b)
