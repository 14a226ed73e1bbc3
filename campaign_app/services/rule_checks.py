"""Rule checks: each rule that decides whether a number may be called now, and what it says, by the functions that the
permit asks. A rule that holds somebody back has reasons; one that does not says how much room it leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from campaign_app.domain.call_caps import GAP, SILENCE, CapReached, CapUse
from campaign_app.domain.campaign import CampaignStatus, to_rfc3339
from campaign_app.domain.contact import ContactStatus
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.gate import ClosedGate, DialGate, find_closed_trunk_gate, list_closed_gates
from campaign_app.domain.lists import parse_suppressed_code
from campaign_app.domain.number_rules import find_number_refusal
from campaign_app.domain.pacing import count_allowed_calls, free_lines, lines_for_calls
from campaign_app.domain.packs import describe_source
from campaign_app.domain.rulebook import CallCap, CampaignClock, CapPeriod, CapScope, Rulebook
from campaign_app.domain.timeline import (
    LASTING,
    ZONE_UNKNOWN,
    explain_hours,
    find_timeline,
    list_hours_parts,
    list_lifted_law,
)
from campaign_app.models import Attempt, Campaign, Contact, DoNotCall, Trunk
from campaign_app.queries import counts
from campaign_app.queries.forgotten import ForgetKeyMissing
from campaign_app.services import recovery, trunks
from campaign_app.services.campaigns import count_soft_start_left
from campaign_app.services.dialing_rules import CallRequest, DialingRules, find_hours_refusal

WAITING = (ContactStatus.PENDING, ContactStatus.RETRY)
FORGET_KEY_MISSING = "forget-key-missing"


class Rule(StrEnum):
    """What may hold a call back, in the order in which it is told."""

    FORGOTTEN = "forgotten"
    """The person asked to be forgotten (forgotten_checks.py)."""
    DO_NOT_CALL = "do-not-call"
    LISTS = "lists"
    """Registries and other lists of numbers that may not be called."""
    OPEN_CALL = "open-call"
    """One call at a time to a number, in the whole installation."""
    TURN = "turn"
    """The contact's own state in its campaign: tries, retries, the time when it is due."""
    CAMPAIGN = "campaign"
    TRUNK = "trunk"
    BLACKOUT = "blackout"
    """A country or a state that an operator closed."""
    OUTSIDE = "outside"
    """What the operator's own address answers about the number."""
    HOURS = "hours"
    HOW_OFTEN = "how-often"
    GAP = "gap"
    """The least time between calls of different campaigns."""


@dataclass(frozen=True, slots=True)
class NotCalledReason:
    """One reason: a code for programs, a sentence for people, and when it ends (None: when somebody acts)."""

    code: str
    sentence: str
    until: datetime | None = None
    since: datetime | None = None
    entry_id: int | None = None
    """Of the do-not-call list."""
    attempt_id: int | None = None
    """The call that is open."""
    blackout_id: int | None = None
    list_id: int | None = None
    """Of a registry or another list."""

    @property
    def detail(self) -> str:
        """The sentence with what a program has no other field for."""
        if self.since is not None:
            return f"{self.sentence}, since {to_rfc3339(self.since)}"
        return f"{self.sentence} (call {self.attempt_id})" if self.attempt_id is not None else self.sentence


@dataclass(frozen=True, slots=True)
class RuleCheck:
    """What a rule says now. `says` is for when it holds nobody back, which may end at `until`."""

    rule: Rule
    says: str
    reasons: Sequence[NotCalledReason] = ()
    until: datetime | None = None

    @property
    def holds(self) -> bool:
        """Whether it keeps the number from being called."""
        return bool(self.reasons)


