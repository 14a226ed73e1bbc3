"""One call's life, from the queue to its end. The number's last three digits choose how it goes, as with the SIP
callees of the Asterisk tests."""

from __future__ import annotations

import threading

from .callbacks import StatusCallbacks, post_twice, voice_fields
from .player import Over, Player
from .world import ENDED, Call, World

RING_SECONDS = 2.0
REFUSALS = {  # last three digits → (status, SIP answer)
    "486": ("busy", 486),
    "480": ("no-answer", 480),
    "603": ("failed", 603),
    "404": ("failed", 404),
    "503": ("failed", 503),
}
MIXED: tuple[tuple[tuple[str, int | None] | None, int], ...] = (
    (None, 60),
    (("busy", 486), 15),
    (("no-answer", 480), 15),
    (("failed", 603), 10),
)
"""What becomes of calls whose number says nothing, where it is left to luck; None: it is answered."""
NEVER_ANSWER = frozenset({"487", "999"})
ANSWERED_BY = {"832": "machine_start", "833": "fax"}
HANGS_UP_AT_ONCE = "841"
DETECTION_SECONDS = 4.0
BEEP_SECONDS = 8.0


class Life:
    """Runs in a thread of its own. `early` is set once the first callbacks are on their way."""

    def __init__(self, world: World, call: Call) -> None:
        self._world, self._call = world, call
        self._status = StatusCallbacks(world, call)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._redirected: str | None = None

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        world, call = self._world, self._call
        digits = call.to[-3:]
        try:
            if call.status == "queued":
                if world.config.queue_ms:
                    self._wait(world.config.queue_ms / 1000)
                self._status.tell("initiated", "initiated")
                self._move("ringing")
                self._status.tell("ringing", "ringing")
            if call.status == "ringing":
                outcome = self._ring(digits)
                if outcome is not None:
                    self._end(*outcome)
                    return
                call.answered_at = world.now()
                self._move("in-progress")
                world.ledger(call, "answered")
                self._status.tell("answered", "in-progress")
            self._talk(digits)
        except Over:
            pass
        if call.status not in ENDED:
            self._end("canceled" if call.status in ("queued", "ringing") else "completed", None)

    def _ring(self, digits: str) -> tuple[str, int | None] | None:
        """How it ended unanswered; None when it was answered."""
        if digits in NEVER_ANSWER:
            self._wait(float(self._call.one("Timeout") or 60))
            return "no-answer", None
        self._wait(RING_SECONDS)
        if self._world.config.mixed and digits not in REFUSALS:
            [ending] = self._world.luck("ending", self._call.token, self._call.sid).choices(
                *zip(*MIXED, strict=True)
            )
            return ending
        return REFUSALS.get(digits)

    def _talk(self, digits: str) -> None:
        call, world = self._call, self._world
        if digits == HANGS_UP_AT_ONCE:
            raise Over
        more: dict[str, str] = {}
        if call.one("MachineDetection"):
            if call.one("AsyncAmd") == "true":
                threading.Thread(target=self._detect, args=(digits,), daemon=True).start()
            else:
                self._wait(self._listen_for(digits))
                more["AnsweredBy"] = call.answered_by = self._verdict(digits)
        url: str | None = call.one("Url")
        twiml = call.one("Twiml")
        while True:
            try:
                Player(world, call, self._wait).play(url, twiml, **more)
                return
            except _Redirected as to:
                url, twiml, more = str(to), None, {}

    def _verdict(self, digits: str) -> str:
        who = ANSWERED_BY.get(digits, "human")
        ends = self._call.one("MachineDetection") == "DetectMessageEnd"
        return "machine_end_beep" if who == "machine_start" and ends else who

    def _listen_for(self, digits: str) -> float:
        ends = self._verdict(digits) == "machine_end_beep"
        return BEEP_SECONDS if ends else DETECTION_SECONDS

    def _detect(self, digits: str) -> None:
        call, seconds = self._call, self._listen_for(digits)
        self._world.rest(seconds)
        if call.status in ENDED:
            return
        call.answered_by = self._verdict(digits)
        fields = voice_fields(
            self._world,
            call,
            AnsweredBy=call.answered_by,
            MachineDetectionDuration=str(round(seconds * 1000)),
        )
        url = call.one("AsyncAmdStatusCallback")
        if url is not None:
            post_twice(self._world, url, fields)

    def _wait(self, seconds: float) -> None:
        """Let the call's seconds pass, unless somebody wants something of it."""
        call = self._call
        with call.changed:
            self._world.rest(seconds, call.changed, lambda: call.wanted is not None)
            wanted, call.wanted = call.wanted, None
        if wanted in ("canceled", "completed"):
            raise Over
        if wanted is not None:
            raise _Redirected(wanted)

    def _move(self, status: str) -> None:
        with self._call.changed:
            self._call.status = status
        if status == "ringing":
            self._world.ledger(self._call, "ringing")

    def _end(self, status: str, sip: int | None) -> None:
        call = self._call
        call.ended_at = self._world.now()
        with call.changed:
            call.status = status
        self._world.ledger(call, "ended", status)
        more = {"CallDuration": "0"} if call.answered_at is None else {"CallDuration": "1", "Duration": "1"}
        if sip is not None:
            more["SipResponseCode"] = str(sip)
        if call.answered_by is not None:
            more["AnsweredBy"] = call.answered_by
        self._status.tell("completed", status, **more)


class _Redirected(Exception):
    """The call goes on at another address."""
