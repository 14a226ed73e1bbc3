"""The judge: reads the carrier's ledger and the database, and says which promise was broken.

It knows nothing of the product but its tables and the promises of the design (I1–I10): no import from it, its own SQL,
its own copy of what a status means. What it cannot read from these two, it does not believe.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

RANK = {
    "claimed": 0,
    "dialing": 1,
    "in-doubt": 1,
    "queued": 2,
    "ringing": 3,
    "in-progress": 4,
    **dict.fromkeys(("completed", "busy", "no-answer", "failed", "canceled", "released", "unresolved"), 9),
}
TOLD = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
"""Outcomes that only the carrier can know."""
SEND_WITHIN = 5.0
"""Seconds between permit and request, by the design."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kill:
    """An engine that ended at `at` (seconds since 1970), by name."""

    engine: str
    at: float
    point: str


@dataclass(slots=True)
class Verdict:
    """What was found. `broken` maps a promise to sentences; the counts are those of docs/reliability-method.md."""

    calls: int = 0
    double_dials: int = 0
    over_limit: int = 0
    lost: int = 0
    unresolved: int = 0
    burnt: dict[str, int] = field(default_factory=dict)
    """Unresolved attempts of engines that were killed, by the point they were killed at."""
    resolved_after: list[float] = field(default_factory=list)
    """For each attempt that a kill left open: seconds until the database had its end."""
    refused: dict[str, int] = field(default_factory=dict)
    """How often each cap and gap held a call back (cap_checker.py), where a scenario is about them."""
    broken: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def promises(self) -> set[str]:
        return set(self.broken)

    def text(self) -> str:
        return "\n".join(
            f"{name}: {len(found)} × {'; '.join(found[:4])}" for name, found in sorted(self.broken.items())
        )


def read(url: str, statement: str) -> list[Row]:
    """The rows, with times as seconds since 1970."""
    if url.startswith("sqlite:///"):
        path = url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60)) as connection:
            cursor = connection.execute(statement)
            names = [column[0] for column in cursor.description]
            return [
                {key: _plain(key, value) for key, value in zip(names, row, strict=True)} for row in cursor
            ]
    with psycopg.connect(
        url.replace("postgresql+psycopg://", "postgresql://"), row_factory=dict_row, connect_timeout=5
    ) as postgres:
        return [
            {key: _plain(key, value) for key, value in row.items()} for row in postgres.execute(statement)
        ]


def _plain(column: str, value: Any) -> Any:
    if isinstance(value, str) and (column == "at" or column.endswith("_at")):
        value = datetime.fromisoformat(value).replace(tzinfo=UTC)
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, str) and column in ("detail", "retry"):
        return json.loads(value)
    return value


def read_ledger(path: Path) -> list[Row]:
    """The lines in their order, which is that of time. A last line cut off by a crash of the carrier is left out."""
    lines = path.read_bytes().split(b"\n")
    return [json.loads(line) for line in lines[:-1]]


def open_now(url: str) -> int:
    """Attempts without an end."""
    return int(read(url, "SELECT count(*) AS n FROM attempts WHERE ended_at IS NULL")[0]["n"])


def live_now(path: Path) -> int:
    """Calls that are up."""
    live: set[str] = set()
    for line in read_ledger(path):
        if line["event"] == "placed":
            live.add(line["call"])
        elif line["event"] == "ended":
            live.discard(line["call"])
    return len(live)


def check(
    url: str,
    ledger: Path,
    *,
    kills: Sequence[Kill] = (),
    other_kills: Sequence[Kill] = (),
    slack: float,
    jumped: bool = False,
) -> Verdict:
    """Everything, once things are quiet. What `kills` cost is counted, what `other_kills` did is not.

    `slack` (seconds) is what a busy machine may add between two clock readings. `jumped`: the engines' time of day was
    set off in this run, so what compares it with the carrier's proves nothing and is left out.
    """
    world = _World(url, ledger)
    verdict = Verdict(calls=sum(1 for line in world.ledger if line["event"] == "placed"))
    verdict.unresolved = sum(1 for a in world.attempts.values() if a["status"] == "unresolved")
    _dialed_once(world, verdict)
    _within_limits(world, verdict)
    _one_call_a_number(world, verdict)
    died = {kill.engine: kill.at for kill in (*kills, *other_kills)}
    _permitted_first(world, verdict, slack, jumped, died)
    _outcomes_kept(world, verdict)
    _rank_kept(world, verdict)
    if not jumped:
        _gates_kept(world, verdict, slack)
        _spacing_kept(world, verdict, slack)
    _tries_kept(world, verdict)
    _nothing_open(world, verdict)
    _audited(world, verdict)
    _counted(world, verdict)
    _imported(world, verdict)
    _after_kills(world, verdict, kills)
    return verdict


