"""User pages: users (for admins), and one's own account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, render_template, request, session
from werkzeug.wrappers import Response

from campaign_app.domain.errors import FieldError, InvalidInput, StateConflict
from campaign_app.extensions import db
from campaign_app.http.current import now
from campaign_app.http.roles import require_role
from campaign_app.models import Role
from campaign_app.services.people import keys, sessions, users
from campaign_app.transaction import transaction

from . import forms_people as forms
from .frame import redirect_after_post, render_refused_form

blueprint = Blueprint("people", __name__)


@blueprint.get("/users")
@require_role(Role.ADMIN)
def index() -> str:
    return render_template("people/users.html", **_users_context(forms.NewUser(formdata=None)))


@blueprint.post("/users")
@require_role(Role.ADMIN)
def add_user() -> Any:
    form = forms.NewUser()
    if form.validate():
        try:
            with transaction(db.session()):
                user = users.create_user(
                    db.session(),
                    form.email.data or "",
                    form.password.data or "",
                    role=Role(form.role.data),
                    actor=g.actor,
                    now=now(),
                )
        except (InvalidInput, StateConflict) as error:
            forms.attach_errors(form, error)
        else:
            flash(
                f"Added {user.email}. Share the password with them securely; they can change it under Account."
            )
            return redirect_after_post("/users")
    return render_refused_form("people/users.html", **_users_context(form))


def _users_context(form: forms.NewUser) -> dict[str, Any]:
    return {"form": form, "people": users.list_users(db.session()), "roles": list(Role)}


@blueprint.post("/users/<id:user_id>/role")
@require_role(Role.ADMIN)
def change_role(user_id: int) -> Response:
    role = read_role(request.form.get("role", ""))
    with transaction(db.session()):
        user = users.change_role(db.session(), user_id, role, actor=g.actor, now=now())
    flash(f"{user.email} is now {role}.")
    return redirect_after_post("/users")


@blueprint.post("/users/<id:user_id>/disable")
@require_role(Role.ADMIN)
def disable_user(user_id: int) -> Response:
    with transaction(db.session()):
        user = users.disable_user(db.session(), user_id, actor=g.actor, now=now())
    flash(f"{user.email} can no longer sign in.", "wait")
    return redirect_after_post("/users")


@blueprint.post("/users/<id:user_id>/enable")
@require_role(Role.ADMIN)
def enable_user(user_id: int) -> Response:
    with transaction(db.session()):
        user = users.enable_user(db.session(), user_id, actor=g.actor, now=now())
    flash(f"{user.email} can sign in again.")
    return redirect_after_post("/users")


@blueprint.get("/account")
@require_role(Role.VIEWER)
def show_account() -> str:
    return render_template("people/account.html", **_account_context(forms.ChangePassword(formdata=None)))


@blueprint.post("/account/password")
@require_role(Role.VIEWER)
def change_password() -> Any:
    form = forms.ChangePassword()
    if form.validate():
        try:
            with transaction(db.session()):
                users.change_password(
                    db.session(),
                    g.user.id,
                    form.current.data or "",
                    form.password.data or "",
                    key=session["key"],
                    actor=g.actor,
                    now=now(),
                )
        except InvalidInput as error:
            forms.attach_errors(form, error)
        else:
            flash("Password changed. Your other browsers were signed out.")
            return redirect_after_post("/account")
    return render_refused_form("people/account.html", **_account_context(form))


@blueprint.post("/account/sign-out-others")
@require_role(Role.VIEWER)
def sign_out_others() -> Response:
    with transaction(db.session()):
        closed_count = sessions.sign_out_others(
            db.session(), g.user.id, session["key"], actor=g.actor, now=now()
        )
    flash(
        "No other browser was signed in."
        if not closed_count
        else f"Signed out of {closed_count} other browser{'s' * (closed_count > 1)}."
    )
    return redirect_after_post("/account")


def _account_context(form: forms.ChangePassword) -> dict[str, Any]:
    return {
        "form": form,
        "sessions": sessions.list_user_sessions(db.session(), g.user.id, now()),
        "here": keys.hash_key(session["key"]),
    }


def read_role(text: str) -> Role:
    """Raises Invalid."""
    try:
        return Role(text)
    except ValueError:
        raise InvalidInput([FieldError("role", f"one of {', '.join(Role)}")]) from None
