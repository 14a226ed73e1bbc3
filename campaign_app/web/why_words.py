"""Rule words: what each rule says of a number as a person reads it, and the sentence that sums them up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import url_for

from campaign_app.domain.campaign import EDITABLE, CampaignStatus
from campaign_app.domain.contact import ContactStatus
from campaign_app.models import Attempt
from campaign_app.services.explanations import ContactAnswer, SingleCallAnswer
from campaign_app.services.rule_checks import NotCalledReason, Rule, RuleCheck

from .filters import capitalize_first, mask_sentence, mask_text
from .frame import viewer_can
from .person_clock import PersonClock
from .status_words import describe_status
from .times import name_moment

RULE_TITLES = {
    Rule.FORGOTTEN: "Forgotten",
    Rule.DO_NOT_CALL: "Do not call",
    Rule.LISTS: "Lists",
    Rule.OPEN_CALL: "One call at a time",
    Rule.TURN: "Tries",
    Rule.CAMPAIGN: "Campaign",
    Rule.TRUNK: "Trunk",
    Rule.BLACKOUT: "Blackouts",
    Rule.OUTSIDE: "Outside check",
    Rule.HOURS: "Calling hours",
    Rule.HOW_OFTEN: "How often",
    Rule.GAP: "Calls of other campaigns",
}
REASON_TITLES = {
    "due-later": "Not due yet",
    "was-listed": "Taken out of the queue",
    "list-stale": "A list is too old",
    "holiday": "Public holiday",
    "campaign-hours": "Campaign’s hours",
    "never-open": "Hours never overlap",
    "hours-apart": "Hours overlap later",
    "person-hours": "Their hours",
    "consent": "Consent",
    "prohibited": "Not allowed there",
    "requirement": "What the message needs",
    "silence": "Left in peace",
    "zone-unknown": "Their clock",
    "blackout": "Blackout",
    "quarantined": "Calling is on hold",
}
EDITED = frozenset(
    {
        "starts-later",
        "ended",
        "campaign-hours",
        "never-open",
        "hours-apart",
        "closing",
        "consent",
        "requirement",
        "cap",
        "gap",
        "lines-full",
        "pace",
        "rules-broken",
    }
)
"""Reasons that a change of the campaign ends."""
OF_TRUNK = frozenset({"trunk-paused", "circuit-open", "trunk-full", "trunk-pace", "trunk-refuses"})


@dataclass(frozen=True, slots=True)
class Remedy:
    """The button that changes what holds."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One line of the table of rules."""

    title: str
    tone: str
    icon: str
    says: str
    until: str = ""
    remedy: Remedy | None = None


@dataclass(frozen=True, slots=True)
class AnswerWords:
    """What a campaign, or a single call, says of the number: `strong` begins the sentence."""

    strong: str
    text: str
    rows: Sequence[RuleRow]


NO_DIALER = RuleRow("Dialer", "bad", "failed", "no dialer is running: nobody is called")
DIALER_ON = RuleRow("Dialer", "live", "completed", "running")


def describe_answer(answer: ContactAnswer, *, dialer_on: bool, last_call: Attempt | None) -> AnswerWords:
    """One contact's sentence and rules, those that hold first."""
    clock = PersonClock(answer.profile.zones)
    strong, text = _sum_up(answer, clock, dialer_on)
    return AnswerWords(strong, text, _list_rows(answer, answer.checks, clock, dialer_on, last_call))


def describe_single_call(answer: SingleCallAnswer, *, dialer_on: bool) -> AnswerWords:
    """The same for a single call to a number that no campaign has."""
    clock = PersonClock(answer.profile.zones)
    reasons = answer.reasons
    strong, text = "Not by a single call: ", ""
    if not reasons:
        strong = "By a single call: yes. " if dialer_on else "By a single call: yes, once a dialer runs. "
        text = "No rule prevents it, as long as the call is informational; marketing has shorter hours."
    elif any(reason.code == "do-not-call" for reason in reasons):
        strong, text = "No: ", "the number is on the do-not-call list."
    elif any(reason.code == "listed" for reason in reasons):
        strong = "No: "
        text = f"{next(reason.sentence for reason in reasons if reason.code == 'listed')}."
    else:
        text = f"{_join_reasons(reasons, clock)}{_say_when_free(answer, clock)}"
    return AnswerWords(strong.strip(), text, _list_rows(None, answer.checks, clock, dialer_on, None))


