"""Call on Asterisk: what it hears, and what follows. Pure: no I/O, and the time is an argument (monotonic seconds)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from campaign_app.domain.attempt import AnsweredBy, AttemptStatus
from campaign_app.domain.script import Disposition, KeyAction, MenuKey, OnMachine
from campaign_app.providers.asterisk.call_actions import (
    BridgeLegs,
    CallAction,
    DetectMachine,
    DetectTalking,
    DialTransferLeg,
    EndTransferLeg,
    HangUp,
    PlayMedia,
    ReportStatus,
    StartTimer,
    StopPlaybacks,
)
from campaign_app.providers.asterisk.call_states import KEY_STATES, CallState
from campaign_app.providers.asterisk.causes import EndedChannel, decide_outcome
from campaign_app.providers.asterisk.playback_plan import PlaybackPlan

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
END_LEG_AGAIN, END_LEG_TIMES = 2.0, 5
"""Seconds, and times: how a transfer's other leg is ended."""
MOST_KEYS = 40
MOST_REPEATS = 9
"""Keys beyond these are not listened to any more, so that a stuck key costs nothing."""


@dataclass(slots=True)
class AsteriskCall:
    token: str
    plan: PlaybackPlan
    boot: str = ""
    """Which start of Asterisk it was placed with: another one has forgotten it."""
    state: CallState = CallState.DIALING
    rang: bool = False
    answered_at: float | None = None
    hangup_requested: bool = False
    """We asked for its end."""
    callee_hung_up: bool = False
    """The other side did."""
    turn: int = 0
    message_completed: bool = False
    """The message, to its end."""
    greeting_heard: bool = False
    """A machine's greeting was heard to go on."""
    playing: set[str] = field(default_factory=set)
    key_count: int = 0
    key: str | None = None
    has_transfer_leg: bool = False
    """It was transferred: another channel may have to be ended with it."""
    final_report: ReportStatus | None = None
    """How it ended, kept back until the other leg has: that is a call, too, and holds its line."""
    disposition: Disposition | None = None
    answered_by: AnsweredBy | None = None
    detected_after: float | None = None
    last_error: str | None = None
    """Why what should have been heard was not."""

    @property
    def is_up(self) -> bool:
        return self.answered_at is not None

    @property
    def has_ended(self) -> bool:
        return self.state is CallState.ENDED

    def on_ringing(self) -> list[CallAction]:
        if self.rang or self.is_up or self.has_ended:
            return []
        self.rang = True
        return [ReportStatus(S.RINGING, {})]

    def on_answered(self, now: float) -> list[CallAction]:
        """The channel is ours, and somebody is on it."""
        if self.is_up or self.has_ended:
            return []
        self.answered_at = now
        actions: list[CallAction] = [ReportStatus(S.IN_PROGRESS, {}), StartTimer("limit", self.plan.talk)]
        if self.hangup_requested:
            return [*actions, *self._hang_up()]
        if self.plan.on_machine is OnMachine.AS_HUMAN:
            return actions + self._play_state(CallState.MESSAGE)
        self.state = CallState.DETECTING
        return [*actions, DetectMachine(), StartTimer("detect", DETECT_MS / 1000 + DETECT_GRACE)]

    def on_detected(self, verdict: str, now: float) -> list[CallAction]:
        """Back from detection. Asterisk says HUMAN, MACHINE, or that it is not sure: then nobody is kept waiting."""
        if self.state is not CallState.DETECTING:
            return []
        known_verdicts = {"HUMAN": AnsweredBy.HUMAN, "MACHINE": AnsweredBy.MACHINE}
        self.answered_by = known_verdicts.get(verdict, AnsweredBy.UNKNOWN)
        self.detected_after = None if self.answered_at is None else round(now - self.answered_at, 3)
        actions: list[CallAction] = [self._report_progress()]
        if self.answered_by is not AnsweredBy.MACHINE:
            early = self.plan.key_for(self.key) if self.key is not None else None
            if early is not None:
                self.state = CallState.MESSAGE
                return actions + self._apply_key(early)
            return actions + self._play_state(CallState.MESSAGE)
        if self.plan.on_machine is OnMachine.HANG_UP:
            self.disposition = Disposition.MACHINE_HUNG_UP
            return actions + self._hang_up()
        self.state = CallState.BEEP
        return [
            *actions,
            DetectTalking(self.handover_note()),
            StartTimer("quiet", QUIET_FIRST),
            StartTimer("beep", BEEP_MOST),
        ]

    def on_talking(self, talking: bool) -> list[CallAction]:
        """The other side begins to talk, or has been silent for QUIET_MS."""
        if self.state is not CallState.BEEP:
            return []
        if talking:
            self.greeting_heard = True
            return []
        return self._play_state(CallState.MACHINE)

    def on_playback(self, playback: str, *, failed: bool) -> list[CallAction]:
        """A playback has ended. What fails because the callee hung up is no failure."""
        if playback not in self.playing:
            return []
        self.playing.discard(playback)
        if failed and (self.callee_hung_up or self.hangup_requested):
            return []
        if failed:
            self.last_error = (
                "Asterisk could not play the message: it does not find the sound, or not its format"
            )
            return self._hang_up()
        return [] if self.playing else self._on_all_played()

    def on_key(self, digit: str) -> list[CallAction]:
        self.key_count += 1
        key = self.plan.key_for(digit)
        if key is None or self.key_count > MOST_KEYS:
            return []
        if self.state is CallState.DETECTING and self.key is None and key.action is not KeyAction.REPEAT:
            # Heard, and written down; what follows has to wait until the channel is back.
            self.key = digit
            if key.action is KeyAction.OPT_OUT:
                self.disposition = Disposition.OPTED_OUT
            return [self._report_progress()]
        return self._apply_key(key) if self.state in KEY_STATES else []

    def on_timer(self, name: str) -> list[CallAction]:
        match name.partition(":"):
            case ("limit", _, _):
                return self._hang_up()
            case ("detect", _, _) if self.state is CallState.DETECTING:
                self.last_error = "it did not come back from answering machine detection"
                return self._hang_up()
            case ("menu", _, turn) if self.state is CallState.MENU and turn == str(self.turn):
                return self._hang_up()
            case ("quiet", _, _) if self.state is CallState.BEEP and not self.greeting_heard:
                return self._play_state(CallState.MACHINE)
            case ("beep", _, _) if self.state is CallState.BEEP:
                return self._play_state(CallState.MACHINE)
            case ("leg", _, times) if self.state is CallState.ENDING_TRANSFER_LEG:
                return self._end_transfer_leg(int(times) + 1)
        return []

    def on_failure(self, why: str) -> list[CallAction]:
        """What was asked for could not be done: nobody is left in silence."""
        if self.state in (CallState.HANGING_UP, CallState.ENDING_TRANSFER_LEG, CallState.ENDED):
            return []
        self.last_error = why
        return self._hang_up()

    def on_undetectable(self, now: float) -> list[CallAction]:
        """There is no dialplan for detection: whoever answered hears the message."""
        return self.on_detected("", now)

    @property
    def awaits_line(self) -> bool:
        """Whether somebody waits for a line on which they are connected."""
        return self.state is CallState.WAITING_FOR_LINE and not (self.callee_hung_up or self.hangup_requested)

    def begin_transfer_leg(self) -> str | None:
        """A line is free, and the other leg is about to be dialled: the note to keep before that. None: it is not to
        be, for nobody waits any more. The same when it is asked again before the request has left."""
        if (
            self.state not in (CallState.WAITING_FOR_LINE, CallState.CONNECTING)
            or self.callee_hung_up
            or self.hangup_requested
        ):
            return None
        self.state, self.has_transfer_leg = CallState.CONNECTING, True
        return self.handover_note()

    def on_transfer_leg(self, *, up: bool) -> list[CallAction]:
        """The number that the call is transferred to has answered, or is gone."""
        if up and self.state in (CallState.HANGING_UP, CallState.ENDING_TRANSFER_LEG, CallState.ENDED):
            return [EndTransferLeg()]
        if not up:
            self.has_transfer_leg = False
            if self.state is CallState.ENDING_TRANSFER_LEG:
                return self._finish_call()
        if up and self.state is CallState.CONNECTING:
            self.state = CallState.BRIDGED
            self.disposition = Disposition.TRANSFERRED
            return [BridgeLegs(), self._report_progress()]
        if not up and self.state in (CallState.CONNECTING, CallState.BRIDGED):
            if self.state is CallState.CONNECTING:
                self.last_error = "the call could not be transferred"
            return [*self._hang_up(), EndTransferLeg()]
        return []

    def on_destroyed(
        self, cause: int, text: str = "", sip_code: int | None = None, **overrides: bool
    ) -> list[CallAction]:
        """The channel is gone. `known`: `was_up` and `timed_out`, where they are not seen from here."""
        if self.state in (CallState.ENDING_TRANSFER_LEG, CallState.ENDED):
            return []
        was_up = self.is_up or overrides.get("was_up", False)
        timed_out = overrides.get("timed_out", False)
        channel = EndedChannel(cause, text, sip_code, was_up, self.rang, timed_out, self.hangup_requested)
        outcome = decide_outcome(channel)
        if was_up and self.disposition is None:
            self.disposition = Disposition.PLAYED if self.message_completed else Disposition.CUT_SHORT
        details = {
            **self._report_details(),
            "cause": outcome.text if self.last_error is None else f"{outcome.text}; {self.last_error}",
            "q850": cause,
            "sip_code": sip_code,
            "permanent": outcome.permanent,
            "congestion": outcome.congestion,
            "trunk_down": outcome.trunk_down,
        }
        self.state, self.final_report = CallState.ENDING_TRANSFER_LEG, ReportStatus(outcome.status, details)
        return self._end_transfer_leg(1) if self.has_transfer_leg else self._finish_call()

    def _end_transfer_leg(self, times: int) -> list[CallAction]:
        """End the other leg. What cannot be ended, nor heard to have ended, holds the end back no longer than this."""
        return (
            [EndTransferLeg(), StartTimer(f"leg:{times}", END_LEG_AGAIN)]
            if times <= END_LEG_TIMES
            else self._finish_call()
        )

    def _finish_call(self) -> list[CallAction]:
        assert self.final_report is not None
        self.state = CallState.ENDED
        return [self.final_report]

    def handover_note(self) -> str:
        """What a process that takes the call over must know, and cannot see on the channel."""
        return json.dumps(
            {
                "stage": self.state,
                "turn": self.turn,
                "heard": self.message_completed,
                "key": self.key,
                "disposition": self.disposition,
            }
        )

    @staticmethod
    def from_handover(token: str, plan: PlaybackPlan, boot: str, note: str | None) -> AsteriskCall:
        """The call as another process left it. Raises ValueError for a note that is none."""
        call = AsteriskCall(token, plan, boot)
        if note is not None:
            try:
                stored: dict[str, Any] = json.loads(note)
                call.state = CallState(stored["stage"])
                call.turn, call.message_completed, call.key = (
                    int(stored["turn"]),
                    bool(stored["heard"]),
                    stored["key"],
                )
                call.has_transfer_leg = call.state in (CallState.CONNECTING, CallState.BRIDGED)
                disposition = stored["disposition"]
                call.disposition = None if disposition is None else Disposition(disposition)
            except (KeyError, TypeError) as error:
                raise ValueError(f"not a call's note: {error!r}") from error
        return call

    def back_to_detection(self, now: float) -> list[CallAction]:
        """Go on with an answered call that is being listened to in the dialplan."""
        self.answered_at = now
        self.state = CallState.DETECTING
        patience = DETECT_MS / 1000 + DETECT_GRACE
        return [
            ReportStatus(S.IN_PROGRESS, {}),
            StartTimer("limit", self.plan.talk),
            StartTimer("detect", patience),
        ]

    def resume_call(
        self,
        now: float,
        playing: set[str],
        seconds_up: float,
        *,
        leg_state: str | None,
        bridged: bool = False,
    ) -> list[CallAction]:
        """Go on with an answered call that is in our application. `playing`: those of its playbacks that are not
        over. `other_leg`: the state of the channel that it was transferred to; `joined`: the two hear each other.
        Without a note it was at its message, and one that cannot have been played in the time since is begun."""
        self.answered_at = now
        actions: list[CallAction] = [ReportStatus(S.IN_PROGRESS, {}), StartTimer("limit", self.plan.talk)]
        if self.state is CallState.DIALING:
            if not playing and seconds_up < self.plan.seconds:
                return actions + self._play_state(CallState.MESSAGE)
            self.state = CallState.MESSAGE
        if self.has_transfer_leg:
            self.state = CallState.BRIDGED if bridged else CallState.CONNECTING
            if bridged:
                self.disposition = Disposition.TRANSFERRED
                return actions
            if leg_state == "Up":
                return actions + self.on_transfer_leg(up=True)
            return actions if leg_state is not None else actions + self._hang_up()
        if self.state is CallState.WAITING_FOR_LINE:
            key = None if self.key is None else self.plan.key_for(self.key)
            return actions + (self._hang_up() if key is None else [self._transfer_action(key)])
        if self.state is CallState.BEEP:
            return [*actions, StartTimer("quiet", QUIET_FIRST), StartTimer("beep", BEEP_MOST)]
        self.playing = set(playing)
        return actions if playing else actions + self._on_all_played()

    def playback_ids(self) -> list[str]:
        """The ids of what may be playing at this stage."""
        state = CallState.MESSAGE if self.state is CallState.DIALING else self.state
        return list(self._media_for(state))

    def _media_for(self, state: CallState) -> dict[str, str]:
        media = {
            CallState.MESSAGE: self.plan.message,
            CallState.MACHINE: self.plan.machine or self.plan.message,
            CallState.CONFIRM: self.plan.confirm,
            CallState.THANKS: self.plan.thanks,
        }.get(state, ())
        turn = self.turn if state is CallState.MESSAGE else 0
        return {f"{self.token}.{state}.{turn}.{index}": uri for index, uri in enumerate(media)}

    def _play_state(self, state: CallState) -> list[CallAction]:
        """Play what belongs to a stage, or go on where there is nothing."""
        first = state is CallState.MESSAGE and self.turn == 0
        self.state = state
        media = self._media_for(state)
        self.playing = set(media)
        return [PlayMedia(media, None if first else self.handover_note())] if media else self._on_all_played()

    def _on_all_played(self) -> list[CallAction]:
        """Everything of this stage was heard."""
        if self.state is CallState.MESSAGE:
            self.message_completed = True
            if self.plan.keys and self.plan.wait > 0:
                self.state = CallState.MENU
                return [StartTimer(f"menu:{self.turn}", self.plan.wait)]
        if self.state is CallState.MACHINE:
            self.disposition = Disposition.MACHINE_LEFT
        return self._hang_up()

    def _transfer_action(self, key: MenuKey) -> CallAction:
        return DialTransferLeg(key.to or "", TRANSFER_RING, self.plan.caller_id, self.handover_note())

    def _apply_key(self, key: MenuKey) -> list[CallAction]:
        """Do what a key asks for."""
        repeat = key.action is KeyAction.REPEAT
        if repeat and self.turn >= MOST_REPEATS:
            return []
        silence: list[CallAction] = (
            [StopPlaybacks(tuple(sorted(self.playing, reverse=True)))] if self.playing else []
        )
        self.playing = set()
        if repeat:
            self.turn += 1
            return silence + self._play_state(CallState.MESSAGE)
        self.key = key.digit
        if key.action is KeyAction.TRANSFER:
            self.state = CallState.WAITING_FOR_LINE
            return [*silence, self._report_progress(), self._transfer_action(key)]
        out = key.action is KeyAction.OPT_OUT
        self.disposition = Disposition.OPTED_OUT if out else Disposition.RESPONDED
        return [
            *silence,
            self._report_progress(),
            *self._play_state(CallState.CONFIRM if out else CallState.THANKS),
        ]

    def _hang_up(self) -> list[CallAction]:
        if self.state in (CallState.ENDING_TRANSFER_LEG, CallState.ENDED):
            return []
        self.state = CallState.HANGING_UP
        return [HangUp()]

    def _report_details(self) -> dict[str, Any]:
        return {
            "answered_by": self.answered_by,
            "disposition": self.disposition,
            "key": self.key,
            "detected_after": self.detected_after,
        }

    def _report_progress(self) -> ReportStatus:
        return ReportStatus(S.IN_PROGRESS, self._report_details())
