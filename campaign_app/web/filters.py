"""Template filters: how values read on a page. Filters that return markup escape what they were given."""

from __future__ import annotations

import re

from flask import Flask
from jinja2.filters import do_filesizeformat
from markupsafe import Markup

from campaign_app.domain import phone as phones
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.local_times import name_city
from campaign_app.http.numbers import hide_from_viewers, is_web_address
from campaign_app.services.pack_limits import describe_rule_hours, list_rule_needs

from .status_words import describe_status
from .times import NOTHING

IDENTIFIER = re.compile(r"[^\s@/_.]+[@/_.][^\s]")
"""A text that begins with something like `ann@example.org` or `us-federal/hours`."""


def format_number(value: float | None) -> str:
    """1234 → `1,234`."""
    return NOTHING if value is None else f"{value:,}"


def format_percent(value: float | None, digits: int = 1) -> str:
    """A share from 0 to 1: 0.481 → `48.1%`."""
    return NOTHING if value is None else f"{value * 100:.{digits}f}%"


def format_duration(seconds: float | None) -> str:
    """Seconds → `0:11`, `12:03`, `1:02:03`."""
    if seconds is None:
        return NOTHING
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def count_noun(number: float, noun: str) -> str:
    """`1 line`, `1,200 lines`, `2.5 hours`."""
    return f"1 {noun}" if number == 1 else f"{number:,.7g} {noun}s"


def count_people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


def mask_number(phone: str | None) -> str:
    """E.164 → `+1 617 ••• ••42`."""
    return phones.mask(phone) if phone else NOTHING


def mask_label(phone: str | None) -> str:
    """E.164 → `+1 617, ending 42`, for those who hear the page."""
    return phones.mask_label(phone) if phone else "no number"


def format_file_size(size: int) -> str:
    """`1 byte`, `49 bytes`, `1.2 kB`."""
    return do_filesizeformat(size).replace("Byte", "byte")


def masked_markup(phone: str | None) -> Markup | str:
    """A number that looks masked and reads well aloud."""
    if not phone:
        return NOTHING
    return Markup(
        '<span class="nowrap"><span aria-hidden="true">{}</span><span class="vh">{}</span></span>'
    ).format(phones.mask(phone), phones.mask_label(phone))


def describe_actor(value: str | None) -> str:
    """`user:ann@example.org` → `ann@example.org`, `token:crm` → `token crm`, `engine` → `the engine`."""
    kind, _, name = (value or "").partition(":")
    if kind == "user":
        return name
    if kind == "token":
        return f"token {name}"
    return {"engine": "the engine", "cli": "the command line", "setup": "the set-up", "": NOTHING}.get(
        kind, kind
    )


def capitalize_first(text: str) -> str:
    """`the file is empty` → `The file is empty`. The rest stays as it is, unlike with Jinja's `capitalize`, and so does
    a text that begins with an identifier."""
    if IDENTIFIER.match(text):
        return text
    return f"{text[:1].upper()}{text[1:]}"


def to_sentence(text: str) -> str:
    """An error's or a setting's words as a sentence: `the file is empty` → `The file is empty.`"""
    return f"{capitalize_first(text)}{'' if not text or text.endswith(('.', '!', '?')) else '.'}"


def is_about_search(error: InvalidInput) -> bool:
    """Whether a table refuses what was searched for: it says so in the place of its rows."""
    return all(each.field == "search" for each in error.errors)


def mask_text(text: str) -> str:
    """What somebody else wrote, a person or a provider, with whatever could be a phone number masked for viewers."""
    return str(hide_from_viewers(text, written=True))


def mask_sentence(text: str) -> str:
    """One of our own sentences, with phone numbers masked for viewers."""
    return str(hide_from_viewers(text))


FILTERS = {
    "capitalize_first": capitalize_first,
    "sentence": to_sentence,
    "num": format_number,
    "pct": format_percent,
    "duration": format_duration,
    "file_size": format_file_size,
    "mask": mask_number,
    "mask_label": mask_label,
    "mask_text": mask_text,
    "mask_sentence": mask_sentence,
    "is_web_address": is_web_address,
    "masked": masked_markup,
    "international": phones.format_international,
    "number_plan": phones.name_plan,
    "actor": describe_actor,
    "city": name_city,
    "status_words": describe_status,
    "rule_hours": describe_rule_hours,
    "rule_needs": list_rule_needs,
}


def install_filters(app: Flask) -> None:
    app.jinja_env.filters.update(FILTERS)
