"""What the called person's clock costs: a claim while nearly everybody sleeps, permits with caps, and a preflight."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign_app.clock import SYSTEM_CLOCK
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.rulebook import CampaignClock, Purpose, Rulebook
from campaign_app.engine.claim import claim_for_trunk
from campaign_app.engine.context import EngineContext
from campaign_app.engine.permit import permit_attempts
from campaign_app.extensions import make_engine
from campaign_app.models import Campaign, DialProfileRow
from campaign_app.queries import claim as claim_queries
from campaign_app.queries.claim import ClaimedAttempt
from campaign_app.rules import load_shipped_packs
from campaign_app.services.preflight import compute_preflight
from campaign_app.services.rulebooks import keep_rulebook
from campaign_app.services.single_calls import ALWAYS
from campaign_app.transaction import begin_write
from scripts.system_parts import REMEDY, find_postgres
from tests.support.postgres import PostgresServer

from . import lists as bench_lists
from .ground import CAMPAIGN, TRUNK, lay
from .lifecycles import WrongWork
from .ours import Ours
from .provider import Instant
from .report import Result

ALL, ASLEEP = 5_000_000, 4_700_000
PROFILES = 60
PERMITTED, PREFLIGHT = 200_000, 1_000_000
LISTED = 500_000
"""Numbers on each of three lists, none of them of a contact."""
CALLED_LATELY = 10
"""Of so many people of the preflight's list, one was called a while ago."""
BATCH = 100
ROUNDS, WARM_UP = 31, 6


def people(directory: Path) -> list[Result]:
    """All of it on both databases. Needs some six gigabytes of disk, and minutes."""
    binaries = find_postgres()
    if binaries is None:
        raise SystemExit(REMEDY["postgres"])
    results = _measure("SQLite", _sqlite_files(directory))
    with PostgresServer(binaries, durable=True) as server:
        return results + _measure("PostgreSQL", iter(server.new_database, None))


def _sqlite_files(directory: Path) -> Iterator[str]:
    for number in range(100):
        yield f"sqlite:///{directory / f'people-{number}.sqlite'}"


def _measure(database: str, urls: Iterator[str | None]) -> list[Result]:
    results = [_measure_claims(database, urls)]
    if database == "PostgreSQL":
        results += _measure_buffers(urls)
    return [
        *results,
        _measure_permits(database, urls),
        _measure_permits_by_packs(database, urls),
        _measure_preflight(database, urls),
    ]


@contextmanager
def _ground(urls: Iterator[str | None], contacts: int, asleep: int) -> Iterator[sa.Engine]:
    """A campaign whose first `asleep` contacts are due, and in places where it is night."""
    url = next(urls)
    assert url is not None
    engine = make_engine(url)
    try:
        lay(engine, contacts, SYSTEM_CLOCK.now(), asleep=asleep, profiles=PROFILES)
        _add_rules(engine, SYSTEM_CLOCK.now())
        yield engine
    finally:
        engine.dispose()
        if engine.url.database and engine.dialect.name == "sqlite":
            for leftover in Path(engine.url.database).parent.glob(Path(engine.url.database).name + "*"):
                leftover.unlink()


def _add_rules(engine: sa.Engine, now: datetime) -> None:
    """Profile 1 is where it is about noon, the others are where it is about midnight; the person's clock counts."""
    with Session(engine) as session, session.begin():
        awake, asleep = _zone_at(now, 12), _zone_at(now, 0)
        session.get_one(DialProfileRow, 1).body = DialProfile((awake,), "DE", derived="number").to_json()
        for number in range(2, PROFILES + 1):
            profile = DialProfile((asleep,), "DE", (f"DE-{number:02}",), derived="number")
            session.add(DialProfileRow(id=number, key=profile.key, body=profile.to_json(), created_at=now))
        campaign = session.get_one(Campaign, CAMPAIGN)
        campaign.purpose, campaign.timezone = Purpose.SURVEY.value, None
        campaign.rulebook_id = keep_rulebook(
            session, _rulebook(), campaign_id=CAMPAIGN, actor="bench", now=now
        )


