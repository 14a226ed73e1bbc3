"""/metrics: what Prometheus' own parser makes of it, and that it tells what is."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from campaign_app.domain.attempt import OPEN
from campaign_app.extensions import db
from campaign_app.models import EngineHeartbeat, Role, Trunk
from tests.engine.world import World
from tests.support.scrape import Scrape
from tests.web.busy import make_busy, scrape
from tests.web.people_support import Site


@pytest.fixture
def busy(site: Site) -> Iterator[World]:
    world = make_busy(site)
    yield world
    world.close()


def count(found: Scrape, family: str, **labels: str) -> float:
    return found.value(f"switchboard_{family}_seconds_count", **labels)


def test_every_family_has_a_sample_and_the_numbers_are_those_of_the_database(site: Site, busy: World) -> None:
    found = scrape(site)
    ours = [name for name in found.kinds if name.startswith("switchboard_")]
    without = [name for name in ours if not any(key.startswith(name) for key in found.samples)]
    assert not without
    assert ours
    [(n_open,)] = busy.sql("SELECT count(*) FROM attempts WHERE ended_at IS NULL")
    assert sum(found.samples["switchboard_attempts_open"].values()) == n_open > 0
    assert found.value("switchboard_attempts_total", provider="simulator", outcome="busy") == 1
    assert found.value("switchboard_attempts_total", provider="simulator", outcome="completed") == 1
    assert found.labels("switchboard_attempts_open", "status") == {status.value for status in OPEN}
    assert "unresolved" not in found.labels("switchboard_attempts_total", "outcome")
    assert found.value("switchboard_attempts_unresolved", provider="simulator") == 0
    assert found.value("switchboard_campaign_calls_open", campaign="1", name="Works") == 8
    assert found.value("switchboard_campaign_lines", campaign="1", name="Works") == 8
    assert found.value("switchboard_trunk_lines", trunk="paused") == 5
    assert found.value("switchboard_imports", status="completed") == 1
    assert found.value("switchboard_import_rows_total", result="rejected") == 3
    assert found.value("switchboard_tally_total", name="events_unknown_token") == 2
    assert found.value("switchboard_tally_total", name="webhooks_forged") == 0, (
        "so that the first one is an increase"
    )
    assert found.value("switchboard_news_lag_seconds", source="event", quantile="0.99") == 2
    assert found.value("switchboard_database_up") == found.value("switchboard_engine_up") == 1


def test_trunks_tell_their_circuit_and_their_pause(site: Site, busy: World) -> None:
    found = scrape(site)
    state = {
        trunk: tuple(
            found.value(f"switchboard_trunk_{name}", trunk=trunk) for name in ("circuit_open", "paused")
        )
        for trunk in ("simulator", "failing", "paused")
    }
    assert state == {"simulator": (0, 0), "failing": (1, 0), "paused": (0, 1)}
    with site.app.app_context():
        until = db.session.query(Trunk).filter_by(name="failing").one().circuit_until
    assert until is not None
    assert found.samples["switchboard_trunk_next_try_timestamp_seconds"] == {
        frozenset({("trunk", "failing")}): until.timestamp()
    }


def test_due_contacts_count_only_where_nothing_but_lines_holds_them_back(site: Site, busy: World) -> None:
    due = "switchboard_campaign_due_contacts"
    found = scrape(site)
    assert found.value(due, campaign="1", name="Works") > 0
    assert found.value(due, campaign="3", name="Rests") == 0
    busy.sql("UPDATE campaigns SET calling_windows = '[]' WHERE id = 1")
    assert scrape(site).value(due, campaign="1", name="Works") == 0
    busy.sql("""UPDATE campaigns SET calling_windows = '{"broken": 1}' WHERE id = 1""")
    assert scrape(site).value(due, campaign="1", name="Works") == 0


def test_histograms_are_cumulative_and_agree_with_their_count(site: Site, busy: World) -> None:
    found = scrape(site)
    for family, kind in found.kinds.items():
        if kind != "histogram" or not family.startswith("switchboard_"):
            continue
        for engine in ("engine-1", "engine-2"):
            buckets = sorted(
                (float(dict(key)["le"]), value)
                for key, value in found.samples[f"{family}_bucket"].items()
                if dict(key)["engine"] == engine
            )
            assert all(a[1] <= b[1] for a, b in pairwise(buckets)), family
            assert buckets[-1][0] == float("inf")
            assert buckets[-1][1] == found.value(f"{family}_count", engine=engine)
    asked = sum(len(provider.asked) for provider in busy.providers.values())
    assert sum(count(found, "place", engine=f"engine-{n}") for n in (1, 2)) == asked
    assert count(found, "tick", engine="engine-1") == 9
    assert count(found, "tick", engine="engine-2") == 1
    assert count(found, "settle_lag", engine="engine-1") == 2
    assert found.value("switchboard_settle_lag_seconds_sum", engine="engine-1") == 4


def test_a_stopped_engine_disappears_and_a_worker_has_its_own_role(site: Site, busy: World) -> None:
    found = scrape(site)
    assert found.value("switchboard_engines", role="engine", state="on") == 2
    assert found.value("switchboard_engines", role="worker", state="on") == 1
    busy.new_engine("engine-2").stop()
    found = scrape(site)
    assert found.labels("switchboard_tick_seconds_count", "engine") == {"engine-1"}
    assert found.value("switchboard_engines", role="engine", state="stopped") == 1
    site.clock.move(11)
    found = scrape(site)
    assert "switchboard_tick_seconds_count" not in found.samples
    assert found.value("switchboard_engine_up") == 0
    assert found.value("switchboard_attempts_total", provider="simulator", outcome="busy") == 1


def test_a_beat_of_another_release_is_read_by_its_own_bounds(site: Site, busy: World) -> None:
    timings = {"le": [0.5], "steps": {"claim": {"counts": [3, 1], "sum": 2.5}, "tea": {"counts": [1, 1]}}}
    with site.app.app_context():
        beat = db.session.get(EngineHeartbeat, "engine-2")
        beat.timings = timings
        # The product commits through transaction.py; a test may do it by hand.
        db.session.commit()
    found = scrape(site)
    assert found.value("switchboard_claim_seconds_bucket", engine="engine-2", le="0.5") == 3
    assert count(found, "claim", engine="engine-2") == 4
    assert found.labels("switchboard_tick_seconds_count", "engine") == {"engine-1"}


def test_metrics_report_an_unreachable_database_instead_of_failing(site: Site) -> None:
    with site.app.app_context():
        db.session.execute(db.text("DROP TABLE engine_heartbeats"))
        db.session.commit()
    found = scrape(site)
    assert found.value("switchboard_database_up") == 0
    assert found.value("switchboard_engine_up") == 0
    assert "switchboard_attempts_open" not in found.kinds


def test_the_health_page_shows_every_engine_and_why_a_trunk_takes_no_calls(site: Site, busy: World) -> None:
    busy.sql("UPDATE engine_heartbeats SET tick_ms = 4321, lag_ms = 2222 WHERE name = 'engine-2'")
    page = " ".join(site.visitor(Role.VIEWER).get("/health").get_data(as_text=True).split())
    assert '4,321 ms<span class="vh">, too long</span>' in page
    assert page.count("too long") == 1
    assert "2,222 ms" in page
    assert "Worker on board, process 7" in page
    assert '<td data-label="Open calls" class="num">8</td>' in page
    assert "Paused by the engine" in page
    assert "the carrier refuses the credentials" in page
    assert "no route to host. The next call is tried at" in page


def test_the_board_lights_up_for_a_trunk_that_takes_no_calls(site: Site, busy: World) -> None:
    board = " ".join(site.visitor(Role.VIEWER).get("/campaigns/_board").get_data(as_text=True).split())
    assert "stopped after errors" in board or "trying one call" in board
    assert "no route to host" in board
    assert "Paused by the engine" in board
