"""Callback service: what providers report by calling us is kept as it came, then settled like everything else."""

from __future__ import annotations

import logging
import random
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from campaign_app.domain.attempt import AnsweredBy, AttemptStatus, CallUpdate
from campaign_app.domain.script import CallScript
from campaign_app.domain.settlement import SourcedUpdate
from campaign_app.domain.webhook import CallSnapshot, WebhookReply
from campaign_app.models import Attempt, Trunk
from campaign_app.queries import durable_counters, transfer_legs
from campaign_app.queries import settle as settle_queries
from campaign_app.services.call_scripts import build_call_script
from campaign_app.services.calls.settle import apply_updates

FORGED, UNKNOWN, MALFORMED, TOO_LARGE = (
    "webhooks_forged",
    "webhooks_unknown_token",
    "webhooks_malformed",
    "webhooks_too_large",
)
"""What is counted of the requests that change nothing."""
SOURCE = "callback"
EMPTY_SCRIPT = CallScript(message=())

log = logging.getLogger("switchboard.callbacks")
jitter = random.SystemRandom()


def find_provider_trunk(session: Session, trunk_id: int, provider: str) -> Trunk | None:
    """The trunk, if it is one of that provider's."""
    trunk = session.get(Trunk, trunk_id)
    return trunk if trunk is not None and trunk.provider == provider else None


class CallbackAttempt(NamedTuple):
    """The attempt that a callback is about, as much of it as most callbacks need."""

    id: int
    status: str
    answered_by: str | None
    disposition: str | None


def find_callback_attempt(session: Session, trunk_id: int, token: str) -> CallbackAttempt | None:
    """The attempt of that token, if it was dialled through that trunk. Columns, not an object: this is asked four
    times a call."""
    row = session.execute(
        select(Attempt.id, Attempt.status, Attempt.answered_by, Attempt.disposition).where(
            Attempt.token == token, Attempt.trunk_id == trunk_id
        )
    ).one_or_none()
    return None if row is None else CallbackAttempt(*row)


def build_call_snapshot(session: Session, attempt: CallbackAttempt, *, with_script: bool) -> CallSnapshot:
    """Raises MissingValue, Invalid or ValueError where a script is wanted and cannot be spoken."""
    return CallSnapshot(
        AttemptStatus(attempt.status),
        AnsweredBy(attempt.answered_by) if attempt.answered_by else None,
        attempt.disposition,
        build_call_script(session, session.get_one(Attempt, attempt.id)) if with_script else EMPTY_SCRIPT,
    )


def with_transfer_line(session: Session, token: str, reply: WebhookReply, *, now: datetime) -> WebhookReply:
    """What can be done of an answer now. Before anything of the transaction is settled: a claim locks the trunk before
    the counters, too."""
    if reply.reply_without_line is None or transfer_legs.reserve_line(session.connection(), token, now):
        return reply
    return reply.reply_without_line


def apply_reply(session: Session, token: str, reply: WebhookReply, *, now: datetime) -> bool:
    """Keep what was said, then settle it. False when settling failed: what was said is kept all the same, and the
    next poll asks about the call. Raises OperationalError where the database is away."""
    connection = session.connection()
    append_raw_updates(session, reply.updates, now)
    try:
        with connection.begin_nested():
            # It was kept just now: settling need not keep it again.
            apply_updates(
                connection,
                [SourcedUpdate(item, SOURCE, quiet=True) for item in reply.updates],
                now=now,
                rng=jitter,
            )
    except OperationalError:
        raise
    except Exception:
        log.exception("a callback for attempt %s could not be settled", token)
        return False
    if reply.hang_up:
        session.execute(
            update(Attempt)
            .where(Attempt.token == token, Attempt.ended_at.is_(None), Attempt.hangup_asked_at.is_(None))
            .values(hangup_asked_at=now)
        )
    return True


def append_raw_updates(session: Session, updates: tuple[CallUpdate, ...], now: datetime) -> None:
    """Append the raw events, those for unknown tokens too: they may be all that is left of a call."""
    settle_queries.append_raw_events(
        session.connection(),
        [(item.token, item.at, SOURCE, item.status.value, item.raw) for item in updates],
        now,
    )


def count_ignored_request(session: Session, counter: str) -> None:
    """Count a request that changed nothing."""
    durable_counters.add_to_counters(session.connection(), {counter: 1})
