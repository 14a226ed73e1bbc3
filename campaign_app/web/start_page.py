"""Start page: who would be called now, who later and who never, before anybody is called."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask import url_for

from campaign_app.domain import phone as phones
from campaign_app.domain.call_price import describe_price, format_amount
from campaign_app.domain.campaign import CampaignSpec
from campaign_app.domain.gate import DialGate
from campaign_app.domain.lists import parse_suppressed_code
from campaign_app.domain.message_needs import list_lacking
from campaign_app.domain.packs import describe_source
from campaign_app.domain.requirements import MissingRequirement
from campaign_app.domain.rulebook import IDENTIFICATION, CampaignClock
from campaign_app.domain.script import KeyAction
from campaign_app.domain.spoken_values import FORMAT_NAMES
from campaign_app.domain.timeline import CONSENT, PROHIBITED, REQUIREMENT, find_timeline
from campaign_app.models import Campaign
from campaign_app.services.clock_comparison import compare_clocks
from campaign_app.services.finish_estimate import TryLimit
from campaign_app.services.list_rules import STALE as LIST_STALE
from campaign_app.services.message_preview import UnreadableOfWaiting
from campaign_app.services.outside_rule import SILENT as OUTSIDE_SILENT
from campaign_app.services.preflight import (
    AFTER_END,
    BLACKED_OUT,
    DO_NOT_CALL,
    NEVER_OPEN,
    OUTSIDE_CHECK,
    ZONE_UNKNOWN,
    LaterWhy,
    PeopleGroup,
    PreflightResult,
    describe_limit,
)
from campaign_app.services.rule_checks import FORGET_KEY_MISSING, describe_period
from campaign_app.services.wait_reasons import ReasonCode

from . import charts
from .filters import capitalize_first, count_noun, count_people, mask_text, to_sentence
from .start_holidays import HolidayNote, list_open_holidays
from .times import clock_in, day_and_clock, format_range, name_moment, name_range

SOFT_START_PEOPLE = 5
"""Whom a soft start calls before it asks."""
MOST_ROWS = 20
"""Lines of the table in each part; the rest is one line more."""
MOST_BARS = 6
MOST_COMPARED = 3
MINUTES_A_DAY = 24 * 60
NEVER_WORDS = {
    DO_NOT_CALL: ("On do-not-call", "on the list for all campaigns or on this campaign’s list"),
    ZONE_UNKNOWN: (
        "Time zone unknown",
        "add a time zone, state or postal code to their rows, and upload the file again",
    ),
    CONSENT: (
        "No consent on record",
        "the rules of their country ask for it: give it in a column, or on the form for everybody on the list",
    ),
    REQUIREMENT: ("The message lacks something", "the rules of their country ask for it; see below"),
    PROHIBITED: ("Not allowed where they are", "the rules of their state allow no such call"),
    AFTER_END: ("After the campaign’s end", "their turn comes only when it has ended: move its end"),
    OUTSIDE_CHECK: ("Refused by the outside check", "it said that they are never to be called"),
    BLACKED_OUT: (
        "Closed by a blackout",
        "nobody is called there until somebody lifts it: see Rules, Blackouts",
    ),
    NEVER_OPEN: (
        "Hours never overlap",
        "the campaign’s hours and theirs leave no time to begin a call in the next two weeks: change the windows",
    ),
}
LATER_WORDS = {
    LaterWhy.CAP: ("Called often enough lately", "the campaign’s limits allow no more for now"),
    LaterWhy.GAP: (
        "Called by another campaign lately",
        "the minimum time between campaigns hasn’t passed yet",
    ),
    LaterWhy.OUTSIDE: ("Held by the outside check", "it refused their number, or did not answer"),
    LaterWhy.DUE: ("Due later", "a retry is planned, or another call took the number first"),
}


@dataclass(frozen=True, slots=True)
class StartQuestion:
    """What was chosen of how to begin (`soft`, `five`, `all`), and why nothing was started."""

    begin: str = "soft"
    me: str = ""
    problem: str = ""
    """Of one's own number."""
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class StartRow:
    """A line of the table: who, when, how many; `csv` is where their list is."""

    who: str
    note: str
    when: str
    contacts: int
    csv: str | None = None