CLOSED_WORDS = {
    "zone-unknown": "the person’s time zone is unknown",
    "person-hours": "outside the hours when the person may be called: {detail} in {zone}",
    "holiday": "{detail}, a public holiday in {zone}",
    "campaign-hours": "outside the campaign’s calling hours: {detail} in {zone}",
    "consent": "{detail} is needed, and none is on record",
    "prohibited": "{detail}",
    "requirement": "{detail}",
}
GATE_WORDS = {
    DialGate.NOT_RUNNING: "the campaign is {status}",
    DialGate.STARTS_LATER: "the campaign starts later",
    DialGate.ENDED: "the campaign’s end has passed",
    DialGate.BACKOFF: "the campaign’s calls are failing, so it waits before the next one",
    DialGate.SOFT_START: "the people of the soft start have been called; it waits for somebody to continue it",
    DialGate.QUARANTINED: "dialing is on hold: the database may not know every call that was made",
    DialGate.TRUNK_PAUSED: "the trunk is paused",
    DialGate.CIRCUIT_OPEN: "calls over the trunk are failing, so it waits before the next one",
}
STATUS_WORDS = {
    ContactStatus.DIALING: "it is being called",
    ContactStatus.COMPLETED: "it was reached",
    ContactStatus.EXHAUSTED: "no more tries: its retries are used up, or the number cannot be called",
    ContactStatus.SUPPRESSED: "it was taken out of the queue",
    ContactStatus.CANCELED: "its campaign was stopped",
}
LIST_WORDS = "a list took it out of the queue; it is compared with the list’s present version in a moment"
WAS_LISTED = "was-listed"
WAS_LISTED_WORDS = "it was taken out of the queue while the number was on the do-not-call list"
RULES_BROKEN = "rules-broken"
NEVER_OPEN = "never-open"
WHOSE_HOURS = {
    CampaignClock.BOTH: "the hours where the person may be and the campaign’s",
    CampaignClock.PERSON: "the hours where the person may be",
    CampaignClock.CAMPAIGN: "the campaign’s hours",
}
NEVER_WORDS = "leave no time to begin a call within two weeks"
APART_WORDS = "leave no time to begin a call before then"


def check_do_not_call(session: Session, phone: str, campaign_id: int | None) -> RuleCheck:
    """The list for all campaigns, and the campaign's own; for a single call (None) the first only."""
    lists: list[ColumnElement[bool]] = [DoNotCall.campaign_id.is_(None)]
    if campaign_id is not None:
        lists.append(DoNotCall.campaign_id == campaign_id)
    entries = session.scalars(
        select(DoNotCall).where(DoNotCall.phone == phone, or_(*lists)).order_by(DoNotCall.id)
    )
    reasons = [
        NotCalledReason(
            "do-not-call",
            "the number is on the do-not-call list"
            + (" of this campaign" if entry.campaign_id is not None else ""),
            since=entry.created_at,
            entry_id=entry.id,
        )
        for entry in entries
    ]
    return RuleCheck(Rule.DO_NOT_CALL, "not on the list", reasons)


def check_open_call(session: Session, phone: str) -> RuleCheck:
    """Whether a call to the number is under way, whoever makes it."""
    attempt_id = session.scalar(
        select(Attempt.id).where(Attempt.phone == phone, Attempt.ended_at.is_(None)).limit(1)
    )
    reasons = (
        []
        if attempt_id is None
        else [NotCalledReason("being-called", "the number is being called right now", attempt_id=attempt_id)]
    )
    return RuleCheck(Rule.OPEN_CALL, "no call to it is under way", reasons)


def check_turn(campaign: Campaign, contact: Contact, now: datetime) -> RuleCheck:
    """Whether the contact still waits for a call, and is due."""
    status = ContactStatus(contact.status)
    if status not in WAITING:
        list_id = parse_suppressed_code(contact.suppressed_by)
        code, sentence = contact.suppressed_by or status.value, STATUS_WORDS[status]
        if list_id is not None:
            sentence = LIST_WORDS
        elif code == Rule.DO_NOT_CALL:
            # Whether it is on the list now is another rule's answer.
            code, sentence = WAS_LISTED, WAS_LISTED_WORDS
        return RuleCheck(Rule.TURN, "", [NotCalledReason(code, sentence, list_id=list_id)])
    if contact.due_at is not None and contact.due_at > now:
        return RuleCheck(
            Rule.TURN, "", [NotCalledReason("due-later", "its next call is due later", contact.due_at)]
        )
    most = int(campaign.retry["max_retries"]) + 1
    return RuleCheck(Rule.TURN, f"due: try {contact.tries + 1} of {most}")


