"""Home: a shift at a glance. What needs attention, who is being called, what waits and until when, and the notes that
one shift leaves to the next; the same as a page to print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, current_app, flash, g, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from campaign_app.domain.campaign import CampaignStatus
from campaign_app.domain.errors import InvalidInput
from campaign_app.extensions import db
from campaign_app.http.current import current_settings, now
from campaign_app.http.roles import require_role
from campaign_app.models import Campaign, Import, Role
from campaign_app.queries import counts, tables
from campaign_app.queries import health as health_queries
from campaign_app.queries import home as home_queries
from campaign_app.queries import unresolved as unresolved_queries
from campaign_app.services import health, lists, shift_notes, stats
from campaign_app.services.stats import CampaignStats, DashboardStats
from campaign_app.services.trunk_status import get_trunk_status
from campaign_app.services.wait_reasons import HAVE_THEIR_TURN, HOLD_ALL, NEVER_AGAIN, find_next_reason
from campaign_app.transaction import transaction

from .campaign_list import CampaignRow, count_live_campaigns, group_campaigns
from .common import shared_fragment
from .filters import capitalize_first, count_noun, describe_actor, mask_text
from .frame import redirect_after_post
from .reasons import describe_in_a_line, find_tone_and_icon
from .refusals import explain_error
from .times import find_reader_midnight, reader_zone
from .trunk_lamps import light_trunk_lamp

blueprint = Blueprint("home", __name__)
MOST_IMPORTS = 10
FAILED_SINCE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class AttentionRow:
    """Something that a person has to do: what, since when, and the button that leads there."""

    tone: str
    icon: str
    title: str
    detail: str
    link: str
    href: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A campaign that calls nobody now: until when (None: until `condition`), and why."""

    campaign: Campaign
    until: datetime | None
    condition: str
    why: str
    people: int


@blueprint.get("/home")
@require_role(Role.VIEWER)
def index() -> str:
    return render_template(
        "home/index.html",
        **_build_context(),
        notes=shift_notes.list_shift_notes(db.session()),
        note="",
        error="",
    )


@blueprint.get("/home/_now")
@require_role(Role.VIEWER)
def now_fragment() -> Response:
    return shared_fragment(lambda: render_template("home/_now.html", **_build_context()))


@blueprint.get("/home/hand-over")
@require_role(Role.VIEWER)
def print_hand_over() -> str:
    """The notes first, then all of the page, to be printed."""
    return render_template(
        "home/hand_over.html", **_build_context(), notes=shift_notes.list_shift_notes(db.session())
    )


@blueprint.post("/home/notes")
@require_role(Role.OPERATOR)
def add_note() -> Any:
    text = request.form.get("note", "")
    try:
        with transaction(db.session()) as session:
            shift_notes.add_shift_note(session, text, actor=g.actor, now=now())
    except InvalidInput as error:
        notes = shift_notes.list_shift_notes(db.session())
        page = render_template(
            "home/index.html", **_build_context(), notes=notes, note=text, error=explain_error(error)
        )
        return page, error.status
    flash("Added your note for the next shift.")
    response: AnyResponse = redirect_after_post(url_for("home.index", _anchor="notes"))
    return response


def _build_context() -> dict[str, Any]:
    session, moment = db.session(), now()
    campaigns = home_queries.list_live_campaigns(session, home_queries.MOST_CAMPAIGNS + 1)
    shown_campaigns = campaigns[: home_queries.MOST_CAMPAIGNS]
    figures = stats.compute_stats_of_campaigns(
        session, shown_campaigns, moment, tick_seconds=current_settings().tick_seconds
    )
    rows = [(campaign, figures[campaign.id]) for campaign in shown_campaigns]
    grouped = {group.key: group.rows for group in group_campaigns(rows, moment)}
    calling = [row for row in _list_running(grouped) if row.stats.calling]
    shown = {row.campaign.id for row in calling}
    midnight = find_reader_midnight(moment)
    board = stats.compute_dashboard_stats(session, moment, midnight)
    live_counts = count_live_campaigns(rows, tables.count_campaigns_by_status(session))
    imports = home_queries.list_imports_for_people(session, moment - FAILED_SINCE, MOST_IMPORTS + 1)
    attention = [
        *_check_engine(session, moment),
        *_check_trunks(session, moment),
        *_check_campaigns(rows),
        *_check_unresolved(session, board),
        *(_describe_import(session, item) for item in imports[:MOST_IMPORTS]),
        *_check_lists(session, moment),
    ]
    return {
        "counts": live_counts,
        "attention": attention,
        "attention_words": _count_in_words(
            len(attention), is_all=live_counts.are_all_looked_up and len(imports) <= MOST_IMPORTS
        ),
        "calling": calling,
        "waiting": _list_waiting([pair for pair in rows if pair[0].id not in shown]),
        "more": len(campaigns) > home_queries.MOST_CAMPAIGNS,
        "board": board,
        "opt_outs": counts.count_opt_outs_since(session, midnight),
        "trunks": [(trunk, light_trunk_lamp(trunk.state)) for trunk in board.trunks],
        "now": moment,
    }


def _count_in_words(things: int, *, is_all: bool) -> str:
    """`2 things need attention`; without `is_all` there may be more than those that were looked at."""
    if not things:
        return "Nothing needs attention" if is_all else "Nothing shown here needs attention"
    words = f"{count_noun(things, 'thing')} {'needs' if things == 1 else 'need'} attention"
    return words if is_all else f"At least {words}"


def _list_running(grouped: dict[str, list[CampaignRow]]) -> Iterator[CampaignRow]:
    for rows in grouped.values():
        yield from (row for row in rows if row.campaign.status == CampaignStatus.RUNNING)