@dataclass(frozen=True, slots=True)
class ZoneBar:
    """A line of the drawn day."""

    name: str
    words: str
    bars: Sequence[charts.ChartBar]


@dataclass(frozen=True, slots=True)
class ZoneChart:
    """The day on the campaign's clock: when people of each place may be called, and where `now` is in it (per cent)."""

    rows: Sequence[ZoneBar]
    now: float
    now_words: str
    height: int
    words: str


@dataclass(frozen=True, slots=True)
class HoldNote:
    """Why nobody at all is called now, and where to do something about it."""

    words: str
    link: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class StartWords:
    """A preflight as a person reads it."""

    called: int
    now: int
    later: int
    never: int
    first_later: str
    finish: str | None
    calls: str | None
    limits: Sequence[str]
    """Caps that later tries will meet, with where they come from."""
    cost: str | None
    comparisons: Sequence[str]
    holidays: Sequence[HolidayNote]
    holds: Sequence[HoldNote]
    warnings: Sequence[str]
    bar: Sequence[charts.BarSegment]
    bar_words: str
    now_rows: Sequence[StartRow]
    later_rows: Sequence[StartRow]
    never_rows: Sequence[StartRow]
    chart: ZoneChart | None
    clock: str
    """Whose clock the times are on."""
    calculated_at: datetime
    missing: bool
    checked: Sequence[str] = field(default_factory=tuple)


def describe_start(campaign: Campaign, spec: CampaignSpec, result: PreflightResult) -> StartWords:
    """The words for a start by `spec`; times in the campaign's zone."""
    zone = spec.timezone or "UTC"
    later = sum(group.contacts for group in result.later)
    never: defaultdict[str, int] = defaultdict(int)
    for counts in (result.never, result.suppressed):
        for code, number in counts.items():
            never[code] += number
    out = sum(never.values())
    now_words = "at this hour" if result.holds else "now"
    segments = charts.stack_segments(
        [("completed", now_words, result.now), ("wait", "later", later), ("suppressed", "never", out)]
    )
    return StartWords(
        called=result.now + later,
        now=result.now,
        later=later,
        never=out,
        first_later=name_moment(result.later[0].opens_at, zone) if result.later else "",
        finish=None if result.finish is None else name_range(*result.finish, zone),
        calls=_describe_calls(result, spec),
        limits=[_describe_limit(limit, result, zone) for limit in result.limits[:MOST_COMPARED]],
        cost=_describe_cost(result),
        comparisons=_compare_in_words(spec, result),
        holidays=list_open_holidays(spec, result),
        holds=[_describe_hold(code, spec, result) for code in result.holds],
        warnings=_list_warnings(spec, result),
        bar=segments,
        bar_words=f"{result.now:,} {now_words}, {later:,} later, {out:,} never",
        now_rows=_cut_rows([_describe_now(group, result.at, zone, now_words) for group in result.now_groups]),
        later_rows=_cut_rows([_describe_later(group, result.at, zone) for group in result.later_groups]),
        never_rows=[
            StartRow(
                *_name_never(code, result),
                when="never",
                contacts=number,
                csv=url_for("campaigns.export_never", campaign_id=campaign.id, why=code),
            )
            for code, number in sorted(never.items(), key=lambda item: -item[1])
        ],
        chart=_draw_day(spec, result, zone),
        clock=f"{zone} time",
        calculated_at=result.at,
        missing=bool(result.missing),
        checked=_list_checked(campaign, spec, result),
    )


def _name_never(code: str, result: PreflightResult) -> tuple[str, str]:
    if code == LIST_STALE:
        return "A list is too old", mask_text(
            "; ".join(result.stale_lists)
        ) + ": replace it under Rules, Lists"
    if parse_suppressed_code(code) is not None:
        return (
            f"On {result.list_names.get(code, 'a list that was deleted')}",
            "a list of numbers that may not be called",
        )
    return NEVER_WORDS.get(code, NEVER_WORDS[DO_NOT_CALL])


def name_zones(zones: Sequence[str]) -> str:
    """`New York`, `Chicago or New York`, `8 time zones`."""
    cities = [zone.rsplit("/", 1)[-1].replace("_", " ") for zone in zones]
    if not cities:
        return "Location unknown"
    return " or ".join(cities) if len(cities) <= 2 else f"{len(cities)} time zones, including {cities[0]}"


