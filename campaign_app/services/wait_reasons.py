"""Wait reasons: why a campaign's contacts are not being called now, by the rules that claim and permit use.

A reason is a code with its numbers. The words for it are in web/reasons.py and api/reasons.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from campaign_app.domain import timeline
from campaign_app.domain.campaign import CampaignSpec, CampaignStatus
from campaign_app.domain.contact import DeferredBy
from campaign_app.domain.gate import ClosedGate, DialGate, find_closed_trunk_gate, list_closed_gates
from campaign_app.domain.pacing import count_allowed_calls, lines_for_calls, measure_full_share
from campaign_app.domain.rulebook import CampaignClock
from campaign_app.models import Campaign
from campaign_app.queries.campaign_stats import CallSpan
from campaign_app.services import health, rule_checks
from campaign_app.services.list_rules import STALE as LIST_STALE
from campaign_app.services.queue_summary import (
    AFTER_END,
    BLACKOUT,
    NEVER_OPEN,
    OUTSIDE_SILENT,
    ClosedGroup,
    ClosedPart,
    DeferredGroup,
    QueueSummary,
)
from campaign_app.services.stats_source import JUDGED_OVER, StatsSource

USUAL_TICK = 1.0
"""Seconds between two ticks, where nobody says otherwise (config.tick_seconds)."""
A_TICK_AGO = timedelta(seconds=4)
"""Generously."""


class ReasonCode(StrEnum):
    """Each with the `params` that it has."""

    NO_CONTACTS = "no-contacts"
    ENGINE_AWAY = "engine-away"
    NOT_STARTED = "not-started"
    PAUSED = "paused"
    """`by`: who paused it, as in the audit trail; `note`: why, where somebody said so. `until` it resumes by itself;
    none: until somebody resumes it."""
    STOPPED = "stopped"
    """`note`: why, where somebody said so."""
    NOT_RUNNING = "not-running"
    OUTSIDE_HOURS = "outside-hours"
    """No `until`: its calling windows never open."""
    THEIR_HOURS = "their-hours"
    """`zones` where it is closed, and the `hours` there; `until` the first of the people may be called."""
    HOLIDAY = "holiday"
    """`hours` is the holiday's name, `zones` as above."""
    NEVER_OPEN = "never-open"
    """`whose` hours leave no time within two weeks in which a call may begin; `zones` as above."""
    AFTER_END = "after-end"
    """`whose` hours leave no time before the campaign's end in which a call may begin."""
    BLACKOUT = "blackout"
    """`place` that somebody closed, and the `reason`; `until` the first of the people may be called, none: until it is
    lifted."""
    OUTSIDE_SILENT = "outside-silent"
    """The outside check does not answer, so nobody it applies to is called: its last `error`; `until` it is asked
    again. Also those whom it was asked about in vain."""
    OUTSIDE_REFUSED = "outside-refused"
    """The outside check refused the number: `until` the first answer expires, `last` as above."""
    ZONE_UNKNOWN = "zone-unknown"
    """Nobody knows what time it is where they are: they are never called by their clock."""
    LIST_STALE = "list-stale"
    """A list that they have to be compared with is too old: nobody it applies to is called. `list` says which, and how
    old it is."""
    NO_CONSENT = "consent"
    """`hours`: the kinds of consent that would do, `source`: the text that asks for it."""
    REQUIREMENT = "requirement"
    """`hours`: what the message needs, `source`: the text that asks for it."""
    PROHIBITED = "prohibited"
    """`hours`: what is not allowed, `source`: the text that says so."""
    STARTS_LATER = "starts-later"
    ENDED = "ended"
    """`at`: its end, RFC 3339."""
    BACKOFF = "backoff"
    """`error`: the campaign's last error."""
    QUARANTINED = "quarantined"
    FORGET_KEY_MISSING = rule_checks.FORGET_KEY_MISSING
    """Numbers were forgotten, and this machine lacks the key that knows them: the permit refuses everybody."""
    TRUNK_PAUSED = "trunk-paused"
    """`trunk`, `by` and, where somebody said so, `note`."""
    TRUNK_NOT_READY = "trunk-not-ready"
    """`trunk` and `error`: why no call can be placed on it."""
    CIRCUIT_OPEN = "circuit-open"
    """`trunk` and `error`, its last one."""
    BROKER_AWAY = "broker-away"
    """`error`."""
    NO_WORKER = "no-worker"
    LINES_FULL = "lines-full"
    """`in_use` and `limit`, of the campaign; fewer in use where they were full for most of the last 30 seconds, or
    where one is `kept` for transfers. Callees who wait to be transferred count as lines, up to the limit."""
    TRUNK_FULL = "trunk-full"
    """`trunk`, `in_use`, `limit`; where others use its lines, `other` is who uses most and `other_lines` how many."""
    PACE = "pace"
    """`per_second`: the campaign's limit of new calls."""
    TRUNK_PACE = "trunk-pace"
    """`trunk` and `per_second`, its limit of new calls."""
    TROUBLE = "trouble"
    """`error`: the campaign's last error."""
    NEXT = "next"
    RETRY_WAIT = "retry-wait"
    """`until` the first of them is due and may be called (none: their hours never open); `last` is when the last one
    may, RFC 3339."""
    CAPPED = "capped"
    """Called often enough lately, by the campaign's caps: `until` the first may be called again, `last` as above."""
    GAP = "gap"
    """Another campaign called the number a short while ago; the rest as above."""
    SOFT_START = "soft-start"
    """`people`: how many have been called since the soft start; somebody has to say to go on."""
    NUMBER_BUSY = "number-busy"
    """When their turn came, another campaign or a single call had just taken the number; that call may be over by now.
    `until` the first of them has another turn, `last` as above."""
    LINES_IN_DOUBT = "lines-in-doubt"
    """`lines` that are held by calls of which nobody knows whether they are up; `until` the last of them is given up,
    if nothing is heard before."""
    OVERDUE = "overdue"
    """`lines` that are held by calls that should have ended: a person has to look at them."""
    TRUNK_REFUSES = "trunk-refuses"
    """The trunk may not call the numbers, by its countries and types of number; the rest as above."""
    HELD_BACK = "held-back"
    """The database was restored, and nobody can say whether the numbers had been called since the backup; the rest as
    above."""


