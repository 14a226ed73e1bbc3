"""Token scope: a token for some campaigns reaches those, their contacts, calls and uploads, and nothing else."""

from __future__ import annotations

from typing import cast

from flask import g, request

from campaign_app.extensions import db
from campaign_app.models import Attempt, Contact, Import

_OBJECTS: dict[str, type[Contact] | type[Attempt] | type[Import]] = {
    "contact_id": Contact,
    "attempt_id": Attempt,
    "call_id": Attempt,
    "import_id": Import,
}
"""What the argument of an address names."""
LISTS = frozenset({"api.list_campaigns"})
"""Endpoints that leave out what the token may not see."""
MAKERS = frozenset({"api.clone_campaign"})
"""Endpoints that make a campaign, which would lie outside the token's own."""
EVERYWHERE = frozenset({"api.never_call_contacts"})
"""Endpoints that name a campaign, and change what holds for all of them."""


def scope_of_token() -> list[int] | None:
    """The campaigns that the token of this request is for; None for all, and on pages."""
    token = getattr(g, "token", None)
    return None if token is None else token.campaigns


def is_beyond_scope() -> bool:
    """Whether the request's object lies outside the campaigns of its token."""
    scope = scope_of_token()
    if scope is None or request.endpoint in LISTS:
        return False
    if request.endpoint in MAKERS | EVERYWHERE:
        return True
    arguments = request.view_args or {}
    if "campaign_id" in arguments:
        return arguments["campaign_id"] not in scope
    for name, model in _OBJECTS.items():
        if name in arguments:
            row = cast("Contact | Attempt | Import | None", db.session().get(model, arguments[name]))
            return row is None or row.campaign_id not in scope
    return True