def describe_all(answers: Sequence[ContactAnswer], *, dialer_on: bool, more: int) -> tuple[str, str]:
    """The one sentence for a number that several campaigns have. `more`: campaigns besides those of `answers`."""
    shown = f"the {len(answers)} campaigns below" if more else f"its {len(answers)} campaigns"
    if any(reason.code == "being-called" for answer in answers for reason in answer.reasons):
        return "It is being called right now.", "A number gets only one call at a time."
    free = [answer for answer in answers if not answer.reasons]
    if not free:
        if all(any(reason.code == "do-not-call" for reason in answer.reasons) for answer in answers):
            return "No:", "it is on the do-not-call list."
        return "Not now:", f"none of {shown} may call it."
    names = " and ".join(mask_text(answer.campaign.name) for answer in free[:2])
    if len(free) > 2:
        names = f"{len(free)} of {shown}"
    strong = "Yes." if dialer_on else "Yes, once a dialer runs."
    if len(free) == len(answers):
        return strong, f"All of {shown} may call it, one at a time."
    return strong, f"{names} may call it; the others may not."


def _sum_up(answer: ContactAnswer, clock: PersonClock, dialer_on: bool) -> tuple[str, str]:
    reasons = answer.reasons
    name = mask_text(answer.campaign.name)
    if not reasons:
        if not dialer_on:
            return "Yes, once a dialer runs.", f"No rule holds {name} back."
        return "Yes.", f"No rule prevents it: {name} calls it when its turn comes."
    if any(reason.code == "being-called" for reason in reasons):
        calls_it = answer.contact.status == ContactStatus.DIALING
        return "It is being called right now", f"by {name if calls_it else 'somebody else'}."
    listed = next((reason for reason in reasons if reason.code in ("do-not-call", "listed")), None)
    if listed is not None:
        return "No:", f"{mask_sentence(listed.sentence)}."
    if not answer.waits:
        return "No:", f"{mask_sentence(reasons[0].sentence)}."
    ends = [reason.until for reason in reasons if reason.until is not None]
    kind = "Not yet" if len(ends) == len(reasons) else "Not now"
    if len(reasons) == 1:
        text = capitalize_first(_join_reasons(reasons, clock))
        return f"{kind}: one thing prevents it.", f"{text}{_say_when_free(answer, clock)}"
    titles = ", ".join(
        dict.fromkeys(
            REASON_TITLES.get(reason.code, RULE_TITLES[check.rule]).lower()
            for check in answer.checks
            for reason in check.reasons
        )
    )
    last = f" The last of them ends {clock.describe(max(ends))}." if len(ends) == len(reasons) else ""
    text = f"{capitalize_first(titles)}.{last}{_say_when_free(answer, clock)}"
    return f"{kind}: {len(reasons)} things prevent it.", text


def _say_when_free(answer: ContactAnswer | SingleCallAnswer, clock: PersonClock) -> str:
    """When it may be called, where the hours are closed at the end of what prevents it."""
    last = max((reason.until for reason in answer.reasons if reason.until is not None), default=None)
    if answer.free_at is None or answer.free_at == last:
        return ""
    return f" It may be called from {clock.describe(answer.free_at)}."


def _join_reasons(reasons: Sequence[NotCalledReason], clock: PersonClock) -> str:
    """`the trunk is paused; the number was called 3 times in 24 hours, until 15:12 their time, 18:12 UTC.`"""
    parts = [
        mask_sentence(reason.sentence) + (f" (until {clock.describe(reason.until)})" if reason.until else "")
        for reason in reasons
    ]
    return f"{'; '.join(parts)}."


