"""The rows of the campaign list: grouped by what they need of a person, each with the line that says why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from campaign_app.domain.campaign import CampaignStatus
from campaign_app.models import Campaign
from campaign_app.services.stats import CampaignStats, WaitReason

from . import charts
from .filters import actor as actor_words
from .live import BY_CONTACT
from .times import between, day_and_clock

GROUPS = (
    ("attention", "Needs a person", "bad", "unresolved"),
    ("dialling", "Dialling now", "live", "running"),
    ("waiting", "Waiting", "wait", "clock"),
    ("resting", "Not running", "", "pending"),
)
"""Key, title, tone and icon, in the order of the page."""
FILTERS = (
    (None, "All"),
    ("running", "Running"),
    ("paused", "Paused"),
    ("draft", "Draft"),
    ("completed", "Completed"),
    ("stopped", "Stopped"),
    ("archived", "Archived"),
)
QUICK = {"draft": ("start", "Start"), "running": ("pause", "Pause"), "paused": ("resume", "Resume")}
"""What one press on a row does."""
NOT_A_REASON = ("next", "paused", "stopped", "not-started", "not-running")


@dataclass(frozen=True, slots=True)
class Why:
    """A line under the campaign's name."""

    tone: str
    icon: str
    text: str
    href: str | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    campaign: Campaign
    stats: CampaignStats
    group: str
    why: list[Why]
    bar: list[charts.Segment]
    bar_words: str
    finish: str
    quick: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Group:
    key: str
    title: str
    tone: str
    icon: str
    rows: list[Row]


def groups(items: Sequence[tuple[Campaign, CampaignStats]], now: datetime) -> list[Group]:
    """The campaigns of a page, in their order, under the groups that have any."""
    rows = [_row(campaign, stats, now) for campaign, stats in items]
    return [
        Group(key, title, tone, icon, chosen)
        for key, title, tone, icon in GROUPS
        if (chosen := [row for row in rows if row.group == key])
    ]


def _row(campaign: Campaign, stats: CampaignStats, now: datetime) -> Row:
    bar = charts.stack(
        [(cls, word, stats.contacts.get(key, 0)) for cls, key, word in BY_CONTACT], stats.total
    )
    quick = QUICK.get(campaign.status)
    return Row(
        campaign=campaign,
        stats=stats,
        group=_group(campaign, stats),
        why=_why(campaign, stats),
        bar=bar,
        bar_words=f"{stats.done:,} of {stats.total:,} contacts done: {charts.in_words(bar)}",
        finish=_finish(campaign, stats),
        quick=None if campaign.status == CampaignStatus.DRAFT and not stats.total else quick,
    )


def _group(campaign: Campaign, stats: CampaignStats) -> str:
    bad = any(reason.tone == "bad" for reason in stats.reasons) or bool(campaign.trouble)
    running = campaign.status == CampaignStatus.RUNNING
    if campaign.status == CampaignStatus.ARCHIVED:
        return "resting"
    if stats.unresolved or (running and bad):
        return "attention"
    if not running:
        return "resting"
    blocked = [reason for reason in stats.reasons if reason.code not in NOT_A_REASON]
    return "dialling" if stats.open or not blocked else "waiting"


def _why(campaign: Campaign, stats: CampaignStats) -> list[Why]:
    lines = []
    if stats.unresolved and campaign.status != CampaignStatus.ARCHIVED:
        text = (
            "1 attempt is unresolved."
            if stats.unresolved == 1
            else f"{stats.unresolved:,} attempts are unresolved."
        )
        href = url_for("campaigns.show", campaign_id=campaign.id, status="unresolved", _anchor="calls")
        lines.append(
            Why("doubt", "unresolved", text, href, "Review" if stats.unresolved == 1 else "Review them")
        )
    if campaign.status == CampaignStatus.RUNNING:
        # What still dials needs no explanation, but for what holds it back.
        held = [r for r in stats.reasons if r.code not in NOT_A_REASON and (r.tone or not stats.open)]
        lines += [Why(reason.tone, reason.icon, _sentence(reason)) for reason in held[:2]]
    elif campaign.status == CampaignStatus.DRAFT and not stats.total:
        lines.append(
            Why(
                "",
                "info",
                "No contacts yet.",
                url_for("campaigns.show", campaign_id=campaign.id, _anchor="add"),
                "Add some",
            )
        )
    elif campaign.status in (CampaignStatus.PAUSED, CampaignStatus.STOPPED):
        text = f"{campaign.status.capitalize()} by {actor_words(campaign.status_by)}"
        text += f", {day_and_clock(campaign.status_at, campaign.timezone)}"
        text += f": {campaign.status_reason}" if campaign.status_reason else ""
        text += f"; {stats.open:,} open {'call' if stats.open == 1 else 'calls'}" if stats.open else ""
        lines.append(Why("", "info", text))
    return lines


def _sentence(reason: WaitReason) -> str:
    """`Outside calling hours until Mon 23 Nov 09:00 Europe/Paris`, `Lines full: all 20 are in use`."""
    if not reason.detail:
        return reason.title
    joint = " " if reason.detail.startswith(("until ", "at ", "on ")) else ": "
    return f"{reason.title}{joint}{reason.detail}"


def _finish(campaign: Campaign, stats: CampaignStats) -> str:
    if campaign.status in (CampaignStatus.COMPLETED, CampaignStatus.STOPPED):
        word = "Finished" if campaign.status == CampaignStatus.COMPLETED else "Stopped"
        return f"{word} {day_and_clock(campaign.status_at, campaign.timezone)}"
    return between(*stats.eta, campaign.timezone) if stats.eta else "–"
