"""Campaigns: made, read, changed, started, paused, stopped."""

from __future__ import annotations

from typing import Any

from flask import Response, g

from campaign_app.extensions import db
from campaign_app.models import Role
from campaign_app.queries import tables
from campaign_app.services import calls, contact_variables, stats
from campaign_app.services import campaigns as service
from campaign_app.services.idempotency import Answer
from campaign_app.transaction import transaction

from .idempotency import once
from .operations import answer, no_content, now, operation, wake
from .reading import body_as, json_object, query_as
from .schemas.base import IdempotencyHeader
from .schemas.calls import Call, CampaignTestCall
from .schemas.campaigns import (
    ActionBody,
    Campaign,
    CampaignBody,
    CampaignPage,
    CampaignQuery,
    NewCampaign,
    Variables,
)
from .schemas.stats import Stats

TAG = "campaigns"
ONE = "/campaigns/<id:campaign_id>"
ACTIONS = {
    "start": "Start a draft. It dials as soon as its schedule allows.",
    "resume": "Go on with a paused campaign.",
    "archive": "Archive a completed or stopped campaign.",
    "reopen": "Reopen a completed campaign, paused, so that contacts can be added.",
}
ACTIONS_WITH_BODY = {
    "pause": "Stop placing calls. Open calls drain, or are hung up.",
    "stop": "End the campaign for good: contacts that wait are canceled.",
}


@operation(
    "POST",
    "/campaigns",
    Role.OPERATOR,
    tag=TAG,
    body=NewCampaign,
    headers=IdempotencyHeader,
    answers={201: Campaign},
    errors=(409,),
    located=True,
    name="create_campaign",
)
def create() -> Response:
    """Make a campaign, as a draft."""
    data = json_object()

    def work() -> Answer:
        campaign = service.create(db.session(), data, actor=g.actor, now=now())
        return Answer(201, service.to_api(campaign), f"/campaigns/{campaign.id}")

    return once(data, work).response


@operation(
    "GET",
    "/campaigns",
    Role.VIEWER,
    tag=TAG,
    query=CampaignQuery,
    answers={200: CampaignPage},
    name="list_campaigns",
)
def list_() -> Response:
    """Campaigns, newest first."""
    query = query_as(CampaignQuery)
    page = tables.campaigns(
        db.session(),
        status=query.status or "any",
        search=query.search,
        cursor=query.cursor,
        limit=query.limit,
    )
    return answer({"items": [service.to_api(item) for item in page.items], "next_cursor": page.next_cursor})


@operation("GET", ONE, Role.VIEWER, tag=TAG, answers={200: Campaign}, errors=(404,), name="get_campaign")
def get(campaign_id: int) -> Response:
    """One campaign."""
    return answer(service.to_api(service.get(db.session(), campaign_id)))


@operation(
    "PATCH",
    ONE,
    Role.OPERATOR,
    tag=TAG,
    body=CampaignBody,
    answers={200: Campaign},
    errors=(404, 409),
    name="change_campaign",
)
def change(campaign_id: int) -> Response:
    """Change some fields of a draft or paused campaign."""
    data = json_object()
    with transaction(db.session()):
        body = service.to_api(service.update(db.session(), campaign_id, data, actor=g.actor, now=now()))
    return answer(body)


@operation(
    "DELETE", ONE, Role.OPERATOR, tag=TAG, answers={204: None}, errors=(404, 409), name="delete_campaign"
)
def delete(campaign_id: int) -> Response:
    """Delete a draft with its contacts. Whatever has dialled is kept; archive it."""
    with transaction(db.session()):
        service.delete(db.session(), campaign_id, actor=g.actor, now=now())
    return no_content()


@operation(
    "POST",
    f"{ONE}/clone",
    Role.OPERATOR,
    tag=TAG,
    answers={201: Campaign},
    errors=(404, 409),
    located=True,
    name="clone_campaign",
)
def clone(campaign_id: int) -> Response:
    """Copy a campaign's fields into a new draft, without its contacts."""
    with transaction(db.session()):
        campaign = service.clone(db.session(), campaign_id, actor=g.actor, now=now())
        body = service.to_api(campaign)
    return answer(body, 201, location=f"/campaigns/{body['id']}")


@operation(
    "GET", f"{ONE}/stats", Role.VIEWER, tag=TAG, answers={200: Stats}, errors=(404,), name="campaign_stats"
)
def statistics(campaign_id: int) -> Response:
    """Contacts by status, attempts by outcome, pace, ETA, and why it is not dialling if it is not."""
    campaign = service.get(db.session(), campaign_id)
    return answer(stats.stats_to_api(stats.campaign_stats(db.session(), campaign, now())))


@operation(
    "GET",
    f"{ONE}/variables",
    Role.VIEWER,
    tag=TAG,
    answers={200: Variables},
    errors=(404,),
    name="campaign_variables",
)
def variables(campaign_id: int) -> Response:
    """The names that its contacts have values under, and what the message most likely gets wrong."""
    campaign = service.get(db.session(), campaign_id)
    known = contact_variables.list_variables(db.session(), campaign_id)
    message = service.message_of(campaign.text, campaign.script)
    return answer(contact_variables.variables_to_api(message, known))


@operation(
    "POST",
    f"{ONE}/test",
    Role.OPERATOR,
    tag=TAG,
    body=CampaignTestCall,
    answers={201: Call},
    errors=(404, 409, 429),
    located=True,
    name="test_campaign",
)
def test(campaign_id: int) -> Response:
    """Call one's own number, now, with the campaign's message as a contact would hear it; in no statistics."""
    asked = body_as(CampaignTestCall)
    with transaction(db.session()):
        call = calls.test_campaign(
            db.session(), campaign_id, asked.to, contact_id=asked.contact_id, actor=g.actor, now=now()
        )
        body = calls.call_to_api(call)
    wake()
    return answer(body, 201, location=f"/calls/{body['id']}")


def _act(campaign_id: int, action: str, **how: Any) -> Response:
    with transaction(db.session(), action):
        campaign = service.act(db.session(), campaign_id, action, actor=g.actor, now=now(), **how)
        body = service.to_api(campaign)
    wake()
    return answer(body)


def _register(action: str, summary: str, *, with_body: bool) -> None:
    described: dict[str, Any] = {"body": ActionBody, "body_optional": True} if with_body else {}

    @operation(
        "POST",
        f"{ONE}/{action}",
        Role.OPERATOR,
        tag=TAG,
        answers={200: Campaign},
        errors=(404, 409),
        name=f"{action}_campaign",
        summary=summary,
        **described,
    )
    def act(campaign_id: int) -> Response:
        how = body_as(ActionBody, optional=True).model_dump() if with_body else {}
        return _act(campaign_id, action, **how)


for _action, _summary in ACTIONS.items():
    _register(_action, _summary, with_body=False)
for _action, _summary in ACTIONS_WITH_BODY.items():
    _register(_action, _summary, with_body=True)
