"""Transfers: a provider asks the engine for a free line before it dials the other leg of a call."""

from __future__ import annotations

import logging

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from campaign_app import transaction
from campaign_app.clock import Clock
from campaign_app.queries import transfer_legs

log = logging.getLogger("switchboard.engine")


def reserve_transfer_leg(db: sa.Engine, clock: Clock, token: str) -> bool:
    """Whether the transfer leg of an attempt may be dialed: a line is free for it, and is its own from now on. False
    also while the database is away; the provider asks again."""
    try:
        with transaction.begin_write(db) as connection:
            return transfer_legs.reserve_line(connection, token, clock.now())
    except SQLAlchemyError as error:
        log.warning("attempt %s cannot be transferred yet: %s", token, error)
        return False
