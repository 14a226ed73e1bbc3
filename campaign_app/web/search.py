"""Search page: what the bar's field leads to. A whole number opens its why page, a text finds campaigns and people."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request

from campaign_app.domain.text_folding import fold_text, has_digit
from campaign_app.extensions import db
from campaign_app.http.numbers import are_numbers_hidden, hide_from_viewers
from campaign_app.http.roles import require_role
from campaign_app.models import Contact, Role
from campaign_app.services.search import search_everything

from .why_page import find_why_url

blueprint = Blueprint("search", __name__)
LONGEST_TEXT = 100


@blueprint.get("/search")
@require_role(Role.VIEWER)
def index() -> Any:
    text = " ".join(request.args.get("q", "").replace("\0", "").split())[:LONGEST_TEXT]
    session = db.session()
    may_tell = not (are_numbers_hidden() and has_digit(text))
    result = search_everything(session, text, people=may_tell)
    if result.number is not None:
        return redirect(find_why_url(session, result.number), 303)
    readings = [(number, find_why_url(session, number)) for number in result.numbers]
    people = [(contact, _find_match(contact, text)) for contact in result.people]
    return render_template("search.html", text=text, result=result, readings=readings, people=people)


def _find_match(contact: Contact, text: str) -> str:
    """The values in which the text was found, as whoever asks may see them."""
    wanted = fold_text(text)
    found = [
        f"{name}: {value}" for name, value in contact.variables.items() if wanted in fold_text(str(value))
    ]
    return str(hide_from_viewers(", ".join(found), written=True))
