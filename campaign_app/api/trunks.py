"""Trunks: the configured provider accounts, their limits and their state."""

from __future__ import annotations

from typing import Any

from flask import Response, current_app, g

from campaign_app.extensions import db
from campaign_app.models import Role
from campaign_app.models import Trunk as Row
from campaign_app.services import calls
from campaign_app.services import trunks as trunk_service
from campaign_app.transaction import transaction

from .operations import answer, no_content, now, operation, wake
from .reading import body_as, json_object
from .schemas.calls import Call, TestCall
from .schemas.trunks import NewTrunk, PauseTrunk, Trunk, TrunkChanges, TrunkList

TAG = "trunks"
ONE = "/trunks/<id:trunk_id>"


def _shown(trunk: Row) -> dict[str, Any]:
    return trunk_service.to_api(db.session(), trunk, vault=_vault(), now=now())


def _vault() -> trunk_service.SecretVault:
    vault: trunk_service.SecretVault = current_app.extensions["switchboard"].vault
    return vault


@operation("GET", "/trunks", Role.VIEWER, tag=TAG, answers={200: TrunkList}, name="list_trunks")
def list_() -> Response:
    """Every trunk, the default one first. Credentials are named, never told."""
    return answer({"items": [_shown(trunk) for trunk in trunk_service.list_trunks(db.session())]})


@operation(
    "POST",
    "/trunks",
    Role.ADMIN,
    tag=TAG,
    body=NewTrunk,
    answers={201: Trunk},
    errors=(409,),
    located=True,
    name="create_trunk",
)
def create() -> Response:
    """A new trunk. What its settings leave out comes from the environment."""
    data = json_object()
    with transaction(db.session()):
        trunk = trunk_service.create_trunk(db.session(), data, vault=_vault(), actor=g.actor, now=now())
        body = _shown(trunk)
    wake()
    return answer(body, 201, location=f"/trunks/{body['id']}")


@operation("GET", ONE, Role.VIEWER, tag=TAG, answers={200: Trunk}, errors=(404,), name="get_trunk")
def get(trunk_id: int) -> Response:
    """One trunk."""
    return answer(_shown(trunk_service.get_trunk(db.session(), trunk_id)))


@operation(
    "PATCH",
    ONE,
    Role.ADMIN,
    tag=TAG,
    body=TrunkChanges,
    answers={200: Trunk},
    errors=(404, 409),
    name="update_trunk",
)
def update(trunk_id: int) -> Response:
    """Change some fields. A credential with null is forgotten, one that is absent stays."""
    data = json_object()
    with transaction(db.session()):
        trunk = trunk_service.update_trunk(db.session(), trunk_id, data, vault=_vault(), actor=g.actor, now=now())
        body = _shown(trunk)
    wake()
    return answer(body)


@operation("DELETE", ONE, Role.ADMIN, tag=TAG, answers={204: None}, errors=(404, 409), name="delete_trunk")
def delete(trunk_id: int) -> Response:
    """Delete a trunk that no campaign names and no call was made over."""
    keep = current_app.extensions["switchboard"].settings.provider
    with transaction(db.session()):
        trunk_service.delete_trunk(db.session(), trunk_id, default_name=keep, actor=g.actor, now=now())
    return no_content()


@operation(
    "POST",
    f"{ONE}/pause",
    Role.OPERATOR,
    tag=TAG,
    body=PauseTrunk,
    body_optional=True,
    answers={200: Trunk},
    errors=(404,),
    name="pause_trunk",
)
def pause(trunk_id: int) -> Response:
    """Dial nothing on it from now on; open calls go on to their end."""
    reason = body_as(PauseTrunk, optional=True).reason
    with transaction(db.session()):
        trunk = trunk_service.pause_trunk(db.session(), trunk_id, actor=g.actor, now=now(), reason=reason)
        body = _shown(trunk)
    return answer(body)


@operation(
    "POST",
    f"{ONE}/resume",
    Role.OPERATOR,
    tag=TAG,
    answers={200: Trunk},
    errors=(404,),
    name="resume_trunk",
)
def resume(trunk_id: int) -> Response:
    """Dial again, at once: an open circuit closes too."""
    with transaction(db.session()):
        trunk = trunk_service.resume_trunk(db.session(), trunk_id, actor=g.actor, now=now())
        body = _shown(trunk)
    wake()
    return answer(body)


@operation(
    "POST",
    f"{ONE}/test",
    Role.OPERATOR,
    tag=TAG,
    body=TestCall,
    answers={201: Call},
    errors=(404, 409, 429),
    located=True,
    name="test_trunk",
)
def test(trunk_id: int) -> Response:
    """Call one's own number over this trunk, now; in no statistics."""
    asked = body_as(TestCall)
    with transaction(db.session()):
        trunk = trunk_service.get_trunk(db.session(), trunk_id)
        call = calls.place_test_call_on_trunk(db.session(), trunk.name, asked.to, actor=g.actor, now=now())
        body = calls.call_to_api(call)
    wake()
    return answer(body, 201, location=f"/calls/{body['id']}")
