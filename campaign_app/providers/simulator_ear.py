"""What a simulated callee may hear and press: a script as small as a line of the ledger can carry it.

Any process works out from that line how the call goes on, so what the callee does must be in it, too.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from campaign_app.domain.script import MenuKey, KeyAction, OnMachine, SayText, CallScript, Segment

LETTERS = {action: action.value[0] for action in KeyAction}
ACTIONS = {letter: action for action, letter in LETTERS.items()}
A_CHARACTER = 1 / 15
"""Seconds: an unhurried voice says 150 words a minute."""
A_BREATH = 1.0
"""Seconds before anything is said."""
A_RECORDING = 20.0
"""Seconds: the carrier knows a recording by its name only."""
OPT_OUT, REPEAT, TRANSFER, ANSWER = 0.01, 0.05, 0.08, 0.65
"""Of those who hear a message with such keys to its end, the share that presses one; the rest press nothing."""


class Heard(NamedTuple):
    """Seconds of speech, and the menu. The order is that of the ledger's text."""

    message: float = 0.0
    machine: float = 0.0
    confirm: float = 0.0
    thanks: float = 0.0
    on_machine: OnMachine = OnMachine.AS_HUMAN
    keys: tuple[tuple[str, KeyAction], ...] = ()

    def action(self, digit: str) -> KeyAction | None:
        return next((action for key, action in self.keys if key == digit), None)

    def chosen(self, draw: float) -> str | None:
        """The key that `draw`, in [0, 1), presses: of the survey's answers, the earlier are the likelier."""
        for action, share in (
            (KeyAction.OPT_OUT, OPT_OUT),
            (KeyAction.REPEAT, REPEAT),
            (KeyAction.TRANSFER, TRANSFER),
            (KeyAction.SURVEY_RESPONSE, ANSWER),
        ):
            digits = [digit for digit, does in self.keys if does is action]
            weights = [1 / place for place in range(1, len(digits) + 1)]
            for digit, weight in zip(digits, weights, strict=True):
                draw -= share * weight / sum(weights)
                if draw < 0:
                    return digit
        return None


UNKNOWN = Heard()
"""Of a line that older versions wrote."""


@lru_cache(maxsize=4096)
def written(script: CallScript) -> str:
    """The script as the ledger has it: `3.4 0 3.7 2.3 leave-message 9o1a2a`."""
    parts = (script.message, script.machine, script.confirm_opt_out, script.thanks)
    seconds = " ".join(f"{_seconds(part):.3g}" for part in parts)
    return f"{seconds} {script.on_machine.value} {_menu(script.keys)}".rstrip()


@lru_cache(maxsize=1024)
def read(text: str | None) -> Heard:
    """The inverse of `written`; UNKNOWN for what is none."""
    if text is None:
        return UNKNOWN
    try:
        message, machine, confirm, thanks, on_machine, *menu = text.split(" ")
        pairs = menu[0] if menu else ""
        keys = [(digit, ACTIONS[letter]) for digit, letter in zip(pairs[::2], pairs[1::2], strict=True)]
        return Heard(
            float(message),
            float(machine),
            float(confirm),
            float(thanks),
            OnMachine(on_machine),
            tuple(keys),
        )
    except (ValueError, KeyError):
        return UNKNOWN


def _seconds(segments: tuple[Segment, ...]) -> float:
    if not segments:
        return 0.0
    each = (len(one.text) * A_CHARACTER if isinstance(one, SayText) else A_RECORDING for one in segments)
    return A_BREATH + sum(each)


def _menu(keys: tuple[MenuKey, ...]) -> str:
    return "".join(key.digit + LETTERS[key.action] for key in keys)
