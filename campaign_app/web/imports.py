"""Imports by file or by paste: the upload, the check page with its questions, the commit, the report, and undoing it.

Files of contacts belong to a campaign, files of numbers that are not to be called belong to the do-not-call list; the
pages are the same, under two addresses. Nothing is added before somebody has pressed the button of the check page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from io import BytesIO
from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    g,
    make_response,
    render_template,
    request,
    stream_with_context,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from campaign_app.domain.campaign import ACCEPTS_CONTACTS, CampaignStatus
from campaign_app.domain.countries import country_name, list_countries
from campaign_app.domain.errors import InvalidInput, NotFound, StateConflict
from campaign_app.extensions import db
from campaign_app.http.current import current_settings, now, wake_engine
from campaign_app.http.roles import require_role
from campaign_app.http.routing import parse_id
from campaign_app.http.streams import BoundedStream
from campaign_app.models import Campaign, Import, NumberList, Role
from campaign_app.services import audit, campaigns, imports
from campaign_app.services.imports import CheckPlan, CheckView
from campaign_app.transaction import transaction

from . import charts, import_words
from .common import fragment_response
from .frame import is_htmx_request, redirect_after_post, viewer_can
from .import_answers import Answers, is_as_remembered, read_answers, remembered_mapping
from .import_preview import parts_of, preview_rows, result_of
from .import_questions import NUMBER_QUESTIONS, QuestionCard, columns_of, question_cards

blueprint = Blueprint("imports", __name__)
blueprint.add_app_template_filter(import_words.reason_sentence, "reason_sentence")
CONTACTS = "/campaigns/<id:campaign_id>/imports"
LISTING = "/do-not-call/imports"
ONE = "/<id:import_id>"
REJECTS_SHOWN, REJECTS_PAGE = 10, 50
REVEAL_EVERY = timedelta(hours=1)
"""A person who looks at the same file again is not noted before."""
SAMPLE = (
    "phone,name,appointment\r\n"
    '+12125550142,"Okafor, Ada","2 Dec, 10:30"\r\n'
    '+442079460018,Yuki Sato,"3 Dec, 09:00"\r\n'
    '+33199001234,Zoë Martin,"3 Dec, 11:15"\r\n'
)
"""Numbers of ranges that their countries keep for examples and fiction."""
PASTED = "pasted numbers"
AT_WORK = ("queued", "running")
Problem = tuple[str, str]
"""The id of the field to go to, and a sentence."""


@blueprint.before_request
def refuse_contacts_from_compliance() -> None:
    """Whoever answers for do-not-call loads that, and brings no campaign anybody to call."""
    needed = getattr(current_app.view_functions[request.endpoint or ""], "required_role", None) or ()
    beyond = Role.COMPLIANCE in needed and not g.role.allows(Role.OPERATOR)
    if beyond and (request.view_args or {}).get("campaign_id") is not None:
        abort(403, description=f"This needs the role operator; yours is {g.role}.")


@blueprint.get("/campaigns/sample.csv")
@require_role(Role.VIEWER)
def sample() -> Response:
    response = Response(SAMPLE, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="sample.csv"'
    return response


@blueprint.get(f"{CONTACTS}/new")
@blueprint.get(f"{LISTING}/new")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def new(campaign_id: int | None = None) -> str:
    return _upload_page(campaign_id)


@blueprint.post(CONTACTS)
@blueprint.post(LISTING)
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def upload(campaign_id: int | None = None) -> AnyResponse | tuple[str, int]:
    """Take a file, or else the pasted text as if it were one, understand it, and go to its check page."""
    file, pasted = request.files.get("file"), request.form.get("pasted", "")
    if file is not None and file.filename:
        stream: Any = file.stream
        filename = file.filename
    elif pasted.strip():
        stream, filename = BytesIO(pasted.encode("utf-8", "replace")), PASTED
    else:
        return _upload_page(campaign_id, [("file", "Choose a file, or paste numbers below")]), 422
    if campaign_id is not None:
        campaigns.get_campaign(db.session(), campaign_id)
    try:
        listing = None if campaign_id is not None else _posted_listing()
        import_id = _accept(campaign_id, stream, filename, listing)
    except InvalidInput as error:
        problems = [(_upload_field(each.field), _sentence(each.message)) for each in error.errors]
        return _upload_page(campaign_id, problems), 422
    wake_engine()
    return redirect_after_post(_address("show", campaign_id, import_id))


def _posted_listing() -> dict[str, str | None]:
    given = {name: request.form.get(name, "").strip() or None for name in ("source", "reason", "date")}
    return imports.check_listing(source=given["source"], reason=given["reason"], day=given["date"], now=now())


def _accept(campaign_id: int | None, stream: Any, filename: str, listing: Mapping[str, Any] | None) -> int:
    """Store, understand and check an upload; its import's id. What is refused leaves no file behind."""
    uploads = current_settings().uploads_folder
    # Outside of the transaction: reading and writing a large file takes seconds in which nobody else could write.
    stored = imports.store(
        uploads, stream, max_bytes=current_settings().max_upload_mb << 20, filename=filename
    )
    try:
        plan = imports.plan_check(
            db.session(),
            uploads,
            stored,
            campaign_id=campaign_id,
            mode="contacts" if campaign_id is not None else "do_not_call",
            default_region=request.form.get("region") or None,
            language=_language(),
            now=now(),
        )
        with transaction(db.session()) as session:
            item = imports.start_check(
                session, stored, plan, filename=filename, listing=listing, actor=g.actor, now=now()
            )
            return item.id
    except BaseException:
        imports.remove_upload(uploads, stored.name)
        raise


