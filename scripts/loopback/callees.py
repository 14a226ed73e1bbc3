"""SIPp callees on 127.0.0.1, and the ledger of what rang there."""

from __future__ import annotations

import math
import socket
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from scripts.loopback.asterisk import HERE, Failed, claim_block, free_port
from scripts.loopback.scenario import scenario

MOST_CALLS = 100_000
LIFE_SECONDS = 1800
"""SIPp ends by itself after so long, should nobody end it."""


@dataclass(frozen=True, slots=True)
class Line:
    """One event at a callee: `at` in seconds since 1970; `what` is invite, answer or end."""

    at: float
    what: str
    number: str
    call_id: str


class Callees:
    """SIPp with the scenario of `scenario.py`. `folder` must exist; `hold` is in seconds."""

    def __init__(self, folder: Path, *, hold: float = 30.0) -> None:
        self.port = free_port(socket.SOCK_DGRAM)
        self._media, self._media_port = claim_block()
        self._folder = folder
        self._hold = hold
        self._log = folder / "callees.log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Raises Failed."""
        (self._folder / "callees.xml").write_text(scenario(self._hold))
        for name, sound in (("human", human()), ("machine", machine())):
            (self._folder / f"{name}.ulaw").write_bytes(sound)
        options = (
            f"-sf callees.xml -i {HERE} -mi {HERE} -p {self.port} -mp {self._media_port} -t u1 -nostdin -m {MOST_CALLS}"
            f" -timeout {LIFE_SECONDS}s -trace_err -error_file sipp.err -trace_logs -log_file {self._log.name}"
        )
        with (self._folder / "sipp.out").open("wb") as out:
            self._process = subprocess.Popen(
                ["sipp", *options.split()],
                cwd=self._folder,
                env={"TERM": "dumb", "PATH": "/usr/bin:/bin"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        until = time.monotonic() + 10
        while not _bound(self.port):
            if self._process.poll() is not None or time.monotonic() > until:
                tail = (self._folder / "sipp.out").read_text(errors="replace")[-2000:]
                self.stop()
                raise Failed(f"SIPp did not start:\n{tail}")
            time.sleep(0.02)

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(timeout=10)
        self._media.close()

    def ledger(self) -> list[Line]:
        """Everything that happened so far, in order."""
        lines = []
        for text in self._log.read_text(errors="replace").splitlines() if self._log.exists() else []:
            words = text.split()
            # SIPp's time stamp is three words, the last of them seconds since 1970.
            if len(words) == 6:
                lines.append(Line(float(words[2]), words[3], words[4].lstrip("+"), words[5]))
        return lines

    def invites(self) -> Counter[str]:
        """How often each number rang, by its digits without "+"."""
        return Counter(line.number for line in self.ledger() if line.what == "invite")

    def peak(self, numbers: set[str] | None = None) -> int:
        """The most calls at once, from their INVITE to their end; of these numbers only, if they are given."""
        live, most = 0, 0
        for line in self.ledger():
            if numbers is None or line.number in numbers:
                live += {"invite": 1, "end": -1}.get(line.what, 0)
                most = max(most, live)
        return most


def human() -> bytes:
    """A short word, then silence: raw 8 kHz mu-law."""
    return _sound(400, loud=False) + _sound(600, loud=True) + _sound(8000, loud=False)


def machine() -> bytes:
    """A long greeting, then the silence after which one may speak."""
    words = b"".join(_sound(500, loud=True) + _sound(120, loud=False) for _ in range(7))
    return _sound(300, loud=False) + words + _sound(300, loud=True) + _sound(15_000, loud=False)


def _sound(milliseconds: int, *, loud: bool) -> bytes:
    def sample(i: int) -> float:
        return 8000 * math.sin(2 * math.pi * 300 * i / 8000) * (0.6 + 0.4 * math.sin(i / 400))

    return bytes(_ulaw(int(sample(i)) if loud else 0) for i in range(8 * milliseconds))


def _ulaw(sample: int) -> int:
    """ITU-T G.711."""
    sign = 0x80 if sample < 0 else 0
    magnitude = min(abs(sample), 32_635) + 132
    exponent = max(0, magnitude.bit_length() - 8)
    return ~(sign | exponent << 4 | (magnitude >> (exponent + 3)) & 15) & 255


def _bound(port: int) -> bool:
    """Whether somebody has the UDP port. Read from the kernel's list: an attempt to bind it could keep SIPp out."""
    sockets = Path("/proc/net/udp").read_text().splitlines()[1:]
    return any(line.split()[1].endswith(f":{port:04X}") for line in sockets)
