"""Is it alive: a page for people, /healthz and /readyz for machines, /metrics for Prometheus."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, render_template
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily

from campaign_app.extensions import db
from campaign_app.models import Role
from campaign_app.roles import bearer, from_this_machine, public, requires
from campaign_app.services import health, metrics, trunks

from .frame import now, settings

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
    return {
        "engines": health.engines(db.session(), now(), tick),
        "state": health.engine_state(db.session(), now(), tick),
        "grace": health.grace(tick).total_seconds(),
        "database": health.database_version(db.session()),
        "trunks": trunks.everything(db.session()),
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
    """Readiness: calls would be made now. 503 while no engine ticks."""
    database = health.database_answers(db.session())
    state = health.engine_state(db.session(), now(), settings().tick_seconds) if database else "unknown"
    ready = database and state == "on"
    answer = jsonify(
        status="ready" if ready else "not ready", database="ok" if database else "no answer", engine=state
    )
    return answer, 200 if ready else 503


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
    return Response(generate_latest(_registry()), content_type=CONTENT_TYPE_LATEST)


def _registry() -> CollectorRegistry:
    """Made anew per scrape: the numbers are the database's, the same from whichever process tells them."""
    registry = CollectorRegistry()
    numbers = metrics.read(db.session())
    state = health.engine_state(db.session(), now(), settings().tick_seconds)
    up = Gauge("switchboard_engine_up", "1 while an engine ticks", registry=registry)
    up.set(state == "on")
    by_status = {
        "campaigns": ("Campaigns, by status", numbers.campaigns),
        "contacts": ("Contacts, by status", numbers.contacts),
        "imports_unfinished": ("Imports that are not completed, by status", numbers.imports),
    }
    for name, (text, counts) in by_status.items():
        gauge = Gauge(f"switchboard_{name}", text, ["status"], registry=registry)
        for status, count in counts.items():
            gauge.labels(status).set(count)
    lines = Gauge(
        "switchboard_trunk_lines", "Concurrent calls that the trunk allows", ["trunk"], registry=registry
    )
    in_use = Gauge("switchboard_trunk_calls_open", "Open calls on the trunk", ["trunk"], registry=registry)
    for trunk in numbers.trunks:
        lines.labels(trunk.name).set(trunk.lines)
        in_use.labels(trunk.name).set(trunk.open)
    registry.register(_Attempts(numbers.attempts))
    ProcessCollector(registry=registry)
    return registry


class _Attempts:
    """Ended attempts as a counter whose value comes from the database."""

    def __init__(self, counts: dict[str, int]) -> None:
        self._counts = counts

    def collect(self) -> list[CounterMetricFamily]:
        family = CounterMetricFamily("switchboard_attempts", "Ended attempts, by outcome", labels=["outcome"])
        for outcome, count in self._counts.items():
            family.add_metric([outcome], count)
        return [family]
