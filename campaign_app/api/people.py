"""People: tell somebody what is held of them, and forget them."""

from __future__ import annotations

from flask import Response, g

from campaign_app.domain import phone as phones
from campaign_app.domain.campaign import to_rfc3339
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.extensions import db
from campaign_app.http.current import forget_now, now
from campaign_app.models import Role
from campaign_app.services import erasure
from campaign_app.services.explanations import parse_whole_number
from campaign_app.services.person_export import export_person
from campaign_app.transaction import transaction

from .operations import api_operation, respond_json
from .reading import body_as, query_as
from .schemas.people import Erasure, ForgetPerson, PersonExport, PersonQuery

TAG = "people"


@api_operation(
    "GET",
    "/people/export",
    (Role.OPERATOR, Role.COMPLIANCE),
    tag=TAG,
    query=PersonQuery,
    response_models={200: PersonExport},
    errors=(409,),
    name="export_person",
)
def export() -> Response:
    """Everything that is kept under a number. Numbers are masked unless an admin asks. It leaves an audit row."""
    phone = parse_whole_number(query_as(PersonQuery).phone, None)
    with transaction(db.session()) as session:
        exported = export_person(
            session, phone, masked=not g.role.allows(Role.ADMIN), actor=g.actor, now=now()
        )
    return respond_json(exported)


@api_operation(
    "POST",
    "/people/forget",
    Role.ADMIN,
    tag=TAG,
    body=ForgetPerson,
    response_models={200: Erasure, 202: Erasure},
    errors=(409,),
    name="forget_person",
)
def forget() -> Response:
    """Erase a person everywhere, for good. Export what is held first: afterwards nobody can.

    200 once all is erased; 202 where it goes on by itself, in the upkeep. 409 while the number is being called, or
    while a campaign's message or a trunk works with it."""
    asked = body_as(ForgetPerson)
    if asked.region and not phones.is_region(asked.region):
        raise InvalidInput([FieldError("region", "a country as two capital letters (ISO 3166), such as FR")])
    phone = erasure.parse_person(asked.phone, asked.region or None)
    if asked.dry_run:
        held = erasure.describe_held(db.session(), phone, now(), keep=asked.keep_on_do_not_call)
        return respond_json(
            {
                "id": None,
                "state": "dry-run",
                "waits_for": held.obstacle,
                "reason": asked.reason,
                "keep_on_do_not_call": asked.keep_on_do_not_call,
                "held": dict(held.counts),
                "erased": {},
                "kept": [record.to_json() for record in held.kept],
                "requested_by": g.actor,
                "requested_at": to_rfc3339(now()),
                "finished_at": None,
            }
        )
    with transaction(db.session()) as session:
        made = erasure.request_erasure(
            session,
            phone,
            reason=asked.reason,
            keep_on_do_not_call=asked.keep_on_do_not_call,
            actor=g.actor,
            now=now(),
        )
    done = forget_now(made.id)
    answer = erasure.erasure_to_api(done)
    return respond_json({**answer, "held": None}, 200 if answer["state"] == "done" else 202)


@api_operation(
    "GET",
    "/people/erasures/<id:erasure_id>",
    Role.ADMIN,
    tag=TAG,
    response_models={200: Erasure},
    errors=(404,),
    name="get_erasure",
)
def get_erasure(erasure_id: int) -> Response:
    """How far an erasure is."""
    found = erasure.get_erasure(db.session(), erasure_id)
    return respond_json({**erasure.erasure_to_api(found), "held": None})
