"""Pack limits: what packs ask in words, and which of all that apply to one call is the strictest, with its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from campaign_app.domain.calling_window import make_schedule
from campaign_app.domain.countries import find_country
from campaign_app.domain.country_zones import find_country_zones
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.packs import (
    DEFAULT_PACK,
    PackEdition,
    Rule,
    SilenceEvent,
    find_rules,
    is_in_force,
    name_consent,
)
from campaign_app.domain.person_hours import DAYTIME, MARKETING_HOURS, PersonHours, find_person_hours
from campaign_app.domain.phone import is_region
from campaign_app.domain.place_names import find_state, parse_state
from campaign_app.domain.rulebook import DEFAULT_CAPS, DEFAULT_MIN_GAP_MINUTES, CallCap, CapPeriod, Purpose
from campaign_app.domain.timeline import CONSENT, LASTING, explain_hours, find_timeline
from campaign_app.services.pack_editions import load_edition
from campaign_app.services.rule_checks import describe_period
from campaign_app.services.single_calls import make_single_call_rulebook

OLD_AFTER = timedelta(days=180)
"""A pack that nobody has looked at for so long is told of."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One kind of limit of a call: what holds, the text that it comes from, and the looser ones beside it."""

    name: str
    strictest: str
    source: str
    others: Sequence[str] = ()


@dataclass(slots=True)
class CallLimits:
    """Everything that packs say of calls to somebody on a day."""

    profile: DialProfile
    day: date
    opens: list[tuple[datetime, datetime]] = field(default_factory=list)
    """When calls may begin on that day, UTC."""
    limits: list[Limit] = field(default_factory=list)
    refusals: list[tuple[str, str]] = field(default_factory=list)
    """(what is missing or forbidden, source): calls that are not allowed at any hour."""


def find_usual_hours(edition: PackEdition, purpose: Purpose | None) -> PersonHours:
    """The installation's own hours for a purpose, as they are switched; the rules of a country may narrow them."""
    usual = find_person_hours(purpose)
    if usual is MARKETING_HOURS and "default/marketing-hours" in edition.switched_off:
        return DAYTIME
    return usual


def is_old(checked_on: date, today: date) -> bool:
    """Whether somebody should look at a pack's sources again."""
    return today - checked_on > OLD_AFTER


def describe_rule_hours(rule: Rule) -> str:
    """`Mon–Fri 10:00–13:00, Mon–Fri 14:00–20:00, not on public holidays`; empty without hours."""
    if not rule.hours:
        return ""
    text = make_schedule("UTC", rule.hours).describe_windows()
    if rule.zone not in ("person", "state"):
        text += f" {rule.zone}"
    elif rule.zone == "state":
        text += " on the state’s clock"
    if rule.holidays is None:
        return text
    if not rule.holidays.windows:
        return f"{text}, not on public holidays"
    return f"{text}; on public holidays {make_schedule('UTC', rule.holidays.windows).describe_windows()}"


def describe_rule_cap(cap: CallCap) -> str:
    """`3 calls in 24 hours about one subject`."""
    calls = "1 call" if cap.most == 1 else f"{cap.most} calls"
    scope = {"subject": " about one subject", "campaign": " in one campaign"}.get(cap.scope.value, "")
    counts = " that were answered" if cap.answered_only else ""
    return f"{calls}{counts} in {describe_period(cap)}{scope}"


def list_rule_needs(rule: Rule) -> list[str]:
    """Everything but hours: caps, times of rest, consent, what the message has to have."""
    needs = [describe_rule_cap(cap) for cap in rule.caps]
    events = {SilenceEvent.ANSWERED: "an answered call", SilenceEvent.REFUSED: "a refusal"}
    needs += [f"{each.days} days of rest after {events[each.event]}" for each in rule.silence_after]
    if rule.prohibited:
        needs.append("no such calls")
    requires = rule.requires
    if requires is None:
        return needs
    asks = "is pointed out" if requires.warns else "is needed"
    if requires.consent:
        needs.append(f"{name_consent(requires.consent)} {asks}")
    words = (
        (requires.identification, "the caller’s name first"),
        (requires.opt_out_key, "a key that ends all calls"),
        (requires.toll_free, "a number to call for free on machines"),
        (requires.caller_id, "a caller ID"),
    )
    needs += [text for asked, text in words if asked]
    if requires.registry_days is not None:
        needs.append(f"a register at most {requires.registry_days} days old")
    return needs