def _describe_calls(result: PreflightResult, spec: CampaignSpec) -> str | None:
    low, high = result.calls
    if not high:
        return None
    tries = spec.retry.max_attempts
    if low == high:
        return f"{low:,}, one per person"
    if high == low * tries:
        return f"{low:,}–{high:,}, up to {tries} per person"
    if result.tries_cut:
        return f"{low:,}–{high:,}, no more before the campaign’s end"
    words = "fewer where the hours, a blackout or a limit leave no time"
    return f"{low:,}–{high:,}, up to {tries} per person, {words}"


def _describe_limit(limit: TryLimit, result: PreflightResult, zone: str) -> str:
    """`3 calls in 24 hours to a number: no more are allowed (this campaign’s limit). Try 4 waits until Tue 1 Dec 09:00
    Europe/Paris, at the earliest.`"""
    rule = limit.reached.rule
    own = "this campaign’s limit" if rule is None else "this installation’s default"
    source = describe_source(rule) or own
    people = "" if limit.contacts >= result.calls[0] else f" for {count_people(limit.contacts)}"
    when = name_moment(limit.until, zone)
    return (
        f"{capitalize_first(describe_limit(limit))} to a number: no more are allowed{people} ({source}). "
        f"Try {limit.number} waits until {when}, at the earliest."
    )


def _describe_cost(result: PreflightResult) -> str | None:
    """`about $76.20–$91.40, at $0.011 per call`; None where the trunk has no price."""
    if result.cost is None or result.price is None or not result.calls[1]:
        return None
    low, high = (format_amount(amount, result.price.currency) for amount in result.cost)
    span = low if low == high else f"{low}–{high}"
    return f"about {span}, at {describe_price(result.price)}"


def _describe_now(group: PeopleGroup, at: datetime, zone: str, now_words: str) -> StartRow:
    until = "" if group.closes_at is None else f", until {day_and_clock(group.closes_at, zone)}"
    return StartRow(
        name_zones(group.zones), _describe_place(group, at), f"{now_words}{until}", group.contacts
    )


def _describe_later(group: PeopleGroup, at: datetime, zone: str) -> StartRow:
    opens = group.opens_at or at
    last = group.last_opens_at or opens
    when = day_and_clock(opens, zone) if last == opens else format_range(opens, last, zone)
    if group.why in LATER_WORDS:
        return StartRow(*LATER_WORDS[group.why], when=when, contacts=group.contacts)
    note = _describe_place(group, at)
    if group.why is LaterWhy.BLACKOUT:
        note = f"closed by a blackout; {note}"
    if len(group.zones) == 1 and group.zones[0] != zone:
        note += f"; from {day_and_clock(opens, group.zones[0])} their time"
    return StartRow(name_zones(group.zones), note, when, group.contacts)


def _describe_place(group: PeopleGroup, at: datetime) -> str:
    """`12:42 there; zone known for 2,204, guessed from the number for 102`."""
    clocks = list(dict.fromkeys(clock_in(at, zone) for zone in group.zones))
    there = f"{' or '.join(clocks)} there" if len(clocks) <= 2 else f"{min(clocks)} to {max(clocks)} there"
    known = group.contacts - group.guessed
    if not group.zones:
        return "only the campaign’s clock counts"
    if not group.guessed:
        return f"{there}; stated in their rows"
    if not known:
        return f"{there}; guessed from the number"
    return f"{there}; stated for {known:,}, guessed from the number for {group.guessed:,}"


def _cut_rows(rows: Sequence[StartRow]) -> Sequence[StartRow]:
    if len(rows) <= MOST_ROWS:
        return rows
    rest = rows[MOST_ROWS - 1 :]
    return [
        *rows[: MOST_ROWS - 1],
        StartRow(f"{len(rest):,} more places", "", "", sum(row.contacts for row in rest)),
    ]