def _language() -> str | None:
    """The language that the browser prefers: it tells likelier encodings from others."""
    return request.accept_languages.best


def _upload_field(name: str) -> str:
    return {"default_region": "region"}.get(name, name)


def _sentence(message: str) -> str:
    return f"{message[:1].upper()}{message[1:]}"


@blueprint.get(f"{CONTACTS}{ONE}")
@blueprint.get(f"{LISTING}{ONE}")
@require_role(Role.VIEWER)
def show(import_id: int, campaign_id: int | None = None) -> AnyResponse:
    view = _view(campaign_id, import_id)
    if _is_check(view.item):
        return _check_page(view)
    return make_response(render_template("imports/report.html", **_report(view), **_first_rejects(view)))


def _is_check(item: Import) -> bool:
    """Whether a person still has to say that it is to be added."""
    waits = item.status in ("needs_mapping", "checked")
    return waits or (item.status in AT_WORK and item.phase == "check" and item.dry_run)


@blueprint.get(f"{CONTACTS}{ONE}/_checked")
@blueprint.get(f"{LISTING}{ONE}/_checked")
@require_role(Role.VIEWER)
def checked(import_id: int, campaign_id: int | None = None) -> Response:
    """What is polled while the rest of a large file is checked."""
    view = _view(campaign_id, import_id)
    template = "imports/_checked.html" if view.item.list_id is None else "imports/_list_checked.html"
    response = fragment_response(render_template(template, **_check(view)))
    if view.item.status not in AT_WORK or not _is_check(view.item):
        # Once more as a whole page, whose columns can now be changed.
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.get(f"{CONTACTS}{ONE}/_outcome")
@blueprint.get(f"{LISTING}{ONE}/_outcome")
@require_role(Role.VIEWER)
def outcome(import_id: int, campaign_id: int | None = None) -> Response:
    """The counts as they would be, if the number were in the column that was ticked."""
    view = _view(campaign_id, import_id)
    return fragment_response(render_template("imports/_outcome.html", **_check(view)))


