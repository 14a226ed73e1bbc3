"""Pages: a file per noun."""

from __future__ import annotations

from flask import Flask

from . import (
    audit,
    auth,
    blackouts,
    calls,
    campaigns,
    contacts,
    do_not_call,
    errors,
    exports,
    filters,
    frame,
    health,
    home,
    imports,
    lists,
    outside_check,
    people,
    privacy,
    receipts,
    recordings,
    recovery,
    rules,
    search,
    second_factors,
    settings,
    sign_in_dialog,
    signing_in,
    single_sign_on,
    times,
    trunks,
    unresolved,
    why_page,
)

PAGE_MODULES = (
    auth,
    home,
    signing_in,
    sign_in_dialog,
    single_sign_on,
    second_factors,
    campaigns,
    contacts,
    calls,
    unresolved,
    why_page,
    receipts,
    search,
    imports,
    exports,
    recordings,
    do_not_call,
    lists,
    rules,
    blackouts,
    outside_check,
    health,
    recovery,
    settings,
    trunks,
    people,
    privacy,
    audit,
)


def register_pages(app: Flask) -> None:
    filters.install_filters(app)
    times.install_time_filters(app)
    frame.install_page_context(app)
    errors.install_error_handlers(app)
    for page_module in PAGE_MODULES:
        app.register_blueprint(page_module.blueprint)
