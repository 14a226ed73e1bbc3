"""What the live page of a campaign shows: figures made into bars, lamps, notes and words. No SQL, no SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import url_for

from campaign_app.domain.attempt import AttemptStatus
from campaign_app.domain.campaign import ACTIONS, CampaignStatus, action_allowed
from campaign_app.models import Campaign, OutcomeSlot
from campaign_app.services.campaigns import build_campaign_spec
from campaign_app.services.stats import CampaignStats, WaitReason

from . import charts
from .filters import actor as actor_words
from .times import between, day_and_clock

RUNNING_PACE, PAUSED_PACE = 2, 15
"""Seconds between two polls."""
BY_CONTACT = (
    ("completed", "completed", "Completed"),
    ("exhausted", "exhausted", "Exhausted"),
    ("suppressed", "suppressed", "Suppressed"),
    ("reason", "canceled", "Canceled"),
    ("dialing", "dialing", "Dialing"),
    ("retry", "retry", "Retry"),
)
"""Colour, status and word; pending contacts are the bar's ground."""
BY_OUTCOME = (
    ("completed", "completed", "Completed"),
    ("no-answer", "no-answer", "No answer"),
    ("busy", "busy", "Busy"),
    ("failed", "failed", "Failed"),
    ("reason", "canceled", "Canceled"),
    ("unresolved", "unresolved", "Unresolved"),
)
CHART_LABELS = [(status, word) for _, status, word in BY_OUTCOME]
CHART_SINCE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a legend."""

    cls: str
    label: str
    count: int


@dataclass(frozen=True, slots=True)
class Note:
    """A banner above the figures."""

    tone: str
    icon: str
    title: str
    text: str
    href: str | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class Finish:
    label: str
    words: str
    note: str = ""


def pace(campaign: Campaign, stats: CampaignStats) -> int | None:
    """Seconds until the page asks again; None when nothing moves any more."""
    if campaign.status == CampaignStatus.RUNNING or stats.open:
        return RUNNING_PACE
    return PAUSED_PACE if campaign.status == CampaignStatus.PAUSED else None


def view(
    campaign: Campaign,
    stats: CampaignStats,
    slots: Sequence[OutcomeSlot],
    now: datetime,
    *,
    refusal: str | None = None,
) -> dict[str, Any]:
    """The variables of templates/campaigns/_live.html. `refusal`: why what was just asked for is not done."""
    contacts = charts.stack(
        [(cls, word, stats.contacts.get(key, 0)) for cls, key, word in BY_CONTACT], stats.total
    )
    attempts = charts.stack([(cls, word, stats.attempts.get(key, 0)) for cls, key, word in BY_OUTCOME])
    drawn = [
        charts.Slot(
            slot.slot_at,
            {key: getattr(slot, key.replace("-", "_")) for key, _ in CHART_LABELS},
            slot.peak_open,
        )
        for slot in slots
    ]
    until = now if stats.open or campaign.status == CampaignStatus.RUNNING else campaign.status_at
    chart = charts.outcomes(drawn, [key for key, _ in CHART_LABELS], until) if drawn else None
    released = stats.attempts.get(AttemptStatus.RELEASED, 0)
    pending = stats.contacts.get("pending", 0)
    live = {
        "poll": pace(campaign, stats),
        "announce": f"{campaign.status.capitalize()}. {_calls(stats.open)} open.",
        "actions": [name for name in ACTIONS if action_allowed(name, CampaignStatus(campaign.status))],
        "summary": summary(campaign),
        "notes": notes(campaign, stats, refusal),
        "contacts": contacts,
        "contacts_words": f"{charts.in_words(contacts)}, {pending:,} pending",
        "contacts_legend": [
            *(Item(segment.cls, segment.label, segment.count) for segment in contacts),
            *([Item("pending", "Pending", pending)] if pending else []),
        ],
        "attempts": attempts,
        "attempts_words": f"{sum(s.count for s in attempts):,} attempts: {charts.in_words(attempts)}",
        "attempts_legend": [Item(segment.cls, segment.label, segment.count) for segment in attempts],
        "released": f"{released:,} released, never sent" if released else "",
        "finish": finish(campaign, stats),
        "why": why_title(campaign, stats),
        "reasons": [_reason(reason, stats.waiting) for reason in stats.reasons],
        "outcomes": chart,
        "outcome_labels": CHART_LABELS,
        "peaks": charts.peaks(drawn, campaign.max_concurrent_calls, until) if drawn else None,
        "step": step_words(chart.step) if chart else "",
        **board(campaign, stats),
    }
    return {"campaign": campaign, "stats": stats, "live": live, "now": now}


def board(campaign: Campaign, stats: CampaignStats) -> dict[str, Any]:
    """The lamps, where there is something to light: not for a draft, nor for what has long ended."""
    moving = campaign.status in (CampaignStatus.RUNNING, CampaignStatus.PAUSED)
    if not (stats.open or moving):
        return {"board": None}
    talking = stats.open_by_status.get(AttemptStatus.IN_PROGRESS, 0)
    ringing = stats.open_by_status.get(AttemptStatus.RINGING, 0)
    setup = stats.open - talking - ringing
    limit = campaign.max_concurrent_calls
    items = [
        Item("live", "Talking", talking),
        Item("wait", "Ringing", ringing),
        Item("setup", "Being set up", setup),
        Item("off", "Free", max(0, limit - stats.open)),
    ]
    return {
        "board": charts.lamps(talking, ringing, setup, limit),
        "board_legend": items,
        "board_words": f"{stats.open} of {limit} lines in use: {talking} talking, {ringing} ringing, "
        f"{setup} being set up",
    }


def summary(campaign: Campaign) -> str:
    """`Mon–Fri 09:00–18:00 Europe/Paris, up to 4 attempts. simulator, 20 lines, 2 calls a second.`"""
    spec = build_campaign_spec(campaign)
    tries = spec.retry.max_attempts
    words = f"{spec.calling_schedule.describe_windows()} {campaign.timezone}, "
    words += "one attempt. " if tries == 1 else f"up to {tries} attempts. "
    words += f"{campaign.trunk.name}, {_count(campaign.max_concurrent_calls, 'line')}"
    if campaign.calls_per_second is not None:
        noun = "call" if campaign.calls_per_second == 1 else "calls"
        words += f", {campaign.calls_per_second:g} {noun} a second"
    return f"{words}."


def notes(campaign: Campaign, stats: CampaignStats, refusal: str | None) -> list[Note]:
    """What a person should know first, the worst of it on top."""
    found = []
    if refusal:
        found.append(Note("bad", "failed", "That was not done.", refusal))
    if campaign.trouble:
        at = (
            f" (last at {day_and_clock(campaign.trouble_at, campaign.timezone)})"
            if campaign.trouble_at
            else ""
        )
        found.append(Note("bad", "failed", "Trouble.", f"{campaign.trouble}{at}"))
    if stats.unresolved:
        count = stats.unresolved
        found.append(
            Note(
                "doubt",
                "unresolved",
                "1 attempt is unresolved." if count == 1 else f"{count:,} attempts are unresolved.",
                "The provider was asked and never said what happened. Nothing redials them by itself.",
                url_for("campaigns.show", campaign_id=campaign.id, status="unresolved", _anchor="calls"),
                f"Review {count:,}",
            )
        )
    if campaign.status in (CampaignStatus.PAUSED, CampaignStatus.STOPPED):
        word = campaign.status.capitalize()
        text = f"By {actor_words(campaign.status_by)}, {day_and_clock(campaign.status_at, campaign.timezone)}"
        text += f": {campaign.status_reason}" if campaign.status_reason else "."
        if stats.open:
            text += f" {_calls(stats.open)} still open."
        found.append(Note("wait", campaign.status, f"{word}.", text))
    return found


def finish(campaign: Campaign, stats: CampaignStats) -> Finish:
    if campaign.status in (CampaignStatus.COMPLETED, CampaignStatus.STOPPED, CampaignStatus.ARCHIVED):
        label = {"completed": "Finished", "stopped": "Stopped"}.get(campaign.status, "Archived")
        return Finish(label, day_and_clock(campaign.status_at, campaign.timezone))
    if stats.eta is None:
        return Finish(
            "Finishes", "–", "told once calls have ended" if campaign.status == CampaignStatus.RUNNING else ""
        )
    return Finish("Finishes", between(*stats.eta, campaign.timezone), "closed hours included")


def why_title(campaign: Campaign, stats: CampaignStats) -> str:
    if campaign.status == CampaignStatus.RUNNING and stats.open:
        return "Why isn’t it dialling faster?"
    return "Why isn’t it dialling?" if stats.waiting else "Nothing left to dial"


def _reason(reason: WaitReason, waiting: int) -> dict[str, Any]:
    segments = charts.stack([("reason", reason.title, reason.contacts)], waiting) if waiting else []
    share = f"{100 * reason.contacts / waiting:.0f}%" if waiting else ""
    return {
        "title": reason.title,
        "detail": reason.detail,
        "contacts": reason.contacts,
        "tone": reason.tone,
        "icon": reason.icon,
        "segments": segments,
        "share": share,
    }


def step_words(step: timedelta) -> str:
    minutes = int(step.total_seconds() // 60)
    return f"{minutes} minutes" if minutes < 120 else f"{minutes / 60:g} hours"


def _count(count: int, noun: str) -> str:
    return f"1 {noun}" if count == 1 else f"{count:,} {noun}s"


def _calls(count: int) -> str:
    return _count(count, "call")
