"""Trunks whose adapter gave its connection up: paused with the reason, and connected again when somebody resumes them.

Who has the connection, of two installations that want the same, is a person's to decide. Until then this one takes
nothing from the other, also not by being started anew.
"""

from __future__ import annotations

from sqlalchemy import Connection

from campaign_app import transaction
from campaign_app.models import Trunk
from campaign_app.providers.base import SuspendableConnection, Provider
from campaign_app.queries import engines as engine_rows
from campaign_app.queries import trunks as trunk_rows

from .state import LEASE_SECONDS, EngineState, log


def own(engine: EngineState, connection: Connection, trunk_id: int) -> bool:
    """Whether this engine is, from now on or still, the one of its installation that holds an exclusive trunk."""
    return engine_rows.take_lease(connection, f"trunk:{trunk_id}", engine.name, LEASE_SECONDS)


def look(engine: EngineState, trunk: Trunk, provider: Provider) -> Provider:
    """The adapter to go on with, for an exclusive trunk that this engine owns: the one that there is, or after a resume
    a new one. Keeps `engine.resting`."""
    paused = trunk.paused_at is not None
    why = provider.suspension_reason() if isinstance(provider, SuspendableConnection) else None
    if why is None:
        rests = paused and trunk.paused_by == trunk_rows.ENGINE
    elif trunk.id in engine.resting and not paused:
        log.info("trunk %s was resumed, and connects again", trunk.name)
        engine.drop(trunk.id)
        provider, rests = engine.provider(trunk), False
    else:
        rests = trunk.id in engine.resting or _pause(engine, trunk.id, why)
    (engine.resting.add if rests else engine.resting.discard)(trunk.id)
    return provider


def _pause(engine: EngineState, trunk_id: int, why: str) -> bool:
    """False where another engine of this installation owns the trunk by now: that one took the connection."""
    with transaction.write(engine.db) as connection:
        owned = own(engine, connection, trunk_id)
        if owned:
            trunk_rows.pause(connection, trunk_id, why, engine.clock.now())
    return owned
