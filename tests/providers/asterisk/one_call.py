"""Asterisk call without a channel: a call with a menu, and what its actions say and play."""

from __future__ import annotations

from dataclasses import replace

from campaign_app.domain.script import KeyAction, MenuKey, OnMachine
from campaign_app.providers.asterisk.call import AsteriskCall
from campaign_app.providers.asterisk.call_actions import CallAction, PlayMedia, ReportStatus
from campaign_app.providers.asterisk.playback_plan import PlaybackPlan

KEYS = (
    MenuKey("9", KeyAction.OPT_OUT),
    MenuKey("1", KeyAction.REPEAT),
    MenuKey("2", KeyAction.SURVEY_RESPONSE, "yes"),
    MenuKey("3", KeyAction.TRANSFER, to="700"),
)
SCORE = PlaybackPlan(
    message=("sound:one", "sound:two"),
    machine=("sound:voicemail",),
    confirm=("sound:removed",),
    thanks=("sound:thanks",),
    on_machine=OnMachine.AS_HUMAN,
    keys=KEYS,
    wait=5.0,
    talk=60.0,
    ring=30.0,
    seconds=4.0,
    caller_id="+12125550100",
)


def call(**changes: object) -> AsteriskCall:
    return AsteriskCall("a" * 32, replace(SCORE, **changes))  # type: ignore[arg-type]


def answered(**changes: object) -> AsteriskCall:
    it = call(**changes)
    it.on_ringing()
    it.on_answered(100.0)
    return it


def heard(it: AsteriskCall) -> list[CallAction]:
    """All that plays now comes to its end."""
    actions: list[CallAction] = []
    for playback in sorted(it.playing):
        actions += it.on_playback(playback, failed=False)
    return actions


def kinds(actions: list[CallAction]) -> list[type]:
    return [type(action) for action in actions]


def media(actions: list[CallAction]) -> list[str]:
    return [uri for action in actions if isinstance(action, PlayMedia) for uri in action.media.values()]


def last(actions: list[CallAction]) -> dict[str, object]:
    return next(action.details for action in reversed(actions) if isinstance(action, ReportStatus))