def _rulebook() -> Rulebook:
    return Rulebook(Purpose.SURVEY, "", CampaignClock.BOTH, None, ALWAYS)


BARE = Rulebook(Purpose.SURVEY, "", CampaignClock.CAMPAIGN, None, ALWAYS, caps=(), min_gap_minutes=0)
"""Nothing but a campaign's own hours, which are all of them."""


def _zone_at(now: datetime, hour: int) -> str:
    """A zone in which it is about that hour."""
    east = (hour - now.hour + 11) % 24 - 11
    return f"Etc/GMT{-east:+d}" if east else "Etc/GMT"


def _measure_claims(database: str, urls: Iterator[str | None]) -> Result:
    """Both sides claim 100 of five million: ours while 94 of 100 sleep, the floor while everybody may be called."""
    times = []
    for asleep in (ASLEEP, 0):
        with _ground(urls, ALL, asleep) as engine:
            ours = Ours(engine)
            taken = []
            try:
                for turn in range(WARM_UP + ROUNDS):
                    started = perf_counter()
                    claimed = ours.claim(BATCH)
                    if turn >= WARM_UP:
                        taken.append((perf_counter() - started) * 1000)
                    if len(claimed) != BATCH or ours.finish(claimed) != BATCH:
                        raise WrongWork(f"{len(claimed)} of {BATCH} were claimed, or did not all end")
            finally:
                ours.close()
            times.append(median(taken))
    return Result("claim from 5M, 4.7M asleep / none", database, BATCH, times[0], times[1], "ms")