def _compare_in_words(spec: CampaignSpec, result: PreflightResult) -> list[str]:
    sentences = [
        f"Your hours, {each.own} in {name_zones([spec.timezone or 'UTC'])}, are {each.theirs} in"
        f" {name_zones([each.zone])} for {count_people(each.contacts)}."
        for each in compare_clocks(spec, result)[:MOST_COMPARED]
    ]
    if sentences and spec.clock is CampaignClock.BOTH:
        sentences[-1] += " Nobody is called outside their own hours, either."
    return sentences


HOLD_WORDS = {
    DialGate.TRUNK_PAUSED.value: "The trunk {trunk} is paused: nobody is called until it is resumed.",
    DialGate.CIRCUIT_OPEN.value: "Calls on the trunk {trunk} are failing: nobody is called until one succeeds.",
    DialGate.QUARANTINED.value: "Calling is on hold for all campaigns.",
    ReasonCode.TRUNK_NOT_READY.value: "The trunk {trunk} cannot place calls: {error}",
    FORGET_KEY_MISSING: (
        "This machine does not have the key by which forgotten numbers are known, and calls nobody without it: set "
        "SWITCHBOARD_FORGET_KEY to what the file forget-key of the other machine’s instance folder holds."
    ),
    OUTSIDE_SILENT: "The outside check does not answer: nobody is called until it does.",
}


def _describe_hold(code: str, spec: CampaignSpec, result: PreflightResult) -> HoldNote:
    words = to_sentence(
        HOLD_WORDS[code].format(trunk=mask_text(spec.provider), error=mask_text(result.trunk_error or ""))
    )
    if code in (OUTSIDE_SILENT, FORGET_KEY_MISSING):
        return HoldNote(words)
    if code == DialGate.QUARANTINED.value or result.trunk_id is None:
        return HoldNote(words, "Lost calls", url_for("recovery.index"))
    return HoldNote(
        words, f"Trunk {mask_text(spec.provider)}", url_for("trunks.show", trunk_id=result.trunk_id)
    )


def _list_warnings(spec: CampaignSpec, result: PreflightResult) -> list[str]:
    warnings = [f"{mask_text(sentence)}: replace it under Rules, Lists." for sentence in result.stale_lists]
    if result.ends_first and spec.ends_at is not None:
        ends = name_moment(spec.ends_at, spec.timezone or "UTC")
        warnings.append(f"The campaign ends {ends}, perhaps before all of them have been called.")
    warnings += [describe_missing(each) for each in result.requirements]
    if result.missing:
        warnings.append("Nobody has said what the calls are for. That decides when people may be called.")
    if spec.clock is CampaignClock.CAMPAIGN:
        warnings.append(
            f"Only the campaign’s own clock ({spec.timezone or 'UTC'}) counts: people may be called at any hour, day or"
            " night, where they are."
        )
        warnings += _list_lifted(result)
    elif result.zones_guessed:
        people = count_people(result.zones_guessed)
        verb = "comes" if result.zones_guessed == 1 else "come"
        noun = "The time zone" if result.zones_guessed == 1 else "The time zones"
        warnings.append(
            f"{noun} of {people} {verb} from the number alone; people who have moved may have kept their area code."
        )
    return warnings


def describe_unreadable(found: UnreadableOfWaiting) -> list[str]:
    """`6 people have a value for {when:date} that cannot be spoken as a date, such as +49 … 23 (row 3), “soon”: it is
    not a date; write it as 2026-11-30. Such values are spoken as they stand.`"""
    sentences = []
    for group in found.groups:
        example, value = group.example, group.example.value
        at_least = "At least " if found.has_more else ""
        one = group.contacts == 1
        row = "" if example.file_line is None else f" (row {example.file_line:,})"
        sentences.append(
            f"{at_least}{count_people(group.contacts)} {'has' if one else 'have'} a value for"
            f" {{{value.name}:{value.format}}} that cannot be spoken as {FORMAT_NAMES[value.format]}"
            f"{':' if one else ', such as'} {phones.mask(example.phone)}{row}, “{value.value}”: {value.spoken.problem}."
            f" {'It is spoken as it stands.' if one else 'Such values are spoken as they stand.'}"
        )
    return sentences


