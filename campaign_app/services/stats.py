"""What a campaign is doing, and why it is not dialling: one panel, from the same functions that the permit uses."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from campaign_app.domain.attempt import OUTCOMES, AttemptStatus
from campaign_app.domain.campaign import CampaignSpec, CampaignStatus, to_rfc3339
from campaign_app.domain.contact import ContactStatus
from campaign_app.domain.gate import ClosedGate, DialGate, find_closed_gate, find_closed_trunk_gate
from campaign_app.domain.pacing import count_allowed_calls, lines_for_calls
from campaign_app.models import ATTEMPT_COUNTERS, CONTACT_COUNTERS, Campaign, OutcomeSlot
from campaign_app.queries import counts
from campaign_app.services import health, recovery, trunks
from campaign_app.services.campaigns import build_campaign_spec
from campaign_app.services.responses import CampaignResponses, load_campaign_responses, responses_to_api
from campaign_app.services.trunk_status import TrunkStatus, describe_lines_in_use, get_trunk_status

USUAL_TICK = 4.0
"""Seconds, generously: an engine that was silent for five of them is called away (health.grace)."""
RATE_WINDOW = timedelta(minutes=15)
DONE_STATUSES = (
    ContactStatus.COMPLETED,
    ContactStatus.EXHAUSTED,
    ContactStatus.SUPPRESSED,
    ContactStatus.CANCELED,
)
RATED_OUTCOMES = (
    AttemptStatus.COMPLETED,
    AttemptStatus.BUSY,
    AttemptStatus.NO_ANSWER,
    AttemptStatus.FAILED,
    AttemptStatus.CANCELED,
)


@dataclass(frozen=True, slots=True)
class WaitReason:
    """Why contacts wait: how many, until when, and an icon of the sprite with its tone."""

    code: str
    title: str
    detail: str
    contacts: int
    until: datetime | None = None
    tone: str = ""
    icon: str = "clock"


@dataclass(frozen=True, slots=True)
class CampaignStats:
    """A campaign's figures at one instant. Rates are 0..1, pace is calls a minute."""

    contacts: dict[str, int]
    attempts: dict[str, int]
    total: int
    done: int
    waiting: int
    open: int
    open_by_status: dict[str, int]
    unresolved: int
    answered: int
    ended: int
    answer_rate: float | None
    peak: int
    rate_per_minute: float | None
    eta: tuple[datetime, datetime] | None
    responses: CampaignResponses
    reasons: list[WaitReason] = field(default_factory=list)


def compute_campaign_stats(session: Session, campaign: Campaign, now: datetime) -> CampaignStats:
    counters = campaign.counters
    session.refresh(counters)
    contacts = {status.value: getattr(counters, column) for status, column in CONTACT_COUNTERS.items()}
    attempts = {status.value: getattr(counters, ATTEMPT_COUNTERS[status]) for status in sorted(OUTCOMES)}
    spec = build_campaign_spec(campaign)
    by_status = counts.count_open_by_status(session, campaign_id=campaign.id)
    waiting = contacts[ContactStatus.PENDING] + contacts[ContactStatus.RETRY]
    ended = sum(attempts[status] for status in RATED_OUTCOMES)
    answered = attempts[AttemptStatus.COMPLETED]
    rate = _measure_rate(session, campaign, now)
    queue = counts.summarize_queue(session, campaign.id, now)
    return CampaignStats(
        contacts=contacts,
        attempts=attempts,
        total=sum(contacts.values()),
        done=sum(contacts[status] for status in DONE_STATUSES),
        waiting=waiting,
        open=sum(by_status.values()),
        open_by_status=by_status,
        unresolved=attempts[AttemptStatus.UNRESOLVED],
        answered=answered,
        ended=ended,
        answer_rate=answered / ended if ended else None,
        peak=counters.peak_open,
        rate_per_minute=rate,
        eta=_estimate_finish(campaign, spec, contacts, ended, rate, queue.last_later, now),
        responses=load_campaign_responses(session, campaign),
        reasons=_find_reasons(session, campaign, spec, contacts, queue, now),
    )