def check_campaign(session: Session, campaign: Campaign, now: datetime) -> RuleCheck:
    """What holds for the whole campaign but its hours: its state, and its lines and pace where it may dial."""
    status = CampaignStatus(campaign.status)
    closed = list(
        list_closed_gates(
            status=status,
            schedule=None,
            starts_at=campaign.starts_at,
            ends_at=campaign.ends_at,
            backoff_until=campaign.backoff_until,
            now=now,
            soft_start_left=count_soft_start_left(session, campaign),
        )
    )
    if closed:
        return RuleCheck(Rule.CAMPAIGN, "", [_make_gate_reason(gate, campaign.status) for gate in closed])
    limit = campaign.max_concurrent_calls
    in_use = counts.count_held_lines(session, campaign_id=campaign.id)
    free = free_lines(lines_for_calls(limit, campaign.transfers), in_use)
    reasons: list[NotCalledReason] = []
    if not free:
        reasons.append(NotCalledReason("lines-full", _describe_lines("the campaign", limit, in_use)))
    reasons += _check_pace("pace", campaign.calls_per_second, campaign.next_free, now)
    return RuleCheck(Rule.CAMPAIGN, f"running; {_describe_free(free)}", reasons, campaign.ends_at)


def check_trunk(session: Session, trunk: Trunk, now: datetime, phone: str | None = None) -> RuleCheck:
    """Whether the trunk takes a call now; with `phone`, also whether it may call that number."""
    reasons: list[NotCalledReason] = []
    closed = find_closed_trunk_gate(
        paused_at=trunk.paused_at,
        circuit_until=trunk.circuit_until,
        now=now,
        quarantined=recovery.is_quarantined(session),
    )
    if closed is not None:
        reasons.append(_make_gate_reason(closed))
    if phone is not None:
        refusal = find_number_refusal(phone, trunks.number_rules_of(trunk))
        if refusal is not None:
            reasons.append(NotCalledReason("trunk-refuses", f"the number {refusal}"))
    limit = trunk.max_concurrent_calls
    in_use = counts.count_held_lines(session, trunk_id=trunk.id)
    free = free_lines(lines_for_calls(limit, trunks.needs_transfer_line(session, trunk.id)), in_use)
    if closed is None:
        if not free:
            reasons.append(NotCalledReason("trunk-full", _describe_lines("the trunk", limit, in_use)))
        reasons += _check_pace("trunk-pace", trunk.calls_per_second, trunk.next_free, now)
    return RuleCheck(Rule.TRUNK, f"{trunk.name} takes calls; {_describe_free(free)}", reasons)


def check_hours(request: CallRequest, now: datetime) -> RuleCheck:
    """The person's hours and the campaign's, with the guard before closing."""
    rulebook, profile = request.rulebook, request.profile
    reasons = [
        NotCalledReason(
            closed.code,
            CLOSED_WORDS[closed.code].format(detail=closed.detail, zone=closed.zone) + _cite(closed.source),
            closed.until,
        )
        for closed in explain_hours(rulebook, profile, now)
    ]
    refusal = find_hours_refusal(rulebook, profile, now, rulebook.guard)
    if refusal is not None and refusal.closing:
        reasons.append(NotCalledReason("closing", "the hours end before it would ring", refusal.until))
    if refusal is not None and not any(reason.code in (*LASTING, ZONE_UNKNOWN) for reason in reasons):
        # Each reason may end by itself, and yet the hours may not all be open at once then, or ever.
        whose = WHOSE_HOURS[rulebook.clock]
        if refusal.until is None:
            reasons.append(NotCalledReason(NEVER_OPEN, f"{whose} {NEVER_WORDS}"))
        elif all(reason.until is not None and reason.until < refusal.until for reason in reasons):
            reasons.append(NotCalledReason("hours-apart", f"{whose} {APART_WORDS}", refusal.until))
    parts = dict.fromkeys(
        f"{part.windows} in {part.zone}{_cite(part.source)}" for part in list_hours_parts(rulebook, profile)
    )
    says = f"open: {'; '.join(parts)}" if parts else "open at all hours"
    laws = dict.fromkeys(
        f"{part.windows} in {part.zone}{_cite(part.source)}"
        for part in list_lifted_law(rulebook, profile, now)
    )
    if laws:
        says += f"; the campaign goes by its own clock, so the hours of law are not kept: {'; '.join(laws)}"
    return RuleCheck(Rule.HOURS, says, reasons, find_timeline(rulebook, profile, now).closes_at(now))