def _list_lifted(result: PreflightResult) -> list[str]:
    """The laws whose hours such a clock does not keep."""
    warnings = [
        f"The hours of a law are not kept: {law.hours}, their time ({law.source}), for"
        f" {count_people(law.contacts)}. Whoever chose this clock answers for that."
        for law in result.lifted[:MOST_COMPARED]
    ]
    more = len(result.lifted) - MOST_COMPARED
    if more > 0:
        warnings.append(f"Nor are those of {count_noun(more, 'other law')}.")
    return warnings


def describe_missing(missing: MissingRequirement) -> str:
    """`Without this it cannot start: … (US federal: 47 CFR …). It is needed for 812 people.` Where it
    only warns, it says that they are called."""
    people = f" It is needed for {count_people(missing.people)}." if missing.people else ""
    if people and missing.warns:
        people = f"{people[:-1]}, but it holds nobody back: they are called without it."
    refused = "" if missing.warns else "Without this it cannot start: "
    text = missing.sentence if refused else capitalize_first(missing.sentence)
    return f"{refused}{text} ({missing.sources}).{people}"


def _list_checked(campaign: Campaign, spec: CampaignSpec, result: PreflightResult) -> list[str]:
    """What a start asks for, and has."""
    checked = [] if spec.purpose is None else [f"Purpose: {spec.purpose.value}"]
    if spec.caps:
        cap = spec.caps[0]
        checked.append(f"At most {count_noun(cap.most, 'call')} to a number in {describe_period(cap)}")
    if spec.min_gap_minutes:
        checked.append(
            f"{count_noun(spec.min_gap_minutes / 60, 'hour')} between calls to a number from different campaigns"
        )
    if spec.caller_name and IDENTIFICATION not in list_lacking(
        spec.message, spec.caller_name, spec.caller_id
    ):
        checked.append("Says who calls in the first words")
    opt_out = [key.digit for key in campaign.message.keys if key.action is KeyAction.OPT_OUT]
    if opt_out:
        checked.append(f"Pressing {' or '.join(opt_out)} stops all calls")
    if result.oldest_list_days is not None and not result.stale_lists:
        checked.append(f"Lists are new enough: the oldest is {count_noun(result.oldest_list_days, 'day')}")
    if not result.holds:
        checked.append(
            f"Trunk {mask_text(campaign.trunk.name)}, {count_noun(campaign.trunk.max_concurrent_calls, 'line')}"
        )
    return checked


def _draw_day(spec: CampaignSpec, result: PreflightResult, zone: str) -> ZoneChart | None:
    """Today on the campaign's clock, for the places of the most people."""
    places: defaultdict[tuple[str, ...], int] = defaultdict(int)
    for group in (*result.now_groups, *result.later_groups):
        if group.why is LaterWhy.HOURS and group.profile is not None:
            places[group.zones] += group.contacts
    if not places:
        return None
    profiles = {group.zones: group.profile for group in (*result.now_groups, *result.later_groups)}
    begin = result.at.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = []
    for number, zones in enumerate(sorted(places, key=lambda each: -places[each])[:MOST_BARS]):
        profile = profiles[zones]
        if profile is None:
            continue
        timeline = find_timeline(spec.rulebook, profile, begin)
        spans = [
            (max(opens, begin), min(closes, begin + timedelta(days=1)))
            for opens, closes in zip(timeline.opens, timeline.closes, strict=True)
            if closes > begin and opens < begin + timedelta(days=1)
        ]
        bars = [
            charts.ChartBar(
                "open",
                _day_share(opens, begin),
                _day_share(closes, begin) - _day_share(opens, begin),
                6 + 24 * number,
                14,
            )
            for opens, closes in spans
        ]
        words = ", ".join(f"{clock_in(opens, zone)} to {clock_in(closes, zone)}" for opens, closes in spans)
        rows.append(
            ZoneBar(name_zones(zones[:1]) + (" …" if len(zones) > 1 else ""), words or "closed", bars)
        )
    return ZoneChart(
        rows,
        _day_share(result.at, begin),
        f"{clock_in(result.at, zone)} {zone}",
        24 * len(rows),
        "; ".join(f"{row.name} {row.words}" for row in rows),
    )


def _day_share(at: datetime, begin: datetime) -> float:
    """Per cent of the day that has passed at an instant."""
    return round(min(max((at - begin).total_seconds() / 864, 0.0), 100.0), 2)
