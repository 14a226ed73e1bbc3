"""Live page of a campaign: figures made into bars, lamps, notes and words. No SQL, no SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import url_for

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.domain.campaign import ACTIONS, EDITABLE, CampaignStatus, action_allowed
from campaign_app.domain.rulebook import CampaignClock, Purpose
from campaign_app.models import Campaign, OutcomeSlot
from campaign_app.queries.counts import YoungCall
from campaign_app.queries.fragments import SLOT
from campaign_app.services.campaign_specs import build_campaign_spec
from campaign_app.services.stats import CallCounts, CampaignStats
from campaign_app.services.unresolved import OPEN_CAMPAIGNS
from campaign_app.services.wait_reasons import ReasonCode, WaitReason

from . import charts
from .filters import capitalize_first, count_noun, count_people, mask_text
from .filters import describe_actor as actor_words
from .frame import viewer_can
from .reasons import describe_in_a_line, describe_reason
from .refusals import Refusal
from .status_words import describe_status
from .times import day_and_clock, format_range, name_moment, reader_clock, reader_zone

RUNNING_POLL_SECONDS, PAUSED_POLL_SECONDS = 2, 15
"""Seconds between two polls."""
BY_CONTACT = (
    ("completed", "completed", describe_status("completed")),
    ("exhausted", "exhausted", describe_status("exhausted")),
    ("suppressed", "suppressed", describe_status("suppressed")),
    ("reason", "canceled", describe_status("canceled")),
    ("dialing", "dialing", describe_status("dialing")),
    ("retry", "retry", describe_status("retry")),
)
"""Color, status and word; pending contacts are the bar's ground."""
BY_OUTCOME = (
    ("completed", "human", "Answered by a person"),
    ("machine", "machine", "Answered by a machine"),
    ("answered", "unknown", "Answered, nobody knows by whom"),
    ("no-answer", "no-answer", "No answer"),
    ("busy", "busy", "Busy"),
    ("failed", "failed", "Failed"),
    ("reason", "canceled", "Canceled"),
    ("unresolved", "unresolved", describe_status("unresolved")),
)
CHART_LABELS = [(cls, word) for cls, _, word in BY_OUTCOME]
CHART_SINCE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class LegendItem:
    """A line of a legend."""

    cls: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class PageBanner:
    """A banner above the figures."""

    tone: str
    icon: str
    title: str
    text: str
    href: str | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class FinishTime:
    label: str
    text: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class LineBoard:
    """A lamp for each line, what the colors mean, and the same in words."""

    lamps: charts.LampBoard
    legend: list[LegendItem]
    words: str
    held: Sequence[str] = ()
    """Of lines that are held by calls that may be over: how many, and until when."""


@dataclass(frozen=True, slots=True)
class ReasonButton:
    """What changes a reason: a link."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class ReasonRow:
    """A line under "Why isn't it calling?": its words, how many wait for it, and what changes it."""

    title: str
    detail: str
    contacts: int
    tone: str
    icon: str
    button: ReasonButton | None = None
    code: str = ""
    rest: tuple[str, ...] = ()
    """Places, or other parts, that `detail` counts together."""


@dataclass(frozen=True, slots=True)
class LivePage:
    """What templates/campaigns/_live.html shows, as `live`. `poll`: seconds until it asks again, None for never."""

    poll: int | None
    title: str
    """Of the browser's tab: `▶ 63% Flu shots`."""
    tone: str
    """Of the tab's icon: live, wait, bad or nothing."""
    announce: str
    actions: list[str]
    summary: str
    notes: list[PageBanner]
    contacts: list[charts.BarSegment]
    contacts_words: str
    contacts_legend: list[LegendItem]
    attempts: list[charts.BarSegment]
    attempts_words: str
    attempts_legend: list[LegendItem]
    released: str
    finish: FinishTime
    why: str
    reasons: list[ReasonRow]
    also_checked: str
    """What holds nobody back in a running campaign."""
    outcomes: charts.ColumnChart | None
    outcome_labels: list[tuple[str, str]]
    peaks: charts.ColumnChart | None
    step: str
    lines: LineBoard | None
    soft_start: str
    """How far a soft start has come; empty where everyone is called."""


