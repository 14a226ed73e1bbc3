"""What an engine is made of."""

from __future__ import annotations

import logging
import random
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from campaign_app import transaction
from campaign_app.clock import Clock
from campaign_app.domain.attempt import CallUpdate
from campaign_app.domain.pacing import TurnRecord
from campaign_app.domain.script import Segment
from campaign_app.models import Trunk, dump_json
from campaign_app.providers.base import DialsTransferLegs, Provider
from campaign_app.queries import transfer_legs

from .dispatch import WorkerDispatch
from .timings import StepTimings

if TYPE_CHECKING:
    from .rate import RedisRate
    from .rollback_guard import RollbackGuard

log = logging.getLogger("switchboard.engine")

BATCH = 100
"""Attempts per transaction. More gained 1.0–1.36 × when measured, for longer locks."""
SENDERS = 10
"""Threads that wait for a blocking provider; also the most requests on their way at once, per engine."""
SEND_WITHIN = 5.0
"""Seconds, monotonic, from the permit's commit within which a request may leave; later ones are released."""
CLAIM_STALE_AFTER = 15.0
"""Seconds after which a claim that nobody sent goes back."""
LEASE_SECONDS = 10


@dataclass(slots=True)
class EngineContext:
    """One engine. `provider_of` makes the adapter of a trunk; it is asked once per trunk."""

    db: sa.Engine
    name: str
    clock: Clock
    make_provider: Callable[[Trunk], Provider]
    wake: Callable[[], None] = lambda: None
    rng: random.Random = field(default_factory=random.Random)
    stopping: threading.Event = field(default_factory=threading.Event)
    providers: dict[int, Provider] = field(default_factory=dict)
    latency: dict[int, float] = field(default_factory=dict)
    """Seconds that a trunk's `place` takes, smoothed: how many attempts one permit may cover."""
    failing_campaign_ids: set[int] = field(default_factory=set)
    """Campaigns whose last call failed at the provider: their next success clears it."""
    failing_trunk_ids: set[int] = field(default_factory=set)
    """The same for trunks, whose next success closes the circuit."""
    suspended_trunk_ids: set[int] = field(default_factory=set)
    """Trunks that nothing connects before somebody resumes them (engine/resting.py)."""
    timings: StepTimings = field(default_factory=StepTimings)
    turns: dict[int, TurnRecord] = field(default_factory=dict)
    """By trunk: which campaign's turn it is."""
    render_audio: Callable[[Iterable[Segment]], Mapping[Segment, Exception]] | None = None
    """Renders what will be played and waits for it; returns what has no sound, and why."""
    redis_rate: RedisRate | None = None
    """Where the trunks' calls per second are kept besides the database."""
    dispatch: WorkerDispatch | None = None
    """Who places what is claimed; None: this engine itself."""
    tick_seconds: float = 1.0
    sender_count: int = SENDERS
    rollback_guard: RollbackGuard | None = None
    """What this machine remembers of its calls beside the database; None: nothing (benchmarks, tests of steps)."""
    pool: ThreadPoolExecutor = field(init=False)
    unsettled_updates: dict[int, deque[CallUpdate]] = field(default_factory=dict)
    """Events, by trunk, that were told and are not in the database yet."""
    dropped_events: int = 0
    """Events that had to be let go and are not counted in the database yet."""
    _accounts: dict[int, tuple[str, str, str | None]] = field(default_factory=dict)
    """What each adapter was made of."""

    def __post_init__(self) -> None:
        self.pool = ThreadPoolExecutor(self.sender_count, "sender")

    def get_provider(self, trunk: Trunk) -> Provider:
        """A trunk's adapter. One whose account was changed meanwhile is closed and made anew; its calls go on."""
        account = (trunk.provider, dump_json(trunk.settings), trunk.secret)
        if self._accounts.get(trunk.id, account) != account:
            self.drop_trunk(trunk.id)
        provider = self.providers.get(trunk.id)
        if provider is None:
            provider = self.providers[trunk.id] = self.make_provider(trunk)
            self._accounts[trunk.id] = account
            provider.on_updates(lambda: self.wake())
            if isinstance(provider, DialsTransferLegs):
                provider.on_transfer(self.reserve_transfer_leg)
        return provider

    def reserve_transfer_leg(self, token: str) -> bool:
        """Whether a second line is free for a call that is to be connected with somebody; it has that line then. False
        also while the database is away."""
        try:
            with transaction.begin_write(self.db) as connection:
                return transfer_legs.reserve_line(connection, token, self.clock.now())
        except SQLAlchemyError as error:
            log.warning("attempt %s cannot be transferred yet: %s", token, error)
            return False

    def describe_rollback(self) -> str | None:
        """Whether the database went backwards (memory.py); what is wrong, in words. A tick goes on all the same, and
        dials nothing: journal.py asks again."""
        if self.rollback_guard is None:
            return None
        try:
            is_current = self.rollback_guard.check_not_rolled_back(self.clock.now())
        except OSError as error:
            return f"the journal of calls cannot be used: {error.strerror or error}"
        return None if is_current else "the database went backwards: dialling is in quarantine"

    def drop_trunk(self, trunk_id: int) -> None:
        """Let go of a trunk that another engine works on; its adapter is made anew should it come back."""
        self._accounts.pop(trunk_id, None)
        self.suspended_trunk_ids.discard(trunk_id)
        provider = self.providers.pop(trunk_id, None)
        if provider is not None:
            provider.close()

    def close(self) -> None:
        self.pool.shutdown(wait=True, cancel_futures=True)
        if self.dispatch is not None:
            self.dispatch.close()
        for provider in self.providers.values():
            provider.close()
        if self.rollback_guard is not None:
            self.rollback_guard.close()
