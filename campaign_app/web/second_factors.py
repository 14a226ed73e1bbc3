"""Second factor pages of one's own account: the authenticator app, recovery codes, passkeys."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, g, render_template, request, session, url_for
from werkzeug.wrappers import Response

from campaign_app.domain.errors import InvalidInput, StateConflict
from campaign_app.extensions import db
from campaign_app.http.current import current_vault, now
from campaign_app.http.roles import needs_second_factor, open_before_factor, require_proof, require_role
from campaign_app.http.throttle import begin_guess
from campaign_app.models import Role
from campaign_app.services.people import factors, passkeys, users
from campaign_app.transaction import transaction

from . import forms_people as forms
from .frame import redirect_after_post
from .signing_in import keep_challenge, relying_party, take_challenge

blueprint = Blueprint("second_factors", __name__, url_prefix="/account/second-factor")
NO_STORE = {"Cache-Control": "no-store"}


@blueprint.get("")
@require_role(Role.VIEWER)
@open_before_factor
@require_proof
def index() -> Any:
    return _page(forms.NewFactor(formdata=None))


def _page(form: forms.NewFactor, status: int = 200) -> Any:
    import segno

    user = users.get_user(db.session(), g.user.id)
    secret = None
    if user.totp_secret is None:
        secret = session.get("new-totp") or factors.new_secret()
        session["new-totp"] = secret
    page = render_template(
        "people/second_factor.html",
        form=form,
        person=user,
        secret=secret,
        qr=segno.make(factors.provisioning_uri(secret, user.email)).svg_data_uri(scale=4) if secret else None,
        passkeys=passkeys.list_passkeys(db.session(), user.id),
        codes_left=factors.count_recovery_codes(db.session(), user.id),
        asked=needs_second_factor(),
    )
    return page, status, NO_STORE


@blueprint.post("/app")
@require_role(Role.VIEWER)
@open_before_factor
@require_proof
def turn_on_app() -> Any:
    form = forms.NewFactor()
    secret = session.get("new-totp")
    if not isinstance(secret, str) or not form.validate():
        return _page(form, 422)
    guess = begin_guess(g.user.email)
    try:
        with transaction(db.session()) as writing:
            codes = factors.turn_on_totp(
                writing,
                g.user.id,
                secret,
                form.code.data or "",
                vault=current_vault(),
                actor=g.actor,
                now=now(),
            )
    except InvalidInput as error:
        guess.fail("user.wrong-code", g.user.id)
        forms.attach_errors(form, error)
        return _page(form, 422)
    guess.succeed()
    session.pop("new-totp", None)
    return _show_codes(codes)


def _show_codes(codes: list[str]) -> Any:
    # No redirect: the codes would have to wait somewhere for the next page.
    return render_template("people/recovery_codes.html", codes=codes), 201, NO_STORE


@blueprint.post("/app/remove")
@require_role(Role.VIEWER)
@require_proof
def turn_off_app() -> Response:
    with transaction(db.session()) as writing:
        factors.turn_off_totp(writing, g.user.id, actor=g.actor, now=now())
    flash("The authenticator app is removed.", "wait")
    return redirect_after_post(url_for("second_factors.index"))


@blueprint.post("/codes")
@require_role(Role.VIEWER)
@require_proof
def new_codes() -> Any:
    with transaction(db.session()) as writing:
        user = users.get_user(writing, g.user.id)
        if user.second_factor_since is None:
            raise StateConflict("set up an authenticator app or a passkey first: the codes stand in for it")
        codes = factors.new_recovery_codes(writing, user, now=now())
        factors.audit_new_codes(writing, user, actor=g.actor, now=now())
    return _show_codes(codes)


@blueprint.post("/passkeys/options")
@require_role(Role.VIEWER)
@open_before_factor
@require_proof
def new_passkey_options() -> Response:
    options, challenge = passkeys.registration_options(db.session(), g.user, relying_party())
    keep_challenge(challenge)
    return Response(options, mimetype="application/json")


@blueprint.post("/passkeys")
@require_role(Role.VIEWER)
@open_before_factor
@require_proof
def add_passkey() -> Any:
    codes = None
    try:
        challenge = take_challenge()
        with transaction(db.session()) as writing:
            passkey = passkeys.add_passkey(
                writing,
                g.user.id,
                request.form.get("credential", ""),
                name=request.form.get("name", ""),
                challenge=challenge,
                party=relying_party(),
                actor=g.actor,
                now=now(),
            )
            if not factors.count_recovery_codes(writing, g.user.id):
                codes = factors.new_recovery_codes(writing, users.get_user(writing, g.user.id), now=now())
    except InvalidInput as error:
        form = forms.NewFactor(formdata=None)
        forms.attach_errors(form, error)
        return _page(form, 422)
    flash(f"The passkey {passkey.name} is added.")
    return _show_codes(codes) if codes else redirect_after_post(url_for("second_factors.index"))


@blueprint.post("/passkeys/<id:passkey_id>/remove")
@require_role(Role.VIEWER)
@require_proof
def remove_passkey(passkey_id: int) -> Response:
    with transaction(db.session()) as writing:
        passkeys.remove_passkey(writing, passkey_id, g.user.id, actor=g.actor, now=now())
    flash("The passkey is removed.", "wait")
    return redirect_after_post(url_for("second_factors.index"))