Params = Mapping[str, str | int | float]


@dataclass(frozen=True, slots=True)
class ReasonPart:
    """Some of the contacts of a reason, for whom it reads the same; `until` and `params` are as in WaitReason."""

    contacts: int
    until: datetime | None
    params: Params


@dataclass(frozen=True, slots=True)
class WaitReason:
    """Why some contacts wait: the code, how many they are, until when, and what else is known of it."""

    code: str
    contacts: int
    until: datetime | None = None
    params: Params = field(default_factory=dict)
    parts: tuple[ReasonPart, ...] = ()
    """Where the reason does not read the same for all contacts: one part for each version, the largest first. The
    reason then has no `params`, and its `until` is the earliest of theirs."""

    @property
    def is_failure(self) -> bool:
        """Whether something is wrong that a person should look at."""
        return self.code in FAILURES


FAILURES = frozenset(
    {
        ReasonCode.ENGINE_AWAY,
        ReasonCode.ENDED,
        ReasonCode.BACKOFF,
        ReasonCode.QUARANTINED,
        ReasonCode.FORGET_KEY_MISSING,
        ReasonCode.TRUNK_PAUSED,
        ReasonCode.TRUNK_NOT_READY,
        ReasonCode.CIRCUIT_OPEN,
        ReasonCode.BROKER_AWAY,
        ReasonCode.NO_WORKER,
        ReasonCode.TROUBLE,
        ReasonCode.TRUNK_REFUSES,
        ReasonCode.ZONE_UNKNOWN,
        ReasonCode.NEVER_OPEN,
        ReasonCode.AFTER_END,
        ReasonCode.NO_CONSENT,
        ReasonCode.PROHIBITED,
        ReasonCode.REQUIREMENT,
        ReasonCode.LIST_STALE,
        ReasonCode.OUTSIDE_SILENT,
        ReasonCode.OVERDUE,
    }
)
"""Something is wrong that a person should look at."""
NEVER_AGAIN = frozenset({ReasonCode.STOPPED, ReasonCode.NOT_RUNNING})
"""The campaign is over: nobody waits any more."""
HOLD_ALL = frozenset(
    {
        ReasonCode.ENGINE_AWAY,
        ReasonCode.NOT_STARTED,
        ReasonCode.PAUSED,
        ReasonCode.STARTS_LATER,
        ReasonCode.ENDED,
        ReasonCode.BACKOFF,
        ReasonCode.SOFT_START,
        ReasonCode.QUARANTINED,
        ReasonCode.FORGET_KEY_MISSING,
        ReasonCode.TRUNK_PAUSED,
        ReasonCode.TRUNK_NOT_READY,
        ReasonCode.CIRCUIT_OPEN,
        ReasonCode.BROKER_AWAY,
        ReasonCode.NO_WORKER,
    }
)
"""Nobody at all is called, whatever else some people wait for."""
HAVE_THEIR_TURN = frozenset(
    {
        ReasonCode.LINES_FULL,
        ReasonCode.TRUNK_FULL,
        ReasonCode.PACE,
        ReasonCode.TRUNK_PACE,
        ReasonCode.TROUBLE,
        ReasonCode.NEXT,
    }
)
"""These people are called as soon as there is room: no time can be given."""
GATE_CODES = {
    DialGate.OUTSIDE_HOURS: ReasonCode.OUTSIDE_HOURS,
    DialGate.STARTS_LATER: ReasonCode.STARTS_LATER,
}


