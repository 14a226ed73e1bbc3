"""Queue profiles: which of those who wait in a campaign may be called now, as one engine remembers it.

The claim scans only the profiles whose hours are open, those that close first at the front. Which profiles a campaign
has is read again every few seconds, and at once after a claim that found less than it wanted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from campaign_app.domain.lists import ListRule
from campaign_app.domain.timeline import find_timeline
from campaign_app.queries.claim import CampaignLock
from campaign_app.queries.dial_profiles import QueueProfile, list_queue_profiles
from campaign_app.queries.lists import load_list_rules
from campaign_app.services.dialing_rules import DialingRules, find_hours_refusal
from campaign_app.services.list_rules import find_blocking

from .claim_holds import ClaimHolds

FRESH_FOR = timedelta(seconds=5)
FAR_AWAY = timedelta(days=400)


@dataclass(slots=True)
class QueueView:
    """What was seen of a campaign's queue. New people of a profile that was not there are found at the next look."""

    seen_at: datetime
    profiles: list[QueueProfile]


@dataclass(slots=True)
class QueueProfiles:
    """The queues of an engine's campaigns."""

    rules: DialingRules = field(default_factory=DialingRules)
    _views: dict[int, QueueView] = field(default_factory=dict)
    _lists: tuple[datetime, list[ListRule]] | None = None
    """The lists, and when they were read."""

    def list_open_profiles(
        self,
        connection: Connection,
        campaign: CampaignLock,
        now: datetime,
        guard: timedelta,
        holds: ClaimHolds,
    ) -> list[int]:
        """The ids of the profiles of which somebody is due and may be called now, those that close first at the front.
        Those whom a blackout or the outside check holds, or a list that is too old, are passed over like those who
        sleep.

        Raises InvalidInput, LookupError where the campaign's rulebook or a profile cannot be read.
        """
        rulebook = self.rules.get_rulebook(connection, campaign.rulebook_id)
        due = [one.profile_id for one in self._look_at(connection, campaign.id, now) if one.first_due <= now]
        if not due:
            self.forget_campaign(campaign.id)
        profiles = self.rules.get_profiles(connection, due)
        guard = max(guard, rulebook.guard)
        lists = self._read_lists(connection, now)
        closing: list[tuple[datetime, int]] = []
        for profile_id in due:
            profile = profiles[profile_id]
            if holds.hold(profile, rulebook.purpose, now, guard):
                continue
            if find_blocking(lists, rulebook.purpose, profile, now) is not None:
                continue
            if find_hours_refusal(rulebook, profile, now, guard) is None:
                closes = find_timeline(rulebook, profile, now).closes_at(now) or now + FAR_AWAY
                closing.append((closes, profile_id))
        return [profile_id for _, profile_id in sorted(closing)]

    def forget_campaign(self, campaign_id: int) -> None:
        """A claim found nobody, or less than it wanted: look again before the next one."""
        self._views.pop(campaign_id, None)

    def _read_lists(self, connection: Connection, now: datetime) -> list[ListRule]:
        if self._lists is None or not self._lists[0] <= now < self._lists[0] + FRESH_FOR:
            self._lists = now, load_list_rules(connection)
        return self._lists[1]

    def _look_at(self, connection: Connection, campaign_id: int, now: datetime) -> list[QueueProfile]:
        view = self._views.get(campaign_id)
        if view is None or not view.seen_at <= now < view.seen_at + FRESH_FOR:
            view = self._views[campaign_id] = QueueView(now, list_queue_profiles(connection, campaign_id))
        return view.profiles
