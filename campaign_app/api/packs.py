"""Packs: the rules of countries and states that are in use, packs of one's own, and what is switched off."""

from __future__ import annotations

from flask import Response, g

from campaign_app.extensions import db
from campaign_app.http.current import now, wake_engine
from campaign_app.models import Role
from campaign_app.services import rule_packs
from campaign_app.services.pack_listing import find_pack, list_packs, pack_to_api
from campaign_app.transaction import transaction

from .operations import api_operation, respond_json
from .reading import body_as
from .schemas.packs import Pack, PackList, PackText, RemovePack, SwitchRule

TAG = "packs"


@api_operation("GET", "/packs", Role.VIEWER, tag=TAG, response_models={200: PackList}, name="list_packs")
def list_all_packs() -> Response:
    """All that are in use, with each rule, its source, and who switched it off or on."""
    return respond_json({"items": [pack_to_api(each, now()) for each in list_packs(db.session())]})


@api_operation(
    "GET",
    "/packs/<name>",
    Role.VIEWER,
    tag=TAG,
    response_models={200: Pack},
    errors=(404,),
    name="get_pack",
)
def get_pack(name: str) -> Response:
    """One of them."""
    return respond_json(pack_to_api(find_pack(db.session(), name), now()))


@api_operation(
    "POST",
    "/packs",
    (Role.ADMIN, Role.COMPLIANCE),
    tag=TAG,
    body=PackText,
    response_models={201: Pack},
    errors=(409,),
    located=True,
    name="add_pack",
)
def add_pack() -> Response:
    """Take a pack of one's own into use, or its new version. Every example in it is tried first; campaigns that may
    still call go by it at once."""
    body = body_as(PackText)
    with transaction(db.session()):
        pack = rule_packs.add_own_pack(db.session(), body.text, actor=g.actor, now=now())
    wake_engine()
    added = pack_to_api(find_pack(db.session(), pack.name), now())
    return respond_json(added, 201, location=f"/packs/{pack.name}")


@api_operation(
    "POST",
    "/packs/<name>/remove",
    (Role.ADMIN, Role.COMPLIANCE),
    tag=TAG,
    body=RemovePack,
    errors=(404, 409),
    response_models={204: None},
    name="remove_pack",
)
def remove_pack(name: str) -> Response:
    """Take a pack of one's own out of use. Its text is kept, so that past calls can be explained."""
    body = body_as(RemovePack)
    with transaction(db.session()):
        rule_packs.remove_own_pack(db.session(), name, reason=body.reason, actor=g.actor, now=now())
    wake_engine()
    return Response(status=204)


@api_operation(
    "POST",
    "/packs/switch",
    (Role.ADMIN, Role.COMPLIANCE),
    tag=TAG,
    body=SwitchRule,
    response_models={200: Pack},
    errors=(404, 409),
    name="switch_rule",
)
def switch_rule() -> Response:
    """Switch a rule off that is not law, or an optional one on, or take that back; the reason is kept."""
    body = body_as(SwitchRule)
    with transaction(db.session()):
        rule = rule_packs.switch_rule(
            db.session(), body.rule, on=body.on, reason=body.reason, actor=g.actor, now=now()
        )
    wake_engine()
    return respond_json(pack_to_api(find_pack(db.session(), rule.pack), now()))
