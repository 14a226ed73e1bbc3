"""Campaigns: create, read, change, start, pause and stop them."""

from __future__ import annotations

from typing import Any

from flask import Response, g

from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.extensions import db
from campaign_app.http.current import current_settings, now, prove_sounds, wake_engine
from campaign_app.http.second_person import require_second_person
from campaign_app.http.token_scope import scope_of_token
from campaign_app.models import Role
from campaign_app.queries import tables
from campaign_app.services import campaigns as campaign_service
from campaign_app.services import contact_variables, pauses, single_calls, stats
from campaign_app.services.idempotency import StoredResponse
from campaign_app.services.people import tokens
from campaign_app.transaction import transaction

from .idempotency import run_once
from .operations import api_operation, respond_json, respond_no_content
from .reading import body_as, json_object, query_as
from .reasons import reasons_to_api
from .schemas.base import IdempotencyHeader
from .schemas.calls import Call, CampaignTestCall
from .schemas.campaigns import (
    ActionBody,
    Campaign,
    CampaignChange,
    CampaignPage,
    CampaignQuery,
    CampaignsChanged,
    NewCampaign,
    PauseBody,
    ProceedBody,
    ResumeAtBody,
    StartBody,
    StopAllBody,
    Variables,
)
from .schemas.stats import Stats

TAG = "campaigns"
CAMPAIGN_PATH = "/campaigns/<id:campaign_id>"
ACTIONS = {
    "resume": "Go on with a paused campaign.",
    "archive": "Archive a completed or stopped campaign.",
    "reopen": "Reopen a completed campaign, paused, so that contacts can be added.",
}
ACTIONS_WITH_BODY: dict[str, tuple[type[ActionBody], str]] = {
    "pause": (
        PauseBody,
        "Stop placing calls, until somebody resumes it or until an instant. Open calls drain, or are hung up.",
    ),
    "stop": (ActionBody, "End the campaign for good: contacts that wait are canceled."),
}


@api_operation(
    "POST",
    "/campaigns",
    Role.OPERATOR,
    tag=TAG,
    body=NewCampaign,
    headers=IdempotencyHeader,
    response_models={201: Campaign},
    errors=(403, 409),
    located=True,
    name="create_campaign",
)
def create_campaign() -> Response:
    """Make a campaign, as a draft."""
    data = json_object()
    campaign_service.check_rules_role(g.role, data)

    def create_draft() -> StoredResponse:
        campaign = campaign_service.create_campaign(db.session(), data, actor=g.actor, now=now())
        return StoredResponse(201, campaign_service.to_api(campaign), f"/campaigns/{campaign.id}")

    return run_once(data, create_draft).response


@api_operation(
    "GET",
    "/campaigns",
    Role.VIEWER,
    tag=TAG,
    query=CampaignQuery,
    response_models={200: CampaignPage},
    name="list_campaigns",
)
def list_campaigns() -> Response:
    """Campaigns, newest first; with a token for some campaigns those."""
    query = query_as(CampaignQuery)
    page = tables.list_campaigns(
        db.session(),
        status=query.status or "any",
        search=query.search,
        cursor=query.cursor,
        limit=query.limit,
        only=scope_of_token(),
    )
    return respond_json(
        {"items": [campaign_service.to_api(item) for item in page.items], "next_cursor": page.next_cursor}
    )


@api_operation(
    "GET",
    CAMPAIGN_PATH,
    Role.VIEWER,
    tag=TAG,
    response_models={200: Campaign},
    errors=(404,),
    name="get_campaign",
)
def get_campaign(campaign_id: int) -> Response:
    """One campaign."""
    return respond_json(campaign_service.to_api(campaign_service.get_campaign(db.session(), campaign_id)))


@api_operation(
    "PATCH",
    CAMPAIGN_PATH,
    Role.OPERATOR,
    tag=TAG,
    body=CampaignChange,
    response_models={200: Campaign},
    errors=(404, 409),
    name="change_campaign",
)
def change_campaign(campaign_id: int) -> Response:
    """Change some fields of a draft, running or paused campaign."""
    data = dict(json_object())
    version = read_version(data.pop("version", None))
    with transaction(db.session()):
        before = campaign_service.get_campaign(db.session(), campaign_id)
        campaign_service.check_rules_role(g.role, data, before)
        body = campaign_service.to_api(
            campaign_service.update_campaign(
                db.session(), campaign_id, data, actor=g.actor, now=now(), version=version
            )
        )
    wake_engine()
    return respond_json(body)


