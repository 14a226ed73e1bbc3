"""Campaigns: the list, and the live page with all that can be done to one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, flash, g, render_template, request, stream_with_context, url_for
from werkzeug.wrappers import Response as AnyResponse

from campaign_app.domain.campaign import CampaignStatus
from campaign_app.domain.errors import Conflict, Invalid, NotFound, TooManyRequests
from campaign_app.extensions import db
from campaign_app.models import Campaign, Role
from campaign_app.queries import tables
from campaign_app.roles import requires
from campaign_app.services import audit, calls, demo, exports, stats
from campaign_app.services import campaigns as service
from campaign_app.services import figures as kept
from campaign_app.transaction import transaction

from . import answers, calls_table, campaign_editing, campaign_list, charts, live, times
from .calls_table import State
from .common import ID, fragment, wake
from .frame import by_htmx, cache, now, see, settings
from .imports import upload_fields

blueprint = Blueprint("campaigns", __name__)
ONE = f"/campaigns/<{ID}:campaign_id>"
PAGE = 50
BULK = ("pause", "resume", "archive")
SAID = {
    "start": "Started {name}.",
    "resume": "{name} goes on.",
    "archive": "Archived {name}.",
    "reopen": "{name} is open again, and paused. Add contacts, then resume it.",
}
TONES = {"pause": "wait", "stop": "wait", "archive": "wait"}


@blueprint.record_once
def _filters(state: Any) -> None:
    app: Flask = state.app
    times.install(app)


@blueprint.get("/campaigns")
@requires(Role.VIEWER)
def index() -> str:
    return render_template("campaigns/index.html", **_list())


@blueprint.get("/campaigns/_board")
@requires(Role.VIEWER)
def board() -> Response:
    return fragment(render_template("campaigns/_board.html", **_board()))


def _board() -> dict[str, Any]:
    lines = kept.board(db.session(), now(), cache())
    lit = [charts.lamps(line.talking, line.ringing, line.setup, line.limit) for line in lines.trunks]
    return {"board": lines, "trunks": list(zip(lines.trunks, lit, strict=True))}


def _list() -> dict[str, Any]:
    session = db.session()
    status, search = request.args.get("status") or None, request.args.get("q", "").strip()[:100]
    if status not in {value for value, _ in campaign_list.FILTERS}:
        status = None
    sort = request.args.get("sort", "-id")
    page = tables.campaigns(
        session, status=status, search=search, sort=sort, cursor=request.args.get("cursor"), limit=PAGE
    )
    moment = now()
    held = cache()
    rows = [(campaign, kept.campaign_stats(session, campaign, moment, held)) for campaign in page.items]
    counts = tables.campaign_counts(session)
    groups = campaign_list.groups(rows, moment)
    return {
        **_board(),
        "counts": {**counts, None: sum(n for key, n in counts.items() if key != CampaignStatus.ARCHIVED)},
        "filters": campaign_list.FILTERS,
        "groups": groups,
        "bulk": BULK,
        "sizes": {group.key: len(group.rows) for group in groups},
        "page": page,
        "any": bool(counts),
        "state": {"status": status, "q": search, "sort": sort, "direction": State(sort=sort).direction},
        "now": moment,
        "simulated": settings().provider == "simulator",
    }


@blueprint.post("/campaigns/bulk")
@requires(Role.OPERATOR)
def bulk() -> AnyResponse:
    """One action for those that were ticked; what cannot be done to one does not stop the others."""
    action = request.form.get("action", "")
    if action not in BULK:
        raise Conflict(f"choose one of {', '.join(BULK)}")
    done, refused = 0, []
    for campaign_id in request.form.getlist("id")[:PAGE]:
        try:
            _act(int(campaign_id) if campaign_id.isdecimal() and len(campaign_id) < 19 else 0, action)
            done += 1
        except (Conflict, NotFound) as error:
            refused.append(f"{campaign_id}: {error}")
    if not done and not refused:
        flash("Tick the campaigns first, then choose what to do with them.", "wait")
    if done:
        flash(f"{done} {'campaign' if done == 1 else 'campaigns'}: {action} done.", TONES.get(action, "live"))
    for text in refused[:5]:
        flash(f"Campaign {text}.", "bad")
    return see(url_for("campaigns.index"))


@blueprint.post("/campaigns/demo")
@requires(Role.OPERATOR)
def load_demo() -> AnyResponse:
    with transaction(db.session()) as session:
        campaign = demo.load(session, actor=g.actor, now=now())
        campaign_id = campaign.id
    wake()
    flash("The demo is loaded and dials: 500 made-up contacts on the simulator. Nothing leaves this machine.")
    return see(url_for("campaigns.show", campaign_id=campaign_id))


@blueprint.get(ONE)
@requires(Role.VIEWER)
def show(campaign_id: int) -> str:
    campaign = service.get(db.session(), campaign_id)
    variables = {**_live(campaign), **_calls(campaign), **_answers(campaign)}
    return render_template(
        "campaigns/show.html",
        **variables,
        imports=tables.imports(db.session(), campaign_id),
        **upload_fields(campaign),
    )


@blueprint.get(f"{ONE}/_live", endpoint="live")
@requires(Role.VIEWER)
def live_(campaign_id: int) -> Response:
    return fragment(render_template("campaigns/_live.html", **_live(service.get(db.session(), campaign_id))))


@blueprint.get(f"{ONE}/_answers", endpoint="answers")
@requires(Role.VIEWER)
def answers_(campaign_id: int) -> Response:
    variables = _answers(service.get(db.session(), campaign_id))
    return fragment(render_template("campaigns/_answers.html", **variables))


@blueprint.get(f"{ONE}/_calls", endpoint="calls")
@requires(Role.VIEWER)
def calls_(campaign_id: int) -> Response:
    campaign = service.get(db.session(), campaign_id)
    variables = _calls(campaign)
    table = render_template("campaigns/_calls.html", **variables)
    return fragment(table + render_template("campaigns/_filters.html", oob=True, **variables))


@blueprint.get(f"{ONE}/_consequence")
@requires(Role.VIEWER)
def consequence(campaign_id: int) -> Response:
    """What pausing or stopping means at this moment, for a dialog that has just been opened."""
    campaign = service.get(db.session(), campaign_id)
    action = "stop" if request.args.get("action") == "stop" else "pause"
    figures = stats.campaign_stats(db.session(), campaign, now())
    return fragment(
        render_template("campaigns/_consequence.html", campaign=campaign, stats=figures, action=action)
    )


def _live(campaign: Campaign, refusal: str | None = None) -> dict[str, Any]:
    session, moment = db.session(), now()
    figures = kept.campaign_stats(session, campaign, moment, cache())
    slots = stats.outcome_slots(session, campaign.id, moment - live.CHART_SINCE)
    return live.view(campaign, figures, slots, moment, refusal=refusal)


def _answers(campaign: Campaign) -> dict[str, Any]:
    session, moment = db.session(), now()
    moving = live.pace(campaign, kept.campaign_stats(session, campaign, moment, cache())) is not None
    return answers.view(session, campaign, moment, moving=moving)


def _calls(campaign: Campaign) -> dict[str, Any]:
    session, moment = db.session(), now()
    state = calls_table.read(request.args)
    figures = kept.campaign_stats(session, campaign, moment, cache())
    return {
        "campaign": campaign,
        "table": calls_table.load(session, state, moment, campaign.id),
        "filters": calls_table.filters(figures.attempts, figures.open, state),
        "calls_poll": live.pace(campaign, figures),
        "now": moment,
    }


def _act(campaign_id: int, action: str, **how: Any) -> tuple[str, str]:
    """Do it; the campaign's name and new status. Raises NotFound, Conflict."""
    with transaction(db.session(), action) as session:
        campaign = service.act(session, campaign_id, action, actor=g.actor, now=now(), **how)
        name, status = campaign.name, campaign.status
    wake()
    return name, status


