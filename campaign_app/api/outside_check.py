"""Outside check: the address that is asked about numbers before they are called."""

from __future__ import annotations

from flask import Response, g

from campaign_app.extensions import db
from campaign_app.http.current import now, wake_engine
from campaign_app.http.outside_check import save_checked
from campaign_app.models import Role
from campaign_app.services import outside_check
from campaign_app.transaction import transaction

from .operations import api_operation, respond_json, respond_no_content
from .reading import body_as
from .schemas.outside_check import NewOutsideCheck, OutsideCheck

TAG = "outside-check"


@api_operation(
    "GET",
    "/outside-check",
    (Role.ADMIN, Role.COMPLIANCE),
    tag=TAG,
    response_models={200: OutsideCheck},
    errors=(404,),
    name="get_outside_check",
)
def get_outside_check() -> Response:
    """The address, and how it answers. Its secret is never told again."""
    return respond_json(outside_check.outside_check_to_api(outside_check.get_outside_check(db.session())))


@api_operation(
    "PUT",
    "/outside-check",
    (Role.ADMIN, Role.COMPLIANCE),
    tag=TAG,
    body=NewOutsideCheck,
    response_models={200: OutsideCheck},
    errors=(409,),
    name="put_outside_check",
)
def put_outside_check() -> Response:
    """Ask this address before calls begin. From now on nobody to whom it applies is called without its answer. What is
    left out is set to its default."""
    row, secret = save_checked(body_as(NewOutsideCheck).model_dump(), g.actor)
    return respond_json(outside_check.outside_check_to_api(row, secret))


@api_operation(
    "DELETE",
    "/outside-check",
    (Role.ADMIN, Role.COMPLIANCE),
    tag=TAG,
    response_models={204: None},
    errors=(404,),
    name="delete_outside_check",
)
def delete_outside_check() -> Response:
    """Ask nobody any more."""
    with transaction(db.session()):
        outside_check.delete_outside_check(db.session(), actor=g.actor, now=now())
    wake_engine()
    return respond_no_content()