class _World:
    def __init__(self, url: str, ledger: Path) -> None:
        self.ledger = read_ledger(ledger)
        self.attempts = {row["token"]: row for row in read(url, "SELECT * FROM attempts ORDER BY id")}
        self.campaigns = {row["id"]: row for row in read(url, "SELECT * FROM campaigns")}
        self.trunks = {row["id"]: row for row in read(url, "SELECT * FROM trunks")}
        self.contacts = {row["id"]: row for row in read(url, "SELECT * FROM contacts")}
        self.events = read(url, "SELECT * FROM call_events ORDER BY id")
        self.audit = read(url, "SELECT * FROM audit ORDER BY id")
        self.listed = read(url, "SELECT * FROM do_not_call")
        self.counters = read(url, "SELECT * FROM campaign_counters")
        self.imports = read(url, "SELECT * FROM imports")
        self.placed = [line for line in self.ledger if line["event"] == "placed"]
        self.outcome = {line["token"]: line["outcome"] for line in self.ledger if line["event"] == "ended"}
        self.asked_at: dict[str, float] = {}
        for line in self.ledger:
            if line["event"] == "asked":
                self.asked_at.setdefault(line["token"], line["t"])


def _dialed_once(world: _World, verdict: Verdict) -> None:
    """I1. A second dial is a token that was placed again, or a call of which the product says that it was never sent:
    its contact is then dialed anew."""
    for token, times in Counter(line["token"] for line in world.placed).items():
        if times > 1:
            verdict.double_dials += times - 1
            verdict.broken["I1"].append(f"token {token} was placed {times} times")
    for line in world.placed:
        attempt = world.attempts.get(line["token"])
        if attempt is not None and attempt["status"] == "released":
            verdict.double_dials += 1
            verdict.broken["I1"].append(f"call {line['call']} was placed, and its attempt is released")
    numbers = Counter((a["contact_id"], a["number"]) for a in world.attempts.values() if a["contact_id"])
    for (contact, number), times in numbers.items():
        if times > 1:
            verdict.broken["I1"].append(f"contact {contact} has attempt {number} {times} times")


def _within_limits(world: _World, verdict: Verdict) -> None:
    """I2, at every instant of the ledger: an instant at which a call began above a limit counts."""
    live: dict[str, set[tuple[str, int]]] = {}
    campaigns: Counter[int] = Counter()
    trunks: Counter[int] = Counter()
    for line in world.ledger:
        if line["event"] not in ("placed", "ended"):
            continue
        attempt = world.attempts.get(line["token"])
        if attempt is None:
            continue
        campaign, trunk = attempt["campaign_id"], attempt["trunk_id"]
        if line["event"] == "ended":
            if live.pop(line["call"], None) is not None:
                campaigns[campaign] -= 1
                trunks[trunk] -= 1
            continue
        live[line["call"]] = set()
        campaigns[campaign] += 1
        trunks[trunk] += 1
        over = [
            f"{what} {key} had {n} calls up, its limit is {limit}"
            for what, key, n, limit in (
                ("campaign", campaign, campaigns[campaign], _limit(world.campaigns, campaign)),
                ("trunk", trunk, trunks[trunk], _limit(world.trunks, trunk)),
            )
            if limit is not None and n > limit
        ]
        verdict.over_limit += bool(over)
        verdict.broken["I2"] += over
    if not verdict.broken["I2"]:
        del verdict.broken["I2"]


def _limit(rows: dict[int, Row], key: int | None) -> int | None:
    return rows[key]["max_concurrent_calls"] if key in rows else None


def _one_call_a_number(world: _World, verdict: Verdict) -> None:
    """I3, at the carrier and in the database."""
    up: dict[str, set[str]] = defaultdict(set)
    for line in world.ledger:
        if line["event"] == "placed":
            if up[line["to"]]:
                verdict.double_dials += 1
                verdict.broken["I3"].append(f"{line['call']}: its number was in a call already")
            up[line["to"]].add(line["call"])
        elif line["event"] == "ended":
            up[line["to"]].discard(line["call"])
    for phone, n in Counter(a["phone"] for a in world.attempts.values() if a["ended_at"] is None).items():
        if n > 1:
            verdict.broken["I3"].append(f"a number ending in {phone[-4:]} has {n} open attempts")


