"""A small world to dial in: a database, a clock that a test moves, trunks on scripted carriers, and engines."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.engine.claim import ClaimResult, claim_for_trunk
from campaign_app.engine.context import EngineContext
from campaign_app.engine.permit import permit_attempts
from campaign_app.engine.send import send_attempts
from campaign_app.engine.tick import EngineLoop, TickResult
from campaign_app.extensions import make_engine
from campaign_app.models import Attempt, AuditEntry, Campaign, CampaignCounters, Contact, Trunk
from campaign_app.models.audit_chain import allow_maintenance
from campaign_app.queries import invariants, upkeep
from campaign_app.queries.claim import ClaimedAttempt
from campaign_app.services import campaigns, contacts, do_not_call, stats
from campaign_app.transaction import begin_write, read_snapshot, transaction
from tests.engine.fakes import ScriptedProvider
from tests.support.clock import FakeClock
from tests.support.status_moves import MoveRecorder

BY = "user:ada@example.com"
ALWAYS = [
    {"days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "start": "00:00", "end": "24:00"},
]
OWN_CLOCK = {
    "purpose": "informational",
    "clock": "campaign",
    "timezone": "UTC",
    "caps": [],
    "min_gap_minutes": 0,
    "guard_seconds": 0,
    "consent": {"kind": "express", "source": "the form of 2026"},
}
"""A campaign that calls by its own windows alone, as often as it likes: for tests of anything else. Without consent the
USA have a cap of their own."""
AREAS = ("212", "312", "415", "617", "702", "213", "305", "404", "503", "602")


def phones(count: int, start: int = 0) -> list[str]:
    """Numbers of the range 555-0100 to 555-0199, which is kept for fiction, in ten area codes."""
    return [f"+1{AREAS[n // 100]}555{n % 100 + 100:04}" for n in range(start, start + count)]


class World:
    def __init__(
        self,
        database_url: str,
        clock: FakeClock | None = None,
        *,
        providers: dict[int, ScriptedProvider] | None = None,
    ) -> None:
        """With `providers` it is an old world that starts again: its trunks are there, and so are its carriers."""
        self.db = make_engine(database_url)
        self.clock = clock or FakeClock()
        self.providers: dict[int, ScriptedProvider] = providers or {}
        self.engines: dict[str, EngineLoop] = {}
        self.trunk_id = min(self.providers) if self.providers else self.trunk("simulator")
        self.moves: MoveRecorder | None = None

    @property
    def provider(self) -> ScriptedProvider:
        """The first trunk's carrier."""
        return self.providers[self.trunk_id]

    @property
    def engine(self) -> EngineLoop:
        return self.new_engine("engine-1")

    @property
    def state(self) -> EngineContext:
        return self.engine.context

    def new_engine(self, name: str) -> EngineLoop:
        """The engine of this name, made when first asked for."""
        if name not in self.engines:
            self.engines[name] = EngineLoop(
                EngineContext(
                    db=self.db,
                    name=name,
                    clock=self.clock,
                    make_provider=lambda trunk: self.providers[trunk.id],
                    rng=random.Random(7),
                )
            )
        return self.engines[name]

    def close(self) -> None:
        for engine in self.engines.values():
            engine.context.close()
        self.db.dispose()

    def record_moves(self) -> None:
        """From now on `check` looks up every move of a status in TRANSITIONS."""
        self.moves = MoveRecorder(self.db)

    # Setting the scene.

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session whose block is one committed transaction."""
        with Session(self.db, expire_on_commit=False) as session, transaction(session):
            yield session

    def trunk(self, name: str, lines: int = 1000, pace: float | None = None, **caps: Any) -> int:
        with self.session() as session:
            trunk = Trunk(
                name=name,
                provider="simulator",
                settings={},
                max_concurrent_calls=lines,
                calls_per_second=pace,
                created_at=self.clock.now(),
            )
            session.add(trunk)
            session.flush()
        self.providers[trunk.id] = ScriptedProvider(self.clock, **caps)
        return trunk.id

    def campaign(self, numbers: int | list[str] = 0, *, start: bool = True, **fields: Any) -> int:
        """A campaign open at all hours with no pace, 10 lines and one retry after 10 minutes, unless `fields` say
        otherwise; started when it has numbers."""
        listed = phones(numbers) if isinstance(numbers, int) else numbers
        data = {
            "name": "Autumn",
            "message": {"text": "Hello"},
            "calling_windows": ALWAYS,
            "calls_per_second": None,
            "max_concurrent_calls": 10,
            "retry": {"max_retries": 1, "delays_minutes": [10]},
            **OWN_CLOCK,
            **fields,
        }
        with self.session() as session:
            campaign = campaigns.create_campaign(session, data, actor=BY, now=self.clock.now())
            if listed:
                contacts.add_contacts(session, campaign.id, listed, actor=BY, now=self.clock.now())
        if listed and start:
            self.act(campaign.id, "start")
        return campaign.id

    def act(self, campaign_id: int, action: str, **more: Any) -> None:
        with self.session() as session:
            campaigns.perform_campaign_action(
                session, campaign_id, action, actor=BY, now=self.clock.now(), **more
            )

    def add(self, campaign_id: int, numbers: list[str]) -> None:
        with self.session() as session:
            contacts.add_contacts(session, campaign_id, numbers, actor=BY, now=self.clock.now())

    def forbid(self, phone: str, campaign_id: int | None = None) -> None:
        """Put a number on the do-not-call list, as an operator does."""
        with self.session() as session:
            do_not_call.add_do_not_call_entry(
                session,
                phone,
                region=None,
                campaign_id=campaign_id,
                reason=None,
                source="operator",
                actor=BY,
                now=self.clock.now(),
            )

    def sql(self, statement: str, **bound: Any) -> list[Any]:
        """What no service would do."""
        with begin_write(self.db) as connection, self._unrecorded(connection):
            allow_maintenance(connection)
            done = connection.execute(sa.text(statement), bound)
            return list(done.all()) if done.returns_rows else []

    def set_status(self, campaign_id: int, status: str) -> None:
        """Put a campaign where a test begins, whatever TRANSITIONS says."""
        self.sql("UPDATE campaigns SET status = :status WHERE id = :id", status=status, id=campaign_id)

    def _unrecorded(self, connection: sa.Connection) -> AbstractContextManager[None]:
        return nullcontext() if self.moves is None else self.moves.unrecorded(connection)

    # Steps of the engine.

    def tick(self, times: int = 1, *, every: float = 1.0) -> TickResult:
        """Tick; between two ticks `every` seconds pass."""
        done = self.engine.tick()
        for _ in range(times - 1):
            self.clock.move(every)
            done = self.engine.tick()
        return done

    def claim(self, most: int = 100, trunk_id: int | None = None) -> ClaimResult:
        return claim_for_trunk(self.state, trunk_id or self.trunk_id, self.clock.now(), most)

    def permit(self, attempts: list[ClaimedAttempt]) -> list[ClaimedAttempt]:
        return permit_attempts(self.state, self.provider, attempts)

    def send(self, attempts: list[ClaimedAttempt]) -> int:
        return send_attempts(self.state, self.provider, self.trunk_id, attempts)

    def finish(
        self, campaign_id: int, status: AttemptStatus = AttemptStatus.COMPLETED, rounds: int = 50
    ) -> str:
        """Tick, ending every call so, until the campaign rests; its status then."""
        for _ in range(rounds):
            self.tick()
            self.clock.move(1)
            if not self.provider.end_all(status) and self.status(campaign_id) != "running":
                break
        return self.status(campaign_id)

    # What became of it.

    def status(self, campaign_id: int) -> str:
        return self.row(campaign_id).status

    def row(self, campaign_id: int) -> Campaign:
        with Session(self.db) as session:
            return session.get_one(Campaign, campaign_id)

    def contact(self, phone: str, campaign_id: int | None = None) -> Contact:
        with Session(self.db) as session:
            wanted = select(Contact).where(Contact.phone == phone)
            if campaign_id is not None:
                wanted = wanted.where(Contact.campaign_id == campaign_id)
            return session.scalars(wanted).one()

    def attempts(self, campaign_id: int | None = None, phone: str | None = None) -> list[Attempt]:
        """Oldest first."""
        wanted = select(Attempt).order_by(Attempt.id)
        if campaign_id is not None:
            wanted = wanted.where(Attempt.campaign_id == campaign_id)
        if phone is not None:
            wanted = wanted.where(Attempt.phone == phone)
        with Session(self.db) as session:
            return list(session.scalars(wanted))

    def attempt(self, phone: str) -> Attempt:
        """The last one of a number."""
        return self.attempts(phone=phone)[-1]

    def contacts(self, campaign_id: int) -> Counter[str]:
        with Session(self.db) as session:
            return Counter(session.scalars(select(Contact.status).where(Contact.campaign_id == campaign_id)))

    def outcomes(self, campaign_id: int) -> Counter[str]:
        return Counter(attempt.status for attempt in self.attempts(campaign_id))

    def counters(self, campaign_id: int) -> CampaignCounters:
        with Session(self.db) as session:
            return session.get_one(CampaignCounters, campaign_id)

    def audit(self) -> list[AuditEntry]:
        with Session(self.db) as session:
            return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))

    def reasons(self, campaign_id: int) -> list[stats.WaitReason]:
        """What its page says to "Why isn't it dialing?"."""
        with Session(self.db) as session:
            campaign = session.get_one(Campaign, campaign_id)
            return stats.compute_campaign_stats(session, campaign, self.clock.now()).reasons

    def broken(self) -> dict[str, list[str]]:
        """The invariants that do not hold now, with their rows."""
        with self.db.connect() as connection:
            found = invariants.check_invariants(connection, self.clock.now())
        return {finding.name: finding.violations for finding in found if finding.violations}

    def drift(self) -> dict[int, dict[str, int]]:
        """What a repair of the counters would add, by campaign."""
        with read_snapshot(self.db) as connection:
            ids = [row.id for row in connection.execute(sa.text("SELECT id FROM campaigns"))]
            found = {
                campaign_id: upkeep.measure_counter_drift(connection, campaign_id).describe_changes()
                for campaign_id in ids
            }
        return {campaign_id: added for campaign_id, added in found.items() if added}

    def check(self) -> None:
        """Every invariant holds, a repair would change nothing, no carrier was asked twice for one attempt, and no
        status moved but as TRANSITIONS has it, where that is recorded."""
        assert self.broken() == {}
        assert self.drift() == {}
        for provider in self.providers.values():
            assert provider.repeated() == []
        if self.moves is not None:
            assert self.moves.list_illegal_moves() == []

    def row_text(self, campaign_id: int, column: str) -> str | None:
        """One column of a campaign whose row cannot be read whole."""
        [(value,)] = self.sql(f"SELECT {column} FROM campaigns WHERE id = :id", id=campaign_id)
        return None if value is None else str(value)