def find_wait_reasons(
    source: StatsSource, campaign: Campaign, spec: CampaignSpec, queue: QueueSummary
) -> list[WaitReason]:
    """Every waiting contact under the first reason that holds it back, and the lines that calls hold which may be
    over. An engine is away when it was silent for so many of its ticks as health.heartbeat_grace has it."""
    return [*_list_queue_reasons(source, campaign, spec, queue), *_list_held_lines(source, campaign)]


def find_next_reason(reasons: Sequence[WaitReason]) -> WaitReason | None:
    """The reason whose end lets the campaign go on: what holds everybody, first what nobody knows the end of, then what
    ends last; else who has the next turn. Home's “Until” and “Why” are both about it."""
    if not reasons:
        return None
    holding = [reason for reason in reasons if reason.code in HOLD_ALL]
    if holding:
        lasting = [reason for reason in holding if reason.until is None]
        return lasting[0] if lasting else max(holding, key=_get_until)
    having_turn = [reason for reason in reasons if reason.code in HAVE_THEIR_TURN and reason.contacts]
    if having_turn:
        return having_turn[0]
    ending = [reason for reason in reasons if reason.until is not None and reason.contacts]
    return min(ending, key=_get_until) if ending else reasons[0]


def _get_until(reason: WaitReason) -> datetime:
    assert reason.until is not None
    return reason.until


def _list_held_lines(source: StatsSource, campaign: Campaign) -> Iterator[WaitReason]:
    if not source.contacts(campaign)["dialing"]:
        return
    overdue = source.overdue_lines(campaign)
    if overdue:
        yield WaitReason(ReasonCode.OVERDUE, 0, params={"lines": overdue})
    doubtful = source.doubtful_lines(campaign)
    if doubtful.lines:
        yield WaitReason(ReasonCode.LINES_IN_DOUBT, 0, doubtful.until, {"lines": doubtful.lines})


def _list_queue_reasons(
    source: StatsSource, campaign: Campaign, spec: CampaignSpec, queue: QueueSummary
) -> list[WaitReason]:
    status, contacts, now = CampaignStatus(campaign.status), source.contacts(campaign), source.now
    if not sum(contacts.values()):
        return [WaitReason(ReasonCode.NO_CONTACTS, 0)]
    waiting = contacts["pending"] + contacts["retry"]
    if not waiting:
        return []
    reasons: list[WaitReason] = []
    closed_gates = list(
        list_closed_gates(
            status=status,
            schedule=spec.own_schedule,
            starts_at=campaign.starts_at,
            ends_at=campaign.ends_at,
            backoff_until=campaign.backoff_until,
            now=now,
            soft_start_left=source.soft_start_left(campaign),
        )
    )
    engine_away = status is CampaignStatus.RUNNING and not source.is_engine_alive
    if engine_away:
        # First of all, and holding back what nothing else does.
        reasons.append(WaitReason(ReasonCode.ENGINE_AWAY, 0 if closed_gates else queue.callable_now))
    if closed_gates:
        # Each contact is counted once, under the first of them; the others hold as well.
        held = [queue.due + queue.put_off_for_hours] + [0] * (len(closed_gates) - 1)
        reasons += [
            _closed_gate_reason(campaign, gate, n) for gate, n in zip(closed_gates, held, strict=True)
        ]
        trunk_gate = _find_trunk_gate(source, campaign)
        if trunk_gate is not None:
            reasons.append(_trunk_gate_reason(campaign, trunk_gate, 0))
        if status in (CampaignStatus.RUNNING, CampaignStatus.PAUSED):
            codes = {reason.code for reason in reasons}
            also = [replace(_closed_hours_reason(group), contacts=0) for group in queue.closed]
            reasons += [reason for reason in also if reason.code not in codes]
    else:
        reasons += [_closed_hours_reason(group) for group in queue.closed]
        if queue.callable_now and not engine_away:
            reason = _due_contacts_reason(source, campaign, spec, queue.callable_now)
            reasons.append(reason)
            trunk_gate = _find_trunk_gate(source, campaign)
            if reason.code == ReasonCode.FORGET_KEY_MISSING and trunk_gate is not None:
                reasons.append(_trunk_gate_reason(campaign, trunk_gate, 0))
        else:
            trunk_gate = _find_trunk_gate(source, campaign)
            trouble = _trouble_reason(campaign, 0)
            if trunk_gate is not None:
                reasons.append(_trunk_gate_reason(campaign, trunk_gate, 0))
            elif trouble is not None:
                reasons.append(trouble)
    reasons += [_deferred_reason(group) for group in queue.deferred]
    if queue.later > 0:
        reasons.append(_later_reason(ReasonCode.RETRY_WAIT, queue.later, queue.first_later, queue.last_later))
    if status is CampaignStatus.RUNNING:
        # Somebody has to mend them: they come before whatever ends by itself.
        by_code = {reason.code: reason for reason in reasons}
        found = (_forget_key_reason(source, 0), _trunk_not_ready_reason(campaign, 0))
        obstacles = [by_code.get(each.code, each) for each in found if each is not None]
        reasons = [reason for reason in reasons if reason not in obstacles]
        at = 1 if engine_away else 0
        reasons[at:at] = obstacles
    return reasons


