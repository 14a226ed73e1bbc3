"""Campaign pages: the list, and the live page with all that can be done to a campaign."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, g, render_template, request, stream_with_context, url_for
from werkzeug.wrappers import Response as AnyResponse

from campaign_app.domain.campaign import CampaignStatus
from campaign_app.domain.errors import InvalidInput, StateConflict, TooManyRequests
from campaign_app.extensions import db
from campaign_app.http.current import current_settings, now, prove_sounds, wake_engine
from campaign_app.http.roles import require_role
from campaign_app.http.second_person import require_second_person
from campaign_app.http.streams import BoundedStream
from campaign_app.models import Campaign, Role
from campaign_app.queries import home as home_queries
from campaign_app.queries import phone_search, tables
from campaign_app.services import campaign_order, demo, exports, single_calls, stats
from campaign_app.services import campaigns as campaign_service
from campaign_app.services.fragment_cache import name_campaign_state
from campaign_app.services.stats import CampaignStats
from campaign_app.transaction import transaction

from . import (
    calls_table,
    campaign_bulk,
    campaign_editing,
    campaign_list,
    campaign_pauses,
    campaign_starting,
    charts,
    live_page,
    refusals,
    responses,
)
from .calls_table import CallsTableState
from .common import fragment_response, shared_fragment
from .exports import redirect_if_long
from .filter_values import describe_unknown, find_unknown
from .frame import is_htmx_request, redirect_after_post
from .imports import upload_fields
from .refused_forms import show_refused_form
from .times import find_reader_midnight, name_moment
from .trunk_lamps import light_trunk_lamp

blueprint = Blueprint("campaigns", __name__)
CAMPAIGN_PATH = "/campaigns/<id:campaign_id>"
PAGE_SIZE = 50
ACTION_MESSAGES = {
    "start": "Started {name}.",
    "resume": "Resumed {name}.",
    "archive": "Archived {name}.",
    "reopen": "Reopened {name} (paused). Add contacts, then resume it.",
}
ACTION_TONES = {"pause": "wait", "stop": "wait", "archive": "wait"}


@blueprint.get("/campaigns")
@require_role(Role.VIEWER)
def index() -> str:
    return render_template("campaigns/index.html", **_list_context())


@blueprint.get("/campaigns/_board")
@require_role(Role.VIEWER)
def board_fragment() -> Response:
    return shared_fragment(lambda: render_template("campaigns/_board.html", **_board_context()))


@blueprint.get("/campaigns/_rows")
@require_role(Role.VIEWER)
def rows_fragment() -> Response:
    """The list's rows, and out of band the sentence above them and the filters' counts."""

    def render() -> str:
        context = _list_context()
        parts = [render_template("campaigns/_rows.html", **context)]
        parts += [
            render_template(f"campaigns/{name}.html", oob=True, **context)
            for name in ("_list_now", "_list_filters")
        ]
        return "".join(parts)

    return shared_fragment(render)


def _board_context() -> dict[str, Any]:
    moment = now()
    board = stats.compute_dashboard_stats(db.session(), moment, find_reader_midnight(moment))
    lamp_boards = [
        charts.light_lamps(trunk.talking, trunk.ringing, trunk.setup, trunk.limit) for trunk in board.trunks
    ]
    trunk_lamps = [light_trunk_lamp(trunk.state) for trunk in board.trunks]
    return {"board": board, "trunks": list(zip(board.trunks, trunk_lamps, lamp_boards, strict=True))}


def _count_of_filter(counts: dict[str, int], status: str | None) -> int:
    """How many campaigns the list has over all its pages."""
    if status is not None:
        return counts.get(status, 0)
    return sum(n for key, n in counts.items() if key not in (CampaignStatus.ARCHIVED, tables.DELETED))


def _list_context() -> dict[str, Any]:
    session = db.session()
    status, search = request.args.get("status") or None, request.args.get("q", "").strip()[:100]
    cursor = request.args.get("cursor")
    sort = request.args.get("sort") or "-id"
    moment = now()
    known = {"status": campaign_list.STATUSES, "sort": campaign_order.SORTS}
    unknown = find_unknown(request.args, known)
    page: tables.TablePage[Campaign] = tables.TablePage([], None)
    problem = describe_unknown(unknown)
    if not unknown:
        try:
            page = campaign_order.list_campaigns(
                session,
                status=status,
                search=search,
                sort=sort,
                cursor=cursor,
                limit=PAGE_SIZE,
                now=moment,
                tick_seconds=current_settings().tick_seconds,
            )
        except InvalidInput as error:
            if any(each.field != "sort" for each in error.errors):
                raise
            problem = describe_unknown(error.errors)
    # The headline is about all of them, whichever are listed; of very many it says "at least".
    live = home_queries.list_live_campaigns(session, home_queries.MOST_CAMPAIGNS)
    asked = {campaign.id: campaign for campaign in (*page.items, *live)}
    figures = stats.compute_stats_of_campaigns(
        session, list(asked.values()), moment, tick_seconds=current_settings().tick_seconds
    )
    rows = [(campaign, figures[campaign.id]) for campaign in page.items]
    counts = tables.count_campaigns_by_status(session)
    groups = campaign_list.group_campaigns(rows, moment)
    return {
        **_board_context(),
        "counts": {
            **counts,
            None: _count_of_filter(counts, None),
        },
        "filters": campaign_list.FILTERS,
        "groups": groups,
        "bulk": campaign_bulk.BULK_ACTIONS,
        "matching": None if search else _count_of_filter(counts, status),
        "sizes": {
            **{group.key: len(group.rows) for group in groups},
            "attention": sum(row.needs_attention for group in groups for row in group.rows),
        },
        "lists_all": not (status or search or page.prev_cursor or page.next_cursor or problem),
        "live_counts": campaign_list.count_live_campaigns(
            [(campaign, figures[campaign.id]) for campaign in live], counts
        ),
        "page": page,
        "page_args": {
            key: value
            for key, value in (("status", status), ("q", search), ("sort", sort), ("cursor", cursor))
            if value and (key, value) != ("sort", "-id")
        },
        "tab": campaign_list.describe_tab(groups),
        "any": bool(counts),
        "problem": problem,
        "state": {
            "status": status,
            "q": search,
            "sort": sort,
            "direction": CallsTableState(sort=sort).sort_direction,
        },
        "now": moment,
        "simulated": current_settings().provider == "simulator",
    }


@blueprint.post("/campaigns/demo")
@require_role(Role.OPERATOR)
def load_demo() -> AnyResponse:
    with transaction(db.session()) as session:
        campaign = demo.load_demo_campaign(session, actor=g.actor, now=now())
        campaign_id = campaign.id
    wake_engine()
    flash("The demo is running: 500 made-up contacts on the simulator. No real call is made.")
    return redirect_after_post(url_for("campaigns.show", campaign_id=campaign_id))


@blueprint.get(CAMPAIGN_PATH)
@require_role(Role.VIEWER)
def show(campaign_id: int) -> str:
    campaign = campaign_service.get_campaign(db.session(), campaign_id)
    figures = _get_stats(campaign)
    variables = {
        **_live_context(campaign, figures),
        **_calls_context(campaign, figures),
        **_responses_context(campaign, figures),
    }
    return render_template(
        "campaigns/show.html",
        **variables,
        imports=tables.list_imports(db.session(), campaign_id),
        most_streamed=current_settings().export_stream_rows,
        **upload_fields(campaign),
    )


@blueprint.get(f"{CAMPAIGN_PATH}/_live", endpoint="live")
@require_role(Role.VIEWER)
def live_fragment(campaign_id: int) -> Response:
    campaign = campaign_service.get_campaign(db.session(), campaign_id)
    return shared_fragment(
        lambda: render_template("campaigns/_live.html", **_live_context(campaign)),
        name_campaign_state(campaign),
    )


@blueprint.get(f"{CAMPAIGN_PATH}/_answers", endpoint="responses")
@require_role(Role.VIEWER)
def responses_fragment(campaign_id: int) -> Response:
    campaign = campaign_service.get_campaign(db.session(), campaign_id)
    return shared_fragment(
        lambda: render_template("campaigns/_answers.html", **_responses_context(campaign)),
        name_campaign_state(campaign),
    )


@blueprint.get(f"{CAMPAIGN_PATH}/_calls", endpoint="calls")
@require_role(Role.VIEWER)
def calls_fragment(campaign_id: int) -> Response:
    campaign = campaign_service.get_campaign(db.session(), campaign_id)

    def render() -> str:
        variables = _calls_context(campaign)
        table = render_template("campaigns/_calls.html", **variables)
        return table + render_template("campaigns/_filters.html", oob=True, **variables)

    return shared_fragment(render, name_campaign_state(campaign))


@blueprint.get(f"{CAMPAIGN_PATH}/_consequence")
@require_role(Role.VIEWER)
def consequence_fragment(campaign_id: int) -> Response:
    """What pausing or stopping means at this moment, for a dialog that has just been opened."""
    campaign = campaign_service.get_campaign(db.session(), campaign_id)
    action = "stop" if request.args.get("action") == "stop" else "pause"
    campaign_stats = stats.compute_campaign_stats(
        db.session(), campaign, now(), tick_seconds=current_settings().tick_seconds
    )
    return fragment_response(
        render_template("campaigns/_consequence.html", campaign=campaign, stats=campaign_stats, action=action)
    )


def _get_stats(campaign: Campaign) -> CampaignStats:
    return stats.compute_campaign_stats(
        db.session(), campaign, now(), tick_seconds=current_settings().tick_seconds
    )


def _live_context(
    campaign: Campaign, figures: CampaignStats | None = None, refusal: refusals.Refusal | None = None
) -> dict[str, Any]:
    session, moment = db.session(), now()
    campaign_stats = figures or _get_stats(campaign)
    slots = stats.load_outcome_slots(session, campaign.id, moment - live_page.CHART_SINCE)
    left = campaign_service.count_soft_start_left(session, campaign)
    is_moving = campaign_stats.open or campaign.status == CampaignStatus.RUNNING
    until = moment if is_moving else campaign.status_at
    young = bool(slots) and until - slots[0].slot_at < charts.YOUNG
    calls = stats.load_young_calls(session, campaign.id) if young else []
    open_calls = tables.list_open_attempts(session, campaign.id, calls_table.MOST_OPEN)
    return {
        **live_page.build_live_context(
            campaign, campaign_stats, slots, moment, refusal=refusal, soft_start_left=left, young_calls=calls
        ),
        "open_calls": calls_table.build_rows(session, open_calls, moment),
    }


def _responses_context(campaign: Campaign, figures: CampaignStats | None = None) -> dict[str, Any]:
    session, moment = db.session(), now()
    counts = figures or stats.count_calls(session, campaign, moment)
    may_change = live_page.poll_seconds(campaign, counts) is not None
    return responses.build_responses_context(session, campaign, moment, may_change=may_change)


def _calls_context(campaign: Campaign, figures: CampaignStats | None = None) -> dict[str, Any]:
    session, moment = db.session(), now()
    state = calls_table.read_table_state(request.args)
    counts = figures or stats.count_calls(session, campaign, moment)
    table = calls_table.load_calls_table(session, state, moment, campaign.id)
    return {
        "campaign": campaign,
        "table": table,
        "filters": calls_table.build_status_filters(counts.attempts, counts.open, table),
        "calls_poll": live_page.poll_seconds(campaign, counts),
        "now": moment,
    }


def _perform_action(campaign_id: int, action: str, **options: Any) -> tuple[str, str]:
    """Do it; the campaign's name and new status. Raises NotFound, Conflict."""
    prove_sounds(campaign_id, action)
    if action in ("start", "resume"):
        require_second_person(campaign_id)
    with transaction(db.session(), action) as session:
        campaign = campaign_service.perform_campaign_action(
            session, campaign_id, action, actor=g.actor, now=now(), **options
        )
        name, status = campaign.name, campaign.status
    wake_engine()
    return name, status


