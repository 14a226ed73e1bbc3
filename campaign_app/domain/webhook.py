"""Provider webhooks: a request from a provider in, a reply and call updates out.

The API takes requests and keeps the database; the trunk's adapter says whether a request is genuine, what news it
brings and what to answer. Neither knows the other: both know this.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from .attempt import AnsweredBy, AttemptStatus, CallUpdate
from .script import CallScript


class ForgedRequest(Exception):
    """The request does not come from the provider: its signature or its account is wrong."""


class MalformedRequest(Exception):
    """It is signed, and still makes no sense."""


@dataclass(frozen=True, slots=True)
class WebhookDelivery:
    """A request that claims to come from a trunk's provider. `part` is what follows the token in the path ("" for a
    status), `query` the raw query string, `headers` the request's headers with their names in lower case."""

    token: str
    part: str
    query: str
    body: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class VerifiedRequest:
    """A delivery that is believed. `needs_script` says whether the reply depends on the call's script, which costs
    queries. `raw_update` is the request as a raw event: all that is kept where its attempt is unknown, or where no
    reply can be made."""

    token: str
    part: str
    query: Mapping[str, str]
    fields: Mapping[str, str]
    received_at: datetime
    needs_script: bool
    raw_update: CallUpdate


@dataclass(frozen=True, slots=True)
class CallSnapshot:
    """What is known of the attempt so far, and what its callee shall hear."""

    status: AttemptStatus
    answered_by: AnsweredBy | None
    disposition: str | None
    script: CallScript


@dataclass(frozen=True, slots=True)
class WebhookReply:
    """`updates` are settled before `body` is sent. `hang_up` asks the engine to end the call. `follow_up`, where there
    is one, is called once the updates are committed, outside of any transaction; it never raises."""

    updates: tuple[CallUpdate, ...] = ()
    body: str = ""
    content_type: str = "text/plain"
    hang_up: bool = False
    follow_up: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class TransferReplies:
    """The two replies to a callee who asks to be connected: a transfer's other leg is a call, too, so it needs a line.
    `with_line` is sent when one was reserved, `without_line` while none is free, or `to` may not be called."""

    to: str
    """E.164, or an extension."""
    with_line: WebhookReply
    without_line: WebhookReply


class WebhookHandler(Protocol):
    """Reads the callbacks of one trunk's provider and writes the replies."""

    def verify_request(self, delivery: WebhookDelivery, now: datetime) -> VerifiedRequest:
        """The request, believed. Raises ForgedRequest or MalformedRequest; touches no database."""

    def reply_to(self, request: VerifiedRequest, snapshot: CallSnapshot) -> WebhookReply | TransferReplies:
        """What the request means and what to say. Raises MalformedRequest."""


def recording_signature(key: bytes, sha256: str) -> str:
    """What the address of a recording carries, so that a provider can fetch it and nobody else can guess it."""
    return hmac.new(key, b"recording:" + sha256.encode(), hashlib.sha256).hexdigest()[:32]
