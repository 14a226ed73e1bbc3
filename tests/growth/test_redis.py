"""What else is kept in Redis: renderings of live pages for a second, and the tries to sign in."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path

import pytest
from flask import Flask

from campaign_app import create_app
from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.config import load_settings
from campaign_app.redis_link import RedisCache, RedisLink
from campaign_app.services.fragment_cache import FragmentCache, RenderedFragment, pack_fragment
from tests.conftest import create_schema
from tests.support.redis import RedisServer
from tests.support.waiting import wait_until


def test_renderings_are_shared_and_made_anew_after_a_flush_or_without_redis(redis: RedisServer) -> None:
    # Two processes: what one keeps itself is old for it at once.
    ticks = itertools.count(0, 10)
    caches = [
        FragmentCache(
            lambda: float(next(ticks)),
            SYSTEM_CLOCK.now,
            RedisCache(RedisLink(redis.url, SYSTEM_CLOCK)),
        )
        for _ in range(2)
    ]
    made: list[int] = []

    def render() -> RenderedFragment:
        made.append(len(made))
        return pack_fragment(f"<p>{len(made)}</p>", str(len(made)))

    def see(process: int) -> str:
        return gzip.decompress(caches[process].get("a", render).body).decode()

    assert see(0) == "<p>1</p>"
    assert see(1) in ("<p>1</p>", "<p>2</p>"), "a slow machine takes more than the second in which it is kept"
    wait_until(lambda: see(1) != "<p>1</p>", "the rendering of the second before to be forgotten", timeout=5)
    before = len(made)
    redis.flush()
    see(0)
    assert len(made) == before + 1
    redis.kill()
    for process in (0, 1):
        see(process)
    assert len(made) == before + 3
    redis.start()


@pytest.mark.parametrize("kept", [b"", b"nonsense", b"etag\nbody", b"etag soon\nbody"])
def test_a_kept_rendering_that_makes_no_sense_is_made_anew(kept: bytes) -> None:
    class Nonsense:
        def get(self, key: str) -> bytes | None:
            return kept

        def put(self, key: str, value: bytes, seconds: float) -> None:
            pass

    cache = FragmentCache(lambda: 0.0, SYSTEM_CLOCK.now, Nonsense())
    assert gzip.decompress(cache.get("a", lambda: pack_fragment("<p>new</p>", "new")).body) == b"<p>new</p>"


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