@blueprint.post(f"{CAMPAIGN_PATH}/<any(start, pause, resume, stop, archive, reopen):action>")
@require_role(Role.OPERATOR)
def act_on_campaign(campaign_id: int, action: str) -> AnyResponse | tuple[str, int]:
    """303 to the campaign's page, with the refusal and its remedy where it was not possible; for htmx its live part,
    as 409 then."""
    options: dict[str, Any] = {}
    begin = request.form.get("begin")
    if action == "start" and begin != "all":
        return campaign_starting.begin_softly(campaign_id, begin or "")
    if action in ("pause", "stop"):
        options["hang_up"] = request.form.get("open") == "hangup"
        options["reason"] = campaign_pauses.read_reason()
    next_path = (
        url_for("campaigns.index")
        if request.form.get("next") == "list"
        else url_for("campaigns.show", campaign_id=campaign_id)
    )
    try:
        if action == "pause":
            zone = campaign_service.get_campaign(db.session(), campaign_id).display_zone
            options["until"] = campaign_pauses.read_until(zone, now())
        name, _ = _perform_action(campaign_id, action, **options)
    except (InvalidInput, StateConflict) as error:
        if isinstance(error, InvalidInput) and action in campaign_pauses.NOT_DONE and not is_htmx_request():
            return campaign_pauses.refuse_pause(campaign_id, action, error)
        campaign = campaign_service.get_campaign(db.session(), campaign_id)
        refusal = refusals.explain_refused_action(campaign, action, error)
        if not is_htmx_request():
            refusal.show_next()
            return redirect_after_post(next_path)
        page = _live_context(campaign, refusal=refusal)
        return fragment_response(render_template("campaigns/_live.html", **page), 409)
    if is_htmx_request():
        page = _live_context(campaign_service.get_campaign(db.session(), campaign_id))
        return fragment_response(render_template("campaigns/_live.html", **page))
    text = _action_message(action, name, options.get("hang_up", False))
    if options.get("until") is not None:
        text += f" It resumes at {name_moment(options['until'])}."
    if action == "archive":
        undo = refusals.Remedy("Undo", url_for("campaigns.unarchive", campaign_id=campaign_id), post=True)
        refusals.Refusal(text, "wait", undo).show_next()
    else:
        flash(text, ACTION_TONES.get(action, "live"))
    return redirect_after_post(next_path)


