"""The fake as a process that tests start, change, kill and read."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.support.server import ROOT, START_SECONDS, STOP_SECONDS, free_port
from tests.support.waiting import wait_until

SID = "AC" + "0123456789abcdef" * 2
TOKEN, SECOND_TOKEN = "first-auth-token-of-the-fake", "second-auth-token-of-the-fake"
CALLER_ID = "+12125550100"


class FakeTwilio:
    """`url` is what TWILIO_BASE_URL has to be."""

    def __init__(self, directory: Path, **config: Any) -> None:
        self.directory = directory
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        directory.mkdir(parents=True, exist_ok=True)
        self._config = {"directory": str(directory), "sid": SID, "tokens": [TOKEN, SECOND_TOKEN], **config}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        path = self.directory / "config.json"
        path.write_text(json.dumps(self._config))
        with (self.directory / "output.log").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.providers.twilio.fake.server", str(self.port), str(path)],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        wait_until(self._up, "the fake Twilio to listen", timeout=START_SECONDS)

    def _up(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.directory / "output.log").read_text()
        try:
            return httpx.post(f"{self.url}/fake", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(STOP_SECONDS)
            self._process = None

    def restart(self) -> None:
        """SIGKILL, and the same one again: what it had placed goes on."""
        self.kill()
        self.start()

    def set(self, **config: Any) -> None:
        """Change its configuration while it runs."""
        self._config.update(config)
        httpx.post(f"{self.url}/fake", json=config, trust_env=False).raise_for_status()

    def stats(self) -> dict[str, Any]:
        found: dict[str, Any] = httpx.get(f"{self.url}/fake", trust_env=False).raise_for_status().json()
        return found

    def lines(self, name: str) -> list[dict[str, Any]]:
        path = self.directory / f"{name}.jsonl"
        text = path.read_text() if path.exists() else ""
        # Its last line may be half written.
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def ledger(self, *events: str) -> list[dict[str, Any]]:
        return [line for line in self.lines("ledger") if not events or line["event"] in events]

    def heard(self, token: str) -> list[str]:
        return [line["what"] for line in self.ledger("heard") if line["token"] == token]

    def forms(self) -> list[dict[str, list[str]]]:
        """The forms of the calls it was asked for, in order."""
        return [line["form"] for line in self.lines("requests") if "form" in line]

    def faults(self, *kinds: str) -> list[dict[str, Any]]:
        return [line for line in self.lines("faults") if not kinds or line["kind"] in kinds]


@contextmanager
def fake_twilio(directory: Path, **config: Any) -> Iterator[FakeTwilio]:
    fake = FakeTwilio(directory, **config)
    fake.start()
    try:
        yield fake
    finally:
        fake.kill()
