"""Campaign list: rows grouped by what they need of a person, each with the line that says why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from campaign_app.domain.campaign import CampaignStatus
from campaign_app.models import Campaign
from campaign_app.services.stats import CampaignStats
from campaign_app.services.wait_reasons import ReasonCode

from . import charts
from .filters import describe_actor as actor_words
from .live_page import BY_CONTACT
from .reasons import describe_in_a_line, describe_reason
from .times import name_moment, name_range

GROUPS = (
    ("attention", "Needs attention", "bad", "unresolved"),
    ("dialing", "Calling now", "live", "running"),
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
    ("deleted", "Deleted"),
)
QUICK_ACTIONS = {"draft": ("start", "Start"), "running": ("pause", "Pause"), "paused": ("resume", "Resume")}
"""What one press on a row does."""
NOT_BLOCKING = ("next", "paused", "stopped", "not-started", "not-running", "lines-in-doubt", "overdue")


@dataclass(frozen=True, slots=True)
class StatusNote:
    """A line under the campaign's name."""

    tone: str
    icon: str
    text: str
    href: str | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class CampaignRow:
    campaign: Campaign
    stats: CampaignStats
    group: str
    why: list[StatusNote]
    bar: list[charts.BarSegment]
    bar_words: str
    finish: str
    quick_action: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class CampaignGroup:
    key: str
    title: str
    tone: str
    icon: str
    rows: list[CampaignRow]


def group_campaigns(items: Sequence[tuple[Campaign, CampaignStats]], now: datetime) -> list[CampaignGroup]:
    """The campaigns of a page, in their order, under the groups that have any."""
    rows = [_build_row(campaign, stats, now) for campaign, stats in items]
    return [
        CampaignGroup(key, title, tone, icon, group_rows)
        for key, title, tone, icon in GROUPS
        if (group_rows := [row for row in rows if row.group == key])
    ]


def _build_row(campaign: Campaign, stats: CampaignStats, now: datetime) -> CampaignRow:
    bar = charts.stack_segments(
        [(cls, word, stats.contacts.get(key, 0)) for cls, key, word in BY_CONTACT], stats.total
    )
    quick = QUICK_ACTIONS.get(campaign.status)
    if campaign.deleted_at is not None:
        quick = ("restore", "Restore")
    return CampaignRow(
        campaign=campaign,
        stats=stats,
        group=_choose_group(campaign, stats),
        why=_build_notes(campaign, stats),
        bar=bar,
        bar_words=f"{stats.done:,} of {stats.total:,} contacts done: {charts.describe_segments(bar)}",
        finish=_describe_finish(campaign, stats),
        quick_action=None
        if campaign.status == CampaignStatus.DRAFT and not stats.total and campaign.deleted_at is None
        else quick,
    )


def _choose_group(campaign: Campaign, stats: CampaignStats) -> str:
    has_failure = any(reason.is_failure for reason in stats.reasons) or bool(campaign.last_error)
    running = campaign.status == CampaignStatus.RUNNING
    if campaign.status == CampaignStatus.ARCHIVED:
        return "resting"
    if stats.unresolved or (running and has_failure):
        return "attention"
    if not running:
        return "resting"
    blocking_reasons = [reason for reason in stats.reasons if reason.code not in NOT_BLOCKING]
    return "dialing" if stats.open or not blocking_reasons else "waiting"


def _build_notes(campaign: Campaign, stats: CampaignStats) -> list[StatusNote]:
    notes = []
    if stats.unresolved and campaign.status != CampaignStatus.ARCHIVED:
        text = (
            "1 call has an unknown outcome."
            if stats.unresolved == 1
            else f"{stats.unresolved:,} calls have an unknown outcome."
        )
        href = url_for("unresolved.index", campaign=campaign.id)
        notes.append(
            StatusNote(
                "doubt", "unresolved", text, href, "Decide" if stats.unresolved == 1 else "Decide about them"
            )
        )
    if campaign.status == CampaignStatus.RUNNING:
        # What still dials needs no explanation, but for what holds it back: the first two of it.
        most = len(notes) + 2
        for reason in stats.reasons:
            words = describe_reason(reason, campaign.display_zone)
            if (
                (reason.code not in NOT_BLOCKING or reason.code == ReasonCode.OVERDUE)
                and (words.tone or not stats.open)
                and len(notes) < most
            ):
                notes.append(
                    StatusNote(words.tone, words.icon, describe_in_a_line(reason, campaign.display_zone))
                )
    elif campaign.status == CampaignStatus.DRAFT and not stats.total:
        notes.append(
            StatusNote(
                "",
                "info",
                "No contacts yet.",
                url_for("campaigns.show", campaign_id=campaign.id, _anchor="add"),
                "Add some",
            )
        )
    elif campaign.status in (CampaignStatus.PAUSED, CampaignStatus.STOPPED):
        text = f"{campaign.status.capitalize()} by {actor_words(campaign.status_by)}"
        text += f", {name_moment(campaign.status_at, campaign.display_zone)}"
        if campaign.resume_at is not None:
            text += f", until {name_moment(campaign.resume_at, campaign.display_zone)}"
        text += f": {campaign.status_reason}" if campaign.status_reason else ""
        text += f"; {stats.open:,} {'call' if stats.open == 1 else 'calls'} in progress" if stats.open else ""
        notes.append(StatusNote("", "info", text))
    return notes


def _describe_finish(campaign: Campaign, stats: CampaignStats) -> str:
    if campaign.status in (CampaignStatus.COMPLETED, CampaignStatus.STOPPED):
        word = "Finished" if campaign.status == CampaignStatus.COMPLETED else "Stopped"
        return f"{word} {name_moment(campaign.status_at, campaign.display_zone)}"
    return name_range(*stats.eta, campaign.display_zone) if stats.eta else "–"