def _action_message(action: str, name: str, hang_up: bool) -> str:
    open_calls_text = "Calls in progress are being hung up." if hang_up else "Calls in progress will finish."
    if action == "pause":
        return f"Paused {name}. {open_calls_text}"
    if action == "stop":
        return f"Stopped {name}. The remaining contacts won’t be called. {open_calls_text}"
    return ACTION_MESSAGES[action].format(name=name)


@blueprint.post(f"{CAMPAIGN_PATH}/test")
@require_role(Role.OPERATOR)
def start_test_call(campaign_id: int) -> AnyResponse | tuple[str, int]:
    """Call one's own number with the message as the first contact would hear it; in no statistics."""
    to = request.form.get("to", "").strip()
    try:
        with transaction(db.session()) as session:
            single_calls.place_test_call_for_campaign(
                session, campaign_id, to, contact_id=None, actor=g.actor, now=now()
            )
    except InvalidInput as error:
        return show_refused_form(
            "test-call",
            error,
            lambda: show(campaign_id),
            note="No test call was made.",
            page=url_for("campaigns.show", campaign_id=campaign_id),
            other_field="to",
        )
    except (StateConflict, TooManyRequests) as error:
        flash(f"No test call was made: {error}.", "bad")
    else:
        wake_engine()
        flash(f"Calling {to} now with the first contact’s values. The call isn’t counted in the statistics.")
    return redirect_after_post(url_for("campaigns.show", campaign_id=campaign_id))


