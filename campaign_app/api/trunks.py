"""Trunks: the configured provider accounts, their limits and their state."""

from __future__ import annotations

from typing import Any

from flask import Response, g

from campaign_app.extensions import db
from campaign_app.http.current import (
    check_trunk_now,
    current_settings,
    current_trunk_bounds,
    current_vault,
    now,
    wake_engine,
)
from campaign_app.models import Role
from campaign_app.models import Trunk as TrunkRow
from campaign_app.services import single_calls
from campaign_app.services import trunks as trunk_service
from campaign_app.services.people import tokens
from campaign_app.transaction import transaction

from .operations import api_operation, respond_json, respond_no_content
from .reading import body_as, json_object
from .schemas.calls import Call, TestCall
from .schemas.trunks import NewTrunk, PauseTrunk, Trunk, TrunkChanges, TrunkList

TAG = "trunks"
TRUNK_PATH = "/trunks/<id:trunk_id>"


def _trunk_to_api(trunk: TrunkRow) -> dict[str, Any]:
    return trunk_service.to_api(db.session(), trunk, vault=current_vault(), now=now())


@api_operation("GET", "/trunks", Role.VIEWER, tag=TAG, response_models={200: TrunkList}, name="list_trunks")
def list_trunks() -> Response:
    """Every trunk, the default one first. Credentials are named, never told."""
    return respond_json(
        {"items": [_trunk_to_api(trunk) for trunk in trunk_service.list_trunks(db.session())]}
    )


@api_operation(
    "POST",
    "/trunks",
    Role.ADMIN,
    tag=TAG,
    body=NewTrunk,
    response_models={201: Trunk},
    errors=(409,),
    located=True,
    name="create_trunk",
)
def create_trunk() -> Response:
    """A new trunk. What its settings leave out comes from the environment; credentials never do."""
    data = json_object()
    with transaction(db.session()):
        trunk = trunk_service.create_trunk(
            db.session(), data, vault=current_vault(), bounds=current_trunk_bounds(), actor=g.actor, now=now()
        )
        body = _trunk_to_api(trunk)
    wake_engine()
    return respond_json(body, 201, location=f"/trunks/{body['id']}")


@api_operation(
    "GET", TRUNK_PATH, Role.VIEWER, tag=TAG, response_models={200: Trunk}, errors=(404,), name="get_trunk"
)
def get_trunk(trunk_id: int) -> Response:
    """One trunk."""
    return respond_json(_trunk_to_api(trunk_service.get_trunk(db.session(), trunk_id)))


@api_operation(
    "PATCH",
    TRUNK_PATH,
    Role.ADMIN,
    tag=TAG,
    body=TrunkChanges,
    response_models={200: Trunk},
    errors=(404, 409),
    name="update_trunk",
)
def update_trunk(trunk_id: int) -> Response:
    """Change some fields. A credential with null is forgotten, one that is absent stays."""
    data = json_object()
    with transaction(db.session()):
        trunk = trunk_service.update_trunk(
            db.session(),
            trunk_id,
            data,
            vault=current_vault(),
            bounds=current_trunk_bounds(),
            actor=g.actor,
            now=now(),
        )
        body = _trunk_to_api(trunk)
    wake_engine()
    return respond_json(body)


@api_operation(
    "DELETE",
    TRUNK_PATH,
    Role.ADMIN,
    tag=TAG,
    response_models={204: None},
    errors=(404, 409),
    name="delete_trunk",
)
def delete_trunk(trunk_id: int) -> Response:
    """Delete a trunk that no campaign names and no call was made over."""
    default_name = current_settings().provider
    with transaction(db.session()):
        trunk_service.delete_trunk(
            db.session(), trunk_id, default_name=default_name, actor=g.actor, now=now()
        )
    return respond_no_content()


@api_operation(
    "POST",
    f"{TRUNK_PATH}/pause",
    Role.OPERATOR,
    tag=TAG,
    body=PauseTrunk,
    body_optional=True,
    response_models={200: Trunk},
    errors=(404,),
    name="pause_trunk",
)
def pause_trunk(trunk_id: int) -> Response:
    """Dial nothing on it from now on; open calls go on to their end."""
    reason = body_as(PauseTrunk, optional=True).reason
    with transaction(db.session()):
        trunk = trunk_service.pause_trunk(db.session(), trunk_id, actor=g.actor, now=now(), reason=reason)
        body = _trunk_to_api(trunk)
    return respond_json(body)


@api_operation(
    "POST",
    f"{TRUNK_PATH}/resume",
    Role.OPERATOR,
    tag=TAG,
    response_models={200: Trunk},
    errors=(404,),
    name="resume_trunk",
)
def resume_trunk(trunk_id: int) -> Response:
    """Dial again, at once: an open circuit closes too."""
    with transaction(db.session()):
        trunk = trunk_service.resume_trunk(db.session(), trunk_id, actor=g.actor, now=now())
        body = _trunk_to_api(trunk)
    wake_engine()
    return respond_json(body)


@api_operation(
    "POST",
    f"{TRUNK_PATH}/check",
    Role.OPERATOR,
    tag=TAG,
    response_models={200: Trunk},
    errors=(404,),
    name="check_trunk",
)
def check_trunk(trunk_id: int) -> Response:
    """Ask its provider, now, whether calls can be placed; nobody is called. What was found is in `check`."""
    trunk = check_trunk_now(trunk_id, g.actor)
    wake_engine()
    return respond_json(_trunk_to_api(trunk))


@api_operation(
    "POST",
    f"{TRUNK_PATH}/test",
    Role.OPERATOR,
    tag=TAG,
    body=TestCall,
    response_models={201: Call},
    errors=(404, 409, 429),
    located=True,
    name="test_trunk",
)
def place_test_call(trunk_id: int) -> Response:
    """Call one's own number over this trunk, now; in no statistics."""
    test_call = body_as(TestCall)
    with transaction(db.session()):
        trunk = trunk_service.get_trunk(db.session(), trunk_id)
        tokens.count_call(db.session(), g.token.id, now())
        call = single_calls.place_test_call_on_trunk(
            db.session(),
            trunk.name,
            test_call.to,
            actor=g.actor,
            now=now(),
            consent=None if test_call.consent is None else test_call.consent.model_dump(),
        )
        body = single_calls.call_to_api(call)
    wake_engine()
    return respond_json(body, 201, location=f"/calls/{body['id']}")
