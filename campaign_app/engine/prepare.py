"""Preparation of audio: what a callee will hear is rendered, and proved to be playable, before the permit, so that
nobody answers into silence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from campaign_app import transaction
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.script import CallScript, Segment
from campaign_app.domain.settlement import SourcedUpdate, make_release_updates
from campaign_app.providers.base import ProvesSounds, Provider, ProviderUnavailable
from campaign_app.queries.claim import ClaimedAttempt
from campaign_app.services.call_scripts import build_claimed_script
from campaign_app.services.calls.settle import apply_updates

from . import failures
from .context import EngineContext, log

AGAIN_AFTER = 60.0
"""Seconds until a contact is due again whose words could not be made: somebody has to see it first."""


def keep_playable(
    engine: EngineContext, provider: Provider, attempts: Sequence[ClaimedAttempt]
) -> list[ClaimedAttempt]:
    """Those of the attempts that can be played. The others go back, cost nothing, and their campaign says why."""
    renders = provider.caps.needs_audio and engine.render_audio is not None
    # Not isinstance: that takes 9 µs for a provider without it, each batch.
    if not renders and not hasattr(provider, "find_unplayable"):
        return list(attempts)
    scripts = {
        attempt.id: script for attempt in attempts if (script := _try_call_script(attempt)) is not None
    }
    segments = dict.fromkeys(segment for script in scripts.values() for segment in script.all_segments())
    render_errors = _find_silent(engine, provider, list(segments))
    if not render_errors:
        return list(attempts)
    playable: list[ClaimedAttempt] = []
    release_reports: list[SourcedUpdate] = []
    errors_by_campaign: dict[int, str] = {}
    now = engine.clock.now()
    for attempt in attempts:
        script = scripts.get(attempt.id)
        error = (
            next((render_errors[part] for part in script.all_segments() if part in render_errors), None)
            if script
            else None
        )
        if error is None:
            playable.append(attempt)
            continue
        text = f"its message cannot be played: {error}"
        release_reports += make_release_updates([attempt.token], text, now, again_after=AGAIN_AFTER)
        if attempt.campaign_id is not None:
            errors_by_campaign[attempt.campaign_id] = text
    log.warning(
        "%s calls were put off: %s", len(release_reports), next(iter(errors_by_campaign.values()), "no sound")
    )
    with transaction.begin_write(engine.db) as connection:
        apply_updates(connection, release_reports, now=now, rng=engine.rng)
        for campaign_id, text in sorted(errors_by_campaign.items()):
            failures.record_campaign_error(connection, campaign_id, text, now)
    return playable


def _find_silent(
    engine: EngineContext, provider: Provider, segments: Sequence[Segment]
) -> Mapping[Segment, Exception | str]:
    """What could not be rendered, or cannot be played, and why. Where nothing could be tried, nothing is proved."""
    errors: dict[Segment, Exception | str] = {}
    if provider.caps.needs_audio and engine.render_audio is not None:
        errors.update(engine.render_audio(segments))
    if isinstance(provider, ProvesSounds):
        rendered = [segment for segment in segments if segment not in errors]
        try:
            errors.update(provider.find_unplayable(rendered))
        except ProviderUnavailable as error:
            errors.update(dict.fromkeys(rendered, f"its sounds could not be tried: {error}"))
    return errors


def _try_call_script(attempt: ClaimedAttempt) -> CallScript | None:
    """None for a message that cannot be read: placing it says so, after the permit, where a call can fail."""
    try:
        return build_claimed_script(attempt)
    except (InvalidInput, ValueError):
        return None
