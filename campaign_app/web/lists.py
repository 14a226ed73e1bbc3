"""Lists: registries and other lists of numbers that may not be called. Their age and versions, and replacing them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, g, render_template, request, url_for
from werkzeug.wrappers import Response

from campaign_app.domain.countries import country_name, list_countries
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.domain.lists import ListKind, OnStale, default_max_age, describe_applies
from campaign_app.domain.phone import is_region
from campaign_app.domain.rulebook import Purpose
from campaign_app.extensions import db
from campaign_app.http.current import current_settings, now, wake_engine
from campaign_app.http.roles import require_role
from campaign_app.models import NumberList, Role
from campaign_app.queries import tables
from campaign_app.services import imports, lists
from campaign_app.services.explanations import parse_whole_number
from campaign_app.services.lists import ListView
from campaign_app.transaction import transaction

from . import charts
from .do_not_call import MOST
from .filters import count_people
from .frame import redirect_after_post, viewer_can

blueprint = Blueprint("lists", __name__)
KIND_WORDS = {
    ListKind.REGISTRY: "registry",
    ListKind.LITIGATORS: "litigators",
    ListKind.REASSIGNED: "reassigned numbers",
    ListKind.OTHER: "other",
}
STATE_WORDS = {
    "loading": "not in use yet",
    "current": "in use",
    "replaced": "replaced",
    "failed": "never used",
}
"""Of a version."""
SOON_DAYS = 3
"""From so many days before its end a list is said to be nearly too old."""
Problems = dict[str, str]


@dataclass(frozen=True, slots=True)
class ListRow:
    """A list as its line shows it."""

    view: ListView
    kind: str
    applies: str
    age: str
    bar: charts.BarSegment | None
    status: str
    """The class of its badge."""
    icon: str
    state: str
    upload_id: int | None
    """Its file that waits for somebody, or is being read."""


@blueprint.get("/rules/lists")
@require_role(Role.VIEWER)
def index() -> tuple[str, int] | str:
    """All lists; with `phone` also which of them have that number."""
    phone, found, problem = request.args.get("phone", "").strip(), None, ""
    number = ""
    if phone:
        try:
            number = parse_whole_number(phone, request.args.get("region") or None)
            found = lists.find_number(db.session(), number)
        except InvalidInput as error:
            problem = _sentence(error.errors[0].message)
    rows = [_make_row(view) for view in lists.list_lists(db.session(), now())]
    page = render_template(
        "rules/lists.html",
        rows=rows,
        blocking=[row for row in rows if row.view.blocks],
        own=tables.count_do_not_call(db.session(), MOST + 1),
        most=MOST,
        phone=phone,
        number=number,
        found=found,
        problem=problem,
        today=now(),
        describe_held=count_people,
        describe_stale=lambda row: row.view.rule.describe_stale(now()),
    )
    return (page, 422) if problem else page


@blueprint.get("/rules/lists/new")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def new() -> str:
    return render_template("rules/list_form.html", **_form({}, {}))


@blueprint.post("/rules/lists/new")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def add() -> Any:
    """A new list, and its first file where one was chosen."""
    problems: Problems = {}
    try:
        with transaction(db.session()):
            item = lists.create_list(db.session(), _read_form(full=True), actor=g.actor, now=now())
            list_id, name = item.id, item.name
    except InvalidInput as error:
        problems = _name_problems(error)
        return render_template("rules/list_form.html", **_form(request.form, problems)), 422
    flash(f"{name} was added. It holds nobody back until you upload its file.", "wait")
    return redirect_after_post(f"{url_for('lists.show', list_id=list_id)}#replace")


@blueprint.get("/rules/lists/<id:list_id>")
@require_role(Role.VIEWER)
def show(list_id: int) -> str:
    return render_template("rules/list.html", **_page(list_id, {}))


@blueprint.get("/rules/lists/<id:list_id>/edit")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def edit(list_id: int) -> str:
    item = lists.get_list(db.session(), list_id)
    return render_template("rules/list_form.html", **_form(_values_of(item), {}, item))


@blueprint.post("/rules/lists/<id:list_id>/edit")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def change(list_id: int) -> Any:
    item = lists.get_list(db.session(), list_id)
    try:
        data = _read_form(full=viewer_can("admin"))
        with transaction(db.session()):
            lists.change_list(db.session(), list_id, data, actor=g.actor, role=g.role, now=now())
    except InvalidInput as error:
        item = lists.get_list(db.session(), list_id)
        return render_template(
            "rules/list_form.html", **_form(request.form, _name_problems(error), item)
        ), 422
    wake_engine()
    flash("Saved. Calls keep to it from now on.", "wait")
    return redirect_after_post(url_for("lists.show", list_id=list_id))


@blueprint.get("/rules/lists/<id:list_id>/delete")
@require_role(Role.ADMIN, Role.COMPLIANCE)
def confirm_delete(list_id: int) -> str:
    return render_template(
        "rules/list_delete.html", view=lists.get_view(db.session(), list_id, now()), describe=count_people
    )


@blueprint.post("/rules/lists/<id:list_id>/delete")
@require_role(Role.ADMIN, Role.COMPLIANCE)
def delete(list_id: int) -> Response:
    with transaction(db.session()):
        name = lists.get_list(db.session(), list_id).name
        held = lists.delete_list(db.session(), list_id, actor=g.actor, now=now())
    again = f" {count_people(held)} may be called again within a minute." if held else ""
    flash(f"Deleted {name}.{again}", "wait")
    return redirect_after_post(url_for("lists.index"))


@blueprint.post("/rules/lists/<id:list_id>/imports")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def upload(list_id: int) -> Any:
    """Take a list's new file, look at it, and go to its check page. The list in use stays until that is confirmed."""
    item, at, uploads = lists.get_list(db.session(), list_id), now(), current_settings().uploads_folder
    file = request.files.get("file")
    as_of, older = request.form.get("as_of", "").strip(), request.form.get("allow_older") == "1"
    try:
        lists.check_upload_day(db.session(), item, as_of, allow_older=older, now=at)
        if file is None or not file.filename:
            raise InvalidInput([FieldError("file", "choose the list’s file")])
        lists.refuse_if_open_upload(db.session(), list_id)
        stored = imports.store(
            uploads,
            file.stream,
            max_bytes=current_settings().max_upload_mb << 20,
            filename=file.filename,
        )
        try:
            found = lists.plan_upload(
                db.session(),
                uploads,
                stored,
                list_id,
                as_of=as_of,
                allow_older=older,
                region=request.form.get("region") or None,
                language=request.accept_languages.best,
                now=at,
            )
            with transaction(db.session()) as session:
                import_id = lists.start_upload(
                    session,
                    stored,
                    list_id,
                    found,
                    filename=file.filename,
                    dry_run=True,
                    actor=g.actor,
                    now=at,
                ).id
        except BaseException:
            imports.remove_upload(uploads, stored.name)
            raise
    except InvalidInput as error:
        problems = {
            {"default_region": "region"}.get(each.field, each.field): _sentence(each.message)
            for each in error.errors
        }
        return render_template("rules/list.html", **_page(list_id, problems)), 422
    wake_engine()
    return redirect_after_post(url_for("imports.show", import_id=import_id))