@blueprint.post(f"{CONTACTS}{ONE}/check")
@blueprint.post(f"{LISTING}{ONE}/check")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def answer(import_id: int, campaign_id: int | None = None) -> AnyResponse:
    """One of the check page's buttons: check again, add, discard, or take the choices of a file like this one."""
    view = _view(campaign_id, import_id)
    do = request.form.get("do", "again")
    if do == "discard":
        return _discard(view)
    if do == "remembered":
        return _check_again(view, remembered_mapping(view) or {})
    cards = question_cards(view, request.form, full=True)
    answers = read_answers(view, cards, request.form)
    if answers.problems:
        return _refused(view, answers.problems)
    recount = imports.counts_otherwise(view.item, answers.on_known)
    if do == "commit" and not answers.changed and not recount:
        return _commit(view, answers)
    if do == "commit" and not answers.changed:
        flash(
            "To update people, rows are matched by their ids too. Look at the result, then add them.", "wait"
        )
    elif do == "commit":
        flash("You changed something after the last check. Look at the result, then add them.", "wait")
    return _check_again(view, answers.mapping, answers.on_known)


def _commit(view: CheckView, answers: Answers) -> AnyResponse:
    with transaction(db.session()) as session:
        imports.commit_import(
            session,
            view.item.id,
            on_known=answers.on_known,
            remember=answers.remember,
            actor=g.actor,
            now=now(),
        )
    wake_engine()
    return redirect_after_post(_address("show", _campaign_of(view.item), view.item.id))


def _discard(view: CheckView) -> AnyResponse:
    item = view.item
    filename, stored_as, campaign_id = item.filename, item.stored_as, _campaign_of(item)
    list_id = item.list_id
    with transaction(db.session()) as session:
        imports.discard_import(session, item.id, actor=g.actor, now=now())
    imports.remove_upload(current_settings().uploads_folder, stored_as)
    if list_id is not None:
        flash(f"Discarded {filename}. The list stays as it is.", "wait")
        return redirect_after_post(url_for("lists.show", list_id=list_id))
    flash(f"Discarded {filename}. Nothing was added.", "wait")
    if campaign_id is None:
        return redirect_after_post(url_for("do_not_call.index"))
    return redirect_after_post(url_for("campaigns.show", campaign_id=campaign_id))


def _check_again(view: CheckView, mapping: Mapping[str, Any], on_known: str | None = None) -> AnyResponse:
    """Read and count once more with what was chosen. For htmx the counts alone, where only they are new."""
    item, uploads = view.item, current_settings().uploads_folder
    import_id, campaign_id, before = item.id, _campaign_of(item), _shape(view)
    try:
        plan = imports.plan_mapping(
            db.session(),
            uploads,
            import_id,
            mapping,
            language=_language(),
            on_known=on_known,
            now=now(),
        )
        with transaction(db.session()) as session:
            imports.set_mapping(
                session, import_id, plan, dry_run=True, on_known=on_known, actor=g.actor, now=now()
            )
    except InvalidInput as error:
        return _refused(
            view, [(_check_field(each.field, mapping), _sentence(each.message)) for each in error.errors]
        )
    wake_engine()
    if not is_htmx_request():
        return redirect_after_post(_address("show", campaign_id, import_id))
    again = _view(campaign_id, import_id)
    if again.item.status != "checked" or _shape(again) != before:
        response = make_response("")
        response.headers["HX-Refresh"] = "true"
        return response
    template = "imports/_checked.html" if again.item.list_id is None else "imports/_list_checked.html"
    return _private(render_template(template, **_check(again)))


def _shape(view: CheckView) -> tuple[Any, ...]:
    """What the part of the page that htmx leaves alone depends on."""
    return (
        view.item.status,
        view.item.encoding,
        view.item.delimiter,
        view.item.has_header,
        view.item.reading,
        [(column["name"], column["samples"]) for column in view.columns],
    )