@blueprint.post(f"{ONE}/<any(start, pause, resume, stop, archive, reopen):action>")
@requires(Role.OPERATOR)
def act(campaign_id: int, action: str) -> AnyResponse:
    """303 to the campaign's page; for htmx its live part. Not possible: 409, with the campaign as it is."""
    how: dict[str, Any] = {}
    if action in ("pause", "stop"):
        how["hang_up"] = request.form.get("open") == "hangup"
        how["reason"] = request.form.get("reason", "").strip()[:500] or None
    try:
        name, _ = _act(campaign_id, action, **how)
    except Conflict as error:
        if not by_htmx():
            raise
        text = str(error)
        refusal = f"{text[:1].upper()}{text[1:]}."
        page = _live(service.get(db.session(), campaign_id), refusal)
        return fragment(render_template("campaigns/_live.html", **page), 409)
    if by_htmx():
        page = _live(service.get(db.session(), campaign_id))
        return fragment(render_template("campaigns/_live.html", **page))
    flash(_said(action, name, how.get("hang_up", False)), TONES.get(action, "live"))
    back = request.form.get("next")
    return see(
        url_for("campaigns.index") if back == "list" else url_for("campaigns.show", campaign_id=campaign_id)
    )


def _said(action: str, name: str, hang_up: bool) -> str:
    calls = "Its open calls are being hung up." if hang_up else "Its open calls go on to their end."
    if action == "pause":
        return f"Paused {name}. {calls}"
    if action == "stop":
        return f"Stopped {name}: whoever waited is not called any more. {calls}"
    return SAID[action].format(name=name)


