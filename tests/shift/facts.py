"""Facts of a shift, read from its database by plain SQL and from the carriers' ledgers: nothing of the product's own
queries is used, so that both cannot be wrong together."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from campaign_app.domain.rulebook import DEFAULT_GUARD_SECONDS

AWAY_AFTER = timedelta(seconds=10)
"""How long an engine is silent until it is called away (docs/operations.md)."""
JUDGED_OVER = timedelta(seconds=30)
ON_THE_WAY = frozenset({"dialing", "queued", "ringing", "in-progress"})
RATED = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
OPENS, CLOSES = 9, 18
"""Hours of day: every campaign of the shift that has a zone calls between them, on every day."""
GUARD = timedelta(seconds=DEFAULT_GUARD_SECONDS)
"""Before the hours close, in which no call begins."""


@dataclass
class Campaign:
    """A campaign as its rows have it."""

    id: int
    name: str
    status: str
    status_by: str
    status_reason: str | None
    status_at: datetime
    resume_at: datetime | None
    starts_at: datetime | None
    backoff_until: datetime | None
    last_error: str | None
    zone: str | None
    has_hours: bool
    lines: int
    rate: float | None
    trunk_id: int
    contacts: Counter[str] = field(default_factory=Counter)
    open: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    due: list[tuple[datetime, str | None]] = field(default_factory=list)
    """When each waiting contact is due, and what put it off."""
    spans: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    answered_by: Counter[str] = field(default_factory=Counter)
    """Who answered the completed calls: human, machine, fax or unknown."""
    must_have_ended: list[datetime] = field(default_factory=list)
    """Of open calls: when each is overdue."""
    undecided: int = 0
    last_sent: datetime | None = None

    @property
    def total(self) -> int:
        return self.contacts.total()

    @property
    def done(self) -> int:
        return self.contacts["completed"] + self.contacts["exhausted"]

    @property
    def waiting(self) -> int:
        return self.contacts["pending"] + self.contacts["retry"]

    @property
    def rated(self) -> int:
        return sum(n for status, n in self.ended.items() if status in RATED)

    @property
    def machines(self) -> int:
        """Calls that a machine or a fax answered."""
        return self.answered_by["machine"] + self.answered_by["fax"]

    @property
    def answered(self) -> int:
        """Calls that a person answered, or nobody knows who."""
        return self.ended["completed"] - self.machines

    def next_opening(self, at: datetime) -> datetime | None:
        """None while its hours are open, and not so soon to close that no call begins any more."""
        if not self.has_hours or self.zone is None:
            return None
        local = at.astimezone(ZoneInfo(self.zone))
        last = datetime.combine(local.date(), time(CLOSES), local.tzinfo) - GUARD
        if local.hour >= OPENS and local < last:
            return None
        day = local.date() + timedelta(days=local >= last)
        opening = datetime(day.year, day.month, day.day, OPENS, tzinfo=ZoneInfo(self.zone))
        return opening.astimezone(UTC)

    def count_due(self, at: datetime) -> int:
        return sum(due <= at for due, _ in self.due)


@dataclass
class Trunk:
    id: int
    name: str
    lines: int
    rate: float | None
    paused: bool
    not_ready: str | None
    circuit_until: datetime | None
    failures: int
    last_error: str | None
    open: Counter[str] = field(default_factory=Counter)
    spans: list[tuple[datetime, datetime | None]] = field(default_factory=list)

    def words(self, at: datetime) -> str:
        """How the board has to call it."""
        if self.paused:
            return "paused"
        if self.not_ready is not None:
            return "cannot dial"
        if self.circuit_until is not None:
            return "stopped after errors" if at < self.circuit_until else "trying one call"
        return "failing" if self.failures else "up"

    def takes_calls(self, at: datetime) -> bool:
        return self.words(at) in ("up", "failing", "trying one call")


@dataclass
class Facts:
    """All rows at one instant."""

    campaigns: dict[int, Campaign]
    trunks: dict[int, Trunk]
    last_tick: datetime | None
    outcomes: dict[str, str]
    """Token → status, of every attempt that reached a carrier or may have."""
    claimed_at: dict[str, datetime]
    ended_at: list[datetime]
    """Of calls that count in today's figures."""

    def is_away(self, at: datetime) -> bool:
        return self.last_tick is None or at - self.last_tick > AWAY_AFTER

    def is_calling(self, campaign: Campaign, at: datetime) -> bool:
        if campaign.status != "running" or self.is_away(at):
            return False
        if any(campaign.open[status] for status in ON_THE_WAY):
            return True
        between = timedelta(seconds=2 / campaign.rate) if campaign.rate else timedelta()
        return campaign.last_sent is not None and at - campaign.last_sent <= max(JUDGED_OVER, between)