MOST_ZONES = 3
MOST_PARTS = 3
"""How many parts of a reason are described; the others are counted together."""
CLOSED_CODES = {
    timeline.ZONE_UNKNOWN: "zone-unknown",
    timeline.PERSON_HOURS: "their-hours",
    timeline.HOLIDAY: "holiday",
    timeline.CAMPAIGN_HOURS: "outside-hours",
    timeline.CONSENT: "consent",
    timeline.PROHIBITED: "prohibited",
    timeline.REQUIREMENT: "requirement",
    NEVER_OPEN: "never-open",
    AFTER_END: "after-end",
    LIST_STALE: "list-stale",
    BLACKOUT: "blackout",
    OUTSIDE_SILENT: "outside-silent",
}
WHOSE_HOURS = {
    CampaignClock.BOTH: "the hours in {zones} and the campaign’s",
    CampaignClock.PERSON: "the hours in {zones}",
    CampaignClock.CAMPAIGN: "the campaign’s hours in {zones}",
}


def _closed_hours_reason(group: ClosedGroup) -> WaitReason:
    """People who are due, at whose place it is not the time to call; or whose list is too old."""
    code = ReasonCode(CLOSED_CODES[group.code])
    parts = sorted(group.parts, key=lambda part: (-part.contacts, part.until is None, part.until))
    if len(parts) == 1:
        return WaitReason(code, group.contacts, group.until, _describe_part(code, parts[0]))
    return WaitReason(
        code,
        group.contacts,
        group.until,
        parts=tuple(ReasonPart(part.contacts, part.until, _describe_part(code, part)) for part in parts),
    )


def _describe_part(code: ReasonCode, part: ClosedPart) -> Params:
    if code is ReasonCode.LIST_STALE:
        return {"list": part.detail}
    if code is ReasonCode.OUTSIDE_SILENT:
        return {"error": part.detail}
    places = sorted(part.places)
    others = places[MOST_ZONES:]
    more = f" and {len(others)} more {'place' if len(others) == 1 else 'places'}" if others else ""
    names = ", ".join(places[:MOST_ZONES]) + more
    rest: Params = {"others": ", ".join(others)} if others else {}
    if code is ReasonCode.BLACKOUT:
        return {"place": names, "reason": part.detail, **rest}
    if code in (ReasonCode.NEVER_OPEN, ReasonCode.AFTER_END):
        return {"zones": names, "whose": WHOSE_HOURS[CampaignClock(part.detail)].format(zones=names), **rest}
    return {
        "zones": names,
        "hours": part.detail,
        **({"source": part.source} if part.source else {}),
        **rest,
    }


DEFERRED_CODES = {
    DeferredBy.CAP: ReasonCode.CAPPED,
    DeferredBy.GAP: ReasonCode.GAP,
    DeferredBy.BUSY: ReasonCode.NUMBER_BUSY,
    DeferredBy.TRUNK: ReasonCode.TRUNK_REFUSES,
    DeferredBy.OUTSIDE: ReasonCode.OUTSIDE_REFUSED,
    DeferredBy.UNASKED: ReasonCode.OUTSIDE_SILENT,
    DeferredBy.RESTORED: ReasonCode.HELD_BACK,
}


