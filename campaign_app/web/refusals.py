"""Refusals: what was not done, said where the person is, with the button that remedies it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlsplit

from flask import current_app, flash, g, get_flashed_messages, make_response, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from campaign_app.domain.campaign import EDITABLE, TRANSITIONS, CampaignStatus
from campaign_app.domain.errors import IllegalTransition, InvalidInput, SwitchboardError
from campaign_app.extensions import db
from campaign_app.http.roles import is_local_path
from campaign_app.logs import hide_numbers
from campaign_app.models import Campaign, Contact
from campaign_app.services.campaigns import get_campaign

from .filters import describe_actor, to_sentence
from .frame import redirect_after_post
from .times import name_moment

ALREADY = {
    "running": "It’s already running",
    "paused": "It’s already paused",
    "stopped": "It’s already stopped",
    "archived": "It’s already archived",
}
STATE_WORDS = {
    "draft": "It’s still a draft",
    "running": "It’s running",
    "paused": "It’s paused",
    "completed": "It has finished",
    "stopped": "It was stopped",
    "archived": "It’s archived",
}
ACTION_WORDS = {
    "start": "Start…",
    "resume": "Resume…",
    "reopen": "Reopen",
    "archive": "Archive",
}
REMEDIES = {
    ("start", "paused"): "resume",
    ("start", "completed"): "reopen",
    ("resume", "draft"): "start",
    ("resume", "completed"): "reopen",
    ("reopen", "stopped"): "clone",
}
"""(What was asked for, the state) → what does what was meant."""


LONGEST_TEXT = 600


@dataclass(frozen=True, slots=True)
class Remedy:
    """A button: a link, or with `post` a form of its own."""

    label: str
    href: str
    post: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """A sentence, its tone (`wait` where nothing is wrong), and the button beside it."""

    text: str
    tone: str = "bad"
    remedy: Remedy | None = None

    def show_next(self) -> None:
        """On the page that is shown next."""
        remedy = None if self.remedy is None else asdict(self.remedy)
        # It travels in a cookie, which holds 4 KB.
        text = hide_numbers(self.text)
        text = text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} …"
        flash({"text": text, "remedy": remedy}, self.tone)  # type: ignore[arg-type]


def explain_refused_action(campaign: Campaign, action: str, error: SwitchboardError) -> Refusal:
    """Why a start, pause, resume, stop, archive or reopen was not done. One that somebody else, another tab or a double
    click did a moment ago is no error."""
    if isinstance(error, IllegalTransition):
        if campaign.status == error.wanted and campaign.status in ALREADY:
            at = name_moment(campaign.status_at)
            by = f"since {at}, by {describe_actor(campaign.status_by)}"
            return Refusal(f"{ALREADY[campaign.status]}, {by}.", "wait")
        return Refusal(
            f"{STATE_WORDS[campaign.status]}, so it can’t be {PASSIVE[action]} now.",
            "bad",
            _find_other_action(campaign, action),
        )
    if action == "edit":
        return Refusal(to_sentence(str(error)), "bad", _find_other_action(campaign, action))
    return Refusal(to_sentence(str(error)), "bad", _find_correction(campaign, error))


def explain_error(error: SwitchboardError) -> str:
    """Its sentences without the fields' names, for a message that stands beside no field."""
    if isinstance(error, InvalidInput):
        return to_sentence("; ".join(each.message for each in error.errors))
    return to_sentence(str(error))


PASSIVE = {
    "start": "started",
    "pause": "paused",
    "resume": "resumed",
    "stop": "stopped",
    "archive": "archived",
    "reopen": "reopened",
}


