"""What every page needs: who looks at it, their theme, the engine's lamp. And small helpers of the views."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask, current_app, g, redirect, render_template, request
from werkzeug.wrappers import Response

from campaign_app.config import Settings
from campaign_app.extensions import db
from campaign_app.models import Role
from campaign_app.services import health, recovery
from campaign_app.services.figures import StatsCache

LAMPS = {
    "on": {"tone": "live", "icon": "running", "text": "Engine on"},
    "away": {"tone": "bad", "icon": "failed", "text": "Engine away"},
    "never": {"tone": "wait", "icon": "clock", "text": "No engine yet"},
}


def install(app: Flask) -> None:
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    user = g.get("user")
    return {
        "user": user,
        "role": g.get("role"),
        "theme": user.theme if user else "system",
        "can": can,
        "engine_lamp": engine_lamp,
        "in_quarantine": lambda: recovery.is_quarantined(db.session()),
    }


def can(role: str) -> bool:
    """Whether the viewer may do what `role` may: hides what would be refused."""
    held: Role | None = g.get("role")
    return held is not None and held.allows(Role(role))


def engine_lamp() -> dict[str, str]:
    """The lamp of the top bar."""
    return LAMPS[health.get_engine_state(db.session(), now(), settings().tick_seconds)]


def now() -> datetime:
    moment: datetime = current_app.extensions["switchboard"].clock.now()
    return moment


def settings() -> Settings:
    held: Settings = current_app.extensions["switchboard"].settings
    return held


def cache() -> StatsCache | None:
    """Where the figures of live pages are kept for a second, if anywhere."""
    held: StatsCache | None = current_app.extensions["switchboard"].cache
    return held


def by_htmx() -> bool:
    return request.headers.get("HX-Request") == "true"


def see(path: str) -> Response:
    """Show that page next (303 after POST)."""
    return redirect(path, 303)


def refused(template: str, status: int = 422, **context: Any) -> tuple[str, int]:
    """The form again, with what was typed and what is wrong with it."""
    return render_template(template, **context), status
