"""The judge of caps and gaps: reads the carrier's ledger and the attempts, and says which cap was passed, and who was
called again too early, too late or never.

Like checker.py it imports nothing of the product. What the rules are it is told by the scenario, not by the database.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from tests.faults.checker import SEND_WITHIN, Row, read, read_ledger

SECOND = 1_000_000
"""Times here are whole microseconds since 1970, so that an end of a period is exact."""
REFUSED = (
    "the number was called often enough lately",
    "another campaign, or a single call, reached the number a short while ago",
)
"""The causes of an attempt that the permit released for a cap or a gap."""


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `most` calls in `hours` rolling hours, or in a calendar period `per`: day or week."""

    most: int
    hours: int | None = None
    per: str | None = None
    scope: str = "number"

    def to_api(self) -> dict[str, object]:
        period = {"per_hours": self.hours} if self.per is None else {"per": self.per}
        return {"most": self.most, "scope": self.scope, **period}

    def __str__(self) -> str:
        period = f"{self.hours} h" if self.per is None else f"a {self.per}"
        return f"{self.most} in {period} by {self.scope}"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the operator asked of one campaign."""

    caps: tuple[Cap, ...]
    gap_minutes: int = 0
    subject: str = ""


class Call(NamedTuple):
    """A call to a number; `at` when it was permitted, or by the ledger when it was placed."""

    at: int
    campaign: int


@dataclass(slots=True)
class CapFindings:
    """`refused`: how often each rule held a call back, by campaign and rule; `calls` were placed."""

    calls: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    deferred: int = 0
    """Refusals of which the next turn was judged."""
    broken: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


def check_caps(url: str, ledger: Path, rules: dict[int, Rules], *, slack: float) -> CapFindings:
    """Every call against every rule of its campaign, and every refusal against the instant when it ends.

    `slack` (seconds) is what a busy machine may add between the permit and the carrier's reading of its clock, beside
    the deadline for sending. By the attempts' own times nothing is added.
    """
    findings = CapFindings()
    attempts = read(url, "SELECT * FROM attempts ORDER BY id")
    zones = {row["id"]: row["body"]["zones"] for row in read(url, "SELECT id, body FROM dial_profiles")}
    placed = [line for line in read_ledger(ledger) if line["event"] == "placed"]
    findings.calls = len(placed)
    by_token = {row["token"]: row for row in attempts}
    _check_ledger(findings, rules, placed, by_token, zones, round((SEND_WITHIN + slack) * SECOND))
    by_phone: dict[str, list[Row]] = defaultdict(list)
    for row in attempts:
        by_phone[row["phone"]].append(row)
    on_wire = {line["token"] for line in placed}
    for rows in by_phone.values():
        _check_number(findings, rules, rows, on_wire, zones)
    _check_nobody_lost(findings, url)
    for campaign, asked in rules.items():
        for rule in (*map(str, asked.caps), *(["gap"] if asked.gap_minutes else [])):
            name = f"campaign {campaign}: {rule}"
            if not findings.refused[name]:
                findings.broken["unproved"].append(f"{name} never held a call back")
    return findings


def _check_ledger(
    findings: CapFindings,
    rules: dict[int, Rules],
    placed: Iterable[Row],
    by_token: dict[str, Row],
    zones: dict[int, list[str]],
    slack: int,
) -> None:
    """By the carrier's clock alone: a call counts where it lies in the period however late it was placed."""
    calls: dict[str, list[Call]] = defaultdict(list)
    for line in placed:
        row = by_token[line["token"]]
        at, campaign = round(line["t"] * SECOND), row["campaign_id"]
        earlier = calls[line["to"]]
        for rule in find_reached(rules, campaign, zones[row["profile_id"]], earlier, at, slack=slack):
            findings.broken["caps"].append(f"ledger: {line['call']} passed campaign {campaign}: {rule}")
        earlier.append(Call(at, campaign))


def _check_number(
    findings: CapFindings,
    rules: dict[int, Rules],
    rows: Sequence[Row],
    on_wire: set[str],
    zones: dict[int, list[str]],
) -> None:
    """All attempts to one number, by the instants of their permits."""
    history = sorted(
        Call(round(row["dialing_at"] * SECOND), row["campaign_id"])
        for row in rows
        if row["dialing_at"] is not None and row["status"] != "released"
    )
    for row in rows:
        campaign, places = row["campaign_id"], zones[row["profile_id"]]
        if row["token"] in on_wire:
            at = round(row["dialing_at"] * SECOND)
            earlier = [call for call in history if call.at < at]
            for rule in find_reached(rules, campaign, places, earlier, at):
                findings.broken["caps"].append(f"attempt {row['id']} passed campaign {campaign}: {rule}")
        if row["status"] == "released" and row["cause"] in REFUSED:
            at = round(row["ended_at"] * SECOND)
            earlier = [call for call in history if call.at <= at]
            reached = list(find_reached(rules, campaign, places, earlier, at))
            findings.refused.update(f"campaign {campaign}: {rule}" for rule in reached)
            if not reached:
                findings.broken["refused"].append(
                    f"attempt {row['id']} was refused, and no rule held it back"
                )
            _check_next_turn(findings, rows, row, find_end(rules, campaign, places, earlier, at))


def _check_next_turn(findings: CapFindings, rows: Sequence[Row], refused: Row, frees: int) -> None:
    """Whoever was refused has the next attempt at the instant when the cap frees or later, never before."""
    later = [
        row["claimed_at"]
        for row in rows
        if row["contact_id"] == refused["contact_id"] and row["number"] > refused["number"]
    ]
    findings.deferred += 1
    if later and round(min(later) * SECOND) < frees:
        early = (frees - round(min(later) * SECOND)) / SECOND
        findings.broken["deferred"].append(
            f"attempt {refused['id']}: its contact had its turn {early} s early"
        )


