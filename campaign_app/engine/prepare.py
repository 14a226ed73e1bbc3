"""Prepare: what a callee will hear is made before the permit, so that nobody answers into silence."""

from __future__ import annotations

from collections.abc import Sequence

from campaign_app import transaction
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.script import CallScript
from campaign_app.queries.claim import Claimed
from campaign_app.services.settle import Report, released, settle

from . import trouble
from .state import EngineState, log

AGAIN_AFTER = 60.0
"""Seconds until a contact is due again whose words could not be made: somebody has to see it first."""


def with_sound(engine: EngineState, attempts: Sequence[Claimed]) -> list[Claimed]:
    """Those of the attempts that can be played. The others go back, cost nothing, and their campaign says why."""
    if engine.audio is None:
        return list(attempts)
    scripts = {attempt.id: script for attempt in attempts if (script := _script(attempt)) is not None}
    mute = engine.audio(segment for script in scripts.values() for segment in script.all_segments())
    if not mute:
        return list(attempts)
    sound: list[Claimed] = []
    back: list[Report] = []
    troubles: dict[int, str] = {}
    now = engine.clock.now()
    for attempt in attempts:
        script = scripts.get(attempt.id)
        why = next((mute[part] for part in script.all_segments() if part in mute), None) if script else None
        if why is None:
            sound.append(attempt)
            continue
        text = f"its message cannot be played: {why}"
        back += released([attempt.token], text, now, again_after=AGAIN_AFTER)
        if attempt.campaign_id is not None:
            troubles[attempt.campaign_id] = text
    log.warning("%s calls were put off: %s", len(back), next(iter(troubles.values()), "no sound"))
    with transaction.write(engine.db) as connection:
        settle(connection, back, now=now, rng=engine.rng)
        for campaign_id, text in sorted(troubles.items()):
            trouble.note(connection, campaign_id, text, now)
    return sound


def _script(attempt: Claimed) -> CallScript | None:
    """None for a message that cannot be read: placing it says so, after the permit, where a call can fail."""
    try:
        return attempt.spoken()
    except (InvalidInput, ValueError):
        return None
