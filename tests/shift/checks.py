"""Statements of pages compared with the facts: each returns what is untrue, in words. A page is made between two
instants, and what was true at some moment between them is accepted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bs4 import BeautifulSoup, Tag

from campaign_app.services.fragment_cache import MAX_AGE_SECONDS
from campaign_app.web.status_words import describe_status

from . import pages
from .facts import JUDGED_OVER, RATED, Campaign, CarrierRecord, Facts, Trunk, share_full

READER_ZONE = "America/New_York"
MOST_SHOWN = 40
"""Open calls on a campaign's page."""
WAITING_STATES = ("running", "paused")
SETTLED_WITHIN = timedelta(seconds=5)


@dataclass
class Sample:
    """Facts that held while a page was made, from `start` to `end`."""

    facts: Facts
    start: datetime
    end: datetime
    compared: int = 0
    untrue: list[str] = field(default_factory=list)

    def expect(self, what: str, shown: object, *true: object) -> None:
        self.compared += 1
        if shown not in true:
            self.untrue.append(f"{what}: the page says {shown!r}, true is {' or '.join(map(repr, true))}")

    def expect_that(self, holds: bool, what: str) -> None:
        self.compared += 1
        if not holds:
            self.untrue.append(what)

    def either(self, judge: Callable[[datetime], object]) -> tuple[object, ...]:
        """What is true at the beginning or at the end."""
        return judge(self.start), judge(self.end)


def clock_of(at: datetime) -> str:
    return f"{at.astimezone(ZoneInfo(READER_ZONE)):%H:%M}"


def percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "–"


def check_times(page: BeautifulSoup, sample: Sample) -> None:
    seen, wrong = pages.list_wrong_times(page, READER_ZONE)
    sample.compared += seen
    sample.untrue += wrong


def check_lamp(page: BeautifulSoup, sample: Sample) -> None:
    """The dialer's lamp in the bar of every page."""
    words = pages.text_of(pages.must(page, "#engine-lamp")).lower()
    says_away = words != "dialer on"
    sample.expect(f"the lamp ({words})", says_away, *sample.either(sample.facts.is_away))


def check_list(page: BeautifulSoup, sample: Sample) -> None:
    facts = sample.facts
    rows, sizes = pages.read_list(page)
    sample.expect("campaigns of the list", len(rows), len(facts.campaigns))
    groups = Counter(row.group for row in rows)
    marked = sum(row.marked for row in rows)
    sample.expect("sizes of the groups", sizes, dict(groups))
    sentence = pages.text_of(pages.must(page, "#list-now")).replace("None", "0").replace("none", "0")
    calling, waiting = re.findall(r"(\d+) (?:calling|waiting)", sentence)
    needing = re.search(r"(\d+) needs? attention", sentence)
    sample.expect("calling, in the headline", int(calling), groups["dialing"])
    idle = [row for row in rows if row.group != "dialing" and row.status == "running"]
    sample.expect("waiting, in the headline", int(waiting), len(idle))
    sample.expect("needing attention, in the headline", int(needing[1]) if needing else 0, marked)
    statuses = Counter(campaign.status for campaign in facts.campaigns.values())
    for link in page.select("#list-filters a"):
        name, count = pages.text_of(link).rsplit(" ", 1)
        true = len(facts.campaigns) if name == "All" else statuses[name.lower()]
        sample.expect(f"filter {name}", pages.numbers(count)[0], true)
    for row in rows:
        _check_row(row, sample)
    _check_board(pages.must(page, "#board"), sample)


