"""Call states: the states of a call on Asterisk.

dialing → ringing → detecting → message → menu → leaving     a person
                  ↘ beep → greeting → machine → leaving      an answering machine
message, menu → confirm | thanks → leaving                   a key that ends the call
              → waiting → connecting → bridged → leaving     a transfer: for a line, for the other leg
any → parting → over                                         the callee is gone, the other leg not yet

Which event does what in which state is one table: `EVENT_HANDLERS` in `call.py`.
"""

from __future__ import annotations

from enum import StrEnum


class CallState(StrEnum):
    """The values travel in the notes on channels: another process of another version reads them."""

    DIALING = "dialing"
    """Placed; nothing was heard of it yet."""
    RINGING = "ringing"
    """The callee's phone rings."""
    DETECTING = "detecting"
    """Answered; the dialplan listens for a person or a machine."""
    MESSAGE = "message"
    """The message plays. Keys count."""
    MENU = "menu"
    """The message was heard to its end; the call waits for a key."""
    BEEP = "beep"
    """A machine answered; nothing was heard of its greeting since."""
    GREETING = "greeting"
    """A machine's greeting is heard to go on; the message waits for its end."""
    MACHINE = "machine"
    """The message for machines plays."""
    CONFIRM = "confirm"
    """The callee pressed the opt-out key and hears that they are not called again."""
    THANKS = "thanks"
    """The callee answered a survey and is thanked."""
    WAITING_FOR_LINE = "waiting"
    """The callee asked to be connected; no line is free for the other leg yet."""
    CONNECTING = "connecting"
    """The transfer's other leg is being dialed."""
    BRIDGED = "bridged"
    """The callee and the transfer's other leg hear each other."""
    HANGING_UP = "leaving"
    """Asterisk was asked to end the callee's channel; no other leg is up."""
    HANGING_UP_BOTH_LEGS = "leaving-both"
    """Asterisk was asked to end the callee's channel; the other leg is still up."""
    ENDING_TRANSFER_LEG = "parting"
    """The callee's channel is gone; the other leg is being ended, and the end is reported when it is."""
    ENDED = "over"
    """Reported; nothing happens any more."""


class AsteriskCallEvent(StrEnum):
    """What a call hears: of Asterisk, of its own timers, of the call manager."""

    RINGING = "ringing"
    """The callee's phone rings."""
    ANSWERED = "answered"
    """Somebody answered, and the channel is ours."""
    DETECTED = "detected"
    """The dialplan said who answered, or that it cannot tell."""
    TALKING_STARTED = "talking-started"
    """The other side began to talk."""
    TALKING_STOPPED = "talking-stopped"
    """The other side has been silent for QUIET_MS."""
    ALL_PLAYED = "all-played"
    """Everything that the state plays was heard."""
    PLAYBACK_FAILED = "playback-failed"
    """Asterisk could not play a sound, or not to its end."""
    KEY_PRESSED = "key-pressed"
    """The callee pressed a key of the menu."""
    LIMIT_REACHED = "limit"
    """The longest duration of a call is over."""
    DETECTION_OVERDUE = "detect"
    """The call did not come back from detection."""
    MENU_OVERDUE = "menu"
    """No key was pressed in time."""
    QUIET_OVERDUE = "quiet"
    """No greeting was heard to go on."""
    BEEP_OVERDUE = "beep"
    """The greeting has lasted too long to wait for its end."""
    LEG_OVERDUE = "leg"
    """The other leg was to be ended, and was not heard to be."""
    REQUEST_FAILED = "request-failed"
    """Asterisk could not be told what to do."""
    LEG_ANSWERED = "leg-answered"
    """The number that the call is transferred to has answered."""
    LEG_REFUSED = "leg-refused"
    """Asterisk refused to dial the other leg: there is none."""
    LEG_ENDED = "leg-ended"
    """The other leg is gone."""
    DESTROYED = "destroyed"
    """The callee's channel is gone."""


TIMER_EVENTS = {
    event.value: event
    for event in (
        AsteriskCallEvent.LIMIT_REACHED,
        AsteriskCallEvent.DETECTION_OVERDUE,
        AsteriskCallEvent.MENU_OVERDUE,
        AsteriskCallEvent.QUIET_OVERDUE,
        AsteriskCallEvent.BEEP_OVERDUE,
        AsteriskCallEvent.LEG_OVERDUE,
    )
}
"""By the name of the timer, which may carry a number: `menu:2` is the menu's of the third turn."""


class EndRequester(StrEnum):
    """Who asked for the call's end, before the channel is gone."""

    US = "us"
    CALLEE = "callee"


ALL_STATES = frozenset(CallState)
OPEN_STATES = ALL_STATES - {CallState.ENDING_TRANSFER_LEG, CallState.ENDED}
"""The callee's channel is there, or will be."""
HANGING_UP_STATES = frozenset({CallState.HANGING_UP, CallState.HANGING_UP_BOTH_LEGS})
LEG_STATES = frozenset(
    {
        CallState.CONNECTING,
        CallState.BRIDGED,
        CallState.HANGING_UP_BOTH_LEGS,
        CallState.ENDING_TRANSFER_LEG,
    }
)
"""Another channel has to be ended with the call."""