def _check_field(name: str, mapping: Mapping[str, Any]) -> str:
    """The field of the page for the service's name of it: `mapping.columns[2].role` is `role-5`."""
    field = name.removeprefix("mapping.")
    if field.startswith("columns["):
        place = int(field.removeprefix("columns[").partition("]")[0])
        return f"role-{mapping['columns'][place]['index']}"
    return {"columns": "columns"}.get(field, field)


def _refused(view: CheckView, problems: list[Problem]) -> AnyResponse:
    if is_htmx_request() and view.item.status != "needs_mapping":
        template = "imports/_checked.html" if view.item.list_id is None else "imports/_list_checked.html"
        html = render_template(template, **_check(view, problems=problems))
        return make_response(html, 422)
    return _check_page(view, form=request.form, problems=problems, status=422)


@blueprint.get(f"{CONTACTS}{ONE}/_progress")
@blueprint.get(f"{LISTING}{ONE}/_progress")
@require_role(Role.VIEWER)
def progress(import_id: int, campaign_id: int | None = None) -> Response:
    view = _view(campaign_id, import_id)
    response = fragment_response(render_template("imports/_progress.html", **_report(view)))
    if view.item.status not in AT_WORK:
        # Once more as a whole page: it now shows the rejected rows, which are not polled.
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.get(f"{CONTACTS}{ONE}/rejected")
@blueprint.get(f"{LISTING}{ONE}/rejected")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def rejected_rows(import_id: int, campaign_id: int | None = None) -> str:
    """All rows that were left out, a page at a time."""
    view = _view(campaign_id, import_id)
    code = request.args.get("code") or None
    page = imports.list_rejects(
        db.session(),
        import_id,
        uploads=current_settings().uploads_folder,
        code=code,
        cursor=request.args.get("cursor"),
        limit=REJECTS_PAGE,
    )
    result = view.item.check_result or {}
    reasons = result.get("reasons") if view.item.phase == "check" else view.item.reasons
    return render_template(
        "imports/rejected.html",
        **_frame(view),
        page=page,
        code=code,
        reasons=import_words.reason_rows(reasons or {}, view.item.mapping, full=True),
    )