@blueprint.post(f"{ONE}/test")
@requires(Role.OPERATOR)
def test(campaign_id: int) -> AnyResponse:
    """Call one's own number with the message as the first contact would hear it; in no statistics."""
    to = request.form.get("to", "").strip()
    try:
        with transaction(db.session()) as session:
            calls.test_campaign(session, campaign_id, to, contact_id=None, actor=g.actor, now=now())
    except (Invalid, Conflict, TooManyRequests) as error:
        flash(f"No test call: {error}.", "bad")
    else:
        wake()
        flash(f"Calling {to} now, with the values of the first contact. It is in no statistics.")
    return see(url_for("campaigns.show", campaign_id=campaign_id))


@blueprint.post(f"{ONE}/clone")
@requires(Role.OPERATOR)
def clone(campaign_id: int) -> AnyResponse:
    with transaction(db.session()) as session:
        copy = service.clone(session, campaign_id, actor=g.actor, now=now())
        copy_id, name = copy.id, copy.name
    flash(f"Made {name}: the same settings, no contacts yet.")
    return see(url_for("campaigns.show", campaign_id=copy_id))


@blueprint.post(f"{ONE}/delete")
@requires(Role.OPERATOR)
def delete(campaign_id: int) -> AnyResponse:
    with transaction(db.session()) as session:
        name = service.get(session, campaign_id).name
        service.delete(session, campaign_id, actor=g.actor, now=now())
    flash(f"Deleted {name} with its contacts.", "wait")
    return see(url_for("campaigns.index"))


@blueprint.get(f"{ONE}/export")
@requires(Role.OPERATOR)
def export(campaign_id: int) -> Response:
    """The whole campaign with its attempts, streamed. Its numbers are in full: audited like a reveal."""
    chosen = request.args.get("format", "csv")
    with transaction(db.session()) as session:
        campaign = service.get(session, campaign_id)
        pieces = exports.export(db.engine, campaign_id, chosen, service.to_api(campaign))
        about = {"object_type": "campaign", "object_id": str(campaign_id), "format": chosen}
        audit.record(session, actor=g.actor, action="campaign.export", now=now(), **about)
    response = Response(stream_with_context(pieces), content_type=exports.CONTENT_TYPES[chosen])
    response.headers["Content-Disposition"] = f'attachment; filename="campaign-{campaign_id}.{chosen}"'
    return response


blueprint.add_url_rule("/campaigns/new", view_func=campaign_editing.new)
blueprint.add_url_rule("/campaigns/new", view_func=campaign_editing.create, methods=["POST"])
blueprint.add_url_rule("/campaigns/preview", view_func=campaign_editing.preview, methods=["POST"])
blueprint.add_url_rule(f"{ONE}/preview", view_func=campaign_editing.preview, methods=["POST"])
blueprint.add_url_rule("/campaigns/ring", view_func=campaign_editing.ring, methods=["POST"])
blueprint.add_url_rule(f"{ONE}/ring", view_func=campaign_editing.ring, methods=["POST"])
blueprint.add_url_rule(f"{ONE}/edit", view_func=campaign_editing.edit)
blueprint.add_url_rule(f"{ONE}/edit", view_func=campaign_editing.update, methods=["POST"])
