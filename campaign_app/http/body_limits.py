"""Body limits: how many bytes a request may bring to each route. The web server asks before it reads a body, and the
role guard refuses in words what it did not read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from flask import Flask, Request, abort, request, session

from campaign_app.config import Settings
from campaign_app.http.current import current_settings
from campaign_app.http.proxies import ForwardedHeaders
from campaign_app.services.recordings import MOST_BYTES
from campaign_app.services.rule_packs import LONGEST_UPLOAD

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

SMALL_BODY = 1024 * 1024
"""Bytes of a body for which nobody is asked."""
BODY_LIMIT = "X_SWITCHBOARD_BODY_LIMIT"
"""The header by which the application hears that a body was refused, and how many bytes it might have had. A client's
own header of this name is dropped."""
BODY_LIMIT_KEY = f"HTTP_{BODY_LIMIT}"
BodyLimit = Callable[[str, str, str, Mapping[str, str]], int]
"""(method, path, the peer's address, headers as CGI names them) → the most bytes that the body may have."""
MIB = 1024 * 1024
FORM = 64 * 1024
"""Bytes for what a form has beside its file."""
UPLOADS = frozenset(
    {"imports.upload", "lists.upload", "api.import_contacts", "api.import_do_not_call", "api.import_list"}
)
"""Endpoints that take a file of up to MAX_UPLOAD_MB."""
LIMITS = {
    "recordings.upload": MOST_BYTES + FORM,
    "api.upload_recording": MOST_BYTES + FORM,
    # 10,000 contacts with 3 kB of variables each.
    "api.add_contacts": 32 * MIB,
    "rules.add": LONGEST_UPLOAD + FORM,
    "api.add_pack": LONGEST_UPLOAD + FORM,
}


def find_body_limit(endpoint: str | None, settings: Settings) -> int:
    """Bytes."""
    if endpoint in UPLOADS:
        return (settings.max_upload_mb + 1) * MIB
    return max(SMALL_BODY, LIMITS.get(endpoint or "", 0))


def make_body_limit(app: Flask, settings: Settings) -> BodyLimit:
    """What the web server asks. Who is not signed in may send no more to an upload's route than to any other; whether
    a token is a valid one is asked later."""

    def body_limit(method: str, path: str, peer: str, headers: Mapping[str, str]) -> int:
        environ = _make_environ(method, path, peer, headers)
        ForwardedHeaders(lambda _environ, _start: (), settings)(environ, lambda *_: lambda _data: None)
        with app.request_context(environ):
            limit = find_body_limit(request.endpoint, settings)
            if limit > SMALL_BODY and not _is_known(request):
                return SMALL_BODY
            return limit

    return body_limit


def _is_known(asking: Request) -> bool:
    authorization = asking.authorization
    if authorization is not None and authorization.type == "bearer":
        return bool(authorization.token)
    return isinstance(session.get("key"), str)


def _make_environ(method: str, path: str, peer: str, headers: Mapping[str, str]) -> WSGIEnvironment:
    return {
        "REQUEST_METHOD": method.upper(),
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": peer,
        "wsgi.url_scheme": "http",
        **{f"HTTP_{name}": value for name, value in headers.items() if not name.startswith("CONTENT_")},
    }


def refuse_large_body() -> None:
    """Bound what the view may read, and answer 413 where the web server left the body out."""
    limit = find_body_limit(request.endpoint, current_settings())
    request.max_content_length = limit
    refused = request.environ.get(BODY_LIMIT_KEY)
    if refused is not None:
        request.max_content_length = limit if refused != str(SMALL_BODY) else SMALL_BODY
        abort(413)
