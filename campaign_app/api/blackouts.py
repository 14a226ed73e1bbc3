"""Blackouts: close a country or a state for a while, and lift it."""

from __future__ import annotations

from typing import Any

from flask import Response, g

from campaign_app.domain.blackouts import BlackoutState
from campaign_app.extensions import db
from campaign_app.http.current import now, wake_engine
from campaign_app.http.numbers import hide_in_source
from campaign_app.models import Role
from campaign_app.services import blackouts
from campaign_app.transaction import transaction

from .operations import api_operation, respond_json
from .reading import body_as, query_as
from .schemas.blackouts import (
    AddedBlackout,
    Blackout,
    BlackoutList,
    BlackoutQuery,
    LiftBlackout,
    NewBlackout,
)

TAG = "blackouts"


@api_operation(
    "GET",
    "/blackouts",
    Role.VIEWER,
    tag=TAG,
    query=BlackoutQuery,
    response_models={200: BlackoutList},
    name="list_blackouts",
)
def list_blackouts() -> Response:
    """All of them: in force, coming, then over."""
    wanted = query_as(BlackoutQuery).status
    at = now()
    groups = blackouts.list_blackouts(db.session(), at)
    states = (BlackoutState.IN_FORCE, BlackoutState.COMING, BlackoutState.OVER)
    rows = [row for state in states if wanted in (None, state) for row in groups[state]]
    return respond_json(
        {"items": [blackout_for_reader(each) for each in blackouts.blackouts_to_api(rows, at)]}
    )


@api_operation(
    "POST",
    "/blackouts",
    (Role.OPERATOR, Role.COMPLIANCE),
    tag=TAG,
    body=NewBlackout,
    response_models={201: AddedBlackout},
    located=True,
    name="add_blackout",
)
def add_blackout() -> Response:
    """Close a country or a state, at once or from a later instant on. After the answer no call that it forbids
    begins."""
    data = body_as(NewBlackout).model_dump(exclude_unset=True)
    with transaction(db.session()):
        row = blackouts.add_blackout(db.session(), data, actor=g.actor, read_now=now)
        body = blackouts.blackout_to_api(row, row.made_at)
        blackout = blackouts.make_blackout(row)
    # Counted when it holds already: nobody waits for the count.
    body["holds"] = blackouts.count_people_held(db.session(), blackout)
    return respond_json(body, 201, location=f"/blackouts/{body['id']}")


@api_operation(
    "GET",
    "/blackouts/<id:blackout_id>",
    Role.VIEWER,
    tag=TAG,
    response_models={200: Blackout},
    errors=(404,),
    name="get_blackout",
)
def get_blackout(blackout_id: int) -> Response:
    """One of them."""
    row = blackouts.get_blackout(db.session(), blackout_id)
    return respond_json(blackout_for_reader(blackouts.blackout_to_api(row, now())))


def blackout_for_reader(blackout: dict[str, Any]) -> dict[str, Any]:
    return {**blackout, "source": hide_in_source(blackout["source"])}


@api_operation(
    "POST",
    "/blackouts/<id:blackout_id>/lift",
    (Role.OPERATOR, Role.COMPLIANCE),
    tag=TAG,
    body=LiftBlackout,
    response_models={200: Blackout},
    errors=(404, 409),
    name="lift_blackout",
)
def lift_blackout(blackout_id: int) -> Response:
    """End one now, with a reason. It stays in the list."""
    reason = body_as(LiftBlackout).reason
    with transaction(db.session()):
        row = blackouts.lift_blackout(db.session(), blackout_id, reason=reason, actor=g.actor, read_now=now)
        body = blackouts.blackout_to_api(row, now())
    wake_engine()
    return respond_json(body)
