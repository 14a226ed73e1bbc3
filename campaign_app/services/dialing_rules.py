"""Dialing rules: whether somebody may be called at an instant, by the campaign's rulebook and the person's profile.

The one place that claim, permit, preflight and the pages ask, so that none of them tells another story.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from sqlalchemy import Connection

from campaign_app.domain.blackouts import Blackout, find_blackout
from campaign_app.domain.call_caps import (
    CapReached,
    CapUse,
    PlacedCall,
    find_caps_reached,
    longest_period,
    longest_refusal,
    measure_caps,
)
from campaign_app.domain.dial_profile import DialProfile, read_profile
from campaign_app.domain.errors import InvalidInput
from campaign_app.domain.rulebook import Rulebook, parse_rulebook
from campaign_app.domain.timeline import find_timeline
from campaign_app.queries import dial_profiles as profile_queries
from campaign_app.queries.packs import shelve_rulebook

log = logging.getLogger("switchboard.rules")
UNKNOWN_PERSON = DialProfile((), None)
"""Of a contact whose profile nobody has looked at: nothing is known of the person."""


def apply_trunk_guard(rulebook: Rulebook, guard_seconds: float) -> Rulebook:
    """The rulebook with the trunk's guard before closing, where that is longer than its own."""
    guard = ceil(guard_seconds)
    return rulebook if guard <= rulebook.guard_seconds else replace(rulebook, guard_seconds=guard)


class HoursRefusal(NamedTuple):
    """It is not the time to call. `until` is when it opens next; None where it does not within two weeks."""

    until: datetime | None
    closing: bool = False
    """Still open, but a call that begins now would ring after the closing."""


class CallRequest(NamedTuple):
    """Somebody who might be called now."""

    phone: str
    campaign_id: int | None
    rulebook: Rulebook
    profile: DialProfile


