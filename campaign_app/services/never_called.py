"""Never called: the people of a campaign whom a start would never call, by reason, as a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from campaign_app.domain.blackouts import Blackout
from campaign_app.domain.campaign import find_begin
from campaign_app.domain.csv_cells import csv_text
from campaign_app.domain.dial_profile import DialProfile
from campaign_app.domain.errors import FieldError, InvalidInput
from campaign_app.domain.lists import parse_suppressed_code, suppressed_code
from campaign_app.domain.rulebook import Purpose, Rulebook
from campaign_app.models import Campaign
from campaign_app.queries import lists as list_queries
from campaign_app.queries import preflight as preflight_queries
from campaign_app.queries.blackouts import load_blackouts
from campaign_app.services.campaign_specs import build_campaign_spec
from campaign_app.services.dialing_rules import DialingRules, apply_trunk_guard, find_first_open
from campaign_app.services.list_rules import STALE as LIST_STALE
from campaign_app.services.list_rules import find_blocking
from campaign_app.services.preflight import (
    AFTER_END,
    DO_NOT_CALL,
    NEVER_CODES,
    OUTSIDE_CHECK,
    find_deferred,
    find_never_code,
    find_waiting_on_lists,
)

PAGE = 5_000
WINDOW = 50_000
"""Ids that one statement looks through, so that the first rows are sent early."""


def export_never_called(session: Session, campaign: Campaign, why: str, now: datetime) -> Iterator[bytes]:
    """CSV of those who would never be called for a reason: `phone, external_id, timezone, state, postal_code, reason`.
    It is read as it is consumed, in pages. Raises InvalidInput (`why`) for a reason that there is not."""
    connection = session.connection()
    list_id = parse_suppressed_code(why)
    if list_id is not None:
        return _stream_listed(session.get_bind(), campaign.id, list_id, campaign.purpose)
    if why not in NEVER_CODES:
        raise InvalidInput([FieldError("why", f"one of {', '.join(NEVER_CODES)}, or list: and a list’s id")])
    profile_ids: list[int] | None = None
    phones: list[str] = []
    if why not in (DO_NOT_CALL, OUTSIDE_CHECK):
        rulebook = apply_trunk_guard(build_campaign_spec(campaign).rulebook, campaign.trunk.guard_seconds)
        at = find_begin(campaign.starts_at, now)
        counts = preflight_queries.count_waiting_by_profile(connection, campaign.id)
        profiles = DialingRules().get_profiles(connection, [one.profile_id for one in counts])
        blackouts = load_blackouts(connection, at)
        lists = list_queries.load_list_rules(connection)
        stale = {
            profile_id
            for profile_id, profile in profiles.items()
            if find_blocking(lists, rulebook.purpose, profile, now) is not None
        }
        profile_ids = [
            profile_id
            for profile_id, profile in profiles.items()
            if (
                LIST_STALE
                if profile_id in stale
                else _find_code(rulebook, profile, at, campaign.ends_at, blackouts)
            )
            == why
        ]
        if why == AFTER_END and campaign.ends_at is not None:
            # Besides whole profiles, people whose own turn comes only after the end because of a cap or a retry.
            on_lists = find_waiting_on_lists(connection, lists, campaign.id, rulebook.purpose, profiles)
            deferred = find_deferred(
                connection, DialingRules(), campaign.id, rulebook, profiles, at, on_lists
            )
            phones = [
                one.phone
                for profile_id, deferrals in deferred.items()
                if profile_id not in stale
                and _find_code(rulebook, profiles[profile_id], at, campaign.ends_at, blackouts) is None
                for one in deferrals
                if _is_after(rulebook, profiles[profile_id], one.free_at, campaign.ends_at, blackouts)
            ]
    return _stream_never(session.get_bind(), campaign.id, profile_ids, why, phones)


def _find_code(
    rulebook: Rulebook,
    profile: DialProfile,
    at: datetime,
    ends_at: datetime | None,
    blackouts: Sequence[Blackout],
) -> str | None:
    """Why nobody of a profile would ever be called; None where they would be."""
    opens = find_first_open(rulebook, profile, at, blackouts)
    if opens is None:
        return find_never_code(rulebook, profile, at, blackouts)
    return AFTER_END if ends_at is not None and opens >= ends_at else None


def _is_after(
    rulebook: Rulebook,
    profile: DialProfile,
    free_at: datetime,
    ends_at: datetime,
    blackouts: Sequence[Blackout],
) -> bool:
    """Whether somebody who is free at an instant may be called only after the campaign's end."""
    opens = find_first_open(rulebook, profile, free_at, blackouts)
    return opens is None or opens >= ends_at


NEVER_COLUMNS = ("phone", "external_id", "timezone", "state", "postal_code")


def _stream_never(
    engine: Engine | Connection,
    campaign_id: int,
    profile_ids: Sequence[int] | None,
    why: str,
    phones: Sequence[str],
) -> Iterator[bytes]:
    """Whole profiles, or those who were taken out of the queue; and the `phones` as well."""
    yield csv_text([[*NEVER_COLUMNS, "reason"]]).encode()
    for start in range(0, len(phones), PAGE):
        with Session(engine) as session:
            rows = preflight_queries.list_waiting_numbers(
                session.connection(), campaign_id, phones[start : start + PAGE]
            )
        yield _write_rows(rows, why)
    last_id = 0
    while profile_ids is None:
        with Session(engine) as session:
            rows = preflight_queries.list_suppressed(session.connection(), campaign_id, why, last_id, PAGE)
        if not rows:
            break
        last_id = rows[-1].id
        yield _write_rows(rows, why)
    if not profile_ids and why != DO_NOT_CALL:
        return
    with Session(engine) as session:
        ids = preflight_queries.find_contact_ids(session.connection(), campaign_id)
    for start in range(ids.start, ids.stop, WINDOW):
        with Session(engine) as session:
            rows = preflight_queries.list_waiting_never_called(
                session.connection(), campaign_id, profile_ids, range(start, start + WINDOW)
            )
        yield _write_rows(rows, why)


def _stream_listed(
    engine: Engine | Connection, campaign_id: int, list_id: int, purpose: str | None
) -> Iterator[bytes]:
    """Those whom one list holds back: out of the queue, then those whom the sweep has still to reach."""
    yield csv_text([[*NEVER_COLUMNS, "reason"]]).encode()
    code = suppressed_code(list_id)
    last_id = 0
    while True:
        with Session(engine) as session:
            rows = preflight_queries.list_suppressed(session.connection(), campaign_id, code, last_id, PAGE)
        if not rows:
            break
        last_id = rows[-1].id
        yield _write_rows(rows, code)
    with Session(engine) as session:
        connection = session.connection()
        lists = [rule for rule in list_queries.load_list_rules(connection) if rule.id == list_id]
        counts = preflight_queries.count_waiting_by_profile(connection, campaign_id)
        profiles = DialingRules().get_profiles(connection, [one.profile_id for one in counts])
        held = find_waiting_on_lists(
            connection, lists, campaign_id, None if purpose is None else Purpose(purpose), profiles
        )
    yield _write_rows([each.contact for each in held.values()], code)


def _write_rows(rows: Sequence[Any], code: str) -> bytes:
    return csv_text([*(getattr(row, name) for name in NEVER_COLUMNS), code] for row in rows).encode()
