"""Forms of sign-in, users, tokens and do-not-call.

They check only that something was given: the rules are the services', which the API and the command line use
too; `take_errors` puts what a service found beside the field.
"""

from __future__ import annotations

from typing import Any

from flask_wtf import FlaskForm
from wtforms import (
    EmailField,
    HiddenField,
    IntegerField,
    PasswordField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields import SelectChoice  # type: ignore[attr-defined]  # newer than the stubs
from wtforms.validators import InputRequired, Length, Optional

from campaign_app.domain.countries import list_countries
from campaign_app.domain.errors import InvalidInput, StateConflict
from campaign_app.models import Role

from .filters import capitalize_first

ROLES = [
    SelectChoice(Role.VIEWER.value, "Viewer: can see everything, but change nothing"),
    SelectChoice(Role.OPERATOR.value, "Operator: can also run campaigns and edit do-not-call"),
    SelectChoice(
        Role.COMPLIANCE.value,
        "Compliance: rules, lists, do-not-call, reveals and the audit log; starts nothing",
    ),
    SelectChoice(Role.ADMIN.value, "Admin: everything; can also manage users, tokens and settings"),
]


class PageForm(FlaskForm):
    class Meta:
        # roles.py has checked the token of every POST already.
        csrf = False


def attach_errors(form: FlaskForm, error: InvalidInput | StateConflict) -> None:
    """Put each error at the field of its name, the rest above the form."""
    messages = (
        [(each.field, each.message) for each in error.errors]
        if isinstance(error, InvalidInput)
        else [("", str(error))]
    )
    for name, message in messages:
        text = capitalize_first(message)
        if name in form:
            field: Any = form[name]
            field.errors = [*field.errors, text]
        else:
            form.form_errors.append(text)


class SignIn(PageForm):
    email = EmailField("Email", [InputRequired("Enter your email address")])
    password = PasswordField("Password", [InputRequired("Enter your password")])
    next = HiddenField()
    held = HiddenField()


class Code(PageForm):
    code = StringField("Code", [InputRequired("Enter the code")])
    next = HiddenField()
    held = HiddenField()


class Proof(PageForm):
    password = PasswordField("Password")
    next = HiddenField()
    held = HiddenField()


class SetPassword(PageForm):
    password = PasswordField("Password", [InputRequired("Choose a password")])


class Forgot(PageForm):
    email = EmailField("Email", [InputRequired("Enter your email address")])


class NewFactor(PageForm):
    code = StringField("Code that the app shows", [InputRequired("Enter the code")])


class Rename(PageForm):
    email = EmailField("Email", [InputRequired("Enter an email address")])


class FirstAdmin(PageForm):
    email = EmailField("Email", [InputRequired("Enter an email address")])
    password = PasswordField("Password", [InputRequired("Choose a password")])


class NewUser(PageForm):
    email = EmailField("Email", [InputRequired("Enter an email address")])
    role = SelectField("Role", choices=ROLES, default=Role.OPERATOR.value)


class ChangePassword(PageForm):
    current = PasswordField("Current password", [InputRequired("Enter your current password")])
    password = PasswordField("New password", [InputRequired("Choose a new password")])


class NewToken(PageForm):
    name = StringField("Name", [InputRequired("Enter a name")])
    role = SelectField("Role", choices=ROLES, default=Role.OPERATOR.value)
    days = IntegerField("Days until it ends", [Optional()], default=90)
    campaigns = StringField("Campaigns")


class DoNotCallEntry(PageForm):
    phone = StringField("Number", [InputRequired("Enter a number")])
    region = SelectField("Country", validate_choice=False)
    reason = TextAreaField("Reason", [Length(max=500, message="Use at most 500 characters")])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.region.choices = [
            SelectChoice("", "The number starts with +"),
            *(SelectChoice(code, label) for code, label in list_countries()),
        ]
