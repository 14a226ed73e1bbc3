"""How a simulated call goes: a pure function of the seed, the token, the number and the two time limits.

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
from campaign_app.domain.script import Disposition, KeyAction, OnMachine
from campaign_app.providers.simulator_ear import UNKNOWN, Heard

RING_TIMEOUT_MAX = 60.0
"""Seconds; a longer ring timeout is cut to this."""
MAX_DURATION_MAX = 300.0
"""Seconds of talk; a longer limit is cut to this."""
EARLIEST = 0.5
"""Seconds after placing before which nothing happens to a call."""
HANG_UP_EARLY = 0.15
"""The share of humans who do not hear the message to its end."""
E164 = re.compile(r"\+[1-9][0-9]{1,14}")


@dataclass(frozen=True, slots=True)
class Script:
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
    heard: float | None = None
    """When the message has been heard to its end, or left."""
    key: str | None = None
    pressed: float | None = None
    detected_after: float | None = None
    """As in `News`: after the answer."""

    def by(self, at: float) -> tuple[str | None, str | None]:
        """Disposition and key of a call that is ended before its time, `at` seconds after placing."""
        if self.answered is None or at < self.answered:
            return None, None
        if self.pressed is not None and at >= self.pressed:
            return self.disposition, self.key
        if self.heard is not None and at >= self.heard:
            left = self.answered_by is AnsweredBy.MACHINE
            return Disposition.MACHINE_LEFT if left else Disposition.PLAYED, None
        return Disposition.CUT_SHORT, None


class Reply(StrEnum):
    """What the caller hears of a placing."""

    GIVEN = "given"
    LOST_AFTER = "lost after placing"
    LOST_BEFORE = "lost, and never placed"


@dataclass(frozen=True, slots=True)
class Faults:
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


NO_FAULTS = Faults()


def draws(key: str) -> tuple[float, ...]:
    """Eight numbers in [0, 1), the same for the same key on every machine and in every process."""
    digest = blake2b(key.encode(), digest_size=32).digest()
    return tuple([n * 2.0**-32 for n in struct.unpack("<8I", digest)])


def reply_for(seed: int, token: str, to: str, faults: Faults) -> Reply:
    """Whether the caller hears the reply; …408 and …504 script it."""
    if to.endswith("504"):
        return Reply.LOST_BEFORE
    if to.endswith("408"):
        return Reply.LOST_AFTER
    if not (faults.timeout_before or faults.timeout_after):
        return Reply.GIVEN
    before, after, *_ = draws(f"{seed}|{token}|reply")
    if before < faults.timeout_before:
        return Reply.LOST_BEFORE
    return Reply.LOST_AFTER if after < faults.timeout_after else Reply.GIVEN


def script_for(
    seed: int, token: str, to: str, ring_timeout: float, max_duration: float, hears: Heard = UNKNOWN
) -> Script:
    """The call's whole life. `to` is E.164; the limits are in seconds, at time scale 1."""
    return _Callee(seed, token, to, ring_timeout, max_duration, hears).script(to[-3:])


