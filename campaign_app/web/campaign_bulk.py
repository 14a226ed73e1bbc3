"""Bulk actions on campaigns of the list, those that are ticked or all that match; registered by campaigns.py.

Starting and stopping ask first, on a page of their own that names each campaign.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, g, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from campaign_app.domain.campaign import CampaignStatus, action_allowed
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound, StateConflict
from campaign_app.extensions import db
from campaign_app.http.current import now, prove_sounds, wake_engine
from campaign_app.http.roles import require_role
from campaign_app.http.routing import parse_id
from campaign_app.http.second_person import require_second_person
from campaign_app.models import Campaign, Role
from campaign_app.queries import tables
from campaign_app.services import campaigns as campaign_service
from campaign_app.services.start_checks import find_start_refusal
from campaign_app.transaction import transaction

from . import refusals
from .campaign_list import STATUSES
from .campaign_pauses import read_reason
from .filter_values import find_unknown, refuse_unknown
from .filters import count_noun, to_sentence
from .frame import redirect_after_post
from .start_page import SOFT_START_PEOPLE

BULK_ACTIONS = {
    "start": "Started",
    "pause": "Paused",
    "resume": "Resumed",
    "stop": "Stopped",
    "archive": "Archived",
}
ASKED_FIRST = ("start", "stop")
TONES = {"pause": "wait", "stop": "wait", "archive": "wait"}
KEPT = ("status", "q", "sort")
MOST = 200
"""Campaigns that one press reaches."""


@require_role(Role.OPERATOR)
def act_on_selected() -> AnyResponse | str:
    """What cannot be done to one does not stop the others."""
    action = request.form.get("action", "")
    if action not in BULK_ACTIONS:
        raise StateConflict(f"choose one of {', '.join(BULK_ACTIONS)}")
    try:
        ids = _read_ids()
    except InvalidInput as error:
        refusals.Refusal(refusals.explain_error(error)).show_next()
        return _go_back()
    if not ids:
        flash("Select one or more campaigns first.", "wait")
        return _go_back()
    if action in ASKED_FIRST and not request.form.get("sure"):
        return _ask(action, ids)
    _act(action, ids)
    return _go_back()


def _read_ids() -> list[int]:
    """Of those that were ticked, or of all that the filter means. Raises InvalidInput where those are too many."""
    if not request.form.get("all"):
        return [parse_id(text) or 0 for text in request.form.getlist("id")[:MOST]]
    refuse_unknown(find_unknown(request.form, {"status": STATUSES}))
    page = tables.list_campaigns(
        db.session(),
        status=request.form.get("status") or None,
        search=request.form.get("q", "").strip()[:100],
        limit=MOST + 1,
    )
    if len(page.items) > MOST:
        raise InvalidInput([FieldError("all", f"more than {MOST} campaigns match: filter them further")])
    return [campaign.id for campaign in page.items]


def _ask(action: str, ids: Sequence[int]) -> str:
    """The question before many campaigns are started, or stopped for good: what would be done to each."""
    rows: list[tuple[Campaign, int]] = []
    left: list[tuple[Campaign, str]] = []
    for campaign_id in ids:
        try:
            campaign = campaign_service.get_campaign(db.session(), campaign_id)
        except NotFound:
            continue
        refusal = _find_refusal(campaign, action)
        if refusal:
            left.append((campaign, refusal))
        else:
            rows.append((campaign, campaign.counters.contacts_pending + campaign.counters.contacts_retry))
    return render_template(
        "campaigns/bulk.html",
        action=action,
        rows=rows,
        left=left,
        people=sum(people for _, people in rows),
        kept=_list_kept(),
        soft_start_people=SOFT_START_PEOPLE,
    )


def _find_refusal(campaign: Campaign, action: str) -> str | None:
    if not action_allowed(action, CampaignStatus(campaign.status)):
        return f"It is {campaign.status}."
    refusal = find_start_refusal(db.session(), campaign, now()) if action == "start" else None
    return to_sentence(refusal) if refusal else None


def _act(action: str, ids: Sequence[int]) -> None:
    done_count = 0
    refused: dict[str, list[str]] = {}
    options: dict[str, Any] = {}
    if action == "start" and request.form.get("begin") != "all":
        options["soft_start"] = SOFT_START_PEOPLE
    if action == "stop":
        options = {"reason": read_reason(), "hang_up": request.form.get("open") == "hangup"}
    for campaign_id in ids:
        try:
            prove_sounds(campaign_id, action)
            if action in ("start", "resume"):
                require_second_person(campaign_id)
            with transaction(db.session(), action) as session:
                campaign_service.perform_campaign_action(
                    session, campaign_id, action, actor=g.actor, now=now(), **options
                )
            done_count += 1
        except (InvalidInput, StateConflict) as error:
            campaign = campaign_service.get_campaign(db.session(), campaign_id)
            reason = refusals.explain_refused_action(campaign, action, error).text
            refused.setdefault(reason, []).append(campaign.name)
        except NotFound:
            refused.setdefault("It was deleted.", []).append(f"campaign {campaign_id}")
    if done_count:
        wake_engine()
        flash(f"{BULK_ACTIONS[action]} {count_noun(done_count, 'campaign')}.", TONES.get(action, "live"))
    if refused:
        named = " ".join(f"{', '.join(names)}: {reason}" for reason, names in refused.items())
        count = count_noun(sum(map(len, refused.values())), "campaign")
        refusals.Refusal(f"Left {count} as before. {named}", "bad").show_next()


def _list_kept() -> dict[str, Any]:
    return {name: request.form[name] for name in KEPT if request.form.get(name)}


def _go_back() -> AnyResponse:
    return redirect_after_post(url_for("campaigns.index", **_list_kept()))
