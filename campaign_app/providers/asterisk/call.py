"""Call on Asterisk: what it hears, and what follows. Pure: no I/O, and the time is an argument (monotonic seconds)."""

from __future__ import annotations

import json
from collections.abc import Callable, Set
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
from campaign_app.providers.asterisk.call_states import (
    ALL_STATES,
    HANGING_UP_STATES,
    LEG_STATES,
    OPEN_STATES,
    TIMER_EVENTS,
    AsteriskCallEvent,
    CallState,
    EndRequester,
)
from campaign_app.providers.asterisk.causes import EndedChannel, decide_outcome
from campaign_app.providers.asterisk.playback_plan import PlaybackPlan

S = AttemptStatus

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
    """One call. Each `on_…` method is one thing that it hears; what follows in which state is in EVENT_HANDLERS."""

    token: str
    plan: PlaybackPlan
    boot: str = ""
    """Which start of Asterisk it was placed with: another one has forgotten it."""
    state: CallState = CallState.DIALING
    answered_at: float | None = None
    end_requester: EndRequester | None = None
    """Who asked for its end; us, where both did."""
    turn: int = 0
    """How often the message was repeated."""
    message_completed: bool = False
    """The message, to its end."""
    sound_heard: bool = False
    """One of the sounds, to its end: whoever heard it is not called again as if there had been silence."""
    playing: set[str] = field(default_factory=set)
    key_count: int = 0
    key: str | None = None
    final_report: ReportStatus | None = None
    """How it ended, kept back until the other leg has: that is a call, too, and holds its line."""
    disposition: Disposition | None = None
    answered_by: AnsweredBy | None = None
    detected_after: float | None = None
    last_error: str | None = None
    """Why what should have been heard was not."""
    unplayed: bool = False
    """Because its sound could not be played: the next person would hear nothing either."""

    @property
    def is_up(self) -> bool:
        return self.answered_at is not None

    @property
    def has_ended(self) -> bool:
        return self.state is CallState.ENDED

    @property
    def has_transfer_leg(self) -> bool:
        """It was transferred: another channel may have to be ended with it."""
        return self.state in LEG_STATES

    def on_ringing(self) -> list[CallAction]:
        return self._handle(AsteriskCallEvent.RINGING)

    def on_answered(self, now: float) -> list[CallAction]:
        """The channel is ours, and somebody is on it."""
        return self._handle(AsteriskCallEvent.ANSWERED, now)

    def on_detected(self, verdict: str, now: float) -> list[CallAction]:
        """Back from detection. Asterisk says HUMAN, MACHINE, or that it is not sure: then nobody is kept waiting."""
        return self._handle(AsteriskCallEvent.DETECTED, verdict, now)

    def on_undetectable(self, now: float) -> list[CallAction]:
        """There is no dialplan for detection: whoever answered hears the message."""
        return self.on_detected("", now)

    def on_talking(self, talking: bool) -> list[CallAction]:
        """The other side begins to talk, or has been silent for QUIET_MS."""
        return self._handle(
            AsteriskCallEvent.TALKING_STARTED if talking else AsteriskCallEvent.TALKING_STOPPED
        )

    def on_playback(self, playback: str, *, failed: bool) -> list[CallAction]:
        """A playback has ended."""
        if playback not in self.playing:
            return []
        self.playing.discard(playback)
        if failed:
            return self._handle(AsteriskCallEvent.PLAYBACK_FAILED)
        self.sound_heard = True
        return [] if self.playing else self._handle(AsteriskCallEvent.ALL_PLAYED)

    def on_key(self, digit: str) -> list[CallAction]:
        self.key_count += 1
        key = self.plan.key_for(digit)
        if key is None or self.key_count > MOST_KEYS:
            return []
        return self._handle(AsteriskCallEvent.KEY_PRESSED, key)

    def on_timer(self, name: str) -> list[CallAction]:
        """A timer that StartTimer asked for."""
        timer, _, number = name.partition(":")
        return self._handle(TIMER_EVENTS[timer], *([int(number)] if number else []))

    def on_failure(self, why: str) -> list[CallAction]:
        """What was asked for could not be done: nobody is left in silence."""
        return self._handle(AsteriskCallEvent.REQUEST_FAILED, why)

    def on_end_request(self, requester: EndRequester) -> None:
        """Somebody ends the call; its channel is not gone yet."""
        if self.end_requester is not EndRequester.US:
            self.end_requester = requester

    def on_transfer_leg(self, *, up: bool) -> list[CallAction]:
        """The number that the call is transferred to has answered, or is gone."""
        return self._handle(AsteriskCallEvent.LEG_ANSWERED if up else AsteriskCallEvent.LEG_ENDED)

    def on_leg_refused(self) -> list[CallAction]:
        """Asterisk refused to dial the transfer's other leg."""
        return self._handle(AsteriskCallEvent.LEG_REFUSED)

    def on_destroyed(
        self,
        cause: int,
        text: str = "",
        sip_code: int | None = None,
        *,
        was_up: bool = False,
        timed_out: bool = False,
    ) -> list[CallAction]:
        """The channel is gone. `was_up` and `timed_out`, where they are not seen from here."""
        channel = EndedChannel(
            cause,
            text,
            sip_code,
            was_up=self.is_up or was_up,
            rang=self.state is CallState.RINGING,
            timed_out=timed_out,
            hung_up=self.end_requester is EndRequester.US,
        )
        return self._handle(AsteriskCallEvent.DESTROYED, channel)

    def _handle(self, event: AsteriskCallEvent, *details: Any) -> list[CallAction]:
        """Do what the table says; what it does not mention in a state changes nothing."""
        handler = EVENT_HANDLERS[event].get(self.state)
        return [] if handler is None else handler(self, *details)

    def _begin_ringing(self) -> list[CallAction]:
        self.state = CallState.RINGING
        return [ReportStatus(S.RINGING, {})]

    def _begin_conversation(self, now: float) -> list[CallAction]:
        if self.is_up:
            return []
        self.answered_at = now
        actions: list[CallAction] = [ReportStatus(S.IN_PROGRESS, {}), StartTimer("limit", self.plan.talk)]
        if self.end_requester is EndRequester.US:
            return [*actions, *self._hang_up()]
        if self.plan.on_machine is OnMachine.AS_HUMAN:
            return actions + self._play_state(CallState.MESSAGE)
        self.state = CallState.DETECTING
        return [*actions, DetectMachine(), StartTimer("detect", self.plan.detect_ms / 1000 + DETECT_GRACE)]

    def _apply_verdict(self, verdict: str, now: float) -> list[CallAction]:
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

    def _hear_greeting(self) -> list[CallAction]:
        self.state = CallState.GREETING
        return []

    def _leave_message(self) -> list[CallAction]:
        return self._play_state(CallState.MACHINE)

    def _give_up_playing(self) -> list[CallAction]:
        """What fails because the call is being ended is no failure."""
        if self.end_requester is not None:
            return []
        self.last_error = "Asterisk could not play the message: it does not find the sound, or not its format"
        self.unplayed = True
        if self.disposition is None and not (self.message_completed or self.sound_heard):
            self.disposition = Disposition.NOT_PLAYED
        return self._hang_up()

    def _complete_message(self) -> list[CallAction]:
        self.message_completed = True
        if self.plan.keys and self.plan.wait > 0:
            self.state = CallState.MENU
            return [StartTimer(f"menu:{self.turn}", self.plan.wait)]
        return self._hang_up()

    def _complete_machine_message(self) -> list[CallAction]:
        self.disposition = Disposition.MACHINE_LEFT
        return self._hang_up()

    def _keep_early_key(self, key: MenuKey) -> list[CallAction]:
        """Heard, and written down; what follows has to wait until the channel is back."""
        if self.key is not None or key.action is KeyAction.REPEAT:
            return []
        self.key = key.digit
        if key.action is KeyAction.OPT_OUT:
            self.disposition = Disposition.OPTED_OUT
        return [self._report_progress()]

    def _give_up_detection(self) -> list[CallAction]:
        self.last_error = "it did not come back from answering machine detection"
        return self._hang_up()

    def _leave_menu(self, turn: int) -> list[CallAction]:
        return self._hang_up() if turn == self.turn else []

    def _give_up(self, why: str) -> list[CallAction]:
        self.last_error = why
        return self._hang_up()

    def _bridge_legs(self) -> list[CallAction]:
        self.state = CallState.BRIDGED
        self.disposition = Disposition.TRANSFERRED
        return [BridgeLegs(), self._report_progress()]

    def _end_late_leg(self) -> list[CallAction]:
        """It answered when nobody is there any more to be connected."""
        return [EndTransferLeg()]

    def _forget_refused_leg(self) -> list[CallAction]:
        """The failure of the request follows, and ends the call."""
        self.state = CallState.WAITING_FOR_LINE
        return []

    def _give_up_transfer(self) -> list[CallAction]:
        self.last_error = "the call could not be transferred"
        return self._end_without_leg()

    def _end_without_leg(self) -> list[CallAction]:
        """The other leg has ended: so does the call. What joined the two goes as well."""
        self.state = CallState.HANGING_UP
        return [HangUp(), EndTransferLeg()]

    def _forget_leg(self) -> list[CallAction]:
        self.state = CallState.HANGING_UP
        return []

    def _end_channel(self, channel: EndedChannel) -> list[CallAction]:
        outcome = decide_outcome(channel)
        if channel.was_up and self.disposition is None:
            self.disposition = Disposition.PLAYED if self.message_completed else Disposition.CUT_SHORT
        details = {
            **self._report_details(),
            "cause": outcome.text if self.last_error is None else f"{outcome.text}; {self.last_error}",
            "q850": channel.cause,
            "sip_code": channel.sip_code,
            "permanent": outcome.permanent,
            "congestion": outcome.congestion,
            "trunk_down": outcome.trunk_down,
            "unplayed": self.unplayed,
        }
        self.final_report = ReportStatus(outcome.status, details)
        has_leg = self.has_transfer_leg
        self.state = CallState.ENDING_TRANSFER_LEG
        return self._end_transfer_leg(0) if has_leg else self._finish_call()

    def _end_transfer_leg(self, times: int) -> list[CallAction]:
        """End the other leg, tried so many times already. What cannot be ended, nor heard to have ended, holds the end
        back no longer than this."""
        times += 1
        return (
            [EndTransferLeg(), StartTimer(f"leg:{times}", END_LEG_AGAIN)]
            if times <= END_LEG_TIMES
            else self._finish_call()
        )

    def _finish_call(self) -> list[CallAction]:
        assert self.final_report is not None
        self.state = CallState.ENDED
        return [self.final_report]

    @property
    def awaits_line(self) -> bool:
        """Whether somebody waits for a line on which they are connected."""
        return self.state is CallState.WAITING_FOR_LINE and self.end_requester is None

    def begin_transfer_leg(self) -> str | None:
        """A line is free, and the other leg is about to be dialed: the note to keep before that. None: it is not to
        be, for nobody waits any more. The same when it is asked again before the request has left."""
        is_connecting = self.state is CallState.CONNECTING and self.end_requester is None
        if not (self.awaits_line or is_connecting):
            return None
        self.state = CallState.CONNECTING
        return self.handover_note()

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
                disposition = stored["disposition"]
                call.disposition = None if disposition is None else Disposition(disposition)
            except (KeyError, TypeError) as error:
                raise ValueError(f"not a call's note: {error!r}") from error
        return call

    def back_to_detection(self, now: float) -> list[CallAction]:
        """Go on with an answered call that is being listened to in the dialplan."""
        self.answered_at = now
        self.state = CallState.DETECTING
        patience = self.plan.detect_ms / 1000 + DETECT_GRACE
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
        over. `leg_state`: the state of the channel that it was transferred to; `bridged`: the two hear each other.
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
        if self.state in (CallState.BEEP, CallState.GREETING):
            return [*actions, StartTimer("quiet", QUIET_FIRST), StartTimer("beep", BEEP_MOST)]
        self.playing = set(playing)
        return actions if playing else actions + self._handle(AsteriskCallEvent.ALL_PLAYED)

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
        if not media:
            return self._handle(AsteriskCallEvent.ALL_PLAYED)
        return [PlayMedia(media, None if first else self.handover_note())]

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
        both_legs = self.has_transfer_leg
        self.state = CallState.HANGING_UP_BOTH_LEGS if both_legs else CallState.HANGING_UP
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