@blueprint.post(f"{CAMPAIGN_PATH}/clone")
@require_role(Role.OPERATOR)
def clone(campaign_id: int) -> AnyResponse:
    with transaction(db.session()) as session:
        copy = campaign_service.clone_campaign(session, campaign_id, actor=g.actor, now=now(), role=g.role)
        copy_id, name = copy.id, copy.name
    flash(f"Created {name} with the same settings and no contacts.")
    return redirect_after_post(url_for("campaigns.show", campaign_id=copy_id))


@blueprint.post(f"{CAMPAIGN_PATH}/unarchive")
@require_role(Role.OPERATOR)
def unarchive(campaign_id: int) -> AnyResponse:
    """Bring it back to what it was before."""
    try:
        with transaction(db.session()) as session:
            campaign = campaign_service.unarchive_campaign(session, campaign_id, actor=g.actor, now=now())
            name, status = campaign.name, campaign.status
    except StateConflict as error:
        refusals.Refusal(refusals.explain_error(error), "wait").show_next()
    else:
        flash(f"{name} is back, and {status} as before.")
    return redirect_after_post(url_for("campaigns.show", campaign_id=campaign_id))


@blueprint.post(f"{CAMPAIGN_PATH}/restore")
@require_role(Role.OPERATOR)
def restore(campaign_id: int) -> AnyResponse:
    """Bring a deleted draft back."""
    with transaction(db.session()) as session:
        name = campaign_service.restore_campaign(session, campaign_id, actor=g.actor, now=now()).name
    flash(f"Restored {name}.")
    return redirect_after_post(url_for("campaigns.show", campaign_id=campaign_id))


