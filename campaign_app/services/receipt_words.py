"""Receipt words: why a call was allowed, or not, as one sentence that can be read to the person who was called."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from campaign_app.domain.call_caps import CapUse, PlacedCall
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.local_times import describe_local_times, name_city
from campaign_app.domain.packs import describe_source
from campaign_app.domain.rulebook import CampaignClock, CapScope, Purpose, Rulebook
from campaign_app.domain.timeline import (
    CAMPAIGN_HOURS,
    PERSON_HOURS,
    HoursPart,
    list_hours_parts,
    list_lifted_law,
)
from campaign_app.services.list_history import find_lists_then
from campaign_app.services.past_checks import PastQuestion, count_caps_then
from campaign_app.services.rule_checks import RuleCheck, describe_minutes, describe_period

CONSENT_WORDS = {
    "express": "the person had agreed to such calls",
    "written": "the person had agreed to such calls in writing",
    "existing": "the person was a customer",
}
CAP_WORDS = {CapScope.SUBJECT: " about this subject", CapScope.CAMPAIGN: " by this campaign"}
SURE = ("column", "postal", "state")
"""How a person's place was found, where somebody had stated it."""


def describe_calls(purpose: Purpose | None) -> str:
    """`marketing calls`; calls of which nobody said what they are for are held to the rules of marketing."""
    return "calls of no stated purpose" if purpose is None else f"{purpose.value} calls"


def describe_when(at: datetime, profile: DialProfile) -> str:
    """The day and the time where the person may be, and how that is known."""
    text = describe_local_times(at, profile.zones)
    if profile.zones and not set(profile.derived.split("+")) & set(SURE):
        return f"{text} (guessed from the number)"
    return text


def describe_allowed(question: PastQuestion) -> str:
    """Why a call was allowed. No rule may have forbidden it."""
    rulebook, profile = question.rulebook, question.profile
    caps = count_caps_then(question)
    parts = [
        f"{describe_when(question.at, profile)}, {_describe_hours(rulebook, profile, question.at)}",
        *_describe_lists(question),
        *(_describe_use(use) for use in caps.uses),
    ]
    if not caps.uses:
        parts.append("no rule limits how often it may be called")
    if rulebook.min_gap_minutes:
        parts.append(_describe_gap(rulebook, question.list_placed(), question.campaign_id, question.at))
    if profile.has_consent:
        parts.append(CONSENT_WORDS.get(profile.consent, f"consent was on record ({profile.consent})"))
    return f"Allowed: {'; '.join(parts)}."


def describe_forbidden(at: datetime, profile: DialProfile, checks: Sequence[RuleCheck]) -> str:
    """What forbade a call that was made all the same."""
    reasons = "; ".join(reason.sentence for check in checks for reason in check.reasons)
    return f"Against the rules: {describe_when(at, profile)}, and {reasons}."


def describe_not_sent(at: datetime, profile: DialProfile | None, cause: str | None) -> str:
    """Why an attempt was never sent, as far as that is kept."""
    when = describe_local_times(at, () if profile is None else profile.zones)
    why = "why is not kept" if not cause else f"the reason then: {cause}"
    return f"Not called: {when}, and the call was not sent; {why}."


def _describe_hours(rulebook: Rulebook, profile: DialProfile, at: datetime) -> str:
    """`when informational calls are allowed there: Mon–Sun 08:00–21:00`."""
    parts = list_hours_parts(rulebook, profile)
    theirs = list(
        dict.fromkeys(_describe_part(part, named=False) for part in parts if part.code == PERSON_HOURS)
    )
    ours = list(
        dict.fromkeys(_describe_part(part, named=True) for part in parts if part.code == CAMPAIGN_HOURS)
    )
    told = []
    if theirs:
        told.append(f"when {describe_calls(rulebook.purpose)} are allowed there ({'; '.join(theirs)})")
    elif rulebook.clock is CampaignClock.CAMPAIGN:
        told.append("and the campaign went by its own clock alone")
        told += _describe_lifted(rulebook, profile, at)
    else:
        told.append(f"and {describe_calls(rulebook.purpose)} are allowed at any hour")
    if ours:
        told.append(f"inside the campaign’s hours ({'; '.join(ours)})")
    return ", ".join(told)


def _describe_lifted(rulebook: Rulebook, profile: DialProfile, at: datetime) -> list[str]:
    """`which did not keep the hours of law there (Mon–Sun 08:00–21:00, US federal: …)`; empty where there are none."""
    laws = dict.fromkeys(_describe_part(part, named=False) for part in list_lifted_law(rulebook, profile, at))
    return [f"which did not keep the hours of law there ({'; '.join(laws)})"] if laws else []


def _describe_part(part: HoursPart, *, named: bool) -> str:
    """With the text that asks for it."""
    told = f"{part.windows} in {name_city(part.zone)}" if named else part.windows
    return f"{told}, {part.source}" if part.source else told


def _describe_lists(question: PastQuestion) -> list[str]:
    """Our own list, and the registries that applied, with the oldest one's age."""
    told = [] if question.history.erased else ["the number was on no do-not-call list"]
    lists = find_lists_then(question)
    if lists:
        ages = [each.rule.age_days(question.at) or 0 for each in lists]
        oldest = "1 day" if max(ages) == 1 else f"{max(ages)} days"
        which = lists[0].rule.name if len(lists) == 1 else f"any of {len(lists)} lists that applied"
        age = f"{oldest} old" if len(lists) == 1 else f"the oldest {oldest} old"
        told.append(f"it was not on {which}, {age}")
    return told


def _describe_use(use: CapUse) -> str:
    of = CAP_WORDS.get(use.cap.scope, "")
    source = describe_source(use.rule)
    by = f" ({source})" if source else ""
    return f"it was call {use.used + 1} of at most {use.cap.most}{of} in {describe_period(use.cap)}{by}"


def _describe_gap(
    rulebook: Rulebook, placed: Sequence[PlacedCall], campaign_id: int | None, at: datetime
) -> str:
    others = [call.at for call in placed if call.campaign_id != campaign_id]
    gap = describe_minutes(rulebook.min_gap_minutes)
    if not others:
        return f"no other campaign had called it in the {gap} before"
    ago, required = _describe_span(at - others[-1]), _describe_span(rulebook.min_gap)
    return f"the last call of another campaign was {ago} before, and {required} have to pass"


def _describe_span(span: timedelta) -> str:
    """`10 minutes`, `4 hours 10 minutes`, `3 days`; rounded down."""
    minutes = int(span.total_seconds() // 60)
    units = [("day", minutes // 1440), ("hour", minutes // 60 % 24), ("minute", minutes % 60)]
    told = [f"{count} {unit}{'' if count == 1 else 's'}" for unit, count in units if count]
    return " ".join(told[:2]) or "0 minutes"