def poll_seconds(campaign: Campaign, stats: CampaignStats | CallCounts) -> int | None:
    """Seconds until the page asks again; None when nothing moves any more."""
    if campaign.status == CampaignStatus.RUNNING or stats.open:
        return RUNNING_POLL_SECONDS
    return PAUSED_POLL_SECONDS if campaign.status == CampaignStatus.PAUSED else None


def _split_answered(answered: int, human: int, machine: int) -> dict[str, int]:
    return {"human": human, "machine": machine, "unknown": max(answered - human - machine, 0)}


def _count_machines(stats: CampaignStats) -> int:
    return stats.answered_by["machine"] + stats.answered_by["fax"]


def _count_slot(slot: OutcomeSlot) -> dict[str, int]:
    """The calls that ended in ten minutes, by the keys of BY_OUTCOME."""
    return {
        **_split_answered(slot.completed, slot.human, slot.machine),
        "no-answer": slot.no_answer,
        "busy": slot.busy,
        "failed": slot.failed,
        "canceled": slot.canceled,
        "unresolved": slot.unresolved,
    }


def _find_outcome_class(call: YoungCall) -> str | None:
    key: str = call.status
    if call.status == AttemptStatus.COMPLETED:
        key = {"human": "human", "machine": "machine", "fax": "machine"}.get(
            call.answered_by or "", "unknown"
        )
    return next((cls for cls, each, _ in BY_OUTCOME if each == key), None)


def build_live_context(
    campaign: Campaign,
    stats: CampaignStats,
    slots: Sequence[OutcomeSlot],
    now: datetime,
    *,
    refusal: Refusal | None = None,
    soft_start_left: int | None = None,
    young_calls: Sequence[YoungCall] = (),
) -> dict[str, Any]:
    """The variables of templates/campaigns/_live.html. `refusal`: why what was just asked for is not done.
    `soft_start_left`: how many more people a soft start calls; None: everyone is called. `young_calls`: every call of
    a campaign that has just begun, which is drawn in fine steps."""
    contacts = charts.stack_segments(
        [(cls, word, stats.contacts.get(key, 0)) for cls, key, word in BY_CONTACT], stats.total
    )
    outcomes = {
        **stats.attempts,
        **_split_answered(stats.answered, stats.answered_by["human"], _count_machines(stats)),
    }
    attempts = charts.stack_segments([(cls, word, outcomes.get(key, 0)) for cls, key, word in BY_OUTCOME])
    until = now if stats.open or campaign.status == CampaignStatus.RUNNING else campaign.status_at
    chart_slots, slot_length = _slice_time(slots, young_calls, until)
    chart = (
        charts.draw_outcome_chart(
            chart_slots, [key for key, _ in CHART_LABELS], until, slot_length=slot_length
        )
        if chart_slots
        else None
    )
    released = stats.attempts.get(AttemptStatus.RELEASED, 0)
    pending = stats.contacts.get("pending", 0)
    live = LivePage(
        poll=poll_seconds(campaign, stats),
        title=describe_tab(campaign, stats),
        tone=find_tone(campaign, stats),
        announce=f"{campaign.status.capitalize()}. {_count_calls(stats.open)} in progress.",
        actions=[name for name in ACTIONS if action_allowed(name, CampaignStatus(campaign.status))],
        summary=summarize_campaign(campaign),
        notes=collect_banners(campaign, stats, refusal),
        contacts=contacts,
        contacts_words=f"{charts.describe_segments(contacts)}, {pending:,} {describe_status('pending').lower()}",
        contacts_legend=[
            *(LegendItem(segment.cls, segment.label, segment.count) for segment in contacts),
            *([LegendItem("pending", describe_status("pending"), pending)] if pending else []),
        ],
        attempts=attempts,
        attempts_words=f"{sum(s.count for s in attempts):,} attempts: {charts.describe_segments(attempts)}",
        attempts_legend=[LegendItem(segment.cls, segment.label, segment.count) for segment in attempts],
        released=f"{released:,} not sent" if released else "",
        finish=describe_finish(campaign, stats),
        why=why_title(campaign, stats),
        reasons=[_build_reason_row(campaign, reason) for reason in stats.reasons],
        also_checked=list_also_checked(campaign, stats.reasons),
        outcomes=chart,
        outcome_labels=CHART_LABELS,
        peaks=charts.draw_peak_chart(
            chart_slots, campaign.max_concurrent_calls, until, slot_length=slot_length
        )
        if chart_slots
        else None,
        step=describe_step(chart.step) if chart else "",
        lines=build_line_board(campaign, stats),
        soft_start=describe_soft_start(campaign, soft_start_left, stats.open),
    )
    return {"campaign": campaign, "stats": stats, "live": live, "now": now}


