"""Health pages: one for people, /healthz and /readyz for machines, /metrics for Prometheus."""

from __future__ import annotations

from importlib import metadata
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request

from campaign_app.disk_space import measure_disk
from campaign_app.domain.public_holidays import is_library_old
from campaign_app.extensions import db
from campaign_app.http.current import current_context, current_settings, now
from campaign_app.http.proxies import REPORT, RelayReport
from campaign_app.http.roles import authenticate_token, is_from_this_machine, public_view, require_role
from campaign_app.models import Role
from campaign_app.queries import counts
from campaign_app.queries import health as health_queries
from campaign_app.services import health, metrics, readiness, trunks
from campaign_app.services.public_address import list_proxy_problems
from campaign_app.services.trunk_status import get_trunk_status
from campaign_app.time_zones import describe_zone_data

from .common import shared_fragment
from .trunk_lamps import light_trunk_lamp

blueprint = Blueprint("health", __name__)


@blueprint.get("/health")
@require_role(Role.VIEWER)
def index() -> str:
    return render_template("health/health.html", **_health_context())


@blueprint.get("/health/_live")
@require_role(Role.VIEWER)
def live_fragment() -> str:
    return render_template("health/_live.html", **_health_context())


@blueprint.get("/health/_lamp")
@require_role(Role.VIEWER)
def lamp_fragment() -> Response:
    """The lamp of every page's bar, and the banner that goes with it."""
    return shared_fragment(lambda: render_template("health/_lamp.html"))


def _health_context() -> dict[str, Any]:
    tick = current_settings().tick_seconds
    moment = now()
    return {
        "front_problems": list_front_problems(),
        "engines": health.list_engines(db.session(), moment, tick),
        "claimed": metrics.count_open_by_engine(db.session()),
        "interval": tick,
        "state": health.get_engine_state(db.session(), moment, tick),
        "grace": health.heartbeat_grace(tick).total_seconds(),
        "zone_data": describe_zone_data(moment),
        "holidays_version": metadata.version("holidays"),
        "holidays_old": is_library_old(metadata.version("holidays"), moment.date()),
        "database": health_queries.read_database_version(db.session()),
        "trunks": [
            (trunk, light_trunk_lamp(get_trunk_status(trunk, moment)))
            for trunk in trunks.list_trunks(db.session())
        ],
        "open_calls": counts.count_open_by_trunk(db.session()),
        "imports": health_queries.count_imports_by_status(db.session()),
        "waiting_imports": health.list_waiting_imports(db.session()),
    }


def list_front_problems() -> list[str]:
    """What is wrong with the proxy that brought this very request, in sentences."""
    report: RelayReport = request.environ[REPORT]
    return list_proxy_problems(
        relayed=report.relayed,
        trusted=report.trusted,
        peer=report.peer,
        scheme=report.claimed_scheme or request.scheme,
        public_url=current_settings().public_url,
    )


@blueprint.get("/healthz")
@public_view
def healthz() -> tuple[Response, int]:
    """Liveness: the process answers, and so does the database. `doctor` sends `question` to see whether this is its own
    installation."""
    ok = health.is_database_reachable(db.session())
    body: dict[str, object] = {"status": "ok" if ok else "failing", "database": "ok" if ok else "no answer"}
    question = request.args.get("question")
    if ok and question:
        body["knows_question"] = readiness.has_identity_probe(db.session(), question)
    return jsonify(body), 200 if ok else 503


@blueprint.get("/readyz")
@public_view
def readyz() -> tuple[Response, int]:
    """Readiness: calls would be made now. 503 and `because` while nothing can be dialed."""
    settings = current_settings()
    parts = [
        *readiness.check_readiness(db.session(), now(), settings.tick_seconds),
        readiness.check_disk(settings.instance_path),
    ]
    failures = [part.failure for part in parts if part.failure is not None]
    body = {"status": "not ready" if failures else "ready", **{part.name: part.state for part in parts}}
    if failures:
        body["because"] = "; ".join(failures)
    return jsonify(body), 503 if failures else 200


@blueprint.get("/metrics")
@public_view
def prometheus() -> Response:
    """Open to this machine; to others with an API token, for the numbers tell how the business goes."""
    from prometheus_client import CONTENT_TYPE_LATEST

    from .prometheus import render_exposition

    if not is_from_this_machine() and authenticate_token() is None:
        return Response(
            "Send a valid API token: Authorization: Bearer TOKEN.\n",
            401,
            {"WWW-Authenticate": 'Bearer realm="switchboard"'},
            mimetype="text/plain",
        )
    tick = current_settings().tick_seconds
    numbers = None
    up = False
    # A scrape that failed altogether would look like a web server that is down.
    if health.is_database_reachable(db.session()):
        numbers = metrics.read_metrics(db.session(), now(), tick)
        up = health.get_engine_state(db.session(), now(), tick) == "on"
    try:
        space = measure_disk(current_settings().instance_path)
    except OSError:
        space = None
    expires_at = current_context().certificate.ask()
    return Response(render_exposition(numbers, up, tick, space, expires_at), content_type=CONTENT_TYPE_LATEST)
