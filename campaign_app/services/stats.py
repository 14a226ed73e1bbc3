"""Campaign statistics: what a campaign is doing, and the figures of all trunks and campaigns at a glance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from campaign_app.domain.attempt import OUTCOMES, AnsweredBy, AttemptStatus
from campaign_app.domain.campaign import CampaignSpec, CampaignStatus, find_begin, to_rfc3339
from campaign_app.domain.contact import ContactStatus
from campaign_app.domain.rulebook import Rulebook
from campaign_app.models import ATTEMPT_COUNTERS, Campaign, OutcomeSlot
from campaign_app.queries import counts, unresolved
from campaign_app.queries.counts import YoungCall
from campaign_app.services.campaign_specs import build_campaign_spec
from campaign_app.services.dialing_rules import apply_trunk_guard, find_first_open
from campaign_app.services.finish_estimate import Waiting, estimate_finish, estimate_pace
from campaign_app.services.queue_summary import QueueSummary, summarize_queue
from campaign_app.services.responses import CampaignResponses, make_campaign_responses, responses_to_api
from campaign_app.services.stats_source import JUDGED_OVER, RATE_WINDOW, StatsSource
from campaign_app.services.trunk_status import TrunkStatus, get_trunk_status
from campaign_app.services.wait_reasons import (
    USUAL_TICK,
    ReasonCode,
    WaitReason,
    find_wait_reasons,
)

DONE_STATUSES = (ContactStatus.COMPLETED, ContactStatus.EXHAUSTED)
"""Contacts who were called as far as the campaign goes."""
SPARED_STATUSES = (ContactStatus.SUPPRESSED, ContactStatus.CANCELED)
"""Contacts who will not be called (any more), because somebody or a rule took them out."""
ON_THE_WAY = frozenset(
    {AttemptStatus.DIALING, AttemptStatus.QUEUED, AttemptStatus.RINGING, AttemptStatus.IN_PROGRESS}
)
"""Open calls that the provider has, or is being asked for. In doubt is none of them, nor what waits for a permit."""
RATED_OUTCOMES = (
    AttemptStatus.COMPLETED,
    AttemptStatus.BUSY,
    AttemptStatus.NO_ANSWER,
    AttemptStatus.FAILED,
    AttemptStatus.CANCELED,
)


@dataclass(frozen=True, slots=True)
class CampaignStats:
    """A campaign's figures at one instant. Rates are 0..1, pace is calls a minute."""

    contacts: dict[str, int]
    attempts: dict[str, int]
    total: int
    done: int
    spared: int
    """Those who will not be called: on do-not-call, or the campaign was stopped."""
    waiting: int
    open: int
    open_by_status: dict[str, int]
    unresolved: int
    """Calls of unknown outcome about which nobody has decided yet."""
    answered: int
    ended: int
    answer_rate: float | None
    """Whoever or whatever answered ..."""
    answered_by: dict[str, int]
    """... `human`, `machine`, `fax`, and `unknown` where nobody said."""
    person_rate: float | None
    """Calls that no machine and no fax answered: people, and those of whom nobody knows."""
    peak: int
    rate_per_minute: float | None
    eta: tuple[datetime, datetime] | None
    responses: CampaignResponses
    calling: bool
    """Whether it calls, judged over the last 30 seconds and not at this instant (for slow paces over two of their
    calls): a call was placed since, or is being made."""
    retries_overdue: int
    """People whose retry has been due for a minute or more, at an hour when they may be called."""
    overdue_since: datetime | None
    more_overdue: bool = False
    """Whether there are more than `retries_overdue`, which is counted up to queue_summary.MOST_OVERDUE a place."""
    reasons: list[WaitReason] = field(default_factory=list)


def compute_campaign_stats(
    session: Session, campaign: Campaign, now: datetime, *, tick_seconds: float = USUAL_TICK
) -> CampaignStats:
    return compute_stats_of_campaigns(session, [campaign], now, tick_seconds=tick_seconds)[campaign.id]


@dataclass(frozen=True, slots=True)
class CallCounts:
    """Of a campaign: what a list of its calls needs, without the price of all figures."""

    attempts: dict[str, int]
    """Ended calls by outcome."""
    open: int


def count_calls(session: Session, campaign: Campaign, now: datetime) -> CallCounts:
    """As in `compute_campaign_stats`."""
    source = StatsSource(session, [campaign], now, USUAL_TICK)
    return CallCounts(_count_attempts(source, campaign), sum(source.open_by_status(campaign).values()))


def _count_attempts(source: StatsSource, campaign: Campaign) -> dict[str, int]:
    counters = source.counters(campaign)
    return {status.value: getattr(counters, ATTEMPT_COUNTERS[status]) for status in sorted(OUTCOMES)}


def compute_stats_of_campaigns(
    session: Session, campaigns: Sequence[Campaign], now: datetime, *, tick_seconds: float = USUAL_TICK
) -> dict[int, CampaignStats]:
    """By campaign, with as many statements for a hundred of them as for one."""
    source = StatsSource(session, campaigns, now, tick_seconds)
    return {campaign.id: _compute_stats(source, campaign) for campaign in campaigns}