class _Callee:
    """One call's draws, and the lives it can lead."""

    def __init__(
        self, seed: int, token: str, to: str, ring_timeout: float, max_duration: float, hears: Heard
    ) -> None:
        self.hears = hears
        self.kind, self.sort, self.patience, delay, *self.spare = draws(f"{seed}|{token}|{to}")
        self.ring_timeout = min(max(ring_timeout, 1.0), RING_TIMEOUT_MAX)
        self.max_duration = min(max(max_duration, 1.0), MAX_DURATION_MAX)
        # Before the callee's end says anything; within even a short ring timeout, the shortest being 1 s.
        self.delay = min(EARLIEST + 2.0 * delay, self.ring_timeout / 2)

    def script(self, digits: str) -> Script:
        match digits:
            case "486":
                return self.busy()
            case "480":
                return self.unavailable()
            case "603":
                return self.rejects()
            case "404":
                return self.no_such_number()
            case "503":
                return self.congestion()
            case "487" | "999":
                return self.rings_out()
            case "200":
                return self.human()
            case "832":
                return self.machine()
        if digits.startswith("21"):
            return self.presses(digits[2])
        return self.by_the_mix()

    def by_the_mix(self) -> Script:
        """55 % human, 12 % machine, 18 % no answer, 10 % busy, 5 % failed; congestion is only ever
        scripted."""
        if self.kind < 0.55:
            return self.human()
        if self.kind < 0.67:
            return self.machine()
        if self.kind < 0.85:
            return self.rings_out() if self.sort < 0.9 else self.unavailable()
        if self.kind < 0.95:
            return self.busy()
        if self.sort < 0.4:
            return self.no_such_number()
        return self.rejects() if self.sort < 0.7 else self.unreachable()

    def human(self) -> Script:
        if self.patience < HANG_UP_EARLY:
            talk = 1.0 + 30.0 * self.patience
            if self.hears.message:
                talk = min(talk, 0.9 * (self._detection + self.hears.message))
            return self._answered(AnsweredBy.HUMAN, talk, Disposition.CUT_SHORT)
        # A draw that decides among failures only: of those who answer it is free.
        return self.presses(self.hears.chosen(self.sort))

    def presses(self, digit: str | None) -> Script:
        """A human who hears the message to its end, and presses that key, if the menu has it."""
        hears = self.hears
        heard = self._detection + hears.message
        linger = 22.0 * math.exp(0.6 * _normal(*self.spare[2:]))
        pressed = heard + 0.5 + 3.0 * self.patience
        by = AnsweredBy.HUMAN
        match hears.action(digit or ""):
            case KeyAction.OPT_OUT:
                ends = pressed + hears.confirm + 0.5
                return self._answered(by, ends, Disposition.OPTED_OUT, heard, pressed, digit)
            case KeyAction.SURVEY_RESPONSE:
                ends = pressed + hears.thanks + 0.5
                return self._answered(by, ends, Disposition.RESPONDED, heard, pressed, digit)
            case KeyAction.TRANSFER:
                return self._answered(by, pressed + linger, Disposition.TRANSFERRED, heard, pressed, digit)
            case KeyAction.REPEAT:
                # No answer to anything, so nobody is told which key it was.
                return self._answered(by, pressed + hears.message + 1.0, Disposition.PLAYED, heard)
        return self._answered(by, max(linger, heard), Disposition.PLAYED, heard)

    def machine(self) -> Script:
        hears, by = self.hears, AnsweredBy.MACHINE
        if hears.on_machine is OnMachine.HANG_UP:
            return self._answered(by, self._detection + 0.1, Disposition.MACHINE_HUNG_UP)
        greeting = 25.0 * math.exp(0.3 * _normal(*self.spare[2:]))
        heard = self._detection + (hears.machine or hears.message)
        return self._answered(by, max(greeting, heard), Disposition.MACHINE_LEFT, heard)

    @property
    def _detection(self) -> float:
        """Seconds until human or machine is decided, where the script asks; as long as a real Asterisk took for it,
        which is told to listen for 1.9 s."""
        return 0.0 if self.hears.on_machine is OnMachine.AS_HUMAN else 1.6 + 0.3 * self.spare[0]

    def _answered(
        self,
        by: AnsweredBy,
        talk: float,
        disposition: Disposition,
        heard: float | None = None,
        pressed: float | None = None,
        key: str | None = None,
    ) -> Script:
        """A call that is answered and lasts `talk` seconds; `heard` and `pressed` are seconds after the answer."""
        pick_up = min(self.delay + 8.0 * math.exp(0.5 * _normal(*self.spare[:2])), 0.95 * self.ring_timeout)
        whole = Script(
            end=pick_up + talk,
            outcome=S.COMPLETED,
            cause="normal clearing",
            q850=16,
            ringing=self.delay,
            answered=pick_up,
            answered_by=by,
            disposition=disposition,
            heard=None if heard is None else pick_up + heard,
            key=key,
            pressed=None if pressed is None else pick_up + pressed,
            detected_after=self._detection or None,
        )
        if talk <= self.max_duration:
            return whole
        end = pick_up + self.max_duration
        told, key = whole.by(end)
        return replace(whole, end=end, disposition=told, key=key)

    def busy(self) -> Script:
        return Script(self.delay, S.BUSY, "user busy", 17, sip_code=486)

    def unavailable(self) -> Script:
        return Script(self.delay, S.NO_ANSWER, "temporarily unavailable", 19, sip_code=480)

    def rings_out(self) -> Script:
        return Script(self.ring_timeout, S.NO_ANSWER, "no answer", 19, self.delay, sip_code=487)

    def rejects(self) -> Script:
        end = self.delay + (self.ring_timeout - self.delay) * 0.2 * self.patience
        return Script(end, S.FAILED, "call rejected", 21, self.delay, sip_code=603)

    def no_such_number(self) -> Script:
        return Script(self.delay, S.FAILED, "unallocated number", 1, sip_code=404, permanent=True)

    def congestion(self) -> Script:
        return Script(self.delay, S.FAILED, "no circuit available", 34, sip_code=503, congestion=True)

    def unreachable(self) -> Script:
        return Script(self.ring_timeout, S.FAILED, "unreachable", 19)


def _normal(a: float, b: float) -> float:
    """A standard normal from two uniform draws (Box and Muller, 1958)."""
    return math.sqrt(-2.0 * math.log(1.0 - a)) * math.cos(2.0 * math.pi * b)