def share_full(
    spans: Iterable[tuple[datetime, datetime | None]], lines: int, since: datetime, at: datetime
) -> float:
    """The share of the time in which all lines were taken."""
    steps = sorted(
        [(max(begun, since), 1) for begun, ended in spans if ended is None or ended > since]
        + [(ended, -1) for _, ended in spans if ended is not None and ended > since]
    )
    full, taken, before = timedelta(), 0, since
    for moment, step in [*steps, (at, 0)]:
        if taken >= lines:
            full += min(moment, at) - before
        taken, before = taken + step, min(moment, at)
    return full / (at - since) if at > since else float(taken >= lines)


class Reader:
    """Reads one SQLite file, without ever writing to it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def is_locked(self) -> bool:
        """Whether somebody is in the middle of a write."""
        connection = sqlite3.connect(self._path, timeout=0, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return True
        finally:
            connection.close()
        return False

    def read(self) -> Facts:
        connection = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)
        connection.row_factory = sqlite3.Row
        try:
            connection.execute("BEGIN")
            return _read(connection)
        finally:
            connection.close()


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def _must(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _read(connection: sqlite3.Connection) -> Facts:
    trunks = {
        row["id"]: Trunk(
            row["id"],
            row["name"],
            row["max_concurrent_calls"],
            row["calls_per_second"],
            row["paused_at"] is not None,
            row["check_error"] or row["not_ready"],
            _time(row["circuit_until"]),
            row["failures"],
            row["last_error"],
        )
        for row in connection.execute("SELECT * FROM trunks")
    }
    campaigns = {row["id"]: _campaign(row) for row in connection.execute("SELECT * FROM campaigns")}
    for row in connection.execute("SELECT campaign_id, status, due_at, deferred_by FROM contacts"):
        campaign = campaigns[row["campaign_id"]]
        campaign.contacts[row["status"]] += 1
        if row["due_at"] is not None:
            campaign.due.append((_must(row["due_at"]), row["deferred_by"]))
    outcomes, claimed, ended_at = {}, {}, []
    for row in connection.execute("SELECT * FROM attempts ORDER BY id"):
        campaign, trunk = campaigns[row["campaign_id"]], trunks[row["trunk_id"]]
        status, ended = row["status"], _time(row["ended_at"])
        outcomes[row["token"]], claimed[row["token"]] = status, _must(row["claimed_at"])
        if ended is None:
            campaign.open[status] += 1
            trunk.open[status] += 1
            overdue_at = _time(row["overdue_at"])
            if overdue_at is not None:
                campaign.must_have_ended.append(overdue_at)
        else:
            campaign.ended[status] += 1
            if status == "completed":
                campaign.answered_by[row["answered_by"] or "unknown"] += 1
            campaign.undecided += status == "unresolved" and row["decision"] is None
            if status in RATED:
                ended_at.append(ended)
        if status != "released":
            campaign.spans.append((claimed[row["token"]], ended))
            trunk.spans.append((claimed[row["token"]], ended))
            sent = _time(row["dialing_at"])
            if sent is not None:
                campaign.last_sent = max(campaign.last_sent or sent, sent)
    [[tick]] = connection.execute(
        "SELECT max(last_tick_at) FROM engine_heartbeats WHERE role = 'engine' AND stopped_at IS NULL"
    )
    return Facts(campaigns, trunks, _time(tick), outcomes, claimed, ended_at)


def _campaign(row: sqlite3.Row) -> Campaign:
    windows = json.loads(row["calling_windows"])
    return Campaign(
        row["id"],
        row["name"],
        row["status"],
        row["status_by"],
        row["status_reason"],
        _must(row["status_at"]),
        _time(row["resume_at"]),
        _time(row["starts_at"]),
        _time(row["backoff_until"]),
        row["last_error"],
        row["timezone"],
        any(window["start"] == f"{OPENS:02}:00" for window in windows),
        row["max_concurrent_calls"],
        row["calls_per_second"],
        row["trunk_id"],
    )


@dataclass
class CarrierRecord:
    """What the carriers wrote down of one token."""

    placed: int = 0
    answered: bool = False
    outcome: str | None = None


def read_ledgers(*paths: Path) -> dict[str, CarrierRecord]:
    """Token → what is in the ledgers' whole lines."""
    records: defaultdict[str, CarrierRecord] = defaultdict(CarrierRecord)
    for path in paths:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
        for line in lines:
            if not line.endswith("\n"):
                continue
            event: dict[str, Any] = json.loads(line)
            record = records[event["token"]]
            match event["event"]:
                case "placed":
                    record.placed += 1
                case "answered":
                    record.answered = True
                case "ended":
                    record.outcome = event["outcome"]
    return records
