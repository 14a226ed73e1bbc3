"""Retention and the repair of counters: nothing but what is meant goes, and nobody waits for it."""

from __future__ import annotations

import logging
import os
import random
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from campaign_app.domain.attempt import AttemptStatus as S
from campaign_app.domain.attempt import CallUpdate
from campaign_app.domain.script import Disposition as D
from campaign_app.domain.settlement import SourcedUpdate
from campaign_app.engine import upkeep
from campaign_app.engine.upkeep import LEASE, REPAIR_EVERY, UpkeepJob, repair_all_counters
from campaign_app.models import CampaignCounters
from campaign_app.queries import engines as engine_queries
from campaign_app.queries import reclaim
from campaign_app.queries import upkeep as upkeep_queries
from campaign_app.queries.counters import CounterChanges
from campaign_app.services.calls.settle import apply_updates
from campaign_app.transaction import begin_write, read_snapshot
from tests.engine.world import World, phones

MENU = {"text": "Coming?", "keys": [{"digit": "1", "action": "answer", "label": "Yes"}]}


def keeper(world: World, name: str = "engine-1", days: int = 0) -> UpkeepJob:
    return UpkeepJob(world.db, name=name, clock=world.clock, retention_days=days)


def run(keeper: UpkeepJob, most: int = 100) -> int:
    """Steps until there is nothing more to do."""
    for steps in range(most):
        if not keeper.run_step():
            return steps
    raise AssertionError(f"there was always more to do, after {most} steps")


def events(world: World, *ages: float) -> None:
    """Raw events that came so many days ago."""
    for age in ages:
        world.sql(
            """INSERT INTO call_events (token, at, received_at, source, status)
               SELECT 't', claimed_at, claimed_at, 'event', 'completed' FROM attempts LIMIT 1"""
        )
        at = world.clock.now() - timedelta(days=age)
        stamp = at if world.db.dialect.name != "sqlite" else at.strftime("%Y-%m-%d %H:%M:%S.%f")
        world.sql(
            "UPDATE call_events SET received_at = :at WHERE id = (SELECT max(id) FROM call_events)", at=stamp
        )


def kept(world: World) -> int:
    return int(world.sql("SELECT count(*) FROM call_events")[0][0])


def read_counters(world: World) -> dict[str, int]:
    return dict(world.sql("SELECT name, value FROM counters"))


def counters(world: World, campaign_id: int) -> dict[str, int]:
    with world.session() as session:
        row = session.get(CampaignCounters, campaign_id)
        return {name: getattr(row, name) for name in upkeep_queries.COLUMNS}


@pytest.mark.spoils
def test_raw_events_leave_after_their_days_in_pieces_and_the_rest_stays(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "EVENTS_AT_ONCE", 2)
    world.campaign(phones(1))
    world.claim()
    events(world, 40, 35, 31, 30.5, 29, 1)
    before = world.sql("SELECT status, token FROM attempts")
    assert run(keeper(world, days=30)) >= 2
    assert kept(world) == 2
    assert world.sql("SELECT status, token FROM attempts") == before
    assert read_counters(world)["events_deleted_by_retention"] == 4


def test_nothing_leaves_without_a_retention_and_only_every_ten_minutes_with_one(world: World) -> None:
    world.campaign(phones(1))
    world.claim()
    events(world, 4000)
    run(keeper(world))
    assert kept(world) == 1
    with_days = keeper(world, days=1)
    run(with_days)
    assert kept(world) == 0
    events(world, 3)
    run(with_days)
    assert kept(world) == 1
    world.clock.move(601)
    run(with_days)
    assert kept(world) == 0