def read_version(value: object) -> int | None:
    """Raises InvalidInput."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
        return value
    raise InvalidInput([FieldError("version", "a whole number, as the campaign had it when you read it")])


@api_operation(
    "DELETE",
    CAMPAIGN_PATH,
    Role.OPERATOR,
    tag=TAG,
    response_models={204: None},
    errors=(404, 409),
    name="delete_campaign",
)
def delete_campaign(campaign_id: int) -> Response:
    """Delete a draft with its contacts; for 30 days it can be restored. Whatever has dialed is kept; archive it."""
    with transaction(db.session()):
        campaign_service.delete_campaign(db.session(), campaign_id, actor=g.actor, now=now())
    return respond_no_content()


@api_operation(
    "POST",
    f"{CAMPAIGN_PATH}/clone",
    Role.OPERATOR,
    tag=TAG,
    response_models={201: Campaign},
    errors=(404, 409),
    located=True,
    name="clone_campaign",
)
def clone_campaign(campaign_id: int) -> Response:
    """Copy a campaign's fields into a new draft, without its contacts."""
    with transaction(db.session()):
        campaign = campaign_service.clone_campaign(
            db.session(), campaign_id, actor=g.actor, now=now(), role=g.role
        )
        body = campaign_service.to_api(campaign)
    return respond_json(body, 201, location=f"/campaigns/{body['id']}")


@api_operation(
    "GET",
    f"{CAMPAIGN_PATH}/stats",
    Role.VIEWER,
    tag=TAG,
    response_models={200: Stats},
    errors=(404,),
    name="campaign_stats",
)
def get_campaign_stats(campaign_id: int) -> Response:
    """Contacts by status, attempts by outcome, pace, ETA, and why it is not dialing if it is not."""
    campaign = campaign_service.get_campaign(db.session(), campaign_id)
    campaign_stats = stats.compute_campaign_stats(
        db.session(), campaign, now(), tick_seconds=current_settings().tick_seconds
    )
    return respond_json(
        {**stats.stats_to_api(campaign_stats), "blocking_reasons": reasons_to_api(campaign_stats.reasons)}
    )


@api_operation(
    "GET",
    f"{CAMPAIGN_PATH}/variables",
    Role.VIEWER,
    tag=TAG,
    response_models={200: Variables},
    errors=(404,),
    name="campaign_variables",
)
def variables(campaign_id: int) -> Response:
    """The names that its contacts have values under, and what the message most likely gets wrong."""
    campaign = campaign_service.get_campaign(db.session(), campaign_id)
    known = contact_variables.list_variables(db.session(), campaign_id)
    return respond_json(contact_variables.variables_to_api(campaign.message, known))


@api_operation(
    "POST",
    f"{CAMPAIGN_PATH}/test",
    Role.OPERATOR,
    tag=TAG,
    body=CampaignTestCall,
    response_models={201: Call},
    errors=(404, 409, 429),
    located=True,
    name="test_campaign",
)
def place_test_call(campaign_id: int) -> Response:
    """Call one's own number, now, with the campaign's message as a contact would hear it; in no statistics."""
    test_call = body_as(CampaignTestCall)
    with transaction(db.session()):
        tokens.count_call(db.session(), g.token.id, now())
        call = single_calls.place_test_call_for_campaign(
            db.session(),
            campaign_id,
            test_call.to,
            contact_id=test_call.contact_id,
            consent=None if test_call.consent is None else test_call.consent.model_dump(),
            actor=g.actor,
            now=now(),
        )
        body = single_calls.call_to_api(call)
    wake_engine()
    return respond_json(body, 201, location=f"/calls/{body['id']}")


def _perform_action(campaign_id: int, action: str, **options: Any) -> Response:
    prove_sounds(campaign_id, action)
    if action in ("start", "resume"):
        require_second_person(campaign_id)
    with transaction(db.session(), action):
        campaign = campaign_service.perform_campaign_action(
            db.session(), campaign_id, action, actor=g.actor, now=now(), **options
        )
        body = campaign_service.to_api(campaign)
    wake_engine()
    return respond_json(body)


def _register_action(action: str, summary: str, body: type[ActionBody] | None = None) -> None:
    body_options: dict[str, Any] = {} if body is None else {"body": body, "body_optional": True}

    @api_operation(
        "POST",
        f"{CAMPAIGN_PATH}/{action}",
        Role.OPERATOR,
        tag=TAG,
        response_models={200: Campaign},
        errors=(404, 409),
        name=f"{action}_campaign",
        summary=summary,
        **body_options,
    )
    def act_on_campaign(campaign_id: int) -> Response:
        options = {} if body is None else body_as(body, optional=True).model_dump()
        return _perform_action(campaign_id, action, **options)


