"""A simulator whose time the test moves, and readers of its ledger."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from campaign_app.domain.attempt import CallUpdate
from campaign_app.domain.script import script_from_text
from campaign_app.providers.base import DialRequest
from campaign_app.providers.simulator.adapter import SimulatorFaults, SimulatorProvider
from tests.providers.contract import Harness
from tests.support.clock import FakeClock

Make = Callable[..., SimulatorProvider]


def token(number: int) -> str:
    return f"{number:032x}"


def dial(number: int, to: str, **limits: float) -> DialRequest:
    return DialRequest(token(number), to, None, script_from_text("Hello."), **limits)


def run(simulator: SimulatorProvider, clock: FakeClock, seconds: float = 1000.0) -> list[CallUpdate]:
    """Let `seconds` pass, step by step as the thread would; the news of them."""
    left = seconds
    while True:
        pause = simulator.advance_to(clock.now())
        if pause is None or pause > left:
            clock.move(left)
            return list(simulator.events())
        # A microsecond more: the clock counts in them, the schedule does not.
        step = min(left, pause + 1e-6)
        clock.move(step)
        left -= step


def lines(ledger: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()]


def outcomes(ledger: Path) -> dict[str, tuple[str, float]]:
    return {line["token"]: (line["outcome"], line["t"]) for line in lines(ledger) if line["event"] == "ended"}


def events_of(ledger: Path, number: int) -> list[str]:
    return [line["event"] for line in lines(ledger) if line["token"] == token(number)]


class SimulatorHarness(Harness):
    human = "+12125550200"
    busy = "+12125550486"
    rings = "+12125550999"
    unassigned = "+12125550404"

    def __init__(self, ledger: Path, clock: FakeClock, faults: SimulatorFaults) -> None:
        super().__init__()
        self.clock = clock
        self.tokens = map(token, itertools.count(1))
        self.provider: SimulatorProvider = SimulatorProvider(ledger, clock=clock, faults=faults, start=False)

    def new_token(self) -> str:
        return next(self.tokens)

    def wait_until(self, done: Callable[[], bool], what: str) -> None:
        for _ in self._steps():
            if done():
                return
        raise AssertionError(f"gave up waiting for {what}")

    def _steps(self) -> Iterator[None]:
        while (pause := self.provider.advance_to(self.clock.now())) is not None:
            yield
            self.clock.move(pause + 1e-6)
        yield
