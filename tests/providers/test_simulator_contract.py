"""The contract over the simulator: as it is, and while its events are repeated, late and reordered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from campaign_app.providers.simulator.adapter import SimulatorFaults
from tests.providers.contract import ProviderContract
from tests.providers.rig import SimulatorHarness
from tests.support.clock import FakeClock

KINDS = {
    "well": SimulatorFaults(),
    "repeating": SimulatorFaults(duplicate=1.0),
    "late": SimulatorFaults(late=1.0),
    "reordering": SimulatorFaults(reordered=1.0, duplicate=0.5),
}


@pytest.fixture(params=KINDS.values(), ids=KINDS.keys())
def harness(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock) -> Iterator[SimulatorHarness]:
    made = SimulatorHarness(tmp_path / "ledger.jsonl", clock, request.param)
    yield made
    made.provider.close()


class TestSimulator(ProviderContract):
    pass
