"""Exclusive trunks: those whose only connection another program took are paused, and connected again when
somebody resumes them.

Who has the connection, of two installations that want the same, is a person's to decide. Until then this one takes
nothing from the other, also not by being started anew.
"""

from __future__ import annotations

from sqlalchemy import Connection

from campaign_app import transaction
from campaign_app.models import Trunk
from campaign_app.providers.base import Provider, SuspendableConnection
from campaign_app.queries import engines as engine_queries
from campaign_app.queries import trunks as trunk_queries

from .context import LEASE_SECONDS, EngineContext, log


def take_trunk_lease(engine: EngineContext, connection: Connection, trunk_id: int) -> bool:
    """Whether this engine is, from now on or still, the one of its installation that holds an exclusive trunk."""
    return engine_queries.take_lease(connection, f"trunk:{trunk_id}", engine.name, LEASE_SECONDS)


def update_suspension(engine: EngineContext, trunk: Trunk, provider: Provider) -> Provider:
    """The adapter to go on with, for an exclusive trunk that this engine owns: the one that there is, or after a resume
    a new one. Sets whether the trunk is suspended."""
    state = engine.get_trunk_state(trunk.id)
    paused = trunk.paused_at is not None
    reason = provider.suspension_reason() if isinstance(provider, SuspendableConnection) else None
    if reason is None:
        suspended = paused and trunk.paused_by == trunk_queries.ENGINE
    elif state.suspended and not paused:
        log.info("trunk %s was resumed, and connects again", trunk.name)
        engine.providers.drop_provider(trunk.id)
        provider, suspended = engine.providers.get_provider(trunk), False
    else:
        suspended = state.suspended or _pause_trunk(engine, trunk.id, reason)
    state.suspended = suspended
    return provider


def _pause_trunk(engine: EngineContext, trunk_id: int, reason: str) -> bool:
    """False where another engine of this installation owns the trunk by now: that one took the connection."""
    with transaction.begin_write(engine.db) as connection:
        lease_held = take_trunk_lease(engine, connection, trunk_id)
        if lease_held:
            trunk_queries.pause_trunk(connection, trunk_id, reason, engine.clock.now())
    return lease_held