Handler = Callable[..., list[CallAction]]


def _by_state(*rows: tuple[Set[CallState], Handler]) -> dict[CallState, Handler]:
    """The handlers of one event; a later row stands for its states instead of an earlier one."""
    return {state: handler for states, handler in rows for state in states}


Call = AsteriskCall
EVENT_HANDLERS: dict[AsteriskCallEvent, dict[CallState, Handler]] = {
    AsteriskCallEvent.RINGING: _by_state(({CallState.DIALING}, Call._begin_ringing)),
    # In every state: a call that was taken over may be further than this process has seen it.
    AsteriskCallEvent.ANSWERED: _by_state((OPEN_STATES, Call._begin_conversation)),
    AsteriskCallEvent.DETECTED: _by_state(({CallState.DETECTING}, Call._apply_verdict)),
    AsteriskCallEvent.TALKING_STARTED: _by_state(({CallState.BEEP}, Call._hear_greeting)),
    AsteriskCallEvent.TALKING_STOPPED: _by_state(({CallState.BEEP, CallState.GREETING}, Call._leave_message)),
    AsteriskCallEvent.ALL_PLAYED: _by_state(
        (OPEN_STATES, Call._hang_up),
        ({CallState.MESSAGE}, Call._complete_message),
        ({CallState.MACHINE}, Call._complete_machine_message),
    ),
    AsteriskCallEvent.PLAYBACK_FAILED: _by_state((OPEN_STATES, Call._give_up_playing)),
    AsteriskCallEvent.KEY_PRESSED: _by_state(
        ({CallState.MESSAGE, CallState.MENU}, Call._apply_key),
        ({CallState.DETECTING}, Call._keep_early_key),
    ),
    AsteriskCallEvent.LIMIT_REACHED: _by_state((OPEN_STATES, Call._hang_up)),
    AsteriskCallEvent.DETECTION_OVERDUE: _by_state(({CallState.DETECTING}, Call._give_up_detection)),
    AsteriskCallEvent.MENU_OVERDUE: _by_state(({CallState.MENU}, Call._leave_menu)),
    AsteriskCallEvent.QUIET_OVERDUE: _by_state(({CallState.BEEP}, Call._leave_message)),
    AsteriskCallEvent.BEEP_OVERDUE: _by_state(({CallState.BEEP, CallState.GREETING}, Call._leave_message)),
    AsteriskCallEvent.LEG_OVERDUE: _by_state(({CallState.ENDING_TRANSFER_LEG}, Call._end_transfer_leg)),
    AsteriskCallEvent.REQUEST_FAILED: _by_state((OPEN_STATES - HANGING_UP_STATES, Call._give_up)),
    AsteriskCallEvent.LEG_ANSWERED: _by_state(
        ({CallState.CONNECTING}, Call._bridge_legs),
        ((ALL_STATES - OPEN_STATES) | HANGING_UP_STATES, Call._end_late_leg),
    ),
    AsteriskCallEvent.LEG_REFUSED: _by_state(
        ({CallState.CONNECTING}, Call._forget_refused_leg),
        ({CallState.HANGING_UP_BOTH_LEGS}, Call._forget_leg),
        ({CallState.ENDING_TRANSFER_LEG}, Call._finish_call),
    ),
    AsteriskCallEvent.LEG_ENDED: _by_state(
        ({CallState.CONNECTING}, Call._give_up_transfer),
        ({CallState.BRIDGED}, Call._end_without_leg),
        ({CallState.HANGING_UP_BOTH_LEGS}, Call._forget_leg),
        ({CallState.ENDING_TRANSFER_LEG}, Call._finish_call),
    ),
    AsteriskCallEvent.DESTROYED: _by_state((OPEN_STATES, Call._end_channel)),
}
"""Event × state → what the call does. A state that an event does not name lets it pass."""