TAB_SIGNS = {"live": "▶ ", "wait": "⏳ ", "bad": "‼ ", "": ""}
PAUSE_SIGN = "⏸ "
"""Only of a campaign that somebody paused: one that waits goes on by itself."""


def find_tone(campaign: Campaign, stats: CampaignStats) -> str:
    """bad: it runs, does not call, and something is wrong; live: it calls, or the next people are about to be called,
    as in its first seconds; wait: paused, or it waits; nothing for what is over."""
    if stats.calling:
        return "live"
    if campaign.status == CampaignStatus.RUNNING:
        if any(reason.is_failure for reason in stats.reasons) or campaign.last_error:
            return "bad"
        return "live" if any(reason.code == ReasonCode.NEXT for reason in stats.reasons) else "wait"
    return "wait" if campaign.status == CampaignStatus.PAUSED else ""


def describe_tab(campaign: Campaign, stats: CampaignStats) -> str:
    share = f"{100 * stats.done // stats.total}% " if stats.total else ""
    sign = PAUSE_SIGN if campaign.status == CampaignStatus.PAUSED else TAB_SIGNS[find_tone(campaign, stats)]
    return f"{sign}{share}{mask_text(campaign.name)}"


def describe_soft_start(campaign: Campaign, left: int | None, open_calls: int) -> str:
    if campaign.soft_start is None or left is None or campaign.status not in ("running", "paused"):
        return ""
    if not campaign.soft_start:
        return "Nobody on the list has been called yet. Continue when your own call sounded right."
    called = f"{campaign.soft_start - left:,} of {count_people(campaign.soft_start)} called"
    if left or open_calls:
        return f"{called}, or about to be. Then it waits for you."
    return f"{called}. It waits for you to continue."


def _slice_time(
    slots: Sequence[OutcomeSlot],
    young_calls: Sequence[YoungCall],
    until: datetime,
) -> tuple[list[charts.TimeSlot], timedelta]:
    """What the charts are drawn from, and how long each slot is: fine ones of a campaign that has just begun."""
    if young_calls:
        calls = [
            charts.DrawnCall(
                call.began, call.ended, None if call.ended is None else _find_outcome_class(call)
            )
            for call in young_calls
        ]
        return charts.slice_calls(calls, until)
    return [
        charts.TimeSlot(
            slot.slot_at,
            {cls: _count_slot(slot)[key] for cls, key, _ in BY_OUTCOME},
            slot.peak_open,
        )
        for slot in slots
    ], SLOT


def build_line_board(campaign: Campaign, stats: CampaignStats) -> LineBoard | None:
    """The lamps, where there is something to light: not for a draft, nor for what has long ended."""
    is_active = campaign.status in (CampaignStatus.RUNNING, CampaignStatus.PAUSED)
    if not (stats.open or is_active):
        return None
    talking = stats.open_by_status.get(AttemptStatus.IN_PROGRESS, 0)
    ringing = stats.open_by_status.get(AttemptStatus.RINGING, 0)
    setup = stats.open - talking - ringing
    limit = campaign.max_concurrent_calls
    items = [
        LegendItem("live", "Talking", talking),
        LegendItem("wait", "Ringing", ringing),
        LegendItem("setup", "Being set up", setup),
        LegendItem("off", "Free", max(0, limit - stats.open)),
    ]
    lines = "line" if limit == 1 else "lines"
    words = (
        f"{stats.open} of {limit} {lines} in use: {talking} talking, {ringing} ringing, {setup} being set up"
    )
    held = [
        describe_in_a_line(reason, reader_zone())
        for reason in stats.reasons
        if reason.code in (ReasonCode.LINES_IN_DOUBT, ReasonCode.OVERDUE)
    ]
    return LineBoard(charts.light_lamps(talking, ringing, setup, limit), items, words, held)


