"""User pages: users (for admins), and one's own account."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, flash, g, render_template, request, session, url_for
from werkzeug.wrappers import Response

from campaign_app.domain.errors import FieldError, InvalidInput, StateConflict, TooManyRequests
from campaign_app.extensions import db
from campaign_app.http.account_links import link_url, send_link
from campaign_app.http.current import current_session_limits, now, wake_engine
from campaign_app.http.roles import require_proof, require_role
from campaign_app.http.throttle import begin_guess
from campaign_app.models import Role, User
from campaign_app.services import confirmed_numbers, single_calls
from campaign_app.services.people import factors, links, sessions, tokens, users
from campaign_app.transaction import transaction

from . import forms_people as forms
from .filters import to_sentence
from .frame import redirect_after_post, render_refused_form
from .zone_choices import list_zone_choices

blueprint = Blueprint("people", __name__)


@blueprint.get("/users")
@require_role(Role.ADMIN)
def index() -> str:
    return render_template("people/users.html", **_users_context(forms.NewUser(formdata=None)))


@blueprint.post("/users")
@require_role(Role.ADMIN)
@require_proof
def add_user() -> Any:
    form = forms.NewUser()
    if form.validate():
        try:
            with transaction(db.session()) as writing:
                user, key = links.invite_user(
                    writing, form.email.data or "", role=Role(form.role.data), actor=g.actor, now=now()
                )
        except (InvalidInput, StateConflict) as error:
            forms.attach_errors(form, error)
        else:
            return _show_link(user, key, links.INVITATION)
    return render_refused_form("people/users.html", **_users_context(form))


def _show_link(user: User, key: str, kind: str) -> Any:
    sent = send_link(user, key, kind)
    if sent.failure is not None:
        flash(sent.failure, "bad")
    if sent.mailed:
        flash(f"A link to choose a password is on its way to {user.email}.")
        return redirect_after_post(url_for("people.index"))
    # No redirect: the link would have to wait somewhere for the next page.
    page = render_template("people/link.html", person=user, url=link_url(key), kind=kind)
    return page, 201, {"Cache-Control": "no-store"}


@blueprint.post("/users/<id:user_id>/link")
@require_role(Role.ADMIN)
@require_proof
def new_link(user_id: int) -> Any:
    with transaction(db.session()) as writing:
        user, key = links.new_link(writing, user_id, actor=g.actor, now=now())
    return _show_link(user, key, links.RESET if user.password_hash else links.INVITATION)


@blueprint.get("/users/<id:user_id>")
@require_role(Role.ADMIN)
def show_user(user_id: int) -> str:
    person = users.get_user(db.session(), user_id)
    return _user_page(person, forms.Rename(formdata=None, email=person.email))


def _user_page(person: User, form: forms.Rename) -> str:
    return render_template(
        "people/user.html",
        person=person,
        form=form,
        sessions=sessions.list_user_sessions(db.session(), person.id, now(), current_session_limits()),
        tokens=tokens.list_tokens_of(db.session(), person.id),
    )


@blueprint.post("/users/<id:user_id>/rename")
@require_role(Role.ADMIN)
@require_proof
def rename_user(user_id: int) -> Any:
    form = forms.Rename()
    person = users.get_user(db.session(), user_id)
    if form.validate():
        try:
            with transaction(db.session()) as writing:
                person = users.rename_user(writing, user_id, form.email.data or "", actor=g.actor, now=now())
        except (InvalidInput, StateConflict) as error:
            forms.attach_errors(form, error)
        else:
            flash(f"The account is {person.email} now.")
            return redirect_after_post(url_for("people.show_user", user_id=user_id))
    return _user_page(users.get_user(db.session(), user_id), form), InvalidInput.status


@blueprint.post("/users/<id:user_id>/second-factor/remove")
@require_role(Role.ADMIN)
@require_proof
def remove_factors(user_id: int) -> Response:
    with transaction(db.session()) as writing:
        user = factors.remove_all(writing, user_id, actor=g.actor, now=now())
    flash(f"{user.email} signs in with the password alone until they set up a second factor again.", "wait")
    return redirect_after_post(url_for("people.show_user", user_id=user_id))


@blueprint.post("/users/<id:user_id>/delete")
@require_role(Role.ADMIN)
@require_proof
def delete_user(user_id: int) -> Response:
    with transaction(db.session()) as writing:
        email = users.delete_user(writing, user_id, actor=g.actor, now=now())
    flash(f"{email} is deleted.", "wait")
    return redirect_after_post(url_for("people.index"))


def _users_context(form: forms.NewUser) -> dict[str, Any]:
    return {"form": form, "people": users.list_users(db.session()), "roles": list(Role)}


@blueprint.post("/users/<id:user_id>/role")
@require_role(Role.ADMIN)
@require_proof
def change_role(user_id: int) -> Response:
    role = read_role(request.form.get("role", ""))
    with transaction(db.session()):
        user = users.change_role(db.session(), user_id, role, actor=g.actor, now=now())
    flash(f"{user.email} is now {role}.")
    return redirect_after_post(url_for("people.index"))


@blueprint.post("/users/<id:user_id>/disable")
@require_role(Role.ADMIN)
@require_proof
def disable_user(user_id: int) -> Response:
    with transaction(db.session()):
        user = users.disable_user(db.session(), user_id, actor=g.actor, now=now())
    flash(f"{user.email} can no longer sign in.", "wait")
    return redirect_after_post(url_for("people.index"))


@blueprint.post("/users/<id:user_id>/enable")
@require_role(Role.ADMIN)
@require_proof
def enable_user(user_id: int) -> Response:
    with transaction(db.session()):
        user = users.enable_user(db.session(), user_id, actor=g.actor, now=now())
    flash(f"{user.email} can sign in again.")
    return redirect_after_post(url_for("people.index"))


@blueprint.get("/account")
@require_role(Role.VIEWER)
def show_account() -> str:
    return render_template("people/account.html", **_account_context(forms.ChangePassword(formdata=None)))


@blueprint.post("/account/password")
@require_role(Role.VIEWER)
def change_password() -> Any:
    form = forms.ChangePassword()
    if form.validate():
        guess = begin_guess(g.user.email)
        if not users.is_password(db.session(), g.user.id, form.current.data or ""):
            guess.fail("user.wrong-password", g.user.id)
            forms.attach_errors(form, InvalidInput([FieldError("current", "this is not your password")]))
            return render_refused_form("people/account.html", **_account_context(form))
        guess.succeed()
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
                # A copy of the cookie from before is worth nothing.
                new_key = sessions.renew_key(db.session(), g.browser.id, session["key"], now(), grace=False)
        except InvalidInput as error:
            forms.attach_errors(form, error)
        else:
            if new_key is not None:
                session["key"] = new_key
            flash("Password changed. Your other browsers were signed out.")
            return redirect_after_post(url_for("people.show_account"))
    return render_refused_form("people/account.html", **_account_context(form))


@blueprint.post("/account/sessions/<id:session_id>/end")
@require_role(Role.VIEWER)
def end_session(session_id: int) -> Response:
    with transaction(db.session()):
        sessions.end_session(db.session(), session_id, g.user.id, actor=g.actor, now=now())
    flash("That browser is signed out.")
    return redirect_after_post(url_for("people.show_account"))


@blueprint.post("/users/<id:user_id>/sessions/<id:session_id>/end")
@require_role(Role.ADMIN)
def end_user_session(user_id: int, session_id: int) -> Response:
    with transaction(db.session()):
        sessions.end_session(db.session(), session_id, user_id, actor=g.actor, now=now())
    flash("That browser is signed out.")
    return redirect_after_post(url_for("people.show_user", user_id=user_id))


@blueprint.post("/users/<id:user_id>/sessions/end")
@require_role(Role.ADMIN)
def end_user_sessions(user_id: int) -> Response:
    with transaction(db.session()):
        user = users.get_user(db.session(), user_id)
        sessions.end_all_sessions(db.session(), user_id, actor=g.actor, now=now())
    flash(f"{user.email} is signed out everywhere.")
    return redirect_after_post(url_for("people.index"))


@blueprint.post("/account/clock")
@require_role(Role.VIEWER)
def set_time_zone() -> Response:
    """On which clock this user reads the pages."""
    with transaction(db.session()):
        users.set_time_zone(db.session(), g.user.id, request.form.get("time_zone") or None)
    flash("Saved the time zone of your pages.")
    return redirect_after_post(url_for("people.show_account", _anchor="clock"))


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
    return redirect_after_post(url_for("people.show_account"))


@blueprint.post("/account/phone")
@require_role(Role.OPERATOR)
def call_with_code() -> Any:
    """Ring one's own phone and speak a code."""
    code = f"{secrets.randbelow(10**confirmed_numbers.CODE_DIGITS):0{confirmed_numbers.CODE_DIGITS}}"
    to = request.form.get("phone", "").strip()[:40]
    try:
        with transaction(db.session()) as writing:
            single_calls.place_code_call(writing, to, None, actor=g.actor, now=now(), code=code)
    except InvalidInput as error:
        return _refuse_phone(to, "; ".join(each.message for each in error.errors), error.status)
    except (StateConflict, TooManyRequests) as error:
        return _refuse_phone(to, str(error), StateConflict.status)
    wake_engine()
    flash("Your phone rings now. Type the code that you hear.")
    return redirect_after_post(url_for("people.show_account"))


