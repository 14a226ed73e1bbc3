"""Single sign-on pages: to the identity provider, and back from it."""

from __future__ import annotations

import hmac
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, session, url_for
from werkzeug.wrappers import Response

from campaign_app.extensions import db, limiter
from campaign_app.http.current import current_identity_provider, current_settings, now
from campaign_app.http.roles import public_view
from campaign_app.services.people import keys, oidc
from campaign_app.transaction import transaction

from .auth import safe_next_path, start_session
from .frame import redirect_after_post

blueprint = Blueprint("single_sign_on", __name__)
WAY_SECONDS = 600


@blueprint.get("/login/oidc")
@limiter.limit("30 per minute")
@public_view
def leave() -> Response:
    provider = current_identity_provider()
    if provider is None:
        abort(404)
    state, nonce, verifier = keys.generate_key(), keys.generate_key(), keys.generate_key()
    try:
        url = provider.authorization_url(_callback_url(), state=state, nonce=nonce, verifier=verifier)
    except oidc.OidcFailed as failure:
        return _refuse(failure)
    session["oidc"] = [state, nonce, verifier, safe_next_path(request.args.get("next")), now().timestamp()]
    return redirect(url, 303)


@blueprint.get("/login/oidc/callback")
@limiter.limit("30 per minute")
@public_view
def come_back() -> Any:
    provider = current_identity_provider()
    if provider is None:
        abort(404)
    try:
        state, nonce, verifier, path, since = session.pop("oidc")
    except (KeyError, ValueError, TypeError):
        return _refuse("that took too long, or began in another browser: try again")
    fresh = 0 <= now().timestamp() - since <= WAY_SECONDS
    if not fresh or not hmac.compare_digest(state.encode(), request.args.get("state", "").encode()):
        return _refuse("that took too long, or began in another browser: try again")
    if "code" not in request.args:
        return _refuse("the identity provider did not let you in")
    try:
        claims = provider.fetch_claims(
            request.args["code"], _callback_url(), nonce=nonce, verifier=verifier, now=now()
        )
        with transaction(db.session()) as writing:
            user_id = oidc.admit(writing, provider, claims, now=now()).id
    except oidc.OidcFailed as failure:
        return _refuse(failure)
    return start_session(user_id, path, method="oidc")


def _callback_url() -> str:
    if current_settings().public_url:
        return f"{current_settings().base_url}/login/oidc/callback"
    return url_for("single_sign_on.come_back", _external=True)


def _refuse(why: object) -> Response:
    flash(f"You are not signed in: {why}.", "bad")
    return redirect_after_post(url_for("auth.login"))