def _check_engine(session: Session, moment: datetime) -> Iterator[AttentionRow]:
    if health.get_engine_state(session, moment, current_settings().tick_seconds) == "away":
        yield AttentionRow(
            "bad",
            "failed",
            "The dialer is not running",
            "Nobody is called until it is started again.",
            "Health",
            url_for("health.index"),
            health_queries.find_last_sign(session),
        )


def _check_trunks(session: Session, moment: datetime) -> Iterator[AttentionRow]:
    for trunk in counts.list_trunks(session):
        status = get_trunk_status(trunk, moment)
        if status.code == "up":
            continue
        lamp = light_trunk_lamp(status)
        by = f"By {describe_actor(status.by)}. " if status.by else ""
        yield AttentionRow(
            lamp.tone,
            lamp.icon,
            f"Trunk {mask_text(trunk.name)}: {lamp.word.lower()}",
            f"{by}{capitalize_first(lamp.detail)}",
            "Check trunk",
            url_for("trunks.show", trunk_id=trunk.id),
            status.since,
        )


def _check_campaigns(rows: Sequence[tuple[Campaign, CampaignStats]]) -> Iterator[AttentionRow]:
    for campaign, figures in rows:
        failures = [
            describe_in_a_line(reason, reader_zone()) for reason in figures.reasons if reason.is_failure
        ]
        text = failures[0] if failures else mask_text(campaign.last_error or "")
        if not text or campaign.status != CampaignStatus.RUNNING:
            continue
        yield AttentionRow(
            "bad",
            "failed",
            mask_text(campaign.name),
            text,
            "Open campaign",
            url_for("campaigns.show", campaign_id=campaign.id),
            campaign.last_error_at,
        )


def _check_unresolved(session: Session, board: DashboardStats) -> Iterator[AttentionRow]:
    if board.unresolved:
        has_page = "unresolved.index" in current_app.view_functions
        href = url_for("unresolved.index") if has_page else url_for("calls.index", status="unresolved")
        yield AttentionRow(
            "doubt",
            "unresolved",
            "1 call has an unknown outcome"
            if board.unresolved == 1
            else f"{board.unresolved:,} calls have an unknown outcome",
            "This person won’t be called again automatically."
            if board.unresolved == 1
            else "These people won’t be called again automatically.",
            f"Review {board.unresolved:,}",
            href,
            unresolved_queries.find_oldest_undecided_end(session),
        )


def _describe_import(session: Session, item: Import) -> AttentionRow:
    campaign = None if item.campaign_id is None else session.get(Campaign, item.campaign_id)
    where = f"{item.filename} for {campaign.name if campaign else 'a list of numbers not to call'}"
    where = mask_text(where)
    if campaign is None:
        href = url_for("imports.show", import_id=item.id)
    else:
        href = url_for("imports.show", campaign_id=campaign.id, import_id=item.id)
    if item.status == "failed":
        return AttentionRow(
            "bad",
            "failed",
            "An upload failed",
            f"{where}: {mask_text(item.error or 'see its page')}",
            "Open",
            href,
            item.created_at,
        )
    title, link = "An upload waits to be confirmed", "Confirm"
    if item.status == "needs_mapping":
        asked = len(item.questions or [])
        title = (
            f"An upload has {count_noun(asked, 'question')}" if asked else "An upload waits for your answer"
        )
        link = "Answer"
    return AttentionRow(
        "wait", "info", title, f"{where}: nothing was added yet.", link, href, item.created_at
    )


def _check_lists(session: Session, moment: datetime) -> Iterator[AttentionRow]:
    for view in lists.list_lists(session, moment, counted=False):
        limit = view.rule.max_age_days
        if limit is None:
            continue
        nearly = view.age is not None and view.age >= limit * lists.SOON
        if not (view.stale or nearly):
            continue
        age = "has no numbers yet" if view.age is None else f"is {count_noun(view.age, 'day')} old"
        detail = (
            "Nobody it applies to is called until it is replaced."
            if view.blocks
            else f"It may be {count_noun(limit, 'day')} old at the most."
        )
        yield AttentionRow(
            "bad" if view.blocks else "wait",
            "failed" if view.blocks else "clock",
            f"{mask_text(view.item.name)} {age}",
            detail,
            "Replace list",
            url_for("lists.show", list_id=view.item.id, _anchor="replace"),
        )


def _list_waiting(rows: Sequence[tuple[Campaign, CampaignStats]]) -> list[WaitingRow]:
    """The next to go on first, then those that wait for somebody or something."""
    waiting = []
    for campaign, figures in rows:
        reasons = [each for each in figures.reasons if each.code not in NEVER_AGAIN]
        reason = find_next_reason(reasons)
        until, why, condition = None, "Nobody is waiting to be called.", "–"
        if campaign.status == CampaignStatus.PAUSED:
            reason, until = next(iter(reasons), None), campaign.resume_at
        elif reason is not None and reason.code not in HAVE_THEIR_TURN:
            until = reason.until
        if reason is not None:
            why = describe_in_a_line(reason, reader_zone())
            if 0 < reason.contacts < figures.waiting and reason.code not in HOLD_ALL:
                why = f"{why} ({reason.contacts:,} of {figures.waiting:,})"
            condition = "when that is over"
            if campaign.status == CampaignStatus.PAUSED:
                condition = "when somebody resumes it"
            elif not find_tone_and_icon(reason)[0]:
                condition = "soon"
        waiting.append(WaitingRow(campaign, until, condition, why, figures.waiting))
    return sorted(waiting, key=lambda row: (row.until is None, row.until or row.campaign.status_at))
