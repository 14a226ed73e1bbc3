"""What a fake Twilio is made of: its configuration, its calls, its ledger."""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from tests.support.shared_time import SharedTime

PLACE_FAULTS = (
    "throttled",  # 429, not placed
    "error-before",  # 500, not placed
    "error-after",  # 500, placed
    "hang-before",  # no answer, not placed
    "hang-after",  # placed, and no answer
    "half-open",  # placed, and nothing ever comes: the socket stays open
    "reset",  # placed, and the connection is reset instead of an answer
    "malformed",  # placed, and 201 with an answer that is cut off
    "early",  # callbacks come before the answer does
    "queue-full",  # error 22005, not placed
)
NEWS_FAULTS = ("missing", "duplicated", "reordered")
FAULTS = (*PLACE_FAULTS, *NEWS_FAULTS, "slow-lookup")
NEVER_PLACED = frozenset({"throttled", "error-before", "hang-before", "queue-full"})
HANG = 30.0
PATIENCE = 15.0
"""Seconds: how long the fake lets others wait, and how long it waits for our answer."""
LOOK = 0.02
"""Real seconds between two looks at a clock that others may move ahead."""
ENDED = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})


@dataclass
class Config:
    """`speed`: how many seconds of a call pass in a real one. `least_talk`: real seconds that a callee who does
    nothing listens at least. `rates`: fault → probability. `caller_ids`: those that are verified; None: any.
    `clock`: a SharedTime whose seconds everything goes by, instead of the wall's and `speed`. `mixed`: a callee whose
    digits ask for nothing may be busy, away or out of reach, by luck."""

    directory: Path
    sid: str
    tokens: list[str]
    seed: int = 0
    speed: float = 20.0
    least_talk: float = 0.0
    rates: dict[str, float] = field(default_factory=dict)
    caller_ids: list[str] | None = None
    queue_ms: int = 0
    suspended: bool = False
    clock: str | None = None
    mixed: bool = False


@dataclass
class Call:
    sid: str
    token: str
    form: dict[str, list[str]]
    created: datetime
    status: str = "queued"
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    answered_by: str | None = None
    heard: list[str] = field(default_factory=list)
    pressed: str = ""
    sequence: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)
    wanted: str | None = None
    """What an update asked for: `canceled`, `completed`, or an address to go on at."""

    def one(self, name: str) -> str | None:
        values = self.form.get(name)
        return values[0] if values else None

    @property
    def to(self) -> str:
        return self.one("To") or ""


class World:
    """Shared by the server's threads."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.calls: dict[str, Call] = {}
        self.lock = threading.RLock()
        self._asked: Counter[str] = Counter()
        self._times = SharedTime(Path(config.clock)) if config.clock else None
        config.directory.mkdir(parents=True, exist_ok=True)
        self._files = {
            name: (config.directory / f"{name}.jsonl").open("ab") for name in ("ledger", "requests", "faults")
        }

    def write(self, name: str, line: dict[str, Any]) -> None:
        """Append a line, on the disk before anybody hears of it."""
        with self.lock:
            data = json.dumps({"t": self.now().timestamp(), **line}).encode() + b"\n"
            file = self._files[name]
            file.write(data)
            file.flush()
            os.fsync(file.fileno())

    def ledger(self, call: Call, event: str, outcome: str | None = None, **more: Any) -> None:
        self.write(
            "ledger",
            {
                "event": event,
                "token": call.token,
                "to": call.to,
                "outcome": outcome,
                "call": call.sid,
                **more,
            },
        )

    def fault(self, kind: str, what: str, **more: Any) -> None:
        """Something that we did wrong, or that went wrong between us."""
        self.write("faults", {"kind": kind, "what": what, **more})

    # Time.

    def now(self) -> datetime:
        return datetime.now(UTC) if self._times is None else datetime.fromtimestamp(self._times.now(), UTC)

    @property
    def speed(self) -> float:
        """How many of the calls' seconds pass in a real one."""
        return self.config.speed if self._times is None else self._times.scale

    def waits(self, seconds: float) -> float:
        """Real seconds of what happens on the wire: it goes by the wall's clock, unless all go by another."""
        return seconds if self._times is None else seconds / self._times.scale

    def rest(
        self,
        seconds: float,
        changed: threading.Condition | None = None,
        until: Callable[[], bool] = lambda: False,
    ) -> None:
        """Let so many of the calls' seconds pass; with `changed`, which is held, no longer than until `until`."""
        left = self._left(seconds)
        while (real := left()) > 0 and not until():
            if changed is None:
                time.sleep(real)
            else:
                changed.wait(real)

    def _left(self, seconds: float) -> Callable[[], float]:
        """How long to wait on, in real seconds, until so many of the calls' have passed."""
        if (times := self._times) is None:
            end = time.monotonic() + seconds / self.config.speed
            return lambda: end - time.monotonic()
        over = times.now() + seconds
        return lambda: min((over - times.now()) / times.scale, LOOK)

    # Misfortune.

    def luck(self, *about: object) -> random.Random:
        """The dice of one thing: the same for the same seed, whatever else happens meanwhile."""
        return random.Random(":".join(map(str, (self.config.seed, *about))))

    def strikes(self, fault: str, *about: object) -> bool:
        rate = self.config.rates.get(fault, 0.0)
        return rate > 0 and self.luck(fault, *about).random() < rate

    def slow(self, call: Call) -> bool:
        """Whether this question about a call is answered late."""
        return self.strikes("slow-lookup", call.sid, self._nth(call.sid))

    def place_fault(self, to: str) -> str | None:
        nth = self._nth(to)
        return next((fault for fault in PLACE_FAULTS if self.strikes(fault, to, nth)), None)

    def _nth(self, thing: str) -> int:
        """How often the dice were asked about it."""
        with self.lock:
            self._asked[thing] += 1
            return self._asked[thing]


def stamp(at: datetime | None) -> str | None:
    return None if at is None else format_datetime(at.astimezone(UTC))


def resource(call: Call, config: Config) -> dict[str, Any]:
    """A call as the API shows it."""
    ended, answered = call.ended_at, call.answered_at
    duration = None
    if ended is not None:
        duration = "0" if answered is None else str(round((ended - answered).total_seconds()))
    return {
        "sid": call.sid,
        "account_sid": config.sid,
        "api_version": "2010-04-01",
        "annotation": None,
        "answered_by": call.answered_by,
        "caller_name": None,
        "date_created": stamp(call.created),
        "date_updated": stamp(ended or answered or call.created),
        "direction": "outbound-api",
        "duration": duration,
        "end_time": stamp(ended),
        "forwarded_from": None,
        "from": call.one("From"),
        "from_formatted": call.one("From"),
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": "PN" + "0" * 32,
        "price": None,
        "price_unit": "USD",
        "queue_time": str(config.queue_ms),
        "start_time": stamp(call.created if call.status != "queued" else None),
        "status": call.status,
        "to": call.to,
        "to_formatted": call.to,
        "trunk_sid": None,
        "uri": f"/2010-04-01/Accounts/{config.sid}/Calls/{call.sid}.json",
        "subresource_uris": {},
    }