def _list_rows(
    answer: ContactAnswer | None,
    checks: Sequence[RuleCheck],
    clock: PersonClock,
    dialer_on: bool,
    last_call: Attempt | None,
) -> list[RuleRow]:
    holding = [
        _make_holding_row(answer, check, reason, clock, last_call)
        for check in checks
        for reason in check.reasons
    ]
    free = [
        RuleRow(
            RULE_TITLES[check.rule],
            "live",
            "completed",
            check.says,
            clock.describe(check.until) if check.until else "",
        )
        for check in checks
        if not check.holds
    ]
    if dialer_on:
        return [*holding, *free, DIALER_ON]
    remedy = Remedy("See Health", url_for("health.index"))
    no_dialer = RuleRow(NO_DIALER.title, NO_DIALER.tone, NO_DIALER.icon, NO_DIALER.says, "", remedy)
    return [*holding, no_dialer, *free]


def _make_holding_row(
    answer: ContactAnswer | None,
    check: RuleCheck,
    reason: NotCalledReason,
    clock: PersonClock,
    last_call: Attempt | None,
) -> RuleRow:
    title = REASON_TITLES.get(reason.code, RULE_TITLES[check.rule])
    says = mask_sentence(reason.sentence)
    if reason.code == "due-later" and answer is not None and answer.contact.status == ContactStatus.RETRY:
        title = "Waiting to be tried again"
        if last_call is not None and last_call.ended_at is not None:
            outcome = describe_status(last_call.status).lower()
            says = f"{outcome} at {clock.describe(last_call.ended_at)}"
    if reason.since is not None:
        says = f"{says}, since {name_moment(reason.since)}"
    tone, icon = ("wait", "clock") if reason.until is not None else ("bad", "suppressed")
    if check.rule is Rule.OPEN_CALL:
        tone, icon = "wait", "dialing"
    elif reason.code == ContactStatus.COMPLETED:
        tone, icon = "live", "completed"
    until = clock.describe(reason.until) if reason.until else ""
    return RuleRow(title, tone, icon, says, until, _find_remedy(answer, check, reason))


def _find_remedy(answer: ContactAnswer | None, check: RuleCheck, reason: NotCalledReason) -> Remedy | None:
    """What the viewer can do about it; None where nobody can, or the viewer may not."""
    may_change = viewer_can("operator")
    if reason.entry_id is not None:
        if not may_change:
            return None
        return Remedy(
            "Remove from the list…", url_for("do_not_call.confirm_removal", entry_id=reason.entry_id)
        )
    if reason.list_id is not None:
        return Remedy("See the list", url_for("lists.show", list_id=reason.list_id))
    if reason.attempt_id is not None:
        return Remedy("See open calls", url_for("calls.index", status="open"))
    if reason.blackout_id is not None:
        return Remedy("See the blackout", url_for("blackouts.index", _anchor=f"b{reason.blackout_id}"))
    if reason.code == "quarantined":
        return Remedy("See what to do", url_for("recovery.index"))
    if answer is None:
        return Remedy("See the trunks", url_for("trunks.index")) if reason.code in OF_TRUNK else None
    if reason.code in OF_TRUNK:
        return Remedy("See the trunk", url_for("trunks.show", trunk_id=answer.campaign.trunk_id))
    if reason.code == "zone-unknown":
        return Remedy("See the contact", url_for("contacts.show", contact_id=answer.contact.id))
    return _find_campaign_remedy(answer, check, reason, may_change)


def _find_campaign_remedy(
    answer: ContactAnswer, check: RuleCheck, reason: NotCalledReason, may_change: bool
) -> Remedy | None:
    campaign = answer.campaign
    status = CampaignStatus(campaign.status)
    if may_change and reason.code == "not-running":
        action = {CampaignStatus.DRAFT: "start", CampaignStatus.PAUSED: "resume"}.get(status)
        if action is not None:
            url = url_for("campaigns.confirm_start", campaign_id=campaign.id, action=action)
            return Remedy(f"{action.capitalize()} it…", url)
    if may_change and reason.code in EDITED and status in EDITABLE:
        return Remedy("Change the campaign…", url_for("campaigns.edit", campaign_id=campaign.id))
    if reason.code in EDITED or check.rule is Rule.CAMPAIGN:
        return Remedy("See the campaign", url_for("campaigns.show", campaign_id=campaign.id))
    return None