def _check_row(row: pages.ListRow, sample: Sample) -> None:
    facts = sample.facts
    campaign = facts.campaigns[row.id]
    what = f"list, {campaign.name}"
    sample.expect(f"{what}: status", row.status, campaign.status)
    sample.expect(f"{what}: done", (row.done, row.total), (campaign.done, campaign.total))
    sample.expect(f"{what}: lines", (row.open, row.lines), (campaign.open.total(), campaign.lines))
    sample.expect(f"{what}: answered", row.answered, percent(campaign.answered, campaign.rated))
    sample.expect(f"{what}: calling", row.group == "dialing", *_calling(campaign, sample))
    true_marks = sample.either(lambda at: _needs_attention(campaign, facts, at))
    sample.expect(f"{what}: needs attention {row.notes}", row.marked, *true_marks)
    if row.group in ("waiting", "resting"):
        sample.expect(f"{what}: waits", row.group == "waiting", campaign.status == "running")
    notes = " ".join(row.notes)
    unknown = re.search(r"(\d[\d,]*) calls? ha(?:s|ve) an unknown outcome", notes)
    sample.expect(f"{what}: unknown", pages.numbers(unknown[1])[0] if unknown else 0, campaign.undecided)
    for line in row.notes:
        check_reason(read_line(line), campaign, sample, what)


def read_line(line: str) -> pages.Reason:
    """A reason as the list tells it: `Paused by Ann`, `Something went wrong: Connection reset by peer`."""
    title = max((each for each in REASONS if line.startswith(each)), key=len, default=None)
    if title is None:
        title, *_ = re.split(r": | (?=(?:until|at|by|on) )", line, maxsplit=1)
    return pages.Reason(title, line.removeprefix(title).lstrip(": "), -1)


def _calling(campaign: Campaign, sample: Sample) -> tuple[object, ...]:
    return sample.either(lambda at: sample.facts.is_calling(campaign, at))


def _needs_attention(campaign: Campaign, facts: Facts, at: datetime) -> bool:
    if campaign.undecided:
        return True
    if campaign.status != "running":
        return False
    trunk = facts.trunks[campaign.trunk_id]
    if campaign.last_error or (campaign.backoff_until and campaign.backoff_until > at):
        return True
    if not campaign.waiting:
        return False
    words = trunk.words(at)
    if facts.is_away(at) or words not in ("up", "failing"):
        return True
    return words == "failing" and _has_trouble(campaign, facts, at)


def _has_trouble(campaign: Campaign, facts: Facts, at: datetime) -> bool:
    """Whether the trunk's failures are what a campaign's page says first: not where its hours are closed, or its
    lines are full."""
    return not campaign.next_opening(at) and not _is_full(campaign, facts, at)


def _is_full(campaign: Campaign, facts: Facts, at: datetime) -> bool:
    trunk = facts.trunks[campaign.trunk_id]
    since = max(at - JUDGED_OVER, campaign.status_at)
    return any(
        whose.open.total() >= whose.lines or share_full(whose.spans, whose.lines, since, at) >= 0.5
        for whose in (campaign, trunk)
    )


def _check_board(board: Tag, sample: Sample) -> None:
    facts = sample.facts
    figures = pages.read_counters(board)
    in_use = sum(trunk.open.total() for trunk in facts.trunks.values())
    lines = [
        [
            in_use,
            sum(
                trunk.lines if trunk.takes_calls(at) else trunk.open.total()
                for trunk in facts.trunks.values()
            ),
        ]
        for at in (sample.start, sample.end)
    ]
    sample.expect("board, lines in use", pages.numbers(figures["Lines in use"]), *lines)
    _check_today(figures, sample, "board")
    unknown = sum(campaign.undecided for campaign in facts.campaigns.values())
    sample.expect("board, outcome unknown", pages.numbers(figures["Outcome unknown"])[0], unknown)
    by_name = {trunk.name: trunk for trunk in facts.trunks.values()}
    shown = board.select("ul.trunks > li")
    sample.expect("board, trunks", len(shown), len(by_name))
    for item in shown:
        trunk = by_name[pages.text_of(item.select_one(".mono"))]
        lamp = pages.text_of(item.select_one(".lamp"))
        words = sample.either(trunk.words)
        in_use = trunk.open.total()
        if re.match(r"\d", lamp):
            sample.expect(f"board, {trunk.name}", pages.numbers(lamp), [in_use, trunk.lines])
            sample.expect_that(
                "up" in words or "failing" in words, f"board: {trunk.name} is {words}, not {lamp!r}"
            )
            sample.expect(f"board, {trunk.name} full", "full" in lamp, in_use >= trunk.lines)
        else:
            sample.expect(f"board, {trunk.name}", lamp, *words)