def check_caps(session: Session, rules: DialingRules, request: CallRequest, now: datetime) -> list[RuleCheck]:
    """How often the number was called lately, over all campaigns, and how long ago by another."""
    connection = session.connection()
    try:
        reached = rules.find_caps(connection, [request], now).get(request.phone, [])
        uses = rules.measure_caps(connection, request, now)
    except ForgetKeyMissing as error:
        return [RuleCheck(Rule.HOW_OFTEN, "", [NotCalledReason(FORGET_KEY_MISSING, str(error))])]
    return make_cap_checks(request.rulebook, reached, uses)


def make_cap_checks(
    rulebook: Rulebook, reached: Sequence[CapReached], uses: Sequence[CapUse]
) -> list[RuleCheck]:
    """What the caps and the gap say, of how much of them was used up."""
    gap = rulebook.min_gap_minutes
    return [
        RuleCheck(
            Rule.HOW_OFTEN,
            "; ".join(map(_describe_use, uses)) or "no limit",
            [_make_cap_reason(cap) for cap in reached if cap.code != GAP],
        ),
        RuleCheck(
            Rule.GAP,
            f"none in the last {describe_minutes(gap)}" if gap else "no gap is required",
            [_make_cap_reason(cap) for cap in reached if cap.code == GAP],
        ),
    ]


def check_people_rules(
    session: Session, rules: DialingRules, find_request: Callable[[], CallRequest], now: datetime
) -> list[RuleCheck]:
    """Hours and caps; rules that cannot be read hold everybody back, as at the permit."""
    try:
        request = find_request()
        return [check_hours(request, now), *check_caps(session, rules, request, now)]
    except (InvalidInput, LookupError) as error:
        broken = NotCalledReason(RULES_BROKEN, f"the rules cannot be read: {error}")
        return [RuleCheck(Rule.HOURS, "", [broken])]


def _make_gate_reason(closed: ClosedGate, status: str = "") -> NotCalledReason:
    return NotCalledReason(
        closed.gate.value,
        GATE_WORDS[closed.gate].format(status="a draft" if status == CampaignStatus.DRAFT else status),
        closed.until,
    )


def _check_pace(
    code: str, rate: float | None, next_free: datetime | None, now: datetime
) -> list[NotCalledReason]:
    if not rate or count_allowed_calls(now, next_free, rate, 1):
        return []
    return [NotCalledReason(code, f"the pace of {rate:g} new calls per second is used up", next_free)]


def _describe_lines(whose: str, limit: int, in_use: int) -> str:
    if in_use >= limit:
        lines = "the only line" if limit == 1 else f"all {limit:,} lines"
        return f"{lines} of {whose} {'is' if limit == 1 else 'are'} in use"
    return f"{in_use:,} of {limit:,} lines of {whose} are in use, and one is kept for transfers"


def _describe_free(free: int) -> str:
    return f"{free:,} {'line' if free == 1 else 'lines'} free"


def _make_cap_reason(reached: CapReached) -> NotCalledReason:
    who = "a single call, for no campaign, went to" if reached.single else "another campaign called"
    sentence = f"{who} the number a short while ago"
    if reached.code == SILENCE:
        sentence = "it is left in peace after an earlier call"
    if reached.cap is not None:
        calls = "once" if reached.cap.most == 1 else f"{reached.cap.most} times"
        sentence = f"the number was called {calls} in {describe_period(reached.cap)}"
    return NotCalledReason(reached.code, sentence + _cite(describe_source(reached.rule)), reached.frees_at)


def _cite(source: str) -> str:
    return f" ({source})" if source else ""


def describe_minutes(minutes: int) -> str:
    if minutes % 60:
        return "minute" if minutes == 1 else f"{minutes:,} minutes"
    return "hour" if minutes == 60 else f"{minutes // 60:,} hours"


def _describe_use(use: CapUse) -> str:
    noun = "call" if use.cap.most == 1 else "calls"
    scope = {CapScope.SUBJECT: " about the same subject", CapScope.CAMPAIGN: " by this campaign"}
    of = scope.get(use.cap.scope, "")
    text = f"{use.used} of {use.cap.most} {noun}{of} in {describe_period(use.cap)}"
    return text + _cite(describe_source(use.rule))


def describe_period(cap: CallCap) -> str:
    if cap.per_hours is not None:
        if cap.per_hours > 48 and cap.per_hours % 24 == 0:
            return f"{cap.per_hours // 24} days"
        return "an hour" if cap.per_hours == 1 else f"{cap.per_hours} hours"
    return "a calendar week" if cap.per is CapPeriod.WEEK else "a calendar day"
