"""Campaign list: rows grouped by what they need of a person, each with the line that says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from campaign_app.domain.campaign import CampaignStatus
from campaign_app.models import Campaign
from campaign_app.services.stats import CampaignStats

from . import charts
from .filters import describe_actor as actor_words
from .filters import mask_text
from .live_page import BY_CONTACT, has_soft_start_ended
from .reasons import describe_in_a_line, find_tone_and_icon
from .times import day_and_clock, format_range, name_moment, reader_zone

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
STATUSES = tuple(status for status, _ in FILTERS if status)
QUICK_ACTIONS = {"draft": ("start", "Start"), "running": ("pause", "Pause"), "paused": ("resume", "Resume")}
"""What one press on a row does."""
NOT_BLOCKING = ("next", "paused", "stopped", "not-started", "not-running", "lines-in-doubt", "overdue")
UNSAID = tuple(code for code in (*NOT_BLOCKING, "engine-away") if code != "overdue")
"""Not said in a row: a banner on every page says that no engine runs."""


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
    needs_attention: bool
    why: list[StatusNote]
    bar: list[charts.BarSegment]
    bar_words: str
    finish: str
    quick_action: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class ListTab:
    """Title and tone of the browser's tab."""

    title: str
    tone: str


@dataclass(frozen=True, slots=True)
class LiveCounts:
    """How many campaigns call, run and are paused: the headline of the list and of home."""

    calling: int
    """Of those whose figures were looked up; more may call where these are not all that run."""
    running: int
    paused: int
    looked_up: int
    """How many running ones were."""

    @property
    def are_all_looked_up(self) -> bool:
        return self.looked_up >= self.running

    @property
    def waiting(self) -> int:
        """Those that run without calling, where all that run were looked up."""
        return max(0, self.running - self.calling)


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


def count_live_campaigns(
    items: Sequence[tuple[Campaign, CampaignStats]], by_status: Mapping[str, int]
) -> LiveCounts:
    """Each campaign once. `items` are those whose figures were looked up, `by_status` counts all that there are. One
    that needs attention waits as well, if it runs and does not call."""
    return LiveCounts(
        calling=sum(stats.calling for _, stats in items),
        running=by_status.get(CampaignStatus.RUNNING, 0),
        paused=by_status.get(CampaignStatus.PAUSED, 0),
        looked_up=sum(campaign.status == CampaignStatus.RUNNING for campaign, _ in items),
    )


def describe_tab(groups: Sequence[CampaignGroup]) -> ListTab:
    """`▶ 3 calling, Campaigns`; with a sign where something needs a person and nothing calls."""
    sizes = {group.key: len(group.rows) for group in groups}
    if sizes.get("dialing"):
        return ListTab(f"▶ {sizes['dialing']} calling, Campaigns", "live")
    if sizes.get("attention"):
        return ListTab("‼ Campaigns", "bad")
    return ListTab("Campaigns", "wait" if sizes.get("waiting") else "")


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
        needs_attention=_needs_attention(campaign, stats),
        why=_build_notes(campaign, stats) if campaign.deleted_at is None else [],
        bar=bar,
        bar_words=f"{stats.done:,} of {stats.total:,} contacts done: {charts.describe_segments(bar)}",
        finish=_describe_finish(campaign, stats),
        quick_action=None
        if campaign.status == CampaignStatus.DRAFT and not stats.total and campaign.deleted_at is None
        else quick,
    )


def _needs_attention(campaign: Campaign, stats: CampaignStats) -> bool:
    """A mark on the row: it goes beside calling as well as beside waiting. A call of unknown outcome is to be decided
    about in an archived campaign, too."""
    has_failure = any(reason.is_failure for reason in stats.reasons) or bool(campaign.last_error)
    return bool(stats.unresolved) or (campaign.status == CampaignStatus.RUNNING and has_failure)


def _choose_group(campaign: Campaign, stats: CampaignStats) -> str:
    """What calls stands under "Calling now", whatever else is to be said of it."""
    if stats.calling:
        return "dialing"
    if _needs_attention(campaign, stats):
        return "attention"
    return "waiting" if campaign.status == CampaignStatus.RUNNING else "resting"


def _build_notes(campaign: Campaign, stats: CampaignStats) -> list[StatusNote]:
    notes = []
    if stats.unresolved:
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
            tone, icon = find_tone_and_icon(reason)
            if reason.code not in UNSAID and (tone or not stats.calling) and len(notes) < most:
                notes.append(StatusNote(tone, icon, describe_in_a_line(reason, reader_zone())))
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
        text += f", {name_moment(campaign.status_at)}"
        if campaign.resume_at is not None:
            text += f", until {name_moment(campaign.resume_at)}"
        text += f": {mask_text(campaign.status_reason)}" if campaign.status_reason else ""
        text += f"; {stats.open:,} {'call' if stats.open == 1 else 'calls'} in progress" if stats.open else ""
        notes.append(StatusNote("", "info", text))
    return notes


def _describe_finish(campaign: Campaign, stats: CampaignStats) -> str:
    """On the reader's clock, which the column's header names."""
    if campaign.status in (CampaignStatus.COMPLETED, CampaignStatus.STOPPED):
        word = "Finished" if campaign.status == CampaignStatus.COMPLETED else "Stopped"
        return f"{word} {day_and_clock(campaign.status_at)}"
    if stats.eta is None:
        return "–"
    # Nobody knows when a waiting soft start will end.
    return f"{format_range(*stats.eta)}{' if continued' if has_soft_start_ended(stats) else ''}"
