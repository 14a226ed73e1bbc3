"""Provider webhooks: a request from a provider in, a reply and call updates out.

The API takes requests and keeps the database; the trunk's adapter says whether a request is genuine, what news it
brings and what to answer. Neither knows the other: both know this.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
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
    status), `query` the raw query string, `signature` the provider's header, "" where there was none."""

    token: str
    part: str
    query: str
    body: bytes
    signature: str


@dataclass(frozen=True, slots=True)
class CallSnapshot:
    """What is known of the attempt so far, and what its callee shall hear."""

    status: AttemptStatus
    answered_by: AnsweredBy | None
    disposition: str | None
    script: CallScript


@dataclass(frozen=True, slots=True)
class WebhookReply:
    """`news` is settled before `body` is sent. `hang_up` asks the engine to end the call; `redirect` says that the
    adapter's `follow_up` has something to do once the news is committed. `without_line`, where it is given, is the
    answer instead while no second line is free: a transfer's other leg is a call, too."""

    updates: tuple[CallUpdate, ...] = ()
    body: str = ""
    content_type: str = "text/plain"
    hang_up: bool = False
    redirect: bool = False
    reply_without_line: WebhookReply | None = None


class WebhookHandler(Protocol):
    """The ear of one trunk."""

    def read_fields(self, delivery: WebhookDelivery) -> Mapping[str, str]:
        """The request's fields. Raises Forged or Malformed; touches no database."""

    def wants_script(self, part: str) -> bool:
        """Whether `answer` looks at the standing's script: it costs queries."""

    def handle_delivery(
        self, delivery: WebhookDelivery, fields: Mapping[str, str], snapshot: CallSnapshot, now: datetime
    ) -> WebhookReply:
        """What it means and what to say. Raises Malformed."""

    def unmatched_updates(
        self, delivery: WebhookDelivery, fields: Mapping[str, str], now: datetime
    ) -> tuple[CallUpdate, ...]:
        """The same request as raw events only: its attempt is unknown, or `answer` could make nothing of it."""

    def follow_up(self, token: str, fields: Mapping[str, str]) -> None:
        """Do what an answer with `redirect` asked for, outside of any transaction. Never raises."""


def recording_signature(key: bytes, sha256: str) -> str:
    """What the address of a recording carries, so that a provider can fetch it and nobody else can guess it."""
    return hmac.new(key, b"recording:" + sha256.encode(), hashlib.sha256).hexdigest()[:32]
