"""Outside check service: the address that is asked about numbers before they are called, and how it answers."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import delete
from sqlalchemy.orm import Session

from campaign_app.domain.campaign import to_rfc3339
from campaign_app.domain.countries import SUPPORTED
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound
from campaign_app.domain.public_addresses import HttpsAddress, parse_https_address
from campaign_app.domain.rulebook import Purpose
from campaign_app.models import OutsideAnswerRow, OutsideCheckRow
from campaign_app.queries import contacts as contact_queries
from campaign_app.queries import locks
from campaign_app.services import audit
from campaign_app.vault import CredentialVault

FIELDS = ("url", "answers_hours", "timeout_seconds", "purposes", "countries", "new_secret")
LONGEST_HOURS = 168
MOST_SECONDS = 10
DEFAULT_HOURS = 24
DEFAULT_SECONDS = 5
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class NewOutsideCheck:
    """The setting as somebody typed it, checked but for where its name leads."""

    address: HttpsAddress
    answers_hours: int
    timeout_seconds: float
    purposes: tuple[Purpose, ...] | None
    countries: tuple[str, ...] | None
    new_secret: bool


def parse_outside_check(data: Mapping[str, Any]) -> NewOutsideCheck:
    """`{url, answers_hours, timeout_seconds, purposes, countries, new_secret}`. Raises InvalidInput with every field
    that is wrong, and for keys that there are not."""
    errors = [
        FieldError(str(key), f"not a field of the outside check; its fields are {', '.join(FIELDS)}")
        for key in data
        if key not in FIELDS
    ]

    def collect(read: Callable[[], T]) -> T | None:
        try:
            return read()
        except InvalidInput as error:
            errors.extend(error.errors)
            return None

    address = collect(lambda: parse_https_address(data.get("url"), "url"))
    hours = collect(lambda: _parse_hours(data.get("answers_hours")))
    seconds = collect(lambda: _parse_seconds(data.get("timeout_seconds")))
    known = [purpose.value for purpose in Purpose]
    purposes = collect(lambda: _parse_choices("purposes", data.get("purposes"), known, ", ".join(known)))
    countries = collect(
        lambda: _parse_choices(
            "countries", data.get("countries"), SUPPORTED, "countries as two capital letters (ISO 3166)"
        )
    )
    new_secret = data.get("new_secret", False)
    if not isinstance(new_secret, bool):
        errors.append(FieldError("new_secret", "true or false"))
    if errors or address is None or hours is None or seconds is None:
        raise InvalidInput(errors)
    return NewOutsideCheck(
        address,
        hours,
        seconds,
        None if purposes is None else tuple(Purpose(each) for each in purposes),
        countries,
        bool(new_secret),
    )


def _parse_hours(value: object) -> int:
    if value is None:
        return DEFAULT_HOURS
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LONGEST_HOURS:
        raise InvalidInput(
            [FieldError("answers_hours", f"a whole number of hours from 1 to {LONGEST_HOURS}")]
        )
    return value


def _parse_seconds(value: object) -> float:
    if value is None:
        return DEFAULT_SECONDS
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= MOST_SECONDS:
        raise InvalidInput([FieldError("timeout_seconds", f"seconds from 1 to {MOST_SECONDS}")])
    return float(value)


def _parse_choices(name: str, value: object, known: Any, words: str) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not value or not all(isinstance(v, str) and v in known for v in value):
        raise InvalidInput([FieldError(name, f"a list of {words}; leave it out for all")])
    return tuple(dict.fromkeys(value))


def save_outside_check(
    session: Session, new: NewOutsideCheck, *, vault: CredentialVault, actor: str, now: datetime
) -> tuple[OutsideCheckRow, str | None]:
    """Write the setting, and return it with its secret where that is new: it is not told again. The caller has found
    that the host is public. Answers of another address do not count any more. Raises the vault's NoKey."""
    row = locks.lock_outside_check(session)
    secret = None
    if row is None:
        row = OutsideCheckRow(id=1, version=0, url="", secret="")
        session.add(row)
    if new.new_secret or not row.secret:
        secret = secrets.token_urlsafe(32)
        row.secret = vault.lock({"secret": secret}) or ""
    if row.url != new.address.url:
        row.version = max(row.version + 1, int(now.timestamp()))
    row.url = new.address.url
    row.answers_hours, row.timeout_seconds = new.answers_hours, new.timeout_seconds
    row.purposes = None if new.purposes is None else [purpose.value for purpose in new.purposes]
    row.countries = None if new.countries is None else list(new.countries)
    row.changed_by, row.changed_at = actor, now
    row.failures, row.retry_at, row.last_error, row.last_error_at = 0, None, None, None
    session.flush()
    contact_queries.requeue_held_by_outside_check(session, now)
    audit.record_audit_entry(
        session,
        actor=actor,
        action="outside-check.save",
        object_type="outside-check",
        object_id=1,
        now=now,
        url=row.url,
        answers_hours=row.answers_hours,
        timeout_seconds=row.timeout_seconds,
        purposes=row.purposes,
        countries=row.countries,
        new_secret=secret is not None,
    )
    return row, secret


def delete_outside_check(session: Session, *, actor: str, now: datetime) -> None:
    """Nobody is asked any more, and those who were put off for it are due. Raises NotFound."""
    row = locks.lock_outside_check(session)
    if row is None:
        raise NotFound("there is no outside check")
    url = row.url
    session.delete(row)
    session.flush()
    session.execute(delete(OutsideAnswerRow))
    contact_queries.requeue_held_by_outside_check(session, now)
    audit.record_audit_entry(
        session,
        actor=actor,
        action="outside-check.delete",
        object_type="outside-check",
        object_id=1,
        now=now,
        url=url,
    )


def find_outside_check(session: Session) -> OutsideCheckRow | None:
    """None where none is set up."""
    return session.get(OutsideCheckRow, 1)


def get_outside_check(session: Session) -> OutsideCheckRow:
    """Raises NotFound."""
    row = find_outside_check(session)
    if row is None:
        raise NotFound("there is no outside check: PUT one")
    return row


def renew_outside_secret(session: Session, *, vault: CredentialVault) -> bool:
    """Encrypt its secret with the first key. Whether it was not yet. Raises NoKey."""
    row = locks.lock_outside_check(session)
    renewed = None if row is None else vault.renew_secret(row.secret)
    if row is None or renewed is None:
        return False
    row.secret = renewed
    return True


def outside_check_to_api(row: OutsideCheckRow, secret: str | None = None) -> dict[str, Any]:
    """`secret` is told once."""
    status = "silent" if row.failures else "answering" if row.answered_at is not None else "not-asked"
    return {
        "url": row.url,
        "answers_hours": row.answers_hours,
        "timeout_seconds": row.timeout_seconds,
        "purposes": row.purposes,
        "countries": row.countries,
        "secret": secret,
        "status": status,
        "last_error": row.last_error,
        "last_error_at": to_rfc3339(row.last_error_at),
        "retry_at": to_rfc3339(row.retry_at) if row.failures else None,
        "answered_at": to_rfc3339(row.answered_at),
        "changed_by": row.changed_by,
        "changed_at": to_rfc3339(row.changed_at),
    }
