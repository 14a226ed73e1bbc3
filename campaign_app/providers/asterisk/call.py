"""One call's life: what it hears, and what follows. Pure: no I/O, and the time is an argument (monotonic seconds)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from campaign_app.domain.attempt import AnsweredBy, AttemptStatus
from campaign_app.domain.script import Disposition, MenuKey, KeyAction, OnMachine
from campaign_app.providers.asterisk.actions import (
    Action,
    Bridge,
    Detect,
    HangUp,
    Listen,
    Play,
    Stop,
    Tell,
    Timer,
    Transfer,
    Unbridge,
)
from campaign_app.providers.asterisk.causes import Ending, fate
from campaign_app.providers.asterisk.score import Score
from campaign_app.providers.asterisk.stages import LISTENING, Stage

S = AttemptStatus

DETECT_MS = 1900
"""How long Asterisk may listen before somebody hears the message: nobody waits in silence for more than 2 s."""
DETECT_GRACE = 5.0
"""Seconds more until a call that does not come back from detection is given up."""
QUIET_MS = 1500
"""A machine has had its say when nothing was heard for so long."""
QUIET_FIRST = 2.5
"""Seconds in which a greeting that goes on must be heard; else it is over already."""
BEEP_MOST = 30.0
"""Seconds after which the message is left whether or not the greeting has ended."""
TRANSFER_RING = 30.0
PART_AGAIN, PART_TIMES = 2.0, 5
"""Seconds, and times: how a transfer's other leg is ended."""
MOST_KEYS = 40
MOST_REPEATS = 9
"""Keys beyond these are not listened to any more, so that a stuck key costs nothing."""