def _measure_rate(session: Session, campaign: Campaign, now: datetime) -> float | None:
    """Calls that ended a minute, over the last 15 minutes or since the first of them was claimed."""
    ended, first = counts.count_ended_lately(session, campaign.id, now - RATE_WINDOW)
    if not ended or first is None:
        return None
    seconds = (now - max(first, now - RATE_WINDOW)).total_seconds()
    return ended * 60 / max(seconds, 1.0)


def _estimate_finish(
    campaign: Campaign,
    spec: CampaignSpec,
    contacts: dict[str, int],
    ended: int,
    rate: float | None,
    last_due: datetime | None,
    now: datetime,
) -> tuple[datetime, datetime] | None:
    """When the last contact is done, as a range that knows the closed hours: if the rest goes as the past did, and if
    every waiting contact takes all the tries that it has left. Never before the last one that waits for a retry."""
    waiting = contacts["pending"] + contacts["retry"] + contacts["dialing"]
    if campaign.status != CampaignStatus.RUNNING or not waiting or not rate:
        return None
    reached = contacts["completed"] + contacts["exhausted"]
    tries = ended / reached if reached else 1.0
    begin = max(now, campaign.starts_at or now)
    soon = spec.calling_schedule.after_open_seconds(begin, waiting * tries / rate * 60)
    most = max(float(spec.retry.max_attempts), tries)
    late = spec.calling_schedule.after_open_seconds(begin, waiting * (tries + most) / 2 / rate * 60)
    retried = None if last_due is None else spec.calling_schedule.next_open(max(last_due, begin))
    if soon is None or late is None or (last_due is not None and retried is None):
        return None
    soon = max(soon, retried or soon)
    return soon, max(soon, late)


def _find_reasons(
    session: Session,
    campaign: Campaign,
    spec: CampaignSpec,
    contacts: dict[str, int],
    queue: counts.QueueSummary,
    now: datetime,
) -> list[WaitReason]:
    """Every waiting contact under the first reason that holds it back."""
    status = CampaignStatus(campaign.status)
    if not sum(contacts.values()):
        return [WaitReason("no-contacts", "No contacts", "upload a CSV file or add numbers", 0, icon="info")]
    waiting = contacts["pending"] + contacts["retry"]
    if not waiting:
        return []
    reasons: list[WaitReason] = []
    closed_gate = find_closed_gate(
        status=status,
        schedule=spec.calling_schedule,
        starts_at=campaign.starts_at,
        ends_at=campaign.ends_at,
        backoff_until=campaign.backoff_until,
        now=now,
    )
    engine_away = status is CampaignStatus.RUNNING and not health.is_engine_alive(session, now, USUAL_TICK)
    if engine_away:
        # First of all, and holding back what nothing else does.
        text = "start one: make run, or flask --app app engine run"
        blocked_contacts = queue.due if closed_gate is None else 0
        reasons.append(
            WaitReason(
                "engine-away", "No engine is running", text, blocked_contacts, tone="bad", icon="failed"
            )
        )
    if closed_gate is not None:
        reasons.append(_closed_gate_reason(campaign, spec, closed_gate, queue.due))
    elif queue.due and not engine_away:
        reasons.append(_due_contacts_reason(session, campaign, spec, queue.due, now))
    later = waiting - queue.due
    if later > 0 and queue.first_later is not None:
        detail = f"the next at {format_local_time(queue.first_later, spec.timezone, now)}"
        if queue.last_later is not None and queue.last_later != queue.first_later:
            detail += f", the last at {format_local_time(queue.last_later, spec.timezone, now)}"
        reasons.append(
            WaitReason("retry-wait", "Waiting for a retry", detail, later, queue.first_later, icon="retry")
        )
    return reasons


