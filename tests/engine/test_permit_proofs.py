"""Permit proofs: a hundred thousand calls of campaigns whose rules changed twice, judged again; planted wrong ones are
found by their number."""

from __future__ import annotations

import itertools
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from campaign_app.domain.calling_window import parse_windows
from campaign_app.domain.dial_profile import DialProfile, derive_profile
from campaign_app.domain.rulebook import (
    CallCap,
    CampaignClock,
    CapPeriod,
    CapScope,
    Purpose,
    Rulebook,
    hash_rulebook,
    rulebook_to_json,
)
from campaign_app.models import Attempt, Base
from campaign_app.queries import permit_proofs
from campaign_app.services.contact_profiles import keep_profiles
from campaign_app.services.receipts import Verdict, make_receipt
from campaign_app.transaction import begin_write
from tests.engine.world import ALWAYS, World

CALLS = 100_000
CAMPAIGNS = 4
FIRST = datetime(2026, 3, 2, tzinfo=UTC)
"""A Monday; the calls reach beyond the change of the clocks."""
LAST = FIRST + timedelta(days=60)
PLACES = ("+1212555", "+1312555", "+1415555", "+1808555", "+4420794", "+6125550", "+9111234", "+3314268")
SECONDS = 120
"""For the proof of all of them, on a machine that is busy with other tests."""


def make_rulebooks() -> list[Rulebook]:
    """Each campaign's rules, and what two edits made of them: other purposes, caps and gaps."""
    windows = parse_windows(ALWAYS)
    books = []
    for campaign in range(CAMPAIGNS):
        for edit, (purpose, caps, gap) in enumerate(
            [
                (Purpose.INFORMATIONAL, (CallCap(3, 24),), 60),
                (Purpose.MARKETING, (CallCap(1, per=CapPeriod.DAY), CallCap(3, per=CapPeriod.WEEK)), 240),
                (Purpose.SURVEY, (CallCap(2, 48, CapScope.SUBJECT),), 0),
            ]
        ):
            subject = f"subject {campaign % 2}" if edit else ""
            clock = CampaignClock.PERSON if campaign % 2 else CampaignClock.BOTH
            books.append(Rulebook(purpose, subject, clock, None, windows, caps=caps, min_gap_minutes=gap))
    return books