@dataclass(slots=True)
class Call:
    token: str
    score: Score
    boot: str = ""
    """Which start of Asterisk it was placed with: another one has forgotten it."""
    stage: Stage = Stage.DIALING
    rang: bool = False
    up_at: float | None = None
    hung_up: bool = False
    """We asked for its end."""
    ending: bool = False
    """The other side did."""
    turn: int = 0
    heard: bool = False
    """The message, to its end."""
    greeted: bool = False
    """A machine's greeting was heard to go on."""
    playing: set[str] = field(default_factory=set)
    keys: int = 0
    key: str | None = None
    other_leg: bool = False
    """It was transferred: another channel may have to be ended with it."""
    end: Tell | None = None
    """How it ended, kept back until the other leg has: that is a call, too, and holds its line."""
    disposition: Disposition | None = None
    answered_by: AnsweredBy | None = None
    detected_after: float | None = None
    trouble: str | None = None
    """Why what should have been heard was not."""

    @property
    def up(self) -> bool:
        return self.up_at is not None

    @property
    def over(self) -> bool:
        return self.stage is Stage.OVER

    def on_ringing(self) -> list[Action]:
        if self.rang or self.up or self.over:
            return []
        self.rang = True
        return [Tell(S.RINGING, {})]

    def on_answered(self, now: float) -> list[Action]:
        """The channel is ours, and somebody is on it."""
        if self.up or self.over:
            return []
        self.up_at = now
        begun: list[Action] = [Tell(S.IN_PROGRESS, {}), Timer("limit", self.score.talk)]
        if self.hung_up:
            return [*begun, *self._leave()]
        if self.score.on_machine is OnMachine.AS_HUMAN:
            return begun + self._say(Stage.MESSAGE)
        self.stage = Stage.DETECTING
        return [*begun, Detect(), Timer("detect", DETECT_MS / 1000 + DETECT_GRACE)]

    def on_detected(self, verdict: str, now: float) -> list[Action]:
        """Back from detection. Asterisk says HUMAN, MACHINE, or that it is not sure: then nobody is kept waiting."""
        if self.stage is not Stage.DETECTING:
            return []
        known = {"HUMAN": AnsweredBy.HUMAN, "MACHINE": AnsweredBy.MACHINE}
        self.answered_by = known.get(verdict, AnsweredBy.UNKNOWN)
        self.detected_after = None if self.up_at is None else round(now - self.up_at, 3)
        told: list[Action] = [self._tell()]
        if self.answered_by is not AnsweredBy.MACHINE:
            early = self.score.key(self.key) if self.key is not None else None
            if early is not None:
                self.stage = Stage.MESSAGE
                return told + self._follow(early)
            return told + self._say(Stage.MESSAGE)
        if self.score.on_machine is OnMachine.HANG_UP:
            self.disposition = Disposition.MACHINE_HUNG_UP
            return told + self._leave()
        self.stage = Stage.BEEP
        return [*told, Listen(self.note()), Timer("quiet", QUIET_FIRST), Timer("beep", BEEP_MOST)]

    def on_talking(self, talking: bool) -> list[Action]:
        """The other side begins to talk, or has been silent for QUIET_MS."""
        if self.stage is not Stage.BEEP:
            return []
        if talking:
            self.greeted = True
            return []
        return self._say(Stage.MACHINE)

    def on_playback(self, playback: str, *, failed: bool) -> list[Action]:
        """A playback has ended. What fails because the callee hung up is no failure."""
        if playback not in self.playing:
            return []
        self.playing.discard(playback)
        if failed and (self.ending or self.hung_up):
            return []
        if failed:
            self.trouble = (
                "Asterisk could not play the message: it does not find the sound, or not its format"
            )
            return self._leave()
        return [] if self.playing else self._played()

    def on_key(self, digit: str) -> list[Action]:
        self.keys += 1
        key = self.score.key(digit)
        if key is None or self.keys > MOST_KEYS:
            return []
        if self.stage is Stage.DETECTING and self.key is None and key.action is not KeyAction.REPEAT:
            # Heard, and written down; what follows has to wait until the channel is back.
            self.key = digit
            if key.action is KeyAction.OPT_OUT:
                self.disposition = Disposition.OPTED_OUT
            return [self._tell()]
        return self._follow(key) if self.stage in LISTENING else []

    def on_timer(self, name: str) -> list[Action]:
        match name.partition(":"):
            case ("limit", _, _):
                return self._leave()
            case ("detect", _, _) if self.stage is Stage.DETECTING:
                self.trouble = "it did not come back from answering machine detection"
                return self._leave()
            case ("menu", _, turn) if self.stage is Stage.MENU and turn == str(self.turn):
                return self._leave()
            case ("quiet", _, _) if self.stage is Stage.BEEP and not self.greeted:
                return self._say(Stage.MACHINE)
            case ("beep", _, _) if self.stage is Stage.BEEP:
                return self._say(Stage.MACHINE)
            case ("leg", _, times) if self.stage is Stage.PARTING:
                return self._part(int(times) + 1)
        return []

    def on_failure(self, why: str) -> list[Action]:
        """What was asked for could not be done: nobody is left in silence."""
        if self.stage in (Stage.LEAVING, Stage.PARTING, Stage.OVER):
            return []
        self.trouble = why
        return self._leave()

    def on_undetectable(self, now: float) -> list[Action]:
        """There is no dialplan for detection: whoever answered hears the message."""
        return self.on_detected("", now)

    @property
    def waits(self) -> bool:
        """Whether somebody waits for a line on which they are connected."""
        return self.stage is Stage.WAITING and not (self.ending or self.hung_up)

    def dialled(self) -> str | None:
        """A line is free, and the other leg is about to be dialled: the note to keep before that. None: it is not to
        be, for nobody waits any more. The same when it is asked again before the request has left."""
        if self.stage not in (Stage.WAITING, Stage.CONNECTING) or self.ending or self.hung_up:
            return None
        self.stage, self.other_leg = Stage.CONNECTING, True
        return self.note()

    def on_other_leg(self, *, up: bool) -> list[Action]:
        """The number that the call is transferred to has answered, or is gone."""
        if up and self.stage in (Stage.LEAVING, Stage.PARTING, Stage.OVER):
            return [Unbridge()]
        if not up:
            self.other_leg = False
            if self.stage is Stage.PARTING:
                return self._ended()
        if up and self.stage is Stage.CONNECTING:
            self.stage = Stage.BRIDGED
            self.disposition = Disposition.TRANSFERRED
            return [Bridge(), self._tell()]
        if not up and self.stage in (Stage.CONNECTING, Stage.BRIDGED):
            if self.stage is Stage.CONNECTING:
                self.trouble = "the call could not be transferred"
            return [*self._leave(), Unbridge()]
        return []

    def on_over(self, cause: int, text: str = "", sip_code: int | None = None, **known: bool) -> list[Action]:
        """The channel is gone. `known`: `was_up` and `timed_out`, where they are not seen from here."""
        if self.stage in (Stage.PARTING, Stage.OVER):
            return []
        was_up = self.up or known.get("was_up", False)
        timed_out = known.get("timed_out", False)
        end = Ending(cause, text, sip_code, was_up, self.rang, timed_out, self.hung_up)
        became = fate(end)
        if was_up and self.disposition is None:
            self.disposition = Disposition.PLAYED if self.heard else Disposition.CUT_SHORT
        details = {
            **self._details(),
            "cause": became.words if self.trouble is None else f"{became.words}; {self.trouble}",
            "q850": cause,
            "sip_code": sip_code,
            "permanent": became.permanent,
            "congestion": became.congestion,
            "trunk_down": became.trunk_down,
        }
        self.stage, self.end = Stage.PARTING, Tell(became.status, details)
        return self._part(1) if self.other_leg else self._ended()

    def _part(self, times: int) -> list[Action]:
        """End the other leg. What cannot be ended, nor heard to have ended, holds the end back no longer than this."""
        return [Unbridge(), Timer(f"leg:{times}", PART_AGAIN)] if times <= PART_TIMES else self._ended()

    def _ended(self) -> list[Action]:
        assert self.end is not None
        self.stage = Stage.OVER
        return [self.end]

    def note(self) -> str:
        """What a process that takes the call over must know, and cannot see on the channel."""
        return json.dumps(
            {
                "stage": self.stage,
                "turn": self.turn,
                "heard": self.heard,
                "key": self.key,
                "disposition": self.disposition,
            }
        )

    @staticmethod
    def taken_over(token: str, score: Score, boot: str, note: str | None) -> Call:
        """The call as another process left it. Raises ValueError for a note that is none."""
        call = Call(token, score, boot)
        if note is not None:
            try:
                stored: dict[str, Any] = json.loads(note)
                call.stage = Stage(stored["stage"])
                call.turn, call.heard, call.key = int(stored["turn"]), bool(stored["heard"]), stored["key"]
                call.other_leg = call.stage in (Stage.CONNECTING, Stage.BRIDGED)
                told = stored["disposition"]
                call.disposition = None if told is None else Disposition(told)
            except (KeyError, TypeError) as error:
                raise ValueError(f"not a call's note: {error!r}") from error
        return call

    def back_to_detection(self, now: float) -> list[Action]:
        """Go on with an answered call that is being listened to in the dialplan."""
        self.up_at = now
        self.stage = Stage.DETECTING
        patience = DETECT_MS / 1000 + DETECT_GRACE
        return [Tell(S.IN_PROGRESS, {}), Timer("limit", self.score.talk), Timer("detect", patience)]

    def resume(
        self, now: float, playing: set[str], seconds_up: float, *, other_leg: str | None, joined: bool = False
    ) -> list[Action]:
        """Go on with an answered call that is in our application. `playing`: those of its playbacks that are not
        over. `other_leg`: the state of the channel that it was transferred to; `joined`: the two hear each other.
        Without a note it was at its message, and one that cannot have been played in the time since is begun."""
        self.up_at = now
        begun: list[Action] = [Tell(S.IN_PROGRESS, {}), Timer("limit", self.score.talk)]
        if self.stage is Stage.DIALING:
            if not playing and seconds_up < self.score.seconds:
                return begun + self._say(Stage.MESSAGE)
            self.stage = Stage.MESSAGE
        if self.other_leg:
            self.stage = Stage.BRIDGED if joined else Stage.CONNECTING
            if joined:
                self.disposition = Disposition.TRANSFERRED
                return begun
            if other_leg == "Up":
                return begun + self.on_other_leg(up=True)
            return begun if other_leg is not None else begun + self._leave()
        if self.stage is Stage.WAITING:
            key = None if self.key is None else self.score.key(self.key)
            return begun + (self._leave() if key is None else [self._transfer(key)])
        if self.stage is Stage.BEEP:
            return [*begun, Timer("quiet", QUIET_FIRST), Timer("beep", BEEP_MOST)]
        self.playing = set(playing)
        return begun if playing else begun + self._played()

    def playbacks(self) -> list[str]:
        """The ids of what may be playing at this stage."""
        stage = Stage.MESSAGE if self.stage is Stage.DIALING else self.stage
        return list(self._media(stage))

    def _media(self, stage: Stage) -> dict[str, str]:
        media = {
            Stage.MESSAGE: self.score.message,
            Stage.MACHINE: self.score.machine or self.score.message,
            Stage.CONFIRM: self.score.confirm,
            Stage.THANKS: self.score.thanks,
        }.get(stage, ())
        turn = self.turn if stage is Stage.MESSAGE else 0
        return {f"{self.token}.{stage}.{turn}.{index}": uri for index, uri in enumerate(media)}

    def _say(self, stage: Stage) -> list[Action]:
        """Play what belongs to a stage, or go on where there is nothing."""
        first = stage is Stage.MESSAGE and self.turn == 0
        self.stage = stage
        media = self._media(stage)
        self.playing = set(media)
        return [Play(media, None if first else self.note())] if media else self._played()

    def _played(self) -> list[Action]:
        """Everything of this stage was heard."""
        if self.stage is Stage.MESSAGE:
            self.heard = True
            if self.score.keys and self.score.wait > 0:
                self.stage = Stage.MENU
                return [Timer(f"menu:{self.turn}", self.score.wait)]
        if self.stage is Stage.MACHINE:
            self.disposition = Disposition.MACHINE_LEFT
        return self._leave()

    def _transfer(self, key: MenuKey) -> Action:
        return Transfer(key.to or "", TRANSFER_RING, self.score.caller_id, self.note())

    def _follow(self, key: MenuKey) -> list[Action]:
        """Do what a key asks for."""
        repeat = key.action is KeyAction.REPEAT
        if repeat and self.turn >= MOST_REPEATS:
            return []
        silence: list[Action] = [Stop(tuple(sorted(self.playing, reverse=True)))] if self.playing else []
        self.playing = set()
        if repeat:
            self.turn += 1
            return silence + self._say(Stage.MESSAGE)
        self.key = key.digit
        if key.action is KeyAction.TRANSFER:
            self.stage = Stage.WAITING
            return [*silence, self._tell(), self._transfer(key)]
        out = key.action is KeyAction.OPT_OUT
        self.disposition = Disposition.OPTED_OUT if out else Disposition.RESPONDED
        return [*silence, self._tell(), *self._say(Stage.CONFIRM if out else Stage.THANKS)]

    def _leave(self) -> list[Action]:
        if self.stage in (Stage.PARTING, Stage.OVER):
            return []
        self.stage = Stage.LEAVING
        return [HangUp()]

    def _details(self) -> dict[str, Any]:
        return {
            "answered_by": self.answered_by,
            "disposition": self.disposition,
            "key": self.key,
            "detected_after": self.detected_after,
        }

    def _tell(self) -> Tell:
        return Tell(S.IN_PROGRESS, self._details())
