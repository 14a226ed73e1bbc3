"""The first admin, through a link that the server prints while there is no user. It works once."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.errors import Conflict, NotFound
from campaign_app.models import Fact, User
from campaign_app.services import users

FACT = "setup-key"
GONE = "this set-up link is not valid: it was used, or the server was started again since and printed a new one"


def link_needed(session: Session) -> bool:
    return session.scalar(select(User.id).limit(1)) is None


def new_key(session: Session) -> str:
    """A new key for `/setup/KEY`; the one before stops working. Raises Conflict once there is a user."""
    if not link_needed(session):
        raise Conflict("there is a user already: an admin adds others under Users")
    key = secrets.token_urlsafe(32)
    session.merge(Fact(key=FACT, value=users.digest(key)))
    return key


def check_key(session: Session, key: str) -> None:
    """Raises NotFound unless the link would work now."""
    fact = session.get(Fact, FACT)
    if fact is None or not hmac.compare_digest(fact.value, users.digest(key)) or not link_needed(session):
        raise NotFound(GONE)


def use_key(session: Session, key: str, email: str, password: str, *, now: datetime) -> User:
    """Make the first admin and burn the link. Raises NotFound (the link), Invalid (address or password)."""
    check_key(session, key)
    user = users.create_admin(session, email, password, actor="setup", now=now)
    session.delete(session.get_one(Fact, FACT))
    return user