def list_calls(count: int, profiles: list[DialProfile]) -> Iterator[dict[str, Any]]:
    """Calls as a permit would have let them through: at 11:00 where the person is, on weekdays that are no holidays
    anywhere here, and to each number twice a week at the most."""
    numbers = count // 10
    days = [
        day
        for n in range(60)
        if (day := FIRST + timedelta(days=n)).weekday() in (1, 4) and not _is_near_easter(day)
    ]
    for day, number in itertools.product(days[:10], range(numbers)):
        place = number % len(PLACES)
        campaign = number % CAMPAIGNS
        yield {
            "campaign": campaign,
            "book": campaign * 3 + min((day - FIRST).days // 20, 2),
            "place": place,
            "phone": f"{PLACES[place]}{number:04}",
            "at": _find_eleven(day, profiles[place]) + timedelta(seconds=number % 1800),
        }


def _is_near_easter(day: datetime) -> bool:
    """And the day of César Chávez in California, on which marketing does not call."""
    return datetime(2026, 3, 31, tzinfo=UTC) <= day <= datetime(2026, 4, 7, tzinfo=UTC)


def _find_eleven(day: datetime, profile: DialProfile) -> datetime:
    # The westernmost zone: it is still before 17:00 in the others.
    zone = min(profile.zones, key=lambda name: day.astimezone(ZoneInfo(name)).utcoffset() or timedelta(0))
    return day.replace(hour=11, tzinfo=ZoneInfo(zone)).astimezone(UTC)


INSERT_CALL = sa.text("""
    INSERT INTO attempts (
        id, campaign_id, trunk_id, number, try_number, counts, token, phone, status, rank, test, profile_id,
        rulebook_id, claimed_at, dialing_at, placed_at, ended_at
    ) VALUES (
        :id, :campaign, :trunk, 1, 1, true, :token, :phone, 'completed', 9, false, :profile,
        :book, :began, :began, :began, :ended
    )
""")
"""Made of few values, written once each: a hundred thousand rows through the table's types take half as long again."""


@pytest.fixture
def filled(world: World, request: pytest.FixtureRequest) -> World:
    rulebooks = make_rulebooks()
    profiles = [derive_profile(f"{place}0100").profile for place in PLACES]
    campaigns = [world.campaign([], start=False, name=f"Campaign {n}") for n in range(CAMPAIGNS)]
    tables = Base.metadata.tables
    column = tables["attempts"].c.claimed_at.type.dialect_impl(world.db.dialect)
    write = column.bind_processor(world.db.dialect) or (lambda at: at)
    with begin_write(world.db) as connection:
        ids = keep_profiles(connection, profiles, FIRST)
        book_ids = [
            connection.execute(
                tables["rulebooks"]
                .insert()
                .values(
                    campaign_id=campaigns[n // 3],
                    body=rulebook_to_json(book),
                    sha256=hash_rulebook(book),
                    made_at=FIRST + timedelta(days=20 * (n % 3)),
                    made_by="cli",
                )
                .returning(tables["rulebooks"].c.id)
            ).scalar_one()
            for n, book in enumerate(rulebooks)
        ]
        calls = enumerate(list_calls(getattr(request, "param", CALLS), profiles), start=1)
        while batch := list(itertools.islice(calls, 5000)):
            connection.execute(
                INSERT_CALL,
                [
                    {
                        "id": n,
                        "campaign": campaigns[call["campaign"]],
                        "trunk": world.trunk_id,
                        "token": f"{n:032x}",
                        "phone": call["phone"],
                        "began": write(call["at"]),
                        "ended": write(call["at"] + timedelta(seconds=30)),
                        "profile": ids[profiles[call["place"]]],
                        "book": book_ids[call["book"]],
                    }
                    for n, call in batch
                ],
            )
    if world.db.dialect.name == "postgresql":
        world.sql("ANALYZE attempts")
    return world


def prove(world: World) -> list[str]:
    with world.db.connect() as connection:
        return permit_proofs.find_wrong_permits(connection)


def change(world: World, attempt_id: int, **values: Any) -> None:
    attempts = Base.metadata.tables["attempts"]
    with begin_write(world.db) as connection:
        connection.execute(attempts.update().where(attempts.c.id == attempt_id).values(**values))


def load(world: World, attempt_id: int) -> Attempt:
    with world.session() as session:
        return session.get_one(Attempt, attempt_id)


@pytest.mark.spoils
@pytest.mark.timeout(600)
def test_every_call_is_judged_again_and_the_wrong_ones_are_named(filled: World) -> None:
    [(count,)] = filled.sql("SELECT count(*) FROM attempts")
    assert count == CALLS
    began = time.monotonic()
    assert prove(filled) == []
    assert time.monotonic() - began < SECONDS

    night, capped, listed, second = 777, 60_001, 70_707, 50_001
    at = load(filled, night).dialing_at
    assert at is not None
    change(filled, night, dialing_at=at + timedelta(hours=12))
    other = load(filled, second)
    change(filled, capped, phone=other.phone, dialing_at=other.dialing_at, profile_id=other.profile_id)
    target = load(filled, listed)
    assert target.dialing_at is not None
    removals = Base.metadata.tables["do_not_call_removals"]
    with begin_write(filled.db) as connection:
        connection.execute(
            removals.insert().values(
                phone=target.phone,
                source="operator",
                added_by="cli",
                created_at=target.dialing_at - timedelta(hours=1),
                removed_at=target.dialing_at + timedelta(hours=1),
                removed_by="cli",
                removal_reason="asked",
                unsuppressed=0,
            )
        )
    found = prove(filled)
    assert {int(line.split()[1]) for line in found} == {night, capped, listed}
    with filled.session() as session:
        for attempt_id in (night, capped, listed):
            assert make_receipt(session, attempt_id, LAST).verdict is Verdict.AGAINST_RULES
        assert make_receipt(session, second, LAST).verdict is Verdict.ALLOWED


@pytest.mark.sqlite_only
@pytest.mark.spoils
@pytest.mark.parametrize("filled", [20_000], indirect=True)
def test_the_memory_of_the_proof_does_not_grow_with_the_calls(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(permit_proofs, "PAGE", 500)
    prove(filled)  # what is cached for good
    peaks = []
    for most in (20_000, 5_000):
        filled.sql("DELETE FROM attempts WHERE id > :most", most=most)
        tracemalloc.start()
        try:
            assert prove(filled) == []
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[0] < 1.5 * peaks[1], peaks
