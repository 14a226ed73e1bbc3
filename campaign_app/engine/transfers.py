"""Transfers: a provider asks the engine before it dials the other leg of a call: for a free line, and whether that
person may be called now."""

from __future__ import annotations

import logging

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from campaign_app import transaction
from campaign_app.clock import Clock
from campaign_app.services.transfer_permits import reserve_transfer

log = logging.getLogger("switchboard.engine")


def reserve_transfer_leg(db: sa.Engine, clock: Clock, token: str, to: str) -> bool:
    """Whether the transfer leg of an attempt to `to` may be dialed: that person may be called, a line is free for it,
    and is its own from now on. False also while the database is away; the provider asks again."""
    try:
        with transaction.begin_write(db) as connection, Session(connection) as session:
            return reserve_transfer(session, token, to, clock.now())
    except SQLAlchemyError as error:
        log.warning("attempt %s cannot be transferred yet: %s", token, error)
        return False