@api_operation(
    "POST",
    f"{CAMPAIGN_PATH}/start",
    Role.OPERATOR,
    tag=TAG,
    body=StartBody,
    body_optional=True,
    response_models={200: Campaign},
    # 422: a start names the field that it lacks.
    errors=(404, 409, 422),
    name="start_campaign",
)
def start_campaign(campaign_id: int) -> Response:
    """Start a draft: everyone, as soon as the hours allow, or a few people first (`soft_start`). Where it would call
    more people than one person may start, it is refused until somebody else asks, too."""
    options = body_as(StartBody, optional=True).model_dump()
    return _perform_action(campaign_id, "start", **options)


@api_operation(
    "POST",
    f"{CAMPAIGN_PATH}/proceed",
    Role.OPERATOR,
    tag=TAG,
    body=ProceedBody,
    body_optional=True,
    response_models={200: Campaign},
    errors=(404, 409),
    name="proceed_campaign",
)
def proceed_campaign(campaign_id: int) -> Response:
    """Go on after a soft start: a few more people, or everyone."""
    people = body_as(ProceedBody, optional=True).people
    with transaction(db.session()):
        campaign = campaign_service.proceed_campaign(
            db.session(), campaign_id, people, actor=g.actor, now=now()
        )
        body = campaign_service.to_api(campaign)
    wake_engine()
    return respond_json(body)


@api_operation(
    "POST",
    f"{CAMPAIGN_PATH}/unarchive",
    Role.OPERATOR,
    tag=TAG,
    response_models={200: Campaign},
    errors=(404, 409),
    name="unarchive_campaign",
)
def unarchive_campaign(campaign_id: int) -> Response:
    """Bring an archived campaign back to what it was before."""
    with transaction(db.session()):
        campaign = campaign_service.unarchive_campaign(db.session(), campaign_id, actor=g.actor, now=now())
        body = campaign_service.to_api(campaign)
    return respond_json(body)


@api_operation(
    "POST",
    f"{CAMPAIGN_PATH}/restore",
    Role.OPERATOR,
    tag=TAG,
    response_models={200: Campaign},
    errors=(404,),
    name="restore_campaign",
)
def restore_campaign(campaign_id: int) -> Response:
    """Bring a deleted draft back, with its contacts, within 30 days."""
    with transaction(db.session()):
        campaign = campaign_service.restore_campaign(db.session(), campaign_id, actor=g.actor, now=now())
        body = campaign_service.to_api(campaign)
    return respond_json(body)


for _action, _summary in ACTIONS.items():
    _register_action(_action, _summary)
for _action, (_body, _summary) in ACTIONS_WITH_BODY.items():
    _register_action(_action, _summary, _body)


@api_operation(
    "POST",
    f"{CAMPAIGN_PATH}/resume-at",
    Role.OPERATOR,
    tag=TAG,
    body=ResumeAtBody,
    response_models={200: Campaign},
    errors=(404, 409, 422),
    name="plan_resume",
)
def plan_resume(campaign_id: int) -> Response:
    """Change when a paused campaign resumes by itself."""
    at = body_as(ResumeAtBody).at
    with transaction(db.session()):
        campaign = pauses.plan_resume(db.session(), campaign_id, at, actor=g.actor, now=now())
        body = campaign_service.to_api(campaign)
    wake_engine()
    return respond_json(body)


@api_operation(
    "POST",
    "/campaigns/pause-all",
    Role.OPERATOR,
    tag=TAG,
    body=PauseBody,
    body_optional=True,
    response_models={200: CampaignsChanged},
    errors=(422,),
    name="pause_all_campaigns",
)
def pause_all_campaigns() -> Response:
    """Pause every running campaign, all or none: until somebody resumes each, or until an instant."""
    options = body_as(PauseBody, optional=True).model_dump()
    with transaction(db.session(), "pause"):
        changed = pauses.pause_all_campaigns(db.session(), actor=g.actor, now=now(), **options)
    wake_engine()
    return respond_json(_changed_to_api(changed))


@api_operation(
    "POST",
    "/campaigns/stop-all",
    Role.OPERATOR,
    tag=TAG,
    body=StopAllBody,
    response_models={200: CampaignsChanged},
    errors=(422,),
    name="stop_all_campaigns",
)
def stop_all_campaigns() -> Response:
    """Stop every running and paused campaign for good. Drafts stay drafts."""
    options = body_as(StopAllBody).model_dump()
    with transaction(db.session(), "stop"):
        changed = pauses.stop_all_campaigns(db.session(), actor=g.actor, now=now(), **options)
    wake_engine()
    return respond_json(_changed_to_api(changed))


def _changed_to_api(changed: pauses.CampaignsChanged) -> dict[str, Any]:
    refused = [{"id": campaign_id, "reason": text} for campaign_id, text in changed.refused.items()]
    return {"campaigns": changed.done, "refused": refused}
