"""Refused forms: a form in a dialog whose content was refused is shown open again, with all that was typed and each
error at its field, on the page from which it was sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask import g, request
from werkzeug.datastructures import MultiDict

from campaign_app.domain.errors import InvalidInput

from .filters import to_sentence

HIDDEN = ("until_zone",)
"""Fields that nobody sees."""
CHOOSE_COUNTRY = ", or choose a country for numbers without one"


@dataclass(frozen=True, slots=True)
class RefusedForm:
    """What a template shows of it. Blank for a form that was not refused."""

    page: str = ""
    """Where Cancel leads; empty where nothing was refused."""
    note: str = ""
    """What was not done: `It was not paused.`"""
    errors: Mapping[str, str] = field(default_factory=dict)
    """{field: sentence}."""
    values: MultiDict[str, str] = field(default_factory=MultiDict)

    def typed(self, name: str, usual: str = "") -> str:
        """What a field had, or what it has at first."""
        return self.values.get(name, usual) if self.page else usual

    def typed_beside(self, key: str, usual: str = "") -> str:
        """Of pairs of fields `name` and `value`: the value beside a name."""
        if not self.page:
            return usual
        pairs = zip(self.values.getlist("name"), self.values.getlist("value"), strict=False)
        return dict(pairs).get(key, usual)

    def typed_last(self, name: str) -> str:
        """What the last of the fields with that name had: a pair that was added."""
        return self.values.getlist(name)[-1] if self.page and name in self.values else ""


def find_refused_form(dialog: str) -> RefusedForm:
    """The form of that dialog, as this request sent it."""
    refused: tuple[str, RefusedForm] | None = g.get("refused_form")
    return refused[1] if refused is not None and refused[0] == dialog else RefusedForm()


def _describe(message: str) -> str:
    """A field's error as a sentence. What is said of a number begins with a verb, and a dialog asks for no country."""
    message = message.removesuffix(CHOOSE_COUNTRY)
    return to_sentence(f"it {message}" if message.startswith(("has ", "is ")) else message)


def show_refused_form(
    dialog: str,
    error: InvalidInput,
    render_page: Callable[[], str],
    *,
    note: str,
    page: str,
    other_field: str,
) -> tuple[str, int]:
    """The page with the dialog open, as 422. `other_field` has the errors that name no field of the form."""
    errors: dict[str, str] = {}
    for each in error.errors:
        name = each.field if each.field in request.form and each.field not in HIDDEN else other_field
        errors[name] = f"{errors.get(name, '')} {_describe(each.message)}".strip()
    g.refused_form = dialog, RefusedForm(page, note, errors, request.form)
    return render_page(), error.status
