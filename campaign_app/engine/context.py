"""Engine context: what the steps of one engine share."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import InitVar, dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from campaign_app.clock import Clock
from campaign_app.domain.script import Segment
from campaign_app.domain.trunk_check import CheckStep
from campaign_app.models import Trunk
from campaign_app.providers.base import DialsTransferLegs, Provider

from .dispatch import WorkerDispatch
from .outside import OutsideAsker
from .provider_registry import ProviderRegistry
from .queue_profiles import QueueProfiles
from .timings import StepTimings
from .transfers import reserve_transfer_leg
from .trunk_state import TrunkState

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


def describe_error(error: Exception) -> str:
    """A failure as one line, for a page: SQLAlchemy's own text goes on with the statement and its parameters."""
    cause = getattr(error, "orig", None) or error
    text = f"{cause}".strip()
    return text.splitlines()[0] if text else type(cause).__name__


@dataclass(slots=True)
class EngineContext:
    """One engine, or one worker. `make_provider` makes the adapter of a trunk."""

    db: sa.Engine
    name: str
    clock: Clock
    make_provider: InitVar[Callable[[Trunk], Provider]]
    wake: Callable[[], None] = lambda: None
    """Tick soon: a campaign started, or a provider has something to tell."""
    rng: random.Random = field(default_factory=random.Random)
    stopping: threading.Event = field(default_factory=threading.Event)
    tick_seconds: float = 1.0
    sender_count: int = SENDERS
    second_person_above: int = 0
    """A campaign with more people than that resumes only where two people agreed to call them; 0: any does."""
    timings: StepTimings = field(default_factory=StepTimings)

    render_audio: Callable[[Iterable[Segment]], Mapping[Segment, Exception]] | None = None
    """Renders what will be played and waits for it; returns what has no sound, and why."""
    check_trunk: Callable[[Trunk], list[CheckStep]] | None = None
    """Asks a trunk's provider whether calls can be placed; None: nobody does (benchmarks, tests of steps)."""
    redis_rate: RedisRate | None = None
    """Where the trunks' calls per second are kept besides the database."""
    dispatch: WorkerDispatch | None = None
    """Who places what is claimed; None: this engine itself."""
    rollback_guard: RollbackGuard | None = None
    """What this machine has in its journal besides the database; None: nothing (benchmarks, tests of steps)."""

    journal_error: str | None = None
    """Why the journal took the last batch of calls not; None: it did."""
    outside: OutsideAsker | None = None
    """Who asks the operator's address about numbers; None: nobody does, and whoever needs an answer is not called."""

    pool: ThreadPoolExecutor = field(init=False)
    """The senders: threads that wait for a blocking provider."""
    providers: ProviderRegistry = field(init=False)
    queue_profiles: QueueProfiles = field(default_factory=QueueProfiles)
    """Who of each campaign's queue may be called now; its `rules` are the engine's memory of rulebooks and profiles."""
    failing_campaign_ids: set[int] = field(default_factory=set)
    """Campaigns whose last call failed at the provider: their next success clears it."""
    dropped_events: int = 0
    """Events that had to be let go and are not counted in the database yet."""
    _trunk_states: dict[int, TrunkState] = field(init=False, default_factory=dict)

    def __post_init__(self, make_provider: Callable[[Trunk], Provider]) -> None:
        if self.outside is not None:
            self.outside.wake = lambda: self.wake()
        self.pool = ThreadPoolExecutor(self.sender_count, "sender")
        self.providers = ProviderRegistry(
            make_provider, on_made=self._connect_provider, on_dropped=self._end_suspension
        )

    def get_trunk_state(self, trunk_id: int) -> TrunkState:
        """What this engine remembers of a trunk. From any thread."""
        state = self._trunk_states.get(trunk_id)
        return self._trunk_states.setdefault(trunk_id, TrunkState()) if state is None else state

    def close(self) -> None:
        self.pool.shutdown(wait=True, cancel_futures=True)
        if self.outside is not None:
            self.outside.close()
        if self.dispatch is not None:
            self.dispatch.close()
        self.providers.close()
        if self.rollback_guard is not None:
            self.rollback_guard.close()

    def _connect_provider(self, provider: Provider) -> None:
        # `wake` is set when a scheduler or a worker takes this context over, also after the first adapters were made.
        provider.on_updates(lambda: self.wake())
        if isinstance(provider, DialsTransferLegs):
            provider.on_transfer(partial(reserve_transfer_leg, self.db, self.clock))

    def _end_suspension(self, trunk_id: int) -> None:
        """A new adapter has not lost its connection."""
        self.get_trunk_state(trunk_id).suspended = False