def _permitted_first(
    world: _World, verdict: Verdict, slack: float, jumped: bool, died: Mapping[str, float]
) -> None:
    """I4, and the deadline between the permit and the request. The dead send nothing: what the carrier read of an
    engine that had died before (while the clock was moved ahead) was on the wire at its death at the latest."""
    for token, read_at in world.asked_at.items():
        attempt = world.attempts.get(token)
        asked = read_at if attempt is None else min(read_at, died.get(attempt["engine"], read_at))
        if attempt is None or attempt["dialing_at"] is None:
            verdict.broken["I4"].append(f"token {token} was asked for without a permit")
        elif not jumped and attempt["dialing_at"] > asked:
            verdict.broken["I4"].append(f"token {token} was asked for before its permit")
        elif not jumped and asked - attempt["dialing_at"] > SEND_WITHIN + slack:
            late = asked - attempt["dialing_at"]
            verdict.broken["deadline"].append(f"token {token} was asked for {late:.1f} s after its permit")
    for attempt in world.attempts.values():
        if attempt["dialing_at"] is None and attempt["status"] not in ("claimed", "released"):
            verdict.broken["I4"].append(f"attempt {attempt['id']} is {attempt['status']} without a permit")


def _outcomes_kept(world: _World, verdict: Verdict) -> None:
    """I5: what the carrier's ledger says ended, ended so in the database."""
    for token, outcome in world.outcome.items():
        attempt = world.attempts.get(token)
        if attempt is not None and attempt["status"] != outcome:
            verdict.lost += 1
            verdict.broken["I5"].append(f"attempt {attempt['id']} is {attempt['status']}, it was {outcome}")
    for attempt in world.attempts.values():
        if attempt["status"] in TOLD and attempt["token"] not in world.outcome:
            verdict.broken["I5"].append(
                f"attempt {attempt['id']} is {attempt['status']}, the carrier knows nothing of it"
            )


def _rank_kept(world: _World, verdict: Verdict) -> None:
    """I6, as far as rows can tell: the highest that was told stands, and the first end that was told."""
    highest: dict[str, int] = defaultdict(int)
    for event in world.events:
        highest[event["token"]] = max(highest[event["token"]], RANK[event["status"]])
    for token, attempt in world.attempts.items():
        if attempt["rank"] != RANK[attempt["status"]] or attempt["rank"] < highest[token]:
            verdict.broken["I6"].append(
                f"attempt {attempt['id']} is {attempt['status']}, more was told of it"
            )


def _gates_kept(world: _World, verdict: Verdict, slack: float) -> None:
    """I7: at the permit its campaign ran and its number was not listed; judged for calls that were asked for."""
    runs: dict[str, list[tuple[float, bool]]] = defaultdict(list)
    for entry in world.audit:
        if entry["object_type"] == "campaign" and "after" in entry["detail"]:
            runs[entry["object_id"]].append((entry["at"], entry["detail"]["after"] == "running"))
    for token in world.asked_at:
        attempt = world.attempts.get(token)
        if attempt is None or attempt["dialing_at"] is None:
            continue
        at = attempt["dialing_at"]
        if attempt["campaign_id"] is not None and not _ran(runs[str(attempt["campaign_id"])], at, slack):
            verdict.broken["I7"].append(
                f"attempt {attempt['id']} was permitted while its campaign did not run"
            )
        for entry in world.listed:
            if (
                entry["phone"] == attempt["phone"]
                and entry["campaign_id"] in (None, attempt["campaign_id"])
                and entry["created_at"] + slack < at
            ):
                verdict.broken["I7"].append(f"attempt {attempt['id']} was permitted, its number was listed")


def _ran(changes: Iterable[tuple[float, bool]], at: float, slack: float) -> bool:
    """Whether it ran at `at`, give or take `slack` around each change."""
    running = False
    for changed, now_running in changes:
        if abs(changed - at) <= slack:
            return True
        if changed > at:
            break
        running = now_running
    return running


def _spacing_kept(world: _World, verdict: Verdict, slack: float) -> None:
    """I8: the policy's least wait between two calls of a contact that the carrier saw."""
    asked: dict[int, list[tuple[int, float]]] = defaultdict(list)
    for token, at in world.asked_at.items():
        attempt = world.attempts.get(token)
        if attempt is not None and attempt["contact_id"] is not None and attempt["counts"]:
            asked[attempt["contact_id"]].append((attempt["number"], at))
    for contact_id, found in asked.items():
        retry = world.campaigns[world.contacts[contact_id]["campaign_id"]]["retry"]
        least = min(retry["delays_minutes"], default=0) * 60
        found.sort()
        for (_, earlier), (number, later) in pairwise(found):
            if later - earlier < least - slack:
                verdict.broken["I8"].append(
                    f"contact {contact_id}: attempt {number} came {later - earlier:.1f} s after the one before"
                )