def _measure_buffers(urls: Iterator[str | None]) -> list[Result]:
    """Pages that taking 100 touches, by PostgreSQL's own count."""
    buffers = []
    for asleep in (ASLEEP // 5, 0):
        with _ground(urls, ALL // 5, asleep) as engine:
            buffers.append(_count_buffers(engine))
    return [Result("pages to take 100, 94 % asleep / none", "PostgreSQL", BATCH, *buffers, "buffers")]


def _count_buffers(engine: sa.Engine) -> float:
    take = claim_queries.TAKES.put_in(claim_queries.TAKE, "postgresql")
    statement = claim_queries.OPEN_PROFILES.put_in(take, "postgresql") + " SELECT count(*) FROM taken"
    bound: dict[str, Any] = {
        "now": SYSTEM_CLOCK.now(),
        **claim_queries.TAKES.to_parameters("postgresql", [(CAMPAIGN, BATCH, False, True, None, 0)]),
        **claim_queries.OPEN_PROFILES.to_parameters("postgresql", [(CAMPAIGN, 1, 0)]),
    }
    counts = []
    for _ in range(5):
        with engine.connect() as connection:
            plan = connection.execute(
                sa.text("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + statement), bound
            ).scalar_one()
            connection.rollback()
        top = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
        counts.append(top["Shared Hit Blocks"] + top["Shared Read Blocks"])
    return float(median(counts))


def _measure_permits(database: str, urls: Iterator[str | None]) -> Result:
    """Permits a second, each number called once before: with hours, caps and gap, and by the campaign's clock alone."""
    with _ground(urls, PERMITTED, 0) as engine:
        speeds = _permit_in_turns(engine, (_rulebook(), BARE), lambda number: None)
    return Result("permits, with hours and caps / without", database, BATCH, *speeds, "per second")


def _measure_permits_by_packs(database: str, urls: Iterator[str | None]) -> Result:
    """The same with every pack that there is and three lists of half a million numbers, beside none of either."""
    keys = tuple(each.pack.key for each in load_shipped_packs())
    with _ground(urls, PERMITTED, 0) as engine:
        versions = [
            bench_lists.add_strangers(engine, f"Bench {number}", LISTED, number) for number in range(3)
        ]

        def set_lists(number: int) -> None:
            with begin_write(engine) as connection:
                for version_id in versions:
                    bench_lists.set_in_force(connection, version_id, on=number == 0)

        speeds = _permit_in_turns(engine, (replace(_rulebook(), packs=keys), BARE), set_lists)
    return Result("permits, all packs and three lists / none", database, BATCH, *speeds, "per second")


def _permit_in_turns(
    engine: sa.Engine, rulebooks: tuple[Rulebook, Rulebook], prepare: Callable[[int], None]
) -> tuple[float, float]:
    """Permits a second by each of two rulebooks, in turns, each number called once before; `prepare` is told which of
    them comes."""
    speeds: dict[int, list[float]] = {}
    _add_history(engine, 1)
    with Session(engine) as session, session.begin():
        now = SYSTEM_CLOCK.now()
        books = [
            keep_rulebook(session, rulebook, campaign_id=CAMPAIGN, actor="bench", now=now)
            for rulebook in rulebooks
        ]
    provider = Instant(SYSTEM_CLOCK)
    state = EngineContext(db=engine, name="bench", clock=SYSTEM_CLOCK, make_provider=lambda trunk: provider)
    try:
        for turn in range(2 * (WARM_UP + ROUNDS)):
            book = books[turn % 2]
            prepare(turn % 2)
            with begin_write(engine) as connection:
                connection.execute(sa.text("UPDATE campaigns SET rulebook_id = :book"), {"book": book})
            claimed = claim_for_trunk(state, TRUNK, SYSTEM_CLOCK.now(), BATCH).attempts
            started = perf_counter()
            permitted = permit_attempts(state, provider, claimed)
            seconds = perf_counter() - started
            if len(permitted) != BATCH:
                raise WrongWork(f"{len(permitted)} of {BATCH} were permitted")
            _end(engine, permitted)
            if turn >= 2 * WARM_UP:
                speeds.setdefault(book, []).append(BATCH / seconds)
    finally:
        state.close()
    return median(speeds[books[0]]), median(speeds[books[1]])


def _add_history(engine: sa.Engine, every: int) -> None:
    """One call, ten hours ago, to each `every`-th number."""
    with begin_write(engine) as connection:
        connection.execute(
            sa.text(
                """INSERT INTO attempts (campaign_id, contact_id, trunk_id, number, try_number, counts, token, phone,
                     status, rank, engine, claimed_at, dialing_at, ended_at)
                   SELECT campaign_id, id, 1, 0, 1, true, 'h' || id, phone, 'completed', 9, 'bench', :at, :at, :at
                   FROM contacts WHERE id % :every = 0"""
            ).bindparams(sa.bindparam("at", type_=Campaign.created_at.type)),
            {"at": SYSTEM_CLOCK.now() - timedelta(hours=10), "every": every},
        )


def _end(engine: sa.Engine, attempts: list[ClaimedAttempt]) -> None:
    """Off the clock: the calls are over."""
    statement = sa.text(
        "UPDATE attempts SET status = 'completed', rank = 9, ended_at = dialing_at, poll_at = NULL WHERE id IN :ids"
    ).bindparams(sa.bindparam("ids", expanding=True))
    with begin_write(engine) as connection:
        connection.execute(statement, {"ids": [attempt.id for attempt in attempts]})


def _measure_preflight(database: str, urls: Iterator[str | None]) -> Result:
    """Seconds for a list of a million, beside one plain count of it by profile."""
    with _ground(urls, PREFLIGHT, PREFLIGHT // 2) as engine:
        _add_history(engine, CALLED_LATELY)

        def run_preflight(session: Session) -> None:
            found = compute_preflight(session, session.get_one(Campaign, CAMPAIGN), SYSTEM_CLOCK.now())
            if found.now + sum(group.contacts for group in found.later) != PREFLIGHT:
                raise WrongWork(f"{found.now} now and {len(found.later)} groups later")

        def run_count(session: Session) -> None:
            session.execute(
                sa.text("SELECT profile_id, count(*) FROM contacts WHERE due_at IS NOT NULL GROUP BY 1")
            ).all()

        return Result(
            "preflight of 1M / a count by profile",
            database,
            None,
            _time(engine, run_preflight),
            _time(engine, run_count),
            "s",
        )


def _time(engine: sa.Engine, work: Callable[[Session], None]) -> float:
    seconds = []
    for _ in range(3):
        with Session(engine) as session:
            started = perf_counter()
            work(session)
            seconds.append(perf_counter() - started)
    return median(seconds)