def _describe_clock(campaign: Campaign) -> str:
    """Whose clock the windows are read on, and whether the called person's hours count as well."""
    zone = "on each person’s clock" if campaign.timezone is None else campaign.timezone
    if campaign.clock == CampaignClock.CAMPAIGN:
        return f"{zone}, on the campaign’s own clock alone"
    is_emergency = campaign.purpose == Purpose.EMERGENCY
    if campaign.clock == CampaignClock.PERSON:
        if is_emergency:
            return f"{zone} (ignored: in an emergency people may be called at any hour)"
        return f"{zone} (ignored: only each person’s own hours count)"
    if is_emergency:
        return f"{zone}, whatever the hour is for each person, since this is an emergency"
    if campaign.purpose is None:
        return f"{zone}, within each person’s own hours once you say what the calls are for"
    return f"{zone}, within each person’s own hours"


def summarize_campaign(campaign: Campaign) -> str:
    """`Mon–Fri 09:00–18:00 Europe/Paris, within each person’s own hours, up to 4 calls per number. simulator, 20 lines,
    2 calls per second.`"""
    spec = build_campaign_spec(campaign)
    tries = spec.retry.max_attempts
    text = f"{spec.calling_schedule.describe_windows()} {_describe_clock(campaign)}, "
    text += "one call per number. " if tries == 1 else f"up to {tries} calls per number. "
    text += f"{mask_text(campaign.trunk.name)}, {count_noun(campaign.max_concurrent_calls, 'line')}"
    if campaign.calls_per_second is not None:
        noun = "call" if campaign.calls_per_second == 1 else "calls"
        text += f", {campaign.calls_per_second:g} {noun} per second"
    return f"{text}."


def _describe_undecided(campaign: Campaign, calls: int) -> str:
    """What becomes of the people of calls of unknown outcome: nobody is called again where the campaign is over."""
    people = "this person" if calls == 1 else "these people"
    if campaign.status not in OPEN_CAMPAIGNS:
        return f"The campaign is {campaign.status}: {people} won’t be called again."
    return f"{capitalize_first(people)} won’t be called again until you decide."


def collect_banners(campaign: Campaign, stats: CampaignStats, refusal: Refusal | None) -> list[PageBanner]:
    """What a person should know first, the worst of it on top."""
    banners = []
    if refusal:
        title = "That wasn’t possible." if refusal.tone == "bad" else "Nothing to do."
        link = refusal.remedy if refusal.remedy is not None and not refusal.remedy.post else None
        banners.append(
            PageBanner(
                refusal.tone,
                "failed" if refusal.tone == "bad" else "info",
                title,
                refusal.text,
                None if link is None else link.href,
                "" if link is None else link.label,
            )
        )
    if campaign.last_error:
        at = f" (last at {name_moment(campaign.last_error_at)})" if campaign.last_error_at else ""
        banners.append(PageBanner("bad", "failed", "Problem.", f"{mask_text(campaign.last_error)}{at}"))
    if campaign.purpose is None:
        banners.append(
            PageBanner(
                "wait",
                "clock",
                "Only the campaign’s own clock counts."
                if campaign.clock == CampaignClock.CAMPAIGN
                else "Nobody has said what the calls are for.",
                "Nobody is called until you do: it decides at which hours people may be called where they are."
                if campaign.started_at is None
                else "Once you say what the calls are for, nobody is called outside the allowed hours where they"
                " are.",
                url_for("campaigns.edit", campaign_id=campaign.id)
                if campaign.status in ("draft", "paused")
                else None,
                "Edit",
            )
        )
    if stats.unresolved:
        count = stats.unresolved
        banners.append(
            PageBanner(
                "doubt",
                "unresolved",
                "1 call has an unknown outcome."
                if count == 1
                else f"{count:,} calls have an unknown outcome.",
                f"The carrier never reported what happened. {_describe_undecided(campaign, count)}",
                url_for("unresolved.index", campaign=campaign.id),
                f"Decide about {count:,}",
            )
        )
    if campaign.status in (CampaignStatus.PAUSED, CampaignStatus.STOPPED):
        word = campaign.status.capitalize()
        text = f"By {actor_words(campaign.status_by)}, {name_moment(campaign.status_at)}"
        text += f": {mask_text(campaign.status_reason)}" if campaign.status_reason else "."
        text += "" if text.endswith((".", "!", "?", "…")) else "."
        if campaign.resume_at is not None:
            text += " It resumes at"
            text += f" {name_moment(campaign.resume_at)}."
        if stats.open:
            text += f" {_count_calls(stats.open)} still in progress."
        banners.append(PageBanner("wait", campaign.status, f"{word}.", text))
    return banners