def _check_today(figures: dict[str, str], sample: Sample, what: str) -> None:
    facts = sample.facts
    ready = sorted(
        sum(campaign.count_due(at) for campaign in facts.campaigns.values() if campaign.status == "running")
        for at in (sample.start, sample.end)
    )
    shown = pages.numbers(figures["Due"])[0]
    sample.expect_that(ready[0] <= shown <= ready[1], f"{what}: {shown} ready to call, true is {ready}")
    calls = len(facts.ended_at)
    answered = sum(campaign.answered for campaign in facts.campaigns.values())
    name = next(name for name in figures if name.startswith("Calls"))
    sample.expect(f"{what}, calls today", pages.numbers(figures[name])[0], calls)
    if "Answered" in figures:
        sample.expect(f"{what}, answered", figures["Answered"].split()[0], percent(answered, calls))


def check_home(page: BeautifulSoup, sample: Sample) -> None:
    facts = sample.facts
    root = pages.must(page, "#now")
    tables = {pages.text_of(table.select_one("caption")): table for table in root.select("table")}
    by_name = {campaign.name: campaign for campaign in facts.campaigns.values()}
    calling = _rows(tables.get("Campaigns that are calling"))
    shown = {pages.text_of(row.select_one("th a")): row for row in calling}
    for campaign in by_name.values():
        sample.expect(f"home, {campaign.name}: calling", campaign.name in shown, *_calling(campaign, sample))
    for name, row in shown.items():
        lines = pages.numbers(pages.text_of(row.select_one('td[data-label="Lines"]')))
        sample.expect(f"home, {name}: lines", lines, [by_name[name].open.total(), by_name[name].lines])
    waiting = {
        pages.text_of(row.select_one("th a")): row
        for row in _rows(tables.get("Campaigns that wait, the next first"))
    }
    live = {campaign.name for campaign in by_name.values() if campaign.status in WAITING_STATES}
    sample.expect("home, campaigns", sorted([*shown, *waiting]), sorted(live))
    for name, row in waiting.items():
        campaign = by_name[name]
        people = pages.numbers(pages.text_of(row.select_one('td[data-label="People"]')))[0]
        sample.expect(f"home, {name}: people", people, campaign.waiting)
        until = row.select_one("time[datetime]")
        if until is not None:
            at = datetime.fromisoformat(str(until["datetime"]))
            late = sample.start.replace(microsecond=0) - timedelta(seconds=1)
            sample.expect_that(at >= late, f"home: {name} waits until {at}, which is over")
            if campaign.status == "paused":
                sample.expect(f"home, {name}: until", at, _whole(campaign.resume_at))
    _check_attention(_rows(tables.get("What needs attention, the most urgent first")), sample)
    today = pages.read_facts(root)
    _check_today(today, sample, "home")
    in_use = sum(trunk.open.total() for trunk in facts.trunks.values())
    sample.expect("home, lines in use", pages.numbers(today["Lines in use"])[0], in_use)
    for trunk in facts.trunks.values():
        sample.expect(
            f"home, {trunk.name}",
            today[trunk.name],
            *(f"{words} {trunk.open.total():,} of {trunk.lines:,}" for words in sample.either(trunk.words)),
        )


