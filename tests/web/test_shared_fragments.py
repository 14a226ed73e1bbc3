"""Live fragments: one rendering for all who would see the same, and nothing of one reader in another's."""

from __future__ import annotations

import gzip
import threading
from datetime import UTC, datetime, timedelta

import pytest

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.models import Role
from campaign_app.services.fragment_cache import FragmentCache, RenderedFragment, pack_fragment
from campaign_app.web import campaigns
from tests.support.clock import FakeClock
from tests.web.pages_support import act, add_call, make_campaign
from tests.web.people_support import Site


class SharedBytes:
    """What Redis does for several processes."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        return self.values.get(key)

    def put(self, key: str, value: bytes, seconds: float) -> None:
        self.values[key] = value


def at(seconds: float) -> datetime:
    return datetime(2026, 11, 30, tzinfo=UTC) + timedelta(seconds=seconds)


def test_one_rendering_serves_everybody_for_a_second_and_other_processes_too() -> None:
    moment, shared = [0.0], SharedBytes()
    here, there = (FragmentCache(lambda: moment[0], lambda: at(moment[0]), shared) for _ in range(2))
    entered, go_on = threading.Event(), threading.Event()
    rendered: list[str] = []

    def render() -> RenderedFragment:
        entered.set()
        assert go_on.wait(30)
        rendered.append("x")
        return pack_fragment(f"<p>{len(rendered)}</p>", str(len(rendered)))

    seen: list[RenderedFragment] = []
    viewers = [threading.Thread(target=lambda: seen.append(here.get("a", render))) for _ in range(5)]
    for viewer in viewers:
        viewer.start()
    assert entered.wait(30)
    go_on.set()
    for viewer in viewers:
        viewer.join(30)
    assert len(seen) == 5
    assert {fragment.body for fragment in seen} == {there.get("a", render).body}
    assert len(rendered) == 1
    moment[0] = 0.9
    late = FragmentCache(lambda: moment[0], lambda: at(moment[0]), shared)
    assert late.get_age(late.get("a", render)) == pytest.approx(0.9), (
        "as old as the rendering, not as its copy here"
    )
    shared.values.clear()
    assert here.get("a", render) is seen[0]
    moment[0] = 1.0
    assert gzip.decompress(here.get("a", render).body) == b"<p>2</p>"
    assert here.get("b", render).etag != seen[0].etag


def test_nobody_waits_for_a_rendering_while_the_one_before_is_young() -> None:
    moment = [0.0]
    cache = FragmentCache(lambda: moment[0], lambda: at(moment[0]))
    entered, go_on = threading.Event(), threading.Event()
    first = cache.get("a", lambda: pack_fragment("1", "1"))

    def render() -> RenderedFragment:
        entered.set()
        assert go_on.wait(30)
        return pack_fragment("2", "2")

    seen: list[RenderedFragment] = []
    moment[0] = 1.5
    slow = threading.Thread(target=lambda: seen.append(cache.get("a", render)))
    slow.start()
    assert entered.wait(30)
    assert cache.get("a", render) is first
    # Two seconds old: that is what a page waits between two looks.
    moment[0] = 2.0
    late = threading.Thread(target=lambda: seen.append(cache.get("a", render)))
    late.start()
    go_on.set()
    for viewer in (slow, late):
        viewer.join(30)
    assert [gzip.decompress(fragment.body) for fragment in seen] == [b"2", b"2"]


@pytest.mark.parametrize("is_busy", [True, False])
def test_under_load_pages_are_rendered_in_turns_while_the_ones_before_will_do(is_busy: bool) -> None:
    moment = [0.0]
    cache = FragmentCache(lambda: moment[0], lambda: at(moment[0]))
    entered, go_on = threading.Event(), threading.Event()

    def render_slowly() -> RenderedFragment:
        moment[0] += 1
        return pack_fragment("0", "0")

    def render() -> RenderedFragment:
        entered.set()
        assert go_on.wait(30)
        return pack_fragment("a", "a")

    if is_busy:
        cache.get("z", render_slowly)
    moment[0] = 1.0
    first = cache.get("b", lambda: pack_fragment("1", "1"))
    other = threading.Thread(target=lambda: cache.get("a", render))
    other.start()
    try:
        assert entered.wait(30)
        moment[0] = 5.9
        assert (cache.find_fresh("b") is first) == is_busy
        assert (cache.get("b", lambda: pack_fragment("2", "2")) is first) == is_busy
        # Nothing that is five seconds old is shown, whoever's turn it is; and what nobody has seen is not put off.
        moment[0] = 6.0
        assert gzip.decompress(cache.get("b", lambda: pack_fragment("2", "2")).body) == b"2"
        assert gzip.decompress(cache.get("c", lambda: pack_fragment("3", "3")).body) == b"3"
    finally:
        go_on.set()
        other.join(30)


def test_renderings_are_kept_longer_where_they_take_all_the_time() -> None:
    moment = [0.0]
    cache = FragmentCache(lambda: moment[0], lambda: at(moment[0]))
    made = [0]

    def look(pages: int, seconds: float, cost: float) -> float:
        """Renderings a second, with so many pages that are asked for all the time."""

        def render() -> RenderedFragment:
            moment[0] += cost
            made[0] += 1
            return pack_fragment("x", "x")

        made[0], until = 0, moment[0] + seconds
        while moment[0] < until:
            for page in range(pages):
                cache.get(f"{page}", render)
            moment[0] += 0.05
        return made[0] / seconds

    assert look(pages=2, seconds=20, cost=0.02) == pytest.approx(2, rel=0.1)
    # Sixty pages would take 1.8 seconds a second.
    assert look(pages=60, seconds=60, cost=0.03) * 0.03 < 0.9
    # However long they take, nothing is kept for longer than five seconds.
    look(pages=20, seconds=60, cost=0.5)
    kept = cache.get("0", lambda: pack_fragment("y", "y"))
    moment[0] += 5
    assert cache.get("0", lambda: pack_fragment("z", "z")) is not kept
    assert cache.get_age(kept) >= 5
    # And when fewer look, it is as before.
    moment[0] += 30
    assert look(pages=2, seconds=20, cost=0.02) == pytest.approx(2, rel=0.1)


def test_what_breaks_a_rendering_is_not_kept() -> None:
    cache = FragmentCache(lambda: 0.0, lambda: at(0.0))

    def fail() -> RenderedFragment:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        cache.get("a", fail)
    assert cache.get("a", lambda: pack_fragment("y", "y")).body


def test_readers_share_a_fragment_but_not_roles_clocks_or_tokens(
    site: Site, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign_id = make_campaign(site, 3)
    site.app.extensions["switchboard"].fragments = FragmentCache(clock.monotonic, clock.now)
    renderings: list[str] = []
    render_template = campaigns.render_template
    monkeypatch.setattr(
        campaigns, "render_template", lambda name, **k: renderings.append(name) or render_template(name, **k)
    )
    here = f"/campaigns/{campaign_id}/_live"
    operator, other, viewer = (
        site.visitor(Role.OPERATOR),
        site.visitor(Role.OPERATOR),
        site.visitor(Role.VIEWER),
    )
    first = operator.client.get(here, headers={"Accept-Encoding": "gzip"})
    assert first.headers["Content-Encoding"] == "gzip"
    page = gzip.decompress(first.data).decode()
    assert 'name="csrf_token" value=""' in page
    assert page == other.get(here).text
    assert len(renderings) == 1
    again = other.get(here, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["X-Fragment-Age"] == "0.0"
    assert 'name="csrf_token"' not in viewer.get(here).text
    viewer.client.set_cookie("zone", "Asia/Tokyo")
    viewer.get(here)
    assert len(renderings) == 3
    # The clock stands still, and what somebody does is seen all the same.
    act(site, campaign_id, "start")
    assert "Pause" in other.get(here).text
    assert len(renderings) == 4


def test_calls_with_older_ones_beyond_the_page_are_no_news_by_themselves(
    site: Site, clock: FakeClock
) -> None:
    campaign_id = make_campaign(site, 3)
    for _ in range(60):
        add_call(site, campaign_id, AttemptStatus.NO_ANSWER)
    visitor, here = site.visitor(Role.VIEWER), f"/campaigns/{campaign_id}/_calls"
    first = visitor.get(here)
    assert "&amp;at=" in first.text
    clock.move(90)
    assert visitor.get(here, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    add_call(site, campaign_id, AttemptStatus.BUSY)
    assert visitor.get(here, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200