def has_soft_start_ended(stats: CampaignStats) -> bool:
    """Whether its people were called, and it waits for somebody to continue it."""
    return any(reason.code == ReasonCode.SOFT_START for reason in stats.reasons)


def describe_finish(campaign: Campaign, stats: CampaignStats) -> FinishTime:
    if campaign.status in (CampaignStatus.COMPLETED, CampaignStatus.STOPPED, CampaignStatus.ARCHIVED):
        label = {"completed": "Finished", "stopped": "Stopped"}.get(campaign.status, "Archived")
        return FinishTime(label, day_and_clock(campaign.status_at), f"{reader_clock()} time")
    if stats.eta is None:
        has_ended = any(reason.code == ReasonCode.ENDED for reason in stats.reasons)
        awaited = campaign.status == CampaignStatus.RUNNING and not has_ended
        return FinishTime("Finishes", "–", "shown once calls have finished" if awaited else "")
    # The estimate stops at the campaign's end; where it reaches it, there may not be enough time for everybody.
    ends_first = campaign.ends_at is not None and stats.eta[1] >= campaign.ends_at
    note = "the campaign may end before everybody is called" if ends_first else "includes closed hours"
    if has_soft_start_ended(stats):
        note = f"if you continue now; {note}"
    return FinishTime("Finishes", format_range(*stats.eta), f"{reader_clock()} time; {note}")


def why_title(campaign: Campaign, stats: CampaignStats) -> str:
    if stats.calling:
        return "Why isn’t it calling faster?"
    if campaign.status in (CampaignStatus.STOPPED, CampaignStatus.ARCHIVED):
        return "Nobody else is called"
    return "Why isn’t it calling?" if stats.waiting else "Nobody left to call"


SETTINGS_LABELS = {
    ReasonCode.OUTSIDE_HOURS: "Hours…",
    ReasonCode.THEIR_HOURS: "Hours…",
    ReasonCode.HOLIDAY: "Hours…",
    ReasonCode.STARTS_LATER: "Start…",
    ReasonCode.ENDED: "End…",
    ReasonCode.LINES_FULL: "Lines…",
    ReasonCode.PACE: "Pace…",
    ReasonCode.CAPPED: "Limits…",
    ReasonCode.GAP: "Limits…",
    ReasonCode.RETRY_WAIT: "Retries…",
}
"""Reasons that the campaign's own settings change, and what the button says."""
TRUNK_CODES = frozenset(
    {
        ReasonCode.TRUNK_PAUSED,
        ReasonCode.TRUNK_NOT_READY,
        ReasonCode.TRUNK_FULL,
        ReasonCode.TRUNK_PACE,
        ReasonCode.CIRCUIT_OPEN,
        ReasonCode.BACKOFF,
        ReasonCode.TROUBLE,
    }
)
HEALTH_CODES = frozenset({ReasonCode.ENGINE_AWAY, ReasonCode.BROKER_AWAY, ReasonCode.NO_WORKER})


