"""The pages: a file per noun."""

from __future__ import annotations

from flask import Flask

from . import (
    audit,
    auth,
    calls,
    campaigns,
    contacts,
    do_not_call,
    errors,
    filters,
    frame,
    health,
    imports,
    people,
    recordings,
    recovery,
    settings,
    trunks,
)

NOUNS = (
    auth,
    campaigns,
    contacts,
    calls,
    imports,
    recordings,
    do_not_call,
    health,
    recovery,
    settings,
    trunks,
    people,
    audit,
)


def register(app: Flask) -> None:
    filters.install(app)
    frame.install(app)
    errors.install(app)
    for noun in NOUNS:
        app.register_blueprint(noun.blueprint)
