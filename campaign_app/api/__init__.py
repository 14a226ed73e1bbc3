"""REST API at /api/v1 (docs/api.md). Bearer tokens only: it never reads a cookie, so it needs no CSRF token."""

from __future__ import annotations

from flask import Flask

from campaign_app.extensions import csrf

from . import (
    blackouts,
    callbacks,
    calls,
    campaigns,
    contacts,
    do_not_call,
    docs,
    errors,
    explanations,
    exports,
    imports,
    lists,
    outside_check,
    packs,
    people,
    receipts,
    recordings,
    retention,
    trunks,
    unresolved,
    users,
)
from .operations import blueprint

# Importing them put their views on the blueprint.
__all__ = [
    "blackouts",
    "calls",
    "campaigns",
    "contacts",
    "do_not_call",
    "docs",
    "explanations",
    "exports",
    "imports",
    "lists",
    "outside_check",
    "packs",
    "people",
    "receipts",
    "recordings",
    "register_api",
    "retention",
    "trunks",
    "unresolved",
    "users",
]

errors.install_error_handlers(blueprint)


def register_api(app: Flask) -> None:
    """Add the API to the application."""
    csrf.exempt(blueprint)
    app.register_blueprint(blueprint)
    callbacks.register_callbacks(app)
    app.before_request(errors.refuse_unknown_address)
