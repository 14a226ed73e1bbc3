"""What will be played is made before the permit; what cannot be made is not dialed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest
from sqlalchemy import update

from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.script import SayText, Segment
from campaign_app.models import Trunk
from campaign_app.providers.base import ProviderUnavailable
from tests.engine.world import World, phones

MESSAGE = {"text": "Hello {name}.", "keys": [{"digit": "9", "action": "opt-out"}]}


class Voice:
    """Says everything but what it is told not to."""

    def __init__(self) -> None:
        self.asked: list[Segment] = []
        self.mute: set[str] = set()

    def __call__(self, segments: Iterable[Segment]) -> Mapping[Segment, Exception]:
        wanted = list(segments)
        self.asked += wanted
        return {
            part: ValueError("it renders empty")
            for part in wanted
            if isinstance(part, SayText) and part.text in self.mute
        }


@pytest.fixture
def voice(world: World) -> Voice:
    world.provider._caps = type(world.provider.caps)(blocking=False, horizon=600, needs_audio=True)
    world.state.render_audio = Voice()
    return world.state.render_audio


def campaign(world: World, count: int = 2) -> int:
    campaign_id = world.campaign(0, message=MESSAGE, max_concurrent_calls=100)
    world.add(
        campaign_id,
        [{"phone": phone, "variables": {"name": f"N{place}"}} for place, phone in enumerate(phones(count))],
    )
    world.act(campaign_id, "start")
    return campaign_id


def test_everything_is_rendered_before_the_call(world: World, voice: Voice) -> None:
    world.provider.before_answer = lambda dial: seen.append(
        set(voice.asked) >= set(dial.script.all_segments())
    )
    seen: list[bool] = []
    campaign(world)
    world.tick()
    assert seen == [True, True]


def test_what_cannot_be_spoken_is_put_off_and_the_campaign_says_why(world: World, voice: Voice) -> None:
    voice.mute.add("Hello N0.")
    campaign_id = campaign(world)
    world.tick()
    first, second = phones(2)
    assert [dial.to for dial in world.provider.asked] == [second]
    assert world.attempt(first).status == "released"
    assert world.contact(first).tries == 0
    assert "it renders empty" in (world.row(campaign_id).last_error or "")
    voice.mute.clear()
    world.clock.move(61)
    world.tick()
    assert world.attempt(first).status == "queued"


def test_nobody_is_called_before_the_carrier_has_proved_their_sounds(world: World) -> None:
    bad, tried = "Hello N0.", list[Segment]()

    def find_unplayable(segments: Iterable[Segment]) -> Mapping[Segment, str]:
        if world.provider.away:
            raise ProviderUnavailable(world.provider.away)
        tried.extend(segments)
        return {part: "no such file" for part in tried if isinstance(part, SayText) and part.text == bad}

    world.provider.find_unplayable = find_unplayable  # type: ignore[attr-defined]
    world.provider.before_answer = lambda dial: seen.append(set(tried) >= set(dial.script.all_segments()))
    seen: list[bool] = []
    world.provider.away = "Asterisk cannot be reached"
    campaign_id = campaign(world)
    world.tick()
    assert world.provider.asked == [], "what could not be tried is not proved"
    assert "Asterisk cannot be reached" in (world.row(campaign_id).last_error or "")
    world.provider.away = None
    world.clock.move(61)
    world.tick()
    first, second = phones(2)
    assert [dial.to for dial in world.provider.asked] == [second]
    attempt = world.attempt(first)
    assert (attempt.status, attempt.cause) == ("released", "its message cannot be played: no such file")
    assert world.contact(first).tries == 0
    bad = ""
    world.clock.move(61)
    world.tick()
    assert world.attempt(first).status == "queued"
    assert seen == [True, True]


def test_a_claim_is_no_larger_than_can_be_rendered_in_time(world: World, voice: Voice) -> None:
    campaign(world, 45)
    sizes: list[int] = []
    speak = voice.__call__
    world.state.render_audio = lambda segments: (
        sizes.append(len(set(wanted := list(segments)))) or speak(wanted)
    )
    world.tick()
    world.tick()
    assert max(sizes) == 21


def test_a_recording_that_is_not_there_is_refused(world: World) -> None:
    with pytest.raises(InvalidInput, match="no such recording"):
        world.campaign(0, message={"recording": "0" * 64})


def test_what_the_trunk_may_not_do_is_told_with_a_recording_that_is_not_there(world: World) -> None:
    with world.session() as session:
        session.execute(update(Trunk).values(caller_ids=["+33140000001"]))
    with pytest.raises(InvalidInput) as refused:
        world.campaign(0, message={"recording": "0" * 64}, caller_id="+33140000002")
    assert [error.field for error in refused.value.errors] == ["message.recording", "caller_id"]