def _sentence(message: str) -> str:
    return f"{message[:1].upper()}{message[1:]}"


def _name_problems(error: InvalidInput) -> Problems:
    """By the field of the form: `countries[2]` is `countries`."""
    return {each.field.partition("[")[0]: _sentence(each.message) for each in error.errors}


def _read_form(*, full: bool) -> dict[str, Any]:
    """The form in API shape; without `full` the name alone, which is all that an operator may change."""
    form = request.form
    data: dict[str, Any] = {"name": form.get("name", "")}
    if not full:
        return data
    data["kind"] = form.get("kind", "")
    codes = [code.upper() for code in form.get("countries", "").replace(",", " ").split()]
    data["countries"] = codes or None
    if not codes and data["kind"] == ListKind.REGISTRY and form.get("world") != "1":
        raise InvalidInput([FieldError("countries", "say whose register it is, such as US")])
    for code in codes:
        if not is_region(code):
            raise InvalidInput(
                [FieldError("countries", f"{code[:10]} is not a country: use two letters, such as AU")]
            )
    purposes = form.getlist("purposes")
    data["purposes"] = purposes or None
    age = form.get("max_age_days", "").strip()
    kind = data["kind"]
    if age:
        data["max_age_days"] = age
    elif kind in set(ListKind) and form.get("ageless") != "1":
        data["max_age_days"] = default_max_age(ListKind(kind), data["countries"])
    else:
        data["max_age_days"] = None
    data["on_stale"] = form.get("on_stale", OnStale.BLOCK.value)
    return data