def _tries_kept(world: _World, verdict: Verdict) -> None:
    """I8: the policy's most attempts."""
    tries = Counter(a["contact_id"] for a in world.attempts.values() if a["contact_id"] and a["counts"])
    for contact_id, n in tries.items():
        most = world.campaigns[world.contacts[contact_id]["campaign_id"]]["retry"]["max_retries"] + 1
        if n > most:
            verdict.broken["I8"].append(f"contact {contact_id} had {n} attempts, {most} are allowed")


def _nothing_open(world: _World, verdict: Verdict) -> None:
    """I9, once quiet: nothing is open, and no contact believes to be in a call."""
    for attempt in world.attempts.values():
        if attempt["ended_at"] is None:
            verdict.broken["I9"].append(f"attempt {attempt['id']} is still {attempt['status']}")
    open_contacts = {a["contact_id"] for a in world.attempts.values() if a["ended_at"] is None}
    for contact in world.contacts.values():
        if contact["status"] == "dialing" and contact["id"] not in open_contacts:
            verdict.broken["I9"].append(f"contact {contact['id']} is dialing without an attempt")
        if (contact["due_at"] is not None) != (contact["status"] in ("pending", "retry")):
            verdict.broken["I9"].append(f"contact {contact['id']} is {contact['status']}, due or not")


def _audited(world: _World, verdict: Verdict) -> None:
    """I10: a campaign's status is what the audit trail says last, every import and listed number has its entry."""
    last: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for entry in world.audit:
        seen.add((entry["object_type"], entry["object_id"]))
        if entry["object_type"] == "campaign":
            last[entry["object_id"]] = entry["detail"].get("after", last.get(entry["object_id"], "draft"))
    for campaign in world.campaigns.values():
        told = last.get(str(campaign["id"]))
        if told != campaign["status"]:
            verdict.broken["I10"].append(
                f"campaign {campaign['id']} is {campaign['status']}, audited: {told}"
            )
    for kind, rows in (("import", world.imports), ("do-not-call", world.listed)):
        for row in rows:
            if (kind, str(row["id"])) not in seen:
                verdict.broken["I10"].append(f"{kind} {row['id']} has no audit entry")


def _counted(world: _World, verdict: Verdict) -> None:
    """The counters that pages show agree with the rows."""
    contacts = Counter((c["campaign_id"], f"contacts_{c['status']}") for c in world.contacts.values())
    attempts = Counter(
        (a["campaign_id"], f"attempts_{a['status'].replace('-', '_')}") for a in world.attempts.values()
    )
    for row in world.counters:
        for column, kept in row.items():
            if column.startswith(("contacts_", "attempts_")):
                there = (contacts | attempts)[row["campaign_id"], column]
                if kept != there:
                    verdict.broken["counters"].append(
                        f"campaign {row['campaign_id']}: {column} says {kept}, there are {there}"
                    )


def _imported(world: _World, verdict: Verdict) -> None:
    """No row of a file is lost or added twice: the counts add up, and as many contacts carry the import's number."""
    added = Counter(c["import_id"] for c in world.contacts.values())
    for row in world.imports:
        parts = ("accepted", "rejected", "repeated_in_file", "already_in_campaign", "do_not_call")
        if row["status"] != "completed":
            verdict.broken["imports"].append(f"import {row['id']} is {row['status']}: {row['error']}")
        elif row["total"] != sum(row[part] for part in parts) or row["accepted"] != added[row["id"]]:
            verdict.broken["imports"].append(
                f"import {row['id']}: {row['total']} rows, {row['accepted']} accepted, {added[row['id']]} there"
            )


def _after_kills(world: _World, verdict: Verdict, kills: Sequence[Kill]) -> None:
    """What kills cost: the attempts that they burnt, and how long the others took to be resolved."""
    told: dict[str, float] = {}
    for event in world.events:
        attempt = world.attempts.get(event["token"])
        if attempt is not None and event["status"] == attempt["status"]:
            told.setdefault(event["token"], event["received_at"])
    by_engine: dict[str, list[Row]] = defaultdict(list)
    for attempt in world.attempts.values():
        by_engine[attempt["engine"]].append(attempt)
    for kill in kills:
        for attempt in by_engine[kill.engine]:
            if attempt["status"] == "unresolved":
                verdict.burnt[kill.point] = verdict.burnt.get(kill.point, 0) + 1
            if attempt["ended_at"] is None:
                continue
            known = max(told.get(attempt["token"], attempt["ended_at"]), attempt["ended_at"])
            if known > kill.at:
                verdict.resolved_after.append(known - kill.at)


def percentile(values: Sequence[float], share: float) -> float | None:
    """By the nearest rank; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)]
