"""Security headers and checks of every request: host names, headers, cookies, request ids."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, g, request
from flask.sessions import SecureCookieSessionInterface

from campaign_app.config import Settings
from campaign_app.domain.browsers import describe_browser
from campaign_app.http.current import current_context, current_settings
from campaign_app.http.proxies import ForwardedHeaders
from campaign_app.http.repeated_polls import RepeatedPolls
from campaign_app.logs import request_id
from campaign_app.services.origin import NOWHERE, RequestOrigin, set_origin

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    # Flask-WTF compares the referrer on HTTPS, so `no-referrer` would refuse our own forms.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
WRONG_HOST = (
    "This server does not answer to that host name. "
    "Whoever runs it can add the name to SWITCHBOARD_TRUSTED_HOSTS.\n"
)
HSTS = "max-age=31536000"
QUIET_ENDPOINTS = frozenset(
    {"static", "health.healthz", "health.readyz", "health.prometheus", "callbacks.receive_callback"}
)
"""Endpoints that machines ask all day: their successes are not logged, and neither are those of pages that refresh
themselves."""

PEOPLE = frozenset(
    {
        "api",
        "audit",
        "calls",
        "contacts",
        "do_not_call",
        "exports",
        "imports",
        "lists",
        "privacy",
        "receipts",
        "search",
        "second_factors",
        "unresolved",
        "why",
        "people",
    }
)
"""Blueprints whose answers have people's data in them."""
PEOPLE_ENDPOINTS = frozenset({"campaigns.show", "campaigns.export_campaign", "campaigns.export_never"})

ENDPOINTS_WITH_KEYS = frozenset(
    {"auth.setup", "auth.use_setup", "signing_in.welcome", "signing_in.set_password"}
)

log = structlog.get_logger("switchboard.request")


class SchemeCookies(SecureCookieSessionInterface):
    """The session's cookie is Secure, and named so that a browser insists on it, wherever the browser speaks TLS: as
    PUBLIC_URL says, or for this request a trusted proxy."""

    def get_cookie_name(self, app: Flask) -> str:
        name = super().get_cookie_name(app)
        return f"__Host-{name}" if is_encrypted() else name

    def get_cookie_secure(self, app: Flask) -> bool:
        return is_encrypted()


def is_encrypted() -> bool:
    """Whether TLS lies between the browser and us, or somebody who serves it for us."""
    return current_settings().behind_tls or request.is_secure


def install_security(app: Flask, settings: Settings) -> None:
    """Call it before anything else adds a before_request, so that its own come first."""
    app.config.update(
        SESSION_COOKIE_NAME="switchboard",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        # The session in the database ends as the settings say; sending the cookie anew would not prolong it. The cookie
        # outlives it by a day, for a form that was open meanwhile to be known as our own.
        SESSION_REFRESH_EACH_REQUEST=False,
        PERMANENT_SESSION_LIFETIME=(settings.session_days + 1) * 24 * 3600,
    )
    app.session_interface = SchemeCookies()
    polls = RepeatedPolls(app, app.wsgi_app)
    app.wsgi_app = ForwardedHeaders(polls, settings)  # type: ignore[method-assign]
    hosts = allowed_hosts(settings)
    any_address = settings.host in ("0.0.0.0", "::") and not settings.trusted_hosts

    def check_host() -> Response | None:
        # A strange page whose name is pointed here (DNS rebinding) has a name; an address cannot be pointed.
        host = host_of(request.headers.get("Host", ""))
        if host in hosts or (any_address and is_address(host)):
            return None
        return Response(WRONG_HOST, 400, mimetype="text/plain")

    def start_request() -> None:
        request_id()
        set_origin(
            RequestOrigin(
                request.remote_addr,
                request.script_root,
                describe_browser(request.headers.get("User-Agent", "")),
            )
        )
        g.started = current_context().clock.monotonic()

    def finish_request(response: Response) -> Response:
        response.headers["X-Request-ID"] = request_id()
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if is_encrypted():
            response.headers["Strict-Transport-Security"] = HSTS
        if request.endpoint in ENDPOINTS_WITH_KEYS:
            response.headers["Cache-Control"] = "no-store"
        if request.endpoint != "static":
            # No shared cache for any page; a page about people is kept nowhere, not on the reader's own disk either.
            about_people = request.blueprint in PEOPLE or request.endpoint in PEOPLE_ENDPOINTS
            kept = "no-store" if about_people else "private, no-cache"
            response.headers.setdefault("Cache-Control", kept)
        _log_request(response)
        return response

    def end_request(_error: BaseException | None) -> None:
        set_origin(NOWHERE)

    app.before_request(start_request)
    app.before_request(check_host)
    app.after_request(finish_request)
    app.teardown_request(end_request)


def allowed_hosts(settings: Settings) -> frozenset[str]:
    """The host names this server answers to, lower case, without ports."""
    if settings.trusted_hosts:
        return frozenset(host.lower().strip("[]") for host in settings.trusted_hosts) | {
            "localhost",
            "127.0.0.1",
            "::1",
        }
    host_names = {"localhost", "127.0.0.1", "::1", settings.host.lower()}
    if settings.public_url:
        host_names.add((urlsplit(settings.public_url).hostname or "").lower())
    return frozenset(host_names - {"", "0.0.0.0", "::"})


def host_of(header: str) -> str:
    """The name in a Host header, without port and brackets, lower case; "" if there is none."""
    try:
        return (urlsplit(f"//{header}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_polling() -> bool:
    """Whether a page asks for a part of itself, as it does every few seconds."""
    return request.method == "GET" and request.path.rpartition("/")[2].startswith("_")


def _log_request(response: Response) -> None:
    if response.status_code < 400 and (request.endpoint in QUIET_ENDPOINTS or _is_polling()):
        return
    started = g.get("started")
    milliseconds = None if started is None else round((current_context().clock.monotonic() - started) * 1000)
    # The set-up link is a key: the log tells the rule, not the address.
    path = str(request.url_rule) if request.endpoint in ENDPOINTS_WITH_KEYS else request.path
    log.info(
        "request",
        method=request.method,
        path=path,
        status=response.status_code,
        ms=milliseconds,
        client=request.remote_addr,
    )