@blueprint.get(f"{CONTACTS}{ONE}/rejected.csv")
@blueprint.get(f"{LISTING}{ONE}/rejected.csv")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def rejected(import_id: int, campaign_id: int | None = None) -> Response:
    view = _view(campaign_id, import_id)
    if view.item.status == "needs_mapping":
        # What the page shows for the ticked column is counted for it, and so is what is taken away.
        _plan_outcome(view, question_cards(view, None, full=True))
    with transaction(db.session()) as session:
        imports.record_rejected_export(session, import_id, actor=g.actor, now=now())
    pieces = imports.rejected_csv(
        db.session(),
        import_id,
        request.args.get("all") == "1",
        uploads=current_settings().uploads_folder,
        code=request.args.get("code") or None,
    )
    response = Response(stream_with_context(BoundedStream(pieces)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="rejected-{import_id}.csv"'
    return response


@blueprint.post(f"{CONTACTS}{ONE}/undo")
@blueprint.post(f"{LISTING}{ONE}/undo")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def undo(import_id: int, campaign_id: int | None = None) -> AnyResponse:
    with transaction(db.session()) as session:
        item = _view(campaign_id, import_id).item
        removed = imports.undo_import(session, import_id, actor=g.actor, now=now())
        mode = item.mode
    if mode == "do_not_call":
        flash(f"Took {removed:,} {'number' if removed == 1 else 'numbers'} off the do-not-call list.", "wait")
    else:
        people = "1 contact that hadn’t" if removed == 1 else f"{removed:,} contacts that hadn’t"
        flash(f"Removed the {people} been called.", "wait")
    return redirect_after_post(_address("show", campaign_id, import_id))


# What the pages show.


def _view(campaign_id: int | None, import_id: int) -> CheckView:
    """The import, if it is this campaign's, or the do-not-call list's. Raises NotFound."""
    view = imports.get_check(db.session(), import_id)
    if campaign_id is None and view.item.mode != "do_not_call":
        raise NotFound(f"the do-not-call list has no import {import_id}")
    if campaign_id is not None and (view.item.mode, view.item.campaign_id) != ("contacts", campaign_id):
        raise NotFound(f"campaign {campaign_id} has no import {import_id}")
    return view


def _campaign_of(item: Import) -> int | None:
    """The campaign in an import's address; a do-not-call file has none there, even if it is for one campaign."""
    return item.campaign_id if item.mode == "contacts" else None


def _address(endpoint: str, campaign_id: int | None, import_id: int, **more: Any) -> str:
    if campaign_id is not None:
        more["campaign_id"] = campaign_id
    return url_for(f"imports.{endpoint}", import_id=import_id, **more)


def _accepts(campaign: Campaign | None) -> bool:
    return campaign is None or CampaignStatus(campaign.status) in ACCEPTS_CONTACTS


def _upload_page(campaign_id: int | None, problems: Sequence[Problem] = ()) -> str:
    campaign = None if campaign_id is None else campaigns.get_campaign(db.session(), campaign_id)
    return render_template(
        "imports/new.html",
        campaign=campaign,
        problems=problems,
        form=request.form,
        accepts=_accepts(campaign),
        past=imports.list_imports(db.session(), mode="do_not_call", limit=10) if campaign is None else [],
        **upload_fields(campaign),
    )


def upload_fields(campaign: Campaign | None) -> dict[str, Any]:
    """What templates/imports/_upload.html needs, on whatever page it stands."""
    region = campaign.default_region if campaign else None
    return {
        "countries": list_countries(),
        "campaign_country": country_name(region) if region else None,
        "max_upload_mb": current_settings().max_upload_mb,
    }


def _frame(view: CheckView) -> dict[str, Any]:
    """What every page of an import shows around its own part."""
    item = view.item
    campaign_id = _campaign_of(item)
    return {
        "item": item,
        "campaign": view.campaign if campaign_id is not None else None,
        "only_for": view.campaign if campaign_id is None else None,
        "contacts": item.mode == "contacts",
        "number_list": None if item.list_id is None else _find_list(item.list_id),
        "accepts": _accepts(view.campaign if campaign_id is not None else None),
        "address": lambda endpoint, **more: _address(endpoint, campaign_id, item.id, **more),
        "mine": item.created_by == g.actor,
        "called_at": import_words.called_at(item),
    }


def _find_list(list_id: int) -> NumberList | None:
    """None where it was deleted since."""
    found = db.session().get(NumberList, list_id)
    return None if found is None or found.gone else found


def _check(
    view: CheckView, form: Mapping[str, str] | None = None, problems: Sequence[Problem] = ()
) -> dict[str, Any]:
    item, full, at = view.item, viewer_can("operator"), now()
    cards = question_cards(view, form, full=full)
    shown, mapping = item.check_result, item.mapping
    tried = None
    if cards:
        plan, tried = _plan_outcome(view, cards)
        shown = plan.totals.to_json() if plan is not None and plan.totals is not None else None
        mapping = plan.understanding.mapping if plan is not None else None
    return {
        **_frame(view),
        "view": view,
        "cards": cards,
        "tried": tried,
        "number_card": next((card for card in cards if card.code in NUMBER_QUESTIONS and card.choices), None),
        "columns": columns_of(view, cards, form, full=full),
        "result": result_of(shown, mapping, view, full=full, at=at),
        "rows": [] if cards else preview_rows(shown, view, full=full, at=at),
        "under_way": item.status in AT_WORK,
        "share": view.progress,
        "problems": problems,
        "posted": form or {},
        "on_known": (form or {}).get("known") or item.on_known,
        "remember": form is None or form.get("remember") == "1",
        "as_remembered": is_as_remembered(view),
        "can_repeat": view.remembered_at is not None and remembered_mapping(view) is not None,
        "reading_words": import_words.reading_words(item),
        "encodings": import_words.encoding_options(item),
        "delimiters": import_words.delimiter_options(item),
        "delimiter": import_words.delimiter_value(item),
        "sheets": (item.understanding or {}).get("sheets") or [],
        "countries": list_countries(),
        "full": full,
    }


def _plan_outcome(view: CheckView, cards: Sequence[QuestionCard]) -> tuple[CheckPlan | None, int | None]:
    """What an unsure file would become with the column that was ticked (`number`), else with the first one in question;
    and that column. None where no column can be tried, or the file is gone."""
    card = next((card for card in cards if card.code in NUMBER_QUESTIONS), None)
    guessed = [column["index"] for column in view.columns if column["role"] == "number"]
    candidates = list(card.columns) if card else guessed
    ticked = parse_id(request.values.get("number"))
    number = ticked if ticked in candidates else next(iter(candidates), None)
    if number is None:
        return None, None
    # Where the numbers are not in question, those that are called in place of the first are counted with it.
    seconds = (
        [] if card else [column["index"] for column in view.columns if column["role"] == "second_number"]
    )
    others = [{"index": index, "role": "second_number"} for index in seconds]
    try:
        plan = imports.plan_mapping(
            db.session(),
            current_settings().uploads_folder,
            view.item.id,
            {"columns": [{"index": number, "role": "number"}, *others]},
            language=_language(),
            now=now(),
        )
    except (InvalidInput, StateConflict):
        return None, number
    return plan, number


def _check_page(
    view: CheckView,
    form: Mapping[str, str] | None = None,
    problems: Sequence[Problem] = (),
    status: int = 200,
) -> Response:
    response = _private(render_template("imports/check.html", **_check(view, form, problems)))
    response.status_code = status
    if viewer_can("operator"):
        _note_look(view.item.id, _campaign_of(view.item))
    return response


def _private(html: str) -> Response:
    """A page with numbers in full: no cache keeps it."""
    response = make_response(html)
    response.headers["Cache-Control"] = "no-store"
    return response


def _note_look(import_id: int, campaign_id: int | None) -> None:
    """Note in the audit trail that somebody saw numbers in full; once an hour for each person and file."""
    with transaction(db.session()) as session:
        audit.record_reveal(
            session,
            actor=g.actor,
            action="import.reveal",
            object_type="import",
            object_id=import_id,
            every=REVEAL_EVERY,
            now=now(),
            campaign_id=campaign_id,
        )


def _report(view: CheckView) -> dict[str, Any]:
    item, full = view.item, viewer_can("operator")
    under_way = item.status in AT_WORK
    reasons = import_words.reason_rows(item.reasons or {}, item.mapping, full=full)
    parts = parts_of(item.accepted, "Added", reasons)
    if item.updated:
        parts.insert(1, ("pending", "Updated", item.updated))
    share = view.progress
    bar = (
        [charts.BarSegment("live", "Read", 0, 0.0, round(100 * share, 2))]
        if under_way
        else charts.stack_segments(parts)
    )
    return {
        **_frame(view),
        "under_way": under_way,
        "share": share,
        "bar": bar,
        "bar_words": f"{share:.0%} of the file is read" if under_way else charts.describe_segments(bar),
        "legend": [part for part in parts if part[2] or part[0] == "completed"],
        "reasons": reasons,
        "left_out": sum(row.count for row in reasons),
        "uses": import_words.column_uses(item),
        "reading_words": import_words.reading_words(item) if item.reading else None,
        "reasons_kept": import_words.describe_reasons_kept(item),
    }


def _first_rejects(view: CheckView) -> dict[str, Any]:
    if view.item.status in AT_WORK or not viewer_can("operator"):
        return {"rejects": []}
    page = imports.list_rejects(
        db.session(), view.item.id, uploads=current_settings().uploads_folder, limit=REJECTS_SHOWN
    )
    return {"rejects": page.items, "more_rejects": page.next_cursor is not None}