@blueprint.post(f"{CAMPAIGN_PATH}/delete")
@require_role(Role.OPERATOR)
def delete(campaign_id: int) -> AnyResponse:
    with transaction(db.session()) as session:
        name = campaign_service.get_campaign(session, campaign_id).name
        campaign_service.delete_campaign(session, campaign_id, actor=g.actor, now=now())
    undo = refusals.Remedy("Undo", url_for("campaigns.restore", campaign_id=campaign_id), post=True)
    refusals.Refusal(
        f"Deleted {name} and its contacts. It can be restored for 30 days.", "wait", undo
    ).show_next()
    return redirect_after_post(url_for("campaigns.index"))


@blueprint.get(f"{CAMPAIGN_PATH}/export")
@require_role(Role.OPERATOR)
def export_campaign(campaign_id: int) -> AnyResponse:
    """The whole campaign with its attempts, streamed; a large one as a file. Its numbers are in full: audited like a
    reveal."""
    export_format = request.args.get("format", "csv")
    exports.check_format(export_format)
    contacts = phone_search.count_contacts(db.session(), campaign_id)
    asked_for = redirect_if_long(contacts, "exports.index", campaign_id=campaign_id, format=export_format)
    if asked_for is not None:
        return asked_for
    with transaction(db.session()) as session:
        campaign = campaign_service.get_campaign(session, campaign_id)
        pieces = exports.export_campaign(
            db.engine, campaign_id, export_format, campaign_service.to_api(campaign)
        )
        exports.record_export(session, campaign_id, export_format, masked=False, actor=g.actor, now=now())
    response = Response(
        stream_with_context(BoundedStream(pieces)), content_type=exports.CONTENT_TYPES[export_format]
    )
    response.headers["Content-Disposition"] = f'attachment; filename="campaign-{campaign_id}.{export_format}"'
    return response


blueprint.add_url_rule(
    f"{CAMPAIGN_PATH}/<any(start, resume):action>", view_func=campaign_starting.confirm_start
)
blueprint.add_url_rule(f"{CAMPAIGN_PATH}/_preflight", view_func=campaign_starting.preflight_fragment)
blueprint.add_url_rule(f"{CAMPAIGN_PATH}/never.csv", view_func=campaign_starting.export_never)
blueprint.add_url_rule(
    f"{CAMPAIGN_PATH}/proceed", view_func=campaign_starting.proceed_campaign, methods=["POST"]
)
blueprint.add_url_rule(f"{CAMPAIGN_PATH}/resume-at", view_func=campaign_pauses.plan_resume, methods=["POST"])
blueprint.add_url_rule("/campaigns/bulk", view_func=campaign_bulk.act_on_selected, methods=["POST"])
blueprint.add_url_rule("/campaigns/pause-all", view_func=campaign_pauses.pause_all, methods=["POST"])
blueprint.add_url_rule("/campaigns/stop-all", view_func=campaign_pauses.stop_all, methods=["POST"])
blueprint.add_url_rule("/campaigns/new", view_func=campaign_editing.new)
blueprint.add_url_rule("/campaigns/new", view_func=campaign_editing.create, methods=["POST"])
blueprint.add_url_rule("/campaigns/preview", view_func=campaign_editing.preview_form, methods=["POST"])
blueprint.add_url_rule(f"{CAMPAIGN_PATH}/preview", view_func=campaign_editing.preview_form, methods=["POST"])
blueprint.add_url_rule("/campaigns/ring", view_func=campaign_editing.start_form_test_call, methods=["POST"])
blueprint.add_url_rule(
    f"{CAMPAIGN_PATH}/ring", view_func=campaign_editing.start_form_test_call, methods=["POST"]
)
blueprint.add_url_rule(f"{CAMPAIGN_PATH}/edit", view_func=campaign_editing.edit)
blueprint.add_url_rule(f"{CAMPAIGN_PATH}/edit", view_func=campaign_editing.update, methods=["POST"])