def _compute_stats(source: StatsSource, campaign: Campaign) -> CampaignStats:
    contacts, now = source.contacts(campaign), source.now
    attempts = _count_attempts(source, campaign)
    spec = build_campaign_spec(campaign)
    by_status = source.open_by_status(campaign)
    waiting = contacts[ContactStatus.PENDING] + contacts[ContactStatus.RETRY]
    ended = sum(attempts[status] for status in RATED_OUTCOMES)
    answered = attempts[AttemptStatus.COMPLETED]
    responses = make_campaign_responses(campaign, source.response_counts(campaign))
    answered_by = count_answered_by(answered, responses.answered_by)
    recent = source.recent_calls(campaign)
    rate = _measure_rate(recent.ended, recent.first_claimed_at, now)
    rulebook = apply_trunk_guard(spec.rulebook, campaign.trunk.guard_seconds)
    queue = summarize_queue(source.queues, campaign.id, rulebook, now, campaign.ends_at)
    reasons = find_wait_reasons(source, campaign, spec, queue)
    # Not by the reasons: where nobody waits there are none, and yet nobody is called.
    engine_away = not source.is_engine_alive
    eta = _estimate_finish(source, campaign, spec, rulebook, contacts, ended, rate, queue, reasons)
    return CampaignStats(
        contacts=contacts,
        attempts=attempts,
        total=sum(contacts.values()),
        done=count_done(contacts),
        spared=sum(contacts[status] for status in SPARED_STATUSES),
        waiting=waiting,
        open=sum(by_status.values()),
        open_by_status=by_status,
        unresolved=source.undecided(campaign),
        answered=answered,
        ended=ended,
        answer_rate=answered / ended if ended else None,
        answered_by=answered_by,
        person_rate=compute_person_rate(ended, answered_by),
        peak=source.counters(campaign).peak_open,
        rate_per_minute=rate,
        # Without an engine nothing finishes.
        eta=None if engine_away else eta,
        responses=responses,
        calling=not engine_away and _is_calling(campaign, by_status, recent.last_sent_at, now),
        retries_overdue=queue.overdue,
        overdue_since=queue.overdue_since,
        more_overdue=queue.more_overdue,
        reasons=reasons,
    )


def count_done(contacts: Mapping[str, int]) -> int:
    """Contacts who were called as far as the campaign goes, of {status: how many}."""
    return sum(contacts[status] for status in DONE_STATUSES)


def count_answered_by(answered: int, known: Mapping[str, int]) -> dict[str, int]:
    """Answered calls by who answered, with those of whom nobody knows. `known`: `human`, `machine` and `fax`."""
    return {**known, AnsweredBy.UNKNOWN.value: max(answered - sum(known.values()), 0)}


def compute_person_rate(ended: int, answered_by: Mapping[str, int]) -> float | None:
    """The share (0..1) of ended calls that no machine and no fax answered; None where none has ended."""
    persons = answered_by[AnsweredBy.HUMAN] + answered_by[AnsweredBy.UNKNOWN]
    return persons / ended if ended else None


def _is_calling(
    campaign: Campaign, open_by_status: dict[str, int], last_sent_at: datetime | None, now: datetime
) -> bool:
    if campaign.status != CampaignStatus.RUNNING:
        return False
    if any(open_by_status.get(status) for status in ON_THE_WAY):
        return True
    between = timedelta(seconds=2 / campaign.calls_per_second) if campaign.calls_per_second else timedelta()
    return last_sent_at is not None and now - last_sent_at <= max(JUDGED_OVER, between)


def _measure_rate(ended: int, first: datetime | None, now: datetime) -> float | None:
    """Calls that ended a minute, over the last 15 minutes or since the first of them was claimed."""
    if not ended or first is None:
        return None
    seconds = (now - max(first, now - RATE_WINDOW)).total_seconds()
    return ended * 60 / max(seconds, 1.0)