def _closed_gate_reason(
    campaign: Campaign, spec: CampaignSpec, closed_gate: ClosedGate, due: int
) -> WaitReason:
    zone = spec.timezone
    until = f"until {format_local_time(closed_gate.until, zone)} {zone}" if closed_gate.until else ""
    if closed_gate.gate is DialGate.OUTSIDE_HOURS:
        text = until or "its windows never open"
        return WaitReason("outside-hours", "Outside calling hours", text, due, closed_gate.until)
    if closed_gate.gate is DialGate.STARTS_LATER:
        return WaitReason(
            "starts-later",
            "Starts later",
            f"at {format_local_time(closed_gate.until, zone)} {zone}",
            due,
            closed_gate.until,
        )
    if closed_gate.gate is DialGate.ENDED:
        return WaitReason(
            "ended",
            "Its end has passed",
            f"on {format_local_time(campaign.ends_at, zone)} {zone}",
            due,
            tone="bad",
        )
    if closed_gate.gate is DialGate.BACKOFF:
        text = f"{campaign.last_error}; tried again {until.removeprefix('until ') or 'soon'}"
        return WaitReason(
            "backoff", "The provider fails", text, due, closed_gate.until, tone="bad", icon="failed"
        )
    reason_by_status = {
        CampaignStatus.DRAFT: ("not-started", "Not started", "press Start"),
        CampaignStatus.PAUSED: ("paused", "Paused", f"by {campaign.status_by.removeprefix('user:')}"),
        CampaignStatus.STOPPED: ("stopped", "Stopped", campaign.status_reason or ""),
    }
    code, title, text = reason_by_status.get(
        CampaignStatus(campaign.status), ("not-running", "Not running", "")
    )
    return WaitReason(code, title, text, due, tone="wait", icon="paused" if code == "paused" else "info")


def _trunk_gate_reason(campaign: Campaign, closed_gate: ClosedGate, due: int, now: datetime) -> WaitReason:
    trunk = campaign.trunk
    if closed_gate.gate is DialGate.QUARANTINED:
        text = "the database went backwards; see Health, Lost calls"
        return WaitReason("quarantined", "Dialling is in quarantine", text, due, tone="bad", icon="failed")
    if closed_gate.gate is DialGate.TRUNK_PAUSED:
        by = (trunk.paused_by or "").removeprefix("user:")
        text = f"{trunk.name}, by {by}" + (f": {trunk.paused_reason}" if trunk.paused_reason else "")
        return WaitReason("trunk-paused", "The trunk is paused", text, due, tone="bad", icon="paused")
    zone = campaign.timezone
    next_try = format_local_time(closed_gate.until, zone, now)
    text = f"{trunk.name}: {trunk.last_error}; one call is tried at {next_try} {zone}"
    return WaitReason(
        "circuit-open", "The provider fails", text, due, closed_gate.until, tone="bad", icon="failed"
    )


