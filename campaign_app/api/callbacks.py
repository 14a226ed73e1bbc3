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
SIGNATURE = "X-Twilio-Signature"

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
    query = request.query_string.decode("latin-1")
    delivery = WebhookDelivery(token, part, query, body, request.headers.get(SIGNATURE, ""))
    try:
        fields = handler.read_fields(delivery)
    except ForgedRequest as error:
        current_app.logger.warning("a forged callback for trunk %s: %s", trunk_id, error)
        return _refuse_request(403, "not signed by the provider", callbacks.FORGED)
    except MalformedRequest as error:
        return _refuse_request(400, str(error), callbacks.MALFORMED)
    at = now()
    with transaction(db.session(), "settle") as session:
        attempt = callbacks.find_callback_attempt(session, trunk_id, token)
        if attempt is None:
            callbacks.append_raw_updates(session, handler.unmatched_updates(delivery, fields, at), at)
            callbacks.count_ignored_request(session, callbacks.UNKNOWN)
            return Response("no such call\n", 404, mimetype="text/plain")
        try:
            snapshot = callbacks.build_call_snapshot(session, attempt, with_script=handler.wants_script(part))
            reply = callbacks.with_transfer_line(
                session, token, handler.handle_delivery(delivery, fields, snapshot, at), now=at
            )
        except MalformedRequest as error:
            callbacks.append_raw_updates(session, handler.unmatched_updates(delivery, fields, at), at)
            callbacks.count_ignored_request(session, callbacks.MALFORMED)
            return Response(f"{error}\n", 400, mimetype="text/plain")
        except (InvalidInput, ValueError) as error:
            # Dialling checked that the message can be spoken: it was changed while the call rang.
            current_app.logger.error("attempt %s has nothing to say: %s", token, error)
            callbacks.append_raw_updates(session, handler.unmatched_updates(delivery, fields, at), at)
            return Response("nothing to say\n", 500, mimetype="text/plain")
        settled = callbacks.apply_reply(session, token, reply, now=at)
    if reply.hang_up or any(news.status in OUTCOMES for news in reply.updates):
        # Only then there is something to do: a line is free, or a call is to be ended.
        wake_engine()
    if reply.redirect:
        handler.follow_up(token, fields)
    # A callee is not left without words because a row could not be settled.
    return Response(reply.body, 200 if settled or reply.body else 500, content_type=reply.content_type)


def _find_webhook_handler(provider: str, trunk_id: int) -> WebhookHandler | None:
    """The trunk's ear, kept for a moment: reading the trunk and opening its credentials is a quarter of the work."""
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
