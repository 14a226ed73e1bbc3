"""The carriers that a world can have: the small one of carrier.py, or the fake Twilio behind the product's own adapter.

Both are processes on the shared clock; both misbehave by the same names of faults and write the same ledger.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from tests.providers.twilio.fake.process import FakeTwilio
from tests.support.server import ROOT

# With bytecode, else each process compiles the product anew.
ENVIRONMENT = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


class Carrier(Protocol):
    """`provider` is what a trunk over it names. It keeps its port and its ledger over a `kill` and a `start`."""

    provider: str
    port: int

    def start(self) -> None: ...

    def kill(self) -> None:
        """SIGKILL."""

    def stats(self) -> dict[str, Any]:
        """`second_tokens`, as it counted them itself."""


class Small:
    """carrier.py. Its callbacks are fetched, and it can repeat those that nobody heard."""

    provider = "carrier"

    def __init__(self, directory: Path, seed: int, rates: Mapping[str, float]) -> None:
        self.port = 0
        self._directory, self._seed, self._rates = directory, seed, dict(rates)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self._directory / "carrier.log").open("ab") as log:
            started = subprocess.Popen(
                [
                    sys.executable,
                    "-S",  # the standard library is all it needs
                    "-m",
                    "tests.faults.carrier",
                    str(self._directory),
                    str(self.port),
                    str(self._seed),
                    json.dumps(self._rates),
                ],
                cwd=ROOT,
                env=ENVIRONMENT,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        assert started.stdout is not None
        with started.stdout as said:
            line = said.readline()
        if not line:
            started.wait(timeout=60)
            raise RuntimeError(f"the carrier did not start: {(self._directory / 'carrier.log').read_text()}")
        self._process, self.port = started, int(line)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=60)
            self._process = None

    def stats(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/stats", timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
        return found


class Twilio(FakeTwilio):
    """The fake Twilio. It calls the engine's process, which listens as `make run` does; what nobody answers it says
    once more, and then never again."""

    provider = "twilio"

    def __init__(self, directory: Path, seed: int, rates: Mapping[str, float]) -> None:
        super().__init__(directory, seed=seed, rates=dict(rates), clock=str(directory / "clock"), mixed=True)


CARRIERS: dict[str, Callable[[Path, int, Mapping[str, float]], Carrier]] = {
    "carrier": Small,
    "twilio": Twilio,
}
