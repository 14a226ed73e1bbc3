"""Roles: who may call which endpoint. Every view names its role; a view that names none is refused.

Pages know a user by the session cookie, the API (blueprint `api`) knows a bearer token and nothing else: so a
cookie can never act through the API, which therefore needs no CSRF token, and a page never accepts a token.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from flask import Flask, Response, abort, current_app, g, jsonify, redirect, request, session
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError

from campaign_app.extensions import csrf, db
from campaign_app.http import held_forms
from campaign_app.http.body_limits import refuse_large_body
from campaign_app.http.current import current_session_limits, current_settings, now
from campaign_app.http.input_checks import refuse_unstorable_input, refuse_unstorable_path
from campaign_app.http.proxies import was_relayed
from campaign_app.http.token_scope import is_beyond_scope
from campaign_app.models import ApiToken, Role
from campaign_app.services import audit
from campaign_app.services.people import keys, sessions, tokens
from campaign_app.transaction import transaction

__all__ = [
    "ProofNeeded",
    "Role",
    "SignInNeeded",
    "authenticate_token",
    "install_role_guard",
    "is_from_this_machine",
    "is_local_path",
    "name_roles",
    "needs_second_factor",
    "open_before_factor",
    "public_view",
    "require_proof",
    "require_role",
]

View = TypeVar("View", bound=Callable[..., Any])
UNDECLARED = "undeclared"
CALLBACKS = "callbacks"
"""The blueprint of api/callbacks.py."""


class SignInNeeded(Exception):
    """A form came from a browser whose session has ended. `held` is the form (held_forms.py)."""

    def __init__(self, held: str) -> None:
        super().__init__("sign in to go on")
        self.held = held


class ProofNeeded(Exception):
    """The person is signed in, and must show anew who they are before this. `held` is the form, if there was one."""

    def __init__(self, held: str | None) -> None:
        super().__init__("prove who you are to go on")
        self.held = held


REFUSALS_EVERY = timedelta(minutes=10)
"""The same refusal of the same person or token is audited once in so long."""
PROOF_LASTS = timedelta(minutes=15)


def require_role(*roles: Role) -> Callable[[View], View]:
    """The view needs a user (pages) or a token (API) that may do what one of these roles may."""

    def mark_view(view: View) -> View:
        view.required_role = roles  # type: ignore[attr-defined]
        return view

    return mark_view


def require_proof(view: View) -> View:
    """The view is dangerous: whoever calls it must have signed in, or proved again who they are, within 15 minutes."""
    view.requires_proof = True  # type: ignore[attr-defined]
    return view


def open_before_factor(view: View) -> View:
    """The view serves those, too, who must still set up the second factor that is asked of them."""
    view.open_before_factor = True  # type: ignore[attr-defined]
    return view


def public_view(view: View) -> View:
    """Anyone may call the view."""
    view.required_role = None  # type: ignore[attr-defined]
    return view


def install_role_guard(app: Flask) -> None:
    """Guard every endpoint. The order is: who is it, may they, does the form come from our own page."""
    app.view_functions["static"] = public_view(app.view_functions["static"])
    # Otherwise Flask-WTF checks first, and an expired session would read "bad token", not "sign in".
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.before_request(_guard_request)


def _guard_request() -> Response | None:
    g.user = g.role = g.token = g.browser = None
    g.actor = "anonymous"
    db.session().info[audit.ADDRESS] = request.remote_addr
    if request.endpoint is None:
        _load_user()
        return None  # routing failed: 404 or 405 follows
    required_role: tuple[Role, ...] | str | None = getattr(
        current_app.view_functions[request.endpoint], "required_role", UNDECLARED
    )
    if not (required_role is None or isinstance(required_role, tuple)):
        current_app.logger.error("endpoint %s declares no role", request.endpoint)
        abort(500)
    if request.blueprint == "api" or (request.blueprint or "").startswith("api."):
        refusal = _guard_api(required_role)
        if refusal is None:
            refuse_unstorable_path()
            refuse_large_body()
        return refusal
    if request.blueprint == CALLBACKS and required_role is None:
        refuse_large_body()
        # Signed by a telephony provider, which the view checks: no cookie is looked at, so none can be abused.
        return None
    if request.endpoint != "static":
        _load_user()
        refusal = _guard_page(required_role)
        if refusal is not None:
            return refusal
        refuse_large_body()
        if current_app.config["WTF_CSRF_ENABLED"]:
            _check_form_is_ours()
        refuse_unstorable_input()
        if required_role is not None:
            return _guard_proof()
    return None


def _check_form_is_ours() -> None:
    """Raises CSRFError. After a sign-in in another tab a page that was open before has a token of the session that was:
    it counts where the browser itself vouches that a page of ours sent the form."""
    try:
        csrf.protect()
    except CSRFError:
        if g.user is None or not (held_forms.is_own_page() and held_forms.has_genuine_token()):
            raise


def _guard_page(required_role: tuple[Role, ...] | None) -> Response | None:
    if required_role is None:
        return None
    if g.user is None:
        return _ask_to_sign_in()
    if not g.role.allows(*required_role):
        _record_refusal(required_role)
        abort(403, description=f"This needs the role {name_roles(required_role)}; yours is {g.role}.")
    return None


def _guard_proof() -> Response | None:
    view = current_app.view_functions[request.endpoint or ""]
    if needs_second_factor() and not getattr(view, "open_before_factor", False):
        return redirect(f"{request.script_root}/account/second-factor", 303)  # type: ignore[return-value]
    if getattr(view, "requires_proof", False) and now() - g.browser.proved_at >= PROOF_LASTS:
        raise ProofNeeded(held_forms.hold_form() if request.method == "POST" else None)
    return None


def needs_second_factor() -> bool:
    """Whether the settings ask the person for a second factor that they have not set up. Who signs in elsewhere has it
    there."""
    asked = current_settings().second_factor
    if asked == "off" or (asked == "admins" and g.role != Role.ADMIN):
        return False
    return g.user.second_factor_since is None and g.browser.method != "oidc"


def name_roles(roles: tuple[Role, ...]) -> str:
    """`operator`, `operator or compliance`."""
    return " or ".join(roles)


def _record_refusal(required_role: tuple[Role, ...]) -> None:
    """What somebody tried who may not. Reads are asked for by links that pages do not show: those count, too."""
    with transaction(db.session()) as writing:
        audit.record_reveal(
            writing,
            every=REFUSALS_EVERY,
            actor=g.actor,
            action="access.refuse",
            object_type="page",
            object_id=(request.endpoint or "")[:64],
            now=now(),
            needs=name_roles(required_role),
            role=g.role,
            method=request.method,
        )


def _guard_api(required_role: tuple[Role, ...] | None) -> Response | None:
    if required_role is None:
        return None
    token = authenticate_token()
    if token is None:
        response = _problem_response(
            401, "Unauthorized", "Send a valid API token: Authorization: Bearer TOKEN."
        )
        response.headers["WWW-Authenticate"] = 'Bearer realm="switchboard"'
        return response
    if not g.role.allows(*required_role):
        _record_refusal(required_role)
        return _problem_response(
            403,
            "Forbidden",
            f"This needs the role {name_roles(required_role)}; the token {token.name} is {g.role}.",
        )
    if is_beyond_scope():
        _record_refusal(required_role)
        return _problem_response(403, "Forbidden", _describe_scope(token))
    return None


def _describe_scope(token: ApiToken) -> str:
    """Why a token that is limited to some campaigns is refused: what it may do, and what this request asked for."""
    ids = token.campaigns or []
    named = f"campaign {ids[0]}" if len(ids) == 1 else f"campaigns {', '.join(map(str, ids))}"
    may = f"is limited to the contacts, calls and uploads of {named}" if ids else "is limited to no campaign"
    asked = (request.view_args or {}).get("campaign_id")
    what = f"{request.method} {request.path}" if asked is None or asked in ids else f"use campaign {asked}"
    return f"The token {token.name} {may}. It may not {what}."


def authenticate_token() -> ApiToken | None:
    """The valid API token of this request, or None. Sets g.token, g.role and g.actor."""
    header = request.authorization
    if header is None or header.type != "bearer" or not header.token:
        return None
    at = now()
    token = tokens.verify_token(db.session(), header.token, at)
    if token is None:
        return None
    if tokens.should_record_use(token, at):
        with transaction(db.session()):
            tokens.record_token_use(db.session(), token.id, at)
    g.token, g.role, g.actor = token, Role(token.role), f"token:{token.name}"
    return token


def _load_user() -> None:
    key = session.get("key")
    if not isinstance(key, str):
        return
    at = now()
    found = sessions.find_session(db.session(), key, at, current_session_limits())
    if found is None:
        return
    user, browser = found
    g.user, g.role, g.actor, g.browser = user, Role(user.role), f"user:{user.email}", browser
    if browser.renew and browser.key_hash == keys.hash_key(key):
        with transaction(db.session()):
            new_key = sessions.renew_key(db.session(), browser.id, key, at, grace=True)
        if new_key is not None:
            session["key"] = new_key
    if not _refreshes_itself() and sessions.should_record_use(browser, at):
        try:
            with transaction(db.session()):
                sessions.record_use(db.session(), browser.id, at)
        except OperationalError:
            # Somebody else writes for long, or nobody can: that must keep no page from being read.
            db.session().rollback()


def _refreshes_itself() -> bool:
    """Whether a page asks for what it shows, again and again: that is no sign of a person."""
    return request.method == "GET" and request.path.rpartition("/")[2].startswith("_")


def _ask_to_sign_in() -> Response:
    """Lead to the sign-in and back. What was typed meanwhile is kept."""
    if request.method == "GET":
        return _redirect_to_login()
    if request.headers.get("HX-Request") == "true":
        # The page stays as it is, with what was typed: one signs in in another tab and presses the button again.
        return Response(
            f'<div class="toast" role="alert"><p>You are signed out. What you typed is still here: '
            f'<a href="{request.script_root}/login" target="_blank" rel="noopener">sign in in another tab</a>, '
            f"then try again.</p></div>",
            401,
        )
    held = held_forms.hold_form()
    if held is None:
        return _redirect_to_login()
    raise SignInNeeded(held)


def _redirect_to_login() -> Response:
    return_path = request.full_path.rstrip("?") if request.method == "GET" else "/"
    if request.headers.get("HX-Request") == "true":
        # The fragment's own address is no page to come back to; the one that the person looks at is.
        page = urlsplit(request.headers.get("HX-Current-URL", "/"))
        path = page.path.removeprefix(request.script_root)
        return_path = f"{path}?{page.query}" if page.query else path
        return Response(status=401, headers={"HX-Redirect": _login_url(return_path)})
    return redirect(_login_url(return_path), 303)  # type: ignore[return-value]


def _login_url(return_path: str) -> str:
    login = f"{request.script_root}/login"
    if return_path == "/" or not is_local_path(return_path):
        return login
    return f"{login}?next={quote(return_path, safe='/')}"


def is_local_path(path: str) -> bool:
    """Whether a redirect to it stays on this server. `//host`, `/\\host` and control characters leave it."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path:
        return False
    return all(character.isprintable() for character in path)


def is_from_this_machine() -> bool:
    """Whether the request was made on this machine itself. What a proxy on it relays was not, whoever sent it."""
    if was_relayed(request.environ):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _problem_response(status: int, title: str, detail: str) -> Response:
    """RFC 9457. Said here because these refusals come before the API's own code."""
    response = jsonify(type="about:blank", title=title, status=status, detail=detail)
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response
