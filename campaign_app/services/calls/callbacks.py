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
from campaign_app.domain.webhook import CallSnapshot, TransferReplies, VerifiedRequest, WebhookReply
from campaign_app.models import Attempt, Trunk
from campaign_app.queries import durable_counters
from campaign_app.queries import settle as settle_queries
from campaign_app.services.call_scripts import build_call_script
from campaign_app.services.calls.settle import apply_updates
from campaign_app.services.transfer_permits import reserve_transfer

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


class SettledReply(NamedTuple):
    """The reply to send. `settled` is False when its updates were kept and could not be settled."""

    reply: WebhookReply
    settled: bool


def look_up_call(session: Session, trunk_id: int, request: VerifiedRequest) -> CallSnapshot | None:
    """The call that a request is about; None if no attempt of that token was dialed through that trunk. Columns, not
    an object: this is asked four times a call. Raises InvalidInput or ValueError where a script is needed and cannot
    be spoken."""
    row = session.execute(
        select(Attempt.id, Attempt.status, Attempt.answered_by, Attempt.disposition).where(
            Attempt.token == request.token, Attempt.trunk_id == trunk_id
        )
    ).one_or_none()
    if row is None:
        return None
    script = EMPTY_SCRIPT
    if request.needs_script:
        script = build_call_script(session, session.get_one(Attempt, row.id))
    return CallSnapshot(
        AttemptStatus(row.status),
        AnsweredBy(row.answered_by) if row.answered_by else None,
        row.disposition,
        script,
    )


def apply_reply(
    session: Session, token: str, reply: WebhookReply | TransferReplies, *, now: datetime
) -> SettledReply:
    """Reserve a transfer's line, keep what was said, then settle it. When settling fails, what was said is kept all
    the same, and the next poll asks about the call. Raises OperationalError where the database is away."""
    connection = session.connection()
    if isinstance(reply, TransferReplies):
        # Before anything of the transaction is settled: a claim locks the trunk before the counters, too.
        reserved = reserve_transfer(session, token, reply.to, now)
        reply = reply.with_line if reserved else reply.without_line
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
        return SettledReply(reply, settled=False)
    if reply.hang_up:
        session.execute(
            update(Attempt)
            .where(Attempt.token == token, Attempt.ended_at.is_(None), Attempt.hangup_asked_at.is_(None))
            .values(hangup_asked_at=now)
        )
    return SettledReply(reply, settled=True)


def keep_raw_update(session: Session, request: VerifiedRequest, *, counted_as: str | None = None) -> None:
    """Keep a request that settles nothing, and count it. It may be all that is left of a call."""
    append_raw_updates(session, (request.raw_update,), request.received_at)
    if counted_as is not None:
        count_ignored_request(session, counted_as)


def append_raw_updates(session: Session, updates: tuple[CallUpdate, ...], now: datetime) -> None:
    """Append the raw events, those for unknown tokens too."""
    settle_queries.append_raw_events(
        session.connection(),
        [(item.token, item.at, SOURCE, item.status.value, item.raw) for item in updates],
        now,
    )


def count_ignored_request(session: Session, counter: str) -> None:
    """Count a request that changed nothing."""
    durable_counters.add_to_counters(session.connection(), {counter: 1})
