"""Page frame: what every page needs (who looks at it, their theme, the engine's lamp), and small helpers of views."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, g, redirect, render_template, request
from werkzeug.wrappers import Response

from campaign_app.extensions import db
from campaign_app.http.current import current_settings, now
from campaign_app.models import Role
from campaign_app.queries import health as health_queries
from campaign_app.services import health, recovery

from .refused_forms import find_refused_form
from .times import describe_reader_clock, reader_clock, reader_zone

ENGINE_LAMPS = {
    "on": {"tone": "live", "icon": "running", "text": "Dialer on"},
    "away": {"tone": "bad", "icon": "failed", "text": "Dialer off"},
    "never": {"tone": "wait", "icon": "clock", "text": "Dialer not started"},
}

PAUSE_SPANS = {15: "15 minutes", 30: "30 minutes", 60: "1 hour", 120: "2 hours", 240: "4 hours"}
"""Minutes after which the pause dialogs offer to resume."""


def install_page_context(app: Flask) -> None:
    app.context_processor(_page_context)
    # Macros that are imported without the context ask for it, too.
    app.jinja_env.globals["find_refused_form"] = find_refused_form


def _page_context() -> dict[str, Any]:
    user = g.get("user")
    return {
        "user": user,
        "role": g.get("role"),
        "theme": user.theme if user else "system",
        "can": viewer_can,
        "has_single_sign_on": current_settings().oidc_issuer is not None,
        "engine_lamp": engine_lamp,
        "pause_spans": lambda: PAUSE_SPANS,
        "reader_zone": reader_zone,
        "reader_clock": reader_clock,
        "describe_reader_clock": describe_reader_clock,
        "in_quarantine": lambda: recovery.is_quarantined(db.session()),
    }


def viewer_can(*roles: str) -> bool:
    """Whether the viewer may do what one of the roles may: hides what would be refused."""
    viewer_role: Role | None = g.get("role")
    return viewer_role is not None and viewer_role.allows(*map(Role, roles))


@dataclass(frozen=True, slots=True)
class EngineLamp:
    """The lamp of the top bar. `since`: when an engine that is away ticked last."""

    state: str
    tone: str
    icon: str
    text: str
    since: datetime | None


def engine_lamp() -> EngineLamp:
    """The engine's state, looked up once for a page."""
    lamp: EngineLamp | None = g.get("engine_lamp")
    if lamp is None:
        state = health.get_engine_state(db.session(), now(), current_settings().tick_seconds)
        since = health_queries.find_last_sign(db.session()) if state == "away" else None
        lamp = EngineLamp(state, **ENGINE_LAMPS[state], since=since)
        g.engine_lamp = lamp
    return lamp


def is_htmx_request() -> bool:
    return request.headers.get("HX-Request") == "true"


def redirect_after_post(path: str) -> Response:
    """Show that page next (303 after POST)."""
    return redirect(path, 303)


def render_refused_form(template: str, status: int = 422, **context: Any) -> tuple[str, int]:
    """The form again, with what was typed and what is wrong with it."""
    return render_template(template, **context), status
