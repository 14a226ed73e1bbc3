"""Confirmed numbers: phones of people who work here. Test calls and transfers to them are exempt from the hours."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from campaign_app.domain import phone as phones
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.models import ConfirmedNumber
from campaign_app.queries import locks
from campaign_app.queries.forgotten import find_forgotten, hold_forgotten_still
from campaign_app.services import audit

CODE_DIGITS = 6
CODE_LASTS = timedelta(minutes=15)
MOST_GUESSES = 5


def is_confirmed(session: Session, phone: str) -> bool:
    """Whether somebody here has proved that the number is theirs."""
    query = select(ConfirmedNumber.id).where(
        ConfirmedNumber.phone == phone, ConfirmedNumber.confirmed_at.is_not(None)
    )
    return session.scalar(query) is not None


def confirm_number(session: Session, phone: str, *, actor: str, now: datetime) -> str:
    """Keep that a number is its owner's, who works here; the actor answers for it. Returns it in E.164. Raises
    InvalidInput."""
    try:
        number = phones.parse(phone, None)
    except phones.PhoneError as error:
        raise InvalidInput([FieldError("phone", f"{error}; give it in full")]) from None
    hold_forgotten_still(session.connection())
    if find_forgotten(session.connection(), [number]):
        raise InvalidInput([FieldError("phone", "the person asked to be forgotten")])
    known = session.scalar(select(ConfirmedNumber).where(ConfirmedNumber.phone == number))
    if known is None:
        known = ConfirmedNumber(phone=number, asked_by=actor, asked_at=now, guesses=0)
        session.add(known)
    known.confirmed_by, known.confirmed_at = actor, now
    session.flush()
    audit.record_audit_entry(
        session,
        actor=actor,
        action="number.confirm",
        object_type="number",
        object_id=str(known.id),
        now=now,
        phone=number,
    )
    return number


def list_numbers_of(session: Session, actor: str) -> Sequence[str]:
    """The numbers in E.164 that somebody has confirmed, the latest first."""
    query = (
        select(ConfirmedNumber.phone)
        .where(ConfirmedNumber.confirmed_by == actor, ConfirmedNumber.confirmed_at.is_not(None))
        .order_by(ConfirmedNumber.confirmed_at.desc(), ConfirmedNumber.id.desc())
    )
    return session.scalars(query).all()


def rename_owner(session: Session, before: str, after: str) -> None:
    """Somebody's actor has another name: their numbers stay theirs."""
    for column in (ConfirmedNumber.asked_by, ConfirmedNumber.confirmed_by):
        session.execute(update(ConfirmedNumber).where(column == before).values({column: after}))


def find_asked_number(session: Session, actor: str, now: datetime) -> str | None:
    """The number whose code somebody is still to type, in E.164."""
    query = (
        select(ConfirmedNumber.phone)
        .where(
            ConfirmedNumber.asked_by == actor,
            ConfirmedNumber.code_hash.is_not(None),
            ConfirmedNumber.asked_at > now - CODE_LASTS,
        )
        .order_by(ConfirmedNumber.asked_at.desc())
        .limit(1)
    )
    return session.scalar(query)


def keep_code(session: Session, number: str, code: str, *, actor: str, now: datetime) -> None:
    """A call to `number` (E.164) speaks this code: whoever asked for it has a quarter of an hour to type it."""
    known = session.scalar(select(ConfirmedNumber).where(ConfirmedNumber.phone == number))
    if known is None:
        known = ConfirmedNumber(phone=number)
        session.add(known)
    known.code_hash, known.asked_by, known.asked_at, known.guesses = _hash_code(number, code), actor, now, 0
    session.flush()


def enter_code(session: Session, number: str, code: str, *, actor: str, now: datetime) -> str | None:
    """Confirm a number by the code that was spoken to it; what is wrong with the code, or None where it was right. The
    caller commits in both cases: a wrong code counts."""
    known = locks.lock_confirmed_number(session, number)
    if (
        known is None
        or known.code_hash is None
        or known.asked_by != actor
        or known.asked_at <= now - CODE_LASTS
        or known.guesses >= MOST_GUESSES
    ):
        return "This code is no longer valid: ask for a new call"
    typed = "".join(letter for letter in code if letter.isdecimal())
    if not hmac.compare_digest(known.code_hash, _hash_code(number, typed)):
        known.guesses += 1
        session.flush()
        left = MOST_GUESSES - known.guesses
        return (
            f"Wrong code; {left} more {'try' if left == 1 else 'tries'}"
            if left
            else "Wrong code: ask for a new call"
        )
    known.code_hash = None
    confirm_number(session, number, actor=actor, now=now)
    return None


def _hash_code(number: str, code: str) -> str:
    return hashlib.sha256(f"{number}:{code}".encode()).hexdigest()