def _whole(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(microsecond=0)


def _rows(table: Tag | None) -> list[Tag]:
    return [] if table is None else table.select("tbody tr")


def _check_attention(rows: list[Tag], sample: Sample) -> None:
    facts = sample.facts
    titles = [pages.text_of(row.select_one("th .lamp")) for row in rows]
    away = any("dialer is not running" in title for title in titles)
    sample.expect("home: the dialer is away", away, *sample.either(facts.is_away))
    for trunk in facts.trunks.values():
        shown = [title.partition(": ")[2] for title in titles if title.startswith(f"Trunk {trunk.name}: ")]
        sample.expect(
            f"home: trunk {trunk.name} needs attention",
            shown,
            *([] if words == "up" else [words] for words in sample.either(trunk.words)),
        )
    unknown = sum(campaign.undecided for campaign in facts.campaigns.values())
    counted = [pages.numbers(title)[0] for title in titles if "unknown outcome" in title]
    sample.expect("home: unknown outcomes", counted, [unknown] if unknown else [])


def check_live(page: BeautifulSoup, campaign: Campaign, sample: Sample) -> None:
    facts, what = sample.facts, f"page of {campaign.name}"
    root = pages.must(page, "#live")
    sample.expect(f"{what}: status", pages.text_of(root.select_one(".badge")).lower(), campaign.status)
    figures = pages.read_counters(root)
    if campaign.total:
        done = pages.numbers(figures["Contacts done"])
        share = 100 * campaign.done // campaign.total
        sample.expect(f"{what}: done", done[:3], [campaign.done, campaign.total, share])
        by_people = figures["Answered by people"]
        answered = percent(campaign.answered, campaign.rated)
        sample.expect(f"{what}: answered", by_people.split()[0], answered)
        apart = re.search(r"machines apart: ([\d,]+)", by_people)
        sample.expect(f"{what}: machines", pages.numbers(apart[1])[0] if apart else 0, campaign.machines)
        true = [campaign.waiting, campaign.contacts["pending"], campaign.contacts["retry"]]
        sample.expect(f"{what}: waiting", pages.numbers(figures["Waiting"]), true)
    _check_lines(root, campaign, sample, what)
    _check_bars(root, campaign, sample, what)
    title = pages.text_of(root.select_one("#why-h"))
    if title:
        words = {True: "Why isn’t it calling faster?", False: "Why isn’t it calling?"}
        over = "Nobody else is called" if campaign.status == "stopped" else "Nobody left to call"
        idle = words[False] if campaign.waiting else over
        calling = _calling(campaign, sample)
        sample.expect(f"{what}: question", title, *(words[True] if each else idle for each in calling))
    reasons = pages.read_reasons(page)
    if reasons and campaign.status in WAITING_STATES:
        counted = sum(reason.contacts for reason in reasons)
        sample.expect(f"{what}: contacts of all reasons {reasons}", counted, campaign.waiting)
    for reason in reasons:
        check_reason(reason, campaign, sample, what)
    _check_missing_reasons(reasons, campaign, sample, what)
    sample.expect_that(facts.campaigns[campaign.id] is campaign, f"{what}: not of these facts")


def _check_lines(root: Tag, campaign: Campaign, sample: Sample, what: str) -> None:
    panel = root.select_one('section[aria-labelledby="lines-h"]')
    in_use = campaign.open.total()
    expected = campaign.status in WAITING_STATES or bool(in_use)
    sample.expect(f"{what}: lines are shown", panel is not None, expected)
    if panel is None:
        return
    shown = pages.numbers(pages.text_of(panel.select_one(".tools p")))
    sample.expect(f"{what}: lines", shown[:2], [in_use, campaign.lines])
    talking, ringing = campaign.open["in-progress"], campaign.open["ringing"]
    true = {
        "Talking": talking,
        "Ringing": ringing,
        "Being set up": in_use - talking - ringing,
        "Free": max(0, campaign.lines - in_use),
    }
    sample.expect(f"{what}: lamps", pages.read_legend(panel), true)
    calls = panel.select("#open-calls tbody tr")
    sample.expect(f"{what}: calls in progress", len(calls), min(in_use, MOST_SHOWN))
    if in_use <= MOST_SHOWN:
        badges = Counter(pages.text_of(row.select_one(".badge")) for row in calls)
        statuses = Counter({describe_status(key): n for key, n in campaign.open.items() if n})
        sample.expect(f"{what}: what they do", _lower(badges), _lower(statuses))


def _lower(counts: Counter[str]) -> dict[str, int]:
    lower: Counter[str] = Counter()
    for key, n in counts.items():
        lower[key.lower()] += n
    return dict(lower)


def _check_bars(root: Tag, campaign: Campaign, sample: Sample, what: str) -> None:
    bars = {pages.text_of(block.select_one("h3")): block for block in root.select(".bars > div:has(h3)")}
    if "Contacts" in bars:
        true = {describe_status(key): n for key, n in campaign.contacts.items() if n}
        sample.expect(f"{what}: contacts", pages.read_legend(bars["Contacts"]), true)
    outcomes = {key: n for key, n in campaign.ended.items() if n and key in (*RATED, "unresolved")}
    sample.expect(f"{what}: outcomes are shown", "Calls, by outcome" in bars, bool(outcomes))
    if outcomes and "Calls, by outcome" in bars:
        shown = pages.read_legend(bars["Calls, by outcome"])
        true = {describe_status(key): n for key, n in outcomes.items() if key != "completed"}
        true["answered by a person"] = campaign.answered_by["human"]
        true["answered by a machine"] = campaign.machines
        true["answered, nobody knows by whom"] = campaign.answered_by["unknown"]
        true = {key: n for key, n in true.items() if n}
        sample.expect(f"{what}: outcomes", _lower(Counter(shown)), _lower(Counter(true)))


def _check_missing_reasons(
    reasons: list[pages.Reason], campaign: Campaign, sample: Sample, what: str
) -> None:
    """What must not be left out."""
    if not campaign.waiting:
        return
    titles = {reason.title for reason in reasons}
    facts, trunk = sample.facts, sample.facts.trunks[campaign.trunk_id]
    running = campaign.status == "running"
    sample.expect(
        f"{what}: no engine",
        "No engine is running" in titles,
        *sample.either(lambda at: running and facts.is_away(at)),
    )
    if not running and campaign.status not in WAITING_STATES:
        return  # it shows no reasons
    if not running:
        word = {"draft": "Not started", "paused": "Paused", "stopped": "Stopped"}.get(campaign.status)
        sample.expect_that(word is None or word in titles, f"{what}: {titles} without {word!r}")
        return
    closed = sample.either(lambda at: campaign.next_opening(at) is not None)
    sample.expect(f"{what}: hours closed", "Outside calling hours" in titles, *closed)
    if not campaign.backoff_until:
        # Beside it may stand that the trunk cannot dial.
        stopped = trunk.circuit_until is not None and not trunk.paused
        sample.expect(f"{what}: {trunk.name} stopped", "Calls are failing" in titles, stopped)


def check_reason(reason: pages.Reason, campaign: Campaign, sample: Sample, what: str) -> None:
    """Whether what a reason says holds. Of a line in the list the number of contacts is -1: it says none."""
    known = REASONS.get(reason.title)
    if known is None:
        if not LINES_OF_LIST.search(f"{reason.title}: {reason.detail}"):
            sample.expect_that(False, f"{what}: a reason without a check: {reason}")
        return
    sample.expect_that(
        any(
            known(reason, campaign, sample.facts, at)
            for at in (sample.start - KEPT, sample.start, sample.end)
        ),
        f"{what}: untrue at {sample.end}: {reason}",
    )


KEPT = timedelta(seconds=MAX_AGE_SECONDS)
"""How old the figures of a page may be."""
LINES_OF_LIST = re.compile(r"unknown outcome|No contacts yet|^(Paused|Stopped): by")
Judge = Callable[[pages.Reason, Campaign, Facts, datetime], bool]


def _hours(reason: pages.Reason, campaign: Campaign, _: Facts, at: datetime) -> bool:
    opening = campaign.next_opening(at)
    return opening is not None and f"{clock_of(opening)} {READER_ZONE}" in reason.detail


def _starts_later(reason: pages.Reason, campaign: Campaign, _: Facts, at: datetime) -> bool:
    starts = campaign.starts_at
    return starts is not None and starts > at and f"{clock_of(starts)} {READER_ZONE}" in reason.detail


def _paused(reason: pages.Reason, campaign: Campaign, _: Facts, __: datetime) -> bool:
    until = campaign.resume_at
    return (
        campaign.status == "paused"
        and (campaign.status_reason or "") in reason.detail
        and (until is None or f"{clock_of(until)} {READER_ZONE}" in reason.detail)
    )


def _lines(reason: pages.Reason, campaign: Campaign, facts: Facts, at: datetime) -> bool:
    return _full(reason, campaign, campaign, at)


def _trunk_lines(reason: pages.Reason, campaign: Campaign, facts: Facts, at: datetime) -> bool:
    trunk = facts.trunks[campaign.trunk_id]
    others = Counter(
        {each.name: each.open.total() for each in facts.campaigns.values() if each.trunk_id == trunk.id}
    )
    del others[campaign.name]
    by = re.search(r", (\d+) of them by (.+)$", reason.detail)
    if by is not None and (others[by[2]] != int(by[1]) or int(by[1]) != max(others.values())):
        return False
    return trunk.name in reason.detail and _full(reason, campaign, trunk, at)


def _full(reason: pages.Reason, campaign: Campaign, whose: Campaign | Trunk, at: datetime) -> bool:
    if not re.search(rf"\ball {whose.lines:,} ", reason.detail):
        return False
    if "were in use" not in reason.detail:
        return bool(whose.open.total() >= whose.lines)
    since = max(at - JUDGED_OVER, campaign.status_at)
    return share_full(whose.spans, whose.lines, since, at) >= 0.5


def _pace(reason: pages.Reason, campaign: Campaign, _: Facts, __: datetime) -> bool:
    return bool(campaign.rate) and f"{campaign.rate:g} new" in reason.detail


def _later(deferred: str | None) -> Judge:
    def judge(reason: pages.Reason, campaign: Campaign, _: Facts, at: datetime) -> bool:
        due = sorted(due for due, by in campaign.due if due > at and by == deferred)
        if not due or reason.contacts not in (-1, len(due)):
            return False
        first, last = clock_of(due[0]), clock_of(due[-1])
        opening = campaign.next_opening(due[0])
        if opening is not None:
            first = clock_of(opening)
        opening = campaign.next_opening(due[-1])
        if opening is not None:
            last = clock_of(opening)
        clocks = pages.CLOCK.findall(reason.detail)
        return clocks in ([first, last], [first] if first == last else None)

    return judge


def _next(reason: pages.Reason, campaign: Campaign, facts: Facts, at: datetime) -> bool:
    return (
        campaign.status == "running"
        and not facts.is_away(at)
        and campaign.next_opening(at) is None
        and facts.trunks[campaign.trunk_id].words(at) in ("up",)
        and campaign.open.total() < campaign.lines
        and reason.contacts in (-1, campaign.count_due(at))
    )


def _failing(reason: pages.Reason, campaign: Campaign, facts: Facts, at: datetime) -> bool:
    trunk = facts.trunks[campaign.trunk_id]
    if campaign.backoff_until is not None and campaign.backoff_until > at:
        return clock_of(campaign.backoff_until) in reason.detail
    if trunk.circuit_until is None or trunk.name not in reason.detail:
        return False
    return trunk.circuit_until <= at or clock_of(trunk.circuit_until) in reason.detail


def _trouble(reason: pages.Reason, campaign: Campaign, facts: Facts, _: datetime) -> bool:
    error = campaign.last_error or facts.trunks[campaign.trunk_id].last_error
    return bool(error) and " ".join(str(error).split()) in reason.detail


def _in_doubt(reason: pages.Reason, campaign: Campaign, _: Facts, __: datetime) -> bool:
    lines = pages.numbers(reason.detail)[0]
    return max(campaign.open["in-doubt"], 1) <= lines <= campaign.open.total()


def _overdue(reason: pages.Reason, campaign: Campaign, _: Facts, at: datetime) -> bool:
    late = sum(moment <= at for moment in campaign.must_have_ended)
    return pages.numbers(reason.detail)[0] == late > 0


def _their_hours(reason: pages.Reason, campaign: Campaign, _: Facts, at: datetime) -> bool:
    """The packs' hours have an oracle and tests of their own; here: nobody is promised a call in the past."""
    return campaign.status in ("running", "paused") and 0 < max(reason.contacts, 1) <= campaign.waiting


REASONS: dict[str, Judge] = {
    "No contacts": lambda reason, campaign, facts, at: not campaign.total,
    "No engine is running": lambda reason, campaign, facts, at: facts.is_away(at),
    "Not started": lambda reason, campaign, facts, at: campaign.status == "draft",
    "Paused": _paused,
    "Stopped": lambda reason, campaign, facts, at: campaign.status == "stopped",
    "Outside calling hours": _hours,
    "Outside their hours": _their_hours,
    "A public holiday where they are": _their_hours,
    "Hours never overlap": _their_hours,
    "After the campaign’s end": _their_hours,
    "Starts later": _starts_later,
    "Lines full": _lines,
    "Trunk full": _trunk_lines,
    "Limited by its pace": _pace,
    "Waiting to be tried again": _later(None),
    "Another call took the number first": _later("busy"),
    "Called often enough lately": _later("cap"),
    "Called by another campaign lately": _later("gap"),
    "Next in line": _next,
    "Waiting for their turn": _next,
    "The trunk cannot dial": lambda reason, campaign, facts, at: (
        facts.trunks[campaign.trunk_id].words(at) == "cannot dial"
    ),
    "Calls are failing": _failing,
    "Something went wrong": _trouble,
    "Lines held by calls in doubt": _in_doubt,
    "Calls that should have ended": _overdue,
}


def check_ledger(
    facts: Facts, before: dict[str, CarrierRecord], after: dict[str, CarrierRecord]
) -> list[str]:
    """What the database says of calls and the carriers' records do not. `before` was read before the facts, `after`
    afterwards."""
    untrue = []
    for token, record in after.items():
        if record.placed > 1:
            untrue.append(f"{token} was placed {record.placed} times")
        if token not in facts.outcomes and token in before:
            untrue.append(f"the carrier has {token}, the database does not")
    for token, status in facts.outcomes.items():
        record = after.get(token)
        if status in ("completed", "busy", "no-answer") and (record is None or record.outcome != status):
            untrue.append(f"{token} is {status}, at the carrier {record}")
        if status == "in-progress" and (record is None or not record.answered):
            untrue.append(f"{token} is said to be talking, at the carrier {record}")
        if status == "ringing" and (record is None or not record.placed):
            untrue.append(f"{token} is said to be ringing, at the carrier {record}")
    return untrue


def list_forgotten(facts: Facts, ended_long_ago: Iterable[str]) -> list[str]:
    """Calls that are open although the carrier has long had their end."""
    open_states = {"claimed", "dialing", "in-doubt", "queued", "ringing", "in-progress"}
    return [
        f"{token} is {facts.outcomes[token]}, and ended at the carrier a while ago"
        for token in ended_long_ago
        if facts.outcomes.get(token) in open_states
    ]
