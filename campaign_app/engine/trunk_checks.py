"""Trunk checks: the engine that keeps the house checks each trunk while it is needed, so that wrong credentials are not
found out by calling people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from campaign_app import transaction
from campaign_app.domain.trunk_check import CHECK_EVERY
from campaign_app.models import Trunk
from campaign_app.queries import trunks as trunk_queries

from .context import EngineContext, log

BEING_CHECKED = "its account is being checked, before the first call"


def find_closed_by_check(engine: EngineContext, trunk: Trunk) -> str | None:
    """Why nothing may be dialed on the trunk, by its last check; None where calls may be placed."""
    if engine.check_trunk is None:
        return None
    if trunk.check_error is not None:
        return trunk.check_error
    # Asterisk has a connection, without which nothing is dialed; Twilio would be found out by a call.
    return BEING_CHECKED if trunk.provider == "twilio" and trunk.checked_at is None else None


class TrunkChecks:
    """Begins the checks that are due, in the senders' threads: a provider may take its time to answer."""

    def __init__(self, engine: EngineContext, started_at: datetime) -> None:
        self._engine = engine
        self._started_at = started_at
        self._running: set[int] = set()

    def begin_due(self, trunks: Sequence[Trunk], now: datetime) -> None:
        """Check what is due: a Twilio account that is needed, and whatever failed its last check."""
        if self._engine.check_trunk is None:
            return
        candidates = [trunk for trunk in trunks if self._may_be_due(trunk, now)]
        if not candidates:
            return
        with self._engine.db.connect() as connection:
            needed = trunk_queries.list_needed_trunk_ids(connection)
        for trunk in candidates:
            if trunk.check_error is not None or trunk.id in needed:
                self._running.add(trunk.id)
                self._engine.pool.submit(self._check, trunk)

    def _may_be_due(self, trunk: Trunk, now: datetime) -> bool:
        if trunk.id in self._running or trunk.provider == "simulator":
            return False
        if trunk.provider != "twilio" and trunk.check_error is None:
            return False
        # The environment's credentials may be others since this process began.
        at = trunk.checked_at
        return at is None or at < self._started_at or now - at >= CHECK_EVERY

    def _check(self, trunk: Trunk) -> None:
        engine = self._engine
        try:
            assert engine.check_trunk is not None
            steps = engine.check_trunk(trunk)
            with transaction.begin_write(engine.db) as connection:
                trunk_queries.store_check(connection, trunk, steps, engine.clock.now())
        except Exception:
            log.exception("trunk %s could not be checked", trunk.name)
        finally:
            self._running.discard(trunk.id)
            engine.wake()
