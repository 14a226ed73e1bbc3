"""Retention: how long what is known of people stays."""

from __future__ import annotations

from flask import Response, g

from campaign_app.domain.retention import parse_rules
from campaign_app.extensions import db
from campaign_app.http.current import now
from campaign_app.models import Role
from campaign_app.services import retention
from campaign_app.transaction import transaction

from .operations import api_operation, respond_json
from .reading import body_as, query_as
from .schemas.retention import Retention, RetentionQuery, RetentionRules

TAG = "people"


@api_operation(
    "GET", "/retention", Role.ADMIN, tag=TAG, response_models={200: Retention}, name="get_retention"
)
def get_retention() -> Response:
    """How long each kind stays, what laws ask for, and what would go now."""
    session = db.session()
    statuses = retention.describe_rules(session, retention.load_rules(session), now())
    return respond_json(retention.rules_to_api(statuses, dry_run=False))


@api_operation(
    "PUT",
    "/retention",
    Role.ADMIN,
    tag=TAG,
    query=RetentionQuery,
    body=RetentionRules,
    response_models={200: Retention},
    name="set_retention",
)
def set_retention() -> Response:
    """Set all periods. The upkeep removes what is older, within the hour and in short steps; it cannot be taken back.

    Only campaigns that are over lose anything; open and unresolved calls and do-not-call stay in any case."""
    dry_run = query_as(RetentionQuery).dry_run
    data = body_as(RetentionRules).model_dump()
    if dry_run:
        rules = parse_rules(data)
    else:
        with transaction(db.session()) as session:
            rules = retention.save_rules(session, data, actor=g.actor, now=now())
    statuses = retention.describe_rules(db.session(), rules, now())
    return respond_json(retention.rules_to_api(statuses, dry_run=dry_run))
