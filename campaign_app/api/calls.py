"""Calls: every attempt as the provider sees it, and single calls placed now."""

from __future__ import annotations

from flask import Response, g

from campaign_app.extensions import db
from campaign_app.models import Role
from campaign_app.queries import tables
from campaign_app.services import calls as service
from campaign_app.services import campaigns
from campaign_app.services.idempotency import StoredResponse
from campaign_app.transaction import transaction

from .idempotency import once
from .operations import answer, now, operation, wake
from .reading import body_as, json_object, query_as
from .schemas.base import IdempotencyHeader
from .schemas.calls import AllCallsQuery, Call, CallPage, CallQuery, NewCall

TAG = "calls"


def _page(query: CallQuery, campaign_id: int | None) -> Response:
    page = tables.list_attempts(
        db.session(),
        campaign_id=campaign_id,
        status=query.status,
        search=query.search,
        key=query.key,
        cursor=query.cursor,
        limit=query.limit,
    )
    return answer(
        {"items": [service.call_to_api(item) for item in page.items], "next_cursor": page.next_cursor}
    )


@operation(
    "GET", "/calls", Role.VIEWER, tag=TAG, query=AllCallsQuery, answers={200: CallPage}, name="list_calls"
)
def list_() -> Response:
    """Calls of all campaigns, newest first."""
    query = query_as(AllCallsQuery)
    return _page(query, query.campaign_id)


@operation(
    "GET",
    "/campaigns/<id:campaign_id>/calls",
    Role.VIEWER,
    tag=TAG,
    query=CallQuery,
    answers={200: CallPage},
    errors=(404,),
    name="list_campaign_calls",
)
def of_campaign(campaign_id: int) -> Response:
    """Calls of one campaign, newest first."""
    query = query_as(CallQuery)
    campaigns.get_campaign(db.session(), campaign_id)
    return _page(query, campaign_id)


@operation(
    "GET", "/calls/<id:call_id>", Role.VIEWER, tag=TAG, answers={200: Call}, errors=(404,), name="get_call"
)
def get(call_id: int) -> Response:
    """One call."""
    return answer(service.call_to_api(service.get_call(db.session(), call_id)))


@operation(
    "POST",
    "/calls",
    Role.OPERATOR,
    tag=TAG,
    body=NewCall,
    headers=IdempotencyHeader,
    answers={201: Call},
    errors=(409,),
    located=True,
    name="place_call",
)
def place() -> Response:
    """Call one number now, through the same checks as a campaign's calls."""
    asked = body_as(NewCall)

    def work() -> StoredResponse:
        attempt = service.place_single_call(db.session(), asked.model_dump(), actor=g.actor, now=now())
        return StoredResponse(201, service.call_to_api(attempt), f"/calls/{attempt.id}")

    done = once(json_object(), work)
    if done.fresh:
        wake()
    return done.response


@operation(
    "DELETE",
    "/calls/<id:call_id>",
    Role.OPERATOR,
    tag=TAG,
    answers={202: Call},
    errors=(404, 409),
    name="hang_up",
)
def hang_up(call_id: int) -> Response:
    """Ask for a call to be hung up. It has ended when its status says so."""
    with transaction(db.session()):
        body = service.call_to_api(service.request_hangup(db.session(), call_id, actor=g.actor, now=now()))
    wake()
    return answer(body, 202)
