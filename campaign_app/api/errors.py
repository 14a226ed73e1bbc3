"""API errors: every error under /api/ is a problem document (RFC 9457), whoever raised it."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, g, json, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from campaign_app.disk_space import is_disk_full
from campaign_app.domain.errors import (
    FieldConflict,
    FieldError,
    Forbidden,
    IllegalTransition,
    InvalidInput,
    NotFound,
    StartRefused,
    StateConflict,
    SwitchboardError,
    TooManyRequests,
)
from campaign_app.http.throttle import seconds_until_reset
from campaign_app.services.imports.files import TooLarge

MEDIA_TYPE = "application/problem+json"
PREFIX = "/api/"
PROBLEM_TYPES: dict[type[SwitchboardError], str] = {
    InvalidInput: "urn:switchboard:problem:invalid",
    NotFound: "urn:switchboard:problem:not-found",
    StateConflict: "urn:switchboard:problem:conflict",
    Forbidden: "urn:switchboard:problem:forbidden",
    IllegalTransition: "urn:switchboard:problem:illegal-transition",
    TooManyRequests: "urn:switchboard:problem:too-many-requests",
    TooLarge: "urn:switchboard:problem:too-large",
}
"""What a program can tell the expected failures by. Everything else is `about:blank`: the HTTP status says it
all."""

DETAILS = {
    401: "Send a valid API token: Authorization: Bearer TOKEN.",
    403: "This token's role does not allow it.",
    404: "There is nothing at this address.",
    405: "This address does not take that method.",
    415: "Send the body as application/json.",
    429: "Too many requests; wait as long as Retry-After says.",
}
log = logging.getLogger(__name__)


def problem_response(
    status: int,
    detail: str,
    *,
    title: str | None = None,
    type_: str = "about:blank",
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
    **members: object,
) -> Response:
    """An answer as RFC 9457 has it. `errors` names the fields; `members` are extensions such as
    `request_id`."""
    body: dict[str, Any] = {
        "type": type_,
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": request.script_root + request.path,
        "errors": [{"field": error.field, "message": error.message} for error in errors],
        **members,
    }
    response = Response(json.dumps(body), status=status, mimetype=MEDIA_TYPE)
    response.headers.extend(headers or {})
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="switchboard"'
    return response


def install_error_handlers(blueprint: Blueprint) -> None:
    """Answer for every error of the blueprint's views."""
    blueprint.register_error_handler(SwitchboardError, _handle_expected)
    blueprint.register_error_handler(Exception, _handle_bug)
    blueprint.register_error_handler(HTTPException, _handle_http)
    # Flask asks an application-wide handler of the very code before a blueprint's of the class.
    for code in (400, 401, 403, 404, 405, 409, 413, 415, 422, 429):
        blueprint.register_error_handler(code, _handle_http)
    blueprint.after_request(_complete_problem)


def refuse_unknown_address() -> Response | None:
    """Before each request: a problem for an address under /api/ that no route takes.

    Such a request belongs to no blueprint, so the blueprint's handlers never hear of it.
    """
    error = request.routing_exception
    if error is None or isinstance(error, RequestRedirect) or not request.path.startswith(PREFIX):
        return None
    return _handle_http(error)


def _complete_problem(response: Response) -> Response:
    """The same members in every problem: what roles.py refuses before a view is asked has fewer."""
    if response.status_code in (401, 403) and response.mimetype == MEDIA_TYPE:
        body = {"instance": request.script_root + request.path, "errors": []} | (
            response.get_json(silent=True) or {}
        )
        response.set_data(json.dumps(body))
    return response


def _handle_expected(error: SwitchboardError) -> Response:
    errors = (
        error.errors if isinstance(error, InvalidInput | Forbidden | StartRefused | FieldConflict) else ()
    )
    headers, members = {}, {}
    if isinstance(error, TooManyRequests):
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, IllegalTransition):
        members = {"current": error.current, "wanted": error.wanted}
    kind = next((PROBLEM_TYPES[cls] for cls in type(error).__mro__ if cls in PROBLEM_TYPES), "about:blank")
    return problem_response(
        error.status, str(error), title=error.title, type_=kind, errors=errors, headers=headers, **members
    )


def _handle_http(error: HTTPException) -> Response:
    code = error.code or 500
    if code >= 500:
        return _handle_bug(error)
    headers = {}
    if code == 405:
        headers["Allow"] = ", ".join(sorted(getattr(error, "valid_methods", None) or ()))
    if code == 429:
        headers["Retry-After"] = str(seconds_until_reset() or 1)
    # A description of our own says more than the fixed sentence; werkzeug's stock ones say less.
    stock = error.description is None or error.description == type(error).description
    detail = DETAILS.get(code) if stock or code == 429 else None
    if code == 413:
        detail = f"This request may have {request.max_content_length or 0:,} bytes at the most."
    return problem_response(code, detail or str(error.description), headers=headers)


def _handle_bug(error: Exception) -> Response:
    """A bug: logged whole under an id, of which the client hears only the id. A full disk is none."""
    if is_disk_full(error):
        log.error("the disk is full: %s %s was refused", request.method, request.path)
        return problem_response(
            507, "The server's disk is full, so nothing was kept. Try again when there is room."
        )
    request_id = getattr(g, "request_id", None) or secrets.token_hex(8)
    log.error("request %s: %s %s failed", request_id, request.method, request.path, exc_info=error)
    return problem_response(
        500,
        f"Something went wrong on the server. Its log has the details under request {request_id}.",
        request_id=request_id,
    )