def _values_of(item: NumberList) -> dict[str, Any]:
    return {
        "name": item.name,
        "kind": item.kind,
        "countries": " ".join(item.countries or ()),
        "purposes": item.purposes or [],
        "max_age_days": "" if item.max_age_days is None else str(item.max_age_days),
        "on_stale": item.on_stale,
        "world": "1" if item.countries is None else "",
        "ageless": "1" if item.max_age_days is None else "",
    }


def _form(values: Any, problems: Problems, item: NumberList | None = None) -> dict[str, Any]:
    purposes = values.getlist("purposes") if hasattr(values, "getlist") else values.get("purposes")
    if purposes is None:
        purposes = [Purpose.MARKETING.value]
    return {
        "item": item,
        "values": values,
        "problems": problems,
        "kinds": [(kind.value, KIND_WORDS[kind].capitalize()) for kind in ListKind],
        "purposes": [(purpose.value, purpose.value.capitalize()) for purpose in Purpose],
        "ticked": set(purposes),
        "full": item is None or viewer_can("admin"),
    }


def _page(list_id: int, problems: Problems) -> dict[str, Any]:
    view = lists.get_view(db.session(), list_id, now())
    return {
        "row": _make_row(view),
        "view": view,
        "versions": lists.list_versions(db.session(), list_id),
        "problems": problems,
        "posted": request.form,
        "region": request.form.get("region") or lists.guess_region(view.item) or "",
        "countries": list_countries(),
        "country_name": country_name,
        "max_upload_mb": current_settings().max_upload_mb,
        "today": now().date().isoformat(),
        "stale": view.rule.describe_stale(now()) if view.stale else "",
        "describe": count_people,
        "states": STATE_WORDS,
    }


def _make_row(view: ListView) -> ListRow:
    limit, age = view.rule.max_age_days, view.age
    uploads = imports.list_imports(db.session(), mode="do_not_call", list_id=view.item.id, limit=1)
    upload_id = next((each.id for each in uploads if each.status in lists.UNFINISHED), None)
    status, icon, state = _describe_state(view)
    words, bar = "–", None
    if age is not None:
        words = f"{age:,}" if limit is None else f"{age:,} of {limit:,}"
        if limit is not None:
            cls = "bad" if view.stale else "wait" if limit - age <= SOON_DAYS else "completed"
            bar = charts.BarSegment(cls, words, age, 0.0, round(min(100 * age / limit, 100.0), 2))
    return ListRow(
        view,
        KIND_WORDS[ListKind(view.item.kind)],
        describe_applies(view.item.countries, view.item.purposes),
        words,
        bar,
        status,
        icon,
        state,
        upload_id,
    )


def _describe_state(view: ListView) -> tuple[str, str, str]:
    """(badge, icon, words)."""
    limit, age = view.rule.max_age_days, view.age
    if age is None:
        return "draft", "draft", "No file yet"
    if view.blocks:
        return "failed", "failed", "Too old: blocks"
    if view.stale:
        return "paused", "paused", "Too old: warns"
    if limit is not None and limit - age <= SOON_DAYS:
        left = limit - age
        return "paused", "paused", "Last day" if not left else f"{left} {'day' if left == 1 else 'days'} left"
    return "running", "running", "New enough" if limit is not None else "In use"
