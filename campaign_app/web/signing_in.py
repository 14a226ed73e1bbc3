"""Signing in, step by step: the second factor, passkeys, links that set a password, and proving who one is again."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from flask import (
    Blueprint,
    copy_current_request_context,
    flash,
    g,
    render_template,
    request,
    session,
    url_for,
)
from werkzeug.wrappers import Response

from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.extensions import db, limiter
from campaign_app.http import held_forms
from campaign_app.http.account_links import write_reset_mail
from campaign_app.http.current import current_mail, current_vault, now
from campaign_app.http.roles import open_before_factor, public_view, require_role
from campaign_app.http.security import is_encrypted
from campaign_app.http.throttle import begin_guess
from campaign_app.mail import MailFailed, MailServer
from campaign_app.models import Role, User
from campaign_app.services.people import factors, links, passkeys, sessions, users
from campaign_app.transaction import transaction

from . import forms_people as forms
from .auth import safe_next_path, start_session
from .frame import redirect_after_post, render_refused_form

blueprint = Blueprint("signing_in", __name__)

log = logging.getLogger("switchboard.security")
RESETS = ThreadPoolExecutor(2, "reset-mail")
"""They mail the links that people ask for by themselves."""
STEP_SECONDS = 600
"""How long the way from one step to the next may take."""
NOT_YOURS = "this is not your password"


# ---- what lies between the password and the session


def ask_second_factor(user_id: int, next_path: str | None, held: str | None) -> Response | str:
    """The password was right: show the page that asks for the rest."""
    remember_password(user_id)
    if held:
        return _code_page(forms.Code(formdata=None, held=held), user_id)
    return redirect_after_post(url_for("signing_in.code", next=safe_next_path(next_path)))


def remember_password(user_id: int) -> None:
    """Remember that the user's password was right in this browser: for a while only the second factor is missing."""
    session["pending"] = [user_id, now().timestamp()]


def find_pending_user() -> User | None:
    """Whose password was right in this browser a moment ago."""
    try:
        user_id, since = session["pending"]
    except (KeyError, ValueError, TypeError):
        return None
    if not 0 <= now().timestamp() - since <= STEP_SECONDS:
        return None
    user = db.session().get(User, user_id)
    return user if user is not None and user.disabled_at is None else None


@blueprint.get("/login/code")
@public_view
def code() -> Any:
    user = find_pending_user()
    if user is None:
        return redirect_after_post(url_for("auth.login"))
    return _code_page(forms.Code(formdata=None, next=safe_next_path(request.args.get("next"))), user.id)


@blueprint.post("/login/code")
@public_view
def enter_code() -> Any:
    user = find_pending_user()
    if user is None:
        flash("That took too long. Sign in again.", "wait")
        return redirect_after_post(url_for("auth.login"))
    form = forms.Code()
    if not form.validate():
        return _code_page(form, user.id), 422
    if not check_second_factor(form, user):
        return _code_page(form, user.id), 422
    return start_session(user.id, form.next.data, method="code", held=form.held.data)


def check_second_factor(form: forms.Code, user: User) -> bool:
    """Whether the form's code is the user's; if not, its field says what is wrong."""
    guess = begin_guess(user.email)
    with transaction(db.session()) as writing:
        used = factors.check_code(writing, user.id, form.code.data or "", vault=current_vault(), now=now())
    if used is None:
        guess.fail("user.wrong-code", user.id)
        problem = factors.explain_wrong_code(
            db.session(), user.id, form.code.data or "", vault=current_vault(), now=now()
        )
        forms.attach_errors(form, InvalidInput([FieldError("code", problem)]))
        return False
    guess.succeed()
    if used == "recovery code":
        left = factors.count_recovery_codes(db.session(), user.id)
        flash(f"You used a recovery code; {left} left. Make new ones under Account.", "wait")
    return True


def _code_page(form: forms.Code, user_id: int) -> str:
    user = users.get_user(db.session(), user_id)
    return render_template(
        "auth/code.html",
        form=form,
        has_app=user.totp_secret is not None,
        has_passkey=bool(passkeys.list_passkeys(db.session(), user_id)),
    )


# ---- passkeys


def relying_party() -> passkeys.RelyingParty:
    """This server, as the browser that asks names it."""
    scheme = "https" if is_encrypted() else "http"
    host = request.host.rpartition(":")[0] if request.host.rpartition(":")[2].isdigit() else request.host
    return passkeys.RelyingParty(host, f"{scheme}://{request.host}")


def keep_challenge(challenge: str) -> None:
    session["challenge"] = [challenge, now().timestamp()]


def take_challenge() -> str:
    """The challenge that the browser was given, once. Raises InvalidInput."""
    try:
        challenge, since = session.pop("challenge")
    except (KeyError, ValueError, TypeError):
        challenge, since = "", 0.0
    if not challenge or not 0 <= now().timestamp() - since <= STEP_SECONDS:
        raise InvalidInput([FieldError("credential", "that took too long: try again")])
    return str(challenge)


