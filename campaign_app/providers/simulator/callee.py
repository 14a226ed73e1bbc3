"""Simulated callee: what one hears and presses, by a script small enough for a line of the ledger.

Any process works out from that line how the call goes on, so what the callee does must be in it, too.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from campaign_app.domain.script import (
    CallScript,
    KeyAction,
    MachineDetection,
    MenuKey,
    OnMachine,
    SayText,
    Segment,
)

LETTER_BY_ACTION = {action: action.value[0] for action in KeyAction}
ACTION_BY_LETTER = {letter: action for action, letter in LETTER_BY_ACTION.items()}
SECONDS_PER_CHARACTER = 1 / 15
"""Seconds: an unhurried voice says 150 words a minute."""
LEAD_IN_SECONDS = 1.0
"""Seconds before anything is said."""
RECORDING_SECONDS = 20.0
"""Seconds: the carrier knows a recording by its name only."""
OPT_OUT_SHARE, REPEAT_SHARE, TRANSFER_SHARE, RESPONSE_SHARE = 0.01, 0.05, 0.08, 0.65
"""Of those who hear a message with such keys to its end, the share that presses one; the rest press nothing."""


class ScriptTimings(NamedTuple):
    """Seconds of speech, and the menu. The order is that of the ledger's text."""

    message: float = 0.0
    machine: float = 0.0
    confirm: float = 0.0
    thanks: float = 0.0
    on_machine: OnMachine = OnMachine.AS_HUMAN
    keys: tuple[tuple[str, KeyAction], ...] = ()
    detection: MachineDetection = MachineDetection.BALANCED

    def action_for(self, digit: str) -> KeyAction | None:
        return next((action for key, action in self.keys if key == digit), None)

    def choose_key(self, draw: float) -> str | None:
        """The key that `draw`, in [0, 1), presses: of the survey's answers, the earlier are the likelier."""
        for action, share in (
            (KeyAction.OPT_OUT, OPT_OUT_SHARE),
            (KeyAction.REPEAT, REPEAT_SHARE),
            (KeyAction.TRANSFER, TRANSFER_SHARE),
            (KeyAction.SURVEY_RESPONSE, RESPONSE_SHARE),
        ):
            digits = [digit for digit, key_action in self.keys if key_action is action]
            weights = [1 / place for place in range(1, len(digits) + 1)]
            for digit, weight in zip(digits, weights, strict=True):
                draw -= share * weight / sum(weights)
                if draw < 0:
                    return digit
        return None


UNKNOWN_SCRIPT = ScriptTimings()
"""Of a line that older versions wrote."""


@lru_cache(maxsize=4096)
def encode_script(script: CallScript, detection: MachineDetection = MachineDetection.BALANCED) -> str:
    """The script as the ledger has it: `3.4 0 3.7 2.3 leave-message 9o1a2a`, or `leave-message/fast` where machines
    are looked for in another way than usual."""
    parts = (script.message, script.machine, script.confirm_opt_out, script.thanks)
    seconds = " ".join(f"{_speech_seconds(part):.3g}" for part in parts)
    pace = "" if detection is MachineDetection.BALANCED else f"/{detection.value}"
    return f"{seconds} {script.on_machine.value}{pace} {_encode_menu(script.keys)}".rstrip()


@lru_cache(maxsize=1024)
def decode_script(text: str | None) -> ScriptTimings:
    """The inverse of `written`; UNKNOWN for what is none."""
    if text is None:
        return UNKNOWN_SCRIPT
    try:
        message, machine, confirm, thanks, policy, *menu = text.split(" ")
        on_machine, _, detection = policy.partition("/")
        pairs = menu[0] if menu else ""
        keys = [
            (digit, ACTION_BY_LETTER[letter]) for digit, letter in zip(pairs[::2], pairs[1::2], strict=True)
        ]
        return ScriptTimings(
            float(message),
            float(machine),
            float(confirm),
            float(thanks),
            OnMachine(on_machine),
            tuple(keys),
            MachineDetection(detection or MachineDetection.BALANCED),
        )
    except (ValueError, KeyError):
        return UNKNOWN_SCRIPT


def _speech_seconds(segments: tuple[Segment, ...]) -> float:
    if not segments:
        return 0.0
    segment_seconds = (
        len(segment.text) * SECONDS_PER_CHARACTER if isinstance(segment, SayText) else RECORDING_SECONDS
        for segment in segments
    )
    return LEAD_IN_SECONDS + sum(segment_seconds)


def _encode_menu(keys: tuple[MenuKey, ...]) -> str:
    return "".join(key.digit + LETTER_BY_ACTION[key.action] for key in keys)
