"""Retention: what is older than it is kept leaves in short pieces, and nothing else does."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from campaign_app.domain.attempt import AttemptStatus as S
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.retention import Kind
from campaign_app.engine.call_journal import CallJournal
from campaign_app.engine.exports import run_next_export
from campaign_app.engine.retention import RetentionJob
from campaign_app.engine.rollback_guard import RollbackGuard
from campaign_app.queries.recovery import DialedCall
from campaign_app.services import export_files, retention
from campaign_app.services.erasure_files import ErasedFiles
from tests.engine.world import BY, World, phones

YEAR = 365


@pytest.fixture
def files(tmp_path: Path) -> ErasedFiles:
    (tmp_path / "instance").mkdir()
    return ErasedFiles(tmp_path / "instance", tmp_path / "instance" / "ledger.jsonl")


def keep(world: World, **days: int | None) -> None:
    """Set periods; a reason for all."""
    with world.session() as session:
        data: dict[str, Any] = {
            kind: {"days": number, "reason": "our lawyer says so"} for kind, number in days.items()
        }
        retention.save_rules(session, data, actor=BY, now=world.clock.now())


def run(world: World, files: ErasedFiles) -> None:
    job = RetentionJob(world.db, world.clock, files)
    job.sweep_journals()
    while job.run_step():
        pass


def age(world: World, days: int) -> None:
    world.clock.move(days * 86_400)


def count(world: World, table: str) -> int:
    return int(world.sql(f"SELECT count(*) FROM {table}")[0][0])


def removable(world: World, kind: Kind) -> int | None:
    with Session(world.db) as session:
        statuses = retention.describe_rules(session, retention.load_rules(session), world.clock.now())
        return next(status.removable for status in statuses if status.kind is kind)


def finished_campaign(world: World, numbers: list[str]) -> int:
    campaign = world.campaign(numbers)
    assert world.finish(campaign) == "completed"
    return campaign


def test_nothing_leaves_unless_somebody_says_so(world: World, files: ErasedFiles) -> None:
    finished_campaign(world, phones(3))
    age(world, 10 * YEAR)
    run(world, files)
    assert (count(world, "contacts"), count(world, "attempts")) == (3, 3)


def test_calls_leave_and_the_counters_stay(world: World, files: ErasedFiles) -> None:
    over = finished_campaign(world, phones(3))
    running = world.campaign(phones(2, 5))
    world.tick()
    world.provider.end_all(S.NO_ANSWER)
    world.tick()
    age(world, 100)
    keep(world, call_records=90)
    assert removable(world, Kind.CALL_RECORDS) == 3
    run(world, files)
    assert {attempt.campaign_id for attempt in world.attempts()} == {running}
    assert world.counters(over).attempts_completed == 3
    assert world.row(over).records_removed_at == world.clock.now()
    assert world.row(running).records_removed_at is None
    assert removable(world, Kind.CALL_RECORDS) == 0
    assert not world.sql(
        "SELECT 1 FROM call_events e WHERE NOT EXISTS (SELECT 1 FROM attempts a WHERE a.token = e.token)"
    )
    assert world.broken() == {}


@pytest.mark.spoils
def test_an_unresolved_call_stays(world: World, files: ErasedFiles) -> None:
    finished_campaign(world, phones(2))
    world.sql("UPDATE attempts SET status = 'unresolved' WHERE id = 1")
    world.sql("UPDATE campaign_counters SET attempts_completed = 1, attempts_unresolved = 1")
    age(world, YEAR)
    keep(world, call_records=90, contacts=30)
    run(world, files)
    [left] = world.attempts()
    assert left.status == "unresolved"
    assert [row.phone for row in world.sql("SELECT phone FROM contacts")] == [left.phone]


def test_variables_leave_before_the_contact(world: World, files: ErasedFiles) -> None:
    campaign = finished_campaign(world, phones(2))
    world.sql("UPDATE contacts SET variables = '{\"name\": \"Ada\"}', external_id = 'A-1' WHERE id = 1")
    age(world, 40)
    keep(world, variables=30)
    assert removable(world, Kind.VARIABLES) == 1
    run(world, files)
    contact = world.contact(phones(1)[0])
    assert (contact.variables, contact.external_id) == ({}, None)
    keep(world, contacts=30)
    assert removable(world, Kind.CONTACTS) == 2
    run(world, files)
    assert all(row.phone.startswith("~") for row in world.sql("SELECT phone FROM contacts"))
    assert {attempt.phone for attempt in world.attempts()} == set(phones(2)), "the calls are kept apart"
    keep(world, contacts=30, call_records=90)
    age(world, 100)
    run(world, files)
    assert (count(world, "contacts"), count(world, "attempts")) == (0, 0)
    assert world.counters(campaign).contacts_completed == 2
    assert world.broken() == {}


def test_exported_files_go_with_uploads(world: World, files: ErasedFiles) -> None:
    campaign = world.campaign(phones(2))
    with world.session() as session:
        export_files.request_campaign_file(session, campaign, "csv", actor=BY, now=world.clock.now())
    assert run_next_export(world.db, files.exports, clock=world.clock, days=365)
    keep(world, uploads=30)
    run(world, files)
    assert len(list(files.exports.iterdir())) == 1
    world.clock.move(31 * 24 * 3600)
    assert removable(world, Kind.UPLOADS) == 1
    run(world, files)
    assert list(files.exports.iterdir()) == []


def test_a_campaign_that_may_dial_again_keeps_all(world: World, files: ErasedFiles) -> None:
    paused = world.campaign(phones(2))
    world.act(paused, "pause")
    world.campaign(phones(2, 5), start=False)
    age(world, 10 * YEAR)
    keep(world, variables=1, contacts=1, call_records=90)
    run(world, files)
    assert count(world, "contacts") == 4


def test_do_not_call_and_who_edited_what_stay(world: World, files: ErasedFiles) -> None:
    world.campaign()
    world.forbid(phones(1)[0])
    age(world, 10 * YEAR)
    keep(world, audit=30, uploads=30, recordings=30, contacts=30)
    run(world, files)
    assert count(world, "do_not_call") == 1
    assert [entry.action for entry in world.audit()] == ["campaign.create", "retention.update"]


def test_a_journal_of_removed_calls_proves_no_lost_database(world: World, files: ErasedFiles) -> None:
    finished_campaign(world, phones(2))
    journal = CallJournal(files.instance, "abc")
    journal.append_calls(
        [
            DialedCall(a.token, a.phone, a.trunk_id, a.campaign_id, a.contact_id, a.number, a.dialing_at)
            for a in world.attempts()
            if a.dialing_at is not None
        ],
        world.clock.now() - timedelta(seconds=2),
    )
    journal.close()
    world.sql("INSERT INTO settings (key, value) VALUES ('installation', 'abc')")
    age(world, 100)
    keep(world, call_records=90, uploads=60)
    run(world, files)
    assert count(world, "attempts") == 0
    assert phones(1)[0].encode() not in b"".join(path.read_bytes() for path in files.records if path.exists())
    guard = RollbackGuard(world.db, files.instance, "here")
    assert guard.check_not_rolled_back(world.clock.now())
    guard.close()


def test_a_piece_holds_the_lock_shortly(world: World, files: ErasedFiles) -> None:
    numbers = [f"+1{area}555{n:04}" for area in (212, 312, 415) for n in range(100, 1100)]
    campaign = world.campaign([])
    at = "2026-11-20 15:00:00.000000"
    rows = ", ".join(f"({campaign}, '{number}', 'canceled', 0, 0, '{{}}', '{at}', 0)" for number in numbers)
    columns = "campaign_id, phone, status, attempts_made, tries, variables, created_at, profile_id"
    world.sql(f"INSERT INTO contacts ({columns}) VALUES {rows}")
    world.sql("UPDATE campaign_counters SET contacts_canceled = :n", n=len(numbers))
    world.set_status(campaign, "archived")
    age(world, 100)
    keep(world, contacts=30)
    job = RetentionJob(world.db, world.clock, files)
    longest, goes_on = 0.0, True
    while goes_on:
        began = time.perf_counter()
        goes_on = job.run_step()
        longest = max(longest, time.perf_counter() - began)
    assert count(world, "contacts") == 0
    assert longest < 1.0, "a step of 500 rows, on a busy machine"


@pytest.mark.parametrize(
    "data, field",
    [
        ({"contacts": {"days": 30}}, "contacts.reason"),
        ({"call_records": {"days": 30, "reason": "x"}}, "call_records.days"),
        ({"call_records": {"days": 400}}, "call_records.reason"),
        ({"variables": {"days": 0}}, "variables.days"),
        ({"variables": {"days": True}}, "variables.days"),
        ({"variables": {"day": 1}}, "variables"),
        ({"everything": {"days": 1}}, "everything"),
    ],
)
def test_wrong_periods_are_refused_at_their_field(world: World, data: dict[str, Any], field: str) -> None:
    with world.session() as session, pytest.raises(InvalidInput) as refused:
        retention.save_rules(session, data, actor=BY, now=world.clock.now())
    assert [error.field for error in refused.value.errors] == [field]