@blueprint.post("/login/passkey/options")
@limiter.limit("60 per minute")
@public_view
def passkey_options() -> Response:
    pending = g.user or find_pending_user()
    options, challenge = passkeys.sign_in_options(
        db.session(), pending.id if pending is not None else None, relying_party()
    )
    keep_challenge(challenge)
    return Response(options, mimetype="application/json")


@blueprint.post("/login/passkey")
@limiter.limit("30 per minute")
@public_view
def sign_in_with_passkey() -> Any:
    form = forms.SignIn()
    try:
        challenge = take_challenge()
        with transaction(db.session()) as writing:
            user = passkeys.verify_passkey(
                writing,
                request.form.get("credential", ""),
                challenge=challenge,
                party=relying_party(),
                now=now(),
            )
            user_id = user.id
    except InvalidInput as error:
        form.form_errors.extend(each.message for each in error.errors)
        return render_refused_form("auth/login.html", form=form, fresh=False)
    return start_session(user_id, form.next.data, method="passkey", held=form.held.data)


# ---- links that set a password


@blueprint.get("/welcome/<key>")
@limiter.limit("30 per minute")
@public_view
def welcome(key: str) -> Any:
    link, user = links.find_link(db.session(), key, now())
    return render_template(
        "auth/set_password.html", form=forms.SetPassword(formdata=None), link=link, person=user
    )


@blueprint.post("/welcome/<key>")
@limiter.limit("30 per minute")
@public_view
def set_password(key: str) -> Any:
    link, user = links.find_link(db.session(), key, now())
    form = forms.SetPassword()
    if form.validate():
        try:
            with transaction(db.session()) as writing:
                user = links.use_link(writing, key, form.password.data or "", now=now())
                user_id, has_factor = user.id, user.second_factor_since is not None
        except InvalidInput as error:
            forms.attach_errors(form, error)
        else:
            flash("Your password is set.")
            if has_factor:
                return ask_second_factor(user_id, None, None)
            return start_session(user_id, "/campaigns")
    return render_refused_form("auth/set_password.html", form=form, link=link, person=user)


@blueprint.get("/forgot")
@public_view
def forgot() -> str:
    return render_template(
        "auth/forgot.html", form=forms.Forgot(formdata=None), mails=current_mail() is not None
    )


@blueprint.post("/forgot")
@limiter.limit("5 per minute")
@public_view
def send_reset() -> Any:
    form, server = forms.Forgot(), current_mail()
    if server is None or not form.validate():
        return render_refused_form("auth/forgot.html", form=form, mails=server is not None)
    email = (form.email.data or "").strip().lower()
    context = copy_current_request_context(_mail_reset)
    RESETS.submit(context, email, server)
    # The same words for everybody, and as fast: who has an account is nobody's business.
    return render_template("auth/forgot.html", form=form, mails=True, sent_to=email)


def _mail_reset(email: str, server: MailServer) -> None:
    """In a thread of its own, so that nobody can tell by the time whether there was an account."""
    try:
        user_id = users.find_user_id(db.session(), email)
        user = users.get_user(db.session(), user_id) if user_id is not None else None
        if user is None or user.disabled_at is not None:
            return
        with transaction(db.session()) as writing:
            user, key = links.new_link(writing, user.id, actor="anonymous", now=now())
            address = user.email
        server.send(address, *write_reset_mail(key))
    except MailFailed as failure:
        log.warning("no reset was mailed: %s", failure)
    except Exception:
        log.exception("a reset could not be mailed")


# ---- proving who one is, again


@blueprint.get("/confirm")
@require_role(Role.VIEWER)
@open_before_factor
def confirm() -> str:
    return proof_page(forms.Proof(formdata=None, next=safe_next_path(request.args.get("next"))))


@blueprint.post("/confirm")
@require_role(Role.VIEWER)
@open_before_factor
def prove() -> Any:
    form = forms.Proof()
    if request.form.get("credential"):
        try:
            challenge = take_challenge()
            with transaction(db.session()) as writing:
                passkeys.verify_passkey(
                    writing,
                    request.form["credential"],
                    challenge=challenge,
                    party=relying_party(),
                    user_id=g.user.id,
                    now=now(),
                )
        except InvalidInput as error:
            form.form_errors.extend(each.message for each in error.errors)
            return proof_page(form), 422
    else:
        guess = begin_guess(g.user.email)
        if not users.is_password(db.session(), g.user.id, form.password.data or ""):
            guess.fail("user.wrong-password", g.user.id)
            forms.attach_errors(form, InvalidInput([FieldError("password", NOT_YOURS)]))
            return proof_page(form), 422
        guess.succeed()
    with transaction(db.session()) as writing:
        sessions.record_proof(writing, g.browser.id, now())
    held = held_forms.open_form(form.held.data)
    if held is not None:
        return resume_page(held)
    return redirect_after_post(request.script_root + safe_next_path(form.next.data))


def proof_page(form: forms.Proof) -> str:
    """Asks for the password, or a passkey."""
    return render_template(
        "auth/confirm.html",
        form=form,
        has_password=bool(g.user.password_hash),
        has_passkey=bool(passkeys.list_passkeys(db.session(), g.user.id)),
    )


def resume_page(held: held_forms.HeldForm) -> str:
    """Offers to save what was typed before the sign-in."""
    return render_template("auth/resume.html", held=held)
