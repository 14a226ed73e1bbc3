"""A database that is put back where no journal knows it dials nobody before a person has been asked."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from campaign_app.domain.errors import StateConflict
from campaign_app.engine.rollback_guard import RollbackGuard
from campaign_app.providers.base import ListedCall, PlacedListing
from campaign_app.queries import recovery as recovery_queries
from campaign_app.services import recovery
from tests.engine.fakes import ScriptedProvider
from tests.engine.world import BY, World, phones
from tests.support.clock import FakeClock


class ListingProvider(ScriptedProvider):
    """Its provider remembers what was placed; with `gap` not all of it, with `tokens` false none of our names."""

    gap: str | None = None
    tokens = True
    listed_since: datetime | None = None

    def list_placed(self, since: datetime) -> PlacedListing:
        self.listed_since = since
        calls = [
            ListedCall(
                dial.token if self.tokens else None, f"ref-{dial.token[-8:]}", dial.to, self._clock.now()
            )
            for dial in self.placed
        ]
        return PlacedListing(() if self.gap else calls, self.gap)


class Place:
    """A world, a folder for its journal, and what happens to both."""

    def __init__(self, url: str, tmp_path: Path) -> None:
        self.clock = FakeClock()
        self.tmp_path = tmp_path
        self.world = World(url, self.clock)
        self.provider = ListingProvider(self.clock)
        self.world.providers[self.world.trunk_id] = self.provider
        self.start("here")
        self.world.tick()

    def start(self, folder: str, name: str = "engine-1") -> None:
        """An engine of this name starts with this folder."""
        (self.tmp_path / folder).mkdir(exist_ok=True)
        engine = self.world.new_engine(name)
        engine.context.rollback_guard = RollbackGuard(
            self.world.db, self.tmp_path / folder, f"host-{folder}", name
        )

    def dial(self, **fields: Any) -> int:
        """A campaign of 6, of which 2 have been called as far as the database knows."""
        campaign_id = self.world.campaign(6, max_concurrent_calls=2, **fields)
        assert self.world.tick().placed == 2
        self.provider.end_all()
        self.clock.move(60)
        return campaign_id

    def doubt(self) -> recovery.RestoreDoubt | None:
        with self.world.session() as session:
            quarantine = recovery.get_quarantine(session)
        return None if quarantine is None else quarantine.doubt

    def run(self) -> None:
        with self.world.session() as session:
            recovery.request_recovery(session, actor=BY, now=self.clock.now())
        self.world.tick(2)

    def release(self) -> None:
        with self.world.session() as session:
            recovery.release_quarantine(session, actor=BY, now=self.clock.now())


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Any:
    place = Place(database_url, tmp_path)
    yield place
    place.world.check()
    place.world.close()


@pytest.mark.parametrize("tokens", [True, False])
def test_a_fresh_folder_asks_and_the_provider_tells_what_was_placed(place: Place, tokens: bool) -> None:
    campaign_id = place.dial()
    world = place.world
    # What its callbacks tell goes to the place that is gone.
    place.provider.deaf = not tokens
    alive_at = place.clock.now() - timedelta(seconds=60)
    # Two more were called, which the copy does not know.
    lost = [item for item in phones(6) if item not in {dial.to for dial in place.provider.placed}][:2]
    for number, phone in enumerate(lost):
        place.provider.place(_dial(place, phone, number))
    place.provider.tokens = tokens
    place.start("elsewhere")
    assert world.tick().placed == 0
    doubt = place.doubt()
    assert doubt is not None
    assert (doubt.why, doubt.alive_at, doubt.waiting) == ("missing", alive_at, ("simulator",))
    with pytest.raises(StateConflict, match="it is not known yet what simulator placed since"):
        place.release()
    place.run()
    assert place.provider.listed_since == alive_at - timedelta(minutes=2)
    doubt = place.doubt()
    assert doubt is not None
    [answer] = doubt.answers
    assert (answer.told, answer.unknown, answer.gap) == (4, 2, None)
    assert {a.phone for a in world.attempts(campaign_id)} == {*lost, *(d.to for d in place.provider.placed)}
    assert len(world.attempts(campaign_id)) == 4
    place.release()
    place.clock.move(700)
    world.tick(3)
    place.provider.end_all()
    world.tick()
    rung = [dial.to for dial in place.provider.placed]
    assert sorted(rung) == phones(6), "nobody twice"
    place.start("elsewhere")
    world.tick()
    assert place.doubt() is None, "the folder is known now"


def _dial(place: Place, phone: str, number: int) -> Any:
    from campaign_app.providers.base import DialRequest

    script = place.provider.placed[0].script
    milliseconds = int(place.clock.now().timestamp() * 1000)
    return DialRequest(f"{milliseconds:012x}{number:020x}", phone, None, script)


def test_whom_no_provider_can_tell_of_is_held_back_as_long_as_the_caps_say(place: Place) -> None:
    campaign_id = place.dial(caps=[{"most": 1, "per_hours": 5}])
    place.provider.gap = "it forgot"
    place.start("elsewhere")
    place.world.tick()
    noticed_at = place.clock.now()
    place.run()
    place.release()
    [reason] = [one for one in place.world.reasons(campaign_id) if one.code == "held-back"]
    assert reason.contacts == 4
    assert reason.until is not None
    held = reason.until - noticed_at
    # A state's rules may ask for more than the campaign.
    assert held >= timedelta(hours=5)
    place.clock.move(held.total_seconds() - 60)
    assert place.world.tick(3).placed == 0
    place.clock.move(60)
    assert place.world.tick().placed == 2


def test_a_copied_folder_is_no_folder_that_is_known(place: Place) -> None:
    place.dial()
    shutil.copytree(place.tmp_path / "here", place.tmp_path / "copy", copy_function=shutil.copy2)
    place.start("copy")
    assert place.world.tick().placed == 0
    doubt = place.doubt()
    assert doubt is not None
    assert doubt.why == "copied"
    place.run()
    place.release()
    assert place.world.tick().placed == 2


def test_an_older_or_missing_journal_is_noticed(place: Place) -> None:
    place.dial()
    [journal] = (place.tmp_path / "here").glob("dialled-*.journal")
    old = journal.read_bytes()
    place.world.tick()
    place.provider.end_all()
    place.start("here")
    place.world.tick()
    assert place.doubt() is None, "a start like any other"
    journal.write_bytes(old)
    place.start("here")
    place.world.tick()
    doubt = place.doubt()
    assert doubt is not None
    assert doubt.why == "older"
    place.run()
    place.release()
    place.world.tick(2)


def test_an_engine_on_one_more_machine_is_vouched_for_by_one_that_runs(place: Place) -> None:
    place.dial()
    assert place.world.tick().placed == 2
    place.start("second", "engine-2")
    second = place.world.new_engine("engine-2")
    assert second.tick().placed == 0, "not before somebody knows it"
    assert place.doubt() is None
    assert place.world.tick().placed == 0, "its lines are full; it only vouches"
    place.provider.end_all()
    place.clock.move(1)
    assert second.tick().placed == 2, "it dials within a tick"
    assert place.doubt() is None

    place.start("third", "engine-3")
    third = place.world.new_engine("engine-3")
    third.tick()
    place.clock.move(16)
    third.tick()
    doubt = place.doubt()
    assert doubt is not None, "nobody said so"
    place.run()
    place.release()


def test_a_new_web_host_waits_for_the_first_engine_to_know_the_database_or_to_ask(place: Place) -> None:
    place.dial()

    def start_web(folder: str) -> RollbackGuard:
        (place.tmp_path / folder).mkdir()
        return RollbackGuard(place.world.db, place.tmp_path / folder, f"host-{folder}", "web", dials=False)

    web = start_web("web")
    place.clock.move(3600)
    for _ in range(2):
        assert not web.check_not_rolled_back(place.clock.now())
        place.clock.move(16)
    assert place.doubt() is None, "nobody was asked: no engine has started yet"
    place.start("here")
    assert place.world.tick().placed == 2
    assert web.check_not_rolled_back(place.clock.now())
    web.close()

    # Put back on a fresh machine, where the web process is there first and shares the engine's folder.
    place.provider.end_all()
    fresh = start_web("fresh")
    alive_at = place.clock.now()
    place.clock.move(3600)
    assert not fresh.check_not_rolled_back(place.clock.now())
    fresh.close()
    place.clock.move(60)
    place.start("fresh")
    assert place.world.tick().placed == 0
    doubt = place.doubt()
    assert doubt is not None
    assert (doubt.why, doubt.alive_at) == ("missing", alive_at)
    place.run()
    place.release()


@pytest.mark.postgres_only
@pytest.mark.parametrize("before", ["begin_quarantine", "lock_quarantine"])
def test_a_release_in_the_middle_of_a_judgment_stands(
    place: Place, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    place.dial()
    place.start("elsewhere")
    place.world.tick()
    place.run()
    step = getattr(recovery_queries, before)

    def release_first(*arguments: Any) -> Any:
        monkeypatch.setattr(recovery_queries, before, step)
        place.release()
        return step(*arguments)

    monkeypatch.setattr(recovery_queries, before, release_first)
    place.world.tick(2)
    assert place.doubt() is None, "it was read that nobody knows the folder, before somebody said so"
    assert place.world.tick().placed + len(place.provider.placed) > 2
