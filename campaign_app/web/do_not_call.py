"""Do-not-call: numbers that are never dialed. Search, add, remove with a reason, take the list away.

Files of numbers are uploaded by the pages of imports.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Blueprint, flash, g, render_template, request, stream_with_context, url_for
from werkzeug.wrappers import Response

from campaign_app.domain import phone as phones
from campaign_app.domain.errors import FieldError, InvalidInput, StateConflict
from campaign_app.extensions import db
from campaign_app.http.current import current_settings, now, wake_engine
from campaign_app.http.numbers import hide_from_viewers, read_number_search
from campaign_app.http.roles import require_role
from campaign_app.http.streams import BoundedStream
from campaign_app.models import DoNotCall, Role
from campaign_app.queries import tables
from campaign_app.queries.phone_search import search_digits
from campaign_app.services import do_not_call
from campaign_app.transaction import transaction

from . import forms_people as forms
from .exports import redirect_if_long
from .filters import is_about_search, to_sentence
from .frame import redirect_after_post, render_refused_form
from .times import name_moment

blueprint = Blueprint("do_not_call", __name__)
PAGE_SIZE = 50
MOST = 10_000
"""Entries are counted no further: beyond it the page says "more than"."""
IN_CAMPAIGN = re.compile(r"\bin campaign (\d+)$")
"""How the stored reason of somebody who opted out by a key ends (queries.opt_outs)."""


@blueprint.get("/do-not-call")
@require_role(Role.VIEWER)
def index() -> str:
    return render_template("do_not_call/list.html", **_list_context(forms.DoNotCallEntry(formdata=None)))


@blueprint.post("/do-not-call")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def add_number() -> Any:
    form = forms.DoNotCallEntry()
    if form.validate():
        moment = now()
        try:
            with transaction(db.session()):
                entry = do_not_call.add_do_not_call_entry(
                    db.session(),
                    form.phone.data or "",
                    region=form.region.data or None,
                    campaign_id=None,
                    reason=(form.reason.data or "").strip() or None,
                    source="operator",
                    actor=g.actor,
                    now=moment,
                )
                since = entry.created_at
        except (InvalidInput, StateConflict) as error:
            forms.attach_errors(form, error)
        else:
            if since < moment:
                flash(
                    f"{phones.mask(entry.phone)} was on the list already, since {name_moment(since)}.", "wait"
                )
            else:
                flash(f"{phones.mask(entry.phone)} won’t be called again. A call in progress isn’t cut off.")
            return redirect_after_post(url_for("do_not_call.index"))
    return render_refused_form("do_not_call/list.html", **_list_context(form))


@blueprint.get("/do-not-call/<id:entry_id>/remove")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def confirm_removal(entry_id: int) -> str:
    return render_template("do_not_call/remove.html", **_removal(entry_id))


@blueprint.post("/do-not-call/<id:entry_id>/remove")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def remove_number(entry_id: int) -> Any:
    """Take a number off the list, with the reason why it may be called again."""
    call_again = request.form.get("contacts") == "call"
    try:
        with transaction(db.session()):
            removal = do_not_call.remove_do_not_call_entry(
                db.session(),
                entry_id,
                reason=request.form.get("reason"),
                unsuppress=call_again,
                actor=g.actor,
                now=now(),
            )
            phone, again = removal.phone, removal.unsuppressed
    except InvalidInput as error:
        message = error.errors[0].message
        problem = f"{message[:1].upper()}{message[1:]}"
        return render_refused_form("do_not_call/remove.html", **_removal(entry_id), problem=problem)
    if again:
        wake_engine()
    due = {0: "", 1: " 1 contact will be called again."}.get(
        again, f" {again:,} contacts will be called again."
    )
    flash(f"Removed {phones.mask(phone)} from do-not-call.{due}", "wait")
    return redirect_after_post(url_for("do_not_call.index"))


@blueprint.get("/do-not-call/removed")
@require_role(Role.VIEWER)
def removed() -> str:
    """Entries that were taken off the list: who did it, when and why."""
    search = request.args.get("q", "").strip()
    page, problem = _search_entries(tables.do_not_call_removals, search)
    return render_template("do_not_call/removed.html", page=page, search=search, problem=problem)


@blueprint.get("/do-not-call/export.csv")
@require_role(Role.OPERATOR, Role.COMPLIANCE)
def export() -> Response:
    """The whole list; for a long one, the page where a file is made. Numbers are in full: it is audited."""
    entries = tables.count_do_not_call(db.session(), current_settings().export_stream_rows + 1)
    asked_for = redirect_if_long(entries, "exports.do_not_call_index")
    if asked_for is not None:
        return asked_for
    with transaction(db.session()):
        pieces = do_not_call.export_csv(db.session(), actor=g.actor, now=now())
    response = Response(stream_with_context(BoundedStream(pieces)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="do-not-call.csv"'
    return response


def _list_context(form: forms.DoNotCallEntry) -> dict[str, Any]:
    search = request.args.get("q", "").strip()
    page, problem = _search_entries(tables.list_do_not_call, search)
    return {
        "form": form,
        "page": page,
        "search": search,
        "problem": problem,
        "total": tables.count_do_not_call(db.session(), MOST + 1),
        "most": MOST,
        "names": _name_campaigns(page.items),
        "describe_reason": _describe_reason,
    }


def _name_campaigns(entries: Iterable[DoNotCall]) -> dict[int, str]:
    """The names, by id, of the campaigns that the entries are for or that their reasons mention."""
    ids = {entry.campaign_id for entry in entries if entry.campaign_id is not None}
    for entry in entries:
        found = IN_CAMPAIGN.search(entry.reason or "")
        if found and len(found[1]) < 19:
            ids.add(int(found[1]))
    return tables.name_campaigns(db.session(), ids)


def _describe_reason(entry: DoNotCall, names: Mapping[int, str]) -> str:
    """`Pressed the opt-out key in “Tea”`: the campaign's name instead of its number, while it is known; to viewers
    without the phone numbers that somebody may have written into it."""

    def name(found: re.Match[str]) -> str:
        known = names.get(int(found[1]))
        return found[0] if known is None else f"in “{known}”"

    return str(hide_from_viewers(IN_CAMPAIGN.sub(name, entry.reason or ""), written=True))


def _search_entries(list_entries: Callable[..., tables.TablePage[Any]], search: str) -> tuple[Any, str]:
    """A page of entries, and why a search of so many finds nothing."""
    try:
        if search.strip() and not search_digits(search):
            raise InvalidInput([FieldError("search", "give digits of a number, and no letters")])
        return list_entries(
            db.session(),
            search=read_number_search(search),
            cursor=request.args.get("cursor"),
            limit=PAGE_SIZE,
        ), ""
    except InvalidInput as error:
        if not is_about_search(error):
            raise
        return tables.TablePage([], None), to_sentence(error.errors[0].message)


def _removal(entry_id: int) -> dict[str, Any]:
    entry = do_not_call.get(db.session(), entry_id)
    return {
        "entry": entry,
        "names": _name_campaigns([entry]),
        "describe_reason": _describe_reason,
        "blocked": do_not_call.count_suppressed(db.session(), entry),
        "reason": request.form.get("reason", ""),
        "call_again": request.form.get("contacts") == "call",
    }
