from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

# The contract's asserts live in a module that pytest does not collect by itself.
pytest.register_assert_rewrite("tests.providers.contract")

from campaign_app.providers.simulator.adapter import SimulatorProvider  # noqa: E402
from tests.providers.rig import Make  # noqa: E402
from tests.support.clock import FakeClock  # noqa: E402


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "calls" / "ledger.jsonl"


@pytest.fixture
def make(ledger: Path, clock: FakeClock) -> Iterator[Make]:
    """Opens simulators on one ledger, on the test's clock and without a thread, unless told otherwise."""
    made: list[SimulatorProvider] = []

    def open_one(**options: object) -> SimulatorProvider:
        made.append(SimulatorProvider(ledger, **{"clock": clock, "start": False, **options}))
        return made[-1]

    yield open_one
    for simulator in made:
        simulator.close()
