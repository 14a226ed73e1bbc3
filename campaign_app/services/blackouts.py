"""Blackouts service: close a country or a state from an instant until another one, or until it is lifted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from campaign_app.domain.blackouts import Blackout, BlackoutState
from campaign_app.domain.campaign import to_rfc3339
from campaign_app.domain.countries import SUPPORTED
from campaign_app.domain.errors import FieldError, InvalidInput, NotFound, StateConflict
from campaign_app.domain.place_names import US_AREAS, list_states, parse_state
from campaign_app.domain.rulebook import Purpose
from campaign_app.models import BlackoutRow
from campaign_app.queries import blackouts as blackout_queries
from campaign_app.queries import contacts as contact_queries
from campaign_app.queries import locks
from campaign_app.services import audit
from campaign_app.services.dialing_rules import DialingRules

FIELDS = ("country", "state", "purposes", "starts_at", "ends_at", "reason", "source")
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class NewBlackout:
    """A blackout as somebody asked for it, checked. `starts_at` None: from now on."""

    country: str
    state: str | None
    purposes: tuple[Purpose, ...] | None
    starts_at: datetime | None
    ends_at: datetime | None
    reason: str
    source: str | None

    def as_of(self, now: datetime) -> Blackout:
        """As it would stand if it were added now."""
        begin = self.starts_at or now
        return Blackout(0, self.country, self.state, self.purposes, begin, self.ends_at, self.reason, now)


def parse_blackout(data: Mapping[str, Any], now: datetime) -> NewBlackout:
    """`{country, state, purposes, starts_at, ends_at, reason, source}`. Raises InvalidInput with every field that is
    wrong, and for keys that there are not."""
    errors = [
        FieldError(str(key), f"not a field of a blackout; its fields are {', '.join(FIELDS)}")
        for key in data
        if key not in FIELDS
    ]
    country = _collect(errors, lambda: _parse_country(data.get("country")))
    state = (
        _collect(errors, lambda: _parse_state(data.get("state"), country)) if country is not None else None
    )
    purposes = _collect(errors, lambda: _parse_purposes(data.get("purposes")))
    starts_at = _collect(errors, lambda: _parse_time("starts_at", data.get("starts_at")))
    ends_at = _collect(errors, lambda: _parse_time("ends_at", data.get("ends_at")))
    wrong = {error.field for error in errors}
    if starts_at is not None and starts_at < now:
        errors.append(FieldError("starts_at", "it has passed: leave it out to close from now on"))
    elif ends_at is not None and ends_at <= max(starts_at or now, now) and "starts_at" not in wrong:
        begin = "its start" if starts_at is not None else "now"
        errors.append(
            FieldError("ends_at", f"must be after {begin}; leave it out to close until it is lifted")
        )
    reason = _collect(
        errors, lambda: _parse_text("reason", data.get("reason"), "say why nobody is to be called there")
    )
    source = _collect(errors, lambda: _parse_text("source", data.get("source")))
    if errors or country is None or reason is None:
        raise InvalidInput(errors)
    return NewBlackout(country, state, purposes, starts_at, ends_at, reason, source)


def _collect(errors: list[FieldError], read: Callable[[], Any]) -> Any:
    try:
        return read()
    except InvalidInput as error:
        errors.extend(error.errors)
        return None


def _parse_country(value: object) -> str:
    code = value.strip().upper() if isinstance(value, str) else ""
    if code not in SUPPORTED:
        raise InvalidInput([FieldError("country", "a country as two capital letters (ISO 3166), such as US")])
    return code


def _parse_state(value: object, country: str) -> str | None:
    if value is None or value == "":
        return None
    of_country = [state.code for state in list_states(country)]
    if country in US_AREAS and value == US_AREAS[country]:
        return US_AREAS[country]
    if not of_country:
        raise InvalidInput(
            [FieldError("state", "this country’s states are not known here: leave it out to close all of it")]
        )
    code = None
    if isinstance(value, str):
        try:
            code = parse_state(value, country)
        except InvalidInput:
            code = None
    if code is None or code not in of_country:
        example = of_country[0]
        raise InvalidInput(
            [FieldError("state", f"a state of that country (ISO 3166-2), such as {example}; or leave it out")]
        )
    return code


def _parse_purposes(value: object) -> tuple[Purpose, ...] | None:
    if value is None:
        return None
    known = [purpose.value for purpose in Purpose]
    if not isinstance(value, list) or not value or not all(each in known for each in value):
        raise InvalidInput(
            [
                FieldError(
                    "purposes", f"a list of {', '.join(known)}; leave it out for all of them but emergency"
                )
            ]
        )
    return tuple(Purpose(each) for each in dict.fromkeys(value))


def _parse_time(name: str, value: object) -> datetime | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise InvalidInput(
            [FieldError(name, "a time with its offset (RFC 3339), such as 2026-12-01T08:00:00Z")]
        )
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise InvalidInput([FieldError(name, "a time between the years 2 and 9998")]) from None


def _parse_text(name: str, value: object, required: str | None = None) -> str | None:
    if value is not None and not isinstance(value, str):
        raise InvalidInput([FieldError(name, "give it as text")])
    text = (value or "").strip()
    if required is not None and not text:
        raise InvalidInput([FieldError(name, required)])
    if len(text) > LONGEST_REASON:
        raise InvalidInput([FieldError(name, f"keep it under {LONGEST_REASON} characters")])
    return text or None


def add_blackout(
    session: Session, data: Mapping[str, Any], *, actor: str, read_now: Callable[[], datetime]
) -> BlackoutRow:
    """Close a place. Once the caller's transaction has committed, no call that it forbids is permitted.

    The clock is read after the permits that are under way have committed, so that none of them lies inside. Raises
    InvalidInput.
    """
    blackout_queries.wait_for_permits(session.connection())
    now = read_now()
    new = parse_blackout(data, now)
    row = BlackoutRow(
        country=new.country,
        state=new.state,
        purposes=None if new.purposes is None else [purpose.value for purpose in new.purposes],
        starts_at=new.starts_at or now,
        ends_at=new.ends_at,
        reason=new.reason,
        source=new.source,
        made_by=actor,
        made_at=now,
    )
    session.add(row)
    session.flush()
    audit.record_audit_entry(
        session,
        actor=actor,
        action="blackout.add",
        object_type="blackout",
        object_id=row.id,
        now=now,
        country=row.country,
        state=row.state,
        purposes=row.purposes,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        reason=row.reason,
        source=row.source,
    )
    return row


def lift_blackout(
    session: Session, blackout_id: int, *, reason: object, actor: str, read_now: Callable[[], datetime]
) -> BlackoutRow:
    """End one before its time, or one that has no end. Raises InvalidInput without a reason, NotFound, StateConflict
    for one that is over."""
    text = _parse_text("reason", reason, "say why people there may be called again")
    blackout_queries.wait_for_permits(session.connection())
    now = read_now()
    row = locks.lock_blackout(session, blackout_id)
    if row is None:
        raise NotFound(f"there is no blackout {blackout_id}")
    if row.lifted_at is not None:
        raise StateConflict(f"it was lifted already, on {to_rfc3339(row.lifted_at)}")
    if row.ends_at is not None and row.ends_at <= now:
        raise StateConflict(f"it is over since {to_rfc3339(row.ends_at)}")
    row.lifted_at, row.lifted_by, row.lift_reason = now, actor, text
    session.flush()
    contact_queries.requeue_put_off_for_hours(session, now)
    audit.record_audit_entry(
        session,
        actor=actor,
        action="blackout.lift",
        object_type="blackout",
        object_id=row.id,
        now=now,
        country=row.country,
        state=row.state,
        reason=text,
    )
    return row


def get_blackout(session: Session, blackout_id: int) -> BlackoutRow:
    """Raises NotFound."""
    row = session.get(BlackoutRow, blackout_id)
    if row is None:
        raise NotFound(f"there is no blackout {blackout_id}")
    return row


def list_blackouts(session: Session, now: datetime) -> dict[BlackoutState, list[BlackoutRow]]:
    """All of them by where `now` is in them, the latest first; those that are coming the next first."""
    groups: dict[BlackoutState, list[BlackoutRow]] = {state: [] for state in BlackoutState}
    for row in session.scalars(
        select(BlackoutRow).order_by(BlackoutRow.starts_at.desc(), BlackoutRow.id.desc())
    ):
        groups[make_blackout(row).find_state(now)].append(row)
    groups[BlackoutState.COMING].reverse()
    return groups


def make_blackout(row: BlackoutRow) -> Blackout:
    """The rule that a row states."""
    return Blackout(
        row.id,
        row.country,
        row.state,
        None if row.purposes is None else tuple(Purpose(each) for each in row.purposes),
        row.starts_at,
        row.ends_at,
        row.reason,
        row.made_at,
        row.lifted_at,
    )


def count_people_held(session: Session, blackout: Blackout) -> int:
    """How many who wait in running campaigns it is about, whether their hours are open or not."""
    connection = session.connection()
    rules = DialingRules()
    waiting = blackout_queries.count_waiting_people(connection)
    profiles = rules.get_profiles(connection, {one.profile_id for one in waiting})
    held = 0
    for one in waiting:
        try:
            purpose = rules.get_rulebook(connection, one.rulebook_id).purpose
        except (InvalidInput, LookupError):
            purpose = None  # it calls nobody
        if blackout.covers(profiles[one.profile_id], purpose):
            held += one.contacts
    return held


def blackouts_to_api(rows: Sequence[BlackoutRow], now: datetime) -> list[dict[str, Any]]:
    return [blackout_to_api(row, now) for row in rows]


def blackout_to_api(row: BlackoutRow, now: datetime) -> dict[str, Any]:
    return {
        "id": row.id,
        "country": row.country,
        "state": row.state,
        "purposes": row.purposes,
        "starts_at": to_rfc3339(row.starts_at),
        "ends_at": to_rfc3339(row.ends_at),
        "reason": row.reason,
        "source": row.source,
        "status": make_blackout(row).find_state(now).value,
        "made_by": row.made_by,
        "made_at": to_rfc3339(row.made_at),
        "lifted_at": to_rfc3339(row.lifted_at),
        "lifted_by": row.lifted_by,
        "lift_reason": row.lift_reason,
    }
