"""Unresolved calls: list them, decide about them, and let go of calls that never end."""

from __future__ import annotations

from typing import Any

from flask import Response, g

from campaign_app.extensions import db
from campaign_app.http.current import now
from campaign_app.models import Attempt, Role
from campaign_app.queries import unresolved as unresolved_queries
from campaign_app.services import single_calls
from campaign_app.services import unresolved as unresolved_service
from campaign_app.services.campaign_specs import build_campaign_spec
from campaign_app.transaction import transaction

from .operations import api_operation, respond_json
from .reading import body_as, query_as
from .schemas.calls import Call
from .schemas.unresolved import (
    DecisionOutcome,
    DecisionsToUndo,
    NewDecision,
    UndoOutcome,
    UnresolvedCalls,
    UnresolvedQuery,
)

TAG = "calls"


@api_operation(
    "GET",
    "/unresolved",
    Role.VIEWER,
    tag=TAG,
    query=UnresolvedQuery,
    response_models={200: UnresolvedCalls},
    name="list_unresolved",
)
def list_unresolved() -> Response:
    """Calls of unknown outcome about which a person has to decide, and open calls that should have ended."""
    query, session = query_as(UnresolvedQuery), db.session()
    attempts = unresolved_queries.list_undecided(
        session, campaign_id=query.campaign_id, after_id=query.after, limit=query.limit + 1
    )
    overdue = unresolved_queries.list_overdue(session, now(), campaign_id=query.campaign_id)
    items = attempts[: query.limit]
    return respond_json(
        {
            "total": unresolved_queries.count_undecided(session, query.campaign_id),
            "overdue": [_to_api(attempt) for attempt in overdue],
            "items": [_to_api(attempt) for attempt in items],
            "next_after": items[-1].id if len(attempts) > query.limit else None,
        }
    )


def _to_api(attempt: Attempt) -> dict[str, Any]:
    policy = None if attempt.campaign is None else build_campaign_spec(attempt.campaign).retry
    return {
        **single_calls.call_to_api(attempt),
        "overdue": attempt.ended_at is None,
        "may_call_again": unresolved_service.find_refusal(attempt, policy) is None,
    }


@api_operation(
    "POST",
    "/unresolved/decisions",
    Role.OPERATOR,
    tag=TAG,
    body=NewDecision,
    response_models={200: DecisionOutcome},
    errors=(404,),
    name="decide_calls",
)
def decide_calls() -> Response:
    """Decide about calls of unknown outcome. A call that somebody has decided about already is passed over."""
    body = body_as(NewDecision)
    with transaction(db.session()) as session:
        result = unresolved_service.decide_calls(
            session,
            body.decision,
            attempt_ids=body.ids,
            campaign_id=body.campaign_id,
            until=body.until,
            actor=g.actor,
            now=now(),
        )
        answer = {
            "decided": result.decided,
            "refused": {refusal.value: number for refusal, number in sorted(result.refused.items())},
            "reopened": [campaign.id for campaign in result.reopened],
        }
    return respond_json(answer)


@api_operation(
    "POST",
    "/unresolved/decisions/undo",
    Role.OPERATOR,
    tag=TAG,
    body=DecisionsToUndo,
    response_models={200: UndoOutcome},
    errors=(404,),
    name="undo_decisions",
)
def undo_decisions() -> Response:
    """Take decisions back until they are acted on: the calls wait for a decision again."""
    body = body_as(DecisionsToUndo)
    with transaction(db.session()) as session:
        result = unresolved_service.undo_decisions(session, body.ids, actor=g.actor, now=now())
    return respond_json({"undone": result.undone, "acted_on": result.acted_on})


@api_operation(
    "POST",
    "/calls/<id:call_id>/let-go",
    Role.OPERATOR,
    tag=TAG,
    response_models={200: Call},
    errors=(404, 409),
    name="let_go",
)
def let_go(call_id: int) -> Response:
    """Free the line of an open call that should have ended. It is unresolved from then on."""
    with transaction(db.session()) as session:
        attempt = unresolved_service.let_go(session, call_id, actor=g.actor, now=now())
        body = single_calls.call_to_api(attempt)
    return respond_json(body)
