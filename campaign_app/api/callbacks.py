"""Provider callbacks: the addresses at which providers report calls, ask what to say next, and fetch recordings.

Nobody signs in here. A request is believed for its signature, which the trunk's adapter checks before anything is
read from the database but the trunk itself.
"""

from __future__ import annotations

import hmac
import re

from flask import Blueprint, Flask, Response, current_app, request, send_file
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import RequestEntityTooLarge

from campaign_app.domain.attempt import OUTCOMES
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.webhook import (
    ForgedRequest,
    MalformedRequest,
    WebhookDelivery,
    WebhookHandler,
    recording_signature,
)
from campaign_app.extensions import db
from campaign_app.http.current import current_context, current_settings, now, wake_engine
from campaign_app.http.roles import CALLBACKS, public_view
from campaign_app.services.calls import callbacks
from campaign_app.transaction import transaction

LARGEST_BODY = 64 * 1024
"""Bytes. Twilio's are below 2 KiB."""
TOKEN = re.compile("[0-9a-f]{32}")
SHA256 = re.compile("[0-9a-f]{64}")
RECORDING_MAX_AGE = 3600
"""Seconds that a provider may keep a recording: it is fetched once, not once a call. Its name is its content's."""
HANDLER_MAX_AGE = 2.0
"""Seconds after which changed credentials are believed here."""

blueprint = Blueprint(CALLBACKS, __name__, url_prefix="/webhooks")


def register_callbacks(app: Flask) -> None:
    app.register_blueprint(blueprint)


@blueprint.errorhandler(SQLAlchemyError)
def _handle_database_error(error: SQLAlchemyError) -> Response:
    """500: the provider tries again, and what it says is not lost."""
    current_app.logger.error("a callback could not be kept: %s", error)
    return Response("try again\n", 500, mimetype="text/plain")


@blueprint.post("/<provider>/<id:trunk_id>/<token>")
@blueprint.post("/<provider>/<id:trunk_id>/<token>/<part>")
@public_view
def receive_callback(provider: str, trunk_id: int, token: str, part: str = "") -> Response:
    """One call of a provider's."""
    handler = _find_webhook_handler(provider, trunk_id)
    if handler is None or not TOKEN.fullmatch(token):
        return Response("no such address\n", 404, mimetype="text/plain")
    request.max_content_length = LARGEST_BODY
    try:
        body = request.get_data(cache=False)
    except RequestEntityTooLarge:
        return _refuse_request(413, f"more than {LARGEST_BODY} bytes", callbacks.TOO_LARGE)
    at = now()
    headers = {name.lower(): value for name, value in request.headers.items()}
    query = request.query_string.decode("latin-1")
    try:
        verified = handler.verify_request(WebhookDelivery(token, part, query, body, headers), at)
    except ForgedRequest as error:
        current_app.logger.warning("a forged callback for trunk %s: %s", trunk_id, error)
        return _refuse_request(403, "not signed by the provider", callbacks.FORGED)
    except MalformedRequest as error:
        return _refuse_request(400, str(error), callbacks.MALFORMED)
    with transaction(db.session(), "settle") as session:
        try:
            snapshot = callbacks.look_up_call(session, trunk_id, verified)
            if snapshot is None:
                callbacks.keep_raw_update(session, verified, counted_as=callbacks.UNKNOWN)
                return Response("no such call\n", 404, mimetype="text/plain")
            reply = handler.reply_to(verified, snapshot)
        except MalformedRequest as error:
            callbacks.keep_raw_update(session, verified, counted_as=callbacks.MALFORMED)
            return Response(f"{error}\n", 400, mimetype="text/plain")
        except (InvalidInput, ValueError) as error:
            # Dialing checked that the message can be spoken: it was changed while the call rang.
            current_app.logger.error("attempt %s has nothing to say: %s", token, error)
            callbacks.keep_raw_update(session, verified)
            return Response("nothing to say\n", 500, mimetype="text/plain")
        sent, settled = callbacks.apply_reply(session, token, reply, now=at)
    if sent.hang_up or any(update.status in OUTCOMES for update in sent.updates):
        # Only then there is something to do: a line is free, or a call is to be ended.
        wake_engine()
    if sent.follow_up is not None:
        sent.follow_up()
    # A callee is not left without words because a row could not be settled.
    return Response(sent.body, 200 if settled or sent.body else 500, content_type=sent.content_type)


def _find_webhook_handler(provider: str, trunk_id: int) -> WebhookHandler | None:
    """The trunk's webhook handler, kept for a moment: reading the trunk and its credentials is a quarter
    of the work."""
    app_context = current_context()
    at = app_context.clock.monotonic()
    handlers = app_context.webhook_handlers
    made_at, handler = handlers.get((provider, trunk_id), (0.0, None))
    if handler is None or not made_at <= at < made_at + HANDLER_MAX_AGE:
        trunk = callbacks.find_provider_trunk(db.session(), trunk_id, provider)
        handler = None if trunk is None else app_context.webhook_handler_of(trunk)
        if handler is None:
            return None
        handlers[provider, trunk_id] = at, handler
    return handler


@blueprint.get("/recordings/<sha256>/<signature>.wav")
@public_view
def send_recording(sha256: str, signature: str) -> Response:
    """A recording, as callees hear it, for whoever was given this very address."""
    key: str = current_app.config["SECRET_KEY"]
    signature_matches = hmac.compare_digest(
        recording_signature(key.encode(), sha256).encode(), signature.encode()
    )
    path = current_settings().recordings_folder / f"{sha256}.wav"
    if not signature_matches or not SHA256.fullmatch(sha256) or not path.is_file():
        return Response("no such recording\n", 404, mimetype="text/plain")
    return send_file(path, mimetype="audio/wav", conditional=True, max_age=RECORDING_MAX_AGE)


def _refuse_request(status: int, why: str, counted_as: str) -> Response:
    with transaction(db.session()) as session:
        callbacks.count_ignored_request(session, counted_as)
    return Response(f"{why}\n", status, mimetype="text/plain")
