"""Sign-in pages: signing in and out, the set-up link, the theme, and the way from `/` to the campaigns."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, make_response, render_template, request, session, url_for
from werkzeug.wrappers import Response

from campaign_app.domain.errors import InvalidInput, StateConflict
from campaign_app.extensions import db, limiter
from campaign_app.http import held_forms
from campaign_app.http.current import current_session_limits, now
from campaign_app.http.roles import is_local_path, open_before_factor, public_view, require_role
from campaign_app.http.throttle import begin_guess, refuse_locked, remember_device
from campaign_app.models import Role, User
from campaign_app.services.people import sessions, users
from campaign_app.transaction import transaction

from . import forms_people as forms
from .frame import redirect_after_post, render_refused_form

blueprint = Blueprint("auth", __name__)
WRONG_CREDENTIALS = "The email address or the password is wrong."


@blueprint.get("/")
@public_view
def index() -> Response:
    return redirect_after_post(url_for("campaigns.index" if g.user else "auth.login"))


@blueprint.get("/login")
@public_view
def login() -> Any:
    if g.user is not None:
        return _go_to(request.args.get("next", ""))
    form = forms.SignIn(formdata=None, next=safe_next_path(request.args.get("next", "")))
    return render_template("auth/login.html", form=form, fresh=users.setup_link_needed(db.session()))


@blueprint.post("/login")
@public_view
def sign_in() -> Any:
    form = forms.SignIn()
    refuse_locked(form.email.data or "")
    if not form.validate():
        return render_refused_form("auth/login.html", form=form)
    email = form.email.data or ""
    guess = begin_guess(email)
    user = users.authenticate_user(db.session(), email, form.password.data or "")
    if user is None:
        guess.fail("user.sign-in-failed", users.find_user_id(db.session(), email))
        form.form_errors.append(WRONG_CREDENTIALS)
        return render_refused_form("auth/login.html", form=form)
    guess.succeed()
    if user.second_factor_since is not None:
        from .signing_in import ask_second_factor  # which needs this module

        return ask_second_factor(user.id, form.next.data, form.held.data)
    return start_session(user.id, form.next.data, held=form.held.data)


@blueprint.post("/logout")
@public_view
def logout() -> Response:
    key = session.get("key")
    if isinstance(key, str):
        with transaction(db.session()):
            sessions.sign_out(db.session(), key)
    session.clear()
    response = redirect_after_post(url_for("auth.login"))
    # Not "cookies": the browser stays known, so that strangers cannot lock its owner out.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@blueprint.get("/setup/<key>")
@limiter.limit("10 per minute")
@public_view
def setup(key: str) -> Any:
    users.check_setup_key(db.session(), key)
    return render_template("auth/setup.html", form=forms.FirstAdmin(formdata=None))


@blueprint.post("/setup/<key>")
@limiter.limit("10 per minute")
@public_view
def use_setup(key: str) -> Any:
    users.check_setup_key(db.session(), key)
    form = forms.FirstAdmin()
    if not form.validate():
        return render_refused_form("auth/setup.html", form=form)
    try:
        with transaction(db.session()):
            user: User = users.use_setup_key(
                db.session(), key, form.email.data or "", form.password.data or "", now=now()
            )
    except (InvalidInput, StateConflict) as error:
        forms.attach_errors(form, error)
        return render_refused_form("auth/setup.html", form=form)
    flash("Welcome. You are the first admin. The set-up link cannot be used again.")
    return start_session(user.id, "/campaigns")


@blueprint.post("/theme")
@require_role(Role.VIEWER)
@open_before_factor
def set_theme() -> Response:
    with transaction(db.session()):
        users.set_theme(db.session(), g.user.id, request.form.get("theme", ""))
    return _go_to(request.form.get("next", ""))


def start_session(
    user_id: int, path: str | None, *, method: str = "password", held: str | None = None
) -> Response:
    """Sign the user in here, and show the page that was wanted, or the form that was under way."""
    user = open_session(user_id, method=method)
    held_form = held_forms.open_form(held)
    if held_form is not None:
        response: Response = make_response(render_template("auth/resume.html", held=held_form))
    else:
        response = _go_to(path)
    remember_device(response, user.email)
    return response


def open_session(user_id: int, *, method: str) -> User:
    """Sign the user in here. A session that was there ends; the rest of this request has the new one's token."""
    before = session.get("key")
    with transaction(db.session()):
        user = users.get_user(db.session(), user_id)
        if isinstance(before, str):
            sessions.sign_out(db.session(), before)
        key = sessions.sign_in(db.session(), user, now=now(), limits=current_session_limits(), method=method)
    # Nothing of before the sign-in goes on: not a planted session, not its CSRF token.
    flashes = session.get("_flashes")
    session.clear()
    session.permanent = True
    session["key"] = key
    if flashes:
        session["_flashes"] = flashes
    g.user, g.role = user, Role(user.role)
    g.pop("csrf_token", None)
    return user


def _go_to(path: str | None) -> Response:
    """Show that page of ours, named without the prefix that a proxy may have put before all of them."""
    return redirect_after_post(request.script_root + safe_next_path(path))


def safe_next_path(path: str | None) -> str:
    """Where to go, if it is a page of ours and not the sign-in again."""
    path = (path or "").rstrip("?")
    if not is_local_path(path) or path.startswith(("/login", "/logout", "/setup/")):
        return "/campaigns"
    return path