def test_wrong_counters_are_put_right_logged_and_counted(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = world.campaign(phones(4)), world.campaign(phones(3, start=10))
    world.tick(2)
    right = counters(world, first)
    world.sql(
        "UPDATE campaign_counters SET contacts_dialing = 77, attempts_busy = attempts_busy + 2"
        " WHERE campaign_id = :id",
        id=first,
    )
    untouched = counters(world, second)
    with caplog.at_level(logging.WARNING):
        run(keeper(world))
    assert counters(world, first) == right
    assert counters(world, second) == untouched
    assert read_counters(world)["counters_repaired"] == 2
    assert f"campaign {first}" in caplog.text
    assert "attempts_busy -2" in caplog.text
    assert "counters" not in world.broken()


def charts(world: World) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """The ten-minute slots and the facets of all campaigns."""
    return (
        [tuple(row) for row in world.sql("SELECT * FROM outcome_slots ORDER BY campaign_id, slot_at")],
        [
            tuple(row)
            for row in world.sql("SELECT * FROM response_counts WHERE n <> 0 ORDER BY campaign_id, response")
        ],
    )


def outcomes_of_two_campaigns(world: World) -> None:
    """Over half an hour: keys, detections, a stronger disposition that replaces another, late news, an upgrade."""
    numbers = phones(6)
    world.campaign(numbers[:4], message=MENU)
    world.campaign(numbers[4:], retry={"max_retries": 0})
    world.tick()
    token = {phone: world.provider.token_of(phone) for phone in numbers}
    world.provider.tell(token[numbers[0]], S.IN_PROGRESS, key="1", detected_after=1.5)
    world.provider.tell(token[numbers[0]], S.COMPLETED, disposition=D.CUT_SHORT)
    world.provider.tell(token[numbers[1]], S.COMPLETED, disposition=D.PLAYED)
    world.provider.tell(token[numbers[4]], S.BUSY)
    world.provider.tell(token[numbers[5]], S.FAILED)
    world.tick()
    world.clock.move(11 * 60)
    world.provider.tell(token[numbers[0]], S.COMPLETED, disposition=D.RESPONDED)
    hear(world, (token[numbers[2]], S.NO_ANSWER, world.clock.now() - timedelta(minutes=10)))
    hear(world, (token[numbers[3]], S.UNRESOLVED, world.clock.now()))
    world.tick()
    world.clock.move(11 * 60)
    hear(world, (token[numbers[3]], S.COMPLETED, world.clock.now()))
    world.provider.end_all()
    world.tick()


def hear(world: World, *told: tuple[str, S, datetime]) -> None:
    with begin_write(world.db) as connection:
        reports = [SourcedUpdate(CallUpdate(token, status, at), source="poll") for token, status, at in told]
        apply_updates(connection, reports, now=world.clock.now(), rng=random.Random(1))


def test_slots_and_facets_are_counted_by_what_the_rows_say(world: World) -> None:
    outcomes_of_two_campaigns(world)
    assert world.drift() == {}
    slots, facets = charts(world)
    assert len(slots) >= 4
    assert {response for _, response, _ in facets} == {
        "disposition:answered",
        "disposition:message-played",
        "key:1",
        "detections",
        "detection-ms",
    }
    assert world.sql("SELECT sum(unresolved) FROM outcome_slots") == [(0,)], "it became something else"


def test_wrong_slots_and_facets_are_put_right_and_peaks_stay(world: World) -> None:
    outcomes_of_two_campaigns(world)
    right = charts(world)
    peaks = world.sql("SELECT campaign_id, slot_at, peak_open FROM outcome_slots ORDER BY 1, 2")
    for spoil in (
        "UPDATE outcome_slots SET busy = busy + 3, completed = 0",
        "UPDATE response_counts SET n = n + 7 WHERE response <> 'key:1'",
        "DELETE FROM response_counts WHERE response = 'key:1'",
        "INSERT INTO response_counts (campaign_id, response, n) SELECT min(id), 'key:9', 2 FROM campaigns",
    ):
        world.sql(spoil)
    assert charts(world) != right
    run(keeper(world))
    assert charts(world) == right
    assert world.sql("SELECT campaign_id, slot_at, peak_open FROM outcome_slots ORDER BY 1, 2") == peaks
    assert world.drift() == {}


def test_a_slot_that_is_gone_is_written_anew_without_its_peak(world: World) -> None:
    outcomes_of_two_campaigns(world)
    before = world.sql("SELECT sum(completed), sum(busy), sum(no_answer) FROM outcome_slots")
    world.sql("DELETE FROM outcome_slots")
    run(keeper(world))
    assert world.sql("SELECT sum(completed), sum(busy), sum(no_answer) FROM outcome_slots") == before
    assert world.sql("SELECT max(peak_open) FROM outcome_slots") == [(0,)]


def test_the_repair_comes_once_an_hour_whichever_engine_is_elected(world: World) -> None:
    campaign_id = world.campaign(phones(2))
    run(keeper(world))
    world.sql("UPDATE campaign_counters SET contacts_retry = 5 WHERE campaign_id = :id", id=campaign_id)
    with begin_write(world.db) as connection:
        engine_queries.drop_leases(connection, "engine-1")
    other = keeper(world, "engine-2")
    run(other)
    assert counters(world, campaign_id)["contacts_retry"] == 5
    world.clock.move(REPAIR_EVERY.total_seconds() + 1)
    assert not keeper(world).run_step(), "engine-2 holds the lease"
    run(other)
    assert counters(world, campaign_id)["contacts_retry"] == 0


def test_what_others_count_meanwhile_is_neither_lost_nor_counted_twice(world: World) -> None:
    campaign_id = world.campaign(phones(5))
    world.sql("UPDATE campaign_counters SET contacts_pending = 3 WHERE campaign_id = :id", id=campaign_id)
    with read_snapshot(world.db) as reading:
        found = upkeep_queries.measure_counter_drift(reading, campaign_id)
        # In another connection, after the snapshot was taken.
        done = threading.Thread(target=lambda: world.add(campaign_id, phones(2, start=20)))
        done.start()
        done.join(timeout=60)
        assert upkeep_queries.measure_counter_drift(reading, campaign_id) == found
        assert found.describe_changes() == {"contacts_pending": 2}
    with begin_write(world.db) as connection:
        found.apply_changes(connection)
    assert counters(world, campaign_id)["contacts_pending"] == 7


@pytest.mark.spoils
def test_a_repair_that_lost_its_lease_writes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    campaign_id = world.campaign(phones(2))
    world.sql("UPDATE campaign_counters SET contacts_retry = 5 WHERE campaign_id = :id", id=campaign_id)
    honest = upkeep_queries.measure_counter_drift

    def overtaken(*asked: object) -> CounterChanges:
        found = honest(*asked)  # type: ignore[arg-type]
        if found.describe_changes():
            # It was frozen here for longer than its lease; another one repaired meanwhile, and ended.
            world.sql("UPDATE leases SET owner = 'engine-2', fencing = fencing + 1 WHERE name = :n", n=LEASE)
        return found

    monkeypatch.setattr(upkeep_queries, "measure_counter_drift", overtaken)
    keeper(world).run_step()
    assert counters(world, campaign_id)["contacts_retry"] == 5
    assert read_counters(world) == {}


def test_by_hand_archived_campaigns_are_repaired_too_and_not_beside_an_engine(world: World) -> None:
    campaign_id = world.campaign(phones(2))
    world.act(campaign_id, "stop")
    world.act(campaign_id, "archive")
    world.sql("UPDATE campaign_counters SET contacts_retry = 5 WHERE campaign_id = :id", id=campaign_id)
    engine = keeper(world)
    run(engine)
    assert counters(world, campaign_id)["contacts_retry"] == 5, "an archived one rests"
    assert not repair_all_counters(world.db, "cli-1", lambda _: None)
    with begin_write(world.db) as connection:
        engine_queries.drop_leases(connection, "engine-1")
    told: list[upkeep.CounterCorrection] = []
    assert repair_all_counters(world.db, "cli-1", told.append)
    assert [str(each) for each in told] == [f"campaign {campaign_id}: contacts_retry -5"]
    assert counters(world, campaign_id)["contacts_retry"] == 0
    run(engine)


def test_files_that_nothing_needs_for_a_week_leave_once_an_hour_under_the_lease(
    world: World, tmp_path: Path
) -> None:
    def engine(name: str) -> UpkeepJob:
        return UpkeepJob(world.db, name=name, clock=world.clock, recordings=tmp_path)

    def file(name: str, days: float) -> Path:
        path = tmp_path / name
        path.touch()
        at = (world.clock.now() - timedelta(days=days)).timestamp()
        os.utime(path, (at, at))
        return path

    campaign_id = world.campaign()
    message = f'{{"text": "Hi", "recording": "{"a" * 64}"}}'
    world.sql("UPDATE campaigns SET message = :message WHERE id = :id", message=message, id=campaign_id)
    named, fresh, old = (
        file(f"{'a' * 64}.wav", 100),
        file(f"{'b' * 64}.wav", 6.9),
        file(f"{'c' * 64}.wav", 7.1),
    )
    holder, other = engine("engine-1"), engine("engine-2")
    run(holder)
    assert (named.exists(), fresh.exists(), old.exists()) == (True, True, False)
    old.touch()
    old = file(old.name, 8)
    run(other)
    run(holder)
    assert old.exists(), "one has no lease, the other looked a moment ago"
    world.clock.move(upkeep.SWEEP_EVERY.total_seconds())
    run(holder)
    assert (named.exists(), fresh.exists(), old.exists()) == (True, True, False)


def test_a_folder_that_is_not_there_is_no_trouble(world: World, tmp_path: Path) -> None:
    run(UpkeepJob(world.db, name="engine-1", clock=world.clock, recordings=tmp_path / "none"))


def test_a_trunk_that_queues_gets_a_longer_guard(world: World) -> None:
    """The pages and the engine go by the same figure."""
    assert guard(world) == 5
    campaign_id = world.campaign(10)
    world.tick()
    world.clock.move(90)
    for token in world.provider.live():
        world.provider.tell(token, "ringing")
    world.tick()
    job = keeper(world)
    run(job)
    assert guard(world) == pytest.approx(95, abs=3)
    assert world.row(campaign_id).trunk.guard_seconds == guard(world)
    world.provider.end_all()
    world.tick()
    world.clock.move(3700)
    run(job)
    assert guard(world) == pytest.approx(95, abs=3), "nothing new was measured"


def guard(world: World) -> float:
    [(seconds,)] = world.sql("SELECT guard_seconds FROM trunks WHERE id = :id", id=world.trunk_id)
    return float(seconds)


@pytest.mark.parametrize(
    "delays, seconds",
    [
        ([], 5),
        ([0.2], 5.2),
        ([-3.0], 5),
        ([1.0] * 99 + [600.0], 6),
        ([1.0] * 50 + [600.0], 605),
        ([5000.0], 900),
    ],
)
def test_the_guard_is_what_nearly_all_calls_needed(delays: list[float], seconds: float) -> None:
    assert upkeep.find_trunk_guard(delays) == pytest.approx(seconds)


@pytest.mark.sqlite_only
def test_what_is_free_of_the_file_goes_back_in_slices(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upkeep, "SMALL_FILE", 100)
    monkeypatch.setattr(upkeep, "PAGES_AT_ONCE", 40)
    file = Path(str(world.db.url.database))
    world.finish(world.campaign(phones(1)))
    events(world, 40)
    text = "x" * 3_000
    world.sql("UPDATE call_events SET raw = :raw", raw=text)
    world.sql(
        """INSERT INTO call_events (token, at, received_at, source, status, raw)
           WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
           SELECT token, at, received_at, source, status, raw FROM n, call_events
           WHERE call_events.id = (SELECT max(id) FROM call_events)""",
    )
    campaign = world.campaign(phones(5, 10))
    job, freed = keeper(world, days=30), []
    job.run_step()
    with world.db.connect() as connection:
        before = upkeep_queries.count_file_pages(connection).total
    return_file_pages = upkeep_queries.return_file_pages

    def count(connection: sa.Connection, most: int) -> None:
        total = upkeep_queries.count_file_pages(connection).total
        return_file_pages(connection, most)
        freed.append(total - upkeep_queries.count_file_pages(connection).total)

    monkeypatch.setattr(upkeep_queries, "return_file_pages", count)
    while job.run_step():
        # Between any two slices there is room for a call.
        if len(freed) == 1:
            assert len(world.claim().attempts) == 5
    assert kept(world) < 10
    assert len(freed) > 5
    # SQLite's own map of who refers to which page gets shorter, too.
    assert 40 <= max(freed) <= 41
    with world.db.connect() as connection:
        pages = upkeep_queries.count_file_pages(connection)
    assert reclaim.empty_log(world.db)
    assert pages.total * 0.05 < pages.free <= pages.total * upkeep.LEAST_FREE + 1
    assert pages.total < before / 2
    assert file.stat().st_size == pages.total * 4096
    # Much less than that is left as it is: it is used again.
    freed.clear()
    world.clock.move(3_600)
    run(job)
    assert not freed
    assert world.finish(campaign) == "completed"


@pytest.mark.sqlite_only
def test_a_log_that_somebody_always_reads_is_emptied_when_it_is_long(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "MOST_LOG", 100_000)
    monkeypatch.setattr(reclaim, "LOG_PATIENCE", 1)
    log_file = Path(f"{world.db.url.database}-wal")
    job = keeper(world)
    with read_snapshot(world.db) as reading:
        assert reading.exec_driver_sql("SELECT count(*) FROM attempts").scalar_one() == 0
        campaign = world.campaign(phones(300))
        assert log_file.stat().st_size > upkeep.MOST_LOG
        job.run_step()
        # It is read, so it stays, and nobody else waits for it.
        assert log_file.stat().st_size > upkeep.MOST_LOG
        world.claim()
        assert reading.exec_driver_sql("SELECT count(*) FROM attempts").scalar_one() == 0
    world.clock.move(60)
    job.run_step()
    assert log_file.stat().st_size < upkeep.MOST_LOG
    assert world.finish(campaign) == "completed"
