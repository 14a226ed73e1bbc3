"""Call states: the states of a call on Asterisk.

dialing → detecting → message → menu → leaving          a person
                    ↘ beep → machine → leaving          an answering machine
message, menu → confirm | thanks → leaving              a key that ends the call
              → waiting → connecting → bridged → leaving   a transfer: for a line, for the other leg
any → parting → over                                    the callee is gone, the other leg not yet
"""

from __future__ import annotations

from enum import StrEnum


class CallState(StrEnum):
    DIALING = "dialing"
    DETECTING = "detecting"
    MESSAGE = "message"
    MENU = "menu"
    BEEP = "beep"
    MACHINE = "machine"
    CONFIRM = "confirm"
    THANKS = "thanks"
    WAITING_FOR_LINE = "waiting"
    CONNECTING = "connecting"
    BRIDGED = "bridged"
    HANGING_UP = "leaving"
    ENDING_TRANSFER_LEG = "parting"
    ENDED = "over"


KEY_STATES = frozenset({CallState.MESSAGE, CallState.MENU})
"""Where keys are heard."""