def _estimate_finish(
    source: StatsSource,
    campaign: Campaign,
    spec: CampaignSpec,
    rulebook: Rulebook,
    contacts: dict[str, int],
    ended: int,
    rate: float | None,
    queue: QueueSummary,
    reasons: Sequence[WaitReason],
) -> tuple[datetime, datetime] | None:
    """When the last contact is done, as a range (services.finish_estimate, as the start page has it): by the pace of
    the calls so far, or before there are any by how long calls take. Of a soft start that waits as if somebody
    continued it now. Never before the last one that waits for a retry, nor after the campaign's end; none where that
    has passed, or where something is wrong and nothing was called yet. `rulebook` has the trunk's guard."""
    now = source.now
    left = sum(number for _, number in queue.people) + contacts["dialing"]
    if campaign.status != CampaignStatus.RUNNING or not left:
        return None
    if campaign.ends_at is not None and campaign.ends_at <= now:
        return None
    waits = any(reason.code == ReasonCode.SOFT_START for reason in reasons)
    measured = None if waits or not rate else rate / 60
    if measured is None and any(reason.is_failure for reason in reasons):
        return None
    pace = estimate_pace(
        source.session, campaign.trunk.provider, campaign.max_concurrent_calls, campaign.calls_per_second
    )
    if measured is not None:
        pace = pace._replace(fast=measured, slow=measured)
    at = find_begin(campaign.starts_at, now)
    if not queue.people:
        end = at + timedelta(seconds=left / pace.slow)
        return end, end
    reached = contacts["completed"] + contacts["exhausted"]
    begin, blackouts = max(at, queue.last_due or at), source.queues.blackouts
    people = [
        Waiting(profile, number, find_first_open(rulebook, profile, begin, blackouts) or begin)
        for profile, number in queue.people
    ]
    found = estimate_finish(
        rulebook,
        spec.retry,
        people,
        at,
        pace,
        ends_at=campaign.ends_at,
        blackouts=blackouts,
        made=contacts[ContactStatus.RETRY],
        tries=ended / reached if reached and measured is not None else 1.0,
    ).finish
    if found is None:
        return None
    last = campaign.ends_at or found[1]
    return min(found[0], last), min(found[1], last)


def load_outcome_slots(session: Session, campaign_id: int, since: datetime) -> list[OutcomeSlot]:
    """Attempts that ended, in ten-minute slots, oldest first."""
    return counts.list_outcome_slots(session, campaign_id, since)


def load_young_calls(session: Session, campaign_id: int) -> list[YoungCall]:
    """A young campaign's calls; empty where they are too many."""
    return counts.list_young_calls(session, campaign_id)


def stats_to_api(stats: CampaignStats) -> dict[str, Any]:
    """All but `blocking_reasons`, whose words are the API's (api/reasons.py)."""
    return {
        "contacts": {"total": stats.total, **stats.contacts},
        "attempts": stats.attempts,
        "open_calls": stats.open,
        "retries_overdue": stats.retries_overdue,
        "retries_overdue_since": to_rfc3339(stats.overdue_since),
        "answer_rate": None if stats.answer_rate is None else round(stats.answer_rate, 4),
        "answered_by": stats.answered_by,
        "person_rate": None if stats.person_rate is None else round(stats.person_rate, 4),
        "peak_concurrent_calls": stats.peak,
        "pace_per_minute": None if stats.rate_per_minute is None else round(stats.rate_per_minute, 2),
        **responses_to_api(stats.responses),
        "eta": None
        if stats.eta is None
        else {"from": to_rfc3339(stats.eta[0]), "to": to_rfc3339(stats.eta[1])},
    }


@dataclass(frozen=True, slots=True)
class TrunkLoad:
    """One trunk's lamps: lines talking, ringing, being set up; the rest is free."""

    name: str
    provider: str
    open: int
    talking: int
    ringing: int
    setup: int
    limit: int
    last_error: str | None
    """The last error of a campaign on it that backs off, while the trunk itself takes calls ..."""
    state: TrunkStatus
    """... or does not."""


@dataclass(frozen=True, slots=True)
class DashboardStats:
    """All trunks and campaigns at a glance. "Today" begins where whoever asks says."""

    lines_open: int
    lines_limit: int
    """Of the trunks that take calls; of others the lines that calls still hold."""
    calls_today: int
    answered_today: float | None
    people_today: int
    """Calls that a person answered ..."""
    machines_today: int
    """... and a machine or a fax; of other answers nobody knows."""
    due_now: int
    unresolved: int
    trunks: list[TrunkLoad]


def compute_dashboard_stats(session: Session, now: datetime, today: datetime | None = None) -> DashboardStats:
    """`today`: when it began (UTC); None: with the UTC day."""
    today = today or now.replace(hour=0, minute=0, second=0, microsecond=0)
    calls, answered = counts.count_ended_since(session, today)
    people, machines = counts.count_answered_since(session, today)
    errors_by_trunk = counts.last_errors_by_trunk(session)
    trunk_loads = []
    open_calls = counts.count_open_by_trunk_and_status(session)
    for trunk in counts.list_trunks(session):
        by_status = open_calls.get(trunk.id, {})
        talking = by_status.get(AttemptStatus.IN_PROGRESS, 0)
        ringing = by_status.get(AttemptStatus.RINGING, 0)
        in_use = sum(by_status.values())
        trunk_loads.append(
            TrunkLoad(
                trunk.name,
                trunk.provider,
                in_use,
                talking,
                ringing,
                in_use - talking - ringing,
                trunk.max_concurrent_calls,
                errors_by_trunk.get(trunk.id),
                get_trunk_status(trunk, now),
            )
        )
    return DashboardStats(
        lines_open=sum(line.open for line in trunk_loads),
        lines_limit=sum(line.limit if line.state.takes_calls else line.open for line in trunk_loads),
        calls_today=calls,
        answered_today=answered / calls if calls else None,
        people_today=people,
        machines_today=machines,
        due_now=counts.count_due_now(session, now),
        unresolved=unresolved.count_undecided(session),
        trunks=trunk_loads,
    )