def _due_contacts_reason(
    session: Session, campaign: Campaign, spec: CampaignSpec, due: int, now: datetime
) -> WaitReason:
    """Why due contacts of an open campaign are not being called at this moment."""
    trunk = campaign.trunk
    closed_gate = find_closed_trunk_gate(
        paused_at=trunk.paused_at,
        circuit_until=trunk.circuit_until,
        now=now,
        quarantined=recovery.is_quarantined(session),
    )
    if closed_gate is not None:
        return _trunk_gate_reason(campaign, closed_gate, due, now)
    dispatch_failure = health.find_dispatch_failure(session, now, USUAL_TICK, trunk.id)
    if dispatch_failure is not None:
        code = "broker-away" if dispatch_failure.startswith(health.BROKER_AWAY) else "no-worker"
        title, _, text = dispatch_failure.partition(": ")
        return WaitReason(code, title, text, due, tone="bad", icon="failed")
    lines_in_use = counts.count_held_lines(session, campaign_id=campaign.id)
    if lines_in_use >= lines_for_calls(campaign.max_concurrent_calls, spec.message.has_transfer):
        text = describe_lines_in_use(lines_in_use, campaign.max_concurrent_calls, "of the campaign's lines")
        return WaitReason("lines-full", "Lines full", text, due, icon="running", tone="wait")
    lines_in_use = counts.count_held_lines(session, trunk_id=trunk.id)
    if lines_in_use >= lines_for_calls(
        trunk.max_concurrent_calls, trunks.needs_transfer_line(session, trunk.id)
    ):
        text = describe_lines_in_use(lines_in_use, trunk.max_concurrent_calls, f"lines of {trunk.name}")
        others = counts.list_others_on_trunk(session, trunk.id, campaign.id)
        if others:
            text += f", {others[0][2]:,} of them by {others[0][1]}"
        return WaitReason("trunk-full", "Trunk full", text, due, icon="running", tone="wait")
    if not count_allowed_calls(now, campaign.next_free, campaign.calls_per_second, 1):
        text = f"{campaign.calls_per_second:g} new calls a second"
        return WaitReason("pace", "Held by its pace", text, due, campaign.next_free)
    if not count_allowed_calls(now, trunk.next_free, trunk.calls_per_second, 1):
        text = f"{trunk.name} takes {trunk.calls_per_second:g} new calls a second"
        return WaitReason("trunk-pace", "Held by the trunk's pace", text, due, trunk.next_free)
    if campaign.last_error:
        return WaitReason(
            "trouble", "Something went wrong", campaign.last_error, due, tone="bad", icon="failed"
        )
    return WaitReason("next", "About to be called", "at the engine's next tick", due, icon="dialing")


def format_local_time(at: datetime | None, zone: str, now: datetime | None = None) -> str:
    """`Mon 23 Nov 09:00` in a zone; only the time of day when it is within the same day as `now`."""
    if at is None:
        return "–"
    local_at = at.astimezone(ZoneInfo(zone))
    if now is not None and now.astimezone(ZoneInfo(zone)).date() == local_at.date():
        return f"{local_at:%H:%M}"
    return f"{local_at:%a} {local_at.day} {local_at:%b %H:%M}"


def load_outcome_slots(session: Session, campaign_id: int, since: datetime) -> list[OutcomeSlot]:
    """Attempts that ended, in ten-minute slots, oldest first."""
    return counts.list_outcome_slots(session, campaign_id, since)


def stats_to_api(stats: CampaignStats) -> dict[str, Any]:
    return {
        "contacts": {"total": stats.total, **stats.contacts},
        "attempts": stats.attempts,
        "open_calls": stats.open,
        "answer_rate": None if stats.answer_rate is None else round(stats.answer_rate, 4),
        "peak_concurrent_calls": stats.peak,
        "pace_per_minute": None if stats.rate_per_minute is None else round(stats.rate_per_minute, 2),
        **responses_to_api(stats.responses),
        "eta": None
        if stats.eta is None
        else {"from": to_rfc3339(stats.eta[0]), "to": to_rfc3339(stats.eta[1])},
        "blocking_reasons": [
            {
                "code": reason.code,
                "title": reason.title,
                "detail": reason.detail,
                "contacts": reason.contacts,
                "until": to_rfc3339(reason.until),
            }
            for reason in stats.reasons
        ],
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
    """All trunks and campaigns at a glance. "Today" is the UTC day."""

    lines_open: int
    lines_limit: int
    calls_today: int
    answered_today: float | None
    due_now: int
    unresolved: int
    trunks: list[TrunkLoad]


def compute_dashboard_stats(session: Session, now: datetime) -> DashboardStats:
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    calls, answered = counts.count_ended_since(session, today)
    errors_by_trunk = counts.last_errors_by_trunk(session)
    trunk_loads = []
    for trunk in counts.list_trunks(session):
        by_status = counts.count_open_by_status(session, trunk_id=trunk.id)
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
        lines_limit=sum(line.limit for line in trunk_loads),
        calls_today=calls,
        answered_today=answered / calls if calls else None,
        due_now=counts.count_due_now(session, now),
        unresolved=counts.count_unresolved(session),
        trunks=trunk_loads,
    )
