"""Blackout queries: those that may still hold somebody, the lock that orders them with permits, and whom they hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection

from campaign_app.domain.blackouts import Blackout
from campaign_app.domain.dial_profile import DialProfile, read_profile
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.rulebook import Purpose, parse_rulebook

from .dial_profiles import load_profile_bodies, load_rulebook_bodies
from .sets import as_time, run, stored_json

COLUMNS = "id, country, state, purposes, starts_at, ends_at, reason, made_at, lifted_at"


def hold_blackouts_still(connection: Connection) -> None:
    """For a permit, before it reads anything: until it has committed no blackout is added or lifted. Permits do not
    wait for each other. (SQLite has one writer anyway.)"""
    if connection.dialect.name != "sqlite":
        run(connection, "LOCK TABLE blackouts IN SHARE MODE")


def wait_for_permits(connection: Connection) -> None:
    """For whoever adds or lifts one, before the clock is read: permits that are under way have committed after this,
    and later ones wait until they can see the change."""
    if connection.dialect.name != "sqlite":
        run(connection, "LOCK TABLE blackouts IN ROW EXCLUSIVE MODE")


def load_blackouts(connection: Connection, now: datetime) -> list[Blackout]:
    """Those that are not over at `now`: a handful, read anew for every claim and permit."""
    rows = run(
        connection,
        f"""SELECT {COLUMNS} FROM blackouts WHERE (ends_at IS NULL OR ends_at > :now)
            AND (lifted_at IS NULL OR lifted_at > :now) ORDER BY id""",
        {"now": now},
    )
    return [_make_blackout(row) for row in rows]


class WaitingPeople(NamedTuple):
    """Who waits with one profile, by one rulebook, in running campaigns."""

    rulebook_id: int | None
    profile_id: int
    contacts: int


def count_waiting_people(connection: Connection) -> list[WaitingPeople]:
    """All who wait in running campaigns: one pass over the claim index of each."""
    rows = run(
        connection,
        """SELECT k.rulebook_id, c.profile_id, count(*) AS n FROM campaigns k
           JOIN contacts c ON c.campaign_id = k.id AND c.due_at IS NOT NULL
           WHERE k.status = 'running' GROUP BY k.rulebook_id, c.profile_id""",
    )
    return [WaitingPeople(row.rulebook_id, row.profile_id, row.n) for row in rows]


class DialedInside(NamedTuple):
    """A call that was permitted inside a blackout."""

    attempt_id: int
    at: datetime
    blackout: Blackout


def list_dialed_inside(connection: Connection, most: int) -> list[DialedInside]:
    """The first calls that were permitted inside a blackout that was in force then, also of ones that are over. Test
    calls to numbers that their owner has confirmed have no rulebook, and are exempt."""
    found: list[DialedInside] = []
    profiles: dict[int, DialProfile] = {}
    purposes: dict[int, Purpose | None] = {}
    for row in run(connection, f"SELECT {COLUMNS} FROM blackouts ORDER BY id").all():
        blackout = _make_blackout(row)
        over = blackout.over_at
        attempts = run(
            connection,
            """SELECT id, dialing_at, rulebook_id, profile_id FROM attempts
               WHERE rulebook_id IS NOT NULL AND status <> 'released' AND dialing_at >= :begin
               AND (CAST(:open AS int) = 1 OR dialing_at < :over) ORDER BY id""",
            {"begin": blackout.starts_at, "open": int(over is None), "over": over or blackout.starts_at},
        )
        for attempt in attempts:
            at = as_time(attempt.dialing_at)
            profile = _get_profile(connection, profiles, attempt.profile_id)
            purpose = _get_purpose(connection, purposes, attempt.rulebook_id)
            if at is not None and blackout.covers(profile, purpose):
                found.append(DialedInside(attempt.id, at, blackout))
            if len(found) >= most:
                return found
    return found


def _make_blackout(row: Any) -> Blackout:
    purposes: Sequence[str] | None = stored_json(row.purposes)
    starts_at, made_at = as_time(row.starts_at), as_time(row.made_at)
    assert starts_at is not None
    assert made_at is not None
    return Blackout(
        row.id,
        row.country,
        row.state,
        None if purposes is None else tuple(Purpose(each) for each in purposes),
        starts_at,
        as_time(row.ends_at),
        row.reason,
        made_at,
        as_time(row.lifted_at),
    )


def _get_profile(
    connection: Connection, profiles: dict[int, DialProfile], profile_id: int | None
) -> DialProfile:
    nobody_known = DialProfile((), None)
    if profile_id is None:
        return nobody_known
    if profile_id not in profiles:
        body = load_profile_bodies(connection, [profile_id]).get(profile_id)
        profiles[profile_id] = nobody_known if body is None else read_profile(body)
    return profiles[profile_id]


def _get_purpose(
    connection: Connection, purposes: dict[int, Purpose | None], rulebook_id: int
) -> Purpose | None:
    if rulebook_id not in purposes:
        body = load_rulebook_bodies(connection, [rulebook_id]).get(rulebook_id)
        try:
            purposes[rulebook_id] = parse_rulebook(body).purpose
        except (InvalidInput, ValueError):
            purposes[rulebook_id] = None  # I7 tells of it by itself
    return purposes[rulebook_id]