def _deferred_reason(group: DeferredGroup) -> WaitReason:
    return _later_reason(DEFERRED_CODES[group.code], group.contacts, group.first, group.last)


def _later_reason(
    code: ReasonCode, contacts: int, first: datetime | None, last: datetime | None
) -> WaitReason:
    return WaitReason(code, contacts, first, {} if last is None else {"last": last.isoformat()})


def _closed_gate_reason(campaign: Campaign, closed_gate: ClosedGate, due: int) -> WaitReason:
    if closed_gate.gate in GATE_CODES:
        return WaitReason(GATE_CODES[closed_gate.gate], due, closed_gate.until)
    if closed_gate.gate is DialGate.ENDED:
        ends_at = {} if campaign.ends_at is None else {"at": campaign.ends_at.isoformat()}
        return WaitReason(ReasonCode.ENDED, due, params=ends_at)
    if closed_gate.gate is DialGate.BACKOFF:
        return WaitReason(ReasonCode.BACKOFF, due, closed_gate.until, {"error": campaign.last_error or ""})
    if closed_gate.gate is DialGate.SOFT_START:
        return WaitReason(ReasonCode.SOFT_START, due, params={"people": campaign.soft_start or 0})
    if campaign.status == CampaignStatus.DRAFT:
        return WaitReason(ReasonCode.NOT_STARTED, due)
    if campaign.status == CampaignStatus.PAUSED:
        note = {"note": campaign.status_reason} if campaign.status_reason else {}
        return WaitReason(ReasonCode.PAUSED, due, campaign.resume_at, {"by": campaign.status_by, **note})
    if campaign.status == CampaignStatus.STOPPED:
        return WaitReason(ReasonCode.STOPPED, due, params={"note": campaign.status_reason or ""})
    return WaitReason(ReasonCode.NOT_RUNNING, due)


def _due_contacts_reason(source: StatsSource, campaign: Campaign, spec: CampaignSpec, due: int) -> WaitReason:
    """Why due contacts of an open campaign are not being called at this moment."""
    keyless = _forget_key_reason(source, due)
    if keyless is not None:
        return keyless
    closed_gate = _find_trunk_gate(source, campaign)
    if closed_gate is not None:
        return _trunk_gate_reason(campaign, closed_gate, due)
    unready = _trunk_not_ready_reason(campaign, due)
    if unready is not None:
        return unready
    dispatch_failure = source.dispatch_failure(campaign)
    if dispatch_failure is not None:
        if dispatch_failure.startswith(health.BROKER_AWAY):
            return WaitReason(
                ReasonCode.BROKER_AWAY, due, params={"error": dispatch_failure.partition(": ")[2]}
            )
        return WaitReason(ReasonCode.NO_WORKER, due)
    return (
        _full_lines_reason(source, campaign, spec, due)
        or _pace_reason(campaign, due, source.now)
        or _trouble_reason(campaign, due)
        or _next_reason(source, campaign, spec, due)
    )


def _next_reason(source: StatsSource, campaign: Campaign, spec: CampaignSpec, due: int) -> WaitReason:
    """Nothing but their turn: `free` lines are there for the next of them, where those are fewer than wait."""
    lines = lines_for_calls(campaign.max_concurrent_calls, spec.message.has_transfer)
    on_trunk = lines_for_calls(campaign.trunk.max_concurrent_calls, source.keeps_transfer_line(campaign))
    free = min(lines - source.held_lines(campaign), on_trunk - source.held_trunk_lines(campaign))
    return WaitReason(ReasonCode.NEXT, due, params={"free": max(free, 1)} if free < due else {})


def _find_trunk_gate(source: StatsSource, campaign: Campaign) -> ClosedGate | None:
    """What closes the trunk. One whose circuit has come half open still waits for its one call to tell."""
    trunk = campaign.trunk
    closed = find_closed_trunk_gate(
        paused_at=trunk.paused_at,
        circuit_until=trunk.circuit_until,
        now=source.now,
        quarantined=source.is_quarantined,
    )
    if closed is None and trunk.circuit_until is not None:
        return ClosedGate(DialGate.CIRCUIT_OPEN, source.now)
    return closed


def _forget_key_reason(source: StatsSource, due: int) -> WaitReason | None:
    return WaitReason(ReasonCode.FORGET_KEY_MISSING, due) if source.is_forget_key_missing else None


