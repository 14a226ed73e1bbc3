"""Is it alive: a page for people, /healthz and /readyz for machines, /metrics for Prometheus."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, render_template
from prometheus_client import CONTENT_TYPE_LATEST

from campaign_app.extensions import db
from campaign_app.models import Role
from campaign_app.roles import bearer, from_this_machine, public, requires
from campaign_app.services import health, metrics, readiness, trunks
from campaign_app.services.trunk_state import trunk_state

from .frame import now, settings
from .prometheus import exposition

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@requires(Role.VIEWER)
def index() -> str:
    return render_template("health/health.html", **_health())


@blueprint.get("/health/_live")
@requires(Role.VIEWER)
def live() -> str:
    return render_template("health/_live.html", **_health())


def _health() -> dict[str, Any]:
    tick = settings().tick_seconds
    moment = now()
    return {
        "engines": health.engines(db.session(), moment, tick),
        "claimed": metrics.open_by_engine(db.session()),
        "interval": tick,
        "state": health.engine_state(db.session(), moment, tick),
        "grace": health.grace(tick).total_seconds(),
        "database": health.database_version(db.session()),
        "trunks": [(trunk, trunk_state(trunk, moment)) for trunk in trunks.everything(db.session())],
        "open_calls": trunks.open_calls(db.session()),
        "imports": health.imports_by_status(db.session()),
        "waiting_imports": health.waiting_imports(db.session()),
    }


@blueprint.get("/healthz")
@public
def healthz() -> tuple[Response, int]:
    """Liveness: the process answers, and so does the database."""
    ok = health.database_answers(db.session())
    return jsonify(status="ok" if ok else "failing", database="ok" if ok else "no answer"), 200 if ok else 503


@blueprint.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """Readiness: calls would be made now. 503 and `because` while the database or every engine is gone."""
    parts = readiness.parts(db.session(), now(), settings().tick_seconds)
    because = [part.trouble for part in parts if part.trouble is not None]
    answer = {"status": "not ready" if because else "ready", **{part.name: part.state for part in parts}}
    if because:
        answer["because"] = "; ".join(because)
    return jsonify(answer), 503 if because else 200


@blueprint.get("/metrics")
@public
def prometheus() -> Response:
    """Open to this machine; to others with an API token, for the numbers tell how the business goes."""
    if not from_this_machine() and bearer() is None:
        return Response(
            "Send a valid API token: Authorization: Bearer TOKEN.\n",
            401,
            {"WWW-Authenticate": 'Bearer realm="switchboard"'},
            mimetype="text/plain",
        )
    tick = settings().tick_seconds
    numbers = None
    up = False
    # A scrape that failed altogether would look like a web server that is down.
    if health.database_answers(db.session()):
        numbers = metrics.read(db.session(), now(), tick)
        up = health.engine_state(db.session(), now(), tick) == "on"
    return Response(exposition(numbers, up, tick), content_type=CONTENT_TYPE_LATEST)
