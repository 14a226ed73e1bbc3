"""What else is kept in Redis: the figures of live pages for a second, and the tries to sign in."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from campaign_app import create_app
from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.config import load_settings
from campaign_app.models import Campaign
from campaign_app.redis_link import RedisCache, RedisLink
from campaign_app.services import stats, stats_cache
from tests.conftest import create_schema
from tests.engine.world import World, phones
from tests.support.redis import RedisServer
from tests.support.waiting import wait_until


def test_figures_are_shared_for_a_second_and_asked_for_anew_after_a_flush_a_change_or_without_redis(
    world: World, redis: RedisServer
) -> None:
    campaign_id = world.campaign(3)
    cache = RedisCache(RedisLink(redis.url, SYSTEM_CLOCK))

    def seen() -> stats.CampaignStats:
        with Session(world.db) as session:
            campaign = session.get_one(Campaign, campaign_id)
            return stats_cache.get_campaign_stats(session, campaign, world.clock.now(), cache)

    def true() -> stats.CampaignStats:
        with Session(world.db) as session:
            return stats.compute_campaign_stats(
                session, session.get_one(Campaign, campaign_id), world.clock.now()
            )

    first = seen()
    assert first == true(), "what was kept comes back whole"
    assert first.reasons, "its reasons too"
    assert seen() == first
    world.add(campaign_id, phones(1, start=50))
    redis.flush()
    assert seen().total == 4
    world.add(campaign_id, phones(1, start=51))
    wait_until(lambda: seen().total == 5, "the figures of the second before to be forgotten", timeout=5)
    world.act(campaign_id, "pause")
    assert seen().reasons[0].code == "paused", "what an operator just did is seen at once"
    world.add(campaign_id, phones(1, start=52))
    redis.kill()
    assert seen().total == 6
    with Session(world.db) as session:
        assert stats_cache.get_dashboard_stats(
            session, world.clock.now(), cache
        ) == stats.compute_dashboard_stats(session, world.clock.now())
    redis.start()


def test_a_kept_figure_that_makes_no_sense_is_asked_for_anew(world: World, redis: RedisServer) -> None:
    class Nonsense:
        kept: bytes | None = b'{"lines_open": "many"}'

        def get(self, key: str) -> bytes | None:
            return self.kept

        def put(self, key: str, value: bytes, seconds: float) -> None:
            self.kept = value

    cache = Nonsense()
    with Session(world.db) as session:
        fresh = stats.compute_dashboard_stats(session, world.clock.now())
        assert stats_cache.get_dashboard_stats(session, world.clock.now(), cache) == fresh
        assert stats_cache.get_dashboard_stats(session, world.clock.now(), cache) == fresh


@pytest.fixture
def two_processes(tmp_path: Path, redis: RedisServer) -> list[Flask]:
    """Two web processes of one installation, as far as they share anything."""
    url = f"sqlite:///{tmp_path}/web.sqlite"
    create_schema(url)
    env = {"SWITCHBOARD_DATABASE_URL": url, "SWITCHBOARD_REDIS_URL": redis.url}
    settings = load_settings(env, tmp_path)
    made = [create_app(settings), create_app(settings)]
    for app in made:
        app.config["WTF_CSRF_ENABLED"] = False
    return made


def test_tries_to_sign_in_are_counted_across_processes_and_still_without_redis(
    two_processes: list[Flask], redis: RedisServer
) -> None:
    one, two = (app.test_client() for app in two_processes)
    form = {"password": "a guess like any other"}
    assert [one.post("/login", data={**form, "email": f"a{n}@x.org"}).status_code for n in range(6)] == [
        422
    ] * 6
    again = [two.post("/login", data={**form, "email": f"b{n}@x.org"}).status_code for n in range(6)]
    assert again == [422] * 4 + [429] * 2
    redis.kill()
    assert two.get("/login").status_code == 200
    answers = [two.post("/login", data={**form, "email": f"c{n}@x.org"}).status_code for n in range(12)]
    assert set(answers) == {422, 429}, "its own memory counts meanwhile"
    redis.start()
