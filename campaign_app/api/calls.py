"""Calls: every attempt as the provider sees it, and single calls placed now."""

from __future__ import annotations

from flask import Response, g

from campaign_app.extensions import db
from campaign_app.http.current import now, wake_engine
from campaign_app.http.numbers import read_number_search
from campaign_app.models import Role
from campaign_app.queries import tables
from campaign_app.services import campaigns
from campaign_app.services import single_calls as call_service
from campaign_app.services.idempotency import StoredResponse
from campaign_app.services.people import tokens
from campaign_app.transaction import transaction

from .idempotency import run_once
from .operations import api_operation, respond_json
from .reading import body_as, json_object, query_as
from .schemas.base import IdempotencyHeader
from .schemas.calls import AllCallsQuery, Call, CallPage, CallQuery, NewCall

TAG = "calls"


def _respond_call_page(query: CallQuery, campaign_id: int | None) -> Response:
    page = tables.list_attempts(
        db.session(),
        campaign_id=campaign_id,
        status=query.status,
        search=read_number_search(query.search, "search"),
        key=query.key,
        cursor=query.cursor,
        limit=query.limit,
    )
    return respond_json(
        {"items": [call_service.call_to_api(item) for item in page.items], "next_cursor": page.next_cursor}
    )


@api_operation(
    "GET",
    "/calls",
    Role.VIEWER,
    tag=TAG,
    query=AllCallsQuery,
    response_models={200: CallPage},
    name="list_calls",
)
def list_calls() -> Response:
    """Calls of all campaigns, newest first."""
    query = query_as(AllCallsQuery)
    return _respond_call_page(query, query.campaign_id)


@api_operation(
    "GET",
    "/campaigns/<id:campaign_id>/calls",
    Role.VIEWER,
    tag=TAG,
    query=CallQuery,
    response_models={200: CallPage},
    errors=(404,),
    name="list_campaign_calls",
)
def list_campaign_calls(campaign_id: int) -> Response:
    """Calls of one campaign, newest first."""
    query = query_as(CallQuery)
    campaigns.get_campaign(db.session(), campaign_id)
    return _respond_call_page(query, campaign_id)


@api_operation(
    "GET",
    "/calls/<id:call_id>",
    Role.VIEWER,
    tag=TAG,
    response_models={200: Call},
    errors=(404,),
    name="get_call",
)
def get_call(call_id: int) -> Response:
    """One call."""
    return respond_json(call_service.call_to_api(call_service.get_call(db.session(), call_id)))


@api_operation(
    "POST",
    "/calls",
    Role.OPERATOR,
    tag=TAG,
    body=NewCall,
    headers=IdempotencyHeader,
    response_models={201: Call},
    errors=(403, 409, 429),
    located=True,
    name="place_call",
)
def place_call() -> Response:
    """Call one number now, through the same checks as a campaign's calls."""
    new_call = body_as(NewCall)
    campaigns.check_rules_role(g.role, {"purpose": new_call.purpose})

    def make_call() -> StoredResponse:
        tokens.count_call(db.session(), g.token.id, now())
        attempt = call_service.place_single_call(
            db.session(), new_call.model_dump(), actor=g.actor, now=now()
        )
        return StoredResponse(201, call_service.call_to_api(attempt), f"/calls/{attempt.id}")

    result = run_once(json_object(), make_call)
    if result.fresh:
        wake_engine()
    return result.response


@api_operation(
    "DELETE",
    "/calls/<id:call_id>",
    Role.OPERATOR,
    tag=TAG,
    response_models={202: Call},
    errors=(404, 409),
    name="hang_up",
)
def hang_up_call(call_id: int) -> Response:
    """Ask for a call to be hung up. It has ended when its status says so."""
    with transaction(db.session()):
        body = call_service.call_to_api(
            call_service.request_hangup(db.session(), call_id, actor=g.actor, now=now())
        )
    wake_engine()
    return respond_json(body, 202)
