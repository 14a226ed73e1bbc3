"""Playback plan: a call script as a channel carries it, with audio by the names that Asterisk knows.

So a call outlives the process that placed it: whoever takes the application over reads from the channel what is still
to be done.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from campaign_app.domain.script import KeyAction, MachineDetection, MenuKey, OnMachine, Segment
from campaign_app.providers.base import DialRequest

PLAN_VARIABLE = "SWITCHBOARD_SCORE"
DETECT_MS = {MachineDetection.FAST: 1200, MachineDetection.BALANCED: 1900, MachineDetection.CAREFUL: 3500}
"""How long Asterisk may listen before somebody hears the message; balanced, nobody waits for more than 2 s."""


@dataclass(frozen=True, slots=True)
class PlaybackPlan:
    """Media URIs to play, in order; times in seconds. `seconds` is how long the message lasts."""

    message: tuple[str, ...]
    machine: tuple[str, ...]
    confirm: tuple[str, ...]
    thanks: tuple[str, ...]
    on_machine: OnMachine
    keys: tuple[MenuKey, ...]
    wait: float
    talk: float
    ring: float
    seconds: float
    caller_id: str | None = None
    detect_ms: int = DETECT_MS[MachineDetection.BALANCED]
    """How long AMD listens at most."""

    def key_for(self, digit: str) -> MenuKey | None:
        return next((key for key in self.keys if key.digit == digit), None)

    def to_json(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @staticmethod
    def from_json(text: str) -> PlaybackPlan:
        """Raises ValueError where it is not one that `dumps` wrote."""
        try:
            stored: dict[str, Any] = json.loads(text)
            return PlaybackPlan(
                message=tuple(stored["message"]),
                machine=tuple(stored["machine"]),
                confirm=tuple(stored["confirm"]),
                thanks=tuple(stored["thanks"]),
                on_machine=OnMachine(stored["on_machine"]),
                keys=tuple(MenuKey(**{**key, "action": KeyAction(key["action"])}) for key in stored["keys"]),
                wait=float(stored["wait"]),
                talk=float(stored["talk"]),
                ring=float(stored["ring"]),
                seconds=float(stored["seconds"]),
                caller_id=stored["caller_id"],
                # Channels that an older version placed have none.
                detect_ms=int(stored.get("detect_ms", DETECT_MS[MachineDetection.BALANCED])),
            )
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a score: {error!r}") from error


def write_plan(
    dial: DialRequest,
    put_segment: Callable[[Segment], tuple[str, float]],
    *,
    ring_most: float,
    talk_most: float,
) -> PlaybackPlan:
    """The score of a dial. `put` makes a segment playable: its media URI and its seconds; what it raises passes."""

    def media_uris(segments: tuple[Segment, ...]) -> tuple[str, ...]:
        return tuple(put_segment(segment)[0] for segment in segments)

    script = dial.script
    return PlaybackPlan(
        message=media_uris(script.message),
        machine=media_uris(script.machine),
        confirm=media_uris(script.confirm_opt_out),
        thanks=media_uris(script.thanks),
        on_machine=script.on_machine,
        keys=script.keys,
        wait=script.wait,
        talk=min(dial.max_duration, talk_most),
        ring=min(dial.ring_timeout, ring_most),
        seconds=sum(put_segment(segment)[1] for segment in script.message),
        caller_id=dial.caller_id,
        detect_ms=DETECT_MS.get(dial.detection, DETECT_MS[MachineDetection.BALANCED]),
    )