def _trunk_not_ready_reason(campaign: Campaign, due: int) -> WaitReason | None:
    """Why no call can be placed on its trunk, by its last check or by the engine; None where calls can be."""
    error = campaign.trunk.check_error or campaign.trunk.not_ready
    if error is None:
        return None
    return WaitReason(ReasonCode.TRUNK_NOT_READY, due, params={"trunk": campaign.trunk.name, "error": error})


def _trouble_reason(campaign: Campaign, due: int) -> WaitReason | None:
    """What went wrong last, on the campaign or on its trunk, and has not gone well since."""
    error = campaign.last_error
    if not error and campaign.trunk.failures:
        error = campaign.trunk.last_error
    return WaitReason(ReasonCode.TROUBLE, due, params={"error": error}) if error else None


def _trunk_gate_reason(campaign: Campaign, closed_gate: ClosedGate, due: int) -> WaitReason:
    trunk = campaign.trunk
    if closed_gate.gate is DialGate.QUARANTINED:
        return WaitReason(ReasonCode.QUARANTINED, due)
    if closed_gate.gate is DialGate.TRUNK_PAUSED:
        note = {"note": trunk.paused_reason} if trunk.paused_reason else {}
        return WaitReason(
            ReasonCode.TRUNK_PAUSED, due, params={"trunk": trunk.name, "by": trunk.paused_by or "", **note}
        )
    return WaitReason(
        ReasonCode.CIRCUIT_OPEN,
        due,
        closed_gate.until,
        {"trunk": trunk.name, "error": trunk.last_error or ""},
    )


def _full_lines_reason(
    source: StatsSource, campaign: Campaign, spec: CampaignSpec, due: int
) -> WaitReason | None:
    """The campaign's lines, or its trunk's, where all are in use, or were for most of the last 30 seconds: one that
    has just come free is taken with the next tick."""
    now = source.now
    since = max(now - JUDGED_OVER, campaign.status_at)
    limit = campaign.max_concurrent_calls
    lines = lines_for_calls(limit, spec.message.has_transfer)
    in_use = source.held_lines(campaign)
    if in_use >= lines or _were_full(source.call_spans(campaign, since), lines, since, now):
        return WaitReason(ReasonCode.LINES_FULL, due, params=_count_lines(in_use, lines, limit))
    trunk = campaign.trunk
    limit = trunk.max_concurrent_calls
    lines = lines_for_calls(limit, source.keeps_transfer_line(campaign))
    in_use = source.held_trunk_lines(campaign)
    if in_use < lines and not _were_full(source.trunk_spans(campaign, since), lines, since, now):
        return None
    params: dict[str, str | int | float] = {"trunk": trunk.name, **_count_lines(in_use, lines, limit)}
    others = source.others_on_trunk(campaign)
    if others:
        params["other"], params["other_lines"] = others[0].name, others[0].lines
    return WaitReason(ReasonCode.TRUNK_FULL, due, params=params)


def _count_lines(in_use: int, lines: int, limit: int) -> dict[str, int]:
    kept = {"kept": 1} if lines <= in_use < limit else {}
    return {"in_use": min(in_use, limit), "limit": limit, **kept}


def _were_full(spans: Sequence[CallSpan], lines: int, since: datetime, now: datetime) -> bool:
    return measure_full_share(spans, lines, since, now) >= 0.5


def _pace_reason(campaign: Campaign, due: int, now: datetime) -> WaitReason | None:
    if campaign.calls_per_second and _is_paced(campaign.next_free, campaign.calls_per_second, now):
        return WaitReason(ReasonCode.PACE, due, campaign.next_free, {"per_second": campaign.calls_per_second})
    trunk = campaign.trunk
    if trunk.calls_per_second and _is_paced(trunk.next_free, trunk.calls_per_second, now):
        return WaitReason(
            ReasonCode.TRUNK_PACE,
            due,
            trunk.next_free,
            {"trunk": trunk.name, "per_second": trunk.calls_per_second},
        )
    return None


def _is_paced(next_free: datetime | None, rate: float, now: datetime) -> bool:
    """Whether the pace holds calls back now, or did until a tick ago: between two calls it lets the next one through
    for a moment."""
    if not count_allowed_calls(now, next_free, rate, 1):
        return True
    # Further ahead it was left behind by a slower pace, and the claim takes no notice of it.
    return next_free is not None and abs(next_free - now) < A_TICK_AGO
