"""Sign-in dialog: signing in again over an open form, so that what was typed stays (static/app.js opens it).

Passkeys and single sign-on leave the page: they go through another tab, after which the dialog is not needed any more.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g, make_response, render_template
from werkzeug.wrappers import Response

from campaign_app.extensions import db
from campaign_app.http.roles import public_view
from campaign_app.http.throttle import begin_guess, refuse_locked, remember_device
from campaign_app.services.people import users

from . import forms_people as forms
from .auth import WRONG_CREDENTIALS, open_session
from .signing_in import check_second_factor, find_pending_user, remember_password

blueprint = Blueprint("sign_in_dialog", __name__)


@blueprint.get("/login/_dialog")
@public_view
def show() -> Any:
    """The dialog; for who has signed in meanwhile, what the page needs to go on."""
    return _go_on() if g.user is not None else _dialog(forms.SignIn(formdata=None, prefix="again-"))


@blueprint.post("/login/_dialog")
@public_view
def sign_in() -> Any:
    form = forms.SignIn(prefix="again-")
    email = form.email.data or ""
    refuse_locked(email)
    if not form.validate():
        return _dialog(form, 422)
    guess = begin_guess(email)
    user = users.authenticate_user(db.session(), email, form.password.data or "")
    if user is None:
        guess.fail("user.sign-in-failed", users.find_user_id(db.session(), email))
        form.form_errors.append(WRONG_CREDENTIALS)
        return _dialog(form, 422)
    guess.succeed()
    if user.second_factor_since is not None:
        remember_password(user.id)
        return _dialog(forms.Code(formdata=None, prefix="again-"), step="code")
    return _finish(user.id, "password")


@blueprint.post("/login/_dialog/code")
@public_view
def enter_code() -> Any:
    user = find_pending_user()
    if user is None:
        form = forms.SignIn(formdata=None, prefix="again-")
        form.form_errors.append("That took too long. Sign in again.")
        return _dialog(form, 422)
    code = forms.Code(prefix="again-")
    if not code.validate() or not check_second_factor(code, user):
        return _dialog(code, 422, step="code")
    return _finish(user.id, "code")


def _dialog(form: forms.PageForm, status: int = 200, step: str = "password") -> Response:
    response: Response = make_response(render_template("auth/_dialog.html", form=form, step=step), status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _finish(user_id: int, method: str) -> Response:
    user = open_session(user_id, method=method)
    response = _go_on()
    remember_device(response, user.email)
    return response


def _go_on() -> Response:
    response: Response = make_response(render_template("auth/_signed_in.html"))
    response.headers["Cache-Control"] = "no-store"
    return response