def check_waiting(url: str, rules: dict[int, Rules]) -> tuple[int, list[str]]:
    """While nothing is open: whoever waits after a refusal is due at the very instant when it ends. (how many, what is
    wrong)."""
    zones = {row["id"]: row["body"]["zones"] for row in read(url, "SELECT id, body FROM dial_profiles")}
    waiting = read(
        url,
        f"""SELECT c.id, c.phone, c.profile_id, c.campaign_id, c.due_at, a.ended_at AS refused_at
            FROM contacts c JOIN LATERAL (
              SELECT status, cause, ended_at FROM attempts WHERE contact_id = c.id ORDER BY id DESC LIMIT 1) a ON true
            WHERE c.due_at IS NOT NULL AND a.status = 'released' AND a.cause IN {REFUSED}""",
    )
    calls: dict[str, list[Call]] = defaultdict(list)
    for row in read(
        url,
        "SELECT phone, dialing_at, campaign_id FROM attempts WHERE dialing_at IS NOT NULL AND status <> 'released'",
    ):
        calls[row["phone"]].append(Call(round(row["dialing_at"] * SECOND), row["campaign_id"]))
    wrong = []
    for row in waiting:
        at, due = round(row["refused_at"] * SECOND), round(row["due_at"] * SECOND)
        earlier = [call for call in calls[row["phone"]] if call.at <= at]
        frees = find_end(rules, row["campaign_id"], zones[row["profile_id"]], earlier, at)
        if due != frees:
            wrong.append(f"contact {row['id']} is due {(due - frees) / SECOND} s after its cap frees")
    return len(waiting), wrong


def _check_nobody_lost(findings: CapFindings, url: str) -> None:
    """Nobody was on a list: so nobody is suppressed, and in a campaign that is over everybody had a call."""
    for row in read(
        url,
        """SELECT c.id, c.status, k.status AS campaign, EXISTS (SELECT 1 FROM attempts a WHERE a.contact_id = c.id
             AND a.dialing_at IS NOT NULL) AS called
           FROM contacts c JOIN campaigns k ON k.id = c.campaign_id""",
    ):
        over = row["campaign"] == "completed"
        if row["status"] == "suppressed" or (over and not row["called"]):
            findings.broken["lost"].append(
                f"contact {row['id']} is {row['status']}, {'called' if row['called'] else 'never called'}"
            )
        elif over and row["status"] not in ("completed", "exhausted"):
            findings.broken["lost"].append(
                f"contact {row['id']} is {row['status']} in a campaign that is over"
            )


# The rules.


def find_reached(
    rules: dict[int, Rules],
    campaign: int,
    zones: Sequence[str],
    calls: Sequence[Call],
    at: int,
    slack: int = 0,
) -> Iterator[str]:
    """The rules that forbid one more call at `at` after `calls`. With `slack` (µs), those that surely do."""
    asked = rules[campaign]
    for cap in asked.caps:
        counted = [call.at for call in calls if _counts(rules, cap, call, campaign)]
        if cap.hours is not None:
            begins = at - cap.hours * 3600 * SECOND + slack
            full = sum(call > begins for call in counted) >= cap.most
        else:
            full = any(_count_same(cap, zone, counted, at, slack) >= cap.most for zone in zones or ("UTC",))
        if full:
            yield str(cap)
    begins = at - asked.gap_minutes * 60 * SECOND + slack
    if asked.gap_minutes and any(call.campaign != campaign and call.at > begins for call in calls):
        yield "gap"


def _counts(rules: dict[int, Rules], cap: Cap, call: Call, campaign: int) -> bool:
    if cap.scope == "number":
        return True
    if cap.scope == "campaign":
        return call.campaign == campaign
    return rules[call.campaign].subject.lower() == rules[campaign].subject.lower()


def _count_same(cap: Cap, zone: str, calls: Sequence[int], at: int, slack: int) -> int:
    """How many lie in the same local day or week; with `slack`, whichever instant of so many before each is meant."""
    here = {_find_period(cap, zone, at), _find_period(cap, zone, at - slack)}
    if len(here) > 1:
        return 0
    return sum(
        {_find_period(cap, zone, call), _find_period(cap, zone, call - slack)} == here for call in calls
    )


def _find_period(cap: Cap, zone: str, at: int) -> tuple[int, ...]:
    local = datetime.fromtimestamp(at / SECOND, ZoneInfo(zone))
    return local.isocalendar()[:2] if cap.per == "week" else (local.year, local.month, local.day)


def find_end(
    rules: dict[int, Rules], campaign: int, zones: Sequence[str], calls: Sequence[Call], at: int
) -> int:
    """The first instant from `at` on at which no rule forbids a call, if nobody calls meanwhile: tried one by one."""
    asked = rules[campaign]
    instants = {call.at + asked.gap_minutes * 60 * SECOND for call in calls}
    for cap in asked.caps:
        if cap.hours is not None:
            instants |= {call.at + cap.hours * 3600 * SECOND for call in calls}
        else:
            instants |= {midnight for zone in zones or ("UTC",) for midnight in _list_midnights(zone, at)}
    for instant in sorted({at, *(each for each in instants if each > at)}):
        if not any(find_reached(rules, campaign, zones, calls, instant)):
            return instant
    raise AssertionError(f"campaign {campaign} may never call again")


def _list_midnights(zone: str, at: int) -> list[int]:
    """The beginnings of the next nine local days."""
    today: date = datetime.fromtimestamp(at / SECOND, ZoneInfo(zone)).date()
    days = [today + timedelta(days=after) for after in range(1, 10)]
    return [
        round(datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC).timestamp()) * SECOND
        for day in days
    ]