def find_call_limits(session: Session, profile: DialProfile, purpose: Purpose, noon: datetime) -> CallLimits:
    """What applies to a single call for a purpose to somebody, on the day around `noon` (aware). The installation's
    usual caps count, too. Raises LookupError where a pack cannot be read."""
    rulebook = make_single_call_rulebook({"purpose": purpose.value}, load_edition(session))
    result = CallLimits(profile, noon.date())
    rules = [rule for rule in find_rules(rulebook, profile) if is_in_force(rule, profile.zones, noon)]
    begin = noon - timedelta(hours=12)
    timeline = find_timeline(rulebook, profile, begin)
    result.opens = [
        (max(opens, begin), min(closes, begin + timedelta(days=1)))
        for opens, closes in zip(timeline.opens, timeline.closes, strict=True)
        if closes > begin and opens < begin + timedelta(days=1)
    ]
    result.refusals = [
        (
            f"{closed.detail} is needed" if closed.code == CONSENT else closed.detail,
            closed.source,
        )
        for closed in explain_hours(rulebook, profile, noon)
        if closed.code in LASTING
    ]
    result.limits = [
        limit
        for limit in (
            _rank(
                "Hours (their time)",
                [(describe_rule_hours(rule), rule, _count_open(rule)) for rule in rules if rule.hours],
            ),
            _rank_caps(rules),
            _rank(
                "Rest",
                [
                    (f"{each.days} days after {each.event.value}", rule, -each.days)
                    for rule in rules
                    for each in rule.silence_after
                ],
            ),
            _join("Consent", [rule for rule in rules if rule.requires and rule.requires.consent]),
            _join("Not allowed", [rule for rule in rules if rule.prohibited]),
            _join(
                "In the call",
                [rule for rule in rules if rule.requires and _asks_of_message(rule)],
            ),
            _rank(
                "Lists",
                [
                    (
                        f"a register at most {rule.requires.registry_days} days old",
                        rule,
                        rule.requires.registry_days,
                    )
                    for rule in rules
                    if rule.requires and rule.requires.registry_days
                ],
            ),
        )
        if limit is not None
    ]
    return result


def _name_source(rule: Rule) -> str:
    return rule.pack_title if rule.pack == DEFAULT_PACK else f"{rule.pack_title}, {rule.source}"


def _rank(name: str, found: Sequence[tuple[str, Rule, int]]) -> Limit | None:
    """The strictest (the least number) and the others."""
    if not found:
        return None
    ordered = sorted(found, key=lambda each: each[2])
    words, rule, _ = ordered[0]
    others = dict.fromkeys(f"{each.pack_title} {text}" for text, each, _ in ordered[1:])
    return Limit(name, words, _name_source(rule), tuple(others))


def _rank_caps(rules: Sequence[Rule]) -> Limit | None:
    """The strictest is the one that allows the fewest calls in the long run; the others hold beside it."""
    caps = [(cap, f"{rule.pack_title}, {rule.source}") for rule in rules for cap in rule.caps]
    usual = [(cap, "Installation default") for cap in DEFAULT_CAPS]
    (strictest, source), *others = sorted([*caps, *usual], key=lambda each: _count_per_day(each[0]))
    gap = f"{DEFAULT_MIN_GAP_MINUTES // 60} hours between campaigns"
    words = [f"{describe_rule_cap(cap)} ({by})" for cap, by in others]
    return Limit("How often", describe_rule_cap(strictest), source, (*dict.fromkeys(words), gap))


def _count_per_day(cap: CallCap) -> float:
    """Calls a day that a cap allows in the long run."""
    hours = cap.per_hours or (7 * 24 if cap.per is CapPeriod.WEEK else 24)
    return cap.most * 24 / hours


def _join(name: str, rules: Sequence[Rule]) -> Limit | None:
    """What several rules ask for together."""
    if not rules:
        return None
    words = dict.fromkeys(
        need
        for rule in rules
        for need in ([rule.prohibited] if rule.prohibited else list_rule_needs(rule))
        if "register" not in need
    )
    sources = dict.fromkeys(_name_source(rule) for rule in rules)
    return Limit(name, "; ".join(words), "; ".join(sources))


def _asks_of_message(rule: Rule) -> bool:
    requires = rule.requires
    return requires is not None and (
        requires.identification or requires.opt_out_key or requires.toll_free or requires.caller_id
    )


def _count_open(rule: Rule) -> int:
    """Minutes of a week in which its hours are open."""
    stretches = make_schedule("UTC", rule.hours).open_stretches()
    return sum(end - start for day in stretches for start, end in day)


def read_place(text: str) -> DialProfile | None:
    """Somebody at a place (`US-FL`, `France`, `Florida`) whose number nobody knows; None for what is none. Two letters
    are a country wherever there is one: DE is Germany, and Delaware is US-DE."""
    words = text.strip()
    is_country = len(words) == 2 and is_region(words.upper())
    state = find_state(words.upper())
    for country in ("US", "CA", "AU") if state is None and not is_country else ():
        try:
            state = find_state(parse_state(words, country) or "")
        except InvalidInput:
            continue
        if state is not None:
            break
    if state is not None:
        return DialProfile(state.zones, state.country, (state.code,), derived="state")
    found = find_country(words)
    if found is None or found.by_calling_code:
        return None
    return DialProfile(find_country_zones(found.region), found.region, (), derived="country")
