"""Where a call on Asterisk stands.

dialing → detecting → message → menu → leaving          a person
                    ↘ beep → machine → leaving          an answering machine
message, menu → confirm | thanks → leaving              a key that ends the call
              → waiting → connecting → bridged → leaving   a transfer: for a line, for the other leg
any → parting → over                                    the callee is gone, the other leg not yet
"""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    DIALING = "dialing"
    DETECTING = "detecting"
    MESSAGE = "message"
    MENU = "menu"
    BEEP = "beep"
    MACHINE = "machine"
    CONFIRM = "confirm"
    THANKS = "thanks"
    WAITING = "waiting"
    CONNECTING = "connecting"
    BRIDGED = "bridged"
    LEAVING = "leaving"
    PARTING = "parting"
    OVER = "over"


LISTENING = frozenset({Stage.MESSAGE, Stage.MENU})
"""Where keys are heard."""
