"""CEL journal: Asterisk's own record of calls (cel_custom, docs/asterisk.md), for those that ended while nobody
listened.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

BLOCK = 1 << 20
TOKEN = re.compile("[0-9a-f]{32}")
MOST_SEARCHED = 64 << 20
"""Bytes of the journal's end that are searched: about 400,000 events. What is older is past every horizon."""


@dataclass(frozen=True, slots=True)
class CelRecord:
    """What the journal has of one call; times are seconds since 1970 on Asterisk's clock. `cause` is of its end."""

    started: float | None = None
    answered: float | None = None
    ended: float | None = None
    cause: int = 0
    raw: str = ""

    def lasted(self, seconds: float) -> bool:
        """Whether it ended no sooner than that after its start; Asterisk's own time-outs are a little early."""
        return (
            self.started is not None and self.ended is not None and self.ended - self.started >= seconds - 0.5
        )


class CelJournal:
    def __init__(self, path: Path) -> None:
        self._path = path

    def find_record(self, token: str) -> CelRecord | None:
        """Everything about one call; None where the journal has nothing, or cannot be read."""
        token_bytes = token.encode()
        # Also the file that was rotated away last.
        for path in (self._path, self._path.with_name(f"{self._path.name}.1")):
            lines = [
                line for line in _lines_with(token_bytes, path) if line.startswith(b'"' + token_bytes + b'"')
            ]
            if lines:
                return _parse_record([line.decode("utf-8", "replace") for line in reversed(lines)])
        return None

    def list_started(self, since: float) -> tuple[float | None, dict[str, float]]:
        """The time of the oldest event that it still has, None where there is none, and the calls that began since:
        {token: when}. Raises OSError."""
        oldest: float | None = None
        started: dict[str, float] = {}
        for path in (self._path.with_name(f"{self._path.name}.1"), self._path):
            if path != self._path and not path.exists():
                continue
            with path.open(encoding="utf-8", errors="replace", newline="") as file:
                for row in csv.reader(file):
                    try:
                        token, event, at = row[0], row[1], float(row[2])
                    except (IndexError, ValueError):
                        continue
                    oldest = at if oldest is None else min(oldest, at)
                    if event == "CHAN_START" and at >= since and TOKEN.fullmatch(token):
                        started.setdefault(token, at)
        return oldest, started


def _parse_record(lines: list[str]) -> CelRecord:
    started = answered = ended = None
    cause = 0
    for row in csv.reader(lines):
        if len(row) < 5:
            continue
        try:
            at = float(row[2])
        except ValueError:
            continue
        if row[1] == "CHAN_START":
            started = at
        elif row[1] == "ANSWER":
            answered = at
        elif row[1] == "HANGUP":
            ended, cause = at, _parse_cause(row[4])
    return CelRecord(started, answered, ended, cause, "\n".join(lines))


def _parse_cause(details: str) -> int:
    try:
        return int(json.loads(details)["hangupcause"])
    except (ValueError, KeyError, TypeError):
        return 0


def _lines_with(needle: bytes, path: Path) -> Iterator[bytes]:
    """The lines that contain `wanted`, newest first."""
    try:
        with path.open("rb") as file:
            end = file.seek(0, 2)
            least = max(0, end - MOST_SEARCHED)
            rest = b""
            while end > least:
                begin = max(least, end - BLOCK)
                file.seek(begin)
                block = file.read(end - begin) + rest
                end = begin
                # The first line may begin in the block before.
                cut = block.find(b"\n") + 1 if begin else 0
                rest, whole = block[:cut], block[cut:]
                if needle in whole:
                    yield from (line for line in reversed(whole.splitlines()) if needle in line)
    except OSError:
        return
