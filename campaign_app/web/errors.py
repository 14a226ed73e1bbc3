"""Error pages: what people see when something is refused or breaks; for htmx a toast; with the request's id.

The API has its own handlers on its own blueprint; unmatched paths below /api/ are told in JSON here.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError
from werkzeug.wrappers import Response as BaseResponse

from campaign_app.disk_space import is_disk_full
from campaign_app.domain.errors import SwitchboardError, TooManyRequests, describe_wait
from campaign_app.extensions import db
from campaign_app.http.current import current_settings
from campaign_app.http.roles import ProofNeeded, SignInNeeded
from campaign_app.http.throttle import seconds_until_reset
from campaign_app.logs import request_id

from . import forms_people, signing_in
from .filters import to_sentence
from .frame import is_htmx_request
from .refusals import return_with_refusal, show_page_above

STATUS_TEXTS = {
    400: ("Bad request", "The server could not understand this request."),
    403: ("Not allowed", "Your role doesn’t allow this."),
    404: ("Not found", "There is nothing here. It may have been deleted, or the address may be mistyped."),
    405: (
        "Not possible here",
        "This address doesn’t accept that kind of request. Use the buttons on the page.",
    ),
    413: ("Too large", "The file is larger than this server accepts."),
    429: ("Too many requests", "Wait a moment, then try again."),
    507: (
        "The disk is full",
        "The server’s disk is full, so nothing was kept. Whoever runs Switchboard has to make room; then try again.",
    ),
    500: (
        "Something went wrong",
        "Something went wrong on our side, and it was logged. Your data wasn’t changed.",
    ),
}
STALE_FORM = (
    "This page was open for too long, or you signed in somewhere else in the meantime. Go back, reload the page and "
    "try again. Nothing was changed."
)


def install_error_handlers(app: Flask) -> None:
    app.register_error_handler(SwitchboardError, _handle_expected)
    app.register_error_handler(SignInNeeded, _handle_lost_session)
    app.register_error_handler(ProofNeeded, _handle_proof)
    app.register_error_handler(CSRFError, _handle_stale_form)
    app.register_error_handler(HTTPException, _handle_http)
    app.register_error_handler(InternalServerError, _handle_bug)
    for kind in (OSError, DBAPIError):
        app.register_error_handler(kind, _handle_full_disk)


def _handle_expected(error: SwitchboardError) -> Response | BaseResponse:
    text = to_sentence(str(error))
    if not (is_htmx_request() or request.path.startswith("/api/")):
        # Nobody is left on a page that has nothing but the refusal; but how long to wait stands in its headers.
        back = None
        if error.status != HTTPStatus.NOT_FOUND and not isinstance(error, TooManyRequests):
            back = return_with_refusal(text)
        if back is None and request.method == "POST":
            back = show_page_above(text, error.status)
            if back is not None and isinstance(error, TooManyRequests):
                back.headers["Retry-After"] = str(error.retry_after)
        if back is not None:
            return back
    response = _respond_with_error(error.status, error.title, text)
    if isinstance(error, TooManyRequests):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _handle_lost_session(error: SignInNeeded) -> Response:
    form = forms_people.SignIn(formdata=None, held=error.held)
    response = make_response(render_template("auth/login.html", form=form, fresh=False, lost=True))
    response.status_code = 401
    return response


def _handle_proof(error: ProofNeeded) -> Response:
    if is_htmx_request():
        return _respond_with_error(
            401, "Confirm that it is you", "Confirm that it is you first: open Account, Confirm."
        )
    wanted = request.full_path.rstrip("?") if request.method == "GET" else "/campaigns"
    form = forms_people.Proof(formdata=None, held=error.held, next=wanted)
    response = make_response(signing_in.proof_page(form))
    response.status_code = 401
    return response


def _handle_stale_form(error: CSRFError) -> Response:
    current_app.logger.info("CSRF check failed: %s", error.description)
    return _respond_with_error(400, "Please reload the page", STALE_FORM)


def _handle_http(error: HTTPException) -> Response:
    if error.response is not None or error.code is None or error.code < 400:
        return make_response(error.get_response())
    status = error.code
    title, text = STATUS_TEXTS.get(status, (HTTPStatus(status).phrase, error.description or ""))
    if status == 403 and error.description and "role" in error.description:
        text = error.description
    if status == 400 and type(error) is BadRequest and error.description != BadRequest.description:
        text = error.description or text
    if status == 413:
        text = _describe_too_large()
    wait = seconds_until_reset() if status == 429 else None
    if wait is not None:
        text = to_sentence(f"this was requested too often; {describe_wait(wait)}")
    response = _respond_with_error(status, title, text)
    # Allow on 405, Retry-After on 429 and the like.
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    if wait is not None:
        response.headers["Retry-After"] = str(wait)
    return response


def _handle_full_disk(error: OSError | DBAPIError) -> Response:
    if not is_disk_full(error):
        raise error
    current_app.logger.error("the disk is full: %s %s was refused", request.method, request.path)
    db.session.rollback()
    return _respond_with_error(507, *STATUS_TEXTS[507])


def _describe_too_large() -> str:
    most = current_settings().max_upload_mb
    limit = (request.max_content_length or 0) >> 20
    if limit > most:
        return f"The file is larger than {most} MiB, the most that this server accepts."
    return f"What was sent is larger than {limit} MiB, the most that may be sent here."


def _handle_bug(error: InternalServerError) -> Response:
    # Flask has logged the exception with its traceback already.
    db.session.rollback()
    return _respond_with_error(500, *STATUS_TEXTS[500])


def _respond_with_error(status: int, title: str, text: str) -> Response:
    if request.path.startswith("/api/"):
        response = jsonify(type="about:blank", title=title, status=status, detail=text)
        response.mimetype = "application/problem+json"
    elif is_htmx_request():
        response = make_response(render_template("errors/_toast.html", text=text, request_id=request_id()))
        # Statuses that are swapped (409, 422) would otherwise put the toast where the fragment stood.
        response.headers["HX-Retarget"] = "#toasts"
        response.headers["HX-Reswap"] = "beforeend"
    else:
        g.setdefault("user", None)
        response = make_response(
            render_template(
                "errors/error.html", title=title, text=text, status=status, request_id=request_id()
            )
        )
    response.status_code = status
    return response