def _find_other_action(campaign: Campaign, action: str) -> Remedy | None:
    other = REMEDIES.get((action, campaign.status))
    if other in ("start", "resume"):
        return Remedy(
            ACTION_WORDS[other],
            url_for("campaigns.confirm_start", campaign_id=campaign.id, action=other),
        )
    if other is not None and other in TRANSITIONS[CampaignStatus(campaign.status)].values():
        return Remedy(
            ACTION_WORDS[other],
            url_for("campaigns.act_on_campaign", campaign_id=campaign.id, action=other),
            post=True,
        )
    if campaign.status in (CampaignStatus.STOPPED, CampaignStatus.ARCHIVED):
        return Remedy("Clone it", url_for("campaigns.clone", campaign_id=campaign.id), post=True)
    return None


def _find_correction(campaign: Campaign, error: SwitchboardError) -> Remedy | None:
    """Where what a start lacks is put right."""
    if campaign.status not in EDITABLE:
        return None
    if not isinstance(error, InvalidInput) and not _has_contacts(campaign):
        return Remedy("Add numbers", url_for("campaigns.show", campaign_id=campaign.id, _anchor="add"))
    return Remedy("Edit campaign", url_for("campaigns.edit", campaign_id=campaign.id))


def _has_contacts(campaign: Campaign) -> bool:
    return db.session().query(Contact.id).filter_by(campaign_id=campaign.id).first() is not None


def leave_with_refusal(campaign_id: int, action: str, error: SwitchboardError) -> Response:
    """303 to the campaign's page, which says why it is not there: for pages that it has only in other states."""
    campaign = get_campaign(db.session(), campaign_id)
    explain_refused_action(campaign, action, error).show_next()
    return redirect_after_post(url_for("campaigns.show", campaign_id=campaign_id))


def find_page_behind() -> str | None:
    """The page of ours from which this one was asked for, as the browser says. None if only a form leads there: a
    refused one is shown again at such an address."""
    page = urlsplit(request.referrer or "")
    if page.netloc != request.host:
        return None
    if page.path == request.script_root + request.path and request.method == "GET":
        return None  # It would be asked for again and again.
    path = f"{page.path}?{page.query}" if page.query else page.path
    if not is_local_path(path) or not page.path.startswith(f"{request.script_root}/"):
        return None
    return path if _can_be_opened(unquote(page.path).removeprefix(request.script_root)) else None


def _can_be_opened(path: str) -> bool:
    adapter = current_app.create_url_adapter(request)
    if adapter is None:
        return False
    try:
        adapter.match(path, method="GET")
    except HTTPException:
        return False
    return True


def return_with_refusal(text: str) -> Response | None:
    """303 to the page from which the request came, with the refusal on it; None where that is not known."""
    page = find_page_behind()
    if page is None:
        return None
    Refusal(text).show_next()
    return redirect_after_post(page)


def list_pages_above() -> Iterator[Callable[[], Any]]:
    """Views of the pages that lie nearest to a form's address, as far as whoever asks may see them: of
    `/campaigns/3/proceed` those of `/campaigns/3` and `/campaigns`. None that would take the form once more."""
    parts = request.path.split("/")
    adapter = current_app.create_url_adapter(request)
    while adapter is not None and len(parts) > 1:
        path, last = "/".join(parts), parts.pop()
        try:
            rule, arguments = adapter.match(path, method="GET", return_rule=True)
        except HTTPException:
            continue
        view = current_app.view_functions[rule.endpoint]
        roles = getattr(view, "required_role", None)
        may_see = isinstance(roles, tuple) and g.get("role") is not None and g.role.allows(*roles)
        if may_see and "POST" not in (rule.methods or ()) and "." not in last and not last.startswith("_"):
            yield partial(view, **arguments)


def show_page_above(text: str, status: int) -> Response | None:
    """The page nearest to a form's address with the refusal on it; None where there is none. For browsers that do not
    say from where a form was sent."""
    Refusal(text).show_next()
    for show in list_pages_above():
        try:
            response = make_response(show())
        except (SwitchboardError, HTTPException):
            continue
        if response.status_code == HTTPStatus.OK:
            response.status_code = status
            return response
    get_flashed_messages()  # Nothing shows it.
    return None