def find_reason_button(campaign: Campaign, code: str) -> ReasonButton | None:
    """What changes it."""
    if code in SETTINGS_LABELS:
        label = SETTINGS_LABELS[ReasonCode(code)]
        if campaign.status in EDITABLE:
            return ReasonButton(label, url_for("campaigns.edit", campaign_id=campaign.id))
        return None
    if code in TRUNK_CODES:
        return ReasonButton("Trunk…", url_for("trunks.show", trunk_id=campaign.trunk_id))
    if code in HEALTH_CODES:
        return ReasonButton("Health", url_for("health.index"))
    if code == ReasonCode.OVERDUE:
        return ReasonButton("Look at them", url_for("unresolved.index", campaign=campaign.id))
    if code == ReasonCode.BLACKOUT:
        return ReasonButton("Blackouts", url_for("blackouts.index"))
    if code == ReasonCode.OUTSIDE_SILENT and viewer_can("admin"):
        return ReasonButton("Outside check", url_for("outside_check.index"))
    if code == ReasonCode.QUARANTINED:
        return ReasonButton("Lost calls", url_for("recovery.index"))
    if code == ReasonCode.NOT_STARTED:
        return ReasonButton(
            "Start…", url_for("campaigns.confirm_start", action="start", campaign_id=campaign.id)
        )
    if code == ReasonCode.PAUSED:
        return ReasonButton(
            "Resume…", url_for("campaigns.confirm_start", action="resume", campaign_id=campaign.id)
        )
    if code == ReasonCode.NO_CONTACTS:
        return ReasonButton("Add numbers", "#add")
    if code == ReasonCode.SOFT_START:
        return ReasonButton("Continue", "#soft-start")
    if code in (
        ReasonCode.ZONE_UNKNOWN,
        ReasonCode.NEVER_OPEN,
        ReasonCode.AFTER_END,
        ReasonCode.NO_CONSENT,
        ReasonCode.PROHIBITED,
        ReasonCode.REQUIREMENT,
    ):
        return ReasonButton(
            "Who (CSV)", url_for("campaigns.export_never", why=str(code), campaign_id=campaign.id)
        )
    return None


def list_also_checked(campaign: Campaign, reasons: Sequence[WaitReason]) -> str:
    """The checks of a running campaign that hold nobody back at this moment, as a sentence."""
    if campaign.status != CampaignStatus.RUNNING:
        return ""
    codes = {reason.code for reason in reasons}
    trunk = mask_text(campaign.trunk.name)
    checks: list[tuple[str, set[str]]] = [
        (
            "the dialer",
            {
                ReasonCode.ENGINE_AWAY,
                ReasonCode.BROKER_AWAY,
                ReasonCode.NO_WORKER,
                ReasonCode.FORGET_KEY_MISSING,
            },
        ),
        (f"the campaign’s {count_noun(campaign.max_concurrent_calls, 'line')}", {ReasonCode.LINES_FULL}),
        (f"the trunk {trunk}", {str(code) for code in TRUNK_CODES}),
        ("its hours", {ReasonCode.OUTSIDE_HOURS, ReasonCode.STARTS_LATER, ReasonCode.ENDED}),
        (
            "people’s hours",
            {
                ReasonCode.THEIR_HOURS,
                ReasonCode.HOLIDAY,
                ReasonCode.ZONE_UNKNOWN,
                ReasonCode.NEVER_OPEN,
                ReasonCode.AFTER_END,
            },
        ),
        ("blackouts", {ReasonCode.BLACKOUT}),
        ("people’s consent", {ReasonCode.NO_CONSENT, ReasonCode.PROHIBITED, ReasonCode.REQUIREMENT}),
        ("how often people are called", {ReasonCode.CAPPED, ReasonCode.GAP}),
    ]
    if campaign.calls_per_second is not None:
        checks.insert(2, ("its pace", {ReasonCode.PACE}))
    fine = [words for words, held in checks if not held & codes]
    if not fine:
        return ""
    return f"{', '.join(fine)}."


def _build_reason_row(campaign: Campaign, reason: WaitReason) -> ReasonRow:
    words = describe_reason(reason, reader_zone())
    return ReasonRow(
        words.title,
        words.detail,
        reason.contacts,
        words.tone,
        words.icon,
        find_reason_button(campaign, reason.code),
        reason.code,
        words.rest,
    )


def describe_step(step: timedelta) -> str:
    if step < timedelta(minutes=2):
        return f"{step.total_seconds():.0f} seconds"
    minutes = int(step.total_seconds() // 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes / 60:g} hours"


def _count_calls(count: int) -> str:
    return count_noun(count, "call")