class DialingRules:
    """Rulebooks and profiles by id. Their rows never change, so each is read once."""

    def __init__(self) -> None:
        self._rulebooks: dict[int, Rulebook] = {}
        self._profiles: dict[int, DialProfile] = {}

    def get_rulebook(self, connection: Connection, rulebook_id: int | None) -> Rulebook:
        """Raises InvalidInput, LookupError where the row is broken or gone."""
        if rulebook_id is None:
            raise LookupError("it has no rulebook: edit and save the campaign")
        rulebook = self._rulebooks.get(rulebook_id)
        if rulebook is None:
            bodies = profile_queries.load_rulebook_bodies(connection, [rulebook_id])
            if rulebook_id not in bodies:
                raise LookupError(f"its rulebook {rulebook_id} is gone: edit and save the campaign")
            rulebook = shelve_rulebook(connection, parse_rulebook(bodies[rulebook_id]))
            self._rulebooks[rulebook_id] = rulebook
        return rulebook

    def get_profiles(self, connection: Connection, profile_ids: Iterable[int]) -> dict[int, DialProfile]:
        """Each by its id. Of an id without a row, or with one that somebody broke, nothing is known: nobody is called
        by it, and everybody else is."""
        wanted = set(profile_ids)
        missing = wanted - self._profiles.keys()
        if missing:
            for profile_id, body in profile_queries.load_profile_bodies(connection, missing).items():
                try:
                    self._profiles[profile_id] = read_profile(body)
                except InvalidInput:
                    log.exception("dial profile %s cannot be read", profile_id)
                    self._profiles[profile_id] = UNKNOWN_PERSON
        return {profile_id: self._profiles.get(profile_id, UNKNOWN_PERSON) for profile_id in wanted}

    def find_caps(
        self, connection: Connection, requests: Sequence[CallRequest], now: datetime
    ) -> dict[str, list[CapReached]]:
        """{number: the caps and gaps that forbid a call now}; numbers that may be called are absent.

        No lock is needed: whoever asks at the permit has the number's one open attempt (I3), and every earlier one of
        that number has ended.
        """
        # A batch has a rulebook or two, however many people.
        rulebooks = {id(one.rulebook): one.rulebook for one in requests}
        limits = {
            key: bool(longest_period(rulebook) or longest_refusal(rulebook))
            for key, rulebook in rulebooks.items()
        }
        limited = requests if all(limits.values()) else [one for one in requests if limits[id(one.rulebook)]]
        if not limited:
            return {}
        calls = self._load_history(connection, limited, now)
        refusals = self._load_refusals(connection, limited, now)
        reached: dict[str, list[CapReached]] = {}
        for one in limited:
            if one.phone in calls or one.phone in refusals:
                found = find_caps_reached(
                    one.rulebook,
                    one.profile,
                    calls.get(one.phone, []),
                    one.campaign_id,
                    now,
                    refusals.get(one.phone, ()),
                )
                if found:
                    reached[one.phone] = found
        return reached

    def measure_caps(self, connection: Connection, request: CallRequest, now: datetime) -> list[CapUse]:
        """How many calls count now against each cap of one request."""
        calls = self._load_history(connection, [request], now).get(request.phone, [])
        return measure_caps(request.rulebook, request.profile, calls, request.campaign_id, now)

    def _load_history(
        self, connection: Connection, requests: Sequence[CallRequest], now: datetime
    ) -> dict[str, list[PlacedCall]]:
        rulebooks = {id(one.rulebook): one.rulebook for one in requests}
        since = now - max(map(longest_period, rulebooks.values()))
        calls: dict[str, list[PlacedCall]] = {}
        for row in profile_queries.list_placed_calls(connection, [one.phone for one in requests], since):
            calls.setdefault(row.phone, []).append(
                PlacedCall(
                    row.at, row.campaign_id, self._read_subject(connection, row.rulebook_id), row.answered
                )
            )
        return calls

    def _load_refusals(
        self, connection: Connection, requests: Sequence[CallRequest], now: datetime
    ) -> dict[str, list[datetime]]:
        """{number: when its owner asked for no more calls}, of those whom some rule leaves in peace for that."""
        rulebooks = {id(one.rulebook): one.rulebook for one in requests}
        periods = {key: longest_refusal(rulebook) for key, rulebook in rulebooks.items()}
        asked = [(one.phone, period) for one in requests if (period := periods[id(one.rulebook)])]
        if not asked:
            return {}
        since = now - max(period for _, period in asked)
        return profile_queries.list_refusals(connection, [phone for phone, _ in asked], since)

    def _read_subject(self, connection: Connection, rulebook_id: int | None) -> str:
        """What an earlier call was about; one of before there were rulebooks is about the one common subject."""
        try:
            return "" if rulebook_id is None else self.get_rulebook(connection, rulebook_id).subject
        except (InvalidInput, LookupError):
            return ""


def find_hours_refusal(
    rulebook: Rulebook, profile: DialProfile, now: datetime, guard: timedelta
) -> HoursRefusal | None:
    """None when a call may begin at `now` and still rings inside the hours. `guard`: at least the rulebook's own."""
    timeline = find_timeline(rulebook, profile, now)
    # An opening no longer than the guard does not count: nobody is made due in it.
    opens = timeline.next_open(now, guard)
    return None if opens == now else HoursRefusal(opens, closing=timeline.is_open(now))


def find_first_open(
    rulebook: Rulebook, profile: DialProfile, at: datetime, blackouts: Sequence[Blackout] = ()
) -> datetime | None:
    """The first instant from `at` on at which a call may begin: the hours are open, and no blackout holds. None where
    the hours do not open within two weeks, or a blackout has no end."""
    instant: datetime | None = at
    while instant is not None:
        refusal = find_hours_refusal(rulebook, profile, instant, rulebook.guard)
        opens = instant if refusal is None else refusal.until
        if opens is None:
            return None
        held = find_blackout(blackouts, profile, rulebook.purpose, opens, rulebook.guard)
        if held is None:
            return opens
        instant = held.over_at
    return None