@blueprint.post("/account/phone/code")
@require_role(Role.OPERATOR)
def confirm_phone() -> Any:
    """The code that was heard."""
    phone, code = request.form.get("phone", ""), request.form.get("code", "")
    with transaction(db.session()) as writing:
        problem = confirmed_numbers.enter_code(writing, phone, code, actor=g.actor, now=now())
    if problem is not None:
        context = _account_context(forms.ChangePassword(formdata=None)) | {"code_problem": problem}
        return render_template("people/account.html", **context), InvalidInput.status
    flash(f"{phone} is confirmed as yours.")
    return redirect_after_post(url_for("people.show_account"))


def _refuse_phone(phone: str, problem: str, status: int) -> tuple[str, int]:
    context = _account_context(forms.ChangePassword(formdata=None))
    context |= {"typed_phone": phone, "phone_problem": to_sentence(problem)}
    return render_template("people/account.html", **context), status


def _account_context(form: forms.ChangePassword) -> dict[str, Any]:
    return {
        "phones": confirmed_numbers.list_numbers_of(db.session(), g.actor),
        "asked_phone": confirmed_numbers.find_asked_number(db.session(), g.actor, now()),
        "form": form,
        "sessions": sessions.list_user_sessions(db.session(), g.user.id, now(), current_session_limits()),
        "here": g.browser.id,
        "zones": list_zone_choices(now()),
    }


def read_role(text: str) -> Role:
    """Raises Invalid."""
    try:
        return Role(text)
    except ValueError:
        raise InvalidInput([FieldError("role", f"one of {', '.join(Role)}")]) from None
