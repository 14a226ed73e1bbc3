"""Poll queries: whether a live page's question may be answered as before, in one statement."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Engine, bindparam, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import InstrumentedAttribute

from campaign_app.models import Campaign, User, UserSession
from campaign_app.models.base import sqlite_stamp

CAMPAIGN_STATE: tuple[InstrumentedAttribute[Any], ...] = (
    Campaign.status,
    Campaign.status_at,
    Campaign.resume_at,
    Campaign.max_concurrent_calls,
    Campaign.soft_start_at,
)
"""What an operator changes of a campaign and wants to see at once."""

# The key from before a renewal finds nothing here: such a request is answered at length.
READER_STATE = (
    select(
        UserSession.id,
        UserSession.method,
        User.id,
        User.email,
        User.role,
        User.time_zone,
        User.second_factor_since,
        Campaign.id,
        *CAMPAIGN_STATE,
    )
    .select_from(UserSession)
    .join(User, User.id == UserSession.user_id)
    .outerjoin(Campaign, (Campaign.id == bindparam("campaign_id")) & Campaign.deleted_at.is_(None))
    .where(
        UserSession.key_hash == bindparam("key_hash"),
        UserSession.renew.is_(False),
        UserSession.expires_at > bindparam("now"),
        UserSession.last_used_at > bindparam("used_after"),
        User.disabled_at.is_(None),
    )
)


class ReaderStates:
    """Asks for it over the driver's own connections: by way of SQLAlchemy the same statement took three times as much
    processor time, and every open page asks it every two seconds. Safe for threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        dialect = engine.dialect
        compiled = READER_STATE.compile(dialect=dialect)
        self._sql = str(compiled)
        # In the order of the question marks, where the driver has no names.
        self._order = compiled.positiontup
        self._is_server = dialect.name != "sqlite"

    def find(
        self, key_hash: str, campaign_id: int | None, now: datetime, used_after: datetime
    ) -> tuple[Any, ...] | None:
        """Everything of the session, the user and the campaign on which an answer depends that is no news of calls, as
        the driver gives it; None where the session is none any more, its key is to be renewed, or the database does not
        answer."""
        values = {
            "key_hash": key_hash,
            "campaign_id": campaign_id,
            "now": now if self._is_server else sqlite_stamp(now),
            "used_after": used_after if self._is_server else sqlite_stamp(used_after),
        }
        parameters = values if self._order is None else [values[name] for name in self._order]
        connection = None
        try:
            connection = self._engine.raw_connection()
            driver: Any = connection.driver_connection
            if self._is_server:
                # Without a BEGIN and a ROLLBACK, which go over the network too.
                driver.autocommit = True
            row = driver.execute(self._sql, parameters).fetchone()
            if self._is_server:
                driver.autocommit = False
        except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error):
            if connection is not None:
                connection.invalidate()
            return None
        finally:
            if connection is not None:
                connection.close()
        return None if row is None else tuple(row)
